"""Coherence: whether indicators belong together, and what each really weighs."""

from dataclasses import dataclass

import numpy as np

from jianbao.evaluation.arrays import Floats
from jianbao.evaluation.framework import Branch
from jianbao.evaluation.score import Scores
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


@dataclass(frozen=True)
class Importance:
    """What a node weighs in another one: as declared, by contribution, and by correlation.

    `declared` multiplies the weights down the tree. `points` is its mean share of the contributions over the rows.
    `correlation` is Pearson's with the score of the node above; its square is the importance of a linear main effect
    (Paruolo, Saisana & Saltelli 2013). `influence` scales these squares to 1 within siblings.
    """

    node: str
    declared: float
    points: float
    correlation: float
    influence: float


def importance(scores: Scores, to: str = "") -> tuple[Importance, ...]:
    """Return the importance of every node below one (default: the index), in written order."""
    framework, top = scores.framework, to or scores.framework.index.id
    whole = scores.of(top)
    found = []
    for branch in framework.branches():
        if top not in [each.id for each in framework.path(branch.id)]:
            continue
        linear = np.array([_correlation(scores.of(child.id), whole) for child in branch.children])
        squares = np.nansum(linear**2)
        for child, r in zip(branch.children, linear, strict=True):
            points = _mean(scores.contribution(child.id, top) / np.where(whole != 0, whole, np.nan))
            influence = float(r**2 / squares) if squares > 0 else np.nan
            found.append(Importance(child.id, scores.weight(child.id, top), points, float(r), influence))
    return tuple(found)


def _correlation(one: Floats, other: Floats) -> float:
    return float(correlations(np.stack([one, other], axis=1))[0, 1])


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def siblings(scores: Scores, branch: Branch) -> tuple[Floats, Reliability | None]:
    """Return the correlations of a branch's children and, for at least 3 complete rows, their reliability."""
    values = np.stack([scores.of(child.id) for child in branch.children], axis=1)
    enough = len(complete(values)) > 2 and values.shape[1] > 1
    return correlations(values), cronbach(values) if enough else None
