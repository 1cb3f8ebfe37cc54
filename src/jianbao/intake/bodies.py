"""Lay out sheets of international bodies and of events, which may share one, and lists of bodies above a heading."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import compress

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.intake.exchanges import filled_kinds
from jianbao.intake.parse_cells import NUMBERED
from jianbao.intake.sheets import (
    BRACKETS,
    EVENTS,
    IGNORED,
    MEMBERSHIPS,
    Setting,
    Words,
    called,
    kept,
    place_of,
)

_BODY = re.compile(r"\w{1,2}[.．、]\s*([^，,；;（）()]+?)(?:[（(]([A-Za-z0-9]+)[)）])?[，,；;](.+)")
_SINCE = re.compile(r"\s*((?:19|20)\d\d年?(?:\d{1,2}月)?)(?:\w{2})?\s*")


def bodies_and_events(sheets: Mapping[str, Sheet], words: Words, setting: Setting, notes: Problems) -> dict[str, Sheet]:
    """Return the sheets with one of bodies and events as a sheet of each, if a column of kinds parts them.

    A row of another kind stays with the bodies, where it is left out. Events need one that is the city's own.
    """
    whole = next((sheets[each] for each in (MEMBERSHIPS, EVENTS) if each in sheets), None)
    at = place_of(whole, words["kind"]) if whole and not {MEMBERSHIPS, EVENTS} <= sheets.keys() else -1
    if whole is None or at < 0:
        return dict(sheets)
    kinds = filled_kinds(whole, at)
    held, ours = ([kind in words[key] for kind in kinds] for key in ("events_called", "bodies_called"))
    if not any(held) or (whole.table == EVENTS and not any(ours)):
        return dict(sheets)
    events = _part_of(whole, EVENTS, held, words)
    events = replace(events, head=tuple(words[IGNORED][0] if n == at else each for n, each in enumerate(events.head)))
    others = _part_of(whole, MEMBERSHIPS, [not each for each in held], words)
    if not setting.events:
        named = place_of(whole, words["event_name"])
        what = tr("other events are left out: {names}", names=tr_list(row[max(named, 0)] for row in events.rows))
        notes.append(Problem(Place(whole.file, whole.heading), what))
    parts = {MEMBERSHIPS: others, **({EVENTS: events} if setting.events else {})}
    rest = {name: sheet for name, sheet in sheets.items() if sheet is not whole}
    return rest | {name: sheet for name, sheet in parts.items() if sheet.rows}


def _part_of(sheet: Sheet, table: str, chosen: Sequence[bool], words: Words) -> Sheet:
    """Return some rows of a sheet as a table; a column of countries may be of others too, one without cells is none."""
    part = kept(replace(sheet, table=table), chosen)
    filled = [any(row[at] for row in part.rows) for at in range(len(sheet.head))]
    names = [
        _countries_in(each, words) if full else words[IGNORED][0] for each, full in zip(sheet.head, filled, strict=True)
    ]
    return replace(part, head=tuple(names))


def _countries_in(head: str, words: Words) -> str:
    """Return the heading of how many countries took part for one that is of others too, as /单位 says."""
    plain, stroke, _ = BRACKETS.sub("", head).partition("/")
    ends, with_regions = words["and_regions"]
    known = stroke and plain in called(words, "countries")
    return f"{plain}{ends if with_regions in head else ''}" if known else head


def of_bodies(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of bodies without rows of other kinds, such as honours, if a column of kinds parts them."""
    at = place_of(sheet, words["kind"])
    kinds = filled_kinds(sheet, at) if at >= 0 else []
    ours = [kind in words["bodies_called"] for kind in kinds]
    if not any(ours):
        return sheet
    numbers = [(kind, number) for mine, kind, number in zip(ours, kinds, sheet.numbers, strict=True) if not mine]
    for kind in dict.fromkeys(kind for kind, _ in numbers):
        rows = tr_list(number for each, number in numbers if each == kind)
        what = tr("'{kind}' is no membership, so its rows are not used: {rows}", kind=kind, rows=rows)
        notes.append(Problem(Place(sheet.file, sheet.heading), what))
    head = tuple(words[IGNORED][0] if place == at else head for place, head in enumerate(sheet.head))
    return kept(replace(sheet, head=head), ours)


