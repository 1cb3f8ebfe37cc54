"""Keep reviewers' verdicts on the items of an edition; find each item's current state and outdated translations."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.dates import moment
from jianbao.data.facts import Ledger
from jianbao.review.review_items import ReviewItem, Words
from jianbao.scoring.framework import Framework

Verb = Literal["approved", "returned", "proposed", "asked"]
State = Literal["approved", "returned", "pending"]
VERBS: tuple[Verb, ...] = ("approved", "returned", "proposed", "asked")
COPIED = ("wording", "language", "before", "after", "fact", "origin")  # fields of verdicts read from review copies
LOG = "approvals.json"  # among the files of an edition
NORMAL, WEIGHT = "normal", "effective_weight"


@dataclass(frozen=True, kw_only=True)
class ReviewVerdict:
    """A reviewer's verdict on an item, with the hash of the content that it is about.

    `at` is a time in ISO 8601 with its offset from UTC, so that its day is the reviewer's local day on every machine.
    Older verdicts are in UTC.

    A proposal replaces the wording `before` by `after`, in one `language` of the statement `wording`, with facts as
    placeholders. A question is about a `fact`. Both return the item. `origin` is the key of the remark in a review copy
    from which the verdict was read.
    """

    at: str
    by: str
    verdict: Verb
    item: str
    content: str
    words: Words
    comment: str = ""
    wording: str = ""
    language: str = ""
    before: str = ""
    after: str = ""
    fact: str = ""
    origin: str = ""

    def record(self) -> dict[str, object]:
        """Return the record that is stored, without empty fields."""
        return {key: value for key, value in asdict(self).items() if value or key not in COPIED}


@dataclass(frozen=True, kw_only=True)
class ItemState:
    """The review state of an item.

    `verdict` is the approval or return in force, or the approval that has lapsed; `changed` says whether the content
    has changed since then. `opened` has all returns, proposals and questions since the last approval that are still in
    force. `weight` is the share of the index that depends on the facts stated in the item.
    """

    item: ReviewItem
    state: State
    verdict: ReviewVerdict | None
    changed: bool
    weight: float
    opened: tuple[ReviewVerdict, ...] = ()


def item_states(
    items: Iterable[ReviewItem], verdicts: Iterable[ReviewVerdict], ledger: Ledger, framework: Framework
) -> list[ItemState]:
    """Return the state of every item, in the order in which a reviewer should see them.

    First the items of the first page, then the measures, each in document order; then the others by the share of the
    index that depends on them; whole documents last, since any change affects them.
    """
    by_item: dict[str, list[ReviewVerdict]] = {}
    for verdict in sorted(verdicts, key=lambda each: moment(each.at)):
        by_item.setdefault(verdict.item, []).append(verdict)
    shares = _IndexShares(ledger, framework)
    states = [_state_of(item, by_item.get(item.id, ()), shares.weight(item)) for item in items]
    return sorted(states, key=lambda each: (_rank(each.item), 0 if _rank(each.item) < 2 else -round(each.weight, 9)))


def _state_of(item: ReviewItem, verdicts: Sequence[ReviewVerdict], weight: float) -> ItemState:
    """Return the state of an item: returned until it is approved, approved until its content changes."""
    last = verdicts[-1] if verdicts else None
    if last is None:
        return ItemState(item=item, state="pending", verdict=None, changed=False, weight=weight)
    if last.verdict != "approved":
        approvals = [place for place, each in enumerate(verdicts) if each.verdict == "approved"]
        return ItemState(
            item=item,
            state="returned",
            verdict=last,
            changed=last.content != item.content,
            weight=weight,
            opened=tuple(verdicts[approvals[-1] + 1 if approvals else 0 :]),
        )
    returns = [place for place, each in enumerate(verdicts) if each.verdict != "approved"]
    since = verdicts[returns[-1] + 1 if returns else 0 :]
    held = next((each for each in reversed(since) if each.content == item.content), None)
    if held:
        return ItemState(item=item, state="approved", verdict=held, changed=False, weight=weight)
    return ItemState(item=item, state="pending", verdict=last, changed=True, weight=weight)


def _rank(item: ReviewItem) -> int:
    if item.kind == "document":
        return 3
    return 0 if item.front else 1 if item.kind == "measure" else 2


class _IndexShares:
    """The share of the index that depends on facts: the weights of the indicators computed from or into them."""

    def __init__(self, ledger: Ledger, framework: Framework) -> None:
        self._ledger = ledger
        leaves = [leaf.id for leaf in framework.indicators() if f"{NORMAL}.{leaf.id}" in ledger]
        self._weights = {leaf: ledger[f"{WEIGHT}.{leaf}"].number for leaf in leaves if f"{WEIGHT}.{leaf}" in ledger}
        self._below = {leaf: frozenset(ledger.ancestry(f"{NORMAL}.{leaf}")) for leaf in self._weights}
        self._read: dict[str, frozenset[str]] = {}

    def weight(self, item: ReviewItem) -> float:
        """Return the share of the index that depends on the facts that an item states."""
        leaves = {leaf for fact in item.facts for leaf in self._leaves(fact)}
        return sum(self._weights[leaf] for leaf in sorted(leaves))

    def _leaves(self, fact: str) -> frozenset[str]:
        if fact not in self._read:
            above = frozenset(self._ledger.ancestry(fact))
            self._read[fact] = frozenset(
                leaf for leaf, below in self._below.items() if fact in below or f"{NORMAL}.{leaf}" in above
            )
        return self._read[fact]


# The file of verdicts: one line of JSON for each, so that it can be read, searched and merged line by line


def write_verdicts(verdicts: Iterable[ReviewVerdict]) -> str:
    """Return verdicts as text, one on each line."""
    return "".join(json.dumps(each.record(), ensure_ascii=False) + "\n" for each in verdicts)


def read_verdicts(text: str, file: str, problems: Problems) -> tuple[ReviewVerdict, ...]:
    """Return the verdicts of a file; each line that is not a verdict is added to `problems`."""
    lines = ((Place(file, number), line) for number, line in enumerate(text.splitlines(), 1) if line.strip())
    return tuple(verdict for place, line in lines if (verdict := _read(line, place, problems)))


def _read(line: str, place: Place, problems: Problems) -> ReviewVerdict | None:
    try:
        record: Mapping[str, Any] = json.loads(line)
        fields = {key: record[key] for key in ("at", "by", "item", "content", "words")}
        verdict = next(verb for verb in VERBS if verb == record["verdict"])
        moment(fields["at"])
        further = {key: record.get(key, "") for key in ("comment", *COPIED)}
        texts = [*(fields[key] for key in ("at", "by", "item", "content")), *further.values()]
        if not all(isinstance(each, str) for each in texts) or not isinstance(fields["words"], dict):
            raise TypeError(line)
    except (ValueError, KeyError, TypeError, StopIteration):
        hint = tr("restore the line from an earlier version of the file; `jianbao review` writes it")
        problems.append(Problem(place, tr("this line is not a review entry: '{line}'", line=line[:60]), hint))
        return None
    return ReviewVerdict(verdict=verdict, **further, **fields)


def approvals(edition: str, states: Iterable[ItemState], verdicts: Iterable[ReviewVerdict]) -> bytes:
    """Return the approval log of an edition as JSON: the state of every item, and every verdict."""
    placed = list(states)
    record = {
        "edition": edition,
        "approved": sum(each.state == "approved" for each in placed),
        "items": len(placed),
        "standings": [state_record(each) for each in placed],
        "verdicts": [each.record() for each in verdicts],
    }
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def state_record(each: ItemState) -> dict[str, object]:
    """Return the state of an item as a record of the approval log."""
    item, verdict = each.item, each.verdict
    about = {"at": verdict.at, "by": verdict.by, "comment": verdict.comment} if verdict else {}
    return {
        "item": item.id,
        "kind": item.kind,
        "state": each.state,
        "changed": each.changed,
        "content": item.content,
        **about,
        "documents": list(item.documents),
        "facts": list(item.facts),
        "weight": round(each.weight, 6),
        "texts": dict(item.texts),
        **({"opened": [verdict.record() for verdict in each.opened]} if each.opened else {}),
    }


def returned_problem(file: str, item: str, by: str, comment: str, changed: bool) -> Problem:
    """Return the problem of an item that a reviewer returned, `changed` since or not: a final edition may have none."""
    what = tr("{by} returned '{item}'", by=by, item=item)
    if comment:
        what = tr("{by} returned '{item}': {comment}", by=by, item=item, comment=comment)
    hint = tr("mend it, then: jianbao review approve {item} --by NAME; a draft may have it: `draft: yes`", item=item)
    if changed:
        hint = tr("it was changed since; if it is right now: jianbao review approve {item} --by NAME", item=item)
    return Problem(Place(file, 0, item), what, hint)


def returned_items(log: bytes, file: str) -> Problems:
    """Return a problem for each returned item of an approval log, or one problem if `log` is not an approval log."""
    try:
        returned = [each for each in json.loads(log)["standings"] if each["state"] == "returned"]
        keys = ("item", "by", "comment", "changed")
        return [returned_problem(file, *(each[key] for key in keys)) for each in returned]
    except (ValueError, KeyError, TypeError):
        return [Problem(Place(LOG), tr("this is not the approval log of an edition"), tr("build the edition again"))]


def logged_texts(log: bytes) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Return the content and the texts of each item of an approval log; nothing for any other file."""
    try:
        return {each["item"]: (str(each["content"]), dict(each["texts"])) for each in json.loads(log)["standings"]}
    except (ValueError, KeyError, TypeError):
        return {}


