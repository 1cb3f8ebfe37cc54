"""Logs whose lines are chained: each has the hash of the line before it, so that a missing or changed one is found.

The journal of a delivery, the log of stations and that of the studio are such logs. Lines that are cut off at the end
leave no gap in the chain: to miss them, a log keeps the hash of its last line elsewhere.
"""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256


def write_line(record: Mapping[str, object]) -> bytes:
    """Return a record as a line of a log, without its end; the record says the hash of the line before it."""
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
