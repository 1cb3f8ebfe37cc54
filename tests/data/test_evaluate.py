"""A gauge that comes after another one finds what it would have found alone, and measures only what has changed."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import pytest

from jianbao.data.measures.evaluate import MeasureEvaluator, evaluator_for
from tests.data.small_tables import DAY, FRIENDS, LANDS, NAMES, ROUNDS, SERIES, read_measures, tables

MEASURES = """\
friends: {count: friends, unit: town}
shores: {count: friends, by: shore, unit: town}
rich: {count: friends, where: {land.income: rich}, unit: town}
rich_share: {share: rich, of: friends}
lands: {count: lands, unit: land}
rounds: {count: rounds, unit: round}
entries: {sum: rounds, take: entries, unit: entry}
a_year_before: {before: friends, years: 1}
guests: {latest: series, take: value, where: {indicator: guests}, unit: person}
guests_a_friend: {ratio: [guests, friends]}
"""
EARLIER = date(2008, 12, 31)


def evaluator(
    changed: Mapping[str, str] = MappingProxyType({}), text: str = MEASURES, known: date = DAY
) -> MeasureEvaluator:
    return evaluator_for(tables(**changed), read_measures(text), known)


def asked(made: MeasureEvaluator) -> MeasureEvaluator:
    for day in (DAY, EARLIER):
        made.facts(day)
    return made


CHANGES = {
    "friends": FRIENDS.replace("Ash,ELB,East", "Ash,FRE,West"),
    "lands": LANDS.replace("FRE,poor", "FRE,rich"),
    "rounds": ROUNDS.replace(",20,", ",25,"),
    "series": SERIES.replace("guests,100", "guests,130"),
    "names": NAMES.replace("Ash", "Ashes"),
}


@pytest.mark.parametrize("table", CHANGES)
def test_a_gauge_after_another_finds_what_it_would_find_alone(table: str) -> None:
    changed = {table: CHANGES[table]}
    if table == "names":
        changed["friends"] = FRIENDS.replace("Ash", "Ashes")
    after = evaluator(changed).after(asked(evaluator()))
    for day in (EARLIER, DAY):
        assert after.facts(day) == evaluator(changed).facts(day)


@pytest.mark.parametrize(
    ("table", "anew"),
    [
        ("rounds", {"rounds", "entries"}),
        ("series", {"guests", "guests_a_friend"}),
        ("spelling", set()),
        ("lands", {"friends", "shores", "rich", "rich_share", "lands", "a_year_before", "guests_a_friend"}),
    ],
)
def test_only_what_hangs_on_the_changed_table_is_measured_anew(table: str, anew: set[str]) -> None:
    before = asked(evaluator())
    changed = {"names": NAMES.replace("丙,Ash", "灰,Ash Tree")} if table == "spelling" else {table: CHANGES[table]}
    after = evaluator(changed).after(before)
    old, new = before.facts(DAY), after.facts(DAY)
    same = {name for name, fact in new.items() if fact is old[name]}
    assert {name.partition(".")[0] for name in set(new) - same} == anew


def test_a_measure_that_is_written_otherwise_is_measured_anew_with_all_that_hang_on_it() -> None:
    text = MEASURES.replace(
        "rich: {count: friends, where: {land.income: rich}", "rich: {count: friends, where: {land.income: poor}"
    )
    after = evaluator(text=text).after(asked(evaluator()))
    assert after.facts(DAY) == evaluator(text=text).facts(DAY)
    assert after.facts(DAY)["rich_share"] != evaluator().facts(DAY)["rich_share"]


def test_a_gauge_of_another_day_owes_nothing_to_an_earlier_one() -> None:
    later = date(2013, 12, 31)
    assert evaluator(known=later).after(asked(evaluator())).facts(later) == evaluator(known=later).facts(later)
