"""What the checks of claims know beside a passage: the facts of the edition, the words that claim, the draws."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from jianbao.core.messages import NO_TEXT, Translatable
from jianbao.data.facts import Fact, Ledger
from jianbao.review.claims.passages import Clauses, Passage
from jianbao.scoring.change_facts import share_above
from jianbao.scoring.panel import Floats
from jianbao.text.claim_words import ClaimWord, ClaimWords
from jianbao.text.formatter import UnsayableError, Writer
from jianbao.text.placeholders import fill_placeholder, read_placeholder

EXPLAINS = ("moved.", "moved_by.", "moved_names.")
FIRM = 0.9  # the share of draws that must agree on an order, where the series does not say


@dataclass(frozen=True)
class Finding:
    """What a check refuses in a passage: why, and what may be said instead."""

    check: str
    what: Translatable
    hint: Translatable = NO_TEXT


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The facts of an edition and what they allow.

    `draws` holds the draws of scores by the ids of their facts. `informing` are the rules that only inform, `chosen`
    the facts whose values were chosen and not stated by a source, `outside` those that others decide, `unmeasured` the
    nodes of the framework without a new value in the year.
    """

    ledger: Ledger
    words: ClaimWords
    writers: Mapping[str, Writer]
    draws: Mapping[str, Floats] = field(default_factory=dict)
    firm: float = FIRM
    informing: frozenset[str] = frozenset()
    chosen: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    unmeasured: frozenset[str] = frozenset()
    _found: dict[tuple[str, str], tuple[ClaimWord, ...]] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def explained(self) -> bool:
        """Say whether the edition has facts of what moved its scores."""
        return any(key.startswith(EXPLAINS) for key in self.ledger)

    def found(self, passage: Passage) -> tuple[ClaimWord, ...]:
        """Return every word of a passage that claims something."""
        key = (passage.language, passage.text)
        if key not in self._found:
            self._found[key] = tuple(self.words.find(*key))
        return self._found[key]

    def claims(self, passage: Passage, clauses: Clauses, *kinds: str) -> tuple[ClaimWord, ...]:
        """Return the words of some kinds in the clauses of a passage; `degree` is a kind too."""
        return tuple(
            word
            for word in self.found(passage)
            if clauses.holds(word.start) and (set(kinds) & set(word.kinds) or (word.degree and "degree" in kinds))
        )

    def kept(self, check: str, passage: Passage) -> bool:
        """Say whether a passage has a word that keeps it within what a check allows."""
        return self.words.kept(check, passage.language, passage.text)

    def share_above(self, one: str, other: str) -> float | None:
        """Return the share of draws in which one score is above another; None where either has no draws."""
        if one not in self.draws or other not in self.draws:
            return None
        return share_above(self.draws[one], self.draws[other])

    def written(self, passage: Passage, fact: Fact, filters: str) -> str:
        """Return a fact as a hole with these filters prints it in the language of a passage; "" if it cannot be."""
        try:
            hole = read_placeholder(f"it | {filters}" if filters else "it")
            return fill_placeholder(hole, self.writers[passage.language], {"it": fact}).text or ""
        except (UnsayableError, ArithmeticError, TypeError, ValueError):
            return ""

    def example(self, check: str, passage: Passage, **parts: str) -> str:
        """Return how the vocabulary words what a check allows, with its parts put in; "" if it does not say."""
        pattern = self.words.right.get(check, {}).get(passage.language, "")
        return pattern.format(**parts) if pattern else ""
