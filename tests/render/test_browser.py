"""The page for the web in a real browser: nothing fetched, nothing wide, nothing that axe objects to."""

import re
from base64 import b64decode
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from jianbao.app import workspace
from jianbao.app.workspace_files import read_templates
from jianbao.brief.model import Picture
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import HALF_WIDTH
from jianbao.render.html.web import SCREEN_WIDTH, compose_web
from jianbao.render.theme import Design, Theme
from tests import workspaces
from tests.render.browser import Browser
from tests.render.conftest import TEMPLATES
from tests.render.sample_brief import sample
from tests.render.test_draft import draft

pytestmark = [pytest.mark.slow, pytest.mark.validators]
PHONE, TABLET, DESK = 360, 768, 1280
WIDTHS = (PHONE, 390, TABLET, DESK)
SHEET = 672  # of A4 between its margins
LAYOUTS = ["zh-en", "zh", "en"]
SIDE_BY_SIDE = ["zh-en", *(pytest.param(language, marks=pytest.mark.deep) for language in ("zh", "en"))]
MEGABYTE = 1_000_000
LABEL = 11.0  # pixels
INCH = 25.4
Pages = Callable[[str], Path]

WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAST_THE_EDGE = """return [...document.querySelectorAll('body *')]
    .filter(each => !each.closest('.scroll, .skip') && each.getBoundingClientRect().right > innerWidth + 1)
    .map(each => each.outerHTML.slice(0, 100))"""
TOP = "return document.querySelector(arguments[0]).getBoundingClientRect().top"
TALL = "return document.querySelector(arguments[0]).getBoundingClientRect().height"
SIDES = """return [...document.querySelectorAll(`${arguments[0]} > .pair > .side`)]
    .map(each => [each.lang, each.getBoundingClientRect().top])"""
# What the contents mark, once the page is painted where it was scrolled to.
CURRENT = """return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
    done([...document.querySelectorAll('.contents a:target-current')].map(each => each.hash)))))"""
# By how many pixels each table is wider than its box.
CUT = """return [...document.querySelectorAll(arguments[0])].map(each => each.scrollWidth - each.clientWidth)"""
# The most letters that a line of text has room for, by the width of a text.
LETTERS = """const canvas = document.createElement('canvas').getContext('2d')
    return Math.max(...[...document.querySelectorAll('.paragraph p, .box p, .bullets p')].map(each => {
        const style = getComputedStyle(each)
        canvas.font = `${style.fontSize} ${style.fontFamily}`
        return (each.clientWidth - parseFloat(style.paddingLeft)) * arguments[0].length
            / canvas.measureText(arguments[0]).width
    }))"""
SEEN = "return document.querySelector(arguments[0]).checkVisibility()"
# A label is as wide as it was drawn for, whichever font the browser has for it; by how many points each is not.
OFF = """return [...document.querySelectorAll('text')].filter(each => each.textContent.length > 1)
    .map(each => Math.abs(each.getBBox().width - each.getAttribute('textLength')))"""


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory, miniature: workspaces.Edition, fonts: Fonts, theme: Theme) -> Pages:
    """Return what writes the page of the invented city in a layout and says where."""
    folder = tmp_path_factory.mktemp("web")
    templates = read_templates(workspace.snapshot(workspaces.MINIATURE))

    @cache
    def written(layout: str) -> Path:
        path = folder / f"brief.{layout}.html"
        languages = layout.split("-")
        drawn = layout if len(languages) > 1 else ""
        narrow, wide = (workspaces.composed(miniature.assessment, width, drawn) for width in (HALF_WIDTH, SCREEN_WIDTH))
        page = compose_web(narrow, languages, Design(theme, fonts, templates), wide=wide)
        path.write_text(page, "utf-8")
        return path

    return written


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_page_fits_and_fetches_nothing(seen: Browser, pages: Pages, layout: str, width: int, dark: bool) -> None:
    seen.open(pages(layout), width, dark)
    assert seen.ask(WIDER) == 0 and seen.ask(PAST_THE_EDGE) == []
    assert (seen.fetched(), seen.complaints()) == ([pages(layout).as_uri()], [])


