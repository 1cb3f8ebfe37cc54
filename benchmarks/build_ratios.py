"""How long builds take, as ratios measured in one run, each against its bound: `make bench`."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.batch_ratios import of_the_batch
from benchmarks.growth import of_the_rows
from benchmarks.peer import compiled
from benchmarks.ratios import ROOT, Ratio, as_the_command, quiet, say, timed
from jianbao import forme, inspection, pipeline, press, workspace
from jianbao.crew import Crew
from jianbao.forme import Forme
from jianbao.pipeline import Means
from jianbao.preview.proof import proofs_of
from jianbao.publication.fonts import read_fonts
from jianbao.publication.outline import Product
from jianbao.reprint import Choice, Order

LAYOUTS = (("zh", "en"), ("zh",), ("en",))
SENDABLE = 1.5  # MB of a PDF
SENTENCE = re.compile(r"(en: \"?[A-Z][a-z]+ )")
SIGNED = re.compile(r"(Oceania,)1\d{3}")


def built(order: Order, jobs: int) -> None:
    """Build an edition from the files of its workspace on so many processes."""
    pipeline.build_and_write(order, workspace.snapshot(order.root), quiet, Means(jobs))


def formes() -> list[Forme]:
    """Return all that the three PDFs of the brief are printed from."""
    products = [Product("brief", layout) for layout in LAYOUTS]
    written = pipeline.write(inspection.assessed(workspace.snapshot(ROOT), ""))
    drawings = pipeline.draw_products(written, products, Crew())
    composed = press.compose(drawings, press.compositions(products))
    return [press.forme_of(product, composed, drawings.design) for product in products]


def weasyprint_alone(pages: list[str]) -> None:
    """Set finished pages with WeasyPrint and nothing else, one after the other."""
    with read_fonts().alone():
        for page in pages:
            HTML(string=page).write_pdf(font_config=FontConfiguration(), pdf_variant="pdf/a-3a")


def own_cache(folder: Path) -> Path:
    """Return a folder for what can be made again that has the prepared fonts and nothing else."""
    fonts = read_fonts().folder
    (folder / "jianbao").mkdir()
    (folder / "jianbao" / fonts.name).symlink_to(fonts)
    return folder


def of_the_build(folder: Path) -> list[Ratio]:
    """Return (a), (e) and (f): the three PDFs against WeasyPrint, on one process, against a peer, and their sizes."""
    order = Order(ROOT, choice=Choice(("brief",), (), ("pdf",)), output=folder / "out")
    with as_the_command():
        seconds = {jobs: timed(lambda jobs=jobs: built(order, jobs)) for jobs in (1, 2)}
    made = formes()
    pages = [forme.page(each, forme.settled(each)) for each in made]
    alone = timed(lambda: weasyprint_alone(pages))
    typst = timed(lambda: [_peer(each, folder) for each in made])
    say(f"     {seconds[1]:.1f} s on one process, {seconds[2]:.1f} s on two, {alone:.1f} s WeasyPrint alone")
    say(f"     {typst:.1f} s Typst, from the same facts and figures, with what README.md says left out")
    sizes = {path.name: path.stat().st_size / 1e6 for path in sorted(folder.glob("out/*/*.pdf"))}
    return [
        Ratio("(a) three PDFs on two processes : WeasyPrint alone on the finished pages", seconds[2] / alone, 1.0),
        Ratio("    three PDFs on two processes : on one", seconds[2] / seconds[1], 0.7),
        *(Ratio(f"(f) MB of {name}", size, SENDABLE) for name, size in sizes.items()),
    ]


def _peer(each: Forme, folder: Path) -> bytes:
    place = folder / "-".join(("typst", *each.product.languages))
    place.mkdir()
    return compiled(each, place)


def of_the_command(folder: Path) -> list[Ratio]:
    """Return (b): the command with nothing changed against a full build."""
    words = [sys.executable, "-m", "jianbao.cli", "build", str(ROOT), "--template", "brief", "--format", "pdf"]
    command = [*words, "--output", str(folder / "out"), "--cache"]
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(own_cache(folder))}
    full, unchanged = (
        timed(lambda: subprocess.run(command, env=surroundings, check=True, capture_output=True)) for _ in range(2)
    )
    say(f"     {full:.1f} s the command, {unchanged:.1f} s unchanged")
    return [Ratio("(b) an unchanged build : a full one", unchanged / full, 0.1)]


def of_the_preview(folder: Path) -> list[Ratio]:
    """Return (c): a changed sentence, and row, until its page is new, against the PDF of both from nothing."""
    root = folder / "workspace"
    for part in ("data", "templates"):
        shutil.copytree(ROOT / part, root / part)
    order = Order(root, choice=Choice(("brief",), ("-".join(LAYOUTS[0]),), ("pdf",)), output=folder / "out")
    cold = timed(lambda: built(order, 1))
    proofs = proofs_of(root, "", "brief", "")
    number = proofs.pull().number
    sentences, rows = [], []
    for turn in range(3):
        _amend(root / "templates" / "wording" / "local.yml", SENTENCE, r"\1indeed ")
        sentences.append(timed(proofs.pull))
        _amend(root / "data" / "sister_cities.csv", SIGNED, rf"\g<1>{1990 + turn}")
        rows.append(timed(proofs.pull))
    if proofs.last.number != number + len(sentences) + len(rows):
        raise SystemExit(f"the preview shows no new page: {proofs.last.problems}")
    said, known = min(sentences), min(rows)
    say(f"     {cold:.1f} s the PDF from nothing; in the preview {said:.2f} s a changed sentence, {known:.2f} s a row")
    return [
        Ratio("(c) a changed sentence until its page is new : the PDF from nothing", said / cold, 0.1),
        Ratio("a changed row of data until its page is new : the PDF from nothing", known / cold, 0.15),
    ]


def _amend(file: Path, found: re.Pattern[str], new: str) -> None:
    file.write_text(found.sub(new, file.read_text("utf-8")), "utf-8")


MEASURED = (of_the_batch, of_the_build, of_the_command, of_the_preview, of_the_rows)


def main() -> None:
    """Print every ratio; fail if one is out of its bound."""
    ratios = list[Ratio]()
    for measured in MEASURED:
        with tempfile.TemporaryDirectory() as temporary:
            ratios += measured(Path(temporary))
    for ratio in ratios:
        say(ratio)
    sys.exit(not all(ratio.kept for ratio in ratios))


if __name__ == "__main__":
    main()
