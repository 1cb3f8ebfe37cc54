"""Read the framework file, with a problem for each error in it."""

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_integer,
    as_list,
    as_mapping,
    as_number,
    as_text,
    as_texts,
    as_yes_no,
)
from jianbao.core.errors import Problem
from jianbao.core.messages import tr
from jianbao.scoring.framework import (
    Branch,
    Component,
    Denominator,
    Framework,
    Indicator,
    MeasurementError,
    Method,
    References,
    Screen,
    TableColumns,
)
from jianbao.scoring.method_options import (
    ASPECTS,
    BRANCH,
    BRANCH_OPTIONAL,
    CONTRIBUTIONS,
    CONTROLS,
    COVERAGES,
    DEFAULTS,
    DIRECTIONS,
    LEAF_OPTIONAL,
    NODE,
    NODE_OPTIONAL,
    REFERENCE,
    REFERENCES,
    SCREEN,
    SCREENED,
    STEPS,
    TOP,
    TOP_OPTIONAL,
    UNKNOWN,
)
from jianbao.scoring.method_reader import check_direction, read_method
from jianbao.scoring.uncertainty import read_uncertainty
from jianbao.scoring.validate import check_framework

ID = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, kw_only=True)
class _ReadContext:
    """The context shared by the readers of all nodes: the file's defaults, minimum coverage, required languages.

    `direction` is None if the defaults name none; `problems` collects the errors of all nodes.
    """

    defaults: Mapping[str, Method]
    direction: int | None
    least: float
    languages: tuple[str, ...]
    problems: Problems


def read_framework(
    node: Node,
    problems: Problems,
    languages: tuple[str, ...] = (),
    sources: Collection[str] | None = None,
) -> Framework | None:
    """Read a framework file; return None if it has any error, with the errors in `problems`.

    With `languages` every name and reason must be there in each of them, every node and goalpost has a reason, and
    every goalpost a source. `sources` are the ids that may be named (None: any).
    """
    before = len(problems)
    top = as_mapping(node, problems, TOP, TOP_OPTIONAL)
    reader = _reader(top, languages, problems)
    root = _component(top["index"], "", reader) if "index" in top else None
    if not isinstance(root, Branch):
        problems += [Problem(root.place, tr("the index has no children"))] if root is not None else []
        return None
    framework = _assembled(root, top, reader.least, problems)
    if "uncertainty" in top:
        framework = replace(framework, uncertainty=read_uncertainty(top["uncertainty"], framework, languages, problems))
    check_framework(framework, node, languages, sources, problems)
    problems[before:] = dict.fromkeys(problems[before:])
    return framework if len(problems) == before else None


def _reader(top: Mapping[str, Node], languages: tuple[str, ...], problems: Problems) -> _ReadContext:
    """Read the defaults once for all nodes that use them, so that an error in them is reported once."""
    defaults = as_mapping(top["defaults"], problems, (), DEFAULTS) if "defaults" in top else {}
    return _ReadContext(
        defaults={step: read_method(step, defaults[step], problems) for step in STEPS if step in defaults},
        direction=_direction(defaults["direction"], problems) if "direction" in defaults else None,
        least=_number(fields=top, key="minimum_coverage", default=0.0, problems=problems, low=0.0, high=1.0),
        languages=languages,
        problems=problems,
    )


def _direction(node: Node, problems: Problems) -> int:
    return -1 if as_choice(node, DIRECTIONS, problems) == "less" else 1


def _assembled(root: Branch, top: Mapping[str, Node], least: float, problems: Problems) -> Framework:
    return Framework(
        index=root,
        minimum_coverage=least,
        scale=_pair(top, "scale", (0.0, 100.0), problems),
        seed=_count(top, "seed", 0, problems),
        draws=_count(top, "draws", 0, problems),
        interval=_interval(top, problems),
        decimals=_count(top, "decimals", 1, problems),
        rank_decimals=_count(top, "rank_decimals", 0, problems) if "rank_decimals" in top else None,
        contributions=_choice(top, "contributions", CONTRIBUTIONS, problems),
        reference=_references(top, problems),
        screen=_screen(top, problems),
        coverage=_choice(top, "coverage", COVERAGES, problems) or "weight",
        table=_table(top["table"], problems) if "table" in top else TableColumns(),
        leaves_out=(node := top.get("leave_out_unmeasured")) is not None and as_yes_no(node, problems),
    )


