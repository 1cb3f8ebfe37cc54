"""Match a returned Word document with the record of the copy; words typed at a passage's edges are added to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest

from jianbao.review.copies import CopyRecord, ReturnedCopy, ReturnedText, UnmatchedText, match_passages
from jianbao.review.returned_words import SentPassage, plain
from jianbao.review.word_copies import ReturnedPassage, Text, WordCopy

_CLOSING = tuple("。！？.!?；;")


def match_copy(copy: WordCopy, record: CopyRecord) -> ReturnedCopy:
    """Return the contents of a returned document, by the passages of its record."""
    sent = {each.bookmark: each for each in record.passages}
    passages = [_PassageEdges.of(each, sent[key]) for key, each in copy.passages.items() if key in sent]
    strays = [*copy.loose, *(stray for each in passages for stray in each.strays())]
    known = match_passages(record, dict(_texts(passages)), strays)
    comments = tuple(each for each in copy.comments if each.key not in record.comments)
    return replace(known, comments=comments, formats=copy.formats)


@dataclass(frozen=True, kw_only=True)
class _PassageEdges:
    """A passage as sent and as returned, with the words typed before and behind it; None if they are unknown."""

    sent: SentPassage
    now: ReturnedPassage
    before: str | None
    behind: str | None

    @staticmethod
    def of(now: ReturnedPassage, sent: SentPassage) -> "_PassageEdges":
        edges = joined_edges(now.lead, sent.lead), joined_edges(now.tail.after, sent.tail)
        return _PassageEdges(sent=sent, now=now, before=edges[0], behind=edges[1])

    def strays(self) -> Iterator[UnmatchedText]:
        """Yield the texts beside the passage that were changed: the passage that they belong to is unknown."""
        for edge, text in ((self.before, self.now.lead), (self.behind, self.now.tail.after)):
            if edge is None:
                yield UnmatchedText(text=text, page=self.now.page, previous=self.now.bookmark)

    def gives_to(self, following: "_PassageEdges | None") -> bool:
        """Return whether the words typed behind it belong to the next passage."""
        if not following or not following.now.follows:
            return False
        own, other = ((each.sent.text, each.now.inside.after) for each in (self, following))
        return belongs_to_next(self.behind or "", own, other)


def _texts(passages: Sequence[_PassageEdges]) -> Iterator[tuple[str, ReturnedText]]:
    """Yield the text of each passage with the words typed at its edges."""
    carried = Text()
    for each, following in zip_longest(passages, passages[1:]):
        behind = Text(after=each.behind or "", authors=each.now.tail.authors)
        passed_on = each.gives_to(following)
        own_words = Text() if passed_on else behind
        authors = dict.fromkeys((*carried.authors, *each.now.inside.authors, *own_words.authors))
        text = "".join((each.before or "", carried.after, each.now.inside.after, own_words.after))
        yield each.now.bookmark, ReturnedText(text=text, authors=tuple(authors))
        carried = behind if passed_on else Text()


def joined_edges(now: str, sent: str) -> str | None:
    """Return the words added to a text beside a passage; None if that text itself was changed."""
    for one, other in ((now, sent), (plain(now), plain(sent))):
        if one.endswith(other):
            return one[: len(one) - len(other)]
        if one.startswith(other):
            return one[len(other) :]
    return None


def belongs_to_next(edge: str, here: tuple[str, str], following: tuple[str, str]) -> bool:
    """Return whether words typed between two passages of a paragraph belong to the second one.

    Overwriting the beginning of a sentence puts the new words outside its bookmark: LibreOffice inserts them before the
    old ones. They belong to the passage that lost words; a whole new sentence belongs to the passage before it.

    Args:
        edge: The words between the passages.
        here: The first passage, as sent and as returned.
        following: The second passage, as sent and as returned.

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
