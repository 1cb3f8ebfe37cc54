"""Proof of a package or a signed PDF, anywhere and without a workspace: is it whole, and who says so."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jianbao.delivery.archive import read_archive
from jianbao.delivery.inventory import INVENTORY, Inventory, read_inventory
from jianbao.delivery.signature import Seal, Trust, examine, read_whole
from jianbao.documents import Problems
from jianbao.errors import DeliveryError, Place, Problem, raise_all


@dataclass(frozen=True)
class Verdict:
    """What was found whole: a package's inventory (None for a PDF), and signatures with the names of their files."""

    inventory: Inventory | None
    seals: Sequence[tuple[str, Seal]]


def prove(path: Path, trust: Trust, digest: str = "") -> Verdict:
    """Return what a package or a PDF proves to be; raises DeliveryError with everything that is not as it should be.

    `digest` is what the sender says the package's digest is.
    """
    content = read_whole(path)
    if content.startswith(b"%PDF-"):
        seals, problems = examine(content, path.name, trust)
        if not seals and not problems:
            problems = [
                Problem(Place(path.name), "it has no signature", "a PDF alone proves nothing: verify its package")
            ]
        raise_all(problems, DeliveryError)
        return Verdict(None, [(path.name, seal) for seal in seals])
    return _verify_package(content, path.name, trust, digest)


def _verify_package(content: bytes, name: str, trust: Trust, digest: str) -> Verdict:
    found: dict[str, tuple[str, int]] = {}
    pages: list[tuple[str, bytes]] = []
    stated = b""
    for inside, each in read_archive(content, name):
        found[inside] = sha256(each).hexdigest(), len(each)
        if inside == INVENTORY:
            stated = each
        elif inside.endswith(".pdf"):
            pages.append((inside, each))
    if INVENTORY not in found:
        hint = "it is no package of this program, or was unpacked and packed again without it"
        raise DeliveryError(Problem(Place(name, 0, INVENTORY), "the inventory is missing", hint))
    del found[INVENTORY]
    inventory = read_inventory(stated, name)
    problems = list(_differences(inventory, found, name))
    if digest and digest.lower() != inventory.digest:
        what = f"the package's digest is {inventory.digest}, not the one that was named"
        problems.append(Problem(Place(name), what, "this is another package than the sender meant"))
    seals = list(_seals(pages, name, trust, problems))
    raise_all(problems, DeliveryError)
    return Verdict(inventory, seals)


def _differences(inventory: Inventory, found: dict[str, tuple[str, int]], package: str) -> Iterator[Problem]:
    for name in sorted({*inventory.files, *found}):
        where = Place(package, 0, name)
        if name not in found:
            yield Problem(where, "the file is missing")
        elif name not in inventory.files:
            yield Problem(where, "the file is not in the inventory: somebody added it")
        elif found[name] != inventory.files[name]:
            yield Problem(where, "the file was changed", f"its SHA-256 is {found[name][0]}")


def _seals(
    pages: Sequence[tuple[str, bytes]], package: str, trust: Trust, problems: Problems
) -> Iterator[tuple[str, Seal]]:
    for name, content in pages:
        seals, faults = examine(content, f"{package} {name}", trust)
        problems += faults
        yield from ((name, seal) for seal in seals)
