"""Verify a published edition by building it again in memory and comparing; freeze finished editions in the archive."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from jianbao.app import workspace
from jianbao.app.approval import approval_of
from jianbao.app.assess import Assessment, Report, Stage, assess, documents_of
from jianbao.app.build import build_inputs, draw_products, records_of, render_edition, write
from jianbao.app.check import checked_theme, fonts_of
from jianbao.app.project import read_project
from jianbao.brief.outline import Product
from jianbao.core.edition_folder import MANIFEST, hash_files
from jianbao.core.errors import (
    DeliveryError,
    EvidenceError,
    Extra,
    Place,
    Problem,
    RenderError,
    UsageError,
    nearest,
    raise_all,
)
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.core.workers import Workers
from jianbao.delivery.checksums import Trust
from jianbao.delivery.finished_edition import (
    LEDGER,
    archive_folder,
    built_or_archived,
    freeze,
    published_labels,
    read_finished,
)
from jianbao.review.published import Difference, LedgerChange, Rebuild, causes, compare_ledgers, sorted_files

signature = Extra("sign", "jianbao.delivery.signature")
MAX_LISTED_CHANGES = 40  # changes shown as text; JSON has all
SAYING = ("value", "of", "unit", "low", "high", "as_of", "comparator", "confidence", "carried")


def verify_edition(root: Path, edition: str, archive: Path | None, report: Report) -> Rebuild:
    """Build a published edition again and return the differences.

    It is read from its folder in output/ or, if that is missing, from the archive. Facts are compared first: if they
    differ, the pages, which contain them, are not made.

    Raises:
        UsageError: If there is no such edition.
        DeliveryError: If the files do not match the manifest.

    """
    folder = published_folder(root, edition, archive)
    published = _manifest(folder)
    if published["edition"] != edition:
        place = Place(str(folder / MANIFEST))
        raise UsageError(
            Problem(
                place,
                tr("this is edition '{edition}'", edition=published["edition"]),
                tr("you asked for '{edition}'", edition=edition),
            )
        )
    _check_files(folder, published["outputs"])
    report(Stage.READ)
    project = read_project(workspace.snapshot(root))
    assessment = assess(project, project.series.issue(edition), report=report)
    documents = documents_of(assessment)
    fonts = fonts_of(project.snapshot, checked_theme(project.snapshot))
    today = build_inputs(project.snapshot, assessment.issue.label, fonts)
    files = records_of(assessment, approval_of(assessment, documents))
    ledger = workspace.read_built_file(folder / LEDGER)
    facts, origins = compare_ledgers(ledger, files[LEDGER])
    products = [product for product in project.outline.products if product.name in published["outputs"]]
    moved = files[LEDGER] != ledger
    if not moved:
        files = _made(assessment, products, report)
    before = {**published["outputs"], **_hashes_before_signing(folder, published["built"], files)}
    by_state = sorted_files(before, hash_files(files), [product.name for product in products] if moved else ())
    reasons = causes(published, today)
    return Rebuild(
        edition=edition,
        folder=str(folder),
        **by_state,
        facts=facts,
        origins=origins,
        known=len(assessment.ledger),
        causes=reasons,
    )


def published_folder(root: Path, edition: str, archive: Path | None) -> Path:
    """Return the folder of a published edition: `archive` if given, or that in output/, or that in output/archive/.

    Raises UsageError if the edition is in neither.
    """
    output = workspace.output_folder(root)
    folder = archive or built_or_archived(output, edition)
    if archive is None and not (folder / MANIFEST).is_file():
        known = {*published_labels(output), *(path.parent.name for path in output.glob(f"*/{MANIFEST}"))}
        hint = nearest(edition, known) or tr("build it first, or name the file of a package or a signed PDF")
        what = tr("there is no published edition '{label}'", label=edition)
        raise UsageError(Problem(Place(str(folder)), what, hint))
    return folder


def _made(assessment: Assessment, products: Sequence[Product], report: Report) -> dict[str, bytes]:
    """Write, draw and render an assessed edition; raises the same errors as a build."""
    report(Stage.WRITE)
    written = write(assessment, unsettled=True)  # as it was published, in spite of later reviews
    report(Stage.DRAW)
    drawings = draw_products(written, products, Workers())
    report(Stage.RENDER)
    return render_edition(drawings, products, report, Workers())


def freeze_editions(
    root: Path, labels: Sequence[str], output: Path | None, because: str
) -> Iterator[tuple[Path, bool]]:
    """Freeze finished editions, all declared ones if none is named; yield the folder of each and whether it is new.

    Raises DeliveryError for an unfinished edition, UsageError if the archive has another one and no reason is given.
    """
    series, folder = read_project(workspace.snapshot(root)).series, workspace.output_folder(root, output)
    for label in [series.issue(label).label for label in labels] or list(series.issues):
        files = read_finished(folder / label).files
        yield archive_folder(folder, label), freeze(folder, label, files, because)


def _manifest(folder: Path) -> dict[str, Any]:
    place = Place(str(folder / MANIFEST))
    try:
        record = json.loads(workspace.read_built_file(folder / MANIFEST))
        manifest = {**record, "outputs": dict(record["outputs"]), "edition": str(record["edition"])}
        manifest["built"] = dict(record.get("built", {}))
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise UsageError(
            Problem(place, tr("this is not the manifest of an edition"), tr("give the folder of an edition"))
        ) from fault
    if LEDGER not in manifest["outputs"]:
        raise UsageError(
            Problem(place, tr("this is not the manifest of a whole edition: it has no {file}", file=LEDGER))
        )
    return manifest


def _hashes_before_signing(folder: Path, built: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the hash that each signed file had before it was signed, if only signatures were added since.

    For a missing file, as in the archive, and for all others the hash of the manifest is taken.
    """
    hashes = {}
    for name, sha in built.items():
        if name not in workspace.edition_files(folder):
            hashes[name] = sha
        elif name in files:
            content = workspace.read_built_file(folder / name)
            seals, problems = signature.inspect_signatures(content, name, Trust())
            if content.startswith(files[name]) and seals and not problems:
                hashes[name] = sha256(files[name]).hexdigest()
    return hashes


