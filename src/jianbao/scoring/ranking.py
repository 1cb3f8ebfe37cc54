"""Ranks and intervals of a whole panel, from draws made in batches so that memory stays bounded."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from jianbao.scoring.framework import Framework
from jianbao.scoring.monte_carlo import BUDGET, draw_interval, drawn, in_doubt, looks_around, spans
from jianbao.scoring.normalise import EVEN, rank_scores
from jianbao.scoring.outranking import pairwise_wins
from jianbao.scoring.panel import Floats, Integers, Panel
from jianbao.scoring.sampling import Inputs, sample
from jianbao.scoring.score import Scores, declared_scores

Batch = tuple[Integers, Integers, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Ranking:
    """What the draws say of the ranks of one period's units by one node's score.

    `ranks` (units) are of the declared scores, 1 the best; `low` and `high` their interval (low is the better end);
    `acceptability` (units, ranks) the share of draws in which a unit has a rank; `wins` (units, units) the share in
    which the row's unit scores above the column's, ties half. `ties` names the units that share a rank.
    """

    period: str
    units: tuple[str, ...]
    ranks: Floats
    low: Floats
    high: Floats
    acceptability: Floats
    wins: Floats | None
    ties: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Summary:
    """Declared scores, the interval of every node (rows, nodes) and the ranking of every period."""

    declared: Scores
    low: Floats
    high: Floats
    rankings: tuple[Ranking, ...]


def ranks_of(scores: Floats, framework: Framework) -> Floats:
    """Return ranks (..., rows), 1 the best, equal scores sharing the better rank; NaN for no score.

    Scores within EVEN are equal. With `rank_decimals` they are first rounded, half up, as one ranks what one prints.
    """
    if framework.rank_decimals is not None:
        unit = 10.0**framework.rank_decimals
        scores = np.copysign(np.floor(np.abs(scores) * unit + 0.5 + EVEN), scores) / unit
    return rank_scores(scores, direction=-1, ties="lowest", even=EVEN)


def tied(units: tuple[str, ...], ranks: Floats) -> tuple[tuple[str, ...], ...]:
    """Return the groups of units that share a rank, best first."""
    values = sorted({float(each) for each in ranks if not np.isnan(each)})
    groups = [tuple(unit for unit, each in zip(units, ranks, strict=True) if each == value) for value in values]
    return tuple(group for group in groups if len(group) > 1)


def summarise(framework: Framework, panel: Panel, pairwise: bool = False, budget: int = BUDGET) -> Summary:
    """Evaluate and draw: intervals of all nodes, and rankings by the index.

    Memory stays within a small multiple of `budget` (bytes), whatever the size of the panel, beside the tables of
    ranks, which grow with the square of a period's units.
    """
    declared = declared_scores(framework, panel)
    inputs = sample(declared, framework.draws)
    low, high = declared.score.copy(), declared.score.copy()
    target, kept = framework.index.id, None
    for context, rows, some in _batches(declared, in_doubt(inputs, framework), inputs.draws, budget):
        found = _collected(scores=declared, inputs=inputs, context=context, rows=rows, nodes=some, budget=budget)
        for each, values in found.items():
            at = declared.nodes.index(each)
            low[rows, at], high[rows, at] = draw_interval(values, framework.interval)
        kept = found.get(target, kept) if len(rows) == len(panel.units) else None
    rankings = []
    for rows in panel.rows_by_period():
        source = _of_target(declared, inputs, rows, target, budget) if kept is None else iter((kept[:, rows],))
        rankings.append(
            ranking(scores=declared, drawn_scores=source, rows=rows, node=target, pairwise=pairwise, budget=budget)
        )
    return Summary(declared, low, high, tuple(rankings))


def _batches(scores: Scores, nodes: tuple[str, ...], draws: int, budget: int) -> Iterator[Batch]:
    """Yield (context, rows, nodes): the rows to draw together, those to keep, and the nodes to keep of them."""
    if not nodes or not draws:
        return
    cells = max(1, budget // (8 * draws))
    together = looks_around(scores.framework)
    every = np.arange(len(scores.panel.units), dtype=np.int64)
    for group in scores.groups if together else (every,):
        width = min(len(group), cells if together else max(1, cells // len(nodes)))
        count = max(1, cells // width)
        for start in range(0, len(group), width):
            rows = group[start : start + width]
            for first in range(0, len(nodes), count):
                yield (group if together else rows), rows, nodes[first : first + count]


def _collected(
    scores: Scores, inputs: Inputs, context: Integers, rows: Integers, nodes: tuple[str, ...], budget: int
) -> dict[str, Floats]:
    """Return all draws (draws, rows) of some nodes in some rows, drawn among the rows of a context."""
    found = {node: np.empty((inputs.draws, len(rows))) for node in nodes}
    for start, stop, made in _drawn(
        scores=scores, inputs=inputs, context=context, rows=rows, nodes=nodes, budget=budget
    ):
        for node, values in made.items():
            found[node][start:stop] = values
    return found


def _drawn(
    scores: Scores, inputs: Inputs, context: Integers, rows: Integers, nodes: tuple[str, ...], budget: int
) -> Iterator[tuple[int, int, dict[str, Floats]]]:
    among = scores.at(context)
    kept = np.flatnonzero(np.isin(context, rows))
    for start, stop in spans(inputs.draws, len(context), len(scores.nodes), budget):
        made = drawn(among, inputs, start, stop, frozenset(nodes))
        yield start, stop, {node: values[:, kept] for node, values in made.items()}


def _of_target(scores: Scores, inputs: Inputs, rows: Integers, node: str, budget: int) -> Iterator[Floats]:
    """Yield one node's draws (draws, rows) in batches; nothing if nothing is in doubt."""
    if not (inputs.choices() and inputs.draws):
        return
    around = looks_around(scores.framework)
    context = next(group for group in scores.groups if rows[0] in group) if around else rows
    for start, stop, made in _drawn(
        scores=scores, inputs=inputs, context=context, rows=rows, nodes=(node,), budget=budget
    ):
        yield np.broadcast_to(made[node], (stop - start, len(rows)))


