"""Compute weights from judgements (AHP) or from data (entropy, standard deviation, CRITIC, principal components)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from jianbao.core.messages import tr
from jianbao.scoring import reproducible
from jianbao.scoring.panel import Floats

# Mean consistency index of random reciprocal matrices, by size from 3. Saaty 1980, The Analytic Hierarchy Process;
# Saaty & Tran 2007, Math. Comput. Modelling 46; Alonso & Lamata 2006, Int. J. Uncertainty 14(4).
RANDOM_INDEX: Mapping[str, tuple[float, ...]] = {
    "saaty_1980": (0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59),
    "saaty_2007": (0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59),
    "alonso_lamata_2006": (
        *(0.5245, 0.8815, 1.1086, 1.2479, 1.3417, 1.4056, 1.4499, 1.4854),
        *(1.5140, 1.5365, 1.5551, 1.5713, 1.5838),
    ),
}
ROUNDS, TOLERANCE = 500, 1e-12  # of a rotation
CONSISTENT = 0.10  # Saaty's limit for the consistency ratio


@dataclass(frozen=True)
class AhpResult:
    """Weights of a pairwise comparison matrix, and its consistency (lambda max, CI, CR)."""

    weights: Floats
    lambda_max: float
    consistency_index: float
    consistency_ratio: float

    @property
    def consistent(self) -> bool:
        """Return whether the consistency ratio is at most 0.1."""
        return self.consistency_ratio <= CONSISTENT


def ahp(matrix: Floats, random_index: str) -> AhpResult:
    """Return the principal eigenvector, scaled to 1, of a positive reciprocal matrix (Saaty 1980).

    CI = (lambda max - n) / (n - 1); CR = CI / random index, 0 for n below 3. Raise ValueError above 15 children.
    """
    size = len(matrix)
    table = RANDOM_INDEX[random_index]
    if size > len(table) + 2:
        raise ValueError(
            tr("{random_index} has no random index for {size} children", random_index=random_index, size=size)
        )
    values, vectors = np.linalg.eig(matrix)
    principal = int(np.argmax(values.real))
    weights = np.round(np.abs(vectors[:, principal].real), reproducible.DIGITS)
    lambda_max = round(float(values[principal].real), reproducible.DIGITS)
    index = max(0.0, (lambda_max - size) / (size - 1)) if size > 1 else 0.0
    return AhpResult(weights / weights.sum(), lambda_max, index, index / table[size - 3] if size > 2 else 0.0)


def complete(values: Floats) -> Floats:
    """Return the rows (of rows x children) in which every value is a number; raise ValueError for fewer than two."""
    rows: Floats = values[np.isfinite(values).all(axis=1)]
    if len(rows) < 2:
        raise ValueError(tr("fewer than two rows have a value for every child"))
    return rows


def entropy(values: Floats, scaling: str) -> Floats:
    """Return entropy weights of columns (Shannon; Zeleny 1982): 1 - H / ln n, scaled to 1.

    `scaling` "sum" divides each column by its sum (no value may be negative); "min_max_then_sum" stretches it to
    0..1 first, which gives clearly different weights. A column that does not vary has the weight 0. Raise ValueError
    for negative values.
    """
    x = complete(values)
    if scaling == "min_max_then_sum":
        x = _stretched(x)
    if (x < 0).any():
        raise ValueError(tr("entropy weights need values of at least 0"))
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = x / x.sum(axis=0)
        terms = np.where(shares > 0, shares * reproducible.log(shares), 0.0)
    varied = x.max(axis=0) > x.min(axis=0)
    return _scaled(np.where(varied, 1.0 + terms.sum(axis=0) / reproducible.log(len(x)), 0.0))


def standard_deviation(values: Floats, ddof: int) -> Floats:
    """Return weights in proportion to the columns' standard deviations."""
    return _scaled(complete(values).std(axis=0, ddof=ddof))


def critic(values: Floats) -> Floats:
    """Return CRITIC weights (Diakoulaki et al. 1995): deviation x sum of (1 - correlation), of columns put to 0..1."""
    x = _stretched(complete(values))
    return _scaled(x.std(axis=0) * (1.0 - correlation(x)).sum(axis=0))


def _stretched(x: Floats) -> Floats:
    low, high = x.min(axis=0), x.max(axis=0)
    span = np.where(high > low, high - low, 1.0)
    stretched: Floats = (x - low) / span
    return stretched


def _scaled(raw: Floats) -> Floats:
    total = raw.sum()
    if not total > 0:
        raise ValueError(tr("the data give no weight to any child: no column varies"))
    return np.asarray(raw / total, dtype=np.float64)


