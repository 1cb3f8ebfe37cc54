"""Compare a returned text with the text that was sent out: changed wording, and changed numbers that are facts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, takewhile

from jianbao.core.encoding import HAN
from jianbao.render.typography import FIRM, JOINER, THIN
from jianbao.text.render import Filled

CONTEXT = 12  # letters that are shown around what was changed
NOTHING = "∅"
ARROW = " → "
_PLAIN = {FIRM: " ", JOINER: "", THIN: "", "\u2011": "-", "\u200b": "", "\t": " ", "\u3000": " "}
_COUNT = "".join(("零〇一二", "两三四五", "六七八九", "十百千万", "亿"))
_TOKEN = re.compile(rf"\d+(?:[.,]\d+)*|[{_COUNT}]{{2,}}|[^\W\d_\u2e80-\uffff]+|\s+|.", re.DOTALL)
_NUMBER = re.compile(rf"\d|[{_COUNT}]")
_EDGE = re.compile(rf"(?<=[{HAN}])\n|\n(?=[{HAN}])")


@dataclass(frozen=True, kw_only=True)
class SentPassage:
    """A passage as it was sent out: the item it belongs to, its statement, language, text and holes.

    `lead` and `tail` are what stood before it in its paragraph and after it. `written`: a writer worded it; else it
    comes from the data, a name or a cell of a table.
    """

    bookmark: str
    item: str
    statement: str
    language: str
    text: str
    holes: tuple[Filled, ...] = ()
    lead: str = ""
    tail: str = ""
    written: bool = True


@dataclass(frozen=True)
class Question:
    """What was changed of a fact ("" for none), a number mostly: a question to whoever answers for the data."""

    fact: str
    printed: str
    now: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was changed in a passage.

    `before` and `after` are its wording with the holes as placeholders, the same where no wording was changed; `shown`
    is the place of the change, before and after, as printed.
    """

    passage: SentPassage
    before: str
    after: str
    shown: str
    questions: tuple[Question, ...] = ()

    @property
    def reworded(self) -> bool:
        """Say whether its wording was changed, and not only numbers in it."""
        return self.before != self.after


def plain(text: str) -> str:
    """Return a text without typographic spaces and hyphens, its lines joined by the rule of its language."""
    flat = "".join(_PLAIN.get(letter, letter) for letter in text)
    return " ".join(_EDGE.sub("", flat).split())


def compare(passage: SentPassage, text: str) -> Change | None:
    """Return what a text changes in a passage; None for nothing."""
    old, new = plain(passage.text), plain(text)
    if old == new:
        return None
    shown = window(old, new)
    if not passage.written:
        return Change(passage=passage, before=old, after=old, shown=shown, questions=(Question("", *_ends(old, new)),))
    return _Comparison(passage, new).change(shown)


def window(old: str, new: str) -> str:
    """Return what differs between two texts with a little of what stands around it, before and after."""
    start, end = _alike(old, new)
    return ARROW.join(f"“{_cut(each, start, end)}”" if each else NOTHING for each in (old, new))


def _cut(text: str, start: int, end: int) -> str:
    first, last = max(start - CONTEXT, 0), min(len(text) - end + CONTEXT, len(text))
    return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")


def _alike(old: str, new: str) -> tuple[int, int]:
    """Return how many letters two texts have in common at their beginning, and of what is left at their end."""
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    rest = zip(reversed(old[start:]), reversed(new[start:]), strict=False)
    return start, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))


def _ends(old: str, new: str) -> tuple[str, str]:
    start, end = _alike(old, new)
    return old[start : len(old) - end], new[start : len(new) - end]


@dataclass(frozen=True)
class _Token:
    """A word, a number or a letter of a text; the number of the hole that it was printed by, -1 for none."""

    text: str
    hole: int = -1


def _tokens(text: str, hole: int = -1) -> list[_Token]:
    return [_Token(each, hole) for each in _TOKEN.findall(text)]


def _cut_at_holes(passage: SentPassage) -> Iterator[tuple[str, int]]:
    """Yield the parts of a text between holes and in them, each with the number of its hole, or -1."""
    at = 0
    for number, hole in enumerate(passage.holes):
        yield passage.text[at : hole.at], -1
        yield hole.printed, number
        at = hole.end
    yield passage.text[at:], -1


