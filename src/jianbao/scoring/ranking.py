"""Compute ranks and intervals of a whole panel, from draws made in batches so that memory stays bounded."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jianbao.core.errors import ContentError, Problem, raise_all
from jianbao.core.messages import tr
from jianbao.scoring.aggregate import draw_interval
from jianbao.scoring.framework import Framework
from jianbao.scoring.monte_carlo import BUDGET, BatchedEvaluation, Periods, contexts, parts, spans, uncertain_nodes
from jianbao.scoring.normalise import TIE_TOLERANCE, rank_scores, stacked_by_size
from jianbao.scoring.outranking import pairwise_wins
from jianbao.scoring.panel import Floats, Integers, Panel
from jianbao.scoring.sampling import InputDraws, sample
from jianbao.scoring.score import Scores, declared_scores

SAMPLED = 2000  # draws in which ranks by a sub-index are counted unless it is named
KEY_BITS = 32  # a key has a unit's score in the upper bits and its number in the lower ones
FULL = 8  # keys for each place in the table of ranks before they are counted
MAX_WAITING_KEYS = 4_000_000  # the most keys that wait to be counted
MOST_RANKED = 5_000  # units of a period whose ranks are drawn: the table of their ranks has the square of it


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """Statistics over the draws: the ranks of one period's units by the index.

    `ranks` (units) are of the declared scores, 1 the best; `low` and `high` their interval (low is the better end);
    `acceptability` (units, ranks) the share of draws in which a unit has a rank, None if nothing is drawn and each
    has its own; `wins` (units, units) the share in which the row's unit scores above the column's, ties half. `ties`
    names the units that share a rank.
    """

    period: str
    units: tuple[str, ...]
    ranks: Floats
    low: Floats
    high: Floats
    acceptability: Floats | None
    wins: Floats | None
    ties: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Declared scores, intervals, ranks and their intervals (rows, nodes), and each period's ranking by the index.

    `rank` is among the units of a period, for each branch, 1 the best. Intervals of a node in doubt are NaN unless
    requested.
    """

    declared: Scores
    low: Floats
    high: Floats
    rank: Floats
    rank_low: Floats
    rank_high: Floats
    rankings: tuple[Ranking, ...]


def ranks_of(scores: Floats, framework: Framework) -> Floats:
    """Return ranks (..., rows), 1 the best, equal scores sharing the better rank; NaN for no score.

    Scores within TIE_TOLERANCE are equal. With `rank_decimals` they are first rounded, half up, so that ranks agree
    with the printed scores.
    """
    if framework.rank_decimals is not None:
        unit = 10.0**framework.rank_decimals
        scores = np.copysign(np.floor(np.abs(scores) * unit + 0.5 + TIE_TOLERANCE), scores) / unit
    return rank_scores(scores, direction=-1, ties="lowest", even=TIE_TOLERANCE)


def tied(units: tuple[str, ...], ranks: Floats) -> tuple[tuple[str, ...], ...]:
    """Return the groups of units that share a rank, best first."""
    groups: dict[float, list[str]] = {}
    for place in np.argsort(ranks, kind="stable"):
        groups.setdefault(float(ranks[place]), []).append(units[place])
    return tuple(tuple(group) for rank, group in groups.items() if len(group) > 1 and not np.isnan(rank))


