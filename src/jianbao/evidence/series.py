"""Series: single cells of rows that time puts in order."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise

import numpy as np

from jianbao.errors import EvidenceError, Problem
from jianbao.evidence.declarations import Measure
from jianbao.evidence.facts import Fact
from jianbao.evidence.periods import period, years_between
from jianbao.evidence.provenance import LEVELS, basis
from jianbao.evidence.records import Positions, Records
from jianbao.evidence.rows import Facts, cell, groups, made, selected, taken


def each_value(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Make one fact of every row that has a value, by its key."""
    positions = selected(measure, records, facts)
    for group in groups(records, measure, positions, full=False):
        filled = tuple(p for p in group.positions if cell(records, measure.table, measure.take, p) is not None)
        if len(filled) > 1:
            said = _listed(records, measure, filled)
            what = f"'{', '.join(group.keys)}' has more than one row in {measure.table}: {said}"
            raise EvidenceError(Problem(measure.place, what, "one fact cannot hold two values"))
        if filled:
            yield from taken(measure, records, group.keys, filled[0])


def only_value(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Make a fact of the only row that fits."""
    positions = selected(measure, records, facts).tolist()
    if len(positions) > 1:
        what = f"{len(positions)} rows of {measure.table} fit {measure.id}: {_listed(records, measure, positions)}"
        raise EvidenceError(Problem(measure.place, what, "narrow `where` to one row"))
    for position in positions:
        yield from taken(measure, records, (), position)


def _listed(records: Records, measure: Measure, positions: Iterable[int]) -> str:
    return ", ".join(f"row {row}" for row in records.rows(measure.table, positions))


def at_the_end(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Take a cell of the earliest or latest row; of rows with the same date the table's first or last one."""
    positions = selected(measure, records, facts)
    days = records.days(measure.table, measure.dated)
    positions = positions[~np.isnan(days[positions])]
    for group in groups(records, measure, positions, full=False):
        ranked = sorted(group.positions, key=lambda position: (float(days[position]), position))
        yield from taken(measure, records, group.keys, ranked[0 if measure.kind == "first" else -1]) if ranked else ()


def longest_gap(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Measure the longest time between two dates that follow each other, in years; two dates at least."""
    positions = selected(measure, records, facts)
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
        ground = basis(records, measure, (earlier, later))
        yield made(measure, (), years, ground, unit="year", as_of=records.day.isoformat())


def latest(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Take the value of the latest (or earliest) period, of each year that has one if the measure says so.

    Of rows with the same last day the best confirmed one counts, then the later one. A value older than `carry`
    years makes no fact; its age is kept in `carried`.
    """
    for group in groups(records, measure, _periodic(measure, records, facts), full=False):
        ranked = _ranked(measure, records, group.positions)
        if measure.each_year:
            last_of_year = {day.year: position for day, position in ranked if day.year >= measure.each_year}
            for year, position in last_of_year.items():
                yield from taken(measure, records, (*group.keys, str(year)), position)
        elif ranked:
            day, position = ranked[0 if measure.kind == "earliest" else -1]
            carried = records.day.year - day.year if measure.kind == "latest" else 0
            if measure.carry is None or carried <= measure.carry:
                yield from taken(measure, records, group.keys, position, carried)


def extreme(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Take the greatest or the least value so far; of equal ones the earliest."""
    numbers = records.values(measure.table, measure.take).astype(np.float64)
    turn = -1.0 if measure.kind == "best" else 1.0
    for group in groups(records, measure, _periodic(measure, records, facts), full=False):
        ranked = _ranked(measure, records, group.positions)
        if ranked:
            position = min(ranked, key=lambda dated: (turn * numbers[dated[1]], dated[0]))[1]
            yield from taken(measure, records, group.keys, position)


def _periodic(measure: Measure, records: Records, facts: Facts) -> Positions:
    """Return the rows with a value, without intervals (nine months are no year) unless they are asked for."""
    positions = selected(measure, records, facts)
    written = records.written_dates(measure.table, measure.dated)
    return np.array(
        [
            position
            for position in positions.tolist()
            if cell(records, measure.table, measure.take, position) is not None
            and (measure.intervals or "/" not in written[position])
        ],
        dtype=np.intp,
    )


def _ranked(measure: Measure, records: Records, positions: Iterable[int]) -> list[tuple[date, int]]:
    """Return the dated rows from the earliest to the latest, each with its last day."""
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