def _references(top: Mapping[str, Node], problems: Problems) -> References:
    """Read the rows that are compared: one word for all steps, or one for each."""
    node = top.get("reference")
    if node is not None and node.kind == "mapping":
        fields = as_mapping(node, problems, (), REFERENCE)
        return References(*(_choice(fields, step, REFERENCES, problems) for step in REFERENCE))
    word = _choice(top, "reference", REFERENCES, problems)
    return References(word, word, word)


def _screen(top: Mapping[str, Node], problems: Problems) -> Screen:
    node = top.get("screen")
    if node is None or node.kind != "mapping":
        return Screen(_number(fields=top, key="screen", default=0.0, problems=problems, high=1.0))
    fields = as_mapping(node, problems, SCREEN)
    least = _number(fields=fields, key="least", default=0.0, problems=problems, high=1.0)
    return Screen(least, _choice(fields, "when", SCREENED, problems) == SCREENED[1])


def _choice(fields: Mapping[str, Node], key: str, allowed: tuple[str, ...], problems: Problems) -> str:
    return as_choice(fields[key], allowed, problems, tr("a value of '{key}'", key=key)) if key in fields else ""


def _number(
    fields: Mapping[str, Node], key: str, default: float, problems: Problems, low: float = 0.0, high: float = math.inf
) -> float:
    if key not in fields:
        return default
    value = as_number(fields[key], problems)
    if not math.isnan(value) and not low <= value <= high:
        problems.append(
            Problem(
                fields[key].place,
                tr("{key} {value:g} is not between {low:g} and {high:g}", key=key, value=value, low=low, high=high),
            )
        )
    return value


def _count(fields: Mapping[str, Node], key: str, default: int, problems: Problems) -> int:
    return as_integer(fields[key], problems, least=0) if key in fields else default


def _interval(top: Mapping[str, Node], problems: Problems) -> tuple[float, float]:
    low, high = _pair(top, "interval", (5.0, 95.0), problems)
    if low < 0 or high > 100:
        problems.append(
            Problem(
                top["interval"].place, tr("'interval' {low:g} to {high:g} is not between 0 and 100", low=low, high=high)
            )
        )
    return low, high


def _pair(
    fields: Mapping[str, Node], key: str, default: tuple[float, float], problems: Problems
) -> tuple[float, float]:
    if key not in fields:
        return default
    values = [as_number(each, problems) for each in as_list(fields[key], problems)]
    if len(values) != 2 or not values[0] < values[1]:
        problems.append(Problem(fields[key].place, tr("'{key}' needs two numbers, the lower first", key=key)))
        return default
    return values[0], values[1]


def _table(node: Node, problems: Problems) -> TableColumns:
    fields = as_mapping(node, problems, ("unit",), ("period", "groups"))
    groups = as_texts(fields.get("groups"), problems)
    period = as_text(fields["period"], problems) if "period" in fields else ""
    return TableColumns(as_text(fields["unit"], problems) if "unit" in fields else "", period, groups)


def _component(node: Node, parent: str, reader: _ReadContext) -> Component | None:
    """Read a node and all below it; `parent` is the parent's method of weighting ("" for the index itself)."""
    problems = reader.problems
    inner = node.get("children") is not None
    optional = (*NODE_OPTIONAL, *(BRANCH_OPTIONAL if inner else LEAF_OPTIONAL))
    fields = as_mapping(node, problems, (*NODE, *(BRANCH if inner else ())), optional)
    if "id" not in fields:
        return None
    node_id = as_text(fields["id"], problems)
    if node_id and not ID.fullmatch(node_id):
        hint = tr("small letters, digits and underscores, a letter first")
        problems.append(Problem(fields["id"].place, tr("'{node_id}' cannot be an id", node_id=node_id), hint))
    _check_weight(node, parent, problems)
    return _branch(node_id, node, fields, reader) if inner else _leaf(node_id, node, fields, reader)


def _check_weight(node: Node, parent: str, problems: Problems) -> None:
    weight = node.get("weight")
    if weight is None and parent == "given":
        problems.append(Problem(node.place, tr("'weight' is missing"), tr("the parent's weights are given")))
    if weight is not None and parent not in ("given", UNKNOWN):
        what = (
            tr("a weight is given, but the parent's weights are '{parent}'", parent=parent)
            if parent
            else tr("the index has no weight")
        )
        problems.append(Problem(weight.place, what, tr("say `weights: given` there, or leave the weight out")))


def _step(step: str, fields: Mapping[str, Node], node: Node, reader: _ReadContext) -> Method:
    """Read a choice from the node, or from the file's defaults; it must be named in one of them."""
    if step in fields:
        return read_method(step, fields[step], reader.problems)
    if step in reader.defaults:
        return reader.defaults[step]
    if step in ("treat", "impute"):
        return Method(name="none", parameters={}, place=node.place)
    hint = tr("every choice must be stated, here or under 'defaults'")
    reader.problems.append(Problem(node.place, tr("'{key}' is missing", key=step), hint))
    return Method(name=UNKNOWN, parameters={}, place=node.place)


