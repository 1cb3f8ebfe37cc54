"""YAML documents as people write them: all text, each node with its line, typed where it is asked for.

`workspace` reads a YAML file into `Node`s; every other module asks a node for the type it needs and
adds what is wrong to a list of problems, so that one run names them all.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isnan, nan
from typing import Any, TypeVar

import yaml

from jianbao.core.encoding import unseen
from jianbao.core.errors import ContentError, JianbaoError, Place, Problem, nearest, raise_all
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_error

Problems = list[Problem]
REMEMBERED = 64  # documents: a workspace has half as many, and a proof follows a change in one of them
T = TypeVar("T")


@dataclass(frozen=True)
class Node:
    """A piece of a document: a text, a list of nodes or a mapping of nodes, and its place."""

    value: "str | tuple[Node, ...] | Mapping[str, Node]"
    place: Place

    def __hash__(self) -> int:
        """Return a hash that takes no walk through the document: what stands at one place is mostly one thing."""
        return hash(self.place)

    def get(self, key: str) -> "Node | None":
        """Return the node under `key`, or None if this is no mapping or has no such key."""
        return self.value.get(key) if isinstance(self.value, Mapping) else None

    def __iter__(self) -> "Iterator[Node]":
        return iter(self.value if isinstance(self.value, tuple) else ())

    def pairs(self) -> "Iterator[tuple[str, Node]]":
        """Yield the keys and nodes of a mapping in written order; nothing for another kind of node."""
        return iter(self.value.items() if isinstance(self.value, Mapping) else ())

    @property
    def kind(self) -> Translatable:
        """Say what this node is: "text", "list" or "mapping"."""
        if isinstance(self.value, str):
            return tr("text")
        return tr("list") if isinstance(self.value, tuple) else tr("mapping")


def overlaid(base: Node, over: Node) -> Node:
    """Return a document in which what `over` says takes the place of what `base` says, mapping by mapping."""
    if not (isinstance(base.value, Mapping) and isinstance(over.value, Mapping)):
        return over
    joined = {key: overlaid(base.value[key], node) if key in base.value else node for key, node in over.pairs()}
    return Node({**base.value, **joined}, over.place)


def parse_cached(parse: Callable[..., T], node: Node, problems: Problems, *given: Hashable, **named: Hashable) -> T:
    """Return what a parser makes of a document; the same document gives the same object, and the same problems."""
    made: T
    made, found = _read(parse, node, *given, **named)
    problems.extend(found)
    return made


@lru_cache(maxsize=REMEMBERED)
def _read(parse: Callable[..., T], node: Node, *given: Hashable, **named: Hashable) -> tuple[T, tuple[Problem, ...]]:
    problems: Problems = []
    return parse(node, *given, **named, problems=problems), tuple(problems)


def as_text(node: Node, problems: Problems) -> str:
    """Return the node's text, or "" with a problem."""
    if isinstance(node.value, str) and node.value.strip():
        return node.value
    empty = isinstance(node.value, str)
    what = tr("this is empty") if empty else tr("a text is expected here, not a {kind}", kind=node.kind)
    problems.append(Problem(node.place, what))
    return ""


def as_number(node: Node, problems: Problems) -> float:
    """Return the node's number, or NaN with a problem; "1e3" and "010" are refused as ambiguous."""
    text = as_text(node, problems)
    digits = text.removeprefix("-")
    plain = digits.replace(".", "", 1).isdecimal() and digits.isascii()
    if plain and (digits == "0" or not digits.startswith("0") or digits.startswith("0.")):
        return float(text)
    if text:
        problems.append(
            Problem(node.place, tr("'{value}' is not a number", value=text), tr("write digits, with a decimal point"))
        )
    return nan


def as_integer(node: Node, problems: Problems, least: float = -inf, most: float = inf) -> int:
    """Return the node's whole number from `least` to `most`, or 0 with a problem."""
    number = as_number(node, problems)
    if isnan(number):
        return 0
    if not number.is_integer():
        problems.append(Problem(node.place, tr("'{value}' is not a whole number", value=node.value)))
    elif number < least:
        problems.append(
            Problem(node.place, tr("'{value}' is below {least:g}, the least allowed", value=node.value, least=least))
        )
    elif number > most:
        problems.append(
            Problem(node.place, tr("'{value}' is above {most:g}, the most allowed", value=node.value, most=most))
        )
    else:
        return int(number)
    return 0


def as_yes_no(node: Node, problems: Problems) -> bool:
    """Return True for "yes" or "true", False for "no" or "false", else False with a problem."""
    return as_choice(node, ("yes", "no", "true", "false"), problems) in ("yes", "true")


def as_choice(node: Node, allowed: Iterable[str], problems: Problems, what: Translatable = NO_TEXT) -> str:
    """Return the node's text if it is allowed, else "" with a problem that names the nearest one."""
    choices = list(allowed)
    text = as_text(node, problems)
    if not text or text in choices:
        return text
    problems.append(
        Problem(
            node.place,
            tr("'{value}' is not {what}", value=text, what=what or tr("an allowed value")),
            nearest(text, choices),
        )
    )
    return ""


def as_list(node: Node, problems: Problems) -> tuple[Node, ...]:
    """Return the node's items; a single text counts as a list of one."""
    if isinstance(node.value, tuple):
        return node.value
    if isinstance(node.value, str) and node.value.strip():
        return (node,)
    problems.append(Problem(node.place, tr("a list is expected here, not a {kind}", kind=node.kind)))
    return ()


