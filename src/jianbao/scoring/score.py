"""Score a panel by a framework: every node's score, coverage and share in its parent, for all rows at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from jianbao.core.errors import ContentError, Problem, raise_all
from jianbao.core.messages import Translatable, tr, tr_error
from jianbao.scoring import weights
from jianbao.scoring.aggregate import Children, Groups, aggregated, exponent_of, multipliers
from jianbao.scoring.data_treatment import IndicatorColumn, groups_of, prepare_columns
from jianbao.scoring.framework import Branch, Framework, Indicator, Method, leaves_of
from jianbao.scoring.method_options import AGGREGATIONS
from jianbao.scoring.method_reader import named
from jianbao.scoring.normalise import Shift, normalised
from jianbao.scoring.panel import Flags, Floats, Integers, Panel, rows_by
from jianbao.scoring.reproducible import NOISE, product


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The result of one evaluation.

    `score`, `coverage` and `share` have shape (rows, nodes), nodes in written order. `share` is the factor
    by which a node's score is multiplied to give its contribution to its parent. NaN: no score. `weights` are those of
    each branch's children, summing to 1. `columns` and `groups` are the starting point of draws.
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
        """Return a node's coverage (rows), 0 to 1, as the framework counts it: by weight or by children."""
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

    def normalised(self, leaf: Indicator, method: Method, x: Floats, shift: Shift) -> Floats:
        """Return values (..., rows) of an indicator, normalised by a method with its goalposts moved by `shift`."""
        return normalised(
            column=self.columns[leaf.id],
            method=method,
            x=x,
            panel=self.panel,
            groups=self.groups,
            scale=self.framework.scale,
            shift=shift,
        )

    def rows(self, numbers: Integers) -> Translatable:
        """Return the name of some rows for a message: unit and period of the first few."""
        panel = self.panel
        return named(" ".join(part for part in (panel.units[row], panel.periods[row]) if part) for row in numbers)

    def counts(self) -> Mapping[str, Integers]:
        """Return, by node, how many indicators below count in its score: with a value, carried, imputed (3, rows).

        Those of a child without a score do not count. A node without enough coverage still has counts.
        """
        found: dict[str, Integers] = {}
        for node in reversed(tuple(self.framework.components())):
            if isinstance(node, Indicator):
                column = self.columns[node.id]
                known = np.stack([np.ones_like(column.put_in), column.ages > 0, column.put_in])
                found[node.id] = (known & ~np.isnan(self.of(node.id))).astype(np.int64)
            else:
                found[node.id] = sum(
                    (found[child.id] * ~np.isnan(self.of(child.id)) for child in node.children),
                    start=np.zeros((3, len(self.score)), dtype=np.int64),
                )
        return found

    def children(self, branch: Branch) -> Children:
        """Return the declared scores of a branch's children, with their weights."""
        score = self.score[:, [self.nodes.index(child.id) for child in branch.children]].T
        weights = self.weights[branch.id][None]
        return Children(scores=list(score[:, None, :]), weights=weights, present=~np.isnan(score))

    def at(self, rows: Integers) -> "Scores":
        """Return the scores of some rows; relative steps then use only these rows."""
        panel = self.panel
        return replace(
            self,
            panel=replace(
                panel,
                units=tuple(panel.units[row] for row in rows),
                periods=tuple(panel.periods[row] for row in rows),
                values=panel.values[rows],
                ages=None if panel.ages is None else panel.ages[rows],
                highs=None if panel.highs is None else panel.highs[rows],
                groups={key: tuple(names[row] for row in rows) for key, names in panel.groups.items()},
            ),
            score=self.score[rows],
            coverage=self.coverage[rows],
            share=self.share[rows],
            columns={leaf: column.at(rows) for leaf, column in self.columns.items()},
            groups=_groups_among(self.groups, rows),
        )


def _groups_among(groups: tuple[Integers, ...], rows: Integers) -> tuple[Integers, ...]:
    """Return the groups among some rows, renumbered by their place in `rows`."""
    group = np.zeros(int(max(part.max() for part in groups)) + 1, dtype=np.int64)
    for number, part in enumerate(groups):
        group[part] = number
    return rows_by([str(number) for number in group[rows]])


