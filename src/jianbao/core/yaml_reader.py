"""Read YAML as text, each node with its line; errors name the line and what to type instead."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from jianbao.core.documents import Node, Problems
from jianbao.core.encoding import invisible_character
from jianbao.core.errors import ContentError, JianbaoError, Place, Problem, raise_all
from jianbao.core.messages import Translatable, tr, tr_error, tr_foreign, tr_later

LARGEST_DOCUMENT = 5_000_000  # characters of a YAML file: a hundred times the longest hand-written one
SEARCHED_LINES = 20  # lines above an error that are searched for its cause
MAX_DEPTH = 30  # levels of a YAML file
CACHED_FILES = 64  # a workspace has half as many, and the preview reads a changed one again
SEARCHED_LENGTH = 2_000  # characters of the longest line that is searched for a typing error
QUOTED_LENGTH = 160  # characters of a line that a message quotes
_PARSER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

# The messages of PyYAML's parser on a line that is not YAML.
PARSER_MESSAGES = (
    tr_later("mapping values are not allowed in this context"),
    tr_later("block sequence entries are not allowed in this context"),
    tr_later("did not find expected key"),
    tr_later("did not find expected {sign} indicator"),
    tr_later("did not find expected {one} or {other}"),
    tr_later("did not find expected node content"),
    tr_later("could not find expected {sign}"),
    tr_later("found character that cannot start any token"),
    tr_later("found unexpected end of stream"),
    tr_later("found unknown escape character"),
    tr_later("found a tab character that violates indentation"),
    tr_later("control characters are not allowed"),
)


def parse_document(text: str, file: str, error: type[JianbaoError] = ContentError) -> Node:
    """Return YAML as a node with all its children: scalars are texts as written, and each node has its line.

    Tags, anchors, aliases, a second document, duplicate keys and deep nesting are problems. An empty file is an empty
    text. Raises `error` with all problems. Results are cached.
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
    lines = tuple(text.splitlines())
    source = _Source(file, lines, tuple(Place(file, number + 1) for number in range(len(lines) + 2)))
    try:
        node = _document(yaml.parse(text, Loader=_PARSER), source, problems)
    except yaml.MarkedYAMLError as fault:
        found = source.problem(fault)
        return node, (*(each for each in problems if each.where != found.where), found)
    except yaml.YAMLError as fault:
        problems.append(Problem(Place(file), tr("this is not YAML ({error})", error=tr_error(fault))))
    return node, tuple(problems)


@dataclass(frozen=True)
class _Source:
    """A file with its lines, the place of each line and of the end; all that begins in a line shares its place."""

    file: str
    lines: Sequence[str]
    places: Sequence[Place]

    def place(self, event: Any) -> Place:
        """Return where an event begins."""
        line: int = event.start_mark.line
        return self.places[line]

    def problem(self, fault: yaml.MarkedYAMLError) -> Problem:
        """Return the problem of a file that is not YAML: the typing error, and the line as it was probably meant."""
        mark = fault.problem_mark or fault.context_mark
        if isinstance(fault.problem, Translatable):
            return Problem(Place(self.file, mark.line + 1 if mark else 0), fault.problem)
        last = min(mark.line if mark else 0, len(self.lines) - 1)
        begun = min(fault.context_mark.line if fault.context_mark else last, last - 2)
        for at in range(last, max(begun, last - SEARCHED_LINES, 0) - 1, -1):
            if slip := _slip(self.lines, at, last):
                return self.slip(at, slip)
        if headless := self.headless(last):
            return headless
        for at in (last, last - 1):
            if at > 0 and (slip := _misplaced(self.lines, at)):
                return self.slip(at, slip)
        said = tr_foreign(fault.problem or fault.context or "", PARSER_MESSAGES)
        line = self.lines[last].strip() if self.lines else ""
        what = tr("this line is not YAML: '{line}'", line=_cut(line))
        return Problem(Place(self.file, last + 1), what, tr("see this line and the one above ({error})", error=said))

    def headless(self, last: int) -> Problem | None:
        """Return the problem of a file whose first line is indented although a later one is not, else None."""
        first = next((at for at, line in enumerate(self.lines) if not re.match(r"\s*(#|$)", line)), last)
        below, above = (len(line) - len(line.lstrip(" ")) for line in (self.lines[last], self.lines[first]))
        if not 0 == below < above:
            return None
        what = tr("the file begins with an indented line: '{line}'", line=_cut(self.lines[first].strip()))
        hint = tr("write the id of the entry and a colon in the line above, or do not indent it")
        return Problem(Place(self.file, first + 1), what, hint)

    def slip(self, at: int, slip: "_Slip") -> Problem:
        """Return the problem of a typing error in a line, with the line to type as the hint."""
        what, typed = slip
        line = _cut(self.lines[at].strip())
        hint = tr("type: {typed}", typed=_cut(typed))
        return Problem(self.places[at], tr("{what}: '{line}'", what=what, line=line), hint)


