"""What a workbook says of its own data: up to which day they are, and which of its rows it doubts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from jianbao.app.approval import approval_of
from jianbao.app.assess import documents_of
from jianbao.app.intake import further_headings
from jianbao.core.documents import Problems
from jianbao.core.errors import Place
from jianbao.data.csv_files import Sheet
from jianbao.intake.blocks import Stated
from jianbao.intake.own_lists import data_until
from jianbao.intake.partners import sections_of, split_by_kind, with_kinds, with_totals
from jianbao.intake.remarks import doubt_in, note_doubts, with_doubts
from jianbao.intake.sheets import Setting, note_part_numbers, without_parts
from jianbao.intake.sources import with_source
from jianbao.intake.visits import with_visits
from tests.intake.sample_files import Rows, workbook
from tests.workspaces import Done, assessed, run

WORDS = further_headings()
EDITION = date(2025, 12, 31)
SETTING = Setting(source=("来源",), year=2025, part_years=frozenset({"visits"}))
OFFICE = ("--office", "zh=安澜市外事办公室", "--office", "en=Foreign Affairs Office of Anlan")


def sheet(table: str, head: str, *rows: str, above: Sequence[str] = (), title: str = "表") -> Sheet:
    """Return a sheet whose cells are parted by bars, with lines above its heading."""
    first = len(above) + 2
    cells = tuple(tuple(row.split("|")) for row in rows)
    lines = dict(enumerate(above, 1))
    numbers = tuple(range(first, first + len(rows)))
    named = Sheet(table=table, file=f"own.xlsx[{title}]", head=tuple(head.split("|")), rows=cells, numbers=numbers)
    return replace(named, heading=first - 1, above=lines)


def texts_of(notes: Problems) -> str:
    return " ".join(str(each.what) for each in notes)


# The day of the data


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("填报单位：市外办　　更新至2025年11月", date(2025, 11, 30)),
        ("截至2025年11月底", date(2025, 11, 30)),
        ("数据截至：2025年9月8日（快报）", date(2025, 9, 8)),
        ("统计截至2025.6.30，单位：个", date(2025, 6, 30)),
        ("截至2025年底", EDITION),
        ("Foreign Affairs Office, as of November 2025", date(2025, 11, 30)),
        ("Updated to 3 October 2025", date(2025, 10, 3)),
        ("截至2024年9月", None),
        ("市外办　　2025年11月", None),
        ("截至目前", None),
    ],
)
def test_the_day_of_the_data_is_that_above_a_table_and_of_a_month_the_last(line: str, day: date | None) -> None:
    problems: Problems = []
    notes: Problems = []
    listed = sheet("sister_cities", "城市|国家|结好时间", "翰坡市|日本|1999.9.9", above=[line])
    assert data_until({"sister_cities": listed}, WORDS, EDITION, problems, notes) == day
    assert not problems and bool(notes) == (day != EDITION and ("截至2" in line or day is not None))


def test_sheets_that_state_different_days_are_asked_about_once_and_a_line_about_all_data_decides() -> None:
    problems: Problems = []
    notes: Problems = []
    one = sheet("sister_cities", "城市|结好时间", "翰坡市|1999.9.9", above=["截至2025年7月"], title="友城")
    other = sheet("trade", "年份|总额", "2024|3", above=["更新至2025年11月"], title="外贸")
    assert data_until({"sister_cities": one, "trade": other}, WORDS, EDITION, problems, notes) is None
    assert len(problems) == 1 and "截至2025年7月" in texts_of(problems) and "更新至2025年11月" in texts_of(problems)
    whole = replace(other, above={1: "数据截至2025年11月15日"})
    assert data_until({"sister_cities": one, "trade": whole}, WORDS, EDITION, [], notes) == date(2025, 11, 15)


def test_rows_that_are_later_than_the_day_above_a_table_are_asked_about() -> None:
    problems: Problems = []
    one = sheet("sister_cities", "城市|结好时间", "翰坡市|1999.9.9", above=["截至2025年7月"])
    visits = sheet("visits", "日期|方向|城市", "2025.7.31|来|翰坡", "2025.10.12-16|来|翰坡", title="互访")
    assert data_until({"sister_cities": one, "visits": visits}, WORDS, EDITION, problems, []) is None
    assert "2025.10.12" in texts_of(problems) and "2025.7.31" not in texts_of(problems)


def test_visits_of_a_year_that_has_not_ended_are_counted_for_its_months() -> None:
    visits = sheet("visits", "日期|方向|城市", "2024.7.31|来|翰坡", "2025.3.12|来|翰坡")
    early = replace(SETTING, until=date(2025, 11, 30))
    counted = with_visits({"visits": visits}, None, WORDS, early, problems=[], notes=[])["visits"]
    assert [row[0] for row in counted.rows] == ["2024", "2025-01/2025-11"]


# Rows that doubt themselves


@pytest.mark.parametrize(
    ("remark", "doubt"),
    [
        ("区级(思明区)?待与思明区核对", "区级(思明区)?待与思明区核对"),
        ("签协议,是否列入友好交流城市再定", "是否列入友好交流城市再定"),
        ("对方称已结好,我办未查到协议,待核", "我办未查到协议，待核"),
        ("旧表抄录,待核", "待核"),
        ("是友城还是友好合作?请欧洲科核", "是友城还是友好合作?请欧洲科核"),
        ("性质待核", "性质待核"),
        ("系省级友好省州,我市对口联系", "系省级友好省州"),
        ("whether it counts is to be decided", "whether it counts is to be decided"),
        ("旧表抄录,时间待核", ""),
        ("协会成立日为1985-4-12,协议签署日待查档", ""),
        ("日期存疑:网站称2007年签协议", ""),
        ("原写待核,已与省外办核对", ""),
        ("存疑；经核实，2025年已确认", ""),
        ("名称按协议文本核一下", ""),
        ("具体日期查档补", ""),
        ("市、州两种写法都见过", ""),
        ("the date is to be confirmed", ""),
        ("我市第一个友城。2023年举办活动", ""),
        ("是否已签备忘录待核", "是否已签备忘录待核"),
        ("名称待核，已核", ""),
        ("对口单位待核", ""),
    ],
)
def test_a_doubt_is_about_whether_a_row_counts_and_not_about_a_detail_or_one_that_is_settled(
    remark: str, doubt: str
) -> None:
    assert doubt_in(remark, WORDS) == doubt


def test_rows_that_doubt_themselves_are_asked_about_together_with_the_two_ways() -> None:
    rows = ("翰坡市|待核", "诺伊瓦尔德市|", "南港市|是否列入再定", "北港市|待核；计入", "西港市|待核；不计入")
    problems: Problems = []
    notes: Problems = []
    read = with_doubts(sheet("sister_cities", "城市|备注", *rows), WORDS, problems, notes)
    assert [each.where.line for each in problems] == [2, 4] and len({each.hint for each in problems}) == 1
    assert "not counted" in str(problems[0].hint) and "'待核'" in texts_of(problems)
    assert [row[2] for row in read.rows] == ["", "", "", "", "unverified"] and "6" in texts_of(notes)


@pytest.mark.parametrize(("evidence", "asked"), [("未核实", 0), ("", 1)])
def test_a_doubted_row_whose_evidence_says_that_it_is_unverified_is_not_asked_about(evidence: str, asked: int) -> None:
    problems: Problems = []
    with_doubts(sheet("sister_cities", "城市|备注|证据", f"翰坡市|待核|{evidence}"), WORDS, problems, [])
    assert len(problems) == asked


def test_a_note_below_a_table_that_doubts_its_number_is_told() -> None:
    notes: Problems = []
    texts = {9: "注：1.省外办口径22对，与本表相差1对，待核对补齐。2.标黄的为疑似重复。3.空格为未查到，不是零。"}
    note_doubts(texts, "own.xlsx[表]", WORDS, notes)
    assert len(notes) == 1 and "相差1对，待核对补齐" in texts_of(notes)


def test_a_row_that_is_not_counted_is_no_row_that_is_listed() -> None:
    listed = sheet("sister_cities", "city|confidence", "翰坡市|", "南港市|unverified")
    stated = Stated(indicator="sister_cities", value="2", period="2025", place=Place("own.xlsx[表]", 9))
    notes: Problems = []
    found = with_totals({"sister_cities": listed}, [stated], "总数", words=WORDS, setting=SETTING, notes=notes)
    assert found["totals"].file == "own.xlsx[总数]" and "lists 1" in texts_of(notes)


# Headings between lists, parts of totals, rows without a source


@pytest.mark.parametrize("heading", ["附:友好交流城市(地区)", "附：友好交流城市", "二、友好交流城市"])
def test_a_heading_below_a_list_begins_one_of_another_kind(heading: str) -> None:
    pairs = [(4, ("1", "翰坡市", "日本")), (6, (heading, "", "")), (7, ("1", "南港市", "英国"))]
    sections, kept = sections_of(pairs, WORDS)
    assert sections == {6: heading} and len(kept) == 2
    listed = replace(sheet("sister_cities", "序号|城市|国家"), numbers=(4, 7), rows=tuple(row for _, row in kept))
    assert [row[-1] for row in with_kinds(listed, sections, WORDS).rows] == ["友好城市", "友好交流城市"]


def test_headings_of_continents_begin_no_kind_and_one_of_something_else_is_asked_about() -> None:
    listed = replace(sheet("sister_cities", "城市|国家", "甲|", "乙|", "丙|"), numbers=(2, 5, 8))
    assert with_kinds(listed, {1: "一、亚洲", 4: "二、欧洲"}, WORDS) == listed
    found = with_kinds(listed, {4: "附：友好交流城市", 7: "三、意向城市"}, WORDS)
    assert [row[-1] for row in found.rows] == ["友好城市", "友好交流城市", "意向城市"]
    problems: Problems = []
    split_by_kind({"sister_cities": found}, WORDS, problems)
    assert "意向城市" in texts_of(problems)


def test_parts_of_the_total_of_a_year_are_left_out_and_told() -> None:
    rows = ("2021|全市|8876", "2021|其中:东盟|1629", "2021|美国|1132", "2022|全市|9000", "2022|#欧盟|982")
    notes: Problems = []
    kept = without_parts(sheet("trade", "年份|项目|进出口总值", *rows), WORDS, notes)
    assert [row[0] for row in kept.rows] == ["2021", "2022"] and "其中:东盟, 美国, #欧盟" in texts_of(notes)
    measures = sheet("trade", "指标|2021年|2022年", "进出口|1|2", "其中：出口|1|1")
    assert without_parts(measures, WORDS, notes) == measures


def test_a_number_of_a_part_of_a_year_in_a_remark_is_offered() -> None:
    notes: Problems = []
    trade = sheet(
        "trade", "年份|总额|备注", "2019||1-10月5192.3亿元,增4.4%", "2022||上半年4443.2亿元", "2023||请商务局提供"
    )
    note_part_numbers(trade, [2, 3, 4], WORDS, notes)
    assert len(notes) == 1 and "1-10月5192.3亿元" in texts_of(notes) and "上半年4443.2亿元" in texts_of(notes)


@pytest.mark.parametrize("table", ["sister_cities", "trade", "visits.received", "consulates", "peers", "events"])
def test_rows_of_an_offices_own_table_without_a_source_have_that_table_as_theirs(table: str) -> None:
    notes: Problems = []
    listed = sheet(table, "城市|source", "翰坡市|安澜年鉴", "南港市|", above=["安澜市一览表（单位：亿元）"])
    assert [row[1] for row in with_source(listed, (), WORDS, notes).rows] == ["安澜年鉴", "安澜市一览表"]
    assert "rows 4 name no source, so it is the sheet itself: 安澜市一览表" in texts_of(notes)
    none = sheet(table, "城市|source|备注", "翰坡市||", above=["安澜市一览表"])
    assert with_source(none, ("注：数字未附出处，须核对",), WORDS, notes).rows[0][2] == "安澜市一览表（未附出处）"


def test_a_table_without_a_title_has_no_source_by_itself() -> None:
    trade = sheet("trade", "年份|source", "2024|安澜年鉴", "2025|")
    assert with_source(trade, (), WORDS, []) == trade
    trade = sheet("trade", "年份|source", "2024|")
    assert with_source(trade, (), WORDS, []) == trade


# A whole workbook


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new workspace in Chinese and English, with an event of its own and no examples."""
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    folder = tmp_path / "anlan"
    names = ("--name", "zh=安澜", "--name", "en=Anlan", "--event", "zh=海港大会", "--event", "en=Congress of Ports")
    assert run("new", folder, *names, *OFFICE, "--country", "CHN").code == 0
    assert run("examples", "remove", folder).code == 0
    return folder


