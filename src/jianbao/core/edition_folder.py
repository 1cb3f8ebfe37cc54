"""Write an edition to disk so that all of its files and their manifest appear at once, or none."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any, overload
from unicodedata import normalize

from jianbao.core.atomic import check_names, replace_file, replacing_folder, write_files
from jianbao.core.cache import RemoteStore, find_uploaded, upload, uploaded_sizes
from jianbao.core.errors import DeliveryError, Place, Problem, disk_problem, raise_all
from jianbao.core.messages import Translatable, tr, tr_list

MANIFEST = "manifest.json"
SIGNATURE = f"{MANIFEST}.p7s"  # beside it once an edition is signed
CONDITIONS = ("inputs", "fonts", "versions")  # the entries of a manifest that determine the content of an edition
PAGES, FRONT = "pages", "front_pages"  # of each PDF, all of them and those before its first section
ADDED = "added"  # files of an edition that the build did not make, as the manifest lists them
IGNORED = (".DS_Store", "Thumbs.db", "desktop.ini")  # files that file managers leave behind
ARCHIVE = "archive"  # the folder beside those of editions; not a label of an edition
_LABEL = re.compile(r"\w[\w.-]*")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # reserved names of Windows
_SUFFIXES_IN_USE = (".zip", ".jsonl")  # the suffixes of an edition's package and journal, which are beside its folder
LONGEST_LABEL = 80  # bytes of a label
_SHA = re.compile("[0-9a-f]{64}")
_ELSEWHERE = tr("move it elsewhere, or name another folder by --output")


def is_label(text: str) -> bool:
    """Return whether a text can be the label of an edition: a valid folder name on every system, and not taken."""
    plain = _LABEL.fullmatch(text) is not None and len(text.encode()) <= LONGEST_LABEL and not text.endswith(".")
    taken = text.casefold() == ARCHIVE or text.casefold().endswith(_SUFFIXES_IN_USE)
    return plain and not taken and normalize("NFKC", text) == text and not _RESERVED.fullmatch(text)


def hash_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file by its name, in the order of the names."""
    return {name: sha256(content).hexdigest() for name, content in sorted(files.items())}


def manifest(edition: str, outputs: Mapping[str, bytes], **about: Mapping[str, str]) -> bytes:
    """Return the manifest of an edition as JSON: the hash of every output, and the entries `about`.

    `about` are further entries by their names, such as inputs, fonts and versions.
    """
    record = {"edition": edition, "outputs": hash_files(outputs), **{key: dict(value) for key, value in about.items()}}
    return _as_json(record)


def recorded_inputs(folder: Path) -> Mapping[str, str]:
    """Return the hash of each input of the edition in a folder; nothing if there is no edition."""
    return _hashes(folder, "inputs")


