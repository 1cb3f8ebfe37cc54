"""Lay out amounts by year: visits counted, visitors, active partners, parts of years, provisional numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.intake.partners import SPAN, STATES, WINDOW, of_named_places
from jianbao.intake.sheets import (
    BRACKETS,
    IGNORED,
    SOURCE,
    TRADE,
    VISITS,
    YEAR,
    Setting,
    Words,
    called,
    kept,
    note_left_out,
    part_of_year,
    place_of,
    sources_called,
)

WAYS = ("received", "sent")
COUNTED = ("year", "received")  # the first columns of counted visits


def with_visits(
    sheets: Mapping[str, Sheet], words: Words, setting: Setting, problems: Problems, notes: Problems
) -> dict[str, Sheet]:
    """Return the sheets with one of visits by year: single ones of one sheet or two are counted, visitors are added."""
    found = dict(sheets)
    ways = {way: found.pop(f"{VISITS}.{way}") for way in WAYS if f"{VISITS}.{way}" in found}
    single = [(way, _with_way(sheet, way, words)) for way, sheet in ways.items()]
    if VISITS in found:
        for _, sheet in single:
            same = tr("this and {other} are the same table", other=found[VISITS].file)
            hint = tr("put their rows on one sheet, with a column that says received or sent")
            problems.append(Problem(Place(sheet.file, 1), same, hint))
        single = [("", found[VISITS])]
    for way, sheet in single:
        cited = next((head for head in sheet.head if head.lower() in sources_called(words, setting)), "")
        sheet = of_named_places(sheet, words, notes)
        counted = _count_by_year(sheet, words, cited, problems, notes)
        if counted.head[:2] == COUNTED and counted is not sheet:
            _note_counted(sheet, counted, notes)
            used = (cited.lower(), *words["day"], *words["way"], *words[IGNORED])
            gone = {at: head for at, head in enumerate(sheet.head) if head.lower() not in used}
            note_left_out(sheet, gone, words, problems, notes)
        if way and counted is not sheet:
            counted = _without(counted, [each for each in WAYS if each not in ways and each != way])
        both = way and VISITS in found
        found[VISITS] = _with_rows_by_year(found[VISITS], counted, way) if both else counted
    for name in {TRADE, VISITS} & found.keys():
        _note_all_visitors(found[name], words, notes)
    visitors = _visitors_of(found[TRADE], words, setting) if TRADE in found else None
    if visitors and (VISITS not in found or found[VISITS].head[:1] == COUNTED[:1]):
        found[VISITS] = _with_rows_by_year(found[VISITS], visitors, "visitors") if VISITS in found else visitors
        what = tr("inbound visitors are read from this sheet: {years}", years=tr_list(row[0] for row in visitors.rows))
        notes.append(Problem(Place(visitors.file, visitors.heading), what))
        found[TRADE] = _without(found[TRADE], [found[TRADE].head[place_of(found[TRADE], called(words, "visitors"))]])
    return found


def _note_all_visitors(sheet: Sheet, words: Words, notes: Problems) -> None:
    """Add to the notes that a column of all inbound visitors is not read, as the brief counts those overnight."""
    for head in (each for each in sheet.head if BRACKETS.sub("", each.lower()) in words["all_visitors"]):
        what = tr(
            "'{column}' is not read, as the brief counts visitors who stay overnight; if it does too, call it {name}",
            column=head,
            name=words["column.visitors"][0],
        )
        notes.append(Problem(Place(sheet.file, sheet.heading), what))


def _without(sheet: Sheet, columns: Sequence[str]) -> Sheet:
    """Return a sheet without some of its columns."""
    at = [place for place, head in enumerate(sheet.head) if head not in columns]
    rows = tuple(tuple(row[place] for place in at) for row in sheet.rows)
    return replace(sheet, head=tuple(sheet.head[place] for place in at), rows=rows)


def _note_counted(sheet: Sheet, counted: Sheet, notes: Problems) -> None:
    """Add to the notes how many single visits were counted, and for which years."""
    what = tr(
        "{count} single visits are counted by year: {years}",
        count=sum(int(cell) for row in counted.rows for cell in row[1:3] if cell),
        years=tr_list(row[0] for row in counted.rows),
    )
    notes.append(Problem(Place(sheet.file, sheet.heading), what))


def _count_by_year(sheet: Sheet, words: Words, source: str, problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet of single visits as one row for each year.

    A visit whose day or way is blank is not counted, with a note; one whose day or way says too little is a problem.
    """
    day, way = place_of(sheet, words.get("day", ())), place_of(sheet, words.get("way", ()))
    if day < 0 <= way and place_of(sheet, called(words, "year")) < 0:
        what = tr("the column '{name}' is missing", name=words["day"][0])
        problems.append(Problem(Place(sheet.file, sheet.heading), what, tr("single visits are counted by their days")))
        return replace(sheet, head=("year", *sheet.head), rows=tuple(("", *row) for row in sheet.rows))
    if day < 0 or way < 0:
        return sheet
    ways = {word: key.partition(".")[2] for key, known in words.items() if key.startswith("ways.") for word in known}
    years: dict[str, dict[str, list[str]]] = {}
    first: dict[str, int] = {}
    undated: list[int] = []
    for number, cells in rows_in(sheet):
        year, went = YEAR.search(cells[sheet.head[day]]), ways.get(cells[sheet.head[way]].lower(), "")
        lacking = [sheet.head[at] for at, read in ((day, year), (way, went)) if not read]
        if any(not cells[column] for column in lacking):
            undated.append(number)
            continue
        for column in lacking:
            what = tr("'{text}' says too little, so the visit is not counted", text=cells[column])
            hint = tr("write a day with its year, and received or sent")
            problems.append(Problem(Place(sheet.file, number, column), what, hint))
        if not year or not went:
            continue
        first.setdefault(year[0], number)
        years.setdefault(year[0], {"received": [], "sent": []})[went].append(cells.get(source, ""))
    if undated:
        columns = tr_list((sheet.head[day], sheet.head[way]))
        what = tr("blank in {columns}, so not counted: rows {rows}", columns=columns, rows=tr_list(undated))
        notes.append(Problem(Place(sheet.file, undated[0]), what))
    rows = tuple(
        (
            year,
            str(len(found["received"])),
            str(len(found["sent"])),
            ";".join(dict.fromkeys(filter(None, [*found["received"], *found["sent"]]))),
            "derived",
        )
        for year, found in sorted(years.items())
    )
    head = ("year", "received", "sent", "source", "confidence")
    return replace(sheet, head=head, rows=rows, numbers=tuple(first[row[0]] for row in rows))


