"""A new edition gets its line in the file of the editions, and nothing else in it changes."""

import shutil
from pathlib import Path

import pytest

from tests.workspaces import MINIATURE, run

DEEP = "editions:\n  winter:\n    number: 1\n    as_of: 2030-12-31\n\nneeded: later\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(MINIATURE, tmp_path / "city")
    return tmp_path / "city"


def editions(root: Path) -> Path:
    return root / "data" / "editions.yml"


def test_the_line_stands_after_the_last_one_and_looks_like_it(root: Path) -> None:
    before = editions(root).read_text("utf-8")
    done = run("edition", "new", "2032", root, "--as-of", "2032-06-30")
    assert done.code == 0 and "Edition 2032 is number 3 of the series" in done.out
    assert "jianbao build --edition 2032" in done.out
    assert editions(root).read_text("utf-8") == before + '  "2032": {number: 3, as_of: 2032-06-30}\n'


def test_comments_line_ends_and_what_follows_stay(root: Path) -> None:
    text = editions(root).read_text("utf-8")
    head, rest = text.split("editions:\n")[0], text.split("editions:\n")[1]
    shuffled = f"# on top\r\neditions:   # these\r\n{rest.rstrip()}   # the last\r\n\r\n# below\r\n{head}".replace(
        "\r\n", "\n"
    )
    editions(root).write_bytes(shuffled.replace("\n", "\r\n").encode())
    assert run("edition", "new", "autumn", root, "--as-of", "2031-11-30").code == 0
    line = "  autumn: {number: 3, as_of: 2031-11-30}\r\n"
    made = editions(root).read_bytes().decode()
    assert line in made and made.replace(line, "") == shuffled.replace("\n", "\r\n")


def test_a_file_without_a_last_line_break_is_no_obstacle(root: Path) -> None:
    editions(root).write_text(editions(root).read_text("utf-8").rstrip("\n"), "utf-8")
    assert run("edition", "new", "autumn", root, "--as-of", "2031-11-30").code == 0


def test_editions_over_several_lines_are_followed_by_the_new_one(root: Path) -> None:
    text = editions(root).read_text("utf-8")
    editions(root).write_text(text.split("editions:\n")[0] + DEEP.replace("\nneeded: later\n", ""), "utf-8")
    assert run("edition", "new", "autumn", root, "--as-of", "2031-11-30").code == 0
    assert editions(root).read_text("utf-8").endswith("as_of: 2030-12-31\n  autumn: {number: 2, as_of: 2031-11-30}\n")


@pytest.mark.parametrize(
    ("label", "day", "said"),
    [
        ("winter", "2032-01-01", "there is an edition 'winter' already, as of 2030-12-31"),
        ("spring", "2031-06-30", "2031-06-30 is not after 2031-06-30, the day of the edition 'midsummer'"),
        ("spring", "2032", "'2032' is not a day"),
        ("spring", "2032-02-30", "'2032-02-30' is not a day"),
        ("two words", "2032-01-01", "'two words' cannot name an edition"),
        (".hidden", "2032-01-01", "'.hidden' cannot name an edition"),
    ],
)
def test_an_edition_that_cannot_follow_is_refused_and_nothing_written(
    root: Path, label: str, day: str, said: str
) -> None:
    before = editions(root).read_bytes()
    done = run("edition", "new", label, root, "--as-of", day)
    assert done.code == 4 and said in done.err and editions(root).read_bytes() == before


def test_a_list_on_one_line_is_left_to_its_writer(root: Path) -> None:
    text = editions(root).read_text("utf-8").split("editions:\n")[0]
    editions(root).write_text(text + "editions: {winter: {number: 1, as_of: 2030-12-31}}\n", "utf-8")
    done = run("edition", "new", "autumn", root, "--as-of", "2031-11-30")
    assert done.code == 4 and 'add "autumn": {number: 2, as_of: 2031-11-30} by hand' in done.err
