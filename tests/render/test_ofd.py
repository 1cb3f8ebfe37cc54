"""OFD made of finished pages: every letter in its place, the structure of the standard, and all that the PDF holds."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from io import BytesIO
from math import dist
from pathlib import Path
from time import process_time
from xml.etree import ElementTree

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from jianbao.core.errors import RenderError
from jianbao.render.fonts.registry import Fonts
from jianbao.render.ofd.document import render_ofd
from jianbao.render.ofd.geometry import Clip, VectorPath, rectangle
from jianbao.render.ofd.objects import Glyph, Paint, Shape, TextObject
from jianbao.render.pdf.render import Enclosure, Metadata, render_pdf
from tests.ofd_reader import SPACE, Letter, Ofd, placed
from tests.pdf_text import attached
from tests.render.conftest import metadata

Render = Callable[..., bytes]
LAYOUTS = (("zh", "en"), ("zh",), ("en",))
MM = 25.4 / 72  # of a point
NEAR = 0.2  # mm
SHEET = (0.0, 0.0, 210.0, 297.0)
ABOUT = Metadata(
    title="港 & <船>", languages=("zh-CN", "en"), day=date(2031, 6, 30), author="议会", keywords=("港", "船")
)
PARTED = "\x02"  # how PDFium tells a hyphen at the end of a line
BLANK = " \u2006\r\n\ufeff"
CORPUS = '<html lang="zh"><head><title>t</title><style>{style}</style></head><body>{body}</body></html>'
BOTH_FIRST = [LAYOUTS[0], *(pytest.param(each, marks=pytest.mark.deep) for each in LAYOUTS[1:])]


@pytest.fixture(scope="module", params=BOTH_FIRST, ids="-".join)
def both(request: pytest.FixtureRequest, render: Render) -> tuple[bytes, bytes]:
    """Return the sample brief as PDF and as OFD."""
    pdf = render(*request.param)
    return pdf, render_ofd(pdf, metadata(*request.param))


@pytest.fixture
def page(fonts: Fonts) -> Callable[..., Ofd]:
    """Return an OFD of a page with some body and style."""

    def made(body: str, style: str = "", enclosures: tuple[Enclosure, ...] = ()) -> Ofd:
        return Ofd.of(render_ofd(render_pdf(CORPUS.format(body=body, style=style), fonts, ABOUT, enclosures), ABOUT))

    return made


def origins(pdf: bytes) -> Iterator[dict[str, list[tuple[float, float]]]]:
    """Yield, for each page, where PDFium finds each letter, in mm from the upper left corner."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        for sheet in document:
            found = defaultdict(list)
            text, high = sheet.get_textpage(), sheet.get_height()
            for place in range(text.count_chars()):
                x, y = pypdfium2.raw.c_double(), pypdfium2.raw.c_double()
                pypdfium2.raw.FPDFText_GetCharOrigin(text, place, x, y)
                letter = chr(pypdfium2.raw.FPDFText_GetUnicode(text, place)).replace(PARTED, "-")
                found[letter].append((x.value * MM, (high - y.value) * MM))
            yield found
    finally:
        document.close()


def misplaced(letters: list[Letter], places: list[dict[str, list[tuple[float, float]]]]) -> list[Letter]:
    """Return the letters at whose place another reader does not find them in the PDF."""
    return [
        letter
        for letter in letters
        if not any(dist(place, (letter.x, letter.y)) < NEAR for place in places[letter.page][letter.text])
    ]


@pytest.mark.slow
def test_every_letter_stands_within_a_fifth_of_a_millimetre_of_its_place_in_the_pdf(both: tuple[bytes, bytes]) -> None:
    pdf, ofd = both
    letters = [letter for letter in Ofd.of(ofd).letters() if letter.text.strip(BLANK)]
    places = list(origins(pdf))
    assert len(letters) > 1000 and misplaced(letters, places) == []
    assert len(letters) == sum(len(found) for each in places for letter, found in each.items() if letter.strip(BLANK))


@pytest.mark.slow
def test_its_structure_is_that_of_the_standard(both: tuple[bytes, bytes]) -> None:
    assert Ofd.of(both[1]).faults() == []


@pytest.mark.slow
def test_it_is_no_larger_than_the_pdf_and_a_tenth(both: tuple[bytes, bytes]) -> None:
    assert len(both[1]) <= 1.1 * len(both[0])


@pytest.mark.deep
def test_it_takes_a_quarter_of_the_time_of_its_pdf_at_most(compose: Callable[..., str], fonts: Fonts) -> None:
    start = process_time()
    pdf = render_pdf(compose("zh"), fonts, metadata("zh"))
    middle = process_time()
    render_ofd(pdf, metadata("zh"))
    assert process_time() - middle <= 0.25 * (middle - start)


@pytest.mark.slow
def test_the_same_pdf_gives_the_same_bytes(render: Render) -> None:
    assert render_ofd(render("zh"), metadata("zh")) == render_ofd(render("zh"), metadata("zh"))


