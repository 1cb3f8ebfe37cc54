"""Read what somebody wants to change, with what stands there now, and make the files as they would be with it."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO

from jianbao.core.documents import Problems
from jianbao.core.encoding import encode_like
from jianbao.core.errors import ContentError, DataError, JianbaoError, Place, Problem, UsageError, nearest, raise_all
from jianbao.core.messages import Translatable, tr
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_edit import Keys, scalars, with_values
from jianbao.data.csv_files import Sheet, edit_csv
from jianbao.data.facts import Fact
from jianbao.data.row_diff import key_of_row
from jianbao.data.schemas import NOWHERE, Schema
from jianbao.review.items import written_in
from jianbao.review.proposals import CELL, CellEdit, Edit, RowEdit, TextEdit, WeightEdit
from jianbao.review.weight_edits import FRAMEWORK, WrittenWeights
from jianbao.text.placeholders import pieces
from jianbao.text.render import choose
from jianbao.text.wording import Wording, WordingText, unfolded

Cells = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Editable:
    """What may be changed: tables as they are written, sentences by their ids, the facts that choose among variants.

    `unread` says why no sentences are there: they cannot be changed before that is mended.
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


# What is asked for


def cell_edits(settings: Iterable[str], known: Editable) -> Iterator[Edit]:
    """Yield the changes that `TABLE:ROW.COLUMN=VALUE` asks for; raises UsageError. `+1` is the first new row."""
    added: dict[tuple[str, str], Cells] = {}
    for text in settings:
        name, _, value = text.partition("=")
        table, row, column = _cell(name, known, f"--set {text}")
        if row.startswith("+"):
            added.setdefault((table, row), {})[column] = value.strip()
        else:
            yield from _cell_edit(table, int(row), column, value.strip(), known)
    yield from (RowEdit(table=table, cells=cells) for (table, _), cells in added.items())


def pasted_edits(name: str, block: str, known: Editable) -> Iterator[Edit]:
    """Yield the changes of a block of cells, as a spreadsheet copies them, laid on a table from one cell on."""
    table, first, column = _cell(name, known, f"--paste {name}")
    sheet = known.sheets[table]
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
                yield from _cell_edit(table, number, column, cell, known)
        elif any(cell for _, cell in pairs):
            yield RowEdit(table=table, cells={column: cell for column, cell in pairs if cell})


def _cell(name: str, known: Editable, option: str) -> tuple[str, str, str]:
    """Return table, row and column of a cell's name; raises UsageError for a cell that is not there."""
    match, where = CELL.fullmatch(name), Place(option)
    if not match:
        raise UsageError(Problem(where, tr("'{value}' names no cell", value=name), tr("write TABLE:ROW.COLUMN=VALUE")))
    table, row, column = match["table"], match["row"], match["column"]
    if table not in known.sheets:
        raise UsageError(Problem(where, tr("there is no table '{table}'", table=table), nearest(table, known.sheets)))
    sheet = known.sheets[table]
    if not row.startswith("+") and int(row) not in sheet.numbers:
        what = tr("there is no row {row} in {table}", row=row, table=sheet.file)
        raise UsageError(Problem(where, what, tr("rows are numbered as a spreadsheet does")))
    if column not in sheet.head:
        what = tr("{table} has no column '{column}'", table=sheet.file, column=column)
        raise UsageError(Problem(where, what, nearest(column, sheet.head)))
    return table, row, column


def _cell_edit(table: str, row: int, column: str, new: str, known: Editable) -> Iterator[CellEdit]:
    cells = known.row(table, row)
    key = tuple(cells.get(each, "") for each in known.schemas[table].key)
    if cells[column] != new:
        yield CellEdit(table=table, row=row, column=column, key=key, old=cells[column], new=new)


def text_edits(sayings: Iterable[str], known: Editable) -> Iterator[TextEdit]:
    """Yield the changes that `SENTENCE.LANGUAGE=WORDS` asks for; raises UsageError."""
    for text in sayings:
        name, _, words = text.partition("=")
        wording, _, language = name.rpartition(".")
        where = Place(f"--say {name}")
        _refuse_unread(known)
        if wording not in known.wordings:
            what = tr("there is no sentence '{wording}'", wording=wording)
            raise UsageError(Problem(where, what, nearest(wording, known.wordings)))
        variant = choose(known.wordings[wording], known.facts)
        if variant is None:
            raise UsageError(Problem(where, tr("this edition does not say '{wording}'", wording=wording)))
        if language not in variant.texts:
            what = tr("'{wording}' has no text in '{language}'", wording=wording, language=language)
            raise UsageError(Problem(where, what, nearest(language, variant.texts)))
        old, new = written_in(variant.texts[language]), unfolded(words)
        if old != new:
            yield TextEdit(wording=wording, language=language, old=old, new=new)


