"""Draw everything that the framework puts in doubt: seeded, and the same for a node if other nodes change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from zlib import crc32

import numpy as np

from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError, Place, Problem, UsageError, nearest, raise_all
from jianbao.core.messages import quoted, tr
from jianbao.scoring.aggregate import outranking_matrices
from jianbao.scoring.framework import Branch, Framework, Indicator
from jianbao.scoring.normalise import CURVES
from jianbao.scoring.outranking import EXACT_BY_SUBSETS, kemeny_places
from jianbao.scoring.panel import Floats, Integers
from jianbao.scoring.score import Scores
from jianbao.scoring.uncertainty import KEMENY, alternatives, undrawable

GOALPOST_ENDS = ("floor", "target")
BLOCK = 50  # draws of measurement error that are made together
AT_LOWER_BOUND, MIN_SPREAD = 0.5, 0.01  # the share of draws that keep a lower bound, and the least share that spreads
CACHE_SIZE = 128  # nodes whose draws are kept
FULL_ROWS = tr("each draw needs a number in every column")


@dataclass(frozen=True, kw_only=True)
class InputDraws:
    """The inputs of each draw; inputs that are not uncertain are left out.

    `weights` (draws, children) by branch; `shifts` of floor and target (draws, 1) by indicator; the number of the
    normalisation (draws) and, by branch, of the aggregation (draws), 0 being the declared one; the seed of each
    indicator's errors; by indicator, `bounds` (draws, 1): how far from the lower to the upper bound its values are;
    by branch, `picks` (draws, units) between Kemeny's equally supported rankings.
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

    def varied(self) -> frozenset[str]:
        """Return the indicators with values or goalposts in doubt; an uncertain normalisation is in doubt for all."""
        return frozenset((*self.errors, *self.shifts, *self.bounds))

    def taking(self, choices: frozenset[str], other: "InputDraws") -> "InputDraws":
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

    def only(self, choices: frozenset[str]) -> "InputDraws":
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


def recorded(scores: Scores, columns: Mapping[str, Floats], file: str) -> InputDraws:
    """Return recorded draws as inputs; inputs that are not recorded keep their declared values.

    A column (draws) is `weight.NODE`, of all children of a branch, which are scaled to 1; `floor.NODE` or
    `target.NODE`, the goalpost itself; `normalise` or `aggregate.BRANCH`, the number of the alternative, 0 being the
    declared one. Raise UsageError for a column that is none of these, or that lacks the columns that belong to it.
    """
    framework, problems = scores.framework, list[Problem]()
    wanted = _recordable(framework)
    for name in columns:
        if name not in wanted:
            what = tr("draws do not vary '{value}'", value=name)
            problems.append(Problem(Place(file, 1), what, nearest(name, wanted)))
    raise_all(problems, UsageError)
    weights = {
        branch.id: _recorded_weights(branch, columns, file, problems)
        for branch in framework.branches()
        if any(f"weight.{child.id}" in columns for child in branch.children)
    }
    chosen = {
        name: _numbers_of(columns[name], choices, Place(file, column=name), problems)
        for name, choices in wanted.items()
        if name in columns
    }
    many = max((len(each) for each in columns.values()), default=0)
    shifts = _recorded_shifts(framework, columns, many, file, problems)
    problems.extend(undrawable(framework, [len(rows) for rows in scores.groups]))
    raise_all(problems, UsageError)
    return InputDraws(
        draws=many,
        weights=weights,
        shifts=shifts,
        normalisation=chosen["normalise"].astype(np.int64) if "normalise" in columns else None,
        aggregation={
            name.partition(".")[2]: numbers.astype(np.int64)
            for name, numbers in chosen.items()
            if name.startswith("aggregate.")
        },
        errors={},
        bounds={},
        picks={},
    )


def _recordable(framework: Framework) -> dict[str, int]:
    """Return the columns that recorded draws may have; for a choice, with the number of alternatives."""
    posts = [leaf.id for leaf in framework.indicators() if leaf.normalise.name == "goalposts"]
    return {
        **{f"weight.{child.id}": 0 for branch in framework.branches() for child in branch.children},
        **{f"{bound}.{leaf}": 0 for leaf in posts for bound in GOALPOST_ENDS},
        "normalise": len(framework.uncertainty.normalise) + 1,
        **{f"aggregate.{branch.id}": len(alternatives(framework, branch)) for branch in framework.branches()},
    }


def _numbers_of(values: Floats, choices: int, place: Place, problems: Problems) -> Floats:
    """Return recorded numbers; those of choices must be numbers of alternatives."""
    for row in np.flatnonzero(np.isnan(values) | (~np.isin(values, range(choices)) if choices else False))[:1]:
        hint = tr("write a number from 0 to {last}, 0 for what is declared", last=choices - 1) if choices else FULL_ROWS
        if choices == 1:
            hint = tr("no alternative is declared: write 0, or leave the column out")
        if np.isnan(values[row]):
            what = tr("there is no number")
        else:
            what = tr("there is no choice {value:g}", value=values[row])
        problems.append(Problem(replace(place, line=int(row) + 2), what, hint))
    return values


