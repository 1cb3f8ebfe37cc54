"""Lay out single sheets of a delivery: partners, consulates, a column for each year."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.intake.labels import BARE
from jianbao.intake.parse_cells import kind_named

Words = Mapping[str, Sequence[str]]  # of headings.yml: what columns, tables and kinds of rows may be called
VISITS, TRADE, PEERS = "visits", "trade", "peers"
MEMBERSHIPS, CONSULATES = "memberships", "consulates"
SOURCE, IGNORED = "source", "ignored"
BY_YEAR = (TRADE, VISITS, PEERS)  # tables that may have a column for each year
PARTNERS = ("sister_cities", "exchange_cities")
STATES = ("active", "little", "inactive")  # of the exchange with a partner
WINDOW = 2  # years in which there must be an exchange, that of the edition among them
YEAR = re.compile(r"(?:19|20)\d\d")
_OF_YEAR = re.compile(rf"({YEAR.pattern})(?:年度?)?\s*(?:[（(](.*)[)）])?")
_MONEY = re.compile("元|万|亿")  # in a unit that is written behind numbers
_BRACKETS = re.compile(r"\s*[（(][^（）()]*[)）]")
_LABELLED = re.compile(r"(.+?)\s*[（(]([^（）()]*[元万亿][^（）()]*)[)）]")  # with a unit behind it
_PARTED = re.compile(r"\s*[/／、，,（()）|]\s*")


@dataclass(frozen=True)
class Setting:
    """What the workspace knows that decides how sheets are laid out: the names of its own event, and the newest year.

    `source` is what the column of sources is called.
    """

    source: Sequence[str]
    events: Sequence[str] = ()
    year: int = 0


def called(words: Words, column: str) -> tuple[str, ...]:
    """Return what a column may be called, its id too."""
    return (column, *(word.lower() for word in words.get(f"column.{column}", ())))


def sources_called(words: Words, setting: Setting) -> tuple[str, ...]:
    """Return what the column of sources may be called."""
    return (*called(words, SOURCE), *map(str.lower, setting.source))


def place_of(sheet: Sheet, words: Sequence[str]) -> int:
    """Return the place of the first column that one of these words names, -1 if there is none."""
    return next((at for at, head in enumerate(sheet.head) if head.lower() in words), -1)


def kept(sheet: Sheet, chosen: Iterable[bool]) -> Sheet:
    """Return a sheet with some of its rows."""
    which = [*chosen]
    return replace(sheet, numbers=tuple(compress(sheet.numbers, which)), rows=tuple(compress(sheet.rows, which)))


def with_kinds(sheet: Sheet, sections: Mapping[int, str], words: Words) -> Sheet:
    """Return a sheet of partners with a column of kinds, if the headings between its rows say the kind of each."""
    over = [max((each for each in sections if each < number), default=0) for number in sheet.numbers]
    kinds = [sections.get(each, "") for each in over]
    if sheet.table not in PARTNERS or not all(kind_named(each, words) for each in kinds) or not kinds:
        return sheet
    rows = tuple((*row, kind) for row, kind in zip(sheet.rows, kinds, strict=True))
    return replace(sheet, head=(*sheet.head, words["kind"][0]), rows=rows)


def split_by_kind(sheets: Mapping[str, Sheet], words: Words) -> dict[str, Sheet]:
    """Return the sheets with that of partners split by its column of kinds, unless both kinds have a sheet."""
    found = dict(sheets)
    for name in {*PARTNERS} & sheets.keys():
        sheet, at = sheets[name], place_of(sheets[name], words.get("kind", ()))
        rows = [*zip((kind_named(row[at], words) for row in sheet.rows), sheet.rows, sheet.numbers, strict=True)]
        meant = {kind for kind, _, _ in rows}
        if at < 0 or "" in meant or (meant - {name}) & sheets.keys():
            continue
        head = (*sheet.head[:at], *sheet.head[at + 1 :])
        for kind in meant | {name}:
            own = [((*row[:at], *row[at + 1 :]), number) for each, row, number in rows if each == kind]
            cells, numbers = tuple(row for row, _ in own), tuple(number for _, number in own)
            found[kind] = replace(sheet, table=kind, head=head, rows=cells, numbers=numbers)
    return found


def of_city_level(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of partners without those of a district or a county, which are told."""
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


