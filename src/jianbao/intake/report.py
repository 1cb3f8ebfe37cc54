"""Report: an examination in words, line by line, for whoever decides about it."""

from collections.abc import Iterator, Mapping

from jianbao.core.errors import Place
from jianbao.data.row_diff import ComparedRow
from jianbao.data.schemas import Schema
from jianbao.intake.review_rows import Case, RowReview, WorkspaceTables

HEADINGS = {
    "fault": "To be put right in the delivery",
    "doubt": "In doubt",
    "contradiction": "Contradictions",
    "change": "Changes of what stands there",
    "anomaly": "Values that stand out of their series",
}
QUESTIONS = {
    "doubt": "Is it right as it is read here?",
    "contradiction": "Write what the delivery says?",
    "change": "Write what the delivery says?",
    "anomaly": "Is the value right?",
}


def review_report(examination: RowReview, holdings: WorkspaceTables) -> Iterator[str]:
    """Yield what the delivery adds and changes, what was read into it, and what must be decided."""
    for table, rows in examination.rows.items():
        yield from _table(rows, examination.files[table], holdings.sheets[table].file, holdings.schemas[table])
    if examination.others:
        yield f"Left alone, as no table of the workspace: {', '.join(examination.others)}"
        yield ""
    if examination.kept:
        yield "Kept from published editions, which stay as they are:"
        yield from _kept(examination)
        yield ""
    if examination.readings:
        yield "Read in another form than it is written:"
        yield from (f"  {_at(each.where)}  {each.what}" for each in examination.readings)
        yield ""
    for kind, heading in HEADINGS.items():
        cases = [case for case in examination.cases if case.kind == kind]
        if cases:
            yield f"{heading}:"
            yield from (line for case in cases for line in case_lines(case))
            yield ""


def _kept(examination: RowReview) -> Iterator[str]:
    """Yield rows that are kept from the same editions together, with the day from which they are known."""
    together: dict[tuple[str, tuple[str, ...], str], list[int]] = {}
    for each in examination.kept:
        together.setdefault((each.table, each.editions, each.known_from), []).append(each.row)
    for (table, editions, day), rows in together.items():
        numbers = f"row{'s' if len(rows) > 1 else ''} {', '.join(map(str, rows))}"
        yield f"  {examination.files[table]} {numbers}:  kept from {', '.join(editions)}; known from {day} on"


def case_lines(case: Case) -> Iterator[str]:
    """Yield a case in words, with its hint."""
    yield f"  {_at(case.place)}  {case.what}"
    if case.hint:
        yield f"      {case.hint}"


def _at(place: Place) -> str:
    column = f", {place.column}" if place.column else ""
    return f"{place.file} row {place.line}{column}:"


def _table(rows: tuple[ComparedRow, ...], delivered: str, standing: str, schema: Schema) -> Iterator[str]:
    yield f"{delivered} -> {standing}"
    for row in rows:
        if row.outcome == "new":
            yield f"  new        row {row.number}: {_whole(row, schema)}"
        elif row.outcome != "same":
            word = row.outcome
            beside = f"; beside it, known from {row.cells[schema.known_column]} on" if row.beside else ""
            yield f"  {word:<11} row {row.number}: {_name(row.cells, schema)} ({standing}:{row.standing}{beside})"
            for change in row.changes:
                yield f"               {change.column}: {change.old or '(blank)'} -> {change.new}"
    same = sum(row.outcome == "same" for row in rows)
    if same:
        yield f"  unchanged  {same} row{'s' if same > 1 else ''}"
    yield ""


def _name(cells: Mapping[str, str], schema: Schema) -> str:
    return ", ".join(cells[column] for column in schema.key if cells[column])


def _whole(row: ComparedRow, schema: Schema) -> str:
    rest = (f"{column} {cell}" for column, cell in row.cells.items() if cell and column not in schema.key)
    return "; ".join([_name(row.cells, schema), *rest])
