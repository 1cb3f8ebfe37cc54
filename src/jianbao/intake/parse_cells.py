"""Parse delivered cells into the form of their table, and record every interpretation."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jianbao.core.encoding import has_han
from jianbao.core.errors import Place
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_list, tr_worded
from jianbao.data.anomalies import AnomalyRule
from jianbao.data.dates import Era, read_day
from jianbao.data.name_matching import NameTable
from jianbao.data.row_diff import Cells
from jianbao.data.schemas import NAMES, NUMERIC, Column, Schema, kinds_of_names
from jianbao.intake.decisions import Case, Kind
from jianbao.intake.labels import DENIED, choice_forms, choice_meant
from jianbao.intake.remarks import CLAUSE, NOTE, full_width
from jianbao.intake.sources import CONFIDENCE, DERIVED
from jianbao.text.numbers import multiplied, names_unit, numeral, read_amount, scaled, unit_named
from jianbao.text.vocabulary import Vocabulary

_REMARK = re.compile(r"(.*\d\S*?)\s*[（(]([^（）()]*[^\W\d_][^（）()]*)[)）]")
_PART = re.compile(r"((?:19|20)\d\d年(?:\d{1,2}月)?)(\D{1,3})")  # 9月下旬
YEAR, _ON_ONE_DAY = "year", ("signed_on", "since")  # columns of a year or of a day: several years are asked about
_YEARS = re.compile(r"(?:19|20)\d\d\D{1,3}(?:19|20)\d\d年?")
_TWO = re.compile(r"(\D{1,2})?(\d[\d,]*(?:\.\d+)?)\s*([/／、;；和与至到~～—–－-]+)\s*(\d[\d,]*(?:\.\d+)?)(\D{0,3})")
_RANGE = re.compile("[至到~～—–－-]+")
LISTED = re.compile(r"\s*[;；、，]\s*(?![^（(]*[)）])")
SOURCES_LISTED = re.compile(r"\s*[;；]\s*")  # a title may contain an enumeration comma


@dataclass(frozen=True, kw_only=True)
class CellReader:
    """The context for parsing cells: vocabulary, names, the content of each table, the delivery's source.

    `words` are the names of each choice of a column, in lower case; `kinds` are the kinds of names. `listed` are names
    as drop-downs show them and in each language, with their ids, which need no interpretation. `eras` are the days of
    each table, `watched` its values, `units` the unit of a table and each of its series, `currencies` the money in
    which measures read a column, by table and column. `counted_from` is the year from which a workbook counts days (0:
    none). `as_written` are the cells in doubt that are taken as they are written.
    """

    schemas: Mapping[str, Schema]
    vocabulary: Vocabulary
    names: NameTable
    listed: frozenset[tuple[str, str]]
    eras: Mapping[str, Era]
    watched: Mapping[str, AnomalyRule]
    units: Mapping[tuple[str, ...], str]
    currencies: Mapping[tuple[str, str], str]
    words: Mapping[str, frozenset[str]]
    kinds: tuple[str, ...]
    source: str = ""
    counted_from: int = 0
    as_written: frozenset[Place] = frozenset()


@dataclass
class _Row:
    """A row while it is parsed."""

    schema: Schema
    place: Place
    cells: dict[str, str]
    findings: list[Case] = field(default_factory=list)

    def at(self, column: str) -> Place:
        """Return the place of a cell."""
        return Place(self.place.file, self.place.line, column)

    def note(
        self,
        column: str,
        what: Translatable,
        kind: Kind = "reading",
        hint: Translatable = NO_TEXT,
        written: str = "",
    ) -> None:
        """Add a finding about a cell."""
        place, table = self.at(column), self.schema.name
        self.findings.append(Case(kind=kind, table=table, place=place, what=what, hint=hint, written=written))

    def remark(self, text: str) -> bool:
        """Add a text to the note; return whether the table has one."""
        if noted := NOTE in self.schema.columns:
            self.cells[NOTE] = "；".join(filter(None, (self.cells.get(NOTE, ""), text)))
        return noted


def parse_cells(schema: Schema, file: str, number: int, cells: Cells, reader: CellReader) -> tuple[Cells, list[Case]]:
    """Return a row's cells as the table writes them, and how they were interpreted."""
    row = _Row(schema, Place(file, number), {name: text for name, text in cells.items() if text or name == "cost"})
    for column in schema.columns.values():
        if row.cells.get(column.name):  # a cost may have been emptied
            row.cells[column.name] = _cell(column, row.cells[column.name], row, reader)
    watch = reader.watched.get(schema.name)
    if watch and watch.unit in row.cells:
        _scaled_unit(row, watch, reader)
    if watch and watch.comparator in schema.columns and row.cells.get(watch.value):
        row.cells.setdefault(watch.comparator, "=")
    if reader.source and schema.source_column:
        row.cells.setdefault(schema.source_column, reader.source)
    return row.cells, row.findings


