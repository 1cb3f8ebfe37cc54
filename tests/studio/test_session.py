"""A session: what draft changes would move is known before anything is written, and outside changes are seen."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from unittest.mock import Mock

import pytest

from jianbao.app.approval import Reviewer
from jianbao.app.evidence.history import taken_back
from jianbao.app.propose import BrokenState, WorkspaceState
from jianbao.core.errors import DataError, JianbaoError, UsageError
from jianbao.review.document_edits import weight_edits
from jianbao.review.edits import cell_edits, text_edits
from jianbao.review.proposals import RowEdit
from jianbao.studio.session import StudioSession
from tests.studio.requesting import NOON, studio_of
from tests.workspaces import amend, run, snapshot

pytestmark = pytest.mark.slow

ANN, TIES = Reviewer("Ann", NOON), "data/ties.csv"
TALLIES = "data/tallies.csv"
GROUPING = "ties:8.grouping=Delta"


@pytest.fixture
def studio(workspace: Path) -> StudioSession:
    return studio_of(workspace)


def add(studio: StudioSession, *cells: str) -> None:
    studio.add(cell_edits(cells, studio.editable()))


def test_a_draft_changes_no_file_and_says_what_it_would_move(studio: StudioSession) -> None:
    before = snapshot(studio.root)
    add(studio, GROUPING)
    found = studio.trial().found
    assert snapshot(studio.root) == before
    assert found.comparison and {each.id for each in found.comparison.facts} >= {"ties.grouping.delta"}
    assert found.scores and not found.refused


def test_what_was_tried_is_not_tried_again_until_something_changes(studio: StudioSession) -> None:
    add(studio, GROUPING)
    first = studio.trial()
    assert studio.trial() is first
    amend(studio.root, TIES, "Quillon,RIN,Islands,2023,", "Quillon,RIN,Islands,2022,")
    assert studio.trial() is not first


def test_applied_changes_are_in_the_files_with_their_author_and_reason(studio: StudioSession) -> None:
    add(studio, GROUPING)
    studio.apply(ANN, "The almanac says so")
    assert "Uldhaven,QUO,Delta,2031-02-11" in (studio.root / TIES).read_text("utf-8")
    assert studio.drafts() == ()
    (kept,) = (studio.root / "data/proposals").glob("*.yml")
    text = kept.read_text("utf-8")
    assert "The almanac says so" in text and 'applied: {"by": "Ann"' in text


def test_everything_but_the_changed_cell_stays_byte_for_byte(studio: StudioSession) -> None:
    before = (studio.root / TIES).read_bytes()
    add(studio, GROUPING)
    studio.apply(ANN, "why")
    assert (studio.root / TIES).read_bytes() == before.replace(b"Uldhaven,QUO,Highlands", b"Uldhaven,QUO,Delta")


def test_an_applied_change_is_taken_back_by_its_reverse(studio: StudioSession) -> None:
    before = (studio.root / TIES).read_bytes()
    add(studio, GROUPING)
    edits = studio.drafts()
    studio.apply(ANN, "why")
    studio.add(taken_back(edits, studio.editable()))
    studio.apply(ANN, "it was right")
    assert (studio.root / TIES).read_bytes() == before


ALMANAC = {"id": "almanac_2032", "title": "港口年鉴2032", "kind": "R", "language": "zh"}
COUNTED = {"tally": "visitors", "value": "38900", "unit": "visitor", "comparator": "=", "period": "2030-11"}
BESIDE = RowEdit(table="tallies", cells={**COUNTED, "source": "almanac_2032", "confidence": "stated"})


def test_a_change_that_added_a_row_and_its_source_is_taken_back_whole(studio: StudioSession) -> None:
    before = {name: (studio.root / name).read_bytes() for name in (TALLIES, "data/sources.yml")}
    studio.add([RowEdit(table="sources", cells=ALMANAC), BESIDE])
    added = studio.drafts()
    studio.apply(ANN, "The almanac says so")
    assert all((studio.root / name).read_bytes() != text for name, text in before.items())
    studio.add(taken_back(added, studio.editable()))
    studio.apply(ANN, "It was right")
    assert all((studio.root / name).read_bytes() == text for name, text in before.items())
    assert (state := studio.without_changes(studio.state())) is not None  # type: ignore[arg-type]
    assert state.snapshot.text(TALLIES) == before[TALLIES].decode()


def test_a_row_that_was_changed_since_it_was_added_is_not_taken_out(studio: StudioSession) -> None:
    studio.add([RowEdit(table="sources", cells=ALMANAC), BESIDE])
    added = studio.drafts()
    studio.apply(ANN, "The almanac says so")
    amend(studio.root, TALLIES, ",2030-11,", ",2030-10,")
    studio.add(taken_back(added, studio.editable()))
    (conflict,) = studio.trial().conflicts
    assert "no longer exists, or has changed" in str(conflict)
    assert [each.about for each in taken_back(added, studio.editable())] == ["tallies"]  # the source is named elsewhere


def test_changes_without_a_name_or_a_reason_are_not_written(studio: StudioSession) -> None:
    before = snapshot(studio.root)
    add(studio, GROUPING)
    for author, why in ((Reviewer("", NOON), "why"), (ANN, " ")):
        with pytest.raises(UsageError):
            studio.apply(author, why)
    assert snapshot(studio.root) == before and studio.drafts()


def test_what_would_be_wrong_is_told_and_not_written(studio: StudioSession) -> None:
    before = snapshot(studio.root)
    add(studio, "ties:8.sealed_on=yesterday")
    assert [error for error in studio.trial().found.refused if isinstance(error, DataError)]
    with pytest.raises(JianbaoError, match="yesterday"):
        studio.apply(ANN, "why")
    assert snapshot(studio.root) == before


def test_a_cell_that_somebody_else_changed_is_a_conflict_with_both_texts(studio: StudioSession) -> None:
    add(studio, GROUPING)
    amend(studio.root, TIES, "Uldhaven,QUO,Highlands", "Uldhaven,QUO,Islands")
    (conflict,) = studio.trial().conflicts
    assert "Islands" in str(conflict) and "Delta" in str(conflict)
    with pytest.raises(JianbaoError, match="Islands"):
        studio.apply(ANN, "why")
    assert "Uldhaven,QUO,Islands" in (studio.root / TIES).read_text("utf-8") and studio.drafts()


def test_a_row_that_moved_is_found_by_its_key(studio: StudioSession) -> None:
    add(studio, GROUPING)
    amend(studio.root, TIES, "Quillon,RIN,Islands,2023,gazette,stated\n", "")
    assert studio.trial().conflicts == ()
    studio.apply(ANN, "why")
    assert "Uldhaven,QUO,Delta" in (studio.root / TIES).read_text("utf-8")


def test_a_workspace_that_is_broken_outside_can_be_mended_by_a_cell(studio: StudioSession) -> None:
    assert isinstance(studio.state(), WorkspaceState)
    amend(studio.root, TIES, "Uldhaven,QUO,Highlands,2031-02-11", "Uldhaven,QUO,Highlands,yesterday")
    assert isinstance(studio.state(), BrokenState)
    add(studio, "ties:8.sealed_on=2031-02-11")
    assert studio.trial().found.mended
    studio.apply(ANN, "why")
    assert isinstance(studio.state(), WorkspaceState)


def test_a_proposal_waits_for_somebody_else(studio: StudioSession) -> None:
    add(studio, GROUPING)
    name = studio.propose(ANN, "Look at this")
    assert studio.drafts() == () and "Uldhaven,QUO,Highlands" in (studio.root / TIES).read_text("utf-8")
    assert studio.proposal(name).by == "Ann" and not studio.proposal(name).applied


def test_a_verdict_is_seen_without_assessing_anew(studio: StudioSession) -> None:
    before = studio.state()
    assert isinstance(before, WorkspaceState)
    item = before.approval.states[0].item
    assert run("review", "approve", item.id, "--by", "Ben", "-w", studio.root).code == 0
    after = studio.state()
    assert isinstance(after, WorkspaceState) and after.approval.count("approved") == 1
    assert after.documents is before.documents and after.scored is before.scored


def test_words_and_weights_are_tried_with_cells(studio: StudioSession) -> None:
    known = studio.editable()
    studio.add(text_edits(["harbour.market:2.en=Guests: {{ visitors.value | counted }}."], known))
    studio.add(weight_edits(["outward=2"], known.snapshot))
    add(studio, GROUPING)
    found = studio.trial().found
    assert len(studio.drafts()) == 3 and found.comparison
    assert "harbour.market:2" in {each.id for each in found.comparison.sentences}
    assert "standing" in {each.node for each in found.scores}


def test_the_page_shows_the_draft(studio: StudioSession) -> None:
    first = studio.preview("brief.zh-en")[1]
    studio.add(
        text_edits(
            ["harbour.ties:2.zh=末位结好的是{{ ties.latest | name }}（{{ ties.latest_on | date }}）。"],
            studio.editable(),
        )
    )
    second = studio.preview("brief.zh-en")[1]
    assert "末位结好的是" not in first.page.decode() and "末位结好的是" in second.page.decode()
    assert second.number == first.number + 1 and second.errors == ()


def test_who_reads_waits_neither_while_changes_are_checked_nor_for_another_assessment_after(
    studio: StudioSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    checking, read = Event(), Event()

    def check(*_: object) -> None:
        checking.set()
        assert read.wait(60)

    add(studio, GROUPING)
    studio.trial()
    monkeypatch.setattr("jianbao.studio.session.check_applicable", check)
    monkeypatch.setattr("jianbao.studio.session.state_or_errors", Mock(side_effect=AssertionError("assessed again")))
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(studio.apply, ANN, "The almanac says so")
        assert checking.wait(60)
        before = studio.of("Ben").state()
        read.set()
        assert TIES in writing.result(60)
    after = studio.of("Ben").state()
    assert "Uldhaven,QUO,Highlands" in before.snapshot.text(TIES) and "Uldhaven,QUO,Delta" in after.snapshot.text(TIES)
