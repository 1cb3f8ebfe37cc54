"""Draft changes outlive the server, and each place has at most one."""

from dataclasses import replace
from pathlib import Path

import pytest

from jianbao.core.errors import Place, UsageError
from jianbao.core.private_files import kept_file
from jianbao.data.schemas import Schema
from jianbao.review.proposals import (
    CellEdit,
    Edit,
    EntryEdit,
    KeepEdit,
    RowEdit,
    RowRemoval,
    TextEdit,
    WeightEdit,
    undoing,
    with_changes,
    with_new_keys,
)
from jianbao.studio.accounts import MOST_OPEN, OPEN, OpenPlaces
from jianbao.studio.audit import DraftFile
from jianbao.studio.drafts import count_of


def cell(row: int, old: str, new: str) -> CellEdit:
    return CellEdit(table="ties", row=row, column="grouping", key=("Uldhaven",), old=old, new=new)


ROW = RowEdit(table="ties", cells={"town": "Ostmere"})
WORDS = TextEdit(wording="harbour.ties:1", language="en", old="a", new='b "{{ ties.total }}"')


def test_what_is_written_is_read_again_by_another_server(tmp_path: Path) -> None:
    DraftFile.of(tmp_path).write((cell(8, "Highlands", "Delta"), ROW, WORDS))
    assert DraftFile.of(tmp_path).read() == (cell(8, "Highlands", "Delta"), ROW, WORDS)


def test_a_change_in_a_row_whose_key_has_an_empty_cell_is_kept(tmp_path: Path) -> None:
    edit = CellEdit(table="series", row=3, column="value", key=("gdp", "2030", ""), old="1", new="2")
    DraftFile.of(tmp_path).write((edit, ROW))
    assert DraftFile.of(tmp_path).read() == (edit, ROW)


