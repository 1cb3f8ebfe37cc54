"""Lay out sheets of international bodies, city titles, consulates and events, also where one sheet mixes them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.intake.exchanges import filled_kinds
from jianbao.intake.heads import title_called
from jianbao.intake.remarks import NUMBERED
from jianbao.intake.sheets import (
    BRACKETS,
    CONSULATES,
    EVENTS,
    IGNORED,
    MEMBERSHIPS,
    YEAR,
    Setting,
    Words,
    called,
    kept,
    place_of,
)

_CONSULATES = re.compile("领事|领馆|consul", re.IGNORECASE)
ORDINAL = re.compile(r"(?:第\w{1,3}?|首)[届次期]")
_BESIDE = re.compile(rf"[（(][^（）()]*[)）]|{ORDINAL.pattern}|{YEAR.pattern}年?")  # in the name of an event
OWN_EVENT = "own_event"
SHORT_NAME = 3  # characters: a name as short as 博览会 fits any event
_CLAUSE = re.compile(r"\s*[，,；;。]\s*")


def bodies_and_events(
    sheets: Mapping[str, Sheet], words: Words, setting: Setting, problems: Problems, notes: Problems
) -> dict[str, Sheet]:
    """Split a sheet that mixes bodies and events into two: by its column of kinds, or else by the names of its rows.

    A row of another kind stays with the bodies and is left out there; a name that shows no kind is a problem. Events
    are read only if one of them is the city's own.
    """
    whole = next((sheets[each] for each in (MEMBERSHIPS, EVENTS) if each in sheets), None)
    if whole is None or {MEMBERSHIPS, EVENTS} <= sheets.keys():
        return dict(sheets)
    at, kinds = place_of(whole, words["kind"]), _kinds_of(whole, words, setting)
    held, ours = ([kind in words[key] for kind in kinds] for key in ("events_called", "bodies_called"))
    if not any(held) or (whole.table == EVENTS and not any(ours)):
        return dict(sheets)
    _ask_for_kinds(whole, kinds, words, problems)
    if at >= 0:
        cells = tuple((*row[:at], kind, *row[at + 1 :]) for row, kind in zip(whole.rows, kinds, strict=True))
        sheets, whole = {**sheets, whole.table: (filled := replace(whole, rows=cells))}, filled
    events = _part_of(whole, EVENTS, held, words)
    events = replace(events, head=tuple(words[IGNORED][0] if n == at else each for n, each in enumerate(events.head)))
    rest = [bool(kind) and not event for kind, event in zip(kinds, held, strict=True)]
    others = _part_of(whole, MEMBERSHIPS, rest, words)
    others = _with_roles(replace(others, head=tuple(map(_without_counts, others.head))), words, notes)
    if not setting.events:
        named = place_of(whole, words["event_name"])
        what = tr("other events are left out: {names}", names=tr_list(row[max(named, 0)] for row in events.rows))
        notes.append(Problem(Place(whole.file, whole.heading), what))
    parts = {MEMBERSHIPS: others, **({EVENTS: events} if setting.events else {})}
    apart = {name: sheet for name, sheet in sheets.items() if sheet is not whole}
    return apart | {name: sheet for name, sheet in parts.items() if sheet.rows}


def _kinds_of(sheet: Sheet, words: Words, setting: Setting) -> list[str]:
    """Return the kind of each row: from a column of kinds, or else from its name, or else from the row above.

    Without such a column, names decide only if the title of the sheet names both bodies and events.
    """
    at, named = place_of(sheet, words["kind"]), place_of(sheet, words["event_name"])
    title = " ".join((sheet.file, *sheet.above.values()))
    both = all(any(word in title for word in words[key]) for key in ("bodies_called", "events_called"))
    if at < 0 and not (both and named >= 0 and sheet.table == MEMBERSHIPS):
        return [""] * len(sheet.rows)
    filled = filled_kinds(sheet, at) if at >= 0 else [""] * len(sheet.rows)
    by_name = [_kind_by_name(row[named], words, setting) if named >= 0 else "" for row in sheet.rows]
    return [
        kind if at >= 0 and row[at] else name or kind
        for row, kind, name in zip(sheet.rows, filled, by_name, strict=True)
    ]


def _kind_by_name(name: str, words: Words, setting: Setting) -> str:
    """Return the kind by the last word of a name, or that of the city's own event; "" if the name shows no kind."""
    bare = re.sub(rf"^(?:{'|'.join(words['joined'])})", "", BRACKETS.sub("", name)).strip(' ”"」')
    if re.search(rf"(?:{'|'.join(words['body_ends'])})$", bare, re.IGNORECASE):
        return words["bodies_called"][0]
    own = any(event in bare for event in setting.events) or re.search(
        rf"(?:{'|'.join(words['event_ends'])})$", bare, re.IGNORECASE
    )
    return words["events_called"][0] if own else ""


