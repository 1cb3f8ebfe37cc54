"""Examine published editions: what recalled data affect, what differs in a rebuild, what has changed since."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from math import isclose
from typing import Any, Literal

from jianbao.brief.model import Brief
from jianbao.data.facts import Fact, Ledger
from jianbao.review.compare.redline import MIN_SIMILARITY, Texts, only_numbers, sentences_changed_alike
from jianbao.review.review_items import ItemContext, ReviewItem, beside_items, document_content
from jianbao.review.verdicts import ItemState
from jianbao.scoring.score_facts import POINT
from jianbao.text.render import Piece, Statement

Beside = tuple[tuple[Statement, ...], tuple[str, ...]]  # a document's statements outside items, its listed sources
EVIDENCE = "table.evidence"  # a table whose rows repeat the content of sentences
_BLANK, _DIGITS = re.compile(r"\s+"), re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Recalled:
    """Recalled data: a source, a fact, or a row of a table by its number in the file."""

    source: str = ""
    fact: str = ""
    table: str = ""
    row: int = 0

    def __str__(self) -> str:
        return self.source or self.fact or f"{self.table}:{self.row}"

    def supports(self, fact_id: str, record: Mapping[str, Any]) -> bool:
        """Return whether a fact, by its record in an edition's ledger, is this one or was computed directly from it."""
        if self.fact:
            return fact_id == self.fact
        return any(
            self.source in cells.get("sources", ())
            if self.source
            else (cells.get("table"), self.row in cells.get("rows", ())) == (self.table, True)
            for cells in record.get("cells", ())
        )


@dataclass(frozen=True, kw_only=True)
class AffectedItem:
    """A sentence, figure or table of an edition: its text in each language, its documents, and its pages.

    `facts` are the affected facts and scores that it states. `pages` has the page numbers for each PDF in which its
    text was found; a PDF that is missing on this machine has none.
    """

    id: str
    texts: Mapping[str, str]
    documents: tuple[str, ...]
    facts: tuple[str, ...] = ()
    pages: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AffectedEdition:
    """A published edition with recalled data: its affected facts, scores and items, its products and recipients."""

    label: str
    facts: tuple[str, ...]
    scores: tuple[str, ...]
    items: tuple[AffectedItem, ...]
    products: tuple[str, ...]
    recipients: tuple[str, ...]


def affected_facts(ledger: Mapping[str, Mapping[str, Any]], what: Recalled) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the facts and the scores that depend on recalled data, in the order of the ledger."""
    return with_dependents(ledger, [fact_id for fact_id, record in ledger.items() if what.supports(fact_id, record)])


def with_dependents(
    ledger: Mapping[str, Mapping[str, Any]], facts: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return facts with all that are computed from them, and the scores computed from them, in the ledger's order."""
    children: dict[str, list[str]] = {}
    for fact_id, record in ledger.items():
        for parent in record.get("parents", ()):
            children.setdefault(parent, []).append(fact_id)
    dependents: set[str] = set()
    waiting = [*facts]
    while waiting:
        current = waiting.pop()
        if current not in dependents and current in ledger:
            dependents.add(current)
            waiting += children.get(current, ())
    points = {fact_id for fact_id in dependents if ledger[fact_id].get("unit") == POINT}
    ordered = [fact_id for fact_id in ledger if fact_id in dependents]
    facts = tuple(each for each in ordered if each not in points)
    return facts, tuple(each for each in ordered if each in points)


def affected_items(
    record: Mapping[str, Any], facts: Collection[str], pages: Mapping[str, Sequence[str]]
) -> Iterator[AffectedItem]:
    """Yield the items of an edition that state one of some facts."""
    for each in record["standings"]:
        stated = tuple(fact for fact in each.get("facts", ()) if fact in facts)
        if stated and each["kind"] != "document":
            texts: dict[str, str] = each["texts"]
            yield AffectedItem(
                id=each["item"],
                texts=texts,
                documents=tuple(each["documents"]),
                facts=stated,
                pages={name: numbers for name, shown in pages.items() if (numbers := _where(texts, shown))},
            )


def _where(texts: Mapping[str, str], shown: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of the pages that contain one of the texts as a whole."""
    wanted = [plain for text in texts.values() if (plain := bare(text))]
    return tuple(number for number, page in enumerate(shown, 1) if any(text in page for text in wanted))


def bare(text: str) -> str:
    """Return a text without blanks."""
    return _BLANK.sub("", text)


Difference = Literal["added", "removed", "changed"]
Hashes = Mapping[str, str]
CONDITIONS = ("inputs", "fonts", "versions")
SAME = 1e-6
DERIVED = ("cells", "parents", "how")  # the fields of a fact's origin, which are compared apart from its value


@dataclass(frozen=True)
class LedgerChange:
    """A difference between the archive and today's build; `before` or `after` is None if it is missing there."""

    kind: Difference
    name: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, kw_only=True)
