"""Define facts and their ledger; each fact is traceable to the cells it was computed from."""

import re
import unicodedata
from collections.abc import ItemsView, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Literal

from jianbao.core.messages import tr
from jianbao.data.claim_limits import NO_LIMITS, Limits

Kind = Literal["number", "date", "name", "names", "text"]
Value = float | str | tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A source with the fields of a reference list; `grade` is one of GRADES, how close it is to the original."""

    id: str
    title: str
    producer: str
    published: str
    accessed: str
    url: str
    kind: str
    language: str
    confidence: str = ""
    grade: str = ""
    fields: Mapping[str, str] | None = None

    @property
    def is_example(self) -> bool:
        """Return whether this is a placeholder for a source that is not named yet."""
        return (self.fields or {}).get("example") == "yes"

    @property
    def bare_title(self) -> str:
        """Return the title, without the brackets of an assigned title."""
        return self.title.strip("[]")

    @property
    def distinguishing_fields(self) -> dict[str, str]:
        """Return the fields, as far as it has them, that distinguish this source from others."""
        own = {"title": self.title, "producer": self.producer, "published": self.published, "url": self.url}
        return {key: text for key, text in (own | {"pages": (self.fields or {}).get("pages", "")}).items() if text}

    def is_meant_by(self, fields: Mapping[str, str]) -> bool:
        """Return whether these fields mean this source: its title or id must agree, and all fields that both have.

        A date agrees with one that is part of it: "2025-12" with "2025-12-30".
        """
        if fields.get("title", "") not in (self.id, self.title):
            return False
        pairs = ((key, text, fields.get(key, "")) for key, text in self.distinguishing_fields.items() if key != "title")
        return all(
            own == other or (key == "published" and (own.startswith(other) or other.startswith(own)))
            for key, own, other in pairs
            if other
        )


@dataclass(frozen=True)
class Cells:
    """Cells of one table: its rows (as a spreadsheet numbers them, the head being row 1), a column, their sources."""

    table: str
    rows: tuple[int, ...]
    column: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A value with its unit, date, confidence and origin.

    `value` is a number, an ISO date (maybe partial, "2021-11"), the id of a name, several ids, or a text, as
    `kind` says. `of` keeps the denominator, so "2 of 38" and "5.3 %" are one fact. `low` and `high` are two percentiles
    of the draws (5 and 95, unless `interval` in the framework says otherwise), or the bounds of a count from an
    incomplete table. `how` is the measure that made it, as written in the measures file.
    `about` has the keys of a fact of a family, as the tables write them: ("Oceania",), ("2018",).
    `carried` counts the years since the value's own period. `limits` restricts what may be claimed with it. `series`
    says of what the value of a single cell is one of several over time: table, column, and the names in its row's key.
    """

    id: str
    value: Value
    unit: str = ""
    kind: Kind = "number"
    of: float | None = None
    as_of: str = ""
    low: float | None = None
    high: float | None = None
    comparator: str = "="
    confidence: str = "derived"
    cells: tuple[Cells, ...] = ()
    parents: tuple[str, ...] = ()
    how: str = ""
    about: tuple[str, ...] = ()
    carried: int = 0
    limits: Limits = NO_LIMITS
    series: tuple[str, ...] = field(default=(), compare=False)  # the cells say it already

    def __hash__(self) -> int:
        """Return a quick hash of only id, value and day; equality still compares everything."""
        return hash((self.id, self.value, self.as_of))

    @property
    def row(self) -> tuple[str, int] | tuple[()]:
        """Return the table and the row from which the fact comes, if it is a single one."""
        rows = [(each.table, row) for each in self.cells for row in each.rows]
        return rows[0] if len(rows) == 1 else ()

    @property
    def number(self) -> float:
        """Return the value as a number; raises TypeError if it is not one."""
        if isinstance(self.value, float | int):
            return float(self.value)
        raise TypeError(f"{self.id} is a {self.kind}, not a number")

    @property
    def share(self) -> float:
        """Return value / of; raise ZeroDivisionError without a positive denominator."""
        if not self.of:
            raise ZeroDivisionError(tr("{fact} has no denominator", fact=self.id))
        return self.number / self.of


