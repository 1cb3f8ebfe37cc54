"""Define the style that all figures share: colours, sizes of text and lines, axes and keys."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from matplotlib.ticker import MaxNLocator

from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, TextShape, mixed, stacked
from jianbao.charts.spec import Words
from jianbao.charts.text_metrics import BESIDE, FontMetricsList, line_height, on_one_line
from jianbao.core.encoding import has_han
from jianbao.data.facts import Fact

HEAD, LABEL, NOTE = 9.0, 8.0, 7.5  # sizes of text in points
HAIR, RULE, STROKE = 0.4, 0.6, 1.6  # widths of lines in points
DASH = (2.4, 1.8)  # lengths in points of the dashes and gaps of a reference line
DOT = 2.1  # mm
GAP = 1.6  # mm
LEVELS_AT_MOST = 0.25  # the share of the width of a figure that the values of its levels may take
TINT = 0.18  # the share of the strong colour in its tint


@dataclass(frozen=True, kw_only=True)
class Palette:
    """One strong colour, dark enough for text, and lighter greys, so that they can be distinguished in grey print, too.

    `wash` fills possible or missing amounts, `span` is the background of years, `tint` the strong colour made light.
    """

    highlight: str = "#0b5f85"
    ink: str = "#1f1f1f"
    muted: str = "#595959"
    mark: str = "#8c8c8c"
    rule: str = "#a3a3a3"
    grid: str = "#d9d9d9"
    wash: str = "#ececec"
    span: str = "#f0f0f0"
    paper: str = "#ffffff"

    @property
    def tint(self) -> str:
        """Return the strong colour mixed with white, as a background for lines and texts."""
        return mixed(self.paper, self.highlight, TINT)


@dataclass(frozen=True)
class Pen:
    """Writes the texts of a figure, with its words, fonts and colours."""

    words: Words
    faces: FontMetricsList
    palette: Palette

    def label(self, key: str) -> str:
        """Return a label of the figure, spaced (see `FontMetricsList.spaced`); raises KeyError if there is none."""
        return self.faces.spaced(self.words.label(key))

    def optional(self, key: str) -> str:
        """Return a label of the figure, spaced; "" if the wording has none."""
        try:
            return self.label(key)
        except KeyError:
            return ""

    def name(self, key: str) -> str:
        """Return a name, spaced."""
        return self.faces.spaced(self.words.name(key))

    def number(self, fact: Fact) -> str:
        """Return a fact's value, spaced."""
        return self.faces.spaced(self.words.number(fact))

    def tick(self, value: float, unit: str = "") -> str:
        """Return a number of an axis, spaced."""
        return self.faces.spaced(self.words.tick(value, unit))

    def write(
        self,
        x: float,
        middle: float,
        text: str,
        anchor: str = "start",
        size: float = LABEL,
        *,
        colour: str = "",
        bold: bool = False,
    ) -> TextShape:
        """Return one line of text with its middle at the height `middle`."""
        lines = (on_one_line(text),)
        return self.write_lines(x, middle, lines, anchor, size=size, colour=colour, bold=bold)[0]

    def write_lines(
        self,
        x: float,
        middle: float,
        lines: Sequence[str],
        anchor: str = "start",
        *,
        size: float = LABEL,
        colour: str = "",
        bold: bool = False,
    ) -> tuple[TextShape, ...]:
        """Return several lines of text with their middle at the height `middle`."""
        return stacked(
            TextShape(x=x, y=middle, text="", size=size, colour=colour or self.palette.ink, bold=bold, anchor=anchor),
            lines,
        )

    def note(self, x: float, middle: float, text: str, anchor: str = "start") -> TextShape:
        """Return one line of text, small and muted, with its middle at the height `middle`."""
        return self.write(x, middle, text, anchor, size=NOTE, colour=self.palette.muted)

    def note_lines(self, x: float, middle: float, lines: Sequence[str], anchor: str = "start") -> tuple[TextShape, ...]:
        """Return several lines of text, small and muted, with their middle at the height `middle`."""
        return self.write_lines(x, middle, lines, anchor, size=NOTE, colour=self.palette.muted)

    def when(self, written: str, *, year: bool) -> str:
        """Return a date or an interval in short form, with its year or without, spaced."""
        return self.faces.spaced(self.words.when(written, year=year))

    def wide(self, texts: Iterable[str], size: float = LABEL, *, bold: bool = False) -> float:
        """Return the width in mm of the widest of some texts."""
        return self.faces.widest(tuple(texts), size, bold)


def one_line_names(pen: Pen, names: Sequence[str], room: float, *, bold: bool = False) -> list[str]:
    """Return names with both languages on one line if all of them fit, else unchanged."""
    joined = [on_one_line(name) for name in names]
    return joined if pen.wide(joined, LABEL, bold=bold) <= room else [*names]


def broken(text: str, lines: Sequence[str]) -> bool:
    """Return whether a line break splits a Latin word of a text."""
    whole = {word for line in lines for word in line.split()}
    return any(word not in whole for word in text.split() if not has_han(word))


