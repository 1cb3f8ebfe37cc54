"""Represent YAML documents as people write them: all text, each node with its line, typed on request.

`yaml_reader` reads a YAML file into `Node`s. Every other module asks a node for the type that it needs (`as_text`,
`as_number`, …) and adds errors to a list of problems, so that one run reports all of them.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isnan, nan
from typing import TypeVar

from jianbao.core.encoding import shortened
from jianbao.core.errors import UNKNOWN_SOURCE, Place, Problem, corrected_typo, nearest
from jianbao.core.messages import NO_TEXT, Translatable, quoted, tr, tr_list, trn

Problems = list[Problem]
CACHE_SIZE = 64  # parsed documents: a workspace has half as many, and the preview parses a changed one again
T = TypeVar("T")


@dataclass(frozen=True)
class Node:
    """A piece of a document: a text, a list of nodes or a mapping of nodes, and its place.

    A `missing` node takes the place of one that the document lacks. That is already reported, so it causes no further
    problem.
    """

    value: "str | tuple[Node, ...] | Mapping[str, Node]"
    place: Place
    missing: bool = False

    def __hash__(self) -> int:
        """Return a quick hash of only the place; equality still compares the whole content."""
        return hash(self.place)

    def get(self, key: str) -> "Node | None":
        """Return the node under `key`, or None if this is not a mapping or has no such key."""
        return self.value.get(key) if isinstance(self.value, Mapping) else None

    def __iter__(self) -> "Iterator[Node]":
        return iter(self.value if isinstance(self.value, tuple) else ())

    def pairs(self) -> "Iterator[tuple[str, Node]]":
        """Yield the keys and nodes of a mapping in written order; nothing for another kind of node."""
        return iter(self.value.items() if isinstance(self.value, Mapping) else ())

    @property
    def kind(self) -> Translatable:
        """Return the kind of this node: "text", "list" or "mapping"."""
        if isinstance(self.value, str):
            return tr("text")
        return tr("list") if isinstance(self.value, tuple) else tr("mapping")


def missing_at(place: Place) -> Node:
    """Return a node with which a parser can continue if a required key is missing."""
    return Node("", place, missing=True)


def texts_below(node: Node) -> Iterator[str]:
    """Yield every text of a node, keys included, in written order."""
    if isinstance(node.value, str):
        yield node.value
    for key, child in node.pairs():
        yield key
        yield from texts_below(child)
    for child in node:
        yield from texts_below(child)


def overlaid(base: Node, over: Node) -> Node:
    """Return `base` with the values of `over` in place of its own; mappings are merged key by key, recursively."""
    if not (isinstance(base.value, Mapping) and isinstance(over.value, Mapping)):
        return over
    joined = {key: overlaid(base.value[key], node) if key in base.value else node for key, node in over.pairs()}
    return Node({**base.value, **joined}, over.place)


def parse_cached(parse: Callable[..., T], node: Node, problems: Problems, *given: Hashable, **named: Hashable) -> T:
    """Return what a parser makes of a document, from a cache if the document is the same; add the problems it found.

    The parser is called as `parse(node, *given, **named, problems=[])`.
    """
    made: T
    made, found = _read(parse, node, *given, **named)
    problems.extend(found)
    return made


@lru_cache(maxsize=CACHE_SIZE)
def _read(parse: Callable[..., T], node: Node, *given: Hashable, **named: Hashable) -> tuple[T, tuple[Problem, ...]]:
    problems: Problems = []
    return parse(node, *given, **named, problems=problems), tuple(problems)


def as_text(node: Node, problems: Problems) -> str:
    """Return the node's text; if it is empty or not a text, add a problem and return ""."""
    if isinstance(node.value, str) and (node.value.strip() or node.missing):
        return node.value
    empty = isinstance(node.value, str)
    what = tr("this is empty") if empty else tr("a text is expected here, not a {kind}", kind=node.kind)
    problems.append(Problem(node.place, what))
    return ""


