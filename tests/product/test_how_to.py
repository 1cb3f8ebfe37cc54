"""The page of how-tos, step by step: each block is applied to the file named before it, and has its effect."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from jianbao.render.fonts.registry import read_fonts
from tests import page_steps
from tests.pdf_text import embedded, pages
from tests.repository.tree import ROOT
from tests.workspaces import run

HOW_TO = ROOT / "docs" / "how-to.md"
CHINESE = ROOT / "docs" / "how-to.zh-CN.md"
LAST = {HOW_TO: "Another language", CHINESE: "增加一种语言"}  # asks for translations
FONTS = ("A font of your own", "使用自己的字体")


@pytest.fixture(scope="module")
def lyon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the workspace after all steps but the last, which asks for translations, with its edition."""
    folder = tmp_path_factory.mktemp("how_to") / "lyon"
    begin(folder)
    take(folder)
    done = run("build", folder, "--lang", "en", "--lang", "fr")
    assert done.code == 0, done.err
    return folder


def begin(folder: Path, page: Path = HOW_TO) -> None:
    """Type the first command of a page, which makes the workspace."""
    first = next(step for step in page_steps.steps(page) if step.language == "sh")
    words = shlex.split(first.text.split("\n")[0])
    done = run("new", folder, *words[3:])
    assert done.code == 0, done.err


def take(folder: Path, page: Path = HOW_TO) -> None:
    """Take all steps of a page but the last, which asks for translations."""
    for step in page_steps.steps(page):
        if step.heading in FONTS:
            bring_fonts(folder / "templates" / "fonts")
        if step.language != "sh" and step.heading != LAST[page]:
            page_steps.take(step, folder)


def bring_fonts(folder: Path) -> None:
    """Put the files there that the guide names, as an office would."""
    folder.mkdir(exist_ok=True)
    for name, weight in (("TownSerif.ttf", 400), ("TownSerif-Bold.ttf", 700)):
        shutil.copy(read_fonts().path("Source Serif 4", weight), folder / name)


def text(folder: Path, product: str) -> str:
    printed = "\n".join(pages(folder / "output" / "2025" / product))
    return re.sub(r"\s+", " ", printed)


@pytest.mark.slow
def test_the_colour_is_on_the_page_and_in_the_figure(lyon: Path) -> None:
    accent, glass = (138, 21, 56), (241, 223, 227)  # of a draft's wash
    assert colours(lyon / "output" / "2025" / "brief.en.pdf") >= {accent, glass}


def colours(file: Path) -> set[tuple[int, ...]]:
    """Return the colours that a PDF fills with."""
    import pikepdf

    with pikepdf.open(file) as opened:
        drawn = b"".join(
            thing.read_bytes()
            for thing in opened.objects
            if isinstance(thing, pikepdf.Stream) and "/Length1" not in thing
        )
    found = re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) rg", drawn)
    return {tuple(round(float(part) * 255) for part in colour) for colour in found}


@pytest.mark.slow
def test_the_logo_stands_on_the_first_page_with_its_description(lyon: Path) -> None:
    import pikepdf

    with pikepdf.open(lyon / "output" / "2025" / "brief.fr.pdf") as opened:
        descriptions = [
            str(each["/Alt"]) for each in opened.objects if isinstance(each, pikepdf.Dictionary) and "/Alt" in each
        ]
    assert "Emblème de la Ville de Lyon" in descriptions


@pytest.mark.slow
def test_the_text_is_set_in_the_font_of_the_office_and_in_no_other_serif(lyon: Path) -> None:
    for product in ("brief.en.pdf", "brief.fr.pdf"):
        names = embedded(lyon / "output" / "2025" / product)
        assert any(name.startswith("Town-Serif") for name in names)
        assert not any(name.startswith("Source-Serif-4") for name in names)