def correlation(x: Floats) -> Floats:
    """Return Pearson correlations of columns; a constant column correlates with nothing (0), with itself 1."""
    centred = x - x.mean(axis=0)
    norms = np.sqrt((centred**2).sum(axis=0))
    unit = centred / np.where(norms > 0, norms, 1.0)
    matrix = reproducible.product(unit.T, unit)
    np.fill_diagonal(matrix, 1.0)
    return matrix


@dataclass(frozen=True)
class Factors:
    """Principal components of a correlation matrix: all eigenvalues, the kept loadings, and these after varimax."""

    eigenvalues: Floats
    loadings: Floats
    rotated: Floats


def factors(values: Floats, keep: int = 0, least_variance: float = 0.0) -> Factors:
    """Return the principal components of columns, rotated by varimax with Kaiser normalisation.

    `keep` is the number of factors; or they are those that explain at least `least_variance` (0..1) of the total.
    """
    eigenvalues, vectors = np.linalg.eigh(correlation(complete(values)))
    order = np.argsort(eigenvalues)[::-1]
    eigenvalues, vectors = eigenvalues[order], vectors[:, order]
    kept = keep or max(1, int((eigenvalues / eigenvalues.sum() >= least_variance).sum()))
    loadings = vectors[:, :kept] * np.sqrt(np.maximum(eigenvalues[:kept], 0.0))
    loadings = loadings * np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return Factors(*(np.round(each, reproducible.DIGITS) for each in (eigenvalues, loadings, varimax(loadings))))


def varimax(loadings: Floats) -> Floats:
    """Return loadings after varimax rotation with Kaiser's row normalisation (Kaiser 1958), signs made positive."""
    size, kept = loadings.shape
    if kept < 2:
        return loadings
    length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
    length = np.where(length > 0, length, 1.0)
    start = loadings / length
    rotation = np.eye(kept)
    before = 0.0
    for _ in range(ROUNDS):
        turned = reproducible.product(start, rotation)
        gradient = reproducible.product(start.T, turned * (turned**2 - (turned**2).sum(axis=0) / size))
        left, values, right = np.linalg.svd(gradient)
        rotation = reproducible.product(left, right)
        if values.sum() - before < TOLERANCE * values.sum():
            break
        before = float(values.sum())
    rotated = reproducible.product(start, rotation) * length
    return np.asarray(rotated * np.where(rotated.sum(axis=0) < 0, -1.0, 1.0), dtype=np.float64)


def principal(values: Floats, keep: int = 0, least_variance: float = 0.0) -> Floats:
    """Return weights by principal components as the OECD/JRC Handbook (2008, 6.1, Table 18) makes them.

    Each column goes to the factor on which it loads most, with its squared loading as a share of what the factor
    explains, times that factor's share in what all kept factors explain: the factor's own size cancels out.
    """
    squared = (factors(values, keep, least_variance).rotated ** 2).max(axis=1)
    return _scaled(squared)


@dataclass(frozen=True, kw_only=True)
class Reliability:
    """Cronbach's alpha (1951) of columns, or of those that are left `without` one of them.

    `alpha` is of the columns as they are, `standardised` of columns with equal variances; `correlation` is that of the
    column left out with the sum of the standardised others (NaN for all columns).
    """

    without: str
    alpha: float
    standardised: float
    correlation: float


def reliability(values: Floats, names: Sequence[str]) -> list[Reliability]:
    """Return the reliability of columns, over the rows that have all of them, and without each (Handbook, Table 11)."""
    x = values[~np.isnan(values).any(axis=1)]
    found = [Reliability(without="", alpha=_alpha(x), standardised=_alpha(_standardised(x)), correlation=np.nan)]
    for place, name in enumerate(names):
        rest = np.delete(x, place, axis=1)
        total = np.stack([x[:, place], _standardised(rest).sum(axis=1)], axis=1)
        with_rest = correlation(total)[0, 1] if len(x) > 1 else np.nan
        made = Reliability(
            without=name, alpha=_alpha(rest), standardised=_alpha(_standardised(rest)), correlation=float(with_rest)
        )
        found.append(made)
    return found


def _standardised(x: Floats) -> Floats:
    spread = x.std(axis=0) if len(x) else np.ones(x.shape[1])
    return np.asarray((x - x.mean(axis=0) if len(x) else x) / np.where(spread > 0, spread, 1.0), dtype=np.float64)


def _alpha(x: Floats) -> float:
    """Return k / (k - 1) x (1 - sum of variances / variance of the sum) of k columns; NaN for fewer than 2 of each."""
    many = x.shape[1]
    total = x.sum(axis=1).var() if len(x) > 1 else 0.0
    return float(many / (many - 1) * (1.0 - x.var(axis=0).sum() / total)) if many > 1 and total > 0 else np.nan
