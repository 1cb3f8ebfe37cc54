"""Dates as people and spreadsheets write them: another order, a day count, a wrong century."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from jianbao.core.messages import NO_TEXT, Translatable, tr
from jianbao.data.dates import anniversary, period

# Day 0 of the two systems in which spreadsheets count; that of 1900 counts a 29 February 1900 that never was.
FIRST_DAYS = {1900: date(1899, 12, 30), 1904: date(1904, 1, 1)}
CENTURY = 100
SLACK = 10  # years by which a row may be older than all others
AHEAD = 366  # days by which a row may be dated after the newest edition
ENOUGH = 10  # other dates without which nothing is said about one
_YEAR_FIRST = re.compile(r"(\d{4})\D{1,2}(\d{1,2})(?:\D{1,2}(\d{1,2}))?\D?", re.ASCII)
_YEAR_ONLY = re.compile(r"(\d{4})[^\d\s]", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}|\d{2}[-/]\d{2}", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", re.ASCII)
_SERIAL = re.compile(r"\d{5}", re.ASCII)
_PLAIN = re.compile(r"\d{4}(-\d{2}){0,2}", re.ASCII)


@dataclass(frozen=True)
class Span:
    """The days that a date may reasonably have."""

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
        """Return the days that a date may reasonably have by all others; None where there are too few of them."""
        place = bisect_left(self.days, day)
        others = len(self.days) - (self.days[place : place + 1] == (day,))
        if others < ENOUGH:
            return None
        first = min(self.days[1] if self.days[0] == day else self.days[0], self.newest)
        return Span(anniversary(first, max(first.year - SLACK, date.min.year)), self.newest + timedelta(AHEAD))


@dataclass(frozen=True)
class Dated:
    """A date as the program would read it ("" if it cannot), what is odd about the way it is written, and a doubt.

    A doubt means that the date may be right as it is written: someone has to say so.
    """

    text: str
    what: Translatable = NO_TEXT
    doubt: bool = False


def era_of(known: Iterable[str], delivered: Iterable[str], newest: date) -> Era:
    """Return the era of a table: its own dates, those that a delivery adds, and the day of the newest edition."""
    days = [found.last for text in known if text and (found := period(text))]
    days += [found.last for text in delivered if text and (found := period(_iso(text)))]
    return Era(tuple(sorted(days)), newest)


def read_day(text: str, era: Era, counted_from: int = 0) -> Dated:
    """Read a date; one of another century than all others is in doubt, and read as if it were of theirs.

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
    year = _YEAR_ONLY.fullmatch(written)
    return year[1] if year else ""


def _counted(days: int, era: Era, counted_from: int) -> Dated:
    """Read a spreadsheet's count of days, which only a workbook gives a meaning to."""
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
    if span is None or last in span or not _PLAIN.fullmatch(text):
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
    early = day < span.first
    return (
        tr("before {first}, long before every other date", first=span.first)
        if early
        else tr("after {last}, in the future", last=span.last)
    )
