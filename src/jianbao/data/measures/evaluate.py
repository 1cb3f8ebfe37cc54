"""Evaluate all declared measures on the tables as known on a day; count, sum and list rows."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from jianbao.core.errors import EvidenceError, Problem
from jianbao.core.messages import tr, tr_list, verbatim
from jianbao.data.dates import anniversary
from jianbao.data.facts import Fact, Ledger
from jianbao.data.measures.declarations import ANY_YEAR, Measure
from jianbao.data.measures.derived import (
    Given,
    annual_growth,
    before,
    change_since,
    count_unverified,
    difference,
    either,
    evenness,
    extreme_keys,
    from_point,
    in_lists,
    later,
    one_of,
    quotient,
    share_of,
    size,
    time_between,
    total,
    years_since,
)
from jianbao.data.measures.fact_origins import missing_rows, origin_of, with_count_bounds
from jianbao.data.measures.filters import select
from jianbao.data.measures.registry import Measures
from jianbao.data.measures.rows import (
    Facts,
    denominator_of,
    each_value,
    extreme,
    fact_from_rows,
    first_or_last,
    group_rows,
    is_unfilled,
    latest,
    longest_gap,
    only_value,
    selected_positions,
)
from jianbao.data.records import Array, Records, column_at
from jianbao.data.schemas import NAMES, Schema
from jianbao.data.tables import Tables, known_on, tables_on


def year_ends(first: int, day: date) -> Iterator[tuple[str, date]]:
    """Yield each year from `first` to that of the day, with its last day, or the day itself in its year."""
    for year in range(first, day.year + 1):
        yield str(year), min(date(year, 12, 31), day)


def count(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Count rows or distinct values: in all, by key, and at each year's end."""
    if not measure.each_year:
        yield from _counted(measure, records, facts, (), records.day)
        return
    for year, day in year_ends(_first_year(measure, records), records.day):
        yield from _counted(measure, records, facts, (year,), day)


def _first_year(measure: Measure, records: Records) -> int:
    """Return the declared first year, or else that of the first row, or the edition's own if there is no row yet."""
    if measure.each_year != ANY_YEAR:
        return measure.each_year
    days = records.days(measure.table, measure.dated)[select(records, measure.table, measure.where, records.day)]
    return min((date.fromordinal(int(day)).year for day in days if not np.isnan(day)), default=records.day.year)


def _counted(measure: Measure, records: Records, facts: Facts, year: tuple[str, ...], day: date) -> Iterator[Fact]:
    """Count rows as of a day; `year` is that day's year as a further key, or empty if the measure is not by year."""
    positions = select(records, measure.table, measure.where, day)
    if year:
        days = records.days(measure.table, measure.dated)[positions]
        inside = ~(days > day.toordinal()) & (days >= date(day.year, 1, 1).toordinal() if measure.new else True)
        positions = positions[inside]
    cells = records.keys(measure.table, measure.distinct) if measure.distinct else ()
    denominator = denominator_of(measure, facts)
    missing = None if year and day != records.day else missing_rows(measure, records, facts.get(measure.whole))
    for group in group_rows(records, measure, positions):
        different = {key for position in group.positions for key in cells[position]} if cells else group.positions
        origin = origin_of(records, measure, group.positions)
        keys, number = (*group.keys, *year), float(len(different))
        counted = fact_from_rows(measure, keys, number, origin, as_of=day.isoformat(), denominator=denominator)
        yield with_count_bounds(counted, missing, denominator.number if denominator else None)


