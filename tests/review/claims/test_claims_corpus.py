"""Every sentence of the corpus is refused by the check that it is meant for and by no other, or passes them all."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from jianbao.core.documents import Node, Problems, as_text
from jianbao.core.yaml_reader import parse_document
from jianbao.data.claim_limits import Limits, Window
from jianbao.data.facts import Fact, Ledger
from jianbao.review.claims.checks_comparison import sums
from jianbao.review.claims.documents import Entry, PassageReader, findings
from jianbao.review.claims.passages import Evidence, Passage, Refusal
from jianbao.text.claim_words import CHECKS
from jianbao.text.render import render_wording
from jianbao.text.wording import parse_wording
from tests.text.sample_workspace import LOCALES, desk, vocabulary

CORPUS = Path(__file__).parent / "claims_corpus.yml"
OF_SECTIONS = {"group", "home_city"}  # what no single sentence shows


@cache
def corpus() -> Node:
    return parse_document(CORPUS.read_text("utf-8"), CORPUS.name)


def given(key: str) -> dict[str, Node]:
    return dict((corpus().get(key) or Node({}, corpus().place)).pairs())


def words(node: Node | None) -> tuple[str, ...]:
    return tuple(as_text(each, []) for each in node or ())


def fact(name: str, node: Node) -> Fact:
    said = {key: as_text(child, []) for key, child in node.pairs() if child.kind == "text"}
    window = words(node.get("window"))
    limits = Limits(
        complete=said.get("complete", ""),
        bases=words(node.get("bases")),
        grade=said.get("grade", ""),
        fresh_until=said.get("fresh_until", ""),
        window=Window(first=window[0], last=window[1], values=int(window[2]), gaps="gaps" in said) if window else None,
        event=words(node.get("event")),
        row=said.get("row", ""),
        base=said.get("base", ""),
        years=int(said.get("years", "0")),
    )
    low, high, whole = (float(said[key]) if key in said else None for key in ("low", "high", "of"))
    as_of = said.get("as_of", as_text(corpus().get("day") or node, []))
    if "date" in said:
        return Fact(id=name, value=said["date"], kind="date", as_of=as_of, limits=limits)
    return Fact(
        id=name,
        value=float(said["value"]),
        unit=said.get("unit", ""),
        as_of=as_of,
        limits=limits,
        low=low,
        high=high,
        of=whole,
    )


@cache
def evidence() -> Evidence:
    facts = {name: fact(name, node) for name, node in given("facts").items()}
    day = date.fromisoformat(as_text(corpus().get("day") or corpus(), []))
    informing, chosen, outside, unmeasured = (
        frozenset(words(corpus().get(key))) for key in ("informing", "chosen", "outside", "unmeasured")
    )
    return Evidence(
        ledger=Ledger(facts, day),
        words=vocabulary().claims,
        writers=desk(),
        draws=draws(),
        informing=informing,
        chosen=chosen,
        outside=outside,
        unmeasured=unmeasured,
    )


def draws() -> Mapping[str, np.ndarray]:
    """Return ten draws of each score in which the first is above each other as often as the corpus says."""
    found = {}
    for name, others in given("orders").items():
        found[name] = np.zeros(10)
        for other, times in others.pairs():
            found[other] = np.where(np.arange(10) < int(as_text(times, [])), -1.0, 1.0)
    return found


def passage(name: str, language: str) -> Passage:
    """Return a sentence of the corpus as it is printed."""
    node = given("sentences")[name]
    problems: Problems = []
    texts = {key: child for key, child in node.pairs() if key not in ("refused", "headline")}
    wording = parse_wording(Node(texts, node.place), name, LOCALES, problems)
    said = render_wording(wording, evidence().ledger, desk(), problems)
    assert said and not problems, [str(problem) for problem in problems]
    made = PassageReader(evidence().ledger, {name: Entry(wording)}).printed(said, language)
    return replace(made, headline=node.get("headline") is not None)


def refusals(name: str, language: str) -> list[Refusal]:
    """Return what the checks of sentences, and those of paragraphs of this sentence alone, refuse."""
    said = passage(name, language)
    return [*findings(said, evidence()), *(each for _, each in sums([said], evidence()))]


CASES = [(name, language) for name in given("sentences") for language in LOCALES]


@pytest.mark.parametrize(("name", "language"), CASES)
def test_a_sentence_is_refused_by_its_check_alone(name: str, language: str) -> None:
    refused = as_text(given("sentences")[name].get("refused") or corpus(), [])
    found = refusals(name, language)
    assert {each.check for each in found} == ({refused} - {"no"}), [str(each.what) for each in found]


def test_half_of_the_corpus_overreaches_and_every_check_of_sentences_is_in_it() -> None:
    refused = [as_text(node.get("refused") or node, []) for node in given("sentences").values()]
    assert len(CASES) >= 60
    assert abs(2 * refused.count("no") - len(refused)) <= 4
    assert {*refused} == {*CHECKS, "no"} - OF_SECTIONS


# The words of one finding of each check, and what may be said instead; the words are looked at in both languages.
MESSAGES = [
    (
        "parts_without_what_coverage_brought",
        "zh",
        "previous.overall, change.overall and score.overall are +0.3 apart",
        "print every part, what coverage brought too, or leave one out",
    ),
    (
        "fall_on_which_the_draws_disagree",
        "zh",
        "change.reach is stated, but only 54% of the simulations agree",
        "say that the two are about level, without a number",
    ),
    (
        "parts_without_what_coverage_brought",
        "en",
        "previous.overall, change.overall and score.overall are +0.3 apart",
        "print every part, what coverage brought too, or leave one out",
    ),
    (
        "fall_on_which_the_draws_disagree",
        "en",
        "change.reach is stated, but only 54% of the simulations agree",
        "say that the two are about level, without a number",
    ),
    (
        "exact_count_of_a_third_of_a_list",
        "zh",
        "'7' is exact, but partners.winners counts an incomplete table: it is a lower bound",
        "put the filter 'at_least' there: 25个境外获奖城市中，有至少7个是伙伴城市。",
    ),
    (
        "exact_count_of_a_third_of_a_list",
        "en",
        "'7' is exact, but partners.winners counts an incomplete table: it is a lower bound",
        "put the filter 'at_least' there: Of 25 winners abroad, at least 7 are partners.",
    ),
    (
        "only_one_after",
        "zh",
        "'唯一' speaks of all cases, but partners.after comes from an incomplete table",
        "say what is known, and that the rest was not checked: 至少1个，其余未核对",
    ),
    (
        "only_one_after",
        "en",
        "'the only' speaks of all cases, but partners.after comes from an incomplete table",
        "say what is known, and that the rest was not checked: at least 1; the rest was not checked",
    ),
    (
        "list_told_as_all",
        "zh",
        "'34' counts only what a list names (partners.named), and does not say so",
        "say that only what sources name is counted",
    ),
    (
        "list_told_as_all",
        "en",
        "'34' counts only what a list names (partners.named), and does not say so",
        "say that only what sources name is counted",
    ),
    (
        "nothing_since",
        "zh",
        "'没有' holds until 2023-12 only: up to then the rows of sisters.latest_on are complete",
        "give the day: {{ sisters.latest_on | known_until | month }}",
    ),
    (
        "nothing_since",
        "en",
        "'none' holds until 2023-12 only: up to then the rows of sisters.latest_on are complete",
        "give the day: {{ sisters.latest_on | known_until | month }}",
    ),
    (
        "window_with_gaps",
        "zh",
        "'最多' does not say among what: fair.best is one of 8 values from 2012 to 2025",
        "name the window, by {{ fair.best | among }}: 2012年以来有公布数的8个数中最多",
    ),
    (
        "window_with_gaps",
        "en",
        "'the most' does not say among what: fair.best is one of 8 values from 2012 to 2025",
        "name the window, by {{ fair.best | among }}: the most of the 8 published since 2012",
    ),
    (
        "intended_beside_signed",
        "zh",
        "fair.intended is counted as 'intended', fair.signed_best as 'signed': they do not compare",
        "show figures of one rule, or name both rules: 意向, 签约",
    ),
    (
        "intended_beside_signed",
        "en",
        "fair.intended is counted as 'intended', fair.signed_best as 'signed': they do not compare",
        "show figures of one rule, or name both rules: intended, signed",
    ),
    (
        "fall_across_rules",
        "zh",
        "fair.change is made of figures by different rules: 意向, 签约",
        "show figures of one rule, or name both rules",
    ),
    (
        "fall_across_rules",
        "en",
        "fair.change is made of figures by different rules: intended, signed",
        "show figures of one rule, or name both rules",
    ),
    (
        "two_sessions_as_one",
        "zh",
        "fair.buyers is of 2025-11, fair.countries_next of 2026-11, and they are printed as figures of one event",
        "take both from one event (`beside` in measures.yml), or give each its date",
    ),
    (
        "two_sessions_as_one",
        "en",
        "fair.buyers is of 2025-11, fair.countries_next of 2026-11, and they are printed as figures of one event",
        "take both from one event (`beside` in measures.yml), or give each its date",
    ),
    (
        "old_number_as_new",
        "zh",
        "consulates.total is of 2024-03 and is given without its date",
        "give it, by {{ consulates.total | as_of | month }}: 截至2024年3月，在穗设领馆的国家有69个",
    ),
    (
        "old_number_as_new",
        "en",
        "consulates.total is of 2024-03 and is given without its date",
        "give it, by {{ consulates.total | as_of | month }}: Guangzhou has 69 consulates general (March 2024)",
    ),
    (
        "copy_in_a_headline",
        "zh",
        "partners.total is in a headline and rests on a source of grade 'copy'",
        "say that it is reported, as in “据报道，与111个城市建立友好关系”",
    ),
    (
        "copy_in_a_headline",
        "en",
        "partners.total is in a headline and rests on a source of grade 'copy'",
        "say that it is reported, as in “Friendly ties with 111 cities, as reported”",
    ),
    (
        "copy_before_a_bracket",
        "zh",
        "partners.total is in a headline and rests on a source of grade 'copy'",
        "say that it is reported, as in “据报道，与111个城市建立友好关系”",
    ),
    (
        "copy_before_a_bracket",
        "en",
        "partners.total is in a headline and rests on a source of grade 'copy'",
        "say that it is reported, as in “Friendly ties with 111 cities, as reported”",
    ),
    (
        "most_of_an_incomplete_list",
        "zh",
        "'最多' speaks of all cases, but partners.busiest_on comes from an incomplete table",
        "say what is known, and that the rest was not checked",
    ),
    (
        "threshold_credited",
        "zh",
        "'按论文' credits a source with threshold.share, which was chosen for the framework",
        "say that it was set here, at most after a source: 阈值由本简报设定，参照论文",
    ),
    (
        "threshold_credited",
        "en",
        "'By the paper' credits a source with threshold.share, which was chosen for the framework",
        "say that it was set here, at most after a source: the threshold was set for this brief, after the paper",
    ),
    (
        "credit_for_what_others_did",
        "zh",
        "'得益于' takes credit for change.outside, which the city does not decide",
        "say what happened, and who decided it",
    ),
    (
        "credit_for_what_others_did",
        "en",
        "'Thanks to' takes credit for change.outside, which the city does not decide",
        "say what happened, and who decided it",
    ),
    (
        "lead_of_printed_scores",
        "zh",
        "'领先': score.national is above score.local in 60% of the simulations only",
        "say how sure the order is, or that it is open: 60%的模拟中在前，先后不定",
    ),
    (
        "lead_of_printed_scores",
        "en",
        "'leads': score.national is above score.local in 60% of the simulations only",
        "say how sure the order is, or that it is open: ahead in 60% of the simulations, with no clear order",
    ),
    (
        "nearly_all_prizes",
        "zh",
        "'绝大多数' is not said of 0.57 (winners.south)",
        "these may be said of it: 多数, 大多数, 大部分, 为主; if the rest is meant (0.43), print the share of the rest",
    ),
    (
        "nearly_all_prizes",
        "en",
        "'Nearly all' is not said of 0.57 (winners.south)",
        "these may be said of it: most, a majority, the majority, mainly, mostly; "
        "if the rest is meant (0.43), print the share of the rest",
    ),
    (
        "unchanged_without_a_new_edition",
        "zh",
        "'持平': nothing under change.international was measured anew in the year",
        "say that there are no new figures: 年内无新数据",
    ),
    (
        "unchanged_without_a_new_edition",
        "en",
        "'unchanged': nothing under change.international was measured anew in the year",
        "say that there are no new figures: no new figures in the year",
    ),
    ("gain_for_a_number", "zh", "effect.bulletin counts a gain for giving information", "show no effect of this rule"),
    ("gain_for_a_number", "en", "effect.bulletin counts a gain for giving information", "show no effect of this rule"),
    (
        "success_that_lowers_the_score",
        "zh",
        "effect.upgrade is -0.1: success would lower the score",
        "let the rule's effect change every fact that success would change",
    ),
    (
        "success_that_lowers_the_score",
        "en",
        "effect.upgrade is -0.1: success would lower the score",
        "let the rule's effect change every fact that success would change",
    ),
    (
        "prizes_as_cities",
        "zh",
        "'30 获奖城市' counts rows, each of which is one prize (winners.prizes)",
        "write '主奖', or count distinct ones",
    ),
    (
        "prizes_as_cities",
        "en",
        "'30 winners' counts rows, each of which is one prize (winners.prizes)",
        "write 'main prizes', or count distinct ones",
    ),
    (
        "five_years_that_are_six",
        "zh",
        "ties.gain looks back 5 years, and its earlier value is of 2013-08, 6.2 years before",
        "give the day of the earlier value, by `as_of` of the measure `before`",
    ),
    (
        "five_years_that_are_six",
        "en",
        "ties.gain looks back 5 years, and its earlier value is of 2013-08, 6.2 years before",
        "give the day of the earlier value, by `as_of` of the measure `before`",
    ),
    (
        "most_of_cities_or_of_countries",
        "en",
        "'the most' may be read of each of award.cities, award.countries",
        "name in the same clause what it is said of",
    ),
    *(
        (
            "list_of_now_as_a_part_of_an_older_whole",
            language,
            "partners.named is of 2025-12-31, but is given as a part of partners.published of 2023-12",
            "give it its date: some of it may be newer than the whole",
        )
        for language in LOCALES
    ),
    *(
        (
            "sum_of_what_did_not_move",
            language,
            "moved_by.shared is a sum of nothing: none of its indicators moved",
            "say in words that none of them moved, for want of new figures or not",
        )
        for language in LOCALES
    ),
    *(
        (
            "record_without_a_fact",
            language,
            f"'{word}' is claimed, but no fact of the sentence supports it",
            "write what the rows show; or print the fact, choose the sentence by it, or overrule with a reason",
        )
        for language, word in (("zh", "历史最高"), ("en", "record high"))
    ),
    ("said_after_its_day", "zh", "the sentence has expired", "take it out, or write what is so now"),
    ("said_after_its_day", "en", "the sentence has expired", "take it out, or write what is so now"),
]


@pytest.mark.parametrize(("name", "language", "what", "hint"), MESSAGES)
def test_a_finding_says_what_is_wrong_and_what_may_be_said(name: str, language: str, what: str, hint: str) -> None:
    (found,) = refusals(name, language)
    assert (str(found.what), str(found.hint)) == (what, hint)


def test_each_check_of_sentences_has_its_message_tested() -> None:
    tested = {as_text(given("sentences")[name].get("refused") or corpus(), []) for name, *_ in MESSAGES}
    assert tested == {*CHECKS} - OF_SECTIONS
