"""Find what a delivered file would add, change and contradict, and every case that a person must decide."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_later, tr_list
from jianbao.data.column_checks import check_column
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.dates import era_of
from jianbao.data.name_faults import renamed_partners, rows_gone, tasks_gone, tasks_meant
from jianbao.data.name_matching import NameTable, list_names, name_table
from jianbao.data.provenance import SOURCES, source_of_cells
from jianbao.data.row_diff import (
    BESIDE,
    ComparedRow,
    Kept,
    Rows,
    adds_nothing,
    compare_rows,
    kept_from,
    key_of_row,
    lacks_source,
    numbered,
    taken,
    touched,
    with_rows,
)
from jianbao.data.schemas import NAMES
from jianbao.data.tables import known_in
from jianbao.data.value_checks import ValueLimits, check_delivered_values, unexplained
from jianbao.intake.decisions import Case, Kind, RowReview, WorkspaceTables, fault, faulty_rows, unusual
from jianbao.intake.labels import choice_forms, choice_meant, named_in, names_beside
from jianbao.intake.open_rows import numbers_twice, partners_twice, second_names, supposed_columns, without_uncounted
from jianbao.intake.parse_cells import CellReader, parse_cells
from jianbao.intake.read_file import DeliveredFile
from jianbao.intake.remarks import DOUBTED
from jianbao.intake.sheets import CONSULATES, MEMBERSHIPS, PARTNERS, PLAN, VISITS, dates_of, role_asked_for
from jianbao.intake.sources import CONFIDENCE, CORROBORATED, STATED, counted_by_program, titles_of, with_evidence

LISTS = (*PARTNERS, MEMBERSHIPS, CONSULATES)  # lists that an office sends complete each time
TERM = "term"  # the kind of name for the terms of the brief, which follow the delivery
LIST_NAME = ".list_names"  # the form of a name that drop-downs show
OF_ALL_ROWS = tr_later("the source below the table is that of all its rows: {title}")


def review_rows(
    delivery: DeliveredFile, holdings: WorkspaceTables, source: str = "", as_written: frozenset[Place] = frozenset()
) -> RowReview:
    """Parse and compare every delivered row and look for outliers; cells of `as_written` are taken as they are."""
    reader = replace(_reader(delivery, holdings, source), as_written=as_written)
    readings, cases = list[Problem](delivery.left_out), list[Case]()
    compared = {
        table: with_evidence(
            _compared(table=table, sheet=sheet, holdings=holdings, reader=reader, readings=readings, cases=cases),
            holdings.schemas[table],
            sheet.file,
            _grades(table, delivery, holdings),
            readings,
        )
        for table, sheet in delivery.sheets.items()
    }
    numbers = {(delivery.sheets[table].file, row.number) for table, rows in compared.items() for row in rows}
    faults = _faults_of(delivery, holdings)  # a doubted row that repeats another one is read once
    cases += [each for each in faults if each.what.msgid != DOUBTED or (each.place.file, each.row) in numbers]
    cases += numbers_twice(compared.get(VISITS, ()), holdings.sheets, delivery.sheets)
    cases += [case for table in compared for case in _faults_in(table, compared, delivery, holdings)]
    files = {table: sheet.file for table, sheet in delivery.sheets.items()}
    compared = dict(without_uncounted(compared, cases, files, holdings.home, readings))
    _ask_for_twice(compared, files, delivery, holdings, cases)
    there = files, holdings.schemas, holdings.sheets, holdings.languages[0]
    readings += rows_gone({table: compared[table] for table in LISTS if table in compared}, *there)
    cases += [fault(PLAN, each) for each in tasks_gone(compared, *there) if not holdings.published]
    readings += supposed_columns(delivery.supposed, holdings.schemas, holdings.labels, reader)
    rows, kept = _kept(compared, delivery, holdings, cases)
    places = {row.number: Place(files[NAMES], row.number, "id") for row in rows.get(NAMES, ())}
    places |= {number: place for (table, number), place in delivery.origins.items() if table == NAMES}
    cases += second_names(rows.get(NAMES, ()), places, _names(_forms(holdings), holdings.languages), holdings.languages)
    wrong = {each.place for each in cases if each.kind == "fault"}  # reported as such, not as a change too
    cases += [each for each in _overwriting(rows, files, holdings) if each.place not in wrong]
    labels: dict[str, dict[str, Translatable]] = {}
    for table, file in files.items():
        labels.setdefault(file, {}).update(holdings.labels.get(table, {}))
    looked = RowReview(
        rows=rows,
        files=files,
        readings=tuple(readings),
        cases=tuple(dict.fromkeys(cases)),
        others=delivery.others,
        missing=delivery.missing,
        kept=kept,
        headings={file: {**own, **delivery.headings.get(file, {})} for file, own in labels.items()},
        origins=delivery.origins,
    )
    return replace(looked, cases=(*looked.cases, *_outliers(looked, holdings)))


def _ask_for_twice(
    rows: Rows, files: Mapping[str, str], delivery: DeliveredFile, holdings: WorkspaceTables, cases: list[Case]
) -> None:
    """Ask about partners that may be listed twice; ask nothing else about such a row until that is answered."""
    shown = {row["id"]: row.get(holdings.languages[0], "") for row in _forms(holdings, delivery)}
    twice = [*partners_twice(rows, files, shown, delivery.words)]
    partners = {table: rows[table] for table in PARTNERS if table in rows}
    renamed = renamed_partners(partners, files, holdings.sheets, shown, delivery.words["counted"])
    twice += (fault(*each) for each in renamed)
    waiting = {(case.table, case.row) for case in twice}
    cases[:] = [*(case for case in cases if (case.table, case.row) not in waiting), *twice]


def with_described_sources(holdings: WorkspaceTables, delivery: DeliveredFile) -> WorkspaceTables:
    """Return the workspace with the sources that a delivery describes, so that its rows may name them."""
    if SOURCES not in delivery.sheets:
        return holdings
    reader, sheet, schema = _reader(delivery, holdings, ""), delivery.sheets[SOURCES], holdings.schemas[SOURCES]
    rows = (parse_cells(schema, sheet.file, number, cells, reader)[0] for number, cells in rows_in(sheet))
    described = {cells["id"]: source_of_cells(cells) for cells in rows if cells.get("id")}
    existing = {name: each for name, each in holdings.sources.items() if name not in described or not each.is_example}
    return replace(holdings, sources={**described, **existing})


def _reader(delivery: DeliveredFile, holdings: WorkspaceTables, source: str) -> CellReader:
    given = delivery.sheets
    eras = {
        name: era_of(dates_of(schema, holdings.sheets[name]), dates_of(schema, given.get(name)), holdings.newest)
        for name, schema in holdings.schemas.items()
    }
    watched = {watch.table: watch for watch in reversed(holdings.anomaly_rules.watched)}
    forms = _forms(holdings, delivery)
    units = {
        (watch.table, *(row.get(column, "") for column in watch.by)): row[watch.unit]
        for watch in holdings.anomaly_rules.watched
        for _, row in rows_in(holdings.sheets[watch.table])
        if row.get(watch.unit)
    }
    return CellReader(
        schemas=holdings.schemas,
        vocabulary=holdings.vocabulary,
        names=_names(forms, holdings.languages),
        listed=frozenset((form.get(key, ""), form["id"]) for form in forms for key in (LIST_NAME, *holdings.languages)),
        eras=eras,
        watched=watched,
        units=units,
        currencies=holdings.currencies,
        words=delivery.words,
        kinds=holdings.name_kinds(),
        source=source,
        counted_from=delivery.counted_from,
    )


def known_names(holdings: WorkspaceTables, delivery: DeliveredFile) -> NameTable:
    """Return the names of the workspace and those on the delivery's sheet of names."""
    return _names(_forms(holdings, delivery), holdings.languages)


