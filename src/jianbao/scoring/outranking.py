"""Compare units in pairs, criterion by criterion (outranking, Handbook 6.2: Borda, Copeland, Condorcet-Kemeny)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import scipy  # loads its submodules when they are first used

from jianbao.core.messages import tr
from jianbao.scoring.normalise import TIE_TOLERANCE
from jianbao.scoring.panel import Flags, Floats, Integers

EXACT_BY_SUBSETS = 10  # 2^n subsets are kept for every draw
TOGETHER = 1000  # draws whose subsets are kept at a time


def pairwise_wins(scores: Floats) -> Floats:
    """Return 1 where the first unit has more, 1/2 for a tie, else 0: (..., units) -> (..., units, units)."""
    with np.errstate(invalid="ignore"):  # infinite scores are reported when all nodes are scored
        lead = scores[..., :, None] - scores[..., None, :]
    wins = (lead > TIE_TOLERANCE) + 0.5 * (np.abs(lead) <= TIE_TOLERANCE)
    wins[..., np.arange(scores.shape[-1]), np.arange(scores.shape[-1])] = 0.0
    return np.asarray(wins, dtype=np.float64)


def copeland(matrix: Floats) -> Floats:
    """Return for each unit the others it beats less those that beat it: (..., units, units) -> (..., units)."""
    lead = matrix - np.swapaxes(matrix, -1, -2)
    beats = (lead > TIE_TOLERANCE).astype(np.float64) - (lead < -TIE_TOLERANCE)
    return np.asarray(beats.sum(axis=-1), dtype=np.float64)


def kemeny_places(matrices: Floats) -> tuple[Floats, Floats]:
    """Return the best and the worst place, 0 the first, of each unit in all best supported rankings (Kemeny 1959).

    Exact for each of many matrices (draws, units, units) -> (draws, units) twice: up to 10 units by dynamic programming
    over subsets, beyond by integer programming (HiGHS), which takes seconds a matrix.
    """
    if matrices.shape[1] > EXACT_BY_SUBSETS:
        found = [_programmed_places(matrix) for matrix in matrices]
        return np.stack([first for first, _ in found]), np.stack([last for _, last in found])
    parts = [_Subsets.of(matrices[start : start + TOGETHER]).places() for start in range(0, len(matrices), TOGETHER)]
    return np.concatenate([first for first, _ in parts]), np.concatenate([last for _, last in parts])


def kemeny_drawn(matrices: Floats, picks: Floats) -> Floats:
    """Return the places (draws, units) in one best ranking of each matrix: of several, each is equally likely.

    `picks` (draws, at least units) are uniform between 0 and 1. Raise ValueError above 10 units.
    """
    size = matrices.shape[1]
    if size > EXACT_BY_SUBSETS:
        raise ValueError(tr("Kemeny's ranking of {size} units cannot be drawn", size=size))
    starts = range(0, len(matrices), TOGETHER)
    parts = (_Subsets.of(matrices[start : start + TOGETHER]).drawn(picks[start : start + TOGETHER]) for start in starts)
    return np.concatenate(list(parts))


def kemeny_orders(matrix: Floats, most: int) -> list[tuple[int, ...]]:
    """Return the best supported rankings (unit indices, best first) of one matrix, at most `most` of them.

    Above 10 units only one of them is found.
    """
    if len(matrix) > EXACT_BY_SUBSETS:
        order = np.argsort(_LinearOrders.of(matrix).best().sum(axis=0), kind="stable")
        return [tuple(order.tolist())]
    return sorted(islice(_Subsets.of(matrix[None]).orders(), most))


def support(matrix: Floats, order: Sequence[int]) -> float:
    """Return the support of a ranking (best first): the sum over all pairs that it puts in this order."""
    return float(np.triu(matrix[np.ix_(order, order)], 1).sum())


@dataclass(frozen=True)
class _Subsets:
    """Rankings of every subset of units, all draws at once: the best support, and how many rankings have it.

    Both have shape (subsets, draws), `matrices` (units, units, draws); bit k of a subset's number is 1 if unit k is in
    it.
    """

    matrices: Floats
    best: Floats
    ways: Floats

    @classmethod
    def of(cls, matrices: Floats) -> "_Subsets":
        draws, size, _ = matrices.shape
        across = np.ascontiguousarray(np.moveaxis(matrices, 0, -1))
        made = cls(across, np.zeros((1 << size, draws)), np.ones((1 << size, draws)))
        for subset in range(1, 1 << size):
            members, options = made._options(subset)
            made.best[subset] = options.max(axis=0)
            rest = made.ways[[subset ^ (1 << unit) for unit in members]]
            made.ways[subset] = (rest * made._tight(subset, options)).sum(axis=0)
        return made

    def _options(self, subset: int) -> tuple[list[int], Floats]:
        """Return the members, and the best support (members, draws) of the subset with each of them last."""
        members = [unit for unit in range(len(self.matrices)) if subset >> unit & 1]
        ahead = self.matrices[np.ix_(members, members)].sum(axis=0)
        return members, self.best[[subset ^ (1 << unit) for unit in members]] + ahead

    def _tight(self, subset: int, options: Floats) -> Flags:
        return np.asarray(options >= self.best[subset] - TIE_TOLERANCE, dtype=bool)

    def places(self) -> tuple[Floats, Floats]:
        """Return the best and the worst place of each unit (draws, units)."""
        size, _, draws = self.matrices.shape
        if (self.ways[-1] == 1.0).all():
            places = self.drawn(np.zeros((draws, size)))
            return places, places
        live = np.zeros(self.best.shape, dtype=bool)
        live[-1] = True
        first, last = np.full((draws, size), size - 1.0), np.zeros((draws, size))
        for subset in range((1 << size) - 1, 0, -1):
            if live[subset].any():
                members, options = self._options(subset)
                tight = self._tight(subset, options) & live[subset]
                for unit, chosen in zip(members, tight, strict=True):
                    live[subset ^ (1 << unit)] |= chosen
                    place = len(members) - 1.0
                    first[:, unit] = np.where(chosen, np.minimum(first[:, unit], place), first[:, unit])
                    last[:, unit] = np.where(chosen, np.maximum(last[:, unit], place), last[:, unit])
        return first, last

    def drawn(self, picks: Floats) -> Floats:
        """Return the places (draws, units) in one of the best rankings of each draw."""
        size, _, draws = self.matrices.shape
        each, bits = np.arange(draws), 1 << np.arange(size)
        left, places = np.full(draws, (1 << size) - 1), np.empty((draws, size))
        for place in range(size - 1, -1, -1):
            members = (left[:, None] & bits) > 0
            without = np.where(members, left[:, None] ^ bits, 0)
            options = self.best[without, each[:, None]] + np.einsum("dv,vud->du", members, self.matrices)
            tight = members & (options >= self.best[left, each][:, None] - TIE_TOLERANCE)
            ways = np.cumsum(np.where(tight, self.ways[without, each[:, None]], 0.0), axis=1)
            unit = np.argmax(ways > picks[:, place : place + 1] * ways[:, -1:], axis=1)
            places[each, unit] = place
            left = left ^ (1 << unit)
        return places

    def orders(self, subset: int = -1) -> Iterator[tuple[int, ...]]:
        """Yield the best rankings of the first draw's subset, of all units unless one is given."""
        whole = len(self.best) - 1 if subset < 0 else subset
        if not whole:
            yield ()
            return
        members, options = self._options(whole)
        for unit, tight in zip(members, self._tight(whole, options)[:, 0], strict=True):
            if tight:
                yield from ((*before, unit) for before in self.orders(whole ^ (1 << unit)))


