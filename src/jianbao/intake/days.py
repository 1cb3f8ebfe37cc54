"""Days as people and spreadsheets write them: in another order, as a serial number, in the wrong century."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from jianbao.evidence.periods import anniversary, period

_FIRST = date(1899, 12, 30)  # day 0 of the system of 1900, which counts a 29 February 1900 that never was
SYSTEMS = 1462  # days between the two systems in which spreadsheets count, from 1900 and from 1904
CENTURY = 100
SLACK = 10  # years by which new rows may be older than all that are known
AHEAD = 366  # days by which a row may be dated after the newest edition
_YEAR_FIRST = re.compile(r"(\d{4})\D{1,2}(\d{1,2})(?:\D{1,2}(\d{1,2}))?\D?", re.ASCII)
_YEAR_ONLY = re.compile(r"(\d{4})[^\d\s]", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2}|\d{2}[-/]\d{2}", re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})", re.ASCII)


@dataclass(frozen=True)
class Era:
    """The days that the dates of a table may reasonably have."""

    first: date
    last: date

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


@dataclass(frozen=True)
class Dated:
    """A date as the program would read it ("" if it cannot), what is odd about the way it is written, and a doubt.

    A doubt means that the date may be another one: someone has to say so.
    """

    text: str
    what: str = ""
    doubt: bool = False


def era_of(known: Iterable[str], newest: date) -> Era:
    """Return the days from a little before the first of the known dates to a year after the newest edition."""
    days = [found.last for text in known if text and (found := period(text))]
    first = min([*days, newest])
    return Era(anniversary(first, first.year - SLACK), newest + timedelta(AHEAD))


def read_day(text: str, era: Era, from_1904: bool = False) -> Dated:
    """Read a date; one outside the era that a known slip would bring into it is in doubt, and read as corrected."""
    written = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"\d{5}", written, re.ASCII):
        return _serial(int(written), era)
    found = period(written)
    if found:
        return _placed(written, found.last, era, from_1904)
    meant = _reordered(written)
    if meant:
        placed = _placed(meant, era.last, era, False)
        return Dated(placed.text, f"'{text}' is read as {meant}")
    if _SHORT_YEAR.fullmatch(written):
        return Dated("", f"'{text}' has a year of two digits: it does not say which century, nor in which order it is")
    if _YEAR_LAST.fullmatch(written):
        return Dated("", f"'{text}' does not say which is the day and which the month")
    return Dated(text)


def _reordered(text: str) -> str:
    """Return an ISO date for one that begins with its year ("2026/3/5", or with a sign after each figure), or ""."""
    match = _YEAR_FIRST.fullmatch(text)
    if match:
        meant = "-".join([match[1], *(part.zfill(2) for part in match.groups()[1:] if part)])
        return meant if period(meant) else ""
    year = _YEAR_ONLY.fullmatch(text)
    return year[1] if year else ""


def _serial(days: int, era: Era) -> Dated:
    day, other = _FIRST + timedelta(days), _FIRST + timedelta(days + SYSTEMS)
    what = f"'{days}' is a spreadsheet's count of days: {day} if it counts from 1900, {other} if from 1904"
    likely = other if day not in era and other in era else day
    return Dated(likely.isoformat(), f"{what}; read as {likely}", doubt=True)


def _placed(text: str, last: date, era: Era, from_1904: bool) -> Dated:
    if from_1904 and re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        other = last - timedelta(SYSTEMS)
        what = f"the workbook counts its days from 1904: {text} is {other} if the cell was copied from one that counts"
        return Dated(text, f"{what} from 1900; read as {text}", doubt=True)
    if last in era or not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
        return Dated(text)
    for years in (CENTURY, -CENTURY):
        meant = f"{last.year + years:04d}{text[4:]}"
        if (found := period(meant)) and found.last in era:
            return Dated(meant, f"{text} lies {_side(last, era)}: the wrong century? read as {meant}", doubt=True)
    for days in (SYSTEMS, -SYSTEMS):
        moved = last + timedelta(days)
        if moved in era and len(text) == len("2026-03-05"):
            what = f"{text} lies {_side(last, era)}: a date counted from 1904 in a workbook that counts from 1900, or"
            return Dated(moved.isoformat(), f"{what} the other way round? read as {moved}", doubt=True)
    return Dated(text)


def _side(day: date, era: Era) -> str:
    return (
        f"before {era.first}, long before every other date" if day < era.first else f"after {era.last}, in the future"
    )
