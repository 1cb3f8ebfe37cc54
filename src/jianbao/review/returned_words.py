"""Compare a returned text with the text that was sent out: changes of wording, and of numbers that are facts."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, takewhile

from jianbao.core.encoding import HAN
from jianbao.render.typography import FIRM, JOINER, THIN
from jianbao.review.proposals import Proposal, TextEdit, name_for
from jianbao.review.review_items import written_in
from jianbao.review.verdicts import ReviewVerdict
from jianbao.text.render import Filled
from jianbao.text.wording import Wording

CONTEXT = 12  # letters shown before and after a change
NOTHING = "∅"
ARROW = " → "
_PLAIN = {FIRM: " ", JOINER: "", THIN: "", "\u2011": "-", "\u200b": "", "\t": " ", "\u3000": " "}
_COUNT = "".join(("零〇一二", "两三四五", "六七八九", "十百千万", "亿"))
_TOKEN = re.compile(rf"\d+(?:[.,]\d+)*|[{_COUNT}]{{2,}}|[^\W\d_\u2e80-\uffff]+|\s+|.", re.DOTALL)
_NUMBER = re.compile(rf"\d|[{_COUNT}]")
_EDGE = re.compile(rf"(?<=[{HAN}])\n|\n(?=[{HAN}])")


@dataclass(frozen=True, kw_only=True)
class SentPassage:
    """A passage as it was sent out: its item, statement, language and text, and the filled placeholders (`holes`).

    `lead` and `tail` are the texts before and after it in its paragraph. `written` is False for a text from the data,
    such as a name or the cell of a table.
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
    """A changed number or other value of a fact ("" if it is none), which becomes a question to the data owner."""

    fact: str
    printed: str
    now: str


@dataclass(frozen=True, kw_only=True)
class Change:
    """A change of a passage.

    `before` and `after` are its wordings with placeholders, equal if the wording was not changed; `shown` quotes the
    changed place as printed, before and after.
    """

    passage: SentPassage
    before: str
    after: str
    shown: str
    questions: tuple[Question, ...] = ()

    @property
    def reworded(self) -> bool:
        """Return whether the wording was changed, and not only numbers in it."""
        return self.before != self.after


def plain(text: str) -> str:
    """Return a text without typographic spaces and hyphens, its lines joined by the rule of its language."""
    flat = "".join(_PLAIN.get(letter, letter) for letter in text)
    return " ".join(_EDGE.sub("", flat).split())


def compare(passage: SentPassage, text: str) -> Change | None:
    """Return the change from a passage to its returned text; None if there is none."""
    old, new = plain(passage.text), plain(text)
    if old == new:
        return None
    shown = window(old, new)
    if not passage.written:
        return Change(passage=passage, before=old, after=old, shown=shown, questions=(Question("", *_ends(old, new)),))
    return _Comparison(passage, new).change(shown)


def window(old: str, new: str) -> str:
    """Return the differing parts of two texts with a little context, as “old” → “new”."""
    start, end = _alike(old, new)
    return ARROW.join(f"“{_cut(each, start, end)}”" if each else NOTHING for each in (old, new))


def _cut(text: str, start: int, end: int) -> str:
    first, last = max(start - CONTEXT, 0), min(len(text) - end + CONTEXT, len(text))
    return ("…" if first else "") + text[first:last] + ("…" if last < len(text) else "")


def _alike(old: str, new: str) -> tuple[int, int]:
    """Return the lengths of the common beginning of two texts and of the common end of the rest."""
    start = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    rest = zip(reversed(old[start:]), reversed(new[start:]), strict=False)
    return start, sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], rest))


def _ends(old: str, new: str) -> tuple[str, str]:
    start, end = _alike(old, new)
    return old[start : len(old) - end], new[start : len(new) - end]


@dataclass(frozen=True)
class _Token:
    """A word, number or letter of a text, with the index of the placeholder that printed it, -1 for none."""

    text: str
    hole: int = -1


def _tokens(text: str, hole: int = -1) -> list[_Token]:
    return [_Token(each, hole) for each in _TOKEN.findall(text)]


def _cut_at_holes(passage: SentPassage) -> Iterator[tuple[str, int]]:
    """Yield the parts of a text, each with the index of the placeholder that printed it, or -1."""
    at = 0
    for number, hole in enumerate(passage.holes):
        yield passage.text[at : hole.at], -1
        yield hole.printed, number
        at = hole.end
    yield passage.text[at:], -1


