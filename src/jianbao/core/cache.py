"""Cache builds on disk, upload to remote stores, and hash inputs and the program.

The cache is sealed with a secret of the user. A remote store (any fsspec address) cannot rename a folder, so every
upload goes to a new folder, and only the pointer, a small file that is written last, is overwritten. A reader
who follows it finds the former edition or the new one, complete.
"""

import ctypes
import hmac
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jianbao.core.atomic import is_inside, replace_file
from jianbao.core.errors import DeliveryError, Place, Problem, load_extra
from jianbao.core.messages import tr
from jianbao.core.private_files import PRIVATE, distrusted, make_private

# The system libraries that lay out text: the file names of each by platform, and the function that returns its version.
LAYOUT_LIBRARIES = (
    (("libpango-1.0.so.0", "libpango-1.0.0.dylib", "libpango-1.0-0.dll"), "pango_version"),
    (("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"), "hb_version_string"),
    (("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"), "FcGetVersion"),
)
POINTER = "edition.json"  # the small file that names the folder of the newest upload
_NAME_LENGTH = 16  # digits of the hash in a folder's name


def fingerprint(*values: object) -> str:
    """Return a hash of values: texts, bytes, numbers, dates, and tuples, mappings and dataclasses of them.

    Values that differ in content, order or nesting have different hashes. Raises
    TypeError for a value of any other type, so that none is left out by mistake.
    """
    digest = sha256()
    _add_to_hash(values, digest.update)
    return digest.hexdigest()


def _add_to_hash(value: object, add: Callable[[bytes], object]) -> None:
    if isinstance(value, str | bytes):
        content = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        add(f"{'str' if isinstance(value, str) else 'bytes'} {len(content)}:".encode())
        add(content)
    elif value is None or isinstance(value, bool | int | float | date):
        add(f"{type(value).__name__} {value!r};".encode())
    elif isinstance(value, Mapping):
        add(f"mapping {len(value)}:".encode())
        for item in value.items():
            _add_to_hash(item, add)
    elif isinstance(value, Sequence):
        add(f"sequence {len(value)}:".encode())
        for each in value:
            _add_to_hash(each, add)
    elif is_dataclass(value):
        _add_to_hash((type(value).__qualname__, *(getattr(value, each.name) for each in fields(value))), add)
    else:
        raise TypeError(f"a {type(value).__name__} has no fingerprint")


def installation_fingerprint() -> str:
    """Return the fingerprint of this program: its files, all libraries with their versions, Python and the machine.

    Returns "" if the version of a system library cannot be determined: then nothing may be cached, as a newer library
    might lay out text differently.
    """
    libraries = sorted(name for folder in sys.path for name in _installed(Path(folder)))
    layout = [_version(names, function) for names, function in LAYOUT_LIBRARIES]
    if not all(layout):
        return ""
    own = [(path, sha256(file.read_bytes()).hexdigest()) for path, file in _files(files("jianbao"), "")]
    machine = (platform.python_version(), platform.machine(), platform.system())
    return fingerprint(own, libraries, layout, *machine)


def _installed(folder: Path) -> Iterator[str]:
    """Yield the libraries of a folder by the names of their metadata, with versions: "numpy-2.4.0.dist-info"."""
    if folder.is_dir():
        yield from (each.name for each in folder.iterdir() if each.suffix in (".dist-info", ".egg-info"))


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif not entry.name.endswith(".pyc"):
            yield f"{prefix}{entry.name}", entry


def _version(names: Sequence[str], function: str) -> str:
    for name in names:
        try:
            read_version = getattr(ctypes.CDLL(name), function)
        except (OSError, AttributeError):
            continue
        read_version.restype = ctypes.c_char_p if function.endswith("string") else ctypes.c_int
        return str(read_version())
    return ""


