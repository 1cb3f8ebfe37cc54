"""Reproducible zip files, and CSV text whose cells no spreadsheet will run as formulas."""

import csv
import re
import stat
from collections.abc import Iterable, Mapping
from datetime import date
from io import BytesIO, StringIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

PACKED = (".pdf", ".docx", ".xlsx", ".png")  # compressed inside already
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

    Plain numbers stay as they are, and so does a sign that stands alone: neither is a formula.
    """
    return MARK + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows of inert cells as CSV after RFC 4180 in UTF-8, lines ended by a line feed."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([safe_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
