"""The transcript of a YAML file: every scalar stays what was written, and every node knows its line."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import yaml

from jianbao.documents import Node, Problems
from jianbao.errors import ContentError, JianbaoError, Place, Problem, raise_all
from jianbao.evidence.encoding import unseen

LARGEST_DOCUMENT = 5_000_000  # characters of a YAML file: a hundred times the longest that a person writes
DEEPEST = 30  # levels of a YAML file
REMEMBERED = 64  # files: a workspace has half as many, and a proof follows a change in one of them
QUOTE = "a text that holds ': ' must stand in quotes"
_PARSER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def parse_document(text: str, file: str, error: type[JianbaoError] = ContentError) -> Node:
    """Read YAML as text: every scalar stays what was written, and every node knows its line.

    Tags, anchors and aliases, a second document, keys given twice, and deep nesting are problems. An empty file
    is an empty text. Raises `error`. What has been read is remembered.
    """
    node, problems = _parsed(text, file)
    raise_all(problems, error)
    return node


@lru_cache(maxsize=REMEMBERED)
def _parsed(text: str, file: str) -> tuple[Node, tuple[Problem, ...]]:
    node = Node("", Place(file, 1))
    if len(text) > LARGEST_DOCUMENT:
        return node, (Problem(Place(file), f"the file is too long: {len(text):,} characters"),)
    problems: Problems = []
    try:
        node = _document(yaml.parse(text, Loader=_PARSER), file, problems)
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        what = " ".join(filter(None, (fault.context, fault.problem)))
        hint = QUOTE if "mapping values" in what else ""
        problems.append(Problem(Place(file, mark.line + 1 if mark else 0), f"this is not YAML: {what}", hint))
    except yaml.YAMLError as fault:
        problems.append(Problem(Place(file), f"this is not YAML: {fault}"))
    return node, tuple(problems)


def _document(events: Iterator[Any], file: str, problems: Problems) -> Node:
    """Make nodes of the events of one document."""
    node = Node("", Place(file, 1))
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                problems.append(Problem(_place(event, file), "a second document begins here", "delete the '---'"))
        elif isinstance(event, yaml.NodeEvent):
            node = _node(event, events, file, problems, 1)
    return node


def _place(event: Any, file: str) -> Place:
    return Place(file, event.start_mark.line + 1)


def _node(event: Any, events: Iterator[Any], file: str, problems: Problems, depth: int) -> Node:
    place = _place(event, file)
    if depth > DEEPEST:
        raise yaml.MarkedYAMLError(problem="it is nested too deeply", problem_mark=event.start_mark)
    if isinstance(event, yaml.AliasEvent):
        problems.append(Problem(place, f"an alias stands here: '*{event.anchor}'", "write it out"))
        return Node("", place)
    if event.anchor:
        problems.append(Problem(place, f"an anchor stands here: '&{event.anchor}'", "write it out where it is needed"))
    if event.tag:
        problems.append(Problem(place, f"a tag stands here: '{event.tag}'", "delete it: everything is read as text"))
    if isinstance(event, yaml.ScalarEvent):
        if what := unseen(str(event.value)):  # written as "\\u202e", which the encoding does not show
            problems.append(Problem(place, what, "delete it"))
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
            problems.append(Problem(key.place, f"a {key.kind} cannot be a key"))
        elif key.value in found:
            what = f"'{key.value}' already stands in line {lines[key.value]}"
            problems.append(Problem(key.place, what, "keep one of the two"))
        else:
            found[key.value] = value
            lines[key.value] = key.place.line
    return found
