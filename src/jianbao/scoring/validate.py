"""Check a framework as a whole, and a panel against a framework, for faults that no single node shows."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import numpy as np

from jianbao.core.documents import Node, Problems
from jianbao.core.errors import UNKNOWN_SOURCE, Place, Problem, nearest
from jianbao.core.messages import Translatable, tr, verbatim
from jianbao.scoring.aggregate import exponent_of
from jianbao.scoring.data_treatment import groups_of
from jianbao.scoring.framework import Branch, Framework, Goalpost, Indicator, Method, goalposts_of
from jianbao.scoring.method_options import (
    CONTRIBUTIONS,
    STEPS,
    UNKNOWN,
    MethodOption,
)
from jianbao.scoring.method_reader import check_direction, check_method, named
from jianbao.scoring.panel import Panel
from jianbao.scoring.uncertainty import KEMENY, alternatives, normalisations, undrawable
from jianbao.scoring.weights import CONSISTENT, RANDOM_INDEX, ahp

# Normalisations that give the worst unit the bottom of the scale, and those that put some unit below zero.
FROM_WORST = ("min_max", "distance_to_target", "distance_to_unit")
NATURAL_BOUNDS = (0, 1)  # of a share or an index, which need no source
CENTRED = ("z_score", "difference_from_mean")


def check_framework(
    framework: Framework,
    node: Node,
    languages: tuple[str, ...],
    sources: Collection[str] | None,
    problems: Problems,
) -> None:
    """Add a problem for each fault that shows only in the whole framework."""
    problems.extend(_repeated(framework))
    problems.extend(_undeclared(framework, node))
    for branch in framework.branches():
        problems.extend(_branch_faults(branch, framework))
    if languages:
        problems.extend(_reasonless(framework, languages))
    if sources is not None:
        problems.extend(_unknown_sources(framework, sources))


def _repeated(framework: Framework) -> Iterator[Problem]:
    seen: set[str] = set()
    for node in framework.components():
        if node.id in seen:
            yield Problem(
                node.place, tr("the id '{id}' is taken", id=node.id), tr("ids are unique over the whole framework")
            )
        seen.add(node.id)


def methods_of(framework: Framework) -> Iterator[tuple[str, Method, MethodOption]]:
    """Yield every choice that the framework makes, alternatives included, with its step and its option."""
    choices = [(step, method) for leaf in framework.indicators() for step, method in _of_leaf(framework, leaf)]
    for branch in framework.branches():
        choices += [("weights", branch.weights), *(("aggregate", m) for m in alternatives(framework, branch))]
    yield from ((step, method, STEPS[step].get(method.name, MethodOption())) for step, method in choices)


def _of_leaf(framework: Framework, leaf: Indicator) -> Iterator[tuple[str, Method]]:
    yield from (("normalise", method) for method in normalisations(framework, leaf))
    yield from (("treat", leaf.treat), *(("treat", step) for step in leaf.treat.steps), ("impute", leaf.impute))


def _relative(framework: Framework) -> dict[str, list[Method]]:
    """Return the methods that use other rows, by the step whose reference they follow."""
    found: dict[str, list[Method]] = {}
    for step, method, choice in methods_of(framework):
        if choice.relative:
            found.setdefault(step if step in ("impute", "treat") else "normalise", []).append(method)
    return found


def _undeclared(framework: Framework, node: Node) -> Iterator[Problem]:
    """Yield the missing settings of the whole file that its choices need."""
    for step, methods in _relative(framework).items():
        if not framework.reference.of(step):
            what = tr("'reference' is missing, but '{relative}' looks at other rows", relative=methods[0].name)
            place, hint = node.place, tr("each_period or all_periods")
            if (node_of := node.get("reference")) is not None:
                place, hint = node_of.place, tr("say it for '{step}': each_period or all_periods", step=step)
            yield Problem(place, what, hint)
            return
    means = [branch.aggregate.name for branch in framework.branches()]
    bent = [name for name in means if name not in ("arithmetic", UNKNOWN)]
    if bent and not framework.contributions:
        what = tr("'contributions' is missing, but the mean '{bent}' does not add up by itself", bent=bent[0])
        yield Problem(node.place, what, tr("proportional or aumann_shapley"))
    if framework.draws and node.get("seed") is None:
        yield Problem(
            node.place, tr("'seed' is missing, but there are draws"), tr("the same inputs give the same numbers")
        )


def _branch_faults(branch: Branch, framework: Framework) -> Iterator[Problem]:
    if not branch.children:
        hint = tr("delete it too; in a level that must stay, keep an indicator with {own}", own="target: {fact: …}")
        yield Problem(branch.place, tr("'{branch}' has no children", branch=branch.id), hint)
    if branch.weights.name == "given" and not sum(child.weight for child in branch.children) > 0:
        yield Problem(branch.place, tr("the weights below '{branch}' add up to zero", branch=branch.id))
    if branch.weights.name == "ahp" and {"matrix", "random_index"} <= set(branch.weights.parameters):
        yield from _judgement_faults(branch)
    for method in alternatives(framework, branch):
        yield from _mean_faults(branch, method, framework)
    if branch.weights.parameters.get("data") == "raw" and any(isinstance(each, Branch) for each in branch.children):
        yield Problem(
            branch.weights.place, tr("'{branch}' has branches below it, which have no raw data", branch=branch.id)
        )


def _mean_faults(branch: Branch, method: Method, framework: Framework) -> Iterator[Problem]:
    """Yield a problem for each cause of scores not above zero, at any depth below a mean that needs them above zero."""
    exponent = _exponent(method)
    if exponent is None or exponent == 1.0:
        return
    if "least" in method.parameters:
        if framework.contributions == CONTRIBUTIONS[1]:
            what = tr("contributions by {rule} are not defined for a mean with 'least'", rule=CONTRIBUTIONS[1])
            yield Problem(method.place, what, tr("let 'contributions' be {rule}", rule=CONTRIBUTIONS[0]))
        return
    zeros: dict[Place, list[str]] = {}
    negatives: dict[Place, list[str]] = {}
    for child in branch.children:
        if exponent <= 0.0 and (place := _zero(child, framework)):
            zeros.setdefault(place, []).append(child.id)
        elif place := _negative(child, framework):
            negatives.setdefault(place, []).append(child.id)
    words = {"method": method.name, "branch": branch.id}
    for place, nodes in zeros.items():
        what = tr(
            "the worst unit in {nodes} scores 0, so the {method} mean of '{branch}' is 0 for it",
            **words,
            nodes=named(nodes),
        )
        yield Problem(
            place, what, tr("start the scale above zero, normalise by goalposts, or declare the 'least' score")
        )
    for place, nodes in negatives.items():
        what = tr("the {method} mean of '{branch}' cannot take scores below zero: {nodes}", **words, nodes=named(nodes))
        hint = tr("take an arithmetic mean, or give z_score a 'mean' and a 'deviation' on the framework's scale")
        yield Problem(place, what, hint)


def _exponent(method: Method) -> float | None:
    """Return a mean's exponent; None if the method is not a mean, or its parameters were not read."""
    return None if method.name == "power" and "exponent" not in method.parameters else exponent_of(method)


