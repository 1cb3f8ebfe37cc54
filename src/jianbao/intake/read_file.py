"""Read a delivered workbook or CSV file: find its tables and columns by their headings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from traceback import walk_tb

from jianbao.core.documents import Problems
from jianbao.core.encoding import EncodingError, decode
from jianbao.core.errors import DeliveryReadError, Place, Problem, raise_all
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.data.csv_files import read_csv as parse_table
from jianbao.data.provenance import SOURCES
from jianbao.data.schemas import Schema
from jianbao.data.tables import without_notes
from jianbao.data.xlsx_reader import Pages, read_pages, with_sources_of_sheets
from jianbao.intake.blocks import tables_of
from jianbao.intake.bodies import OWN_EVENT, bodies_and_events, event_called, names_event, part_of_event
from jianbao.intake.exchanges import Term, terms_called
from jianbao.intake.heads import grades_called, headed_by_ids, names_in_one, texts_apart
from jianbao.intake.labels import (
    LISTS,
    NOT_GUESSED,
    TOTALS,
    Labels,
    column_meant,
    measured,
    named_within,
    titled_as,
    written_headings,
)
from jianbao.intake.layouts import TARGETS, WORDS, derived_columns, lay_out, of_plan
from jianbao.intake.own_lists import data_until, days_stated, with_state_of_plan
from jianbao.intake.partners import sections_of, with_cities_apart, with_classes, with_kinds, with_totals
from jianbao.intake.remarks import decided_plan, filled_rows, merged_cells, note_doubts
from jianbao.intake.row_checks import completed, note_unread
from jianbao.intake.sheets import (
    CALENDAR,
    DECEMBER,
    EVENTS,
    IGNORED,
    MEMBERSHIPS,
    PARTNERS,
    PLAN,
    SOURCE,
    VISITS,
    WAYS,
    Setting,
    Words,
    called,
    place_of,
    sources_called,
    without_parts,
)
from jianbao.intake.sources import sources_apart, with_parts_of_sources, with_source
from jianbao.intake.template_xlsx import missing_columns, missing_tables
from jianbao.intake.visits import (
    alone_as_visits,
    lists_visits,
    one_way,
    with_events_apart,
    with_kinds_of_visits,
    with_whole_days,
)
from jianbao.intake.years_in_columns import (
    with_cities_by_year,
    with_part_years,
    with_span,
    with_status,
    with_years_in_rows,
)


@dataclass(frozen=True, kw_only=True)
class DeliveredFile:
    """A delivery as it was read: sheets by table, faults of their rows, the sheets that are no table.

    The rows of `unread` sheets, with a fault in the heading, are only checked. `counted_from` is the year from which
    the workbook counts its days, 1900 or 1904; 0 for a text file. `added_to` names the sheets that can take further
    rows of each table; none for a text file. `left_out` has what is on a sheet besides its rows: titles above the
    heading, other columns. `headings` are those of each sheet as written, by column. `words` are further names of each
    choice, by its keys in the wording. `origins` are the places of derived rows, by table and number. `missing` has the
    names of tables without a sheet, `lacking` the problems of missing columns. `terms` are names that the brief takes
    from it; `until` is the last day of the data, if stated. `supposed` has unread columns, named as what they may be.
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
    supposed: Mapping[str, Sheet] = field(default_factory=dict)


def read_or_name_sheet(file: str, read: Callable[[], DeliveredFile]) -> DeliveredFile:
    """Read a delivery; an error of the program itself raises DeliveryReadError with the sheet that it was reading."""
    try:
        return read()
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        frames = (frame.f_locals.values() for frame, _ in walk_tb(error.__traceback__))
        known = [each.file for values in frames for each in values if isinstance(each, Sheet)]
        what = tr("the program stops at this sheet, by an error of its own: {error}", error=repr(error))
        hint = tr("take the sheet out of the workbook to read the others, and report the error with the sheet")
        raise DeliveryReadError(Problem(Place((known or [file])[-1]), what, hint)) from error


