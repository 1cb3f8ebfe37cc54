"""Find faults on finished pages: ink that overlaps other ink, text that is cut off or outside its frame or the page.

Pages are read with PDFium, in which each run of text and each path has a box around its ink. Decoration is known by
its mark: an artifact that is not a path is a watermark, and a path that is not an artifact is a line under or through
words. A figure counts as one box; overlaps inside it are found when it is drawn. The parts of a group, such as a
half-transparent part of the page, are looked at one by one.
"""

import ctypes
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

import pypdfium2
from pypdfium2 import raw

from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr

Kind = Literal["text", "rule", "figure", "area"]
LEEWAY = 1.0  # points of overlap that cannot be seen
HANGING = 2.0  # more points by which the last character of a line may extend into the margin
THIN = 4.0  # points: a path thinner than this is a rule, any other an area with text on it
QUOTED = 40  # characters of a quotation
READ: frozenset[Kind] = frozenset({"text", "figure"})  # kinds that are read: they must be whole, and on the page
FIGURES = ("figure", "figure")
FIGURE, ARTIFACT = "Figure", "Artifact"
RING = 10  # points of a path with two nested boxes, which is a border on all sides
_NAME = 32  # bytes of the longest name of a mark


@dataclass(frozen=True)
class InkBox:
    """A box on a page, in points from the left and from the bottom."""

    left: float
    low: float
    right: float
    high: float

    def overlap(self, other: "InkBox") -> float:
        """Return how far one of two boxes must move so that they do not overlap; negative if they are apart."""
        across = min(self.right - other.left, other.right - self.left)
        return min(across, self.high - other.low, other.high - self.low)

    def beyond(self, frame: "InkBox") -> float:
        """Return how far the box extends beyond another one."""
        return max(frame.left - self.left, frame.low - self.low, self.right - frame.right, self.high - frame.high)

    def within(self, other: "InkBox") -> "InkBox":
        """Return the intersection of two boxes; a point or a line if they are apart."""
        left, low = max(self.left, other.left), max(self.low, other.low)
        return InkBox(left, low, max(left, min(self.right, other.right)), max(low, min(self.high, other.high)))

    def around(self, other: "InkBox") -> "InkBox":
        """Return the box around two boxes."""
        edges = min(self.left, other.left), min(self.low, other.low)
        return InkBox(*edges, max(self.right, other.right), max(self.high, other.high))

    def moved(self, matrix: raw.FS_MATRIX) -> "InkBox":
        """Return the box around this one after it was moved, turned or scaled."""
        corners = [(x, y) for x in (self.left, self.right) for y in (self.low, self.high)]
        across = [matrix.a * x + matrix.c * y + matrix.e for x, y in corners]
        up = [matrix.b * x + matrix.d * y + matrix.f for x, y in corners]
        return InkBox(min(across), min(up), max(across), max(up))

    def sides(self, thickness: float) -> Iterator["InkBox"]:
        """Yield the sides of a frame as thin boxes."""
        yield InkBox(self.left, self.high - thickness, self.right, self.high)
        yield InkBox(self.left, self.low, self.right, self.low + thickness)
        yield InkBox(self.left, self.low, self.left + thickness, self.high)
        yield InkBox(self.right - thickness, self.low, self.right, self.high)


@dataclass(frozen=True, kw_only=True)
class Ink:
    """Something drawn: its kind, the box around it, and its PDFium objects.

    It `flows` if it is in the body of the page, not in its head or foot. `cut` says by how many points it is cut off.
    """

    kind: Kind
    box: InkBox
    drawn: tuple[Any, ...] = ()
    flows: bool = False
    cut: float = 0.0


@dataclass(frozen=True)
class InkFault:
    """A text that cannot be read well: its page, a quotation of it, and what is wrong."""

    page: int
    quote: str
    matter: Translatable

    def problem(self) -> Problem:
        """Return the fault as a problem of the page."""
        what = tr("'{quote}' {matter}", quote=self.quote, matter=self.matter)
        hint = tr("shorten the wording, or give it more room in the template or the theme")
        return Problem(Place("page", self.page), what, hint)


Excess = tuple[float, Ink, str, Ink | None]  # the points, the ink, the kind of limit that it exceeds, the other ink


def ink_faults(content: bytes, columns: Sequence[tuple[float, float]] = ()) -> list[InkFault]:
    """Return the faults of all pages of a PDF, at most one for each text.

    `columns` has the left and right edge of the text of each page in points, if known.
    """
    document = pypdfium2.PdfDocument(content)
    try:
        return [
            fault
            for place in range(len(document))
            for fault in page_faults(document[place], place + 1, columns[place] if columns else None)
        ]
    finally:
        document.close()


