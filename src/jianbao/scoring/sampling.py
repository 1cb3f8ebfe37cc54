"""Draws of everything that the framework puts in doubt: seeded, and the same for a node whatever else changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from zlib import crc32

import numpy as np

from jianbao.core.errors import ContentError, raise_all
from jianbao.scoring.aggregate import outranking_matrices
from jianbao.scoring.framework import Branch, Framework, Indicator
from jianbao.scoring.outranking import EXACT_BY_SUBSETS, kemeny_places
from jianbao.scoring.panel import Floats, Integers
from jianbao.scoring.score import Scores
from jianbao.scoring.uncertainty import KEMENY, alternatives, undrawable

BLOCK = 50  # draws of measurement error that are made together
KNOWN, EVEN = 0.5, 0.01  # the share of draws that keep a lower bound, and the least share that spreads
REMEMBERED = 128  # nodes whose draws are kept


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What each draw takes; what is not in doubt is left out.

    `weights` (draws, children) by branch; `shifts` of floor and target (draws, 1) by indicator; the number of the
    normalisation (draws) and, by branch, of the aggregation (draws), 0 being the declared one; the seed of each
    indicator's errors; by indicator, `bounds` (draws, 1): how far from the lower to the upper bound its values are;
    by branch, `picks` (draws, units) between Kemeny's rankings that are supported alike.
    """

    draws: int
    weights: Mapping[str, Floats]
    shifts: Mapping[str, tuple[Floats, Floats]]
    normalisation: Integers | None
    aggregation: Mapping[str, Integers]
    errors: Mapping[str, int]
    bounds: Mapping[str, Floats]
    picks: Mapping[str, Floats]

    def choices(self) -> tuple[str, ...]:
        """Return the names of the things in doubt: "weights:overall", "goalposts:gdp", "normalise", "order:overall"."""
        return (
            *(f"weights:{branch}" for branch in self.weights),
            *(f"goalposts:{leaf}" for leaf in self.shifts),
            *(("normalise",) if self.normalisation is not None else ()),
            *(f"aggregate:{branch}" for branch in self.aggregation),
            *(f"error:{leaf}" for leaf in self.errors),
            *(f"bounds:{leaf}" for leaf in self.bounds),
            *(f"order:{branch}" for branch in self.picks),
        )

    def taking(self, choices: frozenset[str], other: "Inputs") -> "Inputs":
        """Return these inputs with some of the things in doubt taken from other draws."""
        return replace(
            self,
            weights={k: (other if f"weights:{k}" in choices else self).weights[k] for k in self.weights},
            shifts={k: (other if f"goalposts:{k}" in choices else self).shifts[k] for k in self.shifts},
            normalisation=other.normalisation if "normalise" in choices else self.normalisation,
            aggregation={k: (other if f"aggregate:{k}" in choices else self).aggregation[k] for k in self.aggregation},
            errors={k: (other if f"error:{k}" in choices else self).errors[k] for k in self.errors},
            bounds={k: (other if f"bounds:{k}" in choices else self).bounds[k] for k in self.bounds},
            picks={k: (other if f"order:{k}" in choices else self).picks[k] for k in self.picks},
        )

    def only(self, choices: frozenset[str]) -> "Inputs":
        """Return inputs in which only some of the things in doubt vary."""
        return replace(
            self,
            weights={k: v for k, v in self.weights.items() if f"weights:{k}" in choices},
            shifts={k: v for k, v in self.shifts.items() if f"goalposts:{k}" in choices},
            normalisation=self.normalisation if "normalise" in choices else None,
            aggregation={k: v for k, v in self.aggregation.items() if f"aggregate:{k}" in choices},
            errors={k: v for k, v in self.errors.items() if f"error:{k}" in choices},
            bounds={k: v for k, v in self.bounds.items() if f"bounds:{k}" in choices},
            picks={k: v for k, v in self.picks.items() if f"order:{k}" in choices},
        )


