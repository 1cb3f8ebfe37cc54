"""Read the former versions of a file from git, with nothing that the repository itself brings along.

A repository may name programs in its configuration (hooks, filters, pagers, helpers for fetching). None of it is
read: git works in an empty repository of this user's, which borrows the objects, and from the commit that is checked
out. It gets no settings of the user or the system either, a limit on time and one on bytes.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from jianbao.core.private import keep, kept_file

SECONDS = 5.0  # for each call of git
MOST = 100  # versions of a file
LARGEST = 40_000_000  # bytes of all versions together
LONGEST = 20_000_000  # bytes of a list of references
EMPTY = "git"  # the empty repository, in this user's folder
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
    """A file as a commit has it: the commit's id, author, moment (ISO 8601) and first line, and the bytes."""

    commit: str
    by: str
    at: str
    why: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class _Repository:
    """Where the objects of a repository are, what is checked out, and the folder of its files."""

    objects: Path
    head: str
    top: Path


def file_versions(root: Path, name: str) -> tuple[FileVersion, ...]:
    """Return the versions of a file that changed it, the newest first, MOST at most.

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
    log = ["--literal-pathspecs", "log", f"--max-count={MOST}", "--no-show-signature", "--no-notes", form]
    told = _git(program, found, [*log, found.head, "--", path]).decode("utf-8", "replace")
    commits = [line.strip().split("\x1f") for line in told.split("\x1e") if line.strip()]
    contents = _contents(program, found, [f"{commit[0]}:{path}" for commit in commits])
    for (commit, by, at, why), content in zip(commits, contents, strict=False):
        yield FileVersion(commit=commit, by=by, at=at, why=why, content=content)


def _contents(program: str, found: _Repository, names: Sequence[str]) -> Iterator[bytes]:
    """Yield the bytes of each file, until one is missing or the limit on bytes is reached."""
    sizes = _git(program, found, ["cat-file", "--batch-check"], names).decode("utf-8", "replace").splitlines()
    total, wanted = 0, []
    for name, said in zip(names, sizes, strict=False):
        size = re.fullmatch(r"[0-9a-f]+ blob ([0-9]+)", said)
        total += int(size[1]) if size else LARGEST + 1
        if total > LARGEST:
            break
        wanted.append(name)
    whole, start = _git(program, found, ["cat-file", "--batch"], wanted), 0
    for _ in wanted:
        end = whole.index(b"\n", start)
        length = int(whole[start:end].rpartition(b" ")[2])
        yield whole[end + 1 : end + 1 + length]
        start = end + length + 2


def _git(program: str, found: _Repository, words: Sequence[str], lines: Iterable[str] = ()) -> bytes:
    """Return what git says; raises SubprocessError or OSError."""
    folder = f"{EMPTY}/{len(found.head)}"
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
        timeout=SECONDS,
        check=True,
    )
    return done.stdout


def _repository(root: Path) -> _Repository | None:
    """Return the repository that a folder is in; None if there is none, or nothing is committed."""
    for top in (root, *root.parents):
        folder = top / ".git"
        if folder.is_file():  # a further working tree, or a part of another repository
            folder = top / _first_line(folder).removeprefix("gitdir: ")
        if not folder.is_dir():
            continue
        common = folder / (_first_line(folder / "commondir") or ".")
        head = _commit(folder, common)
        return _Repository(objects=(common / "objects").resolve(), head=head, top=top) if head else None
    return None


def _commit(folder: Path, common: Path) -> str:
    """Return the id of the commit that is checked out; "" if there is none."""
    said = _first_line(folder / "HEAD")
    name = said.removeprefix("ref: ")
    if name != said and _REFERENCE.fullmatch(name):
        said = _first_line(common / name) or _packed(common, name)
    return said if _HASH.fullmatch(said) else ""


def _packed(common: Path, name: str) -> str:
    lines = _start(common / "packed-refs", LONGEST).splitlines()
    return next((line.partition(" ")[0] for line in lines if line.partition(" ")[2] == name), "")


def _first_line(file: Path) -> str:
    return _start(file, 4096).partition("\n")[0].strip()


def _start(file: Path, most: int) -> str:
    """Return the beginning of a file; "" if there is none."""
    with suppress(FileNotFoundError, NotADirectoryError), file.open("rb") as opened:
        return opened.read(most).decode("utf-8", "replace")
    return ""
