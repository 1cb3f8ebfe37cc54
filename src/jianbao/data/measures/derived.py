"""Derive facts from other facts, and distances and bearings from the city."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from math import asin, atan2, cos, degrees, log, radians, sin, sqrt

import numpy as np

from jianbao.data.claim_limits import INCOMPLETE, joined
from jianbao.data.dates import last_day, period, years_between
from jianbao.data.facts import Fact, Kind, Ledger, Value
from jianbao.data.measures.declarations import Measure
from jianbao.data.measures.fact_origins import (
    Range,
    difference_range,
    intersection_range,
    origin_of,
    quotient_range,
    set_difference_range,
    share_range,
    shifted_range,
    sum_range,
    union_range,
    with_bounds,
    with_count_bounds,
)
from jianbao.data.measures.rows import Facts, fact_from_rows, group_rows, selected_positions
from jianbao.data.provenance import exactness, weakest
from jianbao.data.records import Records

EARTH_RADIUS = 6371.0  # km, mean radius after the IUGG
ABOUT = {"≈"}  # the comparators of approximate values


def count_unverified(measure: Measure, records: Records, _: Facts) -> Iterator[Fact]:
    """Count the rows of a table that are marked unverified; no fact if none is."""
    count, day = records.table(measure.table).unverified, records.day.isoformat()
    if count:
        yield Fact(id=measure.id, value=float(count), unit=measure.unit, as_of=day, how=measure.how)


def from_point(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Measure the distance or direction from a point to each row's place."""
    positions = selected_positions(measure, records, facts)
    lat, lon = (records.values(measure.table, path).astype(np.float64) for path in (measure.lat, measure.lon))
    formula, unit = (distance, "km") if measure.kind == "distance" else (bearing, "degree")
    for group in group_rows(records, measure, positions, full=False):
        place = next((p for p in group.positions if lat[p] == lat[p] and lon[p] == lon[p]), None)
        if place is not None:
            value = formula(measure.start_point, (float(lat[place]), float(lon[place])))
            origin = origin_of(records, measure, (place,), f"{measure.lat}, {measure.lon}")
            yield fact_from_rows(measure, group.keys, value, origin, unit=unit, as_of=records.day.isoformat())


