"""Read data/anomalies.yml, the series to check and the outliers accepted, and report those that are not accepted."""

from collections.abc import Mapping, Sequence

from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_number, as_text, as_texts
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.anomalies import Acceptance, Anomaly, AnomalyRule, AnomalyRules, Earlier, anomalies, write_value
from jianbao.data.records import key_of
from jianbao.data.schemas import NUMERIC, Column, Schema
from jianbao.data.tables import Table

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


def unexplained(watches: AnomalyRules, tables: Mapping[str, Table]) -> tuple[Anomaly, ...]:
    """Return the outliers that have not been accepted."""
    accepted = {_identity(each.table, each.column, each.key, each.value, each.kind) for each in watches.accepted}
    return tuple(found for found in anomalies(watches, tables) if _identity_of(found) not in accepted)


def unused_acceptances(watches: AnomalyRules, tables: Mapping[str, Table]) -> Problems:
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
        for each in watches.accepted
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
    A leap to or from a row that is named already is not reported again. Each lower value is still accepted by itself.
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
    """Return the place of the value that an outlier is measured from, its own if there is none."""
    place = anomaly.place
    return Place(place.file, anomaly.earlier.row, place.column) if anomaly.earlier else place


def _problem(place: Place, key: Mapping[str, str], what: Translatable, hint: Translatable) -> Problem:
    return Problem(place, tr("'{text}': {what}", text=", ".join(key.values()), what=what), hint)


def _what_and_hint(anomaly: Anomaly) -> tuple[Translatable, Translatable]:
    """Return what is odd about an outlier, and what to do about it."""
    earlier = anomaly.earlier
    if anomaly.kind != "fall" or not earlier:
        return anomaly.what, _ACCEPT
    if earlier.fits > 0:
        return tr("{fall}: this row is more likely wrong", fall=anomaly.what), _EITHER
    if earlier.fits < 0:
        return tr("{fall}: row {row} is more likely wrong", fall=anomaly.what, row=earlier.row), _EITHER
    return tr("{fall}: one of the two rows is wrong", fall=anomaly.what), _EITHER


def _too_high(earlier: Earlier, lower: Sequence[Anomaly]) -> Problem:
    """Return the problem of a value that several later ones fall from."""
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
