"""What an office writes without knowing the program: headings in other words, registers, days, and numbers."""

import pytest

from jianbao.app.intake import further_headings
from jianbao.core.documents import Problems
from jianbao.data.csv_files import Sheet
from jianbao.intake.labels import column_meant
from jianbao.intake.sheets import Setting, with_whole_headings
from tests.intake.test_one_round import said, sheet

WORDS = further_headings()
SETTING = Setting(source=("来源",), year=2025)


def column(head: str) -> str:
    """Return which number of an event a heading is."""
    known = {word: name for name in ("countries", "cities", "guests") for word in WORDS[f"column.{name}"]}
    return column_meant(head, known)


# Headings


@pytest.mark.parametrize(
    ("head", "meant"),
    [
        ("国家（地区）数（个）", "countries"),
        ("参会国家（地区）数（个）", "countries"),
        ("国家和地区数", "countries"),
        ("参展国家/地区数量", "countries"),
        ("参会规模/国家（地区）数（个）", "countries"),
        ("参会城市数（个）", "cities"),
        ("参会人数（人）", "guests"),
        ("主题", ""),
    ],
)
def test_a_heading_that_says_how_many_took_part_is_known_in_any_usual_form(head: str, meant: str) -> None:
    assert column(head) == meant


def test_more_in_brackets_within_a_heading_makes_no_other_column_and_is_told() -> None:
    notes: Problems = []
    found = with_whole_headings(sheet("memberships", "组织名称|加入（设立）时间", "联盟|2021"), WORDS, notes)
    assert found.head == ("组织名称", "加入时间")
    assert "加入（设立）时间" in said(notes)


def test_a_unit_within_a_heading_is_never_taken_for_more_in_brackets() -> None:
    assert column_meant("经费（万元）预算", {"经费预算": "plan.cost"}) == ""


def test_countries_and_regions_with_numbers_are_how_many_took_part() -> None:
    found = with_whole_headings(sheet("events", "届次|国家/地区", "1|53"), WORDS, [])
    assert found.head[1] == "参加国家和地区"
