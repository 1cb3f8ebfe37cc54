"""Read and check the `uncertainty` of a framework file, which says what the draws vary."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from jianbao.core.documents import Node, Problems, as_list, as_mapping, as_number, as_yes_no
from jianbao.core.errors import Problem, nearest
from jianbao.core.messages import tr
from jianbao.scoring.aggregate import exponent_of
from jianbao.scoring.framework import Branch, Framework, Indicator, Method, UncertaintySpec
from jianbao.scoring.method_options import AGGREGATIONS, NORMALISATIONS, PARAMETERS, RAW, SCALE, UNKNOWN, MethodOption
from jianbao.scoring.method_reader import by_problem, check_direction, check_method, read_method, read_value
from jianbao.scoring.outranking import EXACT_BY_SUBSETS

KEMENY = "kemeny"
KEYS = ("weights", "goalposts", "normalise", "aggregate", "measurement", "because")
WEIGHTS = ("dirichlet", "noise")
GOALPOSTS = ("floor", "target")


def read_uncertainty(
    node: Node, framework: Framework, languages: tuple[str, ...], problems: Problems
) -> UncertaintySpec:
    """Read the `uncertainty` of a framework whose nodes have been read."""
    fields = as_mapping(node, problems, ("because",) if languages else (), KEYS)
    kind, amount = _weights(fields["weights"], problems) if "weights" in fields else ("", 0.0)
    bounds = as_mapping(fields["goalposts"], problems, GOALPOSTS) if "goalposts" in fields else {}
    spec = UncertaintySpec(
        weights=kind,
        amount=amount,
        floor=_half_width(bounds, "floor", problems),
        target=_half_width(bounds, "target", problems),
        normalise=_normalisations(fields.get("normalise"), framework, problems),
        aggregate=_aggregations(fields.get("aggregate"), framework, problems),
        measurement=as_yes_no(fields["measurement"], problems) if "measurement" in fields else False,
        because=fields.get("because"),
    )
    problems.extend(_without_effect(spec, fields, framework))
    return spec


def _without_effect(spec: UncertaintySpec, fields: Mapping[str, Node], framework: Framework) -> Iterator[Problem]:
    """Yield a problem for each source of uncertainty that is declared but affects nothing in the framework."""
    leaves = framework.indicators()
    posts = [leaf for leaf in leaves if leaf.normalise.name in ("goalposts", UNKNOWN)]
    if spec.weights and all(len(branch.children) < 2 for branch in framework.branches()):
        yield Problem(fields["weights"].place, tr("no branch has two children whose weights could vary"))
    if "goalposts" in fields and not posts:
        yield Problem(fields["goalposts"].place, tr("no indicator is normalised by goalposts that could vary"))
    elif "goalposts" in fields and not (spec.floor or spec.target):
        yield Problem(fields["goalposts"].place, tr("floor and target vary by 0: nothing is drawn"))
    if spec.measurement and all(leaf.error is None for leaf in leaves):
        hint = tr("declare the 'error' of an indicator, or leave 'measurement' out")
        yield Problem(fields["measurement"].place, tr("no indicator has an 'error' to draw"), hint)


def _weights(node: Node, problems: Problems) -> tuple[str, float]:
    fields = as_mapping(node, problems, (), WEIGHTS)
    if len(fields) != 1 or not set(fields) <= set(WEIGHTS):
        problems.append(Problem(node.place, tr("the weights vary either by 'dirichlet' or by 'noise'")))
        return "", 0.0
    (kind, amount), *_ = fields.items()
    if kind == "dirichlet" and amount.value == "flat":
        return "flat", 1.0
    value = as_number(amount, problems)
    if kind == "dirichlet" and value <= 0:
        problems.append(
            Problem(amount.place, tr("the concentration {value:g} is not above 0", value=value), tr("or write 'flat'"))
        )
    if kind == "noise" and not 0 < value <= 1 and not math.isnan(value):
        what = tr("the noise {value:g} is not above 0 and at most 1", value=value)
        problems.append(Problem(amount.place, what, tr("a relative half width")))
    return kind, value


def _half_width(fields: Mapping[str, Node], key: str, problems: Problems) -> float:
    if key not in fields:
        return 0.0
    value = as_number(fields[key], problems)
    if not math.isnan(value) and not 0 <= value < 0.5:
        what = tr("{key} {value:g} is not between 0 and 0.5", key=key, value=value)
        problems.append(Problem(fields[key].place, what, tr("a half width, as a share of target - floor")))
    return value


def _normalisations(node: Node | None, framework: Framework, problems: Problems) -> tuple[Mapping[str, Method], ...]:
    if node is None:
        return ()
    return tuple(_alternative(each, framework, problems) for each in as_list(node, problems))


def _alternative(node: Node, framework: Framework, problems: Problems) -> Mapping[str, Method]:
    """Return each indicator's method under one alternative; an indicator for which it is unsuitable keeps its own."""
    before = len(problems)
    if node.get("method") is not None or node.kind == "text":
        method = read_method("normalise", node, problems)
        found = {leaf.id: method for leaf in framework.indicators()}
    else:
        found = _changed(node, framework, problems)
    known = [(leaf, found[leaf.id]) for leaf in framework.indicators() if found[leaf.id] is not leaf.normalise]
    known = [(leaf, method) for leaf, method in known if UNKNOWN not in (leaf.normalise.name, method.name)]
    if all(same_choice(method, leaf.normalise) for leaf, method in known) and len(problems) == before:
        problems.append(Problem(node.place, tr("this alternative changes no indicator")))
    for leaves, problem in by_problem((leaf.id, each) for leaf, method in known for each in _faults(leaf, method)):
        problems.append(replace(problem, what=tr("for {indicators}, {what}", indicators=leaves, what=problem.what)))
    problems.extend(_other_units(known, framework))
    return found


