"""An edition on disk: all of its files at once, or none."""

import json
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import overload

from jianbao.errors import DeliveryError, refused
from jianbao.publication import depot
from jianbao.publication.depot import Depot
from jianbao.publication.draft import drafted, fill

MANIFEST = "manifest.json"


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file by its name, in the order of the names."""
    return {name: sha256(content).hexdigest() for name, content in sorted(files.items())}


def manifest(edition: str, outputs: Mapping[str, bytes], **about: Mapping[str, str]) -> bytes:
    """Return the manifest: the hash of every output, and what else is given (inputs, fonts, versions) by its name."""
    record = {"edition": edition, "outputs": hashes(outputs), **{key: dict(value) for key, value in about.items()}}
    return (json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def made_from(folder: Path) -> Mapping[str, str]:
    """Return the hash of each input that an edition was made from; nothing if there is no edition in the folder."""
    return _recorded(folder, "inputs")


def unlike(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return which of these files of an edition are missing, or not as they were when it was made."""
    made = _recorded(folder, "outputs")
    paths = ((name, folder / name) for name in names)
    return tuple(
        name for name, path in paths if not path.is_file() or sha256(path.read_bytes()).hexdigest() != made.get(name)
    )


def _recorded(folder: Path, kind: str) -> Mapping[str, str]:
    """Return what a manifest says of a kind of files; nothing if there is none that can be read."""
    try:
        found: Mapping[str, str] = json.loads((folder / MANIFEST).read_bytes())[kind]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found


def resealed(files: Mapping[str, bytes], record: Mapping[str, object], signed: Iterable[str]) -> dict[str, bytes]:
    """Return an edition's files with a manifest that knows the signed ones, and what their hashes were when built."""
    outputs = record["outputs"]
    assert isinstance(outputs, Mapping)
    before = record.get("built")
    built = {**{name: outputs[name] for name in signed}, **(before if isinstance(before, Mapping) else {})}
    known = hashes({name: content for name, content in files.items() if name in outputs})
    text = json.dumps({**record, "outputs": known, "built": built}, ensure_ascii=False, indent=2, sort_keys=True)
    return {**files, MANIFEST: (text + "\n").encode()}


@overload
def publish(root_output: Path, edition: str, files: Mapping[str, bytes]) -> Path: ...
@overload
def publish(root_output: Path | Depot, edition: str, files: Mapping[str, bytes]) -> Path | Depot: ...
def publish(root_output: Path | Depot, edition: str, files: Mapping[str, bytes]) -> Path | Depot:
    """Write the files of an edition and return its folder: `root_output/edition`, in a depot one below it.

    They are written beside it and take its place in one step: whatever fails before, and whenever the machine stops,
    the last edition stays as it was. A manifest is added if the files have none. Raises DeliveryError if the disk
    refuses.
    """
    whole = files if MANIFEST in files else {**files, MANIFEST: manifest(edition, files)}
    if isinstance(root_output, Depot):
        return depot.lay_down(root_output, edition, whole)
    return write_whole(root_output / edition, whole, "the edition")


def published(root_output: Path | Depot, edition: str, files: Mapping[str, bytes]) -> Path | Depot | None:
    """Return the folder of an edition if it stands there with these files and nothing else."""
    if isinstance(root_output, Depot):
        return depot.found(root_output, edition, files)
    return root_output / edition if _holds(root_output / edition, files) else None


def sizes(folder: Path | Depot) -> dict[str, int]:
    """Return the bytes of each file of an edition by its name."""
    if isinstance(folder, Depot):
        return depot.sizes(folder)
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir())}


def write_whole(folder: Path, files: Mapping[str, bytes], what: str) -> Path:
    """Write a folder, all of its files or none, in place of the one that is there; raises DeliveryError."""
    try:
        with drafted(folder) as made:
            fill(made, files)
    except OSError as error:
        raise DeliveryError(refused(error, folder, f"{what} cannot be written")) from error
    return folder


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Return whether a folder holds these files, as they are, and nothing else."""
    try:
        found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
        return found.keys() == files.keys() and all(found[name].read_bytes() == files[name] for name in files)
    except OSError:
        return False


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, which is made if there is none, as are those below it.

    Each appears whole, in the place of a former one. Raises DeliveryError if the disk refuses.
    """
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as temporary:
                fill(Path(temporary), {path.name: content})
                (Path(temporary) / path.name).replace(path)
    except OSError as error:
        raise DeliveryError(refused(error, folder, "the files cannot be written")) from error
