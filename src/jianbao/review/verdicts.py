"""What reviewers said of the items of an edition, the state each is in today, and translations that fell behind."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr
from jianbao.data.dates import moment
from jianbao.data.facts import Ledger
from jianbao.review.items import ReviewItem, Words
from jianbao.scoring.framework import Framework

Verb = Literal["approved", "returned", "proposed", "asked"]
State = Literal["approved", "returned", "pending"]
VERBS: tuple[Verb, ...] = ("approved", "returned", "proposed", "asked")
COPIED = ("wording", "language", "before", "after", "fact", "origin")  # what only a copy for review gives a verdict
LOG = "approvals.json"  # among the files of an edition
NORMAL, WEIGHT = "normal", "effective_weight"


@dataclass(frozen=True, kw_only=True)
class ReviewVerdict:
    """What a reviewer said of an item, and of which content (its hash).

    `at` is a moment with its difference from UTC, ISO 8601: its day is that of the place where it was said, on every
    machine. Earlier verdicts are in UTC.

    A proposal is another wording: `after` for what was `before` in a language of a statement (`wording`), facts as
    placeholders. A question is about a `fact`. Both send the item back, as a return does. `origin` is the key of what
    was read from a copy for review.
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
    """Where an item stands.

    `verdict` is the approval or return that holds, or the approval that has lapsed; `changed`: its content is another
    since. `opened` are all returns, proposals and questions since the last approval, as long as they hold. `weight` is
    the share of the index that hangs on what the item states.
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
    """Return where every item stands, in the order in which a reviewer should see them.

    First what the first page says, and then the measures, each in their order; then the rest by the share of the index
    that hangs on the facts it states; whole documents last, for any change unsettles them.
    """
    said: dict[str, list[ReviewVerdict]] = {}
    for verdict in sorted(verdicts, key=lambda each: moment(each.at)):
        said.setdefault(verdict.item, []).append(verdict)
    bearing = _Bearing(ledger, framework)
    found = [_standing(item, said.get(item.id, ()), bearing.weight(item)) for item in items]
    return sorted(found, key=lambda each: (_rank(each.item), 0 if _rank(each.item) < 2 else -round(each.weight, 9)))


def _standing(item: ReviewItem, verdicts: Sequence[ReviewVerdict], weight: float) -> ItemState:
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


class _Bearing:
    """What of the index hangs on a fact: the indicators that come from it, or that it comes from, by their weights."""

    def __init__(self, ledger: Ledger, framework: Framework) -> None:
        self._ledger = ledger
        leaves = [leaf.id for leaf in framework.indicators() if f"{NORMAL}.{leaf.id}" in ledger]
        self._weights = {leaf: ledger[f"{WEIGHT}.{leaf}"].number for leaf in leaves if f"{WEIGHT}.{leaf}" in ledger}
        self._below = {leaf: frozenset(ledger.ancestry(f"{NORMAL}.{leaf}")) for leaf in self._weights}
        self._read: dict[str, frozenset[str]] = {}

    def weight(self, item: ReviewItem) -> float:
        """Return the share of the index that hangs on what an item states."""
        leaves = {leaf for fact in item.facts for leaf in self._leaves(fact)}
        return sum(self._weights[leaf] for leaf in sorted(leaves))

    def _leaves(self, fact: str) -> frozenset[str]:
        if fact not in self._read:
            above = frozenset(self._ledger.ancestry(fact))
            self._read[fact] = frozenset(
                leaf for leaf, below in self._below.items() if fact in below or f"{NORMAL}.{leaf}" in above
            )
        return self._read[fact]


# The file of verdicts: a line of JSON each, so that it can be read, searched, and merged line by line


def write_verdicts(verdicts: Iterable[ReviewVerdict]) -> str:
    """Return verdicts as lines of a file, each whole in its line."""
    return "".join(json.dumps(each.record(), ensure_ascii=False) + "\n" for each in verdicts)


def read_verdicts(text: str, file: str, problems: Problems) -> tuple[ReviewVerdict, ...]:
    """Read the lines of a file of verdicts; every line that is none is a problem."""
    lines = ((Place(file, number), line) for number, line in enumerate(text.splitlines(), 1) if line.strip())
    return tuple(found for place, line in lines if (found := _read(line, place, problems)))


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
    """Return the approval log of an edition as JSON: where every item stands, and every verdict that was given."""
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
    """Return where an item stands, as the approval log has it."""
    item, verdict = each.item, each.verdict
    told = {"at": verdict.at, "by": verdict.by, "comment": verdict.comment} if verdict else {}
    return {
        "item": item.id,
        "kind": item.kind,
        "state": each.state,
        "changed": each.changed,
        "content": item.content,
        **told,
        "documents": list(item.documents),
        "facts": list(item.facts),
        "weight": round(each.weight, 6),
        "texts": dict(item.texts),
        **({"opened": [verdict.record() for verdict in each.opened]} if each.opened else {}),
    }


def returned_problem(file: str, item: str, by: str, comment: str) -> Problem:
    """Return what stands in the way of a final: an item that a reviewer sent back."""
    said = f": {comment}" if comment else ""
    what = tr("{by} returned '{item}'{said}", by=by, item=item, said=said)
    hint = tr("mend it, then: jianbao review approve {item} --by NAME; a draft may have it: `draft: yes`", item=item)
    return Problem(Place(file, 0, item), what, hint)


def returned_items(log: bytes, file: str) -> Problems:
    """Return a problem for each item that the approval log of an edition has as returned, or for what is no log."""
    try:
        returned = [each for each in json.loads(log)["standings"] if each["state"] == "returned"]
        return [returned_problem(file, each["item"], each["by"], each["comment"]) for each in returned]
    except (ValueError, KeyError, TypeError):
        return [Problem(Place(LOG), tr("this is not the approval log of an edition"), tr("build the edition again"))]


def pages(states: Iterable[ItemState], document: str) -> Iterator[ItemState]:
    """Yield the standings of what stands in a document."""
    return (each for each in states if document in each.item.documents)


@dataclass(frozen=True, kw_only=True)
class StaleTranslation:
    """A text of an item that no longer says what its counterpart says, at the place of the text that stayed behind.

    `changed` are the languages that went on, `behind` those that did not; `since` is the approval of both.
    """

    item: str
    wording: str
    changed: tuple[str, ...]
    behind: tuple[str, ...]
    place: Place
    since: ReviewVerdict

    def problem(self) -> Problem:
        """Return it as what a translator has to mend."""
        went, stayed = ", ".join(self.changed), ", ".join(self.behind)
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
    """Return the stale texts of items; `places` say where each wording stands in each language."""
    approved: dict[str, list[ReviewVerdict]] = {}
    for verdict in sorted(verdicts, key=lambda each: moment(each.at)):
        if verdict.verdict == "approved":
            approved.setdefault(verdict.item, []).append(verdict)
    return tuple(found for item in items for found in _stale(item, approved.get(item.id, ()), places))


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
