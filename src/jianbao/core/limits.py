"""Limit untrusted files: the unpacked size of archives, XML without entities, workbooks, processes with limits."""

import os
import resource
import subprocess
import sys
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from xml.etree import ElementTree
from xml.parsers.expat import ExpatError, ParserCreate, errors
from zipfile import BadZipFile, ZipFile, ZipInfo

from jianbao.core.messages import XML_FAULTS, tr, tr_foreign

SUCCESS_MARK = b"whole\n"  # the output of a process that ended normally begins with this

MOST_FILES = 10_000
LARGEST_FILE = 500_000_000  # bytes, unpacked
LARGEST_WHOLE = 2_000_000_000
LARGEST_RATIO = 200  # unpacked to packed size, for files above SMALL_FILE
SMALL_FILE = 10_000_000  # bytes, unpacked: up to this size, no compression ratio is suspicious


def is_too_large(entries: Sequence[ZipInfo]) -> bool:
    """Return whether an archive of these entries has too many files or would unpack to too much."""
    return len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > LARGEST_WHOLE


def is_zip_bomb(entry: ZipInfo) -> bool:
    """Return whether a file of an archive would unpack to too much, or has an implausible compression ratio."""
    bloated = entry.file_size > SMALL_FILE and entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1)
    return entry.file_size > LARGEST_FILE or bloated


class UnreadableError(ValueError):
    """An archive is damaged or encrypted, or would unpack to too much."""


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive by their names; raises UnreadableError, whose text is "large" or "damaged"."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            if is_too_large(entries) or any(map(is_zip_bomb, entries)):
                raise UnreadableError("large")
            return {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UnreadableError("damaged") from error


def as_xml(content: bytes) -> ElementTree.Element | None:
    """Return the root of an XML document; None for one that is damaged or declares entities."""
    if b"<!ENTITY" in content or b"<\0!\0E\0N\0T" in content:
        return None
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def local(tag: object) -> str:
    """Return the name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: ElementTree.Element | None, name: str) -> str:
    """Return the value of an attribute by its name without namespace; "" if there is none."""
    items = element.attrib.items() if element is not None else ()
    return next((value for key, value in items if local(key) == name), "")


def child(element: ElementTree.Element | None, *names: str) -> ElementTree.Element | None:
    """Return the descendant of an element at a path of names without namespaces, None if there is none."""
    for name in names:
        element = next((each for each in element if local(each.tag) == name), None) if element is not None else None
    return element


def run_limited(function: str, content: bytes, seconds: int, memory: int) -> bytes | None:
    """Return the result of a function ("package.module:name") for some bytes; None if it crashed or broke its limits.

    `seconds` limits the processor time and the time by the clock, `memory` the bytes of memory. Raises TimeoutError if
    the time by the clock ran out.
    """
    # Without -P, Python would also import modules from the current folder.
    command = [sys.executable, "-P", "-m", __name__, function, str(seconds), str(memory)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    return done.stdout.removeprefix(SUCCESS_MARK) if done.stdout.startswith(SUCCESS_MARK) else None


def main(function: str, seconds: str, memory: str) -> None:
    """Set the limits, call the function with the standard input, and write its result to standard output."""
    limits = (resource.RLIMIT_AS, int(memory)), (resource.RLIMIT_CPU, int(seconds)), (resource.RLIMIT_CORE, 0)
    for kind, most in limits:
        with suppress(ValueError, OSError):  # the system lacks this limit, or has a lower one
            resource.setrlimit(kind, (most, most))
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # output of a library must not get into the result
        module, _, name = function.partition(":")
        out.write(SUCCESS_MARK + getattr(import_module(module), name)(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main(*sys.argv[1:])


LARGEST_WORKBOOK = 400_000_000  # bytes once unpacked: far above any office's workbook, far below a machine's memory
CELLS = {"c", "v", "f", "is", "t", "row", "si", "r"}  # elements of which a large table has many
MOST_CELLS = 8_000_000  # elements of cells: 100,000 rows of 20 columns and as many texts have half this number
MOST_OTHERS = 300_000  # other elements: a workbook of 60,000 styles has this many
WIDEST = 16_384  # cells in a row, as in a spreadsheet
MERGED = 100  # merged areas that are reported
_BLANK = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"
_EBCDIC = b"Lo\xa7\x94"  # "<?xm" in EBCDIC, which a parser may accept


class UnsafeError(ValueError):
    """A workbook that is not safe to open."""


@dataclass(kw_only=True)
class _Count:
    """The counts so far; `row` and `column` are those of the last cell that gives its address."""

    cells: int = 0
    others: int = 0
    in_row: int = 0
    row: int = 0
    column: tuple[int, str] = (0, "")
    merged: dict[str, list[str]] = field(default_factory=dict)


def check_xlsx_parts(archive: ZipFile, most_rows: int) -> Mapping[str, list[str]]:
    """Check every part of a workbook and return the merged areas of each.

    Raises UnsafeError for a part that is too large or declares a DOCTYPE, ValueError for one that is not XML.
    """
    size = sum(item.file_size for item in archive.infolist())
    if size > LARGEST_WORKBOOK:
        raise UnsafeError(tr("the workbook is too large: {size:,} bytes once unpacked", size=size))
    count = _Count()
    for name in archive.namelist():
        part = archive.read(name)
        if part[:64].lstrip(_BLANK).startswith((b"<", _EBCDIC)):
            _look(part, name, count, most_rows)
    return count.merged


def _look(part: bytes, name: str, count: _Count, most_rows: int) -> None:
    rows = part.count(b"<row ")  # counted before the slow parser begins
    if rows > most_rows:
        raise UnsafeError(tr("{name} has {rows:,} rows; {most:,} are the most", name=name, rows=rows, most=most_rows))
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