def _cell(column: Column, text: str, row: _Row, reader: CellReader) -> str:
    kinds = kinds_of_names(column, reader.schemas)
    if kinds and column.type == "names":
        return ";".join(_named(column, each, kinds, row, reader) for each in LISTED.split(text))
    if kinds:
        return _named(column, text, kinds, row, reader)
    if column.type == "sources":
        return ";".join(each for each in SOURCES_LISTED.split(text) if each)
    if column.type in NUMERIC:
        plain = _without_remark(column, _about(_in_figures(text, reader), row, column, reader), row, reader)
        return _number(column, _about(plain, row, column, reader), row, reader)
    if column.type == "date":
        day = _without_doubt(column, text, row, reader)
        return _day(column, day, row, reader) if day else ""
    if column.type == "choice":
        return _chosen(column, text, column.of, row, reader)
    if (row.schema.name, column.name) == (NAMES, "kind"):
        return _chosen(column, text, reader.kinds, row, reader)
    return text


def _chosen(column: Column, text: str, choices: tuple[str, ...], row: _Row, reader: CellReader) -> str:
    """Return the choice that a cell names; if it has other words, too, they are kept as a note."""
    forms = {choice: choice_forms(row.schema.name, column.name, choice) for choice in choices}
    meant = choice_meant(text, forms, reader.words)
    if meant in choices or NOTE not in row.schema.columns or any(word in text for word in reader.words.get(DENIED, ())):
        return meant
    found = {
        word: choice
        for choice in choices
        for word in next((reader.words[form] for form in forms[choice] if form in reader.words), ())
        if has_han(word) and word in text and not word.startswith("之")  # 电影之都 is an honour, and no role
    }
    if len({*found.values()}) != 1:
        return meant
    row.remark(text)
    word = max(found, key=len)
    row.note(
        column.name,
        tr("'{text}' is read as '{name}'; what it says is kept as a note", text=text.strip("“”"), name=word),
    )
    return found[word]


def _without_remark(column: Column, text: str, row: _Row, reader: CellReader) -> str:
    """Return a number or a date without the remark in brackets after it, such as "preliminary", kept as a note."""
    found = _REMARK.fullmatch(text)
    if not found or unit_named(scaled(found[2], reader.vocabulary)[1], reader.vocabulary):
        return text
    if not row.remark(found[2]):
        row.note(column.name, tr("'{text}' behind the number is left out", text=found[2]))
    return found[1]


def _without_doubt(column: Column, text: str, row: _Row, reader: CellReader) -> str:
    """Return a date without a doubt, as in 2013? or 2014年（约）; keep the doubt as a note and lower the evidence."""
    part, known = _PART.fullmatch(text), ("parts_of_time", *(("end_of_year",) if column.name != "period" else ()))
    if part and (any(part[2] in reader.words[each] for each in known) or text.endswith("月底")):
        kept = tr("'{text}' is read as '{name}'; what it says is kept as a note", text=text, name=part[1])
        plain = tr("'{text}' is read as {meant}", text=text, meant=part[1])
        row.note(column.name, kept if row.remark(text) else plain)
        return part[1]
    doubts = "|".join(sorted(reader.words["doubts"], key=len, reverse=True))
    behind = re.sub(rf"^大?({doubts})[：:\s]*(\d.*)", r"\2\1", text)  # 约2010年
    about = rf"(?:{'|'.join(reader.words['dates_called'])})?(?:{doubts})\D{{0,4}}"  # 2005年8月，日期待核
    found = re.fullmatch(rf"(.*\d[^\s，,；;、]*?)[，,；;、\s]*(?:[（(]([^（）()]+)[)）]|([?？]+|{about}))", behind)
    if not re.search(r"\d", text) and re.search(f"(?:{doubts})$", text) and not column.required:
        row.note(column.name, tr("no date, so left blank: '{text}'", text=text))
        return ""
    if not found or not re.match(rf"[?？]|.*(?:{doubts})", found[2] or found[3]):
        return _without_remark(column, text, row, reader)
    plain, noted = tr("'{text}' is read as {meant}", text=text, meant=found[1]), row.remark(text)
    if CONFIDENCE in row.schema.columns and DERIVED in row.schema.columns[CONFIDENCE].of:
        row.cells.setdefault(CONFIDENCE, DERIVED)
    what = tr("'{text}' is in doubt: its words are kept as a note, and its evidence is read as 'derived'", text=text)
    row.note(column.name, what if noted else plain)
    return found[1]


