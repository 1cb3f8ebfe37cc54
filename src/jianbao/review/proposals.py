"""Read, write and combine proposed changes of a workspace.

A proposal's file records who proposed what, when and why, with old and new values, in YAML (docs/proposals.md).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from jianbao.core.documents import Node, Problems, as_list, as_mapping, as_text
from jianbao.core.encoding import unseen_in
from jianbao.core.errors import ContentError, Place, Problem, raise_all
from jianbao.core.messages import Translatable, tr
from jianbao.core.yaml_reader import parse_document
from jianbao.data.dates import moment
from jianbao.data.schemas import Schema
from jianbao.review.roles import same_person
from jianbao.review.verdicts import ItemState
from jianbao.text.placeholders import unfolded

CELL = re.compile(r"(?P<table>\w+):(?P<row>\+?[0-9]{1,9})\.(?P<column>\w+)")
NAME = re.compile(r"[\w-]+")
KINDS = ("cell", "row", "remove", "text", "weight", "entry", "leave")
INNER = {  # further keys of a change
    "cell": ("key", "old", "new"),
    "row": ("cells",),
    "remove": ("cells",),
    "leave": ("text", "why"),
}
CACHE_SIZE = 2_000  # stored proposals, which pages and stations read again and again


@dataclass(frozen=True, kw_only=True)
class CellEdit:
    """A new text for a cell; its row is found by key anywhere in the table, or by number if it has no key."""

    table: str
    row: int
    column: str
    key: tuple[str, ...]
    old: str
    new: str

    @property
    def about(self) -> str:
        """Return the name of the cell."""
        return f"{self.table}:{self.row}.{self.column}"

    def record(self) -> dict[str, object]:
        """Return it as the file of a proposal has it."""
        return {"cell": self.about, "key": list(self.key), "old": self.old, "new": self.new}


@dataclass(frozen=True, kw_only=True)
class TableRow:
    """A row of a table: its cells by column, without empty ones."""

    table: str
    cells: Mapping[str, str]

    @property
    def about(self) -> str:
        """Return the name of the table."""
        return self.table


@dataclass(frozen=True, kw_only=True)
class RowEdit(TableRow):
    """A row to add at the end of a table."""

    def record(self) -> dict[str, object]:
        """Return it as the file of a proposal has it."""
        return {"row": self.table, "cells": dict(self.cells)}


@dataclass(frozen=True, kw_only=True)
class RowRemoval(TableRow):
    """A row to remove from a table, with exactly these cells."""

    def record(self) -> dict[str, object]:
        """Return it as the file of a proposal has it."""
        return {"remove": self.table, "cells": dict(self.cells)}


@dataclass(frozen=True, kw_only=True)
class TextEdit:
    """A new text for a sentence, title or label in one language, with placeholders; `wording` is its id."""

    wording: str
    language: str
    old: str
    new: str

    @property
    def about(self) -> str:
        """Return the id of the sentence, and its language."""
        return f"{self.wording}.{self.language}"

    def record(self) -> dict[str, object]:
        """Return it as the file of a proposal has it."""
        return {"text": self.about, "old": self.old, "new": self.new}


@dataclass(frozen=True, kw_only=True)
class WeightEdit:
    """A new weight for a node of the framework; `old` and `new` are texts."""

    node: str
    old: str
    new: str

    @property
    def about(self) -> str:
        """Return the id of the node."""
        return self.node

    def record(self) -> dict[str, object]:
        """Return it as the file of a proposal has it."""
        return {"weight": self.node, "old": self.old, "new": self.new}


@dataclass(frozen=True, kw_only=True)
class EntryEdit:
    """A new text for an entry of a register in data/, such as `data/discrepancies.yml:harbour_name.found.zh`."""

    about: str
    old: str
    new: str

    def record(self) -> dict[str, object]:
        """Return it as the file of a proposal has it."""
        return {"entry": self.about, "old": self.old, "new": self.new}


@dataclass(frozen=True, kw_only=True)
class KeepEdit:
    """The decision to keep a text unchanged beside other changes, and the reason; `place` is its file or cell."""

    place: str
    text: str
    why: str

    @property
    def about(self) -> str:
        """Return the place with the text."""
        return f"{self.place}: {self.text}"

    def record(self) -> dict[str, object]:
        """Return it as the file of a proposal has it."""
        return {"leave": self.place, "text": self.text, "why": self.why}


def unseen_texts(record: Mapping[str, object]) -> Iterator[tuple[str, Translatable]]:
    """Yield the key of each text with an invisible character, and that fault; in a row, the key is its column."""
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from unseen_texts(value)
        for text in value if isinstance(value, list) else (value,):
            if isinstance(text, str) and (fault := unseen_in(text)):
                yield key, fault


ValueEdit = CellEdit | TextEdit | WeightEdit | EntryEdit  # changes that replace an old value
Edit = ValueEdit | RowEdit | RowRemoval | KeepEdit


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Changes proposed by somebody at a time in UTC (ISO 8601); `applied` says by whom and when, or ""."""

    by: str
    at: str
    why: str
    edits: tuple[Edit, ...]
    applied: str = ""


