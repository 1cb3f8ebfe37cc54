"""Numbers of another basis: a part of a year, exchanges of other years, goals that count something else."""

import csv
from pathlib import Path

import pytest

from jianbao.app.intake import further_headings
from jianbao.core.documents import Problems
from jianbao.core.messages import NO_TEXT
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import months_of, part_of_year
from jianbao.intake.exchanges import exchange_partners_called
from jianbao.intake.labels import Labels
from jianbao.intake.layouts import SISTER_TIES, of_plan
from jianbao.intake.sheets import Setting
from jianbao.intake.sources import cited_source
from jianbao.intake.years_in_columns import with_counts_by_period, with_part_years, with_span
from tests.app.test_full_workspace import texts
from tests.intake.test_layouts import Rows, rows, taken_in
from tests.workspaces import run

VISITS_IN: Rows = [
    ["来访团组", "来访时间", "国别", "出处"],
    ["诺伊瓦尔德市代表团", "2024.9.18-21", "德国", "台账"],
    ["翰坡市议会", "2025年4月", "日本", "台账"],
]
VISITS_OUT: Rows = [["出访团组", "时间", "目的地", "出处"], ["市政府代表团", "2025年11月", "德国", "台账"]]
TRADE: Rows = [
    ["项目", "单位", "2023", "2024", "2025（1-11月）"],
    ["进出口总额", "亿元", "3580.3", "3877.3", "3691.5"],
    ["#出口", "亿元", "2248.6", "2389.9", "2356.0"],
    ["入境过夜游客", "万人次", "8.4", "17.6", "20.3"],
    ["来源：安澜海关；市统计局公报"],
]
PARTNERS: Rows = [
    ["编号", "国家", "城市", "英文名", "关系类别", "签约时间", "近年往来（次）", "信息出处"],
    ["A1", "日本", "翰坡市", "Hanpo", "国际友城", "1999年9月9日", 3, "年鉴"],
    ["A2", "德国", "诺伊瓦尔德市", "Neuwald", "国际友城", "2005.3", "无", "年鉴"],
    ["A3", "俄罗斯", "松滨市", "Matsuhama", "友好交流城市", "2016.8", "较多", "年鉴"],
    ["说明：类别以批复为准；“往来”为2023—2025年三年合计，疫情期间不计。", *[None] * 7],
]
PLAN: Rows = [
    ["序", "工作事项", "事项（英文）", "主责", "协办", "完成时限", "预期目标", "目标（英文）", "经费（万元）"],
    [
        1,
        "激活友城",
        "Revive ties",
        "外事处",
        "各相关处",
        "年底前",
        "三年有往来的友城不少于8个",
        "8 within three years",
        12,
    ],
    [2, "结好", "Sister city", "市商务局", None, "年底前", "友城达到9个", "9 sister cities", "随大会"],
]


@pytest.fixture(autouse=True)
def _in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")


@pytest.mark.fast
@pytest.mark.parametrize("text", ["1—9月", "一至十一月", "前三季度", "上半年", "Q3", "Jan–Nov", "截至11月"])
def test_a_part_of_a_year_is_known_by_its_words(text: str) -> None:
    assert part_of_year(further_headings()).search(f"2025（{text}）")


@pytest.mark.fast
@pytest.mark.parametrize("text", ["1-12月", "一至十二月", "全年", "快报数", "2025年1月公报", "11月", "5月3日"])
def test_a_whole_year_or_a_day_is_no_part_of_a_year(text: str) -> None:
    assert not part_of_year(further_headings()).search(text)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("2025（1-11月）", "2025-01/2025-11"),
        ("2025年一至十月", "2025-01/2025-10"),
        ("2025（截至9月底）", "2025-01/2025-09"),
        ("2025前三季度", "2025-01/2025-09"),
        ("2025下半年", "2025-07/2025-12"),
        ("2025 (Jan–Nov)", "2025-01/2025-11"),
        ("2025三季度", ""),  # alone, or with the two before it
        ("2025", ""),
    ],
)
def test_the_months_of_a_part_of_a_year_are_read_where_they_are_clear(text: str, months: str) -> None:
    assert months_of(text, further_headings()) == months


