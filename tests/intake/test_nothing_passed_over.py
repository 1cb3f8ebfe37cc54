"""A column whose words change what is counted is read or asked about, and every column that is not read is told."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from jianbao.app.approval import approval_of
from jianbao.app.assess import Assessment, documents_of
from tests.workspaces import Done, assessed, run

pytestmark = pytest.mark.slow

Rows = Sequence[Sequence[object]]
LANGUAGES = ("zh", "en")
KINDS = ("友好城市", "友好城市", "友好合作关系城市", "友好合作关系城市")


def partners(**columns: Sequence[object]) -> list[list[object]]:
    """Return a list of four partners with further columns."""
    listed = [
        ("翰坡市", "Hanpo", "日本", "1999年9月9日", "安澜年鉴"),
        ("诺伊瓦尔德市", "Neuwald", "德国", "2005年3月", "安澜年鉴"),
        ("艾伦港市", "Port Alen", "美国", "2010-5-1", "安澜日报"),
        ("南港市", "South Harbour", "英国", "2015年", "安澜日报"),
    ]
    rows = [[*row, *(cells[at] for cells in columns.values())] for at, row in enumerate(listed)]
    return [["城市", "英文名", "国别", "结好日期", "来源", *columns], *rows]


@pytest.fixture(params=LANGUAGES)
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Return a new workspace in Chinese and English without examples; the program speaks either language."""
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", request.param)
    folder = tmp_path / "anlan"
    names = ("--name", "zh=安澜", "--name", "en=Anlan", "--event", "zh=海港大会", "--event", "en=Congress of Ports")
    office = ("--office", "zh=安澜市人民政府外事办公室", "--office", "en=Foreign Affairs Office of Anlan")
    assert run("new", folder, *names, *office, "--country", "CHN").code == 0
    assert run("examples", "remove", folder).code == 0
    return folder


def take(city: Path, *options: str, **sheets: Rows) -> Done:
    """Take in a workbook with these sheets."""
    book = Workbook()
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    book.remove(book["Sheet"])
    book.save(city.parent / "own.xlsx")
    return run("intake", city.parent / "own.xlsx", city, *(options or ("--yes",)))


