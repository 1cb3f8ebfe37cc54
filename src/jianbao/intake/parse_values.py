"""Amounts and sources as people write them in cells, headings and notes: separators, units, powers of ten."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.schemas import NUMERIC, Schema
from jianbao.intake.labels import measured
from jianbao.text.vocabulary import Unit, Vocabulary

_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
# Groups of three after a comma, a blank, an apostrophe, or what typographers use for them; a decimal point.
_FIGURE = re.compile(r"-?(\d{1,3}([,\u2009\u00a0\u202f' ]\d{3})+|\d+)(\.\d+)?", re.ASCII)
_SIGNS = {">": ">", "≥": ">", "<": "<", "≤": "<", "≈": "≈", "~": "≈", "∼": "≈", "=": "="}
_WORDS = {
    "more_than": ">",
    "at_least": ">",
    "less_than": "<",
    "fewer_than": "<",
    "at_most": "<",
    "nearly": "<",
    "about": "≈",
}


_MORE = ("+", "多", "余")  # behind a figure or its power of ten: more than that
_ORDINAL = re.compile(r"第(\w{1,3}?)(?:[届次期]|$)")  # perhaps before the name of what it counts
TEN = 10
_ROUND = {"百": 10**2, "千": 10**3, "万": 10**4}  # after "nearly" or before "more than": one of these


@dataclass(frozen=True)
class Amount:
    """A figure in plain digits, its comparator ("" if none is written), and the unit beside it as it is written."""

    digits: str
    comparator: str = ""
    unit: str = ""


def read_amount(text: str, vocabulary: Vocabulary) -> Amount | None:
    """Read "1,234", "3.2亿", "more than 1300" or "≈25.6 billion"; None if it is no amount.

    Words of comparison and of powers of ten are those of the vocabulary, in every language of the workspace.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if _PLAIN.fullmatch(written):
        return Amount(written)
    if (ordinal := _ORDINAL.match(written)) and (number := numeral(ordinal[1])):
        return Amount(str(number))
    comparator, rest = _comparator(written, vocabulary)
    rest = f"{_ROUND[rest[0]]}{rest[1:]}" if rest[:1] in _ROUND and (comparator or rest[1:]) else rest
    figure = _FIGURE.match(rest)
    if not figure:
        return None
    after = rest[figure.end() :].strip()
    if after[:1] in (",", ".", "'") or after[:1].isdecimal():  # the number goes on, in groups of another size
        return None
    factor, unit = scaled(after.lstrip("".join(_MORE)).strip(), vocabulary)
    if after.startswith(_MORE) or unit.startswith(_MORE):
        comparator, unit = comparator or ">", unit.lstrip("".join(_MORE)).strip()
    figures = Decimal(re.sub(r"[^\d.-]", "", figure.group())) * factor
    return Amount(_digits(figures), comparator, unit)


def numeral(text: str) -> int:
    """Return a number written in figures or in Chinese numerals up to 99; 0 if it is none."""
    if text.isdecimal():
        return int(text)
    numbers = [int(unicodedata.numeric(letter, -1)) for letter in text]
    if not all(0 <= number <= TEN for number in numbers) or (len(numbers) > 1 and numbers.count(TEN) != 1):
        return 0
    total = 0
    for number in numbers:
        total = max(total, 1) * TEN if number == TEN else total + number
    return total


