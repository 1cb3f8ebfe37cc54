"""Keep what the studio stores outside the workspace: its log in chained lines, draft changes, and backups of both.

A line says who did what when, and how it ended. There is one file for each month; its first line continues the chain
from the last line of the file before. The first and last hash of the chain are stored separately, so that lines removed
at either end are noticed. Files older than MONTHS_KEPT are deleted when the log is opened.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from statistics import median
from threading import Lock
from typing import Any

from jianbao.core.atomic import line_hash, numbered_lines, write_line
from jianbao.core.documents import Problems, whole_number
from jianbao.core.encoding import invisible_character
from jianbao.core.errors import DeliveryError, JianbaoError, Place, Problem, UsageError, disk_problem, raise_all
from jianbao.core.limits import UnreadableError, unpacked
from jianbao.core.messages import Translatable, tr
from jianbao.core.private_files import (
    append_kept,
    forget_kept,
    keep,
    kept_file,
    kept_names,
    read_kept,
    set_kept_aside,
)
from jianbao.core.yaml_reader import parse_document
from jianbao.core.zip_csv import write_archive
from jianbao.review.proposals import (
    CellEdit,
    Edit,
    Proposal,
    TableRow,
    read_proposal,
    unseen_texts,
    write_proposal,
)
from jianbao.studio.accounts import kept_name, read_accounts

MONTHS_KEPT = 36
DRAFT_DAYS = 180  # after their last change, for which draft changes are kept
MEASURED = 5  # number of latest runs from which the usual time of an action is estimated
CACHE_SIZE = 64  # draft files that are read again only if they change
UNSIGNED = Proposal(by="", at="", why="", edits=())
HASHES = "hashes.json"  # of the other files of a backup
_TOOK = re.compile(r"done: (\d+) s")
_OWN = re.compile(
    r"studio\.(yml|accounts\.json|log_ends|log-[0-9]{4}-[0-9]{2}\.jsonl|drafts-[0-9a-f]{16}\.yml|unread-[0-9a-f]{16}\.yml"
    r"|drafts-[0-9a-f]{16}\.unread-[0-9a-f]{16}\.yml)"
)


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """A line of the log: when (ISO 8601), by whom, what was done (the path of its address) with what, how it ended.

    `before` is the SHA-256 of the previous line, "" in the first one.
    """

    at: str
    by: str
    did: str
    what: str
    result: str
    before: str


@dataclass(frozen=True)
class _Ends:
    """The ends of the chain: the hash that its first line names, and the hash of its last line."""

    first: str = ""
    last: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Content:
    """What a log held: the ends of its chain, and the SHA-256 of each file, which a further line continues."""

    ends: _Ends
    files: Mapping[str, Any]

    def with_line(self, name: str, line: bytes, ends: _Ends) -> "_Content":
        """Return the content with a line added to a file."""
        added = self.files[name].copy() if name in self.files else sha256()
        added.update(line + b"\n")
        return replace(self, ends=ends, files={**self.files, name: added})

    def is_same(self, other: "_Content | None") -> bool:
        """Return whether all files are the same, byte for byte."""
        digests = [{name: each.hexdigest() for name, each in one.files.items()} for one in (self, other) if one]
        return other is not None and self.ends == other.ends and digests[0] == digests[1]


class AuditLog:
    """The log of a workspace."""

    def __init__(self, root: Path) -> None:
        self._start, self._ends_file = kept_name(root, ".log-"), kept_name(root, ".log_ends")
        self._lock = Lock()
        self._known: _Content | None = None  # when its chain was last found whole, and what this program added since

    def begin(self, at: str) -> tuple[AuditEntry, ...]:
        """Delete what is too old at a moment (ISO 8601), and return the other lines as `entries` does."""
        found = self.entries()
        files = {name: self._month(name) for name in self._files()}
        old = [name for name, month in files.items() if _months(at[:7]) - _months(month) >= MONTHS_KEPT]
        if old:
            left = next((each for each in found if each.at[:7] > max(files[name] for name in old)), None)
            self._write_ends(_Ends(left.before if left else self._ends().last, self._ends().last))
            for name in old:
                keep(name, b"")
        return tuple(each for each in found if each.at[:7] > max((files[name] for name in old), default=""))

    def entries(self) -> tuple[AuditEntry, ...]:
        """Return all lines; raises DeliveryError, with file and line, if one was changed or taken out."""
        ends, found, last = self._ends(), list[AuditEntry](), ""
        hashes = {ends.first}
        for name, number, line, before in self._lines():
            entry = _entry(line)
            place = Place(str(kept_file(name)), number)
            if entry is None:
                raise self._broken(place, tr("this is not a line of the studio's log"))
            if entry.before != (before or ends.first):
                raise self._broken(place, tr("a line before this was taken out or changed"))
            found.append(entry)
            last = line_hash(line)
            hashes.add(last)
        if ends.last and ends.last not in hashes:
            raise self._broken(
                Place(str(kept_file(f"{self._start}*"))), tr("lines at the end were taken out or changed")
            )
        return tuple(found)

    def check(self) -> None:
        """Raise DeliveryError if the log is not as this program left it.

        What this program wrote, or has checked before, is only compared; the chain is followed if there is more.
        """
        with self._lock:
            found = self._content()
            if not found.is_same(self._known):
                self.entries()
                self._known = found

    def usual_seconds(self, did: str, what: str) -> int:
        """Return the median duration of the last successful runs of an action; 0 if none succeeded.

        Raises DeliveryError as `entries` does.
        """
        ends = (each.result for each in self.entries() if (each.did, each.what) == (did, what))
        took = [int(found[1]) for found in map(_TOOK.fullmatch, ends) if found]
        return round(median(took[-MEASURED:])) if took else 0

    def write(self, *, at: str, by: str, did: str, what: str, result: str) -> None:
        """Append a line; raises DeliveryError if the disk refuses."""
        # If the clock was put back, no earlier file is begun.
        name = f"{self._start}{max((at[:7], *map(self._month, self._files())))}.jsonl"

        def line_after(last: bytes) -> bytes:
            before = line_hash(last) if last else self._ends().last
            return write_line(asdict(AuditEntry(at=at, by=by, did=did, what=what, result=result, before=before)))

        with self._lock:
            try:
                line = append_kept(name, line_after)
                self._write_ends(_Ends(self._ends().first, line_hash(line)))
                self._known = self._known and self._known.with_line(name, line, self._ends())
            except OSError as error:
                what_failed = tr("the log of the studio cannot be written")
                raise DeliveryError(disk_problem(error, kept_file(name), what_failed)) from error

    def _content(self) -> "_Content":
        return _Content(ends=self._ends(), files={name: sha256(read_kept(name)) for name in self._files()})

    def _files(self) -> tuple[str, ...]:
        return kept_names(self._start)

    def _month(self, name: str) -> str:
        return name.removeprefix(self._start).removesuffix(".jsonl")

    def _lines(self) -> Iterator[tuple[str, int, bytes, str]]:
        """Yield each whole line with its file, its number there, and the hash of the previous line, in any file."""
        before = ""
        for name in self._files():
            content = read_kept(name)
            for number, line, above in numbered_lines(content[: content.rfind(b"\n") + 1]):
                yield name, number, line, above or before
                last = line
            before = line_hash(last) if content.strip() else before

    def _ends(self) -> _Ends:
        try:
            text = read_kept(self._ends_file)
            return _Ends(**json.loads(text)) if text else _Ends()
        except (OSError, ValueError, TypeError, RecursionError) as error:
            place = Place(str(kept_file(self._ends_file)))
            raise self._broken(place, tr("the record of the log cannot be read")) from error

    def _write_ends(self, ends: _Ends) -> None:
        keep(self._ends_file, json.dumps(asdict(ends)).encode())

    def _broken(self, place: Place, what: Translatable) -> DeliveryError:
        hint = tr(
            "restore it from a backup; or keep {files} elsewhere and begin a new log",
            files=kept_file(f"{self._start.removesuffix('-')}*"),
        )
        return DeliveryError(Problem(place, what, hint))


def _months(month: str) -> int:
    """Return a month ("2031-03") as a number; a large one for anything else, which is never old."""
    year, number = map(whole_number, month.partition("-")[::2])
    return year * 12 + number if year is not None and number is not None else 1 << 20


def _entry(line: bytes) -> AuditEntry | None:
    try:
        entry = AuditEntry(**json.loads(line))
        sound = datetime.fromisoformat(entry.at).tzinfo is not None
        return entry if sound and all(isinstance(each, str) for each in asdict(entry).values()) else None
    except (ValueError, TypeError, RecursionError):
        return None


# Backups


def write_backup(root: Path, at: str) -> bytes:
    """Return an archive of the accounts, the log and all draft changes of a workspace, at a moment (ISO 8601).

    Raises DeliveryError if the log or the accounts are damaged.
    """
    AuditLog(root).entries()
    read_accounts(root)
    start = kept_name(root, "")
    files = {f"studio{name.removeprefix(start)}": read_kept(name) for name in kept_names(f"{start}.")}
    files = {name: content for name, content in files.items() if _OWN.fullmatch(name)}
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    return write_archive({HASHES: json.dumps(hashes, indent=1).encode(), **files}, date.fromisoformat(at[:10]))


def has_kept(root: Path) -> bool:
    """Return whether a studio keeps anything for a workspace."""
    return bool(kept_names(f"{kept_name(root, '')}."))


def restore_backup(root: Path, content: bytes, at: str, by: str) -> None:
    """Replace everything that the studio keeps for a workspace with a backup, and record that in the log.

    The backup is tried elsewhere first. One that is no backup, or has a broken log or damaged accounts, has no effect.
    Raises UsageError for such a file, DeliveryError if the disk refuses.
    """
    files = _files_of(content)
    trial = root.resolve() / ".restoring"  # not a folder, but a name that no other stored file has
    try:
        _replace_kept(trial, files)
        AuditLog(trial).entries()
        read_accounts(trial)
        _replace_kept(root, files)
    except OSError as error:
        where = kept_file(kept_name(root, ""))
        raise DeliveryError(disk_problem(error, where, tr("the backup cannot be restored"))) from error
    finally:
        _replace_kept(trial, {})
    restored = f"sha256:{sha256(content).hexdigest()}"
    AuditLog(root).write(at=at, by=by, did="/studio/restore", what=restored, result="done")


def _replace_kept(root: Path, files: Mapping[str, bytes]) -> None:
    start = kept_name(root, "")
    wanted = {f"{start}{name.removeprefix('studio')}": content for name, content in files.items()}
    for name in kept_names(f"{start}."):
        if name not in wanted:
            keep(name, b"")
    for name, content in wanted.items():
        keep(name, content)


def _files_of(content: bytes) -> dict[str, bytes]:
    """Return the files of a backup; raises UsageError for anything else."""
    try:
        files = unpacked(content)
        hashes = json.loads(files.pop(HASHES))
        found = {name: sha256(each).hexdigest() for name, each in files.items()}
        if found != hashes or not all(map(_OWN.fullmatch, files)):
            raise ValueError(HASHES)
    except (UnreadableError, KeyError, ValueError, RecursionError) as error:
        hint = tr("give a file that `jianbao studio backup` wrote")
        raise UsageError(Problem(Place("FILE"), tr("this is no whole backup of a studio"), hint)) from error
    return files


# Draft changes


@dataclass(frozen=True)
class DraftFile:
    """The file in which the draft changes of a workspace are kept: one of this user, outside the workspace."""

    name: str

    @classmethod
    def of(cls, root: Path, account: str = "") -> "DraftFile":
        """Return the draft file of a workspace: that of an account, or of the user who works there without one."""
        own = f".drafts-{sha256(account.encode()).hexdigest()[:16]}" if account else ""
        return cls(kept_name(root, f"{own}.yml"))

    def read(self) -> tuple[Edit, ...]:
        """Return the draft changes; a file that cannot be read is set aside, and then there are none.

        Raises DeliveryError.
        """
        try:
            content = read_kept(self.name)
            found = _edits_of(content)
            if found is None:
                set_kept_aside(self.name, f"{self._aside}{sha256(content).hexdigest()[:16]}.yml")
            return found or ()
        except OSError as error:
            raise self.unwritable(error) from error

    def set_aside(self) -> tuple[Path, ...]:
        """Return the files of draft changes that could not be read, which are kept until somebody removes them."""
        return tuple(map(kept_file, kept_names(self._aside)))

    @property
    def _aside(self) -> str:
        return f"{self.name.removesuffix('.yml')}.unread-"

    def write(self, edits: Sequence[Edit]) -> None:
        """Replace the stored draft changes.

        Raises UsageError, and keeps the former ones, for changes that could not be read again; DeliveryError if the
        disk refuses.
        """
        content = _written(edits)
        if _edits_of(content) != tuple(edits):
            raise_all(_unkept(edits), UsageError)
        try:
            keep(self.name, content)
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError) -> DeliveryError:
        """Return the error for a disk that refuses to keep draft changes."""
        return DeliveryError(disk_problem(error, kept_file(self.name), tr("the draft changes cannot be kept")))


def _written(edits: Sequence[Edit]) -> bytes:
    """Return the file of draft changes; half a character, which no encoding has, becomes a question mark."""
    text = write_proposal("draft", replace(UNSIGNED, edits=tuple(edits))) if edits else ""
    return text.encode(errors="replace")


@lru_cache(maxsize=CACHE_SIZE)
def _edits_of(content: bytes) -> tuple[Edit, ...] | None:
    """Return the changes of a draft file, None if it cannot be read; cached, since pages ask for them repeatedly."""
    problems: Problems = []
    try:
        text = content.decode()
        found = read_proposal(parse_document(text, "drafts"), problems).edits if text else ()
    except (JianbaoError, UnicodeDecodeError):
        return None
    return None if problems or invisible_character(text) else found


def _unkept(edits: Sequence[Edit]) -> Problems:
    """Return a problem for each change that could not be read again, at its place; else that they are too many."""
    problems, hint = Problems(), tr("type the words around it anew: it often comes from a copied text")
    for edit in edits:
        problems += [Problem(_place(edit, name), what, hint) for name, what in unseen_texts(edit.record())]
        if not problems and _edits_of(_written((edit,))) != (edit,):
            problems.append(
                Problem(_place(edit), tr("this text cannot be kept"), tr("make it shorter, or type it anew"))
            )
    many = tr("the draft changes are too long to be kept together")
    return problems or [Problem(Place("studio"), many, tr("write or drop some of them first"))]


def _place(edit: Edit, name: str = "") -> Place:
    """Return the place of a change: of a cell, its table, row and column; `name` is the column of a row to add."""
    if isinstance(edit, CellEdit):
        return Place(edit.table, edit.row, edit.column)
    return Place(edit.about, column=name) if isinstance(edit, TableRow) else Place(edit.about)


def forget_old_drafts(root: Path, at: str) -> None:
    """Delete the draft changes of a workspace that nobody has touched for DRAFT_DAYS days. Raises DeliveryError."""
    moment = datetime.fromisoformat(at).timestamp() - DRAFT_DAYS * 86_400
    try:
        for start in (kept_name(root, ".yml"), kept_name(root, ".drafts-"), kept_name(root, ".unread-")):
            forget_kept(start, moment)
    except OSError as error:
        raise DraftFile.of(root).unwritable(error) from error
