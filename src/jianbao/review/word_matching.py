"""Match a returned Word document with what was sent: each passage gets the words that were written at its edges."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest

from jianbao.review.copies import CopyRecord, FoundText, ReturnedCopy, StrayText, matched
from jianbao.review.returned_words import SentPassage, plain
from jianbao.review.word_copies import FoundPassage, Text, WordCopy

_CLOSING = tuple("。！？.!?；;")


def match_copy(copy: WordCopy, record: CopyRecord) -> ReturnedCopy:
    """Return what a returned document says, by the passages of its record."""
    sent = {each.bookmark: each for each in record.passages}
    passages = [_Edged.of(each, sent[key]) for key, each in copy.passages.items() if key in sent]
    strays = [*copy.loose, *(stray for each in passages for stray in each.strays())]
    known = matched(record, dict(_texts(passages)), strays)
    comments = tuple(each for each in copy.comments if each.key not in record.comments)
    return replace(known, comments=comments, formats=copy.formats)


@dataclass(frozen=True, kw_only=True)
class _Edged:
    """A passage as it was sent and as it is now, and what was written before and behind it; None if not known."""

    sent: SentPassage
    now: FoundPassage
    before: str | None
    behind: str | None

    @staticmethod
    def of(now: FoundPassage, sent: SentPassage) -> "_Edged":
        edges = joined_edges(now.lead, sent.lead), joined_edges(now.tail.after, sent.tail)
        return _Edged(sent=sent, now=now, before=edges[0], behind=edges[1])

    def strays(self) -> Iterator[StrayText]:
        """Yield what stands beside it where other words stood: nobody knows to which passage that belongs."""
        for edge, text in ((self.before, self.now.lead), (self.behind, self.now.tail.after)):
            if edge is None:
                yield StrayText(text=text, page=self.now.page, previous=self.now.bookmark)

    def gives_to(self, following: "_Edged | None") -> bool:
        """Say whether what was written behind it belongs to the next passage."""
        if not following or not following.now.follows:
            return False
        own, other = ((each.sent.text, each.now.inside.after) for each in (self, following))
        return belongs_to_next(self.behind or "", own, other)


def _texts(passages: Sequence[_Edged]) -> Iterator[tuple[str, FoundText]]:
    """Yield the text of each passage with what was written at its edges."""
    lent = Text()
    for each, following in zip_longest(passages, passages[1:]):
        behind = Text(after=each.behind or "", authors=each.now.tail.authors)
        given = each.gives_to(following)
        kept = Text() if given else behind
        authors = dict.fromkeys((*lent.authors, *each.now.inside.authors, *kept.authors))
        text = "".join((each.before or "", lent.after, each.now.inside.after, kept.after))
        yield each.now.bookmark, FoundText(text=text, authors=tuple(authors))
        lent = behind if given else Text()


def joined_edges(now: str, sent: str) -> str | None:
    """Return what was written before or behind a text that stood beside a passage; None if that was changed itself."""
    for one, other in ((now, sent), (plain(now), plain(sent))):
        if one.endswith(other):
            return one[: len(one) - len(other)]
        if one.startswith(other):
            return one[len(other) :]
    return None


def belongs_to_next(edge: str, here: tuple[str, str], following: tuple[str, str]) -> bool:
    """Say whether words between two passages of a paragraph belong to the second one.

    Each passage is given as it was sent and as it is now. Who writes over the beginning of a sentence writes outside
    its bookmark: LibreOffice puts new words before the old ones. They belong where words are gone; a whole new
    sentence belongs to the passage that it follows.
    """
    (sent, now), (next_sent, next_now) = (tuple(map(plain, pair)) for pair in (here, following))
    if not edge.strip() or next_now[:1] == next_sent[:1]:
        return False
    if now[-1:] != sent[-1:]:
        gained = _likeness(sent, now + edge) - _likeness(sent, now)
        return _likeness(next_sent, edge + next_now) - _likeness(next_sent, next_now) > gained
    return not next_now or not edge.rstrip().endswith(_CLOSING)


def _likeness(sent: str, now: str) -> float:
    return SequenceMatcher(None, sent, now, autojunk=False).ratio()
