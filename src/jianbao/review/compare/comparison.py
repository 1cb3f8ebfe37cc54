"""Compare two versions of an edition: facts, scores, measures and sentences."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from jianbao.data.facts import Fact, Ledger
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.scoring.change import ScoreChange, ScoresAtTime, split_change
from jianbao.scoring.framework import Framework
from jianbao.text.argument.edition import PREFIX
from jianbao.text.render import Piece, Statement

FactKind = Literal["added", "removed", "changed", "restated"]
MeasureKind = Literal["new", "gone", "moved", "steady"]
SentenceKind = Literal["new", "gone", "changed"]
EVEN = 1e-12  # values nearer to each other than this are the same
EDITION, YEAR, FIRST_YEAR = "edition.", "year", 1000  # facts of the calendar, which move with every edition


@dataclass(frozen=True, kw_only=True)
class Version:
    """One edition as it is compared: what it knows, how it stands, and what it says, in reading order.

    `statements` has for each statement its key, unique in the document.
    """

    label: str
    as_of: date
    ledger: Ledger
    standing: ScoresAtTime
    statements: Mapping[str, Statement]


@dataclass(frozen=True)
class Terms:
    """What both editions are read by: the measures whose facts count as evidence, and the words that stay whole.

    `firm` is the share of draws that must agree before a change is more than noise.
    """

    measures: Collection[str]
    names: Mapping[str, tuple[str, ...]]
    firm: float


@dataclass(frozen=True, kw_only=True)
class FactChange:
    """A fact that one edition has and the other has not, or has otherwise; `restated` for the same period.

    `effect` is what it moved the index by, in points, through the indicators that read it; `recalculated` the part of
    it by which the earlier edition's own period is worth another score by now.
    """

    kind: FactKind
    id: str
    before: Fact | None
    after: Fact | None
    effect: float = 0.0
    recalculated: float = 0.0
    indicators: tuple[str, ...] = ()

    @property
    def weight(self) -> float:
        """Return by how much it moved the index at most, to a billionth: what it is put in order by."""
        return round(max(abs(self.effect), abs(self.recalculated)), 9)


@dataclass(frozen=True, kw_only=True)
class MeasureChange:
    """A measure in both editions: its place among the others (None: it has none), and the month when it is due."""

    kind: MeasureKind
    measure: str
    places: tuple[int | None, int | None]
    due: tuple[str, str]


@dataclass(frozen=True)
class SentenceChange:
    """A statement that reads otherwise: the redline in each language; `dated` if only year or month is another."""

    kind: SentenceKind
    id: str
    redlines: Mapping[str, tuple[Piece, ...]]
    dated: bool


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All that changed from one edition to another: facts and sentences with what moved the index most first."""

    earlier: Version
    later: Version
    firm: float
    scores: tuple[ScoreChange, ...]
    facts: tuple[FactChange, ...]
    measures: tuple[MeasureChange, ...]
    sentences: tuple[SentenceChange, ...]

    @property
    def framework(self) -> Framework:
        """Return the framework by which both are judged."""
        return self.later.standing.scores.framework

    def index(self) -> ScoreChange | None:
        """Return the change of the index; None if it has no score in one of the editions."""
        return next((each for each in self.scores if each.node == self.framework.index.id), None)


def compare_versions(earlier: Version, later: Version, terms: Terms) -> Comparison:
    """Return what changed from one edition to another."""
    framework = later.standing.scores.framework
    splits = (split_change(node.id, earlier.standing, later.standing) for node in framework.components())
    facts = sorted(_facts(earlier, later, terms), key=lambda each: (-each.weight, not each.indicators))
    moved = frozenset(each.id for each in _moved(earlier.ledger, later.ledger) if not _of_calendar(each))
    return Comparison(
        earlier=earlier,
        later=later,
        firm=terms.firm,
        scores=tuple(each for each in splits if each is not None),
        facts=tuple(facts),
        measures=tuple(_measures(earlier.ledger, later.ledger)),
        sentences=tuple(_sentences(earlier, later, moved, terms.names)),
    )


# Facts


def _facts(earlier: Version, later: Version, terms: Terms) -> Iterator[FactChange]:
    effects = _effects(earlier.standing, later.standing)
    readers = _readers(later.standing.scores.framework)
    for change in _moved(earlier.ledger, later.ledger):
        if _measured(change.id, terms.measures):
            read = readers.get(change.id, ())
            effect, again = (sum(each.get(leaf, 0.0) for leaf in read) for each in effects)
            yield FactChange(
                kind=change.kind,
                id=change.id,
                before=change.before,
                after=change.after,
                effect=effect,
                recalculated=again,
                indicators=read,
            )


def _moved(earlier: Ledger, later: Ledger) -> Iterator[FactChange]:
    for fact_id in dict.fromkeys((*later, *earlier)):
        before, after = earlier.get(fact_id), later.get(fact_id)
        kind = _kind(before, after)
        if kind:
            yield FactChange(kind=kind, id=fact_id, before=before, after=after)