def evaluate(framework: Framework, panel: Panel, other: Scores | None = None) -> Scores:
    """Score every node of a framework on every row of a panel.

    `other` are the scores of another framework on this panel, taken over for nodes that are the same object in both.

    Missing values stay missing: a node is scored from the children that have a score, their weights scaled to 1, if
    its coverage reaches the declared minimum. Raise KeyError for a column that the panel lacks (`check_panel`
    names it beforehand), ContentError if data give no weights.
    """
    groups = groups_of(framework.reference.normalise, panel)
    same = _shared(framework, other) if other else frozenset()
    made = {leaf: column for leaf, column in other.columns.items() if leaf in same} if other else {}
    ready = {column.leaf.id: column for column in prepare_columns(framework, panel, made)}
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


def declared_scores(framework: Framework, panel: Panel) -> Scores:
    """Score as `evaluate` does; raise ContentError if a covered node comes out without a number."""
    scores = evaluate(framework, panel)
    raise_all(_without_value(scores), ContentError)
    return scores


def _without_value(scores: Scores) -> Iterator[Problem]:
    """Yield the branches whose mean meets scores that it cannot take, and the indicators that are infinite."""
    for place, node in enumerate(scores.framework.components()):
        score, covered = scores.score[:, place], scores.coverage[:, place]
        if isinstance(node, Indicator):
            rows = np.flatnonzero(np.isinf(score))
            hint = tr("0 has no logarithm: cap the goalposts ('cap: yes'), or take another curve")
            what = tr("'{node}' is infinite for {rows}", node=node.id, rows=scores.rows(rows))
        elif AGGREGATIONS[node.aggregate.name].relative:
            continue  # a unit that no other can be compared with has no score
        else:
            enough = enough_indicators(node, {leaf.id: scores.of(leaf.id) for leaf in leaves_of(node)})
            asked = (covered > 0) & (covered >= node.minimum_coverage - NOISE) & enough
            rows = np.flatnonzero(np.isnan(score) & asked)
            below = [child.id for child in node.children if (scores.of(child.id)[rows] < 0).any()]
            words = {"method": node.aggregate.name, "branch": node.id, "nodes": named(below), "rows": scores.rows(rows)}
            what = tr("the {method} mean of '{branch}' has no value for {rows}: below zero are {nodes}", **words)
            hint = tr("cap the goalposts ('cap: yes'), take an arithmetic mean, or declare the 'least' score")
        if len(rows):
            yield Problem(node.place, what, hint)


def _shared(framework: Framework, other: Scores) -> frozenset[str]:
    """Return the nodes that two frameworks have in common; none if rules differ, or if rows are screened."""
    earlier = other.framework
    if framework.screen.least or replace(framework, index=earlier.index) != earlier:
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
            scored = normalised(
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
        """Take the known scores of a node and all below it."""
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
        covered = self._covered(node, mass, present)
        stacked = Children(scores=list(children[:, None, :]), weights=mass[None], present=present)
        parent = aggregated(node.aggregate, stacked, self.groups, self.framework.scale)
        scored = (covered >= node.minimum_coverage - NOISE) & (covered > 0) & enough_indicators(node, self.scores)
        score = np.where(scored, parent[0], np.nan)
        self.scores[node.id] = score
        self.coverage[node.id] = covered
        rule = self.framework.contributions or "proportional"
        lifted = "least" in node.aggregate.parameters  # then a child without points contributes none
        counted = np.maximum(children, 0.0) if lifted else children
        shares = multipliers(counted, mass, score, exponent_of(node.aggregate), rule)
        shares = np.where(children < 0, 0.0, shares) if lifted else shares
        shares = np.where(scored, shares, np.nan)  # with too few children there is no score to add up to
        self.shares.update({child.id: share for child, share in zip(node.children, shares, strict=True)})

    def _covered(self, node: Branch, mass: Floats, present: Flags) -> Floats:
        """Return the weight of the indicators below that count, or the share of children that have a score."""
        if self.framework.coverage == "children":
            return np.asarray(present.mean(axis=0), dtype=np.float64)
        below = np.stack([self.coverage[child.id] for child in node.children])
        return np.asarray(product(mass[None], np.where(present, below, 0.0))[0], dtype=np.float64)

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


def enough_indicators(node: Branch, scores: Mapping[str, Floats]) -> Flags:
    """Return the rows in which a branch has as many scored indicators as it needs, and one in each of its children.

    Without `least_indicators`, these are all rows.
    """
    below = [[~np.isnan(scores[leaf.id]) for leaf in leaves_of(child)] for child in node.children]
    counts = np.array([np.sum(each, axis=0) for each in below])
    whole = (counts > 0).all(axis=0) & (not node.incomplete) & (counts.sum(axis=0) >= node.least_indicators)
    return np.asarray(whole | (node.least_indicators == 0), dtype=bool)


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
