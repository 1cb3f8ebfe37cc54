"""Find typed texts that still have a replaced number or name a replaced source."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from jianbao.core.documents import Node, texts_below
from jianbao.core.encoding import HAN
from jianbao.core.errors import Place
from jianbao.data.csv_files import rows_in
from jianbao.data.provenance import SOURCES_FILE
from jianbao.data.schemas import NAMES
from jianbao.review.document_edits import REGISTER, entries_in, with_number, with_source
from jianbao.review.edits import Editable, cell_edits
from jianbao.review.proposals import Edit, EntryEdit, KeepEdit, TextEdit
from jianbao.review.review_items import written_in
from jianbao.review.source_answers import ReplacedRow, has_numbers, replaced_rows
from jianbao.text.citations import short_names
from jianbao.text.format_quantities import new_days, number_forms, unit_nouns
from jianbao.text.formatter import Writer
from jianbao.text.render import choose

DATA = "data"
ABOUT = ("source", "sources", "table")  # keys of an entry that name its sources or table
NOT_TYPED = ("title", "title_en", "url")  # keys of texts from elsewhere
NAMING, SHORT = ("title", "title_en", "producer", "producer_en"), 3  # the names of a source; shorter may be any word
LAST_DAY, YEARS = 31, (1900, 2100)  # a number up to the first, or between the others, may be part of a date
HOLE = "\ufffc"  # a placeholder in a text that is searched
_DIGITS = re.compile(r"\d+")
_SENTENCE = re.compile(r"(?<=[。；！？])|(?<=[.!?])\s+")
_BETWEEN = rf"(?:[{HAN}]{{0,8}}?|\s(?:[a-z-]+\s){{0,2}})"  # a measure word or adjectives before the noun


@dataclass(frozen=True, kw_only=True)
class OldNumber:
    """A typed text with an old number or the name of an old source: its place, the whole text, the sentence concerned.

    `table`, `wording` and `entry` name the table, the sentence or the entry of the register; all are "" for a text
    that is known only by its file. `language` is that of a sentence. `proposed` is the whole text with the new number
    and source; "" if that is not certain. `renewal` is the wording that may replace an old source. A text that
    `is_of_its_day` gives the old number with its date, and the row of that date stays.
    """

    number: str
    place: Place
    sentence: str
    text: str = ""
    table: str = ""
    wording: str = ""
    entry: str = ""
    language: str = ""
    proposed: str = ""
    is_source: bool = False
    is_of_its_day: bool = False
    renewal: Mapping[str, str] = field(default_factory=dict)

    def reason_to_keep(self, edits: Iterable[Edit]) -> str:
        """Return the reason given for leaving the text as it is; "" if nobody decided that."""
        keeps = (edit for edit in edits if isinstance(edit, KeepEdit))
        return next((edit.why for edit in keeps if (edit.place, edit.text) == (self.place.file, self.sentence)), "")

    def mended(self, new: str, editable: Editable) -> tuple[Edit, ...]:
        """Return the change that replaces the text; none for a sentence, which has several languages."""
        if self.entry:
            return (EntryEdit(about=self.entry, old=self.text, new=new),)
        setting = f"{self.table}:{self.place.line}.{self.place.column}={new}"
        return tuple(cell_edits([setting], editable)) if self.table else ()

    def kept(self, why: str) -> KeepEdit:
        """Return the decision to leave the text as it is."""
        return KeepEdit(place=self.place.file, text=self.sentence, why=why)


@dataclass(frozen=True, kw_only=True)
class _Typed:
    """A text that somebody typed, and the ids of the sources and tables on which its entry rests."""

    place: Place
    text: str
    rests_on: frozenset[str] = frozenset()
    table: str = ""
    wording: str = ""
    language: str = ""
    written: str = ""  # a sentence with its placeholders


@dataclass(frozen=True, kw_only=True)
class _OldSource:
    """A source that a row no longer names: its id, and the forms of its title and publisher.

    `new` is the replacement in a sentence, in each language of the program; empty if that is not clear. `at`
    is the place of the change among all.
    """

    at: int
    id: str
    names: frozenset[str]
    new: Mapping[str, str]

    def named_in(self, typed: _Typed) -> tuple[str, str]:
        """Return the name that a text has, and the sentence with it; "" for both if there is none.

        The text must be a sentence of the edition, or rest on the source.
        """
        if not typed.written and (self.id not in typed.rests_on or typed.table):
            return "", ""
        pairs = ((name, each) for each in _SENTENCE.split(typed.text) for name in self.names if name in each)
        return next(((name, each.strip()) for name, each in pairs), ("", ""))

    def renewed(self, text: str, language: str) -> str:
        """Return a text with the new source in the clause that names only the old one; the same text if none does."""
        return with_source(text, self.names, self.new[language]) if language in self.new else text


@dataclass(frozen=True, kw_only=True)
class _Replaced:
    """A number that was replaced: how it may be typed, alone and with its unit; its row, and the sources of that.

    `digits` are the first digits of each way to type it: a text without any of them cannot have it. `renewals` has the
    new number for each way, `days` the new date of the row for each way to write the old one, the longest first. With
    `added`, the row of the old number stays. `at` is the place of the change among all.
    """

    at: int
    number: str
    digits: frozenset[str]
    alone: re.Pattern[str]
    with_unit: re.Pattern[str] | None
    row: tuple[str, int]
    rests_on: frozenset[str]
    renewals: Mapping[str, str]
    days: Mapping[str, str]
    added: bool

    def is_of_its_day(self, sentence: str) -> bool:
        """Return whether a sentence gives the number with its day, and stays right as the row of that day stays."""
        return self.added and any(day in sentence for day in self.days)

    def renewed(self, text: str, sentence: str) -> str:
        """Return a text with the new number and the new date of its row, added to the old ones if these stay right."""
        return with_number(text, self.alone, self.renewals, self.days, beside=self.is_of_its_day(sentence))

    def sentence_in(self, typed: _Typed) -> str:
        """Return the sentence of a text that has the number and is about the same thing; "" if there is none."""
        own = (typed.table, typed.place.line) == self.row
        if self.added and typed.table and not own:  # a cell is about its own row, where the old number was right
            return ""
        same = own or not self.rests_on.isdisjoint(typed.rests_on)
        wanted = self.alone if same and not _may_be_a_date(self.number) else self.with_unit
        sentences = _SENTENCE.split(typed.text) if wanted else []
        return next((each.strip() for each in sentences if wanted and wanted.search(each)), "")


def old_numbers(
    edits: Iterable[Edit], editable: Editable, writers: Sequence[Writer], is_used: Callable[[ReplacedRow], bool] = bool
) -> tuple[OldNumber, ...]:
    """Return the typed texts that still have a number or source that changes of cells replaced.

    A text counts if the number is not part of a longer one, and the text rests on a source or the table of the changed
    row, or has the row's unit beside the number. A number that may be part of a date counts only with its unit.

    Args:
        edits: The changes.
        editable: The workspace with the changes in it.
        writers: The languages in which numbers and units may be typed.
        is_used: Whether the edition uses a row; for one that it does not use, no text changes.

    Returns:
        The texts in the order of the files, each once.

    """
    made = tuple(edits)
    changed = [each for each in replaced_rows(made, editable) if is_used(each)]
    replaced = [found for row in changed for found in _replaced(row, editable, writers)]
    sources = [*_old_sources(changed, editable)]
    if not (replaced or sources):
        return ()
    register = entries_in(editable.snapshot.text(REGISTER)) if REGISTER in editable.snapshot.names(DATA, ".yml") else {}
    entries = {(each.line, each.value): name for name, each in register.items()}
    found: dict[tuple[Place, str], OldNumber] = {}
    for typed in (*_cells(editable), *_entries(editable), *_sentences(editable)):
        entry = entries.get((typed.place.line, typed.text), "") if typed.place.file == REGISTER else ""
        if old := _old_in(typed, entry, made, replaced, sources):
            found.setdefault((typed.place, typed.text), old)
    return tuple(found.values())


def _old_in(
    typed: _Typed, entry: str, edits: Sequence[Edit], replaced: Iterable[_Replaced], sources: Iterable[_OldSource]
) -> OldNumber | None:
    """Return the old numbers and sources in a text, the first of them to be reported; None if it has none.

    A text that was corrected after a source was replaced, or that has a number of another day beside the old one, was
    read in full, so its other words on that source or day may be right. Only later replacements are asked about.
    """
    text, digits = typed.written or typed.text, {*_DIGITS.findall(typed.text)}
    own = entry or f"{typed.wording}.{typed.language}"
    changes = (at for at, each in enumerate(edits) if isinstance(each, TextEdit | EntryEdit) and each.about == own)
    read = max((at for at in changes if getattr(edits[at], "new", "") == text), default=-1)
    there = ((each, each.sentence_in(typed)) for each in replaced if not each.digits.isdisjoint(digits))
    numbers = [(each, where) for each, where in there if where and not (each.at < read and each.is_of_its_day(where))]
    named = [(each, *each.named_in(typed)) for each in sources if each.at >= read]
    names = [(source, name, where) for source, name, where in named if where]
    if not (numbers or names):
        return None
    number, sentence = (numbers[0][0].number, numbers[0][1]) if numbers else names[0][1:]
    new = _renewed(typed, text, numbers, [source for source, _, _ in names])
    return OldNumber(
        number=number,
        place=typed.place,
        sentence=sentence.replace(HOLE, "…"),
        text=text,
        table=typed.table,
        wording=typed.wording,
        entry=entry,
        language=typed.language or (entry and entry.rpartition(".")[2]),
        proposed=new if new != text else "",
        is_source=not numbers,
        is_of_its_day=bool(numbers) and numbers[0][0].is_of_its_day(sentence),
        renewal={} if numbers else names[0][0].new,
    )


def _renewed(typed: _Typed, text: str, numbers: Iterable[tuple[_Replaced, str]], sources: Iterable[_OldSource]) -> str:
    """Return a text with new numbers and sources in place of old ones; a cell, which has its own source, unchanged."""
    for number, sentence in numbers if not typed.table else ():
        text = number.renewed(text, sentence)
    for source in sources if typed.written else ():
        text = source.renewed(text, typed.language)
    return text


def _old_sources(changed: Iterable[ReplacedRow], editable: Editable) -> Iterator[_OldSource]:
    """Yield the sources that changed rows no longer name, without names that the new sources have, too."""
    snapshot, names = editable.snapshot, editable.sheets.get(NAMES)
    entries = snapshot.document(SOURCES_FILE) if SOURCES_FILE in snapshot.names(DATA, ".yml") else None
    forms = [frozenset(row) for row in names.rows] if names else []

    def called(source: str) -> frozenset[str]:
        entry = entries.get(source) if entries else None
        given = {text for key in NAMING for each in (entry and entry.get(key),) if each for text in texts_below(each)}
        return frozenset(given.union(*(row for row in forms if row & given)))

    for row in changed:
        column = editable.schemas[row.table].source_column
        if column in row.columns:
            was, now = ([part.strip() for part in cells.get(column, "").split(";")] for cells in (row.was, row.now))
            kept = frozenset[str]().union(*map(called, now))
            new_names = short_names(entries.get(now[0]), names) if entries and len(now) == 1 else {}
            for each in (old for old in was if old and old not in now):
                others = frozenset(name for name in called(each) - kept if len(name) >= SHORT)
                yield _OldSource(at=row.at, id=each, names=others, new=new_names)


def _replaced(row: ReplacedRow, editable: Editable, writers: Sequence[Writer]) -> Iterator[_Replaced]:
    """Yield the replaced numbers of a row."""
    schema, columns = editable.schemas[row.table], _source_columns(editable, row.table)
    named = ";".join(cells.get(name, "") for name in columns for cells in (row.was, row.now))
    dates = [(row.was.get(name, ""), row.now.get(name, "")) for name in schema.dated_by]
    units = {word for each in writers for word in unit_nouns(each, row.now.get("unit", "") or schema.row)}
    for column in row.columns:
        if not has_numbers(schema, column) or (old := _number(row.was[column])) is None:
            continue
        forms = {row.was[column]} | {form for each in writers for form in number_forms(each, old)}
        new = _number(row.now[column])
        pairs = zip(writers, (new,) * len(writers), strict=True) if new is not None else ()
        shown = [
            pair for each, now in pairs for pair in zip(number_forms(each, old), number_forms(each, now), strict=True)
        ]
        yield _Replaced(
            at=row.at,
            number=row.was[column],
            digits=frozenset(run for form in forms for run in _DIGITS.findall(form)[:1]),
            alone=_alone(forms),
            with_unit=_alone(forms, units) if units else None,
            row=(row.table, row.number),
            rests_on=row.sources | {row.table, *filter(None, (part.strip() for part in named.split(";")))},
            renewals={**dict(reversed(shown)), row.was[column]: row.now[column]},
            days=new_days(dates, writers),
            added=row.added,
        )


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if Decimal(text).is_finite() else None
    except InvalidOperation:
        return None


def _may_be_a_date(text: str) -> bool:
    number = _number(text)
    return number is not None and (abs(number) <= LAST_DAY or YEARS[0] <= number <= YEARS[1])


def _alone(forms: Iterable[str], units: Iterable[str] = ()) -> re.Pattern[str]:
    """Return the pattern of a number, alone or with a unit, that is not part of a number, date or address."""
    number = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    words = "|".join(map(re.escape, sorted(units, key=len, reverse=True)))
    beside = f"{_BETWEEN}(?:{words})" if words else ""
    return re.compile(rf"(?<![\d/._-])(?<!\d,)(?:{number})(?![\d%/_-]|[.,]\d|年|月|日){beside}", re.IGNORECASE)


# What people typed


def _cells(editable: Editable) -> Iterator[_Typed]:
    for name, sheet in editable.sheets.items():
        columns = [each.name for each in editable.schemas[name].columns.values() if each.type == "text"]
        sources = _source_columns(editable, name)
        for number, cells in rows_in(sheet):
            rests_on = {part.strip() for each in sources for part in cells[each].split(";")}
            for column in columns:
                if text := cells.get(column, ""):
                    place = Place(sheet.file, number, column)
                    yield _Typed(place=place, text=text, rests_on=frozenset(filter(None, rests_on)), table=name)


def _source_columns(editable: Editable, table: str) -> list[str]:
    head, columns = editable.sheets[table].head, editable.schemas[table].columns.values()
    return [each.name for each in columns if each.type == "sources" and each.name in head]


def _entries(editable: Editable) -> Iterator[_Typed]:
    for name in editable.snapshot.names(DATA, ".yml"):
        yield from _below(editable.snapshot.document(name), frozenset())


def _below(node: Node, rests_on: frozenset[str]) -> Iterator[_Typed]:
    """Yield the texts of a document, with the sources and tables of the nearest entry around them."""
    if isinstance(node.value, str):
        yield _Typed(place=node.place, text=node.value, rests_on=rests_on)
    named = frozenset(text for key in ABOUT if (each := node.get(key)) for text in texts_below(each))
    for key, child in node.pairs():
        if key not in NOT_TYPED and key not in ABOUT:
            yield from _below(child, named or rests_on)
    for child in node:
        yield from _below(child, rests_on)


def _sentences(editable: Editable) -> Iterator[_Typed]:
    for name, wording in editable.wordings.items():
        chosen = choose(wording, editable.facts)
        for variant in wording.variants:
            for language, text in variant.texts.items():
                own = name if variant == chosen else ""
                written = written_in(text)
                yield _Typed(place=text.place, text=text.literal, wording=own, language=language, written=written)
