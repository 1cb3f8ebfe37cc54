"""An edition prints its own words, and none that its facts do not bear out."""

from pathlib import Path
from shutil import copy as copy_file

import pytest

from tests.workspaces import ROOT, amend, copy, run

pytestmark = pytest.mark.slow

TEXTS = Path(__file__).parent / "own_texts"
FOLDER = "templates/2025"


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    """Return a workspace whose edition of 2025 has a brief of its own."""
    workspace = copy(ROOT, tmp_path / "city")
    (workspace / FOLDER).mkdir()
    for language in ("zh", "en"):
        copy_file(TEXTS / f"brief.{language}.md", workspace / FOLDER)
    for file, added in (("data/measures.yml", "measures.yml"), ("templates/wording/facts.yml", "facts.yml")):
        with (workspace / file).open("a", encoding="utf-8") as grown:
            grown.write("\n" + (TEXTS / added).read_text("utf-8"))
    return workspace


def problems(workspace: Path, edition: str = "2025") -> tuple[int, list[str]]:
    done = run("check", workspace, "--edition", edition)
    lines = (done.out + done.err).splitlines()
    return done.code, [line for line in lines if line.startswith(("templates/", "data/"))]


def test_the_edition_is_checked_with_its_own_words_and_others_as_before(edition: Path) -> None:
    assert problems(edition) == (0, [])
    assert problems(edition, "2024") == (0, [])


def amend_both(edition: Path, old: str, new: str) -> None:
    for language in ("zh", "en"):
        amend(edition, f"{FOLDER}/brief.{language}.md", old, new)


def test_a_false_or_unknown_claim_stops_the_edition_in_every_language(edition: Path) -> None:
    amend_both(edition, "fair.buyers > fair.buyers_autumn", "fair.buyers < fair.buyers_autumn")
    amend_both(edition, "score.channels > score.depth", "score.stage > score.depth")
    code, found = problems(edition)
    assert code
    assert sorted(line.split(" ")[0] for line in found) == [
        f"{FOLDER}/brief.en.md:21:",
        f"{FOLDER}/brief.en.md:9:",
        f"{FOLDER}/brief.zh.md:21:",
        f"{FOLDER}/brief.zh.md:9:",
    ]


def test_a_missing_language_an_unknown_template_and_a_wrong_name_are_reported_together(edition: Path) -> None:
    (edition / FOLDER / "brief.en.md").unlink()
    for name in ("breif.zh.md", "notes.md"):
        (edition / FOLDER / name).write_text("---\ntitle: A\nline: B\n---\n", "utf-8")
    code, found = problems(edition)
    assert code
    assert sorted(line.split(" ")[0] for line in found) == [
        f"{FOLDER}/breif.zh.md:",
        f"{FOLDER}/brief.zh.md:",
        f"{FOLDER}/notes.md:",
    ]


def test_a_text_that_refers_to_no_figure_is_refused_at_its_line(edition: Path) -> None:
    amend_both(edition, "figure levels", "figure leverls")
    _, found = problems(edition)
    assert [line.split(" ")[0] for line in found] == [f"{FOLDER}/brief.zh.md:18:"]


def test_a_new_edition_begins_with_the_words_of_the_last_and_names_what_no_longer_holds(edition: Path) -> None:
    (edition / "templates/2026").mkdir()
    own = edition / "templates/2026/brief.zh.md"
    own.write_text((TEXTS / "brief.zh.md").read_text("utf-8").replace("渠道通", "渠道畅通"), "utf-8")
    assert run("edition", "new", "2026", edition, "--as-of", "2026-12-31").code == 0
    assert "渠道畅通" in own.read_text("utf-8")
    assert (edition / "templates/2026/brief.en.md").read_bytes() == (TEXTS / "brief.en.md").read_bytes()
    code, found = problems(edition, "2026")
    assert code
    assert any(line.startswith("templates/2026/brief.en.md:8:") for line in found)
