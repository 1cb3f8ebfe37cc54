"""Find the choices on which a result depends, by Sobol' indices of the draws and by leaving nodes out."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

import numpy as np

from jianbao.core.errors import ContentError
from jianbao.core.messages import tr
from jianbao.data.facts import Fact, slug
from jianbao.scoring.aggregate import draw_interval
from jianbao.scoring.framework import Branch, Component, Framework, Indicator
from jianbao.scoring.monte_carlo import NO_SCORES, BatchedEvaluation, collected, drawn_by_itself
from jianbao.scoring.normalise import TIE_TOLERANCE
from jianbao.scoring.panel import Floats, Panel
from jianbao.scoring.ranking import ranks_of
from jianbao.scoring.sampling import InputDraws, sample
from jianbao.scoring.score import Scores, declared_scores, evaluate

SHIFTED = 1000  # draws for a shift of ranks
RESAMPLES = 50  # bootstrap samples for an index's interval
NORMAL_95 = 1.96  # standard errors in half of a 95 % interval


@dataclass(frozen=True)
class Indices:
    """Sobol' indices of inputs, with half widths of 95 % intervals by bootstrap.

    `first` is the share of the output's variance that each explains by itself, `total` the share with all interactions.
    """

    first: Floats
    first_error: Floats
    total: Floats
    total_error: Floats


def indices(base: Floats, other: Floats, mixed: Sequence[Floats], seed: int) -> Indices:
    """Return Sobol' indices from a model's output for samples A, B, and A with one input each taken from B.

    First order by Saltelli et al. (2010), on centred output: otherwise the square of the mean adds an error.
    Total by Jansen (1999). All are 0 if the output does not vary.
    """
    many = len(mixed)
    if max(np.ptp(base), np.ptp(other)) <= TIE_TOLERANCE:
        return Indices(*(np.zeros(many) for _ in range(4)))
    centre = np.concatenate([base, other]).mean()
    a, b, each = base - centre, other - centre, np.stack(mixed) - centre
    pairs = np.stack([a, np.square(a), b, np.square(b)]), b * (each - a), 0.5 * np.square(a - each)
    first, total = _estimates(*pairs, np.ones(len(a)))
    picks = np.random.default_rng(seed).integers(0, len(a), (RESAMPLES, len(a)))
    drawn = np.array([_estimates(*pairs, np.bincount(pick, minlength=len(a)).astype(np.float64)) for pick in picks])
    errors = NORMAL_95 * drawn.std(axis=0, ddof=1)
    return Indices(first, errors[0], total, errors[1])


def _estimates(moments: Floats, first: Floats, total: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Return both indices as means of products, each draw counted a number of times."""
    mean_a, square_a, mean_b, square_b = (moments * times).mean(axis=1)
    variance = (square_a + square_b) / 2.0 - np.square((mean_a + mean_b) / 2.0)
    if variance <= 0:  # no draw among these times in which the output differs
        return np.zeros(len(first)), np.zeros(len(total))
    return (first * times).mean(axis=1) / variance, (total * times).mean(axis=1) / variance


@dataclass(frozen=True, kw_only=True)
class ChoiceEffect:
    """The effect of one choice: its Sobol' indices, and the score's interval if nothing else were in doubt.

    `choice` is "weights:NODE", "goalposts:NODE", "normalise", "aggregate:NODE", "error:NODE",
    "bounds:NODE" or "order:NODE".
    """

    choice: str
    first: float
    first_error: float
    total: float
    total_error: float
    low: float
    high: float

    @property
    def kind(self) -> str:
        """Return the kind of the choice."""
        return self.choice.partition(":")[0]

    @property
    def node(self) -> str:
        """Return the node of the choice; "" for the whole framework."""
        return self.choice.partition(":")[2]


