"""What is known before a delivery, and what is found of it: rows compared, and cases that somebody must decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from jianbao.core.errors import Place, Problem
from jianbao.core.messages import NO_TEXT, Translatable
from jianbao.data.anomalies import Anomaly
from jianbao.data.anomaly_rules import AnomalyRules
from jianbao.data.csv_files import Sheet
from jianbao.data.facts import Source
from jianbao.data.schemas import Schema
from jianbao.data.tables import Tables
from jianbao.intake.extended_tables import Faulty, Kept, Rows, taken
from jianbao.text.vocabulary import Vocabulary

Kind = Literal["reading", "fault", "doubt", "change", "contradiction", "anomaly"]


@dataclass(frozen=True, kw_only=True)
class WorkspaceTables:
    """What the workspace knows before a delivery; `published` are the days of the editions in its archive."""

    schemas: Mapping[str, Schema]
    sheets: Mapping[str, Sheet]
    tables: Tables
    sources: Mapping[str, Source]
    watches: AnomalyRules
    vocabulary: Vocabulary
    languages: tuple[str, ...]
    newest: date
    published: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Something about a delivered row that nobody but a person decides; a fault only the delivery can put right.

    A reading is what a cell is taken for, and needs no decision. `anomaly` is the value that stands out; if it looks
    like a slip, `anomaly.meant` is what may be meant. `because_of` is the number of the delivered row through which a
    row stands out that is in the table already. `written` is the cell of a doubt, if it can also be taken as it is
    written.
    """

    kind: Kind
    table: str
    place: Place
    what: Translatable
    hint: Translatable = NO_TEXT
    anomaly: Anomaly | None = None
    written: str = ""
    because_of: int = 0

    @property
    def row(self) -> int:
        """The number of the delivered row."""
        return self.because_of or self.place.line


@dataclass(frozen=True, kw_only=True)
class RowReview:
    """Every delivered row compared with the tables, what was read into it, and the cases to be decided.

    `kept` are the rows that published editions do not get to know.
    """

    rows: Rows
    files: Mapping[str, str]
    readings: tuple[Problem, ...]
    cases: tuple[Case, ...]
    others: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()

    def writes(self) -> bool:
        """Say whether there is anything to write, were every case decided for the delivery."""
        faulty = faulty_rows(self.cases)
        return any(taken(table, rows, faulty) for table, rows in self.rows.items())


def fault(table: str, problem: Problem) -> Case:
    """Return the case of what is wrong with a row."""
    return Case(kind="fault", table=table, place=problem.where, what=problem.what, hint=problem.hint)


def faulty_rows(cases: Iterable[Case]) -> Faulty:
    """Return the rows that have a fault."""
    return frozenset((case.table, case.row) for case in cases if case.kind == "fault")
