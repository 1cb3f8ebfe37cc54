"""Check the rows of an office's lists: their sums, the years of headings, and places of visits that are partners."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.data.name_matching import plain_name
from jianbao.data.xlsx_reader import FORMULA
from jianbao.intake.heads import with_names_apart
from jianbao.intake.own_lists import clauses, with_counts_alone, with_full_years
from jianbao.intake.remarks import UNVERIFIED, doubt_in, text_apart
from jianbao.intake.sheets import (
    BRACKETS,
    IGNORED,
    PARTNERS,
    SOURCE,
    VISITS,
    YEAR,
    Words,
    called,
    city_of,
    place_of,
    with_whole_headings,
)
from jianbao.intake.years_in_columns import with_counts_by_period

Met = Mapping[str, frozenset[int]]  # the years of visits, by the place without the ending of city names
STATES_TOTAL = tr_later("the note states a total: {text}")
LONG, SHORT = 60, 12  # characters of a note that are quoted; of its beginning, which shows its subject
NEAR = 0.5  # a misspelt name is more similar to the right one than this
_YEAR_ALONE = re.compile(r"((?:19|20)\d\d)\s*年?度?")
_MONTH = re.compile(r"(?!(?:19|20)\d\d)\d{1,2}\s*([月./-])")
_PLACES = re.compile("[、；;](?![^（(]*[)）])")
_INSIDE = re.compile(r"[（(]([^（）()]+)[)）]")

_PLAIN_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def with_sums_checked(sheet: Sheet, words: Words, problems: Problems) -> Sheet:
    """Ask about each sum that differs from the sum of the rows above it.

    Repeated rows may count once. Columns whose numbers cannot be added, such as shares, are not checked.
    """
    rows = dict(zip(sheet.numbers, sheet.rows, strict=True))
    sums = {number: row for number, row in rows.items() if "".join(row[0].split()).lower() in words["added_up"]}
    begun = 0
    for number, row in sums.items():
        parts = {since: [rows[n] for n in rows if since < n < number and n not in sums] for since in (begun, 0)}
        counted = [at for at, head in enumerate(sheet.head) if not re.search(words["not_added_up"][0], head)]
        wrong = [text for at in counted if (text := _differing(sheet.head[at], at, row[at], [*parts.values()]))]
        if wrong:
            what = tr("the sum is not that of its rows: {said}", said=tr_list(wrong))
            hint = tr("correct the sum or the row; where the rows are not all there are, take the number out")
            problems.append(Problem(Place(sheet.file, number), what, hint))
        begun = number
    return sheet


def _differing(head: str, at: int, text: str, parts: Sequence[Sequence[Sequence[str]]]) -> str:
    """Return how a number differs from the sums of parts of a sheet; "" if it equals one, or if there is none."""
    found: list[float] = []
    for rows in parts:
        cells = [row[at] for row in rows if row[at]]
        once = [row[at] for row in {row[1:]: row for row in rows}.values() if row[at]]
        if len(cells) < 2 or not all(map(_PLAIN_NUMBER.fullmatch, (*cells, text))):
            return ""
        found += [sum(float(cell.replace(",", "")) for cell in each) for each in (cells, once)]
    number = float(text.replace(",", "")) if found else 0.0
    if not found or any(abs(number - each) < 0.05 * len(parts[-1]) for each in found):  # of rounded numbers
        return ""
    fields = {"column": head, "value": text, "total": f"{found[0]:.10g}", "difference": f"{number - found[0]:+.10g}"}
    return tr("{column} {value}, its rows {total} ({difference})", **fields)


def pass_over_formulas(sheets: Iterable[Sheet], words: Words, problems: Problems) -> None:
    """Remove the problems of formulas whose cells are not used: outside the rows, in a sum, or in a row number."""
    rows: dict[str, set[int]] = {}
    for sheet in sheets:
        cells = zip(sheet.numbers, sheet.rows, strict=True)
        own = (number for number, row in cells if not any(row) or not text_apart(row, words))
        rows.setdefault(sheet.file, set()).update((*own, sheet.heading - 1, sheet.heading))
    for problem in [each for each in problems if each.what.msgid == FORMULA]:
        at = problem.where
        if at.line not in rows.get(at.file, {at.line}) or at.column.lower() in words["ignored"]:
            problems.remove(problem)


def completed(sheets: Mapping[str, Sheet], words: Words, problems: Problems, notes: Problems) -> dict[str, Sheet]:
    """Check the sums of sheets, and complete their cells from the headings and rows above them."""
    pass_over_formulas(sheets.values(), words, problems)
    checked = {name: with_sums_checked(sheet, words, problems) for name, sheet in sheets.items()}
    headed = {name: with_whole_headings(sheet, words, notes) for name, sheet in checked.items()}
    named = {name: with_names_apart(sheet, words, notes) for name, sheet in headed.items()}
    dated = {name: with_full_years(sheet, words, notes) for name, sheet in named.items()}
    counted = {name: with_counts_alone(sheet, words, notes) for name, sheet in dated.items()}
    days = {name: with_headed_years(sheet, words, notes) for name, sheet in counted.items()}
    return with_counts_by_period(days, words, problems, notes)


def with_headed_years(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of single visits or partners with the year of the heading above put before their days; note it.

    Such a heading is a row with nothing but a year.
    """
    at = place_of(sheet, (*words["day"], *called(words, "signed_on")))
    headings = [_YEAR_ALONE.fullmatch("".join(row)) for row in sheet.rows]
    if sheet.table.partition(".")[0] not in (*PARTNERS, VISITS) or at < 0 or not any(headings):
        return sheet
    year, rows, dated = "", dict[int, tuple[str, ...]](), dict[int, str]()
    for number, row, heading in zip(sheet.numbers, sheet.rows, headings, strict=True):
        year = heading[1] if heading else year
        if year and (month := _MONTH.match(row[at])):
            dated[number] = year
            row = (*row[:at], f"{year}{'年' if month[1] == '月' else month[1]}{row[at]}", *row[at + 1 :])
        rows |= {} if heading else {number: row}
    if not dated:
        return sheet
    what = tr(
        "days without a year have that of the heading above them, {years}: rows {rows}",
        years=tr_list(dict.fromkeys(dated.values())),
        rows=tr_list(dated),
    )
    notes.append(Problem(Place(sheet.file, min(dated), sheet.head[at]), what))
    return replace(sheet, rows=tuple(rows.values()), numbers=tuple(rows))


