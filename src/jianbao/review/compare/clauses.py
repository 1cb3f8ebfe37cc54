"""What of a redline need not be read: sentences that are cut out of it, and clauses that are dimmed."""

import re
from collections.abc import Iterator, Sequence

from jianbao.core.encoding import count_han, has_han
from jianbao.review.compare.redline import NUMBER, PAUSE, WORD, replacements
from jianbao.text.render import Piece

_STOP = re.compile(r"[。！？；]|[.!?;](?=\s|$)")  # what ends a sentence, or one of those that a semicolon joins
SHORT, SHORT_WORDS = 60, 30  # characters of Chinese, or words, that are shown whole
SHORTEST_CUT = 24  # characters of unchanged sentences that are left out
_ASIDE = re.compile(r"[（(][^（()）]*[，；：,;:][^（()）]*[)）]")  # a bracket of several clauses
LEAST_DIMMED = 3  # less than one part in so many is not dimmed

Clause = list[Piece]


def in_context(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Return a redline without its unchanged sentences, but with an ellipsis; a short one, and a bracket, is whole."""
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
    """Return the ends of an unchanged part: the rest of the sentence before it, the beginning of the one after it."""
    stops = [end for match in _STOP.finditer(text) if depth + _opened(text[: (end := match.end())]) <= 0]
    start, end = (stops[0] if after else 0, stops[-1] if before else len(text)) if stops else (0, 0)
    if end - start <= SHORTEST_CUT:
        return text
    gap = "" if count_han(text) else " "
    return f"{text[:start].rstrip()}{gap if start else ''}…{gap if end < len(text) else ''}{text[end:].lstrip()}"


def in_clauses(pieces: Sequence[Piece], before: Sequence[Piece] = ()) -> list[tuple[Piece, bool]]:
    """Split a redline into parts, each with whether it may be dimmed: the change can be judged without it.

    Clauses that the sentence `before`, which has just been read, has in the same words with the same changes are, too.

    What is read are the clauses with a change, those before them in their sentence, of which one has the subject, and
    those with the number by which two new ones differ. Where that leaves little out, all of it is read.
    """
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
    """Yield the clauses of a redline, each with the mark that ends it; no bracket is cut."""
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
    """Return the differences of new numbers that the old ones have, too, such as a part of a total that stays."""
    pairs = [tuple(map(_whole_number, pair)) for pair in replacements(pieces)]
    known = [(was, now) for was, now in pairs if was and now]
    return frozenset(
        abs(now - other) for was, now in known for old, other in known if abs(was - old) == abs(now - other) > 0
    )


def _whole_number(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() else 0


def _has_number(clause: Clause, wanted: frozenset[int]) -> bool:
    text = _ASIDE.sub("", "".join(each.text for each in clause))
    return any(_whole_number(each) in wanted for each in re.findall(NUMBER, text))


def _parts(clause: Clause, is_read: bool) -> Iterator[tuple[Piece, bool]]:
    """Yield the parts of a clause; of one that is read, brackets of several clauses without a change are left out."""
    for mark, text in ((each.mark, each.text) for each in clause):
        last = 0
        for aside in _ASIDE.finditer(text) if is_read and mark == "kept" else ():
            yield Piece(mark, text[last : aside.start()]), False
            yield Piece(mark, aside[0]), True
            last = aside.end()
        yield Piece(mark, text[last:]), not is_read


def _joined(parts: Sequence[tuple[Piece, bool]]) -> list[tuple[Piece, bool]]:
    """Join neighbouring parts that have the same mark and the same dimming."""
    found = list[tuple[Piece, bool]]()
    for piece, far in parts:
        if found and (found[-1][0].mark, found[-1][1]) == (piece.mark, far):
            found[-1] = Piece(piece.mark, found[-1][0].text + piece.text), far
        elif piece.text:
            found.append((piece, far))
    return found
