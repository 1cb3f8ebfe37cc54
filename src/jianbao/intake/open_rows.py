"""Decide about rows by their own remarks: not counted, known only by word of mouth, recorded twice, or in doubt."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from jianbao.core.documents import Problems
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.name_faults import without_lost_names
from jianbao.data.name_matching import NameTable, plain_name
from jianbao.data.row_diff import ComparedRow, Rows
from jianbao.data.schemas import NAMES, NUMERIC, Column, Schema
from jianbao.intake.bodies import ORDINAL
from jianbao.intake.decisions import Case, fault
from jianbao.intake.own_lists import DATES, clauses
from jianbao.intake.parse_cells import CellReader, parse_cells
from jianbao.intake.remarks import CLAUSE, DOUBTED, DOUBTS, NOTE, ORAL, UNVERIFIED
from jianbao.intake.sheets import (
    BRACKETS,
    CALENDAR,
    PARTNERS,
    PEERS,
    PLAN,
    SOURCE,
    VISITS,
    WAYS,
    YEAR,
    Part,
    Words,
    called,
    kept,
    place_of,
    with_remarks,
)
from jianbao.intake.sources import CONFIDENCE, OWN

NEAR, SHORTEST = 0.75, 3  # similarity of two translations of a name; fewer characters are not compared
TO_COME = "待"  # begins a source that is still to be found
TABLES_WITH_UNVERIFIED = frozenset(OWN) - {VISITS}  # tables that keep rows which do not count, as unverified
_NUMBER = re.compile(r"[<>≈~]*[\d.]+")


def with_sourced_rows(
    sheets: Mapping[str, Sheet], words: Words, problems: Problems, notes: Problems
) -> dict[str, Sheet]:
    """Ask about rows, other than tasks, known only by word of mouth; note sources older than what they prove."""
    for sheet in sheets.values():
        _note_earlier_sources(sheet, words, notes)
    found = {name: with_answers_as_remarks(sheet, words, notes) for name, sheet in sheets.items()}
    return {n: each if each.table == PLAN else with_oral_rows(each, words, problems) for n, each in found.items()}


def with_answers_as_remarks(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet in which a row with "not counted" in any cell has it as a remark.

    "Counted" is moved in the same way. A visit, or a number of visits, that does not count is left out.
    """
    plain, calendar = [BRACKETS.sub("", head).lower() for head in sheet.head], sheet.table == CALENDAR
    visits = sheet.table.partition(".")[0] == VISITS
    undone = {*words["not_counted"], *(words["visit_not_counted"] if visits else ())}
    known = undone | {*words["counted"]}
    own = {*words["column.confidence"], "confidence", *words["column.note"], NOTE}
    answers = [
        next(
            (part for at, cell in enumerate(row) if plain[at] not in own for part in clauses((cell,)) if part in known),
            "",
        )
        for row in sheet.rows
    ]
    if sheet.table not in (*TABLES_WITH_UNVERIFIED, CALENDAR) and not visits:
        return sheet
    behind = re.compile(rf"\s*[，,；;（(]?\s*(?:{'|'.join(map(re.escape, filter(None, answers)))})\s*[)）]?\s*$")
    cells = (
        tuple(behind.sub("", cell) if plain[at] not in own else cell for at, cell in enumerate(row)) if text else row
        for text, row in zip(answers, sheet.rows, strict=True)
    )
    marked = sheet if calendar else with_remarks(replace(sheet, rows=tuple(cells)), answers, words)
    remarks = {*words["column.note"], NOTE}
    noted = [at for at, head in enumerate(marked.head) if calendar or BRACKETS.sub("", head).lower() in remarks]
    left = [
        n for n, row in zip(marked.numbers, marked.rows, strict=True) if {*clauses(row[at] for at in noted)} & undone
    ]
    if not (visits or calendar) or not left:
        return marked
    what = tr("these rows say that they do not count, so they are left out: rows {rows}", rows=tr_list(left))
    notes.append(Problem(Place(sheet.file, left[0]), what))
    return kept(marked, (number not in left for number in marked.numbers))


