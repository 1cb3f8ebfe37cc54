"""Monte Carlo: evaluate the framework for all draws of its uncertain inputs, in batches of arrays."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from jianbao.core.errors import ContentError, Problem
from jianbao.core.messages import tr
from jianbao.scoring.aggregate import Children, aggregated, draw_interval, exponent_of
from jianbao.scoring.data_treatment import IndicatorColumn
from jianbao.scoring.framework import Branch, Framework, Indicator
from jianbao.scoring.method_options import AGGREGATIONS, NORMALISATIONS
from jianbao.scoring.normalise import TIE_TOLERANCE
from jianbao.scoring.panel import Floats, Integers, Panel, equal_arrays
from jianbao.scoring.sampling import BLOCK, InputDraws, errors, sample
from jianbao.scoring.score import Scores, declared_scores
from jianbao.scoring.uncertainty import alternatives, normalisations

BUDGET = 256 * 2**20  # bytes that the draws of one batch may take
ALONGSIDE = 256  # rows of short periods that are drawn together
CACHE = 2**19  # bytes of one array of a batch, so that steps on it stay in a processor's cache
NO_SCORES: Mapping[str, Floats] = MappingProxyType({})

Interval = tuple[float, float]
Change = tuple[float, float, float, float]


@dataclass(frozen=True)
class DrawnScores:
    """Drawn scores (draws, rows) of some nodes, and the declared ones: the same rows, draw by draw.

    `_intervals` and `_changes` cache results by node and rows.
    """

    declared: Scores
    scores: Mapping[str, Floats]
    _intervals: dict[tuple[str, int], Interval] = field(default_factory=dict, compare=False, repr=False)
    _changes: dict[tuple[str, int, int], Change] = field(default_factory=dict, compare=False, repr=False)

    def reused(self, nodes: Collection[str], declared: Scores, scores: Mapping[str, Floats]) -> "DrawnScores":
        """Return other draws that are the same for some nodes, with the cached results of those."""
        intervals = {key: each for key, each in self._intervals.items() if key[0] in nodes}
        changes = {key: each for key, each in self._changes.items() if key[0] in nodes}
        return DrawnScores(declared, scores, intervals, changes)

    def interval(self, node: str, row: int) -> tuple[float, float]:
        """Return the framework's lower and upper percentile of a node's score in a row; NaN if it has no score."""
        if (node, row) not in self._intervals:
            self._intervals[node, row] = self._interval(node, row)
        return self._intervals[node, row]

    def _interval(self, node: str, row: int) -> Interval:
        low, high = draw_interval(self.scores[node][:, [row]], self.declared.framework.interval)
        return float(low[0]), float(high[0])

    def change(self, node: str, row: int, before: int, since: "DrawnScores | None" = None) -> Change:
        """Return the declared change between two rows, its interval, and the share of draws with a rise.

        The earlier row may be from other draws, `since`, of the same seed: they are compared in pairs, as many as both
        have.
        """
        if since is not None and since is not self:
            return self._change(node, row, before, since)
        if (node, row, before) not in self._changes:
            self._changes[node, row, before] = self._change(node, row, before, self)
        return self._changes[node, row, before]

    def _change(self, node: str, row: int, before: int, earlier: "DrawnScores") -> Change:
        many = min(len(self.scores[node]), len(earlier.scores[node]))
        moved = self.scores[node][:many, row] - earlier.scores[node][:many, before]
        low, high = draw_interval(moved[:, None], self.declared.framework.interval)
        rose = float((moved > TIE_TOLERANCE).mean()) if not np.isnan(moved).all() else np.nan
        declared = float(self.declared.of(node)[row] - earlier.declared.of(node)[before])
        return declared, float(low[0]), float(high[0]), rose


@dataclass(frozen=True, kw_only=True)
class BatchedEvaluation:
    """The evaluation of drawn inputs, batch by batch; only the scores of the nodes to `keep` are returned.

    `known` has all draws (draws, rows) of nodes whose scores are known already, (1, rows) if they do not vary; `fixed`
    the scores (1, rows) of indicators that no draw varies.
    """

    scores: Scores
    inputs: InputDraws
    keep: frozenset[str]
    known: Mapping[str, Floats]
    fixed: Mapping[str, Floats]

    @classmethod
    def of(
        cls, scores: Scores, inputs: InputDraws, keep: Collection[str], known: Mapping[str, Floats] = NO_SCORES
    ) -> "BatchedEvaluation":
        """Prepare the evaluation of some nodes."""
        leaves = [] if inputs.normalisation is not None else scores.framework.indicators()
        fixed = {leaf.id: scores.of(leaf.id)[None] for leaf in leaves if leaf.id not in inputs.varied()}
        return cls(scores=scores, inputs=inputs, keep=frozenset(keep), known=known, fixed=fixed)

    def drawn(self, start: int, stop: int) -> dict[str, Floats]:
        """Return the scores of the nodes in draws start..stop: (draws, rows), or (1, rows) for a node not in doubt."""
        batch = _Batch(scores=self.scores, inputs=self.inputs, start=start, stop=stop, evaluation=self, kept={})
        batch.visit(self.scores.framework.index)
        return batch.kept


@dataclass(frozen=True, kw_only=True)
class _Batch:
    """One batch of draws while it walks up the framework."""

    scores: Scores
    inputs: InputDraws
    start: int
    stop: int
    evaluation: BatchedEvaluation
    kept: dict[str, Floats]

    def visit(self, node: Branch | Indicator) -> Floats:
        if node.id in self.evaluation.known:
            known = self.evaluation.known[node.id]
            scored = known[self.start : self.stop] if len(known) > 1 else known
        elif node.id in self.evaluation.fixed:
            scored = self.evaluation.fixed[node.id]
        else:
            scored = self.leaf(node) if isinstance(node, Indicator) else self.branch(node)
        if node.id in self.evaluation.keep:
            self.kept[node.id] = scored
        return scored

    def leaf(self, leaf: Indicator) -> Floats:
        scores, options = self.scores, normalisations(self.scores.framework, leaf)
        x, shift = self._values(scores.columns[leaf.id]), self._shift(leaf.id)
        if self.inputs.normalisation is None:
            return self._complete(leaf, scores.normalised(leaf, options[0], x, shift))
        chosen = self.inputs.normalisation[self.start : self.stop]
        made = {
            number: scores.normalised(leaf, method, x, shift)
            for number, method in enumerate(options)
            if number == 0 or method is not options[0]
        }
        return self._complete(leaf, _selected(made, chosen))

    def _values(self, column: IndicatorColumn) -> Floats:
        values, seed = self._values_within_bounds(column), self.inputs.errors.get(column.leaf.id)
        if seed is None or column.deviation is None:
            return values
        shared = column.leaf.error is not None and column.leaf.error.shared
        noise = errors(
            seed=seed, start=self.start, stop=self.stop, places=column.places, total=column.total, shared=shared
        )
        return values + column.deviation * noise

    def _values_within_bounds(self, column: IndicatorColumn) -> Floats:
        """Return the values, (1, rows), or (draws, rows) if some are lower bounds."""
        share = self.inputs.bounds.get(column.leaf.id)
        if share is None or column.highs is None:
            return column.values[None]
        room = np.where(np.isnan(column.highs), 0.0, column.highs - column.values)
        return column.values + share[self.start : self.stop] * room

    def _shift(self, leaf: str) -> tuple[Floats | float, Floats | float]:
        if leaf not in self.inputs.shifts:
            return 0.0, 0.0
        floor, target = self.inputs.shifts[leaf]
        return floor[self.start : self.stop], target[self.start : self.stop]

    def branch(self, branch: Branch) -> Floats:
        children = [self.visit(child) for child in branch.children]
        scores, framework = self.scores, self.scores.framework
        places = [scores.nodes.index(child.id) for child in branch.children]
        present = ~np.isnan(scores.score[:, places].T)
        if branch.id in self.inputs.weights:
            mass = self.inputs.weights[branch.id][self.start : self.stop]
        else:
            mass = scores.weights[branch.id][None]
        picks = self.inputs.picks.get(branch.id)
        below = Children(
            scores=children,
            weights=mass,
            present=present,
            picks=None if picks is None else picks[self.start : self.stop],
        )
        made = {
            number: aggregated(method, below, scores.groups, framework.scale)
            for number, method in enumerate(alternatives(framework, branch))
            if number == 0 or branch.id in self.inputs.aggregation
        }
        chosen = self.inputs.aggregation.get(branch.id)
        result = made[0] if chosen is None else _selected(made, chosen[self.start : self.stop])
        unscored = np.isnan(scores.of(branch.id))
        if unscored.any():
            result = np.where(unscored, np.nan, result)
        exponents = {exponent_of(method) for method in alternatives(framework, branch)}
        return result if exponents == {1.0} else self._complete(branch, result)

    def _complete(self, node: Branch | Indicator, drawn: Floats) -> Floats:
        """Return drawn scores; raise ContentError if one is not a number although the node has a score."""
        gaps = ~np.isfinite(drawn)
        rows = np.flatnonzero(gaps.any(axis=0) & ~np.isnan(self.scores.of(node.id)))
        if len(rows):
            what = tr("'{node}' has no value in some draws: {rows}", node=node.id, rows=self.scores.rows(rows))
            if isinstance(node, Branch):
                hint = tr(
                    "an alternative does not fit, or scores are below zero: cap them, or declare the 'least' score"
                )
            else:
                hint = tr("an alternative does not fit, or an error or goalpost is drawn that a logarithm cannot take")
            raise ContentError(Problem(node.place, what, hint))
        return drawn


def _selected(made: dict[int, Floats], chosen: Integers) -> Floats:
    """Take, for each draw, the result of the alternative that it chose (0 where an alternative changed nothing)."""
    result = made[0]
    for number, other in made.items():
        if number:
            result = np.where((chosen == number)[:, None], other, result)
    return result


def spans(draws: int, rows: int, nodes: int, budget: int = BUDGET) -> Iterator[tuple[int, int]]:
    """Yield (start, stop) of batches of draws that keep rows x nodes x 8 bytes x draws within the budget."""
    size = max(1, min(budget // (8 * max(rows * nodes, 1)), max(BLOCK, CACHE // (8 * max(rows, 1)))))
    size = size // BLOCK * BLOCK or size
    for start in range(0, draws, size):
        yield start, min(draws, start + size)


def collected(
    scores: Scores,
    inputs: InputDraws,
    nodes: tuple[str, ...],
    budget: int = BUDGET,
    known: Mapping[str, Floats] = NO_SCORES,
) -> dict[str, Floats]:
    """Return all draws (draws, rows) of some nodes, made in batches; `known` as in `BatchedEvaluation`."""
    rows = len(scores.panel.units)
    found = {node: np.empty((inputs.draws, rows)) for node in nodes}
    evaluation = BatchedEvaluation.of(scores, inputs, nodes, known)
    for start, stop in spans(inputs.draws, rows, len(scores.nodes), budget):
        for node, values in evaluation.drawn(start, stop).items():
            found[node][start:stop] = values
    return found


def simulate(
    framework: Framework,
    panel: Panel,
    nodes: tuple[str, ...] = (),
    draws: int = 0,
    *,
    row: int | None = None,
    earlier: DrawnScores | None = None,
) -> DrawnScores:
    """Return the declared scores and all draws of some nodes (default: every branch); for panels of few rows.

    `row` is the only row of interest. `earlier` draws, of the same number, are reused for nodes that would come out the
    same. `summarise` gives intervals and ranks of any panel within bounded memory.
    """
    declared = declared_scores(framework, panel)
    if row is not None:
        declared = drawn_by_itself(declared, row)
    wanted, many = nodes or tuple(branch.id for branch in framework.branches()), draws or framework.draws
    alike = unchanged_draws(declared, earlier.declared) if earlier else frozenset()
    known = {node: each for node, each in earlier.scores.items() if node in alike} if earlier else {}
    rest = tuple(node for node in wanted if node not in known)
    made = collected(declared, sample(declared, many), rest, known=known) if rest else {}
    every = {node: known[node] if node in known else made[node] for node in wanted}
    return earlier.reused(alike, declared, every) if earlier else DrawnScores(declared, every)


def unchanged_draws(scores: Scores, earlier: Scores) -> frozenset[str]:
    """Return the nodes whose draws equal those of earlier scores, since all their inputs are the same."""
    framework, rows = scores.framework, [(each.panel.units, each.panel.periods) for each in (scores, earlier)]
    if rows_depend_on_others(framework) or framework != earlier.framework or rows[0] != rows[1]:
        return frozenset()
    found: set[str] = set()
    for node in reversed(tuple(framework.components())):  # children before their parents
        if isinstance(node, Indicator):
            alike = _same_column(scores.columns[node.id], earlier.columns[node.id])
        else:
            weights = equal_arrays(scores.weights[node.id], earlier.weights[node.id])
            alike = weights and all(child.id in found for child in node.children)
        if alike and equal_arrays(scores.of(node.id), earlier.of(node.id)):
            found.add(node.id)
    return frozenset(found)


def _same_column(column: IndicatorColumn, other: IndicatorColumn) -> bool:
    """Return whether two columns of the same indicator are certain to be drawn alike; none with a fitted treatment."""
    if column.treatment.steps or other.treatment.steps or column.total != other.total:
        return False
    names = ("values", "places", "deviation", "highs", "whole")
    return all(equal_arrays(getattr(column, name), getattr(other, name)) for name in names)


def uncertain_nodes(inputs: InputDraws, framework: Framework) -> tuple[str, ...]:
    """Return the nodes whose scores the draws may vary: all branches, and the indicators with something in doubt."""
    if not inputs.choices():
        return ()
    every, varied = inputs.normalisation is not None, inputs.varied()
    return tuple(n.id for n in framework.components() if isinstance(n, Branch) or every or n.id in varied)


def drawn_by_itself(scores: Scores, row: int) -> Scores:
    """Return the scores of one row alone, if its draws do not depend on the other rows; else all."""
    return scores if rows_depend_on_others(scores.framework) else scores.at(np.array([row]))


def rows_depend_on_others(framework: Framework) -> bool:
    """Return whether drawn scores depend on which rows are drawn together."""
    outranked = any(AGGREGATIONS[m.name].relative for b in framework.branches() for m in alternatives(framework, b))
    relative = any(
        NORMALISATIONS[m.name].relative for leaf in framework.indicators() for m in normalisations(framework, leaf)
    )
    return outranked or (relative and (framework.uncertainty.measurement or bool(framework.uncertainty.normalise)))


Periods = Sequence[tuple[int, slice]]


def contexts(scores: Scores) -> Iterator[tuple[Integers, Periods]]:
    """Yield rows that are drawn together, and for each of their periods its number and the places of its rows."""
    whole = rows_depend_on_others(scores.framework) and scores.framework.reference.normalise == "all_periods"
    rows: list[Integers] = []
    periods: list[tuple[int, slice]] = []
    every = scores.panel.rows_by_period()
    for number, some in enumerate(every):
        start = periods[-1][1].stop if periods else 0
        rows.append(some)
        periods.append((number, slice(start, start + len(some))))
        if number == len(every) - 1 or not (whole or start + len(some) + len(every[number + 1]) <= ALONGSIDE):
            yield np.concatenate(rows), periods
            rows, periods = [], []


def parts(nodes: Sequence[str], rows: int, draws: int, budget: int) -> Iterator[tuple[Sequence[str], slice]]:
    """Yield the nodes and rows whose draws are all kept at one time."""
    cells = max(1, budget // (8 * draws))
    width = min(rows, cells)
    count = max(1, cells // width)
    for first in range(0, len(nodes), count):
        for start in range(0, rows, width):
            yield nodes[first : first + count], slice(start, min(rows, start + width))
