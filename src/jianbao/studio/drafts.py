"""What people work on: their draft changes, which outlive a crash, and which rows and sentences they have open."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from time import monotonic

from babel import Locale
from babel.dates import format_skeleton

from jianbao.app.workspace_files import read_tables
from jianbao.core.documents import Problems
from jianbao.core.encoding import encode_like, has_han
from jianbao.core.errors import DeliveryError, JianbaoError, disk_problem
from jianbao.core.messages import LANGUAGES, Translatable, tr, tr_list, tr_worded
from jianbao.core.private import forget_kept, keep, kept_file, read_kept
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_reader import parse_document
from jianbao.data.csv_files import edit_csv, rows_in
from jianbao.data.dates import moment, period
from jianbao.data.provenance import SOURCES_FILE, without_sources, written_source
from jianbao.data.row_diff import former_row
from jianbao.review.document_edits import REGISTER, entries_in
from jianbao.review.edits import Editable, is_applied, with_edits
from jianbao.review.proposals import (
    CELL,
    CellEdit,
    Edit,
    EntryEdit,
    LeaveEdit,
    Proposal,
    RowEdit,
    TextEdit,
    ValueEdit,
    read_proposal,
    write_proposal,
)
from jianbao.review.source_answers import has_numbers, is_number, is_source
from jianbao.review.verdicts import ItemState
from jianbao.text.formatter import YEAR, write_date

KEPT = 180  # days after their last change
OPEN = 90.0  # seconds for which a row or sentence counts as open since its page last said so
CACHE_SIZE = 64  # draft files that are not read anew while they stay the same
MOST_OPEN = 2_000  # places that are remembered
PAPER = "报"  # how the name of a Chinese newspaper ends, which stands in 《》
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
    """Who has which row or sentence open. It locks nothing, and an entry that is not renewed is dropped."""

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
    """Return how many changes a page says there are: the cells of a row are one, and so are the languages of a text."""
    pairs = paired_leaves(edits, "zh")
    return len({group_of(edit, place) for place, edit in enumerate(edits) if place not in pairs})


def paired_leaves(edits: Sequence[Edit], language: str) -> dict[int, int]:
    """Return the texts that stay and have a pair in the reader's language, by their places: theirs, and that of it.

    A pair stands in the same file and stays for the same reason, one text in Chinese and one in another language.
    """
    leaves = [(at, each) for at, each in enumerate(edits) if isinstance(each, LeaveEdit) and not _is_cell(each)]
    own = [(at, each) for at, each in leaves if has_han(each.text) == (language == "zh")]
    found = dict[int, int]()
    for at, each in (pair for pair in leaves if pair not in own):
        alike = (other for other, leaf in own if (leaf.place, leaf.why) == (each.place, each.why))
        if (other := next((other for other in alike if other not in found.values()), None)) is not None:
            found[at] = other
    return found


def left_text(edit: LeaveEdit, known: Editable) -> str:
    """Return the text that stays: all of one in the register of discrepancies, or what the decision has of it."""
    register = entries_in(known.snapshot.text(REGISTER)) if edit.place == REGISTER else {}
    return next((each.value for each in register.values() if edit.text in each.value), edit.text)


def _is_cell(edit: LeaveEdit) -> bool:
    return CELL.fullmatch(edit.place) is not None


def group_of(edit: Edit, place: int) -> str:
    """Return what is the same for the changes that a page shows as one: the cells of a row, the languages of a text."""
    if isinstance(edit, CellEdit):
        return f"row {edit.table}:{edit.row}"
    if isinstance(edit, TextEdit):
        return f"text {edit.wording}"
    if isinstance(edit, EntryEdit):
        return f"{edit.about.rpartition('.')[0]}."
    return f"+{place}" if isinstance(edit, RowEdit) else edit.about


def place_of(edit: Edit) -> str:
    """Return the place that a change is made in, as `OpenPlaces` calls it; "" for a new row and a weight."""
    if isinstance(edit, CellEdit):
        return f"row {edit.table} {edit.row}"
    return f"sentence {edit.wording}" if isinstance(edit, TextEdit) else ""


# The reason that is proposed


def reasons_of(edits: Sequence[Edit], known: Editable, unit: Callable[[str, str], str]) -> Iterator[Translatable]:
    """Yield the reasons that new sources are for the numbers of their rows.

    `unit` returns what a unit of a table is called; "" if it has no name.
    """
    sources = {each.cells["id"]: each.cells for each in edits if is_source(each)}
    cells = [each for each in edits if isinstance(each, CellEdit)]
    for named in (each for each in cells if each.column == known.schemas[each.table].source_column):
        beside = [each for each in cells if (each.table, each.row) == (named.table, named.row)]
        for each in beside if named.new in sources else ():
            if is_number(each, known):
                yield _reason(sources[named.new], each.old, each.new)
    for row in (each for each in edits if isinstance(each, RowEdit) and each.table in known.sheets):
        schema = known.schemas[row.table]
        old, source = former_row(row.cells, known.sheets[row.table], schema), row.cells.get(schema.source_column, "")
        numbers = [name for name in row.cells if has_numbers(schema, name) and old.get(name, "") != row.cells[name]]
        day, called = (
            "".join(old.get(each, "") for each in schema.dated_by[:1]),
            unit(row.table, row.cells.get("unit", "")),
        )
        for was, now in ((old.get(name), row.cells[name]) for name in numbers if source in sources):
            if was:
                yield (
                    _reason_beside(sources[source], was, now, day, called)
                    if day
                    else _reason(sources[source], was, now)
                )


def _reason(source: Mapping[str, str], was: str, now: str) -> Translatable:
    """Return the reason for a number that replaces another: what replaces what, and by which source."""
    told = [source[key] for key in ("producer", "title", "published") if source.get(key)]
    return tr("{old} → {new} by {source}", old=was, new=now, source=tr_list(told, ", "))


def _reason_beside(source: Mapping[str, str], was: str, now: str, day: str, unit: str) -> Translatable:
    """Return the reason for a row of its own: what the source says, and that the old number stays that of its day."""
    who, told = source.get("producer") or source["title"], _in_words(source.get("published", ""))
    by: object = who
    if told and (who.endswith(PAPER) or not source.get("producer")):
        by = tr("“{paper}” of {day}", paper=who, day=told)
    elif told:
        by = tr("{producer} of {day}", producer=who, day=told)
    old, new = (tr("{number} {unit}", number=each, unit=unit) if unit else each for each in (was, now))
    said = {"by": by, "new": new, "old": old, "day": _in_words(day)}
    if _number(now) > _number(was):
        return tr("According to {by} it has risen to {new}; the {old} of {day} stay.", **said)
    return tr("According to {by} it is {new} now; the {old} of {day} stay.", **said)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return 0.0


def _in_words(day: str) -> object:
    """Return a day in the long form of each language of the pages; what is no day as it is written."""
    if not day or period(day) is None or "/" in day:
        return day
    if len(day) == YEAR:
        first = date(int(day), 1, 1)
        return tr_worded({each: format_skeleton("y", first, locale=each) for each in LANGUAGES})
    return tr_worded({each: write_date(day, Locale.parse(each)) for each in LANGUAGES})


def rewordings(proposals: Iterable[Proposal], states: Sequence[ItemState]) -> dict[str, list[Proposal]]:
    """Return the changes of words that were written here since the last verdict, by the items that wait for one."""
    applied = [each for each in proposals if each.applied]
    found: dict[str, list[Proposal]] = {}
    for state in states:
        since = moment(state.verdict.at) if state.verdict else None
        for each in applied if state.state != "approved" else ():
            words = {edit.wording for edit in each.edits if isinstance(edit, TextEdit)}
            if words & {*state.item.words} and (since is None or moment(each.applied.rpartition(", ")[2]) > since):
                found.setdefault(state.item.id, []).append(each)
    return found