MAX_CACHE_SIZE = 500_000_000  # bytes
_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class BuildCache:
    """A folder of files, named by their hashes, and of records, named by the key of their inputs.

    A record maps the names of the files that belong to a key to their hashes. A file is valid only if its hash is its
    name. A record begins with an HMAC of its key and content, made with this user's secret. An entry that is damaged,
    truncated, renamed or written by somebody else is therefore never used. Nothing is cached in a folder to which
    others can write. Without space or permission to cache anything, builds are only slower.

    `maker` is the fingerprint of the program and its fonts, `room` the number of bytes kept at most.
    """

    folder: Path
    maker: str
    secret: bytes = field(repr=False)
    room: int = MAX_CACHE_SIZE

    def key(self, *values: object) -> str:
        """Return the key of this program's results for some values (see `fingerprint`)."""
        return fingerprint(self.maker, *values)

    def find(self, key: str) -> dict[str, bytes] | None:
        """Return the files cached under a key, by their names; None if any of them is missing or has changed."""
        record = self._read(key)
        if record is None or not hmac.compare_digest(record[:64], self._seal(key, record[64:])):
            return None
        hashes = _read_record(record[64:])
        if hashes is None:
            return None
        found: dict[str, bytes] = {}
        for name, sha in hashes.items():
            content = self._read(sha)
            if content is None or sha256(content).hexdigest() != sha:
                return None
            found[name] = content
        return found

    def keep(self, key: str, files: Mapping[str, bytes]) -> None:
        """Cache files under a key; the least recently used entries are deleted if there is no room for them."""
        hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
        record = json.dumps(hashes).encode()
        with suppress(OSError):
            make_private(self.folder.parent)
            make_private(self.folder)
            if self._distrusted():
                return
            for name, content in files.items():
                replace_file(self.folder / hashes[name], content, PRIVATE)
            replace_file(self.folder / key, self._seal(key, record) + record, PRIVATE)
            self._delete_oldest()

    def _seal(self, key: str, record: bytes) -> bytes:
        return hmac.new(self.secret, key.encode() + b"\0" + record, sha256).hexdigest().encode()

    def _distrusted(self) -> str:
        """Return why the cache cannot be trusted, such as that others can write to it; "" if it can."""
        return distrusted(self.folder.parent, self.folder)

    def _read(self, name: str) -> bytes | None:
        path = self.folder / name
        if self._distrusted() or path.is_symlink() or not path.is_file():
            return None
        try:
            content = path.read_bytes()
            os.utime(path)  # marks the entry as recently used, for `_delete_oldest`
        except OSError:
            return None
        return content

    def _delete_oldest(self) -> None:
        known = [(path, path.stat()) for path in self.folder.iterdir()]
        over = sum(stat.st_size for _, stat in known) - self.room
        for path, stat in sorted(known, key=lambda each: each[1].st_mtime_ns):
            if over <= 0:
                return
            path.unlink(missing_ok=True)
            over -= stat.st_size


def _read_record(record: bytes) -> dict[str, str] | None:
    """Return the hash of each file by its name; None if a record is damaged, or has a name outside a folder."""
    try:
        found = json.loads(record)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    plain = all(isinstance(each, str) and _HASH.fullmatch(each) for each in found.values())
    return found if plain and all(not name or is_inside(name) for name in found) else None


# Remote stores


@dataclass(frozen=True)
class RemoteStore:
    """A place at an address that fsspec knows: s3://bucket/folder, sftp://host/folder, memory://folder."""

    url: str

    def __str__(self) -> str:
        return self.url

    @property
    def edition(self) -> str:
        """Return the label of the edition whose folder this is."""
        return self.url.split("/")[-2]

    def __truediv__(self, name: str) -> "RemoteStore":
        return RemoteStore(f"{self.url.rstrip('/')}/{name}")


class SecretError(ValueError):
    """An address contains a password, but addresses are shown and recorded."""


