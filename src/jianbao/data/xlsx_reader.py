"""Read the sheets of an .xlsx workbook as text, after checking that its parts are safe to open."""

import re
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate, errors
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import XML_FAULTS, tr, tr_error, tr_foreign
from jianbao.data.csv_files import (
    LONGEST,
    LOOKED_AT,
    MOST_ROWS,
    Sheet,
    heading_row,
    sheet,
    too_long,
    two_rows_of_heading,
)

PACKED = 50_000_000  # bytes of the file: a workbook of 100,000 rows has a fifth of it
LARGEST = 400_000_000  # bytes once unpacked: far above any office's workbook, far below a machine's memory
CELLS = {"c", "v", "f", "is", "t", "row", "si", "r"}  # elements of which a large table has many
MOST_CELLS = 8_000_000  # elements of cells: 100,000 rows of 20 columns and as many texts have half of it
MOST_OTHERS = 300_000  # other elements: a workbook of 60,000 styles has them
Headings = Mapping[str, Collection[str]]  # names of columns in small letters, by table
WIDEST = 16_384  # cells in a row, as in a spreadsheet
MERGED = 100  # merged areas that are reported
_BLANK = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"
_YEAR = re.compile(r"(?:19|20)\d\d")
_EBCDIC = b"Lo\xa7\x94"  # "<?xm" in EBCDIC, which a parser may accept


class UnsafeError(ValueError):
    """A workbook that is not safe to open."""


@dataclass(kw_only=True)
class _Count:
    """What was counted so far; `row` and `column` are those of the last cell that gives its address."""

    cells: int = 0
    others: int = 0
    in_row: int = 0
    row: int = 0
    column: tuple[int, str] = (0, "")
    merged: dict[str, list[str]] = field(default_factory=dict)


def check_xlsx_parts(archive: ZipFile) -> Mapping[str, list[str]]:
    """Check every part of a workbook and return the merged areas of each.

    Raises UnsafeError for a part that is too large or declares a DOCTYPE, ValueError for one that is not XML.
    """
    size = sum(item.file_size for item in archive.infolist())
    if size > LARGEST:
        raise UnsafeError(tr("the workbook is too large: {size:,} bytes once unpacked", size=size))
    count = _Count()
    for name in archive.namelist():
        part = archive.read(name)
        if part[:64].lstrip(_BLANK).startswith((b"<", _EBCDIC)):
            _look(part, name, count)
    return count.merged


def _look(part: bytes, name: str, count: _Count) -> None:
    rows = part.count(b"<row ")  # counted before the slow parser begins
    if rows > MOST_ROWS:
        raise UnsafeError(tr("{name} has {rows:,} rows; {most:,} are the most", name=name, rows=rows, most=MOST_ROWS))
    parser = ParserCreate(namespace_separator=" ")
    count.row = 0

    def begin(element: str, attributes: dict[str, str]) -> None:
        kind = element.rpartition(" ")[2]
        if kind in CELLS:
            count.cells += 1
            count.in_row = 0 if kind == "row" else count.in_row + (kind == "c")
            if kind in ("row", "c") and "r" in attributes and not _follows(kind, attributes["r"], count):
                raise UnsafeError(tr("the cells of {name} are out of order: '{cell}'", name=name, cell=attributes["r"]))
        else:
            count.others += 1
        if kind == "mergeCell":
            count.merged.setdefault(name, []).append(attributes.get("ref", ""))
        if count.cells > MOST_CELLS or count.others > MOST_OTHERS:
            what = tr(
                "the workbook is too large: it has more than {cells:,} XML elements of cells, or {others:,} of styles",
                cells=MOST_CELLS,
                others=MOST_OTHERS,
            )
            raise UnsafeError(what)
        if count.in_row > WIDEST or len(count.merged.get(name, ())) > MERGED:
            raise UnsafeError(tr("the sheet {name} has rows that are too wide, or too many merged cells", name=name))

    def declare(*_: object) -> None:
        raise UnsafeError(tr("{name} has a DOCTYPE", name=name))

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = begin, declare
    try:
        parser.Parse(part, True)
    except ExpatError as fault:
        said = tr_foreign(errors.messages[fault.code], XML_FAULTS)
        raise ValueError(tr("{name} is not XML: {error}", name=name, error=said)) from fault


def _follows(kind: str, place: str, count: _Count) -> bool:
    """Return whether a row or cell comes after the last one; openpyxl would silently skip one that does not."""
    if kind == "row":
        before, count.row = count.row, int(place) if place.isdecimal() and len(place) < 12 else 0
        count.column = (0, "")
        return before < count.row
    letters = place.rstrip("0123456789")
    last, count.column = count.column, (len(letters), letters)
    return last < count.column


LOWEST = 1_048_576  # the last row of a spreadsheet
WIDE = 5_000_000  # cells of all rows, including empty ones before a filled one
# Spreadsheets count a 29 February 1900, which did not exist: earlier dates are a day off, and mostly mistyped numbers.
EARLIEST = date(1900, 3, 1)


