"""What a changed number leaves open, its source and typed texts with the old one, and how that is answered."""

import re
from pathlib import Path
from typing import Any

import pytest

from jianbao.review.proposals import KeepEdit, RowEdit
from jianbao.review.source_answers import is_source
from jianbao.studio.pages import answers, brief, changes, given_answers, hand_over, history, home, review, tables
from jianbao.studio.session import StudioSession
from tests.studio.requesting import keep_records, request, shown, studio_of, words
from tests.workspaces import amend, run

pytestmark = pytest.mark.slow

OLD_NUMBER = "公报写了38750人"
PLACE = "tallies:6.source"
ASKED = "So far the row names"
UNSAID = "Nobody has said where the new number comes from; the row still names"
REPORT = {
    "title.0": "港口年报",
    "title_en.0": "Harbour report",
    "producer.0": "港务局",
    "producer_en.0": "Port Office",
    "published.0": "2031-02",
    "url.0": "https://example.org/report",
}


@pytest.fixture
def studio(workspace: Path) -> StudioSession:
    amend(workspace, "data/discrepancies.yml", "名单中有一个未经证实", OLD_NUMBER)
    made = studio_of(workspace)
    keep_records(made, workspace / "output" / made.state().assessment.issue.label)  # type: ignore[union-attr]
    form = {"row": "6", "column": "value", "old": "38750", "new": "39990"}
    tables.change_cell(request(made, path={"table": "tallies"}, form=form, fragment=True))
    return made


def answered(studio: StudioSession, **fields: str) -> None:
    given_answers.answer(request(studio, form={"question": PLACE, "way.0": "corrected", "sure.0": "yes", **fields}))


def written(studio: StudioSession) -> None:
    review.apply(request(studio, form={"why": "The report counts more"}))


def row(studio: StudioSession, number: int = 6) -> dict[str, str]:
    return studio.editable().row("tallies", number)


def review_of_changes(studio: StudioSession) -> str:
    return shown(review.review, studio, query={"state": "changed"})


# Where the new number comes from


def test_a_changed_number_asks_for_its_source_in_place_until_that_is_answered(studio: StudioSession) -> None:
    page = bytes(changes.changes(request(studio)).body).decode()
    assert ASKED in page and 'name="title.0"' in page and 'name="on.0"' in page
    assert '<option value="corroborated" selected>' in page
    answered(studio, **{"way.0": "same"})
    assert ASKED not in shown(changes.changes, studio)


def test_a_new_source_is_registered_with_the_change_and_the_row_names_it(studio: StudioSession) -> None:
    before = (studio.root / "data/sources.yml").read_text("utf-8")
    answered(studio, **REPORT, **{"way.0": "redated", "on.0": "2030-12-31", "cell.0.confidence": "stated"})
    page = shown(changes.changes, studio)
    assert ASKED not in page and "港口年报" in page
    written(studio)
    after = (studio.root / "data/sources.yml").read_text("utf-8")
    assert (
        after.startswith(before)
        and '  title: "港口年报"\n  title_en: "Harbour report"\n  producer: "港务局"\n  published: "2031-02"\n' in after
    )
    found = row(studio)
    assert (found["value"], found["period"], found["confidence"]) == ("39990", "2030-12-31", "stated")
    assert studio.state().assessment.project.evidence.sources[found["source"]].title == "港口年报"  # type: ignore[union-attr]


def test_all_that_an_empty_form_lacks_is_said_at_once(studio: StudioSession) -> None:
    page = words(given_answers.answer(request(studio, form={"question": PLACE})))
    for said in ("title of the source", "its title in English", "who published it", "its date", "what becomes of"):
        assert said in page, said


def test_the_reason_for_a_number_that_was_copied_wrongly_is_proposed(studio: StudioSession) -> None:
    answered(studio, **{"way.0": "same"})
    page = bytes(changes.changes(request(studio)).body).decode()
    assert 'value="38750 was copied wrongly; corrected to 39990"' in page


def test_a_known_source_is_chosen_by_its_title_and_not_registered_again(studio: StudioSession) -> None:
    answered(studio, **{"title.0": "Rumours from the quay (fictitious)", "way.0": "corrected"})
    assert not [each for each in studio.drafts() if isinstance(each, RowEdit)]
    written(studio)
    assert row(studio)["source"] == "rumours"


