"""Explain the vocabulary of a workspace: words by group, the fields of files, and the words in a line of a file."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from jianbao.app.schema import ANY, FRAMEWORK, schema_of
from jianbao.core.documents import Node, whole_number
from jianbao.core.errors import Place, Problem, UsageError, nearest
from jianbao.core.messages import ENGLISH, LANGUAGES, Translatable, tr, tr_later
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_reader import parse_document
from jianbao.data.measures import declarations, filters
from jianbao.data.schemas import TYPES
from jianbao.render.html.templates import built_in_names, built_in_text, built_in_wording
from jianbao.scoring.method_options import STEPS
from jianbao.text.text_entries import WORDING_FOLDER

Shape = Mapping[str, Any]  # a JSON Schema, or a part of one
REFERENCE, DEFS = "reference.yml", "#/$defs/"
WORDING = "templates/wording"
PHRASE = "phrase"
# The groups of words: their names, and the files in which their words are used.
GROUPS: Mapping[str, tuple[str, str]] = {
    "measure": (tr_later("kind of measure"), "data/measures.yml"),
    "test": (tr_later("test of rows, under `where`"), "data/measures.yml"),
    "type": (tr_later("type of a column"), "data/tables.yml"),
    "condition": (tr_later("condition, under `when`"), f"{WORDING}/*.yml"),
    "filter": (tr_later("filter of a placeholder"), f"{WORDING}/*.yml"),
    "block": (tr_later("block of a section"), f"{WORDING}/*.yml"),
    "figure": (tr_later("kind of figure"), "templates/figures.yml"),
    "role": (tr_later("role of a part"), "templates/outline.yml"),
    "format": (tr_later("format of a product"), "templates/outline.yml"),
    "table": (tr_later("table of the program"), "templates/outline.yml"),
    "framework": (tr_later("field of the framework"), FRAMEWORK),
    **{step: (tr_later("choice of method"), FRAMEWORK) for step in STEPS},
    "parameter": (tr_later("parameter of a method"), FRAMEWORK),
    "doubt": (tr_later("field of the uncertainty"), FRAMEWORK),
    PHRASE: (tr_later("built-in phrase"), ""),
}


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word of a workspace's files: its explanation in one language, its arguments, an example, and the file."""

    group: str
    name: str
    what: str
    takes: tuple[str, ...] = ()
    example: str = ""
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a file: its path of keys (`*`: any key), its allowed contents, and whether it is required."""

    path: str
    holds: str
    needed: bool = False


def called(word: Word) -> Translatable:
    """Return the name of a word's group."""
    return tr(GROUPS[word.group][0])


def words(language: str = ENGLISH) -> tuple[Word, ...]:
    """Return every word, group by group."""
    known = language if language in LANGUAGES else ENGLISH
    return (*_declared(known), *_referred(known), *_phrases(known))


def _declared(language: str) -> Iterator[Word]:
    for name, kind in declarations.KINDS.items():
        needs = "".join(f", {key}: …" for key in kind.needs)
        example = f"id: {{{name}: {kind.reads.upper()}{needs}}}"
        yield _word("measure", name, _in(kind.says, language), takes=(*kind.needs, *kind.may), example=example)
    for group, texts in (("test", filters.TESTS), ("type", TYPES)):
        for name, says in texts.items():
            yield _word(group, name, _in(says, language), example=f"type: {name}" if group == "type" else "")


def _referred(language: str) -> Iterator[Word]:
    for group, entries in parse_document(built_in_text(REFERENCE), REFERENCE).pairs():
        for name, each in entries.pairs():
            texts = {key: str(text.value) for key, text in each.pairs()}
            if group in STEPS:
                yield _method(group, name, texts[language])
            else:
                yield _word(group, name, texts[language], example=texts.get("as", ""))


def _method(step: str, name: str, what: str) -> Word:
    option = STEPS[step][name]
    parts = "".join(f", {key}: …" for key in option.required)
    example = f"{step}: {{method: {name}{parts}}}" if parts else f"{step}: {name}"
    return _word(step, name, what, takes=(*option.required, *option.optional), example=example)


def _phrases(language: str) -> Iterator[Word]:
    for stem in built_in_names(WORDING_FOLDER):
        file = f"{WORDING}/{stem}.yml"
        phrases = built_in_wording(stem).get("phrases")
        for name, text in phrases.pairs() if phrases else ():
            explanation = text.get(language) or text.get("all")
            yield _word(PHRASE, name, str(explanation.value) if explanation else "either: …", file=file)


def _word(group: str, name: str, what: str, *, takes: tuple[str, ...] = (), example: str = "", file: str = "") -> Word:
    return Word(group=group, name=name, what=what, takes=takes, example=example, file=file or GROUPS[group][1])


def _in(text: str, language: str) -> str:
    return text.in_language(language) if isinstance(text, Translatable) else text


def explained(term: str, snapshot: Snapshot, language: str = ENGLISH) -> tuple[Word | Field, ...]:
    """Return the explanation of a word, the fields of a file, or the words in a line of a file (`FILE:LINE`).

    Raises UsageError for any other term.
    """
    file, _, line = term.rpartition(":")
    if file and line.isdecimal():
        return tuple(_in_line(file, line, snapshot, language))
    known = words(language)
    if matches := tuple(each for each in known if term in (each.name, each.group)):
        return matches
    if "/" in term or term.endswith(".yml"):
        return tuple(fields_of(PurePath(term)))
    what = tr("'{term}' is no word that jianbao explains", term=term)
    names = [*dict.fromkeys(each.name for each in known), *GROUPS]
    raise UsageError(Problem(Place(term), what, nearest(term, names, tr("'jianbao explain' lists all words"))))


