"""Run tasks on a pool of processes, one per core; results and errors are the same as in a single process."""

import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_all_start_methods, get_context, parent_process, resource_tracker
from multiprocessing.connection import wait as await_any
from multiprocessing.context import BaseContext
from multiprocessing.forkserver import ensure_running
from threading import Thread
from typing import Any, Generic, Protocol, TypeVar

from jianbao.core.errors import DeliveryError, Place, Problem
from jianbao.core.messages import tr

Task = TypeVar("Task")
Result = TypeVar("Result")
METHOD = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"


@dataclass(frozen=True)
class TaskOutcome(Generic[Result]):
    """The outcome of the task at an index: its value, or the error that it raised."""

    place: int
    value: Result | None = None
    error: Exception | None = None


@dataclass(frozen=True, kw_only=True)
class TaskList(Generic[Task, Result]):
    """Tasks, and the function `do` that is called with each of them.

    `on_start` is called with a task before it begins. With `keep_going`, an error does not stop the other tasks. `sent`
    converts a task before it is sent to a machine that cannot read this one's disk.
    """

    do: Callable[[Task], Result]
    tasks: Sequence[Task]
    on_start: Callable[[Task], None] = lambda _: None
    keep_going: bool = False
    sent: Callable[[Task], Task] = lambda task: task


class Executor(Protocol):
    """A runner of tasks: a pool of processes or a cluster."""

    def outcomes(self, work: TaskList[Task, Result]) -> Iterator[TaskOutcome[Result]]:
        """Yield the outcome of each task as soon as it is done."""


@dataclass
class Workers:
    """A pool of processes, started when it is first needed; with one job, or one task, this process does the work.

    `preloaded` is the module that workers load first, so that its slow imports are done once for all; "" for none.
    """

    jobs: int = 1
    preloaded: str = ""
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
        """Yield the outcome of each task as soon as it is done."""
        return self._run_here(work) if min(self.jobs, len(work.tasks)) < 2 else self._run_in_pool(work)

    def _run_here(self, work: TaskList[Task, Result]) -> Iterator[TaskOutcome[Result]]:
        for place, task in enumerate(work.tasks):
            work.on_start(task)
            try:
                outcome = TaskOutcome(place, work.do(task))
            except Exception as error:
                outcome = TaskOutcome(place, error=error)
            yield outcome
            if outcome.error and not work.keep_going:
                return

    def _run_in_pool(self, work: TaskList[Task, Result]) -> Iterator[TaskOutcome[Result]]:
        """Submit as many tasks as there are workers, and another whenever one is done."""
        waiting, running, failed = list(range(len(work.tasks)))[::-1], dict[Future[Result], int](), False
        while running or (waiting and not failed):
            while waiting and not failed and len(running) < self.jobs:
                place = waiting.pop()
                work.on_start(work.tasks[place])
                running[self._executor().submit(_do_and_collect, work.do, work.tasks[place])] = place
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            if any(isinstance(future.exception(), BrokenProcessPool) for future in done):
                outcomes = self._repeated(work, running)
            else:
                outcomes = [_outcome(running.pop(future), future) for future in done]
            yield from outcomes
            failed = failed or (not work.keep_going and any(outcome.error for outcome in outcomes))

    def _repeated(self, work: TaskList[Task, Result], running: dict[Future[Result], int]) -> list[TaskOutcome[Result]]:
        """Repeat the tasks that were running when a worker died, each in a separate process.

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
                with _new_pool(1, self.preloaded) as pool:
                    future = pool.submit(_do_and_collect, work.do, work.tasks[place])
                    wait([future])
            outcomes.append(_outcome(place, future))
        return outcomes

    def _executor(self) -> ProcessPoolExecutor:
        self._pool = self._pool or _new_pool(self.jobs, self.preloaded)
        return self._pool

    def warm(self) -> None:
        """Begin with the imports that all workers share, before there is anything to do; nothing waits for them."""
        if self.jobs > 1:
            _context(self.preloaded)

    def shut_down(self) -> None:
        """Stop the workers; tasks that have not begun are dropped."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)
        self._pool = None


@contextmanager
def worker_pool(jobs: int, preloaded: str) -> Iterator[Workers]:
    """Yield a pool of `jobs` workers that begin with a module, and shut it down at the end."""
    workers = Workers(jobs, preloaded)
    try:
        yield workers
    except (KeyboardInterrupt, SystemExit):  # do not wait for running tasks
        for worker in active_children():
            worker.terminate()
        raise
    finally:
        workers.shut_down()


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


COLLECT_AFTER = 100_000  # new objects: after a task with fewer, no garbage is collected


def _do_and_collect(do: Callable[[Task], Result], task: Task) -> Result:
    """Do a task in a worker, then collect garbage, which is quick because `_begin` froze the imported objects.

    Otherwise a worker that makes many briefs would use half as much memory again before Python collects. After a small
    task, such as a few figures, nothing is collected yet.
    """
    try:
        return do(task)
    finally:
        young, *older = gc.get_count()
        if young > COLLECT_AFTER or any(older):
            gc.collect()


@contextmanager
def without_collection() -> Iterator[None]:
    """Switch the garbage collector off while the block runs, for work that makes hardly any reference cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


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


def _new_pool(jobs: int, preloaded: str) -> ProcessPoolExecutor:
    context = _context(preloaded)
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_start_worker, initargs=gc.get_threshold())


def _context(preloaded: str) -> BaseContext:
    context = get_context(METHOD)
    context.set_forkserver_preload([preloaded] if preloaded else [])
    if METHOD == "forkserver":
        resource_tracker.ensure_running()  # it lets Ctrl-C through again once it has started
        with _interrupts_blocked():
            ensure_running()
    return context


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Block SIGINT, so that a process started in the block does not get the terminal's Ctrl-C during its imports.

    It would print a traceback. The process ends with this one, and its workers unblock the signal for themselves.
    """
    former = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)


def _start_worker(*thresholds: int) -> None:
    """Make a worker end at once on Ctrl-C, and together with its parent process.

    `thresholds` are those of the parent's garbage collector; `gc.freeze` exempts the imported objects from it.
    """
    gc.freeze()
    gc.set_threshold(*thresholds)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if METHOD == "forkserver":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = parent_process()
    if parent:
        await_any([parent.sentinel])
        os._exit(1)
