"""The finished PDFs of this repository's own workspace, measured letter by letter."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import combinations, groupby, pairwise
from pathlib import Path

import pypdf
import pytest

from jianbao.review.quality.pdf_reader import PdfLetter, PdfPage, PdfText, bare, read_pdf
from tests.workspaces import Edition

pytestmark = pytest.mark.slow

MM = 72 / 25.4
PRODUCTS = ("brief.zh-en", "brief.zh", "brief.en", "onepage.zh", "onepage.en", "gongwen.zh")
BRIEFS = ("brief.zh-en", "brief.zh", "brief.en")
MARGINS = {"brief": (18, 18), "onepage": (14, 14), "gongwen": (28, 26)}  # mm, left and right
CHINESE = ("brief.zh-en", "brief.zh")
RUNNING, SMALLEST = "Noto-Serif-SC", 9.0  # face and least size in pt of running text
LEADING = (1.3, 2.0)  # em between the lines of a paragraph
FACES = ("Noto-Serif-SC", "Noto-Sans-SC", "LXGW-WenKai", "Source-Serif-4", "Source-Sans-3", "FangSong", "FandolFang")
MARK = re.compile(r"\[[E\d]")  # of a reference, raised beside its line
MAY_NOT_BEGIN = "，。、；：？！）》」』】〕〉”’％·～"
HAN = re.compile("[\u3400-\u9fff，。、；：？！（）《》“”]")
WORD = re.compile(r'<word xMin="([\d.]+)" .*?xMax="([\d.]+)" .*?>([^<]*)<')
LABEL = re.compile(r"<text [^>]*>([^<]{3,})</text>")
HANGING = 2.0  # pt by which the shoulder of a last letter may stand over the edge
TOLERANCE = 0.06  # em by which a justified line may miss the margin


@cache
def read(path: Path) -> PdfText:
    return read_pdf(path)


@pytest.fixture(params=PRODUCTS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def path(guangzhou: Edition, name: str) -> Path:
    return guangzhou.folder / f"{name}.pdf"


def letters(page: PdfPage) -> list[PdfLetter]:
    return [letter for line in page.lines for letter in line.letters if letter.text.strip()]


def paragraphs(printed: PdfText) -> Iterator[list[list[PdfLetter]]]:
    """Yield the lines of running Chinese text that begin at one left edge in one size, page by page."""
    for page in printed.pages:
        running = [each for each in letters(page) if each.font.startswith(RUNNING) and each.size > SMALLEST]
        running.sort(key=lambda each: (round(each.size, 1), round(each.top), each.left))
        lines = [list(line) for _, line in groupby(running, key=lambda each: (round(each.size, 1), round(each.top)))]
        for line in lines:
            line[:] = line[: next((at for at, pair in enumerate(pairwise(line), 1) if _parted(*pair)), len(line))]
        lines.sort(key=lambda line: (round(line[0].left), round(line[0].size, 1), line[0].top))
        for _, column in groupby(lines, key=lambda line: (round(line[0].left), round(line[0].size, 1))):
            yield list(column)


def _parted(one: PdfLetter, other: PdfLetter) -> bool:
    return other.left - one.right > 2 * one.size


def justified(printed: PdfText) -> Iterator[tuple[float, list[PdfLetter]]]:
    """Yield the lines that another line of the same paragraph follows, each with the right edge of its column."""
    for column in paragraphs(printed):
        edge = max(line[-1].right for line in column)
        for line, following in pairwise(column):
            step = (following[0].top - line[0].top) / line[0].size
            ends = (
                line[-1].text in "。）" and edge - line[-1].right > TOLERANCE * line[0].size
            )  # a paragraph's last line
            if LEADING[0] < step < LEADING[1] and HAN.search("".join(each.text for each in line)) and not ends:
                yield edge, line


@pytest.mark.parametrize("layout", CHINESE)
def test_justified_chinese_lines_reach_the_margin(guangzhou: Edition, layout: str) -> None:
    found = list(justified(read(guangzhou.folder / f"{layout}.pdf")))
    short = [
        "".join(each.text for each in line) for edge, line in found if edge - line[-1].right > TOLERANCE * line[0].size
    ]
    assert len(found) > 50
    assert len(short) < 0.02 * len(found), short


@pytest.mark.parametrize("layout", CHINESE)
def test_no_gap_between_chinese_characters_is_wider_than_a_tenth_of_an_em(guangzhou: Edition, layout: str) -> None:
    printed = read(guangzhou.folder / f"{layout}.pdf")
    wide = [
        f"{one.text}{other.text} {(other.left - one.right) / one.size:.2f}"
        for page in printed.pages
        for line in page.lines
        for one, other in pairwise(line.letters)
        if one.font.startswith(RUNNING) and HAN.match(one.text) and HAN.match(other.text)
        if other.left - one.right > 0.1 * one.size
    ]
    assert wide == []


def test_no_line_begins_with_a_mark_that_may_not(path: Path) -> None:
    texts = [page.extract_text() for page in pypdf.PdfReader(path).pages]
    assert [line for text in texts for line in text.splitlines() if line.strip()[:1] in (*MAY_NOT_BEGIN,)] == []


@pytest.mark.validators
def test_nothing_stands_outside_the_type_area(path: Path, name: str) -> None:
    first, last = (edge * MM for edge in MARGINS[name.partition(".")[0]])
    read_back = subprocess.run(["pdftotext", "-bbox", path, "-"], check=True, capture_output=True, text=True).stdout
    words = [(float(left), float(right), text) for left, right, text in WORD.findall(read_back)]
    assert len(words) > 50
    outside = [each for each in words if each[0] < first - HANGING or each[1] > 210 * MM - last + HANGING]
    assert outside == []


def test_no_letter_stands_outside_the_type_area_in_a_browser(path: Path, name: str) -> None:
    first, last = (edge * MM for edge in MARGINS[name.partition(".")[0]])
    shown = [letter for page in read(path).pages for letter in letters(page)]
    assert len(shown) > 500
    outside = [each for each in shown if each.left < first - HANGING or each.right > 210 * MM - last + HANGING]
    assert outside == []


def before_references(printed: PdfText, edition: Edition) -> Iterator[PdfPage]:
    """Yield the pages before the references: the tables of the annexes have the same words, set smaller."""
    heads = {edition.brief.words["references"].text(language) for language in edition.brief.languages}
    for page in printed.pages:
        if any(line.text in heads and line.size > SMALLEST for line in page.lines):
            return
        yield page


@pytest.mark.parametrize("layout", BRIEFS)
def test_no_letter_of_a_figure_is_smaller_than_seven_points(guangzhou: Edition, layout: str) -> None:
    drawn = [block.figure for block in guangzhou.brief.blocks() if block.figure]
    labels = {
        bare(label)
        for figure in drawn
        for language in layout.partition(".")[2].split("-")
        for label in LABEL.findall(figure.pictures[language].svg.decode())
    }
    sizes = [
        (line.text, round(line.size, 2))
        for page in before_references(read(guangzhou.folder / f"{layout}.pdf"), guangzhou)
        for line in page.lines
        if bare(line.text) in labels
    ]
    assert len(sizes) > 20
    assert [found for found in sizes if found[1] < 7] == []


@pytest.mark.parametrize(
    ("layout", "intro", "first"),
    [
        ("brief.zh", "后两项一并核补：", "颁奖之后："),
        ("brief.en", "concern numbers and entries:", "After the prize: for"),
    ],
)
def test_a_list_begins_on_the_page_of_the_words_that_lead_into_it(
    guangzhou: Edition, layout: str, intro: str, first: str
) -> None:
    pages = [bare("".join(line.text for line in page.lines)) for page in read(guangzhou.folder / f"{layout}.pdf").pages]
    begun = [number for number, text in enumerate(pages) if bare(intro) in text]
    assert len(begun) == 1 and bare(first) in pages[begun[0]].partition(bare(intro))[2]


def test_a_paragraph_begins_on_one_page_in_both_languages(guangzhou: Edition) -> None:
    pages = [bare("".join(line.text for line in page.lines)) for page in read(guangzhou.pdf("zh-en")).pages]
    paragraphs = [each for section in guangzhou.brief.sections for each in section.blocks if each.kind == "paragraph"]
    begun = {
        block.id: [
            max(number for number, text in enumerate(pages) if bare(block.statements[0].text(each))[:14] in text)
            for each in ("zh", "en")
        ]
        for block in paragraphs
    }
    assert len(begun) > 8
    assert {name: places for name, places in begun.items() if len(set(places)) > 1} == {}


def test_every_letter_is_of_a_face_on_the_list(path: Path) -> None:
    found = Counter(each.font for page in read(path).pages for each in letters(page))
    assert found and {font for font in found if not font.startswith(FACES)} == set()


def test_every_file_is_small_enough_to_send(path: Path) -> None:
    assert path.stat().st_size < 1_500_000


@pytest.mark.parametrize("layout", BRIEFS)
def test_no_line_of_the_first_page_stands_over_another(guangzhou: Edition, layout: str) -> None:
    lines = [line for line in read(guangzhou.folder / f"{layout}.pdf").pages[0].lines if line.text.strip()]
    over = [
        (one.text, other.text)
        for one, other in combinations(lines, 2)
        if 0.5 < abs(one.top - other.top) < 0.7 * min(one.size, other.size)
        if one.letters[0].left < other.letters[-1].right - HANGING
        if other.letters[0].left < one.letters[-1].right - HANGING
        if not MARK.match(one.text) and not MARK.match(other.text)
    ]
    assert over == []
