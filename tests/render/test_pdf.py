"""The finished PDF, asked as a reader, an archive, a screen reader and an attacker would."""

import base64
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest

from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import compose_html
from jianbao.render.pdf.ink import ink_faults
from jianbao.render.pdf.render import render_pdf
from jianbao.render.theme import Design, Theme
from jianbao.render.typography import typeset
from tests.render.conftest import ROOT, TEMPLATES, metadata
from tests.render.sample_brief import PROSE, paragraph, sample
from tests.validators.verapdf import CONFORMING, judge

pytestmark = pytest.mark.slow
Render = Callable[..., bytes]
Refused = Callable[..., str]
LAYOUTS = (("zh", "en"), ("zh",), ("en",))
BOTH_FIRST = [LAYOUTS[0], *(pytest.param(each, marks=pytest.mark.deep) for each in LAYOUTS[1:])]
MAY_NOT_BEGIN = "，。、；：？！）》」』】〕〉”’％·～"


@pytest.fixture(params=BOTH_FIRST, ids="-".join)
def file(request: pytest.FixtureRequest, render: Render, tmp_path: Path) -> Path:
    path = tmp_path / "brief.pdf"
    path.write_bytes(render(*request.param))
    return path


def poppler(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], check=True, capture_output=True, text=True).stdout


def elements(pdf: pikepdf.Pdf, kind: str) -> Iterator[Any]:
    return (each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == kind)


@pytest.mark.validators
def test_it_is_archival_and_accessible_in_one_file(file: Path) -> None:
    assert judge(file) == CONFORMING


@pytest.mark.validators
def test_its_syntax_is_sound(file: Path) -> None:
    assert subprocess.run(["qpdf", "--check", file], check=False, capture_output=True).returncode == 0


@pytest.mark.validators
def test_every_font_is_prepared_and_embedded(file: Path, fonts: Fonts) -> None:
    allowed = {family.replace(" ", "-") for family in fonts.families}
    for line in poppler("pdffonts", file).splitlines()[2:]:
        name = line.split()[0].split("+")[1].rstrip(",")
        assert any(name == family or name.startswith(f"{family}-") for family in allowed), name
        assert line.split()[-5] == "yes", line


def test_it_is_small_enough_to_send(file: Path) -> None:
    assert file.stat().st_size < 1_500_000


@pytest.mark.deep
def test_the_same_page_gives_the_same_bytes_in_another_process(render: Render, tmp_path: Path) -> None:
    script = (
        "import sys; sys.path[:0] = sys.argv[1:3]\n"
        "from pathlib import Path\n"
        "from jianbao.render.fonts.registry import read_fonts\n"
        "from jianbao.render.html.page import compose_html\n"
        "from jianbao.render.pdf.render import render_pdf\n"
        "from jianbao.render.theme import Design\n"
        "from tests.render.conftest import LEDGER, TEMPLATES, metadata, read_theme\n"
        "from tests.render.sample_brief import sample\n"
        "fonts = read_fonts()\n"
        "page = compose_html(sample(rows=40), ('en',), Design(read_theme(fonts), fonts, TEMPLATES))\n"
        "Path(sys.argv[3]).write_bytes(render_pdf(page, fonts, metadata('en'), (LEDGER,)))\n"
    )
    again = tmp_path / "again.pdf"
    subprocess.run([sys.executable, "-c", script, ROOT, ROOT / "src", again], check=True)
    assert again.read_bytes() == render("en")


def test_passages_carry_their_language_and_heads_of_tables_their_scope(render: Render) -> None:
    with pikepdf.open(BytesIO(render("zh", "en"))) as pdf:
        assert pdf.Root.Lang == "zh-CN"
        assert {str(each.Lang) for each in elements(pdf, "/Div") if "/Lang" in each} == {"zh-CN", "en-GB"}
        scopes = [str(each.A.Scope) for each in elements(pdf, "/TH")]
        assert set(scopes) == {"/Column", "/Row"} and scopes.count("/Row") == 44


def test_pictures_are_described_in_the_language_of_the_page(render: Render) -> None:
    with pikepdf.open(BytesIO(render("zh", "en"))) as pdf:
        described = [str(each.Alt) for each in elements(pdf, "/Figure")]
    assert len(described) == 3 and all(text.startswith("条形图") for text in described)


def test_it_says_what_it_is(render: Render) -> None:
    with pikepdf.open(BytesIO(render("zh", "en"))) as pdf, pdf.open_metadata() as xmp:
        assert xmp["dc:title"].startswith("伙伴城市") and xmp["xmp:CreateDate"].startswith("2025-12-31")
        assert list(xmp["dc:language"]) == ["zh-CN", "en-GB"] or set(xmp["dc:language"]) == {"zh-CN", "en-GB"}
        assert xmp["pdf:Keywords"] == "cities, award"
        assert xmp["pdfaid:part"] == "3" and xmp["pdfuaid:part"] == "1"


