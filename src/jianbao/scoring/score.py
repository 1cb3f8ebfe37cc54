"""Framework x panel -> scores: every node's score, coverage and share in its parent, for all rows at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from jianbao.core.errors import ContentError, Problem
from jianbao.core.messages import tr, tr_error
from jianbao.scoring import outranking, weights
from jianbao.scoring.aggregate import EXPONENTS, median, multipliers, power_mean
from jianbao.scoring.framework import Branch, Framework, Indicator, Method, leaves_of
from jianbao.scoring.normalise import percentile_rank
from jianbao.scoring.panel import Flags, Floats, Integers, Panel
from jianbao.scoring.prepare import IndicatorColumn, column_rows, groups_of, normal, prepare_columns

Groups = tuple[Integers, ...]
TINY = 1e-12


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The result of one evaluation.

    `score`, `coverage` and `share` have shape (rows, nodes), nodes in the framework's written order. `share` is what a
    node's score is multiplied by to give its contribution to its parent. NaN: no score. `weights` holds the weights of
    each branch's children, summing to 1. `columns` and `groups` are what draws start from.
    """

    framework: Framework
    panel: Panel
    nodes: tuple[str, ...]
    score: Floats
    coverage: Floats
    share: Floats
    weights: Mapping[str, Floats]
    columns: Mapping[str, IndicatorColumn]
    groups: Groups

    def of(self, node: str) -> Floats:
        """Return a node's scores (rows)."""
        return np.asarray(self.score[:, self.nodes.index(node)], dtype=np.float64)

    def covered(self, node: str) -> Floats:
        """Return a node's coverage (rows): the weight, 0 to 1, of the indicators below that count in its score."""
        return np.asarray(self.coverage[:, self.nodes.index(node)], dtype=np.float64)

    def weight(self, node: str, within: str = "") -> float:
        """Return the weight of a node in its parent, or in a node further up (its effective weight); 1 for itself."""
        path = self.framework.path(node)
        above = path[-2].id if not within and len(path) > 1 else within or node
        start = [each.id for each in path].index(above)
        weight = 1.0
        for parent, child in zip(path[start:-1], path[start + 1 :], strict=True):
            assert isinstance(parent, Branch)
            weight *= float(self.weights[parent.id][[each.id for each in parent.children].index(child.id)])
        return weight

    def contribution(self, node: str, to: str) -> Floats:
        """Return the points (rows) that a node brings to the score of a node above it."""
        path = [each.id for each in self.framework.path(node)]
        between = path[path.index(to) + 1 :]
        places = [self.nodes.index(each) for each in between]
        return np.asarray(self.share[:, places].prod(axis=1) * self.of(node), dtype=np.float64)

    def contributions(self, to: str) -> dict[str, Floats]:
        """Return the points (rows) that each indicator below a node brings to its score: they add up to it."""
        return {leaf.id: self.contribution(leaf.id, to) for leaf in leaves_of(self.framework.find(to))}

    def at(self, rows: Integers) -> "Scores":
        """Return the scores of some rows; relative steps then look at these rows only."""
        panel = self.panel
        return replace(
            self,
            panel=replace(
                panel,
                units=tuple(panel.units[row] for row in rows),
                periods=tuple(panel.periods[row] for row in rows),
                values=panel.values[rows],
                ages=None if panel.ages is None else panel.ages[rows],
                errors=None if panel.errors is None else panel.errors[rows],
                groups={key: tuple(names[row] for row in rows) for key, names in panel.groups.items()},
            ),
            score=self.score[rows],
            coverage=self.coverage[rows],
            share=self.share[rows],
            columns={leaf: column.at(rows) for leaf, column in self.columns.items()},
            groups=column_rows(self.groups, rows),
        )


