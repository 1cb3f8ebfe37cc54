"""The finished briefs of this repository's own workspace, before outside judges."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.pdf_text import bare, pages
from tests.validators.verapdf import CONFORMING, judge
from tests.workspaces import LAYOUTS, Edition, composed, with_parts

pytestmark = [pytest.mark.slow, pytest.mark.validators]

ALLOWED = {"Noto-Serif-SC", "Noto-Sans-SC", "LXGW-WenKai", "Source-Serif-4", "Source-Sans-3"}
WEIGHTS = {"", "Bold", "Semi-Bold", "Italic", "Bold-Italic"}
A4 = (595, 842)
PAGES = {"zh-en": (12, 16), "zh": (6, 8), "en": (6, 9)}  # of a brief that is read
VOLUME = "evidence.zh-en.pdf"
LEAST = 120  # letters on a page that is not empty: its furniture has fewer


@pytest.fixture(scope="module", params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("spoken", ["zh-en", *(pytest.param(each, marks=pytest.mark.deep) for each in ("zh", "en"))])
def test_verapdf_finds_no_rule_broken(guangzhou: Edition, spoken: str) -> None:
    """Pages of one language alone are judged in the next test, those of this brief in `make test-deep`."""
    assert judge(guangzhou.pdf(spoken)) == CONFORMING


def test_a_page_of_another_template_conforms_too(miniature: Edition, layout: str) -> None:
    assert judge(miniature.pdf(layout)) == CONFORMING


@pytest.mark.parametrize("name", ["onepage.zh", "onepage.en", "gongwen.zh"])
def test_the_other_products_conform_and_are_small_enough_to_send(guangzhou: Edition, name: str) -> None:
    path = guangzhou.folder / f"{name}.pdf"
    assert judge(path) == CONFORMING
    assert path.stat().st_size < 1_500_000


def test_qpdf_finds_no_fault(guangzhou: Edition, layout: str) -> None:
    command = ["qpdf", "--check", str(guangzhou.pdf(layout))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_font_is_embedded_and_allowed(guangzhou: Edition, layout: str) -> None:
    with pikepdf.open(guangzhou.pdf(layout)) as pdf:
        found = {str(font.BaseFont): font for font in fonts(pdf)}
    assert found
    for name in found:
        family = next((each for each in ALLOWED if name.partition("+")[2].startswith(each)), "")
        assert family, f"{name} is not allowed"
        assert name.partition("+")[2].removeprefix(family).strip("-,") in WEIGHTS, name


def test_no_font_is_left_to_the_readers_machine(guangzhou: Edition, layout: str) -> None:
    with pikepdf.open(guangzhou.pdf(layout)) as pdf:
        for font in fonts(pdf):
            described = font.DescendantFonts[0].FontDescriptor
            assert any(key in described for key in ("/FontFile2", "/FontFile3")), str(font.BaseFont)


def fonts(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """Yield every font of a file."""
    for each in pdf.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font" and "/DescendantFonts" in each:
            yield each


def test_every_page_is_a4_and_none_is_empty(guangzhou: Edition, layout: str) -> None:
    with pikepdf.open(guangzhou.pdf(layout)) as pdf:
        assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in pdf.pages} == {A4}
    letters = [len(bare(text)) for text in pages(guangzhou.pdf(layout))]
    assert [number for number, count in enumerate(letters, 1) if count < LEAST] == []


def test_the_brief_is_as_long_as_a_brief_is(guangzhou: Edition, layout: str) -> None:
    least, most = PAGES[layout]
    assert least <= len(pages(guangzhou.pdf(layout))) <= most


def test_the_bookmarks_are_the_title_and_the_sections(guangzhou: Edition, layout: str) -> None:
    first = layout.partition("-")[0]
    brief = guangzhou.brief
    titles = [bare(section.title.text(first)) for section in brief.sections if section.role != "summary"]
    marked = [bare(title) for title in outline(guangzhou.pdf(layout))]
    assert marked[0] == bare(brief.title.text(first))
    assert [title for title in marked if title in titles] == titles


def outline(path: Path) -> dict[str, int]:
    """Return the page of each bookmark by its title, in order."""
    found: dict[str, int] = {}
    with pikepdf.open(path) as pdf, pdf.open_outline() as opened:
        numbers = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
        waiting = list(opened.root)
        while waiting:
            item = waiting.pop(0)
            assert isinstance(item.destination, pikepdf.Array)
            found[str(item.title)] = numbers[pikepdf.Page(item.destination[0]).objgen]
            waiting = [*item.children, *waiting]
    return found


def test_every_number_links_to_its_row_in_the_evidence_volume(guangzhou: Edition, layout: str) -> None:
    rows = destinations(guangzhou.folder / VOLUME)
    found = links(guangzhou.pdf(layout))
    assert len(found) > 100 * len(layout.split("-"))
    for link in found:
        file, _, row = link.partition("#")
        assert file == VOLUME and row in rows, row


def test_the_first_page_holds_the_whole_summary(guangzhou: Edition, layout: str) -> None:
    """Two languages side by side have the first two pages for it."""
    text = bare("".join(pages(guangzhou.pdf(layout))[: len(layout.split("-"))]))
    (summary,) = [section for section in guangzhou.brief.sections if section.role == "summary"]
    for language in layout.split("-"):
        said = [statement.text(language) for block in summary.blocks for statement in with_parts(block)]
        assert [each for each in said if bare(each) not in text] == []


def links(path: Path) -> list[str]:
    """Return where the links of a PDF lead: an address, or # and the name of a place in it."""
    with pikepdf.open(path) as pdf:
        found = [link for page in pdf.pages for link in page.get("/Annots", []) if link.Subtype == "/Link"]
        return [f"#{link.Dest}" if "/Dest" in link else str(link.A.URI) for link in found]


