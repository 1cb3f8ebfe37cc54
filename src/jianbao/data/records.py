"""Give access to the tables as known on one day, column by column, following references between them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from jianbao.core.messages import tr
from jianbao.data.column_checks import split_cell
from jianbao.data.facts import Cells, Fact
from jianbao.data.schemas import LISTS, NAMES, NUMERIC, Column, Schema
from jianbao.data.tables import BASIS, FRESH, GRADE, KNOWN_DAY, LAST, SIGN, Table, Tables, last_known, row_dates

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
Keys = tuple[tuple[str, ...], ...]
_Made = TypeVar("_Made")
STATES = ("done", "under_way", "not_begun", "dropped")
FOLLOWUP = "followup"  # the table in which an office records the results of measures; a workspace need not have it


@dataclass(frozen=True)
class Records:
    """The tables as known on a day (see `tables.tables_on`); each column is made once, when first requested.

    A path is a column, or a reference and a column of the table that it leads to: "country.income_group".
    A position counts the rows of a table from 0; `rows` gives the numbers that a spreadsheet shows.
    """

    tables: Tables
    day: date
    _seen: dict[tuple[str, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: tuple[str, ...], make: Callable[[], _Made]) -> _Made:
        """Return the cached value of a key; `make` is called the first time."""
        if key not in self._seen:
            self._seen[key] = make()
        made: _Made = self._seen[key]
        return made

    def table(self, name: str) -> Table:
        """Return a table."""
        return self.tables[name]

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return len(self.tables[table].frame)

    def schemas(self) -> Mapping[str, Schema]:
        """Return the schemas of all tables by name."""
        return self.once(("schemas",), lambda: {name: table.schema for name, table in self.tables.items()})

    def values(self, table: str, path: str) -> Array:
        """Return a column: floats (NaN where blank) for numbers, texts ("" where blank) for everything else."""
        return self.once(("values", table, path), lambda: self._reached(table, path, ""))

    def sign(self, table: str, path: str, position: int) -> str:
        """Return the comparator that a cell has before its number, "" for none or if another table holds the cell."""
        signs = self._column(table, path + SIGN)
        return "" if signs is None else str(signs[position])

    def ordinals(self, table: str, path: str) -> Floats:
        """Return the last days of a column of dates as ordinals, NaN where blank."""
        return self.once(("ordinals", table, path), lambda: self._reached(table, path, LAST))

    def days(self, table: str, path: str = "") -> Floats:
        """Return the last days of a column of dates, or of each row's own date, as ordinals, NaN where blank."""
        return self.ordinals(table, path) if path else self.once(("days", table), lambda: self._row_days(table))

    def _row_days(self, table: str) -> Floats:
        found = row_dates(self.tables[table])
        return np.full(self.count(table), np.nan) if found is None else found

    def _reached(self, table: str, path: str, suffix: str) -> Array:
        first, _, rest = path.partition(".")
        if not rest:
            return self.tables[table].frame[path + suffix].to_numpy()
        reached = self._reached(self.tables[table].schema.columns[first].to[0], rest, suffix)
        blank = np.array([np.nan if reached.dtype.kind == "f" else ""], dtype=reached.dtype)
        return np.concatenate([reached, blank])[self.positions(table, first)]

    def written_dates(self, table: str, path: str = "") -> tuple[str, ...]:
        """Return the dates of a column as they are written, or each row's own date; "" if there is none."""
        return self.once(("dates", table, path), lambda: self._written_dates(table, path))

    def _written_dates(self, table: str, path: str) -> tuple[str, ...]:
        paths = (path,) if path else self.tables[table].schema.dated_by
        if not paths:
            return ("",) * self.count(table)
        columns = [self.values(table, each) for each in paths]
        return tuple(next((str(cell) for cell in cells if cell), "") for cells in zip(*columns, strict=True))

    def keys(self, table: str, path: str) -> Keys:
        """Return for each row the keys that its cell holds: one, none if it is blank, or several if it is a list."""
        return self.once(("keys", table, path), lambda: self._keys(table, path))

    def _keys(self, table: str, path: str) -> Keys:
        column = column_at(self.schemas(), table, path)
        cells = map(key_of, self.values(table, path))
        if column is not None and column.type in LISTS:
            return tuple(split_cell(cell) for cell in cells)
        return tuple((cell,) if cell else () for cell in cells)

    def all_keys(self, table: str, path: str) -> tuple[str, ...] | None:
        """Return every key that a column may hold (names of its kinds, listed choices); None if they are not listed."""
        return self.once(("all_keys", table, path), lambda: self._all_keys(table, path))

    def _all_keys(self, table: str, path: str) -> tuple[str, ...] | None:
        column = column_at(self.schemas(), table, path)
        if column is None or column.type not in ("choice", "name", "names", "yes_no"):
            return None
        if column.type in ("choice", "yes_no"):
            return column.of or ("yes", "no")
        names = zip(self.values(NAMES, "id"), self.values(NAMES, "kind"), strict=True)
        return tuple(str(name) for name, kind in names if kind in column.of)

    def positions(self, table: str, path: str) -> Positions:
        """Return the positions in the next table to which a reference leads, -1 if it leads nowhere."""
        return self.once(("positions", table, path), lambda: self._positions(table, path))

    def _positions(self, table: str, path: str) -> Positions:
        places = {key_of(value): place for place, value in enumerate(self.values(*self._target(table, path)))}
        return np.array([places.get(key_of(value), -1) for value in self.values(table, path)], dtype=np.intp)

    def _target(self, table: str, path: str) -> tuple[str, str]:
        return self.tables[table].schema.columns[path].to

    def rows(self, table: str, positions: Iterable[int]) -> tuple[int, ...]:
        """Return the numbers of rows in a spreadsheet."""
        numbers = self.once(("rows", table), lambda: tuple(self.tables[table].frame.index.tolist()))
        return tuple(numbers[position] for position in positions)

    def event(self, table: str, row: int) -> frozenset[int]:
        """Return the positions of the rows about the same event as a row, including itself; none for row 0."""
        found = self.once(("events", table), lambda: self._events(table))
        numbers = self.rows(table, range(self.count(table)))
        return found[numbers.index(row)] if row in numbers else frozenset()

    def _events(self, table: str) -> tuple[frozenset[int], ...]:
        columns = [map(key_of, self.values(table, path)) for path in self.tables[table].schema.event]
        events = [*zip(*columns, strict=True)] if columns else [*range(self.count(table))]
        found: dict[object, list[int]] = {}
        for position, event in enumerate(events):
            found.setdefault(event, []).append(position)
        return tuple(frozenset(found[event]) for event in events)

    def _column(self, table: str, column: str) -> Array | None:
        """Return a column of signs or limits, one for each row; None if there is no such column."""
        frame = self.tables[table].frame
        return self.once(("column", table, column), lambda: frame[column].to_numpy() if column in frame else None)

    def lowest_grade(self, table: str, positions: Sequence[int]) -> int:
        """Return the place in GRADES of the lowest grade of some rows, -1 if none is declared."""
        grades = self._column(table, GRADE)
        return -1 if grades is None or not len(positions) else int(grades[list(positions)].max())

    def bases(self, table: str, positions: Sequence[int]) -> tuple[str, ...]:
        """Return the counting rules of some rows, each once."""
        bases = self._column(table, BASIS)
        return () if bases is None else tuple(filter(None, dict.fromkeys(bases[list(positions)].tolist())))

    def fresh_until(self, table: str, position: int) -> str:
        """Return the last day on which a row's value may be stated without its date, "" if undeclared."""
        fresh = self._column(table, FRESH)
        return "" if fresh is None else str(fresh[position])

    def kind_of_event(self, table: str, position: int) -> tuple[str, ...]:
        """Return the kind and the keys of the event that a row is about; empty if none."""
        schema = self.tables[table].schema
        if not schema.event:
            return ()
        series = schema.series.get(str(self.values(table, schema.series_by)[position])) if schema.series_by else None
        kind = (series.event if series else "") if schema.series_by else table
        return (kind, *(key_of(self.values(table, path)[position]) for path in schema.event)) if kind else ()

    def series(self, table: str, position: int, column: str) -> tuple[str, ...]:
        """Return what a cell has a value of: its table, its column, and those keys of its row that are no times.

        A number or a date in a key, such as that of a session, says when; the counting rule says how.
        """
        schema = self.tables[table].schema
        of = [
            path for path in schema.key if path != schema.basis and schema.columns[path].type not in (*NUMERIC, "date")
        ]
        return (table, column, *(key_of(self.values(table, path)[position]) for path in of))

    def sources(self, table: str, positions: Iterable[int], columns: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the ids of the sources of rows, each once; from these columns, or the table's own source column."""
        wanted = columns or tuple(filter(None, (self.tables[table].schema.source_column,)))
        found: dict[str, None] = {}
        for column in wanted:
            listed = self.keys(table, column)
            for position in positions:
                found.update(dict.fromkeys(listed[position]))
        return tuple(found)


def key_of(value: object) -> str:
    """Return a cell as a key: a whole number without ".0", "" for a blank."""
    if isinstance(value, float):
        return "" if value != value else f"{value:.15g}"
    return str(value)


def column_at(schemas: Mapping[str, Schema], table: str, path: str) -> Column | None:
    """Return the column that a path ends at, a reference being followed to its end; None if there is none."""
    first, _, rest = path.partition(".")
    schema = schemas.get(table)
    column = schema.columns.get(first) if schema else None
    if column is None or (not rest and column.type != "reference"):
        return column
    if column.type != "reference":
        return None
    return column_at(schemas, column.to[0], rest or column.to[1])


@dataclass(frozen=True, kw_only=True)
class FollowUp:
    """The result of an earlier edition's measure: its title (`what`) in each language, its state and its day."""

    row: int
    what: Mapping[str, str]
    state: str
    recorded_on: str
    sources: tuple[str, ...]


def followed_up(tables: Tables, edition: str, languages: Collection[str]) -> tuple[FollowUp, ...]:
    """Return the recorded results of the measures of an edition, in the order of its rows."""
    if FOLLOWUP not in tables:
        return ()
    frame = tables[FOLLOWUP].frame
    frame = frame[frame["edition"].eq(edition)]
    columns = {name: frame[name].tolist() for name in (*languages, "state", "recorded_on", "source")}
    return tuple(
        FollowUp(
            row=number,
            what={language: columns[language][place] for language in languages},
            state=columns["state"][place],
            recorded_on=columns["recorded_on"][place],
            sources=split_cell(columns["source"][place]),
        )
        for place, number in enumerate(frame.index.tolist())
    )


def follow_up_facts(rows: Sequence[FollowUp], day: str) -> Iterator[Fact]:
    """Yield the number of the last edition's measures that have a record, and the numbers in each state."""
    how = tr("count of {table}", table=FOLLOWUP)
    for key, wanted in (("total", STATES), *((state, (state,)) for state in STATES)):
        matching = [row for row in rows if row.state in wanted]
        numbers, sources = (
            tuple(row.row for row in matching),
            dict.fromkeys(each for row in matching for each in row.sources),
        )
        cells = (Cells(FOLLOWUP, numbers, "state", tuple(sources)),) if matching else ()
        yield Fact(id=f"{FOLLOWUP}.{key}", value=float(len(matching)), unit="measure", as_of=day, cells=cells, how=how)


def with_restated(tables: Tables, rows: Mapping[str, Collection[int]]) -> Tables:
    """Return tables in which some rows, by their numbers, are replaced by later rows with the same keys.

    A replacement counts as known from its own date, as if it had always been there.
    """
    return Tables({name: _restated(table, rows.get(name, ())) for name, table in tables.items()})


def latest_row(table: Table, number: int) -> int:
    """Return the number of the row that replaces a row: the last one with the same key."""
    found = _last_under_keys(table, (number,))
    return int(found.index[-1]) if len(found) else number


def _restated(table: Table, numbers: Collection[int]) -> Table:
    latest = _last_under_keys(table, numbers)
    if not len(latest):
        return table
    keys = pd.MultiIndex.from_frame(table.frame[list(table.schema.key)])
    others = table.frame[~keys.isin(pd.MultiIndex.from_frame(latest[list(table.schema.key)]))]
    return replace(table, frame=pd.concat([others, latest.assign(**{KNOWN_DAY: np.nan})]).sort_index())


def _last_under_keys(table: Table, numbers: Collection[int]) -> pd.DataFrame:
    """Return the last rows with the keys of some rows; none for a row without a second version."""
    schema, frame = table.schema, table.frame
    if not schema.known_by or not schema.key:
        return frame.iloc[:0]
    keys = pd.MultiIndex.from_frame(frame[list(schema.key)])
    same = frame[keys.isin(keys[frame.index.isin(list(numbers))])]
    return last_known(replace(table, frame=same)).frame
