"""Verify a package, an edition or a signed PDF without a workspace, and without trusting its own claims."""

import stat
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from struct import Struct
from unicodedata import normalize
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from jianbao.core.atomic import is_inside
from jianbao.core.documents import Problems
from jianbao.core.edition_folder import IGNORED, MANIFEST, SIGNATURE
from jianbao.core.errors import DeliveryError, Extra, Place, Problem, raise_all
from jianbao.core.limits import is_too_large, is_zip_bomb
from jianbao.core.messages import Translatable, tr, tr_error
from jianbao.delivery.checksums import (
    INVENTORY,
    SIGN,
    Checksums,
    SignatureReport,
    Trust,
    edition_differences,
    package_differences,
    read_checksums,
    read_signed_content,
    read_whole,
    unsigned_names,
)
from jianbao.delivery.finished_edition import RECORD_FILES, REPLACED
from jianbao.delivery.package import LETTER

signature = Extra("sign", "jianbao.delivery.signature")
_LOCAL, _CENTRAL, _END = 30, 46, 22  # bytes of the parts of an archive around the names
ALONE_UNPROVEN = (".ofd", ".docx", ".xlsx")  # archives too, but no packages
_ENCRYPTED = 0x1
_HEADER = Struct(
    "<4s2xHH4xLLLHH"
)  # of the part before a file: flags, packing, CRC, both sizes, lengths of name and more
_BEGIN = b"PK\x03\x04"


