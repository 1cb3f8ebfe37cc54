"""Which rules fire, with the margin, the stability, and the gain in score that success would bring."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from jianbao.core.errors import ContentError, Problem, raise_all
from jianbao.core.messages import tr
from jianbao.data.conditions import Condition, decisive, holds, judged, lacking, margin, tested, uncountable_facts
from jianbao.data.facts import Cells, Fact, Ledger
from jianbao.data.provenance import exactness
from jianbao.text.rules import Rule

Draws = NDArray[np.float64]
Verdicts = tuple[NDArray[np.bool_], NDArray[np.bool_]]
Effects = Callable[[Mapping[str, float]], tuple[float, Draws]]


@dataclass(frozen=True, kw_only=True)
class FiredRule:
    """A rule that fired.

    `margin` is the distance past its threshold (None if there is none to measure), `effect` the gain in the overall
    score (points) if it succeeds, `effect_draws` that gain in each draw, `stability` the share of draws (0 to 1) in
    which it fires.
    """

    rule: Rule
    margin: float | None
    effect: float
    effect_draws: Draws
    stability: float = 1.0


@dataclass(frozen=True)
class UnjudgedRule:
    """A rule that cannot be judged, and the facts that are missing for it."""

    rule: Rule
    lacking: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """All rules: those that fired, strongest first; quiet ones with their margins, nearest first; and unjudged ones.

    The condition of an unjudged rule neither holds nor fails, because a fact that would decide it is missing.
    """

    fired: tuple[FiredRule, ...]
    quiet: tuple[tuple[Rule, float | None], ...]
    unjudged: tuple[UnjudgedRule, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, whether they fired or not."""
        fired = (each.rule for each in self.fired)
        return (*fired, *(rule for rule, _ in self.quiet), *(each.rule for each in self.unjudged))


def recommend(
    rules: Sequence[Rule], facts: Mapping[str, Fact], effects: Effects, score_draws: Mapping[str, Draws]
) -> Advice:
    """Return which rules fire for the facts.

    `effects` evaluates the framework again with changed facts, and returns the gain of the score in points and in each
    draw. `score_draws` has the draws of the facts that vary (scores), so that conditions on them vary too. Raises
    ContentError for rules that calculate with a fact that is not a number.
    """
    raise_all(_unmeasurable(rules, facts), ContentError)
    fired = [rule for rule in rules if holds(rule.when, facts)]
    found = [_fired(rule, facts, effects, score_draws) for rule in fired]
    quiet = [(rule, margin(rule.when, facts)) for rule in rules if judged(rule.when, facts) is False]
    quiet.sort(key=lambda each: (each[1] is None, -(each[1] or 0.0), each[0].id))
    return Advice(tuple(sorted(found, key=strength)), tuple(quiet), unjudged_rules(rules, facts))


def unjudged_rules(rules: Sequence[Rule], facts: Mapping[str, Fact]) -> tuple[UnjudgedRule, ...]:
    """Return the rules that cannot be judged, in the given order, each with the facts that are missing for it."""
    found = ((rule, lacking(rule.when, facts)) for rule in rules)
    return tuple(UnjudgedRule(rule, missing) for rule, missing in found if missing)


def _unmeasurable(rules: Sequence[Rule], facts: Mapping[str, Fact]) -> Iterator[Problem]:
    for rule in rules:
        for fact in dict.fromkeys((*rule.amounts(), *uncountable_facts(rule.when, facts))):
            if fact in facts and facts[fact].kind != "number":
                what = tr("{rule}: '{fact}' is not a number", rule=rule.id, fact=fact)
                yield Problem(rule.node.place, what, tr("its kind is {kind}", kind=facts[fact].kind))


def strength(each: FiredRule) -> tuple[float, str]:
    """Return the sort key of fired rules: the largest effect first, then the id."""
    return -round(each.effect, 9), each.rule.id


def _fired(rule: Rule, facts: Mapping[str, Fact], effects: Effects, score_draws: Mapping[str, Draws]) -> FiredRule:
    aims = {fact: aim.value(_today(facts, fact), facts) for fact, aim in rule.effect.items()}
    changed = {fact: value for fact, value in aims.items() if not np.isnan(value)}
    gain, draws = effects(changed) if changed else (0.0, np.zeros(1))
    if np.isnan(gain):  # no score depends on these facts
        gain, draws = 0.0, np.zeros(1)
    stability = float(np.mean(fires_in_draws(rule.when, facts, score_draws)))
    return FiredRule(rule=rule, margin=margin(rule.when, facts), effect=gain, effect_draws=draws, stability=stability)


def _today(facts: Mapping[str, Fact], fact: str) -> float:
    return facts[fact].number if fact in facts else float("nan")


