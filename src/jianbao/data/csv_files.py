"""Read a CSV as text with the row numbers that a spreadsheet shows, and edit it line by line."""

import csv
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import StringIO
from itertools import chain, islice
from typing import Literal

from jianbao.core.documents import Problems
from jianbao.core.encoding import invisible_character
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import NO_TEXT, tr, tr_foreign, tr_later, tr_list, trn

MOST_ROWS = 300_000
MOST_COLUMNS = 2_000
MOST_COMMAS = 100_000  # in a line, including commas within cells
# Messages of the CSV reader about a row that it cannot read.
_CSV_FAULTS = (
    tr_later("'{separator}' expected after '{mark}'"),
    tr_later("unexpected end of data"),
    tr_later("line contains NUL"),
    tr_later("field larger than field limit ({limit})"),
)
_SEPARATORS = (",", "\t", ";", "，", "；")  # only the first two are accepted
MAX_QUOTED_CHARACTERS = 40  # characters of a cell that a message quotes
BEYOND = 12  # columns by which a table further down on a delivered sheet may be wider
LOOKED_AT = 20  # first rows, in which the heading is searched for
MAX_CELL_CHARACTERS = 32_767  # characters of a cell, as in a spreadsheet
csv.field_size_limit(2**31 - 1)  # a longer cell is read, so that its column can be named
UNNAMED = "#"  # followed by a number: an unnamed column of a delivered sheet
_IN_BRACKETS = re.compile(r"\s*[（(][^（）()]*[)）]$")
_BROKEN = re.compile(r"\s*[\r\n]\s*|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")  # in a heading: 国 家
_ABOUT = "|".join((r"[同占]比\w{0,3}", r"增[长速幅]\w?", "数量", "比重", "单位"))
_BELOW = rf"(?:(金额|[数总]额|amount)|{_ABOUT})([（(].+[)）])?"  # below a measure in a heading: it, or a part of it
BREAKS = ("\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029")
Cells = Sequence[str]
_LIMIT = tr("{most:,} columns are the most: leave out what is not used", most=MOST_COLUMNS)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A table as text: the head, the rows that are not blank, and the number of each row as a spreadsheet shows it.

    `heading` is the number of the row with the head, `above` the text of the rows before it. `turned` has the numbers
    of rows that were turned into columns, by name; `cited` has the source of each
    column from a row below, `origins` the places of rows from other sheets, by number, `remarks` those of a register.
    """

    table: str
    file: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()
    numbers: tuple[int, ...] = ()
    heading: int = 1
    above: Mapping[int, str] = field(default_factory=dict)
    turned: Mapping[str, int] = field(default_factory=dict)
    cited: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[int, Place] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    def __hash__(self) -> int:
        """Return a quick hash of only the file and the number of rows; equality still compares all cells."""
        return hash((self.file, len(self.rows)))


def rows_in(sheet: Sheet) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield each row's number and its cells by column."""
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        yield number, dict(zip(sheet.head, row, strict=True))


def cell_text(text: str) -> str:
    """Return a cell's text in Unicode's composed form, without the blanks around it."""
    return unicodedata.normalize("NFC", text).strip() if not text.isascii() else text.strip()


def heading_text(cell: str) -> str:
    """Return a heading on one line, without spaces between its characters."""
    return _BROKEN.sub("", cell_text(cell))


def heading_row(rows: Iterable[Sequence[str]], headings: Collection[str], delivered: bool = False) -> int:
    """Return the place of the row that names the most columns: three known ones, or two that are half of it; or 0.

    A unit in brackets after a name does not count. Another table may begin further down, so a row replaces one
    that names three only directly below it, or with twice as many. If no row of a `delivered` table names enough, lines
    with a single cell are titles, and the row below them with three is the heading.
    """
    best, most = 0, min(2, len(headings) or 2) - 1
    titles = 0
    for place, cells in enumerate(rows):
        filled = {heading_text(cell).lower() for cell in cells if cell}
        if delivered and most < 2 and titles == place and len(filled) == 1:
            titles += 1
        elif delivered and most < 2 and titles == place > 0 and len(filled) > 2:
            best = place
        known = sum(cell in headings or _IN_BRACKETS.sub("", cell) in headings for cell in filled)
        takes_over = most < 3 or place == best + 1 or known >= 2 * most
        if known > most and takes_over and (known > 2 or 2 * known >= len(filled)):
            best, most = place, known
    return best


