"""What an office's own lists leave to be understood is read and told: days, numbers of countries, visits."""

from dataclasses import replace

import pytest

from jianbao.core.documents import Problems
from jianbao.core.errors import Place
from jianbao.data.csv_files import rows_in
from jianbao.data.name_faults import HOME
from jianbao.intake.blocks import totals_below, totals_in_notes, totals_in_rows
from jianbao.intake.layouts import lay_out
from jianbao.intake.own_lists import note_lists_in_part, same_city, with_counts_alone, with_full_years
from jianbao.intake.sources import language_notes, with_language, with_parts_of_sources
from tests.intake.test_an_ordinary_workbook import visits
from tests.intake.test_one_round import SETTING, WORDS, sheet, texts_of

HEAD = "类型|时间|团组/活动|主要内容|备注"
COUNTED = "来访|2025.3.25|佐世保市长团|会见|"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "出访|2025年（暂定）|赴日本||未成行,转2026?",
            "did not take place or are only intended, so not counted: row 4 (未成行)",
        ),
        ("来访|2025年|城南市|青少年交流|意向", "not counted: row 4 (意向)"),
        (
            "来访|4月24日|海参崴市国际关系局(视频)|教育|年份待核;是否计入来访?",
            "by video are no visits, so not counted: row 4 (视频)",
        ),
        ("来访|2025.4.24|海参崴市|视频会见，谈教育|", "row 4 (视频会见)"),
        ("出访|2025-11-18|昆明,友好城市大会|发言|", "no visits abroad, so not counted: row 4 (昆明)"),
        ("其他|25/12/20|赴京拜会使馆|谈经贸|", "row 4 (赴京拜会使馆)"),
        ("出访|2024-11-18|市外办派员赴昆明参加大会|参会|", "row 4 (市外办派员赴昆明参加大会)"),
        ("出访|2024-11-18|市外办派员|参会(国内,暂记在此)|", "row 4 (国内)"),
        ("其他|2025.12|论坛|发言|国内", "row 4 (国内)"),
    ],
)
def test_a_visit_that_is_none_by_its_own_words_is_told_and_never_asked_about(row: str, said: str) -> None:
    counted, notes, asked = visits(COUNTED, row, head=HEAD)
    assert (counted, asked) == ({"2025 received": "1"}, "") and said in notes


@pytest.mark.parametrize(
    ("line", "stated", "noted"),
    [
        ("附:友好交往城市(部分)", "", True),
        ("附：友好交流城市（签意向书的，部分）", "", True),
        ("附:友好交往城市(部分)", "exchange_cities", False),
        ("友好交往城市一览表", "", False),
        ("友好城市（部分）", "", False),
    ],
)
def test_a_list_that_has_only_some_partners_and_no_total_is_told(line: str, stated: str, noted: bool) -> None:
    notes: Problems = []
    listed = replace(sheet("exchange_cities", "城市|国家", "北宁|越南"), remarks=(line,))
    note_lists_in_part({"exchange_cities": listed}, {stated}, WORDS, notes)
    assert [each.what.fields["text"] for each in notes] == ([line] if noted else [])


@pytest.mark.parametrize(
    "row",
    [
        "来访|2025.4|海参崴市（视频）|教育|按来访；计入",
        "来访|2025.4|平泽市代表团|签署友城意向书|",
        "来访|2025.4|乌拉圭驻华使馆|北京来访|国内",
        "来访|2025.4|昆明，东盟总领事团|座谈|",
        "来访|2025.4|首尔市|座谈，视频号直播|",
    ],
)
def test_a_visit_that_took_place_is_counted_whatever_else_it_mentions(row: str) -> None:
    assert visits(COUNTED, row, head=HEAD)[0] == {"2025 received": "2"}


