"""The official document, measured on its finished pages against GB/T 9704-2012."""

import re
import subprocess
from functools import lru_cache
from pathlib import Path

import numpy as np
import pypdf
import pytest

from jianbao.brief.outline import Product
from jianbao.render.product import render_product
from tests.pdf_text import pages
from tests.product.official.conftest import Desk
from tests.validators.verapdf import CONFORMING, judge
from tests.workspaces import amend, run

DOTS = 10  # a millimetre
TOP, LEFT, WIDTH, HEIGHT = 37.0, 28.0, 156.0, 225.0
BOTTOM, RIGHT = TOP + HEIGHT, LEFT + WIDTH
LINE = 10.227
POINT = 25.4 / 72


@lru_cache(maxsize=2)  # a page is twenty megabytes
def drawn(path: Path, number: int) -> np.ndarray:
    """Return a page as dots of red, green and blue, ten a millimetre."""
    command = ["pdftoppm", "-r", f"{25.4 * DOTS}", "-f", f"{number}", "-l", f"{number}", path]
    made = subprocess.run([*map(str, command)], check=True, capture_output=True).stdout
    _, width, height = made.split(maxsplit=4)[:3]
    dots = np.frombuffer(made, np.uint8, offset=len(made) - int(width) * int(height) * 3)
    return dots.reshape(int(height), int(width), 3)


def ink(dots: np.ndarray) -> np.ndarray:
    """Return where there is black ink."""
    return np.asarray(dots.max(axis=2) < 128)


def red(dots: np.ndarray) -> np.ndarray:
    """Return where there is red ink."""
    return (dots[..., 0] > 200) & (dots[..., 1] < 120) & (dots[..., 2] < 120)


def ends(marked: np.ndarray) -> tuple[float, float, float, float]:
    """Return the left, top, right and lower edge of what is marked, in mm."""
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    return columns[0] / DOTS, rows[0] / DOTS, (columns[-1] + 1) / DOTS, (rows[-1] + 1) / DOTS


def lines(path: Path, number: int) -> dict[float, str]:
    """Return the text of each line of a page by the height of its baseline in mm from above, page numbers left out."""
    page = pypdf.PdfReader(path).pages[number - 1]
    found: dict[float, str] = {}

    def visit(text: str, outer: list[float], inner: list[float], *_: object) -> None:
        height = round((float(page.mediabox.height) - inner[5] * outer[3] - outer[5]) * POINT, 1)
        if text.strip() and height < BOTTOM:
            found[height] = found.get(height, "") + text.strip()

    page.extract_text(visitor_text=visit)
    return dict(sorted(found.items()))


def test_a_full_page_has_22_lines_of_28_characters(given: Path) -> None:
    found = lines(given / "gongwen.zh.pdf", 2)
    assert [len(text) for text in found.values()] == [28] * 22
    steps = np.diff(list(found))
    assert np.abs(steps - LINE).max() < 0.11
    assert max(found) - min(found) == pytest.approx(21 * LINE, abs=0.11)


def test_a_full_page_fills_the_type_area_and_no_more(given: Path) -> None:
    dots = ink(drawn(given / "gongwen.zh.pdf", 2))
    left, top, right, bottom = ends(dots[: int(BOTTOM * DOTS)])
    assert (left, right) == pytest.approx((LEFT, RIGHT), abs=0.6)
    assert TOP < top < TOP + LINE / 2 and BOTTOM - LINE / 2 < bottom < BOTTOM


def test_the_red_name_begins_35_mm_below_the_top_of_the_type_area_on_one_line(given: Path) -> None:
    mask = red(drawn(given / "gongwen.zh.pdf", 1))
    rows = np.flatnonzero(mask.any(axis=1)) / DOTS
    name = rows[: np.flatnonzero(np.diff(rows) > 5)[0] + 1]
    assert name[0] == pytest.approx(TOP + 35, abs=1.5)
    assert name[-1] - name[0] < 16
    left, _, right, _ = ends(mask[: int((name[-1] + 1) * DOTS)])
    assert (left + right) / 2 == pytest.approx(LEFT + WIDTH / 2, abs=0.5) and left > LEFT


def test_the_red_rule_is_as_wide_as_the_type_area_4_mm_below_the_number(given: Path) -> None:
    dots = drawn(given / "gongwen.zh.pdf", 1)
    whole = np.flatnonzero(red(dots).sum(axis=1) > 0.9 * WIDTH * DOTS)
    left, _, right, _ = ends(red(dots)[whole])
    assert (left, right) == pytest.approx((LEFT, RIGHT), abs=0.15)
    number = np.flatnonzero(ink(dots)[: whole[0]].any(axis=1))[-1]
    assert (whole[0] - number) / DOTS == pytest.approx(4, abs=0.8)


def test_serial_number_classification_and_urgency_stand_above_each_other_in_that_order(given: Path) -> None:
    first = list(lines(given / "gongwen.zh.pdf", 1).values())
    assert first[:3] == ["000042", "内部", "加急"]


