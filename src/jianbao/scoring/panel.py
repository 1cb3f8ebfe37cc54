"""Define the engine's arrays and the panel: values of units (in periods) by column, with their age and bounds."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianbao.core.documents import Problems, whole_number
from jianbao.core.errors import Place, Problem, all_in, nearest
from jianbao.core.messages import Translatable, tr
from jianbao.data.claim_limits import INCOMPLETE
from jianbao.data.facts import Fact, Ledger
from jianbao.scoring.framework import Framework, with_fixed_goalposts, with_goalposts

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Cell = object
MISSING = ("", "na", "n/a", "nan", "null", "none", "..", "-", "…")
LONG = ("indicator", "value")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?:,|\.|$))")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")
HEAD = 2  # the first row of values, as a spreadsheet numbers it


def equal_arrays(one: NDArray[Any] | None, other: NDArray[Any] | None) -> bool:
    """Return whether two arrays have equal values, NaN being equal to NaN; None equals only None."""
    return one is other if one is None or other is None else np.array_equal(one, other, equal_nan=True)


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Values of shape (rows, columns); a row is a unit, or a unit in a period. NaN is a missing value.

    `ages` (rows, columns) counts the years by which a value was carried forward. A value that was counted from an
    incomplete table is a lower bound: `highs` (rows, columns) then has the upper bound (NaN: the value is
    exact). `groups` names, for each grouping, the group of each row.
    """

    units: tuple[str, ...]
    periods: tuple[str, ...]
    columns: tuple[str, ...]
    values: Floats
    ages: Integers | None = None
    highs: Floats | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def column(self, name: str) -> Floats:
        """Return the values of one column (rows); raise KeyError if the panel has no such column."""
        if name not in self.columns:
            raise KeyError(name)
        return np.asarray(self.values[:, self.columns.index(name)], dtype=np.float64)

    def equals(self, other: "Panel") -> bool:
        """Return whether another panel has the same rows, columns, values, ages and bounds."""
        named = self.units, self.periods, self.columns, self.groups
        pairs = ((self.values, other.values), (self.ages, other.ages), (self.highs, other.highs))
        same = named == (other.units, other.periods, other.columns, other.groups)
        return same and all(equal_arrays(*each) for each in pairs)

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
    """Return a number that puts periods in order of time: "2012" is 2012, "2012-05" a little later, anything else 0."""
    year, _, month = period.partition("-")
    number = whole_number(year)
    if number is None:
        return 0.0
    return number + ((int(month[:2]) - 1) / 12 if month[:2].isdecimal() else 0.0)


def in_order(panel: Panel) -> Integers:
    """Return each row's place when rows are sorted by unit and time, so that the given order does not matter."""
    times = np.array([order_of(period) for period in panel.periods])
    order = np.lexsort((np.array(panel.periods), times, np.array(panel.units)))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return place


def origins(panel: Panel, column: int, place: Integers) -> Integers:
    """Return the place of the row in which each value was measured: its own, or the one from which it is carried."""
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
    """Return the panel of a city, one row for each year in ascending order; a missing fact is a missing value."""
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
    """Return the framework with the goalposts that an edition's ledger gives, as plain numbers."""
    return with_fixed_goalposts(with_known_goalposts(framework, ledger))


def panel_from(
    framework: Framework, columns: Mapping[str, Sequence[Cell]], problems: Problems, file: str = "data"
) -> Panel | None:
    """Return a table as a panel; None if it has any error, with file, row and column in `problems`.

    A wide table has one column for each indicator; a long one has the columns "indicator" and "value". The framework's
    `table` says which columns hold the unit, the period and the groups.
    """
    before = len(problems)
    keys = framework.table
    needed = [keys.unit, *((keys.period,) if keys.period else ()), *keys.groups]
    for name in needed:
        if name not in columns:
            problems.append(
                Problem(Place(file, 1), tr("there is no column '{name}'", name=name), nearest(name, columns))
            )
    if len(problems) > before:
        return None
    if not columns[keys.unit]:
        problems.append(Problem(Place(file), tr("the table has no rows")))
        return None
    problems.extend(_unnamed(framework, columns, file))
    long = set(LONG) <= set(columns) and not set(framework.columns()) & set(columns)
    panel = _long(framework, columns, problems, file) if long else _wide(framework, columns, problems, file)
    return panel if len(problems) == before else None


def _wide(framework: Framework, columns: Mapping[str, Sequence[Cell]], problems: Problems, file: str) -> Panel:
    keys, wanted = framework.table, framework.columns()
    for name in wanted:
        if name not in columns:
            problems.append(
                Problem(Place(file, 1), tr("there is no column '{name}'", name=name), nearest(name, columns))
            )
    units, periods = _keys(framework, columns)
    _check_unique(list(zip(units, periods, strict=True)), problems, file)
    values = np.full((len(units), len(wanted)), np.nan)
    for place, name in enumerate(wanted):
        cells = columns.get(name, ())
        values[: len(cells), place] = _numbers(cells, range(len(cells)), Place(file, column=name), problems)
    groups = {name: tuple(str(cell) for cell in columns[name]) for name in keys.groups}
    return Panel(units=units, periods=periods, columns=wanted, values=values, groups=groups)


