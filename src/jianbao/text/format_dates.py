"""How each language writes a date, as exactly as it is known: a day, a month or a year."""

from datetime import date

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton

from jianbao.core.messages import tr
from jianbao.data.dates import period
from jianbao.text.formatter import Shown, UnsayableError, Writer, with_text

YEAR, MONTH, DAY = 4, 7, 10  # characters of an ISO date of that exactness


def _iso(shown: Shown) -> str:
    """Return the ISO date that a fact holds; raise UnsayableError if it holds none."""
    value = shown.fact.value
    if shown.fact.kind != "date" or not isinstance(value, str):
        raise UnsayableError(
            tr("{fact} is a {kind}, not a date", fact=shown.fact.id or "this", kind=shown.fact.kind),
            tr("for its own date, write as_of"),
        )
    if len(value) not in (YEAR, MONTH, DAY) or period(value) is None:
        raise UnsayableError(tr("'{value}' is not a day, a month or a year", value=value))
    return value


def write_date(iso: str, locale: Locale) -> str:
    """Write an ISO date that may be partial in a language's own order."""
    if len(iso) == YEAR:
        return iso
    day = date.fromisoformat(iso if len(iso) == DAY else f"{iso}-01")
    return format_date(day, "long", locale) if len(iso) == DAY else format_skeleton("yMMMM", day, locale=locale)


def write_short(written: str, locale: Locale, year: bool) -> str:
    """Write an ISO date or interval that may be partial in short, as exactly as it is known, with its year or without.

    Of a year alone the year is written in any case.
    """
    start, _, end = written.partition("/")
    days = [date.fromisoformat(f"{each}-01-01"[:DAY]) for each in (start, end) if each]
    exactness = min(len(each) for each in (start, end) if each)
    if exactness == YEAR:
        return "\u2013".join(dict.fromkeys(str(day.year) for day in days))
    pattern = ("y" if year else "") + ("MMM" if exactness == MONTH else "MMMd")
    if len(days) > 1:
        return str(format_interval(days[0], days[1], pattern, locale=locale))
    if pattern == "MMM":
        return month_name(days[0].month, locale)
    return str(format_skeleton(pattern, days[0], locale=locale))


def month_name(month: int, locale: Locale) -> str:
    """Return the short name of a month, 1 to 12."""
    return str(locale.months["format"]["abbreviated"][month])


def as_date(writer: Writer, shown: Shown) -> Shown:
    """Write a date as exactly as it is known; of a time that lasted, such as a session, both ends."""
    value = shown.fact.value
    if isinstance(value, str) and "/" in value and period(value):
        low, high = (write_date(end, writer.locale) for end in value.split("/"))
        return with_text(shown, writer.word("range", low=low, high=high))
    return with_text(shown, write_date(_iso(shown), writer.locale))


def as_month(writer: Writer, shown: Shown, year: bool = True) -> Shown:
    """Write the month of a date, with its year if that has not just been said."""
    iso = _iso(shown)
    if len(iso) == YEAR:
        raise UnsayableError(tr("only the year of {fact} is known", fact=shown.fact.id), tr("use year"))
    return with_text(shown, write_date(iso[:MONTH], writer.locale) if year else _month_name(iso, writer.locale))


def _month_name(iso: str, locale: Locale) -> str:
    """Return a month as it stands alone: in figures where the language writes its short names so, as Chinese does."""
    short, wide = (locale.months["stand-alone"][width][int(iso[5:MONTH])] for width in ("abbreviated", "wide"))
    return str(short if short[:1].isdigit() else wide)


def as_year(_: Writer, shown: Shown) -> Shown:
    """Write the bare year of a date, or of a number that is a year."""
    if shown.fact.kind == "number":
        if len(number := f"{shown.fact.number:g}") != YEAR or not number.isdecimal():
            raise UnsayableError(
                tr("{number} is not a year", number=number), tr("for the year of the fact itself, write as_of | year")
            )
        return with_text(shown, number)
    return with_text(shown, _iso(shown)[:YEAR])
