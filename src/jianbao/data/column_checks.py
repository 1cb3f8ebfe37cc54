"""Check the cells of a column against its schema, each distinct text once, and convert them to their type."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from unicodedata import normalize

from jianbao.core.documents import QUOTED, Problems, too_many_digits
from jianbao.core.encoding import has_han, shortened
from jianbao.core.errors import UNKNOWN_SOURCE, Place, Problem, UsageError, corrected_typo, did_you_mean_or, nearest
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_later, tr_list, verbatim
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import period
from jianbao.data.name_matching import NO_NAMES, NameTable
from jianbao.data.schemas import LISTS, NAMES, NUMERIC, Column, Schema

BEFORE_NUMBERS = ("≈", ">", "<")  # signs before a number: about, more than, less than
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_YES_NO = {"yes": "yes", "no": "no", "true": "yes", "false": "no"}
EXPECTED = {
    "text": tr("a text"),
    "number": tr("a number"),
    "integer": tr("a whole number"),
    "date": tr("a date"),
    "name": tr("a name"),
    "names": tr("a name"),
    "sources": tr("a source"),
    "yes_no": tr("yes or no"),
}
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?", re.ASCII)
_OTHER_SEPARATORS = re.compile(r"[,，、；|]")
_MAX_HINTS = 20  # in a column: finding the nearest of many allowed values is slow

Finding = tuple[Translatable, Translatable]  # the fault of a text, and a hint


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """The values to which cells may refer: names, ids of sources, and the values of referenced columns.

    `kinds` are the kinds of names in each referenced column; `added_to` says for each table where to add a missing row.
    `called` and `choices` are the words for columns and for their choices in messages, where they differ from
    the ids. If the sheet has columns `beside` the checked one, a row may describe a new name there itself.
    """

    names: NameTable = NO_NAMES
    sources: frozenset[str] = frozenset()
    targets: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    kinds: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    added_to: Mapping[str, Translatable] = field(default_factory=dict)
    called: Mapping[str, Translatable] = field(default_factory=dict)
    choices: Mapping[str, tuple[Translatable, ...]] = field(default_factory=dict)
    beside: tuple[Translatable, ...] = ()


def split_cell(cell: str) -> tuple[str, ...]:
    """Return the ids that a cell holds, separated by ";", in the order written."""
    return tuple(part.strip() for part in cell.split(";")) if cell else ()


def check_column(sheet: Sheet, schema: Schema, column: Column, known: Allowed, problems: Problems) -> None:
    """Add a problem for each cell that its column does not allow; takes time linear in the rows."""
    index = sheet.head.index(column.name)
    cells = [row[index] for row in sheet.rows]
    check = _cell_check(column, known)
    wrong: dict[str, Finding] = {}
    for text in dict.fromkeys(cells):
        found = check(text, len(wrong) < _MAX_HINTS) if text else _empty(column, schema, known)
        if found:
            wrong[text] = found
    if wrong:
        problems.extend(
            Problem(Place(sheet.file, number, column.name), *wrong[text])
            for number, text in zip(sheet.numbers, cells, strict=True)
            if text in wrong
        )
    if column.part_of in sheet.head:
        problems.extend(_more_than_whole(sheet, column, known))
    if column.unique:
        report_repeats(sheet, (column.name,), problems, schema.key if schema.known_column in sheet.head else ())


def _more_than_whole(sheet: Sheet, column: Column, known: Allowed) -> Iterator[Problem]:
    """Yield a problem for each number above that of which it is a part; not where either is said to be approximate."""
    places = sheet.head.index(column.name), sheet.head.index(column.part_of)
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        part, whole = (row[place] for place in places)
        if _NUMBER.fullmatch(part) and _NUMBER.fullmatch(whole) and float(part) > float(whole):
            called = known.called.get(column.part_of, column.part_of.replace("_", " "))
            fields = {"value": part, "whole": whole, "column": called}
            what = tr("'{value}' is more than the {whole} in the column {column}, of which it is a part", **fields)
            yield Problem(Place(sheet.file, number, column.name), what, tr("correct one of the two numbers"))


def report_repeats(sheet: Sheet, columns: tuple[str, ...], problems: Problems, same: tuple[str, ...] = ()) -> None:
    """Add a problem for each row that has the same values in these columns as an earlier one, naming both.

    Rows that are also equal in the columns `same` only repeat each other, which is no problem.
    """
    indices, apart = ([sheet.head.index(column) for column in each] for each in (columns, same))
    first: dict[tuple[str, ...], tuple[int, list[str]]] = {}
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        key = tuple(row[index] for index in indices)
        values = [row[index] for index in apart]
        earlier, thing = first.setdefault(key, (number, values))
        if any(key) and earlier != number and not (same and thing == values):
            repeated = ", ".join(part for part in key if part)
            what = tr("'{said}' is already in row {first}", said=repeated, first=earlier)
            problems.append(Problem(Place(sheet.file, number, ", ".join(columns)), what, tr("keep one of the two")))


def _empty(column: Column, schema: Schema, known: Allowed) -> Finding | None:
    if not column.required:
        return None
    if schema.name == "names" and column.name not in ("id", "kind"):
        return tr("a name without its pair: '{column}' is empty", column=column.name), tr("give it in every language")
    return tr("this is empty"), tr("the column needs {wanted}", wanted=_expected(column, known))


def _expected(column: Column, known: Allowed) -> Translatable:
    if column.type == "choice":
        return tr("one of {values}", values=tr_list(known.choices.get(column.name, column.of)))
    if column.type == "reference":
        return tr("one of {values}", values=".".join(column.to))
    return EXPECTED[column.type]


def _cell_check(column: Column, known: Allowed) -> Callable[[str, bool], Finding | None]:
    """Return a function that checks a text of a column, with a hint if wanted, and returns the fault or None."""
    if column.type in NUMERIC:
        return lambda text, _: _number(text, column)
    if column.type == "date":
        return lambda text, _: _date(text)
    if column.type == "text":
        pattern = re.compile(column.pattern) if column.pattern else None
        return lambda text, _: _text(text, pattern)
    if column.type == "yes_no":
        return lambda text, _: _yes_no(text)
    allowed = _allowed(column, known)

    def member(text: str, hint: bool) -> Finding | None:
        if text in allowed:
            return None
        return _unknown_value(text, column, known), _hint(text, column, known) if hint else NO_TEXT

    return (lambda text, hint: _members(text, member, hint)) if column.type in LISTS else member


def _allowed(column: Column, known: Allowed) -> Collection[str]:
    if column.type == "choice":
        return column.of
    if column.type == "sources":
        return known.sources
    return known.targets.get(column.to, frozenset()) if column.type == "reference" else known.names.ids(column.of)


def _unknown_value(text: str, column: Column, known: Allowed) -> Translatable:
    if column.type == "choice":
        called = known.called.get(column.name, column.name.replace("_", " "))
        what = tr("allowed in the column {column}", column=called)
        return tr("'{value}' is not {what}", value=text, what=what)
    if column.type == "sources":
        return tr("'{value}' is not {what}", value=text, what=tr("a source"))
    if column.type == "reference":
        return tr("'{value}' is not {what}", value=text, what=tr("in {column}", column=".".join(column.to)))
    if known.beside and has_han(text) and not known.names.kinds_of(text):
        return tr("'{value}' has no {columns}", value=text, columns=tr_list(known.beside))
    return tr("'{value}' is no {kinds} of the name table", value=text, kinds=tr_list(map(tr, column.of), " or "))


def _hint(text: str, column: Column, known: Allowed) -> Translatable:
    """Return a hint: what to write instead if that is clear, or else where to add the missing value."""
    if column.type == "choice":
        words = known.choices.get(column.name)
        slip = not words or corrected_typo(text, column.of)
        return nearest(text, column.of) if slip else tr("allowed: {values}", values=tr_list(words or ()))
    if column.type == "sources":
        return source_hint(text, known.sources, known.added_to.get("sources", NO_TEXT))
    kinds = known.kinds.get(column.to, column.of)
    return known.names.hint(text, kinds, _where_to_add(text, column, known, kinds), _allowed(column, known))


def source_hint(text: str, sources: Iterable[str], sheet: Translatable = NO_TEXT) -> Translatable:
    """Return a hint for an unknown source: correct its id, or add it to its sheet or else to its file."""
    return did_you_mean_or(
        corrected_typo(text, sorted(sources)),
        tr("add a row for it to {place}", place=sheet) if sheet else UNKNOWN_SOURCE,
    )


# Kinds of names that most cities have, to be translated in messages.
KINDS_IN_WORDS = (
    *(tr_later("city"), tr_later("country"), tr_later("continent"), tr_later("body")),
    *(tr_later("award"), tr_later("event"), tr_later("place")),
)


def _where_to_add(text: str, column: Column, known: Allowed, kinds: tuple[str, ...]) -> Translatable:
    """Return where to add the name or row that a cell refers to; both, if both are missing."""
    own = known.added_to.get(column.to[0], verbatim(column.to[0]))
    row = tr("add a row for it to {place}", place=own) if column.type == "reference" else NO_TEXT
    if text in known.names.ids(kinds) or not kinds:
        return row
    others, place = known.names.kinds_of(text), known.added_to.get(NAMES, verbatim(NAMES))
    if others:
        kind = tr_list(others, " and ")
        name = tr("it is a {kind} in {place}: name another here, or correct the kind there", kind=kind, place=place)
    else:
        name = tr("add it to {place} with the kind {kind}", place=place, kind=tr_list(map(tr, kinds), " or "))
        if kinds == ("country",) and len(text) == 1:
            name = tr("write the country in full: a single character may mean several")
        elif known.beside and has_han(text):
            name = tr(
                "fill in '{columns}' in its row, and add this column if there is none; or write the name as elsewhere",
                columns=tr_list(known.beside),
            )
        elif known.beside:
            name = tr("fill in '{columns}' in its row, or {otherwise}", columns=tr_list(known.beside), otherwise=name)
    return tr_list((name, row), "; ") if row else name


def _members(text: str, member: Callable[[str, bool], Finding | None], hint: bool) -> Finding | None:
    parts = split_cell(text)
    apart = [part.strip() for piece in _OTHER_SEPARATORS.split(text) for part in piece.split(";")]
    if len(apart) > len(parts) and member(text, False) and not any(part and member(part, False) for part in apart):
        what = tr("'{text}' holds several, which ';' must separate", text=text)
        return what, tr("write '{list}'", list=";".join(filter(None, apart)))
    if "" in parts:
        return tr("'{text}' has an empty item between its ';'", text=text), tr("delete the superfluous ';'")
    twice = next((part for index, part in enumerate(parts) if part in parts[:index]), "")
    if twice:
        return tr("'{twice}' is listed twice", twice=twice), tr("keep one")
    return next((found for part in parts if (found := member(part, hint))), None)


def _yes_no(text: str) -> Finding | None:
    if text.lower() in _YES_NO:
        return None
    return tr("'{value}' is not {what}", value=text, what=tr("yes or no")), tr("write yes or no")


_FORMATS = {  # in words, for those who fill in a table
    "[0-9]{4}": tr("write a year in four figures"),
    "[a-z][a-z_]*": tr("write small letters of English and '_', such as sister_city"),
    "[a-z][a-z0-9_]*": tr("write small letters of English, digits and '_', a letter first, such as visit_2"),
}


def _text(text: str, pattern: re.Pattern[str] | None) -> Finding | None:
    if pattern is None or pattern.fullmatch(text):
        return None
    what, narrow = tr("'{text}' does not have the format of the column", text=text), normalize("NFKC", text)
    if pattern.fullmatch(narrow):
        return what, _narrow_hint(narrow)
    return what, _FORMATS.get(pattern.pattern) or tr("the format is {pattern}", pattern=pattern.pattern)


def _narrow_hint(narrow: str) -> Translatable:
    return tr("these are full-width characters: write '{narrow}'", narrow=narrow)


LARGE_MINIMUM = 1000  # if a column allows nothing below this, a smaller number probably counts thousands or millions
# Texts that people write if they have no number
_NO_NUMBER = frozenset(("无", "没有", "暂无", "缺", "-", "--", "—", "——", "–", "/", "n/a", "na", "none", "nil", "?"))


def split_comparator(text: str) -> tuple[str, str]:
    """Return the comparator before the number of a cell (≈, > or <; "" if there is none), and the number."""
    return (text[0], text[1:]) if text.startswith(BEFORE_NUMBERS) else ("", text)


def _number(text: str, column: Column) -> Finding | None:
    sign, digits = split_comparator(text)
    if not _NUMBER.fullmatch(digits) or (sign and column.unique):
        return tr("'{value}' is not a number", value=shortened(text, QUOTED)), _number_hint(text)
    if what := too_many_digits(digits):
        return what, NO_TEXT
    number = float(digits)
    if column.type == "integer" and not number.is_integer():
        return tr("'{value}' is not a whole number", value=text), tr("if it counts ten thousands, write all digits")
    if column.low is not None and number < column.low:
        what = tr("'{value}' is below {least:.12g}, the least allowed", value=text, least=column.low)
        return what, _SCALE_HINT if number > 0 and column.low >= LARGE_MINIMUM else NO_TEXT
    if column.high is not None and number > column.high:
        return tr("'{value}' is above {most:g}, the most allowed", value=text, most=column.high), NO_TEXT
    return None


# The hint for an amount far too small, probably from a table that counts in larger units.
_SCALE_HINT = tr(
    "if the table counts in millions, say so in the heading, such as exports (million), or behind each number; in a "
    "file under data/, write all digits"
)


def _number_hint(text: str) -> Translatable:
    """Return the number that was probably meant, if only its notation is wrong."""
    narrow = normalize("NFKC", text).replace(" ", "")
    if narrow.casefold() in _NO_NUMBER:
        return tr("leave the cell empty where there is no number")
    plain = narrow.replace(",", "") if _THOUSANDS.fullmatch(narrow) else narrow
    if not _NUMBER.fullmatch(plain):
        return tr("write digits only, with a point for decimals (1635, 0.5)")
    return _narrow_hint(plain) if narrow != text.replace(" ", "") else tr("write '{number}'", number=plain)


def _date(text: str) -> Finding | None:
    if period(text):
        return None
    return tr("'{value}' is not a date", value=text), _date_hint(text) or tr(
        "write 2021, 2021-11, 2021-11-24 or 2023-01/2023-09"
    )


def _date_hint(text: str) -> Translatable:
    """Return the date that was probably meant, if only its notation is wrong."""
    narrow = normalize("NFKC", text)
    if narrow != text and period(narrow):
        return _narrow_hint(narrow)
    parts = re.findall(r"\d+", narrow)
    if parts and len(parts[0]) == 4 and 2 <= len(parts) <= 3:
        meant = "-".join([parts[0], *(part.zfill(2) for part in parts[1:])])
        return tr("did you mean '{meant}'?", meant=meant) if period(meant) else NO_TEXT
    if narrow.isdecimal() and len(narrow) == 5:
        return tr("it looks like a spreadsheet's serial number: format the cell as a date")
    return NO_TEXT


def refuse_words(column: Column | None, text: str, place: Place) -> None:
    """Raise UsageError if a cell of a column of numbers is not a number: such a change is not accepted at all."""
    if column and column.type in NUMERIC and text and (finding := _number(text, column)):
        raise UsageError(Problem(place, *finding))


def typed_cell(column: Column, cells: Iterable[str]) -> list[str | float]:
    """Return cells that passed their checks as values: numbers as float (blank: NaN), everything else as text.

    A number loses the comparator before it.
    """
    if column.type in NUMERIC:
        return [float(split_comparator(cell)[1]) if cell else float("nan") for cell in cells]
    if column.type == "yes_no":
        return [_YES_NO.get(cell.lower(), "") for cell in cells]
    return list(cells)