def _note_earlier_sources(sheet: Sheet, words: Words, notes: Problems) -> None:
    """Note the rows whose sources are all from years before the year that the row is about."""
    at = place_of(sheet, [word for key in DATES for word in words[key]])
    cited = sheet.head.index(SOURCE) if SOURCE in sheet.head else -1
    found: dict[int, Translatable] = {}
    for number, row in zip(sheet.numbers, sheet.rows, strict=True) if min(at, cited) >= 0 else ():
        year = YEAR.search(row[at])
        dated = [max(YEAR.findall(part), default="9999") for part in re.split("[;；]", row[cited])]
        if year and row[cited] and max(dated) < year[0]:
            found[number] = tr("row {row} ({text})", row=number, text=f"{row[at]}：{row[cited]}")
    if found:
        what = tr(
            "these sources are older than what they are to prove; please check: {rows}", rows=tr_list(found.values())
        )
        notes.append(Problem(Place(sheet.file, min(found)), what))


def with_oral_rows(sheet: Sheet, words: Words, problems: Problems) -> Sheet:
    """Return a sheet in which a remark such as 口头 is its row's source; the row must say whether it counts.

    An answer after the source has already become a remark.
    """
    plain = [BRACKETS.sub("", head).lower() for head in sheet.head]
    cited = plain.index(SOURCE) if SOURCE in plain else -1
    noted = [at for at, head in enumerate(plain) if head in {*words["column.note"], NOTE}]
    answers = {*words["counted"], *words["not_counted"]}
    rows: list[tuple[str, ...]] = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        at, oral = next(((at, text) for at in (*noted, cited) if at >= 0 and (text := _oral(row[at], words))), (-1, ""))
        if oral and not {*clauses(row[each] for each in noted)} & answers:
            what = tr(DOUBTED if oral[0] == TO_COME else ORAL, value=oral)
            hint = tr("write behind the remark ‘; counted’, and that is its source; or ‘; not counted’")
            problems.append(Problem(Place(sheet.file, number, sheet.head[at]), what, hint))
        own = row[cited] or oral if cited >= 0 else ""
        rows.append((*row[:cited], own, *row[cited + 1 :]) if cited >= 0 else row)
    return replace(sheet, rows=tuple(rows))


def _oral(text: str, words: Words) -> str:
    """Return the clause of a text that says its row is known by word of mouth; "" if there is none."""
    return next((each.strip() for each in CLAUSE.split(text) if re.fullmatch(words["oral"][0], each.strip())), "")


def without_uncounted(found: Rows, cases: list[Case], files: Mapping[str, str], home: str, notes: Problems) -> Rows:
    """Return compared rows without those that do not count and cannot be read; drop their cases.

    Rows about `home` in a list of other cities do not count, either.
    """
    uncounted = {
        (table, row.number)
        for table, rows in found.items()
        for row in rows
        if row.cells.get(CONFIDENCE) == UNVERIFIED or (table == PEERS and row.cells.get("city") == home)
    }
    gone = {(case.table, case.row) for case in cases if case.kind in ("fault", "doubt")} & uncounted
    cases[:] = [case for case in cases if (case.table, case.row) not in gone]
    for table, file in files.items():
        if numbers := sorted(number for name, number in gone if name == table):
            what = tr("rows that do not count and cannot be read are left out: rows {rows}", rows=tr_list(numbers))
            notes.append(Problem(Place(file, numbers[0]), what))
    left = {t: tuple(row for row in rows if (t, row.number) not in gone) for t, rows in found.items()}
    return without_lost_names(left, found)


def _may_be(cell: str, column: Column) -> bool:
    """Return whether a cell that was read may be one of a column: a number, a day or a choice."""
    if column.type in NUMERIC:
        return bool(_NUMBER.fullmatch(cell))
    return bool(YEAR.match(cell)) if column.type == "date" else column.type != "choice" or cell in column.of


def supposed_columns(
    supposed: Mapping[str, Sheet],
    schemas: Mapping[str, Schema],
    labels: Mapping[str, Mapping[str, Translatable]],
    reader: CellReader,
) -> Iterator[Problem]:
    """Yield a problem for each unread column that may be one of its table's: the cells that would be wrong in it."""
    for table, sheet in supposed.items():
        wrong: dict[str, list[Translatable]] = {}
        for number, cells in rows_in(sheet):
            read, findings = parse_cells(schemas[table], sheet.file, number, cells, reader)
            faults = {each.place.column for each in findings if each.kind == "fault"}
            own = schemas[table].columns
            faults |= {name for name in cells if read.get(name) and not _may_be(read[name], own[name])}
            for name in (name for name in cells if name in faults):
                wrong.setdefault(name, []).append(tr("row {row} ({text})", row=number, text=cells[name]))
        for name, cells_to_correct in wrong.items():
            column = labels.get(table, {}).get(name, name)
            what = tr(
                "if a column is called '{column}', correct these cells of it, too: {rows}",
                column=column,
                rows=tr_list(cells_to_correct),
            )
            yield Problem(Place(sheet.file, sheet.heading), what)


