"""`jianbao diff`: what it prints for people and programs, and its two pages."""

import json
import re
from itertools import pairwise
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pikepdf
import pytest
from rich.cells import cell_len

from jianbao.app.compare import compare_editions, comparison_report
from jianbao.app.workspace import snapshot
from jianbao.brief import export
from tests.pdf_text import bare, read
from tests.validators.verapdf import CONFORMING, judge
from tests.workspaces import MINIATURE, ROOT, amend, assessed, run

pytestmark = pytest.mark.slow

PAIR = ("winter", "midsummer")
SAID = {
    "zh": ("声望降2.8分", "友城数", "结交三角洲友城", "[-泽足-]{+乌港+}"),
    "en": ("Standing down 2.8 points", "Friendly towns", "Seek friends in the Delta", "[-Mirefoot-]{+Uldhaven+}"),
}
Record = dict[str, Any]


def test_both_languages_say_what_changed() -> None:
    done = run("diff", *PAIR, MINIATURE, "--lang", "zh", "--lang", "en")
    assert done.code == 0 and [words for each in SAID.values() for words in each if words not in done.out] == []


@pytest.mark.parametrize(("language", "other"), [("zh", "en"), ("en", "zh")])
def test_one_language_is_said_alone(language: str, other: str) -> None:
    out = run("diff", *PAIR, MINIATURE, "--lang", language).out
    assert all(words in out for words in SAID[language]) and not any(words in out for words in SAID[other])


def test_without_a_choice_it_is_said_in_the_language_of_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    out = run("diff", *PAIR, MINIATURE).out
    assert all(words in out for words in SAID["zh"]) and not any(words in out for words in SAID["en"])


def test_a_fact_that_no_score_reads_has_its_name_beside_its_id() -> None:
    out = run("diff", *PAIR, MINIATURE, "--lang", "zh").out
    assert re.search(r"^- .*[一-龥].* \[[a-z_.0-9]+\]：", out, re.MULTILINE)


def test_on_a_terminal_words_are_struck_out_in_colour_and_brackets_are_kept() -> None:
    lines = list(comparison_report(compare_editions(snapshot(MINIATURE), *PAIR), ("en",), True))
    assert any("[red strike]Mirefoot[/][green underline]Uldhaven[/]" in line for line in lines)
    assert lines[0] == "[bold]Standing down 2.8 points[/]"


def test_a_table_is_aligned_by_the_width_of_its_characters() -> None:
    lines = list(comparison_report(compare_editions(snapshot(MINIATURE), *PAIR), ("zh",), False))
    rows = [line for line in lines if line.startswith(("总体声望", "对外", "对内"))]
    assert len(rows) == 3 and len({cell_len(row[: row.index("−")]) for row in rows}) == 1


def test_json_holds_everything_and_its_parts_add_up() -> None:
    record = parsed(run("diff", *PAIR, MINIATURE, "--json").out)
    assert set(record) == {"earlier", "later", "firm", "scores", "facts", "measures", "sentences"}
    for each in record["scores"]:
        assert each["method"] + each["data"] + each["coverage"] == pytest.approx(each["change"], abs=1e-9)
    assert {each["noise"] for each in record["scores"]} == {True, False}


def parsed(out: str) -> Record:
    return dict(json.loads(out))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("winter", "midsumer"), "there is no edition 'midsumer'; did you mean 'midsummer'?"),
        ((*PAIR, "--lang", "fr"), "'fr' is not a language"),
        ((*PAIR, "--against", "nowhere"), "nowhere: the file does not exist"),
    ],
)
def test_what_is_not_there_is_named(words: tuple[str, ...], said: str) -> None:
    done = run("diff", *words[:2], MINIATURE, *words[2:])
    assert (done.code, done.out) == (2, "") and said.split("; ")[0] in done.err


def test_a_workspace_without_words_for_it_uses_the_built_in_ones(workspace: Path) -> None:
    (workspace / "templates" / "wording" / "changes.yml").unlink()
    done = run("diff", *PAIR, workspace, "--lang", "en")
    assert done.code == 0 and done.out.startswith("The overall score is down 2.8 points on the winter edition"), (
        done.out + done.err
    )