def add_up(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Sum a column over the rows that have a value; no fact if none has, since a missing value is not a zero."""
    positions = selected_positions(measure, records, facts)
    numbers = records.values(measure.table, measure.take).astype(np.float64)
    for group in group_rows(records, measure, positions, full=False):
        used = tuple(position for position in group.positions if not np.isnan(numbers[position]))
        if used:
            number, origin = float(np.sum(numbers[list(used)])), origin_of(records, measure, used)
            day, whole = records.day.isoformat(), denominator_of(measure, facts)
            summed = fact_from_rows(measure, group.keys, number, origin, as_of=day, denominator=whole)
            # If a part is "more than", the sum is, too; if another part is "less than", the sum is only approximate.
            signs = {records.sign(measure.table, measure.take, position) for position in used} - {"", "="}
            yield replace(summed, comparator=min(signs, default="=") if len(signs) < 2 else "≈")


def list_names(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """List the names in a column, each once, in the order of the table or of another column."""
    positions = selected_positions(measure, records, facts)
    if measure.order:
        positions = positions[np.argsort(_sort_keys(records, measure)[positions], kind="stable")]
    cells = records.keys(measure.table, measure.take)
    missing = missing_rows(measure, records, facts.get(measure.whole))
    for group in group_rows(records, measure, positions):
        names = tuple(dict.fromkeys(key for position in group.positions for key in cells[position]))
        origin = origin_of(records, measure, group.positions)
        named = fact_from_rows(measure, group.keys, names, origin, kind="names", as_of=records.day.isoformat())
        yield with_count_bounds(named, missing)


def _sort_keys(records: Records, measure: Measure) -> Array:
    """Return a sort key for each row: its last day, its number, or the rank of its text; blanks come last."""
    column = column_at(records.schemas(), measure.table, measure.order)
    if column and column.type == "date":
        return records.ordinals(measure.table, measure.order)
    values = records.values(measure.table, measure.order)
    if values.dtype.kind == "f":
        return values
    ranks = {text: rank for rank, text in enumerate(sorted(set(values.tolist()) - {""}))}
    return np.array([ranks.get(text, len(ranks)) for text in values.tolist()])


FROM_ROWS: Mapping[str, Callable[[Measure, Records, Facts], Iterator[Fact]]] = {
    "count": count,
    "sum": add_up,
    "value": only_value,
    "values": each_value,
    "list": list_names,
    "first": first_or_last,
    "last": first_or_last,
    "latest": latest,
    "earliest": latest,
    **dict.fromkeys(("best", "worst"), extreme),
    "longest_gap": longest_gap,
    "unverified": count_unverified,
    **dict.fromkeys(("distance", "bearing"), from_point),
}
FROM_FACTS: Mapping[str, Callable[[Measure, Given], Iterator[Fact]]] = {
    "share": share_of,
    "total": total,
    "difference": difference,
    **dict.fromkeys(("first_known", "larger"), one_of),
    "ratio": quotient,
    "growth": quotient,
    "annual_growth": annual_growth,
    "evenness": evenness,
    "most": extreme_keys,
    "least": extreme_keys,
    "years_since": years_since,
    "time_between": time_between,
    "before": before,
    "change_since": change_since,
    "both": in_lists,
    "without": in_lists,
    "either": either,
    "later": later,
    "size": size,
}


@dataclass(frozen=True)
class Day:
    """The records of a day, and the facts made from them by the id of the measure, without hypothetical values."""

    records: Records
    made: dict[str, tuple[Fact, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MeasureEvaluator:
    """Computes the facts of `tables`, the rows known on the day `known_as_of`; `written` has the rows of all days.

    `_seen` caches facts by day, `_past` evaluators of earlier days, `_former` facts of the evaluator before a change.
    """

    written: Tables
    tables: Tables
    measures: Measures
    known_as_of: date
    _seen: dict[date, Day] = field(default_factory=dict, compare=False, repr=False)
    _past: "dict[date, MeasureEvaluator]" = field(default_factory=dict, compare=False, repr=False)
    _former: "Mapping[date, MeasureEvaluator]" = field(default_factory=dict, compare=False, repr=False)

    def facts(self, day: date, only: Iterable[str] | None = None, changed: Mapping[str, float] | None = None) -> Ledger:
        """Return the facts of a day, in the order declared; `only` restricts them to some ids and those they need.

        Later data are ignored. A fact named in `changed` has that value instead of its own, and all facts
        made from it follow. Raises EvidenceError if the rows contradict each other, such as two rows for one value.
        """
        return self._facts(day, frozenset(self.measures) if only is None else self.measures.needed(only), changed or {})

    def before(self, known: date) -> "MeasureEvaluator":
        """Return the evaluator with the knowledge of an earlier day, for that day and those before it.

        If no row of that time was restated since, the two evaluators share all facts that they compute.
        """
        if known not in self._past:
            later = min((day for day in self._past if day > known), default=None)
            self._past[known] = self._before(known, self._past[later] if later else self)
        return self._past[known]

    def _before(self, known: date, later: "MeasureEvaluator") -> "MeasureEvaluator":
        former = self._former.get(known)
        then = evaluator_for(self.written, self.measures, known, former)
        rows, last = tables_on(then.tables, known), later._day(known).records.tables
        restated = frozenset(name for name, each in rows.items() if not each.frame.index.equals(last[name].frame.index))
        if not restated:
            return later.known_on(known)
        return (then.after(former) if former else then)._with_found(later, restated)

    def _with_found(self, later: "MeasureEvaluator", restated: frozenset[str]) -> "MeasureEvaluator":
        """Return the evaluator with the facts of a later one that depend on no table with rows restated since."""
        kept = frozenset() if NAMES in restated else frozenset(self.measures) - self._stale(self.measures, restated)
        own = Tables({name: self.tables[name] for name in restated})
        for day, seen in ((day, seen) for day, seen in later._seen.items() if day <= self.known_as_of):
            tables = Tables({**seen.records.tables, **tables_on(own, day)})
            made = self._seen.setdefault(day, Day(Records(tables, day))).made
            made.update({name: facts for name, facts in seen.made.items() if name in kept - made.keys()})
        return self

    def known_on(self, day: date) -> "MeasureEvaluator":
        """Return the evaluator with the tables as they were known on a day."""
        return replace(self, tables=known_on(self.written, day), known_as_of=day, _past={}, _former={})

    def after(self, earlier: "MeasureEvaluator") -> "MeasureEvaluator":
        """Return the evaluator with the facts of an earlier one that depend on no row changed since."""
        changed = _changed(self.tables, earlier.tables)
        if self.known_as_of != earlier.known_as_of or changed is None:
            return self
        kept = frozenset(self.measures) - self._stale(earlier.measures, changed)
        anew = Tables({name: self.tables[name] for name in changed})
        found = replace(self, _seen={}, _past={}, _former=earlier._past)
        for day, seen in earlier._seen.items():
            tables = Tables({**seen.records.tables, **tables_on(anew, day)})
            made = {name: facts for name, facts in seen.made.items() if name in kept}
            found._seen[day] = Day(Records(tables, day), made)
        return found

    def _stale(self, earlier: Measures, changed: frozenset[str]) -> frozenset[str]:
        """Return the measures that were changed, read or refer to a changed table, or depend on such measures."""
        reaching = _referring_to({name: table.schema for name, table in self.tables.items()}, changed)
        own = (key for key, each in self.measures.items() if earlier.get(key) != each or each.table in reaching)
        return self.measures.depending_on(own)

    def _day(self, day: date) -> Day:
        if day not in self._seen:
            self._seen[day] = Day(Records(tables_on(self.tables, day), day))
        return self._seen[day]

    def _facts(self, day: date, wanted: frozenset[str], changed: Mapping[str, float]) -> Ledger:
        measures, records, known = self.measures, self._day(day).records, self._day(day).made
        supposed = measures.depending_on(changed)
        facts: dict[str, Fact] = {}
        made: dict[str, tuple[Fact, ...]] = {}

        def earlier(fact_id: str, years: int) -> Ledger:
            return self._facts(anniversary(day, day.year - years), measures.needed((fact_id,)), {})

        given = Given(Ledger(facts, day), earlier)
        for name in measures.order:
            if name not in wanted:
                continue
            if name in supposed:
                made[name] = _with_changed(name, _made(measures[name], records, given), changed, day)
            elif name in known:
                made[name] = known[name]
            else:
                found = () if is_unfilled(measures[name], self.written) else _made(measures[name], records, given)
                made[name] = known[name] = found
            _check_ids(measures[name], made[name], facts)
            facts.update({fact.id: fact for fact in made[name]})
        return Ledger({fact.id: fact for name in measures if name in made for fact in made[name]}, day)


def evaluator_for(
    written: Tables, measures: Measures, known: date, earlier: MeasureEvaluator | None = None
) -> MeasureEvaluator:
    """Return the evaluator of the rows known on a day; tables unchanged since an `earlier` one are reused."""
    former = earlier if earlier and earlier.known_as_of == known else None
    same = {name: former.tables[name] for name in written if former and _same(written, former.written, name)}
    rest = known_on(Tables({name: table for name, table in written.items() if name not in same}), known)
    tables = Tables({name: same[name] if name in same else rest[name] for name in written})
    return MeasureEvaluator(written=written, tables=tables, measures=measures, known_as_of=known)


def _same(tables: Tables, earlier: Tables, name: str) -> bool:
    return name in earlier and tables[name].same(earlier[name])


def _changed(tables: Tables, earlier: Tables) -> frozenset[str] | None:
    """Return the tables with other rows than before; None if there are other tables, or other names or kinds of them.

    The written forms of a name do not matter for facts, which hold its id.
    """
    if tables.keys() != earlier.keys():
        return None
    now, before = (each[NAMES].frame[["id", "kind"]] for each in (tables, earlier))
    return frozenset(name for name in tables if not tables[name].same(earlier[name])) if now.equals(before) else None


def _referring_to(schemas: Mapping[str, Schema], tables: frozenset[str]) -> frozenset[str]:
    """Return these tables, and all tables from which references lead to one of them."""
    found, before = tables, frozenset[str]()
    while found != before:
        before = found
        led = (name for name, each in schemas.items() if any(column.to[0] in found for column in each.columns.values()))
        found = found.union(led)
    return found


def _with_changed(name: str, found: tuple[Fact, ...], changed: Mapping[str, float], day: date) -> tuple[Fact, ...]:
    """Return a measure's facts with the hypothetical values in `changed`; a missing fact is made if it has one."""
    kept = tuple(replace(fact, value=changed[fact.id]) if fact.id in changed else fact for fact in found)
    missing = name in changed and not found
    return (*kept, Fact(id=name, value=changed[name], as_of=day.isoformat(), how="supposed")) if missing else kept


def _made(each: Measure, records: Records, given: Given) -> tuple[Fact, ...]:
    make = FROM_ROWS.get(each.kind)
    return tuple(make(each, records, given.ledger) if make else FROM_FACTS[each.kind](each, given))


def _check_ids(each: Measure, found: Iterable[Fact], before: Mapping[str, Fact]) -> None:
    """Raise EvidenceError if two keys of a measure, or two measures, make the same id."""
    keys: dict[str, tuple[str, ...]] = {}
    for fact in found:
        if fact.id in keys or fact.id in before:
            first = verbatim(f"'{', '.join(keys[fact.id])}'") if fact.id in keys else tr("another measure")
            what = tr(
                "{first} and '{about}' both make the fact {fact}", first=first, about=tr_list(fact.about), fact=fact.id
            )
            raise EvidenceError(Problem(each.place, what, tr("rename one of the two")))
        keys[fact.id] = fact.about
