"""Report what a delivered file adds and changes, how it was read, and what must be corrected or decided."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from jianbao.core.errors import Cause, Place, Problem, by_cause, runs
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_later, tr_list, tr_worded, trn, verbatim
from jianbao.data.column_checks import split_cell
from jianbao.data.csv_files import rows_in
from jianbao.data.provenance import SOURCES
from jianbao.data.row_diff import ComparedRow
from jianbao.data.schemas import NAMES, Schema
from jianbao.intake.decisions import Case, RowReview, WorkspaceTables
from jianbao.intake.labels import TOTALS
from jianbao.intake.open_rows import doubts_as_one
from jianbao.intake.remarks import UNVERIFIED
from jianbao.intake.review_rows import TERM
from jianbao.intake.sheets import VISITS, WAYS
from jianbao.intake.sources import CONFIDENCE

EVERYWHERE = (  # kinds of readings that are reported once for all columns
    tr_later("evidence not given, read as '{name}'"),
    tr_later("'{text}' is above the heading and is left out"),
    tr_later("the English name of '{text}' is filled in: {name}"),
    tr_later("'{text}' is written with full-width punctuation: {meant}"),
    tr_later("'{title}' is printed without its language; to print it, write {title}（英文）"),
    tr_later("'{title}' is a Chinese name of a source in another language, and is printed so in all"),
    tr_later("'{title}' is read as a source in English"),
)
# Readings by which rows do not count, or that a person should look at: of many readings, only these are reported
ALWAYS_LISTED = (
    *("not counted", "not read", "without a number", "correct these", "please check", "out: {texts}", "not scored"),
    *("no target", "brief says", "not printed", "had little", "no measures", "no memberships"),
)
UNUSED = frozenset(  # parts of a delivery that stay out of the brief, reported together at the end
    (
        tr_later("columns that the brief does not use: {values}"),
        tr_later("rows that the brief does not use: {values}"),
        tr_later("other events are left out: {names}"),
        tr_later("parts of the total of a year are left out: {names}"),
        tr_later("further tables on the sheet that the brief does not use: {names}"),
        tr_later("'{kind}' is no membership, so its rows are not used: {rows}"),
        tr_later("by their names and remarks neither memberships nor titles, so not used: {names}"),
    )
)
NAMED = frozenset((tr_later("'{title}' says too little about a source, and is printed as: {meant}"),))  # all are named
EACH = frozenset((tr_later("'{text}' is taken as the target of '{name}': {number}"),))  # each is reported by itself
MAX_LISTED_READINGS = 12  # kinds of readings, and new rows: up to this number, all are listed
MIN_FAULTS_BY_SHEET = 4  # this many alike faults are grouped by sheet
READ = tr("Read:"), tr("Read, without the visits that are asked about:")
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
    **dict.fromkeys(("contradiction", "change"), tr("Write what the delivery says?")),
    "anomaly": tr("Is the value right?"),
}


def review_report(
    examination: RowReview,
    holdings: WorkspaceTables,
    each_reading: bool = False,
    agreed: bool = False,
    known: Collection[str] = (),
) -> Iterator[str]:
    """Yield what must be corrected and decided, what was read from which rows, and what was left out.

    Readings of one kind in a column share a line, unless `each_reading`. Of many, only the ALWAYS_LISTED ones are;
    those `known` from the last round are only counted. New rows are shown if few, and none faulty or `agreed`.
    """
    faulty = any(case.kind == "fault" for case in examination.cases)
    new = sum(row.outcome == "new" for rows in examination.rows.values() for row in rows)
    whole = each_reading or (new <= MAX_LISTED_READINGS and not (agreed or faulty))
    yield from _asked(examination)
    yield from _section(READ[faulty], _summary(examination, holdings))
    for table, rows in examination.rows.items():
        shown = rows if each_reading else tuple(row for row in rows if row.cells.get("kind") != TERM)
        if shown := shown if whole else tuple(row for row in shown if row.outcome not in ("new", "same")):
            yield from _table(table, shown, examination, holdings)
    if examination.others:
        yield tr("Ignored, not tables of the workspace: {others}", others=tr_list(examination.others))
        if examination.missing:
            own = tr_list(examination.missing)
            yield tr("  If one holds what is missing, name it so: {tables}. The brief uses no other.", tables=own)
        yield ""
    yield from _section(tr("Kept from published editions, which stay as they are:"), _kept(examination))
    every = readings_by_message(examination)
    listed = [each for key, each in every.items() if each_reading or key not in known]
    used = [each for each in listed if each.what.msgid not in UNUSED]
    lines = (_indented(2, _at(each.where), each.what) for each in used) if each_reading else _alike(used)
    yield from _section(tr("Read differently from how it is written:"), lines)
    yield from _untitled(examination)
    unused: dict[str, dict[Translatable, None]] = {}
    for each in (each for each in listed if each.what.msgid in UNUSED):
        unused.setdefault(each.where.file, {})[each.what] = None
    left = (_indented(2, _at(Place(at)), tr_list(what, "; ")) for at, what in unused.items())
    yield from _section(tr("Not used, so not written and not in the brief:"), left)
    if len(listed) < len(every):
        yield tr("Read as in the last round: {count} (all of them: --readings)", count=len(every) - len(listed))
        yield ""


def readings_by_message(examination: RowReview) -> Mapping[str, Problem]:
    """Return how cells were read, by the message about each, by which the next round recognises them."""
    every = [Problem(examination.headed(each.where), each.what) for each in examination.readings]
    return {tr_list((_at(each.where), each.what), " "): each for each in every}


def _asked(examination: RowReview) -> Iterator[str]:
    """Yield what must be corrected, numbered, and what must be decided."""
    for kind, heading in HEADINGS.items():
        cases = [case for case in examination.cases if case.kind == kind]
        plain = (line for case in cases for line in case_lines(case, examination))
        yield from _section(
            tr("{heading}:", heading=heading), _faults(cases, examination) if kind == "fault" else plain
        )


def _section(heading: Translatable, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines below a heading; nothing if there are none."""
    if listed := [*lines]:
        yield from (heading, *listed, "")


