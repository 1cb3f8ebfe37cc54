"""What of a published edition carries a recalled source, fact or row: facts and scores, passages and their pages."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
        """Say whether a fact, as an edition recorded it, is this one or rests directly on it."""
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
    made: dict[str, list[str]] = {}
    for fact_id, record in ledger.items():
        for parent in record.get("parents", ()):
            made.setdefault(parent, []).append(fact_id)
    found: set[str] = set()
    waiting = [fact_id for fact_id, record in ledger.items() if what.rests(fact_id, record)]
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
