"""Named methods as they are written: `equal`, or `{method: ahp, matrix: ...}` with parameters, reason and source."""

import math
from collections.abc import Mapping
from dataclasses import replace

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_list,
    as_mapping,
    as_number,
    as_text,
    as_texts,
    as_yes_no,
)
from jianbao.core.errors import Problem, nearest
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_list
from jianbao.data.limits import parse_states
from jianbao.scoring.framework import Branch, Framework, Goalpost, Indicator, Method, UncertaintySpec, Value
from jianbao.scoring.method_options import (
    GOALPOST,
    MATRIX,
    NORMALISATIONS,
    NUMBER,
    NUMBERS,
    ONE_WAY,
    PARAMETERS,
    REASON,
    STEPS,
    TEXT,
    MethodOption,
)

ABOUT = ("method", "because", "source", "states", "place")


def read_method(step: str, node: Node, problems: Problems) -> Method:
    """Read one choice of a step (a key of STEPS); what is wrong goes to `problems`, and the first choice stands in."""
    choices = STEPS[step]
    fallback = Method(name=next(iter(choices)), parameters={}, place=node.place)
    if node.kind == "text":
        name = as_choice(node, choices, problems, tr("a way to {step}", step=step))
        if name and choices[name].required:
            what = tr(
                "'{name}' is incomplete: {required} must be given",
                name=name,
                required=tr_list(choices[name].required),
            )
            problems.append(Problem(node.place, what, tr("write {{method: {name}, …}}", name=name)))
        return Method(name=name, parameters={}, place=node.place) if name else fallback
    fields = as_mapping(node, problems, ("method",), None)
    name = (
        as_choice(fields["method"], choices, problems, tr("a way to {step}", step=step)) if "method" in fields else ""
    )
    if not name:
        return fallback
    _check_keys(name, choices[name], node, problems)
    known = (*choices[name].required, *choices[name].optional)
    parameters = {key: read_value(key, fields[key], problems) for key in known if key in fields}
    states, stated_at = parse_states(fields, problems)
    method = Method(
        name=name,
        parameters=parameters,
        place=node.place,
        because=fields.get("because"),
        source=as_texts(fields.get("source"), problems),
        states=states,
        stated_at=stated_at,
    )
    check_method(method, problems)
    return method


def _check_keys(name: str, choice: MethodOption, node: Node, problems: Problems) -> None:
    known = (*choice.required, *choice.optional)
    for key, child in node.pairs():
        if key not in (*ABOUT, *known):
            problems.append(
                Problem(
                    child.place, tr("'{key}' is not a parameter of '{name}'", key=key, name=name), nearest(key, known)
                )
            )
    for key in choice.required:
        if node.get(key) is None:
            hint = tr("every choice must be stated")
            problems.append(Problem(node.place, tr("'{key}' of '{name}' is missing", key=key, name=name), hint))


def read_value(key: str, node: Node, problems: Problems) -> Value:
    """Read one parameter according to its kind in PARAMETERS."""
    kind = PARAMETERS[key]
    if isinstance(kind, tuple):
        return as_choice(node, kind, problems, tr("a value of '{key}'", key=key))
    if kind == NUMBER:
        return as_number(node, problems)
    if kind == NUMBERS:
        return tuple(as_number(each, problems) for each in as_list(node, problems))
    if kind == GOALPOST:
        return _goalpost(node, problems)
    if kind == MATRIX:
        rows = as_list(node, problems)
        return tuple(tuple(_fraction(cell, problems) for cell in as_list(row, problems)) for row in rows)
    assert kind in (TEXT, REASON)
    return node if kind == REASON else as_text(node, problems)


def _goalpost(node: Node, problems: Problems) -> Goalpost:
    if node.kind != "mapping":
        return Goalpost(as_number(node, problems))
    fields = as_mapping(node, problems, ("fact",))
    return Goalpost(math.nan, as_text(fields["fact"], problems) if "fact" in fields else "")


def _fraction(node: Node, problems: Problems) -> float:
    text = node.value if isinstance(node.value, str) else ""
    above, slash, below = text.partition("/")
    if slash and above.isdecimal() and below.isdecimal() and int(below):
        return int(above) / int(below)
    return as_number(node, problems)


def check_method(method: Method, problems: Problems) -> None:
    """Add a problem for each pair of parameters that cannot stand together."""
    checks = {"goalposts": _check_goalposts, "categories": _check_categories, "ahp": _check_matrix, "pca": _check_pca}
    if method.name in checks:
        for what, hint in checks[method.name](method.parameters):
            problems.append(Problem(method.place, what, hint))


def _check_goalposts(parameters: Mapping[str, Value]) -> list[tuple[Translatable, Translatable]]:
    bounds = {key: bound.value for key in ("floor", "target") if isinstance(bound := parameters.get(key), Goalpost)}
    found = []
    if len(bounds) == 2 and bounds["floor"] == bounds["target"]:
        found.append((tr("floor and target are both {floor:g}", floor=bounds["floor"]), tr("they must differ")))
    least = {"log": 0.0, "log_plus_one": -1.0}.get(str(parameters.get("curve")))
    for key, value in bounds.items():
        if least is not None and value <= least:
            what = tr("{key} {value:g} is outside the curve '{curve}'", key=key, value=value, curve=parameters["curve"])
            found.append((what, tr("it must be above {least:g}", least=least)))
    return found