def write_proposal(name: str, proposal: Proposal) -> str:
    """Return the file of a proposal."""
    head = f"# jianbao apply {name}\n"
    about = {"by": proposal.by, "at": proposal.at, "why": proposal.why}
    lines = [f"{key}: {_quoted(value)}\n" for key, value in about.items()]
    return "".join((head, *lines, "changes:\n", *(_written(edit.record()) for edit in proposal.edits)))


def _written(record: Mapping[str, object]) -> str:
    lines = [f"{key}: {_quoted(value)}" for key, value in record.items()]
    return "  - " + "\n    ".join(lines) + "\n"


def _quoted(value: object) -> str:
    """Return a value as text that is valid YAML and JSON; YAML would take a bare U+0085 for the end of a line."""
    return json.dumps(value, ensure_ascii=False).replace("\x85", "\\u0085")


def marked_applied(text: str, by: str, at: str) -> str:
    """Return the file of a proposal with a line added that says who applied it, and when."""
    return f"{text.rstrip()}\napplied: {_quoted({'by': by, 'at': at})}\n"


def read_proposal(node: Node, problems: Problems) -> Proposal:
    """Read the file of a proposal; its errors are added to `problems`."""
    fields = as_mapping(node, problems, ("by", "at", "why", "changes"), ("applied",))
    applied = as_mapping(fields["applied"], problems, ("by", "at")) if "applied" in fields else {}
    texts = {key: _text(fields[key]) if key in fields else "" for key in ("by", "at", "why")}
    changes = as_list(fields["changes"], problems) if "changes" in fields else ()
    edits = tuple(edit for change in changes for edit in _edits(change, problems))
    return Proposal(edits=edits, applied=", ".join(_text(each) for each in applied.values()), **texts)


@lru_cache(maxsize=CACHE_SIZE)
def stored_proposal(text: str, file: str) -> Proposal:
    """Return the proposal that the text of a file holds; raises ContentError."""
    problems: Problems = []
    proposal = read_proposal(parse_document(text, file), problems)
    raise_all(problems, ContentError)
    return proposal


def _edits(node: Node, problems: Problems) -> Iterator[Edit]:
    kind = next((key for key, _ in node.pairs() if key in KINDS), KINDS[0])
    inner = INNER.get(kind, ("old", "new"))
    fields = as_mapping(node, problems, (kind, *inner))
    if not {kind, *inner} <= fields.keys():
        return
    about = as_text(fields[kind], problems)
    change = {key: _text(fields[key]) for key in ("old", "new", "text", "why") if key in inner}
    if kind in ("row", "remove"):
        given = as_mapping(fields["cells"], problems, optional=None)
        cells = {column: _text(cell) for column, cell in given.items()}
        yield RowEdit(table=about, cells=cells) if kind == "row" else RowRemoval(table=about, cells=cells)
    elif kind == "weight":
        yield WeightEdit(node=about, **change)
    elif kind == "entry":
        yield EntryEdit(about=about, **change)
    elif kind == "leave":
        yield KeepEdit(place=about, **change)
    elif kind == "text":
        wording, _, language = about.rpartition(".")
        yield TextEdit(wording=wording, language=language, **change)
    elif match := CELL.fullmatch(about):
        yield CellEdit(
            table=match["table"],
            row=int(match["row"]),
            column=match["column"],
            key=tuple(map(_text, as_list(fields["key"], problems))) if fields["key"].value else (),
            **change,
        )
    else:
        what = tr("'{value}' names no cell", value=about)
        problems.append(Problem(fields[kind].place, what, tr("write TABLE:ROW.COLUMN")))


def _text(node: Node) -> str:
    """Return the text of a node, "" if it is empty."""
    return node.value if isinstance(node.value, str) else ""


def name_for(by: str, at: str, taken: Sequence[str]) -> str:
    """Return a file name for a new proposal: its day, its author, and a number if that name is taken."""
    name = "-".join((at[:10], *NAME.findall(by.lower())))
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(each for each in names if each not in taken)


