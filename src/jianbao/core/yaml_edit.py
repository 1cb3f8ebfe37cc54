"""Write another text into a YAML file and leave every other character as it is: comments, layout, quotation marks."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

import yaml

_PARSER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, kw_only=True)
class Scalar:
    """A text of a YAML file: the keys that lead to it, places of lists among them, its line, and where it is written.

    `start` and `end` are places of characters in the file's text; `style` is its quotation mark, "" for none.
    """

    path: tuple[str | int, ...]
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


def _below(event: Any, events: Iterator[Any], path: tuple[str | int, ...]) -> Iterator[Scalar]:
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


def with_values(text: str, values: Mapping[tuple[str | int, ...], str]) -> str:
    """Return a file's text with other texts under some keys, each written as the former one was if it can be.

    Raises KeyError for keys that lead to no text.
    """
    for path, value in values.items():
        text = _with_value(text, path, value)
    return text


def _with_value(text: str, path: tuple[str | int, ...], value: str) -> str:
    found = {each.path: each for each in scalars(text)}
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