def choice_effects(framework: Framework, panel: Panel, row: int, samples: int = 4096) -> tuple[ChoiceEffect, ...]:
    """Return the choices on which a row's index depends, the one with the largest total index first.

    The inputs of a choice (all weights of a branch, both bounds of an indicator) vary together. `samples` draws for
    each choice and two more. A row without a score has none.
    """
    declared, target = declared_scores(framework, panel), framework.index.id
    if np.isnan(declared.of(target)[row]):
        return ()
    scores = drawn_by_itself(declared, row)
    place = row if scores is declared else 0
    first, second = sample(scores, samples, "a"), sample(scores, samples, "b")
    choices = first.choices()
    if not choices:
        return ()
    known = collected(scores, first, scores.nodes)
    base, other = known[target][:, place], _drawn(scores, second, target, place)
    mixed = [
        _drawn(scores, first.taking(frozenset((c,)), second), target, place, untouched(framework, c, known))
        for c in choices
    ]
    found = indices(base, other, mixed, framework.seed)
    firm = BatchedEvaluation.of(scores, first.only(frozenset()), scores.nodes).drawn(0, 1)
    alone = [_drawn(scores, first.only(frozenset((c,))), target, place, untouched(framework, c, firm)) for c in choices]
    bounds = [draw_interval(each[:, None], framework.interval) for each in alone]
    made = [
        ChoiceEffect(
            choice=choice,
            first=float(found.first[k]),
            first_error=float(found.first_error[k]),
            total=float(found.total[k]),
            total_error=float(found.total_error[k]),
            low=float(low[0]),
            high=float(high[0]),
        )
        for k, (choice, (low, high)) in enumerate(zip(choices, bounds, strict=True))
    ]
    return tuple(sorted(made, key=lambda effect: (-round(effect.total, 9), effect.choice)))


def _drawn(scores: Scores, inputs: InputDraws, node: str, row: int, known: Mapping[str, Floats] = NO_SCORES) -> Floats:
    return np.asarray(collected(scores, inputs, (node,), known=known)[node][:, row], dtype=np.float64)