def stream(seed: int, *words: str) -> np.random.Generator:
    """Return a generator of its own for each list of words, so that a node's draws do not depend on other nodes."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(crc32(word.encode()) for word in words)))


def sample(scores: Scores, draws: int, series: str = "a") -> Inputs:
    """Draw all inputs in doubt; `series` names independent samples of the same framework."""
    framework = scores.framework
    uncertainty, seed = framework.uncertainty, framework.seed
    leaves = framework.indicators()
    moved = [leaf for leaf in leaves if _moves(leaf, framework)]
    options = len(uncertainty.normalise) + 1
    uncertain = {branch.id: len(alternatives(framework, branch)) for branch in framework.branches()}
    return Inputs(
        draws=draws,
        weights=_weights(scores, draws, series) if uncertainty.weights else {},
        shifts={leaf.id: _shifts(leaf.id, framework, draws, series) for leaf in moved},
        normalisation=stream(seed, series, "normalise").integers(0, options, draws) if options > 1 else None,
        aggregation={
            branch: stream(seed, series, "aggregate", branch).integers(0, many, draws)
            for branch, many in uncertain.items()
            if many > 1
        },
        errors={
            leaf.id: int(stream(seed, series, "error", leaf.id).integers(2**32))
            for leaf in leaves
            if uncertainty.measurement and scores.columns[leaf.id].deviation is not None
        },
        bounds={
            leaf.id: _between_bounds(leaf.id, framework, draws, series)
            for leaf in leaves
            if scores.columns[leaf.id].highs is not None
        },
        picks={
            branch.id: stream(seed, series, "order", branch.id).uniform(size=(draws, EXACT_BY_SUBSETS))
            for branch in _undecided(scores)
        },
    )


def _between_bounds(leaf: str, framework: Framework, draws: int, series: str) -> Floats:
    """Draw how far from its lower to its upper bound a value is.

    Half of the draws keep what is known, so that the declared score stays in the middle; the others spread evenly up to
    the upper bound, which the interval reaches.
    """
    uniform = stream(framework.seed, series, "bounds", leaf).uniform(0.0, 1.0, (draws, 1))
    last = max(framework.interval[1] / 100, KNOWN + EVEN)
    return np.clip((uniform - KNOWN) / (last - KNOWN), 0.0, 1.0)


def _undecided(scores: Scores) -> Iterator[Branch]:
    """Yield the branches of which several Kemeny rankings are supported best; raise ContentError for too many units."""
    sizes = [len(rows) for rows in scores.groups]
    raise_all(undrawable(scores.framework, sizes), ContentError)
    for branch in scores.framework.branches():
        if KEMENY in [method.name for method in alternatives(scores.framework, branch)]:
            below = scores.children(branch)
            matrices = (outranking_matrices(below.at(rows)) for rows in scores.groups)
            if any((first != last).any() for first, last in map(kemeny_places, matrices)):
                yield branch


def _moves(leaf: Indicator, framework: Framework) -> bool:
    return leaf.normalise.name == "goalposts" and bool(framework.uncertainty.floor or framework.uncertainty.target)


def _shifts(leaf: str, framework: Framework, draws: int, series: str) -> tuple[Floats, Floats]:
    uncertainty = framework.uncertainty
    uniform = stream(framework.seed, series, "goalposts", leaf).uniform(-1.0, 1.0, (2, draws, 1))
    return uniform[0] * uncertainty.floor, uniform[1] * uncertainty.target


def _weights(scores: Scores, draws: int, series: str) -> dict[str, Floats]:
    uncertainty, seed = scores.framework.uncertainty, scores.framework.seed
    return {
        branch.id: _drawn_weights(
            tuple(child.id for child in branch.children),
            tuple(scores.weights[branch.id].tolist()),
            (uncertainty.weights, uncertainty.amount),
            draws,
            (seed, series),
        )
        for branch in scores.framework.branches()
        if len(branch.children) > 1
    }


@lru_cache(maxsize=REMEMBERED)
def _drawn_weights(
    children: tuple[str, ...],
    centre: tuple[float, ...],
    doubt: tuple[str, float],
    draws: int,
    origin: tuple[int, str],
) -> Floats:
    """Draw weights around the declared ones: Dirichlet (gammas scaled to 1), or relative uniform noise."""
    (kind, amount), (seed, series), declared = doubt, origin, np.array(centre)
    raw = np.empty((draws, len(centre)))
    for k, child in enumerate(children):
        source = stream(seed, series, "weights", child)
        if kind == "noise":
            raw[:, k] = declared[k] * (1.0 + amount * source.uniform(-1.0, 1.0, draws))
        else:
            raw[:, k] = source.standard_gamma(1.0 if kind == "flat" else amount * declared[k], draws)
    total = raw.sum(axis=1, keepdims=True)
    return _kept(np.where(total > 0, raw / np.where(total > 0, total, 1.0), declared))


def _kept(made: Floats) -> Floats:
    """Return draws that nothing may change, as they are remembered for the next year, edition or rule."""
    made.flags.writeable = False
    return made


def errors(seed: int, start: int, stop: int, places: Integers, total: int, shared: bool) -> Floats:
    """Return standard normal errors of shape (stop - start, rows) for draws start..stop, whatever the chunks."""
    first, last = start // BLOCK, -(-stop // BLOCK)
    width = 1 if shared else total
    blocks = [
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(block,))).standard_normal((BLOCK, width))
        for block in range(first, last)
    ]
    made = np.concatenate(blocks)[start - first * BLOCK : stop - first * BLOCK]
    return made[:, np.zeros(len(places), dtype=np.int64) if shared else places]