def test_a_visit_whose_day_is_tentative_is_asked_about_once_and_counted_as_its_remark_says() -> None:
    counted, _, asked = visits(COUNTED, "出访|2025年（暂定）|赴日本||", head=HEAD)
    assert counted == {"2025 received": "1"} and asked.count("doubts whether it counts") == 1
    assert visits("出访|2025年（暂定）|赴日本||计入", head=HEAD)[0] == {"2025 sent": "1"}
    assert visits(COUNTED, "出访|2025年（暂定）|赴日本||；不计入", head=HEAD)[2] == ""


def test_a_day_without_a_year_is_asked_about_once() -> None:
    assert visits(COUNTED, "来访|4月24日|海参崴市|教育|年份待核", head=HEAD)[2].count("4月24日") == 1


def days(*cells: str) -> tuple[list[str], str]:
    """Return the days of a list, and what is noted."""
    notes: Problems = []
    listed = sheet("sister_cities", "城市|结好时间", *(f"城|{cell}" for cell in cells))
    return [row[1] for row in with_full_years(listed, WORDS, notes).rows], texts_of(notes)


@pytest.mark.parametrize(
    ("text", "beside", "meant"),
    [
        ("81/8/18", "1981-08-18", "1981-08-18"),
        ("81/8/18", "待核", "1981-08-18"),
        ("24/9/1", "2023年", "2024-09-01"),
        ("23/12/20", "2024.3.25", "2023-12-20"),
        ("98年6月", "", "1998-06"),
        ("98年6月5日", "", "1998-06-05"),
        ("05年6月", "", "2005-06"),
        ("85.9", "", "1985-09"),
    ],
)
def test_a_year_of_two_digits_is_read_where_only_one_reading_is_possible_and_told(
    text: str, beside: str, meant: str
) -> None:
    found, notes = days(beside, text)
    assert found[-1] == meant and f"'{text}' has a year of two digits, and is read as {meant}" in notes


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("24/9/1", ""),
        ("24/9/1", "1985.9.5"),
        ("03/04/05", "2004-01-01"),
        ("03/04/05", "1/2/2004"),
        ("12.5", "2024.3.25"),
        ("4月24日", "2024.3.25"),
        ("81/18/8", "1981-08-18"),
        ("45/99", "1981"),
    ],
)
def test_a_year_of_two_digits_that_is_not_clear_stays_as_it_is(text: str, beside: str) -> None:
    assert days(beside, text) == ([beside, text], "")


@pytest.mark.parametrize(
    ("text", "count", "note"),
    [
        ("10国及港台", "10", "read as 10 countries, beside which are the regions 港台"),
        ("12个国家和香港、澳门地区", "12", "香港、澳门地区"),
        ("美德日意等(列名8个)", "", "names some countries but not their total number"),
        ("16个", "16个", ""),
        ("13个国家和地区", "13个国家和地区", ""),
    ],
)
def test_a_number_of_countries_is_read_without_the_regions_beside_it_and_names_are_no_number(
    text: str, count: str, note: str
) -> None:
    notes: Problems = []
    read = with_counts_alone(sheet("events", "届次|国家和地区", f"第三届|{text}"), WORDS, notes)
    assert read.rows == (("第三届", count),) and note in texts_of(notes) and bool(notes) == bool(note)


@pytest.mark.parametrize(
    ("table", "head", "row", "asked"),
    [
        ("trade", "年份|进出口总额|出口|备注", "2024|1400||待核,等统计局回函", True),
        ("trade", "年份|进出口总额|出口|备注", "2024|1400||待核；计入", False),
        ("trade", "年份|进出口总额|出口|备注", "2023|||公报未找到", False),
        ("trade", "年份|进出口总额|出口|备注", "2023|1400||初步数", False),
        ("consulates", "领馆|开馆时间|备注", "朝鲜总领事馆|1986年|待核", True),
        ("consulates", "领馆|开馆时间|备注", "俄罗斯总领事馆|1991年|开馆时间待核", False),
        ("peers", "城市|友城数|进出口(亿元)|备注", "哈尔滨|30||友城待核", True),
        ("peers", "城市|友城数|进出口(亿元)|备注", "大连|30|4500|进出口待核", False),
    ],
)
def test_a_number_that_is_doubted_is_asked_about_unless_the_brief_has_no_use_for_it(
    table: str, head: str, row: str, asked: bool
) -> None:
    problems: Problems = []
    lay_out({table: sheet(table, head, row, above="外国驻连总领事馆2024年情况")}, WORDS, SETTING, problems, [])
    assert ("doubts whether it counts" in texts_of(problems)) == asked and len(problems) == asked


