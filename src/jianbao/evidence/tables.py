"""Tables: sheets that passed every check of their schema, and what of them exists on the day of an edition."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from jianbao.documents import Problems
from jianbao.errors import Place, Problem, nearest
from jianbao.evidence.columns import Known, check_column, report_twice, typed
from jianbao.evidence.periods import period
from jianbao.evidence.schemas import NAMES, NUMERIC, Column, Schema
from jianbao.evidence.sheets import Sheet

SOURCES = "sources.yml"  # what cells name as sources stands there, and in no table
UNVERIFIED = "unverified"
LAST = ".last"  # "signed_on.last" holds the last day of each date in "signed_on" as an ordinal, NaN where blank


@dataclass(frozen=True)
class Table:
    """A checked table: `frame` is indexed by row number; numbers are floats, all else text ("" where blank)."""

    name: str
    file: str
    schema: Schema
    frame: pd.DataFrame

    def same(self, other: "Table") -> bool:
        """Say whether another table has the same columns and rows, in the same places."""
        return self.schema == other.schema and self.frame.equals(other.frame)


@dataclass(frozen=True)
class Tables(Mapping[str, Table]):
    """All tables of a workspace by name, without the rows marked unverified; immutable."""

    tables: Mapping[str, Table]

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)


@dataclass(frozen=True)
class Name:
    """What a place, body or event is called: by language, and shorter where there is a short form."""

    id: str
    kind: str
    full: Mapping[str, str]
    short: Mapping[str, str]


def check_tables(
    sheets: Mapping[str, Sheet], schemas: Mapping[str, Schema], sources: Collection[str] | None, problems: Problems
) -> Tables:
    """Check every sheet against its schema and type it; all that is wrong is added to `problems`.

    A table whose sheet is missing or lacks columns is left out, and no cell that refers to it is judged; so it
    is with the sources, None if they could not be read. Rows marked unverified are checked and left out.
    """
    whole = {name: sheet for name, sheet in sheets.items() if _check_head(sheet, schemas[name], problems)}
    known = known_in(whole, schemas, sources or ())
    unread = {*schemas, SOURCES} - {*whole, *([SOURCES] if sources is not None else [])}
    for name, sheet in whole.items():
        schema = schemas[name]
        before = len(problems)
        for column in schema.columns.values():
            if column.name in sheet.head and not _needs(column) & unread:
                check_column(sheet, schema, column, known, problems)
        # A key that is one unique column has been looked at already, and a blank required key is one fault, not two.
        if schema.key and not (len(schema.key) == 1 and schema.columns[schema.key[0]].unique):
            vintage = (schema.known_by,) if schema.known_by in sheet.head else ()
            report_twice(sheet, (*schema.key, *vintage), problems)
        problems[before:] = sorted(problems[before:], key=lambda problem: problem.where.line)
    if problems:
        return Tables({})
    return Tables({name: _table(sheet, schemas[name]) for name, sheet in whole.items()})


def _needs(column: Column) -> set[str]:
    """Return the tables without which the cells of a column cannot be judged."""
    if column.type == "reference":
        return {column.to[0]}
    return {{"name": NAMES, "names": NAMES, "sources": SOURCES}.get(column.type, "")}


def _check_head(sheet: Sheet, schema: Schema, problems: Problems) -> bool:
    """Say whether all columns that the table needs are there; only those that are never filled may be left out."""
    place = Place(sheet.file, 1)
    needed = {*schema.key, *schema.dated_by, *(column.name for column in schema.columns.values() if column.required)}
    missing = [name for name in schema.columns if name in needed and name not in sheet.head] if sheet.head else []
    unknown = [name for name in sheet.head if name not in schema.columns]
    for name in missing:
        problems.append(Problem(place, f"the column '{name}' is missing", nearest(name, unknown) if unknown else ""))
    for name in unknown:
        problems.append(Problem(place, f"'{name}' is not a column of this table", nearest(name, schema.columns)))
    return bool(sheet.head) and not missing


def known_in(sheets: Mapping[str, Sheet], schemas: Mapping[str, Schema], sources: Collection[str]) -> Known:
    """Return what cells may refer to: names, sources, and the values of columns that others refer to."""
    names: dict[str, set[str]] = {}
    if NAMES in sheets:
        head = sheets[NAMES].head
        for row in sheets[NAMES].rows:
            names.setdefault(row[head.index("kind")], set()).add(row[head.index("id")])
    columns = (column for schema in schemas.values() for column in schema.columns.values())
    wanted = {column.to for column in columns if column.type == "reference"}
    targets = {
        (table, column): frozenset(row[sheets[table].head.index(column)] for row in sheets[table].rows) - {""}
        for table, column in wanted
        if table in sheets and column in sheets[table].head
    }
    return Known({kind: frozenset(ids) for kind, ids in names.items()}, frozenset(sources), targets)


def _table(sheet: Sheet, schema: Schema) -> Table:
    columns: dict[str, pd.Series] = {}
    for column in schema.columns.values():
        cells = _cells(sheet, column)
        dtype = np.float64 if column.type in NUMERIC else object
        columns[column.name] = pd.Series(typed(column, cells), dtype=dtype)
        if column.type == "date":
            columns[column.name + LAST] = pd.Series([_ordinal(cell) for cell in cells], dtype=np.float64)
    frame = pd.DataFrame(columns)
    frame.index = pd.Index(sheet.numbers, dtype=np.int64)
    if "confidence" in frame:
        frame = frame[frame["confidence"].ne(UNVERIFIED)]
    return Table(schema.name, sheet.file, schema, frame)


def _cells(sheet: Sheet, column: Column) -> list[str]:
    if column.name not in sheet.head:
        return [""] * len(sheet.rows)
    index = sheet.head.index(column.name)
    return [row[index] for row in sheet.rows]


def _ordinal(cell: str) -> float:
    found = period(cell) if cell else None
    return float(found.last.toordinal()) if found else float("nan")


def known_on(tables: Tables, day: date) -> Tables:
    """Return what was known on a day: of rows with the same key the one that became known last, none known later."""
    return Tables({name: _table_known_on(table, day.toordinal()) for name, table in tables.items()})


def _table_known_on(table: Table, day: int) -> Table:
    schema, frame = table.schema, table.frame
    if not schema.known_by:
        return table
    frame = frame[~(frame[schema.known_by + LAST] > day)]  # a row without a day was known from its own date on
    if schema.key:
        ordered = frame.sort_values(schema.known_by + LAST, na_position="first", kind="stable")
        frame = frame.loc[ordered.drop_duplicates(list(schema.key), keep="last").index.sort_values()]
    return replace(table, schema=replace(schema, known_by=""), frame=frame)


def as_of(tables: Tables, day: date) -> Tables:
    """Return what exists on a day: rows dated or known later are hidden, and so are later dates that may be blank.

    To look at an earlier day with what is known now, take it of `known_on(tables, now)`.
    """
    return Tables({name: _table_as_of(table, day.toordinal()) for name, table in known_on(tables, day).items()})


def _table_as_of(table: Table, day: int) -> Table:
    frame = table.frame
    dates = row_dates(table)
    if dates is not None:
        frame = frame[~(dates > day)]  # a row without a date is always there
    for column in table.schema.columns.values():
        later = frame[column.name + LAST] > day if column.future_blank else None
        if later is not None and later.any():
            frame = frame.copy()
            for blanked in (column.name, *column.blanks):
                frame.loc[later, blanked] = "" if frame[blanked].dtype == object else np.nan
            frame.loc[later, column.name + LAST] = np.nan
    return replace(table, frame=frame)


def row_dates(table: Table) -> "np.ndarray[tuple[int], np.dtype[np.float64]] | None":
    """Return the last day of each row's date as an ordinal, NaN where a row has none; None if the table is undated."""
    if not table.schema.dated_by:
        return None
    dates = np.full(len(table.frame), np.nan)
    for column in table.schema.dated_by:
        dates = np.where(np.isnan(dates), table.frame[column + LAST].to_numpy(), dates)
    return dates


def names_of(tables: Tables, languages: Collection[str]) -> Mapping[str, Name]:
    """Return the names of a workspace by id."""
    frame = tables[NAMES].frame
    columns = {name: frame[name].tolist() for name in frame}
    blank = [""] * len(frame)
    found = {}
    for index, name in enumerate(columns["id"]):
        full = {language: columns[language][index] for language in languages}
        short = {language: columns.get(f"{language}_short", blank)[index] for language in languages}
        found[name] = Name(name, columns["kind"][index], full, {key: text for key, text in short.items() if text})
    return found
