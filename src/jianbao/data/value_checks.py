"""Find impossible values that a column's type allows, and outliers that data/anomalies.yml does not accept."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import isnan

from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_number, as_text, as_texts
from jianbao.core.errors import Place, Problem, corrected_typo, did_you_mean_or
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.anomalies import Acceptance, Anomaly, AnomalyRule, AnomalyRules, Earlier, anomalies, write_value
from jianbao.data.column_checks import typed_cell
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import period
from jianbao.data.measures.declarations import Measure
from jianbao.data.measures.registry import Measures
from jianbao.data.provenance import SOURCES
from jianbao.data.records import key_of
from jianbao.data.schemas import NUMERIC, Column, Schema
from jianbao.data.tables import Table, Tables

KINDS: Mapping[str, str] = {
    "slip": tr("a hundred times the others or more, as by a slip of thousands, ten thousands or millions"),
    "unit": tr("another unit than the others"),
    "share": tr("a share below nothing or above the whole"),
    "fall": tr("less than before, in a series that only grows"),
    "leap": tr("a change far from the changes before and after"),
}
_ACCEPT = tr("correct the row, or accept it with a reason in data/anomalies.yml")
_EITHER = tr("correct the row that is wrong, or accept this one with a reason in data/anomalies.yml")
_HIGHER = tr("correct this row; if it is right, correct or accept each lower one, with a reason in data/anomalies.yml")
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
        """Yield each filled cell of a column, with its place."""
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

    Allowed are dates since which a row is known, optional dates, all dates of a row that states since when it is known,
    and those of a table whose rows are not known by a date. A source may be published later, but not after it was read.
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
                usual = {"year": found.last.year, "day": f"{found.last.year}-12-31"}
                hint = tr("correct the date; or declare its edition: jianbao edition new {year} --as-of {day}", **usual)
                yield Problem(place, what, hint)


def _published_later(rows: _Rows) -> Iterator[Problem]:
    """Yield a problem for each source that was read before it was published."""
    read = {place.line: text for place, text in rows.cells("accessed")}
    for place, text in rows.cells("published"):
        found, seen = period(str(text)), period(str(read.get(place.line, "")))
        if found and seen and found.first > seen.last:
            what = tr("'{value}' is after {day}, the day on which the source was read", value=text, day=seen.last)
            yield Problem(place, what, tr("correct one of the two dates"))


def parse_anomaly_rules(node: Node, schemas: Mapping[str, Schema], problems: Problems) -> AnomalyRules:
    """Read data/anomalies.yml: the series to be checked, and the accepted outliers, each with a reason."""
    parts = as_mapping(node, problems, ("watch",), ("accepted",))
    watched = as_list(parts["watch"], problems) if "watch" in parts else ()
    accepted = parts.get("accepted", Node("", node.place))
    return AnomalyRules(
        tuple(watch for item in watched if (watch := _watch(item, schemas, problems))),
        tuple(entry for item in accepted if (entry := _acceptance(item, schemas, problems))),
    )


def _schema(fields: Mapping[str, Node], schemas: Mapping[str, Schema], problems: Problems) -> Schema | None:
    name = as_choice(fields["table"], schemas, problems, tr("a table")) if "table" in fields else ""
    return schemas.get(name)


def _watch(node: Node, schemas: Mapping[str, Schema], problems: Problems) -> AnomalyRule | None:
    optional = ("by", "unit", "comparator", "cumulative", "shares")
    fields = as_mapping(node, problems, ("table", "value", "at"), optional)
    schema = _schema(fields, schemas, problems)
    if schema is None or not {"value", "at"} <= fields.keys():
        return None
    one = {
        key: as_choice(fields[key], schema.columns, problems, tr("a column of {schema}", schema=schema.name))
        for key in ("value", "at", "unit", "comparator")
        if key in fields
    }
    by = tuple(
        as_choice(item, schema.columns, problems, tr("a column of {schema}", schema=schema.name))
        for item in (as_list(fields["by"], problems) if "by" in fields else ())
    )
    for key, kinds in (("value", NUMERIC), ("at", ("date",))):
        column = schema.columns.get(one[key], Column(name=""))
        if one[key] and column.type not in kinds:
            problems.append(
                Problem(
                    fields[key].place,
                    tr(
                        "'{column}' holds no {types}",
                        column=column.name,
                        types=tr("dates") if kinds[0] == "date" else tr("numbers"),
                    ),
                )
            )
    growing = as_mapping(fields["cumulative"], problems, (), by) if "cumulative" in fields else {}
    return AnomalyRule(
        table=schema.name,
        value=one["value"],
        at=one["at"],
        by=by,
        unit=one.get("unit", ""),
        comparator=one.get("comparator", ""),
        cumulative={key: as_texts(items, problems) for key, items in growing.items()},
        shares=as_texts(fields.get("shares"), problems),
    )


def _acceptance(node: Node, schemas: Mapping[str, Schema], problems: Problems) -> Acceptance | None:
    fields = as_mapping(node, problems, ("table", "column", "key", "value", "kind", "because"))
    schema = _schema(fields, schemas, problems)
    if schema is None or len(fields) < 6:
        return None
    key = as_mapping(fields["key"], problems, (), schema.key)
    return Acceptance(
        table=schema.name,
        column=as_choice(fields["column"], schema.columns, problems, tr("a column of {schema}", schema=schema.name)),
        key={column: as_text(value, problems) for column, value in key.items()},
        value=as_number(fields["value"], problems),
        kind=as_choice(fields["kind"], KINDS, problems, tr("a kind of anomaly")),
        because=as_text(fields["because"], problems),
        place=node.place,
    )


def unexplained(rules: AnomalyRules, tables: Mapping[str, Table]) -> tuple[Anomaly, ...]:
    """Return the outliers that have not been accepted."""
    accepted = {_identity(each.table, each.column, each.key, each.value, each.kind) for each in rules.accepted}
    return tuple(found for found in anomalies(rules, tables) if _identity_of(found) not in accepted)


def unused_acceptances(rules: AnomalyRules, tables: Mapping[str, Table]) -> Problems:
    """Return a problem for each acceptance of a value that no longer exists."""
    return [
        Problem(
            each.place,
            tr(
                "no row '{key}' of {table} has {value} in {column}",
                key=tr_list(each.key.values()),
                table=each.table,
                value=key_of(each.value),
                column=each.column,
            ),
            tr("delete the entry, or accept the new value if it is unusual too"),
        )
        for each in rules.accepted
        if not _still_exists(each, tables[each.table])
    ]


def _still_exists(accepted: Acceptance, table: Table) -> bool:
    columns = [[key_of(cell) for cell in table.frame[name]] for name in (*accepted.key, accepted.column)]
    return (*accepted.key.values(), key_of(accepted.value)) in set(zip(*columns, strict=True))


def _identity_of(anomaly: Anomaly) -> tuple[object, ...]:
    return _identity(anomaly.table, anomaly.place.column, anomaly.key, anomaly.value, anomaly.kind)


def _identity(table: str, column: str, key: Mapping[str, str], value: float, kind: str) -> tuple[object, ...]:
    return table, column, tuple(sorted(item for item in key.items() if item[1])), value, kind


def anomaly_problems(found: Sequence[Anomaly]) -> Problems:
    """Return a problem for each cause of outliers.

    In a series that only grows, one value that is too high makes all later ones fall: it is reported once, in its row.
    A leap to or from a reported row is not reported again. Each lower value must still be accepted separately.
    """
    falls = [each for each in found if each.kind == "fall"]
    below: dict[Place, list[Anomaly]] = {}
    for each in falls:
        if each.earlier and each.earlier.fits < 0:
            below.setdefault(_place_before(each), []).append(each)
    too_high = {place: lower for place, lower in below.items() if len(lower) > 1}
    named = {each.place for each in falls} | {_place_before(each) for each in falls}
    problems: Problems = []
    for each in found:
        lower = too_high.get(_place_before(each), []) if each.kind == "fall" else []
        if lower and each.earlier:
            problems += [_too_high(each.earlier, lower)] if each is lower[0] else []
        elif each.kind != "leap" or named.isdisjoint((each.place, _place_before(each))):
            problems.append(_problem(each.place, each.key, *_what_and_hint(each)))
    return problems


def _place_before(anomaly: Anomaly) -> Place:
    """Return the place of the value from which an outlier is measured, or its own place if there is none."""
    place = anomaly.place
    return Place(place.file, anomaly.earlier.row, place.column) if anomaly.earlier else place


def _problem(place: Place, key: Mapping[str, str], what: Translatable, hint: Translatable) -> Problem:
    return Problem(place, tr("'{text}': {what}", text=", ".join(key.values()), what=what), hint)


def _what_and_hint(anomaly: Anomaly) -> tuple[Translatable, Translatable]:
    """Return the description of an outlier, and a hint."""
    earlier = anomaly.earlier
    if anomaly.kind != "fall" or not earlier:
        return anomaly.what, _ACCEPT
    if earlier.fits > 0:
        return tr("{fall}: this row is more likely wrong", fall=anomaly.what), _EITHER
    if earlier.fits < 0:
        return tr("{fall}: row {row} is more likely wrong", fall=anomaly.what, row=earlier.row), _EITHER
    return tr("{fall}: one of the two rows is wrong", fall=anomaly.what), _EITHER


def _too_high(earlier: Earlier, lower: Sequence[Anomaly]) -> Problem:
    """Return the problem of a value that is higher than several later ones."""
    first = lower[0]
    what = tr(
        "{value} is more than {count} later values, first the {less} of {written}, row {row}, though the series only"
        " grows: this row is more likely wrong than they",
        value=write_value(earlier.value),
        count=len(lower),
        less=write_value(first.value),
        written=first.written,
        row=first.place.line,
    )
    return _problem(_place_before(first), earlier.key, what, _HIGHER)
