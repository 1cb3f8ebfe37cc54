"""Write another text into a YAML file and leave every other character as it is: comments, layout, quotation marks."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

Keys = tuple[str | int, ...]  # that lead to a text, places of lists among them
_PARSER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """A text of a YAML file: the keys that lead to it, places of lists among them, its line, and where it is written.

    `start` and `end` are places of characters in the file's text; `style` is its quotation mark, "" for none.
    """

    path: Keys
    value: str
    line: int
    start: int
    end: int
    style: str


def scalars(text: str) -> Iterator[Scalar]:
    """Yield every text of a file that is read without problems, but keys."""
    events = yaml.parse(text, Loader=_PARSER)
    for event in events:
        if isinstance(event, yaml.NodeEvent):
            yield from _below(event, events, ())


def _below(event: Any, events: Iterator[Any], path: Keys) -> Iterator[Scalar]:
    if isinstance(event, yaml.ScalarEvent):
        start, end = cast(yaml.Mark, event.start_mark), cast(yaml.Mark, event.end_mark)
        style = event.style or ""
        yield Scalar(path=path, value=event.value, line=start.line + 1, start=start.index, end=end.index, style=style)
    elif isinstance(event, yaml.SequenceStartEvent):
        for place, item in enumerate(_children(events)):
            yield from _below(item, events, (*path, place))
    elif isinstance(event, yaml.MappingStartEvent):
        for key in _children(events):
            if not isinstance(key, yaml.ScalarEvent):
                raise yaml.YAMLError(key)
            yield from _below(next(events), events, (*path, str(key.value)))


def _children(events: Iterator[Any]) -> Iterator[Any]:
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            return
        yield event


def with_values(text: str, values: Mapping[Keys, str]) -> str:
    """Return a file's text with other texts under some keys, each written as the former one was if it can be.

    A key that is not there is added after the first text of its mapping. Raises KeyError if that has none.
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
    tail = "\n" if text[scalar.start : scalar.end].endswith("\n") else ""  # of a text written as a block
    for written in _ways(value, scalar.style):
        made = f"{text[: scalar.start]}{written}{tail}{text[scalar.end :]}"
        try:
            if {each.path: each.value for each in scalars(made)} == wanted:
                return made
        except yaml.YAMLError:
            continue
    raise ValueError(value)  # no text that a reader may have typed: in double quotation marks, any can be written


def _ways(value: str, style: str) -> Iterator[str]:
    """Yield how a text may be written: as the former one was, plainly, in double quotation marks, in single ones."""
    double = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    single = "'" + value.replace("'", "''") + "'"
    same = {'"': (double,), "'": (single,)}.get(style, ())
    yield from (*same, *(() if style in ("'", '"') else (value,)), *((single,) if '"' in value else ()), double, single)
