"""Read the schemas of the tables, as data/tables.yml declares them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_entries,
    as_list,
    as_mapping,
    as_number,
    as_text,
    as_texts,
    as_yes_no,
)
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import tr, tr_error, tr_list
from jianbao.data.claim_limits import (
    NOT_DECLARED,
    Completeness,
    SeriesFile,
    SeriesLimits,
    parse_completeness,
    parse_months,
)

# What a cell of each type contains.
TYPES: Mapping[str, str] = {
    "text": tr("any text on one line"),
    "number": tr("digits, with a point for decimals"),
    "integer": tr("a whole number"),
    "date": tr("2021, 2021-11, 2021-11-24, or an interval 2023-01/2023-09"),
    "choice": tr("one of the values listed under `of`"),
    "name": tr("an id of the name table whose kind is listed under `of`"),
    "names": tr("several of them, separated by ';'"),
    "reference": tr("a value of the column given under `to`"),
    "sources": tr("ids of sources, separated by ';'"),
    "yes_no": tr("yes or no"),
}
LISTS = ("names", "sources")
NUMERIC = ("number", "integer")
NAMES = "names"
NOWHERE = Place("")
_OPTIONS = (
    *("required", "unique", "of", "to", "min", "max", "part_of", "pattern", "future", "blanks", "classification"),
    "internal",
)
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its type is one of TYPES; `to` is a referenced table and column; `blanks` are blank if this one is.

    A number is no more than that in the column `part_of`, of which it is a part, such as exports of all trade.
    `classification` names the list that defines its values, with the year, such as "World Bank 2024". An `internal`
    column stays in the office: it is left out of the tables that are sent.
    """

    name: str
    type: str = "text"
    required: bool = False
    unique: bool = False
    of: tuple[str, ...] = ()
    to: tuple[str, str] = ("", "")
    low: float | None = None
    high: float | None = None
    part_of: str = ""
    pattern: str = ""
    future_blank: bool = False
    blanks: tuple[str, ...] = ()
    classification: str = ""
    internal: bool = False


@dataclass(frozen=True, kw_only=True)
class Schema:
    """A table's columns, the columns that are unique together, and those that date a row (first one written wins).

    `known_by` names the columns with the day since which a row is known; the first that is filled counts: a date, or
    sources, of which the one published first counts. Otherwise a row is known from its own date. Of rows with the same
    key the one that became known last counts, so a restated figure is a second row. `event` names the columns that
    rows about one event share, such as its place and day; without it each row is an event. Limits of its facts are
    whether the rows are complete, the column with the counting rule (`basis`), the unit of a row, and the limits of
    each series. `ask` is the body that can give further rows, an id of the name table.
    `fresh_for` is the number of months for which a value is stated without its date, None if undeclared.
    """

    name: str
    file: str
    columns: Mapping[str, Column]
    key: tuple[str, ...] = ()
    dated_by: tuple[str, ...] = ()
    place: Place = NOWHERE
    known_by: tuple[str, ...] = ()
    event: tuple[str, ...] = ()
    complete: Completeness = NOT_DECLARED
    basis: str = ""
    row: str = ""
    ask: str = ""
    fresh_for: int | None = None
    series_by: str = ""
    series: Mapping[str, SeriesLimits] = field(default_factory=dict)

    def __hash__(self) -> int:
        """Return a quick hash of only name and place; equality still compares everything declared."""
        return hash((self.name, self.place))

    @property
    def headings(self) -> frozenset[str]:
        """Return the names of the columns in lower case."""
        return frozenset(name.lower() for name in self.columns)

    @property
    def known_column(self) -> str:
        """Return the date column of `known_by`, "" if there is none."""
        return next((name for name in self.known_by if self.columns[name].type == "date"), "")

    @property
    def known_by_sources(self) -> tuple[str, ...]:
        """Return the source columns of `known_by`."""
        return tuple(name for name in self.known_by if self.columns[name].type == "sources")

    @property
    def source_column(self) -> str:
        """Return the column with the source of a row: `source`, or the first of that type, or ""."""
        found = [column.name for column in self.columns.values() if column.type == "sources"]
        return "source" if "source" in found else found[0] if found else ""


def parse_schemas(node: Node, languages: Iterable[str], problems: Problems) -> Mapping[str, Schema]:
    """Read the tables of a workspace; the name table, with one column for each language, is added unless declared."""
    schemas = {name: _schema(name, child, problems) for name, child in as_entries(node, problems, ("columns",)).items()}
    schemas.setdefault(NAMES, _names_schema(tuple(languages), node.place))
    files: dict[str, str] = {}
    for name, schema in schemas.items():
        if (other := files.setdefault(schema.file, name)) != name:
            what = tr("'{file}' is the file of '{other}' already", file=schema.file, other=other)
            problems.append(Problem(schema.place, what, tr("give each table its own")))
        _check_references(schema, schemas, node.get(name) or node, problems)
    return schemas


