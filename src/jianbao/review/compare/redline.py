"""Mark the deleted and new parts of a sentence, by words, names and whole numbers, and of a table, row by row."""

import re
from calendar import month_name
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile, zip_longest

from jianbao.core.encoding import HAN, has_han
from jianbao.text.render import Mark, Piece, Statement

NUMBER = r"[−+-]?(?:[A-Z]{2,3}\$|[$€£¥])?\d+(?:[.,]\d+)*(?:[%‰]|st\b|nd\b|rd\b|th\b)?(?:[万亿]+)?"
_LETTER = rf"[^\W\d_{HAN}]"
WORD = rf"{_LETTER}+(?:['’-]{_LETTER}+)*"
MIN_SIMILARITY = 0.5  # less similar sentences are replaced as a whole
_REFERENCES = re.compile(r"\s?\[\d[\d;–, ]*\]|(?<![A-Za-z0-9])E\d+(?:–E?\d+)?(?!\d)")
_SERIAL = re.compile(r"(?:E?\d++(?:[;,–]\s?)?)*")  # the number of a row, or the numbers of its sources
_MONTHS = "|".join(month_name[1:])
NUMBERS = re.compile(rf"[\s,.]*(?:(?>{NUMBER}|{_MONTHS})[\s,.]*)*")  # numbers stay whole, or this takes minutes
ISLAND, ISLAND_OF_WORDS = 4, 3  # the fewest Han characters, or words, that stay unmarked between two changes
PAUSE = re.compile(r"[，；。：！？]|[,;:.!?](?=\s|$)")  # the end of a clause
_DAY_BEFORE = re.compile(rf"(?:\d+[年月])+$|(?:\b\d{{1,2}} )?\b(?:{_MONTHS}) $")  # a date before a number
_DAYS_AFTER = (  # the end of a change within a date, and the rest of that date
    (re.compile(r"\d$"), re.compile(r"(?:[年月日](?:\d+(?=[月日]))?)+")),
    (re.compile(rf"\b(?:{_MONTHS})$"), re.compile(r" \d{4}\b")),
)


def redline(before: str, after: str, tokens: re.Pattern[str]) -> tuple[Piece, ...]:
    """Return the pieces of a changed sentence in reading order; no token is split.

    The kept and deleted pieces together are `before`, the kept and new ones `after`.
    """
    old, new = tokens.findall(before), tokens.findall(after)
    if not _alike(old, new, SequenceMatcher(None, _keys(old), _keys(new), autojunk=False)):
        return tuple(_pieces([(before, after)]))
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
    start, was, now = "".join(old[:same]), old[same:], new[same:]
    matcher = SequenceMatcher(None, _keys(was), _keys(now), autojunk=False)
    return tuple(_pieces(_grouped([*([(start, start)] if start else []), *_steps(matcher, was, now)])))


def only_numbers(pieces: Sequence[Piece]) -> bool:
    """Return whether nothing but numbers and the names of months has changed."""
    return all(NUMBERS.fullmatch(each.text) for each in pieces if each.mark != "kept")


Replacement = tuple[str, str]  # the old and the new text, "" if nothing
Texts = Mapping[str, Sequence[Piece]]  # the pieces of a sentence, in each language


def replacements(pieces: Sequence[Piece]) -> tuple[Replacement, ...]:
    """Return the replacements of a redline, each once; numbers of a Chinese date have their unit."""
    found, old = list[Replacement](), ""
    for piece, after in zip_longest(pieces, pieces[1:], fillvalue=Piece("kept", "")):
        if piece.mark == "gone" and after.mark == "new":
            old = piece.text
        elif piece.mark != "kept":
            unit = after.text[:1] if after.mark == "kept" and after.text[:1] in tuple("年月日") else ""
            found.append((f"{old}{unit}", f"{piece.text}{unit}") if piece.mark == "new" else (piece.text, ""))
            old = ""
    return tuple(dict.fromkeys(found))


def sentences_changed_alike(texts: Mapping[str, Texts]) -> frozenset[str]:
    """Return the keys of sentences in which only numbers have changed, at least one as in another sentence."""
    plain = {key: each for key, each in texts.items() if each and all(map(only_numbers, each.values()))}
    pairs = {
        key: {(language, pair) for language, pieces in each.items() for pair in replacements(pieces)}
        for key, each in plain.items()
    }
    counts = Counter(pair for found in pairs.values() for pair in found)
    same = frozenset(key for key, found in pairs.items() if any(counts[pair] > 1 for pair in found))
    return same if len(same) > 1 else frozenset()