def fields_of(file: PurePath) -> Iterator[Field]:
    """Yield the fields of a file in order, and then those of the parts that they refer to."""
    schema: Shape = schema_of(file)
    yield from _fields(schema, "")
    due = _named({key: each for key, each in schema.items() if key != "$defs"})
    for name in due:  # grows inside the loop
        part = schema["$defs"][name]
        due += [each for each in _named(part) if each not in due]
        yield Field(path=f"${name}", holds=_holds(part))
        yield from _fields(part, f"${name}.")


def _named(schema: Shape) -> list[str]:
    """Return the parts that a schema refers to, each once."""
    return [*dict.fromkeys(re.findall(re.escape(DEFS) + r"(\w+)", repr(schema)))]


def _fields(schema: Shape, before: str) -> Iterator[Field]:
    inner = _opened(schema)
    for key, each in _keys(inner):
        yield Field(path=f"{before}{key}", holds=_holds(each), needed=key in inner.get("required", ()))
        yield from _fields(each, f"{before}{key}.")


def _opened(schema: Shape) -> Shape:
    """Return the schema of the mapping that a schema allows, by itself, in a list or as an alternative."""
    if "properties" in schema or isinstance(schema.get("additionalProperties"), Mapping):
        return schema
    opened = map(_opened, (*([schema["items"]] if "items" in schema else []), *_choices(schema)))
    return next(filter(None, opened), {})


def _choices(schema: Shape) -> tuple[Shape, ...]:
    both = (schema[key] for key in ("then", "else") if key in schema)
    return (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *both)


def _keys(schema: Shape) -> Iterator[tuple[str, Shape]]:
    yield from schema.get("properties", {}).items()
    if isinstance(others := schema.get("additionalProperties"), Mapping):
        yield ANY, others


def _holds(schema: Shape) -> str:
    """Return a short description of what a schema allows, in the notation of schemas.yml."""
    if "$ref" in schema:
        return str(schema["$ref"]).replace(DEFS, "$")
    if "enum" in schema:
        named = dict.fromkeys(str(each).lower() for each in schema["enum"])
        return "yes_no" if {"yes", "no"} <= named.keys() else "|".join(named)
    if choices := [_holds(each) for each in _choices(schema)]:  # a list of one may be written alone
        return " or ".join(dict.fromkeys(each for each in choices if each and f"[{each}]" not in choices))
    if schema.get("type") == "array" and "items" in schema:
        return f"[{_holds(schema['items'])}]"
    kinds = schema.get("type", "")
    kind = kinds[0] if isinstance(kinds, list) else kinds
    return {"string": "text", "object": "mapping", "array": "list", "boolean": "yes_no"}.get(kind, str(kind))


_KEY = re.compile(r"\s*(?:- )?\{?\s*([\w.]+):")
_FILTER = re.compile(r"\|\s*(\w+)")


def _in_line(file: str, number: str, snapshot: Snapshot, language: str) -> Iterator[Word | Field]:
    """Yield the field in a line of a file, and the words in that line."""
    text = snapshot.text(file)
    lines, line = text.splitlines(), whole_number(number) or 0
    if not 0 < line <= len(lines):
        raise UsageError(Problem(Place(file), tr("there is no line {line}", line=number)))
    path = _path_to(parse_document(text, file), line, _KEY.match(lines[line - 1]))
    field = _field(schema_of(PurePath(file)), path) if path else None
    if field:
        yield field
    keys, asked = {*re.findall(r"[\w.]+", lines[line - 1])}, {*_FILTER.findall(lines[line - 1])}
    for word in words(language):
        about = PurePath(file).match(word.file) and word.group not in (PHRASE, "filter") and word.name in keys
        spoken = word.group == "filter" and word.name in asked
        if about or spoken or (word.group == PHRASE and word.file == file and path[1:] == [word.name]):
            yield word


def _path_to(node: Node, line: int, key: re.Match[str] | None) -> list[str]:
    """Return the path of keys to the node in a line of a document; items of a list have no key."""
    path: list[str] = []
    while True:
        meant = node.get(key[1]) if key else None
        children = [("", each) for each in node] or [*node.pairs()]
        above = [(name, each) for name, each in children if each.place.line <= line]
        later = next((each for _, each in children if each.place.line > line), None)  # below its key
        exact = meant and (meant.place.line == line or meant is later)
        if key and exact:
            return [*path, key[1]]
        if not above:
            return path
        name, node = above[-1]
        path += [name] if name else []


def _field(schema: Shape, path: list[str]) -> Field | None:
    """Return the field at a path of keys; None if the schema does not describe it."""
    shared, here, needed, known = schema.get("$defs", {}), schema, False, list[str]()
    for key in path:
        inner = [*_openings(here, shared)]
        declared = next((each for each in inner if key in each.get("properties", {})), None)
        free = next((each for each in inner if isinstance(each.get("additionalProperties"), Mapping)), None)
        if declared is None and free is None:
            break
        needed = declared is not None and key in declared.get("required", ())
        here = declared["properties"][key] if declared else free["additionalProperties"] if free else {}
        known.append(key)
    return Field(path=".".join(known), holds=_holds(here), needed=needed) if known else None


def _openings(schema: Shape, shared: Shape) -> Iterator[Shape]:
    """Yield the schema of each mapping that a schema allows: in a list, by reference or as an alternative."""
    yield schema
    named = schema.get("$ref", "").removeprefix(DEFS)
    for each in (
        *([shared[named]] if named else []),
        *([schema["items"]] if "items" in schema else []),
        *_choices(schema),
    ):
        yield from _openings(each, shared)
