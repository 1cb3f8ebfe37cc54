"""Scores compared, as facts: changes with their parts and causes, and which of the index's children is ahead."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from jianbao.core.messages import tr
from jianbao.data.facts import Fact, Ledger
from jianbao.scoring.change import ScoreChange, ScoresAtTime, moved_points, split_change
from jianbao.scoring.framework import Branch, Component, Indicator, leaves_of
from jianbao.scoring.method_options import CONTROLS
from jianbao.scoring.panel import Floats
from jianbao.scoring.score_facts import POINT, SHARE, ScoreCard, cells_below, score_draws, score_id, scored_fact

UNDECLARED = "undeclared"  # the control of an indicator that declares none
STILL = 1e-9  # points: what moves less has not moved


def change_facts(card: ScoreCard) -> tuple[Fact, ...]:
    """Return the facts on what changed since the year before; none where that year has no score."""
    if card.previous is None or card.previous not in card.ledgers:
        return ()
    return (*_changes(card), *_moved(card), *_renewed(card))


def standing(card: ScoreCard, year: int) -> ScoresAtTime:
    """Return a city's scores in a year."""
    return ScoresAtTime(card.draws, card.row(year))


def _changes(card: ScoreCard) -> Iterator[Fact]:
    """Yield each node's previous score, its change with its parts, and the share of draws in which it rose."""
    assert card.previous is not None
    earlier, later = standing(card, card.previous), standing(card, card.year)
    for node in card.framework.components():
        previous = scored_fact(card, node, f"previous.{node.id}", card.previous)
        if previous is None:
            continue
        yield replace(previous, parents=(), cells=cells_below(card, node, card.previous))
        found = split_change(node.id, earlier, later)
        if found is not None:
            yield from _change(card, node, found)


def _change(card: ScoreCard, node: Component, found: ScoreChange) -> Iterator[Fact]:
    as_of, parents = card.as_of(card.year), (score_id(node), f"previous.{node.id}")
    how = tr("{node} less previous.{id}, on the same draws", node=score_id(node), id=node.id)
    yield Fact(
        id=f"change.{node.id}",
        value=_plain(found.change),
        unit=POINT,
        as_of=as_of,
        low=found.low,
        high=found.high,
        parents=parents,
        how=how,
    )
    share = tr("share of the draws in which {id} rose", id=node.id)
    yield Fact(
        id=f"rose.{node.id}", value=found.rose, unit=SHARE, as_of=as_of, parents=parents, how=share, about=(node.id,)
    )
    for part, points in (("data", found.data), ("coverage", found.coverage)) if isinstance(node, Branch) else ():
        how = tr("what {part} brought of change.{id}", part=part, id=node.id)
        yield Fact(
            id=f"change_{part}.{node.id}",
            value=_plain(points),
            unit=POINT,
            as_of=as_of,
            parents=(f"change.{node.id}",),
            how=how,
        )


def _plain(points: float) -> float:
    """Return points without the traces of binary arithmetic, which differ by machine."""
    return round(points, 12) + 0.0


def published_facts(card: ScoreCard, last: ScoreCard) -> Iterator[Fact]:
    """Yield what the last edition gave for each branch, and by how much recalculation moves that by now."""
    earlier, later = standing(last, last.year), standing(card, card.year)
    for node in card.framework.branches():
        given, found = scored_fact(last, node, f"published.{node.id}", last.year), split_change(node.id, earlier, later)
        if given is None or found is None:
            continue
        yield replace(given, parents=(), cells=cells_below(last, node, last.year))
        parents, how = (
            (f"published.{node.id}",),
            tr("{id} of that year on the rules and rows of this edition, less it", id=node.id),
        )
        points = _plain(found.method + found.recalculated)
        as_of = card.as_of(card.year)
        yield Fact(
            id=f"recalculated.{node.id}",
            value=points,
            unit=POINT,
            as_of=as_of,
            parents=parents,
            how=how,
            about=(node.id,),
        )


