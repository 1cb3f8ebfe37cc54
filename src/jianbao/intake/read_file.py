"""Read a delivered workbook or CSV: which of its headings name which tables and columns."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jianbao.core.documents import Problems
from jianbao.core.encoding import EncodingError, decode
from jianbao.core.errors import DataError, Place, Problem, nearest, raise_all, slip_of
from jianbao.core.messages import Translatable, tr, tr_list, tr_worded, verbatim
from jianbao.data.csv_files import Sheet
from jianbao.data.csv_files import read_csv as parse_table
from jianbao.data.provenance import SOURCES
from jianbao.data.schemas import NAMES, Column, Schema
from jianbao.data.tables import without_notes
from jianbao.data.xlsx_reader import Pages, read_pages
from jianbao.intake.layouts import IGNORED, WORDS, lay_out
from jianbao.text.wording import SectionText

TITLE = 31  # characters that a spreadsheet allows in the title of a sheet
FORBIDDEN = set("[]:*?/\\")
CHOICE = "choice."  # begins the phrase that says what a choice of a column means, and a form of `choice_forms`
_PARTED = re.compile("[、，,] *")
LISTS = "_"  # the title of the hidden sheet with the lists of the drop-downs
GRADE = "grade"
PLACES = ("country", "continent")  # kinds of names that the program knows in every language
BROUGHT = ("city", "body")  # kinds of names of which a row may bring a new one
_MEASURED = re.compile(r"(.*?)\s*[（(]([^（）()]+)[)）]")


@dataclass(frozen=True)
class Labels:
    """The phrases `table.TABLE`, `column.COLUMN` and `column.TABLE.COLUMN` of the wording, in the order of languages.

    Those of choices are `choice.VALUE`, `choice.COLUMN.VALUE` and `choice.TABLE.COLUMN.VALUE`. Where there is no phrase
    a table, column or choice is called by its id. `further` are other words for them, by the same keys, which are only
    read.
    """

    languages: tuple[str, ...]
    section: SectionText
    further: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def texts(self, *keys: str) -> tuple[str, ...]:
        """Return the first of the phrases that the wording has, in every language; nothing if it has none."""
        for key in keys:
            if wording := self.section.phrases.get(key):
                texts = wording.variants[0].texts
                return tuple(texts[language].literal for language in self.languages if language in texts)
        return ()

    def table(self, name: str) -> str:
        """Return what a sheet is titled: the table's label in all languages where that fits, else its id."""
        title = " ".join(self.texts(f"table.{name}"))
        return title if title and len(title) <= TITLE and not FORBIDDEN & set(title) else name

    def guidance(self) -> str:
        """Return what the sheet of guidance is titled."""
        return " ".join(self.texts("guidance")) or "guidance"

    def column(self, table: str, name: str) -> str:
        """Return a heading: the column's label in all languages, or its id."""
        return " ".join(self._column(table, name)) or name

    def _column(self, table: str, name: str) -> tuple[str, ...]:
        return self.texts(*(f"column.{form}" for form in column_forms(table, name)))

    def said(self, table: str, name: str) -> Translatable:
        """Return what a column is called, in the language of the user; its id if it has no label."""
        phrases = (self.section.phrases.get(f"column.{form}") for form in column_forms(table, name))
        wording = next(filter(None, phrases), None)
        texts = wording.variants[0].texts if wording else {}
        return tr_worded({language: text.literal for language, text in texts.items()}) if texts else verbatim(name)

    def choice_said(self, table: str, column: str, name: str) -> Translatable:
        """Return what a choice is called in the language of the user; in English it is its id."""
        phrases = (self.section.phrases.get(f"{CHOICE}{form}") for form in choice_forms(table, column, name))
        wording = next(filter(None, phrases), None)
        texts = wording.variants[0].texts if wording else {}
        own = {language: _PARTED.split(text.literal)[0] for language, text in texts.items()}
        return tr_worded({**own, "en": name})

    def choice(self, table: str, column: str, name: str) -> str:
        """Return what a choice of a column is called: the first word of its phrase, or the choice itself."""
        return next((_PARTED.split(text)[0] for text in self.meaning(table, column, name)), name)

    def choices_called(self, table: str, column: str, names: Sequence[str]) -> tuple[str, ...]:
        """Return what the choices of a column are called in the first language, by id if that is English or unclear."""
        called = [self.choice(table, column, name) for name in names]
        if self.languages[0] == "en" or len({*called}) < len(called):
            return tuple(names)
        return tuple(called)

    def meaning(self, table: str, column: str, name: str) -> tuple[str, ...]:
        """Return what a choice of a column means, in every language; nothing if the wording does not say it."""
        return self.texts(*(f"{CHOICE}{form}" for form in choice_forms(table, column, name)))

    def choices(self) -> Mapping[str, frozenset[str]]:
        """Return the words of each choice, in small letters, by its forms; a phrase may have several, with commas."""
        keys = [key for key in self.section.phrases if key.startswith(CHOICE)]
        texts = {key: [text.lower() for text in (*self.texts(key), " ".join(self.texts(key)))] for key in keys}
        return {
            key.removeprefix(CHOICE): frozenset(part for text in said for part in (text, *_PARTED.split(text)))
            for key, said in texts.items()
        }

    def titles(self, tables: Sequence[str]) -> Mapping[str, str]:
        """Return the table that each title of a sheet means: its id, its label in one language or in all."""
        read = {form: name for name in tables for form in self.further.get(f"table.{name}", ())}
        found = {form: name for name in tables for form in (*self.texts(f"table.{name}"), self.table(name))}
        return {form.lower(): name for form, name in {**read, **found, **{name: name for name in tables}}.items()}

    def headings(self, schema: Schema) -> Mapping[str, str]:
        """Return the column that each heading, in small letters, means; one for two columns is left out."""
        pairs = [pair for column in schema.columns for pair in self._forms(schema.name, column)]
        read = [(word, column) for column in schema.columns for word in self._further(schema.name, column)]
        called = _unambiguous(pairs)
        return _unambiguous([pair for pair in read if pair[0] not in called]) | called

    def _further(self, table: str, column: str) -> list[str]:
        """Return the other words for a column, those for it in this table if there are such."""
        forms = (self.further.get(f"column.{form}") for form in column_forms(table, column))
        return [word.lower() for word in next(filter(None, forms), ())]

    def _forms(self, table: str, column: str) -> Iterator[tuple[str, str]]:
        forms = {column, self.column(table, column), *self._column(table, column)}
        return ((form.lower(), column) for form in sorted(forms))