def test_a_number_that_is_said_not_to_count_stays_in_its_table_as_unverified() -> None:
    trade = sheet("trade", "年份|进出口总额|备注", "2023|1410|", "2024|1400|待核；不计入")
    read = lay_out({"trade": trade}, WORDS, SETTING, [], [])["trade"]
    assert [row[read.head.index("confidence")] for row in read.rows] == ["", "unverified"]


def test_a_source_that_is_called_the_same_as_above_has_its_name_and_keeps_what_stands_behind_it() -> None:
    cited = (
        "本办英文网 2024-08-14 http://wb.example.org/a",
        "同上(另一篇) http://wb.example.org/b",
        "“Hello”…Exchange Day,同上网站 2024-04-01 http://wb.example.org/c",
        "同上 2024-08-30",
        "同上级文件2024",
        "GlobeNewswire 2024-11-22 见“出访来访”6号",
    )
    read = with_parts_of_sources(sheet("visits", "时间|来源", *(f"2024|{each}" for each in cited)), WORDS, ["来源"])
    assert [row[1] for row in read.rows] == [
        cited[0],
        "本办英文网(另一篇) http://wb.example.org/b",
        "“Hello”…Exchange Day,本办英文网 2024-04-01 http://wb.example.org/c",
        "本办英文网 2024-08-30",
        cited[4],
        "GlobeNewswire 2024-11-22",
    ]


@pytest.mark.parametrize(
    ("title", "language", "note"),
    [
        ("GlobeNewswire 2024-04-29", "en", "read as a source in English"),
        ("China Daily 2022-10-17", "en", "read as a source in English"),
        ("本办英文网 2024-04-01", "en", "Chinese name of a source in another language"),
        ("presseportal(美通社) 2020-09", "zh", ""),
        ("安澜年鉴", "zh", ""),
    ],
)
def test_the_language_of_an_english_service_is_known_and_told(title: str, language: str, note: str) -> None:
    printed, known = with_language(title, {**WORDS, "places_abroad": ()})
    notes = language_notes(printed, known, Place("a"), WORDS)
    assert (printed, known) == (title, language) and note in texts_of(notes) and bool(notes) == bool(note)


@pytest.mark.parametrize(
    ("chinese", "english", "same"),
    [
        ("川崎", "KAWASAKI-shi", True),
        ("川崎市", "Kawasaki City", True),
        ("川崎", "Springfield", False),
        ("川口", "Kawasaki", False),
        ("川崎", "", False),
    ],
)
def test_a_city_is_another_one_unless_both_its_names_are_alike(chinese: str, english: str, same: bool) -> None:
    city = {"kind": "city", "zh": "川崎市", "en": "Kawasaki"}
    assert same_city(city, {"kind": "city", "zh": chinese, "en": english}, "zh") == same
    assert not same_city(city, {"kind": "body", "zh": chinese, "en": english}, "zh")


# Consulates in other cities

OF_ANLAN = {**WORDS, HOME: ("安澜", "安澜市", "Anlan")}
OF_GUANGZHOU = {**WORDS, HOME: ("Guangzhou", "广州", "广州市")}


