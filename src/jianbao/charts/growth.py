"""Growth: sister cities by year as steps, all partners as points, the first of each continent marked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, product

from jianbao.charts.label_placement import crosses
from jianbao.charts.shapes import Dot, Frame, LineShape, Mark, Plot, TextShape, bounds
from jianbao.charts.spec import FigureSpec, Size, figure_key
from jianbao.charts.style import DOT, GAP, HAIR, LABEL, NOTE, STROKE, AxisScale, Pen, level_positions, thinned, ticks
from jianbao.charts.text_metrics import line_height
from jianbao.data.facts import Fact, Ledger

HEIGHTS = (52.0, 66.0)
PROPORTION = 0.42
# How far from its series' end a label may stand, and how wide it may be, in mm, as tried in turn.
NEAR, ROOMS = 9.0, (60.0, 42.0, 30.0)


@dataclass(frozen=True)
class Field:
    """The plotting field: its frame and both scales."""

    frame: Frame
    years: AxisScale
    values: AxisScale

    def at(self, year: float, value: float) -> tuple[float, float]:
        """Return the place of a value in a year (the year's end)."""
        return self.years(year), self.values(value)


def growth(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw both series from zero, labelled at their ends; each continent's first city stands on the steps."""
    sister, total = (_by_year(spec.family(role, ledger)) for role in ("sister", "total"))
    if not sister:
        return Plot((), size.width_mm, 0.0, ())
    height = size.height_mm or min(max(size.width_mm * PROPORTION, HEIGHTS[0]), HEIGHTS[1])
    field, marks = _field(pen, size.width_mm, height, sister, total)
    grid = level_positions(pen, field.values, marks, field.frame)
    steps, dots = _steps(field, sister, pen), _dots(field, total, pen)
    ends = _ends(pen, field, sister, total, (*steps, *dots))
    firsts = _firsts(
        spec=spec, ledger=ledger, pen=pen, field=field, sister=sister, drawn=(*grid, *steps, *dots), ends=ends
    )
    shown = tuple(fact.id for series in (sister, total) for fact in series.values())
    return Plot((*grid, *_years(pen, field), *dots, *steps, *firsts, *ends), size.width_mm, height, shown)


def _by_year(facts: Sequence[Fact]) -> dict[int, Fact]:
    return {int(figure_key(fact)): fact for fact in sorted(facts, key=lambda each: int(figure_key(each)))}


def _field(
    pen: Pen, width: float, height: float, sister: Mapping[int, Fact], total: Mapping[int, Fact]
) -> tuple[Field, tuple[float, ...]]:
    highest = max(fact.number for series in (sister, total) for fact in series.values())
    free = 2 * line_height(LABEL) + 2.2  # above the last point, so that its label can stand there in two lines
    top = max(highest, 1.0) * height / max(height - free, height / 2)
    marks = tuple(mark for mark in ticks(0.0, top, 4) if mark <= top and float(mark).is_integer())
    years = sorted({*sister, *total})
    left = pen.wide([pen.tick(value) for value in marks], NOTE) + GAP
    right = pen.wide([pen.tick(float(years[-1]), "year")], NOTE) / 2
    frame = Frame(left, line_height(NOTE) / 2, width - right, height - line_height(NOTE) - 1.5)
    scale = AxisScale(years[0] - 0.5, max(years[-1], years[0] + 1.0), frame.left, frame.right)
    return Field(frame, scale, AxisScale(0.0, top, frame.bottom, frame.top)), marks


def _years(pen: Pen, field: Field) -> tuple[Mark, ...]:
    first, last = field.years.low + 0.5, field.years.high
    steps = 6 if field.frame.right - field.frame.left > 90 else 4
    inner = [year for year in ticks(first, last, steps) if first < year < last and year.is_integer()]
    y = field.frame.bottom + 1.5 + line_height(NOTE) / 2
    texts = [
        pen.write(
            x=field.years(year),
            middle=y,
            text=pen.tick(year, "year"),
            anchor="middle",
            size=NOTE,
            colour=pen.palette.muted,
        )
        for year in dict.fromkeys((first, *inner, last))
    ]
    written = thinned(texts, pen.faces)
    foot = field.frame.bottom
    return (*(LineShape(((text.x, foot), (text.x, foot + 0.9)), pen.palette.rule) for text in written), *written)


def _steps(field: Field, sister: Mapping[int, Fact], pen: Pen) -> tuple[Mark, ...]:
    before, corners = 0.0, [field.at(field.years.low, 0.0)]
    for year, fact in sister.items():
        corners += [field.at(year, before), field.at(year, fact.number)]
        before = fact.number
    line = LineShape(tuple(corners), pen.palette.highlight, STROKE)
    return (line, _dot(field.at(year, before), pen.palette.highlight, pen))


def _dots(field: Field, total: Mapping[int, Fact], pen: Pen) -> tuple[Mark, ...]:
    places = tuple(field.at(year, fact.number) for year, fact in total.items())
    line = (LineShape(places, pen.palette.mark, 0.9, (2.0, 1.6)),) if len(places) > 1 else ()
    return (*line, *(_dot(place, pen.palette.mark, pen) for place in places))


def _dot(place: tuple[float, float], colour: str, pen: Pen) -> Dot:
    x, y = place
    return Dot(x=x, y=y, size=DOT * 0.9, fill=colour, edge=pen.palette.paper, width=0.5)


def _ends(
    pen: Pen, field: Field, sister: Mapping[int, Fact], total: Mapping[int, Fact], drawn: Sequence[Mark]
) -> tuple[TextShape, ...]:
    """The labels of the series with their last values: below the steps and above the points, clear of both."""
    found: list[TextShape] = []
    for role, series, colour, side in (
        ("total", total, pen.palette.muted, -1),
        ("sister", sister, pen.palette.highlight, 1),
    ):
        if series:
            text = f"{pen.label(role)}  {pen.number(max(series.items())[1])}"
            found += _end(
                pen=pen, field=field, series=series, text=text, colour=colour, side=side, drawn=(*drawn, *found)
            )
    return tuple(found)


def _end(
    pen: Pen, field: Field, series: Mapping[int, Fact], text: str, colour: str, side: int, drawn: Sequence[Mark]
) -> tuple[TextShape, ...]:
    """The free place nearest to a series' end, with the text in as few lines as that allows."""
    year, last = max(series.items())
    x, y = field.at(year, last.number)
    for near, room in product((NEAR, field.frame.bottom), ROOMS):
        lines = pen.faces.balance(text, LABEL, room, True)
        long, half = pen.wide(lines, LABEL, True), len(lines) * line_height(LABEL) / 2
        right = max(x, field.frame.left + long)
        steps = [1.6 + half + extra for extra in range(0, int(near), 2)]
        for middle, aside in product((*(y + side * at for at in steps), *(y - side * at for at in steps)), (0.0, 2.0)):
            frame = Frame(right - aside - long, middle - half, right - aside, middle + half)
            inside = frame.top >= 0.0 and frame.bottom < field.frame.bottom - 0.5
            if inside and not touches(frame, drawn, pen):
                return pen.write_lines(frame.right, middle, lines, "end", colour=colour, bold=True)
    return pen.write_lines(x, y, (text,), "end", colour=colour, bold=True)  # no room: the proofreader will object


def touches(frame: Frame, drawn: Sequence[Mark], pen: Pen) -> bool:
    """Say whether a label would lie on (or within half a mm of) a line, a dot or another text."""
    wide = Frame(frame.left - 0.5, frame.top - 0.5, frame.right + 0.5, frame.bottom + 0.5)
    for mark in drawn:
        if isinstance(mark, LineShape) and any(crosses(pair, wide) for pair in pairwise(mark.points)):
            return True
        if isinstance(mark, Dot) and wide.meets(bounds(mark)):
            return True
        if isinstance(mark, TextShape) and wide.meets(mark.frame(pen.faces)):
            return True
    return False


def _firsts(
    spec: FigureSpec,
    ledger: Ledger,
    pen: Pen,
    field: Field,
    sister: Mapping[int, Fact],
    drawn: Sequence[Mark],
    ends: Sequence[TextShape],
) -> tuple[Mark, ...]:
    """A ring on the steps for each continent's first city, its name on a stalk above, the latest lowest."""
    dates = {figure_key(fact): str(fact.value) for fact in spec.family("first_dates", ledger)}
    firsts = [fact for fact in spec.family("firsts", ledger) if figure_key(fact) in dates]
    firsts = [fact for fact in firsts if int(dates[figure_key(fact)][:4]) in sister]
    marks: list[Mark] = []
    stalks: list[LineShape] = []
    for fact in sorted(firsts, key=lambda each: dates[figure_key(each)], reverse=True):
        year = int(dates[figure_key(fact)][:4])
        place = field.at(year, sister[year].number)
        spot = next(_spots(fact, place, pen, field, (*drawn, *ends, *stalks, *marks)), None)
        if spot:
            stalks.append(spot[0])
            marks += spot[1]
        x, y = place
        marks.append(Dot(x=x, y=y, size=DOT * 0.9, fill=pen.palette.paper, edge=pen.palette.highlight))
    return (*stalks, *marks)


def _spots(
    fact: Fact, place: tuple[float, float], pen: Pen, field: Field, drawn: Sequence[Mark]
) -> Iterator[tuple[LineShape, tuple[TextShape, TextShape]]]:
    """Free places for a first city's name, nearest first: the text starts (or else ends) at the head of its stalk."""
    x, y = place
    head, tail = pen.name(figure_key(fact)), pen.name(str(fact.value))
    long = pen.wide((head,), NOTE, True) + pen.wide((" ",), NOTE) + pen.wide((tail,), NOTE)
    texts = [mark.frame(pen.faces) for mark in drawn if isinstance(mark, TextShape)]
    heights = [y - 3.4 - step for step in range(int(max(y - 3.4 - field.frame.top, 0.0)))]
    for start in (x + 0.7, x - 0.7 - long):
        for height in heights:
            text = pen.write(start, height, head, size=NOTE, colour=pen.palette.muted, bold=True)
            rest = pen.write(start + long, height, tail, "end", NOTE)
            frame = replace(text.frame(pen.faces), right=start + long)
            stalk = LineShape(((x, y - 1.1), (x, frame.top)), pen.palette.rule, HAIR + 0.1)
            within = field.frame.left <= start and frame.right <= field.frame.right
            if within and not touches(frame, drawn, pen) and not any(crosses(stalk.points, each) for each in texts):
                yield stalk, (text, rest)
