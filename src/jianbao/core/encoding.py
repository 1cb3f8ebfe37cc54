"""Decode text files without guessing (UTF-8, GB18030, UTF-16); handle Chinese, wide and invisible characters."""

import codecs
import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from operator import itemgetter
from typing import TypeVar

from jianbao.core.messages import NO_TEXT, Translatable, tr

T = TypeVar("T")
# Ranges for a character class: Han with its radicals, iteration marks and numerals, in every plane.
HAN = r"\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Punctuation that is set full width beside Han.
MARKS = r"\u2014\u2018\u2019\u201c\u201d\u2026\u3001-\u3003\u3008-\u3020\u30fb\uff01-\uff5e\uffe5"

WIDE = "WF"  # the East Asian widths of characters that take two columns
SURE_HAN, SURE_LETTERS = 4, 8  # the shortest part of a name that identifies it in a text
TRAILING_MARKS = " ,;:.，；：、。"  # deleted at the end of a shortened text, before the ellipsis

_OTHER_SCRIPTS = {"ja": re.compile("[\u3040-\u30ff]"), "ko": re.compile("[\uac00-\ud7af]")}
_HAN = re.compile(f"[{HAN}]")
_HAN_IN_LATIN_WORD = re.compile(f"[A-Za-z][{HAN}][a-z]")
# Invisible: control and replacement characters, unusual line breaks, the empty letters of Hangul and Braille,
# surrogates, noncharacters, and everything that Unicode calls default-ignorable (UTS 39).
_INVISIBLE_RANGES = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffd-\uffff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Allowed after a letter of these scripts: joiners in Arabic and Indic ones, variation selectors in Mongolian.
_JOINED, _MONGOLIAN = "\u0600-\u0fff\u1000-\u109f\u1780-\u18af", "\u1820-\u18aa"
_INVISIBLE = re.compile(
    f"[{_INVISIBLE_RANGES}]|(?<![{_JOINED}])[\u200c\u200d]|(?<![{_MONGOLIAN}])[\u180b-\u180d\u180f]"
)
_PLAIN = bytes((*b"\t\n\r", *range(0x20, 0x7F)))  # bytes that are visible characters or usual white space
_PERHAPS_INVISIBLE = re.compile(f"[{_INVISIBLE_RANGES}\u200c\u200d\u180b-\u180d\u180f]")  # after any letter
_BINARY = (
    (b"PK\x03\x04", tr("a workbook or another archive")),
    (b"\xd0\xcf\x11\xe0", tr("an old or encrypted Office file")),
)
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
# Of the Han characters in a genuine text, few are outside the 6,763 of GB 2312; of misread bytes, many are.
_RARE_SHARE = 0.1


PART, ENOUGH = 2, 0.6  # Han characters of parts that count if no whole search is found; the share that is enough
NEARLY = 0.99  # finding only the parts counts less than finding the whole
SEARCH_GAP = 2  # Han characters, such as a particle, that may be between two characters of a searched word
LEFT_OUT = 6  # most Han characters of a name that its short form leaves out between its two
SAVE_AS_UTF_8 = tr("save the file as UTF-8")


class EncodingError(Exception):
    """The encoding of some bytes cannot be determined without guessing.

    It has the reason, the line concerned (0: the whole file), and a hint.
    """

    def __init__(self, reason: Translatable, line: int = 0, hint: Translatable = SAVE_AS_UTF_8) -> None:
        super().__init__(reason)
        self.reason, self.line, self.hint = reason, line, hint


def decode(data: bytes) -> str:
    """Return the text of a file without its byte-order mark; raise EncodingError if its encoding is in doubt."""
    for mark, what in _BINARY:
        if data.startswith(mark):
            raise EncodingError(tr("this is {what}, not text", what=what))
    text = _decoded(data)
    # First search only for characters that are not plain ASCII, without looking at those before: a tenth of the time.
    unusual = text.encode().translate(None, _PLAIN).decode()
    strange = _INVISIBLE.search(text) if _PERHAPS_INVISIBLE.search(unusual) else None
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        raise EncodingError(
            _complaint(strange.group()), line, tr("delete it") if strange.group() != "\0" else tr("save as UTF-8")
        )
    return text


def invisible_character(text: str) -> Translatable:
    """Return the fault of a text that contains an invisible character, "" if it contains none."""
    strange = None if text.isascii() and text.isprintable() else _INVISIBLE.search(text)
    return _complaint(strange.group()) if strange else NO_TEXT


def visible(text: str) -> str:
    """Return a text with each invisible character written as its number, such as `⟨U+200B⟩`."""
    return _INVISIBLE.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text)


def unseen_in(text: str) -> Translatable:
    """Return the fault of a typed text that has an invisible character, with the words around it; "" if none has."""
    found = None if text.isascii() and text.isprintable() else _INVISIBLE.search(text)
    if not found:
        return NO_TEXT
    around = text[max(found.start() - EXCERPT_LEAD, 0) : found.end() + EXCERPT_LEAD]
    what = tr("the text has the invisible character U+{character:04X}", character=ord(found.group()))
    return tr("{what}: '{text}'", what=what, text=visible(around))


