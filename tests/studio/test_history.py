"""Who changed a row or a sentence, when and why: from git, from applied proposals, and each change once."""

import os
import subprocess
from pathlib import Path

import pytest

from jianbao.app.approval import Reviewer
from jianbao.app.evidence.history import history_of_row, history_of_sentence
from jianbao.core.errors import UsageError
from jianbao.review.edits import cell_edits, text_edits
from jianbao.review.proposals import RowEdit
from jianbao.studio.pages import history, tables
from jianbao.studio.session import StudioSession
from tests.studio.requesting import NOON, request, shown, studio_of
from tests.workspaces import amend

pytestmark = pytest.mark.slow

TIES, SENTENCE, WORDS = "data/ties.csv", "harbour.ties:2", "templates/wording/harbour.yml"
BEFORE = "2031-02-28T09:00:00+08:00"
ANN = Reviewer("Ann", NOON)
SAID = {"en": "Newest is {{ ties.latest | name }}.", "zh": "最后结好的是{{ ties.latest | name }}。"}


@pytest.fixture
def studio(workspace: Path) -> StudioSession:
    return studio_of(workspace)


def git(folder: Path, *words: str, by: str = "Li Wen") -> None:
    names = {f"GIT_{who}_NAME": by for who in ("AUTHOR", "COMMITTER")}
    names |= {f"GIT_{who}_EMAIL": "x@example.com" for who in ("AUTHOR", "COMMITTER")}
    names |= {"GIT_AUTHOR_DATE": BEFORE, "GIT_COMMITTER_DATE": BEFORE}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *words], cwd=folder, env=os.environ | alone | names, check=True, capture_output=True)


def committed(root: Path, why: str, by: str = "Li Wen") -> None:
    if not (root / ".git").exists():
        git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", why, by=by)


def history_of(studio: StudioSession, row: int = 8) -> list[tuple[str, str, tuple[str, ...]]]:
    found = history_of_row(studio.root, studio.editable(), "ties", row)
    return [(each.by, each.why, tuple(f"{move.old}>{move.new}" for move in each.moves)) for each in found]


def test_a_row_has_its_commits_and_changes_that_are_not_committed(studio: StudioSession) -> None:
    committed(studio.root, "The tables")
    amend(studio.root, TIES, "2031-02-11", "2031-02-12")
    committed(studio.root, "A day later", by="Wang Min")
    amend(studio.root, TIES, "Uldhaven,QUO,Highlands", "Uldhaven,QUO,Delta")
    assert history_of(studio) == [
        ("", "", ("Highlands>Delta",)),
        ("Wang Min", "A day later", ("2031-02-11>2031-02-12",)),
        ("Li Wen", "The tables", ()),
    ]


def test_a_row_is_followed_when_others_come_before_it_and_its_key_changes(studio: StudioSession) -> None:
    committed(studio.root, "The tables")
    lines = (studio.root / TIES).read_text("utf-8").splitlines(keepends=True)
    row = next(each for each in lines if each.startswith("Uldhaven"))
    lines.remove(row)
    (studio.root / TIES).write_text("".join((lines[0], row.replace("Uldhaven", "Oldhaven"), *lines[1:])), "utf-8")
    committed(studio.root, "The right name first")
    assert history_of(studio_of(studio.root), 2)[0] == ("Li Wen", "The right name first", ("Uldhaven>Oldhaven",))


def test_what_a_proposal_changed_is_told_with_its_reason_and_only_once(studio: StudioSession) -> None:
    committed(studio.root, "The tables")
    studio.add(cell_edits(["ties:8.grouping=Delta"], studio.editable()))
    studio.apply(ANN, "The almanac says so")
    expected = [("Ann", "The almanac says so", ("Highlands>Delta",)), ("Li Wen", "The tables", ())]
    assert history_of(studio) == expected
    committed(studio.root, "Changes of the day")
    assert history_of(studio) == expected


def test_a_row_that_was_added_is_not_taken_for_another_one_that_is_like_it(studio: StudioSession) -> None:
    committed(studio.root, "The tables")
    cells = {"tally": "visitors", "value": "38900", "unit": "visitor", "comparator": "=", "period": "2030-11"}
    studio.add([RowEdit(table="tallies", cells={**cells, "source": "almanac", "confidence": "stated"})])
    studio.apply(ANN, "The almanac says so")
    known = studio.editable()
    number = known.sheets["tallies"].numbers[-1]
    (entry,) = history_of_row(studio.root, known, "tallies", number)
    assert (entry.by, entry.why, entry.moves, entry.first) == ("Ann", "The almanac says so", (), True)


def test_without_git_the_applied_proposals_are_the_history(studio: StudioSession) -> None:
    assert history_of(studio) == []
    studio.add(cell_edits(["ties:8.grouping=Delta"], studio.editable()))
    studio.apply(ANN, "The almanac says so")
    assert history_of(studio) == [("Ann", "The almanac says so", ("Highlands>Delta",))]
    assert history_of(studio, 7) == []
    with pytest.raises(UsageError, match="no row 99"):
        history_of(studio, 99)


def test_a_sentence_has_the_changes_of_both_languages_of_a_commit_together(studio: StudioSession) -> None:
    committed(studio.root, "The words")
    studio.add(text_edits([f"{SENTENCE}.{key}={text}" for key, text in SAID.items()], studio.editable()))
    studio.apply(ANN, "Shorter")
    for proposal in (studio.root / "data/proposals").glob("*"):
        proposal.unlink()  # as if the words had been typed into the file
    committed(studio.root, "Shorter words")
    found = history_of_sentence(studio.root, studio.editable(), SENTENCE)
    assert [each.why for each in found] == ["Shorter words", "The words"]
    assert {move.where: move.new for move in found[0].moves} == SAID and found[1].first


def test_the_pages_show_it_in_the_readers_language(studio: StudioSession) -> None:
    committed(studio.root, "The tables")
    amend(studio.root, TIES, "Uldhaven,QUO,Highlands", "Uldhaven,QUO,Delta")
    page = shown(history.row_history, studio, path={"table": "ties"}, query={"row": "8"})
    assert "not committed yet" in page and "Highlands" in page and "Delta" in page and "The tables" in page
    assert "尚未提交" in shown(history.row_history, studio, path={"table": "ties"}, query={"row": "8"}, language="zh")
    assert "The tables" in shown(history.sentence_history, studio, path={"wording": SENTENCE})
    assert "Who changed it when" in shown(tables.table, studio, path={"table": "ties"})
    for path, query in (({"table": "tyes"}, {"row": "8"}), ({"table": "ties"}, {"row": "x"})):
        with pytest.raises(UsageError):
            history.row_history(request(studio, path=path, query=query))


def test_a_text_in_git_is_shown_as_text(studio: StudioSession) -> None:
    committed(studio.root, "<script>alert(1)</script>", by="<b>Li</b>")
    answer = history.row_history(request(studio, path={"table": "ties"}, query={"row": "8"}))
    assert "<script>alert" not in bytes(answer.body).decode() and "&lt;script&gt;" in bytes(answer.body).decode()
