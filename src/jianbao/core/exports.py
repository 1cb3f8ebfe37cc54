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

PACKED = (".pdf", ".ofd", ".docx", ".xlsx", ".png")  # compressed inside already
_ABOUT = "docProps/core.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def write_archive(files: Mapping[str, bytes], day: date) -> bytes:
    """Return an archive of the files in the order that is given, every one dated to the day."""
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        for name, content in files.items():
            entry = ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = ZIP_STORED if name.endswith(PACKED) else ZIP_DEFLATED
            entry.external_attr, entry.create_system = (stat.S_IFREG | 0o644) << 16, 3
            archive.writestr(entry, content, compresslevel=9)
    return written.getvalue()


def archive_date(document: bytes, day: date) -> bytes:
    """Return an office document (.docx, .xlsx) dated to the day, without the time at which it was saved."""
    with ZipFile(BytesIO(document)) as loose:
        files = {name: loose.read(name) for name in loose.namelist()}
    files[_ABOUT] = _MODIFIED.sub(rb"\g<1>" + f"{day.isoformat()}T00:00:00Z".encode(), files[_ABOUT])
    return write_archive(files, day)


# OWASP, CSV injection: what begins a formula in a spreadsheet, its full-width forms included, blanks before it or not.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20].", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
MARK = "'"


def safe_cell(cell: str) -> str:
    """Return a cell as a spreadsheet takes it for text: an apostrophe before what would begin a formula.

    Plain numbers stay as they are, and so does a lone sign: neither is a formula.
    """
    return MARK + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows of inert cells as CSV after RFC 4180 in UTF-8, lines ended by a line feed."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


@dataclass(frozen=True)
class Texts:
    """A column of texts, each distinct one stored once: `codes` (rows) are indices into `values`."""

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

    A million numbers take a fifth of a second: the signs of all rows are laid side by side as bytes, the gaps closed.
    """
    rows = max(map(len, table.values()), default=0)
    parts = [as_csv([list(table)])]
    texts = {id(each): _laid_out(each.values) for each in table.values() if isinstance(each, Texts)}
    for start in range(0, rows, TOGETHER):
        stop = min(rows, start + TOGETHER)
        laid = {  # a table may have the same column twice
            key: texts[key][each.codes[start:stop]] if isinstance(each, Texts) else _signs(each[start:stop])
            for key, each in {id(each): each for each in table.values()}.items()
        }
        signs = [laid[id(each)] for each in table.values()]
        ends = np.cumsum([each.shape[1] + 1 for each in signs])
        line = np.empty((len(signs[0]), ends[-1]), dtype=np.uint8)
        for each, end in zip(signs, ends, strict=True):
            line[:, end - 1 - each.shape[1] : end - 1] = each
        line[:, ends - 1] = ord(",")
        line[:, -1] = ord("\n")
        parts.append(line.tobytes().translate(None, b"\0"))
    return b"".join(parts)


Signs = NDArray[np.uint8]  # (rows, width); 0 where there is none
TOGETHER = 20_000  # rows whose signs are laid out at a time
HALF = 100_000  # five of the ten digits of a number
WIDTH = 16  # signs of a number without its sign: digits, a point, and up to four zeros before them
LEAST, MOST = -4, 9  # the powers of ten between which a number is written without an exponent


def _laid_out(values: Sequence[str]) -> Signs:
    """Return texts as cells of a CSV."""
    whole = np.array([as_csv([[value, ""]])[:-2] for value in values], dtype=bytes)
    return whole.view(np.uint8).reshape(len(values), whole.dtype.itemsize)


def _signs(values: NDArray[np.float64] | NDArray[np.int64]) -> Signs:
    """Return numbers as bytes in no more columns than they fill."""
    if values.dtype == np.int64 and np.ptp(values) < TOGETHER:  # counts: few different ones
        least = int(values.min())
        return _laid_out([str(number) for number in range(least, int(values.max()) + 1)])[values - least]
    signs = _number_signs(values)
    stop = next((column for column in range(WIDTH, -1, -1) if signs[:, column].any()), -1) + 1
    return signs[:, (0 if stop and signs[:, 0].any() else 1) : stop]


def _number_signs(values: NDArray[np.float64] | NDArray[np.int64]) -> Signs:
    """Return numbers as Python's format "{:.10g}" writes them, NaN as nothing."""
    signs, size = np.zeros((len(values), 1 + WIDTH), dtype=np.uint8), np.abs(values)
    plain = (size >= 10.0**LEAST) & (size < 10.0**MOST)
    kept = np.where(plain, size, 1.0)
    power = np.floor(np.log10(kept)).astype(np.int64)
    whole = np.rint(kept * _POWERS[MOST - power])
    over = whole >= HALF * HALF  # 9.99999999999 is 10; the logarithm of a power of ten may be a little low
    power[over], whole[over] = power[over] + 1, np.rint(whole[over] / 10.0)
    cells = signs.view(np.dtype((np.void, 1 + WIDTH)))[:, 0]
    for each in range(int(power.min(initial=0)), int(power.max(initial=0)) + 1):
        rows = np.flatnonzero(plain & (power == each))
        cells[rows] = _decimal(whole[rows], each).view(cells.dtype)[:, 0]
    signs[plain & (values < 0), 0] = ord("-")
    signs[size == 0, 0] = ord("0")
    for row in np.flatnonzero(~plain & (size > 0)):
        written = f"{values[row]:.10g}".encode()
        signs[row, : len(written)] = np.frombuffer(written, dtype=np.uint8)
    return signs


_POWERS = 10.0 ** np.arange(MOST - LEAST + 1)


def _decimal(whole: NDArray[np.float64], power: int) -> Signs:
    """Return ten digits as bytes, the first one's place being a power of ten, with a point but no zeros at the end."""
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
    """Return the five digits of every number below 100,000 as bytes, first without zeros at the end, then with them."""
    digits = (np.arange(HALF)[:, None] // 10 ** np.arange(4, -1, -1) % 10 + ord("0")).astype(np.uint8)
    zeros = np.minimum.accumulate((digits == ord("0"))[:, ::-1], axis=1)[:, ::-1]
    return np.concatenate([np.where(zeros, np.uint8(0), digits), digits]).view(np.dtype((np.void, 5)))[:, 0]