def _names(forms: Sequence[Mapping[str, str]], languages: Sequence[str]) -> NameTable:
    return name_table(forms, [*languages, *(f"{language}_short" for language in languages), LIST_NAME])


def _forms(holdings: WorkspaceTables, delivery: DeliveredFile | None = None) -> list[Mapping[str, str]]:
    """Return the rows of all names, those of a delivery too, each with the form that drop-downs show."""
    existing = [row for _, row in rows_in(holdings.sheets[NAMES])]
    sheet = delivery.sheets.get(NAMES) if delivery else None
    kinds = {kind: choice_forms(NAMES, "kind", kind) for kind in holdings.name_kinds()}
    words = delivery.words if delivery else {}
    further = [
        {**row, "kind": choice_meant(row.get("kind", ""), kinds, words)} for _, row in (rows_in(sheet) if sheet else ())
    ]
    named = [row for row in (*existing, *further) if row.get("id") and row.get("kind")]
    return [{**row, LIST_NAME: list_names(row, holdings.languages)} for row in named]


def _compared(
    table: str,
    sheet: Sheet,
    *,
    holdings: WorkspaceTables,
    reader: CellReader,
    readings: list[Problem],
    cases: list[Case],
) -> tuple[ComparedRow, ...]:
    """Parse and compare the rows of a sheet; a duplicate row is read once, or is an error."""
    schema = holdings.schemas[table]
    understood = []
    seen: dict[tuple[str, ...], tuple[int, Mapping[str, str]]] = {}
    for number, written in rows_in(sheet):
        cells, findings = parse_cells(schema, sheet.file, number, written, reader)
        readings += [Problem(each.place, each.what) for each in findings if each.kind == "reading"]
        cases += [each for each in findings if each.kind != "reading"]
        key = (*key_of_row(schema, cells), cells.get(schema.known_column, ""))
        first = seen.setdefault(key, (number, cells))
        place = Place(sheet.file, number, ", ".join(schema.key))
        line = sheet.origins[first[0]].line if first[0] in sheet.origins else first[0]
        if first[0] == number:
            understood.append((number, cells))
        elif adds_nothing(cells, first[1], schema):
            readings.append(Problem(place, tr("the row repeats row {row} and is read once", row=line)))
        else:
            understood.append((number, cells))
            if any(key):
                values = tr_list(filter(None, key))
                what = tr("'{said}' is also in row {row}, which says something else", said=values, row=line)
                cases.append(fault(table, Problem(place, what, tr("keep one of the two"))))
    by_title = table == PLAN and not holdings.published  # published tasks keep their numbers
    meant = tasks_meant(understood, holdings.sheets[table], holdings.languages[0]) if by_title else None
    return compare_rows(schema, holdings.sheets[table], understood, meant)


