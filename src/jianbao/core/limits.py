"""Run a function of the program on bytes that come from others, in a process with limits on time and memory."""

import os
import resource
import subprocess
import sys
from contextlib import suppress
from importlib import import_module

WHOLE = b"whole\n"  # what the answer of a process that ended in order begins with


def run_limited(function: str, content: bytes, seconds: int, memory: int) -> bytes | None:
    """Return what a function ("package.module:name") makes of bytes; None if its limits, or what it read, ended it.

    The function takes at most so many seconds of the processor and by the clock, and so many bytes of memory. Raises
    TimeoutError if the clock stopped it.
    """
    # -P, or Python would look for libraries in the folder from which it is called.
    command = [sys.executable, "-P", "-m", __name__, function, str(seconds), str(memory)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError from error
    return done.stdout.removeprefix(WHOLE) if done.stdout.startswith(WHOLE) else None


def main(function: str, seconds: str, memory: str) -> None:
    """Give the function what comes in, within the limits, and write out what it returns."""
    limits = (resource.RLIMIT_AS, int(memory)), (resource.RLIMIT_CPU, int(seconds)), (resource.RLIMIT_CORE, 0)
    for kind, most in limits:
        with suppress(ValueError, OSError):  # a system that has not this limit, or a lower one
            resource.setrlimit(kind, (most, most))
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints is no answer
        module, _, name = function.partition(":")
        out.write(WHOLE + getattr(import_module(module), name)(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main(*sys.argv[1:])