def tokens_of(names: Iterable[str] = ()) -> re.Pattern[str]:
    """Return the pattern of a token: a name, a word, a whole number, or any other character.

    Names that are numbers, such as those of tasks, are left out: "2.1" would split "2.14".
    """
    called = (name for name in names if len(name) > 1 and not re.fullmatch(NUMBER, name))
    listed = "|".join(map(re.escape, sorted(called, key=len, reverse=True)))
    return re.compile("|".join(filter(None, (listed, NUMBER, WORD, r"(?s:.)"))))


def _keys(tokens: Iterable[str]) -> list[str]:
    """Return the tokens as they are matched: all numbers are equal, so that each is compared with its counterpart."""
    return ["0" if re.fullmatch(NUMBER, token) else token for token in tokens]


def _alike(old: Sequence[str], new: Sequence[str], matcher: SequenceMatcher[str]) -> bool:
    kept = sum(len("".join(old[block.a : block.a + block.size])) for block in matcher.get_matching_blocks())
    return kept >= MIN_SIMILARITY * max(len("".join(old)), len("".join(new)), 1)


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
        swallowed = was == now and 0 < place < len(runs) - 1 and _senseless(was, grouped[-1], runs[place + 1])
        if grouped and (swallowed or (was != now and grouped[-1][0] != grouped[-1][1])):
            grouped[-1] = (grouped[-1][0] + was, grouped[-1][1] + now)
        else:
            grouped.append((was, now))
    return _with_whole_days(grouped)


def _senseless(kept: str, before: Step, after: Step) -> bool:
    """Return whether a kept run makes no sense by itself: a few words of a clause between changes of words."""
    if not kept.strip():
        return not (_is_number_pair(before) and _is_number_pair(after))
    if PAUSE.search(kept) or _is_number_pair(before) or _is_number_pair(after):
        return False
    return len(kept) < ISLAND if has_han(kept) else len(re.findall(rf"{WORD}|{NUMBER}", kept)) < ISLAND_OF_WORDS


def _is_number_pair(step: Step) -> bool:
    """Return whether a number or month replaces one of its kind; a count does not replace a year."""
    was, now = ([_kind_of(each) for each in re.findall(rf"{NUMBER}|{_MONTHS}", side)] for side in step)
    return was == now != [] and all(NUMBERS.fullmatch(side) for side in step)


def _kind_of(number: str) -> str:
    return "month" if number.isalpha() else "year" if re.fullmatch("(?:19|20)[0-9]{2}", number) else "number"


def _with_whole_days(runs: Sequence[Step]) -> list[Step]:
    """Return the runs with each change that is more than a number, but begins or ends in a date, widened to it."""
    found = list(runs)
    for at, step in enumerate(runs):
        if step[0] == step[1] or _is_number_pair(step):
            continue
        before = found[at - 1][0] if at else ""
        after = found[at + 1][0] if at + 1 < len(found) else ""
        day = _DAY_BEFORE.search(before) if any(side[:1].isdigit() for side in step) else None
        lead, rest = day[0] if day else "", _rest_of_day(step, after)
        found[at] = f"{lead}{step[0]}{rest}", f"{lead}{step[1]}{rest}"
        if lead:
            found[at - 1] = (before.removesuffix(lead),) * 2
        if rest:
            found[at + 1] = (after.removeprefix(rest),) * 2
    return [each for each in found if any(each)]


def _rest_of_day(step: Step, after: str) -> str:
    """Return the rest of a date with which the text after a change begins; "" if the change does not end in a date."""
    rests = (rest for ends, rest in _DAYS_AFTER if any(ends.search(side) for side in step))
    return next((found[0] for rest in rests if (found := rest.match(after))), "")


def _pieces(runs: Iterable[Step]) -> Iterator[Piece]:
    for was, now in runs:
        marked: list[tuple[Mark, str]] = [("kept", was)] if was == now else [("gone", was), ("new", now)]
        yield from (Piece(mark, text) for mark, text in marked if text)


# Tables


Row = tuple[Statement, ...]
Redlines = Mapping[str, tuple[Piece, ...]]  # of a statement, for each language in which it differs


@dataclass(frozen=True)
class TableRedline:
    """The differences between two versions of a table; `shifted` if rows or the numbers of sources have moved, too."""

    redlines: tuple[Redlines, ...]
    shifted: bool


def redline_pair(was: Statement | None, now: Statement | None) -> Redlines:
    """Return the redlines of a statement against the old one, in the languages in which they differ."""
    there = now or was
    pairs = {
        language: (was.text(language) if was else "", now.text(language) if now else "")
        for language in (there.sentences if there else ())
    }
    return {key: redline(old, new, tokens_of()) for key, (old, new) in pairs.items() if old != new}


