"""Judge conditions on facts, shared by rules, variants of a wording and expectations; and say when a text expires."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_number, as_text
from jianbao.core.errors import UNKNOWN_FACT, Place, Problem, nearest
from jianbao.core.messages import tr
from jianbao.data.dates import as_day, period
from jianbao.data.facts import Fact

DrawnValues = NDArray[np.float64]  # a value in each draw
_Verdicts = tuple[NDArray[np.bool_], NDArray[np.bool_]]
TESTS = ("below", "above", "at_most", "at_least", "equals")
ASPECTS = ("value", "share", "low", "high", "of", "carried", "count")
GROUPS = ("all", "any", "not", "unless")
OF_ONE = ("not", "unless")  # the opposite of one condition; "unless" also holds if it cannot be judged
OPPOSITE = {"below": "at_least", "above": "at_most", "at_most": "above", "at_least": "below"}
UNITS = {"share": "share", "carried": "year"}  # of aspects that do not have the unit of their fact


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A test of one fact against a number or another fact, or a group of conditions.

    `test` is one of TESTS, "known" (the fact exists), or one of GROUPS with `parts`. `aspect` says which property of
    the fact is tested. `bound` is a number or the id of a fact.
    """

    test: str
    fact: str = ""
    aspect: str = "value"
    bound: float | str = 0.0
    parts: tuple["Condition", ...] = ()

    def facts(self) -> tuple[str, ...]:
        """Return the ids of the facts that this condition reads, each once."""
        own = (self.fact, *((self.bound,) if isinstance(self.bound, str) else ())) if self.fact else ()
        return tuple(dict.fromkeys((*own, *(each for part in self.parts for each in part.facts()))))


def parse_condition(node: Node, problems: Problems) -> Condition:
    """Read `{fact: ID, below: 4}`, `{fact: ID, known: yes}` or `{all|any: [...]}`, `{not|unless: {...}}`."""
    group = next((key for key in GROUPS if node.get(key)), "")
    if group:
        inside = as_mapping(node, problems, required=(group,))[group]
        parts = (inside,) if group in OF_ONE else as_list(inside, problems)
        if inside.value == ():
            problems.append(
                Problem(inside.place, tr("'{group}' has no conditions", group=group), tr("write one at least"))
            )
        return Condition(test=group, parts=tuple(parse_condition(part, problems) for part in parts))
    fields = as_mapping(node, problems, required=("fact",), optional=("aspect", "known", *TESTS))
    fact = as_text(fields["fact"], problems) if "fact" in fields else ""
    aspect = as_choice(fields["aspect"], ASPECTS, problems) if "aspect" in fields else "value"
    tests = [key for key in fields if key in (*TESTS, "known")]
    if len(tests) != 1 and fields:
        problems.append(
            Problem(
                node.place, tr("a condition needs one test, this has {count}", count=len(tests)), nearest("", TESTS)
            )
        )
    if len(tests) != 1:
        return Condition(test="known", fact=fact)
    return Condition(test=tests[0], fact=fact, aspect=aspect, bound=_bound(fields[tests[0]], tests[0], problems))


def _bound(node: Node, test: str, problems: Problems) -> float | str:
    if test == "known":
        return 1.0 if as_choice(node, ("yes", "no"), problems) == "yes" else 0.0
    text = node.value if isinstance(node.value, str) else ""
    return text if text[:1].isalpha() else as_number(node, problems)


def judged(condition: Condition, facts: Mapping[str, Fact]) -> bool | None:
    """Return whether a condition holds; None if a fact that would decide it is missing, or is not an exact number.

    "More than 90" may or may not be below 95, so a test against 95 cannot be judged.

    A group is judged by Kleene's strong three-valued logic: `any` holds if one part holds, even if other
    facts are missing; the opposite of a condition that cannot be judged cannot be judged, either.
    """
    if condition.test in GROUPS:
        found = [judged(part, facts) for part in condition.parts]
        if condition.test in OF_ONE:
            return _opposite(found[0]) if condition.test == "not" else found[0] is not True
        decides = condition.test == "any"
        return decides if decides in found else None if None in found else not decides
    if condition.test == "known":
        return (condition.fact in facts) == bool(condition.bound)
    ranges = _ranges(condition, facts)
    return None if ranges is None else _TESTS[condition.test](*ranges)


@dataclass(frozen=True)
class _Range:
    """The least and the greatest number that a value may be."""

    low: float
    high: float


def _range(fact: Fact, value: float) -> _Range:
    if fact.comparator == ">":
        return _Range(math.nextafter(value, math.inf), math.nextafter(value + _step(fact, value), -math.inf))
    if fact.comparator == "<":
        return _Range(math.nextafter(value - _step(fact, value), math.inf), math.nextafter(value, -math.inf))
    return _Range(value, value)