def ranking(
    scores: Scores, drawn_scores: Iterable[Floats], rows: Integers, node: str, pairwise: bool, budget: int = BUDGET
) -> Ranking:
    """Rank the units of one period (its rows, ascending) by a node's score, as declared and in batches of draws."""
    framework, size = scores.framework, len(rows)
    ranks = ranks_of(scores.of(node)[rows], framework)
    counts, many = np.zeros((size, size)), 0
    wins = np.zeros((size, size) if pairwise else (0, 0))
    for values in drawn_scores:
        counts += _rank_counts(values, framework)
        if pairwise:
            wins += _wins(values, budget)
        many += len(values)
    if not many:
        counts, many = _rank_counts(scores.of(node)[None, rows], framework), 1
        wins = _wins(scores.of(node)[None, rows], budget) if pairwise else wins
    low, high = rank_interval(counts / many, framework.interval)
    units = tuple(scores.panel.units[row] for row in rows)
    return Ranking(
        period=scores.panel.periods[rows[0]],
        units=units,
        ranks=ranks,
        low=low,
        high=high,
        acceptability=counts / many,
        wins=wins / many if pairwise else None,
        ties=tied(units, ranks),
    )


def _rank_counts(values: Floats, framework: Framework) -> Floats:
    """Return in how many draws (draws, units) each unit takes each rank."""
    size = values.shape[1]
    ranks = ranks_of(values, framework)
    flat = (np.arange(size) * size + ranks - 1.0)[~np.isnan(ranks)].astype(np.int64)
    return np.asarray(np.bincount(flat, minlength=size * size).reshape(size, size), dtype=np.float64)


def _wins(values: Floats, budget: int) -> Floats:
    """Return in how many draws (draws, units) each unit scores above each other one."""
    size = values.shape[1]
    total = np.zeros((size, size))
    for start, stop in spans(len(values), size * size, 4, budget):
        total += pairwise_wins(values[start:stop]).sum(axis=0)
    return total


def rank_interval(acceptability: Floats, percentiles: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return, from the share of draws at each rank (units, ranks), the ranks at two percentiles; NaN for no rank."""
    cumulated = np.cumsum(acceptability, axis=1)
    known = cumulated[:, -1] > 0
    low = (cumulated >= percentiles[0] / 100.0 - 1e-12).argmax(axis=1) + 1.0
    high = (cumulated >= percentiles[1] / 100.0 - 1e-12).argmax(axis=1) + 1.0
    return np.where(known, low, np.nan), np.where(known, high, np.nan)
