"""Columns: the cells of one column checked against its schema, each different text once, and typed."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, nearest
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import period
from jianbao.data.schemas import LISTS, NUMERIC, Column, Schema

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_YES_NO = {"yes": "yes", "no": "no", "true": "yes", "false": "no"}
_HINTS = 20  # looking for the nearest of many allowed values is slow: a column that is all wrong needs no more hints

Finding = tuple[str, str]  # what is wrong with a text, and a hint


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
            what = f"'{said}' already stands in row {earlier}"
            problems.append(Problem(Place(sheet.file, number, ", ".join(columns)), what, "keep one of the two"))


def _empty(column: Column, schema: Schema) -> Finding | None:
    if not column.required:
        return None
    if schema.name == "names" and column.name not in ("id", "kind"):
        return f"a name without its pair: nothing is written in '{column.name}'", "give it in every language"
    return "nothing is written here", f"the column needs {_wanted(column)}"


def _wanted(column: Column) -> str:
    if column.type == "choice":
        return f"one of {', '.join(column.of)}"
    return {"yes_no": "yes or no", "integer": "a whole number", "reference": f"one of {'.'.join(column.to)}"}.get(
        column.type, f"a {column.type.removesuffix('s')}"
    )


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
        return lambda text, hint: _member(text, _YES_NO, "yes or no", hint) if text.lower() not in _YES_NO else None
    allowed, what = _allowed(column, known)
    if column.type in LISTS:
        return lambda text, hint: _members(text, allowed, what, hint)
    return lambda text, hint: _member(text, allowed, what, hint)


def _allowed(column: Column, known: Known) -> tuple[Collection[str], str]:
    if column.type == "choice":
        return column.of, f"a {column.name.replace('_', ' ')} that is allowed"
    if column.type == "sources":
        return known.sources, "a source"
    if column.type == "reference":
        return known.targets.get(column.to, frozenset()), f"in {'.'.join(column.to)}"
    names = frozenset[str]().union(*(known.names.get(kind, frozenset()) for kind in column.of))
    return names, " or ".join(f"{_article(kind)} {kind}" for kind in column.of)


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _member(text: str, allowed: Collection[str], what: str, hint: bool) -> Finding | None:
    if text in allowed:
        return None
    if not allowed:
        return f"'{text}' is not {what}", "there is none yet"
    return f"'{text}' is not {what}", nearest(text, sorted(allowed)) if hint else ""


def _members(text: str, allowed: Collection[str], what: str, hint: bool) -> Finding | None:
    parts = split_cell(text)
    if "" in parts:
        return f"'{text}' has an empty place between its ';'", "delete the superfluous ';'"
    twice = next((part for index, part in enumerate(parts) if part in parts[:index]), "")
    if twice:
        return f"'{twice}' stands here twice", "keep one"
    return next((found for part in parts if (found := _member(part, allowed, what, hint))), None)


def _text(text: str, pattern: re.Pattern[str] | None) -> Finding | None:
    if pattern is None or pattern.fullmatch(text):
        return None
    return f"'{text}' is not written as the column asks", f"the pattern is {pattern.pattern}"


def _number(text: str, column: Column) -> Finding | None:
    if not _NUMBER.fullmatch(text):
        return f"'{text}' is not a number", "write digits only, with a point for decimals (1635, 0.5)"
    number = float(text)
    if column.type == "integer" and not number.is_integer():
        return f"'{text}' is not a whole number", ""
    if column.low is not None and number < column.low:
        return f"'{text}' is below {column.low:g}, the least allowed", ""
    if column.high is not None and number > column.high:
        return f"'{text}' is above {column.high:g}, the most allowed", ""
    return None


def _date(text: str) -> Finding | None:
    if period(text):
        return None
    return f"'{text}' is not a date", _date_hint(text) or "write 2021, 2021-11, 2021-11-24 or 2023-01/2023-09"


def _date_hint(text: str) -> str:
    """Return the date that was probably meant, where only the way of writing it differs."""
    parts = re.findall(r"\d+", text)
    if parts and len(parts[0]) == 4 and 2 <= len(parts) <= 3:
        meant = "-".join([parts[0], *(part.zfill(2) for part in parts[1:])])
        return f"did you mean '{meant}'?" if period(meant) else ""
    if text.isdecimal() and len(text) == 5:
        return "it looks like a spreadsheet's serial number: format the cell as a date"
    return ""


def typed_cell(column: Column, cells: Iterable[str]) -> list[str | float]:
    """Return cells that passed their checks as values: numbers as float (blank: NaN), everything else as text."""
    if column.type in NUMERIC:
        return [float(cell) if cell else float("nan") for cell in cells]
    if column.type == "yes_no":
        return [_YES_NO.get(cell.lower(), "") for cell in cells]
    return list(cells)
