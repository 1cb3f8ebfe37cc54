"""No regular expression takes exponential time: a repeat of repeats can split a long text in only one way."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

import jianbao
from tests.repository.tree import modules

parser, names = importlib.import_module("re._parser"), importlib.import_module("re._constants")
BACKTRACKING = (names.MAX_REPEAT, names.MIN_REPEAT)
REPEATS = (*BACKTRACKING, names.POSSESSIVE_REPEAT)


def alternatives(item: Any) -> list[Any]:
    """Return the sequences of items in a part of a pattern, one for each alternative."""
    kind, value = item
    if kind in REPEATS:
        return [value[2]]
    if kind is names.SUBPATTERN:
        return [value[3]]
    if kind is names.BRANCH:
        return list(value[1])
    if kind is names.ATOMIC_GROUP:
        return [value]
    return [value[1]] if kind in (names.ASSERT, names.ASSERT_NOT) else []


def may_be_empty(item: Any) -> bool:
    kind, value = item
    if kind in (names.AT, names.ASSERT, names.ASSERT_NOT) or (kind in REPEATS and value[0] == 0):
        return True
    return any(all(map(may_be_empty, each)) for each in alternatives(item))


def is_endless(item: Any) -> bool:
    """Return whether a part can be one repeat without a limit and nothing else, which gives back what it has taken."""
    kind, value = item
    if kind in BACKTRACKING and value[1] == names.MAXREPEAT:
        return True
    return kind not in (names.POSSESSIVE_REPEAT, names.ATOMIC_GROUP) and any(map(has_endless, alternatives(item)))


def has_endless(sequence: Any) -> bool:
    items = list(sequence)
    return any(is_endless(item) and all(may_be_empty(other) for other in items if other is not item) for item in items)


def is_exponential(sequence: Any) -> bool:
    """Return whether a pattern repeats without a limit what is itself such a repeat, as (a+)* does."""
    return any(
        (item[0] in REPEATS and item[1][1] == names.MAXREPEAT and has_endless(item[1][2]))
        or any(map(is_exponential, alternatives(item)))
        for item in sequence
    )


def patterns_in(value: object) -> Iterator[re.Pattern[str]]:
    """Yield the patterns in a constant of a module."""
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (found for each in (*value.keys(), *value.values()) for found in patterns_in(each))
    elif isinstance(value, tuple | list | set | frozenset):
        yield from (found for each in value for found in patterns_in(each))


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Yield the patterns of all modules with where they are: compiled in a constant, or typed in a call of `re`."""
    for name in (each.name for each in pkgutil.walk_packages(jianbao.__path__, "jianbao.")):
        if not name.endswith("__main__"):
            constants = vars(importlib.import_module(name))
            yield from ((f"{name}.{key}", each) for key, value in constants.items() for each in patterns_in(value))
    for source in modules():
        for node in source.nodes:
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id="re")), args=[ast.Constant(value=str(typed)), *_]):
                    yield f"{source.name}:{node.lineno}", re.compile(typed)


def exponential(found: Iterable[tuple[str, re.Pattern[str]]]) -> list[str]:
    return [place for place, pattern in found if is_exponential(parser.parse(pattern.pattern, pattern.flags))]


@pytest.mark.slow
def test_no_pattern_of_the_program_takes_exponential_time() -> None:
    found = list(patterns())
    assert len(found) > 500 and exponential(found) == []


@pytest.mark.parametrize("pattern", [r"(a+)*", r"(?:x?\d+y?)*z", r"(?:[ab]+|c)+", r"(?:(?:a|b*)\s*)*", r"(?:a+?)+"])
def test_a_pattern_that_can_split_a_text_in_many_ways_is_found(pattern: str) -> None:
    assert exponential([("here", re.compile(pattern))]) == ["here"]


@pytest.mark.parametrize("pattern", [r"(?:a++)*", r"(?:(?>x?\d+)y?)*", r"(?:\d+[.,])*\d+", r"a*b*", r"(?:ab){2,}"])
def test_a_pattern_that_can_split_it_in_one_way_is_not(pattern: str) -> None:
    assert exponential([("here", re.compile(pattern))]) == []
