"""Lay out the lists of partner cities: their kinds, their places, and who had an exchange in the last two years."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.intake.parse_cells import NUMBERED, kind_named
from jianbao.intake.parse_values import read_exchange
from jianbao.intake.sheets import (
    BRACKETS,
    PARTNERS,
    YEAR,
    Setting,
    Words,
    called,
    kept,
    place_of,
)

STATES = ("active", "little", "inactive")  # of the exchange with a partner
SPAN = "span"  # of how many years the exchanges of partners are
WINDOW = 2  # years in which there must be an exchange, that of the edition among them
_PARTED = re.compile(r"\s*[/／、，,（()）|]\s*")


def with_kinds(sheet: Sheet, sections: Mapping[int, str], words: Words) -> Sheet:
    """Return a sheet of partners with a column of kinds, if the headings between its rows say the kind of each."""
    over = [max((each for each in sections if each < number), default=0) for number in sheet.numbers]
    kinds = [sections.get(each, "") for each in over]
    if sheet.table not in PARTNERS or not all(kind_named(each, words) for each in kinds) or not kinds:
        return sheet
    rows = tuple((*row, kind) for row, kind in zip(sheet.rows, kinds, strict=True))
    return replace(sheet, head=(*sheet.head, words["kind"][0]), rows=rows)


def sections_of(
    pairs: Sequence[tuple[int, tuple[str, ...]]], words: Words
) -> tuple[dict[int, str], list[tuple[int, tuple[str, ...]]]]:
    """Return the headings between the rows, which are numbered or name a kind of partner, and the other rows."""
    alone = {number: row[0] for number, row in pairs if row[0] and len(row) > 2 and not any(row[1:])}
    found = {number: text for number, text in alone.items() if NUMBERED.match(text) or kind_named(text, words)}
    return found, [pair for pair in pairs if pair[0] not in found]


def with_classes(sheet: Sheet, words: Words, unknown: Sequence[int], problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet of partners with columns of unknown headings called by what they hold: kinds, levels, exchanges.

    If such a column parts kinds but not every cell names one, that is a problem: no kind is guessed.
    """
    head, place = [*sheet.head], Place(sheet.file, sheet.heading)
    for at in unknown:
        cells = [*dict.fromkeys(row[at] for row in sheet.rows if row[at])]
        meant = _class_of(replace(sheet, head=tuple(head)), at, cells, words)
        others = [
            cell for cell in cells if not kind_named(cell, words) and not cell.startswith(tuple(words["intents"]))
        ]
        if meant == words["kind"][0] and others:
            what = tr(
                "'{column}' parts kinds of partners, and these name none: {texts}",
                column=head[at],
                texts=tr_list(others),
            )
            said = tr_list(words[f"kinds.{each}"][0] for each in PARTNERS)
            note = words["column.note"][0]
            problems.append(
                Problem(
                    place,
                    what,
                    tr("write {kinds}; if it is about something else, call it {note}", kinds=said, note=note),
                )
            )
        elif meant:
            notes.append(
                Problem(place, tr("'{column}' is read as {meant}, by what it holds", column=head[at], meant=meant))
            )
            head[at] = meant
    return replace(sheet, head=tuple(head))


def _class_of(sheet: Sheet, at: int, cells: Sequence[str], words: Words) -> str:
    """Return what a column of such cells is called; "" if they decide nothing, or another column does already.

    Cells that only contain the words of kinds part them if there are few different ones.
    """
    within = {_kind_within(cell, words) for cell in cells} - {""} if 2 * len(cells) <= len(sheet.rows) else {""}
    contacts = {word for state in STATES for word in words[f"contacts.{state}"]}
    about = any(word in sheet.head[at].lower() for word in words["span_of_contacts"])
    if kinds_at(sheet, words) < 0 and (len(within) > 1 or any(kind_named(cell, words) for cell in cells)):
        return words["kind"][0]
    if place_of(sheet, words["level"]) < 0 and any(cell.startswith(tuple(words["below"])) for cell in cells):
        return words["level"][0]
    judged = about and place_of(sheet, words["column.contact"]) < 0 and contacts & {*map(str.lower, cells)}
    return words["column.contact"][0] if judged else ""


