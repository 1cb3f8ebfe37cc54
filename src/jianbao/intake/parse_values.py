"""Amounts and dates as people and spreadsheets write them: separators, units, day counts, wrong order."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from jianbao.core.messages import NO_TEXT, Translatable, tr
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.dates import anniversary, period
from jianbao.data.schemas import Schema
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


# Day 0 of the two date systems of spreadsheets; that of 1900 counts a 29 February 1900, which did not exist.
FIRST_DAYS = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
CENTURY = 100
SLACK = 10  # years that a row may be older than all others
AHEAD = 366  # days by which a row may be dated after the newest edition
ENOUGH = 10  # other dates that are needed to judge one
_YEAR_FIRST = re.compile(r"(\d{4})\D{1,2}(\d{1,2})(?:\D{1,2}(\d{1,2}))?\D?", re.ASCII)
_YEAR_ONLY = re.compile(r"(\d{4})[^\d\s]", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}|\d{2}[-/]\d{2}", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", re.ASCII)
_SERIAL = re.compile(r"\d{5}", re.ASCII)
_DAY_BEFORE = "".join(rf"|(?<=\d{{4}}\D\d{{{m}}}\D\d{{{d}}})-\d.*$" for m in (1, 2) for d in (1, 2))
_UNTIL = re.compile(rf"\s*[—–~～至到]+\s*\S*${_DAY_BEFORE}")  # the end of an event of several days
_END_OF_YEAR = re.compile(r"(\d{4})年?[底末]", re.ASCII)
_ISO = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)


@dataclass(frozen=True)
class Span:
    """The range of plausible days of a date."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


@dataclass(frozen=True)
class Era:
    """The dates of a table in their order, known and delivered ones, and the day of the newest edition."""

    days: tuple[date, ...]
    newest: date

    def around(self, day: date) -> Span | None:
        """Return the range of plausible days, judged by the other dates; None if these are too few."""
        place = bisect_left(self.days, day)
        others = len(self.days) - (self.days[place : place + 1] == (day,))
        if others < ENOUGH:
            return None
        first = min(self.days[1] if self.days[0] == day else self.days[0], self.newest)
        return Span(anniversary(first, max(first.year - SLACK, date.min.year)), self.newest + timedelta(AHEAD))


@dataclass(frozen=True)
class Dated:
    """A date as read ("" if it cannot be), what is odd about it, and whether it is in doubt, for someone to decide."""

    text: str
    what: Translatable = NO_TEXT
    doubt: bool = False


def dates_in(schema: Schema, sheet: Sheet | None) -> Iterator[str]:
    """Yield the dates in the rows of a table; none without a sheet."""
    dated = [name for name, column in schema.columns.items() if column.type == "date"]
    yield from (row[name] for _, row in (rows_in(sheet) if sheet else ()) for name in dated if name in row)


def era_of(known: Iterable[str], delivered: Iterable[str], newest: date) -> Era:
    """Return the era of a table: its own dates, those that a delivery adds, and the day of the newest edition."""
    days = [found.last for text in known if text and (found := period(text))]
    days += [found.last for text in delivered if text and (found := period(_iso(text)))]
    return Era(tuple(sorted(days)), newest)


