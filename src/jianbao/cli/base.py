"""The frame of the command line: its options, and how it prints results, problems and JSON."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from unicodedata import category

import typer
from typer.core import TyperGroup

from jianbao.core.errors import JianbaoError, Place, Problem, UsageError

# In the order in which they are needed: a brief, what is in it, the next edition, its approval, handing over, machine.
ORDER = (
    *("new", "check", "build", "preview", "judge"),
    *("facts", "score", "sensitivity", "whatif", "schema"),
    *("edition", "intake", "diff", "review", "archive", "verify"),
    *("package", "sign", "deliver", "batch", "doctor", "fonts"),
)


class Commands(TyperGroup):
    """The commands, listed in the order in which they are needed."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return sorted(super().list_commands(ctx), key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"max_content_width": 120},
)

Root = Annotated[Path, typer.Argument(help="The workspace: a folder with data/ and templates/.")]
Edition = Annotated[str, typer.Option("--edition", "-e", help="The edition to make; the newest if not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Jobs = Annotated[
    int,
    typer.Option("--jobs", "-j", min=0, envvar="JIANBAO_JOBS", help="On how many processes; 0 for one a core."),
]
Cache = Annotated[
    bool,
    typer.Option("--cache/--no-cache", envvar="JIANBAO_CACHE", help="Take what has not changed from the last builds."),
]


@app.callback()
def jianbao() -> None:
    """Turn a workspace of evidence into a bilingual policy brief."""


def show(lines: Any) -> None:
    """Print lines."""
    for line in lines:
        typer.echo(line)


@contextmanager
def extra(name: str, option: str) -> Iterator[None]:
    """Say what is to be installed where an option needs a library that not everyone has."""
    try:
        yield
    except ModuleNotFoundError as error:
        what = f"this needs the library '{error.name}', which is not installed"
        raise UsageError(Problem(Place(option), what, f"pip install 'jianbao[{name}]'")) from error


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
        typer.echo(_shown(f"{problem.where}: {problem.what}"), err=True)
        if problem.hint:
            typer.echo(f"    {_shown(problem.hint)}", err=True)
    count, whom = len(error.problems), error.who if isinstance(error, UsageError) else f"the {error.who}"
    typer.echo(f"{count} problem{'s' if count != 1 else ''} for {whom} to mend.", err=True)


def _shown(text: str) -> str:
    """Return a text of whatever somebody wrote as a terminal may show it: what is not seen is written out."""
    hidden = ("C", "Zl", "Zp")  # controls, and what has no shape or another system's; breaks of lines
    plain = (sign.encode("unicode_escape").decode() if category(sign).startswith(hidden) else sign for sign in text)
    return "".join(plain)


def name_of(item: Any) -> str:
    """Return what an item of a batch is called: its workspace, and its edition if one is named."""
    return f"{item.order.root}" + (f", edition {item.order.edition}" if item.order.edition else "")


def report_failure(made: Any) -> None:
    """Print what kept an item of a batch from being built, if anything did, under its name."""
    if made.folder:
        return
    typer.echo(f"\n{name_of(made.item)} ({made.item.place}) is not built:", err=True)
    if made.error:
        report(made.error)
    else:
        typer.echo(made.trace, err=True)


def brief_record(made: Any) -> dict[str, object]:
    """Return what became of an item of a batch as a record."""
    order, error = made.item.order, made.error
    return {
        "workspace": str(order.root),
        "edition": order.edition,
        "folder": str(made.folder) if made.folder else None,
        "unchanged": made.unchanged,
        "exit_code": made.exit_code,
        "problems": [as_record(problem, error) for problem in error.problems] if error else [],
        "bug": made.trace,
    }