def _moved(card: ScoreCard) -> Iterator[Fact]:
    """Yield the points of the index that each indicator moved, their sums by who decides, and which moved most."""
    assert card.previous is not None
    index = card.framework.index
    earlier, later = standing(card, card.previous), standing(card, card.year)
    points = {leaf: moved for leaf, moved in moved_points(index.id, earlier, later).items() if abs(moved) > STILL}
    if split_change(index.id, earlier, later) is None:
        return
    leaves = {leaf.id: leaf for leaf in card.framework.indicators()}
    # Levels are multiplied, so the points of one indicator rest on all that the index rests on.
    parents = {leaf: (f"normal.{leaf}", f"previous.{leaf}", f"change.{index.id}") for leaf in leaves}
    for leaf, moved in points.items():
        how = tr("points of {id} in change.{index}", id=leaf, index=index.id)
        yield _points(card, f"moved.{leaf}", moved, parents[leaf], how=how, about=(leaf, _control(leaves[leaf])))
    for control in (*CONTROLS, UNDECLARED):
        own = [leaf for leaf, each in leaves.items() if _control(each) == control]
        if own:
            how = tr("sum of what moved where the control is {control}", control=control)
            found = tuple(dict.fromkeys(parent for leaf in own if leaf in points for parent in parents[leaf]))
            total = sum(points.get(leaf, 0.0) for leaf in own)
            yield _points(card, f"moved_by.{control}", total, found, how=how, about=(control,))
    largest = tuple(sorted(points, key=lambda leaf: (-abs(points[leaf]), leaf)))
    yield Fact(
        id=f"moved_names.{index.id}",
        value=largest,
        kind="names",
        as_of=card.as_of(card.year),
        parents=tuple(f"moved.{leaf}" for leaf in largest),
        how=tr("indicators that moved, largest first"),
    )


def _control(leaf: Indicator) -> str:
    return leaf.control or UNDECLARED


def _points(
    card: ScoreCard, fact_id: str, value: float, parents: tuple[str, ...], *, how: str, about: tuple[str, ...]
) -> Fact:
    as_of = card.as_of(card.year)
    return Fact(id=fact_id, value=_plain(value), unit=POINT, as_of=as_of, parents=parents, how=how, about=about)


def _renewed(card: ScoreCard) -> Iterator[Fact]:
    """Yield how many of each branch's indicators were measured anew since the year before, of those with a score."""
    assert card.previous is not None
    now, then = card.ledgers[card.year], card.ledgers[card.previous]
    for node in card.framework.branches():
        leaves = [leaf for leaf in leaves_of(node) if scored_fact(card, leaf, "", card.year)]
        anew = [leaf for leaf in leaves if any(_measured(now, fact) != _measured(then, fact) for fact in leaf.facts())]
        yield Fact(
            id=f"renewed.{node.id}",
            value=float(len(anew)),
            unit="indicator",
            of=float(len(leaves)),
            as_of=card.as_of(card.year),
            parents=tuple(score_id(leaf) for leaf in leaves),
            how=tr("indicators with another value or date than the year before"),
            about=(node.id,),
        )


def _measured(ledger: Ledger, fact: str) -> tuple[object, ...] | None:
    """Return what tells one measurement from another: value, whole, and the day that it is of."""
    found = ledger.get(fact)
    return (found.value, found.of, found.as_of) if found else None


def share_above(one: Floats, other: Floats) -> float:
    """Return the share of draws in which the first of two scores is above the second, draw for draw."""
    return float(np.mean(one > other))


def ahead_facts(card: ScoreCard) -> Iterator[Fact]:
    """Yield `ahead.X` for each child of the index with a score: in which share of the draws it has the highest.

    Of equal scores the first one written counts; one child alone is ahead of nothing.
    """
    draws = score_draws(card)
    scored = [node for node in card.framework.index.children if score_id(node) in draws]
    if len(scored) < 2:
        return
    first = np.stack([draws[score_id(node)] for node in scored]).argmax(axis=0)
    parents = tuple(map(score_id, scored))
    for place, node in enumerate(scored):
        yield Fact(
            id=f"ahead.{node.id}",
            value=float(np.mean(first == place)),
            unit=SHARE,
            as_of=card.as_of(card.year),
            parents=parents,
            how=tr("share of the draws in which {id} has the highest score of its rank", id=node.id),
            about=(node.id,),
        )
