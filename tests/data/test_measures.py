from datetime import date

import pytest

from jianbao.core.documents import Problems
from jianbao.core.errors import EvidenceError
from jianbao.data.facts import Cells, Ledger
from jianbao.data.measures.evaluate import evaluator_for
from jianbao.data.measures.registry import Measures, check_keys, parse_measures
from jianbao.data.provenance import trace
from tests.data.small_tables import (
    DAY,
    FRIENDS,
    NAMES,
    ROUNDS,
    SERIES,
    document,
    measured,
    one,
    read_measures,
    schemas,
    tables,
    values,
)


def test_rows_are_counted() -> None:
    fact = one("{count: friends, unit: city}")
    assert (fact.value, fact.unit, fact.as_of, fact.comparator) == (3, "city", "2012-12-31", "=")
    assert fact.cells == (Cells("friends", (2, 3, 4), "", ("s1", "s2")),)
    assert (fact.confidence, fact.how) == ("stated", "count: friends, unit: city")


def test_an_unverified_row_makes_no_fact() -> None:
    assert one("{list: friends, take: town}").value == ("Ash", "Birch", "Cedar")


def test_unverified_rows_are_counted_apart_and_make_no_fact_where_there_are_none() -> None:
    fact = one("{unverified: friends, unit: city}")
    assert (fact.value, fact.unit, fact.how) == (1, "city", "unverified: friends, unit: city")
    assert values("{unverified: rounds}") == {}


def test_distinct_values_are_counted_once() -> None:
    assert one("{count: friends, distinct: land}").value == 2
    assert one("{count: friends, distinct: topics}").value == 2


def test_a_family_has_a_zero_for_a_key_that_no_row_has() -> None:
    ledger = measured("all: {count: friends}\nall.shore: {count: friends, by: shore, of: all}")
    assert {word: fact.value for word, fact in ledger.family("all.shore").items()} == {"east": 2, "west": 1, "south": 0}
    south = ledger["all.shore.south"]
    assert (south.of, south.parents, south.about) == (3, ("all",), ("South",))
    assert south.cells == (Cells("friends", (2, 3, 4), "shore", ("s1", "s2")),)  # all rows had to be read to know it


def test_a_family_by_a_list_counts_a_row_under_each_of_its_keys() -> None:
    assert values("{count: friends, by: topics}") == {"trade": 2, "sea": 1}


def test_nested_keys_appear_where_a_row_has_them() -> None:
    assert values("{count: friends, by: [shore, land]}") == {"east.elb": 1, "east.fre": 1, "west.fre": 1}


def test_a_count_is_cumulative_at_each_years_end_and_ends_on_the_day() -> None:
    ledger = measured("x: {count: friends, each_year: 2003, dated: signed_on}", date(2010, 6, 30))
    assert [fact.value for fact in ledger.values()] == [1, 2, 2, 2, 2, 2, 2, 3]
    assert ledger["x.n2003"].about == ("2003",) and ledger["x.n2003"].as_of == "2003-12-31"
    assert ledger["x.n2010"].as_of == "2010-06-30"


def test_a_family_by_year_may_begin_with_the_first_row() -> None:
    ledger = measured("x: {count: friends, each_year: first, dated: signed_on}", date(2010, 6, 30))
    assert next(iter(ledger)) == "x.n2000" and [*ledger][-1] == "x.n2010"
    before = measured("x: {count: friends, each_year: first, dated: signed_on}", date(1999, 6, 30))
    assert {name: fact.value for name, fact in before.items()} == {"x.n1999": 0}, "without a row it has one year"
    guests = "{latest: series, where: {indicator: guests}, each_year: %s}"
    assert values(guests % "first") == values(guests % "1900")


def test_new_rows_are_counted_by_year() -> None:
    assert values("{count: friends, each_year: 2009, new: yes}") == {"n2009": 0, "n2010": 1, "n2011": 0, "n2012": 0}


