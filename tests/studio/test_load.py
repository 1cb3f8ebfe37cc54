"""A studio that twenty people use at once, and one that is killed: no edit is lost or half there, and it serves on."""

import csv
import os
import random
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlencode

import pytest

from jianbao.studio import accounts
from jianbao.studio.audit import AuditLog
from tests.repository.tree import ROOT
from tests.studio.test_people import ROLES, SECRET, SENTENCE, Visitor
from tests.workspaces import MINIATURE, copy, run

pytestmark = pytest.mark.deep

USERS, ACTIONS, MOMENTS, SEED = 20, 500, 20, 17
PAGES = ("/brief", "/data/ties", "/review", "/")
TIES, WORDS = "data/ties.csv", "templates/wording/harbour.yml"
NEWEST = ("youngest", "final", "newest", "freshest", "lately", "recent")
SAID = "The {number} to join was {{{{ ties.latest | name }}}}, on {{{{ ties.latest_on | date }}}}."
# The studio in a process that ends, as the kernel would end it, before the step to the disk whose number is in the
# file ARMED, once there is one; the file COUNTED says how many steps there were since then.
KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from threading import Lock
armed, counted, lock, taken = Path(os.environ["ARMED"]), Path(os.environ["COUNTED"]), Lock(), 0
exists, read, write = Path.exists, Path.read_text, Path.write_text
def step(made):
    def before(*given, **named):
        global taken
        with lock:
            if exists(armed):
                taken += 1
                write(counted, str(taken))
                if taken == int(read(armed)):
                    os.kill(os.getpid(), signal.SIGKILL)
        return made(*given, **named)
    return before
for owner, name in ((os, "fsync"), (Path, "replace"), (Path, "rename"), (Path, "unlink"), (Path, "mkdir"),
                    (shutil, "rmtree")):
    setattr(owner, name, step(getattr(owner, name)))
