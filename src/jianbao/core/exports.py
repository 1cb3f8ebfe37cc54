"""Reproducible zip files, and CSV whose cells no spreadsheet will run as formulas, of rows or of whole columns."""

import csv
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

COMPRESSED = (".pdf", ".ofd", ".docx", ".xlsx", ".png")  # compressed inside already
_PROPERTIES = "docProps/core.xml"
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

    Cells are written as arrays of bytes, padded with NUL to the same width, joined column by column, and the NULs are
    deleted. So a million numbers take a fifth of a second.
    """
    rows = max(map(len, table.values()), default=0)
    parts = [as_csv([list(table)])]
    texts = {id(each): _text_cells(each.values) for each in table.values() if isinstance(each, Texts)}
    for start in range(0, rows, BATCH):
        stop = min(rows, start + BATCH)
        columns = {  # a table may have the same column twice
            key: texts[key][each.codes[start:stop]] if isinstance(each, Texts) else _number_cells(each[start:stop])
            for key, each in {id(each): each for each in table.values()}.items()
        }
        characters = [columns[id(each)] for each in table.values()]
        ends = np.cumsum([each.shape[1] + 1 for each in characters])
        line = np.empty((len(characters[0]), ends[-1]), dtype=np.uint8)
        for each, end in zip(characters, ends, strict=True):
            line[:, end - 1 - each.shape[1] : end - 1] = each
        line[:, ends - 1] = ord(",")
        line[:, -1] = ord("\n")
        parts.append(line.tobytes().translate(None, b"\0"))
    return b"".join(parts)


Characters = NDArray[np.uint8]  # (rows, width); NUL where there is none
BATCH = 20_000  # rows that are written at a time
HALF = 100_000  # 10 ** 5: the ten digits of a number are looked up in two halves of five
WIDTH = 16  # characters of a number without its sign: digits, a point, and up to four zeros before them
LEAST, MOST = -4, 9  # powers of ten of the first digit, between which a number is written without an exponent


def _text_cells(values: Sequence[str]) -> Characters:
    """Return texts as CSV cells, shape (values, width of the longest)."""
    whole = np.array([as_csv([[value, ""]])[:-2] for value in values], dtype=bytes)
    return whole.view(np.uint8).reshape(len(values), whole.dtype.itemsize)


def _number_cells(values: NDArray[np.float64] | NDArray[np.int64]) -> Characters:
    """Return numbers as characters, without columns that are empty in all rows at the left and right end."""
    if values.dtype == np.int64 and np.ptp(values) < BATCH:  # counts: few different values, each written once
        least = int(values.min())
        return _text_cells([str(number) for number in range(least, int(values.max()) + 1)])[values - least]
    characters = _number_characters(values)
    stop = next((column for column in range(WIDTH, -1, -1) if characters[:, column].any()), -1) + 1
    return characters[:, (0 if stop and characters[:, 0].any() else 1) : stop]


def _number_characters(values: NDArray[np.float64] | NDArray[np.int64]) -> Characters:
    """Return numbers as Python's format "{:.10g}" writes them, NaN as nothing, shape (rows, 1 + WIDTH)."""
    characters, size = np.zeros((len(values), 1 + WIDTH), dtype=np.uint8), np.abs(values)
    plain = (size >= 10.0**LEAST) & (size < 10.0**MOST)
    kept = np.where(plain, size, 1.0)
    power = np.floor(np.log10(kept)).astype(np.int64)
    whole = np.rint(kept * _POWERS[MOST - power])
    over = whole >= HALF * HALF  # 9.99999999999 is 10; the logarithm of a power of ten may be a little low
    power[over], whole[over] = power[over] + 1, np.rint(whole[over] / 10.0)
    cells = characters.view(np.dtype((np.void, 1 + WIDTH)))[:, 0]
    for each in range(int(power.min(initial=0)), int(power.max(initial=0)) + 1):
        rows = np.flatnonzero(plain & (power == each))
        cells[rows] = _decimal(whole[rows], each).view(cells.dtype)[:, 0]
    characters[plain & (values < 0), 0] = ord("-")
    characters[size == 0, 0] = ord("0")
    for row in np.flatnonzero(~plain & (size > 0)):
        written = f"{values[row]:.10g}".encode()
        characters[row, : len(written)] = np.frombuffer(written, dtype=np.uint8)
    return characters


_POWERS = 10.0 ** np.arange(MOST - LEAST + 1)


def _decimal(whole: NDArray[np.float64], power: int) -> Characters:
    """Return numbers of ten digits as characters, with a point but without trailing zeros, shape (rows, 1 + WIDTH).

    `whole` are the ten digits as whole numbers; the first digit counts 10 ** `power`.
    """
    halves, first = _five_digits(), np.floor(whole / HALF)
    last = whole - first * HALF
    first[last != 0] += HALF
    shown = halves[np.stack([first, last], axis=1).astype(np.int64)].view(np.uint8)
    made, before = np.zeros((len(whole), 1 + WIDTH), dtype=np.uint8), max(power + 1, 0)
    if before:
        made[:, 1 : before + 1] = np.maximum(shown[:, :before], ord("0"))
        made[:, before + 2 : 12] = shown[:, before:]
        if before < shown.shape[1]:
            made[:, before + 1] = np.where(shown[:, before] == 0, 0, ord("."))
    else:
        made[:, 1 : 2 - power] = np.frombuffer(b"0." + b"0" * (-power - 1), dtype=np.uint8)
        made[:, 2 - power : 12 - power] = shown
    return made


@cache
def _five_digits() -> NDArray[np.void]:
    """Return the five digits of every number below 100,000: first without trailing zeros, then with them."""
    digits = (np.arange(HALF)[:, None] // 10 ** np.arange(4, -1, -1) % 10 + ord("0")).astype(np.uint8)
    zeros = np.minimum.accumulate((digits == ord("0"))[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([np.where(zeros, np.uint8(0), digits), digits]).view(np.dtype((np.void, 5)))[:, 0]
