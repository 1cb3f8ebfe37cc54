"""Rules: when which recommendation is due, with reasons and sources."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from jianbao.core.documents import Node, Problems, as_choice, as_integer, as_mapping, as_number, as_text, as_texts
from jianbao.core.errors import Problem, nearest
from jianbao.core.messages import tr
from jianbao.data.conditions import Condition, parse_condition, unknown_facts
from jianbao.data.facts import Fact
from jianbao.data.limits import parse_states

GRADES = ("must", "should", "could")
INFORMATION = "information"
INFORMATION = "information"
COSTS = ("existing", "low", "medium")
REQUIRED = ("family", "when", "evidence", "lead", "with", "grade", "cost", "measure", "effect", "because", "source")


@dataclass(frozen=True)
class Aim:
    """A value to reach: a number, a fact's value, or `plus` on top of what there is today."""

    number: float = 0.0
    fact: str = ""
    plus: bool = False

    def value(self, today: float, facts: Mapping[str, Fact]) -> float:
        """Return the value aimed at, given today's value; NaN where either hangs on a fact that there is not."""
        if self.fact:
            return facts[self.fact].number if self.fact in facts else float("nan")
        return today + self.number if self.plus else self.number


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A recommendation and the condition under which it is due.

    `measure` is the fact by which success is measured, `target` its aim, `years` the years until then. `effect`
    says which facts success would change, so that the evaluation can be run again; a rule that `informs` gives
    information, which moves no score. `states` and `stated_at` say who states the threshold, as with a `Method`.
    """

    id: str
    family: str
    when: Condition
    evidence: tuple[str, ...]
    lead: str
    supports: tuple[str, ...]
    grade: str
    cost: str
    measure: str
    target: Aim
    years: int
    effect: Mapping[str, Aim]
    because: Node
    sources: tuple[str, ...]
    node: Node
    informs: bool = False
    states: str = ""
    stated_at: str = ""

    def amounts(self) -> tuple[str, ...]:
        """Return the facts that must be numbers: the measure of success, what success changes, and to what."""
        aims = (aim.fact for aim in (self.target, *self.effect.values()))
        return tuple(dict.fromkeys(filter(None, (self.measure, *self.effect, *aims))))


@dataclass(frozen=True)
class Rules:
    """All rules of a workspace, and how many recommendations reach the page at most."""

    rules: tuple[Rule, ...]
    put_forward: int


def read_rules(node: Node, problems: Problems) -> Rules:
    """Read data/rules.yml; every fault is a problem with its line."""
    fields = as_mapping(node, problems, required=("put_forward", "rules"))
    most = as_integer(fields["put_forward"], problems) if "put_forward" in fields else 0
    if fields and not 3 <= most <= 5:
        where = fields.get("put_forward", node).place
        problems.append(
            Problem(where, tr("'{most}' recommendations would be printed", most=most), tr("three to five is the limit"))
        )
    each = as_mapping(fields["rules"], problems, optional=None) if "rules" in fields else {}
    return Rules(tuple(_rule(rule_id, rule, problems) for rule_id, rule in each.items()), most)


def _rule(rule_id: str, node: Node, problems: Problems) -> Rule:
    fields = as_mapping(node, problems, required=REQUIRED, optional=("states", "place"))
    empty = Node("", node.place)
    measure = as_mapping(fields.get("measure", Node({}, node.place)), problems, required=("fact", "target", "by"))
    informs, effect = _effect(fields.get("effect", Node({}, node.place)), problems)
    states, stated_at = parse_states(fields, problems)
    return Rule(
        id=rule_id,
        family=as_text(fields.get("family", empty), problems),
        when=parse_condition(fields.get("when", node), problems),
        evidence=as_texts(fields.get("evidence"), problems),
        lead=as_text(fields.get("lead", empty), problems),
        supports=as_texts(fields.get("with"), problems),
        grade=as_choice(fields.get("grade", empty), GRADES, problems, tr("a grade")),
        cost=as_choice(fields.get("cost", empty), COSTS, problems, tr("a cost band")),
        measure=as_text(measure["fact"], problems) if "fact" in measure else "",
        target=_aim(measure["target"], problems) if "target" in measure else Aim(),
        years=as_integer(measure["by"], problems) if "by" in measure else 0,
        effect=effect,
        because=fields.get("because", node),
        sources=as_texts(fields.get("source"), problems),
        node=node,
        informs=informs,
        states=states,
        stated_at=stated_at,
    )


def _effect(node: Node, problems: Problems) -> tuple[bool, Mapping[str, Aim]]:
    """Read `information`, or the facts that success would change and to what; say first whether it only informs."""
    if node.kind != "mapping":
        return as_choice(node, (INFORMATION,), problems, tr("an effect: the facts that change, or the word")) != "", {}
    changed = as_mapping(node, problems, optional=None)
    return False, {fact: _aim(aim, problems) for fact, aim in changed.items()}


def _aim(node: Node, problems: Problems) -> Aim:
    if node.kind == "mapping":
        plus = as_mapping(node, problems, required=("plus",))
        return Aim(as_number(plus["plus"], problems), plus=True) if "plus" in plus else Aim()
    text = as_text(node, problems)
    return Aim(fact=text) if text[:1].isalpha() else Aim(as_number(node, problems))


def check_rules(
    rules: Rules, facts: Iterable[str], names: Iterable[str], sources: Iterable[str], problems: Problems
) -> None:
    """Add a problem for each fact, body or source that a rule names and nothing defines."""
    known, bodies, cited = set(facts), set(names), set(sources)
    for rule in rules.rules:
        problems.extend(unknown_facts(rule.when, known, (rule.node.get("when") or rule.node).place))
        for fact in (*rule.evidence, *rule.amounts()):
            if fact not in known:
                problems.append(
                    Problem(
                        rule.node.place,
                        tr("{rule}: '{fact}' is not a fact", rule=rule.id, fact=fact),
                        nearest(fact, known),
                    )
                )
        for body in (rule.lead, *rule.supports):
            if body and body not in bodies:
                problems.append(
                    Problem(
                        rule.node.place,
                        tr("{rule}: '{body}' is not a name", rule=rule.id, body=body),
                        nearest(body, bodies),
                    )
                )
        problems.extend(unknown_sources(rule, cited))


def unknown_sources(rule: Rule, sources: Collection[str]) -> Iterator[Problem]:
    """Yield a problem for each source that a rule names and nothing defines."""
    for source in rule.sources:
        if source not in sources:
            yield Problem(
                rule.node.place,
                tr("{rule}: '{source}' is not a source", rule=rule.id, source=source),
                nearest(source, sources),
            )