def places_met(sheets: Mapping[str, Sheet], words: Words) -> Met:
    """Return the years of the single visits that a delivery lists, by place without its ending.

    Visits that did not take place, or that the office marks as not counted, are left out.
    """
    found: dict[str, set[int]] = {}
    not_made = re.compile("|".join((*map(re.escape, words["not_counted"]), *words["not_made"])))
    for name, sheet in sheets.items():
        day, place = place_of(sheet, words["day"]), place_of(sheet, words["visited"])
        listed = name.partition(".")[0] == VISITS and min(day, place) >= 0
        made = (row for row in sheet.rows if not any(map(not_made.fullmatch, clauses(row))))
        for row in made if listed else ():
            year = YEAR.search(row[day])
            for text in _PLACES.split(row[place]) if year else ():
                found.setdefault(_plain(text, words), set()).add(int(year[0]) if year else 0)
    return {name: frozenset(years) for name, years in found.items() if name}


def _plain(text: str, words: Words) -> str:
    """Return the name of a city without a remark in brackets and without the usual ending of such names."""
    bare = re.sub("等.*", "", BRACKETS.sub("", text)).strip()
    end = next((each for each in words["city_ends"] if bare.endswith(each) and len(bare) > len(each) + 1), "")
    return plain_name(bare.removesuffix(end))


def visits_of(sheet: Sheet, words: Words, met: Met, since: int) -> list[list[int]]:
    """Return the years from `since` on in which each partner of a sheet was met; a place may begin with its country."""
    country = place_of(sheet, called(words, "country"))
    found: list[list[int]] = []
    for row in sheet.rows:
        bare = _plain(city_of(sheet, row, words), words)
        names = {bare, f"{plain_name(BRACKETS.sub('', row[country]))}{bare}"} if country >= 0 else {bare}
        found.append(sorted({year for name in names if bare for year in met.get(name, ()) if year >= since}))
    return found


@dataclass(frozen=True)
class _Partner:
    """A partner of a list: its name as it is written, its bare name, and its country."""

    name: str
    bare: str
    country: str


def _partners(sheets: Mapping[str, Sheet], words: Words) -> Iterator[_Partner]:
    for sheet in (sheets[name] for name in PARTNERS if name in sheets):
        country = place_of(sheet, called(words, "country"))
        for row in sheet.rows:
            name = city_of(sheet, row, words)
            abroad = BRACKETS.sub("", row[country]) if country >= 0 else ""
            yield _Partner(name, _plain(name, words), abroad)


