"""Define the commands that show facts and scores: facts, score, sensitivity, whatif, chart, schema, explain, due."""

from functools import partial
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.base import (
    Edition,
    Json,
    Root,
    app,
    as_day,
    asked_and_where,
    bad_parameter,
    print_json,
    say,
    say_notes,
    show,
)
from jianbao.core.messages import tr, tr_list

Framework = Annotated[Path | None, typer.Option("--framework", help="A framework file; needs --data.")]
Data = Annotated[
    Path | None, typer.Option("--data", help="A table, CSV or Parquet: one row per unit, or per unit and period.")
]
Out = Annotated[Path | None, typer.Option("--out", help="A folder to write tidy CSV into; score draws a league too.")]
Intervals = Annotated[
    list[str],
    typer.Option(
        "--intervals", help="A node whose intervals are wanted besides, or all; repeat for more. Each takes its time."
    ),
]
Unit = Annotated[str, typer.Option("--unit", help="The unit of most interest.")]
Draws = Annotated[
    Path | None,
    typer.Option("--draws", help="A CSV of recorded draws, a row each: weight.NODE, floor.NODE, target.NODE …"),
]
Report = Annotated[
    bool, typer.Option("--report", help="Also treatments, correlations, Cronbach's alpha, outranking and best orders.")
]
Changed = Annotated[str, typer.Option("--unit", help="The unit whose facts change; every unit if not given.")]
During = Annotated[str, typer.Option("--period", help="The period in which facts change; every period if not given.")]
Period = Annotated[str, typer.Option("--period", help="The period of most interest; the last if not given.")]


@app.command()
def facts(
    fact: Annotated[str, typer.Argument(help="A fact to explain; all facts are listed if none is given.")] = "",
    workspace: Root = Path(),
    edition: Edition = "",
    as_json: Json = False,
) -> None:
    """List the facts of an edition, or explain one, down to file, row and source."""
    from jianbao.app import check
    from jianbao.app.evidence.facts import fact_report, list_facts
    from jianbao.app.workspace import snapshot

    fact, workspace = asked_and_where(fact, workspace)
    assessment = check.assess_edition(snapshot(workspace), edition)
    if fact:
        show(fact_report(assessment, fact, as_json))
    else:
        show(list_facts(assessment, as_json))