def _untitled(examination: RowReview) -> Iterator[str]:
    """Yield the number of new sources with only an address, which a final edition does not accept."""
    new = [row.cells for row in examination.rows.get(SOURCES, ()) if row.outcome == "new"]
    if found := [cells["url"] for cells in new if cells.get("url") and not cells.get("title")]:
        yield trn(
            "{count} source has an address and no title, such as {address}.",
            "{count} sources have an address and no title, such as {address}.",
            len(found),
            count=len(found),
            address=found[0],
        )
        yield tr(
            "  A final needs the titles: in a column beside the source, or by jianbao intake --template titles.xlsx"
        )
        yield ""


def _summary(examination: RowReview, holdings: WorkspaceTables) -> Iterator[Translatable]:
    """Yield for each table from which rows of which sheet it was read, and which of these do not count."""
    for table, rows in ((n, each) for n, each in examination.rows.items() if each and n not in (NAMES, SOURCES)):
        sheet = examination.files[table].partition("[")[2].removesuffix("]") or examination.files[table]
        at = {row.number: examination.origins.get((table, row.number), Place("", row.number)).line for row in rows}
        gone = {row.number for row in rows if row.cells.get(CONFIDENCE) == UNVERIFIED}
        read, left = ([line for number, line in at.items() if (number in gone) == own] for own in (False, True))
        name, numbers = holdings.titles.get(table, table), tr_list(_numbers_in_words(table, rows, holdings))
        plain = tr("  {name} {count}: {sheet} rows {rows}", name=name, count=len(read), sheet=sheet, rows=runs(read))
        whole = tr("  {name}: {values}", name=name, values=numbers or "0") if numbers or not read else plain
        yield tr("{whole}; not counted: rows {rows}", whole=whole, rows=runs(left)) if left else whole


def _numbers_in_words(table: str, rows: Iterable[ComparedRow], holdings: WorkspaceTables) -> Iterator[Translatable]:
    """Yield the numbers of visits by year, and the latest of each total with its day; nothing for other tables."""
    labels, schema = holdings.labels.get(table, {}), holdings.schemas[table]
    for cells in (row.cells for row in rows if table == VISITS):
        for name in (name for name in (*WAYS, "active", "visitors") if cells.get(name)):
            yield tr(
                "{name} {value} ({year})", name=labels.get(name, name), value=cells[name], year=cells.get("year", "")
            )
    totals = sorted((row.cells for row in rows if table == TOTALS), key=lambda cells: cells.get("period", ""))
    for kind, cells in {cells.get("indicator", ""): cells for cells in totals}.items():
        name = holdings.cell_for_user(schema, "indicator", kind)
        yield tr("{name} {value} ({year})", name=name, value=cells.get("value", ""), year=cells.get("period", ""))


