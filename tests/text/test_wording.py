"""A wording file says the right variant, in every language, and remembers what it said."""

from pathlib import Path

import pytest

from jianbao.app.workspace import snapshot
from jianbao.core.documents import Problems
from jianbao.core.yaml_reader import parse_document
from jianbao.data.facts import Fact
from jianbao.text.placeholders import unfolded
from jianbao.text.render import RenderedBlock, RenderedSection, as_fact, render_phrase, render_section
from jianbao.text.wording import parse_section, with_shared_paragraphs
from tests.text.sample_workspace import CITIES, LOCALES, ROOT, desk, document, fact, ledger, say_one, section


def spoken(folder: Path, text: str, facts: dict[str, Fact] | None = None) -> RenderedSection:
    problems: Problems = []
    found = render_section(section(folder, text), CITIES if facts is None else facts, desk(), problems)
    assert problems == []
    return found


def only(folder: Path, text: str, facts: dict[str, Fact] | None = None) -> RenderedBlock:
    (passage,) = spoken(folder, text, facts).passages
    return passage


def english(folder: Path, en: str, facts: dict[str, Fact] | None = None) -> str:
    (statement,) = only(folder, say_one(en, en), facts).statements
    return statement.text("en").replace("\u00a0", " ")


def test_a_statement_records_what_each_sentence_said(tmp_path: Path) -> None:
    text = say_one(
        "{{ cities.total }}个友城中，大洋洲{{ cities.oceania }}个。",
        "Oceania has {{ cities.oceania | words }} of the {{ cities.total | counted('sister_city') }}.",
    )
    (statement,) = only(tmp_path, text).statements
    assert statement.id == "network.count:1"
    assert statement.text("zh") == "38个友城中，大洋洲2个。"
    assert statement.text("en") == "Oceania has 2 of the 38\u00a0sister cities."
    assert statement.facts() == ("cities.total", "cities.oceania")
    assert [(each.fact, each.printed) for each in statement.sentences["en"].stated] == [
        ("cities.oceania", "2"),
        ("cities.total", "38\u00a0sister cities"),
    ]


def test_small_numbers_are_words_only_where_no_larger_one_stands_beside_them(tmp_path: Path) -> None:
    assert english(tmp_path, "There are {{ cities.oceania | counted }}.") == "There are two cities."
    both = "{{ cities.oceania | words }} of {{ cities.total | words }} are there."
    assert english(tmp_path, f"In all, {both}") == "In all, 2 of 38 are there."
    assert english(tmp_path, "In all, {{ cities.oceania }} and {{ cities.oceania | words }}.") == "In all, 2 and 2."


@pytest.mark.parametrize(
    ("en", "text"),
    [
        ("{{ cities.total | counted }} have signed.", "Thirty-eight cities have signed."),
        ("It grew. {{ cities.total | counted }} have signed.", "It grew. Thirty-eight cities have signed."),
        ("{{ cities.oceania | of }} are there.", "Two of 38 (5%) are there."),
        ("{{ rose.overall | likely }} to fall.", "Very unlikely to fall."),
        ("{{ cities.latest | name }} was the last.", "Auckland was the last."),
    ],
)
def test_a_sentence_begins_with_a_capital_and_not_with_a_figure(tmp_path: Path, en: str, text: str) -> None:
    assert english(tmp_path, en) == text


def test_a_phrase_may_begin_with_a_figure(tmp_path: Path) -> None:
    found = section(tmp_path, "phrases:\n  cell: {zh: '{{ it | of }}', en: '{{ it | of }}'}")
    problems: Problems = []
    statement = render_phrase(found, "cell", CITIES, desk(), problems, it=CITIES["cities.oceania"])
    assert statement is not None and problems == []
    assert statement.id == "network.cell"
    assert (statement.text("zh"), statement.text("en")) == ("38个中的2个（5%）", "2 of 38 (5%)")
    assert statement.facts() == ("cities.oceania",)


def test_what_code_lends_to_a_phrase_is_no_stated_fact_unless_it_is_one(tmp_path: Path) -> None:
    found = section(tmp_path, "phrases:\n  row: {zh: '{{ level }}{{ n }}', en: '{{ level }} {{ n }}'}")
    statement = render_phrase(found, "row", CITIES, desk(), [], level={"zh": "国际", "en": "International"}, n=3.0)
    assert statement is not None and statement.facts() == ()
    assert (statement.text("zh"), statement.text("en")) == ("国际3", "International 3")
    assert as_fact(("Sydney",), "en").kind == "names"


def test_an_unknown_phrase_is_named_with_the_nearest(tmp_path: Path) -> None:
    problems: Problems = []
    assert (
        render_phrase(section(tmp_path, "phrases:\n  column: {zh: 列, en: Column}"), "colum", {}, desk(), problems)
        is None
    )
    assert str(problems[0]) == "network.yml:1: there is no phrase 'colum'; did you mean 'column'?"