def distance(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the great-circle distance in km between two points (latitude, longitude), by the haversine formula."""
    (lat, lon), (lat_to, lon_to) = ((radians(angle) for angle in point) for point in (start, end))
    half = sin((lat_to - lat) / 2) ** 2 + cos(lat) * cos(lat_to) * sin((lon_to - lon) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


def bearing(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the initial direction of the great circle in degrees clockwise from north, 0 to 360."""
    (lat, lon), (lat_to, lon_to) = ((radians(angle) for angle in point) for point in (start, end))
    east = sin(lon_to - lon) * cos(lat_to)
    north = cos(lat) * sin(lat_to) - sin(lat) * cos(lat_to) * cos(lon_to - lon)
    return degrees(atan2(east, north)) % 360


Earlier = Callable[[str, int], Ledger]


@dataclass(frozen=True)
class Given:
    """The input of derived facts: the ledger so far, and results of earlier years."""

    ledger: Ledger
    earlier: Earlier

    def fact(self, fact_id: str, kind: Kind = "number") -> Fact | None:
        """Return a fact if it exists and is of the given kind."""
        found = self.ledger.get(fact_id)
        return found if found and found.kind == kind else None

    def members(self, subject: tuple[str, ...]) -> tuple[Fact, ...] | None:
        """Return the facts named, or those of the one family named; None if a fact is missing."""
        if len(subject) == 1 and subject[0] not in self.ledger:
            return tuple(fact for fact in self.ledger.family(subject[0]).values() if fact.kind == "number") or None
        found = [self.fact(each) for each in subject]
        return None if None in found else tuple(fact for fact in found if fact)

    def two(self, measure: Measure, kind: Kind = "number") -> tuple[Fact, Fact] | None:
        """Return the two facts of a measure, or None if one is missing."""
        first, second = (self.fact(each, kind) for each in measure.subject)
        return (first, second) if first and second else None


def share_of(measure: Measure, given: Given) -> Iterator[Fact]:
    """Divide a fact by a denominator that is not zero and enough of `out_of`; keep it as `of` unless it is a share."""
    part, whole = given.fact(measure.subject[0]), given.fact(measure.of)
    every = given.fact(measure.out_of) if measure.out_of else whole
    if part and whole and whole.number and every and whole.number >= measure.covering * every.number:
        sign, value = exactness((part,), (whole,)), part.number / whole.number
        of = None if whole.unit == "share" else whole.number  # nothing is "1 of 1" of a share
        made = _derived(measure, value, (part, whole), unit="share", comparator=sign, of=of)
        yield with_bounds(made, (part, whole), share_range)


def total(measure: Measure, given: Given) -> Iterator[Fact]:
    """Add up facts, or all facts of a family; a sum of several named facts has the date of the oldest."""
    parts = given.members(measure.subject)
    if parts:
        named = len(measure.subject) > 1
        whole = given.fact(measure.of) if measure.of else None
        made = _derived(
            measure,
            sum(part.number for part in parts),
            (*parts, *((whole,) if whole else ())),
            unit=_common_unit(parts),
            comparator=exactness(parts),
            of=whole.number if whole else None,
        )
        made = replace(made, as_of=min((part.as_of for part in parts), key=_when)) if named else made
        yield _at_most_denominator(with_bounds(made, parts, sum_range))


def one_of(measure: Measure, given: Given) -> Iterator[Fact]:
    """Take the first fact, or the larger one, "more than 40" before 40; the other if one is not known.

    It is the same fact with another id, from the same cells and sources.
    """
    known = [fact for each in measure.subject if (fact := given.fact(each))]
    if known and measure.kind == "larger":
        known.sort(key=lambda fact: (-fact.number, fact.comparator != ">"))
    for found in known[:1]:
        yield replace(found, id=measure.id, parents=(found.id,), how=measure.kind)


def difference(measure: Measure, given: Given) -> Iterator[Fact]:
    """Subtract the second fact from the first; shares differ by percentage points."""
    both = given.two(measure)
    if both:
        first, second = both
        sign = exactness((first,), (second,))
        made = _derived(measure, first.number - second.number, both, unit=_common_unit(both), comparator=sign)
        yield with_bounds(as_fresh_as(made, first), both, difference_range)


def quotient(measure: Measure, given: Given) -> Iterator[Fact]:
    """Divide the first fact by the second, as a ratio or (minus one) as growth; nothing if the second is zero.

    Two approximate values have no growth: their inaccuracy may be greater.
    """
    both = given.two(measure)
    if both and both[1].number and (measure.kind != "growth" or {fact.comparator for fact in both} != ABOUT):
        first, second = both
        base = 1 if measure.kind == "growth" else 0
        value, unit = first.number / second.number - base, "share" if base else "ratio"
        made = _derived(measure, value, both, unit=unit, comparator=exactness((first,), (second,)))
        bounds = partial(_growth_range, base=base)
        yield with_bounds(as_fresh_as(made, first), both, bounds)


def _growth_range(parts: Sequence[Range], base: int) -> Range:
    return shifted_range(quotient_range(parts), -base)


def as_fresh_as(made: Fact, newest: Fact) -> Fact:
    """Return a comparison of two times with the freshness of the later one, since the earlier one is old on purpose."""
    return replace(made, limits=replace(made.limits, fresh_until=newest.limits.fresh_until))


def annual_growth(measure: Measure, given: Given) -> Iterator[Fact]:
    """Return the compound annual growth rate, (new / old) ** (1 / years) - 1, of two positive values."""
    both = given.two(measure)
    if both and both[0].number > 0 and both[1].number > 0 and {fact.comparator for fact in both} != ABOUT:
        new, old = both
        start, end = last_day(old.as_of), last_day(new.as_of)
        if start < end:
            value = (new.number / old.number) ** (1 / years_between(start, end)) - 1
            made = _derived(measure, value, both, unit="share", comparator=exactness((new,), (old,)))
            yield as_fresh_as(made, new)


def evenness(measure: Measure, given: Given) -> Iterator[Fact]:
    """Return Pielou's evenness of a family of counts: Shannon's entropy over the logarithm of the number of members."""
    parts = given.members(measure.subject) or ()
    whole = sum(part.number for part in parts)
    if len(parts) > 1 and whole > 0:
        shares = [part.number / whole for part in parts if part.number > 0]
        value = -sum(each * log(each) for each in shares) / log(len(parts))
        signs = {part.comparator for part in parts}
        yield _derived(measure, value, parts, unit="index", comparator="=" if signs == {"="} else "≈")


def extreme_keys(measure: Measure, given: Given) -> Iterator[Fact]:
    """List the keys of the greatest or least facts of a family."""
    parts = given.members(measure.subject)
    if parts:
        bound = (max if measure.kind == "most" else min)(part.number for part in parts)
        chosen = [part for part in parts if part.number == bound]
        yield _derived(measure, tuple(part.about[-1] for part in chosen if part.about), parts, kind="names")


def years_since(measure: Measure, given: Given) -> Iterator[Fact]:
    """Return the years from a date to the day of the ledger."""
    dated = given.fact(measure.subject[0], "date")
    if dated:
        start = last_day(str(dated.value))
        if start <= given.ledger.as_of:
            made = _derived(measure, years_between(start, given.ledger.as_of), (dated,), unit="year")
            yield replace(made, as_of=given.ledger.as_of.isoformat())


def time_between(measure: Measure, given: Given) -> Iterator[Fact]:
    """Return the years from the date of the second fact to that of the first; negative if the second is later."""
    both = given.two(measure)
    if both:
        new, old = (last_day(fact.as_of) for fact in both)
        value = years_between(old, new) if old <= new else -years_between(new, old)
        yield _derived(measure, value, both, unit="year")


def before(measure: Measure, given: Given) -> Iterator[Fact]:
    """Return the result of a measure some years earlier, traced to the cells of that day.

    If the present value is carried from an earlier year, the years count back from that one. A value that was itself
    more than `carry` years old then makes no fact.
    """
    old = given.earlier(measure.subject[0], measure.years + _carried(given, measure.subject[0]))
    fact = old.get(measure.subject[0])
    if fact and (measure.carry is None or fact.carried <= measure.carry):
        # it is stated as a value of that time
        limits = replace(fact.limits, fresh_until="", base=fact.as_of, years=measure.years)
        cells = old.cells_of(fact.id)
        yield replace(fact, id=measure.id, how=measure.how, cells=cells, parents=(), about=(), limits=limits)


def _carried(given: Given, subject: str) -> int:
    now = given.ledger.get(subject)
    return now.carried if now else 0


def change_since(measure: Measure, given: Given) -> Iterator[Fact]:
    """Subtract the result of a measure some years earlier from its result now, as `before` counts the years.

    The change is traced to the cells of both.
    """
    subject = measure.subject[0]
    old = given.earlier(subject, measure.years + _carried(given, subject))
    now, then = given.fact(subject), old.get(subject)
    if now and then and then.kind == "number":
        sign = exactness((now,), (then,))
        made = _derived(measure, now.number - then.number, (now,), unit=now.unit, comparator=sign)
        confidence, limits = weakest((now.confidence, then.confidence)), joined((now.limits, then.limits))
        compared = replace(limits, base=then.as_of, years=measure.years)
        cells = tuple(dict.fromkeys((*old.cells_of(subject), *given.ledger.cells_of(subject))))
        changed = replace(made, confidence=confidence, cells=cells, limits=compared)
        yield with_bounds(as_fresh_as(changed, now), (now, then), difference_range)


def in_lists(measure: Measure, given: Given) -> Iterator[Fact]:
    """Return the names of the first list that are (or, for "without", are not) in the second, in the first's order."""
    both = given.two(measure, "names")
    if both:
        first, second = ((fact.value if isinstance(fact.value, tuple) else ()) for fact in both)
        wanted = measure.kind == "both"
        names = tuple(name for name in first if (name in second) == wanted)
        bound = (intersection_range if wanted else set_difference_range)(len(names))
        yield with_bounds(_derived(measure, names, both, kind="names"), both, bound)


def either(measure: Measure, given: Given) -> Iterator[Fact]:
    """Return the names of both lists, each once, those of the first list first."""
    both = given.two(measure, "names")
    if both:
        found = dict.fromkeys(name for fact in both if isinstance(fact.value, tuple) for name in fact.value)
        yield with_bounds(_derived(measure, tuple(found), both, kind="names"), both, union_range(len(found)))


def later(measure: Measure, given: Given) -> Iterator[Fact]:
    """List the keys whose date in the first family begins after that in the second has ended."""
    first, second = (given.ledger.family(each) for each in measure.subject)
    pairs = [(fact, second[key]) for key, fact in first.items() if key in second]
    parents = tuple(fact for pair in pairs for fact in pair) or (*first.values(), *second.values())
    if parents:
        names = tuple(new.about[-1] for new, old in pairs if _begins_after(str(new.value), str(old.value)))
        made = _derived(measure, names, parents, kind="names")
        yield with_count_bounds(made, None)


def _begins_after(new: str, old: str) -> bool:
    begun, ended = period(new), period(old)
    return bool(begun and ended and begun.first > ended.last)


def size(measure: Measure, given: Given) -> Iterator[Fact]:
    """Count the names of a list."""
    names = given.fact(measure.subject[0], "names")
    if names and isinstance(names.value, tuple):
        whole = given.fact(measure.of) if measure.of else None
        parents = (names, *((whole,) if whole else ()))
        made = _derived(measure, float(len(names.value)), parents, of=whole.number if whole else None)
        yield _at_most_denominator(with_bounds(made, (names,), lambda parts: parts[0]))


def _at_most_denominator(part: Fact) -> Fact:
    """Return a part whose upper bound is at most its denominator."""
    if part.of is None or part.limits.complete != INCOMPLETE:
        return part
    return replace(part, high=part.of if part.high is None else min(part.high, part.of))


def _derived(
    measure: Measure,
    value: Value,
    parents: tuple[Fact, ...],
    *,
    unit: str = "",
    kind: Kind = "number",
    comparator: str = "=",
    of: float | None = None,
) -> Fact:
    """Make a fact from others: dated as the latest, with the weakest confidence and the greatest age of them."""
    return Fact(
        id=measure.id,
        value=value,
        unit=measure.unit or unit,
        kind=kind,
        of=of,
        as_of=max((fact.as_of for fact in parents), key=_when),
        comparator=comparator,
        confidence=weakest(fact.confidence for fact in parents),
        parents=tuple(dict.fromkeys(fact.id for fact in parents)),
        how=measure.how,
        carried=max(fact.carried for fact in parents),
        limits=joined(fact.limits for fact in parents),
    )


def _when(written: str) -> date:
    return last_day(written)


def _common_unit(facts: tuple[Fact, ...]) -> str:
    units = {fact.unit for fact in facts}
    return units.pop() if len(units) == 1 else ""
