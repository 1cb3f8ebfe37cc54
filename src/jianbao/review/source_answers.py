"""Ask for the source of a replaced number, apply the answer, and find since when a row is known."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeGuard

from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import tr
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.dates import Period, period
from jianbao.data.facts import Source
from jianbao.data.provenance import SOURCES, source_of_cells
from jianbao.data.row_diff import former_row
from jianbao.data.schemas import NUMERIC, Schema
from jianbao.review.document_edits import source_entry
from jianbao.review.edits import Editable, cell_edits
from jianbao.review.proposals import CELL, CellEdit, Edit, KeepEdit, RowEdit, with_changes, with_new_keys


def is_number(edit: CellEdit, editable: Editable) -> bool:
    """Return whether a cell holds a number."""
    return edit.table in editable.sheets and has_numbers(editable.schemas[edit.table], edit.column)


def has_numbers(schema: Schema, column: str) -> bool:
    """Return whether a column of a table holds numbers."""
    return column in schema.columns and schema.columns[column].type in NUMERIC


@dataclass(frozen=True, kw_only=True)
class ReplacedRow:
    """A row before and after the changes of some of its `columns`, or with `added`, the latest before a new one.

    `number` is that of the changed or new row, `at` the place of the change, `sources` those of rows of this kind.
    """

    at: int
    table: str
    number: int
    sources: frozenset[str]
    was: Mapping[str, str]
    now: Mapping[str, str]
    columns: Collection[str]
    added: bool = False


def replaced_rows(edits: Iterable[Edit], editable: Editable) -> Iterator[ReplacedRow]:
    """Yield the rows of a changed workspace whose number or source the changes of cells and new rows replace."""
    found = with_new_keys(edits, editable.schemas)
    was = {(each.table, each.row, each.column): each.old for each in found if isinstance(each, CellEdit)}
    for at, edit in enumerate(found):
        if not isinstance(edit, CellEdit | RowEdit) or edit.table not in editable.sheets:
            continue
        sheet, schema = editable.sheets[edit.table], editable.schemas[edit.table]
        if isinstance(edit, RowEdit):
            yield from _before_new_row(edit, at, found, editable)
        else:
            for number, cells in row_of(edit, sheet, schema):
                old = {column: was.get((edit.table, edit.row, column), text) for column, text in cells.items()}
                if cells.get(edit.column) != edit.old:
                    yield ReplacedRow(
                        at=at,
                        table=edit.table,
                        number=number,
                        sources=sources_alike(cells, found, sheet, schema),
                        was={**old, edit.column: edit.old},
                        now=cells,
                        columns=(edit.column,),
                    )


def sources_alike(cells: Mapping[str, str], edits: Sequence[Edit], sheet: Sheet, schema: Schema) -> frozenset[str]:
    """Return the sources that rows on the same subject as this one name, or named before the changes."""
    column, kind = schema.source_column, [name for name in schema.key if name not in schema.dated_by]
    alike = {number: row for number, row in rows_in(sheet) if all(row[name] == cells.get(name) for name in kind)}
    cells_changed = (each for each in edits if isinstance(each, CellEdit) and each.row in alike)
    named = [each.old for each in cells_changed if (each.table, each.column) == (sheet.table, column)]
    return frozenset(
        part.strip() for each in (*named, *(row.get(column, "") for row in alike.values())) for part in each.split(";")
    ) - {""}


def replaces_numbers(edits: Iterable[Edit], editable: Editable) -> bool:
    """Return whether changes replace a number, in a workspace with the changes in it."""
    pairs = ((editable.schemas[row.table], name) for row in replaced_rows(edits, editable) for name in row.columns)
    return any(has_numbers(schema, name) for schema, name in pairs)


def _before_new_row(edit: RowEdit, at: int, edits: Sequence[Edit], editable: Editable) -> Iterator[ReplacedRow]:
    """Yield the row that a new one replaces; nothing if the new one is not in the table."""
    sheet, schema = editable.sheets[edit.table], editable.schemas[edit.table]
    own = [pair for pair in rows_in(sheet) if {name: text for name, text in pair[1].items() if text} == edit.cells]
    old = former_row(edit.cells, sheet, schema)
    for number, now in own[-1:] if old else ():
        yield ReplacedRow(
            at=at,
            table=edit.table,
            number=number,
            sources=sources_alike(now, edits, sheet, schema),
            was=old,
            now=now,
            columns=[name for name, text in now.items() if text != old[name]],
            added=True,
        )


def row_of(edit: CellEdit, sheet: Sheet, schema: Schema) -> list[tuple[int, Mapping[str, str]]]:
    """Return a list with the current row of a change, found by its key, or by its number without a key."""
    rows = list(rows_in(sheet))
    if any(edit.key):
        rows = [
            (number, cells) for number, cells in rows if tuple(cells.get(each, "") for each in schema.key) == edit.key
        ]
        return sorted(rows, key=lambda row: row[0] != edit.row)[:1]
    return [(number, cells) for number, cells in rows if number == edit.row]


@dataclass(frozen=True, kw_only=True)
class SourceQuestion:
    """A replaced number whose row names the same source as before, so that its origin must be confirmed.

    `cells` is the row as the changes leave it, `column` that of its sources.
    """

    edit: CellEdit
    row: int
    column: str
    cells: Mapping[str, str]

    @property
    def place(self) -> str:
        """Return the name of the cell with the source."""
        return f"{self.edit.table}:{self.row}.{self.column}"


def source_questions(
    edits: Sequence[Edit], editable: Editable, later: Iterable[Edit] = ()
) -> tuple[SourceQuestion, ...]:
    """Return the unanswered questions for the sources of numbers that changes replace, one for each row.

    An answer is another source of the row, or the decision to keep it. `edits` are made together, `later` afterwards;
    `known` is the workspace with or without `edits`.
    """
    changed = with_new_keys(edits, editable.schemas)
    answers = [each for each in (*changed, *later) if isinstance(each, CellEdit | KeepEdit)]
    answered = {each.about if isinstance(each, CellEdit) else each.place for each in answers}
    found: dict[str, SourceQuestion] = {}
    rows: dict[tuple[str, int], dict[str, str]] = {}
    for each in changed:
        if isinstance(each, CellEdit):
            rows.setdefault((each.table, each.row), {})[each.column] = each.new
    for edit, now in zip(edits, changed, strict=True):
        if not isinstance(edit, CellEdit) or not isinstance(now, CellEdit) or not is_number(edit, editable):
            continue
        sheet, schema = editable.sheets[edit.table], editable.schemas[edit.table]
        for row, cells in row_of(edit, sheet, schema) or row_of(now, sheet, schema):
            asked = SourceQuestion(
                edit=now, row=row, column=schema.source_column, cells={**cells, **rows[edit.table, edit.row]}
            )
            if cells.get(asked.column) and asked.place not in answered:
                found.setdefault(asked.place, asked)
    return tuple(found.values())


@dataclass(frozen=True, kw_only=True)
class SourceAnswer:
    """The answer to a question for the source of a replaced number.

    Either `same` says why the source stays, or `source` describes another: its title, producer, day and address; the
    title is enough for a known one; `note` quotes it. `cells` are new values of
    the row. With `added`, the old number stays and the new one becomes a separate row. `day` is that of the new
    number, "" for that of its source; None if the date of the row stays.
    """

    same: str = ""
    source: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    added: bool = False
    day: str | None = None


def with_answer(
    edits: Sequence[Edit],
    *,
    question: SourceQuestion,
    answer: SourceAnswer,
    editable: Editable,
    sources: Mapping[str, Source],
    as_of: date = date.max,
) -> tuple[Edit, ...]:
    """Return draft changes with the answer to a question added.

    A row whose source was published after the edition's day (`as_of`) is known from the day of that source.
    Raises UsageError for another source without a title, and for a further row of the same day.
    """
    if answer.same:
        return with_changes(
            edits, [KeepEdit(place=question.place, text=question.cells[question.column], why=answer.same)]
        )
    table, row, schema = question.edit.table, question.row, editable.schemas[question.edit.table]
    described = source_entry(answer.source, sources, [each.cells["id"] for each in edits if is_source(each)])
    same = registered(answer.source, sources, edits)
    added = [] if same else [RowEdit(table=SOURCES, cells=described)]
    cells = {**answer.cells, question.column: same.id if same else described["id"]}
    if same and answer.source.get("note") and "note" in schema.columns:  # a new source keeps it itself
        cells["note"] = cells.get("note") or answer.source["note"]
    if cells[question.column] == question.cells[question.column] and not answer.added:
        what = tr("the row names this source already")
        raise UsageError(
            Problem(Place(question.place), what, tr("say that the source is the same, or name another one"))
        )
    source_date = (same.published if same else "") or described.get("published", "")
    late = not schema.known_by_sources and (found := period(source_date)) is not None and found.last > as_of
    if schema.known_column in editable.sheets[table].head and (late or question.cells.get(schema.known_column)):
        cells[schema.known_column] = source_date
    if answer.day is not None and schema.dated_by:
        cells[schema.dated_by[0]] = answer.day or source_date
    if not answer.added:
        settings = [f"{table}:{row}.{column}={text}" for column, text in cells.items()]
        return with_changes(edits, (*added, *cell_edits(settings, editable)))
    whole = {**question.cells, **cells}
    old = editable.row(table, row)
    if all(whole.get(each) == old.get(each) for each in schema.key):
        what = tr("a further row needs another date than the old one")
        raise UsageError(Problem(Place(question.place), what, tr("give the day of the new number")))
    others = [each for each in edits if not (isinstance(each, CellEdit) and (each.table, each.row) == (table, row))]
    return (*others, *added, RowEdit(table=table, cells={key: text for key, text in whole.items() if text}))


@dataclass(frozen=True, kw_only=True)
class DatedRow:
    """A row made by changes, and the day from which it counts as known; `row` is 0 for a new one.

    `known` is that day. `source_date` is the day when its first source was published, None if unknown. `own` is
    the column in which somebody gives the day, "" if the table has none; `key` names the row.
    """

    table: str
    row: int
    key: str
    cells: Mapping[str, str]
    own: str
    known: date | None
    source_date: Period | None

    @property
    def place(self) -> str:
        """Return the name of the cell with the day."""
        return f"{self.table}:{self.row or '+1'}.{self.own}"

    @property
    def text(self) -> str:
        """Return the subject of a reason for the day: the row, its day, and that of its source."""
        return f"{self.key}: {self.cells.get(self.own, '')} < {self.source_date.first if self.source_date else ''}"

    @property
    def is_early(self) -> bool:
        """Return whether the given day is earlier than that of each source."""
        return bool(
            self.cells.get(self.own) and self.known and self.source_date and self.known < self.source_date.first
        )

    def is_late(self, day: date) -> bool:
        """Return whether an edition of a day does not use the row yet."""
        return self.known is not None and self.known > day

    def date_after(self, day: date, schema: Schema) -> str:
        """Return a date of the row, as it is written, that begins after a day; "" if none does."""
        dates = ((cell, period(cell)) for cell in (self.cells.get(name, "") for name in schema.dated_by))
        return next((cell for cell, found in dates if found and found.first > day), "")

    def reason_in(self, edits: Iterable[Edit]) -> str:
        """Return the reason why the day is earlier than the source; "" if nobody gave one."""
        keeps = (each for each in edits if isinstance(each, KeepEdit))
        return next((each.why for each in keeps if (each.place, each.text) == (self.place, self.text)), "")

    def since(self, edits: Sequence[Edit], day: str, why: str, editable: Editable) -> tuple[Edit, ...]:
        """Return changes with another day for the row, and the reason for it, added."""
        now = replace(self, cells={**self.cells, self.own: day})
        reason = KeepEdit(place=now.place, text=now.text, why=why)
        if self.row:
            cell = cell_edits([f"{self.table}:{self.row}.{self.own}={day}"], editable)
            return with_changes(edits, (*cell, reason))
        given = {key: text for key, text in now.cells.items() if text}
        rows = (
            replace(each, cells=given) if isinstance(each, RowEdit) and each.cells == self.cells else each
            for each in edits
        )
        return with_changes([*rows], [reason])


def days_of(reason: KeepEdit, editable: Editable) -> str:
    """Return the two days that a reason is about, as `DatedRow.text` has them; "" if it is about something else."""
    cell = CELL.fullmatch(reason.place)
    schema = editable.schemas.get(cell["table"]) if cell else None
    return reason.text.rpartition(": ")[2] if cell and schema and cell["column"] == schema.known_column else ""


def dated_rows(edits: Iterable[Edit], editable: Editable, published: Mapping[str, str]) -> tuple[DatedRow, ...]:
    """Return the rows that changes make, with the days since which they count as known, as `known_days` has them.

    `published` has the time of publication of each source.
    """
    found: dict[tuple[str, int], Mapping[str, str]] = {}
    added: list[tuple[str, Mapping[str, str]]] = []
    times = dict(published)
    for edit in edits:
        if is_source(edit):
            times[edit.cells["id"]] = edit.cells.get("published", "")
        elif isinstance(edit, RowEdit) and edit.table in editable.sheets:
            added.append((edit.table, edit.cells))
        elif isinstance(edit, CellEdit) and (sheet := editable.sheets.get(edit.table)) and edit.row in sheet.numbers:
            place = edit.table, edit.row
            found[place] = {**found.get(place, editable.row(*place)), edit.column: edit.new}
    rows = [(table, number, cells) for (table, number), cells in found.items()]
    rows += [(table, 0, cells) for table, cells in added]
    return tuple(_dated(*each, editable, times) for each in rows if editable.schemas[each[0]].known_by)


def _dated(table: str, row: int, cells: Mapping[str, str], editable: Editable, times: Mapping[str, str]) -> DatedRow:
    schema = editable.schemas[table]
    named = [part.strip() for part in cells.get(schema.source_column, "").split(";")]
    source_date = min(
        (day for each in named if (day := period(times.get(each, "")))), key=lambda day: day.last, default=None
    )
    own = period(cells.get(schema.known_column, "")) if schema.known_column else None
    dates = (day.last for name in schema.dated_by if (day := period(cells.get(name, ""))))
    since = own.last if own else source_date.last if source_date and schema.known_by_sources else next(dates, None)
    column = schema.known_column if schema.known_column in editable.sheets[table].head else ""
    key = ", ".join(cells.get(each, "") for each in schema.key)
    return DatedRow(table=table, row=row, key=key, cells=cells, own=column, known=since, source_date=source_date)


def is_known_on(day: date, row: ReplacedRow, editable: Editable, sources: Mapping[str, Source]) -> bool:
    """Return whether an edition of a day uses a changed row, in a workspace with the changes in it."""
    found = _dated(row.table, row.number, row.now, editable, {key: each.published for key, each in sources.items()})
    return not (editable.schemas[row.table].known_by and found.is_late(day))


def registered(fields: Mapping[str, str], sources: Mapping[str, Source], edits: Iterable[Edit]) -> Source | None:
    """Return the source that these fields mean, of those known and those that changes add; None if it is a new one."""
    added = (source_of_cells(each.cells) for each in edits if is_source(each))
    return next((each for each in (*sources.values(), *added) if each.is_meant_by(fields)), None)


def is_source(edit: Edit) -> TypeGuard[RowEdit]:
    """Return whether a change registers a new source."""
    return isinstance(edit, RowEdit) and edit.table == SOURCES