@dataclass(frozen=True, kw_only=True)
class Pages:
    """The content of a workbook: its tables by name, its other sheets, and the year from which it counts days.

    `merged` says how many merged areas of each sheet were read. `others` are read as far as they have rows.
    """

    sheets: Mapping[str, Sheet]
    others: Mapping[str, Sheet] = field(default_factory=dict)
    counted_from: int = 0
    merged: Mapping[str, int] = field(default_factory=dict)


def read_workbook(data: bytes, file: str, tables: Headings, problems: Problems) -> Mapping[str, Sheet]:
    """Read the sheets that are named like one of `tables`; other sheets are left alone.

    Formulas, error values, merged cells, and times of day are problems: a table must contain plain values.
    """
    opened = _opened(data, file, problems)
    found: dict[str, Sheet] = {}
    for title, page, areas in _pages(opened) if opened else ():
        shown = f"{file}[{title}]"
        if title in tables:
            for area in areas:
                problems.append(Problem(Place(shown), tr("the cells {area} are merged", area=area), tr("unmerge them")))
            if (read := _sheet(page, title, shown, tables[title], problems)) is not None:
                found[title] = read
    return found


def read_pages(
    data: bytes, file: str, table_of: Callable[[str, Sequence[str]], str], problems: Problems, tables: Headings
) -> Pages:
    """Read a delivered workbook: the sheets that are those of tables by `table_of`, "" for others.

    `table_of` gets the title of a sheet, and its heading where the title alone names no table; `tables` has headings as
    for `read_workbook`. Merged cells are read as the first one, in each of their rows. Of two sheets of a
    table one must be blank.
    """
    opened = _opened(data, file, problems)
    if opened is None:
        return Pages(sheets={})
    pages = {title: (page, areas) for title, page, areas in _pages(opened)}
    sheets, merged = dict[str, Sheet](), dict[str, int]()
    titled, others = {title: table for title in pages if (table := table_of(title, ()))}, dict[str, Sheet]()
    every = frozenset(word for words in tables.values() for word in words)
    for title in sorted(pages, key=lambda each: each not in titled):
        (page, areas), shown, table = pages[title], f"{file}[{title}]", titled.get(title, "")
        found: Problems = []
        read = _sheet(page, table, shown, tables.get(table, every), problems=found, areas=areas)
        table = table or (table_of(title, read.head) if read and read.head and read.rows else "")
        if not table or (title not in titled and table in sheets and sheets[table].rows):
            others[title] = read or Sheet(table="", file=shown, head=())
            continue
        problems += found
        if read and read.rows and table in sheets and sheets[table].rows:
            same = tr("this and {other} are the same table", other=sheets[table].file)
            problems.append(Problem(Place(shown, 1), same, tr("put their rows on one sheet")))
        if read is not None and (read.rows or table not in sheets):
            sheets[table], merged[shown] = replace(read, table=table), len(areas)
    taken = {*titled, *(each.file.partition("[")[2][:-1] for each in sheets.values())}
    others = {t: others.get(t, Sheet(table="", file=t, head=())) for t in opened[0].sheetnames if t not in taken}
    counted_from = 1904 if opened[0].epoch == CALENDAR_MAC_1904 else 1900
    return Pages(sheets=sheets, others=others, counted_from=counted_from, merged=merged)


def _pages(opened: tuple[Workbook, Mapping[str, list[str]]]) -> Iterator[tuple[str, Any, list[str]]]:
    """Yield the title of each sheet, the sheet, and its merged areas."""
    for page in opened[0].worksheets:
        if isinstance(page, ReadOnlyWorksheet):
            yield page.title, page, sorted(opened[1].get(page._worksheet_path, ()))


def _sheet(
    page: Any, table: str, shown: str, headings: Collection[str], problems: Problems, areas: Sequence[str] | None = None
) -> Sheet | None:
    """Return the rows of a sheet, of a delivered one with its merged `areas`; None if it cannot be read."""
    try:
        lines = _lines(page, shown, problems, headings, areas)
        return sheet(table, shown, lines, problems, headings=headings, delivered=areas is not None)
    except Exception as error:
        _refuse(shown, error, problems)
        return None


def _opened(data: bytes, file: str, problems: Problems) -> tuple[Workbook, Mapping[str, list[str]]] | None:
    """Return a workbook that is safe to open, and the merged areas of its parts; no link is followed."""
    try:
        if len(data) > PACKED:
            raise UnsafeError(tr("the workbook is too large: {size:,} bytes", size=len(data)))
        with ZipFile(BytesIO(data)) as archive:
            merged = check_xlsx_parts(archive)
        with warnings.catch_warnings():  # of styles and validations that openpyxl skips
            warnings.simplefilter("ignore")
            return load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False), merged
    except Exception as error:
        _refuse(file, error, problems)
        return None


