"""A program makes one file of another in a folder of its own, which is gone afterwards."""

import sys
from pathlib import Path

from jianbao.core.private_files import run_on_file

DOUBLES = "import sys, pathlib; pathlib.Path(sys.argv[2]).write_bytes(pathlib.Path(sys.argv[1]).read_bytes() * 2)"
folders: list[Path] = []


def doubled(folder: Path) -> list[str]:
    folders.append(folder)
    assert folder.stat().st_mode & 0o077 == 0
    return [sys.executable, "-c", DOUBLES, str(folder / "a"), str(folder / "b")]


def test_the_result_of_a_program_is_returned_and_its_folder_is_gone() -> None:
    assert run_on_file(b"ab", "a", "b", doubled) == b"abab"
    assert folders and not folders.pop().exists()


def test_a_program_that_fails_or_is_missing_or_writes_nothing_has_no_result() -> None:
    python = [sys.executable, "-c"]
    assert run_on_file(b"ab", "a", "b", lambda _: [*python, "exit(3)"]) is None
    assert run_on_file(b"ab", "a", "b", lambda _: ["/no/such/program"]) is None
    assert run_on_file(b"ab", "a", "b", lambda _: [*python, ""]) is None
