"""Make the handling sheet (发文稿纸) of an edition: its files, who passed it at which station, opinions and changes.

It is a PDF in each language, beside the edition's folder. Its words are the phrases of the section `handling`, which
are built in and which a workspace may replace.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.approval import places_of, printable
from jianbao.app.assess import Assessment, documents_of, renderer_of
from jianbao.app.check import assess_edition, read_design
from jianbao.app.sign_off.stations import SignOff, no_stations, passed_texts, sign_off
from jianbao.brief.letterhead import Letterhead, document_of_phrases, say_letter
from jianbao.brief.model import Block, Brief, Grid, GridColumn, Section
from jianbao.brief.outline import Product
from jianbao.brief.phrases import PhraseRenderer
from jianbao.core.edition_folder import folder_beside, write_each
from jianbao.core.errors import ContentError, UsageError, raise_all
from jianbao.core.snapshot import Snapshot
from jianbao.data.facts import Fact
from jianbao.render.html.page import compose_html
from jianbao.render.pdf.render import render_pdf
from jianbao.render.product import metadata, origin_of
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.review.corrections import OFFICIAL
from jianbao.review.roles import StationPlan
from jianbao.review.stations import SHORT, ItemText, StationEntry, StationLog, StationState
from jianbao.text.render import Local, Piece, Statement

HANDLING = "handling"  # the section with its phrases, and its page template
MOST_CHANGES = 40  # shown for one station
WIDTHS = {"station": "17%", "by": "18%", "time": "19%", "opinion": "", "content": "18%"}  # of the record's columns
PARTICULARS = ("number", "classification", "urgency")  # of the document, shown side by side


@dataclass(frozen=True, kw_only=True)
class Revision:
    """The items of an edition before and after an entry of the log, None if not stored; without an entry: today's."""

    entry: StationEntry | None
    before: Mapping[str, ItemText] | None
    after: Mapping[str, ItemText] | None


@dataclass(frozen=True, kw_only=True)
class HandlingSheet:
    """The content of a handling sheet.

    `documents` are the ids of items that are whole documents; `files` the products; `languages` the tags of the pages.
    """

    renderer: PhraseRenderer
    edition: str
    as_of: date
    day: date
    title: Statement
    letterhead: Letterhead
    reader: str
    plan: StationPlan
    states: tuple[StationState, ...]
    log: StationLog
    revisions: tuple[Revision, ...]
    documents: Collection[str]
    files: Sequence[str]
    languages: Mapping[str, str]

    def say(self, key: str, **values: Local) -> Statement:
        """Return a phrase of the sheet, filled with the values common to all its phrases and with `values`."""
        known: dict[str, Local] = {
            "series": self.renderer.texts(self.renderer.phrase("summary", "masthead.series")),
            "edition": dict.fromkeys(self.languages, self.edition),
            "as_of": _date(self.as_of.isoformat()),
        }
        return self.renderer.phrase(HANDLING, key, **(known | values))

    def text(self, text: str) -> dict[str, str]:
        """Return a typed text, the same in every language."""
        return dict.fromkeys(self.languages, text)

    def station(self, entry: StationEntry) -> Mapping[str, str]:
        """Return the name of an entry's station; its id if it is no longer declared."""
        names = {each.id: each.name for each in self.plan.stations}
        return names.get(entry.station) or self.text(entry.station)

    def signed(self, entry: StationEntry) -> Statement:
        """Return the author of an entry, with the role."""
        role = self.plan.roles.get(entry.role)
        by = self.text(entry.by)
        return self.say("signed.role", by=by, role=role.name) if role else self.say("signed", by=by)


def _date(iso: str) -> Fact:
    return Fact(id="", value=iso[:10], kind="date")


def _count(number: int) -> Fact:
    return Fact(id="", value=float(number))


def sheet_document(sheet: HandlingSheet) -> Brief:
    """Return the handling sheet in every language."""
    plain = sheet.renderer.plain
    letter = say_letter(sheet.letterhead, sheet.reader, sheet.renderer, HANDLING)
    labels = ("title", "addressees", "copies", "edition", "files", "dated", *PARTICULARS)
    joints = {key: ", " if writer.style.join else "、" for key, writer in sheet.renderer.writers.items()}
    last_first = sorted(sheet.states, key=lambda each: -each.station.step)
    blocks = tuple(_box(sheet, each) for each in last_first)
    record = Block(kind="table", id=f"{HANDLING}.record", table=_record(sheet))
    document = document_of_phrases(
        renderer=sheet.renderer,
        say=sheet.say,
        edition=sheet.edition,
        day=sheet.day,
        languages=sheet.languages,
        sections=(
            Section(HANDLING, sheet.title, blocks, "summary"),
            Section(f"{HANDLING}-record", sheet.say("record"), (record,)),
            Section(f"{HANDLING}-changes", sheet.say("changes"), tuple(_changes(sheet))),
        ),
    )
    return replace(
        document,
        words={
            "heading": sheet.say("heading"),
            "edition": sheet.say("edition"),
            "files": plain({key: joint.join(sheet.files) for key, joint in joints.items()}),
            **{f"label.{key}": sheet.say(f"label.{key}") for key in labels},
        },
        letter=letter,
    )


def _box(sheet: HandlingSheet, state: StationState) -> Block:
    """Return the box of a station: its name, and the opinion, name and day of its passing; whether that has lapsed."""
    plain, entry = sheet.renderer.plain, state.passing
    statements = [plain(state.station.name)]
    if entry:
        statements += [plain(entry.comment), sheet.signed(entry), sheet.say("day", day=_date(entry.at))]
        statements += [sheet.say("lapsed")] if state.lapsed else []
    return Block(kind="box", id=f"{HANDLING}.{state.station.id}", statements=tuple(statements))