def test_the_title_is_broken_where_its_writer_broke_it_two_lines_below_the_rule(given: Path) -> None:
    path = given / "gongwen.zh.pdf"
    found = {text: height for height, text in lines(path, 1).items()}
    assert {"关于塔恩港", "友城情况的报告"} <= set(found)
    rule = np.flatnonzero(red(drawn(path, 1)).sum(axis=1) > 0.9 * WIDTH * DOTS)[-1] / DOTS
    assert 2 * LINE < found["关于塔恩港"] - rule < 3 * LINE
    assert pypdf.PdfReader(path).metadata.title == "关于塔恩港友城情况的报告"  # type: ignore[union-attr]


def test_the_levels_are_numbered_as_official_documents_number_them(given: Path) -> None:
    text = "".join("".join(lines(given / "gongwen.zh.pdf", page).values()) for page in (1, 2, 3))
    for begun in (
        "一、友城情况",
        "（一）三角洲",
        "1.三角洲友城",
        "2.来客少于从前",
        "二、建议",
        "（一）结交三角洲友城",
    ):
        assert begun in text


def test_each_level_has_its_face(given: Path) -> None:
    fonts = subprocess.run(["pdffonts", given / "gongwen.zh.pdf"], check=True, capture_output=True, text=True).stdout
    for face in ("FangSong", "Noto-Sans-SC", "LXGW-WenKai", "Noto-Serif-SC-Bold"):
        assert face in fonts


@pytest.mark.parametrize("number", [1, 2])
def test_the_page_number_is_7_mm_below_the_type_area_a_character_from_the_outer_edge(given: Path, number: int) -> None:
    dots = ink(drawn(given / "gongwen.zh.pdf", number))[int((BOTTOM + 1) * DOTS) :]
    left, top, right, bottom = ends(dots)
    character = 14 * POINT
    edge = right if number % 2 else left
    assert edge == pytest.approx(RIGHT - character if number % 2 else LEFT + character, abs=0.6)
    dash = np.flatnonzero(dots.sum(axis=1) > 5 * DOTS)
    assert BOTTOM + 1 + dash.mean() / DOTS == pytest.approx(BOTTOM + 7, abs=0.5)
    assert top < dash[0] / DOTS and bottom - top < 4


def test_the_last_rule_lies_on_the_lower_edge_of_the_type_area_of_the_last_page(given: Path) -> None:
    path = given / "gongwen.zh.pdf"
    last = len(pages(path))
    dots = ink(drawn(path, last))
    rules = np.flatnonzero(dots.sum(axis=1) > 0.95 * WIDTH * DOTS)
    rules = rules[rules > (BOTTOM - 3 * LINE) * DOTS]
    assert (rules[-1] + 1) / DOTS == pytest.approx(BOTTOM, abs=0.15)
    left, _, right, _ = ends(dots[rules])
    assert (left, right) == pytest.approx((LEFT, RIGHT), abs=0.15)
    thick = [len(rule) for rule in np.split(rules, np.flatnonzero(np.diff(rules) > 1) + 1)]
    assert len(thick) == 3 and thick[0] >= thick[1] and thick[2] >= thick[1]
    assert "抄送：灯笼行会，港务议会。" in pages(path)[-1] and "印发" in pages(path)[-1]


def test_the_day_of_printing_stands_below_the_name_of_an_office_that_leaves_it_no_room(letters: Path) -> None:
    name = "Bureau of the External Matters of the Lantern Guild"
    amend(letters, "data/names.csv", "灯笼行会,Lantern Guild", f"灯笼行会,{name}")
    output = letters / "output"
    done = run("build", letters, "--template", "gongwen", "--lang", "en", "--output", output)
    assert done.code == 0, done.err
    path = output / "midsummer/gongwen.en.pdf"
    placed = {text.replace(" ", ""): at for at, text in lines(path, len(pages(path))).items()}
    office, day = placed[name.replace(" ", "")], placed["Issued5July2031"]
    assert day == pytest.approx(office + 9.6, abs=0.3)


def test_the_day_ends_four_characters_from_the_margin_and_the_office_stands_over_it(given: Path) -> None:
    path = given / "gongwen.zh.pdf"
    number = next(
        page for page in range(1, 9) if "2031 年 7 月 4 日" in "".join(pages(path)[page - 1]).replace("\u2006", " ")
    )
    heights = list(lines(path, number))
    texts = list(lines(path, number).values())
    day = next(place for place, text in enumerate(texts) if text.startswith("2031"))
    dots = ink(drawn(path, number))
    band = dots[int((heights[day] - 5) * DOTS) : int((heights[day] + 1) * DOTS)]
    assert ends(band)[2] == pytest.approx(RIGHT - 4 * 15.75 * POINT, abs=1.7)  # a character has white at its side
    above = ends(dots[int((heights[day - 1] - 5) * DOTS) : int((heights[day - 1] + 1) * DOTS)])
    assert (above[0] + above[2]) / 2 == pytest.approx((ends(band)[0] + ends(band)[2]) / 2, abs=1)


