"""Limits for untrusted files: how much an archive may unpack to, XML without entities, a process with limits."""

import os
import resource
import subprocess
import sys
import zlib
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from io import BytesIO
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile, ZipInfo

SUCCESS_MARK = b"whole\n"  # the output of a process that ended normally begins with this

MOST_FILES = 10_000
LARGEST_FILE = 500_000_000  # bytes, unpacked
LARGEST_WHOLE = 2_000_000_000
LARGEST_RATIO = 200  # unpacked to packed size, for files above SMALL_FILE
SMALL_FILE = 10_000_000  # bytes, unpacked: up to this size, no compression ratio is suspicious


def is_too_large(entries: Sequence[ZipInfo]) -> bool:
    """Return whether an archive of these entries has too many files or would unpack to too much."""
    return len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > LARGEST_WHOLE


def is_zip_bomb(entry: ZipInfo) -> bool:
    """Return whether a file of an archive would unpack to too much, or has an implausible compression ratio."""
    bloated = entry.file_size > SMALL_FILE and entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1)
    return entry.file_size > LARGEST_FILE or bloated


class UnreadableError(ValueError):
    """An archive is damaged or encrypted, or would unpack to too much."""


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive by their names; raises UnreadableError, whose text is "large" or "damaged"."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
            if is_too_large(entries) or any(map(is_zip_bomb, entries)):
                raise UnreadableError("large")
            return {entry.filename: archive.read(entry) for entry in entries if not entry.is_dir()}
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise UnreadableError("damaged") from error


def as_xml(content: bytes) -> ElementTree.Element | None:
    """Return the root of an XML document; None for one that is damaged or declares entities."""
    if b"<!ENTITY" in content or b"<\0!\0E\0N\0T" in content:
        return None
    try:
        return ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def local(tag: object) -> str:
    """Return the name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: ElementTree.Element | None, name: str) -> str:
    """Return the value of an attribute by its name without namespace; "" if there is none."""
    items = element.attrib.items() if element is not None else ()
    return next((value for key, value in items if local(key) == name), "")


def child(element: ElementTree.Element | None, *names: str) -> ElementTree.Element | None:
    """Return the descendant of an element at a path of names without namespaces, None if there is none."""
    for name in names:
        element = next((each for each in element if local(each.tag) == name), None) if element is not None else None
    return element


def run_limited(function: str, content: bytes, seconds: int, memory: int) -> bytes | None:
    """Return what a function ("package.module:name") returns for some bytes; None if it crashed or broke its limits.

    `seconds` limits the processor time and the time by the clock, `memory` the bytes of memory. Raises TimeoutError if
    the time by the clock ran out.
    """
    # Without -P, Python would also import modules from the current folder.
    command = [sys.executable, "-P", "-m", __name__, function, str(seconds), str(memory)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    return done.stdout.removeprefix(SUCCESS_MARK) if done.stdout.startswith(SUCCESS_MARK) else None


def main(function: str, seconds: str, memory: str) -> None:
    """Set the limits, call the function with what is on standard input, and write its result to standard output."""
    limits = (resource.RLIMIT_AS, int(memory)), (resource.RLIMIT_CPU, int(seconds)), (resource.RLIMIT_CORE, 0)
    for kind, most in limits:
        with suppress(ValueError, OSError):  # the system lacks this limit, or has a lower one
            resource.setrlimit(kind, (most, most))
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not get into the result
        module, _, name = function.partition(":")
        out.write(SUCCESS_MARK + getattr(import_module(module), name)(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main(*sys.argv[1:])
