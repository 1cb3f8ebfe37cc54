"""Verdicts and what they make of items, without a workspace."""

from dataclasses import replace
from functools import cache

from jianbao.app.assess import Assessment
from jianbao.core.documents import Problems
from jianbao.core.errors import Place
from jianbao.review.review_items import ReviewItem
from jianbao.review.verdicts import (
    ItemState,
    ReviewVerdict,
    Verb,
    item_states,
    read_verdicts,
    stale_texts,
    write_verdicts,
)
from tests.workspaces import MINIATURE, assessed

TIES = "harbour.ties:1"
ITEM = ReviewItem(
    id=TIES,
    kind="statement",
    texts={"en": "Six."},
    facts=(),
    content="six",
    words={TIES: {"zh": "z", "en": "e"}},
    documents=("brief",),
)


@cache
def known() -> Assessment:
    return assessed(MINIATURE, "")


def verdict(at: int, verb: Verb = "approved", content: str = "six", comment: str = "") -> ReviewVerdict:
    return ReviewVerdict(
        at=f"2031-07-{at:02}T10:00:00+00:00",
        by="Ann",
        verdict=verb,
        item=ITEM.id,
        content=content,
        words=ITEM.words,
        comment=comment,
    )


def standing(*verdicts: ReviewVerdict, item: ReviewItem = ITEM) -> ItemState:
    return item_states([item], verdicts, known().ledger, known().project.framework)[0]


def test_an_item_of_which_nobody_spoke_is_pending() -> None:
    assert standing().state == "pending" and standing().verdict is None


def test_an_approval_holds_for_its_content_and_comes_back_with_it() -> None:
    assert standing(verdict(1)).state == "approved"
    lapsed = standing(verdict(1), item=replace(ITEM, content="seven"))
    assert (lapsed.state, lapsed.changed) == ("pending", True)
    assert standing(verdict(1), verdict(2, content="seven")).state == "approved"


def test_a_return_holds_until_an_approval_whatever_the_content() -> None:
    back = verdict(2, "returned", comment="say where")
    assert standing(verdict(1), back).state == "returned"
    changed = standing(verdict(1), back, item=replace(ITEM, content="seven"))
    assert changed.state == "returned" and changed.changed and changed.verdict == back
    assert standing(verdict(1), back, verdict(3)).state == "approved"


def test_an_approval_before_a_return_does_not_come_back_after_another_one() -> None:
    said = verdict(1), verdict(2, "returned", comment="no"), verdict(3, content="seven")
    assert standing(*said).state == "pending"


def test_the_order_of_the_lines_does_not_matter_as_branches_are_merged() -> None:
    said = verdict(1), verdict(2, "returned", comment="no"), verdict(3)
    assert standing(*reversed(said)) == standing(*said)


def test_verdicts_of_different_time_zones_are_in_the_order_of_their_moments() -> None:
    back = replace(verdict(2, "returned", comment="no"), at="2031-07-01T23:30:00+00:00")
    assert standing(back, replace(verdict(2), at="2031-07-02T07:00:00+08:00")).verdict == back
    assert standing(back, replace(verdict(2), at="2031-07-02T08:00:00+08:00")).state == "approved"


def test_verdicts_are_read_as_they_were_written_line_by_line() -> None:
    said = (verdict(1), verdict(2, "returned", comment="第一行\n第二行 “引文”"))
    problems: Problems = []
    text = write_verdicts(said)
    assert text.count("\n") == len(said) and read_verdicts(text, "x", problems) == said and not problems


def test_a_line_that_is_no_verdict_is_named_with_its_line() -> None:
    problems: Problems = []
    text = write_verdicts([verdict(1)]) + "<<<<<<< ours\n" + '{"at": "2031", "verdict": "perhaps"}\n'
    text += write_verdicts([replace(verdict(1), at="yesterday")])
    assert len(read_verdicts(text, "data/reviews/x.jsonl", problems)) == 1
    assert [problem.where.line for problem in problems] == [2, 3, 4]


FILE = "templates/wording/harbour.yml"
PLACES = {TIES: {"zh": Place(FILE, 7), "en": Place(FILE, 8)}}


def changed(**words: str) -> ReviewItem:
    return replace(ITEM, words={TIES: {**ITEM.words[TIES], **words}})


def test_a_text_that_stayed_behind_is_named_with_its_line() -> None:
    (stale,) = stale_texts([changed(zh="new")], [verdict(1)], PLACES)
    assert (stale.changed, stale.behind) == (("zh",), ("en",))
    assert (stale.problem().where.file, stale.problem().where.line) == (FILE, 8)
    assert "Ann" in stale.problem().what
    (other,) = stale_texts([changed(en="new")], [verdict(1)], PLACES)
    assert other.behind == ("zh",) and other.place.line == 7


def test_texts_that_changed_together_or_were_approved_as_they_are_are_not_stale() -> None:
    both = changed(zh="new", en="new")
    assert stale_texts([both], [verdict(1)], PLACES) == ()
    again = replace(verdict(2), words=changed(zh="new").words)
    assert stale_texts([changed(zh="new")], [verdict(1), again], PLACES) == ()
    assert stale_texts([changed(zh="new")], [verdict(1, "returned", comment="no")], PLACES) == ()
