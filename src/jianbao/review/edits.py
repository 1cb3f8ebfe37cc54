"""Read requested changes of cells and sentences, and return the workspace's files with all changes made."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO

from jianbao.core.documents import Problems
from jianbao.core.encoding import encode_like
from jianbao.core.errors import ContentError, DataError, JianbaoError, Place, Problem, UsageError, nearest, raise_all
from jianbao.core.messages import Translatable, tr, tr_list, verbatim
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_edit import Keys, with_values
from jianbao.data.csv_files import Sheet, edit_csv, rows_in
from jianbao.data.facts import Fact
from jianbao.data.provenance import SOURCES, SOURCES_FILE, written_source
from jianbao.data.row_diff import key_of_row
from jianbao.data.schemas import Schema
from jianbao.review.document_edits import (
    FRAMEWORK,
    REGISTER,
    WrittenWeights,
    changed_entry,
    changed_sources,
    changed_text,
    changed_weight,
    conflict,
    entries_in,
    not_there,
    text_now,
)
from jianbao.review.proposals import (
    CELL,
    CellEdit,
    Edit,
    EntryEdit,
    KeepEdit,
    RowEdit,
    RowRemoval,
    TableRow,
    TextEdit,
    ValueEdit,
    WeightEdit,
    filled,
)
from jianbao.review.review_items import written_in
from jianbao.text.placeholders import unfolded
from jianbao.text.render import choose
from jianbao.text.wording import Wording

Cells = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Editable:
    """What may be changed: the sheets of the tables, the sentences by id, and the facts that choose their variants.

    `unread` has the errors for which the sentences could not be read; until they are corrected, no sentence can change.
    """

    snapshot: Snapshot
    sheets: Mapping[str, Sheet]
    schemas: Mapping[str, Schema]
    wordings: Mapping[str, Wording]
    facts: Mapping[str, Fact]
    unread: tuple[JianbaoError, ...] = ()

    def row(self, table: str, number: int) -> Cells:
        """Return the cells of a row by column; KeyError if there is none."""
        sheet = self.sheets[table]
        return dict(zip(sheet.head, sheet.rows[sheet.numbers.index(number)], strict=True))


# Changes from the options of the command line


def cell_edits(settings: Iterable[str], editable: Editable) -> Iterator[Edit]:
    """Yield the changes for options like `TABLE:ROW.COLUMN=VALUE`; row `+1` is the first new one. Raises UsageError."""
    added: dict[tuple[str, str], Cells] = {}
    for text in settings:
        name, _, value = text.partition("=")
        table, row, column = _cell(name, editable, f"--set {text}")
        if row.startswith("+"):
            added.setdefault((table, row), {})[column] = value.strip()
        else:
            yield from _cell_edit(table, int(row), column, value.strip(), editable)
    yield from (RowEdit(table=table, cells=cells) for (table, _), cells in added.items())


def pasted_edits(name: str, block: str, editable: Editable) -> Iterator[Edit]:
    """Yield the changes made by pasting a block of cells, as a spreadsheet copies them, into a table.

    Args:
        name: The cell of the block's upper left corner, `TABLE:ROW.COLUMN`.
        block: The cells, separated by tabs or commas, a row on each line.
        editable: What may be changed.

    Raises:
        UsageError: If the cell does not exist, or the block is wider than the table.

    """
    table, first, column = _cell(name, editable, f"--paste {name}")
    sheet = editable.sheets[table]
    names = sheet.head[sheet.head.index(column) :]
    rows = list(csv.reader(StringIO(block, newline=""), delimiter="\t" if "\t" in block else ","))
    wide = max(map(len, rows), default=0)
    if wide > len(names):
        what = tr("the block is {wide} cells wide, and the table ends after {room}", wide=wide, room=len(names))
        raise UsageError(Problem(Place(f"--paste {name}"), what))
    places = iter([] if first.startswith("+") else sheet.numbers[sheet.numbers.index(int(first)) :])
    for cells in rows:
        number = next(places, 0)
        pairs = [(column, " ".join(cell.split())) for column, cell in zip(names, cells, strict=False)]
        if number:
            for column, cell in pairs:
                yield from _cell_edit(table, number, column, cell, editable)
        elif any(cell for _, cell in pairs):
            yield RowEdit(table=table, cells={column: cell for column, cell in pairs if cell})


def _cell(name: str, editable: Editable, option: str) -> tuple[str, str, str]:
    """Return the table, row and column that a cell's name gives; raises UsageError if there is no such cell."""
    match, where = CELL.fullmatch(name), Place(option)
    if not match:
        raise UsageError(Problem(where, tr("'{value}' names no cell", value=name), tr("write TABLE:ROW.COLUMN=VALUE")))
    table, row, column = match["table"], match["row"], match["column"]
    if table not in editable.sheets:
        what = tr("there is no table '{table}'", table=table)
        raise UsageError(Problem(where, what, nearest(table, editable.sheets)))
    sheet = editable.sheets[table]
    if not row.startswith("+") and int(row) not in sheet.numbers:
        what = tr("there is no row {row} in {table}", row=row, table=sheet.file)
        raise UsageError(Problem(where, what, tr("rows are numbered as a spreadsheet does")))
    if column not in sheet.head:
        what = tr("{table} has no column '{column}'", table=sheet.file, column=column)
        raise UsageError(Problem(where, what, nearest(column, sheet.head)))
    return table, row, column


