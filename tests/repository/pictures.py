"""The pictures of README, gallery and how-tos, taken from finished editions as they are today.

`python -m tests.repository.pictures` writes docs/*.png anew from the newest edition in output/ and from a new
workspace.
"""

import subprocess
import tempfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import pypdfium2
from PIL import Image

from jianbao.app.project import read_project
from jianbao.app.workspace import snapshot
from jianbao.review.edits import cell_edits
from tests.product.test_how_to import begin, take
from tests.render.browser import HEIGHT, browser
from tests.repository.tree import ROOT
from tests.studio.requesting import studio_of
from tests.studio.test_rooms import Person, office
from tests.workspaces import copy, run

DOCS = ROOT / "docs"
COMMAND = "python -m tests.repository.pictures"
TALL = 842  # dots of a page that stands alone: one a point
COLOURS = 128
FINER = 3
EDGE = (205, 205, 205)
# Each picture of printed pages: the product, and the pages that stand side by side, each so many dots high.
PAGES = {
    "first-page": ("brief.zh-en.pdf", (0,), TALL),
    "onepage": ("onepage.zh.pdf", (0,), TALL),
    "gongwen": ("gongwen.zh.pdf", (0,), 702),
    "inside": ("brief.zh-en.pdf", (3, 10), 620),
    "alone": ("brief.en.pdf", (1, 5), 690),
    "annexes": ("evidence.zh-en.pdf", (4, 12), 580),
    "word": ("brief.zh.docx", (1, 3), 650),
}
SCREENS = {"web": ("brief.zh-en.html", 1280), "phone": ("brief.zh-en.html", 390)}
# Each picture of the studio: the language, and the page with a draft change of one cell.
STUDIO = {
    "studio": ("en", "/changes"),
    "studio-zh": ("zh", "/changes"),
    "studio-brief": ("zh", "/brief?at=summary.key"),
}
CELL = "award_editions:7.cities=194"


def printed(file: Path, numbers: Iterable[int], height: int) -> Image.Image:
    """Return pages of a PDF side by side, each with a hairline around it."""
    document = pypdfium2.PdfDocument(file)
    sheets = [shown(document[number], height) for number in numbers]
    whole = Image.new("RGB", (sum(sheet.width + 12 for sheet in sheets) - 12, height), "white")
    left = 0
    for sheet in sheets:
        framed = Image.new("RGB", sheet.size, EDGE)
        framed.paste(sheet.crop((1, 1, sheet.width - 1, sheet.height - 1)), (1, 1))
        whole.paste(framed, (left, 0))
        left += sheet.width + 12
    return whole


def shown(page: pypdfium2.PdfPage, height: int) -> Image.Image:
    """Return a page so many dots high, drawn larger at first: small letters lose their edges otherwise."""
    large: Image.Image = page.render(scale=FINER * height / page.get_height()).to_pil()
    return large.resize((large.width // FINER, height), Image.Resampling.LANCZOS)


def converted(file: Path, folder: Path) -> Path:
    """Return a Word document as PDF, as LibreOffice prints it."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(file)]
    subprocess.run(command, check=True, capture_output=True)
    return folder / f"{file.stem}.pdf"


def save(image: Image.Image, name: str) -> None:
    """Write a picture with few colours, as pages have."""
    made = BytesIO()
    image.convert("RGB").quantize(COLOURS).save(made, "PNG", optimize=True)
    (DOCS / f"{name}.png").write_bytes(made.getvalue())


def of_the_edition(folder: Path, temporary: Path) -> None:
    """Take the pictures of every template and format of an edition."""
    for name, (product, numbers, height) in PAGES.items():
        file = folder / product
        save(printed(converted(file, temporary) if file.suffix == ".docx" else file, numbers, height), name)
    with browser(temporary / "browser") as window:
        for name, (product, width) in SCREENS.items():
            window.open(folder / product, width)
            image = Image.open(BytesIO(window.driver.get_screenshot_as_png()))
            save(image.resize((image.width * 702 // image.height, 702)) if image.height > HEIGHT else image, name)


def of_the_how_tos(temporary: Path) -> None:
    """Take the first two pages of a new workspace, before and after the steps of the how-tos."""
    root = temporary / "lyon"
    begin(root)
    for when in ("before", "after"):
        if when == "after":
            take(root)
        built = run("build", root)
        assert built.code == 0, built.err
        save(printed(root / "output" / "2025" / "brief.en-fr.pdf", (0, 1), 585), f"how-to-{when}")


def of_the_studio(temporary: Path) -> None:
    """Take pages of the studio on a copy of this workspace, in which a cell is about to be changed."""
    root = copy(ROOT, temporary / "studio")
    session = studio_of(root)
    session.add(cell_edits([CELL], session.editable()))
    with office(root) as (address, opened), browser(temporary / "window") as window:
        for name, (language, page) in STUDIO.items():
            window.size(1280)
            window.show(opened)
            person = Person(window, address)
            person.find("header")
            window.speak(address, language)
            person.go(page)
            person.find("main h1")
            if page.startswith("/brief"):
                person.wait(lambda driver: driver.execute_script("return $('#page').contentDocument.body.innerText"))
            save(Image.open(BytesIO(window.driver.get_screenshot_as_png())), name)


def main() -> None:
    """Write every picture anew."""
    newest = read_project(snapshot(ROOT)).series.issue("").label
    with tempfile.TemporaryDirectory() as temporary:
        of_the_edition(ROOT / "output" / newest, Path(temporary))
        of_the_how_tos(Path(temporary))
        of_the_studio(Path(temporary))


if __name__ == "__main__":
    main()
