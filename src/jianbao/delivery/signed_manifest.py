"""What the signature on an edition's manifest vouches for: every file of its package, and what each PDF is."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from jianbao.core.edition_folder import MANIFEST, SIGNATURE
from jianbao.core.errors import DeliveryError, Place, Problem
from jianbao.delivery.checksums import Checksums, as_inventory, make_checksums

KEY = "signed"  # in the manifest
SIGN = "jianbao sign --edition"


@dataclass(frozen=True)
class Vouched:
    """What a signed manifest says: the package without the manifest itself, and template and languages of each PDF."""

    package: Checksums
    pdfs: Mapping[str, tuple[str, tuple[str, ...]]]


def vouched_record(package: Checksums, names: Iterable[str]) -> dict[str, object]:
    """Return what goes into a manifest before it is signed; `names` are those of the edition's files."""
    roles = {name: _role(name) for name in sorted(names) if name.endswith(".pdf")}
    pdfs = {name: {"template": template, "languages": list(spoken)} for name, (template, spoken) in roles.items()}
    return {"package": package.without(unsigned_names()).record(), "pdfs": pdfs}


def unsigned_names() -> tuple[str, str]:
    """Return the names in a package of what cannot be listed in the manifest: itself and its signature."""
    return f"edition/{MANIFEST}", f"edition/{SIGNATURE}"


def read_vouched(manifest: bytes, place: Place) -> Vouched:
    """Return what a manifest says that was signed; raises DeliveryError for one that says nothing of the kind."""
    try:
        record = json.loads(manifest)[KEY]
        pdfs = {
            str(name): (str(each["template"]), tuple(map(str, each["languages"])))
            for name, each in record["pdfs"].items()
        }
        return Vouched(as_inventory(record["package"]), pdfs)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = "the manifest does not say what its signature vouches for"
        raise DeliveryError(Problem(place, what, f"have the edition signed again: {SIGN}")) from error


def unlike_vouched(vouched: Vouched, package: Checksums, file: str) -> Iterator[Problem]:
    """Yield a problem for each thing in a package that is not as it was vouched for."""
    about = [(each.edition, each.as_of, each.made_by) for each in (vouched.package, package)]
    if about[0] != about[1]:
        yield Problem(Place(file), f"it says that it is {', '.join(about[1])}; signed was {', '.join(about[0])}")
    signed, there = vouched.package.files, package.without(unsigned_names()).files
    for name in sorted({*signed, *there}):
        where = Place(file, 0, name)
        if name not in there:
            yield Problem(where, "the file was signed and is missing")
        elif name not in signed:
            yield Problem(where, "the signature does not cover this file")
        elif signed[name] != there[name]:
            yield Problem(where, "this is not the file that was signed")


def unlike_vouched_edition(
    vouched: Vouched, files: Mapping[str, bytes], folder: str, records: bool
) -> Iterator[Problem]:
    """Yield a problem for each file of an edition's folder that is not as it was vouched for.

    `records` says that only its records are there, as in the archive: then nothing is missing.
    """
    start = "edition/"
    found = make_checksums("", date.min, "", {start + name: content for name, content in files.items()})
    signed = {name: each for name, each in vouched.package.files.items() if name.startswith(start)}
    if records:
        signed = {name: each for name, each in signed.items() if name in found.files}
    about = vouched.package
    whole = replace(about, files=signed)
    yield from unlike_vouched(replace(vouched, package=whole), replace(about, files=found.files), folder)


def _role(name: str) -> tuple[str, tuple[str, ...]]:
    """Return the template and the languages of a PDF, by its name: "brief.zh-en.pdf"."""
    template, _, layout = name.removesuffix(".pdf").partition(".")
    return template, tuple(layout.split("-")) if layout else ()