def summarise(
    framework: Framework,
    panel: Panel,
    nodes: Collection[str] = (),
    pairwise: bool = False,
    budget: int = BUDGET,
    inputs_of: Callable[[Scores], InputDraws] | None = None,
) -> Summary:
    """Evaluate and draw: return intervals of score and rank of the index, its children and some other nodes.

    Ranks by a child of the index that is not named are counted in the first SAMPLED draws, everything else in all.
    Memory stays within a small multiple of `budget` (bytes), whatever the size of the panel, besides the tables
    of ranks, which grow with the square of a period's units: with more than MOST_RANKED nothing is drawn, and
    ContentError is raised. `inputs_of` gives draws recorded elsewhere.
    """
    declared = declared_scores(framework, panel)
    inputs = inputs_of(declared) if inputs_of else sample(declared, framework.draws)
    doubtful = uncertain_nodes(inputs, framework) if inputs.draws else ()
    top = (framework.index.id, *(child.id for child in framework.index.children))
    asked = [node for node in doubtful if node in (*top, *nodes)]
    raise_all(_too_many(declared) if asked else (), ContentError)
    counted = {node: SAMPLED if node in top[1:] and node not in nodes else inputs.draws for node in asked}
    found = _Found.of(declared, doubtful, pairwise)
    for context, periods in contexts(declared) if asked else ():
        among = declared.at(context)
        for part, kept in parts(asked, len(context), inputs.draws, budget):
            some = {node: counted[node] for node in part}
            low, high = _drawn(found=found, among=among, inputs=inputs, periods=periods, nodes=some, kept=kept)
            for place, node in enumerate(part):
                at = context[kept], declared.nodes.index(node)
                found.low[at], found.high[at] = low[:, place], high[:, place]
    return found.summary()


def _too_many(declared: Scores) -> Iterator[Problem]:
    """Yield the problem of the period with the most units, if their ranks cannot be drawn."""
    panel = declared.panel
    most = max(panel.rows_by_period(), key=len)
    if len(most) > MOST_RANKED:
        period, count = panel.periods[most[0]], len(most)
        what = tr("{count:,} units are too many to draw their ranks", count=count)
        if period:
            what = tr("{count:,} units in {period} are too many to draw their ranks", count=count, period=period)
        hint = tr("{most:,} are the most; without draws any number is scored", most=MOST_RANKED)
        yield Problem(declared.framework.index.place, what, hint)


