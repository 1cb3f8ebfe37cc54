"""The form that asks for the source of a new number: one sentence fills it, and what a grown total leaves unlisted."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from jianbao.app.evidence.facts import unlisted_in
from jianbao.core.errors import Place
from jianbao.data.facts import Source
from jianbao.intake.labels import Labels
from jianbao.review.document_edits import source_entry
from jianbao.review.old_numbers import OldNumber
from jianbao.review.proposals import KeepEdit, RowEdit
from jianbao.studio.page_requests import WHY
from jianbao.studio.pages import answers, changes, given_answers, hand_over, history, home, review, tables
from jianbao.studio.session import StudioSession
from jianbao.text.render import Piece
from tests.studio.requesting import json_of, request, shown, studio_of, words
from tests.workspaces import amend

pytestmark = pytest.mark.slow

PLACE = "tallies:6.source"
SENTENCE = "《港城日报》2031年2月3日第3版（标题《来客增加》，英文名 More visitors；网址 https://example.org/a）"
FIELDS = {
    "title": "来客增加",
    "title_en": "More visitors",
    "producer": "港城日报",
    "published": "2031-02-03",
    "pages": "3",
    "url": "https://example.org/a",
}
GIVEN = {**{f"{key}.0": text for key, text in FIELDS.items()}, "producer_en.0": "Harbour Daily"}
TOTAL = """\
- id: visitors_named
  require: {fact: visitors.value, at_least: ties.total}
  otherwise: stop
  says: {zh: "来客不少于友城", en: "there are no fewer visitors than ties"}
