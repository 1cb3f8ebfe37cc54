"""What tables, columns and choices are called in a delivery, which columns it may have, and names that are known."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from babel import Locale
from babel.core import get_global

from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list, tr_worded, verbatim
from jianbao.data.name_matching import BODY, NameTable, plain_name
from jianbao.data.provenance import SOURCES
from jianbao.data.schemas import NAMES, Column, Schema
from jianbao.text.wording import SectionText

TITLE = 31  # characters that a spreadsheet allows in the title of a sheet
FORBIDDEN = set("[]:*?/\\")
CHOICE = "choice."  # begins the phrase that says what a choice of a column means, and a form of `choice_forms`
_PARTED = re.compile("[、，,] *")
LISTS = "_"  # the title of the hidden sheet with the lists of the drop-downs
GRADE, ENGLISH = "grade", "en"
DENIED = "denied"  # the key of words by which a choice that a text contains is not what it says
RECORD = ("title", "producer", "published")  # what a row may say of its source, in columns beside that of the address
PLACES = ("country", "continent")  # kinds of names that the program knows in every language
BROUGHT = ("city", "body")  # kinds of names of which a row may bring a new one
_FORMER = ("BUR", "DDR", "FXX", "TMP", "YMD", "ZAR")  # letters of countries under a former name
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

    def table_for_user(self, name: str) -> Translatable:
        """Return what a table is called, in the language of the user; its id if it has no label."""
        wording = self.section.phrases.get(f"table.{name}")
        texts = wording.variants[0].texts if wording else {}
        return tr_worded({language: text.literal for language, text in texts.items()}) if texts else verbatim(name)

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

    def column_for_user(self, table: str, name: str) -> Translatable:
        """Return what a column is called, in the language of the user; its id if it has no label."""
        phrases = (self.section.phrases.get(f"column.{form}") for form in column_forms(table, name))
        wording = next(filter(None, phrases), None)
        texts = wording.variants[0].texts if wording else {}
        return tr_worded({language: text.literal for language, text in texts.items()}) if texts else verbatim(name)

    def choice_for_user(self, table: str, column: str, name: str) -> Translatable:
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
        found = {
            key.removeprefix(CHOICE): frozenset(part for text in said for part in (text, *_PARTED.split(text)))
            for key, said in texts.items()
        }
        return {**found, DENIED: frozenset(self.further.get(DENIED, ()))}

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
        beside = column.partition(".")[2]
        keys = [f"record.{beside}"] if beside in RECORD else [f"column.{form}" for form in column_forms(table, column)]
        return [word.lower() for word in next(filter(None, map(self.further.get, keys)), ())]

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
        return (f"{SOURCES}.{beside}",) if beside in (GRADE, *RECORD) else (f"{NAMES}.{beside}", beside)
    return f"{table}.{name}", name


def named_in(schema: Schema) -> Column | None:
    """Return the column of a table whose rows may bring names of their own: the first of its key that holds such."""
    named = (schema.columns[name] for name in schema.key if schema.columns[name].type == "name")
    return next((column for column in named if {*column.of} & {*BROUGHT}), None)


def names_beside(column: Column, languages: Sequence[str]) -> Mapping[str, str]:
    """Return the columns beside one for names that hold a new name in the other languages, each with its language."""
    return {f"{column.name}.{language}": language for language in languages[1:]}


def short_beside(column: Column, languages: Sequence[str]) -> Mapping[str, str]:
    """Return the columns beside one for names that hold a short form of a new one, each with its language."""
    return {f"{column.name}.{language}_short": language for language in languages[1:]}


def delivered_schemas(schemas: Mapping[str, Schema], languages: Sequence[str]) -> Mapping[str, Schema]:
    """Return the tables as they are delivered: what intake fills in is not required, names and grades may be added.

    A new city may bring its names in the other languages, and a new source its title, publisher, date and grade.
    """
    return {name: _delivered(schema, languages) for name, schema in schemas.items()}


def _delivered(schema: Schema, languages: Sequence[str]) -> Schema:
    named = named_in(schema)
    columns: dict[str, Column] = {}
    for column in schema.columns.values():
        beside = [*names_beside(column, languages), *short_beside(column, languages)] if column == named else []
        if column.name == schema.source_column:
            beside += [f"{column.name}.{each}" for each in (GRADE, *RECORD)]
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


def ask_for_texts(
    schema: Schema,
    rows: Mapping[int, dict[str, str]],
    file: str,
    languages: Sequence[str],
    labels: Mapping[str, Translatable],
) -> list[Problem]:
    """Ask for the texts of rows in the other languages, all at once; a page in one cannot print those of another."""
    first, *others = languages
    stems = [name.removesuffix(f"_{first}") for name in schema.columns if name.endswith(f"_{first}")]
    pairs = [(f"{stem}_{first}", f"{stem}_{each}") for stem in stems for each in others]
    lacking = {
        number: columns
        for number, row in rows.items()
        if (columns := [other for own, other in pairs if row.get(own) and not row.get(other)])
    }
    wanted = dict.fromkeys(column for columns in lacking.values() for column in columns)
    what = tr("texts of {count} rows are in one language only", count=len(lacking))
    said = tr_list(labels.get(each, each) for each in wanted)
    hint = tr("add the columns {columns}: no page can print a text of another language", columns=said)
    for number, columns in lacking.items():
        rows[number].update(dict.fromkeys(columns, "?"))  # asked for here, and not once more by the check of each cell
    return [Problem(Place(file, number, next(iter(wanted))), what, hint) for number in lacking]


def give_ids(schema: Schema, rows: Iterable[dict[str, str]], existing: Iterable[Mapping[str, str]]) -> None:
    """Give each row of a table that is identified by an id alone one from its day, unless a known row says the same."""
    texts = [name for name, column in schema.columns.items() if column.type == "text" and column.required]
    if schema.key != ("id",) or schema.columns["id"].type != "text" or len(texts) < 2:
        return
    cells = [*rows]
    known = {row.get(texts[1], ""): row["id"] for row in existing}
    taken = {*known.values(), *(row.get("id", "") for row in cells)}
    days = [name for name, column in schema.columns.items() if column.type == "date"]
    for row in (row for row in cells if not row.get("id")):
        parts = re.findall(r"\d+", row.get(days[0], "") if days else "")
        stem = "_".join((schema.name, *(part.zfill(2) for part in parts)))
        row["id"] = known.get(row.get(texts[1], "")) or next(each for each in numbered(stem) if each not in taken)
        taken.add(row["id"])


def numbered(stem: str) -> Iterator[str]:
    """Yield a stem, and then the stem with a number behind it, from 2 on."""
    return (f"{stem}_{number}" if number > 1 else stem for number in count(1))


def choice_forms(table: str, column: str, name: str) -> tuple[str, ...]:
    """Return how the wording may name a choice of a column, that of this column alone first."""
    table, column = (SOURCES, GRADE) if column.endswith(f".{GRADE}") else (table, column)
    return f"{table}.{column}.{name}", f"{column}.{name}", name


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """The countries of each continent, by the codes of the CLDR, what else they are called, and cities and bodies.

    `cities` have their English names by the Chinese ones without `suffixes` and by country, `bodies` their English
    names and abbreviations, by which `chinese` has their names in Chinese. `own` is what a foreign affairs office calls
    itself, `divisions` end names of its parts.
    """

    continents: Mapping[str, Sequence[str]]
    called: Mapping[str, Sequence[str]]
    cities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bodies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    chinese: Mapping[str, str] = field(default_factory=dict)
    suffixes: Sequence[str] = ()
    own: Sequence[str] = ()
    divisions: Sequence[str] = ()

    def english(self, kinds: Iterable[str], text: str, short: str = "", country: str = "") -> tuple[str, str]:
        """Return the English name and the abbreviation of a city or body by its Chinese name; "" for what is not known.

        An abbreviation tells which body is meant, if its name does not, and its country which of several cities.
        """
        if BODY in kinds:
            found = map(self.bodies.get, map(plain_name, (text, measured(text)[0], short)))
            return next(filter(None, found), ("", short))
        named = next(filter(None, (self.cities.get(text.removesuffix(each)) for each in ("", *self.suffixes))), {})
        every = {named.get(country, "")} if country else {*named.values()}
        return next(iter(every)) if len(every) == 1 else "", short

    def office(self, text: str, names: NameTable, office: str) -> str:
        """Return the id of the body that a text names, the office itself if it calls itself so; else the text."""
        found = names.recognise(text, (BODY,))
        foreign = any("外事" in form for form in names.forms.get(BODY, {}).get(office, ()))
        if found and found.certain:
            return found.id
        ends = "|".join(self.divisions)
        own = self.own and re.fullmatch(rf"(?:{'|'.join(self.own)})(?:[（(]?[^（）()]+(?:{ends})[)）]?)?", text)
        return office if foreign and own else text

    def body(self, text: str, names: NameTable, office: str, languages: Sequence[str]) -> dict[str, str]:
        """Return the row of a new body that a text names, blank where it has no name; {} for a known one."""
        known = names.recognise(text, (BODY,)) or self.office(text, names, office) != text
        if known or (languages[0] == "zh" and not has_han(text)):
            return {}
        english = self.english((BODY,), text)[0] if languages[0] == "zh" else ""
        forms = {languages[0]: text, **{each: english if each == ENGLISH else "" for each in languages[1:]}}
        return {"id": forms.get(ENGLISH) or text, "kind": BODY, **forms}

    def code(self, texts: Iterable[str], languages: Iterable[str]) -> str:
        """Return the code of the country that one of several texts names; "" if none does."""
        called = [Locale.parse(each).territories for each in ("en", "zh", *languages)]
        codes = [code for each in self.continents.values() for code in each]
        known = {plain_name(str(each.get(code, code))): code for each in called for code in codes}
        known |= {plain_name(word): code for code, words in self.called.items() for word in words}
        return next((known[plain_name(text)] for text in texts if plain_name(text) in known), "")

    def continent(self, code: str) -> str:
        """Return the English name of a country's continent, "" if it has none."""
        return next((territory_name(region, "en") for region, codes in self.continents.items() if code in codes), "")

    def continent_of(self, schema: Schema, row: Mapping[str, str], names: NameTable, languages: Sequence[str]) -> str:
        """Return the id of the continent of the country that a row names; "" if it is not known."""
        country, continent = PLACES
        columns = (name for name, column in schema.columns.items() if column.type == "name" and column.of == (country,))
        text = row.get(next(columns, ""), "")
        found = names.recognise(text, (country,)) if text else None
        forms = names.forms.get(country, {}).get(found.id, ()) if found and found.certain else ()
        named = self.continent(self.code((text, *forms), languages))
        same = names.recognise(named, (continent,)) if named else None
        return same.id if same and same.certain else ""


def territory_name(code: str, language: str) -> str:
    """Return the name of a territory of the CLDR in a language; its code if it has none."""
    return str(Locale.parse(language).territories.get(code, code))


def country_letters(code: str) -> str:
    """Return the three letters of a country for its two."""
    aliases = get_global("territory_aliases").items()
    found = [long for long, short in aliases if short == [code] and len(long) == 3 and long.isalpha()]
    return next((long for long in found if long not in _FORMER), code)
