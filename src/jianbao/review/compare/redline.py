"""Mark the deleted and the new parts of a sentence, by words, names and whole numbers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher

from rich.markup import escape

from jianbao.core.encoding import HAN, count_han
from jianbao.text.render import Mark, Piece

MARKS = {"kept": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}  # as wdiff prints them, without colours
STYLES = {"kept": "{}", "gone": "[red strike]{}[/]", "new": "[green underline]{}[/]"}
_NUMBER = r"[−+-]?(?:[A-Z]{2,3}\$|[$€£¥])?\d+(?:[.,]\d+)*(?:[%‰]|st\b|nd\b|rd\b|th\b)?(?:[万亿]+)?"
_LETTER = rf"[^\W\d_{HAN}]"
_WORD = rf"{_LETTER}+(?:['’-]{_LETTER}+)*"
_STOP = re.compile(r"[。！？]|[.!?](?=\s|$)")  # what ends a sentence
ALIKE = 0.5  # less similar sentences are replaced as a whole
SHORTEST_CUT = 24  # characters of unchanged sentences that are left out
ISLAND = 2  # least number of Han characters or words that are kept between two changes


def redline(before: str, after: str, tokens: re.Pattern[str]) -> tuple[Piece, ...]:
    """Return the pieces of a changed sentence in reading order; no token is split.

    The kept and deleted pieces together are `before`, the kept and new ones `after`.
    """
    old, new = tokens.findall(before), tokens.findall(after)
    matcher = SequenceMatcher(None, _keys(old), _keys(new), autojunk=False)
    if not _alike(old, new, matcher):
        return tuple(_joined([("gone", before), ("new", after)]))
    return tuple(_joined(_marked(_grouped(_steps(matcher, old, new)))))


def in_context(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return a redline without the sentences in which nothing has changed; an ellipsis stands for them."""
    last = len(pieces) - 1
    return tuple(
        Piece("kept", _cut(piece.text, after=number > 0, before=number < last)) if piece.mark == "kept" else piece
        for number, piece in enumerate(pieces)
    )


def _cut(text: str, after: bool, before: bool) -> str:
    """Return the ends of an unchanged part: the rest of the sentence before it, the beginning of the one after it."""
    stops = [match.end() for match in _STOP.finditer(text)]
    start, end = (stops[0] if after else 0, stops[-1] if before else len(text)) if stops else (0, 0)
    if end - start <= SHORTEST_CUT:
        return text
    gap = "" if count_han(text) else " "
    return f"{text[:start].rstrip()}{gap if start else ''}…{gap if end < len(text) else ''}{text[end:].lstrip()}"


def only_numbers(pieces: Sequence[Piece]) -> bool:
    """Return whether nothing but numbers has changed."""
    return all(re.fullmatch(rf"[\s,.]*(?:{_NUMBER}[\s,.]*)*", each.text) for each in pieces if each.mark != "kept")


def tokens_of(names: Iterable[str] = ()) -> re.Pattern[str]:
    """Return the pattern of a token: a name, a word, a whole number, or any other character.

    Names that are numbers, such as those of tasks, are left out: "2.1" would split "2.14".
    """
    called = (name for name in names if len(name) > 1 and not re.fullmatch(_NUMBER, name))
    listed = "|".join(map(re.escape, sorted(called, key=len, reverse=True)))
    return re.compile("|".join(filter(None, (listed, _NUMBER, _WORD, r"(?s:.)"))))


def _keys(tokens: Iterable[str]) -> list[str]:
    """Return the tokens as they are matched: all numbers are equal, so that each is compared with its counterpart."""
    return ["0" if re.fullmatch(_NUMBER, token) else token for token in tokens]


def _alike(old: Sequence[str], new: Sequence[str], matcher: SequenceMatcher[str]) -> bool:
    kept = sum(len("".join(old[block.a : block.a + block.size])) for block in matcher.get_matching_blocks())
    return kept >= ALIKE * max(len("".join(old)), len("".join(new)), 1)


Step = tuple[str, str]  # the old and the new text of a run


def _steps(matcher: SequenceMatcher[str], old: Sequence[str], new: Sequence[str]) -> Iterator[Step]:
    """Yield the runs of both sentences; a kept run has the same text on both sides."""
    for tag, start, end, begin, stop in matcher.get_opcodes():
        if tag == "equal":
            yield from zip(old[start:end], new[begin:stop], strict=True)
        else:
            yield "".join(old[start:end]), "".join(new[begin:stop])


def _grouped(steps: Iterable[Step]) -> list[Step]:
    """Return the steps with adjacent changes merged, together with kept runs that are too short between them."""
    runs: list[Step] = []
    for was, now in steps:
        if runs and (runs[-1][0] == runs[-1][1]) == (was == now):
            runs[-1] = (runs[-1][0] + was, runs[-1][1] + now)
        else:
            runs.append((was, now))
    grouped: list[Step] = []
    for place, (was, now) in enumerate(runs):
        inside = 0 < place < len(runs) - 1
        swallowed = was == now and inside and _senseless(was, runs[place - 1], runs[place + 1])
        if grouped and (swallowed or (was != now and grouped[-1][0] != grouped[-1][1])):
            grouped[-1] = (grouped[-1][0] + was, grouped[-1][1] + now)
        else:
            grouped.append((was, now))
    return grouped


def _senseless(kept: str, before: Step, after: Step) -> bool:
    """Return whether a kept run makes no sense alone: no letters, or one word between changed words."""
    words = count_han(kept) or len(re.findall(_WORD, kept))
    if any(character.isdigit() for character in kept):
        return False
    numbers = [re.fullmatch(rf"\s*{_NUMBER}\s*", side) for step in (before, after) for side in step if side]
    return words < ISLAND and not any(numbers) and (words > 0 or not kept.strip())


def _marked(runs: Iterable[Step]) -> Iterator[tuple[Mark, str]]:
    for was, now in runs:
        if was == now:
            yield "kept", was
        else:
            yield "gone", was
            yield "new", now


def _joined(marked: Iterable[tuple[Mark, str]]) -> Iterator[Piece]:
    for mark, text in marked:
        if text:
            yield Piece(mark, text)


def redlined(pieces: Sequence[Piece], styled: bool) -> str:
    """Return a sentence with its deleted and new parts marked."""
    marks = STYLES if styled else MARKS
    return "".join(marks[piece.mark].format(escape(piece.text) if styled else piece.text) for piece in pieces)
