"""The guide, step by step: each block is applied to the file that the text before it names, and has its effect."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jianbao.render.fonts.registry import read_fonts
from tests.pdf_text import embedded, pages
from tests.repository.tree import ROOT
from tests.workspaces import run

GUIDE = ROOT / "docs" / "guide.md"
BLOCK = re.compile(r"([^\n]*)\n\n```(\w+)\n(.*?)\n```", re.DOTALL)


def steps() -> Iterator[tuple[str, str, str, str]]:
    """Yield each block of the guide: its heading, the file named last before it, its language and its text."""
    for part in GUIDE.read_text("utf-8").split("\n## ")[1:]:
        heading = part.partition("\n")[0]
        for before, language, text in BLOCK.findall(part):
            files = re.findall(r"`([\w./-]+/[\w./-]+)`", before)
            yield heading, files[-1] if files else "", language, text


def apply(folder: Path, file: str, language: str, text: str) -> None:
    """Do what a block says: change the lines of a file, or write it."""
    path = folder / file
    if language != "diff":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", "utf-8")
        return
    found = path.read_text("utf-8")
    for hunk in hunks(text.split("\n")):
        old = "".join(f"{line[1:]}\n" for line in hunk if line[:1] != "+")
        new = "".join(f"{line[1:]}\n" for line in hunk if line[:1] != "-")
        assert found.count(old) == 1, f"{file} has not once:\n{old}"
        found = found.replace(old, new)
    path.write_text(found, "utf-8")


def hunks(lines: list[str]) -> list[list[str]]:
    """Return the changes apart from each other: one ends where an added line is followed by one that goes."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line[:1] == "-" and found[-1] and found[-1][-1][:1] == "+":
            found.append([])
        found[-1].append(line)
    return found


@pytest.fixture(scope="module")
def lyon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the workspace after all steps but the last, which asks for translations, with its edition."""
    folder = tmp_path_factory.mktemp("guide") / "lyon"
    begin(folder)
    take(folder)
    return folder


def begin(folder: Path) -> None:
    """Type what the guide says to type."""
    for _, _, language, text in steps():
        if language == "sh":
            done = run(*shlex.split(text.split("\n")[0].replace(" lyon ", f" {folder} "))[1:])
            assert done.code == 0, done.err


def take(folder: Path) -> None:
    """Take all steps but the last, which asks for translations, and build."""
    for heading, file, language, text in steps():
        if heading == "A font of your own":
            bring_fonts(folder / "templates" / "fonts")
        if language != "sh" and heading != "Another language":
            apply(folder, file, language, text)
    done = run("build", folder)
    assert done.code == 0, done.err


def bring_fonts(folder: Path) -> None:
    """Put the files there that the guide names, as an office would."""
    folder.mkdir()
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
        told = [str(each["/Alt"]) for each in opened.objects if isinstance(each, pikepdf.Dictionary) and "/Alt" in each]
    assert "Emblème de la Ville de Lyon" in told


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


def test_a_language_that_is_declared_is_asked_for_text_by_text(tmp_path: Path) -> None:
    folder = tmp_path / "lyon"
    assert run("new", folder, "--like", "small", "--languages", "en-fr").code == 0
    (step,) = [step for step in steps() if step[0] == "Another language"]
    apply(folder, *step[1:])
    done = run("check", folder)
    assert done.code in (3, 4) and "es" in done.err


def test_every_step_of_the_guide_names_its_file_and_the_readme_names_the_guide() -> None:
    assert all(file or language == "sh" for _, file, language, _ in steps())
    assert len({heading for heading, *_ in steps()}) >= 9
    assert "docs/guide.md" in (ROOT / "README.md").read_text("utf-8")
    pictures = re.findall(r"\]\((guide[\w-]*\.png)\)", GUIDE.read_text("utf-8"))
    assert pictures and all((GUIDE.parent / picture).stat().st_size < 100_000 for picture in pictures)
