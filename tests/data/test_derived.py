from datetime import date
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianbao.data.facts import Fact, slug
from jianbao.data.provenance import exactness, weakest
from tests.data.small_tables import DAY, measured

BASE = """\
all: {count: friends, unit: city}
east: {count: friends, where: {shore: East}, unit: city}
shore: {count: friends, by: shore, of: all}
guests: {latest: series, where: {indicator: guests}}
first_guests: {earliest: series, where: {indicator: guests}}
best_guests: {best: series, where: {indicator: guests}}
none: {latest: series, where: {indicator: guests}, carry: 0}
towns: {list: friends, take: town}
eastern: {list: friends, take: town, where: {shore: East}}
latest_on: {last: friends, by: signed_on, take: signed_on}
zero: {count: friends, where: {shore: South}}
"""


def derive(text: str, day: date = DAY) -> Fact | None:
    return measured(f"{BASE}x: {text}\n", day).get("x")


def value(text: str, day: date = DAY) -> object:
    fact = derive(text, day)
    return fact and fact.value


def test_a_share_keeps_its_whole() -> None:
    fact = derive("{share: east, of: all}")
    assert fact and fact.value == pytest.approx(2 / 3)
    assert (fact.of, fact.unit, fact.parents) == (3, "share", ("east", "all"))


def test_a_share_of_a_share_has_no_whole_to_be_counted_in() -> None:
    fact = measured(f"{BASE}listed: {{share: all, of: all}}\nx: {{share: zero, of: listed}}\n")["x"]
    assert (fact.value, fact.of, fact.unit) == (0, None, "share")


def test_two_values_that_are_only_about_so_have_no_growth() -> None:
    assert value("{growth: [guests, guests]}") is None and value("{ratio: [guests, guests]}") == 1


def test_nothing_is_divided_by_zero_or_made_of_a_missing_fact() -> None:
    assert value("{share: all, of: zero}") is None and value("{ratio: [all, zero]}") is None
    assert value("{share: none, of: all}") is None and value("{total: [all, none]}") is None


def test_totals_and_differences_keep_a_common_unit() -> None:
    total, mixed = derive("{total: [all, east]}"), derive("{difference: [all, guests]}")
    assert total and mixed and (total.value, total.unit, mixed.unit) == (5, "city", "")
    assert value("{total: shore}") == 3
    whole = derive("{total: [east, zero], of: all}")
    assert whole and (whole.of, whole.parents) == (3, ("east", "zero", "all"))


def test_growth_is_relative_and_a_year_s_growth_compound() -> None:
    assert value("{ratio: [guests, first_guests]}") == pytest.approx(1.2)
    assert value("{growth: [guests, first_guests]}") == pytest.approx(0.2)
    assert value("{annual_growth: [guests, first_guests]}") == pytest.approx(1.2 ** (1 / 5) - 1)
    assert value("{annual_growth: [first_guests, guests]}") is None  # the new one is the older


def test_the_larger_of_two_facts_is_taken_or_the_one_that_there_is() -> None:
    pairs = ("guests, first_guests", "first_guests, guests", "none, guests", "guests, none")
    assert {value(f"{{larger: [{pair}]}}") for pair in pairs} == {value("{first_known: [guests, none]}")}
    assert value("{larger: [none, none]}") is None


def test_the_time_between_two_facts_is_that_between_their_days() -> None:
    assert value("{time_between: [guests, first_guests]}") == pytest.approx(5)
    assert value("{time_between: [first_guests, guests]}") == pytest.approx(-5)
    assert value("{time_between: [guests, none]}") is None


def test_a_result_is_as_of_the_latest_and_as_old_as_the_oldest() -> None:
    fact = derive("{difference: [guests, first_guests]}")
    assert fact and (fact.as_of, fact.carried, fact.confidence, fact.comparator) == ("2010", 2, "derived", "≈")


def test_a_sum_of_facts_of_different_days_is_as_of_the_oldest() -> None:
    fact = derive("{total: [guests, first_guests]}")
    oldest = derive("{total: [first_guests, first_guests]}")
    assert fact and oldest and fact.as_of == oldest.as_of != "2010"


def test_evenness_is_entropy_over_its_greatest_value() -> None:
    expected = -(2 / 3 * log(2 / 3) + 1 / 3 * log(1 / 3)) / log(3)
    assert value("{evenness: shore}") == pytest.approx(expected)
    assert value("{evenness: shore}", date(1990, 1, 1)) is None


def test_the_greatest_and_least_of_a_family_are_named() -> None:
    assert value("{most: shore}") == ("East",) and value("{least: shore}") == ("South",)
    assert value("{least: shore}", date(2004, 12, 31)) == ("West", "South")