@pytest.mark.parametrize("cell", ["2025（1-11月）", "2025年1—11月", "2025年前三季度"])
def test_a_row_of_a_part_of_a_year_is_left_out_and_told_where_nothing_reads_it(cell: str) -> None:
    notes: Problems = []
    sheet = Sheet(table="trade", file="own", head=("年份", "总额"), rows=(("2024", "1"), (cell, "2")), numbers=(2, 3))
    kept = with_part_years(sheet, further_headings(), Setting(source=()), (), notes)
    assert kept.rows == (("2024", "1"),) and cell in str(notes[0].what)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("注：2021—2025年1-11月数", ["2024"]),
        ("2025年前三季度外贸情况", ["2024"]),
        ("注：2025年数据为1—11月累计", ["2024"]),
        ("注：2025年上半年受疫情影响，业务停办。", ["2024", "2025"]),
    ],
)
def test_a_text_around_the_table_may_say_that_a_year_is_not_whole(text: str, years: list[str]) -> None:
    notes: Problems = []
    sheet = Sheet(table="trade", file="own", head=("年份", "总额"), rows=(("2024", "1"), ("2025", "2")), numbers=(2, 3))
    kept = with_part_years(sheet, further_headings(), Setting(source=()), (text,), notes)
    assert [row[0] for row in kept.rows] == years


BY_QUARTER: Rows = [
    ["时间", "来访团组（批）", "因公出访（批）", "入境过夜游客"],
    ["2024年一季度", 6, 4, "0.9万"],
    ["2024年二季度", 9, "无", "约1.2万人次"],
    ["2024年7月", 2, 1, None],
    ["2025年一季度", 7, 5, "1.0万"],
    ["2025年上半年", 18, 12, "约2.4万人次"],
    ["来源：市外办礼宾处"],
]
QUARTERS_IN_COLUMNS: Rows = [
    ["年度", "项目", "一季度", "二季度", "全年", "备注"],
    ["2023年", "来访团组（批）", 3, 8, 11, None],
    ["2023年", "因公出访（批）", 2, 5, "约7", None],
    ["2024年", "来访团组（批）", 6, "—", "6", "待统计"],
    ["来源：市外办礼宾处"],
]


def visits_listed(*names: str) -> Sheet:
    rows = tuple(("2024年一季度", name) for name in names)
    numbers = tuple(range(2, 2 + len(rows)))
    head = ("时间", "来访团组")
    return Sheet(table="visits.received", file="own", head=head, rows=rows, numbers=numbers)


@pytest.mark.fast
def test_counts_by_quarter_are_not_single_visits_and_names_of_delegations_are() -> None:
    counts, names = visits_listed("6", "约9批"), visits_listed("翰坡市议会", "安澜友好代表团")
    found = with_counts_by_period({"visits.received": counts}, further_headings(), [], [])
    assert [(each.table, each.head[0]) for each in found.values()] == [("visits", "年份")]
    listed = {"visits.received": names}
    assert with_counts_by_period(listed, further_headings(), [], []) == listed


@pytest.mark.fast
def test_counts_of_visits_beside_a_column_of_ways_are_asked_about_and_not_counted() -> None:
    problems: Problems = []
    rows = (("2024年一季度", "来访", "6"), ("2024年一季度", "出访", "3"))
    sheet = Sheet(table="visits.own", file="own", head=("时间", "类别", "团组数"), rows=rows, numbers=(2, 3))
    assert not with_counts_by_period({"visits.own": sheet}, further_headings(), problems, [])
    assert "'团组数' counts visits" in str(problems[0].what) and "年份, 来访, 派出" in str(problems[0].hint)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("cells", "left"),
    [
        (("2024年", "2025年一季度"), []),
        (("2025年一季度", "2025年上半年"), ["row 2 (2025年一季度)"]),
        (("2025年一季度", "2025年二季度"), ["row 2 (2025年一季度)", "row 3 (2025年二季度)"]),
    ],
)
def test_a_first_quarter_is_read_only_where_its_year_has_no_other_row(cells: tuple[str, str], left: list[str]) -> None:
    notes: Problems = []
    rows = tuple((cell, "1") for cell in cells)
    sheet = Sheet(table="visits", file="own", head=("年份", "来访"), rows=rows, numbers=(2, 3))
    setting = Setting(source=(), part_years=frozenset({"visits"}))
    kept = with_part_years(sheet, further_headings(), setting, (), notes)
    assert len(kept.rows) == 2 - len(left) and all(any(text in str(each.what) for each in notes) for text in left)


