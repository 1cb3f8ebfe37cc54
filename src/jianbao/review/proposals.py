"""Proposed changes of a workspace, and the file in which they are stored: who, when, why, old and new values.

The file is YAML that a person can read and review; docs/proposals.md describes it.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from jianbao.core.documents import Node, Problems, as_list, as_mapping, as_text, as_texts
from jianbao.core.errors import Problem
from jianbao.core.messages import tr

CELL = re.compile(r"(?P<table>\w+):(?P<row>\+?[0-9]{1,9})\.(?P<column>\w+)")
NAME = re.compile(r"[\w-]+")
KINDS = ("cell", "row", "text", "weight")


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


Edit = CellEdit | RowEdit | TextEdit | WeightEdit


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


def _edits(node: Node, problems: Problems) -> Iterator[Edit]:
    kind = next((key for key, _ in node.pairs() if key in KINDS), KINDS[0])
    inner = {"cell": ("key", "old", "new"), "row": ("cells",)}.get(kind, ("old", "new"))
    fields = as_mapping(node, problems, (kind, *inner))
    if not {kind, *inner} <= fields.keys():
        return
    about, change = as_text(fields[kind], problems), {key: _text(fields[key]) for key in ("old", "new") if key in inner}
    if kind == "row":
        cells = as_mapping(fields["cells"], problems, optional=None)
        yield RowEdit(table=about, cells={column: _text(cell) for column, cell in cells.items()})
    elif kind == "weight":
        yield WeightEdit(node=about, **change)
    elif kind == "text":
        wording, _, language = about.rpartition(".")
        yield TextEdit(wording=wording, language=language, **change)
    elif match := CELL.fullmatch(about):
        yield CellEdit(
            table=match["table"],
            row=int(match["row"]),
            column=match["column"],
            key=as_texts(fields["key"], problems) if fields["key"].value else (),
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
