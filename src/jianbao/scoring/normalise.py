"""Normalise: turn values on different scales into values that can be added.

Every function of normalisation takes `x` of shape (..., rows), looks along the rows, keeps NaN as NaN and, where a
direction matters, takes `direction` 1 (more is better) or -1. Bounded ones give 0 (worst) to 1 (best). Formulas:
OECD/JRC Handbook (2008), chapter 5 and Table 15, unless said otherwise.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from jianbao.scoring.data_treatment import IndicatorColumn
from jianbao.scoring.framework import Method
from jianbao.scoring.method_options import NORMALISATIONS
from jianbao.scoring.panel import Floats, Integers, Panel
from jianbao.scoring.reproducible import NOISE, log, log_plus_one

Shift = tuple[Floats | float, Floats | float]
TIE_TOLERANCE = 1e-9  # scores nearer to each other than this are the same
CURVES: Mapping[str, Callable[[Floats], Floats]] = {"linear": lambda x: x, "log": log, "log_plus_one": log_plus_one}


def goalposts(
    x: Floats,
    floor: Floats | float,
    target: Floats | float,
    cap: str = "yes",
    curve: str = "linear",
    shift: tuple[Floats | float, Floats | float] = (0.0, 0.0),
) -> Floats:
    """Return (x - floor) / (target - floor) on a curve; `cap` cuts it at 0 and 1, at the top, or not.

    `shift` moves floor and target by shares of their distance on the curve. The model is the Human Development Index.
    """
    bend = CURVES[curve]
    with np.errstate(invalid="ignore", divide="ignore"):
        value, low, high = bend(x), bend(np.asarray(floor, dtype=float)), bend(np.asarray(target, dtype=float))
        span = high - low
        low, high = low + shift[0] * span, high + shift[1] * span
        share = (value - low) / (high - low)
    return capped(share, cap)


def capped(share: Floats, cap: str) -> Floats:
    """Return shares cut to at most 1 ("top"), to 0..1 ("yes"), or unchanged ("no")."""
    if cap == "no":
        return share
    return np.clip(share, 0.0 if cap == "yes" else None, 1.0)


def lowest(x: Floats) -> Floats:
    """Return the least value along the rows, kept as an axis; NaN if there is none."""
    least = np.where(np.isnan(x), np.inf, x).min(axis=-1, keepdims=True)
    return np.where(np.isinf(least), np.nan, least)


def highest(x: Floats) -> Floats:
    """Return the greatest value along the rows, kept as an axis; NaN if there is none."""
    return -lowest(-x)


def average(x: Floats) -> Floats:
    """Return the mean along the rows, kept as an axis; NaN if there is no value."""
    known = ~np.isnan(x)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(known, x, 0.0).sum(axis=-1, keepdims=True) / known.sum(axis=-1, keepdims=True)
    return mean


def deviation(x: Floats, ddof: int) -> Floats:
    """Return the standard deviation along the rows, kept as an axis."""
    known = ~np.isnan(x)
    with np.errstate(invalid="ignore", divide="ignore"):
        squares = np.where(known, (x - average(x)) ** 2, 0.0).sum(axis=-1, keepdims=True)
        spread: Floats = np.sqrt(squares / np.maximum(known.sum(axis=-1, keepdims=True) - ddof, 0))
    return spread


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = above / below
    return np.where(np.isfinite(ratio), ratio, np.nan)


def min_max(x: Floats, direction: int = 1) -> Floats:
    """Return (x - min) / (max - min); NaN where the rows do not differ."""
    y = x * direction
    return _ratio(y - lowest(y), highest(y) - lowest(y))


def z_score(x: Floats, ddof: int, direction: int = 1) -> Floats:
    """Return (x - mean) / standard deviation; `ddof` 1 is the sample's, 0 the population's."""
    return _ratio((x - average(x)) * direction, deviation(x, ddof))


def rank_scores(x: Floats, direction: int = 1, ties: str = "lowest", even: float | None = None) -> Floats:
    """Return ranks, 1 for the worst; equal values share the lowest or the average of their ranks.

    Neighbours are equal if they differ by no more than `even`: by default the traces of binary arithmetic.
    """
    slack = NOISE * np.nan_to_num(highest(x) - lowest(x)) if even is None else even
    y = x * direction
    order: Integers = np.argsort(y, axis=-1, kind="stable")
    inorder = np.take_along_axis(y, order, axis=-1)
    places = np.broadcast_to(np.arange(1.0, y.shape[-1] + 1), y.shape)
    new = np.ones(y.shape, dtype=bool)
    with np.errstate(invalid="ignore"):
        new[..., 1:] = ~(inorder[..., 1:] - inorder[..., :-1] <= slack)
    placed = np.maximum.accumulate(np.where(new, places, 0.0), axis=-1)
    if ties == "average":
        last = np.ones(y.shape, dtype=bool)
        last[..., :-1] = new[..., 1:]
        upper = np.where(last, places, np.inf)[..., ::-1]
        placed = (placed + np.minimum.accumulate(upper, axis=-1)[..., ::-1]) / 2.0
    ranks = np.empty(y.shape)
    np.put_along_axis(ranks, order, placed, axis=-1)
    return np.where(np.isnan(x), np.nan, ranks)


def borda_scores(x: Floats, direction: int = 1, ties: str = "lowest") -> Floats:
    """Return Borda points: how many are outdone, which is the rank less 1."""
    return rank_scores(x, direction, ties) - 1.0


def percentile_rank(
    x: Floats, divisor: str, direction: int = 1, ties: str = "lowest", even: float | None = None
) -> Floats:
    """Return rank / n ("n", the Handbook's Table 15) or (rank - 1) / (n - 1) ("n_minus_one", as COINr)."""
    known = (~np.isnan(x)).sum(axis=-1, keepdims=True).astype(np.float64)
    ranks = rank_scores(x, direction, ties, even)
    return _ratio(ranks, known) if divisor == "n" else _ratio(ranks - 1.0, known - 1.0)


def distance_to_target(x: Floats, target: Floats | float, cap: str = "yes", direction: int = 1) -> Floats:
    """Return how far each value is on the way from the worst to a target; `cap` as in `goalposts`."""
    y, goal = x * direction, np.asarray(target, dtype=np.float64) * direction
    return capped(_ratio(y - lowest(y), goal - lowest(y)), cap)


def share_of_best(x: Floats, direction: int = 1) -> Floats:
    """Return x / max, or min / x if less is better."""
    return _ratio(x, highest(x)) if direction > 0 else _ratio(np.broadcast_to(lowest(x), x.shape), x)


def share_of_worst(x: Floats) -> Floats:
    """Return x / min."""
    return _ratio(x, lowest(x))


def share_of_mean(x: Floats) -> Floats:
    """Return x / mean."""
    return _ratio(x, average(x))


def difference_from_mean(x: Floats) -> Floats:
    """Return (x - mean) / mean."""
    return share_of_mean(x) - 1.0


def difference_from_worst(x: Floats) -> Floats:
    """Return (x - min) / min."""
    return share_of_worst(x) - 1.0


def above_below_mean(x: Floats, threshold: float, direction: int = 1) -> Floats:
    """Return 1, 0 or -1: above, around or below the mean, `threshold` (a share of the mean) being the band's half."""
    relative = (share_of_mean(x) - 1.0) * direction
    band = threshold + NOISE
    signs = (relative > band).astype(np.float64) - (relative < -band)
    return np.where(np.isnan(x), np.nan, signs)


def categories(x: Floats, cuts: Sequence[float], points: Sequence[float], by: str, direction: int = 1) -> Floats:
    """Return the points of the class of each value; a value on a cut belongs to the class above.

    `by` "percentile" classes the percentile rank (0..100, rank / n), "value" the value itself.
    """
    measured = percentile_rank(x, "n", direction) * 100.0 if by == "percentile" else x * direction
    classes: Integers = np.searchsorted(np.asarray(cuts), measured + NOISE * np.abs(measured), side="right")
    return np.where(np.isnan(x), np.nan, np.asarray(points)[np.minimum(classes, len(points) - 1)])


def normalised(
    column: IndicatorColumn,
    method: Method,
    x: Floats,
    panel: Panel,
    *,
    groups: tuple[Integers, ...],
    scale: tuple[float, float],
    shift: Shift = (0.0, 0.0),
) -> Floats:
    """Return values (..., rows) normalised by a method; bounded results are stretched to the framework's scale."""
    treated = column.treatment(x)
    direction = column.leaf.direction
    choice = NORMALISATIONS[method.name]
    if method.name == "goalposts":
        low, high = method.number("floor"), method.number("target")
        scored = goalposts(
            x=treated, floor=low, target=high, cap=method.text("cap"), curve=method.text("curve"), shift=shift
        )
    elif method.name == "share":
        whole = np.full(treated.shape[-1], np.nan) if column.whole is None else column.whole
        with np.errstate(divide="ignore", invalid="ignore"):
            scored = capped(np.where(whole > 0, treated / whole, np.nan), method.text("cap"))
    elif method.name == "none":
        scored = treated
    else:
        scored = np.full(treated.shape, np.nan)
        for rows in stacked_by_size(groups):
            scored[..., rows] = _relative(method, treated[..., rows], direction, panel, rows)
    return scale[0] + (scale[1] - scale[0]) * scored if choice.bounded else scored


def stacked_by_size(groups: tuple[Integers, ...]) -> tuple[Integers, ...]:
    """Return groups of rows stacked by their size, (groups, rows) each, so that steps along rows do all at once."""
    sizes: dict[int, list[Integers]] = {}
    for rows in groups:
        sizes.setdefault(len(rows), []).append(rows)
    return tuple(np.stack(each) for each in sizes.values())


def _relative(method: Method, x: Floats, direction: int, panel: Panel, rows: Integers) -> Floats:
    """Normalise the values (..., groups, rows) of groups of rows by a method that needs a whole group at once."""
    name = method.name
    if name == "z_score":
        deviations = z_score(x, int(method.number("ddof")), direction)
        if "mean" in method.parameters:
            return method.number("mean") + method.number("deviation") * deviations
        return deviations
    if name == "rank":
        return rank_scores(x, direction, method.text("ties"))
    if name == "borda":
        return borda_scores(x, direction, method.text("ties"))
    if name == "percentile_rank":
        return percentile_rank(x, method.text("divisor"), direction, method.text("ties"))
    if name == "distance_to_target":
        return distance_to_target(x, method.number("target"), method.text("cap"), direction)
    if name == "distance_to_unit":
        measure = np.array(panel.units)[rows] == method.text("unit")
        goal = np.where(measure, x, 0.0).sum(axis=-1, keepdims=True)
        goal = np.where(measure.any(axis=-1, keepdims=True), goal, np.nan)
        return distance_to_target(x, goal, method.text("cap"), direction)
    if name == "above_below_mean":
        return above_below_mean(x, method.number("threshold"), direction)
    if name == "categories":
        cuts, points = method.numbers("cuts"), method.numbers("points")
        return categories(x, cuts, points, method.text("by"), direction)
    if name in ("min_max", "share_of_best"):
        return min_max(x, direction) if name == "min_max" else share_of_best(x, direction)
    plain = {
        "share_of_worst": share_of_worst,
        "share_of_mean": share_of_mean,
        "difference_from_mean": difference_from_mean,
        "difference_from_worst": difference_from_worst,
    }
    return plain[name](x)