def as_texts(node: Node | None, problems: Problems) -> tuple[str, ...]:
    """Return the texts of a list, none where there is no node; a single text counts as a list of one."""
    return tuple(as_text(item, problems) for item in as_list(node, problems)) if node else ()


def as_mapping(
    node: Node, problems: Problems, required: Iterable[str] = (), optional: Iterable[str] | None = ()
) -> Mapping[str, Node]:
    """Return the node's mapping, with a problem for each missing or unknown key (`optional=None`: any key)."""
    if not isinstance(node.value, Mapping):
        problems.append(Problem(node.place, tr("a mapping is expected here, not a {kind}", kind=node.kind)))
        return {}
    needed = tuple(required)
    for key in needed:
        if key not in node.value:
            problems.append(Problem(node.place, tr("'{key}' is missing", key=key)))
    if optional is not None:
        known = (*needed, *optional)
        for key, child in node.value.items():
            if key not in known:
                problems.append(Problem(child.place, tr("'{key}' is not known here", key=key), nearest(key, known)))
    return node.value


LARGEST_DOCUMENT = 5_000_000  # characters of a YAML file: a hundred times the longest that a person writes
DEEPEST = 30  # levels of a YAML file
CACHED_FILES = 64  # files: a workspace has half as many, and a proof follows a change in one of them
QUOTE = tr("a text with ': ' must be quoted")
_PARSER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def parse_document(text: str, file: str, error: type[JianbaoError] = ContentError) -> Node:
    """Read YAML as text: every scalar stays what was written, and every node knows its line.

    Tags, anchors and aliases, a second document, keys given twice, and deep nesting are problems. An empty file
    is an empty text. Raises `error`. What has been read is remembered.
    """
    node, problems = _parsed(text, file)
    raise_all(problems, error)
    return node


@lru_cache(maxsize=CACHED_FILES)
def _parsed(text: str, file: str) -> tuple[Node, tuple[Problem, ...]]:
    node = Node("", Place(file, 1))
    if len(text) > LARGEST_DOCUMENT:
        return node, (Problem(Place(file), tr("the file is too long: {length:,} characters", length=len(text))),)
    problems: Problems = []
    try:
        node = _document(yaml.parse(text, Loader=_PARSER), file, problems)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        what = " ".join(filter(None, (fault.context, fault.problem)))
        hint = QUOTE if "mapping values" in what else NO_TEXT
        problems.append(
            Problem(Place(file, mark.line + 1 if mark else 0), tr("this is not YAML: {error}", error=what), hint)
        )
    except yaml.YAMLError as fault:
        problems.append(Problem(Place(file), tr("this is not YAML: {error}", error=tr_error(fault))))
    return node, tuple(problems)


def _document(events: Iterator[Any], file: str, problems: Problems) -> Node:
    """Make nodes of the events of one document."""
    node = Node("", Place(file, 1))
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                problems.append(
                    Problem(_place(event, file), tr("a second document starts here"), tr("delete the '---'"))
                )
        elif isinstance(event, yaml.NodeEvent):
            node = _node(event, events, file, problems, 1)
    return node


def _place(event: Any, file: str) -> Place:
    return Place(file, event.start_mark.line + 1)


def _node(event: Any, events: Iterator[Any], file: str, problems: Problems, depth: int) -> Node:
    place = _place(event, file)
    if depth > DEEPEST:
        raise yaml.MarkedYAMLError(problem=tr("it is nested too deeply"), problem_mark=event.start_mark)
    if isinstance(event, yaml.AliasEvent):
        problems.append(Problem(place, tr("this is an alias: '*{anchor}'", anchor=event.anchor), tr("write it out")))
        return Node("", place)
    if event.anchor:
        problems.append(
            Problem(
                place,
                tr("this is an anchor: '&{anchor}'", anchor=event.anchor),
                tr("write it out where it is needed"),
            )
        )
    if event.tag:
        problems.append(
            Problem(place, tr("this is a tag: '{tag}'", tag=event.tag), tr("delete it: everything is read as text"))
        )
    if isinstance(event, yaml.ScalarEvent):
        if what := unseen(str(event.value)):  # written as "\\u202e", which the encoding does not show
            problems.append(Problem(place, what, tr("delete it")))
        return Node(str(event.value), place)
    if isinstance(event, yaml.SequenceStartEvent):
        return Node(tuple(_items(events, file, problems, depth + 1)), place)
    return Node(_mapping(events, file, problems, depth + 1), place)


def _items(events: Iterator[Any], file: str, problems: Problems, depth: int) -> Iterator[Node]:
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            return
        yield _node(event, events, file, problems, depth)


def _mapping(events: Iterator[Any], file: str, problems: Problems, depth: int) -> dict[str, Node]:
    found: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            break
        key = _node(event, events, file, problems, depth)
        value = _node(next(events), events, file, problems, depth)
        if not isinstance(key.value, str):
            problems.append(Problem(key.place, tr("a {kind} cannot be a key", kind=key.kind)))
        elif key.value in found:
            what = tr("'{value}' is already in line {line}", value=key.value, line=lines[key.value])
            problems.append(Problem(key.place, what, tr("keep one of the two")))
        else:
            found[key.value] = value
            lines[key.value] = key.place.line
    return found
