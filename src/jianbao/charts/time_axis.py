"""Parts of figures over time: the field with its scales, axes of years and months, shaded spans, and labels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, product

from jianbao.charts.label_placement import crosses
from jianbao.charts.shapes import AreaShape, BoxShape, Dot, Frame, LineShape, Mark, TextShape, bounds
from jianbao.charts.spec import ENDS, PARTED, SHADE, FigureSpec, figure_key
from jianbao.charts.style import GAP, HAIR, NOTE, RULE, AxisScale, Pen, apart, thinned, ticks
from jianbao.charts.text_metrics import NEWLINE, line_height
from jianbao.data.dates import Period, period
from jianbao.data.facts import Fact, Ledger

WIDE_FIELD = 90.0
CLEAR = 0.5
UNSEEN = 0.3  # mm: a span that is not wider cannot be seen
DAYS = 365.25
LEAST_ROOM = 30.0
VALUE, LARGE_VALUE, NEAR = 9.0, 12.0, 1.2
LARGE = 120.0  # from this width in mm, the last values are set in large type
NAMES_AT_MOST = 0.3  # the share of the width of a figure that the names of its lines may take
VALUES_AT_MOST = 0.3  # the share of the width of a figure that its last values may take
ASIDE, AWAY = 0.9, (1.3, 2.2, 3.4)  # distances in mm from a point to its number, tried in this order


@dataclass(frozen=True)
class PlotArea:
    """The area in which values are drawn: its frame, and the scales of years and values."""

    frame: Frame
    years: AxisScale
    values: AxisScale

    def at(self, year: float, value: float) -> tuple[float, float]:
        """Return the position in mm of a value in a year."""
        return self.years(year), self.values(value)


def by_year(facts: Iterable[Fact]) -> dict[int, Fact]:
    """Return facts by the years of their keys, the earliest first; of several days in a year, the last."""
    dated = [(when, fact) for fact in facts if (when := period(figure_key(fact)))]
    return {when.last.year: fact for when, fact in sorted(dated, key=lambda each: each[0].last)}


def years_axis(pen: Pen, field: PlotArea, first: float, last: float) -> tuple[Mark, ...]:
    """Return the axis of years below a field: the first, the last, and round years between them that fit."""
    steps = 6 if field.frame.right - field.frame.left > WIDE_FIELD else 4
    inner = [year for year in ticks(first, last, steps) if first < year < last and year.is_integer()]
    foot = field.frame.bottom
    texts = [
        pen.note(field.years(year), foot + 1.5 + line_height(NOTE) / 2, pen.tick(year, "year"), "middle")
        for year in dict.fromkeys((first, *inner, last))
    ]
    written = thinned(texts, pen.faces)
    return (*(LineShape(((text.x, foot), (text.x, foot + 0.9)), pen.palette.rule) for text in written), *written)


def touches(frame: Frame, drawn: Sequence[Mark], pen: Pen, gap: float = CLEAR) -> bool:
    """Return whether a label would be on, or within `gap` mm of, a line, a dot, a text or the edge of an area."""
    wide = Frame(frame.left - gap, frame.top - gap, frame.right + gap, frame.bottom + gap)
    return any(_meets(wide, mark, pen) for mark in drawn)


def _meets(wide: Frame, mark: Mark, pen: Pen) -> bool:
    if isinstance(mark, LineShape):
        return any(crosses(pair, wide) for pair in pairwise(mark.points))
    if isinstance(mark, AreaShape):
        return any(crosses(pair, wide) for pair in pairwise((*mark.points, mark.points[0])))
    if isinstance(mark, Dot):
        return wide.meets(bounds(mark))
    if isinstance(mark, TextShape):
        return wide.meets(mark.frame(pen.faces))
    return isinstance(mark, BoxShape) and wide.meets(mark.frame) and not wide.inside(mark.frame)


@dataclass(frozen=True)
class YearSpan:
    """A shaded span of years: its label, and its left and right edge in mm."""

    label: str
    left: float
    right: float


def spans(spec: FigureSpec, ledger: Ledger, pen: Pen, field: PlotArea, ahead: float = 0.0) -> tuple[YearSpan, ...]:
    """Return the shaded spans of a figure, the earliest first, without those whose beginning is unknown.

    A span of a few days at the edge of the field is left out, too: it is invisible; its label would point at nothing.
    A span without an end extends to the edge of the field. `ahead` is 0 if values are those at the end of a year, and
    0.5 if they are for the whole year.
    """
    found = []
    for name in spec.options.get(SHADE, ()):
        starts, ends = (bound(spec, ledger, f"{name}{PARTED}{end}") for end in ENDS)
        left = field.years(_years(starts.first, 0) + ahead) if starts else field.frame.right
        right = field.years(_years(ends.last, 1) + ahead) if ends else field.frame.right
        left, right = max(left, field.frame.left), min(right, field.frame.right)
        found += [YearSpan(pen.label(name), left, right)] if right - left > UNSEEN else []
    return tuple(sorted(found, key=lambda each: each.left))


def bound(spec: FigureSpec, ledger: Ledger, part: str) -> Period | None:
    """Return the period of an end of a span, which is a year or a fact; None if it is unknown."""
    fact = ledger.get(spec.facts.get(part, ""))
    text = f"{fact.number:.0f}" if fact and fact.kind == "number" else str(fact.value) if fact else spec.option(part)
    return period(text) if text else None


def _years(day: date, whole: int) -> float:
    """Return a day as a number of years, where N is the end of the year N; with `whole` 1 the end of the day."""
    return day.year - 1 + min((day.timetuple().tm_yday - 1 + whole) / DAYS, 1.0)


def shading(pen: Pen, found: Sequence[YearSpan], frame: Frame) -> tuple[Mark, ...]:
    """Return the areas of spans, to be drawn below everything else."""
    return tuple(BoxShape(Frame(each.left, frame.top, each.right, frame.bottom), pen.palette.span) for each in found)


def span_labels(
    pen: Pen, found: Sequence[YearSpan], frame: Frame, drawn: Sequence[Mark]
) -> tuple[tuple[TextShape, ...], float]:
    """Return the labels of spans, and the height in mm that they take above the field.

    Each is inside its span, where nothing else is drawn; if one does not fit, all are above the field.
    """
    marks: list[TextShape] = []
    for each in found:
        label = _inside(pen, each, frame, (*drawn, *marks))
        if not label:
            return _span_heads(pen, found, frame)
        marks += label
    return tuple(marks), 0.0


def _inside(pen: Pen, span: YearSpan, frame: Frame, drawn: Sequence[Mark]) -> tuple[TextShape, ...]:
    room = span.right - span.left - 2 * GAP
    lines = pen.faces.balance(span.label, NOTE, max(room, 1.0), bold=True)
    wide, half = pen.wide(lines, NOTE, bold=True), len(lines) * line_height(NOTE) / 2
    left, free = span.left + GAP, frame.bottom - frame.top - 2 * half - 1.6
    for step in range(int(free) + 1 if free >= 0 and wide <= room else 0):
        middle = frame.top + half + 0.8 + step
        if not touches(Frame(left, middle - half, left + wide, middle + half), drawn, pen):
            return pen.write_lines(left, middle, lines, size=NOTE, bold=True)
    return ()


def _span_heads(pen: Pen, found: Sequence[YearSpan], frame: Frame) -> tuple[tuple[TextShape, ...], float]:
    """Return labels above the field, each over the beginning of its span, that of the latest span lowest."""
    marks: list[TextShape] = []
    height = 0.6
    for each in reversed(found):
        room = max(each.right - each.left, min(LEAST_ROOM, frame.right - frame.left))
        lines = pen.faces.balance(each.label, NOTE, room, bold=True)
        wide, tall = pen.wide(lines, NOTE, bold=True), len(lines) * line_height(NOTE)
        left = max(min(each.left, frame.right - wide), 0.0)
        marks += pen.write_lines(left, frame.top - height - tall / 2, lines, size=NOTE, bold=True)
        height += tall + 0.6
    return tuple(marks), height


@dataclass(frozen=True, kw_only=True)
class PointLabel:
    """A short text for a point in mm; with `up`, above the point if it fits there."""

    text: str
    x: float
    y: float
    up: bool
    colour: str


def point_label(pen: Pen, label: PointLabel, drawn: Sequence[Mark], frame: Frame) -> tuple[TextShape, ...]:
    """Return the text inside the field where it overlaps nothing; an empty tuple if it does not fit.

    It may cross the edge of an area if it does not fit otherwise.
    """
    crossed = [mark for mark in drawn if not isinstance(mark, AreaShape)]
    return _at_point(pen, label, drawn, frame) or _at_point(pen, label, crossed, frame)


def _at_point(pen: Pen, label: PointLabel, drawn: Sequence[Mark], frame: Frame) -> tuple[TextShape, ...]:
    half, wide = line_height(NOTE) / 2, pen.wide((label.text,), NOTE, bold=True) / 2
    sides, asides = (-1, 1) if label.up else (1, -1), (0.0, wide + ASIDE, -wide - ASIDE)
    for away, side, aside in product(AWAY, sides, asides):
        x, y = label.x + aside, label.y + side * (half + away)
        text = pen.write(x=x, middle=y, text=label.text, anchor="middle", size=NOTE, colour=label.colour, bold=True)
        inside = frame.left <= x and frame.top - 2 * half <= y - half and y + half < frame.bottom
        place = text.frame(pen.faces)
        if inside and place.left >= 0 and not touches(place, drawn, pen, 0.3):
            return (text,)
    return ()


@dataclass(frozen=True, kw_only=True)
class EndLabel:
    """The label at the end of a line: lines of the last value and the name, and the preferred height of its middle."""

    value: tuple[str, ...]
    name: tuple[str, ...]
    wish: float
    colour: str
    size: float = VALUE

    @property
    def height(self) -> float:
        """Return its height in mm."""
        return len(self.value) * line_height(self.size) + len(self.name) * line_height(NOTE)


def value_size(width: float) -> float:
    """Return the type size in points of last values in a figure that is `width` mm wide."""
    return LARGE_VALUE if width >= LARGE else VALUE


def end_label(
    pen: Pen,
    field: PlotArea,
    points: Mapping[float, Fact] | Mapping[int, Fact],
    *,
    name: tuple[str, ...],
    colour: str,
    width: float,
    large: bool = True,
) -> EndLabel:
    """Return the label at the end of a line in a figure that is `width` mm wide."""
    fact = max(points.items())[1]
    wish = field.values(fact.number) + len(name) * line_height(NOTE) / 2
    size = value_size(width) if large else VALUE
    return EndLabel(value=_last_value(pen, fact, width), name=name, wish=wish, colour=colour, size=size)


def last_values_width(pen: Pen, series: Iterable[Mapping[float, Fact] | Mapping[int, Fact]], width: float) -> float:
    """Return the width in mm of the widest last value in a figure that is `width` mm wide."""
    values = (_last_value(pen, max(points.items())[1], width) for points in series)
    return pen.wide([line for lines in values for line in lines], value_size(width), bold=True)


def _last_value(pen: Pen, fact: Fact, width: float) -> tuple[str, ...]:
    return apart(pen, pen.number(fact), value_size(width), VALUES_AT_MOST * width, bold=True)


def last_year(pen: Pen, year: float, width: float) -> tuple[str, ...]:
    """Return the year in which a line ends, and a note that no later one is recorded, for a figure `width` mm wide."""
    return (pen.tick(year, "year"), *pen.faces.balance(pen.optional("ends"), NOTE, NAMES_AT_MOST * width))


def end_labels(pen: Pen, labels: Sequence[EndLabel], left: float, top: float) -> tuple[tuple[Mark, ...], float]:
    """Return labels in a column, each as near to its preferred height as the others allow, and where they end."""
    order = sorted(labels, key=lambda each: each.wish)
    middles = spread([(each.wish, each.height) for each in order], top, 0.8)
    marks: list[Mark] = []
    bottom = top
    for each, middle in zip(order, middles, strict=True):
        if abs(middle - each.wish) > NEAR:
            marks.append(LineShape(((left - GAP, each.wish), (left - 0.5, middle)), pen.palette.rule, HAIR))
        marks += _end_label(pen, each, left, middle)
        bottom = max(bottom, middle + each.height / 2)
    return tuple(marks), bottom


def _end_label(pen: Pen, label: EndLabel, left: float, middle: float) -> tuple[TextShape, ...]:
    top, value, colour = middle - label.height / 2, len(label.value) * line_height(label.size), label.colour
    half = len(label.name) * line_height(NOTE) / 2
    number = pen.write_lines(left, top + value / 2, label.value, size=label.size, colour=colour, bold=True)
    return (*number, *pen.write_lines(left, top + value + half, label.name, size=NOTE, colour=colour))


def spread(wishes: Sequence[tuple[float, float]], least: float, gap: float) -> list[float]:
    """Return the middles of items placed along a line in order, without overlap and none before `least`.

    `wishes` has the preferred middle and the length of each. Items that would overlap form a group, placed around the
    mean of their wishes (pool adjacent violators).
    """
    groups: list[list[tuple[float, float]]] = []
    for wish in wishes:
        groups.append([wish])
        while len(groups) > 1 and _start(groups[-1], gap, least) < _end(groups[-2], gap, least) + gap:
            last = groups.pop()
            groups[-1] += last
    found: list[float] = []
    for group in groups:
        at = _start(group, gap, least)
        for _, length in group:
            found.append(at + length / 2)
            at += length + gap
    return found


def _start(group: Sequence[tuple[float, float]], gap: float, least: float) -> float:
    whole = sum(length for _, length in group) + gap * (len(group) - 1)
    before, wanted = 0.0, 0.0
    for wish, length in group:
        wanted += wish - before - length / 2
        before += length + gap
    return max(wanted / len(group), least) if whole else least


def _end(group: Sequence[tuple[float, float]], gap: float, least: float) -> float:
    return _start(group, gap, least) + sum(length for _, length in group) + gap * (len(group) - 1)


def usual_gap(points: Iterable[float]) -> float:
    """Return the number of years up to which two values are neighbours: one of the small gaps (the lower quartile)."""
    gaps = sorted(later - earlier for earlier, later in pairwise(points))
    return gaps[len(gaps) // 4] + 0.5 if gaps else 1.5


def next_month(day: date) -> date:
    """Return the first day of the next month."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def calendar_axis(
    pen: Pen, scale: AxisScale, ends: tuple[date, date], months: bool, top: float
) -> tuple[tuple[Mark, ...], float]:
    """Return an axis of months with the years above them, or of years, and the height at which it ends."""
    names: list[tuple[float, float, str]] = []
    years: list[TextShape] = []
    day, end = ends
    while day < end:
        after = next_month(day) if months else date(day.year + 1, 1, 1)
        name = pen.tick(float(day.month), "month") if months else pen.tick(float(day.year), "year")
        names.append((scale(day.toordinal()), scale(after.toordinal()), name))
        if months and (day == ends[0] or day.month == 1):
            year = pen.tick(float(day.year), "year")
            years.append(pen.write(x=names[-1][0], middle=top + line_height(NOTE) / 2, text=year, size=NOTE, bold=True))
        day = after
    deep = max(len(name.split(NEWLINE)) for *_, name in names)
    top += line_height(NOTE) if months else 0.0
    y = top + deep * line_height(NOTE) + 0.6
    rule = LineShape(((scale.start, y), (scale.end, y)), pen.palette.rule, RULE)
    strokes = (LineShape(((left, y), (left, y + 0.9)), pen.palette.rule) for left, *_ in names)
    texts = _over(pen, names, y - 0.6 - deep * line_height(NOTE) / 2, scale)
    return (rule, *strokes, *texts, *thinned(years, pen.faces)), y + 0.8


def _over(pen: Pen, names: Sequence[tuple[float, float, str]], middle: float, scale: AxisScale) -> Iterator[TextShape]:
    """Yield the names of months or years in the middle of each, as many as fit without overlap."""
    end = scale.start - 1.0
    for left, right, name in names:
        lines = name.split(NEWLINE)
        half = pen.wide(lines, NOTE) / 2
        x = min(max((left + right) / 2, scale.start + half), scale.end - half)
        if x - half >= end + 0.8:
            end = x + half
            yield from pen.note_lines(x, middle, lines, "middle")
