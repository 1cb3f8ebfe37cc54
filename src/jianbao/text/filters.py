"""Define the filters of placeholders, which choose and write values of facts, names and lists of names."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import reduce
from inspect import Signature, signature

from babel.dates import format_skeleton
from babel.lists import format_list

from jianbao.core.messages import tr
from jianbao.data.dates import period
from jianbao.text.format_quantities import (
    as_number,
    as_percent,
    counted,
    counted_text,
    interval,
    likely,
    money,
    noun,
    of,
    ordinal,
    plural,
    points,
    rank,
    score,
    share,
    signed,
    small,
    tally,
    times,
    words,
)
from jianbao.text.formatter import (
    DAY,
    MONTH,
    YEAR,
    Shown,
    UnsayableError,
    Writer,
    month_alone,
    with_text,
    write_date,
    write_period,
)
from jianbao.text.name_table import name_hint, text_of
from jianbao.text.numbers import (
    about,
    among,
    as_of,
    at_least,
    base,
    decimals,
    digits,
    high,
    known_until,
    low,
    magnitude,
    roundly,
    since,
)


def as_name(writer: Writer, shown: Shown, short: bool = False) -> Shown:
    """Write the name whose id is the fact's value; all names of a fact with several, such as cities of one day."""
    if isinstance(shown.fact.value, tuple):
        return as_names(writer, shown, short=short)
    return with_text(shown, named(writer, shown.fact.value, short))


def named(writer: Writer, name_id: object, short: bool = False) -> str:
    """Return a name of the name table; raises UnsayableError if it has none with this id in the language."""
    name = writer.names.get(str(name_id))
    if name is None or writer.language not in name.full:
        raise UnsayableError(
            tr("'{name_id}' is not a name of the name table", name_id=name_id),
            name_hint(str(name_id), writer.names),
        )
    return text_of(name, writer.language, short)


def full(writer: Writer, shown: Shown, country: str = "") -> Shown:
    """Write a name in the form for its first mention.

    A body is followed by its abbreviation, a place by its name in another language and by its country if given.
    """
    text = named(writer, shown.fact.value)
    name = writer.names[str(shown.fact.value)]
    foreign = next((language for language in writer.vocabulary.styles if language != writer.language), writer.language)
    if name.kind not in ("city", "country"):
        short, foreign_short = text_of(name, writer.language, short=True), text_of(name, foreign, short=True)
        if short == text:
            return with_text(shown, text)
        return with_text(shown, writer.word("first_body", name=text, short=short, foreign_short=foreign_short))
    key = "first_place_in" if country else "first_place"
    holes = {"name": text, "foreign": text_of(name, foreign), "country": named(writer, country) if country else ""}
    return with_text(shown, writer.word(key, **holes))


def as_names(
    writer: Writer,
    shown: Shown,
    max: int = 0,  # noqa: A002 (the argument as writers type it)
    short: bool = False,
    commas: bool = False,
) -> Shown:
    """Write a list of names in the language's form; of more than `max` the first ones, and how many others.

    With `commas`, it has no word for "and", as suits a list of actions.
    """
    ids = shown.fact.value if isinstance(shown.fact.value, tuple) else (str(shown.fact.value),)
    if not ids:
        raise UnsayableError(
            tr("the list is empty"),
            tr("leave the sentence out of an edition whose list is empty, with a `when` on its count"),
        )
    texts = [named(writer, name_id, short) for name_id in ids]
    if commas:
        return with_text(shown, reduce(writer.locale.list_patterns["standard"]["middle"].format, texts))
    if not max or len(texts) <= max:
        return with_text(shown, _listed(writer, texts))
    others = len(texts) - max
    unit = shown.fact.unit
    total = counted_text(writer, shown, Decimal(len(texts)), unit) if unit in writer.vocabulary.units else ""
    middle = writer.locale.list_patterns["standard"]["middle"]
    listed = reduce(middle.format, texts[:max])
    holes = {"names": listed, "others": small(writer, shown, Decimal(others)), "counted": total}
    return with_text(shown, writer.word("names_and_one" if others == 1 else "names_and_more", **holes))


def _listed(writer: Writer, texts: list[str]) -> str:
    """Return a list of names in the language's form; if a name contains "and", with a comma before the last one too.

    In Chinese the list then has its enumeration comma only, without the word for "and".
    """
    patterns = writer.locale.list_patterns["standard"]
    joint, middle, spaced = patterns["2"].format("", "").strip(), patterns["middle"], bool(writer.style.join)
    if len(texts) < 2 or not any(joint in (text.split() if spaced else text) for text in texts):
        return format_list(texts, locale=writer.locale)
    *first, last = texts
    return str(middle.format(reduce(middle.format, first), f"{joint} {last}" if spaced else last))


