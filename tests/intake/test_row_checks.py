"""Rows of an office's lists: days below a heading, places of visits, what was only told, and emptied cells."""

from dataclasses import replace

import pytest

from jianbao.app.intake import further_headings
from jianbao.core.documents import Problems
from jianbao.core.errors import Problem
from jianbao.data.csv_files import Sheet
from jianbao.data.row_diff import compare_rows
from jianbao.data.schemas import Column, Schema
from jianbao.intake.open_rows import with_sourced_rows
from jianbao.intake.remarks import settled_tasks, with_doubts
from jianbao.intake.row_checks import completed, with_headed_years, with_partners_named
from jianbao.intake.sheets import WAYS, Setting
from jianbao.intake.visits import with_visits
from tests.intake.test_one_round import sheet, texts_of

WORDS = further_headings()
SETTING = Setting(source=("来源",), year=2025)
HEAD = "日期|出/来|国家|城市(单位)|备注(来源)"
PARTNERS = sheet("sister_cities", "城市|国家", "布拉柴维尔|刚果(布)", "圣保罗市|美国", "鹿儿岛市|日本", "龟尾市|韩国")


def days(*rows: str) -> tuple[list[str], Problems]:
    """Return the days of the rows of a register, and what is noted."""
    notes: Problems = []
    return [row[0] for row in with_headed_years(sheet("visits", HEAD, *rows), WORDS, notes).rows], notes


def test_days_below_a_heading_that_is_only_a_year_have_its_year_and_that_is_told() -> None:
    found, notes = days(
        "2024年||||",
        "9月下旬|出|瑞士|弗里堡|",
        "2024.11.19|出|老挝|万象|",
        "2025||||",
        "6月12日|来|韩国|龟尾|",
        "6.13|来|日本||",
    )
    assert found == ["2024年9月下旬", "2024.11.19", "2025年6月12日", "2025.6.13"]
    assert [each.what.fields["rows"] for each in notes] == ["4, 7, 8"] and "2024, 2025" in texts_of(notes)


def test_days_of_a_register_without_such_a_heading_stay_as_they_are() -> None:
    assert days("9月下旬|出|瑞士|弗里堡|", "2024||||") == (["9月下旬", "2024"], [])
    assert days("9月下旬|出|瑞士|弗里堡|") == (["9月下旬"], [])


def test_visits_below_the_heading_of_a_year_are_counted_for_it() -> None:
    problems: Problems = []
    listed = completed({"visits": sheet("visits", HEAD, "2025年||||", "12月上旬|出|老挝|万象|")}, WORDS, [], [])[
        "visits"
    ]
    found = with_visits({"visits": listed}, None, WORDS, SETTING, problems=problems, notes=[])["visits"]
    assert not problems and [row[found.head.index("year")] for row in found.rows] == ["2025"]
    assert any(way in found.head for way in WAYS)


def named(*rows: str) -> tuple[list[str], list[Problem], list[Problem]]:
    """Return the places of a register beside a list of partners, what is asked, and what is noted."""
    problems, notes = list[Problem](), list[Problem]()
    sheets = {"sister_cities": PARTNERS, "visits": sheet("visits", HEAD, *rows)}
    found = with_partners_named(sheets, WORDS, problems, notes)["visits"]
    return [row[3] for row in found.rows], problems, notes


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        ("2024.6.18|来|刚果(布)|布拉扎维市|即布拉柴维尔", "布拉柴维尔"),
        ("2025.7.22|来|韩国|Gumi(龟尾)|", "龟尾市"),
        ("2025.10.23|来|日本|鹿儿島市|", "鹿儿島市"),
        ("2025.10.23|来|日本|日本鹿儿岛|", "日本鹿儿岛"),
    ],
)
def test_a_place_that_says_itself_which_partner_it_is_is_not_asked_about(row: str, meant: str) -> None:
    found, problems, _ = named(row)
    assert found == [meant] and not problems


def test_places_that_are_nearly_partners_are_asked_about_all_at_once_with_the_name_to_be_written() -> None:
    found, problems, _ = named("2024.6.18|来|刚果(布)|布拉扎维市|", "2025.3.18|来|美国|圣保罗(明州)友城委员会|")
    assert found == ["布拉扎维市", "圣保罗(明州)友城委员会"]
    assert [each.where.line for each in problems] == [3] and "row 4" in texts_of(problems)
    assert all(text in texts_of(problems) for text in ("布拉扎维市 → 布拉柴维尔", "友城委员会 → 圣保罗市"))


