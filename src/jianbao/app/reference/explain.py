"""Explain what may be written: every word by its group, the fields of every file, and what stands in a line of one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from jianbao.app.reference.schema import ANY, FRAMEWORK, schema_of
from jianbao.core.documents import Node
from jianbao.core.errors import Place, Problem, UsageError, nearest
from jianbao.core.messages import ENGLISH, LANGUAGES, Translatable, tr, tr_later
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_reader import parse_document
from jianbao.data.measures import declarations, filters
from jianbao.data.schemas import TYPES
from jianbao.render.html.templates import built_in_names, built_in_text, built_in_wording
from jianbao.scoring.method_options import STEPS
from jianbao.text.entries import SAID

Shape = Mapping[str, Any]  # a JSON Schema, or a part of one
REFERENCE, DEFS = "reference.yml", "#/$defs/"
WORDING = "templates/wording"
PHRASE = "phrase"
# The groups of words: what they are called, and the file in which they are written.
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
    """A word that may be written: what it is in the language asked for, what goes with it, an example, and where."""

    group: str
    name: str
    what: str
    takes: tuple[str, ...] = ()
    example: str = ""
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a file: the keys that lead to it (`*`: any), what it may hold, and whether it is needed."""

    path: str
    holds: str
    needed: bool = False


def called(word: Word) -> Translatable:
    """Return what the group of a word is called."""
    return tr(GROUPS[word.group][0])


def words(language: str = ENGLISH) -> tuple[Word, ...]:
    """Return every word that may be written, group by group."""
    told = language if language in LANGUAGES else ENGLISH
    return (*_declared(told), *_referred(told), *_phrases(told))


def _declared(language: str) -> Iterator[Word]:
    for name, kind in declarations.KINDS.items():
        needs = "".join(f", {key}: …" for key in kind.needs)
        example = f"id: {{{name}: {kind.reads.upper()}{needs}}}"
        yield _word("measure", name, _in(kind.says, language), takes=(*kind.needs, *kind.may), example=example)
    for group, texts in (("test", filters.TESTS), ("type", TYPES)):
        for name, says in texts.items():
            yield _word(group, name, _in(says, language), example=f"type: {name}" if group == "type" else "")


def _referred(language: str) -> Iterator[Word]:
    for group, found in parse_document(built_in_text(REFERENCE), REFERENCE).pairs():
        for name, each in found.pairs():
            said = {key: str(text.value) for key, text in each.pairs()}
            if group in STEPS:
                yield _method(group, name, said[language])
            else:
                yield _word(group, name, said[language], example=said.get("as", ""))


def _method(step: str, name: str, what: str) -> Word:
    option = STEPS[step][name]
    parts = "".join(f", {key}: …" for key in option.required)
    example = f"{step}: {{method: {name}{parts}}}" if parts else f"{step}: {name}"
    return _word(step, name, what, takes=(*option.required, *option.optional), example=example)


def _phrases(language: str) -> Iterator[Word]:
    for stem in built_in_names(SAID):
        file = f"{WORDING}/{stem}.yml"
        phrases = built_in_wording(stem).get("phrases")
        for name, text in phrases.pairs() if phrases else ():
            found = text.get(language) or text.get("all")
            yield _word(PHRASE, name, str(found.value) if found else "either: …", file=file)


def _word(group: str, name: str, what: str, takes: tuple[str, ...] = (), example: str = "", file: str = "") -> Word:
    return Word(group=group, name=name, what=what, takes=takes, example=example, file=file or GROUPS[group][1])


def _in(text: str, language: str) -> str:
    return text.in_language(language) if isinstance(text, Translatable) else text


def explained(term: str, snapshot: Snapshot, language: str = ENGLISH) -> tuple[Word | Field, ...]:
    """Return what a word is, which fields a file has, or what stands in a line of a file (`FILE:LINE`).

    Raises UsageError for what is none of these.
    """
    file, _, line = term.rpartition(":")
    if file and line.isdecimal():
        return tuple(_in_line(file, int(line), snapshot, language))
    known = words(language)
    if found := tuple(each for each in known if term in (each.name, each.group)):
        return found
    if "/" in term or term.endswith(".yml"):
        return tuple(fields_of(PurePath(term)))
    what = tr("'{term}' is no word that jianbao explains", term=term)
    names = [*dict.fromkeys(each.name for each in known), *GROUPS]
    raise UsageError(Problem(Place(term), what, nearest(term, names, tr("'jianbao explain' lists all words"))))


def fields_of(file: PurePath) -> Iterator[Field]:
    """Yield the fields of a file in order, and then those of the parts that they name."""
    schema: Shape = schema_of(file)
    yield from _fields(schema, "")
    due = _named({key: each for key, each in schema.items() if key != "$defs"})
    for name in due:  # which grows on the way
        part = schema["$defs"][name]
        due += [each for each in _named(part) if each not in due]
        yield Field(path=f"${name}", holds=_holds(part))
        yield from _fields(part, f"${name}.")


def _named(schema: Shape) -> list[str]:
    """Return the parts that a schema names, each once."""
    return [*dict.fromkeys(re.findall(re.escape(DEFS) + r"(\w+)", repr(schema)))]


def _fields(schema: Shape, before: str) -> Iterator[Field]:
    inner = _opened(schema)
    for key, each in _keys(inner):
        yield Field(path=f"{before}{key}", holds=_holds(each), needed=key in inner.get("required", ()))
        yield from _fields(each, f"{before}{key}.")


def _opened(schema: Shape) -> Shape:
    """Return the mapping that a schema allows, if it is one, in a list or beside something else."""
    if "properties" in schema or isinstance(schema.get("additionalProperties"), Mapping):
        return schema
    found = map(_opened, (*([schema["items"]] if "items" in schema else []), *_choices(schema)))
    return next(filter(None, found), {})


def _choices(schema: Shape) -> tuple[Shape, ...]:
    both = (schema[key] for key in ("then", "else") if key in schema)
    return (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *both)


def _keys(schema: Shape) -> Iterator[tuple[str, Shape]]:
    yield from schema.get("properties", {}).items()
    if isinstance(others := schema.get("additionalProperties"), Mapping):
        yield ANY, others


def _holds(schema: Shape) -> str:
    """Say in short what a schema allows, as schemas.yml writes it."""
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


def _in_line(file: str, line: int, snapshot: Snapshot, language: str) -> Iterator[Word | Field]:
    """Yield the field that a line of a file is about, and the words that stand in it."""
    text = snapshot.text(file)
    lines = text.splitlines()
    if not 0 < line <= len(lines):
        raise UsageError(Problem(Place(file), tr("there is no line {line}", line=line)))
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
    """Return the keys that lead to what begins in a line of a document; an item of a list has none of its own."""
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
    """Return the field to which keys lead; None if the schema does not say what stands there."""
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
    """Yield each mapping that a schema allows, in a list, under a name or beside something else."""
    yield schema
    named = schema.get("$ref", "").removeprefix(DEFS)
    for each in (
        *([shared[named]] if named else []),
        *([schema["items"]] if "items" in schema else []),
        *_choices(schema),
    ):
        yield from _openings(each, shared)