@dataclass(frozen=True, kw_only=True)
class _LinearOrders:
    """The linear ordering problem of one matrix: x of a pair (i < j) is 1 if i comes before j, without a cycle."""

    matrix: Floats
    first: Integers
    second: Integers
    cycles: Any

    @classmethod
    def of(cls, matrix: Floats) -> "_LinearOrders":
        size = len(matrix)
        first, second = np.triu_indices(size, 1)
        column = np.full((size, size), -1)
        column[first, second] = np.arange(len(first))
        i, j, k = (np.array(each) for each in zip(*_triples(size), strict=True))
        at = np.tile(np.arange(len(i)), 3)
        signs = np.repeat([1.0, 1.0, -1.0], len(i))
        columns = np.concatenate([column[i, j], column[j, k], column[i, k]])
        rows = scipy.sparse.csr_array((signs, (at, columns)), shape=(len(i), len(first)))
        return cls(matrix=matrix, first=first, second=second, cycles=scipy.optimize.LinearConstraint(rows, 0.0, 1.0))

    @property
    def lead(self) -> Floats:
        return np.asarray((self.matrix - self.matrix.T)[self.first, self.second], dtype=np.float64)

    def solved(self, cost: Floats, least: float = -np.inf) -> Floats:
        """Return the order of least cost, as a matrix with 1 where the row's unit comes before the column's.

        Only orders whose lead of support is at least `least` count.
        """
        enough = scipy.optimize.LinearConstraint(self.lead[None], least, np.inf)
        found = scipy.optimize.milp(
            c=cost,
            constraints=[self.cycles, enough],
            integrality=np.ones(len(self.first)),
            bounds=scipy.optimize.Bounds(0.0, 1.0),
        )
        before: Floats = np.zeros_like(self.matrix)
        before[self.first, self.second] = np.round(found.x)
        before[self.second, self.first] = 1.0 - np.round(found.x)
        return before

    def best(self) -> Floats:
        return self.solved(-self.lead)

    def ahead(self, unit: int) -> Floats:
        """Return costs that rise with the number of units before a given one."""
        return np.asarray((self.second == unit) * 1.0 - (self.first == unit), dtype=np.float64)


def _programmed_places(matrix: Floats) -> tuple[Floats, Floats]:
    """Return the best and the worst place of each unit in any best order; 2 programs, and 2 more a unit if they tie."""
    problem = _LinearOrders.of(matrix)
    order = problem.best()
    taken = order[problem.first, problem.second]
    least = float((problem.lead * taken).sum()) - TIE_TOLERANCE * len(taken)
    other = problem.solved(2.0 * taken - 1.0, least)
    if (other == order).all():
        places = order.sum(axis=0)
        return places, places
    first, last = np.empty(len(matrix)), np.empty(len(matrix))
    for unit in range(len(matrix)):
        first[unit] = problem.solved(problem.ahead(unit), least)[:, unit].sum()
        last[unit] = problem.solved(-problem.ahead(unit), least)[:, unit].sum()
    return first, last


def _triples(size: int) -> Iterator[tuple[int, int, int]]:
    for i in range(size):
        for j in range(i + 1, size):
            for k in range(j + 1, size):
                yield i, j, k
