"""Make sheets of amounts by year: visits, counted without the events among them; visitors; active partners."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.xlsx_reader import Pages
from jianbao.intake.exchanges import Contacts, with_active
from jianbao.intake.labels import Labels, measured, with_unit
from jianbao.intake.open_rows import each_year_once
from jianbao.intake.own_lists import clauses, visits_to_count
from jianbao.intake.remarks import NOTE, UNVERIFIED, with_doubts
from jianbao.intake.row_checks import ask_for_repeated_visits
from jianbao.intake.sheets import (
    ABOUT,
    BRACKETS,
    CALENDAR,
    IGNORED,
    MOST_ROWS,
    PARTNERS,
    SOURCE,
    TRADE,
    VISITS,
    WAYS,
    YEAR,
    Part,
    Setting,
    Words,
    as_sheet,
    called,
    kept,
    note_left_out,
    place_of,
    sources_called,
    without_columns,
)
from jianbao.intake.sources import CONFIDENCE
from jianbao.intake.years_in_columns import VISITORS_READ

EITHER = "或"  # between two possible days
OF_YEARS = "年份"  # a doubt about the year matters for visits, which are counted by year, and not for partners
NEITHER = tr_later(
    "write received or sent; for an event, such as a conference, write behind the remark ‘; calendar’; for neither, "
    "‘; not counted’"
)


def with_visits(
    sheets: Mapping[str, Sheet],
    contacts: Contacts | None,
    words: Words,
    setting: Setting,
    *,
    problems: Problems,
    notes: Problems,
) -> dict[str, Sheet]:
    """Return the sheets with one of visits by year: count single visits, add visitors and active partners.

    If `setting.apart`, numbers of different sheets have separate rows, each with its sources.
    """
    found = dict(sheets)
    listed = {name: found.pop(name) for name in [*found] if name.partition(".")[0] == VISITS}
    ways = {name: name.partition(".")[2] if name.partition(".")[2] in WAYS else "" for name in listed}
    single = [(ways[name], _with_way(each, ways[name], words) if ways[name] else each) for name, each in listed.items()]
    ask_for_repeated_visits([each for _, each in single], words, problems)
    parts: list[Part] = []
    for way, sheet in single:
        cited = next((head for head in sheet.head if head.lower() in sources_called(words, setting)), "")
        named = _counted_visits(sheet, words, problems, notes)
        note = "；".join(sheet.remarks)
        counted = _count_by_year(named, words, setting, cited, note, problems=problems, notes=notes)
        if counted:
            _note_counted(named, counted, notes)
            used = (cited.lower(), *(words["visited"] if {*PARTNERS} & found.keys() else ()))
            note_left_out(sheet, _columns_left(sheet, used, words), words, problems, notes)
        parts += [part for part in counted if not way or part[0] == way] or [("", named)]
    parts = each_year_once(parts, words, problems)
    for sheet in (*listed.values(), *(found[name] for name in (TRADE,) if name in found)):
        _note_all_visitors(sheet, words, notes)
    whole = [sheet for about, sheet in parts if not about]
    dated = all(place_of(sheet, called(words, "year")) >= 0 for sheet in whole)
    visitors = _visitors_of(found[TRADE], words, setting) if TRADE in found and dated else None
    if visitors and all(_place_in_brackets(sheet, called(words, "visitors")) < 0 for sheet in whole):
        parts.append(("visitors", visitors))
        what = tr(VISITORS_READ, years=tr_list(row[0] for row in visitors.rows))
        notes.append(Problem(Place(visitors.file, visitors.heading), what))
        at = _place_in_brackets(found[TRADE], called(words, "visitors"))
        found[TRADE] = without_columns(found[TRADE], [found[TRADE].head[at]])
    if contacts and dated and all(place_of(sheet, called(words, "active")) < 0 for sheet in whole):
        parts.append(("active", with_active(contacts, setting, notes)))
    if not dated:  # noted, as the heading of that sheet names no year
        parts = [next(part for part in parts if not part[0] and place_of(part[1], called(words, "year")) < 0)]
    if parts:
        found[VISITS] = _together(parts, words, setting) if len(parts) > 1 or parts[0][0] else parts[0][1]
    return found


def with_events_apart(sheets: Mapping[str, Sheet], words: Words, notes: Problems) -> dict[str, Sheet]:
    """Move the rows of a list of visits that are marked as calendar days to the calendar sheet, and note that."""
    found = dict(sheets)
    for name, sheet in sheets.items():
        chosen = [bool({*clauses(row)} & {*words["in_calendar"]}) for row in sheet.rows]
        if name.partition(".")[0] == VISITS and place_of(sheet, words["day"]) >= 0 and any(chosen):
            listed = found.get(CALENDAR, replace(sheet, table=CALENDAR, head=(), rows=(), numbers=(), cited={}))
            events = kept(sheet, chosen)
            found |= {name: kept(sheet, (not each for each in chosen)), CALENDAR: _with_events(listed, events, words)}
            what = tr("these are events, and days of the calendar: rows {rows}", rows=tr_list(events.numbers))
            notes.append(Problem(Place(sheet.file, events.numbers[0]), what))
    return found


def _with_events(listed: Sheet, events: Sheet, words: Words) -> Sheet:
    """Return a calendar with the events of a list of visits added, in the calendar's columns if it has them."""
    columns = {"day": words["day"], "title_zh": words["subject"], "title_en": called(words, "title_en")}
    places = {name: place_of(events, known) for name, known in columns.items()}
    places |= {head: at for at, head in enumerate(events.head) if head.partition(".")[0] == SOURCE}
    own = {**{name: called(words, name) for name in columns}, "kind": words["kind"]}
    heads = {name: listed.head[at] for name, known in own.items() if (at := place_of(listed, known)) >= 0}
    answer = re.compile(rf"\s*[，,；;（(]?\s*(?:{'|'.join(words['in_calendar'])})\s*[)）]?\s*$")
    rows, origins = dict(rows_in(listed)), dict(listed.origins)
    for number, row in zip(events.numbers, events.rows, strict=True):
        cells = {"kind": "event", **{name: answer.sub("", row[at]) for name, at in places.items() if at >= 0}}
        rows[number + MOST_ROWS * bool(listed.rows)] = {heads.get(name, name): cell for name, cell in cells.items()}
        origins |= {number + MOST_ROWS: Place(events.file, number)} if listed.rows else {}
    return replace(as_sheet(listed, rows), origins=origins)


