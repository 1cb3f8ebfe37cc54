"""An office's workbook is asked about once: what a program can know of it is read and told, and no doubt is dropped."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from jianbao.app.intake import further_headings, known_cities_and_bodies
from jianbao.core.documents import Problems
from jianbao.core.errors import Problem
from jianbao.core.messages import NO_TEXT
from jianbao.data.csv_files import Sheet, heading_row, named_columns
from jianbao.intake.blocks import totals_below, totals_beside, totals_in_notes, without_sides
from jianbao.intake.bodies import bodies_and_events, consulates_by_country, without_other_kinds
from jianbao.intake.exchanges import with_active, with_contacts
from jianbao.intake.heads import blocks_of
from jianbao.intake.layouts import lay_out, of_one_event, of_plan
from jianbao.intake.partners import with_cities_apart
from jianbao.intake.remarks import decided_plan, full_width
from jianbao.intake.sheets import Setting
from jianbao.intake.sources import cited_source, places_abroad, same_source, title_as_source, with_language
from tests.intake.sample_files import Rows, workbook
from tests.workspaces import Done, run

WORDS = further_headings()
SETTING = Setting(source=("来源",), year=2025)
BLANK: list[object] = []
OFFICE = ("--office", "zh=安澜市外事办公室", "--office", "en=Foreign Affairs Office of Anlan")
TOTALS = "indicator", "value", "period"


def sheet(table: str, head: str, *rows: str, above: str = "", first: int = 3) -> Sheet:
    """Return a sheet whose cells are parted by bars; an empty text is a blank row."""
    cells = [tuple(row.split("|")) for row in rows]
    kept = [(first + at, row) for at, row in enumerate(cells) if any(row)]
    numbers, lines = tuple(number for number, _ in kept), tuple(row for _, row in kept)
    named = Sheet(table=table, file="own.xlsx[表]", head=tuple(head.split("|")), rows=lines, numbers=numbers)
    return replace(named, heading=2, above={1: above} if above else {})


def texts_of(notes: Problems) -> str:
    return " ".join(str(each.what) for each in notes)


# Headings and tables on one sheet


def test_a_heading_that_is_spaced_out_is_read_without_the_blanks() -> None:
    assert named_columns(["国 家", "备　注", "English name", ""]) == ["国家", "备注", "English name", "#4"]


def test_a_heading_of_the_same_name_has_a_number_and_is_no_fault() -> None:
    assert named_columns(["年度", "同比", "同比"]) == ["年度", "同比", "同比（2）"]


def test_the_second_row_of_a_heading_is_not_taken_for_it_by_names_that_repeat() -> None:
    rows = [["年度", "进出口", "出口", "备注"], ["年度", "总额", "总额", "总额"], ["2024", "1", "2", ""]]
    assert heading_row(rows, {"年度", "进出口", "出口", "总额", "备注"}, True) == 0


@pytest.mark.parametrize("blank", ["", "分市场||"], ids=["a blank row", "a title"])
def test_tables_below_another_begin_at_a_title_or_behind_a_blank_row(blank: str) -> None:
    below = ("", blank) if blank else ("",)
    whole = sheet("trade", "年度|总额|备注", "2024|1|", *below, "年度|出口|备注", "2023|2|")
    first, second = blocks_of(whole, {"年度", "总额", "出口", "备注"})
    assert (first.rows, second.head[1]) == ((("2024", "1", ""),), "出口")


def test_a_table_below_may_have_a_heading_in_two_rows_and_columns_that_are_not_known() -> None:
    whole = sheet("trade", "年度|总额|备注", "2024|1|", "", "分市场||", "市场|一季度|占比", "东盟|2|3%")
    assert [each.head for each in blocks_of(whole, {"年度", "总额"})] == [
        ("年度", "总额", "备注"),
        ("市场", "一季度", "占比"),
    ]


def test_a_heading_that_is_repeated_begins_no_other_table() -> None:
    whole = sheet("trade", "年度|总额|备注", "2024|1|", "", "年度|总额|备注", "2023|2|")
    (only,) = blocks_of(whole, {"年度", "总额", "备注"})
    assert [row[0] for row in only.rows] == ["2024", "2023"]


# Totals


def test_a_sum_below_a_list_states_the_total_with_its_day_and_source() -> None:
    partners = sheet(
        "sister_cities",
        "序号|国家|城市|备注",
        "1|日本|甲市|",
        "合计|28个国家|30个|按2025.7.19口径",
        "总数口径来源:新华社2025-07-19。|||",
        above="友城一览表",
    )
    found = [(each.indicator, each.value, each.period, each.source) for each in totals_below(partners, WORDS)]
    assert found == [
        ("sister_cities", "30", "2025.7.19", "新华社2025-07-19"),
        ("sister_countries", "28", "2025.7.19", "新华社2025-07-19"),
    ]


def test_a_number_in_a_sum_that_counts_something_else_is_no_total() -> None:
    partners = sheet("sister_cities", "序号|城市|往来次数", "1|甲市|3", "合计||57")
    assert [*totals_below(partners, WORDS)] == []


def test_a_table_of_totals_beside_a_list_is_cut_off_and_read() -> None:
    whole = sheet(
        "sister_cities",
        "国家|城市|#3|时点|友城总数(个)|国家数",
        "日本|甲市||2017年底|69|",
        "韩国|乙市||2025.7|约95|54",
        "||||另有7个|",
        above="一览表 附:历年“朋友圈”总数",
    )
    main, side = without_sides(whole, WORDS)
    assert main.head == ("国家", "城市") and len(main.rows) == 2 and side is not None
    found = [(each.indicator, each.value, each.period) for each in totals_beside(side, "来源", WORDS, [])]
    assert found == [
        ("partners", "69", "2017年底"),
        ("partners", "约95", "2025.7"),
        ("partner_countries", "54", "2025.7"),
    ]


def test_a_list_of_consulates_says_of_which_day_it_is() -> None:
    listed = sheet("consulates", "国家|备注", "日本|", "韩国|", above="领事机构名册 截至2025年6月")
    assert [(each.value, each.period) for each in totals_below(listed, WORDS)] == [("2", "2025年6月")]


@pytest.mark.parametrize(
    ("note", "stated"),
    [
        ("注:截至2024年9月友好合作城市共40个,本表先录入24个", [("exchange_cities", "40", "2024年9月")]),
        ("注：驻安澜领事机构2家——日本（1993年设）、韩国（2012年8月29日设）", [("consulates", "2", "")]),
        (
            "注：友好城市10个，友好合作城市约40个，截至2025年底",
            [("sister_cities", "10", "2025年底"), ("exchange_cities", "约40", "2025年底")],
        ),
        ("注：其中友好城市3个有往来，新增友城2个，另有领事机构1家在建", []),
        ("注：友好城市共10个以上；另有友好城市5个待补", []),
    ],
)
def test_a_note_below_a_table_states_totals_of_what_it_counts_in_all(note: str, stated: list[tuple[str, ...]]) -> None:
    notes: Problems = []
    found = totals_in_notes(sheet("events", "名称|时间|备注", "甲会|2025|", f"{note}||"), WORDS, notes)
    assert [(each.indicator, each.value, each.period) for each in found] == stated and len(notes) == len(stated)


# Partners and their exchanges


def test_several_cities_in_a_cell_are_a_row_each_and_told() -> None:
    notes: Problems = []
    found = with_cities_apart(sheet("exchange_cities", "国家|城市(州)|时间", "韩国|甲、乙、丙|"), WORDS, [], notes)
    assert [row[1] for row in found.rows] == ["甲", "乙", "丙"] and "甲、乙、丙" in texts_of(notes)
    assert {place.line for place in found.origins.values()} == {3}


def test_several_cities_with_another_number_of_english_names_are_asked_about() -> None:
    problems: Problems = []
    with_cities_apart(sheet("exchange_cities", "国家|城市|英文名", "韩国|甲、乙|Ga"), WORDS, problems, [])
    assert [each.where.line for each in problems] == [3]


def test_a_blank_state_of_exchange_is_filled_by_visits_of_two_years_and_a_filled_one_stays() -> None:
    visits = sheet(
        "visits",
        "日期|方向|城市",
        "2025.5|来|甲城",
        "2024年7月|来|乙城市、丁城(韩)",
        "2019|出|丙城",
        "2025|来|德国戊城",
    )
    partners = sheet(
        "sister_cities",
        "国家|城市|往来",
        "日本|甲城市|",
        "日本|乙城市|停滞",
        "日本|丙城市|",
        "韩国|丁城市|",
        "德国|戊城市|",
    )
    notes: Problems = []
    found, contacts = with_contacts({"sister_cities": partners, "visits": visits}, WORDS, SETTING, notes)
    assert [row[2] for row in found["sister_cities"].rows] == ["active", "inactive", "", "active", "active"]
    assert "甲城市（2025）" in texts_of(notes) and "丙城" not in texts_of(notes)
    assert contacts and (contacts.met, contacts.states["inactive"]) == (3, 1)


@pytest.mark.parametrize(
    ("state", "judged", "confidence", "cited"),
    [
        ("", "0", "derived", "互访记录表"),
        ("有", "0", "", "友好城市名单;互访记录表"),
        ("无", "2", "derived", "友好城市名单;互访记录表"),
    ],
)
def test_partners_met_by_visits_alone_are_no_judgement_of_the_others_and_cite_the_visits(
    state: str, judged: str, confidence: str, cited: str
) -> None:
    visits = sheet("visits", "日期|方向|城市", "2025.5|来|甲城", above="互访记录表")
    partners = sheet(
        "sister_cities",
        "国家|城市|往来",
        "日本|甲城市|",
        f"日本|乙城市|{state}",
        *(["日本|丙城市|"] if state != "无" else []),
        above="友好城市名单",
    )
    _, contacts = with_contacts({"sister_cities": partners, "visits": visits}, WORDS, SETTING, [])
    assert contacts
    active = with_active(contacts, SETTING, [])
    row = dict(zip(active.head, active.rows[0], strict=True))
    assert (row["judged"], row["confidence"], row["source"]) == (judged, confidence, cited)


def test_a_newly_signed_partner_had_an_exchange_if_it_signed_within_two_years() -> None:
    partners = sheet("exchange_cities", "城市|签约日期|现状", "甲|2024.11|新结", "乙|2019|新结", "丙||新结")
    partners = replace(partners, head=("城市", "签约日期", "往来"))
    found, _ = with_contacts({"exchange_cities": partners}, WORDS, SETTING, [])
    assert [row[2] for row in found["exchange_cities"].rows] == ["active", "新结", "新结"]


# Bodies, sources, punctuation, units

MIXED = sheet(
    "memberships",
    "类型|名称|时间|我市角色|参加国家(地区)/单位|备注",
    "国际组织|甲机构|2004年|会员||",
    "会展|海港大会(2019年)|2019年7月|承办|101个国家和地区|",
    "|第十五届海港大会|2024年6月|承办|近80个国家和地区|",
    "节庆|花会|2024年|主办||",
    "荣誉|某奖|2020年|||",
)


def test_a_sheet_of_bodies_and_events_is_read_as_a_sheet_of_each() -> None:
    own = replace(SETTING, events=("海港大会",))
    found = bodies_and_events({"memberships": MIXED}, WORDS, own, [], [])
    assert [row[1] for row in found["memberships"].rows] == ["甲机构", "某奖"]
    assert [row[1] for row in found["events"].rows] == ["海港大会(2019年)", "第十五届海港大会", "花会"]
    assert found["events"].head[4] == "参加国家和地区" and found["memberships"].head[4] == WORDS["ignored"][0]
    notes: Problems = []
    assert {*bodies_and_events({"memberships": MIXED}, WORDS, SETTING, [], notes)} == {"memberships"}
    assert "花会" in texts_of(notes)


def test_bodies_and_events_are_told_apart_by_their_names_and_what_is_neither_is_asked_about_once() -> None:
    names = ["加入甲城市组织（ABC）", "第10届海港大会", "安澜国际友城论坛", "乙国海洋环境联盟"]
    names += ["丙创新基地", "与丁组织合作"]
    rows = [f"{name}|2006年9月|{'成为会员城市' if '甲' in name else ''}|5" for name in names]
    mixed = sheet("memberships", "名称|时间|备注|国际组织(个)", *rows, above="我市参加国际组织及承办重要国际会议情况")
    own, problems, notes = replace(SETTING, events=("海港大会",)), list[Problem](), list[Problem]()
    found = bodies_and_events({"memberships": mixed}, WORDS, own, problems, notes)
    bodies = found["memberships"]
    assert [row[0] for row in found["events"].rows] == ["第10届海港大会", "安澜国际友城论坛"]
    assert [(row[0], row[-1]) for row in bodies.rows] == [("甲城市组织（ABC）", "会员城市"), ("乙国海洋环境联盟", "")]
    assert "国际组织(个)" not in bodies.head and "会员城市" in texts_of(notes)
    assert [each.where.line for each in problems] == [7, 8] and len({each.hint for each in problems}) == 1
    kinds = ["项目" if row[0] in names[-2:] else "" for row in mixed.rows]
    filled = tuple((*row, kind) for row, kind in zip(mixed.rows, kinds, strict=True))
    found = bodies_and_events(
        {"memberships": replace(mixed, head=(*mixed.head, "类型"), rows=filled)}, WORDS, own, problems[2:], []
    )
    assert len(found["events"].rows) == 2 and len(without_other_kinds(found["memberships"], WORDS, notes).rows) == 2


def test_an_event_may_be_written_without_the_end_of_its_name() -> None:
    events = replace(MIXED, table="events", rows=MIXED.rows[1:4], numbers=MIXED.numbers[1:4])
    read = of_one_event(events, WORDS, ("海港大会论坛",), [], [])
    assert [row[1] for row in read.rows] == ["2019", "2024"]


def test_a_sheet_that_lists_no_consulates_is_not_passed_over() -> None:
    problems: Problems = []
    listed = sheet("consulates", "机构名称|国家|备注", "甲机构|日本|", "乙机构|韩国|")
    assert not consulates_by_country(listed, WORDS, problems, []).rows and "甲机构" in texts_of(problems)


@pytest.mark.parametrize(
    ("above", "note", "remark", "asked"),
    [
        ("2026年工作打算(初稿)", "", "", True),
        ("2026年工作打算", "说明:目标数为处室初报,以会议研究为准。", "", True),
        ("2026年工作打算", "", "待主任办公会研究", False),
        ("2026年工作打算(征求意见稿)；计入", "", "", False),
        ("2026年工作打算(供讨论)", "说明：已审定。", "", False),
        ("2026年工作打算", "", "形成文本", False),
    ],
)
def test_a_draft_of_a_plan_is_asked_about_before_it_is_written(above: str, note: str, remark: str, asked: bool) -> None:
    problems: Problems = []
    rows = (f"1|形成协议初稿|{remark}", *([f"{note}||"] if note else []))
    read = decided_plan(sheet("plan", "序号|事项|备注", *rows, above=above), WORDS, problems, [])
    assert bool(problems) == asked and read.rows and read.above == {1: above.removesuffix("；计入")}


def test_a_draft_of_a_plan_that_is_said_not_to_count_is_left_out_as_a_whole_and_told() -> None:
    problems, notes = list[Problem](), list[Problem]()
    draft = sheet("plan", "序号|事项|备注", "1|形成协议|", above="2026年重点工作安排(征求意见稿)；不计入")
    assert decided_plan(draft, WORDS, problems, notes).rows == () and not problems
    assert "is left out: 2026年重点工作安排(征求意见稿)；不计入" in texts_of(notes)


@pytest.mark.parametrize(
    ("goal", "number"),
    [
        ("年内签协议,友好城市由10个增至11个", "11"),
        ("有往来的友城由12个提升至18个", "18"),
        ("友好城市增加到11个", "11"),
        ("访问国家2个，友好城市3个", ""),
    ],
)
def test_a_goal_may_say_from_what_it_grows(goal: str, number: str) -> None:
    plan = sheet("plan", "number|title_zh|goal_zh|due", f"1|事项|{goal}|2026-12")
    known = {"sister_cities": NO_TEXT, "ties_active": NO_TEXT}
    read = of_plan(plan, WORDS, SETTING, {"counts": known, "at_least": {}, "gap": {}}, [])
    assert read.rows[0][read.head.index("at_least")] == number and "," not in read.rows[0][2]


def test_honours_among_international_bodies_are_left_out_and_told() -> None:
    notes: Problems = []
    bodies = sheet(
        "memberships", "类别|名称|情况", "国际组织|甲组织|会员", "|乙组织|会员", "荣誉|某奖|两次", "|某称号|"
    )
    found = without_other_kinds(bodies, WORDS, notes)
    assert [row[1] for row in found.rows] == ["甲组织", "乙组织"] and "荣誉" in texts_of(notes)


def test_a_source_is_not_cut_at_a_comma_in_brackets() -> None:
    cited = cited_source("来源：一览表（友城处，截至2025年7月），另见台账", WORDS)
    assert cited and cited[0] == "一览表（友城处，截至2025年7月）"


@pytest.mark.parametrize(
    ("above", "title"),
    [
        (
            "中国—南亚博览会（China-South Asia Expo）官网 2025-08-01",
            "中国—南亚博览会（China-South Asia Expo）官网 2025-08-01",
        ),
        ("安澜市友城 Sister Cities of Anlan 一览", "安澜市友城 Sister Cities of Anlan"),
        ("安澜市友城一览表 填表单位：市外办", "安澜市友城一览表"),
        ("安澜市友城一览表　　统计截至2025年12月31日", "安澜市友城一览表"),
    ],
)
def test_a_title_is_not_cut_at_a_blank_in_brackets_before_latin_words_or_a_day(above: str, title: str) -> None:
    assert title_as_source(sheet("visits", "年份|来访", "2025|1", above=above))[0] == title


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("推进机构(OEAED)", "推进机构（OEAED）"),
        ("青岛海关(经媒体转引),公报", "青岛海关（经媒体转引），公报"),
        ("World (UCLG)", "World (UCLG)"),
        ("签协议,10个城市;进出口741.9,出口302", "签协议，10个城市；进出口741.9，出口302"),
        ("共1,234个", "共1,234个"),
        ("公报 https://a.example.org/(1)", "公报 https://a.example.org/(1)"),
    ],
)
def test_punctuation_of_chinese_names_is_full_width(text: str, meant: str) -> None:
    assert full_width(text) == meant


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("Derry Journal 2018.5.17（英文）", ("Derry Journal 2018.5.17", "en")),
        ("某市网站（日文）", ("某市网站（日文）", "ja")),
        ("市政府网站（日文版）", ("市政府网站（日文版）", "ja")),
        ("韩国《仁川Guerrilla News》", ("韩国《仁川Guerrilla News》", "und")),
        ("TBS新闻网", ("TBS新闻网", "und")),
        ("大连日报2019.2.2", ("大连日报2019.2.2", "zh")),
        ("一览表（截至2024年9月）", ("一览表（截至2024年9月）", "zh")),
        ("Derry Journal", ("Derry Journal", "")),
        ("翰坡市官网（2023-05-08更新）", ("翰坡市官网（2023-05-08更新）", "und")),
        ("木浦新闻2025.5.19", ("木浦新闻2025.5.19", "und")),
        ("翰坡市市长访问安澜（安澜日报）", ("翰坡市市长访问安澜（安澜日报）", "zh")),
    ],
)
def test_a_source_is_in_the_language_behind_it_and_a_foreign_one_in_none_that_is_told(
    title: str, meant: tuple[str, str]
) -> None:
    words = {"sources.language.en": frozenset({"英文"}), "sources.language.ja": frozenset({"日文"})}
    words |= {each: frozenset(WORDS[each]) for each in ("abroad", "sites_abroad", "sites_in_english")}
    partners = replace(sheet("sister_cities", "city|country", "翰坡市|日本"), rows=(("翰坡市", "日本"),))
    words["places_abroad"] = places_abroad([partners], known_cities_and_bodies().cities)
    assert with_language(title, words) == meant


def test_a_register_with_its_office_behind_it_is_one_source() -> None:
    known = {"a": {"title": "友城一览表"}, "b": {"title": "市政府网站（日文版）"}}
    assert same_source("", "友城一览表（市外办，2026年1月）", known) == "a"
    assert same_source("", "市政府网站", known) == ""


@pytest.mark.parametrize(
    ("city", "country", "name"),
    [
        ("济州道", "KR", "Jeju Province"),
        ("洛杉矶郡", "US", "Los Angeles County"),
        ("不来梅州", "DE", "State of Bremen"),
        ("符拉迪沃斯托克市（海参崴）", "RU", "Vladivostok"),
        ("某某州", "JP", ""),
    ],
)
def test_a_region_that_is_called_as_a_city_is_found_among_the_names(city: str, country: str, name: str) -> None:
    assert known_cities_and_bodies().english(("city",), city, country=country)[0] == name


def test_a_country_may_have_a_part_of_it_in_brackets() -> None:
    known = known_cities_and_bodies()
    assert known.whole_country("英国（苏格兰）", ("zh",)) == "英国"
    assert known.whole_country("刚果（布）", ("zh",)) == "刚果（布）"


def test_a_country_may_be_one_character_that_means_no_other() -> None:
    known, whole = known_cities_and_bodies(), "日本、美国、韩国、法国、德国、意大利、泰国、英国、俄罗斯"
    assert "、".join(known.whole_country(each, ("zh", "en")) for each in "日美韩法德意泰英俄") == whole
    assert [known.whole_country(each, ("zh", "en")) for each in "新印澳加"] == [*"新印澳加"]


def test_a_short_title_of_a_task_is_followed_by_what_is_to_be_done() -> None:
    notes: Problems = []
    plan = sheet("plan", "序号|工作|内容", "1|友城升格|与甲市磋商", "2|清理|清理台账")
    read = lay_out({"plan": plan}, WORDS, SETTING, [], notes)["plan"]
    assert [row[1] for row in read.rows] == ["友城升格：与甲市磋商", "清理台账"] and "内容" in texts_of(notes)


def test_each_year_in_which_a_visit_is_counted_is_named() -> None:
    notes: Problems = []
    visits = sheet("visits", "时间|来访/出访|国家(城市)", "2018|来访|英国甲市", "2019|出访|日本乙市")
    lay_out(
        {"visits": visits, "sister_cities": sheet("sister_cities", "城市|国别", "乙市|日本")}, WORDS, SETTING, [], notes
    )
    assert "2018、2019" in texts_of(notes) or "2018, 2019" in texts_of(notes)
    assert "国家(城市)" not in texts_of(notes)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("one") / "new"
    assert run("new", folder, "--languages", "zh-en", "--country", "CHN", "--empty", *OFFICE).code == 0
    yield folder


def take(city: Path, *options: str, **sheets: Rows) -> Done:
    return run("intake", workbook(city / "own.xlsx", sheets), city, *options)


def read(city: Path, table: str) -> list[dict[str, str]]:
    return [*csv.DictReader((city / "data" / f"{table}.csv").read_text("utf-8").splitlines())]


PARTNERS: Rows = [
    ["友好合作关系城市(部分)"],
    ["国 家", "城市(州)", "建立关系时间", "协议名称", "现状", "备注(来源)"],
    ["韩国", "釜山、蔚山", "2013?", "友好合作", "活跃", None],
    ["德国", "基尔市", "2002(约)", "友好城市?", "一般", "来源:基尔市网站(德文),议会"],
    ["立陶宛", "克莱佩达", 2004, "合作协议", "一般", None],
    ["立陶宛", "克莱彼达", None, None, None, "与上行重复?"],
    ["澳大利亚", "阿德莱德市", 2000, "友好合作", "已升格", None],
    ["小计", "65个", None, None, None, "本表仅列5条"],
]
VISITS: Rows = [
    ["友城互访登记(重要团组)"],
    ["日期", "方向", "城市", "内容"],
    ["2025.5.1", "来", "基尔", "座谈"],
    ["2024", "出", "釜山", "座谈"],
]
TASKS: Rows = [
    ["国际化指标"],
    ["指标", "单位", "数值", "时点"],
    ["外国驻本市总领事馆", "个", "3(韩、日、泰)", "2018"],
    ["国际航线", "条", 22, "2024"],
    BLANK,
    ["重点任务落实情况"],
    ["任务", "目标", "进展", "完成情况", "责任处室", "事项（英文）", "目标（英文）"],
    ["结好达到10对", 10, "8", "未完成", "友城处", "Ten partners", None],
    ["发展年", "—", "已办", "已完成√", "友城处", "Year", None],
]


@pytest.mark.slow
def test_a_workbook_of_an_office_is_read_in_one_round_and_says_how(city: Path) -> None:
    done = take(city, "--yes", 友好合作关系城市=PARTNERS, 互访记录=VISITS, 指标及任务=TASKS)
    assert done.code == 0, done.out + done.err
    partners = {row["city"]: row for row in read(city, "exchange_cities")}
    assert {*partners} == {"Busan", "Ulsan", "Kiel", "Klaipėda"}
    assert (partners["Busan"]["confidence"], partners["Kiel"]["confidence"]) == ("derived", "derived")
    assert "2013?" in partners["Busan"]["note"] and "友好城市?" in partners["Kiel"]["note"]
    visits = [(row["year"], row["about"], row["received"] or row["sent"], row["note"]) for row in read(city, "visits")]
    assert visits[:2] == [
        ("2024", "sent", "1", "友城互访登记(重要团组)"),
        ("2025", "received", "1", "友城互访登记(重要团组)"),
    ]
    totals = [tuple(row[name] for name in TOTALS) for row in read(city, "totals")]
    assert totals == [("exchange_cities", "65", "2025"), ("consulates", "3", "2018")]
    assert [(row["title_zh"], row["goal_zh"], row["goal_en"]) for row in read(city, "plan")] == [
        ("结好达到10对", "10", "10")
    ]
    assert "基尔市网站（德文）" in (city / "data" / "sources.yml").read_text("utf-8")
    for text in ("'国 家'", "appears twice", "source.title"):
        assert text not in done.out


@pytest.mark.slow
def test_a_corrected_name_reaches_the_names_and_a_newer_count_is_no_contradiction(city: Path) -> None:
    bodies: Rows = [
        ["国际组织"],
        ["类别", "名称", "英文名", "时间", "情况"],
        ["国际组织", "海洋城市网络(OCN)", "Ocean City Network", "2004年", "会员城市,共11城"],
        ["荣誉", "某某文化之都", None, "2015年", "全年活动"],
    ]
    assert take(city, "--yes", **{"国际组织、获奖": bodies}).code == 0
    (before,) = [row for row in read(city, "names") if row["id"] == "Ocean City Network"]
    assert before["zh"] == "海洋城市网络（OCN）"
    changed = [[*row] for row in bodies]
    changed[2][1] = "海洋城市·网络（OCN）"
    done = take(city, **{"国际组织、获奖": changed})
    assert done.code == 5 and "海洋城市·网络（OCN）" in done.out
    more = [*VISITS, ["2025.6.1", "来", "蔚山", "座谈"]]
    done = take(city, "--yes", 互访记录=more)
    assert done.code == 0, done.out
    assert ("2025", "2") in [(row["year"], row["received"]) for row in read(city, "visits")]


@pytest.mark.slow
def test_one_sheet_whose_heading_has_a_fault_tells_its_other_faults_and_ends_in_words(city: Path) -> None:
    rows: Rows = [
        ["城市", "国家", "签约日期", "协议"],
        ["某某城", "德国", "去年", "民间"],
        ["某城", "德国", 2001, "友好城市"],
    ]
    done = take(city, 友城=rows)
    assert done.code == 3 and "Traceback" not in done.err + done.out
    assert "协议" in done.out and "去年" in done.out and "某某城" in done.out


@pytest.mark.slow
def test_totals_by_the_name_of_the_sheet_and_exports_alone_are_read(city: Path) -> None:
    totals: Rows = [["指标", "总数", "时点", "来源"], ["友好交流城市总数", 66, "2024年9月", "《年报》"]]
    trade: Rows = [["年份", "进出口(亿元)", "出口(亿元)", "来源"], ["2024", None, 2200.2, "《快报》"]]
    done = take(city, "--yes", 总数=totals, 外贸=trade)
    assert done.code == 0, done.out + done.err
    assert ("exchange_cities", "66", "2024-09") in [tuple(row[name] for name in TOTALS) for row in read(city, "totals")]
    assert [(row["year"], row["total"], row["exports"]) for row in read(city, "trade")] == [
        ("2024", "", "220020000000")
    ]
