"""Outranking: units compared in pairs, criterion by criterion (Handbook 6.2: Borda, Copeland, Condorcet-Kemeny)."""

from collections.abc import Iterator

import numpy as np
import scipy  # its parts load when they are first used

from jianbao.core.messages import tr
from jianbao.scoring.panel import Floats, Integers

EXACT_BY_SUBSETS = 10  # 2^n subsets are kept for every draw


def pairwise_wins(scores: Floats) -> Floats:
    """Return 1 where the first unit has more, 1/2 for a tie, else 0: (..., units) -> (..., units, units)."""
    first, second = scores[..., :, None], scores[..., None, :]
    wins = (first > second) + 0.5 * (first == second)
    wins[..., np.arange(scores.shape[-1]), np.arange(scores.shape[-1])] = 0.0
    return np.asarray(wins, dtype=np.float64)


def copeland(matrix: Floats) -> Floats:
    """Return for each unit how many others it outdoes less how many outdo it: (..., units, units) -> (..., units)."""
    lead = matrix - np.swapaxes(matrix, -1, -2)
    beats = (lead > 1e-12).astype(np.float64) - (lead < -1e-12)
    return np.asarray(beats.sum(axis=-1), dtype=np.float64)


def kemeny(matrix: Floats) -> Integers:
    """Return a best supported ranking (unit indices, best first) of one outranking matrix, exactly (Kemeny 1959).

    Up to 10 units by dynamic programming over subsets, beyond by integer programming (HiGHS).
    """
    if len(matrix) <= EXACT_BY_SUBSETS:
        return np.asarray(kemeny_of_draws(matrix[None])[0], dtype=np.int64)
    return _kemeny_by_programming(matrix)


def kemeny_of_draws(matrices: Floats) -> Integers:
    """Return a best supported ranking for each of many matrices (draws, units, units) -> (draws, units).

    Dynamic programming over subsets, all draws at once; raise ValueError above 10 units.
    """
    draws, size, _ = matrices.shape
    if size > EXACT_BY_SUBSETS:
        raise ValueError(tr("Kemeny's ranking of {size} units cannot be drawn; take copeland or borda", size=size))
    best = np.zeros((1 << size, draws))
    last = np.zeros((1 << size, draws), dtype=np.int64)
    for subset in range(1, 1 << size):
        members = [unit for unit in range(size) if subset >> unit & 1]
        options = np.stack([best[subset ^ (1 << unit)] + _support(matrices, members, unit) for unit in members])
        choice = np.argmax(options, axis=0)
        best[subset] = np.take_along_axis(options, choice[None], axis=0)[0]
        last[subset] = np.array(members)[choice]
    order = np.empty((draws, size), dtype=np.int64)
    left = np.full(draws, (1 << size) - 1)
    for place in range(size - 1, -1, -1):
        order[:, place] = last[left, np.arange(draws)]
        left = left ^ (1 << order[:, place])
    return order


def _support(matrices: Floats, members: list[int], unit: int) -> Floats:
    """Return, for each draw, what putting a unit behind all other members adds."""
    others = [member for member in members if member != unit]
    return np.asarray(matrices[:, others, unit].sum(axis=1), dtype=np.float64)


def _kemeny_by_programming(matrix: Floats) -> Integers:
    """Solve for x[i, j] = 1 if i stands before j (i < j), with no cycle of three: a linear ordering problem."""
    size = len(matrix)
    first, second = np.triu_indices(size, 1)
    column = np.full((size, size), -1)
    column[first, second] = np.arange(len(first))
    i, j, k = (np.array(each) for each in zip(*_triples(size), strict=True))
    at = np.tile(np.arange(len(i)), 3)
    signs = np.repeat([1.0, 1.0, -1.0], len(i))
    columns = np.concatenate([column[i, j], column[j, k], column[i, k]])
    rows = scipy.sparse.csr_array((signs, (at, columns)), shape=(len(i), len(first)))
    found = scipy.optimize.milp(
        c=-(matrix - matrix.T)[first, second],
        constraints=scipy.optimize.LinearConstraint(rows, 0.0, 1.0),
        integrality=np.ones(len(first)),
        bounds=scipy.optimize.Bounds(0.0, 1.0),
    )
    before = np.zeros((size, size))
    before[first, second] = np.round(found.x)
    before[second, first] = 1.0 - np.round(found.x)
    return np.asarray(np.argsort(-before.sum(axis=1), kind="stable"), dtype=np.int64)


def _triples(size: int) -> Iterator[tuple[int, int, int]]:
    for i in range(size):
        for j in range(i + 1, size):
            for k in range(j + 1, size):
                yield i, j, k