def _kind_within(text: str, words: Words) -> str:
    """Return the table of the kind of partner that a text contains, by its longest word; "" if it contains none."""
    found = {word: key for key, known in words.items() if key.startswith("kinds.") for word in known if word in text}
    return found[max(found, key=len)] if found else ""


def split_by_kind(sheets: Mapping[str, Sheet], words: Words, problems: Problems) -> dict[str, Sheet]:
    """Return the sheets with that of partners split by its column of kinds.

    A row of a kind that is not known, or that has a sheet of its own, is a problem: its kind is never guessed.
    """
    found = dict(sheets)
    for name in {*PARTNERS} & sheets.keys():
        sheet, at = sheets[name], kinds_at(sheets[name], words)
        if at < 0:
            continue
        named = [
            (kind_named(row[at], words), row, number) for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        ]
        for kind, row, number in named:
            if not kind or (kind != name and kind in sheets):
                what = tr("'{text}' is no kind of partner for this sheet", text=row[at])
                allowed = [each for each in PARTNERS if each == name or each not in sheets]
                said = tr_list(words[f"kinds.{each}"][0] for each in allowed)
                hint = tr("write {kinds}; a column about something else needs another heading", kinds=said)
                problems.append(Problem(Place(sheet.file, number, sheet.head[at]), what, hint))
        head = (*sheet.head[:at], *sheet.head[at + 1 :])
        for kind in {kind for kind, _, _ in named if kind and kind not in sheets} | {name}:
            own = [((*row[:at], *row[at + 1 :]), number) for each, row, number in named if each == kind]
            cells, numbers = tuple(row for row, _ in own), tuple(number for _, number in own)
            found[kind] = replace(sheet, table=kind, head=head, rows=cells, numbers=numbers)
    return found


def kinds_at(sheet: Sheet, words: Words) -> int:
    """Return the place of the column of kinds, which may be called that of levels; -1 if none is filled in."""
    kind, level = (place_of(sheet, words.get(each, ())) for each in ("kind", "level"))
    if kind >= 0 and any(row[kind] for row in sheet.rows):
        return kind
    return level if level >= 0 and any(kind_named(row[level], words) for row in sheet.rows) else -1


