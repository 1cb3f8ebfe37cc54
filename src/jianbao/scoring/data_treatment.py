"""Treat data before normalising: screen, divide, impute, treat outliers (winsorise) and skew; find errors.

A treatment is fitted to the declared values once and then applied to any values of the same rows, so that draws of
measurement error are treated alike. Its definitions follow COINr 1.1 (Becker et al. 2022) where it offers several.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from jianbao.scoring.framework import Framework, Indicator, Method
from jianbao.scoring.panel import Flags, Floats, Integers, Panel, in_order, order_of, origins, rows_by
from jianbao.scoring.reproducible import NOISE, log, power


@dataclass(frozen=True)
class Imputed:
    """A column (rows) after imputation: its values, flags of filled-in ones, and ages of those carried forward."""

    values: Floats
    put_in: Flags
    ages: Integers


def impute(method: Method, x: Floats, ages: Integers, panel: Panel, groups: tuple[Integers, ...]) -> Imputed:
    """Fill in missing values of a column by the named method, within each group of rows."""
    missing = np.isnan(x)
    if method.name == "none" or not missing.any():
        return Imputed(x, np.zeros(len(x), dtype=bool), ages)
    if method.name == "carry":
        return _carried(x, ages, panel, method.number("most"))
    middle: Callable[[Floats], np.floating | float] = np.mean if method.name.endswith("mean") else np.median
    filled = x.copy()
    for rows in groups:
        if method.name.startswith("group_"):
            names = panel.groups[method.text("group")]
            parts = tuple(rows[part] for part in rows_by([names[row] for row in rows]))
        else:
            parts = (rows,)
        for part in parts:
            known = x[part][~missing[part]]
            if len(known):
                filled[part] = np.where(missing[part], middle(known), x[part])
    return Imputed(filled, missing & ~np.isnan(filled), ages)


def _carried(x: Floats, ages: Integers, panel: Panel, most: float) -> Imputed:
    """Carry each unit's last value forward, over at most `most` years."""
    filled, old = x.copy(), ages.copy()
    times = np.array([order_of(period) for period in panel.periods])
    for rows in rows_by(panel.units):
        inorder = rows[np.argsort(times[rows], kind="stable")]
        known = ~np.isnan(x[inorder])
        last = np.maximum.accumulate(np.where(known, np.arange(len(inorder)), -1))
        origin = inorder[np.maximum(last, 0)]
        years = times[inorder] - times[origin]
        taken = (last >= 0) & ~known & (years <= most)
        filled[inorder[taken]] = x[origin[taken]]
        old[inorder[taken]] = ages[origin[taken]] + years[taken].astype(np.int64)
    return Imputed(filled, np.isnan(x) & ~np.isnan(filled), old)


def skew(x: Floats) -> float:
    """Return the adjusted Fisher-Pearson skewness G1 of the known values; NaN for fewer than 3."""
    n, moment = _standard_moment(x, 3)
    return np.nan if np.isnan(moment) else float(moment * np.sqrt(n * (n - 1)) / (n - 2))


def kurtosis(x: Floats) -> float:
    """Return the adjusted excess kurtosis G2 of the known values; NaN for fewer than 4."""
    n, moment = _standard_moment(x, 4)
    return np.nan if np.isnan(moment) else float(((n + 1) * (moment - 3.0) + 6.0) * (n - 1) / ((n - 2) * (n - 3)))


def _standard_moment(x: Floats, order: int) -> tuple[int, float]:
    """Return the number of known values, and their standardised moment; NaN for fewer than `order` or equal values."""
    known = x[~np.isnan(x)]
    if len(known) < order or not np.ptp(known) > 0:
        return len(known), np.nan
    centred = known - known.mean()
    return len(known), float((centred ** (order - 2) * centred**2).mean() / (centred**2).mean() ** (order / 2))


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
            return box_cox(x, self.low, 0.0)
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


@dataclass(frozen=True, kw_only=True)
class IndicatorColumn:
    """One indicator's values (rows) before treatment.

    `deviation` is the standard deviation of their error, if any; `places` has the index of each row's error in `total`.
    `highs` are the greatest values that they may have, if any is a lower bound (NaN: the value is exact).
    """

    leaf: Indicator
    values: Floats
    treatment: Treatment
    put_in: Flags
    ages: Integers
    deviation: Floats | None
    highs: Floats | None
    whole: Floats | None
    places: Integers
    total: int

    def at(self, rows: Integers) -> "IndicatorColumn":
        """Return the column at some rows."""
        return replace(
            self,
            values=self.values[rows],
            treatment=self.treatment.at(rows),
            put_in=self.put_in[rows],
            ages=self.ages[rows],
            deviation=None if self.deviation is None else self.deviation[rows],
            highs=None if self.highs is None else self.highs[rows],
            whole=None if self.whole is None else self.whole[rows],
            places=self.places[rows],
        )