class _Comparison:
    """Compares a passage with a text word by word, and finds what became of each of its holes.

    A hole is kept if its words are still somewhere in the text. If other words are in its place, they are its new
    value if both have a number; if no number is left, it was deleted with the words around it.
    """

    def __init__(self, passage: SentPassage, text: str) -> None:
        parts = [
            ("".join(_PLAIN.get(letter, letter) for letter in part), hole) for part, hole in _cut_at_holes(passage)
        ]
        self._passage = passage
        self._old = [token for part, hole in parts for token in _tokens(part, hole)]
        self._new = [token.text for token in _tokens(text)]
        matcher = SequenceMatcher(None, [each.text for each in self._old], self._new, autojunk=False)
        self._placed = {
            block.a + step: block.b + step for block in matcher.get_matching_blocks() for step in range(block.size)
        }
        # By word of the new text: the hole that begins there, and where it ends.
        self._taken: dict[int, tuple[int, int]] = {}
        self._questions: list[Question] = []

    def change(self, shown: str) -> Change | None:
        """Return what was changed; None if only spaces were."""
        spans = [(number, [place for place, _ in found]) for number, found in self._holes()]
        left = [each for each in spans if not self._kept(*each)]
        left = [each for each in left if not self._elsewhere(*each)]
        for number, places in left:
            self._answered(number, places)
        before = "".join(
            part if hole < 0 else _placeholder(self._passage.holes[hole]) for part, hole in _cut_at_holes(self._passage)
        )
        after = self._written()
        if plain(before) == plain(after):
            after = before
        questions = (*self._questions, *self._typed())
        if before == after and not questions:
            return None
        return Change(passage=self._passage, before=before, after=after, shown=shown, questions=questions)

    def _holes(self) -> Iterator[tuple[int, list[tuple[int, _Token]]]]:
        for number, found in groupby(enumerate(self._old), key=lambda pair: pair[1].hole):
            if number >= 0:
                yield number, list(found)

    def _kept(self, number: int, places: Sequence[int]) -> bool:
        found = [self._placed.get(place) for place in places]
        first = found[0]
        if first is None or found != list(range(first, first + len(places))):
            return False
        self._taken[first] = (number, first + len(places))
        return True

    def _elsewhere(self, number: int, places: Sequence[int]) -> bool:
        words = [self._old[place].text for place in places]
        free = self._free()
        for first in range(len(self._new) - len(words) + 1):
            if self._new[first : first + len(words)] == words and free.issuperset(range(first, first + len(words))):
                self._taken[first] = (number, first + len(words))
                return True
        return False

    def _free(self) -> set[int]:
        """Return the words of the new text that were not in the old one where they stand, and print no hole."""
        bound = set(self._placed.values())
        bound |= {place for first, (_, end) in self._taken.items() for place in range(first, end)}
        return set(range(len(self._new))) - bound

    def _answered(self, number: int, places: Sequence[int]) -> None:
        """Find what stands in the place of a hole, and ask about it."""
        hole, own = self._passage.holes[number], [self._placed[each] for each in places if each in self._placed]
        low = max((new for old, new in self._placed.items() if old < places[0]), default=-1) + 1
        high = min((new for old, new in self._placed.items() if old > places[-1]), default=len(self._new))
        free = [each for each in range(low, high) if each in self._free()]
        if _NUMBER.search(hole.printed):
            free = [each for each in free if _NUMBER.match(self._new[each])][:1]
        if not free:
            return
        first, end = min((*free, *own)), max((*free, *own)) + 1
        self._taken[first] = (number, end)
        self._questions.append(Question(hole.fact, hole.printed, "".join(self._new[first:end]).strip()))

    def _written(self) -> str:
        said, place = "", 0
        while place < len(self._new):
            if place in self._taken:
                number, place = self._taken[place]
                said += _placeholder(self._passage.holes[number])
            else:
                said += self._new[place]
                place += 1
        return said

    def _typed(self) -> Iterator[Question]:
        """Yield the numbers that were typed where no fact was printed."""
        for place in sorted(self._free()):
            if self._new[place][:1].isdigit():
                yield Question("", "", self._new[place])


def _placeholder(hole: Filled) -> str:
    return f"{{{{ {hole.source} }}}}"
