"""Tables that share a sheet or a year: each is read or named, and each number keeps the sources of its own column."""

from pathlib import Path

import pytest

from jianbao.app.intake import further_headings
from jianbao.intake.remarks import read_exchange
from tests.intake.test_layouts import Rows
from tests.intake.test_office_workbook import city, rows, take
from tests.workspaces import assessed, run

__all__ = ["city"]

CONTACTS = [
    ("2025年市长来访", "active"),
    ("2024年视频会", "active"),
    ("2024年来访，此后没有往来", "active"),
    ("每年互访", "active"),
    ("2018年以来每年互访", "active"),
    ("2023年互访", "inactive"),
    ("2023年前每年互访", "inactive"),
    ("2020年后中断", "inactive"),
    ("中断", "inactive"),
    ("无", "inactive"),
    ("3次", "active"),
    ("2026年计划来访", "2026年计划来访"),  # not yet
    ("市长来访", "市长来访"),  # when is not said
]
TRADE: Rows = [
    ["年份", "外贸进出口（亿元）", "其中：出口", "实际外资（亿美元）", "入境过夜游客（万人次）"],
    [2024, 14200.0, 9300.0, 18.2, 28.8],
    ["2025（快报）", 14860.0, 9790.0, None, 36.2],
    ["来源", "统计公报", "统计公报", "统计公报", "市文旅局"],
]
VISITS: Rows = [
    ["方向", "起止日期", "团长", "材料"],
    ["来", "2025年3月", "甲市市长", "安澜日报"],
    ["来", "2025.5.16-18", "乙市市长", "安澜年鉴"],
    ["往", "2025-10", "市政府代表团", "市外办档案"],
]
EVENTS: Rows = [
    ["海港大会"],
    ["届", "时间", "境外展商", "国家"],
    ["第三届", "2023年9月", "420家", "30余国"],
    ["第四届", "2025年9月", "441", "14国"],
    [None],
    ["安澜石材展（每年）"],
    ["届", "时间", "嘉宾", "国家"],
    [25, "2024年10月", "350人", None],
    [None],
    ["友城市长论坛和世界安澜人大会暨经贸洽谈会（两年一届）"],
    ["届", "时间", "外方代表", "国家"],
    [2, "2025-11", "112", "23"],
    ["资料来源：安澜市外办"],
]


@pytest.mark.fast
@pytest.mark.parametrize(("said", "state"), CONTACTS)
def test_years_say_whether_there_was_an_exchange_in_the_last_two(said: str, state: str) -> None:
    assert read_exchange(said, (2024, 2025), further_headings()) == state


def test_numbers_of_a_year_from_two_sheets_keep_their_own_sources(city: Path) -> None:
    done = take(city, 团组=VISITS, 年度数字=TRADE)
    assert done.code == 0, done.out + done.err
    assert "表头“其中：出口”读作“其中：出口（亿元）”" in done.out
    assert [(each["total"], each["exports"]) for each in rows(city, "trade")][1] == ("1486000000000", "979000000000")
    known = assessed(city)
    titles = {each.id: each.title for each in known.project.evidence.sources.values()}
    cited = {
        name: {titles[source] for cells in known.ledger[name].cells for source in cells.sources}
        for name in ("visits.received", "visits.sent", "visits.visitors", "trade.total")
    }
    assert cited == {
        "visits.received": {"安澜日报（未注明标题和日期）", "安澜年鉴"},
        "visits.sent": {"市外办档案"},
        "visits.visitors": {"市文旅局（未注明文件名称）"},
        "trade.total": {"统计公报（未注明全称和日期）"},
    }
    assert known.ledger["visits.visitors"].value == 362000
    assert known.ledger["visits.visitors"].confidence == "stated"
    assert known.ledger["visits.visitors_status"].value == "provisional" and "visits.status" not in known.ledger


def test_a_fault_of_a_row_from_another_sheet_is_told_where_it_stands(city: Path) -> None:
    wrong: Rows = [*TRADE[:2], ["2025（快报）", 14860.0, 9790.0, None, "很多"], TRADE[3]]
    done = take(city, 团组=VISITS, 年度数字=wrong)
    assert done.code == 3
    assert "own.xlsx[年度数字] 第 3 行，入境过夜游客 列：  “很多”不是数字" in done.out, done.out


def test_two_numbers_of_a_year_are_told_by_the_rows_of_their_own_sheet(city: Path) -> None:
    twice: Rows = [*TRADE[:3], ["2025", 14860.0, 9790.0, None, 40.0], TRADE[3]]
    done = take(city, 团组=VISITS, 年度数字=twice)
    assert done.code == 3
    assert "own.xlsx[年度数字] 第 4 行，年份, 所填的数 列：" in done.out.replace("、", ", "), done.out
    assert "在第 3 行也出现，但内容不同" in done.out, done.out


