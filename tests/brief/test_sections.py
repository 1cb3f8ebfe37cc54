"""Sections: what cites a figure ends with its number, and a figure that is not there is not cited."""

from pathlib import Path

import pytest

from jianbao.app.assess import Assessment
from jianbao.app.check import examine_edition
from jianbao.app.workspace import snapshot
from jianbao.brief.model import Block, Figure, Section
from jianbao.brief.outline import with_citations
from jianbao.brief.phrases import PhraseRenderer
from jianbao.text.render import Sentence, StatedFact, Statement
from tests.workspaces import MINIATURE, amend, assessed, copy


def both(zh: str, en: str) -> Statement:
    return Statement("s:1", {"zh": Sentence("zh", zh, (StatedFact("ties.total", "4"),)), "en": Sentence("en", en)})


def figure(figure_id: str, number: int) -> Block:
    said = both("", "")
    made = Figure(id=figure_id, number=number, title=said, subtitle=said, note=None, alt=said)
    return Block(kind="figure", id=figure_id, figure=made)


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assessed(MINIATURE, "")


def cited(assessment: Assessment, *cites: str) -> Statement:
    """Return how a sentence ends that cites figures of two sections, of which the second comes later."""
    renderer = PhraseRenderer(
        ledger=assessment.ledger, writers=assessment.project.writers, sections=assessment.project.sections
    )
    said = Block(kind="paragraph", id="p", statements=(both("友城4个。", "Four towns."),), cites=cites)
    sections = [
        Section("one", both("", ""), (said, figure("fair", 1))),
        Section("two", both("", ""), (figure("map", 2),)),
    ]
    (first, _) = with_citations(sections, renderer)
    assert renderer.problems == []
    return first.blocks[0].statements[0]


def test_a_cited_figure_is_named_by_its_number_before_the_full_stop(assessment: Assessment) -> None:
    said = cited(assessment, "map")
    assert said.text("zh") == "友城4个（图2）。" and said.text("en") == "Four towns (Figure\u00a02)."
    assert said.facts() == ("ties.total",)


def test_several_figures_are_named_in_their_order(assessment: Assessment) -> None:
    said = cited(assessment, "map", "fair")
    assert said.text("zh") == "友城4个（图1、2）。" and said.text("en") == "Four towns (Figures\u00a01, 2)."


def test_a_figure_that_this_edition_does_not_show_is_not_cited(assessment: Assessment) -> None:
    assert cited(assessment, "gone").text("en") == "Four towns."


def test_a_finding_cites_after_what_it_found_and_not_after_what_follows_from_it(assessment: Assessment) -> None:
    renderer = PhraseRenderer(
        ledger=assessment.ledger, writers=assessment.project.writers, sections=assessment.project.sections
    )
    statements = (both("友城4个。", "Four towns."), both("宜再议。", "They should talk."))
    made = Block(kind="paragraph", id="finding.few", statements=statements, cites=("map",))
    ((block, _),) = (
        each.blocks for each in with_citations([Section("one", both("", ""), (made, figure("map", 1)))], renderer)
    )
    assert [each.text("en") for each in block.statements] == ["Four towns (Figure\u00a01).", "They should talk."]


def test_a_figure_that_nothing_declares_cannot_be_cited(tmp_path: Path) -> None:
    workspace = copy(MINIATURE, tmp_path / "miniature")
    file = "templates/wording/harbour.yml"
    text = (workspace / file).read_text("utf-8")
    first = next(line for line in text.splitlines() if line.startswith("  - paragraph:"))
    amend(workspace, file, first, f"{first}\n    cites: [quayside]")
    found = [str(problem) for error in examine_edition(snapshot(workspace), "").errors for problem in error.problems]
    assert any("'quayside' is not a figure" in each for each in found), found
