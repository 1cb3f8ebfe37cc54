"""Read copies for review: the record of passages as sent out, and what reviewers changed in them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher
from hashlib import sha256

from jianbao.core.encoding import shortened
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_list, verbatim
from jianbao.data.facts import Ledger
from jianbao.review.returned_words import NOTHING, Change, Question, SentPassage, compare, plain
from jianbao.review.verdicts import ReviewVerdict, Verb
from jianbao.text.render import Filled

SHORT, DIGITS = 16, 32  # hexadecimal digits of a key, and of the hash of a record
MAX_QUOTED_COLUMNS = 60  # columns of a quotation
MOVABLE = 8  # letters: a shorter text that disappears in one place and appears in another does not count as moved
_BLANK = asdict(SentPassage(bookmark="", item="", statement="", language="", text=""))
NAMELESS = ("Unknown Author", "未知作者")  # LibreOffice's author if the user has entered no name
MIN_SIMILARITY = 0.6  # least similarity of a changed paragraph with the original


@dataclass(frozen=True, kw_only=True)
class CopyRecord:
    """The record of a copy for review: its edition and document, the hash of each item's content, and its passages.

    `loose` are the paragraphs outside the passages, `comments` the keys of the comments that it contained.
    """

    edition: str
    document: str
    items: Mapping[str, str]
    passages: tuple[SentPassage, ...]
    loose: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()


def write_record(record: CopyRecord) -> str:
    """Return a record as JSON, without fields that have their usual value."""
    whole = asdict(record)
    sent = [{key: value for key, value in each.items() if value != _BLANK[key]} for each in whole.pop("passages")]
    return json.dumps({**whole, "passages": sent}, ensure_ascii=False, separators=(",", ":"))


def record_hash(text: str) -> str:
    """Return the hash under which a record is stored, and which is written into the copy."""
    return sha256(text.encode()).hexdigest()[:DIGITS]


def read_record(text: str) -> CopyRecord:
    """Read a record; raises ValueError if the text is not one."""
    try:
        fields = json.loads(text)
        sent = fields.pop("passages")
        holes = [tuple(Filled(**hole) for hole in each.pop("holes", ())) for each in sent]
        passages = tuple(SentPassage(**{**_BLANK, **each, "holes": own}) for each, own in zip(sent, holes, strict=True))
        loose, comments = (tuple(fields.pop(key)) for key in ("loose", "comments"))
        return CopyRecord(passages=passages, loose=loose, comments=comments, **fields)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error


def key_of(*parts: str) -> str:
    """Return the key by which a remark is recognised when the same copy is read again."""
    return sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:SHORT]


@dataclass(frozen=True, kw_only=True)
class CopyComment:
    """A comment or a reply: its author, time and text, and the passages that it covers, the most covered one first.

    `quote` is the text that it is attached to, `previous` the last passage before it; `page` is 0 if unknown.
    """

    author: str
    at: str
    text: str
    quote: str = ""
    passages: tuple[str, ...] = ()
    resolved: bool = False
    page: int = 0
    previous: str = ""

    @property
    def key(self) -> str:
        """Return the key by which the comment is recognised when it is read again."""
        return key_of(self.author, plain(self.text))


@dataclass(frozen=True, kw_only=True)
class ReturnedText:
    """A passage of a returned copy: its text, and the authors of tracked changes in it."""

    text: str
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UnmatchedText:
    """A text that belongs to no passage, with the last passage before it; `gone` if it was deleted from the copy."""

    text: str
    page: int = 0
    previous: str = ""
    gone: bool = False


@dataclass(frozen=True, kw_only=True)
class ReturnedCopy:
    """The contents of a returned copy: passages by bookmark, comments, and texts that belong to no passage.

    `moved` maps each moved passage to the passage that it follows now. `formats` counts the tracked changes of format,
    which are ignored.
    """

    texts: Mapping[str, ReturnedText]
    comments: tuple[CopyComment, ...] = ()
    strays: tuple[UnmatchedText, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    formats: int = 0


def match_passages(
    record: CopyRecord, found: Mapping[str, ReturnedText], strays: Iterable[UnmatchedText]
) -> ReturnedCopy:
    """Return the returned text of every passage that was sent, including moved ones and those without a bookmark.

    Args:
        record: The record of the copy as it was sent.
        found: The passages whose bookmarks are in the returned copy.
        strays: All paragraphs without a passage; those that were in the copy when it was sent are left out.

    """
    matching = _Matching(record, found, strays)
    matching.find_lost()
    matching.find_moved()
    return ReturnedCopy(texts=matching.texts, strays=tuple(matching.left()), moved=matching.moved)


class _Matching:
    """Searches for passages in the paragraphs without bookmark and in the texts of other passages."""

    def __init__(self, record: CopyRecord, found: Mapping[str, ReturnedText], strays: Iterable[UnmatchedText]) -> None:
        sent, self._missed = Counter(record.loose), Counter(record.loose)
        self._sent = {each.bookmark: each for each in record.passages}
        self.texts = {bookmark: each for bookmark, each in found.items() if bookmark in self._sent}
        self.moved: dict[str, str] = {}
        self._strays: list[UnmatchedText] = []
        for each in strays:
            text = plain(each.text)
            self._missed[text] -= 1
            if sent[text] > 0:
                sent[text] -= 1
            elif text:
                self._strays.append(replace(each, text=text))

    def find_lost(self) -> None:
        """Find the passages whose bookmark is gone: unchanged, changed, or else deleted."""
        lost = [each for bookmark, each in self._sent.items() if bookmark not in self.texts]
        changed = [each for each in lost if not self._find_unchanged(each)]
        for each in changed:
            self.texts[each.bookmark] = ReturnedText(text=self._alike(plain(each.text)))

    def _find_unchanged(self, passage: SentPassage) -> bool:
        if self._taken_out(passage.bookmark, plain(passage.text)) is None:
            return False
        self.texts[passage.bookmark] = ReturnedText(text=passage.text)
        return True

    def find_moved(self) -> None:
        """Find the passages that were moved to another place."""
        for bookmark, sent in self._sent.items():
            text = plain(sent.text)
            if len(text) >= MOVABLE and not plain(self.texts[bookmark].text):
                previous = self._taken_out(bookmark, text)
                if previous is not None:
                    self.moved[bookmark] = previous
                    self.texts[bookmark] = ReturnedText(text=sent.text)

    def _taken_out(self, bookmark: str, text: str) -> str | None:
        """Remove a text from the place where it is new; return the passage before it, None if it is nowhere."""
        for place, stray in enumerate(self._strays):
            if text and text in stray.text:
                self._strays[place] = replace(stray, text=stray.text.replace(text, "", 1).strip())
                return stray.previous
        for other, returned in self.texts.items():
            whole = plain(returned.text)
            if text and other != bookmark and text in whole and text not in plain(self._sent[other].text):
                self.texts[other] = replace(returned, text=whole.replace(text, "", 1).strip())
                return other
        return None

    def _alike(self, text: str) -> str:
        """Remove and return the paragraph most similar to a text; "" if none is similar enough."""
        ratios = [SequenceMatcher(None, text, each.text, autojunk=False).ratio() for each in self._strays]
        best = max(range(len(ratios)), key=lambda place: ratios[place], default=-1)
        return self._strays.pop(best).text if best >= 0 and ratios[best] >= MIN_SIMILARITY else ""

    def left(self) -> Iterator[UnmatchedText]:
        """Yield the paragraphs that were added, and those that were deleted."""
        yield from (each for each in self._strays if each.text)
        yield from (UnmatchedText(text=text, gone=True) for text in (+self._missed).elements() if text)


@dataclass(frozen=True, kw_only=True)
class CopyReading:
    """Turns a returned copy into verdicts of a reviewer on the items of its edition."""

    ledger: Ledger
    record: CopyRecord
    returned: ReturnedCopy
    by: str
    at: str

    def _sent(self, bookmark: str) -> SentPassage | None:
        return next((each for each in self.record.passages if each.bookmark == bookmark), None)

    def changes(self) -> Iterator[ReviewVerdict]:
        """Yield a proposal for each reworded passage, a question for each changed number, a return for each move."""
        for passage in self.record.passages:
            returned = self.returned.texts[passage.bookmark]
            if passage.bookmark in self.returned.moved:
                yield self._verdict("returned", passage, self._moved(passage), returned.authors)
            elif change := compare(passage, returned.text):
                if change.reworded:
                    yield self._verdict("proposed", passage, verbatim(change.shown), returned.authors, change=change)
                for question in change.questions:
                    text = self._question(change, question)
                    yield self._verdict("asked", passage, text, returned.authors, fact=question.fact)

    def _moved(self, passage: SentPassage) -> Translatable:
        quote = shortened(plain(passage.text), MAX_QUOTED_COLUMNS)
        after = self._quoted(self.returned.moved[passage.bookmark])
        return tr("“{quote}” should be after “{after}”", quote=quote, after=after)

    def _quoted(self, bookmark: str) -> str:
        passage = self._sent(bookmark)
        return shortened(plain(passage.text), MAX_QUOTED_COLUMNS) if passage else ""

    def _question(self, change: Change, question: Question) -> Translatable:
        """Return the text of the question that a changed number puts to the owner of the data."""
        fact = self.ledger.get(question.fact)
        tables = tr_list(dict.fromkeys(cells.table for cells in fact.cells)) if fact and fact.cells else NO_TEXT
        shown = change.shown
        values = {"fact": question.fact, "printed": question.printed, "now": question.now or NOTHING}
        if question.fact and tables:
            return tr(
                "{shown}: the fact {fact} is {printed}, from {tables}; is {now} right?",
                shown=shown,
                tables=tables,
                **values,
            )
        if question.fact:
            return tr("{shown}: the fact {fact} is {printed}; is {now} right?", shown=shown, **values)
        if question.printed:
            return tr("{shown}: this comes from the data; is it to be changed there?", shown=shown)
        return tr("{shown}: which fact gives {now}?", shown=shown, now=question.now)

    def comments(self) -> Iterator[ReviewVerdict]:
        """Yield a return for each comment on a passage that is not resolved."""
        for each in self.returned.comments:
            passage = self._commented(each)
            if passage and not each.resolved and each.text:
                quote = shortened(plain(each.quote), MAX_QUOTED_COLUMNS)
                text = tr("“{quote}”: {text}", quote=quote, text=each.text) if quote else verbatim(each.text)
                yield self._verdict("returned", passage, text, [each.author], at=each.at)

    def _commented(self, comment: CopyComment) -> SentPassage | None:
        return next(filter(None, map(self._sent, comment.passages)), None)

    def _verdict(
        self,
        verb: Verb,
        passage: SentPassage,
        comment: Translatable,
        authors: Sequence[str],
        *,
        change: Change | None = None,
        fact: str = "",
        at: str = "",
    ) -> ReviewVerdict:
        """Return a verdict on a passage, its comment beginning with the authors if they are not the reviewer."""
        others = [each for each in authors if each and each not in (self.by, *NAMELESS)]
        signed = tr("[{by}] {said}", by=tr_list(others), said=comment) if others else comment
        before, after = (change.before, change.after) if change else ("", "")
        parts = (verb, passage.item, passage.statement, passage.language, str(comment), before, after, at)
        return ReviewVerdict(
            at=self.at,
            by=self.by,
            verdict=verb,
            item=passage.item,
            content=self.record.items.get(passage.item, ""),
            words={},
            comment=signed,
            wording=passage.statement,
            language=passage.language,
            before=before,
            after=after,
            fact=fact,
            origin=key_of(*parts),
        )

    def unplaced(self) -> Iterator[Translatable]:
        """Yield what belongs to no passage: new and deleted paragraphs, and comments on neither."""
        for each in self.returned.strays:
            yield self._placed(each.page, each.previous, self._stray(each))
        for comment in self.returned.comments:
            if not self._commented(comment) and not comment.resolved:
                text = tr("comment of {by}: {text}", by=comment.author or self.by, text=comment.text)
                yield self._placed(comment.page, comment.previous, text)

    def _stray(self, stray: UnmatchedText) -> Translatable:
        text = shortened(stray.text, MAX_QUOTED_COLUMNS * 2)
        return tr("gone: “{text}”", text=text) if stray.gone else tr("new: “{text}”", text=text)

    def _placed(self, page: int, previous: str, text: Translatable) -> Translatable:
        after = self._quoted(previous)
        if page and after:
            return tr("page {page}, after “{after}”: {said}", page=page, after=after, said=text)
        return tr("after “{after}”: {said}", after=after, said=text) if after else text