# Each step reads the result of the one before: open the file, recognise its tables, complete their cells from the rows
# above, find the last day of the data (it decides which years count), keep only data rows, split bodies from events,
# rearrange as in the workspace, add stated totals (unless they equal the number of rows). Column ids come last:
# until then the headings are the office's.
def read_delivered_file(
    data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, setting: Setting
) -> DeliveredFile:
    """Read a delivery; raises DeliveryReadError if it cannot be opened or holds no table."""
    problems: Problems = []
    own_events, grades = event_called(labels.further, setting), grades_called(labels.choices())
    labels = replace(labels, further={**labels.further, **own_events, **grades})
    titles, words = labels.titles(tuple(schemas)), labels.further
    opened = _opened(data, file, schemas, labels, problems)
    left_out = merged_cells(opened.merged.values(), file)
    pages = with_sources_of_sheets(opened, words["sheets_named"], words["cited"], left_out)
    known = labels.every_heading(schemas.values()), lambda head: _by_head(head, schemas, labels)
    recognised, stated = tables_of(pages, titles, known, words, setting, problems=problems, notes=left_out)
    if not recognised and not pages.sheets:
        raise DeliveryReadError(labels.no_table(file, pages.others, schemas))
    files = {each.file for each in recognised.values()}
    whole = {n: with_whole_days(each, words) for n, each in completed(recognised, words, problems, left_out).items()}
    heads = {file: tuple(h for each in whole.values() if each.file == file for h in each.head) for file in files}
    dated: Problems = []
    until = data_until(whole, words, setting.until, dated, left_out, empty=setting.empty)
    setting = replace(setting, until=until or setting.until, year=until.year if until else setting.year)
    rows = _read(whole, schemas, labels, setting, problems=problems, notes=left_out)
    split = bodies_and_events(rows, words, setting, problems, left_out) if EVENTS in schemas else rows
    laid_out = lay_out(split, words, setting, problems, left_out)
    if TOTALS in schemas:
        laid_out = with_totals(laid_out, stated, labels.table(TOTALS), words=words, setting=setting, notes=left_out)
    named = {name: headed_by_ids(each, schemas[name], labels, problems, left_out) for name, each in laid_out.items()}
    headed = _planned(named, laid_out, schemas, labels, setting=setting, notes=left_out)
    last = {sheet.file: sheet.heading for sheet in (*pages.sheets.values(), *laid_out.values())}
    unread = tuple(each for each in problems if each.where.line <= last.get(each.where.file, 1))  # headings, or above
    return DeliveredFile(
        sheets={name: without_notes(each, schemas[name], problems) for name, each in headed.items()},
        faults=(*unread, *(each for each in problems if each not in unread), *dated),
        unread=frozenset(each.where.file for each in unread),
        left_out=tuple(left_out),
        others=tuple(title for title, each in pages.others.items() if each.file not in files),
        missing=missing_tables(pages.sheets, laid_out, schemas, labels),
        terms=terms_called(split, words),
        until=until,
        lacking=with_kinds_of_visits(missing_columns(headed, schemas, heads, labels), labels),
        counted_from=pages.counted_from,
        words=labels.choices(),
        headings=written_headings(laid_out, schemas, labels, heads),
        origins={(name, number): at for name, each in laid_out.items() for number, at in each.origins.items()},
        added_to=_titled(schemas, labels) if pages.counted_from else {},
        supposed={name: each for name, (_, each) in named.items() if each.head},
    )


def _titled(schemas: Iterable[str], labels: Labels) -> dict[str, Translatable]:
    """Return a name for each sheet of a delivery to which rows can be added."""
    return {name: tr("the sheet '{title}' of the delivery", title=labels.table(name)) for name in schemas}


def _planned(
    named: Mapping[str, tuple[Sheet, Sheet]],
    laid_out: Mapping[str, Sheet],
    schemas: Mapping[str, Schema],
    labels: Labels,
    *,
    setting: Setting,
    notes: Problems,
) -> dict[str, Sheet]:
    """Return sheets headed by ids; that of a plan is laid out for the workspace if its plan has targets."""
    headed = {name: own for name, (own, _) in named.items()}
    if PLAN not in headed or not {*TARGETS} <= schemas[PLAN].columns.keys():
        return headed
    own = {name: schemas[PLAN].columns[name].of for name in TARGETS}
    choices = {name: {each: labels.choice_for_user(PLAN, name, each) for each in own[name]} for name in own}
    whole = replace(setting, all_partners=any(laid_out[each].rows for each in PARTNERS[1:] if each in laid_out))
    return {**headed, PLAN: of_plan(headed[PLAN], labels.further, whole, choices, notes)}


