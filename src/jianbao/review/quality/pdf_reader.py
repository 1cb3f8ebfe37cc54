"""Read a finished PDF as lines of letters, each with place, size and font."""

import ctypes
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import hypot
from pathlib import Path

import pypdfium2
from pypdfium2 import raw

from jianbao.render.pdf.ink import InkFault, page_faults
from jianbao.text.render import Piece

UNSEEN = re.compile("[\\s\u00ad\u200b\u2010\u2060\ufeff\ufffe\x02-]+")
SAME = 0.5  # pt by which the baselines of letters on one line may differ
STARTS = 40  # first letters of a text that are searched for on a page
NAME = 120  # bytes of the longest font name
FAR, TAIL = 40, 8  # letters of source numbers that may interrupt a text; letters of its end that are searched for
STOPS = "。；.;"  # at the end of a sentence, source numbers come before these
BAR, PICTURE = 3, 200  # pt: the width of a mark for removed words; the greatest height of a figure
ROW = 400  # letters of a table row within which a short cell is searched for
Box = tuple[float, float, float, float]  # the left, lower, right and upper edge of a place on a page, in pt


@dataclass(frozen=True, kw_only=True)
class PdfLetter:
    """A letter: its left and right edge, its distance from the top and its size, in pt; `level` if not rotated."""

    text: str
    left: float
    right: float
    top: float
    size: float
    font: str
    level: bool = True


@dataclass(frozen=True)
class PdfLine:
    """The letters of a line, in the order in which they are drawn."""

    letters: tuple[PdfLetter, ...]

    @property
    def text(self) -> str:
        """Return the text of the line."""
        return "".join(letter.text for letter in self.letters)

    @property
    def size(self) -> float:
        """Return the size of its largest letter in pt."""
        return max(letter.size for letter in self.letters)

    @property
    def top(self) -> float:
        """Return its distance from the upper edge of the page, in pt."""
        return self.letters[0].top


@dataclass(frozen=True)
class PdfPage:
    """A page: its number from 1, its height in pt, its lines, and its text without spaces and hyphens (see `bare`)."""

    number: int
    height: float
    lines: tuple[PdfLine, ...]
    bare: str


@dataclass(frozen=True)
class PdfText:
    """A finished PDF: its pages, its language tag, and texts that overlap or leave the page."""

    pages: tuple[PdfPage, ...]
    language: str
    faults: tuple[InkFault, ...] = ()


def bare(text: str) -> str:
    """Return a text without spaces, joiners and hyphens, which line breaks add and remove."""
    return UNSEEN.sub("", text)


def read_pdf(file: Path | bytes) -> PdfText:
    """Return the contents of a PDF, given by its path or its bytes."""
    document = pypdfium2.PdfDocument(file)
    try:
        sheets = [document[number] for number in range(len(document))]
        pages = tuple(_page(sheet, number) for number, sheet in enumerate(sheets, 1))
        faults = tuple(fault for number, sheet in enumerate(sheets, 1) for fault in page_faults(sheet, number))
        return PdfText(pages, _language(document), faults)
    finally:
        document.close()


@dataclass(frozen=True)
class PageCount:
    """The number of pages of a PDF, and of those before its first section (0 if that begins on the first page)."""

    pages: int
    front: int = 0


def count_pages(file: Path | bytes) -> PageCount | None:
    """Return the pages of a PDF by its outline, given by its path or its bytes; None if it cannot be read."""
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError:
        return None
    try:
        places = (each.get_dest() for each in document.get_toc() if each.level == 1)
        first = next((place.get_index() for place in places if place), None)
        return PageCount(len(document), first or 0)
    finally:
        document.close()


# Pages with changes


Passage = Sequence[Piece]  # a text that was changed


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A passage to search for in a document: the texts with which it begins, in order, and passages with new pieces.

    These texts may be the title of a table and the first cells of a row. A passage of kept pieces is new as a whole.
    `drawn` are new numbers in the picture below the title of a figure. `left_out` says that a sentence is left out
    behind the text.
    """

    begins: tuple[str, ...]
    passages: tuple[Passage, ...]
    name: str = ""  # of the row
    drawn: tuple[str, ...] = ()
    left_out: bool = False

    @property
    def leaves_out(self) -> bool:
        """Return whether words were removed from a passage without replacement."""
        return any(_left_out(passage, at) for passage in self.passages for at in range(len(passage)))

    @classmethod
    def new(cls, text: str, passages: Sequence[Passage] = ()) -> "Printed":
        """Return a text in which some passages, or the whole text, are new."""
        return cls(begins=(text,), passages=tuple(passages) or ((Piece("new", text),),))


def pages_with(file: Path, texts: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the page of a PDF on which each text begins, by the text's key, in the order of the pages.

    A text is given with the texts before it, such as a row after the title of its table; a missing one is skipped.
    """
    document = pypdfium2.PdfDocument(file)
    try:
        pages = [bare(document[number].get_textpage().get_text_bounded()) for number in range(len(document))]
    finally:
        document.close()
    whole, ends = "".join(pages), [*accumulate(map(len, pages))]
    places = {key: _beginning(whole, parts) for key, parts in texts.items()}
    found = {key: bisect_right(ends, at) + 1 for key, at in places.items() if at >= 0}
    return {key: found[key] for key in sorted(found, key=found.__getitem__)}


