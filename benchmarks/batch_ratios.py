"""Many small briefs: what a second process gains, and whether a worker's memory grows."""

import resource
from pathlib import Path
from time import perf_counter

from benchmarks.ratios import SMALL, Extent, Ratio, as_the_command, quiet, say
from jianbao.app import build, workspace
from jianbao.app.workspace import BuildRequest, ProductFilter
from jianbao.core.workers import TaskList, worker_pool


def brief_of(order: BuildRequest) -> float:
    """Build a brief and return the memory (bytes) that this process has needed at most so far."""
    build.build_and_write(order, workspace.snapshot(order.root), quiet)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def of_the_batch(folder: Path, extent: Extent) -> list[Ratio]:
    """Return (d): the throughput of two processes against one, and the growth of a worker's memory."""
    briefs, warm = extent.briefs, max(1, min(20, extent.briefs // 2))
    choice = ProductFilter(("brief",), ("en",), ("pdf",))
    orders = [BuildRequest(root=SMALL, choice=choice, output=folder / str(number)) for number in range(briefs)]
    seconds, memory = {}, list[float]()
    for jobs in (1, 2):
        with as_the_command(), worker_pool(jobs, build.PRELOADED) as workers:
            list(workers.outcomes(TaskList(do=brief_of, tasks=orders[:jobs], keep_going=True)))
            start = perf_counter()
            memory = workers.results(TaskList(do=brief_of, tasks=orders))
            seconds[jobs] = perf_counter() - start
    say(f"     {briefs} briefs: {seconds[1]:.1f} s on one process, {seconds[2]:.1f} s on two")
    grown = max(memory[-2:]) / min(memory[warm - 1 : warm + 1])
    return [
        Ratio(
            f"(d) {briefs} briefs: briefs an hour on two processes : on one", seconds[1] / seconds[2], 1.85, least=True
        ),
        Ratio(f"    memory of a worker, brief {briefs} : brief {warm}", grown, 1.05),
    ]
