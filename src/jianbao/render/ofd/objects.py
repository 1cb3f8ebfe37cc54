"""Write the objects on a page of an OFD as XML, in mm from its upper left corner: text, paths and pictures.

Every object is written with a boundary; its coordinates are relative to the upper left corner of that. Names of
elements and attributes are those of GB/T 33190-2016, clauses 8 to 12.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import hypot
from typing import Protocol
from xml.sax.saxutils import escape, quoteattr

from jianbao.render.ofd.geometry import (
    IDENTITY,
    Clip,
    Matrix,
    Point,
    Rectangle,
    VectorPath,
    apart,
    around,
    box,
    common,
    empty,
    moved,
    number,
    numbers,
    rectangle,
)

Colour = tuple[int, int, int]

EXACT = 0.005  # mm by which a glyph may deviate from its position, so that equal steps can be written together
MATRIX_TOLERANCE = 1e-4  # by which the matrices of two glyphs of a run may differ
OFF_LINE = 0.002  # mm by which a glyph of a run may be above or below its line
THINNEST = 0.02  # mm, for a line of width 0, which in PDF is as thin as the device can draw


@dataclass(frozen=True)
class Paint:
    """A colour and its opacity, 0 to 1."""

    colour: Colour
    opacity: float = 1.0

    def written(self, name: str) -> str:
        """Return the XML of the colour as an element FillColor or StrokeColor."""
        alpha = f' Alpha="{round(self.opacity * 255)}"' if self.opacity < 1 else ""
        return f'<ofd:{name} Value="{" ".join(map(str, self.colour))}"{alpha}/>'


class Drawn(Protocol):
    """An object on a page."""

    @property
    def mark(self) -> int | None:
        """Return the number of the marked content of the PDF that contains the object, None without one."""

    def written(self, identity: int) -> str:
        """Return the object as XML with its number."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A path that is filled, stroked or both; the lengths of its line are in mm."""

    outline: VectorPath
    fill: Paint | None
    stroke: Paint | None
    width: float
    cap: int
    join: int
    miter: float
    dashes: tuple[float, ...]
    dash_start: float
    clip: Clip
    mark: int | None = None

    def written(self, identity: int) -> str:
        """Return the path as XML; "" if it is clipped completely."""
        outline, clip = self.outline, self.clip
        areas = () if self.stroke else outline.filled()
        if areas:
            left = [cut for cut in (common(area, clip.area) for area in areas) if not empty(cut)]
            outline = VectorPath(tuple(move for area in left for move in rectangle(area).moves))
        if not outline.moves:
            return ""
        extent = self._extent(outline)
        if apart(extent, clip.area):
            return ""
        paints = (self.stroke.written("StrokeColor") if self.stroke else "") + (
            self.fill.written("FillColor") if self.fill else ""
        )
        return (
            f'<ofd:PathObject ID="{identity}" Boundary="{box(extent)}"{self._line()} '
            f'Stroke="{_boolean(self.stroke)}" Fill="{_boolean(self.fill)}"{outline.rule()}>{clip.written(extent)}'
            f"{paints}<ofd:AbbreviatedData>{outline.written(extent[:2])}</ofd:AbbreviatedData></ofd:PathObject>"
        )

    def _extent(self, outline: VectorPath) -> Rectangle:
        """Return the rectangle around all that is painted, including the width and corners of a line."""
        left, top, right, bottom = outline.extent()
        if not self.stroke:
            return left, top, right, bottom
        wide = max(self.width, THINNEST) * (0.75 if self.join else min(self.miter, 4))
        return left - wide, top - wide, right + wide, bottom + wide

    def _line(self) -> str:
        if not self.stroke:
            return ""
        parts = [f'LineWidth="{number(max(self.width, THINNEST))}"']
        parts += [f'Cap="{("Butt", "Round", "Square")[self.cap]}"'] if self.cap else []
        parts += [f'Join="{("Miter", "Round", "Bevel")[self.join]}"'] if self.join else []
        parts += [f'MiterLimit="{number(self.miter)}"'] if not self.join else []
        parts += [f'DashPattern="{numbers(self.dashes)}"'] if any(self.dashes) else []
        parts += [f'DashOffset="{number(self.dash_start)}"'] if self.dash_start and any(self.dashes) else []
        return " " + " ".join(parts)


def _boolean(value: object) -> str:
    return "true" if value else "false"


@dataclass(frozen=True, kw_only=True)
class Image:
    """A picture by the number of its resource; the matrix maps the unit square, with its top at 0, to the page."""

    resource: int
    matrix: Matrix
    opacity: float
    clip: Clip
    mark: int | None = None

    def written(self, identity: int) -> str:
        """Return the picture as XML."""
        extent = around([moved(corner, self.matrix) for corner in ((0, 0), (1, 0), (0, 1), (1, 1))])
        a, b, c, d, e, f = self.matrix
        alpha = f' Alpha="{round(self.opacity * 255)}"' if self.opacity < 1 else ""
        return (
            f'<ofd:ImageObject ID="{identity}" Boundary="{box(extent)}" '
            f'CTM="{numbers((a, b, c, d, e - extent[0], f - extent[1]))}"{alpha} ResourceID="{self.resource}">'
            f"{self.clip.written(extent, turned=True)}</ofd:ImageObject>"
        )


