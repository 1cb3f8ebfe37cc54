"""Turn results of the engine into the columns of tidy tables."""

from collections.abc import Iterator, Sequence

import numpy as np

from jianbao.core.zip_csv import Table, Texts
from jianbao.scoring.aggregate import outranking_matrices
from jianbao.scoring.data_treatment import groups_of, kurtosis, skew
from jianbao.scoring.framework import Branch, Component
from jianbao.scoring.outranking import kemeny_orders, support
from jianbao.scoring.panel import Floats, Integers, Panel
from jianbao.scoring.ranking import Ranking, Summary
from jianbao.scoring.reproducible import product
from jianbao.scoring.score import Scores
from jianbao.scoring.sensitivity import ChoiceEffect, RankShift, WithoutNode
from jianbao.scoring.weights import Reliability, reliability
from jianbao.scoring.what_if import ScoreDifference

SLIGHT = 1e-9  # points below this are the rounding of the arithmetic
ORDERED = 30  # the most units whose best supported order is sought, by integer programming
ORDERS = 1000  # the most orders that are listed if many are equally supported


def score_table(summary: Summary) -> Table:
    """Return a row for each unit, period and node: score, interval, rank with its interval, coverage.

    Also how many indicators below count, are carried forward, or are imputed. Ranks are among the units of a period.
    """
    scores = summary.declared
    known = scores.counts()
    counts = np.stack([known[node] for node in scores.nodes], axis=2)
    named_nodes = tuple(node_name(node) for node in scores.framework.components())
    rows, nodes = scores.score.shape
    score, rank = scores.score.ravel(), summary.rank.ravel()
    return {
        **_row_keys(scores.panel, np.repeat(np.arange(rows), nodes)),
        "node": Texts(scores.nodes, np.tile(np.arange(nodes), rows)),
        "name": Texts(named_nodes, np.tile(np.arange(nodes), rows)),
        "score": score,
        "low": _column(summary.low, score),
        "high": _column(summary.high, score),
        "rank": rank,
        "rank_low": _column(summary.rank_low, rank),
        "rank_high": _column(summary.rank_high, rank),
        "coverage": scores.coverage.ravel(),
        "indicators": counts[0].ravel(),
        "imputed": counts[2].ravel(),
        "carried": counts[1].ravel(),
    }


def _column(values: Floats, other: Floats) -> Floats:
    """Return values as a column; if they equal `other`, that very column, which is then formatted once."""
    made = values.ravel()
    return other if np.array_equal(made, other, equal_nan=True) else made


def _row_keys(panel: Panel, rows: Integers) -> Table:
    """Return the columns with the unit and period of each row."""
    found = {"unit": Texts.of(panel.units), "period": Texts.of(panel.periods)}
    return {key: Texts(each.values, each.codes[rows]) for key, each in found.items()}


def node_name(node: Component) -> str:
    """Return a node's name in the first language in which it has one, or its id."""
    return next(iter(node.name.values()), node.id)


def contribution_table(scores: Scores) -> Table:
    """Return a row for each branch, indicator below it, unit and period: points of the branch's score, and share."""
    found = [(branch, scores.contributions(branch.id)) for branch in scores.framework.branches()]
    pairs = [(branch.id, leaf) for branch, points in found for leaf in points]
    points = np.stack([each for _, points in found for each in points.values()])
    whole = np.stack([scores.of(branch) for branch, _ in pairs])
    rows = points.shape[1]
    return {
        **_row_keys(scores.panel, np.tile(np.arange(rows), len(pairs))),
        "to": _repeated([branch for branch, _ in pairs], rows),
        "indicator": _repeated([leaf for _, leaf in pairs], rows),
        "points": points.ravel(),
        "share": np.divide(points, whole, out=np.full(points.shape, np.nan), where=whole != 0).ravel(),
    }


def _repeated(cells: Sequence[str], times: int) -> Texts:
    column = Texts.of(cells)
    return Texts(column.values, np.repeat(column.codes, times))