@pytest.mark.fast
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("日本国驻上海总领事馆", False),
        ("泰国驻沪总领馆", False),
        ("日本国驻沈阳总领事馆驻大连领事办公室", False),
        ("意大利驻上海总领事馆签证处", False),
        ("美国驻中国上海总领事馆（浦东）", False),
        ("Consulate General of Japan in Shanghai", False),
        ("日本国驻安澜总领事馆", True),
        ("日本国驻上海总领事馆驻安澜领事办公室", True),
        ("美国驻安澜市总领事馆", True),
        ("驻我市总领事馆", True),
        ("Consulate General of Japan in Anlan", True),
        ("日本总领事馆", True),
        ("日本", True),
    ],
)
def test_a_consulate_whose_name_says_that_it_is_in_another_city_is_told_and_not_counted(
    name: str, counts: bool
) -> None:
    notes: Problems = []
    listed = sheet("consulates", "国家|机构全称|备注", f"日本|{name}|2025年3月来访；计入", above="领事机构名单")
    found = lay_out({"consulates": listed}, OF_ANLAN, SETTING, [], notes)["consulates"]
    assert [row["country"] for _, row in rows_in(found)] == (["日本"] if counts else [])
    assert ("are in another place" in texts_of(notes)) is not counts
    assert counts or "not counted: row 3 (日本)" in texts_of(notes)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("title", "counts"),
    [
        ("驻沪总领馆联系名单", 0),
        ("驻上海外国领事机构名单", 0),
        ("驻穗总领馆名单", 3),
        ("驻粤领事机构", 3),
        ("外国驻华领事机构名册", 3),
        ("驻我市领事机构", 3),
        ("驻穗及驻沪领馆、驻穗领馆名单", 3),
        ("与我市有联系的领事机构", 3),
    ],
)
def test_a_title_says_where_the_consulates_are_whose_names_do_not(title: str, counts: int) -> None:
    listed = sheet("consulates", "国家|机构全称", "日本|总领事馆", "韩国|", "美国|总领事馆", above=title)
    found = lay_out({"consulates": listed}, OF_GUANGZHOU, SETTING, [], [])["consulates"]
    assert len(found.rows) == counts


@pytest.mark.fast
def test_a_name_that_is_in_the_city_counts_in_a_list_of_another_and_no_doubt_elsewhere_is_asked_about() -> None:
    problems: Problems = []
    listed = sheet("consulates", "国家|机构全称|备注", "日本|日本驻穗总领馆|", "韩国||是否计入待核", above="驻沪总领馆")
    found = lay_out({"consulates": listed}, OF_GUANGZHOU, SETTING, problems, [])["consulates"]
    assert ([row["country"] for _, row in rows_in(found)], problems) == (["日本"], [])


@pytest.mark.fast
def test_a_total_of_consulates_in_another_city_is_none_of_the_city() -> None:
    rows = ("日本|日本国驻上海总领事馆", "合计|6家", "注：截至2025年6月，领事机构6家|")
    listed = sheet("consulates", "国家|机构全称", *rows, above="领事机构名册 截至2025年6月")
    assert [*totals_below(listed, OF_ANLAN), *totals_in_notes(listed, OF_ANLAN, [])] == []
    of_partners = sheet("sister_cities", "城市|国家", "北宁|越南", "注：截至2025年6月驻沪领事机构70家|")
    assert [*totals_in_notes(of_partners, OF_ANLAN, [])] == []
    labelled = sheet("", "指标|数量", "驻沪领事机构|70", "驻安澜领事机构|2")
    assert [each.value for each in totals_in_rows(labelled, OF_ANLAN).values()] == ["2"]


@pytest.mark.fast
def test_a_column_of_countries_may_stand_before_the_names_of_the_consulates() -> None:
    listed = sheet("consulates", "国家|馆名", "韩国|大韩民国驻安澜总领事馆", "日本|总领事馆", above="领事机构")
    found = lay_out({"consulates": listed}, OF_ANLAN, SETTING, [], [])["consulates"]
    assert [row["country"] for _, row in rows_in(found)] == ["大韩民国", "日本"]
