"""Find the history of a row or sentence in git and in proposals, and undo written changes."""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Generic, TypeVar

import yaml

from jianbao.app.review import kept_proposals
from jianbao.app.workspace_files import csv_sheet, read_tables
from jianbao.core.errors import JianbaoError, Place, Problem, UsageError, nearest
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot, file_versions
from jianbao.core.yaml_edit import Scalar, scalars
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.dates import moment
from jianbao.data.provenance import SOURCES
from jianbao.data.row_diff import key_of_row
from jianbao.data.schemas import Schema
from jianbao.review.edits import Editable, is_applied, with_edits
from jianbao.review.proposals import (
    CellEdit,
    Edit,
    Proposal,
    RowEdit,
    RowRemoval,
    TableRow,
    TextEdit,
    ValueEdit,
    filled,
    undoing,
    with_changes,
)
from jianbao.text.placeholders import unfolded
from jianbao.text.render import choose

MIN_SIMILARITY = 0.5  # share of equal cells or characters by which a former row or text is recognised
Cells = Mapping[str, str]
T = TypeVar("T")


@dataclass(frozen=True)
class Move:
    """One change: the column or language, and its text before and after."""

    where: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class HistoryEntry:
    """A change of a row or sentence: who, when (ISO 8601), why, and what; `first`: the row or sentence was added.

    `proposed_by` is the person who proposed it if somebody else applied it. `commit` is that in git, or ""; a
    change that is neither committed nor applied from a proposal has no time and no name.
    """

    by: str = ""
    at: str = ""
    why: str = ""
    moves: tuple[Move, ...] = ()
    first: bool = False
    commit: str = ""
    proposed_by: str = ""


@dataclass(frozen=True)
class ReadVersion(Generic[T]):
    """A file at some time, as it was read, and the entry to which a change in it belongs."""

    entry: HistoryEntry
    held: T


NOT_COMMITTED = HistoryEntry()


def history_of_row(root: Path, editable: Editable, table: str, number: int) -> tuple[HistoryEntry, ...]:
    """Return the changes of a row, with author, time and reason, the newest first.

    Args:
        root: The workspace.
        editable: What may be changed, as its files are now.
        table: The name of the table.
        number: The number of the row, as a spreadsheet shows it.

    Raises UsageError if there is no such row.
    """
    sheet = editable.sheets.get(table)
    if sheet is None:
        what = tr("there is no table '{table}'", table=table)
        raise UsageError(Problem(Place("data"), what, nearest(table, editable.sheets)))
    if number not in sheet.numbers:
        what = tr("there is no row {row} in {table}", row=number, table=sheet.file)
        raise UsageError(Problem(Place(sheet.file), what, tr("rows are numbered as a spreadsheet does")))
    schema, cells = editable.schemas[table], editable.row(table, number)
    versions = [ReadVersion(NOT_COMMITTED, sheet), *_sheets(root, schema, sheet)]
    seen = _row_history(schema, cells, versions) if versions[1:] else ()
    return _merged(_row_proposals(schema, number, cells, _applied(root)), seen)


def history_of_sentence(root: Path, editable: Editable, wording: str) -> tuple[HistoryEntry, ...]:
    """Return the changes of a sentence, with author, time and reason, the newest first; raises UsageError."""
    if wording not in editable.wordings:
        what = tr("there is no sentence '{wording}'", wording=wording)
        raise UsageError(Problem(Place(wording), what, nearest(wording, editable.wordings)))
    variant = choose(editable.wordings[wording], editable.facts)
    seen: list[HistoryEntry] = []
    for language, text in variant.texts.items() if variant else ():
        file = text.place.file
        now = editable.snapshot.text(file)
        written = (each for each in scalars(now) if each.line == text.place.line and each.path[-1] == language)
        versions = [ReadVersion(NOT_COMMITTED, now), *_texts(root, file)]
        if versions[1:] and (found := next(written, None)):
            seen += _text_history(language, found.value, versions)
    return _merged(_text_proposals(wording, _applied(root)), _together(seen))


def _together(entries: list[HistoryEntry]) -> Iterator[HistoryEntry]:
    """Yield entries, joining those of one commit that changed a sentence in several languages."""
    found: dict[tuple[str, bool], HistoryEntry] = {}
    for each in entries:
        key = each.commit, each.first
        found[key] = HistoryEntry(**{**vars(each), "moves": (*found[key].moves, *each.moves)}) if key in found else each
    yield from found.values()


