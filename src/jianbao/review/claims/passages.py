"""Define a passage, a text in one language with the facts that it states, and the evidence to check it against."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from jianbao.core.errors import Place
from jianbao.core.messages import NO_TEXT, Translatable
from jianbao.data.conditions import Condition
from jianbao.data.facts import Fact, Ledger
from jianbao.scoring.change_facts import share_above
from jianbao.scoring.panel import Floats
from jianbao.text.claim_words import ClaimWord, ClaimWords
from jianbao.text.formatter import UnsayableError, Writer
from jianbao.text.placeholders import fill_placeholder, read_placeholder

# The end of a clause: marks of both scripts, but no point or comma inside a figure.
_CLAUSE = re.compile(r"[，。；：！？（）]|[.!?;:](?=[\s\"”’]|$)|,(?=\s)|[()]")
_SENTENCE = re.compile(r"[。！？；]|[.!?](?=[\s\"”’]|$)")


DATING = ("as_of", "carried_year")  # the filters that print the day of a fact
HOLE, MARK = "\ufffc", "{…}"  # the sign for a fact in an unprinted text, and in a message about it


@dataclass(frozen=True)
class Mention:
    """A place where a passage states a fact: the letters from `start` to `end`, and the filters that wrote it."""

    fact: Fact
    start: int
    end: int
    filters: tuple[str, ...] = ()

    @property
    def value(self) -> bool:
        """Return whether it prints the value itself, and not the day of the fact or the number of compared values."""
        return not {*DATING, "since", "among", "known_until", "base"} & set(self.filters)


@dataclass(frozen=True)
class Clauses:
    """The clauses with some facts, and the neighbours without facts that belong to them: letters and facts."""

    spans: tuple[tuple[int, int], ...]
    mentions: tuple[Mention, ...]

    def holds(self, start: int) -> bool:
        """Return whether a letter is in one of them."""
        return any(first <= start < last for first, last in self.spans)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A text in one language, printed or printable.

    `conditions` choose it; `asked` are the facts that they compare. `around` are the facts of the section below a
    title. A `headline` is a title, or is on a first page, or opens a section. `overrules` gives reasons for
    the overruled checks. An `expired` passage must not be printed any more. A passage is `left` if comparisons of two
    facts chose none of the other texts of its wording.
    """

    id: str
    text: str
    language: str
    place: Place
    mentions: tuple[Mention, ...] = ()
    conditions: tuple[Condition, ...] = ()
    asked: tuple[Fact, ...] = ()
    around: tuple[Fact, ...] = ()
    headline: bool = False
    expired: bool = False
    left: bool = False
    overrules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """Return the facts that it states and those that choose it, each once."""
        found = {mention.fact.id: mention.fact for mention in self.mentions}
        return tuple({**{fact.id: fact for fact in self.asked}, **found}.values())

    @property
    def clauses(self) -> tuple[Clauses, ...]:
        """Return the clauses with facts, each with its neighbours that have none."""
        return tuple(_clauses(self.text, self.mentions))

    def around_of(self, fact: Fact) -> Clauses:
        """Return the clauses with a fact; the whole text for a fact that is not printed in it."""
        spans = [
            span for each in self.clauses if any(m.fact.id == fact.id for m in each.mentions) for span in each.spans
        ]
        if not spans:
            return Clauses(((0, len(self.text)),), self.mentions)
        return Clauses(tuple(spans), tuple(m for m in self.mentions if m.fact.id == fact.id))

    def dated(self, fact: Fact) -> bool:
        """Return whether it prints the day of a fact, or of another of the same day."""
        days = {mention.fact.as_of for mention in self.mentions if {*DATING} & {*mention.filters}}
        return fact.as_of in days

    def dated_on(self, day: str) -> bool:
        """Return whether it prints a day as that of a fact."""
        return any(mention.fact.as_of == day and {*DATING} & {*mention.filters} for mention in self.mentions)

    @property
    def shown(self) -> str:
        """Return its text for a message, with a mark for each fact that is not printed."""
        return self.text.replace(HOLE, MARK)

    def words(self, mention: Mention) -> str:
        """Return the words that it prints for a fact."""
        return self.text[mention.start : mention.end].replace(HOLE, MARK)

    def replaced(self, mention: Mention, text: str) -> str:
        """Return its text with other words for one fact."""
        return (self.text[: mention.start] + text + self.text[mention.end :]).replace(HOLE, MARK)