def _refuse_unread(known: Editable) -> None:
    for error in known.unread:
        raise error


def proposed_anew(edits: Iterable[Edit], known: Editable) -> Iterator[Edit]:
    """Yield changes with what stands in the files now as their former value; one that is made already is left out.

    What is not there any more stays as it was proposed.
    """
    for edit in edits:
        now = None if isinstance(edit, RowEdit) else _now(edit, known)
        if now is None:
            yield edit
        elif not isinstance(edit, RowEdit) and now != edit.new:
            yield replace(edit, old=now)


def stands(edit: Edit, known: Editable) -> bool:
    """Return whether a change that was made is still in the files; of a new row this is not known."""
    return not isinstance(edit, RowEdit) and _now(edit, known) == edit.new


def _now(edit: CellEdit | TextEdit | WeightEdit, known: Editable) -> str | None:
    """Return what stands where a change would be made; None if that is not there any more."""
    if isinstance(edit, CellEdit):
        row = _row_of(edit, known.schemas[edit.table], known) if edit.table in known.sheets else 0
        return known.row(edit.table, row).get(edit.column) if row else None
    if isinstance(edit, WeightEdit):
        return WrittenWeights.of(known.snapshot).given.get(edit.node)
    variant = choose(known.wordings[edit.wording], known.facts) if edit.wording in known.wordings else None
    text = variant.texts.get(edit.language) if variant else None
    return written_in(text) if text else None


# The files as they would be


def with_edits(edits: Sequence[Edit], known: Editable) -> Snapshot:
    """Return the workspace with changes, all else in its files byte for byte as it is.

    Raises DataError or ContentError with every change whose former value does not stand there any more, and both.
    """
    before, problems = known.snapshot, dict[type[DataError | ContentError], Problems]({DataError: [], ContentError: []})
    texts = dict(_tables(edits, known, problems[DataError]))
    texts |= _documents(_in_documents(edits, known, problems[ContentError]), before)
    for error, found in problems.items():
        raise_all(found, error)
    return before.replaced({name: encode_like(text, before.content(name)) for name, text in texts.items()})


def _tables(edits: Sequence[Edit], known: Editable, problems: Problems) -> Iterator[tuple[str, str]]:
    """Yield the files of tables that change, with their new texts."""
    for table in dict.fromkeys(edit.table for edit in edits if isinstance(edit, CellEdit | RowEdit)):
        sheet = known.sheets.get(table)
        if sheet is None:
            problems.append(Problem(Place(table), tr("there is no table '{table}'", table=table)))
            continue
        if not sheet.file.endswith(".csv"):
            what = tr("this table is kept in a workbook, into which nothing is written")
            hint = tr("save its sheets as CSV files of data/, or copy the rows by hand")
            problems.append(Problem(Place(sheet.file), what, hint))
            continue
        own = [edit for edit in edits if isinstance(edit, CellEdit | RowEdit) and edit.table == table]
        changed = _changed(own, known, problems)
        added = [[edit.cells.get(column, "") for column in sheet.head] for edit in own if isinstance(edit, RowEdit)]
        rows = {number: [cells[column] for column in sheet.head] for number, cells in changed.items()}
        yield sheet.file, edit_csv(known.snapshot.text(sheet.file, DataError), rows, added)


def _changed(edits: Iterable[CellEdit | RowEdit], known: Editable, problems: Problems) -> dict[int, Cells]:
    found: dict[int, Cells] = {}
    for edit in edits:
        schema, file = known.schemas[edit.table], known.sheets[edit.table].file
        if isinstance(edit, RowEdit):
            problems += _standing(edit, schema, known)
            continue
        row = _row_of(edit, schema, known)
        if not row or edit.column not in known.sheets[edit.table].head:
            what = tr("the row or column of {cell} is not there any more", cell=edit.about)
            problems.append(Problem(Place(file, edit.row, edit.column), what, tr("propose it anew")))
            continue
        cells = found.setdefault(row, known.row(edit.table, row))
        if cells[edit.column] not in (edit.old, edit.new):
            problems.append(_conflict(Place(file, row, edit.column), cells[edit.column], edit.old, edit.new))
        cells[edit.column] = edit.new
    return found


