"""Several files of a workspace change together or not at all, whenever the machine stops."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from jianbao.app import workspace
from jianbao.core import atomic, transaction
from jianbao.core.errors import DeliveryError, UsageError
from jianbao.core.snapshot import Snapshot
from jianbao.core.transaction import JOURNAL, commit, recover

FILES = ("data/one.csv", "data/three.csv", "data/two.csv")


class Crash(BaseException):
    """The machine stops here."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    for name in FILES:
        (tmp_path / name).write_bytes(b"old " + name.encode())
    return tmp_path


def changed(root: Path) -> tuple[Snapshot, Snapshot]:
    """Return the workspace as it is, and with other contents of its files."""
    before = workspace.snapshot(root)
    return before, before.replaced({name: b"new " + name.encode() for name in FILES})


def ages(root: Path) -> set[str]:
    """Say what a reader of the workspace sees: only old files, only new ones, or both."""
    return {workspace.snapshot(root).text(name)[:3] for name in FILES}


def hidden(root: Path) -> list[str]:
    return [path.name for path in (root / "data").iterdir() if path.name.startswith(".")]


def crash_at(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the machine at the nth of the steps by which an amendment reaches the disk."""
    steps = 0

    def counted(step: Callable[..., object]) -> Callable[..., object]:
        def run(*given: object, **named: object) -> object:
            nonlocal steps
            steps += 1
            if steps == count:
                raise Crash
            return step(*given, **named)

        return run

    for owner, name in (
        (transaction, "write_files"),
        (transaction, "sync_folder"),
        (atomic, "sync_folder"),
        (Path, "rename"),
        (Path, "replace"),
    ):
        monkeypatch.setattr(owner, name, counted(getattr(owner, name)))
    monkeypatch.setattr(shutil, "rmtree", counted(shutil.rmtree))


def test_an_amendment_changes_all_its_files_and_leaves_nothing_else(root: Path) -> None:
    commit(root, *changed(root))
    assert ages(root) == {"new"} and hidden(root) == []


@pytest.mark.parametrize("count", range(1, 16))
def test_a_crash_at_any_step_leaves_the_old_state_or_the_new_one(root: Path, count: int) -> None:
    with pytest.MonkeyPatch.context() as stopping:
        crash_at(count, stopping)
        with suppress(Crash):
            commit(root, *changed(root))
    assert len(ages(root)) == 1, f"a crash at step {count} leaves old files beside new ones"
    before = workspace.snapshot(root)
    commit(root, before, before.replaced(dict.fromkeys(FILES, b"newest")))
    assert {(root / name).read_bytes() for name in FILES} == {b"newest"}


def test_of_these_crashes_some_come_before_the_decision_and_some_after(root: Path) -> None:
    seen = []
    for count in range(1, 16):
        for name in FILES:
            (root / name).write_bytes(b"old " + name.encode())
        with pytest.MonkeyPatch.context() as stopping, suppress(Crash):
            crash_at(count, stopping)
            commit(root, *changed(root))
        seen.append(ages(root).pop())
    assert seen == sorted(seen, reverse=True) and set(seen) == {"old", "new"}


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(root: Path) -> None:
    wanted = changed(root)
    (root / FILES[1]).write_bytes(b"by hand")
    with pytest.raises(DeliveryError, match="was changed in the meantime: nothing was written"):
        commit(root, *wanted)
    assert (root / FILES[1]).read_bytes() == b"by hand" and (root / FILES[0]).read_bytes().startswith(b"old")
    assert hidden(root) == []


def test_two_changes_that_share_a_file_of_the_same_bytes_leave_the_workspace_usable(root: Path) -> None:
    before = workspace.snapshot(root)
    shared = {"data/kept.json": b"the same"}
    first, second = (before.replaced({**shared, FILES[0]: content}) for content in (b"mine", b"theirs"))
    commit(root, before, first)
    with pytest.raises(DeliveryError, match="in the meantime: nothing was written"):
        commit(root, before, second)
    assert hidden(root) == [] and (root / FILES[0]).read_bytes() == b"mine"
    assert workspace.snapshot(root).hashes() == first.hashes()


def test_a_file_that_was_edited_after_a_crash_is_named_and_kept(root: Path) -> None:
    with pytest.MonkeyPatch.context() as stopping:
        stopping.setattr(transaction, "recover", lambda _: None)
        commit(root, *changed(root))
    record = json.loads((root / "data" / JOURNAL / "files.json").read_bytes())
    (root / "data" / JOURNAL / record[FILES[0]]["file"]).replace(root / FILES[0])
    (root / FILES[2]).write_bytes(b"by hand")
    with pytest.raises(DeliveryError, match=r"two\.csv: the file was changed after an intake was interrupted"):
        recover(root)
    assert (root / FILES[2]).read_bytes() == b"by hand"


def test_a_disk_that_refuses_is_the_operators_error_and_changes_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device", str(root / "data"))

    monkeypatch.setattr(transaction, "write_files", refuse)
    with pytest.raises(DeliveryError, match="No space left on device"):
        commit(root, *changed(root))
    assert ages(root) == {"old"} and hidden(root) == []


def test_a_new_file_may_be_part_of_an_amendment(root: Path) -> None:
    before, after = changed(root)
    commit(root, before, after.replaced({"data/four.csv": b"new"}))
    assert (root / "data" / "four.csv").read_bytes() == b"new" and ages(root) == {"new"}


@pytest.mark.parametrize("text", ["Wa\u202eng", "Wa\u200bng", "Wa\0ng", "Wa\u3164ng"])
def test_what_could_not_be_read_afterwards_is_not_written(root: Path, text: str) -> None:
    before = workspace.snapshot(root)
    with pytest.raises(UsageError, match=r"data/one\.csv: this was not written: the (text|file) has"):
        commit(root, before, before.replaced({FILES[0]: text.encode(), FILES[1]: b"new"}))
    with pytest.raises(UsageError, match=r"data/reviews/x\.jsonl: this was not written"):
        transaction.append(root, "data/reviews/x.jsonl", text.encode())
    assert ages(root) == {"old"} and not (root / "data/reviews").exists()
