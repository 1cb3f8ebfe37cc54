"""Write the handling sheet (发文稿纸) of an edition as PDF in each language, beside the edition's folder."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.approval import places_of, printable
from jianbao.app.assess import Assessment, documents_of, renderer_of
from jianbao.app.check import assess_edition, read_design
from jianbao.app.sign_off.stations import SignOff, no_stations, passed_texts, sign_off
from jianbao.brief.model import Brief
from jianbao.brief.outline import Product
from jianbao.core.edition_folder import folder_beside, write_each
from jianbao.core.errors import ContentError, UsageError, raise_all
from jianbao.core.snapshot import Snapshot
from jianbao.render.html.page import compose_html
from jianbao.render.pdf.render import render_pdf
from jianbao.render.product import metadata, origin_of
from jianbao.review.corrections import OFFICIAL
from jianbao.review.handling_sheet import HANDLING, HandlingSheet, Revision, sheet_document
from jianbao.review.stations import ItemText, StationEntry, StationLog

FOLDER = ".handling"  # suffix of the folder of an edition's sheets, beside the edition's folder


def write_sheets(
    root: Path, snapshot: Snapshot, edition: str, languages: tuple[str, ...], folder: Path | None
) -> tuple[Path, ...]:
    """Write the handling sheet of an edition in these languages, or in all if none is given, and return the files.

    Raises UsageError for a language that the workspace does not have, or if it declares no stations.
    """
    known = assess_edition(snapshot, edition)
    series, label = known.project.series, known.issue.label
    problems = [series.unknown_language(each) for each in languages if each not in series.languages]
    raise_all([*problems, *([] if known.project.stations.stations else [no_stations()])], UsageError)
    document, design, places = handling_sheet(known), read_design(snapshot), places_of(known.project)
    sheets = {}
    for language in languages or tuple(series.languages):
        product = Product(HANDLING, (language,))
        html = compose_html(document, product.languages, design, f"{HANDLING}/page.html.j2")
        sheets[product.name] = render_pdf(
            html, design.fonts, metadata(document, product), origin=origin_of(product.name, document, places)
        )
    place = folder or folder_beside(workspace.output_folder(root), f"{label}{FOLDER}")
    write_each(place, sheets)
    return tuple(place / name for name in sheets)


def handling_sheet(known: Assessment) -> Brief:
    """Return the handling sheet of an assessed edition; raises ContentError for a damaged log or missing phrases."""
    project, documents = known.project, documents_of(known)
    now = sign_off(known, documents)
    renderer = renderer_of(known)
    log = StationLog(tuple(map(_printable, now.passage.log.entries)), now.passage.log.last_line)
    states = (replace(each, passing=_printable(each.passing) if each.passing else None) for each in now.passage.states)
    last = log.entries[-1].at[:10] if log.entries else known.issue.as_of.isoformat()
    sheet = HandlingSheet(
        renderer=renderer,
        edition=known.issue.label,
        as_of=known.issue.as_of,
        day=date.fromisoformat(last),
        title=(documents.briefs.get(OFFICIAL) or next(iter(documents.briefs.values()))).title,
        letterhead=project.letterhead,
        reader=project.series.reader,
        plan=project.stations,
        states=tuple(states),
        log=log,
        revisions=tuple(_revisions(project.snapshot, now)),
        documents=tuple(documents.briefs),
        files=[product.name for product in project.outline.products],
        languages={key: language.tag for key, language in project.series.languages.items()},
    )
    document = sheet_document(sheet)
    raise_all(dict.fromkeys(renderer.problems), ContentError)
    return document


def _printable(entry: StationEntry) -> StationEntry:
    """Return an entry without characters that no font of the brief has."""
    return replace(entry, by=printable(entry.by), comment=printable(entry.comment))


def _revisions(snapshot: Snapshot, now: SignOff) -> Iterator[Revision]:
    """Yield each entry of the log whose content differs from the one before, and today's content if it differs."""
    before = ""
    for entry in now.passage.log.entries:
        if before and entry.content != before:
            texts = (passed_texts(snapshot, now.edition, each) for each in (before, entry.content))
            yield Revision(entry=_printable(entry), before=next(texts), after=next(texts))
        before = entry.content
    if before and before != now.content:
        today = {item.id: ItemText(item.content, item.texts) for item in now.items}
        yield Revision(entry=None, before=passed_texts(snapshot, now.edition, before), after=today)
