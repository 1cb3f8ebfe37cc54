"""Write numbers (exact decimals, rounded once, in a language's scales) and dates in each language.

A `Shown` is a fact that is being printed: it has the precision and, once a filter has written it, the text. A `Writer`
writes for one language. It raises `UnsayableError` for what it cannot write correctly.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from math import isfinite

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_interval, format_skeleton
from babel.numbers import NumberPattern, parse_pattern

from jianbao.core.documents import MAX_DIGITS
from jianbao.core.errors import nearest
from jianbao.core.messages import NO_TEXT, Translatable, tr
from jianbao.data.facts import Fact
from jianbao.text.name_table import Names
from jianbao.text.vocabulary import NumberScale, Style, Unit, Vocabulary

COMPARATORS = {">": "more_than", "<": "less_than", "≈": "about", "~": "about", ">=": "at_least", "≥": "at_least"}
COMPARATORS |= {"<=": "at_most", "≤": "at_most", "=": "", "": ""}
DOWNWARD, UPWARD = ("more_than", "at_least"), ("less_than", "at_most")  # bounds that are rounded down, and up
DEFAULT_DECIMALS = 2  # decimals of a number whose unit prescribes none
LARGEST = 10.0**MAX_DIGITS  # numbers from here on are not written
AMOUNT_DIGITS = 5  # significant digits of the largest of several amounts
LEAST_SHARE = 0.1  # the least part of a scale that is still written in it: 0.98 trillion
OPENING, APOSTROPHE = "\u2018", "\u2019"
_TYPED = re.compile(r"(\S+://\S+)|(?<!\w)(')(?=[^\W\d_])|(?<=\w)'")


class UnsayableError(ValueError):
    """A placeholder asks for something that its fact does not allow; `hint` says what to write instead."""

    def __init__(self, what: Translatable, hint: Translatable = NO_TEXT) -> None:
        super().__init__(what)
        self.hint = hint


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A fact that is being printed.

    `digits` (significant) or `decimals` is its precision; `hedge` is the key of a word such as "about"; `text` is what
    a filter has written, None before that; a `silent` one prints a word that states no value.
    """

    fact: Fact
    digits: int | None = None
    decimals: int | None = None
    hedge: str = ""
    text: str | None = None
    silent: bool = False


def exact(value: float) -> Decimal:
    """Return a float as the decimal with fifteen significant digits, so that 62.449999999999996 is 62.45.

    Raises UnsayableError for NaN, infinity and a number of more digits than can be written.
    """
    if isfinite(value) and abs(value) >= LARGEST:
        raise UnsayableError(tr("{value:g} has too many digits to be written", value=value))
    if not isfinite(value):
        raise UnsayableError(
            tr("{value} is not a number", value=value), tr("write another sentence for when the data are missing")
        )
    return Decimal(format(value, ".15g"))


