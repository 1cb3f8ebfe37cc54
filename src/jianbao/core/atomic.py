"""Replace a folder or a file in one step: the old content or the new one is there, whenever the machine stops."""

import ctypes
import fcntl
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from jianbao.core.errors import DeliveryError, Place, Problem, raise_all
from jianbao.core.messages import tr

MADE, FORMER = "made", "former"
_RANDOM = "[a-z0-9_]{8}"  # as `mkdtemp` ends a name
_HERE = -100  # AT_FDCWD
_SWAP = 2  # RENAME_EXCHANGE of Linux, RENAME_SWAP of macOS


@contextmanager
def replacing_folder(place: Path, check: Callable[[Path], None]) -> Iterator[Path]:
    """Yield an empty folder that takes `place` when the block ends; an error leaves what stood there.

    What a draft that was killed left behind is cleared away first; the draft of a process that still runs is left
    alone. Of two drafts for one place the later to end stays. `check` is asked at the beginning, and again before what
    stands in the place is deleted: it raises what forbids that. Raises OSError if the disk refuses.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    with _locked(place.parent):
        _clear(place)
        check(place)
        room = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
        hold = _hold(room)
    try:
        made = room / MADE
        made.mkdir()
        yield made
        sync_folder(made)
        with _locked(place.parent):
            check(place)
            _take(room, place)
            sync_folder(place.parent)
    finally:
        shutil.rmtree(room, ignore_errors=True)
        os.close(hold)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write new files into a folder, down to the disk; nothing that is there is written over, no link is followed.

    Raises DeliveryError for names that would lead out of the folder, OSError if the disk refuses.
    """
    check_names(folder, files)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, content)


def replace_file(path: Path, content: bytes, mode: int = 0o666, keep: bool = False) -> None:
    """Put a file into its place, whole and down to the disk; a link that stands there is replaced, not followed.

    With `keep` a file that is there already stays as it is. `mode` is who may use the file, less what the umask
    forbids. Raises OSError if the disk refuses.
    """
    with _locked(path.parent):
        if not keep or not os.path.lexists(path):
            _replace(path, content, mode)


def append_to_file(path: Path, content: bytes) -> bytes:
    """Add lines to the end of a file, which is made if there is none, and return all that is in it then.

    Several processes may do this at the same time. A crash leaves the file as it was or with the whole addition.
    """
    with _locked(path.parent):
        old = path.read_bytes() if path.is_file() else b""
        whole = (old if not old or old.endswith(b"\n") else old + b"\n") + content
        _replace(path, whole)
    return whole


def _replace(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Replace a file while its folder is locked: nobody else uses the name of the draft then."""
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
    """Raise DeliveryError with each name that is no plain path inside a folder."""
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
    """Say whether a name is a plain path inside a folder: relative, without `..`, and written in the one usual way."""
    path = PurePosixPath(name)
    plain = name.isprintable() and not path.is_absolute() and not {"..", "."} & set(path.parts)
    return plain and bool(path.parts) and path.as_posix() == name and "\\" not in name


def sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take(room: Path, place: Path) -> None:
    """Put what is made into its place: in one step where the system can, else in two that the next draft can undo."""
    if not os.path.lexists(place):
        (room / MADE).rename(place)
    elif not _swapped(room / MADE, place):
        place.rename(room / FORMER)
        try:
            (room / MADE).rename(place)
        except OSError:
            (room / FORMER).rename(place)
            raise


def _swapped(one: Path, other: Path) -> bool:
    """Let two folders change places; False where the system or the disk knows no such thing."""
    system = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    with suppress(AttributeError):
        if sys.platform == "darwin":
            return bool(system.renamex_np(*names, _SWAP) == 0)
        return bool(system.renameat2(_HERE, names[0], _HERE, names[1], _SWAP) == 0)
    return False


def _clear(place: Path) -> None:
    """Take away the drafts of processes that are gone; a former folder that one of them had moved aside comes back."""
    for room in sorted(path for path in place.parent.iterdir() if _is_room(path, place)):
        hold = _hold(room)
        try:
            fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # whoever makes it is still there
            continue
        finally:
            os.close(hold)
        if not os.path.lexists(place) and (room / FORMER).is_dir():
            (room / FORMER).rename(place)
        shutil.rmtree(room, ignore_errors=True)


def _is_room(path: Path, place: Path) -> bool:
    """Say whether a draft for a place was made here: by the name that `mkdtemp` gave it, and by all that is in it."""
    named = re.fullmatch(re.escape(f".{place.name}-") + _RANDOM, path.name)
    if not named or path.is_symlink() or not path.is_dir():
        return False
    return all(each.name in (MADE, FORMER) for each in path.iterdir())


def _hold(folder: Path) -> int:
    """Open a folder and lock it for others' clearing as long as it is open; a disk without locks has none to clear."""
    descriptor = os.open(folder, os.O_RDONLY)
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    return descriptor


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time do what takes but a moment."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
