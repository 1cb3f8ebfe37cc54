"""Limits for untrusted files: how much an archive may unpack to, and a process with limits for a function."""

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from zipfile import ZipInfo

WHOLE = b"whole\n"  # what the output of a process that ended normally begins with


MOST_FILES = 10_000
LARGEST_FILE = 500_000_000  # bytes, unpacked
LARGEST_WHOLE = 2_000_000_000
LARGEST_RATIO = 200  # unpacked to packed size, for files above HARMLESS
HARMLESS = 10_000_000


def is_too_large(entries: Sequence[ZipInfo]) -> bool:
    """Say whether an archive of these entries has too many files or would unpack to too much."""
    return len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > LARGEST_WHOLE


def explodes(entry: ZipInfo) -> bool:
    """Say whether a file of an archive would unpack to too much, or has an implausible compression ratio."""
    grown = entry.file_size > HARMLESS and entry.file_size > LARGEST_RATIO * max(entry.compress_size, 1)
    return entry.file_size > LARGEST_FILE or grown


def run_limited(function: str, content: bytes, seconds: int, memory: int) -> bytes | None:
    """Return what a function ("package.module:name") returns for some bytes; None if it crashed or broke its limits.

    `seconds` limits the processor time and the time by the clock, `memory` the bytes of memory. Raises TimeoutError if
    the time by the clock ran out.
    """
    # -P, or Python would look for libraries in the folder from which it is called.
    command = [sys.executable, "-P", "-m", __name__, function, str(seconds), str(memory)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    return done.stdout.removeprefix(WHOLE) if done.stdout.startswith(WHOLE) else None


def main(function: str, seconds: str, memory: str) -> None:
    """Set the limits, call the function with what is on standard input, and write its result to standard output."""
    limits = (resource.RLIMIT_AS, int(memory)), (resource.RLIMIT_CPU, int(seconds)), (resource.RLIMIT_CORE, 0)
    for kind, most in limits:
        with suppress(ValueError, OSError):  # the system lacks this limit, or has a lower one
            resource.setrlimit(kind, (most, most))
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints must not get into the result
        module, _, name = function.partition(":")
        out.write(WHOLE + getattr(import_module(module), name)(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main(*sys.argv[1:])