def two_rows_of_heading(upper: Sequence[str], lower: Sequence[str]) -> list[str]:
    """Return the names of columns of a heading in two rows, such as "Sent/Persons"; nothing if the second is data.

    A name in the upper row continues over the blank cells after it as far as the lower row divides them, and is the
    amount directly below it.

    >>> two_rows_of_heading(["Year", "Sent", "", "Remarks"], ["", "Groups", "Persons", ""])
    ['Year', 'Sent/Groups', 'Sent/Persons', 'Remarks']
    """
    width = max(len(upper), len(lower))
    above, below = ([*map(cell_text, row), *[""] * (width - len(row))] for row in (upper, lower))
    pairs = [*zip(above, below, strict=True)]
    divided = [bool(part) and not name for name, part in pairs]
    units = [re.fullmatch(_BELOW, part.lower()) if name != part else None for name, part in pairs]
    group, names = "", list[str]()
    for at, ((name, part), own) in enumerate(zip(pairs, units, strict=True)):
        plain = name and part not in ("", name) and not own and not any(divided[at + 1 : at + 2])
        if plain or part.replace(".", "").isdecimal():
            return []
        group = name or (group if part else "")
        whole = f"{group}{own[2] or ''}" if own and own[1] and name else f"{group}/{part}"
        names.append(whole if part and part != name and group else group or part)
    return names if any((*divided, *units)) and sum(map(bool, above)) > 1 else []


def read_csv(
    text: str, table: str, file: str, problems: Problems, *, headings: Collection[str] = (), delivered: bool = False
) -> Sheet:
    """Read a table of cells separated by commas (or tabs, as spreadsheets write Unicode text).

    `headings` are the names of columns in lower case, by which the heading is found below a title. In a `delivered`
    table, the heading may have two rows, and columns without a name.
    """
    named, first = _separated(text, headings)
    if named not in "\t,":
        what = tr("the cells are separated by '{separator}'", separator=named)
        problems.append(Problem(Place(file, first), what, tr("save the table with commas")))
        return Sheet(table=table, file=file, head=())
    for number, line in enumerate(StringIO(text), 1):
        if line.count(named) > MOST_COMMAS:
            what = tr("the line has more than {most:,} cells", most=MOST_COMMAS)
            problems.append(Problem(Place(file, number), what, _LIMIT))
            return Sheet(table=table, file=file, head=())
    return sheet(table, file, _lines(text, named, file, problems), problems, headings=headings, delivered=delivered)


def _separated(text: str, headings: Collection[str]) -> tuple[str, int]:
    """Return the separator of the heading's cells, and the number of its line."""
    lines = list(islice(StringIO(text), LOOKED_AT)) or [""]
    for separator in _SEPARATORS:
        place = heading_row(([cell.strip(' "\n\ufeff') for cell in line.split(separator)] for line in lines), headings)
        if place:
            return separator, place + 1
    return next((each for each in _SEPARATORS if each in lines[0]), ","), 1


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
            what = tr("the row cannot be read: {error}", error=tr_foreign(str(error), _CSV_FAULTS))
            problems.append(Problem(Place(file, number), what, tr("check its quotation marks")))
            return
        broken, line = reader.line_num > line + 1, reader.line_num
        if broken:
            cell = next((each for each in row if any(mark in each for mark in BREAKS)), "")
            problems.append(_line_break(Place(file, number), cell))
        else:
            yield number, row


