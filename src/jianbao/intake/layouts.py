"""Lay out the sheets of a delivery as the workspace does: kinds of partners, measures in columns, visits, plans."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.intake.parse_cells import kind_named
from jianbao.intake.parse_values import read_due

Words = Mapping[str, Sequence[str]]  # of headings.yml: what columns, tables and kinds of rows may be called
PLAN, SOURCE, TARGETS = "plan", "source", ("counts", "at_least", "gap")
PEERS, VISITS, EVENTS, IGNORED = "peers", "visits", "events", "ignored"
PARTNERS = ("sister_cities", "exchange_cities")
WORDS = (  # that may be in a head
    *(IGNORED, "kind", "day", "way", "beside", "level", "event_name"),
    *("measures.sister_cities", "measures.consulates"),
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_ORDINAL = re.compile(r"第\w{1,3}?[届次期]")
_BESIDE = re.compile(rf"[（(][^（）()]*[)）]|{_ORDINAL.pattern}|{_YEAR.pattern}年?")  # in the name of an event


@dataclass(frozen=True)
class Setting:
    """What the workspace knows that decides how sheets are laid out: the names of its own event, and the newest year.

    `source` is what the column of sources is called.
    """

    source: Sequence[str]
    events: Sequence[str] = ()
    year: int = 0


def lay_out(
    sheets: Mapping[str, Sheet], words: Words, setting: Setting, problems: Problems, notes: Problems
) -> dict[str, Sheet]:
    """Return the sheets of a delivery as the workspace lays them out.

    What was counted or left out is added to `notes`, what cannot be counted to `problems`.
    """
    found = {name: _of_batches(sheet, words) for name, sheet in sheets.items()}
    for name in {*PARTNERS} & found.keys():
        found[name] = of_city_level(found[name], words, notes)
    contacts = _contacts([found[name] for name in PARTNERS if name in found], words)
    found = split_by_kind(found, words)
    if PEERS in found:
        found[PEERS] = with_measures_in_rows(found[PEERS], words)
    if EVENTS in found:
        found[EVENTS] = of_one_event(found[EVENTS], words, setting.events, problems, notes)
    if visits := found.get(VISITS):
        called = (*_called(words, "source"), *map(str.lower, setting.source))
        cited = next((head for head in visits.head if head.lower() in called), "")
        found[VISITS] = count_by_year(visits, words, cited, problems)
        if found[VISITS] is not visits:
            years = [row[0] for row in found[VISITS].rows]
            what = tr(
                "{count} single visits are counted by year: {years}", count=len(visits.rows), years=tr_list(years)
            )
            notes.append(Problem(Place(visits.file, visits.heading), what))
    if contacts and not (VISITS in found and _place(found[VISITS], _called(words, "active")) >= 0):
        found[VISITS] = with_active(found.get(VISITS), contacts, words, setting, notes)
    return found


def of_plan(
    sheet: Sheet, words: Words, setting: Setting, choices: Mapping[str, Sequence[str]], notes: Problems
) -> Sheet:
    """Return the sheet of a plan, its columns called by their ids, with dates for words, and targets that goals name.

    The year is that in the title of the sheet or of its source; `choices` are those of the columns for targets.
    """
    said = (*sheet.above.values(), *(row.get(f"{SOURCE}.title", "") for _, row in rows_in(sheet)))
    year = next((int(found[0]) for found in map(_YEAR.search, said) if found), setting.year + 1)
    rows: list[dict[str, str]] = []
    for number, cells in rows_in(sheet):
        row = {**dict.fromkeys(TARGETS, ""), **cells}
        if (due := read_due(row.get("due", ""), year, words)) and due != row["due"]:
            what = tr("'{text}' is read as {meant}", text=row["due"], meant=due)
            notes.append(Problem(Place(sheet.file, number, "due"), what))
            row["due"] = due
        goal = next((text for name, text in row.items() if name.startswith("goal") and text), "")
        taken = {each["counts"] for each in rows}
        aim = {} if row["counts"] or row["at_least"] else _target(goal, " ".join(row.values()), words, setting)
        if aim and aim["counts"] in {*choices["counts"]} - taken:
            row |= {
                name: aim[name] for name in TARGETS if name != "gap" or (aim[name] in choices[name] and not row[name])
            }
            what = tr("'{text}' is taken as a target: {number}", text=goal, number=aim["at_least"])
            notes.append(Problem(Place(sheet.file, number, "counts"), what))
        rows.append(row)
    head = (*sheet.head, *(name for name in TARGETS if name not in sheet.head))
    return replace(sheet, head=head, rows=tuple(tuple(row[name] for name in head) for row in rows))


def _target(goal: str, row: str, words: Words, setting: Setting) -> dict[str, str]:
    """Return the indicator of a goal that names one and the number to be reached, and the gap that it answers."""
    clause = re.sub("|".join(words["beside_goals"]), "", goal)
    for key, phrases in words.items():
        name = key.removeprefix("goals.")
        reached = rf"(?:{'|'.join(phrases)})[^，,；;。]{{0,4}}?(?:{'|'.join(words['reaches'])})(\d+(?:\.\d+)?[万亿]?)"
        of_own = not name.startswith("event_") or any(event in row for event in setting.events)
        if name != key and of_own and (found := re.search(reached, clause)):
            return {"counts": name, "at_least": found[1], "gap": next(iter(words.get(f"answers.{name}", ())), "")}
    return {}


def provided(table: str, head: Sequence[str], words: Words) -> set[str]:
    """Return the columns of a table that laying it out makes of others in a head."""
    held = {each.lower() for each in head}
    measures = [known for key, known in words.items() if key.startswith("measures.")]
    if table == PEERS and any(held & {*known} for known in measures):
        return {"measure", "value", "unit"}
    if table == VISITS and all(held & {*words.get(each, ())} for each in ("day", "way")):
        return {"year", "received"}
    return {"edition"} if table == EVENTS and held & {*words.get("event_name", ())} else set()


def _of_batches(sheet: Sheet, words: Words) -> Sheet:
    """Return a sheet of a heading in two rows, with the columns of batches named by their groups alone."""
    batches = words.get("batches", ())
    parts = [head.partition("/") for head in sheet.head]
    return replace(sheet, head=tuple(a if b and c in batches else f"{a}{b}{c}" for a, b, c in parts))


def _kept(sheet: Sheet, kept: Iterable[bool]) -> Sheet:
    """Return a sheet with some of its rows."""
    chosen = [*kept]
    return replace(sheet, numbers=tuple(compress(sheet.numbers, chosen)), rows=tuple(compress(sheet.rows, chosen)))


def of_city_level(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of partners without those of a district or a county, which are told."""
    at, below = _place(sheet, words.get("level", ())), tuple(words.get("below", ()))
    if at < 0:
        return sheet
    named = max(_place(sheet, words.get("column.city", ())), 0)
    left = [row[at].startswith(below) for row in sheet.rows]
    rows = [row for gone, row in zip(left, sheet.rows, strict=True) if gone]
    if rows:
        said = tr_list(f"{row[named]}（{row[at]}）" for row in rows)
        what = tr("partners of a district or county are not the city's, and are left out: {names}", names=said)
        number = next(number for gone, number in zip(left, sheet.numbers, strict=True) if gone)
        notes.append(Problem(Place(sheet.file, number, sheet.head[at]), what))
    return _kept(sheet, (not gone for gone in left))