# Changes of changes


def with_changes(edits: Sequence[Edit], more: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return changes with further ones added; a second change of a cell or text replaces the first.

    A change back to the text of the file is dropped, and so is a row that is added and removed.
    """
    found = list(edits)
    for edit in more:
        before = next((each for each in found if _same(each, edit)), None)
        if isinstance(before, TableRow):
            found.remove(before)
        elif before is None:
            found.append(edit)
        elif isinstance(edit, KeepEdit):
            found[found.index(before)] = edit
        elif isinstance(edit, ValueEdit) and isinstance(before, ValueEdit):
            merged = replace(edit, old=before.old)
            found[found.index(before) : found.index(before) + 1] = [merged] if merged.old != merged.new else []
    return tuple(found)


def _same(one: Edit, other: Edit) -> bool:
    if isinstance(other, TableRow):  # two equal rows both count; a row and its removal cancel
        return undoing(one) == other
    return type(one) is type(other) and one.about == other.about


def undoing(edit: Edit) -> Edit | None:
    """Return the change that undoes another; None for a decision, which changes no file."""
    if isinstance(edit, RowEdit):
        return RowRemoval(table=edit.table, cells=filled(edit.cells))
    if isinstance(edit, RowRemoval):
        return RowEdit(table=edit.table, cells=edit.cells)
    return replace(edit, old=edit.new, new=edit.old) if isinstance(edit, ValueEdit) else None


def with_new_keys(edits: Iterable[Edit], schemas: Mapping[str, Schema]) -> tuple[Edit, ...]:
    """Return changes with the current keys of their rows: applied changes may have changed the keys themselves."""
    found = tuple(edits)
    cells = [edit for edit in found if isinstance(edit, CellEdit) and edit.table in schemas]
    new = {(edit.table, edit.row, edit.key, edit.column): edit.new for edit in cells}

    def found_by(edit: CellEdit) -> CellEdit:
        names = schemas[edit.table].key
        pairs = zip(names, edit.key, strict=False)
        return replace(edit, key=tuple(new.get((edit.table, edit.row, edit.key, name), cell) for name, cell in pairs))

    return tuple(found_by(edit) if isinstance(edit, CellEdit) and edit.table in schemas else edit for edit in found)


def as_shown(edits: Iterable[TextEdit], shown: Mapping[str, str]) -> Iterator[TextEdit]:
    """Yield changes of a sentence whose old texts are those that their author was shown, in each language.

    A language that the author did not change keeps its text, even if the file has another one in the meantime.
    """
    for edit in edits:
        old = unfolded(shown.get(edit.language, edit.old))
        if old != edit.new:
            yield replace(edit, old=old)


def filled(cells: Mapping[str, str]) -> dict[str, str]:
    """Return the cells of a row that are not empty."""
    return {column: text for column, text in cells.items() if text}


def own_words(states: Iterable[ItemState], proposals: Iterable[Proposal], name: str) -> Iterator[Problem]:
    """Yield a problem for each item whose words somebody proposed or applied since it was last approved."""
    applied = [(each, *each.applied.rpartition(", ")[::2]) for each in proposals if each.applied]
    for state in states:
        approved = state.verdict.at if state.verdict and state.verdict.verdict == "approved" else ""
        since = [(each, by) for each, by, at in applied if not approved or moment(at) > moment(approved)]
        own = [each for each, by in since if same_person(name, by) or same_person(name, each.by)]
        words = {edit.wording for each in own for edit in each.edits if isinstance(edit, TextEdit)}
        if words & {*state.item.words}:
            what = tr("'{name}' may not approve this: the words are their own (four eyes)", name=name)
            yield Problem(Place("review", column=state.item.id), what, tr("somebody else approves it"))


def rewordings(proposals: Iterable[Proposal], states: Sequence[ItemState]) -> dict[str, list[Proposal]]:
    """Return the changes of words written here since the last verdict, by pending item."""
    applied = [each for each in proposals if each.applied]
    found: dict[str, list[Proposal]] = {}
    for state in states:
        since = moment(state.verdict.at) if state.verdict else None
        for each in applied if state.state != "approved" else ():
            words = {edit.wording for edit in each.edits if isinstance(edit, TextEdit)}
            if words & {*state.item.words} and (since is None or moment(each.applied.rpartition(", ")[2]) > since):
                found.setdefault(state.item.id, []).append(each)
    return found
