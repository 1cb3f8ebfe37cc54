"""Group rows, take single cells from them by date, and make facts from the results."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from jianbao.core.errors import EvidenceError, Problem
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.claim_limits import Window, narrowed, window_of
from jianbao.data.dates import period, years_between
from jianbao.data.facts import Fact, Kind, Value
from jianbao.data.measures.declarations import Measure
from jianbao.data.measures.fact_origins import RowOrigin, beyond_bounds, has_gaps, looked_back_on, origin_of
from jianbao.data.measures.filters import select
from jianbao.data.provenance import LEVELS, member_id, weakest
from jianbao.data.records import Positions, Records, column_at, key_of
from jianbao.data.schemas import NUMERIC
from jianbao.data.tables import Tables

Facts = Mapping[str, Fact]


def selected_positions(measure: Measure, records: Records, facts: Facts) -> Positions:
    """Return the positions of the rows that the measure reads on the day of the records.

    If the measure has `beside`, which names a fact of one row, only rows about the same event as that row are read:
    none if there is no such fact.
    """
    positions = select(records, measure.table, measure.where, records.day)
    if not measure.beside:
        return positions
    beside = facts.get(measure.beside)
    row = next((cells.rows[0] for cells in beside.cells if cells.table == measure.table), 0) if beside else 0
    event = records.event(measure.table, row)
    return np.array([each for each in positions.tolist() if each in event], dtype=np.intp)


def is_unfilled(measure: Measure, written: Tables) -> bool:
    """Return whether a measure needs rows but its table has none for any day, because nobody has filled it in.

    A column in which it looks for values is unfilled, too, if no row has a value.
    """
    if not measure.needs_rows:
        return False
    frame = written[measure.table].frame
    sought = (test.path for test in measure.where if test.test == "is" and test.path in frame)
    return frame.empty or any(bool((frame[path] == "").all()) for path in sought)


@dataclass(frozen=True)
class RowGroup:
    """The rows of one member of a family: its keys, and the positions of its rows."""

    keys: tuple[str, ...]
    positions: tuple[int, ...]


def group_rows(records: Records, measure: Measure, positions: Positions, full: bool = True) -> Iterator[RowGroup]:
    """Yield the rows by the measure's keys; without keys all rows as one group.

    A single column of names or choices gives every key that it may have, so that zeros become facts too. Nested keys,
    and keys without a list, are those found in the rows.
    """
    if not measure.keys:
        yield RowGroup((), tuple(positions.tolist()))
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
        yield RowGroup(each, tuple(members))


def row_cell(records: Records, table: str, path: str, position: int) -> tuple[Value, Kind] | None:
    """Return a cell's value and the kind of its fact; None if it is blank."""
    column = column_at(records.schemas(), table, path)
    value = key_of(records.values(table, path)[position])
    if column is None or not value:
        return None
    if column.type in NUMERIC:
        return float(value), "number"
    kinds: Mapping[str, Kind] = {"date": "date", "name": "name", "names": "names"}
    kind = kinds.get(column.type, "text")
    return (records.keys(table, path)[position] if kind == "names" else value), kind


def facts_of_cell(
    measure: Measure,
    records: Records,
    keys: tuple[str, ...],
    position: int,
    *,
    carried: int = 0,
    window: Window | None = None,
) -> Iterator[Fact]:
    """Yield the fact of one cell, with the unit, comparator and date of its row; nothing if the cell is blank.

    `carried` is the age of the value in years, `window` describes the values among which it is the greatest or least.
    """
    found = row_cell(records, measure.table, measure.take, position)
    if found is None:
        return
    value, kind = found
    own = measure.take == "value"  # in a long table, each row has its own unit
    written = records.written_dates(measure.table, measure.dated)[position]
    origin = origin_of(records, measure, (position,), measure.take)
    yield Fact(
        id=member_id(measure, keys),
        value=value,
        unit=measure.unit or (_cell_beside(records, measure.table, "unit", position) if own else ""),
        kind=kind,
        as_of=written or records.day.isoformat(),
        comparator=records.sign(measure.table, measure.take, position)
        or (_cell_beside(records, measure.table, "comparator", position) if own else "")
        or "=",
        confidence=origin.confidence,
        cells=origin.cells,
        how=measure.how,
        about=keys,
        carried=carried,
        limits=replace(origin.limits, window=window) if window else origin.limits,
        series=records.series(measure.table, position, measure.take),
    )