def test_years_since_a_partial_date_count_from_its_last_day() -> None:
    fact = derive("{years_since: latest_on}")
    assert fact and fact.value == pytest.approx(2 + 184 / 365, abs=1e-3) and fact.as_of == "2012-12-31"


def test_an_earlier_value_is_traced_to_the_cells_of_that_day() -> None:
    fact = derive("{before: all, years: 3}")
    assert fact and (fact.value, fact.as_of, fact.cells[0].rows, fact.parents) == (2, "2009-12-31", (2, 3), ())
    change = derive("{change_since: all, years: 3}")
    assert change and (change.value, change.parents, change.cells[0].rows) == (1, ("all",), (2, 3))
    assert len(change.cells) == 2  # of the earlier value, and of the present one
    assert value("{before: guests, years: 10}") is None


def test_years_count_back_from_the_year_of_a_carried_value() -> None:
    now, then = derive("{total: [guests]}"), derive("{before: guests, years: 2}")
    assert now and (now.number, now.as_of, now.carried) == (120, "2010", 2)
    assert then and (then.number, then.as_of, then.carried) == (140, "2008-11-30", 0)
    assert value("{change_since: guests, years: 2}") == -20


def test_a_derived_fact_can_be_asked_for_earlier_too() -> None:
    fact = derive("{before: x2, years: 3}\nx2: {share: east, of: all}")
    assert fact and fact.value == 1 and {cells.rows for cells in fact.cells} == {(2, 3)}


def test_lists_are_compared_in_the_order_of_the_first() -> None:
    assert value("{both: [towns, eastern]}") == ("Ash", "Birch")
    assert value("{without: [towns, eastern]}") == ("Cedar",)
    size = derive("{size: eastern, of: all, unit: city}")
    assert size and (size.value, size.of, size.unit) == (2, 3, "city")


def test_names_of_either_list_stand_once() -> None:
    towns, eastern = value("{list: friends, take: town}"), value("{list: friends, take: town, where: {shore: East}}")
    assert isinstance(towns, tuple) and isinstance(eastern, tuple)
    assert value("{either: [eastern, towns]}") == (*eastern, *(town for town in towns if town not in eastern))


def test_the_later_of_two_dates_is_named_only_without_doubt() -> None:
    dates = "by: signed_on, take: signed_on, each: shore"
    families = f"begun: {{first: friends, {dates}}}\nended: {{last: friends, {dates}}}\n"
    made = measured(f"{BASE}{families}x: {{later: [ended, begun]}}\ny: {{later: [begun, ended]}}\n", DAY)
    begun, ended = (
        {fact.about[0]: str(fact.value) for fact in made.family(name).values()} for name in ("begun", "ended")
    )
    assert made["x"].value == tuple(shore for shore in begun if ended[shore][:4] > begun[shore][:4]) != ()
    assert made["y"].value == ()
    assert set(made["x"].parents) == {f"{name}.{shore.lower()}" for name in ("begun", "ended") for shore in begun}
    assert "z" not in measured(f"{BASE}z: {{later: [none, zero]}}\n", DAY)


def test_a_number_is_not_taken_for_a_list() -> None:
    assert value("{size: all}") is None and value("{total: [towns]}") is None and value("{years_since: all}") is None


def facts(*signs: str) -> list[Fact]:
    return [Fact(id=str(index), value=1.0, comparator=sign) for index, sign in enumerate(signs)]


@pytest.mark.parametrize(
    ("above", "below", "sign"),
    [
        ("==", "=", "="),
        ("=>", "", ">"),
        ("=", ">", "<"),
        (">", "<", ">"),
        ("><", "", "≈"),
        (">", ">", "≈"),
        ("≈=", "", "≈"),
    ],
)
def test_a_result_is_no_more_exact_than_what_it_is_made_of(above: str, below: str, sign: str) -> None:
    assert exactness(facts(*above), facts(*below)) == sign


def test_the_weakest_confidence_holds() -> None:
    assert weakest(["corroborated", "derived", "stated"]) == "derived" and weakest([]) == "stated"


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("São Paulo", "sao_paulo"),
        ("2018", "n2018"),
        ("Asia & Pacific", "asia_pacific"),
        ("广州", "u5e7f_u5dde"),
        ("C40", "c40"),
    ],
)
def test_a_key_becomes_a_word(key: str, word: str) -> None:
    assert slug(key) == word


@given(st.text(min_size=1))
def test_every_key_becomes_a_word_that_can_stand_in_an_id(key: str) -> None:
    word = slug(key)
    assert word.isascii() and word[0].isalpha() and word.replace("_", "a").isalnum() and word == word.lower()
