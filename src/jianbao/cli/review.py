"""Define the commands `review …`: list, approve, return; stations and handling sheet; copies for review."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.base import Edition, GroupWithDefault, Json, Root, app, say_notes, show
from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import tr

review = typer.Typer(
    cls=GroupWithDefault,
    help="List which items of an edition await approval; approve or return them; pass stations; edit in Word.",
)
app.add_typer(review, name="review")

Items = Annotated[
    list[str] | None, typer.Argument(help="Items, or the parts they are in: measures, local, figure.growth.")
]
Returned = Annotated[
    list[str] | None,
    typer.Argument(help="Items, or the parts they are in; or a station, at which the whole edition is returned."),
]
Elsewhere = Annotated[Path, typer.Option("--workspace", "-w", help="The workspace.")]
By = Annotated[str, typer.Option("--by", help="The name to record: of the reviewer, or of who passes the station.")]
ReadItems = Annotated[
    Path | None, typer.Option("--read", help="The built edition that was read; items changed since are refused.")
]
ReadEdition = Annotated[
    Path | None, typer.Option("--read", help="The built edition that was read; if it has changed, it is refused.")
]


@review.command("list")
def list_items(
    workspace: Root = Path(),
    edition: Edition = "",
    every: Annotated[bool, typer.Option("--approved", help="List what is approved too.")] = False,
    as_json: Json = False,
) -> None:
    """List what is returned or pending, what moves the message most first; then the stations of the edition."""
    from jianbao.app import check, review
    from jianbao.app.workspace import snapshot

    assessment = check.assess_edition(snapshot(workspace), edition)
    show(review.listing(assessment, every, as_json))


@review.command()
def approve(
    by: By,
    items: Items = None,
    every: Annotated[
        bool, typer.Option("--all", help="Everything pending; returned items must be named one by one.")
    ] = False,
    read: ReadItems = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Approve without asking.")] = False,
    workspace: Elsewhere = Path(),
    edition: Edition = "",
    as_json: Json = False,
) -> None:
    """Show items with their texts, by kind; ask; and approve them as they are now, in every language."""
    from jianbao.app import check, review
    from jianbao.app.product_checks import unsigned_papers
    from jianbao.app.workspace import snapshot

    asking = sys.stdin.isatty() and not as_json
    if every and not (yes or asking):
        what = tr("this approves everything that is pending, and nobody can be asked")
        raise UsageError(Problem(Place("--all"), what, tr("read the items, and add --yes")))
    assessment = check.assess_edition(snapshot(workspace), edition)
    say_notes(unsigned_papers(assessment.project) if every else [])
    show(
        review.approve_items(
            root=workspace,
            assessment=assessment,
            names=items or [],
            every=every,
            reviewer=_reviewer(by),
            read=read,
            json_wanted=as_json,
            agree=_agrees if asking and not yes else lambda: True,
        )
    )


def _agrees() -> bool:
    from jianbao.cli.output import confirm

    return confirm(tr("Approve these?"))


@review.command("return")
def send_back(
    items: Returned,
    by: By,
    comment: Annotated[str, typer.Option("--comment", help="What is to be done; it is printed in the draft.")],
    workspace: Elsewhere = Path(),
    edition: Edition = "",
    as_json: Json = False,
) -> None:
    """Return items with a comment, printed in every draft until they are approved; or an edition at a station."""
    from jianbao.app import check, review
    from jianbao.app.sign_off import stations
    from jianbao.app.workspace import snapshot

    assessment, names = check.assess_edition(snapshot(workspace), edition), items or []
    if station := stations.named_station(assessment, names):
        after = stations.return_at_station(workspace, assessment, station, _signer(by), comment)
        show(stations.report_lines(after, as_json))
        return
    show(
        review.return_items(
            workspace, assessment, names=names, reviewer=_reviewer(by), comment=comment, json_wanted=as_json
        )
    )


@review.command("pass")
def let_pass(
    station: Annotated[str, typer.Argument(help="The station, by its id in data/roles.yml.")],
    by: By,
    opinion: Annotated[
        str, typer.Option("--opinion", help="What is printed on the handling sheet beside the name.")
    ] = "",
    read: ReadEdition = None,
    workspace: Elsewhere = Path(),
    edition: Edition = "",
    as_json: Json = False,
) -> None:
    """Pass the whole edition, as it is now, at a station of data/roles.yml."""
    from jianbao.app import check, review
    from jianbao.app.sign_off import stations
    from jianbao.app.workspace import snapshot

    assessment = check.assess_edition(snapshot(workspace), edition)
    if read is not None:
        review.check_unchanged(assessment, read)
    show(stations.report_lines(stations.pass_station(workspace, assessment, station, _signer(by), opinion), as_json))


@review.command("sheet")
def sheet(
    workspace: Root = Path(),
    edition: Edition = "",
    lang: Annotated[
        list[str] | None, typer.Option("--lang", help="Only these languages, such as zh; repeat for more.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The folder; output/EDITION.handling in the workspace if not given.")
    ] = None,
) -> None:
    """Write the handling sheet of an edition as PDF: who passed it at which station, and what was changed there."""
    from jianbao.app.sign_off.handling_sheet import write_sheets
    from jianbao.app.workspace import snapshot

    show(map(str, write_sheets(workspace, snapshot(workspace), edition, tuple(lang or ()), to)))


@review.command()
def export(
    workspace: Root = Path(),
    edition: Edition = "",
    template: Annotated[str, typer.Option("--template", help="The document; the first one if not given.")] = "",
    lang: Annotated[
        list[str] | None, typer.Option("--lang", help="A language, or several side by side: zh, en, zh-en; each alone.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", help="docx, to be edited in Word; xlsx, to be edited sentence by sentence.")
    ] = "docx",
    to: Annotated[
        Path | None, typer.Option("--to", help="The folder; output/EDITION.review in the workspace if not given.")
    ] = None,
) -> None:
    """Write copies that reviewers edit in Word or a spreadsheet and send back."""
    from jianbao.app.sign_off.review_copies import CopyRequest, export_copies
    from jianbao.app.workspace import snapshot

    request = CopyRequest(template=template, layouts=tuple(lang or ()), format=form, folder=to)
    show(export_copies(workspace, snapshot(workspace), edition, request))


@review.command("import")
def bring_back(
    file: Annotated[Path, typer.Argument(help="The copy as it came back.")],
    by: By,
    workspace: Elsewhere = Path(),
    as_json: Json = False,
) -> None:
    """Make comments, proposals and questions of what was changed in a copy; a second time nothing is added."""
    from jianbao.app.sign_off.review_copies import import_copy
    from jianbao.app.workspace import snapshot

    show(import_copy(workspace, snapshot(workspace), file, _reviewer(by), as_json))


def _signer(name: str) -> Any:
    """Return the person who signs, with local time, so that the printed day is that of the office."""
    from jianbao.app.approval import Reviewer

    return Reviewer(" ".join(name.split()), datetime.now().astimezone().isoformat(timespec="seconds"))


def _reviewer(name: str) -> Any:
    from jianbao.app.approval import Reviewer

    return Reviewer(" ".join(name.split()), datetime.now().astimezone().isoformat(timespec="milliseconds"))
