"""Run tasks on a pool of processes, one a core: results in order, errors raised as in one process."""

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_all_start_methods, get_context, parent_process
from multiprocessing.connection import wait as await_any
from threading import Thread
from typing import Any, Generic, Protocol, TypeVar

from jianbao.core.errors import DeliveryError, Place, Problem
from jianbao.core.messages import tr

Task = TypeVar("Task")
Result = TypeVar("Result")
METHOD = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
PRELOADED = ["jianbao.app.products"]  # slow imports are done once for all workers


@dataclass(frozen=True)
class TaskOutcome(Generic[Result]):
    """The outcome of the task at an index: its value, or the error that it raised."""

    place: int
    value: Result | None = None
    error: Exception | None = None


@dataclass(frozen=True, kw_only=True)
class TaskList(Generic[Task, Result]):
    """Tasks and the function for each; `told` is called when a task begins; `patient` work goes on after an error.

    `sent` converts a task before it is sent to a machine that cannot read this one's disk.
    """

    do: Callable[[Task], Result]
    tasks: Sequence[Task]
    on_start: Callable[[Task], None] = lambda _: None
    keep_going: bool = False
    sent: Callable[[Task], Task] = lambda task: task


class Executor(Protocol):
    """What runs tasks: a pool of processes or a cluster."""

    def outcomes(self, work: TaskList[Task, Result]) -> Iterator[TaskOutcome[Result]]:
        """Yield the outcome of each task as it comes."""


@dataclass
class Workers:
    """A pool of processes; a single worker, or a single task, runs in this process."""

    jobs: int = 1
    _pool: ProcessPoolExecutor | None = None

    def results(self, work: TaskList[Task, Result]) -> list[Result]:
        """Return the results of the tasks, in order.

        Raises the error of the first task in order that fails, as a single worker would.
        """
        outcomes = sorted(self.outcomes(work), key=lambda each: each.place)
        for outcome in outcomes:
            if outcome.error:
                raise outcome.error
        return [outcome.value for outcome in outcomes]  # type: ignore[misc]

    def outcomes(self, work: TaskList[Task, Result]) -> Iterator[TaskOutcome[Result]]:
        """Yield the outcome of each task as it comes."""
        return self._here(work) if min(self.jobs, len(work.tasks)) < 2 else self._there(work)

    def _here(self, work: TaskList[Task, Result]) -> Iterator[TaskOutcome[Result]]:
        for place, task in enumerate(work.tasks):
            work.on_start(task)
            try:
                outcome = TaskOutcome(place, work.do(task))
            except Exception as error:
                outcome = TaskOutcome(place, error=error)
            yield outcome
            if outcome.error and not work.keep_going:
                return

    def _there(self, work: TaskList[Task, Result]) -> Iterator[TaskOutcome[Result]]:
        """Submit as many tasks as there are workers, and another whenever one is done."""
        waiting, running, wrong = list(range(len(work.tasks)))[::-1], dict[Future[Result], int](), False
        while running or (waiting and not wrong):
            while waiting and not wrong and len(running) < self.jobs:
                place = waiting.pop()
                work.on_start(work.tasks[place])
                running[self._executor().submit(_done, work.do, work.tasks[place])] = place
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            if any(isinstance(future.exception(), BrokenProcessPool) for future in done):
                outcomes = self._rescued(work, running)
            else:
                outcomes = [_outcome(running.pop(future), future) for future in done]
            yield from outcomes
            wrong = wrong or (not work.keep_going and any(outcome.error for outcome in outcomes))

    def _rescued(self, work: TaskList[Task, Result], running: dict[Future[Result], int]) -> list[TaskOutcome[Result]]:
        """Repeat the tasks that were running when a worker died, each in a process of its own.

        A worker that dies breaks the whole pool, so a task fails only if its own process dies too.
        """
        wait(running)
        self.shut_down()
        places = {place: future for future, place in running.items()}
        running.clear()
        outcomes = []
        for place, future in sorted(places.items()):
            for _ in range(2):
                if not isinstance(future.exception(), BrokenProcessPool):
                    break
                with _workers(1) as pool:
                    future = pool.submit(_done, work.do, work.tasks[place])
                    wait([future])
            outcomes.append(_outcome(place, future))
        return outcomes

    def _executor(self) -> ProcessPoolExecutor:
        self._pool = self._pool or _workers(self.jobs)
        return self._pool

    def warm(self) -> None:
        """Start the workers' imports before there is anything to do."""
        if self.jobs > 1:
            self._executor().submit(os.getpid)

    def shut_down(self) -> None:
        """Stop the workers; tasks that have not begun are dropped."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None


@contextmanager
def worker_pool(jobs: int) -> Iterator[Workers]:
    """Yield a pool of `jobs` workers, and shut it down at the end."""
    hired = Workers(jobs)
    try:
        yield hired
    except (KeyboardInterrupt, SystemExit):  # do not wait for running tasks
        for worker in active_children():
            worker.terminate()
        raise
    finally:
        hired.shut_down()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _done(do: Callable[[Task], Result], task: Task) -> Result:
    """Do a task in a worker, then collect garbage; imported objects are frozen, so there is little to search.

    Without this a worker that makes many briefs would grow by half before Python collects by itself. After a small
    task, such as a few figures, the collection waits for the next one.
    """
    try:
        return do(task)
    finally:
        if any(gc.get_count()[1:]):
            gc.collect()


def _outcome(place: int, future: Future[Any]) -> TaskOutcome[Any]:
    error = future.exception()
    if isinstance(error, BrokenProcessPool):
        hint = tr("make sure there is enough memory, then try again with fewer --jobs")
        error = DeliveryError(Problem(Place("--jobs"), tr("a worker process was lost twice on the same task"), hint))
    if error is None:
        return TaskOutcome(place, future.result())
    if not isinstance(error, Exception):
        raise error
    return TaskOutcome(place, error=error)


def _workers(jobs: int) -> ProcessPoolExecutor:
    context = get_context(METHOD)
    context.set_forkserver_preload(PRELOADED)
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=gc.get_threshold())


def _begin(*garbage: int) -> None:
    """Make a worker end at once on Ctrl-C, and together with its parent process.

    `garbage` are the collection thresholds of the parent; imported objects are never searched.
    """
    gc.freeze()
    gc.set_threshold(*garbage)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    master = parent_process()
    if master:
        await_any([master.sentinel])
        os._exit(1)
