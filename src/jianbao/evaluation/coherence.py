"""Coherence: whether indicators belong together."""

from dataclasses import dataclass

import numpy as np

from jianbao.evaluation.arrays import Floats
from jianbao.evaluation.weights import complete, correlation


@dataclass(frozen=True)
class Reliability:
    """Cronbach's alpha of columns, and for each column its correlation with the others' sum and alpha without it."""

    alpha: float
    item_total: Floats
    without: Floats


def correlations(values: Floats) -> Floats:
    """Return Pearson correlations (columns, columns) over the rows that have both values; NaN for fewer than 3."""
    many = values.shape[1]
    matrix = np.full((many, many), np.nan)
    for i in range(many):
        for j in range(i + 1):
            pair = complete(values[:, [i, j]])
            if len(pair) > 2:
                matrix[i, j] = matrix[j, i] = correlation(pair)[0, 1] if i != j else 1.0
    return matrix


def cronbach(values: Floats) -> Reliability:
    """Return the reliability of columns (rows complete), standardised first so that units do not matter.

    alpha = k / (k - 1) (1 - k / variance of the sum): Cronbach 1951; the Handbook's Table 11.
    """
    r = correlation(complete(values))
    many = len(r)
    rest = r.sum() - 2.0 * r.sum(axis=0) + 1.0
    with_others = (r.sum(axis=0) - 1.0) / np.sqrt(np.maximum(rest, 1e-300))
    without = np.array([_alpha(np.delete(np.delete(r, k, 0), k, 1)) for k in range(many)])
    return Reliability(_alpha(r), with_others, without)


def _alpha(r: Floats) -> float:
    many = len(r)
    return float(many / (many - 1) * (1.0 - many / r.sum())) if many > 1 else np.nan