def test_its_data_is_inside_with_a_fixed_date_and_a_relation(render: Render) -> None:
    with pikepdf.open(BytesIO(render("zh"))) as pdf:
        attached = pdf.attachments["ledger.json"]
        assert attached.get_file().read_bytes() == b'{"facts": 1}'
        assert str(attached.obj.AFRelationship) == "/Data"
        assert "20251231" in str(attached.obj.EF.F.Params.ModDate)


def test_bookmarks_lead_through_one_language(render: Render) -> None:
    with pikepdf.open(BytesIO(render("zh", "en"))) as pdf, pdf.open_outline() as outline:
        titles = [str(child.title) for item in outline.root for child in (item, *item.children)]
    assert "International" not in " ".join(titles) and any("国际层次" in title for title in titles)


def squeezed(text: str) -> str:
    """Return a text without line ends, and without the spaces that stand beside Latin letters and figures."""
    text = re.sub(r" *\n", "", text.translate({0x2060: None, 0x2006: " "}))
    return re.sub(r"(?<=[!-~]) +| +(?=[!-~])", "", text)


@pytest.mark.parametrize("languages", [("zh", "en"), ("zh",)], ids="-".join)
def test_chinese_paragraphs_are_read_back_without_a_space_among_them(
    languages: tuple[str, ...], render: Render
) -> None:
    pages = pypdf.PdfReader(BytesIO(render(*languages))).pages
    read = squeezed("\n".join(page.extract_text() for page in pages))
    for statements in PROSE[:4]:
        for zh, _ in statements:
            assert squeezed(typeset(zh, chinese=True)) in read
    assert not re.search("[\u2060\ufeff\u200b]", read)


LEADING = 1.62  # of Chinese text, in ems


def lines(pdf: bytes, left: float, right: float, height: float) -> list[tuple[float, str]]:
    """Return the right edge and the text of each line of running text between two edges that another line follows.

    All in points; `height` is the distance of two lines. Words of other sizes (marks, labels) are left out.
    """
    xml = subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, check=True, capture_output=True).stdout.decode()
    found: list[tuple[float, str]] = []
    for page in xml.split("<page ")[1:]:
        rows: dict[float, list[tuple[float, float, str]]] = {}
        words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<', page)
        for start, top, end, bottom, text in words:
            if left - 1 < float(start) < right and abs(float(bottom) - float(top) - height / LEADING * 1.437) < 0.2:
                rows.setdefault(round(float(top), 1), []).append((float(start), float(end), text))
        for row in rows.values():
            row.sort()
            row[:] = row[
                : next((at for at, (one, two) in enumerate(pairwise(row), 1) if two[0] - one[1] > height), None)
            ]
        tops = sorted(top for top, row in rows.items() if min(row)[0] < left + 1)
        for top, following in pairwise(tops):
            if abs(following - top - height) < 0.3:
                found.append((max(end for _, end, _ in rows[top]), " ".join(text for _, _, text in rows[top])))
    return found


@pytest.mark.parametrize(
    ("languages", "left", "right", "size"),
    [(("zh",), 51.024, 544.252, 10.5), (("zh", "en"), 51.024, 263.622, 10.0)],
    ids=["zh", "zh-en"],
)
def test_justified_chinese_lines_reach_the_margin(
    languages: tuple[str, ...], left: float, right: float, size: float, render: Render
) -> None:
    found = lines(render(*languages), left, right, size * LEADING)
    short = [(round((right - edge) / size, 2), text) for edge, text in found if right - edge > 0.06 * size]
    assert len(found) > 30  # the sample has as many full lines, whatever its width
    assert [text for edge, text in found if edge >= right + 0.06 * size] == [], "a line sticks out"
    assert len(short) / len(found) < 0.02, short


@pytest.mark.parametrize("languages", [("zh", "en"), ("zh",)], ids="-".join)
def test_no_line_begins_with_a_mark_that_may_not(languages: tuple[str, ...], render: Render) -> None:
    pages = pypdf.PdfReader(BytesIO(render(*languages))).pages
    begun = [line for page in pages for line in page.extract_text().splitlines() if line.strip()[:1] in MAY_NOT_BEGIN]
    assert [line for line in begun if line.strip()] == []


def test_nothing_sticks_out_of_the_paper_margin(file: Path) -> None:
    page = poppler("pdftotext", "-bbox", file, "-")
    edges = [float(edge) for edge in re.findall(r'<word .*?xMax="([\d.]+)"', page)]
    assert max(edges) < (210 - 18) / 25.4 * 72 + 3


@pytest.mark.parametrize("more", [15, 24])
def test_a_first_page_that_is_too_long_goes_on_below_and_nothing_is_printed_on_the_line_at_its_foot(
    theme: Theme, fonts: Fonts, more: int
) -> None:
    brief = sample(rows=1)
    summary = brief.sections[0]
    longer = replace(summary, blocks=(*summary.blocks, *(paragraph(("一行字。", "One line.")) for _ in range(more))))
    html = compose_html(replace(brief, sections=(longer,)), ("en",), Design(theme, fonts, TEMPLATES))
    assert render_pdf(html, fonts, metadata("en")).startswith(b"%PDF")


