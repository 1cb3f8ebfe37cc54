"""Catalogues keep the texts of figures by id and part."""

import pytest

from jianbao.core.documents import Node, Problems
from jianbao.core.errors import ContentError
from jianbao.core.messages import verbatim
from jianbao.core.yaml_reader import parse_document
from jianbao.render.html.templates import built_in_names, built_in_text
from jianbao.text.text_entries import (
    COMMON_FOLDER,
    WORDING_FOLDER,
    TextEntry,
    built_in_words,
    missing_entries,
    misspelt_phrases,
    parse_entries,
    with_labels,
    with_own_words,
)
from jianbao.text.wording import parse_section

LANGUAGES = ("zh", "en", "fr", "es")  # of the starter

TEXT = """
growth:
  title: {zh: 标题, en: Title}
  labels:
    sister: {zh: 友城, en: Sister cities}
"""


def parsed(text: str, problems: Problems) -> dict[str, TextEntry]:
    node = parse_document(text, "templates/wording/figures.yml", ContentError)
    return dict(parse_entries(node, ("zh", "en"), ("title",), ("note",), problems))


def test_parts_and_labels_are_found_by_their_names() -> None:
    problems: Problems = []
    entry = parsed(TEXT, problems)["growth"]
    assert problems == []
    assert set(entry.parts) == {"title"}
    assert set(entry.labels) == {"sister"}
    assert [wording.id for wording in entry.wordings()] == ["growth.title", "growth.labels.sister"]


def test_a_missing_part_and_a_missing_language_are_named_with_their_lines() -> None:
    problems: Problems = []
    parsed("growth:\n  note: {zh: 注}\n", problems)
    assert [str(problem) for problem in problems] == [
        "templates/wording/figures.yml:2: 'title' is missing",
        "templates/wording/figures.yml:2: 'en' is missing",
    ]


def test_a_figure_that_has_no_words_is_named() -> None:
    problems: Problems = []
    catalogue = parsed(TEXT, problems)
    node = parse_document("growt: {}", "templates/figures.yml", ContentError)
    missing = missing_entries(
        catalogue, {"growth": node.place, "growt": node.place, "decline": node.place}, verbatim("the figure")
    )
    assert [problem.what + "; " + problem.hint for problem in missing] == [
        "the figure 'growt' has no wording; did you mean 'growth'?",
        "the figure 'decline' has no wording; ",
    ]


SHARED = """
title: {zh: 附件, en: Annex, fr: Annexe}
numbers: {zh: {ordinals: {other: 第}}, en: {join: _}, fr: {join: _}}
phrases:
  value: {all: "{{ it }}"}
  contents: {zh: 目录, en: Contents, fr: Sommaire}
  head: {either: [{when: {all: [{fact: x, above: 1}]}, zh: 一, en: One}, {zh: 二, en: Two, fr: Deux}]}
  series: {zh: "{{ name('@city@') }}", en: "{{ name('@city@') }}", fr: "{{ name('@city@') }}"}
patterns:
  P1: {language: fr, pattern: x, write: y}
  P2: {language: en, pattern: x, write: y}
growth:
  labels: {none: {zh: 无, en: None}, others: {zh: 其他, en: Others}}
"""


def shared(*languages: str) -> Node:
    document = parse_document(SHARED, "built-in/wording/x.yml", ContentError)
    return built_in_words(document, languages)


def value_at(node: Node | None, *keys: str) -> object:
    for key in keys:
        node = node.get(key) if node else None
    return {key: part.value for key, part in node.pairs()} if node and node.kind != "text" else node and node.value


def test_built_in_words_are_read_in_the_languages_of_the_workspace() -> None:
    words = shared("en", "zh")
    assert value_at(words, "phrases", "value") == {"en": "{{ it }}", "zh": "{{ it }}"}
    assert value_at(words, "phrases", "contents") == {"zh": "目录", "en": "Contents"}
    assert value_at(words, "numbers") and {*dict(words.pairs())["patterns"].value} == {"P2"}


def test_a_built_in_text_that_lacks_a_language_is_left_out_whole() -> None:
    words = shared("zh", "fr")
    phrases = words.get("phrases")
    assert phrases and {key for key, _ in phrases.pairs()} == {"value", "contents", "series"}
    assert shared("zh", "de").get("title") is None and value_at(shared("de"), "phrases", "value") == {"de": "{{ it }}"}


def test_what_a_workspace_writes_takes_the_place_of_the_built_in_words_and_no_others() -> None:
    phrases = "phrases: {contents: {zh: 目次, en: Inside}, mine: {zh: 我, en: Mine}}"
    own = parse_document(f"{phrases}\ngrowth: {{labels: {{none: {{zh: 零, en: Nil}}}}}}", "w.yml", ContentError)
    words = with_own_words(shared("zh", "en"), own)
    assert (
        value_at(words, "phrases", "contents", "en") == "Inside" and value_at(words, "phrases", "mine", "en") == "Mine"
    )
    assert value_at(words, "phrases", "head") and value_at(words, "title", "en") == "Annex"
    assert [value_at(words, "growth", "labels", key, "en") for key in ("none", "others")] == ["Nil", "Others"]


def test_a_phrase_that_is_a_slip_of_a_built_in_one_is_named() -> None:
    built_in = parse_document(SHARED, "built-in/wording/x.yml", ContentError)
    own = parse_document("phrases:\n  contens: {zh: 目, en: C}\n  other: {zh: 别, en: O}\n", "w.yml", ContentError)
    assert [str(problem) for problem in misspelt_phrases(built_in, own)] == [
        "w.yml:2: no phrase 'contens' is built in; did you mean 'contents'?"
    ]


BUILT_IN = [f"{folder}/{name}.yml" for folder in (WORDING_FOLDER, COMMON_FOLDER) for name in built_in_names(folder)]


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_text_is_written_in_all_languages(name: str) -> None:
    document = parse_document(built_in_text(name), name, ContentError)
    whole, chinese = (built_in_words(document, languages) for languages in (LANGUAGES, ("zh",)))
    ids = [{(key, each) for key, part in words.pairs() for each, _ in part.pairs()} for words in (whole, chinese)]
    assert {(key, each) for key, each in ids[1] - ids[0] if key not in ("patterns", "title")} == set()
    assert (whole.get("title") is None) == (chinese.get("title") is None)


def test_a_label_that_a_figure_does_not_write_is_the_one_for_all_figures() -> None:
    problems: Problems = []
    document = parse_document("phrases: {none: {zh: 无, en: None}, sister: {zh: 姊, en: S}}", "labels.yml")
    section = parse_section(document, ("zh", "en"), problems)
    entry = with_labels(parsed(TEXT, problems)["growth"], section.phrases, ("sister", "none", "gap"))
    assert problems == [] and set(entry.labels) == {"sister", "none"}
    assert entry.labels["sister"].id == "growth.labels.sister"
