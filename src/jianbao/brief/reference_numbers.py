"""Number references and evidence rows in the order of first mention."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from jianbao.data.facts import Fact, Ledger

FEW = 3  # a fact with more sources than this is marked by its row in the evidence table
FAMILY = ".*"


@dataclass(frozen=True)
class ReferenceMarks:
    """The marks after a paragraph: numbers of references, and rows of the evidence table."""

    references: tuple[int, ...] = ()
    evidence: tuple[int, ...] = ()


@dataclass(kw_only=True)
class ReferenceNumbers:
    """Assigns numbers to sources and facts when they are first mentioned.

    `listed` is False for a brief without an evidence table, which then has no marks of its rows.
    """

    ledger: Ledger
    listed: bool = True
    evidence: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    _marked: dict[str, None] = field(default_factory=dict)  # every fact that is marked, in the order of first mention

    def mark(self, facts: Iterable[str]) -> ReferenceMarks:
        """Return the marks of a paragraph that states these facts; facts without cells and parents have none."""
        references: set[int] = set()
        rows: set[int] = set()
        for fact_id in dict.fromkeys(facts):
            self._marked[fact_id] = None
            row = self.row(fact_id)
            direct = self.direct(fact_id)
            if direct and len(direct) <= FEW:
                references.update(self.reference(source) for source in direct)
            elif row:
                rows.add(row)
        return ReferenceMarks(tuple(sorted(references)), tuple(sorted(rows)))

    def families(self, prefixes: Iterable[str]) -> ReferenceMarks:
        """Return the marks of a figure: a row for each fact or family of facts that it shows."""
        named = tuple(dict.fromkeys(prefixes))
        for prefix in named:
            family = self.members(f"{prefix}{FAMILY}")
            self._marked.update(dict.fromkeys((prefix, *(fact.id for fact in family))))
        rows = [self.row(prefix) or self.family_row(prefix) for prefix in named]
        return ReferenceMarks((), tuple(sorted(row for row in rows if row)))

    def family_row(self, prefix: str) -> int:
        """Return the row of all facts under a prefix; 0 if there is none."""
        if not self.listed or not self.members(f"{prefix}{FAMILY}"):
            return 0
        return self.evidence.setdefault(f"{prefix}{FAMILY}", len(self.evidence) + 1)

    def members(self, key: str) -> tuple[Fact, ...]:
        """Return the facts of a row: one, or all of a family ("award.entries.*")."""
        if not key.endswith(FAMILY):
            return (self.ledger[key],)
        return self.ledger.below(key.removesuffix(FAMILY))

    def direct(self, fact_id: str) -> tuple[str, ...]:
        """Return the sources of the fact's own cells, each once."""
        cells = (each for fact in self.members(fact_id) for each in fact.cells)
        return tuple(dict.fromkeys(source for each in cells for source in each.sources))

    def row(self, fact_id: str) -> int:
        """Return the fact's row in the evidence table; 0 for a fact that has neither cells nor parents."""
        fact = self.ledger.get(fact_id)
        if not self.listed or fact is None or not (fact.cells or fact.parents):
            return 0
        return self.evidence.setdefault(fact_id, len(self.evidence) + 1)

    def rests_on(self) -> tuple[str, ...]:
        """Return every source behind what was marked: those with a number, and those that stand in the rows only."""
        behind = (self.ledger.sources_of(fact_id) for fact_id in self._marked if fact_id in self.ledger)
        return tuple(dict.fromkeys((*self.sources, *(source for sources in behind for source in sources))))

    def reference(self, source: str) -> int:
        """Return the number of a source in the reference list."""
        return self.sources.setdefault(source, len(self.sources) + 1)


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return numbers as ranges (first, last) of three or more in a row: 1, 3, 4, 5 -> (1, 1), (3, 5)."""
    found: list[tuple[int, int]] = []
    for _, group in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        row = [number for _, number in group]
        found += [(row[0], row[-1])] if len(row) > 2 else [(number, number) for number in row]
    return found


def span(first: int, last: int, letter: str = "", dash: str = "\u2013") -> str:
    """Return a number or a range of numbers with a letter before it: "E3", "E3–5"."""
    return f"{letter}{first}" if first == last else f"{letter}{first}{dash}{last}"


def numbered_references(numbers: Iterable[int]) -> str:
    """Return a list of numbers for a table, with ranges of three or more: "4; 5; 7; 33–39".

    The separator is no comma, because "53,100" at a line break without its space would read as one number.
    """
    return "; ".join(span(first, last) for first, last in runs(numbers))