def _cell_edit(table: str, row: int, column: str, new: str, editable: Editable) -> Iterator[CellEdit]:
    cells = editable.row(table, row)
    key = tuple(cells.get(each, "") for each in editable.schemas[table].key)
    if cells[column] != new:
        yield CellEdit(table=table, row=row, column=column, key=key, old=cells[column], new=new)


def text_edits(sayings: Iterable[str], editable: Editable) -> Iterator[TextEdit]:
    """Yield the changes for options like `SENTENCE.LANGUAGE=WORDS`; raises UsageError."""
    for text in sayings:
        name, _, words = text.partition("=")
        wording, _, language = name.rpartition(".")
        where = Place(f"--say {name}")
        _refuse_unread(editable)
        if wording not in editable.wordings:
            what = tr("there is no sentence '{wording}'", wording=wording)
            raise UsageError(Problem(where, what, nearest(wording, editable.wordings)))
        variant = choose(editable.wordings[wording], editable.facts)
        if variant is None:
            raise UsageError(Problem(where, tr("this edition does not say '{wording}'", wording=wording)))
        if language not in variant.texts:
            what = tr("'{wording}' has no text in '{language}'", wording=wording, language=language)
            raise UsageError(Problem(where, what, nearest(language, variant.texts)))
        old, new = written_in(variant.texts[language]), unfolded(words)
        if old != new:
            yield TextEdit(wording=wording, language=language, old=old, new=new)


def _refuse_unread(editable: Editable) -> None:
    for error in editable.unread:
        raise error


def proposed_anew(edits: Iterable[Edit], editable: Editable) -> Iterator[Edit]:
    """Yield the changes with the files' current values as their old values, without those already made.

    A change whose cell, sentence or weight no longer exists is yielded as it was proposed.
    """
    for edit in edits:
        now = _now(edit, editable) if isinstance(edit, ValueEdit) else None
        if now is None:
            yield edit
        elif isinstance(edit, ValueEdit) and now != edit.new:
            yield replace(edit, old=now)


def is_applied(edit: Edit, editable: Editable) -> bool:
    """Return whether the files are as a change leaves them; always False for a decision, which changes no file."""
    if isinstance(edit, TableRow):
        return _is_there(edit, editable) == isinstance(edit, RowEdit)
    return isinstance(edit, ValueEdit) and _now(edit, editable) == edit.new


