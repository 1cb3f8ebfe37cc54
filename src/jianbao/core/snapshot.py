"""Take a snapshot of a workspace, with all of its files read once; read former versions of a file from git.

A repository may name programs in its configuration (hooks, filters, pagers, helpers for fetching). They are not read:
git works in an empty repository of this user, which borrows the objects, and from the commit that is checked out. It
gets no settings of the user or the system, either, and has limits on time and bytes.
"""

import hashlib
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from posixpath import normpath
from shutil import which

from jianbao.core.documents import Node
from jianbao.core.encoding import EncodingError, decode
from jianbao.core.errors import (
    LISTED_CHOICES,
    ContentError,
    JianbaoError,
    Place,
    Problem,
    UsageError,
    corrected_typo,
    raise_all,
)
from jianbao.core.messages import NO_TEXT, tr, tr_error, tr_list
from jianbao.core.private_files import keep, kept_file
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
TEMPLATE_SUFFIXES = (".j2", ".css")  # of page templates and style sheets
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
    """Read a file and return it, or the problem that prevented this; None if it has just been deleted.

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
    """Return the problem of a missing file; the hint names the intended one, or the few of its folder and kind."""
    path = PurePosixPath(name)
    alike = {each.stem: str(each) for each in map(PurePosixPath, known) if _same_kind(each, path)}
    meant = alike.get(corrected_typo(path.stem, alike))
    if meant:
        hint = tr("did you mean '{meant}'?", meant=meant)
    else:
        few = 0 < len(alike) <= LISTED_CHOICES
        hint = tr("the folder has {files}", files=tr_list(sorted(alike.values()))) if few else NO_TEXT
    return Problem(Place(name), tr("the file does not exist"), hint)


def _same_kind(path: PurePosixPath, other: PurePosixPath) -> bool:
    return path.parent == other.parent and path.suffix == other.suffix


# Former versions

GIT_SECONDS = 5.0  # for each call of git
MOST_VERSIONS = 100  # versions of a file
LARGEST_TOGETHER = 40_000_000  # bytes of all versions together
LONGEST_LIST = 20_000_000  # bytes of a list of references
GIT_FOLDER = "git"  # the empty repository, in this user's folder
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_REFERENCE = re.compile(r"refs/(?!.*\.\.)[\w./@+-]+")
_CONFIG = {40: "[core]\n\tbare = true\n"}
_CONFIG[64] = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
_SETTINGS = {
    **dict.fromkeys(("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"), os.devnull),
    **dict.fromkeys(("GIT_CONFIG_NOSYSTEM", "GIT_ATTR_NOSYSTEM", "GIT_NO_LAZY_FETCH"), "1"),
    **dict.fromkeys(("GIT_OPTIONAL_LOCKS", "GIT_TERMINAL_PROMPT"), "0"),
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_PAGER": "",
    "GIT_PROTOCOL_FROM_USER": "0",
    "GIT_ALLOW_PROTOCOL": "",
    "LC_ALL": "C.UTF-8",
}


@dataclass(frozen=True, kw_only=True)
class FileVersion:
    """A file in a commit: the commit's id, author, time (ISO 8601) and first line, and the bytes."""

    commit: str
    by: str
    at: str
    why: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class _Repository:
    """A repository: the folder of its objects, the commit that is checked out, and the folder of its files."""

    objects: Path
    head: str
    top: Path


def file_versions(root: Path, name: str) -> tuple[FileVersion, ...]:
    """Return the versions of a file that changed it, the newest first, MOST_VERSIONS at most.

    Returns nothing if the folder `root` is in no repository, git is missing, or it does not answer in time.
    """
    program = which("git")
    try:
        found = _repository(root.resolve())
        if program is None or found is None:
            return ()
        path = (root.resolve() / name).relative_to(found.top).as_posix()
        return tuple(_versions(program, found, path))
    except (OSError, ValueError, subprocess.SubprocessError):
        return ()


