"""Read numbers by period: years in columns, parts of years, provisional years, the years that exchanges cover."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import months_of, part_of_year
from jianbao.data.schemas import NUMERIC, Schema
from jianbao.intake.labels import Labels, with_unit
from jianbao.intake.own_lists import clauses
from jianbao.intake.sheets import (
    BRACKETS,
    IGNORED,
    MOST_ROWS,
    PARTNERS,
    PEERS,
    TRADE,
    VISITS,
    WAYS,
    YEAR,
    Setting,
    Words,
    called,
    columns_of_counts,
    count_in,
    kept,
    note_left_out,
    note_part_numbers,
    note_parts_of_years,
    place_of,
    sources_called,
)

_OF_YEAR = re.compile(rf"({YEAR.pattern})(?:年度?)?\s*(?:[（(](.*)[)）]|(.+))?")
_LABELLED = re.compile(r"(.+?)\s*[（(]([^（）()]*[元万亿][^（）()]*)[)）]")  # with a unit behind it
BY_YEAR = tr_later(
    "write a row for each year and a column for each number: {names}; if the brief needs none of it, take the sheet out"
)
VISITORS_READ = tr_later("inbound visitors are read from this sheet: {years}")
_FIRST_QUARTER = re.compile(r"(\d{4})-01/\1-03")
_MONTH_OR_DAY = re.compile(rf"{YEAR.pattern}\s*[年./-]\s*\d{{1,2}}(?!\d).*")
SPAN = "span"  # the number of years that the exchanges of partners cover
_COUNTED_PARTNERS = ("active", "judged", SPAN)  # of visits by year, counted from the lists of partners
_YEARS = "两二三四五"
_SPAN = re.compile(rf"((?:19|20)\d\d)年?\s*[-—–－~～至到]+\s*((?:19|20)\d\d)|(?<!\d)([2-5{_YEARS}])\s*年")


def years_in_columns(sheet: Sheet, words: Words) -> dict[int, re.Match[str]]:
    """Return the columns of a sheet with one column for each year, with their years; {} if it has none."""
    part = part_of_year(words)
    years = {
        at: found
        for at, head in enumerate(sheet.head)
        if (found := _OF_YEAR.fullmatch(head)) and (not found[3] or part.search(found[3]))
    }
    dated = place_of(sheet, called(words, "period" if sheet.table == PEERS else "year"))
    return years if len(years) > 1 and (dated < 0 or dated in years) else {}


def with_years_in_rows(sheet: Sheet, words: Words, setting: Setting, notes: Problems) -> Sheet:
    """Return a sheet with a column for each year turned into one row for each: the names of its rows become columns.

    A sheet of other cities is left unchanged: its rows stay cities.
    """
    years = years_in_columns(sheet, words)
    if sheet.table not in (TRADE, VISITS) or not years:
        return sheet
    what = tr("years in columns are read as rows: {years}", years=tr_list(found[1] for found in years.values()))
    notes.append(Problem(Place(sheet.file, sheet.heading), what))
    sheet = _counted_rows(sheet, words, notes)
    unit, source = place_of(sheet, called(words, "unit")), place_of(sheet, sources_called(words, setting))
    ignored = {*years, unit, source, *(at for at, head in enumerate(sheet.head) if head.lower() in words[IGNORED])}
    label = next((at for at in range(len(sheet.head)) if at not in ignored), 0)
    others = {at: head for at, head in enumerate(sheet.head) if at not in (*ignored, label)}
    note_left_out(sheet, others, words, [], notes)
    named = [_LABELLED.fullmatch(row[label]) for row in sheet.rows]
    units = [row[unit] if unit >= 0 else own[2] if own else "" for row, own in zip(sheet.rows, named, strict=True)]
    labels = [(own[1] if own else row[label]).lstrip("#＃") for row, own in zip(sheet.rows, named, strict=True)]
    sources = dict.fromkeys(row[source] for row in sheet.rows if source >= 0 and row[source])
    head, cited = ("year", *labels, "note", *["source"] * bool(sources)), [";".join(sources)] * bool(sources)
    cells = [(row, own if re.search("元|万|亿", own) else "") for row, own in zip(sheet.rows, units, strict=True)]
    made = [
        (found[1], *(with_unit(row[at], own) for row, own in cells), found[2] or found[3] or "", *cited)
        for at, found in years.items()
    ]
    rows = tuple(row for row in made if any(row[1 : len(sheet.rows) + 1]))
    numbers = tuple(range(sheet.heading + 1, sheet.heading + 1 + len(rows)))
    turned = dict(zip(labels, sheet.numbers, strict=True))
    amounts = {word for each in ("total", "exports", *WAYS) for word in called(words, each)}
    place = Place(sheet.file, next((turned[each] for each in turned if each.lower() in amounts), sheet.heading))
    return replace(sheet, head=head, rows=rows, numbers=numbers, turned=turned, origins=dict.fromkeys(numbers, place))


def with_cities_by_year(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of other cities with a column for each year turned into a row for each city and year.

    Its title names its only measure; a measure of money, or one that the brief does not compare, is not read. Both are
    noted. A doubt about the number of a year becomes a remark on that number only.
    """
    years, title = years_in_columns(sheet, words), " ".join((sheet.file, *sheet.above.values()))
    if sheet.table != PEERS or not years:
        return sheet
    keys = [key for key in words if key.startswith("measures.")]
    known = {word: key[9:] for key in keys for word in words[key] if word in title and "元" not in title}
    name, names = known.get(max(known, key=len, default=""), ""), tr_list(words[key][0] for key in keys)
    read = tr("years in columns are read as rows: {years}", years=tr_list(found[1] for found in years.values()))
    what = tr("the years are not read: the brief compares cities by {names} only", names=names)
    notes.append(Problem(Place(sheet.file, sheet.heading), read if name else what))
    if not name:
        return sheet
    kept_places = [at for at in range(len(sheet.head)) if at not in years]
    noted = place_of(sheet, called(words, "note"))
    clause = re.compile(rf"[，,；;。](?!(?:{'|'.join((*words['counted'], *words['not_counted']))})(?:[，,；;。]|$))")
    doubted = re.compile("|".join(words["row_doubts"]))
    rows: dict[int, tuple[str, ...]] = {}
    origins: dict[int, Place] = {}
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        for order, (at, found) in enumerate((at, found) for at, found in years.items() if row[at]):
            remarks = [text for text in clause.split(row[noted]) if noted >= 0]
            own = [text for text in remarks if found[1] in text or not (YEAR.search(text) and doubted.search(text))]
            cells = {each: row[each] for each in kept_places} | (
                {noted: "；".join(own)} if len(own) < len(remarks) else {}
            )
            rows[number + MOST_ROWS * order] = (
                *cells.values(),
                found[1],
                name,
                row[at],
                *words.get(f"units.{name}", ()),
            )
            origins |= {number + MOST_ROWS * order: Place(sheet.file, number)} if order else {}
    head = (*(sheet.head[at] for at in kept_places), "period", "measure", "value", "unit")
    return replace(sheet, head=head, rows=tuple(rows.values()), numbers=tuple(rows), origins=origins)