def page_faults(page: pypdfium2.PdfPage, number: int, column: tuple[float, float] | None = None) -> list[InkFault]:
    """Return the faults of a page from its top, for each text the greatest; `number` is that of the page."""
    found: dict[int, Excess] = {}

    def note(excess: float, ink: Ink, kind: str, other: Ink | None = None) -> None:
        if excess > LEEWAY and excess > found.get(id(ink), (0.0,))[0]:
            found[id(ink)] = excess, ink, kind, other

    inks = sorted(_inks(page), key=lambda ink: ink.box.low)
    sheet = InkBox(0.0, 0.0, page.get_width(), page.get_height())
    for one, other in _near(inks):
        noted, beside = (one, other) if one.kind == "text" or other.kind != "text" else (other, one)
        if "area" not in (one.kind, other.kind):
            note(noted.box.overlap(beside.box), noted, beside.kind, beside)
        elif noted.box.overlap(beside.box) > LEEWAY:
            note(noted.box.beyond(beside.box), noted, "area")
    for ink in inks:
        if ink.kind in READ:
            note(ink.box.beyond(sheet), ink, "page")
            note(ink.cut, ink, "cut")
        if ink.flows and column:
            note(max(column[0] - ink.box.left, ink.box.right - column[1]) - HANGING, ink, "column")
    faults = sorted(found.values(), key=lambda each: -each[1].box.high)
    return list(_with_quotes(page, number, faults)) if faults else []


def _with_quotes(page: pypdfium2.PdfPage, number: int, faults: list[Excess]) -> Iterator[InkFault]:
    texts = page.get_textpage()
    for excess, ink, kind, other in faults:
        quote = _quote(ink, texts)
        beside = _quote(other, texts) if other and other.kind == "text" else ""
        if quote and (beside or not (other and other.kind == "text")):
            yield InkFault(number, quote, _matter(kind, beside, f"{excess:.1f}"))


def _matter(kind: str, beside: str, points: str) -> Translatable:
    if kind == "text":
        return tr("overlaps '{beside}' by {points} pt", beside=beside, points=points)
    if kind == "rule":
        return tr("runs into a rule by {points} pt", points=points)
    if kind == "figure":
        return tr("runs into a figure by {points} pt", points=points)
    if kind == "area":
        return tr("runs out of its frame by {points} pt", points=points)
    if kind == "cut":
        return tr("is cut off by {points} pt", points=points)
    if kind == "column":
        return tr("runs into the margin by {points} pt", points=points)
    return tr("runs off the page by {points} pt", points=points)


def _near(inks: list[Ink]) -> Iterator[tuple[Ink, Ink]]:
    """Yield the pairs that share some height: of a text and anything, and of figures.

    Inks are sorted by their lower edges.
    """
    below: list[Ink] = []
    for ink in inks:
        below = [each for each in below if each.box.high - ink.box.low > LEEWAY]
        yield from ((ink, each) for each in below if "text" in (kinds := (ink.kind, each.kind)) or kinds == FIGURES)
        below.append(ink)


@dataclass(frozen=True)
class _PageObject:
    """An object of a page, or of a group on it: the box around it, and around what of it is seen, on the page."""

    drawn: Any
    mark: str
    box: InkBox
    visible: InkBox


def _inks(page: pypdfium2.PdfPage) -> Iterator[Ink]:
    """Yield the ink of a page: runs of text, rules, areas, and each figure as a whole."""
    figures: dict[int, list[_PageObject]] = {}
    for piece in _pieces(page):
        kind = raw.FPDFPageObj_GetType(piece.drawn)
        if piece.mark == FIGURE:
            figures.setdefault(raw.FPDFPageObj_GetMarkedContentID(piece.drawn), []).append(piece)
        elif kind == raw.FPDF_PAGEOBJ_TEXT:
            cut = piece.box.beyond(piece.visible)
            yield Ink(kind="text", box=piece.box, drawn=(piece.drawn,), flows=piece.mark != ARTIFACT, cut=cut)
        elif kind == raw.FPDF_PAGEOBJ_PATH and piece.mark == ARTIFACT:
            yield from _paths(piece)
    for pieces in figures.values():
        box = reduce(InkBox.around, (piece.visible for piece in pieces))
        yield Ink(kind="figure", box=box, drawn=tuple(piece.drawn for piece in pieces), flows=True)


