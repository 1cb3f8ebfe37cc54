"""Check tables against their schemas, and give their rows as known on a day."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, corrected_typo, nearest
from jianbao.core.messages import Translatable, quoted, tr, trn, verbatim
from jianbao.data.claim_limits import GRADES, NO_SERIES_LIMITS, months_after
from jianbao.data.column_checks import Allowed, check_column, report_repeats, split_cell, split_comparator, typed_cell
from jianbao.data.csv_files import Sheet, no_row
from jianbao.data.dates import period
from jianbao.data.facts import Source
from jianbao.data.name_faults import with_corrected_names
from jianbao.data.name_matching import name_table
from jianbao.data.schemas import NAMES, NUMERIC, Column, Schema, kinds_of_names

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
SOURCE_LIST = "sources.yml"  # the sources that cells refer to are in this file, not in a table
UNVERIFIED = "unverified"
CACHE_SIZE = 64  # tables; a change usually affects one
NO_FORMS = ("id", "kind", "note", "known_from")  # columns of the name table; all others are forms of names
NOWHERE_ELSE: Mapping[str, Translatable] = {}
LAST = ".last"  # "signed_on.last" holds the last day of each date in "signed_on" as an ordinal, NaN where blank
KNOWN_DAY = ".known" + LAST  # the day from which each row is known as an ordinal, NaN where that is its own date
# Limits of a row, if any source or series declares some: the index in GRADES of its best source (-1 if undeclared),
# its counting rule, and the last day on which its value may be stated without its date.
GRADE, BASIS, FRESH = ".grade", ".basis", ".fresh"
SIGN = ".sign"  # of the comparators before the numbers of a column, if there are any


@dataclass(frozen=True, kw_only=True)
class Table:
    """A checked table: `frame` is indexed by row number; numbers are floats, all else text ("" where blank)."""

    name: str
    file: str
    schema: Schema
    frame: pd.DataFrame
    unverified: int = 0  # the number of rows marked so, which `frame` does not have

    @cached_property
    def repeats(self) -> bool:
        """Return whether some key has several rows, one of which is known on each day."""
        return bool(self.schema.key) and bool(self.frame.duplicated(list(self.schema.key)).any())

    def same(self, other: "Table") -> bool:
        """Return whether another table has the same columns and rows, with the same row numbers."""
        own = self.schema, self.unverified
        return self is other or (own == (other.schema, other.unverified) and self.frame.equals(other.frame))


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
    """The names of a place, body or event by language, full and short."""

    id: str
    kind: str
    full: Mapping[str, str]
    short: Mapping[str, str]


def check_tables(
    sheets: Mapping[str, Sheet], schemas: Mapping[str, Schema], sources: Mapping[str, Source] | None, problems: Problems
) -> Tables:
    """Check every sheet against its schema and type it; all errors are added to `problems`.

    A table whose sheet is missing or lacks columns is left out, and references to it are not checked; likewise with
    `sources`, None if they could not be read. Rows marked unverified are checked, then left out. In tables known by
    their sources, rows are known from the day on which a source was published.
    """
    rows = {name: without_notes(sheet, schemas[name], problems) for name, sheet in sheets.items()}
    whole = {name: sheet for name, sheet in rows.items() if _check_head(sheet, schemas[name], problems)}
    mistaken: Problems = []
    known = known_in(with_corrected_names(whole, schemas, mistaken), schemas, sources or ())
    unread = {*schemas, SOURCE_LIST} - {*whole, *([SOURCE_LIST] if sources is not None else [])}
    for name, sheet in whole.items():
        schema = schemas[name]
        before = len(problems)
        for column in schema.columns.values():
            if column.name in sheet.head and not _needs(column) & unread:
                check_column(sheet, schema, column, known, problems)
        # A key of one unique column is checked already, and a blank required key is one problem, not two.
        vintage = (schema.known_column,) if schema.known_column in sheet.head else ()
        if schema.key and (vintage or not (len(schema.key) == 1 and schema.columns[schema.key[0]].unique)):
            report_repeats(sheet, (*(name for name in schema.key if name in sheet.head), *vintage), problems)
        reported = [each for each in mistaken if each.where.file == sheet.file]
        rest = [each for each in problems[before:] if each.where not in {problem.where for problem in reported}]
        problems[before:] = sorted([*rest, *reported], key=lambda problem: problem.where.line)
    if problems:
        return Tables({})
    published = {name: found.last for name, each in (sources or {}).items() if (found := period(each.published))}
    grades = {name: GRADES.index(each.grade) for name, each in (sources or {}).items() if each.grade}
    declared = tuple(published.items()), tuple(grades.items())
    return Tables({name: _table(sheet, schemas[name], *declared) for name, sheet in whole.items()})


def without_notes(sheet: Sheet, schema: Schema, problems: Problems) -> Sheet:
    """Return a sheet without lines that are not rows, a repeated heading or a note, with a problem for each."""
    needed = [at for at, name in enumerate(sheet.head) if name in schema.columns and schema.columns[name].required]
    notes = {}
    for number, cells in zip(sheet.numbers, sheet.rows, strict=True):
        filled = [cell for cell in cells if cell]
        if (cells == sheet.head and filled) or (len(filled) == 1 and sum(not cells[place] for place in needed) > 1):
            notes[number] = " ".join(filled)
    problems.extend(no_row(text, Place(sheet.file, number)) for number, text in notes.items())
    rows = [pair for pair in zip(sheet.numbers, sheet.rows, strict=True) if pair[0] not in notes]
    return replace(sheet, numbers=tuple(number for number, _ in rows), rows=tuple(cells for _, cells in rows))


def _needs(column: Column) -> set[str]:
    """Return the tables that are needed to check the cells of a column."""
    if column.type == "reference":
        return {column.to[0]}
    return {{"name": NAMES, "names": NAMES, "sources": SOURCE_LIST}.get(column.type, "")}


def _check_head(sheet: Sheet, schema: Schema, problems: Problems) -> bool:
    """Return whether all required columns are present; optional ones may be left out."""
    place = Place(sheet.file, sheet.heading)
    further = (name for name in schema.key[1:] if schema.columns[name].type == "choice")  # blank in every row
    needed = {*schema.key, *schema.dated_by} - {*further}
    needed |= {column.name for column in schema.columns.values() if column.required}
    missing = [name for name in schema.columns if name in needed and name not in sheet.head] if sheet.head else []
    unknown = [name for name in sheet.head if name not in schema.columns]
    meant = {name: corrected_typo(name, missing) for name in unknown}
    if lost := [name for name in missing if name not in meant.values()]:
        what = trn("the column {names} is missing", "the columns {names} are missing", len(lost), names=quoted(lost))
        problems.append(Problem(place, what))
    for name in unknown:
        hint = nearest(name, [meant[name]] if meant[name] else schema.columns)
        problems.append(Problem(place, tr("'{name}' is not a column of this table", name=name), hint))
    return bool(sheet.head) and not missing


def known_in(
    sheets: Mapping[str, Sheet],
    schemas: Mapping[str, Schema],
    sources: Collection[str],
    added_to: Mapping[str, Translatable] = NOWHERE_ELSE,
) -> Allowed:
    """Return the values to which cells may refer: names, sources, and the values of referenced columns.

    `added_to` says for tables where to add a missing row, if not in the table's own file.
    """
    names = sheets.get(NAMES)
    rows = [dict(zip(names.head, row, strict=True)) for row in names.rows] if names else []
    forms = [name for name in names.head if name not in NO_FORMS] if names else []
    columns = (column for schema in schemas.values() for column in schema.columns.values())
    wanted = {column.to for column in columns if column.type == "reference"}
    targets = {
        (table, column): frozenset(row[sheets[table].head.index(column)] for row in sheets[table].rows) - {""}
        for table, column in wanted
        if table in sheets and column in sheets[table].head
    }
    kinds = {to: kinds_of_names(schemas[to[0]].columns[to[1]], schemas) for to in targets}
    places = {name: verbatim(sheet.file) for name, sheet in sheets.items() if sheet.file.endswith(".csv")}
    return Allowed(
        names=name_table(rows, forms),
        sources=frozenset(sources),
        targets=targets,
        kinds=kinds,
        added_to={**places, **added_to},
    )


@lru_cache(maxsize=CACHE_SIZE)
def _table(
    sheet: Sheet, schema: Schema, days: tuple[tuple[str, date], ...], ranks: tuple[tuple[str, int], ...]
) -> Table:
    """Return a checked sheet as a table; `days` and `ranks` give each source's day of publication and grade."""
    published, grades = dict(days), dict(ranks)
    columns: dict[str, pd.Series] = {}
    for column in schema.columns.values():
        cells = _cells(sheet, column)
        dtype = np.float64 if column.type in NUMERIC else object
        columns[column.name] = pd.Series(typed_cell(column, cells), dtype=dtype)
        if column.type in NUMERIC and any(signs := [split_comparator(cell)[0] for cell in cells]):
            columns[column.name + SIGN] = pd.Series(signs, dtype=object)
        if column.type == "date":
            columns[column.name + LAST] = pd.Series([_ordinal(cell) for cell in cells], dtype=np.float64)
    frame = pd.DataFrame(columns)
    frame[KNOWN_DAY] = known_days(schema, columns, published)
    frame = frame.assign(**dict(_row_limits(schema, columns, grades)))
    frame.index = pd.Index(sheet.numbers, dtype=np.int64)
    used = frame[frame["confidence"].ne(UNVERIFIED)] if "confidence" in frame else frame
    dated, left = replace(schema, complete=schema.complete.dated(published)), len(frame) - len(used)
    return Table(name=schema.name, file=sheet.file, schema=dated, frame=used, unverified=left)


