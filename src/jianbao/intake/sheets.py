"""Rearrange single sheets of a delivery: their columns, counts by period, remarks, consulates in other cities."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import compress

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.dates import part_of_year
from jianbao.data.name_faults import HOME
from jianbao.data.schemas import Schema
from jianbao.data.xlsx_reader import FORMULA
from jianbao.intake.labels import bare_heading, measured
from jianbao.intake.remarks import NOTE

Words = Mapping[str, Sequence[str]]  # of headings.yml: possible names of columns, tables and kinds of rows
VISITS, TRADE, PEERS, EVENTS = "visits", "trade", "peers", "events"
MEMBERSHIPS, CONSULATES, PLAN, CALENDAR = "memberships", "consulates", "plan", "calendar"
SOURCE, IGNORED = "source", "ignored"
ABOUT = "about"  # the column that says which number a row has, if those of a year come from different sheets
PARTNERS = ("sister_cities", "exchange_cities")
COUNTED = (*PARTNERS, MEMBERSHIPS, CONSULATES, VISITS, EVENTS)  # tables whose rows are counted
WAYS = ("received", "sent")
Part = tuple[str, Sheet]  # the subject of rows of visits by year ("": several numbers in a row), and the rows
DECEMBER = 12
MOST_ROWS = 10**7  # more than a sheet has, so that derived rows get numbers that no row of a sheet has
YEAR = re.compile(r"(?:19|20)\d\d")
BRACKETS = re.compile(r"\s*[（(][^（）()]*[)）]")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Knowledge of the workspace for laying out sheets: the names of its own event, and the newest year.

    `source` is the name of the column of sources. `all_partners` says that there are partners of both kinds. A
    table of `part_years` takes numbers of a part of a year with their months; those of visits from different sheets
    get separate rows if `apart`. `until` is the last day of the data. An `empty` workspace has
    no rows yet, and one edition.
    """

    source: Sequence[str]
    events: Sequence[str] = ()
    year: int = 0
    all_partners: bool = False
    part_years: frozenset[str] = frozenset()
    apart: bool = False
    until: date = date.max
    empty: bool = False

    def counted(self, year: str) -> str:
        """Return the period of counted rows: a year, or its months up to the day of the data if that is earlier."""
        early = str(self.until.year) == year and self.until.month < DECEMBER and VISITS in self.part_years
        return f"{year}-01/{year}-{self.until.month:02d}" if early else year


def dates_of(schema: Schema, sheet: Sheet | None) -> Iterator[str]:
    """Yield the dates in the rows of a table; none without a sheet."""
    dated = [name for name, column in schema.columns.items() if column.type == "date"]
    yield from (row[name] for _, row in (rows_in(sheet) if sheet else ()) for name in dated if name in row)


def as_sheet(sheet: Sheet, rows: Mapping[int, Mapping[str, str]]) -> Sheet:
    """Return a sheet with other rows, by number, and the columns that they have beside its own."""
    head = tuple(dict.fromkeys((*sheet.head, *(name for row in rows.values() for name in row))))
    head = tuple(name for name in head if not rows or any(name in row for row in rows.values()))
    cells = tuple(tuple(row.get(name, "") for name in head) for row in rows.values())
    return replace(sheet, head=head, rows=cells, numbers=tuple(rows))


def with_notes_joined(sheet: Sheet, columns: Sequence[str]) -> Sheet:
    """Join the remarks of each row in the first of several columns of remarks."""
    noted = [at for at, column in enumerate(columns) if column == NOTE]
    if len(noted) < 2:
        return sheet
    first, *others = noted
    rows = [list(row) for row in sheet.rows]
    for row in rows:
        row[first] = "；".join(filter(None, (row[at] for at in noted)))
        for at in others:
            row[at] = ""
    return replace(sheet, rows=tuple(map(tuple, rows)))


def without_columns(sheet: Sheet, columns: Sequence[str]) -> Sheet:
    """Return a sheet without some of its columns."""
    at = [place for place, head in enumerate(sheet.head) if head not in columns]
    rows = tuple(tuple(row[place] for place in at) for row in sheet.rows)
    return replace(sheet, head=tuple(sheet.head[place] for place in at), rows=rows)


def called(words: Words, column: str) -> tuple[str, ...]:
    """Return the possible names of a column, including its id."""
    return (column, *(word.lower() for word in words.get(f"column.{column}", ())))


