"""Compare rows of a table by its key: find what new ones add, change, contradict or restate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Literal

from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr
from jianbao.data.column_checks import split_cell, split_comparator
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.dates import period
from jianbao.data.facts import Source
from jianbao.data.schemas import NAMES, NUMERIC, Column, Schema
from jianbao.data.tables import Table, Tables, tables_on

STATUS = "status"  # a column that remarks fill in
BESIDE = ("confidence", "note")  # columns about how a row is known, not about its content
_YES_NO = {"true": "yes", "false": "no"}

Cells = Mapping[str, str]
ExistingRow = tuple[int, Cells]  # a row of the table: its number and its cells
Outcome = Literal["new", "same", "adds", "changes", "contradicts", "restates"]


@dataclass(frozen=True)
class CellChange:
    """A cell that would be written: its text before ("" is blank) and after."""

    column: str
    old: str
    new: str


@dataclass(frozen=True, kw_only=True)
class ComparedRow:
    """A delivered row, the row with the same key (0: none), the changes, and the row as it would become.

    A row "adds" if it fills blank cells or names further sources; it "changes" if it differs in how a row is known, or
    from a row without a source; it "contradicts" if it differs from a row with a source, and "restates" that row if it
    also says since when the new value is known. A row that became known later is written `beside` the existing one,
    which is left unchanged.
    """

    number: int
    existing: int
    outcome: Outcome
    changes: tuple[CellChange, ...]
    cells: Cells
    named: bool = True  # whether the delivered row names a source of its own
    beside: bool = False

    @property
    def added(self) -> bool:
        """Return whether the row is written as a new row."""
        return self.beside or self.outcome == "new"


def key_of_row(schema: Schema, cells: Cells) -> tuple[str, ...]:
    """Return the cells of the key, which is unique."""
    return tuple(_same_form(schema.columns[column], cells.get(column, "")) for column in schema.key)


def compare_rows(
    schema: Schema, table: Sheet, delivered: Sequence[tuple[int, Cells]], meant: Mapping[int, int] | None = None
) -> tuple[ComparedRow, ...]:
    """Compare numbered rows with a table: with its rows of the same key, or those `meant` by number.

    A blank delivered cell changes nothing, unless every row of the table is delivered and the column has some value.
    """
    own, rows = dict(rows_in(table)), dict[tuple[str, ...], list[ExistingRow]]()
    for number, existing in own.items():
        rows.setdefault(key_of_row(schema, existing), []).append((number, existing))
    whole = rows.keys() <= {key_of_row(schema, cells) for _, cells in delivered} and schema.name != NAMES
    held = {STATUS, *(name for _, cells in delivered for name in cells)} if whole and schema.source_column else ()
    kept = (*schema.key, schema.source_column, schema.known_column, BESIDE[0])
    blank = {each.name: "" for each in schema.columns.values() if each.name in held and not each.required}
    pairs = [(n, {name: "" for name in blank if name not in kept} | dict(cells)) for n, cells in delivered]
    same = {n: _matching_row(schema, cells, rows.get(key_of_row(schema, cells), ())) for n, cells in pairs}
    same = same if meant is None else {n: (at, own[at]) for n, at in meant.items()}
    return tuple(_compared(schema, number, cells, same.get(number)) for number, cells in pairs)


def former_row(new: Cells, table: Sheet, schema: Schema) -> Cells:
    """Return the newest other row with a new row's key, dates aside, and no later date; {} if there is none."""
    kind = [name for name in schema.key if name not in schema.dated_by]

    def day(cells: Cells) -> date:
        dates = (period(cells.get(name, "")) for name in schema.dated_by)
        return next((each.last for each in dates if each), date.min)

    rows = (cells for _, cells in rows_in(table)) if kind and schema.dated_by else iter(())
    alike = [each for each in rows if all(each.get(name, "") == new.get(name, "") for name in kind)]
    earlier = [each for each in alike if day(each) <= day(new)]
    return max(
        (each for each in earlier if {name: text for name, text in each.items() if text} != new), key=day, default={}
    )


def _matching_row(schema: Schema, cells: Cells, rows: Sequence[ExistingRow]) -> ExistingRow | None:
    """Return the row that a delivered row is compared with, among the rows with the same key.

    That is the one known from the day that the delivered row names, else the last one known before that day, or the
    last one of all if it names none.
    """
    day = cells.get(schema.known_column, "")
    ordered = sorted(rows, key=lambda row: _known(row[1].get(schema.known_column, "")))
    same = [row for row in ordered if day and row[1].get(schema.known_column) == day]
    earlier = [row for row in ordered if not day or _known(row[1].get(schema.known_column, "")) < _known(day)]
    return next(iter([*same, *reversed(earlier), *ordered]), None)


