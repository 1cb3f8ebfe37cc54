"""Sensitivity: which choices the result hangs on, each with what it does alone and together with others."""

from jianbao.evidence.facts import Fact, Ledger
from jianbao.figures.leverage import interval_entry
from jianbao.figures.marks import Plot
from jianbao.figures.rows import Bar, bar_chart, key
from jianbao.figures.spec import FigureSpec, Size, key_of
from jianbao.figures.style import Pen, bar_entry

MOST = 10


def sensitivity(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw each choice's share of the score's variance, the largest first: outlined in all, filled by itself."""
    totals = sorted(spec.family("total", ledger), key=lambda fact: -fact.number)[: spec.limit(MOST)]
    if not totals:
        return Plot((), size.width_mm, 0.0, ())
    firsts = {key_of(fact): fact for fact in spec.family("first", ledger)}
    bars = [_bar(pen, fact, firsts.get(key_of(fact)), fact is totals[0]) for fact in totals]
    entries = [bar_entry(pen.label("total"), pen.palette.paper, pen.palette.mark)]
    if firsts:
        entries.append(bar_entry(pen.label("first"), pen.palette.mark))
    if any(fact.low is not None for fact in totals):
        entries.append(interval_entry(pen))
    marks, top = key(pen, entries, size.width_mm, 0.0)
    chart, bottom = bar_chart(pen, bars, size.width_mm, top + 0.8, "share")
    shown = (*(fact.id for fact in totals), *(firsts[key_of(fact)].id for fact in totals if key_of(fact) in firsts))
    return Plot((*marks, *chart), size.width_mm, bottom + 0.3, shown)


def _bar(pen: Pen, total: Fact, first: Fact | None, lit: bool) -> Bar:
    colour = pen.palette.highlight if lit else pen.palette.mark
    inner = max(first.number, 0.0) if first else None
    name, printed = pen.name(key_of(total)), pen.number(total)
    return Bar(name, total.number, printed, total.low, total.high, colour, colour, inner=inner)
