"""Run tasks on the workers of a Dask scheduler, with the same results as on the processes of this machine."""

import logging
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import dask
from distributed import CancelledError, Client, Future, wait
from distributed.scheduler import KilledWorker
from distributed.versions import VersionMismatchWarning

from jianbao.core.errors import DeliveryError, JianbaoError, Place, Problem, raise_all
from jianbao.core.messages import tr
from jianbao.core.workers import Result, Task, TaskList, TaskOutcome

PATIENCE = 10  # seconds for the scheduler to answer
RESPITE = 30  # seconds without any worker
TRANSFER = 300  # seconds for one result to come over
LOOK = 1  # seconds between two looks at which workers there are
LOSSES = 2  # workers that a task may lose
LARGE = {"distributed.admin.large-graph-warning-threshold": "1 TB"}  # what is sent may be as large as a workspace
SAME = tr("install the same there as here: this version of jianbao, requirements/dev.txt or run.txt, and the fonts")
_alone = Lock()


@dataclass(frozen=True)
class _Assignment:
    """Which task is being done, and the worker that does it."""

    place: int
    worker: str


@dataclass(kw_only=True)
class Cluster:
    """The workers of a scheduler that run the same version as this program, one task at a time each.

    If a worker is lost, its task is known and is done again by another worker; after a second loss it fails.
    """

    client: Client
    address: str
    tell: Callable[[], str]
    fit: set[str] = field(default_factory=set)
    unfit: set[str] = field(default_factory=set)

    def outcomes(self, work: TaskList[Task, Result]) -> Iterator[TaskOutcome[Result]]:
        """Yield the outcome of each task when it is done; a DeliveryError if no worker is left for it."""
        waiting, running = list(range(len(work.tasks)))[::-1], dict[Future[Any], _Assignment]()
        lost, looks = Counter[int](), 0
        while waiting or running:
            there = self.there()
            looks = 0 if there else looks + 1
            if there is None or looks * LOOK > RESPITE:
                yield from (TaskOutcome(place, error=self.left()) for place in _places(waiting, running))
                return
            unsent = self._hand_out(work, waiting, running, there)
            done, gone = _ended(running, there)
            for place in gone:
                lost[place] += 1
                if lost[place] < LOSSES:
                    waiting.append(place)
            outcomes = [
                *unsent,
                *done,
                *(TaskOutcome(place, error=_twice()) for place in gone if lost[place] == LOSSES),
            ]
            yield from outcomes
            if not work.keep_going and any(outcome.error for outcome in outcomes):
                waiting.clear()

    def _hand_out(
        self, work: TaskList[Task, Result], waiting: list[int], running: dict[Future[Any], _Assignment], there: set[str]
    ) -> list[TaskOutcome[Result]]:
        """Give each idle worker a task, and return the outcomes of tasks that could not be sent."""
        unsent = []
        busy = {post.worker for post in running.values()}
        for worker in sorted(there - busy)[: len(waiting)]:
            place = waiting.pop()
            work.on_start(work.tasks[place])
            try:
                sent = work.sent(work.tasks[place])
            except JianbaoError as error:
                unsent.append(TaskOutcome[Result](place, error=error))
                continue
            with dask.config.set(LARGE):
                future = self.client.submit(_done_alone, work.do, sent, workers=[worker], pure=False)
            running[future] = _Assignment(place, worker)
        return unsent

    def there(self) -> set[str] | None:
        """Return the addresses of usable workers; None if the scheduler no longer answers."""
        try:
            listed = set(self.client.nthreads(callback_timeout=PATIENCE))
            if new := listed - self.fit - self.unfit:
                same = _of_one_make(self.client, self.tell, new)
                self.fit |= same
                self.unfit |= new - same
        except (OSError, TimeoutError, RuntimeError):
            return None
        return listed & self.fit

    def left(self) -> DeliveryError:
        """Return the error of the tasks that are left."""
        hint = tr("find out what happened to it, then run the command again: what is finished is kept")
        return DeliveryError(
            Problem(Place(self.address), tr("the scheduler no longer answers or has no worker left"), hint)
        )


