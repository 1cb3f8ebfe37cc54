"""A long command in a process of its own: what it says, whether it runs, and how it ended."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import tr

LINES = 400  # of a command that are kept
PATIENCE = 10.0  # seconds in which a command that is cancelled may end by itself


@dataclass(frozen=True, kw_only=True)
class JobState:
    """A command as it is now: its words, what it said so far, and how it ended (None: it runs).

    `seconds` is for how long it runs or ran, `usual` how long it took the last time it succeeded, 0 if it never did.
    """

    number: int
    words: tuple[str, ...]
    lines: tuple[str, ...]
    code: int | None
    cancelled: bool
    seconds: int = 0
    usual: int = 0

    @property
    def running(self) -> bool:
        """Return whether the command has not ended yet."""
        return self.code is None


@dataclass(kw_only=True)
class Jobs:
    """Runs one command of jianbao at a time, on one workspace, with its messages in the user's language."""

    root: Path
    _lock: Lock = field(default_factory=Lock)
    _process: "subprocess.Popen[str] | None" = None
    _lines: deque[str] = field(default_factory=lambda: deque(maxlen=LINES))
    _words: tuple[str, ...] = ()
    _number: int = 0
    _cancelled: bool = False
    _started: float = 0.0
    _seconds: float | None = None  # of the command that has ended
    _usual: dict[tuple[str, ...], float] = field(default_factory=dict)

    def start(self, words: Sequence[str], language: str, ended: Callable[[int], None] | None = None) -> None:
        """Start `jianbao WORDS`, and call `ended` with its exit code; raises UsageError while another command runs."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                what = tr("another command runs: jianbao {words}", words=" ".join(self._words))
                raise UsageError(Problem(Place("studio"), what, tr("wait for its end, or cancel it")))
            self._lines.clear()
            self._words, self._number, self._cancelled = tuple(words), self._number + 1, False
            self._started, self._seconds = monotonic(), None
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jianbao.cli", *words],
                cwd=self.root,
                env={**os.environ, **_speaking(language)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
            Thread(target=self._read, args=(self._process, ended), daemon=True).start()

    def _read(self, process: "subprocess.Popen[str]", ended: Callable[[int], None] | None) -> None:
        for line in process.stdout or ():
            self._lines.append(line.rstrip("\n"))
        code, took = process.wait(), monotonic() - self._started
        self._seconds = took
        if code == 0:
            self._usual[self._words] = took
        if ended:
            ended(code)

    def state(self) -> JobState | None:
        """Return the last command that was started; None if there was none."""
        with self._lock:
            if self._process is None:
                return None
            return JobState(
                number=self._number,
                words=self._words,
                lines=tuple(self._lines),
                code=self._process.poll(),
                cancelled=self._cancelled,
                seconds=round(monotonic() - self._started if self._seconds is None else self._seconds),
                usual=round(self._usual.get(self._words, 0.0)),
            )

    def cancel(self) -> None:
        """End the command that runs, if one does; what it would have written is not written."""
        with self._lock:
            process = self._process
            if process is None or process.poll() is not None:
                return
            self._cancelled = True
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _speaking(language: str) -> Mapping[str, str]:
    return {"JIANBAO_UI_LANGUAGE": language, "PYTHONUNBUFFERED": "1"}