@dataclass(frozen=True)
class Ledger(Mapping[str, Fact]):
    """All facts of an edition by id, in the order they were made; immutable, grown by `with_facts`."""

    facts: Mapping[str, Fact]
    as_of: date

    def __getitem__(self, fact_id: str) -> Fact:
        return self.facts[fact_id]

    def __contains__(self, fact_id: object) -> bool:
        return fact_id in self.facts

    def __iter__(self) -> Iterator[str]:
        return iter(self.facts)

    def __len__(self) -> int:
        return len(self.facts)

    def items(self) -> ItemsView[str, Fact]:
        """Return ids and facts, in the order they were made."""
        return self.facts.items()

    def with_facts(self, more: Iterable[Fact]) -> "Ledger":
        """Return a ledger that also holds `more`; a fact with the same id is replaced in place."""
        return replace(self, facts={**self.facts, **{fact.id: fact for fact in more}})

    def family(self, prefix: str) -> dict[str, Fact]:
        """Return the facts directly under `prefix` ("award.entries" holds "award.entries.n1"), by their last word."""
        start = prefix + "."
        return {
            fact_id[len(start) :]: fact
            for fact_id, fact in self.facts.items()
            if fact_id.startswith(start) and "." not in fact_id[len(start) :]
        }

    def below(self, prefix: str) -> tuple[Fact, ...]:
        """Return all facts below a prefix ("a.b" and "a.b.c" are below "a"), in the order they were made."""
        return self._below.get(prefix, ())

    @cached_property
    def _below(self) -> Mapping[str, tuple[Fact, ...]]:
        found: dict[str, list[Fact]] = {}
        for fact_id, fact in self.facts.items():
            end = fact_id.find(".")
            while end >= 0:
                found.setdefault(fact_id[:end], []).append(fact)
                end = fact_id.find(".", end + 1)
        return {prefix: tuple(facts) for prefix, facts in found.items()}

    def under(self, prefixes: Iterable[str]) -> "Ledger":
        """Return a ledger of only the facts with one of these ids or below one ("a.b" is below "a")."""
        wanted = frozenset(prefixes)
        found = {*(wanted & self.facts.keys()), *(fact.id for prefix in wanted for fact in self.below(prefix))}
        return replace(self, facts={key: fact for key, fact in self.facts.items() if key in found})

    def ancestry(self, fact_id: str) -> tuple[str, ...]:
        """Return the ids that a fact comes from, itself first, each once, nearest first."""
        found: dict[str, None] = {}
        waiting = [fact_id]
        while waiting:
            current = waiting.pop(0)
            if current not in found and current in self.facts:
                found[current] = None
                waiting.extend(self.facts[current].parents)
        return tuple(found)

    def cells_of(self, fact_id: str) -> tuple[Cells, ...]:
        """Return the cells that a fact rests on, directly or through its parents, each once."""
        return tuple(dict.fromkeys(cells for each in self.ancestry(fact_id) for cells in self.facts[each].cells))

    def sources_of(self, fact_id: str) -> tuple[str, ...]:
        """Return the ids of the sources that a fact rests on, directly or through its parents, each once."""
        found: dict[str, None] = {}
        for ancestor in self.ancestry(fact_id):
            for cells in self.facts[ancestor].cells:
                found.update(dict.fromkeys(cells.sources))
        return tuple(found)


def slug(key: str) -> str:
    """Return a key as a word of a fact's id: "Évora" becomes evora, "2018" becomes n2018.

    Letters without an ASCII form are written as code points, so that different keys get different words.
    """
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not word:
        word = "_".join(f"u{ord(character):x}" for character in key)
    return f"n{word}" if word[0].isdigit() else word


def difference_of(facts: Mapping[str, Fact], fact: Fact | None) -> tuple[Fact, ...]:
    """Return the two facts whose difference a fact is, the greater one first; none if it is not a difference."""
    parts = (
        tuple(facts[each] for each in fact.parents if each in facts) if fact and fact.how[:11] == "difference:" else ()
    )
    numbers = [each.value for each in (*parts, fact) if each and isinstance(each.value, float | int)]
    return parts if len(parts) == 2 and len(numbers) == 3 and numbers[0] - numbers[1] == numbers[2] else ()
