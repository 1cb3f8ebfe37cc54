"""Fingerprints: one hash of all that a thing is made from, and one of the program that makes it."""

import ctypes
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.metadata import distributions
from importlib.resources import files
from importlib.resources.abc import Traversable

# What sets lines besides Python's own libraries: names of each library on the systems there are, and what tells its
# version.
SHAPERS = (
    (("libpango-1.0.so.0", "libpango-1.0.0.dylib", "libpango-1.0-0.dll"), "pango_version"),
    (("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"), "hb_version_string"),
    (("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"), "FcGetVersion"),
)


def fingerprint(*values: object) -> str:
    """Return a hash of values: texts, bytes, numbers, dates, and tuples, mappings and dataclasses of them.

    Different values have different ones, whatever stands beside what. Raises TypeError for anything else, so that
    nothing that matters is left out unnoticed.
    """
    digest = sha256()
    _add(values, digest.update)
    return digest.hexdigest()


def _add(value: object, add: Callable[[bytes], object]) -> None:
    if isinstance(value, str | bytes):
        content = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        add(f"{type(value).__name__} {len(content)}:".encode())
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

    Nothing ("") if the version of a library of the system cannot be told.
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
