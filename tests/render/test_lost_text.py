"""Every word of a page is in its PDF, or the page is refused with the words, their place and the likely cause."""

import base64
from dataclasses import replace

import pytest

from jianbao.brief.outline import Product
from jianbao.core.errors import Place, Problem, RenderError
from jianbao.render.fonts.registry import Fonts
from jianbao.render.pdf.lost_text import lost_words
from jianbao.render.pdf.render import render_pdf
from jianbao.render.product import RenderJob, find_statement, render_product
from jianbao.render.theme import Design, Theme
from tests.render.conftest import TEMPLATES, metadata
from tests.render.sample_brief import sample

pytestmark = pytest.mark.slow

SHEET = """
@page { size: 120mm 70mm; margin: 10mm; @top-left { content: string(head) } @bottom-left { content: element(foot) } }
body { font: 10pt "Source Sans 3", "Noto Sans SC" } p { margin: 0 }
"""
PAGE = '<!DOCTYPE html><html lang="{language}"><title>t</title><style>{style}</style><body>{body}</body></html>'
MASTHEAD = """<p style="width: {width}mm">{words}<span class="draft" style="float: {side}">{draft}</span>{end}</p>"""
ENGLISH = {
    "words": '<b>Guangzhou city brief</b> <i class="issue">No. 3</i>',
    "draft": "Draft",
    "end": ", of May",
}
CHINESE = {
    "words": '<b>广州城市外交简报</b> <i class="issue">2025年 第三期</i>',
    "draft": "征求意见稿",
    "end": "，五月印发",
}
FEW, MANY = "Some words", "Some words that many people in a city read. " * 8


def svg(body: str) -> str:
    drawn = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30" width="90" height="30">{body}</svg>'
    return f'<img alt="A figure" src="data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}">'


def lost(body: str, fonts: Fonts, style: str = "", language: str = "en") -> list[Problem]:
    """Return the problems of a page that say that text is lost."""
    try:
        render_pdf(PAGE.format(language=language, style=SHEET + style, body=body), fonts, metadata("en"))
    except RenderError as error:
        return [problem for problem in error.problems if "is lost" in problem.what]
    return []


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(("written", "word", "width"), [(ENGLISH, "3", 40.5), (CHINESE, "期", 52.5)], ids=["en", "zh"])
def test_what_is_lost_beside_a_float_that_nearly_fills_a_line_stops_the_page(
    side: str, written: dict[str, str], word: str, width: float, fonts: Fonts
) -> None:
    language = "en" if written is ENGLISH else "zh"
    (problem,) = lost(MASTHEAD.format(width=width, side=side, **written), fonts, language=language)
    assert problem.where == Place("page", 1) and problem.what == f"'{word}' is lost on page 1 of the PDF"
    assert '<i class="issue">' in problem.hint and "float" in problem.hint and "`display: flex`" in problem.hint
    assert problem.text().in_language("zh").startswith(f"page:1：PDF 文件 第 1 页漏排“{word}”；浮动元素")


def test_a_float_that_is_lost_itself_is_named(fonts: Fonts) -> None:
    issue, draft = lost(MASTHEAD.format(width=47.8, side="right", **ENGLISH), fonts)
    assert issue.what == "'3' is lost on page 1 of the PDF" and draft.what == "'Draft' is lost on page 1 of the PDF"
    assert '<span class="draft">' in draft.hint


@pytest.mark.parametrize("width", [30, 60, 90])
def test_a_float_with_room_loses_nothing(width: int, fonts: Fonts) -> None:
    assert lost(MASTHEAD.format(width=width, side="right", **ENGLISH), fonts) == []