def _opened(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, problems: Problems) -> Pages:
    """Return the sheets of a delivery without the program's own; raises DeliveryReadError if none is left."""
    read = _workbook if file.lower().endswith(".xlsx") else _single
    pages = read(data, file, schemas, labels, problems)
    others = {title: each for title, each in pages.others.items() if title not in (LISTS, labels.guidance())}
    if not pages.sheets and not any(each.rows for each in others.values()) and not problems:
        raise DeliveryReadError(labels.no_table(file, others, schemas))
    if not pages.sheets:
        raise_all(problems, DeliveryReadError)
    return replace(pages, others=others)


def _workbook(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, problems: Problems) -> Pages:
    """Read the sheets of a workbook that are tables by their titles, or else by their headings."""
    further = {word for key in WORDS for word in labels.further.get(key, ())}
    headings = {name: frozenset(labels.headings(schema)) | further for name, schema in schemas.items()}
    table_of = partial(_table_of, titles=labels.titles(tuple(schemas)), schemas=schemas, labels=labels)
    return alone_as_visits(read_pages(data, file, table_of, problems, headings))


def _table_of(
    title: str, head: Sequence[str], titles: Mapping[str, str], schemas: Mapping[str, Schema], labels: Labels
) -> str:
    """Return the table that a sheet is by its title, and by its heading if that is given; "" if it is none."""
    words, head = labels.further, names_in_one(head, labels.further)
    if title in (LISTS, labels.guidance()):  # sheets of the program
        return ""
    if VISITS in schemas and (way := one_way(title, head, words)):  # visits of one direction
        return f"{VISITS}.{way}"
    if any(word in title for word in words["cited"]) and _lists_sources(head, schemas, labels):  # both say so
        return SOURCES
    ways = [word for each in WAYS for word in words.get(f"ways.{each}", ()) if word in title]
    own = any(names_event(title.lstrip("0123456789.、 "), name) for name in words[OWN_EVENT])
    titled = titled_as(title, titles) or (EVENTS if own and EVENTS in schemas else "")
    if not head:  # a heading of visits shows whether they are listed or counted by year
        by_way = any(word in measured(title)[1] for word in ways)
        return "" if by_way or (titled == VISITS and title != labels.table(VISITS)) else titled
    by_head, named = _by_head(head, schemas, labels, True), named_within(title, titles)
    if by_head == EVENTS and named == MEMBERSHIPS:  # 国际组织、获奖: rows of other kinds are left out
        return named
    if ways and any(word in title for word in words["planned"]):  # visits that have not taken place
        found = by_head
    elif titled == VISITS:  # a title of visits decides, whatever the columns
        found = VISITS
    else:
        found = by_head or named or titled
    if found == VISITS and lists_visits(head, words):  # a list of visits is one of several
        return f"{VISITS}.{title}"
    return found


def _single(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, problems: Problems) -> Pages:
    """Read a CSV file as the table that it is named after, or whose columns it has."""
    try:
        text = decode(data)
    except EncodingError as error:
        raise DeliveryReadError(Problem(Place(file, error.line), error.reason, error.hint)) from error
    headings = labels.every_heading(schemas.values())
    sheet = parse_table(text, "", file, problems, headings=headings, delivered=True)
    titles = labels.titles(tuple(schemas))
    name = titled_as(file.rpartition(".")[0], titles) or _by_head(sheet.head, schemas, labels)
    if not name and sheet.head:
        what = tr("it is not clear which table this is: its columns are {columns}", columns=tr_list(sheet.head))
        names = tr_list(map(labels.table_for_user, schemas))
        hint = tr("name the file after one of these tables: {tables}; or use the headings of one", tables=names)
        problems.append(Problem(Place(file), what, hint))
    return Pages(sheets={name: replace(sheet, table=name)} if name else {})


