"""Shorten a redline for reading: cut out unchanged sentences, and dim the clauses that need not be read."""

import re
from calendar import month_name
from collections.abc import Iterator, Sequence

from jianbao.core.documents import whole_number
from jianbao.core.encoding import HAN, count_han, has_han
from jianbao.review.compare.redline import NUMBER, PAUSE, WORD, only_numbers, replacements
from jianbao.text.render import Piece

_STOP = re.compile(r"[。！？；]|[.!?;](?=\s|$)")  # the end of a sentence, or of a part before a semicolon
SHORT, SHORT_WORDS = 60, 30  # characters of Chinese, or words: shorter texts are shown whole
SHORTEST_CUT = 24  # characters of unchanged sentences that are left out
_ASIDE = re.compile(r"[（(][^（()）]*[，；：,;:][^（()）]*[)）]")  # a bracket of several clauses
SHORTEST_DIMMED = 6  # characters: a shorter text between the context of two changes is not dimmed
LEAST_DIMMED = 3  # less than this fraction (1/3) of a text is not dimmed
# The context after a change, and before it: in words, or in Chinese characters.
_WORDS = re.compile(r"(?:\s*\S+){1,3}"), re.compile(r"(?:\S+\s*){1,3}$")
_CHARACTERS = re.compile(rf"(?:[^{HAN}]*[{HAN}]){{1,6}}"), re.compile(rf"(?:[{HAN}][^{HAN}]*){{1,6}}$")

Clause = list[Piece]