def _drawn(
    found: "_Found", *, among: Scores, inputs: InputDraws, periods: Periods, nodes: Mapping[str, int], kept: slice
) -> tuple[Floats, Floats]:
    """Draw some nodes and return their intervals (rows, nodes); ranks are counted with the first rows that are kept.

    `nodes` has the number of draws in which ranks are counted. Draws are kept as differences from declared scores, for
    which seven digits are enough.
    """
    size, rows = len(among.panel.units), kept.stop - kept.start
    declared = {node: among.of(node) for node in nodes}
    away = {node: np.empty((inputs.draws, rows), dtype=np.float32) for node in nodes}
    counts = {
        (node, number): RankCounts(declared[node][where], among.framework)
        for number, where in periods
        for node in nodes
        if kept.start == 0 and found.ranked(node, number)
    }
    evaluation = BatchedEvaluation.of(among, inputs, nodes)
    for start, stop in spans(inputs.draws, size, len(among.nodes)):
        for node, made in evaluation.drawn(start, stop).items():
            values = np.broadcast_to(made, (stop - start, size))
            np.subtract(values[:, kept], declared[node][kept], out=away[node][start:stop], casting="same_kind")
            for number, where in periods if kept.start == 0 else ():
                if (node, number) in counts and start < nodes[node]:
                    counts[node, number].add(values[:, where])
                found.pair(node, number, values[:, where])
    for (node, number), counted in counts.items():
        found.rank_draws(node, number, counted.acceptability())
    moved = {node: draw_interval(away[node], among.framework.interval) for node in nodes}
    ends = [[declared[node][kept] + each for each in moved[node]] for node in nodes]
    return np.stack([low for low, _ in ends], axis=1), np.stack([high for _, high in ends], axis=1)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """The arrays of a summary while they are filled; by period the shares of ranks by the index, and won pairs."""

    declared: Scores
    low: Floats
    high: Floats
    rank: Floats
    rank_low: Floats
    rank_high: Floats
    periods: tuple[Integers, ...]
    shares: dict[int, Floats]
    wins: Mapping[int, Floats]

    @classmethod
    def of(cls, declared: Scores, doubtful: Collection[str], pairwise: bool) -> "_Found":
        periods, framework = declared.panel.rows_by_period(), declared.framework
        unsure = [node in doubtful for node in declared.nodes]
        low, rank = np.where(unsure, np.nan, declared.score), np.full_like(declared.score, np.nan)
        for branch in framework.branches():
            place = declared.nodes.index(branch.id)
            for rows in stacked_by_size(periods):
                rank[rows, place] = ranks_of(declared.score[rows, place], framework)
        alone = np.zeros(len(rank), dtype=bool)
        alone[[rows[0] for rows in periods if len(rows) == 1]] = True
        rank_low = np.where(unsure & ~alone[:, None], np.nan, rank)
        return cls(
            declared=declared,
            low=low,
            high=low.copy(),
            rank=rank,
            rank_low=rank_low,
            rank_high=rank_low.copy(),
            periods=periods,
            shares={},
            wins={number: np.zeros((len(rows), len(rows))) for number, rows in enumerate(periods) if pairwise},
        )

    def ranked(self, node: str, number: int) -> bool:
        """Return whether a node ranks the units of a period: a branch does, if there are several."""
        return len(self.periods[number]) > 1 and not np.isnan(self.rank[self.periods[number], self._at(node)]).all()

    def _at(self, node: str) -> int:
        return self.declared.nodes.index(node)

    def pair(self, node: str, number: int, values: Floats) -> None:
        """Count in draws (draws, units) of the index which units of a period are above which, if requested."""
        if number in self.wins and node == self.declared.framework.index.id:
            for start, stop in spans(len(values), values.shape[1] ** 2, 4):
                self.wins[number][:] += pairwise_wins(values[start:stop]).sum(axis=0)

    def rank_draws(self, node: str, number: int, shares: Floats) -> None:
        """Record the share of draws in which each unit of a period has each rank."""
        at = self.periods[number], self._at(node)
        self.rank_low[at], self.rank_high[at] = rank_interval(shares, self.declared.framework.interval)
        if node == self.declared.framework.index.id:
            self.shares[number] = shares

    def summary(self) -> Summary:
        return Summary(
            declared=self.declared,
            low=self.low,
            high=self.high,
            rank=self.rank,
            rank_low=self.rank_low,
            rank_high=self.rank_high,
            rankings=tuple(self._ranking(number) for number in range(len(self.periods))),
        )

    def _ranking(self, number: int) -> Ranking:
        declared, rows = self.declared, self.periods[number]
        at = rows, self._at(declared.framework.index.id)
        ranks, shares, wins = self.rank[at], self.shares.get(number), self.wins.get(number)
        if wins is not None:
            wins = wins / declared.framework.draws if wins.any() else pairwise_wins(declared.score[at])
        units = tuple(declared.panel.units[row] for row in rows)
        return Ranking(
            period=declared.panel.periods[rows[0]],
            units=units,
            ranks=ranks,
            low=self.rank_low[at],
            high=self.rank_high[at],
            acceptability=shares,
            wins=wins,
            ties=tied(units, ranks),
        )


Keys = NDArray[np.uint32]


