"""Define the commands that make a brief: new, build, check, judge."""

import contextlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.base import (
    Cache,
    CityNames,
    Country,
    Edition,
    EventNames,
    Jobs,
    Json,
    OfficeNames,
    Root,
    app,
    as_record,
    bad_parameter,
    by_language,
    print_json,
    report,
    say,
    say_notes,
    show,
)
from jianbao.core.errors import ContentError, JianbaoError, Problem, load_extra
from jianbao.core.messages import Translatable, tr, tr_error, tr_list, ui_language, verbatim

Examined = tuple[tuple[Problem, ...], tuple[JianbaoError, ...]]  # notes and errors


@app.command()
def new(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the workspace goes: a folder that is empty or new.")
    ],
    city: Annotated[str, typer.Option("--city", help="The name of the city, the same in every language.")] = "",
    name: CityNames = None,
    office: OfficeNames = None,
    event: EventNames = None,
    country: Country = "",
    languages: Annotated[str, typer.Option("--languages", help="Codes such as zh-en, en-fr or zh-en-fr.")] = "zh-en",
    like: Annotated[
        str,
        typer.Option("--like", help="full: a brief on three levels, all products; small: the least that builds."),
    ] = "full",
    empty: Annotated[bool, typer.Option("--empty", help="Without example rows.")] = False,
) -> None:
    """Write a workspace that builds: example rows, their wording in the languages asked for, a theme."""
    from jianbao.app import new_workspace
    from jianbao.app.evidence.examples import without_examples
    from jianbao.app.workspace_files import with_notes_in
    from jianbao.core.edition_folder import is_taken
    from jianbao.core.snapshot import Snapshot

    if is_taken(folder):
        raise bad_parameter(tr("'{folder}' exists and is not empty", folder=folder), "DIR")
    if like not in new_workspace.SIZES:
        what = tr("'{like}' is not a size of workspace; write {sizes}", like=like, sizes=tr_list(new_workspace.SIZES))
        raise bad_parameter(what, "--like")
    named = {"": city} if city else {}
    whose = new_workspace.NewCity(
        city={**named, **by_language(name, "--name")},
        office=by_language(office, "--office"),
        event=by_language(event, "--event"),
        country=country,
    )
    try:
        tongues = [new_workspace.read_starter_language(code) for code in dict.fromkeys(languages.split("-"))]
        files = with_notes_in(new_workspace.starter_files(whose, tongues, like), ui_language())
        if empty:
            bare = without_examples(Snapshot(files={}).replaced(files))
            files = {name: file.content for name, file in bare.files.items()}
    except new_workspace.UnusableNameError as error:
        raise bad_parameter(tr_error(error)) from error
    write_new(folder, files)
    if empty:
        say(tr("{folder} holds a workspace without rows. Next: jianbao intake --template", folder=folder))
    else:
        say(tr("{folder} holds a workspace; its rows are examples. Next: jianbao build {folder}", folder=folder))


