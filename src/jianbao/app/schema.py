"""The JSON Schema of each file that people edit, for YAML editors, made from the tables that the readers use."""

from collections.abc import Iterable, Mapping
from pathlib import PurePath

from jianbao.core.documents import Node
from jianbao.core.errors import Place, Problem, UsageError, nearest
from jianbao.core.messages import tr
from jianbao.core.yaml_reader import parse_document
from jianbao.data.claim_limits import STATES
from jianbao.render.html.templates import built_in_text
from jianbao.scoring import method_options
from jianbao.scoring.method_reader import ABOUT
from jianbao.scoring.uncertainty import GOALPOSTS, KEYS, WEIGHTS

Schema = dict[str, object]
TEXT_SCHEMA: Schema = {"type": "string", "minLength": 1}
NUMBER_SCHEMA: Schema = {"type": "number"}
COUNT_SCHEMA: Schema = {"type": "integer", "minimum": 0}
SHARE_SCHEMA: Schema = {"type": "number", "minimum": 0, "maximum": 1}
YES_NO_SCHEMA: Schema = {"enum": [True, False, "yes", "no", "true", "false"]}
HALF_WIDTH_SCHEMA: Schema = {"type": "number", "minimum": 0, "exclusiveMaximum": 0.5}
PAIR_SCHEMA: Schema = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
YES_NO: Schema = {"enum": ["yes", "no", True, False]}


def framework_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a framework file."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "jianbao framework",
        **_mapping({key: _TOP[key] for key in (*method_options.TOP, *method_options.TOP_OPTIONAL)}, method_options.TOP),
        "$defs": {
            "name": {"oneOf": [TEXT_SCHEMA, {"type": "object", "additionalProperties": TEXT_SCHEMA}]},
            "reason": {"type": ["object", "array"], "description": tr("a wording in each language: {{zh: …, en: …}}")},
            "sources": {"oneOf": [TEXT_SCHEMA, {"type": "array", "items": TEXT_SCHEMA}]},
            "branch": _node(method_options.BRANCH, method_options.BRANCH_OPTIONAL),
            "indicator": {
                **_node((), method_options.LEAF_OPTIONAL),
                "oneOf": [{"required": ["fact"]}, {"required": ["column"]}],
            },
            **{step: _step(choices) for step, choices in method_options.STEPS.items()},
        },
    }