def _alike(readings: Sequence[Problem]) -> Iterator[str]:
    """Yield readings of the same kind together, in a column or EVERYWHERE: their number and the first of them."""
    together: dict[tuple[object, ...], list[Problem]] = {}
    folded = len({(each.where.file, each.where.column, each.what.msgid) for each in readings}) > MAX_LISTED_READINGS
    listed = [each for each in readings if not folded or each.what.msgid in EACH or _is_always_listed(each.what)]
    for each in listed:
        at = () if each.what.msgid in {*EVERYWHERE, *NAMED} else (each.where.file, each.where.column)
        own = (each.what.fields["text"],) if each.what.msgid in EACH else ()
        together.setdefault((*at, *own, *_kind(each.what)), []).append(each)
    for found in together.values():
        first = _indented(2, _at(found[0].where), found[0].what)
        others = [each.what.fields["title"] for each in found if each.what.msgid in NAMED]
        more = trn("and {count} more like it", "and {count} more like it", len(found) - 1, count=len(found) - 1)
        more = tr("so are {texts}", texts=tr_list([*dict.fromkeys(others)][1:])) if len({*others}) > 1 else more
        yield tr("{first}; {more}", first=first, more=more) if len(found) > 1 else first
    if counted := len(readings) - len(listed):
        yield tr("  {count} more, such as of dates, names and sources", count=counted)
    if len(together) < len(readings):
        yield tr("  All of them: jianbao intake FILE --readings")


def _is_always_listed(message: Translatable) -> bool:
    return any(words in message.msgid for words in ALWAYS_LISTED)


def _kind(message: Translatable) -> tuple[object, ...]:
    """Return a message without its values: its text, and the texts of the messages in it."""
    return message.msgid, *(_kind(each) for each in message.fields.values() if isinstance(each, Translatable))


def _kept(examination: RowReview) -> Iterator[str]:
    """Yield rows that are kept from the same editions together, with the day from which they are known."""
    together: dict[tuple[str, tuple[str, ...], str], list[int]] = {}
    for each in examination.kept:
        together.setdefault((each.table, each.editions, each.known_from), []).append(each.row)
    for (table, editions, day), rows in together.items():
        fields = {"file": examination.files[table], "rows": tr_list(rows), "editions": tr_list(editions), "day": day}
        yield trn(
            "  {file} row {rows}:  kept from {editions}; known from {day} on",
            "  {file} rows {rows}:  kept from {editions}; known from {day} on",
            len(rows),
            **fields,
        )


def causes(cases: Iterable[Case], examination: RowReview) -> tuple[Cause, ...]:
    """Return the errors of cases, each cause once, with places and columns named as in the delivery."""
    return by_cause(doubts_as_one(Problem(examination.headed(each.place), each.what, each.hint) for each in cases), 1)


def _faults(cases: Iterable[Case], examination: RowReview) -> Iterator[str]:
    """Yield the errors that only a new delivery can correct, each cause once, with a number."""
    for number, cause in enumerate(causes(cases, examination), 1):
        what = tr_list((_at(cause.problem.where), cause.problem.what), "  ")
        yield tr("  {number}. {what}", number=number, what=what)
        sheets: dict[str, list[Translatable]] = {}
        for each in cause.alike if len(cause.alike) >= MIN_FAULTS_BY_SHEET else ():
            row = tr("row {row} ({text})", row=each.where.line, text=each.what.fields.get("value", each.what))
            sheets.setdefault(each.where.file, []).append(row)
        alike = replace(cause, alike=() if sheets else cause.alike)
        yield from (_indented(6, remark) for remark in alike.remarks() if remark)
        for file, rows in sheets.items():
            yield _indented(6, tr("also in {places}", places=tr_list((file, tr_list(rows)), " ")))


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


