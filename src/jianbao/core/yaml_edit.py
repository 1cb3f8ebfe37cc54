"""Change or delete entries of a YAML file, or translate its comments, and leave everything else unchanged."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, cast

import yaml

Keys = tuple[str | int, ...]  # the path to a text: keys of mappings and indices of lists
_PLAIN = re.compile(r"[^\W_](?:[\w ’.()·—-]*[\w)])?")
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


def with_words(text: str, words: Mapping[str, str], besides: Collection[str]) -> str:
    """Return a YAML file with each text that is one of these words replaced, except under the keys `besides`.

    A new word contains neither a quotation mark nor a backslash; it is written without quotation marks if possible.
    """
    for each in reversed([*scalars(text)]):
        if each.value in words and each.path and each.path[-1] not in besides:
            word = words[each.value]
            written = word if _PLAIN.fullmatch(word) else f'"{word}"'
            text = f"{text[: each.start]}{written}{text[each.end :]}"
    return text


ScalarsByPath = Mapping[Keys, Scalar]


def _with_key(text: str, found: ScalarsByPath, path: Keys, value: str) -> str:
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


def _with_value(text: str, found: ScalarsByPath, path: Keys, value: str) -> str:
    scalar = found[path]
    wanted = {key: value if key == path else each.value for key, each in found.items()}
    tail = "\n" if text[scalar.start : scalar.end].endswith("\n") else ""  # a block of text ends with a line break
    for written in _spellings(value, scalar.style):
        made = f"{text[: scalar.start]}{written}{tail}{text[scalar.end :]}"
        try:
            if {each.path: each.value for each in scalars(made)} == wanted:
                return made
        except yaml.YAMLError:
            continue
    raise ValueError(value)  # only for characters that cannot be typed: double quotation marks allow all others


def _spellings(value: str, style: str) -> Iterator[str]:
    """Yield the ways to write a text: in the former style, without quotation marks, in double ones, in single ones."""
    double = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    single = "'" + value.replace("'", "''") + "'"
    same = {'"': (double,), "'": (single,)}.get(style, ())
    yield from (*same, *(() if style in ("'", '"') else (value,)), *((single,) if '"' in value else ()), double, single)


# Deleting entries


def without(text: str, paths: Collection[Keys]) -> str:
    """Return a YAML file without the entries at some paths, each with the comment above it if it begins a line.

    A comment above the first entry of the file stays. A node left without entries becomes {} or []. Raises ValueError
    if the layout does not allow it.
    """
    root = yaml.compose(text, Loader=_PARSER)
    made = text
    for start, end, new in sorted(_cuts(text, root, (), {*paths}), reverse=True):
        made = made[:start] + new + made[end:]
    if made == text:
        return text
    try:
        if not yaml.compose(made, Loader=_PARSER):
            made += _empty(root) + "\n"
        if yaml.load(made, Loader=_PARSER) == _pruned(yaml.load(text, Loader=_PARSER), paths, ()):
            return made
    except yaml.YAMLError:
        pass
    raise ValueError(text[:80])


def _cuts(text: str, node: Any, path: Keys, gone: Collection[Keys], key: int = 0) -> Iterator[tuple[int, int, str]]:
    """Yield the places of cuts below a node, and the text put there; `key` is the end of the node's own key."""
    pairs = _pairs(node)
    if not pairs:
        return
    own = [(*path, index if name is value else str(name.value)) for index, (name, value) in enumerate(pairs)]
    dropped = [index for index, each in enumerate(own) if each in gone]
    if dropped and len(dropped) == len(pairs) and (path or node.flow_style):
        yield from _cuts_of_emptied(text, node, path, key)
        return
    if node.flow_style:
        yield from _cuts_between_brackets(pairs, dropped)
    else:
        yield from (_cut_of_lines(text, path, pairs, index) for index in dropped)
    for index, (name, value) in enumerate(pairs):
        if index not in dropped:
            yield from _cuts(text, value, own[index], gone, name.end_mark.index)


