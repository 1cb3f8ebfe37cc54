"""Calculate and compare values between two bounds, and say why a comparison is open."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from jianbao.core.messages import Translatable, tr, tr_later, tr_list, verbatim
from jianbao.data.claim_limits import lowest_grade
from jianbao.data.dates import Period, period
from jianbao.data.facts import Fact

Floats = NDArray[np.float64]
DIGITS = 6  # of a number in a reason
EXACT = 14  # significant digits of a calculation that count: a floating-point number has at least 15
DATE = "date"  # the unit of dates, which are counted in days


class Truth(StrEnum):
    """Whether a claim holds; unknown if the facts allow both."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class Code(StrEnum):
    """The kind of a reason; its text names the values that the reason has."""

    HOLDS = tr_later("{left} {sign} {right} holds")
    FAILS = tr_later("{left} {sign} {right} does not hold")
    MISSING = tr_later("{fact} has no value")
    NOT_A_NUMBER = tr_later("{fact} is not a number")
    NO_ATTRIBUTE = tr_later("{fact} has no '{attribute}'")
    UNIT = tr_later("{one} counts in '{unit}', {other} in '{other_unit}'")
    BASIS = tr_later("{one} is counted as '{rule}', {other} as '{other_rule}': they do not compare")
    MOMENT = tr_later("{one} is of {day}, {other} of {other_day}")
    GAP = tr_later("values are missing in {fact} before {since}: it may be said of the time since then only")
    INCOMPLETE = tr_later("{fact} is from an incomplete table: {range}")
    LATER = tr_later("{fact} is complete until {until} only: {range}")
    INEXACT = tr_later("{fact} is not an exact number: {range}")
    DRAWS = tr_later("{left} {sign} {right} holds in {share:.0%} of the simulations, fails in {fails:.0%}")
    ZERO = tr_later("{divisor} may be zero, and nothing is divided by zero")


@dataclass(frozen=True)
class Reason:
    """Why a claim is false or unknown: the kind of reason, and the values that its text names."""

    code: Code
    values: Mapping[str, object]

    @property
    def message(self) -> Translatable:
        """Return the reason as a message."""
        return tr(self.code.value, **self.values)


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantity:
    """A value between two bounds, infinite if there is none, with its unit and the facts from which it comes.

    Each bound has one element, or one for each draw of the scores. `label` is how a reason names it. `doubts` are the
    reasons why it is not one number.
    """

    low: Floats
    high: Floats
    label: str
    unit: str = ""
    facts: tuple[Fact, ...] = ()
    doubts: tuple[Reason, ...] = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the least and the greatest value; of scores, the 5th and the 95th percentile of the draws."""
        if len(self.low) == 1:
            return float(self.low[0]), float(self.high[0])
        return float(np.percentile(self.low, 5)), float(np.percentile(self.high, 95))

    @property
    def exact(self) -> bool:
        """Return whether it is a single number."""
        return len(self.low) == 1 and float(self.low[0]) == float(self.high[0])

    @property
    def bases(self) -> tuple[str, ...]:
        """Return the counting rules of its facts."""
        return tuple(dict.fromkeys(basis for fact in self.facts for basis in fact.limits.bases))

    @property
    def grade(self) -> str:
        """Return the lowest grade of its facts."""
        return lowest_grade(fact.limits.grade for fact in self.facts)

    @property
    def words(self) -> Translatable:
        """Return it in words: a number, "at least 5", "at most 13", or "5 to 18"."""
        return _range_in_words(*self.bounds, self.unit)


@dataclass(frozen=True, kw_only=True)
class Words:
    """One text, name or date, or several names; `doubts` are the reasons why there may be more of them."""

    values: tuple[str, ...]
    label: str
    listed: bool = False
    facts: tuple[Fact, ...] = ()
    doubts: tuple[Reason, ...] = ()


Verdict = tuple[Truth, tuple[Reason, ...]]


class UndecidedError(Exception):
    """A part has no value, for these reasons."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        super().__init__()
        self.reasons = tuple(each_once(reasons))


