"""Define commands for another city and a new year: adopt, edition new, examples remove, upgrade, intake, diff."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.base import (
    CityNames,
    Country,
    EventNames,
    Json,
    OfficeNames,
    Root,
    app,
    bad_parameter,
    by_language,
    say,
    show,
)
from jianbao.core.messages import in_ui_language, tr, tr_list, verbatim


@app.command()
def adopt(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The workspace of another city.")],
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the new workspace goes: a folder that is empty or new.")
    ],
    name: CityNames = None,
    office: OfficeNames = None,
    event: EventNames = None,
    country: Country = "",
) -> None:
    """Make a workspace from another city's: its definitions, words and design, not its data; list what to rewrite."""
    from jianbao.app.adopt import adopt_workspace
    from jianbao.app.new_workspace import NewCity
    from jianbao.app.workspace import snapshot
    from jianbao.cli.build import write_new
    from jianbao.cli.output import remaining_lines

    owner = NewCity(
        city=by_language(name, "--name"),
        office=by_language(office, "--office"),
        event=by_language(event, "--event"),
        country=country,
    )
    adopted = adopt_workspace(snapshot(source), folder, owner, datetime.now().astimezone().year)
    write_new(folder, adopted.files)
    show(remaining_lines(adopted.remaining))
    say(tr("{folder} holds a workspace without rows. Next: jianbao check {folder}", folder=folder))


editions = typer.Typer(no_args_is_help=True, help="The editions of the series.")
app.add_typer(editions, name="edition")


@editions.command("new")
def new_edition(
    label: Annotated[str, typer.Argument(help="What the edition is called, such as its year.")],
    as_of: Annotated[str, typer.Option("--as-of", help="The last day that it knows, as 2025-12-31.")],
    workspace: Root = Path(),
) -> None:
    """Prepare the next edition: declare it in data/editions.yml and say what to do next."""
    from jianbao.app import editions
    from jianbao.cli.output import next_steps

    show(next_steps(editions.declare_edition(workspace, label, as_of)))


examples = typer.Typer(no_args_is_help=True, help="The example rows of a new workspace.")
app.add_typer(examples, name="examples")


@examples.command("remove")
def remove_examples(workspace: Root = Path()) -> None:
    """Delete every row that rests on an example source, and the names and sources that only such rows needed."""
    from jianbao.app.evidence.examples import without_examples
    from jianbao.app.workspace import snapshot
    from jianbao.core.transaction import commit

    before = snapshot(workspace)
    files = commit(workspace, before, without_examples(before))
    if files:
        say(tr("Removed the examples from {files}. Now: jianbao check", files=tr_list(files)))
    else:
        say(tr("No row rests on an example source."))


@app.command()
def upgrade(
    workspace: Root = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
) -> None:
    """Rewrite a workspace of an older format for this program: show what changes, ask, and write it."""
    from jianbao.app import editions
    from jianbao.app.workspace import snapshot
    from jianbao.cli.output import confirm

    before = snapshot(workspace)
    after = editions.upgraded(before)
    for line in editions.differences(before, after):
        say(verbatim(line))
    changed = after.changed_since(before)
    if not changed:
        say(tr("The workspace is in the format of this program."))
    elif yes or (sys.stdin.isatty() and confirm(tr("Write this?"))):
        files = editions.write_upgrade(workspace, before, after)
        say(tr("Wrote {files}. Now: jianbao check", files=tr_list(files)))
    else:
        say(tr("Nothing was written. With --yes this is written."))


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
    because: Annotated[str, typer.Option("--because", help="Why outliers of a series are right.")] = "",
    as_written: Annotated[
        bool, typer.Option("--as-written", help="Take dates and names in doubt as they are written.")
    ] = False,
    clear_only: Annotated[
        bool, typer.Option("--clear-only", help="Leave out the rows of open cases and write the others.")
    ] = False,
    readings: Annotated[
        bool, typer.Option("--readings", help="List every cell that was read differently from how it is written.")
    ] = False,
) -> None:
    """Take in new data: show what it adds, changes and contradicts, ask, and write it with its sources."""
    from jianbao.app import intake
    from jianbao.cli.output import confirm
    from jianbao.intake.decisions import Policy

    if template:
        _write_template(template, file or workspace)
        return
    if file is None:
        raise bad_parameter(tr("name a delivery, or --template FILE for a workbook to fill in"))
    review = intake.read_and_review(workspace, file, source, datetime.now().astimezone().date())
    asking = sys.stdin.isatty() and not yes
    prompter = intake.Prompter(
        say=say,
        confirm=confirm if asking else None,
        ask=prompt if asking else None,
        agreed=yes,
        each_reading=readings,
    )
    policy = Policy(accept_changes, because, clear_only, as_written)
    raise typer.Exit(intake.run_intake(workspace, review, policy, prompter))


def prompt(question: str) -> str:
    """Ask for a text, in the user's language."""
    return str(typer.prompt(in_ui_language(question)))


def _write_template(path: Path, workspace: Path) -> None:
    from jianbao.app.intake import make_template
    from jianbao.app.workspace import snapshot
    from jianbao.core import edition_folder

    edition_folder.write_each(path.parent, {path.name: make_template(snapshot(workspace))})
    say(tr("{path} is ready to be filled in; then: jianbao intake {path}", path=path))


@app.command()
def diff(
    earlier: Annotated[str, typer.Argument(help="The edition to compare with.")],
    later: Annotated[str, typer.Argument(help="The edition that is compared.")],
    workspace: Root = Path(),
    against: Annotated[
        Path | None, typer.Option("--against", help="The earlier edition as archived: its folder, or ledger.json.")
    ] = None,
    lang: Annotated[
        list[str] | None, typer.Option("--lang", help="zh or en; repeat for more; that of messages if not given.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="A file for the two-page PDF.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="A folder for the PDF and the comparison as JSON.")] = None,
    as_json: Json = False,
) -> None:
    """Show what changed between two editions: scores and why, facts, measures, sentences as a redline."""
    from jianbao.app import compare
    from jianbao.app.workspace import snapshot
    from jianbao.review.compare.comparison import comparison_json

    pair = compare.compare_editions(snapshot(workspace), earlier, later, against)
    if pdf or out:
        _write_leaflet(pair, pdf, out)
    elif as_json:
        say(comparison_json(pair.comparison))
    else:
        _say_comparison(pair, lang or [])


def _write_leaflet(pair: Any, pdf: Path | None, out: Path | None) -> None:
    from jianbao.app import compare
    from jianbao.core import edition_folder
    from jianbao.review.compare.comparison import comparison_json

    name, content = compare.leaflet_files(pair)
    if pdf:
        edition_folder.add(pdf.parent, {pdf.name: content})
        say(str(pdf))
    if out:
        files = {name: content, "changes.json": (comparison_json(pair.comparison) + "\n").encode()}
        edition_folder.add(out, files)
        for file in files:
            say(str(out / file))


def _say_comparison(pair: Any, languages: list[str]) -> None:
    from rich.console import Console

    from jianbao.app import compare

    console = Console(highlight=False, soft_wrap=True)
    for line in compare.comparison_report(pair, languages, console.is_terminal):
        console.print(line, markup=console.is_terminal)
