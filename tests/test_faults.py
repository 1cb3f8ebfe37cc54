"""What goes wrong is said once, to whoever can mend it, and leaves the last good edition as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.whole import amend, linked_fonts, run, snapshot

PAGE = "templates/brief/page.html.j2"


def broken_cell(workspace: Path) -> None:
    amend(workspace, "data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Hihglands")


def missing_translation(workspace: Path) -> None:
    amend(workspace, "templates/wording/harbour.yml", "zh: 港口近况, en: How the harbour does", "zh: 港口近况")


def typed_digit(workspace: Path) -> None:
    amend(workspace, "templates/wording/harbour.yml", "最后结好的是", "第7个结好的是")


def reads_outside(workspace: Path) -> None:
    (workspace.parent / "secret.css").write_text("p { color: red }")
    amend(workspace, PAGE, '"brief/page.css"', '"../../secret.css"')


FAULTS: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "a broken cell": (broken_cell, 3, "data/ties.csv:4 grouping: 'Hihglands' is not a grouping"),
    "a missing translation": (missing_translation, 4, "templates/wording/harbour.yml:1: 'en' is missing"),
    "a typed digit": (typed_digit, 4, "templates/wording/harbour.yml:7 harbour.ties:2 zh: the number '7' is typed"),
    "a template that reads outside": (reads_outside, 6, "there is no template '../../secret.css'"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_stops_the_build_with_one_clear_error_and_the_last_edition_stays(published: Path, fault: str) -> None:
    spoil, code, message = FAULTS[fault]
    before = snapshot(published / "output")
    spoil(published)
    done = run("build", published)
    assert (done.code, done.err.count(message)) == (code, 1), done.err
    assert "1 problem for" in done.err and "Traceback" not in done.err and done.out == ""
    assert snapshot(published / "output") == before


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_without_building(published: Path, fault: str) -> None:
    spoil, code, message = FAULTS[fault]
    before = snapshot(published / "output")
    spoil(published)
    done = run("check", published)
    assert (done.code, (done.err + done.out).count(message)) == (code, 1), done.err + done.out
    assert snapshot(published / "output") == before


def test_a_deleted_font_stops_the_build_and_the_last_edition_stays(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fonts = linked_fonts(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = snapshot(published / "output")
    (fonts / "NotoSansSC-400.otf").unlink()
    done = run("build", published)
    assert done.code == 6 and "the font 'Noto Sans SC' is missing or damaged" in done.err, done.err
    assert "jianbao fonts" in done.err and "1 problem for the designer" in done.err
    assert snapshot(published / "output") == before


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (PAGE, "<main>", '<main><img src="file:///etc/passwd" alt="">', "'file:///etc/passwd'"),
        (PAGE, "<main>", "<main>{{ brief.__class__ }}", "'__class__'"),
        (PAGE, "<main>", "<main>\U00013000", "is written in a template"),
        (PAGE, "<main>", "<main>{{ breif }}", "'breif' is undefined"),
        ("templates/theme.yml", "[Noto Sans SC", "[Noto Snas SC", "did you mean 'Noto Sans SC'"),
    ],
)
def test_a_faulty_page_is_the_designers_and_is_not_written(
    workspace: Path, file: str, old: str, new: str, said: str
) -> None:
    amend(workspace, file, old, new)
    done = run("build", workspace, "--lang", "en")
    assert done.code == 6 and said in done.err, done.err
    assert not list(workspace.glob("output/*"))


def test_facts_that_break_an_expectation_are_the_analysts_to_weigh(workspace: Path) -> None:
    amend(workspace, "data/tallies.csv", "ties,6,", "ties,9,")
    done = run("build", workspace)
    assert done.code == 5 and "the expectation 'reported_ties' is broken" in done.err, done.err
    assert not list(workspace.glob("output/*"))


def test_every_fault_of_a_table_is_said_at_once(workspace: Path) -> None:
    broken_cell(workspace)
    amend(workspace, "data/ties.csv", "2023,gazette", "2023,gazete")
    amend(workspace, "data/regattas.csv", "41", "many")
    done = run("build", workspace)
    assert done.code == 3 and "3 problems for the data owner" in done.err, done.err


def test_a_family_of_words_that_the_page_needs_is_missed_before_the_build(workspace: Path) -> None:
    amend(workspace, "templates/wording/furniture.yml", "  contents: {zh: 目录, en: Contents}\n", "")
    done = run("check", workspace)
    assert done.code == 4 and "there is no phrase 'contents'" in done.err + done.out


def test_prose_in_a_page_template_is_refused_because_it_belongs_to_the_wording(workspace: Path) -> None:
    amend(workspace, PAGE, "<main>", "<main><p>There are 39 ties</p>")
    done = run("check", workspace)
    assert done.code == 6 and "'There are 39 ties' is written in a template of the page" in done.err + done.out


def test_a_folder_that_cannot_be_written_is_the_operators_to_mend(workspace: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    done = run("build", workspace, "--lang", "en", "--output", blocked)
    assert done.code == 7 and "the edition cannot be written" in done.err, done.err