@dataclass(frozen=True, kw_only=True)
class SinceRecorded:
    """The differences of an edition from its records: approved items, items not approved, ids that are gone.

    A document is an item here only if none of its other items explains the difference. `unproved` are the documents
    that may differ in masthead, labels, letter or references, too.
    """

    reviewed: tuple[ItemState, ...]
    waiting: tuple[ItemState, ...]
    gone: tuple[str, ...]
    unproved: tuple[str, ...]


def since_recorded(
    states: Iterable[ItemState], recorded: Mapping[str, str], proved: Collection[str] = ()
) -> SinceRecorded:
    """Return how the items of an edition differ from their `recorded` contents.

    `proved` are the documents whose differences outside their items are known.
    """
    known = {each.item.id: each for each in states}
    other = [each for each in known.values() if recorded.get(each.item.id) != each.item.content]
    explained = {document for each in other if each.item.kind != "document" for document in each.item.documents}
    listed = [each for each in other if each.item.id not in explained]
    return SinceRecorded(
        reviewed=tuple(each for each in listed if each.state == "approved"),
        waiting=tuple(each for each in listed if each.state != "approved"),
        gone=tuple(item for item in recorded if item not in known),
        unproved=tuple(each.item.id for each in other if each.item.id in explained and each.item.id not in proved),
    )