def each_once(reasons: Iterable[Reason]) -> list[Reason]:
    """Return reasons without repetitions, in their order."""
    found: list[Reason] = []
    found.extend(each for each in reasons if each not in found)
    return found


def undecided(code: Code, **values: object) -> UndecidedError:
    """Return the error that a part has no value, for one reason."""
    return UndecidedError([Reason(code, values)])


OPPOSITE = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


def joined(parts: Sequence[Verdict], decides: Truth) -> Verdict:
    """Return the verdict on several parts of which one alone decides, with the reasons of those that decide."""
    truths = [truth for truth, _ in parts]
    truth = next((each for each in (decides, Truth.UNKNOWN) if each in truths), OPPOSITE[decides])
    return truth, tuple(reason for each, reasons in parts if each is truth for reason in reasons)


def number(value: float, label: str, unit: str = "", facts: tuple[Fact, ...] = ()) -> Quantity:
    """Return a single number as a quantity."""
    return interval(value, value, label, unit=unit, facts=facts)


def interval(
    low: float,
    high: float,
    label: str,
    unit: str = "",
    facts: tuple[Fact, ...] = (),
    doubts: tuple[Reason, ...] = (),
) -> Quantity:
    """Return a quantity between two bounds."""
    return Quantity(low=np.array([low]), high=np.array([high]), label=label, unit=unit, facts=facts, doubts=doubts)


def as_quantity(value: Quantity | Words) -> Quantity:
    """Return a value if it is a quantity; raise UndecidedError if it is not."""
    if isinstance(value, Quantity):
        return value
    raise undecided(Code.NOT_A_NUMBER, fact=value.label)


def as_words(value: Quantity | Words) -> Words:
    """Return a value if it is words; raise UndecidedError if it is not."""
    if isinstance(value, Words):
        return value
    raise undecided(Code.NO_ATTRIBUTE, fact=value.label, attribute="names")


def dated(value: Quantity | Words, beside: Quantity | Words) -> Quantity | Words:
    """Return a written date that stands beside a date as the days of its period."""
    if isinstance(value, Words) and not value.facts and isinstance(beside, Quantity) and beside.unit == DATE:
        day = period(value.values[0])
        if day:
            return interval(*ordinals(day), value.label, unit=DATE)
    return value


def ordinals(day: Period) -> tuple[float, float]:
    """Return the first and the last day of a period as numbers."""
    return float(day.first.toordinal()), float(day.last.toordinal())


def doubt(code: Code, fact: Fact, low: float, high: float, *, unit: str = "", **more: object) -> tuple[Reason, ...]:
    """Return the reason why a fact is not a single number, as the doubts of a quantity."""
    return (Reason(code, {"fact": fact.id, "range": _range_in_words(low, high, unit), **more}),)


def _range_in_words(low: float, high: float, unit: str) -> Translatable:
    start, end = _written_end(low, unit), _written_end(high, unit)
    if low == high:
        return verbatim(start)
    if math.isinf(low) and math.isinf(high):
        return tr("any value")
    if math.isinf(high):
        return tr("at least {number}", number=start) if unit != DATE else tr("{day} or later", day=start)
    if math.isinf(low):
        return tr("at most {number}", number=end) if unit != DATE else tr("{day} or earlier", day=end)
    return tr("{low} to {high}", low=start, high=end)


def _written_end(number: float, unit: str) -> str:
    if math.isinf(number):
        return ""
    if unit == DATE:
        return date.fromordinal(round(number)).isoformat()
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.{DIGITS}f}".rstrip("0").rstrip(".")


def told(value: Quantity) -> Translatable:
    """Return a quantity as a reason names it: with its value, unless it is a plain number."""
    return tr("{name} ({value})", name=value.label, value=value.words) if value.facts else value.words


def _plus(one: Quantity, other: Quantity) -> tuple[Floats, Floats]:
    return one.low + other.low, one.high + other.high


def _minus(one: Quantity, other: Quantity) -> tuple[Floats, Floats]:
    return one.low - other.high, one.high - other.low


def tidied(value: Quantity | Words) -> Quantity | Words:
    """Return what was calculated without the errors of binary fractions, so that 0.1 + 0.2 is 0.3."""
    return replace(value, low=_tidy(value.low), high=_tidy(value.high)) if isinstance(value, Quantity) else value