def listed(city: Path, table: str, column: str) -> list[str]:
    with (city / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def shows(done: Done, *texts: str) -> bool:
    """Return whether one of the texts, in Chinese or English, is printed."""
    return any(text in done.out for text in texts)


@pytest.mark.parametrize("heading", ["性质", "结好情形"])
def test_kinds_of_partners_are_known_by_what_a_column_holds(city: Path, heading: str) -> None:
    done = take(city, 友城台账=partners(**{heading: KINDS}))
    assert done.code == 0, done.out + done.err
    assert listed(city, "sister_cities", "city") == ["Hanpo", "Neuwald"]
    assert listed(city, "exchange_cities", "city") == ["Port Alen", "South Harbour"]
    if heading == "结好情形":
        assert shows(done, "“结好情形”一列按内容读作“类别”", "'结好情形' is read as 类别, by what it holds")


@pytest.mark.parametrize(
    "kinds", [(*KINDS[:3], "民间"), ("市级友好城市", "市级友好城市", "省批友好合作城市", "省批友好合作城市")]
)
def test_a_column_that_parts_kinds_in_other_words_is_asked_about(city: Path, kinds: tuple[str, ...]) -> None:
    done = take(city, 友城台账=partners(结好情形=kinds))
    assert done.code == 3 and not listed(city, "sister_cities", "city"), done.out
    assert shows(done, "“结好情形”一列区分伙伴的类别", "'结好情形' parts kinds of partners") and kinds[-1] in done.out
    assert shows(done, "请把列名改为“备注”", "call it 备注")
    assert take(city, 友城台账=partners(备注=kinds)).code == 0
    assert len(listed(city, "sister_cities", "city")) == 4


def test_a_state_that_is_no_signed_tie_is_not_counted_whatever_its_column_is_called(city: Path) -> None:
    done = take(city, 友城台账=partners(类别=KINDS, 目前状态=("已签", "已签", "已签", "洽谈中")))
    assert done.code == 0, done.out + done.err
    assert listed(city, "exchange_cities", "city") == ["Port Alen"]
    assert shows(done, "只有意向、没有签约的不计入：南港市", "an intent is no signed tie, and is not counted: 南港市")


def test_exchanges_and_levels_are_known_by_what_columns_hold(city: Path) -> None:
    done = take(
        city, 友城台账=partners(与我市联系=("活跃", "停滞", "活跃", "较少"), 结好主体=("市", "市", "市", "区级"))
    )
    assert done.code == 0, done.out + done.err
    assert listed(city, "sister_cities", "contact") == ["active", "inactive", "active"]


def test_a_row_that_is_undone_by_a_column_of_its_own_is_asked_about(city: Path) -> None:
    sheet = partners(现况=("正常", "正常", "正常", "已终止"))
    done = take(city, 友城台账=sheet)
    assert done.code == 3 and not listed(city, "sister_cities", "city"), done.out
    assert shows(done, "[友城台账] 第 5 行，现况 列：  写着“已终止”", "'已终止' may mean that the row does not count")
    assert take(city, 友城台账=[row for row in sheet if "已终止" not in row]).code == 0


def test_columns_of_single_visits_and_of_yearly_figures_that_are_not_read_are_told(city: Path) -> None:
    visits: Rows = [["日期", "来访方", "级别", "附件"], ["2025年3月", "翰坡市", "市长", "见档案"]]
    trade: Rows = [["指标", "2024", "2025", "同比"], ["进出口总额（亿元）", 2270.3, 2301, "1.4%"]]
    done = take(city, "--readings", 外事接待=visits, 外贸=trade)
    assert shows(done, "来访方、级别、附件", "来访方, 级别, 附件"), done.out
    assert shows(done, "[外贸]：  简报不用的列：同比", "[外贸]:  columns that the brief does not use: 同比")


def test_what_the_brief_does_not_use_is_told_last_with_its_sheet_and_row_or_column(city: Path) -> None:
    visits: Rows = [["日期", "来访方", "级别", "来源"], ["2025年3月", "翰坡市", "市长", "安澜日报"]]
    trade: Rows = [
        ["指标", "单位", "2024", "2025"],
        ["进出口总额", "亿元", 2270.3, 2301],
        ["使用外资", "亿美元", 16.1, 10.5],
        ["机场国际旅客", "万人次", 38.5, 92.3],
        ["在市留学生", "人", 3050, 3200],
        ["资料来源：安澜海关"],
    ]
    for words in (("--yes",), ("--readings",)):
        done = take(city, *words, 外事接待=visits, 外贸=trade)
        assert done.code == 0, done.out
        before, _, last = done.out.partition(
            said_last := "没有用到，不写入数据" if "没有用到" in done.out else "Not used, so"
        )
        assert said_last in done.out and "使用外资" not in before
        rows = "使用外资（第 3 行）、机场国际旅客（第 4 行）、在市留学生（第 5 行）"
        assert rows in last or "使用外资 (row 3), 机场国际旅客 (row 4), 在市留学生 (row 5)" in last
        assert "[外事接待]" in last and "来访方" in last


def test_a_later_round_counts_what_the_last_one_told_and_begins_with_what_must_be_corrected(city: Path) -> None:
    listed = partners(备注=["", "是否计入再定", "", ""])
    first = take(city, 友好城市=listed)
    corrected = "须在送来的数据中更正" if "须在" in first.out else "To be corrected in the delivery"
    read = "读取时与原写法不同" if "须在" in first.out else "Read differently from how it is written"
    assert 0 == first.out.index(corrected) < first.out.index("  1. own.xlsx") < first.out.index(read), first.out
    again = take(city, 友好城市=listed)
    assert "  1. own.xlsx" in again.out and read not in again.out and "--readings" in again.out
    listed[2][-1] = "是否计入再定；计入"
    done = take(city, 友好城市=[*listed[:2], [*listed[2][:3], "2005年3月9日（约）", *listed[2][4:]], *listed[3:]])
    assert done.code == 0 and read in done.out and "2005年3月9日（约）" in done.out


def test_partners_whose_kind_is_in_doubt_stay_in_the_list_that_it_names_and_are_not_said_to_be_missing(
    city: Path,
) -> None:
    kinds = ["友好城市", "友好合作城市（待核）", "友好合作城市（意向）", "友好合作城市待核"]
    asked = take(city, 友城台账=partners(类别=kinds))
    assert asked.code == 3 and shows(asked, "这一行自己写着疑问：“友好合作城市（待核）”", "'友好合作城市（待核）'"), (
        asked.out
    )
    answered = [kinds[0], *(f"{kind}；不计入" for kind in kinds[1:])]
    done = take(city, 友城台账=partners(类别=answered))
    assert done.code == 0 and shows(done, "友好合作交流城市：0；不计入：第 3-5 行", ": 0; not counted: rows 3-5"), (
        done.out
    )
    assert listed(city, "sister_cities", "city") == ["Hanpo"]
    assert listed(city, "exchange_cities", "confidence") == ["unverified"] * 3
    texts = printed(city)
    assert "登记的友好合作城市待核" in texts and "友好合作城市没有登记" not in texts


def test_a_visit_that_does_not_count_is_not_said_to_be_missing_from_the_record(city: Path) -> None:
    head = ["时间", "来访或出访", "城市", "备注", "来源"]
    rows: Rows = [
        ["2025年3月", "来访", "翰坡市", "", "安澜日报"],
        ["2025年4月", "来访", "诺伊瓦尔德市", "过境；不计入", "安澜日报"],
    ]
    assert take(city, 友好城市=partners(), 互访=[head, *rows]).code == 0
    assert listed(city, "visits", "received") == ["1", ""]
    texts = printed(city)
    assert "往来情况未评定的友好城市3个：诺伊瓦尔德市" in texts and "写明不计的不在内" in texts
    assert "有无往来没有登记" not in texts and "往来情况没有登记" not in texts


def printed(city: Path) -> str:
    """Return every Chinese text that the newest edition prints."""
    known = assessed(city)
    return "".join(each.item.texts.get("zh", "") for each in approval_of(known, documents_of(known)).states)


def test_a_part_of_a_year_makes_a_date_no_more_precise_and_one_of_two_years_is_asked_about(city: Path) -> None:
    days = ["2025年上半年", "2005年底", "2010年年底", "2015年6月8日"]
    head, *rows = partners(备注=["", "", "", "日待核"])
    dated = [[*row[:3], day, *row[4:]] for row, day in zip(rows, days, strict=True)]
    assert take(city, 友好城市=[head, *dated]).code == 0
    assert listed(city, "sister_cities", "signed_on") == ["2025", "2005", "2010", "2015-06-08"]
    assert listed(city, "sister_cities", "confidence") == ["stated", "stated", "stated", "derived"]
    visits: Rows = [["时间", "来访或出访", "城市", "来源"], ["2024年底或2025年初", "来访", "翰坡市", "安澜日报"]]
    asked = take(city, 互访=visits)
    assert asked.code == 3 and shows(asked, "“2024年底或2025年初”写得不全", "says too little"), asked.out


def test_an_event_among_the_visits_may_be_answered_to_be_a_day_of_the_calendar(city: Path) -> None:
    head = ["时间", "来访或出访", "城市", "事由", "英文", "备注", "来源"]
    visit = ["2025年3月", "来访", "翰坡市", "市长访问", "", "", "安澜日报"]
    forum = ["2025年6月19日", "会议", "", "友城论坛", "Sister City Forum", "", "安澜日报"]
    calendar: Rows = [["日期", "类别", "事项", "事项英文", "来源"], ["2025-12-01", "活动", "灯会", "Lanterns", "年鉴"]]
    asked = take(city, 互访=[head, visit, forum])
    assert asked.code == 3 and shows(asked, "在备注末尾写“；日程”", "behind the remark ‘; calendar’"), asked.out
    done = take(city, 互访=[head, visit, [*forum[:5], "；日程", forum[6]]], 日程=calendar)
    assert done.code == 0, done.out
    assert shows(done, "列入日程：第 3 行", "days of the calendar: rows 3") and listed(city, "visits", "received") == [
        "1"
    ]
    assert listed(city, "calendar", "title_zh") == ["灯会", "友城论坛"]
    assert listed(city, "calendar", "day") == ["2025-12-01", "2025-06-19"]
    assert listed(city, "calendar", "kind") == ["event", "event"]
    assert listed(city, "calendar", "title_en") == ["Lanterns", "Sister City Forum"]


def test_a_changed_task_takes_the_place_of_the_old_one_and_one_that_is_gone_is_asked_about(city: Path) -> None:
    head = ["序号", "工作事项", "事项（英文）", "牵头单位", "完成时间"]
    visit = ["赴翰坡市访问", "Visit Hanpo", "市外办", "2026年5月"]
    guests = ["接待诺伊瓦尔德市代表团", "Receive Neuwald", "市外办", "2026年8月"]
    forum = ["办港口论坛", "Hold the forum", "市外办", "2026年9月"]

    def plan(*tasks: Sequence[object]) -> Rows:
        return [["2026年工作打算"], head, *([number, *task] for number, task in enumerate(tasks, 1))]

    def titles() -> dict[str, str]:
        return dict(zip(listed(city, "plan", "number"), listed(city, "plan", "title_zh"), strict=True))

    assert take(city, 工作打算=plan(visit, guests, forum)).code == 0
    reworded = ["接待德国诺伊瓦尔德市代表团", *guests[1:]]
    done = take(city, "--yes", "--accept-changes", 工作打算=plan(forum, visit, reworded))
    assert done.code == 0, done.out
    assert titles() == {"1": forum[0], "2": visit[0], "3": reworded[0]}
    gone = take(city, 工作打算=plan(forum, reworded))
    assert gone.code == 3 and "data/plan.csv:2" in gone.out and visit[0] in gone.out, gone.out
    path = city / "data" / "plan.csv"
    path.write_text("".join(each for each in path.read_text("utf-8").splitlines(True) if visit[0] not in each), "utf-8")
    assert take(city, 工作打算=plan(forum, reworded)).code == 0
    assert titles() == {"1": forum[0], "2": reworded[0]}
    assert run("check", city).code == 0


def test_a_doubt_in_the_cell_of_a_date_leaves_the_date_and_weakens_its_evidence(city: Path) -> None:
    days = ["2005年3月待核", "2005年3月，日期存疑", "待核：2005年3月", "2005-03（待确认）"]
    head, *rows = partners()
    done = take(city, 友好城市=[head, *([*row[:3], day, row[4]] for row, day in zip(rows, days, strict=True))])
    assert done.code == 0 and days[0] in done.out, done.out
    assert {*listed(city, "sister_cities", "signed_on")} == {"2005-03"}
    assert {*listed(city, "sister_cities", "confidence")} == {"derived"}
    assert listed(city, "sister_cities", "note") == days


SEVERAL = ["多国", "多国外宾", "多个国家和地区", "来自12个国家的嘉宾", "several countries", "各国使节", "拉美11国"]


@pytest.mark.parametrize("several", SEVERAL)
def test_guests_of_several_countries_are_no_delegation_received(city: Path, several: str) -> None:
    head = ["日期", "来访方", "国家/地区", "来访或出访", "来源"]
    named: Rows = [
        ["2025年3月", "翰坡市", "日本", "来访", "安澜日报"],
        ["2025年4月", "诺伊瓦尔德市", "德国、法国", "来访", "安澜日报"],
        ["2025年5月", "市经贸代表团", several, "出访", "安澜日报"],
    ]
    done = take(city, 互访=[head, *named, ["2025年9月", "国际青年创新周外宾", several, "来访", "安澜日报"]])
    assert done.code == 0, done.out + done.err
    assert (listed(city, "visits", "received"), listed(city, "visits", "sent")) == (["2", ""], ["", "1"])
    assert shows(done, f"不计作一批来访：第 5 行（{several}）", f"not counted: row 5 ({several})"), done.out


def test_a_row_with_two_sources_of_its_own_is_corroborated_and_one_with_those_of_its_table_is_not(city: Path) -> None:
    head, *rows = partners()
    sources = ("安澜年鉴；安澜日报", "安澜年鉴；安澜年鉴", "安澜日报", "安澜日报")
    rows = [[*row[:4], source] for row, source in zip(rows, sources, strict=True)]
    trade: Rows = [["年份", "进出口总额", "出口"], [2024, "2270.3亿元", "1400亿元"], ["资料来源：安澜海关、安澜统计局"]]
    done = take(city, 友城台账=[head, *rows], 外贸=trade)
    assert done.code == 0, done.out + done.err
    assert listed(city, "sister_cities", "confidence") == ["corroborated", *["stated"] * 3]
    assert listed(city, "trade", "confidence") == ["stated"]
    assert shows(done, "2 个来源，读作“多源一致”", "2 sources, read as 'corroborated'"), done.out


@pytest.mark.parametrize("heading", ["材料来源", "依据", "资料", "佐证材料"])
def test_usual_headings_of_sources_are_known(city: Path, heading: str) -> None:
    sheet = [[heading if cell == "来源" else cell for cell in row] for row in partners()]
    done = take(city, 友城台账=sheet)
    assert done.code == 0 and len(listed(city, "sister_cities", "source")) == 4, done.out + done.err


def test_two_columns_of_sources_both_count(city: Path) -> None:
    done = take(city, 友城台账=partners(佐证材料=("市志", None, "市志", "档案")))
    assert done.code == 0, done.out + done.err
    assert [len(cell.split(";")) for cell in listed(city, "sister_cities", "source")] == [2, 1, 2, 2]


OPENING: Rows = [
    ["指标", "单位", 2023, 2024, 2025],
    ["货物进出口", "亿元", 2161.1, 2270.3, "2301（快报）"],
    ["入境游客", "万人次", 9.6, 18.9, 25.1],
    ["资料：市统计局、安澜海关、机场集团"],
]
PLAN: Rows = [
    ["编号", "干什么", "谁牵头", "何时完成", "达到什么目标", "要多少钱", "事项（英文）", "目标（英文）"],
    [
        "一",
        "办好第四届海港大会",
        "市科技局",
        "2026年9月",
        "参加国家不少于32个",
        "80万元（部门预算）",
        "Hold it",
        "At least 32",
    ],
    ["（二）", "续签协议", "市外办", "2026年底", "友好城市12个", "20万", "Renew them", "12 sister cities"],
    ["三、", "便利来访", "市公安局", "2026年6月", "入境游客30万人次", "另报", "Ease visits", "300,000 visitors"],
]


def test_all_visitors_are_never_taken_as_those_who_stay_overnight(city: Path) -> None:
    done = take(city, 涉外指标=OPENING, 明年计划=PLAN)
    assert done.code == 0, done.out + done.err
    assert shows(
        done,
        "“入境游客”没有读入：简报只计入境过夜游客",
        "'入境游客' is not read, as the brief counts visitors who stay",
    )
    assert shows(done, "“入境游客30万人次”说的是入境游客", "'入境游客30万人次' is about all visitors")
    assert not (city / "data" / "visits.csv").read_text("utf-8").strip().splitlines()[1:]
    overnight = [[str(cell).replace("入境游客", "入境过夜游客") for cell in row] for row in OPENING]
    assert take(city, 涉外指标=overnight).code == 0
    assert listed(city, "visits", "visitors") == ["96000", "189000", "251000"]


def test_every_target_that_is_read_in_a_plan_is_told_with_its_indicator(city: Path) -> None:
    done = take(city, 明年计划=PLAN)
    assert shows(
        done,
        "“参加国家不少于32个”作为指标“活动的参加国家",
        "'参加国家不少于32个' is taken as the target of 'event_countries': 32",
    )
    assert shows(
        done,
        "“友好城市12个”作为指标“友好城市”的目标数：12",
        "'友好城市12个' is taken as the target of 'sister_cities': 12",
    )
    assert [row for row in listed(city, "plan", "counts") if row] == ["event_countries", "sister_cities"]


def test_tasks_are_numbered_in_chinese_and_costs_have_remarks(city: Path) -> None:
    assert take(city, 明年计划=PLAN).code == 0
    assert listed(city, "plan", "number") == ["1", "2", "3"]
    assert listed(city, "plan", "cost") == ["800000", "200000", ""]


def test_a_remark_behind_a_number_leaves_it_in_the_unit_of_its_row(city: Path) -> None:
    done = take(city, 涉外指标=OPENING)
    assert done.code == 0, done.out + done.err
    assert listed(city, "trade", "total")[-1] == "230100000000"
    assert (listed(city, "trade", "status")[-1], listed(city, "trade", "note")[-1]) == ("provisional", "快报")
    assert len(listed(city, "trade", "source")[-1].split(";")) == 3


def test_an_amount_without_a_unit_is_told_to_keep_its_remark(city: Path) -> None:
    done = take(city, 外贸=[["年份", "总额", "来源"], [2025, "2301（快报）", "统计局"]])
    hints = "在表头写明，如“出口（亿元）”，或在各数后写“亿元”，括注照留", "in the heading, such as exports (million)"
    assert done.code == 3 and shows(done, *hints), done.out
    assert take(city, 外贸=[["年份", "总额", "来源"], [2025, "2301亿元（快报）", "统计局"]]).code == 0
    assert listed(city, "trade", "status") == ["provisional"]


def test_a_body_that_is_named_by_its_abbreviation_has_its_chinese_name(city: Path) -> None:
    bodies: Rows = [["组织名称", "何时加入", "任何职", "来源"], ["ICLEI", "2018年", "会员", "安澜日报"]]
    done = take(city, 参加国际组织=bodies)
    assert done.code == 0, done.out + done.err
    assert "国际地方政府环境行动理事会" in listed(city, "names", "zh")


def test_a_body_with_a_name_in_latin_letters_is_taken_as_its_hint_says(city: Path) -> None:
    bodies: Rows = [["组织名称", "职务", "来源"], ["HCN", "会员", "安澜日报"]]
    done = take(city, 国际组织=bodies)
    assert done.code == 3 and shows(done, "请在同一行填写“英文名”", "fill in 'English name' in its row"), done.out
    named = [[*row, english] for row, english in zip(bodies, ("英文名", "Harbour Cities Network"), strict=True)]
    done = take(city, 国际组织=named)
    assert done.code == 0 and listed(city, "memberships", "organisation") == ["Harbour Cities Network"], done.out
    assert shows(done, "“HCN”没有中文名，中文页照此印出", "'HCN' has no Chinese name, so Chinese pages keep it")


def test_sheets_of_visits_received_and_sent_are_known_by_their_names(city: Path) -> None:
    received: Rows = [["日期", "来访方", "材料来源"], ["2024年4月", "翰坡市", "年鉴"], ["2025.3", "翰坡市", "年鉴"]]
    sent: Rows = [["年月", "团组", "材料来源"], ["2025年10月", "教育代表团", "年鉴"]]
    done = take(city, "--readings", 外事接待=received, 其他事项=[["甲", "乙", "丙"], ["一", "二", "三"]])
    assert shows(done, "互访（出访）", "Visits (出访)"), done.out
    assert take(city, 外事接待=received, 出访=sent, 出访计划=[*sent]).code == 0
    assert listed(city, "visits", "about") == ["received", "received", "sent"]
    assert listed(city, "visits", "received") == ["1", "1", ""] and listed(city, "visits", "sent") == ["", "", "1"]


@pytest.mark.parametrize(("heading", "term"), [("参加国家（个）", "国家"), ("参加国家和地区", "国家和地区")])
def test_a_column_of_countries_is_not_printed_as_one_of_regions_too(city: Path, heading: str, term: str) -> None:
    events: Rows = [["活动", "届", "时间", heading, "来源"], ["海港大会", 3, "2025年9月", 29, "年鉴"]]
    done = take(city, 会展论坛=events)
    assert done.code == 0, done.out + done.err
    assert shows(done, "简报按本表的叫法称“国家”", "the brief says '国家', as this sheet does") == (term == "国家")
    known = assessed(city)
    assert f"29个{term}参加" in printed(city)
    assert run("check", city).code == 0
    leaf = next(each for each in known.project.framework.indicators() if each.id == "event_countries")
    assert "国家" not in leaf.name["zh"] and "Countr" not in leaf.name["en"]
    for row in printed_rows(known):
        assert term == "国家和地区" or "国家和地区" not in row, row


def printed_rows(assessment: Assessment) -> list[str]:
    """Return the rows of all tables of the evidence volume, in Chinese."""
    sections = documents_of(assessment).briefs["evidence"].sections
    tables = [block.table for section in sections for block in section.blocks if block.table]
    return ["，".join(cell.text("zh") for cell in row) for table in tables for row in table.rows]


def test_an_unknown_country_is_one_fault_although_its_continent_cannot_be_derived(city: Path) -> None:
    rows = [["城市", "英文名", "国别", "结好日期", "来源"], ["翰坡市", "Hanpo", "乌有国", "1999年9月9日", "安澜年鉴"]]
    done = take(city, 友好城市=rows)
    assert done.out.count("乌有国") == 1 and "大洲" not in done.out and "ontinent" not in done.out, done.out


def test_a_word_in_place_of_a_number_is_a_fault_and_no_contradiction_too(city: Path) -> None:
    head, source = ("年份", "接待来访", "来源"), "安澜年鉴"
    assert take(city, 互访=[head, (2024, 34, source)]).code == 0
    done = take(city, 互访=[head, (2024, "三十四", source)])
    assert done.code == 3 and ("1 case is open" in done.out or "有 1 项待定" in done.out), done.out
