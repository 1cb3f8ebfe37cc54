"""Dates as people write them: a day, a month, a year or an interval; each counts as its last day."""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from jianbao.core.documents import Node, Problems, as_text
from jianbao.core.errors import Problem
from jianbao.core.messages import NO_TEXT, Translatable, tr

_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_TYPED = re.compile(r"(\d{4})(?:[年./-](?:(\d{1,2})(?:[月./-](?:(\d{1,2})[日号]?)?)?)?)?")


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
    """Return a date in the form of the files, "2025年12月3日" as 2025-12-03; what is no date, as it is typed."""
    found = _TYPED.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    parts = [part for part in found.groups() if part] if found else []
    return "-".join(part.zfill(2) for part in parts) if parts else text.strip()


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
