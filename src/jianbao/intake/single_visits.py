"""Leave out single visits that are none to count: not made, by video, at home, or of guests of several places."""

import re
from collections.abc import Mapping, Sequence
from functools import partial

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.intake.sheets import BRACKETS, Words, called, kept, place_of

_PARTS = re.compile("[，,；;。、（()）]")


def visits_to_count(sheet: Sheet, words: Words, problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet of single visits without those that are none to count, by their own words, which are told.

    One that is said to count stays; one whose day is tentative is a problem.
    """
    day, way = place_of(sheet, words["day"]), place_of(sheet, words["way"])
    several = re.compile("|".join(words["several_places"]), re.IGNORECASE)
    for said, what in (
        (partial(_of_several_places, way=way, several=several, words=words), _of_several),
        (partial(_at_home, sheet, way=way, words=words), _no_visits_abroad),
        (partial(_clause, known=re.compile("|".join(words["not_made"]))), _not_made),
        (partial(_clause, known=re.compile("|".join(words["by_video"]))), _by_video),
    ):
        rows = dict(zip(sheet.numbers, sheet.rows, strict=True))
        counts = {number for number, row in rows.items() if {*_clauses(row)} & {*words["counted"]}}
        found = {number: text for number, row in rows.items() if number not in counts and (text := said(row))}
        if found:
            listed = tr_list(tr("row {row} ({text})", row=number, text=text) for number, text in found.items())
            notes.append(Problem(Place(sheet.file, min(found)), what(listed)))
        sheet = kept(sheet, (number not in found for number in sheet.numbers))
    return _without_tentative(sheet, day, words, problems)


def _of_several(rows: Translatable) -> Translatable:
    return tr(
        "guests of several places are no delegation of one, so not counted: {rows}; write each delegation in a row",
        rows=rows,
    )


def _no_visits_abroad(rows: Translatable) -> Translatable:
    return tr("these are no visits abroad, so not counted: {rows}", rows=rows)


def _not_made(rows: Translatable) -> Translatable:
    return tr("these visits did not take place or are only intended, so not counted: {rows}", rows=rows)


def _by_video(rows: Translatable) -> Translatable:
    return tr("meetings by video are no visits, so not counted: {rows}", rows=rows)


def _clauses(row: Sequence[str]) -> list[str]:
    return [part.strip() for cell in row for part in _PARTS.split(cell) if part.strip()]


def _clause(row: Sequence[str], known: re.Pattern[str]) -> str:
    """Return the clause of a row that is one of the known ones as a whole; "" if there is none."""
    return next(filter(known.fullmatch, _clauses(row)), "")


def _of_several_places(row: Sequence[str], way: int, several: re.Pattern[str], words: Words) -> str:
    received = row[way].lower() in (*words["ways.received"], *words["directions.received"])
    return next(filter(several.fullmatch, row), "") if received else ""


def _at_home(sheet: Sheet, row: Sequence[str], way: int, words: Words) -> str:
    """Return the words of a visit by which it is one within the country; "" for one abroad, or one received."""
    countries = [at for at, head in enumerate(sheet.head) if head.lower() in called(words, "country")]
    own = next((row[at] for at in countries if BRACKETS.sub("", row[at]).lower() in words["at_home"]), "")
    noted = [at for at, head in enumerate(sheet.head) if BRACKETS.sub("", head.lower()) in called(words, "note")]
    remark = next((each for at in noted for each in _clauses((row[at],)) if each.lower() in words["at_home"]), "")
    places = "|".join(words["places_at_home"])
    place = re.compile(rf"(?:[赴到去往在](?:{places})|(?:{places})市?(?:[，,、；;（(]|$))")
    went = next((_PARTS.split(cell)[0] for at, cell in enumerate(row) if at not in noted and place.match(cell)), "")
    received = row[way].lower() in (*words["ways.received"], *words["directions.received"])
    return own or ("" if received else remark or went)


def _without_tentative(sheet: Sheet, day: int, words: Mapping[str, Sequence[str]], problems: Problems) -> Sheet:
    """Return a sheet without visits whose day is tentative, which are asked about unless they are said to count."""
    tentative = re.compile("|".join(words["tentative_visits"]))
    found = {
        number: row[day]
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        if tentative.search(row[day]) and not {*_clauses(row)} & {*words["counted"], *words["not_counted"]}
    }
    for number, text in found.items():
        what = tr("the remark of this visit doubts whether it counts: '{value}'", value=text)
        hint = tr("write behind the remark ‘; counted’ or ‘; not counted’")
        problems.append(Problem(Place(sheet.file, number, sheet.head[day]), what, hint))
    return kept(sheet, (number not in found for number in sheet.numbers))
