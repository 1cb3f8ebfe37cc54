"""Bars: rows with a name, a bar and a number; used for values, for effects of rules and for sensitivity to choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.charts.shapes import BoxShape, Frame, LineShape, Mark, Plot, moved
from jianbao.charts.spec import FigureSpec, Size, figure_key, member_key
from jianbao.charts.style import (
    DASH,
    GAP,
    LABEL,
    NOTE,
    RULE,
    AxisScale,
    KeyEntry,
    Pen,
    bar_entry,
    column_positions,
    one_line_names,
    ticks,
)
from jianbao.charts.text_metrics import joined, line_height
from jianbao.data.facts import Fact, Ledger

BAR, PAIR = 2.6, 3.1
NAMES_AT_MOST, NAMES_BESIDE = 0.42, 0.36
ONE_LINE = 0.3  # names in two languages are on one line if they take at most this part of the width


def scale_with_zero(values: Sequence[float], left: float, right: float) -> AxisScale:
    """Return a scale that covers zero and all values, from `left` to `right` in mm."""
    low, high = min([0.0, *values]), max([0.0, *values])
    return AxisScale(low, high if high > low else low + 1.0, left, right)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A row of a bar chart: its name, its value with the interval, and the number as printed.

    With `inner`, the bar is an outline that is filled up to this value. `beside` is a second number as printed.
    """

    name: str
    value: float
    printed: str
    low: float | None = None
    high: float | None = None
    fill: str = ""
    edge: str = ""
    beside: str = ""
    inner: float | None = None


@dataclass(frozen=True)
class Row:
    """The position of a row: the lines of its name, its top and its bottom in mm."""

    lines: tuple[str, ...]
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        """Return the position of its middle in mm."""
        return self.top + PAIR / 2 if not self.lines else (self.top + self.bottom) / 2


def names_width(pen: Pen, names: Sequence[str], width: float, most: float = NAMES_AT_MOST, bold: bool = False) -> float:
    """Return the width in mm of a column of names, which are wrapped at the part `most` of the whole width."""
    room = min(pen.wide(names, LABEL, bold=bold), most * width)
    return pen.wide(
        [line for name in names for line in pen.faces.balance(name, LABEL, room, bold=bold)], LABEL, bold=bold
    )


def rows(
    pen: Pen, names: Sequence[str], *, room: float, least: float, top: float, bold: bool = False
) -> tuple[Row, ...]:
    """Return a row for each name, at least `least` mm high and as high as the name needs when wrapped at `room` mm.

    A row without a name belongs to the row above it and is close to it.
    """
    found: list[Row] = []
    for name in names:
        if name or not found:
            lines = pen.faces.balance(name, LABEL, room + 0.01, bold=bold)
            found.append(Row(lines, top, top + max(least, len(lines) * line_height(LABEL) + 1.0)))
        else:
            middle = found[-1].middle + PAIR
            found.append(Row((), middle - PAIR / 2, max(found[-1].bottom, middle + least / 2)))
        top = found[-1].bottom
    return tuple(found)


def key(pen: Pen, entries: Sequence[KeyEntry], width: float, top: float) -> tuple[tuple[Mark, ...], float]:
    """Return a key of entries, in as many lines as they need, and the height in mm at which it ends."""
    marks: list[Mark] = []
    x, y, step, deep = 0.0, top, line_height(LABEL) + 0.6, 1
    for entry in entries:
        lines = pen.faces.wrap(entry.text, LABEL, width - entry.width - GAP)
        long = entry.width + GAP + pen.wide(lines)
        if x and x + long > width:
            x, y, deep = 0.0, y + deep * step, 1
        marks += moved(entry.sign, x, y + step / 2)
        for place, line in enumerate(lines):
            marks.append(pen.write(x + entry.width + GAP, y + (place + 0.5) * step, line))
        x, deep = x + long + 5.0, max(deep, len(lines))
    return tuple(marks), y + deep * step if entries else top


