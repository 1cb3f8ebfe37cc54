"""How much work a thing is, told so that it means the same on a slow machine, on a fast one and on a loaded one."""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import process_time

Clock = Callable[[], float]


def children() -> float:
    """Return the processor time in seconds of all commands that this process ran to their end."""
    return sum(os.times()[2:4])


def effort(work: Callable[[], object], rounds: int = 3, clock: Clock = process_time) -> float:
    """Return the processor time of some work as a multiple of that of a fixed piece of work, done at the same time.

    Of each the quickest of some rounds counts. The unit takes about 0.1 s of a processor of 2020. Both are done in a
    process of their own, so `work` must be a function of a module: the memory of one that ran many tests is full of
    holes, and work that makes many objects there waits for memory up to eight times as long, which the unit does not.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_effort, work, rounds, clock).result()


def _effort(work: Callable[[], object], rounds: int, clock: Clock) -> float:
    taken, units = [], []
    for _ in range(rounds):
        units.append(_measured(_unit, process_time))
        taken.append(_measured(work, clock))
    return min(taken) / min(units)


def _measured(work: Callable[[], object], clock: Clock) -> float:
    before = clock()
    work()
    return clock() - before


def _unit() -> int:
    """Do what programs do: make texts and tuples, look them up, and add numbers."""
    known: dict[tuple[int, str], int] = {}
    for number in range(400_000):
        key = number % 1000, str(number % 1000)
        known[key] = known.get(key, 0) + number
    return sum(known.values())
