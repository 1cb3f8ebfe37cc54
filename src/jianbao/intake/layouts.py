"""Lay out the sheets of a delivery as the workspace does: kinds of partners, measures in columns, single visits."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet, rows_in

Words = Mapping[str, Sequence[str]]  # of headings.yml: what columns, tables and kinds of rows may be called
PEERS, VISITS, IGNORED = "peers", "visits", "ignored"
WORDS = (IGNORED, "kind", "day", "way", "beside", "measures.sister_cities", "measures.consulates")  # may be in a head
_YEAR = re.compile(r"(?:19|20)\d\d")


def lay_out(
    sheets: Mapping[str, Sheet], words: Words, source: Sequence[str], problems: Problems, notes: Problems
) -> dict[str, Sheet]:
    """Return the sheets of a delivery as the workspace lays them out.

    `source` is what the column of sources is called. What was counted is added to `notes`, what cannot be counted to
    `problems`.
    """
    found = split_by_kind(sheets, words)
    if PEERS in found:
        found[PEERS] = with_measures_in_rows(found[PEERS], words)
    if visits := found.get(VISITS):
        called = [word.lower() for word in (*words.get("column.source", ()), *source)]
        cited = next((head for head in visits.head if head.lower() in called), "")
        found[VISITS] = count_by_year(visits, words, cited, problems)
        if found[VISITS] is not visits:
            years = [row[0] for row in found[VISITS].rows]
            what = tr(
                "{count} single visits are counted by year: {years}; partners with exchanges in two years are not",
                count=len(visits.rows),
                years=tr_list(years),
            )
            notes.append(Problem(Place(visits.file, visits.heading), what))
    return found


def _place(sheet: Sheet, words: Sequence[str]) -> int:
    """Return the place of the first column that one of these words names, -1 if there is none."""
    return next((at for at, head in enumerate(sheet.head) if head.lower() in words), -1)


def split_by_kind(sheets: Mapping[str, Sheet], words: Words) -> dict[str, Sheet]:
    """Return the sheets with that of partners split by its column of kinds, unless both kinds have a sheet."""
    kinds = {word: key.partition(".")[2] for key, known in words.items() if key.startswith("kinds.") for word in known}
    found = dict(sheets)
    for name in {*kinds.values()} & sheets.keys():
        sheet, at = sheets[name], _place(sheets[name], words.get("kind", ()))
        rows = [
            (kinds.get(row[at].lower(), ""), row, number) for row, number in zip(sheet.rows, sheet.numbers, strict=True)
        ]
        meant = {kind for kind, _, _ in rows}
        if at < 0 or "" in meant or (meant - {name}) & sheets.keys():
            continue
        head = (*sheet.head[:at], *sheet.head[at + 1 :])
        for kind in meant | {name}:
            own = [((*row[:at], *row[at + 1 :]), number) for each, row, number in rows if each == kind]
            cells, numbers = tuple(row for row, _ in own), tuple(number for _, number in own)
            found[kind] = replace(sheet, table=kind, head=head, rows=cells, numbers=numbers)
    return found


def with_measures_in_rows(sheet: Sheet, words: Words) -> Sheet:
    """Return a sheet of other cities with each column that names a measure as rows of it."""
    places = {
        key.partition(".")[2]: _place(sheet, known) for key, known in words.items() if key.startswith("measures.")
    }
    places = {name: at for name, at in places.items() if at >= 0}
    if not places or "value" in map(str.lower, sheet.head):
        return sheet
    kept = [at for at in range(len(sheet.head)) if at not in places.values()]
    made = [
        ((*(row[at] for at in kept), name, row[value], *words.get(f"units.{name}", ())), number)
        for row, number in zip(sheet.rows, sheet.numbers, strict=True)
        for name, value in places.items()
        if row[value]
    ]
    head = (*(sheet.head[at] for at in kept), "measure", "value", "unit")
    return replace(sheet, head=head, rows=tuple(row for row, _ in made), numbers=tuple(number for _, number in made))


def count_by_year(sheet: Sheet, words: Words, source: str, problems: Problems) -> Sheet:
    """Return a sheet of single visits as one row for each year; a visit without a year or a way is a problem."""
    day, way = _place(sheet, words.get("day", ())), _place(sheet, words.get("way", ()))
    if day < 0 or way < 0:
        return sheet
    ways = {word: key.partition(".")[2] for key, known in words.items() if key.startswith("ways.") for word in known}
    years: dict[str, dict[str, list[str]]] = {}
    first: dict[str, int] = {}
    for number, cells in rows_in(sheet):
        year, went = _YEAR.search(cells[sheet.head[day]]), ways.get(cells[sheet.head[way]].lower(), "")
        if not year or not went:
            what = tr(
                "the visit of '{day}' is not counted: '{way}'", day=cells[sheet.head[day]], way=cells[sheet.head[way]]
            )
            problems.append(
                Problem(Place(sheet.file, number), what, tr("write a day with its year, and received or sent"))
            )
            continue
        first.setdefault(year[0], number)
        years.setdefault(year[0], {"received": [], "sent": []})[went].append(cells.get(source, ""))
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
