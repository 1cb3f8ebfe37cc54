"""A measured ratio and its bound, what is measured, and what measures."""

import gc
import os
import re
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from jianbao.cli import GC_THRESHOLD

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "tests" / "miniature"


@dataclass(frozen=True)
class Change:
    """A change to a workspace: the file, what is replaced in it, and by what (`{turn}` counts the changes)."""

    file: str
    found: re.Pattern[str]
    new: str

    def make(self, root: Path, turn: int) -> None:
        """Change the file of a workspace."""
        path = root / self.file
        path.write_text(self.found.sub(self.new.format(turn=turn), path.read_text("utf-8")), "utf-8")


@dataclass(frozen=True, kw_only=True)
class Extent:
    """How much is measured: the workspace, the changes to it in the preview, and how many of each thing.

    `paged` are the templates whose Chinese pages are made as OFD too; `runs` is how often each peer makes a brief.
    """

    root: Path
    layouts: tuple[tuple[str, ...], ...]
    paged: tuple[str, ...]
    sentence: Change
    row: Change
    changes: int
    briefs: int
    rows: tuple[int, ...]
    runs: int


@dataclass(frozen=True)
class Ratio:
    """A ratio (or a figure), the bound that it should keep, and whether it lies below it or above."""

    what: str
    value: float
    bound: float
    least: bool = False

    @property
    def kept(self) -> bool:
        """Say whether it keeps its bound."""
        return self.value >= self.bound if self.least else self.value <= self.bound

    def __str__(self) -> str:
        sign = "at least" if self.least else "at most"
        return f"{'ok ' if self.kept else 'OVER'}  {self.value:6.2f}  ({sign} {self.bound:g})  {self.what}"


FULL = Extent(
    root=ROOT,
    layouts=(("zh", "en"), ("zh",), ("en",)),
    paged=("gongwen", "brief", "onepage"),
    sentence=Change("templates/wording/local.yml", re.compile(r"(en: \"?[A-Z][a-z]+ )"), r"\1indeed "),
    row=Change("data/sister_cities.csv", re.compile(r"(Oceania,)1\d{3}"), r"\g<1>199{turn}"),
    changes=3,
    briefs=int(os.environ.get("BRIEFS", "24")),  # the first ones load what the others find
    rows=(100, 1_000, 10_000, 100_000),
    runs=2,
)
# Everything once, on the small workspace: shows that each benchmark still runs, and says nothing of speed.
QUICK = Extent(
    root=SMALL,
    layouts=(("zh", "en"),),
    paged=("brief",),
    sentence=Change("templates/wording/harbour.yml", re.compile(r"(en: The )"), r"\1very "),
    row=Change("data/ties.csv", re.compile(r"(Ostmere,QUO,Highlands,)20\d\d"), r"\g<1>201{turn}"),
    changes=1,
    briefs=2,
    rows=(10, 20),
    runs=1,
)


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def processor_seconds(work: Callable[[], object]) -> float:
    """Return how many seconds of the processor something takes, the programs that it runs included.

    A busy machine makes less of a difference to them than to the time that passes.
    """
    start = _used()
    work()
    return _used() - start


def _used() -> float:
    sides = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in sides)


@contextmanager
def as_the_command() -> Iterator[None]:
    """Look for garbage as seldom as the command does."""
    usual = gc.get_threshold()
    gc.set_threshold(GC_THRESHOLD)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def say(line: object) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def quiet(_: str) -> None:
    """Say nothing of the stages."""
