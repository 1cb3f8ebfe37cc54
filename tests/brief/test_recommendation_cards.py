"""The cards of recommendations: what was tested and how success is measured, told by the unit of each."""

from pathlib import Path

import pytest

from jianbao.brief.phrases import PhraseRenderer
from jianbao.brief.recommendation_cards import RecommendationCards
from jianbao.brief.reference_numbers import ReferenceNumbers
from tests.workspaces import MINIATURE, amend, assessed, copy

WHEN, MEASURE = "when: {fact: ties.grouping.delta, below: 3}", "measure: {fact: ties.grouping.delta, target: 3, by: 3}"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return copy(MINIATURE, tmp_path / "miniature")


def part(workspace: Path, label: str) -> dict[str, str]:
    """Return what a part of the first rule's card says in each language."""
    known = assessed(workspace, "")
    renderer = PhraseRenderer(known.ledger, known.project.writers, known.project.sections)
    cards = RecommendationCards(renderer, known.project.advice_words, ReferenceNumbers(ledger=known.ledger))
    found = next(each for each in (*known.advice.forward, *known.advice.weaker) if each.rule.id == "delta_ties")
    card = cards.cards([found])[0]
    assert renderer.problems == []
    blocks = next(inside for named, inside in card.parts if named.text("en") == label)
    texts = {language: "".join(said.text(language) for said in blocks[0].statements) for language in ("zh", "en")}
    return {language: text.replace("\u00a0", " ") for language, text in texts.items()}


# A condition that holds in the miniature for each kind of unit, and what its card says
CONDITIONS = (
    (
        "{fact: ties.grouping.delta, below: 3}",
        "三角洲友城1个，低于阈值3个，相差2个。",
        "Friendly towns in the Delta: one, below the threshold of three (margin two).",
    ),
    (
        "{fact: ties.delta_share, at_most: 0.5}",
        "三角洲友城：6个中的1个，不高于阈值50.0%，相差33.3个百分点。",
        "Friendly towns in the Delta: 1 of 6, not above the threshold of 50.0% (margin 33.3 percentage points).",
    ),
    (
        "{fact: market.best, above: 250000000}",
        "三角洲友城2.51亿克朗，高于阈值2.5亿克朗，相差100万克朗。",
        "Friendly towns in the Delta: 251 million crowns, above the threshold of 250 million crowns "
        "(margin 1 million crowns).",
    ),
    (
        "{fact: deep.years, at_least: 5}",
        "三角洲友城6.1年，不低于阈值5.0年，相差1.1年。",
        "Friendly towns in the Delta: 6.1, at or above the threshold of 5.0 (margin 1.1).",
    ),
    (
        "{fact: boats.per_tie, at_least: 8}",
        "三角洲友城8.67，不低于阈值8，相差0.67。",
        "Friendly towns in the Delta: 8.67, at or above the threshold of 8 (margin 0.67).",
    ),
)


@pytest.mark.parametrize(("when", "zh", "en"), CONDITIONS)
def test_the_condition_is_told_with_value_threshold_and_margin_by_its_unit(
    workspace: Path, when: str, zh: str, en: str
) -> None:
    measures(workspace)
    amend(workspace, "data/rules.yml", WHEN, f"when: {when}")
    said = part(workspace, "Condition")
    assert said["zh"].startswith(zh)
    assert said["en"].startswith(en)


def test_the_reason_for_the_threshold_stands_after_the_condition(workspace: Path) -> None:
    said = part(workspace, "Condition")
    assert said["zh"].endswith("三个方成网络。") and said["en"].endswith("Three make a network.")


def test_a_condition_without_a_number_gives_its_reason_alone(workspace: Path) -> None:
    amend(workspace, "data/rules.yml", WHEN, "when: {fact: ties.total, known: yes}")
    assert part(workspace, "Condition")["en"] == "Three make a network."


@pytest.mark.parametrize(
    ("measure", "zh", "en"),
    [
        ("{fact: ties.grouping.delta, target: 3, by: 3}", "由1个增至3个", "up from one to three"),
        ("{fact: ties.delta_share, target: 0.5, by: 3}", "由6个中的1个提高到50%", "up from 1 of 6 to 50%"),
        ("{fact: ties.delta_share, target: 0.1, by: 3}", "由6个中的1个降至10%", "down from 1 of 6 to 10%"),
        (
            "{fact: market.best, target: 260000000, by: 3}",
            "由2.51亿克朗增至2.6亿克朗",
            "up from 251 million crowns to 260 million crowns",
        ),
        ("{fact: deep.years, target: 2, by: 3}", "由6.1年缩短至2.0年", "down from 6.1 to 2.0"),
        ("{fact: boats.per_tie, target: 9, by: 3}", "由8.67升至9", "up from 8.67 to 9"),
        ("{fact: deep.unknown, target: 7, by: 3}", "三角洲友城达到7（", "Delta: 7 by the end"),
    ],
)
def test_the_measure_is_told_by_its_unit_and_direction(workspace: Path, measure: str, zh: str, en: str) -> None:
    measures(workspace)
    amend(workspace, "data/rules.yml", MEASURE, f"measure: {measure}")
    said = part(workspace, "Measure")
    assert zh in said["zh"] and said["zh"].endswith("2034年底前）。")
    assert en in said["en"] and said["en"].endswith("by the end of 2034.")


def measures(workspace: Path) -> None:
    """Add facts in years, without any unit, and without a value."""
    more = (
        "deep.years: {years_since: ties.mire_on}\n"
        "ties.mire_on: {last: ties, by: sealed_on, take: sealed_on, where: {sealed_on: {below: '2031-01-01'}}}\n"
        "boats.per_tie: {ratio: [regatta.boats, ties.total]}\n"
        "deep.unknown: {latest: tallies, where: {tally: ties, value: {above: 1000}}}\n"
    )
    amend(workspace, "data/measures.yml", "ties.total: ", f"{more}ties.total: ")
