"""Keep the journal of a delivery, chained by hashes and synced to disk before and after each step.

A message is `begun` when it is first tried, `handing` just before the dot that ends it, then `sent` or `refused` as the
server answers; `broken` if the connection broke before the dot. Without an answer to the dot only the recipient or
the server's log knows whether it arrived: it is in doubt until the operator says `arrived` or `again`.

Each line has the hash of the line before it, and the number of lines is stored with the last hash in a second
place, this user's state. So a journal that was deleted, truncated or changed is detected, and nothing is sent twice.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from jianbao.core.atomic import line_hash, numbered_lines, sync_folder, write_line
from jianbao.core.edition_folder import write_each
from jianbao.core.errors import DeliveryError, Place, Problem
from jianbao.core.messages import Translatable, tr, tr_error, tr_later
from jianbao.core.private_files import make_private, state_folder

_RESTORE = tr("restore the file: without it nobody knows what was sent")
EVENTS = ("begun", "handing", "sent", "refused", "broken", "arrived", "again")
SENT, DOUBT, UNSENT = tr_later("sent"), tr_later("in doubt"), tr_later("not sent")
_STATES = {"sent": SENT, "arrived": SENT, "handing": DOUBT}


@dataclass(frozen=True, kw_only=True)
class JournalEntry:
    """One line: when, what happened, to which message for whom; `date` is the message's own, `answer` the server's.

    `before` is the SHA-256 of the previous line, "" in the first one.
    """

    at: str
    event: str
    to: str
    digest: str
    message_id: str
    date: str
    answer: str
    before: str


@dataclass
class Journal:
    """An open journal, locked against a second delivery: its lines so far, and the place of the next line.

    `last_line` is the SHA-256 of the last line, "" if there is none.
    """

    file: Path
    descriptor: int
    entries: list[JournalEntry] = field(default_factory=list)
    last_line: str = ""

    def state(self, to: str, digest: str) -> str:
        """Return SENT, DOUBT or UNSENT."""
        last = self.last(to, digest)
        return _STATES.get(last.event, UNSENT) if last else UNSENT

    def last(self, to: str, digest: str) -> JournalEntry | None:
        """Return the last line on a message for a recipient, if there is one."""
        return next((each for each in reversed(self.entries) if (each.to, each.digest) == (to, digest)), None)

    def others(self, to: str, digest: str) -> Mapping[str, str]:
        """Return the states of other messages for a recipient that were sent or are in doubt, by digest."""
        digests = dict.fromkeys(each.digest for each in self.entries if each.to == to and each.digest != digest)
        states = {each: self.state(to, each) for each in digests}
        return {each: state for each, state in states.items() if state != UNSENT}

    def write(self, event: str, *, to: str, digest: str, message_id: str, date: str, answer: str = "") -> None:
        """Append a line and sync it to disk; raises DeliveryError if the disk refuses."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        entry = JournalEntry(
            at=at,
            event=event,
            to=to,
            digest=digest,
            message_id=message_id,
            date=date,
            answer=answer,
            before=self.last_line,
        )
        line = write_line(asdict(entry))
        try:
            written = os.write(self.descriptor, line + b"\n")
            os.fsync(self.descriptor)
            if written != len(line) + 1:
                raise self._unwritable(tr("the disk is full"))
            self.entries.append(entry)
            self.last_line = line_hash(line)
            _remember(self.file, _Head(len(self.entries), self.last_line, str(self.file)))
        except OSError as error:
            raise self._unwritable(tr_error(error)) from error

    def _unwritable(self, why: Translatable) -> DeliveryError:
        hint = tr("make room on the disk, then deliver again: what is in doubt will be named")
        return DeliveryError(Problem(Place(str(self.file)), tr("the journal cannot be written: {why}", why=why), hint))


@dataclass(frozen=True)
class _Head:
    """The record of a journal in a second place: its number of lines, the SHA-256 of the last one, and its path."""

    lines: int
    last: str
    journal: str = ""


def journal_of(output: Path, edition: str) -> Path:
    """Return the path of an edition's journal: beside its folder, which a new build replaces."""
    return output / f"{edition}.journal.jsonl"


