"""Find faults of names that would cause errors elsewhere: duplicate ids, wrong kinds, renamed rows delivered again."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Protocol, TypeVar

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, corrected_typo
from jianbao.core.messages import tr, tr_list
from jianbao.data.column_checks import report_repeats, split_cell
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.name_matching import plain_name
from jianbao.data.schemas import NAMES, Schema

ID, KIND = "id", "kind"
HOME = "home"  # the key of the names of the city among the words of an intake
PLAN, NUMBER = "plan", "number"  # a table, and its key
MUCH_LIKE = 0.75  # the least similarity of a task's titles before and after rewording


@dataclass(frozen=True, kw_only=True)
class _Use:
    """A cell that names something, and the kinds of names that its column takes."""

    place: Place
    kinds: tuple[str, ...]


def with_corrected_names(
    sheets: Mapping[str, Sheet], schemas: Mapping[str, Schema], problems: Problems
) -> Mapping[str, Sheet]:
    """Return the sheets with a corrected name table, and add a problem for each row that was wrong.

    All other tables are checked against it, so one wrong row is one problem and not one for each use of the name.
    """
    names = sheets.get(NAMES)
    if names is None or not {ID, KIND} <= set(names.head):
        return sheets
    at, kind = names.head.index(ID), names.head.index(KIND)
    uses = _uses(sheets, schemas)
    rows = dict(zip(names.numbers, names.rows, strict=True))
    unclear = set()
    for number, meant, problem in _doubled(names, schemas[NAMES], uses):
        problems.append(problem)
        if meant:
            rows[number] = tuple(meant if place == at else cell for place, cell in enumerate(rows[number]))
        else:
            unclear.add(rows[number][at])
    kinds = dict.fromkeys(
        each for schema in schemas.values() for column in schema.columns.values() for each in column.of
    )
    misspelt = {
        each: corrected_typo(each, sorted(kinds)) for each in {row[kind] for row in rows.values()} - kinds.keys()
    }
    for number, row in rows.items():
        found = row[at] not in unclear and _of_another_kind(row[at], row[kind], Place(names.file, number, KIND), uses)
        found = found or _misspelt_kind(row[at], row[kind], Place(names.file, number, KIND), misspelt)
        if found:
            problems.append(found[1])
            rows[number] = tuple(found[0] if place == kind else cell for place, cell in enumerate(row))
    return {**sheets, NAMES: replace(names, rows=tuple(rows.values()))}


def _uses(sheets: Mapping[str, Sheet], schemas: Mapping[str, Schema]) -> Mapping[str, list[_Use]]:
    """Return the uses of each name, once for each column."""
    found: dict[str, list[_Use]] = {}
    for name, sheet in sheets.items():
        for column in schemas[name].columns.values():
            if column.type not in ("name", "names") or column.name not in sheet.head:
                continue
            index, first = sheet.head.index(column.name), dict[str, int]()
            for number, row in zip(sheet.numbers, sheet.rows, strict=True):
                first.setdefault(row[index], number)
            for cell, number in first.items():
                use = _Use(place=Place(sheet.file, number, column.name), kinds=column.of)
                for text in split_cell(cell) if column.type == "names" else (cell,):
                    found.setdefault(text, []).append(use)
    return found


def _doubled(names: Sheet, schema: Schema, uses: Mapping[str, list[_Use]]) -> Iterator[tuple[int, str, Problem]]:
    """Yield the doubled ids: the wrong row, the id that was intended if that is clear, and the problem."""
    if schema.known_column in names.head:  # an id may have several rows, each known from another day
        return
    twice: Problems = []
    report_repeats(names, (ID,), twice)
    at, kind = names.head.index(ID), names.head.index(KIND)
    rows = dict(zip(names.numbers, names.rows, strict=True))
    known = {row[at] for row in rows.values()}
    lacking = {text: found for text, found in uses.items() if text and text not in known}
    for problem in twice:
        later = problem.where.line
        first = next(number for number, row in rows.items() if row[at] == rows[later][at])
        wanted = [text for text, found in lacking.items() if any(rows[later][kind] in each.kinds for each in found)]
        number, meant = _meant(wanted, {each: rows[each] for each in (first, later)}, len(twice))
        if meant:
            place = lacking.pop(meant)[0].place
            hint = tr("one of the two is meant to be '{meant}', which {place} names", meant=meant, place=place)
            problem = replace(problem, hint=hint)
        yield number or later, meant, problem


def _meant(wanted: list[str], rows: Mapping[int, tuple[str, ...]], doubled: int) -> tuple[int, str]:
    """Return which row is wrong and which of the wanted ids was intended for it; 0 and "" if that is not clear."""
    for number, row in rows.items():
        forms = {plain_name(cell) for cell in row[2:] if cell}
        same = [text for text in wanted if plain_name(text) in forms]
        if len(same) == 1:
            return number, same[0]
    return (max(rows), wanted[0]) if len(wanted) == doubled == 1 else (0, "")


def _of_another_kind(name: str, kind: str, place: Place, uses: Mapping[str, list[_Use]]) -> tuple[str, Problem] | None:
    """Return the kind that a name is used as, if that is never the one in its row, and the problem."""
    found = [use for use in uses.get(name, ()) if use.kinds]
    if not found or any(kind in use.kinds for use in found):
        return None
    common = [each for each in found[0].kinds if all(each in use.kinds for use in found)]
    if not common:
        return None
    wanted, there = tr_list(common, " or "), found[0].place
    what = tr("'{name}' is a {kind} here, and in {there} a {wanted}", name=name, kind=kind, there=there, wanted=wanted)
    return common[0], Problem(place, what, tr("correct the kind here, or the name there"))


def _misspelt_kind(name: str, kind: str, place: Place, misspelt: Mapping[str, str]) -> tuple[str, Problem] | None:
    """Return the kind of a column that a name's kind misspells, and the problem; nothing uses such a name.

    `misspelt` maps each kind that no column takes to the intended one, "" if that is not clear.
    """
    meant = misspelt.get(kind, "")
    if not meant:
        return None
    what = tr("'{name}' is a {kind}, and no column takes such names", name=name, kind=kind)
    return meant, Problem(place, what, tr("did you mean '{meant}'?", meant=meant))


class Delivered(Protocol):
    """A row of a delivery, compared with the existing ones."""

    @property
    def number(self) -> int: ...  # noqa: D102

    @property
    def existing(self) -> int: ...  # noqa: D102

    @property
    def outcome(self) -> str: ...  # noqa: D102

    @property
    def cells(self) -> Mapping[str, str]: ...  # noqa: D102


Row = TypeVar("Row", bound=Delivered)


def _gone(rows: Sequence[Delivered], existing: Sheet, source: str = "") -> dict[int, Mapping[str, str]]:
    """Return the rows of a table that its delivery lacks, by number; with a column `source`, those of its sources."""
    there, cited = {row.existing for row in rows}, {each for row in rows for each in _sources(row.cells, source)}
    gone = {number: cells for number, cells in rows_in(existing) if number not in there}
    return {number: cells for number, cells in gone.items() if not source or _sources(cells, source) & cited}


def _sources(cells: Mapping[str, str], column: str) -> set[str]:
    return {*split_cell(cells.get(column, ""))}


def renamed_partners(
    rows: Mapping[str, Sequence[Delivered]],
    files: Mapping[str, str],
    sheets: Mapping[str, Sheet],
    shown: Mapping[str, str],
    answers: Collection[str],
) -> Iterator[tuple[str, Problem]]:
    """Yield the new partners with the country and day of an existing one that is not delivered, with their tables.

    `rows` are those of the tables of partners. `shown` has names by id; one of the `answers` in a remark settles
    that the partner is another one.
    """
    for table in rows:
        gone = _gone(rows[table], sheets[table])
        signed = {(cells.get("country"), cells.get("signed_on")): number for number, cells in gone.items()}
        for row in (each for each in rows[table] if each.outcome == "new" and each.cells.get("signed_on")):
            number = signed.get((row.cells.get("country"), row.cells["signed_on"]), 0)
            if (
                not number
                or row.cells.get("city") not in shown
                or {*re.split("[，,；;。、（()）]", row.cells.get("note", ""))} & {*answers}
            ):
                continue
            name, other = (shown.get(each["city"], each["city"]) for each in (row.cells, gone[number]))
            fields = {"name": name, "other": other, "file": sheets[table].file, "row": number}
            what = tr("'{name}' may be '{other}' ({file}:{row}), of the same country and date of signing", **fields)
            hint = tr(
                "if it is the same city, write that name, or write the new one in data/names.csv; if it is another "
                "city, write ‘; counted’ in any cell of this row"
            )
            yield table, Problem(Place(files[table], row.number, "city"), what, hint)


def tasks_meant(delivered: Sequence[tuple[int, Mapping[str, str]]], plan: Sheet, language: str) -> dict[int, int]:
    """Return the row of a plan that each delivered task changes, by their numbers; a new task has none.

    It is the row with its title, or else with a very similar one, or else with its number in the plan.
    """
    title = f"title_{language}"
    left = {cells.get(NUMBER, ""): (at, cells) for at, cells in rows_in(plan)}  # the latest row with a number
    free, found = dict(left.values()), dict[int, int]()

    def likeness(cells: Mapping[str, str], other: Mapping[str, str]) -> float:
        return SequenceMatcher(None, cells.get(title, ""), other.get(title, ""), autojunk=False).ratio()

    for least in (1.0, MUCH_LIKE, 0.0):
        for number, cells in ((each, cells) for each, cells in delivered if each not in found):
            same = {at: likeness(cells, own) for at, own in free.items() if least or own.get(NUMBER) == cells[NUMBER]}
            best = max(same, key=lambda at: same[at], default=0)
            if best and same[best] >= least:
                found[number] = best
                del free[best]
    return found


def tasks_gone(
    rows: Mapping[str, Sequence[Delivered]],
    files: Mapping[str, str],
    schemas: Mapping[str, Schema],
    sheets: Mapping[str, Sheet],
    language: str,
) -> Iterator[Problem]:
    """Yield a problem for each task of the workspace that came from a delivered plan and is no longer in it."""
    for table in {PLAN} & rows.keys():
        for at, cells in _gone(rows[table], sheets[table], schemas[table].source_column).items():
            fields = {"text": cells.get(f"title_{language}", ""), "file": sheets[table].file, "row": at}
            what = tr("'{text}' ({file}:{row}) was taken in from this plan, which no longer has it", **fields)
            hint = tr("take the row out of that file; or put the task back in the plan")
            yield Problem(Place(files[table]), what, hint)


def rows_gone(
    rows: Mapping[str, Sequence[Delivered]],
    files: Mapping[str, str],
    schemas: Mapping[str, Schema],
    sheets: Mapping[str, Sheet],
    language: str,
) -> Iterator[Problem]:
    """Yield a problem for each list delivered again that lacks rows from its own sources."""
    shown = {cells["id"]: cells.get(language, "") for _, cells in rows_in(sheets[NAMES])}
    for table in rows:
        key, left = schemas[table].key[0], _gone(rows[table], sheets[table], schemas[table].source_column)
        if not left or len(left) > len(rows[table]) or not any(row.existing for row in rows[table]):
            continue  # no row is missing, or only a few rows are delivered
        names = (
            tr("row {row} ({text})", row=n, text=shown.get(cells.get(key, ""), cells.get(key, "")))
            for n, cells in left.items()
        )
        what = tr(
            "{file} has rows from the same source that this sheet no longer has; please check, and take them out there "
            "if they do not count: {rows}",
            file=sheets[table].file,
            rows=tr_list(names),
        )
        yield Problem(Place(files[table]), what)


def with_city_before(
    words: Mapping[str, Sequence[str]], names: Sheet, home: str, columns: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Return the possible names of columns, also with the name of the city before them: 安澜进出口; and its names."""
    rows = [cells for _, cells in rows_in(names) if cells.get(ID) == home]
    forms = [[form for column, form in cells.items() if column not in (KIND, "note")] for cells in rows]
    city = {re.sub("市$", "", form) + end for each in forms for form in each if form for end in ("", "市")}
    own = {column: tuple(f"{each}{word}" for each in sorted(city) for word in words[column]) for column in columns}
    return {key: (*each, *own.get(key, ())) for key, each in words.items()} | {HOME: tuple(sorted(city))}


def without_lost_names(
    left: Mapping[str, tuple[Row, ...]], before: Mapping[str, Sequence[Row]]
) -> dict[str, tuple[Row, ...]]:
    """Return the remaining rows, without new names that only removed rows use."""
    used, every = (
        {part for t in rows if t != NAMES for row in rows[t] for cell in row.cells.values() for part in cell.split(";")}
        for rows in (left, before)
    )
    lost = every - used
    return {
        t: tuple(row for row in rows if t != NAMES or row.outcome != "new" or row.cells.get(ID) not in lost)
        for t, rows in left.items()
    }
