"""The origin of a fact from rows: its cells, sources and limits, and its bounds if a table is incomplete."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from jianbao.data.claim_limits import COMPLETE, GRADES, INCOMPLETE, LISTED, NO_LIMITS, Limits, SeriesLimits
from jianbao.data.dates import anniversary
from jianbao.data.facts import Cells, Fact
from jianbao.data.measures.declarations import ONE_ROW, Measure
from jianbao.data.provenance import weakest
from jianbao.data.records import Records, column_at

AGING_KINDS = frozenset({"latest", "last", "value", "values"})  # kinds whose value ages; a first or best one does not
# Missing rows could change these measures: a count, a sum, a list, the first, the last, the greatest.
OF_ALL_ROWS = frozenset({"count", "sum", "list", "first", "last", "earliest", "best", "worst", "longest_gap"})
SIDES = {">": np.inf, "<": -np.inf}  # the side of its number on which a value lies


@dataclass(frozen=True)
class RowOrigin:
    """The origin of a fact from rows: its cells with their sources, the weakest confidence, and its limits."""

    cells: tuple[Cells, ...]
    confidence: str
    limits: Limits = NO_LIMITS


def origin_of(records: Records, measure: Measure, positions: Sequence[int], column: str = "") -> RowOrigin:
    """Return the origin of a fact: its rows, and the rows of other tables reached by references of the measure.

    A fact without rows, such as a zero, comes from all rows of the table, since all of them had to be read.
    """
    table = measure.table
    used = positions if len(positions) else range(records.count(table))
    columns = tuple(filter(None, (measure.lat, measure.lon))) and _source_columns(records, table)
    rows = records.rows(table, used)
    found = [Cells(table, rows, column or _column(measure), records.sources(table, used, columns))]
    levels, grade = _levels(records, table, used), records.lowest_grade(table, used)
    for path in dict.fromkeys(path for path in _paths(measure) if "." in path):
        first, _, rest = path.partition(".")
        target = records.table(table).schema.columns[first].to[0]
        reached = sorted({int(place) for place in records.positions(table, first)[list(used)] if place >= 0})
        sources = records.sources(target, reached)
        found.append(Cells(target, records.rows(target, reached), rest, sources))
        levels |= _levels(records, target, reached)
        grade = max(grade, records.lowest_grade(target, reached))
    return RowOrigin(tuple(found), weakest(levels), _limits(records, measure, used, grade))


def _column(measure: Measure) -> str:
    return measure.take or measure.distinct or next(iter(measure.keys), "") or measure.dated


def _source_columns(records: Records, table: str) -> tuple[str, ...]:
    columns = records.table(table).schema.columns.values()
    return tuple(column.name for column in columns if column.type == "sources")


def _paths(measure: Measure) -> tuple[str, ...]:
    tests = [test.values if test.test == "in_force" else (test.path,) for test in measure.where]
    return (measure.take, measure.distinct, measure.order, *measure.keys, *(path for paths in tests for path in paths))


def _levels(records: Records, table: str, positions: Sequence[int]) -> set[str]:
    if "confidence" not in records.table(table).schema.columns:
        return set()
    levels = records.values(table, "confidence")
    return {str(levels[position]) for position in positions}


def _limits(records: Records, measure: Measure, positions: Sequence[int], grade: int) -> Limits:
    """Return the limits of a fact from some rows of a measure's table; always the same object if none are declared."""
    declared = _declared(records, measure)
    single = measure.kind in ONE_ROW or measure.kind == "values"
    row = positions[0] if single and len(positions) == 1 else None
    fresh = records.fresh_until(measure.table, row) if row is not None and measure.kind in AGING_KINDS else ""
    bases = records.bases(measure.table, positions)
    event = records.kind_of_event(measure.table, row) if row is not None else ()
    if grade < 0 and not bases and not event and not fresh:
        return declared
    return Limits(
        complete=declared.complete,
        bases=bases,
        grade=GRADES[grade] if grade >= 0 else "",
        fresh_until=fresh,
        event=event,
        classes=declared.classes,
        row=declared.row,
    )


def _declared(records: Records, measure: Measure) -> Limits:
    """Return the limits that every fact of a measure has, independent of its rows."""
    return records.once(("limits", measure.id), lambda: _of_measure(records, measure))


def _of_measure(records: Records, measure: Measure) -> Limits:
    schema = records.table(measure.table).schema
    classes = tuple(
        dict.fromkeys(
            column.classification
            for path in _paths(measure)
            if path and (column := column_at(records.schemas(), measure.table, path)) and column.classification
        )
    )
    complete = ""
    if measure.kind in OF_ALL_ROWS:
        state = schema.complete.on(records.day)
        complete = LISTED if measure.listed and state not in ("", COMPLETE) else state
    row = schema.row if measure.kind == "count" and not measure.distinct else ""
    made = Limits(complete=complete, classes=classes, row=row)
    return made if made != NO_LIMITS else NO_LIMITS


def has_gaps(records: Records, measure: Measure) -> bool:
    """Return whether a series that a measure reads is declared to have gaps."""
    return any(each.complete == INCOMPLETE for each in _series(records, measure))


def beyond_bounds(records: Records, measure: Measure) -> NDArray[np.float64]:
    """Return the numbers that a measure takes; "more than 120" is a little more than 120, "less than 120" less."""
    numbers = records.values(measure.table, measure.take).astype(np.float64)
    signs = [records.sign(measure.table, measure.take, place) for place in range(len(numbers))]
    return np.nextafter(numbers, [SIDES.get(sign, number) for sign, number in zip(signs, numbers, strict=True)])