def _changed(node: Node, framework: Framework, problems: Problems) -> dict[str, Method]:
    """Return each indicator's own method with some of its parameters changed, if it has them."""
    changes = {}
    for key, child in as_mapping(node, problems, (), None).items():
        if key in PARAMETERS:
            changes[key] = read_value(key, child, problems)
        else:
            problems.append(Problem(child.place, tr("'{key}' is not a parameter", key=key), nearest(key, PARAMETERS)))
    found = {}
    for leaf in framework.indicators():
        choice = NORMALISATIONS.get(leaf.normalise.name, MethodOption())
        method = replace(leaf.normalise, place=node.place, parameters={**leaf.normalise.parameters, **changes})
        found[leaf.id] = method if set(changes) <= {*choice.required, *choice.optional} else leaf.normalise
    return found


def same_choice(one: Method, other: Method) -> bool:
    """Return whether two choices of a step are the same."""
    return one.name == other.name and one.parameters == other.parameters


def _faults(leaf: Indicator, method: Method) -> Problems:
    found: Problems = []
    check_method(method, found)
    check_direction(method, leaf.direction, found)
    return found


def unit_of(method: Method, scale: tuple[float, float]) -> str:
    """Return the unit of a normalisation's results; points within the framework's scale are on it."""
    low, high = scale
    if method.name == "z_score" and "mean" in method.parameters:
        return SCALE
    points = method.parameters.get("points")
    if isinstance(points, tuple) and all(isinstance(each, float) and low <= each <= high for each in points):
        return SCALE
    return NORMALISATIONS.get(method.name, MethodOption()).unit


def _other_units(known: Iterable[tuple[Indicator, Method]], framework: Framework) -> Iterator[Problem]:
    """Yield alternatives whose results have another unit than the declared ones: an interval would mix the two."""
    found = []
    for leaf, method in known:
        declared, other = (unit_of(each, framework.scale) for each in (leaf.normalise, method))
        if declared != other and (declared, other) != (RAW, SCALE):
            what = tr("'{method}' counts in another unit than '{own}'", method=method.name, own=leaf.normalise.name)
            hint = _HINTS.get(method.name if declared == SCALE else leaf.normalise.name, _OTHER)
            found.append((leaf.id, Problem(method.place, what, hint)))
    for leaves, problem in by_problem(found):
        yield replace(problem, what=tr("for {indicators}, {what}", indicators=leaves, what=problem.what))


