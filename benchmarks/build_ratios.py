"""How long builds take, as ratios measured in one run, each against its bound: `make bench`."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from benchmarks.batch_ratios import of_the_batch
from benchmarks.growth import of_the_rows
from benchmarks.jobs import render_jobs
from benchmarks.ofd_ratios import of_the_ofd
from benchmarks.peers.measure import of_the_peers
from benchmarks.ratios import FULL, QUICK, Extent, Ratio, as_the_command, quiet, say, timed
from jianbao.app import build, propose, workspace
from jianbao.app.build import BuildOptions
from jianbao.app.workspace import BuildRequest, ProductFilter
from jianbao.brief.outline import Product
from jianbao.render import product
from jianbao.render.fonts.registry import read_fonts
from jianbao.studio.preview import open_preview

SENDABLE = 1.5  # MB of a PDF


def built(order: BuildRequest, jobs: int) -> None:
    """Build an edition from the files of its workspace on so many processes."""
    build.build_and_write(order, workspace.snapshot(order.root), quiet, BuildOptions(jobs))


def weasyprint_alone(pages: list[str]) -> None:
    """Set finished pages with WeasyPrint and nothing else, one after the other."""
    with read_fonts().alone():
        for page in pages:
            HTML(string=page).write_pdf(font_config=FontConfiguration(), pdf_variant="pdf/a-3a")


def own_cache(folder: Path) -> Path:
    """Return a folder for what can be made again that has the prepared fonts and nothing else."""
    fonts = read_fonts().folder
    shutil.copytree(fonts, folder / "jianbao" / fonts.name, copy_function=os.symlink)
    return folder


def of_the_build(folder: Path, extent: Extent) -> list[Ratio]:
    """Return (a) and (f): the three PDFs against WeasyPrint and on one process, and their sizes."""
    layouts = tuple("-".join(layout) for layout in extent.layouts)
    order = BuildRequest(root=extent.root, choice=ProductFilter(("brief",), layouts, ("pdf",)), output=folder / "out")
    with as_the_command():
        seconds = {jobs: timed(partial(built, order, jobs)) for jobs in (1, 2)}
    made = render_jobs(extent.root, [Product("brief", layout) for layout in extent.layouts])
    pages = [product.finished_page(each) for each in made]
    alone = timed(lambda: weasyprint_alone(pages))
    say(f"     {seconds[1]:.1f} s on one process, {seconds[2]:.1f} s on two, {alone:.1f} s WeasyPrint alone")
    sizes = {path.name: path.stat().st_size / 1e6 for path in sorted(folder.glob("out/*/*.pdf"))}
    return [
        Ratio("(a) three PDFs on two processes : WeasyPrint alone on the finished pages", seconds[2] / alone, 1.0),
        Ratio("    three PDFs on two processes : on one", seconds[2] / seconds[1], 0.7),
        *(Ratio(f"(f) MB of {name}", size, SENDABLE) for name, size in sizes.items()),
    ]


def of_the_command(folder: Path, extent: Extent) -> list[Ratio]:
    """Return (b): the command with nothing changed against a full build."""
    words = [sys.executable, "-m", "jianbao.cli", "build", str(extent.root), "--template", "brief", "--format", "pdf"]
    words += [word for layout in extent.layouts for word in ("--lang", "-".join(layout))]
    command = [*words, "--output", str(folder / "out"), "--cache"]
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(own_cache(folder))}
    full, unchanged = (
        timed(lambda: subprocess.run(command, env=surroundings, check=True, capture_output=True)) for _ in range(2)
    )
    say(f"     {full:.1f} s the command, {unchanged:.1f} s unchanged")
    return [Ratio("(b) an unchanged build : a full one", unchanged / full, 0.1)]


def of_the_preview(folder: Path, extent: Extent) -> list[Ratio]:
    """Return (c) and (h): a changed sentence and row until the page is new, and a row until it is known what it moves.

    Each is held against the PDF of both languages from nothing.
    """
    root = folder / "workspace"
    for part in ("data", "templates"):
        shutil.copytree(extent.root / part, root / part)
    order = BuildRequest(
        root=root, choice=ProductFilter(("brief",), ("-".join(extent.layouts[0]),), ("pdf",)), output=folder / "out"
    )
    cold = timed(lambda: built(order, 1))
    previews = open_preview(root, "", "brief", "")
    number = previews.pull().number
    sentences, rows = [], []
    for turn in range(extent.changes):
        extent.sentence.make(root, turn)
        sentences.append(timed(previews.pull))
        extent.row.make(root, turn)
        rows.append(timed(previews.pull))
    if previews.last.number != number + len(sentences) + len(rows):
        raise SystemExit(f"the preview shows no new page: {previews.last.errors}")
    said, known, moved = min(sentences), min(rows), min(_tried(root, extent))
    say(f"     {cold:.1f} s the PDF from nothing; in the preview {said:.2f} s a changed sentence, {known:.2f} s a row")
    say(f"     {moved:.2f} s what a row would move, in the published editions too")
    return [
        Ratio("(c) a changed sentence until its page is new : the PDF from nothing", said / cold, 0.1),
        Ratio("a changed row of data until its page is new : the PDF from nothing", known / cold, 0.15),
        Ratio("(h) a changed row until it is known what it would move : the PDF from nothing", moved / cold, 0.15),
    ]


def _tried(root: Path, extent: Extent) -> list[float]:
    """Return how long it takes each time to find what a changed row would move, by the archive of the extent."""
    state, seconds = propose.state_of(extent.root, workspace.snapshot(root)), list[float]()
    for turn in range(extent.changes):
        extent.row.make(root, turn)
        changed = workspace.snapshot(root)
        seconds.append(timed(partial(propose.consequences, extent.root, state, changed)))
    return seconds


MEASURED = (of_the_batch, of_the_build, of_the_command, of_the_preview, of_the_rows, of_the_ofd)


def measured(extent: Extent) -> list[Ratio]:
    """Return every ratio, each measured in a folder of its own."""
    ratios = list[Ratio]()
    for each in MEASURED:
        with tempfile.TemporaryDirectory() as temporary:
            ratios += each(Path(temporary), extent)
    with tempfile.TemporaryDirectory() as temporary:
        of_the_peers(Path(temporary), extent)
    return ratios


def main(words: Sequence[str] | None = None) -> None:
    """Print every ratio; fail if one is out of its bound, but not in the quick form, which has no bounds."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--quick", action="store_true", help="everything once on a small workspace, without bounds")
    if reader.parse_args(words).quick:
        for ratio in measured(QUICK):
            say(f"once  {ratio.value:6.2f}  {ratio.what}")
        return
    ratios = measured(FULL)
    for ratio in ratios:
        say(ratio)
    sys.exit(not all(ratio.kept for ratio in ratios))


if __name__ == "__main__":
    main()
