"""Workbooks: the same tables as sheets of one .xlsx file, each cell as a CSV would write it."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.worksheet import Worksheet

from jianbao.documents import Problems
from jianbao.errors import Place, Problem
from jianbao.evidence.sheets import Sheet, sheet

LARGEST = 400_000_000  # bytes once unpacked: far above any office's workbook, far below what stops a machine
# Spreadsheets count a 29 February 1900 that never was: earlier dates are a day out, and are mostly numbers by mistake.
EARLIEST = date(1900, 3, 1)


@dataclass(frozen=True)
class Pages:
    """What a workbook holds: its tables by name, the sheets that are none, and whether it counts days from 1904."""

    sheets: Mapping[str, Sheet]
    others: tuple[str, ...] = ()
    from_1904: bool = False


def read_workbook(data: bytes, file: str, tables: Iterable[str], problems: Problems) -> Mapping[str, Sheet]:
    """Read the sheets that are named like one of `tables`; other sheets are left alone.

    Formulas, error values, merged cells, and times of day are problems: a table holds what is so, cell by cell.
    """
    return read_pages(data, file, {name: name for name in tables}, problems).sheets


def read_pages(data: bytes, file: str, titles: Mapping[str, str], problems: Problems) -> Pages:
    """Read the sheets whose titles stand in `titles`, each as the table that is named there (see `read_workbook`)."""
    workbook = _opened(data, file, problems)
    if workbook is None:
        return Pages({})
    wanted = [title for title in titles if title in workbook.sheetnames and _is_table(workbook[title])]
    sheets = {titles[title]: _sheet(workbook[title], titles[title], f"{file}[{title}]", problems) for title in wanted}
    others = tuple(title for title in workbook.sheetnames if title not in titles)
    return Pages(sheets, others, workbook.epoch == CALENDAR_MAC_1904)


def _opened(data: bytes, file: str, problems: Problems) -> Workbook | None:
    try:
        with ZipFile(BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > LARGEST:
            problems.append(Problem(Place(file), f"the workbook is too large: {size:,} bytes once unpacked"))
            return None
        with warnings.catch_warnings():  # of styles and validations that it leaves out, which no table needs
            warnings.simplefilter("ignore")
            return load_workbook(BytesIO(data), data_only=False, keep_links=False)
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        problems.append(Problem(Place(file), f"the workbook cannot be opened: {error}", "save it again as .xlsx"))
        return None


def _is_table(page: object) -> bool:
    return isinstance(page, Worksheet)  # a sheet may also be a chart


def _sheet(page: Worksheet, name: str, shown: str, problems: Problems) -> Sheet:
    merged = [str(area) for area in page.merged_cells.ranges]
    problems.extend(Problem(Place(shown), f"the cells {area} are merged", "unmerge them") for area in sorted(merged))
    return sheet(name, shown, _lines(page, shown, problems), problems)


def _lines(page: Worksheet, shown: str, problems: Problems) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with its number, as wide as the head, or wider where a cell beyond it holds something."""
    width = 0
    head: list[str] = []
    for number, cells in enumerate(page.iter_rows(), 1):
        row = [_text(cell, Place(shown, number, column), problems) for cell, column in _named(cells, head)]
        while len(row) > width and not row[-1]:
            row.pop()
        if not width:
            head, width = row, len(row)
        yield number, row


def _named(cells: Iterable[Cell], head: list[str]) -> Iterator[tuple[Cell, str]]:
    for index, cell in enumerate(cells):
        yield cell, head[index] if index < len(head) else cell.column_letter


def _text(cell: Cell, place: Place, problems: Problems) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        problems.append(Problem(place, f"a formula stands here: '{value}'", "paste its value"))
    elif cell.data_type == "e":
        problems.append(Problem(place, f"the cell shows the error '{value}'"))
    else:
        write = next((write for kind, write in _WRITERS if isinstance(value, kind)), None)
        text = write(value, cell.number_format) if write else ""
        if text:
            return text
        if not isinstance(value, str):
            problems.append(Problem(place, f"'{value}' is no date that can be trusted", "type it as text: 2025-12-31"))
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