def _zero(node: Branch | Indicator, framework: Framework) -> Place | None:
    """Return the place that declares that the worst unit scores 0; None if it need not."""
    if isinstance(node, Indicator):
        methods = normalisations(framework, node)
        return next((method.place for method in methods if _gives_nothing(method, framework)), None)
    ranked = next((m.place for m in alternatives(framework, node) if m.name == KEMENY), None)
    if ranked and framework.scale[0] <= 0:
        return ranked
    return _zero(node.children[0], framework) if len(node.children) == 1 else None


def _gives_nothing(method: Method, framework: Framework) -> bool:
    if method.name == "percentile_rank":
        return framework.scale[0] <= 0 and method.parameters.get("divisor") == "n_minus_one"
    if method.name == "categories":
        points = method.parameters.get("points")
        return isinstance(points, tuple) and 0.0 in points
    return method.name == "borda" or (method.name in FROM_WORST and framework.scale[0] <= 0)


def _negative(node: Branch | Indicator, framework: Framework) -> Place | None:
    """Return the place that declares scores around their mean, with some unit below zero; None if there is none."""
    if isinstance(node, Indicator):
        methods = [m for m in normalisations(framework, node) if m.name in CENTRED and "mean" not in m.parameters]
        return methods[0].place if methods else None
    if any(_exponent(method) != 1.0 for method in alternatives(framework, node)):
        return None
    places = [_negative(child, framework) for child in node.children]
    return places[0] if all(places) and places else None


