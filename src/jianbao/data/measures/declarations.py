"""Read the declarations of data/measures.yml."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from jianbao.core.documents import (
    Node,
    Problems,
    as_integer,
    as_list,
    as_mapping,
    as_number,
    as_text,
    as_texts,
    as_yes_no,
)
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import tr, tr_list
from jianbao.data.measures.filters import Test, check_path, parse_where
from jianbao.data.records import column_at
from jianbao.data.schemas import NUMERIC, Schema


@dataclass(frozen=True)
class MeasureKind:
    """A kind of measure: whether it reads a table or facts (one, two, or any number), its options, and its result."""

    reads: str
    says: str
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


_ROWS = ("where", "unit")
_DATED = (*_ROWS, "by", "dated", "each_year", "intervals")
_LISTED = ("listed", "needs_rows")
_EXTREME = (*_ROWS, "by", "dated", "take", "intervals", "among", "newest", "years")
_SEEN = ("lat", "lon", "from", "by")
KINDS: Mapping[str, MeasureKind] = {
    "count": MeasureKind(
        "table", tr("rows, or distinct values; by key, by year"), (), (*_DATED, "distinct", "of", "new", *_LISTED)
    ),
    "sum": MeasureKind("table", tr("the sum of a column"), ("take",), (*_ROWS, "by", "of")),
    "value": MeasureKind("table", tr("the cell of the only row that fits"), ("take",), (*_ROWS, "beside")),
    "values": MeasureKind("table", tr("one fact a row that has a value"), ("take", "by"), _ROWS),
    "list": MeasureKind("table", tr("the names in a column, each once"), ("take",), ("where", "by", "order", *_LISTED)),
    "first": MeasureKind("table", tr("a cell of the earliest row"), ("by", "take"), (*_ROWS, "each", "beside")),
    "last": MeasureKind("table", tr("a cell of the latest row"), ("by", "take"), (*_ROWS, "each", "beside")),
    "latest": MeasureKind(
        "table", tr("the value of the latest period, with its age"), (), (*_DATED, "take", "carry", "beside")
    ),
    "earliest": MeasureKind(
        "table", tr("the value of the earliest period"), (), (*_ROWS, "by", "dated", "take", "intervals")
    ),
    "best": MeasureKind("table", tr("the greatest value so far"), (), _EXTREME),
    "worst": MeasureKind("table", tr("the least value so far"), (), _EXTREME),
    "longest_gap": MeasureKind("table", tr("the longest time between two dates, in years"), ("by",), ("where",)),
    "unverified": MeasureKind("table", tr("how many rows are marked unverified"), (), ("unit",)),
    "distance": MeasureKind("table", tr("great-circle distance from a point, in km"), _SEEN, ("where",)),
    "bearing": MeasureKind("table", tr("direction from a point, in degrees from north"), _SEEN, ("where",)),
    "share": MeasureKind("fact", tr("a fact divided by the fact `of`"), ("of",), ("out_of", "covering")),
    "total": MeasureKind("facts", tr("the sum of facts or of a family"), (), ("of", "unit")),
    "difference": MeasureKind("pair", tr("the first minus the second"), (), ("unit",)),
    "ratio": MeasureKind("pair", tr("the first divided by the second"), (), ("unit",)),
    "growth": MeasureKind("pair", tr("[new, old]: new / old - 1"), (), ()),
    "annual_growth": MeasureKind("pair", tr("[new, old]: compound growth a year, by the facts' own dates"), (), ()),
    "evenness": MeasureKind("fact", tr("how evenly a family of counts is spread, 0 to 1 (Pielou)"), (), ()),
    "most": MeasureKind("fact", tr("the keys of a family's greatest fact"), (), ()),
    "least": MeasureKind("fact", tr("the keys of a family's least fact"), (), ()),
    "first_known": MeasureKind("pair", tr("the first of two facts, or the second where there is no first"), (), ()),
    "larger": MeasureKind("pair", tr("the larger of two facts, or the one that there is"), (), ()),
    "years_since": MeasureKind("fact", tr("from a date to the day of the edition"), (), ()),
    "time_between": MeasureKind("pair", tr("[new, old]: years between the facts' own dates"), (), ()),
    "before": MeasureKind("fact", tr("the same measure some years earlier"), ("years",), ("carry",)),
    "change_since": MeasureKind("fact", tr("now minus the same measure some years earlier"), ("years",), ()),
    "both": MeasureKind("pair", tr("the names in both lists"), (), ()),
    "without": MeasureKind("pair", tr("the names of the first list that are not in the second"), (), ()),
    "either": MeasureKind("pair", tr("the names in at least one of the lists"), (), ()),
    "later": MeasureKind(
        "pair", tr("the keys that two families of dates share and whose first date is later, without doubt")
    ),
    "size": MeasureKind("fact", tr("how many names a list holds"), (), ("of", "unit")),
}
ONE_ROW = ("value", "first", "last", "latest", "earliest", "best", "worst")  # kinds that take a cell of one row
PERIODIC = ("latest", "earliest", "best", "worst")
# In these kinds `by` is the date that puts the rows in order, and `each` makes a family.
ORDERED = ("first", "last", "longest_gap")
_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_PATHS = ("take", "distinct", "order", "dated", "lat", "lon")
BOUNDED = ("count", "list")  # kinds that have bounds if their table is incomplete
CALCULATING = ("sum", "best", "worst")  # kinds for numbers only
FARTHEST = 999  # years that a measure can look back
FIRST_ROW = "first"  # as `each_year`: from the year of the first row on
ANY_YEAR = 1  # the `each_year` of a measure that begins with its first row


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One declared measure; `subject` is a table or the ids of facts, `keys` the columns that make it a family.

    `beside` is a fact of one row of the same table; the measure then reads only rows about the same event. `listed`:
    it counts or names what an incomplete table lists, and its texts must say so. `among`: it makes no fact from fewer
    values of different days; `newest`: it looks back on at most this many days, and on days of `years` years. `out_of`
    is a fact of which the denominator must be at least the share `covering`, or no share is computed.
    `needs_rows`: from a table without rows, or without values in a column where it looks for one, it makes no
    fact, instead of zero. `whole` is the fact with the number of rows that the complete table would have. `each_year`
    is the first year of a family by year: ANY_YEAR for that of its first row, 0 for no such family.
    """

    id: str
    kind: str
    subject: tuple[str, ...]
    place: Place
    how: str = ""
    where: tuple[Test, ...] = ()
    keys: tuple[str, ...] = ()
    take: str = ""
    distinct: str = ""
    order: str = ""
    dated: str = ""
    lat: str = ""
    lon: str = ""
    of: str = ""
    beside: str = ""
    unit: str = ""
    start_point: tuple[float, float] = (0.0, 0.0)
    each_year: int = 0
    years: int = 0
    carry: int | None = None
    among: int = 0
    newest: int = 0
    out_of: str = ""
    covering: float = 0.0
    new: bool = False
    intervals: bool = False
    listed: bool = False
    needs_rows: bool = False
    whole: str = ""

    @property
    def table(self) -> str:
        """Return the table that the measure reads; "" if it reads facts."""
        return self.subject[0] if KINDS[self.kind].reads == "table" else ""

    @property
    def is_family(self) -> bool:
        """Return whether the measure makes a family of facts below its id instead of one fact."""
        return bool(self.keys or self.each_year)

    def facts_read(self) -> tuple[str, ...]:
        """Return the ids of the facts and families that the measure reads."""
        return (*(() if self.table else self.subject), *filter(None, (self.of, self.beside, self.whole, self.out_of)))