def store_or_path(text: str, start: Path) -> Path | RemoteStore:
    """Return the store at an address ("s3://…"), or the path of a text without "://", relative to `start`.

    Raises SecretError if the address contains a password.
    """
    if "://" not in text:
        return start / text
    if urlsplit(text).password:
        raise SecretError(tr("the address contains a password; give it by fsspec's settings (~/.config/fsspec)"))
    return RemoteStore(text.rstrip("/"))


def upload(remote_store: RemoteStore, label: str, files: Mapping[str, bytes]) -> RemoteStore:
    """Upload the files of an edition, check that all are there, then write the pointer; return the folder.

    Raises DeliveryError if the store refuses; the pointer then still points to the former edition.
    """
    target = remote_store / label / _folder_name(files)
    with _open_store(target) as (store, folder):
        for name, content in files.items():
            _write(store, f"{folder}/{name}", content)
        if not _complete(store, folder, files):
            raise OSError(tr("the store does not have what was written"))
        pointer = json.dumps({"edition": label, "folder": _folder_name(files)}, ensure_ascii=False) + "\n"
        _write(store, _pointer_path(folder), pointer.encode())
        if _current(store, folder) != _folder_name(files):
            raise OSError(tr("{sign} does not have what was written", sign=POINTER))
    return target


def find_uploaded(remote_store: RemoteStore, label: str, files: Mapping[str, bytes]) -> RemoteStore | None:
    """Return the folder of these files of an edition if the pointer names it and all sizes match, else None."""
    target = remote_store / label / _folder_name(files)
    with _open_store(target) as (store, folder):
        return target if _current(store, folder) == _folder_name(files) and _complete(store, folder, files) else None


def uploaded_sizes(target: RemoteStore) -> dict[str, int]:
    """Return the bytes of each file of an edition by its name. Raises DeliveryError."""
    with _open_store(target) as (store, folder):
        return _sizes(store, folder)


@contextmanager
def _open_store(target: RemoteStore) -> Iterator[tuple[Any, str]]:
    """Yield the store and the path of an edition's folder in it; any error becomes a DeliveryError."""
    fsspec = load_extra("remote", "fsspec.core", str(target))
    try:
        store, folder = fsspec.url_to_fs(str(target))
        store.invalidate_cache()
        yield store, folder
    except Exception as error:  # each store has its own exceptions
        hint = tr("make sure it can be reached and written to; the edition it points to is unchanged")
        said = str(error) or type(error).__name__
        raise DeliveryError(Problem(Place(str(target)), tr("the store refuses: {said}", said=said), hint)) from error


def _folder_name(files: Mapping[str, bytes]) -> str:
    """Return the name of the folder for exactly these files, by their hashes."""
    return fingerprint({name: sha256(content).hexdigest() for name, content in sorted(files.items())})[:_NAME_LENGTH]


def _pointer_path(folder: str) -> str:
    return f"{folder.rpartition('/')[0]}/{POINTER}"


def _current(store: Any, folder: str) -> str:
    """Return the folder name that the pointer contains; "" if it is missing or unreadable."""
    try:
        return str(json.loads(store.cat_file(_pointer_path(folder)))["folder"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ""


def _write(store: Any, path: str, content: bytes) -> None:
    try:
        store.pipe_file(path, content)
    except FileNotFoundError:  # raised only by a store with real folders
        store.makedirs(path.rpartition("/")[0], exist_ok=True)
        store.pipe_file(path, content)


def _complete(store: Any, folder: str, files: Mapping[str, bytes]) -> bool:
    return _sizes(store, folder) == {name: len(content) for name, content in files.items()}


def _sizes(store: Any, folder: str) -> dict[str, int]:
    store.invalidate_cache()  # fsspec caches listings, and another process may have written since
    try:
        found = store.find(folder, detail=True)
    except FileNotFoundError:
        return {}
    return {path.removeprefix(f"{folder}/"): int(about["size"]) for path, about in found.items()}
