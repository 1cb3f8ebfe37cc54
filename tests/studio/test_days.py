"""A number whose source is younger than the edition: the page says so at once, and an earlier day needs a reason."""

from pathlib import Path

import pytest

from jianbao.review.proposals import KeepEdit
from jianbao.studio.pages import answers, changes, given_answers, hand_over, history, review, tables
from jianbao.studio.session import StudioSession
from tests.studio.requesting import keep_records, request, shown, studio_of, words
from tests.workspaces import amend

pytestmark = pytest.mark.slow

LATE = "This edition knows what was public by 2031-06-30. This source was published on 2031-12-01"
BACK = "This edition would fall back to older numbers:"
EARLY = "counts as public from 2031-06-01, before its source of 2031-12-01."
UNSAID = "Nobody has said where it was public then."
REPORT = {
    "title.0": "港口年报",
    "title_en.0": "Harbour report",
    "producer.0": "港务局",
    "producer_en.0": "Port Office",
    "published.0": "2031-12-01",
}


@pytest.fixture
def studio(workspace: Path) -> StudioSession:
    file = workspace / "data/tallies.csv"
    head, *rows = file.read_text("utf-8").splitlines()
    file.write_text("\n".join([f"{head},known_from", *(f"{row}," for row in rows)]) + "\n", "utf-8")
    made = studio_of(workspace)
    keep_records(made, workspace / "output" / made.state().assessment.issue.label)  # type: ignore[union-attr]
    change(made, "value", "38750", "39990")
    return made


def change(studio: StudioSession, column: str, old: str, new: str) -> None:
    form = {"row": "6", "column": column, "old": old, "new": new}
    tables.change_cell(request(studio, path={"table": "tallies"}, form=form, fragment=True))


def answered(studio: StudioSession, **fields: str) -> str:
    given_answers.answer(
        request(
            studio, form={"question": "tallies:6.source", "way.0": "corrected", "sure.0": "yes", **REPORT, **fields}
        )
    )
    return shown(changes.changes, studio)


def row_id(studio: StudioSession, which: str) -> str:
    found = answers.open_points(request(studio), studio.trial())[which]
    return str(found[0]["id"])


def test_a_source_after_the_day_of_the_edition_is_said_not_to_be_used_with_the_ways_out(studio: StudioSession) -> None:
    page = answered(studio)
    assert LATE in page and "There are three ways:" in page and "The administrator moves the day" in page
    assert BACK in page and "38,750 (2030) → about 41,200 (2029) Number of guests" in page


def test_a_row_of_its_own_waits_for_the_next_edition_and_nothing_looks_as_if_it_were_done(
    studio: StudioSession,
) -> None:
    page = answered(studio, **{"way.0": "added", "on.0": "2031-05"})
    assert LATE in page and BACK not in page
    assert "the new number waits for the next one" in page and "Nothing that the brief says would change." not in page


def test_what_this_edition_does_not_use_changes_no_text_of_it_and_is_stored_for_the_next(studio: StudioSession) -> None:
    amend(studio.root, "data/discrepancies.yml", "名单中有一个未经证实", "公报写了38750人")
    before = (studio.root / "data/discrepancies.yml").read_bytes()
    page = answered(studio, **{"way.0": "added", "on.0": "2031-05"})
    assert "To be answered first" not in page and "no text of this edition changes" in page
    assert "Store the data only, for the next edition" in page and "Not everything is answered" not in page
    assert "not used in this edition, kept for the next one" in bytes(changes.changes(request(studio)).body).decode()
    review.apply(request(studio, form={"why": "For the next one"}))
    assert (studio.root / "data/discrepancies.yml").read_bytes() == before
    assert "39990" in (studio.root / "data/tallies.csv").read_text("utf-8")


def test_a_number_of_a_day_after_the_newest_edition_cannot_be_stored_and_no_way_is_offered_that_fails(
    studio: StudioSession,
) -> None:
    before = studio.drafts()
    form = {"question": "tallies:6.source", **REPORT, "way.0": "added", "on.0": "2031-08"}
    said = "2031-08 is after 2031-06-30, up to which this edition counts: it cannot be used now"
    assert said in words(given_answers.ask_rest(request(studio, form=form))), "where it is pasted"
    page = words(given_answers.answer(request(studio, form=form)))
    assert said in page and "ask the administrator" in page and "jianbao edition new" not in page
    assert studio.drafts() == before
    history.drop(request(studio))
    assert studio.drafts() == ()


def test_a_source_of_before_says_nothing(studio: StudioSession) -> None:
    assert "Not used in this edition" not in answered(studio, **{"published.0": "2031-05-01"})


def test_an_earlier_day_needs_a_place_and_is_shown_to_who_approves(studio: StudioSession) -> None:
    answered(studio)
    form = {"dated": row_id(studio, "late"), "day.0": "2031-06-01", "reason.0": ""}
    refused = words(given_answers.answer(request(studio, form=form)))
    assert "where the number was public on 2031-06-01" in refused
    given_answers.answer(request(studio, form={**form, "reason.0": "Harbour board, front page, 1 June"}))
    page = shown(changes.changes, studio)
    assert LATE not in page and UNSAID not in page and "39,990" in page
    review.apply(request(studio, form={"why": "The report counts more"}))
    page = shown(review.review, studio, query={"state": "changed"})
    assert "public earlier than its source" in page and "Harbour board, front page, 1 June" in page


def test_a_day_typed_into_the_table_before_that_of_the_source_asks_for_a_reason_until_it_has_one(
    studio: StudioSession,
) -> None:
    answered(studio)
    change(studio, "known_from", "2031-12-01", "2031-06-01")
    page = shown(changes.changes, studio)
    assert EARLY in page and "Where it was public then" in page
    review.apply(request(studio, form={"why": "The report counts more"}))
    for handler in (review.review, hand_over.hand_over):
        page = shown(handler, studio, query={"state": "changed"})
        assert EARLY in page and UNSAID in page
    form = {"dated": row_id(studio, "early"), "day.0": "2031-06-01", "reason.0": "Harbour board, 1 June"}
    given_answers.answer(request(studio, form=form))
    assert [each.why for each in studio.drafts() if isinstance(each, KeepEdit)] == ["Harbour board, 1 June"]
    review.apply(request(studio, form={"why": "Said"}))
    assert UNSAID not in shown(hand_over.hand_over, studio)
