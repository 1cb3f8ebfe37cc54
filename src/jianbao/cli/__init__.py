"""The command line: parse, call, show progress, print, exit."""

import atexit
import contextlib
import gc
import signal
import sys
from collections.abc import Iterator

from jianbao.cli import archive, build, deliver, editions, propose, review, scores, studio
from jianbao.cli.base import app, report
from jianbao.core.errors import JianbaoError, Place, Problem, RenderError
from jianbao.core.messages import Translatable, tr, verbatim

__all__ = ["archive", "build", "deliver", "editions", "main", "propose", "review", "scores", "studio"]

YOUNG = 100_000  # objects made between two searches for lost circles of them: a command makes few, and ends soon
CLOSED = 141  # exit code: the output was closed, as a shell reports for a closed pipe
ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
UNLOADED = "cannot load library"  # what WeasyPrint says first when Pango or HarfBuzz is not there


def main() -> None:
    """Run the command line; every error that somebody can mend is printed and ends with its exit code."""
    gc.set_threshold(YOUNG)
    atexit.register(gc.freeze)  # what a process leaves need not be looked through: it ends
    try:
        with _ended_in_order():
            _run()
    except BrokenPipeError:
        _hang_up()
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):  # which Typer turns into the exit code 1
            raise
        _hang_up()


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let a signal that ends the command end it as Ctrl-C does: what was begun is cleaned up, and no trace is shown."""
    former = {number: signal.getsignal(number) for number in ENDING}
    ours = [number for number, handler in former.items() if handler is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _end_by)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _end_by(number: int, _: object) -> None:
    sys.exit(128 + number)


def _run() -> None:
    try:
        app()
    except JianbaoError as error:
        _end(error)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("jianbao"):
            raise
        _end(_lacking(tr("the library '{name}' is not installed", name=error.name)))
    except OSError as error:
        if not str(error).startswith(UNLOADED):
            raise
        _end(_lacking(verbatim(str(error).partition(":")[0])))


def _hang_up() -> None:
    """End without a word: what is still to be written goes nowhere."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # what it still holds cannot be written
            stream.close()
    sys.exit(CLOSED)


def _lacking(what: Translatable) -> RenderError:
    return RenderError(
        Problem(Place("this machine"), what, tr("run 'jianbao doctor' to see everything that is missing"))
    )


def _end(error: JianbaoError) -> None:
    report(error)
    sys.exit(error.exit_code)
