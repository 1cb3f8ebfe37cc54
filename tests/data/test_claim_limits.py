"""What a workspace declares of its tables, series and sources limits its facts, and faulty declarations are named."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianbao.core.documents import Problems
from jianbao.core.yaml_reader import parse_document
from jianbao.data.claim_limits import (
    GRADES,
    NO_LIMITS,
    CompleteList,
    Completeness,
    Limits,
    Window,
    joined,
    least_complete,
    lowest_grade,
    months_after,
    parse_series_limits,
)
from jianbao.data.csv_files import read_csv
from jianbao.data.facts import Fact, Ledger, Source
from jianbao.data.measures.evaluate import evaluator_for
from jianbao.data.measures.registry import parse_measures
from jianbao.data.schemas import parse_schemas, with_series_limits
from jianbao.data.tables import check_tables

SCHEMA = """\
ties:
  key: [town]
  dated_by: signed_on
  {ties}
  columns:
    town:      {{type: text, required: yes}}
    shore:     {{type: text, classification: Atlas 2020}}
    signed_on: {{type: date}}
    source:    {{type: sources}}
prizes:
  key: [cup, town]
  complete: yes
  row: prize
  columns:
    cup:    {{type: integer}}
    town:   {{type: text}}
    source: {{type: sources}}
tallies:
  key: [tally, period, session]
  dated_by: period
  event: [session]
  basis: basis
  columns:
    tally:   {{type: text}}
    value:   {{type: number}}
    period:  {{type: date}}
    session: {{type: integer}}
    basis:   {{type: choice, of: [signed, intended]}}
    source:  {{type: sources}}
"""
TIES = """\
town,shore,signed_on,source
Ash,East,2001,paper
Birch,West,2002,wiki
Cedar,East,2004-05,paper;wiki
"""
PRIZES = "cup,town,source\n1,Ash,paper\n1,Birch,paper\n2,Elm,paper\n2,Ash,paper\n"
TALLIES = """\
tally,value,period,session,basis,source
orders,30,2010-11,10,signed,paper
orders,32,2012-11,12,signed,paper
orders,31,2014-11,14,signed,paper
orders,25,2024-11,24,intended,paper
guests,200,2024-11,24,,paper
guests,9,2009,,,wiki
people,70,2021-03,,,paper
people,60,2020-03,,,paper
"""
SERIES = """\
table: tallies
by: tally
series:
  orders: {every: year, event: fair}
  guests: {every: year, fresh_for: 12, event: fair, complete: no}
  people: {every: year}
