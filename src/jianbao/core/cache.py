"""The disk cache of builds, sealed with a secret of the user's, and the fingerprints that serve as its keys."""

import ctypes
import hmac
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from jianbao.core.atomic import is_inside, replace_file
from jianbao.core.private_files import PRIVATE, distrusted, make_private

# The system libraries that lay out text: the file names of each by platform, and the function that returns its version.
LAYOUT_LIBRARIES = (
    (("libpango-1.0.so.0", "libpango-1.0.0.dylib", "libpango-1.0-0.dll"), "pango_version"),
    (("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"), "hb_version_string"),
    (("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"), "FcGetVersion"),
)


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


def program() -> str:
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
    """A folder of files, named by their hashes, and of records, named by the key of what they were made from.

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
        """Return the key of what this program makes from some values (see `fingerprint`)."""
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
        """Return why the cache is not to be trusted, such as that others can write to it; "" if it can be."""
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