def one_way(title: str, head: Sequence[str], words: Words) -> str:
    """Return "received" or "sent" for a sheet of single visits of one way, as its title says; "" for any other."""
    named = [key.partition(".")[2] for key, known in words.items() if key[:5] == "ways." and _holds(title, known)]
    held = {BRACKETS.sub("", each.lower()) for each in head}
    single = held & {*words["day"]} and not held & {*words["way"], *called(words, "year")}
    return named[0] if len(named) == 1 and single and not _holds(title, words["planned"]) else ""


def _holds(title: str, words: Sequence[str]) -> bool:
    return any(word in title for word in words)


def _with_way(sheet: Sheet, way: str, words: Words) -> Sheet:
    """Return a sheet of single visits of one way with a column that says which."""
    rows = tuple((*row, words[f"ways.{way}"][0]) for row in sheet.rows)
    return replace(sheet, head=(*sheet.head, words["way"][0]), rows=rows)


def _with_rows_by_year(sheet: Sheet, other: Sheet, own: str) -> Sheet:
    """Return a sheet of counts by year with the column `own` of another one, for its years too; sources are joined."""
    columns = tuple(dict.fromkeys((*sheet.head, own)))
    years: dict[str, dict[str, str]] = {}
    numbers: dict[str, int] = {}
    for each in (sheet, other):
        for number, row in zip(each.numbers, each.rows, strict=True):
            cells = dict(zip(each.head, row, strict=True))
            known = years.setdefault(cells["year"], {})
            if cells["year"] not in numbers:  # each row has a number of its own
                numbers[cells["year"]] = number if number not in numbers.values() else max(numbers.values()) + 1
            taken = columns if each is sheet else ("year", own)
            sources = (known.get(SOURCE, ""), cells.get(SOURCE, "")) if each is sheet or cells.get(own) else ()
            cited = ";".join(
                dict.fromkeys(part for text in sources or (known.get(SOURCE, ""),) for part in text.split(";"))
            )
            known |= {name: cells[name] for name in taken if name in cells} | {SOURCE: cited.strip(";")}
    ordered = sorted(years.items())
    rows = tuple(tuple(row.get(name, "") for name in columns) for _, row in ordered)
    return replace(sheet, head=columns, rows=rows, numbers=tuple(numbers[year] for year, _ in ordered))


