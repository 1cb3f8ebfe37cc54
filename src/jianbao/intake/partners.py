"""Rearrange the lists of partner cities and bodies: their kinds, their places, and rows that belong elsewhere."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.intake.blocks import Stated
from jianbao.intake.exchanges import STATES, kinds_at
from jianbao.intake.heads import kind_named
from jianbao.intake.labels import TOTALS
from jianbao.intake.own_lists import note_lists_in_part
from jianbao.intake.remarks import NUMBERED, UNVERIFIED
from jianbao.intake.row_checks import waits_for_answer
from jianbao.intake.sheets import (
    BRACKETS,
    CONSULATES,
    MOST_ROWS,
    PARTNERS,
    Setting,
    Words,
    called,
    city_of,
    kept,
    place_of,
    with_remarks,
)

_BEGINS_WITH_YEAR = re.compile(r"(?:19|20)\d\d(?!\d)[^\u4e00-\u9fff]{0,8}(?:年|$|[（(?？\-./])")
_PARTED = re.compile(r"\s*[/／、，,（()）|]\s*")


def with_kinds(sheet: Sheet, sections: Mapping[int, str], words: Words) -> Sheet:
    """Return a sheet of partners with a column of kinds, if headings between its rows say the kind of those below.

    Rows above the first heading have the kind of the sheet. A heading that names a continent begins no other kind. One
    that names anything else becomes the kind of its rows, and a later step asks about it.
    """
    continents = (*words["continent_names"], *words["parts_of_continents"])
    bare = {number: BRACKETS.sub("", NUMBERED.sub("", text)).strip() for number, text in sections.items()}
    begun = {number: text for number, text in bare.items() if text.lower() not in continents}
    known = any(kind_named(text, words) for text in begun.values())
    if sheet.table not in PARTNERS or not known or kinds_at(sheet, words) >= 0:
        return sheet
    begun[0] = words[f"kinds.{sheet.table}"][0]
    kinds = (begun[max(each for each in begun if each < number)] for number in sheet.numbers)
    rows = tuple((*row, kind) for row, kind in zip(sheet.rows, kinds, strict=True))
    return replace(sheet, head=(*sheet.head, words["kind"][0]), rows=rows)


def sections_of(
    pairs: Sequence[tuple[int, tuple[str, ...]]], words: Words
) -> tuple[dict[int, str], list[tuple[int, tuple[str, ...]]]]:
    """Return the headings between the rows, which have a number or name a kind of partner; and the other rows."""
    alone = {number: row[0] for number, row in pairs if row[0] and len(row) > 2 and not any(row[1:])}
    kinds = {number: kind_named(BRACKETS.sub("", text), words) for number, text in alone.items()}
    found = {number: text for number, text in alone.items() if NUMBERED.match(text) or kinds[number]}
    return found, [pair for pair in pairs if pair[0] not in found]


def with_classes(
    sheet: Sheet, words: Words, unknown: Sequence[int], apart: bool, *, problems: Problems, notes: Problems
) -> Sheet:
    """Return a sheet of partners with unknown columns named by what they hold: kinds, levels or exchanges.

    If such a column separates kinds but a cell names none, that is a problem: no kind is guessed. If the sheet
    is named after one kind and not meant for both (`apart`: the other kind has its own sheet), its rows have that
    kind, and a note lists the rows that a column calls another kind.
    """
    head, place, of_one = [*sheet.head], Place(sheet.file, sheet.heading), _of_one_kind(sheet, apart, words)
    for at in unknown:
        cells = [*dict.fromkeys(row[at] for row in sheet.rows if row[at])]
        meant = _class_of(replace(sheet, head=tuple(head)), at, cells, words)
        if meant == words["kind"][0] and of_one:
            sheet = _with_other_kinds(sheet, at, words, notes)
            continue
        others = [
            cell for cell in cells if not kind_named(cell, words) and not cell.startswith(tuple(words["intents"]))
        ]
        if meant == words["kind"][0] and others:
            what = tr(
                "'{column}' parts kinds of partners, and these name none: {texts}",
                column=head[at],
                texts=tr_list(others),
            )
            kinds = tr_list(words[f"kinds.{each}"][0] for each in PARTNERS)
            note = words["column.note"][0]
            problems.append(
                Problem(
                    place,
                    what,
                    tr("write {kinds}; if it is about something else, call it {note}", kinds=kinds, note=note),
                )
            )
        elif meant:
            notes.append(
                Problem(place, tr("'{column}' is read as {meant}, by what it holds", column=head[at], meant=meant))
            )
            head[at] = meant
    rest = len(sheet.head) - len(head)  # a column of remarks, if the sheet had none
    return replace(sheet, head=(*head, *sheet.head[len(head) :][:rest]))


def _of_one_kind(sheet: Sheet, apart: bool, words: Words) -> bool:
    """Return whether a title limits the partners of a sheet to its kind: 友城 may mean both kinds."""
    titles = (sheet.file.partition("[")[2], *sheet.above.values())
    named = any(_kind_within(each, words) == sheet.table for each in titles)
    return named and (apart or sheet.table != PARTNERS[0])


def _with_other_kinds(sheet: Sheet, at: int, words: Words, notes: Problems) -> Sheet:
    """Return a sheet with remarks on the rows that a column calls another kind, or doubts; both are noted."""
    cells = [row[at] for row in sheet.rows]
    ends = "|".join(words["agreement_ends"])
    plain = [re.sub(rf"(?:{ends})?[?？]?$", "", cell) for cell in cells]
    others = [
        bool(cell) and (cell[-1] in "?？" or kind_named(own, words) not in ("", sheet.table))
        for cell, own in zip(cells, plain, strict=True)
    ]
    if not any(others):
        return sheet
    rows = [(number, row) for number, row, other in zip(sheet.numbers, sheet.rows, others, strict=True) if other]
    what = tr(
        "the sheet is of one kind, and '{column}' calls these another one or doubts it: {names}; they are counted as "
        "on the sheet, and the words stay as remarks; one that is on the wrong sheet is to be put on the other",
        column=sheet.head[at],
        names=tr_list(f"{city_of(sheet, row, words)}（{row[at]}）" for _, row in rows),
    )
    notes.append(Problem(Place(sheet.file, rows[0][0], sheet.head[at]), what))
    remarks = [f"{sheet.head[at]}：{c}" if other else "" for c, other in zip(cells, others, strict=True)]
    return with_remarks(sheet, remarks, words)


def _class_of(sheet: Sheet, at: int, cells: Sequence[str], words: Words) -> str:
    """Return the name of the column to which such cells belong; "" if that is unclear, or if the sheet has it already.

    Cells that merely contain a word for a kind count as kinds only if the column has few different cells.
    """
    within = {_kind_within(cell, words) for cell in cells} - {""} if 2 * len(cells) <= len(sheet.rows) else {""}
    contacts = {word for state in STATES for word in words[f"contacts.{state}"]}
    about = any(word in sheet.head[at].lower() for word in words["span_of_contacts"])
    if kinds_at(sheet, words) < 0 and (len(within) > 1 or any(kind_named(cell, words) for cell in cells)):
        return words["kind"][0]
    if place_of(sheet, words["level"]) < 0 and any(cell.startswith(tuple(words["below"])) for cell in cells):
        return words["level"][0]
    plainly = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    states = [cell.lower() in contacts for cell in cells]
    judged = any(states) if about else sum(states) > 1 and 2 * sum(states) >= len(states)
    if judged and place_of(plainly, words["column.contact"]) < 0:
        return words["column.contact"][0]
    dates = [bool(_BEGINS_WITH_YEAR.match(row[at])) for row in sheet.rows if row[at]]
    dated = len(dates) > 1 and 10 * sum(dates) >= 8 * len(dates)
    return words["column.signed_on"][0] if dated and place_of(plainly, called(words, "signed_on")) < 0 else ""


def _kind_within(text: str, words: Words) -> str:
    """Return the table of the kind of partner that a text contains, by its longest word; "" if it contains none."""
    found = {word: key for key, known in words.items() if key.startswith("kinds.") for word in known if word in text}
    return found[max(found, key=len)].removeprefix("kinds.") if found else ""


def split_by_kind(sheets: Mapping[str, Sheet], words: Words, problems: Problems) -> dict[str, Sheet]:
    """Return the sheets with the sheet of partners split by its column of kinds.

    A row of an unknown kind, or of a kind with its own sheet, is a problem: its kind is never guessed.
    """
    found = dict(sheets)
    for name in {*PARTNERS} & sheets.keys():
        if (at := kinds_at(sheet := sheets[name], words)) < 0:
            continue
        named = [
            (kind_named(row[at], words) or name * waits_for_answer(row, row[at], words), row, number)
            for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        ]
        for kind, row, number in named:
            if not kind or (kind != name and kind in sheets):
                what = tr("'{text}' is no kind of partner for this sheet", text=row[at])
                allowed = [each for each in PARTNERS if each == name or each not in sheets]
                kinds = tr_list(words[f"kinds.{each}"][0] for each in allowed)
                hint = tr("write {kinds}; a column about something else needs another heading", kinds=kinds)
                problems.append(Problem(Place(sheet.file, number, sheet.head[at]), what, hint))
        head = (*sheet.head[:at], *sheet.head[at + 1 :])
        for kind in {kind for kind, _, _ in named if kind and kind not in sheets} | {name}:
            own = [((*row[:at], *row[at + 1 :]), number) for each, row, number in named if each == kind]
            cells, numbers = tuple(row for row, _ in own), tuple(number for _, number in own)
            found[kind] = replace(sheet, table=kind, head=head, rows=cells, numbers=numbers)
    return found


def without_intents(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of partners without mere intents, by their kind or another cell; those are noted.

    If no date of signing is given, a cell that merely begins with a word for an intent, such as 意向书, marks one too.
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
        cities = tr_list(city_of(sheet, row, words) for gone, row in zip(left, sheet.rows, strict=True) if gone)
        what = tr(
            "an intent is no signed tie, and is not counted: {names}; where one is signed, write its date and kind",
            names=cities,
        )
        number = next(number for gone, number in zip(left, sheet.numbers, strict=True) if gone)
        notes.append(Problem(Place(sheet.file, number), what))
    return kept(sheet, (not gone for gone in left))


def with_places(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of partners with country and continent in separate cells, if they share one: 法国/欧洲.

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
    """Return the country and the continent in a cell; "" for a missing continent."""
    parts = [part for part in _PARTED.split(text) if part]
    named = [
        part for part in parts if part.lower() in (*words.get("continent_names", ()), *words["parts_of_continents"])
    ]
    countries = [part for part in parts if part not in named]
    return (countries[0], named[0]) if len(named) == 1 and len(countries) == 1 else (text, "")


def with_cities_apart(sheet: Sheet, words: Words, problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet of partners with a row for each of several cities that share a cell.

    The other cells of the row apply to each city, which is noted. A different number of English names is a problem.
    """
    plain = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    city, english = place_of(plain, called(words, "city")), place_of(plain, ("英文名", *words["column.names.en"]))
    several = {n: row for n, row in zip(sheet.numbers, sheet.rows, strict=True) if city >= 0 and "、" in row[city]}
    rows = dict(zip(sheet.numbers, sheet.rows, strict=True))
    origins = dict(sheet.origins)
    for number, row in several.items():
        cities, beside = (re.split(r"\s*[、,，;；]\s*", row[at]) if at >= 0 else [""] for at in (city, english))
        names = beside if any(beside) else [""] * len(cities)
        if len(names) != len(cities):
            what = tr("'{text}' is several cities, with another number of English names", text=row[city])
            problems.append(Problem(Place(sheet.file, number, sheet.head[city]), what, tr("write each city in a row")))
            continue
        for at, own in enumerate(zip(cities, names, strict=True)):
            cells = {**dict(enumerate(row)), city: own[0], **({english: own[1]} if english >= 0 else {})}
            rows[number + MOST_ROWS * at] = tuple(cells.values())
            origins |= {number + MOST_ROWS * at: Place(sheet.file, number)} if at else {}
    if several:
        texts = tr_list(row[city] for row in several.values())
        what = tr("several cities in one cell are read as a row each, with the row's other cells: {texts}", texts=texts)
        notes.append(Problem(Place(sheet.file, min(several), sheet.head[city]), what))
    return replace(sheet, rows=tuple(rows.values()), numbers=tuple(rows), origins=origins)


