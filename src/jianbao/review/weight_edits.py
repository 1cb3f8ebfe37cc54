"""The weights written in data/framework.yml, if they are not equal, and the texts that a changed weight needs."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from jianbao.core.errors import Place, Problem, UsageError, nearest
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_edit import Keys, scalars
from jianbao.review.proposals import WeightEdit

FRAMEWORK = "data/framework.yml"
EQUAL, GIVEN = "equal", "given"
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


@dataclass(frozen=True)
class WrittenWeights:
    """The texts of a framework file by their keys, and the keys of each node by its id."""

    texts: Mapping[Keys, str]
    nodes: Mapping[str, Keys]

    @classmethod
    def of(cls, snapshot: Snapshot) -> "WrittenWeights":
        """Return the weights of a workspace."""
        texts = {each.path: each.value for each in scalars(snapshot.text(FRAMEWORK))}
        return cls(texts, {text: path[:-1] for path, text in texts.items() if path[-1:] == ("id",)})

    @property
    def given(self) -> dict[str, str]:
        """Return the written weights by node."""
        weights = {node: self.texts.get((*path, "weight"), "") for node, path in self.nodes.items()}
        return {node: weight for node, weight in weights.items() if weight}

    def is_equal(self, node: str) -> bool:
        """Return whether a node has the same weight as its siblings because no weights are written."""
        path = self.nodes.get(node, ())
        above = (*path[:-2], "weights")
        default = self.texts.get(("defaults", "weights"), EQUAL)
        return path[-2:-1] == ("children",) and self.texts.get(above, default) == EQUAL

    def with_weight(self, node: str, weight: str) -> dict[Keys, str]:
        """Return the texts to write for a changed weight: if weights are equal, the shares of all siblings."""
        path = self.nodes[node]
        if not self.is_equal(node):
            return {(*path, "weight"): weight}
        beside = [each for each in self.nodes.values() if each[:-1] == path[:-1]]
        other = f"{(1.0 - float(weight)) / (len(beside) - 1):.6g}"
        written = {(*each, "weight"): weight if each == path else other for each in beside}
        return {(*path[:-2], "weights"): GIVEN, **written}

    def siblings(self, node: str) -> int:
        """Return how many siblings a node has."""
        return sum(each[:-1] == self.nodes[node][:-1] for each in self.nodes.values()) - 1


def weight_edits(settings: Iterable[str], snapshot: Snapshot) -> Iterator[WeightEdit]:
    """Yield the changes for options like `NODE=WEIGHT`; raises UsageError."""
    requested = [(text, *text.partition("=")[::2]) for text in settings]
    weights = WrittenWeights.of(snapshot) if requested else WrittenWeights({}, {})
    open_to = [node for node in weights.nodes if node in weights.given or weights.is_equal(node)]
    for text, node, new in requested:
        where = Place(f"--weight {text}")
        if node not in open_to:
            raise UsageError(Problem(where, tr("no weight is written for '{node}'", node=node), nearest(node, open_to)))
        if not _NUMBER.fullmatch(new):
            hint = tr("write digits, with a decimal point")
            raise UsageError(Problem(where, tr("'{value}' is not a number", value=new), hint))
        old = weights.given.get(node, "")
        if not old and not (0 < float(new) < 1 and weights.siblings(node)):
            what = tr("'{value:g}' cannot be the weight of '{node}'", value=float(new), node=node)
            hint = tr("below weights that are not given, it is the node's share, 0 to 1")
            raise UsageError(Problem(where, what, hint))
        if old != new:
            yield WeightEdit(node=node, old=old, new=new)
