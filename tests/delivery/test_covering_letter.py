"""The covering letter is an official document with the office's own values, and with none of another document."""

from pathlib import Path

import pypdf
import pytest

from tests.delivery.test_package import packed  # noqa: F401
from tests.validators.verapdf import CONFORMING, judge
from tests.workspaces import amend, run

pytestmark = pytest.mark.slow


def text_of_pdf(pdf: Path) -> str:
    return "".join(page.extract_text() for page in pypdf.PdfReader(pdf).pages).replace("\u2006", "").replace(" ", "")


def letter(root: Path, language: str = "zh") -> Path:
    import zipfile

    assert run("package", "midsummer", root).code == 0
    with zipfile.ZipFile(root / "output/midsummer.zip") as whole:
        whole.extract(f"letter.{language}.pdf", root)
    return root / f"letter.{language}.pdf"


def test_the_letter_bears_the_office_and_lists_what_is_sent(root: Path) -> None:
    text = text_of_pdf(letter(root))
    for part in (
        "灯笼行会文件",
        "关于报送2031年度",
        "港务议会：",
        "附件：资料包清单",
        "2031年7月4日",
        "数据表（CSV）data/",
    ):
        assert part in text


def test_the_number_of_the_report_is_not_that_of_the_letter(root: Path) -> None:
    text = text_of_pdf(letter(root))
    assert "〔2031〕7号" not in text and "000042" not in text and "样张" in text


def test_the_letter_has_its_own_number_where_the_office_gives_one(root: Path) -> None:
    book = root / "data/delivery.yml"
    book.write_text(book.read_text("utf-8") + "covering: {number: {zh: 灯行〔2031〕8号, en: Lantern 8}}\n", "utf-8")
    assert "灯行〔2031〕8号" in text_of_pdf(letter(root))


@pytest.mark.parametrize(
    ("to", "title", "closing"),
    [
        ("superior", "关于呈报2031年度", "特此报告。"),
        ("subordinate", "关于印发2031年度", "请结合工作参阅。"),
        ("equal", "关于函送2031年度", "请查收"),
        ("", "关于报送2031年度", "请审阅。"),
    ],
)
def test_the_form_of_the_letter_is_that_for_the_standing_of_its_recipient(
    root: Path, to: str, title: str, closing: str
) -> None:
    book = root / "data/delivery.yml"
    book.write_text(book.read_text("utf-8") + (f"covering: {{to: {to}}}\n" if to else ""), "utf-8")
    (root / "templates/wording/covering.yml").unlink()  # the built-in words
    amend(root, "output/midsummer/manifest.json", "templates/wording/covering.yml", "data/delivery.yml")
    text = text_of_pdf(letter(root))
    assert title in text and closing in text and "jianbaoverify" not in text


def test_how_a_recipient_stands_is_one_of_three_words(root: Path) -> None:
    book = root / "data/delivery.yml"
    book.write_text(book.read_text("utf-8") + "covering: {to: boss}\n", "utf-8")
    assert "'boss'" in run("check", root).err


def test_a_fault_of_the_letter_is_named_with_its_line_once(root: Path) -> None:
    amend(root, "data/delivery.yml", "dated: 2031-07-04", "dated: July")
    book = root / "data/delivery.yml"
    book.write_text(book.read_text("utf-8") + "covering:\n  number: 灯行[2031]08号\n", "utf-8")
    lines = book.read_text("utf-8").splitlines()
    err = run("check", root).err
    assert err.count("'July' is not a day") == 1
    assert f"data/delivery.yml:{lines.index('  number: 灯行[2031]08号') + 1}: '灯行[2031]08号'" in err


def test_an_office_whose_name_is_longer_than_a_line_signs_on_two(root: Path) -> None:
    long = "Guild of the Lanterns, Foreign Affairs Office of the Municipal Government of Tarnhaven"
    amend(root, "data/names.csv", "灯笼行会,Lantern Guild", f'灯笼行会,"{long}"')
    assert run("build", root, "--output", root / "output").code == 0
    assert text_of_pdf(letter(root, "en")).replace("\n", "").count(long.replace(" ", "")) >= 1


def test_without_an_office_the_letter_is_a_specimen(root: Path) -> None:
    (root / "data/delivery.yml").unlink()
    assert text_of_pdf(letter(root)).count("样张") >= 3


@pytest.mark.validators
def test_the_letter_is_archival_and_accessible(root: Path) -> None:
    assert judge(letter(root)) == CONFORMING