@dataclass(frozen=True)
class _Contacts:
    """Where partners are listed with their exchanges of two years: the place, the titles of the lists, the states."""

    place: Place
    titles: tuple[str, ...]
    states: Mapping[str, int]


def _contacts(sheets: Iterable[Sheet], words: Words) -> _Contacts | None:
    """Return what sheets of partners say of exchanges in the last two years; None if they say nothing."""
    found = [(sheet, at) for sheet in sheets if (at := _place(sheet, words.get("column.contact", ()))) >= 0]
    if not found:
        return None
    states = {word: key for key in ("active", "inactive") for word in words.get(f"contacts.{key}", ())}
    titles = [next(iter(each.above.values()), "") or each.file.partition("[")[2].removesuffix("]") for each, _ in found]
    first, column = found[0]
    return _Contacts(
        place=Place(first.file, first.heading, first.head[column]),
        titles=tuple(dict.fromkeys(titles)),
        states=Counter(states.get(row[at], "") for sheet, at in found for row in sheet.rows),
    )


def with_active(visits: Sheet | None, counted: _Contacts, words: Words, setting: Setting, notes: Problems) -> Sheet:
    """Return the sheet of visits with the number of active partners in the newest year, from the lists of partners."""
    file = counted.place.file
    base = visits or Sheet(table=VISITS, file=file, head=("year", "source"), heading=counted.place.line)
    year, dated = str(setting.year), max(_place(base, _called(words, "year")), 0)
    cited = _place(base, (*_called(words, "source"), *map(str.lower, setting.source)))
    rows = [list(row) for row in base.rows]
    if not any(row[dated].startswith(year) for row in rows):
        rows.append(["" if at != dated else year for at in range(len(base.head))])
    numbers = (*base.numbers, *[counted.place.line] * (len(rows) - len(base.numbers)))
    for row in rows:
        mine = row[dated].startswith(year)
        if mine and cited >= 0:
            row[cited] = ";".join(filter(None, (row[cited], *counted.titles)))
        row.append(str(counted.states.get("active", 0)) if mine else "")
    active, inactive, unknown = (counted.states.get(key, 0) for key in ("active", "inactive", ""))
    what = tr(
        "exchanges of partners in two years are counted: {active} had one, {inactive} had none, {unknown} are blank",
        active=active,
        inactive=inactive,
        unknown=unknown,
    )
    notes.append(Problem(counted.place, what))
    return replace(base, head=(*base.head, "active"), rows=tuple(map(tuple, rows)), numbers=numbers)