def looked_back_on(measure: Measure, ranked: list[tuple[date, int]]) -> list[tuple[date, int]]:
    """Return the rows by day that a measure looks back on: of the `newest` days, and of `years` up to the newest."""
    days = sorted({day for day, _ in ranked})[-measure.newest :]
    if days and measure.years:
        days = [day for day in days if day > anniversary(days[-1], days[-1].year - measure.years)]
    return [each for each in ranked if each[0] in days]


def _series(records: Records, measure: Measure) -> tuple[SeriesLimits, ...]:
    """Return the limits of the series that a measure names."""
    schema = records.table(measure.table).schema
    named = (
        name for test in measure.where if test.path == schema.series_by and test.test == "is" for name in test.values
    )
    return tuple(schema.series[name] for name in named if name in schema.series)


@dataclass(frozen=True)
class Range:
    """The least and the greatest value that a number may have; None if unbounded."""

    low: float | None
    high: float | None


def missing_rows(measure: Measure, records: Records, whole: Fact | None) -> float | None:
    """Return how many rows an incomplete table lacks; None if the number of all rows is unknown.

    That number is the fact `whole` of the measure, or else the one that the table's schema declares.
    """
    declared = records.table(measure.table).schema.complete
    number = whole.number if whole and whole.kind == "number" else declared.whole
    return None if number is None else max(number - records.count(measure.table), 0.0)


def with_count_bounds(fact: Fact, missing: float | None, most: float | None = None) -> Fact:
    """Return a count, or a list of names, with bounds: from the known number to that plus `missing` rows.

    `most` is an upper limit, such as the denominator. A fact from a complete table gets no bounds.
    """
    if fact.limits.complete != INCOMPLETE:
        return fact
    known = number_of(fact)
    high = None if missing is None else known + missing
    limits = [each for each in (high, most) if each is not None]
    return replace(fact, low=known, high=max(min(limits), known) if limits else None)


def number_of(fact: Fact) -> float:
    """Return a fact's number, or the number of names that it lists."""
    return float(len(fact.value)) if isinstance(fact.value, tuple) else fact.number


def range_of(fact: Fact) -> Range:
    """Return the range of a fact: its bounds if it has any, else its value."""
    number = number_of(fact)
    if fact.limits.complete != INCOMPLETE:
        return Range(number, number)
    return Range(number if fact.low is None else fact.low, fact.high)


def with_bounds(fact: Fact, parents: Iterable[Fact], bound: Callable[[Sequence[Range]], Range]) -> Fact:
    """Return a derived fact with the range that follows from its parents', if one of them has bounds."""
    found = tuple(parents)
    if fact.limits.complete != INCOMPLETE or all(parent.limits.complete != INCOMPLETE for parent in found):
        return fact
    made = bound([range_of(parent) for parent in found])
    return replace(fact, low=made.low, high=made.high)


def sum_range(parts: Sequence[Range]) -> Range:
    """Return the range of a sum."""
    return Range(_sum_or_none(part.low for part in parts), _sum_or_none(part.high for part in parts))


def _sum_or_none(ends: Iterable[float | None]) -> float | None:
    found = list(ends)
    return None if None in found else sum(end for end in found if end is not None)


def quotient_range(parts: Sequence[Range]) -> Range:
    """Return the range of the first divided by the second, both not negative."""
    part, whole = parts
    low = part.low / whole.high if part.low is not None and whole.high else 0.0
    return Range(low, part.high / whole.low if part.high is not None and whole.low else None)


def shifted_range(found: Range, by: float) -> Range:
    """Return a range moved by a number."""
    return Range(*(None if end is None else end + by for end in (found.low, found.high)))


def share_range(parts: Sequence[Range]) -> Range:
    """Return the range of a share, which is at most one."""
    made = quotient_range(parts)
    return Range(made.low, 1.0 if made.high is None else min(made.high, 1.0))


def difference_range(parts: Sequence[Range]) -> Range:
    """Return the range of the first minus the second."""
    first, second = parts
    return Range(_minus_or_none(first.low, second.high), _minus_or_none(first.high, second.low))


def _minus_or_none(end: float | None, other: float | None) -> float | None:
    return None if end is None or other is None else end - other


def intersection_range(known: int) -> Callable[[Sequence[Range]], Range]:
    """Return the function for the range of the names that two lists share; `known` names are known to be shared."""

    def bound(parts: Sequence[Range]) -> Range:
        more = _sum_or_none(_minus_or_none(part.high, part.low) for part in parts)
        highs = [part.high for part in parts if part.high is not None]
        highs += [] if more is None else [known + more]
        return Range(known, max(min(highs), known) if highs else None)

    return bound


def set_difference_range(known: int) -> Callable[[Sequence[Range]], Range]:
    """Return the function for the range of the names of a first list that are not in a second."""

    def bound(parts: Sequence[Range]) -> Range:
        first, second = (_minus_or_none(part.high, part.low) for part in parts)
        return Range(0.0 if second is None else max(known - second, 0.0), None if first is None else known + first)

    return bound


def union_range(known: int) -> Callable[[Sequence[Range]], Range]:
    """Return the function for the range of the names that are in at least one of two lists."""

    def bound(parts: Sequence[Range]) -> Range:
        more = _sum_or_none(_minus_or_none(part.high, part.low) for part in parts)
        return Range(known, None if more is None else known + more)

    return bound
