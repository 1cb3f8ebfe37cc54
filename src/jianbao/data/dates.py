"""Read dates as people and spreadsheets write them: a day, month, year or interval; each counts as its last day."""

import re
import unicodedata
from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from jianbao.core.documents import Node, Problems, as_text
from jianbao.core.errors import Problem
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_list

_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_TYPED = re.compile(r"(\d{4})(?:[年./-](?:(\d{1,2})(?:[月./-](?:(\d{1,2})[日号]?)?)?)?)?")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Dates with their month inside a text: the year first, or in English the day or the month.
_INSIDE = re.compile(
    r"(?<![\d./-])((?:19|20)\d\d)\s*(?:年|[./-])\s*(\d{1,2})(?:\s*(?:月|[./-])\s*(\d{1,2})(?![\d./-])\s*[日号]?|\s*月|(?![\d./-]))"
)
_IN_ENGLISH = re.compile(r"\b(?:(\d{1,2})\s+)?([A-Z][a-z]{2})[a-z]*\.?(?:\s+(\d{1,2}),?)?\s+((?:19|20)\d\d)\b")


@dataclass(frozen=True)
class Period:
    """The first and last day of a date that may be partial; `interval` if it is written as FROM/TO."""

    first: date
    last: date
    interval: bool = False


@lru_cache(maxsize=16384)
def period(text: str) -> Period | None:
    """Read "2021", "2021-11", "2021-11-24" or "2023-01/2023-09"; None for anything else."""
    start, bar, end = text.partition("/")
    if not bar:
        return _plain(text)
    first, last = _plain(start), _plain(end)
    if first is None or last is None or first.first > last.last:
        return None
    return Period(first.first, last.last, interval=True)


def _plain(text: str) -> Period | None:
    match = _WRITTEN.fullmatch(text)
    if match is None or not text.isascii():
        return None
    year, month, day = match.groups()
    try:
        if day:
            return Period(date.fromisoformat(text), date.fromisoformat(text))
        first, last = (month, month) if month else ("01", "12")
        start = date.fromisoformat(f"{year}-{last}-01")
        return Period(
            date.fromisoformat(f"{year}-{first}-01"), start.replace(day=monthrange(start.year, start.month)[1])
        )
    except ValueError:  # such as a thirteenth month, 30 February, or the year 0000
        return None


def typed_date(text: str) -> str:
    """Return a date in the form of the files, "2025年12月3日" as 2025-12-03; any other text unchanged."""
    found = _TYPED.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    parts = [part for part in found.groups() if part] if found else []
    return "-".join(part.zfill(2) for part in parts) if parts else text.strip()


def dates_in(text: str) -> tuple[dict[str, None], str]:
    """Return the dates in a text, in the form of the files, each once; and the text with line breaks in their place."""
    found = dict[str, None]()

    def taken(written: str, parts: tuple[str | None, ...]) -> str:
        day = "-".join(part.zfill(2) for part in parts if part)
        if period(day) is None:
            return written
        found[day] = None
        return "\n"

    def in_english(match: re.Match[str]) -> str:
        month = str(MONTHS.index(match[2]) + 1) if match[2] in MONTHS else ""
        return taken(match[0], (match[4], month, match[1] or match[3])) if month else match[0]

    rest = _INSIDE.sub(lambda match: taken(match[0], match.groups()), text)
    return found, _IN_ENGLISH.sub(in_english, rest)


_UNTIL_YEAR = re.compile(r"((?:19|20)\d\d)年?[底末]?$")
_BEHIND_DAY = re.compile(r"[，,；;。（(）)\u3000]|\s{2,}")


def stated_until(text: str, words: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, date]]:
    """Yield each statement in a text of the day up to which data are, with that day; for a month, its last day.

    `data_until` begin it, `data_of` end it: 2026.11整理.
    """
    for ended in re.finditer(rf"({_INSIDE.pattern})\s*(?:{'|'.join(words['data_of'])})", text):
        yield ended[0], last_day(next(iter(dates_in(ended[1])[0])))
    for begun in re.finditer(rf"(?:{'|'.join(words['data_until'])})[：:\s]*", text, re.IGNORECASE):
        stated = _BEHIND_DAY.split(text[begun.end() :], maxsplit=1)[0].strip()
        days, rest = dates_in(stated)
        day, year = (next(iter(days), "") if rest.startswith("\n") else ""), _UNTIL_YEAR.match(stated)
        if day or year:
            yield f"{begun[0]}{stated}", last_day(day or (year[1] if year else ""))


def as_day(node: Node, problems: Problems, hint: Translatable = NO_TEXT) -> str:
    """Return the date of a node as it is written, or "" with a problem."""
    text = as_text(node, problems)
    if text and period(text) is None:
        usual = tr("write 2021, 2021-11, 2021-11-24")
        problems.append(Problem(node.place, tr("'{value}' is not a date", value=text), hint or usual))
        return ""
    return text


def last_day(text: str) -> date:
    """Return the last day of a written date; raises ValueError if it is not a date."""
    found = period(text)
    if found is None:
        raise ValueError(tr("'{value}' is not a date", value=text))
    return found.last


def years_between(earlier: date, later: date) -> float:
    """Return the years from one day to a later one; the same day of another year is a whole number of years."""
    whole = later.year - earlier.year
    turned = anniversary(earlier, later.year)
    if turned > later:
        whole, turned = whole - 1, anniversary(earlier, later.year - 1)
    following = anniversary(earlier, turned.year + 1)
    return whole + (later - turned).days / (following - turned).days


