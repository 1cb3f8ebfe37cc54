"""The JSON Schema of each file that people edit, for editors that complete and check YAML."""

from collections.abc import Mapping
from pathlib import PurePath

from jianbao.core.documents import Node
from jianbao.core.errors import Place, Problem, UsageError, nearest
from jianbao.core.messages import tr
from jianbao.core.yaml_reader import parse_document
from jianbao.render.html.templates import built_in_text
from jianbao.scoring.json_schema import framework_schema

FRAMEWORK = "data/framework.yml"
SCHEMAS = "schemas.yml"
ANY, NEEDED = "*", "!"
# Every scalar is read as it is written: what YAML takes for a number, a day or a truth may be meant as a text.
KINDS: Mapping[str, Mapping[str, object]] = {
    "text": {"type": ["string", "number", "boolean"]},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "yes_no": {"enum": [True, False, "yes", "no", "true", "false"]},
    "day": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
}


def editable_files() -> tuple[str, ...]:
    """Return the files that have a schema, by their paths in a workspace; `*` stands for any name."""
    return (FRAMEWORK, *(name for name, _ in _described("files").pairs()))


def schema_of(file: PurePath) -> dict[str, object]:
    """Return the JSON Schema (draft 2020-12) of a file of a workspace, which need not exist.

    Raises UsageError for a file that is none of a workspace's.
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
    found = parse_document(built_in_text(SCHEMAS), SCHEMAS).get(key)
    assert found
    return found


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
    """Return the schema of a list, or of one thing alone, which counts as a list of one."""
    return {"anyOf": [{"type": "array", "items": each}, each]}
