"""The repository holds what it needs, nothing of one machine and nothing that is not free to hand on."""

import re
from pathlib import Path

import pytest

from jianbao.core.edition_folder import ARCHIVE
from jianbao.delivery.finished_edition import RECORD_FILES, REPLACED
from tests.repository.tree import ROOT, tracked

FOLDERS = {
    *(
        "data",
        "templates",
        "src",
        "output",
        "tests",
        "requirements",
        "benchmarks",
        "bundle",
        "docs",
        "examples",
        ".ci",
        ".github",
    )
}
FILES = {
    "README.md",
    "README.zh-CN.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "SECURITY.md",
    "SECURITY.zh-CN.md",
    "CITATION.cff",
    "Makefile",
    "pyproject.toml",
    ".gitignore",
    ".gitattributes",
    ".editorconfig",
    ".pre-commit-config.yaml",
}
LARGEST = 2 << 20

FONTS = (b"\0\1\0\0\0", b"OTTO", b"ttcf", b"wOFF", b"wOF2", b"true\0")
FONT_NAMES = {".ttf", ".otf", ".ttc", ".woff", ".woff2", ".pfb"}
# Written in pieces, so that this file does not break its own law.
HOSTS = (
    *("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "mirror.com"),
    *("debian" + ".org", "ubuntu" + ".com", "proxy." + "golang.org", "/simple" + "/"),
)
MACHINE = r"(?<![\w.}~-])/(?:" + "|".join(("work", "root", "Users", r"home/\w+", "tmp/plan", "opt/wheels")) + r")\b/?"
PLANNING = r"(?<![\w./-])shared" + r"/(?:design|facts|paper|cases|hooks)"
MERGED = re.compile(r"^(?:<{7}|>{7}|\|{7}) ", re.MULTILINE)  # what a merge leaves where both sides changed
OTHERS = re.compile("|".join((MACHINE, PLANNING, *map(re.escape, HOSTS))))


def elsewhere(text: str) -> list[str]:
    """Return the words that only one machine or one package mirror would understand."""
    return [found.group() for found in OTHERS.finditer(text)]


def is_font(start: bytes) -> bool:
    return start.startswith(FONTS)


def read(path: Path) -> str:
    return (ROOT / path).read_bytes().decode("utf-8", errors="ignore")


def test_the_top_level_holds_only_what_belongs_there() -> None:
    assert {path.parts[0] for path in tracked()} - FOLDERS - FILES == set()


def test_of_the_output_only_the_records_of_published_editions_are_kept() -> None:
    kept = [path for path in tracked() if path.parts[0] == "output" and path != Path("output/.gitkeep")]
    assert [path for path in kept if path.parts[1] != ARCHIVE or path.name not in (*RECORD_FILES, REPLACED)] == []


def test_there_is_no_font_in_it() -> None:
    found = [path for path in tracked() if path.suffix.lower() in FONT_NAMES or is_font((ROOT / path).read_bytes()[:8])]
    assert found == []


def test_no_file_is_large() -> None:
    assert [path for path in tracked() if (ROOT / path).stat().st_size > LARGEST] == []


def test_no_file_knows_a_machine_or_a_package_host() -> None:
    found = [f"{path}: {word}" for path in tracked() for word in elsewhere(read(path))]
    assert not found, "\n" + "\n".join(found)


def test_no_file_holds_both_sides_of_a_merge() -> None:
    assert [str(path) for path in tracked() if MERGED.search(read(path))] == []


@pytest.mark.parametrize(
    "text",
    ["see /" + "work/x", "open('/" + "root/x')", "/" + "home/ann/x", "https://files.python" + "hosted.org/x"],
)
def test_a_word_of_one_machine_is_found(text: str) -> None:
    assert elsewhere(text) != []


@pytest.mark.parametrize(
    "text", ["framework/levels", "https://example.com/" + "work/paper", "~/work", "a home/office day"]
)
def test_an_ordinary_word_is_let_be(text: str) -> None:
    assert elsewhere(text) == []


def test_a_font_is_known_by_its_first_bytes() -> None:
    assert is_font(b"OTTO\0\x0b") and not is_font(b"PK\3\4") and not is_font(b"true,false\n")