@contextmanager
def connect_cluster(address: str, tell: Callable[[], str]) -> Iterator[Cluster]:
    """Yield the workers of the Dask scheduler at an address.

    They must run this version: `tell` returns there what it returns here. Raises DeliveryError if the scheduler does
    not answer, has no worker, or one of another version.
    """
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # we report lost schedulers and workers in our own words
    try:
        with _connected(address) as client:
            yield _suitable_workers(client, address, tell)
    finally:
        logger.setLevel(before)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    place = Place(address)
    try:
        with warnings.catch_warnings(record=True) as on_start:
            warnings.simplefilter("always", VersionMismatchWarning)
            client = Client(address, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError, RuntimeError, ImportError) as error:
        hint = tr("start one with 'dask scheduler', and name its address: tcp://HOST:8786")
        what = tr(
            "no Dask scheduler answers within {seconds} seconds: {error}",
            seconds=PATIENCE,
            error=str(error).splitlines()[0],
        )
        raise DeliveryError(Problem(place, what, hint)) from error
    try:
        if any(issubclass(each.category, VersionMismatchWarning) for each in on_start):
            raise DeliveryError(
                Problem(place, tr("it or its workers run other versions of Dask or Python than this machine"), SAME)
            )
        yield client
    finally:
        client.close(timeout=PATIENCE)


def _suitable_workers(client: Client, address: str, tell: Callable[[], str]) -> Cluster:
    place, found = Place(address), Cluster(client=client, address=address, tell=tell)
    for _ in range(RESPITE):
        there = found.there()
        if there is None:
            raise found.left()
        if there or found.unfit:
            break
        time.sleep(LOOK)
    else:
        hint = tr("start some with 'dask worker ADDRESS'")
        raise DeliveryError(
            Problem(place, tr("the scheduler has no worker after {seconds} seconds", seconds=RESPITE), hint)
        )
    what = tr("it would not make the same bytes: its program, libraries or fonts differ")
    raise_all((Problem(Place(worker), what, SAME) for worker in sorted(found.unfit)), DeliveryError)
    return found


def _of_one_make(client: Client, tell: Callable[[], str], workers: set[str]) -> set[str]:
    """Return the workers that run the same version as this program."""
    own = tell()
    said = client.run(tell, workers=sorted(workers), on_error="return")
    return {worker for worker, answer in said.items() if own and answer == own}


def _done_alone(do: Callable[[Task], Result], task: Task) -> Result:
    """Do a task while this process does no other: the layout of pages is not thread-safe."""
    with _alone:
        return do(task)


def _ended(running: dict[Future[Any], _Assignment], there: set[str]) -> tuple[list[TaskOutcome[Any]], list[int]]:
    """Wait a moment; remove finished tasks, and return their outcomes and the indices of tasks whose worker is lost."""
    if not running:
        time.sleep(LOOK)
    with suppress(TimeoutError, CancelledError):
        wait(list(running), timeout=LOOK, return_when="FIRST_COMPLETED")
    done, gone = list[TaskOutcome[Any]](), list[int]()
    for future, post in list(running.items()):
        if future.status == "pending" and post.worker in there:
            continue
        del running[future]
        outcome = _outcome(future, post.place) if future.status in ("finished", "error") else None
        future.cancel()
        if outcome:
            done.append(outcome)
        else:
            gone.append(post.place)
    return done, gone


def _outcome(future: Future[Any], place: int) -> TaskOutcome[Any] | None:
    """Return the outcome of a task; None if its worker was lost, with or without the result."""
    if future.status == "error":
        error = future.exception()
        return (
            None
            if isinstance(error, KilledWorker)
            else TaskOutcome(place, error=error.with_traceback(future.traceback()))
        )
    try:
        return TaskOutcome(place, future.result(timeout=TRANSFER))
    except (TimeoutError, CancelledError):
        return None


def _places(waiting: list[int], running: dict[Future[Any], _Assignment]) -> list[int]:
    return sorted([*waiting, *(post.place for post in running.values())])


def _twice() -> DeliveryError:
    hint = tr("look into the workers' logs, and make sure they have enough memory")
    return DeliveryError(
        Problem(Place("--scheduler"), tr("{count} workers were lost on the same task", count=LOSSES), hint)
    )