def _names_schema(languages: tuple[str, ...], place: Place) -> Schema:
    columns = [
        Column(name="id", required=True, unique=True),
        Column(name="kind", required=True, pattern=r"[a-z][a-z0-9_]*"),
        *(Column(name=language, required=True) for language in languages),
        *(Column(name=f"{language}_short") for language in languages),
        Column(name="note"),
        Column(name="known_from", type="date"),
    ]
    named = {column.name: column for column in columns}
    return Schema(
        name=NAMES, file="names.csv", columns=named, key=("id",), dated_by=(), place=place, known_by=("known_from",)
    )


def _schema(name: str, node: Node, problems: Problems) -> Schema:
    may = ("file", "key", "dated_by", "known_by", "event", "complete", "whole", "basis", "row", "ask", "fresh_for")
    fields = as_mapping(node, problems, required=("columns",), optional=may)
    if not _IDENTIFIER.fullmatch(name):
        problems.append(Problem(node.place, tr("'{name}' cannot name a table", name=name), tr("write a-z, 0-9 and _")))
    columns = as_mapping(fields["columns"], problems, optional=None) if "columns" in fields else {}
    file = as_text(fields["file"], problems) if "file" in fields else f"{name}.csv"
    return Schema(
        name=name,
        file=file,
        columns={column: _column(column, child, problems) for column, child in columns.items()},
        key=_listed(fields, "key", columns, problems),
        dated_by=_listed(fields, "dated_by", columns, problems),
        place=node.place,
        known_by=_listed(fields, "known_by", columns, problems),
        event=_listed(fields, "event", columns, problems),
        complete=parse_completeness(fields, problems),
        basis=next(iter(_listed(fields, "basis", columns, problems)), ""),
        row=as_text(fields["row"], problems) if "row" in fields else "",
        ask=as_text(fields["ask"], problems) if "ask" in fields else "",
        fresh_for=parse_months(fields["fresh_for"], problems) if "fresh_for" in fields else None,
    )


def with_series_limits(
    schemas: Mapping[str, Schema], declared: SeriesFile, place: Place, problems: Problems
) -> Mapping[str, Schema]:
    """Return the schemas with the limits of data/series.yml in their table, which must have the column."""
    schema = schemas.get(declared.table)
    if schema is None or declared.by not in schema.columns:
        what, known = (declared.by, schema.columns) if schema else (declared.table, schemas)
        message = (
            tr("'{value}' is not a column of {table}", value=what, table=declared.table)
            if schema
            else tr("'{value}' is not a table", value=what)
        )
        problems.append(Problem(place, message, nearest(what, known)))
        return schemas
    return {**schemas, schema.name: replace(schema, series_by=declared.by, series=declared.series)}


def _listed(fields: Mapping[str, Node], key: str, columns: Mapping[str, Node], problems: Problems) -> tuple[str, ...]:
    if key not in fields:
        return ()
    named = (
        as_choice(item, columns, problems, tr("a column of this table")) for item in as_list(fields[key], problems)
    )
    return tuple(filter(None, named))


def _column(name: str, node: Node, problems: Problems) -> Column:
    fields = as_mapping(node, problems, required=("type",), optional=_OPTIONS)
    if not _IDENTIFIER.fullmatch(name):
        problems.append(Problem(node.place, tr("'{name}' cannot name a column", name=name), tr("write a-z, 0-9 and _")))
    kind = as_choice(fields["type"], TYPES, problems, tr("a type of column")) if "type" in fields else "text"
    _check_options(kind, fields, node, problems)
    yes = {key: key in fields and as_yes_no(fields[key], problems) for key in ("required", "unique", "internal")}
    numbers = {key: as_number(fields[key], problems) if key in fields else None for key in ("min", "max")}
    if "future" in fields:
        as_choice(fields["future"], ("blank",), problems)
    table, _, column = (as_text(fields["to"], problems) if "to" in fields else "").partition(".")
    return Column(
        name=name,
        type=kind,
        required=yes["required"],
        unique=yes["unique"],
        internal=yes["internal"],
        of=as_texts(fields.get("of"), problems),
        to=(table, column),
        low=numbers["min"],
        high=numbers["max"],
        part_of=as_text(fields["part_of"], problems) if "part_of" in fields else "",
        pattern=_pattern(fields["pattern"], problems) if "pattern" in fields else "",
        future_blank="future" in fields,
        blanks=as_texts(fields.get("blanks"), problems),
        classification=as_text(fields["classification"], problems) if "classification" in fields else "",
    )