def second_names(
    rows: Sequence[ComparedRow], places: Mapping[int, Place], known: NameTable, languages: Sequence[str]
) -> Iterator[Case]:
    """Yield a problem for each new name that may be a known one in another spelling."""
    for row in rows:
        if row.outcome != "new":
            continue
        forms = [row.cells.get(column, "") for column in ("id", *languages)]
        found = next((name for form in forms if form and (name := known.recognise(form, [row.cells["kind"]]))), None)
        if found:
            what = tr(
                "'{names}' may be '{name}' of the name table in another spelling",
                names=" / ".join(filter(None, forms)),
                name=found.id,
            )
            place, hint = places[row.number], tr("take it only if it is a different one")
            yield Case(kind="doubt", table=NAMES, place=place, what=what, hint=hint, because_of=row.number)


def with_ordinals(sheet: Sheet, at: int, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of one event with bare numbers in its column of editions, or with years if some have no number.

    A row without a day that sums up all later editions is no edition.
    """
    dated, later = place_of(sheet, called(words, "held_on")), re.compile("|".join(words["open_ended"]))
    left = [bool(later.search(row[at])) and dated >= 0 and not row[dated] for row in sheet.rows]
    if any(left):
        names = tr_list(row[at] for row, gone in zip(sheet.rows, left, strict=True) if gone)
        notes.append(Problem(Place(sheet.file, sheet.heading), tr("these are no editions: {names}", names=names)))
        sheet = kept(sheet, (not gone for gone in left))
    found = [ORDINAL.search(row[at]) for row in sheet.rows]
    years = [YEAR.search(row[dated]) if dated >= 0 else None for row in sheet.rows]
    called_so = [YEAR.match(row[at]) for row in sheet.rows]
    mixed = any(found) and any(year and not own for year, own in zip(called_so, found, strict=True))
    if mixed and all(years) and len({year[0] for year in years if year}) == len(years):
        what = tr("not all editions have numbers, so they are called by their years")
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[at]), what))
        found = years
    elif mixed or not any(called_so):
        return sheet
    cells = (each[0] if each else row[at] for each, row in zip(found, sheet.rows, strict=True))
    rows = tuple((*row[:at], cell, *row[at + 1 :]) for row, cell in zip(sheet.rows, cells, strict=True))
    return replace(sheet, rows=rows)


def _doubts(problem: Problem) -> bool:
    return problem.what.msgid in DOUBTS


def doubts_as_one(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems in which the doubts of lists, visits and tasks have the same hint if there are several kinds.

    A row is asked about once.
    """
    rows, every = set[tuple[str, int]](), list[Problem]()
    for each in problems:
        row = (each.where.file, each.where.line)
        every += [] if _doubts(each) and row in rows else [each]
        rows |= {row} if _doubts(each) else set()
    hint = tr("write behind the doubt ‘; counted’; or ‘; not counted’, which keeps it out of the brief")
    if len({each.what.msgid for each in every if each.what.msgid in DOUBTS}) < 2:
        return every
    return [
        Problem(each.where, tr(DOUBTED, **each.what.fields), hint) if each.what.msgid in DOUBTS else each
        for each in every
    ]


def partners_twice(
    found: Rows, files: Mapping[str, str], names: Mapping[str, str], words: Mapping[str, Collection[str]]
) -> Iterator[Case]:
    """Yield the partners whose name is nearly that of an earlier one of the same country and year; `names` is by id."""
    before: list[tuple[str, str, str, Place]] = []
    for table, row in ((each, row) for each in PARTNERS for row in found.get(each, ())):
        name = names.get(row.cells.get("city", ""), row.cells.get("city", ""))
        country, year = row.cells.get("country", ""), row.cells.get("signed_on", "")[:4]
        bare, place = plain_name(BRACKETS.sub("", name)).removesuffix("市"), Place(files[table], row.number, "city")
        answered = {*clauses((row.cells.get(NOTE, ""),))} & {*words["counted"], *words["not_counted"]}
        alike = {
            other: SequenceMatcher(None, bare, plain_name(BRACKETS.sub("", other)).removesuffix("市")).ratio()
            for other, there, then, _ in before
            if there == country and other != name and (then == year or not (then and year))
        }
        other = max(alike, key=lambda each: alike[each], default="")
        before.append((name, country, year, place))
        if not other or alike[other] < NEAR or len(bare) < SHORTEST or not has_han(name) or answered:
            continue
        if row.outcome == "same" or row.cells.get(CONFIDENCE) == UNVERIFIED:
            continue
        at = next(where for known, _, _, where in before if known == other)
        fields = {"name": name, "other": other, "file": at.file, "row": at.line}
        what = tr("'{name}' may be '{other}' ({file} row {row}) in another translation", **fields)
        hint = tr("if it is the same city, write ‘; not counted’ in any cell of this row; if not, ‘; counted’")
        yield fault(table, Problem(place, what, hint))


def each_year_once(parts: Sequence[Part], words: Words, problems: Problems) -> list[Part]:
    """Return one number of visits for each way and year; those of several lists of visits are added up.

    If a sheet has a number for a year whose visits are listed, a problem asks which of the two counts.
    """
    counts: dict[tuple[str, str], list[str]] = {}
    cells = [[[*row] for row in sheet.rows] for _, sheet in parts]
    for (about, _), rows in zip(parts, cells, strict=True):
        for row in rows if about in WAYS else ():
            first = counts.setdefault((about, row[0]), row)
            if first is not row:
                sources = dict.fromkeys((*first[2].split(";"), *row[2].split(";")))
                first[1:3] = str(int(first[1]) + int(row[1])), ";".join(filter(None, sources))
                row[0] = ""
    for _, sheet in (part for part in parts if not part[0]):
        _ask_for_one_number(sheet, counts, words, problems)
    found: list[Part] = []
    ways = {word: way for way in WAYS for word in called(words, way)}  # one name for one column of both
    for (about, sheet), rows in zip(parts, cells, strict=True):
        head = sheet.head if about or not counts else tuple(ways.get(each.lower(), each) for each in sheet.head)
        whole = replace(sheet, head=head, rows=tuple(map(tuple, rows)))
        left = kept(whole, (bool(row[0]) for row in rows)) if about in WAYS else whole
        found += [(about, left)] if left.rows or not rows else []
    return found


def _ask_for_one_number(
    sheet: Sheet, counts: Mapping[tuple[str, str], list[str]], words: Words, problems: Problems
) -> None:
    """Ask about each yearly number whose visits are also listed; if it is marked as counted, the list is not."""
    year = place_of(sheet, called(words, "year"))
    for (way, label), listed in counts.items() if year >= 0 else ():
        at = place_of(sheet, called(words, way))
        rows = zip(sheet.numbers, sheet.rows, strict=True) if at >= 0 else ()
        number, row = next(((n, r) for n, r in rows if r[year].removesuffix("年") == label and r[at]), (0, ()))
        if {*clauses(row)} & {*words["counted"]}:
            listed[0] = ""
        elif row:
            fields = {"year": label, "stated": row[at], "count": listed[1]}
            what = tr("in {year}, this is {stated}, but {count} visits are listed", **fields)
            hint = tr("to take this number, write ‘; counted’ in any cell of this row; to count the list, clear it")
            problems.append(Problem(Place(sheet.file, number, sheet.head[at]), what, hint))


def numbers_twice(
    rows: Sequence[ComparedRow], existing: Mapping[str, Sheet], delivered: Mapping[str, Sheet]
) -> Iterator[Case]:
    """Yield a problem for each new yearly number of visits if the workspace has a row with such a number already."""
    known = {
        (cells["year"], cells["about"]): (number, cells)
        for number, cells in (rows_in(existing[VISITS]) if VISITS in existing else ())
        if cells.get("about") and cells.get(cells["about"])
    }
    for row in (each for each in rows if each.outcome == "new" and not each.cells.get("about")):
        year = row.cells.get("year", "")
        for way in (way for way in WAYS if row.cells.get(way) and (year, way) in known):
            number, cells = known[year, way]
            fields = {"year": year, "stated": row.cells[way], "row": number, "known": cells[way]}
            what = tr("in {year}, this is {stated}, but {file}:{row} has {known}", file=existing[VISITS].file, **fields)
            hint = tr("keep one of the two: take this number out, or that row of the file")
            yield fault(VISITS, Problem(Place(delivered[VISITS].file, row.number, way), what, hint))
