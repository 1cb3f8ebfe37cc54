"""Lines: series over years with their names at their ends, and sister cities by year as steps under all partners."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from jianbao.charts.label_placement import crosses
from jianbao.charts.shapes import Dot, Frame, LineShape, Mark, Plot, TextShape, moved
from jianbao.charts.spec import FigureSpec, Size, figure_key, names_in
from jianbao.charts.style import (
    DASH,
    DOT,
    GAP,
    HAIR,
    NOTE,
    STROKE,
    AxisScale,
    Pen,
    axis_break,
    level_positions,
    levels_width,
    ticks,
)
from jianbao.charts.text_metrics import line_height, on_one_line
from jianbao.charts.time_axis import (
    NAMES_AT_MOST,
    VALUE,
    EndLabel,
    PlotArea,
    PointLabel,
    by_year,
    end_label,
    end_labels,
    last_values_width,
    last_year,
    point_label,
    shading,
    span_labels,
    spans,
    touches,
    usual_gap,
    years_axis,
)
from jianbao.data.dates import period
from jianbao.data.facts import Fact, Ledger

HEIGHTS = (46.0, 62.0)
PROPORTION = 0.36
MAX_POINTS_WITHOUT_LINE = 5  # a series with up to this many values has points without a line
NUMBERED = 9  # a line with up to this many values has numbers at its points
CLOSE = 0.75  # the share of the width of the field that its numbers may take
SHAPES = ("circle", "square", "diamond")
# The least and greatest height in mm, and its share of the width: a figure needs more height for names over its steps.
NAMED, PLAIN = (46.0, 50.0, 0.29), (28.0, 31.0, 0.18)
STEP_NAMES_AT_MOST = 0.27
UNVERIFIED = "unverified"


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
    ends = [
        end_label(
            pen, field, each.points, name=name, colour=each.colour(pen), width=size.width_mm, large=each.highlighted
        )
        for each, name in zip(found, names, strict=True)
    ]
    beside, bottom = end_labels(pen, ends, field.frame.right + 2 * GAP, 0.0)
    break_marks = axis_break(pen, field.values, field.frame)
    levels = [mark for mark in grid if isinstance(mark, TextShape)]
    numbers = _numbers(pen, field, found, (*areas, *levels, *drawn, *break_marks, *beside))
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
    """Return the lines of each series' name, with its last year if another series goes on; a single one needs none."""
    several, last = found if len(found) > 1 else (), max(_years(found))
    named = [pen.faces.balance(pen.label(each.role), NOTE, NAMES_AT_MOST * width) for each in several]
    ends = [last_year(pen, end, width) if (end := max(each.points)) < last else () for each in several]
    return [(*name, *end) for name, end in zip(named, ends, strict=True)] or [()]


def _field(
    spec: FigureSpec, pen: Pen, found: Sequence[LineSeries], size: Size, names: float
) -> tuple[PlotArea, tuple[float, ...]]:
    values = [fact.number for each in found for fact in each.points.values()]
    height = size.height_mm or min(max(size.width_mm * PROPORTION, HEIGHTS[0]), HEIGHTS[1])
    lowest = min(values) if spec.option("zero", "yes") in ("no", "false") else min(0.0, *values)
    least_step = 1.0 if all(value.is_integer() for value in values) else 1e-9
    marks = ticks(lowest, max(*values, lowest + least_step), 4)
    marks = tuple(each for each in marks if each.is_integer() or least_step < 1)
    right = max(names, last_values_width(pen, (each.points for each in found), size.width_mm)) + 2 * GAP
    left = levels_width(pen, marks, size.width_mm)
    frame = Frame(left, line_height(NOTE) + 0.6, size.width_mm - right, height - line_height(NOTE) - 1.5)
    return PlotArea(frame, _scale(_years(found), frame), AxisScale(marks[0], marks[-1], frame.bottom, frame.top)), marks


def _scale(years: Sequence[float], frame: Frame) -> AxisScale:
    first, last = min(years), max(years)
    half = 2.0 / (frame.right - frame.left) * max(last - first, 1.0)
    return AxisScale(first - half, max(last, first + 1.0) + half, frame.left, frame.right)


def _line(pen: Pen, field: PlotArea, series: LineSeries) -> tuple[Mark, ...]:
    """Return dots and lines between them, dashed for references; none over missing years or between few values."""
    colour = pen.palette.mark if series.reference else series.colour(pen)
    width = 1.0 if series.reference else STROKE if series.highlighted else 1.1
    long = usual_gap(series.points) if len(series.points) > MAX_POINTS_WITHOUT_LINE else 0.0
    places = [field.at(year, fact.number) for year, fact in series.points.items()]
    strokes = [
        LineShape((start, end), colour, width, DASH if series.reference else ())
        for (start, end), (first, second) in zip(pairwise(places), pairwise(series.points), strict=True)
        if second - first <= long
    ]
    fill, edge = (pen.palette.paper, colour) if series.reference else (colour, pen.palette.paper)
    dots = (Dot(x=x, y=y, size=DOT * 0.9, fill=fill, edge=edge, shape=series.shape, width=0.7) for x, y in places)
    return (*strokes, *dots)