def rounded(number: Decimal, decimals: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """Round to a number of decimals, half away from zero."""
    return Decimal(format(number.quantize(Decimal(1).scaleb(-decimals), rounding=mode), "f"))


def significant(number: Decimal, digits: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """Round to a number of significant digits, half away from zero; the scale of 9.96 to two digits is that of 10."""
    if not number:
        return number
    once = rounded(number, digits - 1 - number.adjusted(), mode)
    return Decimal(format(once, "f"))


def _pattern(decimals: int) -> NumberPattern:
    return parse_pattern("#,##0" + ("." + "0" * decimals if decimals else ""))


def _formatted(number: Decimal, places: int, grouped: bool, locale: Locale) -> str:
    return str(_pattern(places).apply(number, locale, group_separator=grouped))


@dataclass(frozen=True, eq=False, kw_only=True)
class Writer:
    """Writes numbers, words and names in one language; `locale` is the language for Babel.

    With `figures`, small numbers are written in digits too. With `amount`, the largest of several amounts, all
    are written in its scale. Writers compare by identity, because results are cached by writer.
    """

    language: str
    locale: Locale
    vocabulary: Vocabulary
    names: Names
    figures: bool = False
    amount: Decimal = Decimal(0)

    def beside(self, amounts: Iterable[float]) -> "Writer":
        """Return a writer for amounts beside each other: all in the scale of the largest, and with few digits.

        If one of them is too small for that scale, each is in its own scale.
        """
        written = [significant(abs(exact(amount)), AMOUNT_DIGITS) for amount in amounts if amount]
        scale = self._scale(max(written, default=Decimal(0)))
        return replace(self, amount=max(written)) if scale and min(written) >= scale.start * LEAST_SHARE else self

    @property
    def style(self) -> Style:
        """Return the language's style of figures."""
        return self.vocabulary.styles[self.language]

    def word(self, key: str, *parts: str, **holes: str) -> str:
        """Return a word or pattern of the vocabulary with its placeholders filled."""
        return self.vocabulary.words[key][self.language].format(*parts, **holes)

    def pointed(self, text: str) -> str:
        """Return a text with typographic apostrophes and quotation marks instead of straight ones, except in addresses.

        Texts in languages without spaces between words, such as Chinese, are unchanged.
        """
        if "'" not in text or not self.style.join:
            return text
        return _TYPED.sub(lambda match: match[1] or (OPENING if match[2] else APOSTROPHE), text)

    def unit(self, unit_id: str) -> Unit:
        """Return a unit of the vocabulary; for an unknown id, a unit without words."""
        return self.vocabulary.units.get(unit_id, Unit(id=unit_id))

    def declared(self, unit_id: str) -> Unit:
        """Return a unit of the vocabulary; raises UnsayableError if it has none with this id."""
        units = self.vocabulary.units
        if not unit_id:
            raise UnsayableError(tr("this fact has no unit"), tr("name one: counted('city')"))
        if unit_id not in units:
            what = tr("'{unit_id}' is not a unit of the vocabulary", unit_id=unit_id)
            raise UnsayableError(what, nearest(unit_id, units))
        return units[unit_id]

    def noun(self, unit: Unit, number: Decimal) -> str:
        """Return the unit's noun in the plural form for a number as it is printed."""
        return unit.form(self.language, self.locale.plural_form(abs(number)))

    def plain(self, number: Decimal, grouping: bool | None = None) -> str:
        """Return an already rounded number in the locale's format, with the vocabulary's minus sign."""
        grouped = self.style.grouping if grouping is None else grouping
        text = _formatted(abs(number), places_of(number), grouped, self.locale)
        return self.word("minus", text) if number < 0 else text

    def ordinal(self, number: Decimal) -> str:
        """Return a number as an ordinal ("3rd")."""
        ordinals = self.style.ordinals
        form = ordinals.get(str(self.locale.ordinal_form(number)), ordinals.get("other", "{}"))
        return form.format(self.plain(number))

    def measured(self, shown: Shown) -> Decimal:
        """Return the fact's number rounded as `shown` asks: by digits, by decimals, or as its unit prescribes.

        A value that is "more than" or "less than" the figure is rounded so that this stays true. Raises UnsayableError
        for decimals of a number that a language writes in a scale.
        """
        number = exact(shown.fact.number)
        mode = rounding(shown)
        if shown.digits is not None:
            return trimmed(significant(number, shown.digits, mode))
        if shown.decimals is not None and abs(number) >= self.first_scale:
            raise UnsayableError(tr("decimals differ where languages scale numbers differently"), tr("use digits(n)"))
        decimals = shown.decimals if shown.decimals is not None else self.unit(shown.fact.unit).decimals
        if decimals is not None:
            return rounded(number, decimals, mode)
        if self.amount:
            return trimmed(rounded(number, AMOUNT_DIGITS - 1 - self.amount.adjusted(), mode))
        return trimmed(rounded(number, 0 if abs(number) >= self.first_scale else DEFAULT_DECIMALS, mode))

    @property
    def first_scale(self) -> float:
        """Return the least value that any language of the vocabulary writes in a scale, such as 万."""
        return min((scale.start for style in self.vocabulary.styles.values() for scale in style.scales), default=1e300)

    def figure(self, number: Decimal, like: Decimal | None = None) -> str:
        """Return a rounded number in its scale, or in the scale for `like`, a larger number printed beside it."""
        scale = self._scale(number if like is None else like)
        if scale is None:
            return self.plain(number)
        return self.plain(trimmed(number / Decimal(scale.start))) + scale.word

    def in_scale(self, number: Decimal) -> bool:
        """Return whether a figure is written with the word of a scale, such as million."""
        return self._scale(number) is not None

    def _scale(self, number: Decimal) -> NumberScale | None:
        number = self.amount if self.amount and number else abs(number)
        for scale in self.style.scales:  # from the largest down
            if number >= scale.start and _fits(number, scale):
                return scale
        return None

    def hedged(self, shown: Shown, text: str, counted: bool = False) -> str:
        """Return a figure with the word of the filter's hedge, or else of the fact's comparator ("more than"), if any.

        `counted` chooses "fewer than" instead of "less than".
        """
        key = shown.hedge or COMPARATORS.get(shown.fact.comparator, "")
        if not key:
            return text
        return self.word("fewer_than" if counted and key == "less_than" else key, text)


_DECIMAL = re.compile(r"([+−]?\d{1,3})(?:[.,](\d{1,2}))?[\u00a0\u202f]?(%?)")  # too short for a mark between thousands


def one_figure(texts: Iterable[str]) -> bool:
    """Return whether texts are one figure in different notations: 62.8 and 62,8, or 100% and 100 %."""
    found = [_DECIMAL.fullmatch(text) for text in texts]
    return all(found) and len({match.groups() for match in found if match}) == 1


def rounding(shown: Shown) -> str:
    """Return the rounding mode: half away from zero, but never past a bound that the text states."""
    bound = COMPARATORS.get(shown.fact.comparator, "")
    return ROUND_FLOOR if bound in DOWNWARD else ROUND_CEILING if bound in UPWARD else ROUND_HALF_UP


def _fits(number: Decimal, scale: NumberScale) -> bool:
    if scale.decimals is None:
        return True
    return places_of(trimmed(number / Decimal(scale.start))) <= scale.decimals


def places_of(number: Decimal) -> int:
    """Return the number of decimals with which a number is written."""
    exponent = number.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def trimmed(number: Decimal) -> Decimal:
    """Return the number without trailing zeros in its decimals."""
    whole = number.to_integral_value()
    return whole if number == whole else number.normalize()


def with_text(shown: Shown, text: str) -> Shown:
    """Return the fact with the text that a filter has written."""
    return replace(shown, text=text)


def writers(locales: Mapping[str, str], vocabulary: Vocabulary, names: Names) -> dict[str, Writer]:
    """Return a writer for each language; `locales` has the locale identifier of each."""
    return {
        language: Writer(language=language, locale=Locale.parse(locale), vocabulary=vocabulary, names=names)
        for language, locale in locales.items()
    }


YEAR, MONTH, DAY = 4, 7, 10  # lengths of an ISO date that is exact to the year, month or day


def write_date(iso: str, locale: Locale) -> str:
    """Return an ISO date ("2024", "2024-05" or "2024-05-01") in the long form of a locale."""
    if len(iso) == YEAR:
        return iso
    day = date.fromisoformat(iso if len(iso) == DAY else f"{iso}-01")
    return format_date(day, "long", locale) if len(iso) == DAY else format_skeleton("yMMMM", day, locale=locale)


def write_short(written: str, locale: Locale, *, year: bool) -> str:
    """Return an ISO date or interval, perhaps without day or month, in short form, with or without the year.

    A date that is only a year is always written with the year.
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


def write_period(start: str, end: str, writer: Writer) -> str:
    """Return a period with the year or month that both ends share written once: "January to June 2025".

    If the year is written first, as in Chinese, the later end omits the shared part; otherwise the earlier end does.
    """
    locale = writer.locale
    low, high = write_date(start, locale), write_date(end, locale)
    shared = _shared(start, end, high)
    if shared and low.startswith(start[:YEAR]):
        high = _within(end, shared, locale)
        low = _without_unit(low, high) if len(start) == len(end) == _FINER[shared] else low
    elif shared:
        low = _within(start, shared, locale)
    return writer.word("period_of_days" if DAY in (len(start), len(end)) else "period", low=low, high=high)


_FINER = {YEAR: MONTH, MONTH: DAY}


def _shared(start: str, end: str, written_end: str) -> int:
    """Return the part of two dates that is the same and can be written once: MONTH, YEAR or 0 (nothing).

    A month can be shared only if `written_end` has the day by itself, unlike "October 20, 2025".
    """
    if start[:YEAR] != end[:YEAR] or YEAR in (len(start), len(end)):
        return 0
    outermost = written_end.startswith((end[:YEAR], str(int(end[MONTH + 1 :] or 0))))
    return MONTH if len(start) == len(end) == DAY and start[:MONTH] == end[:MONTH] and outermost else YEAR


def _within(iso: str, shared: int, locale: Locale) -> str:
    """Return a date without its year (`shared` is YEAR) or without year and month (MONTH)."""
    if len(iso) == MONTH:
        return month_alone(iso, locale)
    return str(format_skeleton("MMMMd" if shared == YEAR else "d", date.fromisoformat(iso), locale=locale))


def _without_unit(low: str, high: str) -> str:
    """Return 2025年1月 without its last character if it follows a number and the other end has it, too, as in 6月."""
    return low[:-1] if low[-1] == high[-1] and not low[-1].isdigit() and low[-2].isdigit() else low


def month_alone(iso: str, locale: Locale) -> str:
    """Return the name of a month without a year; with digits if the locale's short names have them, as in Chinese."""
    month = int(iso[MONTH - 2 : MONTH])
    # Not the short stand-alone names: once the Chinese ones are read, Babel returns them for other languages as well.
    short = month_name(month, locale)
    return short if short[:1].isdigit() else str(locale.months["stand-alone"]["wide"][month])


def language_name(language: str, reader: str) -> str:
    """Return the name of a language in the reader's language; for what is no language, the text itself."""
    try:
        name = str(Locale.parse(language).get_display_name(reader) or language)
    except (UnknownLocaleError, ValueError):
        return language
    return re.sub("语$", "文", name) if reader == "zh" else name  # the written language, not the spoken one