def _in_figures(text: str, reader: CellReader) -> str:
    """Return a number with words at its beginning turned into figures, and the first edition as 1."""
    text = f"1{text[2:]}" if text[:2] in reader.words["first_edition"] else text
    found = re.match("|".join(reader.words["in_words"]), text)
    return f"{numeral(found[0])}{text[found.end() :]}" if found else text


def _about(text: str, row: _Row, column: Column, reader: CellReader) -> str:
    """Return a number with a sign for "about" if words after it, as in 30（估）, or a remark call it approximate."""
    rough = text[-1:] not in "右下）)" and {*CLAUSE.split(row.cells.get(NOTE, ""))} & reader.words["approximate"]
    found = re.fullmatch(r"([\d.,]+\S*?)\s*(?:[（(]([^（）()]+)[)）]|(左右|上下))", f"{text}左右" if rough else text)
    if not found or (found[2] or found[3]).lower() not in (*reader.words["approximate"], "上下"):
        return text
    row.note(column.name, tr("'{text}' is read as about {number}", text=text, number=found[1]))
    return f"≈{found[1]}"


def _named(column: Column, text: str, kinds: tuple[str, ...], row: _Row, reader: CellReader) -> str:
    found = reader.names.recognise(text, kinds)
    if found is None or found.id == text:
        return text
    if any(each == found.id and full_width(name) == full_width(text) for name, each in reader.listed):
        return found.id
    if found.certain:
        row.note(column.name, tr("'{text}' is read as '{name}'", text=text, name=found.id))
    elif row.at(column.name) in reader.as_written:
        return text
    else:
        own = {name for name, each in reader.listed if each == found.id and has_han(name) and has_han(text)}
        what = tr("'{text}' is not in the name table, but may be '{name}'", text=text, name=min(own, default=found.id))
        row.note(column.name, what, "doubt", written=text)
    return found.id


def _day(column: Column, text: str, row: _Row, reader: CellReader) -> str:
    dated = read_day(text, reader.eras[row.schema.name], reader.counted_from)
    apart, one = tr("write each year in a row of its own"), tr("write one of them, with 约 before it if it is in doubt")
    years = {YEAR: apart, **dict.fromkeys(_ON_ONE_DAY, one)}
    if column.name in years and (_YEARS.fullmatch(text) or (column.name != YEAR and "/" in dated.text)):
        row.note(column.name, tr("'{text}' names several years", text=text), "fault", years[column.name])
        return text if column.required else ""
    if dated.doubt and row.at(column.name) in reader.as_written:
        return text
    if not dated.text:
        row.note(column.name, dated.what, "fault", dated.hint or tr("write it as 2021, 2021-11 or 2021-11-24"))
    elif dated.what:
        several = not dated.doubt and len(re.findall(r"\d+", text)) > dated.text.count("-") + 1
        first = tr("'{text}' is read as {meant}: the brief says the first day alone", text=text, meant=dated.text)
        kind: Kind = "doubt" if dated.doubt else "reading"
        row.note(column.name, first if several else dated.what, kind, written=text if dated.doubt else "")
    return dated.text or text


def _number(column: Column, text: str, row: _Row, reader: CellReader) -> str:
    counters = "|".join(reader.words.get(f"counters.{column.name}", ()))
    if (several := re.fullmatch(rf"([\d,]+(?:{counters}))[、，,；;和及]\D?(\d.*)", text)) and counters:
        row.note(column.name, tr("'{text}' behind the number is left out", text=several[2]))
        text = several[1]
    if two := _TWO.fullmatch(text):
        said, numbers = f"{two[1] or ''}{two[2]}{two[3]}{two[4]}", [float(two[at].replace(",", "")) for at in (2, 4)]
        if two[1] or not _RANGE.fullmatch(two[3]) or numbers[0] >= numbers[1] or NOTE not in row.schema.columns:
            hint = tr("write one number in a cell; another year is a row of its own")
            row.note(column.name, tr("'{text}' has two numbers", text=said), "fault", hint)
            return ""
        row.remark(said)
        what = tr("'{text}' is read as more than {number}, and kept as a note", text=said, number=two[2])
        row.note(column.name, what)
        text = f">{two[2]}{two[5]}"
    amount = read_amount(text, reader.vocabulary)
    if amount is None:
        return text
    watch = reader.watched.get(row.schema.name)
    own = watch if watch and watch.value == column.name else None
    beside = own.comparator if own else ""
    sign = amount.comparator.replace("=", "")
    cell = amount.digits if beside else f"{sign}{amount.digits}"
    read: list[str] = [cell]
    if beside and amount.comparator:
        read.append(tr("{name} '{sign}'", name=beside, sign=amount.comparator))
        _beside(column, beside, amount.comparator, row)
    if amount.unit:
        read += [
            tr("in the unit {unit}", unit=_unit_for_user(unit, reader))
            for unit in _unit_beside(column, own.unit if own else "", amount.unit, row, reader)
        ]
    if cell != text:
        row.note(column.name, tr("'{text}' is read as {meant}", text=text, meant=tr_list(read)))
    return cell