def redline_exhibit(before: Sequence[Statement], after: Sequence[Statement], columns: int) -> TableRedline:
    """Return the differences between the statements of two items: by place, or for a table by row.

    `columns` are those of a table: its statements are its title, the heads of its columns, its cells and its notes.
    """
    head = columns + 1
    if not columns or [each.sentences for each in before[1:head]] != [each.sentences for each in after[1:head]]:
        return TableRedline(tuple(redline_pair(*pair) for pair in zip_longest(before, after)), shifted=False)
    was, rows = (
        [tuple(each[start : start + columns]) for start in range(head, len(each) - columns + 1, columns)]
        for each in (before, after)
    )
    notes = [each[head + len(found) * columns :] for each, found in ((before, was), (after, rows))]
    beside = [redline_pair(*pair) for pair in (*zip_longest(before[:1], after[:1]), *zip_longest(*notes))]
    found = redline_rows(was, rows)
    return TableRedline((*beside, *found.redlines), found.shifted)


def redline_rows(before: Sequence[Row], after: Sequence[Row]) -> TableRedline:
    """Return the differences between the rows of two tables; each row is compared with the one on the same subject.

    That is the row with the same cells, or else with the same words, or else with most equal cells. The places of rows
    and the numbers of sources do not count as differences.
    """
    pairs = paired_rows(before, after)
    known = {place for place in pairs if place is not None}
    redlines: list[Redlines] = []
    shifted = [each for each in pairs if each is not None] != sorted(known)
    for place, row in zip(pairs, after, strict=True):
        if place is None:
            redlines.append(_whole_row("new", row))
            continue
        changed = [(was, now) for was, now in zip(before[place], row, strict=True) if redline_pair(was, now)]
        reworded = [pair for pair in changed if without_serials(pair[0]) != without_serials(pair[1])]
        shifted = shifted or len(reworded) < len(changed)
        redlines += [_in_row(row, now, redline_pair(was, now)) for was, now in reworded]
    redlines += [_whole_row("gone", row) for place, row in enumerate(before) if place not in known]
    return TableRedline(tuple(redlines), shifted)


def paired_rows(before: Sequence[Row], after: Sequence[Row]) -> list[int | None]:
    """Return for each row the place of the old row with which it is compared, None for a new one."""
    found: dict[int, int] = {}
    for key in (_cells, _named, _stems):
        waiting: dict[tuple[object, ...], list[int]] = {}
        for place, row in enumerate(before):
            if place not in found.values():
                waiting.setdefault(key(row), []).append(place)
        for place, row in enumerate(after):
            if place not in found and (alike := waiting.get(key(row))) and any(key(row)):
                found[place] = alike.pop(0)
    left = [place for place in range(len(before)) if place not in found.values()]
    for place, row in enumerate(after):
        if place not in found and left:
            best = max(left, key=lambda each: _alike_cells(before[each], row))
            if 2 * _alike_cells(before[best], row) >= len(row):
                found[place] = best
                left.remove(best)
    return [found.get(place) for place in range(len(after))]


def without_serials(cell: Statement) -> tuple[str, ...]:
    """Return the texts of a cell without the numbers of its row and sources."""
    texts = (_REFERENCES.sub("", cell.text(language)) for language in cell.sentences)
    return tuple("" if _SERIAL.fullmatch(text) and not cell.facts() else text for text in texts)


def _cells(row: Row) -> tuple[object, ...]:
    return tuple(map(without_serials, row))


def _named(row: Row) -> tuple[object, ...]:
    """Return the cells that show the subject of a row: words that state no fact."""
    return tuple(without_serials(each) for each in row if not each.facts() and _has_words(each))


def _has_words(cell: Statement) -> bool:
    return any(map(str.isalpha, "".join(without_serials(cell))))


def _stems(row: Row) -> tuple[object, ...]:
    return tuple(tuple(re.sub(NUMBER, "", text) for text in without_serials(each)) for each in row)


def _alike_cells(was: Row, now: Row) -> int:
    return sum(without_serials(one) == without_serials(other) != () for one, other in zip(was, now, strict=True))


def _whole_row(mark: Mark, row: Row) -> Redlines:
    languages = row[0].sentences if row else ()
    return {
        language: (Piece(mark, " · ".join(filter(None, (each.text(language) for each in row)))),)
        for language in languages
    }


def _in_row(row: Row, cell: Statement, redlines: Redlines) -> Redlines:
    """Return the redline of a cell after the name of its row, which is the first cell with words."""
    has_words = any(any(map(str.isalpha, each.text)) for pieces in redlines.values() for each in pieces)
    named = next(filter(_has_words, row), cell)
    if named is cell or not has_words:
        return redlines
    return {key: (Piece("kept", f"{named.text(key)} · "), *pieces) for key, pieces in redlines.items()}