def _tidy(ends: Floats) -> Floats:
    return np.array([float(f"{end:.{EXACT}g}") for end in ends.tolist()])


def _ends(one: Quantity, other: Quantity, combine: Callable[[Floats, Floats], Floats]) -> list[Floats]:
    with np.errstate(invalid="ignore"):
        return [combine(mine, its) for mine in (one.low, one.high) for its in (other.low, other.high)]


def _times(one: Quantity, other: Quantity) -> tuple[Floats, Floats]:
    found = [np.where(np.isnan(each), 0.0, each) for each in _ends(one, other, np.multiply)]  # 0 of anything is 0
    return np.min(found, axis=0), np.max(found, axis=0)


def _divided(one: Quantity, other: Quantity) -> tuple[Floats, Floats]:
    found = _ends(one, other, np.divide)  # a quotient of two unbounded ends is between the other ones
    return np.nanmin(found, axis=0), np.nanmax(found, axis=0)


ARITHMETIC: Mapping[str, Callable[[Quantity, Quantity], tuple[Floats, Floats]]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _divided,
}


_Sure = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def _below(one: Quantity, other: Quantity) -> _Sure:
    """Return in which draws one is certainly below the other, and in which it certainly is not."""
    return np.asarray(one.high < other.low), np.asarray(one.low >= other.high)


def _equal(one: Quantity, other: Quantity) -> _Sure:
    if one.unit == other.unit == DATE and not (one.facts and other.facts):  # a day lies in a written month or year
        dated, written = (one, other) if one.facts else (other, one)
        inside = (written.low <= dated.low) & (dated.high <= written.high)
        return np.asarray(inside), np.asarray((one.high < other.low) | (other.high < one.low))
    same = (one.low == one.high) & (other.low == other.high) & (one.low == other.low)
    return np.asarray(same), np.asarray((one.high < other.low) | (other.high < one.low))


def _swapped(found: _Sure) -> _Sure:
    return found[1], found[0]


COMPARE: Mapping[str, Callable[[Quantity, Quantity], _Sure]] = {
    "lt": _below,
    "gt": lambda one, other: _below(other, one),
    "lteq": lambda one, other: _swapped(_below(other, one)),
    "gteq": lambda one, other: _swapped(_below(one, other)),
    "eq": _equal,
    "ne": lambda one, other: _swapped(_equal(one, other)),
}


def compare_words(one: Words, other: Words, op: str, sign: str) -> Verdict:
    """Compare texts, dates and names; dates are periods, and a list from an incomplete table may be longer."""
    values: dict[str, object] = {"left": one.label, "sign": sign, "right": other.label}
    if op in ("in", "notin"):
        if not other.listed:
            raise undecided(Code.NO_ATTRIBUTE, fact=other.label, attribute="names")
        inside = {*one.values} <= {*other.values}
        if not inside and other.doubts:
            return Truth.UNKNOWN, other.doubts
        return _decided(inside == (op == "in"), values)
    if one.doubts or other.doubts:
        raise UndecidedError((*one.doubts, *other.doubts))
    if op in ("eq", "ne"):
        return _decided((one.values == other.values) == (op == "eq"), values)
    raise undecided(Code.NOT_A_NUMBER, fact=one.label)


def _decided(holds: bool, values: Mapping[str, object]) -> Verdict:
    return (Truth.TRUE, (Reason(Code.HOLDS, values),)) if holds else (Truth.FALSE, (Reason(Code.FAILS, values),))


def check_alike(one: Quantity, other: Quantity) -> None:
    """Raise an error if two quantities have different units or counting rules."""
    if not one.facts or not other.facts:
        return
    if one.unit and other.unit and one.unit != other.unit:
        raise undecided(Code.UNIT, one=one.label, unit=one.unit, other=other.label, other_unit=other.unit)
    if one.bases and other.bases and {*one.bases} != {*other.bases}:
        rules = {"rule": tr_list(one.bases), "other_rule": tr_list(other.bases)}
        raise undecided(Code.BASIS, one=one.label, other=other.label, **rules)
