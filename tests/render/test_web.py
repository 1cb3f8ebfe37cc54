"""The brief as a page for the web: what its text, its links and its figures hold, without any browser."""

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

from jianbao.app import workspace
from jianbao.app.workspace_files import read_templates
from jianbao.brief.model import Block, Brief, FigureData, Grid, GridColumn
from jianbao.charts.text_metrics import FontMetrics, FontMetricsList
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.web import compose_web, headed, legible, lettered, linked, unbroken
from jianbao.render.theme import Design, Theme
from jianbao.render.typography import JOINER
from tests import workspaces
from tests.render.sample_brief import both, drawing, same, sample

Compose = Callable[..., str]
LAYOUTS = [("zh",), ("en",), ("zh", "en")]
TEMPLATES = read_templates(workspace.snapshot(workspaces.ROOT))


@pytest.fixture(scope="session")
def web(fonts: Fonts, theme: Theme) -> Compose:
    """Return the page of the sample in some languages."""

    @cache
    def composed(*languages: str) -> str:
        return compose_web(sample(rows=40), languages, Design(theme, fonts, TEMPLATES))

    return composed


@pytest.fixture(scope="session")
def whole_page(miniature: workspaces.Edition, fonts: Fonts, theme: Theme) -> Compose:
    """Return the page of the invented city in some languages."""
    templates = read_templates(workspace.snapshot(workspaces.MINIATURE))
    return cache(lambda *languages: compose_web(miniature.brief, languages, Design(theme, fonts, templates)))


@pytest.fixture
def page_text(whole_page: Compose) -> Callable[[str], str]:
    """Return what the page of the invented city says in a language, its markup and invisible joints aside."""
    return lambda language: seen(whole_page(language))


def seen(page: str) -> str:
    """Return the text of a page as its reader sees it."""
    bare = re.sub(r"<(style|title)>.*?</\1>|<wbr>|<[^>]*>", "", page, flags=re.DOTALL)
    return plainly(unescape(bare))


def plainly(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace(JOINER, ""))


def table_of(page: str, table: str) -> str:
    """Return the HTML of a table by its id."""
    return page.split(f'id="caption-{table}"', 1)[1].split("</table>", 1)[0]


def ids(page: str) -> list[str]:
    return re.findall(r'\bid="([^"]+)"', page)


@pytest.mark.parametrize("languages", LAYOUTS)
def test_a_page_holds_all_that_it_shows(web: Compose, languages: tuple[str, ...]) -> None:
    page = web(*languages)
    shown = re.findall(r'\b(?:src|srcset|data|poster)="([^"]*)"', page)
    assert shown and all(each.startswith("data:image/svg+xml;base64,") for each in shown)
    assert not re.search(r"@import|url\(|<script|<iframe|rel=\"stylesheet\"", page)


@pytest.mark.parametrize("languages", LAYOUTS)
def test_every_place_has_a_name_of_its_own_and_every_link_leads_to_one(
    web: Compose, languages: tuple[str, ...]
) -> None:
    page = web(*languages)
    assert [name for name, count in Counter(ids(page)).items() if count > 1] == []
    wanted = set(re.findall(r'href="#([^"]+)"', page))
    assert wanted and wanted <= set(ids(page))


@pytest.mark.parametrize("languages", LAYOUTS)
def test_a_mark_leads_to_its_source_and_the_source_back(web: Compose, languages: tuple[str, ...]) -> None:
    page = web(*languages)
    place = re.search(r'<sup class="marks" id="(mark-\d+-\w+)">\[<a href="#(reference-\d+)-', page)
    assert place
    source = re.search(rf'<li class="reference" id="{place[2]}-.*?</li>', page, re.DOTALL)
    assert source and f'href="#{place[1]}"' in source[0].replace(f"-{languages[-1]}", f"-{languages[0]}")


@pytest.mark.parametrize("languages", LAYOUTS)
def test_no_heading_skips_a_level(web: Compose, languages: tuple[str, ...]) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", web(*languages))]
    assert levels.count(1) == len(languages) and {2, 3} <= set(levels)
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_page_says_its_language_and_each_side_its_own(web: Compose) -> None:
    assert '<html lang="zh-CN">' in web("zh", "en") and '<html lang="en-GB">' in web("en")
    sides = re.findall(r'<div class="side (\w+)" lang="([^"]+)"', web("zh", "en"))
    assert set(sides) == {("first", "zh-CN"), ("second", "en-GB")}


def test_one_language_alone_says_nothing_in_the_other(web: Compose) -> None:
    assert "Contacts are unevenly spread" not in web("zh")
    assert "往来冷热不均" not in web("en")