def _numbers(pen: Pen, field: PlotArea, found: Sequence[LineSeries], drawn: Sequence[Mark]) -> tuple[TextShape, ...]:
    """Return the values of highlighted lines, and of few points, at the points; of close ones a short first."""
    marks: list[TextShape] = []
    room = field.frame.right - field.frame.left
    for each in found:
        *earlier, last = each.points.items()
        if len(earlier) >= (NUMBERED if each.highlighted else MAX_POINTS_WITHOUT_LINE):
            continue
        if len(earlier) < MAX_POINTS_WITHOUT_LINE and last[0] < max(_years(found)):  # no line leads to its label
            earlier.append(last)
        values = [fact.number for fact in each.points.values()]
        wide = sum(pen.wide([pen.number(fact)], VALUE) for _, fact in earlier)
        if wide > CLOSE * room:  # a long number would reach other points
            earlier = [each for each in earlier[:1] if pen.wide([pen.number(each[1])], VALUE) <= room / 2]
        for place, (year, fact) in enumerate(earlier):
            nearby = values[max(place - 1, 0) : place + 2]
            up = fact.number >= sum(nearby) / len(nearby)
            x, y = field.at(year, fact.number)
            spot = PointLabel(text=pen.number(fact), x=x, y=y, up=up, colour=each.colour(pen))
            marks += point_label(pen, spot, (*drawn, *marks), field.frame)
    return tuple(marks)


