"""What an office writes without knowing the program: headings in other words, registers, days, and numbers."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from jianbao.app.intake import further_headings, known_cities_and_bodies
from jianbao.brief.editions import read_series
from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr
from jianbao.core.yaml_reader import parse_document
from jianbao.data.csv_files import rows_in
from jianbao.data.dates import era_of, read_day
from jianbao.data.xlsx_reader import FORMULA, Pages, read_pages
from jianbao.intake.blocks import Stated, own_event, tables_of, totals_in_notes
from jianbao.intake.bodies import names_event, without_other_kinds
from jianbao.intake.exchanges import exchange_partners_called
from jianbao.intake.heads import blocks_of, texts_apart
from jianbao.intake.labels import column_meant, with_unit
from jianbao.intake.layouts import lay_out
from jianbao.intake.own_lists import data_until
from jianbao.intake.partners import with_totals
from jianbao.intake.remarks import filled_rows, note_bare, settled_tasks, text_apart, usual_kind
from jianbao.intake.row_checks import pass_over_formulas, with_sums_checked
from jianbao.intake.sheets import WAYS, Setting, note_left_out, with_whole_headings
from jianbao.intake.sources import PLACES_ABROAD, title_as_source, with_language, with_source
from jianbao.intake.visits import one_way, with_visits, with_whole_days
from tests.intake.sample_files import Rows, workbook
from tests.intake.test_one_round import OFFICE, sheet, texts_of
from tests.workspaces import run

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
    assert "加入（设立）时间" in texts_of(notes)


def test_a_unit_within_a_heading_is_never_taken_for_more_in_brackets() -> None:
    assert column_meant("经费（万元）预算", {"经费预算": "plan.cost"}) == ""


def test_countries_and_regions_with_numbers_are_how_many_took_part() -> None:
    found = with_whole_headings(sheet("events", "届次|国家/地区", "1|53"), WORDS, [])
    assert found.head[1] == "参加国家和地区"


# A register of single visits


REGISTER = "年度|时间|出/来|国家|事由|备注"


def visits(*rows: str, head: str = REGISTER) -> tuple[dict[str, str], str, str]:
    """Return the visits by year and way of a register, and what is noted and asked."""
    problems, notes = list[Problem](), list[Problem]()
    whole = with_whole_days(sheet("visits", head, *rows), WORDS)
    found = with_visits({"visits": whole}, None, WORDS, SETTING, problems=problems, notes=notes)["visits"]
    counted = {f"{row['year']} {way}": row[way] for _, row in rows_in(found) for way in WAYS if row.get(way)}
    return counted, texts_of(notes), texts_of(problems)


def test_single_visits_with_a_column_of_years_are_counted_by_year() -> None:
    rows = "2025年|5月|来|法国|学习|", "2025年|2025-10-16|出|日本|访问|", "2026|9月8日前后|来|韩国|回访|"
    counted, _, asked = visits(*rows)
    assert (counted, asked) == ({"2025 received": "1", "2025 sent": "1", "2026 received": "1"}, "")


def test_a_visit_without_a_day_counts_for_the_year_of_its_column() -> None:
    assert visits("2026年||出|摩洛哥|大会|")[0] == {"2026 sent": "1"}


def test_a_visit_that_its_remark_says_not_to_count_again_is_told_and_not_counted() -> None:
    counted, notes, _ = visits("2025|5月|来|法国|学习|", "2025|6月|来|土耳其|市长|随上面会议来的，别重复算")
    assert (counted, "rows 4" in notes) == ({"2025 received": "1"}, True)


@pytest.mark.parametrize("remark", ["不算出访，先记这里", "不算来访", "会见，不计", "省里接待；不算"])
def test_a_remark_that_a_visit_is_none_keeps_it_out_of_the_count_and_is_told(remark: str) -> None:
    head = REGISTER.replace("备注", "备注(来源)")
    counted, notes, _ = visits("2025|5月|来|法国|学习|", f"2025|6月|来|泰国|会议|{remark}", head=head)
    assert (counted, "rows 4" in notes) == ({"2025 received": "1"}, True)


def test_a_visit_within_the_country_is_no_visit_abroad_and_is_told() -> None:
    counted, notes, _ = visits("2025|5月|出|法国|学习|", "2025|6月|出|国内|大会|")
    assert (counted, "no visits abroad, so not counted: row 4 (国内)" in notes) == ({"2025 sent": "1"}, True)


def test_a_column_of_remarks_and_sources_names_the_source_of_its_row_and_no_other_remark_does() -> None:
    notes: Problems = []
    rows = "2025-5-1|来|新华社2025-5-16", "2025-6-1|来|人数有说14", "2025-7-1|来|中新网11月4日", "2025-8-1|来|省外办转"
    listed = sheet("visits", "日期|出/来|备注(来源)", *rows, above="2025年登记")
    read = with_source(listed, (), WORDS, notes)
    assert [row[3] for row in read.rows] == ["新华社2025-5-16", "2025年登记", "中新网11月4日", "2025年登记"]


@pytest.mark.parametrize(("remark", "asked"), [("是否成行待核", True), ("名单待核", False), ("实际人数待核", False)])
def test_a_doubt_about_the_guests_is_no_doubt_of_the_visit(remark: str, asked: bool) -> None:
    counted, _, problems = visits("2026|9月|出|日本|访问|", f"2026|10月|出|日本|大会|{remark}")
    assert (bool(problems), counted) == (asked, {"2026 sent": "1" if asked else "2"})


@pytest.mark.parametrize("way", ["出/来", "出访/来访", "进/出", "方向", "团组类别"])
def test_a_register_is_known_by_any_usual_heading_of_the_way(way: str) -> None:
    assert visits("2025|5月|来|法国|学习|", head=REGISTER.replace("出/来", way))[0] == {"2025 received": "1"}


def test_a_register_of_one_way_may_have_a_column_of_years() -> None:
    assert one_way("外事接待", ("年度", "时间", "国家", "事由"), WORDS) == "received"


# What is not settled in a plan


PLANNED = "序号|事项|时间安排|进度/备注"


def tasks(*rows: str, head: str = PLANNED) -> tuple[tuple[tuple[str, ...], ...], str, str]:
    """Return the tasks of a plan that are read, and what is asked and noted."""
    problems, notes = list[Problem](), list[Problem]()
    read = settled_tasks(sheet("plan", head, *rows), WORDS, problems, notes)
    return read.rows, texts_of(problems), texts_of(notes)


@pytest.mark.parametrize(
    ("due", "remark", "doubt"),
    [
        ("2026年5月(暂定)", "", "暂定"),
        ("2026年5月", "视中日关系情况再定", "视中日关系情况再定"),
        ("全年", "指标待领导定", "指标待领导定"),
        ("7、8月", "经费约80万元,未落实", "未落实"),
        ("上半年", "等对方回函", "等对方回函"),
        ("上半年", "接待外宾后定期回访", ""),
        ("上半年", "与日本、韩国等友城签定协议", ""),
        ("上半年", "待主任办公会审定", "待主任办公会审定"),
        ("三季度", "待市领导审定", "待市领导审定"),
    ],
)
def test_a_task_that_is_not_settled_is_asked_about_whatever_column_says_so(due: str, remark: str, doubt: str) -> None:
    _, asked, _ = tasks(f"一|出访|{due}|{remark}")
    assert (f"'{doubt}'" in asked) == bool(doubt) and bool(asked) == bool(doubt)


def test_a_task_is_kept_or_left_out_as_the_words_behind_its_doubt_say() -> None:
    rows, asked, noted = tasks("一|出访|5月|视情况再定；计入", "二|来访|6月（暂定）；不计入|", "三|论坛|7月；计入|待定")
    assert (asked, "rows 4" in noted) == ("", True)
    assert rows == (("一", "出访", "5月", "视情况再定"), ("三", "论坛", "7月", "待定"))


@pytest.mark.parametrize("due", ["2026年5月(暂定)；计入", "暂定2026年5月；计入"])
def test_a_tentative_day_is_printed_as_tentative_and_never_dropped(due: str) -> None:
    (row,), _, _ = tasks(f"一|出访鹿儿岛|Visit Kagoshima|{due}", head="序号|事项|事项（英文）|时间安排")
    assert row == ("一", "出访鹿儿岛（时间暂定）", "Visit Kagoshima (date tentative)", "2026年5月")


@pytest.mark.parametrize("due", ["待定", "视通航时间", "适时", "另行通知"])
def test_a_limit_without_a_day_is_one_doubt_and_printed_as_the_office_writes_it(due: str) -> None:
    head = "序号|事项|事项（英文）|时间安排"
    (row,), asked, _ = tasks(f"一|通航宣传|Publicity|{due}", head=head)
    assert f"'{due}'" in asked and row[3] == ""
    (row,), asked, _ = tasks(f"一|通航宣传|Publicity|{due}；计入", head=head)
    marks = ("", "") if due == "待定" else (f"（时限：{due}）", " (date not settled)")  # the brief says 待定 of a blank
    assert (asked, row) == ("", ("一", f"通航宣传{marks[0]}", f"Publicity{marks[1]}", ""))


def test_a_meeting_by_video_is_no_limit_that_depends_on_something() -> None:
    assert tasks("一|出访|6月|视频会商后办理")[1] == ""


def test_costs_in_words_are_told_and_not_asked_about() -> None:
    assert tasks("一|出访|5月|待定", head="序号|事项|时间安排|经费")[1] == ""


# A second table on a sheet


@pytest.mark.parametrize("title", ["附：友好交流城市（签意向书的，部分）", "附表：友好交流城市", "二、友好交流城市："])
def test_a_title_with_a_colon_begins_another_table_where_a_heading_follows(title: str) -> None:
    head = "序号|城市|国家"
    whole = sheet("sister_cities", head, "1|奈良|日本", f"{title}||", head, "1|库塔伊西|格鲁吉亚")
    first, second = blocks_of(whole, {"序号", "城市", "国家"})
    assert (len(first.rows), second.rows, list(second.above.values())) == (1, (("1", "库塔伊西", "格鲁吉亚"),), [title])


@pytest.mark.parametrize(
    ("table", "note", "stated"),
    [
        ("exchange_cities", "注:友好交往城市总数近40个(中新网2023-2-13),完整名单未并入。", ("exchange_cities", "近40")),
        ("sister_cities", "注：公开口径：2023年2月报道为26个（中新网2023-2-13）", ("sister_cities", "26")),
        ("sister_cities", "注：2023年10月报道称获批后将达31个（中新网2023-2-13）", None),
        ("sister_cities", "注：全区友城132对、40个国家（国际在线2024-11-12）", None),
    ],
)
def test_a_total_in_a_note_has_the_source_and_the_day_that_its_brackets_name(
    table: str, note: str, stated: tuple[str, str] | None
) -> None:
    found = [*totals_in_notes(sheet(table, "序号|城市|国家", "1|北宁|越南", f"{note}||"), WORDS, [])]
    said_there = [(each.indicator, each.value, each.period, each.source) for each in found]
    assert said_there == ([(*stated, "2023-2-13", "中新网2023-2-13")] if stated else [])


def test_a_note_of_how_many_countries_and_cities_there_are_is_the_total_of_the_list() -> None:
    note = "注：1.官网口径截至2023年5月共33个国家40个城市，本表先录常来往的，其余待补录。||"
    found = [*totals_in_notes(sheet("sister_cities", "序号|城市|国家", "1|奈良|日本", note), WORDS, [])]
    assert [(each.indicator, each.value, each.period) for each in found] == [
        ("sister_cities", "40", "2023年5月"),
        ("sister_countries", "33", "2023年5月"),
    ]


QUOTED = "注:对外口径为“37个国家的59个城市”(含友好城市、友好交流城市及意向),见2025年11月论坛报道。其余补录。||"


def test_a_quoted_note_of_partners_of_every_kind_is_their_total_with_its_report_as_source_and_day() -> None:
    found = [*totals_in_notes(sheet("sister_cities", "序号|城市|国家", "1|奈良|日本", QUOTED), WORDS, [])]
    assert [(each.indicator, each.value, each.period, each.source) for each in found] == [
        ("partners", "59", "2025年11月", "2025年11月论坛报道"),
        ("partner_countries", "37", "2025年11月", "2025年11月论坛报道"),
    ]


@pytest.mark.parametrize("note", ["注：官网口径共37国59城||", "注：截至2025年11月达到37个国家59对友城||"])
def test_a_note_of_countries_and_cities_is_read_however_short(note: str) -> None:
    found = [*totals_in_notes(sheet("sister_cities", "序号|城市|国家", "1|奈良|日本", note), WORDS, [])]
    assert [(each.indicator, each.value) for each in found] == [("sister_cities", "59"), ("sister_countries", "37")]


@pytest.mark.parametrize(("value", "totals"), [("3", 0), ("30", 1)])
def test_a_sum_that_counts_a_repeated_row_is_no_total_and_told(value: str, totals: int) -> None:
    listed = sheet("sister_cities", "城市|国家", "翰坡市|日本", "南港市|英国", "翰坡市|日本")
    stated = Stated(indicator="sister_cities", value=value, period="2025", place=Place("own.xlsx[表]", 9))
    notes: Problems = []
    found = with_totals({"sister_cities": listed}, [stated], "总数", words=WORDS, setting=SETTING, notes=notes)
    assert ("totals" in found, "is 2 plus 1 counted twice" in texts_of(notes)) == (bool(totals), not totals)


EDITIONS = ("第一届|84|208|50", "第二届|135|229|", "第三届|120|103|近40")


@pytest.mark.parametrize(
    ("total", "asked"),
    [
        ("合计|339|540|90", ""),
        ("合计|||", ""),
        ("小计|336|540|", "项目数 336, its rows 339 (-3)"),
        ("合 计|339|533.2|", "金额 533.2, its rows 540 (-6.8)"),
        ("第四届|336|540|", ""),
    ],
)
def test_a_sum_is_asked_about_once_with_the_difference_if_it_is_not_that_of_its_rows(total: str, asked: str) -> None:
    problems: Problems = []
    with_sums_checked(sheet("events", "届次|项目数|金额|国家", *EDITIONS, total), WORDS, problems)
    assert len(problems) == bool(asked) and asked in texts_of(problems)


def test_a_sum_of_parts_or_of_rows_that_are_there_once_is_right() -> None:
    problems: Problems = []
    parts = ("1|奈良|3", "2|釜山|4", "小计||7", "3|南港|5", "4|北港|6", "4|北港|6", "小计||11", "合计||18")
    with_sums_checked(sheet("visits", "序号|城市|批次", *parts), WORDS, problems)
    assert problems == []


@pytest.mark.parametrize("total", ["合计", "小计/平均", "平均", "出访小计", "四市合计", "12个城市平均"])
def test_a_formula_without_a_value_is_no_problem_in_a_sum_and_one_in_any_other_row(total: str) -> None:
    listed = sheet("events", "届次|项目数", "第一届|84", "第二届|135", f"{total}|")
    problems = [Problem(Place(listed.file, row), tr(FORMULA, value="=B3")) for row in (*listed.numbers[1:], 99)]
    pass_over_formulas([listed], WORDS, problems)
    assert [each.where.line for each in problems] == [listed.numbers[1]]


@pytest.mark.parametrize("name", ["外贸进出口合计", "来访合计", "平均每批人数", "小计划"])
def test_the_name_of_a_measure_is_no_sum(name: str) -> None:
    assert not text_apart((name, "1", "2"), WORDS)


def test_a_formula_without_a_value_is_no_problem_in_a_column_that_is_not_used() -> None:
    listed = sheet("events", "届次|展位|进口", "第一届||", "第二届||")
    names = ("届次", "展位", "其中/进口")
    problems = [Problem(Place(listed.file, listed.numbers[0], each), tr(FORMULA, value="=1")) for each in names]
    note_left_out(listed, {1: "展位", 2: "进口"}, WORDS, problems, [])
    assert [each.where.column for each in problems] == ["届次"]


def test_a_formula_is_read_as_the_value_that_the_file_keeps(tmp_path: Path) -> None:
    path = workbook(tmp_path / "own.xlsx", {"外贸": [("年份", "总额"), ("2024", "=1+2"), ("2025", "=2+2")]})
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    parts[name] = (
        parts[name]
        .replace(b"<f>1+2</f><v></v>", b"<f>1+2</f><v>3</v>")
        .replace(b"<f>1+2</f><v />", b"<f>1+2</f><v>3</v>")
    )
    with ZipFile(path, "w") as archive:
        for each, data in parts.items():
            archive.writestr(each, data)
    problems: Problems = []
    read = read_pages(path.read_bytes(), "own.xlsx", lambda *_: "trade", problems, {"trade": {"年份", "总额"}})
    assert [row[1] for row in read.sheets["trade"].rows] == ["3", ""]
    assert [(each.where.line, each.where.column) for each in problems] == [(3, "总额")]


def test_a_note_of_some_countries_and_cities_is_no_total() -> None:
    note = "注：其余共3个国家4个城市。||"
    assert not [*totals_in_notes(sheet("sister_cities", "序号|城市|国家", "1|奈良|日本", note), WORDS, [])]


def test_the_title_of_a_second_table_says_what_its_cities_are_called() -> None:
    others = sheet("exchange_cities", "城市|国家", "库塔伊西|格鲁吉亚", above="附：友好交流城市（签意向书的，部分）")
    assert exchange_partners_called({"exchange_cities": others}, WORDS) == "友好交流城市"


def test_a_note_in_cells_merged_over_two_rows_is_read_once(tmp_path: Path) -> None:
    book = Workbook()
    page = book.active
    for row in (["城市", "国家", "签约日期"], ["奈良", "日本", "1974-02-01"], ["注：其余待补录。"]):
        page.append(row)
    page.merge_cells("A3:C4")
    book.save(path := tmp_path / "own.xlsx")
    read = read_pages(path.read_bytes(), "own.xlsx", lambda *_: "sister_cities", [], {})
    assert read.sheets["sister_cities"].numbers == (2, 3)


@pytest.mark.parametrize(
    ("rows", "notes"),
    [
        (("联盟|会员|", "", "以上由综合处汇总|", "|以批件为准。|"), [5, 6]),
        (("联盟|会员|", "某某组织||"), []),
        (("|甲，乙|", "联盟|会员|"), []),
    ],
)
def test_a_text_alone_behind_the_rows_is_a_note_in_any_column(rows: tuple[str, ...], notes: list[int]) -> None:
    cells = [row if row.count("|") > 1 or not row else f"{row}|" for row in rows]
    assert sorted(texts_apart(sheet("memberships", "组织名称|身份|说明", *cells), WORDS)) == notes


# Two tables of events on a sheet


def of_two_events(title: str, *own: str) -> tuple[str, str, str]:
    """Return the first cell of the chosen one of two tables, what is noted, and what is asked."""
    problems, notes = list[Problem](), list[Problem]()
    head = "届次|参加/国家|参加/组织"
    first = replace(sheet("events", head, "第一届|53|11"), above={1: title, 2: "届次 参加"})
    second = sheet("events", "届次|国家|面积", "第九届|110|30", above="海港国际机械展")
    chosen = own_event((second, first), own, WORDS, problems, notes)
    return chosen.rows[0][0], texts_of(notes), texts_of(problems)


@pytest.mark.parametrize(
    "title",
    ["中国—海港经贸博览会历届情况（单位：个）", "中海博览会历届情况", "中国—海港经贸博览会"],
)
def test_the_title_above_a_heading_in_two_rows_names_the_own_event_and_the_other_is_not_used(title: str) -> None:
    chosen, noted, asked = of_two_events(title, "中国—海港经贸博览会")
    assert (chosen, asked) == ("第一届", "") and "other events are left out: 海港国际机械展" in noted


def test_the_first_row_of_a_heading_is_never_taken_for_the_name_of_an_event() -> None:
    _, _, asked = of_two_events("博览会历届情况", "海洋峰会")
    assert "届次 参加" not in asked and "海港国际机械展" in asked


@pytest.mark.parametrize(("name", "meant"), [("中海博览会", True), ("博览会", False), ("海洋博览会", False)])
def test_an_event_is_known_with_letters_left_out_and_never_by_its_last_word(name: str, meant: bool) -> None:
    assert names_event(name, "中国—海港经贸博览会") == meant


# Days and numbers


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2011年11月7 日", "2011-11-07"),
        ("19960912", "1996-09-12"),
        ("199609", "1996-09"),
        ("19961350", "19961350"),
        ("２０２５年10月", "2025-10"),
    ],
)
def test_a_plain_day_is_read_with_blanks_and_without_signs(text: str, meant: str) -> None:
    assert read_day(text, era_of([], [], date(2025, 12, 31))).text == meant


def test_a_sum_of_several_years_is_no_row() -> None:
    assert text_apart(("2018—2022小计", "18894.79", "五年"), WORDS)
    assert not text_apart(("世界城市累计", "18894.79", "五年"), WORDS)


TRADE: Rows = [
    ["单位：亿元"],
    ["年份", "进出口总值", "来源", "备注"],
    ["2016/2017", "1828.54/2545.41", "公报一", "两年合在一起抄的"],
    [2018, 3303.87, "公报二", ""],
]
PLAN: Rows = [
    ["事项", "事项（英文）", "责任处室", "时间", "来源"],
    ["办好论坛", "Hold the forum", "友城处、礼宾处", "2027年9月", "工作打算"],
]
EVENTS: Rows = [
    ["届次", "时间", "国家（地区）数（个）", "人数（人）", "资料来源", "备注"],
    ["第一届", "2011年9月下旬", 53, "600—700", "公报一", ""],
]


@pytest.mark.slow
def test_two_numbers_in_a_cell_are_asked_about_and_a_range_and_a_part_of_a_month_are_read(tmp_path: Path) -> None:
    assert run("new", tmp_path / "new", "--languages", "zh-en", "--country", "CHN", *OFFICE).code == 0
    assert run("examples", "remove", tmp_path / "new").code == 0
    book = workbook(tmp_path / "own.xlsx", {"外贸": TRADE, "活动届次": EVENTS})
    done = run("intake", book, tmp_path / "new", "--clear-only", "--yes")
    assert "'2016/2017' names several years" in done.out and "'1828.54/2545.41' has two numbers" in done.out
    assert "least" not in done.out and "is not a number" not in done.out
    (event,) = csv.DictReader((tmp_path / "new" / "data" / "events.csv").read_text("utf-8").splitlines())
    assert (event["held_on"], event["countries"], event["guests"]) == ("2011-09", "53", ">600")
    assert event["note"] == "2011年9月下旬；600—700"


@pytest.mark.slow
def test_two_years_of_signing_and_a_country_of_one_character_that_may_mean_several_are_asked_about(
    tmp_path: Path,
) -> None:
    assert run("new", tmp_path / "new", "--languages", "zh-en", "--country", "CHN", *OFFICE).code == 0
    assert run("examples", "remove", tmp_path / "new").code == 0
    signed = ["2016/2017", "2016-2017", "2016年或2017年", "约2017"]
    cities = zip(["奈良", "京都", "大阪", "神户"], "新日日日", signed, strict=True)
    rows: Rows = [
        ["城市", "国家", "签约日期", "来源"],
        *([name, country, day, "公报"] for name, country, day in cities),
    ]
    book = workbook(tmp_path / "own.xlsx", {"友好城市": rows})
    done = run("intake", book, tmp_path / "new", "--clear-only", "--yes")
    assert "'2016/2017' names several years" in done.out and "own.xlsx[友好城市]:3-4 签约日期" in done.out
    assert "is not a date" not in done.out and "write the country in full" in done.out
    (city,) = csv.DictReader((tmp_path / "new" / "data" / "sister_cities.csv").read_text("utf-8").splitlines())
    assert [city[each] for each in ("city", "country", "signed_on", "confidence")] == ["Kobe", "JPN", "2017", "derived"]


def test_a_full_width_number_with_about_behind_it_has_the_unit_of_its_table() -> None:
    assert with_unit("２６５０左右", "亿元") == "２６５０亿元左右"


@pytest.mark.parametrize(
    ("written", "day", "remark"),
    [("约2010年", "2010", "约2010年"), ("2023年6月底", "2023-06", "2023年6月底"), ("2023年底", "2023", "2023年底")],
)
@pytest.mark.slow
def test_a_day_that_is_about_a_year_or_ends_a_month_is_read(
    tmp_path: Path, written: str, day: str, remark: str
) -> None:
    assert run("new", tmp_path / "new", "--languages", "zh-en", "--country", "CHN", *OFFICE).code == 0
    assert run("examples", "remove", tmp_path / "new").code == 0
    assert "there are no data yet" in run("check", tmp_path / "new").err
    rows: Rows = [["城市", "国家", "签约日期", "来源"], ["奈良", "日本", written, "公报"]]
    done = run("intake", workbook(tmp_path / "own.xlsx", {"友好城市": rows}), tmp_path / "new", "--yes")
    assert done.code == 0, done.out
    (city,) = csv.DictReader((tmp_path / "new" / "data" / "sister_cities.csv").read_text("utf-8").splitlines())
    assert (city["signed_on"], city.get("note", "")) == (day, remark)
    assert "there are no data yet" not in run("check", tmp_path / "new").err


# Names


@pytest.mark.parametrize(
    ("name", "country", "english"),
    [
        ("堪萨斯市（密苏里州）", "US", "Kansas City"),
        ("堪萨斯州", "US", "State of Kansas"),
        ("庞贝", "IT", "Pompei"),
        ("杜利凯尔市", "NP", "Dhulikhel"),
        ("小浜", "JP", "Obama"),
        ("巴西利亚联邦区", "BR", "Brasília"),
        ("栃木县", "JP", "Tochigi Prefecture"),
        ("哈密尔顿", "", "Hamilton"),
    ],
)
def test_partners_of_provincial_capitals_have_their_english_names(name: str, country: str, english: str) -> None:
    assert known_cities_and_bodies().english(("city",), name, country=country)[0] == english


def test_a_body_is_known_with_a_programme_in_brackets() -> None:
    known = known_cities_and_bodies()
    assert known.english(("body",), "联合国工业发展组织（“城市之桥”）")[1] == "UNIDO"
    assert known.english(("body",), "世界历史都市联盟")[0] == "League of Historical Cities"


@pytest.mark.slow
def test_two_divisions_of_the_office_are_the_office_once(tmp_path: Path) -> None:
    assert run("new", tmp_path / "new", "--languages", "zh-en", "--country", "CHN", *OFFICE).code == 0
    assert run("examples", "remove", tmp_path / "new").code == 0
    done = run("intake", workbook(tmp_path / "own.xlsx", {"工作打算": PLAN}), tmp_path / "new", "--yes")
    assert done.code == 0, done.out
    (task,) = csv.DictReader((tmp_path / "new" / "data" / "plan.csv").read_text("utf-8").splitlines())
    assert task["lead"] == "Foreign Affairs Office of Anlan"


# The year of the first edition


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("我市参加国际组织情况（2026.11整理）", date(2026, 11, 30)),
        ("填报：友城处　　更新：2026年11月", date(2026, 11, 30)),
        ("2026年11月20日汇总", date(2026, 11, 20)),
        ("2025—2026年重要团组登记", None),
    ],
)
def test_a_title_says_of_which_month_its_data_are(line: str, day: date | None) -> None:
    listed = sheet("memberships", "组织名称|身份", "联盟|会员", above=line)
    assert data_until({"memberships": listed}, WORDS, date(2025, 12, 31), [], [], empty=True) == day
    assert data_until({"memberships": listed}, WORDS, date(2025, 12, 31), [], []) is None


def test_lists_put_in_order_in_january_are_about_the_year_before() -> None:
    listed, notes = sheet("memberships", "名称|身份|来源", "丙|会员|台账", above="整理时间：2026年1月"), list[Problem]()
    assert data_until({"memberships": listed}, WORDS, date(2025, 12, 31), [], notes, empty=True) is None
    assert "整理时间：2026年1月" in texts_of(notes) and "whose data are up to 2025-12-31" in texts_of(notes)


CITIES: Rows = [
    ["更新至2026年11月"],
    ["城市", "国家", "签约日期", "来源"],
    ["奈良", "日本", "2026-02-01", "公报"],
]


@pytest.mark.slow
def test_the_first_edition_is_of_the_year_that_an_empty_workspace_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert run("new", folder, "--languages", "zh-en", "--country", "CHN", *OFFICE).code == 0
    assert run("examples", "remove", folder).code == 0
    book = workbook(tmp_path / "own.xlsx", {"友好城市": CITIES})
    done = run("intake", book, folder, "--yes")
    assert done.code == 0, done.out
    series = read_series(parse_document((folder / "data" / "editions.yml").read_text("utf-8"), "editions.yml"), [])
    assert [(each.label, each.as_of) for each in series.issues.values()] == [("2026", date(2026, 11, 30))]
    assert run("check", folder).code == 0
    later = workbook(tmp_path / "own.xlsx", {"友好城市": [["更新至2027年1月"], *CITIES[1:]]})
    assert "not in the year of the edition" in run("intake", later, folder).out


# Bodies and sources


def test_a_body_whose_remark_says_that_it_is_no_membership_is_left_out_and_told() -> None:
    notes: Problems = []
    listed = sheet("memberships", "组织名称|身份|说明", "联盟|会员|", "秘书处|落户本市|不是会员，放这里备查")
    assert without_other_kinds(listed, WORDS, notes).rows == (("联盟", "会员", ""),)
    assert "they are no memberships" in texts_of(notes)


def test_what_names_no_source_is_blank_and_never_taken_for_a_number() -> None:
    rows, absent = filled_rows([("53", "网上", "网上"), ("线上", "公报", "")], ["", "source", "note"], WORDS)
    assert (rows, absent) == ((("53", "", "网上"), ("", "公报", "")), ["线上"])


# Bodies, titles and consulates on one sheet


OF_KINDS = "类别|名称|授予(主管)单位|获得/加入时间|情况说明"
KINDS = (
    "称号|媒体艺术之都|教科文组织|2017年|",
    "国际组织|旅游城市联合会|WTCF|2012年|会员，2023年办峰会",
    "|地方政府联盟|UCLG|2010年|",
    "领事机构|老挝驻安澜总领事馆||2016年|",
    "平台|自贸试验区|国务院|2020年|",
)


def test_a_column_of_kinds_makes_each_row_what_it_is_and_blank_cells_are_of_the_kind_above() -> None:
    notes: Problems = []
    found = lay_out({"memberships": sheet("memberships", OF_KINDS, *KINDS)}, WORDS, SETTING, [], notes)
    roles = [(row["名称"], row["role"]) for _, row in rows_in(found["memberships"])]
    assert roles == [("媒体艺术之都", "称号"), ("旅游城市联合会", "会员")]
    assert [row["country"] for _, row in rows_in(found["consulates"])] == ["老挝"]
    assert "'平台' is no membership" in texts_of(notes) and "so these are no memberships: 地方政府联盟" in texts_of(
        notes
    )


def test_a_further_sheet_of_bodies_leaves_no_consulate_unread() -> None:
    others = {"驻安澜机构": sheet("", OF_KINDS, *KINDS)}
    named = {"memberships": sheet("memberships", "组织名称|身份", "联盟|会员")}
    known = set(OF_KINDS.split("|")), lambda _: ""
    found, _ = tables_of(Pages(sheets=named, others=others), {}, known, WORDS, SETTING, problems=[], notes=[])
    assert {"memberships", "consulates"} <= found.keys()


# Sources


@pytest.mark.parametrize(
    ("title", "printed", "kind", "language"),
    [
        ("老台账", "老台账（内部资料）", "R", "zh"),
        ("省外办", "省外办（未注明文件名称）", "R", "zh"),
        ("新华社", "新华社（未注明标题和日期）", "N", "zh"),
        ("中国网", "中国网（未注明标题和日期）", "N", "zh"),
        ("公报", "公报（未注明全称和日期）", "R", "zh"),
        ("安澜晚报2018.9.11", "安澜晚报2018.9.11", "N", "zh"),
        ("2024年统计公报", "2024年统计公报", "R", "zh"),
        ("市政府英文网2015-2-5", "市政府英文网2015-2-5", "R", "en"),
        ("安澜年鉴2024", "安澜年鉴2024", "R", "zh"),
    ],
)
def test_a_source_that_is_only_a_name_is_printed_with_what_it_does_not_say(
    title: str, printed: str, kind: str, language: str
) -> None:
    notes: Problems = []
    own = {key: frozenset(known) for key, known in WORDS.items()} | {PLACES_ABROAD: frozenset()}
    found = with_language(title, own)
    note_bare(title, found[0], Place("own.xlsx"), notes)
    assert found == (printed, language) and bool(notes) == (printed != title)
    assert usual_kind("", found[0], own) == kind and usual_kind("https://a.cn", found[0], own) == "EB/OL"


def test_same_as_above_is_the_source_of_the_row_above_and_a_heading_within_a_list_is_none() -> None:
    rows, _ = filled_rows([("翰坡市", "安澜年鉴"), ("南港市", "同上"), ("北港市", "同上行")], ("", "source"), WORDS)
    assert [row[1] for row in rows] == ["安澜年鉴"] * 3
    lists = sheet("sister_cities", "城市|国家", "1|2", above="安澜市国际友好城市一览表")
    block = replace(lists, table="exchange_cities", above={9: "友好交流城市、意向城市", **lists.above})
    assert title_as_source(block)[0] == "安澜市国际友好城市一览表"
