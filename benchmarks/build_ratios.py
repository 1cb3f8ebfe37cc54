"""How long builds take, as ratios measured in one run, each against its bound: `make bench`."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration

from jianbao import forme, inspection, pipeline, press
from jianbao.crew import Work, crew
from jianbao.pipeline import Means
from jianbao.publication.fonts import read_fonts
from jianbao.publication.outline import Product
from jianbao.reprint import Choice, Order

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "tests" / "miniature"
LAYOUTS = (("zh", "en"), ("zh",), ("en",))
BRIEFS = 24  # of the batch; the first ones load what the others find
WARM = 10


@dataclass(frozen=True)
class Ratio:
    """A ratio, the bound that it should keep, and whether it lies below it or above."""

    what: str
    value: float
    bound: float
    least: bool = False

    def __str__(self) -> str:
        kept = self.value >= self.bound if self.least else self.value <= self.bound
        sign = "at least" if self.least else "at most"
        return f"{'ok ' if kept else 'OVER'}  {self.value:6.2f}  ({sign} {self.bound:g})  {self.what}"


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def say(line: object) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def finished_pages(root: Path) -> list[str]:
    """Return the three pages as they are set in the end."""
    known = inspection.assessed(root, "")
    desk = pipeline.read_press(root, known)
    formes = [press.forme_of(desk, Product("brief", layout)) for layout in LAYOUTS]
    return [forme.page(each, forme.settled(each)) for each in formes]


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
    """Return (a) and (b): the three PDFs of the brief against WeasyPrint, on one process, and unchanged."""
    order = Order(ROOT, choice=Choice(("brief",), (), ("pdf",)), output=folder / "out")
    seconds = {jobs: timed(lambda jobs=jobs: pipeline.build(order, quiet, Means(jobs))) for jobs in (1, 2)}
    pages = finished_pages(ROOT)
    alone = timed(lambda: weasyprint_alone(pages))
    words = [sys.executable, "-m", "jianbao.cli", "build", str(ROOT), "--template", "brief", "--format", "pdf"]
    command = [*words, "--output", str(folder / "out"), "--cache"]
    surroundings = {**os.environ, "XDG_CACHE_HOME": str(own_cache(folder))}
    full, unchanged = (
        timed(lambda: subprocess.run(command, env=surroundings, check=True, capture_output=True)) for _ in range(2)
    )
    say(f"     {seconds[1]:.1f} s on one process, {seconds[2]:.1f} s on two, {alone:.1f} s WeasyPrint alone")
    say(f"     {full:.1f} s the command, {unchanged:.1f} s unchanged")
    return [
        Ratio("(a) three PDFs on two processes : WeasyPrint alone on the finished pages", seconds[2] / alone, 1.0),
        Ratio("    three PDFs on two processes : on one", seconds[2] / seconds[1], 0.7),
        Ratio("(b) an unchanged build : a full one", unchanged / full, 0.1),
    ]


def brief_of(order: Order) -> float:
    """Build a brief and return the memory (bytes) that this process has needed at most so far."""
    pipeline.build(order, quiet)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def of_the_batch(folder: Path) -> list[Ratio]:
    """Return (d), small: the throughput of two processes against one, and the growth of a worker's memory."""
    choice = Choice(("brief",), ("en",), ("pdf",))
    orders = [Order(SMALL, choice=choice, output=folder / str(number)) for number in range(BRIEFS)]
    seconds, memory = {}, list[float]()
    for jobs in (1, 2):
        with crew(jobs) as hands:
            list(hands.outcomes(Work(brief_of, orders[:jobs], patient=True)))
            start = perf_counter()
            memory = hands.results(Work(brief_of, orders))
            seconds[jobs] = perf_counter() - start
    say(f"     {BRIEFS} briefs: {seconds[1]:.1f} s on one process, {seconds[2]:.1f} s on two")
    return [
        Ratio("(d) briefs an hour on two processes : on one", seconds[1] / seconds[2], 1.85, least=True),
        Ratio(
            f"    memory of a worker, last brief : brief {WARM}", max(memory[-2:]) / min(memory[WARM : WARM + 2]), 1.05
        ),
    ]


def quiet(_: str) -> None:
    """Say nothing of the stages."""


def main() -> None:
    """Print every ratio; fail if one is out of its bound."""
    with tempfile.TemporaryDirectory() as temporary:
        ratios = [ratio for measured in (of_the_batch, of_the_build) for ratio in measured(Path(temporary))]
    for ratio in ratios:
        say(ratio)
    sys.exit(any(str(ratio).startswith("OVER") for ratio in ratios))


if __name__ == "__main__":
    main()