def bar_chart(
    pen: Pen, bars: Sequence[Bar], width: float, top: float, *, unit: str = "", axis: bool = True, head: str = ""
) -> tuple[tuple[Mark, ...], float]:
    """Return horizontal bars from zero with their intervals and numbers, and the height in mm at which they end.

    `top` is the height at which they begin. `head` is the heading of a column of second numbers (`Bar.beside`).
    """
    beside_head = pen.faces.balance(head, LABEL, max(0.16 * width, 14.0)) if head else ()
    room = names_width(pen, [bar.name for bar in bars], width, NAMES_BESIDE if head else NAMES_AT_MOST)
    whole = (
        pen.wide([pen.tick(1.0, unit)], NOTE) / 2 if axis else 0.0
    )  # the last number of the axis extends beyond the frame
    numbers = max(pen.wide([bar.printed for bar in bars], LABEL, bold=True) + GAP, whole)
    beside = max(pen.wide([bar.beside for bar in bars]), pen.wide(beside_head)) + 2 * GAP if head else 0.0
    frame_top = top + max(line_height(LABEL) if axis else 0.0, len(beside_head) * line_height(LABEL) + 0.8)
    placed = rows(pen, [bar.name for bar in bars], room=room, least=BAR + 2.2, top=frame_top)
    bottom = placed[-1].bottom if placed else frame_top
    frame = Frame(room + 2 * GAP, frame_top, width - numbers - beside, bottom)
    scale, marks = _scale(bars, frame, 5 if frame.right - frame.left > 50 else 3)
    drawn: list[Mark] = [*column_positions(pen, scale, marks, frame, unit)] if axis else [_baseline(pen, scale, frame)]
    for bar, row in zip(bars, placed, strict=True):
        drawn += _bar(pen, bar, row, scale, width - beside)
        drawn += pen.write_lines(width, row.middle, (bar.beside,), "end") if bar.beside else ()
    if beside_head:
        middle = frame_top - len(beside_head) * line_height(LABEL) / 2 - 0.6
        drawn += pen.write_lines(width, middle, beside_head, "end", colour=pen.palette.muted)
    return tuple(drawn), bottom


def _scale(bars: Sequence[Bar], frame: Frame, steps: int) -> tuple[AxisScale, tuple[float, ...]]:
    ends = [end for bar in bars for end in (bar.value, bar.low, bar.high) if end is not None]
    scale = scale_with_zero(ends, frame.left, frame.right)
    return scale, tuple(mark for mark in ticks(scale.low, scale.high, steps) if scale.low <= mark <= scale.high)


def _baseline(pen: Pen, scale: AxisScale, frame: Frame) -> LineShape:
    return LineShape(((scale(0), frame.top), (scale(0), frame.bottom)), pen.palette.rule)


def _bar(pen: Pen, bar: Bar, row: Row, scale: AxisScale, right: float) -> tuple[Mark, ...]:
    left, end = sorted((scale(0.0), scale(bar.value)))
    inset = 0.3 if bar.edge else 0.0
    body = Frame(left, row.middle - BAR / 2 + inset, end, row.middle + BAR / 2 - inset)
    name = pen.write_lines(0.0, row.middle, row.lines)
    if bar.low is None and bar.value >= 0:
        number = pen.write(end + GAP / 2, row.middle, bar.printed, bold=True)
    else:
        number = pen.write(right, row.middle, bar.printed, "end", bold=True)
    shape = _shape(pen, bar, body, scale) if end > left else ()
    return (*name, *shape, *whisker(pen, bar.low, bar.high, row.middle, scale), number)


def _shape(pen: Pen, bar: Bar, body: Frame, scale: AxisScale) -> tuple[Mark, ...]:
    if bar.inner is None:
        return (BoxShape(body, bar.fill or pen.palette.mark, bar.edge),)
    inside = BoxShape(replace(body, right=max(scale(bar.inner), body.left)), bar.fill)
    return (BoxShape(body, pen.palette.paper, bar.edge), inside)


def whisker(pen: Pen, low: float | None, high: float | None, y: float, scale: AxisScale) -> tuple[Mark, ...]:
    """Return an interval as a line with short strokes at its ends, outlined in white to be seen on a bar too."""
    if low is None or high is None or high <= low:
        return ()
    start, end = scale(low), scale(high)
    ends = tuple(LineShape(((x, y - 0.8), (x, y + 0.8)), pen.palette.ink, 0.9) for x in (start, end))
    bed = LineShape(((start - 0.3, y), (end + 0.3, y)), pen.palette.paper, 1.9)
    return (bed, LineShape(((start, y), (end, y)), pen.palette.ink, 0.9), *ends)