def _grades(table: str, delivery: DeliveredFile, holdings: WorkspaceTables) -> Mapping[str, str]:
    """Return the grades, by name, for rows without evidence: corroborated only if each row has its own sources."""
    schema, sheet = holdings.schemas[table], delivery.sheets[table]
    allowed = schema.columns[CONFIDENCE].of if CONFIDENCE in schema.columns else ()
    below = any(each.where.file == sheet.file and each.what.msgid == OF_ALL_ROWS for each in delivery.left_out)
    grades = (STATED,) if below or sheet.turned or table == VISITS else (STATED, CORROBORATED)
    return {grade: holdings.cell_for_user(schema, CONFIDENCE, grade) for grade in grades if grade in allowed}


def _faults_of(delivery: DeliveredFile, holdings: WorkspaceTables) -> Iterator[Case]:
    """Yield the errors of rows before parsing: formulas, merged or missing cells; for all rows if in the heading."""
    files = {sheet.file: table for table, sheet in delivery.sheets.items()}
    for problem in delivery.faults:
        at, sheets = problem.where, delivery.sheets.items()  # of tables that share a sheet, that of the row
        own = (name for name, each in sheets if each.file == at.file and at.line in each.numbers)
        table = next(own, files.get(at.file, next(iter(holdings.schemas))))
        yield fault(table, problem)
        numbers = delivery.sheets[table].numbers if problem.where.file in delivery.unread & files.keys() else ()
        yield from (replace(fault(table, problem), because_of=number) for number in numbers)