def _unambiguous(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    several = {form for form, column in pairs if any(form == other and column != that for other, that in pairs)}
    return {form: column for form, column in pairs if form not in several or form == column}


def column_forms(table: str, name: str) -> tuple[str, ...]:
    """Return how the wording may name a column; one for a new name or a grade is called as in the table of those."""
    beside = name.partition(".")[2]
    if beside:
        return (f"{SOURCES}.{GRADE}",) if beside == GRADE else (f"{NAMES}.{beside}", beside)
    return f"{table}.{name}", name


def named_in(schema: Schema) -> Column | None:
    """Return the column of a table whose rows may bring names of their own: the first of its key that holds such."""
    named = (schema.columns[name] for name in schema.key if schema.columns[name].type == "name")
    return next((column for column in named if {*column.of} & {*BROUGHT}), None)


def names_beside(column: Column, languages: Sequence[str]) -> Mapping[str, str]:
    """Return the columns beside one for names that hold a new name in the other languages, each with its language."""
    return {f"{column.name}.{language}": language for language in languages[1:]}


def delivered_schemas(schemas: Mapping[str, Schema], languages: Sequence[str]) -> Mapping[str, Schema]:
    """Return the tables as they are delivered: what intake fills in is not required, names and grades may stand beside.

    A new city may bring its names in the other languages, and a new source its grade.
    """
    return {name: _delivered(schema, languages) for name, schema in schemas.items()}


def _delivered(schema: Schema, languages: Sequence[str]) -> Schema:
    named = named_in(schema)
    columns: dict[str, Column] = {}
    for column in schema.columns.values():
        beside = [*names_beside(column, languages)] if column == named else []
        beside += [f"{column.name}.{GRADE}"] if column.name == schema.source_column else []
        needed = column.required and not derivable(schema, column)
        columns |= {column.name: replace(column, required=needed), **{each: Column(name=each) for each in beside}}
    return replace(schema, columns=columns)


def derivable(schema: Schema, column: Column) -> bool:
    """Return whether a cell of a column can be left blank, as intake fills it in."""
    if schema.name in (SOURCES, NAMES):
        return column.name in ("id", "kind")
    dated = schema.key == ("id",) and column.name == "id" and column.type == "text"
    known = column.type == "choice" and column.name == "confidence" and bool(schema.source_column)
    kinds = [kind for each in schema.columns.values() for kind in each.of if each.type == "name"]
    return dated or known or (column.of == ("continent",) and "country" in kinds)


def measured(heading: str) -> tuple[str, str]:
    """Return a heading or a title without the unit in brackets behind it, and that unit ("" if there is none)."""
    found = _MEASURED.fullmatch(heading)
    return (found[1], found[2]) if found else (heading, "")


def choice_forms(table: str, column: str, name: str) -> tuple[str, ...]:
    """Return how the wording may name a choice of a column, that of this column alone first."""
    table, column = (SOURCES, GRADE) if column.endswith(f".{GRADE}") else (table, column)
    return f"{table}.{column}.{name}", f"{column}.{name}", name


WORKBOOK = ".xlsx"
Headings = Mapping[str, Mapping[str, str]]  # by sheet and column


@dataclass(frozen=True, kw_only=True)
class DeliveredFile:
    """Sheets by table, what is wrong with their rows, the sheets that are no table, and how days are counted.

    `counted_from` is the year from which the workbook counts its days, 1900 or 1904; 0 for a table of text. `added_to`
    says in which sheets rows of which tables can be delivered with the others; nowhere in a table of text. `left_out`
    has what is around the rows and not one of them: titles above the heading, columns that the table does not have.
    `headings` are those of each sheet as they are written, by column; `words` are what each choice may be called, too,
    by the forms in which the wording names it. `origins` are the places of what a derived row is derived from, by table
    and number.
    """

    sheets: Mapping[str, Sheet]
    faults: tuple[Problem, ...] = ()
    left_out: tuple[Problem, ...] = ()
    others: tuple[str, ...] = ()
    counted_from: int = 0
    added_to: Mapping[str, Translatable] = field(default_factory=dict)
    headings: Headings = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    origins: Mapping[tuple[str, int], Place] = field(default_factory=dict)


def read_delivered_file(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels) -> DeliveredFile:
    """Read a delivery; raises DataError if it cannot be opened, holds no table, or has columns that no table has.

    What is wrong in a row is a fault, with its place.
    """
    problems: Problems = []
    left_out: Problems = []
    if file.lower().endswith(WORKBOOK):
        further = {word for key in WORDS for word in labels.further.get(key, ())}
        headings = {name: frozenset(labels.headings(schema)) | further for name, schema in schemas.items()}
        titles = labels.titles(tuple(schemas))
        pages = read_pages(data, file, lambda title: _titled(title, titles), problems, headings)
    else:
        pages = _single(data, file, schemas, labels, problems)
    if not pages.sheets and not problems:
        what = tr("no sheet is a table of this workspace: {sheets}", sheets=tr_list(pages.others))
        problems.append(Problem(Place(file), what, tr("name the sheets {tables}", tables=tr_list(schemas))))
    filled = {name: sheet for name, sheet in pages.sheets.items() if sheet.rows}
    filled = lay_out(filled, labels.further, (*labels.texts("column.source"), "source"), problems, left_out)
    headed = {name: _headed(sheet, schemas[name], labels, problems, left_out) for name, sheet in filled.items()}
    last = {sheet.file: sheet.heading for sheet in pages.sheets.values()}
    raise_all((each for each in problems if each.where.line <= last.get(each.where.file, 1)), DataError)
    sheets = {name: without_notes(sheet, schemas[name], problems) for name, sheet in headed.items()}
    others = tuple(title for title in pages.others if title not in (LISTS, labels.guidance()))
    own = {name: labels.table(name) for name in schemas} if pages.counted_from else {}
    return DeliveredFile(
        sheets=sheets,
        faults=tuple(problems),
        left_out=tuple(left_out),
        others=others,
        counted_from=pages.counted_from,
        words=labels.choices(),
        headings={sheet.file: _written(sheet, labels.headings(schemas[name])) for name, sheet in filled.items()},
        added_to={name: tr("the sheet '{title}' of the delivery", title=title) for name, title in own.items()},
    )


def _titled(title: str, titles: Mapping[str, str]) -> str:
    """Return the table that a sheet with this title is, with or without a unit in brackets; "" if it is none."""
    return titles.get(title.lower(), "") or titles.get(measured(title)[0].lower(), "")


def _single(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, problems: Problems) -> Pages:
    """Read a table of its own: the one its file is named after, or whose columns it has."""
    try:
        text = decode(data)
    except EncodingError as error:
        raise DataError(Problem(Place(file, error.line), error.reason, error.hint)) from error
    headings = frozenset().union(*(labels.headings(schema) for schema in schemas.values()))
    sheet = parse_table(text, "", file, problems, headings)
    titles = labels.titles(tuple(schemas))
    name = _titled(file.rpartition(".")[0], titles) or _by_head(sheet.head, schemas, labels)
    if not name and sheet.head:
        what = tr("it is not clear which table this is: its columns are {columns}", columns=tr_list(sheet.head))
        problems.append(
            Problem(Place(file), what, tr("name the file after its table: {tables}", tables=tr_list(schemas)))
        )
    return Pages({name: replace(sheet, table=name)} if name else {})


def _by_head(head: Sequence[str], schemas: Mapping[str, Schema], labels: Labels) -> str:
    """Return the table whose key is in a head, and that has the most of its columns; "" if there is not just one."""
    fitting = {}
    for name, schema in schemas.items():
        headings = labels.headings(schema)
        columns = [headings.get(each.lower(), "") for each in head]
        if set(schema.key) <= set(columns):
            fitting[name] = columns.count("")
    best = [name for name, unknown in fitting.items() if unknown == min(fitting.values())]
    return best[0] if len(best) == 1 else ""


def _written(sheet: Sheet, headings: Mapping[str, str]) -> Mapping[str, str]:
    """Return the heading of each column as a sheet writes it."""
    return {column: head for head in sheet.head if (column := _meant(head, headings))}


def _meant(head: str, headings: Mapping[str, str]) -> str:
    """Return the column that a heading means, with or without a unit in brackets; "" if it is none."""
    return headings.get(head.lower(), "") or headings.get(measured(head)[0].lower(), "")


def _once(sheet: Sheet, columns: Sequence[str], problems: Problems) -> frozenset[int]:
    """Return the places of columns, of those that mean the same the one that is filled; a problem if several are."""
    found: dict[str, int] = {}
    for at, column in enumerate(columns):
        filled, before = any(row[at] for row in sheet.rows), found.get(column)
        if before is None or not any(row[before] for row in sheet.rows):
            found[column] = at
        elif filled and column:
            what = tr("'{one}' and '{other}' are the same column", one=sheet.head[before], other=sheet.head[at])
            problems.append(Problem(Place(sheet.file, sheet.heading), what, tr("keep one of the two")))
    return frozenset(found.values())


def _headed(sheet: Sheet, schema: Schema, labels: Labels, problems: Problems, left_out: Problems) -> Sheet:
    """Return a sheet with the ids of its columns for a head, and without columns that the table does not have.

    A column that may be one of the table's, misspelt or in the place of one that is missing, is a problem.
    """
    headings, place = labels.headings(schema), Place(sheet.file, sheet.heading)
    columns = tuple(_meant(head, headings) for head in sheet.head)
    title = sheet.file.partition("[")[2].removesuffix("]") or schema.name
    missing = [column for column in schema.key if column not in columns and schema.columns[column].required]
    ignored = labels.further.get(IGNORED, ())
    called = {column: labels.said(schema.name, column) for column in schema.columns if "." not in column}
    for head in (
        each for each, column in zip(sheet.head, columns, strict=True) if not column and each.lower() not in ignored
    ):
        meant = headings.get(slip_of(head, headings), "")
        if missing or (meant and meant not in columns):
            what = tr("'{value}' is not a column of {table}", value=head, table=title)
            hint = nearest(head, [meant]) if meant else tr("allowed: {values}", values=tr_list(called.values()))
            problems.append(Problem(place, what, hint))
        else:
            what = tr("'{value}' is not a column of {table} and is left out", value=head, table=title)
            left_out.append(Problem(replace(place, column=head), what))
    problems += [
        Problem(place, tr("the column '{name}' is missing", name=called[column]), tr("it identifies the rows"))
        for column in missing
    ]
    if sheet.above:
        what = tr("'{text}' stands above the heading and is left out", text=" ".join(sheet.above.values()))
        left_out.append(Problem(Place(sheet.file, min(sheet.above)), what))
    own = _once(sheet, columns, problems)
    kept = [at for at, column in enumerate(columns) if column and at in own]
    rows = tuple(tuple(row[at] for at in kept) for row in sheet.rows)
    return replace(sheet, head=tuple(columns[at] for at in kept), rows=rows)
