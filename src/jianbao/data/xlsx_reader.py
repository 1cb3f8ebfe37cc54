"""Read the sheets of an .xlsx workbook as text, after checking that its parts are safe to open."""

import re
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from itertools import chain, islice, repeat
from typing import Any
from zipfile import ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.limits import LARGEST_WORKBOOK, UnsafeError, check_xlsx_parts
from jianbao.core.messages import tr, tr_error, tr_later, tr_list
from jianbao.data.csv_files import (
    LOOKED_AT,
    MAX_CELL_CHARACTERS,
    MOST_ROWS,
    UNNAMED,
    Sheet,
    heading_row,
    named_columns,
    sheet,
    too_long,
    two_rows_of_heading,
)

PACKED = 50_000_000  # bytes of the file: a workbook of 100,000 rows has a fifth of it
Headings = Mapping[str, Collection[str]]  # names of columns in small letters, by table
_YEAR = re.compile(r"(?:19|20)\d\d")
FORMULA = tr_later("this is a formula: '{value}'")
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


def with_sources_of_sheets(pages: Pages, titled: Collection[str], cited: Sequence[str], notes: Problems) -> Pages:
    """Write above the rows of each sheet its source from a sheet of sources, and note that.

    A sheet of sources has a column of sheet titles (headed by one of `titled`) and one of sources (one of `cited`).
    """
    found, others = dict[str, str](), dict(pages.others)
    for name, page in pages.others.items():
        heads = [head.lower() for head in page.head]
        at, source = (next((heads.index(word) for word in known if word in heads), -1) for known in (titled, cited))
        texts = {row[at]: row[source] for row in page.rows if min(at, source) >= 0 and row[at] and row[source]}
        own = {
            title: text for title, text in texts.items() if any(_titled(each, title) for each in pages.sheets.values())
        }
        if own:
            what = tr("the sources of other sheets are read from this one: {names}", names=tr_list(own))
            notes.append(Problem(Place(page.file, page.heading), what))
            others.pop(name)
        found |= own
    sheets = dict(pages.sheets)
    for name, page in pages.sheets.items():
        text = next((text for title, text in found.items() if _titled(page, title)), "")
        line = {page.heading: f"{cited[0]}：{text}"} if text else {}
        sheets[name] = replace(page, above={**page.above, **line})
    return replace(pages, sheets=sheets, others=others)


def _titled(sheet: Sheet, title: str) -> bool:
    return sheet.file.endswith(f"[{title}]")


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
    """Read a delivered workbook: the sheets that `table_of` maps to a table ("" for other sheets).

    `table_of` gets the title of a sheet, and its heading if the title names no table; `tables` has headings as
    for `read_workbook`. Merged cells are read as the first one, in each of their rows, and formulas as their stored
    value; a formula without one is a problem. Of two sheets of one table, one must be blank.
    """
    opened = _opened(data, file, problems)
    if opened is None:
        return Pages(sheets={})
    pages = {title: (page, areas) for title, page, areas in _pages(opened)}
    computed = _computed(data)
    sheets, merged = dict[str, Sheet](), dict[str, int]()
    titled, others = {title: table for title in pages if (table := table_of(title, ()))}, dict[str, Sheet]()
    every = frozenset(word for words in tables.values() for word in words)
    for title in sorted(pages, key=lambda each: each not in titled):
        (page, areas), shown, table = pages[title], f"{file}[{title}]", titled.get(title, "")
        found: Problems = []
        values = computed.get(title)
        read = _sheet(page, table, shown, tables.get(table, every), problems=found, areas=areas, computed=values)
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
    page: Any,
    table: str,
    shown: str,
    headings: Collection[str],
    problems: Problems,
    areas: Sequence[str] | None = None,
    computed: Any = None,
) -> Sheet | None:
    """Return the rows of a sheet, of a delivered one with its merged `areas`; None if it cannot be read.

    `computed` is the same sheet with values for formulas.
    """
    try:
        lines = _lines(page, shown, problems, headings, merged=areas, computed=computed)
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
            merged = check_xlsx_parts(archive, MOST_ROWS)
        with warnings.catch_warnings():  # warnings about styles and validations that openpyxl skips
            warnings.simplefilter("ignore")
            return load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False), merged
    except Exception as error:
        _refuse(file, error, problems)
        return None