def of_one_event(sheet: Sheet, words: Words, own: Sequence[str], problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet of events with the editions of the city's own one, numbered by their names.

    Those of other events are left out and told. If it is not clear which event is the city's own, that is a problem.
    """
    at, numbered = (
        _place(sheet, words.get("event_name", ())),
        _place(sheet, _called(words, "edition")),
    )
    if at < 0:
        return sheet
    brands = [_brand(row[at]) for row in sheet.rows]
    mine = [any(name in row[at] for name in own) for row in sheet.rows]
    if not any(mine) and len({*brands}) == 1:
        mine = [True] * len(brands)
    if not any(mine) and numbered < 0:
        what = tr(
            "the sheet has {count} events, and none is the city's own: {names}",
            count=len({*brands}),
            names=tr_list(dict.fromkeys(brands)),
        )
        hint = tr(
            "write the one that the brief is about on the sheet of names, of the kind 'event'; or leave the others out"
        )
        problems.append(Problem(Place(sheet.file, sheet.heading), what, hint))
        return _kept(sheet, mine)
    if not any(mine):
        return sheet
    others = Counter(brand for brand, keep in zip(brands, mine, strict=True) if not keep)
    if others:
        said = tr_list(f"{name}（{count}）" if count > 1 else name for name, count in others.items())
        notes.append(Problem(Place(sheet.file, sheet.heading), tr("other events are left out: {names}", names=said)))
    kept = _kept(sheet, mine)
    if numbered >= 0:
        return kept
    if not all(_ORDINAL.search(row[at]) for row in kept.rows):
        what = tr("the editions have no numbers, and are called by their years")
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[at]), what))
    return _numbered(kept, at, words)


def _brand(name: str) -> str:
    """Return the name of an event without its number, its year and what stands in brackets."""
    return _BESIDE.sub("", name).strip(' ·-—“”"') or name


def _numbered(sheet: Sheet, at: int, words: Words) -> Sheet:
    """Return a sheet of one event with a column of numbers for that of names: the years of all if one has no number."""
    dates = [place for place, head in enumerate(sheet.head) if head.lower() in words.get("column.held_on", ())]
    found = [_ORDINAL.search(row[at]) for row in sheet.rows]
    years = [_YEAR.search(" ".join((*(row[place] for place in dates), row[at]))) for row in sheet.rows]
    chosen = found if all(found) else years
    rows = tuple(
        (*row[:at], each[0] if each else row[at], *row[at + 1 :]) for row, each in zip(sheet.rows, chosen, strict=True)
    )
    return replace(sheet, head=(*sheet.head[:at], "edition", *sheet.head[at + 1 :]), rows=rows)


def _called(words: Words, column: str) -> tuple[str, ...]:
    """Return what a column may be called, its id too."""
    return (column, *(word.lower() for word in words.get(f"column.{column}", ())))


def _place(sheet: Sheet, words: Sequence[str]) -> int:
    """Return the place of the first column that one of these words names, -1 if there is none."""
    return next((at for at, head in enumerate(sheet.head) if head.lower() in words), -1)


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
        sheet, at = sheets[name], _place(sheets[name], words.get("kind", ()))
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