@pytest.mark.parametrize(
    ("where", "towns"),
    [
        ("{shore: East}", ("Ash", "Birch")),
        ("{land: [ELB, FRE]}", ("Ash", "Birch", "Cedar")),
        ("{shore: {not: East}}", ("Cedar",)),
        ("{people: {above: 10}}", ("Cedar",)),
        ("{people: {below: 30}}", ("Ash",)),
        ("{people: 30}", ("Cedar",)),
        ("{people: {known: no}}", ("Birch",)),
        ("{topics: sea}", ("Ash",)),
        ("{open: yes, shore: West}", ("Cedar",)),
        ("{land.income: poor}", ("Birch", "Cedar")),
        ("{land: {in: lands.land}}", ("Ash", "Birch", "Cedar")),
        ("{town: {not_in: lands.land}}", ("Ash", "Birch", "Cedar")),
        ("{signed_on: {above: 2004}}", ("Cedar",)),
        ("{signed_on: {below: 2004}}", ("Ash",)),
        ("{signed_on: {month: [5, 6]}}", ("Ash", "Cedar")),
        ("{signed_on: {written: year}}", ("Birch",)),
        ("{signed_on: {ends: ['-01', '-06']}}", ("Ash", "Cedar")),
        ("{land: {in_force: [from, to]}}", ("Ash",)),
    ],
)
def test_where_chooses_the_rows(where: str, towns: tuple[str, ...]) -> None:
    assert one(f"{{list: friends, take: town, where: {where}}}").value == towns


def test_what_is_in_force_depends_on_the_day() -> None:
    measure_text = "{list: lands, take: land, where: {in_force: {from: from, to: to}}}"
    days = {date(2005, 3, 30): (), date(2005, 3, 31): ("FRE",), date(2010, 12, 31): ("ELB", "FRE"), DAY: ("ELB",)}
    assert {day: one(measure_text, day).value for day in days} == days


def test_a_fact_through_a_reference_is_traced_to_both_tables() -> None:
    cells = one("{count: friends, where: {land.income: poor}}").cells
    assert cells == (Cells("friends", (3, 4), "", ("s1", "s2")), Cells("lands", (3,), "income", ("s2",)))


def test_a_sum_leaves_out_missing_values_and_is_no_zero_without_any() -> None:
    fact = one("{sum: rounds, take: entries, unit: entry}")
    assert fact.value == 60 and fact.cells[0].rows == (2, 3, 4)
    assert values("{sum: rounds, take: entries}", date(1999, 1, 1)) == {}


@pytest.mark.parametrize(
    ("first", "second", "sign"), [("≈10", "20", "≈"), (">10", ">20", ">"), ("<10", ">20", "≈"), ("10", "20", "=")]
)
def test_a_number_keeps_the_comparator_before_it(first: str, second: str, sign: str) -> None:
    rounds = ROUNDS.replace(",10,s1", f",{first},s1").replace(",20,s2", f",{second},s2")
    total = one("{sum: rounds, take: entries, unit: entry}", rounds=rounds)
    assert (total.value, total.comparator) == (60, sign)
    latest = one("{first: rounds, by: held_on, take: entries}", rounds=rounds)
    assert (latest.value, latest.comparator) == (10, first.rstrip("0123456789") or "=")


def test_each_row_that_has_a_value_makes_a_fact() -> None:
    ledger = measured("x: {values: rounds, take: entries, by: round}")
    assert [(fact.id, fact.value, fact.as_of) for fact in ledger.values()] == [
        ("x.n1", 10, "2001-03-01"),
        ("x.n2", 20, "2003-03-01"),
        ("x.n3", 30, "2008-03-01"),
    ]


def test_the_only_row_gives_its_cell_and_two_rows_are_doubtful() -> None:
    fact = one("{value: rounds, take: held_on, where: {round: 2}}")
    assert (fact.value, fact.kind) == ("2003-03-01", "date")
    assert values("{value: rounds, take: held_on, where: {round: 9}}") == {}
    with pytest.raises(EvidenceError, match=r":1: 3 rows of friends fit x: row 2, row 3, row 4; narrow"):
        one("{value: friends, take: town}")


def test_first_and_last_take_a_cell_of_the_earliest_and_the_latest_row() -> None:
    first, last = one("{first: friends, by: signed_on, take: town}"), one("{last: friends, by: signed_on, take: town}")
    assert (first.value, first.kind, first.as_of) == ("Ash", "name", "2000-05-01")
    assert (last.value, last.as_of) == ("Cedar", "2010-06")
    assert values("{first: friends, by: signed_on, take: town, each: shore}") == {"east": "Ash", "west": "Cedar"}
    assert values("{last: friends, by: signed_on, take: town}", date(1990, 1, 1)) == {}
    assert one("{last: rounds, by: held_on, take: round}").value == 3  # the fourth has not been held


