"""No true sentence on Guangzhou is refused, and no false or open one passes; each is refused for the right reason."""

import csv
from pathlib import Path

import pytest

from jianbao.app.assess import Scored, measure, score
from jianbao.app.project import project_of
from jianbao.app.workspace import snapshot
from jianbao.data.expressions import Code, Truth, evaluate, explain, parse
from jianbao.scoring.score_facts import score_draws
from tests.workspaces import ROOT

CORPUS = Path(__file__).with_name("claims_corpus.csv")
CLAIMS = list(csv.DictReader(CORPUS.read_text("utf-8").splitlines()))


@pytest.fixture(scope="module")
def scored() -> Scored:
    """Return the facts and scores of the edition of 2025, as a build makes them."""
    project = project_of(snapshot(ROOT))
    return score(measure(project, project.series.issue("2025")))


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim["expression"])
def test_a_claim_passes_if_the_facts_bear_it_out_and_else_is_refused_for_its_reason(
    scored: Scored, claim: dict[str, str]
) -> None:
    dated = claim["as_of"] == "yes"
    answer = evaluate(parse(claim["expression"]), scored.ledger, as_of=dated, draws=score_draws(scored.card))
    assert (answer.truth, {reason.code.name for reason in answer.reasons}) == (claim["truth"], {*claim["code"].split()})
    assert bool(explain(answer, "zh")) == (answer.truth is not Truth.TRUE)


def test_the_claims_cover_every_reason_and_are_as_often_refused_as_not() -> None:
    assert {code for claim in CLAIMS for code in claim["code"].split()} == {code.name for code in Code}
    refused = [claim for claim in CLAIMS if claim["truth"] != Truth.TRUE]
    assert len(refused) >= 25 and len(CLAIMS) - len(refused) >= 15