def _cell_beside(records: Records, table: str, column: str, position: int) -> str:
    """Return the text of another column in the same row; "" if the table has no such column."""
    if column not in records.table(table).schema.columns:
        return ""
    return str(records.values(table, column)[position])


def denominator_of(measure: Measure, facts: Facts) -> Fact | None:
    """Return the denominator of a measure, None if it has none; raises EvidenceError if it is not a number."""
    denominator = facts.get(measure.of)
    if denominator is not None and denominator.kind != "number":
        raise EvidenceError(
            Problem(
                measure.place,
                tr("'{value}' is not a number", value=denominator.id),
                tr("its kind is {kind}", kind=denominator.kind),
            )
        )
    return denominator


def fact_from_rows(
    measure: Measure,
    keys: tuple[str, ...],
    value: Value,
    origin: RowOrigin,
    *,
    as_of: str,
    kind: Kind = "number",
    unit: str = "",
    denominator: Fact | None = None,
) -> Fact:
    """Make a fact from rows, such as a count, dated `as_of` (ISO 8601), with its denominator if it has one."""
    return Fact(
        id=member_id(measure, keys),
        value=value,
        unit=measure.unit or unit,
        kind=kind,
        of=denominator.number if denominator else None,
        as_of=as_of,
        confidence=weakest([origin.confidence, *([denominator.confidence] if denominator else [])]),
        cells=origin.cells,
        parents=(denominator.id,) if denominator else (),
        how=measure.how,
        about=keys,
        limits=narrowed(origin.limits, denominator.limits) if denominator else origin.limits,
    )