def with_places(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of partners with the country and the continent apart that stand in one cell: 法国/欧洲.

    A part of a continent, such as South America, is left to be derived from the country.
    """
    plain = replace(sheet, head=tuple(_BRACKETS.sub("", head) for head in sheet.head))
    at, beside = place_of(plain, called(words, "country")), place_of(sheet, called(words, "continent"))
    parts_of = words.get("parts_of_continents", ())
    if beside >= 0:
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

    The day of the last exchange decides where there is one, else what the office says of the exchanges, such as 活跃 or
    停滞; a blank says nothing. Words that are not known stay as they are.
    """
    at, last = (place_of(sheet, words.get(name, ())) for name in ("column.contact", "last_contact"))
    if at < 0 and last < 0:
        return sheet
    known = {word: state for state in STATES for word in words.get(f"contacts.{state}", ())}
    plain = {word for state in STATES for word in words.get(f"contacts.{state}", ())[:PLAIN]}
    years = [YEAR.search(row[last]) if last >= 0 else None for row in sheet.rows]
    said = [row[at].lower() if at >= 0 else "" for row in sheet.rows]
    since = setting.year - WINDOW + 1
    states = [
        ("active" if int(year[0]) >= since else "inactive") if year else known.get(word, word)
        for year, word in zip(years, said, strict=True)
    ]
    told = [*zip(said, years, states, strict=True)]
    _tell_contacts(sheet, (at, last), told, plain=plain, since=since, notes=notes)
    column = at if at >= 0 else len(sheet.head)
    head = (*sheet.head[:column], "contact", *sheet.head[column + 1 :])
    rows = tuple((*row[:column], state, *row[column + 1 :]) for row, state in zip(sheet.rows, states, strict=True))
    return replace(sheet, head=head, rows=rows)


PLAIN = 4  # words of each state, the first of its list, that need no remark
Told = tuple[str, re.Match[str] | None, str]


def _tell_contacts(
    sheet: Sheet, columns: tuple[int, int], rows: Sequence[Told], plain: Iterable[str], since: int, notes: Problems
) -> None:
    """Add to the notes by what the exchanges of partners were judged."""
    at, last = columns
    if any(year for _, year, _ in rows):
        what = tr(
            "'{column}' decides who had an exchange in two years: those with one in {year} or later",
            column=sheet.head[last],
            year=since,
        )
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[last]), what))
    read = {word: state for word, year, state in rows if word and not year and word not in plain and state in STATES}
    meant = {"active": tr("had an exchange"), "little": tr("had little"), "inactive": tr("had none")}
    if read:
        said = tr_list(tr("'{text}' as {meant}", text=word, meant=meant[state]) for word, state in read.items())
        what = tr("words for exchanges are read: {said}", said=said)
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[at]), what))


@dataclass(frozen=True)
class Contacts:
    """Where partners are listed with their exchanges of two years: the place, the titles of the lists, the states."""

    place: Place
    titles: tuple[str, ...]
    states: Mapping[str, int]


def contacts_of(sheets: Iterable[Sheet]) -> Contacts | None:
    """Return what sheets of partners say of exchanges in the last two years; None if they say nothing."""
    found = [(sheet, sheet.head.index("contact")) for sheet in sheets if "contact" in sheet.head]
    if not found:
        return None
    titles = [next(iter(each.above.values()), "") or each.file.partition("[")[2].removesuffix("]") for each, _ in found]
    first = found[0][0]
    return Contacts(
        place=Place(first.file, first.heading, "contact"),
        titles=tuple(dict.fromkeys(titles)),
        states=Counter(row[at] for sheet, at in found for row in sheet.rows),
    )


def with_active(visits: Sheet | None, counted: Contacts, words: Words, setting: Setting, notes: Problems) -> Sheet:
    """Return the sheet of visits with how many partners were active in the newest year, of how many that are judged."""
    file = counted.place.file
    base = visits or Sheet(table=VISITS, file=file, head=("year", "source"), heading=counted.place.line)
    year, dated = str(setting.year), max(place_of(base, called(words, "year")), 0)
    cited = place_of(base, sources_called(words, setting))
    rows = [list(row) for row in base.rows]
    if not any(row[dated].startswith(year) for row in rows):
        rows.append(["" if at != dated else year for at in range(len(base.head))])
    numbers = (*base.numbers, *[counted.place.line] * (len(rows) - len(base.numbers)))
    active, little, inactive = (counted.states.get(state, 0) for state in STATES)
    for row in rows:
        mine = row[dated].startswith(year)
        if mine and cited >= 0:
            row[cited] = ";".join(filter(None, (row[cited], *counted.titles)))
        row += [str(active), str(active + little + inactive)] if mine else ["", ""]
    what = tr(
        "exchanges of partners in two years are counted: {active} had one, {little} had little, {inactive} had none, "
        "{unknown} are not judged",
        active=active,
        little=little,
        inactive=inactive,
        unknown=counted.states.get("", 0),
    )
    notes.append(Problem(counted.place, what))
    return replace(base, head=(*base.head, "active", "judged"), rows=tuple(map(tuple, rows)), numbers=numbers)


def table_of(sheet: Sheet, words: Words) -> str:
    """Return the table of a sheet: that of consulates for one of bodies without roles that lists consulates."""
    listed = any(_consulate(cell, words) for row in sheet.rows for cell in row)
    return (
        CONSULATES
        if sheet.table == MEMBERSHIPS and listed and place_of(sheet, called(words, "role")) < 0
        else sheet.table
    )