def _is_there(edit: TableRow, editable: Editable) -> bool:
    """Return whether the files have a row with exactly these cells."""
    if edit.table == SOURCES:
        return written_source(edit.cells) in editable.snapshot.text(SOURCES_FILE)
    return edit.table in editable.sheets and any(
        filled(cells) == edit.cells for _, cells in rows_in(editable.sheets[edit.table])
    )


def _now(edit: ValueEdit, editable: Editable) -> str | None:
    """Return the current value at the place of a change; None if the place no longer exists."""
    if isinstance(edit, CellEdit):
        row = _row_of(edit, editable.schemas[edit.table], editable) if edit.table in editable.sheets else 0
        return editable.row(edit.table, row).get(edit.column) if row else None
    if isinstance(edit, WeightEdit):
        return WrittenWeights.of(editable.snapshot).given.get(edit.node)
    if isinstance(edit, EntryEdit):
        entry = entries_in(editable.snapshot.text(REGISTER)).get(edit.about)
        return entry.value if entry else None
    return text_now(edit, editable.wordings, editable.facts)


# The files with the changes


def with_edits(edits: Sequence[Edit], editable: Editable) -> Snapshot:
    """Return the workspace with the changes made; the rest of each file stays the same, byte for byte.

    Raises:
        DataError: For changes of tables whose old value is no longer in the files.
        ContentError: For such changes of sentences or weights, if the tables have none.

    """
    before = editable.snapshot
    problems: dict[type[DataError | ContentError], Problems] = {DataError: [], ContentError: []}
    texts = dict(_tables(edits, editable, problems[DataError]))
    values = _in_documents(edits, editable, problems[ContentError])
    texts |= {file: with_values(before.text(file), new) for file, new in values.items()}
    if rows := [edit for edit in edits if isinstance(edit, TableRow) and edit.table == SOURCES]:
        texts[SOURCES_FILE] = changed_sources(rows, before.text(SOURCES_FILE), problems[ContentError])
    for error, faults in problems.items():
        raise_all(faults, error)
    return before.replaced({name: encode_like(text, before.content(name)) for name, text in texts.items()})


def _tables(edits: Sequence[Edit], editable: Editable, problems: Problems) -> Iterator[tuple[str, str]]:
    """Yield the path and the new text of each table file that changes."""
    tables = dict.fromkeys(edit.table for edit in edits if isinstance(edit, CellEdit | TableRow))
    for table in (each for each in tables if each != SOURCES):
        sheet = editable.sheets.get(table)
        if sheet is None:
            problems.append(Problem(Place(table), tr("there is no table '{table}'", table=table)))
            continue
        if not sheet.file.endswith(".csv"):
            what = tr("this table is kept in a workbook, into which nothing is written")
            hint = tr("save its sheets as CSV files of data/, or copy the rows by hand")
            problems.append(Problem(Place(sheet.file), what, hint))
            continue
        own = [edit for edit in edits if isinstance(edit, CellEdit | RowEdit) and edit.table == table]
        changed = _changed(own, editable, problems)
        removed = [edit for edit in edits if isinstance(edit, RowRemoval) and edit.table == table]
        problems += [not_there(edit, sheet.file) for edit in removed if not _is_there(edit, editable)]
        gone = [number for number, cells in rows_in(sheet) if filled(cells) in [edit.cells for edit in removed]]
        added = [[edit.cells.get(column, "") for column in sheet.head] for edit in own if isinstance(edit, RowEdit)]
        rows = {number: [cells[column] for column in sheet.head] for number, cells in changed.items()}
        yield sheet.file, edit_csv(editable.snapshot.text(sheet.file, DataError), rows, added, gone)


