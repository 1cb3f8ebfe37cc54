"""Read the sheets of an .xlsx workbook as text, after checking that its parts are safe to open."""

import re
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate, errors
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import XML_FAULTS, tr, tr_error, tr_foreign
from jianbao.data.csv_files import LONGEST, LOOKED_AT, MOST_ROWS, Sheet, heading_row, sheet, too_long

PACKED = 50_000_000  # bytes of the file: a workbook of 100,000 rows has a fifth of it
LARGEST = 400_000_000  # bytes once unpacked: far above any office's workbook, far below a machine's memory
CELLS = {"c", "v", "f", "is", "t", "row", "si", "r"}  # elements of which a large table has many
MOST_CELLS = 8_000_000  # elements of cells: 100,000 rows of 20 columns and as many texts have half of it
MOST_OTHERS = 300_000  # other elements: a workbook of 60,000 styles has them
Headings = Mapping[str, Collection[str]]  # names of columns in small letters, by table
WIDEST = 16_384  # cells in a row, as in a spreadsheet
MERGED = 100  # merged areas that are reported
_BLANK = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"
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


@dataclass(frozen=True)
class Pages:
    """The content of a workbook: its tables by name, its other sheets, and the year from which it counts days."""

    sheets: Mapping[str, Sheet]
    others: tuple[str, ...] = ()
    counted_from: int = 0


def read_workbook(data: bytes, file: str, tables: Headings, problems: Problems) -> Mapping[str, Sheet]:
    """Read the sheets that are named like one of `tables`; other sheets are left alone.

    Formulas, error values, merged cells, and times of day are problems: a table must contain plain values.
    """
    return read_pages(data, file, lambda title: title if title in tables else "", problems, tables).sheets


def read_pages(data: bytes, file: str, table_of: Callable[[str], str], problems: Problems, tables: Headings) -> Pages:
    """Read the sheets whose titles are those of tables by `table_of`, "" for others (see `read_workbook`).

    `tables` has the headings of each table in lower case, by which the heading row is found below a title. Of two
    sheets of a table one must be blank.
    """
    opened = _opened(data, file, problems)
    if opened is None:
        return Pages({})
    workbook, merged = opened
    pages = {page.title: page for page in workbook.worksheets if isinstance(page, ReadOnlyWorksheet)}
    sheets: dict[str, Sheet] = {}
    for title, table in ((each, table_of(each)) for each in pages if table_of(each)):
        shown = f"{file}[{title}]"
        areas = sorted(merged.get(pages[title]._worksheet_path, ()))
        problems.extend(
            Problem(Place(shown), tr("the cells {area} are merged", area=area), tr("unmerge them")) for area in areas
        )
        try:
            lines = _lines(pages[title], shown, problems, tables[table])
            found = sheet(table, shown, lines, problems, tables[table])
            if found.rows and table in sheets and sheets[table].rows:
                what = tr("this and {other} are the same table", other=sheets[table].file)
                problems.append(Problem(Place(shown, 1), what, tr("put their rows on one sheet")))
            if found.rows or table not in sheets:
                sheets[table] = found
        except Exception as error:
            _refuse(shown, error, problems)
    others = tuple(title for title in workbook.sheetnames if not table_of(title))
    return Pages(sheets, others, 1904 if workbook.epoch == CALENDAR_MAC_1904 else 1900)


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


def _lines(page: Any, shown: str, problems: Problems, headings: Collection[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with its number, as wide as the head, or wider where a cell beyond it holds something."""
    page.reset_dimensions()  # the size that a sheet declares may be wrong
    rows = page.iter_rows()
    first = list(islice(rows, LOOKED_AT))
    heading = heading_row(([str(cell.value or "") for cell in cells] for cells in first), headings) + 1
    width = cells_seen = held = 0
    head: list[str] = []
    for number, cells in enumerate(chain(first, rows), 1):
        cells_seen += len(cells)
        if number > LOWEST or cells_seen > WIDE or held > LARGEST:
            raise UnsafeError(tr("the sheet is too large for a table"))
        row = [_text(cell, Place(shown, number, column), problems) for cell, column in _named(cells, head)]
        held += sum(map(len, row))
        row += [""] * (width - len(row))
        while len(row) > width and not row[-1]:
            row.pop()
        if not width and number >= heading:
            head, width = row, len(row)
        yield number, row


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