def test_that_the_source_is_the_same_is_kept_with_the_change_and_told_to_who_approves_it(studio: StudioSession) -> None:
    answered(studio, **{"way.0": "same"})
    written(studio)
    page = review_of_changes(studio)
    assert UNSAID not in page and "the source is the same; the old number was copied wrongly" in page
    assert UNSAID not in shown(hand_over.hand_over, studio)
    assert row(studio)["source"] == "almanac;gazette"


def test_a_question_that_nobody_answered_is_told_on_every_page_and_can_be_answered_after(studio: StudioSession) -> None:
    page = shown(changes.changes, studio)
    note, moved, write = (
        page.index(each) for each in ("Not everything is answered", "before the answers", "without the")
    )
    assert moved < write < note < page.index("Write it into the workspace"), "the button is in no fold of consequences"
    written(studio)
    assert UNSAID in review_of_changes(studio) and UNSAID in shown(hand_over.hand_over, studio)
    assert ASKED in shown(changes.changes, studio)
    answered(studio, **{"way.0": "same"})
    written(studio)
    assert UNSAID not in review_of_changes(studio) and UNSAID not in shown(hand_over.hand_over, studio)


def test_a_later_number_becomes_a_row_of_its_own_and_the_old_one_stays(studio: StudioSession) -> None:
    same_day = request(studio, form={"question": PLACE, **REPORT, "way.0": "added", "on.0": "2030"})
    assert "a further row needs another date" in words(given_answers.answer(same_day))
    answered(studio, **REPORT, **{"way.0": "added", "on.0": "2031-01"})
    written(studio)
    assert row(studio)["value"] == "38750"
    last = row(studio, studio.editable().sheets["tallies"].numbers[-1])
    assert (last["value"], last["period"]) == ("39990", "2031-01") and last["source"] not in ("", "almanac;gazette")