def evaluate(framework: Framework, panel: Panel, other: Scores | None = None) -> Scores:
    """Score every node of a framework on every row of a panel.

    `other` are the scores of another framework on this panel: a node that is the same object in both comes out alike.

    Missing values stay missing: a node is scored from the children that have a score, their weights scaled to 1, if
    its coverage reaches the declared minimum. Raise KeyError for a column that the panel lacks (`check_panel`
    names it beforehand), ContentError where data give no weights.
    """
    groups = groups_of(framework, panel)
    same = _shared(framework, other) if other else frozenset()
    made = {leaf: column for leaf, column in other.columns.items() if leaf in same} if other else {}
    ready = {column.leaf.id: column for column in prepare_columns(framework, panel, groups, made)}
    tree = _Tree(
        framework=framework,
        panel=panel,
        columns=ready,
        groups=groups,
        other=other,
        same=same,
        scores={},
        coverage={},
        shares={},
        weights={},
    )
    tree.visit(framework.index)
    nodes = tuple(node.id for node in framework.components())
    tree.shares[framework.index.id] = np.where(np.isnan(tree.scores[framework.index.id]), np.nan, 1.0)
    return Scores(
        framework=framework,
        panel=panel,
        nodes=nodes,
        score=np.stack([tree.scores[node] for node in nodes], axis=1),
        coverage=np.stack([tree.coverage[node] for node in nodes], axis=1),
        share=np.stack([tree.shares[node] for node in nodes], axis=1),
        weights=tree.weights,
        columns=ready,
        groups=groups,
    )


def _shared(framework: Framework, other: Scores) -> frozenset[str]:
    """Return the nodes that two frameworks have in common; none where rules differ, or rows are left out by nodes."""
    earlier = other.framework
    if framework.screen or replace(framework, index=earlier.index) != earlier:
        return frozenset()
    nodes = {node.id: node for node in earlier.components()}
    return frozenset(node.id for node in framework.components() if nodes.get(node.id) is node)


@dataclass(frozen=True, kw_only=True)
class _Tree:
    """The nodes scored so far, while `evaluate` walks up from the leaves."""

    framework: Framework
    panel: Panel
    columns: Mapping[str, IndicatorColumn]
    groups: Groups
    other: Scores | None
    same: frozenset[str]
    scores: dict[str, Floats]
    coverage: dict[str, Floats]
    shares: dict[str, Floats]
    weights: dict[str, Floats]

    def visit(self, node: Branch | Indicator) -> None:
        if self.other and node.id in self.same:
            self._take(node, self.other)
            return
        if isinstance(node, Indicator):
            column = self.columns[node.id]
            scored = normal(
                column=column,
                method=node.normalise,
                x=column.values,
                panel=self.panel,
                groups=self.groups,
                scale=self.framework.scale,
            )
            self.scores[node.id] = scored
            self.coverage[node.id] = (~np.isnan(scored)).astype(np.float64)
            return
        for child in node.children:
            self.visit(child)
        self._branch(node)

    def _take(self, node: Branch | Indicator, known: Scores) -> None:
        """Take a node, and all below it, as it came out before."""
        self.scores[node.id], self.coverage[node.id] = known.of(node.id), known.covered(node.id)
        for child in node.children if isinstance(node, Branch) else ():
            self._take(child, known)
            self.shares[child.id] = known.share[:, known.nodes.index(child.id)]
        if isinstance(node, Branch):
            self.weights[node.id] = known.weights[node.id]

    def _branch(self, node: Branch) -> None:
        children = np.stack([self.scores[child.id] for child in node.children])
        mass = self._weights(node, children.T)
        self.weights[node.id] = mass
        present = ~np.isnan(children)
        covered = mass @ np.where(present, np.stack([self.coverage[child.id] for child in node.children]), 0.0)
        stacked = list(children[:, None, :])
        parent = aggregated(
            method=node.aggregate,
            children=stacked,
            mass=mass[None],
            present=present,
            groups=self.groups,
            framework=self.framework,
        )
        scored = (covered >= node.minimum_coverage - TINY) & (covered > 0)
        score = np.where(scored, parent[0], np.nan)
        self.scores[node.id] = score
        self.coverage[node.id] = covered
        rule = self.framework.contributions or "proportional"
        shares = multipliers(children, mass, score, exponent_of(node.aggregate), rule)
        self.shares.update({child.id: share for child, share in zip(node.children, shares, strict=True)})

    def _weights(self, node: Branch, children: Floats) -> Floats:
        try:
            return declared_weights(node, children, self._raw(node))
        except ValueError as error:
            what = tr("'{id}' cannot be weighted: {error}", id=node.id, error=tr_error(error))
            raise ContentError(Problem(node.weights.place, what, tr("choose other weights"))) from error

    def _raw(self, node: Branch) -> Floats:
        leaves = [self.columns[child.id] for child in node.children if isinstance(child, Indicator)]
        if len(leaves) < len(node.children):
            return np.empty((0, 0))
        return np.stack([column.treatment(column.values) for column in leaves], axis=1)