def _lists_sources(head: Sequence[str], schemas: Mapping[str, Schema], labels: Labels) -> bool:
    """Return whether a head is that of a list of sources: with their titles, and their addresses or days."""
    headings = labels.headings(schemas[SOURCES]) if SOURCES in schemas else {}
    columns = {column_meant(each, headings) for each in head}
    return "title" in columns and bool(columns & {"url", "published"})


def _by_head(head: Sequence[str], schemas: Mapping[str, Schema], labels: Labels, whole: bool = False) -> str:
    """Return the only table whose key columns (`whole`: required columns) a head has; "" if none or several."""
    fitting = {}
    for name, schema in ((name, each) for name, each in schemas.items() if name != TOTALS):
        headings = labels.headings(schema)
        columns = {column_meant(each, headings) for each in head} | derived_columns(name, head, labels.further)
        required = {each.name for each in schema.columns.values() if each.required} - {schema.source_column}
        own = columns - {"", "note", *schema.key, *(each for each in columns if each.startswith(schema.source_column))}
        if {*schema.key, *(required if whole else ())} <= columns and own:
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
    """Return sheets with data rows only, and with columns of partners named by their content."""
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
    return with_events_apart(found, words, notes) if CALENDAR in schemas else found


def _of_rows(sheet: Sheet, words: Words, setting: Setting, notes: Problems) -> Sheet:
    """Return a sheet without totals and notes, its values completed from neighbouring cells, and with its sources."""
    sheet = sources_apart(sheet, words, notes)
    apart = texts_apart(sheet, words)
    what = tr("sums and notes are no rows and are left out: rows {rows}", rows=tr_list(apart))
    notes += [Problem(Place(sheet.file, min(apart)), what)] if apart else []
    note_unread(apart if sheet.table != PLAN else {}, sheet, words, notes)
    note_doubts(apart, sheet.file, words, notes)
    numbered = [pair for pair in zip(sheet.numbers, sheet.rows, strict=True) if pair[0] not in apart]
    # On a sheet of events such a heading may begin another event: if it is unclear which, it stays a row.
    events = part_of_event(numbered, sheet.above, setting.events, Place(sheet.file, sheet.heading), notes)
    sections, kept = sections_of(numbered, words) if sheet.table != EVENTS else ({}, events)
    single = sheet.table.partition(".")[0] == VISITS and place_of(sheet, words["day"]) >= 0  # some were by video
    numbers = {**words, "no_number": ()} if single else words
    rows, absent = filled_rows([row for _, row in kept], _kinds_of(sheet, words, setting), numbers)
    what = tr("no number, so left blank: {texts}", texts=tr_list(absent))
    notes += [Problem(Place(sheet.file, sheet.heading), what)] if absent else []
    if sections:
        what = tr("headings between the rows are no rows: {texts}", texts=tr_list(sections.values()))
        notes.append(Problem(Place(sheet.file, min(sections)), what))
    plain = replace(sheet, numbers=tuple(number for number, _ in kept), rows=rows)
    whole = without_parts(with_kinds(plain, sections, words), words, notes)
    long = with_cities_by_year(with_years_in_rows(whole, words, setting, notes), words, notes)
    until = (f"{day.year}年1-{day.month}月数" for _, _, day in days_stated(sheet, words) if day.month < DECEMBER)
    around = (*sheet.above.values(), *apart.values())
    texts = (*apart.values(), *sheet.above.values(), *until)
    status = with_status(with_part_years(long, words, setting, texts, notes), words, texts)
    named = with_parts_of_sources(with_span(status, texts, words), words, setting.source)
    listed = tuple(text for text in around if any(each in text for each in words["registers"]))
    return replace(with_source(named, texts, words, notes), remarks=listed)


def _kinds_of(sheet: Sheet, words: Words, setting: Setting) -> list[str]:
    """Return what each column holds: "note", "source", "asked" for cells that are asked about, or ""."""
    asked = words["kind"] if sheet.table in PARTNERS else called(words, "role") if sheet.table == MEMBERSHIPS else ()
    own = {"note": called(words, "note"), SOURCE: sources_called(words, setting), "asked": asked}
    return [next((kind for kind, known in own.items() if head.lower() in known), "") for head in sheet.head]