def as_number(node: Node, problems: Problems) -> float:
    """Return the node's number; for anything else add a problem and return NaN. "1e3" and "010" are refused."""
    text = as_text(node, problems)
    digits = text.removeprefix("-")
    plain = digits.replace(".", "", 1).isdecimal() and digits.isascii()
    usual = plain and (digits == "0" or not digits.startswith("0") or digits.startswith("0."))
    what = too_many_digits(text) if usual else NO_TEXT
    if usual and not what:
        return float(text)
    if text:
        what = what or tr("'{value}' is not a number", value=shortened(text, QUOTED))
        problems.append(Problem(node.place, what, NO_TEXT if usual else tr("write digits, with a decimal point")))
    return nan


MAX_DIGITS = 18  # the most digits of a number before its point: more of them are a typing error, and cannot be printed
QUOTED = 60  # the most columns of a quoted number


def too_many_digits(text: str) -> Translatable:
    """Return the fault of a written number that has more than MAX_DIGITS before its point; "" if it has none.

    >>> bool(too_many_digits("-" + "9" * 18)), bool(too_many_digits("9" * 19)), bool(too_many_digits("9" * 309))
    (False, True, True)
    """
    if len(text.removeprefix("-").partition(".")[0]) <= MAX_DIGITS:
        return NO_TEXT
    value = shortened(text, QUOTED)
    return tr("'{value}' has too many digits: {most} before the point are the most", value=value, most=MAX_DIGITS)


def whole_number(text: str) -> int | None:
    """Return the whole number that a text of ASCII digits writes; None for another text, or too many digits.

    >>> whole_number("12"), whole_number("1e3"), whole_number("9" * 5000)
    (12, None, None)
    """
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MAX_DIGITS else None


def as_integer(node: Node, problems: Problems, least: float = -inf, most: float = inf) -> int:
    """Return the node's whole number; for anything else, or out of bounds, add a problem and return 0."""
    number = as_number(node, problems)
    if isnan(number):
        return 0
    if not number.is_integer():
        problems.append(Problem(node.place, tr("'{value}' is not a whole number", value=node.value)))
    elif number < least:
        problems.append(
            Problem(node.place, tr("'{value}' is below {least:.12g}, the least allowed", value=node.value, least=least))
        )
    elif number > most:
        problems.append(
            Problem(node.place, tr("'{value}' is above {most:g}, the most allowed", value=node.value, most=most))
        )
    else:
        return int(number)
    return 0


def as_yes_no(node: Node, problems: Problems) -> bool:
    """Return True for "yes" or "true", False for "no" or "false"; for anything else add a problem and return False."""
    return as_choice(node, ("yes", "no", "true", "false"), problems) in ("yes", "true")


def as_choice(
    node: Node,
    allowed: Iterable[str],
    problems: Problems,
    what: Translatable = NO_TEXT,
    otherwise: Translatable = NO_TEXT,
) -> str:
    """Return the node's text if it is allowed; else add a problem, with a hint by `nearest`, and return "".

    `what` names the allowed values in the problem ("a source"); `otherwise` is the hint if they are too many to list.
    """
    choices = list(allowed)
    text = as_text(node, problems)
    if not text or text in choices:
        return text
    problems.append(
        Problem(
            node.place,
            tr("'{value}' is not {what}", value=text, what=what or tr("an allowed value")),
            nearest(text, choices, otherwise),
        )
    )
    return ""


def as_source(node: Node, sources: Iterable[str], problems: Problems) -> str:
    """Return the id of a source; if there is no such source, add a problem and return ""."""
    return as_choice(node, sources, problems, tr("a source"), UNKNOWN_SOURCE)


