"""The frame of the command line: its options, and how it prints results, problems and JSON."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.errors import JianbaoError, UsageError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)

Root = Annotated[Path, typer.Argument(help="The workspace: a folder with data/ and templates/.")]
Edition = Annotated[str, typer.Option("--edition", "-e", help="The edition to make; the newest if not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.callback()
def jianbao() -> None:
    """Turn a workspace of evidence into a bilingual policy brief."""


def show(lines: Any) -> None:
    """Print lines."""
    for line in lines:
        typer.echo(line)


def print_json(value: object) -> None:
    """Print JSON for a program to read."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def as_record(problem: Any, error: JianbaoError) -> dict[str, object]:
    """Return a problem as a record, with who can mend it."""
    where = problem.where
    place = {"file": where.file, "line": where.line, "column": where.column}
    return {**place, "what": problem.what, "hint": problem.hint, "who": error.who, "exit_code": error.exit_code}


def report(error: JianbaoError) -> None:
    """Print every problem with its hint, and who can mend them."""
    for problem in error.problems:
        typer.echo(str(problem.where) + ": " + problem.what, err=True)
        if problem.hint:
            typer.echo(f"    {problem.hint}", err=True)
    count, whom = len(error.problems), error.who if isinstance(error, UsageError) else f"the {error.who}"
    typer.echo(f"{count} problem{'s' if count != 1 else ''} for {whom} to mend.", err=True)
