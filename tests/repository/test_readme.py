"""What the README tells a newcomer to type works, and its map is the house that stands."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path

import pytest

from tests.build_store import Store
from tests.repository.pictures import PAGES, SCREENS
from tests.repository.tree import PACKAGE, ROOT, modules, tracked

FENCE = re.compile(r"^```(?:sh|bash|shell|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOT_TRIED = {"git", "cd"}
GROUPS = {"edition", "review"}  # commands that have commands of their own
# Each does everything the tests themselves stand in, or removes it; that the target exists is enough.
NOT_MADE = {"test", "test-deep", "clean", "lock", "bench", "pictures"}
# Commands that build an edition which other tests need too: whoever comes first builds it.
BUILDS = {"make brief": "", "jianbao build --edition 2024": "2024"}


@cache
def readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


def commands(text: str) -> Iterator[str]:
    """Yield the commands of a document's shell blocks, each once, without prompts, comments and shown output."""
    seen = set()
    for block in FENCE.findall(text):
        prompted = any(line.startswith("$ ") for line in block.splitlines())
        for line in block.replace("\\\n", " ").splitlines():
            if prompted and not line.startswith("$ "):
                continue
            command = shlex.join(shlex.split(line.removeprefix("$ "), comments=True))
            if command and command.split()[0] not in NOT_TRIED and command not in seen:
                seen.add(command)
                yield command


def run(words: list[str], folder: Path, **world: str) -> subprocess.CompletedProcess[str]:
    """Run a command as someone in a fresh shell would, with this environment's `jianbao` first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTEST"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    environment = {**kept, "PATH": path, "COLUMNS": "120", "NO_COLOR": "1", **world}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def copy(folder: Path) -> Path:
    """Return a clone of the repository as it is now, standing on this environment instead of one of its own."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name)
    own, ready = folder / ".venv", ("made", "ready", "ready-to-test")
    own.mkdir()
    (own / "bin").symlink_to(Path(sys.executable).parent)
    for stamp in ready:
        (own / stamp).touch()
    return folder


def test_the_readme_gives_the_two_commands() -> None:
    assert {"make brief", "make test"} <= set(commands(readme()))


def test_every_command_of_the_readme_exists() -> None:
    for command in commands(readme()):
        program, *words = shlex.split(command)
        assert program in ("make", "jianbao"), f"'{command}' is not one of ours"
        if program == "make":
            done = run(["make", "--dry-run", *words], ROOT)
        else:
            depth = 2 if words[0] in GROUPS else 1
            done = run(["jianbao", *(word for word in words[:depth] if not word.startswith("-")), "--help"], ROOT)
            unknown = [word for word in words if word.startswith("--") and word.split("=")[0] not in done.stdout]
            assert not unknown, f"'{command}': no option {unknown}"
        assert done.returncode == 0, f"'{command}': {done.stderr}"


@pytest.mark.slow
def test_every_command_of_the_readme_runs_in_a_clone(tmp_path: Path, store: Store) -> None:
    clone = copy(tmp_path)
    for command in commands(readme()):
        program, *words = shlex.split(command)
        if program == "make" and set(words) & NOT_MADE:
            continue
        if words[:1] == ["preview"]:
            continue  # it goes on until somebody ends it: see the next test
        built = BUILDS.get(command)
        with store.alone(ROOT, built) if built is not None else nullcontext():
            done = run([program, *words], clone, **store.world)
        assert done.returncode == 0, f"'{command}' in a clone: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    assert list((clone / "output").glob("*/brief.zh-en.pdf")), "the commands of the README leave no brief"


@pytest.mark.slow
def test_the_preview_of_the_readme_serves_until_it_is_interrupted() -> None:
    assert "jianbao preview" in set(commands(readme()))
    words = [sys.executable, "-m", "jianbao.cli", "preview", "--no-open", "--port", "0"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        assert served.stdout
        assert served.stdout.readline().startswith("http://127.0.0.1:")
        served.send_signal(signal.SIGINT)
        assert served.wait(600) == 0


def test_the_map_names_every_module() -> None:
    names = {source.name.rpartition(".")[2] + ".py" for source in modules()} - {"__init__.py", "__main__.py"}
    named = set(re.findall(r"\b\w+\.py\b", readme()))
    assert names - named == set(), "modules that the README's map leaves out"
    assert named - names - {"conftest.py"} == set(), "modules on the README's map that do not exist"


def test_the_map_names_every_wing() -> None:
    wings = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert {package for package in wings if f"{package}/" not in readme()} == set()


def test_every_picture_and_file_that_the_readme_links_to_is_there() -> None:
    targets = re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", readme())
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_commands_are_read_as_a_shell_reads_them() -> None:
    quiet = "```sh\nmake brief   # build\njianbao build \\\n  --lang zh\n```\n"
    shown = "```console\n$ jianbao facts x\n38 cities\n```\n"
    assert list(commands(quiet + shown)) == ["make brief", "jianbao build --lang zh", "jianbao facts x"]


def test_every_picture_is_shown_somewhere_and_is_small() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = {name for page in pages for name in re.findall(r"\]\((?:docs/)?([\w-]+\.png)\)", page.read_text("utf-8"))}
    there = {picture.name for picture in (ROOT / "docs").glob("*.png")}
    assert shown == there
    assert shown == {f"{name}.png" for name in (*PAGES, *SCREENS, "guide-before", "guide-after")}
    assert all((ROOT / "docs" / name).stat().st_size < 150_000 for name in there)