def _row_limits(
    schema: Schema, columns: Mapping[str, pd.Series], grades: Mapping[str, int]
) -> Iterator[tuple[str, list[int] | list[str]]]:
    """Yield the columns of limits for which anything is declared."""
    if grades and schema.source_column:
        cells = columns[schema.source_column]
        yield GRADE, [min((grades[each] for each in split_cell(cell) if each in grades), default=-1) for cell in cells]
    series = [schema.series.get(name, NO_SERIES_LIMITS) for name in columns.get(schema.series_by, ())]
    if schema.basis or any(each.basis for each in series):
        own = columns[schema.basis] if schema.basis else [""] * len(series)
        ruled = series or [NO_SERIES_LIMITS] * len(own)
        yield BASIS, [rule or each.basis for rule, each in zip(own, ruled, strict=True)]
    months = [each.months_fresh or schema.fresh_for for each in series]
    if schema.fresh_for and not series:
        months = [schema.fresh_for] * len(next(iter(columns.values())))
    if any(months):
        days = _dates(schema, columns, len(months))
        yield FRESH, [_fresh_until(day, fresh) for day, fresh in zip(days, months, strict=True)]


def _fresh_until(day: float, months: int | None) -> str:
    return months_after(date.fromordinal(int(day)), months).isoformat() if months and day == day else ""