class Rebuild:
    """The result of building a published edition again, whose records were read from `folder`.

    `equal` are the files with the same bytes, `unequal` those with others, `missing` those that are no longer made, and
    `unset` those that were not made because they contain facts that differ. `facts` differ in their value, `origins`
    only in their origin. `causes` are the inputs, fonts and versions that have changed.
    """

    edition: str
    folder: str
    equal: tuple[str, ...]
    unequal: tuple[str, ...]
    missing: tuple[str, ...]
    unset: tuple[str, ...]
    facts: tuple[LedgerChange, ...]
    origins: tuple[LedgerChange, ...]
    known: int
    causes: Mapping[str, tuple[LedgerChange, ...]]

    @property
    def same(self) -> bool:
        """Return whether every file has the same bytes."""
        return not (self.unequal or self.missing or self.unset)


def same_record(before: Any, after: Any) -> bool:
    """Return whether two records are equal, up to the last digits of numbers, which depend on the machine."""
    if isinstance(before, float) and isinstance(after, float):
        return isclose(before, after, rel_tol=SAME, abs_tol=SAME)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(same_record(before[key], after[key]) for key in before)
    return bool(before == after)


def ledger_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[LedgerChange, ...]:
    """Return the differences of two mappings, in the order of the later one, missing keys last."""
    changes = []
    for name in dict.fromkeys((*after, *before)):
        kind: Difference = "added" if name not in before else "removed" if name not in after else "changed"
        if kind != "changed" or not same_record(before[name], after[name]):
            changes.append(LedgerChange(kind, name, before.get(name), after.get(name)))
    return tuple(changes)


