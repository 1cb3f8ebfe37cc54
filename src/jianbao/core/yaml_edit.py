"""Change texts in a YAML file and leave everything else as it is: comments, layout, quotation marks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

Keys = tuple[str | int, ...]  # the path to a text: keys of mappings and indices of lists
_PARSER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """A text of a YAML file: the path to it, its value, and where it is written.

    `line` counts from 1; `start` and `end` are indices of characters in the file; `style` is its quotation mark or
    block indicator, "" for none.
    """

    path: Keys
    value: str
    line: int
    start: int
    end: int
    style: str


def scalars(text: str) -> Iterator[Scalar]:
    """Yield every text of a YAML file except keys; the file must be one that `yaml_reader` accepts."""
    events = yaml.parse(text, Loader=_PARSER)
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            yield from _scalars_below(event, events, ())


def _scalars_below(event: Any, events: Iterator[Any], path: Keys) -> Iterator[Scalar]:
    if isinstance(event, yaml.ScalarEvent):
        start, end = cast(yaml.Mark, event.start_mark), cast(yaml.Mark, event.end_mark)
        style = event.style or ""
        yield Scalar(path=path, value=event.value, line=start.line + 1, start=start.index, end=end.index, style=style)
    elif isinstance(event, yaml.SequenceStartEvent):
        for index, item in enumerate(_children(events)):
            yield from _scalars_below(item, events, (*path, index))
    elif isinstance(event, yaml.MappingStartEvent):
        for key in _children(events):
            if not isinstance(key, yaml.ScalarEvent):
                raise yaml.YAMLError(key)
            yield from _scalars_below(next(events), events, (*path, str(key.value)))


def _children(events: Iterator[Any]) -> Iterator[Any]:
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            return
        yield event


def with_values(text: str, values: Mapping[Keys, str]) -> str:
    """Return a YAML file with new values at some paths, each in the style of the former one if possible.

    A missing key is added after the first text of its mapping. Raises KeyError if the mapping has no text.
    """
    for path, value in values.items():
        found = {each.path: each for each in scalars(text)}
        change = _with_value if path in found else _with_key
        text = change(text, found, path, value)
    return text


Found = Mapping[Keys, Scalar]


def _with_key(text: str, found: Found, path: Keys, value: str) -> str:
    first = next((each for each in found.values() if each.path[:-1] == path[:-1]), None)
    if first is None:
        raise KeyError(path)
    wanted = {key: each.value for key, each in found.items()} | {path: value}
    entry, line = f"{path[-1]}: {value}", text.rfind("\n", 0, first.start) + 1
    head = re.match(r" *(?:- +)*", text[line:])
    after = text.find("\n", first.end) + 1 or len(text)
    end = "\r\n" if text[:after].endswith("\r\n") else "\n"
    below = f"{text[:after]}{' ' * len(head[0] if head else '')}{entry}{end}{text[after:]}"
    beside = f"{text[: first.end]}, {entry}{text[first.end :]}"  # between braces
    for made in (below, beside):
        try:
            if {each.path: each.value for each in scalars(made)} == wanted:
                return made
        except yaml.YAMLError:
            continue
    raise KeyError(path)


def _with_value(text: str, found: Found, path: Keys, value: str) -> str:
    scalar = found[path]
    wanted = {key: value if key == path else each.value for key, each in found.items()}
    tail = "\n" if text[scalar.start : scalar.end].endswith("\n") else ""  # a block of text ends with a line break
    for written in _ways(value, scalar.style):
        made = f"{text[: scalar.start]}{written}{tail}{text[scalar.end :]}"
        try:
            if {each.path: each.value for each in scalars(made)} == wanted:
                return made
        except yaml.YAMLError:
            continue
    raise ValueError(value)  # only for characters that cannot be typed: double quotation marks allow all others


def _ways(value: str, style: str) -> Iterator[str]:
    """Yield the ways to write a text: in the former style, without quotation marks, in double ones, in single ones."""
    double = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    single = "'" + value.replace("'", "''") + "'"
    same = {'"': (double,), "'": (single,)}.get(style, ())
    yield from (*same, *(() if style in ("'", '"') else (value,)), *((single,) if '"' in value else ()), double, single)