def test_of_rows_of_one_day_none_is_called_the_latest_but_all_are_named() -> None:
    friends = FRIENDS.replace("2000-05-01", "2010-06")
    assert friends != FRIENDS
    fact = one("{last: friends, by: signed_on, take: town}", friends=friends)
    assert (fact.value, fact.kind, len(fact.cells[0].rows)) == (("Ash", "Cedar"), "names", 2)
    same = friends.replace("Cedar,FRE,West", "Cedar,FRE,East")
    assert same != friends
    assert one("{last: friends, by: signed_on, take: shore}", friends=same).value == "East"


def test_names_are_listed_in_the_order_asked_for() -> None:
    assert one("{list: friends, take: town, order: lat}").value == ("Ash", "Birch", "Cedar")
    assert one("{list: friends, take: land, order: people}").value == ("ELB", "FRE")
    empty = one("{list: friends, take: town}", date(1990, 1, 1))
    assert (empty.value, empty.kind, empty.cells[0].rows) == ((), "names", ())


def test_the_latest_value_keeps_its_unit_sign_and_age() -> None:
    fact = one("{latest: series, where: {indicator: guests}}")
    assert (fact.value, fact.unit, fact.comparator, fact.as_of, fact.carried) == (120, "person", "≈", "2010", 2)
    assert (fact.confidence, fact.cells) == ("derived", (Cells("series", (6,), "value", ("s1",)),))


def test_a_value_older_than_the_limit_is_not_carried() -> None:
    assert one("{latest: series, where: {indicator: guests}, carry: 2}").carried == 2
    assert values("{latest: series, where: {indicator: guests}, carry: 1}") == {}


def test_of_two_values_for_one_day_the_better_confirmed_counts() -> None:
    assert one("{latest: series, where: {indicator: guests}}", date(2008, 12, 31)).value == 140
    twice = SERIES + "tide,5,person,=,2001-12-31,s1,derived\ntide,5,person,=,2001,s1,stated\n"
    for kind in ("earliest", "best", "worst"):
        assert one(f"{{{kind}: series, where: {{indicator: tide}}}}", series=twice).confidence == "stated"


def test_an_interval_is_no_year_unless_asked_for() -> None:
    day = date(2010, 12, 30)
    assert one("{latest: series, where: {indicator: guests}}", day).value == 140
    assert one("{latest: series, where: {indicator: guests}, intervals: yes}", day).value == 90


def test_years_without_a_row_of_their_own_are_left_out() -> None:
    found = values("{latest: series, where: {indicator: guests}, each_year: 2005}")
    assert found == {"n2005": 100, "n2008": 140, "n2010": 120}


def test_earliest_best_and_worst() -> None:
    assert one("{earliest: series, where: {indicator: guests}}").value == 100
    best = one("{best: series, where: {indicator: guests}}")
    assert (best.value, best.comparator, best.as_of) == (150, ">", "2008-11")
    assert values("{worst: series, by: indicator}") == {"guests": 100, "bound": 7}
    assert one("{best: rounds, take: entries}").value == 30


def test_the_best_of_the_newest_values_is_no_older_one() -> None:
    guests = "series, where: {indicator: guests}"
    assert one(f"{{worst: {guests}, newest: 2}}").value == 120 and one(f"{{worst: {guests}}}").value == 100
    assert one(f"{{best: {guests}, years: 1}}").value == 120 and one(f"{{best: {guests}, years: 9}}").value == 150
    assert not values(f"{{best: {guests}, newest: 2, among: 3}}")


def test_the_longest_gap_is_in_years() -> None:
    fact = one("{longest_gap: rounds, by: held_on}")
    assert (fact.value, fact.unit, fact.cells[0].rows) == (5, "year", (3, 4))
    assert values("{longest_gap: rounds, by: held_on}", date(2001, 12, 31)) == {}


