"""Make facts that compare scores: changes with their parts and causes, and which child of the index is ahead."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from jianbao.core.messages import tr
from jianbao.data.dates import period
from jianbao.data.facts import Fact, Ledger
from jianbao.scoring.change import Leaves, LikeChange, ScoresAtTime, like_change, moved_points
from jianbao.scoring.framework import Branch, Component, Indicator, leaves_of
from jianbao.scoring.method_options import CONTROLS
from jianbao.scoring.panel import Floats
from jianbao.scoring.score_facts import POINT, SHARE, ScoreCard, cells_below, score_draws, score_id, scored_fact

UNDECLARED = "undeclared"  # the control of an indicator that declares none
NEGLIGIBLE = 1e-9  # points: a smaller change is a rounding error of the sum


def change_facts(card: ScoreCard) -> tuple[Fact, ...]:
    """Return the facts on changes since the year before; none if that year has no score."""
    if card.previous is None or card.previous not in card.ledgers:
        return ()
    return (*_changes(card), *_moved(card), *_renewed(card))


def scores_in_year(card: ScoreCard, year: int) -> ScoresAtTime:
    """Return a city's scores in a year."""
    return ScoresAtTime(card.draws, card.row(year))


def _changes(card: ScoreCard) -> Iterator[Fact]:
    """Yield each node's previous score, its change like for like, and the share of draws in which it rose."""
    assert card.previous is not None
    earlier, later = scores_in_year(card, card.previous), scores_in_year(card, card.year)
    for node in card.framework.components():
        previous = scored_fact(card, node, f"previous.{node.id}", card.previous)
        if previous is None:
            continue
        yield replace(previous, parents=(), cells=cells_below(card, node, card.previous))
        found = like_change(node.id, earlier, later)
        if found is not None:
            yield from _change(card, node, found, later.score(node.id) - previous.number)


def _change(card: ScoreCard, node: Component, found: LikeChange, whole: float) -> Iterator[Fact]:
    """Yield a node's change and the share of draws in which it rises; for a branch, also the effect of coverage alone.

    Nearly all draws may lie on one side of the declared change, as when a value just meets a goalpost that they move.
    The interval is then extended to it: no number lies outside its own interval.
    """
    as_of, parents = card.as_of(card.year), (score_id(node), f"previous.{node.id}")
    points = _plain(found.points)
    change = Fact(
        id=f"change.{node.id}",
        value=points,
        unit=POINT,
        as_of=as_of,
        low=min(found.low, points),
        high=max(found.high, points),
        parents=parents,
        how=tr(
            "{node} less previous.{id}, on the indicators that count in both, on the same draws",
            node=score_id(node),
            id=node.id,
        ),
    )
    share = tr("share of the draws in which {id} rose, on the indicators that count in both years", id=node.id)
    yield change
    yield replace(
        change, id=f"rose.{node.id}", value=found.rose, unit=SHARE, low=None, high=None, how=share, about=(node.id,)
    )
    if isinstance(node, Branch):
        how = tr(
            "{node} less previous.{id} less change.{id}: what only the indicators that came or went brought",
            node=score_id(node),
            id=node.id,
        )
        yield replace(
            change,
            id=f"change_coverage.{node.id}",
            value=_plain(whole - found.points),
            low=None,
            high=None,
            parents=(f"change.{node.id}",),
            how=how,
        )


def _plain(points: float) -> float:
    """Return points without the traces of binary arithmetic, which differ by machine."""
    return round(points, 12) + 0.0


def published_facts(card: ScoreCard, last: ScoreCard) -> Iterator[Fact]:
    """Yield the score that the last edition published for each branch, and how far today's score of that year differs.

    `restated.X` is `previous.X` less `published.X`: revised values, and indicators that had no data then. There are
    none if the last edition was not of the year before.
    """
    if last.year != card.previous:
        return
    for node in card.framework.branches():
        given = scored_fact(last, node, f"published.{node.id}", last.year)
        again = scored_fact(card, node, f"previous.{node.id}", last.year)
        if given is None or again is None:
            continue
        yield replace(given, parents=(), cells=cells_below(last, node, last.year))
        yield Fact(
            id=f"restated.{node.id}",
            value=_plain(again.number - given.number),
            unit=POINT,
            as_of=card.as_of(card.year),
            parents=(f"published.{node.id}", f"previous.{node.id}"),
            how=tr("{id} of that year on the rows of this edition, less what the last one gave", id=node.id),
            about=(node.id,),
        )


