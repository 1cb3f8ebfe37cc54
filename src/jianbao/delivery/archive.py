"""Archives of strangers, read without trusting anything they say."""

import stat
import zlib
from collections.abc import Iterator
from io import BytesIO
from struct import Struct
from unicodedata import normalize
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from jianbao.documents import Problems
from jianbao.errors import DeliveryError, Place, Problem, raise_all
from jianbao.publication.draft import is_inside

MOST_FILES = 10_000
LARGEST_FILE = 500_000_000  # bytes, unpacked
LARGEST_WHOLE = 2_000_000_000
LARGEST_RATIO = 200  # unpacked to packed, of what is large enough to harm
HARMLESS = 10_000_000
_LOCAL, _CENTRAL, _END = 30, 46, 22  # bytes of the parts of an archive around the names
_ENCRYPTED = 0x1
_HEADER = Struct(
    "<4s2xHH4xLLLHH"
)  # of the part before a file: flags, packing, CRC, both sizes, lengths of name and more
_BEGIN = b"PK\x03\x04"


def read_archive(content: bytes, file: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each file; nothing is unpacked that leads out, lies about itself or explodes.

    Raises DeliveryError with every fault of the archive before the first file, or with that of a file.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            raise_all(_faults(archive, content, file), DeliveryError)
            for entry in archive.infolist():
                yield entry.filename, _unpacked(archive, entry, file)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        hint = "ask the sender for it again: it was cut off or changed on its way"
        raise DeliveryError(Problem(Place(file), f"this is no whole archive: {error}", hint)) from error


def _unpacked(archive: ZipFile, entry: ZipInfo, file: str) -> bytes:
    """Return a file's bytes, reading no more than its entry promises."""
    with archive.open(entry) as stream:
        found = stream.read(entry.file_size + 1)
    if len(found) != entry.file_size:
        what = f"it unpacks to another size than the {entry.file_size:,} bytes that it promises"
        raise DeliveryError(Problem(Place(file, 0, entry.filename), what))
    return found


def _faults(archive: ZipFile, content: bytes, file: str) -> Problems:
    entries = archive.infolist()
    whole = sum(entry.file_size for entry in entries)
    if len(entries) > MOST_FILES or whole > LARGEST_WHOLE:
        return [Problem(Place(file), f"too much is in it: {len(entries):,} files of {whole:,} bytes")]
    found = [Problem(Place(file, 0, entry.filename), what) for entry in entries for what in _entry_faults(entry)]
    seen: dict[str, str] = {}
    for entry in entries:
        name = normalize("NFC", normalize("NFC", entry.filename).casefold())
        if name in seen:
            found.append(Problem(Place(file, 0, entry.filename), f"the name is there twice, also as '{seen[name]}'"))
        seen[name] = entry.filename
    if not found and len(content) != _length(entries):
        found.append(Problem(Place(file), "it holds bytes that belong to no file"))
    return found or list(_misplaced(entries, content, file))


def _misplaced(entries: list[ZipInfo], content: bytes, file: str) -> Iterator[Problem]:
    """Yield a problem for a file that does not lie after the one before, or of which the list says something else.

    Programs differ in which of the two they believe, and would unpack other files than those that are proved.
    """
    place = 0
    for entry in entries:
        name = entry.filename.encode()
        stated = _HEADER.unpack_from(content, place) if place + _LOCAL <= len(content) else ()
        listed = (entry.flag_bits, entry.compress_type, entry.CRC, entry.compress_size, entry.file_size, len(name), 0)
        there = content[place + _LOCAL : place + _LOCAL + len(name)]
        if entry.header_offset != place or stated[:1] != (_BEGIN,) or stated[1:] != listed or there != name:
            yield Problem(Place(file, 0, entry.filename), "what stands before it is not what the list of files says")
            return
        place += _LOCAL + len(name) + entry.compress_size


def _entry_faults(entry: ZipInfo) -> Iterator[str]:
    strange = ":" in entry.filename or entry.orig_filename != entry.filename
    if strange or not is_inside(entry.filename) or any(part.endswith((".", " ")) for part in entry.filename.split("/")):
        yield "its name leads out of the package, or is not read as it is written"
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        yield "it is no plain file"
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        yield "it is packed in a way that packages are not"
    grown = entry.file_size > HARMLESS and entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1)
    if entry.file_size > LARGEST_FILE or grown:
        yield f"it would unpack to {entry.file_size:,} bytes from {entry.compress_size:,}"


def _length(entries: list[ZipInfo]) -> int:
    """Return how long an archive of these entries is that holds nothing else."""
    names = [len(entry.filename.encode()) for entry in entries]
    return _END + sum(
        _LOCAL + _CENTRAL + 2 * name + entry.compress_size for name, entry in zip(names, entries, strict=True)
    )
