"""A ledger of an office that knows nothing of the program: what is no membership, no visit, and no task to come."""

import csv
from pathlib import Path

import pytest

from jianbao.core.documents import Problems
from jianbao.core.errors import Problem
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.intake.layouts import Choices, lay_out, of_plan
from jianbao.intake.years_in_columns import with_cities_by_year
from tests.intake.sample_files import Rows, workbook
from tests.intake.test_one_round import OFFICE, SETTING, WORDS, sheet, texts_of
from tests.workspaces import run

NO_CHOICES: Choices = {"counts": {}, "at_least": {}, "gap": {}}


def laid_out(listed: Sheet) -> tuple[list[dict[str, str]], str, str]:
    """Return the rows of a sheet as it is laid out, what is noted, and what is asked."""
    problems, notes = list[Problem](), list[Problem]()
    found = lay_out({listed.table: listed}, WORDS, SETTING, problems, notes)
    return [dict(row) for _, row in rows_in(found[listed.table])], texts_of(notes), texts_of(problems)


def bodies(*rows: str) -> tuple[list[tuple[str, str]], str]:
    """Return the bodies of a list with their roles, and what is noted."""
    read, notes, _ = laid_out(sheet("memberships", "组织|我市身份|备注", *rows))
    return [(row["组织"], row["我市身份"]) for row in read], notes


# Bodies


@pytest.mark.parametrize("role", ["未加入", "尚未加入", "未参加", "拟加入", "申请中", "正在申请", "已退出", "准备加入"])
def test_a_body_that_the_city_has_not_joined_is_told_and_not_asked_about(role: str) -> None:
    assert bodies(f"甲联盟|{role}|只登记", "乙联盟|会员|") == (
        [("乙联盟", "会员")],
        bodies(f"甲联盟|{role}|", "乙联盟|会员|")[1],
    )
    assert f"row 3 ({role})" in bodies(f"甲联盟|{role}|", "乙联盟|会员|")[1]


@pytest.mark.parametrize("role", ["获认证城市", "获授牌", "获评城市", "被授予称号", "认证城市", "称号"])
def test_what_the_city_was_granted_is_a_title(role: str) -> None:
    assert bodies(f"国际湿地城市|{role}|第二批")[0] == [("国际湿地城市", "称号")]


@pytest.mark.parametrize("role", ["参与（随省）", "会员", "为会员", "拟任执行局成员", "获批加入", ""])
def test_what_may_be_a_role_stays_as_it_is_written(role: str) -> None:
    assert bodies(f"甲机制|{role}|省是成员") == ([("甲机制", role)], "")


def test_a_seat_on_a_board_is_one_though_it_is_called_that_of_a_member() -> None:
    text = "当选世界理事会和执行局成员，全省首次"
    read, notes, _ = laid_out(sheet("memberships", "组织|情况|备注", f"甲组织|{text}|德班"))
    assert (read[0]["情况"], read[0]["备注"]) == ("理事", f"德班；{text}") and f"'{text}' is read as '理事'" in notes


def test_a_body_within_the_country_is_no_membership_unless_it_is_said_to_count() -> None:
    rows, notes = bodies("甲联合会|会员|国内组织，一并登记", "乙联合会|会员|国内组织；计入")
    assert rows == [("乙联合会", "会员")] and "row 3 (国内组织)" in notes


# Visits


def test_a_contact_by_video_is_neither_received_nor_sent_wherever_it_says_so() -> None:
    head = "日期|方向|国家/地区|来访（出访）单位|事由|形式|备注"
    rows = (
        "2020年5月|线上|日本|久留米市|贺信||形式待核",
        "2025.3|来访|日本|乙市|会谈|线上|",
        "2025.4|来访|日本|乙市|会谈||",
    )
    problems, notes = list[Problem](), list[Problem]()
    found = lay_out({"visits": sheet("visits", head, *rows)}, WORDS, SETTING, problems, notes)["visits"]
    assert [row["received"] for _, row in rows_in(found)] == ["1"] and not problems
    assert "row 3 (线上)" in texts_of(notes) and "row 4 (线上)" in texts_of(notes)


# Plans


def test_tasks_of_the_year_before_are_told_and_those_of_the_coming_year_are_the_plan() -> None:
    rows = (
        "2025|周年活动|5月|待核|",
        "|夏令营|7—8月|部分完成|转2026",
        "2025|接待|9月|已完成|",
        "2026|二十周年|10月|—|",
        "|标识整改|6月底前|已完成|",
    )
    read, notes, asked = laid_out(sheet("plan", "年度|事项|计划时间|完成情况|备注", *rows))
    assert [row["事项"] for row in read] == ["二十周年"] and not asked
    assert "years before 2026" in notes and "rows 3, 4, 5;" in notes and "dropped" in notes and "rows 7" in notes


def test_a_plan_whose_title_names_two_years_is_of_the_coming_one() -> None:
    title = "2025年计划完成情况及2026年工作计划"
    plan = of_plan(sheet("plan", "title_zh|due", "邀请外宾|9月", above=title), WORDS, SETTING, NO_CHOICES, [])
    assert [row["due"] for _, row in rows_in(plan)] == ["2026-09"]


# Other cities


def peers(title: str) -> tuple[list[tuple[str, str]], str]:
    """Return the years and numbers of a wide table of other cities, and what is noted."""
    notes: Problems = []
    listed = sheet("peers", "城市|2023年|2024年|备注", "南京|23|24|", above=title)
    found = with_cities_by_year(listed, WORDS, notes)
    return [(row.get("period", ""), row.get("value", "")) for _, row in rows_in(found)], texts_of(notes)