def _known(text: str) -> date:
    found = period(text) if text else None
    return found.last if found else date.min


def _compared(schema: Schema, number: int, cells: Cells, existing: ExistingRow | None) -> ComparedRow:
    if existing is None:
        whole = {column: cells.get(column, "") for column in schema.columns}
        return ComparedRow(number=number, existing=0, outcome="new", changes=(), cells=whole)
    row, old = existing
    known = cells.get(schema.known_column, "")
    delivered = [each for each in schema.columns.values() if each.name in cells and each.name != schema.known_column]
    differing = [each for each in delivered if not _equal(each, old.get(each.name, ""), cells[each.name])]
    sourced = bool(old.get(schema.source_column))
    content = [each for each in differing if _is_content(each) and each.name not in schema.key]
    against = [each for each in content if sourced and old.get(each.name)]
    if against:  # the row then cites only the delivered source, not those that contradict it
        changes = [CellChange(each.name, old.get(each.name, ""), cells[each.name]) for each in differing]
    else:
        anew = _counted_anew(schema, old, cells)
        added = (_added(each, "" if anew else old.get(each.name, ""), cells[each.name]) for each in differing)
        changes = [replace(each, old=old.get(each.column, "")) for each in added if each]
    new = {column: old.get(column, "") for column in schema.columns} | {each.column: each.new for each in changes}
    over = any(each.old and schema.columns[each.column].type != "sources" for each in changes)
    named = bool(cells.get(schema.source_column))
    if changes and known and known != old.get(schema.known_column, ""):
        restated = {**new, schema.known_column: known}
        return ComparedRow(
            number=number,
            existing=row,
            outcome="restates",
            changes=tuple(changes),
            cells=restated,
            named=named,
            beside=True,
        )
    outcome: Outcome = "contradicts" if against else "changes" if over else "adds" if changes else "same"
    return ComparedRow(number=number, existing=row, outcome=outcome, changes=tuple(changes), cells=new, named=named)


def _counted_anew(schema: Schema, old: Cells, new: Cells) -> bool:
    """Return whether a row of visits is a new count of all that an old one counts; it then has only its own sources."""
    counted = schema.name == "visits" and old.get("confidence") == new.get("confidence") == "derived"
    return counted and all(new.get(name) for name in schema.columns if old.get(name) and name not in BESIDE)


def _is_content(column: Column) -> bool:
    return column.type != "sources" and column.name not in BESIDE


def _added(column: Column, old: str, new: str) -> CellChange | None:
    """Return what an agreeing row adds to a cell: its text if blank, or further sources."""
    if column.type != "sources":
        return CellChange(column.name, old, new)
    further = [source for source in split_cell(new) if source not in split_cell(old)]
    return CellChange(column.name, old, ";".join([*split_cell(old), *further])) if further else None


def _equal(column: Column, one: str, other: str) -> bool:
    return _same_form(column, one) == _same_form(column, other)


def _same_form(column: Column, text: str) -> str:
    """Return a cell in a form that is the same for equal values: 38 and 38.0, yes and TRUE, a;b and b; a."""
    if column.type in (*NUMERIC, "reference"):
        sign, number = split_comparator(text)
        try:
            return f"{sign}{float(number):.15g}"
        except ValueError:
            return text
    if column.type == "yes_no":
        return _YES_NO.get(text.lower(), text.lower())
    return ";".join(sorted(split_cell(text))) if column.type in ("names", "sources") else text


Numbers = Mapping[int, tuple[str, ...]]  # rows of a table, each with the labels of editions


def touched(before: Tables, after: Tables, editions: Mapping[str, date]) -> Mapping[str, Numbers]:
    """Return for each table the rows that would change for an edition, with the labels of these editions.

    In `after` added rows come last; `editions` are the days of the published ones by their labels.
    """
    found: dict[str, dict[int, tuple[str, ...]]] = {name: {} for name in after}
    for label, day in editions.items():
        then, now = tables_on(before, day), tables_on(after, day)
        for name, rows in found.items():
            for number in _differing(then[name], now[name]):
                rows[number] = (*rows.get(number, ()), label)
    return found


def _differing(before: Table, after: Table) -> Iterator[int]:
    """Yield the numbers of the rows that are only in one of two tables, or are not the same in both."""
    if before.frame is after.frame or before.frame.equals(after.frame):
        return
    then, now = ({number: tuple(map(str, row)) for number, *row in each.frame.itertuples()} for each in (before, after))
    yield from (number for number in {**then, **now} if then.get(number) != now.get(number))


Rows = Mapping[str, tuple[ComparedRow, ...]]
Faulty = frozenset[tuple[str, int]]  # tables, and numbers of delivered rows


