"""What README and the pages of docs/ tell people to type works, and what they link to is there."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.build_store import Store
from tests.repository.code_map import MAPS, stale
from tests.repository.pictures import PAGES, SCREENS, STUDIO
from tests.repository.tree import PACKAGE, ROOT, tracked
from tests.workspaces import Done, run

FENCE = re.compile(r"^```(?:sh|bash|shell|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"`(jianbao [^`]+)`")
LINK = re.compile(r"\]\(([^)#]+?)(?:#[^)]*)?\)")
PRODUCTS = re.compile(r"^products:\n(?:  - .*\n)+", re.MULTILINE)
MADE = "products: [brief.en.pdf, evidence.en.html]\n"
OPTION = re.compile(r"(?:^| )(--?[a-z][\w-]*)")
NOT_TRIED = {"git", "cd"}
SERVING = ("preview", "studio")  # they go on until somebody ends them
GROUPS = {"edition", "review", "studio", "user"}  # commands that have commands of their own
# Each does everything the tests themselves stand in, removes it or installs more; that the target exists is enough.
NOT_MADE = {"studio", "test", "test-deep", "clean", "lock", "bench", "pictures", "docs", "bundle"}
# Pages that are tried step by step by tests of their own.
STEPWISE = {ROOT / "docs" / name for name in ("how-to.md", "how-to.zh-CN.md", "tutorial.md", "tutorial.zh-CN.md")}
READMES = 2  # pages, in two languages
MOST_LINES = 150


@cache
def readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


def pages() -> list[Path]:
    """Return README in both languages, which is read first, and every page of docs/ in the order of their names."""
    return [ROOT / "README.md", ROOT / "README.zh-CN.md", *sorted((ROOT / "docs").glob("*.md"))]


def tried(first: int | None = None) -> list[str]:
    """Return the commands of every shell block of all pages, or of the first few, each once; README comes first."""
    texts = [page.read_text("utf-8") for page in pages()[:first] if page not in STEPWISE]
    return list(dict.fromkeys(command for text in texts for command in commands(text)))


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


def make(words: list[str], folder: Path) -> Done:
    """Run `make` as someone in a fresh shell would, with this environment's `jianbao` first."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PYTEST"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    environment = {**kept, "PATH": path, "COLUMNS": "120", "NO_COLOR": "1"}
    done = subprocess.run(["make", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


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


def test_every_target_of_make_that_is_named_exists() -> None:
    for command in tried():
        program, *words = shlex.split(command)
        assert program in ("make", "jianbao"), f"'{command}' is not one of ours"
        if program == "make":
            done = make(["--dry-run", *words], ROOT)
            assert done.code == 0, f"'{command}': {done.err}"


@cache
def options_of(command: str) -> frozenset[str]:
    """Return the options of a command such as "edition new"; raises AssertionError if there is no such command."""
    done = run(*command.split(), "--help")
    assert done.code == 0, f"there is no command 'jianbao {command}'"
    return frozenset(OPTION.findall(done.out.replace(",", " ").replace("/", " ")))


def unknown_options(command: str) -> set[str]:
    """Return the options that a command names and does not have."""
    words = re.sub(r"\[.*?\]", "", command.replace("'", "").replace('"', "")).split()[1:]
    depth = 2 if words[0] in GROUPS and len(words) > 1 and not words[1].startswith("-") else 1
    named = {word.split("=")[0] for word in words if word.startswith("-")}
    return named - options_of(" ".join(words[:depth])) - {"--help"}


def test_every_command_that_a_page_names_exists_with_its_options() -> None:
    named = {command for page in pages() for command in QUOTED.findall(page.read_text("utf-8"))}
    named |= {command for page in pages() for command in commands(page.read_text("utf-8")) if command[:7] == "jianbao"}
    assert {command: found for command in sorted(named) if (found := unknown_options(command))} == {}


def test_a_command_or_option_that_does_not_exist_is_found() -> None:
    assert unknown_options("jianbao build --edition 2024 --colour red") == {"--colour"}
    assert unknown_options("jianbao edition new 2026 --as-of 2026-12-31") == set()
    with pytest.raises(AssertionError, match="'jianbao print'"):
        unknown_options("jianbao print 2024")


def test_every_command_is_on_the_page_of_commands() -> None:
    listed = re.findall(r"^\| `jianbao ([a-z ]+)` \|", (ROOT / "docs" / "commands.md").read_text("utf-8"), re.MULTILINE)
    shown = re.findall(r"^  ([a-z]+) {2,}", run("--help").out.partition("Commands:")[2], re.MULTILINE)
    assert {command.split()[0] for command in listed} == set(shown) and shown


@pytest.mark.slow
@pytest.mark.parametrize("first", [READMES, pytest.param(None, id="all", marks=pytest.mark.deep)])
def test_every_command_of_the_pages_runs_in_a_clone(
    first: int | None, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make` starts `jianbao` as a shell does; the other commands run in this process, which has its libraries.

    Of the products the clone makes two in one language: enough to review, compare and hand over. Other tests make all.
    """
    clone = copy(tmp_path)
    outline = clone / "templates" / "outline.yml"
    outline.write_text(PRODUCTS.sub(MADE, outline.read_text("utf-8")), "utf-8")
    monkeypatch.chdir(clone)
    for name, value in store.world.items():
        monkeypatch.setenv(name, value)
    for command in tried(first):
        program, *words = shlex.split(command)
        if program == "make" and set(words) & NOT_MADE:
            continue
        if words[0] in SERVING and words[1:2] not in (["backup"], ["restore"]):
            continue  # see the next test
        done = make(words, clone) if program == "make" else run(*words)
        assert done.code == 0, f"'{command}' in a clone: {done.out[-2000:]}{done.err[-2000:]}"
    assert list((clone / "output").glob("*/brief.en.pdf")), "the commands leave no brief"


@pytest.mark.slow
@pytest.mark.parametrize("command", SERVING)
def test_what_serves_pages_does_so_until_it_is_interrupted(command: str) -> None:
    assert command in {words.split()[1] for words in tried() if words.startswith("jianbao ")}
    words = [sys.executable, "-m", "jianbao.cli", command, "--no-open", "--port", "0"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as served:
        assert served.stdout
        assert served.stdout.readline().startswith("http://127.0.0.1:")
        served.send_signal(signal.SIGINT)
        assert served.wait(600) == 0


def test_the_pages_with_a_map_of_the_code_have_one_place_for_it() -> None:
    for name in MAPS:
        text = (ROOT / name).read_text("utf-8")
        assert len(re.findall(r"<!-- made by .*/code_map\.py -->\n(?:.*\n)*?<!-- end -->", text)) == 1, name


@pytest.mark.slow
def test_the_maps_of_the_code_are_as_the_code_is() -> None:
    assert stale() == [], "run: python -m tests.repository.code_map"


def tour(page: str) -> Iterator[tuple[str, str]]:
    """Yield each file of the program that a code tour names, and each function with the file named last before it."""
    file = ""
    for path, name in re.findall(r"`([\w/]+\.py)`|`(\w+)\(\)`", (ROOT / "docs" / page).read_text("utf-8")):
        file = path or file
        yield file, name


@pytest.mark.parametrize("page", ["code-tour.md", "code-tour.zh-CN.md"])
def test_every_file_and_function_of_the_code_tour_exists(page: str) -> None:
    texts = {file: (PACKAGE / file).read_text("utf-8") for file, _ in tour(page) if (PACKAGE / file).is_file()}
    named = set(tour(page))
    assert {file for file, _ in named} - texts.keys() == set()
    assert [
        each for each in named if each[1] and not re.search(rf"^ *def {each[1]}\(", texts[each[0]], re.MULTILINE)
    ] == []


def test_readme_is_short() -> None:
    assert len(readme().splitlines()) <= MOST_LINES


def test_every_picture_and_file_that_a_page_links_to_is_there() -> None:
    for page in (*pages(), ROOT / "CONTRIBUTING.md", ROOT / "benchmarks" / "README.md"):
        local = [target for target in LINK.findall(page.read_text("utf-8")) if "://" not in target]
        assert [target for target in local if not (page.parent / target).exists()] == [], page.name


def test_every_page_is_in_the_index() -> None:
    there = {page.name for page in pages() if page.parent.name == "docs"}
    english, chinese = (
        set(LINK.findall((ROOT / "docs" / name).read_text("utf-8"))) for name in ("index.md", "index.zh-CN.md")
    )
    assert there - {"index.md"} == {target for target in english if "/" not in target}
    assert chinese - {"index.md", "../README.zh-CN.md"} == {
        in_chinese(target) for target in english - {name for name in english if ".zh-CN" in name} - {"../README.md"}
    }


def in_chinese(target: str) -> str:
    """Return what the Chinese index links to instead of a page: its twin, or the page itself if there is none."""
    twin = target.replace(".md", ".zh-CN.md")
    return twin if (ROOT / "docs" / twin).is_file() else target


def test_commands_are_read_as_a_shell_reads_them() -> None:
    quiet = "```sh\nmake brief   # build\njianbao build \\\n  --lang zh\n```\n"
    shown = "```console\n$ jianbao facts x\n38 cities\n```\n"
    assert list(commands(quiet + shown)) == ["make brief", "jianbao build --lang zh", "jianbao facts x"]


def test_every_picture_is_shown_somewhere_and_is_small() -> None:
    shown = {name for page in pages() for name in re.findall(r"\]\((?:docs/)?([\w-]+\.png)\)", page.read_text("utf-8"))}
    there = {picture.name for picture in (ROOT / "docs").glob("*.png")}
    assert shown == there
    assert shown == {f"{name}.png" for name in (*PAGES, *SCREENS, *STUDIO, "how-to-before", "how-to-after")}
    assert all((ROOT / "docs" / name).stat().st_size < 150_000 for name in there)
