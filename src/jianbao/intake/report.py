"""The review of a delivered file in words, line by line."""

from collections.abc import Iterable, Iterator, Mapping

from jianbao.core.errors import Place, Problem, by_cause
from jianbao.core.messages import Translatable, tr, tr_later, tr_list, trn
from jianbao.data.row_diff import ComparedRow
from jianbao.data.schemas import Schema
from jianbao.intake.cases import Case, RowReview, WorkspaceTables

HEADINGS = {
    "fault": tr("To be corrected in the delivery"),
    "doubt": tr("In doubt"),
    "contradiction": tr("Contradictions"),
    "change": tr("Changes to existing values"),
    "anomaly": tr("Unusual values in their series"),
}
OUTCOMES = {
    "adds": tr_later("  adds        row {row}: {key} ({place})"),
    "changes": tr_later("  changes     row {row}: {key} ({place})"),
    "contradicts": tr_later("  contradicts row {row}: {key} ({place})"),
    "restates": tr_later("  restates    row {row}: {key} ({place})"),
}
QUESTIONS = {
    "doubt": tr("Is this reading right?"),
    "contradiction": tr("Write what the delivery says?"),
    "change": tr("Write what the delivery says?"),
    "anomaly": tr("Is the value right?"),
}


def review_report(examination: RowReview, holdings: WorkspaceTables) -> Iterator[str]:
    """Yield what the delivery adds and changes, what was read into it, and what must be decided."""
    for table, rows in examination.rows.items():
        yield from _table(rows, examination.files[table], holdings.sheets[table].file, holdings.schemas[table])
    if examination.others:
        yield tr("Ignored, not tables of the workspace: {others}", others=tr_list(examination.others))
        yield ""
    if examination.kept:
        yield tr("Kept from published editions, which stay as they are:")
        yield from _kept(examination)
        yield ""
    if examination.readings:
        yield tr("Read differently from how it is written:")
        yield from (_indented(2, _at(each.where), each.what) for each in examination.readings)
        yield ""
    for kind, heading in HEADINGS.items():
        cases = [case for case in examination.cases if case.kind == kind]
        if cases:
            yield tr("{heading}:", heading=heading)
            yield from _faults(cases) if kind == "fault" else (line for case in cases for line in case_lines(case))
            yield ""


def _kept(examination: RowReview) -> Iterator[str]:
    """Yield rows that are kept from the same editions together, with the day from which they are known."""
    together: dict[tuple[str, tuple[str, ...], str], list[int]] = {}
    for each in examination.kept:
        together.setdefault((each.table, each.editions, each.known_from), []).append(each.row)
    for (table, editions, day), rows in together.items():
        yield trn(
            "  {file} row {rows}:  kept from {editions}; known from {day} on",
            "  {file} rows {rows}:  kept from {editions}; known from {day} on",
            len(rows),
            file=examination.files[table],
            rows=tr_list(rows),
            editions=tr_list(editions),
            day=day,
        )


def _faults(cases: Iterable[Case]) -> Iterator[str]:
    """Yield what only the delivery can put right, what has one cause once."""
    for cause in by_cause(Problem(case.place, case.what, case.hint) for case in cases):
        yield _indented(2, _at(cause.problem.where), cause.problem.what)
        yield from (_indented(6, remark) for remark in cause.remarks() if remark)


def case_lines(case: Case) -> Iterator[str]:
    """Yield a case in words, with its hint."""
    yield _indented(2, _at(case.place), case.what)
    if case.hint:
        yield _indented(6, case.hint)


def _indented(spaces: int, *parts: object) -> Translatable:
    return tr_list((" " * spaces, tr_list(parts, "  ")), "")


def _at(place: Place) -> Translatable:
    if place.column:
        return tr("{file} row {row}, {column}:", file=place.file, row=place.line, column=place.column)
    return tr("{file} row {row}:", file=place.file, row=place.line)


def _table(rows: tuple[ComparedRow, ...], delivered: str, standing: str, schema: Schema) -> Iterator[str]:
    yield f"{delivered} -> {standing}"
    for row in rows:
        if row.outcome == "new":
            yield tr("  new        row {row}: {cells}", row=row.number, cells=_whole(row, schema))
        elif row.outcome != "same":
            place: object = f"{standing}:{row.standing}"
            if row.beside:
                day = row.cells[schema.known_column]
                place = tr("{place}; beside it, known from {day} on", place=place, day=day)
            yield tr(OUTCOMES[row.outcome], row=row.number, key=_name(row.cells, schema), place=place)
            for change in row.changes:
                old = change.old or tr("(blank)")
                yield tr("               {column}: {old} -> {new}", column=change.column, old=old, new=change.new)
    same = sum(row.outcome == "same" for row in rows)
    if same:
        yield trn("  unchanged  {same} row", "  unchanged  {same} rows", same, same=same)
    yield ""


def _name(cells: Mapping[str, str], schema: Schema) -> str:
    return ", ".join(cells[column] for column in schema.key if cells[column])


def _whole(row: ComparedRow, schema: Schema) -> str:
    rest = (f"{column} {cell}" for column, cell in row.cells.items() if cell and column not in schema.key)
    return "; ".join([_name(row.cells, schema), *rest])
