"""Catalogues keep the texts of figures by id and part."""

from jianbao.app.workspace import read_labels
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError
from jianbao.core.messages import verbatim
from jianbao.core.yaml_reader import parse_document
from jianbao.text.entries import TextEntry, built_in_labels, missing_entries, parse_entries, with_labels

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


BUILT_IN = """
no_data: {zh: 没有数据, en: No data, fr: Pas de données}
sister: {zh: 友城, en: Sister, fr: Jumelles}
gap: {fr: vide}
"""


def test_a_label_that_is_not_written_is_the_built_in_one_if_all_languages_have_it() -> None:
    problems: Problems = []
    given = built_in_labels(parse_document(BUILT_IN, "built-in/labels.yml", ContentError), ("zh", "en"), problems)
    entry = with_labels(parsed(TEXT, problems)["growth"], given, ("sister", "no_data", "gap"))
    assert problems == []
    assert set(entry.labels) == {"sister", "no_data"}
    assert entry.labels["sister"].id == "growth.labels.sister" and entry.labels["no_data"].id == "built-in.no_data"
    assert set(entry.labels["no_data"].variants[0].texts) == {"zh", "en"}


def test_the_built_in_labels_are_the_same_in_every_language_of_the_starter() -> None:
    for part in ("figures", "data"):
        labels = read_labels(part)
        assert {tuple(language for language, _ in text.pairs()) for _, text in labels.pairs()} == {LANGUAGES}