def _kind(before: Fact | None, after: Fact | None) -> FactKind | None:
    if before is None or after is None:
        return "added" if after else "removed"
    if _same(before.value, after.value) and _same(before.of, after.of):
        return None
    return "restated" if before.as_of == after.as_of and before.as_of else "changed"


def _of_calendar(change: FactChange) -> bool:
    """Return whether a fact is a calendar year, a month of a measure, or of the edition itself: these always move."""
    numbers = [each.value for each in (change.before, change.after) if each and each.unit == YEAR]
    dated = bool(numbers) and all(isinstance(value, float | int) and value >= FIRST_YEAR for value in numbers)
    month = any(each and each.kind == "date" for each in (change.before, change.after))
    return dated or change.id.startswith(EDITION) or (month and change.id.startswith(f"{PREFIX}."))


def _same(one: object, other: object) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= EVEN * max(abs(one), abs(other), 1.0)
    return one == other


def _measured(fact_id: str, measures: Collection[str]) -> bool:
    """Return whether a fact is a measure's, or one of the family that a measure makes."""
    parts = fact_id.split(".")
    return any(".".join(parts[:end]) in measures for end in range(1, len(parts) + 1))


def _readers(framework: Framework) -> dict[str, tuple[str, ...]]:
    """Return which indicators read a fact as their value."""
    found: dict[str, tuple[str, ...]] = {}
    for leaf in framework.indicators():
        for fact in leaf.facts():
            found[fact] = (*found.get(fact, ()), leaf.id)
    return found


def _effects(earlier: ScoresAtTime, later: ScoresAtTime) -> tuple[dict[str, float], dict[str, float]]:
    """Return by how many points each indicator moved the index, and what of it recalculation did.

    The moves add up to the change of the index by the later method.
    """
    index, period = later.scores.framework.index.id, earlier.scores.panel.periods[earlier.row]
    old, new = earlier.scores.contributions(index), later.scores.contributions(index)
    start = {leaf: _zero(points[earlier.row]) for leaf, points in old.items()}
    moved = {leaf: _zero(points[later.row]) - start[leaf] for leaf, points in new.items()}
    if period not in later.scores.panel.periods:
        return moved, {}
    row = later.scores.panel.periods.index(period)
    return moved, {leaf: _zero(points[row]) - start[leaf] for leaf, points in new.items()}


def _zero(points: float) -> float:
    return 0.0 if points != points else float(points)


# Measures


def _measures(earlier: Ledger, later: Ledger) -> Iterator[MeasureChange]:
    """Yield every measure that either edition has, in the order of the later one, those gone last."""
    orders = [measures_in(ledger) for ledger in (earlier, later)]
    for measure in dict.fromkeys((*orders[1], *orders[0])):
        was, now = (order.index(measure) + 1 if measure in order else None for order in orders)
        kind: MeasureKind = "new" if was is None else "gone" if now is None else "steady" if was == now else "moved"
        due = [ledger.get(f"{PREFIX}.{measure}.by") for ledger in (earlier, later)]
        before, after = (str(fact.value) if fact else "" for fact in due)
        yield MeasureChange(kind=kind, measure=measure, places=(was, now), due=(before, after))


def measures_in(ledger: Ledger) -> Sequence[str]:
    """Return the measures of an edition in their order."""
    places = {fact.id.split(".")[1]: fact.number for fact in ledger.values() if _is_place(fact.id)}
    return sorted(places, key=lambda measure: places[measure])


def _is_place(fact_id: str) -> bool:
    return fact_id.startswith(f"{PREFIX}.") and fact_id.endswith(".place")


# Sentences


def _sentences(
    earlier: Version, later: Version, moved: frozenset[str], names: Mapping[str, tuple[str, ...]]
) -> Iterator[SentenceChange]:
    """Yield what reads otherwise in some language, in the order of the later document."""
    tokens = {language: tokens_of(called) for language, called in names.items()}
    for key in _interleaved(tuple(earlier.statements), tuple(later.statements)):
        before, after = earlier.statements.get(key), later.statements.get(key)
        redlines = {language: _redlined(before, after, language, tokens[language]) for language in names}
        if any(piece.mark != "kept" for pieces in redlines.values() for piece in pieces):
            stated = {fact for each in (before, after) if each for fact in each.facts()}
            kind: SentenceKind = "new" if before is None else "gone" if after is None else "changed"
            yield SentenceChange(kind, key, redlines, dated=kind == "changed" and not stated & moved)


def _interleaved(earlier: Sequence[str], later: Sequence[str]) -> list[str]:
    """Return the keys of both in the later order, each that is gone after the one that it followed."""
    found = list(later)
    for place, key in enumerate(earlier):
        if key not in found:
            found.insert(found.index(earlier[place - 1]) + 1 if place else 0, key)
    return found


def _redlined(
    before: Statement | None, after: Statement | None, language: str, tokens: re.Pattern[str]
) -> tuple[Piece, ...]:
    old, new = (each.text(language) if each else "" for each in (before, after))
    return (Piece("kept", new),) if old == new else redline(old, new, tokens)