CHANGE = """
blocks:
  - paragraph: change
    say:
      either:
        - {when: {fact: rose.overall, at_least: 0.9}, zh: 上升, en: It rose}
        - {when: {fact: rose.overall, at_most: 0.1}, zh: 下降, en: It fell}
        - {when: {fact: rose.overall, known: yes}, zh: 基本持平, en: It is broadly unchanged}
        - {zh: 首期, en: This is the first year}
"""


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.95, "It rose"),
        (0.9, "It rose"),
        (0.5, "It is broadly unchanged"),
        (0.04, "It fell"),
        (None, "This is the first year"),
    ],
)
def test_rose_and_fell_are_said_only_where_nine_draws_in_ten_agree(
    tmp_path: Path, share: float | None, text: str
) -> None:
    facts = {} if share is None else ledger(fact(share, "share", "rose.overall"))
    (statement,) = only(tmp_path, CHANGE, facts).statements
    assert statement.text("en") == text


@pytest.mark.parametrize(
    ("rose", "moved", "said"),
    [
        (0.04, -1.5, ("比上年的60.0分下降1.5分", "it is down 1.5 from 60.0 the year before")),
        (0.95, 1.5, ("比上年的60.0分提高1.5分", "it is up 1.5 from 60.0 the year before")),
        (0.5, -0.2, ("不判断升降", "Whether it rose on the year before is unclear")),
    ],
)
def test_the_brief_says_a_firm_change_between_two_years_as_what_it_is(
    rose: float, moved: float, said: tuple[str, ...]
) -> None:
    method = (
        fact(0.9, "share", "method.firm"),
        fact(0.1, "share", "method.slack"),
        fact(10_000, "draw", "method.draws"),
    )
    change = (fact(rose, "share", "rose.overall"), fact(moved, "point", "change.overall"))
    facts = ledger(*method, *change, fact(60.0, "point", "previous.overall"))
    real = parse_section(snapshot(ROOT).document("templates/wording/overview.yml"), LOCALES, [])
    passages = render_section(real, facts, desk(), []).passages
    passage = next(each for each in passages if each.id == "overview.score")
    said_there = [statement for item in passage.items for statement in item.statements]
    printed = " ".join(statement.text(language) for statement in said_there for language in LOCALES)
    assert [words for words in said if words not in printed.replace("\u00a0", " ")] == []


def test_what_does_not_hold_is_left_out_and_numbers_of_statements_stay(tmp_path: Path) -> None:
    text = """
title: {zh: 题, en: Title}
blocks:
  - paragraph: network.count
    say:
      - {when: {fact: cities.oceania, above: 4}, zh: 多, en: Many}
      - {when: {fact: cities.oceania, below: 4}, zh: 少, en: Few}
  - paragraph: gone
    when: {fact: cities.oceania, above: 4}
    say: {zh: 无, en: None of it}
  - bullets: gaps
    items:
      - {when: {fact: cities.oceania, above: 4}, say: {zh: 无, en: Gone}}
      - say: [{zh: 有, en: Here}]
  - heading: why
    level: 3
    say: {zh: 缘由, en: Why}
  - figure: growth
  - table: scorecard
  - measures: cards
"""
    found = spoken(tmp_path, text)
    assert found.id == "network" and found.title is not None and found.title.id == "network.title:1"
    assert [(each.kind, each.id, each.ref, each.level) for each in found.passages] == [
        ("paragraph", "network.count", "", 2),
        ("bullets", "network.gaps", "", 2),
        ("heading", "network.why", "", 3),
        ("figure", "network.growth", "growth", 2),
        ("table", "network.scorecard", "scorecard", 2),
        ("measures", "network.cards", "cards", 2),
    ]
    assert [statement.id for statement in found.passages[0].statements] == ["network.count:2"]
    assert [item.statements[0].id for item in found.passages[1].items] == ["network.gaps.2:1"]


def test_a_folded_line_leaves_no_space_between_chinese_characters() -> None:
    assert unfolded("大洋洲\n  友城{{ a.b }} 个") == "大洋洲友城{{ a.b }}个"
    assert unfolded("Oceania\n  has few") == "Oceania has few"
    assert unfolded("附件一　证据") == "附件一　证据"
    assert unfolded("a\u00a0b") == "a\u00a0b"


def test_the_order_of_files_is_no_part_of_a_section_s_name(tmp_path: Path) -> None:
    found = parse_section(document(tmp_path, "title: {zh: 题, en: T}", "03-network.yml"), LOCALES, [])
    assert found.id == "network"


SHARED = """
blocks:
  - {paragraph: trade, from: local, when: {fact: a.x, known: yes}}
  - {bullets: known, items: [{paragraph: trade, from: local}, {say: {zh: 二, en: Two}}]}
"""
LOCAL = "blocks: [{paragraph: trade, when: {fact: a.y, above: 0}, say: [{zh: 一, en: One}]}]"


def test_a_paragraph_of_another_section_is_printed_again_under_its_own_id() -> None:
    problems: Problems = []
    read = {
        name: parse_section(parse_document(text, f"{name}.yml"), ("zh", "en"), problems, name)
        for name, text in (("report", SHARED), ("local", LOCAL))
    }
    first, listed = with_shared_paragraphs(read, problems)["report"].blocks
    assert problems == [] and [wording.id for wording in first.say] == ["report.trade:1"]
    assert first.say[0].variants[0].texts["en"].literal == "One"
    assert first.when and first.when.facts() == ("a.x", "a.y")
    assert [item.id for item in listed.items] == ["report.known.1", "report.known.2"] and listed.items[0].say
    with_shared_paragraphs({"report": read["report"]}, problems)
    assert [str(each.what) for each in problems] == ["there is no paragraph 'local.trade'"] * 2
