"""Find text that a page has but its PDF lacks, since the typesetter silently leaves some out.

The texts of a document are noted before its layout, and those that are drawn are noted while its PDF is written. Both
belong to elements, so the same words elsewhere, such as a page number, do not hide a loss. Spaces,
joiners and hyphens are not compared, because line breaks add and take away some. An element that is repeated, such as
the head of a table on each of its pages, must be whole each time.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import escape
from typing import Any

from jianbao.core.encoding import shortened
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr

UNSEEN = re.compile("[\\s\u00ad\u200b\u2010\u2060\ufeff]+")
QUOTED = 60  # columns of a quotation
DOTTED = {"\u0131": "i"}  # Turkish writes both with the same capital
PICTURE, FLOAT, CUT = "picture", "float", "cut"
NAMING = ("class", "id", "data-part")  # the attributes that distinguish an element from others
_LATIN = re.compile("[0-9A-Za-z\u00c0-\u024f.'\u2019-]")
PICTURES = ("img", "embed", "object", "{http://www.w3.org/2000/svg}svg")
# The elements of a picture with text that is not for display, or is drawn only where another element uses it.
NOT_DRAWN = ("title", "desc", "metadata", "style", "script", "defs", "symbol", "clipPath", "mask", "pattern", "marker")
ADDED = "::"  # in the tag of a box that style adds to an element, such as "p::before"
CONSTANT = ("string", "attr()", "quote")  # the kinds of text that style may add that are the same on each page
_PART = re.compile("::first-(?:letter|line)")

Key = tuple[Any, str]  # an element and the tag of its box


@dataclass(frozen=True)
class Origin:
    """The product for which a page is made ("" if it has no name), and a function that finds where a text is written.

    The function is called with the whole text of a paragraph on the page and some words of it.
    """

    product: str = ""
    find: Callable[[str, str], Place | None] = lambda _text, _words: None


UNKNOWN = Origin()


@dataclass(frozen=True, kw_only=True)
class LostText:
    """Words that are not in the PDF: their page (0: not known), the text of their paragraph, and their element's tag.

    `cause` is the likely cause of the loss: FLOAT, CUT, PICTURE or "".
    """

    page: int
    words: str
    text: str
    tag: str
    cause: str = ""

    def problem(self, origin: Origin) -> Problem:
        """Return the loss as a problem of the place where the text is written, or else of the page."""
        where = origin.find(self.text, self.words) or Place("page", self.page)
        return Problem(where, self._what(origin.product), self._hint())

    def _what(self, product: str) -> Translatable:
        words, product = shortened(" ".join(self.words.split()), QUOTED), product or tr("the PDF")
        if self.page:
            return tr("'{words}' is lost on page {page} of {product}", words=words, page=self.page, product=product)
        return tr("'{words}' is lost in {product}", words=words, product=product)

    def _hint(self) -> Translatable:
        if self.cause == FLOAT:
            return tr(
                "the typesetter leaves out text of {tag} where a float hardly fits beside it: place what floats by "
                "`display: flex` or `position: absolute` instead",
                tag=self.tag,
            )
        if self.cause == CUT:
            return tr(
                "a style rule cuts {tag} off where it does not fit: shorten the wording, or give it more room",
                tag=self.tag,
            )
        if self.cause == PICTURE:
            return tr("the picture {tag} has text that is not drawn: write it in `<text>`", tag=self.tag)
        return tr("look at the style of {tag} in the template: it is laid out without this", tag=self.tag)


@dataclass
class DrawnPicture:
    """A picture that was drawn: its text, and the pieces of it that were drawn."""

    picture: Any
    given: str
    drawn: list[str] = field(default_factory=list)


@dataclass(kw_only=True)
class TextRecord:
    """The texts of one document: those of its elements before the layout (`given`), and those that are drawn.

    `varying` are the texts that style adds and that may differ from page to page. The document's tree, and the function
    that returns the style of an element, show why a text is lost.
    """

    tree: Any = None
    style_for: Any = None
    given: dict[Key, str] = field(default_factory=dict)
    varying: set[Key] = field(default_factory=set)
    drawn: dict[Key, list[str]] = field(default_factory=dict)
    pictures: list[DrawnPicture] = field(default_factory=list)
    _open: list[DrawnPicture] = field(default_factory=list)

    def note_given(self, tree: Any, style_for: Any, root: Any) -> None:
        """Note the texts of a document: its elements, their styles, and the root of its boxes before the layout."""
        self.tree, self.style_for = tree, style_for
        self.given = {(element, element.tag): text for element, text in _displayed(tree, style_for)}
        for box, content in _added(root):
            key = box.element, box.element_tag
            self.given[key] = self.given.get(key, "") + box.text
            if not isinstance(content, str) and any(kind not in CONSTANT for kind, _ in content):
                self.varying.add(key)

    def note_drawn(self, box: Any, text: str) -> None:
        """Note a text of a box of the layout that is drawn; those in the margins of a page have no element."""
        if box.element is not None:
            self.drawn.setdefault((box.element, _PART.sub("", box.element_tag)), []).append(text)

    @contextmanager
    def drawing(self, picture: Any, root: Any) -> Iterator[None]:
        """Note that a picture is drawn while the context is open; `root` is the root of its nodes."""
        self.pictures.append(DrawnPicture(picture, "".join(_written(root))))
        self._open.append(self.pictures[-1])
        try:
            yield
        finally:
            self._open.pop()

    def note_drawn_in_picture(self, text: str) -> None:
        """Note a text that is drawn in the current picture."""
        if self._open:
            self._open[-1].drawn.append(text)


# The record of the document that is being made; None if nothing is recorded.
RECORD: ContextVar[TextRecord | None] = ContextVar("record", default=None)


@contextmanager
def recorded_texts() -> Iterator[TextRecord]:
    """Record the texts of the document that is laid out and written while the context is open."""
    record = TextRecord()
    token = RECORD.set(record)
    try:
        yield record
    finally:
        RECORD.reset(token)


def _displayed(tree: Any, style_for: Any) -> Iterator[tuple[Any, str]]:
    """Yield each element that is displayed with the text that is directly in it."""
    due = [tree]
    while due:
        element = due.pop()
        if not isinstance(element.tag, str) or element.tag in PICTURES:
            continue
        style = style_for(element)
        if style["display"] == ("none",):
            continue
        due.extend(element[::-1])
        text = "".join(part for part in (element.text, *(child.tail for child in element)) if part)
        if text and not text.isspace() and _is_visible(style):
            yield element, text


def _is_visible(style: Any) -> bool:
    return style["visibility"] == "visible" and bool(style["font_size"])


def _added(root: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each box with text that style adds to an element, with the style's `content`, in their order."""
    due = [(root, "")]
    while due:
        box, content = due.pop()
        if ADDED in box.element_tag:
            # The box of the text itself is anonymous and has no `content`.
            content = content or box.style["content"]
            if getattr(box, "text", "") and _is_visible(box.style):
                yield box, content
        due.extend((child, content if child.element is box.element else "") for child in reversed(box.children))


