"""Choose the parts of the argument that apply in one edition, and make the facts of its declared values."""

from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isnan

from jianbao.core.errors import Place
from jianbao.core.messages import Translatable, tr
from jianbao.data.facts import Fact, Kind
from jianbao.text.argument.fields import origin
from jianbao.text.argument.model import (
    BAND,
    HUNDRED_DAYS,
    LEVELS,
    PENDING,
    Argument,
    Cost,
    CostPart,
    DatedStep,
    DatedTask,
    DueMeasure,
    Finding,
    Gap,
    Month,
    PolicyMeasure,
)
from jianbao.text.render import applies, choose
from jianbao.text.rules import ARGUMENT_PREFIX, Rule
from jianbao.text.wording import Wording

Facts = Mapping[str, Fact]
TASK = "task:"  # the prefix of a task's number in the name table, and of its id, which is printed as its words
TOTALS = ("measures", "planned", "gaps", "first", "cost", "approve", "approve_count", "approve_what", "approve_cost")
UNITS = {"measures": "measure", "planned": "measure", "approve_count": "task", "gaps": "gap"}
OWN = ("by", "target_by", "target", "cost", "place", "first")


def declared_facts(measure: PolicyMeasure, currency: str, facts: Facts, day: date) -> list[Fact]:
    """Return the values that a measure declares, as facts "argument.MEASURE.KEY" for its texts.

    Money is in `currency`; months are counted from `day`, the day of the edition.
    """
    success, cost = measure.success, measure.cost
    made = [_fact(measure, key, each.value, unit=each.unit) for key, each in measure.values.items()]
    if measure.delivered:
        made.append(_fact(measure, "by", measure.delivered.since + measure.delivered.iso(day), kind="date"))
    if success.by:
        made.append(_fact(measure, "target_by", success.by.iso(day), kind="date"))
    today = facts[success.fact].number if success.fact in facts else 0.0
    unit = success.unit or (facts[success.fact].unit if success.fact in facts else "")
    if success.target and not isnan(target := success.target.value(today, facts)):
        made.append(_fact(measure, "target", target, unit=unit))
    if cost.kind == BAND:
        made.append(_band(measure, "cost", cost, currency))
    for place, part in enumerate(cost.parts, 1):
        made.append(_fact(measure, f"part{place}", part.count, unit=part.unit))
        made.append(_band(measure, f"part{place}.each", part, currency))
    return made


def _fact(measure: PolicyMeasure, key: str, value: float | str, unit: str = "", kind: Kind = "number") -> Fact:
    name, (cells, how) = f"{ARGUMENT_PREFIX}{measure.id}.{key}", origin(measure, key)
    return Fact(id=name, value=value, unit=unit, kind=kind, confidence="stated", cells=(cells,), how=how)


def dated_facts(due: DueMeasure, currency: str, day: date) -> Iterator[Fact]:
    """Yield facts about a measure in an edition: its number, the months of its steps and tasks, the costs of tasks."""
    measure = due.measure
    yield replace(_fact(measure, "place", float(due.number)), as_of=day.isoformat())
    if months := [step.month for step in due.steps if step.month]:
        yield _fact(measure, "first", min(months), kind="date")
    for place, step in enumerate(due.steps, 1):
        if step.month:
            yield _fact(measure, f"step{place}", step.month, kind="date")
    for each in due.tasks:
        if each.month:
            fact = _fact(measure, f"{each.task.id}.by", each.month, kind="date")
            yield replace(fact, about=(f"{TASK}{each.number}",))
        if each.task.cost.kind == BAND:
            yield _band(measure, f"{each.task.id}.cost", each.task.cost, currency)


def _band(measure: PolicyMeasure, key: str, cost: Cost | CostPart, currency: str) -> Fact:
    sources = cost.sources if isinstance(cost, Cost) else measure.cost.sources
    fact = _fact(measure, key, cost.high, unit=currency)
    return replace(fact, low=cost.low, high=cost.high, cells=(replace(fact.cells[0], sources=sources),))