def _step(fact: Fact, value: float) -> float:
    """Return how far the true value may be from the number that a source gives: up to the next round number.

    Nobody writes "more than 90" for 100, or "more than 235 million" for 236 million; computed values have no such end.
    """
    exponent = int(Decimal(repr(value)).normalize().as_tuple().exponent)
    return 10.0**exponent if fact.cells and value else math.inf


def _ranges(condition: Condition, facts: Mapping[str, Fact]) -> tuple[_Range, _Range] | None:
    """Return the ranges of the two sides of a test, each a single number if both were read from the same cell."""
    measured = _compared(condition, facts)
    if measured is None:
        return None
    value, bound = measured
    fact, other = facts[condition.fact], facts.get(str(condition.bound))
    same = other is not None and value == bound and fact.comparator == other.comparator and fact.cells == other.cells
    if condition.aspect != "value" or (same and fact.cells):
        return _Range(value, value), _Range(bound, bound)
    return _range(fact, value), _range(other, bound) if other else _Range(bound, bound)


def _below(one: _Range, other: _Range) -> bool | None:
    return True if one.high < other.low else False if one.low >= other.high else None


def _equals(one: _Range, other: _Range) -> bool | None:
    if one.high < other.low or other.high < one.low:
        return False
    return True if one.low == one.high == other.low == other.high else None


