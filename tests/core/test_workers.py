"""A pool of workers gives the same results as one process, and survives the loss of a worker."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jianbao.core.errors import ContentError, DeliveryError, Place, Problem
from jianbao.core.messages import verbatim
from jianbao.core.workers import TaskList, TaskOutcome, Workers, worker_pool
from tests.workspaces import MINIATURE, ROOT, run, snapshot

pytestmark = pytest.mark.slow

PRELOADED = "jianbao.core.workers"
FAULT = ContentError(
    [
        Problem(Place("a.yml", 3, "zh"), verbatim("'x' is wrong"), verbatim("write 'y'")),
        Problem(Place("b.yml"), verbatim("so is 'z'")),
    ]
)


def square(number: int) -> int:
    """Return a square; raise an error for numbers below zero, the earlier the later."""
    if number < 0:
        time.sleep(-number / 10)
        raise ContentError(Problem(Place("numbers"), verbatim(f"'{number}' is below zero")))
    return number * number


def lost_once(marker: Path) -> str:
    """Kill the worker that does this for the first time."""
    if marker.exists():
        return "done"
    marker.touch()
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def lost_always(folder: Path) -> str:
    """Kill every worker that does this in a folder of that name."""
    if folder.name == "lost":
        os.kill(os.getpid(), signal.SIGKILL)
    return folder.name


def fault(_: int) -> None:
    raise FAULT


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_tasks(jobs: int) -> None:
    heard: list[int] = []
    with worker_pool(jobs, PRELOADED) as workers:
        assert workers.results(TaskList(do=square, tasks=(3, 1, 2), on_start=heard.append)) == [9, 1, 4]
    assert heard == [3, 1, 2]


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_first_task_that_fails_is_the_one_whose_error_is_raised(jobs: int) -> None:
    with worker_pool(jobs, PRELOADED) as workers, pytest.raises(ContentError, match="'-3' is below zero"):
        workers.results(TaskList(do=square, tasks=(-3, -1, 2, 2, 2)))


def test_after_an_error_nothing_more_is_begun() -> None:
    heard: list[int] = []
    with worker_pool(2, PRELOADED) as workers, pytest.raises(ContentError):
        workers.results(TaskList(do=square, tasks=(-1, -1, 1, 1, 1, 1), on_start=heard.append))
    assert heard == [-1, -1]


def test_patient_work_goes_on_after_an_error() -> None:
    with worker_pool(2, PRELOADED) as workers:
        outcomes = sorted(
            workers.outcomes(TaskList(do=square, tasks=(-1, 2, -1, 3), keep_going=True)), key=lambda each: each.place
        )
    assert [(each.value, type(each.error)) for each in outcomes] == [
        (None, ContentError),
        (4, type(None)),
        (None, ContentError),
        (9, type(None)),
    ]


def test_an_error_comes_back_from_a_worker_with_all_of_its_problems() -> None:
    with worker_pool(2, PRELOADED) as workers:
        outcomes: list[TaskOutcome[None]] = list(workers.outcomes(TaskList(do=fault, tasks=(1, 2), keep_going=True)))
    for outcome in outcomes:
        assert isinstance(outcome.error, ContentError)
        assert (outcome.error.problems, outcome.error.exit_code) == (FAULT.problems, 4)


def test_a_task_whose_worker_is_lost_is_done_again(tmp_path: Path) -> None:
    with worker_pool(2, PRELOADED) as workers:
        made = workers.results(TaskList(do=lost_once, tasks=[tmp_path / name for name in "abc"]))
    assert made == ["done"] * 3


def test_a_task_that_loses_every_worker_stops_none_of_the_others(tmp_path: Path) -> None:
    tasks = [tmp_path / name for name in ("a", "lost", "b", "c")]
    with worker_pool(2, PRELOADED) as workers:
        outcomes = sorted(
            workers.outcomes(TaskList(do=lost_always, tasks=tasks, keep_going=True)), key=lambda each: each.place
        )
    assert [each.value for each in outcomes] == ["a", None, "b", "c"]
    assert isinstance(outcomes[1].error, DeliveryError) and "a worker process was lost twice" in str(outcomes[1].error)


def test_one_task_stays_in_this_process() -> None:
    assert Workers(4).results(TaskList(do=lambda task: (task, os.getpid()), tasks=["a"])) == [("a", os.getpid())]


HELPED = """
import os, time
from jianbao.core.workers import TaskList, worker_pool
from tests.core.test_workers import tell
with worker_pool(2, "jianbao.core.workers") as workers:
    workers.results(TaskList(do=tell, tasks=["one", "two"]))
"""


def tell(_: str) -> None:
    """Say who works here, and go on working."""
    sys.stdout.write(f"{os.getpid()}\n")
    sys.stdout.flush()
    time.sleep(60)


INTERRUPTED = """
import os, re, signal
from contextlib import suppress
from multiprocessing import forkserver
from pathlib import Path
from jianbao.core.workers import Workers
from time import sleep

def handled(pid):
    found = re.search(r"SigCgt:\\s+(\\w+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1], 16) >> (signal.SIGINT - 1) & 1

with suppress(KeyboardInterrupt):
    Workers(2, "jianbao.app.products").warm()
    while not handled(forkserver._forkserver._forkserver_pid):
        pass
    os.killpg(0, signal.SIGINT)  # while it imports
    sleep(60)
print("ended in order")
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux which signals a process handles")
def test_a_terminal_that_interrupts_them_while_they_start_is_shown_no_traceback() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    words = [sys.executable, "-c", INTERRUPTED]
    done = subprocess.run(words, env=env, capture_output=True, text=True, start_new_session=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ended in order\n", "")


def test_workers_end_with_the_process_that_they_work_for() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))}
    words = [sys.executable, "-c", HELPED]
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as master:
        assert master.stdout
        workers = [int(master.stdout.readline()) for _ in range(2)]
        master.kill()
        master.wait()
        assert master.stdout.read() == ""  # which ends when the last worker has let go of it
    assert not [worker for worker in workers if running(worker)]


def running(process: int) -> bool:
    """Return whether a process still works: one that has ended may wait to be taken note of."""
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.deep
def test_two_processes_make_the_same_bytes_as_one(tmp_path: Path) -> None:
    made = {}
    for jobs in (1, 2):
        done = run("build", MINIATURE, "--jobs", jobs, "--output", tmp_path / str(jobs))
        assert done.code == 0, done.err
        made[jobs] = snapshot(tmp_path / str(jobs)), done.err
    assert made[1] == made[2]


def test_a_fault_of_a_page_is_the_same_error_from_a_worker(workspace: Path) -> None:
    page = workspace / "templates/brief/page.html.j2"
    page.write_text(page.read_text("utf-8").replace("<main>", '<main><img src="file:///etc/passwd" alt="">'), "utf-8")
    serial, parallel = (run("build", workspace, "--jobs", jobs) for jobs in (1, 2))
    assert (serial.code, parallel.code) == (6, 6) and "'file:///etc/passwd'" in parallel.err
    assert [line for line in parallel.err.splitlines() if "rendering" not in line] == [
        line for line in serial.err.splitlines() if "rendering" not in line
    ]