def listed_bodies(lines: Mapping[int, str], titled: Callable[[str], bool]) -> dict[int, str]:
    """Return a numbered list of bodies among lines, with the line before it that is its title; {} if there is none."""
    starts = [number for number, text in lines.items() if titled(text) and not _BODY.fullmatch(text)]
    listed = {number: text for number, text in lines.items() if starts and number > starts[0] and _BODY.fullmatch(text)}
    return {starts[0]: lines[starts[0]], **listed} if listed else {}


def bodies_listed(sheet: Sheet, lines: Mapping[int, str], words: Mapping[str, Sequence[str]], notes: Problems) -> Sheet:
    """Return a list of bodies as a sheet: each line has a name, and behind commas the year of joining and the role."""
    (number, title), *items = lines.items()
    rows: list[tuple[str, ...]] = []
    for body in filter(None, (_BODY.fullmatch(text) for _, text in items)):
        parts = re.split("[，,；;]", body[3])
        since = [day[1] for day in map(_SINCE.fullmatch, parts) if day]
        role = "，".join(part for part in parts if not _SINCE.fullmatch(part))
        rows.append((body[1], body[2] or "", "".join(since[:1]), role))
    what = tr("the list above the heading is read as a table: {names}", names=tr_list(row[0] for row in rows))
    notes.append(Problem(Place(sheet.file, number), what))
    head, numbers = ("organisation", *words["short_name"], "from_date", "role"), tuple(lines)[1:]
    others = {line: text for line, text in sheet.above.items() if line not in lines}  # one may name the source
    lines = {number: title, **others}
    return replace(sheet, head=head, rows=tuple(rows), numbers=numbers, heading=number, above=lines)


def own_event(blocks: Sequence[Sheet], own: Sequence[str], problems: Problems, notes: Problems) -> Sheet:
    """Return the one of several tables of events that has the city's own for a title; if that is unclear, a problem."""
    titles = [[*each.above.values()][-1:] for each in blocks]
    fits = [any(_written_out(name, text) for name in own for text in title) for title in titles]
    mine = [*compress(blocks, fits)]
    chosen = mine[0] if len(mine) == 1 else blocks[0]
    others = [text for each, title in zip(blocks, titles, strict=True) if each is not chosen for text in title]
    if len(mine) == 1:
        what = tr("other events are left out: {names}", names=tr_list(others))
        notes.append(Problem(Place(chosen.file, chosen.heading), what))
    else:
        problems.append(no_own_event(chosen, [text for title in titles for text in title]))
    return chosen


def no_own_event(sheet: Sheet, names: Sequence[str]) -> Problem:
    """Return the problem that none of several events on a sheet is clearly the city's own."""
    what = tr(
        "the sheet has {count} events, and none is the city's own: {names}",
        count=len({*names}),
        names=tr_list(dict.fromkeys(names)),
    )
    hint = tr(
        "write the one that the brief is about on the sheet of names, of the kind 'event'; or leave the others out"
    )
    return Problem(Place(sheet.file, sheet.heading), what, hint)


def part_of_event(
    pairs: Sequence[tuple[int, tuple[str, ...]]],
    above: Mapping[int, str],
    own: Sequence[str],
    place: Place,
    notes: Problems,
) -> list[tuple[int, tuple[str, ...]]]:
    """Return the rows below the numbered heading that names the city's own event, of a sheet with one for each event.

    A heading may write the name out: it has every character of the short name, in this order. Rows of other
    events are left out with a note; where no heading or more than one is the own event's, all rows stay.
    """
    alone = {number: row[0] for number, row in pairs if row[0] and not any(row[1:]) and NUMBERED.match(row[0])}
    heads = {number: text for number, text in above.items() if NUMBERED.match(text)} | alone
    mine = [number for number, text in heads.items() if any(_written_out(name, text) for name in own)]
    if len(mine) != 1 or len(heads) < 2:
        return [*pairs]
    ends = min((number for number in heads if number > mine[0]), default=pairs[-1][0] + 1)
    said = tr_list(text for number, text in heads.items() if number != mine[0])
    notes.append(Problem(place, tr("other events are left out: {names}", names=said)))
    return [pair for pair in pairs if mine[0] < pair[0] < ends]


def _written_out(name: str, text: str) -> bool:
    """Return whether a text has every character of a name, in this order."""
    letters = iter(text)
    return bool(name) and all(letter in letters for letter in name)
