"""Rows compared with what was known before a delivery, the cases that somebody must decide, and the report of both."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, by_cause
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_later, tr_list, trn
from jianbao.data.anomalies import Anomaly, AnomalyRules
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.dates import period
from jianbao.data.facts import Source
from jianbao.data.provenance import SOURCES
from jianbao.data.row_diff import ComparedRow, Faulty, Rows, taken
from jianbao.data.schemas import NAMES, Schema, kinds_asked
from jianbao.data.tables import Tables, check_tables
from jianbao.text.vocabulary import Vocabulary

HINT = tr("declare `known_by` in data/tables.yml; or change the row by hand and publish the edition anew")


@dataclass(frozen=True)
class Kept:
    """A delivered row that published editions must not see, because it would change them."""

    table: str
    row: int
    editions: tuple[str, ...]
    known_from: str


def kept_from(
    row: ComparedRow, table: Schema, labels: Sequence[str], editions: Mapping[str, date], sources: Mapping[str, Source]
) -> tuple[ComparedRow, Kept] | Problem:
    """Return a row that published editions do not see: added beside the existing one, and known from a later day.

    That day is the one after the newest published edition, or a later one on which the row is dated or its first source
    was published. A problem, without its file, if the table has no column for it, or the row names an earlier day.
    """
    named = ", ".join(labels)
    newest = max(editions.values())
    column = table.known_column
    if not column:
        what = tr(
            "the row would change what is published: {editions}; and its table does not say since when a row is known",
            editions=named,
        )
        return Problem(Place("", row.number), what, HINT)
    if row.cells[column] and row.outcome in ("new", "restates"):
        what = tr(
            "known from {day} on, the row would change what is published: {editions}",
            day=row.cells[column],
            editions=named,
        )
        hint = tr("write a day after {day}, or none: then it is the first one that is possible", day=newest)
        return Problem(Place("", row.number, column), what, hint)
    day = max([newest + timedelta(1), *_days(row, table, sources)]).isoformat()
    cells = {**row.cells, column: day}
    return replace(row, cells=cells, beside=bool(row.standing)), Kept(table.name, row.number, tuple(labels), day)


def _days(row: ComparedRow, table: Schema, sources: Mapping[str, Source]) -> Iterator[date]:
    """Yield the day of a row and that on which the first of the sources that it newly names was published."""
    old = next((change.old for change in row.changes if change.column == table.source_column), "").split(";")
    named = [each for each in row.cells.get(table.source_column, "").split(";") if each not in old]
    published = [period(sources[each].published) for each in named if each in sources]
    yield from [min(found.last for found in published if found)] if any(published) else []
    written = next((row.cells[column] for column in table.dated_by if row.cells[column]), "")
    yield from [found.last] if written and (found := period(written)) else []


EVERYWHERE = (  # kinds of readings that are told once for all columns
    tr_later("blank, read as '{name}'"),
    tr_later("'{text}' stands above the heading and is left out"),
    tr_later("the English name of '{text}' is filled in: {name}"),
)
SHOWN, SEVERAL = 3, 10  # rows derived from others that a report shows, if there are more than several
ColumnLabels = Mapping[str, Translatable]  # by column
Kind = Literal["reading", "fault", "doubt", "change", "contradiction", "anomaly"]


@dataclass(frozen=True, kw_only=True)
class WorkspaceTables:
    """The tables of the workspace before a delivery; `published` are the days of the editions in its archive.

    `currencies` are the units of money in which measures take a column, by table and column. `labels` are what columns
    are called, by table, `choices` what their choices are; `home` is the city of the brief, `office` who issues it.
    """

    schemas: Mapping[str, Schema]
    sheets: Mapping[str, Sheet]
    tables: Tables
    sources: Mapping[str, Source]
    watches: AnomalyRules
    vocabulary: Vocabulary
    languages: tuple[str, ...]
    newest: date
    published: Mapping[str, date] = field(default_factory=dict)
    currencies: Mapping[tuple[str, str], str] = field(default_factory=dict)
    home: str = ""
    office: str = ""
    labels: Mapping[str, ColumnLabels] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, tuple[Translatable, ...]]] = field(default_factory=dict)

    def name_kinds(self) -> tuple[str, ...]:
        """Return the kinds of names that tables ask for, then those that only the name table has, such as an event."""
        known = (row.get("kind", "") for _, row in rows_in(self.sheets[NAMES]))
        return tuple(filter(None, dict.fromkeys((*kinds_asked(self.schemas), *known))))

    def said(self, schema: Schema, column: str, cell: str) -> str:
        """Return a cell as the user knows it: a choice by what it is called."""
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
    error, `anomaly.meant` is the probable value. `because_of` is the number of the delivered row that makes an existing
    row an outlier. `written` is the cell of a doubt, if it can also be taken as it is written.
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

    `kept` are the rows that published editions must not see. `headings` are the delivery's own, by sheet and column,
    `origins` the places of what derived rows are derived from, by table and number.
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

        That of a derived row is the place of the row from which it is derived.
        """
        origins = {(self.files.get(table, ""), number): found for (table, number), found in self.origins.items()}
        at = origins.get((place.file, place.line), place)
        own = self.headings.get(place.file, {})
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


