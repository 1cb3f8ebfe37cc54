"""Compare two versions of an edition: facts, scores, measures and sentences."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

from jianbao.core.encoding import columns_of, has_han
from jianbao.data.facts import Fact, Ledger
from jianbao.review.compare.redline import Replacement, Texts, redline, redline_exhibit, replacements, tokens_of
from jianbao.scoring.change import ScoreChange, ScoresAtTime, split_change
from jianbao.scoring.framework import Framework
from jianbao.text.render import Piece, Statement
from jianbao.text.rules import ARGUMENT_PREFIX

FactKind = Literal["added", "removed", "changed", "restated"]
MeasureKind = Literal["new", "gone", "moved", "steady"]
SentenceKind = Literal["new", "gone", "changed"]
SAME_VALUE = 1e-12  # a smaller difference counts as none
EDITION, YEAR, FIRST_YEAR = "edition.", "year", 1000  # calendar facts, which change with each edition


@dataclass(frozen=True, kw_only=True)
class Version:
    """One edition to compare: its facts, its scores, and its statements in reading order, by unique keys."""

    label: str
    as_of: date
    ledger: Ledger
    scores_at_time: ScoresAtTime
    statements: Mapping[str, Statement]


@dataclass(frozen=True)
class ComparisonSettings:
    """Settings of a comparison: the measures whose facts are compared, and the names that are never split.

    `firm` is the share of draws that must agree for a change to be more than noise.
    """

    measures: Collection[str]
    names: Mapping[str, tuple[str, ...]]
    firm: float


@dataclass(frozen=True, kw_only=True)
class FactChange:
    """A fact that was added, removed or changed; `restated` if the value for the same period was changed.

    `effect` is the change of the index in points through the indicators that read the fact, `recalculated` the part of
    it that comes from a new score for the earlier edition's own period.
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
        """Return the key for sorting: the largest change of the index, rounded to a billionth."""
        return round(max(abs(self.effect), abs(self.recalculated)), 9)


@dataclass(frozen=True, kw_only=True)
class MeasureChange:
    """A measure in both editions: its place among the others (None if absent), and the month when it is due."""

    kind: MeasureKind
    measure: str
    places: tuple[int | None, int | None]
    due: tuple[str, str]


@dataclass(frozen=True)
class SentenceChange:
    """A changed statement: the redline in each language; `dated` if only a year or month differs."""

    kind: SentenceKind
    id: str
    redlines: Mapping[str, tuple[Piece, ...]]
    dated: bool


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All changes from one edition to another; facts and sentences by their effect on the index."""

    earlier: Version
    later: Version
    firm: float
    scores: tuple[ScoreChange, ...]
    facts: tuple[FactChange, ...]
    measures: tuple[MeasureChange, ...]
    sentences: tuple[SentenceChange, ...]

    @property
    def framework(self) -> Framework:
        """Return the framework by which both editions are scored."""
        return self.later.scores_at_time.scores.framework

    def index(self) -> ScoreChange | None:
        """Return the change of the index; None if one of the editions has no score for it."""
        return next((each for each in self.scores if each.node == self.framework.index.id), None)


def compare_versions(earlier: Version, later: Version, terms: ComparisonSettings) -> Comparison:
    """Return the changes from one edition to another."""
    framework = later.scores_at_time.scores.framework
    splits = (split_change(node.id, earlier.scores_at_time, later.scores_at_time) for node in framework.components())
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


def _facts(earlier: Version, later: Version, terms: ComparisonSettings) -> Iterator[FactChange]:
    effects = _effects(earlier.scores_at_time, later.scores_at_time)
    readers = _readers(later.scores_at_time.scores.framework)
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
    """Return whether a fact is a year, the month of a measure, or one of the edition itself: these always change."""
    numbers = [each.value for each in (change.before, change.after) if each and each.unit == YEAR]
    dated = bool(numbers) and all(isinstance(value, float | int) and value >= FIRST_YEAR for value in numbers)
    month = any(each and each.kind == "date" for each in (change.before, change.after))
    return dated or change.id.startswith(EDITION) or (month and change.id.startswith(ARGUMENT_PREFIX))


def _same(one: object, other: object) -> bool:
    if isinstance(one, float | int) and isinstance(other, float | int):
        return abs(one - other) <= SAME_VALUE * max(abs(one), abs(other), 1.0)
    return one == other


def _measured(fact_id: str, measures: Collection[str]) -> bool:
    """Return whether a fact is that of a measure, or one of a measure's family."""
    parts = fact_id.split(".")
    return any(".".join(parts[:end]) in measures for end in range(1, len(parts) + 1))


def _readers(framework: Framework) -> dict[str, tuple[str, ...]]:
    """Return the indicators that read a fact as their value, by fact."""
    readers: dict[str, tuple[str, ...]] = {}
    for leaf in framework.indicators():
        for fact in leaf.facts_read():
            readers[fact] = (*readers.get(fact, ()), leaf.id)
    return readers