def _columns_left(sheet: Sheet, used: Sequence[str], words: Words) -> dict[int, object]:
    """Return the unused columns of single visits: all except those of days, ways and sources."""
    known = (*used, *words["day"], *words["way"], *words[IGNORED])
    heads = {at: head for at, head in enumerate(sheet.head) if not head.startswith(f"{SOURCE}.")}
    remarks = called(words, "note")  # a remark may say that a visit does not count
    unused = {at: head for at, head in heads.items() if head.lower() not in known}
    return {at: head for at, head in unused.items() if BRACKETS.sub("", head.lower()) not in remarks}


def _together(parts: Sequence[Part], words: Words, setting: Setting) -> Sheet:
    """Return the rows of several sheets on the first one, each with its subject and its place on its own sheet.

    Unless `setting.apart`, the rows of one year become one row, with the sources of all.
    """
    base, year = parts[0][1], called(words, "year")
    rows: dict[int, dict[str, str]] = {}
    origins: dict[int, Place] = {}
    for at, (about, sheet) in enumerate(parts):
        head = ["year" if name.lower() in year else name for name in sheet.head]
        for number, row in zip(sheet.numbers, sheet.rows, strict=True):
            cells = dict(zip(head, row, strict=True))
            alike = (text for text, each in rows.items() if each["year"] == cells["year"].removesuffix("年"))
            same = next(alike, 0) if not setting.apart else 0
            own = same or number + MOST_ROWS * at
            before = rows.get(own, {})
            sources = (part for each in (before, cells) for part in each.get(SOURCE, "").split(";") if part)
            rows[own] = {**cells, **{name: cell for name, cell in before.items() if cell}}
            rows[own] |= {SOURCE: ";".join(dict.fromkeys(sources))} | ({ABOUT: about} if setting.apart else {})
            origins |= {own: Place(sheet.file, number)} if own != number and not same else {}
    names = tuple(dict.fromkeys(name for row in rows.values() for name in row))
    ordered = sorted(rows, key=lambda number: rows[number]["year"])
    cells_of = tuple(tuple(rows[number].get(name, "") for name in names) for number in ordered)
    return replace(base, head=names, rows=cells_of, numbers=tuple(ordered), origins=origins, cited={})


def _place_in_brackets(sheet: Sheet, words: Sequence[str]) -> int:
    """Return the place of the first column that one of these words names, perhaps with a unit; -1 if there is none."""
    return place_of(replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head)), words)


def _note_all_visitors(sheet: Sheet, words: Words, notes: Problems) -> None:
    """Add to the notes that a column of all inbound visitors is not read, as the brief counts those overnight."""
    for head in (each for each in sheet.head if BRACKETS.sub("", each.lower()) in words["all_visitors"]):
        what = tr(
            "'{column}' is not read, as the brief counts visitors who stay overnight; if it does too, call it {name}",
            column=head,
            name=words["column.visitors"][0],
        )
        notes.append(Problem(Place(sheet.file, sheet.heading), what))