def fires_in_draws(condition: Condition, facts: Mapping[str, Fact], draws: Mapping[str, Draws]) -> NDArray[np.bool_]:
    """Return, for each draw, whether the condition holds: shape (draws,), or (1,) if none of its facts has draws."""
    return _judged_in_draws(condition, facts, draws)[0]


def _judged_in_draws(condition: Condition, facts: Mapping[str, Fact], draws: Mapping[str, Draws]) -> Verdicts:
    """Return, for each draw, whether a condition holds and whether it fails; neither if it cannot be judged."""
    if condition.test == "not":
        hold, fail = _judged_in_draws(condition.parts[0], facts, draws)
        return fail, hold
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


UNJUDGED = "advice.unjudged"
LAST_KNOWN = "last_known"


def missing_facts(advice: Advice, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the ids of missing facts: those that would decide a rule, and those that success would change."""
    decide = (fact for each in advice.unjudged for fact in each.lacking)
    change = (fact for each in advice.fired for fact in each.rule.amounts() if fact not in facts)
    return tuple(dict.fromkeys((*decide, *change)))


def last_known_fact(missing: str, known: Fact, ledger: Ledger) -> Fact:
    """Return the last known value of a missing fact as a fact "last_known.ID", traced to the same cells."""
    how, cells = tr("the last value of {fact}", fact=missing), ledger.cells_of(known.id)
    day = known.as_of or ledger.as_of.isoformat()
    return replace(known, id=f"{LAST_KNOWN}.{missing}", as_of=day, how=how, cells=cells, parents=(), carried=0)


def advice_facts(advice: Advice, facts: Mapping[str, Fact], score: str = "") -> tuple[Fact, ...]:
    """Return the facts effect.RULE, stability.RULE, threshold.RULE and margin.RULE, and the number of unjudged rules.

    `score` is the id of the overall score. The parents of effects and stabilities include it and the facts that
    success would change; if it has no value, there are no effects and stabilities. The interval of an effect is from
    the 5th to the 95th percentile of the draws.
    """
    made = [Fact(id=UNJUDGED, value=float(len(advice.unjudged)), unit="rule", how=tr("count of the rules"))]
    for each in advice.fired if not score or score in facts else ():
        rule, parents = each.rule, tuple(fact for fact in each.rule.evidence if fact in facts)
        moved = tuple(dict.fromkeys((*parents, *_moved(rule, facts), *((score,) if score in facts else ()))))
        low, high = (float(end) for end in np.percentile(each.effect_draws, [5, 95]))
        made.append(
            _fact(
                fact_id=f"effect.{rule.id}",
                value=each.effect,
                unit="point",
                parents=moved,
                how=tr("what if"),
                low=low,
                high=high,
            )
        )
        made.append(_fact(f"stability.{rule.id}", each.stability, "share", moved, tr("share of draws")))
    for rule in advice.rules:
        made.extend(_distance(rule, facts))
    return tuple(made)


def _moved(rule: Rule, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the facts that success would change, and those that give their new values."""
    aims = (aim.fact for aim in rule.effect.values() if aim.fact)
    return tuple(fact for fact in (*rule.effect, *aims) if fact in facts)


def _distance(rule: Rule, facts: Mapping[str, Fact]) -> Iterator[Fact]:
    """Yield the rule's threshold and the margin to it in the unit of the tested fact; nothing if it tests no number."""
    test = decisive(rule.when, facts)
    compared = tested(test, facts) if test else None
    distance = margin(test, facts) if test else None
    if test is None or compared is None or distance is None:
        return
    read, bound = compared
    where = rule.node.get("when") or rule.node
    known = f"{test.fact}, {test.aspect}" if test.aspect != "value" else test.fact
    yield replace(
        bound,
        id=f"threshold.{rule.id}",
        confidence=bound.confidence if bound.id else "stated",
        cells=() if bound.id else (Cells("rules", (where.place.line,), rule.id, rule.sources),),
        parents=(bound.id,) if bound.id else (),
        how=f"{known}: {test.test} {test.bound}",
        about=(),
    )
    above, below = ((bound,), (read,)) if test.test in ("below", "at_most") else ((read,), (bound,))
    parents = (read.id, f"threshold.{rule.id}")
    made = _fact(f"margin.{rule.id}", distance, read.unit, parents, tr("distance to threshold"))
    yield replace(made, comparator=exactness(above, below) if distance else "=")


def _fact(
    fact_id: str,
    value: float,
    unit: str,
    parents: tuple[str, ...],
    how: str,
    low: float | None = None,
    high: float | None = None,
) -> Fact:
    return Fact(id=fact_id, value=value, unit=unit, low=low, high=high, parents=parents, how=how)
