"""A measured ratio and its bound, and what measures."""

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from jianbao.cli import YOUNG

ROOT = Path(__file__).parents[1]
SMALL = ROOT / "tests" / "miniature"


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


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


@contextmanager
def as_the_command() -> Iterator[None]:
    """Look for garbage as seldom as the command does."""
    usual = gc.get_threshold()
    gc.set_threshold(YOUNG)
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