def _beginning(text: str, parts: Iterable[str]) -> int:
    """Return where the last of those parts begins that follow one another in a text; -1 if it has none."""
    at = -1
    for start in filter(None, (bare(part)[:STARTS] for part in parts)):
        at = max(at, text.find(start, max(at, 0)))
    return at


def places_on(file: Path, sought: Mapping[int, Iterable[Printed]]) -> dict[int, tuple[Box, ...]]:
    """Return the places of new pieces on the pages of a PDF, without pages on which none is found."""
    document = pypdfium2.PdfDocument(file)
    try:
        return {number: _boxes(document[number - 1].get_textpage(), texts) for number, texts in sought.items()}
    finally:
        document.close()


def _boxes(page: pypdfium2.PdfTextPage, sought: Iterable[Printed]) -> tuple[Box, ...]:
    letters = [(at, chr(raw.FPDFText_GetUnicode(page.raw, at))) for at in range(page.count_chars())]
    places = [at for at, letter in letters if bare(letter)]
    text = "".join(letter for _, letter in letters if bare(letter))
    sought = tuple(sought)
    spans = dict.fromkeys(
        span
        for each in sought
        for start in [max(_beginning(text, each.begins), 0)]
        for passage in each.passages
        for span in _new_in(text, passage, start, places)
    )
    spans |= dict.fromkeys(span for each in sought for span in _drawn_on(page, text, each, places))
    found = list[Box]()
    for start, end in spans:
        first, last = places[start], places[max(end - 1, 0)]
        rects = range(page.count_rects(first, last - first + 1)) if start < end else ()
        found += [page.get_rect(each) for each in rects] or [_bar(page, last, BAR * -1 / 2)]
    ends = filter(None, (_end_of(text, each) for each in sought if each.left_out))
    return (*found, *(_bar(page, places[end - 1], BAR / 2) for end in ends))


def _bar(page: pypdfium2.PdfTextPage, letter: int, away: float) -> Box:
    """Return the place of the bar after a letter, where words were removed."""
    _, low, right, high = page.get_charbox(letter, loose=True)
    return (right + away, low, right + away + BAR, high)


def _left_out(passage: Passage, at: int) -> bool:
    """Return whether a piece of a passage was removed with nothing new beside it."""
    beside = passage[max(at - 1, 0) : at + 2]
    return passage[at].mark == "gone" and bool(bare(passage[at].text)) and all(each.mark != "new" for each in beside)


def _drawn_on(
    page: pypdfium2.PdfTextPage, text: str, sought: Printed, places: Sequence[int]
) -> Iterator[tuple[int, int]]:
    """Yield the places of a figure's new numbers in its picture: each at its first occurrence below the title."""
    end = _end_of(text, sought) if sought.drawn else 0
    _, low, *_ = page.get_charbox(places[end - 1], loose=True) if end else (0.0, 0.0)
    for number in map(bare, sought.drawn if end else ()):
        found = [each.start() for each in re.finditer(re.escape(number), text)]
        highs = {at: page.get_charbox(places[at])[3] for at in found if _is_whole(text, at, number, places)}
        below = [at for at, high in highs.items() if low - PICTURE <= high <= low]
        if below:
            at = max(below, key=highs.__getitem__)
            yield at, at + len(number)


