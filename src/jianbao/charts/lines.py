"""Lines: series over years with their names at their ends; some series may be references."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, Plot, TextShape, moved
from jianbao.charts.spec import FigureSpec, Size, figure_key
from jianbao.charts.style import DASH, DOT, GAP, NOTE, STROKE, AxisScale, Pen, level_positions, ticks
from jianbao.charts.text_metrics import line_height
from jianbao.charts.time_axis import (
    VALUE,
    EndLabel,
    PlotArea,
    PointLabel,
    dashed,
    end_labels,
    point_label,
    shading,
    span_labels,
    spans,
    value_size,
    years_axis,
)
from jianbao.data.facts import Fact, Ledger

HEIGHTS = (46.0, 62.0)
PROPORTION = 0.36
NAMES_AT_MOST = 0.3
NUMBERED = 9  # a line with up to so many values has their numbers at the points
SHAPES = ("circle", "square", "diamond")


@dataclass(frozen=True, kw_only=True)
class LineSeries:
    """A line: its role, its facts by year, and whether it is highlighted or a reference."""

    role: str
    points: Mapping[float, Fact]
    highlighted: bool
    reference: bool
    shape: str = SHAPES[0]

    def colour(self, pen: Pen) -> str:
        """Return the colour of its line and texts."""
        return pen.palette.highlight if self.highlighted else pen.palette.muted


def lines(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw the series on one scale; with `zero: no` it begins near the least value, and the axis is broken."""
    found = _series(spec, ledger)
    if not found:
        return Plot((), size.width_mm, 0.0, ())
    names = _names(pen, found, size.width_mm)
    field, marks = _field(spec, pen, found, size, pen.wide([line for each in names for line in each], NOTE))
    shaded = spans(spec, ledger, pen, field, 0.5)
    areas, grid = shading(pen, shaded, field.frame), level_positions(pen, field.values, marks, field.frame)
    drawn = [mark for each in sorted(found, key=lambda each: each.highlighted) for mark in _line(pen, field, each)]
    ends = _ends(pen, field, found, names, value_size(size.width_mm))
    beside, bottom = end_labels(pen, ends, field.frame.right + 2 * GAP, 0.0)
    break_marks = axis_break(pen, field)
    numbers = _numbers(pen, field, found, (*areas, *drawn, *break_marks, *beside))
    labels, above = span_labels(pen, shaded, field.frame, (*areas, *drawn, *break_marks, *numbers))
    axis = years_axis(pen, field, min(_years(found)), max(_years(found)))
    body = (*areas, *grid, *break_marks, *drawn, *axis, *numbers, *labels, *beside)
    height = max(field.frame.bottom + line_height(NOTE) + 1.5, bottom) + 0.3
    shown = tuple(fact.id for each in found for fact in each.points.values())
    return Plot(moved(body, 0.0, above), size.width_mm, height + above, shown)


def _series(spec: FigureSpec, ledger: Ledger) -> tuple[LineSeries, ...]:
    references = spec.options.get("reference", ())
    dates = {figure_key(fact): str(fact.value) for fact in spec.family(spec.option("years"), ledger)}
    roles = [role for role in spec.roles if role != spec.option("years")]
    highlighted = spec.options.get("highlight", tuple(role for role in roles if role not in references)[:1])
    shapes = iter(SHAPES * len(roles))
    found = (
        LineSeries(
            role=role,
            points=_points(spec.members(role, ledger), dates),
            highlighted=role in highlighted,
            reference=role in references,
            shape=SHAPES[0] if role in highlighted else next(shapes),
        )
        for role in roles
    )
    return tuple(each for each in found if each.points)


def _points(facts: Iterable[Fact], dates: Mapping[str, str]) -> dict[float, Fact]:
    """Return facts by year: the year that is their key, the one that `dates` has for the key, or that of the fact."""
    found: dict[float, Fact] = {}
    for fact in facts:
        key = figure_key(fact)
        written = key if len(key) == 4 and key.isdecimal() else dates.get(key, fact.as_of)
        found[float(written[:4])] = fact
    return dict(sorted(found.items()))


def _years(found: Iterable[LineSeries]) -> list[float]:
    return [year for each in found for year in each.points]


def _names(pen: Pen, found: Sequence[LineSeries], width: float) -> list[tuple[str, ...]]:
    """Return the lines of each series' name; a single series needs none."""
    if len(found) == 1:
        return [()]
    return [pen.faces.balance(pen.label(each.role), NOTE, NAMES_AT_MOST * width) for each in found]


