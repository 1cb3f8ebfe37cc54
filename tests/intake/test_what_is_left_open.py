"""What a register leaves open is never printed as settled: older sources, visits at home, drafts, doubted roles."""

from dataclasses import replace

import pytest

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.data.csv_files import Sheet
from jianbao.data.row_diff import compare_rows
from jianbao.data.schemas import Column, Schema
from jianbao.intake.layouts import lay_out
from jianbao.intake.open_rows import with_sourced_rows
from jianbao.intake.own_lists import with_state_of_plan
from jianbao.intake.remarks import decided_plan, settled_tasks, with_doubts
from jianbao.intake.row_checks import places_met, with_partners_named
from jianbao.intake.sources import same_source
from tests.intake.test_an_ordinary_workbook import visits
from tests.intake.test_one_round import SETTING, WORDS, sheet, texts_of

PLAN = "工作任务|牵头单位|经费(万元)"
DRAFT = "2026年外事工作要点(征求意见稿)"
HEAD = "类别|时间|团组|主要内容"


def test_a_source_whose_name_only_begins_like_another_one_is_not_that_one() -> None:
    known = {"a": {"title": "出访报告（2024年6月报市政府）"}}
    assert same_source("", "出访报告", known) == "" and same_source("", "出访报告（2024年6月报市政府）", known) == "a"


def test_a_source_older_than_what_it_proves_is_told_and_one_of_several_that_is_not_settles_it() -> None:
    rows = (
        "2025年6月|出访报告(2024年6月)",
        "2025年7月|简报2024年1月；网站2025-08-01",
        "2025年8月|出访报告",
        "2024|年报2024",
    )
    notes: Problems = []
    with_sourced_rows({"visits": sheet("visits", "时间|source", *rows)}, WORDS, [], notes)
    assert "row 3 (2025年6月：出访报告(2024年6月))" in texts_of(notes) and "row 4" not in texts_of(notes)


def test_a_new_count_of_visits_has_only_its_own_sources() -> None:
    text = ("year", "received", "confidence", "source")
    columns = {name: Column(name=name, type="sources" if name == "source" else "text") for name in text}
    schema = Schema(name="visits", file="visits.csv", columns=columns, key=("year",))
    before = Sheet(table="visits", file="visits.csv", head=text, rows=(("2025", "1", "derived", "old"),), numbers=(2,))
    delivered = {"year": "2025", "received": "1", "confidence": "derived", "source": "new"}
    row = compare_rows(schema, before, [(3, delivered)])[0]
    assert row.cells["source"] == "new" and [(each.old, each.new) for each in row.changes] == [("old", "new")]
    stated = replace(before, rows=(("2025", "1", "stated", "old"),))
    assert compare_rows(schema, stated, [(3, {**delivered, "confidence": "stated"})])[0].cells["source"] == "old;new"


@pytest.mark.parametrize(
    ("row", "sent"),
    [
        ("出访|2024.11.18|派员赴昆明参会|参会(国内,暂记在此)", False),
        ("出访|2024.11.18|派员参加大会|国内会议", False),
        ("出访|2024.11.18|市外办派员赴昆明参加友城大会|发言", False),
        ("出访|2024.11.18|赴北京转机赴法国|会谈", True),
        ("出访|2024.11.18|赴法国|宣介国内外形势，带国内企业参展", True),
    ],
)
def test_a_visit_that_says_in_any_cell_that_it_was_at_home_is_told_and_not_counted(row: str, sent: bool) -> None:
    counted, notes, asked = visits("来访|2025.3.25|佐世保市长团|会见", row, head=HEAD)
    assert ("2024 sent" in counted, "no visits abroad" in notes, asked) == (sent, not sent, "")


def test_partners_that_only_the_texts_of_visits_name_are_found_and_told() -> None:
    notes: Problems = []
    sheets = {
        "sister_cities": sheet("sister_cities", "城市|国家", "孔敬市|泰国", "莫雷利亚市|墨西哥"),
        "visits": sheet("visits", HEAD, "出访|2025.6|友好团赴泰国|走访万象、孔敬", "来访|2025.9|友城代表|参展"),
    }
    found = with_partners_named(sheets, WORDS, [], notes)["visits"]
    assert [row[-1] for row in found.rows] == ["孔敬市", ""] and "row 3 (孔敬市)" in texts_of(notes)


def test_a_draft_that_is_printed_stays_a_draft_wherever_it_is_said_to_count() -> None:
    for title in (f"{DRAFT}；计入", DRAFT.replace(")", "；计入)")):
        problems: Problems = []
        plan = decided_plan(sheet("plan", PLAN, "换文|友城科|", above=title), WORDS, problems, [])
        read = with_state_of_plan(plan, plan, WORDS, [])
        assert (
            not problems
            and plan.above == {1: DRAFT}
            and (read.head[-1], read.rows[0][-1]) == ("status", "consultation")
        )
        assert settled_tasks(read, WORDS, problems, []).rows == read.rows and not problems, "its state is no doubt"
    final = sheet("plan", PLAN, "换文|友城科|", above="2026年外事工作要点")
    assert with_state_of_plan(final, final, WORDS, []) == final


def test_costs_that_a_note_calls_provisional_are_not_printed() -> None:
    notes: Problems = []
    plan = sheet("plan", PLAN, "办展|市外办|约60", "注:经费为初步数,以财政批复为准。||")
    rows = replace(plan, rows=plan.rows[:1], numbers=plan.numbers[:1])
    assert with_state_of_plan(rows, plan, WORDS, notes).rows == (("办展", "市外办", ""),)
    assert "costs are provisional" in texts_of(notes) and notes[0].where == Place("own.xlsx[表]", 2, "经费(万元)")