def _row_of(edit: CellEdit, schema: Schema, known: Editable) -> int:
    """Return the number of the row that a change is about: that of its key, or else its own; 0 if it is gone."""
    sheet = known.sheets[edit.table]
    wanted = key_of_row(schema, dict(zip(schema.key, edit.key, strict=False)))
    alike = [
        number
        for number in sheet.numbers
        if not schema.key or key_of_row(schema, known.row(edit.table, number)) == wanted
    ]
    return edit.row if edit.row in alike else alike[0] if len(alike) == 1 else 0


def _standing(edit: RowEdit, schema: Schema, known: Editable) -> Iterator[Problem]:
    """Yield a problem if a row with the key of a new one stands in the table already, or it has an unknown column."""
    sheet, key = known.sheets[edit.table], key_of_row(schema, edit.cells)
    for column in edit.cells.keys() - {*sheet.head}:
        what = tr("{table} has no column '{column}'", table=sheet.file, column=column)
        yield Problem(Place(sheet.file), what, nearest(column, sheet.head))
    for number in sheet.numbers if schema.key and not schema.known_by else ():
        if key_of_row(schema, known.row(edit.table, number)) == key:
            what = tr("there is a row of '{key}' already", key=", ".join(key))
            yield Problem(Place(sheet.file, number), what, tr("propose it anew"))


def _conflict(place: Place, stands: str, old: str, new: str) -> Problem:
    what = tr("'{stands}' stands here now; proposed was '{new}' in place of '{old}'", stands=stands, new=new, old=old)
    return Problem(place, what, tr("propose it anew"))


Values = dict[str, dict[Keys, str]]  # by file


def _in_documents(edits: Iterable[Edit], known: Editable, problems: Problems) -> Values:
    found: Values = {}
    for edit in edits:
        if isinstance(edit, WeightEdit):
            weights = WrittenWeights.of(known.snapshot)
            stands = weights.given.get(edit.node, "")
            if stands not in (edit.old, edit.new) or not (stands or weights.is_equal(edit.node)):
                problems.append(_conflict(Place(FRAMEWORK, column=edit.node), stands, edit.old, edit.new))
            else:
                found.setdefault(FRAMEWORK, {}).update(weights.with_weight(edit.node, edit.new))
        elif isinstance(edit, TextEdit):
            _refuse_unread(known)
            text = _text_of(edit, known)
            if isinstance(text, Problem):
                problems.append(text)
            else:
                path = _path(text, edit.language, known.snapshot)
                found.setdefault(text.place.file, {})[path] = edit.new
    return found


def _text_of(edit: TextEdit, known: Editable) -> WordingText | Problem:
    """Return the text that a change is about, or the problem that it reads otherwise now."""
    wording = known.wordings.get(edit.wording)
    if wording is None:
        what = tr("there is no sentence '{wording}'", wording=edit.wording)
        return Problem(Place(edit.about), what, tr("propose it anew"))
    texts = [each.texts[edit.language] for each in wording.variants if edit.language in each.texts]
    for said in (edit.old, edit.new):
        if found := next((text for text in texts if written_in(text) == said), None):
            return found
    chosen = choose(wording, known.facts)
    now = chosen.texts.get(edit.language) if chosen else next(iter(texts), None)
    place = Place(now.place.file, now.place.line, edit.about) if now else Place(edit.about)
    return _conflict(place, written_in(now) if now else "", edit.old, edit.new)


def _path(text: WordingText, language: str, snapshot: Snapshot) -> Keys:
    """Return the keys that lead to a text in its file."""
    said = written_in(text)
    found = (each for each in scalars(snapshot.text(text.place.file)) if each.line == text.place.line)
    return next(each.path for each in found if each.path[-1] == language and _as_written(each.value) == said)


def _as_written(text: str) -> str:
    return written_in(WordingText(tuple(pieces(unfolded(text))), NOWHERE))


def _documents(values: Values, before: Snapshot) -> dict[str, str]:
    return {file: with_values(before.text(file), there) for file, there in values.items()}


def described(edit: Edit, known: Editable) -> tuple[Translatable, str, str]:
    """Return where a change is made, what stands there and what would: for a new row, its cells."""
    if isinstance(edit, CellEdit):
        return (
            tr("{file} row {row}, {column}", file=known.sheets[edit.table].file, row=edit.row, column=edit.column),
            edit.old,
            edit.new,
        )
    if isinstance(edit, RowEdit):
        return (
            tr("{file}, new row", file=known.sheets[edit.table].file),
            "",
            ", ".join(filter(None, edit.cells.values())),
        )
    if isinstance(edit, TextEdit):
        return tr("{wording} in {language}", wording=edit.wording, language=edit.language), edit.old, edit.new
    return tr("weight of {node}", node=edit.node), edit.old, edit.new