def _effects(earlier: ScoresAtTime, later: ScoresAtTime) -> tuple[dict[str, float], dict[str, float]]:
    """Return the points by which each indicator changed the index, and the part of them from recalculation.

    The points add up to the change of the index by the later method.
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
    """Yield every measure of either edition, in the order of the later one, removed ones last."""
    orders = [measures_in(ledger) for ledger in (earlier, later)]
    for measure in dict.fromkeys((*orders[1], *orders[0])):
        was, now = (order.index(measure) + 1 if measure in order else None for order in orders)
        kind: MeasureKind = "new" if was is None else "gone" if now is None else "steady" if was == now else "moved"
        due = [ledger.get(f"{ARGUMENT_PREFIX}{measure}.by") for ledger in (earlier, later)]
        before, after = (str(fact.value) if fact else "" for fact in due)
        yield MeasureChange(kind=kind, measure=measure, places=(was, now), due=(before, after))


def measures_in(ledger: Ledger) -> Sequence[str]:
    """Return the measures of an edition in their order."""
    places = {fact.id.split(".")[1]: fact.number for fact in ledger.values() if _is_place(fact.id)}
    return sorted(places, key=lambda measure: places[measure])


def _is_place(fact_id: str) -> bool:
    return fact_id.startswith(ARGUMENT_PREFIX) and fact_id.endswith(".place")


# Sentences


def _sentences(
    earlier: Version, later: Version, moved: frozenset[str], names: Mapping[str, tuple[str, ...]]
) -> Iterator[SentenceChange]:
    """Yield the statements that differ in any language, in the order of the later document."""
    tokens = {language: tokens_of(called) for language, called in names.items()}
    for key in _interleaved(tuple(earlier.statements), tuple(later.statements)):
        before, after = earlier.statements.get(key), later.statements.get(key)
        redlines = {language: _redlined(before, after, language, tokens[language]) for language in names}
        if any(piece.mark != "kept" for pieces in redlines.values() for piece in pieces):
            stated = {fact for each in (before, after) if each for fact in each.facts()}
            kind: SentenceKind = "new" if before is None else "gone" if after is None else "changed"
            yield SentenceChange(kind, key, redlines, dated=kind == "changed" and not stated & moved)


def _interleaved(earlier: Sequence[str], later: Sequence[str]) -> list[str]:
    """Return the keys of both in the later order, each removed key after the one that it followed."""
    keys = list(later)
    for place, key in enumerate(earlier):
        if key not in keys:
            keys.insert(keys.index(earlier[place - 1]) + 1 if place else 0, key)
    return keys


def _redlined(
    before: Statement | None, after: Statement | None, language: str, tokens: re.Pattern[str]
) -> tuple[Piece, ...]:
    old, new = (each.text(language) if each else "" for each in (before, after))
    return (Piece("kept", new),) if old == new else redline(old, new, tokens)


# JSON


def shifted_tables(
    before: Mapping[str, Sequence[Statement]], after: Mapping[str, Sequence[Statement]], columns: Mapping[str, int]
) -> frozenset[str]:
    """Return the tables whose content is unchanged, except for the order of rows or the numbers of rows and sources."""
    both = [(each, before[each], after[each]) for each in columns if each in before and each in after]
    pairs = ((item, redline_exhibit(was, now, columns[item])) for item, was, now in both if was != now)
    return frozenset(item for item, found in pairs if found.shifted and not any(found.redlines))


def comparison_json(comparison: Comparison) -> str:
    """Return all changes as JSON, down to each fact and each piece of each sentence."""
    return json.dumps(comparison_record(comparison), ensure_ascii=False, indent=1)


def comparison_record(comparison: Comparison) -> dict[str, object]:
    """Return all changes as plain values for JSON."""
    return {
        "earlier": {"edition": comparison.earlier.label, "as_of": comparison.earlier.as_of.isoformat()},
        "later": {"edition": comparison.later.label, "as_of": comparison.later.as_of.isoformat()},
        "firm": comparison.firm,
        "scores": [
            {
                **asdict(each),
                "change": each.change,
                "comparable": each.comparable,
                "new": each.new,
                "noise": not each.firm(comparison.firm),
            }
            for each in comparison.scores
        ],
        "facts": [
            {**asdict(each), "before": _value(each.before), "after": _value(each.after)} for each in comparison.facts
        ],
        "measures": [asdict(each) for each in comparison.measures],
        "sentences": [asdict(each) for each in comparison.sentences],
    }


def _value(fact: Fact | None) -> dict[str, object] | None:
    """Return the compared fields of a fact: value, unit, denominator and date."""
    return {"value": fact.value, "unit": fact.unit, "of": fact.of, "as_of": fact.as_of} if fact else None


@dataclass(frozen=True)
class Growth:
    """How much longer a text has become, less than 0 if shorter: in Han characters if it has any, else in words.

    Two narrow characters, such as digits, are as long as a Han character.
    """

    count: int
    is_chinese: bool


def growth(pieces: Iterable[Piece]) -> Growth:
    """Return how much longer a text has become, from its deleted and new pieces."""
    found = tuple(pieces)
    before, after = ("".join(each.text for each in found if each.mark in ("kept", mark)) for mark in ("gone", "new"))
    if not has_han(before + after):
        return Growth(len(after.split()) - len(before.split()), is_chinese=False)
    columns = columns_of(after) - columns_of(before)
    return Growth((columns + (columns > 0)) // 2, is_chinese=True)


def by_replacements(sentences: Iterable[tuple[str, Texts]]) -> list[tuple[tuple[Replacement, ...], list[str]]]:
    """Group sentences by their replacements in any language; a group has the names of its sentences."""
    found: dict[tuple[Replacement, ...], list[str]] = {}
    for name, texts in sentences:
        pairs = dict.fromkeys(pair for pieces in texts.values() for pair in replacements(pieces))
        found.setdefault(tuple(pairs), []).append(name)
    return [*found.items()]
