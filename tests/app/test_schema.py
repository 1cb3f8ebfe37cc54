"""Every file that people edit has a JSON Schema that knows what its reader knows."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from typing import Any

import jsonschema
import pytest
import yaml

from jianbao.app import check, workspace
from jianbao.app.new_workspace import SIZES
from jianbao.app.schema import editable_files, schema_of
from jianbao.core import documents, yaml_reader
from jianbao.core.documents import Node, Problems
from tests.workspaces import MINIATURE, ROOT, run

pytestmark = pytest.mark.slow

OFFICIAL = Path(__file__).parents[1] / "product/official/workspace"
WORKSPACES = (ROOT, MINIATURE, OFFICIAL)


class Reader(yaml.SafeLoader):
    """Reads YAML as editors do, in which a day is a text."""


Reader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in known if not tag.endswith(":timestamp")]
    for letter, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def files(root: Path) -> list[PurePath]:
    """Return the YAML files of a workspace by their paths in it."""
    found = [*root.glob("data/*.yml"), *root.glob("templates/*.yml"), *root.glob("templates/wording/*.yml")]
    return [path.relative_to(root) for path in sorted(found)]


def faults(root: Path, file: PurePath) -> list[str]:
    judge = jsonschema.Draft202012Validator(schema_of(file))
    read = yaml.load((root / file).read_text("utf-8"), Reader)
    return [error.message for error in judge.iter_errors(read)] if read is not None else []


@pytest.mark.parametrize("file", editable_files())
def test_every_schema_is_one(file: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema_of(PurePath(file.replace("*", "x"))))


@pytest.mark.parametrize("root", WORKSPACES, ids=lambda root: root.name)
def test_the_files_of_a_workspace_are_as_their_schemas_say(root: Path) -> None:
    assert files(root)
    assert {str(file): found for file in files(root) if (found := faults(root, file))} == {}


@pytest.mark.parametrize("size", SIZES)
def test_the_files_of_a_new_workspace_are_as_their_schemas_say(tmp_path: Path, size: str) -> None:
    assert run("new", tmp_path / "town", "--languages", "en", "--like", size).code == 0
    assert {str(file): found for file in files(tmp_path / "town") if (found := faults(tmp_path / "town", file))} == {}


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("data/tables.yml", "t: {colums: {}}", "'colums' was unexpected"),
        ("data/tables.yml", "t: {columns: {a: {type: nubmer}}}", "'nubmer' is not one of"),
        ("data/rules.yml", "one: {}", "'when' is a required property"),
        ("data/editions.yml", "format: two", "'two' is not of type 'integer'"),
        ("templates/wording/local.yml", "title: {zh: 一}\nblock: []", "'block' was unexpected"),
        ("templates/theme.yml", "paper: A5", "'A5' is not one of"),
        ("towns/batch.yml", "- {edition: 2031}", "not valid under any of the given schemas"),
    ],
)
def test_what_its_reader_refuses_is_against_the_schema(file: str, text: str, says: str) -> None:
    judge = jsonschema.Draft202012Validator(schema_of(PurePath(file)))
    found = " ".join(error.message for error in judge.iter_errors(yaml.safe_load(text)))
    assert says in found


# A schema and its reader


def mappings(node: Node, schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[tuple[int, set[str], bool]]:
    """Yield of each mapping in a document who it is, the keys that its schema knows, and whether it knows any key."""
    for each in options(schema, whole):
        if node.kind == "list" and each.get("type") == "array":
            for item in node:
                yield from mappings(item, each["items"], whole)
        elif node.kind == "mapping" and each.get("type") == "object":
            known, others = each["properties"], each["additionalProperties"]
            yield id(node), set(known), bool(others)
            for key, child in node.pairs():
                yield from mappings(child, known.get(key, others or {}), whole)


def options(schema: Mapping[str, Any], whole: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what a schema allows, references followed."""
    if "$ref" in schema:
        yield from options(whole["$defs"][schema["$ref"].rpartition("/")[2]], whole)
    for each in schema.get("anyOf", ()):
        yield from options(each, whole)
    yield schema


@pytest.mark.parametrize("root", (MINIATURE, ROOT), ids=lambda root: root.name)
def test_a_schema_knows_every_key_that_the_reader_of_its_file_knows(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[int, tuple[Node, set[str]]] = {}
    plain = documents.as_mapping

    def heard(
        node: Node, problems: Problems, required: Iterable[str] = (), optional: Iterable[str] | None = ()
    ) -> Mapping[str, Node]:
        needed, may = tuple(required), tuple(optional or ())
        asked[id(node)] = node, {*needed, *may}
        return plain(node, problems, needed, None if optional is None else may)

    for name, module in list(sys.modules.items()):
        if name.startswith("jianbao.") and getattr(module, "as_mapping", None) is plain:
            monkeypatch.setattr(module, "as_mapping", heard)
    yaml_reader._parsed.cache_clear()
    documents._read.cache_clear()
    snapshot = workspace.snapshot(root)
    assert check.examine_edition(snapshot, "").errors == ()
    compared = 0
    for file in files(root):
        if str(file) == "data/framework.yml":
            continue  # its schema is made from the tables of its reader
        whole = schema_of(file)
        known: dict[int, tuple[set[str], bool]] = {}
        for mapping, keys, others in mappings(snapshot.document(str(file)), whole, whole):
            before = known.get(mapping, (set(), False))
            known[mapping] = before[0] | keys, before[1] or others
        for mapping, (keys, others) in known.items():
            if mapping in asked:
                compared += 1
                assert others or asked[mapping][1] <= keys, f"{file}: {asked[mapping][1] - keys}"
    documents._read.cache_clear()
    assert compared > 100


def test_the_command_prints_the_schema_of_a_file_and_knows_which_there_are() -> None:
    done = run("schema", "data/tables.yml")
    assert done.code == 0 and json.loads(done.out)["title"] == "jianbao data/tables.yml"
    assert json.loads(run("schema").out)["title"] == "jianbao framework"
    wrong = run("schema", "data/table.yml")
    assert wrong.code == 2 and "did you mean 'data/tables.yml'?" in wrong.err
