"""Read data/anomalies.yml: which values form a series, and which outliers are accepted."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_number, as_text, as_texts
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr
from jianbao.data.schemas import NUMERIC, Column, Schema

KINDS: Mapping[str, str] = {
    "slip": tr("a hundred times the others or more, as by a slip of thousands, ten thousands or millions"),
    "unit": tr("another unit than the others"),
    "share": tr("a share below nothing or above the whole"),
    "fall": tr("less than before, in a series that only grows"),
    "leap": tr("a change far from the changes before and after"),
}


@dataclass(frozen=True, kw_only=True)
class AnomalyRule:
    """Which values of a table form series: one for each combination of the columns `by`, ordered by the dates in `at`.

    `unit` and `comparator` are columns beside the value, or "". `cumulative` has by column the series that only grow,
    `shares` the units that are parts of a whole.
    """

    table: str
    value: str
    at: str
    by: tuple[str, ...] = ()
    unit: str = ""
    comparator: str = ""
    cumulative: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shares: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """An outlier that is correct, and why."""

    table: str
    column: str
    key: Mapping[str, str]
    value: float
    kind: str
    because: str
    place: Place


@dataclass(frozen=True)
class AnomalyRules:
    """The series to be checked, and the accepted outliers."""

    watched: tuple[AnomalyRule, ...] = ()
    accepted: tuple[Acceptance, ...] = ()


NO_ANOMALY_RULES = AnomalyRules()


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