def test_a_phrase_that_is_misspelt_is_named(workspace: Path) -> None:
    path = workspace / "templates" / "wording" / "changes.yml"
    path.write_text(path.read_text("utf-8").replace("  verdict.down:", "  verdict.dwn:"), "utf-8")
    done = run("diff", *PAIR, workspace)
    said = " ".join(done.err.split())
    assert done.code == 4 and "no phrase 'verdict.dwn' is built in did you mean 'verdict.down'?" in said


def test_a_change_of_method_is_told_apart(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "ledger.json").write_bytes(export.ledger(assessed(MINIATURE, "winter").ledger))
    amend(workspace, "data/framework.yml", "target: 12", "target: 6")
    out = run("diff", *PAIR, workspace, "--against", tmp_path, "--lang", "en").out
    assert "by another method" in out.splitlines()[0] and "method +" in out.splitlines()[3]
    same = run("diff", "winter", "winter", workspace, "--against", tmp_path, "--lang", "en").out
    assert re.search(r"^Outward .*method alone$", same, re.MULTILINE)


# Pages


@pytest.fixture(scope="module")
def leaflet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("leaflet") / "made" / "changes.pdf"
    done = run("diff", *PAIR, MINIATURE, "--pdf", path)
    assert (done.code, done.out) == (0, f"{path}\n"), done.err
    return path


def pages(path: Path) -> int:
    with pikepdf.open(path) as pdf:
        return len(pdf.pages)


def test_the_pages_say_it_in_both_languages(leaflet: Path) -> None:
    text = "".join(bare(piece.text) for piece in read(leaflet))
    wanted = [words for each in SAID.values() for words in each if "{+" not in words]
    assert [words for words in wanted if bare(words) not in text] == []
    assert pages(leaflet) == 2


def test_the_same_editions_give_the_same_bytes(leaflet: Path, tmp_path: Path) -> None:
    run("diff", *PAIR, MINIATURE, "--out", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["changes.json", "changes.zh-en.pdf"]
    assert (tmp_path / "changes.zh-en.pdf").read_bytes() == leaflet.read_bytes()


def test_many_sentences_are_counted_where_there_is_no_room(workspace: Path) -> None:
    path = workspace / "templates" / "wording" / "harbour.yml"
    said = (
        "zh: 第{{ ties.total }}个城之事，市集成交为{{ market.value }}。",
        "en: Of {{ ties.total }} towns and a market of {{ market.value }} much is told.",
    )
    more = "".join(f"  - paragraph: more_{n}\n    say:\n      {said[0]}\n      {said[1]}\n" for n in ascii_lowercase)
    path.write_text(path.read_text("utf-8").rstrip("\n") + "\n" + more, "utf-8")
    done = run("diff", *PAIR, workspace, "--pdf", workspace / "changes.pdf")
    assert done.code == 0, done.err
    text = "".join(bare(piece.text) for piece in read(workspace / "changes.pdf"))
    assert pages(workspace / "changes.pdf") == 2 and bare("more are not shown") in text


@pytest.mark.validators
@pytest.mark.deep
def test_the_pages_are_archival_and_accessible(leaflet: Path) -> None:
    assert judge(leaflet) == CONFORMING


# The workspace of this repository


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("2024", "2025"), *(pytest.param("2023", later, marks=pytest.mark.deep) for later in ("2024", "2025"))],
)
def test_the_editions_of_this_repository_compare(earlier: str, later: str, tmp_path: Path) -> None:
    done = run("diff", earlier, later, ROOT, "--out", tmp_path)
    assert done.code == 0, done.err
    record = parsed((tmp_path / "changes.json").read_text("utf-8"))
    assert {each["kind"] for each in record["facts"]} >= {"added", "changed"}
    for each in record["scores"]:
        assert each["method"] + each["data"] + each["coverage"] == pytest.approx(each["change"], abs=1e-9)
        assert each["method"] == 0
    for change in record["sentences"]:
        for language, pieces in change["redlines"].items():
            assert not torn(pieces), (change["id"], language)
    assert pages(tmp_path / "changes.zh-en.pdf") == 2


def torn(pieces: list[dict[str, str]]) -> bool:
    """Say whether a number begins in a piece that is kept and goes on in one that is not, or the other way round."""
    for mark in ("gone", "new"):
        side = [piece["text"] for piece in pieces if piece["mark"] in ("kept", mark)]
        if any(one[-1:].isdigit() and two[:1].isdigit() for one, two in pairwise(side)):
            return True
    return False