def _complaint(character: str) -> Translatable:
    if character == "\0":
        return tr("the file has NUL bytes: it is UTF-16 without a byte-order mark, or not text")
    if character == "\ufffd":
        return tr("the replacement character '�' shows that text was lost when the file was converted")
    return tr("the text has the invisible character U+{character:04X}", character=ord(character))


def _decoded(data: bytes) -> str:
    if data.startswith(_UTF_32):
        raise EncodingError(tr("this is UTF-32"))
    if data.startswith(_UTF_16):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise EncodingError(tr("it begins as UTF-16 but cannot be read as such")) from error
    content = data.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if data.startswith(codecs.BOM_UTF8):
            line = content.count(b"\n", 0, error.start) + 1
            raise EncodingError(tr("it begins as UTF-8 but this line is not"), line) from error
        return _gb18030(data)


def _gb18030(data: bytes) -> str:
    mixed = _mixed_lines(data)
    if mixed:
        utf8, other = mixed
        raise EncodingError(tr("this line is not UTF-8 although line {utf8} is: encodings are mixed", utf8=utf8), other)
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EncodingError(tr("this line is neither UTF-8 nor GB18030"), line) from error
    if not makes_sense(text):
        raise EncodingError(tr("this is not UTF-8, and read as GB18030 it makes no sense"))
    return text


def _mixed_lines(data: bytes) -> tuple[int, int] | None:
    """Return the number of a line that must be UTF-8 and of one that cannot be; None unless there are both."""
    utf8 = other = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.isascii():
            continue
        try:
            # Two bytes may be UTF-8 by chance ("一" in GB18030 is); three that make a Han character hardly ever.
            if has_han(line.decode("utf-8")):
                utf8 = utf8 or number
        except UnicodeDecodeError:
            other = other or number
        if utf8 and other:
            return utf8, other
    return None


def makes_sense(text: str) -> bool:
    """Return whether a text decoded as GB18030 makes sense: most Han characters are common, all code points assigned.

    A Han character inside a Latin word ("S茫o"), or a rare one beside a Latin letter ("S鉶 "), is a sign of accented
    letters in another encoding.
    """
    han = re.findall(f"[{HAN}]", text)
    if _HAN_IN_LATIN_WORD.search(text):
        return False
    if any(unicodedata.category(character) in ("Co", "Cn", "Cs") for character in set(text)):
        return False
    rare = "".join(sorted(character for character in set(han) if not character.encode("gb2312", "ignore")))
    if rare and re.search(f"[A-Za-z][{rare}]|[{rare}][A-Za-z]", text):
        return False
    return sum(character in rare for character in han) <= max(1, _RARE_SHARE * len(han))


def encode_like(text: str, data: bytes) -> bytes:
    """Return a text in the encoding of a file that `decode` can read, with its byte-order mark if it has one."""
    if data.startswith(_UTF_16):
        mark, name = next(
            pair for pair in zip(_UTF_16, ("utf-16-le", "utf-16-be"), strict=True) if data.startswith(pair[0])
        )
        return mark + text.encode(name)
    if data.startswith(codecs.BOM_UTF8):
        return codecs.BOM_UTF8 + text.encode("utf-8")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return text.encode("gb18030")
    return text.encode("utf-8")


def has_han(text: str) -> bool:
    """Return whether there is any Han character in a text."""
    return _HAN.search(text) is not None


def language_shown(title: str) -> str:
    """Return the language of a title that its letters show; "" for letters of several languages."""
    other = next((language for language, letters in _OTHER_SCRIPTS.items() if letters.search(title)), "")
    return other or ("zh" if has_han(title) else "")


def count_han(text: str) -> int:
    """Return the number of Han characters in a text."""
    return len(_HAN.findall(text))


def is_chinese(text: str) -> bool:
    """Return whether a text is set as Chinese: it has Han characters and is not mostly Latin."""
    return 3 * count_han(text) > len(text)


