"""A ledger of an office is asked about once: what does not count, what is there twice, and every wrong cell."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jianbao.core.documents import Problems
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.xlsx_reader import Pages
from jianbao.intake.blocks import totals_in_notes
from jianbao.intake.bodies import bodies_and_consulates, consulates_by_country
from jianbao.intake.exchanges import with_contacts
from jianbao.intake.labels import with_unit
from jianbao.intake.layouts import lay_out, of_one_event
from jianbao.intake.open_rows import with_sourced_rows
from jianbao.intake.remarks import filled_rows, with_doubts
from jianbao.intake.row_checks import with_partners_named
from jianbao.intake.sheets import WAYS, Setting, with_whole_headings
from jianbao.intake.visits import alone_as_visits, with_visits
from jianbao.intake.years_in_columns import with_measures_in_rows
from tests.intake.sample_files import Rows, workbook
from tests.intake.test_an_ordinary_workbook import visits
from tests.intake.test_one_round import OFFICE, SETTING, WORDS, sheet, texts_of
from tests.workspaces import Done, run

HEAD = "类别|时间|团组|主要内容|备注"


# What does not count


def test_a_row_that_says_in_any_cell_that_it_does_not_count_says_so_as_a_remark() -> None:
    listed = sheet(
        "trade",
        "年份|进出口|source",
        "2022|2200左右（待核）|电话；不计入",
        "2021|1940（不计入）|公报",
        "2020|1382|公报",
    )
    found = with_sourced_rows({"": listed}, WORDS, [], [])[""]
    assert [row[-1] for row in found.rows] == ["不计入", "不计入", ""] and found.rows[1][1] == "1940"


def test_a_visit_that_says_in_any_cell_that_it_does_not_count_is_gone_and_meets_nobody() -> None:
    notes: Problems = []
    listed = sheet("visits", "类别|时间|城市|人数", "来访|2025.3|里贾纳|6人；不计入", "来访|2025.4|万塔|")
    found = with_sourced_rows({"visits": listed}, WORDS, [], notes)["visits"]
    assert [row[2] for row in found.rows] == ["万塔"] and "rows 3" in texts_of(notes)


def test_a_tie_that_is_not_signed_is_asked_about_in_whatever_column_it_says_so() -> None:
    problems: Problems = []
    rows = "汉诺威市|德国|2023年首次对接，未签", "巴斯市|英国|2016年商定互赠", "基尔市|德国|已签约"
    with_doubts(sheet("exchange_cities", "城市|国家|情况", *rows), WORDS, problems, [])
    assert [each.where.line for each in problems] == [3] and "未签" in texts_of(problems)


def test_a_source_that_is_still_to_be_found_is_asked_about() -> None:
    problems: Problems = []
    with_sourced_rows({"": sheet("trade", "年份|进出口|source", "2021|1940|待补海关口径")}, WORDS, problems, [])
    assert "doubts whether it counts: '待补海关口径'" in texts_of(problems)


def test_a_task_that_depends_on_an_approval_is_asked_about() -> None:
    problems: Problems = []
    lay_out({"plan": sheet("plan", "序号|事项|备注", "1|出访6批左右|以省里批复为准")}, WORDS, SETTING, problems, [])
    assert [each.where.line for each in problems] == [3]


# Visits


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ("来访|2025年5月26日|交流周外宾|27日开幕；47个国家|", "several places"),
        ("来访|2024年2月25日|柬埔寨驻济南总领事一行|市长会见|", "live in the country"),
    ],
)
def test_guests_of_many_countries_and_consuls_in_the_country_are_no_delegation(row: str, note: str) -> None:
    counted, notes, asked = visits("来访|2025.3.25|佐世保市长团|会见|", row, head=HEAD)
    assert (counted, note in notes, asked) == ({"2025 received": "1"}, True, "")


def test_a_year_in_doubt_is_a_doubt_of_the_visit() -> None:
    assert "年份待核" in visits("来访|2024.4.2|海参崴市|教育|年份待核", head=HEAD)[2]


def test_a_county_around_a_partner_is_no_partner() -> None:
    sheets = {
        "sister_cities": sheet("sister_cities", "城市|国家", "和歌山市|日本"),
        "visits": sheet("visits", HEAD, "来访|2025.5|和歌山县人士||", "来访|2025.6|和歌山友好团||"),
    }
    found = with_partners_named(sheets, WORDS, [], [])["visits"]
    assert [row[-1] for row in found.rows] == ["", "和歌山市"]


def together(*sheets: Sheet) -> tuple[dict[tuple[str, str], str], str]:
    """Return the numbers of visits by year and way of several sheets, and what is asked."""
    problems: Problems = []
    setting = Setting(source=("来源",), year=2025, apart=True)
    named = {each.table: replace(each, file=f"own.xlsx[{each.table}]") for each in sheets}
    read = with_visits(with_sourced_rows(named, WORDS, [], []), None, WORDS, setting, problems=problems, notes=[])
    rows = [row for _, row in rows_in(read["visits"])]
    return {(row.get("year") or row["年份"], way): row[way] for row in rows for way in WAYS if row.get(way)}, texts_of(
        problems
    )


LISTED = sheet("visits.2024往来", "类别|时间|城市|来源", "来访|2024.5|水原市|表", "来访|2024.6|山口市|表")


def test_lists_of_visits_on_several_sheets_are_added_up() -> None:
    more = sheet("visits.下半年", "类别|时间|城市|来源", "来访|2024.7|水原市|报告", "出访|2025.7|水原市|报告")
    assert together(LISTED, more) == ({("2024", "received"): "3", ("2025", "sent"): "1"}, "")


def test_a_visit_that_two_sheets_have_is_asked_about_till_it_is_said_whether_it_counts() -> None:
    rows = "来访|2024年5月|水原市|报告", "来访|2024.7|水原市|报告"
    again = sheet("visits.2024年", "类别|时间|城市|来源", *rows)
    assert "may be that of own.xlsx[visits.2024往来] row 3: 水原市" in together(LISTED, again)[1]
    answered = replace(again, rows=((*again.rows[0][:3], "报告；不计入"), again.rows[1]))
    assert together(LISTED, answered) == ({("2024", "received"): "3"}, "")


def test_a_number_by_year_beside_listed_visits_is_asked_about_at_once() -> None:
    yearly = sheet("visits", "年份|来访|来源", "2023|40|总结", "2024|67|发布会")
    found, asked = together(yearly, LISTED)
    assert found["2023", "received"] == "40" and asked == "in 2024, this is 67, but 2 visits are listed"
    counted = replace(yearly, rows=(yearly.rows[0], ("2024", "67；计入", "发布会")))
    assert together(counted, LISTED) == ({("2023", "received"): "40", ("2024", "received"): "67"}, "")


def test_the_only_sheet_of_listed_visits_is_that_of_visits() -> None:
    assert [*alone_as_visits(Pages(sheets={"visits.往来": LISTED})).sheets] == ["visits"]
    both = {"visits": sheet("visits", "年份|来访", "2024|67"), "visits.往来": LISTED}
    assert alone_as_visits(Pages(sheets=both)).sheets == both


# Totals in notes


def totals(*notes: str) -> list[tuple[str, str, str, str]]:
    listed = sheet("sister_cities", "城市|国家|时间", "a|b|2001", *(f"注：{note}||" for note in notes))
    return [(each.indicator, each.value, each.period, each.source) for each in totals_in_notes(listed, WORDS, [])]


def test_a_total_of_both_kinds_is_read_apart_and_as_of_the_day_that_the_note_names() -> None:
    read = totals("2023年9月发布会口径为86个（友城29、友好合作57），注意不要混用")
    assert {each[:3] for each in read} == {
        ("partners", "86", "2023年9月"),
        ("sister_cities", "29", "2023年9月"),
        ("exchange_cities", "57", "2023年9月"),
    }


def test_a_total_has_its_countries_in_brackets_and_the_source_that_the_note_refers_to() -> None:
    read = totals(
        "截至2024年底，友好城市29个（26个国家），友好合作城市63个（38个国家）。见某某网·某某新闻2025年5月10日。"
    )
    assert [each[:2] for each in read] == [
        ("sister_cities", "29"),
        ("sister_countries", "26"),
        ("exchange_cities", "63"),
        ("exchange_countries", "38"),
    ]
    assert {each[2:] for each in read} == {("2024年底", "某某网·某某新闻2025年5月10日")}


# Headings, bodies, events, other cities


def test_a_consulate_among_bodies_with_roles_is_one_and_its_country_is_called_for_short() -> None:
    rows = "柬埔寨王国驻济南总领事馆|总领事馆|待核|", "城地组织|国际组织|2019年|会员"
    found = bodies_and_consulates({"memberships": sheet("memberships", "名称|类别|时间|情况", *rows)}, WORDS, [])
    country = consulates_by_country(found["consulates"], WORDS, [], [])
    assert ("柬埔寨" in country.rows[0], len(found["memberships"].rows)) == (True, 1)


def test_editions_with_and_without_numbers_are_called_by_their_years_and_later_years_are_none() -> None:
    rows = "首届（年会）|2016年9月5日|5", "2017年（第二届）|2017-09-06|", "2019年|2019年9月11日|13", "2020年以后||"
    notes: Problems = []
    found = of_one_event(sheet("events", "届次|时间|国家", *rows), WORDS, (), [], notes)
    assert [row[0] for row in found.rows] == ["2016", "2017", "2019"] and "2020年以后" in texts_of(notes)


def test_a_heading_of_counts_in_a_group_and_one_of_sources_and_remarks_are_known() -> None:
    counted = with_whole_headings(sheet("events", "规模/国家（个）|来源、说明", "十余个|网站", "20|网站"), WORDS, [])
    assert counted.head == ("参加国家", "来源")


def test_a_row_of_another_city_has_the_day_of_its_own_note_and_not_that_of_other_columns() -> None:
    rows = "西安|4100|40个|友城数：网站，截至2023年5月", "济南||29|见前"
    listed = sheet("peers", "城市|外贸进出口|友好城市（个）|来源", *rows, above="（外贸为2024年，亿元）")
    found = with_measures_in_rows(listed, WORDS, [])
    assert [row[-1] for row in found.rows] == ["2023年5月", ""]


def test_a_source_that_is_that_of_a_numbered_row_is_its_source() -> None:
    rows, _ = filled_rows([("1", "发布会"), ("2", "报告"), ("3", "同1")], ["", "source"], WORDS)
    assert rows[2] == ("3", "发布会")


def test_remarks_on_exchanges_tell_of_few_or_none_and_stay_remarks() -> None:
    remarks = "1993年赠樱花百余株", "2024年以来联系较少", "2022年后暂无往来", "2025年互访"
    listed = sheet("sister_cities", "城市|近年往来情况", *(f"城{at}市|{text}" for at, text in enumerate(remarks)))
    found = with_contacts({"sister_cities": listed}, WORDS, SETTING, [])[0]["sister_cities"]
    rows = [row for _, row in rows_in(found)]
    assert [row["contact"] for row in rows] == ["", "little", "inactive", "active"]
    assert [row["note"] for row in rows] == [*remarks]


def test_a_number_that_is_about_so_much_and_in_doubt_has_its_unit() -> None:
    assert with_unit("2200左右（待核）", "亿元") == "2200亿元左右（待核）"


# A whole workbook


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ledger") / "new"
    assert run("new", folder, "--languages", "zh-en", "--country", "CHN", "--empty", *OFFICE).code == 0
    yield folder


def take(city: Path, **sheets: Rows) -> Done:
    return run("intake", workbook(city / "own.xlsx", sheets), city)


@pytest.mark.slow
def test_a_row_that_does_not_count_is_asked_about_nothing_else(city: Path) -> None:
    trade: Rows = [["年份", "进出口（亿元）", "来源"], [2022, "多少不知", "电话；不计入"], [2020, 1382.6, "公报2021"]]
    done = take(city, 外贸=trade)
    assert done.code == 0 and "rows 2" in done.out, done.out


@pytest.mark.slow
def test_two_translations_of_a_city_are_one_question_and_each_wrong_cell_of_the_sheet_another(city: Path) -> None:
    partners: list[list[object]] = [
        ["城市", "国家", "结好时间", "来源"],
        ["萨克拉门托市", "美国", "1985.5.29", "网站"],
        ["萨克拉曼托", "美国", "1985年", "旧表"],
        ["水原市", "韩国", "很早", "网站"],
    ]
    done = take(city, 友好城市=partners)
    assert "'萨克拉曼托' may be '萨克拉门托市'" in done.out and "很早" in done.out, done.out
    assert "'萨克拉曼托' has no" not in done.out
    partners[2] = ["萨克拉曼托", "美国", "1985年", "旧表；不计入"]
    partners[3] = ["水原市", "韩国", 1993, "网站"]
    assert take(city, 友好城市=partners).code == 0


@pytest.mark.slow
def test_what_is_wrong_below_a_heading_that_may_be_a_column_is_told_in_the_same_round(city: Path) -> None:
    bodies: Rows = [["组织", "英文名", "职务", "起始日起", "来源"], ["甲联盟", "Alliance A", "成员", "很早", "网站"]]
    assert "correct these cells of it, too: row 2 (很早)" in take(city, 多边组织=bodies).out


@pytest.mark.slow
def test_what_was_read_is_one_line_a_table_with_its_sheet_and_rows_and_many_readings_are_counted(city: Path) -> None:
    partners: Rows = [
        ["城市", "国家", "结好时间", "来源", "备注"],
        ["水原市", "韩国", "1993年10月27日", "友城档案2020", None],
        ["山口市", "日本", "1985年9月20日", "友城档案2020", "待核；不计入"],
        ["注：2024年全年接待国外团组67批、2300人次，另有推介会50余场。"],
    ]
    listed: Rows = [["类别", "时间", "城市", "来源"], ["来访", "2025年5月", "水原市", "登记表2025"]]
    trade: Rows = [["年份", "进出口（亿元）", "来源"], ["2021年", "约1940", "公报2022"], ["2022年", "待核", None]]
    out = take(city, 友好城市=partners, 往来=listed, 外贸=trade).out
    lines = out.partition("Read:\n")[2].partition("\n\n")[0].splitlines()
    assert "  Sister cities 1: 友好城市 rows 2; not counted: rows 3" in lines and len(lines) < 12, out
    assert any("Received 1 (2025)" in line for line in lines), out
    assert "notes below the rows that are not read: 注：2024年全年接待国外团组67批" in out
    assert "more, such as of dates" in out and "is read as 1993-10-27" not in out
    assert "is read as 1993-10-27" in run("intake", city / "own.xlsx", city, "--readings").out


@pytest.mark.slow
def test_a_file_that_cannot_be_read_is_for_whoever_takes_it_in_to_correct(city: Path) -> None:
    (city / "broken.xlsx").write_text("no workbook", "utf-8")
    done = run("intake", city / "broken.xlsx", city)
    assert done.code == 3 and "you" in done.err and "data owner" not in done.err