def _consulate(name: str, words: Words) -> str:
    """Return the country in the name of a consulate; "" if it is none."""
    found = re.fullmatch(rf"(.+?)(?:驻.+)?(?:{'|'.join(words['consulate'])}).{{0,12}}", name)
    return found[1] if found else ""


def of_countries(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of consulates by their countries, without what else it lists, which is told."""
    at = place_of(sheet, (*called(words, "consulates.country")[1:], "country"))
    if at < 0:
        return replace(sheet, table=CONSULATES)
    countries = [_consulate(row[at], words) for row in sheet.rows]
    if not any(countries):  # the column has the countries themselves
        return replace(sheet, table=CONSULATES)
    others = [row[at] for row, country in zip(sheet.rows, countries, strict=True) if not country]
    if others:
        what = tr("these are no consulates and are left out: {names}", names=tr_list(others))
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[at]), what))
    named = replace(
        sheet,
        table=CONSULATES,
        head=tuple("country" if place == at else head for place, head in enumerate(sheet.head)),
        rows=tuple((*row[:at], country, *row[at + 1 :]) for row, country in zip(sheet.rows, countries, strict=True)),
    )
    return kept(named, map(bool, countries))


def with_years_in_rows(sheet: Sheet, words: Words, setting: Setting, notes: Problems) -> Sheet:
    """Return a sheet that has a column for each year with a row for each: what its rows are called names the columns.

    On a sheet of other cities the rows stay cities, each with one row for a year.
    """
    years = {at: found for at, head in enumerate(sheet.head) if (found := _OF_YEAR.fullmatch(head))}
    dated = place_of(sheet, called(words, "period" if sheet.table == PEERS else "year"))
    if sheet.table not in BY_YEAR or len(years) < 2 or (dated >= 0 and dated not in years):
        return sheet
    said = tr_list(found[1] for found in years.values())
    what = tr("years in columns are read as rows: {years}", years=said)
    notes.append(Problem(Place(sheet.file, sheet.heading), what))
    if sheet.table == PEERS:
        return _cities_by_year(sheet, years, words)
    unit, source = place_of(sheet, called(words, "unit")), place_of(sheet, sources_called(words, setting))
    ignored = {*years, unit, source, *(at for at, head in enumerate(sheet.head) if head.lower() in words[IGNORED])}
    label = next((at for at in range(len(sheet.head)) if at not in ignored), 0)
    named = [_LABELLED.fullmatch(row[label]) for row in sheet.rows]
    units = [row[unit] if unit >= 0 else own[2] if own else "" for row, own in zip(sheet.rows, named, strict=True)]
    labels = [own[1] if own else row[label] for row, own in zip(sheet.rows, named, strict=True)]
    sources = dict.fromkeys(row[source] for row in sheet.rows if source >= 0 and row[source])
    head = ("year", *labels, "note", *(["source"] if sources else []))
    made = [
        (
            found[1],
            *(_with_unit(row[at], own) for row, own in zip(sheet.rows, units, strict=True)),
            found[2] or "",
            *([";".join(sources)] if sources else []),
        )
        for at, found in years.items()
    ]
    rows = tuple(row for row in made if any(row[1 : len(sheet.rows) + 1]))
    return replace(sheet, head=head, rows=rows, numbers=tuple(range(sheet.heading + 1, sheet.heading + 1 + len(rows))))


def _with_unit(cell: str, unit: str) -> str:
    """Return a number with a unit of money or a power of ten behind it that does not have one; else the cell."""
    return f"{cell}{unit}" if _MONEY.search(unit) and BARE.search(cell) else cell


def _cities_by_year(sheet: Sheet, years: Mapping[int, re.Match[str]], words: Words) -> Sheet:
    """Return a sheet of other cities, of one measure that its title names, with a row for each city and year."""
    kept_places = [at for at in range(len(sheet.head)) if at not in years]
    title = " ".join((sheet.file, *sheet.above.values()))
    named = {key: max((len(word) for word in known if word in title), default=0) for key, known in words.items()}
    measure = max((key for key in named if key.startswith("measures.")), key=lambda key: named[key], default="")
    if not measure or not named[measure]:
        return sheet
    name = measure.partition(".")[2]
    rows = tuple(
        (*(row[at] for at in kept_places), found[1], name, row[each], *words.get(f"units.{name}", ()))
        for row in sheet.rows
        for each, found in years.items()
        if row[each]
    )
    head = (*(sheet.head[at] for at in kept_places), "period", "measure", "value", "unit")
    return replace(sheet, head=head, rows=rows, numbers=tuple(range(sheet.heading + 1, sheet.heading + 1 + len(rows))))