def test_a_place_of_another_country_or_one_that_is_said_to_be_no_partner_is_not_asked_about() -> None:
    assert named("2025.3.18|来|巴西|圣保罗市政委员会|", "2024.6.18|来|刚果(布)|布拉扎维市|；不是友城")[1] == []
    assert named("2025.3.18|来|韩国|龟山(韩)|", "2025.3.18|来|美国|多地（圣保罗州、圣彼得堡）|")[1] == []


def test_every_place_that_is_no_partner_is_told_with_its_row() -> None:
    _, problems, notes = named("2025.4|出|老挝、泰国|万象、曼谷|", "2025.5.15|来|法国|六座城市|", "2025.6.12|来||—|")
    assert (
        not problems
        and all(text in texts_of(notes) for text in ("万象、曼谷", "六座城市"))
        and "—" not in texts_of(notes)
    )


TRADE = "年份|进出口总额|source|说明"


def sourced(listed: Sheet, problems: Problems) -> Sheet:
    """Return a sheet with what was only told as the source of its rows."""
    return with_sourced_rows({"": listed}, WORDS, problems, [])[""]


@pytest.mark.parametrize(
    ("source", "remark", "kept", "asked"),
    [
        ("", "市商务局口头,全年数1月下旬出", "市商务局口头", True),
        ("市商务局口头", "", "市商务局口头", True),
        ("", "市商务局口头；计入", "市商务局口头", False),
        ("统计月报", "市商务局口头；计入", "统计月报", False),
        ("", "市商务局口头；不计入", "市商务局口头", False),
        ("统计月报", "双方达成口头协议的项目", "统计月报", False),
    ],
)
def test_a_number_that_was_only_told_is_asked_about_once_and_counted_as_its_remark_says(
    source: str, remark: str, kept: str, asked: bool
) -> None:
    problems: Problems = []
    found = sourced(sheet("trade", TRADE, f"2025|2650|{source}|{remark}"), problems)
    assert bool(problems) == asked and [row[2] for row in found.rows] == [kept]


def test_the_answer_behind_a_source_that_was_only_told_goes_for_the_remark_too() -> None:
    problems: Problems = []
    listed = sheet("memberships", "组织|身份|source|备注", "TPO|会员|市文广旅局口头告知,无文件；计入|待核")
    found = with_doubts(sourced(listed, problems), WORDS, problems, [])
    assert not problems and [row[2:] for row in found.rows] == [("市文广旅局口头告知,无文件", "待核；计入")]


def test_other_cities_that_the_office_calls_no_peers_are_not_compared() -> None:
    marked = with_doubts(sheet("peers", "城市|友城数|备注", "西安|40|不是同类,参考", "福州|20|"), WORDS, [], [])
    assert [row[-1] for row in marked.rows] == ["unverified", ""]


def test_when_a_task_begins_is_asked_about_and_never_printed_as_its_limit() -> None:
    problems: Problems = []
    plan = sheet("plan", "序号|工作事项|时间安排", "1|配合做好前期邀请|下半年起", "2|补齐协议|一季度")
    found = settled_tasks(plan, WORDS, problems, [])
    assert [row[2] for row in found.rows] == ["", "一季度"]
    assert [each.where.line for each in problems] == [3] and "下半年起" in texts_of(problems)


COLUMNS = {name: Column(name=name, type="text") for name in ("year", "total", "status", "note", "source", "confidence")}
YEARLY = Schema(name="trade", file="trade.csv", columns={**COLUMNS, "source": Column(name="source", type="sources")})
EXISTING = sheet(
    "trade", "year|total|status|note|source|confidence", "2023|5||约数|a|stated", "2024|6|provisional|初步数|a|stated"
)


def test_a_cell_that_was_emptied_in_a_whole_list_is_emptied_and_told() -> None:
    schema = replace(YEARLY, key=("year",))
    listed = [(3, {"year": "2023", "total": "5", "note": "约数"}), (4, {"year": "2024", "total": "6", "source": "a"})]
    changed = compare_rows(schema, EXISTING, listed)[1]
    assert {each.column: (each.old, each.new) for each in changed.changes} == {
        "status": ("provisional", ""),
        "note": ("初步数", ""),
    }
    assert changed.outcome == "contradicts" and changed.cells["confidence"] == "stated"


def test_a_list_of_some_rows_empties_nothing() -> None:
    schema = replace(YEARLY, key=("year",))
    assert [each.outcome for each in compare_rows(schema, EXISTING, [(4, {"year": "2024", "total": "6"})])] == ["same"]
