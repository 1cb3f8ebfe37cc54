"""The journal of a delivery: written before and after each step and forced to the disk, so that a crash loses none.

A message is `begun` when it is first tried, `handing` just before the dot that ends it, then `sent` or `refused` as the
server answers; `broken` where the line broke before the dot. Without an answer to the dot nobody but the recipient or
the server's log knows whether it arrived: it is in doubt until the operator says `arrived` or `again`.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jianbao.errors import DeliveryError, Place, Problem
from jianbao.publication.draft import settle

EVENTS = ("begun", "handing", "sent", "refused", "broken", "arrived", "again")
SENT, DOUBT, UNSENT = "sent", "in doubt", "not sent"
_STATES = {"sent": SENT, "arrived": SENT, "handing": DOUBT}


@dataclass(frozen=True)
class Entry:
    """One line: when, what happened, to which message for whom; `date` is the message's own, `answer` the server's."""

    at: str
    event: str
    to: str
    digest: str
    message_id: str
    date: str
    answer: str = ""


@dataclass
class Journal:
    """An open journal, locked against a second delivery: what happened so far, and where the next line goes."""

    file: Path
    descriptor: int
    entries: list[Entry] = field(default_factory=list)

    def state(self, to: str, digest: str) -> str:
        """Return SENT, DOUBT or UNSENT."""
        last = self.last(to, digest)
        return _STATES.get(last.event, UNSENT) if last else UNSENT

    def last(self, to: str, digest: str) -> Entry | None:
        """Return the last line on a message for a recipient, if there is one."""
        return next((each for each in reversed(self.entries) if (each.to, each.digest) == (to, digest)), None)

    def others(self, to: str, digest: str) -> Mapping[str, str]:
        """Return what became of other messages for a recipient that were sent or are in doubt, by their digests."""
        digests = dict.fromkeys(each.digest for each in self.entries if each.to == to and each.digest != digest)
        states = {each: self.state(to, each) for each in digests}
        return {each: state for each, state in states.items() if state != UNSENT}

    def write(self, event: str, to: str, digest: str, message_id: str, date: str, answer: str = "") -> None:
        """Add a line and wait until it is on the disk; raises DeliveryError if the disk refuses."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        entry = Entry(at, event, to, digest, message_id, date, answer)
        line = (json.dumps(asdict(entry), ensure_ascii=False) + "\n").encode()
        try:
            written = os.write(self.descriptor, line)
            os.fsync(self.descriptor)
        except OSError as error:
            raise self._unwritable(error.strerror or str(error)) from error
        if written != len(line):
            raise self._unwritable("the disk is full")
        self.entries.append(entry)

    def _unwritable(self, why: str) -> DeliveryError:
        hint = "make room on the disk, then deliver again: what is in doubt will be named"
        return DeliveryError(Problem(Place(str(self.file)), f"the journal cannot be written: {why}", hint))


def journal_of(output: Path, edition: str) -> Path:
    """Return where the journal of an edition lies: beside its folder, which a new build replaces."""
    return output / f"{edition}.journal.jsonl"


@contextmanager
def opened(file: Path) -> Iterator[Journal]:
    """Open a journal for as long as a delivery takes.

    A last line that a crash cut off is taken away: nothing was done that waits for a line before it is whole. Raises
    DeliveryError if another delivery has it open, or it is damaged otherwise.
    """
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise DeliveryError(Problem(Place(str(file)), f"the journal does not open: {error.strerror}")) from error
    try:
        _lock(descriptor, file)
        content = b"".join(iter(lambda: os.read(descriptor, 1 << 20), b""))
        whole = content[: content.rfind(b"\n") + 1]
        os.ftruncate(descriptor, len(whole))
        os.fsync(descriptor)
        settle(file.parent)
        yield Journal(file, descriptor, list(_entries(whole, file)))
    finally:
        os.close(descriptor)


def read_journal(file: Path) -> Journal:
    """Return what a journal says, to be looked at only; an empty one if there is none."""
    content = file.read_bytes() if file.is_file() else b""
    return Journal(file, -1, list(_entries(content[: content.rfind(b"\n") + 1], file)))


def _lock(descriptor: int, file: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        hint = "wait until it ends: two at once could send twice"
        raise DeliveryError(Problem(Place(str(file)), "another delivery of this edition is under way", hint)) from error


def _entries(content: bytes, file: Path) -> Iterator[Entry]:
    for number, line in enumerate(content.splitlines(), 1):
        try:
            entry = Entry(**json.loads(line))
            if entry.event not in EVENTS:
                raise ValueError(entry.event)
        except (ValueError, TypeError) as error:
            hint = "restore the file: without it nobody knows what was sent"
            raise DeliveryError(Problem(Place(str(file), number), "this is no line of a journal", hint)) from error
        yield entry
