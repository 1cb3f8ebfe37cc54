"""Oracles: outranking by its definitions, units compared one by one and rankings listed one by one."""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from jianbao.scoring.outranking import pairwise_wins
from jianbao.scoring.panel import Floats


def outranking_matrix(scores: Floats, weights: Floats) -> Floats:
    """Return, for units (rows) scored by criteria (columns), the weight share by which each outdoes each other one.

    Ties give half to both; the diagonal is 0; a criterion counts for a pair if both units have a value. Shape (units,
    units). Handbook Tables 35 and 36.
    """
    wins = pairwise_wins(scores.T)
    known = ~np.isnan(scores.T)
    both = known[:, :, None] & known[:, None, :]
    total = np.einsum("k,kij->ij", weights, both)
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix = np.einsum("k,kij->ij", weights, wins) / total
    np.fill_diagonal(matrix, 0.0)
    return np.where(np.isnan(matrix), 0.0, matrix)


def kemeny_rankings(matrix: Floats) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Yield every ranking with its support, the best supported first: for few units."""
    size = len(matrix)
    orders = np.array(list(permutations(range(size))))
    support = sum(matrix[orders[:, i], orders[:, j]] for i in range(size) for j in range(i + 1, size))
    for place in np.argsort(-np.round(np.asarray(support), 9), kind="stable"):
        yield float(np.asarray(support)[place]), tuple(int(unit) for unit in orders[place])