def _record(sheet: HandlingSheet) -> Grid:
    columns = tuple(GridColumn(sheet.say(f"column.{key}"), width=width) for key, width in WIDTHS.items())
    count, last = _count(len(sheet.log.entries)), sheet.text(sheet.log.last_line[:SHORT])
    return Grid(
        id="record",
        number=0,
        title=sheet.say("record"),
        columns=columns,
        rows=tuple(_row(sheet, entry) for entry in sheet.log.entries),
        note=sheet.say("record.note", count=count, hash=last) if sheet.log.entries else None,
    )


def _row(sheet: HandlingSheet, entry: StationEntry) -> tuple[Statement, ...]:
    plain, station, time = sheet.renderer.plain, sheet.station(entry), datetime.fromisoformat(entry.at)
    return (
        sheet.say("returned", station=station) if entry.verb == "returned" else plain(station),
        sheet.signed(entry),
        sheet.say("moment", day=_date(entry.at), time=sheet.text(f"{time:%H:%M}")),
        plain(entry.comment),
        plain(entry.content[:SHORT]),
    )


# The changes at each station


def _changes(sheet: HandlingSheet) -> Iterator[Block]:
    for number, revision in enumerate(sheet.revisions, 1):
        yield from _revision(sheet, revision, f"{HANDLING}.changes.{number}")
    if not sheet.revisions:
        yield _note(f"{HANDLING}.changes", sheet.say("changes.none"))


def _note(block: str, statement: Statement) -> Block:
    return Block(kind="note", id=block, statements=(statement,))


def _revision(sheet: HandlingSheet, revision: Revision, block: str) -> Iterator[Block]:
    """Yield the station and the author of a revision, and after it the passages that were changed."""
    stored = revision.before is not None and revision.after is not None
    items = [*_changed(revision, sheet.documents)] if stored else []
    count, entry = _count(len(items)), revision.entry
    if entry is None:
        place = sheet.say("changes.now", count=count)
    else:
        by, day = sheet.text(entry.by), _date(entry.at)
        place = sheet.say("changes.at", station=sheet.station(entry), by=by, day=day, count=count)
    yield Block(kind="place", id=block, statements=(place,))
    if not stored:
        yield _note(f"{block}.unkept", sheet.say("changes.unkept"))
    elif not items:
        yield _note(f"{block}.page", sheet.say("changes.page"))
    for number, (before, after) in enumerate(items[:MOST_CHANGES], 1):
        yield _passage(sheet, before, after, f"{block}.{number}")
    if items[MOST_CHANGES:]:
        yield _note(f"{block}.more", sheet.say("changes.more", count=_count(len(items) - MOST_CHANGES)))


def _changed(
    revision: Revision, documents: Collection[str]
) -> Iterable[tuple[Mapping[str, str] | None, Mapping[str, str] | None]]:
    """Yield the texts of each changed item before and after; None if there was none."""
    before, after = revision.before or {}, revision.after or {}
    for item in dict.fromkeys((*after, *before)):
        was, now = before.get(item), after.get(item)
        if item not in documents and (was and was.content) != (now and now.content):
            yield was.texts if was else None, now.texts if now else None


def _passage(
    sheet: HandlingSheet, before: Mapping[str, str] | None, after: Mapping[str, str] | None, block: str
) -> Block:
    if before == after and after is not None:
        return _note(block, sheet.say("changes.inside", title={each: after.get(each, "") for each in sheet.languages}))
    tokens, was, now = tokens_of(), before or {}, after or {}
    pieces = {each: redline(was.get(each, ""), now.get(each, ""), tokens) for each in sheet.languages}
    elsewhere = {each: now[each] for each in sheet.languages if was.get(each) == now.get(each)}
    if elsewhere:
        title = {each: elsewhere.get(each, "") for each in sheet.languages}
        note = sheet.say("changes.elsewhere", title=title)
        pieces |= {each: (Piece("kept", note.text(each)),) for each in elsewhere}
    return Block(kind="redline", id=block, redline=pieces)


FOLDER = ".handling"  # suffix of the folder of an edition's sheets, beside the edition's folder


def write_sheets(
    root: Path, snapshot: Snapshot, edition: str, languages: tuple[str, ...], folder: Path | None
) -> tuple[Path, ...]:
    """Write the handling sheet of an edition in these languages, or in all if none is given, and return the files.

    Raises UsageError for a language that the workspace does not have, or if it declares no stations.
    """
    assessment = assess_edition(snapshot, edition)
    series, label = assessment.project.series, assessment.issue.label
    problems = [series.unknown_language(each) for each in languages if each not in series.languages]
    raise_all([*problems, *([] if assessment.project.stations.stations else [no_stations()])], UsageError)
    document, design, places = handling_sheet(assessment), read_design(snapshot), places_of(assessment.project)
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


def handling_sheet(assessment: Assessment) -> Brief:
    """Return the handling sheet of an assessed edition; raises ContentError for a damaged log or missing phrases."""
    project, documents = assessment.project, documents_of(assessment)
    now = sign_off(assessment, documents)
    renderer = renderer_of(assessment)
    log = StationLog(tuple(map(_printable, now.passage.log.entries)), now.passage.log.last_line)
    states = (replace(each, passing=_printable(each.passing) if each.passing else None) for each in now.passage.states)
    last = log.entries[-1].at[:10] if log.entries else assessment.issue.as_of.isoformat()
    sheet = HandlingSheet(
        renderer=renderer,
        edition=assessment.issue.label,
        as_of=assessment.issue.as_of,
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
