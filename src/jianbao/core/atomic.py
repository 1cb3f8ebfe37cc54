"""Replace a folder or a file atomically, so that a crash leaves the old or the new one; chain the lines of a log."""

import ctypes
import fcntl
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path, PurePosixPath

from jianbao.core.errors import DeliveryError, Place, Problem, raise_all
from jianbao.core.messages import tr

MADE, FORMER = "made", "former"  # in a temporary folder: the new content, and the old one while it is moved aside
_RANDOM = "[a-z0-9_]{8}"  # the end of a name that `mkdtemp` makes
_WORKING_DIRECTORY = -100  # AT_FDCWD: names are relative to the working directory
_SWAP = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


@contextmanager
def replacing_folder(place: Path, check: Callable[[Path], None]) -> Iterator[Path]:
    """Yield an empty temporary folder that replaces `place` when the block ends; an error leaves `place` unchanged.

    Temporary folders left by killed processes are deleted first; those of running processes are kept. If two
    processes replace the same folder, the one that finishes last wins. `check` is called at the start and again before
    the old folder is deleted; it raises an error if the folder must stay. Raises OSError if the disk refuses.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with _locked(place.parent):
        _clear_leftovers(place)
        check(place)
        temporary = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        lock = _open_locked(temporary)
    try:
        made = temporary / MADE
        made.mkdir()
        yield made
        sync_folder(made)
        with _locked(place.parent):
            check(place)
            _move_into_place(temporary, place)
            sync_folder(place.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        os.close(lock)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write new files into a folder and sync them to disk; nothing is overwritten, and no link is followed.

    Raises DeliveryError for names that would lead out of the folder, OSError if the disk refuses.
    """
    check_names(folder, files)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)


def replace_file(path: Path, content: bytes, mode: int = 0o666, keep: bool = False) -> None:
    """Write a file atomically and sync it to disk; a link at its path is replaced, not followed.

    With `keep`, an existing file is left unchanged. `mode` are the permissions of the file, before the umask. Raises
    OSError if the disk refuses.
    """
    with _locked(path.parent):
        if not keep or not os.path.lexists(path):
            _replace(path, content, mode)


def append_to_file(path: Path, content: bytes) -> bytes:
    """Append lines to a file, which is created if missing, and return its whole content afterwards.

    Several processes may do this at the same time. A crash leaves the file as it was or with the whole addition.
    """
    with _locked(path.parent):
        old = path.read_bytes() if path.is_file() else b""
        whole = (old if not old or old.endswith(b"\n") else old + b"\n") + content
        _replace(path, whole)
    return whole


def _replace(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Replace a file while its folder is locked, so that nobody else uses the name of the temporary file."""
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)  # left by a crash, or a link that somebody made
    _write(draft, content, mode)
    draft.replace(path)
    sync_folder(path.parent)


def _write(path: Path, content: bytes, mode: int = 0o666) -> None:
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def check_names(folder: Path, names: Iterable[str]) -> None:
    """Raise DeliveryError with a problem for each name that is not a plain path inside the folder."""
    what = tr("this cannot name a file of a folder")
    raise_all(
        (
            Problem(Place(str(folder)), tr("'{text}': {what}", text=name, what=what))
            for name in names
            if not is_inside(name)
        ),
        DeliveryError,
    )


def is_inside(name: str) -> bool:
    """Return whether a name is a plain path inside a folder: relative, without `..`, in its normal form."""
    path = PurePosixPath(name)
    plain = name.isprintable() and not path.is_absolute() and not {"..", "."} & set(path.parts)
    return plain and bool(path.parts) and path.as_posix() == name and "\\" not in name


def has_file(path: Path) -> bool:
    """Return whether there is a file at a path; none has a name longer than the disk allows."""
    try:
        return path.is_file()
    except OSError:
        return False


def sync_folder(folder: Path) -> None:
    """Sync a folder itself to disk, so that files created or renamed in it survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _move_into_place(temporary: Path, place: Path) -> None:
    """Move the new folder to its place, in one step if the system can, else in two that the next call can undo."""
    if not os.path.lexists(place):
        (temporary / MADE).rename(place)
    elif not _swapped(temporary / MADE, place):
        place.rename(temporary / FORMER)
        try:
            (temporary / MADE).rename(place)
        except OSError:
            (temporary / FORMER).rename(place)
            raise


def _swapped(first: Path, second: Path) -> bool:
    """Exchange two folders; return False if the system or the file system cannot."""
    system = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(first), os.fsencode(second)
    with suppress(AttributeError):  # a C library without this function
        if sys.platform == "darwin":
            return bool(system.renamex_np(*names, _SWAP) == 0)
        return bool(system.renameat2(_WORKING_DIRECTORY, names[0], _WORKING_DIRECTORY, names[1], _SWAP) == 0)
    return False


def _clear_leftovers(place: Path) -> None:
    """Delete the temporary folders of dead processes, and move back a folder that one of them had moved aside."""
    for temporary in sorted(path for path in place.parent.iterdir() if _is_temporary(path, place)):
        lock = _open_locked(temporary)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # its process is still running
            continue
        finally:
            os.close(lock)
        if not os.path.lexists(place) and (temporary / FORMER).is_dir():
            (temporary / FORMER).rename(place)
        shutil.rmtree(temporary, ignore_errors=True)


def _is_temporary(path: Path, place: Path) -> bool:
    """Return whether a folder is a temporary one that `replacing_folder` made for `place`, by its name and content."""
    named = re.fullmatch(re.escape(f".{place.name}-") + _RANDOM, path.name)
    if not named or path.is_symlink() or not path.is_dir():
        return False
    return all(each.name in (MADE, FORMER) for each in path.iterdir())


def _open_locked(folder: Path) -> int:
    """Open a folder with a shared lock and return the descriptor; while it is open, no other process clears it away."""
    descriptor = os.open(folder, os.O_RDONLY)
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return descriptor


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Lock a folder while the block runs, so that one process at a time changes what is in it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks, such as some network shares
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# Logs with chained lines, such as those of deliveries, stations and the studio: a line has the hash of the one before
# it, so that a missing or changed one is found. To detect lines cut off at the end, the hash of the last line is kept
# elsewhere.


def write_line(record: Mapping[str, object]) -> bytes:
    """Return a record as a line of a log, without its end; the record has the hash of the previous line."""
    return json.dumps(record, ensure_ascii=False).encode()


def line_hash(line: bytes) -> str:
    """Return the SHA-256 of a line without its end, which the next line has to name."""
    return sha256(line).hexdigest()


def numbered_lines(content: bytes) -> Iterator[tuple[int, bytes, str]]:
    """Yield each line of a log with its number, from 1, and the hash of the line before it: "" for the first."""
    before = ""
    for number, line in enumerate(content.splitlines(), 1):
        yield number, line, before
        before = line_hash(line)