def _pieces(page: pypdfium2.PdfPage) -> Iterator[_PageObject]:
    """Yield the objects of a page, of its groups too: forms that are neither a figure nor an artifact."""
    for index in range(raw.FPDFPage_CountObjects(page.raw)):
        drawn = raw.FPDFPage_GetObject(page.raw, index)
        yield from _parts(_PageObject(drawn, _mark(drawn), _bounds(drawn), _visible(drawn)))


def _parts(piece: _PageObject, groups: tuple[raw.FS_MATRIX, ...] = ()) -> Iterator[_PageObject]:
    """Yield a piece, or its parts if it is a group; `groups` are the matrices of the groups around it."""
    if piece.mark or raw.FPDFPageObj_GetType(piece.drawn) != raw.FPDF_PAGEOBJ_FORM:
        yield piece
        return
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(piece.drawn, matrix)
    inner = (matrix, *groups)
    for index in range(raw.FPDFFormObj_CountObjects(piece.drawn)):
        drawn = raw.FPDFFormObj_GetObject(piece.drawn, index)
        box, visible = (reduce(InkBox.moved, inner, each) for each in (_bounds(drawn), _visible(drawn)))
        yield from _parts(_PageObject(drawn, _mark(drawn), box, visible.within(piece.visible)), inner)


def _paths(piece: _PageObject) -> Iterator[Ink]:
    box = piece.visible
    if raw.FPDFPath_CountSegments(piece.drawn) == RING and box == piece.box:
        yield from (Ink(kind="rule", box=side) for side in box.sides(LEEWAY / 2))
    elif box.right > box.left and box.high > box.low:
        yield Ink(kind="rule" if min(box.right - box.left, box.high - box.low) < THIN else "area", box=box)


def _visible(drawn: Any) -> InkBox:
    """Return the box around the visible part of an object: a side of a border is the whole border with a clip."""
    box, clip = _bounds(drawn), raw.FPDFPageObj_GetClipPath(drawn)
    for path in range(raw.FPDFClipPath_CountPaths(clip) if clip else 0):
        points = list(_points(clip, path))
        if points:
            across, up = zip(*points, strict=True)
            box = box.within(InkBox(min(across), min(up), max(across), max(up)))
    return box


def _points(clip: Any, path: int) -> Iterator[tuple[float, float]]:
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(raw.FPDFClipPath_CountPathSegments(clip, path)):
        raw.FPDFPathSegment_GetPoint(raw.FPDFClipPath_GetPathSegment(clip, path, index), x, y)
        yield x.value, y.value


def _bounds(drawn: Any) -> InkBox:
    left, low, right, high = (ctypes.c_float() for _ in range(4))
    raw.FPDFPageObj_GetBounds(drawn, left, low, right, high)
    return InkBox(left.value, low.value, right.value, high.value)


def _mark(drawn: Any) -> str:
    """Return the name of the first mark of an object, such as "Artifact"; "" without marks."""
    if raw.FPDFPageObj_CountMarks(drawn) < 1:
        return ""
    name, length = (raw.FPDF_WCHAR * _NAME)(), ctypes.c_ulong()
    raw.FPDFPageObjMark_GetName(raw.FPDFPageObj_GetMark(drawn, 0), name, 2 * _NAME, length)
    return bytes(name)[: length.value].decode("utf-16-le").rstrip("\0")


def _quote(ink: Ink, texts: pypdfium2.PdfTextPage) -> str:
    """Return the first words of the drawn text, just enough to find it."""
    text = next(filter(None, (_words(drawn, texts) for drawn in _leaves(ink.drawn))), "")
    if ink.kind == "figure" and not text:
        return tr("a figure without words")
    return text if len(text) <= QUOTED else f"{text[:QUOTED].rstrip()}…"


def _leaves(objects: Iterable[Any]) -> Iterator[Any]:
    """Yield the texts among objects, and those in their groups."""
    for drawn in objects:
        kind = raw.FPDFPageObj_GetType(drawn)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            yield drawn
        elif kind == raw.FPDF_PAGEOBJ_FORM:
            count = raw.FPDFFormObj_CountObjects(drawn)
            yield from _leaves(raw.FPDFFormObj_GetObject(drawn, index) for index in range(count))


def _words(drawn: Any, texts: pypdfium2.PdfTextPage) -> str:
    length = raw.FPDFTextObj_GetText(drawn, texts.raw, None, 0)
    written = (raw.FPDF_WCHAR * (length // 2 + 1))()
    raw.FPDFTextObj_GetText(drawn, texts.raw, written, length)
    return " ".join(bytes(written)[:length].decode("utf-16-le", "replace").rstrip("\0").split())
