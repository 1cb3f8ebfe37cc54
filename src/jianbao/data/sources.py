"""Sources: where the rows come from, as `data/sources.yml` lists them."""

import re
from collections.abc import Mapping

from jianbao.core.documents import Node, Problems, as_mapping, as_text
from jianbao.core.errors import Problem
from jianbao.data.dates import period
from jianbao.data.facts import Source

_REQUIRED = ("title", "kind", "language")
_OWN = ("title", "producer", "published", "accessed", "url", "kind", "language", "confidence")
# What a reference list may need besides: each stays a text.
_MORE = ("author", "journal", "volume", "year", "issue", "pages", "place", "publisher", "number", "doi", "note")
_TRANSLATED = re.compile(r"(title|author)_[a-z]{2,3}")  # what stands in another language of the workspace
_KIND = re.compile(r"[A-Z]{1,2}(/OL|/CD|/DK)?")


def parse_sources(node: Node, problems: Problems) -> Mapping[str, Source]:
    """Read the list of sources: id -> title, kind (J, M, D, N, R, EB/OL, ...), language and what else is known."""
    return {name: _source(name, child, problems) for name, child in as_mapping(node, problems, optional=None).items()}


def _source(name: str, node: Node, problems: Problems) -> Source:
    translated = [key for key, _ in node.pairs() if _TRANSLATED.fullmatch(key)]
    fields = as_mapping(node, problems, required=_REQUIRED, optional=(*_OWN, *_MORE, *translated))
    text = {key: as_text(child, problems) for key, child in fields.items() if child.value != ""}
    for key in ("published", "accessed"):
        if text.get(key) and period(text[key]) is None:
            problems.append(
                Problem(fields[key].place, f"'{text[key]}' is not a date", "write 2021, 2021-11, 2021-11-24")
            )
    if text.get("kind") and not _KIND.fullmatch(text["kind"]):
        what = f"'{text['kind']}' is not a kind of source"
        problems.append(Problem(fields["kind"].place, what, "write J, M, D, N, R, EB/OL, DB/OL, ..."))
    if text.get("url") and not text["url"].startswith(("https://", "http://")):
        problems.append(Problem(fields["url"].place, f"'{text['url']}' is not an address", "begin with https://"))
    own = {key: text.get(key, "") for key in _OWN}
    return Source(name, **own, fields={key: value for key, value in text.items() if key not in _OWN})
