"""Run the command line: parse, call, show progress, print, exit."""

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

# New objects before the garbage collector searches for cycles: a command makes few, and ends soon. A build of the whole
# brief needs as much memory as with a tenth of this number; without any search it would need half as much again.
GC_THRESHOLD = 1_000_000
CLOSED = 141  # exit code if the output was closed, as a shell reports a closed pipe
ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
UNLOADED = "cannot load library"  # WeasyPrint's error begins with this if Pango or HarfBuzz is missing


def main() -> None:
    """Run the command line; an error that a user can correct is printed and ends the process with its exit code."""
    gc.set_threshold(GC_THRESHOLD)
    atexit.register(gc.freeze)  # no garbage collection while the process ends
    try:
        with _ended_in_order():
            _run()
    except BrokenPipeError:
        _hang_up()
    except KeyboardInterrupt:  # before Typer can handle it
        sys.exit(128 + signal.SIGINT)
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):  # Typer turns it into the exit code 1
            raise
        _hang_up()


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """Handle the signals that end a command like Ctrl-C: clean up, and show no traceback."""
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
    """Exit silently, discarding the output that is not written yet."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # its buffer cannot be written
            stream.close()
    sys.exit(CLOSED)


def _lacking(what: Translatable) -> RenderError:
    return RenderError(
        Problem(Place("this machine"), what, tr("run 'jianbao doctor' to see everything that is missing"))
    )


def _end(error: JianbaoError) -> None:
    report(error)
    sys.exit(error.exit_code)