def taken(table: str, rows: Sequence[ComparedRow], faulty: Faulty = frozenset()) -> list[ComparedRow]:
    """Return the rows that change something and have no error."""
    return [row for row in rows if row.outcome != "same" and (table, row.number) not in faulty]


def with_rows(
    rows: Rows, sheets: Mapping[str, Sheet], schemas: Mapping[str, Schema], without: Faulty = frozenset()
) -> Mapping[str, Sheet]:
    """Return the tables as they would be with the delivered rows, new ones at their ends."""
    found = dict(sheets)
    for table, compared in rows.items():
        found[table] = extended(sheets[table], schemas[table], taken(table, compared, without))
    return found


def extended(sheet: Sheet, schema: Schema, rows: Sequence[ComparedRow]) -> Sheet:
    """Return a table with rows changed and added; a missing column is appended if it is needed."""
    needed = [name for name in schema.columns if name not in sheet.head and any(row.cells.get(name) for row in rows)]
    head = (*sheet.head, *needed)
    changed = {row.existing: row for row in rows if not row.added}
    kept = [
        tuple(changed[number].cells[name] for name in head) if number in changed else (*cells, *("" for _ in needed))
        for number, cells in zip(sheet.numbers, sheet.rows, strict=True)
    ]
    added = {number: tuple(row.cells[name] for name in head) for number, row in numbered(sheet, rows) if row.added}
    return replace(sheet, head=head, rows=(*kept, *added.values()), numbers=(*sheet.numbers, *added))


def numbered(sheet: Sheet, rows: Sequence[ComparedRow]) -> Iterator[tuple[int, ComparedRow]]:
    """Yield rows with the number that each has in the table: that of the row it changes, or one at its end."""
    following = count(max(sheet.numbers, default=1) + 1)
    yield from ((next(following) if row.added else row.existing, row) for row in rows)


KNOWN_BY_HINT = tr("declare `known_by` in data/tables.yml; or change the row by hand and publish the edition anew")


@dataclass(frozen=True)
class Kept:
    """A delivered row that published editions must not see, because it would change them."""

    table: str
    row: int
    editions: tuple[str, ...]
    known_from: str


def kept_from(
    row: ComparedRow, table: Schema, labels: Sequence[str], editions: Mapping[str, date], sources: Mapping[str, Source]
) -> tuple[ComparedRow, Kept] | Problem:
    """Return a row that published editions do not see: added beside the existing one, and known from a later day.

    That day is the one after the newest published edition, or a later one on which the row is dated or its first source
    was published. A problem, without its file, if the table has no column for it, or the row names an earlier day.
    """
    named = ", ".join(labels)
    newest = max(editions.values())
    column = table.known_column
    if not column:
        what = tr(
            "the row would change what is published: {editions}; and its table does not say since when a row is known",
            editions=named,
        )
        return Problem(Place("", row.number), what, KNOWN_BY_HINT)
    if row.cells[column] and row.outcome in ("new", "restates"):
        what = tr(
            "known from {day} on, the row would change what is published: {editions}",
            day=row.cells[column],
            editions=named,
        )
        hint = tr("write a day after {day}, or none: then it is the first one that is possible", day=newest)
        return Problem(Place("", row.number, column), what, hint)
    day = max([newest + timedelta(1), *_days(row, table, sources)]).isoformat()
    cells = {**row.cells, column: day}
    return replace(row, cells=cells, beside=bool(row.existing)), Kept(table.name, row.number, tuple(labels), day)


def _days(row: ComparedRow, table: Schema, sources: Mapping[str, Source]) -> Iterator[date]:
    """Yield the day of a row, and the day when the first of its new sources was published."""
    old = next((change.old for change in row.changes if change.column == table.source_column), "").split(";")
    named = [each for each in row.cells.get(table.source_column, "").split(";") if each not in old]
    published = [period(sources[each].published) for each in named if each in sources]
    yield from [min(found.last for found in published if found)] if any(published) else []
    written = next((row.cells[column] for column in table.dated_by if row.cells[column]), "")
    yield from [found.last] if written and (found := period(written)) else []


def adds_nothing(cells: Cells, first: Cells, schema: Schema) -> bool:
    """Return whether a row has nothing beyond another row except how it is known."""
    beside = (*BESIDE, schema.source_column)
    return all(not cell or first.get(name) == cell or name in beside for name, cell in cells.items())


def lacks_source(row: ComparedRow, schema: Schema) -> bool:
    """Return whether a row changes an existing one without naming a source."""
    changed = {change.column for change in row.changes}
    return bool(schema.source_column and row.existing and changed - {*BESIDE} and not row.named)
