"""Run long commands of the studio, each in its own process: start, progress, cancel; and report changed page counts."""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from jianbao.app import workspace
from jianbao.app.products import RENDERING
from jianbao.core.edition_folder import recorded_pages
from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import LANGUAGES, tr, tr_later
from jianbao.delivery.finished_edition import archive_folder
from jianbao.review.quality.pdf_reader import PageCount, count_pages

EDITION = "EDITION"
# The commands that a page may start, with their names; EDITION is replaced by the label.
COMMANDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "build": (tr_later("Build the edition"), ("build", "--edition", EDITION)),
    "judge": (tr_later("Judge the finished pages"), ("judge", "--edition", EDITION)),
    "check": (tr_later("Check all editions"), ("check", "--all-editions")),
    "package": (tr_later("Pack"), ("package", EDITION)),
    "plan": (tr_later("Show what would be sent"), ("deliver", EDITION, "--dry-run")),
    "send": (tr_later("Send it"), ("deliver", EDITION)),
}
LINES = 400  # the most lines of a command that are kept
PATIENCE = 10.0  # seconds that a cancelled command gets to end by itself
Ended = Callable[[int, int], None]
PERCENT_BEFORE_PRODUCTS = 20  # the share of a build before its first product
MAX_PERCENT = 95  # the most for any other running command
A_LINE = 12  # percent for each line of output if the usual time of a command is not known


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command to run: its words, the seconds it took before (0: unknown), a callback for exit code and time."""

    words: tuple[str, ...]
    usual: int = 0
    ended: Ended | None = None


@dataclass(frozen=True, kw_only=True)
class JobState:
    """The state of a command: its words, its output so far, and its exit code (None: it is running).

    It has run for `seconds`, usually takes `usual` (0: unknown), and is done by `percent`. `says` is its last own line.
    """

    number: int
    words: tuple[str, ...]
    lines: tuple[str, ...]
    code: int | None
    cancelled: bool
    seconds: int = 0
    usual: int = 0
    percent: int = 0
    says: str = ""

    @property
    def running(self) -> bool:
        """Return whether the command has not ended yet."""
        return self.code is None


@dataclass(frozen=True, kw_only=True)
class PageMove:
    """A PDF whose number of pages has changed (None: not known): the total, and the pages before its first section."""

    name: str
    before: PageCount | None
    after: PageCount

    @property
    def runs_over(self) -> bool:
        """Return whether the part before the first section takes more pages than before, or than one if unknown.

        For languages side by side the expected number is unknown.
        """
        if self.before is None:
            return self.after.front > 1 and "-" not in self.name
        return self.after.front > self.before.front > 0


@dataclass(kw_only=True)
class Jobs:
    """Runs one command of jianbao at a time, on one workspace, with its messages in the user's language."""

    root: Path
    _lock: Lock = field(default_factory=Lock)
    _process: "subprocess.Popen[str] | None" = None
    _lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES))
    _command: Command = Command(words=())
    _then: Command | None = None  # what runs as soon as the command has succeeded
    _output: list[str] = field(default_factory=list)  # of this command; `_lines` has that of all commands in a row
    _number: int = 0
    _cancelled: bool = False
    _started: float = 0.0
    _seconds: float | None = None  # how long the last command took
    _language: str = ""
    _counts: dict[str, Mapping[str, PageCount]] = field(default_factory=dict)  # before an edition's first build here

    def start(self, command: Command, language: str, then: Command | None = None) -> None:
        """Start a command and, if it succeeds, the command `then`; each calls its own `ended`.

        Raises UsageError while another command runs.
        """
        with self._lock:
            if self._runs():
                what = tr("another command runs: jianbao {words}", words=" ".join(self._command.words))
                raise UsageError(Problem(Place("studio"), what, tr("wait for its end, or cancel it")))
            for folder in workspace.output_folder(self.root).glob("*/") if command.words[:1] == ("build",) else ():
                self._counts.setdefault(folder.name, _page_counts(folder))
            self._lines.clear()
            self._cancelled, self._language = False, language
            self._run(command, then)

    def _runs(self) -> bool:
        return self._process is not None and self._code(self._process) is None

    def _code(self, process: "subprocess.Popen[str]") -> int | None:
        """Return the exit code of the command; None while it runs, or if the next one is about to start."""
        code = process.poll()
        return None if code == 0 and self._then and not self._cancelled else code

    def _run(self, command: Command, then: Command | None) -> None:
        self._command, self._then, self._number = command, then, self._number + 1
        self._output, self._started, self._seconds = [], monotonic(), None
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jianbao.cli", *command.words],
            cwd=self.root,
            env={**os.environ, **_environment(self._language)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        Thread(target=self._read, args=(self._process, command), daemon=True).start()

    def _read(self, process: "subprocess.Popen[str]", command: Command) -> None:
        with process.stdout or nullcontext(()) as lines:
            for line in lines:
                self._lines.append(line.rstrip("\n"))
                self._output.append(line)
        code, self._seconds = process.wait(), monotonic() - self._started
        if command.ended:
            command.ended(code, round(self._seconds))
        with self._lock:
            if self._then and code == 0 and not self._cancelled:
                self._run(self._then, None)

    def state(self) -> JobState | None:
        """Return the last command that was started; None if there was none."""
        with self._lock:
            if self._process is None:
                return None
            seconds = round(monotonic() - self._started if self._seconds is None else self._seconds)
            return JobState(
                number=self._number,
                words=self._command.words,
                lines=tuple(self._lines),
                code=self._code(self._process),
                cancelled=self._cancelled,
                seconds=seconds,
                usual=self._command.usual,
                percent=percent(self._command, self._output, seconds),
                says="".join(self._output[-1:]).rstrip("\n"),
            )

    def page_moves(self, label: str) -> list[PageMove]:
        """Return the PDFs of an edition whose page count is not the published one, or that before the first build."""
        output = workspace.output_folder(self.root)
        published = {name: PageCount(*each) for name, each in recorded_pages(archive_folder(output, label)).items()}
        found, built = list[PageMove](), self._counts.get(label, {})
        for name, now in self.page_counts(label).items():
            earlier = built.get(name) if built.get(name) != now else None  # equal: it may have run over before
            move = PageMove(name=name, before=published.get(name, earlier), after=now)
            found += [move] if (move.before or move.runs_over) and move.before != now else []
        return found

    def page_counts(self, label: str) -> Mapping[str, PageCount]:
        """Return how many pages each finished PDF of an edition has, by its name."""
        return _page_counts(workspace.output_folder(self.root) / label)

    def cancel(self) -> None:
        """End the running command, if there is one; nothing that it would have written is written."""
        with self._lock:
            process = self._process
            if process is None or not self._runs():
                return
            self._cancelled = True
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def percent(command: Command, lines: Sequence[str], seconds: int) -> int:
    """Estimate how much of a command is done: for a build, from the products that its output reports as rendered.

    Before the first product, and for other commands, from the usual time, or else from the number of lines.
    """
    parts = next((found for line in reversed(lines) if (found := _RENDERING.search(line))), None)
    if parts:
        begun, count = map(int, filter(None, parts.groups()))
        return PERCENT_BEFORE_PRODUCTS + (100 - PERCENT_BEFORE_PRODUCTS) * (begun - 1) // count
    done = 100 * seconds // command.usual if command.usual else A_LINE * len(lines)
    return min(done, PERCENT_BEFORE_PRODUCTS if command.words[:1] == ("build",) else MAX_PERCENT)


def _rendering_pattern(language: str) -> str:
    """Return the pattern of a build's line about a product that it renders: its number, and the total."""
    line = str(tr(RENDERING, product="\1", begun="\2", count="\3").in_language(language))
    return re.escape(line.partition("\1")[2]).replace("\2", r"(\d+)").replace("\3", r"(\d+)")


_RENDERING = re.compile("|".join(map(_rendering_pattern, LANGUAGES)))


def _page_counts(folder: Path) -> dict[str, PageCount]:
    counts = {path.name: count_pages(path) for path in sorted(folder.glob("*.pdf"))}
    return {name: each for name, each in counts.items() if each}


def _environment(language: str) -> Mapping[str, str]:
    return {"JIANBAO_UI_LANGUAGE": language, "PYTHONUNBUFFERED": "1"}
