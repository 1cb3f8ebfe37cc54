"""Points of a checklist: what is claimed, how it was decided, what was found, and what all of it comes to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from jianbao.review.quality.document_view import DocumentView, Flag

MET, PARTLY, FAILED = 2, 1, 0
GROUP, TOTAL = 0.70, 0.85  # of the score that can be had: the least of a good brief
TENTH, QUARTER = 0.10, 0.25


@dataclass(frozen=True)
class Finding:
    """What was found: a score (None: nothing here to judge, or only by eye), why, and where to look."""

    score: int | None
    why: str
    flags: tuple[Flag, ...] = ()


Check = Callable[[DocumentView], Finding]


@dataclass(frozen=True)
class Point:
    """A point of the checklist: `how` is P (by program), EP (program flags, an editor decides) or E (by eye).

    A point with `stop` fails the whole brief at 0. `tongue` limits it to a language ("zh"); "" is any.
    """

    number: int
    claim: str
    how: str
    check: Check
    stop: bool = False
    tongue: str = ""


@dataclass(frozen=True)
class PointGroup:
    """Points that belong together, under the letter and name by which the checklist calls them."""

    letter: str
    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Decision:
    """What was found on one point in one language."""

    group: PointGroup
    point: Point
    language: str
    finding: Finding

    @property
    def stops(self) -> bool:
        """Say whether this alone fails the brief."""
        return self.point.stop and self.finding.score == FAILED


@dataclass(frozen=True)
class QualityVerdict:
    """All decisions on one finished file."""

    product: str
    decisions: tuple[Decision, ...]

    @property
    def total(self) -> float:
        """Return the share of the score that could be had."""
        return score_share(self.decisions)

    def groups(self) -> dict[PointGroup, tuple[Decision, ...]]:
        """Return the decisions of each group."""
        return {group: tuple(each) for group, each in groupby(self.decisions, key=lambda one: one.group)}

    def reasons(self) -> tuple[str, ...]:
        """Return why the brief is not a good one; nothing if it is."""
        stopped = [
            f"point {one.point.number} ({one.language}) is at 0 and stops the brief"
            for one in self.decisions
            if one.stops
        ]
        low = [
            f"group {group.letter} has {score_share(each):.0%}, under {GROUP:.0%}"
            for group, each in self.groups().items()
            if score_share(each) < GROUP
        ]
        short = [f"the total is {self.total:.0%}, under {TOTAL:.0%}"] if self.total < TOTAL else []
        return tuple(stopped + low + short)


def score_share(decisions: Iterable[Decision]) -> float:
    """Return how much of the score that can be had was given; 1.0 where nothing was decided."""
    scores = [one.finding.score for one in decisions if one.finding.score is not None]
    return sum(scores) / (MET * len(scores)) if scores else 1.0


def by_count(flags: Sequence[Flag], few: int, why: str) -> Finding:
    """Return 2 without flags, 1 with a few, else 0."""
    score = MET if not flags else PARTLY if len(flags) <= few else FAILED
    return Finding(score, why.format(len(flags)), tuple(flags))


def by_share(flags: Sequence[Flag], of: int, why: str, most: float = QUARTER, free: float = 0.0) -> Finding:
    """Return 2 where no more than the share `free` is flagged, 1 up to `most`, else 0; None if there is nothing."""
    if not of:
        return Finding(None, "nothing here to judge")
    flagged = len(flags) / of
    score = MET if flagged <= free else PARTLY if flagged <= most else FAILED
    return Finding(score, why.format(of - len(flags), of), tuple(flags))


def by_parts(parts: Iterable[tuple[bool, str]], flags: Sequence[Flag] = ()) -> Finding:
    """Return 2 where every part holds, 1 where at least half do, else 0; `why` names those that do not."""
    listed = tuple(parts)
    missing = [what for holds, what in listed if not holds]
    score = MET if not missing else PARTLY if len(missing) <= len(listed) / 2 else FAILED
    why = f"{len(listed) - len(missing)} of {len(listed)} hold" + (f"; not: {'; '.join(missing)}" if missing else "")
    return Finding(score, why, tuple(flags))


def by_eye(flags: Sequence[Flag], what: str) -> Finding:
    """Return no score, and where an editor looks for what."""
    return Finding(None, f"for the editor: {what}", tuple(flags))
