"""Treat outliers and skew, then normalise: turn values on different scales into values that can be added.

A treatment (winsorising, logarithms, Box-Cox) is fitted to the declared values once and then applied to any values of
the same rows, so that draws of measurement error are treated alike. Definitions follow COINr 1.1 (Becker et al. 2022)
where it offers several.

Every function of normalisation takes `x` of shape (..., rows), looks along the rows, keeps NaN as NaN and, where a
direction matters, takes `direction` 1 (more is better) or -1. Bounded ones give 0 (worst) to 1 (best). Formulas:
OECD/JRC Handbook (2008), chapter 5 and Table 15, unless said otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jianbao.scoring.framework import Method
from jianbao.scoring.panel import Flags, Floats, Integers
from jianbao.scoring.reproducible import log, log_plus_one, power


def skew(x: Floats) -> float:
    """Return the adjusted Fisher-Pearson skewness G1 of the known values; NaN for fewer than 3."""
    known = x[~np.isnan(x)]
    n = len(known)
    if n < 3 or not np.ptp(known) > 0:
        return np.nan
    centred = known - known.mean()
    plain = (centred * centred**2).mean() / (centred**2).mean() ** 1.5
    return float(plain * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(x: Floats) -> float:
    """Return the adjusted excess kurtosis G2 of the known values; NaN for fewer than 4."""
    known = x[~np.isnan(x)]
    n = len(known)
    if n < 4 or not np.ptp(known) > 0:
        return np.nan
    centred = known - known.mean()
    plain = (centred**2 * centred**2).mean() / (centred**2).mean() ** 2 - 3.0
    return float(((n + 1) * plain + 6.0) * (n - 1) / ((n - 2) * (n - 3)))


def well_shaped(x: Floats, most_skew: float, most_kurtosis: float) -> bool:
    """Return whether |skew| or kurtosis is within its limit (or neither can be measured)."""
    slant, peak = skew(x), kurtosis(x)
    return bool(np.isnan(slant) or np.isnan(peak) or abs(slant) < most_skew or peak < most_kurtosis)


@dataclass(frozen=True)
class Winsorised:
    """The bounds to which a column is cut, and how many values each cut changes."""

    low: float
    high: float
    below: int
    above: int


def winsorise(x: Floats, most: int, most_skew: float, most_kurtosis: float) -> Winsorised:
    """Pull in the value at the longer tail to the next one, up to `most` times, until the column is well shaped."""
    inorder = np.sort(x[~np.isnan(x)])
    below = above = 0
    cut = x
    while below + above < min(most, len(inorder) - 2) and not well_shaped(cut, most_skew, most_kurtosis):
        if skew(cut) > 0:
            above += 1
        else:
            below += 1
        cut = np.clip(x, inorder[below], inorder[len(inorder) - 1 - above])
    if not len(inorder):
        return Winsorised(-np.inf, np.inf, 0, 0)
    return Winsorised(
        inorder[below] if below else -np.inf, inorder[len(inorder) - 1 - above] if above else np.inf, below, above
    )


def log_shifted(x: Floats, low: Floats | float, high: Floats | float) -> Floats:
    """Return ln(x - min + 1 % of the range)."""
    return log(x - low + 0.01 * (np.asarray(high) - low))


def log_from_one(x: Floats, low: Floats | float) -> Floats:
    """Return ln(x - min + 1)."""
    return log(x - low + 1.0)


def log_stretched(x: Floats, low: Floats | float, high: Floats | float) -> Floats:
    """Return ln((max - 1)(x - min) / (max - min) + 1), the Global Innovation Index's logarithm."""
    return log((np.asarray(high) - 1.0) * (x - low) / (np.asarray(high) - low) + 1.0)


def box_cox(x: Floats, low: Floats | float, exponent: float) -> Floats:
    """Return the Box-Cox transformation of x - min + 1; the logarithm for exponent 0."""
    return log(x - low + 1.0) if exponent == 0 else (power(x - low + 1.0, exponent) - 1.0) / exponent