def sheet(
    table: str,
    file: str,
    lines: Iterator[tuple[int, list[str]]],
    problems: Problems,
    *,
    headings: Collection[str] = (),
    delivered: bool = False,
) -> Sheet:
    """Make a sheet of numbered rows; report rows of another width than the head and line breaks inside cells."""
    first = list(islice(lines, LOOKED_AT))
    place = heading_row(([cell_text(cell) for cell in row] for _, row in first), headings, delivered)
    above = {number: text for number, row in first[:place] if (text := " ".join(filter(None, map(cell_text, row))))}
    if delivered and first[place:]:
        first[place:] = _named(first[place:])
    head: tuple[str, ...] = ()
    heading, widened = 1, delivered and not file.lower().endswith(".csv")
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    for number, row in chain(first[place:], lines):
        if number > MOST_ROWS:
            hint = tr("{most:,} rows are the most: leave out what is not used", most=MOST_ROWS)
            what = tr("the table goes on after row {row:,}", row=MOST_ROWS)
            problems.append(Problem(Place(file, number), what, hint))
            return Sheet(table=table, file=file, head=())
        plain = (text := "".join(row)).isascii()
        cells = tuple(map(str.strip, row)) if plain else tuple(map(cell_text, row))
        if widened and head and len(cells) <= len(head) + BEYOND:  # a table further down may be wider than this one
            head = (*head, *(f"{UNNAMED}{at}" for at in range(len(head) + 1, len(cells) + 1)))
            cells = (*cells, *[""] * (len(head) - len(cells)))
        if not head:
            head, heading = _head(cells, Place(file, number), problems), number
            if not head:
                return Sheet(table=table, file=file, head=())
        elif any(cells) and _fits(cells, head, Place(file, number), problems):
            if not (plain and text.isprintable()):
                broken = [(column, cell) for column, cell in zip(head, cells, strict=True) if not _one_line(cell)]
                problems.extend(_line_break(Place(file, number, column), cell) for column, cell in broken)
                problems.extend(_unseen(cells, head, file, number))
            rows.append(cells)
            numbers.append(number)
    if not head and not any(problem.where.file == file for problem in problems):
        problems.append(Problem(Place(file), tr("the table is empty"), tr("its first row names the columns")))
    wide = tuple((*row, *[""] * (len(head) - len(row))) for row in rows)
    return replace(
        Sheet(table=table, file=file, head=head, rows=wide, numbers=tuple(numbers)), heading=heading, above=above
    )


