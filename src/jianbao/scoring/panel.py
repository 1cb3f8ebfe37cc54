"""The arrays of the engine, and the panel: values of units (in periods) by columns, with their age and error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from jianbao.data.facts import Fact, Ledger
from jianbao.data.limits import INCOMPLETE
from jianbao.scoring.framework import Framework, with_fixed_goalposts, with_goalposts

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Values of shape (rows, columns); a row is a unit, or a unit in a period. NaN is a missing value.

    `ages` (rows, columns) counts the years that a value has been carried forward, `errors` (rows, columns) holds
    standard deviations (NaN: none stated). `highs` (rows, columns) holds the greatest value that one may have which is
    counted from an incomplete table, and so is the least (NaN: it is what it is). `groups` names, for each grouping,
    the group of each row.
    """

    units: tuple[str, ...]
    periods: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    ages: Integers | None = None
    errors: Floats | None = None
    highs: Floats | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def column(self, name: str) -> Floats:
        """Return the values of one column (rows); raise KeyError if the panel has no such column."""
        if name not in self.columns:
            raise KeyError(name)
        return np.asarray(self.values[:, self.columns.index(name)], dtype=np.float64)

    def rows_by_period(self) -> tuple[Integers, ...]:
        """Return the row numbers of each period, in the order in which the periods first appear."""
        return rows_by(self.periods)

    def row(self, unit: str, period: str = "") -> int:
        """Return the number of the row of a unit (in a period); raise KeyError if there is none."""
        for number, each in enumerate(zip(self.units, self.periods, strict=True)):
            if each == (unit, period):
                return number
        raise KeyError((unit, period))

    def with_values(self, column: str, value: float, rows: Sequence[int] | None = None) -> "Panel":
        """Return a panel in which a column holds another value, in all rows or some; it is exact, its age 0."""
        place = self.columns.index(column)
        at = slice(None) if rows is None else list(rows)
        values = self.values.copy()
        values[at, place] = value
        ages = None if self.ages is None else self.ages.copy()
        highs = None if self.highs is None else self.highs.copy()
        if ages is not None:
            ages[at, place] = 0
        if highs is not None:
            highs[at, place] = np.nan
        return replace(self, values=values, ages=ages, highs=highs)


def rows_by(keys: Sequence[str]) -> tuple[Integers, ...]:
    """Return the places of each distinct key, in the order of first appearance."""
    found: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        found.setdefault(key, []).append(place)
    return tuple(np.array(places, dtype=np.int64) for places in found.values())


def order_of(period: str) -> float:
    """Return where a period stands in time: "2012" is 2012, "2012-05" a little later, anything else 0."""
    year, _, month = period.partition("-")
    if not year.isdecimal():
        return 0.0
    return int(year) + ((int(month[:2]) - 1) / 12 if month[:2].isdecimal() else 0.0)


def in_order(panel: Panel) -> Integers:
    """Return each row's place when rows are sorted by unit and time, so that nothing depends on how they were given."""
    times = np.array([order_of(period) for period in panel.periods])
    order = np.lexsort((np.array(panel.periods), times, np.array(panel.units)))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def origins(panel: Panel, column: int, place: Integers) -> Integers:
    """Return the place of the row that each value was measured in: its own, or the one it is carried from."""
    if panel.ages is None or not panel.ages[:, column].any():
        return place
    keys = zip(panel.units, panel.periods, strict=True)
    own = {(unit, order_of(period)): int(place[row]) for row, (unit, period) in enumerate(keys)}
    found = place.copy()
    for row in np.flatnonzero(panel.ages[:, column] > 0):
        origin = (panel.units[row], order_of(panel.periods[row]) - float(panel.ages[row, column]))
        found[row] = own.get(origin, int(place[row]))
    return found


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