def as_list(node: Node, problems: Problems) -> tuple[Node, ...]:
    """Return the node's items; a single text counts as a list of one."""
    if isinstance(node.value, tuple):
        return node.value
    if isinstance(node.value, str) and node.value.strip():
        return (node,)
    if node.missing:
        return ()
    problems.append(Problem(node.place, tr("a list is expected here, not a {kind}", kind=node.kind)))
    return ()


def as_texts(node: Node | None, problems: Problems) -> tuple[str, ...]:
    """Return the texts of a list, an empty tuple for no node; a single text counts as a list of one."""
    return tuple(as_text(item, problems) for item in as_list(node, problems)) if node else ()


def as_mapping(
    node: Node, problems: Problems, required: Iterable[str] = (), optional: Iterable[str] | None = ()
) -> Mapping[str, Node]:
    """Return the node's mapping; missing and unknown keys are added to the problems (`optional=None` allows any key).

    An unknown key is left out. One that looks like a misspelt known key is reported as such, and used as that key.
    """
    if not isinstance(node.value, Mapping):
        if not node.missing:
            problems.append(Problem(node.place, tr("a mapping is expected here, not a {kind}", kind=node.kind)))
        return {}
    needed, there = tuple(required), node.value
    known = (*needed, *(optional or ()))
    meant = {key: key if optional is None else _meant(key, known, there) for key in there}
    missing = [key for key in needed if key not in meant.values()]
    unknown = [key for key, known_as in meant.items() if not known_as]
    if len(missing) == len(unknown) == 1 and len(there) > 1:  # probably the same thing under a wrong name
        what = trn("{keys} is not known here", "{keys} are not known here", 1, keys=quoted(unknown))
        if unknown[0].startswith(f"{missing[0]}:"):
            hint = tr("write a blank after '{key}:'", key=missing[0])
        else:
            hint = tr("'{missing}' is missing: is that what this is?", missing=missing[0])
        problems.append(Problem(there[unknown[0]].place, what, hint))
        missing, unknown = [], []
    if missing and (any(meant.values()) or not there):  # not for a different mapping, which lacks all keys
        what = trn("{keys} is missing", "{keys} are missing", len(missing), keys=quoted(missing))
        problems.append(Problem(node.place, what))
    for key in (key for key, known_as in meant.items() if known_as not in ("", key)):
        hint = tr("did you mean '{meant}'?", meant=meant[key])
        problems.append(
            Problem(
                there[key].place,
                trn("{keys} is not known here", "{keys} are not known here", 1, keys=quoted([key])),
                hint,
            )
        )
    if unknown:
        what = trn("{keys} is not known here", "{keys} are not known here", len(unknown), keys=quoted(unknown))
        hint = nearest(unknown[0], known) if len(unknown) == 1 else tr("allowed: {values}", values=tr_list(known))
        problems.append(Problem(there[unknown[0]].place, what, hint))
    return {meant[key]: child for key, child in there.items() if meant[key]}


def _meant(key: str, known: tuple[str, ...], there: Mapping[str, Node]) -> str:
    """Return the intended known key: the key itself if it is known, else the one that it misspells, else ""."""
    return key if key in known else corrected_typo(key, [each for each in known if each not in there])


def as_entries(node: Node, problems: Problems, parts: Iterable[str]) -> Mapping[str, Node]:
    """Return the entries of a catalogue by their ids; `parts` are keys inside an entry, which are never ids.

    If several of `parts` appear as ids, the line with the entry's id is probably missing above them: that is one
    problem, not several.
    """
    entries, inner = as_mapping(node, problems, optional=None), set(parts)
    stray = [key for key, child in entries.items() if key in inner]
    if len(stray) < 2:  # a single one may well be the id of an entry
        return entries
    what = tr("{keys} are where an entry begins", keys=quoted(stray))
    hint = tr("write the id of the entry and a colon in the line above, and indent what belongs to it")
    problems.append(Problem(entries[stray[0]].place, what, hint))
    return {key: child for key, child in entries.items() if key not in inner}
