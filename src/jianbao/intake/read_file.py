"""Read a delivered workbook or CSV: which of its headings name which tables and columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from jianbao.core.documents import Problems
from jianbao.core.encoding import EncodingError, decode, has_han
from jianbao.core.errors import DataError, Place, Problem, corrected_typo, nearest, raise_all
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.csv_files import UNNAMED, Sheet
from jianbao.data.csv_files import read_csv as parse_table
from jianbao.data.schemas import Schema
from jianbao.data.tables import without_notes
from jianbao.data.xlsx_reader import Pages, read_pages
from jianbao.intake.blocks import tables_of, texts_apart
from jianbao.intake.bodies import bodies_and_events, part_of_event
from jianbao.intake.exchanges import Term, terms_called, with_span
from jianbao.intake.heads import grades_called, names_in_one
from jianbao.intake.labels import (
    LISTS,
    NOT_GUESSED,
    TOTALS,
    Labels,
    column_meant,
    columns_once,
    measured,
    named_within,
    titled_as,
    written_headings,
)
from jianbao.intake.layouts import (
    PLAN,
    TARGETS,
    WORDS,
    derived_columns,
    lay_out,
    of_plan,
)
from jianbao.intake.own_lists import data_until, days_stated, with_state_of_plan
from jianbao.intake.partners import sections_of, with_cities_apart, with_classes, with_kinds, with_totals
from jianbao.intake.remarks import decided_plan, filled_rows, merged_cells, note_doubts, with_notes_joined
from jianbao.intake.row_checks import completed
from jianbao.intake.sheets import (
    DECEMBER,
    EVENTS,
    IGNORED,
    MEMBERSHIPS,
    PARTNERS,
    VISITS,
    Setting,
    Words,
    called,
    kept,
    note_left_out,
    note_part_numbers,
    sources_called,
    with_part_years,
    with_years_in_rows,
    without_parts,
)
from jianbao.intake.sources import (
    sources_apart,
    with_cited,
    with_parts_of_sources,
    with_source,
)
from jianbao.intake.template_xlsx import missing_columns, missing_tables
from jianbao.intake.visits import WAYS, one_way, with_status, with_whole_days, years_without_numbers

SOURCE = "source"


@dataclass(frozen=True, kw_only=True)
class DeliveredFile:
    """Sheets by table, what is wrong with their rows, the sheets that are no table, and how days are counted.

    Of sheets that are `unread`, for a fault of their headings, rows are only looked at. `counted_from` is the year
    from which the workbook counts its days, 1900 or 1904; 0 for a table of text. `added_to` says in which sheets rows
    of which tables can be delivered with the others; nowhere in a table of text. `left_out` has what is around the rows
    and not one of them: titles above the heading, columns that the table does not have. `headings` are those of each
    sheet as they are written, by column; `words` are what each choice may be called, too, by the forms in which the
    wording names it. `origins` are the places of what a derived row is derived from, by table and number. `missing` is
    what the tables are called that have no sheet, `lacking` what to say of required columns that are not there.
    `terms` of the brief are called as the delivery does, and the data are those `until` the day that it states.
    """

    sheets: Mapping[str, Sheet]
    faults: tuple[Problem, ...] = ()
    unread: frozenset[str] = frozenset()
    left_out: tuple[Problem, ...] = ()
    others: tuple[str, ...] = ()
    missing: tuple[Translatable, ...] = ()
    lacking: Mapping[tuple[str, str], Problem] = field(default_factory=dict)
    counted_from: int = 0
    added_to: Mapping[str, Translatable] = field(default_factory=dict)
    headings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    origins: Mapping[tuple[str, int], Place] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    until: date | None = None


def read_delivered_file(
    data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, setting: Setting
) -> DeliveredFile:
    """Read a delivery; raises DataError if it cannot be opened or holds no table.

    What is wrong in a row is a fault, with its place; a sheet that cannot be read is one in its heading.
    """
    problems: Problems = []
    events = (*labels.further.get(f"table.{EVENTS}", ()), *filter(None, setting.events))
    labels = replace(labels, further={**labels.further, f"table.{EVENTS}": events, **grades_called(labels.choices())})
    pages = _opened(data, file, schemas, labels, problems)
    left_out = merged_cells(pages.merged.values(), file)
    titles, words = labels.titles(tuple(schemas)), labels.further
    known = labels.every_heading(schemas.values()), lambda head: _by_head(head, schemas, labels)
    filled, stated = tables_of(pages, titles, known, words, setting, problems=problems, notes=left_out)
    if not filled and not pages.sheets:
        raise DataError(labels.no_table(file, pages.others, schemas))
    files = {each.file for each in filled.values()}
    filled = {n: with_whole_days(each, words) for n, each in completed(filled, words, problems, left_out).items()}
    heads = {file: tuple(h for each in filled.values() if each.file == file for h in each.head) for file in files}
    until = data_until(filled, words, setting.until, dated := list[Problem](), left_out, empty=setting.empty)
    setting = replace(setting, until=until or setting.until, year=until.year if until else setting.year)
    filled = _read(filled, schemas, labels, setting, problems=problems, notes=left_out)
    filled = bodies_and_events(filled, words, setting, problems, left_out) if EVENTS in schemas else filled
    terms = terms_called(filled, labels.further)
    filled = lay_out(filled, labels.further, setting, problems, left_out)
    if TOTALS in schemas:
        filled = with_totals(filled, stated, labels.table(TOTALS), words=words, setting=setting, notes=left_out)
    headed = _planned(filled, schemas, labels, setting=setting, problems=problems, notes=left_out)
    last = {sheet.file: sheet.heading for sheet in (*pages.sheets.values(), *filled.values())}
    unread = tuple(each for each in problems if each.where.line <= last.get(each.where.file, 1))
    sheets = {name: without_notes(each, schemas[name], problems) for name, each in headed.items()}
    own = {name: labels.table(name) for name in schemas if pages.counted_from}
    return DeliveredFile(
        sheets=sheets,
        faults=(*unread, *(each for each in problems if each not in unread), *dated),
        unread=frozenset(each.where.file for each in unread),
        left_out=tuple(left_out),
        others=tuple(title for title, each in pages.others.items() if each.file not in files),
        missing=missing_tables(pages.sheets, filled, schemas, labels),
        terms=terms,
        until=until,
        lacking=missing_columns(headed, schemas, heads, labels),
        counted_from=pages.counted_from,
        words=labels.choices(),
        headings=written_headings(filled, schemas, labels, heads),
        origins={(name, number): at for name, each in filled.items() for number, at in each.origins.items()},
        added_to={name: tr("the sheet '{title}' of the delivery", title=title) for name, title in own.items()},
    )


def _planned(
    filled: Mapping[str, Sheet],
    schemas: Mapping[str, Schema],
    labels: Labels,
    *,
    setting: Setting,
    problems: Problems,
    notes: Problems,
) -> dict[str, Sheet]:
    """Return sheets headed by ids, with that of a plan as the workspace has it, if it has one with targets."""
    headed = {name: _headed(sheet, schemas[name], labels, problems, notes) for name, sheet in filled.items()}
    if PLAN not in headed or not {*TARGETS} <= schemas[PLAN].columns.keys():
        return headed
    own = {name: schemas[PLAN].columns[name].of for name in TARGETS}
    choices = {name: {each: labels.choice_for_user(PLAN, name, each) for each in own[name]} for name in own}
    whole = replace(setting, all_partners=any(filled[each].rows for each in PARTNERS[1:] if each in filled))
    return {**headed, PLAN: of_plan(headed[PLAN], labels.further, whole, choices, notes)}


def _opened(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, problems: Problems) -> Pages:
    """Return the sheets of a delivery without those of the program; raises DataError if there is no other."""
    read = _workbook if file.lower().endswith(".xlsx") else _single
    pages = read(data, file, schemas, labels, problems)
    others = {title: each for title, each in pages.others.items() if title not in (LISTS, labels.guidance())}
    if not pages.sheets and not any(each.rows for each in others.values()) and not problems:
        raise DataError(labels.no_table(file, others, schemas))
    if not pages.sheets:
        raise_all(problems, DataError)
    return replace(pages, others=others)


def _workbook(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, problems: Problems) -> Pages:
    """Read the sheets of a workbook that are tables by their titles, or else by their headings."""
    further = {word for key in WORDS for word in labels.further.get(key, ())}
    headings = {name: frozenset(labels.headings(schema)) | further for name, schema in schemas.items()}
    titles = labels.titles(tuple(schemas))

    def table_of(title: str, head: Sequence[str]) -> str:
        head = names_in_one(head, labels.further)
        if title in (LISTS, labels.guidance()):
            return ""
        if VISITS in schemas and (way := one_way(title, head, labels.further)):
            return f"{VISITS}.{way}"
        ways = [word for each in WAYS for word in labels.further.get(f"ways.{each}", ()) if word in title]
        planned = ways and any(word in title for word in labels.further["planned"])  # visits that have not taken place
        if not head:
            return "" if any(word in measured(title)[1] for word in ways) else titled_as(title, titles)
        by_head, named = _by_head(head, schemas, labels, True), named_within(title, titles)
        if by_head == EVENTS and named == MEMBERSHIPS:  # 国际组织、获奖: rows of other kinds are left out
            return named
        return by_head if planned else by_head or named or titled_as(title, titles)

    return read_pages(data, file, table_of, problems, headings)


def _single(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, problems: Problems) -> Pages:
    """Read a table of its own: the one its file is named after, or whose columns it has."""
    try:
        text = decode(data)
    except EncodingError as error:
        raise DataError(Problem(Place(file, error.line), error.reason, error.hint)) from error
    headings = labels.every_heading(schemas.values())
    sheet = parse_table(text, "", file, problems, headings=headings, delivered=True)
    titles = labels.titles(tuple(schemas))
    name = titled_as(file.rpartition(".")[0], titles) or _by_head(sheet.head, schemas, labels)
    if not name and sheet.head:
        what = tr("it is not clear which table this is: its columns are {columns}", columns=tr_list(sheet.head))
        called = tr_list(labels.table_for_user(name) for name in schemas)
        problems.append(Problem(Place(file), what, tr("name the file after its table: {tables}", tables=called)))
    return Pages(sheets={name: replace(sheet, table=name)} if name else {})


def _by_head(head: Sequence[str], schemas: Mapping[str, Schema], labels: Labels, whole: bool = False) -> str:
    """Return the only table whose key, or all that it requires of a `whole` one, is in a head; "" if there is none."""
    fitting = {}
    for name, schema in ((name, each) for name, each in schemas.items() if name != TOTALS):
        headings = labels.headings(schema)
        columns = {column_meant(each, headings) for each in head} | derived_columns(name, head, labels.further)
        required = (
            each.name for each in schema.columns.values() if each.required and each.name != schema.source_column
        )
        needed = {*required} if whole else set[str]()
        own = columns - {"", "note", *schema.key, *(each for each in columns if each.startswith(schema.source_column))}
        if {*schema.key, *needed} <= columns and own:
            fitting[name] = sum(not column_meant(each, headings) for each in head)
    best = [name for name, unknown in fitting.items() if unknown == min(fitting.values())]
    return best[0] if len(best) == 1 else ""


def _read(
    filled: Mapping[str, Sheet],
    schemas: Mapping[str, Schema],
    labels: Labels,
    setting: Setting,
    *,
    problems: Problems,
    notes: Problems,
) -> dict[str, Sheet]:
    """Return sheets with nothing but rows, and with columns of partners called by what they hold."""
    words = labels.further
    if PLAN in filled:
        filled = {**filled, PLAN: decided_plan(filled[PLAN], words, problems, notes)}
    found = {n: each if n in NOT_GUESSED else _of_rows(each, words, setting, notes) for n, each in filled.items()}
    if PLAN in found and "status" in schemas[PLAN].columns:
        found[PLAN] = with_state_of_plan(found[PLAN], filled[PLAN], words, notes)
    known = {word for key in (IGNORED, "kind", "level", "last_contact") for word in words[key]}
    apart = {*PARTNERS} <= found.keys()
    for name in {*PARTNERS} & found.keys():
        found[name] = with_cities_apart(found[name], words, problems, notes)
        headings = labels.headings(schemas[name]).keys() | known
        unknown = [
            at for at, head in enumerate(found[name].head) if not column_meant(head, dict.fromkeys(headings, head))
        ]
        found[name] = with_classes(found[name], words, unknown, apart, problems=problems, notes=notes)
    return found


def _of_rows(sheet: Sheet, words: Words, setting: Setting, notes: Problems) -> Sheet:
    """Return a sheet without sums and notes, with what its cells leave to be read in others, and with its sources."""
    sheet = sources_apart(sheet, words, notes)
    pairs = [*zip(sheet.numbers, sheet.rows, strict=True)]
    apart = texts_apart(sheet, words)
    what = tr("sums and notes are no rows and are left out: rows {rows}", rows=tr_list(apart))
    notes += [Problem(Place(sheet.file, min(apart)), what)] if apart else []
    note_doubts(apart, sheet.file, words, notes)
    pairs = [pair for pair in pairs if pair[0] not in apart]
    # On a sheet of events such a heading may begin another event: where it is unclear which, it stays a row.
    events = part_of_event(pairs, sheet.above, setting.events, Place(sheet.file, sheet.heading), notes)
    sections, kept = sections_of(pairs, words) if sheet.table != EVENTS else ({}, events)
    own = {"note": called(words, "note"), SOURCE: sources_called(words, setting)}
    kinds = [next((kind for kind, known in own.items() if head.lower() in known), "") for head in sheet.head]
    rows, absent = filled_rows([row for _, row in kept], kinds, words)
    what = tr("no number, so left blank: {texts}", texts=tr_list(absent))
    notes += [Problem(Place(sheet.file, sheet.heading), what)] if absent else []
    if sections:
        what = tr("headings between the rows are no rows: {texts}", texts=tr_list(sections.values()))
        notes.append(Problem(Place(sheet.file, min(sections)), what))
    plain = replace(sheet, numbers=tuple(number for number, _ in kept), rows=rows)
    whole = without_parts(with_kinds(plain, sections, words), words, notes)
    long = with_years_in_rows(whole, words, setting, notes)
    until = (f"{day.year}年1-{day.month}月数" for _, _, day in days_stated(sheet, words) if day.month < DECEMBER)
    texts = (*apart.values(), *sheet.above.values(), *until)
    status = with_status(with_part_years(long, words, setting, texts, notes), words, texts)
    named = with_parts_of_sources(with_span(status, texts, words), words, setting.source)
    listed = [
        text for text in (*sheet.above.values(), *apart.values()) if any(each in text for each in words["registers"])
    ]
    return replace(with_source(named, texts, words, notes), remarks=tuple(listed))


def _headed(sheet: Sheet, schema: Schema, labels: Labels, problems: Problems, left_out: Problems) -> Sheet:
    """Return a sheet with the ids of its columns for a head, and without columns that the table does not have.

    A column that may be one of the table's, misspelt or in the place of one that is missing, is a problem.
    """
    headings, place = labels.headings(schema), Place(sheet.file, sheet.heading)
    columns = tuple(column_meant(head, headings) for head in sheet.head)
    title = sheet.file.partition("[")[2].removesuffix("]") or schema.name
    unnamed = [
        at for at, head in enumerate(sheet.head) if head.startswith(UNNAMED) and not any(row[at] for row in sheet.rows)
    ]
    ignored = [word for key in (IGNORED, "level", "event_name") for word in labels.further.get(key, ())]
    gone: dict[int, object] = {}
    for at, head in (
        (at, each)
        for at, (each, column) in enumerate(zip(sheet.head, columns, strict=True))
        if not column and each.lower() not in ignored and at not in unnamed
    ):
        meant = headings.get(corrected_typo(head, headings), "")
        if meant and meant not in columns and (not has_han(head) or schema.columns[meant].required):
            what = tr("'{value}' is not a column of {table}", value=head, table=title)
            allowed = tr("allowed: {values}", values=labels.column_for_user(schema.name, meant))
            problems.append(Problem(place, what, allowed if has_han(head) else nearest(head, [meant])))
            columns = (*columns[:at], meant, *columns[at + 1 :])  # so that what is wrong below it is told as well
        elif meant and meant not in columns:
            column = labels.column_for_user(schema.name, meant)
            gone[at] = tr("{head} (is it {column}? then call it so)", head=head, column=column)
        else:
            gone[at] = head
    note_left_out(sheet, gone, labels.further, problems, left_out)
    if sheet.above:
        what = tr("'{text}' is above the heading and is left out", text=" ".join(sheet.above.values()))
        left_out.append(Problem(Place(sheet.file, min(sheet.above)), what))
    if empty := years_without_numbers(sheet, columns, schema):
        what = tr("years without a number are left out: rows {rows}", rows=tr_list(empty))
        left_out.append(Problem(place, what))
        note_part_numbers(sheet, empty, labels.further, left_out)
        sheet = kept(sheet, (number not in empty for number in sheet.numbers))
    sheet = with_notes_joined(sheet, columns)
    own = columns_once(sheet, columns, problems)
    used = [at for at, column in enumerate(columns) if column and at in own]
    rows = tuple(tuple(row[at] for at in used) for row in sheet.rows)
    cited = {column: sheet.cited.get(head, "") for head, column in zip(sheet.head, columns, strict=True) if column}
    return with_cited(replace(sheet, head=tuple(columns[at] for at in used), rows=rows), cited)
