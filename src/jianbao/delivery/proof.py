"""Proof of a package, an edition or a signed PDF, anywhere and without a workspace: is it whole, and who says so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jianbao.delivery.archive import read_archive
from jianbao.delivery.inventory import INVENTORY, Inventory, read_inventory
from jianbao.delivery.package import LETTER
from jianbao.delivery.signature import Seal, Trust, examine, examine_content, read_whole
from jianbao.delivery.vouching import SIGN, read_vouched, unlike_vouched, unlike_vouched_edition, unsigned_names
from jianbao.documents import Problems
from jianbao.errors import DeliveryError, Place, Problem, raise_all
from jianbao.publication.edition import LEFT, MANIFEST, SIGNATURE
from jianbao.publication.vault import KEPT, REPLACED

_SIGN = f"have the edition signed whole: {SIGN}"


@dataclass(frozen=True)
class Verdict:
    """What was found whole: a package's inventory (None for a PDF), and signatures with the names of their files.

    `manifest` is the signature on the edition's manifest, which vouches for all of the package; None if there is none.
    """

    inventory: Inventory | None
    seals: Sequence[tuple[str, Seal]]
    manifest: Seal | None = None


def prove(path: Path, trust: Trust, digest: str = "") -> Verdict:
    """Return what a package or a PDF proves to be; raises DeliveryError with everything that is not as it should be.

    `digest` is what the sender says the package's digest is. Where authorities are named, everything must be vouched
    for by a signer of theirs: what is not signed is wrong.
    """
    content = read_whole(path)
    if not content.startswith(b"%PDF-"):
        return _verify_package(content, path.name, trust, digest)
    seals, problems = examine(content, path.name, trust)
    if not seals and not problems:
        problems = [_unsigned(Place(path.name), "a PDF alone proves nothing: verify its package")]
    if digest:
        problems.append(Problem(Place(path.name), "a PDF has no digest to compare", "name the package, a .zip"))
    raise_all(problems, DeliveryError)
    return Verdict(None, [(path.name, seal) for seal in seals])


def prove_edition(folder: Path, trust: Trust) -> Verdict:
    """Return who signed the edition in a folder, or the records of one in the archive.

    Raises DeliveryError if the manifest is not signed, its signer is not vouched for, or a file is not as was signed.
    """
    where = str(folder / MANIFEST)
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    paths = {path.name: path for path in there if path.name not in (*LEFT, REPLACED)}
    links = [Problem(Place(str(path)), "this is a link") for path in paths.values() if path.is_symlink()]
    raise_all(links, DeliveryError)
    contents = {name: read_whole(path) for name, path in paths.items()}
    if SIGNATURE not in contents or MANIFEST not in contents:
        raise DeliveryError(_unsigned(Place(where), _SIGN))
    seal, problems = examine_content(contents[MANIFEST], contents[SIGNATURE], where, trust)
    raise_all(problems, DeliveryError)
    vouched = read_vouched(contents[MANIFEST], Place(where))
    problems += unlike_vouched_edition(vouched, contents, str(folder), records={*KEPT, SIGNATURE} >= {*contents})
    seals = list(_seals(contents, f"{folder}/", trust, problems))
    raise_all(problems, DeliveryError)
    return Verdict(None, seals, seal)


def _unsigned(place: Place, hint: str) -> Problem:
    return Problem(place, "it has no signature", hint)


def _verify_package(content: bytes, name: str, trust: Trust, digest: str) -> Verdict:
    found: dict[str, tuple[str, int]] = {}
    kept: dict[str, bytes] = {}
    for inside, each in read_archive(content, name):
        found[inside] = sha256(each).hexdigest(), len(each)
        if inside in (INVENTORY, *unsigned_names()) or inside.endswith(".pdf"):
            kept[inside] = each
    if INVENTORY not in found:
        hint = "it is no package of this program, or was unpacked and packed again without it"
        raise DeliveryError(Problem(Place(name, 0, INVENTORY), "the inventory is missing", hint))
    del found[INVENTORY]
    inventory = read_inventory(kept[INVENTORY], name)
    problems = list(_differences(inventory, found, name))
    if digest and digest.lower() != inventory.digest:
        what = f"the package's digest is {inventory.digest}, not the one that was named"
        problems.append(Problem(Place(name), what, "this is another package than the sender meant"))
    manifest = _vouched_for(kept, inventory, name, trust, problems)
    seals = list(_seals(kept, f"{name} ", trust, problems))
    raise_all(problems, DeliveryError)
    return Verdict(inventory, seals, manifest)


def _vouched_for(
    kept: Mapping[str, bytes], inventory: Inventory, package: str, trust: Trust, problems: Problems
) -> Seal | None:
    """Return the signature on the manifest of a package's edition; whatever it does not vouch for is a problem."""
    manifest, signature = unsigned_names()
    place = Place(package, 0, manifest)
    if signature not in kept or manifest not in kept:
        problems += [_unsigned(place, _SIGN)] if trust.roots else []
        return None
    seal, faults = examine_content(kept[manifest], kept[signature], str(place), trust)
    problems += faults
    if seal:
        try:
            problems += unlike_vouched(read_vouched(kept[manifest], place), inventory, package)
        except DeliveryError as error:
            problems += error.problems
    return seal


def _differences(inventory: Inventory, found: dict[str, tuple[str, int]], package: str) -> Iterator[Problem]:
    for name in sorted({*inventory.files, *found}):
        where = Place(package, 0, name)
        if name not in found:
            yield Problem(where, "the file is missing")
        elif name not in inventory.files:
            yield Problem(where, "the file is not in the inventory: somebody added it")
        elif found[name] != inventory.files[name]:
            yield Problem(where, "the file was changed", f"its SHA-256 is {found[name][0]}")


def _seals(files: Mapping[str, bytes], start: str, trust: Trust, problems: Problems) -> Iterator[tuple[str, Seal]]:
    """Yield the good signatures of PDFs; where authorities are named, one without any is a problem.

    The letters of a package are made after signing: the manifest alone vouches for them.
    """
    for name, content in files.items():
        if not name.endswith(".pdf"):
            continue
        seals, faults = examine(content, f"{start}{name}", trust)
        problems += faults
        if trust.roots and not seals and not faults and not name.startswith(f"{LETTER}."):
            problems.append(_unsigned(Place(f"{start}{name}"), _SIGN))
        yield from ((name, seal) for seal in seals)
