"""Wordings that came back in a copy, as changes of what writers wrote: without what a document adds around it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from jianbao.review.items import written_in
from jianbao.review.proposals import Proposal, TextEdit, name_for
from jianbao.review.verdicts import ReviewVerdict
from jianbao.text.wording import Wording

_TOKEN = re.compile(r"\{\{.*?\}\}|[^\W\d_\u2e80-\uffff]+|\d+|.", re.DOTALL)


def edit_of(verdict: ReviewVerdict, wordings: Mapping[str, Wording]) -> TextEdit | None:
    """Return the change of a text that a verdict proposes.

    None for a verdict that proposes no words, for a phrase that many places share, and for words that a document adds
    to a text by itself, such as the number of a figure: they are not in the text that would change.
    """
    if verdict.verdict != "proposed" or not verdict.after or verdict.wording not in wordings:
        return None
    texts = [each.texts.get(verdict.language) for each in wordings[verdict.wording].variants]
    written = [written_in(text) for text in texts if text]
    old = next((text for text in written if frame(text, verdict.before) is not None), verdict.before)
    new = transferred(old, verdict.before, verdict.after)
    return TextEdit(wording=verdict.wording, language=verdict.language, old=old, new=new) if new else None


def transferred(written: str, before: str, after: str) -> str | None:
    """Return a written text with the change from `before` to `after`, which are printed around it; None if it has none.

    Only what changed within the written text counts: a change of what is printed around it cannot be made there.
    """
    added = frame(written, before)
    if added is None:
        return None
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    own = [place for place in range(len(old)) if place not in added]
    said: list[str] = []
    for kind, start, end, low, high in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            said += [old[place] for place in range(start, end) if place not in added]
        elif not own or start < own[0] or end > own[-1] + 1 or _is_around(added, start, end):
            return None
        else:
            said += new[low:high]
    return "".join(said)


def _is_around(added: frozenset[int], start: int, end: int) -> bool:
    """Say whether a change of words, or new words where it is empty, lies in what is printed around a text."""
    return bool(added & {*range(start, end)}) or (start == end and {start - 1, start} <= added)


def frame(written: str, printed: str) -> frozenset[int] | None:
    """Return which words of a printed text are not in the written one; None if that is not all there in its order."""
    old, own = _TOKEN.findall(printed), _TOKEN.findall(written)
    blocks = SequenceMatcher(None, old, own, autojunk=False).get_matching_blocks()
    kept = list(_places(blocks))
    return frozenset(range(len(old))) - frozenset(kept) if len(kept) == len(own) else None


def _places(blocks: Sequence[tuple[int, int, int]]) -> Iterator[int]:
    for start, _, size in blocks:
        yield from range(start, start + size)


def proposals_of(
    verdicts: Iterable[ReviewVerdict], wordings: Mapping[str, Wording], document: str, taken: Sequence[str]
) -> dict[str, tuple[str, Proposal]]:
    """Return a proposal for each text that verdicts on a document would change, with its name, by the verdicts' origin.

    Each text is a proposal of its own, so that an editor takes over one and leaves the other. The same words for the
    same text are one. `taken` are names that others have.
    """
    found: dict[str, tuple[str, Proposal]] = {}
    made: dict[TextEdit, tuple[str, Proposal]] = {}
    for each in verdicts:
        if edit := edit_of(each, wordings):
            if edit not in made:
                name = name_for(each.by, each.at, [*taken, *(name for name, _ in made.values())])
                why = f"{document}: {each.comment}"
                made[edit] = name, Proposal(by=each.by, at=each.at, why=why, edits=(edit,))
            found[each.origin] = made[edit]
    return found
