"""One city over the years: ledgers -> a panel with a row a year, and what a change of its facts would move."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from jianbao.data.facts import Fact, Ledger
from jianbao.data.limits import INCOMPLETE
from jianbao.scoring.framework import Framework, with_fixed_goalposts, with_goalposts
from jianbao.scoring.monte_carlo import collected
from jianbao.scoring.panel import Floats, Panel
from jianbao.scoring.sampling import sample
from jianbao.scoring.score import Scores, evaluate


def panel_of(framework: Framework, ledgers: Mapping[int, Ledger]) -> Panel:
    """Return the panel of a city, a row a year in ascending order; a fact that a year lacks is a missing value."""
    years = sorted(ledgers)
    columns = framework.columns()
    values = np.full((len(years), len(columns)), np.nan)
    ages = np.zeros((len(years), len(columns)), dtype=np.int64)
    highs = np.full((len(years), len(columns)), np.nan)
    for row, year in enumerate(years):
        for place, column in enumerate(columns):
            fact_id, _, aspect = column.partition(":")
            fact = ledgers[year].get(fact_id)
            if fact is not None:
                values[row, place] = number_of(fact, aspect)
                ages[row, place] = fact.carried
                highs[row, place] = _greatest(fact, aspect)
    return Panel(
        units=("",) * len(years),
        periods=tuple(str(year) for year in years),
        columns=columns,
        values=values,
        ages=ages,
        highs=highs if not np.isnan(highs).all() else None,
    )


def _greatest(fact: Fact, aspect: str) -> float:
    """Return the greatest value that a count of an incomplete table may have, or its greatest share; else NaN."""
    if fact.limits.complete != INCOMPLETE or fact.high is None:
        return np.nan
    if aspect != "share":
        return fact.high
    return fact.high / fact.of if fact.of else np.nan


def number_of(fact: Fact, aspect: str) -> float:
    """Return a fact's value or share; NaN if it has none. Raise TypeError if the fact is not a number."""
    if aspect != "share":
        return fact.number
    return fact.share if fact.of else np.nan


def with_known_goalposts(framework: Framework, ledger: Ledger) -> Framework:
    """Return the framework with the goalposts that are facts taken from an edition's ledger."""
    known = [ledger[fact] for fact in framework.goalpost_facts() if fact in ledger]
    return with_goalposts(framework, {fact.id: fact.number for fact in known if fact.kind == "number"})


def with_newest_goalposts(framework: Framework, ledger: Ledger) -> Framework:
    """Return the framework with the goalposts that an edition's ledger gives as numbers that none other moves."""
    return with_fixed_goalposts(with_known_goalposts(framework, ledger))


Gain = tuple[float, Floats]


def gain_function(framework: Framework, panel: Panel, year: int) -> Callable[[Mapping[str, float]], Gain]:
    """Return what gives, for changed columns (column -> new value), the gain of the index in a year: declared, by draw.

    Both evaluations share their draws, so the draws are those of the difference. `framework` is a settled one. A column
    that the panel lacks raises KeyError.
    """
    target, row = framework.index.id, panel.periods.index(str(year))
    before, known = _drawn(framework, panel, tuple(each.id for each in framework.components()), {})

    def gain(changes: Mapping[str, float]) -> Gain:
        changed = panel
        for column, value in changes.items():
            if column not in panel.columns:
                raise KeyError(column)
            changed = changed.with_values(column, value, [row])
        touched = _reading(framework, changes)
        same = {each: draws for each, draws in known.items() if each not in touched}
        after, found = _drawn(framework, changed, (target,), same)
        return float(after.of(target)[row] - before.of(target)[row]), (found[target] - known[target])[:, row]

    return gain


def _reading(framework: Framework, columns: Iterable[str]) -> set[str]:
    """Return the indicators that read one of some columns, and all nodes above them."""
    read = frozenset(columns)
    leaves = (leaf for leaf in framework.indicators() if not read.isdisjoint((leaf.key, *leaf.others())))
    return {node.id for leaf in leaves for node in framework.path(leaf.id)}


def _drawn(
    framework: Framework, panel: Panel, nodes: tuple[str, ...], known: Mapping[str, Floats]
) -> tuple[Scores, dict[str, Floats]]:
    """Return the declared scores, and the draws of some nodes: without draws, the declared scores as the only one."""
    scores = evaluate(framework, panel)
    if not framework.draws:
        return scores, {each: scores.of(each)[None] for each in nodes}
    return scores, collected(scores, sample(scores, framework.draws), nodes, known=known)
