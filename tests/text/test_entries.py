"""Catalogues keep the texts of figures by id and part."""

from jianbao.core.documents import Problems, parse_document
from jianbao.core.errors import ContentError
from jianbao.core.messages import verbatim
from jianbao.text.entries import TextEntry, missing_entries, parse_entries

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
    missing = missing_entries(catalogue, {"growth": node.place, "growt": node.place}, verbatim("the figure"))
    assert [problem.what + "; " + problem.hint for problem in missing] == [
        "the figure 'growt' has no wording; did you mean 'growth'?"
    ]