def _judgement_faults(branch: Branch) -> Iterator[Problem]:
    matrix = branch.weights.parameters.get("matrix")
    rows = [row for row in matrix if isinstance(row, tuple)] if isinstance(matrix, tuple) else []
    size = len(rows)
    place = branch.weights.place
    if size != len(branch.children):
        yield Problem(
            place,
            tr(
                "{size} rows of judgements for {count} children of '{branch}'",
                size=size,
                count=len(branch.children),
                branch=branch.id,
            ),
        )
        return
    table = branch.weights.text("random_index")
    if size > len(RANDOM_INDEX[table]) + 2:
        yield Problem(
            place,
            tr("'{table}' has no random index for {size} children", table=table, size=size),
            tr("compare fewer things at a time"),
        )
        return
    if any(len(row) != size or min(row) <= 0 for row in rows):
        return  # reported where the matrix was read
    judged = ahp(np.array(rows, dtype=np.float64), table)
    if not judged.consistent and "accept_inconsistency" not in branch.weights.parameters:
        ratio = verbatim(f"CR {judged.consistency_ratio:.3f} > {CONSISTENT:g}")
        what = tr("the judgements below '{branch}' are inconsistent: {ratio}", branch=branch.id, ratio=ratio)
        yield Problem(place, what, tr("revise them, or give a reason under 'accept_inconsistency'"))


def _reasonless(framework: Framework, languages: tuple[str, ...]) -> Iterator[Problem]:
    for component in framework.components():
        yield from _reason(component.because, verbatim(f"'{component.id}'"), component.place, languages)
    for method, leaves in _normalisations(framework):
        bounds, nodes = goalposts_of(leaves[0]), named(leaf.id for leaf in leaves)
        if bounds:
            yield from _reason(method.because, tr("the goalposts of {nodes}", nodes=nodes), method.place, languages)
        if not method.source and any(not bound.fact and bound.value not in NATURAL_BOUNDS for bound in bounds):
            yield Problem(method.place, tr("the goalposts of {nodes} have no source", nodes=nodes))
    uncertainty = framework.uncertainty
    if uncertainty.because is not None:
        yield from _reason(uncertainty.because, tr("the uncertainty"), uncertainty.because.place, languages)


def _normalisations(framework: Framework) -> Iterator[tuple[Method, list[Indicator]]]:
    """Yield each normalisation once, with the indicators that use it: several for a default."""
    found: dict[Place, list[Indicator]] = {}
    for leaf in framework.indicators():
        found.setdefault(leaf.normalise.place, []).append(leaf)
    yield from ((leaves[0].normalise, leaves) for leaves in found.values())


def _reason(because: Node | None, what: Translatable, place: Place, languages: tuple[str, ...]) -> Iterator[Problem]:
    if because is None:
        yield Problem(place, tr("{what} has no reason", what=what), tr("say why under 'because', in every language"))
        return
    if because.get("either") is None and because.kind != "list":
        for language in languages:
            reason = because.get(language)
            if reason is None or not isinstance(reason.value, str):
                yield Problem(
                    because.place, tr("the reason for {what} is missing in '{language}'", what=what, language=language)
                )


def facts_named(framework: Framework) -> Iterator[tuple[str, Place]]:
    """Yield every fact that the framework names, without the mark of its aspect, and its place.

    The goalposts of alternatives are among them.
    """
    seen: set[tuple[str, Place]] = set()
    for leaf in framework.indicators():
        for column in leaf.facts_read():
            yield column.partition(":")[0], replace(leaf.place, column=leaf.id)
        for method in normalisations(framework, leaf):
            for bound in method.parameters.values():
                if isinstance(bound, Goalpost) and bound.fact and (bound.fact, method.place) not in seen:
                    seen.add((bound.fact, method.place))
                    yield bound.fact, replace(method.place, column=leaf.id)


