"""Hold the cases of a delivered file that a person must decide, apply the answers, and make the new table contents."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from jianbao.core.documents import Problems
from jianbao.core.errors import DataError, Place, Problem, raise_all
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_list, trn
from jianbao.core.yaml_edit import scalars, with_values, without
from jianbao.data.anomalies import Anomaly, AnomalyRules, write_value
from jianbao.data.csv_files import Sheet, edit_csv, rows_in
from jianbao.data.facts import Source
from jianbao.data.provenance import SOURCES, with_sources, written_source
from jianbao.data.row_diff import ComparedRow, Faulty, Kept, Rows, extended, key_of_row, taken, touched
from jianbao.data.schemas import NAMES, Schema, kinds_asked
from jianbao.data.tables import Tables, check_tables
from jianbao.text.vocabulary import Vocabulary

ColumnLabels = Mapping[str, Translatable]  # by column
Kind = Literal["reading", "fault", "doubt", "change", "contradiction", "anomaly"]


@dataclass(frozen=True, kw_only=True)
class WorkspaceTables:
    """The tables of the workspace before a delivery; `published` are the days of the editions in its archive.

    `currencies` are the units of money in which measures read a column, by table and column; `part_years` the tables
    of which measures read months of a year. `titles` names the tables, `labels` the columns of each table, `choices`
    their choices. `home` is the city of the brief, `office` issues it.
    """

    schemas: Mapping[str, Schema]
    sheets: Mapping[str, Sheet]
    tables: Tables
    sources: Mapping[str, Source]
    anomaly_rules: AnomalyRules
    vocabulary: Vocabulary
    languages: tuple[str, ...]
    newest: date
    published: Mapping[str, date] = field(default_factory=dict)
    currencies: Mapping[tuple[str, str], str] = field(default_factory=dict)
    part_years: frozenset[str] = frozenset()
    home: str = ""
    office: str = ""
    titles: Mapping[str, Translatable] = field(default_factory=dict)
    labels: Mapping[str, ColumnLabels] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, tuple[Translatable, ...]]] = field(default_factory=dict)

    def name_kinds(self) -> tuple[str, ...]:
        """Return the kinds of names that tables use, then those that only the name table has, such as an event."""
        known = (row.get("kind", "") for _, row in rows_in(self.sheets[NAMES]))
        return tuple(filter(None, dict.fromkeys((*kinds_asked(self.schemas), *known))))

    def has_column(self, table: str, column: str) -> bool:
        """Return whether there is a table of this name with a column of this name."""
        return table in self.schemas and column in self.schemas[table].columns

    def cell_for_user(self, schema: Schema, column: str, cell: str) -> str:
        """Return a cell as the user knows it: a choice by its label."""
        named = self.choices.get(schema.name, {}).get(column, ())
        choices = schema.columns[column].of if named and column in schema.columns else ()
        return named[choices.index(cell)] if cell in choices else cell

    def checked(self, sheets: Mapping[str, Sheet], sources: Mapping[str, Source], problems: Problems) -> Tables:
        """Return the tables of sheets, without the one that describes sources, which has a file of its own."""
        schemas = {name: schema for name, schema in self.schemas.items() if name != SOURCES}
        return check_tables({name: sheets[name] for name in sheets if name != SOURCES}, schemas, sources, problems)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Something about a delivered row that a person must decide, or an error that only a new delivery can correct.

    A reading is how a cell was interpreted, and needs no decision. `anomaly` is an outlier; if it looks like a typing
    error, `anomaly.meant` is the probable value. `because_of` is the number of the delivered row that made an existing
    row an outlier. `written` is the cell that is in doubt, if it can also be taken as it is written.
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
    """Every delivered row compared with the tables, how it was read, and the cases to be decided.

    `kept` are the rows that published editions must not see. `headings` are those of the delivery, by sheet and column;
    `origins` are the places from which rows are derived, by table and number.
    """

    rows: Rows
    files: Mapping[str, str]
    readings: tuple[Problem, ...]
    cases: tuple[Case, ...]
    others: tuple[str, ...] = ()
    missing: tuple[Translatable, ...] = ()
    kept: tuple[Kept, ...] = ()
    headings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    origins: Mapping[tuple[str, int], Place] = field(default_factory=dict)

    def headed(self, place: Place) -> Place:
        """Return a place of the delivery with the headings of its columns as the sheet writes them.

        The place of a derived row is that of the row from which it is derived.
        """
        origins = {(self.files.get(table, ""), number): found for (table, number), found in self.origins.items()}
        at = origins.get((place.file, place.line), place)
        own = {**self.headings.get(place.file, {}), **self.headings.get(at.file, {})}
        named = [own.get(each, each) for each in place.column.split(", ")]
        return replace(at, column=named[0] if len(named) == 1 else tr_list(named))

    def writes(self) -> bool:
        """Return whether there would be anything to write if every case were decided for the delivery."""
        faulty = faulty_rows(self.cases)
        return any(taken(table, rows, faulty) for table, rows in self.rows.items())


def fault(table: str, problem: Problem) -> Case:
    """Return the case of an error in a row."""
    return Case(kind="fault", table=table, place=problem.where, what=problem.what, hint=problem.hint)


def faulty_rows(cases: Iterable[Case]) -> Faulty:
    """Return the rows that have a fault."""
    return frozenset((case.table, case.row) for case in cases if case.kind == "fault")


Decision = Literal["take", "correct", "as_written", "leave"]


@dataclass(frozen=True)
class Answer:
    """How a case is decided; a reason if one is needed.

    The row is taken, taken with its typing error corrected, taken as it is written, or left out.
    """

    decision: Decision
    because: str = ""


@dataclass(frozen=True)
class Policy:
    """How cases are decided without asking.

    Changes are taken or not, outliers if a reason is given, cells in doubt as they are written or not at all.
    """

    accept_changes: bool = False
    because: str = ""
    leave_open: bool = False
    as_written: bool = False

    def decide(self, case: Case) -> Answer | None:
        """Return the answer to a case, or None if it stays open."""
        if case.kind in ("change", "contradiction") and self.accept_changes:
            return Answer("take")
        if case.written and self.as_written:
            return Answer("as_written")
        if case.kind == "anomaly" and self.because and case.anomaly and case.anomaly.meant is None:
            return Answer("take", self.because)
        return Answer("leave") if self.leave_open else None


@dataclass(frozen=True)
class AcceptedRows:
    """The rows that are written, by table, and the accepted outliers, each with its reason."""

    rows: Rows
    accepted: tuple[tuple[Case, str], ...] = ()

    def counts(self) -> tuple[int, int]:
        """Return how many rows are new and how many changed."""
        rows = [row for each in self.rows.values() for row in each]
        new = sum(row.added for row in rows)
        return new, len(rows) - new


def accept_rows(examination: RowReview, holdings: WorkspaceTables, answers: Mapping[Case, Answer]) -> AcceptedRows:
    """Return the rows to write, those whose cases are all decided for them; raises DataError if one does not fit."""
    left = {(case.table, case.row) for case in examination.cases if _is_left_out(case, answers)}
    rows = {
        table: tuple(
            _corrected(row, table, answers)
            for row in compared
            if row.outcome != "same" and (table, row.number) not in left
        )
        for table, compared in examination.rows.items()
    }
    kept = {table: compared for table, compared in rows.items() if compared}
    problems: Problems = []
    sheets = {**holdings.sheets, **{t: extended(holdings.sheets[t], holdings.schemas[t], kept[t]) for t in kept}}
    described = {row.cells["id"] for row in kept.get(SOURCES, ())}
    existing = {each[0] for each in holdings.sheets[SOURCES].rows} | described
    sources = {name: each for name, each in holdings.sources.items() if each.is_example or name in existing}
    tables = holdings.checked(sheets, sources, problems)
    raise_all(problems, DataError)
    raise_all(_changes_of_published(tables, holdings), DataError)
    accepted = tuple(
        (case, answer.because)
        for case, answer in answers.items()
        if case.anomaly and answer.decision == "take" and (case.table, case.row) not in left
    )
    return AcceptedRows(kept, accepted)


def _changes_of_published(tables: Tables, holdings: WorkspaceTables) -> Iterator[Problem]:
    """Yield a problem for each row that would change a published edition."""
    for table, numbers in touched(holdings.tables, tables, holdings.published).items():
        for number, labels in numbers.items():
            what = tr("this row would change what is published: {editions}", editions=tr_list(labels))
            yield Problem(Place(holdings.sheets[table].file, number), what, tr("take in the other rows first"))


def _is_left_out(case: Case, answers: Mapping[Case, Answer]) -> bool:
    answer = answers.get(case)
    return case.kind == "fault" or answer is None or answer.decision == "leave"


def _corrected(row: ComparedRow, table: str, answers: Mapping[Case, Answer]) -> ComparedRow:
    """Return a row with typing errors corrected where that was the answer."""
    cells = dict(row.cells)
    for case, answer in answers.items():
        meant = case.anomaly.meant if case.anomaly else None
        own = (case.table, case.row) == (table, row.number) and not case.because_of
        if own and answer.decision == "correct" and meant is not None:
            cells[case.place.column] = write_value(meant)
    return replace(row, cells=cells)


def edited_tables(
    accepted_rows: AcceptedRows, holdings: WorkspaceTables, texts: Mapping[str, str]
) -> Mapping[str, str]:
    """Return the new text of each table's file that changes, by the file's name."""
    found = {}
    for table, rows in accepted_rows.rows.items():
        if table == SOURCES:
            continue
        sheet = holdings.sheets[table]
        needed = extended(sheet, holdings.schemas[table], rows).head
        if needed != sheet.head:  # a column that was empty until now
            found[sheet.file] = _rewritten(accepted_rows, holdings, table, texts[sheet.file])
            continue
        changed = {row.existing: [row.cells[name] for name in sheet.head] for row in rows if not row.added}
        added = [[row.cells[name] for name in sheet.head] for row in rows if row.added]
        found[sheet.file] = edit_csv(texts[sheet.file], changed, added)
    return found


def _rewritten(accepted_rows: AcceptedRows, holdings: WorkspaceTables, table: str, text: str) -> str:
    whole = extended(holdings.sheets[table], holdings.schemas[table], accepted_rows.rows[table])
    changed = {1: whole.head, **dict(zip(whole.numbers, whole.rows, strict=True))}
    existing = len(holdings.sheets[table].rows)
    kept = {number: cells for number, cells in changed.items() if number in (1, *whole.numbers[:existing])}
    return edit_csv(text, kept, whole.rows[existing:])


def edited_sources(text: str, rows: Sequence[ComparedRow]) -> str:
    """Return data/sources.yml with described sources: known ones changed in place, new ones appended.

    An example with the id of a new source gives way to it.
    """
    known = {each.path[0] for each in scalars(text)}
    replaced = {row.cells["id"] for row in rows if row.added} & known
    edited = without(text, [(name,) for name in sorted(replaced)]) if replaced else text
    for row in (row for row in rows if not row.added):
        edited = with_values(edited, {(row.cells["id"], each.column): each.new for each in row.changes})
    return with_sources(edited, (written_source(row.cells) for row in rows if row.added))


def edited_acceptances(text: str, accepted_rows: AcceptedRows) -> str:
    """Return data/anomalies.yml with the accepted outliers appended; its last list must be `accepted`."""
    lines = [text.rstrip("\n")]
    for found, because in ((case.anomaly, because) for case, because in accepted_rows.accepted if case.anomaly):
        key = ", ".join(f"{column}: {_quoted(cell)}" for column, cell in found.key.items())
        lines += [
            f"  - table: {found.table}",
            f"    column: {found.place.column}",
            f"    key: {{{key}}}",
            f"    value: {write_value(found.value)}",
            f"    kind: {found.kind}",
            f"    because: {_quoted(because)}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    plain = text.replace(" ", "").replace("-", "").replace("_", "").isalnum() and text.isascii()
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return text if plain else f'"{escaped}"'


def rows_in_words(new: int, changed: int) -> Translatable:
    """Return a text with the numbers of new and changed rows; "" if there are none."""
    rows = (
        trn("{count} new row", "{count} new rows", new, count=new) if new else "",
        trn("{count} changed row", "{count} changed rows", changed, count=changed) if changed else "",
    )
    return tr_list(filter(None, rows), " and ")


def unusual(found: Anomaly, rows: Sequence[ComparedRow], file: str, schema: Schema) -> Case | None:
    """Return the case of an outlier: in a delivered row, or in an existing one because of a delivered row."""
    wanted = key_of_row(schema, found.key)
    words = [column for column in schema.key if schema.columns[column].type in ("name", "text", "choice")]
    own = next((row for row in rows if key_of_row(schema, row.cells) == wanted), None)
    alike = (row for row in rows if all(row.cells[column] == found.key.get(column, "") for column in words))
    row = own or next(alike, None)
    if row is None:
        return None
    what = tr("{about}: {what}", about=", ".join(found.key.values()), what=found.what)
    hint = (
        NO_TEXT
        if own
        else tr(
            "this row is not of the delivery: it is an outlier because of row {row} of {file}",
            row=row.number,
            file=file,
        )
    )
    return Case(
        kind="anomaly",
        table=found.table,
        place=Place(file, row.number, found.place.column) if own else found.place,
        what=what,
        hint=hint,
        anomaly=found,
        because_of=0 if own else row.number,
    )


def meant_by(case: Case) -> float | None:
    """Return the value that was probably intended for an outlier; None if there is none."""
    return case.anomaly.meant if case.anomaly and not case.because_of else None