@pytest.mark.parametrize("language", workspaces.LANGUAGES)
def test_the_page_says_all_that_the_brief_says_in_its_order(
    language: str, page_text: Callable[[str], str], miniature: workspaces.Edition, theme: Theme
) -> None:
    text, stands, missing = page_text(language), 0, []
    for section in miniature.brief.sections:
        titles = [section.title] if section.role != "summary" else []
        for statement in (*titles, *(said for block in section.blocks for said in workspaces.with_parts(block))):
            wanted = plainly(legible(statement.text(language), theme.settings[language])).strip()
            found = text.find(wanted, stands)
            missing += [wanted] if found < 0 else []
            stands = max(stands, found)
    assert missing == [] and stands > 0


def test_every_table_has_a_caption_and_says_what_its_heads_head(web: Compose) -> None:
    tables = re.findall(r"<table.*?</table>", web("zh", "en"), re.DOTALL)
    assert tables and all("<caption" in table and 'scope="col"' in table for table in tables)
    assert not any(re.search(r"<th(?! scope|ead)", table) for table in tables)


def test_chinese_can_be_searched_for_as_it_is_written(theme: Theme) -> None:
    assert legible("2025年有38个友城", theme.settings["zh"]) == "2025年有38个友城"
    assert legible("US$25 billion", theme.settings["en"]) == "US$25\u00a0billion"


def test_an_address_becomes_a_link_if_it_is_one_of_the_web() -> None:
    whole = 'A. <a href="https://a/b&amp;c">https://a/<wbr>b<wbr>&amp;c</a>.'
    assert linked("A. https://a/b&c.", "https://a/b&c") == whole
    assert linked("A. javascript:x", "javascript:x") == "A. javascript:x"
    assert linked("A <b>.", "") == "A &lt;b&gt;."


def test_an_address_breaks_at_its_joints_and_nowhere_in_its_words() -> None:
    shown = linked("A. http://www.a.cn/b/c_d.html?e=f.", "http://www.a.cn/b/c_d.html?e=f")
    pieces = re.sub(r"</?a[^>]*>", "", shown).split("<wbr>")
    assert pieces == ["A. http://www", ".a", ".cn/", "b/", "c", "_d", ".html", "?e", "=f."]


def test_an_identifier_leads_to_its_address() -> None:
    entry = linked("A. DOI: 10.1/a.", "https://doi.org/10.1/a")
    assert entry == 'A. DOI: <a href="https://doi.org/10.1/a">10<wbr>.1/<wbr>a</a>.'


@pytest.mark.parametrize("languages", LAYOUTS)
def test_what_a_table_names_as_its_source_is_a_link(whole_page: Compose, languages: tuple[str, ...]) -> None:
    page = whole_page(*languages)
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids(page))
    rows = re.findall(r'<tr id="evidence-\d+".*?</tr>', page, re.DOTALL)
    cells = [re.findall(r"<td.*?</td>", row, re.DOTALL) for row in rows]
    assert len(cells) > 3
    for *_, how, _, sources in cells:
        assert all(f"#reference-{number}-" in sources for number in re.findall(r"\d+", seen(sources)))
        assert all(f'href="#evidence-{number}"' in how for number in re.findall(r"(?<![A-Za-z])E(\d+)", seen(how)))
    reasons = re.findall(r"<td[^>]*>(?:(?!<td).)*</td>\s*</tr>", table_of(page, "framework"), re.DOTALL)
    assert any("#reference-" in reason for reason in reasons)


def test_the_way_back_stands_by_the_name_of_a_fact(whole_page: Compose) -> None:
    rows = re.findall(r'<tr id="evidence-\d+".*?</tr>', whole_page("en"), re.DOTALL)
    assert any("doc-backlink" in row for row in rows)
    for row in rows:
        names, others = row.split("</td>", 1)
        assert "doc-backlink" not in others and names.count("<td") == 1


def test_a_label_keeps_the_width_that_it_was_drawn_for(fonts: Fonts) -> None:
    faces = FontMetricsList(
        (
            FontMetrics(
                family="Source Sans 3", regular=fonts.path("Source Sans 3"), bold=fonts.path("Source Sans 3", 700)
            ),
        )
    )
    label = '<text style="font: 700 8px \'Source Sans 3\'; fill: #000" x="1">R&amp;D</text>'
    held = lettered(type(drawing("en"))(label.encode(), 81.0, 50.0, ""), faces).svg.decode()
    width = re.search(r'textLength="([\d.]+)"', held)
    assert width and float(width[1]) == pytest.approx(faces.width("R&D", 8, bold=True) * 72 / 25.4, abs=0.01)


@pytest.mark.parametrize("languages", LAYOUTS)
def test_a_figure_is_one_picture_for_all_languages_and_wider_on_a_wide_screen(
    languages: tuple[str, ...], fonts: Fonts, theme: Theme
) -> None:
    brief = sample(rows=1)
    page = compose_web(brief, languages, Design(theme, fonts, TEMPLATES), wide=brief)
    figures = sum(block.figure is not None for block in brief.blocks())
    assert page.count("<source ") == page.count("<picture>") == figures