def untouched(framework: Framework, choice: str, known: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the draws of the nodes that a choice does not affect: all but its own node and those above."""
    node = choice.partition(":")[2]
    touched = {each.id for each in framework.path(node)} if node else set(known)
    return {each: scores for each, scores in known.items() if each not in touched}


@dataclass(frozen=True)
class RankShift:
    """The average shift of units' ranks (Saisana et al. 2005) if only one choice is in doubt."""

    choice: str
    shift: float


def rank_shifts(framework: Framework, panel: Panel) -> tuple[RankShift, ...]:
    """Return the mean absolute shift of rank by the index for each choice, the largest first."""
    scores, target = declared_scores(framework, panel), framework.index.id
    inputs = sample(scores, SHIFTED)
    found = []
    for choice in inputs.choices():
        drawn = collected(scores, inputs.only(frozenset((choice,))), (target,))[target]
        moved = [
            np.abs(ranks_of(drawn[:, rows], framework) - ranks_of(scores.of(target)[rows], framework))
            for rows in panel.rows_by_period()
        ]
        steps = np.concatenate([each.ravel() for each in moved])
        found.append(RankShift(choice, float(np.nanmean(steps)) if not np.isnan(steps).all() else 0.0))
    return tuple(sorted(found, key=lambda each: (-each.shift, each.choice)))


@dataclass(frozen=True)
class WithoutNode:
    """The index (rows) without one indicator or branch, and its difference from the declared one."""

    node: str
    score: Floats
    change: Floats


def leave_out(framework: Framework, panel: Panel, nodes: Collection[str] | None = None) -> tuple[WithoutNode, ...]:
    """Return the index without each indicator and branch, or without each of some `nodes`, in written order."""
    declared = declared_scores(framework, panel)
    _, *below = [each.id for each in framework.components()]
    left = below if nodes is None else [each for each in below if each in nodes]
    scores = {each: _without(framework, each, panel, declared) for each in left}
    whole = declared.of(framework.index.id)
    return tuple(WithoutNode(each, score, score - whole) for each, score in scores.items())


def _without(framework: Framework, node: str, panel: Panel, declared: Scores) -> Floats:
    """Return the index (rows) without a node; NaN if nothing is left, or nothing that has a weight."""
    try:
        return evaluate(without(framework, node), panel, declared).of(framework.index.id)
    except (ValueError, ContentError):
        return np.full(len(panel.units), np.nan)


# The facts, and the families of facts, of a year that has an index score.
_KEY_WORDS = ("total", "first", "most", "second", "most_share", "left_out", "left_out_most")
KEY_CHOICE_FACTS = tuple(f"sensitivity.{word}" for word in _KEY_WORDS)
MAX_LISTED_CHOICES = 8  # further choices hardly move the score


def key_choice_facts(framework: Framework, panel: Panel, year: int, as_of: str, samples: int) -> tuple[Fact, ...]:
    """Return `sensitivity.*`: Sobol' indices of the choices that matter most, and the greatest effect of one left out.

    `framework` is a settled one, `panel` has a row a year. Indices are shares of the variance of the index over the
    draws, with the half widths of their 95 % intervals as low and high.
    """
    row = panel.periods.index(str(year))
    found = choice_effects(framework, panel, row, samples=samples)
    index = f"score.{framework.index.id}"
    return (
        *_indices(found[:MAX_LISTED_CHOICES], index, as_of),
        *_foremost(found, as_of),
        *_left_out(framework, panel, row, as_of),
    )


def _indices(found: tuple[ChoiceEffect, ...], index: str, as_of: str) -> Iterator[Fact]:
    how = tr("Sobol' index of a choice (centred estimator)")
    for effect in found:
        parts = {"total": (effect.total, effect.total_error), "first": (effect.first, effect.first_error)}
        for kind, (value, error) in parts.items():
            held = min(max(value, 0.0), 1.0)
            low, high = max(held - error, 0.0), min(held + error, 1.0)
            fact_id = f"sensitivity.{kind}.{slug(effect.choice)}"
            yield Fact(
                id=fact_id,
                value=held,
                unit="share",
                as_of=as_of,
                low=low,
                high=high,
                how=how,
                parents=(index,),
                about=(effect.choice,),
            )


def _foremost(found: tuple[ChoiceEffect, ...], as_of: str) -> Iterator[Fact]:
    """Yield the names of the two choices that matter most, and the share of the variance that the first explains."""
    for word, effect in zip(("most", "second"), found, strict=False):
        parent = f"sensitivity.total.{slug(effect.choice)}"
        yield Fact(
            id=f"sensitivity.{word}",
            value=effect.choice,
            kind="name",
            as_of=as_of,
            parents=(parent,),
            how=tr("largest index"),
        )
    for effect in found[:1]:
        parent, held = f"sensitivity.total.{slug(effect.choice)}", min(max(effect.total, 0.0), 1.0)
        yield Fact(
            id="sensitivity.most_share",
            value=held,
            unit="share",
            as_of=as_of,
            parents=(parent,),
            how=tr("largest index"),
        )


def _left_out(framework: Framework, panel: Panel, row: int, as_of: str) -> Iterator[Fact]:
    leaves = [leaf.id for leaf in framework.indicators()]
    changes = {each.node: float(each.change[row]) for each in leave_out(framework, panel, nodes=leaves)}
    known = {node: change for node, change in changes.items() if not np.isnan(change)}
    if not known:
        return
    node = max(known, key=lambda each: (abs(known[each]), each))
    how = tr("the index without one indicator, less the index")
    parents = (f"normal.{node}", f"score.{framework.index.id}")
    yield Fact(id="sensitivity.left_out", value=known[node], unit="point", as_of=as_of, parents=parents, how=how)
    yield Fact(id="sensitivity.left_out_most", value=f"node:{node}", kind="name", as_of=as_of, parents=parents, how=how)


def without(framework: Framework, node_id: str) -> Framework:
    """Return the framework without one node and all below it; a branch left empty is removed, too.

    Raise ValueError if nothing would be left. An AHP matrix loses the row and column of the removed child.
    """
    index = _pruned(framework.index, node_id)
    if index is None:
        raise ValueError(f"nothing is left without {node_id}")
    return replace(framework, index=index)


def _pruned(node: Branch, node_id: str) -> Branch | None:
    kept: list[Component] = []
    places: list[int] = []
    for place, child in enumerate(node.children):
        rest = child if isinstance(child, Indicator) else _pruned(child, node_id)
        if child.id != node_id and rest is not None:
            kept.append(rest)
            places.append(place)
    if not kept:
        return None
    if all(one is other for one, other in zip_longest(kept, node.children)):
        return node
    matrix = node.weights.parameters.get("matrix")
    weights = node.weights
    if isinstance(matrix, tuple):
        rows = [row for row in matrix if isinstance(row, tuple)]
        smaller = tuple(tuple(rows[i][j] for j in places) for i in places)
        weights = replace(weights, parameters={**weights.parameters, "matrix": smaller})
    return replace(node, children=tuple(kept), weights=weights)