def _applied(root: Path) -> list[Proposal]:
    return [each for each in kept_proposals(root).values() if each.applied]


def _sheets(root: Path, schema: Schema, sheet: Sheet) -> Iterator[ReadVersion[Sheet]]:
    if sheet.file.endswith(".csv"):
        for version in _versions(root, sheet.file):
            for found in csv_sheet(version.held, sheet.file, schema, []).values():
                yield ReadVersion(version.entry, found)


def _texts(root: Path, file: str) -> Iterator[ReadVersion[str]]:
    """Yield the committed versions of a file, the newest first, up to one that is not text."""
    for version in _versions(root, file):
        try:
            yield ReadVersion(version.entry, version.held.text(file))
        except JianbaoError:
            return


def _versions(root: Path, file: str) -> Iterator[ReadVersion[Snapshot]]:
    """Yield the committed versions of a file, the newest first, each as a snapshot with only this file."""
    for each in file_versions(root, file):
        entry = HistoryEntry(by=each.by, at=each.at, why=each.why, commit=each.commit)
        yield ReadVersion(entry, Snapshot(files={}).replaced({file: each.content}))


# From former versions of the file


def _row_history(schema: Schema, cells: Cells, versions: Sequence[ReadVersion[Sheet]]) -> Iterator[HistoryEntry]:
    """Yield the changes of a row that the versions of its table show, the newest first.

    Args:
        schema: The table.
        cells: The row as it is in the first version.
        versions: The table as it is now, and as it was, the newest first.
    """
    row: Cells = cells
    for now, older in pairwise(versions):
        before = _former_row(schema, row, older.held, now.held)
        if before is None:
            yield replace(now.entry, first=True)
            return
        columns = dict.fromkeys((*row, *before))
        if moves := tuple(_moves((each, before.get(each, ""), row.get(each, "")) for each in columns)):
            yield replace(now.entry, moves=moves)
        row = before
    if versions:
        yield replace(versions[-1].entry, first=True)


def _moves(found: Iterable[tuple[str, str, str]]) -> Iterator[Move]:
    return (Move(where, old, new) for where, old, new in found if old != new)


def _former_row(schema: Schema, row: Cells, older: Sheet, newer: Sheet) -> Cells | None:
    """Return a row in an older version of its table: the same row, the row with its key, or the most similar one.

    A row that the newer version also has is not the former state of another row.
    """
    rows, stay = ([dict(zip(each.head, cells, strict=False)) for cells in each.rows] for each in (older, newer))
    if row in rows:
        return row
    key = key_of_row(schema, row)
    others = {key_of_row(schema, each) for each in stay} - {key} if schema.key else set()
    rows = [each for each in rows if each not in stay and key_of_row(schema, each) not in others]
    keyed = [each for each in rows if schema.key and key_of_row(schema, each) == key]
    found = max(keyed or rows, key=lambda each: _likeness(row, each), default=None)
    return found if found is not None and (keyed or _likeness(row, found) >= MIN_SIMILARITY) else None


def _likeness(one: Cells, other: Cells) -> float:
    """Return which share of the filled cells of two rows are the same."""
    filled = [column for column in {*one, *other} if one.get(column) or other.get(column)]
    return sum(one.get(column) == other.get(column) for column in filled) / (len(filled) or 1)


def _text_history(language: str, text: str, versions: Sequence[ReadVersion[str]]) -> Iterator[HistoryEntry]:
    """Yield the changes of a text that the versions of its YAML file show, the newest first."""
    words = unfolded(text)
    for now, older in pairwise(versions):
        before = _former_text(language, words, older.held)
        if before is None:
            yield replace(now.entry, first=True)
            return
        if before != words:
            yield replace(now.entry, moves=(Move(language, before, words),))
        words = before
    if versions:
        yield replace(versions[-1].entry, first=True)


def _former_text(language: str, words: str, file: str) -> str | None:
    """Return a text in an older version of its file: the same one, or the most similar one in its language."""
    texts = [unfolded(each.value) for each in _scalars(file) if each.path and each.path[-1] == language]
    if words in texts:
        return words
    matcher = difflib.SequenceMatcher(b=words, autojunk=False)
    found: tuple[float, str | None] = (MIN_SIMILARITY, None)
    for text in texts:
        matcher.set_seq1(text)
        if matcher.real_quick_ratio() > found[0] and matcher.quick_ratio() > found[0]:
            found = max(found, (matcher.ratio(), text), key=lambda pair: pair[0])
    return found[1]