def test_each_workspace_has_its_own_drafts(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    DraftFile.of(one).write((ROW,))
    assert DraftFile.of(other).read() == ()


def test_drafts_are_for_this_user_alone_and_leave_no_file_when_they_are_dropped(tmp_path: Path) -> None:
    drafts = DraftFile.of(tmp_path)
    drafts.write((ROW,))
    assert kept_file(drafts.name).stat().st_mode & 0o077 == 0
    drafts.write(())
    assert not kept_file(drafts.name).exists() and drafts.read() == ()


DAMAGED = (b"\xff\xfe\x00", b"changes: 7", b"by: [", b"changes:\n  - cell: nothing\n", b"by: \xe2\x80\xae")


@pytest.mark.parametrize("content", DAMAGED)
def test_a_file_that_cannot_be_read_is_kept_aside_whole_and_its_place_is_told(tmp_path: Path, content: bytes) -> None:
    drafts = DraftFile.of(tmp_path)
    drafts.write((ROW,))
    kept_file(drafts.name).write_bytes(content)
    assert drafts.read() == () and not kept_file(drafts.name).exists()
    assert [each.read_bytes() for each in drafts.set_aside()] == [content]
    drafts.write((WORDS,))
    assert drafts.read() == (WORDS,), "new drafts begin beside it"
    kept_file(drafts.name).write_bytes(b"another")
    drafts.read()
    assert {each.read_bytes() for each in drafts.set_aside()} == {content, b"another"}, "and overwrite none"
    assert all(each.stat().st_mode & 0o077 == 0 for each in drafts.set_aside())


def test_what_is_set_aside_is_of_one_user_alone(tmp_path: Path) -> None:
    li, hu, nobody = (DraftFile.of(tmp_path, each) for each in ("Li Wen", "Hu Lan", ""))
    kept_file(li.name).parent.mkdir(parents=True, exist_ok=True)
    kept_file(li.name).write_bytes(b"7")
    li.read()
    assert li.set_aside() and not hu.set_aside() and not nobody.set_aside()


UNKEPT = ("\u200b", "\u202e", "\0", "\x1b", "\ufeff", "\u00ad", "\ud800", "\ufffd", "\U000e0041")


@pytest.mark.parametrize("character", UNKEPT, ids=ascii)
@pytest.mark.parametrize("kind", ["cell", "row", "words", "weight", "entry", "keep"])
def test_a_change_that_could_not_be_read_again_is_refused_at_its_place_and_the_others_stay(
    tmp_path: Path, kind: str, character: str
) -> None:
    text = f"De{character}lta"
    changes: dict[str, tuple[Edit, Place]] = {
        "cell": (cell(8, "Highlands", text), Place("ties", 8, "grouping")),
        "row": (RowEdit(table="ties", cells={"town": "Ostmere", "grouping": text}), Place("ties", 0, "grouping")),
        "words": (replace(WORDS, new=text), Place(WORDS.about)),
        "weight": (WeightEdit(node="outward", old="1", new=text), Place("outward")),
        "entry": (EntryEdit(about="data/d.yml:a.b.en", old="a", new=text), Place("data/d.yml:a.b.en")),
        "keep": (KeepEdit(place="data/a.yml", text="x", why=text), Place("data/a.yml: x")),
    }
    edit, place = changes[kind]
    drafts = DraftFile.of(tmp_path)
    drafts.write((cell(9, "Delta", "Islands"), ROW))
    with pytest.raises(UsageError, match=f"U\\+{ord(character):04X}") as refused:
        drafts.write((cell(9, "Delta", "Islands"), ROW, edit))
    assert [each.where for each in refused.value.problems] == [place]
    assert drafts.read() == (cell(9, "Delta", "Islands"), ROW) and not drafts.set_aside()


@pytest.mark.parametrize("text", ["a\x85b", "a\rb", "a\n b", "\ta", "`'\"\\", "{{ a }}", "क\u200dष", "x" * 100_000])
def test_any_other_text_is_kept_as_it_is(tmp_path: Path, text: str) -> None:
    drafts = DraftFile.of(tmp_path)
    drafts.write((cell(8, "Highlands", text), ROW))
    assert drafts.read() == (cell(8, "Highlands", text), ROW)


def test_more_than_a_file_of_drafts_may_hold_is_refused_and_the_former_ones_stay(tmp_path: Path) -> None:
    drafts, many = DraftFile.of(tmp_path), [cell(row, "a", "x" * 1_000_000) for row in range(2, 9)]
    drafts.write((ROW,))
    with pytest.raises(UsageError, match="draft changes"):
        drafts.write((ROW, *many))
    assert drafts.read() == (ROW,)


def test_a_second_change_of_a_cell_takes_the_place_of_the_first() -> None:
    twice = with_changes((cell(8, "Highlands", "Delta"), ROW), [cell(8, "Highlands", "Islands")])
    assert twice == (cell(8, "Highlands", "Islands"), ROW)


def test_what_is_changed_back_is_no_change() -> None:
    assert with_changes((cell(8, "Highlands", "Delta"),), [cell(8, "Delta", "Highlands")]) == ()


def test_each_new_row_is_one() -> None:
    assert with_changes((ROW,), [ROW]) == (ROW, ROW)


def test_changes_are_undone_by_their_reverse_and_a_new_row_by_its_removal() -> None:
    assert undoing(cell(8, "Highlands", "Delta")) == cell(8, "Delta", "Highlands")
    assert undoing(WORDS) == replace(WORDS, old=WORDS.new, new=WORDS.old)
    removal = RowRemoval(table="ties", cells={"town": "Ostmere"})
    assert undoing(ROW) == removal and undoing(removal) == ROW
    assert with_changes((ROW, WORDS), [removal]) == (WORDS,)
    assert undoing(KeepEdit(place="data/a.yml", text="x", why="Later")) is None


def test_who_has_a_place_open_is_told_to_others_and_forgotten_when_it_is_not_said_again() -> None:
    moment = 0.0
    opened = OpenPlaces(lambda: moment)
    opened.note("row ties 8", "Ann")
    opened.note("row ties 8", "")
    opened.note("row ties_2 8", "Bo")
    assert opened.others("row ties 8", "Bo") == ("Ann",) and opened.others("row ties 8", "Ann") == ()
    assert opened.rows("ties", "Bo") == {"8": ("Ann",)} and opened.rows("ties", "Ann") == {}
    moment = OPEN - 1
    opened.note("row ties 8", "Ann")
    moment = OPEN + 1
    assert opened.others("row ties 8", "Bo") == ("Ann",)
    moment = 3 * OPEN
    assert opened.others("row ties 8", "Bo") == ()


def test_no_more_places_are_remembered_than_there_is_room_for() -> None:
    opened = OpenPlaces()
    for number in range(MOST_OPEN + 5):
        opened.note(f"row ties {number}", "Ann")
    assert len(opened.rows("ties", "Bo")) == MOST_OPEN


def test_the_languages_of_a_sentence_are_one_change_and_so_are_the_cells_of_a_row() -> None:
    texts = [TextEdit(wording="a:1", language=each, old="x", new="y") for each in ("zh", "en")]
    row = (cell(8, "Highlands", "Delta"), replace(cell(8, "2019", "2020"), column="since"))
    assert count_of((*row, *texts, ROW)) == 3


def test_a_second_decision_to_leave_a_text_takes_the_place_of_the_first() -> None:
    first, second = (KeepEdit(place="data/a.yml", text="x", why=why) for why in ("Later", "It quotes"))
    assert with_changes((first,), [second]) == (second,)


def test_a_change_that_was_made_is_found_by_the_key_that_it_gave_its_row() -> None:
    schema = Schema(name="tallies", file="tallies.csv", columns={}, key=("tally", "period"))
    value, period = (
        CellEdit(table="tallies", row=6, column=column, key=("visitors", "2030"), old=old, new=new)
        for column, old, new in (("value", "1", "2"), ("period", "2030", "2031"))
    )
    found = with_new_keys((value, period, ROW), {"tallies": schema})
    assert [each.key for each in found if isinstance(each, CellEdit)] == [("visitors", "2031")] * 2