def of_city_level(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of partners without those of a district or a county, which are noted."""
    at, below = place_of(sheet, words.get("level", ())), tuple(words.get("below", ()))
    if at < 0:
        return sheet
    named = max(place_of(sheet, words.get("column.city", ())), 0)
    left = [row[at].startswith(below) for row in sheet.rows]
    rows = [row for gone, row in zip(left, sheet.rows, strict=True) if gone]
    if rows:
        said = tr_list(f"{row[named]}（{row[at]}）" for row in rows)
        what = tr("partners of a district or county are not the city's, and are left out: {names}", names=said)
        number = next(number for gone, number in zip(left, sheet.numbers, strict=True) if gone)
        notes.append(Problem(Place(sheet.file, number, sheet.head[at]), what))
    return kept(sheet, (not gone for gone in left))


def without_intents(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of partners without those of a mere intent, which are noted: by their kind or another cell.

    Another cell that only begins with a word for it, as 意向书 does, decides where no date of signing is given.
    """
    kind, level = (place_of(sheet, words.get(each, ())) for each in ("kind", "level"))
    day = place_of(sheet, called(words, "signed_on"))
    kinds, intents = {at for at in (kind, level) if at >= 0}, tuple(words.get("intents", ()))
    left = [
        any(
            cell.startswith(intents) and (at in kinds or cell in intents or day < 0 or not row[day])
            for at, cell in enumerate(row)
        )
        for row in sheet.rows
    ]
    if any(left):
        named = max(place_of(sheet, words.get("column.city", ())), 0)
        said = tr_list(row[named] for gone, row in zip(left, sheet.rows, strict=True) if gone)
        what = tr(
            "an intent is no signed tie, and is not counted: {names}; where one is signed, write its date and kind",
            names=said,
        )
        number = next(number for gone, number in zip(left, sheet.numbers, strict=True) if gone)
        notes.append(Problem(Place(sheet.file, number), what))
    return kept(sheet, (not gone for gone in left))


def with_places(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of partners with country and continent in cells of their own, if they share one: 法国/欧洲.

    A part of a continent, such as South America, is left to be derived from the country.
    """
    plain = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    at, beside = place_of(plain, called(words, "country")), place_of(sheet, called(words, "continent"))
    parts_of = words.get("parts_of_continents", ())
    if beside >= 0:
        parts = dict.fromkeys(row[beside] for row in sheet.rows if row[beside] in parts_of)
        if parts:
            what = tr("parts of continents are read as the continent of the country: {texts}", texts=tr_list(parts))
            notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[beside]), what))
        rows = tuple(tuple("" if n == beside and c in parts_of else c for n, c in enumerate(row)) for row in sheet.rows)
        return replace(sheet, rows=rows)
    pairs = [_country_and_continent(row[at], words) for row in sheet.rows] if at >= 0 else []
    split = [number for number, (_, found) in zip(sheet.numbers, pairs, strict=bool(pairs)) if found]
    if not split:
        return sheet
    what = tr("the country and the continent in one cell are read apart: {text}", text=sheet.rows[0][at])
    notes.append(Problem(Place(sheet.file, split[0], sheet.head[at]), what))
    head = (*("country" if n == at else head for n, head in enumerate(sheet.head)), "continent")
    rows = tuple(
        (*row[:at], country, *row[at + 1 :], "" if continent in parts_of else continent)
        for row, (country, continent) in zip(sheet.rows, pairs, strict=True)
    )
    return replace(sheet, head=head, rows=rows)


def _country_and_continent(text: str, words: Words) -> tuple[str, str]:
    """Return the country and the continent in a cell; "" for a continent that is not there."""
    parts = [part for part in _PARTED.split(text) if part]
    named = [
        part for part in parts if part.lower() in (*words.get("continent_names", ()), *words["parts_of_continents"])
    ]
    countries = [part for part in parts if part not in named]
    return (countries[0], named[0]) if len(named) == 1 and len(countries) == 1 else (text, "")


def with_contacts(sheet: Sheet, words: Words, setting: Setting, notes: Problems) -> Sheet:
    """Return a sheet of partners that says of each by a word of STATES whether there was an exchange in two years.

    The day of the last exchange decides where there is one, else what the office says of the exchanges, which is kept
    as a note unless it is plain; a blank says nothing. Words that are not known stay as they are.
    """
    plainly = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    at, last = (place_of(plainly, words.get(name, ())) for name in ("column.contact", "last_contact"))
    if at < 0 and last < 0:
        return sheet
    plain = {word for state in STATES for word in words.get(f"contacts.{state}", ())[:PLAIN]}
    years = [YEAR.search(row[last]) if last >= 0 else None for row in sheet.rows]
    said = [row[at].lower() if at >= 0 else "" for row in sheet.rows]
    since = setting.year - WINDOW + 1
    states = [
        ("active" if int(year[0]) >= since else "inactive")
        if year
        else read_exchange(word, (since, setting.year), words)
        for year, word in zip(years, said, strict=True)
    ]
    told = [*zip(said, years, states, strict=True)]
    _note_contacts(sheet, (at, last), told, plain=plain, since=since, year=setting.year, notes=notes)
    remarks = [
        row[at] if at >= 0 and not year and word not in plain and not word.isdecimal() and state in STATES else ""
        for row, (word, year, state) in zip(sheet.rows, told, strict=True)
    ]
    sheet = _with_remarks(sheet, remarks, words)
    column = at if at >= 0 else len(sheet.head)
    head = (*sheet.head[:column], "contact", *sheet.head[column + 1 :])
    rows = tuple((*row[:column], state, *row[column + 1 :]) for row, state in zip(sheet.rows, states, strict=True))
    return replace(sheet, head=head, rows=rows)


def _with_remarks(sheet: Sheet, remarks: Sequence[str], words: Words) -> Sheet:
    """Return a sheet with remarks behind those of its rows."""
    at = place_of(sheet, called(words, "note"))
    if not any(remarks):
        return sheet
    rows = [list(row) if at >= 0 else [*row, ""] for row in sheet.rows]
    for row, remark in zip(rows, remarks, strict=True):
        row[at] = "；".join(filter(None, (row[at], remark)))
    return replace(sheet, head=sheet.head if at >= 0 else (*sheet.head, "note"), rows=tuple(map(tuple, rows)))


PLAIN = 4  # words of each state, the first of its list, that need no remark
Told = tuple[str, re.Match[str] | None, str]


def _note_contacts(
    sheet: Sheet,
    columns: tuple[int, int],
    rows: Sequence[Told],
    *,
    plain: Iterable[str],
    since: int,
    year: int,
    notes: Problems,
) -> None:
    """Add to the notes by what the exchanges of partners were judged."""
    at, last = columns
    if any(day for _, day, _ in rows):
        what = tr(
            "'{column}' decides who had an exchange in two years: those with one in {year} or later",
            column=sheet.head[last],
            year=since,
        )
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[last]), what))
    read = {word: state for word, day, state in rows if word and not day and word not in plain and state in STATES}
    meant = {"active": tr("had an exchange"), "little": tr("had little"), "inactive": tr("had none")}
    if read:
        said = tr_list(tr("'{text}' as {meant}", text=word, meant=meant[state]) for word, state in read.items())
        what = tr(
            "words for exchanges are read, with {since} and {year} as the last two years, and kept as remarks: {said}",
            since=since,
            year=year,
            said=said,
        )
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[at]), what))


_YEARS = "两二三四五"
_SPAN = re.compile(rf"((?:19|20)\d\d)年?\s*[-—–－~～至到]+\s*((?:19|20)\d\d)|(?<!\d)([2-5{_YEARS}])\s*年")


def with_span(sheet: Sheet, texts: Sequence[str], words: Words) -> Sheet:
    """Return a sheet of partners with a column of how many years its exchanges are of, if a text about them says so."""
    about = [text for text in (*sheet.head, *texts) if any(word in text for word in words["span_of_contacts"])]
    parts = (part for text in about for part in re.split("[；;。]", text))
    clauses = [part for part in parts if any(word in part for word in words["span_of_contacts"])]
    found = next(filter(None, map(_SPAN.search, clauses)), None)
    if sheet.table not in PARTNERS or not found:
        return sheet
    said = found[3] or str(int(found[2]) - int(found[1]) + 1)
    years = said if said.isdecimal() else str(max(2, _YEARS.index(said) + 1))
    return replace(sheet, head=(*sheet.head, SPAN), rows=tuple((*row, years) for row in sheet.rows))


def of_named_places(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of single visits without guests of several places, who are no delegation of one; they are told."""
    day, way = place_of(sheet, words["day"]), place_of(sheet, words["way"])
    several = re.compile("|".join(words["several_places"]), re.IGNORECASE)
    found = {
        number: said
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        if min(day, way) >= 0 and row[way].lower() in (*words["ways.received"], *words["directions.received"])
        if (said := next(filter(several.fullmatch, row), ""))
    }
    if not found:
        return sheet
    named = (tr("row {row} ({text})", row=number, text=said) for number, said in found.items())
    what = tr(
        "guests of several places are no delegation of one, so not counted: {rows}; write each delegation in a row",
        rows=tr_list(named),
    )
    notes.append(Problem(Place(sheet.file, min(found)), what))
    return kept(sheet, (number not in found for number in sheet.numbers))