def test_years_of_other_cities_are_those_of_what_the_title_names() -> None:
    assert peers("兄弟城市国际友好城市数（个）")[0] == [("2023", "23"), ("2024", "24")]


def test_a_number_of_another_city_is_told_by_its_row_and_doubted_for_its_year_alone() -> None:
    rows = "南京|23|24|首个友城名古屋，1978年", "长沙|17|18|2024年数待核；不计入，另查"
    listed = sheet("peers", "城市|2023年|2024年|备注", *rows, above="各市友城数")
    found, problems = with_cities_by_year(listed, WORDS, []), list[Problem]()
    remarks = [(row["period"], row["备注"]) for _, row in rows_in(found)]
    assert remarks[2:] == [("2023", "另查"), ("2024", "2024年数待核；不计入，另查")] and "1978年" in remarks[0][1]
    lines = [found.origins[each].line if each in found.origins else each for each in found.numbers]
    assert lines == [3, 3, 4, 4] and len({*found.numbers}) == 4
    notes: Problems = []
    kept = lay_out({"peers": found}, WORDS, SETTING, problems, notes)["peers"]
    assert "rows 4" in texts_of(notes)
    assert [row.get("confidence") for _, row in rows_in(kept)][2:] == ["", "unverified"] and not problems


def test_a_consul_and_a_guest_by_video_are_no_visits_received() -> None:
    rows = "2025.9|接待|法国|驻上海总领事|拜会", "2025.5|来访|美国|市长|线上参会", "2025.6|来访|美国|市长|参会"
    found, notes, _ = laid_out(sheet("visits", "日期|方向|国家|单位|备注", *rows))
    assert found[0]["received"] == "1" and "驻上海总领事" in notes and "线上参会" in notes


@pytest.mark.parametrize("title", ["兄弟城市进出口对照（亿元）", "各市友城和进出口对照（亿元）", "各市情况"])
def test_years_of_what_the_brief_does_not_compare_are_told_and_not_read(title: str) -> None:
    read, notes = peers(title)
    assert read == [("", "")] and "not read" in notes and "are read as rows" not in notes


# Partners


def test_a_year_in_doubt_by_a_remark_is_weaker_evidence_and_a_day_in_doubt_is_none() -> None:
    rows = "甲市|日本|1986年|年份待核", "乙市|日本|2002年|月日待核", "丙市|日本|2003年|具体日期待核"
    read, notes, asked = laid_out(sheet("sister_cities", "城市|国家|结好日期|备注", *rows))
    assert [row.get("confidence", "") for row in read] == ["derived", "", ""] and not asked
    assert "rows 3" in notes


# The whole way


@pytest.mark.slow
def test_a_ledger_is_asked_once_about_roles_and_money_of_another_country_and_its_sources_are_read(
    tmp_path: Path,
) -> None:
    city = tmp_path / "own"
    assert run("new", city, "--languages", "zh-en", "--country", "CHN", "--empty", *OFFICE).code == 0
    trade: list[list[object]] = [
        ["年份", "进出口（亿元）", "来源", "备注"],
        [2019, "322亿美元", "甲市2024年统计公报", "当年公报用美元"],
        [2020, "2597左右", "甲市2024年统计公报", "约数"],
        [2018, "2100", "甲市2024年统计公报", "约数"],
        [2021, "3319", "甲市2024年统计公报", None],
    ]
    sources: Rows = [
        ["序号", "名称", "发布单位", "日期", "网址", "最后查看"],
        [1, "甲市2024年统计公报", "甲市统计局", "2025-03-28", "https://tj.example.cn/a.html", "2025.10"],
    ]
    visits: Rows = [
        ["日期", "方向", "国家/地区", "来访（出访）单位", "事由", "来源"],
        ["2022.11", "线上", "瑞士等", "缔约方大会", "颁证", "登记本2022"],
        ["2025.3", "来访", "日本", "乙市", "会谈", "登记本2025"],
    ]
    bodies: list[list[object]] = [
        ["组织", "英文名", "我市身份", "来源", "备注"],
        ["甲联盟", "Alliance A", "待核", "档案2020", "问教育局"],
        ["乙机制", "Mechanism B", "参与（随省）", "档案2020", "省是成员"],
    ]
    own = {"国际组织": bodies, "进出口": trade, "往来交流": visits, "数据来源及说明": sources}
    done = run("intake", workbook(city / "own.xlsx", own), city)
    assert "meetings by video" in done.out and "row 2 (线上)" in done.out, done.out
    assert "convert the amounts" in done.out and "‘; not counted’" in done.out, done.out
    asked = done.out.partition("Read")[0]
    assert asked.count("does not know this role") == 1 and "row 2" in asked and "row 3 '参与（随省）'" in asked, asked
    for row in bodies[1:]:
        row[4] = f"{row[4]}；不计入"
    trade[1][3] = "当年公报用美元；不计入"
    done = run("intake", workbook(city / "own.xlsx", own), city, "--yes")
    assert done.code == 0, done.out
    with (city / "data/trade.csv").open(encoding="utf-8") as file:
        totals = [(row["year"], row["total"]) for row in csv.DictReader(file) if "2018" <= row["year"] <= "2021"]
    assert sorted(totals) == [("2018", "≈210000000000"), ("2020", "≈259700000000"), ("2021", "331900000000")]
    assert "https://tj.example.cn/a.html" in (city / "data/sources.yml").read_text("utf-8")
