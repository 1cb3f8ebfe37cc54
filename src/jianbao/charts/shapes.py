"""Define the marks of a plot: lines, areas, boxes, dots, rings and texts, in mm from the upper left; and colours."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from jianbao.charts.text_metrics import MM_PER_POINT, FontMetricsList, line_height

# In em: the height of letters above and below the baseline, and the distance from their middle to the baseline.
ASCENT, DESCENT, MIDDLE = 0.80, 0.22, 0.35
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Frame:
    """A rectangle, in mm."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Frame", gap: float = 0.0) -> bool:
        """Return whether two rectangles overlap, or come closer than `gap`."""
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom + gap
            and other.top < self.bottom + gap
        )

    def inside(self, other: "Frame") -> bool:
        """Return whether this rectangle is completely inside another."""
        return (
            self.left >= other.left
            and self.top >= other.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True)
class LineShape:
    """A line through positions in mm; its width, and the lengths of its dashes and gaps, in typographic points."""

    points: tuple[tuple[float, float], ...]
    colour: str
    width: float = 0.75
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class AreaShape:
    """A filled area with straight sides, such as the band around a line."""

    points: tuple[tuple[float, float], ...]
    fill: str


@dataclass(frozen=True)
class BoxShape:
    """A filled or outlined rectangle."""

    frame: Frame
    fill: str = ""
    edge: str = ""
    width: float = 0.6


@dataclass(frozen=True, kw_only=True)
class Dot:
    """A symbol of `size` mm across ("circle", "square" or "diamond"), hollow without a fill."""

    x: float
    y: float
    size: float
    fill: str = ""
    edge: str = ""
    shape: str = "circle"
    width: float = 0.8


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A circle around a point, in mm."""

    x: float
    y: float
    radius: float
    colour: str
    width: float = 0.5


@dataclass(frozen=True, kw_only=True)
class TextShape:
    """A line of text of `size` points; (x, y) is the start, middle or end of its baseline, by `anchor`."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    bold: bool = False
    anchor: str = "start"

    def frame(self, faces: FontMetricsList) -> Frame:
        """Return the rectangle that the text fills."""
        width = faces.width(self.text, self.size, self.bold)
        left = self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * width
        em = self.size * MM_PER_POINT
        return Frame(left, self.y - ASCENT * em, left + width, self.y + DESCENT * em)


Mark = LineShape | AreaShape | BoxShape | Dot | Ring | TextShape


@dataclass(frozen=True)
class Plot:
    """The marks of a figure, later ones on top, with its size in mm and the ids of the facts that it shows."""

    marks: tuple[Mark, ...]
    width: float
    height: float
    facts: tuple[str, ...]


def stacked(text: TextShape, lines: Iterable[str]) -> tuple[TextShape, ...]:
    """Return several lines in the style of `text`, with their middle at the height `text.y`."""
    rows, step = tuple(lines), line_height(text.size)
    first = text.y + MIDDLE * text.size * MM_PER_POINT - (len(rows) - 1) * step / 2
    return tuple(replace(text, text=row, y=first + place * step) for place, row in enumerate(rows))


def moved(marks: Iterable[Mark], right: float, down: float) -> tuple[Mark, ...]:
    """Return the marks moved by `right` and `down` mm."""
    return tuple(_moved(mark, right, down) for mark in marks)


def _moved(mark: Mark, right: float, down: float) -> Mark:
    if isinstance(mark, LineShape | AreaShape):
        return replace(mark, points=tuple((x + right, y + down) for x, y in mark.points))
    if isinstance(mark, BoxShape):
        old = mark.frame
        return replace(mark, frame=Frame(old.left + right, old.top + down, old.right + right, old.bottom + down))
    return replace(mark, x=mark.x + right, y=mark.y + down)


def bounds(dot: Dot) -> Frame:
    """Return the rectangle that a dot fills."""
    half = dot.size / 2
    return Frame(dot.x - half, dot.y - half, dot.x + half, dot.y + half)


def is_colour(text: str) -> bool:
    """Return whether a text is a colour written as #rrggbb."""
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    lights = sorted(_luminance(colour) + 0.05 for colour in (one, other))
    return lights[1] / lights[0]


def glazed(seen: str, below: str) -> str:
    """Return the colour that at half opacity over `below` looks like `seen`, or the nearest one that exists."""
    pairs = ((int(seen[at : at + 2], 16), int(below[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{min(max(2 * one - other, 0), 255):02x}" for one, other in pairs)


def mixed(one: str, other: str, part: float) -> str:
    """Return the mixture of two colours; `part` (0 to 1) is the share of the other one."""
    pairs = ((int(one[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5))
    return "#" + "".join(f"{round((1 - part) * start + part * end):02x}" for start, end in pairs)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
