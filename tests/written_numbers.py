"""The numbers that a Chinese or an English text states, read in a way of its own: what tests compare with."""

import re
from collections import Counter

from babel import Locale

SCALES = {"万亿": 1e12, "亿": 1e8, "万": 1e4, "million": 1e6, "billion": 1e9, "trillion": 1e12}
UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SPELLED = {word: float(number) for number, word in enumerate(UNITS)}
SPELLED |= {word: 10.0 * ten for ten, word in enumerate(TENS, 2)} | {"twice": 2.0}
MONTHS = {name: float(number) for number, name in Locale("en").months["format"]["wide"].items()}
SESSION = re.compile("(?<=第)[一二三四五六七八九](?=届)")
MARKS = re.compile(r"\[[E\d\s,–]+\]")
FIGURE = r"(?<![A-Za-z\d.])((?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?)"
NUMBER = re.compile(rf"{FIGURE}\s*({'|'.join(SCALES)})?")
BAND = re.compile(rf"({FIGURE})(?= (?:to|or) {FIGURE} ({'|'.join(SCALES)})\b)")
WORD = re.compile(rf"\b(?:({'|'.join(TENS)})-({'|'.join(UNITS[1:10])})|({'|'.join(SPELLED)}))\b", re.IGNORECASE)


def figures(text: str) -> Counter[float]:
    """Return the numbers that a text writes in figures, their scale applied, months of dates among them."""
    plain = BAND.sub(r"\1 \4", MARKS.sub("", text))  # the scale at the end of "2 to 3 million" is that of both
    plain = SESSION.sub(lambda numeral: str("一二三四五六七八九".index(numeral[0]) + 1), plain)
    found = Counter(_value(figure, scale) for figure, scale in NUMBER.findall(plain))
    return found + Counter(MONTHS[name] for name in re.findall(rf"\b(?:{'|'.join(MONTHS)})\b", plain))


def words_as_numbers(text: str) -> Counter[float]:
    """Return the numbers that an English text spells."""
    found: Counter[float] = Counter()
    for ten, unit, word in WORD.findall(text):
        found[SPELLED[word.lower()] if word else SPELLED[ten.lower()] + SPELLED[unit.lower()]] += 1
    return found


def disagreement(chinese: str, english: str) -> tuple[Counter[float], Counter[float]]:
    """Return the numbers that only the Chinese text has, and those that only the English one writes in figures.

    English may spell a number that Chinese writes in figures; a number word with no figure beside it may be an idiom.
    """
    ours, theirs = figures(chinese), figures(english)
    return ours - theirs - words_as_numbers(english), theirs - ours


def _value(figure: str, scale: str) -> float:
    """Return the number to twelve digits: 291.6亿 and 29.16 billion are one, though in binary they are two."""
    return float(f"{float(figure.replace(',', '')) * SCALES.get(scale, 1.0):.12g}")
