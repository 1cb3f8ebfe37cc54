"""What people work on: their draft changes, which outlive a crash, and which rows and sentences they have open."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TypeGuard

from jianbao.core.documents import Problems
from jianbao.core.encoding import has_han
from jianbao.core.errors import DeliveryError, JianbaoError, Place, Problem, UsageError, disk_problem
from jianbao.core.messages import tr
from jianbao.core.private import forget_kept, keep, kept_file, read_kept
from jianbao.core.yaml_reader import parse_document
from jianbao.data.dates import Period, period
from jianbao.data.facts import Source, slug
from jianbao.data.provenance import SOURCES, SOURCES_FILE
from jianbao.review.edits import Editable, cell_edits
from jianbao.review.old_numbers import SourceQuestion
from jianbao.review.proposals import (
    CellEdit,
    Edit,
    LeaveEdit,
    Proposal,
    RowEdit,
    TextEdit,
    ValueEdit,
    read_proposal,
    write_proposal,
)

KEPT = 180  # days after their last change
LONGEST_ID = 40  # characters of the id of a new source
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


def with_changes(edits: Sequence[Edit], more: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return changes with further ones: a second change of a cell or text takes the place of the first.

    What is changed back to the text of the file is no change any more.
    """
    found = list(edits)
    for edit in more:
        before = None if isinstance(edit, RowEdit) else next((each for each in found if _same(each, edit)), None)
        if before is None:
            found.append(edit)
        elif isinstance(edit, LeaveEdit):
            found[found.index(before)] = edit
        elif isinstance(edit, ValueEdit) and isinstance(before, ValueEdit):
            merged = replace(edit, old=before.old)
            found[found.index(before) : found.index(before) + 1] = [merged] if merged.old != merged.new else []
    return tuple(found)


def _same(one: Edit, other: Edit) -> bool:
    return type(one) is type(other) and one.about == other.about