@pytest.mark.parametrize("title", ["接待来访", "接待情况"])  # recognised by its name, or by its heading
def test_a_table_of_quarters_is_never_counted_as_visits(tmp_path: Path, title: str) -> None:
    done = taken_in(tmp_path / "new", **{title: BY_QUARTER})
    assert done.code == 0 and "逐次的往来" not in done.out, done.out + done.err
    assert "第 2 行（2024年一季度）、第 3 行（2024年二季度）、第 5 行（2025年一季度）" in done.out
    assert "第 4 行（2024年7月）" in done.out and "请填全年的数" in done.out
    cells = [*csv.DictReader((tmp_path / "new" / "data" / "visits.csv").read_text("utf-8").splitlines())]
    numbers = [(row["year"], row["received"], row["sent"], row["visitors"]) for row in cells]
    assert numbers == [("2025-01/2025-06", "18", "12", "≈24000")]


@pytest.mark.parametrize(
    ("title", "sheet", "columns", "names"),
    [
        ("互访", QUARTERS_IN_COLUMNS, "一季度、二季度、全年", "年份、接待来访、派出、入境过夜游客"),
        ("外贸", [["年份", "使用外资", "来源"], [2024, 22, "公报"]], "使用外资", "年份、总额、出口"),
    ],
)
def test_a_row_whose_numbers_are_all_in_other_columns_is_told_and_not_written(
    tmp_path: Path, title: str, sheet: Rows, columns: str, names: str
) -> None:
    done = taken_in(tmp_path / "new", **{title: sheet})
    assert done.code == 3 and f"在简报没有的列中（{columns}），没有读入" in done.out, done.out + done.err
    assert f"请改成每年一行、每项数一列：{names}" in done.out
    clear = run("intake", tmp_path / "new" / "own.xlsx", tmp_path / "new", "--clear-only", "--yes")
    assert clear.code == 0 and "没有剩下可写的行" in clear.out
    assert not rows(tmp_path / "new", "visits") and not rows(tmp_path / "new", "trade")


@pytest.mark.fast
def test_a_sheet_whose_name_fits_no_table_may_take_a_name_or_the_headings_of_one() -> None:
    hint = str(Labels.of({}).no_table("own.xlsx", ["情况"], ["visits", "trade"]).hint)
    assert hint == "name each sheet after one of these tables: visits, trade; or use the headings of one"


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("“往来”为2023—2025年三年合计", "3"),
        ("往来按近三年计", "3"),
        ("近五年往来", "5"),
        ("往来情况", ""),
        ("三年一次的合计", ""),
    ],
)
def test_a_note_says_of_how_many_years_the_exchanges_are(text: str, years: str) -> None:
    sheet = Sheet(table="sister_cities", file="own", head=("城市",), rows=(("翰坡",),), numbers=(2,))
    said = with_span(sheet, (text,), further_headings())
    assert (said.rows[0][-1] if "span" in said.head else "") == years


@pytest.mark.fast
@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("来源：合肥海关；市统计局公报", "合肥海关;市统计局公报"),
        ("出处：安徽日报、大会官网", "安徽日报;大会官网"),
        ("来源：合肥海关；2025年为快报数", "合肥海关"),
        ("来源：合肥海关，2025年为快报数；市统计局公报", "合肥海关;市统计局公报"),
        ("来源：教育、科技统计年鉴2024", "教育、科技统计年鉴2024"),
        ("来源：安澜市统计局《公报》", "公报"),
    ],
)
def test_a_note_may_name_several_sources(text: str, sources: str) -> None:
    cited = cited_source(text, further_headings())
    assert cited and cited[0] == sources