@pytest.mark.parametrize(
    ("body", "style"),
    [
        (f"<p>{MANY}</p>", "p { width: 40mm; max-lines: 3; continue: discard }"),
        (f"<p>{MANY}</p>", "p { width: 40mm; line-clamp: 3 }"),
        (
            f"<p>{FEW} that do not fit</p>",
            "p { width: 25mm; overflow: hidden; white-space: nowrap; text-overflow: ellipsis }",
        ),
        (f"<p>{MANY * 4}</p>", "p { width: 40mm; height: 12mm }"),
    ],
    ids=["max-lines", "line-clamp", "ellipsis", "height"],
)
def test_what_a_style_rule_cuts_off_stops_the_page(body: str, style: str, fonts: Fonts) -> None:
    (problem,) = lost(body, fonts, style)
    assert problem.what.endswith("is lost on page 1 of the PDF") and problem.hint.startswith(
        "a style rule cuts <p> off"
    )


def test_a_text_of_a_picture_that_is_not_drawn_stops_the_page(fonts: Fonts) -> None:
    inside = (
        '<foreignObject width="90" height="30"><p xmlns="http://www.w3.org/1999/xhtml">Never seen</p></foreignObject>'
    )
    (problem,) = lost(f"<p>{FEW}</p>{svg(inside)}", fonts)
    assert (
        problem.what == "'Never seen' is lost on page 1 of the PDF"
        and 'the picture <img alt="A figure">' in problem.hint
    )


def test_a_text_that_style_adds_and_cuts_off_stops_the_page(fonts: Fonts) -> None:
    style = 'p { width: 40mm; max-lines: 1; continue: discard } p::after { content: " and the end of the line" }'
    assert [each.what for each in lost("<p>Some words</p>", fonts, style)] == [
        "'of the line' is lost on page 1 of the PDF"
    ]


SOFT = "一年里往来\u2060\u2060增多，互访\u2006123\u2060\u2060次。"
ROWS = "".join(f"<tr><td>Row {row}</td><td>{row * row}</td></tr>" for row in range(60))
TABLE = f"<table><thead><tr><th>Name of it</th><th>Value</th></tr></thead><tbody>{ROWS}</tbody></table>"
TEXT = '<text x="1" y="9">Bars <tspan font-weight="700">of two</tspan> kinds</text>'
HIDDEN = '<title>T</title><desc>D</desc><defs><text id="x">unused</text></defs><text y="9" display="none">off</text>'


@pytest.mark.parametrize(
    ("body", "style"),
    [
        (f"<p>{MANY}</p>", "p { width: 30mm; hyphens: auto; text-align: justify }"),
        ("<p>un\u00adbe\u00adliev\u00adable un\u00adbe\u00adliev\u00adable</p>", "p { width: 15mm }"),
        (f"<p>{MANY}</p>", 'p { width: 20mm; hyphens: auto; hyphenate-character: "=" }'),
        (f"<p>{SOFT * 6}</p>", "p { width: 50mm; text-align: justify }"),
        (TABLE, ""),
        ("<h2>A running head</h2><h2>The next one</h2>", "h2 { string-set: head content(); break-before: page }"),
        (f'<p class="foot">At the foot</p><p>{MANY * 3}</p>', ".foot { position: running(foot) }"),
        (f'<p>Words<span class="note">A note below.</span> go on. {MANY * 3}</p>', ".note { float: footnote }"),
        ("<p><q>Said</q></p>", 'p::before { content: "No. " attr(class) } p::after { content: " end" }'),
        (f"<p>{MANY}</p>", "p { width: 40mm } p::first-letter { font-size: 30pt; float: left }"),
        (f"<p><b>«Some</b> {MANY}</p>", "p::first-letter { color: red } p::first-line { font-weight: 700 }"),
        ("<p>Straße, ıssız, ΰπνος, ijs</p>", "p { text-transform: uppercase }"),
        ('<p lang="tr">ısı, iki</p><p lang="el">άέ, ταξίδι</p>', "p { text-transform: uppercase }"),
        ("<ruby>友<rt>yǒu</rt>城<rp>(</rp><rt>chéng</rt><rp>)</rp></ruby>", ""),
        ("<ol><li>One<li>Two</ol><ul><li>Three</ul>", "ul { list-style: inside square }"),
        ('<a href="#z">to</a><p id="z">x</p>', "a::after { content: target-counter(attr(href), page) }"),
        ("<h2>One</h2><h2>Two</h2>", "h2::before { counter-increment: h; content: counter(h) counter(page) }"),
        (f"<div>{FEW} <p>{MANY}</p> after <i>it</i> all</div>", "div { columns: 2 } p { position: relative }"),
        ('<p hidden>no</p><p style="visibility: hidden">no</p><script>no</script><!-- no -->yes', ""),
        (f"{svg(TEXT)}{svg(TEXT)}{svg(HIDDEN)}", ""),
        ('<p style="position: fixed; top: 0">On each</p><p>x</p><p style="break-before: page">y</p>', ""),
        (f'<p style="display: flex"><span>{FEW}</span><span>{MANY}</span></p>', ""),
        (f'<p>{FEW}<span class="l"></span>12</p>', '.l::before { content: leader(".") }'),
    ],
)
def test_a_page_that_shows_everything_is_right(body: str, style: str, fonts: Fonts) -> None:
    assert lost(body, fonts, style, "zh" if "年" in body else "en") == []