def anniversary(day: date, year: int) -> date:
    """Return the same day of another year, 28 February for 29 February."""
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))


def moment(text: str) -> datetime:
    """Return a moment written in ISO 8601, in UTC if it does not say how far from UTC; raises ValueError for no moment.

    Moments are compared, not their texts, which may differ in their distance from UTC.
    """
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# Day 0 of the two date systems of spreadsheets; the one of 1900 counts a 29 February 1900, which did not exist.
FIRST_DAYS = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
CENTURY = 100
SLACK = 10  # years by which a row may be older than all others
AHEAD = 366  # days by which a row may be dated after the newest edition
ENOUGH = 10  # other dates that are needed to judge one
_YEAR_FIRST = re.compile(r"(\d{4})\D{1,2}(\d{1,2})(?:\D{1,2}(\d{1,2}))?\D?", re.ASCII)
_TOGETHER = re.compile(r"((?:19|20)\d\d)(\d\d)(\d\d)?", re.ASCII)  # 19960912
_BLANKS = re.compile(r"\s*([年月日号])\s*")
_YEAR_ONLY = re.compile(r"(\d{4})[^\d\s]", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}|\d{2}[-/]\d{2}", re.ASCII)
_SHORT_DAY = re.compile(r"(\d{2})[-/. ](\d{1,2})[-/. ](\d{1,2})", re.ASCII)
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
    """A date as read ("" if unreadable), a note on it, and whether it is in doubt; `hint` says how to write it."""

    text: str
    what: Translatable = NO_TEXT
    doubt: bool = False
    hint: Translatable = NO_TEXT


def era_of(known: Iterable[str], delivered: Iterable[str], newest: date) -> Era:
    """Return the era of a table: its own dates, those that a delivery adds, and the day of the newest edition."""
    days = [found.last for text in known if text and (found := period(text))]
    days += [found.last for text in delivered if text and (found := period(_iso(text)))]
    return Era(tuple(sorted(days)), newest)


def read_day(text: str, era: Era, counted_from: int = 0) -> Dated:
    """Read a date; one in another century than all others is in doubt, and read as in their century.

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
    if len(days := [*dict.fromkeys(_with_short_years(written, era))]) > 1:
        what = tr("'{text}' has a year of two digits, and may be {days}", text=text, days=tr_list(days, " or "))
        return Dated("", what, hint=tr("write the year in full, such as {day}", day=days[0]))
    if _SHORT_YEAR.fullmatch(written):
        return Dated(
            "",
            tr("'{text}' has a year of two digits: it does not say which century, nor in which order it is", text=text),
        )
    if _YEAR_LAST.fullmatch(written):
        return Dated("", tr("'{text}' does not say which is the day and which the month", text=text))
    return Dated(text)


def _with_short_years(text: str, era: Era) -> Iterator[str]:
    """Yield the days that a text may mean with the year first or last: of 19.5.3, 2019-05-03 and 2003-05-19."""
    found = _SHORT_DAY.fullmatch(text)
    for year, month, day in [found.group(*order) for order in ((1, 2, 3), (3, 2, 1), (3, 1, 2))] if found else []:
        century = CENTURY * (era.newest.year // CENTURY - (int(year) > era.newest.year % CENTURY))
        meant = f"{century + int(year)}-{month.zfill(2)}-{day.zfill(2)}"
        if period(meant):
            yield meant


def _iso(text: str) -> str:
    """Return an ISO date for one that begins with its year ("2026/3/5", 20260305, with other signs), or ""."""
    written = _BLANKS.sub(r"\1", unicodedata.normalize("NFKC", text).strip())
    if period(written):
        return written
    match = _TOGETHER.fullmatch(written) or _YEAR_FIRST.fullmatch(written)
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
    """Return the months or the year in which a task of a plan is due, as a date or an interval; "" for any other text.

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


def part_of_year(words: Mapping[str, Sequence[str]]) -> re.Pattern[str]:
    """Return the pattern of words for a number of a part of a year."""
    return re.compile("|".join(words["part_of_year"]), re.IGNORECASE)


def months_of(text: str, words: Mapping[str, Sequence[str]]) -> str:
    """Return the months of a part of a year, as 2025-01/2025-11 for 2025（1-11月）; "" if it is not clear which."""
    year, found = re.search(r"(?:19|20)\d\d", text), part_of_year(words).search(text)
    part = "".join(found[0].split()).lower() if found else ""
    months = next((key[7:] for key, known in words.items() if key.startswith("months.") and part in known), "")
    ends = (key[10:] for key, known in words.items() if key.startswith("month_end.") and part.endswith(tuple(known)))
    span = months or next((f"01/{last}" for last in sorted(ends, reverse=True)), "")
    return "/".join(f"{year[0]}-{month}" for month in span.split("/")) if year and span else ""


def _counted(days: int, era: Era, counted_from: int) -> Dated:
    """Read a spreadsheet's count of days, which is only meaningful in a workbook."""
    what = tr("'{days}' is a spreadsheet's count of days", days=days)
    if not counted_from:
        return Dated("", tr("{what}, and a table of text does not say from which year it counts", what=what))
    day = FIRST_DAYS[counted_from] + timedelta(days)
    span = era.around(day)
    reading = tr("{what}; this workbook counts from {year}, so it is {day}", what=what, year=counted_from, day=day)
    if span and day not in span:
        return Dated("", tr("{what}, which lies {where}", what=reading, where=_side(day, span)))
    return Dated(day.isoformat(), tr("{what}; read as {likely}", what=reading, likely=day))


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