def _written(node: Any) -> Iterator[str]:
    """Yield the texts of a picture that are displayed."""
    if node.display and node.tag not in NOT_DRAWN:
        if node.text and node.visible:
            yield node.text
        for child in node:
            yield from _written(child)


def lost_texts(record: TextRecord, pages: Sequence[Any]) -> list[LostText]:
    """Return the texts that were not drawn, in the order of the document; `pages` are the boxes of its pages."""
    lost = {key: words for key, text in record.given.items() if (words := _lost_of(record, key, text))}
    blank = [(each.picture, words) for each in record.pictures if (words := lost_words(each.given, each.drawn))]
    if not (lost or blank):
        return []
    document = _Document(record, pages)
    return [
        *(document.lost(element, tag, words) for (element, tag), words in lost.items()),
        *(document.lost_in_picture(picture, words) for picture, words in dict(blank).items()),
    ]


def _lost_of(record: TextRecord, key: tuple[Any, str], text: str) -> str:
    """Return the words of a text that were not drawn; a text that varies between pages only has to occur."""
    drawn = record.drawn.get(key, [])
    return "" if drawn and key in record.varying else lost_words(text, drawn)


def lost_words(given: str, drawn: Sequence[str]) -> str:
    """Return the words of a text that are not in its drawn pieces, "" if all are there.

    Pieces that were drawn several times must be whole each time.
    """
    whole, pieces = UNSEEN.sub("", given), UNSEEN.sub("", "".join(drawn))
    if pieces == whole or not whole:
        return ""
    letters, got = list(_folded(given)), "".join(letter for letter, _ in _folded("".join(drawn)))
    wanted = "".join(letter for letter, _ in letters) * max(1, round(len(got) / max(1, len(letters))))
    return _missing(given, wanted, got, [index for _, index in letters]) if Counter(wanted) - Counter(got) else ""


