"""A module fits in the head, a function on the screen; what is cached in memory pays for itself, so it is little."""

import ast
from collections import Counter
from collections.abc import Iterator
from statistics import median

from tests.repository.tree import Module, module, modules, obey

MODULE, FUNCTION, MOST = 350, 50, 15
CACHES, CACHED_PROPERTIES = 24, 20


def lengths(source: Module) -> Iterator[tuple[str, int]]:
    for function in source.functions:
        yield f"{source.file}:{function.lineno} {function.name}", (function.end_lineno or 0) - function.lineno + 1


def too_long(source: Module) -> list[str]:
    lines = len(source.text.splitlines())
    found = [f"{source.file} has {lines} lines"] if lines >= MODULE else []
    return found + [f"{name} has {length} lines" for name, length in lengths(source) if length >= FUNCTION]


def test_every_module_and_function_is_short() -> None:
    obey(too_long)


def test_most_functions_are_very_short() -> None:
    assert median(length for source in modules() for _, length in lengths(source)) < MOST


def test_a_long_function_is_found() -> None:
    assert too_long(module("def f():\n" + "    pass\n" * 49)) == ["src/jianbao/data/facts.py:1 f has 50 lines"]


def test_a_long_module_is_found() -> None:
    assert too_long(module("X = 1\n" * 350)) == ["src/jianbao/data/facts.py has 350 lines"]


def cached(source: Module, *names: str) -> list[str]:
    """Return where a module has the results of a function cached, by one of these decorators."""
    made = [node.func for node in source.nodes if isinstance(node, ast.Call)]
    made += [each for node in source.functions for each in node.decorator_list]
    return [f"{source.file}:{node.lineno}" for node in made if isinstance(node, ast.Name) and node.id in names]


def test_few_results_are_cached_in_memory() -> None:
    for most, names in ((CACHES, ("cache", "lru_cache")), (CACHED_PROPERTIES, ("cached_property",))):
        found = [place for source in modules() for place in cached(source, *names)]
        assert len(found) <= most, "\n" + "\n".join(found)


def test_a_cache_is_found() -> None:
    text = "@cache\ndef f(): ...\n\n\n@lru_cache(1)\ndef g(): ...\n\n\nh = lru_cache(1)(f)\n"
    assert len(cached(module(text), "cache", "lru_cache")) == 3


def rebound(source: Module) -> list[str]:
    """Return the constants that a module assigns more than once: all of its functions see the last value only."""
    targets = (target for node in source.tree.body if isinstance(node, ast.Assign) for target in node.targets)
    stored = (node for target in targets for node in ast.walk(target) if isinstance(node, ast.Name))
    names = Counter(node.id for node in stored if isinstance(node.ctx, ast.Store))
    return [f"{source.file} assigns {name} {count} times" for name, count in names.items() if count > 1]


def test_a_module_assigns_each_of_its_constants_once() -> None:
    obey(rebound)


def test_a_constant_that_is_assigned_twice_is_found() -> None:
    source = module("A, B = 1, 2\nA = 3\nC = {}\nC[1] = A\n")
    assert rebound(source) == ["src/jianbao/data/facts.py assigns A 2 times"]
