"""`jianbao chart` draws one figure of an edition by itself, in every format and language, the same each time."""

import csv
import re
from io import StringIO
from pathlib import Path

import pytest

from tests.workspaces import MINIATURE, assessed, composed, copy, run

pytestmark = pytest.mark.slow
FORMS = ("csv", "pdf", "png", "svg")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_figure_is_written_beside_the_edition_in_each_language_and_format(tmp_path: Path) -> None:
    root = copy(MINIATURE, tmp_path)
    done = run("chart", "friends", root)
    folder = root / "output" / "midsummer.figures"
    assert done.code == 0, done.err
    assert set(contents(folder)) == {f"friends.{each}.{form}" for each in ("zh", "en") for form in FORMS}
    assert len(done.out.splitlines()) == 2 * len(FORMS)


def test_a_figure_is_the_same_each_time_and_has_the_labels_of_the_built_one(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        assert run("chart", "friends", MINIATURE, "--language", "en", "--output", tmp_path / folder).code == 0
    one = contents(tmp_path / "one")
    assert one == contents(tmp_path / "two") and len(one) == len(FORMS)
    figure = next(block.figure for block in composed(assessed(MINIATURE)).blocks() if block.figure)
    labels = re.compile(">([^<>]+)</text>")
    built = set(labels.findall(figure.pictures["en"].svg.decode()))
    assert built and built <= set(labels.findall(one["friends.en.svg"].decode()))


def test_the_numbers_of_the_file_are_those_of_the_facts_drawn(tmp_path: Path) -> None:
    assert run("chart", "friends", MINIATURE, "--to", tmp_path / "a.csv", "--lang", "en").code == 0
    rows = list(csv.DictReader(StringIO((tmp_path / "a.csv").read_text("utf-8-sig"))))
    known = assessed(MINIATURE)
    figure = next(block.figure for block in composed(known).blocks() if block.figure)
    assert {row["Fact (id)"] for row in rows} == set(figure.facts)
    assert all(float(row["Value"]) == pytest.approx(known.ledger[row["Fact (id)"]].number) for row in rows)


def test_files_are_named_one_by_one_in_the_first_language(tmp_path: Path) -> None:
    done = run("chart", "friends", MINIATURE, "--to", tmp_path / "x" / "talk.SVG", "--to", tmp_path / "paper.png")
    assert done.code == 0 and (tmp_path / "paper.png").exists()
    assert 'lang="zh' in (tmp_path / "x" / "talk.SVG").read_text("utf-8")


def test_an_earlier_edition_can_be_drawn(tmp_path: Path) -> None:
    assert run("chart", "friends", MINIATURE, "--edition", "winter", "--to", tmp_path / "a.svg").code == 0
    assert run("chart", "friends", MINIATURE, "--to", tmp_path / "b.svg").code == 0
    assert (tmp_path / "a.svg").read_bytes() != (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("frends",), "templates/figures.yml names the figures: friends"),
        (("friends", MINIATURE, "--language", "xx"), "'xx'"),
        (("friends", MINIATURE, "--to", "a.gif"), ".svg, .png, .pdf, .csv"),
        (("friends", MINIATURE, "--to", "a.svg", "--output", "b"), "--to"),
        (("friends", MINIATURE, "--to", "a.svg", "--lang", "zh", "--lang", "en"), "--language"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_can(words: tuple[object, ...], said: str, tmp_path: Path) -> None:
    done = run("chart", *words, *([MINIATURE] if len(words) == 1 else []))
    assert done.code != 0 and said in done.err and not done.out
