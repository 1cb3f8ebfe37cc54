"""Missing values put in, if the framework says so; each one is marked."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jianbao.evaluation.arrays import Flags, Floats, Integers
from jianbao.evaluation.framework import Method
from jianbao.evaluation.panel import Panel, order_of, rows_by

Middle = Callable[[Floats], np.floating | float]


@dataclass(frozen=True)
class Imputed:
    """A column (rows) after imputation: its values, which of them were put in, and their ages if carried forward."""

    values: Floats
    put_in: Flags
    ages: Integers


def impute(method: Method, x: Floats, ages: Integers, panel: Panel, groups: tuple[Integers, ...]) -> Imputed:
    """Put in missing values of a column by the named method, looking at the rows of each group."""
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


def screened(panel: Panel, columns: tuple[str, ...], least: float) -> Flags:
    """Return the rows (a flag each) in which at least a share `least` of the columns has a value."""
    known = np.stack([~np.isnan(panel.column(name)) for name in columns], axis=1)
    return np.asarray(known.mean(axis=1) >= least, dtype=bool)
