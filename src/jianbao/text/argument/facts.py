"""The facts that the declared values of an argument become: months, costs, targets, totals."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import isnan

from jianbao.core.messages import tr
from jianbao.data.facts import Cells, Fact, Kind
from jianbao.text.argument.model import BAND, PENDING, Argument, Cost, CostPart, DueMeasure, Measure

Facts = Mapping[str, Fact]
PREFIX = "argument"
DOCUMENT = "templates/argument"  # as the cells of a fact name it
TASK = "task:"  # begins the name that the number of a task has in the table of names
TOTALS = ("measures", "gaps", "first", "cost", "approve")
OWN = ("by", "target_by", "target", "cost", "place", "first")


def declared_facts(measure: Measure, currency: str, facts: Facts, day: date) -> list[Fact]:
    """Return the values that a measure declares, as facts that its texts may state."""
    success, cost = measure.success, measure.cost
    made = [_fact(measure, key, each.value, unit=each.unit) for key, each in measure.values.items()]
    if measure.delivered:
        made.append(_fact(measure, "by", measure.delivered.iso(day), kind="date"))
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


def _fact(measure: Measure, key: str, value: float | str, unit: str = "", kind: Kind = "number") -> Fact:
    cells = (Cells(DOCUMENT, (measure.place.line,), measure.id),)
    how = tr("declared in templates/argument.yml")
    name = f"{PREFIX}.{measure.id}.{key}"
    return Fact(id=name, value=value, unit=unit, kind=kind, confidence="stated", cells=cells, how=how)


def dated_facts(due: DueMeasure, currency: str, day: date) -> Iterator[Fact]:
    """Yield the place of a measure among the others, the months of its steps and tasks, and what the tasks cost."""
    measure = due.measure
    yield replace(_fact(measure, "place", float(due.number)), as_of=day.isoformat())
    if months := [step.month for step in due.steps if step.month]:
        yield _fact(measure, "first", min(months), kind="date")
    for place, step in enumerate(due.steps, 1):
        if step.month:
            yield _fact(measure, f"step{place}", step.month, kind="date")
    for each in due.tasks:
        if each.month:
            yield _fact(measure, f"{each.task.id}.by", each.month, kind="date")
        if each.task.cost.kind == BAND:
            yield _band(measure, f"{each.task.id}.cost", each.task.cost, currency)


def _band(measure: Measure, key: str, cost: Cost | CostPart, currency: str) -> Fact:
    sources = cost.sources if isinstance(cost, Cost) else measure.cost.sources
    fact = _fact(measure, key, cost.high, unit=currency)
    return replace(fact, low=cost.low, high=cost.high, cells=(replace(fact.cells[0], sources=sources),))


def part_keys(measure: Measure) -> tuple[str, ...]:
    """Return the keys of the facts that the parts of a measure's cost become: how many, and what each costs."""
    places = range(1, len(measure.cost.parts) + 1)
    return tuple(key for place in places for key in (f"part{place}", f"part{place}.each"))


def total_facts(due: Sequence[DueMeasure], gaps: int, made: Sequence[Fact], day: date) -> Iterator[Fact]:
    """Yield how many measures and gaps there are, the first month, what all costs in a year, and what comes first."""
    how, dated = tr("count of templates/argument.yml"), day.isoformat()
    counts = {"measures": len(due), "gaps": gaps}
    for key, count in counts.items():
        yield Fact(id=f"{PREFIX}.{key}", value=float(count), unit=key[:-1], as_of=dated, how=how)
    measures = [each.measure for each in due]
    facts = {fact.id: fact for fact in made}
    firsts = [fact for measure in measures if (fact := facts.get(f"{PREFIX}.{measure.id}.first"))]
    if firsts:
        first = min(firsts, key=lambda fact: str(fact.value))
        yield replace(first, id=f"{PREFIX}.first", cells=(), parents=(first.id,), confidence="derived")
    costs = [fact for measure in measures if (fact := facts.get(f"{PREFIX}.{measure.id}.cost"))]
    if costs and not any(measure.cost.kind == PENDING for measure in measures):
        low, high = sum(fact.low or 0.0 for fact in costs), sum(fact.high or 0.0 for fact in costs)
        yield Fact(
            id=f"{PREFIX}.cost",
            value=high,
            unit=costs[0].unit,
            low=low,
            high=high,
            parents=tuple(fact.id for fact in costs),
            how=tr("sum of costs"),
        )
    numbers = tuple(f"{TASK}{task.number}" for each in due for task in each.tasks if task.task.first)
    if numbers:
        yield Fact(id=f"{PREFIX}.approve", value=numbers, kind="names", unit="task", how=how)


def fact_ids(argument: Argument) -> Iterator[str]:
    """Yield the id of every fact that an argument may make in some edition."""
    yield from (f"{PREFIX}.{key}" for key in TOTALS)
    for measure in argument.measures:
        steps = (f"step{place}" for place in range(1, len(measure.steps) + 1))
        tasks = (f"{task.id}.{key}" for task in measure.tasks for key in ("by", "cost"))
        yield from (
            f"{PREFIX}.{measure.id}.{key}" for key in (*OWN, *measure.values, *part_keys(measure), *steps, *tasks)
        )


def task_numbers(argument: Argument) -> Iterator[str]:
    """Yield every number that a task may have in some edition."""
    most = max((len(measure.tasks) for measure in argument.measures), default=0)
    for measure in range(1, len(argument.measures) + 1):
        yield from (f"{measure}.{place}" for place in range(1, most + 1))
