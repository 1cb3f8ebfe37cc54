"""Designations: every fact that a brief lists has a name that its reader understands."""

import re
from pathlib import Path

import pytest

from jianbao.app.assess import Assessment, document_inputs
from jianbao.brief.assemble import assemble
from jianbao.brief.phrases import PhraseRenderer, fact_name, other_names, unknown_fact_names
from jianbao.data.facts import Fact
from tests.text.sample_workspace import section
from tests.workspaces import MINIATURE, ROOT, assessed, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return assessed(MINIATURE, "")


@pytest.fixture(scope="module")
def renderer(assessment: Assessment) -> PhraseRenderer:
    return PhraseRenderer(
        ledger=assessment.ledger, writers=assessment.project.writers, sections=assessment.project.sections
    )


def called(assessment: Assessment, renderer: PhraseRenderer, key: str) -> dict[str, str]:
    said = fact_name(renderer, key, other_names(assessment.project.framework, assessment.project.rules))
    return renderer.texts(said) if said else {}


def test_a_fact_is_called_by_its_measure(assessment: Assessment, renderer: PhraseRenderer) -> None:
    assert called(assessment, renderer, "ties.total") == {"zh": "缔约城镇", "en": "Tied towns"}


def test_a_member_of_a_family_is_called_by_the_family_and_its_own_name(
    assessment: Assessment, renderer: PhraseRenderer
) -> None:
    member = next(iter(assessment.ledger.family("ties.grouping")))
    own = assessment.project.names[assessment.ledger[f"ties.grouping.{member}"].about[0]].full
    assert called(assessment, renderer, f"ties.grouping.{member}") == {
        "zh": f"各片区缔约城镇：{own['zh']}",
        "en": f"Tied towns by grouping: {own['en']}",
    }


def test_a_whole_family_is_called_by_its_name_alone(assessment: Assessment, renderer: PhraseRenderer) -> None:
    assert called(assessment, renderer, "ties.grouping.*")["en"] == "Tied towns by grouping"


def test_a_score_is_called_by_its_node_and_a_threshold_by_its_rule(
    assessment: Assessment, renderer: PhraseRenderer
) -> None:
    index = assessment.project.framework.index
    assert called(assessment, renderer, f"score.{index.id}")["en"] == f"Score: {index.name['en']}"
    rule = assessment.project.rules[0]
    assert called(assessment, renderer, f"threshold.{rule.id}")["zh"] == f"触发阈值：{rule.name['zh']}"


def test_a_score_of_a_year_is_called_by_its_node_too(assessment: Assessment, renderer: PhraseRenderer) -> None:
    index = assessment.project.framework.index
    member = next(iter(assessment.ledger.family(f"score_by_year.{index.id}")))
    key = f"score_by_year.{index.id}.{member}"
    (year,) = assessment.ledger[key].about
    assert called(assessment, renderer, key)["en"].endswith(f"{index.name['en']}, {year}")
    assert called(assessment, renderer, key)["zh"].endswith(f"{index.name['zh']}，{year}")


def test_a_fact_without_a_name_has_none(assessment: Assessment, renderer: PhraseRenderer) -> None:
    assert called(assessment, renderer, "voyage.boats") == {}
    unnamed = PhraseRenderer(ledger=assessment.ledger, writers=assessment.project.writers, sections={})
    assert fact_name(unnamed, "ties.total", {}) is None


def test_a_name_for_what_there_is_not_is_a_problem_with_the_nearest_fact(tmp_path: Path) -> None:
    misspelt = section(tmp_path, "phrases:\n  ties.totl: {zh: 城镇, en: Towns}\n")
    (problem,) = unknown_fact_names(misspelt, ["ties.total", "score.overall"])
    assert "'ties.totl' is not a fact" in problem.what
    assert "ties.total" in problem.hint
    assert unknown_fact_names(None, []) == []


def test_every_fact_in_the_evidence_of_the_real_brief_has_a_name_in_both_languages() -> None:
    real = assessed(ROOT, "")
    brief = assemble(
        document_inputs(
            real,
            PhraseRenderer(ledger=real.ledger, writers=real.project.writers, sections=real.project.sections),
            "evidence",
        )
    )
    (table,) = [
        block.table for part in brief.sections for block in part.blocks if block.table and block.table.id == "evidence"
    ]
    rows = [(row[3].text("en"), row[1].text("zh"), row[1].text("en")) for row in table.rows]
    assert len(rows) > 100
    for fact_id, zh, en in rows:
        assert re.search("[一-龥]", zh), fact_id
        assert en[0].isupper() and not re.search("[一-龥]", en), fact_id
        assert fact_id not in (zh, en)


def test_a_fact_that_the_annex_would_print_by_its_id_is_a_problem(workspace: Path) -> None:
    names = workspace / "templates/wording/facts.yml"
    names.write_text(re.sub(r"  ties\.lands:.*\n", "", names.read_text("utf-8")), "utf-8")
    errors = run("check", workspace).err
    assert errors.startswith("templates/wording/facts.yml: 'ties.lands' is printed and has no name\n")
    assert "1 problem" in errors
    names.unlink()
    assert "templates/wording/facts.yml: 'ties.total' is printed and has no name\n" in run("check", workspace).err


def test_a_member_that_has_no_name_is_a_problem_unless_it_is_a_figure(assessment: Assessment) -> None:
    words = (("n2031", "2031"), ("odd", "odd"))
    facts = (Fact(id=f"ties.by_year.{word}", value=1.0, about=(about,)) for word, about in words)
    ledger = assessment.ledger.with_facts(facts)
    renderer = PhraseRenderer(ledger=ledger, writers=assessment.project.writers, sections=assessment.project.sections)
    assert fact_name(renderer, "ties.by_year.n2031", {}) and renderer.problems == []
    assert fact_name(renderer, "ties.by_year.odd", {})
    assert [each.what for each in renderer.problems] == ["'odd' is printed and is not a name"]


def test_a_fact_that_nothing_makes_is_told_where_it_is_named_and_not_as_a_name(assessment: Assessment) -> None:
    renderer = PhraseRenderer(
        ledger=assessment.ledger, writers=assessment.project.writers, sections=assessment.project.sections
    )
    assert called(assessment, renderer, "ties.grouping.dlta")["en"] == "Tied towns by grouping: dlta"
    assert renderer.problems == []


def test_who_decides_about_an_indicator_is_named_as_in_the_figures(assessment: Assessment) -> None:
    fact = Fact(id="moved.crews", value=-1.0, about=("crews", "shared"))
    ledger = assessment.ledger.with_facts([fact])
    renderer = PhraseRenderer(ledger=ledger, writers=assessment.project.writers, sections=assessment.project.sections)
    named = fact_name(renderer, fact.id, {"crews": {"zh": "船队", "en": "Crews"}})
    assert named and named.text("en").endswith("Crews, Decided with others") and renderer.problems == []