def with_partners_named(
    sheets: Mapping[str, Sheet], words: Words, problems: Problems, notes: Problems
) -> dict[str, Sheet]:
    """Return the sheets with places of single visits named as in the lists of partners, if it is clear which is meant.

    Names close to a partner's are asked about, all of a sheet at once; other places that are no partners are noted.
    """
    partners, found = [*_partners(sheets, words)], dict(sheets)
    for key, sheet in sheets.items():
        if key.partition(".")[0] == VISITS:
            found[key] = sheet = _with_partners_in_texts(sheet, partners, words, notes)
        at = place_of(sheet, words["visited"])
        if key.partition(".")[0] == VISITS and partners and min(at, place_of(sheet, words["day"])) >= 0:
            found[key] = _with_places(sheet, at, partners, words=words, problems=problems, notes=notes)
    return found


def _with_partners_in_texts(sheet: Sheet, partners: Sequence[_Partner], words: Words, notes: Problems) -> Sheet:
    """Add the partners that its texts name to a sheet of single visits without a column of places.

    They are noted, to be checked.
    """
    known = {*words["day"], *words["way"], *words[IGNORED], *called(words, "note"), *called(words, "country"), SOURCE}
    texts = [at for at, head in enumerate(sheet.head) if BRACKETS.sub("", head.lower()) not in known]
    if place_of(sheet, words["visited"]) >= 0 or place_of(sheet, words["day"]) < 0:
        return sheet
    larger = "".join(words["larger_places"])
    found = {each.name: re.compile(rf"{re.escape(each.bare)}(?![{larger}])") for each in partners if len(each.bare) > 1}
    named = {
        number: "、".join(name for name, own in found.items() if any(own.search(row[at]) for at in texts))
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
    }
    if not any(named.values()):
        return sheet
    listed = tr_list(tr("row {row} ({text})", row=number, text=text) for number, text in named.items() if text)
    what = tr(
        "the visits have no column '{column}', so their partners are those that the texts name, to be checked: {rows}",
        column=words["visited"][0],
        rows=listed,
    )
    notes.append(Problem(Place(sheet.file, sheet.heading), what))
    rows = tuple((*row, named[number]) for number, row in zip(sheet.numbers, sheet.rows, strict=True))
    return replace(sheet, head=(*sheet.head, words["visited"][0]), rows=rows)


def _with_places(
    sheet: Sheet, at: int, partners: Sequence[_Partner], *, words: Words, problems: Problems, notes: Problems
) -> Sheet:
    noted = [place for place, head in enumerate(sheet.head) if BRACKETS.sub("", head.lower()) in called(words, "note")]
    abroad, known = (
        place_of(sheet, called(words, "country")),
        {f"{before}{each.bare}": each.name for each in partners for before in ("", plain_name(each.country))},
    )
    read, near, others = dict[int, str](), dict[int, tuple[str, str]](), dict[int, str]()
    rows: list[tuple[str, ...]] = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        remark, country = "；".join(row[place] for place in noted), row[abroad] if abroad >= 0 else ""
        parts = [each for each in _PLACES.split(row[at]) if _plain(each, words)]
        for place, text in enumerate(parts):
            meant = _meant(text, remark, known, words)
            if meant is None and any(word in remark for word in words["no_partner"]):
                continue
            if meant is None and (close := _nearest(text, country, partners, words)):
                near |= {number: (text, close)}
            elif meant is None:
                others[number] = "、".join(filter(None, (others.get(number, ""), text)))
            elif meant:
                parts[place] = meant
                read[number] = meant
        rows.append((*row[:at], "、".join(parts) if number in read else row[at], *row[at + 1 :]))
    _note_places(sheet, at, read, near, others, words=words, problems=problems, notes=notes)
    return replace(sheet, rows=tuple(rows))


def _meant(text: str, remark: str, known: Mapping[str, str], words: Words) -> str | None:
    """Return the partner named in brackets or a remark (即…); "" if the text is a partner itself, None if neither."""
    if _plain(text, words) in known:
        return ""
    behind = re.findall(r"即(?:为|是)?[“\"]?([\u4e00-\u9fff·]{2,15})", remark)
    names = (_plain(each, words) for each in (*_INSIDE.findall(text), *behind))
    return next((known[each] for each in names if each in known), None)


