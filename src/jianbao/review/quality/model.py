"""The points of the checklist: claims with their checks, findings, decisions, and the verdict on a finished file."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.review.quality.document_view import DocumentView, Flag

MET, PARTLY, FAILED = 2, 1, 0
GROUP, TOTAL = 0.70, 0.85  # the least share of the possible score, in each group and in total, for a good brief
TENTH, QUARTER = 0.10, 0.25
MAX_FLAGS = 2  # with more, a point is not even partly met


@dataclass(frozen=True)
class Outcome:
    """The result of a check: a score (None if there is nothing to judge, or only by eye), the reason, and flags."""

    score: int | None
    why: Translatable
    flags: tuple[Flag, ...] = ()


Check = Callable[[DocumentView], Outcome]


@dataclass(frozen=True, kw_only=True)
class Point:
    """A point of the checklist: `how` is P (by program), EP (program flags, an editor decides) or E (by eye).

    A point with `stop` fails the whole brief at 0. `only_in` limits it to a language ("zh"); "" is any.
    """

    number: int
    claim: Translatable
    how: str
    check: Check
    stop: bool = False
    only_in: str = ""


@dataclass(frozen=True)
class PointGroup:
    """A group of points with its letter and name; the decorator `point` adds a check to it."""

    letter: str
    name: Translatable
    points: list[Point] = field(default_factory=list, compare=False)

    def point(
        self, number: int, claim: Translatable, how: str, *, stop: bool = False, only_in: str = ""
    ) -> Callable[[Check], Check]:
        """Return a decorator that adds a check as a point of the group (see `Point`)."""

        def added(check: Check) -> Check:
            self.points.append(Point(number=number, claim=claim, how=how, check=check, stop=stop, only_in=only_in))
            return check

        return added


@dataclass(frozen=True)
class Decision:
    """The finding on one point in one language."""

    group: PointGroup
    point: Point
    language: str
    finding: Outcome

    @property
    def stops(self) -> bool:
        """Return whether this decision alone fails the brief."""
        return self.point.stop and self.finding.score == FAILED


@dataclass(frozen=True)
class QualityVerdict:
    """All decisions on one finished file."""

    product: str
    decisions: tuple[Decision, ...]

    @property
    def total(self) -> float:
        """Return the share of the possible score."""
        return score_share(self.decisions)

    def groups(self) -> dict[PointGroup, tuple[Decision, ...]]:
        """Return the decisions of each group."""
        return {group: tuple(each) for group, each in groupby(self.decisions, key=lambda one: one.group)}

    def reasons(self) -> tuple[Translatable, ...]:
        """Return the reasons why the brief is not good; none if it is."""
        stopped = [
            tr(
                "point {number} ({language}) is at 0 and stops the brief",
                number=one.point.number,
                language=one.language,
            )
            for one in self.decisions
            if one.stops
        ]
        low = [
            tr(
                "group {letter} has {share:.0%}, under {least:.0%}",
                letter=group.letter,
                share=score_share(each),
                least=GROUP,
            )
            for group, each in self.groups().items()
            if score_share(each) < GROUP
        ]
        short = (
            [tr("the total is {total:.0%}, under {least:.0%}", total=self.total, least=TOTAL)]
            if self.total < TOTAL
            else []
        )
        return tuple(stopped + low + short)


def score_share(decisions: Iterable[Decision]) -> float:
    """Return the share of the possible score that was given; 1.0 if nothing was decided."""
    scores = [one.finding.score for one in decisions if one.finding.score is not None]
    return sum(scores) / (MET * len(scores)) if scores else 1.0


def by_count(flags: Sequence[Flag], few: int, text: str) -> Outcome:
    """Return a finding of 2 without flags, 1 with at most `few`, else 0; `text` has a placeholder {count}."""
    score = MET if not flags else PARTLY if len(flags) <= few else FAILED
    return Outcome(score, tr(text, count=len(flags)), tuple(flags))


def by_share(flags: Sequence[Flag], of: int, text: str, most: float = QUARTER, free: float = 0.0) -> Outcome:
    """Return a finding of 2 if at most the share `free` is flagged, 1 up to `most`, else 0; None if `of` is 0."""
    if not of:
        return Outcome(None, tr("nothing here to judge"))
    flagged = len(flags) / of
    score = MET if flagged <= free else PARTLY if flagged <= most else FAILED
    return Outcome(score, tr(text, good=of - len(flags), total=of), tuple(flags))


def by_parts(parts: Iterable[tuple[bool, Translatable]], flags: Sequence[Flag] = ()) -> Outcome:
    """Return a finding of 2 if every part is true, 1 if at least half are, else 0; `why` names those that are not."""
    listed = tuple(parts)
    missing = [what for holds, what in listed if not holds]
    score = MET if not missing else PARTLY if len(missing) <= len(listed) / 2 else FAILED
    why = tr("{good} of {total} hold", good=len(listed) - len(missing), total=len(listed))
    if missing:
        why = tr("{why}; not: {missing}", why=why, missing=tr_list(missing, "; "))
    return Outcome(score, why, tuple(flags))


def by_eye(flags: Sequence[Flag], what: Translatable) -> Outcome:
    """Return a finding without score, with the flags and `what` an editor should look for."""
    return Outcome(None, tr("for the editor: {what}", what=what), tuple(flags))