def _computed(data: bytes) -> Mapping[str, Any]:
    """Return the sheets of a workbook, which is safe to open, with values for formulas; nothing without formulas."""
    with ZipFile(BytesIO(data)) as archive:
        parts = (name for name in archive.namelist() if name.startswith("xl/worksheets/"))
        if not any(b"<f" in archive.read(name) for name in parts):
            return {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    return {page.title: page for page in book.worksheets if isinstance(page, ReadOnlyWorksheet)}


def _refuse(file: str, error: Exception, problems: Problems) -> None:
    """Add the problem of a workbook that cannot be read: for a damaged one, openpyxl raises any kind of exception."""
    unsafe = isinstance(error, UnsafeError)
    what = tr_error(error) if unsafe else tr("the workbook cannot be opened: {error}", error=tr_error(error))
    hint = tr("copy the rows into a new workbook") if unsafe else tr("save it again as .xlsx")
    problems.append(Problem(Place(file), what, hint))


def _lines(
    page: Any,
    shown: str,
    problems: Problems,
    headings: Collection[str],
    merged: Sequence[str] | None,
    computed: Any = None,
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
    if computed is not None:
        computed.reset_dimensions()
    values = repeat(()) if computed is None else computed.iter_rows()
    for number, (cells, known) in enumerate(zip(chain(first, rows), values, strict=False), 1):
        cells_seen += len(cells)
        if number > LOWEST or cells_seen > WIDE or held > LARGEST_WORKBOOK:
            raise UnsafeError(tr("the sheet is too large for a table"))
        row = [
            _text(cell, Place(shown, number, column), problems, known[at].value if at < len(known) else None)
            for at, (cell, column) in enumerate(_named(cells, head))
        ]
        held += sum(map(len, row))
        if areas and any(row):  # a row with only merged cells is not a row
            _go_down(row, number, areas, going_on)
        row += [""] * (width - len(row))
        while len(row) > width and not row[-1]:
            row.pop()
        if not width and number >= heading:
            width = max([len(row), *(at for at, name in enumerate(divided, 1) if name)])
            row += [""] * (width - len(row))
            names = named_columns(divided or row) if merged is not None else row
            head = ["" if name.startswith(UNNAMED) else name for name in names]
        yield number, row


def _several_rows(areas: Iterable[str]) -> dict[tuple[int, int], int]:
    """Return the last row of each merged area of several rows, by the row and the column of its first cell."""
    bounds = map(range_boundaries, areas)
    return {(top, left): last for left, top, _, last in bounds if left and top and last and last > top}


def _go_down(
    row: list[str], number: int, areas: Mapping[tuple[int, int], int], going_on: dict[int, tuple[int, str]]
) -> None:
    """Fill a row from merged cells above, and note those that continue below it: only texts and years."""
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


def _text(cell: Any, place: Place, problems: Problems, computed: Any = None) -> str:
    """Return the text of a cell; for a formula, of its `computed` value."""
    formula = cell.data_type == "f"
    value = computed if formula and computed is not None and computed not in ERROR_CODES else cell.value
    if value is None:
        return ""
    if formula and value is cell.value:
        problems.append(Problem(place, tr(FORMULA, value=value), tr("paste its value")))
    elif cell.data_type == "e":
        hint = tr("mend its formula in the workbook, or write the value itself")
        problems.append(Problem(place, tr("the cell shows the error '{value}'", value=value), hint))
    elif isinstance(value, str) and len(value) > MAX_CELL_CHARACTERS:
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
    """Write a date as ISO, only as far as the cell shows it ("Nov-21" is a month); "" for an unreliable date."""
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