def _branch(node_id: str, node: Node, fields: Mapping[str, Node], reader: _ReadContext) -> Branch:
    problems = reader.problems
    weights = _step("weights", fields, node, reader)
    listed = as_list(fields["children"], problems) if fields["children"].value else ()  # none is left: see `validate`
    children = [_component(child, weights.name, reader) for child in listed]
    return Branch(
        id=node_id,
        name=_name(fields, node, node_id, reader),
        children=tuple(child for child in children if child is not None),
        weights=weights,
        aggregate=_step("aggregate", fields, node, reader),
        minimum_coverage=_number(fields, "minimum_coverage", reader.least, problems, low=0.0, high=1.0),
        least_indicators=_count(fields, "least_indicators", 0, problems),
        weight=_number(fields, "weight", 1.0, problems),
        because=fields.get("because"),
        source=as_texts(fields.get("source"), problems),
        place=node.place,
    )


def _leaf(node_id: str, node: Node, fields: Mapping[str, Node], reader: _ReadContext) -> Indicator:
    problems = reader.problems
    reads = [key for key in ("fact", "column") if key in fields]
    if len(reads) != 1:
        problems.append(
            Problem(
                node.place,
                tr("'{node_id}' must have one fact or one column", node_id=node_id),
                tr("or give it children"),
            )
        )
    if "aspect" in fields and "fact" not in fields:
        hint = tr("to divide by a column, write 'denominate'")
        problems.append(Problem(fields["aspect"].place, tr("only a fact has an 'aspect'"), hint))
    direction = _direction(fields["direction"], problems) if "direction" in fields else reader.direction
    if direction is None:
        problems.append(Problem(node.place, tr("'direction' is missing"), tr("more or less: which is better?")))
        direction = 1
    normalise = _step("normalise", fields, node, reader)
    check_direction(normalise, direction, problems)
    return Indicator(
        id=node_id,
        name=_name(fields, node, node_id, reader),
        column=as_text(fields[reads[0]], problems) if reads else "",
        normalise=normalise,
        treat=_step("treat", fields, node, reader),
        impute=_step("impute", fields, node, reader),
        direction=direction,
        aspect=_choice(fields, "aspect", ASPECTS, problems) or "value",
        denominate=_denominator(fields["denominate"], problems) if "denominate" in fields else None,
        error=_error(fields["error"], problems) if "error" in fields else None,
        control=_choice(fields, "control", CONTROLS, problems),
        weight=_number(fields, "weight", 1.0, problems),
        because=fields.get("because"),
        source=as_texts(fields.get("source"), problems),
        place=node.place,
    )


def _denominator(node: Node, problems: Problems) -> Denominator:
    fields = as_mapping(node, problems, ("by",), ("per",))
    by = as_text(fields["by"], problems) if "by" in fields else ""
    return Denominator(by, _number(fields, "per", 1.0, problems))


def _error(node: Node, problems: Problems) -> MeasurementError:
    fields = as_mapping(node, problems, (), ("absolute", "relative", "shared"))
    if ("absolute" in fields) == ("relative" in fields):
        problems.append(
            Problem(node.place, tr("an error is either 'absolute' or 'relative'"), tr("a standard deviation"))
        )
    shared = as_yes_no(fields["shared"], problems) if "shared" in fields else False
    absolute, relative = (_number(fields, key, 0.0, problems) for key in ("absolute", "relative"))
    return MeasurementError(absolute, relative, shared)


def _name(fields: Mapping[str, Node], node: Node, node_id: str, reader: _ReadContext) -> Mapping[str, str]:
    """Read a name in every language; a table's framework may give one text, or only the id."""
    written = fields.get("name")
    if written is None:
        if reader.languages:
            reader.problems.append(Problem(node.place, tr("'{node_id}' has no name", node_id=node_id)))
        return {"": node_id}
    if written.kind == "text":
        name = as_text(written, reader.problems)
        if reader.languages:
            wanted = ", ".join(reader.languages)
            reader.problems.append(
                Problem(
                    written.place,
                    tr("'{name}' is a name in one language", name=name),
                    tr("needed: {wanted}", wanted=wanted),
                )
            )
        return {"": name}
    names = as_mapping(written, reader.problems, reader.languages, None)
    return {language: as_text(name, reader.problems) for language, name in names.items()}