def test_distance_and_direction_are_those_of_the_great_circle() -> None:
    quarter = 6371.0 * 3.141592653589793 / 2
    far = values("{distance: friends, lat: lat, lon: lon, from: [0, 0], by: [shore, town]}")
    assert far == pytest.approx({"east.ash": 0, "east.birch": quarter, "west.cedar": quarter})
    way = values("{bearing: friends, lat: lat, lon: lon, from: [0, 0], by: [shore, town]}")
    assert way == pytest.approx({"east.ash": 0, "east.birch": 90, "west.cedar": 0})


def test_keys_that_make_the_same_word_are_refused() -> None:
    with pytest.raises(EvidenceError, match=r"'a b' and 'a-b' both make the fact x.a_b; rename one of the two"):
        values("{worst: series, by: indicator}", series=SERIES.replace("guests,100", "a b,100").replace("bound", "a-b"))


def test_two_measures_cannot_make_the_same_fact() -> None:
    with pytest.raises(EvidenceError, match=r"another measure and 'East' both make the fact a.east"):
        measured("a.east: {count: friends}\na: {count: friends, by: shore}")


def test_a_list_of_names_is_no_whole_that_a_count_could_be_part_of() -> None:
    with pytest.raises(EvidenceError, match=":2: 'all' is not a number; its kind is names"):
        measured("all: {list: friends, take: town}\npart: {count: friends, of: all}")


def test_a_supposed_value_takes_the_place_of_the_fact_and_of_a_missing_one() -> None:
    measures = read_measures(
        "all: {count: friends}\nold: {latest: series, where: {indicator: guests}, carry: 0}\n"
        "part: {share: old, of: all}\nmore: {difference: [all, part]}"
    )
    ledger = evaluator_for(tables(), measures, DAY).facts(DAY, changed={"all": 4.0, "old": 2.0})
    assert {fact.id: fact.value for fact in ledger.values()} == {"all": 4, "old": 2, "part": 0.5, "more": 3.5}
    assert ledger["all"].cells and ledger["old"].how == "supposed"


def test_facts_come_in_the_order_declared_whatever_they_need() -> None:
    ledger = measured("b: {share: a, of: c}\nc: {count: friends}\na: {count: friends, where: {shore: East}}")
    assert list(ledger) == ["b", "c", "a"] and ledger["b"].value == pytest.approx(2 / 3)


def test_some_facts_can_be_made_with_only_what_they_need() -> None:
    measures = read_measures("a: {count: friends}\nb: {count: friends, by: shore, of: a}\nc: {count: lands}\n")
    assert list(evaluator_for(tables(), measures, DAY).facts(DAY, only=["b.east"])) == [
        "a",
        "b.east",
        "b.west",
        "b.south",
    ]
    whole = evaluator_for(tables(), measures, DAY).facts(DAY)
    assert all(
        whole[name] == fact for name, fact in evaluator_for(tables(), measures, DAY).facts(DAY, only=["b"]).items()
    )


def test_the_same_tables_give_the_same_ledger_twice() -> None:
    text = "a: {count: friends, by: shore}\nb: {latest: series, by: indicator}\n"
    assert repr(measured(text)) == repr(measured(text))


