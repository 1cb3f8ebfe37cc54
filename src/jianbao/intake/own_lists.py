"""Read what an office's lists leave implicit: short years, the day of the data, counts in words, uncounted visits."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_later, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import period, stated_until
from jianbao.data.name_matching import ENGLISH
from jianbao.intake.remarks import text_apart
from jianbao.intake.sheets import (
    BRACKETS,
    EVENTS,
    PARTNERS,
    SOURCE,
    TRADE,
    YEAR,
    Words,
    called,
    city_of,
    kept,
    place_of,
)
from jianbao.intake.sources import REGISTERS

_PARTS = re.compile("[，,；;。、（()）]")
_DAYS = "day", "column.signed_on", "column.held_on", "column.from_date", "column.consulates.since", "column.plan.due"
_SHORT_YEAR = re.compile(r"['’]?(\d\d)([./年-])(\d{1,2})(?:[./月-](\d{1,2})[日号]?|月)?", re.ASCII)
_DATED = re.compile(r"((?:19|20)\d\d)\s*[年./-]\s*(\d{1,2})(?!\d)(?:\s*[月./-]\s*(\d{1,2})(?!\d))?")
DATED = (*REGISTERS, TRADE, EVENTS)  # tables, besides visits, that may state the day of their data
DATES = ("day", "column.signed_on", "column.held_on")
Day = tuple[Place, str, date]
OF_SEVERAL = tr_later(
    "guests from several places are not one delegation, so not counted: {rows}; write each delegation in a row"
)
OF_RESIDENTS = tr_later("these guests live in the country, so their visits are not counted: {rows}")
NOT_ABROAD = tr_later("these are no visits abroad, so not counted: {rows}")
NOT_MADE = tr_later("these visits did not take place or are only intended, so not counted: {rows}")
BY_VIDEO = tr_later("meetings by video are no visits, so not counted: {rows}")
PUT_IN_ORDER = 3  # the last month in which lists of the year before are put in order
_LAST_DAY = 31  # a larger number is a year of the last century


def with_full_years(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet with two-digit years written in full where only one reading is possible; this is noted.

    The year is clear if it cannot be a day or month, or if 年 follows it. Otherwise all years of its column must come
    first, and no other order may give a day near them.
    """
    known = {word for each in _DAYS for word in words.get(each, ())}
    for at in (at for at, head in enumerate(sheet.head) if head.lower().rpartition("/")[2] in known):
        cells = [unicodedata.normalize("NFKC", row[at]) for row in sheet.rows]
        years = [int(found[0]) for cell in cells if (found := YEAR.search(cell)) and not found.start()]
        first = all(YEAR.match(cell) for cell in cells if YEAR.search(cell))
        near = range(min(years) - 2, max(years) + 3) if years and first else range(0)
        meant = [_in_full("".join(cell.split()), near) for cell in cells]
        for number, row, day in zip(sheet.numbers, sheet.rows, meant, strict=True):
            what = tr("'{text}' has a year of two digits, and is read as {meant}", text=row[at], meant=day)
            notes += [Problem(Place(sheet.file, number, sheet.head[at]), what)] if day else []
        rows = zip(sheet.rows, meant, strict=True)
        sheet = replace(sheet, rows=tuple((*row[:at], day or row[at], *row[at + 1 :]) for row, day in rows))
    return sheet


def _in_full(text: str, near: range) -> str:
    """Return a day with its two-digit year in full; "" if it has none or is unclear. `near` are its possible years."""
    found = _SHORT_YEAR.fullmatch(text)
    if not found:
        return ""
    year, sign, *others = found.groups()
    parts = [year, *(each for each in others if each)]
    clear, orders = int(year) > _LAST_DAY or sign == "年", [parts]
    if not clear and len(parts) > 2 and len(parts[2]) == 2:
        orders += [[parts[2], parts[1], parts[0]], [parts[2], parts[0], parts[1]]]
    whole = [_dated(each) for each in orders]
    possible = {day for day in whole if day and (clear or int(day[:4]) in near)}
    return whole[0] if possible == {whole[0]} and (clear or len(parts) > 2) else ""


def _dated(parts: Sequence[str]) -> str:
    century = 1900 if int(parts[0]) > _LAST_DAY else 2000
    day = "-".join((str(century + int(parts[0])), *(each.zfill(2) for each in parts[1:])))
    return day if period(day) else ""