def part_keys(measure: PolicyMeasure) -> tuple[str, ...]:
    """Return the keys of the facts about the parts of a measure's cost: the count of each part, and its unit price."""
    places = range(1, len(measure.cost.parts) + 1)
    return tuple(key for place in places for key in (f"part{place}", f"part{place}.each"))


def total_facts(due: Sequence[DueMeasure], gaps: int, made: Sequence[Fact], day: date) -> Iterator[Fact]:
    """Yield the totals as facts: numbers of measures and gaps, the first month, the cost, the tasks to approve first.

    The sums of costs are missing if any of the costs is pending.
    """
    how, dated = tr("count of templates/argument.yml"), day.isoformat()
    numbers = tuple(f"{TASK}{task.number}" for each in due for task in each.tasks if task.task.first)
    optional = {"planned": sum(each.measure.planned for each in due), "approve_count": len(numbers)}
    counts = {"measures": len(due), "gaps": gaps, **{key: count for key, count in optional.items() if count}}
    for key, count in counts.items():
        yield Fact(id=f"{ARGUMENT_PREFIX}{key}", value=float(count), unit=UNITS[key], as_of=dated, how=how)
    measures = [each.measure for each in due]
    facts = {fact.id: fact for fact in made}
    firsts = [fact for measure in measures if (fact := facts.get(f"{ARGUMENT_PREFIX}{measure.id}.first"))]
    if firsts:
        first = min(firsts, key=lambda fact: str(fact.value))
        yield replace(first, id=f"{ARGUMENT_PREFIX}first", cells=(), parents=(first.id,), confidence="derived")
    costs = [fact for measure in measures if (fact := facts.get(f"{ARGUMENT_PREFIX}{measure.id}.cost"))]
    if costs and not any(measure.cost.kind == PENDING for measure in measures):
        yield _sum("cost", costs)
    if numbers:
        yield Fact(id=f"{ARGUMENT_PREFIX}approve", value=numbers, kind="names", unit="task", how=how)
    first_costs = [(each.measure, task.task) for each in due for task in each.tasks if task.task.first]
    if first_costs and all(task.plain for _, task in first_costs):
        names = tuple(f"{TASK}{measure.id}.{task.id}" for measure, task in first_costs)
        yield Fact(id=f"{ARGUMENT_PREFIX}approve_what", value=names, kind="names", unit="task", how=how)
    wanted = [
        f"{ARGUMENT_PREFIX}{measure.id}.{task.id}.cost" for measure, task in first_costs if task.cost.kind == BAND
    ]
    if wanted and not any(task.cost.kind == PENDING for _, task in first_costs):
        yield _sum("approve_cost", [facts[each] for each in wanted])


def _sum(key: str, costs: Sequence[Fact]) -> Fact:
    low, high = sum(fact.low or 0.0 for fact in costs), sum(fact.high or 0.0 for fact in costs)
    return Fact(
        id=f"{ARGUMENT_PREFIX}{key}",
        value=high,
        unit=costs[0].unit,
        low=low,
        high=high,
        parents=tuple(fact.id for fact in costs),
        how=tr("sum of costs"),
    )


def fact_ids(argument: Argument) -> Iterator[str]:
    """Yield the id of every fact that an argument may make in some edition."""
    yield from (f"{ARGUMENT_PREFIX}{key}" for key in TOTALS)
    for measure in argument.measures:
        steps = (f"step{place}" for place in range(1, len(measure.steps) + 1))
        tasks = (f"{task.id}.{key}" for task in measure.tasks for key in ("by", "cost"))
        yield from (
            f"{ARGUMENT_PREFIX}{measure.id}.{key}"
            for key in (*OWN, *measure.values, *part_keys(measure), *steps, *tasks)
        )


