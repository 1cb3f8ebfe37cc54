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

ANSWER_TIMEOUT = 10  # seconds that we wait for the scheduler to answer
WORKER_TIMEOUT = 30  # seconds that we wait for a first worker
TRANSFER_TIMEOUT = 300  # seconds that the transfer of one result may take
POLL_INTERVAL = 1  # seconds between two requests for the list of workers
MAX_LOSSES = 2  # workers that may die while they do a task; then the task fails
LARGE_MESSAGES = {"distributed.admin.large-graph-warning-threshold": "1 TB"}  # a task may be as large as a workspace
_SAME_VERSION = tr(
    "install the same there as here: this version of jianbao, requirements/dev.txt or run.txt, and the fonts"
)
_one_at_a_time = Lock()


@dataclass(frozen=True)
class _Assignment:
    """The index of a running task in its list (`place`), and the address of its worker."""

    place: int
    worker: str


@dataclass(kw_only=True)
class Cluster:
    """The workers of a scheduler that run the same version as this program, one task at a time each.

    If a worker is lost, another worker repeats its task; after a second loss the task fails. `version` returns what
    must be the same on every worker; `suitable` and `unsuitable` are the addresses of workers where it is, or is not.
    """

    client: Client
    address: str
    version: Callable[[], str]
    suitable: set[str] = field(default_factory=set)
    unsuitable: set[str] = field(default_factory=set)

    def outcomes(self, work: TaskList[Task, Result]) -> Iterator[TaskOutcome[Result]]:
        """Yield the outcome of each task when it is done; its error is a DeliveryError if no worker is left."""
        waiting, running = list(range(len(work.tasks)))[::-1], dict[Future[Any], _Assignment]()
        losses, failed_polls = Counter[int](), 0
        while waiting or running:
            online = self.online()
            failed_polls = 0 if online else failed_polls + 1
            if online is None or failed_polls * POLL_INTERVAL > WORKER_TIMEOUT:
                yield from (TaskOutcome(place, error=self.no_worker_left()) for place in _unfinished(waiting, running))
                return
            unsent = self._hand_out(work, waiting, running, online)
            done, orphans = _collect(running, online)
            for place in orphans:
                losses[place] += 1
                if losses[place] < MAX_LOSSES:
                    waiting.append(place)
            outcomes = [
                *unsent,
                *done,
                *(TaskOutcome(place, error=_lost_twice_error()) for place in orphans if losses[place] == MAX_LOSSES),
            ]
            yield from outcomes
            if not work.keep_going and any(outcome.error for outcome in outcomes):
                waiting.clear()

    def _hand_out(
        self,
        work: TaskList[Task, Result],
        waiting: list[int],
        running: dict[Future[Any], _Assignment],
        online: set[str],
    ) -> list[TaskOutcome[Result]]:
        """Give each idle worker a task, and return the outcomes of tasks that could not be sent."""
        unsent = []
        busy = {assignment.worker for assignment in running.values()}
        for worker in sorted(online - busy)[: len(waiting)]:
            place = waiting.pop()
            work.on_start(work.tasks[place])
            try:
                sent = work.sent(work.tasks[place])
            except JianbaoError as error:
                unsent.append(TaskOutcome[Result](place, error=error))
                continue
            with dask.config.set(LARGE_MESSAGES):
                future = self.client.submit(_do_alone, work.do, sent, workers=[worker], pure=False)
            running[future] = _Assignment(place, worker)
        return unsent

    def online(self) -> set[str] | None:
        """Return the addresses of usable workers; None if the scheduler no longer answers."""
        try:
            listed = set(self.client.nthreads(callback_timeout=ANSWER_TIMEOUT))
            if new := listed - self.suitable - self.unsuitable:
                matching = _of_same_version(self.client, self.version, new)
                self.suitable |= matching
                self.unsuitable |= new - matching
        except (OSError, TimeoutError, RuntimeError):
            return None
        return listed & self.suitable

    def no_worker_left(self) -> DeliveryError:
        """Return the error of tasks for which no worker is left."""
        hint = tr("find out what happened to it, then run the command again: what is finished is kept")
        return DeliveryError(
            Problem(Place(self.address), tr("the scheduler no longer answers or has no worker left"), hint)
        )


