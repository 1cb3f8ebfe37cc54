"""Bars: a value for each of several things, the last one beside it, and a line at what they are measured by."""

from collections.abc import Mapping, Sequence

from jianbao.charts.bar_rows import BAR, ONE_LINE, Row, key, names_width, rows, whisker
from jianbao.charts.shapes import BoxShape, Frame, LineShape, Mark, Plot
from jianbao.charts.spec import FigureSpec, Size, member_key
from jianbao.charts.style import GAP, LABEL, NOTE, RULE, AxisScale, KeyEntry, Pen, bar_entry, joined, one_line_names
from jianbao.charts.text_metrics import line_height
from jianbao.data.facts import Fact, Ledger

MOST = 20
GIVEN = "given"
DASH = (2.4, 1.8)
ABOVE = 1.1  # mm by which the mark of the last value is higher than a bar, on each side


def bars(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a bar from zero for each fact, the largest first unless their order is `given`."""
    facts = spec.members("value", ledger)
    if spec.option("order") != GIVEN:
        facts = tuple(sorted(facts, key=lambda fact: -fact.number))
    facts = facts[: spec.limit(MOST)]
    if not facts:
        return Plot((), size.width_mm, 0.0, ())
    before = {member_key(fact): fact for fact in spec.members("previous", ledger)}
    reference = next(iter(spec.members("reference", ledger)), None)
    marks, top = key(pen, _entries(pen, facts, before), size.width_mm, 0.0)
    names = one_line_names(pen, [pen.name(member_key(fact)) for fact in facts], ONE_LINE * size.width_mm)
    room = names_width(pen, names, size.width_mm)
    numbers = pen.wide([pen.number(fact) for fact in facts], LABEL, True) + GAP
    scale = _scale((*facts, *before.values(), *((reference,) if reference else ())), room, size.width_mm - numbers)
    head, top = _head(pen, reference, scale, size.width_mm, top + (0.8 if top else 0.0))
    placed = rows(pen, names, room, BAR + 2.6, top)
    body = [*head, LineShape(((scale(0.0), placed[0].top), (scale(0.0), placed[-1].bottom)), pen.palette.rule, RULE)]
    if reference:
        x = scale(reference.number)
        body.append(LineShape(((x, placed[0].top), (x, placed[-1].bottom)), pen.palette.ink, 0.9, DASH))
    lit = spec.options.get("highlight", (member_key(facts[0]),))
    for fact, row in zip(facts, placed, strict=True):
        fill = pen.palette.highlight if member_key(fact) in lit else pen.palette.mark
        marks += _row(pen=pen, fact=fact, before=before.get(member_key(fact)), row=row, scale=scale, fill=fill)
        marks += (pen.write(size.width_mm, row.middle, pen.number(fact), "end", bold=member_key(fact) in lit),)
    shown = (*(fact.id for fact in facts), *(before[each].id for each in map(member_key, facts) if each in before))
    shown += (reference.id,) if reference else ()
    return Plot((*marks, *body), size.width_mm, placed[-1].bottom + 0.3, shown)


def _head(
    pen: Pen, reference: Fact | None, scale: AxisScale, width: float, top: float
) -> tuple[tuple[Mark, ...], float]:
    """The name of the line that the bars are measured by, above it, and the height at which the bars begin."""
    if reference is None:
        return (), top
    lines = pen.faces.balance(joined((pen.label("reference"), pen.number(reference)), " "), NOTE, width)
    half, tall = pen.wide(lines, NOTE) / 2, len(lines) * line_height(NOTE)
    x = min(max(scale(reference.number), half), width - half)
    return pen.write_lines(x=x, middle=top + tall / 2, lines=lines, anchor="middle", size=NOTE), top + tall + 0.4


def _entries(pen: Pen, facts: Sequence[Fact], before: Mapping[str, Fact]) -> list[KeyEntry]:
    """A key is needed only where there is more than bars."""
    ink, entries = pen.palette.ink, list[KeyEntry]()
    if before:
        entries.append(bar_entry(pen.label("value"), pen.palette.mark))
        entries.append(KeyEntry((LineShape(((1.0, -1.6), (1.0, 1.6)), ink, 1.4),), 2.0, pen.label("previous")))
    if any(fact.low is not None for fact in facts):
        ends = (LineShape(((x, -0.8), (x, 0.8)), ink, 0.9) for x in (0.0, 5.0))
        entries.append(KeyEntry((LineShape(((0.0, 0.0), (5.0, 0.0)), ink, 0.9), *ends), 5.0, pen.label("interval")))
    return entries


def _scale(facts: Sequence[Fact], names: float, right: float) -> AxisScale:
    ends = [end for fact in facts for end in (fact.number, fact.low, fact.high) if end is not None]
    low, high = min(0.0, *ends), max(0.0, *ends)
    return AxisScale(low, high if high > low else low + 1.0, names + 2 * GAP, right - GAP / 2)


def _row(pen: Pen, fact: Fact, before: Fact | None, row: Row, scale: AxisScale, fill: str) -> tuple[Mark, ...]:
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
