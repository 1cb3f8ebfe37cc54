"""A cluster gives the same results as the processes of this machine, survives its workers, and runs one program."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from jianbao.app.workspace import program_fingerprint
from jianbao.core.dask_cluster import connect_cluster
from jianbao.core.errors import ContentError, DeliveryError
from jianbao.core.workers import TaskList, TaskOutcome
from tests.core.test_workers import FAULT, fault, lost_always, running, square
from tests.workspaces import MINIATURE, ROOT, amend, copy, linked_fonts, run, snapshot

pytestmark = pytest.mark.slow
PATIENCE = 600  # seconds, for what takes two on a quiet machine
PLACES = os.pathsep.join((str(ROOT), str(ROOT / "src")))
QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "critical", "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False"}


@dataclass(kw_only=True)
class Harbour:
    """A scheduler on this machine, where it answers, and the processes of its workers."""

    folder: Path
    world: dict[str, str]
    address: str = ""
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, program: str, *words: object, **world: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": PLACES, **QUIET, **self.world, **world}
        command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *map(str, words), "--no-dashboard"]
        return subprocess.Popen(command, env=environment, cwd=self.folder, stderr=subprocess.DEVNULL)

    def hire(self, **world: str) -> subprocess.Popen[bytes]:
        words = ("--no-nanny", "--nthreads", 2, "--local-directory", self.folder, "--death-timeout", PATIENCE)
        self.workers.append(self.start("worker", self.address, *words, **world))
        return self.workers[-1]

    def lose(self, number: int) -> None:
        worker = self.workers.pop(number)
        worker.kill()
        worker.wait()


@contextmanager
def opened(folder: Path, workers: int) -> Iterator[Harbour]:
    """Open a scheduler with workers on the loopback, who keep what they make below a folder; all end with the block."""
    linked_fonts(folder / "cache")
    harbour = Harbour(folder=folder, world={"XDG_CACHE_HOME": str(folder / "cache")})
    listed = folder / "scheduler.json"
    words = ("--host", "127.0.0.1", "--port", 0, "--scheduler-file", listed)
    harbour.scheduler = harbour.start("scheduler", *words)
    try:
        while not (listed.exists() and '"address": "' in (text := listed.read_text())):
            assert harbour.scheduler.poll() is None, "the scheduler ended"
            time.sleep(0.05)
        harbour.address = text.partition('"address": "')[2].partition('"')[0]
        for _ in range(workers):
            harbour.hire()
        if workers:
            from distributed import Client  # here, so that only the process of this file spends the time

            with Client(harbour.address, set_as_default=False, timeout=PATIENCE) as client:
                client.wait_for_workers(workers, PATIENCE)
        yield harbour
    finally:
        for process in (*harbour.workers, harbour.scheduler):
            process.kill()
            process.wait()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a scheduler and for workers as long as a loaded machine may need; some tests below are in a hurry."""
    for limit in ("ANSWER_TIMEOUT", "WORKER_TIMEOUT"):
        monkeypatch.setattr(f"jianbao.core.dask_cluster.{limit}", PATIENCE)


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """Return a harbour that every test leaves as it was."""
    with opened(tmp_path_factory.mktemp("harbour"), 2) as found:
        yield found


def test_outcomes_are_those_of_local_workers(harbour: Harbour) -> None:
    heard: list[int] = []
    with connect_cluster(harbour.address, program_fingerprint) as workers:
        outcomes = sorted(
            workers.outcomes(TaskList(do=square, tasks=(3, -1, 2, 4), on_start=heard.append, keep_going=True)),
            key=_place,
        )
        assert [(each.value, type(each.error)) for each in outcomes] == [
            (9, type(None)),
            (None, ContentError),
            (4, type(None)),
            (16, type(None)),
        ]
        assert sorted(heard) == [-1, 2, 3, 4]
        (outcome,) = workers.outcomes(TaskList(do=fault, tasks=(1,)))
        assert isinstance(outcome.error, ContentError) and outcome.error.problems == FAULT.problems
        after = list(workers.outcomes(TaskList(do=square, tasks=(-1, -1, 1, 1, 1, 1))))
        assert 1 <= len(after) <= 2 and all(each.error for each in after)


