"""Make notes on scores for analysts, which are not errors: values without a score, uncertainty without draws."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_worded
from jianbao.data.facts import Fact, Ledger
from jianbao.scoring.data_treatment import IndicatorColumn
from jianbao.scoring.framework import Branch, Framework, Indicator, Method, edited, leaves_of, unmet_goalposts
from jianbao.scoring.method_options import AGGREGATIONS
from jianbao.scoring.method_reader import named
from jianbao.scoring.normalise import TIE_TOLERANCE
from jianbao.scoring.panel import Floats, Integers
from jianbao.scoring.score import Scores, evaluate
from jianbao.scoring.uncertainty import KEMENY

# Facts on indicators whose target is the best of more values than are on record
TOO_FEW, VALUES_NEEDED = "method.too_few_values", "method.values_needed"
ONE = "method.one_indicator"  # the levels whose score has a single indicator
# Facts of an edition that leaves indicators out
LEFT_OUT = ("method.indicators", "method.left_out", "method.left_out_names", ONE, TOO_FEW, VALUES_NEEDED)
NO_DIFFERENCE = tr("the rows that are compared do not differ")
DIVIDED = tr("what it is divided by is 0 or missing")
REASONS: Mapping[str, Translatable] = {
    "min_max": NO_DIFFERENCE,
    "z_score": NO_DIFFERENCE,
    "percentile_rank": tr("only one of the rows that are compared has a value"),
    "distance_to_target": tr("the worst of the rows that are compared is at the target"),
    "distance_to_unit": tr("the unit that others are measured by has no value, or is itself the worst"),
    "share": DIVIDED,
}


def left_out_facts(framework: Framework, ledger: Ledger, needed: Callable[[str], int]) -> Iterator[Fact]:
    """Yield facts on the scored and left-out indicators of an edition, and on levels scored by a single one.

    They include the left-out ones with a value whose target is the best of more values than are on record.
    """
    as_of = ledger.as_of.isoformat()
    names = tuple(f"node:{leaf.id}" for leaf in framework.left_out if isinstance(leaf, Indicator))
    scored, how = len(framework.indicators()), tr("declared in data/framework.yml")
    for key, count in (("indicators", scored), ("left_out", len(names))):
        declared = float(scored + len(names))
        yield Fact(id=f"method.{key}", value=float(count), unit="indicator", of=declared, as_of=as_of, how=how)
    if names:
        yield Fact(id="method.left_out_names", value=names, kind="names", as_of=as_of, how=how)
    levels = {each.id: leaves_of(each) for each in framework.index.children if isinstance(each, Branch)}
    lone = tuple(f"node:{each}" for each, own in levels.items() if sum(leaf.column in ledger for leaf in own) == 1)
    if lone:
        yield Fact(id=ONE, value=lone, kind="names", as_of=as_of, how=how)
    leaves = [leaf for leaf in framework.left_out if isinstance(leaf, Indicator) and leaf.column in ledger]
    unmet = {leaf.id: unmet_goalposts(leaf) - {*ledger} for leaf in leaves}
    wanted = {leaf: max(map(needed, posts), default=0) for leaf, posts in unmet.items()}
    few = tuple(f"node:{leaf}" for leaf, count in wanted.items() if count)
    if few:
        yield Fact(id=TOO_FEW, value=few, kind="names", as_of=as_of, how=how)
        yield Fact(id=VALUES_NEEDED, value=float(max(wanted.values())), as_of=as_of, how=how)


def without_target(framework: Framework, ledger: Ledger) -> Iterator[Problem]:
    """Yield the indicators that an edition leaves out because their targets need more values than are on record."""
    few, needed = ledger.get(TOO_FEW), ledger.get(VALUES_NEEDED)
    if few is None or needed is None:
        return
    for node in (
        node
        for node in framework.left_out
        if f"node:{node.id}" in tuple(few.value if isinstance(few.value, tuple) else ())
    ):
        what = tr(
            "'{name}' is not scored: its target is the best of at least {count} values, and fewer are on record",
            name=tr_worded(node.name),
            count=round(needed.number),
        )
        yield Problem(node.place, what, tr("set a target in the plan, or add earlier years"))


def without_score(scores: Scores) -> Iterator[Problem]:
    """Yield a note for each case in which there are values or scores but no resulting score."""
    yield from _unscored_values(scores)
    yield from _lonely_units(scores)


def _unscored_values(scores: Scores) -> Iterator[Problem]:
    """Yield a note on indicators with values but no score, once for each likely reason, with the rows."""
    found: dict[tuple[Place, Translatable], tuple[list[str], list[Integers]]] = {}
    for leaf, column in scores.columns.items():
        rows = np.flatnonzero(~np.isnan(column.values) & np.isnan(scores.of(leaf)))
        if len(rows):
            nodes, every = found.setdefault(_reason(column, rows), ([], []))
            nodes.append(leaf)
            every.append(rows)
    for (place, hint), (nodes, every) in found.items():
        rows = np.unique(np.concatenate(every))
        what = tr("a value but no score: {nodes} for {rows}", nodes=named(nodes), rows=scores.rows(rows))
        yield Problem(place, what, hint)


def _lonely_units(scores: Scores) -> Iterator[Problem]:
    """Yield the branches in whose outranking a unit has no score, because no other can be compared with it."""
    for branch in scores.framework.branches():
        covered = scores.covered(branch.id)
        rows = np.flatnonzero(np.isnan(scores.of(branch.id)) & (covered > 0) & (covered >= branch.minimum_coverage))
        if AGGREGATIONS[branch.aggregate.name].relative and len(rows):
            what = tr("'{node}' has no score for {rows}", node=branch.id, rows=scores.rows(rows))
            yield Problem(branch.aggregate.place, what, tr("no other unit has scores to be compared with"))


def _reason(column: IndicatorColumn, rows: Integers) -> tuple[Place, Translatable]:
    """Return the place that declares how a column is scored, and the reason why some of its rows have no score."""
    if np.isnan(column.treatment(column.values)[rows]).all():
        return column.leaf.treat.place, tr("the treatment has no result for these values")
    method = column.leaf.normalise
    return method.place, REASONS.get(method.name, DIVIDED)


def undrawn(scores: Scores) -> Iterator[Problem]:
    """Yield a note if the draws vary nothing, or if declared uncertainty is not drawn."""
    framework = scores.framework
    spec, place = framework.uncertainty, Place(framework.index.place.file)
    declared = any((spec.weights, spec.floor, spec.target, spec.normalise, spec.aggregate, spec.measurement))
    bounds = any(column.highs is not None for column in scores.columns.values())
    ordered = any(branch.aggregate.name == KEMENY for branch in framework.branches())
    if framework.draws and not (declared or bounds or ordered):
        hint = tr("say under 'uncertainty' what varies, or leave 'draws' out")
        yield Problem(place, tr("the draws vary nothing: every interval is the score itself"), hint)
    elif declared and not framework.draws:
        hint = tr("'draws: 10000' gives intervals")
        yield Problem(place, tr("nothing is drawn: every interval is the score itself"), hint)


def without_choices(scores: Scores, row: int) -> Problem:
    """Return a note on why the effect of the method's choices on the score of a row is unknown."""
    framework = scores.framework
    place, at = Place(framework.index.place.file), np.array([row])
    if np.isnan(scores.of(framework.index.id)[row]):
        what = tr("{rows} has no score, so it depends on no choice", rows=scores.rows(at))
        return Problem(place, what, tr("--unit and --period choose another row"))
    what = tr("nothing is in doubt, so there are no choices to compare")
    return Problem(place, what, tr("say under 'uncertainty' what varies"))


