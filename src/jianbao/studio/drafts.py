"""Count and show draft changes, keep the answers given about them, and propose the reason for them."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import TypeGuard

from babel import Locale
from babel.dates import format_skeleton

from jianbao.app.propose import BrokenState, WorkspaceState
from jianbao.core.encoding import has_han
from jianbao.core.errors import JianbaoError
from jianbao.core.messages import LANGUAGES, Translatable, tr, tr_list, tr_worded
from jianbao.data.csv_files import rows_in
from jianbao.data.dates import period, typed_date
from jianbao.data.facts import Source
from jianbao.data.provenance import NEWSPAPER
from jianbao.data.row_diff import former_row
from jianbao.data.schemas import NAMES, Schema
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.review.document_edits import REGISTER, entries_in
from jianbao.review.edits import Editable, cell_edits
from jianbao.review.proposals import CELL, CellEdit, Edit, EntryEdit, KeepEdit, RowEdit, TableRow, TextEdit
from jianbao.review.source_answers import has_numbers, is_number, is_source
from jianbao.text.formatter import YEAR, UnsayableError, write_date
from jianbao.text.placeholders import fill_placeholder, read_placeholder
from jianbao.text.render import Piece

FORM = "studio"  # the place of the problems of a form; their columns are its fields
PUBLISHER = "producer"  # the kind of a publisher's name, and its field in a source
GIVEN = ("confidence", "note")  # columns asked for with a new source
HOLE = re.compile(r"\{\{([^{}]*)\}\}")
SAME, CORRECTED, REDATED, ADDED = "same", "corrected", "redated", "added"  # what happens to the old number
SourceFields = Mapping[str, Mapping[str, str]]  # the fields of each source, by its id
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def count_of(edits: Sequence[Edit]) -> int:
    """Return the number of changes that a page shows: the cells of a row are one, the languages of a text are one."""
    pairs = paired_keeps(edits, "zh")
    return len({group_of(edit, place) for place, edit in enumerate(edits) if place not in pairs})


def paired_keeps(edits: Sequence[Edit], language: str) -> dict[int, int]:
    """Map the index of each decision to keep a text to the index of its counterpart in the reader's language.

    Counterparts are in the same file and are kept for the same reason, one in Chinese and one in another language.
    """
    keeps = [(at, each) for at, each in enumerate(edits) if isinstance(each, KeepEdit) and not _is_cell(each)]
    own = [(at, each) for at, each in keeps if has_han(each.text) == (language == "zh")]
    found = dict[int, int]()
    for at, each in (pair for pair in keeps if pair not in own):
        alike = (other for other, keep in own if (keep.place, keep.why) == (each.place, each.why))
        if (other := next((other for other in alike if other not in found.values()), None)) is not None:
            found[at] = other
    return found


def kept_text(edit: KeepEdit, editable: Editable) -> str:
    """Return the text that is kept: the whole entry of the register of discrepancies, or the quoted passage."""
    register = entries_in(editable.snapshot.text(REGISTER)) if edit.place == REGISTER else {}
    return next((each.value for each in register.values() if edit.text in each.value), edit.text)


def _is_cell(edit: KeepEdit) -> bool:
    return CELL.fullmatch(edit.place) is not None


def group_of(edit: Edit, place: int) -> str:
    """Return the key shared by changes that a page shows as one: the cells of a row, or the languages of a text."""
    if isinstance(edit, CellEdit):
        return f"row {edit.table}:{edit.row}"
    if isinstance(edit, TextEdit):
        return f"text {edit.wording}"
    if isinstance(edit, EntryEdit):
        return f"{edit.about.rpartition('.')[0]}."
    return f"+{place}" if isinstance(edit, TableRow) else edit.about


def place_of(edit: Edit) -> str:
    """Return the place of a change as `OpenPlaces` names it; "" for a new row or a weight."""
    if isinstance(edit, CellEdit):
        return f"row {edit.table} {edit.row}"
    return f"sentence {edit.wording}" if isinstance(edit, TextEdit) else ""


def meant(words: Mapping[str, str], text: str) -> str:
    """Return the cell text for a typed text; a word that names exactly one value becomes that value."""
    values = {word: [value for value, other in words.items() if other == word] for word in words.values()}
    parts = [part.strip() for part in text.split(";")]
    found = [values[part][0] if len(values.get(part, ())) == 1 else part for part in parts]
    return ";".join(found) if found != parts else text


# Answers


def is_later(day: str, than: str) -> bool:
    """Return whether a typed day is after all days of another date."""
    new, old = period(typed_date(day)), period(than)
    return bool(new and old and new.first > old.last)


def fields_in(errors: Iterable[JianbaoError]) -> dict[str, Translatable]:
    """Return the problems of the fields of a form, by field name."""
    found = (each for error in errors for each in error.problems if each.where.file == FORM and each.where.column)
    return {each.where.column: each.what for each in found}


def without_mended(edits: Sequence[Edit], numbers: Collection[str], names: Collection[str] = ()) -> tuple[Edit, ...]:
    """Return changes without the texts into which one of these numbers or names was put, in any language."""

    def mends(edit: Edit) -> bool:
        if not isinstance(edit, TextEdit | EntryEdit):
            return False
        old, new = ({each.replace(",", "") for each in _NUMBER.findall(text)} for text in (edit.old, edit.new))
        return not (new - old).isdisjoint(numbers) or any(each in edit.new and each not in edit.old for each in names)

    gone = {group_of(each, at) for at, each in enumerate(edits) if mends(each)}
    return tuple(each for at, each in enumerate(edits) if group_of(each, at) not in gone)


def changed_again(edits: Sequence[Edit], more: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return draft changes without the texts that were corrected for a cell which further changes alter again."""
    later = {each.about: each.new for each in more if isinstance(each, CellEdit)}
    cells = [each for each in edits if isinstance(each, CellEdit)]
    return without_mended(edits, {each.new for each in cells if later.get(each.about, each.new) != each.new})


