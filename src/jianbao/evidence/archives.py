"""Archives: a workbook's parts, looked through before it is opened, so that none can swell or hold what it may not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate, errors
from zipfile import ZipFile

PACKED = 50_000_000  # bytes of the file: a workbook of 100,000 rows has a fifth of it
LARGEST = 400_000_000  # bytes once unpacked: far above any office's workbook, far below what stops a machine
CELLS = {"c", "v", "f", "is", "t", "row", "si", "r"}  # elements of which a large table has many
MOST_CELLS = 8_000_000  # elements of cells: 100,000 rows of 20 columns and as many texts have half of it
MOST_OTHERS = 300_000  # other elements: a workbook of 60,000 styles has them
WIDEST = 16_384  # cells in a row: as a spreadsheet
MERGED = 100  # merged areas that are told of
_BLANK = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"
_EBCDIC = b"Lo\xa7\x94"  # "<?xm" as a large computer writes it, which a parser may know


class UnsafeError(ValueError):
    """A workbook that cannot be opened without harm."""


@dataclass
class _Count:
    """What was met so far; `row` and `column` are those of the last cell that says where it stands."""

    cells: int = 0
    others: int = 0
    in_row: int = 0
    row: int = 0
    column: tuple[int, str] = (0, "")
    merged: dict[str, list[str]] = field(default_factory=dict)


def survey(archive: ZipFile) -> Mapping[str, list[str]]:
    """Look through every part of a workbook and return the merged areas of each.

    Raises UnsafeError for one that is too large, or that declares a DOCTYPE; ValueError for one that is no XML.
    """
    size = sum(item.file_size for item in archive.infolist())
    if size > LARGEST:
        raise UnsafeError(f"the workbook is too large: {size:,} bytes once unpacked")
    count = _Count()
    for name in archive.namelist():
        part = archive.read(name)
        if part[:64].lstrip(_BLANK).startswith((b"<", _EBCDIC)):
            _look(part, name, count)
    return count.merged


def _look(part: bytes, name: str, count: _Count) -> None:
    parser = ParserCreate(namespace_separator=" ")
    count.row = 0

    def begin(element: str, attributes: dict[str, str]) -> None:
        kind = element.rpartition(" ")[2]
        if kind in CELLS:
            count.cells += 1
            count.in_row = 0 if kind == "row" else count.in_row + (kind == "c")
            if kind in ("row", "c") and "r" in attributes and not _follows(kind, attributes["r"], count):
                raise UnsafeError(f"the cells of {name} do not stand in their order: '{attributes['r']}'")
        else:
            count.others += 1
        if kind == "mergeCell":
            count.merged.setdefault(name, []).append(attributes.get("ref", ""))
        if count.cells > MOST_CELLS or count.others > MOST_OTHERS:
            raise UnsafeError("the workbook is too large: it has more cells or styles than a table needs")
        if count.in_row > WIDEST or len(count.merged.get(name, ())) > MERGED:
            raise UnsafeError(f"the sheet {name} has rows that are too wide, or too many merged cells")

    def declare(*_: object) -> None:
        raise UnsafeError(f"a DOCTYPE stands in {name}")

    parser.StartElementHandler, parser.StartDoctypeDeclHandler = begin, declare
    try:
        parser.Parse(part, True)
    except ExpatError as fault:
        raise ValueError(f"{name} is not XML: {errors.messages[fault.code]}") from fault


def _follows(kind: str, place: str, count: _Count) -> bool:
    """Say whether a row or cell stands after the last one: one that does not would be left out in silence."""
    if kind == "row":
        before, count.row = count.row, int(place) if place.isdecimal() and len(place) < 12 else 0
        count.column = (0, "")
        return before < count.row
    letters = place.rstrip("0123456789")
    last, count.column = count.column, (len(letters), letters)
    return last < count.column
