"""Trend: one value by year with its interval, gaps for years without a value, and coverage and carried values."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

from jianbao.charts.bars import key
from jianbao.charts.shapes import AreaShape, BoxShape, Dot, Frame, LineShape, Mark, Plot, TextShape, moved
from jianbao.charts.spec import FigureSpec, Size
from jianbao.charts.style import (
    DOT,
    GAP,
    NOTE,
    STROKE,
    AxisScale,
    KeyEntry,
    Pen,
    axis_break,
    bar_entry,
    broken,
    dot_entry,
    level_positions,
    levels_width,
    ticks,
)
from jianbao.charts.text_metrics import line_height
from jianbao.charts.time_axis import (
    PlotArea,
    PointLabel,
    by_year,
    point_label,
    shading,
    span_labels,
    spans,
    touches,
    value_size,
    years_axis,
)
from jianbao.data.facts import Fact, Ledger

HEIGHTS = (34.0, 56.0)
PROPORTION = 0.34
COVERAGE, BAR = 7.0, 0.62  # the height of full coverage in mm, and the width of its bar as a part of a year
SIGN = 3.4  # width in mm of the patch beside the name of the band
Years = Mapping[int, Fact]


@dataclass(frozen=True)
class TrendData:
    """The values and the coverage by year, and the years whose value uses values of an earlier year."""

    values: Years
    coverage: Years
    carried: frozenset[int] = frozenset()

    @property
    def first(self) -> int:
        """Return the first year with a value or a coverage."""
        return min((*self.values, *self.coverage))

    @property
    def last(self) -> int:
        """Return the last year with a value or a coverage."""
        return max((*self.values, *self.coverage))

    def gaps(self) -> Iterator[tuple[int, int]]:
        """Yield the first and the last year of each run of years without a value."""
        years = (self.first - 1, *self.values, self.last + 1)
        yield from ((one + 1, other - 1) for one, other in pairwise(years) if other - one > 1)


def trend(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a line through consecutive years; the last two, highest, lowest and first values have numbers."""
    score, coverage, carried = _without_early_years(
        by_year(spec.family(role, ledger)) for role in ("score", "coverage", "carried")
    )
    panel = TrendData(score, coverage, frozenset(year for year in score if year in carried and carried[year].number))
    if not panel.values:
        return Plot((), size.width_mm, 0.0, ())
    field, marks = _field(spec, pen, panel, size)
    shaded = spans(spec, ledger, pen, field, 0.5)
    areas = (*shading(pen, shaded, field.frame), *_gaps(pen, field, panel))
    band, line = _band(pen, field, panel.values), _line(pen, field, panel)
    break_marks = axis_break(pen, field.values, field.frame)
    levels = level_positions(pen, field.values, marks, field.frame)
    written = tuple(mark for mark in levels if isinstance(mark, TextShape))
    numbers = _numbers(pen, field, panel, (*areas, *band, *line, *break_marks, *written), value_size(size.width_mm))
    labels, above = span_labels(pen, shaded, field.frame, (*areas, *band, *line, *break_marks, *numbers))
    notes, entries = _notes(pen, field, panel, (*areas, *band, *line, *numbers, *labels, *break_marks))
    grid = (*levels, *break_marks)
    below, bottom = _coverage(pen, field, panel.coverage, panel.values)
    foot = replace(field, frame=replace(field.frame, bottom=bottom))
    axis = years_axis(pen, foot, float(panel.first), float(panel.last))
    legend, top = key(pen, entries, size.width_mm, 0.0)
    body = (*areas, *band, *grid, *line, *numbers, *labels, *notes, *below, *axis)
    height = top + above + bottom + line_height(NOTE) + 1.8
    shown = tuple(fact.id for family in (score, coverage, carried) for fact in family.values())
    return Plot((*legend, *moved(body, 0.0, top + above)), size.width_mm, height, shown)