def write_declaration(node: Node) -> str:
    """Return a node in one line, as it would be written in the file."""
    if node.kind == "mapping":
        return ", ".join(f"{key}: {_inner(child)}" for key, child in node.pairs())
    return _inner(node)


def _inner(node: Node) -> str:
    if isinstance(node.value, str):
        return node.value
    if node.kind == "list":
        return f"[{', '.join(map(_inner, node))}]"
    return "{" + write_declaration(node) + "}"


def parse_measure(name: str, node: Node, schemas: Mapping[str, Schema], problems: Problems) -> Measure | None:
    """Read one measure; None, with problems, if its kind or its table is unknown."""
    if not _ID.fullmatch(name):
        problems.append(
            Problem(
                node.place,
                tr("'{name}' cannot name a fact", name=name),
                tr("write words of a-z, 0-9, _, with dots between"),
            )
        )
    kinds = [key for key, _ in node.pairs() if key in KINDS]
    if len(kinds) != 1:
        problems.append(_kind_problem(node, kinds))
        return None
    kind = kinds[0]
    spec = KINDS[kind]
    fields = as_mapping(node, problems, required=(kind, *spec.needs), optional=spec.may)
    subject = _subject(fields[kind], spec.reads, problems)
    if spec.reads == "table" and (not subject or subject[0] not in schemas):
        value = write_declaration(fields[kind])
        problems.append(
            Problem(fields[kind].place, tr("'{value}' is not a table", value=value), nearest(value, schemas))
        )
        return None
    options = dict(_options(kind, fields, subject[0] if subject else "", schemas, problems))
    if kind in BOUNDED:
        options["whole"] = schemas[subject[0]].complete.whole_fact
    return Measure(id=name, kind=kind, subject=subject, place=node.place, how=write_declaration(node), **options)


