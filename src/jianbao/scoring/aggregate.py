"""Aggregate the scores of children into their parent's score, and find percentiles of many draws.

Scores have shape (draws, rows), or (1, rows) where the draws do not differ; weights (draws, children).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jianbao.scoring import outranking, reproducible
from jianbao.scoring.framework import Method
from jianbao.scoring.normalise import TIE_TOLERANCE, percentile_rank
from jianbao.scoring.panel import Flags, Floats, Integers

Groups = tuple[Integers, ...]
EXPONENTS = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0, "borda": 1.0}


def transformed(score: Floats, exponent: float) -> Floats:
    """Return the scores as a mean of this exponent adds them: their logarithm (0) or power."""
    if exponent == 1.0:
        return score
    with np.errstate(divide="ignore", invalid="ignore"):
        if exponent == 0.0:
            return reproducible.log(score)
        return np.where(score < 0, np.nan, reproducible.power(np.maximum(score, 0.0), exponent))


def inverse_transformed(mean: Floats, exponent: float) -> Floats:
    """Return the inverse of `transformed`."""
    if exponent == 1.0:
        return mean
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return reproducible.exp(mean) if exponent == 0.0 else reproducible.power(mean, 1.0 / exponent)


def power_mean(children: list[Floats], weights: Floats, present: Flags, exponent: float) -> Floats:
    """Return the weighted power mean of children over those `present` (children, rows), weights scaled to those.

    Exponent 1 is the arithmetic mean, 0 the geometric, -1 the harmonic. NaN where no child is present, or where a
    mean that needs positive scores meets a negative one.
    """
    # The weight of the first draw is nearly always above 0; testing those of all draws would take longer than the rest.
    counted = [k for k in range(weights.shape[1]) if weights[:1, k].any() or weights[:, k].any()]
    steady = [k for k in counted if len(children[k]) == 1]
    total = np.zeros((1, present.shape[1]))
    if steady:
        known = np.concatenate([children[k] for k in steady])
        total = _added(weights[:, steady], _filled(known, present[steady], exponent))
    for k in counted:
        if len(children[k]) != 1:
            made = _filled(children[k], present[k], exponent)
            part = np.multiply(weights[:, k : k + 1], made, out=None if made is children[k] else made)
            total = np.add(total, part, out=part)
    gaps = np.flatnonzero(~present.all(axis=0))
    whole = weights.sum(axis=1, keepdims=True)
    share = reproducible.product(weights, present[:, gaps].astype(np.float64))
    with np.errstate(invalid="ignore", divide="ignore"):
        filled = total[:, gaps] / np.where(share > 0, share, np.nan)
        divisor = np.where(whole > 0, whole, np.nan)
        mean = np.divide(total, divisor, out=total if counted else None)  # in place: new memory costs more
        mean[:, gaps] = filled
        return inverse_transformed(mean, exponent)


def _filled(score: Floats, present: Flags, exponent: float) -> Floats:
    """Transform the present scores and put 0 for the absent ones, whose weight is taken out of the divisor."""
    made = transformed(score, exponent)
    return made if present.all() else np.where(present, made, 0.0)


def _added(weights: Floats, known: Floats) -> Floats:
    """Add weighted scores; a zero weight takes an infinite logarithm out of the sum instead of making it NaN."""
    if np.isfinite(known).all():
        return reproducible.product(weights, known)
    total = np.zeros((len(weights), known.shape[1]))
    for k, row in enumerate(known):
        with np.errstate(invalid="ignore"):
            total = total + np.where(weights[:, k : k + 1] > 0, weights[:, k : k + 1] * row, 0.0)
    return total


def median(children: list[Floats], weights: Floats, present: Flags) -> Floats:
    """Return the weighted median of the children present; halfway between two where the weights tie."""
    draws = max(len(weights), *(len(child) for child in children))
    stack = np.stack([np.broadcast_to(child, (draws, child.shape[1])) for child in children], axis=-1)
    stack = np.where(present.T[None], stack, np.inf)
    mass = np.where(present.T[None], np.broadcast_to(weights[:, None, :], stack.shape), 0.0)
    order = np.argsort(stack, axis=-1, kind="stable")
    inorder, mass = np.take_along_axis(stack, order, axis=-1), np.take_along_axis(mass, order, axis=-1)
    total = np.cumsum(mass, axis=-1)
    half = total[..., -1:] / 2.0
    tiny = half * 1e-12
    lower = np.argmax(total >= half - tiny, axis=-1)[..., None]
    upper = np.argmax(total > half + tiny, axis=-1)[..., None]
    middle = (np.take_along_axis(inorder, lower, axis=-1) + np.take_along_axis(inorder, upper, axis=-1))[..., 0] / 2.0
    return np.where(half[..., 0] > 0, middle, np.nan)


def multipliers(scores: Floats, weights: Floats, parent: Floats, exponent: float | None, rule: str) -> Floats:
    """Return m of shape (children, rows) so that the sum of m x score over the children is the parent's score.

    `scores` (children, rows) hold NaN for children that do not count. For an arithmetic mean m is the weight, scaled to
    the children that count. Otherwise by `rule`: "proportional" shares the parent's score in proportion to weight x
    score (average-cost sharing: Moulin 2002, Handbook of Social Choice and Welfare 1, ch. 6), so a child without points
    contributes none; "aumann_shapley" takes the partial derivative along the ray from zero (Aumann & Shapley 1974),
    exact by Euler's theorem as power means are homogeneous. `exponent` None (a median) is always proportional.
    """
    counted = ~np.isnan(scores)
    mass = np.where(counted, weights[:, None], 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = mass / mass.sum(axis=0)
        if exponent == 1.0:
            return np.where(counted, share, np.nan)
        known = np.where(counted, scores, 0.0)
        if rule == "aumann_shapley" and exponent is not None:
            slope = share * reproducible.power(parent / known, 1.0 - exponent)
            return np.where(counted, np.where(np.isfinite(slope) & (parent != 0), slope, 0.0), np.nan)
        plain = (share * known).sum(axis=0)
        return np.where(counted, share * np.where(plain != 0, parent / plain, 0.0), np.nan)


def exponent_of(method: Method) -> float | None:
    """Return the exponent of a mean for its decomposition; None if there is none (median, outranking)."""
    if method.name == "power":
        return method.number("exponent")
    return None if method.name == "borda" else EXPONENTS.get(method.name)


@dataclass(frozen=True, kw_only=True)
class Children:
    """The inputs of a branch: its children's scores (draws or 1, rows), and the rows in which they count.

    `weights` have shape (draws or 1, children), `present` (children, rows). `picks` (draws, units) decide in each draw
    between equally supported rankings; without them a unit gets the middle of its places.
    """

    scores: list[Floats]
    weights: Floats
    present: Flags
    picks: Floats | None = None

    @property
    def draws(self) -> int:
        """Return how many draws there are."""
        return max(len(self.weights), 1 if self.picks is None else len(self.picks), *map(len, self.scores))

    def at(self, rows: Integers) -> "Children":
        """Return the children at some rows, their scores NaN where they do not count."""
        scores = [np.where(known[rows], score[:, rows], np.nan) for known, score in self._pairs()]
        return replace(self, scores=scores, present=self.present[:, rows])

    def _pairs(self) -> Iterator[tuple[Flags, Floats]]:
        return zip(self.present, self.scores, strict=True)


def aggregated(method: Method, children: Children, groups: Groups, scale: tuple[float, float]) -> Floats:
    """Return the parent's scores (draws, rows) from its children's.

    Outranking gives 0..1 on the framework's scale: Borda's mean share of others outdone; Copeland's wins less losses;
    the place in Kemeny's ranking. Units without any score are left out; one that no other can be compared
    with has no score.
    """
    if method.name == "median":
        return median(children.scores, children.weights, children.present)
    exponent = exponent_of(method)
    if exponent is not None:
        lifted = [_lifted(score, method) for score in children.scores]
        return power_mean(lifted, children.weights, children.present, exponent)
    result = np.full((children.draws, children.present.shape[1]), np.nan)
    for group in groups:
        rows = group[children.present[:, group].any(axis=0)]
        if len(rows) > 1:
            result[:, rows] = _outranked(method.name, children.at(rows))
    return scale[0] + (scale[1] - scale[0]) * result


def _lifted(score: Floats, method: Method) -> Floats:
    """Return scores with those below a mean's `least` lifted to it, if it is declared."""
    return np.maximum(score, method.number("least")) if "least" in method.parameters else score


