"""Draw a bar for each cause of a change, with colours and patterns for who decides about it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor

from jianbao.charts.bars import BAR, ONE_LINE, Row, key, names_width, rows, scale_with_zero
from jianbao.charts.shapes import BoxShape, Frame, LineShape, Mark, Plot
from jianbao.charts.spec import FigureSpec, Size, member_key
from jianbao.charts.style import GAP, HAIR, LABEL, NOTE, RULE, AxisScale, KeyEntry, Pen, hatched, one_line_names
from jianbao.charts.text_metrics import line_height
from jianbao.data.facts import Fact, Ledger

CONTROLS, UNDECLARED = ("city", "shared", "outside"), "undeclared"
MAX_CAUSES = 8
STUB = 0.9  # mm of the bar of a cause without effect
HEADS_AT_MOST = 0.18
_DECIMALS = re.compile(r"[.,](\d+)$")


@dataclass(frozen=True, kw_only=True)
class CauseRow:
    """A row: a cause with its effect (as a number and as printed), its share as printed, and who decides about it.

    One that was not `measured` has words in place of the effect, and no bar.
    """

    name: str
    value: float
    printed: str
    share: str
    control: str
    measured: bool = True


def change(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw the causes, the largest first, and the total below; the printed parts add up to the printed total.

    The role `sums` has a sum for each of those who decide; it is shown for those without a cause. The role `measured`
    has for each how many indicators have data; those without any have a row that says so.
    """
    facts = sorted(spec.members("cause", ledger), key=lambda fact: -abs(fact.number))
    facts += _sums_without_cause(facts, spec.members("sums", ledger))
    if not facts:
        return Plot((), size.width_mm, 0.0, ())
    total = next(iter(spec.members("total", ledger)), None)
    causes = [*_causes(pen, facts, total, spec.limit(MAX_CAUSES)), *_unmeasured(pen, spec.members("measured", ledger))]
    marks, top = key(pen, _entries(pen, causes), size.width_mm, 0.0)
    body, bottom = _rows(pen, causes, total, size.width_mm, top + (0.8 if top else 0.0))
    shown = (*(fact.id for fact in facts), *((total.id,) if total else ()))
    return Plot((*marks, *body), size.width_mm, bottom + 0.3, shown)


def _sums_without_cause(causes: Sequence[Fact], sums: Sequence[Fact]) -> list[Fact]:
    """Return the sums, by who decides, of deciders without any cause, so that readers see that nothing moved there."""
    known = {_cause_and_control(fact)[1] for fact in causes}
    return [fact for fact in sums if (control := _cause_and_control(fact)[1]) and control not in known]


def _cause_and_control(fact: Fact) -> tuple[str, str]:
    """Return a fact's cause and who decides about it: ("fair_buyers", "shared"); "" for who decides if not declared."""
    causes = [word for word in fact.about if word not in (*CONTROLS, UNDECLARED)]
    control = next((word for word in fact.about if word in CONTROLS), "")
    return (causes[-1], control) if causes else (control or member_key(fact), control)


def _causes(pen: Pen, facts: Sequence[Fact], total: Fact | None, most: int) -> list[CauseRow]:
    """Return at most `most` rows and one for the rest that no cause explains; the smallest causes share a row."""
    kept, rest = (facts, ()) if len(facts) <= most else (facts[: most - 1], facts[most - 1 :])
    step = 10.0 ** -_decimals(pen, facts[0])
    left = total.number - sum(fact.number for fact in facts) if total else 0.0
    pooled = {"others": sum(fact.number for fact in rest)} if rest else {}
    pooled |= {"rest": left} if abs(left) >= step / 2 else {}
    named = {label: replace(facts[-1], id=label, value=value, about=()) for label, value in pooled.items()}
    every = [*kept, *named.values()]
    values = [fact.number for fact in every]
    adjusted = summed(values, total.number, step) if total else values
    shares = _shares(pen, values, total)
    return [
        CauseRow(
            name=pen.label(fact.id) if fact.id in named else _cause_name(pen, *_cause_and_control(fact)),
            value=fact.number,
            printed=_signed(pen.number(replace(fact, value=shown, low=None, high=None)), shown),
            share=share,
            control="" if fact.id in named else _cause_and_control(fact)[1],
        )
        for fact, shown, share in zip(every, adjusted, shares, strict=True)
    ]


def _unmeasured(pen: Pen, counts: Sequence[Fact]) -> list[CauseRow]:
    """Return a row for each of those who decide about indicators of which none has data."""
    controls = [member_key(fact) for fact in counts if not fact.number]
    words = pen.label("unmeasured") if controls else ""
    return [
        CauseRow(name=pen.label(each), value=0.0, printed=words, share="", control=each, measured=False)
        for each in controls
    ]


def _signed(printed: str, value: float) -> str:
    """Return a printed change with a plus sign if it is a rise; a rise that is printed as zero has none."""
    return f"+{printed}" if value > 0 and re.search("[1-9]", printed) else printed


def _cause_name(pen: Pen, cause: str, control: str) -> str:
    """Return the name of a cause; a sum has the name of its decider in the key."""
    return pen.label(control) if cause == control else pen.name(cause)


def _decimals(pen: Pen, fact: Fact) -> int:
    """Return the number of decimals with which a fact like this one is printed."""
    found = _DECIMALS.search(pen.number(replace(fact, value=1 / 3, low=None, high=None)))
    return len(found[1]) if found else 0