def sources_called(words: Words, setting: Setting) -> tuple[str, ...]:
    """Return the possible names of the column of sources."""
    return (*called(words, SOURCE), *map(str.lower, setting.source))


def place_of(sheet: Sheet, words: Sequence[str]) -> int:
    """Return the place of the first column that one of these words names, -1 if there is none."""
    return next((at for at, head in enumerate(sheet.head) if head.lower() in words), -1)


def counts_in(head: Sequence[str], words: Words) -> bool:
    """Return whether a heading has a time, and either several counts of visits or one with its unit."""
    held = [measured(each.lower()) for each in head]
    counts = [unit for name, unit in held if name in _counts_called(words)]
    return any(name in words["day"] for name, _ in held) and (len(counts) > 1 or any(counts))


def _counts_called(words: Words) -> set[str]:
    return {word for each in (*WAYS, "visitors") for word in called(words, each)}


def count_in(words: Words) -> re.Pattern[str]:
    """Return the pattern of a cell with a number, which may be approximate, have a unit, and a remark in brackets."""
    about, counters = (
        "|".join(word for key in keys for word in words[key])
        for keys in (("about_totals", "approximate"), ("counters.any", "counters.received", "counters.guests"))
    )
    return re.compile(
        rf"(?:{about}|[<~])?\s*(\d[\d,.]*\s*[万亿]?)\s*(?:{about}|[余多])?(?:{counters})?\s*(?:[（(].*[)）])?"
    )


def columns_of_counts(sheet: Sheet, words: Words) -> list[str]:
    """Return the columns with counts of visits, if the sheet has a time: mostly numbers, and not all of them 1.

    The same headings may be those of names: 来访团组.
    """
    pattern, numbered = count_in(words), {word for word in words["batches"] if word.endswith("数")}
    found: list[str] = []
    for at, head in enumerate(sheet.head):
        name, unit = measured(head.lower())
        own = name in _counts_called(words) or name in (words["batches"] if unit else numbered)
        cells = [row[at] for row in sheet.rows if row[at]] if own else []
        counts = [number[1] for cell in cells if (number := pattern.fullmatch(cell))]
        found += [head] if 2 * len(counts) > len(cells) and {*counts} != {"1"} else []
    return found if place_of(sheet, words["day"]) >= 0 else []


def city_of(sheet: Sheet, row: Sequence[str], words: Words) -> str:
    """Return the city of a row of partners; its first cell if no column has that heading: 城市（州、府）."""
    plain = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    return row[max(place_of(plain, called(words, "city")), 0)]


def kept(sheet: Sheet, chosen: Iterable[bool]) -> Sheet:
    """Return a sheet with some of its rows."""
    which = [*chosen]
    return replace(sheet, numbers=tuple(compress(sheet.numbers, which)), rows=tuple(compress(sheet.rows, which)))


def note_left_out(
    sheet: Sheet, columns: Mapping[int, object], words: Words, problems: Problems, notes: Problems
) -> None:
    """Add to the notes the columns of a sheet that no table has, and the rows from which such columns were made.

    A cell in such a column that may mean "not counted" is a problem; a formula without a value is not.
    """
    names, last = {sheet.head[at] for at in columns}, max(sheet.numbers, default=0)
    for each in [each for each in problems if each.what.msgid == FORMULA and each.where.file == sheet.file]:
        forms = {each.where.column, each.where.column.rpartition("/")[2]}  # of a heading in two rows, the second
        if names & forms and sheet.heading < each.where.line <= last:
            problems.remove(each)
    rows = {at: number for at in columns if (number := sheet.turned.get(sheet.head[at]))}
    if texts := [text for at, text in columns.items() if at not in rows]:
        what = tr("columns that the brief does not use: {values}", values=tr_list(texts))
        notes.append(Problem(Place(sheet.file, sheet.heading), what))
    if rows:
        named = (tr("{name} (row {row})", name=columns[at], row=number) for at, number in rows.items())
        what = tr("rows that the brief does not use: {values}", values=tr_list(named))
        notes.append(Problem(Place(sheet.file, min(rows.values())), what))
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        undone = (at for at in columns if BRACKETS.sub("", row[at]).lower() in words["undone"])
        for at in undone if sheet.table in COUNTED else ():
            what = tr("'{text}' may mean that the row does not count, but the brief has no such column", text=row[at])
            hint = tr("take the row out; if it counts, call the column {note}", note=words["column.note"][0])
            problems.append(Problem(Place(sheet.file, number, sheet.head[at]), what, hint))


