"""Measure text in given fonts and break it into lines, for Latin and Chinese."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import uharfbuzz  # type: ignore[import-untyped]

from jianbao.core.encoding import HAN, has_han

MM_PER_POINT = 25.4 / 72
LEADING = 1.25
SIXTH = "\u2006"  # SIX-PER-EM SPACE, between Chinese and Latin
# Separators of two languages: on two lines, on one line, and in one line of numbers.
NEWLINE, BETWEEN, BESIDE = "\n", "  ", " / "
HAN_COMMA = "\uff0c"
# Punctuation that must not begin a line (CLREQ 5.2), and punctuation that must not end one.
CLOSING = "，。、；：？！）》」』】〕〉”’％·—…～"
OPENING = "（《「『【〔〈“‘"
# A line may end after a Chinese character, and at a space that is not a no-break space and not before a mark such as
# "!"; but not between a number and its unit.
_SPACE = r"[^\S\u00a0\u2007\u202f](?![:;!?%\u00bb])"
_TOKEN = re.compile(
    rf"(?:{_SPACE})+|[{OPENING}]*(?:[0-9][0-9.,%]*{SIXTH}?[{HAN}]{SIXTH}?)+[{CLOSING}]*|[{OPENING}]*[{HAN}][{CLOSING}]*"
    rf"|[{OPENING}]*(?:(?!{_SPACE})[^{HAN}{OPENING}])+"
)
_JOINTS = re.compile(rf"(?<=[{HAN}])(?=[0-9A-Za-z])|(?<=[0-9A-Za-z%+])(?=[{HAN}])")


@dataclass(frozen=True, kw_only=True)
class FontMetrics:
    """A font family in two weights; `number` is the index of the face in a collection.

    `ranges` are the characters (first, last) that the page takes from this family (`unicode-range` in CSS); without
    ranges it takes all that the font has.
    """

    family: str
    regular: Path
    bold: Path
    number: int = 0
    ranges: tuple[tuple[int, int], ...] = ()

    def advance(self, character: str, bold: bool) -> float | None:
        """Return a character's advance width in em, None if it is not in the font or not in `ranges`."""
        code = ord(character)
        if self.ranges and not any(first <= code <= last for first, last in self.ranges):
            return None
        return _advances(self.bold if bold else self.regular, self.number)(code)


@lru_cache(maxsize=16)
def _advances(path: Path, number: int) -> Callable[[int], float | None]:
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(path)), number)
    font = uharfbuzz.Font(face)

    def advance(code: int) -> float | None:
        glyph = font.get_nominal_glyph(code)
        return None if glyph is None else float(font.get_glyph_h_advance(glyph) / face.upem)

    return advance


@dataclass(frozen=True)
class FontMetricsList:
    """The fonts of one language, in the order in which the page tries them.

    In a figure of two languages a text has a line in each; `latin` are the fonts of lines without Chinese characters
    and of lines with both languages.
    """

    faces: tuple[FontMetrics, ...]
    latin: tuple[FontMetrics, ...] = ()

    def of(self, text: str) -> tuple[FontMetrics, ...]:
        """Return the fonts for a line of text."""
        return self.latin if self.latin and (BETWEEN in text or not has_han(text)) else self.faces

    def families(self, text: str) -> tuple[str, ...]:
        """Return the names of the font families for a line of text, first choice first."""
        return tuple(face.family for face in self.of(text))

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """Return the width in mm of the widest line of a text at `size` points.

        A character that no font has counts as one em.
        """
        ems = (_ems(self.of(line), line, bold) for line in text.split(NEWLINE))
        return max(ems) * size * MM_PER_POINT

    def lacking(self, text: str, bold: bool = False) -> str:
        """Return the characters of a text that no font has."""
        faces = self.of(text)
        return "".join(each for each in text if all(face.advance(each, bold) is None for face in faces))

    def spaced(self, text: str) -> str:
        """Return the text with a thin space between Chinese and Latin letters or digits, if a font has that space."""
        return text if self.lacking(SIXTH) else _JOINTS.sub(SIXTH, text)

    def wrap(self, text: str, size: float, room: float, bold: bool = False) -> tuple[str, ...]:
        """Return the lines of a text wrapped at `room` mm; a word wider than that is split."""
        return tuple(line for part in text.split(NEWLINE) for line in self._wrapped(part, size, room, bold))

    def _wrapped(self, text: str, size: float, room: float, bold: bool) -> tuple[str, ...]:
        lines = [""]
        for token in _tokens(text):
            if self.width((lines[-1] + token).rstrip(), size, bold) <= room or not lines[-1]:
                lines[-1] += token
            else:
                lines.append(token.lstrip())
        broken = [part for line in lines for part in self._broken(line.strip(), size, room, bold)]
        return tuple(line for line in broken if line) or ("",)

    def balance(self, text: str, size: float, room: float, *, bold: bool = False) -> tuple[str, ...]:
        """Return the lines of a text, as few as `wrap` returns, but of lengths as equal as possible."""
        return tuple(line for part in text.split(NEWLINE) for line in self._balanced(part, size, room, bold))

    def _balanced(self, text: str, size: float, room: float, bold: bool) -> tuple[str, ...]:
        lines = self._wrapped(text, size, room, bold)
        narrow, wide = room / len(lines) / 2, room
        while len(lines) > 1 and wide - narrow > 0.5:
            middle = (narrow + wide) / 2
            trial = self._wrapped(text, size, middle, bold)
            if len(trial) > len(lines):
                narrow = middle
            else:
                wide, lines = middle, trial
        return lines

    def widest(self, lines: tuple[str, ...], size: float, bold: bool = False) -> float:
        """Return the width in mm of the widest of some lines."""
        return max((self.width(line, size, bold) for line in lines), default=0.0)

    def _broken(self, line: str, size: float, room: float, bold: bool) -> list[str]:
        if self.width(line, size, bold) <= room:
            return [line]
        parts = [""]
        for character in line:
            if parts[-1] and self.width(parts[-1] + character, size, bold) > room:
                parts.append("")
            parts[-1] += character
        return parts


@lru_cache(maxsize=1 << 15)
def _ems(faces: tuple[FontMetrics, ...], text: str, bold: bool) -> float:
    if len(text) > 1:
        return sum(_ems(faces, character, bold) for character in text)
    found = (face.advance(text, bold) for face in faces if text)
    return next((advance for advance in found if advance is not None), 1.0 if text else 0.0)


def _tokens(text: str) -> list[str]:
    return [piece for token in _TOKEN.findall(text) for piece in re.split(r"(?<=[a-z]-)(?=[a-z])", token)]


def line_height(size: float) -> float:
    """Return the distance in mm from one baseline to the next."""
    return size * LEADING * MM_PER_POINT


def joined(parts: Sequence[str], mark: str = "") -> str:
    """Return several texts joined by a comma or by `mark`, in each of their languages separately."""
    texts = [text.split(NEWLINE) for text in parts if text]
    most = max((len(each) for each in texts), default=0)
    lines = [[each[min(place, len(each) - 1)] for each in texts] for place in range(most)]
    return NEWLINE.join((mark or (HAN_COMMA if has_han("".join(line)) else ", ")).join(line) for line in lines)


def on_one_line(text: str) -> str:
    """Return a text in two languages on one line."""
    return text.replace(NEWLINE, BETWEEN)
