"""Growth: sister cities by year as steps and all partners as points, with the first city of each continent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from jianbao.charts.label_placement import crosses
from jianbao.charts.shapes import Dot, Frame, LineShape, Mark, Plot, TextShape, moved
from jianbao.charts.spec import FigureSpec, Size, figure_key, names_in
from jianbao.charts.style import DOT, GAP, HAIR, NOTE, STROKE, AxisScale, Pen, level_positions, ticks
from jianbao.charts.text_metrics import line_height, on_one_line
from jianbao.charts.time_axis import (
    EndLabel,
    PlotArea,
    by_year,
    end_labels,
    shading,
    span_labels,
    spans,
    touches,
    value_size,
    years_axis,
)
from jianbao.data.dates import period
from jianbao.data.facts import Fact, Ledger

# The least and greatest height in mm, and its share of the width: a figure needs more height for names over its steps.
NAMED, PLAIN = (46.0, 50.0, 0.29), (28.0, 31.0, 0.18)
NAMES_AT_MOST = 0.27
UNVERIFIED = "unverified"


def growth(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw both series from zero with labels at their ends, and mark each continent's first city on the steps.

    Labels of shaded spans are inside them, or above the field if one does not fit.
    """
    series = [by_year(spec.family(role, ledger)) for role in ("sister", "total")]
    sister, total = series
    if not sister:
        return Plot((), size.width_mm, 0.0, ())
    shown = tuple(fact.id for facts in series for fact in facts.values())
    names = [_name(pen, role, facts, size.width_mm) for role, facts in zip(("sister", "total"), series, strict=True)]
    height = size.height_mm or _height(size.width_mm, bool(spec.family("firsts", ledger)))
    wide = pen.wide([line for name in names for line in name], NOTE)
    field, marks = _field(pen, Size(size.width_mm, height), series, wide)
    shaded = spans(spec, ledger, pen, field)
    areas, grid = shading(pen, shaded, field.frame), level_positions(pen, field.values, marks, field.frame)
    lines = (*_steps(field, sister, pen), *_dots(field, total, pen))
    labels, above = span_labels(pen, shaded, field.frame, (*areas, *lines))
    drawn = (*areas, *grid, *lines, *labels)
    firsts = _firsts(spec=spec, ledger=ledger, pen=pen, field=field, sister=sister, drawn=drawn)
    ends = _ends(pen, field, list(zip(series, names, strict=True)), value_size(size.width_mm))
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
    return tuple(line for text in texts for line in pen.faces.balance(text, NOTE, NAMES_AT_MOST * width))


def _field(
    pen: Pen, size: Size, series: Sequence[Mapping[int, Fact]], names: float
) -> tuple[PlotArea, tuple[float, ...]]:
    top = 1.04 * max(1.0, *(fact.number for facts in series for fact in facts.values()))
    marks = tuple(mark for mark in ticks(0.0, top, 4) if mark <= top and float(mark).is_integer())
    years = sorted(year for facts in series for year in facts)
    left = pen.wide([pen.tick(value) for value in marks], NOTE) + GAP
    last = [pen.number(max(facts.items())[1]) for facts in series if facts]
    right = max(names, pen.wide(last, value_size(size.width_mm), True)) + 2 * GAP
    frame = Frame(left, line_height(NOTE) / 2, size.width_mm - right, size.height_mm - line_height(NOTE) - 1.5)
    scale = AxisScale(years[0] - 0.5, max(years[-1], years[0] + 1.0), frame.left, frame.right)
    return PlotArea(frame, scale, AxisScale(0.0, top, frame.bottom, frame.top)), marks


def _steps(field: PlotArea, sister: Mapping[int, Fact], pen: Pen) -> tuple[Mark, ...]:
    """Return the steps with a dot at their end: the year until which the list of sister cities is complete."""
    colour, before, corners = pen.palette.highlight, 0.0, [field.at(field.years.low, 0.0)]
    complete = period(max(sister.items())[1].limits.complete)
    last = max((year for year in sister if not complete or year <= complete.last.year), default=max(sister))
    for year, fact in sister.items():
        if year <= last:
            corners += [field.at(year, before), field.at(year, fact.number)]
            before = fact.number
    return (LineShape(tuple(corners), colour, STROKE), _dot(corners[-1], sister[last], colour, pen))


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


def _ends(
    pen: Pen, field: PlotArea, series: Sequence[tuple[Mapping[int, Fact], tuple[str, ...]]], size: float
) -> list[EndLabel]:
    """Return the last value of each series with its name; sister cities are highlighted."""
    ends = []
    for (facts, name), colour in zip(series, (pen.palette.highlight, pen.palette.muted), strict=True):
        if facts:
            last = max(facts.items())[1]
            wish = field.values(last.number) + len(name) * line_height(NOTE) / 2
            ends.append(EndLabel(value=pen.number(last), name=name, wish=wish, colour=colour, size=size))
    return ends


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
    long = pen.wide((head,), NOTE, True) + pen.wide((" ",), NOTE) + pen.wide((tail,), NOTE)
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
