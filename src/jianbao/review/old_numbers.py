"""Texts in which people typed a number that a change replaces in a table: notes, reasons, registers and sentences."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from jianbao.core.documents import Node, texts_below
from jianbao.core.encoding import HAN
from jianbao.core.errors import Place
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.schemas import NUMERIC, Schema
from jianbao.review.edits import Editable
from jianbao.review.proposals import CellEdit, Edit
from jianbao.text.formatter import Writer
from jianbao.text.render import choose

DATA = "data"
ABOUT = ("source", "sources", "table")  # keys of an entry that say what it rests on
NOT_TYPED = ("title", "title_en", "url")  # keys of texts that others wrote
LAST_DAY, YEARS = 31, (1900, 2100)  # a number up to the first, or between the others, may be part of a date
PLURALS = ("one", "two", "few", "many", "other")
_SENTENCE = re.compile(r"(?<=[。；！？])|(?<=[.!?])\s+")
_BETWEEN = rf"(?:[{HAN}]{{0,8}}?|\s(?:[a-z-]+\s){{0,2}})"  # a measure word or adjectives before the noun


@dataclass(frozen=True, kw_only=True)
class OldNumber:
    """A typed text that still has an old number: its place, and the sentence in it.

    `table` and `wording` name the table or the sentence that it is part of; both are "" if its file alone has it.
    """

    number: str
    place: Place
    sentence: str
    table: str = ""
    wording: str = ""


@dataclass(frozen=True, kw_only=True)
class _Typed:
    """A text that somebody typed, and the ids of the sources and tables on which its entry rests."""

    place: Place
    text: str
    rests_on: frozenset[str] = frozenset()
    table: str = ""
    wording: str = ""


@dataclass(frozen=True, kw_only=True)
class _Replaced:
    """A number that was replaced: how it may be typed, alone and with its unit, its row, and what that rests on."""

    number: str
    alone: re.Pattern[str]
    with_unit: re.Pattern[str] | None
    row: tuple[str, int]
    rests_on: frozenset[str]

    def sentence_in(self, typed: _Typed) -> str:
        """Return the sentence of a text that has the number and is about the same thing; "" if there is none."""
        own = (typed.table, typed.place.line) == self.row
        same = own or not self.rests_on.isdisjoint(typed.rests_on)
        wanted = self.alone if same and not _may_be_a_date(self.number) else self.with_unit
        sentences = _SENTENCE.split(typed.text) if wanted else []
        return next((each.strip() for each in sentences if wanted and wanted.search(each)), "")


def old_numbers(edits: Iterable[Edit], known: Editable, writers: Sequence[Writer]) -> tuple[OldNumber, ...]:
    """Return the typed texts that still have a number which changes of cells replace, as far as can be told.

    A text counts if the number stands alone in it, and it rests on a source of the changed row, or on its table, or the
    number has the row's unit beside it. A number that may be part of a date counts with its unit only.

    Args:
        edits: The changes.
        known: The workspace with the changes in it.
        writers: The languages in which numbers and units may be typed.

    Returns:
        The texts in the order of the files, each once.

    """
    replaced = [found for edit in edits if isinstance(edit, CellEdit) for found in _replaced(edit, known, writers)]
    texts = (*_cells(known), *_entries(known), *_sentences(known)) if replaced else ()
    pairs = ((each, number, number.sentence_in(each)) for each in texts for number in replaced)
    found = {
        typed.place: OldNumber(
            number=each.number, place=typed.place, sentence=sentence, table=typed.table, wording=typed.wording
        )
        for typed, each, sentence in pairs
        if sentence
    }
    return tuple(found.values())


def _replaced(edit: CellEdit, known: Editable, writers: Sequence[Writer]) -> Iterator[_Replaced]:
    """Yield the number that a change replaces, if it is one and the row still has another."""
    sheet, schema = known.sheets.get(edit.table), known.schemas.get(edit.table)
    column = schema.columns.get(edit.column) if schema else None
    if sheet is None or schema is None or column is None or column.type not in NUMERIC:
        return
    for number, cells in _row_of(edit, sheet, schema):
        if cells[edit.column] == edit.old or (old := _number(edit.old)) is None:
            continue
        forms = {edit.old} | {form for each in writers for form in _forms(each, old)}
        sources = {part.strip() for name in _source_columns(known, edit.table) for part in cells[name].split(";")}
        units = {word for each in writers for word in _unit_words(each, cells.get("unit", "") or schema.row)}
        yield _Replaced(
            number=edit.old,
            alone=_alone(forms),
            with_unit=_alone(forms, units) if units else None,
            row=(edit.table, number),
            rests_on=frozenset({edit.table, *filter(None, sources)}),
        )


def kept_source(edit: Edit, edits: Sequence[Edit], known: Editable) -> tuple[str, str]:
    """Return the column and the text of the source that a row keeps while a change replaces its number; "" if none.

    Args:
        edit: The change.
        edits: All changes that are made together with it.
        known: The workspace without them.

    """
    schema = known.schemas.get(edit.table) if isinstance(edit, CellEdit) else None
    if not isinstance(edit, CellEdit) or schema is None or schema.columns[edit.column].type not in NUMERIC:
        return "", ""
    rows = dict(_row_of(edit, known.sheets[edit.table], schema))
    column = schema.source_column
    source = next((cells.get(column, "") for cells in rows.values()), "")
    replaced = any(isinstance(each, CellEdit) and each.about == f"{edit.table}:{edit.row}.{column}" for each in edits)
    return (column, source) if source and not replaced else ("", "")


def _row_of(edit: CellEdit, sheet: Sheet, schema: Schema) -> list[tuple[int, Mapping[str, str]]]:
    """Return the row of a change as it is by now, alone in a list: by its key, or by its number without one."""
    rows = list(rows_in(sheet))
    if any(edit.key):
        rows = [
            (number, cells) for number, cells in rows if tuple(cells.get(each, "") for each in schema.key) == edit.key
        ]
        return sorted(rows, key=lambda row: row[0] != edit.row)[:1]
    return [(number, cells) for number, cells in rows if number == edit.row]


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if Decimal(text).is_finite() else None
    except InvalidOperation:
        return None


def _may_be_a_date(text: str) -> bool:
    number = _number(text)
    return number is not None and (abs(number) <= LAST_DAY or YEARS[0] <= number <= YEARS[1])


def _forms(writer: Writer, number: Decimal) -> Iterator[str]:
    """Yield how a language may print a number: with and without groups of digits, and in its scale (万, billion)."""
    yield from (writer.plain(number), writer.plain(number, grouping=True), writer.plain(number, grouping=False))
    yield writer.figure(number)


def _unit_words(writer: Writer, unit_id: str) -> Iterator[str]:
    """Yield the nouns of a unit in a language; where it has none, its measure word."""
    unit = writer.unit(unit_id)
    nouns = [form for key in PLURALS if (form := unit.forms.get(writer.language, {}).get(key, ""))]
    yield from nouns or filter(None, [unit.form(writer.language, "measure")])


def _alone(forms: Iterable[str], units: Iterable[str] = ()) -> re.Pattern[str]:
    """Return the pattern of a number that is no part of another, of a date or of an address, or of it with a unit."""
    number = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    words = "|".join(map(re.escape, sorted(units, key=len, reverse=True)))
    beside = f"{_BETWEEN}(?:{words})" if words else ""
    return re.compile(rf"(?<![\d/._-])(?<!\d,)(?:{number})(?![\d%/_-]|[.,]\d|年|月|日){beside}", re.IGNORECASE)


# What people typed


def _cells(known: Editable) -> Iterator[_Typed]:
    for name, sheet in known.sheets.items():
        columns = [each.name for each in known.schemas[name].columns.values() if each.type == "text"]
        sources = _source_columns(known, name)
        for number, cells in rows_in(sheet):
            rests_on = {part.strip() for each in sources for part in cells[each].split(";")}
            for column in columns:
                if text := cells.get(column, ""):
                    place = Place(sheet.file, number, column)
                    yield _Typed(place=place, text=text, rests_on=frozenset(filter(None, rests_on)), table=name)


def _source_columns(known: Editable, table: str) -> list[str]:
    head, columns = known.sheets[table].head, known.schemas[table].columns.values()
    return [each.name for each in columns if each.type == "sources" and each.name in head]


def _entries(known: Editable) -> Iterator[_Typed]:
    for name in known.snapshot.names(DATA, ".yml"):
        yield from _below(known.snapshot.document(name), frozenset())


def _below(node: Node, rests_on: frozenset[str]) -> Iterator[_Typed]:
    """Yield the texts of a document, with what the nearest entry around them rests on."""
    if isinstance(node.value, str):
        yield _Typed(place=node.place, text=node.value, rests_on=rests_on)
    named = frozenset(text for key in ABOUT if (each := node.get(key)) for text in texts_below(each))
    for key, child in node.pairs():
        if key not in NOT_TYPED and key not in ABOUT:
            yield from _below(child, named or rests_on)
    for child in node:
        yield from _below(child, rests_on)


def _sentences(known: Editable) -> Iterator[_Typed]:
    for name, wording in known.wordings.items():
        said = choose(wording, known.facts)
        for variant in wording.variants:
            for text in variant.texts.values():
                if any(map(str.isdigit, text.literal)):
                    yield _Typed(place=text.place, text=text.literal, wording=name if variant == said else "")
