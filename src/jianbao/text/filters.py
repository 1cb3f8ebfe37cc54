"""The filters that a placeholder may use: what of a fact is shown, and how it is written."""

from collections.abc import Callable, Mapping
from inspect import Signature, signature

from jianbao.text.format_dates import as_date, as_month, as_year
from jianbao.text.format_names import as_name, as_names, full
from jianbao.text.format_quantities import (
    as_number,
    as_percent,
    counted,
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
    tally,
    times,
    words,
)
from jianbao.text.formatter import Shown, Writer, with_text
from jianbao.text.rounding import (
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
CELL = "cell"  # marks a carried value, whatever filter wrote it
SILENT = frozenset({"noun", "plural"})  # what these print is no value
COUNTING = frozenset({"words", "counted", "tally"})  # these turn to figures beside a larger number


def written(writer: Writer, shown: Shown) -> Shown:
    """Write a fact that no filter has written: a number bare, a date, name, list or text as what it is."""
    if shown.text is not None:
        return shown
    ways = {"number": as_number, "date": as_date, "name": as_name, "names": as_names}
    way = ways.get(shown.fact.kind)
    return way(writer, shown) if way else with_text(shown, str(shown.fact.value))


def cell(writer: Writer, shown: Shown) -> Shown:
    """Write a fact as tables do, with a mark if it was carried from an earlier year."""
    text = written(writer, shown).text or ""
    return with_text(shown, writer.word("carried", text) if shown.fact.carried else text)


WRITING: Mapping[str, Callable[..., Shown]] = {
    CELL: cell,
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
    """Say whether a filter takes so many arguments and these keywords, beside what it is given anyway."""
    given = 1 if name in SHOWING else 2
    try:
        _SIGNATURES[name].bind(*range(given + positional), **dict.fromkeys(keywords))
    except TypeError:
        return False
    return True


def apply(name: str, writer: Writer, shown: Shown, *arguments: object, **keywords: object) -> Shown:
    """Apply a filter by its name."""
    if name in SHOWING:
        return SHOWING[name](shown, *arguments, **keywords)
    return WRITING[name](writer, shown, *arguments, **keywords)
