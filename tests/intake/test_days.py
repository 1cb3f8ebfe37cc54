"""A date is doubted only where ten others say that it is strange, never for the year a spreadsheet counts from."""

from datetime import date
from pathlib import Path

import pytest

from jianbao.core.messages import verbatim
from jianbao.data.dates import Dated, Era, era_of, read_day
from tests.workspaces import run

NEWEST = date(2025, 12, 31)
TEN = [f"20{year}-05-02" for year in range(11, 21)]


def era(known: list[str], delivered: list[str] | None = None) -> Era:
    return era_of(known, delivered or [], NEWEST)


@pytest.mark.parametrize("text", ["1921", "1921-07-23", "2015-11-10", "2030-03-06"])
def test_a_date_of_an_empty_table_is_what_it_is(text: str) -> None:
    assert read_day(text, era([], [text])) == Dated(text)


@pytest.mark.parametrize("text", ["2007-11-10", "2030-03-06", "1996-05-01"])
def test_no_date_of_a_long_table_is_taken_for_one_counted_from_another_year(text: str) -> None:
    assert read_day(text, era(TEN, [text])) == Dated(text)


def test_below_ten_other_dates_no_century_is_doubted_and_from_ten_on_it_is() -> None:
    assert read_day("1921", era(TEN[1:], ["1921"])) == Dated("1921")
    found = read_day("1921", era(TEN, ["1921"]))
    assert (found.text, found.doubt) == ("2021", True) and "the wrong century?" in found.what


def test_the_dates_of_the_delivery_count_among_those_that_are_known() -> None:
    old = [f"19{year}" for year in range(21, 31)]
    for text in old:
        assert read_day(text, era(TEN, old)) == Dated(text)
    assert read_day("1926/3/5", era([], ["1926/3/5", *TEN])) == Dated(
        "1926-03-05", verbatim("'1926/3/5' is read as 1926-03-05")
    )


def test_a_count_of_days_that_leads_out_of_the_era_is_no_date() -> None:
    assert read_day("46086", era(TEN), 1900).text == "2026-03-05"
    assert read_day("46086", era(TEN), 1904).text == ""


@pytest.mark.fast
@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("19.5.3", "2019-05-03 or 2003-05-19"),
        ("05/03/19", "2005-03-19 or 2019-03-05 or 2019-05-03"),
    ],
)
def test_a_day_with_a_short_year_that_may_be_two_days_is_none_and_both_are_said(text: str, days: str) -> None:
    found, listed = read_day(text, era([])), days.split(" or ")
    assert not found.text and f"may be {days}" in found.what and f"such as {listed[0]}" in found.hint


def test_a_table_of_old_rows_fills_an_empty_table_unchanged(workspace: Path) -> None:
    tallies = workspace / "data" / "tallies.csv"
    tallies.write_text(tallies.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    file = workspace.parent / "tallies.csv"
    rows = [f"market,{year},crown,=,{year},almanac,stated\n" for year in range(1921, 1926)]
    file.write_text("tally,value,unit,comparator,period,source,confidence\n" + "".join(rows), "utf-8")
    done = run("intake", file, workspace, "--yes")
    assert done.code == 0 and tallies.read_text("utf-8").endswith("".join(rows)), done.out + done.err
