"""Hold all measures of a workspace, in the order of data/measures.yml, and check them."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter

from jianbao.core.documents import Node, Problems, as_mapping, whole_number
from jianbao.core.errors import UNKNOWN_FACT, Place, Problem, all_in, nearest
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.facts import slug
from jianbao.data.measures.declarations import ONE_ROW, Measure, parse_measure
from jianbao.data.records import Records
from jianbao.data.schemas import NUMERIC, Schema
from jianbao.data.tables import Tables


@dataclass(frozen=True)
class Measures(Mapping[str, Measure]):
    """The declared measures by id, as written; `order` puts each after those that it reads.

    `faulty` ones are declared but cannot be read: their own problems are reported, not those of dependent measures.
    """

    measures: Mapping[str, Measure]
    order: tuple[str, ...]
    faulty: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> Measure:
        return self.measures[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.measures)

    def __len__(self) -> int:
        return len(self.measures)

    def maker(self, fact_id: str) -> str:
        """Return the id of the measure that makes a fact or family, "" if none does."""
        return _maker(self.measures, fact_id)

    def knows(self, fact_id: str) -> bool:
        """Return whether a measure makes a fact or family, or would if it could be read."""
        return bool(self.maker(fact_id)) or any(f"{fact_id}.".startswith(f"{name}.") for name in self.faulty)

    def depending_on(self, fact_ids: Iterable[str]) -> frozenset[str]:
        """Return the measures that make these facts, and all that read them on the same day."""
        found = {self.maker(each) for each in fact_ids}
        for name in self.order if found else ():
            if not found.isdisjoint(map(self.maker, self[name].facts_read())):
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
                waiting.extend(self.maker(each) for each in self[current].facts_read())
        return frozenset(found)

    def values_needed(self, fact_id: str) -> int:
        """Return how many values a fact needs at least, as the greatest or least of them; 0 if it needs none."""
        return max((self[name].among for name in self.needed((fact_id,))), default=0)


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
    """Read the measures; each table, column or measure that does not exist is a problem."""
    fields = as_mapping(node, problems, optional=None)
    parsed = {name: parse_measure(name, child, schemas, problems) for name, child in fields.items()}
    measures = {name: measure for name, measure in parsed.items() if measure}
    for measure in measures.values():
        for fact_id in measure.facts_read():
            if not _maker(measures, fact_id) and fact_id not in parsed:
                what = tr("'{fact_id}' is not a measure", fact_id=fact_id)
                problems.append(Problem(measure.place, what, nearest(fact_id, parsed, all_in(measure.place.file))))
        _check_beside(measure, measures, problems)
    try:
        needs = {name: [_maker(measures, each) for each in measure.facts_read()] for name, measure in measures.items()}
        order = tuple(TopologicalSorter({name: [*filter(None, each)] for name, each in needs.items()}).static_order())
    except CycleError as error:
        circle = error.args[1]
        what = tr("these measures need each other: {circle}", circle=" <- ".join(reversed(circle)))
        problems.append(Problem(measures[circle[0]].place, what))
        order = ()
    return Measures(measures, order, frozenset(parsed) - frozenset(measures))


def _check_beside(measure: Measure, measures: Mapping[str, Measure], problems: Problems) -> None:
    """Report a measure whose `beside` is not a fact of one row of the same table."""
    other = measures.get(measure.beside)
    if other and (other.kind not in ONE_ROW or other.is_family or other.table != measure.table):
        what = tr("'{id}' is not taken from one row of {table}", id=other.id, table=measure.table)
        hint = tr("'beside' needs one fact of the kinds {kinds}", kinds=tr_list(ONE_ROW))
        problems.append(Problem(measure.place, what, hint))


def check_keys(measures: Measures, tables: Tables, problems: Problems) -> None:
    """Report names that no measure will ever find in the tables: values in `where`, members of families."""
    records = Records(tables, date.max)
    for measure in measures.values():
        for test in measure.where:
            known = _known_values(records, measure.table, test.path) if test.test in ("is", "not") else None
            for value in test.values if known is not None else ():
                if known is not None and value not in known:
                    what = tr(
                        "'{value}' never occurs in {table}.{path}", value=value, table=measure.table, path=test.path
                    )
                    problems.append(Problem(measure.place, what, nearest(value, known, all_in(measure.table))))
        check_facts(filter(measures.maker, measure.facts_read()), measure.place, measures, records, problems)


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
        made = measures.maker(fact_id)
        if not (_may_exist(fact_id, measures, records) if made else measures.knows(fact_id)):
            problems.append(
                Problem(place, tr("'{value}' is not a fact", value=fact_id), _near_fact(fact_id, measures, records))
            )


def _may_exist(fact_id: str, measures: Measures, records: Records) -> bool:
    """Return whether a measure makes this fact or family on some day: its keys must be listed, its years valid."""
    maker = measures.maker(fact_id)
    if not maker or maker == fact_id:
        return bool(maker)
    measure = measures[maker]
    words = fact_id[len(maker) + 1 :].split(".")
    keys, years = words[: len(measure.keys)], words[len(measure.keys) :]
    if len(years) > bool(measure.each_year):
        return False
    known = zip(keys, _listed(measure, records), strict=False)
    return all(listed is None or word in map(slug, listed) for word, listed in known) and all(
        _is_year(word, measure.each_year) for word in years
    )


def _is_year(word: str, first: int) -> bool:
    year = whole_number(word[1:])
    return year is not None and first <= year < date.max.year and word == slug(str(year))


def _listed(measure: Measure, records: Records) -> list[tuple[str, ...] | None]:
    return [records.all_keys(measure.table, path) for path in measure.keys]


def _near_fact(fact_id: str, measures: Measures, records: Records) -> Translatable:
    """Return a hint that names the fact most similar to an unknown one."""
    maker = measures.maker(fact_id)
    if not maker:
        return nearest(fact_id, measures, UNKNOWN_FACT)
    first = measures[maker].each_year
    years = tuple(map(str, range(first, date.max.year))) if first else ()
    listed = next((keys for keys in (*_listed(measures[maker], records), years) if keys), ())
    return nearest(fact_id, [f"{maker}.{slug(key)}" for key in listed], UNKNOWN_FACT)


def too_old(measures: Mapping[str, Measure], tables: Tables, facts: Container[str]) -> Iterator[Problem]:
    """Yield a note for each column of numbers that an edition does not use because all of them are too old."""
    makers: dict[tuple[str, str], list[Measure]] = {}
    for each in measures.values():
        if each.kind == "latest" and each.carry is not None and each.take and not each.beside:
            makers.setdefault((each.table, each.take), []).append(each)
    for (name, column), found in makers.items():
        table = tables[name]
        numbers = column in table.frame and table.schema.columns[column].type in NUMERIC
        if numbers and table.frame[column].notna().any() and not any(each.id in facts for each in found):
            carry = max(each.carry or 0 for each in found)
            what = tr("its newest value is too old for this edition, and is in no sentence")
            hint = tr("add that of the year; one is taken over for {years} years at most (`carry`)", years=carry)
            yield Problem(Place(f"data/{table.schema.file}", column=column), what, hint)