def _without_sums_of_repeats(
    stated: Sequence[Stated], lists: Mapping[str, Sheet], words: Words, notes: Problems
) -> list[Stated]:
    """Return totals without the sums that count a repeated row of their list twice."""
    gone: set[Place] = set()
    for each in (each for each in stated if each.indicator in lists):
        cities = [city_of(lists[each.indicator], row, words) for row in lists[each.indicator].rows]
        if each.value == str(len(cities)) and (own := len({*cities})) < len(cities):
            what = tr(
                "the sum for {value} is {count} plus {twice} counted twice, so it is no total; the list has {count}",
                value=each.value,
                count=own,
                twice=len(cities) - own,
            )
            notes.append(Problem(each.place, what))
            gone.add(each.place)
    return [each for each in stated if each.place not in gone]


def with_totals(
    sheets: Mapping[str, Sheet],
    stated: Sequence[Stated],
    title: str,
    *,
    words: Words,
    setting: Setting,
    notes: Problems,
) -> dict[str, Sheet]:
    """Add a sheet of the totals that a delivery states, except those that equal the number of rows it lists.

    A total without a date is read as one of the year of the newest edition, in which the office keeps its lists.
    """
    lists = {name: sheets[name] for name in (*PARTNERS, CONSULATES) if name in sheets}
    stated = _without_sums_of_repeats(stated, lists, words, notes)
    note_lists_in_part(lists, {each.indicator for each in stated}, words, notes)
    listed = {name: sum(UNVERIFIED not in row for row in each.rows) for name, each in lists.items()}
    kept = [
        each
        for each in stated
        if str(listed.get(each.indicator, "")) != each.value or (each.indicator == CONSULATES and each.period)
    ]
    latest = {each.indicator: each for each in sorted(stated, key=lambda each: each.period)}
    this_year = setting.counted(str(setting.year)).rpartition("/")[2]
    rows: dict[int, tuple[str, ...]] = {}
    origins: dict[int, Place] = {}
    for at, each in enumerate(kept, 1):
        rows[at] = (each.indicator, each.value, each.period or this_year, each.source, "stated", each.note)
        origins[at] = each.place
        if each is latest[each.indicator] and str(listed.get(each.indicator, each.value)) != each.value:
            what = tr(
                "the sheet states {value} in all and lists {count}: the brief says what is stated, and how many are "
                "listed",
                value=each.value,
                count=listed[each.indicator],
            )
            notes.append(Problem(each.place, what))
        undated = tr("the total has no date, and is read as that of {period}", period=this_year)
        notes += [] if each.period else [Problem(each.place, undated)]
    if not rows or TOTALS in sheets:
        return dict(sheets)
    file = f"{next(iter(origins.values())).file.partition('[')[0]}[{title}]"
    head = ("indicator", "value", "period", "source", "confidence", "note")
    made = Sheet(table=TOTALS, file=file, head=head, rows=tuple(rows.values()), numbers=tuple(rows))
    return {**sheets, TOTALS: replace(made, origins=origins)}
