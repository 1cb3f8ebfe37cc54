"""Words that came back in a copy change what a writer wrote, and nothing that the document adds around it."""

import pytest

from jianbao.core.errors import Place
from jianbao.review.proposals import (
    CellEdit,
    EntryEdit,
    KeepEdit,
    Proposal,
    RowEdit,
    RowRemoval,
    TextEdit,
    WeightEdit,
    stored_proposal,
    write_proposal,
)
from jianbao.review.returned_words import edit_of, proposals_of, transferred
from jianbao.review.verdicts import ReviewVerdict
from jianbao.text.placeholders import pieces
from jianbao.text.wording import Variant, Wording, WordingText

TOWNS = "有友城{{ ties.total }}个。"
CITED = "有友城{{ ties.total }}个（图1）。"
STEP, PRINTED = "send a form", "{{ month }}: send a form;"


def wording(*texts: str) -> Wording:
    place = Place("templates/wording/a.yml", 3)
    variants = tuple(
        Variant(texts={"zh": WordingText(tuple(pieces(text)), place)}, when=None, place=place) for text in texts
    )
    return Wording(id="a:1", variants=variants, place=place, reads=frozenset())


def proposed(before: str, after: str, origin: str = "1", of: str = "a:1") -> ReviewVerdict:
    return ReviewVerdict(
        at="2031-07-01T08:00:00.000+00:00",
        by="李文",
        verdict="proposed",
        item="a:1",
        content="",
        words={},
        comment="旧 → 新",
        wording=of,
        language="zh",
        before=before,
        after=after,
        origin=origin,
    )


def test_a_proposal_is_read_as_it_was_written() -> None:
    edits = (
        CellEdit(table="ties", row=3, column="note", key=("", "2030", ""), old="", new='a: "b"'),
        RowEdit(table="ties", cells={"town": "- x", "note": "# y"}),
        RowRemoval(table="ties", cells={"town": "Uldhaven"}),
        TextEdit(wording="a:1", language="zh", old=TOWNS, new="{{ ties.total }}：是"),
        WeightEdit(node="culture", old="", new="2"),
        EntryEdit(about="data/discrepancies.yml:harbour_name.found.zh", old="现名: 不同", new="现名 # 相同"),
        KeepEdit(place="ties:3.source", text="almanac;gazette", why="原来的数抄录有误"),
    )
    kept = Proposal(by="李文", at="2031-07-01T08:00:00.000+00:00", why="旧 → 新", edits=edits)
    assert stored_proposal(write_proposal("2031-07-01-x", kept), "data/proposals/2031-07-01-x.yml") == kept


@pytest.mark.parametrize(
    ("written", "before", "after", "wanted"),
    [
        (TOWNS, TOWNS, "共有友城{{ ties.total }}个。", "共有友城{{ ties.total }}个。"),
        (TOWNS, CITED, "有友好城市{{ ties.total }}个（图1）。", "有友好城市{{ ties.total }}个。"),
        (TOWNS, CITED, "有友城{{ ties.total }}个，均已核对（图1）。", "有友城{{ ties.total }}个，均已核对。"),
        (STEP, PRINTED, "{{ month }}: issue a short form;", "issue a short form"),
    ],
)
def test_a_change_is_made_in_what_was_written(written: str, before: str, after: str, wanted: str) -> None:
    assert transferred(written, before, after) == wanted


@pytest.mark.parametrize(
    ("written", "before", "after"),
    [
        (TOWNS, CITED, "有友城{{ ties.total }}个（见图1）。"),
        (STEP, PRINTED, "By {{ month }}: send a form;"),
        (STEP, PRINTED, "{{ month }}: send a form; then another;"),
        (STEP, PRINTED, "send a form;"),
        ("写的是别的。", CITED, "有友好城市{{ ties.total }}个（图1）。"),
    ],
)
def test_a_change_of_what_is_printed_around_it_cannot_be_made_there(written: str, before: str, after: str) -> None:
    assert transferred(written, before, after) is None


def test_the_variant_that_was_printed_is_the_one_that_changes() -> None:
    known = {"a:1": wording("没有友城。", TOWNS)}
    changed = "有友好城市{{ ties.total }}个（图1）。"
    assert edit_of(proposed(CITED, changed), known) == TextEdit(
        wording="a:1", language="zh", old=TOWNS, new="有友好城市{{ ties.total }}个。"
    )


def test_words_that_a_writer_has_changed_since_are_proposed_against_those_that_were_sent() -> None:
    edit = edit_of(proposed(TOWNS, "共有友城{{ ties.total }}个。"), {"a:1": wording("这里已经改写。")})
    assert edit == TextEdit(wording="a:1", language="zh", old=TOWNS, new="共有友城{{ ties.total }}个。")


def test_a_phrase_of_many_places_and_a_sentence_left_out_are_no_change_of_a_text() -> None:
    known = {"a:1": wording(TOWNS)}
    assert edit_of(proposed("牵头", "牵头单位", of="measures.lead"), known) is None
    assert edit_of(proposed(TOWNS, ""), known) is None


def test_every_text_is_a_proposal_of_its_own_name_and_the_same_words_are_one() -> None:
    known = {"a:1": wording(TOWNS)}
    first, other = "共有友城{{ ties.total }}个。", "友城有{{ ties.total }}个。"
    verdicts = [proposed(TOWNS, first, "1"), proposed(TOWNS, other, "2"), proposed(TOWNS, first, "3")]
    found = proposals_of(verdicts, known, "brief.zh.docx", ["2031-07-01-李文"])
    names = {origin: name for origin, (name, _) in found.items()}
    assert names == {"1": "2031-07-01-李文-2", "2": "2031-07-01-李文-3", "3": "2031-07-01-李文-2"}
    assert found["1"][1].why == "brief.zh.docx: 旧 → 新"
