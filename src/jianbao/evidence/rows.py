"""Rows: groups of them, and the facts that they make."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from jianbao.errors import EvidenceError, Problem
from jianbao.evidence.declarations import Measure
from jianbao.evidence.facts import Fact, Kind, Value
from jianbao.evidence.provenance import Basis, basis, member_id, weakest
from jianbao.evidence.records import Positions, Records, column_at, key_of
from jianbao.evidence.schemas import NUMERIC
from jianbao.evidence.selection import select

Facts = Mapping[str, Fact]


def selected(measure: Measure, records: Records, facts: Facts) -> Positions:
    """Return the positions of the rows that the measure is about on the day of the records.

    Beside a fact these are only rows of the event that its own row is about, and none where there is no such fact.
    """
    positions = select(records, measure.table, measure.where, records.day)
    if not measure.beside:
        return positions
    beside = facts.get(measure.beside)
    row = next((cells.rows[0] for cells in beside.cells if cells.table == measure.table), 0) if beside else 0
    event = records.event(measure.table, row)
    return np.array([each for each in positions.tolist() if each in event], dtype=np.intp)


@dataclass(frozen=True)
class Group:
    """The rows of one member of a family: the keys it is about, and the positions of its rows."""

    keys: tuple[str, ...]
    positions: tuple[int, ...]


def groups(records: Records, measure: Measure, positions: Positions, full: bool = True) -> Iterator[Group]:
    """Yield the rows by the measure's keys; without keys all rows as one group.

    A single column of names or choices gives every key that it may hold, so that a zero is a fact too;
    nested keys, and keys that no list names, appear where a row has them.
    """
    if not measure.keys:
        yield Group((), tuple(positions.tolist()))
        return
    listed = records.all_keys(measure.table, measure.keys[0]) if full and len(measure.keys) == 1 else None
    found: dict[tuple[str, ...], list[int]] = {(key,): [] for key in listed or ()}
    columns = [records.keys(measure.table, path) for path in measure.keys]
    for position in positions.tolist():
        keys: list[tuple[str, ...]] = [()]
        for column in columns:
            keys = [(*start, key) for start in keys for key in column[position]]
        for each in keys:
            found.setdefault(each, []).append(position)
    for each, members in found.items():
        yield Group(each, tuple(members))


def cell(records: Records, table: str, path: str, position: int) -> tuple[Value, Kind] | None:
    """Return a cell's value and the kind of fact that it makes, None where it is blank."""
    column = column_at(records.schemas(), table, path)
    value = key_of(records.values(table, path)[position])
    if column is None or not value:
        return None
    if column.type in NUMERIC:
        return float(value), "number"
    kinds: Mapping[str, Kind] = {"date": "date", "name": "name", "names": "names"}
    kind = kinds.get(column.type, "text")
    return (records.keys(table, path)[position] if kind == "names" else value), kind


def taken(measure: Measure, records: Records, keys: tuple[str, ...], position: int, carried: int = 0) -> Iterator[Fact]:
    """Make a fact of one cell, with the unit, comparator and date of its row; nothing where the cell is blank."""
    found = cell(records, measure.table, measure.take, position)
    if found is None:
        return
    value, kind = found
    own = measure.take == "value"  # in a long table the row says what its value is
    written = records.written_dates(measure.table, measure.dated)[position]
    ground = basis(records, measure, (position,), measure.take)
    yield Fact(
        member_id(measure, keys),
        value,
        measure.unit or (_beside(records, measure.table, "unit", position) if own else ""),
        kind,
        as_of=written or records.day.isoformat(),
        comparator=(_beside(records, measure.table, "comparator", position) if own else "") or "=",
        confidence=ground.confidence,
        cells=ground.cells,
        how=measure.how,
        about=keys,
        carried=carried,
    )


def _beside(records: Records, table: str, column: str, position: int) -> str:
    if column not in records.table(table).schema.columns:
        return ""
    return str(records.values(table, column)[position])


def whole_of(measure: Measure, facts: Facts) -> Fact | None:
    """Return the denominator of a measure, None if it has none; raise EvidenceError for one that is not a number."""
    whole = facts.get(measure.of)
    if whole is not None and whole.kind != "number":
        raise EvidenceError(Problem(measure.place, f"'{whole.id}' is not a number", f"its kind is {whole.kind}"))
    return whole


def made(
    measure: Measure,
    keys: tuple[str, ...],
    value: Value,
    ground: Basis,
    *,
    as_of: str,
    kind: Kind = "number",
    unit: str = "",
    whole: Fact | None = None,
) -> Fact:
    """Make a fact of ground rows; `whole` is its denominator."""
    return Fact(
        member_id(measure, keys),
        value,
        measure.unit or unit,
        kind,
        of=whole.number if whole else None,
        as_of=as_of,
        confidence=weakest([ground.confidence, *([whole.confidence] if whole else [])]),
        cells=ground.cells,
        parents=(whole.id,) if whole else (),
        how=measure.how,
        about=keys,
    )
