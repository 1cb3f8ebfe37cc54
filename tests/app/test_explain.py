"""Explain: every word that may be written is told, in both languages, and the field of a line is found."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePath

import pytest

from jianbao.app.explain import GROUPS, Field, Word, explained, fields_of, words
from jianbao.app.schema import editable_files
from jianbao.app.workspace import snapshot
from jianbao.brief.outline import FORMATS, ROLES
from jianbao.brief.tables import TABLES
from jianbao.charts.spec import KINDS as FIGURES
from jianbao.core.errors import UsageError
from jianbao.data.conditions import GROUPS as JOINTS
from jianbao.data.conditions import TESTS
from jianbao.text.filters import FILTERS
from jianbao.text.wording import KINDS as BLOCKS
from tests.workspaces import MINIATURE, run

READ = {
    "filter": FILTERS,
    "block": BLOCKS,
    "figure": FIGURES,
    "role": ROLES,
    "format": FORMATS,
    "table": TABLES,
    "condition": ("fact", "known", "aspect", *TESTS, *JOINTS),
}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("group", READ)
def test_what_the_program_reads_is_told_and_nothing_else(group: str, language: str) -> None:
    listed = {word.name: word for word in words(language) if word.group == group}
    assert {*listed} == {*READ[group]}
    assert all(word.what and word.example for word in listed.values())


def test_every_group_has_words_and_every_file_has_fields() -> None:
    assert {word.group for word in words()} == {*GROUPS}
    assert all([*fields_of(PurePath(file))] for file in editable_files())


def found(term: str, language: str = "en") -> tuple[Word | Field, ...]:
    return explained(term, snapshot(MINIATURE), language)


def test_a_word_is_told_in_the_language_of_the_user_with_what_goes_with_it() -> None:
    (count,) = [each for each in found("count") if isinstance(each, Word)]
    assert (count.group, count.file) == ("measure", "data/measures.yml") and "distinct" in count.takes
    (chinese,) = found("count", "zh")
    assert isinstance(chinese, Word) and chinese.what != count.what
    assert {each.file for each in found("contents") if isinstance(each, Word)} >= {"templates/wording/furniture.yml"}


def test_the_field_of_a_line_is_found_and_the_words_in_it() -> None:
    lines = (MINIATURE / "data/tables.yml").read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "type: name" in line)
    field, *others = found(f"data/tables.yml:{number}")
    assert isinstance(field, Field) and ".columns." in field.path and field.holds == "$column"
    assert "name" in {each.name for each in others if isinstance(each, Word)}
    outline = (MINIATURE / "templates/outline.yml").read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(outline, 1) if "role: body" in line)
    assert "body" in {each.name for each in found(f"templates/outline.yml:{number}") if isinstance(each, Word)}


def test_fields_of_nodes_deep_in_the_framework_are_found() -> None:
    lines = (MINIATURE / "data/framework.yml").read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if line.strip().startswith("fact:"))
    field, *_ = found(f"data/framework.yml:{number}")
    assert isinstance(field, Field) and field.path.startswith("index.children") and field.path.endswith(".fact")


GROUP_OF = {"The whole": "framework", "A node": "framework", "Uncertainty": "doubt"}
FRAMEWORK_PAGE = Path(__file__).parents[2] / "docs/framework.md"


def documented() -> Iterator[tuple[str, str, str]]:
    """Yield group, name and meaning of all that the page of the framework file documents."""
    page = FRAMEWORK_PAGE.read_text("utf-8").replace("\\|", "\0")
    for head, part in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL):
        for line in re.findall(r"^\| (`.*) \|$", part, re.MULTILINE):
            cells = [cell.strip().replace("`", "").replace("\0", "|") for cell in line.split("|")]
            if len(cells) == 4:
                yield cells[0], cells[1], cells[3]
            elif head in GROUP_OF or (head == "Methods" and len(cells) == 2):
                for name in cells[0].split(", "):
                    yield GROUP_OF.get(head, "parameter"), name, cells[2 if head == "A node" else 1]


def test_the_framework_is_explained_as_it_is_documented() -> None:
    pages: dict[tuple[str, str], str] = {}
    for group, name, says in documented():
        pages.setdefault((group, name), says.replace(", see below", ""))
    groups = {group for group, _ in pages}
    assert {"framework", "normalise", "parameter", "doubt"} <= groups and len(pages) > 100
    assert {(word.group, word.name): word.what for word in words() if word.group in groups} == pages
    assert {word.name for word in words("zh") if word.group in groups and word.what.isascii()} <= {"log"}


@pytest.mark.parametrize(
    ("term", "says"),
    [
        ("zzzzzz", "'jianbao explain' lists all words"),
        ("contens", "'contens' is no word that jianbao explains"),
        ("data/nothing.yml", "this is no file of a workspace that has a schema"),
        ("data/rules.yml:9999", "there is no line 9999"),
        (f"data/rules.yml:{'9' * 5000}", "there is no line 999"),
    ],
)
def test_what_is_not_there_is_told(term: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        found(term)


def test_the_command_lists_all_words_and_explains_one(tmp_path: Path) -> None:
    done = run("explain")
    assert done.code == 0 and "filter: abs, about" in done.out and "FILE:LINE" in done.out
    shown = run("explain", "counted", MINIATURE)
    assert "counted, a filter of a placeholder" in shown.out and "{{ partners.total | counted }}" in shown.out
    assert '"group": "filter"' in run("explain", "counted", MINIATURE, "--json").out
