"""Write reproducible zip files, and CSV whose cells no spreadsheet runs as formulas, by rows or by columns."""

import csv
import re
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

COMPRESSED_SUFFIXES = (".pdf", ".ofd", ".docx", ".xlsx", ".png")  # compressed inside already
BEST_COMPRESSION = 9  # the level of zlib that makes the smallest files and takes longest
_PROPERTIES = "docProps/core.xml"
WORDS_AT_ONCE = 200_000  # words of eight bytes that are written together
LONG_TEXT = 1_000  # bytes; a table with a longer text is written cell by cell
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


def write_archive(files: Mapping[str, bytes], day: date, level: int = BEST_COMPRESSION) -> bytes:
    """Return a zip archive of the files in the given order, each with the date of the day, compressed to a level."""
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        for name, content in files.items():
            entry = ZipInfo(name, (day.year, day.month, day.day, 0, 0, 0))
            entry.compress_type = ZIP_STORED if name.endswith(COMPRESSED_SUFFIXES) else ZIP_DEFLATED
            entry.external_attr, entry.create_system = (stat.S_IFREG | 0o644) << 16, 3
            archive.writestr(entry, content, compresslevel=level)
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
TEXT_MARK = "'"  # before a cell, it makes a spreadsheet take what follows for text


def safe_cell(cell: str) -> str:
    """Return a cell that a spreadsheet takes for text, with an apostrophe before the beginning of a formula.

    Plain numbers and a sign alone are unchanged: neither is a formula.
    """
    return TEXT_MARK + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows as CSV (RFC 4180, UTF-8, lines that end with a line feed), each cell by `safe_cell`."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


# A league has millions of numbers. Written one by one they take longer than to be scored without draws, so columns are
# written whole. A cell is a row of words of eight bytes: text, filled up with PAD, a byte that no UTF-8 text has. A
# number is put together from a table with the text of each group of five digits. PAD is taken out last.
Words = NDArray[np.uint64]  # (cells, words)
Floats = NDArray[np.float64]

PAD, WORD = b"\xff", 8
GROUP, DIGITS, DECIMALS = 5, 10, 15  # digits in a word; that are significant; after the point, in three words
PLAIN_FROM, PLAIN_BELOW = 1e-4, 10.0**DIGITS  # between these `%.10g` writes no exponent
NEAR_TIE = 1e-5  # closer to a half than this, Python decides how to round: ten times the error of scaling to ten digits
BASE = 10**GROUP
POWERS = 10.0 ** np.arange(DECIMALS + 1)
ALL_ZEROS, NO_END_ZEROS, NO_START_ZEROS = 0, BASE, 2 * BASE  # where the three parts of the table of groups begin


def _word(text: bytes) -> np.uint64:
    return np.uint64(int.from_bytes(text, sys.byteorder))