def compared(conditions: Iterable[Condition]) -> Iterator[Condition]:
    """Yield the tests of values in some conditions; a test whether a fact is known says nothing about its value."""
    for condition in conditions:
        if condition.parts:
            yield from compared(condition.parts)
        elif condition.test != "known":
            yield condition


def _clauses(text: str, mentions: tuple[Mention, ...]) -> Iterator[Clauses]:
    spans = list(_spans(_CLAUSE, text))
    held = [tuple(each for each in mentions if start <= each.start < end) for start, end in spans]
    ends = [match.end() for match in _SENTENCE.finditer(text)]
    sentence = [bisect_right(ends, start) for start, _ in spans]
    own: dict[int, list[tuple[int, int]]] = {at: [spans[at]] for at, facts in enumerate(held) if facts}
    for at, span in enumerate(spans):
        if at not in own:
            for other in _neighbours(at, own, sentence):
                own[other].append(span)
    for at, found in own.items():
        yield Clauses(tuple(found), held[at])


def _neighbours(at: int, own: Mapping[int, object], sentence: list[int]) -> set[int]:
    """Return the clauses to which one without facts belongs.

    In a sentence with facts, it is the clause before it, or the first; a sentence without facts belongs to both sides.
    """
    before, after = (
        max((each for each in own if each < at), default=None),
        min((each for each in own if each > at), default=None),
    )
    same = [each for each in (before, after) if each is not None and sentence[each] == sentence[at]]
    return {same[0]} if same else {each for each in (before, after) if each is not None}


def _spans(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in pattern.finditer(text):
        if match.end() > start:
            yield start, match.end()
        start = match.end()
    if start < len(text):
        yield start, len(text)


EXPLAINS = ("moved.", "moved_by.", "moved_names.")
FIRM = 0.9  # the share of draws that must agree on an order if the series sets none


@dataclass(frozen=True)
class Refusal:
    """The refusal of a check: the reason, and what is allowed instead.

    `fact` is set if the cause lies in the sources of this fact.
    """

    check: str
    what: Translatable
    hint: Translatable = NO_TEXT
    fact: str = ""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The facts of an edition, and what they allow to claim.

    `draws` holds the draws of scores by the ids of their facts. `informing` are the rules that only inform, `chosen`
    the facts whose values were chosen, not taken from a source, `outside` those that others decide, `unmeasured` the
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
        """Return whether the edition has facts about what moved its scores."""
        return any(key.startswith(EXPLAINS) for key in self.ledger)

    def found(self, passage: Passage) -> tuple[ClaimWord, ...]:
        """Return every word of a passage that claims something."""
        key = (passage.language, passage.text)
        if key not in self._found:
            self._found[key] = tuple(self.words.find(*key))
        return self._found[key]

    def claims(self, passage: Passage, clauses: Clauses, *kinds: str) -> tuple[ClaimWord, ...]:
        """Return the words of some kinds, including `degree`, in the clauses of a passage."""
        return tuple(
            word
            for word in self.found(passage)
            if clauses.holds(word.start) and (set(kinds) & set(word.kinds) or (word.degree and "degree" in kinds))
        )

    def kept(self, check: str, passage: Passage) -> bool:
        """Return whether a passage has a word that keeps it within what a check allows."""
        return self.words.kept(check, passage.language, passage.text)

    def share_above(self, one: str, other: str) -> float | None:
        """Return the share of draws in which one score is above another; None if either has no draws."""
        if one not in self.draws or other not in self.draws:
            return None
        return share_above(self.draws[one], self.draws[other])

    def written(self, passage: Passage, fact: Fact, filters: str) -> str:
        """Return a fact as a placeholder with these filters prints it in the language of a passage; "" if it cannot."""
        try:
            hole = read_placeholder(f"it | {filters}" if filters else "it")
            return fill_placeholder(hole, self.writers[passage.language], {"it": fact}).text or ""
        except (UnsayableError, ArithmeticError, TypeError, ValueError):
            return ""

    def example(self, check: str, passage: Passage, **parts: str) -> str:
        """Return the vocabulary's example of what a check allows, with its parts filled in; "" if there is none."""
        pattern = self.words.right.get(check, {}).get(passage.language, "")
        return pattern.format(**parts) if pattern else ""


def of_event(fact: Fact) -> bool:
    """Return whether a fact is a figure of one event; a greatest or least value counts as one of another event."""
    return bool(fact.limits.event) and fact.kind == "number" and fact.limits.window is None