def _named(rows: Sequence[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Return rows that begin with a heading, reduced to one row that names every column: "#4" has no name."""
    (number, row), pair = rows[0], [cells for _, cells in rows[:2]]
    divided = two_rows_of_heading(*pair) if len(pair) > 1 else []
    return [(number, named_columns(divided or row)), *rows[2 if divided else 1 :]]


def named_columns(cells: Sequence[str]) -> list[str]:
    """Return the names of columns of a delivered heading: "#4" has no name, "Note（2）" is the second of a name."""
    names = [heading_text(cell) or f"{UNNAMED}{at}" for at, cell in enumerate(cells, 1)]
    times = [names[:at].count(name) for at, name in enumerate(names, 1)]
    return [f"{name}（{count}）" if count > 1 else name for name, count in zip(names, times, strict=True)]


def _fits(cells: tuple[str, ...], head: tuple[str, ...], place: Place, problems: Problems) -> bool:
    """Return whether a row has as many cells as the head, and none that is too long; add a problem if not."""
    long = [(column, len(cell)) for column, cell in zip(head, cells, strict=False) if len(cell) > MAX_CELL_CHARACTERS]
    problems.extend(too_long(length, replace(place, column=column)) for column, length in long)
    if len(cells) == len(head) or long:
        return not long
    if len(only := [*filter(None, cells)]) == 1 and len(head) > 2:
        problems.append(no_row(only[0], place))
    else:
        count = trn("{count} cell", "{count} cells", len(cells), count=len(cells))
        what = tr("{count} where the head has {width}", count=count, width=len(head))
        split = len(cells) > len(head) and place.file.lower().endswith(".csv")
        hint = tr("put a cell that holds a comma in quotation marks") if split else NO_TEXT
        problems.append(Problem(place, what, hint))
    return False


def too_long(length: int, place: Place) -> Problem:
    """Return the problem of a cell that holds more than any spreadsheet's can."""
    what = tr("the cell holds {length:,} characters", length=length)
    return Problem(place, what, tr("{most:,} are the most", most=MAX_CELL_CHARACTERS))


def no_row(text: str, place: Place) -> Problem:
    """Return the problem of a line among the rows that is not one, such as a note below them."""
    shown = text if len(text) <= MAX_QUOTED_CHARACTERS else f"{text[:MAX_QUOTED_CHARACTERS]}…"
    return Problem(place, tr("'{text}' is no row of the table", text=shown), tr("delete it; a table holds rows only"))


def _head(cells: tuple[str, ...], place: Place, problems: Problems) -> tuple[str, ...]:
    if not any(cells):
        problems.append(Problem(place, tr("the first row is blank"), tr("it names the columns")))
        return ()
    if len(cells) > MOST_COLUMNS:
        problems.append(Problem(place, tr("the head has {count:,} columns", count=len(cells)), _LIMIT))
        return ()
    blank = [index for index, cell in enumerate(cells, 1) if not cell]
    problems.extend(Problem(place, what, tr("delete it")) for cell in cells if (what := invisible_character(cell)))
    twice = sorted({cell for cell in cells if cell and cells.count(cell) > 1})
    if blank:
        what = trn("column {indices} has no name", "columns {indices} have no name", len(blank), indices=tr_list(blank))
        problems.append(Problem(place, what, tr("this row names the columns: delete what is above the heading")))
    problems.extend(Problem(place, tr("the column '{name}' appears twice", name=name)) for name in twice)
    return () if blank or twice else cells


def _one_line(cell: str) -> bool:
    return cell.isprintable() or not any(mark in cell for mark in BREAKS)


def _unseen(cells: tuple[str, ...], head: tuple[str, ...], file: str, number: int) -> Iterator[Problem]:
    """Yield a problem for each cell of one line with an invisible character, which a workbook may contain."""
    for column, cell in zip(head, cells, strict=True):
        if _one_line(cell) and (what := invisible_character(cell)):
            yield Problem(Place(file, number, column), what, tr("delete it"))


def _line_break(place: Place, cell: str) -> Problem:
    what = tr("there is a line break in the cell '{shown}'", shown=" ".join(cell.split())[:MAX_QUOTED_CHARACTERS])
    return Problem(place, what, tr("write it on one line"))


def edit_csv(text: str, changed: Mapping[int, Cells], added: Iterable[Cells], gone: Collection[int] = ()) -> str:
    """Return a table with rows changed or gone (by the number that a spreadsheet shows), and rows added at its end.

    A row covers one line, as `sheets.read_csv` demands. Line ends, separator and quoting are those of the file, and of
    a changed row the unchanged cells are written as they were.
    """
    end = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    lines = text.split(end)
    delimiter = "\t" if "\t" in lines[0] and "," not in lines[0] else ","
    write = _writer(lines[0], delimiter)
    while lines and not lines[-1].strip():
        lines.pop()
    for number, cells in changed.items():
        lines[number - 1] = _edited(lines[number - 1], cells, delimiter, write)
    kept = [line for number, line in enumerate(lines, 1) if number not in gone]
    return end.join([*kept, *map(write, added)]) + end


def _edited(line: str, cells: Cells, delimiter: str, write: Callable[[Cells], str]) -> str:
    """Return a line with other cells; a cell with the same content stays as it is written."""
    former = re.findall(rf'(?:^|{delimiter})("(?:[^"]|"")*"|[^{delimiter}]*)', line)
    read = [cell_text(cell) for cell in next(csv.reader([line], delimiter=delimiter), [])]
    if not len(former) == len(read) == len(cells) > 1:
        return write(cells)
    blank = write(["", ""]).partition(delimiter)[0]
    pairs = zip(former, read, cells, strict=True)
    return delimiter.join(old if was == cell else write([cell]) if cell else blank for old, was, cell in pairs)


def _writer(head: str, delimiter: str) -> Callable[[Cells], str]:
    """Return a function that writes rows like the head: with its separator, and all cells in quotes if its are."""
    quoted = all(cell.startswith('"') and cell.endswith('"') for cell in head.split(delimiter))
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL

    def write(cells: Cells) -> str:
        line = StringIO()
        csv.writer(line, delimiter=delimiter, quoting=quoting, lineterminator="").writerow(cells)
        return line.getvalue()

    return write