def _table(table: str, rows: Iterable[ComparedRow], examination: RowReview, holdings: WorkspaceTables) -> Iterator[str]:
    delivered = examination.files[table]
    schema, existing, labels = holdings.schemas[table], holdings.sheets[table].file, holdings.labels.get(table, {})
    yield f"{delivered} -> {existing}"
    names = names_for_user(examination, holdings)
    for row in rows:
        if row.outcome == "new":
            cells, origin = _whole(row, schema, holdings, names), examination.origins.get((table, row.number))
            at = _at(examination.headed(origin)) if origin else NO_TEXT
            derived_row = tr("  new        from {place}  {cells}", place=at, cells=cells)
            yield derived_row if origin else tr("  new        row {row}: {cells}", row=row.number, cells=cells)
        elif row.outcome != "same":
            place: object = f"{existing}:{row.existing}"
            if row.beside:
                place = tr("{place}; beside it, known from {day} on", place=place, day=row.cells[schema.known_column])
            origin, key = examination.origins.get((table, row.number)), _name(row.cells, schema, holdings, names)
            key = tr_list((origin.file, key), " ") if origin else key  # of another sheet, with its number there
            yield tr(OUTCOMES[row.outcome], row=origin.line if origin else row.number, key=key, place=place)
            for change in row.changes:
                was, now = (holdings.cell_for_user(schema, change.column, cell) for cell in (change.old, change.new))
                parts = {"old": was or tr("(blank)"), "new": now or tr("(blank)")}
                column = labels.get(change.column, change.column)
                yield tr("               {column}: {old} -> {new}", column=column, **parts)
    if same := sum(row.outcome == "same" for row in rows):
        yield trn("  unchanged  {same} row", "  unchanged  {same} rows", same, same=same)
    yield ""


def names_for_user(examination: RowReview, holdings: WorkspaceTables) -> Mapping[str, Translatable]:
    """Return names in the language of the user and the titles of sources, by id."""
    rows = [row for _, row in rows_in(holdings.sheets[NAMES])]
    rows += [row.cells for row in examination.rows.get(NAMES, ())]
    names = {row["id"]: {each: row[each] for each in holdings.languages if row.get(each)} for row in rows}
    titles = {name: verbatim(each.title) for name, each in holdings.sources.items() if each.title}
    return titles | {name: tr_worded(forms) for name, forms in names.items() if forms}


def _cell(schema: Schema, column: str, cell: str, holdings: WorkspaceTables, names: Mapping[str, Translatable]) -> str:
    """Return a cell as the user knows it: a name and a source in words, a choice by its label."""
    kind = schema.columns[column].type if column in schema.columns else ""
    if column == "id" and cell in names:
        return names[cell]
    if kind in ("name", "names", "sources"):
        return tr_list(names.get(each, verbatim(each)) for each in split_cell(cell))
    return holdings.cell_for_user(schema, column, cell)


def _name(
    cells: Mapping[str, str], schema: Schema, holdings: WorkspaceTables, names: Mapping[str, Translatable]
) -> Translatable:
    return tr_list(_cell(schema, column, cells[column], holdings, names) for column in schema.key if cells[column])


def _whole(
    row: ComparedRow, schema: Schema, holdings: WorkspaceTables, names: Mapping[str, Translatable]
) -> Translatable:
    labels = holdings.labels.get(schema.name, {})
    rest = (
        tr_list((labels.get(column, column), _cell(schema, column, cell, holdings, names)), " ")
        for column, cell in row.cells.items()
        if cell and column not in (*schema.key, "confidence")
    )
    return tr_list((_name(row.cells, schema, holdings, names), *rest), "; ")


def still_open(cases: Sequence[Case], examination: RowReview) -> Iterator[str]:
    """Yield lines that say why nothing is written and what can be done; none if no case is open."""
    faults = len(causes((case for case in cases if case.kind == "fault"), examination))
    count = faults + sum(case.kind != "fault" for case in cases)
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
        yield tr("    --accept-changes   write what the delivery says where it changes or contradicts what is there")
        yield tr("    --because REASON   accept outliers, for this reason; what looks like a slip stays open")
        yield tr("    --as-written       take what is in doubt as it is written")
        yield tr("    --clear-only       leave the rows of open cases out and write the others")
