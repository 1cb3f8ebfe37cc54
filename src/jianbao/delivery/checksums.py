"""Record what a signature covers and who made it: checksums of a package, the signer, and trusted authorities."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jianbao.core.edition_folder import MANIFEST, SIGNATURE
from jianbao.core.errors import DeliveryError, Place, Problem
from jianbao.core.messages import tr, tr_error, tr_list

INVENTORY = "manifest.json"
MAX_INVENTORY_BYTES = 10_000_000
_HINT = tr("ask the sender for the package again")


@dataclass(frozen=True)
class Checksums:
    """The inventory of a package: the edition, its day, the program, and each file's SHA-256 and size."""

    edition: str
    as_of: str
    made_by: str
    files: Mapping[str, tuple[str, int]]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the whole inventory: packages with the same digest have the same content."""
        return sha256(_text(self.record()).encode()).hexdigest()

    def written(self) -> bytes:
        """Return the inventory as JSON, including its own digest."""
        return _text({**self.record(), "digest": self.digest}).encode()

    def without(self, names: Collection[str]) -> "Checksums":
        """Return the inventory without some files."""
        return replace(self, files={name: each for name, each in self.files.items() if name not in names})

    def record(self) -> dict[str, object]:
        """Return the inventory as a JSON object."""
        files = {name: {"sha256": sha, "bytes": size} for name, (sha, size) in self.files.items()}
        return {"edition": self.edition, "as_of": self.as_of, "made_by": self.made_by, "files": files}


def _text(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def program_and_version() -> str:
    """Return the name of this program with its version, as `made_by` of an inventory."""
    return f"jianbao {version('jianbao')}"


def make_checksums(edition: str, day: date, made_by: str, files: Mapping[str, bytes]) -> Checksums:
    """Return the inventory of files."""
    found = {name: (sha256(content).hexdigest(), len(content)) for name, content in sorted(files.items())}
    return Checksums(edition, day.isoformat(), made_by, found)


def read_checksums(content: bytes, package: str) -> Checksums:
    """Return the inventory, if it is in this program's form and has the digest that it states.

    Raises DeliveryError otherwise.
    """
    place = Place(package, 0, INVENTORY)
    try:
        record = json.loads(content)
        found = as_inventory(record)
        stated = str(record["digest"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DeliveryError(Problem(place, tr("it is not the inventory of a package"), _HINT)) from error
    if stated != found.digest or content != found.written():
        raise DeliveryError(Problem(place, tr("it was changed: it does not match its own digest"), _HINT))
    return found


def as_inventory(record: Any) -> Checksums:
    """Return the inventory in a record of JSON; raises KeyError, TypeError, ValueError or AttributeError."""
    files = {str(name): (str(each["sha256"]), int(each["bytes"])) for name, each in record["files"].items()}
    return Checksums(str(record["edition"]), str(record["as_of"]), str(record["made_by"]), files)


KEY = "signed"  # in the manifest
SIGN = "jianbao sign --edition"


@dataclass(frozen=True)
class SignedContent:
    """The content of a signed manifest: the package without the manifest, and template and languages of each PDF."""

    package: Checksums
    pdfs: Mapping[str, tuple[str, tuple[str, ...]]]


def signed_content_record(package: Checksums, names: Iterable[str]) -> dict[str, object]:
    """Return the entries of a manifest that are added before it is signed; `names` are those of the edition's files."""
    roles = {name: _role(name) for name in sorted(names) if name.endswith(".pdf")}
    pdfs = {name: {"template": template, "languages": list(spoken)} for name, (template, spoken) in roles.items()}
    return {"package": package.without(unsigned_names()).record(), "pdfs": pdfs}


def unsigned_names() -> tuple[str, str]:
    """Return the names of the files in a package that the manifest cannot list: itself and its signature."""
    return f"edition/{MANIFEST}", f"edition/{SIGNATURE}"


def read_signed_content(manifest: bytes, place: Place) -> SignedContent:
    """Return the signed content of a manifest; raises DeliveryError if it has none."""
    try:
        record = json.loads(manifest)[KEY]
        pdfs = {
            str(name): (str(each["template"]), tuple(map(str, each["languages"])))
            for name, each in record["pdfs"].items()
        }
        return SignedContent(as_inventory(record["package"]), pdfs)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = tr("the manifest does not say what its signature vouches for")
        raise DeliveryError(Problem(place, what, tr("have the edition signed again: {sign}", sign=SIGN))) from error


def package_differences(covered: SignedContent, package: Checksums, file: str) -> Iterator[Problem]:
    """Yield a problem for each file of a package that does not match its checksum."""
    about = [(each.edition, each.as_of, each.made_by) for each in (covered.package, package)]
    if about[0] != about[1]:
        yield Problem(
            Place(file),
            tr("it says that it is {stated}; signed was {signed}", stated=tr_list(about[1]), signed=tr_list(about[0])),
        )
    signed, there = covered.package.files, package.without(unsigned_names()).files
    for name in sorted({*signed, *there}):
        where = Place(file, 0, name)
        if name not in there:
            yield Problem(where, tr("the file was signed and is missing"))
        elif name not in signed:
            yield Problem(where, tr("the signature does not cover this file"))
        elif signed[name] != there[name]:
            hint = tr("take the signed file again, or build the edition anew and sign it")
            yield Problem(where, tr("this is not the file that was signed"), hint)


def edition_differences(
    covered: SignedContent, files: Mapping[str, bytes], folder: str, records: bool
) -> Iterator[Problem]:
    """Yield a problem for each file of an edition's folder that does not match its checksum.

    `records` says that the folder has only the records, as in the archive: then nothing counts as missing.
    """
    start = "edition/"
    found = make_checksums("", date.min, "", {start + name: content for name, content in files.items()})
    signed = {name: each for name, each in covered.package.files.items() if name.startswith(start)}
    if records:
        signed = {name: each for name, each in signed.items() if name in found.files}
    about = covered.package
    whole = replace(about, files=signed)
    yield from package_differences(replace(covered, package=whole), replace(about, files=found.files), folder)


def _role(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the template and the languages of a PDF, by its name: "brief.zh-en.pdf"."""
    template, _, layout = name.removesuffix(".pdf").partition(".")
    return template, tuple(layout.split("-")) if layout else ()


LARGEST = 2_000_000_000  # bytes of a package or PDF


@dataclass(frozen=True)
class Trust:
    """The certificates of trusted authorities; without any, the identity of a signer is not proved."""

    roots: Sequence[Any] = ()


@dataclass(frozen=True, kw_only=True)
class SignatureReport:
    """A valid signature: the signer, the SHA-256 of the certificate, and the time.

    `clock` is the timestamp authority, "" if the time is that of the signer's own clock. `trusted` and
    `clock_trusted` say whether a named authority vouches for signer and clock.
    """

    signer: str
    fingerprint: str
    at: str
    trusted: bool
    clock: str = ""
    clock_trusted: bool = False


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file that is signed or verified; raises DeliveryError if it cannot be read."""
    place = Place(str(path))
    try:
        if path.stat().st_size > LARGEST:
            raise DeliveryError(Problem(place, tr("the file is too large: {size:,} bytes", size=path.stat().st_size)))
        return path.read_bytes()
    except OSError as error:
        raise DeliveryError(Problem(place, tr("it cannot be read: {error}", error=tr_error(error)))) from error
