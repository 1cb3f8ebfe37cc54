"""Read numbers as people write them, with units and powers of ten; choose by filters which number is shown, and how."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from jianbao.core.messages import tr
from jianbao.data.claim_limits import COMPLETE, Window
from jianbao.data.dates import period
from jianbao.data.facts import Fact
from jianbao.text.formatter import COMPARATORS, YEAR, Shown, UnsayableError, exact, significant
from jianbao.text.vocabulary import Unit, Vocabulary

MAX_DIGITS = 9  # the most digits that a filter may ask for
_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
# Groups of three after a comma, a blank, an apostrophe, or their typographic forms; a decimal point.
_FIGURE = re.compile(r"-?(\d{1,3}([,\u2009\u00a0\u202f' ]\d{3})+|\d+)(\.\d+)?", re.ASCII)
_SIGNS = {">": ">", "≥": ">", "<": "<", "≤": "<", "≈": "≈", "~": "≈", "∼": "≈", "=": "="}
_WORDS = {
    "more_than": ">",
    "at_least": ">",
    "less_than": "<",
    "fewer_than": "<",
    "at_most": "<",
    "nearly": "≈",
    "about": "≈",
}
MORE = ("+", "多", "余")  # after a figure or its power of ten: more than that
_ORDINAL = re.compile(r"第(\w{1,3}?)(?:[届次期]|$)")  # perhaps before the counted noun
TEN = 10
_ROUND = {"百": 10**2, "千": 10**3, "万": 10**4}  # after "nearly" or before "more than": one of these


@dataclass(frozen=True)
class Amount:
    """A figure in plain digits, its comparator ("" if none is written), and the unit beside it as written."""

    digits: str
    comparator: str = ""
    unit: str = ""


def read_amount(text: str, vocabulary: Vocabulary) -> Amount | None:
    """Read "1,234", "3.2亿", "more than 1300" or "≈25.6 billion"; None if the text is not an amount.

    Words of comparison and of powers of ten are those of the vocabulary, in every language of the workspace.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if _PLAIN.fullmatch(written):
        return Amount(written)
    if (ordinal := _ORDINAL.match(written)) and (number := numeral(ordinal[1])):
        return Amount(str(number))
    comparator, rest = _comparator(written, vocabulary)
    rest = f"{_ROUND[rest[0]]}{rest[1:]}" if rest[:1] in _ROUND and (comparator or rest[1:]) else rest
    figure = _FIGURE.match(rest)
    if not figure:
        return None
    after = rest[figure.end() :].strip()
    if after[:1] in (",", ".", "'") or after[:1].isdecimal():  # the number goes on, in groups of another size
        return None
    factor, unit = scaled(after.lstrip("".join(MORE)).strip(), vocabulary)
    if after.startswith(MORE) or unit.startswith(MORE):
        comparator, unit = comparator or ">", unit.lstrip("".join(MORE)).strip()
    figures = Decimal(re.sub(r"[^\d.-]", "", figure.group())) * factor
    return Amount(_digits(figures), comparator, unit)


def numeral(text: str) -> int:
    """Return a number written in figures or in Chinese numerals up to 99; 0 for any other text."""
    if text.isdecimal():
        return int(text)
    numbers = [int(unicodedata.numeric(letter, -1)) for letter in text]
    if not all(0 <= number <= TEN for number in numbers) or (len(numbers) > 1 and numbers.count(TEN) != 1):
        return 0
    total = 0
    for number in numbers:
        total = max(total, 1) * TEN if number == TEN else total + number
    return total