def _check_files(folder: Path, outputs: Mapping[str, str]) -> None:
    """Raise DeliveryError for each file that does not match the manifest; any file but the ledger may be missing."""
    problems = {
        name: workspace.read_built_file(folder / name) for name in outputs if name in workspace.edition_files(folder)
    }
    hint = tr("the archive is damaged: restore it from a copy")
    wrong = [name for name, digest in hash_files(problems).items() if digest != outputs[name]]
    raise_all(
        (Problem(Place(str(folder / name)), tr("this is not the file of the manifest"), hint) for name in wrong),
        DeliveryError,
    )


def exit_code(rebuild: Rebuild) -> int:
    """Return 0 if everything is equal, 5 if facts differ, 6 if only files do."""
    if rebuild.facts or rebuild.origins:
        return EvidenceError.exit_code
    return 0 if rebuild.same else RenderError.exit_code


def verification_report(rebuild: Rebuild, json_wanted: bool) -> Iterator[str]:
    """Yield the result of a verification, as lines or as one JSON object."""
    if json_wanted:
        yield json.dumps({**asdict(rebuild), "same": rebuild.same}, ensure_ascii=False, indent=1)
        return
    yield _verdict(rebuild)
    yield from _facts(rebuild)
    for state, what in (
        ("unequal", tr("differs")),
        ("missing", tr("is not made today")),
        ("unset", tr("not set: it holds the facts")),
    ):
        for name in getattr(rebuild, state):
            yield tr("  {name}: {what}", name=name, what=what)
    yield from _reasons(rebuild)


def _verdict(rebuild: Rebuild) -> Translatable:
    name, files = (
        tr("Edition {edition}, as {folder} has it", edition=rebuild.edition, folder=rebuild.folder),
        len(rebuild.equal),
    )
    if rebuild.same:
        return tr(
            "{name}: today's code and data give it byte for byte ({files} files, {known} facts).",
            name=name,
            files=files,
            known=rebuild.known,
        )
    if rebuild.facts:
        return tr(
            "{name}: {count} of {known} facts have other values today.",
            name=name,
            count=len(rebuild.facts),
            known=rebuild.known,
        )
    if rebuild.origins:
        return tr(
            "{name}: every fact says the same, {count} come from other rows or facts.",
            name=name,
            count=len(rebuild.origins),
        )
    return tr(
        "{name}: all {known} facts are the same, but not every file; {files} files are equal.",
        name=name,
        known=rebuild.known,
        files=files,
    )


CHANGES: Mapping[Difference, str] = {"changed": tr("changed "), "added": tr("new     "), "removed": tr("gone    ")}


def _facts(rebuild: Rebuild) -> Iterator[str]:
    shown = (*rebuild.facts, *rebuild.origins)[:MAX_LISTED_CHANGES]
    for change in shown:
        kind = CHANGES[change.kind]
        yield tr("  {kind} {name}  {between}", kind=kind, name=change.name, between=_between(change))
    left = len(rebuild.facts) + len(rebuild.origins) - len(shown)
    if left:
        yield tr("  … and {left} more (--json has all)", left=left)


def _between(change: LedgerChange) -> str:
    before, after = change.before or {}, change.after or {}
    if change.kind != "changed":
        return _shown((before or after).get("value"))
    names = [name for name in dict.fromkeys((*before, *after)) if before.get(name) != after.get(name)]
    differing = [name for name in names if name in SAYING]
    if not differing:
        return tr("comes from elsewhere: {names}", names=tr_list(names))
    first = differing[0]
    label = "" if first == "value" else f"{first} "
    moved = f"{label}{_shown(before.get(first))} -> {_shown(after.get(first))}"
    return tr("{moved} ({others} too)", moved=moved, others=tr_list(differing[1:])) if differing[1:] else moved


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else "–" if value is None else str(value)


def _reasons(rebuild: Rebuild) -> Iterator[str]:
    if rebuild.same:
        return
    lines = [line for kind, changed in rebuild.causes.items() for line in _causes(kind, changed)]
    yield (tr("What has changed:") if lines else tr("Nothing explains it: inputs, fonts and versions are the same."))
    yield from lines


def _causes(kind: str, changed: tuple[LedgerChange, ...]) -> Iterator[str]:
    for each in changed:
        moved = f" {each.before or '–'} -> {each.after or '–'}" if kind == "versions" else f" {each.kind}"
        yield f"  {kind.removesuffix('s')} {each.name}{moved}"
