"""Measures that count rows, add up a column, or list names."""

from collections.abc import Iterator
from datetime import date

import numpy as np

from jianbao.data.facts import Fact
from jianbao.data.measures.bounds import bounded, unlisted
from jianbao.data.measures.declarations import Measure
from jianbao.data.measures.filters import select
from jianbao.data.measures.grounds import grounds_of
from jianbao.data.measures.rows import Facts, group_rows, made, selected, whole_of
from jianbao.data.records import Array, Records, column_at


def year_ends(first: int, day: date) -> Iterator[tuple[str, date]]:
    """Yield each year from `first` to that of the day, with its last day, or the day itself in its year."""
    for year in range(first, day.year + 1):
        yield str(year), min(date(year, 12, 31), day)


def count(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Count rows or distinct values: in all, by key, and at each year's end."""
    if not measure.each_year:
        yield from _counted(measure, records, facts, (), records.day)
        return
    for year, day in year_ends(measure.each_year, records.day):
        yield from _counted(measure, records, facts, (year,), day)


def _counted(measure: Measure, records: Records, facts: Facts, year: tuple[str, ...], day: date) -> Iterator[Fact]:
    positions = select(records, measure.table, measure.where, day)
    if year:
        days = records.days(measure.table, measure.dated)[positions]
        inside = ~(days > day.toordinal()) & (days >= date(day.year, 1, 1).toordinal() if measure.new else True)
        positions = positions[inside]
    cells = records.keys(measure.table, measure.distinct) if measure.distinct else ()
    whole = whole_of(measure, facts)
    missing = None if year and day != records.day else unlisted(measure, records, facts.get(measure.whole))
    for group in group_rows(records, measure, positions):
        different = {key for position in group.positions for key in cells[position]} if cells else group.positions
        ground = grounds_of(records, measure, group.positions)
        keys, number = (*group.keys, *year), float(len(different))
        counted = made(measure, keys, number, ground, as_of=day.isoformat(), whole=whole)
        yield bounded(counted, missing, whole.number if whole else None)


def add_up(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Sum a column over the rows that have a value; no fact where none has, for a missing value is never a zero."""
    positions = selected(measure, records, facts)
    numbers = records.values(measure.table, measure.take).astype(np.float64)
    for group in group_rows(records, measure, positions, full=False):
        used = tuple(position for position in group.positions if numbers[position] == numbers[position])
        if used:
            total = float(np.sum(numbers[list(used)]))
            ground = grounds_of(records, measure, used)
            day = records.day.isoformat()
            yield made(measure, group.keys, total, ground, as_of=day, whole=whole_of(measure, facts))


def list_names(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """List the names in a column, each once, in the order of the table or of another column."""
    positions = selected(measure, records, facts)
    if measure.order:
        positions = positions[np.argsort(_order(records, measure)[positions], kind="stable")]
    cells = records.keys(measure.table, measure.take)
    missing = unlisted(measure, records, facts.get(measure.whole))
    for group in group_rows(records, measure, positions):
        names = tuple(dict.fromkeys(key for position in group.positions for key in cells[position]))
        ground = grounds_of(records, measure, group.positions)
        named = made(measure, group.keys, names, ground, kind="names", as_of=records.day.isoformat())
        yield bounded(named, missing)


def _order(records: Records, measure: Measure) -> Array:
    """Return what puts the rows in order: last days, numbers, or ranks of texts; what is blank comes last."""
    column = column_at(records.schemas(), measure.table, measure.order)
    if column and column.type == "date":
        return records.ordinals(measure.table, measure.order)
    values = records.values(measure.table, measure.order)
    if values.dtype.kind == "f":
        return values
    ranks = {text: rank for rank, text in enumerate(sorted(set(values.tolist()) - {""}))}
    return np.array([ranks.get(text, len(ranks)) for text in values.tolist()])