def _without_early_years(families: Iterable[Years]) -> Iterator[Years]:
    """Yield the values by year of each family without most of the years before the first of them, which say little."""
    values, *others = families
    before = max((max(values) - min(values) + 1) // 2, 1) if values else 0
    yield values
    for each in others:
        yield {year: fact for year, fact in each.items() if not values or year >= min(values) - before}


def _field(spec: FigureSpec, pen: Pen, panel: TrendData, size: Size) -> tuple[PlotArea, tuple[float, ...]]:
    ends = [end for fact in panel.values.values() for end in (fact.number, fact.low, fact.high) if end is not None]
    low = min(ends) if spec.option("zero", "no") in ("no", "false") else min(0.0, *ends)
    marks = ticks(low, max(*ends, low + 1e-9), 4)
    height = size.height_mm or min(max(size.width_mm * PROPORTION, HEIGHTS[0]), HEIGHTS[1])
    left = levels_width(pen, marks, size.width_mm)
    last = [pen.number(max(years.items())[1]) for years in (panel.values, panel.coverage) if years]
    right = pen.wide(last, value_size(size.width_mm), bold=True) + GAP
    frame = Frame(left, line_height(NOTE), size.width_mm - right, height)
    years = AxisScale(panel.first - 0.5, panel.last + 0.5, frame.left, frame.right)
    return PlotArea(frame, years, AxisScale(marks[0], marks[-1], frame.bottom, frame.top)), marks


def _runs(values: Years) -> Iterator[list[int]]:
    """Yield the runs of consecutive years with values."""
    run: list[int] = []
    for year in values:
        if run and year - run[-1] > 1:
            yield run
            run = []
        run.append(year)
    yield run


def _gaps(pen: Pen, field: PlotArea, panel: TrendData) -> tuple[Mark, ...]:
    top, bottom = field.frame.top, field.frame.bottom
    return tuple(
        BoxShape(Frame(field.years(first - 0.5), top, field.years(last + 0.5), bottom), pen.palette.span)
        for first, last in panel.gaps()
    )


def _band(pen: Pen, field: PlotArea, values: Years) -> tuple[Mark, ...]:
    """Return the area between the ends of the intervals, a bar for a year without neighbours."""
    areas: list[Mark] = []
    for run in _runs(values):
        known = [(year, fact.low, fact.high) for year in run if (fact := values[year]) and fact.low is not None]
        upper = [field.at(year, high) for year, _, high in known if high is not None]
        lower = [field.at(year, low) for year, low, _ in known if low is not None]
        if len(known) == 1:
            upper, lower = ([(x - 1.2, y), (x + 1.2, y)] for ((x, y),) in (upper, lower))
        areas += [AreaShape((*upper, *reversed(lower)), pen.palette.tint)] if upper else []
    return tuple(areas)


def _line(pen: Pen, field: PlotArea, panel: TrendData) -> tuple[Mark, ...]:
    """Return a line through each run of years with a dot for each, hollow if it uses values of an earlier year."""
    colour, paper = pen.palette.highlight, pen.palette.paper
    places = {year: field.at(year, fact.number) for year, fact in panel.values.items()}
    runs = [tuple(places[year] for year in run) for run in _runs(panel.values)]
    strokes = (LineShape(run, colour, STROKE) for run in runs if len(run) > 1)
    inks = {year: (paper, colour) if year in panel.carried else (colour, paper) for year in places}
    dots = (
        Dot(x=x, y=y, size=DOT * 0.9, fill=inks[year][0], edge=inks[year][1], width=0.5)
        for year, (x, y) in places.items()
    )
    return (*strokes, *dots)


def _numbers(pen: Pen, field: PlotArea, panel: TrendData, drawn: Sequence[Mark], size: float) -> tuple[TextShape, ...]:
    """Return the last value right of its point, and at their points the one before, the highest, lowest and first."""
    values, colour, marks = panel.values, pen.palette.highlight, list[TextShape]()
    last, fact = max(values.items())
    if last == panel.last:
        x, y = field.at(last, fact.number)
        marks.append(pen.write(x=x + GAP, middle=y, text=pen.number(fact), size=size, colour=colour, bold=True))
    lowest = min(values, key=lambda year: values[year].number)
    highest = max(values, key=lambda year: values[year].number)
    for year in dict.fromkeys((last, *({last - 1} & values.keys()), highest, lowest, min(values))):
        if year != panel.last:
            x, y = field.at(year, values[year].number)
            spot = PointLabel(text=pen.number(values[year]), x=x, y=y, up=year != lowest, colour=colour)
            marks += point_label(pen, spot, (*drawn, *marks), field.frame)
    return tuple(marks)


def _notes(
    pen: Pen, field: PlotArea, panel: TrendData, drawn: Sequence[Mark]
) -> tuple[tuple[Mark, ...], list[KeyEntry]]:
    """Return the names of the band and of years without a value inside them, and a key for those that do not fit."""
    marks: list[Mark] = []
    entries: list[KeyEntry] = []
    bands = [mark for mark in drawn if isinstance(mark, AreaShape)]
    if bands:
        label = _free(pen, field, pen.label("interval"), drawn)
        marks += label
        entries += [] if label else [bar_entry(pen.label("interval"), pen.palette.tint)]
    entries += [dot_entry(pen.label("carried"), pen.palette.paper, pen.palette.highlight)] if panel.carried else []
    named = [_in_gap(pen, field, gap, (*drawn, *marks)) for gap in panel.gaps()]
    marks += [mark for each in named for mark in each]
    if named and not any(named):
        entries.append(bar_entry(pen.label("gap"), pen.palette.span, pen.palette.rule))
    return tuple(marks), entries


def _free(pen: Pen, field: PlotArea, text: str, drawn: Sequence[Mark]) -> tuple[Mark, ...]:
    """Return a text with a patch of the band's colour, as near to the lower edge of the band as it fits."""
    lines = pen.faces.balance(text, NOTE, (field.frame.right - field.frame.left) * 0.6)
    wide, half = SIGN + GAP / 2 + pen.wide(lines, NOTE), len(lines) * line_height(NOTE) / 2
    lefts = range(int(field.frame.right - wide - 1), int(field.frame.left), -2)
    middles = range(int(field.frame.bottom - half - 1), int(field.frame.top + half), -1)
    boxes = [mark.frame for mark in drawn if isinstance(mark, BoxShape)]
    edge = max(y for mark in drawn if isinstance(mark, AreaShape) for _, y in mark.points)
    for middle, left in product(sorted(middles, key=lambda middle: abs(middle - half - edge)), lefts):
        frame = Frame(left, middle - half, left + wide, middle + half)
        if not touches(frame, drawn, pen, 0.6) and not any(frame.meets(box) for box in boxes):
            sign = BoxShape(Frame(left, middle - 0.9, left + SIGN, middle + 0.9), pen.palette.tint)
            return (sign, *pen.note_lines(left + SIGN + GAP / 2, middle, lines))
    return ()


def _in_gap(pen: Pen, field: PlotArea, gap: tuple[int, int], drawn: Sequence[Mark]) -> tuple[TextShape, ...]:
    """Return the name of years without a value inside them, as low as it fits; nothing if a word would be split."""
    left, right = field.years(gap[0] - 0.5), field.years(gap[1] + 0.5)
    lines, x = pen.faces.wrap(pen.label("gap"), NOTE, right - left - 0.8), (left + right) / 2
    half, wide = len(lines) * line_height(NOTE) / 2, pen.wide(lines, NOTE) / 2
    if wide > (right - left) / 2 or broken(pen.label("gap"), lines):
        return ()
    for middle in range(int(field.frame.bottom - half - 1.0), int(field.frame.top + half), -1):
        if not touches(Frame(x - wide, middle - half, x + wide, middle + half), drawn, pen):
            return pen.note_lines(x, middle, lines, "middle")
    return ()


def _coverage(pen: Pen, field: PlotArea, coverage: Years, values: Years) -> tuple[tuple[Mark, ...], float]:
    """Return bars of coverage under their name, hollow for years without a value, and the height at which they end."""
    if not coverage:
        return (), field.frame.bottom
    lines = pen.faces.balance(pen.label("coverage"), NOTE, field.frame.right - field.frame.left)
    top = field.frame.bottom + 1.4
    foot = top + len(lines) * line_height(NOTE) + 0.6 + COVERAGE
    marks: list[Mark] = [*pen.write_lines(field.frame.left, top + len(lines) * line_height(NOTE) / 2, lines, size=NOTE)]
    whole = max(1.0, *(fact.number for fact in coverage.values()))
    for year, fact in coverage.items():
        left, right = field.years(year - BAR / 2), field.years(year + BAR / 2)
        frame = Frame(left, foot - COVERAGE * fact.number / whole, right, foot)
        fill, edge = (pen.palette.rule, "") if year in values else (pen.palette.paper, pen.palette.rule)
        marks.append(BoxShape(frame, fill, edge))
    marks.append(LineShape(((field.frame.left, foot), (field.frame.right, foot)), pen.palette.rule))
    last = max(coverage.items())[1]
    middle = foot - COVERAGE / 2
    marks.append(pen.write(x=field.frame.right + GAP / 2, middle=middle, text=pen.number(last), size=NOTE, bold=True))
    return tuple(marks), foot