def _faults_in(table: str, rows: Rows, delivery: DeliveredFile, holdings: WorkspaceTables) -> Iterator[Case]:
    """Yield the errors that the table's schema finds in the rows as they would be written."""
    schema, file = holdings.schemas[table], delivery.sheets[table].file
    written, head = taken(table, rows[table]), tuple(schema.columns)
    cells = tuple(tuple(row.cells[column] for column in head) for row in written)
    sheet = Sheet(table=table, file=file, head=head, rows=cells, numbers=tuple(row.number for row in written))
    existing = with_rows(rows, holdings.sheets, holdings.schemas)
    known = known_in(existing, holdings.schemas, holdings.sources, delivery.added_to)
    labels, named = holdings.labels.get(table, {}), named_in(schema)
    known = replace(known, called=labels, choices=holdings.choices.get(table, {}))
    problems: Problems = []
    beside = tuple(label for name, label in labels.items() if named and name in names_beside(named, holdings.languages))
    for column in schema.columns.values():
        own = replace(known, beside=beside) if column == named else known
        check_column(sheet, schema, replace(column, unique=False), own, problems)
    wrong = {problem.where.line for problem in problems}
    limits = ValueLimits(holdings.vocabulary.known_units(), holdings.newest)
    sound = [at for at, row in enumerate(written) if row.number not in wrong]
    readable = replace(sheet, rows=tuple(cells[at] for at in sound), numbers=tuple(sheet.numbers[at] for at in sound))
    problems += check_delivered_values(readable, schema, limits)
    blank = {(row.number, column) for row in written for column in head if not row.cells[column]}
    from_source = (CONFIDENCE, schema.source_column)
    derived = {each.name for each in schema.columns.values() if each.of == ("continent",)}  # from the country
    wrong = {problem.where.line for problem in problems if problem.where.column not in derived}
    problems = [each for each in problems if each.where.column not in derived or each.where.line not in wrong]
    for problem in sorted(problems, key=lambda problem: problem.where.line):
        unsourced = problem.where.column == schema.source_column not in delivery.headings.get(file, {})
        if unsourced and (problem.where.line, schema.source_column) in blank:
            hint = tr("write where the rows are from in a column, or once for all of them below the table: source: …")
            problem = replace(problem, hint=hint)
        if (table, problem.where.column) == (MEMBERSHIPS, "role") and (roles := known.choices.get("role")):
            role = next(row.cells["role"] for row in written if row.number == problem.where.line)
            problem = role_asked_for(problem.where, role, roles)
        lacks = delivery.lacking.get((table, problem.where.column))
        if problem.where.column == CONFIDENCE and {(problem.where.line, each) for each in from_source} <= blank:
            continue  # a blank confidence follows from the source, which is asked for
        if lacks and (problem.where.line, problem.where.column) in blank:  # reported once, and its rows are not taken
            if file not in delivery.unread:  # if another fault of the heading says what to do
                yield replace(fault(table, lacks), because_of=problem.where.line)
        else:
            yield fault(table, problem)
    for row in (each for each in written if lacks_source(each, schema)):
        what = tr("the row changes what is known and names no source of its own")
        place = Place(file, row.number, schema.source_column)
        yield fault(table, Problem(place, what, tr("name one, or give --source ID for the delivery")))