def _long(framework: Framework, columns: Mapping[str, Sequence[Cell]], problems: Problems, file: str) -> Panel:
    wanted = framework.columns()
    names = [str(cell) for cell in columns["indicator"]]
    for name in wanted:
        if name not in names:
            problems.append(
                Problem(
                    Place(file, 0, "indicator"),
                    tr("no row has '{name}'", name=name),
                    nearest(name, dict.fromkeys(names), all_in(file)),
                )
            )
    units, periods = _keys(framework, columns)
    _check_unique(list(zip(units, periods, names, strict=True)), problems, file)
    rows = {key: place for place, key in enumerate(dict.fromkeys(zip(units, periods, strict=True)))}
    values = np.full((len(rows), len(wanted)), np.nan)
    groups = {name: [""] * len(rows) for name in framework.table.groups}
    at = [rows[key] for key in zip(units, periods, strict=True)]
    places = {name: place for place, name in enumerate(wanted)}
    lines = [line for line, name in enumerate(names) if name in places]
    cells = [columns["value"][line] for line in lines]
    read = _numbers(cells, lines, Place(file, column="value"), problems)
    values[[at[line] for line in lines], [places[names[line]] for line in lines]] = read
    for group, members in groups.items():
        for row, cell in zip(at, columns[group], strict=True):
            members[row] = str(cell)
    kept = {group: tuple(members) for group, members in groups.items()}
    return Panel(
        units=tuple(unit for unit, _ in rows),
        periods=tuple(period for _, period in rows),
        columns=wanted,
        values=values,
        groups=kept,
    )


def _keys(framework: Framework, columns: Mapping[str, Sequence[Cell]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    units = tuple(str(cell).strip() for cell in columns[framework.table.unit])
    if not framework.table.period:
        return units, ("",) * len(units)
    return units, tuple(_period(cell) for cell in columns[framework.table.period])


def _period(cell: Cell) -> str:
    """Write a period as text; a year that was read as 2012.0 is 2012."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _unnamed(framework: Framework, columns: Mapping[str, Sequence[Cell]], file: str) -> Iterator[Problem]:
    """Yield the rows that do not name their unit, or their period."""
    for name in filter(None, (framework.table.unit, framework.table.period)):
        for row, cell in enumerate(columns[name]):
            if cell is None or not str(cell).strip():
                hint = tr("each row needs its '{column}'", column=name)
                yield Problem(Place(file, row + HEAD, name), tr("the cell is empty"), hint)


def _check_unique(keys: Sequence[tuple[str, ...]], problems: Problems, file: str) -> None:
    """Add a problem for each row whose unit, period and indicator another row has.

    Without a column of periods, a table of several years repeats most units: that is one problem.
    """
    counts = Counter(keys)
    if sum(count > 1 for count in counts.values()) > max(1, len(counts) / 2) and not any(key[1] for key in counts):
        what = tr("{count} units have several rows, and the framework names no column of periods", count=len(counts))
        hint = tr("if a column has the year or another period, name it: `table: {{unit: …, period: COLUMN}}`")
        problems.append(Problem(Place(file), what, hint))
        return
    first: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(keys):
        if key[0] and key in first:
            what = tr("'{values}' appears twice", values=" ".join(part for part in key if part))
            problems.append(
                Problem(Place(file, row + HEAD), what, tr("it is first in row {row}", row=first[key] + HEAD))
            )
        first.setdefault(key, row)


def _numbers(cells: Sequence[Cell], lines: Sequence[int], place: Place, problems: Problems) -> list[float]:
    """Return the numbers of many cells, each from its line of a table."""
    try:  # for columns of only digits and empty cells, as most are
        texts = [cell for cell in cells if isinstance(cell, str)]
        if len(texts) == len(cells) and _plain("".join(texts)):
            found = [float(cell) if cell else math.nan for cell in texts]
            if math.inf not in map(abs, found):
                return found
    except ValueError:
        pass
    return [number(cell, replace(place, line=line + HEAD), problems) for line, cell in zip(lines, cells, strict=True)]


def _plain(text: str) -> bool:
    """Return whether a text has no notation that only Python's float accepts: 1_000, or full-width digits."""
    return text.isascii() and "_" not in text


LEFT_EMPTY = tr("leave it empty if it is missing")


def number(cell: Cell, place: Place, problems: Problems, otherwise: Translatable = LEFT_EMPTY) -> float:
    """Return a cell's number; NaN for an empty or missing one ("NA", ".."), or with a problem.

    `otherwise` is the hint for a cell that means no number either.
    """
    if cell is None:
        return math.nan
    if isinstance(cell, str) and cell.strip().lower() in MISSING:
        return math.nan
    try:
        value = float(str(cell)) if _plain(str(cell)) else math.nan
    except ValueError:
        value = math.nan
    if math.isnan(value):
        plain = _THOUSANDS.sub("", unicodedata.normalize("NFKC", str(cell)).strip())
        meant = tr("write {plain}", plain=plain) if _NUMBER.fullmatch(plain) else otherwise
        problems.append(Problem(place, tr("'{value}' is not a number", value=cell), meant))
        return math.nan
    if math.isinf(value):
        problems.append(Problem(place, tr("'{cell}' is not a finite number", cell=cell)))
    return value