def _folded(text: str) -> Iterator[tuple[str, int]]:
    """Yield the letters of a text that are compared, each with its index.

    Capitals, accents and wide forms are not distinguished, because style may change them.
    """
    for index, character in enumerate(text):
        if not UNSEEN.match(character):
            for letter in unicodedata.normalize("NFKD", character).casefold():
                if not unicodedata.combining(letter):
                    yield DOTTED.get(letter, letter), index


def _missing(text: str, wanted: str, got: str, places: Sequence[int]) -> str:
    """Return the words of a text with letters that are wanted and not there; `places` are the indices of letters."""
    gone: set[int] = set()
    for kind, start, end, _, _ in SequenceMatcher(None, wanted, got, autojunk=False).get_opcodes():
        if kind in ("delete", "replace"):
            gone.update(places[letter % len(places)] for letter in range(start, end))
    runs: list[list[int]] = []
    for start, end in (_word_around(text, index) for index in sorted(gone)):
        if runs and not text[runs[-1][1] : start].strip():
            runs[-1][1] = max(end, runs[-1][1])
        else:
            runs.append([start, end])
    return " … ".join(text[start:end].strip() for start, end in runs)


def _word_around(text: str, index: int) -> tuple[int, int]:
    """Return the start and end of the word at an index; a Chinese character is a separate word."""
    start, end = index, index + 1
    if _LATIN.match(text[index]):
        while start and _LATIN.match(text[start - 1]):
            start -= 1
        while end < len(text) and _LATIN.match(text[end]):
            end += 1
    return start, end


class _Document:
    """A document that has lost text: its elements, their styles, and the pages that they are on."""

    def __init__(self, record: TextRecord, pages: Sequence[Any]) -> None:
        self._style_for = record.style_for
        self._elements = list(record.tree.iter())
        self._parents = {child: parent for parent in self._elements for child in parent}
        self._pages: dict[Any, int] = {}
        self._pictures: dict[int, tuple[Any, int]] = {}
        for number, page in enumerate(pages, 1):
            for box in page.descendants():
                self._pages.setdefault(box.element, number)
                if picture := getattr(box, "replacement", None):
                    self._pictures.setdefault(id(picture), (box.element, number))

    def lost(self, element: Any, tag: str, words: str) -> LostText:
        """Return the loss of words of an element or, if its tag says so, of text that style adds to it."""
        block = self._block_of(element)
        return LostText(
            page=self._page_of(element),
            words=words,
            text=words if ADDED in tag else "".join(block.itertext()),
            tag=_tag(element),
            cause=self._cause(element, block),
        )

    def lost_in_picture(self, picture: Any, words: str) -> LostText:
        """Return the loss of words in a picture; a background has neither element nor page."""
        element, page = self._pictures.get(id(picture), (None, 0))
        tag = "<img>" if element is None else _tag(element, ("alt",))
        return LostText(page=page, words=words, text=words, tag=tag, cause=PICTURE)

    def _page_of(self, element: Any) -> int:
        """Return the page of an element; if nothing of it is laid out, the page of the text before it."""
        page = 0
        for each in self._elements:
            page = self._pages.get(each, page)
            if each is element:
                break
        return page

    def _cause(self, element: Any, block: Any) -> str:
        """Return the likely cause of a loss: a float in the same lines, or a rule that cuts off overflowing text."""
        if any(self._floats(each) and self._block_of(each) is block for each in block.iter()):
            return FLOAT
        while element is not None and not self._cuts(element):
            element = self._parents.get(element)
        return "" if element is None else CUT

    def _block_of(self, element: Any) -> Any:
        """Return the element whose lines an element is part of."""
        while element in self._parents and self._is_in_line(element):
            element = self._parents[element]
        return element

    def _is_in_line(self, element: Any) -> bool:
        return self._floats(element) or self._style_for(element)["display"][0] == "inline"

    def _floats(self, element: Any) -> bool:
        return isinstance(element.tag, str) and self._style_for(element)["float"] not in ("none", "footnote")

    def _cuts(self, element: Any) -> bool:
        style = self._style_for(element)
        limited = style["max_lines"] != "none" or style["continue"] == "discard" or style["height"] != "auto"
        return bool(limited or style["text_overflow"] == "ellipsis")


def _tag(element: Any, attributes: Sequence[str] = NAMING) -> str:
    """Return the tag of an element with the attributes that distinguish it, such as '<p class="issue">'."""
    named = (f' {name}="{escape(element.get(name))}"' for name in attributes if element.get(name))
    return f"<{element.tag}{''.join(named)}>"
