"""A package imports, and names in strings, only packages before it; only the command line imports inside functions."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.repository.tree import ORDER, Module, imported, module, modules, obey

NAMED = re.compile(r"jianbao\.(\w+\.[\w.]+)")  # a module in a string; the name of a package alone is run as a command
LAZY = {"importlib", "__import__"}
MOST_PACKAGES, MOST_FLOORS, MOST_ARROWS = 13, 9, 60


def named(source: Module) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name below `jianbao` of what a module names in strings, to be imported later."""
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := NAMED.fullmatch(node.value)):
            yield node.lineno, found[1]


def out_of_order(source: Module) -> list[str]:
    """Return the imports from a package that comes later, and modules that lie in no package."""
    if source.package == "__init__":
        return []
    if source.package not in ORDER:
        return [f"{source.file}: '{source.package}' has no place in the order of the packages"]
    allowed = ORDER[: ORDER.index(source.package) + 1]
    return [
        f"{source.file}:{line} imports {name or 'jianbao'}"
        for line, name in (*imported(source), *named(source))
        if name.partition(".")[0] not in (*allowed, "__version__")
    ]


def in_functions(source: Module) -> list[str]:
    if source.package == "cli":
        return []
    inside = {node for function in source.functions for node in ast.walk(function)}
    late = [node for node in inside if isinstance(node, ast.Import | ast.ImportFrom)]
    lazy = [node for node in source.nodes if isinstance(node, ast.Name) and node.id in LAZY]
    return sorted(f"{source.file}:{node.lineno} imports late" for node in (*late, *lazy))


@cache
def arrows() -> frozenset[tuple[str, str]]:
    """Return each pair of packages of which the first imports from the second."""
    pairs = ((source.package, name.partition(".")[0]) for source in modules() for _, name in imported(source))
    return frozenset((one, other) for one, other in pairs if one != other and {one, other} <= set(ORDER))


def floor(package: str) -> int:
    """Return how many packages stand on top of each other up to this one."""
    return 1 + max((floor(other) for one, other in arrows() if one == package), default=0)


def test_a_package_imports_only_from_packages_before_it() -> None:
    obey(out_of_order)


def test_a_module_that_is_named_in_a_string_exists() -> None:
    names = {source.name for source in modules()}
    assert [each for source in modules() for each in named(source) if each[1] not in names] == []


def test_nothing_is_imported_inside_a_function() -> None:
    obey(in_functions)


def test_no_two_modules_need_each_other() -> None:
    names = {source.name for source in modules()}
    needs = {
        source.name: {part for _, name in imported(source) for part in (name, name.rpartition(".")[0]) if part in names}
        for source in modules()
    }
    try:
        tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        pytest.fail(f"modules need each other: {' <- '.join(error.args[1])}")


def test_packages_and_the_arrows_between_them_stay_few() -> None:
    packages = {source.package for source in modules()} - {"__init__"}
    assert packages == set(ORDER) and len(ORDER) <= MOST_PACKAGES
    assert max(map(floor, ORDER)) <= MOST_FLOORS
    assert len(arrows()) <= MOST_ARROWS


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from jianbao.text.formatter import Writer", "data.facts"),
        ("from jianbao import app", "render.html.page"),
        ("import jianbao.cli", "app.build"),
        ("from .facts import Fact", "data.records"),
        ("from jianbao.utils import x", "cli"),
        ('MODULE = "jianbao.app.products"', "core.workers"),
        ("", "utils"),
    ],
)
def test_an_import_against_the_order_is_found(text: str, name: str) -> None:
    assert len(out_of_order(module(text, name))) == 1


@pytest.mark.parametrize("text", ["def f():\n    import json", "import importlib\nx = importlib.import_module('json')"])
def test_a_late_import_is_found(text: str) -> None:
    assert len(in_functions(module(text))) == 1 and in_functions(module(text, "cli")) == []