def rank_table(summary: Summary) -> Table:
    """Return a row for each period, unit and rank that it takes, with the share of draws (rank acceptability)."""
    found = [_taken(each) for each in summary.rankings]
    names = {unit: code for code, unit in enumerate(dict.fromkeys(summary.declared.panel.units))}
    codes = [
        np.array([names[unit] for unit in each.units])[units]
        for each, (units, _, _) in zip(summary.rankings, found, strict=True)
    ]
    periods = np.repeat(np.arange(len(found)), [len(units) for units, _, _ in found])
    return {
        "period": Texts(tuple(each.period for each in summary.rankings), periods),
        "unit": Texts(tuple(names), np.concatenate(codes)),
        "rank": np.concatenate([ranks for _, ranks, _ in found]),
        "share": np.concatenate([shares for _, _, shares in found]),
    }


def _taken(ranking: Ranking) -> tuple[Integers, Integers, Floats]:
    """Return the units of a period with each rank that they take, and the share of draws."""
    if ranking.acceptability is None:
        known = np.flatnonzero(~np.isnan(ranking.ranks))
        return known, ranking.ranks[known].astype(np.int64), np.ones(len(known))
    units, places = np.nonzero(ranking.acceptability)
    return units, places + 1, ranking.acceptability[units, places]


def weight_table(scores: Scores) -> Table:
    """Return a row for each node below the index: its weight in its parent and its effective weight in the index."""
    index = scores.framework.index
    below = [node for node in scores.framework.components() if node is not index]
    return {
        "node": Texts.of([node.id for node in below]),
        "name": Texts.of([node_name(node) for node in below]),
        "parent": Texts.of([scores.framework.path(node.id)[-2].id for node in below]),
        "weight": np.array([scores.weight(node.id) for node in below]),
        "effective_weight": np.array([scores.weight(node.id, index.id) for node in below]),
    }


def choice_effect_table(found: Sequence[ChoiceEffect]) -> Table:
    """Return a row for each choice in doubt: Sobol' indices with errors, and the score's interval by it alone."""
    numbers = ("first", "first_error", "total", "total_error", "low", "high")
    return {
        "choice": Texts.of([effect.choice for effect in found]),
        **{name: np.array([getattr(effect, name) for effect in found], dtype=np.float64) for name in numbers},
    }


def shift_table(found: Sequence[RankShift]) -> Table:
    """Return a row for each choice in doubt: the average number of ranks by which it moves units."""
    return {
        "choice": Texts.of([each.choice for each in found]),
        "mean_rank_shift": np.array([each.shift for each in found], dtype=np.float64),
    }


def left_out_table(found: Sequence[WithoutNode], panel: Panel) -> Table:
    """Return a row for each node left out, unit and period: the score without it, and the change."""
    rows = len(panel.units)
    return {
        "without": _repeated([each.node for each in found], rows),
        **_row_keys(panel, np.tile(np.arange(rows), len(found))),
        "score": np.concatenate([each.score for each in found]),
        "change": np.concatenate([each.change for each in found]),
    }


def difference_table(found: ScoreDifference, rows: Integers) -> Table:
    """Return a row for each indicator that moved the index of one of some rows: before, after, the points it moved."""
    before, index = found.before, found.before.framework.index.id
    parts = found.parts(index)
    points = np.stack([each[rows] for each in parts.values()])
    leaf, at = np.nonzero(np.abs(points) > SLIGHT)
    return {
        **_row_keys(before.panel, rows[at]),
        "indicator": Texts(tuple(parts), leaf),
        "before": before.of(index)[rows[at]],
        "after": found.after.of(index)[rows[at]],
        "points": points[leaf, at],
    }


def report_tables(scores: Scores, period: str) -> dict[str, Table]:
    """Return the tables for analysts besides the scores, by name.

    They show treatments, correlations of the nodes' scores over all rows, Cronbach's alpha of each branch, and for one
    period which unit outranks which by the children of the index, with the best supported orders.
    """
    made = {
        "treatments": treatment_table(scores),
        "correlations": correlation_table(scores),
        "reliability": reliability_table(scores),
    }
    rows = np.array([row for row, each in enumerate(scores.panel.periods) if each == period], dtype=np.int64)
    if len(rows) < 2:
        return made
    matrix = outranking_matrices(scores.children(scores.framework.index).at(rows))[0]
    units = [scores.panel.units[row] for row in rows]
    return {
        **made,
        "outranking": outranking_table(matrix, units, period),
        "orders": order_table(matrix, units, period),
    }