def read_day(text: str, era: Era, counted_from: int = 0) -> Dated:
    """Read a date; one of another century than all others is in doubt, and read as of their century.

    Args:
        text: The cell as it was delivered.
        era: The dates of the table.
        counted_from: The year from which the workbook counts its days, 1900 or 1904; 0 for a table of text.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if _SERIAL.fullmatch(written):
        return _counted(int(written), era, counted_from)
    found = period(written)
    if found:
        return _placed(written, found.last, era)
    meant = _iso(written)
    if meant:
        return Dated(meant, tr("'{text}' is read as {meant}", text=text, meant=meant))
    if _SHORT_YEAR.fullmatch(written):
        return Dated(
            "",
            tr("'{text}' has a year of two digits: it does not say which century, nor in which order it is", text=text),
        )
    if _YEAR_LAST.fullmatch(written):
        return Dated("", tr("'{text}' does not say which is the day and which the month", text=text))
    return Dated(text)


def _iso(text: str) -> str:
    """Return an ISO date for one that begins with its year ("2026/3/5", or with a sign after each figure), or ""."""
    written = unicodedata.normalize("NFKC", text).strip()
    if period(written):
        return written
    match = _YEAR_FIRST.fullmatch(written)
    if match:
        meant = "-".join([match[1], *(part.zfill(2) for part in match.groups()[1:] if part)])
        return meant if period(meant) else ""
    if ended := _END_OF_YEAR.fullmatch(written):
        return f"{ended[1]}-12"
    year = _YEAR_ONLY.fullmatch(written)
    begun = "" if year else _UNTIL.sub("", written)
    return year[1] if year else _iso(begun) if begun and begun != written else ""


_MONTHS = re.compile(r"(\d{1,2})月?(?:\W+(\d{1,2}))?月(?:\d{1,2}\D)?", re.ASCII)


def read_due(text: str, year: int, words: Mapping[str, Sequence[str]]) -> str:
    """Return the months or the year in which a task of a plan is due, as a date or an interval; "" if it is none.

    Args:
        text: The words of the plan, such as those for the end of June or for the whole year, perhaps with the year.
        year: The year of the plan, for words that do not give one.
        words: `due_by` may follow a date, `due.year` means the whole year, `due.01/06` and the like these months of it.
    """
    rest = "".join(unicodedata.normalize("NFKC", text).split())
    if dated := re.match(r"(20\d\d)年?", rest):
        year, rest = int(dated[1]), rest[dated.end() :]
    ends = "|".join(words.get("due_by", ()))
    forms = [rest]
    while (bare := re.sub(f"(?:{ends})$", "", forms[-1])) != forms[-1]:
        forms.append(bare)
    named = (key.removeprefix("due.") for key, known in words.items() if key[:4] == "due." and {*forms} & {*known})
    part = next(named, "")
    if not part and (months := _MONTHS.fullmatch(forms[-1])):
        part = "/".join(each.zfill(2) for each in months.groups() if each)
    meant = str(year) if part == "year" else "/".join(f"{year}-{each}" for each in part.split("/"))
    return meant if period(meant) else ""


def _counted(days: int, era: Era, counted_from: int) -> Dated:
    """Read a spreadsheet's count of days, which has a meaning only in a workbook."""
    what = tr("'{days}' is a spreadsheet's count of days", days=days)
    if not counted_from:
        return Dated("", tr("{what}, and a table of text does not say from which year it counts", what=what))
    day = FIRST_DAYS[counted_from] + timedelta(days)
    span = era.around(day)
    told = tr("{what}; this workbook counts from {year}, so it is {day}", what=what, year=counted_from, day=day)
    if span and day not in span:
        return Dated("", tr("{what}, which lies {where}", what=told, where=_side(day, span)))
    return Dated(day.isoformat(), tr("{what}; read as {likely}", what=told, likely=day))


def _placed(text: str, last: date, era: Era) -> Dated:
    span = era.around(last)
    if span is None or last in span or not _ISO.fullmatch(text):
        return Dated(text)
    for years in (CENTURY, -CENTURY):
        meant = f"{last.year + years:04d}{text[4:]}"
        if (found := period(meant)) and found.last in span:
            return Dated(
                meant,
                tr(
                    "{text} lies {where}: the wrong century? read as {meant}",
                    text=text,
                    where=_side(last, span),
                    meant=meant,
                ),
                doubt=True,
            )
    return Dated(text)


def _side(day: date, span: Span) -> Translatable:
    if day < span.first:
        return tr("before {first}, long before every other date", first=span.first)
    return tr("after {last}, in the future", last=span.last)


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
