"""Prepare indicators as columns to be normalised: screened, denominated, imputed, with treatment and error."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from jianbao.scoring import normalise
from jianbao.scoring.framework import Framework, Goalpost, Indicator, Method
from jianbao.scoring.method_options import NORMALISATIONS
from jianbao.scoring.normalise import Treatment, fit
from jianbao.scoring.panel import Flags, Floats, Integers, Panel, in_order, order_of, origins, rows_by

Middle = Callable[[Floats], np.floating | float]


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
    middle: Middle = np.mean if method.name.endswith("mean") else np.median
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


Shift = tuple[Floats | float, Floats | float]


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
    return np.asarray(known.mean(axis=1) >= least - normalise.NOISE, dtype=bool)


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


def normal(
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
        scored = normalise.goalposts(
            x=treated, floor=low, target=high, cap=method.text("cap"), curve=method.text("curve"), shift=shift
        )
    elif method.name == "share":
        whole = np.full(treated.shape[-1], np.nan) if column.whole is None else column.whole
        with np.errstate(divide="ignore", invalid="ignore"):
            scored = normalise.capped(np.where(whole > 0, treated / whole, np.nan), method.text("cap"))
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
        deviations = normalise.z_score(x, int(method.number("ddof")), direction)
        if "mean" in method.parameters:
            return method.number("mean") + method.number("deviation") * deviations
        return deviations
    if name == "rank":
        return normalise.rank_scores(x, direction, method.text("ties"))
    if name == "borda":
        return normalise.borda_scores(x, direction, method.text("ties"))
    if name == "percentile_rank":
        return normalise.percentile_rank(x, method.text("divisor"), direction, method.text("ties"))
    if name == "distance_to_target":
        return normalise.distance_to_target(x, method.number("target"), method.text("cap"), direction)
    if name == "distance_to_unit":
        measure = np.array(panel.units)[rows] == method.text("unit")
        goal = np.where(measure, x, 0.0).sum(axis=-1, keepdims=True)
        goal = np.where(measure.any(axis=-1, keepdims=True), goal, np.nan)
        return normalise.distance_to_target(x, goal, method.text("cap"), direction)
    if name == "above_below_mean":
        return normalise.above_below_mean(x, method.number("threshold"), direction)
    if name == "categories":
        cuts, points = method.numbers("cuts"), method.numbers("points")
        return normalise.categories(x, cuts, points, method.text("by"), direction)
    if name in ("min_max", "share_of_best"):
        return normalise.min_max(x, direction) if name == "min_max" else normalise.share_of_best(x, direction)
    plain = {
        "share_of_worst": normalise.share_of_worst,
        "share_of_mean": normalise.share_of_mean,
        "difference_from_mean": normalise.difference_from_mean,
        "difference_from_worst": normalise.difference_from_worst,
    }
    return plain[name](x)


def unresolved(method: Method) -> tuple[str, ...]:
    """Return the facts of goalposts that have no value yet."""
    values: Mapping[str, object] = method.parameters
    return tuple(each.fact for each in values.values() if isinstance(each, Goalpost) and np.isnan(each.value))


def column_rows(groups: tuple[Integers, ...], rows: Integers) -> tuple[Integers, ...]:
    """Return the groups among some rows, renumbered by their place in `rows`."""
    group = np.zeros(int(max(part.max() for part in groups)) + 1, dtype=np.int64)
    for number, part in enumerate(groups):
        group[part] = number
    return rows_by([str(number) for number in group[rows]])
