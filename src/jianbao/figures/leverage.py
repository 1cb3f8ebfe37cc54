"""Leverage: what each recommendation would move, with its interval and how often it still holds."""

from jianbao.evidence.facts import Fact, Ledger
from jianbao.figures.marks import Line, Plot
from jianbao.figures.rows import Bar, bar_chart, key
from jianbao.figures.spec import FigureSpec, Size, key_of
from jianbao.figures.style import KeyEntry, Pen, bar_entry

MOST = 12


def leverage(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a bar for each recommendation, the largest effect first; the strongest is the highlighted one."""
    effects = sorted(spec.family("effect", ledger), key=lambda fact: -fact.number)[: spec.limit(MOST)]
    if not effects:
        return Plot((), size.width_mm, 0.0, ())
    held = {fact.id: spec.fact("stability", ledger, fact.id.rsplit(".", 1)[-1]) for fact in effects}
    bars = [_bar(pen, fact, held[fact.id], fact is effects[0]) for fact in effects]
    entries = [bar_entry(pen.label("effect"), pen.palette.mark)]
    if any(fact.low is not None for fact in effects):
        entries.append(interval_entry(pen))
    marks, top = key(pen, entries, size.width_mm, 0.0)
    head = pen.label("stability") if any(held.values()) else ""
    chart, bottom = bar_chart(pen, bars, size.width_mm, top + 0.8, head=head)
    shown = (*(fact.id for fact in effects), *(fact.id for fact in held.values() if fact))
    return Plot((*marks, *chart), size.width_mm, bottom + 0.3, shown)


def _bar(pen: Pen, fact: Fact, held: Fact | None, first: bool) -> Bar:
    return Bar(
        pen.name(key_of(fact)),
        fact.number,
        pen.number(fact),
        fact.low,
        fact.high,
        pen.palette.highlight if first else pen.palette.mark,
        beside=pen.number(held) if held else "",
    )


def interval_entry(pen: Pen) -> KeyEntry:
    """Return the key entry of a whisker."""
    ink = pen.palette.ink
    ends = (Line(((x, -0.8), (x, 0.8)), ink, 0.9) for x in (0.0, 5.0))
    return KeyEntry((Line(((0.0, 0.0), (5.0, 0.0)), ink, 0.9), *ends), 5.0, pen.label("interval"))