def ledger_records(ledger: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values and the origins of a ledger.json's facts; raises ValueError or KeyError for another file."""
    facts = json.loads(ledger)["facts"]
    values = {key: {name: each for name, each in fact.items() if name not in DERIVED} for key, fact in facts.items()}
    origins = {key: {name: each for name, each in fact.items() if name in DERIVED} for key, fact in facts.items()}
    return values, origins


def compare_ledgers(before: bytes, after: bytes) -> tuple[tuple[LedgerChange, ...], tuple[LedgerChange, ...]]:
    """Return the facts whose values differ, and those that differ only in their origin."""
    (old, old_origins), (new, new_origins) = ledger_records(before), ledger_records(after)
    facts = ledger_changes(old, new)
    changed = {each.name for each in facts}
    origins = tuple(each for each in ledger_changes(old_origins, new_origins) if each.name not in changed)
    return facts, origins


def causes(before: Mapping[str, Hashes], after: Mapping[str, Hashes]) -> dict[str, tuple[LedgerChange, ...]]:
    """Return the changes of inputs, fonts and versions, by kind."""
    return {kind: ledger_changes(before.get(kind, {}), after.get(kind, {})) for kind in CONDITIONS}


STATES = ("equal", "unequal", "missing", "unset")


def sorted_files(before: Hashes, after: Hashes, unset: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the files of an edition by their state: equal, unequal, missing, unset."""
    skipped = set(unset)

    def state(name: str) -> str:
        if name in skipped:
            return "unset"
        if name not in after:
            return "missing"
        return "equal" if after[name] == before[name] else "unequal"

    return {each: tuple(name for name in before if state(name) == each) for each in STATES}


def counterparts(gone: Mapping[str, Statement], fresh: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return for each removed id of a sentence the id of the new sentence that is most similar to it.

    The id of a sentence changes if others are inserted or removed before it. `fresh` has texts by language.
    """

    def likeness(was: Statement, texts: Mapping[str, str]) -> float:
        pairs = [(was.text(key), text) for key, text in texts.items() if key in was.sentences]
        return max((SequenceMatcher(None, *pair, autojunk=False).ratio() for pair in pairs), default=0.0)

    pairs = [(likeness(former, texts), new, old) for new, texts in fresh.items() for old, former in gone.items()]
    found = dict[str, str]()
    for like, new, old in sorted(pairs, reverse=True):
        if like >= MIN_SIMILARITY and old not in found and new not in found.values():
            found[old] = new
    return found


# What has changed in a table or list of sources


def moved_facts(before: Mapping[str, Fact], now: Mapping[str, Fact]) -> frozenset[str]:
    """Return the facts whose values differ from those of a published edition by more than a machine's last digits."""
    return frozenset(key for key in {*before} & {*now} if not same_record(before[key].value, now[key].value))


def new_sources(before: Mapping[str, Fact], now: Mapping[str, Fact], moved: Iterable[str]) -> list[str]:
    """Return the sources of moved facts that no fact of a published edition names."""
    old = {name for fact in before.values() for each in fact.cells for name in each.sources}
    return sorted({name for fact in moved for each in now[fact].cells for name in each.sources} - old)


def moved_sources(was: Ledger, now: Ledger, facts: Iterable[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the facts behind others that rest on none of their former sources: those, and what they rest on now."""
    behind = dict.fromkeys(each for fact in facts for ledger in (was, now) for each in ledger.ancestry(fact))
    pairs = {each: (was.sources_of(each), now.sources_of(each)) for each in behind}
    return {each: (old, new) for each, (old, new) in pairs.items() if old and new and not {*old} & {*new}}


def is_plain(moved: Mapping[str, Any]) -> bool:
    """Return whether only numbers and their days, or the order of rows, have changed in an item."""
    return (
        bool(moved["sentences"] or moved["shifted"])
        and not (moved["reworded"] or moved["facts"])
        and only_numbers([*_pieces(moved["sentences"])])
    )


def shown_above(moved: Mapping[str, Mapping[str, Any]], listed: Sequence[ItemState]) -> frozenset[str]:
    """Return the figures and tables whose changed numbers, with rows added or removed, are also in sentences."""
    exhibits = [each.item.id for each in listed if each.item.kind in ("figure", "table")]
    pieces = {item: [*_pieces(each["sentences"])] for item, each in moved.items()}
    texts = {item: [each.text for each in found if each.mark != "kept"] for item, found in pieces.items()}
    shown = {number for item in texts if item not in exhibits for number in _DIGITS.findall(" ".join(texts[item]))}
    whole = [
        item
        for item in exhibits
        if item == EVIDENCE or only_numbers(pieces[item]) or len(texts[item]) == len(pieces[item])
    ]
    values = {item: [value for _, *pair in moved[item]["facts"] for value in pair] for item in whole}
    numbers = {item: {*_DIGITS.findall(" ".join(found))} for item, found in values.items()}
    return frozenset(
        each for each, found in numbers.items() if found and found <= shown and not moved[each]["reworded"]
    )


def _pieces(sentences: Iterable[Texts]) -> Iterator[Piece]:
    return (piece for texts in sentences for pieces in texts.values() for piece in pieces)


def items_changed_alike(moved: Mapping[str, Mapping[str, Any]], listed: Sequence[ItemState]) -> frozenset[str]:
    """Return the sentences in which only numbers have changed that changed in the same way in others, too."""
    texts = {
        each.item.id: {key: found for texts in moved[each.item.id]["sentences"] for key, found in texts.items()}
        for each in listed
        if each.item.kind == "statement" and len(moved[each.item.id]["sentences"]) == 1
    }
    return sentences_changed_alike({item: found for item, found in texts.items() if is_plain(moved[item])})


def one_sentence(moved: Mapping[str, Any], kind: str) -> Texts:
    """Return the redline of an item in each language if only one sentence has changed in it; {} otherwise."""
    beside = any(moved[each] for each in ("facts", "sources", "reworded", "shifted", "new"))
    return {} if beside or kind != "statement" or len(moved["sentences"]) != 1 else moved["sentences"][0]


def by_meaning(items: Iterable[str], facts: Mapping[str, frozenset[str]]) -> list[str]:
    """Return items in order, each followed by those that state nearly the same facts, the most similar first."""
    left, found = [*items], list[str]()
    while left:
        first, *left = left
        own = facts.get(first, frozenset())
        others = {each: facts.get(each, frozenset()) for each in left}
        shares = {each: len(own & other) / max(len(own | other), 1) for each, other in others.items()}
        alike = [each for each in left if shares[each] >= MIN_SIMILARITY]
        found += [first, *sorted(alike, key=shares.__getitem__, reverse=True)]
        left = [each for each in left if each not in alike]
    return found


def proved_documents(
    items: Iterable[ReviewItem],
    contents: Mapping[str, str],
    statements: Mapping[str, Sequence[Statement]],
    briefs: Mapping[str, tuple[Brief, Brief]],
    origin: ItemContext,
) -> Iterator[tuple[str, Beside]]:
    """Yield the documents that the record proves, with their statements outside items and their listed sources.

    `contents` and `statements` are from the record; `briefs` are the documents from its facts, and the current ones.
    """
    inside = [each for each in items if each.kind != "document"]
    words = {each.id: each for found in statements.values() if len(found) == 1 for each in found}
    texts = {key: {language: each.text(language) for language in each.sentences} for key, each in words.items()}
    for template, (then, today) in briefs.items():
        own = (contents.get(each.id, "") for each in inside if template in each.documents)
        if document_content(then, own, texts) == contents.get(template):
            (before, beside), (now, _) = (beside_items(each, origin) for each in (then, today))
            if [each for each in before if each in now] == [each for each in now if each in before]:
                yield template, (beside, tuple(each.source for each in then.references))
