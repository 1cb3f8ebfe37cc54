"""How Sphinx makes the site of the documentation: `make docs` builds it once in English and once in Chinese (`-t zh`).

The pages are Markdown that GitHub and any editor show as well, so what only a site needs is made here: the navigation
from the tables of the index, and links to pages that exist in the other language only.
"""

import re
import sys
from fnmatch import fnmatchcase
from os.path import relpath
from pathlib import Path

from docutils import nodes
from pygments.lexers import CssDjangoLexer, TextLexer, XmlLexer
from sphinx.application import Sphinx
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parent))
from chinese_search import ChineseSearch

ROOT = Path(__file__).parents[2]
PAGES = (
    "README",
    "CONTRIBUTING",
    "SECURITY",
    "CHANGELOG",
    "docs/*",
    "data/README",
    "examples/*/README",
    "benchmarks/README",
)
CHINESE = ".zh-CN"
LEXERS = {
    "css": CssDjangoLexer,
    "csv": TextLexer,
    "svg": XmlLexer,
}  # styles with template tags; names unknown to Pygments
LINK = re.compile(r"(\]\()([^)#:\s]+\.md)(#[^)\s]*)?(?=\))")
FOLDER = re.compile(r"\[([^]]*)\]\(([^):#\s]+)\)")
ENTRY = re.compile(r"^(?:\| )?\[[^]]*\]\(([^)#\s]+)\.md\)", re.MULTILINE)
OTHER = "other"  # the scheme of links to a page that this language does not have
_log = logging.getLogger(__name__)

chinese = tags.has("zh")  # noqa: F821 (`tags` is given by Sphinx)
project = "简报 jianbao" if chinese else "jianbao"
project_copyright = ""
language = "zh_CN" if chinese else "en"
extensions = ["myst_parser"]
root_doc = f"docs/index{CHINESE}" if chinese else "docs/index"
suffix = f"{CHINESE}.md" if chinese else ".md"
include_patterns = [f"{name}{suffix}" for name in PAGES]
exclude_patterns = ["docs/_build", *([] if chinese else [f"**{CHINESE}.md"])]
nitpicky = True

myst_heading_anchors = 6
myst_url_schemes = {"http": None, "https": None, "mailto": None, OTHER: None}

html_theme = "alabaster"  # it comes with Sphinx, and every word of it is in Sphinx's Chinese catalogue
html_theme_options = {
    "page_width": "1120px",
    "sidebar_width": "250px",
    "show_powered_by": False,
    "fixed_sidebar": False,
}
html_title = "简报 jianbao 文档" if chinese else "jianbao documentation"
html_sidebars = {"**": ["about.html", "languages.html", "search_field.html", "navigation.html"]}
html_static_path = ["static"]
templates_path = ["templates"]
html_search_language = "zh" if chinese else "en"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_search_summary = False  # it would fetch pages, which browsers refuse for files opened from a disk
html_domain_indices = False
html_use_index = False


def twin(page: str) -> str:
    """Return the name of a page in the other language, whether it exists or not."""
    return page.removesuffix(CHINESE) if page.endswith(CHINESE) else page + CHINESE


def in_this_language(page: str) -> bool:
    """Say whether a page belongs to the language that is built."""
    name = page.removesuffix(CHINESE)
    return page.endswith(CHINESE) == chinese and any(fnmatchcase(name, each) for each in PAGES)


def add_navigation(page: str, text: str) -> str:
    """Return the text of the index with the pages of its tables as navigation, a part for each heading."""
    if page != root_doc:
        return text
    trees = []
    for part in re.split(r"^#+ ", text, flags=re.MULTILINE)[1:]:
        listed = "\n".join(name for name in ENTRY.findall(part) if in_this_language(_path(page, name)))
        caption = part.partition("\n")[0]
        trees.append(f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```\n")
    return "\n".join((text, *trees))


def _path(page: str, target: str) -> str:
    """Return the path from the root of what a page links to."""
    return relpath((ROOT / page).parent / target, ROOT)


def mark_links(app: Sphinx, page: str, content: list[str]) -> None:
    """Add the navigation to the index, mark links to pages of the other language, and leave out links to folders."""

    def marked(link: re.Match[str]) -> str:
        target = _path(page, link[2]).removesuffix(".md")
        if in_this_language(target):
            return link[0]
        if not (ROOT / f"{target}.md").is_file():
            _log.warning("no such page: %s", link[2], location=page)
        return f"{link[1]}{OTHER}:{target}{link[3] or ''}"

    def without_folder(link: re.Match[str]) -> str:
        return link[1] if (ROOT / _path(page, link[2])).is_dir() else link[0]

    content[0] = FOLDER.sub(without_folder, LINK.sub(marked, add_navigation(page, content[0])))


def place_links(app: Sphinx, document: nodes.document, page: str) -> None:
    """Turn the marked links into addresses in the other language's site, which stands beside this one."""
    above = "../" * (page.count("/") + 1)
    for link in document.findall(nodes.reference):
        scheme, _, address = link.get("refuri", "").partition(":")
        if scheme == OTHER:
            target, _, heading = address.partition("#")
            folder = "zh" if target.endswith(CHINESE) else "en"
            link["refuri"] = f"{above}{folder}/{target}.html" + (f"#{heading}" if heading else "")


def offer_language(app: Sphinx, page: str, template: str, context: dict[str, object], document: object) -> None:
    """Give the address of the same page in the other language to the sidebar, if there is one."""
    other = page if page == "search" else twin(page)
    if page == "search" or (ROOT / f"{other}.md").is_file():
        code, name = ("en", "English") if chinese else ("zh", "中文")
        context["other_page"] = f"{'../' * (page.count('/') + 1)}{code}/{other}.html"
        context["other_code"], context["other_name"] = code, name


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect the functions above to Sphinx."""
    app.add_search_language(ChineseSearch)
    for name, lexer in LEXERS.items():
        app.add_lexer(name, lexer)
    app.connect("source-read", mark_links)
    app.connect("doctree-resolved", place_links)
    app.connect("html-page-context", offer_language)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
