"""Parcels: archives and office documents that are the same bytes every time."""

import re
import stat
from collections.abc import Mapping
from datetime import date
from io import BytesIO
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


def dated(document: bytes, day: date) -> bytes:
    """Return an office document (.docx, .xlsx) dated to the day, without the time at which it was saved."""
    with ZipFile(BytesIO(document)) as loose:
        files = {name: loose.read(name) for name in loose.namelist()}
    files[_ABOUT] = _MODIFIED.sub(rb"\g<1>" + f"{day.isoformat()}T00:00:00Z".encode(), files[_ABOUT])
    return write_archive(files, day)