@contextmanager
def connect_cluster(address: str, version: Callable[[], str]) -> Iterator[Cluster]:
    """Yield the workers of the Dask scheduler at an address.

    They must run the same version as this program: `version` must return the same there as here. Raises DeliveryError
    if the scheduler does not answer, has no worker, or has one of another version.
    """
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # lost schedulers and workers are reported by our own messages
    try:
        with _connected(address) as client:
            yield _suitable_workers(client, address, version)
    finally:
        logger.setLevel(before)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    place = Place(address)
    try:
        with warnings.catch_warnings(record=True) as on_start:
            warnings.simplefilter("always", VersionMismatchWarning)
            client = Client(address, timeout=ANSWER_TIMEOUT)
    except (OSError, TimeoutError, ValueError, RuntimeError, ImportError) as error:
        hint = tr("start one with 'dask scheduler', and name its address: tcp://HOST:8786")
        what = tr(
            "no Dask scheduler answers within {seconds} seconds: {error}",
            seconds=ANSWER_TIMEOUT,
            error=str(error).splitlines()[0],
        )
        raise DeliveryError(Problem(place, what, hint)) from error
    try:
        if any(issubclass(each.category, VersionMismatchWarning) for each in on_start):
            raise DeliveryError(
                Problem(
                    place,
                    tr("it or its workers run other versions of Dask or Python than this machine"),
                    _SAME_VERSION,
                )
            )
        yield client
    finally:
        client.close(timeout=ANSWER_TIMEOUT)


def _suitable_workers(client: Client, address: str, version: Callable[[], str]) -> Cluster:
    place, found = Place(address), Cluster(client=client, address=address, version=version)
    for _ in range(WORKER_TIMEOUT):
        online = found.online()
        if online is None:
            raise found.no_worker_left()
        if online or found.unsuitable:
            break
        time.sleep(POLL_INTERVAL)
    else:
        hint = tr("start some with 'dask worker ADDRESS'")
        raise DeliveryError(
            Problem(place, tr("the scheduler has no worker after {seconds} seconds", seconds=WORKER_TIMEOUT), hint)
        )
    what = tr("it would not make the same bytes: its program, libraries or fonts differ")
    raise_all((Problem(Place(worker), what, _SAME_VERSION) for worker in sorted(found.unsuitable)), DeliveryError)
    return found


def _of_same_version(client: Client, version: Callable[[], str], workers: set[str]) -> set[str]:
    """Return the workers that run the same version as this program."""
    own = version()
    answers = client.run(version, workers=sorted(workers), on_error="return")
    return {worker for worker, answer in answers.items() if own and answer == own}


def _do_alone(do: Callable[[Task], Result], task: Task) -> Result:
    """Do a task while this process does no other: the layout of pages is not thread-safe."""
    with _one_at_a_time:
        return do(task)


def _collect(running: dict[Future[Any], _Assignment], online: set[str]) -> tuple[list[TaskOutcome[Any]], list[int]]:
    """Wait for a task to end, at most POLL_INTERVAL seconds; remove all that have ended.

    Returns the outcomes of finished tasks, and the indices of tasks whose worker is lost.
    """
    if not running:
        time.sleep(POLL_INTERVAL)
    with suppress(TimeoutError, CancelledError):
        wait(list(running), timeout=POLL_INTERVAL, return_when="FIRST_COMPLETED")
    done, orphans = list[TaskOutcome[Any]](), list[int]()
    for future, assignment in list(running.items()):
        if future.status == "pending" and assignment.worker in online:
            continue
        del running[future]
        outcome = _outcome_of(future, assignment.place) if future.status in ("finished", "error") else None
        future.cancel()
        if outcome:
            done.append(outcome)
        else:
            orphans.append(assignment.place)
    return done, orphans


def _outcome_of(future: Future[Any], place: int) -> TaskOutcome[Any] | None:
    """Return the outcome of a task; None if its worker was lost, with or without the result."""
    if future.status == "error":
        error = future.exception()
        return (
            None
            if isinstance(error, KilledWorker)
            else TaskOutcome(place, error=error.with_traceback(future.traceback()))
        )
    try:
        return TaskOutcome(place, future.result(timeout=TRANSFER_TIMEOUT))
    except (TimeoutError, CancelledError):
        return None


def _unfinished(waiting: list[int], running: dict[Future[Any], _Assignment]) -> list[int]:
    return sorted([*waiting, *(assignment.place for assignment in running.values())])


def _lost_twice_error() -> DeliveryError:
    hint = tr("look into the workers' logs, and make sure they have enough memory")
    return DeliveryError(
        Problem(Place("--scheduler"), tr("{count} workers were lost on the same task", count=MAX_LOSSES), hint)
    )
