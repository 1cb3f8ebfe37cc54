"""The official document in Word: the parts, the order and the measures of GB/T 9704-2012."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn

from jianbao.render.word.official_document import heading_number
from tests.product.official.conftest import made, official
from tests.render.test_word_package import misplaced, parts
from tests.workspaces import amend

PRODUCTS = "products: [onepage.zh.pdf, onepage.en.pdf, gongwen.zh.pdf, gongwen.en.pdf]"


def written(folder: Path, *, office: bool) -> Path:
    """Return the document of the invented city in Word, of an office that gives everything or of none."""
    root = official(folder / "letters")
    amend(root, "templates/outline.yml", PRODUCTS, "products: [gongwen.zh.docx]")
    if not office:
        (root / "data/delivery.yml").unlink()
    return made(root) / "gongwen.zh.docx"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an office that gives everything to its letter."""
    return written(tmp_path_factory.mktemp("given"), office=True)


@pytest.fixture(scope="module")
def letter(file: Path) -> WordDocument:
    """Return the document of an office that gives everything to its letter."""
    return Document(str(file))


def styled(document: WordDocument) -> list[tuple[str, str]]:
    """Return the style and the text of each paragraph outside tables."""
    return [(each.style.style_id, each.text) for each in document.paragraphs if each.style is not None]


def test_the_parts_of_the_head_are_in_the_order_of_the_standard(letter: WordDocument) -> None:
    head = styled(letter)[:7]
    assert [text for style, text in head if style == "OfficialMark"] == ["000042", "内部", "加急"]
    assert head[3] == ("OfficialOffice", "灯笼行会文件")
    assert head[4] == ("OfficialSigned", "灯行〔2031〕7号\t签发人：奎隆")
    assert head[5][0] == "OfficialTitle" and head[5][1].splitlines() == ["关于塔恩港", "友城情况的报告"]
    assert head[6][0] == "OfficialAddressee" and head[6][1].endswith("：")


def test_headings_and_items_have_the_numbers_of_the_standard(letter: WordDocument) -> None:
    numbered = [text for style, text in styled(letter) if style in ("OfficialHeading1", "OfficialHeading2")]
    assert numbered[0].startswith("一、")
    assert [heading_number(level, 11, chinese=True) for level in range(3)] == ["十一、", "（十一）", "11."]
    assert [heading_number(level, 4, chinese=False) for level in range(3)] == ["IV. ", "(4) ", "4. "]


def test_the_signature_the_remark_and_the_last_block_close_the_document(letter: WordDocument) -> None:
    found = styled(letter)
    assert ("OfficialDay", "2031年7月4日") in found and ("OfficialText", "（此件公开）") in found
    copies, issued = [text for style, text in found if style == "OfficialColophon"]
    assert copies.startswith("\t抄送：") and copies.endswith("。")
    assert issued == "\t灯笼行会\t2031年7月5日印发" and found[-1] == ("OfficialColophon", issued)


def test_the_name_of_the_office_is_centred_over_the_day_of_its_signature(letter: WordDocument) -> None:
    signed = next(each for each in letter.paragraphs if each.style is not None and each.style.style_id == "OfficialBy")
    # 4 characters from the margin to the day of 6; the name of 4 begins and ends 1 character inside it.
    indent = signed.paragraph_format.right_indent
    assert indent is not None and indent.pt == pytest.approx((4 + (6 - 4) / 2) * 15.75, abs=0.1)


def test_each_annex_begins_a_page_with_a_framed_table_as_wide_as_the_type_area(letter: WordDocument) -> None:
    enclosed = [text for style, text in styled(letter) if style.startswith("OfficialEnclosed")]
    annexes = [text for style, text in styled(letter) if style == "OfficialAnnexTitle"]
    assert len(annexes) >= 1 and enclosed[-1] == f"{len(annexes) + 1}.灯笼行会年报", "what goes with it comes last"
    assert all(title in said for title, said in zip(annexes, enclosed, strict=False))
    assert letter.styles["Official Annex"].element.find(f".//{qn('w:pageBreakBefore')}") is not None
    for table in letter.tables:
        assert table.style is not None and table.style.style_id == "OfficialTable"
        widths = [int(column.get(qn("w:w")) or 0) for column in table._tbl.tblGrid.gridCol_lst]
        assert sum(widths) == pytest.approx(156 / 25.4 * 1440, abs=10)


def test_a_page_has_the_margins_of_the_standard_and_its_number_at_the_outer_side(letter: WordDocument) -> None:
    section = letter.sections[0]
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(each.mm) for each in margins if each is not None] == [37, 35, 28, 26]
    assert letter.settings.odd_and_even_pages_header_footer
    odd, even = section.footer.paragraphs[0], section.even_page_footer.paragraphs[0]
    assert odd.text == even.text == "— 1 —"
    assert odd.style is not None and even.style is not None
    assert (odd.style.style_id, even.style.style_id) == ("OfficialFootOdd", "OfficialFootEven")


def test_a_line_is_28_95_points_so_that_22_fit_the_type_area(letter: WordDocument) -> None:
    spacing = letter.styles["Official Text"].element.find(f".//{qn('w:spacing')}")
    assert spacing is not None and int(spacing.get(qn("w:line"))) / 20 * 22 <= 225 / 25.4 * 72


def test_an_office_that_gives_nothing_is_marked_as_a_specimen_in_word_too(tmp_path: Path) -> None:
    found = styled(Document(str(written(tmp_path, office=False))))
    assert found[0] == ("OfficialOffice", "样张")
    assert ("OfficialBy", "样张") in found and found[-1] == ("OfficialColophon", "\t样张")
    assert not [text for style, text in found if style in ("OfficialDay", "OfficialMark")]


def test_every_element_stands_where_the_schema_wants_it(file: Path) -> None:
    with ZipFile(file) as package:
        assert {part: found for part, root in parts(package).items() if (found := [*misplaced(root)])} == {}