@pytest.mark.slow
def test_it_holds_what_the_pdf_holds(both: tuple[bytes, bytes], tmp_path: Path) -> None:
    file = tmp_path / "brief.pdf"
    file.write_bytes(both[0])
    found = Ofd.of(both[1])
    assert found.attached() == attached(file) != {}
    with pikepdf.open(file) as pdf, pdf.open_outline() as outline:
        assert [title for depth, title in found.outline() if depth == 0] == [item.title for item in outline.root]
        links = [link for each in pdf.pages for link in each.get("/Annots", [])]
        assert len(found.links()) == len(links) > 10
        assert len(found.pages()) == len(pdf.pages)


@pytest.mark.slow
def test_every_font_is_there_whole_and_knows_its_letters(both: tuple[bytes, bytes]) -> None:
    found = Ofd.of(both[1])
    fonts = {
        font.attrib["ID"]: TTFont(BytesIO(found.files[f"Doc_0/Res/{font.findtext(SPACE + 'FontFile')}"]))
        for font in found.trees["Doc_0/PublicRes.xml"].iter(f"{SPACE}Font")
    }
    for _, page in found.pages():
        for shown in page.iter(f"{SPACE}TextObject"):
            chosen = {int(each.attrib["CodePosition"]) for each in shown.iter(f"{SPACE}CGTransform")}
            text, glyphs = shown.findtext(f"{SPACE}TextCode") or "", fonts[shown.attrib["Font"]].getBestCmap()
            assert chosen or all(ord(letter) in glyphs for letter in text), text


def test_the_document_says_what_it_is(page: Callable[..., Ofd]) -> None:
    found = page("<h1>港</h1>")
    assert found.faults() == [] and next(iter(found.files)) == "OFD.xml"
    names = ("Title", "Author", "Keyword", "CreationDate", "CustomData", "Creator")
    said = ("港 & <船>", "议会", "港; 船", "2031-06-30", "zh-CN, en", "jianbao")
    assert tuple(map(found.info, names)) == said
    assert len(found.info("DocID")) == 32
    assert found.outline() == [(0, "港")]


def test_links_lead_to_their_page_or_address_and_can_be_hit(page: Callable[..., Ofd]) -> None:
    body = '<p id="here" style="margin-top: 100mm"><a href="https://port.example/?a=1&amp;b=2">船</a></p>'
    body += '<p style="break-before: page; line-height: 0"><a href="#here">港</a></p>'
    found = page(body, "a { display: inline }")
    assert found.faults() == []
    (first, _, address), (second, area, place) = found.links()
    assert address.attrib["URI"] == "https://port.example/?a=1&b=2"
    aim = place.find(f"{SPACE}Dest")
    assert aim is not None and (first, second) == tuple(number for number, _ in found.pages())
    assert aim.attrib["PageID"] == first and 95 < float(aim.attrib["Top"]) < 150
    assert area[3] >= 3, "a link of a line without height"


def test_what_is_enclosed_is_listed_with_its_size(page: Callable[..., Ofd]) -> None:
    found = page("<p>港</p>", enclosures=(Enclosure("ledger.json", b"{}" * 1024, "all facts"),))
    assert found.faults() == [] and found.attached() == {"ledger.json": b"{}" * 1024}
    (listed,) = found.trees["Doc_0/Attachs/Attachments.xml"]
    assert (listed.attrib["Size"], listed.attrib["CreationDate"]) == ("2.000", "2031-06-30T00:00:00")


def test_parts_are_tagged_by_their_names_across_pages(page: Callable[..., Ofd]) -> None:
    body = '<p>一段</p><p style="break-before: page">二段</p>'
    found = page(f'<h1 data-part="标题">关于港的报告</h1><div data-part="正文">{body}</div><p>外</p>')
    assert found.faults() == [] and found.parts() == {"标题": "关于港的报告", "正文": "一段二段"}


def test_a_name_that_no_tag_can_have_is_refused(page: Callable[..., Ofd]) -> None:
    with pytest.raises(RenderError, match="'1 <标题>' cannot name a part"):
        page('<p data-part="1 &lt;标题&gt;">港</p>')


def test_a_ligature_is_searched_by_its_letters_and_shown_by_its_glyph(page: Callable[..., Ofd]) -> None:
    found = page('<p lang="en">official office</p>', "p { font-family: 'Source Serif 4'; }")
    assert "official office" in found.text()
    chosen = [each for _, sheet in found.pages() for each in sheet.iter(f"{SPACE}CGTransform")]
    assert [each.attrib["CodeCount"] for each in chosen] == ["3", "3"]


def test_a_glyph_that_some_readers_do_not_find_by_its_character_is_named_by_its_number(
    page: Callable[..., Ofd],
) -> None:
    found = page("<p style=\"font-family: 'Noto Sans CJK SC'\">数据截至，致函少</p>")
    shown = [each for _, sheet in found.pages() for each in sheet.iter(f"{SPACE}TextObject")]
    texts = [each.findtext(f"{SPACE}TextCode") or "" for each in shown]
    named = [
        text[int(each.attrib["CodePosition"])]
        for text, line in zip(texts, shown, strict=True)
        for each in line.iter(f"{SPACE}CGTransform")
    ]
    assert named == ["至", "致"], "neighbours in Unicode, not in the font, with numbers above 32,767"


