"""A figure that is restated stands in a row of its own, and each day sees the one that was known on it."""

from datetime import date

import pytest

from jianbao.documents import Problems
from jianbao.evidence.gauge import Gauge, gauge_of
from jianbao.evidence.measures import parse_measures
from jianbao.evidence.schemas import parse_schemas
from jianbao.evidence.sheets import read_csv
from jianbao.evidence.tables import Tables, as_of, check_tables, known_on
from jianbao.transcript import parse_document

SCHEMA = """\
tallies:
  key: [tally, period]
  dated_by: period
  known_by: known_from
  columns:
    tally:      {type: text, required: yes}
    period:     {type: date, required: yes}
    value:      {type: number, required: yes}
    known_from: {type: date}
"""
ROWS = """\
tally,period,value,known_from
boats,2020,7,
boats,2020,8,2022-03
boats,2020,9,2023-05-04
boats,2021,11,
gulls,2020,3,2022
"""


def checked(rows: str, schema: str = SCHEMA) -> tuple[Tables, list[str]]:
    problems: Problems = []
    schemas = parse_schemas(parse_document(schema, "tables.yml"), ("en",), problems)
    sheet = read_csv(rows, "tallies", "data/tallies.csv", problems)
    tables = check_tables({"tallies": sheet}, schemas, (), problems)
    return tables, [str(problem) for problem in problems]


def values(tables: Tables) -> list[float]:
    return list(tables["tallies"].frame["value"])


@pytest.mark.parametrize(
    ("day", "seen"),
    [
        (date(2020, 12, 31), [7]),
        (date(2022, 3, 30), [7, 11]),
        (date(2022, 3, 31), [8, 11]),
        (date(2022, 12, 31), [8, 11, 3]),
        (date(2024, 1, 1), [9, 11, 3]),
    ],
)
def test_a_day_sees_the_last_figure_known_by_then(day: date, seen: list[float]) -> None:
    assert values(as_of(checked(ROWS)[0], day)) == seen


def test_an_earlier_year_can_be_seen_with_what_is_known_now() -> None:
    now = known_on(checked(ROWS)[0], date(2024, 1, 1))
    assert values(as_of(now, date(2020, 12, 31))) == [9, 3]


def test_the_row_that_counts_keeps_its_number_in_the_spreadsheet() -> None:
    assert list(as_of(checked(ROWS)[0], date(2024, 1, 1))["tallies"].frame.index) == [4, 5, 6]


def test_two_figures_known_from_the_same_day_are_named_with_both_rows() -> None:
    _, problems = checked(ROWS + "boats,2020,8.5,2022-03\n")
    assert problems == [
        "data/tallies.csv:7 tally, period, known_from: 'boats', '2020', '2022-03' already stands in row 3; "
        "keep one of the two"
    ]


def test_without_the_column_no_row_may_stand_twice() -> None:
    _, problems = checked("tally,period,value\nboats,2020,7\nboats,2020,8\n")
    assert problems == [
        "data/tallies.csv:3 tally, period: 'boats', '2020' already stands in row 2; keep one of the two"
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [("known_by: value", "'value' does not hold dates"), ("known_by: known_frm", "'known_frm' is not a column")],
)
def test_what_cannot_say_when_a_row_became_known_is_named(written: str, said: str) -> None:
    _, problems = checked(ROWS, SCHEMA.replace("known_by: known_from", written))
    assert any(said in problem for problem in problems), problems


MEASURES = """\
boats: {latest: tallies, take: value, where: {tally: boats}, unit: boat}
gulls: {latest: tallies, take: value, where: {tally: gulls}, unit: gull}
"""


def gauge(rows: str, known: date) -> Gauge:
    tables, problems = checked(rows)
    found: Problems = []
    measures = parse_measures(parse_document(MEASURES, "measures.yml"), {"tallies": tables["tallies"].schema}, found)
    assert problems == found == []
    return gauge_of(tables, measures, known)


def test_what_was_known_earlier_is_measured_as_it_was() -> None:
    now, day = gauge(ROWS, date(2024, 1, 1)), date(2020, 12, 31)
    assert [fact.value for fact in now.facts(day).values()] == [9, 3]
    assert [fact.value for fact in now.before(date(2022, 6, 30)).facts(day).values()] == [8]


def test_two_days_share_what_they_measure_only_if_nothing_was_restated_between_them() -> None:
    now, day = gauge(ROWS, date(2024, 1, 1)), date(2020, 12, 31)
    lately, before = now.before(date(2023, 12, 31)), now.before(date(2023, 5, 3))
    assert lately.facts(day)["boats"] is now.facts(day)["boats"]
    assert (before.facts(day)["boats"].value, now.facts(day)["boats"].value) == (8, 9)