def _ask_for_kinds(sheet: Sheet, kinds: Sequence[str], words: Words, problems: Problems) -> None:
    """Add a problem for each row whose name does not say whether it is a body or an event."""
    at = max(place_of(sheet, words["event_name"]), 0)
    column, names = words["kind"][1], tr_list(words[key][0] for key in ("bodies_called", "events_called"))
    hint = tr("add a column {column} for these rows: {kinds}; another word leaves them out", column=column, kinds=names)
    for number, row, kind in zip(sheet.numbers, sheet.rows, kinds, strict=True):
        what = tr("the name does not say whether this is a body or an event: '{value}'", value=row[at])
        problems += [] if kind else [Problem(Place(sheet.file, number, sheet.head[at]), what, hint)]


def _without_counts(head: str) -> str:
    """Return a heading; one that counts, such as 国际组织(个), is changed so that it names no column of bodies."""
    return f"{head}数" if re.search(r"[（(]个[)）]$", head) else head


def _with_roles(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Add a column of roles, as names or remarks say them (成为会员), to a sheet of bodies that has none."""
    named, noted = place_of(sheet, words["event_name"]), place_of(sheet, called(words, "note"))
    if place_of(sheet, called(words, "role")) >= 0 or named < 0:
        return sheet
    joined, role = (re.compile("|".join(words[key])) for key in ("joined", "roles_said"))
    rows: list[tuple[str, ...]] = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        found = role.search(row[noted]) if noted >= 0 else None
        role_named = found[0] if found else words["member"][0] if joined.match(row[named]) else ""
        name = joined.sub("", row[named], count=1) if role_named and joined.match(row[named]) else row[named]
        rows.append((*row[:named], name, *row[named + 1 :], role_named))
        what = tr("'{name}' has no role in a column, and is read as {role} by what it says", name=name, role=role_named)
        notes += [Problem(Place(sheet.file, number, sheet.head[named]), what)] if role_named else []
    return replace(sheet, head=(*sheet.head, "role"), rows=tuple(rows)) if any(row[-1] for row in rows) else sheet


def _part_of(sheet: Sheet, table: str, chosen: Sequence[bool], words: Words) -> Sheet:
    """Return the chosen rows of a sheet as a table; a column that is blank in all of them is not read."""
    part = kept(replace(sheet, table=table), chosen)
    filled = [any(row[at] for row in part.rows) for at in range(len(sheet.head))]
    names = [
        _countries_in(each, words) if full else words[IGNORED][0] for each, full in zip(sheet.head, filled, strict=True)
    ]
    return replace(part, head=tuple(names))


def _countries_in(head: str, words: Words) -> str:
    """Return the heading of a column of countries without anything else that it counts, such as /单位."""
    plain, stroke, _ = BRACKETS.sub("", head).partition("/")
    ends, with_regions = words["and_regions"]
    known = stroke and plain in called(words, "countries")
    return f"{plain}{ends if with_regions in head else ''}" if known else head


def without_other_kinds(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of bodies without rows of other kinds, such as honours, if a column of kinds separates them.

    A row whose remark or role says that it is no membership is left out, too.
    """
    plain = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    noted, role = (place_of(plain, called(words, each)) for each in ("note", "role"))
    pairs = zip(sheet.numbers, sheet.rows, strict=True)
    left = {number: text for number, row in pairs if (text := _denied(row, noted, role, words))}
    if left:
        rows = tr_list(tr("row {row} ({text})", row=number, text=text) for number, text in left.items())
        what = tr("these rows say that they are no memberships, so they are not used: {rows}", rows=rows)
        notes.append(Problem(Place(sheet.file, sheet.heading), what))
        sheet = kept(sheet, (number not in left for number in sheet.numbers))
    at = place_of(sheet, words["kind"])
    kinds = filled_kinds(sheet, at) if at >= 0 else []
    ours = [kind in words["bodies_called"] for kind in kinds]
    if not any(ours):
        return sheet
    _note_other_kinds(sheet, ["" if mine else kind for mine, kind in zip(ours, kinds, strict=True)], notes)
    head = tuple(words[IGNORED][0] if place == at else head for place, head in enumerate(sheet.head))
    return kept(replace(sheet, head=head), ours)


def _denied(row: Sequence[str], noted: int, role: int, words: Words) -> str:
    """Return the words that say a row is no membership; "" if there are none, or if the row is marked as counted."""
    clauses_of_note = _CLAUSE.split(row[noted]) if noted >= 0 else []
    denied = role >= 0 and re.fullmatch("|".join((*words["no_member"], *words["no_role"])), row[role])
    known = row[role] if denied else next((each for each in clauses_of_note if each in words["no_member"]), "")
    return "" if {*clauses_of_note} & {*words["counted"]} else known


def event_called(words: Words, setting: Setting) -> dict[str, tuple[str, ...]]:
    """Return the possible titles of a sheet about the city's event, and the names of the event itself."""
    own = tuple(filter(None, setting.events))
    return {f"table.{EVENTS}": (*words.get(f"table.{EVENTS}", ()), *own), OWN_EVENT: own}


def names_event(text: str, name: str) -> bool:
    """Return whether a text is the name of an event: written out, or with some of its letters left out."""
    return _spelt_in(name, text) or (len(text) > SHORT_NAME and text[-2:] == name[-2:] and _spelt_in(text, name))


def no_own_event(sheet: Sheet, names: Sequence[str]) -> Problem:
    """Return the problem of a sheet with several events, none of which is clearly the city's own."""
    what = tr(
        "the sheet has {count} events, and none is the city's own: {names}",
        count=len({*names}),
        names=tr_list(dict.fromkeys(names)),
    )
    hint = tr("write above its table the name of the brief's event, as in data/names.csv; or leave the others out")
    return Problem(Place(sheet.file, sheet.heading), what, hint)


def part_of_event(
    pairs: Sequence[tuple[int, tuple[str, ...]]],
    above: Mapping[int, str],
    own: Sequence[str],
    place: Place,
    notes: Problems,
) -> list[tuple[int, tuple[str, ...]]]:
    """Return the rows below the numbered heading of the city's own event, on a sheet with a heading for each event.

    A heading may write the name out: it has every character of the short name, in this order. Rows of other
    events are left out with a note. If no heading, or more than one, names the city's own event, all rows stay.
    """
    alone = {number: row[0] for number, row in pairs if row[0] and not any(row[1:]) and NUMBERED.match(row[0])}
    heads = {number: text for number, text in above.items() if NUMBERED.match(text)} | alone
    mine = [number for number, text in heads.items() if any(_spelt_in(name, text) for name in own)]
    if len(mine) != 1 or len(heads) < 2:
        return [*pairs]
    ends = min((number for number in heads if number > mine[0]), default=pairs[-1][0] + 1)
    others = tr_list(text for number, text in heads.items() if number != mine[0])
    notes.append(Problem(place, tr("other events are left out: {names}", names=others)))
    return [pair for pair in pairs if mine[0] < pair[0] < ends]


def event_name(name: str) -> str:
    """Return the name of an event without its number, its year and anything in brackets."""
    return _BESIDE.sub("", name).strip(' ·-—“”"') or name


def begins_name(brand: str, name: str) -> bool:
    """Return whether the name of an event is written without its end, such as 论坛."""
    return name.startswith(brand) and 2 * len(brand) > len(name)


def _spelt_in(name: str, text: str) -> bool:
    """Return whether a text has every character of a name, in this order."""
    letters = iter(text)
    return bool(name) and all(letter in letters for letter in name)


def bodies_and_consulates(sheets: Mapping[str, Sheet], words: Words, notes: Problems) -> dict[str, Sheet]:
    """Split a sheet that mixes bodies, titles and consulates by its column of kinds.

    A title belongs to the body that granted it. Bodies without a role and other kinds are left out, with a note.
    """
    whole = sheets.get(MEMBERSHIPS) or sheets.get(CONSULATES)
    at = place_of(whole, words["kind"]) if whole else -1
    if whole is None or at < 0 or {MEMBERSHIPS, CONSULATES} <= {*sheets}:
        return dict(sheets)
    if place_of(whole, called(words, "role")) >= 0:
        return {**sheets, **_seats_apart(whole, [bool(_CONSULATES.search(row[at])) for row in whole.rows], words)}
    plain = replace(whole, head=tuple(BRACKETS.sub("", head) for head in whole.head))
    named, granted = place_of(plain, called(words, "organisation")), place_of(plain, words["granted_by"])
    kinds = filled_kinds(whole, at)
    seats = [bool(_CONSULATES.search(kind)) for kind in kinds]
    titles = [
        kind in words["titles_called"] and granted >= 0 and bool(row[granted])
        for kind, row in zip(kinds, whole.rows, strict=True)
    ]
    if not any((*seats, *titles)) or named < 0:
        return dict(sheets)
    head = tuple(words[IGNORED][0] if place in (at, granted) else each for place, each in enumerate(whole.head))
    noted, role_words = place_of(plain, called(words, "note")), re.compile("|".join(words["roles_said"]))
    found = [role_words.search(row[noted]) if noted >= 0 else None for row in whole.rows]
    roles = [words["titles_called"][0] if t else m[0] if m else "" for t, m in zip(titles, found, strict=True)]
    listed = [kind in words["bodies_called"] for kind in kinds]
    own = [title or (body and bool(role)) for title, body, role in zip(titles, listed, roles, strict=True)]
    if not any(own):
        return dict(sheets)
    used = zip(kinds, own, listed, seats, strict=True)
    _note_other_kinds(whole, ["" if any(each) else kind for kind, *each in used], notes)
    rows = [
        (*row[:named], title_called(row[named], row[granted], words), *row[named + 1 :], role)
        if title
        else (*row, role)
        for row, title, role in zip(whole.rows, titles, roles, strict=True)
    ]
    if lacking := [row[named] for row, body, role in zip(whole.rows, listed, roles, strict=True) if body and not role]:
        what = tr("no role of the city is given, so these are no memberships: {names}", names=tr_list(lacking))
        notes.append(Problem(Place(whole.file, whole.heading), what))
    bodies = kept(replace(whole, table=MEMBERSHIPS, head=(*head, "role"), rows=tuple(rows)), own)
    opened = tuple("since" if each.lower() in called(words, "from_date") else each for each in head)
    parts = {**sheets, MEMBERSHIPS: bodies, CONSULATES: kept(replace(whole, table=CONSULATES, head=opened), seats)}
    return {name: sheet for name, sheet in parts.items() if sheet.rows}


def _seats_apart(sheet: Sheet, seats: Sequence[bool], words: Words) -> dict[str, Sheet]:
    """Return a sheet that lists bodies and consulates as two sheets, or as one if it lists only one of them."""
    if sheet.table != MEMBERSHIPS or not any(seats) or all(seats):
        return {}
    opened = tuple("since" if each.lower() in called(words, "from_date") else each for each in sheet.head)
    consulates = kept(replace(sheet, table=CONSULATES, head=opened), seats)
    return {MEMBERSHIPS: kept(sheet, (not each for each in seats)), CONSULATES: consulates}


def _note_other_kinds(sheet: Sheet, kinds: Sequence[str], notes: Problems) -> None:
    """Add to the notes the rows of kinds that are not memberships; the kind "" is used and not noted."""
    for kind in dict.fromkeys(filter(None, kinds)):
        rows = tr_list(number for each, number in zip(kinds, sheet.numbers, strict=True) if each == kind)
        what = tr("'{kind}' is no membership, so its rows are not used: {rows}", kind=kind, rows=rows)
        notes.append(Problem(Place(sheet.file, sheet.heading), what))


def consulates_or_memberships(sheet: Sheet, words: Words) -> str:
    """Return the table of a sheet; a sheet of bodies without roles that lists consulates is one of consulates."""
    bodies = sheet.table == MEMBERSHIPS and place_of(sheet, called(words, "role")) < 0
    return CONSULATES if bodies and lists_consulates(sheet, words) else sheet.table


def lists_consulates(sheet: Sheet, words: Words) -> bool:
    """Return whether a column of names has the name of a consulate."""
    columns = (*called(words, "organisation"), *called(words, "consulates.country"))
    named = [at for at, head in enumerate(sheet.head) if head.lower() in columns]
    return any(_consulate(row[at], words) for row in sheet.rows for at in named)


def _consulate(name: str, words: Words) -> str:
    """Return the country in the name of a consulate; "" for any other name."""
    found = re.fullmatch(rf"(?!总)(.+?)(?:驻.+)?(?:{'|'.join(words['consulate'])}).{{0,12}}", name)
    return re.sub(words["long_names"][0], r"\1", found[1]) if found else ""


def consulates_by_country(sheet: Sheet, words: Words, problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet of consulates by their countries; anything else that it lists is left out and noted.

    If neither the sheet nor its rows say that they are consulates, that is a problem: other bodies have a country too.
    """
    places = [at for at, h in enumerate(sheet.head) if h.lower() in (*called(words, "consulates.country"), "country")]
    if not places:
        return replace(sheet, table=CONSULATES)
    places.sort(key=lambda at: -sum(bool(_consulate(row[at], words)) for row in sheet.rows))  # names before countries
    named, country, kind = places[0], places[-1], place_of(sheet, (*words["kind"], *words["levels"]))
    ours = [bool(_consulate(row[named], words) or (kind >= 0 and _CONSULATES.search(row[kind]))) for row in sheet.rows]
    titled = _CONSULATES.search(" ".join((sheet.file, *sheet.above.values(), *sheet.head)))
    bare = {"", *words["consulate"]} if any(ours) else {row[named] for row in sheet.rows}  # only countries are named
    ours = [mine or (bool(titled) and row[named] in bare) for mine, row in zip(ours, sheet.rows, strict=True)]
    others = [row[named] for row, mine in zip(sheet.rows, ours, strict=True) if not mine]
    if others and any(ours):
        what = tr("these are no consulates and are left out: {names}", names=tr_list(others))
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[named]), what))
    elif others:
        what = tr("nothing says that these are consulates: {names}", names=tr_list(dict.fromkeys(others)))
        hint = tr("if they are, say so in the title, a heading or a column of kinds; if not, take the sheet out")
        problems.append(Problem(Place(sheet.file, sheet.heading, sheet.head[named]), what, hint))
    head = [
        "country" if at == country else words[IGNORED][0] if at == named else text for at, text in enumerate(sheet.head)
    ]
    rows = [(*row[:country], _consulate(row[named], words) or row[country], *row[country + 1 :]) for row in sheet.rows]
    return kept(replace(sheet, table=CONSULATES, head=tuple(head), rows=tuple(rows)), ours)
