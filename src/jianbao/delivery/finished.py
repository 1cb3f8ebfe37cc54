"""A finished edition, read back from its folder and found to be what its manifest says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jianbao.documents import Problems
from jianbao.errors import DeliveryError, Place, Problem, raise_all
from jianbao.publication.edition import MANIFEST

ADDED = ("changes",)  # what other commands may have put beside the files of a build
_AGAIN = "build the edition again"


@dataclass(frozen=True)
class Finished:
    """The label of an edition, what its manifest says, and the files of its folder by name, the manifest too."""

    label: str
    record: Mapping[str, object]
    files: Mapping[str, bytes]

    def changed_since(self, inputs: Mapping[str, str]) -> tuple[str, ...]:
        """Return the files of the workspace that are not as they were when the edition was built."""
        built = self.record.get("inputs")
        known: Mapping[str, str] = built if isinstance(built, Mapping) else {}
        return tuple(name for name in sorted({*known, *inputs}) if known.get(name) != inputs.get(name))


def read_finished(folder: Path) -> Finished:
    """Return the edition in a folder; raises DeliveryError where it is missing, incomplete or not as it was built."""
    place = Place(str(folder))
    if not (folder / MANIFEST).is_file():
        hint = f"build it first: jianbao build --edition {folder.name}"
        raise DeliveryError(Problem(place, "there is no finished edition here", hint))
    try:
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
        record = json.loads(files[MANIFEST])
        stated = {str(name): str(sha) for name, sha in record["outputs"].items()}
    except OSError as error:
        raise DeliveryError(Problem(place, f"the edition cannot be read: {error.strerror or error}")) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DeliveryError(
            Problem(Place(str(folder / MANIFEST)), "it is no manifest of an edition", _AGAIN)
        ) from error
    raise_all(_differences(folder, files, stated), DeliveryError)
    return Finished(folder.name, record, files)


def _differences(folder: Path, files: Mapping[str, bytes], stated: Mapping[str, str]) -> Problems:
    problems = []
    for name in sorted({*files, *stated} - {MANIFEST}):
        where = Place(str(folder / name))
        if name not in files:
            problems.append(Problem(where, "the file is missing", _AGAIN))
        elif name not in stated and not name.startswith(ADDED):
            problems.append(Problem(where, "the build did not make this file", "take it out of the folder"))
        elif name in stated and sha256(files[name]).hexdigest() != stated[name]:
            problems.append(Problem(where, "the file was changed after the build", _AGAIN))
    return problems
