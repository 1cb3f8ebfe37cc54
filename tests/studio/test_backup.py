"""What the studio keeps is backed up, restored whole or not at all, and forgotten when it is old."""

import json
import os
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from jianbao.core.errors import DeliveryError, UsageError
from jianbao.core.private_files import kept_file, state_folder
from jianbao.review.proposals import CellEdit
from jianbao.studio import accounts
from jianbao.studio.accounts import kept_name, read_accounts, with_account, write_accounts
from jianbao.studio.audit import (
    DRAFT_DAYS,
    AuditLog,
    DraftFile,
    forget_old_drafts,
    restore_backup,
    write_backup,
)
from tests.studio.requesting import NOON
from tests.workspaces import run

SECRET = "four plain words here"
EDIT = CellEdit(table="ties", row=8, column="grouping", key=("Uldhaven",), old="Highlands", new="Delta")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(accounts, "COST", 2**4)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a workspace with an account, a log and drafts of an account and of nobody."""
    made = tmp_path / "city"
    made.mkdir()
    write_accounts(made, with_account((), "Li Wen", "", SECRET))
    for did in ("a", "b"):
        AuditLog(made).write(at=NOON, by="Li Wen", did=did, what="", result="done")
    DraftFile.of(made, "Li Wen").write((EDIT,))
    DraftFile.of(made).write((EDIT,))
    return made


def kept() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (state_folder() / "studio").iterdir()}


def test_a_backup_holds_all_and_is_restored_for_the_workspace_in_another_place(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    assert run("studio", "backup", file, root).code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    moved = root.rename(tmp_path / "moved")
    assert run("studio", "restore", file, moved).code == 0
    assert [each.name for each in read_accounts(moved)] == ["Li Wen"]
    assert DraftFile.of(moved, "Li Wen").read() == DraftFile.of(moved).read() == (EDIT,)
    lines = AuditLog(moved).begin(NOON)
    assert [each.did for each in lines] == ["a", "b", "/studio/restore"] and lines[-1].what.startswith("sha256:")


def test_what_is_there_is_replaced_only_if_that_is_asked_for(root: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    run("studio", "backup", file, root)
    DraftFile.of(root, "Hu Lan").write((EDIT,))
    write_accounts(root, ())
    before = kept()
    done = run("studio", "restore", file, root)
    assert done.code == 2 and "--yes replaces them" in done.err and kept() == before
    assert run("studio", "restore", file, root, "--yes").code == 0
    assert read_accounts(root) and DraftFile.of(root, "Hu Lan").read() == ()


def changed(content: bytes, name: str, new: bytes | None) -> bytes:
    """Return a backup with another content of a file, its hash left as it was; None takes the file out."""
    with ZipFile(BytesIO(content)) as archive:
        files = {each: archive.read(each) for each in archive.namelist()}
    files = {each: text for each, text in ({**files, name: new or b""}).items() if each != name or new is not None}
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        for each, text in files.items():
            archive.writestr(each, text)
    return made.getvalue()


def test_what_is_no_whole_backup_changes_nothing(root: Path) -> None:
    content, before = write_backup(root, NOON), kept()
    for wrong in (
        *(b"", b"PK", content[:200], changed(content, "hashes.json", None), changed(content, "hashes.json", b"[]")),
        *(changed(content, "studio.accounts.json", each) for each in (b"[]", None)),
        changed(content, "studio.log-2031-03.jsonl", b""),
        *(changed(content, name, b"x") for name in ("studio.x", "../x", "/x", "studio.yml/../../x")),
    ):
        with pytest.raises(UsageError, match="no whole backup"):
            restore_backup(root, wrong, NOON, "Li Wen")
        assert kept() == before


def test_a_backup_of_a_broken_log_is_neither_made_nor_restored(root: Path) -> None:
    (log,) = (state_folder() / "studio").glob("*.log-*")
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b"Li Wen", b"Li Wan", 1))
    with pytest.raises(DeliveryError, match="taken out or changed"):
        write_backup(root, NOON)
    broken = {f"studio{name[32:]}": text for name, text in kept().items()}
    log.write_bytes(whole)
    made = BytesIO()
    with ZipFile(made, "w") as archive:
        archive.writestr("hashes.json", json.dumps({name: sha256(text).hexdigest() for name, text in broken.items()}))
        for name, text in broken.items():
            archive.writestr(name, text)
    before = kept()
    with pytest.raises(DeliveryError, match="taken out or changed"):
        restore_backup(root, made.getvalue(), NOON, "Li Wen")
    assert kept() == before


def test_draft_changes_that_nobody_touches_are_forgotten_after_half_a_year(root: Path) -> None:
    other = DraftFile.of(root / "other")
    other.write((EDIT,))
    old = DraftFile.of(root, "Li Wen")
    now = datetime.fromisoformat(NOON).timestamp()
    for file, age in (
        (old, DRAFT_DAYS * 86_400 + 1),
        (DraftFile.of(root), DRAFT_DAYS * 86_400 - 1),
        (other, 2 * DRAFT_DAYS * 86_400),
    ):
        os.utime(kept_file(file.name), (now - age, now - age))
    forget_old_drafts(root, NOON)
    assert old.read() == () and DraftFile.of(root).read() == other.read() == (EDIT,)
    assert read_accounts(root) and kept_file(kept_name(root, ".log-2031-03.jsonl")).is_file()
