"""Turn columns of years into rows; mark provisional years, and the number of years that exchanges cover."""

import re
from collections.abc import Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import part_of_year
from jianbao.data.schemas import NUMERIC, Schema
from jianbao.intake.labels import Labels, with_unit
from jianbao.intake.own_lists import clauses
from jianbao.intake.sheets import (
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
    kept,
    note_left_out,
    note_part_numbers,
    place_of,
    sources_called,
)

_OF_YEAR = re.compile(rf"({YEAR.pattern})(?:年度?)?\s*(?:[（(](.*)[)）]|(.+))?")
_LABELLED = re.compile(r"(.+?)\s*[（(]([^（）()]*[元万亿][^（）()]*)[)）]")  # with a unit behind it
SPAN = "span"  # the number of years that the exchanges of partners cover
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


def with_years_of_numbers(
    sheet: Sheet, columns: Sequence[str], schema: Schema, labels: Labels, notes: Problems
) -> Sheet:
    """Return a sheet of amounts by year without the years that have no number; those are noted."""
    empty = years_without_numbers(sheet, columns, schema)
    if not empty:
        return sheet
    what = tr("years without a number are left out: {years}", years=tr_list(empty.values()))
    notes.append(Problem(Place(sheet.file, sheet.heading), what))
    note_part_numbers(sheet, empty, labels.further, notes)
    return kept(sheet, (number not in empty for number in sheet.numbers))


def years_without_numbers(sheet: Sheet, columns: Sequence[str], schema: Schema) -> dict[int, str]:
    """Return the years of a table of amounts by year that have no number in any of its columns, by row."""
    numeric = [name for name, column in schema.columns.items() if column.type in NUMERIC]
    amounts = [at for at, column in enumerate(columns) if column in numeric]
    if schema.name not in (TRADE, VISITS) or "year" not in columns or not (amounts or sheet.turned):
        return {}
    rows, year = zip(sheet.numbers, sheet.rows, strict=True), columns.index("year")
    return {number: row[year] for number, row in rows if not any(row[at] for at in amounts)}


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
