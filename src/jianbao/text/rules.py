"""Rules: the condition under which something is due, what its success would change, the reason and the sources."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

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
from jianbao.core.errors import UNKNOWN_FACT, UNKNOWN_SOURCE, Problem, nearest
from jianbao.core.messages import tr
from jianbao.data.conditions import Condition, parse_condition, unknown_facts
from jianbao.data.facts import Fact
from jianbao.data.limits import parse_states

INFORMATION = "information"
REQUIRED = ("name", "when", "evidence", "effect", "because", "source")


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
    A rule that `informs` changes no score. `states` and `stated_at` are what the source says of the threshold and
    where, as in `Method`.
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
        """Return the facts that must be numbers: what success changes, and to what."""
        aims = (aim.fact for aim in self.effect.values())
        return tuple(dict.fromkeys(filter(None, (*self.effect, *aims))))


def read_rules(node: Node, languages: Iterable[str], problems: Problems) -> tuple[Rule, ...]:
    """Read data/rules.yml; each error is added to the problems with its line."""
    spoken = tuple(languages)
    each = as_entries(node, problems, REQUIRED)
    return tuple(_rule(rule_id, rule, spoken, problems) for rule_id, rule in each.items())


def _rule(rule_id: str, node: Node, languages: tuple[str, ...], problems: Problems) -> Rule:
    fields = as_mapping(node, problems, required=REQUIRED, optional=("states", "place"))
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
    """Add a problem for each fact or source that a rule names and that does not exist."""
    known, cited = set(facts), set(sources)
    for rule in rules:
        place = replace(rule.node.place, column=rule.id)
        problems.extend(unknown_facts(rule.when, known, (rule.node.get("when") or rule.node).place))
        for fact in (*rule.evidence, *rule.amounts()):
            if fact not in known:
                what = tr("'{value}' is not a fact", value=fact)
                problems.append(Problem(place, what, nearest(fact, known, UNKNOWN_FACT)))
        problems.extend(unknown_sources(rule, cited))


def unknown_sources(rule: Rule, sources: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each source that a rule names and that does not exist."""
    place = replace(rule.node.place, column=rule.id)
    for source in rule.sources:
        if source not in sources:
            what = tr("'{value}' is not {what}", value=source, what=tr("a source"))
            yield Problem(place, what, nearest(source, sources, UNKNOWN_SOURCE))