MOST_EFFECTS = 12


def leverage(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw the effect of each rule as a bar, the largest first and highlighted."""
    effects = sorted(spec.family("effect", ledger), key=lambda fact: -fact.number)[: spec.limit(MOST_EFFECTS)]
    if not effects:
        return Plot((), size.width_mm, 0.0, ())
    held = {fact.id: spec.fact("stability", ledger, fact.id.rsplit(".", 1)[-1]) for fact in effects}
    bars = [_leverage_bar(pen, fact, held[fact.id], fact is effects[0]) for fact in effects]
    entries = [bar_entry(pen.label("effect"), pen.palette.mark)]
    if any(fact.low is not None for fact in effects):
        entries.append(interval_entry(pen))
    marks, top = key(pen, entries, size.width_mm, 0.0)
    head = pen.label("stability") if any(held.values()) else ""
    chart, bottom = bar_chart(pen, bars, size.width_mm, top + 0.8, head=head)
    shown = (*(fact.id for fact in effects), *(fact.id for fact in held.values() if fact))
    return Plot((*marks, *chart), size.width_mm, bottom + 0.3, shown)


def _leverage_bar(pen: Pen, fact: Fact, held: Fact | None, first: bool) -> Bar:
    return Bar(
        name=pen.name(figure_key(fact)),
        value=fact.number,
        printed=pen.number(fact),
        low=fact.low,
        high=fact.high,
        fill=pen.palette.highlight if first else pen.palette.mark,
        beside=pen.number(held) if held else "",
    )


def interval_entry(pen: Pen) -> KeyEntry:
    """Return the key entry of a whisker."""
    ink = pen.palette.ink
    ends = (LineShape(((x, -0.8), (x, 0.8)), ink, 0.9) for x in (0.0, 5.0))
    return KeyEntry((LineShape(((0.0, 0.0), (5.0, 0.0)), ink, 0.9), *ends), 5.0, pen.label("interval"))


MOST_CHOICES = 10


def sensitivity(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw each choice's share of the score's variance, the largest first.

    The outline is the total effect (with interactions), the filled part the effect of the choice alone.
    """
    totals = sorted(spec.family("total", ledger), key=lambda fact: -fact.number)[: spec.limit(MOST_CHOICES)]
    if not totals:
        return Plot((), size.width_mm, 0.0, ())
    firsts = {figure_key(fact): fact for fact in spec.family("first", ledger)}
    bars = [_sensitivity_bar(pen, fact, firsts.get(figure_key(fact)), fact is totals[0]) for fact in totals]
    entries = [bar_entry(pen.label("total"), pen.palette.paper, pen.palette.mark)]
    if firsts:
        entries.append(bar_entry(pen.label("first"), pen.palette.mark))
    if any(fact.low is not None for fact in totals):
        entries.append(interval_entry(pen))
    marks, top = key(pen, entries, size.width_mm, 0.0)
    chart, bottom = bar_chart(pen, bars, size.width_mm, top + 0.8, unit="share")
    shown = (
        *(fact.id for fact in totals),
        *(firsts[figure_key(fact)].id for fact in totals if figure_key(fact) in firsts),
    )
    return Plot((*marks, *chart), size.width_mm, bottom + 0.3, shown)


def _sensitivity_bar(pen: Pen, total: Fact, first: Fact | None, lit: bool) -> Bar:
    colour = pen.palette.highlight if lit else pen.palette.mark
    inner = max(first.number, 0.0) if first else None
    name, printed = pen.name(figure_key(total)), pen.number(total)
    return Bar(
        name=name,
        value=total.number,
        printed=printed,
        low=total.low,
        high=total.high,
        fill=colour,
        edge=colour,
        inner=inner,
    )


MOST_BARS = 20
GIVEN = "given"
ABOVE = 1.1  # mm that the mark of the previous value extends above and below a bar


def bars(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a bar from zero for each fact, the largest first unless their order is `given`."""
    facts = spec.members("value", ledger)
    if spec.option("order") != GIVEN:
        facts = tuple(sorted(facts, key=lambda fact: -fact.number))
    facts = facts[: spec.limit(MOST_BARS)]
    if not facts:
        return Plot((), size.width_mm, 0.0, ())
    before = {member_key(fact): fact for fact in spec.members("previous", ledger)}
    reference = next(iter(spec.members("reference", ledger)), None)
    marks, top = key(pen, _entries(pen, facts, before), size.width_mm, 0.0)
    names = one_line_names(pen, [pen.name(member_key(fact)) for fact in facts], ONE_LINE * size.width_mm)
    room = names_width(pen, names, size.width_mm)
    numbers = pen.wide([pen.number(fact) for fact in facts], LABEL, bold=True) + GAP
    scale = _value_scale(
        (*facts, *before.values(), *((reference,) if reference else ())), room, size.width_mm - numbers
    )
    head, top = _head(pen, reference, scale, size.width_mm, top + (0.8 if top else 0.0))
    placed = rows(pen, names, room=room, least=BAR + 2.6, top=top)
    body = [*head, LineShape(((scale(0.0), placed[0].top), (scale(0.0), placed[-1].bottom)), pen.palette.rule, RULE)]
    if reference:
        x = scale(reference.number)
        body.append(LineShape(((x, placed[0].top), (x, placed[-1].bottom)), pen.palette.ink, 0.9, DASH))
    largest = tuple(member_key(fact) for fact in facts if fact.number == facts[0].number)
    lit = spec.options.get("highlight", largest)
    for fact, row in zip(facts, placed, strict=True):
        fill = pen.palette.highlight if member_key(fact) in lit else pen.palette.mark
        marks += _bar_row(pen=pen, fact=fact, before=before.get(member_key(fact)), row=row, scale=scale, fill=fill)
        marks += (pen.write(size.width_mm, row.middle, pen.number(fact), "end", bold=member_key(fact) in lit),)
    shown = (*(fact.id for fact in facts), *(before[each].id for each in map(member_key, facts) if each in before))
    shown += (reference.id,) if reference else ()
    return Plot((*marks, *body), size.width_mm, placed[-1].bottom + 0.3, shown)


def _head(
    pen: Pen, reference: Fact | None, scale: AxisScale, width: float, top: float
) -> tuple[tuple[Mark, ...], float]:
    """Return the name of the reference line, above it, and the height at which the bars begin."""
    if reference is None:
        return (), top
    lines = pen.faces.balance(joined((pen.label("reference"), pen.number(reference)), " "), NOTE, width)
    half, tall = pen.wide(lines, NOTE) / 2, len(lines) * line_height(NOTE)
    x = min(max(scale(reference.number), half), width - half)
    return pen.write_lines(x=x, middle=top + tall / 2, lines=lines, anchor="middle", size=NOTE), top + tall + 0.4


def _entries(pen: Pen, facts: Sequence[Fact], before: Mapping[str, Fact]) -> list[KeyEntry]:
    """Return the entries of the key; none if there are only bars."""
    ink, entries = pen.palette.ink, list[KeyEntry]()
    if before:
        entries.append(bar_entry(pen.label("value"), pen.palette.mark))
        entries.append(KeyEntry((LineShape(((1.0, -1.6), (1.0, 1.6)), ink, 1.4),), 2.0, pen.label("previous")))
    if any(fact.low is not None for fact in facts):
        entries.append(interval_entry(pen))
    return entries


def _value_scale(facts: Sequence[Fact], names: float, right: float) -> AxisScale:
    ends = [end for fact in facts for end in (fact.number, fact.low, fact.high) if end is not None]
    return scale_with_zero(ends, names + 2 * GAP, right - GAP / 2)


def _bar_row(pen: Pen, *, fact: Fact, before: Fact | None, row: Row, scale: AxisScale, fill: str) -> tuple[Mark, ...]:
    left, right = sorted((scale(0.0), scale(fact.number)))
    marks: list[Mark] = [*pen.write_lines(0.0, row.middle, row.lines)]
    if right > left:
        marks.append(BoxShape(Frame(left, row.middle - BAR / 2, right, row.middle + BAR / 2), fill))
    marks += whisker(pen, fact.low, fact.high, row.middle, scale)
    if before:
        x, reach = scale(before.number), BAR / 2 + ABOVE
        ends = (x, row.middle - reach), (x, row.middle + reach)
        marks += (LineShape(ends, pen.palette.paper, 2.6), LineShape(ends, pen.palette.ink, 1.4))
    return tuple(marks)
