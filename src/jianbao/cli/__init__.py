"""The command line: parse, call, show progress, print, exit."""

import sys

from jianbao.cli import handing_over, making, renewing, reviewing, scoring, verifying
from jianbao.cli.frame import app, report
from jianbao.errors import JianbaoError

__all__ = ["handing_over", "main", "making", "renewing", "reviewing", "scoring", "verifying"]


def main() -> None:
    """Run the command line; every error that somebody can mend is printed and ends with its exit code."""
    try:
        app()
    except JianbaoError as error:
        report(error)
        sys.exit(error.exit_code)