def in_context(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return a redline with an ellipsis for unchanged sentences; a short redline, and a bracket, stays whole."""
    now = "".join(each.text for each in pieces if each.mark != "gone")
    if len(now) <= SHORT if has_han(now) else len(re.findall(rf"{WORD}|{NUMBER}", now)) <= SHORT_WORDS:
        return tuple(pieces)
    found, last, depth = list[Piece](), len(pieces) - 1, 0
    for number, piece in enumerate(pieces):
        text = _cut(piece.text, depth, number > 0, number < last) if piece.mark == "kept" else piece.text
        found.append(Piece(piece.mark, text))
        depth += _opened(piece.text) if piece.mark != "gone" else 0
    return tuple(found)


def _opened(text: str) -> int:
    """Return how many brackets a text opens and does not close."""
    return sum(map(text.count, "([（")) - sum(map(text.count, ")]）"))


def _cut(text: str, depth: int, after: bool, before: bool) -> str:
    """Return the two ends of an unchanged part: the rest of its first sentence and the beginning of its last one."""
    stops = [end for match in _STOP.finditer(text) if depth + _opened(text[: (end := match.end())]) <= 0]
    start, end = (stops[0] if after else 0, stops[-1] if before else len(text)) if stops else (0, 0)
    if end - start <= SHORTEST_CUT:
        return text
    gap = "" if count_han(text) else " "
    return f"{text[:start].rstrip()}{gap if start else ''}…{gap if end < len(text) else ''}{text[end:].lstrip()}"


def in_clauses(
    pieces: Sequence[Piece], before: Sequence[Piece] = (), beside: Sequence[Piece] = ()
) -> list[tuple[Piece, bool]]:
    """Split a redline into parts, and say of each whether it may be dimmed, as the change can be judged without it.

    Added and deleted text is never dimmed. A clause is dimmed if the sentence `before`, just read, has it in the same
    words with the same changes. If only the same numbers have changed as in the sentence `beside`, which
    says the same in another language, all but a few words around each change is dimmed.

    Not dimmed are clauses with a change, the clauses before them in their sentence, one of which has the subject, and
    those with the number by which two new ones differ. If little else remains, nothing is dimmed.
    """
    if has_same_numbers(pieces, beside):
        return _joined(list(_near_changes(pieces)))
    clauses, constant = list(_clauses(pieces)), _differences(pieces)
    read = [any(each.mark != "kept" for each in clause) or _has_number(clause, constant) for clause in clauses]
    for at in range(len(clauses) - 1, 0, -1):
        read[at - 1] |= read[at] and not _STOP.search(clauses[at - 1][-1].text[-1:])
    known = list(_clauses(before))
    read = [is_read and clause not in known for clause, is_read in zip(clauses, read, strict=True)]
    parts = [each for clause, is_read in zip(clauses, read, strict=True) for each in _parts(clause, is_read)]
    dimmed = sum(len(piece.text) for piece, far in parts if far)
    if dimmed * LEAST_DIMMED < sum(len(piece.text) for piece in pieces if piece.mark != "gone"):
        return [(piece, False) for piece in pieces]
    return _joined(parts)


def _clauses(pieces: Sequence[Piece]) -> Iterator[Clause]:
    """Yield the clauses of a redline, each with its closing mark; no bracket is split."""
    clause, depth = Clause(), 0
    for mark, text in ((each.mark, each.text) for each in pieces):
        start = 0
        for end in (each.end() for each in PAUSE.finditer(text) if mark != "gone"):
            if depth + _opened(text[:end]) <= 0:
                yield [*clause, Piece(mark, text[start:end])]
                clause, start = [], end
        depth += _opened(text) if mark != "gone" else 0
        clause += [Piece(mark, text[start:])] if text[start:] else []
    if clause:
        yield clause


def _differences(pieces: Sequence[Piece]) -> frozenset[int]:
    """Return the differences of new numbers that the old numbers have, too, such as an unchanged part of a total."""
    pairs = [tuple(whole_number(each) or 0 for each in pair) for pair in replacements(pieces)]
    known = [(was, now) for was, now in pairs if was and now]
    return frozenset(
        abs(now - other) for was, now in known for old, other in known if abs(was - old) == abs(now - other) > 0
    )


def _has_number(clause: Clause, wanted: frozenset[int]) -> bool:
    text = _ASIDE.sub("", "".join(each.text for each in clause))
    return any((whole_number(each) or 0) in wanted for each in re.findall(NUMBER, text))


def _parts(clause: Clause, is_read: bool) -> Iterator[tuple[Piece, bool]]:
    """Yield the parts of a clause; in one that is not dimmed, unchanged brackets of several clauses are."""
    for mark, text in ((each.mark, each.text) for each in clause):
        last = 0
        for aside in _ASIDE.finditer(text) if is_read and mark == "kept" else ():
            yield Piece(mark, text[last : aside.start()]), False
            yield Piece(mark, aside[0]), True
            last = aside.end()
        yield Piece(mark, text[last:]), not is_read and mark == "kept"


def has_same_numbers(pieces: Sequence[Piece], beside: Sequence[Piece]) -> bool:
    """Return whether only numbers and months have changed, and the same ones as in another language."""
    texts = (pieces, beside)
    if not all(texts) or not all(map(only_numbers, texts)):
        return False
    own, other = ({tuple(map(_bare_number, pair)) for pair in replacements(each)} for each in texts)
    return own == other != set()


def _bare_number(text: str) -> str:
    """Return a number without the unit of a date and without commas, or the number of a month's name."""
    bare = text.strip().rstrip("年月日").replace(",", "")
    return str([*month_name].index(bare)) if bare in [*month_name][1:] else bare


def _near_changes(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, bool]]:
    """Yield the parts of a redline, and whether each is outside the clause, or a few words, around a change."""
    for at, (mark, text) in enumerate((each.mark, each.text) for each in pieces):
        behind, ahead = _CHARACTERS if has_han(text) else _WORDS
        first, last = behind.match(text) if at else None, ahead.search(text) if at < len(pieces) - 1 else None
        start, end = first.end() if first else 0, last.start() if last else len(text)
        pauses = [each.end() for each in PAUSE.finditer(text)]
        start = min((each for each in pauses if each < start), default=start)
        end = max((each for each in pauses if each > end), default=end)
        if mark != "kept" or end - start < SHORTEST_DIMMED:
            yield Piece(mark, text), False
        else:
            parts = ((text[:start], False), (text[start:end], True), (text[end:], False))
            yield from ((Piece(mark, part), far) for part, far in parts)


def _joined(parts: Sequence[tuple[Piece, bool]]) -> list[tuple[Piece, bool]]:
    """Join neighbouring parts that have the same mark and the same dimming."""
    found = list[tuple[Piece, bool]]()
    for piece, far in parts:
        if found and (found[-1][0].mark, found[-1][1]) == (piece.mark, far):
            found[-1] = Piece(piece.mark, found[-1][0].text + piece.text), far
        elif piece.text:
            found.append((piece, far))
    return found