def _opposite(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


_TESTS: Mapping[str, Callable[[_Range, _Range], bool | None]] = {
    "below": _below,
    "above": lambda one, other: _below(other, one),
    "at_most": lambda one, other: _opposite(_below(other, one)),
    "at_least": lambda one, other: _opposite(_below(one, other)),
    "equals": _equals,
}


def holds(condition: Condition, facts: Mapping[str, Fact]) -> bool:
    """Return whether the condition holds; one that cannot be judged does not."""
    return judged(condition, facts) is True


def lacking(condition: Condition, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the facts that prevent judging a condition: the missing ones, or else the inexact ones."""
    if judged(condition, facts) is not None:
        return ()
    if condition.test in GROUPS:
        return tuple(dict.fromkeys(each for part in condition.parts for each in lacking(part, facts)))
    missing = tuple(each for each in condition.facts() if _known(facts.get(each), condition.aspect) is None)
    return missing or tuple(each for each in condition.facts() if facts[each].comparator in "<>")


def margin(condition: Condition, facts: Mapping[str, Fact]) -> float | None:
    """Return how far the fact is past its threshold, in the fact's unit: positive if the condition holds.

    For `all` the smallest margin of the parts decides, for `any` the largest; None if nothing can be measured.
    """
    if condition.test in GROUPS:
        found = [each for part in condition.parts if (each := margin(part, facts)) is not None]
        if not found:
            return None
        return -found[0] if condition.test in OF_ONE else min(found) if condition.test == "all" else max(found)
    measured = _compared(condition, facts) if condition.test != "known" else None
    if measured is None:
        return None
    value, bound = measured
    if condition.test == "equals":
        return -abs(value - bound)
    return bound - value if condition.test in ("below", "at_most") else value - bound


def decisive(condition: Condition, facts: Mapping[str, Fact]) -> Condition | None:
    """Return the single test whose margin is that of the whole condition; None if nothing can be measured.

    A test inside `not` is replaced by its opposite, so that it holds when the condition does.
    """
    if condition.test not in GROUPS:
        return condition if margin(condition, facts) is not None else None
    found = [each for part in condition.parts if (each := decisive(part, facts))]
    if not found:
        return None
    if condition.test in OF_ONE:
        opposite = OPPOSITE.get(found[0].test)
        return replace(found[0], test=opposite) if opposite else None
    choose = min if condition.test == "all" else max
    return choose(found, key=lambda part: margin(part, facts) or 0.0)


def tested(condition: Condition, facts: Mapping[str, Fact]) -> tuple[Fact, Fact] | None:
    """Return the two sides of a single test as facts of one unit: the tested one and its bound; None if one is missing.

    An aspect is the value of its fact. A bound that is a number has no id.
    """
    measured, fact = _compared(condition, facts), facts.get(condition.fact)
    if measured is None or fact is None:
        return None
    read = _read(fact, condition.aspect, measured[0])
    if isinstance(condition.bound, str):
        return read, replace(_read(facts[condition.bound], condition.aspect, measured[1]), unit=read.unit)
    return read, Fact(id="", value=measured[1], unit=read.unit)


def bound_to_reach(condition: Condition, fact: str, facts: Mapping[str, Fact]) -> float:
    """Return the value that a fact must reach for all its tests to fail; NaN if none holds now."""
    if condition.test in GROUPS:
        found = [bound_to_reach(part, fact, facts) for part in condition.parts]
        known = [bound for bound in found if not math.isnan(bound)]
        today = facts[fact].number if known else 0.0
        return max(known, key=lambda bound: abs(bound - today), default=math.nan)
    compared = tested(condition, facts) if condition.fact == fact and holds(condition, facts) else None
    return compared[1].number if compared and condition.aspect == "value" else math.nan


def _read(fact: Fact, aspect: str, value: float) -> Fact:
    return fact if aspect == "value" else replace(fact, value=value, unit=UNITS.get(aspect, fact.unit), of=None)


def _compared(condition: Condition, facts: Mapping[str, Fact]) -> tuple[float, float] | None:
    value, aspect = _known(facts.get(condition.fact), condition.aspect), condition.aspect
    bound = _known(facts.get(condition.bound), aspect) if isinstance(condition.bound, str) else condition.bound
    return None if value is None or bound is None else (value, bound)


def _known(fact: Fact | None, aspect: str) -> float | None:
    """Return an aspect of a fact; None if the fact is missing, is not a number, or has no such aspect."""
    if fact is not None and aspect == "count":
        return float(len(fact.value)) if isinstance(fact.value, tuple) else None
    if fact is None or fact.kind != "number":
        return None
    if aspect == "value":
        return fact.number
    if aspect == "share":
        return fact.share if fact.of else None
    found: float | None = getattr(fact, aspect)
    return found


def uncountable_facts(condition: Condition, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the facts that a condition compares but that are not numbers, so that it could never be judged."""
    if condition.test in GROUPS:
        return tuple(dict.fromkeys(fact for part in condition.parts for fact in uncountable_facts(part, facts)))
    read = condition.facts() if condition.test != "known" and condition.aspect != "count" else ()
    return tuple(fact for fact in read if fact in facts and facts[fact].kind != "number")


def unknown_facts(condition: Condition, known: Collection[str], place: Place) -> Problems:
    """Return a problem for each fact that the condition reads but that nothing makes ("known" may name any)."""
    return [
        Problem(place, tr("'{value}' is not a fact", value=fact), nearest(fact, known, UNKNOWN_FACT))
        for fact in condition.facts()
        if fact not in known and condition.test != "known"
    ]


@dataclass(frozen=True)
class Expiry:
    """The last day on which a text is used, or the condition under which it is used no more."""

    day: str = ""
    when: Condition | None = None

    def over(self, facts: Mapping[str, Fact], day: date) -> bool:
        """Return whether the text is expired on a day, with the facts of that day."""
        until = period(self.day) if self.day else None
        return (until is not None and day > until.last) or (self.when is not None and holds(self.when, facts))


def parse_expiry(node: Node, problems: Problems) -> Expiry:
    """Read `expires:`: a day, month or year, or a condition as `when:` has it."""
    if node.kind == "mapping":
        return Expiry(when=parse_condition(node, problems))
    return Expiry(day=as_day(node, problems, tr("write 2021, 2021-11, 2021-11-24, or a condition")))


def holds_in_draws(
    condition: Condition, facts: Mapping[str, Fact], draws: Mapping[str, DrawnValues]
) -> NDArray[np.bool_]:
    """Return, for each draw, whether the condition holds: shape (draws,), or (1,) if none of its facts has draws."""
    return _judged_in_draws(condition, facts, draws)[0]


def _judged_in_draws(condition: Condition, facts: Mapping[str, Fact], draws: Mapping[str, DrawnValues]) -> _Verdicts:
    """Return, for each draw, whether a condition holds and whether it fails; neither if it cannot be judged."""
    if condition.test == "not":
        hold, fail = _judged_in_draws(condition.parts[0], facts, draws)
        return fail, hold
    if condition.test == "unless":
        held = _judged_in_draws(condition.parts[0], facts, draws)[0]
        return ~held, held
    if condition.test in ("all", "any"):
        parts = [_judged_in_draws(part, facts, draws) for part in condition.parts]
        held, failed = (np.stack(np.broadcast_arrays(*each)) for each in zip(*parts, strict=True))
        if condition.test == "all":
            return np.asarray(held.all(axis=0)), np.asarray(failed.any(axis=0))
        return np.asarray(held.any(axis=0)), np.asarray(failed.all(axis=0))
    values = draws.get(condition.fact)
    if condition.test == "known" or condition.aspect != "value" or values is None or isinstance(condition.bound, str):
        verdict = judged(condition, facts)
        return np.array([verdict is True]), np.array([verdict is False])
    compare = {
        "below": np.less,
        "above": np.greater,
        "at_most": np.less_equal,
        "at_least": np.greater_equal,
        "equals": np.equal,
    }
    found: NDArray[np.bool_] = compare[condition.test](values, condition.bound)
    return found, ~found
