"""Recognise the names of tables, columns and choices in a delivery, and units in its headings."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list, tr_worded, verbatim
from jianbao.data.csv_files import Sheet
from jianbao.data.provenance import SOURCES
from jianbao.data.schemas import NAMES, NUMERIC, Column, Schema
from jianbao.intake.remarks import NOTE
from jianbao.intake.sources import RECORD
from jianbao.text.numbers import MORE, scaled, unit_named
from jianbao.text.vocabulary import Vocabulary
from jianbao.text.wording import SectionText

TITLE = 31  # characters that a spreadsheet allows in the title of a sheet
FORBIDDEN = set("[]:*?/\\")
CHOICE = "choice."  # begins the key of the phrase for a choice of a column, and a form of `choice_forms`
NOT_GUESSED = (SOURCES, NAMES)  # tables recognised by the title of the sheet alone
TOTALS = "totals"  # likewise; it is also filled from totals on other sheets
_PARTED = re.compile("[、，,] *")
LISTS = "_"  # the title of the hidden sheet with the lists of the drop-downs
GRADE = "grade"
DENIED = "denied"  # the key of words that deny a choice which a text contains
CELL_WORDS = (  # for cells
    *(DENIED, "approximate", "counters", "doubts", "parts_of_time", "end_of_year", "abroad", "sites_abroad"),
    *("sites_in_english", "dates_called"),
    *("bare_sources", "bare_said", "news", "counted", "not_counted", "in_words", "first_edition"),
)
BROUGHT = ("city", "body")  # kinds of names that a row may introduce
_FIGURES = re.compile(r"[\d.]+")
_MEASURED = re.compile(r"(.*?)\s*[（(]([^（）()]+)[)）]")
_INSIDE = re.compile(r"[（(][^（）()元万亿]*[)）](?=.)")
_REGIONS = re.compile("(?<=家)[（(/／、及]?地区[)）]?")


@dataclass(frozen=True)
class Labels:
    """The phrases `table.TABLE`, `column.COLUMN` and `column.TABLE.COLUMN` of the wording, in the order of languages.

    Those of choices are `choice.VALUE`, `choice.COLUMN.VALUE` and `choice.TABLE.COLUMN.VALUE`. Where there is no phrase
    a table, column or choice is called by its id. `further` has other words for them, by the same keys, which are only
    read.
    """

    languages: tuple[str, ...]
    section: SectionText
    further: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def texts(self, *keys: str) -> tuple[str, ...]:
        """Return the first of these phrases that the wording has, in every language; nothing if it has none."""
        for key in keys:
            if wording := self.section.phrases.get(key):
                texts = wording.variants[0].texts
                return tuple(texts[language].literal for language in self.languages if language in texts)
        return ()

    @classmethod
    def of(cls, sections: Mapping[str, SectionText]) -> "Labels":
        """Return the labels in the wording of a workspace."""
        return cls((), sections.get("intake", SectionText(id="intake", title=None)))

    def table_for_user(self, name: str) -> Translatable:
        """Return the name of a table in the language of the user; its id if it has no label."""
        wording = self.section.phrases.get(f"table.{name}")
        texts = wording.variants[0].texts if wording else {}
        return tr_worded({language: text.literal for language, text in texts.items()}) if texts else verbatim(name)

    def table(self, name: str) -> str:
        """Return the title of a table's sheet: its label in all languages if that is short enough, else its id."""
        title = " ".join(self.texts(f"table.{name}"))
        return title if title and len(title) <= TITLE and not FORBIDDEN & set(title) else name

    def guidance(self) -> str:
        """Return the title of the sheet of guidance."""
        return " ".join(self.texts("guidance")) or "guidance"

    def column(self, table: str, name: str) -> str:
        """Return a heading: the column's label in all languages, or its id."""
        return " ".join(self._column(table, name)) or name

    def _column(self, table: str, name: str) -> tuple[str, ...]:
        return self.texts(*(f"column.{form}" for form in column_forms(table, name)))

    def column_for_user(self, table: str, name: str) -> Translatable:
        """Return the name of a column in the language of the user; its id if it has no label."""
        phrases = (self.section.phrases.get(f"column.{form}") for form in column_forms(table, name))
        wording = next(filter(None, phrases), None)
        texts = wording.variants[0].texts if wording else {}
        return tr_worded({language: text.literal for language, text in texts.items()}) if texts else verbatim(name)

    def choice_for_user(self, table: str, column: str, name: str) -> Translatable:
        """Return the name of a choice in the language of the user; in English it is its id."""
        phrases = (self.section.phrases.get(f"{CHOICE}{form}") for form in choice_forms(table, column, name))
        wording = next(filter(None, phrases), None)
        texts = wording.variants[0].texts if wording else {}
        own = {language: _PARTED.split(text.literal)[0] for language, text in texts.items()}
        return tr_worded({**own, "en": name})

    def choice(self, table: str, column: str, name: str) -> str:
        """Return the name of a choice of a column: the first word of its phrase, or the choice itself."""
        return next((_PARTED.split(text)[0] for text in self.meaning(table, column, name)), name)

    def choices_called(self, table: str, column: str, names: Sequence[str]) -> tuple[str, ...]:
        """Return the names of a column's choices in the first language; their ids if that is English or unclear."""
        called = [self.choice(table, column, name) for name in names]
        if self.languages[0] == "en" or len({*called}) < len(called):
            return tuple(names)
        return tuple(called)

    def meaning(self, table: str, column: str, name: str) -> tuple[str, ...]:
        """Return the meaning of a choice of a column in every language; nothing if the wording does not give it."""
        return self.texts(*(f"{CHOICE}{form}" for form in choice_forms(table, column, name)))

    def choices(self) -> Mapping[str, frozenset[str]]:
        """Return the words of each choice, in lower case, by its forms; a phrase may have several, between commas."""
        keys = [key for key in self.section.phrases if key.startswith(CHOICE)]
        texts = {key: [text.lower() for text in (*self.texts(key), " ".join(self.texts(key)))] for key in keys}
        found = {
            key.removeprefix(CHOICE): frozenset(part for text in forms for part in (text, *_PARTED.split(text)))
            for key, forms in texts.items()
        }
        for form in found.keys() & {f"{TOTALS}.indicator.{key.partition('.')[2]}" for key in self.further}:
            kind, ends = form.rpartition(".")[2], ("", *self.further.get("ends_of_totals", ()))
            known = (*self.further.get(f"totals_of.{kind}", ()), *self.further.get(f"noted_totals.{kind}", ()))
            found[form] |= {f"{word}{end}".lower() for word in known for end in ends}
        further = {key: frozenset(known) for key, known in self.further.items() if key.partition(".")[0] in CELL_WORDS}
        return {**found, **further}

    def no_table(self, file: str, others: Iterable[str], schemas: Iterable[str]) -> Problem:
        """Return the problem of a delivery without any table of the workspace."""
        names = tr_list(map(self.table_for_user, schemas))
        hint = tr("name each sheet after one of these tables: {tables}; or use the headings of one", tables=names)
        return Problem(Place(file), tr("no sheet is a table of this workspace: {sheets}", sheets=tr_list(others)), hint)

    def titles(self, tables: Sequence[str]) -> Mapping[str, str]:
        """Return the table that each title of a sheet means: its id, its label in one language or in all."""
        read = {form: name for name in tables for form in self.further.get(f"table.{name}", ())}
        found = {form: name for name in tables for form in (*self.texts(f"table.{name}"), self.table(name))}
        return {form.lower(): name for form, name in {**read, **found, **{name: name for name in tables}}.items()}

    def headings(self, schema: Schema) -> Mapping[str, str]:
        """Return the column that each heading, in lower case, means; a heading of two columns is left out."""
        pairs = [pair for column in schema.columns for pair in self._forms(schema.name, column)]
        read = [(word, column) for column in schema.columns for word in self._further(schema.name, column)]
        called = _unambiguous(pairs)
        return _unambiguous([pair for pair in read if pair[0] not in called]) | called

    def every_heading(self, schemas: Iterable[Schema]) -> frozenset[str]:
        """Return all possible headings of the columns of these tables."""
        return frozenset().union(*(self.headings(schema) for schema in schemas))

    def _further(self, table: str, column: str) -> list[str]:
        """Return the other words for a column: those for it in this table, or else the general ones."""
        beside = column.partition(".")[2]
        keys = [f"record.{beside}"] if beside in RECORD else [f"column.{form}" for form in column_forms(table, column)]
        return [word.lower() for word in next(filter(None, map(self.further.get, keys)), ())]

    def _forms(self, table: str, column: str) -> Iterator[tuple[str, str]]:
        forms = {column, self.column(table, column), *self._column(table, column)}
        return ((form.lower(), column) for form in sorted(forms))