def test_a_missing_glyph_stops_the_page(refused: Refused) -> None:
    assert "U+10330" in refused("<p>\U00010330</p>", style='p { font-family: "Source Serif 4" }')


def test_a_picture_without_a_description_stops_the_page(refused: Refused) -> None:
    svg = base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>').decode()
    assert "description" in refused(f'<img src="data:image/svg+xml;base64,{svg}">')


def test_style_that_is_not_understood_stops_the_page(refused: Refused) -> None:
    assert "colour" in refused("<p>x</p>", style="p { colour: red }")


def test_a_link_to_nowhere_stops_the_page(refused: Refused) -> None:
    assert "#nowhere" in refused('<p><a href="#nowhere">x</a></p>')


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/x.png", "file:///etc/hostname", "ftp://127.0.0.1/x", "templates/logo.svg"]
)
def test_nothing_outside_the_page_is_read(refused: Refused, address: str) -> None:
    said = refused(f'<img src="{address}" alt="x">')
    assert address in said and "a page reads no file and no network" in said


NEAR, FEW = "<p>One paragraph of words.</p>", "Some more words"
SHEET = '@page { size: A6; margin: 15mm } body { font: 12pt "Source Serif 4" } '
DISC = base64.b64encode(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'
).decode()
DRAWN = f'<img alt="x" style="width: 50px; height: 50px" src="data:image/svg+xml;base64,{DISC}">'


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            f'{NEAR}<p style="margin-top: -24px">Another below it.</p>',
            "'One paragraph of words.' overlaps 'Another below",
        ),
        (f'{NEAR}<p style="margin-top: -24px; border-top: 1px solid">x</p>', "words.' runs into a rule by"),
        (f'<p style="width: 3em; border: 1px solid; white-space: nowrap">{FEW}</p>', "runs into a rule by"),
        (f'<p style="width: 3em; background: #ddd; white-space: nowrap">{FEW}</p>', "runs out of its frame by"),
        (f'<p style="margin-right: -30px; text-align: right">{FEW}</p>', "runs into the margin by"),
        (f'<p style="position: absolute; margin: 0; top: -65px">{FEW}</p>', "runs off the page by"),
        (f'{DRAWN}<p style="margin-top: -40px">{FEW}</p>', "runs into a figure by"),
        (f'{DRAWN}<div style="margin-top: -40px">{DRAWN}</div>', "'a figure without words' runs into a figure by"),
        (f'<div style="margin-left: -40px">{DRAWN}</div>', "'a figure without words' runs into the margin by"),
        (f'<p style="width: 3em; overflow: hidden; white-space: nowrap">{FEW}</p>', "is cut off by"),
        (
            f'{NEAR}<div style="opacity: 0.5; margin: -24px 0 0 9px"><div style="opacity: 0.5">{FEW}</div></div>',
            "'One paragraph of words.' overlaps 'Some more words' by",
        ),
    ],
)
def test_a_text_that_cannot_be_read_where_it_stands_stops_the_page_and_is_found_in_print(
    refused: Refused, fonts: Fonts, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    refusal = refused(body, SHEET)
    assert refusal.startswith("page:1: '") and said in refusal
    monkeypatch.setattr("jianbao.render.pdf.render.ink_faults", lambda *_: [])
    html = f'<html lang="en"><head><title>t</title><style>{SHEET}</style></head><body>{body}</body></html>'
    found = [str(fault.problem()) for fault in ink_faults(render_pdf(html, fonts, metadata("en")))]
    # Only a build knows where the text of a page ends.
    assert found == ([] if "margin" in said else refusal.split("\n"))


@pytest.mark.parametrize(
    "body",
    [
        f"{NEAR}{NEAR}",
        '<p id="a"><u>under</u> <s>through</s> <a href="#a">a link</a> and a raised<sup>12</sup> mark</p>',
        '<p style="background: #ddd; border: 1px solid; padding: 1px">Words in a frame</p>',
        f'<body style="background: url(data:image/svg+xml;base64,{DISC})">{NEAR}',
        f'{NEAR}<div style="opacity: 0.5; margin-left: 9px">{FEW}<div style="opacity: 0.5">{FEW}</div>{DRAWN}</div>',
        f'<p style="overflow: hidden">{FEW}</p>{DRAWN}{DRAWN}',
    ],
)
def test_what_decorates_a_text_is_no_fault(fonts: Fonts, body: str) -> None:
    html = f'<html lang="en"><head><title>t</title><style>{SHEET}</style></head><body>{body}</body></html>'
    assert render_pdf(html, fonts, metadata("en"))
