"""A snapshot of a workspace: all of its files, read once; everything else is computed from it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from posixpath import normpath

from jianbao.core.documents import Node
from jianbao.core.encoding import EncodingError, decode
from jianbao.core.errors import FEW, ContentError, JianbaoError, Place, Problem, UsageError, raise_all, slip_of
from jianbao.core.messages import NO_TEXT, tr, tr_error, tr_list
from jianbao.core.yaml_reader import parse_document

OUTSIDE, STAY = tr("this is outside the workspace"), tr("keep every file inside it")
FOLDER = tr("this is a folder, not a file")


@dataclass(frozen=True)
class File:
    """The content of a file: its bytes and their SHA-256."""

    content: bytes
    sha256: str


def file_of(content: bytes) -> File:
    """Return a file with these bytes."""
    return File(content=content, sha256=hashlib.sha256(content).hexdigest())


@dataclass(frozen=True)
class Snapshot:
    """The files of a workspace by their paths from its root, sorted.

    `refused` has a problem for each file or folder (a name that ends with "/") that exists but was not read; asking for
    one of them raises the problem. No method reads the disk.
    """

    files: Mapping[str, File]
    refused: Mapping[str, Problem] = field(default_factory=dict)

    def names(self, folder: str = "", suffix: str = "") -> tuple[str, ...]:
        """Return the names of the files below a folder, sorted; raises ContentError if the folder was refused."""
        prefix = f"{folder}/" if folder else ""
        refusal = self._refusal(folder)
        raise_all([refusal] if refusal else [], ContentError)
        listed = (name for name in {*self.files, *self.refused} if not name.endswith("/"))
        return tuple(sorted(name for name in listed if name.startswith(prefix) and name.endswith(suffix)))

    def content(self, name: str, error: type[JianbaoError] = ContentError) -> bytes:
        """Return the bytes of a file; raises `error` if it is missing, outside the workspace or refused."""
        return self._file(name, error).content

    def sha256(self, name: str, error: type[JianbaoError] = ContentError) -> str:
        """Return the SHA-256 of a file's bytes; raises `error` as `content` does."""
        return self._file(name, error).sha256

    def text(self, name: str, error: type[JianbaoError] = ContentError) -> str:
        """Return the text of a file in any known encoding; raises `error` if the encoding is in doubt."""
        try:
            return decode(self.content(name, error))
        except EncodingError as fault:
            raise error(Problem(Place(name, fault.line), fault.reason, fault.hint)) from fault

    def document(self, name: str, error: type[JianbaoError] = ContentError) -> Node:
        """Return a YAML file as a document (see `parse_document`)."""
        return parse_document(self.text(name, error), name, error)

    def hashes(self, folder: str = "") -> dict[str, str]:
        """Return the SHA-256 of every file, or of those below a folder; raises ContentError if one was refused."""
        names = self.names(folder)
        raise_all([self.refused[name] for name in names if name in self.refused], ContentError)
        return {name: self.files[name].sha256 for name in names}

    def fingerprint(self, folder: str = "") -> str:
        """Return one hash of all files, or of those below a folder, with their names; raises as `hashes` does."""
        return hashlib.sha256(repr(self.hashes(folder)).encode()).hexdigest()

    def replaced(self, contents: Mapping[str, bytes]) -> "Snapshot":
        """Return a snapshot with the content of some files replaced or added."""
        made = {name: file_of(content) for name, content in contents.items()}
        kept = {name: problem for name, problem in self.refused.items() if name not in made}
        return replace(self, files=dict(sorted({**self.files, **made}.items())), refused=kept)

    def changed_since(self, earlier: "Snapshot") -> dict[str, tuple[bytes | None, bytes]]:
        """Return the new and changed files, each with its bytes before (None: no file) and now."""
        found: dict[str, tuple[bytes | None, bytes]] = {}
        for name, file in self.files.items():
            before = earlier.files.get(name)
            if before is None or before.sha256 != file.sha256:
                found[name] = (before.content if before else None, file.content)
        return found

    def _file(self, name: str, error: type[JianbaoError]) -> File:
        normal = normpath(name)
        if normal in self.files:
            return self.files[normal]
        raise error(self._refusal(name) or missing(name, self.names()))

    def _refusal(self, name: str) -> Problem | None:
        """Return why a file or folder was not read; None if neither it nor a folder above it was refused."""
        normal = PurePosixPath(normpath(name))
        if normal.is_absolute() or normal.parts[:1] == ("..",):
            return Problem(Place(name), OUTSIDE, STAY)
        above = (f"{each}/" for each in (normal, *normal.parents))
        found = next((self.refused[each] for each in (str(normal), *above) if each in self.refused), None)
        return replace(found, where=Place(name)) if found else None


LARGEST = 200_000_000  # bytes of a table or workbook
HIDDEN = (".", "~$")  # the beginnings of names of hidden files and of lock files of office programs


def single_file(path: Path, error: type[JianbaoError] = ContentError) -> Snapshot:
    """Return a snapshot that contains a single file, which a user named, from anywhere.

    Raises UsageError if there is no such file, `error` if it cannot be read.
    """
    found = read_entry(path.parent.resolve(), path.parent / path.name, path.name) if path.is_file() else None
    if isinstance(found, File):
        return Snapshot(files={path.name: found})
    if path.is_dir():
        raise UsageError(Problem(Place(str(path)), FOLDER))
    if found:
        raise error(found)
    alike = [each.name for each in path.parent.glob("*") if not each.name.startswith(HIDDEN)]
    raise UsageError(missing(path.name, alike))


def read_entry(root: Path, path: Path, name: str) -> File | Problem | None:
    """Read a file and return it, or the problem that kept it from being read; None if it has just been deleted.

    A link out of `root` is not followed. `name` is used in the problem.
    """
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            return Problem(Place(name), OUTSIDE, STAY)
        if (size := path.stat().st_size) > LARGEST:
            return Problem(Place(name), tr("the file is too large: {size:,} bytes", size=size))
        return file_of(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        return Problem(Place(name), tr("the file cannot be read: {error}", error=tr_error(error)))


def missing(name: str, known: Iterable[str]) -> Problem:
    """Return the problem of a missing file; the hint names the one meant, or the few of its folder and kind."""
    path = PurePosixPath(name)
    alike = {each.stem: str(each) for each in map(PurePosixPath, known) if _of_kind(each, path)}
    meant = alike.get(slip_of(path.stem, alike))
    if meant:
        hint = tr("did you mean '{meant}'?", meant=meant)
    else:
        few = 0 < len(alike) <= FEW
        hint = tr("the folder has {files}", files=tr_list(sorted(alike.values()))) if few else NO_TEXT
    return Problem(Place(name), tr("the file does not exist"), hint)


def _of_kind(path: PurePosixPath, other: PurePosixPath) -> bool:
    return path.parent == other.parent and path.suffix == other.suffix