@dataclass(frozen=True)
class AxisScale:
    """A linear scale from values (`low` to `high`) to positions in mm (`start` to `end`)."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the position of a value in mm."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


STEPS, WHOLE_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0), (1.0, 2.0, 5.0, 10.0)


def ticks(low: float, high: float, most: int, steps: Sequence[float] = STEPS) -> tuple[float, ...]:
    """Return round numbers that enclose `low` to `high`, about `most` steps; if these are equal, one unit is added.

    A step is one of `steps` times a power of ten.
    """
    if high <= low:
        high = low + 1.0
    found = MaxNLocator(nbins=max(most, 1), steps=list(steps)).tick_values(low, high)
    return tuple(float(round(value, 10)) for value in found)


def column_positions(
    pen: Pen, scale: AxisScale, marks: Sequence[float], frame: Frame, unit: str = ""
) -> tuple[Mark, ...]:
    """Return a horizontal axis: vertical hairlines, a stronger one at zero, with their values above the frame."""
    lines = tuple(
        LineShape(((scale(value), frame.top), (scale(value), frame.bottom)), *_weight(pen, value)) for value in marks
    )
    height = frame.top - 0.62 * line_height(NOTE)
    texts = [pen.note(scale(value), height, pen.tick(value, unit), "middle") for value in marks]
    return (*lines, *thinned(texts, pen.faces))


def level_positions(pen: Pen, scale: AxisScale, marks: Sequence[float], frame: Frame) -> tuple[Mark, ...]:
    """Return a vertical axis: horizontal hairlines, a stronger one at zero, with their values left of the frame.

    A value wider than the room there has one line for each language.
    """
    lines = tuple(
        LineShape(((frame.left, scale(value)), (frame.right, scale(value))), *_weight(pen, value)) for value in marks
    )
    written = ((scale(value), level_lines(pen, value, frame.left - GAP)) for value in marks)
    texts = [pen.note_lines(frame.left - GAP, middle, lines_of_value, "end") for middle, lines_of_value in written]
    shown = thinned_lines(texts, pen.faces)
    return (*lines, *(line for text in texts for line in text if line in shown))


def levels_width(pen: Pen, marks: Sequence[float], width: float) -> float:
    """Return the width in mm that the values of levels take in a figure that is `width` mm wide, with the gap."""
    return pen.wide([line for value in marks for line in level_lines(pen, value, LEVELS_AT_MOST * width)], NOTE) + GAP


def level_lines(pen: Pen, value: float, room: float) -> tuple[str, ...]:
    """Return the value of a level on one line, or with a line in each language if it is wider than `room` mm."""
    return apart(pen, pen.tick(value), NOTE, room)


def apart(pen: Pen, number: str, size: float, room: float, *, bold: bool = False) -> tuple[str, ...]:
    """Return a number on one line, or with a line in each language if it is wider than `room` mm."""
    return (number,) if pen.wide([number], size, bold=bold) <= room + 1e-6 else (*number.split(BESIDE),)


def axis_break(pen: Pen, scale: AxisScale, frame: Frame) -> tuple[Mark, ...]:
    """Return the mark of a broken vertical axis, for one that does not begin at zero."""
    if scale.low <= 0.0:
        return ()
    x, y = frame.left, frame.bottom - 2.2
    strokes = (
        LineShape(((x - 1.2, y + down + 0.7), (x + 1.2, y + down - 0.7)), pen.palette.muted) for down in (0, 1.1)
    )
    bed = BoxShape(Frame(x - 0.9, y + 0.1, x + 0.9, y + 1.0), pen.palette.paper)
    return (LineShape(((x, frame.bottom), (x, y - 3.0)), pen.palette.muted), bed, *strokes)


def _weight(pen: Pen, value: float) -> tuple[str, float]:
    return (pen.palette.rule, RULE) if value == 0 else (pen.palette.grid, HAIR)


def thinned(texts: Sequence[TextShape], faces: FontMetricsList) -> tuple[TextShape, ...]:
    """Return the texts that do not overlap; the first and the last have priority."""
    return thinned_lines([(text,) for text in texts], faces)


def thinned_lines(labels: Sequence[Sequence[TextShape]], faces: FontMetricsList) -> tuple[TextShape, ...]:
    """Return the lines of the labels that do not overlap, each label whole; the first and the last have priority."""
    kept: list[TextShape] = []
    for label in (*labels[:1], *labels[1:][-1:], *labels[1:-1]):
        frames = [line.frame(faces) for line in label]
        if not any(frame.meets(other.frame(faces), 0.8) for frame in frames for other in kept):
            kept += label
    return tuple(kept)


@dataclass(frozen=True)
class KeyEntry:
    """An entry of a key: its symbol (`sign`), `width` mm wide with its left middle at (0, 0), and its text."""

    sign: tuple[Mark, ...]
    width: float
    text: str


def dot_entry(text: str, fill: str, edge: str, shape: str = "circle") -> KeyEntry:
    """Return a key entry with a dot."""
    return KeyEntry((Dot(x=DOT / 2 + 0.2, y=0, size=DOT, fill=fill, edge=edge, shape=shape),), DOT + 0.4, text)


def bar_entry(text: str, fill: str, edge: str = "") -> KeyEntry:
    """Return a key entry with a small bar."""
    return KeyEntry((BoxShape(Frame(0, -1.0, 4.0, 1.0), fill, edge),), 4.0, text)


def pieces(start: float, end: float, gaps: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield the start and end of each piece of a line from `start` to `end` that leaves out the gaps."""
    for begins, ends in (*sorted(gaps), (end, end)):
        if begins > start:
            yield start, begins
        start = max(start, ends)


def hatched(frame: Frame, colour: str) -> tuple[Mark, ...]:
    """Return an outlined box filled with diagonal hairlines, such as for unknown values."""
    height, marks = frame.bottom - frame.top, list[Mark]()
    start = frame.left - height
    while start < frame.right:
        left, right = max(start, frame.left), min(start + height, frame.right)
        ends = (left, frame.bottom - (left - start)), (right, frame.bottom - (right - start))
        marks.append(LineShape(ends, colour, HAIR))
        start += 0.9
    return (*marks, BoxShape(frame, "", colour, HAIR))