def _mapping(properties: Mapping[str, object], required: Iterable[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def _reference(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _node(required: tuple[str, ...], optional: tuple[str, ...]) -> Schema:
    needed = (*method_options.NODE, *required)
    return _mapping({key: _NODE[key] for key in (*needed, *method_options.NODE_OPTIONAL, *optional)}, needed)


def _step(choices: Mapping[str, method_options.MethodOption]) -> Schema:
    """Return the schema of one step: a name for methods without required parameters, or a mapping for each method."""
    bare = [name for name, choice in choices.items() if not choice.required]
    written = [_method(name, choice) for name, choice in choices.items()]
    return {"oneOf": [{"enum": bare}, *written]}


def _method(name: str, choice: method_options.MethodOption) -> Schema:
    about: dict[str, object] = dict(
        zip(
            ABOUT,
            ({"const": name}, _reference("reason"), _reference("sources"), {"enum": list(STATES)}, TEXT_SCHEMA),
            strict=True,
        )
    )
    parameters = {key: _parameter(method_options.PARAMETERS[key]) for key in (*choice.required, *choice.optional)}
    return _mapping({**about, **parameters}, ("method", *choice.required))


def _parameter(kind: str | tuple[str, ...]) -> Schema:
    if isinstance(kind, tuple):
        # YAML's own types: an editor reads `yes` as true and `1` as a number.
        also: list[object] = [int(each) for each in kind if each.isdecimal()]
        also += [each == "yes" for each in kind if each in ("yes", "no")]
        return {"enum": [*kind, *also]}
    kinds: dict[str, Schema] = {
        method_options.NUMBER: NUMBER_SCHEMA,
        method_options.NUMBERS: {"type": "array", "items": NUMBER_SCHEMA},
        method_options.GOALPOST: {"oneOf": [NUMBER_SCHEMA, _mapping({"fact": TEXT_SCHEMA}, ("fact",))]},
        method_options.MATRIX: {"type": "array", "items": {"type": "array", "items": {"type": ["number", "string"]}}},
        method_options.METHODS: {"type": "array", "minItems": 1, "items": _reference("treat")},
        method_options.REASON: _reference("reason"),
    }
    return kinds.get(kind, TEXT_SCHEMA)


_STEPS: dict[str, object] = {step: _reference(step) for step in method_options.STEPS}

_DOUBTS: dict[str, object] = {
    "weights": {
        "oneOf": [
            _mapping(
                {WEIGHTS[0]: {"oneOf": [{"const": "flat"}, {"type": "number", "exclusiveMinimum": 0}]}}, WEIGHTS[:1]
            ),
            _mapping({WEIGHTS[1]: SHARE_SCHEMA}, WEIGHTS[1:]),
        ]
    },
    "goalposts": _mapping({"floor": HALF_WIDTH_SCHEMA, "target": HALF_WIDTH_SCHEMA}, GOALPOSTS),
    "normalise": {"type": "array", "items": {"oneOf": [{"type": "string"}, {"type": "object"}]}},
    "aggregate": {"type": "object", "additionalProperties": {"type": "array", "items": _reference("aggregate")}},
    "measurement": YES_NO,
    "because": _reference("reason"),
}

_NODE: dict[str, object] = {
    **_STEPS,
    "id": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
    "name": _reference("name"),
    "weight": {"type": "number", "minimum": 0},
    "because": _reference("reason"),
    "source": _reference("sources"),
    "children": {
        "type": "array",
        "minItems": 1,
        "items": {"if": {"required": ["children"]}, "then": _reference("branch"), "else": _reference("indicator")},
    },
    "minimum_coverage": SHARE_SCHEMA,
    "least_indicators": COUNT_SCHEMA,
    "fact": TEXT_SCHEMA,
    "column": TEXT_SCHEMA,
    "aspect": {"enum": list(method_options.ASPECTS)},
    "direction": {"enum": list(method_options.DIRECTIONS)},
    "denominate": _mapping({"by": TEXT_SCHEMA, "per": NUMBER_SCHEMA}, ("by",)),
    "control": {
        "enum": list(method_options.CONTROLS),
        "description": tr("who decides about it: the city, the city with others, or others alone"),
    },
    "error": _mapping({"absolute": NUMBER_SCHEMA, "relative": NUMBER_SCHEMA, "shared": YES_NO}),
}

_SCREEN = dict(zip(method_options.SCREEN, (SHARE_SCHEMA, {"enum": list(method_options.SCREENED)}), strict=True))

_TOP: dict[str, object] = {
    "index": _reference("branch"),
    "seed": COUNT_SCHEMA,
    "draws": COUNT_SCHEMA,
    "interval": {**PAIR_SCHEMA, "items": {"type": "number", "minimum": 0, "maximum": 100}},
    "decimals": COUNT_SCHEMA,
    "rank_decimals": COUNT_SCHEMA,
    "scale": PAIR_SCHEMA,
    "contributions": {"enum": list(method_options.CONTRIBUTIONS)},
    "reference": {
        "oneOf": [
            {"enum": list(method_options.REFERENCES)},
            _mapping({step: {"enum": list(method_options.REFERENCES)} for step in method_options.REFERENCE}),
        ]
    },
    "minimum_coverage": SHARE_SCHEMA,
    "leave_out_unmeasured": YES_NO_SCHEMA,
    "screen": {
        "oneOf": [
            SHARE_SCHEMA,
            _mapping(_SCREEN, method_options.SCREEN),
        ]
    },
    "coverage": {"enum": list(method_options.COVERAGES)},
    "table": _mapping(
        {"unit": TEXT_SCHEMA, "period": TEXT_SCHEMA, "groups": {"type": "array", "items": TEXT_SCHEMA}}, ("unit",)
    ),
    "defaults": _mapping(
        {**{key: _STEPS.get(key, {"enum": list(method_options.DIRECTIONS)}) for key in method_options.DEFAULTS}}
    ),
    "uncertainty": _mapping({key: _DOUBTS[key] for key in KEYS}),
}


FRAMEWORK = "data/framework.yml"
SCHEMAS = "schemas.yml"
ANY, NEEDED = "*", "!"
# Every scalar is read as text: what YAML takes for a number, a date or a boolean may be meant as text.
KINDS: Mapping[str, Mapping[str, object]] = {
    "text": {"type": ["string", "number", "boolean"]},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "yes_no": YES_NO_SCHEMA,
    "day": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
}


def editable_files() -> tuple[str, ...]:
    """Return the paths of the files that have a schema; `*` is any name."""
    return (FRAMEWORK, *(name for name, _ in _described("files").pairs()))


def schema_of(file: PurePath) -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of a workspace file, which need not exist.

    Raises UsageError for any other file.
    """
    name = next((each for each in editable_files() if file.match(each)), "")
    if not name:
        what, known = tr("this is no file of a workspace that has a schema"), editable_files()
        raise UsageError(Problem(Place(str(file)), what, nearest(str(file), known)))
    if name == FRAMEWORK:
        return framework_schema()
    parts = {key: _expanded(part) for key, part in _described("parts").pairs()}
    written = _described("files").get(name)
    assert written
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"jianbao {name}",
        **_expanded(written),
        "$defs": parts,
    }


def _described(key: str) -> Node:
    description = parse_document(built_in_text(SCHEMAS), SCHEMAS).get(key)
    assert description
    return description


def _expanded(node: Node) -> dict[str, object]:
    """Return a description as JSON Schema."""
    if isinstance(node.value, str):
        choices = [_kind(each) for each in node.value.split(" or ")]
        return choices[0] if len(choices) == 1 else {"anyOf": choices}
    if isinstance(node.value, tuple):
        return _list_of(_expanded(node.value[0]))
    others = node.get(ANY) or node.get(ANY + NEEDED)
    needed = [key.removesuffix(NEEDED) for key, _ in node.pairs() if key.endswith(NEEDED) and key != ANY + NEEDED]
    return {
        "type": "object",
        "properties": {
            key.removesuffix(NEEDED): _expanded(each) for key, each in node.pairs() if key.removesuffix(NEEDED) != ANY
        },
        "required": needed,
        "additionalProperties": _expanded(others) if others else False,
        "minProperties": int(ANY + NEEDED in dict(node.pairs())),
    }


def _kind(word: str) -> dict[str, object]:
    if word.startswith("["):
        return _list_of(_kind(word.strip("[]")))
    if word.startswith("$"):
        return {"$ref": f"#/$defs/{word[1:]}"}
    return dict(KINDS[word]) if word in KINDS else {"enum": word.split("|")}


def _list_of(each: dict[str, object]) -> dict[str, object]:
    """Return the schema of a list whose only item may be written without a list."""
    return {"anyOf": [{"type": "array", "items": each}, each]}
