"""Apply Chinese typography by CLREQ: spaces between scripts, line breaks, and justification."""

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

from jianbao.core.encoding import HAN, MARKS, has_han

THIN = "\u2006"  # SIX-PER-EM SPACE, between Chinese and Latin
UNWELCOME = 12.0  # the cost of an unwelcome break
SHORTEST = 4.0  # em: a shorter last line has a cost
SPACES = (" ", "\u00a0", THIN)
UNSEEN = "\u200b\u2060\ufeff"
# Text extraction takes a gap of more than a tenth of an em between two characters for a space.
HAN_GAP = 0.09
# CLREQ 6.3.1: the space between Han and Latin, and between Latin words, may grow to a half of an em and no more.
THIN_GAP = 0.33
WORD_GAP = 0.27
# The space of an em after a label that begins a line.
RUN_IN = "\u2003"
RUN_IN_GAP = 0.5
# The characters after which a heading is best broken: comma, semicolon, colon, enumeration comma.
AFTER = "\uff0c\uff1b\uff1a\u3001,;:"

_FULL = re.compile(f"[{HAN}{MARKS}]")
_WHOLE = ("\u2014\u2014", "\u2026\u2026")


@dataclass(frozen=True)
class StretchableGap:
    """A gap after the character `index` that may grow by at most `limit` em when a line is justified."""

    index: int
    limit: float
    space: bool = False


def gaps_of(text: str) -> tuple[StretchableGap, ...]:
    """Return the gaps of a line that may grow, in order; there is none after its last character."""
    chinese = has_han(text)
    found = []
    inked = [index for index, character in enumerate(text) if character not in UNSEEN]
    for index, following in pairwise(inked):
        before, after = text[index], text[following]
        if before in SPACES[:2]:
            found.append(StretchableGap(index, WORD_GAP if chinese else float("inf"), space=True))
        elif before == THIN:
            found.append(StretchableGap(index, THIN_GAP, space=True))
        elif before == RUN_IN:
            found.append(StretchableGap(index, RUN_IN_GAP, space=True))
        elif before + after not in _WHOLE and _FULL.match(before) and _FULL.match(after):
            found.append(StretchableGap(index, HAN_GAP))
    return tuple(found)


def spread(text: str, slack: float) -> dict[int, int]:
    """Return the growth of each gap of a line by index, in thousandths of an em, that takes up `slack` em.

    Gaps grow in proportion to their limits. If the slack is larger than all limits together the line stays short, which
    is less visible than large gaps.
    """
    gaps = gaps_of(text)
    if not gaps or slack <= 0:
        return {}
    unlimited = [gap for gap in gaps if gap.limit == float("inf")]
    if unlimited:
        return _distributed(unlimited, [1.0] * len(unlimited), slack)
    return _distributed(gaps, [gap.limit for gap in gaps], min(slack, sum(gap.limit for gap in gaps)))


def _distributed(gaps: Sequence[StretchableGap], weights: Sequence[float], slack: float) -> dict[int, int]:
    total = sum(weights)
    ends = [int(1000 * slack * part / total) for part in accumulate(weights)]
    return {gap.index: end - start for gap, (start, end) in zip(gaps, pairwise([0, *ends]), strict=True)}


def choose_breaks(
    text: str,
    widths: Sequence[float],
    opportunities: Sequence[int],
    measure: float,
    *,
    balanced: bool = False,
    unwelcome: Collection[int] = (),
) -> tuple[int, ...]:
    """Return the indices at which to break a paragraph so that its lines together need the least stretching.

    `widths` (characters,) are the advances and `measure` is the width of a line, both in em; `opportunities` are the
    indices before which a line may break. The algorithm is the total fit of Knuth and Plass (1981) without shrinking.
    A `balanced` text is a heading: it is not stretched but has as few lines as possible, of similar length, broken
    after punctuation if possible. An `unwelcome` opportunity is used only if a line would be too short otherwise.
    """
    ends = [*opportunities, len(text)]
    starts = [0, *opportunities]
    totals = [0.0, *accumulate(widths)]
    growth = [0.0, *accumulate(_growth(text))]
    best: dict[int, tuple[float, int]] = {0: (0.0, -1)}
    for start in starts:
        if start not in best:
            continue
        for end in ends[bisect_left(ends, start + 1) :]:
            used = totals[_trimmed(text, start, end)] - totals[start]
            if used > measure + 1e-6 and end != ends[bisect_left(ends, start + 1)]:
                break
            stretch = growth[max(_trimmed(text, start, end) - 1, start)] - growth[start]
            slack, last = measure - used, end == len(text)
            share = _uneven(slack / measure, text[:end])
            cost = share if balanced else _cost(slack, stretch, used, last)
            cost += best[start][0] + (UNWELCOME if end in unwelcome else 0.0)
            if end not in best or cost < best[end][0]:
                best[end] = (cost, start)
    breaks = []
    end = len(text)
    while best[end][1] > 0:
        end = best[end][1]
        breaks.append(end)
    return tuple(reversed(breaks))