def _unit_for_user(unit: str, reader: CellReader) -> Translatable:
    """Return the name of a unit in the language of the user; in English it is its id."""
    known = reader.vocabulary.units.get(unit)
    forms = {language: next(iter(each.values()), "") for language, each in known.forms.items()} if known else {}
    return tr_worded({**{language: form.replace("{}", "").strip() for language, form in forms.items()}, "en": unit})


def _beside(column: Column, other: str, comparator: str, row: _Row) -> None:
    """Write a comparator found in a value into its own column, which must not contradict it."""
    if row.cells.setdefault(other, comparator) != comparator:
        each = {"said": comparator, "column": other, "value": row.cells[other]}
        what = tr("the number says '{said}', the column {column} says '{value}'", **each)
        row.note(column.name, what, "fault", tr("write it in one place"))


def _unit_beside(column: Column, other: str, word: str, row: _Row, reader: CellReader) -> Iterator[str]:
    """Yield the unit behind a figure, after comparing it with the unit's own column."""
    known = _unit(word, row, reader)
    written = row.cells.get(other, "") if other else ""
    counted = {*(f"counters.{each}" for each in (column.name, "any"))}
    if not known and column.type == "integer" and any(word in reader.words.get(each, ()) for each in counted):
        return  # 14国 in a column of countries
    if not known:
        what = tr("'{said}' after the number is not a known unit", said=word)
        row.note(column.name, what, "fault", tr("write the number alone"))
    elif not other and (currency := _other_currency(column, word, row, reader)):
        each = {"said": word, "currency": _unit_for_user(currency, reader)}
        what = tr("'{said}' is not the currency {currency}, in which the brief counts", **each)
        hint = tr("convert the amounts, and write that unit; or leave the row out: ‘; not counted’ in its remark")
        row.note(column.name, what, "fault", hint)
    elif not other or names_unit(word, written, reader.vocabulary):
        yield written or known
    elif written:
        row.note(
            column.name,
            tr("'{said}' after the number is not the unit '{written}'", said=word, written=written),
            "fault",
        )
    else:
        row.cells[other] = known
        yield known


def _other_currency(column: Column, word: str, row: _Row, reader: CellReader) -> str:
    """Return the currency of a column if a word behind a figure names another unit of money, else ""."""
    currency = reader.currencies.get((row.schema.name, column.name), "")
    money = reader.vocabulary.units[_unit(word, row, reader)].kind == "money"
    return currency if money and not names_unit(word, currency, reader.vocabulary) else ""


def _unit(word: str, row: _Row, reader: CellReader) -> str:
    """Return the unit that a word names: that of the series if the word is one of its names, else the first, or ""."""
    watch = reader.watched.get(row.schema.name)
    series = (row.schema.name, *(row.cells.get(column, "") for column in watch.by)) if watch else ()
    usual = reader.units.get(series, "")
    return usual if usual and names_unit(word, usual, reader.vocabulary) else unit_named(word, reader.vocabulary)


def _scaled_unit(row: _Row, watch: AnomalyRule, reader: CellReader) -> None:
    """Convert a value in ten thousands, millions or the like to its plain unit."""
    written = row.cells[watch.unit]
    if written in reader.vocabulary.units:
        return
    factor, rest = scaled(written, reader.vocabulary)
    unit = _unit(rest, row, reader)
    if not unit:
        return
    row.cells[watch.unit] = unit
    value = row.cells.get(watch.value, "")
    if factor == 1 or not value.replace(".", "", 1).isdecimal():
        row.note(watch.unit, tr("'{written}' is read as the unit {unit}", written=written, unit=unit))
        return
    row.cells[watch.value] = multiplied(value, factor)
    fields = {"value": value, "written": written, "number": row.cells[watch.value], "unit": unit}
    row.note(watch.unit, tr("{value} '{written}' is read as {number} {unit}", **fields))