def _pairs(node: Any) -> list[tuple[Any, Any]]:
    """Return the entries of a node, as keys and values; an item of a list is both."""
    if isinstance(node, yaml.SequenceNode):
        return [(item, item) for item in node.value]
    return list(node.value) if isinstance(node, yaml.MappingNode) else []


def _empty(node: Any) -> str:
    return "[]" if isinstance(node, yaml.SequenceNode) else "{}"


def _cuts_of_emptied(text: str, node: Any, path: Keys, key: int) -> Iterator[tuple[int, int, str]]:
    """Yield the cuts that leave a node without entries: its brackets alone, beside its key or dash."""
    start, end = int(node.start_mark.index), _end(node)
    if node.flow_style or isinstance(path[-1], int):
        yield start, end, _empty(node)
        return
    colon = text.find(":", key) + 1
    yield colon, colon, f" {_empty(node)}"
    yield text.rfind("\n", 0, start) + 1, _line_end(text, end), ""


def _cuts_between_brackets(pairs: Sequence[tuple[Any, Any]], dropped: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    """Yield the cuts of entries between brackets, adjacent ones together with the comma before or after them."""
    for _, group in groupby(enumerate(dropped), lambda each: each[1] - each[0]):
        run = [index for _, index in group]
        if run[0]:
            yield _end(pairs[run[0] - 1][1]), _end(pairs[run[-1]][1]), ""
        else:
            yield pairs[0][0].start_mark.index, pairs[run[-1] + 1][0].start_mark.index, ""


def _cut_of_lines(text: str, path: Keys, pairs: Sequence[tuple[Any, Any]], index: int) -> tuple[int, int, str]:
    """Return the cut of an entry on separate lines, with the comment above it."""
    key, value = pairs[index]
    start, end = key.start_mark.index, _end(value)
    line = text.rfind("\n", 0, start) + 1
    if key is not value and text[line:start].strip() and len(pairs) > 1:  # after the dash of an item
        return start, pairs[1][0].start_mark.index, ""
    while line and (index or path) and _is_comment(text, line):
        line = text.rfind("\n", 0, line - 1) + 1
    return line, _line_end(text, end), ""


def _line_end(text: str, end: int) -> int:
    """Return the index after the line in which an entry ends."""
    return end if text[end - 1 : end] == "\n" else text.find("\n", end) + 1 or len(text)


def _is_comment(text: str, line: int) -> bool:
    """Return whether the line before the one that begins here is a comment."""
    return text[text.rfind("\n", 0, line - 1) + 1 : line].lstrip().startswith("#")


def _end(node: Any) -> int:
    """Return the end of the last text of a node; PyYAML puts the end of a block after the comments that follow it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _pruned(value: Any, gone: Collection[Keys], path: Keys) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(each, gone, (*path, key)) for key, each in value.items() if (*path, key) not in gone}
    if isinstance(value, list):
        return [_pruned(each, gone, (*path, at)) for at, each in enumerate(value) if (*path, at) not in gone]
    return value


# Comments


def with_comments(text: str, translated: Mapping[str, str]) -> str:
    """Return a YAML file with its comments translated; one that is not among them stays.

    Comments on adjacent lines are one comment with line breaks; a comment at the end of an entry is separate.
    """
    lines: list[str] = []
    for whole, group in groupby(text.splitlines(), key=lambda line: line.lstrip().startswith("#")):
        found = [*group]
        lines += (
            _translate_comment(found, translated)
            if whole
            else [_translate_end_comment(line, translated) for line in found]
        )
    return "".join(f"{line}\n" for line in lines)


def _translate_comment(lines: Sequence[str], translated: Mapping[str, str]) -> list[str]:
    """Return the lines of a separate comment, translated if there is a translation."""
    lead = lines[0][: lines[0].index("#")] + "# "
    own = translated.get("\n".join(line.lstrip().removeprefix("#").removeprefix(" ") for line in lines))
    return [f"{lead}{line}" for line in own.splitlines()] if own else [*lines]


def _translate_end_comment(line: str, translated: Mapping[str, str]) -> str:
    """Return a line of entries with the comment after them translated."""
    code, sign, text = line.rpartition(" # ")
    return f"{code}{sign}{translated[text]}" if sign and text in translated else line