def test_turned_text_keeps_its_places(page: Callable[..., Ofd], fonts: Fonts) -> None:
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="300" height="300"><title>t</title>'
        '<text x="50" y="80" font-size="10" transform="rotate(-90 50 80)">Tariff</text></svg>'
    )
    found = page(picture)
    pdf = render_pdf(CORPUS.format(body=picture, style=""), fonts, ABOUT)
    letters = list(found.letters())
    assert found.faults() == [] and misplaced(letters, list(origins(pdf))) == []
    assert letters[0].x == pytest.approx(letters[-1].x, abs=0.1) and letters[0].y > letters[-1].y + 5


def test_a_picture_of_dots_is_a_resource_of_its_own(page: Callable[..., Ofd]) -> None:
    dots = (
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAYAAABytg0kAAAAFklEQVR42mNk+M9QzwAEjDAGI5AGAwAYCgIB3UJGhgAAAABJRU5ErkJggg=="
    )
    found = page(f'<img alt="a" style="width: 40mm; height: 20mm" src="data:image/png;base64,{dots}">')
    (shown,) = [each for _, sheet in found.pages() for each in sheet.iter(f"{SPACE}ImageObject")]
    width, height = (float(value) for value in shown.attrib["Boundary"].split()[2:])
    assert found.faults() == [] and (width, height) == pytest.approx((40, 20), abs=0.01)
    assert any(name.endswith(".png") and each.startswith(b"\x89PNG") for name, each in found.files.items())


@pytest.mark.parametrize(
    ("style", "name"),
    [
        ("p { background: linear-gradient(red, blue) }", "gradient"),
        ("p { color: lab(50% 40 20) }", "colour beyond sRGB"),
    ],
)
def test_what_cannot_be_told_is_refused_by_its_name(page: Callable[..., Ofd], style: str, name: str) -> None:
    with pytest.raises(RenderError, match=name):
        page("<p>港</p>", style)


def painted(outline: VectorPath, clip: Clip, **given: object) -> str:
    style = {"fill": Paint((0, 0, 0)), "stroke": None, "width": 1.0, "cap": 0, "join": 0, "miter": 10.0}
    return Shape(outline=outline, clip=clip, dashes=(), dash_start=0.0, **(style | given)).written(7)  # type: ignore[arg-type]


def test_a_frame_is_taken_apart_into_what_is_left_of_it_by_its_cut() -> None:
    frame = VectorPath((*rectangle((10, 10, 60, 40)).moves, *rectangle((10, 11, 60, 39)).moves), even_odd=True)
    whole = painted(frame, Clip(SHEET))
    assert 'Boundary="10 10 50 30"' in whole and "Clips" not in whole and "Even-Odd" not in whole
    assert whole.count("M ") == 2
    upper = painted(frame, Clip((10, 10, 60, 11)))
    assert 'Boundary="10 10 50 1"' in upper and "Clips" not in upper and upper.count("M ") == 1


def test_what_lies_beyond_its_cut_is_left_out_and_what_crosses_it_is_cut() -> None:
    triangle = VectorPath((("M", ((0, 0),)), ("L", ((50, 0),)), ("L", ((0, 50),)), ("C", ())))
    assert painted(triangle, Clip((60, 60, 70, 70))) == ""
    assert "<ofd:Clips>" in painted(triangle, Clip((0, 0, 10, 10)))
    assert "Clips" not in painted(triangle, Clip(SHEET))


def test_a_line_has_room_for_its_width_and_says_how_it_ends() -> None:
    line = VectorPath((("M", ((10, 10),)), ("L", ((20, 10),))))
    said = painted(line, Clip(SHEET), fill=None, stroke=Paint((255, 0, 0), 0.5), cap=1, join=1)
    assert 'Boundary="9.25 9.25 11.5 1.5"' in said
    assert 'Cap="Round"' in said and 'Join="Round"' in said and '<ofd:StrokeColor Value="255 0 0" Alpha="128"/>' in said


def test_equal_steps_are_counted_and_their_errors_do_not_add_up() -> None:
    step = 3.70416
    glyphs = tuple(Glyph(number, "港", (10 + step * number, 20), known=True) for number in range(200))
    text = TextObject(
        font=2, size=3.7, turn=(1, 0, 0, 1, 0, 0), glyphs=glyphs, paint=Paint((0, 0, 0)), clip=Clip(SHEET)
    )
    written = text.written(5)
    (shown,) = ElementTree.fromstring(f'<page xmlns:ofd="{SPACE.strip("{}")}">{written}</page>')
    stands = [x for _, (x, _) in placed(shown)]
    assert max(abs(x - glyph.place[0]) for x, glyph in zip(stands, glyphs, strict=True)) < 0.01
    assert len(written) < 2000
