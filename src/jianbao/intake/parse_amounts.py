"""Amounts as people write them: separators, words for powers of ten, a comparator, a unit."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from jianbao.text.vocabulary import Unit, Vocabulary

_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
# Groups of three after a comma, a blank, an apostrophe, or what typographers use for them; a decimal point.
_FIGURE = re.compile(r"-?(\d{1,3}([,\u2009\u00a0\u202f' ]\d{3})+|\d+)(\.\d+)?", re.ASCII)
_SIGNS = {">": ">", "≥": ">", "<": "<", "≤": "<", "≈": "≈", "~": "≈", "∼": "≈", "=": "="}
_WORDS = {
    "more_than": ">",
    "at_least": ">",
    "less_than": "<",
    "fewer_than": "<",
    "at_most": "<",
    "nearly": "<",
    "about": "≈",
}


@dataclass(frozen=True)
class Amount:
    """A figure in plain digits, its comparator ("" if none is written), and the unit beside it as it is written."""

    digits: str
    comparator: str = ""
    unit: str = ""


def read_amount(text: str, vocabulary: Vocabulary) -> Amount | None:
    """Read "1,234", "3.2亿", "more than 1300" or "≈25.6 billion"; None if it is no amount.

    Words of comparison and of powers of ten are those of the vocabulary, in every language of the workspace.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if _PLAIN.fullmatch(written):
        return Amount(written)
    comparator, rest = _comparator(written, vocabulary)
    figure = _FIGURE.match(rest)
    if not figure:
        return None
    after = rest[figure.end() :].strip()
    if after[:1] in (",", ".", "'") or after[:1].isdecimal():  # it goes on, in groups of another size
        return None
    if after.startswith("+"):
        comparator, after = comparator or ">", after[1:].strip()
    factor, unit = scaled(after, vocabulary)
    number = Decimal(re.sub(r"[^\d.-]", "", figure.group())) * factor
    return Amount(_digits(number), comparator, unit)


def _comparator(text: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """Return the comparator that a text begins with, and what follows it."""
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
    """Return the power of ten that a text begins with (1 if none), and what follows it."""
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
    """Say whether a text is how some language names a unit."""
    known = vocabulary.units.get(unit)
    return text == unit or (known is not None and text.lower() in {word.lower() for word in _words(known)})


def _digits(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def scale_word(digits: str, factor: int) -> str:
    """Return a figure multiplied, in plain digits."""
    return _digits(Decimal(digits) * factor)
