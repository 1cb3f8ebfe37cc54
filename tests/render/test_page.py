"""The brief as HTML."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jianbao.app.workspace import snapshot
from jianbao.app.workspace_files import read_templates
from jianbao.brief.model import Block, GridColumn, Reference
from jianbao.core.errors import RenderError
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import compose_html, in_rows, listed_references, marks, widths
from jianbao.render.html.templates import Template, built_in, overridden
from jianbao.render.theme import Design, Theme
from jianbao.render.typography import keep_together
from jianbao.text.citations import runs
from tests.render.conftest import TEMPLATES
from tests.render.sample_brief import paragraph, same, sample

Compose = Callable[..., str]


def test_a_page_needs_no_other_file(compose: Compose) -> None:
    assert not re.search(r'(?:src|href)="(?!#|data:)', compose("zh", "en"))


def test_what_reads_the_same_in_both_languages_is_printed_once(compose: Compose) -> None:
    assert compose("zh", "en").count("count: sister_cities, by: continent") == 40


def test_one_language_alone_says_nothing_in_the_other(compose: Compose) -> None:
    assert "Contacts are unevenly spread" not in compose("zh")
    assert "往来冷热不均" not in compose("en")


def test_every_mark_leads_to_a_place(compose: Compose) -> None:
    page = compose("zh", "en")
    places = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= places


def test_three_numbers_in_a_row_become_a_range() -> None:
    assert runs([9, 3, 1, 4, 5, 8]) == [(1, 1), (3, 5), (8, 8), (9, 9)]


def test_a_figure_of_two_languages_is_one_picture_with_both_titles_over_it(compose: Compose) -> None:
    page = compose("zh", "en")
    figures = re.findall(r'<div class="figure".*?</div>\s*<img [^>]*>', page, re.DOTALL)
    assert len(figures) == page.count("<img ") == 3
    assert all("大洋洲只有" in each and "Oceania has two" in each for each in figures)


def test_a_paragraph_joins_a_row_whose_margin_is_longer_than_its_text() -> None:
    def block(kind: str, letters: int) -> Block:
        return replace(paragraph(("字" * letters, "x" * letters)), kind=kind)

    short, long, aside = block("paragraph", 50), block("paragraph", 200), block("aside", 80)
    heading = block("heading", 10)
    assert in_rows([short, aside, short, short, long], "en") == [[short, aside, short, short], [long]]
    assert in_rows([long, aside, short], "zh") == [[long, aside], [short]]
    assert in_rows([short, aside, heading, short], "en") == [[short, aside], [heading], [short]]


def test_columns_without_a_width_share_what_is_left() -> None:
    head = same("x")
    assert widths([GridColumn(head, width="30%"), GridColumn(head), GridColumn(head, figures=True)]) == [
        "30%",
        "50.00%",
        "20.00%",
    ]


def test_a_column_of_long_figures_gets_more_than_one_of_short_figures() -> None:
    columns = [GridColumn(same("x"), figures=True), GridColumn(same("x"), figures=True)]
    assert widths(columns, [(same("1"), same("12 of 38 (32%)"))]) == ["30.00%", "70.00%"]


FOREIGN = Reference(1, "a", {"zh": "C40[EB/OL]. https://a/b.", "en": "C40. https://a/b."}, "https://a/b")
NATIVE = Reference(
    2, "b", {"zh": "广州[N/OL]. https://a/b.", "en": "Guangzhou. https://a/b. (accessed)."}, "https://a/b"
)


def test_two_languages_cite_a_source_once_in_its_own_style() -> None:
    assert listed_references(FOREIGN, ("zh", "en"), ("zh",)) == (("en", "C40. https://a/b."),)
    assert listed_references(FOREIGN, ("zh",), ("zh",)) == (("zh", keep_together("C40[EB/OL]. https://a/b.")),)


def test_two_languages_share_the_address_of_a_chinese_source() -> None:
    shown = listed_references(NATIVE, ("zh", "en"), ("zh",))
    assert shown == (("zh", keep_together("广州[N/OL]. https://a/b.")), ("en", "Guangzhou. (accessed)."))


def test_the_letter_of_evidence_stands_once_in_a_range() -> None:
    noted = replace(paragraph(("x", "x"), references=(1, 2)), evidence=(3, 4, 5))
    assert re.sub("<[^>]*>|[\u2060\u00a0 ]", "", marks(noted, "en")) == "[1,2,E3–5]"


def hostile(template: str, theme: Theme, fonts: Fonts) -> str:
    own = {"brief/page.html.j2": Template(template, "templates/brief/page.html.j2")}
    with pytest.raises(RenderError) as caught:
        compose_html(sample(rows=1), ("zh",), Design(theme, fonts, overridden(built_in(), own)))
    return str(caught.value)


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ('x\n{% include "../../etc/hostname" %}', "../../etc/hostname"),
        ("x\n{{ ''.__class__.__mro__ }}", "page.html.j2:2"),
        ("x\n{{ brief.nothing }}", "page.html.j2:2"),
        ("x\n{% for %}", "page.html.j2:2"),
        ("{% for i in range(999999999) %}{% endfor %}", "Range too big"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
    ],
)
def test_a_hostile_or_faulty_template_is_refused_with_its_line(
    template: str, said: str, theme: Theme, fonts: Fonts
) -> None:
    assert said in hostile(template, theme, fonts)


def test_a_link_in_the_templates_cannot_lead_out_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "inside/templates").mkdir(parents=True)
    (tmp_path / "secret.css").write_text("secret")
    (tmp_path / "inside/templates/link.css").symlink_to(tmp_path / "secret.css")
    with pytest.raises(RenderError) as caught:
        read_templates(snapshot(tmp_path / "inside"))
    assert "this is outside the workspace" in str(caught.value)


def test_a_workspace_overrides_one_block_of_a_built_in_page(theme: Theme, fonts: Fonts) -> None:
    text = '{% extends "built-in/brief/page.html.j2" %}{% block contents %}<hr>{{ super() }}{% endblock %}'
    own = {"brief/page.html.j2": Template(text, "templates/brief/page.html.j2")}
    page = compose_html(sample(rows=1), ("zh",), Design(theme, fonts, overridden(built_in(), own)))
    plain = compose_html(sample(rows=1), ("zh",), Design(theme, fonts, TEMPLATES))
    assert page.count("<hr>") == 1 and page.replace("<hr>", "") == plain


def test_a_theme_without_a_language_or_with_an_unknown_font_is_refused(theme: Theme, fonts: Fonts) -> None:
    setting = replace(theme.settings["zh"], families={"serif": ("Comic Song",)})
    with pytest.raises(RenderError) as caught:
        compose_html(sample(rows=1), ("zh", "en"), Design(replace(theme, settings={"zh": setting}), fonts, TEMPLATES))
    assert "'Comic Song' is not a prepared font" in str(caught.value) and "theme en" in str(caught.value)


def test_templates_hold_no_prose() -> None:
    for name, template in built_in().items():
        text = re.sub(r"\{#.*?#\}|/\*.*?\*/|@counter-style[^}]*\}", "", template.text, flags=re.DOTALL)
        text = re.sub(r'data-part="[^"]*"|\(\("serial".*?\)\)', "", text)  # names that a standard gives to parts
        assert not re.search("[一-鿿]", text), name
        if name.endswith(".j2"):
            bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|<style>.*?</style>|<[^>]*>", "", text, flags=re.DOTALL)
            assert not re.search("[A-Za-z]{3}", bare), name