def _cells(sheet: Sheet, column: Column) -> list[str]:
    if column.name not in sheet.head:
        return [""] * len(sheet.rows)
    index = sheet.head.index(column.name)
    return [row[index] for row in sheet.rows]


def _ordinal(cell: str) -> float:
    found = period(cell) if cell else None
    return float(found.last.toordinal()) if found else float("nan")


def known_days(schema: Schema, columns: Mapping[str, pd.Series], published: Mapping[str, date]) -> Floats:
    """Return the day since which each row is known as an ordinal, NaN where that is its own date.

    The first column of `known_by` that is filled decides: a date, or the sources, of which the one published first
    counts. Sources without a day of publication count as published on the day after the row's own, when its year or
    session is over.
    """
    count = len(next(iter(columns.values())))
    found = np.full(count, np.nan)
    for name in schema.known_by:
        if schema.columns[name].type == "date":
            own = columns[name + LAST].to_numpy()
        else:
            own = np.array([_first_published(cell, published) for cell in columns[name]])
        found = np.where(np.isnan(found), own, found)
    if schema.known_by_sources:
        found = np.where(np.isnan(found), _dates(schema, columns, count) + 1, found)
    return found


def _first_published(cell: object, published: Mapping[str, date]) -> float:
    days = [published[each].toordinal() for each in split_cell(str(cell)) if each in published]
    return float(min(days)) if days else float("nan")