@pytest.mark.parametrize(
    ("table", "head", "row", "asked"),
    [
        ("memberships", "组织名称|身份|备注", "城地组织|会员(待核)|", True),
        ("memberships", "组织名称|身份|备注", "城地组织|会员(待核)；计入|", False),
        ("exchange_cities", "城市|国家|备注", "居林市|马来西亚|是否已签备忘录待核", True),
        ("exchange_cities", "城市|国家|备注", "北江市|越南|对口单位待核", False),
        ("peers", "城市|友城数|备注", "西安|40|不是同类,参考", False),  # the office has said it: left out, and told
        ("peers", "城市|友城数|备注", "西安|40|仅供参考", True),
        ("peers", "城市|友城数|备注", "西安|40|仅供参考；不计入", False),
    ],
)
def test_a_doubted_standing_is_asked_about_and_a_detail_is_not(table: str, head: str, row: str, asked: bool) -> None:
    problems: Problems = []
    lay_out({table: sheet(table, head, row, above="2024年")}, WORDS, SETTING, problems, [])
    assert ("doubts whether it counts" in texts_of(problems)) == asked


def test_a_body_that_was_only_told_and_is_not_to_count_stays_as_unverified() -> None:
    bodies = sheet("memberships", "组织名称|身份|source|备注", "旅游机构|会员|市文旅局口头告知,无文件|待核；不计入")
    read = lay_out({"memberships": bodies}, WORDS, SETTING, [], [])["memberships"]
    assert [row[read.head.index("confidence")] for row in read.rows] == ["unverified"]
    register = sheet("visits", "时间|类别|备注", "2025年|来访|市商务局口头；不计入")
    assert with_sourced_rows({"": register}, WORDS, [], [])[""].rows == ()


def test_an_answer_behind_a_source_is_none_of_its_words_and_holds_for_the_row() -> None:
    register = sheet(
        "trade",
        "年份|进出口总额|source|备注",
        "2021|1940|市商务局电话；不计入|总额待补海关口径",
        "2022|2050|统计公报；不计入|",
    )
    rows = with_sourced_rows({"": register}, WORDS, [], [])[""].rows
    assert [row[2:] for row in rows] == [("市商务局电话", "总额待补海关口径；不计入"), ("统计公报", "不计入")]


def test_a_visit_that_does_not_count_or_was_not_made_is_no_exchange() -> None:
    rows = "来访|2025.3|里贾纳|是否成行待核；不计入", "来访|2025.4|万塔|未成行", "来访|2025.5|和歌山|"
    assert places_met({"visits": sheet("visits", "类别|时间|城市|备注", *rows)}, WORDS) == {"和歌山": frozenset({2025})}


SIGNED = "城市|国家|结好日期|备注"


@pytest.mark.parametrize(
    ("day", "remark", "weak"),
    [
        ("2008-12-01", "日期待核", True),
        ("2011-06-08", "签约日期存疑", True),
        ("2013-05-01", "约2013年签", True),
        ("2013-05-01", "协议签署日，待查", True),
        ("2013-05-01", "具体日期待核", True),
        ("2013", "具体日期待核", False),
        ("2013-05-01", "日期待核，已核实", False),
        ("2013-05-01", "来访日期待定", False),
        ("2013-05-01", "约2019年市长来访", False),
        ("2013-05-01", "the date is to be confirmed", True),
    ],
)
def test_a_date_that_a_remark_doubts_is_weaker_evidence_and_told(day: str, remark: str, weak: bool) -> None:
    problems, notes = list[Problem](), list[Problem]()
    listed = sheet("sister_cities", SIGNED, f"翰坡市|日本|{day}|{remark}")
    read = with_doubts(listed, WORDS, problems, notes)
    assert not problems and ("derived" in read.rows[0], "doubt the date" in texts_of(notes)) == (weak, weak)


def test_the_date_of_a_role_or_of_an_edition_is_doubted_by_a_remark_as_that_of_a_partner_is() -> None:
    for table, head in (("memberships", "组织名称|加入时间|备注"), ("events", "届次|举办时间|备注")):
        read = with_doubts(sheet(table, head, "一|2019-05-01|日期待核"), WORDS, [], [])
        assert read.rows[0][-1] == "derived"


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ("赴泰国访问|市外办|2026年5月|待批", True),
        ("赴老挝访问（待批）|市外办|2026年5月|", True),
        ("赴老挝访问，视情况|市外办|2026年5月|", True),
        ("赴缅甸访问|市外办|看当地情况|", True),
        ("赴缅甸访问|市外办|待批|", True),
        ("赴越南访问|市外办（报批中）|2026年6月|", True),
        ("赴越南访问|市外办|2026年6月|待省外办批准", True),
        ("赴越南访问|市外办|2026年6月|根据疫情情况定", True),
        ("赴老挝访问（待批；计入）|市外办|2026年5月|", False),
        ("赴越南访问|市外办|2026年6月|已批", False),
        ("做好因公出国审批工作，适时组团赴越南|市外办|2026年6月|", False),
    ],
)
def test_a_task_that_is_not_approved_or_waits_for_circumstances_is_asked_about(row: str, asked: bool) -> None:
    problems: Problems = []
    settled_tasks(sheet("plan", "工作任务|牵头单位|完成时间|备注", row), WORDS, problems, [])
    assert ("is not settled" in texts_of(problems)) == asked
