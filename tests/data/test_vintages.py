"""A figure that is restated stands in a row of its own, and each day sees the one that was known on it."""

from collections.abc import Mapping
from datetime import date

import pytest

from jianbao.core.documents import Problems
from jianbao.core.yaml_reader import parse_document
from jianbao.data.csv_files import read_csv
from jianbao.data.facts import Source
from jianbao.data.measures.evaluate import MeasureEvaluator, evaluator_for
from jianbao.data.measures.registry import parse_measures
from jianbao.data.schemas import parse_schemas
from jianbao.data.tables import Tables, check_tables, known_on, tables_on

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
NONE: Mapping[str, Source] = {}
ROWS = """\
tally,period,value,known_from
boats,2020,7,
boats,2020,8,2022-03
boats,2020,9,2023-05-04
boats,2021,11,
gulls,2020,3,2022
"""


def checked(rows: str, schema: str = SCHEMA, sources: Mapping[str, Source] = NONE) -> tuple[Tables, list[str]]:
    problems: Problems = []
    schemas = parse_schemas(parse_document(schema, "tables.yml"), ("en",), problems)
    sheet = read_csv(rows, "tallies", "data/tallies.csv", problems)
    tables = check_tables({"tallies": sheet}, schemas, sources, problems)
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
    assert values(tables_on(checked(ROWS)[0], day)) == seen


def test_an_earlier_year_can_be_seen_with_what_is_known_now() -> None:
    now = known_on(checked(ROWS)[0], date(2024, 1, 1))
    assert values(tables_on(now, date(2020, 12, 31))) == [9, 3]


def test_the_row_that_counts_keeps_its_number_in_the_spreadsheet() -> None:
    assert list(tables_on(checked(ROWS)[0], date(2024, 1, 1))["tallies"].frame.index) == [4, 5, 6]


def test_two_figures_known_from_the_same_day_are_named_with_both_rows() -> None:
    _, problems = checked(ROWS + "boats,2020,8.5,2022-03\n")
    assert problems == [
        "data/tallies.csv:7 tally, period, known_from: 'boats, 2020, 2022-03' is already in row 3; keep one of the two"
    ]


def test_without_the_column_no_row_may_stand_twice() -> None:
    _, problems = checked("tally,period,value\nboats,2020,7\nboats,2020,8\n")
    assert problems == ["data/tallies.csv:3 tally, period: 'boats, 2020' is already in row 2; keep one of the two"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("known_by: value", "'value' holds neither dates nor sources"),
        ("known_by: known_frm", "'known_frm' is not a column"),
    ],
)
def test_what_cannot_say_when_a_row_became_known_is_named(written: str, said: str) -> None:
    _, problems = checked(ROWS, SCHEMA.replace("known_by: known_from", written))
    assert any(said in problem for problem in problems), problems


MEASURES = """\
boats: {latest: tallies, take: value, where: {tally: boats}, unit: boat}
gulls: {latest: tallies, take: value, where: {tally: gulls}, unit: gull}
"""


def evaluator(rows: str, known: date) -> MeasureEvaluator:
    tables, problems = checked(rows)
    found: Problems = []
    measures = parse_measures(parse_document(MEASURES, "measures.yml"), {"tallies": tables["tallies"].schema}, found)
    assert problems == [] and found == []
    return evaluator_for(tables, measures, known)


def test_what_was_known_earlier_is_measured_as_it_was() -> None:
    now, day = evaluator(ROWS, date(2024, 1, 1)), date(2020, 12, 31)
    assert [fact.value for fact in now.facts(day).values()] == [9, 3]
    assert [fact.value for fact in now.before(date(2022, 6, 30)).facts(day).values()] == [8]


def test_two_days_share_what_they_measure_only_if_nothing_was_restated_between_them() -> None:
    now, day = evaluator(ROWS, date(2024, 1, 1)), date(2020, 12, 31)
    lately, before = now.before(date(2023, 12, 31)), now.before(date(2023, 5, 3))
    assert lately.facts(day)["boats"] is now.facts(day)["boats"]
    assert (before.facts(day)["boats"].value, now.facts(day)["boats"].value) == (8, 9)


# Known from the publication of sources

TOLD = SCHEMA.replace("known_by: known_from", "known_by: [known_from, source]").replace(
    "    known_from", "    source:     {type: sources, required: yes}\n    known_from"
)
FIGURES = """\
tally,period,value,source,known_from
boats,2020,7,almanac,
boats,2021,8,gazette;almanac,
boats,2022,9,undated,
boats,2023,10,undated;almanac,
boats,2024,11,almanac,2024-06
"""
PUBLISHED = {"almanac": "2021-02-03", "gazette": "2022-05", "undated": ""}
GIVEN = {
    name: Source(id=name, title="", producer="", published=day, accessed="", url="", kind="M", language="en")
    for name, day in PUBLISHED.items()
}


@pytest.mark.parametrize(
    ("day", "seen"),
    [
        (date(2020, 12, 31), []),
        (date(2021, 2, 2), []),
        (date(2021, 2, 3), [7]),
        (date(2021, 12, 31), [7, 8]),
        (date(2022, 12, 31), [7, 8]),
        (date(2023, 1, 1), [7, 8, 9]),
        (date(2023, 12, 31), [7, 8, 9, 10]),
        (date(2024, 12, 31), [7, 8, 9, 10, 11]),
    ],
)
def test_a_figure_is_known_from_the_first_publication_of_its_sources(day: date, seen: list[float]) -> None:
    tables, problems = checked(FIGURES, TOLD, GIVEN)
    assert problems == [] and values(tables_on(tables, day)) == seen


def test_a_row_of_undated_sources_is_not_known_before_its_year_is_over() -> None:
    row = FIGURES.splitlines()[0] + "\nboats,2022,9,undated,\n"
    tables, _ = checked(row, TOLD, GIVEN)
    assert [values(tables_on(tables, day)) for day in (date(2022, 12, 31), date(2023, 1, 1))] == [[], [9]]


def test_a_day_that_is_written_overrides_the_publication_and_the_year_is_seen_with_what_is_known_later() -> None:
    row = FIGURES.splitlines()[0] + "\nboats,2019,7,almanac,\nboats,2019,6,almanac,2023\n"
    tables, _ = checked(row, TOLD, GIVEN)
    end = date(2019, 12, 31)
    seen = [values(tables_on(known_on(tables, day), end)) for day in (end, date(2022, 1, 1), date(2024, 1, 1))]
    assert seen == [[], [7], [6]]


UNIQUE = SCHEMA.replace("key: [tally, period]", "key: [tally]").replace(
    "tally:      {type: text, required: yes}", "tally:      {type: text, unique: yes, required: yes}"
)


def test_what_is_unique_stands_in_each_vintage_of_its_row_and_in_no_other_row() -> None:
    rows = "tally,period,value,known_from\nboats,2020,7,\nboats,2020,8,2022\n"
    assert checked(rows, UNIQUE)[1] == []
    twice = "data/tallies.csv:4 tally, known_from: 'boats, 2022' is already in row 3; keep one of the two"
    assert checked(rows + "boats,2020,9,2022\n", UNIQUE)[1] == [twice]
    other = SCHEMA.replace("value:      {type: number", "value:      {type: number, unique: yes")
    (problem,) = checked(rows + "gulls,2020,7,\n", other)[1]
    assert problem.startswith("data/tallies.csv:4 value: '7' is already in row 2")
