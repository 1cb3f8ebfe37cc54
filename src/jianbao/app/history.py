"""The history of a row and of a sentence: from git where the workspace is in a repository, and from its proposals."""

from collections.abc import Iterator
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.review import kept_proposals
from jianbao.core.errors import JianbaoError, Place, Problem, UsageError, nearest
from jianbao.core.git import file_versions
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_edit import scalars
from jianbao.data.csv_files import Sheet
from jianbao.data.schemas import Schema
from jianbao.review.edits import Editable
from jianbao.review.history import (
    HistoryEntry,
    Version,
    merged,
    row_history,
    row_proposals,
    text_history,
    text_proposals,
)
from jianbao.review.proposals import Proposal
from jianbao.text.render import choose

NOT_COMMITTED = HistoryEntry()


def history_of_row(root: Path, known: Editable, table: str, number: int) -> tuple[HistoryEntry, ...]:
    """Return who changed a row when and why, the newest change first.

    Args:
        root: The workspace.
        known: What may be changed, as its files are now.
        table: The name of the table.
        number: The number of the row, as a spreadsheet shows it.

    Raises UsageError if there is no such row.
    """
    sheet = known.sheets.get(table)
    if sheet is None:
        what = tr("there is no table '{table}'", table=table)
        raise UsageError(Problem(Place("data"), what, nearest(table, known.sheets)))
    if number not in sheet.numbers:
        what = tr("there is no row {row} in {table}", row=number, table=sheet.file)
        raise UsageError(Problem(Place(sheet.file), what, tr("rows are numbered as a spreadsheet does")))
    schema, cells = known.schemas[table], known.row(table, number)
    versions = [Version(NOT_COMMITTED, sheet), *_sheets(root, schema, sheet)]
    seen = row_history(schema, cells, versions) if versions[1:] else ()
    return merged(row_proposals(schema, number, cells, _applied(root)), seen)


def history_of_sentence(root: Path, known: Editable, wording: str) -> tuple[HistoryEntry, ...]:
    """Return who changed a sentence when and why, in any language, the newest change first; raises UsageError."""
    if wording not in known.wordings:
        what = tr("there is no sentence '{wording}'", wording=wording)
        raise UsageError(Problem(Place(wording), what, nearest(wording, known.wordings)))
    variant = choose(known.wordings[wording], known.facts)
    seen: list[HistoryEntry] = []
    for language, text in variant.texts.items() if variant else ():
        file = text.place.file
        now = known.snapshot.text(file)
        written = (each for each in scalars(now) if each.line == text.place.line and each.path[-1] == language)
        versions = [Version(NOT_COMMITTED, now), *_texts(root, file)]
        if versions[1:] and (found := next(written, None)):
            seen += text_history(language, found.value, versions)
    return merged(text_proposals(wording, _applied(root)), _together(seen))


def _together(entries: list[HistoryEntry]) -> Iterator[HistoryEntry]:
    """Yield entries with those of one commit, which has changed a sentence in several languages, in one."""
    found: dict[tuple[str, bool], HistoryEntry] = {}
    for each in entries:
        key = each.commit, each.first
        found[key] = HistoryEntry(**{**vars(each), "moves": (*found[key].moves, *each.moves)}) if key in found else each
    yield from found.values()


def _applied(root: Path) -> list[Proposal]:
    return [each for each in kept_proposals(root).values() if each.applied]


def _sheets(root: Path, schema: Schema, sheet: Sheet) -> Iterator[Version[Sheet]]:
    if sheet.file.endswith(".csv"):
        for version in _versions(root, sheet.file):
            for found in workspace.csv_sheet(version.held, sheet.file, schema, []).values():
                yield Version(version.entry, found)


def _texts(root: Path, file: str) -> Iterator[Version[str]]:
    """Yield the committed versions of a file, the newest first, up to one that is no text."""
    for version in _versions(root, file):
        try:
            yield Version(version.entry, version.held.text(file))
        except JianbaoError:
            return


def _versions(root: Path, file: str) -> Iterator[Version[Snapshot]]:
    """Yield the committed versions of a file, the newest first, each as a snapshot of it alone."""
    for each in file_versions(root, file):
        entry = HistoryEntry(by=each.by, at=each.at, why=each.why, commit=each.commit)
        yield Version(entry, Snapshot(files={}).replaced({file: each.content}))