def exponent_of(method: Method) -> float | None:
    """Return the exponent of a mean for its decomposition; None where there is none (median, outranking)."""
    if method.name == "power":
        return method.number("exponent")
    return None if method.name == "borda" else EXPONENTS.get(method.name)


def declared_weights(branch: Branch, scores: Floats, raw: Floats) -> Floats:
    """Return the weights of a branch's children, summing to 1, from the file, from judgements or from data.

    `scores` and `raw` (rows, children) are the children's scores and treated values; raw is empty if one is a branch.
    """
    method = branch.weights
    if method.name == "given":
        given = np.array([child.weight for child in branch.children])
        if not given.sum() > 0:
            raise ValueError(tr("no child has a weight"))
        return np.asarray(given / given.sum(), dtype=np.float64)
    if method.name == "equal" or len(branch.children) == 1:
        return np.full(len(branch.children), 1.0 / len(branch.children))
    if method.name == "ahp":
        return weights.ahp(np.array(method.parameters["matrix"], dtype=np.float64), method.text("random_index")).weights
    data = raw if method.text("data") == "raw" else scores
    if method.name == "entropy":
        return weights.entropy(data, method.text("scaling"))
    if method.name == "standard_deviation":
        return weights.standard_deviation(data, int(method.number("ddof")))
    if method.name == "critic":
        return weights.critic(data)
    if "factors" in method.parameters:
        return weights.principal(data, keep=int(method.number("factors")))
    return weights.principal(data, least_variance=method.number("least_variance"))


def aggregated(
    method: Method, children: list[Floats], mass: Floats, present: Flags, groups: Groups, framework: Framework
) -> Floats:
    """Return the parent's scores (draws, rows) from its children's (draws or 1, rows) and weights (draws, children).

    Outranking gives 0..1 on the framework's scale: Borda's mean share of others outdone; Copeland's wins less losses;
    the place in Kemeny's ranking.
    """
    if method.name == "median":
        return median(children, mass, present)
    exponent = exponent_of(method)
    if exponent is not None:
        return power_mean(children, mass, present, exponent)
    draws = max(len(mass), *(len(child) for child in children))
    result = np.full((draws, present.shape[1]), np.nan)
    for rows in groups:
        some = [np.where(present[k, rows], child[:, rows], np.nan) for k, child in enumerate(children)]
        result[:, rows] = _outranked(method.name, some, mass, present[:, rows])
    return framework.scale[0] + (framework.scale[1] - framework.scale[0]) * result


def _outranked(name: str, children: list[Floats], mass: Floats, present: Flags) -> Floats:
    units = present.shape[1]
    if name == "borda":
        ranks = [percentile_rank(child, "n_minus_one", ties="average") for child in children]
        known = np.stack([~np.isnan(rank).any(axis=0) for rank in ranks])
        return power_mean(ranks, mass, present & known, 1.0)
    draws = max(len(mass), *(len(child) for child in children))
    support, total = np.zeros((draws, units, units)), np.zeros((draws, units, units))
    for k, child in enumerate(children):
        both = present[k, :, None] & present[k, None, :]
        support = support + mass[:, k, None, None] * outranking.pairwise_wins(child)
        total = total + mass[:, k, None, None] * both
    support = np.divide(support, total, out=np.zeros_like(support), where=total > 0)
    if name == "copeland":
        return np.asarray((outranking.copeland(support) / max(units - 1, 1) + 1.0) / 2.0, dtype=np.float64)
    orders = outranking.kemeny_of_draws(support) if draws > 1 else outranking.kemeny(support[0])[None]
    places = np.empty((draws, units))
    np.put_along_axis(places, orders, np.broadcast_to(np.arange(units, dtype=np.float64), (draws, units)), axis=1)
    return np.asarray(1.0 - places / max(units - 1, 1), dtype=np.float64)