def shown() -> list[Any]:
    """Return every layout, width and colour scheme: each width once, each page light and dark; the rest deep."""
    once = {("zh-en", PHONE, False), ("en", 390, True), ("en", TABLET, False), ("zh-en", DESK, True)}
    return [
        pytest.param(*way, marks=[] if way in once else pytest.mark.deep)
        for way in product(LAYOUTS, WIDTHS, (False, True))
    ]


@pytest.mark.parametrize(("layout", "width", "dark"), shown())
def test_a_page_is_accessible(seen: Browser, pages: Pages, layout: str, width: int, dark: bool) -> None:
    seen.open(pages(layout), width, dark)
    assert seen.faults() == []


@pytest.mark.parametrize("layout", SIDE_BY_SIDE)
def test_a_draft_is_accessible_wherever_it_is_seen_and_its_remarks_stand_beside_the_text(
    seen: Browser, layout: str, fonts: Fonts, theme: Theme, tmp_path: Path
) -> None:
    page = tmp_path / "draft.html"
    page.write_text(compose_web(draft(), layout.split("-"), Design(theme, fonts, TEMPLATES)), "utf-8")
    for width, dark, medium in ((PHONE, False, "screen"), (DESK, True, "screen"), (DESK, False, "print")):
        seen.open(page, width, dark, medium)
        assert seen.ask(WIDER) == 0 and seen.faults() == []
    assert seen.ask("return getComputedStyle(document.body, '::before').backgroundImage").startswith("url(")
    seen.open(page, DESK)
    seen.ask("window.scrollTo(0, document.body.scrollHeight)")
    assert seen.ask(TOP, ".draft") == 0, "the ribbon stays in sight"
    seen.open(page, PHONE)
    for language in layout.split("-"):
        seen.ask("location.hash = arguments[0]", f"national-{language}")
        assert seen.ask(TOP, f"#national-{language}") >= seen.ask(TALL, ".draft"), "no heading is under the ribbon"
    seen.open(page, DESK)
    right = "return document.querySelector(arguments[0]).getBoundingClientRect().right"
    text, remark = seen.ask(right, ".paragraph p"), seen.ask(right, "p.remark")
    assert (remark > text) is (layout != "zh-en"), "one language leaves a margin"


def test_a_dark_page_can_be_read(seen: Browser, pages: Pages) -> None:
    seen.open(pages("zh-en"), DESK, dark=True)
    assert seen.ask("return getComputedStyle(document.images[0]).filter").startswith("invert")
    assert seen.ask("return getComputedStyle(document.body).backgroundColor") not in ("rgb(255, 255, 255)", "")


@pytest.mark.parametrize(("width", "beside"), [(PHONE, False), (DESK, True)])
def test_languages_stand_side_by_side_where_there_is_room(
    seen: Browser, pages: Pages, width: int, beside: bool
) -> None:
    seen.open(pages("zh-en"), width)
    first, second = (seen.ask(TOP, f".opening .{side} h1") for side in ("first", "second"))
    assert (first == second) is beside


@pytest.mark.parametrize(("width", "beside"), [(PHONE, False), (DESK, True)])
def test_each_item_of_a_list_stands_by_its_counterpart(seen: Browser, pages: Pages, width: int, beside: bool) -> None:
    seen.open(pages("zh-en"), width)
    for kind in (".bullets li", ".box"):
        sides = seen.ask(SIDES, kind)
        assert len(sides) > 2 and {language for language, _ in sides[::2]} == {"zh-CN"}
        assert all((first == second) is beside for (_, first), (_, second) in zip(sides[::2], sides[1::2], strict=True))


