"""The inventory of a package: the SHA-256 of every file in it, and one digest over all of them."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any

from jianbao.core.errors import DeliveryError, Place, Problem

INVENTORY = "manifest.json"
LONGEST = 10_000_000  # bytes of an inventory
_HINT = "ask the sender for the package again"


@dataclass(frozen=True)
class Checksums:
    """What a package says is in it: the edition, its day, what made it, and each file's SHA-256 and size."""

    edition: str
    as_of: str
    made_by: str
    files: Mapping[str, tuple[str, int]]

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all that the inventory says: two packages that share it hold the same."""
        return sha256(_text(self.record()).encode()).hexdigest()

    def written(self) -> bytes:
        """Return the inventory as JSON, its own digest in it."""
        return _text({**self.record(), "digest": self.digest}).encode()

    def without(self, names: Collection[str]) -> "Checksums":
        """Return the inventory without some files."""
        return replace(self, files={name: each for name, each in self.files.items() if name not in names})

    def record(self) -> dict[str, object]:
        """Return all that the inventory says, as JSON has it."""
        files = {name: {"sha256": sha, "bytes": size} for name, (sha, size) in self.files.items()}
        return {"edition": self.edition, "as_of": self.as_of, "made_by": self.made_by, "files": files}


def _text(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def make_checksums(edition: str, day: date, made_by: str, files: Mapping[str, bytes]) -> Checksums:
    """Return the inventory of files."""
    found = {name: (sha256(content).hexdigest(), len(content)) for name, content in sorted(files.items())}
    return Checksums(edition, day.isoformat(), made_by, found)


def read_checksums(content: bytes, package: str) -> Checksums:
    """Return an inventory that is written as this program writes it and has the digest that it states.

    Raises DeliveryError for any other.
    """
    place = Place(package, 0, INVENTORY)
    try:
        record = json.loads(content)
        found = as_inventory(record)
        stated = str(record["digest"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DeliveryError(Problem(place, "it is no inventory of a package", _HINT)) from error
    if stated != found.digest or content != found.written():
        raise DeliveryError(Problem(place, "it was changed: it does not have the digest that it states", _HINT))
    return found


def as_inventory(record: Any) -> Checksums:
    """Return the inventory that a record of JSON is; raises KeyError, TypeError, ValueError or AttributeError."""
    files = {str(name): (str(each["sha256"]), int(each["bytes"])) for name, each in record["files"].items()}
    return Checksums(str(record["edition"]), str(record["as_of"]), str(record["made_by"]), files)
