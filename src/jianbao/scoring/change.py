"""Split a score's change from one time to another into method, data and coverage, and judge it against the draws.

The parts follow one path, so they add up to the change: the earlier score as it was published; the same values scored
by the later method (method); the later values of the indicators that count at both times (data); all that count later
(coverage). The weights stay the declared ones while indicators come and go, as for a missing value.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from jianbao.scoring.framework import Branch, Component, Framework, Indicator, Method
from jianbao.scoring.monte_carlo import DrawnScores, simulate
from jianbao.scoring.score import Scores, evaluate

Leaves = frozenset[str]


@dataclass(frozen=True)
class ScoresAtTime:
    """A city's scores at one time: a row of draws; `published` holds the scores that another method gave then."""

    draws: DrawnScores
    row: int
    published: Mapping[str, float] = field(default_factory=dict)

    @property
    def scores(self) -> Scores:
        """Return the declared scores."""
        return self.draws.declared

    def score(self, node: str) -> float:
        """Return a node's score by the method of the draws; NaN if it has none."""
        return float(self.scores.of(node)[self.row])

    def counting(self, node: str) -> Leaves:
        """Return the indicators that count in a node's score."""
        return counting(self.scores, node, self.row)


@dataclass(frozen=True, kw_only=True)
class ScoreChange:
    """A node's change in points: `method + data + coverage`.

    `recalculated` is the part of `data` that changes the score of the earlier period itself: restated figures,
    goalposts that follow the data. `new` is the rest of it. `low`, `high` and `rose` (the share of draws with a rise)
    are of the change without the method, on paired draws.
    `gained` and `lost` are the indicators that began or ceased to count.
    """

    node: str
    before: float
    after: float
    method: float
    data: float
    coverage: float
    recalculated: float
    low: float
    high: float
    rose: float
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()

    @property
    def change(self) -> float:
        """Return the later score less the earlier one as it was published."""
        return self.after - self.before

    @property
    def comparable(self) -> float:
        """Return the change without the method: both scores by the later one."""
        return self.data + self.coverage

    @property
    def new(self) -> float:
        """Return the part of `data` that comes from the values of the later period."""
        return self.data - self.recalculated

    def firm(self, share: float) -> bool:
        """Return whether at least this share of the draws agrees on its direction by one method; else it is noise."""
        moved = self.comparable
        return (moved > 0 and self.rose >= share) or (moved < 0 and self.rose <= 1.0 - share)


def split_change(node: str, earlier: ScoresAtTime, later: ScoresAtTime) -> ScoreChange | None:
    """Return the parts of a node's change; None if it has no score at one of the two times."""
    start, end = earlier.score(node), later.score(node)
    before = earlier.published.get(node, start)
    if np.isnan(before) or np.isnan(start) or np.isnan(end):
        return None
    were, are = earlier.counting(node), later.counting(node)
    common = were & are
    old, new = (_among(each.scores, node, each.row, common) for each in (earlier, later))
    data = new - old if common and not np.isnan(new - old) else 0.0
    _, low, high, rose = later.draws.change(node, later.row, earlier.row, earlier.draws)
    order = [leaf.id for leaf in later.scores.framework.indicators()]
    return ScoreChange(
        node=node,
        before=before,
        after=end,
        method=start - before,
        data=data,
        coverage=(end - start) - data,
        recalculated=_recalculated(node, earlier, later, common, old),
        low=low,
        high=high,
        rose=rose,
        gained=tuple(leaf for leaf in order if leaf in are - were),
        lost=tuple(leaf for leaf in order if leaf in were - are),
    )


@dataclass(frozen=True, kw_only=True)
class LikeChange:
    """A node's change in points if only the indicators that count at both times did, with its draws.

    `low` and `high` are its simulation range, `rose` is the share of draws with a rise.
    """

    points: float
    low: float
    high: float
    rose: float


def like_change(node: str, earlier: ScoresAtTime, later: ScoresAtTime) -> LikeChange | None:
    """Return a node's change on the indicators that count at both times; None if there are none.

    A change that came only from an indicator that gained or lost its data is not included.
    """
    common = earlier.counting(node) & later.counting(node)
    old, new = _with_only(earlier, node, common), _with_only(later, node, common)
    if old is None or new is None:
        return None
    points, low, high, rose = new.draws.change(node, new.row, old.row, old.draws)
    return None if np.isnan(points) else LikeChange(points=points, low=low, high=high, rose=rose)