class RankCounts:
    """The number of draws in which each unit of a period takes each rank."""

    def __init__(self, scores: Floats, framework: Framework) -> None:
        """Begin to count the ranks of units with these declared scores; those without one take none."""
        self._framework = framework
        self._known = np.flatnonzero(~np.isnan(scores))
        self._counts = np.zeros((len(scores), len(scores)), dtype=np.int32)
        self._bits = len(self._known).bit_length()
        self._keys: list[Keys] = []
        self._unsure: list[Floats] = []

    def acceptability(self) -> Floats:
        """Return the share of draws (units, ranks)."""
        self._flush()
        return self._counts / max(1, int(self._counts.sum(axis=1).max(initial=0)))

    def add(self, values: Floats) -> None:
        """Count the ranks in some draws (draws, units).

        Units are sorted by keys of 32 bits, a fifth of the time that sorting scores takes. Draws in which two keys are
        too close to distinguish are ranked by their scores.
        """
        size, bits = len(self._known), np.uint32(self._bits)
        x = values if size == values.shape[1] else values[:, self._known]
        low, high = (x.min(), x.max()) if x.size else (0.0, 0.0)
        scale = (2.0 ** (KEY_BITS - self._bits) - 2.0) / (high - low) if high > low else 0.0
        near = (2 + int(TIE_TOLERANCE * scale)) << self._bits
        if self._framework.rank_decimals is not None or near >= 1 << (KEY_BITS - 1) or not scale:
            self._count(ranks_of(x, self._framework))
            return
        shift = high - x
        shift *= scale
        keys = shift.astype(np.uint32)
        keys <<= bits
        keys |= np.arange(size, dtype=np.uint32)
        keys.sort(axis=1)
        close = np.flatnonzero(keys[:, 1:] - keys[:, :-1] < near)
        keys &= np.uint32((1 << self._bits) - 1)
        keys |= np.arange(size, dtype=np.uint32) << bits
        unsure = self._settled(keys, x, *np.divmod(close, max(size - 1, 1)))
        keys[unsure] = size << self._bits  # no rank
        self._keys.append(keys)
        self._unsure.append(x[unsure])
        if sum(map(len, self._keys)) * size > min(len(self._counts) ** 2 * FULL, MAX_WAITING_KEYS):
            self._flush()

    def _settled(self, keys: Keys, x: Floats, draws: Integers, places: Integers) -> Integers:
        """Order pairs of neighbours whose keys are too close by their scores, or let them tie.

        A pair is a draw and the place of its first unit; the keys hold place and unit. Returns the draws in which more
        than two neighbours are too close.
        """
        chained = np.flatnonzero((np.diff(draws) == 0) & (np.diff(places) == 1))
        unsure = np.unique(draws[chained])
        pairs = ~np.isin(draws, unsure)
        draws, places = draws[pairs], places[pairs]
        one, other = (keys[draws, places + step] & np.uint32((1 << self._bits) - 1) for step in (0, 1))
        lead = x[draws, one] - x[draws, other]
        turned = np.flatnonzero(lead < -TIE_TOLERANCE)
        shift = np.uint32(1 << self._bits)
        keys[draws[turned], places[turned]] += other[turned] - one[turned]
        keys[draws[turned], places[turned] + 1] += one[turned] - other[turned]
        even = np.flatnonzero(np.abs(lead) <= TIE_TOLERANCE)
        keys[draws[even], places[even] + 1] -= shift
        return unsure

    def _flush(self) -> None:
        """Count the sorted keys: of many draws at once, since each count makes a table of all ranks."""
        size = len(self._known)
        if self._keys:
            keys = np.concatenate(self._keys).ravel().astype(np.intp)  # as bincount counts fastest
            found = np.bincount(keys, minlength=(size + 1) << self._bits)
            ranks = found.reshape(-1, 1 << self._bits)[:size, :size]  # the last are the draws without a rank
            self._counts[np.ix_(self._known, np.arange(size))] += ranks.T
            self._count(ranks_of(np.concatenate(self._unsure), self._framework))
        self._keys, self._unsure = [], []

    def _count(self, ranks: Floats) -> None:
        """Count ranks (draws, units) one by one."""
        size = len(self._known)
        flat = (np.arange(size) * size + ranks.astype(np.int64) - 1).ravel()
        found = np.bincount(flat, minlength=size * size).reshape(size, size)
        self._counts[np.ix_(self._known, np.arange(size))] += found


def rank_interval(acceptability: Floats, percentiles: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return, from the share of draws at each rank (units, ranks), the ranks at two percentiles; NaN for no rank."""
    cumulated = np.cumsum(acceptability, axis=1)
    known = cumulated[:, -1] > 0
    low = (cumulated >= percentiles[0] / 100.0 - 1e-12).argmax(axis=1) + 1.0
    high = (cumulated >= percentiles[1] / 100.0 - 1e-12).argmax(axis=1) + 1.0
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