def _pattern(node: Node, problems: Problems) -> str:
    text = as_text(node, problems)
    try:
        re.compile(text)
    except re.error as error:
        problems.append(Problem(node.place, tr("'{text}' is not a pattern: {error}", text=text, error=tr_error(error))))
        return ""
    return text


def kinds_of_names(column: Column, schemas: Mapping[str, Schema]) -> tuple[str, ...]:
    """Return the kinds of names that a column may hold, itself or by reference."""
    if column.type == "reference":
        table, target = column.to
        return kinds_of_names(schemas[table].columns[target], schemas)
    return column.of if column.type in ("name", "names") else ()


def kinds_asked(schemas: Mapping[str, Schema]) -> tuple[str, ...]:
    """Return the kinds of names that the columns of all tables ask for."""
    columns = [column for schema in schemas.values() for column in schema.columns.values()]
    return tuple(dict.fromkeys(kind for column in columns if column.type in ("name", "names") for kind in column.of))


def _check_options(kind: str, fields: Mapping[str, Node], node: Node, problems: Problems) -> None:
    needed = {"choice": "of", "name": "of", "names": "of", "reference": "to"}.get(kind)
    if needed and needed not in fields:
        problems.append(Problem(node.place, tr("a column of type {kind} needs '{needed}'", kind=kind, needed=needed)))
    allowed = {
        "of": ("choice", "name", "names"),
        "to": ("reference",),
        "min": NUMERIC,
        "max": NUMERIC,
        "part_of": NUMERIC,
        "future": ("date",),
        "blanks": ("date",),
    }
    for option, kinds in allowed.items():
        if option in fields and kind and kind not in kinds:
            what = tr("'{option}' does not apply to a column of type {kind}", option=option, kind=kind)
            problems.append(Problem(fields[option].place, what, tr("it is for {types}", types=tr_list(kinds, " and "))))


def _check_references(schema: Schema, schemas: Mapping[str, Schema], node: Node, problems: Problems) -> None:
    columns = node.get("columns") or node
    for dated in schema.dated_by:
        if dated in schema.columns and schema.columns[dated].type not in ("", "date"):
            problems.append(
                Problem((node.get("dated_by") or node).place, tr("'{column}' does not hold dates", column=dated))
            )
    for known in schema.known_by:
        if known in schema.columns and schema.columns[known].type not in ("", "date", "sources"):
            what = tr("'{known}' holds neither dates nor sources", known=known)
            problems.append(Problem((node.get("known_by") or node).place, what))
    for column in schema.columns.values():
        place = (columns.get(column.name) or node).place
        for other in filter(None, (*column.blanks, column.part_of)):
            if other not in schema.columns:
                what = tr("'{value}' is not a column of {table}", value=other, table=schema.name)
                problems.append(Problem(place, what, nearest(other, schema.columns)))
        if column.type == "reference":
            _check_target(column, schemas, place, problems)


def _check_target(column: Column, schemas: Mapping[str, Schema], place: Place, problems: Problems) -> None:
    table, target = column.to
    if table not in schemas:
        problems.append(Problem(place, tr("'{value}' is not a table", value=table), nearest(table, schemas)))
    elif target not in schemas[table].columns:
        what = tr("'{value}' is not a column of {table}", value=target, table=table)
        problems.append(Problem(place, what, nearest(target, schemas[table].columns)))
    elif schemas[table].key != (target,) and not schemas[table].columns[target].unique:
        problems.append(
            Problem(
                place,
                tr("'{table}.{target}' does not identify a row", table=table, target=target),
                tr("refer to a key"),
            )
        )


def give_ids(schema: Schema, rows: Iterable[dict[str, str]], existing: Iterable[Mapping[str, str]]) -> None:
    """Give rows that are identified by an id alone an id from their day, unless a known row says the same."""
    texts = [name for name, column in schema.columns.items() if column.type == "text" and column.required]
    if schema.key != ("id",) or schema.columns["id"].type != "text" or len(texts) < 2:
        return
    cells = [*rows]
    known = {row.get(texts[1], ""): row["id"] for row in existing}
    taken = {*known.values(), *(row.get("id", "") for row in cells)}
    days = [name for name, column in schema.columns.items() if column.type == "date"]
    for row in (row for row in cells if not row.get("id")):
        parts = re.findall(r"\d+", row.get(days[0], "") if days else "")
        stem = "_".join((schema.name, *(part.zfill(2) for part in parts)))
        row["id"] = known.get(row.get(texts[1], "")) or next(each for each in numbered(stem) if each not in taken)
        taken.add(row["id"])


def numbered(stem: str) -> Iterator[str]:
    """Yield a stem, and then the stem followed by a number, from 2 on."""
    return (f"{stem}_{number}" if number > 1 else stem for number in count(1))
