"""Commands that look into facts and scores: facts, due, score, sensitivity, whatif, schema."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.base import Edition, Json, Root, app, bad_parameter, print_json, say, show
from jianbao.core.messages import tr

Framework = Annotated[Path | None, typer.Option("--framework", help="A framework file; needs --data.")]
Data = Annotated[
    Path | None, typer.Option("--data", help="A table, CSV or Parquet: one row per unit, or per unit and period.")
]
Out = Annotated[Path | None, typer.Option("--out", help="A folder to write tidy CSV into; score draws a league too.")]
Unit = Annotated[str, typer.Option("--unit", help="The unit of most interest.")]
Period = Annotated[str, typer.Option("--period", help="The period of most interest; the last if not given.")]


@app.command()
def facts(
    fact: Annotated[str, typer.Argument(help="A fact to explain; all are listed if not given.")] = "",
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="The workspace.")] = Path(),
    edition: Edition = "",
    as_json: Json = False,
) -> None:
    """List the facts of an edition, or explain one, down to file, row and source."""
    from jianbao.app import check
    from jianbao.app.workspace import snapshot
    from jianbao.cli.output import fact_report, list_facts

    known = check.assess_edition(snapshot(workspace), edition)
    if fact:
        show(fact_report(known, fact, as_json))
    else:
        show(list_facts(known, as_json))


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
    from jianbao.app import check, league
    from jianbao.app.workspace import snapshot
    from jianbao.cli.output import show_scores

    if framework and data:
        found = league.read_league(framework, data, unit, period)
        summary = found.summary()
        _deliver(found.scores(summary), out, as_json)
        if out and found.many:
            _draw(found, summary, out, unit, period)
        return
    _paired(framework, data)
    known = check.assess_edition(snapshot(workspace), edition)
    if out:
        found = league.league_of(known)
        _deliver(found.scores(found.summary()), out, as_json)
    else:
        show(show_scores(known, as_json))


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
    """Show which choices a result depends on, and the effect of leaving out each indicator."""
    from jianbao.app import check, league
    from jianbao.app.workspace import snapshot

    if framework and data:
        found = league.read_league(framework, data, unit, period)
    else:
        _paired(framework, data)
        found = league.league_of(check.assess_edition(snapshot(workspace), edition))
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
    from jianbao.app import check, league
    from jianbao.app.workspace import snapshot
    from jianbao.scoring.what_if import read_what_if

    if framework and data:
        found = league.read_league(framework, data)
        changes = tuple(read_what_if(text, found.framework, found.panel) for text in settings)
    else:
        _paired(framework, data)
        found, changes = league.with_what_if(check.assess_edition(snapshot(workspace), edition), settings)
    _deliver(found.what_if(changes), out, as_json)


@app.command()
def schema(
    file: Annotated[Path, typer.Argument(help="The file that is edited, such as data/tables.yml.")] = Path(
        "data/framework.yml"
    ),
) -> None:
    """Print the JSON Schema of a file that people edit, for editors that complete and check it."""
    from jianbao.app.schema import schema_of

    print_json(schema_of(file))


def _paired(framework: Path | None, data: Path | None) -> None:
    if framework or data:
        raise bad_parameter(tr("--framework and --data go together"))


def _deliver(tables: Any, out: Path | None, as_json: bool) -> None:
    from jianbao.brief import export
    from jianbao.cli.output import show_tables
    from jianbao.core import edition_folder

    if out is None:
        show(show_tables(tables, as_json))
        return
    edition_folder.write_each(out, {f"{name}.csv": export.tidy(rows) for name, rows in tables.items()})
    for name in tables:
        say(str(out / f"{name}.csv"))


def _draw(found: Any, summary: Any, out: Path, unit: str, period: str) -> None:
    from jianbao.core import edition_folder
    from jianbao.render.fonts import registry

    edition_folder.write_each(out, {"league.svg": found.figure(summary, registry.read_fonts(), period, unit)})
    say(str(out / "league.svg"))


@app.command()
def due(
    workspace: Root = Path(),
    edition: Edition = "",
    as_of: Annotated[str, typer.Option("--as-of", help="The day to judge by; the edition's own if not given.")] = "",
    workbook: Annotated[
        Path | None, typer.Option("--workbook", help="Write a workbook to send out, a sheet for each body.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List what to renew, whom to ask, and what hangs on it: values missing, aged or weakly sourced, open lists."""
    from jianbao.app.check import assess_edition
    from jianbao.app.due import renewal_list
    from jianbao.app.workspace import snapshot
    from jianbao.cli import due_output
    from jianbao.cli.output import Progress
    from jianbao.core import edition_folder

    with Progress(quiet=True):
        known = assess_edition(snapshot(workspace), edition)
    day = _day(as_of) if as_of else known.issue.as_of
    items = renewal_list(known, day)
    if workbook:
        edition_folder.write_each(workbook.parent, {workbook.name: due_output.due_workbook(items, known, day)})
        say(workbook)
    elif as_json:
        print_json(due_output.due_json(items))
    else:
        for line in due_output.due_lines(items, known):
            say(line)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_parameter(tr("'{value}' is not a day", value=text), "--as-of") from None
