"""Select the rows of a table that a measure is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_list,
    as_mapping,
    as_number,
    as_text,
    as_texts,
    as_yes_no,
    whole_number,
)
from jianbao.core.errors import Problem, nearest
from jianbao.core.messages import NO_TEXT, tr, tr_list
from jianbao.data.dates import period
from jianbao.data.records import Positions, Records, column_at, key_of
from jianbao.data.schemas import NUMERIC, Column, Schema

# The tests in `where: {column: ...}`, besides a value or a list of values.
TESTS: Mapping[str, str] = {
    "not": tr("{{not: x}} or {{not: [x, y]}}: none of these, or blank"),
    "above": tr("{{above: 4}}: a greater number, a later date"),
    "below": tr("{{below: 4}}: a smaller number, an earlier date"),
    "in": tr("{{in: table.column}}: a value that is also there"),
    "not_in": tr("{{not_in: table.column}}: a value that is not there"),
    "known": tr("{{known: yes}}: not blank; {{known: no}}: blank"),
    "ends": tr("{{ends: '-11'}}: a text with this ending; several may be listed"),
    "month": tr("{{month: 11}}: a date that ends in this month; several may be listed"),
    "written": tr("{{written: year}}: a date as exact as a year, month or day, or an interval"),
    "in_force": tr("{{in_force: [from, to]}}: begun and not ended on the day; a row that is not dated has begun"),
}
IN_FORCE = "in_force"
_MASKS = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Test:
    """A test of a row: `values` are texts, two paths for "in_force", a table and a path for "in"."""

    path: str
    test: str
    values: tuple[str, ...]


def parse_where(node: Node, table: str, schemas: Mapping[str, Schema], problems: Problems) -> tuple[Test, ...]:
    """Read the tests of a table's rows: a mapping from columns (or dotted paths) to the values that pass."""
    found = []
    for path, child in as_mapping(node, problems, optional=None).items():
        if path == IN_FORCE:
            found.append(_in_force("", child, table, schemas, problems))
        elif check_path(path, table, schemas, child, problems):
            found.append(_test(path, child, table, schemas, problems))
    return tuple(found)


def check_path(path: str, table: str, schemas: Mapping[str, Schema], node: Node, problems: Problems) -> bool:
    """Return whether a path leads to a column, with a problem if not."""
    if table not in schemas or column_at(schemas, table, path):
        return table in schemas
    first, _, rest = path.partition(".")
    column = schemas[table].columns.get(first)
    if column and rest and column.type == "reference":
        return check_path(rest, column.to[0], schemas, node, problems)
    what = (
        tr("'{first}' is not a reference", first=first)
        if column
        else tr("'{value}' is not a column of {table}", value=first, table=table)
    )
    problems.append(Problem(node.place, what, NO_TEXT if column else nearest(first, schemas[table].columns)))
    return False


def _test(path: str, node: Node, table: str, schemas: Mapping[str, Schema], problems: Problems) -> Test:
    if node.kind != "mapping":
        values = as_texts(node, problems)
        _check_values(values, column_at(schemas, table, path), node, problems)
        return Test(path, "is", values)
    if node.get(IN_FORCE):
        return _in_force(
            path + ".", as_mapping(node, problems, required=(IN_FORCE,))[IN_FORCE], table, schemas, problems
        )
    pairs = list(node.pairs())
    if len(pairs) != 1:
        problems.append(
            Problem(node.place, tr("one test is needed here, not {count}", count=len(pairs)), nearest("", TESTS))
        )
        return Test(path, "known", ("yes",))
    test, child = pairs[0]
    if test not in TESTS:
        problems.append(Problem(child.place, tr("'{test}' is not a test", test=test), nearest(test, TESTS)))
    if test in ("in", "not_in"):
        return _elsewhere(path, test, child, schemas, problems)
    values = as_texts(child, problems)
    _check_operands(test, values, column_at(schemas, table, path), child, problems)
    return Test(path, test, values)


def _elsewhere(path: str, test: str, node: Node, schemas: Mapping[str, Schema], problems: Problems) -> Test:
    other, _, column = as_text(node, problems).partition(".")
    if other not in schemas:
        problems.append(Problem(node.place, tr("'{value}' is not a table", value=other), nearest(other, schemas)))
    else:
        check_path(column, other, schemas, node, problems)
    return Test(path, test, (other, column))


