"""One city over the years: ledgers -> a panel with a row a year, and what a change of its facts would move."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from jianbao.evaluation.arrays import Floats
from jianbao.evaluation.framework import Framework, with_fixed_goalposts, with_goalposts
from jianbao.evaluation.panel import Panel
from jianbao.evaluation.sampling import sample
from jianbao.evaluation.score import evaluate
from jianbao.evaluation.uncertainty import collected, interval
from jianbao.evidence.facts import Fact, Ledger


def panel_of(framework: Framework, ledgers: Mapping[int, Ledger]) -> Panel:
    """Return the panel of a city, a row a year in ascending order; a fact that a year lacks is a missing value."""
    years = sorted(ledgers)
    columns = framework.columns()
    values = np.full((len(years), len(columns)), np.nan)
    ages = np.zeros((len(years), len(columns)), dtype=np.int64)
    for row, year in enumerate(years):
        for place, column in enumerate(columns):
            fact_id, _, aspect = column.partition(":")
            fact = ledgers[year].get(fact_id)
            if fact is not None:
                values[row, place] = number_of(fact, aspect)
                ages[row, place] = fact.carried
    return Panel(("",) * len(years), tuple(str(year) for year in years), columns, values, ages)


def number_of(fact: Fact, aspect: str) -> float:
    """Return a fact's value or share; NaN if it has none. Raise TypeError if the fact is not a number."""
    if aspect != "share":
        return fact.number
    return fact.share if fact.of else np.nan


def settled(framework: Framework, ledger: Ledger) -> Framework:
    """Return the framework with the goalposts that are facts taken from an edition's ledger."""
    known = [fact for fact in framework.goalpost_facts() if fact in ledger]
    return with_goalposts(framework, {fact: ledger[fact].number for fact in known})


def frozen(framework: Framework, ledger: Ledger) -> Framework:
    """Return the framework with the goalposts that an edition's ledger gives as numbers that none other moves."""
    return with_fixed_goalposts(settled(framework, ledger))


Gain = tuple[float, Floats]


@dataclass(frozen=True)
class Effect:
    """What a change of facts would move a score by, in its points, with the interval of the paired draws."""

    value: float
    low: float
    high: float


def gains(framework: Framework, panel: Panel, year: int, node: str = "") -> Callable[[Mapping[str, float]], Gain]:
    """Return what gives, for changed columns (column -> new value), a node's gain in a year: declared, and by draw.

    Both evaluations share their draws, so the draws are those of the difference. `framework` is a settled one, the
    node by default the index. A column that the panel lacks raises KeyError.
    """
    target, row = node or framework.index.id, panel.periods.index(str(year))
    before, start = _scored(framework, panel, target, row)

    def gain(changes: Mapping[str, float]) -> Gain:
        changed = panel
        for column, value in changes.items():
            if column not in panel.columns:
                raise KeyError(column)
            changed = changed.with_values(column, value, [row])
        after, end = _scored(framework, changed, target, row)
        return float(after - before), end - start

    return gain


def effect(framework: Framework, panel: Panel, changes: Mapping[str, float], year: int, node: str = "") -> Effect:
    """Return the effect of changed columns (column -> new value) on a node's score in a year; see `gains`."""
    value, draws = gains(framework, panel, year, node)(changes)
    low, high = interval(draws[:, None], framework.interval)
    return Effect(value, float(low[0]), float(high[0]))


def _scored(framework: Framework, panel: Panel, node: str, row: int) -> tuple[float, Floats]:
    scores = evaluate(framework, panel)
    declared = float(scores.of(node)[row])
    if not framework.draws:
        return declared, np.array([declared])
    return declared, collected(scores, sample(scores, framework.draws), (node,))[node][:, row]
