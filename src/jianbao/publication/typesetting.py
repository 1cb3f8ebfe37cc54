"""The text pass: spaces between scripts, and what must stay on one line, before any line is broken.

Han beside Latin letters or figures gets a sixth of an em (U+2006), which extracts as a space; a number keeps its
unit; marks that CLREQ 5.2 keeps from a line's start or end are joined to their neighbour. Nothing is wrapped in
elements, so the tags of the page stay those of the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jianbao.publication.spacing import THIN
from jianbao.scripts import HAN

SETTINGS = 16  # of so many languages what finds their units is remembered
JOINER = "\u2060"
# Gives way where a line would otherwise fall far short of the margin.
SOFT = JOINER * 2
FIRM = "\u00a0"
LATIN = r"0-9A-Za-z\u00c0-\u024f\u1e00-\u1eff$€£¥%‰°"
_BEFORE_LATIN = re.compile(rf"([{HAN}])[ \u00a0{THIN}]?(?=[{LATIN}@#&+\u2212])")
_AFTER_LATIN = re.compile(rf"([{LATIN}+])[ \u00a0{THIN}]?(?=[{HAN}])")
# A figure with its first Han character: 38 + a measure word, 2012 + a year's; firmer with U+4E07 and U+4EBF, which
# are ten thousand and a hundred million and belong to the number.
_COUNTED = re.compile(rf"([0-9%])({THIN}?)(?=[{HAN}])(?![\u4e07\u4ebf])")
_GREAT = re.compile(f"([0-9])({THIN}?)([\u4e07\u4ebf]\u4ebf?)")
_RANGE = re.compile("(?<=[^\\s])([\uff5e/\u00b7]|(?<!\u2014)\u2014(?!\u2014))(?=[^\\s])")
# Marks that stand apart from their words in some languages, but never on another line; and a figure's per cent.
_APART = re.compile(r" (?=[;:!?\u00bb%](?:\s|$|[).,\u00bb]))|(?<=\u00ab) ")


def typeset(text: str, chinese: bool, units: Sequence[str] = ()) -> str:
    """Return a text with its spaces and joints set; `units` are the words that stay with the number before them."""
    return _chinese(text, tuple(units)) if chinese else _spaced(text, tuple(units))


def plain(text: str) -> str:
    """Return the text as it was before, for titles and bookmarks."""
    return text.replace(JOINER, "").replace(FIRM, " ").replace(THIN, "")


def whole(text: str) -> str:
    """Return a reference whose kind, as [EB/OL], is not broken at its stroke."""
    return re.sub(r"(?<=\[[A-Z]{2})/(?=[A-Z]{2}\])", f"{JOINER}/{JOINER}", text)


def _chinese(text: str, units: tuple[str, ...]) -> str:
    text = _BEFORE_LATIN.sub(rf"\1{THIN}", text)
    text = _AFTER_LATIN.sub(rf"\1{THIN}", text)
    text = _COUNTED.sub(rf"\1\2{SOFT}", text)
    text = _GREAT.sub(rf"\1\2{JOINER}\3{SOFT}", text)
    text = _RANGE.sub(rf"{JOINER}\1", text)
    if units:
        text = unit_patterns(units).words.sub(lambda match: SOFT.join(match[0].replace(JOINER, "")), text)
    return text


def _spaced(text: str, units: tuple[str, ...]) -> str:
    text = _APART.sub(FIRM, text)
    text = re.sub(r"(?<=[a-z])/(?=[a-z])", f"/{JOINER}", text)
    if units:
        text = unit_patterns(units).counts.sub(rf"\1{FIRM}", text)
    return text


@dataclass(frozen=True)
class UnitPatterns:
    """What finds figures with the units that stay with them: Chinese `words`, spaced `counts`, and `intervals` too."""

    words: re.Pattern[str]
    counts: re.Pattern[str]
    intervals: re.Pattern[str]


@lru_cache(maxsize=SETTINGS)
def unit_patterns(units: tuple[str, ...]) -> UnitPatterns:
    """Return what finds figures with these units; every text of a page asks for the same."""
    longest = sorted(units, key=len, reverse=True)
    words = "|".join(f"{JOINER}*".join(unit) for unit in longest)
    any_unit = "".join(f"{unit}|" for unit in longest)
    counted = f"(?:{any_unit}[\u4e07\u4ebf]*(?:{any_unit}[{HAN}]))"
    figure = "[\\d.%\u4e07\u4ebf]+"
    return UnitPatterns(
        words=re.compile(rf"(?<=[0-9\u4e07\u4ebf%{THIN}{JOINER}])(?:{words})"),
        counts=re.compile(rf"(\d) (?=(?:{'|'.join(map(re.escape, units))})\b)"),
        intervals=re.compile(rf"{figure}\uff5e{figure}{counted}?|\d[\d.,]*{counted}"),
    )