def _cut(line: str) -> str:
    return line if len(line) <= QUOTED_LENGTH else f"{line[:QUOTED_LENGTH]}…"


def _document(events: Iterator[Any], source: _Source, problems: Problems) -> Node:
    """Make nodes of the events of one document."""
    node = Node("", Place(source.file, 1))
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                problems.append(
                    Problem(source.place(event), tr("a second document starts here"), tr("delete the '---'"))
                )
        elif isinstance(event, yaml.NodeEvent):
            node = _node(event, events, source, problems, 1)
    return node


def _node(event: Any, events: Iterator[Any], source: _Source, problems: Problems, depth: int) -> Node:
    place = source.place(event)
    if depth > MAX_DEPTH:
        raise yaml.MarkedYAMLError(problem=tr("it is nested too deeply"), problem_mark=event.start_mark)
    if isinstance(event, yaml.AliasEvent):
        problems.append(Problem(place, tr("this is an alias: '*{anchor}'", anchor=event.anchor), tr("write it out")))
        return Node("", place)
    if event.anchor:
        what = tr("this is an anchor: '&{anchor}'", anchor=event.anchor)
        problems.append(Problem(place, what, tr("write it out where it is needed")))
    if event.tag:
        slip = _slip(source.lines, place.line - 1, place.line - 1)
        what = tr("this is a tag: '{tag}'", tag=event.tag)
        hint = tr("delete it: everything is read as text")
        problems.append(source.slip(place.line - 1, slip) if slip else Problem(place, what, hint))
    if isinstance(event, yaml.ScalarEvent):
        if what := invisible_character(str(event.value)):  # escaped ("\\u202e"), so that `decode` did not find it
            problems.append(Problem(place, what, tr("delete it")))
        if cut_off := _cut_off(event, source):
            what = tr("what follows '#' is taken for a comment: '{lost}'", lost=_cut(cut_off))
            problems.append(Problem(place, what, tr("put the text in quotation marks, or a blank after '#'")))
        return Node(str(event.value), place)
    if isinstance(event, yaml.SequenceStartEvent):
        return Node(tuple(_items(events, source, problems, depth + 1)), place)
    return Node(_mapping(events, source, problems, depth + 1), place)


def _items(events: Iterator[Any], source: _Source, problems: Problems, depth: int) -> Iterator[Node]:
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            return
        yield _node(event, events, source, problems, depth)


def _mapping(events: Iterator[Any], source: _Source, problems: Problems, depth: int) -> dict[str, Node]:
    found: dict[str, Node] = {}
    lines: dict[str, int] = {}
    duplicates: list[Node] = []
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            break
        key = _node(event, events, source, problems, depth)
        value = _node(next(events), events, source, problems, depth)
        at = key.place.line - 1
        plain = isinstance(key.value, str) and not _WIDE_KEY.search(key.value)
        if not plain and (slip := _slip(source.lines, at, at)):
            problems.append(source.slip(at, slip))
        elif not isinstance(key.value, str):
            problems.append(Problem(key.place, tr("a {kind} cannot be a key", kind=key.kind)))
        elif key.value in found:
            duplicates.append(key)
        else:
            found[key.value] = value
            lines[key.value] = key.place.line
    if duplicates:
        problems.append(_duplicates(duplicates, lines))
    return found