def test_a_figure_can_be_taken_away_and_its_data_are_folded_below_it(fonts: Fonts, theme: Theme) -> None:
    columns = (GridColumn(both("项目", "Item")), GridColumn(both("友城", "Ties"), figures=True))
    rows = ((both("亚洲", "Asia"), same("13")), (both("大洋洲", "Oceania"), same("2")))
    table = Grid(id="data-x", number=0, title=same(""), columns=columns, rows=rows)
    files = {"zh": "项目,数值\n亚洲,13\n".encode(), "en": b"Item,Value\nAsia,13\n"}
    brief = with_data(sample(rows=1), FigureData((table,), files))
    page = compose_web(brief, ("zh", "en"), Design(theme, fonts, TEMPLATES))
    fold = re.search(r'<details class="data">.*?</details>', page, re.DOTALL)
    assert fold and page.count('<details class="data">') == 3
    assert fold[0].count("<tr>") == 3 and "大洋洲" in fold[0] and "Oceania" in fold[0]
    taken = {
        name: b64decode(content) for content, name in re.findall(r';base64,([^"]+)" download="(figure1.*?)"', page)
    }
    assert {language: taken[f"figure1.{language}.csv"] for language in files} == files
    assert b'<title id="title">' in taken["figure1.svg"] and taken["figure1.png"].startswith(b"\x89PNG")
    assert "<script" not in page
    assert 'class="data"' not in compose_web(sample(rows=1), ("zh", "en"), Design(theme, fonts, TEMPLATES))


def with_data(brief: Brief, data: FigureData) -> Brief:
    """Return a brief with the same data behind each figure, and the words for them."""

    def behind(block: Block) -> Block:
        return replace(block, figure=replace(block.figure, data=data)) if block.figure else block

    sections = (replace(each, blocks=tuple(map(behind, each.blocks))) for each in brief.sections)
    words = {
        "figure.data": both("图中数据", "Data"),
        "figure.take": both("下载", "Download"),
        "figure.csv": same("CSV"),
    }
    return replace(brief, sections=tuple(sections), words={**brief.words, **words})


def test_the_same_brief_makes_the_same_page(web: Compose, fonts: Fonts, theme: Theme) -> None:
    assert compose_web(sample(rows=40), ("zh", "en"), Design(theme, fonts, TEMPLATES)) == web("zh", "en")


def test_a_page_for_the_web_is_a_product_like_any_other(tmp_path: Path) -> None:
    root = workspaces.copy(workspaces.MINIATURE, tmp_path)
    workspaces.amend(root, "templates/outline.yml", "products: [", "products: [brief.zh.html, brief.zh-en.html, ")
    done = workspaces.run("build", root, "--format", "html")
    assert done.code == 0, done.err
    pages = sorted((root / "output").glob("*/*.html"))
    assert [page.name for page in pages] == ["brief.zh-en.html", "brief.zh.html"]
    assert all(page.read_text("utf-8").startswith("<!DOCTYPE html>") for page in pages)


def test_no_line_ends_inside_a_range_of_chinese_figures() -> None:
    assert unbroken("区间56.3～63.9分") == '区间<span class="joined">56.3～63.9分</span>'
    assert unbroken("9亿～16亿元<") == '<span class="joined">9亿～16亿元</span>&lt;'
    assert unbroken("from 56 to 63") == "from 56 to 63"


def test_no_line_ends_between_a_chinese_figure_and_what_it_counts() -> None:
    joined = re.findall(r'<span class="joined">(.*?)</span>', unbroken("38个，2025年有256.5亿美元", ("美元", "个")))
    assert joined == ["38个", "2025年", "256.5亿美元"]
    assert unbroken("增长60%，为38") == "增长60%，为38"


def test_an_interval_in_brackets_stays_on_one_line() -> None:
    assert unbroken("60.2 (56.3 to 63.9)") == '60.2 <span class="joined">(56.3 to 63.9)</span>'
    assert unbroken("(simulation range 56.3 to 63.9)") == "(simulation range 56.3 to 63.9)"


def test_a_chinese_heading_is_broken_between_its_clauses(theme: Theme) -> None:
    def clauses(zh: str) -> list[str]:
        return re.findall(r'<span class="clause">(.*?)</span>', headed([both(zh, "")], theme.settings["zh"], "zh"))

    assert clauses("伙伴增多，布局、成果待补") == ["伙伴增多，", "布局、", "成果待补"]
    assert clauses("评析——以“好。”为例") == ["评析——", "以“好。”为例"]
    assert clauses("对策建议") == clauses("末尾。") == []
