"""Turn the wordings of returned copies into proposals for the texts of the workspace."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from jianbao.review.items import written_in
from jianbao.review.proposals import Proposal, TextEdit, name_for
from jianbao.review.verdicts import ReviewVerdict
from jianbao.text.wording import Wording

_TOKEN = re.compile(r"\{\{.*?\}\}|[^\W\d_\u2e80-\uffff]+|\d+|.", re.DOTALL)


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
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
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
    old, own = _TOKEN.findall(printed), _TOKEN.findall(written)
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