@dataclass(frozen=True, kw_only=True)
class UndoneAnswer:
    """An answer that is undone: the `fields` of the form at its place, and the `numbers` it was about.

    `gone` are the changes that the answer made; of an added row, `cells` are those of the former row in its place.
    """

    place: str
    fields: dict[str, str]
    numbers: Sequence[CellEdit]
    gone: Sequence[Edit]
    cells: Sequence[CellEdit] = ()


def reopened(
    edits: Sequence[Edit], editable: Editable, sources: Mapping[str, Source]
) -> tuple[tuple[Edit, ...], dict[str, dict[str, str]]]:
    """Return draft changes as they were before the sources of their numbers were given, and the answers given.

    The answers have, by the place of the question, the fields of the source, the `way` of the old number, the day `on`
    which the new one is dated, and other given cells. Texts that were corrected with an answer are asked about again.
    """
    called = {each.cells["zh"]: each.cells["en"] for each in edits if is_publisher(each)}
    new = {each.cells["id"]: _with_english(each.cells, called) for each in edits if is_source(each)}
    named = {**{key: each.distinguishing_fields for key, each in sources.items()}, **new}
    others = [each for each in edits if not (is_source(each) or is_publisher(each))]
    of_tables = [each for each in others if isinstance(each, CellEdit | RowEdit) and each.table in editable.sheets]
    rows = dict.fromkeys((each.table, each.row) for each in of_tables if isinstance(each, CellEdit))
    found = [_undone_in_row(row, others, editable, named) for row in rows]
    found += [_undone_row(each, editable, named) for each in of_tables if isinstance(each, RowEdit)]
    undone = [each for each in found if each]
    gone = [edit for each in undone for edit in each.gone]
    left = [*(each for each in others if each not in gone), *(cell for each in undone for cell in each.cells)]
    answers = {each.place: each.fields for each in undone}
    names = {each["producer"] for each in answers.values() if each.get("producer")}
    used = {each["source"] for each in answers.values()}
    kept = [each for each in edits if is_source(each) and each.cells["id"] not in used]
    kept += [each for each in edits if is_publisher(each) and each.cells["zh"] not in names]
    numbers = {number.new for each in undone for number in each.numbers}
    return without_mended([*kept, *left], numbers, names), answers


