"""What a city's result hangs on, as facts: the choices that move its score most, and what leaving one out would do."""

from collections.abc import Iterator

import numpy as np

from jianbao.evaluation.framework import Framework
from jianbao.evaluation.panel import Panel
from jianbao.evaluation.sensitivity import Stake, leave_out, stakes
from jianbao.evidence.facts import Fact
from jianbao.evidence.provenance import slug

# The facts, and the families of facts, of a year that has an index score.
WORDS = ("total", "first", "most", "second", "most_share", "left_out", "left_out_most")
HINGES = tuple(f"sensitivity.{word}" for word in WORDS)
SHOWN = 8  # choices below these move the score by next to nothing


def hinge_facts(
    framework: Framework, panel: Panel, year: int, as_of: str, samples: int, most: int = 0
) -> tuple[Fact, ...]:
    """Return `sensitivity.*`: Sobol' indices of the choices that matter most, and what leaving one out does at most.

    `framework` is a settled one, `panel` has a row a year. Indices are shares of the variance of the index over the
    draws, with the half widths of their 95 % intervals as low and high. `most` is for a quick look at so many only.
    """
    row = panel.periods.index(str(year))
    found = stakes(framework, panel, row, samples=samples, most=most)
    index = f"score.{framework.index.id}"
    return (
        *_indices(found[:SHOWN], index, as_of),
        *_foremost(found, as_of),
        *_left_out(framework, panel, row, as_of, most),
    )


def _indices(found: tuple[Stake, ...], index: str, as_of: str) -> Iterator[Fact]:
    how = "Sobol' index of a choice (centred estimator)"
    for stake in found:
        parts = {"total": (stake.total, stake.total_error), "first": (stake.first, stake.first_error)}
        for kind, (value, error) in parts.items():
            held = min(max(value, 0.0), 1.0)
            low, high = max(held - error, 0.0), min(held + error, 1.0)
            fact_id = f"sensitivity.{kind}.{slug(stake.choice)}"
            yield Fact(
                fact_id,
                held,
                "share",
                as_of=as_of,
                low=low,
                high=high,
                how=how,
                parents=(index,),
                about=(stake.choice,),
            )


def _foremost(found: tuple[Stake, ...], as_of: str) -> Iterator[Fact]:
    """Yield the names of the two choices that matter most, and the share of the variance that the first explains."""
    for word, stake in zip(("most", "second"), found, strict=False):
        parent = f"sensitivity.total.{slug(stake.choice)}"
        yield Fact(
            f"sensitivity.{word}", stake.choice, kind="name", as_of=as_of, parents=(parent,), how="largest index"
        )
    for stake in found[:1]:
        parent, held = f"sensitivity.total.{slug(stake.choice)}", min(max(stake.total, 0.0), 1.0)
        yield Fact("sensitivity.most_share", held, "share", as_of=as_of, parents=(parent,), how="largest index")


def _left_out(framework: Framework, panel: Panel, row: int, as_of: str, most: int) -> Iterator[Fact]:
    leaves = [leaf.id for leaf in framework.indicators()][-most:]
    changes = {each.node: float(each.change[row]) for each in leave_out(framework, panel, nodes=leaves)}
    known = {node: change for node, change in changes.items() if not np.isnan(change)}
    if not known:
        return
    node = max(known, key=lambda each: (abs(known[each]), each))
    how = "the index without one indicator, less the index"
    parents = (f"normal.{node}", f"score.{framework.index.id}")
    yield Fact("sensitivity.left_out", known[node], "point", as_of=as_of, parents=parents, how=how)
    yield Fact("sensitivity.left_out_most", f"node:{node}", kind="name", as_of=as_of, parents=parents, how=how)