def forbidden_breaks(
    text: str, widths: Sequence[float], opportunities: Sequence[int], breaks: Sequence[int], measure: float
) -> tuple[int, ...]:
    """Return the opportunities at which WeasyPrint, which fills each line, would break instead of the chosen ones."""
    totals = [0.0, *accumulate(widths)]
    found = []
    for start, end in pairwise([0, *breaks, len(text)]):
        for later in opportunities[bisect_left(opportunities, end + 1) :]:
            if totals[_trimmed(text, start, later)] - totals[start] > measure + 0.1:
                break
            found.append(later)
    return tuple(sorted(set(found) - set(breaks)))


def _growth(text: str) -> list[float]:
    limits = [0.0] * len(text)
    for gap in gaps_of(text):
        limits[gap.index] = min(gap.limit, WORD_GAP)
    return limits


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start + 1 and (text[end - 1] in SPACES or text[end - 1] in UNSEEN):
        end -= 1
    return end


def _cost(slack: float, stretch: float, used: float, last: bool) -> float:
    """Return the cost of a line that must grow by `slack` and may grow by `stretch`."""
    if last:
        # CLREQ 6.3.4: the last line of a paragraph has more than one character besides punctuation.
        return 3.0 * max(0.0, 1.0 - used / SHORTEST)
    if slack < -1e-6:
        return 1e6 - slack
    if slack <= stretch:
        return (slack / stretch) ** 3 + 0.01 if stretch else 0.01
    # The line stays short: two lines that are a little short are better than one that is very short.
    return 50.0 + 50.0 * (slack - stretch) ** 2


def _uneven(share: float, so_far: str) -> float:
    """Return the cost of a heading's line with this empty share of the measure; the constant makes lines few."""
    return 4.0 + share**2 - (0.15 if so_far.rstrip()[-1] in AFTER else 0.0)


SETTINGS = 16  # languages whose patterns of units are cached
JOINER = "\u2060"
# A joint at which a line may end only if it would otherwise be much too short.
SOFT = JOINER * 2
FIRM = "\u00a0"
LATIN = r"0-9A-Za-z\u00c0-\u024f\u1e00-\u1eff$€£¥%‰°"
_BEFORE_LATIN = re.compile(rf"([{HAN}])[ \u00a0{THIN}]?(?=[{LATIN}@#&+\u2212])")
_AFTER_LATIN = re.compile(rf"([{LATIN}+])[ \u00a0{THIN}]?(?=[{HAN}])")
# A number and the Chinese character after it, such as a measure word; and, with a firm joint, U+4E07 or U+4EBF (ten
# thousand, a hundred million), which belong to the number.
_NUMBER_AND_UNIT = re.compile(rf"([0-9%])({THIN}?)(?=[{HAN}])(?![\u4e07\u4ebf])")
_NUMBER_AND_SCALE = re.compile(f"([0-9])({THIN}?)([\u4e07\u4ebf]\u4ebf?)")
# The number of a figure (U+56FE) or table (U+8868), which stays with that word.
_NUMBERED = re.compile(f"([\u56fe\u8868]{THIN}?)(?=[0-9])")
_RANGE = re.compile("(?<=[^\\s])([\uff5e/\u00b7]|(?<!\u2014)\u2014(?!\u2014))(?=[^\\s])")
# A space before a mark in some languages, such as "!" or "%" in French, at which no line ends.
_APART = re.compile(r" (?=[;:!?\u00bb%](?:\s|$|[).,\u00bb]))|(?<=\u00ab) ")


def typeset(text: str, chinese: bool, units: Sequence[str] = ()) -> str:
    """Return a text with the spaces and joints of print; `units` are words that stay with the number before them."""
    return _chinese(text, tuple(units)) if chinese else _spaced(text, tuple(units))


def without_typesetting(text: str) -> str:
    """Return a text without the spaces and joints of print, for titles and bookmarks."""
    return text.replace(JOINER, "").replace(FIRM, " ").replace(THIN, "")


def keep_together(text: str) -> str:
    """Return a reference in which no line ends inside the code of its kind, such as [EB/OL]."""
    return re.sub(r"(?<=\[[A-Z]{2})/(?=[A-Z]{2}\])", f"{JOINER}/{JOINER}", text)


def _chinese(text: str, units: tuple[str, ...]) -> str:
    text = _BEFORE_LATIN.sub(rf"\1{THIN}", text)
    text = _AFTER_LATIN.sub(rf"\1{THIN}", text)
    text = _NUMBER_AND_UNIT.sub(rf"\1\2{SOFT}", text)
    text = _NUMBER_AND_SCALE.sub(rf"\1\2{JOINER}\3{SOFT}", text)
    text = _NUMBERED.sub(rf"\1{JOINER}", text)
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
    """Patterns for units after numbers: Chinese `words`, `counts` with a space, `intervals` and numbers with units."""

    words: re.Pattern[str]
    counts: re.Pattern[str]
    intervals: re.Pattern[str]


@lru_cache(maxsize=SETTINGS)
def unit_patterns(units: tuple[str, ...]) -> UnitPatterns:
    """Return the patterns for these units, from a cache because every text of a page needs them."""
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