def pages(states: Iterable[ItemState], document: str) -> Iterator[ItemState]:
    """Yield the states of the items of a document."""
    return (each for each in states if document in each.item.documents)


def document_counts(states: Iterable[ItemState], documents: Mapping[str, str]) -> Translatable:
    """Return the number of approved items of each document, as on its first page; some are in several documents.

    `documents` has the names of the documents.
    """
    of_each = {each: [state.state == "approved" for state in pages(states, each)] for each in documents}
    counts = [
        tr("{document} {approved} of {count}", document=documents[each], approved=sum(approved), count=len(approved))
        for each, approved in of_each.items()
    ]
    return tr("Each document says how many of its own items are approved: {counts}", counts=tr_list(counts, "; "))


@dataclass(frozen=True, kw_only=True)
class StaleTranslation:
    """A text that was changed in some languages only since its last approval.

    `changed` are the languages with a new text, `behind` those with the approved one; `place` is that of the first
    outdated text, and `since` the approval of both.
    """

    item: str
    wording: str
    changed: tuple[str, ...]
    behind: tuple[str, ...]
    place: Place
    since: ReviewVerdict

    def problem(self) -> Problem:
        """Return it as a problem for the translator."""
        went, stayed = tr_list(self.changed), tr_list(self.behind)
        what = tr(
            "{went} was changed after {by} approved both on {at}, {stayed} was not",
            went=went,
            by=self.since.by,
            at=self.since.at[:10],
            stayed=stayed,
        )
        hint = tr(
            "bring {stayed} up to date, or if it holds: jianbao review approve {item} --by NAME",
            stayed=stayed,
            item=self.item,
        )
        return Problem(Place(self.place.file, self.place.line, f"{self.wording} {self.behind[0]}"), what, hint)


def stale_texts(
    items: Iterable[ReviewItem], verdicts: Iterable[ReviewVerdict], places: Mapping[str, Mapping[str, Place]]
) -> tuple[StaleTranslation, ...]:
    """Return the outdated texts of items; `places` has the place of each wording in each language."""
    approved: dict[str, list[ReviewVerdict]] = {}
    for verdict in sorted(verdicts, key=lambda each: moment(each.at)):
        if verdict.verdict == "approved":
            approved.setdefault(verdict.item, []).append(verdict)
    return tuple(text for item in items for text in _stale(item, approved.get(item.id, ()), places))


def _stale(
    item: ReviewItem, approved: Iterable[ReviewVerdict], places: Mapping[str, Mapping[str, Place]]
) -> Iterator[StaleTranslation]:
    for wording, now in item.words.items():
        before = [(each, each.words[wording]) for each in approved if wording in each.words]
        if not before or any(words == now for _, words in before):
            continue
        since, words = before[-1]
        changed = tuple(language for language in now if words.get(language) != now[language])
        behind = tuple(language for language in now if language not in changed)
        if behind:
            yield StaleTranslation(
                item=item.id,
                wording=wording,
                changed=changed,
                behind=behind,
                place=places[wording][behind[0]],
                since=since,
            )