def _dates(schema: Schema, columns: Mapping[str, pd.Series], count: int) -> Floats:
    dates = np.full(count, np.nan)
    for column in schema.dated_by:
        dates = np.where(np.isnan(dates), columns[column + LAST].to_numpy(), dates)
    return dates


def known_on(tables: Tables, day: date) -> Tables:
    """Return the tables as known on a day: of rows with the same key the last one that was known by then."""
    return Tables({name: _table_known_on(table, day.toordinal()) for name, table in tables.items()})


def last_known(table: Table) -> Table:
    """Return a table with, of rows with the same key, the one that became known last."""
    return _table_known_on(table, date.max.toordinal())


def _table_known_on(table: Table, day: int) -> Table:
    schema, frame = table.schema, table.frame
    if not schema.known_by:
        return table
    frame = _rows(frame, ~(frame[KNOWN_DAY].to_numpy() > day))
    if table.repeats:
        ordered = frame.sort_values(KNOWN_DAY, na_position="first", kind="stable")
        frame = frame.loc[ordered.drop_duplicates(list(schema.key), keep="last").index.sort_values()]
    return replace(table, schema=replace(schema, known_by=()), frame=frame)


def tables_on(tables: Tables, day: date) -> Tables:
    """Return the tables on a day: rows dated or known later are left out, later dates in optional columns blanked.

    For an earlier day with today's knowledge, call it with `known_on(tables, now)`.
    """
    return Tables({name: _table_as_of(table, day.toordinal()) for name, table in known_on(tables, day).items()})


def _table_as_of(table: Table, day: int) -> Table:
    frame = table.frame
    dates = row_dates(table)
    if dates is not None:
        frame = _rows(frame, ~(dates > day))  # rows without a date are kept
    for column in (each for each in table.schema.columns.values() if each.future_blank):
        later = frame[column.name + LAST] > day
        if later.any():
            cells = (frame[name] for name in (column.name, *column.blanks, column.name + LAST))
            frame = frame.assign(**{str(each.name): each.mask(later, _blank(each)) for each in cells})
    return replace(table, frame=frame)


def _blank(cells: pd.Series) -> str | float:
    return "" if cells.dtype == object else np.nan


def _rows(frame: pd.DataFrame, kept: Flags) -> pd.DataFrame:
    """Return the kept rows; the same frame if all are kept."""
    return frame if kept.all() else frame[kept]


def row_dates(table: Table) -> Floats | None:
    """Return the last day of each row's date as an ordinal, NaN where a row has none; None if the table is undated."""
    columns = {name: table.frame[name] for name in (each + LAST for each in table.schema.dated_by)}
    return _dates(table.schema, columns, len(table.frame)) if columns else None


def names_of(tables: Tables, languages: Collection[str], day: date) -> Mapping[str, Name]:
    """Return the names of a workspace by id, as they were known on a day."""
    frame = _table_known_on(tables[NAMES], day.toordinal()).frame
    columns = {name: frame[name].tolist() for name in frame}
    blank = [""] * len(frame)
    found = {}
    for index, name in enumerate(columns["id"]):
        full = {language: columns[language][index] for language in languages}
        short = {language: columns.get(f"{language}_short", blank)[index] for language in languages}
        found[name] = Name(name, columns["kind"][index], full, {key: text for key, text in short.items() if text})
    return found
