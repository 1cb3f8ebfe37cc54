"""The disk cache of builds, sealed with a secret of the user's, and the fingerprints that serve as its keys."""

import ctypes
import hmac
import json
import os
import platform
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.metadata import distributions
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from jianbao.core.atomic import is_inside, replace_file
from jianbao.core.private import PRIVATE, distrusted, make_private

# The system libraries that lay out text: the names of each on every platform, and what returns its version.
SHAPERS = (
    (("libpango-1.0.so.0", "libpango-1.0.0.dylib", "libpango-1.0-0.dll"), "pango_version"),
    (("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"), "hb_version_string"),
    (("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"), "FcGetVersion"),
)


def fingerprint(*values: object) -> str:
    """Return a hash of values: texts, bytes, numbers, dates, and tuples, mappings and dataclasses of them.

    Different values have different hashes, also when they are nested or follow each other differently. Raises
    TypeError for a value of any other type, so that none is left out by mistake.
    """
    digest = sha256()
    _add(values, digest.update)
    return digest.hexdigest()


def _add(value: object, add: Callable[[bytes], object]) -> None:
    if isinstance(value, str | bytes):
        content = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        add(f"{'str' if isinstance(value, str) else 'bytes'} {len(content)}:".encode())
        add(content)
    elif value is None or isinstance(value, bool | int | float | date):
        add(f"{type(value).__name__} {value!r};".encode())
    elif isinstance(value, Mapping):
        add(f"mapping {len(value)}:".encode())
        for item in value.items():
            _add(item, add)
    elif isinstance(value, Sequence):
        add(f"sequence {len(value)}:".encode())
        for each in value:
            _add(each, add)
    elif is_dataclass(value):
        _add((type(value).__qualname__, *(getattr(value, each.name) for each in fields(value))), add)
    else:
        raise TypeError(f"a {type(value).__name__} has no fingerprint")


@cache
def program() -> str:
    """Return the fingerprint of this program: its files, every library with its version, Python and its machine.

    Returns "" if the version of a system library cannot be determined.
    """
    libraries = sorted({(each.name, each.version) for each in distributions()})
    shapers = [_version(names, way) for names, way in SHAPERS]
    if not all(shapers):
        return ""
    own = [(path, sha256(file.read_bytes()).hexdigest()) for path, file in _files(files("jianbao"), "")]
    return fingerprint(own, libraries, shapers, platform.python_version(), platform.machine(), platform.system())


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif not entry.name.endswith(".pyc"):
            yield f"{prefix}{entry.name}", entry


def _version(names: Sequence[str], way: str) -> str:
    for name in names:
        try:
            tell = getattr(ctypes.CDLL(name), way)
        except (OSError, AttributeError):
            continue
        tell.restype = ctypes.c_char_p if way.endswith("string") else ctypes.c_int
        return str(tell())
    return ""


ROOM = 500_000_000  # bytes kept at most
_ADDRESS = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class BuildCache:
    """A folder of contents, named by their hashes, and of records, named by what they were made from.

    A content is valid only if its hash is its name. A record begins with an HMAC of its name and content, made with
    this user's secret. An entry that is damaged, truncated, renamed or written by somebody else is therefore never
    used. Nothing is cached in a folder to which others can write. Without space or permission to cache anything,
    builds are only slower.
    """

    folder: Path
    maker: str
    secret: bytes = field(repr=False)
    room: int = ROOM

    def key(self, *values: object) -> str:
        """Return the key of what this program makes with its fonts from some values (see `fingerprint`)."""
        return fingerprint(self.maker, *values)

    def find(self, key: str) -> dict[str, bytes] | None:
        """Return the files cached under a key, by their names; None if any of them is missing or has changed."""
        record = self._read(key)
        if record is None or not hmac.compare_digest(record[:64], self._seal(key, record[64:])):
            return None
        addresses = _addresses(record[64:])
        if addresses is None:
            return None
        found: dict[str, bytes] = {}
        for name, address in addresses.items():
            content = self._read(address)
            if content is None or sha256(content).hexdigest() != address:
                return None
            found[name] = content
        return found

    def keep(self, key: str, files: Mapping[str, bytes]) -> None:
        """Cache files under a key; the least recently used entries make room for them."""
        addresses = {name: sha256(content).hexdigest() for name, content in files.items()}
        record = json.dumps(addresses).encode()
        with suppress(OSError):
            make_private(self.folder.parent)
            make_private(self.folder)
            if self._distrusted():
                return
            for name, content in files.items():
                replace_file(self.folder / addresses[name], content, PRIVATE)
            replace_file(self.folder / key, self._seal(key, record) + record, PRIVATE)
            self._clear()

    def _seal(self, key: str, record: bytes) -> bytes:
        return hmac.new(self.secret, key.encode() + b"\0" + record, sha256).hexdigest().encode()

    def _distrusted(self) -> str:
        return distrusted(self.folder.parent, self.folder)

    def _read(self, name: str) -> bytes | None:
        path = self.folder / name
        if self._distrusted() or path.is_symlink() or not path.is_file():
            return None
        try:
            content = path.read_bytes()
            os.utime(path)
        except OSError:
            return None
        return content

    def _clear(self) -> None:
        known = [(path, path.stat()) for path in self.folder.iterdir()]
        over = sum(stat.st_size for _, stat in known) - self.room
        for path, stat in sorted(known, key=lambda each: each[1].st_mtime_ns):
            if over <= 0:
                return
            path.unlink(missing_ok=True)
            over -= stat.st_size


def _addresses(record: bytes) -> dict[str, str] | None:
    """Return the address of each file by its name; None for a record that would name anything else."""
    try:
        found = json.loads(record)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    plain = all(isinstance(each, str) and _ADDRESS.fullmatch(each) for each in found.values())
    return found if plain and all(not name or is_inside(name) for name in found) else None
