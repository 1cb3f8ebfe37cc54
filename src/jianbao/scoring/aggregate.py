"""Aggregate the scores of children into their parent's score, with each child's contribution.

Scores have shape (draws, rows), or (1, rows) where the draws do not differ; weights (draws, children).
"""

import numpy as np

from jianbao.scoring import outranking
from jianbao.scoring.framework import Framework, Method
from jianbao.scoring.normalise import percentile_rank
from jianbao.scoring.panel import Flags, Floats, Integers

Groups = tuple[Integers, ...]
EXPONENTS = {"arithmetic": 1.0, "geometric": 0.0, "harmonic": -1.0, "borda": 1.0}


def bent(score: Floats, exponent: float) -> Floats:
    """Return the scores as a mean of this exponent adds them: their logarithm (0) or power."""
    if exponent == 1.0:
        return score
    with np.errstate(divide="ignore", invalid="ignore"):
        if exponent == 0.0:
            return np.log(score)
        return np.where(score < 0, np.nan, np.power(np.maximum(score, 0.0), exponent))


def unbent(mean: Floats, exponent: float) -> Floats:
    """Return the inverse of `bent`."""
    if exponent == 1.0:
        return mean
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.exp(mean) if exponent == 0.0 else np.power(mean, 1.0 / exponent)


def power_mean(children: list[Floats], weights: Floats, present: Flags, exponent: float) -> Floats:
    """Return the weighted power mean of children over those `present` (children, rows), weights scaled to those.

    Exponent 1 is the arithmetic mean, 0 the geometric, -1 the harmonic. NaN where no child is present, or where a
    mean that needs positive scores meets a negative one.
    """
    counted = [k for k in range(len(children)) if weights[:, k].any()]
    steady = [k for k in counted if len(children[k]) == 1]
    total = np.zeros((1, present.shape[1]))
    if steady:
        known = np.stack([_filled(children[k][0], present[k], exponent) for k in steady])
        total = _added(weights[:, steady], known)
    for k in counted:
        if len(children[k]) != 1:
            total = total + weights[:, k : k + 1] * _filled(children[k], present[k], exponent)
    share = weights.sum(axis=1, keepdims=True) if present.all() else weights @ present.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return unbent(total / np.where(share > 0, share, np.nan), exponent)


def _filled(score: Floats, present: Flags, exponent: float) -> Floats:
    """Bend the present scores and put 0 for the absent ones, whose weight is taken out of the divisor."""
    made = bent(score, exponent)
    return made if present.all() else np.where(present, made, 0.0)


def _added(weights: Floats, known: Floats) -> Floats:
    """Add weighted scores; a zero weight takes an infinite logarithm out of the sum instead of making it NaN."""
    if np.isfinite(known).all():
        return np.asarray(weights @ known, dtype=np.float64)
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
            slope = share * np.power(parent / known, 1.0 - exponent)
            return np.where(counted, np.where(np.isfinite(slope) & (parent != 0), slope, 0.0), np.nan)
        plain = (share * known).sum(axis=0)
        return np.where(counted, share * np.where(plain != 0, parent / plain, 0.0), np.nan)


def exponent_of(method: Method) -> float | None:
    """Return the exponent of a mean for its decomposition; None where there is none (median, outranking)."""
    if method.name == "power":
        return method.number("exponent")
    return None if method.name == "borda" else EXPONENTS.get(method.name)


def aggregated(
    method: Method, children: list[Floats], mass: Floats, present: Flags, groups: Groups, framework: Framework
) -> Floats:
    """Return the parent's scores (draws, rows) from its children's (draws or 1, rows) and weights (draws, children).

    Outranking gives 0..1 on the framework's scale: Borda's mean share of others outdone; Copeland's wins less losses;
    the place in Kemeny's ranking.
    """
    if method.name == "median":
        return median(children, mass, present)
    exponent = exponent_of(method)
    if exponent is not None:
        return power_mean(children, mass, present, exponent)
    draws = max(len(mass), *(len(child) for child in children))
    result = np.full((draws, present.shape[1]), np.nan)
    for rows in groups:
        some = [np.where(present[k, rows], child[:, rows], np.nan) for k, child in enumerate(children)]
        result[:, rows] = _outranked(method.name, some, mass, present[:, rows])
    return framework.scale[0] + (framework.scale[1] - framework.scale[0]) * result


def _outranked(name: str, children: list[Floats], mass: Floats, present: Flags) -> Floats:
    units = present.shape[1]
    if name == "borda":
        ranks = [percentile_rank(child, "n_minus_one", ties="average") for child in children]
        known = np.stack([~np.isnan(rank).any(axis=0) for rank in ranks])
        return power_mean(ranks, mass, present & known, 1.0)
    draws = max(len(mass), *(len(child) for child in children))
    support, total = np.zeros((draws, units, units)), np.zeros((draws, units, units))
    for k, child in enumerate(children):
        both = present[k, :, None] & present[k, None, :]
        support = support + mass[:, k, None, None] * outranking.pairwise_wins(child)
        total = total + mass[:, k, None, None] * both
    support = np.divide(support, total, out=np.zeros_like(support), where=total > 0)
    if name == "copeland":
        return np.asarray((outranking.copeland(support) / max(units - 1, 1) + 1.0) / 2.0, dtype=np.float64)
    orders = outranking.kemeny_of_draws(support) if draws > 1 else outranking.kemeny(support[0])[None]
    places = np.empty((draws, units))
    np.put_along_axis(places, orders, np.broadcast_to(np.arange(units, dtype=np.float64), (draws, units)), axis=1)
    return np.asarray(1.0 - places / max(units - 1, 1), dtype=np.float64)