def treatment_table(scores: Scores) -> Table:
    """Return a row for each step of a treatment that was applied to an indicator in a group of rows.

    It has the number of values that the step changed, and skew and kurtosis before and after it.
    """
    found: list[tuple[str, str, str, float, tuple[float, ...]]] = []
    panel, reference = scores.panel, scores.framework.reference.treat
    for leaf, column in scores.columns.items():
        values = column.values
        for step in column.treatment.steps:
            after = step(values)
            for rows in groups_of(reference, panel):
                if step.used[rows].any():
                    one, other = values[rows], after[rows]
                    changed = float((~np.isnan(one) & (one != other)).sum())
                    period = panel.periods[rows[0]] if reference == "each_period" else ""
                    shape = skew(one), skew(other), kurtosis(one), kurtosis(other)
                    found.append((leaf, period, step.method.name, changed, shape))
            values = after
    names = ("skew_before", "skew_after", "kurtosis_before", "kurtosis_after")
    shapes = np.array([each[4] for each in found], dtype=np.float64).reshape(-1, 4)
    return {
        "indicator": Texts.of([each[0] for each in found]),
        "period": Texts.of([each[1] for each in found]),
        "treatment": Texts.of([each[2] for each in found]),
        "changed": np.array([each[3] for each in found], dtype=np.float64),
        **{name: shapes[:, place] for place, name in enumerate(names)},
    }


def correlation_table(scores: Scores) -> Table:
    """Return Pearson's correlation of each pair of nodes over the rows in which both have a score, and their number."""
    x = scores.score
    known = ~np.isnan(x)
    filled = np.where(known, x - np.nanmean(np.where(known.any(axis=0), x, 0.0), axis=0), 0.0)
    mass = known.astype(np.float64)
    count, total = product(mass.T, mass), product(filled.T, mass)
    spread = product((filled**2).T, mass) - total**2 / np.maximum(count, 1)
    together = product(filled.T, filled) - total * total.T / np.maximum(count, 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where((spread > SLIGHT) & (spread.T > SLIGHT), together / np.sqrt(spread * spread.T), np.nan)
    one, other = np.triu_indices(len(scores.nodes), 1)
    return {
        "node": Texts(scores.nodes, one),
        "other": Texts(scores.nodes, other),
        "correlation": found[one, other],
        "rows": count[one, other],
    }


def reliability_table(scores: Scores) -> Table:
    """Return Cronbach's alpha of each branch, also without each of its children (Handbook, Table 11)."""
    found = [(branch.id, each) for branch in scores.framework.branches() for each in _reliabilities(scores, branch)]
    numbers = ("alpha", "standardised", "correlation")
    return {
        "branch": Texts.of([branch for branch, _ in found]),
        "without": Texts.of([each.without for _, each in found]),
        **{name: np.array([getattr(each, name) for _, each in found], dtype=np.float64) for name in numbers},
    }


def _reliabilities(scores: Scores, branch: Branch) -> Iterator[Reliability]:
    children = [child.id for child in branch.children]
    if len(children) > 1:
        yield from reliability(np.stack([scores.of(child) for child in children], axis=1), children)


def outranking_table(matrix: Floats, units: Sequence[str], period: str) -> Table:
    """Return a row for each pair of units: the share of the weights by which the first has more, ties half."""
    one, other = np.nonzero(~np.eye(len(units), dtype=bool))
    return {
        "period": _repeated([period], len(one)),
        "unit": Texts(tuple(units), one),
        "over": Texts(tuple(units), other),
        "share": matrix[one, other],
    }


def order_table(matrix: Floats, units: Sequence[str], period: str) -> Table:
    """Return the best supported orders of the units (Kemeny 1959), a row for each unit and order.

    All of them up to 10 units, then one of them; none for more than ORDERED units.
    """
    orders = kemeny_orders(matrix, ORDERS) if len(units) <= ORDERED else []
    places = np.array([unit for order in orders for unit in order], dtype=np.int64)
    size = len(units)
    return {
        "period": _repeated([period], len(places)),
        "order": np.repeat(np.arange(len(orders)) + 1, size),
        "rank": np.tile(np.arange(size) + 1, len(orders)),
        "unit": Texts(tuple(units), places),
        "support": np.repeat([support(matrix, order) for order in orders], size),
    }