@dataclass(frozen=True, kw_only=True)
class FittedStep:
    """A method fitted to one column: by row, whether it is applied, its bounds and its sign."""

    method: Method
    used: Flags
    low: Floats
    high: Floats
    sign: Floats

    def __call__(self, x: Floats) -> Floats:
        """Apply the step to values of shape (..., rows), where it is used."""
        with np.errstate(invalid="ignore", divide="ignore"):
            treated = self._applied(x)
        return np.where(self.used, np.where(np.isfinite(treated), treated, np.nan), x)

    def _applied(self, x: Floats) -> Floats:
        name = self.method.name
        if name == "log":
            return log(x)
        if name == "winsorise":
            return np.clip(x, self.low, self.high)
        if name in ("log_shifted", "log_shifted_by_skew"):
            return self.sign * log_shifted(x * self.sign, self.low, self.high)
        if name == "log_from_one":
            return log_from_one(x, self.low)
        if name == "log_stretched":
            return log_stretched(x, self.low, self.high)
        return box_cox(x, self.low, self.method.number("lambda")) if name == "box_cox" else x


@dataclass(frozen=True)
class Treatment:
    """A fitted treatment of one column: steps applied in order. Without steps the values are unchanged."""

    steps: tuple[FittedStep, ...] = ()

    def __call__(self, x: Floats) -> Floats:
        """Apply the treatment to values of shape (..., rows)."""
        for step in self.steps:
            x = step(x)
        return x

    def at(self, rows: Integers) -> "Treatment":
        """Return the treatment at some rows."""
        at = ({name: getattr(step, name)[rows] for name in ("used", "low", "high", "sign")} for step in self.steps)
        return Treatment(tuple(replace(step, **each) for step, each in zip(self.steps, at, strict=True)))


def fit(method: Method, x: Floats, groups: tuple[Integers, ...]) -> Treatment:
    """Fit a treatment to the values of a column (rows), within each group of rows.

    The steps of a chain are tried in turn while a group's values are not `well_shaped`: each on those treated
    before, or on the original ones, and then the last one tried alone is applied (COINr's `combine_treat`, or not).
    """
    if method.name == "none":
        return Treatment()
    whole = np.zeros(len(x), dtype=bool)
    if method.name != "chain":
        return Treatment((_fitted(method, x, groups, ~whole),))
    limits = method.number("skew"), method.number("kurtosis")
    made, steps = x, list[FittedStep]()
    for each in method.steps:
        unshaped = tuple(rows for rows in groups if not well_shaped(made[rows], *limits))
        used = whole.copy()
        used[[row for rows in unshaped for row in rows]] = True
        if method.text("start") == "original":
            steps = [replace(step, used=step.used & ~used) for step in steps]
            made = np.where(used, x, made)
        steps.append(_fitted(each, made, unshaped, used))
        made = steps[-1](made)
    return Treatment(tuple(steps))


def _fitted(method: Method, x: Floats, groups: tuple[Integers, ...], used: Flags) -> FittedStep:
    low, high, sign = np.full(len(x), np.nan), np.full(len(x), np.nan), np.ones(len(x))
    for rows in groups:
        values = x[rows]
        if method.name == "winsorise":
            bounds = winsorise(values, int(method.number("most")), method.number("skew"), method.number("kurtosis"))
            low[rows], high[rows] = bounds.low, bounds.high
        elif method.name != "log" and not np.isnan(values).all():
            if method.name == "log_shifted_by_skew" and skew(values) < 0:
                sign[rows] = -1.0
            turned = values * sign[rows]
            low[rows], high[rows] = np.nanmin(turned), np.nanmax(turned)
    return FittedStep(method=method, used=used, low=low, high=high, sign=sign)


TIE_TOLERANCE = 1e-9  # scores nearer to each other than this are the same
NOISE = 1e-12  # values that differ by less than this share differ only by floating-point error
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