@pytest.mark.parametrize(
    ("given", "drawn", "words"),
    [
        ("Name of it", ["Name of ", "it"] * 3, ""),
        ("Name of it", ["Name of it", "Name of", "Name of it"], "it"),
        ("one two three", ["one", "three"], "two"),
        ("one two three", [], "one two three"),
        ("first 12 and 12 again", ["first 12 and again"], "12"),
        ("甲乙丙丁", ["甲", "丁"], "乙丙"),
        ("one two three four", ["one", "three"], "two … four"),
        ("co\u00adope\u2060rate", ["co\u2010", "operate"], ""),
        (" \n\u200b", [], ""),
    ],
)
def test_lost_words_are_whole_words_in_their_order(given: str, drawn: list[str], words: str) -> None:
    assert lost_words(given, drawn) == words


def test_a_lost_text_is_named_with_its_product_its_page_and_the_line_that_says_it(theme: Theme, fonts: Fonts) -> None:
    sheet = TEMPLATES["brief/single.css"]
    cut = replace(sheet, text=f"{sheet.text} h1 {{ max-lines: 1; continue: discard }}")
    brief = sample(rows=20)
    job = RenderJob(
        product=Product("brief", ("en",)),
        brief=replace(brief, title=replace(brief.title, id="summary.title")),
        wide=None,
        design=Design(theme, fonts, {**TEMPLATES, "brief/single.css": cut}),
        places={"summary.title": Place("templates/wording/summary.yml", 3)},
    )
    with pytest.raises(RenderError) as caught:
        render_product(job)
    (problem,) = caught.value.problems
    assert str(problem).startswith("templates/wording/summary.yml:3: '")
    assert "follow-through lag' is lost on page 1 of brief.en.pdf; a style rule cuts <h1> off" in str(problem)
    assert "brief.en.pdf 第 1 页漏排“" in problem.text().in_language("zh")


def test_the_statement_that_prints_lost_words_is_found_among_those_of_a_paragraph() -> None:
    brief = sample(rows=1)
    places = {"title": Place("a.yml", 1), "subtitle": Place("a.yml", 2)}
    brief = replace(brief, title=replace(brief.title, id="title"), subtitle=replace(brief.subtitle, id="subtitle"))
    paragraph = f"{brief.title.text('en')} {brief.subtitle.text('en')}"
    assert find_statement(brief, places, paragraph, "on three levels") == Place("a.yml", 2)
    assert find_statement(brief, places, paragraph, "Partners grow") == Place("a.yml", 1)
    assert find_statement(brief, places, "another text", "another") is None
