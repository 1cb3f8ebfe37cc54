"""A recalled source, fact or row is found in every published edition: what rests on it, where it stands, who has it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.workspaces import run


@pytest.fixture
def published(workspace: Path, unset: None) -> Path:
    assert run("build", workspace).code == 0
    return workspace


def recalled(root: Path, what: str) -> dict[str, Any]:
    done = run("recall", what, "-w", root, "--json")
    assert done.code == 0, done.err
    (edition,) = json.loads(done.out)["editions"]
    found: dict[str, Any] = edition
    return found


def test_a_row_is_found_in_facts_scores_sentences_and_documents(published: Path) -> None:
    edition = recalled(published, "tallies:6")
    assert edition["label"] == "midsummer" and "visitors.value" in edition["facts"]
    assert "normal.visitors" in edition["scores"] and "visitors.value" not in edition["scores"]
    item = next(each for each in edition["items"] if each["id"] == "harbour.market:2")
    assert "38,750" in item["texts"]["en"] and item["documents"] == ["brief"]
    assert edition["products"] == ["brief.en.pdf", "brief.zh-en.pdf", "brief.zh.pdf"]


def test_a_fact_brings_what_is_made_of_it_and_nothing_beside_it(published: Path) -> None:
    edition = recalled(published, "market.first")
    assert {"market.first", "market.growth"} <= set(edition["facts"])
    assert not {"visitors.value", "ties.total"} & set(edition["facts"])


def test_a_source_brings_every_fact_that_cites_it(published: Path) -> None:
    facts = set(recalled(published, "gazette")["facts"])
    assert {"ties.total", "regatta.boats"} <= facts and "market.first" not in facts


@pytest.mark.slow
def test_the_page_of_a_passage_is_named(workspace: Path) -> None:
    assert run("build", workspace, "--lang", "en").code == 0
    edition = recalled(workspace, "tallies:6")
    item = next(each for each in edition["items"] if each["id"] == "harbour.market:2")
    (pages,) = item["pages"].values()
    assert pages == [1] or pages == [2]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("tallies:99", "there is no row 99 in data/tallies.csv"),
        ("tallies:", "there is no row ? in data/tallies.csv"),
        ("visitors.valu", "did you mean 'visitors.value'?"),
        ("rumours", "no published edition rests on it"),
    ],
)
def test_what_no_edition_carries_is_wrong_usage(published: Path, what: str, told: str) -> None:
    done = run("recall", what, "-w", published)
    assert done.code == 2 and told in done.err


def test_a_correction_is_drafted_in_each_language_with_every_passage(published: Path, tmp_path: Path) -> None:
    folder = tmp_path / "notice"
    done = run("recall", "tallies:6", "-w", published, "--notice", folder, "--because", "en=The count was wrong.")
    assert done.code == 0, done.err
    english = (folder / "correction.midsummer.en.txt").read_text("utf-8")
    assert (
        english.startswith("Correction to the harbour brief, midsummer\n") and "Reason: The count was wrong." in english
    )
    passages = [item for item in recalled(published, "tallies:6")["items"] if item["texts"].get("en")]
    assert all(item["texts"]["en"] in english for item in passages)
    assert "（待填）" in (folder / "correction.midsummer.zh.txt").read_text("utf-8"), "no reason was given in Chinese"


def test_a_reason_without_its_language_is_wrong_usage(published: Path, tmp_path: Path) -> None:
    done = run("recall", "tallies:6", "-w", published, "--notice", tmp_path / "n", "--because", "an error")
    assert done.code == 2 and "name the language of each reason" in done.err
