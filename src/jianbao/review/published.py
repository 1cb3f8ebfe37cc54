"""A published edition today: what of it carries something recalled, and what differs when it is made again."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isclose
from typing import Any, Literal

from jianbao.scoring.score_facts import POINT

_BLANK = re.compile(r"\s+")


@dataclass(frozen=True)
class Recalled:
    """What is recalled: a source, a fact, or a row of a table by its number in the file."""

    source: str = ""
    fact: str = ""
    table: str = ""
    row: int = 0

    def __str__(self) -> str:
        return self.source or self.fact or f"{self.table}:{self.row}"

    def rests(self, fact_id: str, record: Mapping[str, Any]) -> bool:
        """Return whether a fact, as an edition recorded it, is this one or rests directly on it."""
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
    """A sentence, figure or table of an edition: what it says in each language, in which documents, on which pages.

    `facts` are those of the affected facts and scores that it states. `pages` has the page numbers of each PDF in which
    its text was found; PDFs that are not here have none.
    """

    id: str
    texts: Mapping[str, str]
    documents: tuple[str, ...]
    facts: tuple[str, ...] = ()
    pages: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AffectedEdition:
    """A published edition that carries what is recalled: in which facts, scores, items and products, and who has it."""

    label: str
    facts: tuple[str, ...]
    scores: tuple[str, ...]
    items: tuple[AffectedItem, ...]
    products: tuple[str, ...]
    recipients: tuple[str, ...]


def touched(ledger: Mapping[str, Mapping[str, Any]], what: Recalled) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the facts that rest on something, and the scores that are made of them, in the order of the ledger."""
    return hanging_on(ledger, [fact_id for fact_id, record in ledger.items() if what.rests(fact_id, record)])


def hanging_on(
    ledger: Mapping[str, Mapping[str, Any]], facts: Collection[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return some facts and all that are made of them, and the scores that are, in the order of the ledger."""
    made: dict[str, list[str]] = {}
    for fact_id, record in ledger.items():
        for parent in record.get("parents", ()):
            made.setdefault(parent, []).append(fact_id)
    found: set[str] = set()
    waiting = [*facts]
    while waiting:
        current = waiting.pop()
        if current not in found and current in ledger:
            found.add(current)
            waiting += made.get(current, ())
    points = {fact_id for fact_id in found if ledger[fact_id].get("unit") == POINT}
    ordered = [fact_id for fact_id in ledger if fact_id in found]
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
                pages={name: found for name, shown in pages.items() if (found := _where(texts, shown))},
            )


def _where(texts: Mapping[str, str], shown: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of the pages on which one of some texts stands whole."""
    wanted = [plain for text in texts.values() if (plain := bare(text))]
    return tuple(number for number, page in enumerate(shown, 1) if any(text in page for text in wanted))


def bare(text: str) -> str:
    """Return a text without blanks."""
    return _BLANK.sub("", text)


Difference = Literal["added", "removed", "changed"]
Hashes = Mapping[str, str]
CONDITIONS = ("inputs", "fonts", "versions")
SAME = 1e-6
DERIVED = ("cells", "parents", "how")  # where a fact comes from: told apart from what it says


@dataclass(frozen=True)
class LedgerChange:
    """Something that the archive and today do not have alike; `before` and `after` are None where it is missing."""

    kind: Difference
    name: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, kw_only=True)
class Rebuild:
    """What became of a published edition, whose records were found in `folder`.

    `equal` and `unequal` are its files that are made byte for byte and otherwise, `missing` those that are not made
    today, `unset` those that were not made because they hold facts that differ. `facts` differ in what they say,
    `origins` only in where they come from. `causes` are the inputs, fonts and versions that are not what they were.
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
        """Return whether every file is made byte for byte."""
        return not (self.unequal or self.missing or self.unset)


def same_record(before: Any, after: Any) -> bool:
    """Say whether two records say the same; the last digits of a number are those of the machine that computed it."""
    if isinstance(before, float) and isinstance(after, float):
        return isclose(before, after, rel_tol=SAME, abs_tol=SAME)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(same_record(before[key], after[key]) for key in before)
    return bool(before == after)


def ledger_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[LedgerChange, ...]:
    """Return what two mappings do not have alike, in the order of the later one, what is gone last."""
    found = []
    for name in dict.fromkeys((*after, *before)):
        kind: Difference = "added" if name not in before else "removed" if name not in after else "changed"
        if kind != "changed" or not same_record(before[name], after[name]):
            found.append(LedgerChange(kind, name, before.get(name), after.get(name)))
    return tuple(found)


def ledger_records(ledger: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return, from a ledger.json, what each fact says and where it comes from; ValueError or KeyError if it is none."""
    facts = json.loads(ledger)["facts"]
    said = {key: {name: each for name, each in fact.items() if name not in DERIVED} for key, fact in facts.items()}
    whence = {key: {name: each for name, each in fact.items() if name in DERIVED} for key, fact in facts.items()}
    return said, whence


def compare_ledgers(before: bytes, after: bytes) -> tuple[tuple[LedgerChange, ...], tuple[LedgerChange, ...]]:
    """Return the facts that say something else, and those that only come from somewhere else."""
    (old, old_whence), (new, new_whence) = ledger_records(before), ledger_records(after)
    facts = ledger_changes(old, new)
    told = {each.name for each in facts}
    origins = tuple(each for each in ledger_changes(old_whence, new_whence) if each.name not in told)
    return facts, origins


def causes(before: Mapping[str, Hashes], after: Mapping[str, Hashes]) -> dict[str, tuple[LedgerChange, ...]]:
    """Return what of the inputs, fonts and versions is not what it was."""
    return {kind: ledger_changes(before.get(kind, {}), after.get(kind, {})) for kind in CONDITIONS}


STATES = ("equal", "unequal", "missing", "unset")


def sorted_files(before: Hashes, after: Hashes, unset: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the files of an edition by what became of them: equal, unequal, missing, unset."""
    skipped = set(unset)

    def state(name: str) -> str:
        if name in skipped:
            return "unset"
        if name not in after:
            return "missing"
        return "equal" if after[name] == before[name] else "unequal"

    return {each: tuple(name for name in before if state(name) == each) for each in STATES}