def review_report(examination: RowReview, holdings: WorkspaceTables, each_reading: bool = False) -> Iterator[str]:
    """Yield what the delivery adds and changes, what was read into it, and what must be decided.

    Readings of the same kind in a column share a line with one example, unless `each_reading`.
    """
    for table, rows in examination.rows.items():
        yield from _table(table, rows, examination, holdings, each_reading)
    if examination.others:
        yield tr("Ignored, not tables of the workspace: {others}", others=tr_list(examination.others))
        if examination.missing:
            yield tr("  To take one in, call it what it has: {tables}", tables=tr_list(examination.missing))
        yield ""
    if examination.kept:
        yield tr("Kept from published editions, which stay as they are:")
        yield from _kept(examination)
        yield ""
    if examination.readings:
        yield tr("Read differently from how it is written:")
        readings = [Problem(examination.headed(each.where), each.what) for each in examination.readings]
        yield from (_indented(2, _at(each.where), each.what) for each in readings) if each_reading else _alike(readings)
        yield ""
    for kind, heading in HEADINGS.items():
        cases = [case for case in examination.cases if case.kind == kind]
        if cases:
            yield tr("{heading}:", heading=heading)
            lines = (line for case in cases for line in case_lines(case, examination))
            yield from _faults(cases, examination) if kind == "fault" else lines
            yield ""


def _alike(readings: Sequence[Problem]) -> Iterator[str]:
    """Yield readings of the same kind together, in a column or EVERYWHERE: their number and the first of them."""
    together: dict[tuple[object, ...], list[Problem]] = {}
    for each in readings:
        at = () if each.what.msgid in EVERYWHERE else (each.where.file, each.where.column)
        together.setdefault((*at, *_kind(each.what)), []).append(each)
    for found in together.values():
        first = _indented(2, _at(found[0].where), found[0].what)
        more = trn("and {count} more like it", "and {count} more like it", len(found) - 1, count=len(found) - 1)
        yield tr("{first}; {more}", first=first, more=more) if len(found) > 1 else first
    if len(together) < len(readings):
        yield tr("  All of them: jianbao intake FILE --readings")


def _kind(message: Translatable) -> tuple[object, ...]:
    """Return what a message says apart from its values: its text, and those of the messages in it."""
    return message.msgid, *(_kind(each) for each in message.fields.values() if isinstance(each, Translatable))


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


def _faults(cases: Iterable[Case], examination: RowReview) -> Iterator[str]:
    """Yield the errors that only a new delivery can correct, each cause once."""
    for cause in by_cause(Problem(examination.headed(case.place), case.what, case.hint) for case in cases):
        yield _indented(2, _at(cause.problem.where), cause.problem.what)
        yield from (_indented(6, remark) for remark in cause.remarks() if remark)


def case_lines(case: Case, examination: RowReview) -> Iterator[str]:
    """Yield a case in words, with its hint."""
    yield _indented(2, _at(examination.headed(case.place)), case.what)
    if case.hint:
        yield _indented(6, case.hint)


def _indented(spaces: int, *parts: object) -> Translatable:
    return tr_list((" " * spaces, tr_list(parts, "  ")), "")


def _at(place: Place) -> Translatable:
    if place.column:
        return tr("{file} row {row}, {column}:", file=place.file, row=place.line, column=place.column)
    return tr("{file} row {row}:", file=place.file, row=place.line) if place.line else tr("{file}:", file=place.file)


def _table(
    table: str, rows: tuple[ComparedRow, ...], examination: RowReview, holdings: WorkspaceTables, each_reading: bool
) -> Iterator[str]:
    delivered = examination.files[table]
    schema, standing, labels = holdings.schemas[table], holdings.sheets[table].file, holdings.labels.get(table, {})
    yield f"{delivered} -> {standing}"
    derived = [row for row in rows if row.outcome == "new" and (table, row.number) in examination.origins]
    if len(derived) > SEVERAL and not each_reading:
        said = tr_list(row.cells.get("title") or _name(row.cells, schema) for row in derived[:SHOWN])
        yield tr("  new        {count} rows, from those of other tables: {names}, …", count=len(derived), names=said)
        rows = tuple(row for row in rows if row not in derived)
    for row in rows:
        if row.outcome == "new":
            origin = examination.origins.get((table, row.number))
            if origin:
                at, cells = _at(examination.headed(origin)), _whole(row, schema, holdings)
                yield tr("  new        from {place}  {cells}", place=at, cells=cells)
                continue
            yield tr("  new        row {row}: {cells}", row=row.number, cells=_whole(row, schema, holdings))
        elif row.outcome != "same":
            place: object = f"{standing}:{row.standing}"
            if row.beside:
                day = row.cells[schema.known_column]
                place = tr("{place}; beside it, known from {day} on", place=place, day=day)
            yield tr(OUTCOMES[row.outcome], row=row.number, key=_name(row.cells, schema), place=place)
            for change in row.changes:
                old, column = change.old or tr("(blank)"), labels.get(change.column, change.column)
                yield tr("               {column}: {old} -> {new}", column=column, old=old, new=change.new)
    same = sum(row.outcome == "same" for row in rows)
    if same:
        yield trn("  unchanged  {same} row", "  unchanged  {same} rows", same, same=same)
    yield ""


def _name(cells: Mapping[str, str], schema: Schema) -> str:
    return ", ".join(cells[column] for column in schema.key if cells[column])


def _whole(row: ComparedRow, schema: Schema, holdings: WorkspaceTables) -> Translatable:
    labels = holdings.labels.get(schema.name, {})
    rest = (
        tr_list((labels.get(column, column), holdings.said(schema, column, cell)), " ")
        for column, cell in row.cells.items()
        if cell and column not in schema.key
    )
    return tr_list((_name(row.cells, schema), *rest), "; ")
