"""Check the cells of a column against its schema, each different text once, and convert them to their type."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import period
from jianbao.data.schemas import LISTS, NUMERIC, Column, Schema

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_YES_NO = {"yes": "yes", "no": "no", "true": "yes", "false": "no"}
WANTED = {
    "text": tr("a text"),
    "number": tr("a number"),
    "integer": tr("a whole number"),
    "date": tr("a date"),
    "name": tr("a name"),
    "names": tr("a name"),
    "sources": tr("a source"),
    "yes_no": tr("yes or no"),
}
_HINTS = 20  # looking for the nearest of many allowed values is slow: a column that is all wrong needs no more hints

Finding = tuple[Translatable, Translatable]  # what is wrong with a text, and a hint


@dataclass(frozen=True)
class Known:
    """What cells may refer to: ids of names by kind, ids of sources, and the values of columns that are referred to."""

    names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    sources: frozenset[str] = frozenset()
    targets: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)


def split_cell(cell: str) -> tuple[str, ...]:
    """Return the ids that a cell holds, separated by ";", in the order written."""
    return tuple(part.strip() for part in cell.split(";")) if cell else ()


def check_column(sheet: Sheet, schema: Schema, column: Column, known: Known, problems: Problems) -> None:
    """Add a problem for each cell that is not what its column demands; takes time linear in the rows."""
    index = sheet.head.index(column.name)
    cells = [row[index] for row in sheet.rows]
    judge = _judge(column, known)
    wrong: dict[str, Finding] = {}
    for text in dict.fromkeys(cells):
        found = judge(text, len(wrong) < _HINTS) if text else _empty(column, schema)
        if found:
            wrong[text] = found
    if wrong:
        problems.extend(
            Problem(Place(sheet.file, number, column.name), *wrong[text])
            for number, text in zip(sheet.numbers, cells, strict=True)
            if text in wrong
        )
    if column.unique:
        report_twice(sheet, (column.name,), problems, schema.key if schema.known_column in sheet.head else ())


def report_twice(sheet: Sheet, columns: tuple[str, ...], problems: Problems, same: tuple[str, ...] = ()) -> None:
    """Add a problem for each row that has the same values in these columns as an earlier one, naming both.

    Rows that also have the same values in the columns of `same` say twice what one thing is: that is no problem.
    """
    indices, apart = ([sheet.head.index(column) for column in each] for each in (columns, same))
    first: dict[tuple[str, ...], tuple[int, list[str]]] = {}
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        key = tuple(row[index] for index in indices)
        told = [row[index] for index in apart]
        earlier, thing = first.setdefault(key, (number, told))
        if any(key) and earlier != number and not (same and thing == told):
            said = "', '".join(part for part in key if part)
            what = tr("'{said}' is already in row {first}", said=said, first=earlier)
            problems.append(Problem(Place(sheet.file, number, ", ".join(columns)), what, tr("keep one of the two")))


def _empty(column: Column, schema: Schema) -> Finding | None:
    if not column.required:
        return None
    if schema.name == "names" and column.name not in ("id", "kind"):
        return tr("a name without its pair: '{column}' is empty", column=column.name), tr("give it in every language")
    return tr("this is empty"), tr("the column needs {wanted}", wanted=_wanted(column))


def _wanted(column: Column) -> Translatable:
    if column.type == "choice":
        return tr("one of {values}", values=tr_list(column.of))
    if column.type == "reference":
        return tr("one of {values}", values=".".join(column.to))
    return WANTED[column.type]


def _judge(column: Column, known: Known) -> Callable[[str, bool], Finding | None]:
    """Return the test for the texts of a column; it is told whether a hint is still worth looking for."""
    if column.type in NUMERIC:
        return lambda text, _: _number(text, column)
    if column.type == "date":
        return lambda text, _: _date(text)
    if column.type == "text":
        pattern = re.compile(column.pattern) if column.pattern else None
        return lambda text, _: _text(text, pattern)
    if column.type == "yes_no":
        return lambda text, hint: _member(text, _YES_NO, tr("yes or no"), hint) if text.lower() not in _YES_NO else None
    allowed, what = _allowed(column, known)
    if column.type in LISTS:
        return lambda text, hint: _members(text, allowed, what, hint)
    return lambda text, hint: _member(text, allowed, what, hint)


def _allowed(column: Column, known: Known) -> tuple[Collection[str], Translatable]:
    if column.type == "choice":
        return column.of, tr("a {column} that is allowed", column=column.name.replace("_", " "))
    if column.type == "sources":
        return known.sources, tr("a source")
    if column.type == "reference":
        return known.targets.get(column.to, frozenset()), tr("in {column}", column=".".join(column.to))
    names = frozenset[str]().union(*(known.names.get(kind, frozenset()) for kind in column.of))
    return names, tr_list(map(_with_article, column.of), " or ")


def _with_article(kind: str) -> Translatable:
    return tr("an {kind}", kind=kind) if kind[0] in "aeiou" else tr("a {kind}", kind=kind)


def _member(text: str, allowed: Collection[str], what: Translatable, hint: bool) -> Finding | None:
    if text in allowed:
        return None
    if not allowed:
        return tr("'{value}' is not {what}", value=text, what=what), tr("there is none yet")
    return tr("'{value}' is not {what}", value=text, what=what), nearest(text, sorted(allowed)) if hint else NO_TEXT


def _members(text: str, allowed: Collection[str], what: Translatable, hint: bool) -> Finding | None:
    parts = split_cell(text)
    if "" in parts:
        return tr("'{text}' has an empty item between its ';'", text=text), tr("delete the superfluous ';'")
    twice = next((part for index, part in enumerate(parts) if part in parts[:index]), "")
    if twice:
        return tr("'{twice}' is listed twice", twice=twice), tr("keep one")
    return next((found for part in parts if (found := _member(part, allowed, what, hint))), None)


def _text(text: str, pattern: re.Pattern[str] | None) -> Finding | None:
    if pattern is None or pattern.fullmatch(text):
        return None
    return tr("'{text}' does not have the format of the column", text=text), tr(
        "the format is {pattern}", pattern=pattern.pattern
    )


def _number(text: str, column: Column) -> Finding | None:
    if not _NUMBER.fullmatch(text):
        return tr("'{value}' is not a number", value=text), tr(
            "write digits only, with a point for decimals (1635, 0.5)"
        )
    number = float(text)
    if column.type == "integer" and not number.is_integer():
        return tr("'{value}' is not a whole number", value=text), NO_TEXT
    if column.low is not None and number < column.low:
        return tr("'{value}' is below {least:g}, the least allowed", value=text, least=column.low), NO_TEXT
    if column.high is not None and number > column.high:
        return tr("'{value}' is above {most:g}, the most allowed", value=text, most=column.high), NO_TEXT
    return None


def _date(text: str) -> Finding | None:
    if period(text):
        return None
    return tr("'{value}' is not a date", value=text), _date_hint(text) or tr(
        "write 2021, 2021-11, 2021-11-24 or 2023-01/2023-09"
    )


def _date_hint(text: str) -> Translatable:
    """Return the date that was probably meant, where only the way of writing it differs."""
    parts = re.findall(r"\d+", text)
    if parts and len(parts[0]) == 4 and 2 <= len(parts) <= 3:
        meant = "-".join([parts[0], *(part.zfill(2) for part in parts[1:])])
        return tr("did you mean '{meant}'?", meant=meant) if period(meant) else NO_TEXT
    if text.isdecimal() and len(text) == 5:
        return tr("it looks like a spreadsheet's serial number: format the cell as a date")
    return NO_TEXT


def typed_cell(column: Column, cells: Iterable[str]) -> list[str | float]:
    """Return cells that passed their checks as values: numbers as float (blank: NaN), everything else as text."""
    if column.type in NUMERIC:
        return [float(cell) if cell else float("nan") for cell in cells]
    if column.type == "yes_no":
        return [_YES_NO.get(cell.lower(), "") for cell in cells]
    return list(cells)