def take(city: Path, *options: str, **sheets: Rows) -> Done:
    """Take in a workbook with these sheets."""
    return run("intake", workbook(city.parent / "own.xlsx", sheets), city, *options)


def printed(city: Path) -> str:
    """Return every Chinese text that the newest edition prints."""
    known = assessed(city)
    return "".join(each.item.texts.get("zh", "") for each in approval_of(known, documents_of(known)).states)


PARTNERS: Rows = [
    ["安澜市国际友好城市一览表"],
    ["填报单位：市外办　　更新至2025年11月"],
    ["城市", "英文名", "国家", "结好时间", "来源", "备注"],
    ["翰坡市", "Hanpo", "日本", "1999-9-9", "安澜年鉴", ""],
    ["诺伊瓦尔德市", "Neuwald", "德国", "2005-3-1", "安澜年鉴", ""],
]


@pytest.mark.slow
def test_the_day_of_the_data_reaches_the_edition_and_is_told(city: Path) -> None:
    visits = [["日期", "来访或出访", "城市", "来源"], ["2025年3月5日", "来访", "翰坡", "安澜日报"]]
    done = take(city, "--yes", 友好城市=PARTNERS, 来访出访=visits)
    assert done.code == 0, done.out + done.err
    assert "as_of: 2025-11-30" in (city / "data" / "editions.yml").read_text("utf-8")
    assert (
        "“更新至2025年11月”：简报的数据截止日期为 2025-11-30" in done.out and "数据截止日期（2025-11-30）" in done.out
    )
    assert "2025年1—11月登记的来访团组1批；不足全年，不与上年相比" in printed(city)
    again = take(city, "--yes", 友好城市=PARTNERS, 来访出访=visits)
    assert again.code == 0 and "没有新内容" in again.out and run("check", city).code == 0


@pytest.mark.slow
def test_a_doubted_row_is_counted_or_stays_out_of_the_brief_as_its_remark_says(city: Path) -> None:
    doubted = [*PARTNERS[:4], [*PARTNERS[4][:5], "区级？待核"]]
    done = take(city, "--yes", 友好城市=doubted)
    assert done.code == 3 and "“区级？待核”" in done.out and "“；不计入”" in done.out
    done = take(city, "--yes", 友好城市=[*doubted[:4], [*PARTNERS[4][:5], "区级？待核；不计入"]])
    assert done.code == 0, done.out + done.err
    assert "unverified" in (city / "data" / "sister_cities.csv").read_text("utf-8")
