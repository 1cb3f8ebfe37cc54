"""Decide the open cases of a delivered file, and make the new contents of the tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from jianbao.core.documents import Problems
from jianbao.core.errors import DataError, Place, Problem, raise_all
from jianbao.core.messages import Translatable, tr, tr_list, trn
from jianbao.core.yaml_edit import scalars, with_values, without
from jianbao.data.anomalies import write_value
from jianbao.data.csv_files import edit_csv
from jianbao.data.provenance import SOURCES, with_sources, written_source
from jianbao.data.row_diff import ComparedRow, Rows, extended, touched
from jianbao.data.tables import Tables
from jianbao.intake.cases import Case, RowReview, WorkspaceTables

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
    left = {(case.table, case.row) for case in examination.cases if _left(case, answers)}
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
    standing = {each[0] for each in holdings.sheets[SOURCES].rows} | described
    sources = {name: each for name, each in holdings.sources.items() if each.is_example or name in standing}
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


def _left(case: Case, answers: Mapping[Case, Answer]) -> bool:
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


def edited_tables(settlement: AcceptedRows, holdings: WorkspaceTables, texts: Mapping[str, str]) -> Mapping[str, str]:
    """Return the new text of each table's file that changes, by the file's name."""
    found = {}
    for table, rows in settlement.rows.items():
        if table == SOURCES:
            continue
        sheet = holdings.sheets[table]
        needed = extended(sheet, holdings.schemas[table], rows).head
        if needed != sheet.head:  # a column that was empty so far
            found[sheet.file] = _rewritten(settlement, holdings, table, texts[sheet.file])
            continue
        changed = {row.standing: [row.cells[name] for name in sheet.head] for row in rows if not row.added}
        added = [[row.cells[name] for name in sheet.head] for row in rows if row.added]
        found[sheet.file] = edit_csv(texts[sheet.file], changed, added)
    return found


def _rewritten(settlement: AcceptedRows, holdings: WorkspaceTables, table: str, text: str) -> str:
    whole = extended(holdings.sheets[table], holdings.schemas[table], settlement.rows[table])
    changed = {1: whole.head, **dict(zip(whole.numbers, whole.rows, strict=True))}
    standing = len(holdings.sheets[table].rows)
    kept = {number: cells for number, cells in changed.items() if number in (1, *whole.numbers[:standing])}
    return edit_csv(text, kept, whole.rows[standing:])


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


def edited_acceptances(text: str, settlement: AcceptedRows) -> str:
    """Return data/anomalies.yml with the accepted outliers appended; its last list must be `accepted`."""
    lines = [text.rstrip("\n")]
    for case, because in settlement.accepted:
        found = case.anomaly
        if found is None:
            continue
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


def still_open(cases: Sequence[Case]) -> Iterator[str]:
    """Yield lines that say why nothing is written and what can be done; none if no case is open."""
    faults, count = sum(case.kind == "fault" for case in cases), len(cases)
    if cases:
        yield trn(
            "Nothing was written: {count} case is open.",
            "Nothing was written: {count} cases are open.",
            count,
            count=count,
        )
    if faults:
        yield tr("  Put right in the delivery what is listed for that, or leave those rows out with --clear-only.")
    if faults < count:
        yield tr("  On a terminal the other cases are asked about one by one. In a script:")
        yield tr("    --accept-changes   write what the delivery says where it changes or contradicts what stands")
        yield tr(
            "    --because REASON   accept values that stand out, for this reason; what looks like a slip stays open"
        )
        yield tr("    --as-written       take what is in doubt as it is written")
        yield tr("    --clear-only       leave the rows of open cases out and write the others")