@contextmanager
def open_journal(file: Path) -> Iterator[Journal]:
    """Open a journal for as long as a delivery takes.

    An incomplete last line after a crash is removed: no step is taken before its line is complete. Raises DeliveryError
    if another delivery has it open, it is a link or folder, it is damaged otherwise, or lines are missing.
    """
    _refuse_link_or_folder(file)
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise DeliveryError(
            Problem(Place(str(file)), tr("the journal does not open: {error}", error=tr_error(error)))
        ) from error
    try:
        _lock(descriptor, file)
        content = b"".join(iter(lambda: os.read(descriptor, 1 << 20), b""))
        whole = content[: content.rfind(b"\n") + 1]
        os.ftruncate(descriptor, len(whole))
        os.fsync(descriptor)
        sync_folder(file.parent)
        yield _checked(whole, file, descriptor)
    finally:
        os.close(descriptor)


def read_journal(file: Path) -> Journal:
    """Return a journal for reading only; an empty one if there is none. Raises DeliveryError as `open_journal` does."""
    _refuse_link_or_folder(file)
    content = file.read_bytes() if file.is_file() else b""
    return _checked(content[: content.rfind(b"\n") + 1], file, -1)


def _refuse_link_or_folder(file: Path) -> None:
    """Raise DeliveryError for a link, which is not followed, or a folder: no delivery writes these."""
    if os.path.lexists(file) and (file.is_symlink() or not file.is_file()):
        raise DeliveryError(Problem(Place(str(file)), tr("this is no file, but a link or a folder"), _RESTORE))


def _lock(descriptor: int, file: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        hint = tr("wait until it ends: two at once could send twice")
        raise DeliveryError(
            Problem(Place(str(file)), tr("another delivery of this edition is under way"), hint)
        ) from error


def _checked(content: bytes, file: Path, descriptor: int) -> Journal:
    """Return the journal of complete lines; raises DeliveryError if a line is invalid, missing or changed."""
    found = Journal(file, descriptor)
    known = _remembered(file)
    for number, line, before in numbered_lines(content):
        entry = _entry(line, Place(str(file), number))
        if entry.before != before:
            raise DeliveryError(
                Problem(Place(str(file), number), tr("a line before this was taken out or changed"), _RESTORE)
            )
        found.entries.append(entry)
        found.last_line = line_hash(line)
        if number == known.lines and found.last_line != known.last:
            raise DeliveryError(Problem(Place(str(file), number), tr("this line was changed"), _RESTORE))
    if len(found.entries) < known.lines:
        what = tr(
            "the journal had {before} lines and has {now}: who got the edition is not known",
            before=known.lines,
            now=len(found.entries),
        )
        hint = tr(
            "{hint}; if it is lost, delete {file}: then everyone gets the edition again",
            hint=_RESTORE,
            file=_line_count_file(file),
        )
        raise DeliveryError(Problem(Place(str(file)), what, hint))
    return found


def _entry(line: bytes, place: Place) -> JournalEntry:
    try:
        entry = JournalEntry(**json.loads(line))
        if entry.event not in EVENTS or not all(isinstance(each, str) for each in asdict(entry).values()):
            raise ValueError(entry.event)
    except (ValueError, TypeError, RecursionError) as error:
        raise DeliveryError(Problem(place, tr("this is not a line of a delivery journal"), _RESTORE)) from error
    return entry


def _line_count_file(file: Path) -> Path:
    """Return the second place for the number of lines of a journal: in this user's state, by the journal's path."""
    return state_folder() / "journals" / f"{sha256(str(file.resolve()).encode()).hexdigest()}.json"


def _remembered(file: Path) -> _Head:
    """Return the record of a journal; an empty one if this user did not write it here."""
    place = _line_count_file(file)
    try:
        head = _Head(**json.loads(place.read_bytes()))
        if (
            type(head.lines) is not int
            or head.lines < 0
            or not all(isinstance(each, str) for each in (head.last, head.journal))
        ):
            raise ValueError(head)
        return head
    except FileNotFoundError:
        return _Head(0, "")
    except (OSError, ValueError, TypeError, RecursionError) as error:
        hint = tr("see that {file} is whole, then delete this file", file=file)
        raise DeliveryError(Problem(Place(str(place)), tr("the record of the journal cannot be read"), hint)) from error


def _remember(file: Path, head: _Head) -> None:
    """Write the record of a journal and sync it to disk. Raises OSError."""
    place = _line_count_file(file)
    make_private(place.parent.parent)
    make_private(place.parent)
    write_each(place.parent, {place.name: json.dumps(asdict(head)).encode()})
