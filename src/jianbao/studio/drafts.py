"""What people work on: their draft changes, which outlive a crash, and which rows and sentences they have open."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from time import monotonic

from jianbao.app.workspace_files import read_tables
from jianbao.core.documents import Problems
from jianbao.core.encoding import encode_like
from jianbao.core.errors import DeliveryError, JianbaoError, disk_problem
from jianbao.core.messages import tr
from jianbao.core.private import forget_kept, keep, kept_file, read_kept
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_reader import parse_document
from jianbao.data.csv_files import edit_csv, rows_in
from jianbao.data.provenance import SOURCES_FILE, without_sources, written_source
from jianbao.review.edits import Editable, is_applied, with_edits
from jianbao.review.proposals import (
    CellEdit,
    Edit,
    Proposal,
    RowEdit,
    TextEdit,
    ValueEdit,
    read_proposal,
    write_proposal,
)
from jianbao.review.source_answers import is_source

KEPT = 180  # days after their last change
OPEN = 90.0  # seconds for which a row or sentence counts as open since its page last said so
CACHE_SIZE = 64  # draft files that are not read anew while they stay the same
MOST_OPEN = 2_000  # places that are remembered
UNSIGNED = Proposal(by="", at="", why="", edits=())


def kept_name(root: Path, what: str) -> str:
    """Return the name of a file that is kept for a workspace, outside it; each folder has its own."""
    return f"studio/{hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:32]}{what}"


@dataclass(frozen=True)
class DraftFile:
    """Where the draft changes of a workspace are kept: a file of this user's, outside the workspace."""

    name: str

    @classmethod
    def of(cls, root: Path, account: str = "") -> "DraftFile":
        """Return the draft file of a workspace: that of an account, or of who works there without one."""
        own = f".drafts-{hashlib.sha256(account.encode()).hexdigest()[:16]}" if account else ""
        return cls(kept_name(root, f"{own}.yml"))

    def read(self) -> tuple[Edit, ...]:
        """Return the draft changes; none if there are none, or if the file is damaged. Raises DeliveryError."""
        try:
            return _edits_of(read_kept(self.name))
        except OSError as error:
            raise self.unwritable(error) from error

    def write(self, edits: Sequence[Edit]) -> None:
        """Keep draft changes in place of those that were kept. Raises DeliveryError if the disk refuses."""
        text = write_proposal("draft", replace(UNSIGNED, edits=tuple(edits))) if edits else ""
        try:
            keep(self.name, text.encode())
        except OSError as error:
            raise self.unwritable(error) from error

    def unwritable(self, error: OSError) -> DeliveryError:
        """Return what is said where the disk refuses to keep draft changes."""
        return DeliveryError(disk_problem(error, kept_file(self.name), tr("the draft changes cannot be kept")))


@lru_cache(maxsize=CACHE_SIZE)
def _edits_of(content: bytes) -> tuple[Edit, ...]:
    """Return the changes of a draft file, none of a damaged one; a page asks for them again and again."""
    problems: Problems = []
    try:
        text = content.decode()
        found = read_proposal(parse_document(text, "drafts"), problems).edits if text else ()
    except (JianbaoError, UnicodeDecodeError):
        return ()
    return () if problems else found


def forget_old_drafts(root: Path, at: str) -> None:
    """Delete the draft changes of a workspace that nobody has touched for KEPT days. Raises DeliveryError."""
    moment = datetime.fromisoformat(at).timestamp() - KEPT * 86_400
    try:
        for start in (kept_name(root, ".yml"), kept_name(root, ".drafts-")):
            forget_kept(start, moment)
    except OSError as error:
        raise DraftFile.of(root).unwritable(error) from error


def taken_back(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return the changes that undo others; a row that was added stays, because no change deletes a row."""
    return tuple(replace(edit, old=edit.new, new=edit.old) for edit in edits if isinstance(edit, ValueEdit))


def without_edits(edits: Sequence[Edit], known: Editable) -> Snapshot:
    """Return the files without changes that were written and still stand, rows and sources that were added included.

    Raises JianbaoError if a change cannot be undone.
    """
    before = with_edits(taken_back([edit for edit in edits if is_applied(edit, known)]), known)
    added = [edit for edit in edits if isinstance(edit, RowEdit)]
    sheets = read_tables(before, known.schemas) if added else {}
    texts = {}
    for table in {edit.table for edit in added} & {*sheets}:
        sheet, cells = sheets[table], [edit.cells for edit in added if edit.table == table]
        gone = [number for number, row in rows_in(sheet) if {key: text for key, text in row.items() if text} in cells]
        texts[sheet.file] = edit_csv(before.text(sheet.file), {}, (), gone)
    if sources := [written_source(edit.cells) for edit in added if is_source(edit)]:
        texts[SOURCES_FILE] = without_sources(before.text(SOURCES_FILE), sources)
    return before.replaced({name: encode_like(text, before.content(name)) for name, text in texts.items()})


# Who works where


class OpenPlaces:
    """Who has which row or sentence open; it keeps nobody from anything, and what is not said again is forgotten."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        """Begin with nothing; `now` returns seconds."""
        self._now, self._lock = now, Lock()
        self._until: dict[tuple[str, str], float] = {}

    def note(self, place: str, name: str) -> None:
        """Note that somebody has a place open: "sentence ID", or "row TABLE NUMBER"; who gives no name is not noted."""
        with self._lock:
            self._forget()
            if name and len(self._until) < MOST_OPEN:
                self._until[place, name] = self._now() + OPEN

    def others(self, place: str, name: str) -> tuple[str, ...]:
        """Return who else has a place open."""
        with self._lock:
            self._forget()
            return tuple(sorted(who for where, who in self._until if where == place and who != name))

    def rows(self, table: str, name: str) -> dict[str, tuple[str, ...]]:
        """Return the rows of a table that others have open, by their numbers, with their names."""
        start = f"row {table} "
        with self._lock:
            self._forget()
            found = sorted({where for where, who in self._until if where.startswith(start) and who != name})
        return {where.removeprefix(start): self.others(where, name) for where in found}

    def _forget(self) -> None:
        self._until = {key: until for key, until in self._until.items() if until > self._now()}


def count_of(edits: Sequence[Edit]) -> int:
    """Return how many changes a page says there are: the languages of a sentence are one."""
    texts = {edit.wording for edit in edits if isinstance(edit, TextEdit)}
    return len(texts) + sum(not isinstance(edit, TextEdit) for edit in edits)


def place_of(edit: Edit) -> str:
    """Return the place that a change is made in, as `OpenPlaces` calls it; "" for a new row and a weight."""
    if isinstance(edit, CellEdit):
        return f"row {edit.table} {edit.row}"
    return f"sentence {edit.wording}" if isinstance(edit, TextEdit) else ""