def _moved(card: ScoreCard) -> Iterator[Fact]:
    """Yield the points of the index that each indicator moved, their sums by who decides, and which moved most.

    A change without data is unknown, not zero: deciders whose indicators all lack data in one of the years get no sum.
    """
    assert card.previous is not None
    index = card.framework.index
    earlier, later = scores_in_year(card, card.previous), scores_in_year(card, card.year)
    counting = earlier.counting(index.id) & later.counting(index.id)
    if not counting:
        return
    points = {leaf: moved for leaf, moved in moved_points(index.id, earlier, later).items() if abs(moved) > NEGLIGIBLE}
    leaves = {leaf.id: leaf for leaf in card.framework.indicators()}
    # Levels are multiplied, so the points of one indicator rest on all that the index rests on.
    parents = {leaf: (f"normal.{leaf}", f"previous.{leaf}", f"change.{index.id}") for leaf in leaves}
    for leaf, moved in points.items():
        how = tr("points of {id} in change.{index}", id=leaf, index=index.id)
        yield _points(card, f"moved.{leaf}", moved, parents[leaf], how=how, about=(leaf, _control(leaves[leaf])))
    for control in (*CONTROLS, UNDECLARED):
        own = [leaf for leaf, each in leaves.items() if _control(each) == control]
        if own:
            yield _measured_by(card, control, own, counting)
        if counting.intersection(own):
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


def _measured_by(card: ScoreCard, control: str, leaves: Sequence[str], counting: Leaves) -> Fact:
    """Return how many indicators under a control (who can change them) count in the index in both years."""
    return Fact(
        id=f"measured_by.{control}",
        value=float(len(counting.intersection(leaves))),
        unit="indicator",
        of=float(len(leaves)),
        as_of=card.as_of(card.year),
        parents=tuple(f"normal.{leaf}" for leaf in leaves if leaf in counting),
        how=tr("indicators with data in both years where the control is {control}", control=control),
        about=(control,),
    )


def _control(leaf: Indicator) -> str:
    return leaf.control or UNDECLARED


def _points(
    card: ScoreCard, fact_id: str, value: float, parents: tuple[str, ...], *, how: str, about: tuple[str, ...]
) -> Fact:
    as_of = card.as_of(card.year)
    return Fact(id=fact_id, value=_plain(value), unit=POINT, as_of=as_of, parents=parents, how=how, about=about)


def _renewed(card: ScoreCard) -> Iterator[Fact]:
    """Yield the number of each branch's scored indicators that were measured anew since the year before."""
    assert card.previous is not None
    now, then = card.ledgers[card.year], card.ledgers[card.previous]
    for node in card.framework.branches():
        row = card.row(card.year)
        leaves = [leaf for leaf in leaves_of(node) if not np.isnan(card.scores.of(leaf.id)[row])]
        anew = [
            leaf for leaf in leaves if any(_measured(now, fact) != _measured(then, fact) for fact in leaf.facts_read())
        ]
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
    """Return the values that distinguish one measurement from another: value, whole, and its day.

    A count of a list that ends before the day of the ledger has the day on which the list ends.
    """
    found = ledger.get(fact)
    if found is None:
        return None
    day = period(found.limits.complete) or period(found.as_of)
    return found.value, found.of, day.last if day else found.as_of


def share_above(one: Floats, other: Floats) -> float:
    """Return the share of draws in which the first of two scores is above the second, draw for draw."""
    return float(np.mean(one > other))


def ahead_facts(card: ScoreCard) -> Iterator[Fact]:
    """Yield `ahead.X` for each child of the index with a score: the share of draws in which it has the highest.

    Of equal scores the first one written counts; a single child is ahead of nothing.
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
