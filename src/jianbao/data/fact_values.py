"""Read facts as quantities: the bounds that their tables, windows and draws leave, and totals of families of facts."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np

from jianbao.data.claim_limits import INCOMPLETE
from jianbao.data.dates import Period, period
from jianbao.data.facts import Fact, Ledger
from jianbao.data.moments import apart, complete_since, days_of, last_day
from jianbao.data.quantities import (
    DATE,
    Code,
    Floats,
    Quantity,
    Reason,
    Words,
    as_quantity,
    check_alike,
    doubt,
    interval,
    number,
    ordinals,
    undecided,
)

Stated = tuple[object, ...]  # what tells whether two facts are one inexact value


_OF_ALL = ("last", "best", "worst", "longest_gap")  # measures whose own day is not that until which they hold
_LEAST = ("count", "size", "sum", "total", "last", "best", "longest_gap")  # what missing rows can only make greater
_MOST = ("first", "worst")  # what missing rows can only make less
_TOTAL: Mapping[str, Callable[[Floats], Floats]] = {
    "max": lambda ends: np.asarray(ends.max(axis=0)),
    "min": lambda ends: np.asarray(ends.min(axis=0)),
    "sum": lambda ends: np.asarray(ends.sum(axis=0)),
    "count": lambda ends: np.array([float(len(ends))]),
}


def _stated_range(fact: Fact, number: float) -> tuple[float, float]:
    """Return the range of "more than 90", "less than 90" or "about 90": up to the next round number.

    Nobody writes "more than 90" for 100, or "more than 235 million" for 236 million; computed values have no such end.
    """
    exponent = int(Decimal(repr(number)).normalize().as_tuple().exponent)
    step = 10.0**exponent if fact.cells and number else math.inf
    if ">" in fact.comparator:
        return math.nextafter(number, math.inf), _inside(number + step, -math.inf)
    if "<" in fact.comparator:
        return _inside(number - step, math.inf), math.nextafter(number, -math.inf)
    return (number - step / 2, number + step / 2) if math.isfinite(step) else (number, number)


def _inside(end: float, towards: float) -> float:
    return end if math.isinf(end) else math.nextafter(end, towards)


def _measure(fact: Fact) -> str:
    """Return the kind of measure that made a fact."""
    return fact.how.partition(":")[0]


def stated(fact: Fact) -> Stated:
    """Return what two facts have in common that are the "more than 90" of one cell; else its id."""
    return (fact.cells, fact.value, fact.comparator) if fact.comparator != "=" and fact.cells else (fact.id,)


def _matters(member: Quantity, low: Floats, high: Floats, attribute: str) -> bool:
    """Return whether a member of a family may be its greatest or least, or part of its sum."""
    outside = {"max": member.high < low, "min": member.low > high}.get(attribute)
    return outside is None or not bool(np.all(outside))


@dataclass(frozen=True, kw_only=True)
class FactReader:
    """Reads values of facts; `settled` are ends that inexact values are taken for."""

    facts: Ledger
    as_of: bool
    draws: Mapping[str, Floats]
    settled: Mapping[Stated, float] = field(default_factory=dict)

    def value_of(self, fact: Fact) -> Quantity | Words:
        """Return the value of a fact: a number or a date as a quantity, anything else as words."""
        if fact.kind == "number":
            return self.number_of(fact)
        day = period(str(fact.value)) if fact.kind == "date" else None
        if day:
            return self._date_of(fact, day)
        values = fact.value if isinstance(fact.value, tuple) else (str(fact.value),)
        return Words(
            values=values,
            label=fact.id,
            listed=fact.kind == "names",
            facts=(fact,),
            doubts=self.bounds(fact, float(len(values)))[2],
        )

    def _date_of(self, fact: Fact, day: Period) -> Quantity:
        """Return a date as the first and the last day that it may be; a list that may lack rows bounds one side."""
        low, high, doubts = self.bounds(fact, float(day.last.toordinal()))
        low, high = (end if math.isinf(end) else own for end, own in zip((low, high), ordinals(day), strict=True))
        if low < high and not doubts:
            doubts = doubt(Code.INEXACT, fact, low, high, unit=DATE)
        return interval(low, high, fact.id, unit=DATE, facts=(fact,), doubts=doubts)

    def number_of(self, fact: Fact) -> Quantity:
        """Return a number with its draws, or else with its bounds."""
        drawn = self.draws.get(fact.id)
        if drawn is not None:
            return Quantity(low=drawn, high=drawn, label=fact.id, unit=fact.unit, facts=(fact,))
        low, high, doubts = self.bounds(fact, fact.number)
        return interval(low, high, fact.id, unit=fact.unit, facts=(fact,), doubts=doubts)

    def bounds(self, fact: Fact, number: float) -> tuple[float, float, tuple[Reason, ...]]:
        """Return the least and the greatest value that a fact may have, and the reason why these differ."""
        low, high, doubts = self._of_rows(fact, number)
        window, kind = fact.limits.window, _measure(fact)
        if window is None or not window.gaps or kind not in ("best", "worst"):
            return low, high, doubts
        gap = Reason(Code.GAP, {"fact": fact.id, "since": window.since or window.last})
        return (low, math.inf, (*doubts, gap)) if kind == "best" else (-math.inf, high, (*doubts, gap))

    def _of_rows(self, fact: Fact, number: float) -> tuple[float, float, tuple[Reason, ...]]:
        """Return the bounds that a fact's own rows leave it."""
        limits, kind, unit = fact.limits, _measure(fact), DATE if fact.kind == DATE else fact.unit
        if stated(fact) in self.settled:
            end = self.settled[stated(fact)]
            return end, end, ()
        if fact.comparator != "=":
            low, high = _stated_range(fact, number)
            return low, high, doubt(Code.INEXACT, fact, low, high, unit=unit) if low < high else ()
        if fact.low is not None or fact.high is not None:
            low, high = -math.inf if fact.low is None else fact.low, math.inf if fact.high is None else fact.high
            code = Code.INCOMPLETE if limits.complete == INCOMPLETE else Code.INEXACT
            return low, high, doubt(code, fact, low, high, unit=unit) if low < high else ()
        low, high = number if kind in _LEAST else -math.inf, number if kind in _MOST else math.inf
        if limits.complete == INCOMPLETE:
            return low, high, doubt(Code.INCOMPLETE, fact, low, high, unit=unit)
        until = period(limits.complete) if limits.open else None
        day = None if until is None else self.facts.as_of if kind in _OF_ALL else last_day(fact)
        if until and day and day > until.last and not self.as_of:
            return low, high, doubt(Code.LATER, fact, low, high, unit=unit, until=limits.complete)
        return number, number, ()

    def attribute(self, fact: Fact, attribute: str) -> Quantity | Words:
        """Return an attribute of a fact."""
        label = f"{fact.id}.{attribute}"
        if attribute == "unit" and fact.unit:
            return Words(values=(fact.unit,), label=label)
        if attribute == "year":
            day = period(str(fact.value) if fact.kind == "date" else fact.as_of)
            if day and day.first.year == day.last.year:
                return number(float(day.last.year), label)
        if attribute == "count" and isinstance(fact.value, tuple):
            low, high, doubts = self.bounds(fact, float(len(fact.value)))
            return interval(low, high, label, unit=fact.unit, facts=(fact,), doubts=doubts)
        if attribute == "carried":
            return number(float(fact.carried), label, unit="year")
        if fact.kind == "number" and attribute in ("low", "high"):
            bound = self.number_of(fact).bounds[attribute == "high"]
            if math.isfinite(bound):
                return number(bound, label, unit=fact.unit, facts=(fact,))
        if fact.kind == "number" and fact.of and attribute == "of":
            return number(fact.of, label, unit=fact.unit, facts=(fact,))
        if fact.kind == "number" and fact.of and attribute == "share":
            return self._share(fact, fact.of, label)
        raise undecided(Code.NO_ATTRIBUTE, fact=fact.id, attribute=attribute)

    def _share(self, fact: Fact, whole: float, label: str) -> Quantity:
        """Return the part of the whole; rows that an incomplete table lacks may belong to the part or not."""
        low, high, doubts = self.bounds(fact, fact.number)
        lacking = high - low if doubts else 0.0
        return interval(
            max(low, 0.0) / (whole + lacking), min(high / whole, 1.0), label, unit="share", facts=(fact,), doubts=doubts
        )

    def total(self, prefix: str, attribute: str, since: float = -math.inf, before: float = math.inf) -> Quantity:
        """Return the greatest, the least, the sum or the number of the facts below a prefix.

        If values are missing between them, a greater or a lesser one may be among these.
        """
        family = [fact for fact in self.facts.below(prefix) if fact.kind in ("number", DATE)]
        spanned = since > -math.inf or before < math.inf
        members = [fact for fact in family if not spanned or ((day := last_day(fact)) and since <= day.year < before)]
        if not members:
            raise undecided(Code.MISSING, fact=prefix)
        found = [as_quantity(self.value_of(fact)) for fact in members]
        for each in found[1:]:
            check_alike(found[0], each)
        pair = None if self.as_of else apart(members)
        if pair and attribute != "count":
            raise undecided(Code.MOMENT, **days_of(*pair))
        ends = (np.stack(np.broadcast_arrays(*sides)) for sides in zip(*((q.low, q.high) for q in found), strict=True))
        low, high = (_TOTAL[attribute](end) for end in ends)
        doubts = tuple(reason for each in found if _matters(each, low, high, attribute) for reason in each.doubts)
        since_day = complete_since(family, since, before)
        if since_day:
            doubts = (*doubts, Reason(Code.GAP, {"fact": prefix, "since": since_day.isoformat()}))
            negative = attribute == "sum" and bool(np.any(low < 0))
            low = np.full_like(low, -math.inf) if attribute == "min" or negative else low
            high = high if attribute == "min" else np.full_like(high, math.inf)
        facts = () if attribute == "count" else tuple(members)
        unit = "" if attribute == "count" else found[0].unit
        return Quantity(low=low, high=high, label=f"{prefix}.{attribute}", unit=unit, facts=facts, doubts=doubts)