def _field(
    spec: FigureSpec, pen: Pen, found: Sequence[LineSeries], size: Size, names: float
) -> tuple[PlotArea, tuple[float, ...]]:
    values = [fact.number for each in found for fact in each.points.values()]
    height = size.height_mm or min(max(size.width_mm * PROPORTION, HEIGHTS[0]), HEIGHTS[1])
    lowest = min(values) if spec.option("zero", "yes") in ("no", "false") else min(0.0, *values)
    marks = ticks(lowest, max(*values, lowest + 1e-9), 4)
    last = [pen.number(max(each.points.items())[1]) for each in found]
    right = max(names, pen.wide(last, value_size(size.width_mm), True)) + 2 * GAP
    left = pen.wide([pen.tick(value) for value in marks], NOTE) + GAP
    frame = Frame(left, line_height(NOTE) + 0.6, size.width_mm - right, height - line_height(NOTE) - 1.5)
    return PlotArea(frame, _scale(_years(found), frame), AxisScale(marks[0], marks[-1], frame.bottom, frame.top)), marks


def _scale(years: Sequence[float], frame: Frame) -> AxisScale:
    first, last = min(years), max(years)
    half = 2.0 / (frame.right - frame.left) * max(last - first, 1.0)
    return AxisScale(first - half, max(last, first + 1.0) + half, frame.left, frame.right)


def axis_break(pen: Pen, field: PlotArea) -> tuple[Mark, ...]:
    """Return the mark of a broken axis, for one that does not begin at zero."""
    if field.values.low <= 0.0:
        return ()
    x, y = field.frame.left, field.frame.bottom - 2.2
    strokes = (
        LineShape(((x - 1.2, y + down + 0.7), (x + 1.2, y + down - 0.7)), pen.palette.muted) for down in (0, 1.1)
    )
    bed = BoxShape(Frame(x - 0.9, y + 0.1, x + 0.9, y + 1.0), pen.palette.paper)
    return (LineShape(((x, field.frame.bottom), (x, y - 3.0)), pen.palette.muted), bed, *strokes)


def _line(pen: Pen, field: PlotArea, series: LineSeries) -> tuple[Mark, ...]:
    """Return lines from value to value and dots; dashed for references and where years are missing between values."""
    colour = pen.palette.mark if series.reference else series.colour(pen)
    width = 1.0 if series.reference else STROKE if series.highlighted else 1.1
    long = dashed(series.points)
    places = [field.at(year, fact.number) for year, fact in series.points.items()]
    strokes = [
        LineShape((start, end), colour, width, DASH if series.reference or second - first > long else ())
        for (start, end), (first, second) in zip(pairwise(places), pairwise(series.points), strict=True)
    ]
    fill, edge = (pen.palette.paper, colour) if series.reference else (colour, pen.palette.paper)
    dots = (Dot(x=x, y=y, size=DOT * 0.9, fill=fill, edge=edge, shape=series.shape, width=0.7) for x, y in places)
    return (*strokes, *dots)


def _ends(
    pen: Pen, field: PlotArea, found: Sequence[LineSeries], names: Sequence[tuple[str, ...]], size: float
) -> list[EndLabel]:
    ends = []
    for each, name in zip(found, names, strict=True):
        fact = max(each.points.items())[1]
        wish = field.values(fact.number) + len(name) * line_height(NOTE) / 2
        points = size if each.highlighted else VALUE
        ends.append(EndLabel(value=pen.number(fact), name=name, wish=wish, colour=each.colour(pen), size=points))
    return ends


def _numbers(pen: Pen, field: PlotArea, found: Sequence[LineSeries], drawn: Sequence[Mark]) -> tuple[TextShape, ...]:
    """Return the values of highlighted lines with few points, at the points; one that does not fit is left out."""
    marks: list[TextShape] = []
    for each in found:
        *earlier, _ = each.points.items()
        if not each.highlighted or len(earlier) >= NUMBERED:
            continue
        values = [fact.number for fact in each.points.values()]
        for place, (year, fact) in enumerate(earlier):
            nearby = values[max(place - 1, 0) : place + 2]
            up = fact.number >= sum(nearby) / len(nearby)
            x, y = field.at(year, fact.number)
            spot = PointLabel(text=pen.number(fact), x=x, y=y, up=up, colour=each.colour(pen))
            marks += point_label(pen, spot, (*drawn, *marks), field.frame)
    return tuple(marks)
