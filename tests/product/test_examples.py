"""The example of a second real city is free of problems, builds, and rests on what it says it rests on."""

import csv
import shutil
from pathlib import Path

import pytest

from tests.repository.tree import ROOT
from tests.workspaces import assessed, run

CHENGDU = ROOT / "examples" / "chengdu"
ROWS = 60
OFFICIAL = 5
SIZE = 300_000  # bytes of all examples


@pytest.fixture
def chengdu(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CHENGDU, tmp_path / "chengdu", ignore=shutil.ignore_patterns("output")))


@pytest.mark.slow
def test_chengdu_has_no_problems_and_makes_its_page(chengdu: Path) -> None:
    checked = run("check", chengdu)
    assert checked.code == 0, checked.out + checked.err
    built = run("build", chengdu, "--template", "onepage", "--lang", "zh")
    assert built.code == 0, built.err
    assert (chengdu / "output" / "2025" / "onepage.zh.pdf").stat().st_size


@pytest.mark.slow
@pytest.mark.deep
def test_chengdu_makes_all_of_its_products(chengdu: Path) -> None:
    assert run("build", chengdu).code == 0
    made = {path.name for path in (chengdu / "output" / "2025").iterdir()}
    assert {product.name for product in assessed(chengdu).project.outline.products} <= made


def test_every_row_of_chengdu_has_a_source_with_a_grade() -> None:
    evidence = assessed(CHENGDU).project.evidence
    grades = {name: source.grade for name, source in evidence.sources.items()}
    rows = [row for path in CHENGDU.glob("data/*.csv") if path.stem != "names" for row in read(path)]
    cited = {source for row in rows for source in row["source"].split(";")}
    assert len(rows) >= ROWS
    assert all(grades[source] for source in cited)
    assert sum(grades[source] == "official" for source in cited) >= OFFICIAL


def test_the_examples_stay_small() -> None:
    files = [path for path in (ROOT / "examples").rglob("*") if path.is_file() and "output" not in path.parts]
    assert sum(path.stat().st_size for path in files) < SIZE


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))