def _kept(
    rows: Rows, delivery: DeliveredFile, holdings: WorkspaceTables, cases: list[Case]
) -> tuple[Rows, tuple[Kept, ...]]:
    """Return the rows, adjusted so that they change no published edition, and the adjusted ones.

    A row for which this is impossible is an error.
    """
    faulty, anew, kept = faulty_rows(cases), dict(rows), []
    tables = holdings.checked(with_rows(rows, holdings.sheets, holdings.schemas, faulty), holdings.sources, [])
    for table, numbers in touched(holdings.tables, tables, holdings.published).items():
        later = {row.number: row for row in rows.get(table, ())}
        for number, row in numbered(holdings.sheets[table], taken(table, rows.get(table, ()), faulty)):
            if number not in numbers:
                continue
            found = kept_from(row, holdings.schemas[table], numbers[number], holdings.published, holdings.sources)
            if isinstance(found, Problem):
                place = replace(found.where, file=delivery.sheets[table].file)
                cases.append(fault(table, replace(found, where=place)))
            else:
                later[row.number] = found[0]
                kept.append(found[1])
        anew[table] = tuple(later.values())
    return {table: anew[table] for table in rows}, tuple(kept)


def _overwriting(rows: Rows, files: Mapping[str, str], holdings: WorkspaceTables) -> Iterator[Case]:
    """Yield a case for each cell that would overwrite another."""
    existing = {table: dict(rows_in(holdings.sheets[table])) for table in rows}
    for table, row in ((name, row) for name in rows for row in rows[name]):
        schema = holdings.schemas[table]
        if row.outcome not in ("changes", "contradicts") or (table == NAMES and row.cells.get("kind") == TERM):
            continue
        own = [each for each in row.changes if each.old and each.column not in (schema.source_column, *schema.key)]
        if row.outcome == "contradicts":  # the columns about how a row is known follow from its content
            own = [change for change in own if change.column not in BESIDE]
        before = existing[table][row.existing]
        if table == VISITS and counted_by_program(before, row.cells):
            continue  # the program counted both: the newer one replaces the other
        old, new = (titles_of(schema, each, holdings.sources) for each in (before, row.cells))
        named = tr(" (same source)") if new == old else tr(" (source: {sources})", sources=tr_list(new))
        for change in own:
            place = Place(files[table], row.number, change.column)
            what = tr(
                "{where} has '{old}'{source}, the delivery '{new}'{further}",
                where=f"{holdings.sheets[table].file}:{row.existing}",
                old=holdings.cell_for_user(schema, change.column, change.old),
                source=tr(" (source: {sources})", sources=tr_list(old)) if old else tr(" (no source)"),
                new=holdings.cell_for_user(schema, change.column, change.new) or tr("(blank)"),
                further=named if new else NO_TEXT,
            )
            if row.beside:
                day = row.cells[schema.known_column]
                what = tr("{what}; written beside it, known from {day} on", what=what, day=day)
            kind: Kind = "contradiction" if row.outcome == "contradicts" else "change"
            yield Case(kind=kind, table=table, place=place, what=what)


def _outliers(looked: RowReview, holdings: WorkspaceTables) -> Iterator[Case]:
    """Yield the delivered values that would be outliers in their series."""
    faulty = faulty_rows(looked.cases)
    sheets, problems = with_rows(looked.rows, holdings.sheets, holdings.schemas, faulty), list[Problem]()
    tables = holdings.checked(sheets, holdings.sources, problems)
    before = unexplained(holdings.anomaly_rules, holdings.tables)
    known = {(each.table, tuple(each.key.items()), each.value) for each in before}
    for found in unexplained(holdings.anomaly_rules, tables) if not problems else ():
        if (found.table, tuple(found.key.items()), found.value) in known:
            continue
        rows = taken(found.table, looked.rows.get(found.table, ()), faulty)
        if case := unusual(found, rows, looked.files.get(found.table, ""), holdings.schemas[found.table]):
            yield case