def columns_of(text: str) -> int:
    """Return how many columns a text takes; a Han character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in WIDE else 1 for letter in text)


def shortened(text: str, columns: int) -> str:
    """Return a text cut to at most these columns, with an ellipsis if anything is cut; a Han character takes two."""
    wide = 0
    for place, letter in enumerate(text):
        wide += 2 if unicodedata.east_asian_width(letter) in WIDE else 1
        if wide > columns:
            kept, _, rest = text[:place].rpartition(" ")
            return (kept if kept and rest.isascii() else text[:place]).rstrip(TRAILING_MARKS) + "…"
    return text


_IN_WORD = re.compile(r"\w[A-Za-z]{1,10}\b", re.ASCII)
EXCERPT_LEAD = 20  # characters of a long line that an excerpt shows before the place concerned


def excerpt(line: str, at: int, columns: int) -> str:
    """Return a line cut to at most these columns; of a long line, the part that begins shortly before index `at`."""
    bare = line.strip()
    start = at - EXCERPT_LEAD - line.index(bare)
    if start <= 0 or shortened(bare, columns) == bare:
        return shortened(bare, columns)
    inside = _IN_WORD.match(bare, start - 1)
    return shortened(f"…{bare[inside.end() if inside else start :].strip()}", columns)


def is_found(wanted: str, text: str) -> bool:
    """Return whether a text has each word of a search: as it is, or in Han with a particle or two in between.

    Case is ignored.
    """
    return all(_search_pattern(word).search(text.casefold()) for word in wanted.casefold().split())


def is_short_for(word: str, name: str) -> bool:
    """Return whether a word of two Han characters shortens a name: with both in this order, a few others between."""
    return (
        len(word) == 2
        and all(map(_HAN.match, word))
        and bool(re.search(f"{word[0]}[{HAN}]{{1,{LEFT_OUT}}}{word[1]}", name))
    )


# Total, sum, sum total, quantity, count and number, at the end of two or more other Han characters.
_TOTAL = re.compile(rf"(?<=[{HAN}]{{2}})(?:\u603b\u6570|\u5408\u8ba1|\u603b\u8ba1|\u6570\u91cf|\u4e2a\u6570|\u6570)$")


def without_totals(wanted: str) -> str:
    """Return a search without a word for a total at the end of its words."""
    return " ".join(_TOTAL.sub("", word) for word in wanted.split())


def search_parts(wanted: str) -> tuple[str, str]:
    """Return the words of a search, without those for a total, and its numbers."""
    numbers = [word for word in wanted.split() if any(map(str.isdigit, word)) and not has_han(word)]
    return without_totals(" ".join(word for word in wanted.split() if word not in numbers)), " ".join(numbers)


def heads_of(words: str) -> str:
    """Return words with each long Han compound replaced by its head, which is its end."""
    return " ".join(
        word[-PART:] if len(word) >= 2 * PART and all(map(_HAN.match, word)) else word for word in words.split()
    )


def numbers_apart(wanted: str) -> str:
    """Return a search with its numbers apart from the Han characters beside them: "城市111" looks for both words."""
    return re.sub(rf"(?<=[{HAN}])(?=\d)|(?<=\d)(?=[{HAN}])", " ", wanted)


def share_found(wanted: str, text: str) -> float:
    """Return the share of a search that a text has, 0 to 1: all of it, or in Han the share of its two-character parts.

    Words of other scripts must be there as a whole, or the share is 0. A word for a total at the end may differ.
    """
    if is_found(wanted, text):
        return 1.0
    if (counted := without_totals(wanted)) != wanted and is_found(counted, text):
        return NEARLY
    words, folded = wanted.casefold().split(), text.casefold()
    han = [word for word in words if all(map(_HAN.match, word))]
    parts = [word[place : place + PART] for word in han for place in range(len(word) - PART + 1)]
    if not parts or not all(is_found(word, folded) for word in words if word not in han):
        return 0.0
    return NEARLY * sum(part in folded for part in parts) / len(parts)


def best_matches(wanted: str, texts: Mapping[T, str]) -> dict[T, float]:
    """Return the keys of the texts that have all of a search, or else most of it, the best first, with the share."""
    found = {key: rate for key, text in texts.items() if (rate := share_found(wanted, text)) >= ENOUGH}
    least = 1.0 if 1.0 in found.values() else ENOUGH
    rated = sorted(found.items(), key=itemgetter(1), reverse=True)
    return {key: rate for key, rate in rated if rate >= least}


def _search_pattern(word: str) -> re.Pattern[str]:
    """Return the pattern that finds a word; a number is found neither inside a longer number or word nor as a decimal.

    A word of three or more Han characters may have others in between.
    """
    if word.isdecimal():
        return re.compile(rf"(?<![\d.a-z]){word}(?![\da-z]|[.,]\d)")
    if len(word) > 2 and all(map(_HAN.match, word)):
        return re.compile(f"[{HAN}]{{0,{SEARCH_GAP}}}".join(map(re.escape, word)))
    return re.compile(re.escape(word))


def the_one_named(text: str, names: Iterable[str]) -> str:
    """Return the name in a text, of which it has a long part, and of the others only shorter ones; "" if unsure."""
    known = [*names]
    found = (SequenceMatcher(None, text.lower(), each.lower(), autojunk=False).find_longest_match() for each in known)
    sizes = [each.size for each in found]
    longest, second, *_ = *sorted(sizes, reverse=True), 0, 0
    is_sure = longest > second and longest >= (SURE_HAN if has_han(text) else SURE_LETTERS)
    return known[sizes.index(longest)] if is_sure else ""