def task_numbers(argument: Argument) -> Iterator[str]:
    """Yield every number that a task may have in some edition."""
    most = max((len(measure.tasks) for measure in argument.measures), default=0)
    for measure in range(1, len(argument.measures) + 1):
        yield from (f"{measure}.{place}" for place in range(1, most + 1))


BACK = "edition.method_as_of"  # the fact that only a back edition has
FURTHEST = 36  # months after the edition's day; a part that is due later is left out


@dataclass(frozen=True, kw_only=True)
class EditionPart:
    """A part of the argument in an edition: its name in messages, the facts that it rests on, and its texts.

    It requires the `needed` texts, and prints `more` if their conditions hold. It is left out with
    any of the parts `above` it. `conditional`: it has its own condition.
    """

    id: str
    name: Translatable
    place: Place
    needed: tuple[Wording, ...]
    conditional: bool
    more: tuple[Wording, ...] = ()
    facts: tuple[str, ...] = ()
    above: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EditionArgument:
    """The argument of an edition: measures in their order, and the gaps, findings and facts that belong to them."""

    findings: Mapping[str, Finding]
    gaps: tuple[Gap, ...]
    measures: tuple[DueMeasure, ...]
    facts: tuple[Fact, ...]

    @property
    def with_goals(self) -> bool:
        """Return whether any measure has a goal."""
        return any(due.measure.deliverable for due in self.measures)

    def answer(self, gap: Gap) -> DueMeasure | None:
        """Return the measure that answers a gap, None if there is none."""
        return next((each for each in self.measures if each.measure.gap == gap.id), None)

    def gap_of(self, due: DueMeasure) -> Gap | None:
        """Return the gap that a measure answers; None for a row of the plan that answers none of this edition."""
        return next((gap for gap in self.gaps if gap.id == due.measure.gap), None)

    def tasks(self) -> Iterator[tuple[DueMeasure, DatedTask]]:
        """Yield every task with its measure, in the order of their numbers."""
        yield from ((due, task) for due in self.measures for task in due.tasks)

    def parts(self) -> Iterator[EditionPart]:
        """Yield every part, each after those above it."""
        for finding in self.findings.values():
            yield EditionPart(
                id=f"finding.{finding.id}",
                name=tr("the finding '{finding}'", finding=finding.id),
                place=finding.place,
                needed=_texts(finding.say, finding.mechanism),
                more=_texts(finding.follows),
                facts=finding.facts,
                conditional=finding.when is not None,
            )
        for gap in self.gaps:
            yield EditionPart(
                id=f"gap.{gap.id}",
                name=tr("the gap '{gap}'", gap=gap.id),
                place=gap.place,
                needed=tuple(gap.wordings()),
                facts=gap.facts,
                conditional=gap.when is not None,
                above=tuple(f"finding.{each}" for each in gap.findings if each in self.findings),
            )
        for due in self.measures:
            yield from _parts_of(due, self.gap_of(due))


def _parts_of(due: DueMeasure, gap: Gap | None) -> Iterator[EditionPart]:
    """Yield a measure, its steps and its tasks; a planned measure needs no facts."""
    measure, aim = due.measure, due.measure.success.target
    called, above = tr("the measure '{measure}'", measure=measure.id), (f"measure.{measure.id}",)
    yield EditionPart(
        id=above[0],
        name=called,
        place=measure.success.place,
        needed=tuple(measure.needed()),
        more=_texts(measure.peer),
        facts=() if measure.planned else tuple(filter(None, (measure.success.fact, aim.fact if aim else ""))),
        conditional=measure.when is not None,
        above=(f"gap.{gap.id}",) if gap else (),
    )
    for step in (each.step for each in due.steps):
        yield EditionPart(
            id=step.say.id,
            name=tr("a step of the first hundred days of {measure}", measure=called),
            place=step.place,
            needed=(step.say,),
            more=_texts(step.result),
            conditional=step.when is not None,
            above=above,
        )
    for task in (each.task for each in due.tasks):
        yield EditionPart(
            id=f"{above[0]}.task.{task.id}",
            name=tr("the task '{task}' of {measure}", task=task.id, measure=called),
            place=task.place,
            needed=tuple(task.wordings()),
            conditional=task.when is not None,
            above=above,
        )