def _place(outcome: TaskOutcome[Any]) -> int:
    return outcome.place


@pytest.mark.deep
def test_a_lost_workers_task_is_done_again_and_one_that_loses_two_stops_none_of_the_others(tmp_path: Path) -> None:
    tasks = [tmp_path / name for name in ("a", "lost", "b", "c")]
    with opened(tmp_path, 3) as harbour, connect_cluster(harbour.address, program_fingerprint) as workers:
        came = []
        for outcome in workers.outcomes(TaskList(do=lost_last, tasks=tasks, keep_going=True)):
            came.append(outcome)
            if len(came) == len(tasks) - 1:
                (tmp_path / "others").touch()
        outcomes = sorted(came, key=_place)
        assert [each.value for each in outcomes] == ["a", None, "b", "c"]
        assert isinstance(outcomes[1].error, DeliveryError) and "2 workers were lost" in str(outcomes[1].error)
        assert sum(running(each.pid) for each in harbour.workers) == 1
        assert [each.value for each in workers.outcomes(TaskList(do=square, tasks=(3,)))] == [9], "and the last goes on"


def lost_last(folder: Path) -> str:
    """Kill every worker that does this in a folder named "lost", but not before the outcomes of the others have come.

    Dask holds a lost worker against all that was on it, whoever is to blame.
    """
    while folder.name == "lost" and not (folder.parent / "others").exists():
        time.sleep(0.05)
    return lost_always(folder)


def test_when_scheduler_or_workers_are_gone_what_is_left_is_told_and_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianbao.core.dask_cluster.WORKER_TIMEOUT", 3)
    monkeypatch.setattr("jianbao.core.dask_cluster.ANSWER_TIMEOUT", 10)
    with opened(tmp_path, 1) as harbour, connect_cluster(harbour.address, program_fingerprint) as workers:
        outcomes = workers.outcomes(TaskList(do=time.sleep, tasks=(0, 60, 60), keep_going=True))
        assert next(outcomes).place == 0
        harbour.lose(0)
        assert [(each.place, "no worker left" in str(each.error)) for each in outcomes] == [(1, True), (2, True)]
        assert harbour.scheduler
        harbour.scheduler.kill()
        (outcome,) = workers.outcomes(TaskList(do=square, tasks=(1,)))
        assert isinstance(outcome.error, DeliveryError) and "no longer answers" in str(outcome.error)


def test_a_worker_of_another_make_is_refused_by_name_and_one_that_comes_later_gets_no_work(harbour: Harbour) -> None:
    other = harbour.folder / "other"
    (other / "more-1.0.dist-info").mkdir(parents=True)
    (other / "more-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: more\nVersion: 1.0\n")
    with connect_cluster(harbour.address, program_fingerprint) as workers:
        harbour.hire(PYTHONPATH=os.pathsep.join((PLACES, str(other))))
        while len(workers.client.nthreads()) < 3:
            time.sleep(0.1)
        made = {each.value for each in workers.outcomes(TaskList(do=_worker, tasks=range(12)))}
        assert made == {each.pid for each in harbour.workers[:2]} and len(workers.unsuitable) == 1
    with (
        pytest.raises(DeliveryError, match="would not make the same bytes") as caught,
        connect_cluster(harbour.address, program_fingerprint),
    ):
        pass
    harbour.lose(2)
    assert len(caught.value.problems) == 1 and caught.value.problems[0].where.file.startswith("tcp://127.0.0.1:")


def _worker(_: int) -> int:
    time.sleep(0.2)
    return os.getpid()