@pytest.mark.slow
def test_the_heading_and_the_sentence_are_as_they_were_written(lyon: Path) -> None:
    english, french = text(lyon, "brief.en.pdf"), text(lyon, "brief.fr.pdf")
    assert "Partners near and far" in english and "The network of partners" not in english
    assert "Partners met on 35 occasions" in english and "à 35 reprises" in french


@pytest.mark.slow
def test_the_two_sections_have_changed_places_and_numbers(lyon: Path) -> None:
    assert re.search(r"1 +Exchange.*2 +Partners near and far", text(lyon, "brief.en.pdf"))


@pytest.mark.slow
def test_the_block_that_was_overridden_is_gone_and_the_others_stand(lyon: Path) -> None:
    english = text(lyon, "brief.en.pdf")
    assert "Contents" not in english and "References" in english and "Facts used" in english


@pytest.mark.slow
def test_the_new_template_is_a_product_of_one_page_and_its_references(lyon: Path) -> None:
    leaflet = text(lyon, "leaflet.fr.pdf")
    assert "Gagner des partenaires au sud" in leaflet and "rencontrés" not in leaflet
    assert len(pages(lyon / "output" / "2025" / "leaflet.fr.pdf")) <= 2


@pytest.mark.slow
def test_the_new_column_is_in_a_sentence_and_the_new_figure_below_it(lyon: Path) -> None:
    english = text(lyon, "brief.en.pdf")
    assert "Peoplewhotookpartnumbered380." in english.replace(" ", "") and "Visits year by year" in english
    assert "Les participants ont été 380" in text(lyon, "brief.fr.pdf")


@pytest.mark.slow
def test_the_new_unit_is_in_a_sentence_and_the_new_figure_counts_money(lyon: Path) -> None:
    said = text(lyon, "brief.en.pdf")
    assert "The port handled 950,000 TEU." in said and "Value of goods year by year" in said


@pytest.mark.slow
def test_the_new_indicator_is_scored_and_the_new_measure_proposed(lyon: Path) -> None:
    english = text(lyon, "brief.en.pdf")
    assert "It measures how many people" in english and "Open the visits to schools" in english


@pytest.mark.slow
def test_the_paper_is_letter(lyon: Path) -> None:
    from pypdf import PdfReader

    box = PdfReader(lyon / "output" / "2025" / "brief.en.pdf").pages[0].mediabox
    assert (round(box.width), round(box.height)) == (612, 792)


@pytest.mark.parametrize("page", LAST, ids=["en", "zh"])
def test_no_step_leaves_a_problem(page: Path, tmp_path: Path) -> None:
    begin(tmp_path / "lyon", page)
    take(tmp_path / "lyon", page)
    done = run("check", tmp_path / "lyon")
    assert done.code == 0 and done.out == "No problems.\n", done.err


def test_both_languages_have_the_same_sections_and_files() -> None:
    english, chinese = ([(step.file, step.language) for step in page_steps.steps(page)] for page in LAST)
    assert english == chinese


@pytest.mark.parametrize("page", LAST, ids=["en", "zh"])
def test_a_language_that_is_declared_is_asked_for_text_by_text(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lyon"
    begin(folder, page)
    (step,) = [step for step in page_steps.steps(page) if step.heading == LAST[page] and step.language != "sh"]
    page_steps.take(step, folder)
    done = run("check", folder)
    assert done.code in (3, 4) and ("es" in done.err or "fr" in done.err)


def test_every_step_names_its_file_and_the_readme_names_the_page() -> None:
    for page in LAST:
        assert all(step.file or step.language == "sh" for step in page_steps.steps(page))
        assert len({step.heading for step in page_steps.steps(page)}) >= 14
    assert "docs/how-to.md" in (ROOT / "README.md").read_text("utf-8")
    assert "docs/how-to.zh-CN.md" in (ROOT / "README.zh-CN.md").read_text("utf-8")
    pictures = re.findall(r"\]\((how-to[\w-]*\.png)\)", HOW_TO.read_text("utf-8"))
    assert pictures and all((HOW_TO.parent / picture).stat().st_size < 100_000 for picture in pictures)