def _outranked(name: str, children: Children) -> Floats:
    if name == "borda":
        ranks = [percentile_rank(child, "n_minus_one", ties="average", even=TIE_TOLERANCE) for child in children.scores]
        known = np.stack([~np.isnan(rank).any(axis=0) for rank in ranks])
        return power_mean(ranks, children.weights, children.present & known, 1.0)
    matrices = outranking_matrices(children)
    others = matrices.shape[1] - 1
    if name == "copeland":
        return np.asarray((outranking.copeland(matrices) / others + 1.0) / 2.0, dtype=np.float64)
    if children.picks is not None:
        return np.asarray(1.0 - outranking.kemeny_drawn(matrices, children.picks) / others, dtype=np.float64)
    first, last = outranking.kemeny_places(matrices)
    return np.asarray(1.0 - (first + last) / 2.0 / others, dtype=np.float64)


def outranking_matrices(children: Children) -> Floats:
    """Return (draws, units, units) the share of weights by which the row's unit has more than the column's, ties half.

    A child counts for a pair if both have a score (Handbook, Tables 35 and 36).
    """
    units, weights = children.present.shape[1], children.weights
    won, total = (np.zeros((children.draws, units, units)) for _ in range(2))
    for k, (known, score) in enumerate(zip(children.present, children.scores, strict=True)):
        won = won + weights[:, k, None, None] * outranking.pairwise_wins(score)
        total = total + weights[:, k, None, None] * (known[:, None] & known[None, :])
    return np.divide(won, total, out=np.zeros_like(won), where=total > 0)


