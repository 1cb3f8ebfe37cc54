"""A workspace is read once: every file, nothing outside of it, and nothing is written or read after that."""

import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from jianbao.app import approval, workspace
from jianbao.app.workspace import snapshot as open_workspace
from jianbao.core.errors import ContentError, DataError, DeliveryError
from jianbao.core.snapshot import Snapshot
from jianbao.core.transaction import JOURNAL
from tests.workspaces import MINIATURE, run
from tests.workspaces import snapshot as hashes_of


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("data/a.csv", "data/b/c.yml", "templates/page.css", "other/d.yml"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(f"in: {name}")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/secret.yml").write_text("secret: yes")
    return tmp_path / "in"


def refusal(found: Snapshot, name: str) -> str:
    with pytest.raises(DataError) as caught:
        found.content(name, DataError)
    return str(caught.value)


def test_a_check_reads_nothing_once_it_has_its_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    found = workspace.snapshot(MINIATURE)
    read, inside = Path.read_bytes, MINIATURE.resolve()

    def guarded(path: Path) -> bytes:
        assert not path.resolve().is_relative_to(inside), f"{path} is read again"
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", guarded)
    assert approval.check_approvals(found, "") == ((), ())


@pytest.mark.parametrize("command", [("check",), ("facts",), ("review", "list")])
def test_a_command_that_only_reads_changes_nothing(workspace: Path, command: tuple[str, ...]) -> None:
    before = hashes_of(workspace)
    assert run(*command, workspace).code == 0
    assert hashes_of(workspace) == before


def test_what_a_crash_left_is_put_into_place_once_and_before_anything_is_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Path] = []
    monkeypatch.setattr(workspace, "recover", calls.append)
    found = workspace.snapshot(root)
    assert found.text("data/a.csv") and found.hashes() and found.names("data") and calls == [root]


def test_a_broken_off_change_that_is_damaged_ends_a_check_as_any_other_error(workspace: Path) -> None:
    (workspace / "data" / JOURNAL).mkdir()
    done = run("check", workspace, "--json")
    assert done.code == DeliveryError.exit_code and '"exit_code": 7' in done.out


def test_files_have_their_bytes_and_hashes_by_name(root: Path) -> None:
    found = workspace.snapshot(root)
    assert found.names() == ("data/a.csv", "data/b/c.yml", "templates/page.css")
    assert found.names("data", ".yml") == ("data/b/c.yml",) and found.names("templates/wording") == ()
    assert found.content("data/../data/a.csv") == b"in: data/a.csv"
    assert found.document("data/b/c.yml").place.file == "data/b/c.yml"
    assert list(found.hashes("templates")) == ["templates/page.css"]
    assert found.hashes()["data/a.csv"] == found.sha256("data/a.csv")


def test_a_link_inside_the_workspace_is_read_and_counted_among_its_files(root: Path) -> None:
    (root / "data/link.yml").symlink_to(root / "other/d.yml")
    (root / "templates/more").symlink_to(root / "other")
    found = workspace.snapshot(root)
    assert found.content("data/link.yml") == found.content("templates/more/d.yml") == b"in: other/d.yml"
    assert {"data/link.yml", "templates/more/d.yml"} <= set(found.hashes())


@pytest.mark.parametrize("target", ["data", "data/b", "."])
def test_folders_that_lead_into_each_other_are_read_once_under_their_own_names(root: Path, target: str) -> None:
    (root / "data/b/a").symlink_to(root / target)
    (root / "data/0").symlink_to(root / "data/b")
    assert workspace.snapshot(root).names() == ("data/a.csv", "data/b/c.yml", "templates/page.css")


def test_a_folder_that_leads_out_is_not_read(root: Path) -> None:
    (root / "data/link").symlink_to(root.parent / "out")
    found = workspace.snapshot(root)
    assert refusal(found, "data/link/secret.yml") == (
        "data/link/secret.yml: this is outside the workspace; keep every file inside it"
    )
    assert "data/link/secret.yml" not in found.names() and list(found.hashes("templates"))
    with pytest.raises(ContentError, match="data/link: this is outside the workspace"):
        found.names("data/link")


def test_a_file_that_was_refused_is_named_to_whoever_asks_for_all_hashes(root: Path) -> None:
    (root / "data/link.yml").symlink_to(root.parent / "out/secret.yml")
    with pytest.raises(ContentError, match=r"data/link\.yml: this is outside the workspace"):
        workspace.snapshot(root).fingerprint()