def _visitors_of(sheet: Sheet, words: Words, setting: Setting) -> Sheet | None:
    """Return the inbound visitors by year that a sheet of trade has among its amounts; None if it has none."""
    year, visitors = place_of(sheet, called(words, "year")), place_of(sheet, called(words, "visitors"))
    source = place_of(sheet, sources_called(words, setting))
    filled = [bool(row[visitors]) for row in sheet.rows]
    if year < 0 or visitors < 0 or not any(filled):
        return None
    rows = tuple((row[year], row[visitors], row[source] if source >= 0 else "") for row in sheet.rows)
    return kept(replace(sheet, table=VISITS, head=("year", "visitors", SOURCE), rows=rows), filled)


@dataclass(frozen=True)
class Contacts:
    """Where partners are listed with their exchanges: the place, the titles of the lists, the states.

    `span` is of how many years a heading or a note says that they are, "" if none does.
    """

    place: Place
    titles: tuple[str, ...]
    states: Mapping[str, int]
    span: str


def contacts_of(sheets: Iterable[Sheet]) -> Contacts | None:
    """Return what sheets of partners say of exchanges in the last two years; None if they say nothing."""
    found = [(sheet, sheet.head.index("contact")) for sheet in sheets if "contact" in sheet.head]
    if not found:
        return None
    titles = [next(iter(each.above.values()), "") or each.file.partition("[")[2].removesuffix("]") for each, _ in found]
    first = found[0][0]
    return Contacts(
        place=Place(first.file, first.heading, "contact"),
        titles=tuple(dict.fromkeys(titles)),
        states=Counter(row[at] for sheet, at in found for row in sheet.rows),
        span=next((row[sheet.head.index(SPAN)] for sheet, _ in found if SPAN in sheet.head for row in sheet.rows), ""),
    )


def with_active(visits: Sheet | None, counted: Contacts, words: Words, setting: Setting, notes: Problems) -> Sheet:
    """Return the sheet of visits with how many partners were active in the newest year, of how many that are judged."""
    file = counted.place.file
    base = visits or Sheet(table=VISITS, file=file, head=("year", "source"), heading=counted.place.line)
    year, dated = str(setting.year), max(place_of(base, called(words, "year")), 0)
    cited = place_of(base, sources_called(words, setting))
    rows = [list(row) for row in base.rows]
    if not any(row[dated].startswith(year) and "/" not in row[dated] for row in rows):
        rows.append(["" if at != dated else year for at in range(len(base.head))])
    numbers = (*base.numbers, *[counted.place.line] * (len(rows) - len(base.numbers)))
    active, little, inactive = (counted.states.get(state, 0) for state in STATES)
    for row in rows:
        mine = row[dated].startswith(year) and "/" not in row[dated]  # months of it do not stand for the year
        if mine and cited >= 0:
            row[cited] = ";".join(filter(None, (row[cited], *counted.titles)))
        row += [str(active), str(active + little + inactive), counted.span] if mine else ["", "", ""]
    what = tr(
        "exchanges of partners in {years} years are counted: {active} had one, {little} had little, {inactive} had "
        "none, {unknown} are not judged",
        years=counted.span or WINDOW,
        active=active,
        little=little,
        inactive=inactive,
        unknown=counted.states.get("", 0),
    )
    notes.append(Problem(counted.place, what))
    return replace(base, head=(*base.head, "active", "judged", SPAN), rows=tuple(map(tuple, rows)), numbers=numbers)


def months_of(text: str, words: Words) -> str:
    """Return the months of a part of a year, as 2025-01/2025-11 for 2025（1-11月）; "" if it is not clear which."""
    year, found = YEAR.search(text), part_of_year(words).search(text)
    said = "".join(found[0].split()).lower() if found else ""
    months = next((key[7:] for key, known in words.items() if key.startswith("months.") and said in known), "")
    ends = (key[10:] for key, known in words.items() if key.startswith("month_end.") and said.endswith(tuple(known)))
    span = months or next((f"01/{last}" for last in sorted(ends, reverse=True)), "")
    return "/".join(f"{year[0]}-{month}" for month in span.split("/")) if year and span else ""