def _comparator(text: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """Return the comparator at the beginning of a text, and the rest."""
    begins = {unicodedata.normalize("NFKC", word): sign for word, sign in _beginnings(vocabulary)} | _SIGNS
    lowered = text.lower()
    for word in sorted(begins, key=len, reverse=True):
        if word and lowered.startswith(word.lower()):
            return begins[word], text[len(word) :].strip()
    return "", text


def _beginnings(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for key, sign in _WORDS.items():
        for pattern in vocabulary.words.get(key, {}).values():
            yield pattern.partition("{}")[0].strip(), sign


def scaled(text: str, vocabulary: Vocabulary) -> tuple[int, str]:
    """Return the power of ten at the beginning of a text (1 if none), and the rest."""
    scales = {scale.word.strip(): scale.start for style in vocabulary.styles.values() for scale in style.scales}
    for word in sorted(scales, key=len, reverse=True):
        if word and text.lower().startswith(word.lower()):
            return int(scales[word]), text[len(word) :].strip()
    return 1, text


def unit_named(text: str, vocabulary: Vocabulary) -> str:
    """Return the id of the unit that a text names in some language, or ""; a word of several units is the first's."""
    wanted = text.strip().lower()
    for unit in vocabulary.units.values():
        if wanted == unit.id or wanted in {word.lower() for word in _words(unit)}:
            return unit.id
    return ""


def _words(unit: Unit) -> Iterator[str]:
    for forms in unit.forms.values():
        yield from (form.replace("{}", "").strip() for form in forms.values())
        measured: Mapping[str, str] = forms
        if "measure" in measured and "other" in measured:
            yield measured["measure"] + measured["other"]


def names_unit(text: str, unit: str, vocabulary: Vocabulary) -> bool:
    """Return whether a text is the name of a unit in some language."""
    known = vocabulary.units.get(unit)
    return text == unit or (known is not None and text.lower() in {word.lower() for word in _words(known)})


def _digits(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def scale_word(digits: str, factor: int) -> str:
    """Return a figure multiplied, in plain digits."""
    return _digits(Decimal(digits) * factor)


def dates_in(schema: Schema, sheet: Sheet | None) -> Iterator[str]:
    """Yield the dates in the rows of a table; none without a sheet."""
    dated = [name for name, column in schema.columns.items() if column.type == "date"]
    yield from (row[name] for _, row in (rows_in(sheet) if sheet else ()) for name in dated if name in row)


_ADDRESS, _TITLE = re.compile(r"https?://[^\s，,；;。]+"), re.compile(r"《(.+?)》([（(][^（）()]*稿[)）])?")
_DAY = re.compile(r"(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?|(?:19|20)\d\d([-.])\d{1,2}\1\d{1,2}")
_PARTED = re.compile(r"[，,；;。]|[（(](?=[^（）()]*数[)）])")


def cited_source(text: str, words: Mapping[str, Sequence[str]]) -> tuple[str, str, str, str] | None:
    """Return the address (or else the title), the title, the publisher and the day of a source that a note names."""
    begun = re.search(rf"(?:^|[\s；;。（(])(?:{'|'.join(words.get('cited', ()))})[：:]\s*(.+)", text, re.IGNORECASE)
    if not begun:
        return None
    clauses = re.split("[；;。]", begun[1])
    several = [*_PARTED.split(clauses[0])[:1], *(each for each in clauses[1:] if _is_source(each, words))]
    if "://" not in begun[1] and len(every := [part for each in several for part in listed_sources(each, words)]) > 1:
        return ";".join(every), every[0], "", ""
    address, title, day = (pattern.search(begun[1]) for pattern in (_ADDRESS, _TITLE, _DAY))
    publisher = begun[1][: title.start()] if title else ""
    first = _PARTED.split(begun[1], maxsplit=1)[0] if not address or address.start() else ""
    named = "".join(filter(None, title.groups())) if title else first
    return address[0] if address else named, named, publisher.strip(" ，,"), day[0] if day else ""


def listed_sources(text: str, words: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the sources in a text with enumeration commas, if every part is called as sources are; else the text."""
    parts = text.split("、")
    return parts if all(_is_source(part, words) for part in parts) else [text]


def _is_source(text: str, words: Mapping[str, Sequence[str]]) -> bool:
    ends = "|".join(words["source_ends"])
    return bool(re.fullmatch(rf"[^《》]*(?:(?:{ends})[^《》\w]*(?:\d{{4}}年?\W*)?|《[^《》]+》[^《》]*)", text))


_BARE = re.compile(r"(.*\d\s*[余多+]?)(\s*[（(][^（）()元万亿]*[)）])?")  # a number without a unit, and a remark
_UNIT = re.compile(r"单位[：:]\s*([^\s、，,；;（）()]+)")  # in a line above the heading


def with_unit(number: str, unit: str) -> str:
    """Return a number with a unit behind it, before a remark in brackets; the text if it is none, or has a unit."""
    found = _BARE.fullmatch(number)
    return f"{found[1]}{unit}{found[2] or ''}" if found else number


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