def _with_only(time: ScoresAtTime, node: str, leaves: Leaves) -> ScoresAtTime | None:
    """Return the drawn scores at a time if only these indicators counted; None if there are none."""
    if leaves and leaves == time.counting(node):
        return time
    among = _framework_among(time.scores, node, leaves)
    if among is None:
        return None
    drawn = simulate(among, time.scores.panel, (node,), row=time.row)
    return ScoresAtTime(drawn, drawn.declared.panel.periods.index(time.scores.panel.periods[time.row]))


def _recalculated(node: str, earlier: ScoresAtTime, later: ScoresAtTime, common: Leaves, old: float) -> float:
    """Return the earlier period's score from today's data less the score from the data of then, same indicators."""
    period, known = earlier.scores.panel.periods[earlier.row], later.scores.panel.periods
    if later.draws is earlier.draws or period not in known:
        return 0.0
    row = known.index(period)
    if not common or not common <= counting(later.scores, node, row):
        return 0.0
    moved = _among(later.scores, node, row, common) - old
    return 0.0 if np.isnan(moved) else moved


def moved_points(node: str, earlier: ScoresAtTime, later: ScoresAtTime) -> dict[str, float]:
    """Return the points by which each indicator that counts at both times moved a node's score; their sum is `data`.

    An indicator's points are the change of its contribution. If parts are not simply added up, the contribution of
    an indicator with an unchanged score changes, too; its points are distributed among the indicators that moved, in
    proportion to their points.
    """
    common = earlier.counting(node) & later.counting(node)
    old, new = (_contributions_among(each, node, common) for each in (earlier, later))
    points = {leaf: new[leaf] - old[leaf] for leaf in new if leaf in common}  # in the order of the framework
    same = {leaf for leaf in points if earlier.score(leaf) == later.score(leaf)}
    total = sum(abs(points[leaf]) for leaf in points if leaf not in same)
    if not total:
        return {}
    rest = sum(points[leaf] for leaf in same)
    return {leaf: moved + rest * abs(moved) / total for leaf, moved in points.items() if leaf not in same}


def _contributions_among(time: ScoresAtTime, node: str, leaves: Leaves) -> dict[str, float]:
    """Return the points that each of some indicators brings to a node's score if only these counted."""
    scores = _scores_among(time.scores, node, time.row, leaves)
    return {leaf: float(points[time.row]) for leaf, points in scores.contributions(node).items()} if scores else {}


def counting(scores: Scores, node: str, row: int) -> Leaves:
    """Return the indicators that count in a node's score in a row: they and all nodes between have a score."""
    return frozenset(_counting(scores, scores.framework.find(node), row))


def _counting(scores: Scores, node: Component, row: int) -> list[str]:
    if np.isnan(scores.of(node.id)[row]):
        return []
    if isinstance(node, Indicator):
        return [node.id]
    return [leaf for child in node.children for leaf in _counting(scores, child, row)]


def _among(scores: Scores, node: str, row: int, leaves: Leaves) -> float:
    """Return a node's score in a row if only these indicators counted; NaN if there are none."""
    among = _scores_among(scores, node, row, leaves)
    return float(among.of(node)[row]) if among else float("nan")


def _scores_among(scores: Scores, node: str, row: int, leaves: Leaves) -> Scores | None:
    """Return the scores of a node and what is below it if only these indicators counted; None if there are none."""
    if leaves == counting(scores, node, row):
        return scores
    among = _framework_among(scores, node, leaves)
    return evaluate(among, scores.panel) if among else None


def _framework_among(scores: Scores, node: str, leaves: Leaves) -> Framework | None:
    """Return the framework with a node for its index and these indicators only; None if there are none."""
    pruned = _pruned(scores, scores.framework.find(node), leaves)
    return replace(scores.framework, index=pruned) if isinstance(pruned, Branch) else None


def _pruned(scores: Scores, node: Component, leaves: Leaves) -> Component | None:
    """Return a node with these indicators only, its children weighed as declared, its coverage ignored."""
    if isinstance(node, Indicator):
        return node if node.id in leaves else None
    weights = scores.weights[node.id]
    kept = [
        replace(child, weight=float(weight))
        for child, weight in zip((_pruned(scores, each, leaves) for each in node.children), weights, strict=True)
        if child is not None
    ]
    given = Method(name="given", parameters={}, place=node.weights.place)
    weighed = any(child.weight > 0 for child in kept)
    bare = replace(node, children=tuple(kept), weights=given, minimum_coverage=0.0, least_indicators=0)
    return bare if weighed else None