def _undone_in_row(
    row: tuple[str, int], edits: Sequence[Edit], editable: Editable, sources: SourceFields
) -> UndoneAnswer | None:
    """Return the answer about the changed numbers of a row, its table and number; None if none was given."""
    schema = editable.schemas[row[0]]
    place = f"{row[0]}:{row[1]}.{schema.source_column}"
    own = {each.column: each for each in edits if isinstance(each, CellEdit) and (each.table, each.row) == row}
    numbers = [each for each in own.values() if is_number(each, editable)]
    stays = [each for each in edits if isinstance(each, KeepEdit) and each.place == place]
    if not numbers or not (stays or schema.source_column in own):
        return None
    way = SAME if stays else REDATED if {*own} & {*schema.dated_by} else CORRECTED
    fields = _answer_fields({name: each.new for name, each in own.items()}, schema, way, sources)
    asked = {*GIVEN, *schema.dated_by[:1], schema.source_column, schema.known_column}
    given = [each for name, each in own.items() if name in asked and each not in numbers]
    return UndoneAnswer(place=place, fields=fields, numbers=numbers, gone=[*stays, *given])


def _undone_row(edit: RowEdit, editable: Editable, sources: SourceFields) -> UndoneAnswer | None:
    """Return the answer that an added row is, with the cells of the former row in its place; None for no answer."""
    sheet, schema = editable.sheets[edit.table], editable.schemas[edit.table]
    old = former_row(edit.cells, sheet, schema)
    at = next((number for number, cells in rows_in(sheet) if old and cells == old), 0)
    was = [name for name in edit.cells if has_numbers(schema, name) and old.get(name, "") != edit.cells[name]]
    if not (at and was and schema.source_column):
        return None
    settings = [f"{edit.table}:{at}.{name}={edit.cells[name]}" for name in was]
    made = [each for each in cell_edits(settings, editable) if isinstance(each, CellEdit)]
    place, fields = f"{edit.table}:{at}.{schema.source_column}", _answer_fields(edit.cells, schema, ADDED, sources)
    return UndoneAnswer(place=place, fields=fields, numbers=made, gone=[edit], cells=made)


def is_publisher(edit: Edit) -> TypeGuard[RowEdit]:
    """Return whether a change adds the name of a publisher in Chinese and English."""
    return isinstance(edit, RowEdit) and edit.table == NAMES and edit.cells.get("kind") == PUBLISHER


def _with_english(source: Mapping[str, str], called: Mapping[str, str]) -> Mapping[str, str]:
    """Return the fields of a new source with the English name of its publisher, if that was given with it."""
    english = called.get(source.get("producer", ""), "")
    return {**source, "producer_en": english} if english else source


def _answer_fields(cells: Mapping[str, str], schema: Schema, way: str, sources: SourceFields) -> dict[str, str]:
    """Return the answer about a number, read from the cells that it filled."""
    source = cells.get(schema.source_column, "")
    on = "".join(cells.get(each, "") for each in schema.dated_by[:1]) if way in (REDATED, ADDED) else ""
    given = {f"cell.{name}": cells[name] for name in GIVEN if name in cells}
    return {**(sources.get(source, {}) if way != SAME else {}), **given, "way": way, "on": on, "source": source}


# The proposed reason


def reasons_of(
    edits: Sequence[Edit], editable: Editable, unit: Callable[[str, str], str], registered: Mapping[str, Source]
) -> Iterator[Translatable]:
    """Yield a reason for each changed number: a new source, or a copying error; `unit` names a table's unit."""
    sources = {key: each.distinguishing_fields for key, each in registered.items()}
    sources |= {each.cells["id"]: {**each.cells} for each in edits if is_source(each)}
    cells = [each for each in edits if isinstance(each, CellEdit)]
    for named in (each for each in cells if each.column == editable.schemas[each.table].source_column):
        beside = [each for each in cells if (each.table, each.row) == (named.table, named.row)]
        for each in beside if named.new in sources else ():
            if is_number(each, editable):
                yield _quoted(_reason(sources[named.new], each.old, each.new), sources[named.new])
    for row in (each for each in edits if isinstance(each, RowEdit) and each.table in editable.sheets):
        schema = editable.schemas[row.table]
        old, source = former_row(row.cells, editable.sheets[row.table], schema), row.cells.get(schema.source_column, "")
        numbers = [name for name in row.cells if has_numbers(schema, name) and old.get(name, "") != row.cells[name]]
        day = "".join(old.get(each, "") for each in schema.dated_by[:1])
        called = unit(row.table, row.cells.get("unit", ""))
        for was, now in ((old.get(name), row.cells[name]) for name in numbers if source in sources):
            if was:
                cited = sources[source]
                yield _quoted(_reason_beside(cited, was, now, day, called) if day else _reason(cited, was, now), cited)
    stays = {each.place for each in edits if isinstance(each, KeepEdit)}
    for edit in cells:
        if f"{edit.table}:{edit.row}.{editable.schemas[edit.table].source_column}" in stays and is_number(
            edit, editable
        ):
            yield tr("{old} was copied wrongly; corrected to {new}", old=edit.old, new=edit.new)


