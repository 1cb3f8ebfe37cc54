"""The framework's `uncertainty`: which choices are in doubt, and how far the draws vary them."""

import math
from collections.abc import Mapping
from dataclasses import replace

from jianbao.documents import Node, Problems, as_list, as_mapping, as_number, as_yes_no
from jianbao.errors import Problem, nearest
from jianbao.evaluation.choices import NORMALISATIONS, PARAMETERS, Choice
from jianbao.evaluation.framework import Branch, Doubts, Framework, Indicator, Method
from jianbao.evaluation.methods import check_direction, check_method, read_method, read_value

KEYS = ("weights", "goalposts", "normalise", "aggregate", "measurement", "because")
WEIGHTS = ("dirichlet", "noise")
GOALPOSTS = ("floor", "target")


def read_doubts(node: Node, framework: Framework, languages: tuple[str, ...], problems: Problems) -> Doubts:
    """Read the `uncertainty` of a framework whose nodes have been read."""
    fields = as_mapping(node, problems, ("because",) if languages else (), KEYS)
    kind, amount = _weights(fields["weights"], problems) if "weights" in fields else ("", 0.0)
    bounds = as_mapping(fields["goalposts"], problems, GOALPOSTS) if "goalposts" in fields else {}
    return Doubts(
        weights=kind,
        amount=amount,
        floor=_half_width(bounds, "floor", problems),
        target=_half_width(bounds, "target", problems),
        normalise=_normalisations(fields.get("normalise"), framework, problems),
        aggregate=_aggregations(fields.get("aggregate"), framework, problems),
        measurement=as_yes_no(fields["measurement"], problems) if "measurement" in fields else False,
        because=fields.get("because"),
    )


def _weights(node: Node, problems: Problems) -> tuple[str, float]:
    fields = as_mapping(node, problems, (), WEIGHTS)
    if len(fields) != 1 or not set(fields) <= set(WEIGHTS):
        problems.append(Problem(node.place, "the weights vary either by 'dirichlet' or by 'noise'"))
        return "", 0.0
    (kind, amount), *_ = fields.items()
    if kind == "dirichlet" and amount.value == "flat":
        return "flat", 1.0
    value = as_number(amount, problems)
    if kind == "dirichlet" and value <= 0:
        problems.append(Problem(amount.place, f"the concentration {value:g} is not above 0", "or write 'flat'"))
    if kind == "noise" and not 0 <= value <= 1 and not math.isnan(value):
        problems.append(Problem(amount.place, f"the noise {value:g} is not between 0 and 1", "a relative half width"))
    return kind, value


def _half_width(fields: Mapping[str, Node], key: str, problems: Problems) -> float:
    if key not in fields:
        return 0.0
    value = as_number(fields[key], problems)
    if not math.isnan(value) and not 0 <= value < 0.5:
        what = f"{key} {value:g} is not between 0 and 0.5"
        problems.append(Problem(fields[key].place, what, "a half width, as a share of target - floor"))
    return value


def _normalisations(node: Node | None, framework: Framework, problems: Problems) -> tuple[Mapping[str, Method], ...]:
    if node is None:
        return ()
    return tuple(_alternative(each, framework, problems) for each in as_list(node, problems))


def _alternative(node: Node, framework: Framework, problems: Problems) -> Mapping[str, Method]:
    """Return each indicator's method under one alternative; an indicator that it does not fit keeps its own."""
    if node.get("method") is not None or node.kind == "text":
        method = read_method("normalise", node, problems)
        return {leaf.id: _checked(leaf, method, problems) for leaf in framework.indicators()}
    changes = {}
    for key, child in as_mapping(node, problems, (), None).items():
        if key in PARAMETERS:
            changes[key] = read_value(key, child, problems)
        else:
            problems.append(Problem(child.place, f"'{key}' is not a parameter", nearest(key, PARAMETERS)))
    found: dict[str, Method] = {}
    for leaf in framework.indicators():
        accepted = NORMALISATIONS.get(leaf.normalise.name, Choice()).required
        method = replace(leaf.normalise, place=node.place, parameters={**leaf.normalise.parameters, **changes})
        found[leaf.id] = _checked(leaf, method, problems) if set(changes) <= set(accepted) else leaf.normalise
    if found and all(found[leaf.id] is leaf.normalise for leaf in framework.indicators()):
        problems.append(Problem(node.place, "this alternative changes no indicator"))
    return found


def _checked(leaf: Indicator, method: Method, problems: Problems) -> Method:
    found: Problems = []
    check_method(method, found)
    check_direction(method, leaf.direction, found)
    problems.extend(replace(problem, what=f"for '{leaf.id}', {problem.what}") for problem in found)
    return method


def _aggregations(
    node: Node | None, framework: Framework, problems: Problems
) -> Mapping[str, tuple[Method, ...]] | None:
    if node is None:
        return None
    branches = [branch.id for branch in framework.branches()]
    found = {}
    for key, child in as_mapping(node, problems, (), None).items():
        if key not in branches:
            problems.append(Problem(child.place, f"'{key}' is not a branch", nearest(key, branches)))
            continue
        found[key] = tuple(read_method("aggregate", each, problems) for each in as_list(child, problems))
    return found


def alternatives(framework: Framework, branch: Branch) -> tuple[Method, ...]:
    """Return the aggregations of a branch that the draws choose from, the declared one first."""
    return (branch.aggregate, *(framework.doubts.aggregate or {}).get(branch.id, ()))


def normalisations(framework: Framework, leaf: Indicator) -> tuple[Method, ...]:
    """Return the normalisations of an indicator that the draws choose from, the declared one first."""
    return (leaf.normalise, *(alternative[leaf.id] for alternative in framework.doubts.normalise))
