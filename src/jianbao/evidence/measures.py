"""Measures: tables in, facts out, in the order and words of `data/measures.yml`."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter

from jianbao.documents import Node, Problems, as_mapping
from jianbao.errors import EvidenceError, Place, Problem, nearest
from jianbao.evidence.counting import add_up, count, list_names
from jianbao.evidence.declarations import Measure, parse_measure
from jianbao.evidence.derived import (
    Given,
    annual_growth,
    before,
    change_since,
    difference,
    either,
    evenness,
    extreme_keys,
    in_lists,
    later,
    quotient,
    share,
    size,
    total,
    years_since,
)
from jianbao.evidence.facts import Fact, Ledger
from jianbao.evidence.geography import from_point
from jianbao.evidence.periods import anniversary
from jianbao.evidence.provenance import slug
from jianbao.evidence.records import Records
from jianbao.evidence.rows import Facts
from jianbao.evidence.schemas import Schema
from jianbao.evidence.series import at_the_end, each_value, extreme, latest, longest_gap, only_value
from jianbao.evidence.tables import Tables, as_of

FROM_ROWS: Mapping[str, Callable[[Measure, Records, Facts], Iterator[Fact]]] = {
    "count": count,
    "sum": add_up,
    "value": only_value,
    "values": each_value,
    "list": list_names,
    "first": at_the_end,
    "last": at_the_end,
    "latest": latest,
    "earliest": latest,
    "best": extreme,
    "worst": extreme,
    "longest_gap": longest_gap,
    "distance": from_point,
    "bearing": from_point,
}
FROM_FACTS: Mapping[str, Callable[[Measure, Given], Iterator[Fact]]] = {
    "share": share,
    "total": total,
    "difference": difference,
    "ratio": quotient,
    "growth": quotient,
    "annual_growth": annual_growth,
    "evenness": evenness,
    "most": extreme_keys,
    "least": extreme_keys,
    "years_since": years_since,
    "before": before,
    "change_since": change_since,
    "both": in_lists,
    "without": in_lists,
    "either": either,
    "later": later,
    "size": size,
}


@dataclass(frozen=True)
class Measures(Mapping[str, Measure]):
    """The declared measures by id, as written; `order` puts each after those that it reads."""

    measures: Mapping[str, Measure]
    order: tuple[str, ...]

    def __getitem__(self, name: str) -> Measure:
        return self.measures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.measures)

    def __len__(self) -> int:
        return len(self.measures)

    def maker(self, fact_id: str) -> str:
        """Return the id of the measure that makes a fact or family, "" if none does."""
        return _maker(self.measures, fact_id)

    def hanging_on(self, fact_ids: Iterable[str]) -> frozenset[str]:
        """Return the measures that make these facts, and all that read them on the same day."""
        found = {self.maker(each) for each in fact_ids}
        for name in self.order if found else ():
            if not found.isdisjoint(map(self.maker, self[name].facts())):
                found.add(name)
        return frozenset(found)

    def needed(self, wanted: Iterable[str]) -> frozenset[str]:
        """Return the measures that make these facts, and all that they need."""
        found: set[str] = set()
        waiting = [self.maker(each) for each in wanted]
        while waiting:
            current = waiting.pop()
            if current and current not in found:
                found.add(current)
                waiting.extend(self.maker(each) for each in self[current].facts())
        return frozenset(found)


def _maker(measures: Mapping[str, Measure], fact_id: str) -> str:
    if fact_id in measures:
        return fact_id
    start = fact_id
    while "." in start:
        start = start.rpartition(".")[0]
        if start in measures:
            return start if measures[start].is_family else ""
    return ""


def parse_measures(node: Node, schemas: Mapping[str, Schema], problems: Problems) -> Measures:
    """Read the measures; everything that no table, column or other measure answers to becomes a problem."""
    fields = as_mapping(node, problems, optional=None)
    parsed = {name: parse_measure(name, child, schemas, problems) for name, child in fields.items()}
    measures = {name: measure for name, measure in parsed.items() if measure}
    for measure in measures.values():
        for fact_id in measure.facts():
            if not _maker(measures, fact_id) and fact_id not in parsed:
                what = f"'{fact_id}' is not a measure"
                problems.append(Problem(measure.place, what, nearest(fact_id, parsed)))
    try:
        needs = {name: [_maker(measures, each) for each in measure.facts()] for name, measure in measures.items()}
        order = tuple(TopologicalSorter({name: [*filter(None, each)] for name, each in needs.items()}).static_order())
    except CycleError as error:
        circle = error.args[1]
        what = f"these measures need each other: {' <- '.join(reversed(circle))}"
        problems.append(Problem(measures[circle[0]].place, what))
        order = ()
    return Measures(measures, order)


def check_keys(measures: Measures, tables: Tables, problems: Problems) -> None:
    """Report names that no measure will ever find in the tables: values in `where`, members of families."""
    records = Records(tables, date.max)
    for measure in measures.values():
        for test in measure.where:
            known = _known_values(records, measure.table, test.path) if test.test in ("is", "not") else None
            for value in test.values if known is not None else ():
                if known is not None and value not in known:
                    what = f"'{value}' never stands in {measure.table}.{test.path}"
                    problems.append(Problem(measure.place, what, nearest(value, known)))
        check_facts(filter(measures.maker, measure.facts()), measure.place, measures, records, problems)


def _known_values(records: Records, table: str, path: str) -> tuple[str, ...] | None:
    listed = records.all_keys(table, path)
    column = records.table(table).schema.columns.get(path)
    if listed is None and column and column.type == "reference":
        return tuple(key for keys in records.keys(*column.to) for key in keys)
    return listed


def check_facts(
    fact_ids: Iterable[str], place: Place, measures: Measures, records: Records, problems: Problems
) -> None:
    """Report ids of facts (or families) that no measure makes on any day, such as a misspelt member of a family."""
    for fact_id in fact_ids:
        if not _may_exist(fact_id, measures, records):
            problems.append(Problem(place, f"'{fact_id}' is not a fact", _near_fact(fact_id, measures, records)))


def _may_exist(fact_id: str, measures: Measures, records: Records) -> bool:
    """Say whether a measure makes this fact or family on some day: its keys are listed, its years are years."""
    maker = measures.maker(fact_id)
    if not maker or maker == fact_id:
        return bool(maker)
    measure = measures[maker]
    words = fact_id[len(maker) + 1 :].split(".")
    keys, years = words[: len(measure.keys)], words[len(measure.keys) :]
    if len(years) > bool(measure.each_year):
        return False
    known = zip(keys, _listed(measure, records), strict=False)
    return all(listed is None or word in _slugs(listed) for word, listed in known) and all(
        _is_year(word, measure.each_year) for word in years
    )


@lru_cache(maxsize=256)
def _slugs(keys: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(slug, keys))


def _is_year(word: str, first: int) -> bool:
    year = int(word[1:]) if word[1:].isdecimal() else -1
    return first <= year < date.max.year and word == slug(str(year))


def _listed(measure: Measure, records: Records) -> list[tuple[str, ...] | None]:
    return [records.all_keys(measure.table, path) for path in measure.keys]


def _near_fact(fact_id: str, measures: Measures, records: Records) -> str:
    """Return a hint that names the fact most like one that does not exist."""
    maker = measures.maker(fact_id)
    if not maker:
        return nearest(fact_id, measures)
    first = measures[maker].each_year
    years = tuple(map(str, range(first, date.max.year))) if first else ()
    listed = next((keys for keys in (*_listed(measures[maker], records), years) if keys), ())
    return nearest(fact_id, [f"{maker}.{slug(key)}" for key in listed])


@dataclass(frozen=True)
class Day:
    """The records of a day, and the facts that measures made of them where nothing was supposed."""

    records: Records
    made: dict[str, tuple[Fact, ...]] = field(default_factory=dict)


Seen = dict[date, Day]


def measure(
    tables: Tables,
    measures: Measures,
    day: date,
    only: Iterable[str] | None = None,
    changed: Mapping[str, float] | None = None,
    seen: Seen | None = None,
) -> Ledger:
    """Return the facts of a day, in the order declared; `only` restricts them to some ids and what those need.

    Nothing dated later plays a part. A fact named in `changed` has that value instead of its own, and all that is
    made from it follows. `seen` keeps what exists on a day, for calls that share tables and measures. Raises
    EvidenceError where the rows leave a fact in doubt.
    """
    wanted = frozenset(measures) if only is None else measures.needed(only)
    return _measured(tables, measures, day, wanted, {} if seen is None else seen, changed or {})


def _measured(
    tables: Tables,
    measures: Measures,
    day: date,
    wanted: frozenset[str],
    seen: Seen,
    changed: Mapping[str, float],
) -> Ledger:
    if day not in seen:
        seen[day] = Day(Records(as_of(tables, day), day))
    known, supposed = seen[day].made, measures.hanging_on(changed)
    facts: dict[str, Fact] = {}
    made: dict[str, tuple[Fact, ...]] = {}

    def earlier(fact_id: str, years: int) -> Ledger:
        return _measured(tables, measures, anniversary(day, day.year - years), measures.needed((fact_id,)), seen, {})

    given = Given(Ledger(facts, day), earlier)
    for name in measures.order:
        if name not in wanted:
            continue
        if name in supposed:
            made[name] = _supposed(name, _made(measures[name], seen[day].records, given), changed, day)
        elif name in known:
            made[name] = known[name]
        else:
            made[name] = known[name] = _made(measures[name], seen[day].records, given)
        _check_ids(measures[name], made[name], facts)
        facts.update({fact.id: fact for fact in made[name]})
    return Ledger({fact.id: fact for name in measures if name in made for fact in made[name]}, day)


def _supposed(name: str, found: tuple[Fact, ...], changed: Mapping[str, float], day: date) -> tuple[Fact, ...]:
    """Return a measure's facts with the values that are supposed instead of their own, one that is missing too."""
    kept = tuple(replace(fact, value=changed[fact.id]) if fact.id in changed else fact for fact in found)
    missing = name in changed and not found
    return (*kept, Fact(name, changed[name], as_of=day.isoformat(), how="supposed")) if missing else kept


def _made(each: Measure, records: Records, given: Given) -> tuple[Fact, ...]:
    make = FROM_ROWS.get(each.kind)
    return tuple(make(each, records, given.ledger) if make else FROM_FACTS[each.kind](each, given))


def _check_ids(each: Measure, found: Iterable[Fact], before: Mapping[str, Fact]) -> None:
    """Raise EvidenceError where two keys of a measure, or two measures, make the same id."""
    keys: dict[str, tuple[str, ...]] = {}
    for fact in found:
        if fact.id in keys or fact.id in before:
            first = f"'{', '.join(keys[fact.id])}'" if fact.id in keys else "another measure"
            what = f"{first} and '{', '.join(fact.about)}' both make the fact {fact.id}"
            raise EvidenceError(Problem(each.place, what, "rename one of the two"))
        keys[fact.id] = fact.about