def _nearest(text: str, country: str, partners: Collection[_Partner], words: Words) -> str:
    """Return the partner of the same country whose name is most similar to a place; "" if none is similar."""
    bare = _plain(text, words)
    there = [each for each in partners if not (country and each.country) or each.country in country]
    alike = {each.name: SequenceMatcher(None, bare, each.bare).ratio() for each in there}
    best = max(alike, key=lambda name: alike[name], default="")
    return best if best and alike[best] > NEAR else ""


def _note_places(
    sheet: Sheet,
    at: int,
    read: Mapping[int, str],
    near: Mapping[int, tuple[str, str]],
    others: Mapping[int, str],
    *,
    words: Words,
    problems: Problems,
    notes: Problems,
) -> None:
    """Note which places are read as which partners, and which are no partners; ask about those that are similar."""
    column, rows = sheet.head[at], dict(zip(sheet.numbers, (row[at] for row in sheet.rows), strict=True))
    if read:
        listed = tr_list(tr("row {row} ({text})", row=n, text=f"{rows[n]}：{name}") for n, name in read.items())
        what = tr("these places say themselves which partner of the lists they are: {rows}", rows=listed)
        notes.append(Problem(Place(sheet.file, min(read), column), what))
    if others:
        listed = tr_list(tr("row {row} ({text})", row=number, text=text) for number, text in others.items())
        what = tr("places that are no partners of the lists: {rows}", rows=listed)
        notes.append(Problem(Place(sheet.file, min(others), column), what))
    if near:
        listed = tr_list(tr("row {row} ({text})", row=n, text=f"{own} → {name}") for n, (own, name) in near.items())
        what = tr("these places are spelt almost like partners of the lists: {rows}", rows=listed)
        hint = tr(
            "if it is the same city, write the name behind the arrow; if not, write behind the remark ‘; {word}’",
            word=words["no_partner"][0],
        )
        problems.append(Problem(Place(sheet.file, min(near), column), what, hint))


def ask_for_repeated_visits(sheets: Sequence[Sheet], words: Words, problems: Problems) -> None:
    """Ask about single visits that an earlier sheet lists, too: with the same day, way and place."""
    before: dict[tuple[str, ...], Place] = {}
    answers = {*words["counted"], *words["not_counted"]}
    for sheet in sheets if len(sheets) > 1 else ():
        at = [place_of(sheet, words[each]) for each in ("day", "way", "visited")]
        for number, row in zip(sheet.numbers, sheet.rows, strict=True) if min(at) >= 0 else ():
            day, way, where = (row[each] for each in at)
            place, key = (
                Place(sheet.file, number, sheet.head[at[0]]),
                ("-".join(re.findall(r"\d+", day)), way[:1], where),
            )
            other = before.setdefault(key, place)
            if other.file == sheet.file or not (where and "-" in key[0]) or {*clauses(row)} & answers:
                continue
            what = tr("this visit may be that of {file} row {row}: {text}", file=other.file, row=other.line, text=where)
            hint = tr("if it is, write ‘; not counted’ in any cell of this row; if not, ‘; counted’")
            problems.append(Problem(place, what, hint))


def note_unread(apart: Mapping[int, str], sheet: Sheet, words: Words, notes: Problems) -> None:
    """Add to the notes the lines below the rows that have numbers, if nothing is read from them."""
    read = {each.where for each in notes if each.what.msgid == STATES_TOTAL}
    others = re.compile("|".join(map(re.escape, (*words["sums"], *words["cited"]))))
    left = (text for number, text in apart.items() if Place(sheet.file, number) not in read)
    texts = [text for text in left if re.search(r"\d{2}", text) and not others.search(text[:SHORT])]
    shown = tr_list(text if len(text) < LONG else f"{text[:LONG]}…" for text in texts)
    title, *columns = words["yearly_visits"]
    what = tr("notes below the rows that are not read: {texts}; to print one, put it in a row", texts=shown)
    if sheet.table.partition(".")[0] == VISITS:
        own = {"texts": shown, "title": title, "columns": tr_list(columns)}
        what = tr(
            "notes below the visits that are not read: {texts}; for a year, add a sheet {title}: {columns}", **own
        )
    notes += [Problem(Place(sheet.file, min(apart)), what)] if texts else []


def waits_for_answer(row: Sequence[str], text: str, words: Words) -> bool:
    """Return whether a row does not count, or a text in it is a doubt such as 待核, about which the user is asked."""
    return UNVERIFIED in row or bool(doubt_in(text, words) and not {*clauses(row)} & {*words["counted"]})