def with_whole_days(sheet: Sheet, words: Words) -> Sheet:
    """Put the year, if a separate column gives it, before the days of single visits: 2025年 and 5月.

    A visit without a day has only the year.
    """
    day, way, year = (place_of(sheet, each) for each in (words["day"], words["way"], called(words, "year")))
    if sheet.table.partition(".")[0] != VISITS or min(day, year) < 0 or (way < 0 and "." not in sheet.table):
        return sheet
    rows = [[*row] for row in sheet.rows]
    for row in rows:
        found = YEAR.search(row[year])
        if found and not YEAR.search(row[day]) and (row[way] if way >= 0 else sum(map(bool, row)) > 2):
            row[day] = f"{found[0]}年{row[day]}"
    head = tuple(words[IGNORED][0] if at == year else name for at, name in enumerate(sheet.head))
    return replace(sheet, head=head, rows=tuple(map(tuple, rows)))


def _counted_visits(sheet: Sheet, words: Words, problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet of single visits without those that remarks mark as not counted; one in doubt is a problem.

    A doubt about the number of guests or their names is not a doubt about the visit.
    """
    if min(place_of(sheet, words["day"]), place_of(sheet, words["way"])) < 0:
        return sheet
    sheet = visits_to_count(sheet, words, problems, notes)
    own = {"row_details": "visit_details", "not_counted": "visit_not_counted"}
    added = {key: (*words[key], *words[each]) for key, each in own.items()}
    # A doubt about the year is a doubt about the visit, which is counted by its year.
    added["row_details"] = tuple(each for each in added["row_details"] if each != OF_YEARS)
    doubts: Problems = []
    judged = with_doubts(sheet, {**words, **added}, doubts, [])
    days = dict(zip(sheet.numbers, (row[place_of(sheet, words["day"])] for row in sheet.rows), strict=True))
    doubts = [d for d in doubts if YEAR.search(days[d.where.line]) or OF_YEARS not in str(d.what)]  # asked for below
    problems += doubts
    doubted = {each.where.line for each in doubts}  # not counted until somebody decides
    left = [number for number, row in zip(sheet.numbers, judged.rows, strict=True) if UNVERIFIED in row]
    if left:
        what = tr("by their remarks these visits are not counted: rows {rows}", rows=tr_list(left))
        notes.append(Problem(Place(sheet.file, left[0]), what))
    return kept(sheet, (number not in (*left, *doubted) for number in sheet.numbers))


def _note_counted(sheet: Sheet, counted: Sequence[Part], notes: Problems) -> None:
    """Add to the notes how many single visits were counted, and for which years."""
    what = tr(
        "{count} single visits are counted by year: {years}",
        count=sum(int(row[1]) for _, part in counted for row in part.rows),
        years=tr_list(sorted({row[0] for _, part in counted for row in part.rows})),
    )
    notes.append(Problem(Place(sheet.file, sheet.heading), what))


def _count_by_year(
    sheet: Sheet, words: Words, setting: Setting, source: str, note: str, *, problems: Problems, notes: Problems
) -> list[Part]:
    """Return a sheet of single visits as sheets of those received and those sent, a row for each year with a note.

    A visit whose day or way is blank is not counted, with a note; one whose day or way says too little is a problem.
    """
    day, way = place_of(sheet, words.get("day", ())), place_of(sheet, words.get("way", ()))
    if day < 0 <= way and place_of(sheet, called(words, "year")) < 0:
        what = tr("the column '{name}' is missing", name=words["day"][0])
        problems.append(Problem(Place(sheet.file, sheet.heading), what, tr("single visits are counted by their days")))
    if day < 0 or way < 0:
        return []
    keys = [key for key in words if key.startswith(("ways.", "directions."))]
    ways = {word: key.partition(".")[2] for key in keys for word in words[key]}
    years: dict[str, dict[str, list[str]]] = {}
    first: dict[str, int] = {}
    undated: list[int] = []
    for number, cells in rows_in(sheet):
        dated, went = cells[sheet.head[day]], ways.get(cells[sheet.head[way]].lower(), "")
        year = YEAR.search(dated) if EITHER not in dated else None  # 2024年底或2025年初
        lacking = [sheet.head[at] for at, read in ((day, year), (way, went)) if not read]
        if any(not cells[column] for column in lacking):
            undated.append(number)
            continue
        for column in lacking:
            what = tr("'{text}' says too little, so the visit is not counted", text=cells[column])
            hint = tr("write a day with its year") if column == sheet.head[day] else tr(NEITHER)
            problems.append(Problem(Place(sheet.file, number, column), what, hint))
        if not year or not went:
            continue
        label = setting.counted(year[0])
        first.setdefault(label, number)
        years.setdefault(label, {"received": [], "sent": []})[went].append(cells.get(source, ""))
    if undated:
        columns = tr_list((sheet.head[day], sheet.head[way]))
        what = tr("blank in {columns}, so not counted: rows {rows}", columns=columns, rows=tr_list(undated))
        notes.append(Problem(Place(sheet.file, undated[0]), what))
    parts: list[Part] = []
    for each in WAYS:
        rows: list[tuple[str, ...]] = []
        for label, listed in sorted(years.items()):
            sources = ";".join(dict.fromkeys(filter(None, listed[each])))
            if listed[each]:  # a year without visits has no record, which is not zero
                rows.append((label, str(len(listed[each])), sources, "derived", note))
        numbers = tuple(first[row[0]] for row in rows)
        head = ("year", each, SOURCE, CONFIDENCE, NOTE)
        parts.append((each, replace(sheet, head=head, rows=tuple(rows), numbers=numbers)))
    return parts


def one_way(title: str, head: Sequence[str], words: Mapping[str, Sequence[str]]) -> str:
    """Return "received" or "sent" if the title of a sheet of single visits names one way; "" for any other sheet."""
    named = [key.partition(".")[2] for key, known in words.items() if key[:5] == "ways." and _holds(title, known)]
    held = {measured(each.lower())[0] for each in head}
    single = held & {*words["day"]} and not held & {*words["way"]}
    return named[0] if len(named) == 1 and single and not _holds(title, words["planned"]) else ""


def _holds(title: str, words: Sequence[str]) -> bool:
    return any(word in title for word in words)


def _with_way(sheet: Sheet, way: str, words: Words) -> Sheet:
    """Return a sheet of single visits of one way with a column that says which."""
    rows = tuple((*row, words[f"ways.{way}"][0]) for row in sheet.rows)
    return replace(sheet, head=(*sheet.head, words["way"][0]), rows=rows)


def _visitors_of(sheet: Sheet, words: Words, setting: Setting) -> Sheet | None:
    """Return the inbound visitors by year that a sheet of trade has among its amounts; None if it has none."""
    year, visitors = place_of(sheet, called(words, "year")), _place_in_brackets(sheet, called(words, "visitors"))
    source, status = place_of(sheet, sources_called(words, setting)), place_of(sheet, ("status",))
    filled = [bool(row[visitors]) for row in sheet.rows]
    if year < 0 or visitors < 0 or not any(filled):
        return None
    unit, cited = measured(sheet.head[visitors])[1], sheet.cited.get(sheet.head[visitors], "")
    rows = tuple(
        (
            BRACKETS.sub("", row[year]),
            with_unit(row[visitors], unit),
            (row[source] if source >= 0 else "") or cited,
            row[status] if status >= 0 else "",
        )
        for row in sheet.rows
    )
    return kept(replace(sheet, table=VISITS, head=("year", "visitors", SOURCE, "status"), rows=rows, cited={}), filled)


def with_kinds_of_visits(lacking: Mapping[tuple[str, str], Problem], labels: Labels) -> dict[tuple[str, str], Problem]:
    """Return the problems of missing columns; for the years of visits, the hint says what single visits need."""
    hint = tr(
        "numbers of visits need the years; for single visits, call the column of their days {day} and add a column "
        "{way}; if the rows are no visits, call the sheet {calendar}",
        day=labels.further["day"][0],
        way=labels.further["way"][0],
        calendar=labels.table_for_user(CALENDAR),
    )
    return {key: replace(each, hint=hint) if key == (VISITS, "year") else each for key, each in lacking.items()}


def lists_visits(head: Sequence[str], words: Words) -> bool:
    """Return whether a head is that of single visits of both ways: with a day and a way."""
    held = {measured(each.lower())[0] for each in head}
    return bool(held & {*words["day"]} and held & {*words["way"]})


def alone_as_visits(pages: Pages) -> Pages:
    """Return pages with the only sheet of visits named so, if it lists single visits of both ways."""
    listed = [name for name in pages.sheets if name.partition(".")[0] == VISITS]
    if len(listed) != 1 or listed[0].partition(".")[2] in ("", *WAYS):
        return pages
    sheets = {VISITS if name in listed else name: sheet for name, sheet in pages.sheets.items()}
    return replace(pages, sheets={**sheets, VISITS: replace(sheets[VISITS], table=VISITS)})