def _quoted(reason: Translatable, source: Mapping[str, str]) -> Translatable:
    return tr("{reason} (in its words: “{words}”)", reason=reason, words=source["note"]) if "note" in source else reason


def _reason(source: Mapping[str, str], was: str, now: str) -> Translatable:
    """Return the reason for replacing a number: the old and the new number, and the source."""
    parts = [source[key] for key in ("producer", "title", "published") if source.get(key)]
    return tr("{old} → {new} by {source}", old=was, new=now, source=tr_list(parts, ", "))


def _reason_beside(source: Mapping[str, str], was: str, now: str, day: str, unit: str) -> Translatable:
    """Return the reason for a separate row: what the source says, and that the old number remains true for its day."""
    who, published = source.get("producer") or source["title"], _in_words(source.get("published", ""))
    by: object = who
    if published and (NEWSPAPER.fullmatch(who) or not source.get("producer")):
        page = source.get("pages", "")
        by = tr("“{paper}” of {day}", paper=who, day=published)
        by = tr("“{paper}” of {day}, page {page}", paper=who, day=published, page=page) if page else by
    elif published:
        by = tr("{producer} of {day}", producer=who, day=published)
    old, new = (tr("{number} {unit}", number=each, unit=unit) if unit else each for each in (was, now))
    values = {"by": by, "new": new, "old": old, "day": _in_words(day)}
    if _number(now) > _number(was):
        return tr("According to {by} it has risen to {new}; the {old} of {day} stay.", **values)
    return tr("According to {by} it is {new} now; the {old} of {day} stay.", **values)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return 0.0


def _in_words(day: str) -> object:
    """Return a day in the long form of each language of the pages; any other text unchanged."""
    if not day or period(day) is None or "/" in day:
        return day
    if len(day) == YEAR:
        first = date(int(day), 1, 1)
        return tr_worded({each: format_skeleton("y", first, locale=each) for each in LANGUAGES})
    return tr_worded({each: write_date(day, Locale.parse(each)) for each in LANGUAGES})


# Texts as they are printed


def printed_in(state: WorkspaceState | BrokenState, language: str, *texts: str) -> dict[str, str]:
    """Return the printed form of each placeholder of texts in a language; those that cannot be printed are left out."""
    found = dict[str, str]()
    if not isinstance(state, WorkspaceState):
        return found
    for hole in (each for text in texts for each in HOLE.findall(text)):
        with suppress(UnsayableError, KeyError):
            writer = state.assessment.project.writers[language]
            found[hole.strip()] = fill_placeholder(read_placeholder(hole), writer, state.assessment.ledger).text or ""
    return found


def as_printed(state: WorkspaceState | BrokenState, language: str, text: str) -> str:
    """Return a written text as it is printed; placeholders that cannot be printed are left out."""
    filled = printed_in(state, language, text)
    return HOLE.sub(lambda hole: filled.get(hole[1].strip(), "…"), text)


def redlined(edit: TextEdit | EntryEdit, old: str, new: str, state: WorkspaceState | BrokenState) -> Sequence[Piece]:
    """Return a text with its changes marked, a sentence as it is printed."""
    printed = [as_printed(state, edit.language, each) for each in (old, new)] if isinstance(edit, TextEdit) else []
    was, now = printed if len({*printed}) > 1 else (old, new)
    return redline(was, now, tokens_of())