def _unambiguous(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    several = {form for form, _ in {*pairs} - dict(pairs).items()}  # whose last column is not their only one
    return {form: column for form, column in pairs if form not in several or form == column}


def column_forms(table: str, name: str) -> tuple[str, ...]:
    """Return the wording's keys for a column; one for a new name or a grade has those of the names or sources table."""
    beside = name.partition(".")[2]
    if beside:
        return (f"{SOURCES}.{beside}",) if beside in (GRADE, *RECORD) else (f"{NAMES}.{beside}", beside)
    return f"{table}.{name}", name


def named_in(schema: Schema) -> Column | None:
    """Return the column of a table in which rows may introduce names: the first column of its key that holds names."""
    named = (schema.columns[name] for name in schema.key if schema.columns[name].type == "name")
    return next((column for column in named if {*column.of} & {*BROUGHT}), None)


def names_beside(column: Column, languages: Sequence[str]) -> Mapping[str, str]:
    """Return the columns beside one for names that hold a new name in the other languages, each with its language."""
    return {f"{column.name}.{language}": language for language in languages[1:]}


def short_beside(column: Column, languages: Sequence[str]) -> Mapping[str, str]:
    """Return the columns beside one for names that hold a short form of a new one, each with its language."""
    return {f"{column.name}.{language}_short": language for language in languages[1:]}


def measured(heading: str) -> tuple[str, str]:
    """Return a heading or a title without the unit in brackets after it, and that unit ("" if there is none)."""
    found = _MEASURED.fullmatch(heading)
    return (found[1], found[2]) if found else (heading, "")


def ask_for_texts(
    schema: Schema,
    rows: Mapping[int, dict[str, str]],
    file: str,
    languages: Sequence[str],
    labels: Mapping[str, Translatable],
) -> list[Problem]:
    """Ask for the texts of rows in the other languages, all at once; a page cannot print a text in another language.

    A number in figures is the same text in each language, and is filled in.
    """
    first, *others = languages
    stems = [name.removesuffix(f"_{first}") for name in schema.columns if name.endswith(f"_{first}")]
    pairs = [(f"{stem}_{first}", f"{stem}_{each}") for stem in stems for each in others]
    for row in rows.values():
        row |= {other: row[own] for own, other in pairs if not row.get(other) and _FIGURES.fullmatch(row.get(own, ""))}
    lacking = {
        number: columns
        for number, row in rows.items()
        if (columns := [other for own, other in pairs if row.get(own) and not row.get(other)])
    }
    wanted = dict.fromkeys(column for columns in lacking.values() for column in columns)
    what = tr("texts of {count} rows are in one language only", count=len(lacking))
    names = tr_list(labels.get(each, each) for each in wanted)
    hint = tr("add the columns {columns}: no page can print a text of another language", columns=names)
    for number, columns in lacking.items():
        rows[number].update(dict.fromkeys(columns, "?"))  # asked for here, and not once more by the check of each cell
    return [Problem(Place(file, number, next(iter(wanted))), what, hint) for number in lacking]


def choice_forms(table: str, column: str, name: str) -> tuple[str, ...]:
    """Return the wording's keys for a choice of a column, the most specific first."""
    table, column = (SOURCES, GRADE) if column.endswith(f".{GRADE}") else (table, column)
    return f"{table}.{column}.{name}", f"{column}.{name}", name


_ABOUT = "左右"
# A number without a unit, followed by a remark or "about".
_BARE = re.compile(rf"(.*\d\s*[{''.join(MORE)}]?)(\s*(?:{_ABOUT})?(?:[（(][^（）()元万亿]*[)）])?)")
_UNIT = re.compile(r"单位[：:]\s*([^\s、，,；;（）()]+)")  # in a line above the heading


def with_unit(number: str, unit: str) -> str:
    """Return a number followed by a unit, before a remark in brackets; any other text unchanged."""
    found = _BARE.fullmatch(number)
    return f"{found[1]}{unit}{found[2]}" if found else number


def write_units(
    schema: Schema,
    rows: Iterable[dict[str, str]],
    headings: Mapping[str, str],
    titles: Iterable[str],
    vocabulary: Vocabulary,
) -> None:
    """Write the unit from the heading of a column, or from the titles of a sheet of money, after its numbers."""
    stated = (unit for text in titles for unit in (measured(text)[1], *_UNIT.findall(text)))
    titled = next((unit for unit in stated if unit_named(scaled(unit, vocabulary)[1], vocabulary)), "")
    cells = [*rows]
    for name in (name for name, column in schema.columns.items() if column.type in NUMERIC):
        unit = measured(headings.get(name, ""))[1] or (titled if schema.columns[name].type == "number" else "")
        factor, rest = scaled(unit, vocabulary)
        of_money = (known := unit_named(rest, vocabulary)) and vocabulary.units[known].kind == "money"
        for row in (row for row in cells if (factor > 1 or of_money) and name in row):
            row[name] = with_unit(row[name], unit)


def titled_as(title: str, titles: Mapping[str, str]) -> str:
    """Return the table that the title of a sheet names, with or without a unit in brackets; "" if it names none."""
    return titles.get(title.lower(), "") or titles.get(measured(title)[0].lower(), "")


def named_within(title: str, titles: Mapping[str, str]) -> str:
    """Return the table with the longest name contained in the title of a sheet; "" if there is none."""
    found = [
        word for word, name in titles.items() if len(word) > 1 and word in title and name not in (*NOT_GUESSED, TOTALS)
    ]
    return titles[max(found, key=len)] if found else ""


def written_headings(
    sheets: Mapping[str, Sheet], schemas: Mapping[str, Schema], labels: Labels, own: Mapping[str, Sequence[str]]
) -> Mapping[str, Mapping[str, str]]:
    """Return the heading of each column as a sheet writes it; if it has several tables, those of the first."""
    found: dict[str, dict[str, str]] = {}
    for name, sheet in sheets.items():
        headings, heads = labels.headings(schemas[name]), own.get(sheet.file, ())
        written = {column: head for head in reversed(heads) if (column := column_meant(head, headings))}
        known = {column: head for head in sheet.head if (column := column_meant(head, headings)) and head in heads}
        found[sheet.file] = {**written, **known, **found.get(sheet.file, {})}
    return found


def column_meant(head: str, headings: Mapping[str, str]) -> str:
    """Return the column that a heading means, with or without a unit in brackets; "" if it means none.

    A heading in two rows may be known by both rows without the slash, or with a unit by its second row. Brackets
    within it may be left out.
    """
    plain, unit = measured(head.lower())
    last = plain.rpartition("/")[2] if unit else ""
    forms = (head.lower(), plain, plain.replace("/", ""), last, bare_heading(plain), bare_heading(last))
    return next((headings[form] for form in forms if form in headings), "")


def bare_heading(plain: str) -> str:
    """Return a heading without the brackets within it, except regions beside countries; a unit in brackets stays."""
    return _INSIDE.sub("", _REGIONS.sub("和地区", plain))


def choice_meant(text: str, choices: Mapping[str, Iterable[str]], words: Mapping[str, frozenset[str]]) -> str:
    """Return the choice that a text is, or the only choice of that name; the text itself if there is none.

    Args:
        text: What somebody wrote.
        choices: The choices, each with the keys under which the wording may name it; the first key that it has counts.
        words: The possible names of a choice, by key.

    """
    found = {
        choice: text.lower() == choice.lower()
        for choice, forms in choices.items()
        if text.lower() in {choice.lower(), *next((words[form] for form in forms if form in words), ())}
    }
    exact = [choice for choice, same in found.items() if same] or [*found]
    return exact[0] if len(exact) == 1 else text


def _of_years(sheet: Sheet, at: int, other: int) -> bool:
    """Return whether a column has only the years of the dates in another column."""
    return all(row[at].removesuffix("年") in row[other] for row in sheet.rows) and any(row[at] for row in sheet.rows)


def columns_once(sheet: Sheet, columns: Sequence[str], problems: Problems) -> frozenset[int]:
    """Return the places of the columns to read: of several with one meaning the filled one; two are a problem."""
    found: dict[str, int] = {}
    for at, column in enumerate(columns):
        filled, before = any(row[at] for row in sheet.rows), found.get(column)
        if (
            before is None
            or not any(row[before] for row in sheet.rows)
            or (filled and column and _of_years(sheet, before, at))
        ):
            found[column] = at
        elif filled and column and column != NOTE and not _of_years(sheet, at, before):
            what = tr("'{one}' and '{other}' are the same column", one=sheet.head[before], other=sheet.head[at])
            problems.append(Problem(Place(sheet.file, sheet.heading), what, tr("keep one of the two columns")))
    return frozenset(found.values())