@dataclass(frozen=True)
class Glyph:
    """A glyph: its number, text and position, and whether the font maps its text to it (see `fonts.Character`)."""

    number: int
    text: str
    place: Point
    known: bool


@dataclass
class GlyphRun:
    """Glyphs of one line that are being gathered; `turn` maps an em of their font to mm of the page."""

    turn: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 1.0)
    glyphs: list[Glyph] = field(default_factory=list)

    def continues(self, turn: tuple[float, float, float, float], place: Point) -> bool:
        """Return whether a glyph belongs to the run: it is on the same line, with the same size and direction."""
        if not self.glyphs:
            return self.turn == turn
        if any(abs(one - other) > MATRIX_TOLERANCE for one, other in zip(turn, self.turn, strict=True)):
            return False
        (x, y), (a, b) = self.glyphs[0].place, self.turn[:2]
        return abs((place[1] - y) * a - (place[0] - x) * b) < OFF_LINE * hypot(a, b)

    def take(self) -> tuple[float, Matrix, tuple[Glyph, ...]]:
        """Return the size in mm, the matrix without the size, and the glyphs; the run is then empty."""
        a, b, c, d = self.turn
        glyphs, size = tuple(self.glyphs), hypot(a, b)
        self.glyphs = []
        turn = a / size, b / size, -c / size, -d / size, 0.0, 0.0
        upright = all(abs(one - other) < MATRIX_TOLERANCE for one, other in zip(turn, IDENTITY, strict=True))
        return size, IDENTITY if upright else turn, glyphs


@dataclass(frozen=True, kw_only=True)
class TextObject:
    """Glyphs on one line with the same font, size and colour; `turn` is the matrix without size and position."""

    font: int
    size: float
    turn: Matrix
    glyphs: tuple[Glyph, ...]
    paint: Paint
    clip: Clip
    mark: int | None = None

    def written(self, identity: int) -> str:
        """Return the text as XML, with a boundary that has room for glyphs that extend beyond their advance."""
        left, top, right, bottom = extent = self._extent()
        first = self.glyphs[0].place
        turned = self.turn != IDENTITY
        matrix = f' CTM="{numbers((*self.turn[:4], first[0] - left, first[1] - top))}"' if turned else ""
        start = (0.0, 0.0) if turned else (first[0] - left, first[1] - top)
        text, chosen = self._codes()
        return (
            f'<ofd:TextObject ID="{identity}" Boundary="{box((left, top, right, bottom))}"{matrix} '
            f'Font="{self.font}" Size="{number(self.size)}">{self.clip.written(extent, turned)}'
            f"{self.paint.written('FillColor')}{chosen}"
            f'<ofd:TextCode X="{number(start[0])}" Y="{number(start[1])}"{self._steps()}>{escape(text)}'
            "</ofd:TextCode></ofd:TextObject>"
        )

    def _extent(self) -> Rectangle:
        room = self.size * hypot(self.turn[0], self.turn[1]) * 1.3
        across, down = [glyph.place[0] for glyph in self.glyphs], [glyph.place[1] for glyph in self.glyphs]
        if self.turn == IDENTITY:
            return min(across) - room * 0.4, min(down) - room, max(across) + room * 1.2, max(down) + room * 0.5
        return min(across) - room, min(down) - room, max(across) + room, max(down) + room

    def _codes(self) -> tuple[str, str]:
        """Return the text, and the XML of the glyphs that the font does not map from it."""
        chosen, text = [], ""
        for glyph in self.glyphs:
            if not glyph.known:
                count = f' CodeCount="{len(glyph.text)}"' if len(glyph.text) > 1 else ""
                chosen.append(
                    f'<ofd:CGTransform CodePosition="{len(text)}"{count}><ofd:Glyphs>{glyph.number}</ofd:Glyphs>'
                    "</ofd:CGTransform>"
                )
            text += glyph.text
        return text, "".join(chosen)

    def _steps(self) -> str:
        """Return the attribute with the distances between glyphs, rounded so that errors do not add up."""
        reach = hypot(self.turn[0], self.turn[1])
        origin = self.glyphs[0].place
        targets = [
            ((x - origin[0]) * self.turn[0] + (y - origin[1]) * self.turn[1]) / reach**2
            for x, y in (glyph.place for glyph in self.glyphs)
        ]
        at, steps = 0.0, list[str]()
        for target in targets[1:]:
            near = steps and abs(at + float(steps[-1]) - target) < EXACT
            steps.append(steps[-1] if near else number(target - at))
            at += float(steps[-1])
        return f' DeltaX="{" ".join(_counted(steps))}"' if steps else ""


def _counted(steps: Sequence[str]) -> Iterator[str]:
    """Yield steps in the notation of OFD: three or more equal ones as "g", their number and the step."""
    start = 0
    while start < len(steps):
        end = start
        while end < len(steps) and steps[end] == steps[start]:
            end += 1
        yield from ("g", str(end - start), steps[start]) if end - start > 2 else steps[start:end]
        start = end


def attributes(**given: object) -> str:
    """Return attributes as XML, each after a space, without those that are None."""
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in given.items() if value is not None)