@pytest.mark.parametrize(("width", "shown"), [(PHONE, False), (DESK, True)])
def test_the_contents_stand_open_only_beside_the_text(seen: Browser, pages: Pages, width: int, shown: bool) -> None:
    seen.open(pages("en"), width)
    assert seen.ask(SEEN, ".contents a") is shown


@pytest.mark.parametrize("dark", [False, pytest.param(True, marks=pytest.mark.deep)])
@pytest.mark.parametrize("width", [390, TABLET, 1100, DESK])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_labels_of_figures_are_large_enough(
    seen: Browser, pages: Pages, layout: str, width: int, dark: bool
) -> None:
    seen.open(pages(layout), width, dark)
    shown = seen.ask("return [...document.images].map(each => [each.currentSrc, each.clientWidth])")
    drawn = [(Picture(b64decode(address.partition(",")[2]), pixels * INCH / 96, 0, "")) for address, pixels in shown]
    assert drawn and min(map(smallest_text, drawn)) * 96 / 72 >= LABEL


def smallest_text(drawn: Picture) -> float:
    """Return the size in points of the smallest text of a picture at its own width."""
    sizes = [float(size) for size in re.findall(rb"font(?:-size)?: (?:\d{3} )?([\d.]+)px", drawn.svg)]
    box = re.search(rb'viewBox="\s*[-\d.]+[ ,]+[-\d.]+[ ,]+([\d.]+)', drawn.svg)
    assert sizes and box
    return min(sizes) * drawn.width_mm / INCH * 72 / float(box[1])


@pytest.mark.parametrize(("layout", "text", "most"), [("zh", "伙伴城市", 40), ("en", "Partner cities are many", 80)])
def test_a_line_is_no_longer_than_an_eye_can_follow(
    seen: Browser, pages: Pages, layout: str, text: str, most: int
) -> None:
    for width in (TABLET, DESK, 2 * DESK):
        seen.open(pages(layout), width)
        assert most / 2 < seen.ask(LETTERS, text) <= most


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_table_is_cut_on_a_desk_nor_one_of_sentences_on_a_telephone(
    seen: Browser, pages: Pages, layout: str
) -> None:
    seen.open(pages(layout), DESK)
    assert set(seen.ask(CUT, ".scroll")) == {0}
    seen.open(pages(layout), PHONE)
    stacked = seen.ask(CUT, ".scroll:has(.stacked)")
    assert (stacked or layout == "zh") and set(stacked) <= {0}  # no Chinese cell of the miniature is a sentence
    heads = seen.ask("return [...document.querySelectorAll('.stacked td')].map(each => each.dataset.head)")
    assert all(heads) and bool(heads) == bool(stacked)


def test_the_names_of_rows_stay_in_sight_of_a_table_that_scrolls(seen: Browser, pages: Pages) -> None:
    seen.open(pages("zh-en"), PHONE)
    wide = next(place for place, cut in enumerate(seen.ask(CUT, ".scroll")) if cut > 100)
    table = f"document.querySelectorAll('.scroll')[{wide}]"
    seen.ask(f"{table}.scrollLeft = 100")
    places = (table, f"{table}.querySelector('tbody th')", f"{table}.querySelector('td')")
    box, name, cell = (seen.ask(f"return {place}.getBoundingClientRect().left") for place in places)
    assert name == box > cell


def test_references_are_read_in_rows_on_a_screen(seen: Browser, fonts: Fonts, theme: Theme, tmp_path: Path) -> None:
    page = tmp_path / "brief.html"
    page.write_text(compose_web(sample(rows=1), ["en"], Design(theme, fonts, TEMPLATES)), "utf-8")
    seen.open(page, DESK)
    tops = seen.ask("return [...document.querySelectorAll('.reference')].map(each => each.offsetTop)")
    assert len(tops) > 2 and tops == sorted(tops) and tops[0] == tops[1]