def _duplicates(keys: list[Node], lines: Mapping[str, int]) -> Problem:
    """Return the problem of duplicate keys; if there are several, the line above them is probably missing."""
    first, more = keys[0], len(keys) - 1
    what = tr("'{value}' is already in line {line}", value=first.value, line=lines[str(first.value)])
    if not more:
        return Problem(first.place, what, tr("keep one of the two"))
    what = tr("{what}, and so are {count} more keys from here on", what=what, count=more)
    return Problem(first.place, what, tr("does a line lack here that begins another entry?"))


def _cut_off(event: Any, source: _Source) -> str:
    """Return the part of an unquoted text that a '#' cuts off as a comment, "" if none."""
    end = event.end_mark
    unquoted = not event.style and end.line < len(source.lines)  # a text without quotation marks has no style
    line = source.lines[end.line] if unquoted else ""
    match = re.match(r"\s+(#\S.*)", line[end.column :]) if "#" in line else None
    return match[1] if match and event.value else ""


# Typing errors, recognised by patterns. A key is a word before a colon, perhaps after the dash of a list item.
_KEY = r"(?P<key>(?:- +)*[\w.-]+)"
_BLANKS = " \t\u3000\u00a0"
_WIDE = str.maketrans("：，｛｝［］＃\u3000\u00a0", ":,{}[]#  ")
_WIDE_KEY = re.compile(r"[：\u3000\u00a0]")
# Between braces: a text that begins with a placeholder, or has quotation marks inside, up to the next key or the end;
# and a key, with its separator from others.
_INNER_TEXT = re.compile(
    r"""([{,]\s*[A-Za-z][\w.-]*:\s+)"""
    r"""(\{\{.*?|(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*[^\s,}\]#].*?)(?=\s*(?:,\s*[A-Za-z][\w.-]*:\s|\}\s*$))"""
)
_UNCLOSED = re.compile(r"""(: "[^"]*?)(?=,\s*[A-Za-z][\w.-]*: ["'{]|\}+\s*$)""")
_INNER_KEY = re.compile(r"([{,，]\s*)([A-Za-z][\w.-]*)\s*[：:]\s*", re.ASCII)
_RESERVED = "%@`*&!|>"  # characters that cannot begin an unquoted text
INNER_QUOTES = tr("there are quotation marks inside the text")
_CLOSING = {"{": "}", "[": "]"}
_Slip = tuple[Translatable, str]  # the fault of a line, and the line as it was probably meant


def _slip(lines: Sequence[str], at: int, last: int) -> _Slip | None:
    """Return the probable fault of the line at an index, None if there is none; `last` is where the parser failed."""
    line = lines[at]
    bare = line.strip(_BLANKS)
    if not bare or bare.startswith("#") or len(line) > SEARCHED_LENGTH:
        return None
    lead = line[: len(line) - len(line.lstrip(_BLANKS))]
    if lead.strip(" "):
        tab, wide = tr("the line is indented with a tab"), tr("the line is indented with full-width blanks")
        levels, opens = _levels(lines, at)
        return tab if "\t" in lead else wide, " " * ((levels or [0])[0] + 2 * opens) + bare
    if match := re.fullmatch(r"(?:[－—–•·]|-(?=[^\s-]))\s*(\S.*)", bare):
        return tr("an item of a list must begin with '-' and a blank"), f"- {match[1]}"
    if match := re.fullmatch(_KEY + r"\s*：\s*(?P<value>.*)", bare):
        return tr("the colon is full-width"), f"{match['key']}: {match['value']}".rstrip()
    if match := re.fullmatch(_KEY + r":(?P<value>[^\s/].*)", bare):
        return tr("a blank is missing after the colon"), f"{match['key']}: {match['value']}"
    match = re.fullmatch(_KEY + r":\s+(?P<value>.+)", bare) or re.fullmatch(r"- +(?P<value>.+)", bare)
    slip = _in_value(match["value"], lines[at + 1 : last + 1]) if match else None
    return (slip[0], bare[: match.start("value")] + slip[1]) if match and slip else None