def _check_categories(parameters: Mapping[str, Value]) -> list[tuple[Translatable, Translatable]]:
    cuts, points = parameters.get("cuts"), parameters.get("points")
    if not (isinstance(cuts, tuple) and isinstance(points, tuple)):
        return []
    if len(points) != len(cuts) + 1:
        what = tr(
            "{cuts} cuts make {classes} classes, but {points} points are given",
            cuts=len(cuts),
            classes=len(cuts) + 1,
            points=len(points),
        )
        return [(what, NO_TEXT)]
    return [] if list(cuts) == sorted(cuts) else [(tr("the cuts do not rise"), NO_TEXT)]


def _check_pca(parameters: Mapping[str, Value]) -> list[tuple[Translatable, Translatable]]:
    if ("factors" in parameters) == ("least_variance" in parameters):
        hint = tr("say how many factors are kept, and by which rule")
        return [(tr("'pca' needs either 'factors' or 'least_variance'"), hint)]
    return []


def _check_matrix(parameters: Mapping[str, Value]) -> list[tuple[Translatable, Translatable]]:
    matrix = parameters.get("matrix")
    rows = [row for row in matrix if isinstance(row, tuple)] if isinstance(matrix, tuple) else []
    size = len(rows)
    if any(len(row) != size for row in rows):
        return [(tr("the matrix is not square"), tr("one row and one column a child, in written order"))]
    found = []
    for i in range(size):
        for j in range(i, size):
            if not abs(rows[i][j] * rows[j][i] - 1.0) < 1e-6:
                what = tr(
                    "row {row}, column {column} is {value:g} but its mirror image is {mirror:g}",
                    row=i + 1,
                    column=j + 1,
                    value=rows[i][j],
                    mirror=rows[j][i],
                )
                found.append((what, tr("judgements are reciprocal: the one is 1 / the other")))
    return found


def check_direction(method: Method, direction: int, problems: Problems) -> None:
    """Add a problem if the direction contradicts the goalposts, or has no meaning for the normalisation."""
    floor, target = method.parameters.get("floor"), method.parameters.get("target")
    word = "more" if direction > 0 else "less"
    if isinstance(floor, Goalpost) and isinstance(target, Goalpost) and (target.value - floor.value) * direction < 0:
        what = tr(
            "direction '{word}', but the floor is {floor:g} and the target {target:g}",
            word=word,
            floor=floor.value,
            target=target.value,
        )
        problems.append(Problem(method.place, what, tr("the floor scores nothing, the target everything")))
    if direction < 0 and method.name in ONE_WAY:
        what = tr("'{method}' has no direction 'less'", method=method.name)
        problems.append(Problem(method.place, what, tr("invert the indicator, or choose another normalisation")))


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
    return UncertaintySpec(
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
    if kind == "noise" and not 0 <= value <= 1 and not math.isnan(value):
        problems.append(
            Problem(
                amount.place, tr("the noise {value:g} is not between 0 and 1", value=value), tr("a relative half width")
            )
        )
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
    """Return each indicator's method under one alternative; an indicator that it does not fit keeps its own."""
    if node.get("method") is not None or node.kind == "text":
        method = read_method("normalise", node, problems)
        return {leaf.id: _checked(leaf, method, problems) for leaf in framework.indicators()}
    changes = {}
    for key, child in as_mapping(node, problems, (), None).items():
        if key in PARAMETERS:
            changes[key] = read_value(key, child, problems)
        else:
            problems.append(Problem(child.place, tr("'{key}' is not a parameter", key=key), nearest(key, PARAMETERS)))
    found: dict[str, Method] = {}
    for leaf in framework.indicators():
        accepted = NORMALISATIONS.get(leaf.normalise.name, MethodOption()).required
        method = replace(leaf.normalise, place=node.place, parameters={**leaf.normalise.parameters, **changes})
        found[leaf.id] = _checked(leaf, method, problems) if set(changes) <= set(accepted) else leaf.normalise
    if found and all(found[leaf.id] is leaf.normalise for leaf in framework.indicators()):
        problems.append(Problem(node.place, tr("this alternative changes no indicator")))
    return found


def _checked(leaf: Indicator, method: Method, problems: Problems) -> Method:
    found: Problems = []
    check_method(method, found)
    check_direction(method, leaf.direction, found)
    problems.extend(
        replace(problem, what=tr("for '{indicator}', {what}", indicator=leaf.id, what=problem.what))
        for problem in found
    )
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
            problems.append(Problem(child.place, tr("'{key}' is not a branch", key=key), nearest(key, branches)))
            continue
        found[key] = tuple(read_method("aggregate", each, problems) for each in as_list(child, problems))
    return found


def alternatives(framework: Framework, branch: Branch) -> tuple[Method, ...]:
    """Return the aggregations of a branch that the draws choose from, the declared one first."""
    return (branch.aggregate, *(framework.uncertainty.aggregate or {}).get(branch.id, ()))


def normalisations(framework: Framework, leaf: Indicator) -> tuple[Method, ...]:
    """Return the normalisations of an indicator that the draws choose from, the declared one first."""
    return (leaf.normalise, *(alternative[leaf.id] for alternative in framework.uncertainty.normalise))
