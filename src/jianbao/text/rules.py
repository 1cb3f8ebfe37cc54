"""Read rules, which say when something is due and what its success would change; find which fire, by what margin."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_entries,
    as_mapping,
    as_number,
    as_text,
    as_texts,
    missing_at,
)
from jianbao.core.errors import UNKNOWN_FACT, UNKNOWN_SOURCE, ContentError, Problem, nearest, raise_all
from jianbao.core.messages import tr
from jianbao.data.claim_limits import parse_states
from jianbao.data.conditions import (
    Condition,
    DrawnValues,
    bound_to_reach,
    decisive,
    holds,
    holds_in_draws,
    judged,
    lacking,
    margin,
    parse_condition,
    tested,
    uncountable_facts,
    unknown_facts,
)
from jianbao.data.facts import Cells, Fact, Ledger
from jianbao.data.provenance import exactness

INFORMATION = "information"
THRESHOLD = "threshold"  # an aim: the value at which the rule's own condition no longer holds
REQUIRED = ("name", "when", "evidence", "effect", "because")
ARGUMENT_PREFIX = "argument."  # of the ids of facts about the argument, which is made after the rules are judged


@dataclass(frozen=True)
class Aim:
    """A value to reach: a number, a fact's value, or `plus` added to today's value."""

    number: float = 0.0
    fact: str = ""
    plus: bool = False

    def value(self, today: float, facts: Mapping[str, Fact]) -> float:
        """Return the value aimed at, given today's value; NaN if it depends on a missing fact."""
        if self.fact:
            return facts[self.fact].number if self.fact in facts else float("nan")
        return today + self.number if self.plus else self.number


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A condition under which something is due; `name` describes success in each language.

    `effect` has the facts that success would change and their new values, with which the framework is evaluated again.
    A rule that `informs` changes no score. `states` and `stated_at` say who set the threshold and where a source states
    it, as in `Method`.
    """

    id: str
    name: Mapping[str, str]
    when: Condition
    evidence: tuple[str, ...]
    effect: Mapping[str, Aim]
    because: Node
    sources: tuple[str, ...]
    node: Node
    informs: bool = False
    states: str = ""
    stated_at: str = ""

    def amounts(self) -> tuple[str, ...]:
        """Return the facts that must be numbers: those that success changes, and those that give the new values."""
        aims = (aim.fact for aim in self.effect.values() if aim.fact != THRESHOLD)
        return tuple(dict.fromkeys(filter(None, (*self.effect, *aims))))


def read_rules(node: Node, languages: Iterable[str], problems: Problems) -> tuple[Rule, ...]:
    """Read data/rules.yml; each error is added to the problems with its line."""
    spoken = tuple(languages)
    each = as_entries(node, problems, REQUIRED)
    return tuple(_rule(rule_id, rule, spoken, problems) for rule_id, rule in each.items())


def _rule(rule_id: str, node: Node, languages: tuple[str, ...], problems: Problems) -> Rule:
    fields = as_mapping(node, problems, required=REQUIRED, optional=("source", "states", "place"))
    absent = missing_at(node.place)
    names = as_mapping(fields["name"], problems, languages) if "name" in fields else {}
    informs, effect = _effect(fields.get("effect", absent), problems)
    states, stated_at = parse_states(fields, problems)
    if "because" in fields:
        for reason in as_mapping(fields["because"], problems, languages).values():
            as_text(reason, problems)
    return Rule(
        id=rule_id,
        name={language: as_text(names[language], problems) for language in languages if language in names},
        when=parse_condition(fields.get("when", absent), problems),
        evidence=as_texts(fields.get("evidence"), problems),
        effect=effect,
        because=fields.get("because", node),
        sources=as_texts(fields.get("source"), problems),
        node=node,
        informs=informs,
        states=states,
        stated_at=stated_at,
    )


def _effect(node: Node, problems: Problems) -> tuple[bool, Mapping[str, Aim]]:
    """Return whether a rule only informs (`information`), and the facts that success would change with their aims."""
    if node.kind != "mapping":
        return as_choice(node, (INFORMATION,), problems, tr("an effect: the facts that change, or the word")) != "", {}
    changed = as_mapping(node, problems, optional=None)
    return False, {fact: read_aim(aim, problems) for fact, aim in changed.items()}


def read_aim(node: Node, problems: Problems) -> Aim:
    """Read a number, the id of a fact, or `{plus: NUMBER}`."""
    if isinstance(node.value, Mapping):
        plus = as_mapping(node, problems, required=("plus",))
        return Aim(as_number(plus["plus"], problems), plus=True) if "plus" in plus else Aim()
    text = as_text(node, problems)
    return Aim(fact=text) if text[:1].isalpha() else Aim(as_number(node, problems))


def check_rules(rules: Iterable[Rule], facts: Iterable[str], sources: Iterable[str], problems: Problems) -> None:
    """Add a problem for each fact or source of a rule that does not exist, or that does not exist yet for rules."""
    early, cited = {fact for fact in facts if not fact.startswith(ARGUMENT_PREFIX)}, set(sources)
    for rule in rules:
        place, when = (replace(each.place, column=rule.id) for each in (rule.node, rule.node.get("when") or rule.node))
        named = dict.fromkeys((*rule.when.facts(), *rule.evidence, *rule.amounts()))
        known = early.union(late := [fact for fact in named if fact.startswith(ARGUMENT_PREFIX)])
        for fact in late:
            what = tr("'{fact}' is known only after the rules are judged, so a rule cannot ask for it", fact=fact)
            where = when if fact in rule.when.facts() else place
            problems.append(Problem(where, what, tr("ask for a fact of the data, or for a score")))
        problems.extend(unknown_facts(rule.when, known, when))
        for fact in (*rule.evidence, *rule.amounts()):
            if fact not in known:
                what = tr("'{value}' is not a fact", value=fact)
                problems.append(Problem(place, what, nearest(fact, known, UNKNOWN_FACT)))
        for fact, aim in rule.effect.items():
            if aim.fact == THRESHOLD and fact not in rule.when.facts():
                what = tr("'{value}' is not tested in `when`, so it has no threshold", value=fact)
                problems.append(Problem(place, what, tr("test it there, or write the number that it would reach")))
        problems.extend(unknown_sources(rule, cited))


def unknown_sources(rule: Rule, sources: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each source that a rule names but that does not exist."""
    place = replace(rule.node.place, column=rule.id)
    for source in rule.sources:
        if source not in sources:
            what = tr("'{value}' is not {what}", value=source, what=tr("a source"))
            yield Problem(place, what, nearest(source, sources, UNKNOWN_SOURCE))