def _recorded_weights(branch: Branch, columns: Mapping[str, Floats], file: str, problems: Problems) -> Floats:
    names = [f"weight.{child.id}" for child in branch.children]
    if lacking := [name for name in names if name not in columns]:
        what = tr(
            "the weights below '{branch}' are recorded without {columns}", branch=branch.id, columns=quoted(lacking)
        )
        problems.append(Problem(Place(file, 1), what))
        return np.empty((0, 0))
    drawn = np.stack([columns[name] for name in names], axis=1)
    total = drawn.sum(axis=1, keepdims=True)
    wrong = (drawn < 0).any(axis=1) | ~(total[:, 0] > 0)
    for row in np.flatnonzero(wrong & ~np.isnan(drawn).any(axis=1))[:1]:
        what = tr("the weights below '{branch}' must be 0 or more, and not all 0", branch=branch.id)
        problems.append(Problem(Place(file, int(row) + 2), what))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(drawn / total, dtype=np.float64)


def _recorded_shifts(
    framework: Framework, columns: Mapping[str, Floats], many: int, file: str, problems: Problems
) -> dict[str, tuple[Floats, Floats]]:
    """Return the shifts of recorded goalposts: shares of their distance, on the curve."""
    found = {}
    for leaf in framework.indicators():
        names = [f"{bound}.{leaf.id}" for bound in GOALPOST_ENDS]
        recorded_ones = [name for name in names if name in columns]
        if recorded_ones:
            bend = CURVES[leaf.normalise.text("curve")]
            declared = [leaf.normalise.number(bound) for bound in GOALPOST_ENDS]
            drawn = [columns.get(name, np.full(many, value)) for name, value in zip(names, declared, strict=True)]
            with np.errstate(invalid="ignore", divide="ignore"):
                low, high = (bend(each) for each in drawn)
            start, end = (bend(np.array(value)) for value in declared)
            fits = np.isfinite(low) & np.isfinite(high) & ((high - low) * (end - start) > 0)
            for row in np.flatnonzero(~fits & ~np.isnan(drawn).any(axis=0))[:1]:
                floor, target = (float(each[row]) for each in drawn)
                what = tr("the floor {floor:g} and the target {target:g} do not fit", floor=floor, target=target)
                hint = tr("declared are {floor:g} and {target:g}", floor=declared[0], target=declared[1])
                problems.append(Problem(Place(file, int(row) + 2, recorded_ones[0]), what, hint))
            span = end - start
            found[leaf.id] = ((low - start) / span)[:, None], ((high - end) / span)[:, None]
    return found


def stream(seed: int, *words: str) -> np.random.Generator:
    """Return a separate generator for each list of words, so that a node's draws do not depend on other nodes."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=tuple(crc32(word.encode()) for word in words)))


def sample(scores: Scores, draws: int, series: str = "a") -> InputDraws:
    """Draw all inputs in doubt; `series` names independent samples of the same framework."""
    framework = scores.framework
    uncertainty, seed = framework.uncertainty, framework.seed
    leaves = framework.indicators()
    moved = [leaf for leaf in leaves if _moves(leaf, framework)]
    options = len(uncertainty.normalise) + 1
    uncertain = {branch.id: len(alternatives(framework, branch)) for branch in framework.branches()}
    return InputDraws(
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
            leaf.id: _drawn_shares_of_bounds(leaf.id, framework, draws, series)
            for leaf in leaves
            if scores.columns[leaf.id].highs is not None
        },
        picks={
            branch.id: stream(seed, series, "order", branch.id).uniform(size=(draws, EXACT_BY_SUBSETS))
            for branch in (_undecided(scores) if draws else ())
        },
    )


def _drawn_shares_of_bounds(leaf: str, framework: Framework, draws: int, series: str) -> Floats:
    """Draw how far from its lower to its upper bound a value is.

    Half of the draws keep the known value, so that the declared score stays in the middle; others spread evenly up to
    the upper bound, which the interval reaches.
    """
    uniform = stream(framework.seed, series, "bounds", leaf).uniform(0.0, 1.0, (draws, 1))
    last = max(framework.interval[1] / 100, AT_LOWER_BOUND + MIN_SPREAD)
    return np.clip((uniform - AT_LOWER_BOUND) / (last - AT_LOWER_BOUND), 0.0, 1.0)


def _undecided(scores: Scores) -> Iterator[Branch]:
    """Yield the branches with several best supported Kemeny rankings; raise ContentError for too many units."""
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
    """Draw how far the floor and the target of an indicator are moved, each by its width at most."""
    uniform = stream(framework.seed, series, "goalposts", leaf).uniform(-1.0, 1.0, (2, draws, 1))
    return uniform[0] * framework.uncertainty.floor, uniform[1] * framework.uncertainty.target


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


@lru_cache(maxsize=CACHE_SIZE)
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
    """Return draws as read-only, since they are kept for the next year, edition or rule."""
    made.flags.writeable = False
    return made


def errors(seed: int, start: int, stop: int, places: Integers, total: int, *, shared: bool) -> Floats:
    """Return standard normal errors of shape (stop - start, rows) for draws start..stop, in chunks of any size."""
    first, last = start // BLOCK, -(-stop // BLOCK)
    width = 1 if shared else total
    blocks = [
        np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(block,))).standard_normal((BLOCK, width))
        for block in range(first, last)
    ]
    made = np.concatenate(blocks)[start - first * BLOCK : stop - first * BLOCK]
    return made[:, np.zeros(len(places), dtype=np.int64) if shared else places]