def _end_of(text: str, sought: Printed) -> int:
    """Return where the beginning of a passage ends, before any source numbers; 0 if it is not found."""
    whole = bare(sought.begins[-1])
    at = _place_of(text, whole, max(_beginning(text, sought.begins), 0))
    tails = (part[-length:] for part in (whole, whole.rstrip(STOPS)) for length in (TAIL, TAIL // 2))
    ends = (text.find(tail, at + len(whole) - TAIL, at + len(whole) + FAR) + len(tail) for tail in tails if at >= 0)
    return next((end for end in ends if end >= TAIL), 0)


def _new_in(text: str, passage: Passage, begin: int, places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the beginning and the end of each new piece of a passage in a text without spaces, from a place on.

    Both are equal if words were removed. A number, or anything else too short to be unique, is searched for near that
    place.
    """
    cuts = [_left_out(passage, number) for number in range(len(passage))]
    pieces = [
        ("" if cut else bare(each.text), cut or each.mark == "new")
        for each, cut in zip(passage, cuts, strict=True)
        if cut or (each.mark != "gone" and bare(each.text))
    ]
    if not any(new for _, new in pieces):
        pieces = [(piece, True) for piece, _ in pieces]
    whole = "".join(piece for piece, _ in pieces)
    at = _place_of(text, whole, begin) if len(whole) >= TAIL else _place_near(text, whole, begin, places)
    for piece, new in pieces if at >= 0 else ():
        start = text.find(piece[:STARTS], at) if piece else at
        if not 0 <= start - at <= FAR:
            continue
        end = start + len(piece)
        if text[start:end] != piece:  # source numbers are printed in it
            tail = text.find(piece[-TAIL:], max(start, end - TAIL))
            end = tail + len(piece[-TAIL:]) if 0 <= tail - start <= len(piece) + FAR else start + len(piece[:STARTS])
        if new:
            yield start, end
        at = end


def _place_of(text: str, whole: str, begin: int) -> int:
    """Return where a passage begins in a text, after a place or else anywhere; -1 if nowhere."""
    starts = ((whole[:length], start) for length in (STARTS, STARTS // 2, TAIL) for start in (begin, 0))
    return next((place for part, start in starts if (place := text.find(part, start)) >= 0), -1)


def _place_near(text: str, short: str, begin: int, places: Sequence[int]) -> int:
    """Return where a short text is in the row from a place on, not as part of a longer number; -1 if nowhere."""
    found = (each.start() for each in re.finditer(re.escape(short), text[begin : begin + ROW])) if short else ()
    return next((begin + at for at in found if _is_whole(text, begin + at, short, places)), -1)


def _is_whole(text: str, at: int, short: str, places: Sequence[int]) -> bool:
    """Return whether a short text is no part of a longer number; letters on the page may have spaces between them."""
    before, after = text[max(at - 1, 0) : at], text[at + len(short) :][:1]
    ends = (at - 1, at, before + short[:1]), (at + len(short) - 1, at + len(short), short[-1:] + after)
    return not any(len(both) > 1 and both.isdigit() and places[end] - places[one] == 1 for one, end, both in ends)


def _language(document: pypdfium2.PdfDocument) -> str:
    length = raw.FPDFCatalog_GetLanguage(document.raw, None, 0)
    written = (raw.FPDF_WCHAR * (length // 2 + 1))()
    raw.FPDFCatalog_GetLanguage(document.raw, written, length)
    return bytes(written)[:length].decode("utf-16-le").rstrip("\0")


def _page(page: pypdfium2.PdfPage, number: int) -> PdfPage:
    height = page.get_height()
    return page_of(number, height, tuple(_lines(_letters(page.get_textpage(), height))))


def page_of(number: int, height: float, lines: tuple[PdfLine, ...]) -> PdfPage:
    """Return a page with these lines, from the top."""
    return PdfPage(number, height, lines, bare("".join(line.text for line in lines)))


def _lines(letters: Iterator[PdfLetter]) -> Iterator[PdfLine]:
    line: list[PdfLetter] = []
    for letter in letters:
        if line and (abs(letter.top - line[-1].top) > SAME or letter.left < line[-1].left):
            yield PdfLine(tuple(line))
            line = []
        line.append(letter)
    if line:
        yield PdfLine(tuple(line))


def _letters(text: pypdfium2.PdfTextPage, height: float) -> Iterator[PdfLetter]:
    """Yield every letter that the page draws, without the characters that the PDF library inserts between lines."""
    turn, box = raw.FS_MATRIX(), raw.FS_RECTF()
    left, low = ctypes.c_double(), ctypes.c_double()
    name, flags = ctypes.create_string_buffer(NAME), ctypes.c_int()
    for index in range(text.count_chars()):
        if raw.FPDFText_IsGenerated(text.raw, index):
            continue
        raw.FPDFText_GetMatrix(text.raw, index, turn)
        raw.FPDFText_GetCharOrigin(text.raw, index, left, low)
        raw.FPDFText_GetLooseCharBox(text.raw, index, box)
        raw.FPDFText_GetFontInfo(text.raw, index, name, NAME, flags)
        yield PdfLetter(
            text=chr(raw.FPDFText_GetUnicode(text.raw, index)),
            left=left.value,
            right=float(box.right),
            top=height - low.value,
            size=raw.FPDFText_GetFontSize(text.raw, index) * hypot(turn.b, turn.d),
            font=name.value.decode().partition("+")[2],
            level=abs(turn.b) < abs(turn.d) / 100,
        )