# Which rules fire

Effects = Callable[[Mapping[str, float]], tuple[float, DrawnValues]]


@dataclass(frozen=True, kw_only=True)
class FiredRule:
    """A rule that fired.

    `margin` is the distance past its threshold (None if there is none to measure), `effect` the gain in the overall
    score (points) if it succeeds, `effect_draws` that gain in each draw, `stability` the share of draws (0 to 1) in
    which it fires. It is `reached` if what success would change has the aimed values, so that no effect is known.
    """

    rule: Rule
    margin: float | None
    effect: float
    effect_draws: DrawnValues
    stability: float = 1.0
    reached: bool = False


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
    rules: Sequence[Rule], facts: Mapping[str, Fact], effects: Effects, score_draws: Mapping[str, DrawnValues]
) -> Advice:
    """Return the rules that fire for the facts.

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


def _fired(
    rule: Rule, facts: Mapping[str, Fact], effects: Effects, score_draws: Mapping[str, DrawnValues]
) -> FiredRule:
    changed = _aims(rule, facts)
    gain, draws = effects(changed) if changed else (0.0, np.zeros(1))
    if np.isnan(gain):  # no score depends on these facts
        gain, draws = 0.0, np.zeros(1)
    stability = float(np.mean(holds_in_draws(rule.when, facts, score_draws)))
    reached = bool(changed) and all(value == _today(facts, fact) for fact, value in changed.items())
    past = margin(rule.when, facts)
    return FiredRule(rule=rule, margin=past, effect=gain, effect_draws=draws, stability=stability, reached=reached)


def _aims(rule: Rule, facts: Mapping[str, Fact]) -> dict[str, float]:
    """Return the values that success would give to facts, as far as they are known."""
    aims = {
        fact: bound_to_reach(rule.when, fact, facts) if aim.fact == THRESHOLD else aim.value(_today(facts, fact), facts)
        for fact, aim in rule.effect.items()
    }
    return {fact: value for fact, value in aims.items() if not np.isnan(value)}


def _today(facts: Mapping[str, Fact], fact: str) -> float:
    return facts[fact].number if fact in facts else float("nan")


UNJUDGED = "advice.unjudged"
LAST_KNOWN = "last_known"


def missing_facts(advice: Advice, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the ids of missing facts that would decide a rule or that success would change."""
    decide = (fact for each in advice.unjudged for fact in each.lacking if fact not in facts)
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
        if not each.reached:
            effect = _fact(f"effect.{rule.id}", each.effect, "point", moved, tr("what if"))
            made.append(replace(effect, low=low, high=high))
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


def _fact(fact_id: str, value: float, unit: str, parents: tuple[str, ...], how: str) -> Fact:
    return Fact(id=fact_id, value=value, unit=unit, parents=parents, how=how)