def faults(text: str) -> list[str]:
    problems: Problems = []
    measures = parse_measures(document(text, "data/measures.yml"), schemas(), problems)
    if not problems:
        check_keys(measures, tables(), problems)
    return [str(problem).removeprefix("data/measures.yml") for problem in problems]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: {cuont: friends}", ":1: 'cuont' is not a kind of measure; did you mean 'count'?"),
        ("x: {count: freinds}", ":1: 'freinds' is not a table; did you mean 'friends'?"),
        ("x: {count: friends, sum: friends}", ":1: a measure is of one kind, this says count and sum"),
        ("x: {count: friends, by: shroe}", ":1: 'shroe' is not a column of friends; did you mean 'shore'?"),
        ("x: {count: friends, by: land.incme}", ":1: 'incme' is not a column of lands; did you mean 'income'?"),
        ("x: {count: friends, by: shore.income}", ":1: 'shore' is not a reference"),
        ("x: {count: friends, bye: shore}", ":1: 'bye' is not known here; did you mean 'by'?"),
        ("x: {sum: friends}", ":1: 'take' is missing"),
        ("x: {count: friends, where: {shore: Eats}}", ":1: 'Eats' never occurs in friends.shore; did you mean 'East'?"),
        ("x: {count: friends, where: {land: ELX}}", ":1: 'ELX' never occurs in friends.land; allowed: ELB, FRE"),
        ("x: {count: friends, where: {open: maybe}}", ":1: 'maybe' never occurs in this column"),
        ("x: {count: friends, where: {shore: {nott: East}}}", ":1: 'nott' is not a test; did you mean 'not'?"),
        ("x: {count: friends, where: {shore: {above: 3}}}", ":1: 'above' needs a column of numbers or dates"),
        ("x: {count: friends, where: {signed_on: {above: soon}}}", ":1: 'soon' is not a date"),
        ("x: {count: friends, where: {signed_on: {month: 13}}}", ":1: '13' is not a month; write 1 to 12"),
        ("x: {count: friends, where: {land: {in: lnds.land}}}", ":1: 'lnds' is not a table; did you mean 'lands'?"),
        ("x: {count: friends, where: {land: {in_force: [from, pact]}}}", ":1: 'land.pact' does not hold dates"),
        ("x: {count: friends, dated: people, each_year: 2000}", ":1: 'people' does not hold dates"),
        ("x: {count: friends, where: {people: many}}", ":1: 'many' is not a number"),
        ("x: {count: friends, where: {people: {not: many}}}", ":1: 'many' is not a number"),
        ("x: {sum: friends, take: town}", ":1: 'town' does not hold numbers"),
        ("x: {best: friends, take: town}", ":1: 'town' does not hold numbers"),
        ("x: {distance: friends, lat: town, lon: lon, from: [5, 0], by: town}", ":1: 'town' does not hold numbers"),
        ("x: {count: friends, dated: signed_on, each_year: 0}", ":1: '0' is below 1, the least allowed"),
        ("x: {before: y, years: -1}\ny: {count: friends}", ":1: '-1' is below 1, the least allowed"),
        ("x: {before: y, years: 3000}\ny: {count: friends}", ":1: '3000' is above 999, the most allowed"),
        ("x: {latest: friends}", ":1: friends has no column 'value'; name one with `take`"),
        ("x: {distance: friends, lat: lat, lon: lon, from: [95, 0], by: town}", ":1: a point is needed here"),
        ("x:\n  count: friends\n  of: y", ":2: 'y' is not a measure"),
        ("x: {share: total, of: x.y}\ntotal: {count: friends}", ":1: 'x.y' is not a measure"),
        ("x: {difference: [a]}", ":1: 1 are named here, 2 needed"),
        ("a: {total: [b]}\nb: {total: [c]}\nc: {total: [a]}", "these measures need each other: "),
        ("a: {count: friends, by: shore}\nb: {total: [a.eats]}", ":2: 'a.eats' is not a fact; did you mean 'a.east'?"),
        ("a: {count: friends, each_year: 2000}\nb: {total: [a.n1999]}", ":2: 'a.n1999' is not a fact"),
        ("A: {count: friends}", ":1: 'A' cannot name a fact"),
    ],
)
def test_each_fault_of_a_measure_is_named_with_its_line(text: str, said: str) -> None:
    assert any(said in fault for fault in faults(text)), faults(text)


def test_a_measure_is_written_out_as_in_the_file() -> None:
    text = "{count: friends, where: {shore: [East, West], land.income: {not: rich}}}"
    assert one(text).how == text[1:-1]


def test_the_way_back_shows_cells_as_their_table_has_them() -> None:
    found = trace(measured("x: {count: friends, distinct: people}"), "x", tables())
    assert [origin.text for origin in found.origins] == ["10", "", "30"]


def test_rows_dated_later_change_nothing() -> None:
    text = "a: {count: friends, by: shore}\nb: {latest: series, by: indicator}\nc: {longest_gap: rounds, by: held_on}\n"
    day = date(2010, 12, 31)
    later = measured(
        text,
        day,
        friends=FRIENDS + "Elm,ELB,South,2011,,,,,,,s1,stated\n",
        names=NAMES + "Elm,town,木,Elm\n",
        series=SERIES + "guests,999,person,=,2011,s1,stated\n",
        rounds=ROUNDS + "5,2011-01-01,,99,s1\n",
    )
    assert repr(later) == repr(measured(text, day))


def test_an_empty_file_of_measures_makes_no_facts() -> None:
    assert evaluator_for(tables(), Measures({}, ()), DAY).facts(DAY) == Ledger({}, DAY)
