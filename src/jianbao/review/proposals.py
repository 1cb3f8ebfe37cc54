"""Proposed changes of a workspace, the file in which they are stored, and proposals made of returned copies.

A file says who proposed what, when and why, with old and new values, in YAML (docs/proposals.md).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from jianbao.core.documents import Node, Problems, as_list, as_mapping, as_text
from jianbao.core.errors import ContentError, Place, Problem, raise_all
from jianbao.core.messages import tr
from jianbao.core.yaml_reader import parse_document
from jianbao.data.dates import moment
from jianbao.review.items import written_in
from jianbao.review.roles import same_person
from jianbao.review.verdicts import ItemState, ReviewVerdict
from jianbao.text.wording import Wording

CELL = re.compile(r"(?P<table>\w+):(?P<row>\+?[0-9]{1,9})\.(?P<column>\w+)")
NAME = re.compile(r"[\w-]+")
KINDS = ("cell", "row", "text", "weight", "entry", "leave")
INNER = {"cell": ("key", "old", "new"), "row": ("cells",), "leave": ("text", "why")}  # further keys of a change
CACHE_SIZE = 2_000  # stored proposals, which pages and stations read again and again


@dataclass(frozen=True, kw_only=True)
class CellEdit:
    """A new text for a cell; its row is found by its key, in any place of the table, or by its number without a key."""

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
class RowEdit:
    """A row to add at the end of a table: its cells by column, without empty ones."""

    table: str
    cells: Mapping[str, str]

    @property
    def about(self) -> str:
        """Return the name of the table."""
        return self.table

    def record(self) -> dict[str, object]:
        """Return it as the file of a proposal has it."""
        return {"row": self.table, "cells": dict(self.cells)}


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
class LeaveEdit:
    """The decision to leave a text as it is beside other changes, and why; `place` is its file or cell."""

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


ValueEdit = CellEdit | TextEdit | WeightEdit | EntryEdit  # those that put a new value in place of an old one
Edit = ValueEdit | RowEdit | LeaveEdit


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Changes proposed by somebody at a time in UTC (ISO 8601); `applied` says by whom and when, "" if they are not."""

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
    """Return a value as text that is valid YAML and JSON."""
    return json.dumps(value, ensure_ascii=False)


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
    if kind == "row":
        cells = as_mapping(fields["cells"], problems, optional=None)
        yield RowEdit(table=about, cells={column: _text(cell) for column, cell in cells.items()})
    elif kind == "weight":
        yield WeightEdit(node=about, **change)
    elif kind == "entry":
        yield EntryEdit(about=about, **change)
    elif kind == "leave":
        yield LeaveEdit(place=about, **change)
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


# Proposals from returned copies

_TOKEN = re.compile(r"\{\{.*?\}\}|[^\W\d_\u2e80-\uffff]+|\d+|.", re.DOTALL)


def edit_of(verdict: ReviewVerdict, wordings: Mapping[str, Wording]) -> TextEdit | None:
    """Return the text change that a verdict proposes.

    None for a verdict that proposes no wording, for a phrase that is printed in many places, and for words that the
    document itself adds to a text, such as the number of a figure.
    """
    if verdict.verdict != "proposed" or not verdict.after or verdict.wording not in wordings:
        return None
    texts = [each.texts.get(verdict.language) for each in wordings[verdict.wording].variants]
    written = [written_in(text) for text in texts if text]
    old = next((text for text in written if frame(text, verdict.before) is not None), verdict.before)
    new = transferred(old, verdict.before, verdict.after)
    return TextEdit(wording=verdict.wording, language=verdict.language, old=old, new=new) if new else None


def transferred(written: str, before: str, after: str) -> str | None:
    """Return a written text with the change made that leads from one printed text to another.

    Args:
        written: The text as its writer wrote it, which is a part of the printed one.
        before: The printed text.
        after: The changed printed text.

    Returns:
        The changed text; None if the written text is not in `before`, or words around it were changed.

    """
    added = frame(written, before)
    if added is None:
        return None
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    own = [place for place in range(len(old)) if place not in added]
    words: list[str] = []
    for kind, start, end, low, high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            words += [old[place] for place in range(start, end) if place not in added]
        elif not own or start < own[0] or end > own[-1] + 1 or _is_around(added, start, end):
            return None
        else:
            words += new[low:high]
    return "".join(words)


def _is_around(added: frozenset[int], start: int, end: int) -> bool:
    """Return whether a changed range of words, or an insertion if it is empty, is outside the written text."""
    return bool(added & {*range(start, end)}) or (start == end and {start - 1, start} <= added)


def frame(written: str, printed: str) -> frozenset[int] | None:
    """Return the places of the printed words that are not written ones; None if the written text is not all there."""
    old, own = _TOKEN.findall(printed), _TOKEN.findall(written)
    blocks = SequenceMatcher(None, old, own, autojunk=False).get_matching_blocks()
    matched = list(_places(blocks))
    return frozenset(range(len(old))) - frozenset(matched) if len(matched) == len(own) else None


def _places(blocks: Sequence[tuple[int, int, int]]) -> Iterator[int]:
    for start, _, size in blocks:
        yield from range(start, start + size)


def proposals_of(
    verdicts: Iterable[ReviewVerdict], wordings: Mapping[str, Wording], document: str, taken: Sequence[str]
) -> dict[str, tuple[str, Proposal]]:
    """Return the name and the proposal for each verdict on a document that proposes a change, by the verdict's origin.

    Each text has a proposal of its own, so that an editor can apply one and not another; equal changes share one.
    `taken` are the names of existing proposals.
    """
    by_origin: dict[str, tuple[str, Proposal]] = {}
    by_edit: dict[TextEdit, tuple[str, Proposal]] = {}
    for each in verdicts:
        if edit := edit_of(each, wordings):
            if edit not in by_edit:
                name = name_for(each.by, each.at, [*taken, *(name for name, _ in by_edit.values())])
                why = f"{document}: {each.comment}"
                by_edit[edit] = name, Proposal(by=each.by, at=each.at, why=why, edits=(edit,))
            by_origin[each.origin] = by_edit[edit]
    return by_origin


def own_words(states: Iterable[ItemState], proposals: Iterable[Proposal], name: str) -> Iterator[Problem]:
    """Yield a problem for each item whose words somebody proposed or applied themselves since it was last approved."""
    applied = [(each, *each.applied.rpartition(", ")[::2]) for each in proposals if each.applied]
    for state in states:
        approved = state.verdict.at if state.verdict and state.verdict.verdict == "approved" else ""
        since = [(each, by) for each, by, at in applied if not approved or moment(at) > moment(approved)]
        own = [each for each, by in since if same_person(name, by) or same_person(name, each.by)]
        words = {edit.wording for each in own for edit in each.edits if isinstance(edit, TextEdit)}
        if words & {*state.item.words}:
            what = tr("'{name}' may not approve this: the words are their own (four eyes)", name=name)
            yield Problem(Place("review", column=state.item.id), what, tr("somebody else approves it"))
