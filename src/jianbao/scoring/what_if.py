"""Change a fact, weight or goalpost and explain the difference of scores by contributions."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from jianbao.core.errors import Place, Problem, UsageError, nearest, raise_all
from jianbao.core.messages import tr
from jianbao.scoring.framework import Branch, Framework, Goalpost, Indicator, Method, edited
from jianbao.scoring.method_reader import check_direction, check_method
from jianbao.scoring.monte_carlo import collected
from jianbao.scoring.panel import Floats, Panel
from jianbao.scoring.sampling import sample
from jianbao.scoring.score import Scores, declared_scores, evaluate

KINDS = ("weight", "floor", "target")


@dataclass(frozen=True)
class WhatIfChange:
    """One thing set to another value: a "fact" (a panel's column), or a node's "weight", "floor" or "target"."""

    kind: str
    what: str
    value: float


def read_setting(text: str) -> tuple[str, float]:
    """Read `WHAT=VALUE`; raise UsageError if the value is not a finite number."""
    what, _, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(
            Problem(Place(f"--set {text}"), tr("'{value}' is not a number", value=number), tr("write FACT=VALUE"))
        )
    return what, value


def read_what_if(text: str, framework: Framework, panel: Panel) -> WhatIfChange:
    """Read `COLUMN=VALUE`, `weight.NODE=VALUE`, `floor.NODE=VALUE` or `target.NODE=VALUE`; raise UsageError."""
    (what, value), where = read_setting(text), Place(f"--set {text}")
    if what in panel.columns:
        return WhatIfChange("fact", what, value)
    kind, _, node = what.partition(".")
    nodes = _settable(framework, kind)
    if kind in KINDS and node in nodes:
        if kind == "weight" and not 0 <= value <= _most(framework, node):
            hint = tr("below weights that are not given, it is the node's share, 0 to 1")
            raise UsageError(
                Problem(where, tr("'{value:g}' cannot be the weight of '{node}'", value=value, node=node), hint)
            )
        if kind != "weight":
            _check_bound(framework, kind, node, value, where)
        return WhatIfChange(kind, node, value)
    known = [*panel.columns, *(f"{each}.{node}" for each in KINDS for node in _settable(framework, each))]
    raise UsageError(Problem(where, tr("'{what}' cannot be set", what=what), nearest(what, known)))


def _check_bound(framework: Framework, kind: str, node: str, value: float, where: Place) -> None:
    """Raise UsageError for a goalpost that contradicts the other one."""
    leaf, problems = framework.find(node), list[Problem]()
    if isinstance(leaf, Indicator):
        moved = _with_bound(leaf.normalise, kind, value)
        check_method(moved, problems)
        check_direction(moved, leaf.direction, problems)
    raise_all((Problem(where, each.what, each.hint) for each in problems), UsageError)


def _with_bound(method: Method, kind: str, value: float) -> Method:
    return replace(method, parameters={**method.parameters, kind: Goalpost(value)})


def _most(framework: Framework, node: str) -> float:
    parent = framework.path(node)[-2]
    return np.inf if isinstance(parent, Branch) and parent.weights.name == "given" else 1.0


def _settable(framework: Framework, kind: str) -> tuple[str, ...]:
    if kind == "weight":
        return tuple(node.id for node in framework.components() if node is not framework.index)
    return tuple(leaf.id for leaf in framework.indicators() if kind in leaf.normalise.parameters)


@dataclass(frozen=True)
class ScoreDifference:
    """Scores before and after; `moved` (rows) and its parts explain a node's change by the indicators below it."""

    before: Scores
    after: Scores

    def moved(self, node: str) -> Floats:
        """Return the change of a node's score (rows)."""
        return self.after.of(node) - self.before.of(node)

    def parts(self, node: str) -> dict[str, Floats]:
        """Return the change of each indicator's contribution (rows), adding up to `moved`; a missing one brings 0."""
        before, after = self.before.contributions(node), self.after.contributions(node)
        return {leaf: np.nan_to_num(after[leaf]) - np.nan_to_num(before[leaf]) for leaf in before}


def what_if(
    framework: Framework, panel: Panel, changes: Sequence[WhatIfChange], rows: Sequence[int] | None = None
) -> ScoreDifference:
    """Evaluate before and after some changes; changed facts apply to all rows, or to `rows`."""
    before = declared_scores(framework, panel)
    for change in changes:
        if change.kind == "fact":
            panel = panel.with_values(change.what, change.value, rows)
        elif change.kind == "weight":
            framework = _reweighted(framework, change, before)
        else:
            framework = _moved(framework, change)
    return ScoreDifference(before, declared_scores(framework, panel))


def _reweighted(framework: Framework, change: WhatIfChange, scores: Scores) -> Framework:
    """Give a node another weight: among given ones as written, else its share, its siblings keeping their ratios."""

    def reweigh(branch: Branch) -> Branch:
        if change.what not in [child.id for child in branch.children]:
            return branch
        given = branch.weights.name == "given"
        weights = {
            child.id: child.weight if given else float(share)
            for child, share in zip(branch.children, scores.weights[branch.id], strict=True)
        }
        others = 1.0 if given else (1.0 - change.value) / max(1.0 - weights[change.what], 1e-300)
        children = tuple(
            replace(child, weight=change.value if child.id == change.what else weights[child.id] * others)
            for child in branch.children
        )
        return replace(
            branch, children=children, weights=Method(name="given", parameters={}, place=branch.weights.place)
        )

    return edited(framework, lambda leaf: leaf, reweigh)


def _moved(framework: Framework, change: WhatIfChange) -> Framework:
    def move(leaf: Indicator) -> Indicator:
        if leaf.id != change.what:
            return leaf
        return replace(leaf, normalise=_with_bound(leaf.normalise, change.kind, change.value))

    return edited(framework, move)


Gain = tuple[float, Floats]
GainFunction = Callable[[Mapping[str, float]], Gain]


def gain_function(framework: Framework, panel: Panel, year: int) -> GainFunction:
    """Return a function from changed columns (column -> new value) to the gain of the index: declared, and by draw.

    Both evaluations share their draws, so the draws are those of the difference. The gain of the same changes is found
    once. `framework` is a settled one. A column that the panel lacks raises KeyError.
    """
    found: dict[frozenset[tuple[str, float]], Gain] = {}
    target, row = framework.index.id, panel.periods.index(str(year))
    before, known = _drawn(framework, panel, tuple(each.id for each in framework.components()), {})

    def gain(changes: Mapping[str, float]) -> Gain:
        key = frozenset(changes.items())
        if key not in found:
            found[key] = made(changes)
        return found[key]

    def made(changes: Mapping[str, float]) -> Gain:
        changed = panel
        for column, value in changes.items():
            if column not in panel.columns:
                raise KeyError(column)
            changed = changed.with_values(column, value, [row])
        touched = _reading(framework, changes)
        same = {each: draws for each, draws in known.items() if each not in touched}
        after, found = _drawn(framework, changed, (target,), same)
        return float(after.of(target)[row] - before.of(target)[row]), (found[target] - known[target])[:, row]

    return gain


def _reading(framework: Framework, columns: Iterable[str]) -> set[str]:
    """Return the indicators that read one of some columns, and all nodes above them."""
    read = frozenset(columns)
    leaves = (leaf for leaf in framework.indicators() if not read.isdisjoint((leaf.key, *leaf.others())))
    return {node.id for leaf in leaves for node in framework.path(leaf.id)}


def _drawn(
    framework: Framework, panel: Panel, nodes: tuple[str, ...], known: Mapping[str, Floats]
) -> tuple[Scores, dict[str, Floats]]:
    """Return the declared scores, and the draws of some nodes: without draws, the declared scores as the only one."""
    scores = evaluate(framework, panel)
    if not framework.draws:
        return scores, {each: scores.of(each)[None] for each in nodes}
    return scores, collected(scores, sample(scores, framework.draws), nodes, known=known)
