"""The framework as the ledger tells it: which node stands under which, and what each may contribute."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from jianbao.charts.spec import FigureSpec, figure_key
from jianbao.data.facts import Fact, Ledger

ROLES = ("weight", "score", "contribution")
INDICATOR = "normal."


@dataclass(frozen=True)
class Tree:
    """The children of each node, in the framework's order, and the weights among siblings (1 if not told)."""

    root: str
    children: dict[str, tuple[str, ...]]
    weights: dict[str, float]

    def below(self, node: str, depth: int) -> Iterator[tuple[str, int]]:
        """Yield a node's descendants down to `depth` with their depth, parents before their children."""
        for child in self.children.get(node, ()) if depth > 0 else ():
            yield child, 1
            for inner, level in self.below(child, depth - 1):
                yield inner, level + 1

    def leaves(self, node: str) -> tuple[str, ...]:
        """Return the indicators under a node, or the node itself if it is one."""
        inside = self.children.get(node, ())
        return tuple(leaf for child in inside for leaf in self.leaves(child)) if inside else (node,)

    def share(self, node: str, top: str, known: frozenset[str]) -> float:
        """Return the weight of a node within `top` when only the leaves in `known` count; 0 if it is not below."""
        if node == top:
            return 1.0
        for parent, inside in self.children.items():
            if node in inside:
                kept = [child for child in inside if child == node or known.intersection(self.leaves(child))]
                whole = sum(self.weights.get(child, 1.0) for child in kept)
                return self.share(parent, top, known) * self.weights.get(node, 1.0) / whole if whole else 0.0
        return 0.0


def read_tree(spec: FigureSpec, ledger: Ledger) -> Tree:
    """Read the tree from the paths that facts are about (root, level, ..., node), or else from the scores' parents.

    Without paths, what hangs below a node that has no score is not known; a scored node that hangs below nothing,
    because the whole has no score, stands under the root.
    """
    children: dict[str, dict[str, None]] = {}
    for role in ROLES:
        for fact in spec.family(role, ledger):
            for parent, child in _edges(fact, role, spec):
                children.setdefault(parent, {})[child] = None
    inside = {child for group in children.values() for child in group}
    tops = [parent for parent in children if parent not in inside]
    root = spec.option("root") or next(iter(tops), "")
    for top in tops:
        if top != root:
            children.setdefault(root, {})[top] = None
    weights = {figure_key(fact): fact.number for fact in spec.family("weight", ledger)}
    return Tree(root, {parent: tuple(group) for parent, group in children.items()}, weights)


def _edges(fact: Fact, role: str, spec: FigureSpec) -> Iterator[tuple[str, str]]:
    yield from pairwise(fact.about)
    if role == "score" and len(fact.about) < 2:
        for parent in fact.parents:
            if parent.startswith((f"{spec.facts['score']}.", INDICATOR)):
                yield figure_key(fact), parent.rsplit(".", 1)[-1]