@pytest.mark.parametrize("name", [VOLUME, "brief.zh.pdf"])
def test_a_link_is_high_enough_to_be_hit(guangzhou: Edition, name: str) -> None:
    with pikepdf.open(guangzhou.folder / name) as pdf:
        found = [link.Rect for page in pdf.pages for link in page.get("/Annots", []) if link.Subtype == "/Link"]
        assert found and min(abs(float(top) - float(bottom)) for _, bottom, _, top in found) > 4


def destinations(path: Path) -> set[str]:
    """Return the names of places in a PDF."""
    with pikepdf.open(path) as pdf:
        return {str(name) for name in pikepdf.NameTree(pdf.Root.Names.Dests)}


# The evidence volume


def test_the_contents_of_the_volume_give_the_page_of_each_section(guangzhou: Edition) -> None:
    path = guangzhou.folder / VOLUME
    text = bare("".join(pages(path)[:2]))
    places = {bare(title): page for title, page in outline(path).items()}
    for section in composed(guangzhou.assessment, template="evidence").sections:
        if section.role != "summary":
            title = bare(section.title.text("zh"))
            assert f"{places[title]}" in text.rpartition(title)[0][-60:] or f"{title}{places[title]}" in text, title


def test_every_link_of_the_volume_leads_somewhere(guangzhou: Edition) -> None:
    path = guangzhou.folder / VOLUME
    known, found = destinations(path), links(path)
    assert len(found) > 40
    for link in found:
        assert link.removeprefix("#") in known or link.startswith(("https://", "http://")), link


@pytest.mark.deep
def test_the_volume_conforms(guangzhou: Edition) -> None:
    """That of a new workspace, from the same template, is judged in `make test` (app/test_new_workspace.py)."""
    assert judge(guangzhou.folder / VOLUME) == CONFORMING


def test_the_volume_is_small_enough_to_send(guangzhou: Edition) -> None:
    assert (guangzhou.folder / VOLUME).stat().st_size < 1_500_000


# What a file says of itself


def test_the_file_says_what_it_is(guangzhou: Edition, layout: str) -> None:
    first = layout.partition("-")[0]
    brief = guangzhou.brief
    with pikepdf.open(guangzhou.pdf(layout)) as pdf:
        assert str(pdf.docinfo["/Title"]) == brief.title.text(first)
        assert str(pdf.Root.Lang) == brief.languages[first] and pdf.Root.MarkInfo.Marked
        assert str(pdf.docinfo["/CreationDate"]) == f"D:{brief.as_of:%Y%m%d}000000Z"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
