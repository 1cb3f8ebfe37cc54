"""Read named methods as written: `equal`, or `{method: ahp, matrix: ...}` with parameters, reason and source."""

import math
from collections.abc import Iterable, Iterator, Mapping

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_list,
    as_mapping,
    as_number,
    as_text,
    as_texts,
    whole_number,
)
from jianbao.core.errors import Problem, nearest
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_list
from jianbao.data.claim_limits import parse_states
from jianbao.scoring.framework import Goalpost, Method, Value
from jianbao.scoring.method_options import (
    GOALPOST,
    MATRIX,
    METHODS,
    NUMBER,
    NUMBERS,
    ONE_WAY,
    PARAMETERS,
    REASON,
    STEPS,
    TEXT,
    UNKNOWN,
    MethodOption,
)

ABOUT = ("method", "because", "source", "states", "place")
NAMED = 3  # the most nodes that a message names


def read_method(step: str, node: Node, problems: Problems) -> Method:
    """Read one choice of a step (a key of STEPS); problems go to `problems`, and the choice is then UNKNOWN."""
    choices = STEPS[step]
    fallback = Method(name=UNKNOWN, parameters={}, place=node.place)
    if node.kind == "text":
        name = as_choice(node, choices, problems, tr("a method for '{step}'", step=step))
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
        as_choice(fields["method"], choices, problems, tr("a method for '{step}'", step=step))
        if "method" in fields
        else ""
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
    if kind == METHODS:
        return tuple(_step_of_chain(each, problems) for each in as_list(node, problems))
    if kind == MATRIX:
        rows = as_list(node, problems)
        return tuple(tuple(_fraction(cell, problems) for cell in as_list(row, problems)) for row in rows)
    assert kind in (TEXT, REASON)
    return node if kind == REASON else as_text(node, problems)


def _step_of_chain(node: Node, problems: Problems) -> Method:
    method = read_method("treat", node, problems)
    if method.steps:
        problems.append(Problem(node.place, tr("a chain cannot be a step of a chain"), tr("write its steps here")))
    return method


def _goalpost(node: Node, problems: Problems) -> Goalpost:
    if node.kind != "mapping":
        return Goalpost(as_number(node, problems))
    fields = as_mapping(node, problems, ("fact",))
    return Goalpost(math.nan, as_text(fields["fact"], problems) if "fact" in fields else "")


def _fraction(node: Node, problems: Problems) -> float:
    text = node.value if isinstance(node.value, str) else ""
    above, below = map(whole_number, text.partition("/")[::2])
    if above is not None and below:
        return above / below
    return as_number(node, problems)


def check_method(method: Method, problems: Problems) -> None:
    """Add a problem for each pair of parameters that contradict each other."""
    checks = {
        "goalposts": _check_goalposts,
        "z_score": _check_z_score,
        "categories": _check_categories,
        "ahp": _check_matrix,
        "pca": _check_pca,
        **dict.fromkeys(("geometric", "harmonic", "power"), _check_least),
    }
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


def _check_z_score(parameters: Mapping[str, Value]) -> list[tuple[Translatable, Translatable]]:
    if ("mean" in parameters) != ("deviation" in parameters):
        return [(tr("'mean' and 'deviation' of 'z_score' go together"), tr("they put it on the framework's scale"))]
    deviation = parameters.get("deviation", 1.0)
    if isinstance(deviation, float) and deviation <= 0:
        return [(tr("deviation {value:g} is not above 0", value=deviation), NO_TEXT)]
    return []


def _check_categories(parameters: Mapping[str, Value]) -> list[tuple[Translatable, Translatable]]:
    cuts, points = parameters.get("cuts"), parameters.get("points")
    if not (isinstance(cuts, tuple) and isinstance(points, tuple)):
        return []
    found = []
    if len(points) != len(cuts) + 1:
        what = tr(
            "{cuts} cuts make {classes} classes, but {points} points are given",
            cuts=len(cuts),
            classes=len(cuts) + 1,
            points=len(points),
        )
        found.append((what, NO_TEXT))
    rising = [each for each in cuts if isinstance(each, float)]
    if rising != sorted(rising):
        found.append((tr("the cuts do not rise"), NO_TEXT))
    return found


def _check_least(parameters: Mapping[str, Value]) -> list[tuple[Translatable, Translatable]]:
    least = parameters.get("least", 1.0)
    if isinstance(least, float) and least <= 0:
        hint = tr("it lifts scores to where the mean has a value")
        return [(tr("least {value:g} is not above 0", value=least), hint)]
    return []


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
            "direction '{word}', but the floor is {floor} and the target {target}",
            word=word,
            floor=_shown(floor),
            target=_shown(target),
        )
        problems.append(Problem(method.place, what, tr("the floor scores nothing, the target everything")))
    if direction < 0 and method.name in ONE_WAY:
        what = tr("'{method}' has no direction 'less'", method=method.name)
        problems.append(Problem(method.place, what, tr("invert the indicator, or choose another normalisation")))


def _shown(post: Goalpost) -> str:
    """Return the value of a goalpost, and the id of the fact from which it comes, whose rows may be the cause."""
    return f"{post.value:g} ({post.fact})" if post.fact else f"{post.value:g}"


def named(nodes: Iterable[str]) -> Translatable:
    """Return the ids of the nodes of a message: all, or the first few and the number of further ones."""
    ids = list(dict.fromkeys(nodes))
    first = tr_list(tr("'{name}'", name=each) for each in ids[:NAMED])
    return tr("{nodes} and {count} more", nodes=first, count=len(ids) - NAMED) if len(ids) > NAMED else first


def by_problem(found: Iterable[tuple[str, Problem]]) -> Iterator[tuple[Translatable, Problem]]:
    """Yield each problem once, with the nodes that have it: a fault in one place is one problem for all of them."""
    nodes: dict[Problem, list[str]] = {}
    for node, problem in found:
        nodes.setdefault(problem, []).append(node)
    for problem, ids in nodes.items():
        yield named(ids), problem