"""


@pytest.fixture
def studio(workspace: Path) -> StudioSession:
    expected = workspace / "data/expectations.yml"
    expected.write_text(expected.read_text("utf-8") + TOTAL, "utf-8")
    amend(workspace, "data/expectations.yml", "ties.total]}\n", "ties.total]}\n  within: 1\n")
    made = studio_of(workspace)
    form = {"row": "6", "column": "value", "old": "38750", "new": "38751"}
    tables.change_cell(request(made, path={"table": "tallies"}, form=form, fragment=True))
    return made


def answered(studio: StudioSession, **fields: str) -> str:
    form = {"question": PLACE, "way.0": "corrected", "sure.0": "yes", **GIVEN, **fields}
    return words(given_answers.answer(request(studio, language="zh", form=form)))


def rows(studio: StudioSession, table: str) -> list[dict[str, str]]:
    return [dict(each.cells) for each in studio.drafts() if isinstance(each, RowEdit) and each.table == table]


# One sentence


def test_one_sentence_fills_the_fields_and_nothing_is_kept_before_they_are_seen(studio: StudioSession) -> None:
    before = studio.drafts()
    form = {"fill": "0", "sentence.0": SENTENCE, "question": PLACE, "way.0": "corrected", "on.0": "2031"}
    page = bytes(given_answers.fill_in(request(studio, language="zh", form=form)).body).decode()
    for key, text in FIELDS.items():
        assert f'name="{key}.0"' in page and f'value="{text}"' in page, key
    assert "已填入，请核对" in page and 'value="corrected" checked' in page and 'value="2031"' in page
    assert SENTENCE in page and studio.drafts() == before


def test_a_script_gets_the_fields_of_the_sentence_and_whether_the_publisher_needs_an_english_name(
    studio: StudioSession,
) -> None:
    def said(sentence: str) -> object:
        form = {"fill": "0", "sentence.0": sentence}
        return json_of(given_answers.fill_in(request(studio, form=form, fragment=True)))

    assert said(SENTENCE) == {"fields": FIELDS, "english": True}
    assert said("Invented Press, 2031-02-03") == {
        "fields": {"producer": "Invented Press", "published": "2031-02-03"},
        "english": False,
    }


def test_what_is_not_recognised_is_said_and_what_was_typed_stays(studio: StudioSession) -> None:
    form = {"fill": "0", "sentence.0": "不清楚", "question": PLACE, "title.0": "自己写的"}
    page = bytes(given_answers.fill_in(request(studio, language="zh", form=form)).body).decode()
    assert "没有认出任何一项" in page and 'value="自己写的"' in page


def test_nothing_is_said_to_be_filled_in_where_nothing_is(studio: StudioSession) -> None:
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    assert '<span class="remark" hidden data-quoted="' in page and "已照发布日期填写" in page
    form = {"fill": "0", "sentence.0": SENTENCE, "question": PLACE, "on.0": "2031-02-03"}
    page = bytes(given_answers.fill_in(request(studio, language="zh", form=form)).body).decode()
    assert '<span class="remark" data-quoted="' in page


# A report with the title of another one


@pytest.mark.parametrize(
    "other",
    [{"published.0": "2031-02-04"}, {"pages.0": "5"}, {"url.0": "https://example.org/b"}, {"producer.0": "远山晚报"}],
)
def test_a_second_report_with_the_same_title_is_a_source_of_its_own(
    studio: StudioSession, other: Mapping[str, str]
) -> None:
    answered(studio)
    review.apply(request(studio, form={"why": "They count more"}))
    sources = studio.state().assessment.project.evidence.sources  # type: ignore[union-attr]
    (first,) = (key for key, each in sources.items() if each.title == "来客增加")
    form = {"row": "6", "column": "value", "old": "38751", "new": "38753"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    answered(studio, **{"producer_en.0": "Hills Evening News" if "producer.0" in other else "", **other})
    (source,) = rows(studio, "sources")
    key, text = next(iter(other.items()))
    assert source[key.removesuffix(".0")] == text and source["id"] != first
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    assert "来客增加" in changes.proposed_reason(request(studio), studio.drafts(), studio.editable()) and "新行" in page


def test_the_same_report_is_registered_once_and_explains_a_later_number_too(studio: StudioSession) -> None:
    answered(studio)
    review.apply(request(studio, form={"why": "They count more"}))
    form = {"row": "6", "column": "value", "old": "38751", "new": "38753"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    answered(studio, **{"way.0": "added", "on.0": "2031-02-04", "pages.0": ""})
    assert not rows(studio, "sources") and rows(studio, "tallies")[0]["source"] == "source_2031_02_03"
    reason = changes.proposed_reason(request(studio, language="zh"), studio.drafts(), studio.editable())
    assert "38753" in reason and "港城日报" in reason
    page = bytes(changes.changes(request(studio, query={"again": "yes"})).body).decode()
    assert 'name="published.0" placeholder="year-month-day" value="2031-02-03"' in page


# The publisher's own report, or a copy


def test_whether_it_is_a_copy_is_not_chosen_before_there_is_a_source_and_is_not_guessed(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "COPY", next(iter(answers.sources_of(request(studio)).values())).grade)
    own = 'name="reprint.0" value="" checked'
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    assert 'name="copied.0"' in page and own not in page
    form = {"fill": "0", "sentence.0": SENTENCE, "question": PLACE}
    assert own in bytes(given_answers.fill_in(request(studio, language="zh", form=form)).body).decode()
    before = studio.drafts()
    assert "请选是发布单位自己的报道" in answered(studio, **{"copied.0": "yes"}) and studio.drafts() == before
    answered(studio, **{"copied.0": "yes", "reprint.0": ""})
    assert rows(studio, "sources")


# What becomes of the old number


def test_the_answer_that_keeps_the_old_number_is_first_and_chosen_where_the_new_day_is_later(
    studio: StudioSession,
) -> None:
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    ways = re.findall(r'name="way\.0" value="(\w+)"', page)
    assert ways == ["added", "corrected", "redated", "same"]
    assert 'data-after="2030" hidden>' in page
    for day, said in (("2031-02-03", True), ("2030-12", False), ("2029-05", False), ("2031年2月", True)):
        form = {"fill": "0", "sentence.0": "", "question": PLACE, "on.0": day}
        page = bytes(given_answers.fill_in(request(studio, language="zh", form=form)).body).decode()
        assert ('data-after="2030">（新数日期较晚，已选）' in page) is said, day
        assert ('value="added" checked' in page) is said and not request(studio).studio.drafts()[1:], day
        assert ('<details class="otherwise">' in page) is said and "旧行保留，新数另立一行，简报改用新数" in page


@pytest.mark.parametrize("way", ["corrected", "redated"])
def test_a_number_with_a_source_is_dropped_only_if_it_is_said_once_more_that_it_was_wrong(
    studio: StudioSession, way: str
) -> None:
    before = studio.drafts()
    asked = 'name="sure.0" value="yes"'
    assert f"{asked}>" in bytes(changes.changes(request(studio)).body).decode()
    form = {"question": PLACE, "way.0": way, **GIVEN}
    refused = given_answers.answer(request(studio, language="zh", form=form))
    page = bytes(refused.body).decode()
    assert (
        f"{asked} aria-invalid" in page
        and "旧数 38750 另有出处“" in page
        and 'id="wrong-sure.0">旧数确实错了才选这一项，并请打勾。' in page
    )
    assert studio.drafts() == before and "旧数确实错了" in getattr(refused, WHY), "the log says that it was refused"
    given_answers.answer(request(studio, form={**form, "sure.0": "yes"}))
    assert len(rows(studio, "sources")) == 1
    page = bytes(changes.changes(request(studio, query={"again": "yes"})).body).decode()
    assert f"{asked} checked" in page, "what was said is not asked again"


# The publisher and the page of the newspaper


@pytest.mark.parametrize("typed", ["港城日报", "《港城日报》"])
def test_a_publisher_in_title_marks_is_the_same_and_its_page_goes_to_the_source(
    studio: StudioSession, typed: str
) -> None:
    answered(studio, **{"producer.0": typed})
    (source,) = rows(studio, "sources")
    assert (source["producer"], source["pages"], source["kind"]) == ("港城日报", "3", "N/OL")
    assert "第3版" not in source["title"] and "3、https" in shown(changes.changes, studio, language="zh")


def test_the_english_name_of_a_new_publisher_is_asked_for_and_kept_in_the_name_table(studio: StudioSession) -> None:
    assert "请填发布单位的英文名" in answered(studio, **{"producer_en.0": ""}) and not rows(studio, "sources")
    assert "“港城”中有汉字" in answered(studio, **{"producer_en.0": "港城"})
    answered(studio)
    assert rows(studio, "names") == [
        {"id": "Harbour Daily", "kind": "producer", "zh": "港城日报", "en": "Harbour Daily"}
    ]
    page = bytes(changes.changes(request(studio, query={"again": "yes"})).body).decode()
    assert 'name="producer_en.0" value="Harbour Daily"' in page
    answered(studio, again="yes")
    assert len(rows(studio, "names")) == 1 and not studio.trial().found.refused
    review.apply(request(studio, form={"why": "They count more"}))
    assert "Harbour Daily,producer,港城日报,Harbour Daily" in (studio.root / "data/names.csv").read_text("utf-8")


def test_a_publisher_with_an_english_name_is_not_asked_for_it(studio: StudioSession) -> None:
    named = studio.root / "data/names.csv"
    named.write_text(named.read_text("utf-8") + "Daily,producer,港城日报,Harbour Daily,,,\n", "utf-8")
    answered(studio, **{"producer_en.0": "", "producer.0": "Harbour Daily"})
    assert rows(studio, "sources")[0]["producer"] == "港城日报" and not rows(studio, "names")


# What would be refused


def test_chinese_in_an_english_text_is_said_at_its_field(workspace: Path) -> None:
    amend(workspace, "data/discrepancies.yml", "名单中有一个未经证实", "公报写了38750人")
    studio = studio_of(workspace)
    form = {"row": "6", "column": "value", "old": "38750", "new": "39990"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    answered(studio)
    (asked,) = answers.open_parts(request(studio), studio.trial()).numbers
    name = answers.name_of(asked)
    before = studio.drafts()
    form = {"number": name, "new.0.zh": "公报写了39990人", "new.0.en": "《公报》 writes 39990"}
    page = words(given_answers.answer(request(studio, language="zh", form=form)))
    assert "“公报”是汉字，请改写为英文" in page and studio.drafts() == before


def test_what_a_check_would_refuse_of_a_proposed_text_is_told_with_what_to_write(studio: StudioSession) -> None:
    place = Place("templates/wording/harbour.yml", 1)
    found = OldNumber(number="38750", place=place, sentence="", wording="harbour.ties:2")
    asked = request(studio, language="zh")

    def said(language: str, new: str) -> list[str]:
        return [asked.text(each) for each in answers.faults_in(asked, found, language, "It is new.", new)]

    assert said("en", "It is news.") == [] and said("en", "《公报》 has it.") == ["“公报”是汉字，请改写为英文。"]
    (typed,) = said("en", "It has 39990.")
    assert "39990" in typed and "请" in typed
    assert answers.faults_in(asked, found, "en", "It has 39990 here.", "It has 39990 now.") == []


# Totals and their lists


def test_a_total_that_grows_while_its_list_does_not_asks_which_one_is_new(studio: StudioSession) -> None:
    assert "新增的是哪座城市" not in shown(changes.changes, studio, language="zh")  # the source first
    answered(studio)
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    assert "新增的是哪座城市？（来客人数比上次的 38750 多 1 个，名单里还没有新增的这 1 座）" in page
    (source,) = rows(studio, "sources")
    assert f'href="/data/ties?new={source["id"]}#new-row"' in page
    grid = bytes(tables.table(request(studio, path={"table": "ties"}, query={"new": source["id"]})).body).decode()
    form = grid[grid.index('id="new-row"') : grid.index('id="grid"')].partition("</form>")[0]  # above the rows
    assert f'type="hidden" name="cell.source" value="{source["id"]}"' in form and "Source: 来客增加" in form
    assert 'href="/changes">Back to the answers' in form and form.count("<input name=") == 4 and "<details" not in form


def test_the_answers_that_give_no_name_need_one_click_and_no_two_are_true_at_once(studio: StudioSession) -> None:
    answered(studio)
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    asked = page[page.index("新增的是哪座城市？") : page.index("加入“")]
    assert 'name="unknown.0" value="yes"> 材料没有写类别，也没有写名字</label>' in asked and " checked" not in asked
    assert asked.index("unknown.0") < asked.index("<details") < asked.index("unknown_why.0") < asked.index("</details>")
    assert 'name="unknown_why.0" value="">' in asked, "no reason is sent, and logged, that nobody has given"


def test_that_the_source_says_of_what_kind_it_is_is_an_answer_of_its_own_with_the_title_that_says_it(
    studio: StudioSession,
) -> None:
    answered(studio)
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    said = '材料没有写城市名，只写了类别 <span class="remark">来客增加</span></span></label>'
    assert f'name="unknown.0" value="kind"> <span>{said}' in page
    asked = "data/tallies.csv: visitors.value: 38750 → 38751; ties.total: 6 → 6"
    given_answers.answer(request(studio, form={"unlisted": asked, "unknown.0": "kind"}, language="zh"))
    (decided,) = (each for each in studio.drafts() if isinstance(each, KeepEdit))
    assert decided.why == "材料只写类别，没有写城市名" and unlisted_in(decided)


def test_the_kind_that_the_title_says_is_chosen_until_somebody_chooses_otherwise(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Labels, "table", lambda *_: "来客增加的城市")
    answered(studio)
    page = bytes(changes.changes(request(studio)).body).decode()
    assert 'value="kind" checked' in page and "only that it is of “来客增加的城市” (by its title)" in page
    page = bytes(changes.changes(request(studio, form={"unknown.0": "yes"})).body).decode()
    assert 'value="yes" checked' in page and 'value="kind" checked' not in page


def test_the_lists_that_a_total_counts_are_named_where_its_source_is_asked_for(studio: StudioSession) -> None:
    page = bytes(changes.changes(request(studio)).body).decode()
    said = "The number includes ties; if the source counts anything else, check it first."
    assert 'class="remark" data-counts' not in page
    assert said in page and page.index(said) < page.index("Field by field") < page.index("Not compulsory"), "not folded"


def test_what_else_is_asked_stands_below_the_source_before_anything_is_kept(studio: StudioSession) -> None:
    def rest(**fields: str) -> str:
        form = {"question": PLACE, "way.0": "corrected", "sure.0": "yes", **GIVEN, **fields}
        return words(given_answers.ask_rest(request(studio, language="zh", form=form)))

    before = studio.drafts()
    assert "新增的是哪座城市？" in rest() and "材料没有写城市名，只写了类别 来客增加" in rest()
    assert "新增的是哪座城市" not in rest(**{"title.0": ""}) and "照此修改，查看影响" in rest(**{"title.0": ""})
    assert studio.drafts() == before
    form = {"question": PLACE, "way.0": "corrected", "sure.0": "yes", **GIVEN, "fill": "0", "sentence.0": ""}
    assert "新增的是哪座城市？" in words(given_answers.fill_in(request(studio, language="zh", form=form)))


def test_what_else_is_to_be_read_is_counted_beside_the_button(studio: StudioSession) -> None:
    form = {"question": PLACE, "way.0": "corrected", "sure.0": "yes", **GIVEN}
    page = bytes(given_answers.ask_rest(request(studio, language="zh", form=form)).body).decode()
    count = page.count("<fieldset>")
    said = f'<button class="main">照此修改，查看影响</button> <span class="hint">连同上面 {count} 段一并采用</span>'
    assert count and said in page
    nothing = bytes(given_answers.ask_rest(request(studio, language="zh", form={**form, "title.0": ""})).body).decode()
    assert "一并采用" not in nothing


def test_what_a_source_that_is_no_copy_leaves_out_is_said_where_that_is_chosen(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    why = "The almanac is recorded as no reworded copy"
    monkeypatch.setattr(given_answers, "reasons_of_wordings", lambda *_: {"a": why, "b": why, "c": f"{why}; 3 → 4"})
    lost = Piece("kept", "Reported"), Piece("gone", " (to be confirmed)"), Piece("kept", ".")
    views = [{"id": "a", "why": why, "texts": {"en": lost}, "gone": False}]
    views += [{"id": "b", "why": why, "texts": {"en": lost[1:2]}, "gone": True}]
    asked = dict[str, Mapping[str, str]]()
    monkeypatch.setattr(given_answers, "sentence_views", lambda _, __, why: asked.update(why=why) or views)
    form = {"question": PLACE, "way.0": "corrected", "sure.0": "yes", **GIVEN}
    page = words(given_answers.ask_rest(request(studio, form=form)))
    assert "(chosen so, left out are: “(to be confirmed)” and 1 sentence)" in page
    assert asked["why"].keys() == {"a", "b"}, "what has other reasons, too, is not of this choice"


def test_one_button_takes_the_source_and_what_else_is_asked_or_nothing(studio: StudioSession) -> None:
    before, asked = studio.drafts(), "data/tallies.csv: visitors.value: 38750 → 38751; ties.total: 6 → 6"
    page = answered(studio, unlisted=asked)
    assert "请勾“材料没有写类别，也没有写名字”" in page and "新增的是哪座城市？" in page and studio.drafts() == before
    answered(studio, unlisted=asked, **{"unknown.0": "yes"})
    assert rows(studio, "sources") and any(isinstance(each, KeepEdit) for each in studio.drafts())
    page = shown(changes.changes, studio, language="zh")
    assert "新增的是哪座城市" not in page and "请先答复" not in page


def test_whoever_adds_a_row_to_the_list_first_keeps_the_source_that_the_row_names(studio: StudioSession) -> None:
    form = {"question": PLACE, "way.0": "corrected", "sure.0": "yes", **GIVEN}
    page = bytes(given_answers.ask_rest(request(studio, form=form)).body).decode()
    add = re.search(r'name="add" value="(ties:\w+)"', page)[1]  # type: ignore[index]
    asked = "data/tallies.csv: visitors.value: 38750 → 38751; ties.total: 6 → 6"
    there = given_answers.answer(request(studio, form={**form, "unlisted": asked, "add": add}))
    (source,) = rows(studio, "sources")
    assert there.headers["location"] == f"/data/ties?new={source['id']}#new-row"


def test_a_new_row_is_asked_for_what_its_table_needs_and_told_what_coordinates_are_for(workspace: Path) -> None:
    needed = "north: {type: number, required: yes}\n    east: {type: number, required: yes}\n    remark: {type: text}"
    amend(
        workspace,
        "data/tables.yml",
        "    land:       {type: reference, to: lands.land, required: yes}\n    grouping",
        f"    land:       {{type: reference, to: lands.land, required: yes}}\n    {needed}\n    grouping",
    )
    head, *ties = (workspace / "data/ties.csv").read_text("utf-8").splitlines()
    ties = [f"{each},{at}.5,-{at}.25,Seen" for at, each in enumerate(ties)]
    (workspace / "data/ties.csv").write_text("\n".join([f"{head},north,east,remark", *ties, ""]), "utf-8")
    with (workspace / "data/measures.yml").open("a", encoding="utf-8") as measures:
        measures.write("ties.distance: {distance: ties, lat: north, lon: east, from: [1.5, 2.5], by: [town]}\n")
    asked = request(studio_of(workspace), language="zh", path={"table": "ties"}, query={"new": "gazette"})
    page = bytes(tables.table(asked).body).decode()
    form = page[page.index('id="new-row"') : page.index('id="grid"')]
    assert "north、east 用来算与本市的距离和方位" in form and "来源：塔恩港公报（虚构）" in form
    assert 'name="cell.north"' in form[: form.index("<details")] and "<summary>非必填：remark</summary>" in form
    assert form.index('name="cell.remark"') > form.index("<details") and 'list="values-town"' in form


def test_that_nobody_knows_it_is_kept_with_the_reason_and_not_asked_again(studio: StudioSession) -> None:
    answered(studio)
    asked = "tallies.csv: visitors.value: 38750 → 38751; ties.total: 6 → 6"
    unticked = {"unlisted": f"data/{asked}", "unknown_why.0": "材料没有写类别，也没有写名字"}
    page = bytes(given_answers.answer(request(studio, form=unticked, language="zh")).body).decode()
    assert (
        "请勾“材料没有写类别，也没有写名字”，或“材料只写了类别，没有写名字”，或把新增的一行加入名单。" in page
        and 'id="wrong-unknown.0"' in page
    )
    assert not [each for each in studio.drafts() if isinstance(each, KeepEdit)]
    form = {"unlisted": f"data/{asked}", "unknown.0": "yes", "unknown_why.0": ""}
    given_answers.answer(request(studio, form=form, language="zh"))
    (left,) = [each for each in studio.drafts() if isinstance(each, KeepEdit)]
    assert (left.about, left.why) == (f"data/{asked}", "材料没有写类别，也没有写名字")
    page = shown(changes.changes, studio, language="zh")
    assert (
        "新增的是哪座城市" not in page
        and "新增的 1 个，理由：材料没有写类别，也没有写名字" in page
        and "不改：" not in page
    )
    new = rows(studio, "sources")[0]["id"]
    review.apply(request(studio, form={"why": "They count more"}))
    assert "名单里还没有" not in shown(hand_over.hand_over, studio, language="zh")
    due = bytes(home.due(request(studio, language="zh")).body).decode()
    assert "总数新增的 1 个，名单未补（材料没有写类别，也没有写名字）" in due
    assert f'href="/data/ties?new={new}#new-row"' in due
    amend(studio.root, "data/tables.yml", "ties:\n  file", "ties:\n  ask: Harbour Council\n  file")
    due = bytes(home.due(request(studio, language="zh")).body).decode()
    asked_of = due[due.index("总数新增的 1 个") :].partition("</tr>")[0]
    assert "<td>港务议会</td>" in asked_of, "who keeps the list is asked, not who reported the total"
    amend(studio.root, "data/tables.yml", "ties:\n  ask: Harbour Council\n  file", "ties:\n  file")
    form = {"row": "6", "column": "value", "old": "38751", "new": "38753"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    answered(studio, **{"title.0": "来客又增", "title_en.0": "More again"})
    assert "来客人数比上次的 38751 多 2 个" in shown(
        changes.changes, studio, language="zh"
    )  # what was settled is not asked again


def test_what_nobody_knew_is_due_until_the_list_has_it(studio: StudioSession) -> None:
    ledger = studio.state().assessment.ledger  # type: ignore[union-attr]
    decision = "visitors.value: 38749 → 38750; ties.total: 6 → 6"
    left = unlisted_in(KeepEdit(place="data/tallies.csv", text=decision, why="not told"))
    assert left and (left.more, left.left(ledger)) == (1, 1) and left.text == decision
    assert replace(left, listed=5).left(ledger) == 0  # a row was added since
    assert unlisted_in(KeepEdit(place="data/x.yml", text="1 → 2", why="")) is None


def test_an_unlisted_row_that_nobody_asked_about_is_told_to_who_approves_and_hands_over(studio: StudioSession) -> None:
    answered(studio)
    review.apply(request(studio, form={"why": "They count more"}))
    page = bytes(review.review(request(studio, query={"state": "changed"})).body).decode()
    assert "; 38751 includes ties: check whether the source does, too" in " ".join(re.sub("<[^>]+>", " ", page).split())
    assert "Change the number or its row</a>" in page and 'href="/data/tallies?row=6#row-6"' in page
    form = page.partition("It does not: return it")[2].partition("</form>")[0]
    sent = {key: re.findall(f'name="{key}" value="([^"]*)"', form) for key in ("item", "content", "comment")}
    assert sent["comment"] == ["38751 includes ties, the source does not:"]
    review.decide(request(studio, form={**sent, "verdict": "return"}))
    assert studio.state().approval.count("returned") == 1  # type: ignore[union-attr]
    for page in (
        shown(review.review, studio, language="zh", query={"state": "changed"}),
        shown(hand_over.hand_over, studio, language="zh"),
    ):
        assert "新增的 1 个，名单里还没有" in page


def test_a_row_of_the_list_answers_it_and_leads_back_to_the_changes(studio: StudioSession) -> None:
    answered(studio)
    (source,) = rows(studio, "sources")
    known = studio.editable().row("ties", 2)
    cells = {**known, "town": "Windrose", "sealed_on": "2031-02-01", "source": source["id"]}
    form = {f"cell.{key}": text for key, text in cells.items()} | {"asked": "yes"}
    left = history.add_row(request(studio, path={"table": "ties"}, form=form))
    assert left.headers["location"].startswith("/changes")
    page = shown(changes.changes, studio, language="zh")
    assert "新增的是哪座城市" not in page and "不会被接受" not in page


# Grades


def test_a_new_source_has_the_grade_of_others_of_its_publisher_or_kind_and_none_is_guessed() -> None:
    def source(name: str, producer: str, kind: str, grade: str) -> Source:
        said = {"published": "", "accessed": "", "url": "", "language": "zh"}
        return Source(**said, id=name, title=name, producer=producer, kind=kind, grade=grade, fields={})

    known = [source("a", "港城日报", "N", "press"), source("b", "港城日报", "N", "press")]
    known += [source("c", "港城日报", "N/OL", "copy"), source("d", "港务局", "R", "official")]
    sources = {each.id: each for each in known}
    fields = {"title": "来客增加", "published": "2031-02-03"}
    assert source_entry({**fields, "producer": "港城日报"}, sources, ())["grade"] == "press"
    assert source_entry({**fields, "producer": "档案馆"}, sources, ())["grade"] == "official", "as all of its kind"
    assert "grade" not in source_entry({**fields, "producer": "晨报", "pages": "3"}, sources, ()), "its kind has two"
    assert source_entry({**fields, "producer": "晨报", "grade": "original"}, sources, ())["grade"] == "original"