_RANKED = tr("take percentile_rank, which is on the framework's scale")
_OTHER = tr("an interval over both would mix their units: take one that is on the framework's scale")
_HINTS = {
    "rank": _RANKED,
    "borda": _RANKED,
    "z_score": tr("give z_score a 'mean' and a 'deviation' on the framework's scale"),
}


def _aggregations(
    node: Node | None, framework: Framework, problems: Problems
) -> Mapping[str, tuple[Method, ...]] | None:
    if node is None:
        return None
    branches = [branch.id for branch in framework.branches()]
    found = {}
    for key, child in as_mapping(node, problems, (), None).items():
        if key not in branches:
            problems.append(Problem(child.place, tr("'{key}' is not a branch", key=key), nearest(key, branches)))
            continue
        branch = framework.find(key)
        assert isinstance(branch, Branch)
        found[key] = tuple(read_method("aggregate", each, problems) for each in as_list(child, problems))
        problems.extend(_other_means(branch, found[key], framework))
    return found


def _other_means(branch: Branch, methods: tuple[Method, ...], framework: Framework) -> Iterator[Problem]:
    """Yield a problem for each alternative that equals the declared mean, or whose unit is not that of the scale."""
    outranks = AGGREGATIONS.get(branch.aggregate.name, MethodOption()).relative
    units = _units(branch, framework.scale) - {SCALE, RAW}
    for method in methods:
        if UNKNOWN in (method.name, branch.aggregate.name):
            continue
        if same_choice(method, branch.aggregate):
            yield Problem(
                method.place, tr("'{method}' of '{node}' is declared already", method=method.name, node=branch.id)
            )
        elif _same_mean(branch, method):
            what = tr("'{method}' changes nothing in '{node}'", method=method.name, node=branch.id)
            yield Problem(method.place, what, tr("it comes to the same as '{own}'", own=branch.aggregate.name))
        if units and outranks != AGGREGATIONS.get(method.name, MethodOption()).relative:
            names = {"method": method.name, "own": branch.aggregate.name}
            yield Problem(method.place, tr("'{method}' counts in another unit than '{own}'", **names), _OTHER)


def _same_mean(branch: Branch, method: Method) -> bool:
    """Return whether an alternative equals the declared mean: it has one child, or the same exponent."""
    both = method, branch.aggregate
    if any(each.name == "power" and "exponent" not in each.parameters for each in both):
        return False
    one, other = ((each.name == "median", exponent_of(each), each.parameters.get("least")) for each in both)
    if len(branch.children) == 1:
        return one[2] == other[2] and all(median or exponent is not None for median, exponent, _ in (one, other))
    return one == other and one[1] is not None


def _units(branch: Branch, scale: tuple[float, float]) -> frozenset[str]:
    """Return the units of the scores of a branch's children."""
    found: set[str] = set()
    for child in branch.children:
        if isinstance(child, Indicator):
            found.add(unit_of(child.normalise, scale))
        else:
            outranks = AGGREGATIONS.get(child.aggregate.name, MethodOption()).relative
            found |= {SCALE} if outranks else _units(child, scale)
    return frozenset(found)


def alternatives(framework: Framework, branch: Branch) -> tuple[Method, ...]:
    """Return the aggregations of a branch that the draws choose from, the declared one first."""
    return (branch.aggregate, *(framework.uncertainty.aggregate or {}).get(branch.id, ()))


def undrawable(framework: Framework, sizes: Iterable[int]) -> Iterator[Problem]:
    """Yield a problem for each branch whose Kemeny ranking has too many units to be computed in every draw."""
    size = max(sizes, default=0)
    for branch in framework.branches() if size > EXACT_BY_SUBSETS else ():
        for method in alternatives(framework, branch):
            if method.name == KEMENY:
                what = tr("Kemeny's ranking of {size} units cannot be drawn", size=size)
                yield Problem(method.place, what, tr("score without draws, or take copeland or borda"))


def normalisations(framework: Framework, leaf: Indicator) -> tuple[Method, ...]:
    """Return the normalisations of an indicator that the draws choose from, the declared one first."""
    return (leaf.normalise, *(alternative[leaf.id] for alternative in framework.uncertainty.normalise))
