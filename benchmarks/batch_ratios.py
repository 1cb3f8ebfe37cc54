"""Many small briefs: what a second process gains, and whether a worker's memory grows."""

import os
import resource
from pathlib import Path
from time import perf_counter

from benchmarks.ratios import SMALL, Ratio, as_the_command, quiet, say
from jianbao import pipeline, workspace
from jianbao.crew import Work, crew
from jianbao.reprint import Choice, Order

BRIEFS = int(os.environ.get("BRIEFS", "24"))  # the first ones load what the others find
WARM = min(20, BRIEFS // 2)


def brief_of(order: Order) -> float:
    """Build a brief and return the memory (bytes) that this process has needed at most so far."""
    pipeline.build_and_write(order, workspace.snapshot(order.root), quiet)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def of_the_batch(folder: Path) -> list[Ratio]:
    """Return (d): the throughput of two processes against one, and the growth of a worker's memory."""
    choice = Choice(("brief",), ("en",), ("pdf",))
    orders = [Order(SMALL, choice=choice, output=folder / str(number)) for number in range(BRIEFS)]
    seconds, memory = {}, list[float]()
    for jobs in (1, 2):
        with as_the_command(), crew(jobs) as hands:
            list(hands.outcomes(Work(brief_of, orders[:jobs], patient=True)))
            start = perf_counter()
            memory = hands.results(Work(brief_of, orders))
            seconds[jobs] = perf_counter() - start
    say(f"     {BRIEFS} briefs: {seconds[1]:.1f} s on one process, {seconds[2]:.1f} s on two")
    grown = max(memory[-2:]) / min(memory[WARM - 1 : WARM + 1])
    return [
        Ratio(
            f"(d) {BRIEFS} briefs: briefs an hour on two processes : on one", seconds[1] / seconds[2], 1.85, least=True
        ),
        Ratio(f"    memory of a worker, brief {BRIEFS} : brief {WARM}", grown, 1.05),
    ]