def unzip_safely(content: bytes, file: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each file; nothing unsafe or too large is unpacked.

    Raises DeliveryError with every fault of the archive before the first file, or with that of a file.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            raise_all(_faults(archive, content, file), DeliveryError)
            for entry in archive.infolist():
                yield entry.filename, _unpacked(archive, entry, file)
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        hint = tr("ask the sender to send it again: it was truncated or changed on the way")
        raise DeliveryError(
            Problem(Place(file), tr("this is not a complete archive: {error}", error=tr_error(error)), hint)
        ) from error


def _unpacked(archive: ZipFile, entry: ZipInfo, file: str) -> bytes:
    """Return a file's bytes, reading no more than its entry promises."""
    with archive.open(entry) as stream:
        found = stream.read(entry.file_size + 1)
    if len(found) != entry.file_size:
        what = tr("it does not unpack to the {size:,} bytes it declares", size=entry.file_size)
        raise DeliveryError(Problem(Place(file, 0, entry.filename), what))
    return found


def _faults(archive: ZipFile, content: bytes, file: str) -> Problems:
    entries = archive.infolist()
    if is_too_large(entries):
        whole = sum(entry.file_size for entry in entries)
        return [
            Problem(Place(file), tr("it is too large: {count:,} files, {size:,} bytes", count=len(entries), size=whole))
        ]
    found = [Problem(Place(file, 0, entry.filename), what) for entry in entries for what in _entry_faults(entry)]
    seen: dict[str, str] = {}
    for entry in entries:
        name = normalize("NFC", normalize("NFC", entry.filename).casefold())
        if name in seen:
            found.append(
                Problem(Place(file, 0, entry.filename), tr("the name is used twice, also as '{name}'", name=seen[name]))
            )
        seen[name] = entry.filename
    if not found and len(content) != _length(entries):
        found.append(Problem(Place(file), tr("it holds bytes that belong to no file")))
    return found or list(_misplaced(entries, content, file))


def _misplaced(entries: list[ZipInfo], content: bytes, file: str) -> Iterator[Problem]:
    """Yield a problem for each file that does not follow the one before, or whose local and central headers differ.

    Programs differ in which header they use, and might unpack other files than those that were verified.
    """
    place = 0
    for entry in entries:
        name = entry.filename.encode()
        stated = _HEADER.unpack_from(content, place) if place + _LOCAL <= len(content) else ()
        listed = (entry.flag_bits, entry.compress_type, entry.CRC, entry.compress_size, entry.file_size, len(name), 0)
        there = content[place + _LOCAL : place + _LOCAL + len(name)]
        if entry.header_offset != place or stated[:1] != (_BEGIN,) or stated[1:] != listed or there != name:
            yield Problem(Place(file, 0, entry.filename), tr("the data before it do not match the list of files"))
            return
        place += _LOCAL + len(name) + entry.compress_size


def _entry_faults(entry: ZipInfo) -> Iterator[Translatable]:
    strange = ":" in entry.filename or entry.orig_filename != entry.filename
    if strange or not is_inside(entry.filename) or any(part.endswith((".", " ")) for part in entry.filename.split("/")):
        yield tr("its name leads out of the package, or is not read as it is written")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        yield tr("it is not a plain file")
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        yield tr("it is compressed in a way that packages never are")
    if is_zip_bomb(entry):
        yield tr("it would unpack to {size:,} bytes from {packed:,}", size=entry.file_size, packed=entry.compress_size)


def _length(entries: list[ZipInfo]) -> int:
    """Return the length of an archive with only these entries."""
    names = [len(entry.filename.encode()) for entry in entries]
    return _END + sum(
        _LOCAL + _CENTRAL + 2 * name + entry.compress_size for name, entry in zip(names, entries, strict=True)
    )


_SIGN = tr("have the edition signed whole: {sign}", sign=SIGN)


@dataclass(frozen=True)
class Verification:
    """The result of a verification: a package's inventory (None for a PDF), and signatures with the names of files.

    `manifest` is the signature on the edition's manifest, which covers all of the package; None if there is none.
    `records_only` says that only the records of a signed edition, and no PDF, could be verified.
    """

    inventory: Checksums | None
    seals: Sequence[tuple[str, SignatureReport]]
    manifest: SignatureReport | None = None
    records_only: bool = False


def verify_file(path: Path, trust: Trust, digest: str | None = None) -> Verification:
    """Return what is proved about a package or a PDF; raises DeliveryError with all faults.

    `digest` is the package's digest as stated by the sender, None if it is not to be checked. If authorities are named,
    everything must be signed by a signer whom they certify: unsigned files are faults.
    """
    content = read_whole(path)
    if not content.startswith(b"%PDF-"):
        return _verify_package(content, path.name, trust, digest)
    seals, problems = signature.inspect_signatures(content, path.name, trust)
    if not seals and not problems:
        problems = [_unsigned(Place(path.name), tr("a PDF alone proves nothing: verify its package"))]
    if digest is not None:
        problems.append(Problem(Place(path.name), tr("a PDF has no digest to compare"), tr("name the package, a .zip")))
    raise_all(problems, DeliveryError)
    return Verification(None, [(path.name, seal) for seal in seals])


def verify_signed_edition(folder: Path, trust: Trust, whole: bool = True) -> Verification:
    """Return who signed the edition in a folder; if it need not be `whole`, all of its records are enough.

    Raises DeliveryError if the manifest is not signed, its signer is not trusted, or a file is missing or differs from
    what was signed.
    """
    where = str(folder / MANIFEST)
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    paths = {path.name: path for path in there if path.name not in (*IGNORED, REPLACED)}
    links = [Problem(Place(str(path)), tr("this is a link")) for path in paths.values() if path.is_symlink()]
    raise_all(links, DeliveryError)
    contents = {name: read_whole(path) for name, path in paths.items()}
    if SIGNATURE not in contents or MANIFEST not in contents:
        raise DeliveryError(_unsigned(Place(where), _SIGN))
    seal, problems = signature.examine_content(contents[MANIFEST], contents[SIGNATURE], where, trust)
    raise_all(problems, DeliveryError)
    covered = read_signed_content(contents[MANIFEST], Place(where))
    records_only = not whole and {*contents} == {*RECORD_FILES, SIGNATURE}
    problems += edition_differences(covered, contents, str(folder), records_only)
    seals = list(_seals(contents, f"{folder}/", trust, problems))
    raise_all(problems, DeliveryError)
    return Verification(None, seals, seal, records_only)


def _unsigned(place: Place, hint: Translatable) -> Problem:
    return Problem(place, tr("it has no signature"), hint)


def _verify_package(content: bytes, name: str, trust: Trust, digest: str | None) -> Verification:
    found: dict[str, tuple[str, int]] = {}
    kept: dict[str, bytes] = {}
    for inside, each in unzip_safely(content, name):
        found[inside] = sha256(each).hexdigest(), len(each)
        if inside in (INVENTORY, *unsigned_names()) or inside.endswith(".pdf"):
            kept[inside] = each
    if INVENTORY not in found:
        hint = tr("it was not packed by this program, or it was unpacked and packed again by another")
        if name.endswith(ALONE_UNPROVEN):
            hint = tr("such a file does not prove itself: verify the package with it, or its edition by name")
        raise DeliveryError(Problem(Place(name, 0, INVENTORY), tr("the inventory is missing"), hint))
    del found[INVENTORY]
    inventory = read_checksums(kept[INVENTORY], name)
    problems = list(_differences(inventory, found, name))
    if digest is not None and digest.lower() != inventory.digest:
        what = tr("the package's digest is {digest}, not the one that was named", digest=inventory.digest)
        problems.append(Problem(Place(name), what, tr("this is another package than the sender meant")))
    manifest = _manifest_signature(kept, inventory, name, trust, problems)
    seals = list(_seals(kept, f"{name} ", trust, problems))
    raise_all(problems, DeliveryError)
    return Verification(inventory, seals, manifest)


def _manifest_signature(
    kept: Mapping[str, bytes], inventory: Checksums, package: str, trust: Trust, problems: Problems
) -> SignatureReport | None:
    """Return the signature on the manifest of a package's edition; anything that it does not cover is a problem."""
    manifest, proof = unsigned_names()
    place = Place(package, 0, manifest)
    if proof not in kept or manifest not in kept:
        problems += [_unsigned(place, _SIGN)] if trust.roots else []
        return None
    seal: SignatureReport | None
    seal, faults = signature.examine_content(kept[manifest], kept[proof], str(place), trust)
    problems += faults
    if seal:
        try:
            problems += package_differences(read_signed_content(kept[manifest], place), inventory, package)
        except DeliveryError as error:
            problems += error.problems
    return seal


def _differences(inventory: Checksums, found: dict[str, tuple[str, int]], package: str) -> Iterator[Problem]:
    for name in sorted({*inventory.files, *found}):
        where = Place(package, 0, name)
        if name not in found:
            yield Problem(where, tr("the file is missing"))
        elif name not in inventory.files:
            yield Problem(where, tr("the file is not in the inventory: somebody added it"))
        elif found[name] != inventory.files[name]:
            yield Problem(where, tr("the file was changed"), tr("its SHA-256 is {digest}", digest=found[name][0]))


def _seals(
    files: Mapping[str, bytes], start: str, trust: Trust, problems: Problems
) -> Iterator[tuple[str, SignatureReport]]:
    """Yield the valid signatures of PDFs; if authorities are named, an unsigned PDF is a problem.

    The letters of a package are made after signing: only the manifest covers them.
    """
    for name, content in files.items():
        if not name.endswith(".pdf"):
            continue
        seals, faults = signature.inspect_signatures(content, f"{start}{name}", trust)
        problems += faults
        if trust.roots and not seals and not faults and not name.startswith(f"{LETTER}."):
            problems.append(_unsigned(Place(f"{start}{name}"), _SIGN))
        yield from ((name, seal) for seal in seals)