@app.command()
def score(
    workspace: Root = Path(),
    edition: Edition = "",
    framework: Framework = None,
    data: Data = None,
    unit: Unit = "",
    period: Period = "",
    intervals: Intervals = [],  # noqa: B006
    draws: Draws = None,
    report: Report = False,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Score an edition, or any table by any framework: scores, intervals, coverage, contributions, ranks."""
    if framework and data:
        from jianbao.app.league import with_draws

        league = _league(framework, data, unit, period)
        league = with_draws(league, draws) if draws else league
        summary = league.summary(intervals)
        say_notes(league.notes(summary))
        _deliver({**league.scores(summary), **(league.report(summary) if report else {})}, out, as_json)
        if out and league.many:
            _draw(league, summary, out, unit, period)
        return
    _paired(framework, data)
    if draws:
        raise bad_parameter(tr("--draws needs --framework and --data"))
    _score_edition(workspace, edition, report, out, as_json)


def _score_edition(workspace: Path, edition: str, report: bool, out: Path | None, as_json: bool) -> None:
    from jianbao.app.league import ALL
    from jianbao.cli.output import show_scores

    assessment, league = _edition(workspace, edition)
    if out or report:
        summary = league.summary((ALL,))
        _deliver({**league.scores(summary), **(league.report(summary) if report else {})}, out, as_json)
    else:
        show(show_scores(assessment, as_json))


def _edition(workspace: Path, edition: str) -> tuple[Any, Any]:
    """Return the assessment of an edition, and its city over the years as a league."""
    from jianbao.app.check import assess_edition
    from jianbao.app.league import league_of
    from jianbao.app.workspace import snapshot

    assessment = assess_edition(snapshot(workspace), edition)
    return assessment, league_of(assessment.project.framework, assessment.card.ledgers, assessment.issue.as_of.year)


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
    if framework and data:
        league = _league(framework, data, unit, period)
    else:
        _paired(framework, data)
        _, league = _edition(workspace, edition)
    tables, notes = league.sensitivity()
    say_notes(notes)
    _deliver(tables, out, as_json)


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
    unit: Changed = "",
    period: During = "",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Change facts, weights or goalposts and show how the scores move, explained by contribution."""
    if framework and data:
        from jianbao.scoring.what_if import read_what_if

        league = _league(framework, data, unit, period)
        changes = tuple(read_what_if(text, league.framework, league.panel) for text in settings)
    else:
        from jianbao.app.league import settled

        _paired(framework, data)
        if unit or period:
            raise bad_parameter(tr("--unit and --period need --framework and --data"))
        assessment, league = _edition(workspace, edition)
        measured = partial(assessment.evaluator.facts, assessment.issue.as_of, league.framework.facts_read())
        changes = settled(league, assessment.ledger, measured, settings)
    _deliver(league.what_if(changes, unit, period), out, as_json)


@app.command()
def chart(
    figure: Annotated[str, typer.Argument(help="The figure: its id in templates/figures.yml.")],
    workspace: Root = Path(),
    edition: Edition = "",
    language: Annotated[
        list[str] | None,
        typer.Option("--language", "--lang", help="Only this language, such as en; repeat for more. Else every one."),
    ] = None,
    to: Annotated[
        list[Path] | None,
        typer.Option("--to", help="A file in one language, the first if none is named; repeat for more formats."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="The folder for SVG, PNG, PDF and CSV; output/EDITION.figures if not given."),
    ] = None,
) -> None:
    """Draw a figure by itself, for a talk or a paper: SVG, PNG and PDF, and its numbers as CSV."""
    from jianbao.app.chart import FORMS, draw_figure, figures_folder
    from jianbao.app.workspace import snapshot
    from jianbao.core import edition_folder

    files = tuple(to or ())
    _check_targets(files, language or [], output, FORMS)
    drawn = draw_figure(snapshot(workspace), figure, edition, language or ())
    if files:
        first = next(iter(drawn.by_language.values()))
        targets = [(path.parent, {path.name: first.file(_form(path))}) for path in files]
    else:
        every = {f"{figure}.{each}.{form}": (one, form) for each, one in drawn.by_language.items() for form in FORMS}
        contents = {name: one.file(form) for name, (one, form) in every.items()}
        targets = [(output or figures_folder(workspace, drawn.label), contents)]
    for folder, made in targets:
        edition_folder.write_each(folder, made)
        for name, content in made.items():
            say(f"{folder / name}  {len(content) / 1024:.0f} KB")


def _check_targets(files: tuple[Path, ...], languages: list[str], output: Path | None, forms: Any) -> None:
    """Raise BadParameter for options that exclude each other, and for a file without a known format."""
    if files and output:
        raise bad_parameter(tr("name files or a folder, not both"), "--to")
    if files and len(languages) > 1:
        raise bad_parameter(tr("a file holds the figure in one language: name one"), "--language")
    suffixes = tr_list(f".{form}" for form in forms)
    for path in files:
        if _form(path) not in forms:
            what = tr(
                "'{file}' is in no format of figures: let its name end in {suffixes}", file=path, suffixes=suffixes
            )
            raise bad_parameter(what, "--to")


def _form(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


@app.command()
def schema(
    file: Annotated[Path, typer.Argument(help="The file that is edited, such as data/tables.yml.")] = Path(
        "data/framework.yml"
    ),
) -> None:
    """Print the JSON Schema of a file that people edit, for editors that complete and check it."""
    from jianbao.app.schema import schema_of

    print_json(schema_of(file))


@app.command()
def explain(
    term: Annotated[str, typer.Argument(help="A word, a file, or FILE:LINE.")] = "",
    workspace: Root = Path(),
    as_json: Json = False,
) -> None:
    """Explain a word that may be written, the fields of a file, or what is written in a line of one."""
    from dataclasses import asdict

    from jianbao.app import explain as explaining
    from jianbao.app.workspace import snapshot
    from jianbao.cli.output import explanations, known_words
    from jianbao.core.messages import ui_language

    if not term:
        show(known_words(explaining.words()))
        return
    entries = explaining.explained(term, snapshot(workspace), ui_language())
    print_json([asdict(each) for each in entries]) if as_json else show(explanations(entries))


def _paired(framework: Path | None, data: Path | None) -> None:
    if framework or data:
        raise bad_parameter(tr("--framework and --data go together"))


def _league(framework: Path, data: Path, unit: str = "", period: str = "") -> Any:
    """Read a framework and a table, importing no more of the program than a CSV needs."""
    from jianbao.app import league

    if data.suffix != ".parquet":
        return league.read_league(framework, data, unit, period)
    from jianbao.app.workspace_files import read_parquet

    return league.read_league(framework, data, unit, period, read_parquet(data))


def _deliver(tables: Any, out: Path | None, as_json: bool) -> None:
    if out is None:
        from jianbao.cli.output import show_tables

        show(show_tables(tables, as_json))
        return
    from jianbao.core import edition_folder
    from jianbao.core.zip_csv import table_csv

    edition_folder.write_each(out, {f"{name}.csv": table_csv(table) for name, table in tables.items()})
    for name in tables:
        say(str(out / f"{name}.csv"))


def _draw(league: Any, summary: Any, out: Path, unit: str, period: str) -> None:
    from jianbao.app.league import FAMILIES
    from jianbao.charts.charts import draw
    from jianbao.charts.text_metrics import FontMetrics, FontMetricsList
    from jianbao.core import edition_folder
    from jianbao.render.fonts.registry import read_fonts

    path = read_fonts().path
    faces = tuple(FontMetrics(family=name, regular=path(name), bold=path(name, 700)) for name in FAMILIES)
    spec, standings, words, size = league.figure(summary, period, unit)
    drawing = draw(spec, standings, words, size, FontMetricsList(faces))
    edition_folder.write_each(out, {"league.svg": drawing.svg})
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
    """List what to renew, whom to ask, and what depends on it: values missing, aged or weakly sourced, open lists."""
    from jianbao.app.check import assess_edition
    from jianbao.app.evidence.due import renewal_list
    from jianbao.app.review import kept_proposals
    from jianbao.app.workspace import snapshot
    from jianbao.cli.output import Progress, due_json, due_lines, due_workbook
    from jianbao.core import edition_folder

    with Progress(quiet=True):
        assessment = assess_edition(snapshot(workspace), edition)
    day = as_day(as_of, "--as-of") if as_of else assessment.issue.as_of
    applied = (each.edits for each in kept_proposals(workspace).values() if each.applied)
    items = renewal_list(assessment, day, chain.from_iterable(applied))
    if workbook:
        edition_folder.write_each(workbook.parent, {workbook.name: due_workbook(items, assessment, day)})
        say(workbook)
    elif as_json:
        print_json(due_json(items))
    else:
        show(due_lines(items, assessment))
