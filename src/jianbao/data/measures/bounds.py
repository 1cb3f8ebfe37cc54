"""Bounds of what is counted from an incomplete table, and of what is made from such counts."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from jianbao.data.facts import Fact
from jianbao.data.limits import INCOMPLETE
from jianbao.data.measures.declarations import Measure
from jianbao.data.records import Records


@dataclass(frozen=True)
class Range:
    """The least and the greatest value that a number may have; None where nothing bounds it."""

    low: float | None
    high: float | None


def unlisted(measure: Measure, records: Records, whole: Fact | None) -> float | None:
    """Return how many rows an incomplete table lacks; None if the whole is not known."""
    declared = records.table(measure.table).schema.complete
    number = whole.number if whole and whole.kind == "number" else declared.whole
    return None if number is None else max(number - records.count(measure.table), 0.0)


def bounded(fact: Fact, missing: float | None, most: float | None = None) -> Fact:
    """Return a count, or a list of names, with its bounds: what is known, and what may be missing besides.

    `most` is what it cannot exceed, such as its denominator. A fact of a complete table keeps no bounds.
    """
    if fact.limits.complete != INCOMPLETE:
        return fact
    known = number_of(fact)
    high = None if missing is None else known + missing
    limits = [each for each in (high, most) if each is not None]
    return replace(fact, low=known, high=max(min(limits), known) if limits else None)


def number_of(fact: Fact) -> float:
    """Return a fact's number, or how many names it lists."""
    return float(len(fact.value)) if isinstance(fact.value, tuple) else fact.number


def range_of(fact: Fact) -> Range:
    """Return between which values a fact lies: its bounds if it has some, else its value alone."""
    number = number_of(fact)
    if fact.limits.complete != INCOMPLETE:
        return Range(number, number)
    return Range(number if fact.low is None else fact.low, fact.high)


def with_bounds(fact: Fact, parents: Iterable[Fact], bound: Callable[[Sequence[Range]], Range]) -> Fact:
    """Return a derived fact with the range that follows from those of its parents, where one of them has any."""
    found = tuple(parents)
    if fact.limits.complete != INCOMPLETE or all(parent.limits.complete != INCOMPLETE for parent in found):
        return fact
    made = bound([range_of(parent) for parent in found])
    return replace(fact, low=made.low, high=made.high)


def sum_of(parts: Sequence[Range]) -> Range:
    """Return the range of a sum."""
    return Range(_all(part.low for part in parts), _all(part.high for part in parts))


def _all(ends: Iterable[float | None]) -> float | None:
    found = list(ends)
    return None if None in found else sum(end for end in found if end is not None)


def quotient_of(parts: Sequence[Range]) -> Range:
    """Return the range of the first divided by the second, both not negative."""
    part, whole = parts
    low = part.low / whole.high if part.low is not None and whole.high else 0.0
    return Range(low, part.high / whole.low if part.high is not None and whole.low else None)


def shifted(found: Range, by: float) -> Range:
    """Return a range moved by a number."""
    return Range(*(None if end is None else end + by for end in (found.low, found.high)))


def share_of_whole(parts: Sequence[Range]) -> Range:
    """Return the range of a share, which is at most one."""
    made = quotient_of(parts)
    return Range(made.low, 1.0 if made.high is None else min(made.high, 1.0))


def difference_of(parts: Sequence[Range]) -> Range:
    """Return the range of the first minus the second."""
    first, second = parts
    return Range(_less(first.low, second.high), _less(first.high, second.low))


def _less(end: float | None, other: float | None) -> float | None:
    return None if end is None or other is None else end - other


def common(known: int) -> Callable[[Sequence[Range]], Range]:
    """Return what bounds the names that two lists share, of which so many are known."""

    def bound(parts: Sequence[Range]) -> Range:
        more = _all(_less(part.high, part.low) for part in parts)
        highs = [part.high for part in parts if part.high is not None]
        highs += [] if more is None else [known + more]
        return Range(known, max(min(highs), known) if highs else None)

    return bound


def remaining(known: int) -> Callable[[Sequence[Range]], Range]:
    """Return what bounds the names of a first list that are not in a second, of which so many are known."""

    def bound(parts: Sequence[Range]) -> Range:
        first, second = (_less(part.high, part.low) for part in parts)
        return Range(0.0 if second is None else max(known - second, 0.0), None if first is None else known + first)

    return bound


def united(known: int) -> Callable[[Sequence[Range]], Range]:
    """Return what bounds the names that stand in one of two lists at least, of which so many are known."""

    def bound(parts: Sequence[Range]) -> Range:
        more = _all(_less(part.high, part.low) for part in parts)
        return Range(known, None if more is None else known + more)

    return bound
