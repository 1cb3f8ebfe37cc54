"""A module fits in the head, a function on the screen."""

from collections.abc import Iterator
from statistics import median

from tests.repository.tree import Module, functions, module, modules, obey

MODULE, FUNCTION, MOST = 350, 50, 15


def lengths(source: Module) -> Iterator[tuple[str, int]]:
    for function in functions(source.tree):
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
