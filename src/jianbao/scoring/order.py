"""How sure the order of scores is: the share of draws in which one is above another, or above all of its rank."""

from collections.abc import Iterator

import numpy as np

from jianbao.core.messages import tr
from jianbao.data.facts import Fact
from jianbao.scoring.panel import Floats
from jianbao.scoring.score_facts import SHARE, ScoreCard, score_draws, score_id


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
