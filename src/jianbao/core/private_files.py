"""Keep folders and secrets that only this user can read; ask for passwords, which are never stored or shown."""

import fcntl
import getpass
import os
import secrets
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from jianbao.core.atomic import replace_file
from jianbao.core.errors import DeliveryError, Place, Problem
from jianbao.core.messages import NO_TEXT, Translatable, in_ui_language, tr, tr_error

SECRET_LENGTH = 32  # bytes of a secret
PROGRAM_TIMEOUT = 120  # seconds that a program may take
PASSWORD_LIMIT = 4096  # bytes that are read of a password
PRIVATE = 0o600  # permissions of a file that only this user can read and write
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def state_folder() -> Path:
    """Return the folder for data that must be kept: $XDG_STATE_HOME/jianbao or ~/.local/state/jianbao."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "jianbao"


def cache_folder() -> Path:
    """Return the folder for data that can be made again: $XDG_CACHE_HOME/jianbao or ~/.cache/jianbao."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "jianbao"


def make_private(folder: Path) -> None:
    """Create a folder that only this user can read; an existing one is not changed. Raises OSError."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)


def run_on_file(content: bytes, name: str, result: str, command: Callable[[Path], Sequence[str]]) -> bytes | None:
    """Return the result of a program for a file, in a temporary folder that only this user can read.

    Args:
        content: The content of the file.
        name: The name of the file in the folder.
        result: The name of the file that the program writes there.
        command: Returns the words of the command for the folder.

    Returns:
        The content of the result; None if the program is missing, fails, or takes longer than two minutes.

    """
    with TemporaryDirectory(prefix="jianbao") as made:
        folder = Path(made)
        (folder / name).write_bytes(content)
        try:
            subprocess.run(command(folder), capture_output=True, timeout=PROGRAM_TIMEOUT, check=True)
            return (folder / result).read_bytes()
        except (OSError, subprocess.SubprocessError):
            return None


def distrusted(*folders: Path) -> Translatable:
    """Return why folders cannot be trusted; "" if only this user and root can write to them.

    A folder that does not exist is trusted.
    """
    for folder in folders:
        try:
            state = folder.lstat()
        except FileNotFoundError:
            continue
        except OSError as error:
            return tr("'{folder}' cannot be looked at: {error}", folder=folder, error=tr_error(error))
        if not stat.S_ISDIR(state.st_mode):
            return tr("'{folder}' is a link or no folder", folder=folder)
        if state.st_uid not in (0, os.geteuid()):
            return tr("'{folder}' belongs to another user", folder=folder)
        if state.st_mode & _OTHERS_WRITE:
            return tr("others can write to '{folder}'", folder=folder)
    return NO_TEXT


def own_secret(name: str) -> bytes | None:
    """Return a secret of this user by its name; it is created on first use.

    Returns None if it cannot be stored, or if somebody else could have read or written it.
    """
    file = state_folder() / name
    try:
        make_private(file.parent)
        if distrusted(file.parent):
            return None
        if not os.path.lexists(file):
            replace_file(file, secrets.token_bytes(SECRET_LENGTH), PRIVATE, keep=True)
        return _read(file)
    except OSError:
        return None


def _read(file: Path) -> bytes | None:
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as opened:
        state = os.fstat(opened.fileno())
        own = stat.S_ISREG(state.st_mode) and state.st_uid == os.geteuid() and not state.st_mode & _OTHERS
        content = opened.read(SECRET_LENGTH + 1) if own else b""
    return content if len(content) == SECRET_LENGTH else None


_TAIL = 65_536  # bytes at the end of a log, which hold its last line


@dataclass(frozen=True)
class SecretSource:
    """The source of a password: a file descriptor if given, else an environment variable, else a prompt.

    `what` names the password in the prompt and in errors.
    """

    what: Translatable
    variable: str
    descriptor: int | None = None


def read_secret(source: SecretSource) -> str:
    """Return the password; raises DeliveryError if none is given and there is no terminal to ask on."""
    if source.descriptor is not None:
        return _from_descriptor(source)
    if source.variable in os.environ:
        return os.environ[source.variable]
    if sys.stdin.isatty():
        return getpass.getpass(in_ui_language(tr("{what}: ", what=source.what)))
    hint = tr("set {variable}, name a file descriptor, or run the command in a terminal", variable=source.variable)
    raise DeliveryError(Problem(Place(source.variable), tr("the {what} is not known", what=source.what), hint))


def _from_descriptor(source: SecretSource) -> str:
    number = source.descriptor if source.descriptor is not None else -1
    try:
        with os.fdopen(os.dup(number), "rb") as stream:
            return stream.read(PASSWORD_LIMIT).split(b"\n")[0].rstrip(b"\r").decode()
    except (OSError, UnicodeDecodeError) as error:
        what = tr("the {what} cannot be read from it", what=source.what)
        raise DeliveryError(Problem(Place(tr("file descriptor {number}", number=number)), what)) from error


def kept_file(name: str) -> Path:
    """Return the path of a private file of this user that must survive a crash, by its name ("studio/x.yml")."""
    return state_folder() / name


def read_kept(name: str) -> bytes:
    """Return a file that `keep` wrote; empty if there is none. Raises OSError if it cannot be read."""
    file = kept_file(name)
    return file.read_bytes() if file.is_file() and not file.is_symlink() else b""


def keep(name: str, content: bytes) -> None:
    """Write a file that only this user can read, in one step; empty content deletes it. Raises OSError."""
    file = kept_file(name)
    make_private(state_folder())
    make_private(file.parent)
    if content:
        replace_file(file, content, PRIVATE)
    else:
        file.unlink(missing_ok=True)


def set_kept_aside(name: str, other: str) -> None:
    """Give a kept file another name; one that somebody else has moved meanwhile is left. Raises OSError."""
    with suppress(FileNotFoundError):
        kept_file(name).rename(kept_file(other))


def kept_names(start: str) -> tuple[str, ...]:
    """Return the sorted names of the kept files with this beginning ("studio/x"). Raises OSError."""
    folder, _, name = start.rpartition("/")
    place = kept_file(folder)
    found = sorted(path.name for path in place.iterdir() if path.is_file()) if place.is_dir() else ()
    return tuple(f"{folder}/{each}" for each in found if each.startswith(name))


def append_kept(name: str, line_after: Callable[[bytes], bytes]) -> bytes:
    """Append a line to a file that only this user can read, sync it to disk, and return it.

    `line_after` returns the line, without its end, from the last line there, b"" if there is none. Calls of
    several processes wait for each other. An incomplete line left by a crash is removed. Raises OSError.
    """
    file = kept_file(name)
    make_private(state_folder())
    make_private(file.parent)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        tail = os.pread(descriptor, _TAIL, max(size - _TAIL, 0))
        broken_off = len(tail) - (tail.rfind(b"\n") + 1)
        if broken_off:
            os.ftruncate(descriptor, size - broken_off)
        line = line_after(_last_line(tail))
        os.write(descriptor, line + b"\n")
        os.fsync(descriptor)
        return line
    finally:
        os.close(descriptor)


def _last_line(tail: bytes) -> bytes:
    """Return the last whole line of the end of a file."""
    return tail[: tail.rfind(b"\n") + 1].rstrip(b"\n").rpartition(b"\n")[2]


def forget_kept(start: str, moment: float) -> None:
    """Delete the kept files with this beginning that were last written before a moment, in seconds since 1970.

    Raises OSError.
    """
    for name in kept_names(start):
        file = kept_file(name)
        if file.stat().st_mtime < moment:
            file.unlink(missing_ok=True)