def with_measures_in_rows(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of other cities with each column that names a measure as rows of it.

    Without a column for the time, the year in the title is used.
    """
    plain = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    named = ((key[9:], place_of(plain, words[key])) for key in words if key[:9] == "measures.")
    places = {name: at for name, at in named if at >= 0}
    if not places or "value" in map(str.lower, sheet.head):
        return sheet
    kept_places = [at for at in range(len(sheet.head)) if at not in places.values()]
    dated = place_of(sheet, called(words, "period")) >= 0
    others = [each for at, each in enumerate(plain.head) if at not in places.values() and len(each) > 1]
    titled = [part for text in sheet.above.values() for part in re.split("[（(）)，,；;]", text)]
    about = [part for part in (*titled, sheet.file) if not any(each[:2] in part for each in others)]
    year = None if dated else YEAR.search(" ".join(about))
    as_of = re.compile(rf"(?:{'|'.join(words['as_of'])})\s*({YEAR.pattern}年?(?:\d{{1,2}}月)?)")
    own = [as_of.search("；".join(row)) for row in sheet.rows]
    timed = not dated and (year or any(own))
    made = [
        (
            (
                *(row[at] for at in kept_places),
                name,
                row[value],
                *words.get(f"units.{name}", ()),
                *([own_year[1] if own_year else year[0] if year else ""] if timed else []),
            ),
            number,
        )
        for row, number, own_year in zip(sheet.rows, sheet.numbers, own, strict=True)
        for name, value in places.items()
        if row[value]
    ]
    head = (*(sheet.head[at] for at in kept_places), "measure", "value", "unit", *(["period"] if timed else []))
    step = 10 ** len(str(max(sheet.numbers, default=1)))  # each row and its second measure have different numbers
    order = {name: at for at, name in enumerate(places)}
    numbers = tuple(number + step * order[row[len(kept_places)]] for row, number in made)
    second = next((number for number in numbers if number > step), 0)
    if second:
        what = tr(
            "row {other} in what follows is the second measure of row {number}", other=second, number=second - step
        )
        notes.append(Problem(Place(sheet.file, sheet.heading), what))
    return replace(sheet, head=head, rows=tuple(row for row, _ in made), numbers=numbers)


def with_years_of_numbers(
    sheet: Sheet, columns: Sequence[str], schema: Schema, labels: Labels, *, problems: Problems, notes: Problems
) -> Sheet:
    """Return a sheet of amounts by year without the years that have no number; those are noted.

    If all numbers are in columns that the table does not have, that is a problem, unless visitors are read from it.
    """
    if "year" not in schema.key or "year" not in columns:
        return sheet
    year, place = columns.index("year"), Place(sheet.file, sheet.heading)
    numbers = {name for name, column in schema.columns.items() if column.type in NUMERIC}
    amounts = [at for at, column in enumerate(columns) if column in numbers]
    rows = zip(sheet.numbers, sheet.rows, strict=True)
    empty = {number: row[year] for number, row in rows if not any(row[at] for at in amounts)}
    if not empty:
        return sheet
    numeric = [name for name in schema.columns if name in numbers and name not in _COUNTED_PARTNERS]
    given, number = bool({*numeric} & {*columns}), count_in(labels.further)
    unread = [at for at, column in enumerate(columns) if not column]
    others = [sheet.head[at] for at in unread if any(number.fullmatch(row[at]) for row in sheet.rows)]
    visitors = any(each.where == place and each.what.msgid == VISITORS_READ for each in notes)
    if others and not (given or visitors or sheet.turned):
        names = tr_list(labels.column_for_user(schema.name, name) for name in ("year", *numeric))
        what = tr(
            "no number of these rows is read, as the brief has no such columns: {columns}", columns=tr_list(others)
        )
        problems.append(Problem(place, what, tr(BY_YEAR, names=names)))
    if given or sheet.turned:
        what = tr("years without a number are left out: {years}", years=tr_list(empty.values()))
        notes.append(Problem(place, what))
        note_part_numbers(sheet, empty, labels.further, notes)
    return kept(sheet, (number not in empty for number in sheet.numbers))


def _counted_rows(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet without the rows that have "not counted" in any cell; those are noted."""
    rows = zip(sheet.numbers, map(clauses, sheet.rows), strict=True)
    left = [number for number, parts in rows if {*parts} & {*words["not_counted"]}]
    what = tr("these rows say that they do not count, so they are left out: rows {rows}", rows=tr_list(left))
    notes += [Problem(Place(sheet.file, left[0]), what)] if left else []
    return kept(sheet, (number not in left for number in sheet.numbers))


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


def with_counts_by_period(
    sheets: Mapping[str, Sheet], words: Words, problems: Problems, notes: Problems
) -> dict[str, Sheet]:
    """Return sheets of which one with counts in its columns is a table of visits by period, not a list of visits.

    Its months and days are left out and noted. One with a column of ways is left out and a problem: its rows count
    visits of one way only, and the brief has a column for each.
    """
    found: dict[str, Sheet] = {}
    for name, sheet in sheets.items():
        counts = columns_of_counts(sheet, words) if sheet.table.partition(".")[0] == VISITS else []
        if counts and place_of(sheet, words["way"]) >= 0:
            what = tr("'{column}' counts visits, so the rows are no single visits", column=counts[0])
            hint = tr(BY_YEAR, names=tr_list(words["yearly_visits"][1:-1]))
            problems.append(Problem(Place(sheet.file, sheet.heading), what, hint))
        elif counts:
            found[f"{VISITS}.{sheet.file}" if name != VISITS else name] = _by_period(sheet, words, notes)
        else:
            found[name] = sheet
    return found


def _by_period(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a table of counts with its time as the year, without rows of a month or a day."""
    at, year = place_of(sheet, words["day"]), place_of(sheet, called(words, "year"))
    meant = words["column.year"][1] if year < 0 else words[IGNORED][0]
    what = tr("the heading '{column}' is read as {meant}", column=sheet.head[at], meant=meant)
    notes += [Problem(Place(sheet.file, sheet.heading), what)] if year < 0 else []
    months = part_of_year(words)
    single = [bool(_MONTH_OR_DAY.fullmatch(row[at])) and not months.search(row[at]) for row in sheet.rows]
    left = [(row[at], number) for number, row, own in zip(sheet.numbers, sheet.rows, single, strict=True) if own]
    note_parts_of_years(Place(sheet.file, sheet.heading, sheet.head[at]), [], left, notes)
    head = (*sheet.head[:at], meant, *sheet.head[at + 1 :])
    return kept(replace(sheet, table=VISITS, head=head), (not own for own in single))


def with_part_years(sheet: Sheet, words: Words, setting: Setting, texts: Sequence[str], notes: Problems) -> Sheet:
    """Return a sheet of amounts by year in which partial years, which compare with no whole year, have their months.

    A cell such as 2025（1-11月）, or a text around the table, shows a partial year. If the months are unclear, or no
    measure of the workspace reads such numbers, they are left out; both are noted. So is a first quarter if the sheet
    has other rows of its year: it is one of several quarters, or a part of what another row says.
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
    periods: list[str] = []
    rows: list[tuple[str, ...]] = []
    for row in sheet.rows:
        cell = next((each for at, each in enumerate(row) if at != cited and partial.fullmatch(each)), "")
        year = YEAR.search(row[dated])
        own = f"{row[dated]}（{cell}）" if cell and cell != row[dated] else cell
        periods.append(own or (around.get(year[0], "") if year else ""))
        found = pattern.search(periods[-1])
        months = months_of(f"{year[0]} {found[0]}", words) if year and found else ""
        rows.append((*row[:dated], months or row[dated], *row[dated + 1 :]))
    years = [YEAR.findall(row[dated])[:1] for row in rows]
    quarters = [bool(_FIRST_QUARTER.fullmatch(row[dated])) for row in rows]
    alone = [not first or years.count(own) < 2 for first, own in zip(quarters, years, strict=True)]
    whole = sheet.table in setting.part_years
    read = [whole and own and "/" in row[dated] for row, own in zip(rows, alone, strict=True)]
    parts = [*zip(periods, sheet.numbers, read, strict=True)]
    shown = [text for text, _, own in parts if text and own]
    left = [(text, number) for text, number, own in parts if text and not own]
    note_parts_of_years(Place(sheet.file, sheet.heading, sheet.head[dated]), shown, left, notes)
    return kept(replace(sheet, rows=tuple(rows)), (own or not text for text, own in zip(periods, read, strict=True)))


def with_span(sheet: Sheet, texts: Sequence[str], words: Words) -> Sheet:
    """Return a sheet of partners with a column for the years that its exchanges cover, if a text states how many."""
    about = [text for text in (*sheet.head, *texts) if any(word in text for word in words["span_of_contacts"])]
    parts = (part for text in about for part in re.split("[；;。]", text))
    clauses = [part for part in parts if any(word in part for word in words["span_of_contacts"])]
    found = next(filter(None, map(_SPAN.search, clauses)), None)
    if sheet.table not in PARTNERS or not found:
        return sheet
    length = found[3] or str(int(found[2]) - int(found[1]) + 1)
    years = length if length.isdecimal() else str(max(2, _YEARS.index(length) + 1))
    return spanning(sheet, years)


def spanning(sheet: Sheet, years: str) -> Sheet:
    """Return a sheet of partners with a column for the number of years that its exchanges cover, unless it has one."""
    if SPAN in sheet.head:
        return sheet
    return replace(sheet, head=(*sheet.head, SPAN), rows=tuple((*row, years) for row in sheet.rows))