def recorded_pages(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the number of pages of each PDF of an edition, and of those before its first section, by its manifest."""
    pages, front = _hashes(folder, PAGES), _hashes(folder, FRONT)
    return {name: (int(count), int(front.get(name, "0"))) for name, count in pages.items()}


def changed_files(folder: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Return which of these files of an edition are missing or have changed since it was built."""
    made = _hashes(folder, "outputs")
    paths = ((name, folder / name) for name in names)
    return tuple(
        name for name, path in paths if not path.is_file() or sha256(path.read_bytes()).hexdigest() != made.get(name)
    )


def _hashes(folder: Path, kind: str) -> Mapping[str, str]:
    """Return the hash of each file of a kind ("inputs", "outputs") by a folder's manifest, if it has one."""
    found = _record(folder).get(kind)
    return found if isinstance(found, dict) else {}


def _record(folder: Path) -> dict[str, Any]:
    """Return the content of a folder's manifest; an empty dict if it has none that can be read."""
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def with_signed_files(
    files: Mapping[str, bytes], record: Mapping[str, Any], signed: Iterable[str], more: Mapping[str, object]
) -> bytes:
    """Return the manifest of an edition whose files were signed.

    It has the hashes of the signed files, and under "built" those that they had before. `record` is the manifest until
    now, `signed` the names of the signed files, `more` are further entries by their names.
    """
    before = listed_hashes(record)
    built = {**{name: before[name] for name in signed}, **record.get("built", {})}
    known = {kind: hash_files({name: files[name] for name in record.get(kind, {})}) for kind in ("outputs", ADDED)}
    return _as_json({**record, **{kind: each for kind, each in known.items() if each}, "built": built, **more})


def listed_hashes(record: Mapping[str, Any]) -> dict[str, str]:
    """Return the hash of every file that a manifest lists: made by the build, or added later."""
    listed = (record.get(kind, {}) for kind in ("outputs", ADDED))
    return {str(name): str(sha) for each in listed for name, sha in each.items()}


class OthersDroppedError(DeliveryError):
    """A build of some products would delete other products, which it cannot keep; `names` are their files."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.names = tuple(names)
        hint = tr(
            "build all products: leave out --template, --lang and --format; or write to another folder by --output; or "
            "let them go by --drop"
        )
        what = tr("this build would drop {names}: not of the same inputs", names=tr_list(names))
        super().__init__(Problem(Place(str(folder)), what, hint))


def others_of(folder: Path, made: Iterable[str], conditions: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Return the files of an edition that are not `made` again: those that may stay, and those that may not.

    They may stay if they match the manifest, and if the manifest has the same `conditions`: inputs, fonts and versions.
    No file of a signed edition may stay, because the signature covers all of them.
    """
    if _edition_of(folder) != folder.name:
        return [], []
    record, new = _record(folder), {MANIFEST, SIGNATURE, *made}
    others = {name: sha for name, sha in listed_hashes(record).items() if name not in new}
    same = all(record.get(kind) == each for kind, each in conditions.items()) and not (folder / SIGNATURE).exists()
    kept = [name for name, sha in others.items() if same and _sha_of(folder / name) == sha]
    return kept, [name for name in others if name not in kept]


def with_others(folder: Path, files: Mapping[str, bytes]) -> tuple[Mapping[str, bytes], list[str]]:
    """Return new files of an edition together with those in its folder that may stay, and the names of the others.

    The manifest that is returned lists all of the files (see `others_of`).
    """
    made = json.loads(files[MANIFEST])
    kept, dropped = others_of(folder, files, {kind: each for kind, each in made.items() if kind in CONDITIONS})
    if not kept:
        return files, dropped
    contents = {name: (folder / name).read_bytes() for name in kept}
    added = [name for name in _hashes(folder, ADDED) if name in kept]
    listed = {ADDED: hash_files({name: contents[name] for name in added})} if added else {}
    outputs = {**made["outputs"], **hash_files({name: each for name, each in contents.items() if name not in added})}
    old = {kind: _hashes(folder, kind).items() for kind in (PAGES, FRONT) if kind in made}
    pages = {kind: {**{name: each for name, each in old[kind] if name in kept}, **made[kind]} for kind in old}
    return {**files, **contents, MANIFEST: _as_json({**made, "outputs": outputs, **pages, **listed})}, dropped


def _sha_of(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() and not path.is_symlink() else ""


def add(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder; if it contains an edition, its manifest lists them as added.

    Raises DeliveryError if the edition has a file of the same name, if it is signed (the signature would no longer be
    valid), or if the disk refuses.
    """
    folder = folder.resolve()
    if _edition_of(folder) != folder.name:
        write_each(folder, files)
        return
    record = _record(folder)
    taken = [name for name in files if name in (MANIFEST, SIGNATURE, *record["outputs"])]
    raise_all(
        (Problem(Place(str(folder / name)), tr("the edition has a file of this name")) for name in taken), DeliveryError
    )
    if (folder / SIGNATURE).exists():
        hint = tr("write it elsewhere; or build the edition again, add this, then sign")
        raise DeliveryError(
            Problem(Place(str(folder)), tr("the edition is signed, and nothing can be added to it"), hint)
        )
    check_replaceable(folder)
    kept = {name: (folder / name).read_bytes() for name in listed_hashes(record) if (folder / name).is_file()}
    added = {**record.get(ADDED, {}), **hash_files(files)}
    write_folder(folder, {**kept, **files, MANIFEST: _as_json({**record, ADDED: added})}, tr("the edition"))


def _as_json(record: Mapping[str, object]) -> bytes:
    return (json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


@overload
def publish(root_output: Path, edition: str, files: Mapping[str, bytes]) -> Path: ...
@overload
def publish(root_output: Path | RemoteStore, edition: str, files: Mapping[str, bytes]) -> Path | RemoteStore: ...
def publish(root_output: Path | RemoteStore, edition: str, files: Mapping[str, bytes]) -> Path | RemoteStore:
    """Write the files of an edition and return its folder: `root_output/edition`, in a remote store one below it.

    The files are written to a temporary folder, which replaces the former edition in one step: an error or a crash
    before that leaves it unchanged. A manifest is added if there is none. Raises DeliveryError if the disk refuses, or
    if the folder contains anything but an edition of this program (see `check_replaceable`).
    """
    whole = files if MANIFEST in files else {**files, MANIFEST: manifest(edition, files)}
    if isinstance(root_output, RemoteStore):
        return upload(root_output, edition, whole)
    return write_folder(root_output / edition, whole, tr("the edition"))


def find_published(
    root_output: Path | RemoteStore, edition: str, files: Mapping[str, bytes]
) -> Path | RemoteStore | None:
    """Return the folder of an edition if it contains exactly these files, else None."""
    if isinstance(root_output, RemoteStore):
        return find_uploaded(root_output, edition, files)
    return root_output / edition if _contains(root_output / edition, files) else None


def file_sizes(folder: Path | RemoteStore) -> dict[str, int]:
    """Return the bytes of each file of an edition by its name."""
    if isinstance(folder, RemoteStore):
        return uploaded_sizes(folder)
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir())}


def write_folder(folder: Path, files: Mapping[str, bytes], what: Translatable, known: Sequence[str] = ()) -> Path:
    """Write a folder, all of its files or none, and replace an edition of the same name; return the folder.

    `what` names the content in an error. `known` are files that may be in the replaced folder although its manifest
    does not list them. Raises DeliveryError as `check_replaceable` does, or if the disk refuses.
    """
    try:
        with replacing_folder(folder, lambda place: check_replaceable(place, known)) as made:
            write_files(made, files)
    except OSError as error:
        raise DeliveryError(disk_problem(error, folder, tr("{what} cannot be written", what=what))) from error
    return folder


def folder_beside(editions: Path, name: str) -> Path:
    """Return the folder of a name beside the editions; raises DeliveryError if there is a link of that name."""
    folder = editions / name
    if folder.is_symlink():
        hint = tr("move it elsewhere; or name another folder: --to FOLDER")
        raise DeliveryError(Problem(Place(str(folder)), tr("this is a link, which is not followed"), hint))
    return folder


def check_replaceable(folder: Path, known: Sequence[str] = ()) -> None:
    """Raise DeliveryError unless a folder may be replaced: it is missing, empty, or made by this program.

    A folder was made by this program if its manifest names it, and each file in it is listed in the manifest, is the
    manifest or its signature, or is `known`. A link is neither followed nor replaced.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        what = tr("this is a link, which is not followed") if folder.is_symlink() else tr("this is a file")
        raise DeliveryError(Problem(Place(str(folder)), what, _ELSEWHERE))
    present = [path for path in sorted(folder.rglob("*")) if path.name not in IGNORED] if folder.exists() else []
    if present and folder.name != _edition_of(folder):
        what = tr("this folder was not made by this program: it holds no manifest of an edition of this name")
        raise DeliveryError(Problem(Place(str(folder)), what, _ELSEWHERE))
    files = {MANIFEST, SIGNATURE, *known, *_hashes(folder, "outputs"), *_hashes(folder, ADDED)}
    folders = {parent.as_posix() for name in files for parent in PurePosixPath(name).parents}
    strange = [path for path in present if not _is_listed(path, path.relative_to(folder).as_posix(), files, folders)]
    what = tr("this program did not make this, and the folder it is in is replaced whole")
    raise_all((Problem(Place(str(path)), what, tr("move it elsewhere")) for path in strange), DeliveryError)


def _is_listed(path: Path, name: str, files: Collection[str], folders: Collection[str]) -> bool:
    return not path.is_symlink() and name in (folders if path.is_dir() else files)


def _edition_of(folder: Path) -> str:
    """Return the edition that a folder's manifest names; "" if there is no valid manifest."""
    record = _record(folder)
    outputs, edition = record.get("outputs"), record.get("edition")
    whole = isinstance(outputs, dict) and all(isinstance(sha, str) and _SHA.fullmatch(sha) for sha in outputs.values())
    return edition if whole and isinstance(edition, str) else ""


def _contains(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Return whether a folder contains exactly these files with this content."""
    try:
        found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
        return found.keys() == files.keys() and all(found[name].read_bytes() == files[name] for name in files)
    except OSError:
        return False


def is_taken(folder: Path) -> bool:
    """Return whether the place of a new folder is taken: a file, or a folder that is not empty."""
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def write_each(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder and its subfolders, which are created if missing.

    Each file is replaced atomically; a link is replaced, not followed. Raises DeliveryError if the disk
    refuses, or if a name would lead out of the folder.
    """
    check_names(folder, files)
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            replace_file(folder / name, content)
    except OSError as error:
        raise DeliveryError(disk_problem(error, folder, tr("the files cannot be written"))) from error
