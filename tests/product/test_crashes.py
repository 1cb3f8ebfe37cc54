"""Whenever a build is killed, and whatever the disk does, the old edition or the new one is there, whole."""

import errno
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from jianbao.core import edition_folder
from jianbao.core.atomic import replacing_folder, write_files
from jianbao.core.edition_folder import check_replaceable, publish
from jianbao.core.errors import DeliveryError, UsageError
from jianbao.render.fonts import build
from jianbao.render.fonts.registry import fonts_folder, read_fonts
from tests.repository.tree import ROOT
from tests.workspaces import linked_fonts, run, snapshot

OLD, NEW = {"brief.pdf": b"old", "scores.csv": b"old"}, {"brief.pdf": b"new", "ledger.json": b"new"}
# For each line that it reads, starts a process that ends, as the kernel would end it, before the nth of the steps by
# which a draft reaches the disk; says the exit code of each. The program is loaded once for all of them.
KILLED = """
import json, os, sys
from pathlib import Path
from jianbao.core import atomic
from jianbao.core.edition_folder import publish
def counted(step):
    def run(*given, **named):
        global count
        count -= 1
        if not count:
            os._exit(9)
        return step(*given, **named)
    return run
for line in sys.stdin:
    output, count, swaps = json.loads(line)
    child = os.fork()
    if not child:
        if not swaps:
            atomic._swapped = lambda *_: False
        steps = ((atomic, "_swapped"), (atomic, "sync_folder"), (atomic.os, "fsync"), (atomic.shutil, "rmtree"),
                 (atomic.tempfile, "mkdtemp"), (Path, "rename"), (Path, "mkdir"), (Path, "open"))
        for owner, name in steps:
            setattr(owner, name, counted(getattr(owner, name)))
        publish(Path(output), "2025", {"brief.pdf": b"new", "ledger.json": b"new"})
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
Killed = Callable[[Path, int, bool], int]
# The stages of a build, as it tells them: a kill may come in any.
STAGES = ("reading the workspace", "measuring the facts", "rendering brief.en.pdf", "saving the edition")


def ages(folder: Path) -> set[bytes]:
    """Return the ages of the files of an edition, which must be those of its manifest."""
    listed = json.loads((folder / "manifest.json").read_text())["outputs"]
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json"}
    assert {name: sha256(content).hexdigest() for name, content in files.items()} == listed
    return set(files.values())


@pytest.fixture(scope="module")
def killed() -> Iterator[Killed]:
    """Return what publishes into a folder in a process that ends before a step, and says its exit code."""
    words, world = [sys.executable, "-c", KILLED], {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(words, env=world, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as started:

        def publishes(output: Path, count: int, swaps: bool) -> int:
            assert started.stdin and started.stdout
            started.stdin.write(json.dumps([str(output), count, swaps]) + "\n")
            started.stdin.flush()
            return int(started.stdout.readline())

        yield publishes


def assert_whole(output: Path) -> None:
    """Assert that the files of an edition are those of its manifest."""
    files = {path.name: sha256(path.read_bytes()).hexdigest() for path in output.iterdir()}
    listed = json.loads((output / "manifest.json").read_text("utf-8"))["outputs"]
    assert {name: value for name, value in files.items() if name != "manifest.json"} == listed


@pytest.mark.slow
def test_killed_at_any_step_a_build_leaves_the_old_edition_or_the_new_one(tmp_path: Path, killed: Killed) -> None:
    found = set()
    for count in range(1, 30):
        output = tmp_path / str(count)
        publish(output, "2025", OLD)
        code = killed(output, count, True)
        found.add((code, *ages(output / "2025")))
        publish(output, "2025", NEW)
        assert ages(output / "2025") == {b"new"} and [path.name for path in output.iterdir()] == ["2025"]
        if code == 0:
            break
    assert found == {(9, b"old"), (9, b"new"), (0, b"new")}


@pytest.mark.slow
def test_where_folders_cannot_change_places_the_next_build_puts_the_old_edition_back(
    tmp_path: Path, killed: Killed
) -> None:
    lost = 0
    for count in range(1, 30):
        output = tmp_path / str(count)
        publish(output, "2025", OLD)
        code = killed(output, count, False)
        if not (output / "2025").exists():
            lost += 1
            with pytest.raises(KeyError), replacing_folder(output / "2025", check_replaceable):
                raise KeyError
        assert ages(output / "2025") in ({b"old"}, {b"new"})
        if code == 0:
            break
    assert lost == 1


@pytest.mark.deep
def test_killed_in_any_stage_a_whole_build_leaves_a_whole_edition(published: Path) -> None:
    before = snapshot(published / "output")
    command = [sys.executable, "-m", "jianbao.cli", "build", str(published), "--lang", "en"]
    for stage in STAGES:
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as build:
            assert build.stderr and any(line.strip().startswith(stage) for line in build.stderr), f"no stage '{stage}'"
            build.kill()
        assert_whole(published / "output" / "midsummer")
    assert run("build", published).code == 0
    assert snapshot(published / "output").keys() == before.keys()


@pytest.mark.deep
def test_killed_at_a_random_moment_a_whole_build_leaves_a_whole_edition(published: Path) -> None:
    before = snapshot(published / "output")
    output, chance = published / "output" / "midsummer", random.Random(2031)
    command = [sys.executable, "-m", "jianbao.cli", "build", str(published), "--lang", "en"]
    for _ in range(30):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as build:
            time.sleep(chance.uniform(0.2, 4))
            build.kill()
        assert_whole(output)
    assert run("build", published).code == 0
    assert snapshot(published / "output").keys() == before.keys()


@pytest.mark.slow
def test_two_builds_of_one_edition_at_once_leave_one_whole_edition(published: Path) -> None:
    command = [sys.executable, "-m", "jianbao.cli", "build", str(published), "--lang"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    builds = [subprocess.Popen([*command, language], **quiet) for language in ("en", "zh")]  # type: ignore[call-overload]
    assert [(build.communicate()[1], build.returncode)[1] for build in builds] == [0, 0]
    made = {path.name for path in (published / "output" / "midsummer").glob("*.pdf")}
    assert made in ({"brief.en.pdf"}, {"brief.zh.pdf"}, {"brief.zh-en.pdf", "brief.zh.pdf", "brief.en.pdf"})
    assert [path.name for path in (published / "output").iterdir()] == ["midsummer"]


def test_the_draft_of_a_process_that_still_runs_is_left_alone(tmp_path: Path) -> None:
    with replacing_folder(tmp_path / "2025", check_replaceable) as first:
        write_files(first, {"a": b"1"})
        publish(tmp_path, "2025", NEW)
        assert (first / "a").read_bytes() == b"1"
    assert [path.name for path in (tmp_path / "2025").iterdir()] == ["a"]
    assert [path.name for path in tmp_path.iterdir()] == ["2025"]


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_edition_and_is_the_operators(published: Path) -> None:
    before = snapshot(published / "output")

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = [sys.executable, "-m", "jianbao.cli", "build", str(published), "--lang", "en"]
    done = subprocess.run(command, preexec_fn=small, capture_output=True, text=True, check=False)
    assert done.returncode == 7 and "the edition cannot be written: File too large" in done.stderr, done.stderr
    assert "the disk has room" in done.stderr and "Traceback" not in done.stderr
    assert snapshot(published / "output") == before


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EDQUOT, errno.EIO])
def test_a_disk_that_refuses_is_named_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    publish(tmp_path, "2025", OLD)

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(DeliveryError, match=os.strerror(number)):
        publish(tmp_path, "2025", NEW)
    monkeypatch.undo()
    assert ages(tmp_path / "2025") == {b"old"} and [path.name for path in tmp_path.iterdir()] == ["2025"]


def test_a_new_workspace_on_a_disk_that_refuses_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(edition_folder, "write_files", refuse)
    done = run("new", tmp_path / "new")
    assert done.code == 7 and "the workspace cannot be written: No space left" in done.err, done.err
    assert list(tmp_path.iterdir()) == []


# The prepared fonts


@pytest.mark.parametrize("content", [b"", b"[{", b"{}", b'[{"path": 1}]', b"\xff\xfe", b"[1]"])
def test_a_damaged_list_of_fonts_is_named_with_the_command(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    fonts = linked_fonts(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (fonts / "fonts.json").unlink()
    (fonts / "fonts.json").write_bytes(content)
    done = run("build", workspace, "--lang", "en")
    assert done.code == 2 and "jianbao fonts" in done.err and "Traceback" not in done.err, done.err


def test_a_font_with_one_wrong_byte_is_found(tmp_path: Path) -> None:
    folder = linked_fonts(tmp_path)
    font = folder / "SourceSans3-400.ttf"
    content = bytearray(font.read_bytes())
    content[len(content) // 2] ^= 1
    font.unlink()
    font.write_bytes(content)
    with pytest.raises(UsageError, match="the font 'Source Sans 3' is missing or damaged"):
        read_fonts(tmp_path / "jianbao")


def test_damaged_fonts_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = read_fonts().folder

    async def make(_: object, folder: Path) -> None:
        shutil.copytree(whole, folder, dirs_exist_ok=True, copy_function=os.symlink)

    monkeypatch.setattr(build, "_make_faces", make)
    monkeypatch.setattr(build, "write_index", lambda *_: None)
    folder = fonts_folder(tmp_path)
    folder.mkdir()
    (folder / "fonts.json").write_text("[{")
    assert build.prepare_fonts(tmp_path).folder == folder
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_fonts_that_the_disk_refuses_say_where_else(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"the fonts cannot be prepared.*XDG_CACHE_HOME"):
        build.prepare_fonts(tmp_path / "file" / "cache")


# Files that people edit


def test_a_truncated_workbook_is_the_only_thing_said(workspace: Path) -> None:
    for table in (workspace / "data").glob("*.csv"):
        table.unlink()
    (workspace / "data" / "tables.xlsx").write_bytes(b"PK\x03\x04 cut off")
    done = run("check", workspace)
    assert done.code == 3 and "1 problem for the data owner" in done.err, done.err
    assert "data/tables.xlsx: the workbook cannot be opened" in done.err and "save it again as .xlsx" in done.err