def _comparator(text: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """Return the comparator at the beginning of a text, and the rest."""
    begins = {unicodedata.normalize("NFKC", word): sign for word, sign in _beginnings(vocabulary)} | _SIGNS
    lowered = text.lower()
    for word in sorted(begins, key=len, reverse=True):
        if word and lowered.startswith(word.lower()):
            return begins[word], text[len(word) :].strip()
    return "", text


def _beginnings(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for key, sign in _WORDS.items():
        for pattern in vocabulary.words.get(key, {}).values():
            yield pattern.partition("{}")[0].strip(), sign


def scaled(text: str, vocabulary: Vocabulary) -> tuple[int, str]:
    """Return the power of ten at the beginning of a text (1 if none), and the rest, 元 for 元人民币."""
    text = text.replace("元人民币", "元")
    scales = {scale.word.strip(): scale.start for style in vocabulary.styles.values() for scale in style.scales}
    for word in sorted(scales, key=len, reverse=True):
        if word and text.lower().startswith(word.lower()):
            return int(scales[word]), text[len(word) :].strip()
    return 1, text


def unit_named(text: str, vocabulary: Vocabulary) -> str:
    """Return the id of the unit that a text names in some language, or ""; a word of several units is the first's."""
    wanted = text.strip().lower()
    for unit in vocabulary.units.values():
        if wanted == unit.id or wanted in {word.lower() for word in _words(unit)}:
            return unit.id
    return ""


def _words(unit: Unit) -> Iterator[str]:
    for forms in unit.forms.values():
        yield from (form.replace("{}", "").strip() for form in forms.values())
        measured: Mapping[str, str] = forms
        if "measure" in measured and "other" in measured:
            yield measured["measure"] + measured["other"]


def names_unit(text: str, unit: str, vocabulary: Vocabulary) -> bool:
    """Return whether a text is the name of a unit in some language."""
    known = vocabulary.units.get(unit)
    return text == unit or (known is not None and text.lower() in {word.lower() for word in _words(known)})


def _digits(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def multiplied(digits: str, factor: int) -> str:
    """Return a figure multiplied, in plain digits."""
    return _digits(Decimal(digits) * factor)


def digits(shown: Shown, number: int) -> Shown:
    """Round to significant digits, the same in every language."""
    return replace(shown, digits=_within(number, 1, MAX_DIGITS))


def decimals(shown: Shown, number: int) -> Shown:
    """Print with this number of decimals."""
    return replace(shown, decimals=_within(number, 0, MAX_DIGITS))


def _within(number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise UnsayableError(
            tr("{number} digits are not between {least} and {most}", number=number, least=least, most=most)
        )
    return number


def base(shown: Shown) -> Shown:
    """Show the denominator."""
    if shown.fact.of is None:
        raise UnsayableError(tr("{fact} has no denominator", fact=shown.fact.id), tr("add `of:` to its measure"))
    return replace(shown, fact=replace(shown.fact, value=shown.fact.of, of=None, low=None, high=None, comparator="="))


def low(shown: Shown) -> Shown:
    """Show the lower end of the interval."""
    return replace(shown, fact=end_of(shown.fact, shown.fact.low))


def high(shown: Shown) -> Shown:
    """Show the upper end of the interval."""
    return replace(shown, fact=end_of(shown.fact, shown.fact.high))


def end_of(fact: Fact, value: float | None) -> Fact:
    """Return a fact with one end of the interval as its value; raises UnsayableError if there is no interval."""
    if value is None:
        raise UnsayableError(tr("{fact} has no interval", fact=fact.id))
    return replace(fact, value=value, low=None, high=None, comparator="=")


def magnitude(shown: Shown) -> Shown:
    """Show the absolute value, with its interval."""
    fact = shown.fact
    if fact.number >= 0:
        return shown
    ends = [None if end is None else -end for end in (fact.high, fact.low)]
    return replace(shown, fact=replace(fact, value=-fact.number, low=ends[0], high=ends[1]))


def as_of(shown: Shown, earlier: int = 0) -> Shown:
    """Show the date of the fact itself, or the year that is a number of years earlier."""
    day = shown.fact.as_of
    written = f"{int(day[:YEAR]) - earlier}" if earlier and day else day
    return replace(shown, fact=replace(shown.fact, kind="date", value=written))


def at_least(shown: Shown) -> Shown:
    """Write "at least" if the fact was counted from an incomplete table; a complete count is unchanged."""
    fact = shown.fact
    return replace(shown, hedge="at_least") if fact.limits.incomplete and fact.low != fact.high else shown


def since(shown: Shown) -> Shown:
    """Show the day since which a value is the greatest or least."""
    window = _window(shown.fact)
    return replace(shown, fact=replace(shown.fact, kind="date", value=window.first))


def among(shown: Shown) -> Shown:
    """Show the number of values among which the fact is the greatest or least."""
    fact, window = shown.fact, _window(shown.fact)
    count = replace(fact, kind="number", value=float(window.values), unit="", of=None, low=None, high=None)
    return replace(shown, fact=replace(count, comparator="="))


def _window(fact: Fact) -> Window:
    if fact.limits.window is None:
        raise UnsayableError(
            tr("{fact} is not the greatest or least of a window", fact=fact.id), tr("it must be a 'best' or 'worst'")
        )
    return fact.limits.window


def known_until(shown: Shown) -> Shown:
    """Show the day until which the rows of a fact are complete; if no end is declared, the date of the fact."""
    fact = shown.fact
    until = fact.as_of if fact.limits.complete == COMPLETE else fact.limits.complete
    if period(until) is None:
        raise UnsayableError(
            tr("the rows of {fact} are not declared complete until a day", fact=fact.id),
            tr("write 'complete: {{until: DAY}}' at the table"),
        )
    return replace(shown, fact=replace(fact, kind="date", value=until))


def about(shown: Shown) -> Shown:
    """Write "about" before the figure."""
    return replace(shown, hedge="about")


def roundly(shown: Shown, number: int) -> Shown:
    """Round to significant digits, and write "nearly" or "more than" if the value is below or above the figure."""
    value = exact(shown.fact.number)
    round_figure = significant(value, _within(number, 1, MAX_DIGITS))
    side = "nearly" if value < round_figure else "more_than" if value > round_figure else ""
    return replace(shown, digits=number, hedge="" if COMPARATORS.get(shown.fact.comparator) else side)
