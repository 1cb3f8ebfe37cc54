"""Named methods as they are written: `equal`, or `{method: ahp, matrix: ...}` with parameters, reason and source."""

import math
from collections.abc import Mapping

from jianbao.documents import Node, Problems, as_choice, as_list, as_mapping, as_number, as_text, as_texts
from jianbao.errors import Problem, nearest
from jianbao.evaluation.choices import (
    GOALPOST,
    MATRIX,
    NUMBER,
    NUMBERS,
    ONE_WAY,
    PARAMETERS,
    REASON,
    STEPS,
    TEXT,
    Choice,
)
from jianbao.evaluation.framework import Goalpost, Method, Value

ABOUT = ("method", "because", "source")


def read_method(step: str, node: Node, problems: Problems) -> Method:
    """Read one choice of a step (a key of STEPS); what is wrong goes to `problems`, and the first choice stands in."""
    choices = STEPS[step]
    fallback = Method(next(iter(choices)), {}, node.place)
    if node.kind == "text":
        name = as_choice(node, choices, problems, f"a way to {step}")
        if name and choices[name].required:
            what = f"'{name}' says too little: {', '.join(choices[name].required)} must be named"
            problems.append(Problem(node.place, what, f"write {{method: {name}, …}}"))
        return Method(name, {}, node.place) if name else fallback
    fields = as_mapping(node, problems, ("method",), None)
    name = as_choice(fields["method"], choices, problems, f"a way to {step}") if "method" in fields else ""
    if not name:
        return fallback
    _check_keys(name, choices[name], node, problems)
    known = (*choices[name].required, *choices[name].optional)
    parameters = {key: read_value(key, fields[key], problems) for key in known if key in fields}
    method = Method(name, parameters, node.place, fields.get("because"), as_texts(fields.get("source"), problems))
    check_method(method, problems)
    return method


def _check_keys(name: str, choice: Choice, node: Node, problems: Problems) -> None:
    known = (*choice.required, *choice.optional)
    for key, child in node.pairs():
        if key not in (*ABOUT, *known):
            problems.append(Problem(child.place, f"'{key}' is not a parameter of '{name}'", nearest(key, known)))
    for key in choice.required:
        if node.get(key) is None:
            hint = "every choice is named, never implied"
            problems.append(Problem(node.place, f"'{key}' of '{name}' is missing", hint))


def read_value(key: str, node: Node, problems: Problems) -> Value:
    """Read one parameter according to its kind in PARAMETERS."""
    kind = PARAMETERS[key]
    if isinstance(kind, tuple):
        return as_choice(node, kind, problems, f"a value of '{key}'")
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


def _check_goalposts(parameters: Mapping[str, Value]) -> list[tuple[str, str]]:
    bounds = {key: bound.value for key in ("floor", "target") if isinstance(bound := parameters.get(key), Goalpost)}
    found = []
    if len(bounds) == 2 and bounds["floor"] == bounds["target"]:
        found.append((f"floor and target are both {bounds['floor']:g}", "they must differ"))
    least = {"log": 0.0, "log_plus_one": -1.0}.get(str(parameters.get("curve")))
    for key, value in bounds.items():
        if least is not None and value <= least:
            what = f"{key} {value:g} has no place on the curve '{parameters['curve']}'"
            found.append((what, f"it must be above {least:g}"))
    return found


def _check_categories(parameters: Mapping[str, Value]) -> list[tuple[str, str]]:
    cuts, points = parameters.get("cuts"), parameters.get("points")
    if not (isinstance(cuts, tuple) and isinstance(points, tuple)):
        return []
    if len(points) != len(cuts) + 1:
        return [(f"{len(cuts)} cuts make {len(cuts) + 1} classes, but {len(points)} points are given", "")]
    return [] if list(cuts) == sorted(cuts) else [("the cuts do not rise", "")]


def _check_pca(parameters: Mapping[str, Value]) -> list[tuple[str, str]]:
    if ("factors" in parameters) == ("least_variance" in parameters):
        hint = "say how many factors are kept, and by which rule"
        return [("'pca' needs either 'factors' or 'least_variance'", hint)]
    return []


def _check_matrix(parameters: Mapping[str, Value]) -> list[tuple[str, str]]:
    matrix = parameters.get("matrix")
    rows = [row for row in matrix if isinstance(row, tuple)] if isinstance(matrix, tuple) else []
    size = len(rows)
    if any(len(row) != size for row in rows):
        return [("the matrix is not square", "one row and one column a child, in written order")]
    found = []
    for i in range(size):
        for j in range(i, size):
            if not abs(rows[i][j] * rows[j][i] - 1.0) < 1e-6:
                what = f"row {i + 1}, column {j + 1} is {rows[i][j]:g} but its mirror image is {rows[j][i]:g}"
                found.append((what, "judgements are reciprocal: the one is 1 / the other"))
    return found


def check_direction(method: Method, direction: int, problems: Problems) -> None:
    """Add a problem if the direction contradicts the goalposts, or has no meaning for the normalisation."""
    floor, target = method.parameters.get("floor"), method.parameters.get("target")
    word = "more" if direction > 0 else "less"
    if isinstance(floor, Goalpost) and isinstance(target, Goalpost) and (target.value - floor.value) * direction < 0:
        what = f"direction '{word}', but the floor is {floor.value:g} and the target {target.value:g}"
        problems.append(Problem(method.place, what, "the floor scores nothing, the target everything"))
    if direction < 0 and method.name in ONE_WAY:
        what = f"'{method.name}' has no direction 'less'"
        problems.append(Problem(method.place, what, "turn the indicator round, or take another normalisation"))