def _unknown_sources(framework: Framework, sources: Collection[str]) -> Iterator[Problem]:
    named_by = [(node.id, source, node.place) for node in framework.components() for source in node.source]
    for method, leaves in _normalisations(framework):
        named_by += [(leaves[0].id, source, method.place) for source in method.source]
    for node, source, place in named_by:
        if source not in sources:
            what = tr("'{value}' is not {what}", value=source, what=tr("a source"))
            yield Problem(replace(place, column=node), what, nearest(source, sources, UNKNOWN_SOURCE))


def check_panel(framework: Framework, panel: Panel) -> Problems:
    """Return a problem for each thing that the framework needs but the panel (or a goalpost) lacks."""
    problems: Problems = []
    unsettled: dict[tuple[str, Place], list[str]] = {}
    for leaf in framework.indicators():
        for column in (leaf.key, *leaf.others()):
            if column not in panel.columns:
                what = tr("there is no column '{column}' for '{leaf}'", column=column, leaf=leaf.id)
                problems.append(Problem(leaf.place, what, nearest(column, panel.columns)))
        measured = leaf.key not in panel.columns or not np.isnan(panel.column(leaf.key)).all()
        for method in normalisations(framework, leaf):
            # Without a value an indicator is never scored, and without a target it may be left out.
            for fact in _unresolved(method) if measured and not framework.leaves_out else ():
                unsettled.setdefault((fact, method.place), []).append(leaf.id)
            check_method(method, problems)
            check_direction(method, leaf.direction, problems)
            problems.extend(_absent_unit(method, framework, panel))
        group = leaf.impute.parameters.get("group")
        if group is not None and group not in panel.groups:
            hint = nearest(str(group), panel.groups) or tr("name the column under 'groups' of 'table'")
            problems.append(Problem(leaf.impute.place, tr("there is no grouping '{group}'", group=group), hint))
    for (fact, place), nodes in unsettled.items():
        what = tr("the goalpost '{fact}' of {nodes} has no value", fact=fact, nodes=named(nodes))
        problems.append(Problem(place, what))
    problems.extend(_lonely(framework, panel))
    return list(dict.fromkeys(problems))


def _absent_unit(method: Method, framework: Framework, panel: Panel) -> Iterator[Problem]:
    """Yield a problem if the reference unit has no row, in some period or at all, or several rows."""
    unit = method.parameters.get("unit")
    if unit is None:
        return
    there = [period for each, period in zip(panel.units, panel.periods, strict=True) if each == unit]
    if not there:
        hint = nearest(str(unit), dict.fromkeys(panel.units), tr("name a unit that has a row in the table"))
        yield Problem(method.place, tr("there is no unit '{unit}'", unit=unit), hint)
    elif framework.reference.normalise == "all_periods":
        if len(there) > 1:
            hint = tr("let 'reference' be each_period")
            yield Problem(method.place, tr("'{unit}' has several rows: which is the measure?", unit=unit), hint)
    elif lacking := [period for period in dict.fromkeys(panel.periods) if period not in there]:
        what = tr("'{unit}' has no row in {periods}", unit=unit, periods=named(lacking))
        yield Problem(method.place, what, tr("the others of that period would have nothing to be measured by"))


def _lonely(framework: Framework, panel: Panel) -> Iterator[Problem]:
    """Yield a problem for relative steps over a single row, and Kemeny rankings of too many units to be drawn."""
    for step, methods in _relative(framework).items():
        rows = groups_of(framework.reference.of(step), panel)
        if min(map(len, rows), default=0) < 2:
            what = tr("'{method}' compares rows, but there is only one to look at", method=methods[0].name)
            yield Problem(methods[0].place, what)
            return
    if framework.draws:
        yield from undrawable(framework, [len(rows) for rows in groups_of(framework.reference.normalise, panel)])


def _unresolved(method: Method) -> tuple[str, ...]:
    """Return the facts of goalposts that have no value yet."""
    values: Mapping[str, object] = method.parameters
    return tuple(each.fact for each in values.values() if isinstance(each, Goalpost) and np.isnan(each.value))
