"""Reproducible zip files, and CSV whose cells no spreadsheet will run as formulas, of rows or of whole columns."""

import csv
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from itertools import chain
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

COMPRESSED = (".pdf", ".ofd", ".docx", ".xlsx", ".png")  # compressed inside already
_PROPERTIES = "docProps/core.xml"
AT_ONCE = 10_000  # rows of a table that are written by one template
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def write_archive(files: Mapping[str, bytes], day: date) -> bytes:
    """Return a zip archive of the files in the given order, each with the date of the day."""
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        for name, content in files.items():
            entry = ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = ZIP_STORED if name.endswith(COMPRESSED) else ZIP_DEFLATED
            entry.external_attr, entry.create_system = (stat.S_IFREG | 0o644) << 16, 3
            archive.writestr(entry, content, compresslevel=9)
    return written.getvalue()


def archive_date(document: bytes, day: date) -> bytes:
    """Return an office document (.docx, .xlsx) dated to the day, without the time at which it was saved."""
    with ZipFile(BytesIO(document)) as original:
        files = {name: original.read(name) for name in original.namelist()}
    files[_PROPERTIES] = _MODIFIED.sub(rb"\g<1>" + f"{day.isoformat()}T00:00:00Z".encode(), files[_PROPERTIES])
    return write_archive(files, day)


# OWASP, CSV injection: the beginning of a formula in a spreadsheet, also in full-width forms or after blanks.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20].", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
MARK = "'"


def safe_cell(cell: str) -> str:
    """Return a cell that a spreadsheet takes for text: an apostrophe precedes what would begin a formula.

    Plain numbers and a sign alone are unchanged: neither is a formula.
    """
    return MARK + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as CSV (RFC 4180, UTF-8, lines that end with a line feed), each cell by `safe_cell`."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


@dataclass(frozen=True)
class Texts:
    """A column of texts in which each distinct text is stored once: `codes` (rows,) are indices into `values`."""

    values: tuple[str, ...]
    codes: NDArray[np.int64]

    @classmethod
    def of(cls, cells: Sequence[str]) -> "Texts":
        """Return a column with these cells."""
        known = {value: place for place, value in enumerate(dict.fromkeys(cells))}
        return cls(tuple(known), np.array([known[cell] for cell in cells], dtype=np.int64))

    def __len__(self) -> int:
        return len(self.codes)


Column = Texts | NDArray[np.float64] | NDArray[np.int64]
Table = Mapping[str, Column]


def table_rows(table: Table) -> Iterator[dict[str, str | float | int | None]]:
    """Yield the rows of a table by column, a missing number (NaN) as None."""
    listed = {name: list(_cells(column)) for name, column in table.items()}
    for cells in zip(*listed.values(), strict=True):
        yield dict(zip(listed, cells, strict=True))


def _cells(column: Column) -> Iterator[str | float | int | None]:
    if isinstance(column, Texts):
        return (column.values[code] for code in column.codes.tolist())
    return (None if value != value else value for value in column.tolist())


def table_csv(table: Table) -> bytes:
    """Return a table as CSV like `as_csv`: numbers with ten significant digits, a missing one as an empty cell.

    Many rows are written by one template, which takes half the time of writing cell by cell.
    """
    rows = len(next(iter(table.values()), ()))
    quoted = [_csv_texts(column) if isinstance(column, Texts) else () for column in table.values()]
    made = [as_csv([list(table)])]
    for start in range(0, rows, AT_ONCE):
        parts = [_csv_cells(each, texts, start) for each, texts in zip(table.values(), quoted, strict=True)]
        lines = list(zip(*(cells for _, cells in parts), strict=True))
        line = ",".join(form for form, _ in parts) + "\n"
        made.append((line * len(lines) % tuple(chain.from_iterable(lines))).encode())
    return b"".join(made)


def _csv_texts(column: Texts) -> list[str]:
    """Return the distinct texts of a column as cells: each is quoted once."""
    return [as_csv([[value, ""]])[:-2].decode() for value in column.values]


def _csv_cells(column: Column, texts: Sequence[str], start: int) -> tuple[str, Iterable[str | float | int]]:
    """Return how the cells of a column from a row on are written, and the cells; `texts` are those of a text column."""
    if isinstance(column, Texts):
        return "%s", [texts[code] for code in column.codes[start : start + AT_ONCE].tolist()]
    cells = column[start : start + AT_ONCE]
    if cells.dtype == np.int64:
        return "%d", cells.tolist()
    numbers = (cells + 0.0).tolist()  # -0.0 is 0
    if not np.isnan(cells).any():
        return "%.10g", numbers
    return "%s", ["" if value != value else f"{value:.10g}" for value in numbers]