def _in_force(start: str, node: Node, table: str, schemas: Mapping[str, Schema], problems: Problems) -> Test:
    """Read [from, to] or {from: ..., to: ...}; after a reference, both are columns of the table referred to."""
    if node.kind == "mapping":
        fields = as_mapping(node, problems, required=("from", "to"))
        items: tuple[Node, ...] = tuple(fields[key] for key in ("from", "to") if key in fields)
    else:
        items = as_list(node, problems)
    if len(items) != 2:
        problems.append(Problem(node.place, tr("two columns are needed here: from and to")))
    paths = tuple(start + as_text(item, problems) for item in items[:2])
    for path, item in zip(paths, items, strict=False):
        column = column_at(schemas, table, path)
        if check_path(path, table, schemas, item, problems) and column and column.type != "date":
            problems.append(Problem(item.place, tr("'{column}' does not hold dates", column=path)))
    return Test("", IN_FORCE, paths)


def _check_values(values: tuple[str, ...], column: Column | None, node: Node, problems: Problems) -> None:
    """Report values that the column cannot contain; ids of names are checked when facts are made."""
    for value in values if column and column.type in NUMERIC else ():
        as_number(Node(value, node.place), problems)
    allowed = {"choice": column.of, "yes_no": ("yes", "no")}.get(column.type) if column else None
    for value in values if allowed else ():
        if allowed and value not in allowed:
            what = tr("'{value}' never occurs in this column", value=value)
            problems.append(Problem(node.place, what, nearest(value, allowed)))


def _check_operands(test: str, values: tuple[str, ...], column: Column | None, node: Node, problems: Problems) -> None:
    kind = column.type if column else ""
    if test == "not":
        _check_values(values, column, node, problems)
    elif test == "known":
        as_yes_no(node, problems)
    elif test == "written":
        as_choice(node, ("year", "month", "day", "interval"), problems)
    elif test in ("above", "below") and kind != "date":
        as_number(node, problems)
        if kind not in NUMERIC:
            problems.append(Problem(node.place, tr("'{test}' needs a column of numbers or dates", test=test)))
    elif test in ("above", "below") and values and period(values[0]) is None:
        problems.append(Problem(node.place, tr("'{value}' is not a date", value=values[0])))
    elif test == "month" and not all(1 <= (whole_number(value) or 0) <= 12 for value in values):
        problems.append(
            Problem(node.place, tr("'{values}' is not a month", values=tr_list(values)), tr("write 1 to 12"))
        )
    if test in ("month", "written") and kind != "date":
        problems.append(Problem(node.place, tr("'{test}' needs a column of dates", test=test)))


def select(records: Records, table: str, tests: tuple[Test, ...], day: date) -> Positions:
    """Return the positions of the rows that pass every test on a day."""
    mask = np.ones(records.count(table), dtype=np.bool_)
    for test in tests:
        mask &= _mask(records, table, test, day)
    return np.flatnonzero(mask)


def _mask(records: Records, table: str, test: Test, day: date) -> _MASKS:
    if test.test == IN_FORCE:
        begun, ended = (records.ordinals(table, path) for path in test.values)
        ordinal = day.toordinal()
        own = test.values[0] in records.table(table).schema.dated_by  # a row that is not dated always holds
        return ((begun <= ordinal) | (own & np.isnan(begun))) & ~(ended <= ordinal)
    if test.test in ("above", "below"):
        return _beyond(records, table, test)
    if test.test in ("ends", "month", "written"):
        return np.array([_written(test, key_of(cell)) for cell in records.values(table, test.path)], dtype=np.bool_)
    held = records.keys(table, test.path)
    if test.test == "known":
        return np.array([bool(keys) == (test.values[0] in ("yes", "true")) for keys in held], dtype=np.bool_)
    if test.test in ("in", "not_in"):
        wanted = {key for keys in records.keys(*_pair(test.values)) for key in keys}
    else:
        numeric = records.values(table, test.path).dtype.kind == "f"
        wanted = {key_of(float(value)) if numeric else value for value in test.values}
    matched = np.array([not wanted.isdisjoint(keys) for keys in held], dtype=np.bool_)
    return ~matched if test.test in ("not", "not_in") else matched


def _pair(values: tuple[str, ...]) -> tuple[str, str]:
    return values[0], values[1]


def _written(test: Test, cell: str) -> bool:
    """Return whether the text of a cell passes a test."""
    if test.test == "ends":
        return cell.endswith(test.values)
    found = period(cell)
    if found is None:
        return False
    if test.test == "month":
        return str(found.last.month) in {value.lstrip("0") for value in test.values}
    return test.values[0] == ("interval" if found.interval else {4: "year", 7: "month"}.get(len(cell), "day"))


def _beyond(records: Records, table: str, test: Test) -> _MASKS:
    column = column_at(records.schemas(), table, test.path)
    if column and column.type == "date":
        bound = period(test.values[0])
        days = records.ordinals(table, test.path)
        if bound is None:
            return np.zeros(len(days), dtype=np.bool_)
        return days > bound.last.toordinal() if test.test == "above" else days < bound.first.toordinal()
    numbers = records.values(table, test.path).astype(np.float64)
    limit = float(test.values[0])
    return numbers > limit if test.test == "above" else numbers < limit
