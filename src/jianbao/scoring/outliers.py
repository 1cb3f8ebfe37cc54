"""Outliers and skew, before normalising: winsorising, logarithms, Box-Cox.

A treatment is fitted to the declared values once and then applied to any values of the same rows, so that draws of
measurement error are treated alike. Definitions follow COINr 1.1 (Becker et al. 2022) where it offers several.
"""

from dataclasses import dataclass

import numpy as np

from jianbao.scoring.framework import Method
from jianbao.scoring.panel import Floats, Integers


def skew(x: Floats) -> float:
    """Return the adjusted Fisher-Pearson skewness G1 of the known values; NaN for fewer than 3."""
    known = x[~np.isnan(x)]
    n = len(known)
    if n < 3 or not np.ptp(known) > 0:
        return np.nan
    centred = known - known.mean()
    plain = (centred**3).mean() / (centred**2).mean() ** 1.5
    return float(plain * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(x: Floats) -> float:
    """Return the adjusted excess kurtosis G2 of the known values; NaN for fewer than 4."""
    known = x[~np.isnan(x)]
    n = len(known)
    if n < 4 or not np.ptp(known) > 0:
        return np.nan
    centred = known - known.mean()
    plain = (centred**4).mean() / (centred**2).mean() ** 2 - 3.0
    return float(((n + 1) * plain + 6.0) * (n - 1) / ((n - 2) * (n - 3)))


def well_shaped(x: Floats, most_skew: float, most_kurtosis: float) -> bool:
    """Say whether |skew| or kurtosis is within its limit (or neither can be measured)."""
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
    return np.asarray(np.log(x - low + 0.01 * (np.asarray(high) - low)), dtype=np.float64)


def log_from_one(x: Floats, low: Floats | float) -> Floats:
    """Return ln(x - min + 1)."""
    return np.asarray(np.log(x - low + 1.0), dtype=np.float64)


def log_stretched(x: Floats, low: Floats | float, high: Floats | float) -> Floats:
    """Return ln((max - 1)(x - min) / (max - min) + 1), the Global Innovation Index's logarithm."""
    return np.asarray(np.log((np.asarray(high) - 1.0) * (x - low) / (np.asarray(high) - low) + 1.0), dtype=np.float64)


def box_cox(x: Floats, low: Floats | float, power: float) -> Floats:
    """Return the Box-Cox transformation of x - min + 1; the logarithm for power 0."""
    positive = x - low + 1.0
    bent = np.log(positive) if power == 0 else (positive**power - 1.0) / power
    return np.asarray(bent, dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """A fitted treatment of one column: bounds and sign by row, and how many values a cut changed in all."""

    method: Method
    low: Floats
    high: Floats
    sign: Floats
    cut: int = 0

    def __call__(self, x: Floats) -> Floats:
        """Apply the treatment to values of shape (..., rows)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            treated = self._applied(x)
        return treated if self.method.name == "none" else np.where(np.isfinite(treated), treated, np.nan)

    def _applied(self, x: Floats) -> Floats:
        name = self.method.name
        if name == "log":
            return np.asarray(np.log(x), dtype=np.float64)
        if name == "winsorise":
            return np.clip(x, self.low, self.high)
        if name in ("log_shifted", "log_shifted_by_skew"):
            return self.sign * log_shifted(x * self.sign, self.low, self.high)
        if name == "log_from_one":
            return log_from_one(x, self.low)
        if name == "log_stretched":
            return log_stretched(x, self.low, self.high)
        return box_cox(x, self.low, self.method.number("lambda")) if name == "box_cox" else x


def fit(method: Method, x: Floats, groups: tuple[Integers, ...]) -> Treatment:
    """Fit a treatment to the values of a column (rows), within each group of rows."""
    low, high, sign = np.full(len(x), np.nan), np.full(len(x), np.nan), np.ones(len(x))
    cut = 0
    for rows in groups:
        values = x[rows]
        if method.name == "winsorise":
            bounds = winsorise(values, int(method.number("most")), method.number("skew"), method.number("kurtosis"))
            low[rows], high[rows], cut = bounds.low, bounds.high, cut + bounds.below + bounds.above
        elif method.name not in ("none", "log") and not np.isnan(values).all():
            if method.name == "log_shifted_by_skew" and skew(values) < 0:
                sign[rows] = -1.0
            turned = values * sign[rows]
            low[rows], high[rows] = np.nanmin(turned), np.nanmax(turned)
    return Treatment(method=method, low=low, high=high, sign=sign, cut=cut)