"""
MEASURES = """\
whole:        {value: tallies, take: value, where: {tally: people, period: 2020-03}}
named:        {count: ties, listed: yes, unit: town}
count:        {count: ties, unit: town}
by_shore:     {count: ties, by: shore, unit: town}
names:        {list: ties, take: town}
last_on:      {last: ties, by: signed_on, take: signed_on}
prizes:       {count: prizes, unit: prize}
winners:      {list: prizes, take: town}
winner_count: {size: winners, unit: town}
both:         {both: [names, winners]}
both_count:   {size: both, of: winner_count, unit: town}
both_share:   {share: both_count, of: winner_count}
rest:         {without: [winners, names]}
rest_count:   {size: rest, unit: town}
either:       {either: [names, winners]}
all_count:    {total: [count, winner_count], unit: town}
less:         {difference: [winner_count, count]}
orders:       {latest: tallies, where: {tally: orders}}
guests:       {latest: tallies, where: {tally: guests}}
people:       {latest: tallies, where: {tally: people}}
orders_best:  {best: tallies, where: {tally: orders}}
orders_fell:  {difference: [orders, orders_best]}
guests_best:  {best: tallies, where: {tally: guests}}
"""
DAY = date(2025, 12, 31)


def source(name: str, grade: str) -> Source:
    return Source(
        id=name, title="", producer="", published="", accessed="", url="", kind="R", language="en", grade=grade
    )


SOURCES = {"paper": source("paper", "original"), "wiki": source("wiki", "open")}


def read(
    ties: str, day: date, rows: str, sources: Mapping[str, Source], *, series: str = SERIES, tallies: str = TALLIES
) -> tuple[Ledger, list[str]]:
    problems: Problems = []
    schemas = parse_schemas(parse_document(SCHEMA.format(ties=ties), "tables.yml"), ("en",), problems)
    node = parse_document(series, "series.yml")
    schemas = with_series_limits(schemas, parse_series_limits(node, problems), node.place, problems)
    texts = {"ties": rows, "prizes": PRIZES, "tallies": tallies}
    sheets = {name: read_csv(text, name, f"{name}.csv", problems) for name, text in texts.items()}
    parsed = parse_measures(parse_document(MEASURES, "measures.yml"), schemas, problems)
    said = [str(problem) for problem in problems]
    if said:
        return Ledger({}, day), said
    return evaluator_for(check_tables(sheets, schemas, sources, problems), parsed, day).facts(day), said


def ledger(ties: str = "complete: no", day: date = DAY, rows: str = TIES) -> Ledger:
    found, problems = read(ties, day, rows, SOURCES)
    assert problems == []
    return found


def bounds(fact: Fact) -> tuple[object, object]:
    return fact.low, fact.high


# Bounds


def test_a_count_of_an_incomplete_table_is_a_lower_bound() -> None:
    assert bounds(ledger()["count"]) == (3, None)
    assert ledger()["count"].limits.complete == "no"


@pytest.mark.parametrize("whole", ["whole: whole", "whole: {number: 60, source: paper}"])
def test_a_known_whole_bounds_it_above(whole: str) -> None:
    found = ledger(f"complete: no\n  {whole}")
    assert bounds(found["count"]) == (3, 60)
    assert bounds(found["by_shore.east"]) == (2, 59)


def test_what_is_made_from_such_counts_has_their_bounds() -> None:
    found = ledger("complete: no\n  whole: {number: 5, source: paper}")
    assert (found["both_count"].value, *bounds(found["both_count"])) == (2, 2, 3)  # no more than there are winners
    assert bounds(found["both_share"]) == (2 / 3, 1)
    assert (found["rest_count"].value, *bounds(found["rest_count"])) == (1, 0, 1)
    assert bounds(found["either"]) == (4, 6)
    assert bounds(found["all_count"]) == (6, 8)
    assert bounds(found["less"]) == (-2, 0)


def test_a_complete_table_gives_exact_facts() -> None:
    found = ledger("complete: yes")
    for name in ("count", "both_count", "both_share", "rest_count"):
        assert bounds(found[name]) == (None, None)


def test_what_is_not_declared_limits_nothing() -> None:
    plain, problems = read("", DAY, TIES, {name: source(name, "") for name in SOURCES})
    assert problems == []
    assert plain["count"].limits is NO_LIMITS and bounds(plain["count"]) == (None, None)
    assert plain["both_share"].limits.complete == "yes"  # its whole is declared, the list is not


def test_a_count_of_what_a_list_names_is_exact_and_marked_so() -> None:
    assert ledger()["named"].limits.complete == "listed" and bounds(ledger()["named"]) == (None, None)


@given(st.sets(st.sampled_from(TIES.splitlines()[1:])))
def test_a_row_that_is_missing_makes_no_lower_bound_false(kept: set[str]) -> None:
    all_of_them = ledger("complete: yes")
    fewer = ledger("complete: no\n  whole: {number: 3, source: paper}", rows="\n".join((TIES.splitlines()[0], *kept)))
    for name in ("count", "both_count", "both_share"):
        low, high = bounds(fewer[name])
        assert low is not None and high is not None
        assert float(str(low)) <= all_of_them[name].number <= float(str(high))


# Days


def test_a_table_is_complete_until_a_day() -> None:
    found = ledger("complete: {until: 2023-12, source: paper}")["count"]
    assert found.limits.complete == "2023-12" and found.limits.open and bounds(found) == (None, None)


def test_of_several_lists_the_newest_that_was_published_by_the_day_counts() -> None:
    lists = (
        CompleteList(until="2020-03", sources=("early",)),
        CompleteList(until="2023-02", sources=("dated",)),
        CompleteList(until="2023-12", sources=("late",)),
    )
    known = {"early": date(2020, 3, 18), "dated": date(2023, 2, 22), "late": date(2024, 3, 30)}
    table = Completeness(state="2023-12", lists=lists).dated(known)
    days = {2019: "yes", 2020: "2020-03", 2023: "2023-02", 2024: "2023-12"}
    assert {year: table.on(date(year, 12, 31)) for year in days} == days
    alone = Completeness(state="2023-12", lists=lists[2:]).dated(known)
    assert alone.on(date(2024, 1, 31)) == "no"  # the list that will hold every case is not published yet


def test_before_that_day_it_is_complete() -> None:
    assert ledger("complete: {until: 2023-12}", date(2022, 12, 31))["count"].limits == Limits(
        complete="yes", grade="open"
    )


def test_a_value_is_fresh_for_twice_the_time_between_two_or_as_long_as_is_said() -> None:
    found = ledger()
    assert found["people"].limits.fresh_until == "2023-03-31" and found["people"].limits.aged(DAY)
    assert found["guests"].limits.fresh_until == "2025-11-30"
    assert found["orders_best"].limits.fresh_until == ""  # a best value does not age, its window says when it was


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_months_are_added_without_leaving_the_month(day: date, months: int) -> None:
    found = months_after(day, months)
    assert (found.year - day.year) * 12 + found.month - day.month == months
    assert found.day <= day.day


# Grades, rules, events, windows


def test_a_row_has_its_best_source_and_a_fact_its_lowest_row() -> None:
    assert ledger()["count"].limits.grade == "open"  # Birch stands in a wiki alone
    assert ledger(rows=TIES.replace("wiki\nCedar", "paper\nCedar"))["count"].limits.grade == "original"


def test_figures_of_one_event_share_it_and_their_rules_are_kept() -> None:
    found = ledger()
    assert found["orders"].limits.event == found["guests"].limits.event == ("fair", "24")
    assert found["people"].limits.event == ()
    assert found["orders"].limits.bases == ("intended",)
    assert set(found["orders_fell"].limits.bases) == {"intended", "signed"}


def test_a_best_value_knows_its_window_and_whether_it_has_gaps() -> None:
    found = ledger()
    assert found["orders_best"].limits.window == Window(
        first="2010-11-30", last="2024-11-30", values=4, gaps=True, since="2024-11-30"
    )
    assert ledger(day=date(2014, 12, 31))["orders_best"].limits.window == Window(
        first="2010-11-30", last="2014-11-30", values=3, gaps=False, since="2010-11-30"
    )
    assert found["guests_best"].limits.window == Window(
        first="2009-12-31", last="2024-11-30", values=2, gaps=True, since="2024-11-30"
    )


YEARS = st.dictionaries(st.integers(1990, 2025), st.integers(1, 99), min_size=1, max_size=8)


@given(YEARS, YEARS)
def test_a_superlative_of_a_window_survives_no_higher_value_in_it(
    recorded: dict[int, int], found_later: dict[int, int]
) -> None:
    known = best_of({**found_later, **recorded})
    window = known.limits.window
    assert window is not None
    inside = {year: value for year, value in {**found_later, **recorded}.items() if year >= int(window.first[:4])}
    assert max(inside.values()) == known.number and len(inside) == window.values
    before = best_of(recorded)
    earlier = [value for year, value in found_later.items() if year < min(recorded)]
    if earlier:  # the window opens earlier, and a higher value takes the place of what was told
        assert window.first[:4] == str(min(found_later))
        assert known.number == max(before.number, *inside.values())


def best_of(values: dict[int, int]) -> Fact:
    rows = "\n".join(f"orders,{value},{year},,,paper" for year, value in sorted(values.items()))
    found, problems = read(
        "", DAY, TIES, SOURCES, tallies=f"{TALLIES.splitlines()[0]}\n{rows}\npeople,60,2020-03,,,paper\n"
    )
    assert problems == []
    return found["orders_best"]


def test_what_a_row_is_and_by_which_list_it_is_sorted_come_with_the_fact() -> None:
    found = ledger()
    assert found["prizes"].limits.row == "prize" and found["winner_count"].limits.row == ""
    assert found["by_shore.east"].limits.classes == ("Atlas 2020",)


@given(st.lists(st.sampled_from(GRADES), min_size=1))
def test_grades_are_ordered(grades: list[str]) -> None:
    lowest = lowest_grade(grades)
    assert lowest in grades and all(GRADES.index(each) <= GRADES.index(lowest) for each in grades)
    assert joined([Limits(grade=each) for each in grades]).grade == lowest_grade(grades)


def test_the_narrowest_state_of_several_counts() -> None:
    assert least_complete(("yes", "", "2023", "2021-05")) == "2021-05"
    assert least_complete(("2021-05", "no", "listed")) == "no"
    assert least_complete(("", "yes")) == "yes" and least_complete(("",)) == ""


# Faults


@pytest.mark.parametrize(
    ("ties", "message"),
    [
        ("complete: perhaps", "tables.yml:4: 'perhaps' is not a state: yes, no, or {until: DAY}"),
        ("complete: {until: 2023-13}", "tables.yml:4: '2023-13' is not a date; write 2021, 2021-11, 2021-11-24"),
        ("complete: {is: yes, until: 2023}", "tables.yml:4: one of 'is' and 'until' is needed here"),
        ("complete: {source: paper}", "tables.yml:4: one of 'is' and 'until' is needed here"),
        ("complete: no\n  whole: {number: many, source: paper}", "tables.yml:5: 'many' is not a number"),
        ("complete: no\n  whole: {number: 60}", "tables.yml:5: 'source' is missing"),
        ("complete: no\n  whole: hole", "measures.yml:3: 'hole' is not a measure; did you mean 'whole'?"),
        ("basis: town_rule", "tables.yml:4: 'town_rule' is not a column of this table"),
    ],
)
def test_a_faulty_declaration_of_a_table_is_named_with_its_line(ties: str, message: str) -> None:
    _, problems = read(ties, DAY, TIES, SOURCES)
    assert any(problem.startswith(message) for problem in problems), problems


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "table: tallies",
            "table: tally",
            "series.yml:1: 'tally' is not a table; allowed: ties, prizes, tallies, names",
        ),
        ("by: tally", "by: talley", "series.yml:1: 'talley' is not a column of tallies; did you mean 'tally'?"),
        ("every: year, event", "every: yearly, event", "series.yml:4: 'yearly' is not a time between two values"),
        ("fresh_for: 12", "fresh_for: long", "series.yml:5: 'long' is not a number"),
        ("complete: no", "complete: none", "series.yml:5: 'none' is not a state"),
    ],
)
def test_a_faulty_declaration_of_a_series_is_named_with_its_line(old: str, new: str, message: str) -> None:
    _, problems = read("complete: no", DAY, TIES, SOURCES, series=SERIES.replace(old, new))
    assert any(problem.startswith(message) for problem in problems), problems