ROWS = 32  # the number of rows whose draws are sorted together
RUN = 250  # draws that a processor sorts without branches, in a tenth of the time that a long row takes for each


def draw_interval(drawn: NDArray[np.floating[Any]], percentiles: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return two percentiles over the draws (draws, rows) -> (rows), (rows); NaN where a draw has no score.

    They are numpy's percentiles, in a third of the time.
    """
    low, high = np.full(drawn.shape[1], np.nan), np.full(drawn.shape[1], np.nan)
    for start in range(0, drawn.shape[1] if drawn.size else 0, ROWS):
        rows = slice(start, start + ROWS)
        across = np.ascontiguousarray(drawn[:, rows].T)
        if (across[:, 0] == across[:, -1]).all() and (across == across[:, :1]).all():  # no doubt, nothing to sort
            low[rows] = high[rows] = across[:, 0]
        else:
            low[rows], high[rows] = _percentiles(across, percentiles)
    return low, high


def _percentiles(across: NDArray[np.floating[Any]], percentiles: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return two percentiles (linear between neighbours) of rows of draws.

    Long rows are sorted in runs; of each run only the ends are looked at, where the percentiles nearly always are.
    """
    rows, draws = across.shape
    run = RUN * 8 // across.itemsize
    runs, places = draws // run, [percentile / 100.0 * (draws - 1) for percentile in percentiles]
    shares = (percentiles[0] / 100.0, 1.0 - percentiles[1] / 100.0)
    first, last = (int(run * share + 4.0 * np.sqrt(run * share) + 2.0) for share in shares)
    if runs < 4 or first + last >= run:
        return tuple(np.percentile(across, percentiles, axis=1))
    inorder = np.sort(across[:, : runs * run].reshape(rows, runs, run), axis=2)
    rest = across[:, runs * run :]
    least = np.concatenate([inorder[:, :, :first].reshape(rows, -1), rest], axis=1)
    most = np.concatenate([inorder[:, :, run - last :].reshape(rows, -1), rest], axis=1)
    below, above = int(places[0]), int(places[1]) + 1 - draws
    least.partition(below + 1, axis=1)
    most.partition(above - 1, axis=1)
    low = _between(least[:, : below + 1].max(axis=1), least[:, below + 1], places[0])
    high = _between(most[:, above - 1], most[:, above:].min(axis=1), places[1])
    sure = (least[:, below + 1] <= inorder[:, :, first].min(axis=1)) & np.isfinite(high)
    unsure = np.flatnonzero(~(sure & (most[:, above - 1] >= inorder[:, :, run - last - 1].max(axis=1))))
    low[unsure], high[unsure] = np.percentile(across[unsure], percentiles, axis=1)
    return low, high


def _between(lower: Floats, upper: Floats, place: float) -> Floats:
    """Return the value at a place between two neighbours, to the last bit as numpy's percentile."""
    lower, upper, part = lower.astype(np.float64), upper.astype(np.float64), place % 1.0
    made = upper - (upper - lower) * (1.0 - part) if part >= 0.5 else lower + (upper - lower) * part
    return np.asarray(made, dtype=np.float64)
