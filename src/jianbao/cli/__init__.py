"""The command line: parse, call, show progress, print, exit."""

import atexit
import gc
import sys

from jianbao.cli import archive, build, deliver, editions, review, scores
from jianbao.cli.base import app, report
from jianbao.core.errors import JianbaoError, Place, Problem, RenderError
from jianbao.core.messages import Translatable, tr, verbatim

__all__ = ["archive", "build", "deliver", "editions", "main", "review", "scores"]

YOUNG = 100_000  # objects made between two searches for lost circles of them: a command makes few, and ends soon
UNLOADED = "cannot load library"  # what WeasyPrint says first when Pango or HarfBuzz is not there


def main() -> None:
    """Run the command line; every error that somebody can mend is printed and ends with its exit code."""
    gc.set_threshold(YOUNG)
    atexit.register(gc.freeze)  # what a process leaves need not be looked through: it ends
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


def _lacking(what: Translatable) -> RenderError:
    return RenderError(
        Problem(Place("this machine"), what, tr("run 'jianbao doctor' to see everything that is missing"))
    )


def _end(error: JianbaoError) -> None:
    report(error)
    sys.exit(error.exit_code)
