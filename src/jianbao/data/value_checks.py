"""Check for impossible values that a column's type allows: amounts below zero, unknown units, future dates."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, corrected_typo, did_you_mean_or
from jianbao.core.messages import tr
from jianbao.data.column_checks import typed_cell
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import period
from jianbao.data.measures.declarations import Measure
from jianbao.data.measures.registry import Measures
from jianbao.data.provenance import SOURCES
from jianbao.data.schemas import NUMERIC, Schema
from jianbao.data.tables import Table, Tables

VALUE, UNIT = "value", "unit"  # the columns of a long table, in which each row has its own unit


@dataclass(frozen=True)
class KnownUnits:
    """The units of a workspace's vocabulary; amounts of `counts` are at least 0, of `ranks` at least 1."""

    declared: Collection[str]
    counts: Collection[str]
    ranks: Collection[str]

    def least(self, unit: str) -> float | None:
        """Return the least possible amount of a unit; None if unbounded."""
        return 0.0 if unit in self.counts else 1.0 if unit in self.ranks else None


@dataclass(frozen=True)
class ValueLimits:
    """The limits of cells: the known units, and the day of the newest edition, after which no edition uses a row."""

    units: KnownUnits
    newest: date


@dataclass(frozen=True)
class _Rows:
    """Rows of a table with their numbers: numbers are floats (blank: NaN), everything else is text."""

    file: str
    numbers: Sequence[int]
    columns: Mapping[str, Sequence[str | float]]

    def cells(self, column: str) -> Iterator[tuple[Place, str | float]]:
        """Yield each cell of a column that is filled, with its place."""
        for number, cell in zip(self.numbers, self.columns.get(column, ()), strict=False):
            if cell != "" and not (isinstance(cell, float) and isnan(cell)):
                yield Place(self.file, number, column), cell


def check_values(tables: Tables, measures: Measures, limits: ValueLimits) -> Problems:
    """Return a problem for each impossible cell, table by table, row by row.

    An amount has the unit of its row, or else of the measure that reads its column.
    """
    return [
        problem
        for table in tables.values()
        for problem in _faults(_rows_of(table), table.schema, _units_of_columns(table, measures), limits)
    ]


def check_delivered_values(sheet: Sheet, schema: Schema, limits: ValueLimits) -> Problems:
    """Return a problem for each impossible cell of a sheet, whose cells have passed the checks of their types."""
    cells = {name: [row[place] for row in sheet.rows] for place, name in enumerate(sheet.head)}
    columns = {name: typed_cell(schema.columns[name], column) for name, column in cells.items()}
    return _faults(_Rows(sheet.file, sheet.numbers, columns), schema, {}, limits)


def undeclared_units(measures: Measures, units: KnownUnits) -> Problems:
    """Return a problem for each measure whose unit is not in the vocabulary."""
    return [_undeclared(each.place, each.unit, units) for each in measures.values() if not _declared(each, units)]


def _declared(measure: Measure, units: KnownUnits) -> bool:
    return not measure.unit or measure.unit in units.declared


def _rows_of(table: Table) -> _Rows:
    frame = table.frame
    return _Rows(table.file, frame.index.tolist(), {name: frame[name].tolist() for name in table.schema.columns})


def _units_of_columns(table: Table, measures: Measures) -> dict[str, str]:
    """Return the unit in which measures read each column; none for a long table, whose rows have their own."""
    own = (each for each in measures.values() if each.table == table.name and each.unit and each.take != VALUE)
    numeric = {column.name for column in table.schema.columns.values() if column.type in NUMERIC}
    return {each.take: each.unit for each in own if each.take in numeric}


def _faults(rows: _Rows, schema: Schema, counted: Mapping[str, str], limits: ValueLimits) -> Problems:
    found = [*_later_dates(rows, schema, limits.newest)]
    for column, unit in counted.items():
        found += _too_little(rows, column, [unit] * len(rows.numbers), limits.units)
    if UNIT in schema.columns and VALUE in schema.columns and schema.columns[VALUE].type in NUMERIC:
        found += [
            _undeclared(place, str(unit), limits.units)
            for place, unit in rows.cells(UNIT)
            if unit not in limits.units.declared
        ]
        found += _too_little(rows, VALUE, list(map(str, rows.columns[UNIT])), limits.units)
    return sorted(found, key=lambda problem: problem.where.line)


def _undeclared(place: Place, unit: str, units: KnownUnits) -> Problem:
    meant = corrected_typo(unit, sorted(units.declared))
    example = f"{unit}: {{zh: {{measure: 个, other: 集装箱}}, en: {{one: container, other: containers}}}}"
    hint = tr(
        "name it under `units:` in templates/wording/vocabulary.yml, a new file if need be: {example}", example=example
    )
    return Problem(place, tr("'{unit_id}' is not a unit of the vocabulary", unit_id=unit), did_you_mean_or(meant, hint))


def _too_little(rows: _Rows, column: str, written: Iterable[str], units: KnownUnits) -> Iterator[Problem]:
    """Yield a problem for each amount below the least of its unit."""
    unit_of = dict(zip(rows.numbers, written, strict=True))
    for place, amount in rows.cells(column):
        unit = unit_of[place.line]
        least = units.least(unit)
        if least is not None and float(amount) < least:
            fields = {"value": f"{float(amount):.15g}", "least": f"{least:g}", "unit": unit}
            what = tr("'{value}' is below {least}, the least that '{unit}' can be", **fields)
            yield Problem(place, what, tr("correct the sign or the figure"))


def _later_dates(rows: _Rows, schema: Schema, newest: date) -> Iterator[Problem]:
    """Yield a problem for each date that begins after the day of the newest edition, so that no edition uses it.

    Allowed are the dates since which a row is known, optional dates, and all dates of a row that states since when it
    is known, because an event can be announced before its day. A table whose rows no date makes known may hold any. A
    source may be published later than what it reports, and so later than any edition, but not after it was read.
    """
    if schema.name == SOURCES:
        yield from _published_later(rows)
        return
    if schema.known_by and not schema.dated_by:
        return
    announced = {place.line for place, _ in rows.cells(schema.known_column)}
    for column in schema.columns.values():
        if column.type != "date" or column.future_blank or column.name in schema.known_by:
            continue
        for place, text in rows.cells(column.name):
            found = period(str(text))
            if found and found.first > newest and place.line not in announced:
                what = tr("'{value}' is after {newest}, the day of the newest edition", value=text, newest=newest)
                hint = tr("correct the date; or declare the edition that knows it: jianbao edition new")
                yield Problem(place, what, hint)


def _published_later(rows: _Rows) -> Iterator[Problem]:
    """Yield a problem for each source that was read before it was published."""
    read = {place.line: text for place, text in rows.cells("accessed")}
    for place, text in rows.cells("published"):
        found, seen = period(str(text)), period(str(read.get(place.line, "")))
        if found and seen and found.first > seen.last:
            what = tr("'{value}' is after {day}, the day on which the source was read", value=text, day=seen.last)
            yield Problem(place, what, tr("correct one of the two dates"))