def role_asked_for(place: Place, role: str, choices: Sequence[str]) -> Problem:
    """Return the problem of a role that is blank or none of the choices; the hint allows the answer "no member"."""
    what = tr("the brief does not know this role of the city: '{value}'", value=role or tr("(blank)"))
    hint = tr(
        "write {values}; if the city is no member, write behind the remark ‘; not counted’", values=tr_list(choices)
    )
    return Problem(place, what, hint)


def places_of_consulates(text: str, words: Words, end: str = "") -> list[str]:
    """Return the places in which a text says that consulates are, "" for the city itself; `end` is what follows them.

    Without the names of the city under HOME, no place is another one.
    """
    found = [match[1] for each in words["consulate_in"] for match in re.finditer(f"{each}{end}", text)]
    return ["" if _in_the_city(place, words) else place for place in found if words.get(HOME)]


def _in_the_city(place: str, words: Words) -> bool:
    """Return whether a place is the city or none in particular; of one character, if it is short for the city."""
    place, home = re.sub(words["consulate_in_country"][0], "", place), words[HOME]
    cities = words.get(f"short_places.{place}", ())
    if not place or place in words["this_place"] or {*cities, place} & {*home}:
        return True
    short = len(place) == 1 and not cities and any(place in each for each in home)
    return short or any(each.lower() in place.lower() for each in home)


def consulates_elsewhere(sheet: Sheet, words: Words) -> dict[int, str]:
    """Return the consulates of a list that are in another place, with that place by row.

    A row names it in its cells; if it does not, the title of the list may.
    """
    titled = [place for text in (sheet.file, *sheet.above.values()) for place in places_of_consulates(text, words)]
    usual, remarks = titled[0] if titled and all(titled) else "", called(words, NOTE)
    ends = {at: "$" if head.lower() in remarks else "[^驻]{0,12}$" for at, head in enumerate(sheet.head)}
    read = [at for at, head in enumerate(sheet.head) if head.lower() not in called(words, SOURCE)]
    named = [[each for at in read for each in places_of_consulates(row[at], words, ends[at])] for row in sheet.rows]
    seats = {number: places[0] if places else usual for number, places in zip(sheet.numbers, named, strict=True)}
    return {number: place for number, place in seats.items() if place}


