"""Read a CSV as text with the row numbers that a spreadsheet shows, and edit it line by line."""

import csv
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Literal

from jianbao.core.documents import Problems
from jianbao.core.encoding import unseen
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_error, trn

MOST_ROWS = 300_000
MOST_COLUMNS = 2_000
MOST_COMMAS = 100_000  # in a line, those inside of cells too
BREAKS = ("\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029")


_LIMIT = tr("{most:,} columns are the most: leave out what is not used", most=MOST_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table as text: the head, the rows that are not blank, and the number of each row (the head is row 1)."""

    table: str
    file: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    numbers: tuple[int, ...] = ()


def cell_text(text: str) -> str:
    """Return a cell's text in Unicode's composed form, without the blanks around it."""
    return unicodedata.normalize("NFC", text).strip() if not text.isascii() else text.strip()


def read_csv(text: str, table: str, file: str, problems: Problems) -> Sheet:
    """Read a table of cells separated by commas (or tabs, as spreadsheets write Unicode text)."""
    first = text.partition("\n")[0]
    if ";" in first and "," not in first:
        problems.append(Problem(Place(file, 1), tr("the cells are separated by ';'"), tr("save the table with commas")))
        return Sheet(table=table, file=file, head=())
    delimiter = "\t" if "\t" in first and "," not in first else ","
    for number, line in enumerate(StringIO(text), 1):
        if line.count(delimiter) > MOST_COMMAS:
            problems.append(
                Problem(Place(file, number), tr("the line has more than {most:,} cells", most=MOST_COMMAS), _LIMIT)
            )
            return Sheet(table=table, file=file, head=())
    return sheet(table, file, _lines(text, delimiter, file, problems), problems)


def _lines(text: str, delimiter: str, file: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with its number; one that covers several lines is a problem and left out."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number, line = 0, 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(
                Problem(
                    Place(file, number),
                    tr("the row cannot be read: {error}", error=tr_error(error)),
                    tr("check its quotation marks"),
                )
            )
            return
        broken = reader.line_num > line + 1
        line = reader.line_num
        if broken:
            cell = next((each for each in row if any(mark in each for mark in BREAKS)), "")
            problems.append(_line_break(Place(file, number), cell))
        else:
            yield number, row


def sheet(table: str, file: str, lines: Iterator[tuple[int, list[str]]], problems: Problems) -> Sheet:
    """Make a sheet of numbered rows; report rows of another width than the head and line breaks inside cells."""
    head: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    for number, row in lines:
        if number > MOST_ROWS:
            what = tr("the table goes on after row {row:,}", row=MOST_ROWS)
            problems.append(
                Problem(
                    Place(file, number),
                    what,
                    tr("{most:,} rows are the most: leave out what is not used", most=MOST_ROWS),
                )
            )
            return Sheet(table=table, file=file, head=())
        plain = (text := "".join(row)).isascii()
        cells = tuple(map(str.strip, row)) if plain else tuple(map(cell_text, row))
        if not head:
            head = _head(cells, Place(file, number), problems)
            if not head:
                return Sheet(table=table, file=file, head=())
        elif any(cells):
            if len(cells) != len(head):
                problems.append(
                    Problem(
                        Place(file, number),
                        tr("{count} where the head has {width}", count=_cells(len(cells)), width=len(head)),
                    )
                )
                continue
            if not (plain and text.isprintable()):
                broken = [(column, cell) for column, cell in zip(head, cells, strict=True) if not _one_line(cell)]
                problems.extend(_line_break(Place(file, number, column), cell) for column, cell in broken)
                problems.extend(_unseen(cells, head, file, number))
            rows.append(cells)
            numbers.append(number)
    if not head and not any(problem.where.file == file for problem in problems):
        problems.append(Problem(Place(file), tr("the table is empty"), tr("its first row names the columns")))
    return Sheet(table=table, file=file, head=head, rows=tuple(rows), numbers=tuple(numbers))


def _head(cells: tuple[str, ...], place: Place, problems: Problems) -> tuple[str, ...]:
    if not any(cells):
        problems.append(Problem(place, tr("the first row is blank"), tr("it names the columns")))
        return ()
    if len(cells) > MOST_COLUMNS:
        problems.append(Problem(place, tr("the head has {count:,} columns", count=len(cells)), _LIMIT))
        return ()
    blank = [index for index, cell in enumerate(cells, 1) if not cell]
    problems.extend(Problem(place, what, tr("delete it")) for cell in cells if (what := unseen(cell)))
    twice = sorted({cell for cell in cells if cell and cells.count(cell) > 1})
    problems.extend(Problem(place, tr("column {index} has no name", index=index)) for index in blank)
    problems.extend(Problem(place, tr("the column '{name}' appears twice", name=name)) for name in twice)
    return () if blank or twice else cells


def _cells(count: int) -> Translatable:
    return trn("{count} cell", "{count} cells", count, count=count)


def _one_line(cell: str) -> bool:
    return cell.isprintable() or not any(mark in cell for mark in BREAKS)


def _unseen(cells: tuple[str, ...], head: tuple[str, ...], file: str, number: int) -> Iterator[Problem]:
    """Yield a problem for each cell of one line with a character that nobody sees, which a workbook may hold."""
    for column, cell in zip(head, cells, strict=True):
        if _one_line(cell) and (what := unseen(cell)):
            yield Problem(Place(file, number, column), what, tr("delete it"))


def _line_break(place: Place, cell: str) -> Problem:
    shown = " ".join(cell.split())
    return Problem(
        place, tr("there is a line break in the cell '{shown}'", shown=shown[:40]), tr("write it on one line")
    )


Cells = Sequence[str]


def edit_csv(text: str, changed: Mapping[int, Cells], added: Iterable[Cells]) -> str:
    """Return a table with rows changed (by the number that a spreadsheet shows) and rows added at its end.

    A row covers one line, as `sheets.read_csv` demands. Line ends, separator and quoting are those of the file.
    """
    end = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    lines = text.split(end)
    write = _writer(lines[0])
    while lines and not lines[-1].strip():
        lines.pop()
    for number, cells in changed.items():
        lines[number - 1] = write(cells)
    return end.join([*lines, *map(write, added)]) + end


def _writer(head: str) -> Callable[[Cells], str]:
    """Return what writes rows as the head is written: its separator, and all cells in quotes if the head's are."""
    delimiter = "\t" if "\t" in head and "," not in head else ","
    quoted = all(cell.startswith('"') and cell.endswith('"') for cell in head.split(delimiter))
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL

    def write(cells: Cells) -> str:
        line = StringIO()
        csv.writer(line, delimiter=delimiter, quoting=quoting, lineterminator="").writerow(cells)
        return line.getvalue()

    return write
