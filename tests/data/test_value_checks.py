"""What no cell can be is an error with its place, in the tables of a workspace and in a delivery."""

from datetime import date

import pytest

from jianbao.data.value_checks import (
    KnownUnits,
    ValueLimits,
    check_delivered_values,
    check_values,
    undeclared_units,
)
from tests.data.small_tables import DAY, FRIENDS, ROUNDS, SERIES, read_measures, schemas, sheets, tables

UNITS = KnownUnits(
    declared=("person", "land", "city", "usd", "rank"), counts={"person", "land", "city"}, ranks={"rank"}
)
LIMITS = ValueLimits(UNITS, DAY)
MEASURES = "people: {sum: friends, take: people, unit: person}\nfarthest: {best: friends, take: lat, unit: usd}\n"


def found(newest: date = DAY, measures: str = MEASURES, **changed: str) -> list[str]:
    limits = ValueLimits(UNITS, newest)
    return [str(each) for each in check_values(tables(**changed), read_measures(measures), limits)]


def test_sound_tables_have_no_fault() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            "guests,100,person",
            "guests,-66,person",
            "data/series.csv:2 value: '-66' is below 0, the least that",
        ),
        ("guests,100,person", "guests,0,rank", "data/series.csv:2 value: '0' is below 1, the least that 'rank'"),
        ("bound,7,land", "bound,7,million", "data/series.csv:7 unit: 'million' is not a unit of the vocabulary"),
        ("bound,7,land,=,1999", "bound,7,land,=,2099", "data/series.csv:7 period: '2099' is after 2012-12-31"),
        ("=,2010-01/2010-09", "=,2013-01/2013-09", "data/series.csv:5 period: '2013-01/2013-09' is after 2012-12-31"),
    ],
)
def test_a_row_of_a_long_table_that_cannot_be_so_is_named_with_its_place(old: str, new: str, what: str) -> None:
    assert old in SERIES
    (said,) = found(series=SERIES.replace(old, new))
    assert said.startswith(what)


def test_a_column_that_a_measure_counts_is_never_below_zero_and_another_may_be() -> None:
    assert found(friends=FRIENDS.replace("2000-05-01,0,0", "2000-05-01,-80,0")) == []
    rounds = ROUNDS.replace("2001-03-01,,10", "2001-03-01,,-10")
    assert found(rounds=rounds) == []
    (said,) = found(
        measures=f"{MEASURES}entries: {{values: rounds, take: entries, by: round, unit: city}}", rounds=rounds
    )
    assert said.startswith("data/rounds.csv:2 entries: '-10' is below 0, the least that 'city' can be")


def test_a_period_that_has_begun_may_end_later_and_days_to_come_may_be_written_where_they_are_blank() -> None:
    assert found(date(2012, 6, 30)) == found(date(2010, 10, 1)) == []
    (said,) = found(date(2010, 8, 31))
    assert said.startswith(
        "data/rounds.csv:5 opened_on: '2010-09-01' is after 2010-08-31, the day of the newest edition"
    )


def test_a_measure_with_a_unit_that_nobody_has_words_for_is_named() -> None:
    (problem,) = undeclared_units(read_measures("x: {count: friends, unit: persn}\ny: {count: friends}"), UNITS)
    assert problem.what == "'persn' is not a unit of the vocabulary" and problem.hint == (
        "did you mean 'person'? If not, name it under `units:` in templates/wording/vocabulary.yml, a new file "
        "if need be: "
        "persn: {zh: {measure: 个, other: 集装箱}, en: {one: container, other: containers}}"
    )


def test_a_delivery_is_held_against_the_same_limits() -> None:
    delivered = sheets(series=SERIES.replace("guests,100,person", "guests,-66,millon"))["series"]
    problems = check_delivered_values(delivered, schemas()["series"], LIMITS)
    assert [(each.where.line, each.where.column) for each in problems] == [(2, "unit")]
    assert check_delivered_values(sheets()["friends"], schemas()["friends"], LIMITS) == []