def test_an_answer_that_says_nothing_new_is_refused(studio: StudioSession) -> None:
    studio.drop("tallies:6.value")
    form = {"row": "2", "column": "value", "old": "204000000", "new": "204000001"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    title = studio.state().assessment.project.evidence.sources["almanac"].title  # type: ignore[union-attr]
    form = {"question": "tallies:2.source", "title.0": title, "way.0": "corrected", "sure.0": "yes"}
    assert "names this source already" in words(given_answers.answer(request(studio, form=form)))


def test_what_was_typed_stays_in_the_form_if_an_answer_cannot_be_taken(studio: StudioSession) -> None:
    answer = given_answers.answer(request(studio, form={"question": PLACE, **REPORT}))
    page = bytes(answer.body).decode()
    assert answer.status_code == 400 and "Choose what becomes of the old number." in page
    assert 'name="title.0" list="source-titles" autocomplete="off" value="港口年报"' in page
    assert 'value="https://example.org/report"' in page and len(studio.drafts()) == 1


def test_an_empty_form_says_what_is_to_be_filled_in(studio: StudioSession) -> None:
    answer = given_answers.answer(
        request(studio, language="zh", form={"question": PLACE, "title.0": "", "published.0": ""})
    )
    page = bytes(answer.body).decode()
    assert answer.status_code == 400 and "还没有保存：请看标红的各处。" in page
    assert 'id="wrong-title.0">请填材料标题。' in page and 'id="wrong-way.0">请选旧数怎么办。' in page
    assert 'id="wrong-producer.0"' in page and len(studio.drafts()) == 1
    assert '<details class="fields" open>' in page, "what is missing is not in a closed fold"


def test_what_a_new_source_lacks_is_said_at_its_field_with_what_was_filled_in(studio: StudioSession) -> None:
    given = {"title.0": "港口年报", "way.0": "added", "published.0": "去年", "url.0": "example.org"}
    page = bytes(given_answers.answer(request(studio, form={"question": PLACE, **given})).body).decode()
    assert 'value="港口年报"' in page and 'value="added" checked' in page
    for name, said in (
        ("title_en", "Give its title in English: the English pages print it."),
        ("producer", "Say who published it."),
        ("published", "&#39;去年&#39; is not a date: write 2025, 2025-12 or 2025-12-30."),
        ("url", "An address begins with https:// or http://."),
    ):
        assert f'id="wrong-{name}.0">{said}' in page
    empty = {**given, "published.0": "", "url.0": "", "title_en.0": "A report", "producer.0": "Quay"}
    page = bytes(given_answers.answer(request(studio, form={"question": PLACE, **empty})).body).decode()
    assert re.findall(r'id="wrong-(\w+)', page) == ["published"] and len(studio.drafts()) == 1


def test_dates_are_taken_as_people_write_them(studio: StudioSession) -> None:
    answered(studio, **{**REPORT, "published.0": "2031年2月3日", "way.0": "redated", "on.0": "2031/1"})
    written(studio)
    found = row(studio)
    source = studio.state().assessment.project.evidence.sources[found["source"]]  # type: ignore[union-attr]
    assert (found["period"], source.published) == ("2031-01", "2031-02-03")


@pytest.mark.parametrize("way", ["added", "redated", "corrected"])
def test_answers_that_were_given_can_be_given_again(studio: StudioSession, way: str) -> None:
    in_english(studio)
    answered(studio, **REPORT, **{"way.0": way, "on.0": "2031-01", "cell.0.confidence": "stated"})
    assert "Change the answers about the source" in shown(changes.changes, studio)
    for asked in texts(studio):
        both = {f"new.0.{side['language']}": side["new"] for side in asked["sides"]}
        given_answers.answer(request(studio, form={"number": asked["name"], **both}))
    before = studio.drafts()
    page = bytes(changes.changes(request(studio, query={"again": "yes"})).body).decode()
    assert 'value="港口年报"' in page and f'value="{way}" checked' in page and 'value="2031-02"' in page
    assert '<option value="stated" selected>' in page and studio.drafts() == before
    answered(studio, **{**REPORT, "way.0": "corrected", "producer.0": "海事局", "again": "yes"})
    rows = [each for each in studio.drafts() if isinstance(each, RowEdit)]
    assert [each.cells["producer"] for each in rows if each.table == "sources"] == ["海事局"] and texts(studio)
    assert [each.cells["zh"] for each in rows if each.table == "names"] == ["海事局"]
    written(studio)
    assert (row(studio)["value"], row(studio)["period"]) == ("39990", "2030")


def test_a_cell_that_is_changed_again_asks_for_its_mended_texts_again(studio: StudioSession) -> None:
    in_english(studio)
    answered(studio, **{"way.0": "same"})
    (asked,) = texts(studio)
    both = {f"new.0.{side['language']}": side["new"] for side in asked["sides"]}
    given_answers.answer(request(studio, form={"number": asked["name"], **both}))
    assert not texts(studio)
    form = {"row": "6", "column": "value", "old": "39990", "new": "40100"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    assert [side["new"] for side in texts(studio)[0]["sides"]] == ["公报写了40100人。", "It says 40100 people."]


def test_the_form_asks_whether_the_old_number_was_wrong_and_takes_no_day_by_itself(studio: StudioSession) -> None:
    page = shown(changes.changes, studio, language="zh")
    for said in (
        "旧数错，改正；仍是 2030 的数",
        "旧数错，改正；日期也改",
        "旧数没错：旧行保留",
        "来源没变，旧数是抄错的",
    ):
        assert said in page
    answered(studio, **REPORT, **{"on.0": "2030-12-31"})  # the old number was wrong, of the same day
    written(studio)
    assert row(studio)["period"] == "2030"


def test_a_number_of_another_day_is_of_that_of_its_source_if_no_other_is_given(studio: StudioSession) -> None:
    answered(studio, **REPORT, **{"way.0": "redated"})
    written(studio)
    assert row(studio)["period"] == "2031-02"


def test_a_new_source_is_of_the_kind_that_others_of_its_publisher_are(studio: StudioSession) -> None:
    known = next(iter(studio.state().assessment.project.evidence.sources.values()))  # type: ignore[union-attr]
    fields = {"title.0": "A further report", "producer.0": known.producer or "Quay", "published.0": "2031"}
    fields["url.0"] = known.url
    answered(studio, **fields, **{"title_en.0": "In English"})
    source = next(each for each in studio.drafts() if isinstance(each, RowEdit))
    assert source.cells["title_en"] == "In English" and (not known.producer or source.cells["kind"] == known.kind)


def test_a_change_with_another_date_can_be_taken_back(studio: StudioSession) -> None:
    answered(studio, **REPORT, **{"way.0": "redated", "on.0": "2030-12-31"})
    written(studio)
    name = next(each.stem for each in (studio.root / "data/proposals").glob("*.yml"))
    assert "Take it back" in shown(home.home, studio)
    history.undo(request(studio, path={"name": name}))
    review.apply(request(studio, form={"why": "It was right"}))
    assert (row(studio)["value"], row(studio)["period"]) == ("38750", "2030")


def test_the_command_asks_for_the_source_too(studio: StudioSession) -> None:
    said = run("propose", studio.root, "--set", "tallies:6.value=39990").out
    assert "Does the new number come from the same source? tallies:6.source=almanac;gazette" in said
    said = run("propose", studio.root, "--set", "tallies:6.value=39990", "--set", "tallies:6.source=gazette").out
    assert "the same source?" not in said


# What was typed with the old number


def texts(studio: StudioSession) -> list[dict[str, Any]]:
    """Return the texts that are asked about, once the source is."""
    found: list[dict[str, Any]] = answers.open_points(request(studio), studio.trial())["texts"]
    return found


def in_english(studio: StudioSession) -> None:
    amend(studio.root, "data/discrepancies.yml", "One town on the list is not confirmed", "It says 38750 people")


def test_a_text_is_asked_about_once_in_both_languages_with_what_it_would_say(studio: StudioSession) -> None:
    in_english(studio)
    answered(studio, **{"way.0": "same"})
    (asked,) = texts(studio)
    assert [side["new"] for side in asked["sides"]] == ["公报写了39990人。", "It says 39990 people."]
    page = shown(changes.changes, studio)
    assert "38750 → 39990" in page and "Take it so, and see what it moves" in page


def test_the_texts_come_after_the_source_which_they_may_name(studio: StudioSession) -> None:
    page = shown(changes.changes, studio)
    assert "So far the row names" in page and OLD_NUMBER not in page
    answered(studio, **{"way.0": "same"})
    page = shown(changes.changes, studio)
    assert "So far the row names" not in page and "Take it so" in page


def test_a_row_of_its_own_asks_about_the_texts_too_and_says_so_if_there_is_none(studio: StudioSession) -> None:
    amend(studio.root, "data/discrepancies.yml", OLD_NUMBER, f"2030年为38750人，{OLD_NUMBER}")
    answered(studio, **REPORT, **{"way.0": "added", "on.0": "2031-01"})
    (asked,) = texts(studio)
    assert asked["sides"][0]["change"] and "Take it so, and see what it moves" in shown(changes.changes, studio)
    given_answers.answer(request(studio, form={"number": asked["name"], "why.0": "The number of its day"}))
    assert "stays, as was decided" in shown(changes.changes, studio)


def test_a_text_with_the_old_number_and_its_day_keeps_both_and_the_new_ones_are_put_beside_them(
    studio: StudioSession,
) -> None:
    amend(studio.root, "data/discrepancies.yml", OLD_NUMBER, "2030年12月为38750人")
    amend(
        studio.root, "data/discrepancies.yml", "One town on the list is not confirmed", "December 2030 has 38750 people"
    )
    amend(studio.root, "data/tallies.csv", "visitors,38750,visitor,=,2030,", "visitors,38750,visitor,=,2030-12,")
    studio.change_drafts(lambda _: ())
    form = {"row": "6", "column": "value", "old": "38750", "new": "39990"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    answered(studio, **REPORT, **{"way.0": "added", "on.0": "2031-01"})
    (asked,) = texts(studio)
    page = shown(changes.changes, studio)
    assert asked["beside"] and "38750 stays, the new number is added" in page
    both = {f"new.0.{side['language']}": side["new"] for side in asked["sides"]}
    given_answers.answer(request(studio, form={"number": asked["name"], **both, "why.0": "of its day"}))
    assert "1 text with the old number or source stays" in shown(changes.changes, studio)  # its languages are one
    studio.change_drafts(lambda drafts: [each for each in drafts if not isinstance(each, KeepEdit)])
    given_answers.answer(request(studio, form={"number": asked["name"], **both, "why.0": ""}))
    register = studio.with_drafts().snapshot.text("data/discrepancies.yml")
    assert "2030年12月为38750人；2031年1月为39990人" in register
    assert "there were 38750 people in December 2030 and 39990 people in January 2031" in register
    assert not texts(studio), "what was mended is not asked about again"


def test_a_long_text_of_the_register_that_is_mended_is_whole_in_a_fold_for_who_changes_and_who_approves(
    studio: StudioSession,
) -> None:
    first = (
        "名录与公报所列的数不同，名录只列已经签约的城镇，公报则连同有意向的城镇一并列出，两者不能直接相比，须分别注明。"
    )
    register = "data/discrepancies.yml"
    amend(studio.root, register, OLD_NUMBER, f"{first}{OLD_NUMBER}")
    amend(studio.root, register, "One town on the list is not confirmed", "The gazette has 38750 people")
    studio.change_drafts(lambda _: ())
    change = {"row": "6", "column": "value", "old": "38750", "new": "39990"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=change, fragment=True))
    answered(studio, **REPORT, **{"way.0": "corrected", "sure.0": "yes"})
    (asked,) = texts(studio)
    new = {f"new.0.{side['language']}": side["new"] for side in asked["sides"]}
    given_answers.answer(request(studio, form={"number": asked["name"], **new, "why.0": ""}))
    seen = shown(changes.changes, studio)
    written(studio)
    for page in (seen, review_of_changes(studio)):
        assert "…公报写了" in page and first in page and "The whole of it" in page


def test_a_register_text_that_stays_is_told_once_to_who_approves_in_their_language(studio: StudioSession) -> None:
    in_english(studio)
    answered(studio, **{"way.0": "same"})
    given_answers.answer(request(studio, form={"number": texts(studio)[0]["name"], "why.0": "It quotes the gazette"}))
    written(studio)
    page = review_of_changes(studio)
    assert page.count("It quotes the gazette") == 1 and "It says 38750 people" in page and OLD_NUMBER not in page
    page = shown(review.review, studio, language="zh", query={"state": "changed"})
    assert OLD_NUMBER in page and "It says 38750 people" not in page


def test_that_no_text_has_the_old_number_is_said(studio: StudioSession) -> None:
    amend(studio.root, "data/discrepancies.yml", OLD_NUMBER, "公报写了别的数")
    answered(studio, **REPORT, **{"way.0": "added", "on.0": "2031-01"})
    assert "No typed text says the old number or names the old source." in shown(changes.changes, studio)


def test_the_reason_is_proposed_for_a_row_of_its_own_too(studio: StudioSession) -> None:
    answered(studio, **REPORT, **{"way.0": "added", "on.0": "2031-01"})
    page = bytes(changes.changes(request(studio)).body).decode()
    assert (
        'value="According to 港务局 of February 2031 it has risen to 39990 visitors; the 38750 visitors of 2030 stay."'
        in page
    )
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    assert 'value="据港务局 2031年2月消息，增至 39990 人；2030年的 38750 人保留。"' in page


def test_the_reason_calls_a_newspaper_by_its_name_in_title_marks(studio: StudioSession) -> None:
    report = {**REPORT, "producer.0": "港口日报", "published.0": "2031-01-30"}
    answered(studio, **report, **{"way.0": "added", "on.0": "2031-01"})
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    assert 'value="据《港口日报》2031年1月30日报道，增至 39990 人；' in page


def test_a_text_that_stays_in_two_languages_is_one_change(studio: StudioSession) -> None:
    in_english(studio)
    answered(studio, **{"way.0": "same"})
    given_answers.answer(request(studio, form={"number": texts(studio)[0]["name"], "why.0": "It quotes the gazette"}))
    assert sum(isinstance(each, KeepEdit) and each.why == "It quotes the gazette" for each in studio.drafts()) == 2
    page = bytes(changes.changes(request(studio, language="zh")).body).decode()
    assert page.count("不改：公报写了38750人。") == 1 and "不改：It says" not in page
    one = page[page.index("不改：公报") :]
    assert one[: one.index("</li>")].count('name="name"') == 2


def test_a_text_of_the_register_is_mended_in_each_language_with_one_button(studio: StudioSession) -> None:
    file = studio.root / "data/discrepancies.yml"
    in_english(studio)
    before = file.read_text("utf-8")
    answered(studio, **{"way.0": "same"})
    (asked,) = texts(studio)
    shown_texts = {f"new.0.{side['language']}": side["new"] for side in asked["sides"]}
    given_answers.answer(request(studio, form={"number": asked["name"], **shown_texts}))
    page = shown(changes.changes, studio)
    assert "still says the old number" not in page and "Register of discrepancies" in page
    assert "settled in the step before" in page
    written(studio)
    assert "settled in the step before" not in review_of_changes(studio), "who approves reads it like the rest"
    assert file.read_text("utf-8") == before.replace("38750", "39990")


def test_that_only_one_language_was_mended_is_told_with_what_the_other_says(studio: StudioSession) -> None:
    text = "Newest is {{ ties.latest | name }}, on {{ ties.latest_on | date }}."
    brief.write(request(studio, path={"wording": "harbour.ties:2"}, form={"text.en": text}))
    said = "Not changed in Chinese, which still says: 最后结好的是乌港"
    assert said in shown(changes.changes, studio)
    written(studio)
    assert said in review_of_changes(studio)


def test_a_text_that_stays_is_listed_with_the_reason_and_misses_no_more(studio: StudioSession) -> None:
    answered(studio, **{"way.0": "same"})
    given_answers.answer(request(studio, form={"number": texts(studio)[0]["name"], "why.0": "It quotes the gazette"}))
    assert any(isinstance(each, KeepEdit) and each.why == "It quotes the gazette" for each in studio.drafts())
    assert "1 text with the old number or source stays, as was decided" in shown(changes.changes, studio)
    written(studio)
    assert "still says the old number" not in shown(hand_over.hand_over, studio)
    page = review_of_changes(studio)
    assert page.count("It quotes the gazette") == 1  # with the change, and not again below


def test_with_a_row_that_is_dropped_the_reasons_for_old_numbers_are_asked_for_again(studio: StudioSession) -> None:
    found = [each["name"] for each in texts(studio)]
    given_answers.answer(
        request(
            studio,
            form={"question": PLACE, **REPORT, "way.0": "added", "on.0": "2031-01", "number": found}
            | {f"why.{place}": "The old row stays" for place in range(len(found))},
        )
    )
    row_at = next(
        place for place, each in enumerate(studio.drafts()) if isinstance(each, RowEdit) and each.table == "tallies"
    )
    studio.drop(f"+{row_at}")
    assert not any(isinstance(each, KeepEdit) for each in studio.drafts())
    form = {"row": "6", "column": "value", "old": "38750", "new": "39990"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    assert [each["name"] for each in texts(studio)] == found


def test_nothing_but_what_was_found_can_be_changed_by_an_answer(studio: StudioSession) -> None:
    given_answers.answer(
        request(studio, form={"number": "data/roles.yml:1 x", "new.0": "y", "question": "ties:1.source"})
    )
    assert len(studio.drafts()) == 1


# What is approved


def test_review_begins_with_the_cell_that_was_changed_by_whom_and_why(studio: StudioSession) -> None:
    written(studio)
    page = review_of_changes(studio)
    root = page.index("What was changed, and why")
    assert "Ann, 2031-03-01: The report counts more" in page[root:] and "38750 → 39990" in page[root:]
    assert root < page.index(UNSAID) < page.index("otherwise because of it")


QUOTE = "年末登记人数为39990人"


def test_the_words_of_a_new_source_are_kept_with_it_and_quoted_where_the_change_is_read(studio: StudioSession) -> None:
    answered(studio, **REPORT, **{"note.0": QUOTE, "pages.0": "3", "way.0": "added", "on.0": "2031-01"})
    page = bytes(changes.changes(request(studio)).body).decode()
    assert page.index("The reason is written, by the answers") < page.index(f"(in its words: “{QUOTE}”)"), "folded"
    given = request(studio, query={"again": "yes"})
    assert f'value="{QUOTE}"' in bytes(changes.changes(given).body).decode()
    written(studio)
    assert f'note: "{QUOTE}"' in (studio.root / "data/sources.yml").read_text("utf-8")
    page = review_of_changes(studio)
    first = page[page.index("What was changed, and why") :]
    note = (
        f"39990, as of 2031-01, 港务局, 2031-02, page 3 of the paper: “{QUOTE}”; the old number 38750 stays in its row"
    )
    assert note in first and first.count(QUOTE) == 1, "once, in one line"
    assert "struck out" not in first[: first.index("otherwise because of it")], "nothing is, in rows that are new"
    assert first.index(note) < first.index("“港口年报”") < first.index("otherwise because of it"), (
        "its title is in a fold"
    )


def test_whether_a_source_is_a_copy_is_asked_where_the_old_one_was_and_kept_with_it(studio: StudioSession) -> None:
    asked = 'name="copied.0" value="yes"'
    assert asked not in bytes(changes.changes(request(studio)).body).decode(), "the old source is no copy"
    amend(studio.root, "data/sources.yml", "  kind: M\n", "  kind: M\n  grade: copy\n")
    assert asked in bytes(changes.changes(request(studio)).body).decode()
    answered(studio, **REPORT, **{"way.0": "corrected", "reprint.0": "copy"})
    (added,) = (each.cells for each in studio.drafts() if is_source(each))
    assert added["grade"] == "copy"
    again = bytes(changes.changes(request(studio, query={"again": "yes"})).body).decode()
    assert 'name="reprint.0" value="copy" checked' in again
    answered(studio, **REPORT, **{"way.0": "corrected", "reprint.0": "", "again": "yes"})
    (added,) = (each.cells for each in studio.drafts() if is_source(each))
    assert added.get("grade") != "copy"


def test_a_later_number_is_asked_about_too_while_an_older_row_rests_on_a_copy(studio: StudioSession) -> None:
    amend(studio.root, "data/sources.yml", "  kind: M\n", "  kind: M\n  grade: copy\n")
    answered(studio, **REPORT, **{"way.0": "added", "on.0": "2031-01", "reprint.0": ""})
    written(studio)
    (line,) = (
        at
        for at, row in enumerate((studio.root / "data/tallies.csv").read_text("utf-8").splitlines(), 1)
        if "39990" in row
    )
    form = {"row": str(line), "column": "value", "old": "39990", "new": "40000"}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))
    assert 'name="copied.0" value="yes"' in bytes(changes.changes(request(studio)).body).decode()


def test_the_words_of_a_known_source_are_kept_with_the_row(studio: StudioSession) -> None:
    amend(studio.root, "data/tables.yml", "    tally:      {", "    note:       {type: text}\n    tally:      {")
    table = studio.root / "data/tallies.csv"
    head, *rows = table.read_text("utf-8").splitlines()
    table.write_text("\n".join((f"{head},note", *(f"{each}," for each in rows), "")), "utf-8")
    answered(studio, **{"title.0": "Rumours from the quay (fictitious)", "note.0": QUOTE})
    written(studio)
    assert row(studio)["note"] == QUOTE and f"“{QUOTE}”" in review_of_changes(studio)


def test_a_table_that_differs_by_the_register_alone_need_not_be_read_whole(studio: StudioSession) -> None:
    in_english(studio)
    keep_records(studio, studio.root / "output/archive" / studio.state().assessment.issue.label)  # type: ignore[union-attr]
    answered(studio, **{"way.0": "same"})
    (asked,) = texts(studio)
    mended = {f"new.0.{side['language']}": side["new"] for side in asked["sides"]}
    given_answers.answer(request(studio, form={"number": asked["name"], **mended}))
    written(studio)
    page = review_of_changes(studio)
    assert "read all of it" not in page and "38750 → 39990" in page


def test_the_reason_is_proposed_by_the_new_source_and_what_was_typed_instead_is_not_lost(studio: StudioSession) -> None:
    answered(studio, **REPORT)
    assert 'value="38750 → 39990 by 港务局, 港口年报, 2031-02"' in bytes(changes.changes(request(studio)).body).decode()
    brief.write(request(studio, path={"wording": "harbour.ties:2"}, form={"text.en": "Newest is {{ ties.newest }}."}))
    refused = review.apply(request(studio, form={"why": "So says the board"}))
    page = bytes(refused.body).decode()
    assert refused.status_code >= 400 and 'value="So says the board"' in page and "ties.newest" in page


def test_a_draft_of_a_sentence_shows_the_values_of_its_facts_and_no_code(studio: StudioSession) -> None:
    text = "Newest is {{ ties.latest | name }}, one of {{ ties.total }}."
    brief.write(request(studio, path={"wording": "harbour.ties:2"}, form={"text.en": text}))
    page = shown(changes.changes, studio)
    assert "{{" not in page and re.search(r", one of \d+", page)


def test_a_written_change_with_a_new_row_and_source_is_taken_back_whole(studio: StudioSession) -> None:
    before = {name: (studio.root / name).read_bytes() for name in ("data/tallies.csv", "data/sources.yml")}
    answered(studio, **REPORT, **{"way.0": "added", "on.0": "2030-12-31"})
    written(studio)
    (name,) = (path.stem for path in (studio.root / "data/proposals").glob("*.yml"))
    history.undo(request(studio, path={"name": name}))
    page = shown(changes.changes, studio)
    assert "row taken out" in page and "39990" in page, page
    written(studio)
    assert all((studio.root / name).read_bytes() == text for name, text in before.items())
    assert "Take it back" in shown(home.home, studio) and "is no longer there" in shown(home.home, studio)
