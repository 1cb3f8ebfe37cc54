"""A figure that stands alone says what it is, and looks the same in every format."""

from datetime import date
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from jianbao.brief.model import Picture
from jianbao.render.figure_files import DPI, FigureFile, figure_pngs, figure_svg, figures_pdf
from jianbao.render.fonts.registry import Fonts
from jianbao.render.pdf.render import Metadata
from tests.pdf_text import pages

SVG = """<svg width="{wide}pt" height="36pt" viewBox="0 0 {wide} 36" xmlns="http://www.w3.org/2000/svg">
<text x="2" y="12" style="font: 8px 'Noto Sans SC'">{text}</text>
<rect x="2" y="20" width="20" height="10" fill="#0b5f85"/></svg>"""
ABOUT = Metadata(title="Ties & posts", languages=("zh",), day=date(2031, 6, 30))
NAMES = {"svg": "http://www.w3.org/2000/svg"}


def figure(text: str, wide: int = 144, alt: str = "Bars: 3 < 4") -> FigureFile:
    svg = SVG.format(wide=wide, text=text).encode()
    return FigureFile(picture=Picture(svg, wide / 72 * 25.4, 12.7, alt), title="Ties & posts", tag="zh-CN")


@pytest.fixture(scope="module")
def pdf(fonts: Fonts) -> bytes:
    return figures_pdf([figure("友城三个"), figure("领馆四个", wide=72)], fonts, ABOUT)


def test_an_svg_tells_a_screen_reader_its_title_and_description() -> None:
    root = ElementTree.fromstring(figure_svg(figure("友城")))
    named = [root.find(f"svg:*[@id='{name}']", NAMES) for name in root.attrib["aria-labelledby"].split()]
    assert [each.text for each in named if each is not None] == ["Ties & posts", "Bars: 3 < 4"]
    assert (root.attrib["role"], root.attrib["lang"]) == ("img", "zh-CN")


def test_the_text_of_an_svg_stays_text() -> None:
    root = ElementTree.fromstring(figure_svg(figure("友城")))
    assert [each.text for each in root.iterfind(".//svg:text", NAMES)] == ["友城"]


def test_a_figure_without_a_description_names_its_title_only() -> None:
    root = ElementTree.fromstring(figure_svg(figure("友城", alt="")))
    assert root.attrib["aria-labelledby"] == "title" and root.find("svg:desc", NAMES) is None


def test_each_figure_has_a_page_of_its_own_size(pdf: bytes) -> None:
    document = pypdfium2.PdfDocument(pdf)
    assert [tuple(map(round, document.get_page_size(number))) for number in range(len(document))] == [
        (144, 36),
        (72, 36),
    ]


def test_the_fonts_of_a_pdf_are_in_it(pdf: bytes) -> None:
    with pikepdf.open(BytesIO(pdf)) as document:
        described = [each for each in document.objects if isinstance(each, pikepdf.Dictionary) and "/FontName" in each]
        assert described and all({"/FontFile2", "/FontFile3"} & set(each.keys()) for each in described)


def test_the_text_of_a_pdf_can_be_found(pdf: bytes, tmp_path: Path) -> None:
    (tmp_path / "figure.pdf").write_bytes(pdf)
    assert [text.strip() for text in pages(tmp_path / "figure.pdf")] == ["友城三个", "领馆四个"]


def test_a_png_has_three_hundred_dots_an_inch_in_the_colours_of_the_figure(pdf: bytes) -> None:
    first, second = (Image.open(BytesIO(png)) for png in figure_pngs(pdf))
    assert [abs(each - 2 * DPI) <= 1 for each in (first.width, 2 * second.width)] == [True, True]
    assert [round(each) for each in first.info["dpi"]] == [DPI, DPI]
    seen = first.convert("RGB").getpixel((DPI * 12 // 72, DPI * 25 // 72))
    assert isinstance(seen, tuple) and all(abs(a - b) <= 4 for a, b in zip(seen, (0x0B, 0x5F, 0x85), strict=True))


def test_the_same_figure_makes_the_same_files(pdf: bytes, fonts: Fonts) -> None:
    again = figures_pdf([figure("友城三个"), figure("领馆四个", wide=72)], fonts, ABOUT)
    assert again == pdf and figure_pngs(again) == figure_pngs(pdf)