def test_a_file_that_is_too_large_is_refused_unread(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jianbao.core.snapshot.LARGEST", 17)
    found = workspace.snapshot(root)
    assert refusal(found, "templates/page.css") == "templates/page.css: the file is too large: 22 bytes"
    assert found.content("data/a.csv")


def test_a_file_that_cannot_be_read_is_a_problem_of_its_owner_only_when_it_is_wanted(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Path.read_bytes

    def forbidden(path: Path) -> bytes:
        if path.name == "a.csv":
            raise PermissionError(13, "Permission denied")
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    found = workspace.snapshot(root)
    assert refusal(found, "data/a.csv") == "data/a.csv: the file cannot be read: Permission denied"
    assert found.content("data/b/c.yml")


def test_a_folder_that_cannot_be_read_is_a_problem_only_when_something_in_it_is_wanted(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Path.iterdir

    def forbidden(path: Path) -> Iterator[Path]:
        if path.name == "b":
            raise PermissionError(13, "Permission denied")
        return looked(path)

    monkeypatch.setattr(Path, "iterdir", forbidden)
    found = workspace.snapshot(root)
    assert refusal(found, "data/b/c.yml") == "data/b/c.yml: the folder cannot be read: Permission denied"
    assert found.names() == ("data/a.csv", "templates/page.css")


def test_a_file_that_is_deleted_meanwhile_is_not_there(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def late(path: Path) -> bytes:
        if path.name == "a.csv":
            path.unlink()
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", late)
    assert workspace.snapshot(root).names("data") == ("data/b/c.yml",)


def test_what_is_no_plain_file_is_left_alone(root: Path) -> None:
    os.mkfifo(root / "data/pipe.csv")
    assert "data/pipe.csv" not in workspace.snapshot(root).names()


def test_a_replaced_file_makes_another_snapshot_and_leaves_the_first() -> None:
    first = Snapshot(files={}).replaced({"data/b": b"1", "data/a": b"2"})
    second = first.replaced({"data/b": b"3", "data/c": b"4"})
    assert second.changed_since(first) == {"data/b": (b"1", b"3"), "data/c": (None, b"4")}
    assert first.content("data/b") == b"1" and first.changed_since(first) == {}
    assert (
        first.fingerprint()
        != second.fingerprint()
        == Snapshot(files={}).replaced({"data/c": b"4", "data/b": b"3", "data/a": b"2"}).fingerprint()
    )


def test_a_refused_file_can_be_replaced(root: Path) -> None:
    (root / "data/link.yml").symlink_to(root.parent / "out/secret.yml")
    found = workspace.snapshot(root).replaced({"data/link.yml": b"a: 1"})
    assert found.content("data/link.yml") == b"a: 1" and found.fingerprint()


CHANGES = {
    "data/ties.csv": ("Grauberg,QUO,Highlands", "Grauberg,QUO,Hihglands"),
    "templates/wording/harbour.yml": ("最后结好的是", "第7个结好的是"),
    "templates/theme.yml": ("#7a3b00", "brown"),
}


@pytest.mark.parametrize("file", CHANGES)
def test_a_check_of_a_replaced_file_is_that_of_the_changed_workspace(workspace: Path, file: str) -> None:
    before = open_workspace(workspace)
    text = (workspace / file).read_text("utf-8")
    changed = text.replace(*CHANGES[file], 1)
    supposed = approval.check_approvals(before.replaced({file: changed.encode()}), "")
    (workspace / file).write_text(changed, "utf-8")
    found = approval.check_approvals(open_workspace(workspace), "")
    said = [[str(problem) for error in errors for problem in error.problems] for _, errors in (supposed, found)]
    assert said[0] == said[1] and said[0][0].startswith(file)


def test_a_snapshot_travels_whole(root: Path) -> None:
    found = workspace.snapshot(root)
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_folder_whose_files_may_not_be_looked_at_is_a_problem_and_no_trace(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = Path.stat

    def forbidden(path: Path, **how: bool) -> os.stat_result:
        if path.parent.name == "data":
            raise PermissionError(13, "Permission denied")
        return looked(path, **how)

    monkeypatch.setattr(Path, "stat", forbidden)
    found = workspace.snapshot(root)
    assert refusal(found, "data/a.csv") == "data/a.csv: the folder cannot be read: Permission denied"