def growth(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw both series from zero with labels at their ends, and mark each continent's first city on the steps.

    Labels of shaded spans are inside them, or above the field if one does not fit.
    """
    series = [by_year(spec.family(role, ledger)) for role in ("sister", "total")]
    sister, total = series
    if not sister:
        return Plot((), size.width_mm, 0.0, ())
    shown = tuple(fact.id for facts in (_counted(sister), total) for fact in facts.values())
    names = [_name(pen, role, facts, size.width_mm) for role, facts in zip(("sister", "total"), series, strict=True)]
    height = size.height_mm or _height(size.width_mm, bool(spec.family("firsts", ledger)))
    wide = pen.wide([line for name in names for line in name], NOTE)
    field, marks = _growth_field(pen, Size(size.width_mm, height), series, wide)
    shaded = spans(spec, ledger, pen, field)
    areas, grid = shading(pen, shaded, field.frame), level_positions(pen, field.values, marks, field.frame)
    lines = (*_steps(field, sister, pen), *_dots(field, total, pen))
    labels, above = span_labels(pen, shaded, field.frame, (*areas, *lines))
    drawn = (*areas, *grid, *lines, *labels)
    firsts = _firsts(spec=spec, ledger=ledger, pen=pen, field=field, sister=sister, drawn=drawn)
    ends = _growth_ends(pen, field, list(zip(series, names, strict=True)), size.width_mm)
    beside, bottom = end_labels(pen, ends, field.frame.right + 2 * GAP, 0.0)
    body = (*drawn, *years_axis(pen, field, field.years.low + 0.5, field.years.high), *firsts, *beside)
    end = max(field.frame.bottom + line_height(NOTE) + 1.5, bottom) + 0.3
    return Plot(moved(body, 0.0, above), size.width_mm, end + above, shown)


def _height(width: float, named: bool) -> float:
    """Return the height in mm for a width in mm; `named` says whether names are written over the steps."""
    least, most, share = NAMED if named else PLAIN
    return min(max(width * share, least), most)


def _name(pen: Pen, role: str, facts: Mapping[int, Fact], width: float) -> tuple[str, ...]:
    """Return the lines of a series' name, with a note if its last value is not verified."""
    if not facts:
        return ()
    note = pen.optional("reported") if max(facts.items())[1].confidence == UNVERIFIED else ""
    texts = (pen.label(role), *((note,) if note else ()))
    return tuple(line for text in texts for line in pen.faces.balance(text, NOTE, STEP_NAMES_AT_MOST * width))


def _growth_field(
    pen: Pen, size: Size, series: Sequence[Mapping[int, Fact]], names: float
) -> tuple[PlotArea, tuple[float, ...]]:
    top = 1.04 * max(1.0, *(fact.number for facts in series for fact in facts.values()))
    marks = tuple(mark for mark in ticks(0.0, top, 4) if mark <= top and float(mark).is_integer())
    years = sorted(year for facts in series for year in facts)
    left = levels_width(pen, marks, size.width_mm)
    right = max(names, last_values_width(pen, filter(None, series), size.width_mm)) + 2 * GAP
    frame = Frame(left, line_height(NOTE) / 2, size.width_mm - right, size.height_mm - line_height(NOTE) - 1.5)
    scale = AxisScale(years[0] - 0.5, max(years[-1], years[0] + 1.0), frame.left, frame.right)
    return PlotArea(frame, scale, AxisScale(0.0, top, frame.bottom, frame.top)), marks


def _steps(field: PlotArea, sister: Mapping[int, Fact], pen: Pen) -> tuple[Mark, ...]:
    """Return the steps with a dot at their end: the year until which the list of sister cities is complete."""
    colour, before, corners = pen.palette.highlight, 0.0, [field.at(field.years.low, 0.0)]
    for year, fact in (counted := _counted(sister)).items():
        corners += [field.at(year, before), field.at(year, fact.number)]
        before = fact.number
    return (LineShape(tuple(corners), colour, STROKE), _dot(corners[-1], counted[max(counted)], colour, pen))


def _counted(sister: Mapping[int, Fact]) -> Mapping[int, Fact]:
    """Return the counts of the years until which the list of sister cities is complete; all if it is in none."""
    complete = period(max(sister.items())[1].limits.complete)
    return {year: fact for year, fact in sister.items() if not complete or year <= complete.last.year} or sister


def _dots(field: PlotArea, total: Mapping[int, Fact], pen: Pen) -> tuple[Mark, ...]:
    places = tuple(field.at(year, fact.number) for year, fact in total.items())
    line = (LineShape(places, pen.palette.mark, 0.9, (2.0, 1.6)),) if len(places) > 1 else ()
    facts = zip(places, total.values(), strict=True)
    return (*line, *(_dot(place, fact, pen.palette.mark, pen) for place, fact in facts))


def _dot(place: tuple[float, float], fact: Fact, colour: str, pen: Pen) -> Dot:
    """Return a dot, hollow for a value that is not verified if the wording has a label for that."""
    doubtful = fact.confidence == UNVERIFIED and pen.optional("reported")
    fill, edge = (pen.palette.paper, colour) if doubtful else (colour, pen.palette.paper)
    return Dot(x=place[0], y=place[1], size=DOT * 0.9, fill=fill, edge=edge, width=0.7)


def _growth_ends(
    pen: Pen, field: PlotArea, series: Sequence[tuple[Mapping[int, Fact], tuple[str, ...]]], width: float
) -> list[EndLabel]:
    """Return the last value of each series with its name; sister cities are highlighted."""
    colours = (pen.palette.highlight, pen.palette.muted)
    return [
        end_label(pen, field, facts, name=name, colour=colour, width=width)
        for (facts, name), colour in zip(series, colours, strict=True)
        if facts
    ]


def _firsts(
    spec: FigureSpec,
    ledger: Ledger,
    pen: Pen,
    field: PlotArea,
    sister: Mapping[int, Fact],
    drawn: Sequence[Mark],
) -> tuple[Mark, ...]:
    """Return a ring on the steps for each continent's first city, and its name above on a vertical line."""
    dates = {figure_key(fact): str(fact.value) for fact in spec.family("first_dates", ledger)}
    firsts = [fact for fact in spec.family("firsts", ledger) if figure_key(fact) in dates]
    firsts = [fact for fact in firsts if int(dates[figure_key(fact)][:4]) in sister]
    marks: list[Mark] = []
    stems: list[LineShape] = []
    for fact in sorted(firsts, key=lambda each: dates[figure_key(each)], reverse=True):
        year = int(dates[figure_key(fact)][:4])
        place = field.at(year, sister[year].number)
        free = next(_free_places(fact, place, pen, field, (*drawn, *stems, *marks)), None)
        if free:
            stems.append(free[0])
            marks += free[1]
        x, y = place
        marks.append(Dot(x=x, y=y, size=DOT * 0.9, fill=pen.palette.paper, edge=pen.palette.highlight))
    return (*stems, *marks)


def _cities(fact: Fact, pen: Pen) -> str:
    """Return the name of a first city, or the names of those that signed on the same day."""
    first, *others = cities = names_in(fact)
    return pen.faces.spaced(pen.words.names(cities, len(cities), fact.unit)) if others else pen.name(first)


def _free_places(
    fact: Fact, place: tuple[float, float], pen: Pen, field: PlotArea, drawn: Sequence[Mark]
) -> Iterator[tuple[LineShape, tuple[TextShape, TextShape]]]:
    """Yield the free places for a first city's name, nearest first: right of the top of its line, then left of it."""
    x, y = place
    head, tail = on_one_line(pen.name(figure_key(fact))), on_one_line(_cities(fact, pen))
    long = pen.wide((head,), NOTE, bold=True) + pen.wide((" ",), NOTE) + pen.wide((tail,), NOTE)
    texts = [mark.frame(pen.faces) for mark in drawn if isinstance(mark, TextShape)]
    heights = [y - 3.4 - step for step in range(int(max(y - 3.4 - field.frame.top, 0.0)))]
    for start in (x + 0.7, x - 0.7 - long):
        for height in heights:
            text = pen.write(start, height, head, size=NOTE, colour=pen.palette.muted, bold=True)
            rest = pen.write(start + long, height, tail, "end", NOTE)
            frame = replace(text.frame(pen.faces), right=start + long)
            stem = LineShape(((x, y - 1.1), (x, frame.top)), pen.palette.rule, HAIR + 0.1)
            within = field.frame.left <= start and frame.right <= field.frame.right
            if within and not touches(frame, drawn, pen) and not any(crosses(stem.points, each) for each in texts):
                yield stem, (text, rest)
