"""The outline of a workspace's documents."""

import pytest

from jianbao.brief.outline import Outline, Product, read_outline
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError
from jianbao.core.yaml_reader import parse_document

GOOD = """\
products: [brief.zh-en.pdf, brief.en.pdf, sheet.zh.pdf, brief.en.html]
outlines:
  brief: [{section: front, role: summary}, {section: news, role: body}, {table: facts, role: annex}]
  sheet: [{section: front, role: summary}]
"""


def read(text: str) -> tuple[Outline, list[str]]:
    problems: Problems = []
    node = parse_document(text, "templates/outline.yml", ContentError)
    outline = read_outline(node, ("front", "news"), ("facts", "evidence"), ("zh", "en"), problems)
    return outline, [str(problem) for problem in problems]


def names(products: tuple[Product, ...]) -> list[str]:
    return [product.name for product in products]


def test_an_outline_lists_products_and_the_parts_of_each_template_in_order() -> None:
    outline, problems = read(GOOD)
    assert problems == []
    assert names(outline.products) == ["brief.zh-en.pdf", "brief.en.pdf", "sheet.zh.pdf", "brief.en.html"]
    assert [part.name for part in outline.parts["brief"]] == ["front", "news", "facts"]


def test_products_are_chosen_by_template_languages_and_format_together() -> None:
    outline, _ = read(GOOD)
    assert names(outline.chosen()) == names(outline.products)
    assert names(outline.chosen(layouts=["en"])) == ["brief.en.pdf", "brief.en.html"]
    assert names(outline.chosen(["brief"], ["en", "zh-en"], ["pdf"])) == ["brief.zh-en.pdf", "brief.en.pdf"]
    assert outline.chosen(["sheet"], ["en"]) == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("brief.en.pdf", "breif.en.pdf", "1: 'breif' is not a template with an outline; did you mean"),
        ("brief.en.pdf", "brief.fr.pdf", "'fr' is not a language of the series; allowed: zh, en"),
        ("brief.en.pdf", "brief.en.odt", "'odt' is not a format; allowed: pdf, ofd, docx, html"),
        ("brief.en.pdf", "brief.en-zh-en.pdf", "3 languages are side by side; two at most"),
        ("brief.en.pdf", "brief.pdf", "'brief.pdf' is not a product; write the template, the languages and the format"),
        ("section: news", "section: nwes", "3: 'nwes' is not a file of wording/; did you mean 'news'?"),
        ("table: facts", "table: facets", "3: 'facets' is not a table; did you mean 'facts'?"),
        ("role: body", "role: boddy", "'boddy' is not a role; did you mean 'body'?"),
        (
            "sheet: [{section: front, role: summary}]",
            "sheet: [{section: news, role: body}]",
            "4: 'sheet' needs one section",
        ),
        (
            "sheet: [{section: front, role: summary}]",
            "sheet: [{table: facts, role: summary}]",
            "4: 'sheet' needs one section",
        ),
    ],
)
def test_a_fault_of_the_outline_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in GOOD
    _, problems = read(GOOD.replace(old, new))
    assert len(problems) == 1 and said in problems[0], problems


# The evidence of a template in another one

VOLUME = """\
products: [brief.en.pdf, proof.zh-en.pdf, proof.en.pdf, proof.en.html]
outlines:
  brief: [{section: front, role: summary}]
  proof: [{section: front, role: summary}, {table: evidence, role: annex}]
evidence: {brief: proof}
"""


def test_a_template_leaves_its_evidence_to_the_products_of_another() -> None:
    outline, problems = read(VOLUME)
    assert problems == [] and [part.name for part in outline.cited_by("proof")] == ["front"]
    assert outline.volumes("brief") == {"pdf": "proof.zh-en.pdf", "html": "proof.en.html"}
    assert outline.volumes("proof") is None and outline.cited_by("brief") == ()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{brief: proof}", "{breif: proof}", "5: 'breif' is not a template with an outline; did you mean 'brief'?"),
        ("{brief: proof}", "{brief: porof}", "'porof' is not a template with a table of evidence of its own"),
        ("{brief: proof}", "{proof: proof}", "'proof' is not a template with a table of evidence of its own"),
        ("{brief: proof}", "{brief: proof, proof: brief}", "'proof' is not a template with a table of evidence"),
        ("{table: evidence", "{table: facts", "'proof' is not a template with a table of evidence of its own"),
        (", proof.zh-en.pdf, proof.en.pdf, proof.en.html", "", "'proof' has the evidence of 'brief', and no product"),
    ],
)
def test_evidence_that_would_stand_nowhere_is_refused(old: str, new: str, said: str) -> None:
    assert old in VOLUME
    _, problems = read(VOLUME.replace(old, new))
    assert any(said in problem for problem in problems), problems