def consulates_in_the_city(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a list of consulates without those in another place, which are noted by row."""
    seats = consulates_elsewhere(sheet, words)
    if seats:
        rows = dict(zip(sheet.numbers, sheet.rows, strict=True))
        names = {number: next((c for c in rows[number] if c and not c.isdecimal()), "") for number in seats}
        what = tr(
            "these consulates are in another place ({places}), so not counted: {rows}; if one is in the city, write "
            "the city in its name",
            places=tr_list(dict.fromkeys(seats.values())),
            rows=tr_list(tr("row {row} ({text})", row=number, text=name) for number, name in names.items()),
        )
        notes.append(Problem(Place(sheet.file, min(seats)), what))
    return kept(sheet, (number not in seats for number in sheet.numbers))


def with_whole_headings(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet with headings completed: the unit of exports, and what is counted in countries.

    Brackets within a heading are removed if the result is not another column.
    """
    head: list[str] = []
    known = {word for key, each in words.items() if key.startswith("column.") for word in each}
    for at, name in enumerate(sheet.head):
        whole = (each for each in head if any(word in each for word in words["totals_of_exports"]))
        unit = measured(next(whole, ""))[1] if name in words["column.exports"] else ""
        counted = {name, measured(name)[0], measured(name)[0].rpartition("/")[2]} & {*words["numbers_of_countries"]}
        numbers = counted and all(re.search(r"[\d十百]", row[at] or "0") for row in sheet.rows)
        meant = f"{name}（{unit}）" if unit and not measured(name)[1] else name
        plain = measured(name)[0]
        bare = bare_heading(plain)
        meant = name.replace(plain, bare, 1) if bare in known and not {name, plain} & known else meant
        parts = re.split("[、/／和及与]", plain)
        sourced = len(parts) == 2 and parts[0] in words["cited"] and parts[1] in words["column.note"]
        meant = parts[0] if sourced and parts[0] not in sheet.head else meant
        meant = words["event_countries"]["地区" in name] if sheet.table == EVENTS and numbers else meant
        if meant != name:
            what = tr("the heading '{column}' is read as {meant}", column=name, meant=meant)
            notes.append(Problem(Place(sheet.file, sheet.heading), what))
        head.append(meant)
    return replace(sheet, head=tuple(head))


def without_parts(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of amounts by year without rows that are parts of the total of their year, such as 其中：东盟.

    Those below such a row, of the same year, are parts too. Exports are no such part.
    """
    year, part = place_of(sheet, called(words, "year")), re.compile("|".join(words["parts_begin"]), re.IGNORECASE)
    if sheet.table not in (TRADE, VISITS) or year < 0:
        return sheet
    measures = {*words["column.exports"], *words["column.total"]}
    begun, at, parts = "", -1, dict[int, str]()
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        own = next((place for place, cell in enumerate(row) if part.match(cell) and cell not in measures), -1)
        begun, at = (row[year], own) if own >= 0 and YEAR.match(row[year]) else (begun, at)
        if at >= 0 and row[year] == begun and row[at]:
            parts[number] = row[at]
        else:
            begun, at = "", -1
    if parts:
        what = tr("parts of the total of a year are left out: {names}", names=tr_list(parts.values()))
        notes.append(Problem(Place(sheet.file, min(parts)), what))
    return kept(sheet, (number not in parts for number in sheet.numbers))


def note_parts_of_years(place: Place, read: Sequence[str], left: Sequence[tuple[str, int]], notes: Problems) -> None:
    """Add to the notes which numbers of a part of a year are read with their months, and which rows are left out."""
    printed = tr(
        "numbers of a part of a year are printed with their months, not compared with whole years and not scored: "
        "{names}; add that of the whole year once it is known",
        names=tr_list(dict.fromkeys(read)),
    )
    left_out = tr(
        "numbers of a part of a year are left out, as they do not compare with whole years: {names}; write those "
        "of the whole year, or the brief keeps to the year before and says so",
        names=tr_list(tr("row {row} ({text})", row=number, text=text) for text, number in left),
    )
    notes += [Problem(place, what) for texts, what in ((read, printed), (left, left_out)) if texts]


def note_part_numbers(sheet: Sheet, empty: Collection[int], words: Words, notes: Problems) -> None:
    """Note the years without a number whose remarks have a number for a part of the year."""
    noted = [at for at, head in enumerate(sheet.head) if head.lower() in words["column.note"]]
    months = part_of_year(words).pattern
    number_of = re.compile(rf"(?:{months})[^，,；;。\d]{{0,6}}\d[\d,.]*\s*[万亿]?元?", re.IGNORECASE)
    rows = {number: row for number, row in zip(sheet.numbers, sheet.rows, strict=True) if number in empty}
    found = {number: match[0] for number, row in rows.items() for at in noted if (match := number_of.search(row[at]))}
    if found:
        texts = tr_list(tr("row {row} ({text})", row=number, text=text) for number, text in found.items())
        what = tr(
            "years without a number have one of a part of the year in their remarks: {texts}; to print it, write it in "
            "its column, and its months behind the year",
            texts=texts,
        )
        notes.append(Problem(Place(sheet.file, min(found)), what))


def at_own_columns(
    problems: Sequence[Problem], headings: Mapping[str, Mapping[str, str]], schemas: Iterable[Schema]
) -> tuple[Problem, ...]:
    """Return problems without the name of their column if the sheet has no such column."""
    ids = {column for schema in schemas for column in schema.columns}
    lacks = {file: ids - known.keys() - {*known.values()} for file, known in headings.items()}
    bare = (replace(each, where=replace(each.where, column="")) for each in problems)
    pairs = zip(problems, bare, strict=True)
    return tuple(own if each.where.column in lacks.get(each.where.file, ()) else each for each, own in pairs)


def with_remarks(sheet: Sheet, remarks: Sequence[str], words: Words) -> Sheet:
    """Return a sheet with remarks appended to those of its rows."""
    plain = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    at = place_of(plain, called(words, "note"))
    if not any(remarks):
        return sheet
    rows = [list(row) if at >= 0 else [*row, ""] for row in sheet.rows]
    for row, remark in zip(rows, remarks, strict=True):
        row[at] = "；".join(filter(None, (row[at], remark)))
    return replace(sheet, head=sheet.head if at >= 0 else (*sheet.head, "note"), rows=tuple(map(tuple, rows)))