def test_every_table_below_another_is_read_or_named(city: Path) -> None:
    done = take(city, 展会=[*EVENTS[:4], ["资料来源：安澜市外办"], *EVENTS[4:]])
    assert done.code == 0, done.out + done.err
    assert [(each["edition"], each["countries"]) for each in rows(city, "events")] == [("3", ">30"), ("4", "14")]
    left = "其他活动已略去：安澜石材展（每年）、友城市长论坛和世界安澜人大会暨经贸洽谈会（两年一届）"
    assert left in done.out, done.out


def test_a_list_of_bodies_above_a_heading_is_a_table(city: Path) -> None:
    table: Rows = [
        ["参加的国际组织："],
        ["1. 世界城市和地方政府组织（UCLG），2012年，会员"],
        ["2. 宜可城，2020年加入，理事"],
        ["资料来源：安澜市外办"],
        ["城市", "国际友城", "截至", "来源"],
        ["杭州", 34, "2024年", "杭州市外办"],
    ]
    done = take(city, 组织和城市=table)
    assert done.code == 0, done.out + done.err
    found = [(each["role"], each["from_date"]) for each in rows(city, "memberships")]
    assert found == [("member", "2012"), ("board", "2020")]
    assert len(rows(city, "peers")) == 1 and "表头之上的列表作为一张表读入" in done.out


def test_words_of_exchanges_stay_as_remarks_and_a_continent_is_told(city: Path) -> None:
    partners: Rows = [
        ["城市", "英文名", "国家", "洲", "签字时间", "关系类别", "近年交往", "来源"],
        ["翰坡市", "Hanpo", "美国", "北美洲", "1999年", "国际友城", "2025年市长来访", "年鉴"],
        ["艾伦港市", "Port Alen", "智利", "南美洲", "2009", "国际友城", "2023年互访", "年鉴"],
        ["小城", "Small Town", "德国", "欧洲", "2015", "友好交流", "—", "年鉴"],
    ]
    done = take(city, 友城=partners)
    assert done.code == 0, done.out + done.err
    found = [(each["contact"], each["note"]) for each in rows(city, "sister_cities")]
    assert found == [("active", "2025年市长来访"), ("inactive", "2023年互访")]
    assert "近两年指 2024—2025 年；原文记入备注" in done.out
    assert "大洲按所在国归入五大洲，不单列：北美洲、南美洲" in done.out
    assert "简报按本表的叫法称“友好交流城市”" in done.out


@pytest.mark.parametrize(
    ("kind", "english"), [("友好合作城市", "friendly cooperation cities"), ("友好交流城市", "exchange cities")]
)
def test_partners_have_one_english_name_after_what_the_sheet_calls_them(city: Path, kind: str, english: str) -> None:
    partners: Rows = [
        ["城市", "英文名", "国家", "签字时间", "类别", "来源"],
        ["翰坡市", "Hanpo", "美国", "1999", "友好城市", "年鉴"],
        ["小城", "Small Town", "德国", "2015", kind, "年鉴"],
    ]
    assert take(city, 友城=partners).code == 0
    (named,) = (row for row in rows(city, "names") if row["id"] == "exchange cities")
    assert (named["zh"], named["en"]) == (kind, english)


def test_a_plan_keeps_a_year_without_a_month_and_a_cost_that_is_estimated(city: Path) -> None:
    plan: Rows = [
        ["序号", "工作", "事项（英文）", "责任单位", "期限", "经费（万元）"],
        [1, "新缔结国际友城1个", "One new sister city", "市外办", "2026年", "30（估）"],
    ]
    done = take(city, 工作打算=plan)
    assert done.code == 0, done.out + done.err
    (task,) = rows(city, "plan")
    assert (task["due"], task["cost"]) == ("2026", "≈300000") and "“30万元（估）”读作约 30万元" in done.out
    assert assessed(city).ledger["argument.plan_1.by"].value == "2026"
    assert run("check", city).code == 0


@pytest.mark.parametrize(("way", "message"), [("2025年3月", "请写“来访”或“出访”"), ("3月", "日期要写出年份")])
def test_a_visit_that_is_not_counted_says_what_it_lacks(city: Path, way: str, message: str) -> None:
    visit = ["路过" if way == "2025年3月" else "来", way, "甲市市长", "安澜日报"]
    done = take(city, 团组=[VISITS[0], visit])
    assert done.code == 3 and message in done.out, done.out
