"""Extension: the tables as they would be with the rows of a delivery."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count

from jianbao.data.csv_files import Sheet
from jianbao.data.row_diff import ComparedRow
from jianbao.data.schemas import Schema

Rows = Mapping[str, tuple[ComparedRow, ...]]
Faulty = frozenset[tuple[str, int]]  # tables, and numbers of delivered rows


def taken(table: str, rows: Sequence[ComparedRow], faulty: Faulty = frozenset()) -> list[ComparedRow]:
    """Return the rows that say something new and have no fault."""
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
    """Return a table with some rows changed and others added; a column that it left out comes last if it is needed."""
    needed = [name for name in schema.columns if name not in sheet.head and any(row.cells.get(name) for row in rows)]
    head = (*sheet.head, *needed)
    changed = {row.standing: row for row in rows if not row.added}
    kept = [
        tuple(changed[number].cells[name] for name in head) if number in changed else (*cells, *("" for _ in needed))
        for number, cells in zip(sheet.numbers, sheet.rows, strict=True)
    ]
    added = {number: tuple(row.cells[name] for name in head) for number, row in numbered(sheet, rows) if row.added}
    return replace(sheet, head=head, rows=(*kept, *added.values()), numbers=(*sheet.numbers, *added))


def numbered(sheet: Sheet, rows: Sequence[ComparedRow]) -> Iterator[tuple[int, ComparedRow]]:
    """Yield rows with the number that each has in the table: that of the row it changes, or one at its end."""
    following = count(max(sheet.numbers, default=1) + 1)
    yield from ((next(following) if row.added else row.standing, row) for row in rows)
