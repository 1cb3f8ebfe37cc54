"""Former versions of a file come from git, and nothing that a repository brings along is run."""

import os
import subprocess
from pathlib import Path

import pytest

from jianbao.core import snapshot
from jianbao.core.snapshot import file_versions
from tests.workspaces import MINIATURE, copy

pytestmark = pytest.mark.slow

FILE = "data/ties.csv"


def run(folder: Path, *words: str) -> None:
    names = {f"GIT_{who}_{what}": text for who in ("AUTHOR", "COMMITTER") for what, text in (("NAME", "Li Wen"),)}
    names |= {f"GIT_{who}_EMAIL": "li@example.com" for who in ("AUTHOR", "COMMITTER")}
    alone = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *words], cwd=folder, env=os.environ | alone | names, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a folder above the workspace "city", with two commits of it."""
    copy(MINIATURE, tmp_path / "repository" / "city")
    folder = tmp_path / "repository"
    run(folder, "init", "-q", "-b", "main")
    run(folder, "add", ".")
    run(folder, "commit", "-q", "-m", "The tables")
    file = folder / "city" / FILE
    file.write_text(file.read_text("utf-8").replace("Highlands", "Delta"), "utf-8")
    run(folder, "commit", "-q", "-a", "-m", "Uldhaven lies in the delta\n\nSays the almanac.")
    return folder


def test_the_versions_of_a_file_come_newest_first_with_author_and_reason(repository: Path) -> None:
    newest, first = file_versions(repository / "city", FILE)
    assert (newest.by, newest.why, first.why) == ("Li Wen", "Uldhaven lies in the delta", "The tables")
    assert newest.content == (repository / "city" / FILE).read_bytes() != first.content
    assert len(newest.commit) == 40 and newest.at[4] == "-"


def test_packed_references_a_detached_commit_and_a_further_working_tree_are_read(repository: Path) -> None:
    run(repository, "pack-refs", "--all")
    run(repository, "gc", "-q")
    assert len(file_versions(repository / "city", FILE)) == 2
    run(repository, "worktree", "add", "-q", "--detach", str(repository.parent / "other"), "HEAD~")
    assert [each.why for each in file_versions(repository.parent / "other" / "city", FILE)] == ["The tables"]


def test_a_repository_with_the_longer_hashes_is_read(tmp_path: Path) -> None:
    root = copy(MINIATURE, tmp_path / "city")
    run(root, "init", "-q", "--object-format=sha256")
    run(root, "add", ".")
    run(root, "commit", "-q", "-m", "All")
    assert [len(each.commit) for each in file_versions(root, FILE)] == [64]


def test_no_program_that_the_repository_names_is_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\necho run >> {tmp_path}/run\ncat\n")
    trap.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "diff.external", "gpg.program"):
        run(repository, "config", name, str(trap))
    for name in ("diff.trap.textconv", "diff.trap.command", "filter.trap.smudge", "filter.trap.clean"):
        run(repository, "config", name, str(trap))
    run(repository, "config", "log.showSignature", "true")
    run(repository, "config", "core.hooksPath", str(tmp_path))
    (repository / ".gitattributes").write_text("*.csv diff=trap filter=trap\n")
    (tmp_path / "run").unlink(missing_ok=True)
    assert len(file_versions(repository / "city", FILE)) == 2
    assert not (tmp_path / "run").exists()


def test_the_variables_of_git_lead_nowhere_else(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "nonsense")
    assert len(file_versions(repository / "city", FILE)) == 2


def test_without_a_repository_or_git_or_in_a_damaged_one_there_are_no_versions(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert file_versions(copy(MINIATURE, tmp_path / "alone"), FILE) == ()
    assert file_versions(repository / "city", "data/nothing.csv") == ()
    for text in ("ref: refs/../../x\n", "nonsense", "", "0" * 40):
        (repository / ".git" / "HEAD").write_text(text)
        assert file_versions(repository / "city", FILE) == ()
    monkeypatch.setenv("PATH", "/nowhere")
    assert file_versions(repository / "city", FILE) == ()


def test_time_bytes_and_versions_have_limits(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "MOST_VERSIONS", 1)
    assert len(file_versions(repository / "city", FILE)) == 1
    monkeypatch.setattr(snapshot, "LARGEST_TOGETHER", 10)
    assert file_versions(repository / "city", FILE) == ()
    monkeypatch.setattr(snapshot, "GIT_SECONDS", 0.00001)
    assert file_versions(repository / "city", FILE) == ()