def _versions(program: str, found: _Repository, path: str) -> Iterator[FileVersion]:
    form = "--format=%H%x1f%an%x1f%aI%x1f%s%x1e"
    log = ["--literal-pathspecs", "log", f"--max-count={MOST_VERSIONS}", "--no-show-signature", "--no-notes", form]
    printed = _git(program, found, [*log, found.head, "--", path]).decode("utf-8", "replace")
    commits = [line.strip().split("\x1f") for line in printed.split("\x1e") if line.strip()]
    contents = _contents(program, found, [f"{commit[0]}:{path}" for commit in commits])
    for (commit, by, at, why), content in zip(commits, contents, strict=False):
        yield FileVersion(commit=commit, by=by, at=at, why=why, content=content)


def _contents(program: str, found: _Repository, names: Sequence[str]) -> Iterator[bytes]:
    """Yield the bytes of each file, until one is missing or the limit on bytes is reached."""
    sizes = _git(program, found, ["cat-file", "--batch-check"], names).decode("utf-8", "replace").splitlines()
    total, wanted = 0, []
    for name, answer in zip(names, sizes, strict=False):
        size = re.fullmatch(r"[0-9a-f]+ blob ([0-9]+)", answer)
        total += int(size[1]) if size else LARGEST_TOGETHER + 1
        if total > LARGEST_TOGETHER:
            break
        wanted.append(name)
    whole, start = _git(program, found, ["cat-file", "--batch"], wanted), 0
    for _ in wanted:
        end = whole.index(b"\n", start)
        length = int(whole[start:end].rpartition(b" ")[2])
        yield whole[end + 1 : end + 1 + length]
        start = end + length + 2


def _git(program: str, found: _Repository, words: Sequence[str], lines: Iterable[str] = ()) -> bytes:
    """Return the standard output of git, given some lines on its standard input; raises SubprocessError or OSError."""
    folder = f"{GIT_FOLDER}/{len(found.head)}"
    keep(f"{folder}/HEAD", b"ref: refs/heads/none\n")
    keep(f"{folder}/refs/.none", b"\n")
    keep(f"{folder}/config", _CONFIG[len(found.head)].encode())
    place = kept_file(folder)
    own = {"GIT_DIR": str(place), "GIT_OBJECT_DIRECTORY": str(found.objects), "HOME": str(place)}
    path = {"PATH": os.environ.get("PATH", os.defpath)}
    given = "".join(f"{line}\n" for line in lines).encode()
    done = subprocess.run(
        [program, *words],
        cwd=place,
        env={**_SETTINGS, **path, **own},
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=GIT_SECONDS,
        check=True,
    )
    return done.stdout


def _repository(root: Path) -> _Repository | None:
    """Return the repository of a folder; None if there is none, or if nothing is committed."""
    for top in (root, *root.parents):
        folder = top / ".git"
        if folder.is_file():  # a further working tree, or a part of another repository
            folder = top / _first_line(folder).removeprefix("gitdir: ")
        if not folder.is_dir():
            continue
        common = folder / (_first_line(folder / "commondir") or ".")
        head = _head_commit(folder, common)
        return _Repository(objects=(common / "objects").resolve(), head=head, top=top) if head else None
    return None


def _head_commit(folder: Path, common: Path) -> str:
    """Return the id of the commit that is checked out; "" if there is none."""
    reference = _first_line(folder / "HEAD")
    name = reference.removeprefix("ref: ")
    if name != reference and _REFERENCE.fullmatch(name):
        reference = _first_line(common / name) or _packed_reference(common, name)
    return reference if _HASH.fullmatch(reference) else ""


def _packed_reference(common: Path, name: str) -> str:
    """Return the commit of a reference in git's file of packed references; "" if it is not there."""
    lines = _beginning(common / "packed-refs", LONGEST_LIST).splitlines()
    return next((line.partition(" ")[0] for line in lines if line.partition(" ")[2] == name), "")


def _first_line(file: Path) -> str:
    return _beginning(file, 4096).partition("\n")[0].strip()


def _beginning(file: Path, most: int) -> str:
    """Return at most `most` bytes from the beginning of a file, as text; "" if there is no such file."""
    with suppress(FileNotFoundError, NotADirectoryError), file.open("rb") as opened:
        return opened.read(most).decode("utf-8", "replace")
    return ""