def taken_back(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return the changes that undo others; a row that was added stays, because no change deletes a row."""
    return tuple(replace(edit, old=edit.new, new=edit.old) for edit in edits if isinstance(edit, ValueEdit))


# Where a replaced number comes from


@dataclass(frozen=True, kw_only=True)
class SourceAnswer:
    """What somebody answers to a question for the source of a replaced number.

    Either `same` says why it stays, or `source` describes another one: its title, producer, day and address, of which
    the title alone is enough for one that is known. `cells` are new values of the row. With `added`, the old number
    stays and the new one becomes a row of its own.
    """

    same: str = ""
    source: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)
    added: bool = False


def with_answer(
    edits: Sequence[Edit],
    question: SourceQuestion,
    answer: SourceAnswer,
    known: Editable,
    sources: Mapping[str, Source],
    as_of: date = date.max,
) -> tuple[Edit, ...]:
    """Return draft changes with the answer to a question among them.

    A row whose source was published after the edition's day (`as_of`) is known from the day of that source.
    Raises UsageError for another source without a title, and for a further row of the same day.
    """
    if answer.same:
        return with_changes(
            edits, [LeaveEdit(place=question.place, text=question.cells[question.column], why=answer.same)]
        )
    table, row, schema = question.edit.table, question.row, known.schemas[question.edit.table]
    described = _described(answer.source, [*sources, *(each.cells["id"] for each in edits if is_source(each))])
    title = described["title"]
    same_title = [each.id for each in sources.values() if title in (each.id, each.title)]
    same_title += [each.cells["id"] for each in edits if is_source(each) and each.cells["title"] == title]
    added = [] if same_title else [RowEdit(table=SOURCES, cells=described)]
    cells = {**answer.cells, question.column: (same_title or [described["id"]])[0]}
    if cells[question.column] == question.cells[question.column] and not answer.added:
        what = tr("the row names this source already")
        raise UsageError(
            Problem(Place(question.place), what, tr("say that the source is the same, or name another one"))
        )
    told = sources[same_title[0]].published if same_title[:1] and same_title[0] in sources else ""
    told = told or described.get("published", "")
    late = not schema.known_by_sources and (found := period(told)) is not None and found.last > as_of
    if schema.known_column in known.sheets[table].head and (late or question.cells.get(schema.known_column)):
        cells[schema.known_column] = told
    if not answer.added:
        settings = [f"{table}:{row}.{column}={text}" for column, text in cells.items()]
        return with_changes(edits, (*added, *cell_edits(settings, known)))
    whole = {**question.cells, **cells}
    old = known.row(table, row)
    if all(whole.get(each) == old.get(each) for each in schema.key):
        what = tr("a further row needs another date than the old one")
        raise UsageError(Problem(Place(question.place), what, tr("give the day of the new number")))
    others = [each for each in edits if not (isinstance(each, CellEdit) and (each.table, each.row) == (table, row))]
    return (*others, *added, RowEdit(table=table, cells={key: text for key, text in whole.items() if text}))


@dataclass(frozen=True, kw_only=True)
class DatedRow:
    """A row that changes make, and since when it counts as known; `row` is 0 for a new one.

    `known` is that day, `told` the time when the first of its sources was published, None if nothing says it. `own` is
    the column in which somebody gives the day, "" if the table has none, `key` names the row.
    """

    table: str
    row: int
    key: str
    cells: Mapping[str, str]
    own: str
    known: date | None
    told: Period | None

    @property
    def place(self) -> str:
        """Return the name of the cell with the day."""
        return f"{self.table}:{self.row or '+1'}.{self.own}"

    @property
    def text(self) -> str:
        """Return what a reason for the day holds for: the row, its day, and that of its source."""
        return f"{self.key}: {self.cells.get(self.own, '')} < {self.told.first if self.told else ''}"

    @property
    def is_early(self) -> bool:
        """Return whether somebody gives a day that is earlier than that of each source."""
        return bool(self.cells.get(self.own) and self.known and self.told and self.known < self.told.first)

    def reason_in(self, edits: Iterable[Edit]) -> str:
        """Return why the day is earlier than the source; "" if nobody has said it."""
        leaves = (each for each in edits if isinstance(each, LeaveEdit))
        return next((each.why for each in leaves if (each.place, each.text) == (self.place, self.text)), "")

    def since(self, edits: Sequence[Edit], day: str, why: str, known: Editable) -> tuple[Edit, ...]:
        """Return changes with another day for the row among them, and the reason for it."""
        now = replace(self, cells={**self.cells, self.own: day})
        reason = LeaveEdit(place=now.place, text=now.text, why=why)
        if self.row:
            cell = cell_edits([f"{self.table}:{self.row}.{self.own}={day}"], known)
            return with_changes(edits, (*cell, reason))
        given = {key: text for key, text in now.cells.items() if text}
        rows = (
            replace(each, cells=given) if isinstance(each, RowEdit) and each.cells == self.cells else each
            for each in edits
        )
        return with_changes([*rows], [reason])


def dated_rows(edits: Iterable[Edit], known: Editable, published: Mapping[str, str]) -> tuple[DatedRow, ...]:
    """Return the rows that changes make, with the days since which they count as known, as `known_days` has them.

    `published` has the time of publication of each source.
    """
    found: dict[tuple[str, int], Mapping[str, str]] = {}
    added: list[tuple[str, Mapping[str, str]]] = []
    times = dict(published)
    for edit in edits:
        if is_source(edit):
            times[edit.cells["id"]] = edit.cells.get("published", "")
        elif isinstance(edit, RowEdit) and edit.table in known.sheets:
            added.append((edit.table, edit.cells))
        elif isinstance(edit, CellEdit) and edit.table in known.sheets and edit.row in known.sheets[edit.table].numbers:
            place = edit.table, edit.row
            found[place] = {**found.get(place, known.row(*place)), edit.column: edit.new}
    rows = [(table, number, cells) for (table, number), cells in found.items()]
    rows += [(table, 0, cells) for table, cells in added]
    return tuple(_dated(*each, known, times) for each in rows if known.schemas[each[0]].known_by)


def _dated(table: str, row: int, cells: Mapping[str, str], known: Editable, times: Mapping[str, str]) -> DatedRow:
    schema = known.schemas[table]
    named = [part.strip() for part in cells.get(schema.source_column, "").split(";")]
    told = min((day for each in named if (day := period(times.get(each, "")))), key=lambda day: day.last, default=None)
    own = period(cells.get(schema.known_column, "")) if schema.known_column else None
    dates = (day.last for name in schema.dated_by if (day := period(cells.get(name, ""))))
    since = own.last if own else told.last if told and schema.known_by_sources else next(dates, None)
    column = schema.known_column if schema.known_column in known.sheets[table].head else ""
    key = ", ".join(cells.get(each, "") for each in schema.key)
    return DatedRow(table=table, row=row, key=key, cells=cells, own=column, known=since, told=told)


def is_source(edit: Edit) -> TypeGuard[RowEdit]:
    """Return whether a change registers a new source."""
    return isinstance(edit, RowEdit) and edit.table == SOURCES


def _described(fields: Mapping[str, str], taken: Collection[str]) -> dict[str, str]:
    """Return the entry of a new source: its fields, an id that is not taken, its kind and its language."""
    title, url = fields.get("title", ""), fields.get("url", "")
    if not title:
        what = tr("the source of the new number has no title")
        raise UsageError(Problem(Place(SOURCES_FILE), what, tr("give its title, or say that the source is the same")))
    day = fields.get("published", "").replace("-", "_")
    word = "_".join(filter(None, ("source" if has_han(title) else slug(title)[:LONGEST_ID].strip("_"), day)))
    names = (word, *(f"{word}_{number}" for number in range(2, len(taken) + 3)))
    return {
        "id": next(each for each in names if each not in taken),
        "title": title,
        **{key: text for key in ("producer", "published", "url") if (text := fields.get(key, ""))},
        "kind": "EB/OL" if url else "R",
        "language": "zh" if has_han(title) else "en",
    }


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