def ineffective(scores: Scores) -> Iterator[Problem]:
    """Yield the declared alternatives that give every row the same index as the declared choice."""
    framework = scores.framework
    for place, other in _alternatives(framework):
        if _same(evaluate(other, scores.panel).of(framework.index.id), scores.of(framework.index.id)):
            what = tr("this alternative changes no score of '{index}'", index=framework.index.id)
            yield Problem(place, what, tr("draws that take it only make the interval narrower: leave it out"))


def _same(one: Floats, other: Floats) -> bool:
    return bool(np.allclose(one, other, rtol=0.0, atol=TIE_TOLERANCE, equal_nan=True))


def _alternatives(framework: Framework) -> Iterator[tuple[Place, Framework]]:
    """Yield the framework with each alternative in place of the declared choice, and its place."""
    leaves = framework.indicators()
    for methods in framework.uncertainty.normalise:
        changed = [methods[leaf.id].place for leaf in leaves if methods[leaf.id] is not leaf.normalise]
        yield changed[0], edited(framework, partial(_normalised, methods=methods))
    for node, others in (framework.uncertainty.aggregate or {}).items():
        for method in others:
            yield method.place, edited(framework, _kept, partial(_aggregated, node=node, method=method))


def _normalised(leaf: Indicator, methods: Mapping[str, Method]) -> Indicator:
    return replace(leaf, normalise=methods[leaf.id])


def _kept(leaf: Indicator) -> Indicator:
    return leaf


def _aggregated(branch: Branch, node: str, method: Method) -> Branch:
    return replace(branch, aggregate=method) if branch.id == node else branch
