"""How time and memory grow with the rows of a workspace: from a hundred to a hundred thousand friendly towns."""

import csv
import shutil
import subprocess
import sys
from ast import literal_eval
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log
from pathlib import Path
from time import process_time

from benchmarks.ratios import ROOT, SMALL, Extent, Ratio, say
from jianbao.app import check, workspace
from jianbao.brief import export
from jianbao.core.errors import DataError, raise_all

LINEAR = 1.05  # of the slope of logarithms
TOWNS, TIES, TALLIES = Path("data/names.csv"), Path("data/ties.csv"), Path("data/tallies.csv")
LETTERS = "abcdefghijklmnop"


def grown(folder: Path, rows: int) -> Path:
    """Return the small workspace with so many friendly towns more, each with a name in both languages."""
    root = Path(shutil.copytree(SMALL, folder / str(rows)))
    names = ["".join(LETTERS[int(digit, 16)] for digit in f"{number:05x}").capitalize() for number in range(rows)]
    _add(root / TOWNS, ((name, "town", f"{name}镇", name, "", "", "") for name in names))
    days = (f"{2011 + number % 14}-{number % 12 + 1:02}-{number % 28 + 1:02}" for number in range(rows))
    lands = (("QUO", "Highlands"), ("RIN", "Islands"))
    dated = enumerate(zip(names, days, strict=True))
    _add(root / TIES, ((name, *lands[number % 2], day, "gazette", "stated") for number, (name, day) in dated))
    tallies = root / TALLIES
    tallies.write_text(tallies.read_text("utf-8").replace("ties,6,", f"ties,{rows + 6},"), "utf-8")
    return root


def _add(file: Path, rows: Iterable[Sequence[str]]) -> None:
    with file.open("a", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows(rows)


def assessed(root: Path) -> tuple[float, float]:
    """Return the seconds of work and the memory (bytes) at most that an assessment of a workspace needs."""
    before = process_time()
    assessment = check.assess_edition(workspace.snapshot(root), "")
    raise_all(
        (problem for error in check.lint_edition(assessment.project, assessment).errors for problem in error.problems),
        DataError,
    )
    export.ledger(assessment.ledger)
    return process_time() - before, _peak()


def _peak() -> float:
    """Return the memory (bytes) at most of this program; what getrusage says is no less than its parent's."""
    status = Path("/proc/self/status").read_text("ascii")
    return float(status.partition("VmHWM:")[2].split()[0]) * 1024.0


def of_the_rows(folder: Path, extent: Extent) -> list[Ratio]:
    """Return (g): how time and memory grow where the rows do, between each two workspaces.

    The slope of logarithms is 1 for what grows in proportion; what a small workspace needs anyway makes it less.
    """
    found = [_apart(grown(folder, rows)) for rows in extent.rows]
    for rows, (seconds, memory) in zip(extent.rows, found, strict=True):
        say(f"     {rows:,} rows: {seconds:.2f} s of work, {memory / 1e6:.0f} MB")
    slopes = [
        [_slope(rows, values) for rows, values in zip(pairwise(extent.rows), pairwise(each), strict=True)]
        for each in zip(*found, strict=True)
    ]
    return [
        Ratio(f"(g) steepest growth of {what} with rows, slope of logarithms", max(each), LINEAR)
        for what, each in zip(("time", "memory"), slopes, strict=True)
    ]


def _slope(rows: tuple[int, int], values: tuple[float, float]) -> float:
    return log(values[1] / values[0]) / log(rows[1] / rows[0])


def _apart(root: Path) -> tuple[float, float]:
    """Assess a workspace in a process of its own, whose memory is that of this work alone."""
    code = f"from pathlib import Path; from benchmarks.growth import assessed; print(assessed(Path({str(root)!r})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    seconds, memory = literal_eval(done.stdout)
    return float(seconds), float(memory)