def _in_value(value: str, below: Sequence[str]) -> _Slip | None:
    """Return the probable fault of the value of a key, or of an item."""
    if value[0] in "\"'":
        return _in_quotes(value, below)
    if value.startswith("!!"):  # a tag, not a text
        return None
    if value.startswith("{{") or value[0] in _RESERVED:
        what = tr("a text that begins with '{sign}' must be in quotation marks", sign=value[: 1 + (value[0] == "{")])
        return what, _quoted(value)
    if value[0] in _CLOSING:
        return _in_braces(value, below)
    if ": " in value or value.endswith(":"):
        return tr("a text with ': ' must be in quotation marks"), _quoted(value)
    return None


def _in_braces(value: str, below: Sequence[str]) -> _Slip | None:
    """Return the probable fault of a value that begins with a brace or a bracket."""
    if value.count('"') % 2 and _UNCLOSED.search(value):
        return tr("the quotation mark is not closed"), _UNCLOSED.sub(r'\1"', value, count=1)
    if found := _INNER_TEXT.search(value):
        hole = found[2].startswith("{{")
        what = tr("a text that begins with '{sign}' must be in quotation marks", sign="{{") if hole else INNER_QUOTES
        return what, _INNER_TEXT.sub(lambda text: text[1] + _requoted(text[2]), value)
    narrow = _INNER_KEY.sub(lambda found: f"{found[1].translate(_WIDE).rstrip()} {found[2]}: ", value)
    narrow = narrow.replace("{ ", "{", 1) if value[1:2] != " " else narrow
    if narrow != value and (_WIDE_KEY.search(value) or "，" in value):
        return tr("commas and colons between braces must be half-width"), narrow
    end, rest = _CLOSING[value[0]], "".join((value, *below))
    unclosed = rest.count(value[0]) > rest.count(end)
    return (tr("'{sign}' is not closed", sign=value[0]), value + _closers(value)) if unclosed else None


def _closers(value: str) -> str:
    closers = ""
    for letter in value:
        closers = _CLOSING[letter] + closers if letter in _CLOSING else closers.removeprefix(letter)
    return closers


def _in_quotes(value: str, below: Sequence[str]) -> _Slip | None:
    """Return the probable fault of a value that begins with a quotation mark."""
    mark, body = value[0], value[1:]
    closed = re.match(r'(?:[^"\\]|\\.)*"' if mark == '"' else r"(?:[^']|'')*'", body)
    if not closed:
        odd = "".join((value, *below)).count(mark) % 2
        return (tr("the quotation mark is not closed"), value + mark) if odd else None
    rest = body[closed.end() :].strip()
    if not rest or rest.startswith("#"):
        return None
    return INNER_QUOTES, _requoted(value)


def _requoted(text: str) -> str:
    """Return a text, without its own quotation marks, in quotation marks as YAML reads it."""
    inner = text[1:-1] if text[0] in "\"'" and text.endswith(text[0]) else text
    return _quoted(inner.replace('\\"', '"'))


def _quoted(text: str) -> str:
    """Return a text in double quotation marks, or in single ones if it contains double ones or backslashes."""
    return f'"{text}"' if not {'"', "\\"} & set(text) else "'" + text.replace("'", "''") + "'"


def _levels(lines: Sequence[str], at: int) -> tuple[list[int], bool]:
    """Return the indents that a line may have, nearest first, and whether the line above begins a deeper level."""
    levels, opens = list[int](), False
    for line in reversed(lines[:at]):
        bare = line.lstrip(" ")
        if not bare or bare.startswith("#"):
            continue
        begins, dash = len(line) - len(bare), re.match(r"(?:- +)*", bare)
        opens = opens if levels else bare.rstrip().endswith(":")
        for level in (begins + (dash.end() if dash else 0), begins):
            if not levels or level < levels[-1]:
                levels.append(level)
        if levels[-1] == 0:
            break
    return levels, opens


def _misplaced(lines: Sequence[str], at: int) -> _Slip | None:
    """Return the typing error of a line whose indentation matches none of the lines above to which it may belong."""
    depth = len(lines[at]) - len(lines[at].lstrip(" "))
    levels, opens = _levels(lines, at)
    if not levels or depth in levels or (opens and depth > levels[0]):
        return None
    meant = min(levels, key=lambda level: abs(level - depth))
    what = tr("the line is indented by {depth}, its neighbours by {meant}", depth=depth, meant=meant)
    return what, " " * meant + lines[at].strip()