def with_counts_alone(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of events with bare numbers of countries; regions beside a number, and names, are noted."""
    known = {*called(words, "countries"), *words["numbers_of_countries"], *words["event_countries"]}
    region = "|".join(words["regions_beside"])
    beside = re.compile(words["countries_and_regions"][0].replace("REGIONS", f"(?:{region})"))
    at = next((at for at, head in enumerate(sheet.head) if head.lower().rpartition("/")[2] in known), -1)
    if sheet.table != EVENTS or at < 0:
        return sheet
    rows: list[tuple[str, ...]] = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        count, place = beside.fullmatch(row[at]), Place(sheet.file, number, sheet.head[at])
        named = re.match(r"\D+等", row[at])
        if count:
            fields = {"text": row[at], "number": count[1], "regions": count[2]}
            what = tr("'{text}' is read as {number} countries, beside which are the regions {regions}", **fields)
            notes.append(Problem(place, what))
        elif named:
            what = tr("'{text}' names some countries but not their total number, so it is left blank", text=row[at])
            notes.append(Problem(place, what))
        rows.append((*row[:at], count[1] if count else "" if named else row[at], *row[at + 1 :]))
    return replace(sheet, rows=tuple(rows))


def with_state_of_plan(sheet: Sheet, around: Sheet, words: Words, notes: Problems) -> Sheet:
    """Add to each task that the plan is a draft or out for comment, if the lines around it say so.

    If such a text calls the costs provisional, they are left out with a note.
    """
    texts = [*around.above.values(), *(text_apart(row, words) for row in around.rows)]
    undecided = re.compile("|".join(words["undecided"]), re.IGNORECASE)
    draft = any(map(undecided.search, texts)) and not any(word in text for text in texts for word in words["decided"])
    comment = draft and any(word in text for text in texts for word in words["for_comment"])
    if draft:
        rows = tuple((*row, "consultation" if comment else "draft") for row in sheet.rows)
        sheet = replace(sheet, head=(*sheet.head, "status"), rows=rows)
    bare = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    cost, rough = place_of(bare, called(words, "plan.cost")), re.compile(words["provisional_costs"][0])
    said = next(filter(rough.search, texts), "")
    if cost < 0 or not said or not any(row[cost] for row in sheet.rows):
        return sheet
    what = tr("by a note the costs are provisional, so the brief does not print them: {text}", text=said)
    notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[cost]), what))
    return replace(sheet, rows=tuple((*row[:cost], "", *row[cost + 1 :]) for row in sheet.rows))


def same_city(one: Mapping[str, str], other: Mapping[str, str], first: str) -> bool:
    """Return whether two names of a country mean one city: with 市 and without, or in slightly other letters."""
    bare = [each.get(first, "").removesuffix("市") for each in (one, other)]
    english = sorted(re.sub(r"[\W_]", "", each.get(ENGLISH, "").lower()) for each in (one, other))
    same = one.get("kind") == other.get("kind") and bare[0] == bare[1] != ""
    return same and english[0] != "" and english[1].startswith(english[0])


def tasks_to_come(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a plan without tasks done or dropped, and without those of years before its last; all are noted.

    State and year are separate columns; a blank year is that of the row above.
    """
    at = [place for place, head in enumerate(sheet.head) if head in words["plan_state"]]
    dated, years = place_of(sheet, called(words, "year")), list[str]()
    for row in sheet.rows if dated >= 0 else ():
        year = YEAR.match(row[dated])
        years.append(year[0] if year else years[-1] if years and not row[dated] else "")
    rows = dict(zip(sheet.numbers, sheet.rows, strict=True))
    last = max(years, default="")
    past = {number for number, year in zip(rows, years, strict=False) if year and year < last}
    done = {n for n, row in rows.items() if any(row[place].rstrip("√✓。") in words["plan_done"] for place in at)} - past
    over = tr(
        "tasks of years before {year} are no measures for it, done or not: rows {rows}; add a row for one that goes on",
        year=last,
        rows=tr_list(sorted(past)),
    )
    gone = tr(
        "tasks that are done or dropped are no measures for the year to come: rows {rows}", rows=tr_list(sorted(done))
    )
    notes += [Problem(Place(sheet.file, sheet.heading), what) for left, what in ((past, over), (done, gone)) if left]
    return kept(sheet, (number not in past | done for number in sheet.numbers))


def visits_to_count(sheet: Sheet, words: Words, problems: Problems, notes: Problems) -> Sheet:
    """Leave out the single visits whose words say that they do not count, and note which.

    A visit marked as counted stays; one with a tentative day is a problem.
    """
    day, way = place_of(sheet, words["day"]), place_of(sheet, words["way"])
    several = re.compile("|".join(words["several_places"]), re.IGNORECASE)
    for reason, what in (
        (partial(_of_several_places, way=way, several=several, words=words), OF_SEVERAL),
        (partial(_of_residents, sheet, way=way, words=words), OF_RESIDENTS),
        (partial(_at_home, sheet, way=way, words=words), NOT_ABROAD),
        (partial(_clause, known=re.compile("|".join(words["not_made"]))), NOT_MADE),
        (partial(_clause, known=re.compile("|".join(words["by_video"]))), BY_VIDEO),
    ):
        rows = dict(zip(sheet.numbers, sheet.rows, strict=True))
        counts = {number for number, row in rows.items() if {*clauses(row)} & {*words["counted"]}}
        found = {number: text for number, row in rows.items() if number not in counts and (text := reason(row))}
        if found:
            listed = tr_list(tr("row {row} ({text})", row=number, text=text) for number, text in found.items())
            notes.append(Problem(Place(sheet.file, min(found)), tr(what, rows=listed)))
        sheet = kept(sheet, (number not in found for number in sheet.numbers))
    return _without_tentative(sheet, day, words, problems)


def clauses(row: Iterable[str]) -> list[str]:
    """Return the texts between the commas, full stops and brackets of some cells."""
    return [part.strip() for cell in row for part in _PARTS.split(cell) if part.strip()]


def _clause(row: Sequence[str], known: re.Pattern[str]) -> str:
    """Return the first clause of a row that is exactly one of the known ones; "" if none is."""
    return next(filter(known.fullmatch, clauses(row)), "")


def _of_several_places(row: Sequence[str], way: int, several: re.Pattern[str], words: Words) -> str:
    received = row[way].lower() in (*words["ways.received"], *words["directions.received"])
    return next(filter(several.fullmatch, (*row, *clauses(row))), "") if received else ""


def _of_residents(sheet: Sheet, row: Sequence[str], way: int, words: Words) -> str:
    """Return the words that say the guests live in the country, as a consul does; "" if they came from abroad."""
    resident = re.compile("|".join(words["resident"]), re.IGNORECASE)
    received = row[way].lower() in (*words["ways.received"], *words["directions.received"])
    apart = {SOURCE, *called(words, "note")}
    cells = [cell for head, cell in zip(sheet.head, row, strict=True) if BRACKETS.sub("", head).lower() not in apart]
    return next((_PARTS.split(cell)[0] for cell in cells if resident.match(cell)), "") if received else ""


def _at_home(sheet: Sheet, row: Sequence[str], way: int, words: Words) -> str:
    """Return the words that say a visit was within the country; "" for one abroad or one received."""
    countries = [at for at, head in enumerate(sheet.head) if head.lower() in called(words, "country")]
    own = next((row[at] for at in countries if BRACKETS.sub("", row[at]).lower() in words["at_home"]), "")
    noted = [at for at, head in enumerate(sheet.head) if BRACKETS.sub("", head.lower()) in called(words, "note")]
    remark = next((each for at in noted for each in clauses((row[at],)) if each.lower() in words["at_home"]), "")
    places = "|".join(words["places_at_home"])
    place = re.compile(rf"(?:[赴到去往在](?:{places})|(?:{places})市?(?:[，,、；;（(]|$))")
    plain = [cell for at, cell in enumerate(row) if at not in noted]
    went = next((_PARTS.split(cell)[0] for cell in plain if cell.count("赴") < 2 and place.match(cell)), "")
    went = went or next((cell for cell in row if cell.count("赴") == 1 and re.search(f"赴(?:{places})", cell)), "")
    within = next((each for each in clauses(row) if re.match(words["within_the_country"][0], each)), "")
    received = row[way].lower() in (*words["ways.received"], *words["directions.received"])
    return own or ("" if received else remark or went or within)


def _without_tentative(sheet: Sheet, day: int, words: Mapping[str, Sequence[str]], problems: Problems) -> Sheet:
    """Return a sheet without visits on tentative days; ask about those that are not marked as counted."""
    tentative = re.compile("|".join(words["tentative_visits"]))
    found = {
        number: row[day]
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        if tentative.search(row[day]) and not {*clauses(row)} & {*words["counted"], *words["not_counted"]}
    }
    for number, text in found.items():
        what = tr("the remark of this visit doubts whether it counts: '{value}'", value=text)
        hint = tr("write behind the remark ‘; counted’ or ‘; not counted’")
        problems.append(Problem(Place(sheet.file, number, sheet.head[day]), what, hint))
    return kept(sheet, (number not in found for number in sheet.numbers))


def note_lists_in_part(
    sheets: Mapping[str, Sheet], stated: Collection[str], words: Mapping[str, Sequence[str]], notes: Problems
) -> None:
    """Add to the notes the lists of partners that call themselves incomplete and state no total."""
    in_part = re.compile("|".join(words["partial_lists"]))
    for name in (each for each in PARTNERS if each in sheets and each not in stated and sheets[each].rows):
        sheet, kinds = sheets[name], words[f"noted_totals.{name}"]
        texts = [text for text in sheet.remarks if in_part.search(text) and any(word in text for word in kinds)]
        if texts:
            what = tr(
                "the list has only some and states no total, so the brief prints how many it has: {text}; write below "
                "its rows how many there are in all, with the source and its day",
                text=texts[0],
            )
            notes.append(Problem(Place(sheet.file, min(sheet.numbers)), what))


def days_stated(sheet: Sheet, words: Mapping[str, Sequence[str]]) -> list[Day]:
    """Return the lines above a heading that state the last day of the data, each with that day."""
    if sheet.table.partition(".")[0] not in DATED:
        return []
    found = ((number, *stated) for number, text in sheet.above.items() for stated in stated_until(text, words))
    return [(Place(sheet.file, number), text, day) for number, text, day in found]


def _later_rows(sheet: Sheet, day: date, words: Mapping[str, Sequence[str]]) -> Iterator[Translatable]:
    """Yield the rows of a sheet that are dated after a day."""
    dated = {word for each in DATES for word in words[each]}
    at = [
        place
        for place, head in enumerate(sheet.head)
        if head.lower() in dated and sheet.table.partition(".")[0] in DATED
    ]
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        found = next(filter(None, (_DATED.match(row[place]) for place in at)), None)
        if found and tuple(map(int, found.groups("1"))) > (day.year, day.month, day.day):
            yield tr("{file} row {row} ({text})", file=sheet.file, row=number, text=found[0])


def data_until(
    sheets: Mapping[str, Sheet],
    words: Mapping[str, Sequence[str]],
    edition: date,
    problems: Problems,
    notes: Problems,
    empty: bool = False,
) -> date | None:
    """Return the last day of the data as a delivery states it; None if it states none in the year of the edition.

    Different days, or later rows, are a problem unless a line is about all data. If `empty`, the latest year counts.
    """
    days = [day for sheet in sheets.values() for day in days_stated(sheet, words)]
    # Lists that are updated in the first months of a year are about the year before.
    years = (day.year - (day.month <= PUT_IN_ORDER) for _, _, day in days)
    year = max((edition.year, *years)) if empty else edition.year
    own = [each for each in days if each[2].year == year]
    other = tr_list(text for _, text, day in days if day.year != year)
    what = tr("not in the year of the edition, whose data are up to {day}: {texts}", texts=other, day=edition)
    notes += [Problem(place, what) for place, _, day in days if day.year != year][:1]
    own = [each for each in own if any(word in each[1].lower() for word in words["all_data_until"])] or own
    if not own:
        return None
    place, text, day = max(own, key=lambda each: each[2])
    later = [row for sheet in sheets.values() for row in _later_rows(sheet, day, words)]
    if later or len({each[2] for each in own}) > 1:
        texts = (*(tr("'{text}' in {file}", text=text, file=at.file) for at, text, _ in own), *later)
        what = tr("it is not clear up to which day the data are: {texts}", texts=tr_list(texts))
        last = day.replace(month=12, day=31).isoformat()
        hint = tr("write one line above a table that is about all of them, such as: data as of {day}", day=last)
        problems.append(Problem(place, what, hint))
        return None
    same = tr("'{text}': the brief says that its data are up to {day} (for a month, its last day)", text=text, day=day)
    moved = tr("'{text}': the first edition is that of {year}, its data up to {day}", text=text, year=year, day=day)
    what = same if year == edition.year else moved
    notes += [Problem(place, what)] if day != edition else []
    return day


def of_city_level(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of partners without those of a district or a county, which are noted."""
    at, below = place_of(sheet, words.get("level", ())), tuple(words.get("below", ()))
    if at < 0:
        return sheet
    left = [row[at].startswith(below) for row in sheet.rows]
    rows = [row for gone, row in zip(left, sheet.rows, strict=True) if gone]
    if rows:
        cities = tr_list(f"{city_of(sheet, row, words)}（{row[at]}）" for row in rows)
        what = tr("partners of a district or county are not the city's, and are left out: {names}", names=cities)
        number = next(number for gone, number in zip(left, sheet.numbers, strict=True) if gone)
        notes.append(Problem(Place(sheet.file, number, sheet.head[at]), what))
    return kept(sheet, (not gone for gone in left))
