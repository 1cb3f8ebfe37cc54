"""Draft changes outlive the server, and each place has at most one."""

from dataclasses import replace
from pathlib import Path

from jianbao.core.private_files import kept_file
from jianbao.data.schemas import Schema
from jianbao.review.proposals import (
    CellEdit,
    KeepEdit,
    RowEdit,
    RowRemoval,
    TextEdit,
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


def test_a_damaged_file_holds_no_drafts(tmp_path: Path) -> None:
    drafts = DraftFile.of(tmp_path)
    drafts.write((ROW,))
    for content in (b"\xff\xfe\x00", b"changes: 7", b"by: [", b"changes:\n  - cell: nothing\n"):
        kept_file(drafts.name).write_bytes(content)
        assert drafts.read() == ()


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