from jianbao.cli import main
main()
"""


class Office:
    """A studio in a process of its own."""

    def __init__(self, root: Path, program: Sequence[str] = ("-m", "jianbao.cli"), **world: str) -> None:
        words = [sys.executable, *program, "studio", str(root), "--no-open", "--port", "0"]
        env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", **world}
        self.process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout and self.process.stderr
        said = self.process.stdout.readline()
        found = re.search(r":(\d+)", said)
        assert found, said + self.process.stderr.read()
        self.port = int(found[1])

    def memory(self) -> int:
        """Return how much memory the server uses, in MB."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found
        return int(found[1]) // 1024

    def processor_time(self) -> float:
        """Return the seconds for which the server has used a processor, in any of its threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, how: int = signal.SIGKILL) -> int:
        self.process.send_signal(how)
        self.process.communicate()
        return self.process.returncode


@contextmanager
def opened(root: Path) -> Iterator[Office]:
    office = Office(root)
    try:
        yield office
    finally:
        office.end()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    made = copy(MINIATURE, tmp_path / "city")
    (made / "data/roles.yml").write_text(ROLES, "utf-8")
    found: tuple[accounts.Account, ...] = ()
    for number in range(USERS + 1):
        found = accounts.with_account(found, f"User {number}", "reviser", SECRET)
    accounts.write_accounts(made, found)
    return made


def together(does: Callable[[int], None]) -> None:
    """Have all users do something at once; raises what one of them met."""
    met: list[BaseException] = []

    def tried(number: int) -> None:
        try:
            does(number)
        except BaseException as error:
            met.append(error)

    threads = [threading.Thread(target=tried, args=(number,)) for number in range(USERS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for error in met:
        raise error


def cell(root: Path, row: int, column: str) -> str:
    """Return a cell of the table of ties as its file has it."""
    head, *rows = csv.reader((root / TIES).read_text("utf-8").splitlines())
    return rows[row - 2][head.index(column)]


def read(visitor: Visitor, number: int) -> None:
    """Have a user look at three pages, others than the user of another number."""
    for path in random.Random(SEED + number).sample(PAGES, 3):
        assert visitor.ask(path)[0] == 200, path


# Twenty at once


def draft(root: Path, visitor: Visitor, number: int) -> str:
    """Have a user change a cell of their own, a cell that others change too, or a sentence; return the new text."""
    if number < 7:
        new = f"20{number + 10}-01-02"
        changed = {
            "row": str(number + 2),
            "column": "sealed_on",
            "old": cell(root, number + 2, "sealed_on"),
            "new": new,
        }
    elif number < 14:
        new = ("Delta", "Islands")[number % 2]
        changed = {"row": "2", "column": "grouping", "old": "Highlands", "new": new}
    else:
        new = SAID.format(number=NEWEST[number - 14])
        assert visitor.ask(f"/brief/wording/{SENTENCE}", urlencode({"text.en": new}))[0] == 303
        return new
    assert visitor.ask("/data/ties/cell", urlencode(changed))[0] == 303
    return new


def test_twenty_at_once_cost_no_more_than_one_after_the_other_and_lose_no_edit(root: Path) -> None:
    with opened(root) as office:
        users = [Visitor(office.port, f"User {number}") for number in range(USERS + 1)]
        new: dict[int, str] = {}
        answers: dict[int, int] = {}

        def cost(does: Callable[[], None]) -> float:
            began = office.processor_time()
            does()
            return office.processor_time() - began

        def one_by_one() -> None:
            for number in range(USERS):
                read(users[-1], number)

        def at_once() -> None:
            together(lambda number: read(users[number], number))

        def drafts(number: int) -> None:
            new[number] = draft(root, users[number], number)

        def applies(number: int) -> None:
            answers[number] = users[number].ask("/changes/apply", urlencode({"why": "So it is"}))[0]

        one_by_one()
        alone, many = [], []
        for does in (lambda _: None, drafts, applies):
            together(does)
            many.append(cost(at_once))
            alone.append(cost(one_by_one))
        # Threads that take turns, and pages that are made anew once the files have changed, cost something.
        assert sum(many) < 2 * sum(alone), (many, alone)
        refused = [number for number in range(USERS) if answers[number] != 303]
        assert set(range(7)).isdisjoint(refused), "different cells"
        files = (root / TIES).read_text("utf-8") + (root / WORDS).read_text("utf-8")
        assert all(new[number] in files for number in range(USERS) if number not in refused)
        stands = {number: new[number] for number in range(7, USERS) if number not in refused}
        for number in refused:
            theirs = next(text for other, text in stands.items() if (other < 14) == (number < 14))
            page = users[number].ask("/changes")[2]
            assert "Somebody else has changed the same place" in page
            for text in (theirs, new[number]):
                assert text in page, (number, text)
    done = [each for each in AuditLog(root).entries() if each.did == "/changes/apply"]
    assert sum(each.result == "done" for each in done) == USERS - len(refused) and len(done) == USERS
    assert run("check", root).code == 0


def test_memory_stays_the_same_over_five_hundred_actions(root: Path) -> None:
    with opened(root) as office:
        user, chosen, used = Visitor(office.port, "User 0"), random.Random(SEED), {}
        texts = ["Highlands", "Delta"]
        for action in range(1, ACTIONS + 1):
            if action % 10 == 0:
                changed = {"row": "8", "column": "grouping", "old": texts[0], "new": texts[1]}
                assert user.ask("/data/ties/cell", urlencode(changed))[0] == 303
                assert user.ask("/changes/apply", urlencode({"why": str(action)}))[0] == 303
                texts.reverse()
            else:
                path = chosen.choice((*PAGES, "/changes", "/compare", f"/brief/wording/{SENTENCE}"))
                assert user.ask(path)[0] == 200, path
            used[action] = office.memory()
        assert used[ACTIONS] < 1.1 * used[100]


# Killed


def values(root: Path) -> tuple[str, str]:
    """Return a cell and a word of a sentence as the files have them."""
    said = re.search(r"en: The (\w+) to join", (root / WORDS).read_text("utf-8"))
    assert said
    return cell(root, 8, "grouping"), said[1]


def apply(office: Office, old: str, new: str, armed: Path, step: int) -> bool:
    """Change a cell and a sentence in one; return whether the studio has answered or was killed at the step before."""
    user = Visitor(office.port, "User 0")
    assert all(user.ask(path)[0] == 200 for path in PAGES), "it serves"
    assert user.ask("/changes/drop", "")[0] == 303
    changed = {"row": "8", "column": "grouping", "old": old, "new": new}
    assert user.ask("/data/ties/cell", urlencode(changed))[0] == 303
    words = urlencode({"text.en": SAID.format(number=new)})
    assert user.ask(f"/brief/wording/{SENTENCE}", words)[0] == 303
    armed.write_text(str(step))
    try:
        return user.ask("/changes/apply", urlencode({"why": "It may be killed"}))[0] == 303
    except (OSError, HTTPException):
        return False


def test_a_studio_that_is_killed_at_any_step_leaves_a_change_whole_or_not_there(root: Path, tmp_path: Path) -> None:
    armed, counted = tmp_path / "armed", tmp_path / "counted"

    def tried(step: int) -> bool:
        """Have a studio killed before a step, 0 for none; return whether the change is in the files."""
        old, _ = values(root)
        new = "Delta" if old == "Highlands" else "Highlands"
        office = Office(root, ("-c", KILLED), ARMED=str(armed), COUNTED=str(counted))
        answered = apply(office, old, new, armed, step)
        assert office.end() == -signal.SIGKILL
        armed.unlink()
        checked = run("check", root)
        assert checked.code == 0, (step, checked.err)
        cell_now, word = values(root)
        assert (cell_now == new) == (word == new) and cell_now in (old, new), step
        assert cell_now == new or not answered, "what was told to be written is written"
        AuditLog(root).entries()
        return cell_now == new

    assert tried(0)
    steps = random.Random(SEED).sample(range(1, int(counted.read_text()) + 1), MOMENTS)
    outcomes = {step: tried(step) for step in sorted(steps)}
    assert set(outcomes.values()) == {True, False}
    with opened(root) as office:
        user = Visitor(office.port, "User 0")
        assert all(user.ask(path)[0] == 200 for path in PAGES)
    assert not [*(root / "data").glob(".amendment*")]
