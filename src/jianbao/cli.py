"""The command line: parse, call, show progress, print, exit."""

import contextlib
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.errors import JianbaoError, UsageError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)
editions = typer.Typer(no_args_is_help=True, help="The editions of the series.")
app.add_typer(editions, name="edition")

Root = Annotated[Path, typer.Argument(help="The workspace: a folder with data/ and templates/.")]
Edition = Annotated[str, typer.Option("--edition", "-e", help="The edition to make; the newest if not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]

Framework = Annotated[Path | None, typer.Option("--framework", help="A framework file; needs --data.")]
Data = Annotated[Path | None, typer.Option("--data", help="A table, CSV or Parquet: a row a unit, or unit and period.")]
Out = Annotated[Path | None, typer.Option("--out", help="A folder to write tidy CSV into; score draws a league too.")]
Unit = Annotated[str, typer.Option("--unit", help="The unit of most interest.")]
Period = Annotated[str, typer.Option("--period", help="The period of most interest; the last if not given.")]


@app.callback()
def jianbao() -> None:
    """Turn a workspace of evidence into a bilingual policy brief."""


@app.command()
def build(
    workspace: Root = Path(),
    edition: Edition = "",
    template: Annotated[list[str] | None, typer.Option("--template", help="Only this template, such as brief.")] = None,
    lang: Annotated[
        list[str] | None, typer.Option("--lang", help="Only these languages, such as zh-en or fr; repeat for more.")
    ] = None,
    form: Annotated[list[str] | None, typer.Option("--format", help="Only pdf, docx or html.")] = None,
    output: Annotated[Path | None, typer.Option("--output", help="Where editions go; output/ if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Build an edition: its products, the ledger, the scores and a manifest of every input and output."""
    from jianbao import pipeline
    from jianbao.console import Progress

    with Progress(quiet=as_json) as progress:
        choice = pipeline.Choice(tuple(template or ()), tuple(lang or ()), tuple(form or ()))
        made = pipeline.build(workspace, edition, choice, output, progress.stage)
    files = {path.name: path.stat().st_size for path in sorted(made.iterdir())}
    if as_json:
        _print_json({"edition": made.name, "folder": str(made), "files": files})
    else:
        for name, size in files.items():
            typer.echo(f"{made / name}  {size / 1024:.0f} KB")


@app.command()
def new(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where the workspace goes: a folder that is empty or new.")
    ],
    city: Annotated[str, typer.Option("--city", help="The name of the city.")] = "",
    languages: Annotated[str, typer.Option("--languages", help="Codes such as zh-en, en-fr or zh-en-fr.")] = "zh-en",
) -> None:
    """Write a workspace with the least that builds: example rows, their wording in the languages asked for, a theme."""
    from jianbao.publication import edition, starter

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise typer.BadParameter(f"'{folder}' exists and is not empty", param_hint="DIR")
    try:
        tongues = [starter.read_tongue(code) for code in dict.fromkeys(languages.split("-"))]
        made = starter.starter(city, tongues)
    except starter.UnfitError as error:
        raise typer.BadParameter(str(error)) from error
    edition.write(folder, made)
    typer.echo(f"{folder} holds a workspace; its rows are examples. Next: jianbao build {folder}")
    if waiting := starter.awaiting(made):
        typer.echo(f"The starter does not carry every language; these files await translation ('{starter.AWAITING}'):")
        for name in waiting:
            typer.echo(f"    {folder / name}")


@app.command()
def check(workspace: Root = Path(), edition: Edition = "", as_json: Json = False) -> None:
    """Name every problem of data, framework, rules, wording and templates, without building."""
    from jianbao import inspection

    errors = inspection.check(workspace, edition)
    if as_json:
        _print_json([_problem(problem, error) for error in errors for problem in error.problems])
    else:
        for error in errors:
            _report(error)
        if not errors:
            typer.echo("No problems.")
    raise typer.Exit(errors[0].exit_code if errors else 0)


@app.command()
def facts(
    fact: Annotated[str, typer.Argument(help="A fact to explain; all are listed if not given.")] = "",
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="The workspace.")] = Path(),
    edition: Edition = "",
    as_json: Json = False,
) -> None:
    """List the facts of an edition, or explain one, down to file, row and source."""
    from jianbao import inspection
    from jianbao.console import explain, list_facts

    known = inspection.assessed(workspace, edition)
    if fact:
        _show(explain(known, fact, as_json))
    else:
        _show(list_facts(known, as_json))


@app.command()
def score(
    workspace: Root = Path(),
    edition: Edition = "",
    framework: Framework = None,
    data: Data = None,
    unit: Unit = "",
    period: Period = "",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Score an edition, or any table by any framework: scores, intervals, coverage, contributions, ranks."""
    from jianbao import inspection, league
    from jianbao.console import show_scores

    if framework and data:
        found = league.read_league(framework, data, unit, period)
        _deliver(found.scores(), out, as_json)
        if out and found.many:
            _draw(found, out, unit, period)
        return
    _paired(framework, data)
    known = inspection.assessed(workspace, edition)
    if out:
        _deliver(league.league_of(known).scores(), out, as_json)
    else:
        _show(show_scores(known, as_json))


@app.command()
def sensitivity(
    workspace: Root = Path(),
    edition: Edition = "",
    framework: Framework = None,
    data: Data = None,
    unit: Unit = "",
    period: Period = "",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Say which choices a result hangs on, and what leaving one indicator out would do."""
    from jianbao import inspection, league

    if framework and data:
        found = league.read_league(framework, data, unit, period)
    else:
        _paired(framework, data)
        found = league.league_of(inspection.assessed(workspace, edition))
    _deliver(found.sensitivity(), out, as_json)


@app.command()
def whatif(
    settings: Annotated[
        list[str],
        typer.Option("--set", help="FACT=VALUE, or weight.NODE=, floor.NODE=, target.NODE=; repeat for more."),
    ],
    workspace: Root = Path(),
    edition: Edition = "",
    framework: Framework = None,
    data: Data = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Change facts, weights or goalposts and show how the scores move, explained by contribution."""
    from jianbao import inspection, league
    from jianbao.evaluation.what_if import read_change

    if framework and data:
        found = league.read_league(framework, data)
        changes = tuple(read_change(text, found.framework, found.panel) for text in settings)
    else:
        _paired(framework, data)
        found, changes = league.supposed(inspection.assessed(workspace, edition), settings)
    _deliver(found.what_if(changes), out, as_json)


@app.command()
def preview(
    workspace: Root = Path(),
    edition: Edition = "",
    template: Annotated[str, typer.Option("--template", help="The template to show.")] = "brief",
    lang: Annotated[str, typer.Option("--lang", help="Its languages: zh, en or zh-en; all if not given.")] = "",
    port: Annotated[int, typer.Option("--port", help="Where to serve it on this machine; 0 for any free one.")] = 8765,
    browse: Annotated[bool, typer.Option("--open/--no-open", help="Open the browser.")] = True,
) -> None:
    """Show the brief in the browser and follow every change of data, words, templates and theme, until Ctrl-C."""
    from threading import Event

    from jianbao.preview import proof, server

    with contextlib.suppress(KeyboardInterrupt):
        proofs = proof.proofs_of(workspace, edition, template, lang)
        with server.serving(proofs, port, _tell_proof) as address:
            typer.echo(f"{address}  (Ctrl-C ends it)")
            if browse:
                typer.launch(address)
            Event().wait()


def _tell_proof(made: Any) -> None:
    for who, problem in made.problems:
        typer.echo(f"{problem} (for the {who})", err=True)
    if not made.problems:
        typer.echo(f"page {made.number}" + (f", changed at {made.changed}" if made.changed else ""), err=True)


@app.command()
def schema() -> None:
    """Print the JSON Schema of framework files, for editors that complete and check them."""
    from jianbao.evaluation.schema import framework_schema

    _print_json(framework_schema())


@editions.command("new")
def new_edition(
    label: Annotated[str, typer.Argument(help="What the edition is called, such as its year.")],
    as_of: Annotated[str, typer.Option("--as-of", help="The last day that it knows, as 2025-12-31.")],
    workspace: Root = Path(),
) -> None:
    """Prepare the next edition: declare it in data/editions.yml and say what to do next."""
    from jianbao import renewal
    from jianbao.console import next_steps

    _show(next_steps(renewal.open_edition(workspace, label, as_of)))


@app.command()
def intake(
    file: Annotated[Path | None, typer.Argument(help="The delivery: a workbook (.xlsx) or a table (.csv).")] = None,
    workspace: Root = Path(),
    template: Annotated[
        Path | None, typer.Option("--template", help="Write a workbook to fill in, and do nothing else.")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="The source of rows that name none.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking, if no case is left open.")] = False,
    accept_changes: Annotated[
        bool, typer.Option("--accept-changes", help="Where the delivery contradicts, write what it says.")
    ] = False,
    because: Annotated[
        str, typer.Option("--because", help="Why values that stand out of their series are right.")
    ] = "",
    clear_only: Annotated[
        bool, typer.Option("--clear-only", help="Leave out the rows of open cases and write the others.")
    ] = False,
) -> None:
    """Take in new data: show what it adds, changes and contradicts, ask, and write it with its sources."""
    from jianbao.intake import dialogue, reception
    from jianbao.intake.settlement import Policy

    if template:
        _write_template(template, file or workspace)
        return
    if file is None:
        raise typer.BadParameter("name a delivery, or --template FILE for a workbook to fill in")
    receipt = reception.receive(workspace, file, source)
    asking = sys.stdin.isatty() and not yes
    desk = dialogue.Desk(typer.echo, typer.confirm if asking else None, typer.prompt if asking else None, yes)
    raise typer.Exit(dialogue.take_in(workspace, receipt, Policy(accept_changes, because, clear_only), desk))


@app.command()
def fonts() -> None:
    """Prepare the fonts that the pages use, once a machine."""
    from jianbao import pipeline

    typer.echo(f"Fonts are ready in {pipeline.prepare_fonts()}")


def _write_template(path: Path, workspace: Path) -> None:
    from jianbao.intake.reception import make_template
    from jianbao.publication import edition

    edition.write(path.parent, {path.name: make_template(workspace)})
    typer.echo(f"{path} is ready to be filled in; then: jianbao intake {path}")


def _paired(framework: Path | None, data: Path | None) -> None:
    if framework or data:
        raise typer.BadParameter("--framework and --data go together")


def _deliver(tables: Any, out: Path | None, as_json: bool) -> None:
    from jianbao.console import show_tables
    from jianbao.publication import edition, records

    if out is None:
        _show(show_tables(tables, as_json))
        return
    edition.write(out, {f"{name}.csv": records.tidy(rows) for name, rows in tables.items()})
    for name in tables:
        typer.echo(str(out / f"{name}.csv"))


def _draw(found: Any, out: Path, unit: str, period: str) -> None:
    from jianbao.publication import edition, fonts

    edition.write(out, {"league.svg": found.figure(fonts.read_fonts(), period, unit)})
    typer.echo(str(out / "league.svg"))


def _show(lines: Any) -> None:
    for line in lines:
        typer.echo(line)


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _problem(problem: Any, error: JianbaoError) -> dict[str, object]:
    where = problem.where
    place = {"file": where.file, "line": where.line, "column": where.column}
    return {**place, "what": problem.what, "hint": problem.hint, "who": error.who, "exit_code": error.exit_code}


def _report(error: JianbaoError) -> None:
    for problem in error.problems:
        typer.echo(str(problem.where) + ": " + problem.what, err=True)
        if problem.hint:
            typer.echo(f"    {problem.hint}", err=True)
    count, whom = len(error.problems), error.who if isinstance(error, UsageError) else f"the {error.who}"
    typer.echo(f"{count} problem{'s' if count != 1 else ''} for {whom} to mend.", err=True)


def main() -> None:
    """Run the command line; every error that somebody can mend is printed and ends with its exit code."""
    try:
        app()
    except JianbaoError as error:
        _report(error)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