def _texts(*written: Wording | None) -> tuple[Wording, ...]:
    return tuple(each for each in written if each)


def argument_on(argument: Argument, rules: Iterable[Rule], facts: Facts, day: date) -> EditionArgument:
    """Return the parts of an argument that apply on the day of an edition.

    These are left out: a part whose condition does not hold; a gap without a finding, or with no measure and no reason;
    a measure whose gap is left out, whose first hundred days are over, or that is due in the past or after FURTHEST
    months. A back edition has no measures, and keeps the gaps without them. If the measures are a plan, the gaps stay
    unchanged. A part that states a missing fact stays: `unprintable_texts` finds it.
    """
    back = BACK in facts
    conditions = {rule.id: rule.when for rule in rules}
    findings = {each.id: each for each in argument.findings if applies(each.when, facts)}
    gaps = {
        each.id: each
        for each in argument.gaps
        if applies(each.when, facts) and not findings.keys().isdisjoint(each.findings)
    }
    due: list[DueMeasure] = []
    made: list[Fact] = []
    for measure in () if back else sorted(argument.measures, key=_priority):
        own = declared_facts(measure, argument.currency, facts, day)
        scope = ChainMap({fact.id: fact for fact in own}, dict(facts))
        rule = conditions.get(measure.rule)
        wanted = measure.planned or (measure.gap in gaps and applies(measure.when, scope) and applies(rule, scope))
        found = _due(measure, len(due) + 1, scope, day) if wanted else None
        if found:
            due.append(found)
            made += [*own, *dated_facts(found, argument.currency, day)]
    answered = [*{each.measure.gap: gaps[each.measure.gap] for each in due if each.measure.gap in gaps}.values()]
    kept = back or argument.planned
    explained = [gap for gap in gaps.values() if (gap.reason or kept) and gap not in answered]
    return EditionArgument(
        findings=findings,
        gaps=(*answered, *explained),
        measures=tuple(due),
        facts=(*made, *total_facts(due, len(answered) + len(explained), made, day)),
    )


def _priority(measure: PolicyMeasure) -> int:
    """Return the sort key of measures, by importance times feasibility, the highest product first."""
    return -_level(measure.importance.level) * _level(measure.feasibility.level)


def _level(level: str) -> int:
    return len(LEVELS) - LEVELS.index(level)


def is_ahead(month: Month | None, day: date, most: int) -> bool:
    """Return whether a month is 1 to `most` months after that of a day; True for a month that is still to be set."""
    return month is None or 0 < month.ahead(day) <= most


def _due(measure: PolicyMeasure, number: int, facts: Facts, day: date) -> DueMeasure | None:
    """Return a measure with its remaining steps and tasks.

    None if it is due in the past or too far ahead, or if no task, or no step with a result, remains of a written one.
    """
    if not is_ahead(measure.delivered, day, FURTHEST):
        return None
    if measure.planned:
        return DueMeasure(number=number, measure=measure, steps=(), tasks=(), first=None)
    steps = tuple(
        DatedStep(step.month.iso(day) if step.month else "", step)
        for step in measure.steps
        if applies(step.when, facts) and is_ahead(step.month, day, HUNDRED_DAYS)
    )
    tasks = [task for task in measure.tasks if applies(task.when, facts) and is_ahead(task.by.month, day, FURTHEST)]
    first = next((step for step in steps if step.step.result and choose(step.step.result, facts)), None)
    if first is None or not tasks:
        return None
    dated = (
        DatedTask(f"{number}.{place}", task.by.month.iso(day) if task.by.month else "", task)
        for place, task in enumerate(tasks, 1)
    )
    return DueMeasure(number=number, measure=measure, steps=steps, tasks=tuple(dated), first=first)
