"""The workbook of an office as it is: merged cells, sums and notes, sources in four columns, several events."""

import csv
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from jianbao.app.approval import approval_of
from jianbao.app.assess import documents_of
from jianbao.app.intake import further_headings
from jianbao.data.csv_files import heading_row, two_rows_of_heading
from jianbao.data.dates import Era, read_day, read_due
from jianbao.render.html.templates import built_in_wording
from jianbao.text.numbers import read_amount
from jianbao.text.vocabulary import parse_vocabulary
from tests.workspaces import Done, assessed, run

Rows = Sequence[Sequence[object]]
slow = pytest.mark.slow
ERA = Era((), date(2025, 12, 31))
SOURCED = ("资料来源", "标题", "网址", "发布日期")


def cited(number: int, published: object = "2026年1月5日") -> tuple[object, ...]:
    return "安澜市外办网站", f"消息{number}", f"https://wb.example.org/{number}", published


PARTNERS: Rows = [
    ["安澜市国际友好城市情况表"],
    ["填表单位：市外办　　统计截至2025年12月31日"],
    ["序号", "友城", "外文名", "国家", "结好日期", "结好级别", "近两年有无往来", *SOURCED, "备注"],
    [1, "翰坡市", "Hanpo", "日本", "1999.9.9", "市级", "有", *cited(1), "我市第一个友城"],
    [2, "诺伊瓦尔德市", "Neuwald", "德国", "2005年3月", "市级", "无", *cited(1), None],
    [3, "艾伦港市", "Port Alen", "美国", "2010-5-1", "市级", None, *cited(2), "译名待核"],
    [4, "小城", "Small Town", "美国", "2011-5-1", "区级（南区）", "有", *cited(3), None],
    ["注：1.另有区级1个，不计入市级总数。2.空格为尚未掌握。"],
]
VISITS: Rows = [
    ["因公出访和外宾来访统计表"],
    ["序号", "年份", "因公出访", None, "外宾来访", None, "备注"],
    [None, None, "批次", "人次", "批次", "人次", None],
    [1, "2024年", 9, 31, 18, 142, None],
    [2, "2025年", 11, 40, "21（预计数）", 160, None],
    ["合计", None, 20, 71, 39, 302, None],
    ["资料来源：安澜市外办《外事工作统计年报》，https://wb.example.org/nb，2026年1月12日"],
]
EVENTS: Rows = [
    ["序号", "活动名称", "年份", "举办时间", "参会国家和地区数", "来源"],
    [1, "第三届海港大会", 2023, "2023年9月8日—11日", "近100", "https://e.example.org/1"],
    [2, "第四届海港大会", 2025, "2025年9月8日—11日", "90余", "https://e.example.org/2"],
    [3, "2025安澜石材展", 2025, "2025年3月16日—19日", 148, "https://e.example.org/3"],
]
BODIES: Rows = [
    ["序号", "组织名称", "英文简称", "加入时间", "会员身份", "归口单位", *SOURCED, "备注"],
    [1, "世界城市和地方政府联合组织", "UCLG", "2017年12月", "会员", "市外办", *cited(1), None],
    [2, "海港城市网络", "HCN", None, "创始会员，秘书处设在安澜", "市海洋局", *cited(2), "加入年份待查"],
]
PEERS: Rows = [
    ["部分城市友城数对照表"],
    ["序号", "城市", "友好城市数", "友好交流（合作）城市数", "统计截止日期", *SOURCED],
    [1, "青岛", 30, 65, "2024年底", *cited(1)],
    [2, "西安市", 29, None, "2024年12月", *cited(2)],
]


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new workspace in Chinese and English, with an event of its own and no examples."""
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    folder = tmp_path / "anlan"
    names = ("--name", "zh=安澜", "--name", "en=Anlan", "--event", "zh=海港大会", "--event", "en=Congress of Ports")
    office = ("--office", "zh=安澜市人民政府外事办公室", "--office", "en=Foreign Affairs Office of Anlan")
    assert run("new", folder, *names, *office, "--country", "CHN").code == 0
    assert run("examples", "remove", folder).code == 0
    return folder


def take(city: Path, merged: dict[str, tuple[str, ...]] | None = None, **sheets: Rows) -> Done:
    """Take in a workbook with these sheets, some of their cells merged."""
    book = Workbook()
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
        for area in (merged or {}).get(title, ()):
            page.merge_cells(area)
    book.remove(book["Sheet"])
    book.save(city.parent / "own.xlsx")
    return run("intake", city.parent / "own.xlsx", city, "--yes")


def printed(city: Path) -> str:
    """Return every Chinese text that the newest edition prints."""
    known = assessed(city)
    states = approval_of(known, documents_of(known)).states
    return "".join(each.item.texts.get("zh", "") for each in states)


def rows(city: Path, table: str) -> list[dict[str, str]]:
    with (city / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@slow
def test_a_heading_in_two_rows_of_merged_cells_names_the_columns(city: Path) -> None:
    areas = ("A1:G1", "A2:A3", "B2:B3", "C2:D2", "E2:F2", "G2:G3", "A6:B6", "A7:G7")
    done = take(city, {"出访来访统计": areas}, 出访来访统计=VISITS)
    assert done.code == 0, done.out + done.err
    assert [(row["year"], row["received"], row["sent"]) for row in rows(city, "visits")] == [
        ("2024", "18", "9"),
        ("2025", "21", "11"),
    ]
    assert rows(city, "visits")[1]["note"] == "预计数"
    assert "合并单元格 8 处（1 张表）" in done.out and "合计和注不是数据行，已略去：第 6、7 行" in done.out
    assert "简报不用的列：因公出访/人次、外宾来访/人次" in done.out


@slow
def test_the_source_below_a_table_is_that_of_its_rows(city: Path) -> None:
    assert take(city, 出访来访统计=VISITS).code == 0
    sources = (city / "data" / "sources.yml").read_text("utf-8")
    assert '  title: "外事工作统计年报"\n  producer: "安澜市外办"\n  published: "2026-01-12"' in sources
    assert {row["source"] for row in rows(city, "visits")} == {"wb_example_org"}


@slow
def test_four_columns_about_a_source_make_one_source_of_each_address(city: Path) -> None:
    done = take(city, 国际友好城市=PARTNERS)
    assert done.code == 0, done.out + done.err
    sources = (city / "data" / "sources.yml").read_text("utf-8")
    assert sources.count('producer: "安澜市外办网站"') == 2 and sources.count('published: "2026-01-05"') == 2
    assert 'title: "消息1"' in sources and "同一列" not in done.out
    assert [row["note"] for row in rows(city, "sister_cities")] == ["我市第一个友城", "", "译名待核"]


@slow
def test_a_source_may_be_published_after_the_edition_but_not_after_it_was_read(city: Path) -> None:
    late = [*PARTNERS[:3], [1, "翰坡市", "Hanpo", "日本", "1999.9.9", "市级", "有", *cited(1, "2999-01-01"), None]]
    done = take(city, 国际友好城市=late)
    assert done.code == 3 and "[国际友好城市] 第 4 行，发布日期 列：  发布日期“2999-01-01”晚于查阅日期" in done.out


@slow
def test_the_list_of_partners_says_who_had_an_exchange_and_districts_are_left_out(city: Path) -> None:
    done = take(city, 国际友好城市=PARTNERS)
    assert [row["contact"] for row in rows(city, "sister_cities")] == ["active", "inactive", ""]
    assert "有往来 1 个，往来较少 0 个，无往来 1 个，未评定 1 个" in done.out
    assert "区县级的友城不计入市级，已略去：小城（区级（南区））" in done.out
    (counted,) = rows(city, "visits")
    assert (counted["year"], counted["active"]) == ("2025", "1")
    assert 'title: "安澜市国际友好城市情况表"' in (city / "data" / "sources.yml").read_text("utf-8")
    facts = run("facts", city).out
    assert "诺伊瓦尔德市 | Neuwald" in next(line for line in facts.splitlines() if "without_exchange_names" in line)


@slow
def test_of_several_events_the_citys_own_is_taken_and_the_others_are_told(city: Path) -> None:
    done = take(city, 主要国际活动=EVENTS)
    assert done.code == 0, done.out + done.err
    assert [(row["edition"], row["held_on"], row["countries"]) for row in rows(city, "events")] == [
        ("3", "2023-09-08", "≈100"),
        ("4", "2025-09-08", ">90"),
    ]
    assert "其他活动已略去：安澜石材展" in done.out


@slow
def test_events_of_which_none_is_the_citys_own_are_asked_about(city: Path) -> None:
    table = [EVENTS[0], *([1, name, 2025, "2025-09", 9, "https://e.example.org/9"] for name in ("甲论坛", "乙展会"))]
    done = take(city, 主要国际活动=table)
    assert done.code == 3 and "看不出哪一个是本市主办的主要活动：甲论坛、乙展会" in done.err + done.out


@slow
def test_a_member_may_have_no_year_and_a_remark_and_a_body_that_is_known_needs_no_english_name(city: Path) -> None:
    done = take(city, 国际组织=BODIES, 出访来访统计=VISITS)
    assert done.code == 0, done.out + done.err
    known, own = rows(city, "memberships")
    assert (known["organisation"], known["role"]) == ("United Cities and Local Governments", "member")
    assert (own["organisation"], own["role"], own["from_date"]) == ("HCN", "member", "")
    assert own["note"] == "加入年份待查；创始会员，秘书处设在安澜"
    assert "没有英文全称，暂用简称 HCN" in done.out
    assert next(line for line in run("facts", city).out.splitlines() if line.startswith("governance.bodies ")).endswith(
        "2"
    )


@slow
def test_a_sheet_is_known_by_its_headings_and_a_well_known_city_by_its_name(city: Path) -> None:
    done = take(city, 各地情况=PEERS)
    assert done.code == 0, done.out + done.err
    assert [(row["city"], row["value"], row["period"]) for row in rows(city, "peers")] == [
        ("Qingdao", "30", "2024-12"),
        ("Xi’an", "29", "2024-12"),
    ]
    assert "“青岛”的英文名由程序补为 Qingdao；另有 1 处同类" in done.out


@slow
def test_a_workspace_in_chinese_alone_asks_for_no_english_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    folder = tmp_path / "anlan"
    assert run("new", folder, "--languages", "zh", "--name", "zh=安澜", "--country", "CHN", "--empty").code == 0
    table = [[cell for at, cell in enumerate(row) if at != 2] for row in PARTNERS]
    done = take(folder, 国际友好城市=table)
    assert done.code == 0, done.out + done.err
    assert len(rows(folder, "sister_cities")) == 3


@slow
def test_all_problems_of_a_workbook_are_told_in_one_round_and_in_chinese(city: Path) -> None:
    nameless = [[cell if cell != "友城" else "对方" for cell in row] for row in PARTNERS]
    wrong = [PEERS[1], [1, "青岛", "三十", None, "2024年底", *cited(1)]]
    done = take(city, 国际友好城市=nameless, 其他城市友城数=wrong)
    assert done.code == 3 and "缺少“城市”一列" in done.out and "“三十”不是数字" in done.out
    assert "known_from" not in done.out and ".en" not in done.out and "有 2 项待定" in done.out


@slow
def test_what_is_merged_over_several_rows_stands_in_each_of_them(city: Path) -> None:
    areas = ("F3:F4", "H3:H4")
    table = [*PEERS[:3], [2, "西安市", 29, None, "2024年12月", None, "消息2", None, None]]
    assert take(city, {"其他城市": areas}, 其他城市=table).code == 0
    assert {row["source"] for row in rows(city, "peers")} == {"wb_example_org"}
    assert load_workbook(city.parent / "own.xlsx")["其他城市"].merged_cells


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2021年9月8日—11日", "2021-09-08"),
        ("2021年9月29日至10月2日", "2021-09-29"),
        ("2024年底", "2024-12"),
        ("2024-03-16~2024-03-19", "2024-03-16"),
    ],
)
def test_a_day_is_the_first_of_several_and_the_end_of_a_year_is_december(written: str, meant: str) -> None:
    assert read_day(written, ERA).text == meant


def test_the_heading_is_the_row_that_names_the_most_columns() -> None:
    pasted = [["互访统计表", "", "", "证据", "公布日期"], ["年份", "来访", "派出", "", ""], ["2025", "3", "4", "", ""]]
    assert heading_row(pasted, {"年份", "来访", "派出", "证据", "公布日期"}) == 1


@pytest.mark.parametrize(("written", "meant"), [("近百", "≈100"), ("百余", ">100"), ("近万", "≈10000")])
def test_a_round_number_may_be_a_word_alone(written: str, meant: str) -> None:
    words = parse_vocabulary(built_in_wording("vocabulary", ("zh", "en")), ("zh", "en"), [])
    amount = read_amount(written, words)
    assert amount and f"{amount.comparator}{amount.digits}" == meant


def test_a_row_of_numbers_below_a_heading_is_not_its_second_row() -> None:
    assert two_rows_of_heading(["年份", "出访", "来访"], ["2024", "3", "4"]) == []
    assert two_rows_of_heading(["往来统计表", "", ""], ["年份", "出访", "来访"]) == []
    assert two_rows_of_heading(["年份", "出访", ""], ["", "批次", "人次"]) == ["年份", "出访/批次", "出访/人次"]


WORK: Rows = [
    ["市外办2026年工作打算"],
    ["序号", "工作事项", "牵头单位", "配合单位", "目标", "完成时间"],
    [1, "激活友城", "市外办", "市教育局、市文旅局", "有往来的市级友城达到3个", "2026年12月底前"],
    [2, "办好第五届海港大会", "市商务局", "海港创新中心", "参会国家和地区达到125个以上", "9月"],
    [3, "用好国际组织", None, "各区政府", "参加2个年会", "全年"],
    ["资料来源：安澜市外办《2026年外事工作要点》，https://wb.example.org/yd，2026年1月8日"],
]
IN_ENGLISH = [[], ["事项（英文）", "目标（英文）"], *([f"Task {number}", f"Goal {number}"] for number in (1, 2, 3)), []]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026年12月底前", "2026-12"),
        ("2026年上半年", "2026-01/2026-06"),
        ("一季度", "2026-01/2026-03"),
        ("第三季度前", "2026-07/2026-09"),
        ("年底前", "2026-12"),
        ("2027年底前完成", "2027-12"),
        ("3—6月", "2026-03/2026-06"),
        ("6月中旬", "2026-06"),
        ("全年", "2026"),
        ("每季度1次", "2026"),
        ("每月两次", "2026"),
        ("2026年每半年各1次", "2026"),
        ("三季度", "2026-07/2026-09"),
        ("8月底前", "2026-08"),
        ("待定", ""),
        ("1次", ""),
        ("13月", ""),
    ],
)
def test_words_for_when_a_task_is_due_are_months_of_the_plan_s_year(written: str, meant: str) -> None:
    assert read_due(written, 2026, further_headings()) == meant


@slow
def test_a_plan_is_read_as_the_office_wrote_it(city: Path) -> None:
    table = [[*row, *english] for row, english in zip(WORK, IN_ENGLISH, strict=True)]
    done = take(city, 工作打算=table, 名称=[["中文名", "英文名"], ["海港创新中心", "Harbour Innovation Centre"]])
    assert done.code == 0, done.out + done.err
    first, second, third = rows(city, "plan")
    assert first["lead"] == "Foreign Affairs Office of Anlan" and first["due"] == "2026-12"
    assert first["with"] == "Municipal Education Bureau;Municipal Bureau of Culture and Tourism"
    assert (first["counts"], first["at_least"], first["gap"]) == ("ties_active", "3", "quiet")
    assert (second["counts"], second["at_least"], second["gap"]) == ("event_countries", "125", "reach")
    assert (second["lead"], second["with"]) == ("Municipal Commerce Bureau", "Harbour Innovation Centre")
    assert (third["with"], third["due"], third["counts"]) == ("District governments", "2026", "")
    assert "“有往来的市级友城达到3个”作为指标“有往来的伙伴”的目标数：3" in done.out
    assert "作为指标“活动的参加国家和地区”的目标数：125" in done.out
    assert "“市教育局”的英文名由程序补为 Municipal Education Bureau" in done.out


@slow
def test_what_a_plan_lacks_in_english_is_asked_for_once(city: Path) -> None:
    done = take(city, 工作打算=WORK)
    assert done.code == 3 and not rows(city, "plan")
    assert done.out.count("没有其他语种的名称") == 1 and "名称：海港创新中心" in done.out
    assert done.out.count("行没有译文") == 1 and "请加一列“事项（英文）、目标（英文）”" in done.out
    assert "名称表中没有" not in done.out and "该列需要文字" not in done.out


@slow
def test_a_plan_in_chinese_alone_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    folder = tmp_path / "anlan"
    office = "zh=安澜市人民政府外事办公室"
    made = run(
        "new", folder, "--languages", "zh", "--name", "zh=安澜", "--country", "CHN", "--office", office, "--empty"
    )
    assert made.code == 0
    done = take(folder, 工作打算=WORK)
    assert done.code == 0, done.out + done.err
    assert [row["with"] for row in rows(folder, "plan")] == ["市教育局;市文旅局", "海港创新中心", "各区政府"]


@slow
def test_a_title_with_an_enumeration_comma_is_one_source(city: Path) -> None:
    done = take(city, 国际友好城市=[["安澜市国际友好城市、友好交流城市一览表"], *PARTNERS[1:]])
    assert done.code == 0, done.out + done.err
    assert 'title: "安澜市国际友好城市、友好交流城市一览表"' in (city / "data" / "sources.yml").read_text("utf-8")


@slow
@pytest.mark.parametrize("heading", ["事项", "重点任务"])
def test_the_tasks_of_a_plan_have_a_plain_heading(city: Path, heading: str) -> None:
    table = [[*row, *english] for row, english in zip([*WORK[:3], WORK[-1]], [*IN_ENGLISH[:3], []], strict=True)]
    table[1][1] = heading
    done = take(city, 工作要点=table)
    assert done.code == 0, done.out + done.err
    assert rows(city, "plan")[0]["title_zh"] == "激活友城"


@slow
def test_a_count_of_countries_with_organizations_is_not_taken_for_one_of_countries(city: Path) -> None:
    row, wider = ["第6届", "2022年11月19—22日", 80, "年报"], "参展国家、地区和国际组织（个）"
    done = take(city, 主要国际活动=[["届次", "举办时间", "参展国家和地区", "来源"], row])
    assert done.code == 0, done.out + done.err
    assert rows(city, "events")[0]["countries"] == "80"
    assert wider in take(city, 主要国际活动=[["届次", "举办时间", wider, "来源"], row]).out  # left out and told


MONEY: Rows = [
    ["安澜市外贸进出口情况"],
    ["单位：亿元、%    来源：海关统计"],
    ["年份", "进出口", None, "其中", None, "资料来源", "备注"],
    [None, "总额", "同比（%）", "出口", "进口", None, None],
    [2024, "1,226.2", "-7.0", 548.9, 677.3, "海关统计", None],
    ["2025（快报）", 1297.3, "+5.8", 586.7, 710.6, "海关统计", None],
    ["五年合计", 7697.3, None, 3792.2, 3905.1, None, None],
]


@slow
@pytest.mark.parametrize("unit", ["", "（亿元）"])
def test_amounts_have_the_unit_above_the_heading_or_in_its_second_row(city: Path, unit: str) -> None:
    table = [list(row) for row in MONEY]
    table[3][1], table[3][3] = f"总额{unit}", f"出口{unit}"
    if unit:
        table[1] = ["来源：海关统计"]
    done = take(city, 外贸=table)
    assert done.code == 0, done.out + done.err
    assert [(row["year"], row["total"], row["exports"], row["note"]) for row in rows(city, "trade")] == [
        ("2024", "122620000000", "54890000000", ""),
        ("2025", "129730000000", "58670000000", "快报"),
    ]
    assert "合计和注不是数据行，已略去：第 7 行" in done.out


@slow
def test_headings_between_the_rows_say_which_kind_of_partner_follows(city: Path) -> None:
    table: Rows = [
        ["序号", "城市（外文名）", "国家", "结好日期", "资料来源", "备注"],
        ["一、友好城市"],
        [1, "藤泽市（Fujisawa）", "日本", "1981年11月5日", "友城协议书汇编", None],
        [2, "于韦斯屈莱市（Jyväskylä）", "芬兰", "2008年9月", "友城协议书汇编", None],
        ["2025年小计", "2对"],
        ["二、友好交流城市"],
        [1, "博卡拉市（Pokhara）", "尼泊尔", "2015年", "友城协议书汇编", None],
        ["合计", "3对"],
    ]
    done = take(city, 友城=table)
    assert done.code == 0, done.out + done.err
    assert [row["city"] for row in rows(city, "sister_cities")] == ["Fujisawa", "Jyväskylä"]
    assert [row["city"] for row in rows(city, "exchange_cities")] == ["Pokhara"]
    assert "行间的小标题不是数据行：一、友好城市、二、友好交流城市" in done.out
    assert {"藤泽市", "博卡拉市"} < {row["zh"] for row in rows(city, "names")}


@slow
def test_a_heading_between_events_is_asked_about_as_another_event_may_follow(city: Path) -> None:
    table: Rows = [
        ["届次", "举办时间", "参展国家", "来源"],
        ["第6届", "2022年", 80, "年报"],
        ["（二）马拉松"],
        ["第1届", "2023年", 9, "年报"],
    ]
    done = take(city, 主要国际活动=table)
    assert done.code == 3 and "“（二）马拉松”不是表中的一行数据" in done.out + done.err


# Activity in words, country and continent in one cell, years as columns, consulates, provisional figures

RATED: Rows = [
    ["序号", "城市", "英文名", "国家/洲", "结好日期", "往来情况", "最近一次往来", "资料来源"],
    [1, "甲城", "Alpha", "法国/欧洲", "1999-09-09", "活跃", None, "台账"],
    [2, "乙城", "Beta", "巴西/南美洲", "2000-01-05", "一般", None, "台账"],
    [3, "丙城", "Gamma", "日本/亚洲", "2001-01-05", "不活跃", None, "台账"],
    [4, "丁城", "Delta", "日本/亚洲", "2002-01-05", "停滞", None, "台账"],
    [5, "戊城", "Epsilon", "俄罗斯/欧洲", "2003-01-05", "少", "2025年3月（视频）", "台账"],
    [6, "己城", "Zeta", "俄罗斯/欧洲", "2004-01-05", "活跃", "2019.11", "台账"],
    [7, "庚城", "Eta", "埃及/非洲", "2005-01-05", None, None, "台账"],
]


@slow
def test_exchanges_are_read_from_words_and_the_day_of_the_last_one_decides(city: Path) -> None:
    done = take(city, 友城=RATED)
    assert done.code == 0, done.out + done.err
    partners = rows(city, "sister_cities")
    assert [row["contact"] for row in partners] == ["active", "active", "little", "inactive", "active", "inactive", ""]
    assert [row["continent"] for row in partners[:2]] == ["Europe", "Americas"]
    (counted,) = rows(city, "visits")
    assert (counted["active"], counted["judged"]) == ("3", "6")
    assert "span" not in counted  # most are judged by words, without a year
    assert "“不活跃”作“往来较少”" in done.out and "2024 年及以后有往来的为有" in done.out
    assert "有往来 3 个，往来较少 1 个，无往来 2 个，未评定 1 个" in done.out


@slow
def test_exchanges_are_of_two_years_if_each_is_judged_by_its_year(city: Path) -> None:
    dated = [RATED[0], *([*row[:5], None, "2025年3月", "台账"] for row in RATED[1:])]
    done = take(city, 友城=dated)
    assert done.code == 0, done.out + done.err
    (counted,) = rows(city, "visits")
    assert (counted["active"], counted["span"]) == ("7", "2")


@slow
def test_a_share_is_one_of_the_partners_that_are_judged_and_none_where_few_are(city: Path) -> None:
    assert take(city, 友城=RATED).code == 0
    ledger = assessed(city).ledger
    assert (ledger["partners.active_share"].number, ledger["partners.active_share"].of) == (0.5, 6.0)
    (counted,) = rows(city, "visits")
    lines = [",".join(counted), ",".join({**counted, "judged": "5"}.values())]
    (city / "data" / "visits.csv").write_text("\n".join(lines), "utf-8")
    known = assessed(city).ledger
    assert "partners.active_share" not in known and "score.ties_active" not in known
    assert run("check", city).code == 0


@slow
@pytest.mark.parametrize("last", ["2025年（快报）", "2025"])
def test_a_column_for_each_year_is_a_row_for_each_and_may_be_provisional(city: Path, last: str) -> None:
    wide: Rows = [
        ["外贸情况", None, None, None],
        ["指标", "单位", "2023年", "2024", last],
        ["进出口总额", "亿元", 310.5, 322, "330.1"],
        ["其中：出口", "亿元", 200, 210, 220.5],
        ["资料来源：海关统计数据（2025年为快报数）" if last == "2025" else "资料来源：海关统计数据"],
    ]
    done = take(city, 外贸=wide)
    assert done.code == 0, done.out + done.err
    table = rows(city, "trade")
    assert [row["year"] for row in table] == ["2023", "2024", "2025"]
    assert (table[2]["total"], table[2]["exports"]) == ("33010000000", "22050000000")
    assert [row.get("status", "") for row in table] == ["", "", "provisional"]
    assert "各年各占一列的，已按年转成行：2023、2024、2025" in done.out
    said = run("facts", "trade.total", city).out
    assert "local.trade" in said
    assert "2025年外贸数为初步数。" in printed(city)


@slow
def test_a_list_of_consulates_has_its_table_and_other_bodies_on_it_are_told(city: Path) -> None:
    listed: Rows = [
        ["序号", "名称", "类型", "设立时间", "资料来源"],
        ["一、外国领事机构", None, None, None, None],
        [1, "老挝驻安澜总领事馆", "领事机构", "1993年", "外交部网站"],
        [2, "泰国驻安澜领事办公室", "领事机构", None, "外交部网站"],
        ["二、国际组织", None, None, None, None],
        [1, "山地农业中心安澜办公室", "国际组织", "2002年", "农科院"],
    ]
    done = take(city, 国际组织和机构=listed)
    assert done.code == 0, done.out + done.err
    assert [row["country"] for row in rows(city, "consulates")] == ["LAO", "THA"]
    assert "这几行不是领事机构，已略去：山地农业中心安澜办公室" in done.out
    assert "外国在本市的领事机构2家：" in printed(city)


@slow
def test_of_other_cities_each_measure_in_a_row_is_kept_and_the_title_may_have_the_year(city: Path) -> None:
    peers: Rows = [
        ["主要城市对比（2024年）", None, None, None],
        ["城市", "国际友城（对）", "领事机构（家）", "资料来源"],
        ["青岛", "30（另友好合作65）", 5, "统计公报"],
        ["西安", 29, None, "统计公报"],
    ]
    done = take(city, 城市对比=peers)
    assert done.code == 0, done.out + done.err
    held = {(row["measure"], row["city"]): (row["value"], row["period"]) for row in rows(city, "peers")}
    assert held == {
        ("sister_cities", "Qingdao"): ("30", "2024"),
        ("sister_cities", "Xi’an"): ("29", "2024"),
        ("consulates", "Qingdao"): ("5", "2024"),
    }


@slow
def test_of_two_events_on_a_sheet_the_heading_that_names_the_own_one_counts(city: Path) -> None:
    events: Rows = [
        ["（一）海洋港口大会", None, None, None],
        ["届次", "举办时间", "参加国家和地区", "资料来源"],
        ["第3届", "2024年5月1—3日", 20, "官网"],
        ["第4届", "2025年5月1—3日", 22, "官网"],
        ["（二）马拉松", None, None, None],
        ["年份", "举办日期", "参赛国家和地区", "资料来源"],
        ["2025年", "2025年11月30日", 36, "体育局"],
    ]
    done = take(city, 海港大会及赛事=events)
    assert done.code == 0, done.out + done.err
    assert [row["edition"] for row in rows(city, "events")] == ["3", "4"] and "已略去：（二）马拉松" in done.out


@slow
def test_a_division_in_brackets_is_the_office_itself_and_a_total_in_a_goal_is_a_target(city: Path) -> None:
    tasks: Rows = [
        ["序号", "事项", "目标", "牵头单位", "完成时间", "事项（英文）", "目标（英文）", "资料来源"],
        [
            1,
            "拓展友城",
            "新增友好城市2对，总数达到9对",
            "市外办（友城处）",
            "全年",
            "New ties",
            "Nine in all",
            "工作要点",
        ],
    ]
    done = take(city, 工作打算=tasks)
    assert done.code == 0, done.out + done.err
    (task,) = rows(city, "plan")
    assert (task["counts"], task["at_least"]) == ("sister_cities", "9") and task["lead"].startswith("Foreign Affairs")


@slow
def test_visits_and_other_cities_may_have_a_column_for_each_year_too(city: Path) -> None:
    visits: Rows = [
        ["项目", "2023年", "2024年", "2025年", "来源"],
        ["来访团组", 10, 12, "13（初步）", "年报"],
        ["出访团组", 5, 6, 7, "年报"],
        ["入境过夜游客（万人次）", "3.2", "60余", 4, "统计局"],
    ]
    peers: Rows = [["城市", "2023年", "2024年", "来源"], ["青岛", 30, 31, "公报"], ["西安", None, 29, "公报"]]
    done = take(city, 互访=visits, 各市友好城市数对比=peers)
    assert done.code == 0, done.out + done.err
    table = rows(city, "visits")
    assert [(row["year"], row["received"], row["sent"]) for row in table] == [
        ("2023", "10", "5"),
        ("2024", "12", "6"),
        ("2025", "13", "7"),
    ]
    assert [row["visitors"] for row in table] == ["32000", ">600000", "40000"]
    assert [row["status"] for row in table] == ["", "", "provisional"]
    held = [(row["city"], row["period"], row["value"]) for row in rows(city, "peers")]
    assert held == [("Qingdao", "2023", "30"), ("Qingdao", "2024", "31"), ("Xi’an", "2024", "29")]


@slow
def test_a_plan_without_a_source_is_its_own(city: Path) -> None:
    tasks: Rows = [
        ["2026年工作要点", None, None, None, None, None],
        ["序号", "工作内容", "具体目标", "牵头处室", "完成时限", "事项（英文）", "目标（英文）"],
        [1, "办培训班", "办1期", "市外办翻译中心", "6月底", "A course", "One course"],
    ]
    done = take(city, 要点=tasks)
    assert done.code == 0 and "以本表为来源：2026年工作要点" in done.out, done.out + done.err
    (task,) = rows(city, "plan")
    assert task["due"] == "2026-06" and task["lead"] == "Foreign Affairs Office of Anlan"


@pytest.mark.parametrize("written", ["2024.6.25-27", "2024-06-25-27", "2024/6/5-7", "2024.12.3-5"])
def test_a_day_with_the_last_one_behind_it_is_the_first(written: str) -> None:
    assert read_day(written, ERA).text.startswith("2024-")


KINDS: Rows = [
    ["序号", "城市", "英文名", "国别", "结好日期", "类别", "来源"],
    [1, "翰坡市", "Hanpo", "日本", "1999.9.9", "友好城市", "安澜年鉴"],
    [2, "诺伊瓦尔德市", "Neuwald", "德国", "2005年3月", "友好交流", "安澜年鉴"],
    [3, "艾伦港市", "Port Alen", "美国", "2010-5-1", "友好交流关系", "安澜年鉴"],
    [4, "南港市", "South Harbour", "澳大利亚", "2011-5-1", "友好合作", "安澜年鉴"],
]


@slow
@pytest.mark.parametrize("heading", ["类别", "级别"])
def test_a_kind_of_partner_may_be_written_in_short(city: Path, heading: str) -> None:
    done = take(city, 友城一览=[[heading if cell == "类别" else cell for cell in KINDS[0]], *KINDS[1:]])
    assert done.code == 0, done.out + done.err
    assert [row["city"] for row in rows(city, "sister_cities")] == ["Hanpo"]
    assert [row["city"] for row in rows(city, "exchange_cities")] == ["Neuwald", "Port Alen", "South Harbour"]


@slow
@pytest.mark.parametrize("kind", ["商会", None])
def test_a_kind_of_partner_that_is_not_known_is_told_and_never_guessed(city: Path, kind: str | None) -> None:
    done = take(city, 友城一览=[*KINDS, [5, "北湾市", "North Bay", "加拿大", "2020-5-1", kind, "安澜年鉴"]])
    assert done.code == 3 and not rows(city, "sister_cities")
    assert f"[友城一览] 第 6 行，类别 列：  “{kind or ''}”不是这张表可用的伙伴类别" in done.out
    assert "请写友好城市、友好合作交流城市；如果这一列写的是别的内容，请改列名" in done.out
    assert run("intake", city.parent / "own.xlsx", city, "--clear-only", "--yes").code == 0
    assert [row["city"] for row in rows(city, "sister_cities")] == ["Hanpo"]


@slow
@pytest.mark.parametrize("row", [["2020-5-1", "意向", None], [None, "友好交流城市", "意向书，日期待查"]])
def test_a_partner_of_a_mere_intent_is_not_counted_and_told(city: Path, row: list[str]) -> None:
    sheet: Rows = [[*KINDS[0], "备注"], *([*each, None] for each in KINDS[1:])]
    day, kind, remark = row
    done = take(city, 友城一览=[*sheet, [5, "北湾市", "North Bay", "加拿大", day, kind, "安澜年鉴", remark]])
    assert done.code == 0, done.out + done.err
    assert "只有意向、没有签约的不计入：北湾市" in done.out
    assert "North Bay" not in [each["city"] for each in (*rows(city, "sister_cities"), *rows(city, "exchange_cities"))]


@slow
@pytest.mark.parametrize(("kind", "table"), [("结好", "sister_cities"), ("备忘录", "exchange_cities")])
def test_usual_words_of_offices_say_what_kind_a_partner_is(city: Path, kind: str, table: str) -> None:
    done = take(city, 友城一览=[*KINDS, [5, "北湾市", "North Bay", "加拿大", "2020-5-1", kind, "安澜年鉴"]])
    assert done.code == 0, done.out + done.err
    assert "North Bay" in [each["city"] for each in rows(city, table)]


@slow
def test_what_sheets_of_an_office_lack_is_told_in_one_round(city: Path) -> None:
    peers: Rows = [["城市", "友好城市数（个）", "国际航线（条）", "来源"], ["泉州", 13, 22, "泉州年鉴"]]
    plan: Rows = [["事项", "牵头", "时限", "经费（万元）"], ["续签研修生项目", "市外办", "2026年10月", 15]]
    bare = [[cell for at, cell in enumerate(row) if at != 2] for row in KINDS]
    done = take(city, 友城一览=bare, 同类市比较=peers, 工作打算=plan)
    assert done.code == 3 and not rows(city, "sister_cities"), done.out + done.err
    assert "缺少“时间”一列" in done.out and "现有的列：城市、友好城市数（个）、国际航线（条）、来源" in done.out
    assert "请加一列“事项（英文）”，逐行填写译文" in done.out and "没有“序号”一列，各项按先后编号" in done.out
    assert done.out.count("没有英文名") == 1 and "同类的还有 3 处：第 3 行“" in done.out
    assert "有 3 项待定" in done.out


@slow
def test_a_sheet_that_cannot_be_read_is_told_with_the_faults_of_the_others(city: Path) -> None:
    events: Rows = [
        ["年份", "活动", "届次", "来源"],
        [2024, "甲论坛", "第一届", "年鉴"],
        [2025, "乙展会", "第2届", "年鉴"],
    ]
    bare = [[cell for at, cell in enumerate(row) if at != 2] for row in KINDS]
    done = take(city, 友城一览=bare, 活动展会=events)
    assert done.code == 3 and "没有英文名" in done.out and not rows(city, "events")
    assert "表中有 2 个活动，看不出哪一个是本市主办的主要活动：甲论坛、乙展会" in done.out


@slow
def test_sources_without_a_title_are_told_when_they_are_read(city: Path) -> None:
    partner = ["北湾市", "North Bay", "加拿大", "2020-5-1", "https://a.example.org/1"]
    done = take(city, 友城=[["城市", "英文名", "国家", "签约日期", "来源"], partner])
    assert done.code == 0, done.out + done.err
    assert "只有网址、没有标题的来源：1 个，如 https://a.example.org/1" in done.out
    assert "定稿须有标题：在来源旁加“标题”一列" in done.out


FOREIGN: Rows = [
    ["机构名称", "国别", "类别", "设立时间", "来源"],
    ["意大利签证申请中心安澜受理点", "意大利", "签证", 2016, "安澜年鉴"],
    ["海港大学安澜分校", "美国", "合作办学", "2014年3月", "安澜年鉴"],
]


@slow
@pytest.mark.parametrize("columns", [slice(0, None), slice(1, None)])
def test_bodies_of_other_countries_are_no_consulates_unless_something_says_so(city: Path, columns: slice) -> None:
    done = take(city, 涉外机构=[row[columns] for row in FOREIGN])
    assert done.code == 3 and not rows(city, "consulates")
    assert "表中没有写明这些是领事机构：意大利" in done.out


@slow
def test_a_body_is_a_consulate_by_its_kind_its_name_or_the_title_of_its_sheet(city: Path) -> None:
    kinds: Rows = [*FOREIGN, ["老挝驻安澜机构", "老挝", "领事机构", "2018年", "安澜年鉴"]]
    done = take(city, 涉外机构=kinds)
    assert done.code == 0, done.out + done.err
    assert [row["country"] for row in rows(city, "consulates")] == ["LAO"]
    assert "这几行不是领事机构，已略去：意大利签证申请中心安澜受理点、海港大学安澜分校" in done.out
    done = take(city, 领馆一览=[["国别", "设立时间", "来源"], ["泰国", "2019年", "安澜年鉴"]])
    assert done.code == 0, done.out + done.err
    assert [row["country"] for row in rows(city, "consulates")] == ["LAO", "THA"]


@slow
def test_an_observer_and_a_title_are_known_and_are_no_seats(city: Path) -> None:
    listed: Rows = [
        ["组织", "英文名", "加入时间", "我市身份", "说明", "来源"],
        ["海港城市网络", "Harbour Cities Network", "2017", "会员", None, "安澜年鉴"],
        ["绿色城市协会", "Green Cities Association", "2023年5月", "观察员", "会费暂免", "安澜年鉴"],
        ["手工艺协会", "Crafts Association", "2020.12", "“世界手工艺城市”", "瓷器", "安澜年鉴"],
    ]
    done = take(city, 国际组织=listed)
    assert done.code == 0, done.out + done.err
    assert [row["role"] for row in rows(city, "memberships")] == ["member", "observer", "title"]
    assert rows(city, "memberships")[2]["note"] == "瓷器；“世界手工艺城市”"
    said = printed(city)
    assert "本市参加国际组织1个：海港城市网络" in said
    assert "观察员身份参加的国际组织不计在内：绿色城市协会。" in said
    assert "获得的国际称号（或授予单位）另列，不计入国际组织：手工艺协会。" in said
    assert "其中日期最新的是手工艺协会（2020年12月）。" in said


@slow
def test_a_list_without_a_name_is_no_sentence(city: Path) -> None:
    listed: Rows = [
        ["组织名称", "英文名", "加入时间", "身份", "来源"],
        ["海港城市网络", "Harbour Cities Network", "2017", "会员", "安澜年鉴"],
    ]
    assert take(city, 国际组织=listed).code == 0
    said = printed(city)
    assert "海港城市网络" in said and "不计在内" not in said