def _kind_problem(node: Node, kinds: list[str]) -> Problem:
    if kinds:
        return Problem(node.place, tr("a measure is of one kind, this says {kinds}", kinds=tr_list(kinds, " and ")))
    first = next((key for key, _ in node.pairs()), "")
    return Problem(node.place, tr("'{word}' is not a kind of measure", word=first), nearest(first, KINDS))


def _subject(node: Node, reads: str, problems: Problems) -> tuple[str, ...]:
    found = as_texts(node, problems)
    wanted = {"table": 1, "fact": 1, "pair": 2}.get(reads, len(found))
    if len(found) != wanted:
        problems.append(
            Problem(node.place, tr("{count} are named here, {wanted} needed", count=len(found), wanted=wanted))
        )
        return ()
    return found


def _options(
    kind: str, fields: Mapping[str, Node], table: str, schemas: Mapping[str, Schema], problems: Problems
) -> Iterator[tuple[str, Any]]:
    """Yield the fields of a Measure with their values."""
    for key, node in fields.items():
        if key == "where":
            yield "where", parse_where(node, table, schemas, problems)
        elif key in _PATHS:
            yield key, _path(node, table, schemas, problems, _types(key, kind))
        elif key == "by" and kind in ORDERED:
            yield "dated", _path(node, table, schemas, problems, ("date",))
        elif key in ("by", "each"):
            yield "keys", tuple(_path(item, table, schemas, problems) for item in as_list(node, problems))
        elif key in _READERS:
            yield "start_point" if key == "from" else key, _READERS[key](node, problems)
    if kind in PERIODIC and "take" not in fields:
        yield (
            "take",
            _default(
                node=fields[kind],
                column="value",
                table=table,
                schemas=schemas,
                types=_types("take", kind),
                problems=problems,
            ),
        )


def _types(key: str, kind: str) -> tuple[str, ...]:
    """Return the types that a column named by an option may have; empty if any."""
    if key in ("lat", "lon") or (key == "take" and kind in CALCULATING):
        return NUMERIC
    return ("date",) if key == "dated" else ()


def _default(
    node: Node, *, column: str, table: str, schemas: Mapping[str, Schema], types: tuple[str, ...], problems: Problems
) -> str:
    if column not in schemas[table].columns:
        problems.append(
            Problem(
                node.place,
                tr("{table} has no column '{column}'", table=table, column=column),
                tr("name one with `take`"),
            )
        )
        return column
    return _path(Node(column, node.place), table, schemas, problems, types)


def _path(
    node: Node, table: str, schemas: Mapping[str, Schema], problems: Problems, types: tuple[str, ...] = ()
) -> str:
    path = as_text(node, problems)
    if path and check_path(path, table, schemas, node, problems) and types:
        column = column_at(schemas, table, path)
        if column and column.type not in types:
            problems.append(
                Problem(
                    node.place,
                    tr(
                        "'{path}' does not hold {types}",
                        path=path,
                        types=tr("dates") if types[0] == "date" else tr("numbers"),
                    ),
                )
            )
    return path


def _point(node: Node, problems: Problems) -> tuple[float, float]:
    numbers = [as_number(item, problems) for item in as_list(node, problems)]
    if len(numbers) != 2 or not (abs(numbers[0]) <= 90 and abs(numbers[1]) <= 180):
        problems.append(Problem(node.place, tr("a point is needed here: [latitude, longitude] in degrees")))
        return (0.0, 0.0)
    return numbers[0], numbers[1]


def _first_year(node: Node, problems: Problems) -> int:
    """Return the first year of a family by year; ANY_YEAR for the year of its first row."""
    return ANY_YEAR if node.value == FIRST_ROW else as_integer(node, problems, least=1, most=date.max.year)


_READERS: Mapping[str, Callable[[Node, Problems], object]] = {
    "of": as_text,
    "beside": as_text,
    "out_of": as_text,
    "covering": as_number,
    "unit": as_text,
    "each_year": _first_year,
    "years": partial(as_integer, least=1, most=FARTHEST),
    "carry": partial(as_integer, least=0),
    "among": partial(as_integer, least=2),
    "newest": partial(as_integer, least=2),
    "new": as_yes_no,
    "intervals": as_yes_no,
    "listed": as_yes_no,
    "needs_rows": as_yes_no,
    "from": _point,
}