def _iso(shown: Shown) -> str:
    """Return the value of a fact that is a date, in ISO form; raises UnsayableError for another kind or a bad date."""
    value = shown.fact.value
    if shown.fact.kind != "date" or not isinstance(value, str):
        raise UnsayableError(
            tr("{fact} is a {kind}, not a date", fact=shown.fact.id or "this", kind=shown.fact.kind),
            tr("for its own date, write as_of"),
        )
    if len(value) not in (YEAR, MONTH, DAY) or period(value) is None:
        raise UnsayableError(tr("'{value}' is not a day, a month or a year", value=value))
    return value


def as_date(writer: Writer, shown: Shown) -> Shown:
    """Write a date, as precisely as it is known; for a period, such as a session, write both ends."""
    value = shown.fact.value
    if isinstance(value, str) and "/" in value and period(value):
        start, end = value.split("/")
        return with_text(shown, write_period(start, end, writer))
    return with_text(shown, write_date(_iso(shown), writer.locale))


def as_month(writer: Writer, shown: Shown, year: bool = True) -> Shown:
    """Write the month of a date, with its year unless the text has just named it; of a mere year the year."""
    iso = _iso(shown)
    if len(iso) == YEAR and not year:
        raise UnsayableError(tr("only the year of {fact} is known", fact=shown.fact.id), tr("use year"))
    if len(iso) == YEAR:
        return with_text(shown, str(format_skeleton("y", date(int(iso), 1, 1), locale=writer.locale)))
    return with_text(shown, write_date(iso[:MONTH], writer.locale) if year else month_alone(iso, writer.locale))


def as_year(_: Writer, shown: Shown) -> Shown:
    """Write the year of a date, or a number that is a year, without grouping."""
    if shown.fact.kind == "number":
        if len(number := f"{shown.fact.number:g}") != YEAR or not number.isdecimal():
            raise UnsayableError(
                tr("{number} is not a year", number=number), tr("for the year of the fact itself, write as_of | year")
            )
        return with_text(shown, number)
    return with_text(shown, _iso(shown)[:YEAR])


SHOWING: Mapping[str, Callable[..., Shown]] = {
    "abs": magnitude,
    "about": about,
    "among": among,
    "as_of": as_of,
    "at_least": at_least,
    "base": base,
    "decimals": decimals,
    "digits": digits,
    "high": high,
    "known_until": known_until,
    "low": low,
    "roundly": roundly,
    "since": since,
}
CELL = "cell"  # marks a value carried from an earlier year; allowed after any other filter
SILENT = frozenset({"noun", "plural"})  # these print a word, not a value
COUNTING = frozenset({"words", "counted", "tally"})  # these write digits, not words, beside a larger number


def written(writer: Writer, shown: Shown) -> Shown:
    """Write a fact that no filter has written yet, in the form for its kind: number, date, name, names or text."""
    if shown.text is not None:
        return shown
    ways = {"number": as_number, "date": as_date, "name": as_name, "names": as_names}
    way = ways.get(shown.fact.kind)
    return way(writer, shown) if way else with_text(shown, str(shown.fact.value))


def cell(writer: Writer, shown: Shown) -> Shown:
    """Write a fact for a cell of a table, with a mark if it was carried from an earlier year."""
    text = written(writer, shown).text or ""
    return with_text(shown, writer.word("carried", text) if shown.fact.carried else text)


def carried_year(writer: Writer, shown: Shown) -> Shown:
    """Write in brackets the year of a value that was carried from an earlier one, nothing for any other value."""
    return with_text(shown, writer.word("of_year", shown.fact.as_of[:YEAR]) if shown.fact.carried else "")


WRITING: Mapping[str, Callable[..., Shown]] = {
    CELL: cell,
    "carried_year": carried_year,
    "counted": counted,
    "date": as_date,
    "full": full,
    "likely": likely,
    "money": money,
    "month": as_month,
    "name": as_name,
    "names": as_names,
    "noun": noun,
    "of": of,
    "ordinal": ordinal,
    "percent": as_percent,
    "plural": plural,
    "points": points,
    "range": interval,
    "rank": rank,
    "score": score,
    "share": share,
    "signed": signed,
    "tally": tally,
    "times": times,
    "words": words,
    "year": as_year,
}
FILTERS = (*SHOWING, *WRITING)
_SIGNATURES: Mapping[str, Signature] = {name: signature(way) for name, way in {**SHOWING, **WRITING}.items()}


def accepts(name: str, positional: int, keywords: frozenset[str]) -> bool:
    """Return whether a filter takes this number of positional arguments and these keywords.

    The fact, and the writer for filters that write, are always passed and are not counted.
    """
    given = 1 if name in SHOWING else 2
    try:
        _SIGNATURES[name].bind(*range(given + positional), **dict.fromkeys(keywords))
    except TypeError:
        return False
    return True


def apply(name: str, writer: Writer, shown: Shown, *arguments: object, **keywords: object) -> Shown:
    """Return a fact after the filter of this name, called with the arguments."""
    if name in SHOWING:
        return SHOWING[name](shown, *arguments, **keywords)
    return WRITING[name](writer, shown, *arguments, **keywords)