def _changed(edits: Iterable[CellEdit | RowEdit], editable: Editable, problems: Problems) -> dict[int, Cells]:
    changed: dict[int, Cells] = {}
    for edit in edits:
        schema, file = editable.schemas[edit.table], editable.sheets[edit.table].file
        if isinstance(edit, RowEdit):
            problems += _faults_of_row(edit, schema, editable)
            continue
        row = _row_of(edit, schema, editable)
        if not row or edit.column not in editable.sheets[edit.table].head:
            what = tr("the row or column of {cell} no longer exists", cell=edit.about)
            problems.append(Problem(Place(file, edit.row, edit.column), what, tr("propose it anew")))
            continue
        cells = changed.setdefault(row, editable.row(edit.table, row))
        if cells[edit.column] not in (edit.old, edit.new):
            problems.append(conflict(Place(file, row, edit.column), cells[edit.column], edit.old, edit.new))
        cells[edit.column] = edit.new
    return changed


def _row_of(edit: CellEdit, schema: Schema, editable: Editable) -> int:
    """Return the number of the row to change: its own, or that of the only row with its key; 0 if there is none."""
    sheet = editable.sheets[edit.table]
    wanted = key_of_row(schema, dict(zip(schema.key, edit.key, strict=False)))
    alike = [
        number
        for number in sheet.numbers
        if not schema.key or key_of_row(schema, editable.row(edit.table, number)) == wanted
    ]
    return edit.row if edit.row in alike else alike[0] if len(alike) == 1 else 0


def _faults_of_row(edit: RowEdit, schema: Schema, editable: Editable) -> Iterator[Problem]:
    """Yield a problem for each unknown column of a new row, and for each row of the table that already has its key."""
    sheet, key = editable.sheets[edit.table], key_of_row(schema, edit.cells)
    for column in edit.cells.keys() - {*sheet.head}:
        what = tr("{table} has no column '{column}'", table=sheet.file, column=column)
        yield Problem(Place(sheet.file), what, nearest(column, sheet.head))
    for number in sheet.numbers if schema.key and not schema.known_by else ():
        if key_of_row(schema, editable.row(edit.table, number)) == key:
            what = tr("there is already a row for '{key}'", key=tr_list(key))
            yield Problem(Place(sheet.file, number), what, tr("propose it anew"))


Values = dict[str, dict[Keys, str]]  # by file


def _in_documents(edits: Iterable[Edit], editable: Editable, problems: Problems) -> Values:
    values: Values = {}
    for edit in edits:
        if isinstance(edit, WeightEdit):
            file, new = FRAMEWORK, changed_weight(edit, editable.snapshot)
        elif isinstance(edit, EntryEdit):
            file, new = REGISTER, changed_entry(edit, editable.snapshot)
        elif isinstance(edit, TextEdit):
            _refuse_unread(editable)
            file, new = changed_text(edit, editable.wordings, editable.facts, editable.snapshot)
        else:
            continue
        if isinstance(new, Problem):
            problems.append(new)
        else:
            values.setdefault(file, {}).update(new)
    return values


def described(edit: Edit, editable: Editable) -> tuple[Translatable, str, str]:
    """Return the place of a change with its old and its new value; for a new row, its cells are the new value."""
    if isinstance(edit, CellEdit):
        return (
            tr("{file} row {row}, {column}", file=editable.sheets[edit.table].file, row=edit.row, column=edit.column),
            edit.old,
            edit.new,
        )
    if isinstance(edit, TableRow):
        file, row = (
            SOURCES_FILE if edit.table == SOURCES else editable.sheets[edit.table].file,
            tr_list(edit.cells.values()),
        )
        if isinstance(edit, RowRemoval):
            return tr("{file}, row taken out", file=file), row, ""
        return tr("{file}, new row", file=file), "", tr_list(filter(None, edit.cells.values()))
    if isinstance(edit, KeepEdit):
        return tr("{place} stays, because: {why}", place=edit.place, why=edit.why), edit.text, edit.text
    if isinstance(edit, EntryEdit):
        return verbatim(edit.about), edit.old, edit.new
    if isinstance(edit, TextEdit):
        return tr("{wording} in {language}", wording=edit.wording, language=edit.language), edit.old, edit.new
    return tr("weight of {node}", node=edit.node), edit.old, edit.new