def summed(parts: Sequence[float], whole: float, step: float) -> list[float]:
    """Return parts rounded to multiples of a step that add up to the rounded whole (largest remainder method).

    If the parts do not add up to the whole, each is rounded by itself.
    """
    units = [part / step for part in parts]
    if abs(sum(units) - whole / step) > 0.5:
        return [round(unit) * step for unit in units]
    down = [floor(unit + 1e-9) for unit in units]
    lacking = round(whole / step) - sum(down)
    order = sorted(range(len(units)), key=lambda place: down[place] - units[place])
    raised = set(order[: max(min(lacking, len(order)), 0)])
    return [(unit + (place in raised)) * step for place, unit in enumerate(down)]


def _shares(pen: Pen, values: Sequence[float], total: Fact | None) -> list[str]:
    """Return the share of each part in per cent as printed; "" for all if some causes worked against others."""
    whole = sum(values)
    opposed = any(value * whole < 0 for value in values)
    if total is None or not whole or opposed or abs(whole - total.number) > 0.01 * abs(whole):
        return ["" for _ in values]
    return [pen.tick(part, "share") for part in summed([value / whole for value in values], 1.0, 0.01)]


def _entries(pen: Pen, causes: Sequence[CauseRow]) -> list[KeyEntry]:
    controls = [each for each in CONTROLS if any(cause.control == each and cause.measured for cause in causes)]
    return [KeyEntry(_bar(pen, Frame(0.0, -1.1, 4.0, 1.1), each), 4.0, pen.label(each)) for each in controls]


def _bar(pen: Pen, frame: Frame, control: str) -> tuple[Mark, ...]:
    """Return a bar: solid if the city decides, hatched if shared, grey if others decide, hollow if not declared."""
    if control == "shared":
        return hatched(frame, pen.palette.highlight)
    if not control:
        return (BoxShape(frame, pen.palette.paper, pen.palette.muted, 0.8),)
    return (BoxShape(frame, pen.palette.highlight if control == "city" else pen.palette.mark),)


def _rows(
    pen: Pen, causes: Sequence[CauseRow], total: Fact | None, width: float, top: float
) -> tuple[tuple[Mark, ...], float]:
    """Return a row for each cause, with the total under a rule, and the height at which they end."""
    shares = any(cause.share for cause in causes)
    heads = [pen.faces.balance(pen.label(each), NOTE, HEADS_AT_MOST * width) for each in ("points", "part")]
    whole = _signed(pen.number(replace(total, low=None, high=None)), total.number) if total else ""
    columns = _columns(pen, causes, heads, whole, shares)
    head_height = max(len(head) for head in heads[: 2 if shares else 1]) * line_height(NOTE)
    frame_top = top + head_height + 0.6
    names = one_line_names(pen, [cause.name for cause in causes], ONE_LINE * width, bold=True)
    room = names_width(pen, names, width, bold=True)
    placed = rows(pen=pen, names=names, room=room, least=BAR + 2.8, top=frame_top, bold=True)
    scale = scale_with_zero([cause.value for cause in causes], room + 2 * GAP, width - sum(columns) - 2 * GAP)
    marks: list[Mark] = []
    for head, right in zip(heads if shares else heads[:1], (width - columns[1], width), strict=False):
        middle = frame_top - 0.4 - len(head) * line_height(NOTE) / 2
        marks += pen.note_lines(right, middle, head, "end")
    for cause, row in zip(causes, placed, strict=True):
        marks += _row(pen, cause, row, scale, (width - columns[1], width))
    bottom = placed[-1].bottom
    ends = [row.bottom for cause, row in zip(causes, placed, strict=True) if cause.measured]  # above the rows of words
    zero = LineShape(((scale(0.0), frame_top), (scale(0.0), max(ends, default=frame_top))), pen.palette.rule, RULE)
    if total is None:
        return (*marks, zero), bottom
    rule = LineShape(((0.0, bottom + 0.3), (width, bottom + 0.3)), pen.palette.rule, HAIR)
    lines = pen.faces.balance(pen.label("total"), LABEL, room, bold=True)
    middle = bottom + 0.8 + len(lines) * line_height(LABEL) / 2
    marks += pen.write_lines(0.0, middle, lines, bold=True)
    marks.append(pen.write(width - columns[1], middle, whole, "end", bold=True))
    return (*marks, zero, rule), bottom + 0.8 + len(lines) * line_height(LABEL)


def _columns(
    pen: Pen, causes: Sequence[CauseRow], heads: Sequence[Sequence[str]], whole: str, shares: bool
) -> tuple[float, float]:
    """Return the widths of the columns of effects and of shares in mm; 0 for shares if there are none."""
    printed = [cause.printed for cause in causes if cause.measured]  # words take the room of a bar
    numbers = max(pen.wide([whole, *printed], LABEL, bold=True), pen.wide(heads[0], NOTE))
    second = max(pen.wide([cause.share for cause in causes]), pen.wide(heads[1], NOTE)) + 2 * GAP if shares else 0.0
    return numbers, second


def _row(pen: Pen, cause: CauseRow, row: Row, scale: AxisScale, right_edges: tuple[float, float]) -> tuple[Mark, ...]:
    if not cause.measured:
        words = pen.note(right_edges[0], row.middle, cause.printed, "end")
        return (*pen.write_lines(0.0, row.middle, row.lines), words)
    left, right = sorted((scale(0.0), scale(cause.value)))
    right = max(right, left + STUB) if cause.value >= 0 else right
    frame = Frame(min(left, right - STUB), row.middle - BAR / 2, right, row.middle + BAR / 2)
    by_city = cause.control == "city"
    colour = pen.palette.highlight if by_city else pen.palette.ink
    name = pen.write_lines(0.0, row.middle, row.lines, colour=colour, bold=by_city)
    number = pen.write(right_edges[0], row.middle, cause.printed, "end", colour=colour, bold=True)
    share = (
        (pen.write(right_edges[1], row.middle, cause.share, "end", colour=pen.palette.muted),) if cause.share else ()
    )
    return (*name, *_bar(pen, frame, cause.control), number, *share)