def with_part_years(sheet: Sheet, words: Words, setting: Setting, texts: Sequence[str], notes: Problems) -> Sheet:
    """Return a sheet of amounts by year with the months of those of a part of a year, which compares with no year.

    A cell says so, such as 2025（1-11月）, or one of the texts around the table. If the months are not clear, or no
    measure of the workspace reads such numbers, they are left out; both are noted.
    """
    dated = place_of(sheet, called(words, "year"))
    if sheet.table not in (TRADE, VISITS) or dated < 0:
        return sheet
    cited = place_of(sheet, sources_called(words, setting))
    pattern, ends = part_of_year(words), "|".join(words["part_ends"])
    part = pattern.pattern
    titles = rf"[^，,；;。]*(?:{'|'.join(words['part_titles'])})$"
    partial = re.compile(rf"[^，,；;。]*?(?:{part})(?:{ends})*[)）]?", re.IGNORECASE)
    around = {
        found[1]: found[0]
        for text in texts
        for found in re.finditer(
            rf"({YEAR.pattern})年?(?:(?!{YEAR.pattern})[^，,；;。])*?(?:{part})(?:{ends}|[)）]|$|{titles})",
            text,
            re.IGNORECASE,
        )
    }
    said: list[str] = []
    rows: list[tuple[str, ...]] = []
    for row in sheet.rows:
        cell = next((each for at, each in enumerate(row) if at != cited and partial.fullmatch(each)), "")
        year = YEAR.search(row[dated])
        own = f"{row[dated]}（{cell}）" if cell and cell != row[dated] else cell
        said.append(own or (around.get(year[0], "") if year else ""))
        found = pattern.search(said[-1])
        months = months_of(f"{year[0]} {found[0]}", words) if year and found else ""
        rows.append((*row[:dated], months or row[dated], *row[dated + 1 :]))
    read = [bool("/" in row[dated] and sheet.table in setting.part_years) for row in rows]
    _note_parts(Place(sheet.file, sheet.heading, sheet.head[dated]), [*zip(said, read, strict=True)], notes)
    return kept(replace(sheet, rows=tuple(rows)), (own or not text for text, own in zip(said, read, strict=True)))


def _note_parts(place: Place, parts: Sequence[tuple[str, bool]], notes: Problems) -> None:
    """Add to the notes which numbers of a part of a year are read with their months, and which are left out."""
    read, left = ({text: None for text, own in parts if text and own == wanted} for wanted in (True, False))
    printed = tr(
        "numbers of a part of a year are printed with their months, not compared with whole years and not scored: "
        "{names}; add that of the whole year once it is known",
        names=tr_list(read),
    )
    left_out = tr(
        "numbers of a part of a year are left out, as they do not compare with whole years: {names}; write those "
        "of the whole year, or the brief keeps to the year before and says so",
        names=tr_list(left),
    )
    notes += [Problem(place, what) for texts, what in ((read, printed), (left, left_out)) if texts]


def with_status(sheet: Sheet, words: Words, texts: Sequence[str]) -> Sheet:
    """Return a sheet of amounts by year that says which years are provisional, by a cell of it or a text around it."""
    dated, held = place_of(sheet, called(words, "year")), place_of(sheet, called(words, "status"))
    if sheet.table not in (TRADE, VISITS) or dated < 0 or held >= 0:
        return sheet
    mark, final = ("|".join(words.get(key, ("(?!)",))) for key in ("provisional", "final"))
    around = {found[1] for found in re.finditer(rf"({YEAR.pattern})年[^，,；;。（）()]*?(?:{mark})", " ".join(texts))}
    states = [
        "provisional"
        if any(re.search(mark, cell) and not re.search(final, cell) for cell in row)
        or ((year := YEAR.search(row[dated])) and year[0] in around)
        else ""
        for row in sheet.rows
    ]
    if not any(states):
        return sheet
    rows = tuple((*row, state) for row, state in zip(sheet.rows, states, strict=True))
    return replace(sheet, head=(*sheet.head, "status"), rows=rows)