def _scalars(file: str) -> Iterator[Scalar]:
    """Yield the texts of a file, which need not be valid YAML."""
    try:
        yield from scalars(file)
    except yaml.YAMLError:
        return


# From the proposals that were applied


def _row_proposals(schema: Schema, number: int, cells: Cells, proposals: Iterable[Proposal]) -> Iterator[HistoryEntry]:
    """Yield the changes of a row that applied proposals made; the row is found by its key, or else by number."""
    key = tuple(cells.get(each, "") for each in schema.key)
    for each in proposals:
        edits = [edit for edit in each.edits if isinstance(edit, CellEdit | RowEdit) and edit.table == schema.name]
        moves = [
            Move(edit.column, edit.old, edit.new)
            for edit in edits
            if isinstance(edit, CellEdit) and (edit.key == key if key else edit.row == number)
        ]
        added = any(
            isinstance(edit, RowEdit) and schema.key and key_of_row(schema, edit.cells) == key_of_row(schema, cells)
            for edit in edits
        )
        if moves or added:
            yield _entry_of(each, moves, first=added)


def _text_proposals(wording: str, proposals: Iterable[Proposal]) -> Iterator[HistoryEntry]:
    """Yield the changes of a sentence that applied proposals made."""
    for each in proposals:
        edits = (edit for edit in each.edits if isinstance(edit, TextEdit) and edit.wording == wording)
        if moves := [Move(edit.language, unfolded(edit.old), unfolded(edit.new)) for edit in edits]:
            yield _entry_of(each, moves)


def _entry_of(proposal: Proposal, moves: Iterable[Move], first: bool = False) -> HistoryEntry:
    by, _, at = proposal.applied.rpartition(", ")
    proposer = proposal.by if proposal.by != by else ""
    return HistoryEntry(by=by, at=at, why=proposal.why, moves=tuple(moves), first=first, proposed_by=proposer)


def _merged(applied: Iterable[HistoryEntry], seen: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """Return the changes of proposals and those of files, the newest first, each once.

    What a proposal changed has its author and reason; a later commit of the same change adds nothing.
    """
    changes = list(applied)
    known = {move for each in changes for move in each.moves}
    added = any(each.first for each in changes)
    rest = [
        left
        for each in seen
        if (left := replace(each, moves=tuple(move for move in each.moves if move not in known))).moves
        or (each.first and not added)
    ]
    return tuple(sorted((*changes, *rest), key=_newest_first))


def _newest_first(entry: HistoryEntry) -> tuple[bool, float]:
    return bool(entry.at), -moment(entry.at).timestamp() if entry.at else 0.0


# Changes that are undone


def taken_back(edits: Sequence[Edit], editable: Editable) -> tuple[Edit, ...]:
    """Return the changes that undo others, including added rows and sources.

    A source stays if another row, not made by these changes, now names it.
    """
    back = [each for each in map(undoing, edits) if each]
    return tuple(each for each in back if not (each.about == SOURCES and _is_named(each, back, editable)))


def _is_named(edit: Edit, back: Sequence[Edit], editable: Editable) -> bool:
    """Return whether a source to be removed is named by a row that the changes leave unchanged."""
    gone = [each.cells for each in back if isinstance(each, RowRemoval)]
    cells = {(each.table, each.row, each.column) for each in back if isinstance(each, CellEdit)}
    return isinstance(edit, RowRemoval) and any(
        edit.cells["id"] in [part.strip() for part in row.get(column, "").split(";")]
        for table, sheet in editable.sheets.items()
        for column in [editable.schemas[table].source_column]
        for number, row in rows_in(sheet)
        if (table, number, column) not in cells and filled(row) not in gone
    )


def without_edits(edits: Sequence[Edit], editable: Editable) -> Snapshot:
    """Return the files without written changes (the oldest first) that are still in force, including rows.

    Raises JianbaoError if a change cannot be undone.
    """
    left = with_changes((), edits)
    values = [each for each in left if isinstance(each, ValueEdit) and is_applied(each, editable)]
    before = with_edits(taken_back(values, editable), editable)
    then = replace(editable, snapshot=before, sheets=read_tables(before, editable.schemas))
    rows = [each for each in left if isinstance(each, TableRow) and is_applied(each, then)]
    return with_edits(taken_back(rows, then), then)