def write_new(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a new workspace, and name the files that must be translated first.

    The notes of intakes into a former workspace in this folder are deleted.
    """
    from jianbao.app import new_workspace, workspace
    from jianbao.core import edition_folder

    if folder.exists():
        edition_folder.write_each(folder, files)
    else:
        edition_folder.write_folder(folder, files, tr("the workspace"))
    workspace.keep_intake_notes(folder, ())
    if waiting := new_workspace.needing_translation(files):
        say(
            tr(
                "The starter does not have every language; these files await translation ('{awaiting}'):",
                awaiting=new_workspace.AWAITING,
            )
        )
        for file in waiting:
            say(f"    {folder / file}")


@app.command()
def build(
    workspace: Root = Path(),
    edition: Edition = "",
    template: Annotated[list[str] | None, typer.Option("--template", help="Only this template, such as brief.")] = None,
    lang: Annotated[
        list[str] | None, typer.Option("--lang", help="Only these languages, such as zh-en or fr; repeat for more.")
    ] = None,
    form: Annotated[list[str] | None, typer.Option("--format", help="Only pdf, ofd, docx or html.")] = None,
    output: Annotated[
        str,
        typer.Option(
            "--output", help="Where editions go: a folder or an address such as s3://…; output/ if not given."
        ),
    ] = "",
    drop: Annotated[
        bool, typer.Option("--drop", help="Let go the edition's other products where they are of other inputs.")
    ] = False,
    approved_only: Annotated[
        bool, typer.Option("--approved-only", help="As the edition was last issued (data/roles.yml), not as it is now.")
    ] = False,
    jobs: Jobs = 0,
    cache: Cache = True,
    as_json: Json = False,
) -> None:
    """Build an edition: its products, the ledger, the scores and a manifest of every input and output."""
    from jianbao.app.workspace import BuildRequest, ProductFilter
    from jianbao.core.edition_folder import OthersDroppedError, file_sizes

    choice = ProductFilter(tuple(template or ()), tuple(lang or ()), tuple(form or ()))
    request = BuildRequest(root=workspace, edition=edition, choice=choice, output=_output(output), drop=drop)
    files = _files(request, approved_only)
    try:
        folder = _build(request, files, jobs, cache, as_json)
    except OthersDroppedError as error:
        from jianbao.cli.output import confirm  # not before it is needed: it loads what assesses an edition

        question = tr("{names}: not of the same inputs. Drop them?", names=tr_list(error.names))
        if not (sys.stdin.isatty() and confirm(question)):
            raise
        folder = _build(replace(request, drop=True), files, jobs, cache, as_json)
    written = file_sizes(folder)
    if as_json:
        label = folder.name if isinstance(folder, Path) else folder.edition
        print_json({"edition": label, "folder": str(folder), "files": written})
    else:
        for name, size in written.items():
            say(f"{folder / name}  {size / 1024:.0f} KB")


def _files(request: Any, approved_only: bool) -> Any:
    """Return the files of a workspace as they are now, or as an edition was last issued."""
    from jianbao.app.workspace import snapshot

    files = snapshot(request.root)
    if not approved_only:
        return files
    from jianbao.app.sign_off.stations import approved_snapshot

    return approved_snapshot(files, request.edition)


def _build(request: Any, files: Any, jobs: int, cache: bool, quiet: bool) -> Any:
    """Build an edition, or take it from the cache; return its folder."""
    from jianbao.app.workspace import open_cache, rebuilt_from_cache

    stored = open_cache() if cache else None
    folder = rebuilt_from_cache(stored, request, files) if stored else None
    if folder is None:
        from jianbao.app import build
        from jianbao.cli.output import Progress
        from jianbao.core.workers import cores

        with Progress(quiet=quiet) as progress:
            folder = build.build_and_write(request, files, progress.stage, build.BuildOptions(jobs or cores(), stored))
    return folder


def _output(text: str) -> Any:
    from jianbao.core.cache import SecretError, store_or_path

    try:
        return store_or_path(text, Path()) if text else None
    except SecretError as error:
        raise bad_parameter(tr_error(error), "--output") from error


@app.command()
def batch(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A YAML list of workspace, edition, template, lang, format, output.",
        ),
    ],
    jobs: Jobs = 0,
    scheduler: Annotated[
        str,
        typer.Option("--scheduler", help="Build on the workers of a Dask scheduler: tcp://HOST:8786."),
    ] = "",
    cache: Cache = True,
    as_json: Json = False,
) -> None:
    """Build many briefs at once: what is unchanged is not made again, and one that fails stops none of the others."""
    from jianbao.app import batch
    from jianbao.app.workspace import open_cache
    from jianbao.cli.output import brief_record

    items = batch.read_batch(file)
    results = []
    with _workers(jobs, scheduler) as workers:
        for each in batch.build_batch(items, workers, open_cache() if cache else None):
            results.append(each)
            if not as_json:
                outcome = tr("failed") if not each.folder else tr("unchanged") if each.unchanged else tr("built")
                brief = each.folder or _name_of(each.item)
                say(
                    tr(
                        "{made} of {total}  {said}  {brief}",
                        made=len(results),
                        total=len(items),
                        said=outcome,
                        brief=brief,
                    )
                )
    results.sort(key=lambda each: each.item.place.line)
    if as_json:
        print_json([brief_record(each) for each in results])
    else:
        for each in results:
            _report_failure(each)
    raise typer.Exit(batch.worst(results))


def _workers(jobs: int, scheduler: str) -> contextlib.AbstractContextManager[Any]:
    if not scheduler:
        from jianbao.app.build import PRELOADED
        from jianbao.core.workers import cores, worker_pool

        return worker_pool(jobs or cores(), PRELOADED)
    from jianbao.app.workspace import program_fingerprint

    cluster = load_extra("cluster", "jianbao.core.dask_cluster", "--scheduler")
    return cluster.connect_cluster(scheduler, program_fingerprint)  # type: ignore[no-any-return]


@app.command()
def check(
    workspace: Root = Path(),
    edition: Edition = "",
    everything: Annotated[
        bool, typer.Option("--all-editions", help="Check every declared edition and every year that can be made.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List every problem in data, framework, rules, wording and templates, without building."""
    if everything and edition:
        raise bad_parameter(tr("name an edition or ask for all, not both"), "--all-editions")
    try:
        notes, errors = _examined_everything(workspace) if everything else _examined(workspace, edition)
    except JianbaoError as fault:
        notes, errors = (), (fault,)
    if as_json:
        print_json([as_record(problem, error) for error in errors for problem in error.problems])
    else:
        for error in errors:
            report(error)
        say_notes(notes)
        if not errors:
            say(tr("No problems."))
    raise typer.Exit(errors[0].exit_code if errors else 0)


def _examined(workspace: Path, edition: str) -> Examined:
    """Return the notes and errors of an edition."""
    from jianbao.app import approval
    from jianbao.app.workspace import snapshot

    return approval.check_approvals(snapshot(workspace), edition, workspace)


def _examined_everything(workspace: Path) -> Examined:
    """Return the notes and errors of all editions."""
    from jianbao.core.workers import cores, worker_pool

    with worker_pool(cores(), "jianbao.app.check") as workers:
        workers.warm()  # the workers' imports take as long as those of this process, and both are done at once
        from jianbao.app.check import examine_all_editions
        from jianbao.app.workspace import snapshot

        examined = examine_all_editions(snapshot(workspace), workers)
    return examined.notes, examined.errors


@app.command()
def judge(
    workspace: Root = Path(),
    edition: Edition = "",
    output: Annotated[Path | None, typer.Option("--output", help="Where editions are; output/ if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Judge the finished briefs of an edition by a checklist, point by point; exit code 4 if one is not good."""
    from jianbao.app import review
    from jianbao.cli.output import Progress
    from jianbao.review.quality.checklist import verdict_record, verdict_report

    with Progress(quiet=as_json) as progress:
        verdicts = review.judge_edition(workspace, edition, output, progress.stage)
    if as_json:
        print_json([verdict_record(verdict) for verdict in verdicts])
    else:
        for verdict in verdicts:
            show(verdict_report(verdict))
    raise typer.Exit(ContentError.exit_code if any(verdict.reasons() for verdict in verdicts) else 0)


def _name_of(item: Any) -> Translatable:
    """Return the name of an item of a batch: its workspace, and its edition if one is given."""
    if item.request.edition:
        return tr("{workspace}, edition {edition}", workspace=item.request.root, edition=item.request.edition)
    return verbatim(item.request.root)


def _report_failure(result: Any) -> None:
    """Print the errors of an item of a batch under its name, if there are any."""
    if result.folder:
        return
    say(tr("\n{item} ({place}) is not built:", item=_name_of(result.item), place=result.item.place), err=True)
    if result.error:
        report(result.error)
    else:
        say(result.trace, err=True)