# `&` puts each of these into a word that has PAD there.
MINUS, POINT = _word(b"-" + PAD * 7), _word(b"." + PAD * 7)
COMMA, LINE_END = _word(PAD * 7 + b","), _word(PAD * 7 + b"\n")
EMPTY = _word(PAD * WORD)


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

    Many rows are written at once, which takes a quarter of the time of writing cell by cell.
    """
    rows = len(next(iter(table.values()), ()))
    quoted = {name: _quoted(column) for name, column in table.items() if isinstance(column, Texts)}
    head = as_csv([list(table)])
    if any(len(text) > LONG_TEXT for texts in quoted.values() for text in texts):
        return head + _by_cell(table, quoted)
    texts = {name: _text_cells(each) for name, each in quoted.items()}
    size = max(1, WORDS_AT_ONCE // max(1, sum(each.shape[1] for each in texts.values()) + len(table)))
    groups = _digit_groups()
    parts = (_part(table, texts, groups, slice(start, start + size)) for start in range(0, rows, size))
    return b"".join((head, *parts))


def _quoted(column: Texts) -> list[bytes]:
    """Return the distinct texts of a column as they are written: each is quoted once."""
    return [as_csv([[value, ""]])[:-2] for value in column.values]


def _part(table: Table, texts: Mapping[str, Words], groups: Words, rows: slice) -> bytes:
    """Return some rows of a table as lines; a column that occurs twice is made once."""
    written: dict[int, Words] = {}
    for name, column in table.items():
        if isinstance(column, Texts):
            written[id(column)] = texts[name][column.codes[rows]]
        elif id(column) not in written:
            written[id(column)] = _number_cells(column[rows], groups)
    return _joined([written[id(column)] for column in table.values()])


def _by_cell(table: Table, quoted: Mapping[str, Sequence[bytes]]) -> bytes:
    """Return the rows of a table cell by cell: with a long text, `_part` would pad every cell to its width."""
    groups = _digit_groups()
    columns = [
        [quoted[name][code] for code in column.codes.tolist()]
        if isinstance(column, Texts)
        else _joined([_number_cells(column, groups)]).splitlines()
        for name, column in table.items()
    ]
    return b"".join(b",".join(cells) + b"\n" for cells in zip(*columns, strict=True))


def _digit_groups() -> Words:
    """Return words with 0 to 99,999 from the second byte on: with all zeros, without those at the end or the start.

    Without zeros at the end, 0 is empty; without those at the start, it keeps its last one.
    """
    digits = np.arange(BASE)[:, None] // 10 ** np.arange(GROUP)[::-1] % 10
    ended = np.logical_and.accumulate(digits[:, ::-1] == 0, axis=1)[:, ::-1]
    begun = np.logical_and.accumulate(digits == 0, axis=1)
    begun[0, -1] = False
    made = np.full((3, BASE, WORD), PAD[0], dtype=np.uint8)
    for kind, left_out in enumerate((np.zeros_like(ended), ended, begun)):
        made[kind, :, 1 : 1 + GROUP] = np.where(left_out, PAD[0], digits + ord("0"))
    return made.view(np.uint64).ravel()


def _number_cells(numbers: Floats | NDArray[np.int64], groups: Words) -> Words:
    """Return numbers as cells (numbers, words): whole ones (int64) in full, others with ten significant digits.

    A missing number (NaN) is an empty cell, and -0.0 is 0. `groups` are those of `_digit_groups`.
    """
    size = np.abs(numbers.astype(np.float64))
    plain = ((size >= PLAIN_FROM) & (size < PLAIN_BELOW)) | (size == 0.0)
    whole, decimals, sure = _rounded(np.where(plain, size, 0.0))
    words = [*_before_point(whole, groups), *_after_point(decimals, groups)]
    words[0] = np.where(numbers < 0, words[0] & MINUS, words[0])
    cells = np.stack(words, axis=1)
    cells[np.isnan(size)] = EMPTY
    others = np.flatnonzero(~(plain & sure | np.isnan(size)))
    return _replaced(cells, others, numbers[others].tolist()) if len(others) else cells


def _rounded(size: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return the part before the point, that after it in units of the last decimal, and whether rounding is sure."""
    with np.errstate(divide="ignore"):
        place = DIGITS - 1 - np.clip(np.floor(np.log10(size)), -GROUP, DIGITS - 1).astype(np.int64)
    scaled = size * POWERS[place]
    rounded = np.rint(scaled)
    whole = np.floor(rounded / POWERS[place])
    decimals = (rounded - whole * POWERS[place]) * POWERS[DECIMALS - place]
    return whole, decimals, (np.abs(scaled - rounded) < 0.5 - NEAR_TIE) & (whole < PLAIN_BELOW)


def _before_point(whole: Floats, groups: Words) -> list[Words]:
    """Return the words (see `_digit_groups`) of whole numbers: one each if all have at most five digits, else two."""
    upper, lower = _split(np.minimum(whole, PLAIN_BELOW - 1))
    if not upper.any():
        return [groups[lower + NO_START_ZEROS]]
    first = np.where(upper > 0, groups[upper + NO_START_ZEROS], EMPTY)
    return [first, groups[np.where(upper > 0, lower, lower + NO_START_ZEROS)]]


def _after_point(decimals: Floats, groups: Words) -> list[Words]:
    """Return the words of decimals with the point before them: as many as the longest needs."""
    upper, third = _split(decimals)
    first, second = _split(upper.astype(np.float64))
    words = [np.where(decimals > 0, groups[np.where(second + third > 0, first, first + NO_END_ZEROS)] & POINT, EMPTY)]
    words.append(groups[np.where(third > 0, second, second + NO_END_ZEROS)])
    words.append(groups[third + NO_END_ZEROS])
    return words[: 3 if third.any() else 2 if second.any() else 1 if first.any() else 0]


def _split(numbers: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split whole numbers below 1e15: return the digits before the last five, and the last five, as numbers."""
    upper = np.floor(numbers / BASE)
    return upper.astype(np.int64), (numbers - upper * BASE).astype(np.int64)


def _replaced(cells: Words, rows: NDArray[np.int64], numbers: Sequence[float]) -> Words:
    """Return cells with some rows written by Python."""
    written = _text_cells([(str(n) if isinstance(n, int) else f"{n:.10g}").encode() for n in numbers])
    wide = np.full((len(cells), max(cells.shape[1], written.shape[1])), EMPTY)
    wide[:, : cells.shape[1]] = cells
    wide[rows] = EMPTY
    wide[rows, : written.shape[1]] = written
    return wide


def _text_cells(texts: Sequence[bytes]) -> Words:
    """Return texts as cells (texts, words) of the longest one's width, with room for a byte at the end."""
    width = (max(map(len, texts), default=0) // WORD + 1) * WORD
    padded = b"".join(text.ljust(width, PAD) for text in texts)
    return np.frombuffer(padded, dtype=np.uint64).reshape(len(texts), width // WORD)


def _joined(cells: Sequence[Words]) -> bytes:
    """Return columns of cells as lines, with commas between the cells."""
    lines = np.concatenate(cells, axis=1)
    ends = np.cumsum([each.shape[1] for each in cells]) - 1
    lines[:, ends[:-1]] &= COMMA
    lines[:, -1] &= LINE_END
    return lines.tobytes().translate(None, PAD)