def test_a_scheduler_of_another_version_is_refused(harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import versions

    said = versions.get_versions()
    other = {**said, "packages": {**said["packages"], "distributed": "1.0"}}
    monkeypatch.setattr(versions, "get_versions", lambda: other)
    with (
        pytest.raises(DeliveryError, match="run other versions of Dask or Python"),
        connect_cluster(harbour.address, program_fingerprint),
    ):
        pass


@pytest.fixture
def cities(tmp_path: Path) -> Path:
    """Return a folder with a batch of three workspaces, one of which has a fault of its data."""
    for name in ("one", "two", "three"):
        copy(MINIATURE, tmp_path / name)
    amend(tmp_path / "two", "data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Hihglands")
    listed = "".join(f"- {{workspace: {name}, lang: en}}\n" for name in ("one", "two", "three"))
    (tmp_path / "batch.yml").write_text(listed, "utf-8")
    return tmp_path


def test_a_batch_on_a_cluster_gives_the_same_bytes_and_the_same_account_as_on_this_machine(
    harbour: Harbour, cities: Path
) -> None:
    made = {}
    for way in ((), ("--scheduler", harbour.address)):
        done = run("batch", cities / "batch.yml", *way)
        assert done.code == 3 and f"{cities / 'two'} (batch.yml:2) is not built:" in done.err
        assert "data/ties.csv:" in done.err and "'Hihglands' is no grouping of the name table" in done.err
        files = {name: snapshot(cities / name / "output") for name in ("one", "three")}
        made[bool(way)] = files, done.err, sorted(line.split("  ", 1)[1] for line in done.out.splitlines())
    assert made[True] == made[False] and all("midsummer/brief.en.pdf" in files for files in made[True][0].values())


@pytest.mark.deep
def test_a_batch_outlives_a_kill_and_a_worker_and_makes_nothing_twice(harbour: Harbour, cities: Path) -> None:
    linked_fonts(cities / "kept")
    world = {"PYTHONPATH": PLACES, "JIANBAO_CACHE": "1", "XDG_CACHE_HOME": str(cities / "kept")}
    for name in ("one", "three"):
        amend(cities / name, "templates/outline.yml", "[brief.zh-en.pdf, ", "[brief.zh.html, brief.en.html, ")
    asked = ("workspace: one, lang: en", "workspace: three, lang: zh", "workspace: one, edition: winter, lang: en")
    (cities / "batch.yml").write_text("".join(f"- {{{words}, format: html}}\n" for words in asked), "utf-8")
    words = [sys.executable, "-m", "jianbao.cli", "batch", str(cities / "batch.yml"), "--scheduler", harbour.address]
    environment = {**os.environ, **world}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        assert killed.stdout.readline().startswith("1 of 3  built")
        killed.kill()
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as again:
        assert again.stdout
        assert again.stdout.readline().startswith("1 of 3  unchanged")
        time.sleep(0.5)
        harbour.lose(0)
        assert [line.split("  ")[1] for line in again.stdout] == ["built", "built"]
    assert again.returncode == 0
    harbour.hire()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nowhere://x", "127.0.0.1:99999"])
def test_a_scheduler_that_does_not_answer_is_one_error_and_soon(
    cities: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr("jianbao.core.dask_cluster.ANSWER_TIMEOUT", 1)
    done = run("batch", cities / "batch.yml", "--scheduler", address)
    assert done.code == 7 and "1 problem for the operator" in done.err and "Traceback" not in done.err
    assert done.err.startswith(f"{address}: no Dask scheduler answers within 1 seconds: ")
    assert "start one with 'dask scheduler'" in done.err


def test_a_scheduler_without_workers_is_one_error_and_soon(
    cities: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jianbao.core.dask_cluster.WORKER_TIMEOUT", 1)
    with opened(tmp_path, 0) as harbour:
        done = run("batch", cities / "batch.yml", "--scheduler", harbour.address)
    assert done.code == 7 and "the scheduler has no worker after 1 seconds" in done.err


def test_without_the_library_the_command_says_what_to_install(cities: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "jianbao.core.dask_cluster")
    done = run("batch", cities / "batch.yml", "--scheduler", "tcp://127.0.0.1:1")
    assert done.code == 2 and "pip install 'jianbao[cluster]'" in done.err