def test_a_line_of_the_first_page_leads_to_its_measure(seen: Browser, pages: Pages) -> None:
    seen.open(pages("zh-en"), DESK)
    lines = "return [...document.querySelectorAll('.summary .measures a')].map(each => [each.innerText, each.hash])"
    leads = seen.ask(lines)
    assert len(leads) > 1
    for title, place in leads:
        assert seen.ask("return document.getElementById(arguments[0].slice(1)).innerText", place) == title


@pytest.mark.parametrize(("width", "shown"), [(PHONE, True), (DESK, False)])
def test_the_contents_are_at_hand_wherever_they_are_not_beside_the_text(
    seen: Browser, pages: Pages, width: int, shown: bool
) -> None:
    seen.open(pages("en"), width)
    seen.ask("window.scrollTo(0, document.body.scrollHeight)")
    assert seen.ask(SEEN, ".contents .up") is shown
    if shown:
        seen.ask("document.querySelector('.contents .up').click()")
        assert 0 <= seen.ask(TOP, ".contents summary") < seen.ask("return innerHeight")


def test_the_contents_mark_the_section_that_is_read(seen: Browser, pages: Pages) -> None:
    seen.open(pages("en"), DESK)
    *_, last = seen.ask("return [...document.querySelectorAll('section.body h2')].map(each => each.id)")
    seen.ask("location.hash = arguments[0]", last)
    assert seen.ask(CURRENT) == [f"#{last}"]


def test_the_first_stop_of_the_keyboard_skips_to_the_text(seen: Browser, pages: Pages) -> None:
    seen.open(pages("en"), DESK)
    seen.press_tab()
    assert seen.ask("return document.activeElement.className") == "skip"
    seen.ask("document.activeElement.click()")
    assert seen.ask("return location.hash") == "#main" and seen.ask(TOP, "main") < seen.ask("return innerHeight")


def test_a_printed_page_leaves_out_what_is_for_the_screen(seen: Browser, pages: Pages) -> None:
    seen.open(pages("en"), DESK, dark=True, medium="print")
    assert [seen.ask(TALL, part) for part in (".contents", ".skip", ".back")] == [0, 0, 0]
    assert seen.ask("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_is_wider_than_its_place_on_a_printed_sheet(seen: Browser, pages: Pages, layout: str) -> None:
    seen.open(pages(layout), SHEET, medium="print")
    assert seen.ask(WIDER) == 0
    assert seen.ask(CUT, "td, tbody th") and set(seen.ask(CUT, "td, tbody th, thead th")) == {0}
    beside = ("first", "second") if layout == "zh-en" else ("label", "text")
    left, right = (seen.ask(TOP, f".part .{side}") for side in beside)
    assert left == pytest.approx(right, abs=4), "what belongs together stands side by side"


@pytest.mark.parametrize("layout", ["zh", "en"])
def test_no_label_of_a_figure_is_cut_where_its_font_is_missing(seen: Browser, pages: Pages, layout: str) -> None:
    seen.open(pages(layout), DESK)
    pictures = seen.ask("return [...document.images].map(each => each.src)")
    assert pictures
    for picture in pictures:
        seen.show(picture)
        off = seen.ask(OFF)
        assert off and max(off) < 1


def test_the_whole_brief_of_this_repository_is_accessible_on_a_telephone(
    seen: Browser, guangzhou: workspaces.Edition, fonts: Fonts, theme: Theme, tmp_path: Path
) -> None:
    path = tmp_path / "brief.html"
    templates = read_templates(workspace.snapshot(workspaces.ROOT))
    path.write_text(compose_web(guangzhou.brief, ("zh", "en"), Design(theme, fonts, templates)), "utf-8")
    assert path.stat().st_size < MEGABYTE
    seen.open(path, PHONE)
    assert seen.ask(WIDER) == 0 and seen.ask(PAST_THE_EDGE) == [] and seen.faults() == []
    seen.open(path, DESK)
    assert set(seen.ask(CUT, ".scroll")) == {0}