def _refuse(file: str, error: Exception, problems: Problems) -> None:
    """Add the problem of a workbook that cannot be read: of a damaged one openpyxl raises any kind of exception."""
    unsafe = isinstance(error, UnsafeError)
    what = tr_error(error) if unsafe else tr("the workbook cannot be opened: {error}", error=tr_error(error))
    hint = tr("copy the rows into a new workbook") if unsafe else tr("save it again as .xlsx")
    problems.append(Problem(Place(file), what, hint))


def _lines(
    page: Any, shown: str, problems: Problems, headings: Collection[str], merged: Sequence[str] | None
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with its number, as wide as the head, or wider where a cell beyond it holds something."""
    page.reset_dimensions()  # the size that a sheet declares may be wrong
    rows = page.iter_rows()
    first = list(islice(rows, LOOKED_AT))
    texts = [[str(cell.value or "") for cell in cells] for cells in first]
    heading = heading_row(texts, headings, merged is not None) + 1
    divided = two_rows_of_heading(*texts[heading - 1 : heading + 1]) if texts[heading:] else []
    width = cells_seen = held = 0
    head: list[str] = []
    areas, going_on = _several_rows(merged or ()), dict[int, tuple[int, str]]()
    for number, cells in enumerate(chain(first, rows), 1):
        cells_seen += len(cells)
        if number > LOWEST or cells_seen > WIDE or held > LARGEST:
            raise UnsafeError(tr("the sheet is too large for a table"))
        row = [_text(cell, Place(shown, number, column), problems) for cell, column in _named(cells, head)]
        held += sum(map(len, row))
        if areas and any(row):  # a row that only merged cells run through is none
            _go_down(row, number, areas, going_on)
        row += [""] * (width - len(row))
        while len(row) > width and not row[-1]:
            row.pop()
        if not width and number >= heading:
            width = max([len(row), *(at for at, name in enumerate(divided, 1) if name)])
            row += [""] * (width - len(row))
            head = row
        yield number, row


def _several_rows(areas: Iterable[str]) -> dict[tuple[int, int], int]:
    """Return the last row of each merged area of several rows, by the row and the column of its first cell."""
    bounds = map(range_boundaries, areas)
    return {(top, left): last for left, top, _, last in bounds if left and top and last and last > top}


def _go_down(
    row: list[str], number: int, areas: Mapping[tuple[int, int], int], going_on: dict[int, tuple[int, str]]
) -> None:
    """Write into a row what is merged from above, and note what goes on from it: texts and years, no other number."""
    for column, (last, text) in going_on.items():
        row += [""] * (column - len(row))
        if number <= last and not row[column - 1]:
            row[column - 1] = text
    for column, text in enumerate(row, 1):
        if text and (end := areas.get((number, column), 0)) and (_YEAR.fullmatch(text) or not text.isdecimal()):
            going_on[column] = end, text


def _named(cells: Sequence[Any], head: list[str]) -> Iterator[tuple[Any, str]]:
    for index, cell in enumerate(cells):
        yield cell, head[index] if index < len(head) else get_column_letter(index + 1)


def _text(cell: Any, place: Place, problems: Problems) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        problems.append(Problem(place, tr("this is a formula: '{value}'", value=value), tr("paste its value")))
    elif cell.data_type == "e":
        problems.append(Problem(place, tr("the cell shows the error '{value}'", value=value)))
    elif isinstance(value, str) and len(value) > LONGEST:
        problems.append(too_long(len(value), place))
    else:
        write = next((write for kind, write in _WRITERS if isinstance(value, kind)), None)
        text = write(value, cell.number_format) if write else ""
        if text:
            return text
        if not isinstance(value, str):
            problems.append(
                Problem(
                    place,
                    tr("'{value}' is not a reliable date", value=value),
                    tr("type it as text: 2025-12-31"),
                )
            )
    return ""


def _write_number(value: int | float, _: str) -> str:
    """Write a number without a trailing ".0" or an exponent, to the 15 digits that a spreadsheet shows."""
    text = format(Decimal(f"{value:.15g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _write_date(value: datetime | date, shown_as: str) -> str:
    """Write a date as ISO, only as far as the cell shows it ("Nov-21" is a month); "" for what cannot be trusted."""
    if isinstance(value, datetime):
        if value.time() != value.min.time():
            return ""
        value = value.date()
    if value < EARLIEST:
        return ""
    codes = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", shown_as).lower()
    if "d" in codes or ("m" not in codes and "y" not in codes):
        return value.isoformat()
    return f"{value:%Y-%m}" if "m" in codes else f"{value:%Y}"


_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[..., str]], ...] = (
    (str, lambda value, _: str(value)),
    (bool, lambda value, _: "yes" if value else "no"),
    ((int, float), _write_number),
    (date, _write_date),
)