class _Comparison:
    """Compares a passage with a text word by word, and finds the new value of each filled placeholder.

    A placeholder is unchanged if its words are still in the text. Other words in its place are its new value if both
    contain a number; if no number is left, it was deleted together with the words around it.
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
        # By word of the new text: the placeholder that begins there, and the word after it.
        self._taken: dict[int, tuple[int, int]] = {}
        self._questions: list[Question] = []

    def change(self, shown: str) -> Change | None:
        """Return the change; None if only spaces differ."""
        spans = [(number, [place for place, _ in tokens]) for number, tokens in self._holes()]
        left = [each for each in spans if not self._is_unchanged(*each)]
        left = [each for each in left if not self._is_elsewhere(*each)]
        for number, places in left:
            self._ask_about(number, places)
        before = "".join(
            part if hole < 0 else _placeholder(self._passage.holes[hole]) for part, hole in _cut_at_holes(self._passage)
        )
        after = self._wording()
        if plain(before) == plain(after):
            after = before
        questions = (*self._questions, *self._typed_numbers())
        if before == after and not questions:
            return None
        return Change(passage=self._passage, before=before, after=after, shown=shown, questions=questions)

    def _holes(self) -> Iterator[tuple[int, list[tuple[int, _Token]]]]:
        for number, tokens in groupby(enumerate(self._old), key=lambda pair: pair[1].hole):
            if number >= 0:
                yield number, list(tokens)

    def _is_unchanged(self, number: int, places: Sequence[int]) -> bool:
        new_places = [self._placed.get(place) for place in places]
        first = new_places[0]
        if first is None or new_places != list(range(first, first + len(places))):
            return False
        self._taken[first] = (number, first + len(places))
        return True

    def _is_elsewhere(self, number: int, places: Sequence[int]) -> bool:
        words = [self._old[place].text for place in places]
        free = self._free()
        for first in range(len(self._new) - len(words) + 1):
            if self._new[first : first + len(words)] == words and free.issuperset(range(first, first + len(words))):
                self._taken[first] = (number, first + len(words))
                return True
        return False

    def _free(self) -> set[int]:
        """Return the places of the new words that belong to no placeholder."""
        bound = set(self._placed.values())
        bound |= {place for first, (_, end) in self._taken.items() for place in range(first, end)}
        return set(range(len(self._new))) - bound

    def _ask_about(self, number: int, places: Sequence[int]) -> None:
        """Find the words in the place of a changed placeholder, and add a question about them."""
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

    def _wording(self) -> str:
        text, place = "", 0
        while place < len(self._new):
            if place in self._taken:
                number, place = self._taken[place]
                text += _placeholder(self._passage.holes[number])
            else:
                text += self._new[place]
                place += 1
        return text

    def _typed_numbers(self) -> Iterator[Question]:
        """Yield a question for each number that was typed where no fact was printed."""
        for place in sorted(self._free()):
            if self._new[place][:1].isdigit():
                yield Question("", "", self._new[place])


def _placeholder(hole: Filled) -> str:
    return f"{{{{ {hole.source} }}}}"


# Proposals from returned copies

_PART = re.compile(r"\{\{.*?\}\}|[^\W\d_\u2e80-\uffff]+|\d+|.", re.DOTALL)


def edit_of(verdict: ReviewVerdict, wordings: Mapping[str, Wording]) -> TextEdit | None:
    """Return the text change that a verdict proposes.

    None for a verdict that proposes no wording, for a phrase that is printed in many places, and for words that the
    document itself adds to a text, such as the number of a figure.
    """
    if verdict.verdict != "proposed" or not verdict.after or verdict.wording not in wordings:
        return None
    texts = [each.texts.get(verdict.language) for each in wordings[verdict.wording].variants]
    written = [written_in(text) for text in texts if text]
    old = next((text for text in written if frame(text, verdict.before) is not None), verdict.before)
    new = transferred(old, verdict.before, verdict.after)
    return TextEdit(wording=verdict.wording, language=verdict.language, old=old, new=new) if new else None


def transferred(written: str, before: str, after: str) -> str | None:
    """Return a written text with the change made that leads from one printed text to another.

    Args:
        written: The text as its writer wrote it, which is a part of the printed one.
        before: The printed text.
        after: The changed printed text.

    Returns:
        The changed text; None if the written text is not in `before`, or words around it were changed.

    """
    added = frame(written, before)
    if added is None:
        return None
    old, new = _PART.findall(before), _PART.findall(after)
    own = [place for place in range(len(old)) if place not in added]
    words: list[str] = []
    for kind, start, end, low, high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            words += [old[place] for place in range(start, end) if place not in added]
        elif not own or start < own[0] or end > own[-1] + 1 or _is_around(added, start, end):
            return None
        else:
            words += new[low:high]
    return "".join(words)


def _is_around(added: frozenset[int], start: int, end: int) -> bool:
    """Return whether a changed range of words, or an insertion if it is empty, is outside the written text."""
    return bool(added & {*range(start, end)}) or (start == end and {start - 1, start} <= added)


def frame(written: str, printed: str) -> frozenset[int] | None:
    """Return the places of the printed words that are not written ones; None if the written text is not all there."""
    old, own = _PART.findall(printed), _PART.findall(written)
    blocks = SequenceMatcher(None, old, own, autojunk=False).get_matching_blocks()
    matched = list(_places(blocks))
    return frozenset(range(len(old))) - frozenset(matched) if len(matched) == len(own) else None


def _places(blocks: Sequence[tuple[int, int, int]]) -> Iterator[int]:
    for start, _, size in blocks:
        yield from range(start, start + size)


def proposals_of(
    verdicts: Iterable[ReviewVerdict], wordings: Mapping[str, Wording], document: str, taken: Sequence[str]
) -> dict[str, tuple[str, Proposal]]:
    """Return the name and the proposal for each verdict on a document that proposes a change, by the verdict's origin.

    Each text has a proposal of its own, so that an editor can apply one and not another; equal changes share one.
    `taken` are the names of existing proposals.
    """
    by_origin: dict[str, tuple[str, Proposal]] = {}
    by_edit: dict[TextEdit, tuple[str, Proposal]] = {}
    for each in verdicts:
        if edit := edit_of(each, wordings):
            if edit not in by_edit:
                name = name_for(each.by, each.at, [*taken, *(name for name, _ in by_edit.values())])
                why = f"{document}: {each.comment}"
                by_edit[edit] = name, Proposal(by=each.by, at=each.at, why=why, edits=(edit,))
            by_origin[each.origin] = by_edit[edit]
    return by_origin