def groups_of(reference: str, panel: Panel) -> tuple[Integers, ...]:
    """Return the rows that relative methods compare: those of a period, or all."""
    if reference == "all_periods":
        return (np.arange(len(panel.units), dtype=np.int64),)
    return panel.rows_by_period()


def prepare_columns(
    framework: Framework, panel: Panel, known: Mapping[str, IndicatorColumn] = MappingProxyType({})
) -> tuple[IndicatorColumn, ...]:
    """Return the panel's columns as the framework's indicators, in their order; `known` ones are reused."""
    leaves, least = framework.indicators(), framework.screen.least
    place, groups = in_order(panel), groups_of(framework.reference.impute, panel)
    read = {leaf.id: _Read.of(leaf, panel) for leaf in leaves if leaf.id not in known}
    kept = np.ones(len(panel.units), dtype=bool)
    if not framework.screen.after:
        kept = screened([panel.column(leaf.key) for leaf in leaves], least)
    filled = {leaf: each.imputed(panel, kept, groups) for leaf, each in read.items()}
    if framework.screen.after and filled:
        kept = screened([each.values for each in filled.values()], least)
    treated = groups_of(framework.reference.treat, panel)
    return tuple(
        known.get(leaf.id) or read[leaf.id].column(filled[leaf.id], kept, panel, treated, place) for leaf in leaves
    )


def screened(columns: Sequence[Floats], least: float) -> Flags:
    """Return the rows (a flag each) in which at least a share `least` of the columns has a value."""
    known = np.stack([~np.isnan(column) for column in columns], axis=1)
    return np.asarray(known.mean(axis=1) >= least - NOISE, dtype=bool)


@dataclass(frozen=True, kw_only=True)
class _Read:
    """An indicator's values as the panel has them, divided by its denominator; `scale` (rows) is the factor."""

    leaf: Indicator
    at: int
    values: Floats
    scale: Floats
    ages: Integers

    @classmethod
    def of(cls, leaf: Indicator, panel: Panel) -> "_Read":
        at = panel.columns.index(leaf.key)
        values = panel.column(leaf.key)
        scale = np.ones(len(values))
        if leaf.denominate is not None:
            below = panel.column(leaf.denominate.by)
            with np.errstate(divide="ignore", invalid="ignore"):
                scale = np.where(below > 0, leaf.denominate.per / below, np.nan)
        ages = panel.ages[:, at] if panel.ages is not None else np.zeros(len(values), dtype=np.int64)
        return cls(leaf=leaf, at=at, values=values * scale, scale=scale, ages=ages)

    def imputed(self, panel: Panel, kept: Flags, groups: tuple[Integers, ...]) -> Imputed:
        return impute(self.leaf.impute, np.where(kept, self.values, np.nan), self.ages, panel, groups)

    def column(
        self, filled: Imputed, kept: Flags, panel: Panel, groups: tuple[Integers, ...], place: Integers
    ) -> IndicatorColumn:
        values, leaf = np.where(kept, filled.values, np.nan), self.leaf
        deviation = _deviation(leaf, values, self.scale)
        return IndicatorColumn(
            leaf=leaf,
            values=values,
            treatment=fit(leaf.treat, values, groups),
            put_in=filled.put_in & kept,
            ages=np.where(np.isnan(values), 0, filled.ages),
            deviation=deviation,
            highs=_highs(panel, self.at, self.scale),
            whole=panel.column(leaf.normalise.text("of")) if leaf.normalise.name == "share" else None,
            places=place if deviation is None else origins(panel, self.at, place),
            total=len(values),
        )


def _highs(panel: Panel, at: int, scale: Floats) -> Floats | None:
    highs = None if panel.highs is None else panel.highs[:, at] * scale
    return None if highs is None or np.isnan(highs).all() else highs


def _deviation(leaf: Indicator, values: Floats, scale: Floats) -> Floats | None:
    """Return the declared standard deviation of each value's error (rows); None if there is none."""
    if leaf.error is None:
        return None
    own = np.abs(values) * leaf.error.relative if leaf.error.relative else leaf.error.absolute * scale
    own = np.where(np.isnan(own), 0.0, own)
    return own if own.any() else None
