"""Check the finished site: `python check_links.py FOLDER` names links without a target, and requests to elsewhere.

Sphinx checks the links within a language; this also follows those from one language to the other, down to the heading.
"""

import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser fetches by itself, as opposed to what it opens when somebody clicks.
FETCHED = {
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "link": "href",
}


class Page(HTMLParser):
    """The links of a page, what it makes a browser fetch, and the headings that others can link to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element links to, fetches, or is called."""
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if FETCHED.get(tag, "") in given:
            self.fetched.append(given[FETCHED[tag]])


@cache
def read(path: Path) -> Page:
    """Return a page of the site."""
    return Page(path.read_text("utf-8"))


def faults(folder: Path) -> Iterator[str]:
    """Yield each link that leads nowhere, and each address elsewhere that a page or a style makes a browser fetch."""
    for path in sorted(folder.rglob("*.html")):
        page, name = read(path), path.relative_to(folder)
        yield from (f"{name} fetches {each}" for each in page.fetched if urlsplit(each).netloc)
        yield from (f"{name} links to {each}" for each in (*page.links, *page.fetched) if leads_nowhere(path, each))
    for path in sorted(folder.rglob("*.css")):
        if "url(http" in path.read_text("utf-8") or "@import" in path.read_text("utf-8"):
            yield f"{path.relative_to(folder)} fetches something"


def leads_nowhere(path: Path, link: str) -> bool:
    """Say whether a link of a page has no file, or no heading in it."""
    address = urlsplit(link)
    if address.scheme or address.netloc:
        return False
    target = (path.parent / unquote(address.path)).resolve() if address.path else path
    if not target.is_file():
        return True
    heading = unquote(address.fragment)
    return bool(heading) and target.suffix == ".html" and heading not in read(target).ids


if __name__ == "__main__":
    found = [*faults(Path(sys.argv[1]).resolve())]
    sys.exit("\n".join(found) or 0)