def each_value(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Make one fact of every row that has a value, by its key."""
    positions = selected_positions(measure, records, facts)
    for group in group_rows(records, measure, positions, full=False):
        filled = tuple(p for p in group.positions if row_cell(records, measure.table, measure.take, p) is not None)
        if len(filled) > 1:
            rows = _row_list(records, measure, filled)
            what = tr(
                "'{keys}' has more than one row in {table}: {said}",
                keys=tr_list(group.keys),
                table=measure.table,
                said=rows,
            )
            raise EvidenceError(Problem(measure.place, what, tr("one fact cannot hold two values")))
        if filled:
            yield from facts_of_cell(measure, records, group.keys, filled[0])


def only_value(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Make a fact of the only matching row."""
    positions = selected_positions(measure, records, facts).tolist()
    if len(positions) > 1:
        what = tr(
            "{count} rows of {table} fit {measure}: {rows}",
            count=len(positions),
            table=measure.table,
            measure=measure.id,
            rows=_row_list(records, measure, positions),
        )
        raise EvidenceError(Problem(measure.place, what, tr("narrow `where` to one row")))
    for position in positions:
        yield from facts_of_cell(measure, records, (), position)


def _row_list(records: Records, measure: Measure, positions: Iterable[int]) -> Translatable:
    return tr_list(tr("row {row}", row=row) for row in records.rows(measure.table, positions))


def first_or_last(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Take a cell of the earliest or latest row; of rows with one date, the table's first or last, or all names.

    If two cities signed on the same day, neither is the latest: the fact has the names of both.
    """
    positions = selected_positions(measure, records, facts)
    days = records.days(measure.table, measure.dated)
    positions = positions[~np.isnan(days[positions])]
    for group in group_rows(records, measure, positions, full=False):
        ranked = sorted(group.positions, key=lambda position: (float(days[position]), position))
        if ranked:
            end = ranked[0 if measure.kind == "first" else -1]
            level = [position for position in ranked if days[position] == days[end]]
            yield from _with_equals(measure, records, group.keys, end, level)


def _with_equals(
    measure: Measure, records: Records, keys: tuple[str, ...], end: int, level: Sequence[int]
) -> Iterator[Fact]:
    """Make a fact of the row at the end, with the names in all rows of the same date if these differ."""
    cells = (row_cell(records, measure.table, measure.take, position) for position in level)
    names = tuple(dict.fromkeys(str(cell[0]) for cell in cells if cell and cell[1] == "name"))
    for fact in facts_of_cell(measure, records, keys, end):
        if len(names) > 1:
            origin = origin_of(records, measure, level, measure.take)
            fact = replace(fact, value=names, kind="names", confidence=origin.confidence, cells=origin.cells)
        yield fact


def longest_gap(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Measure the longest time between two successive dates, in years; nothing for fewer than two dates."""
    positions = selected_positions(measure, records, facts)
    days = records.days(measure.table, measure.dated)
    ranked = sorted(
        (float(days[position]), position) for position in positions.tolist() if not np.isnan(days[position])
    )
    gaps = [
        (years_between(date.fromordinal(int(start)), date.fromordinal(int(end))), earlier, later)
        for (start, earlier), (end, later) in pairwise(ranked)
    ]
    if gaps:
        years, earlier, later = max(gaps, key=lambda gap: gap[0])
        origin = origin_of(records, measure, (earlier, later))
        yield fact_from_rows(measure, (), years, origin, unit="year", as_of=records.day.isoformat())


def latest(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Take the value of the latest period (kind "earliest": the earliest), or of the latest in each year.

    Of rows with the same last day the one with the best confidence counts, then the later one. A value older than
    `carry` years makes no fact; its age is kept in `carried`.
    """
    for group in group_rows(records, measure, _rows_with_value(measure, records, facts), full=False):
        ranked = _by_date(measure, records, group.positions)
        if measure.each_year:
            last_of_year = {day.year: position for day, position in ranked if day.year >= measure.each_year}
            for year, position in last_of_year.items():
                yield from facts_of_cell(measure, records, (*group.keys, str(year)), position)
        elif ranked:
            one_a_day = list(dict(ranked).items())  # the last of a day is the one with the best confidence
            day, position = one_a_day[0 if measure.kind == "earliest" else -1]
            carried = records.day.year - day.year if measure.kind == "latest" else 0
            if measure.carry is None or carried <= measure.carry:
                yield from facts_of_cell(measure, records, group.keys, position, carried=carried)


def extreme(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Take the greatest or the least value so far; of equal values the earliest, on one day the best confidence.

    Too few values give no fact.
    """
    numbers = beyond_bounds(records, measure)
    sign = -1.0 if measure.kind == "best" else 1.0  # so that `min` finds the greatest value too
    for group in group_rows(records, measure, _rows_with_value(measure, records, facts), full=False):
        ranked = looked_back_on(measure, _by_date(measure, records, group.positions))
        if len({day for day, _ in ranked}) >= max(measure.among, 1):
            position = min(reversed(ranked), key=lambda dated: (sign * numbers[dated[1]], dated[0]))[1]
            window = window_of([day for day, _ in ranked], has_gaps(records, measure))
            yield from facts_of_cell(measure, records, group.keys, position, window=window)


def _rows_with_value(measure: Measure, records: Records, facts: Facts) -> Positions:
    """Return the positions of the rows with a value.

    Rows dated by an interval are left out unless the measure asks for them: nine months do not compare with a year.
    """
    positions = selected_positions(measure, records, facts)
    written = records.written_dates(measure.table, measure.dated)
    return np.array(
        [
            position
            for position in positions.tolist()
            if row_cell(records, measure.table, measure.take, position) is not None
            and (measure.intervals or "/" not in written[position])
        ],
        dtype=np.intp,
    )


def _by_date(measure: Measure, records: Records, positions: Iterable[int]) -> list[tuple[date, int]]:
    """Return the last day and the position of each dated row, by day; of one day, the best confidence comes last."""
    written = records.written_dates(measure.table, measure.dated)
    known = "confidence" in records.table(measure.table).schema.columns
    levels = records.values(measure.table, "confidence") if known else ()
    found = []
    for position in positions:
        dated = period(written[position])
        level = str(levels[position]) if known else ""
        trust = -LEVELS.index(level) if level in LEVELS else -len(LEVELS)
        if dated:
            found.append((dated.last, trust, position))
    return [(day, position) for day, _, position in sorted(found)]