@pytest.mark.fast
@pytest.mark.parametrize(
    ("kinds", "called"),
    [
        (["友好城市", "友好交流城市", "友好交流城市"], "友好交流城市"),
        (["友好城市", "友好合作城市", "友好交流城市"], ""),  # in two ways
        (["友好城市", "友好交流"], "友好交流城市"),  # as the office calls the tie
        (["友好城市", "备忘录"], ""),  # a document is no name of cities
    ],
)
def test_partners_are_called_as_the_delivery_calls_all_of_them(kinds: list[str], called: str) -> None:
    cells = tuple((f"城市{number}", kind) for number, kind in enumerate(kinds))
    sheet = Sheet(table="sister_cities", file="own", head=("城市", "类别"), rows=cells, numbers=(2, 3, 4)[: len(cells)])
    assert exchange_partners_called({"sister_cities": sheet}, further_headings()) == called


def test_an_office_s_workbook_keeps_the_periods_and_the_bases_of_its_numbers(tmp_path: Path) -> None:
    done = taken_in(
        tmp_path / "new",
        结好城市=PARTNERS,
        开放型经济=TRADE,
        打算=PLAN,
        **{"大事（来访）": VISITS_IN, "大事（出访）": VISITS_OUT},
    )
    assert done.code == 0, done.out + done.err
    assert "不足全年的数连同月份印出，不与全年的数相比，也不评分：2025（1-11月）" in done.out
    trade = [*csv.DictReader((tmp_path / "new" / "data" / "trade.csv").read_text("utf-8").splitlines())]
    assert {len(row["source"].split(";")) for row in trade} == {2}, "both sources count for every row"
    assert "“三年有往来的友城不少于8个”计算的年限或对象与指标“有往来的伙伴”不同" in done.out
    assert "“友城达到9个”作为指标“友好城市”的目标数：9" in done.out
    assert any(row.startswith("exchange cities,term,友好交流城市,") for row in rows(tmp_path / "new", "names"))
    assert "简报按本表的叫法称“友好交流城市”" in done.out
    brief = " ".join(texts(tmp_path / "new").values())
    assert "友好交流城市1个" in brief and "合作" not in brief
    plan = [*csv.DictReader((tmp_path / "new" / "data" / "plan.csv").read_text("utf-8").splitlines())]
    assert [row["cost"] for row in plan] == ["120000", ""] and "不是数额，不印作经费：随大会" in done.out
    assert "伙伴的往来（按 3 年计）已逐个计数：有往来 2 个" in done.out
    assert [row.split(",")[0] for row in rows(tmp_path / "new", "trade")] == ["2023", "2024", "2025-01/2025-11"]
    cells = [*csv.DictReader((tmp_path / "new" / "data" / "visits.csv").read_text("utf-8").splitlines())]
    assert [(row["year"], row["received"], row["sent"], row["visitors"]) for row in cells] == [
        ("2023", "", "", "84000"),
        ("2024", "1", "", ""),
        ("2024", "", "", "176000"),
        ("2025", "1", "", ""),
        ("2025", "", "1", ""),
        ("2025", "", "", ""),
        ("2025-01/2025-11", "", "", "203000"),
    ]
    assert [(row["active"], row["span"]) for row in cells if row["about"] == "active"] == [("2", "3")]


def test_a_goal_of_exchanges_with_sister_cities_alone_counts_those_and_answers_the_gap_of_exchanges() -> None:
    setting = Setting(source=(), year=2025, all_partners=True)
    choices = {"counts": dict.fromkeys(("ties_active", SISTER_TIES), NO_TEXT), "gap": {"quiet": NO_TEXT}}
    head = ("number", "due", "cost", "goal_zh")
    goal = "两年内有往来的友好城市不少于4个"
    sheet = Sheet(table="plan", file="plan.csv", head=head, rows=(("1", "", "", goal),), numbers=(2,))
    done = of_plan(sheet, further_headings(), setting, choices, [])
    row = dict(zip(done.head, done.rows[0], strict=True))
    assert (row["counts"], row["at_least"], row["gap"]) == (SISTER_TIES, "4", "quiet")