def test_tables_and_figures_are_annexes_each_on_a_page_of_its_own(given: Path) -> None:
    path = given / "gongwen.zh.pdf"
    texts = [list(lines(path, page).values()) for page in range(3, len(pages(path)) + 1)]
    assert [page[0] for page in texts if page and page[0].startswith("附件")] == ["附件1", "附件2", "附件3"]
    listed = "".join("".join(page) for page in texts if "附件：" in "".join(page))
    assert "附件：1.得分2.指标3.友城逐年增加" in listed.replace(" ", "")


def test_nothing_but_the_page_number_is_outside_the_type_area(given: Path) -> None:
    for name in ("gongwen.zh.pdf", "gongwen.en.pdf"):
        for number in range(1, len(pages(given / name)) + 1):
            dots = drawn(given / name, number).min(axis=2) < 200
            dots[int((BOTTOM + 1) * DOTS) :] = False
            left, top, right, bottom = ends(dots)
            assert left > LEFT - 0.3 and right < RIGHT + 0.3, (name, number)
            assert top > TOP - 0.3 and bottom < BOTTOM + 0.3, (name, number)


def test_what_no_office_has_given_is_marked_as_a_specimen_and_not_made_up(unsigned: Path) -> None:
    first = list(lines(unsigned / "gongwen.zh.pdf", 1).values())
    assert first[0] == "样张" and first[1] != "样张", "it says so once in its head"
    text = "".join(pages(unsigned / "gongwen.zh.pdf"))
    assert "港务议会：" in text
    assert not [word for word in ("〔", "签发", "抄送", "印发", "内部", "加急") if word in text]
    assert not re.search(r"\d号", text)
    assert (unsigned / "gongwen.en.pdf").is_file()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name: Lantern Guild", "name: Lantern Gild", "delivery.yml:3: 'Lantern Gild' is no id of the name table"),
        ("灯行〔2031〕7号", "灯行（2031）7号", "tortoise-shell brackets"),
        ("灯行〔2031〕7号", "灯行〔2031〕07号", "the number begins with 0"),
        ("dated: 2031-07-04", "dated: 4 July", "'4 July' is not a day"),
        ("printed: 2031-07-05", "printed: 2031-07-03", "printed before the day on which it is signed"),
        ("zh: 内部, en: Internal", "zh: 内部", "'en' is missing"),
        ("copies: [Lantern Guild", "copies: [Lantern Gild", "'Lantern Gild' is no id of the name table"),
        ("urgency:", "urgent:", "'urgent' is not known here"),
    ],
)
def test_a_fault_in_what_the_office_gives_is_named(letters: Path, old: str, new: str, said: str) -> None:
    amend(letters, "data/delivery.yml", old, new)
    done = run("check", letters)
    assert done.code == 4 and said in done.err, done.err


@pytest.fixture(scope="module")
def report(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the official report of this repository's own workspace, in Chinese."""
    product = Product("gongwen", ("zh",))
    path = tmp_path_factory.mktemp("report") / product.name
    path.write_bytes(render_product(desk.job(product)))
    return path


def test_no_paragraph_of_the_report_ends_in_a_line_of_one_character(report: Path) -> None:
    marks = re.compile(r"[\s\u2006，。；：、（）《》“”]")
    ended = [text for page in range(1, len(pages(report)) + 1) for text in lines(report, page).values()]
    assert [text for text in ended if text.endswith("。") and len(marks.sub("", text)) < 2] == []


def test_every_page_of_the_report_but_its_last_is_full(report: Path) -> None:
    begun = lines(report, 1)
    assert max(begun) > BOTTOM - LINE
    for page in range(2, len(pages(report)) - 1):
        assert len(lines(report, page)) >= 21, page  # of 22: a heading stays with the lines that follow it


def test_the_signature_does_not_stand_on_a_page_without_text(report: Path) -> None:
    signed = next(
        page for page in range(2, len(pages(report)) + 1) if "附件：" in "".join(lines(report, page).values())
    )
    assert "特此报告。" in "".join(lines(report, signed).values())


@pytest.mark.slow
def test_the_title_as_it_is_broken_is_the_title_of_the_report(desk: Desk) -> None:
    brief = desk.brief("gongwen")
    for language, between in (("zh", ""), ("en", " ")):
        heading = brief.words["page.heading"].text(language).replace("｜", between)
        assert heading == brief.title.text(language)


@pytest.mark.validators
@pytest.mark.parametrize("name", ["gongwen.zh", "gongwen.en", "onepage.zh", "onepage.en"])
def test_it_is_archival_and_accessible(given: Path, name: str) -> None:
    assert judge(given / f"{name}.pdf") == CONFORMING
