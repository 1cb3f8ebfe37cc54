"""A wing imports only from the wings before it; nothing is imported inside a function, save in the command line."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.tree import Module, functions, module, modules, obey

ORDER = (
    "errors",
    "scripts",
    "documents",
    "evidence",
    "evaluation",
    "argument",
    "figures",
    "publication",
    "judgement",
    "editions",
    "delivery",
    "transcript",
    "snapshot",
    "amendment",
    "workspace",
    "reprint",
    "opened_cache",
    "dossier",
    "assessment",
    "inspection",
    "approval",
    "docket",
    "league",
    "crew",
    "fleet",
    "forme",
    "press",
    "renewal",
    "intake",
    "pipeline",
    "hearing",
    "verification",
    "handover",
    "batch",
    "preview",
    "collation",
    "account",
    "console",
    "cli",
)
LAZY = {"importlib", "__import__"}


def imported(source: Module) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name below `jianbao` of what a module imports from this house; "" is the house itself."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "." * node.level
            continue
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.partition(".")[0] == "jianbao":
                yield node.lineno, name.removeprefix("jianbao").removeprefix(".")


def out_of_order(source: Module) -> list[str]:
    """Return the imports from a wing that comes later, or from no wing at all."""
    if source.wing in ("__init__", "__main__"):
        return []
    if source.wing not in ORDER:
        return [f"{source.file}: '{source.wing}' has no place in the order of the wings"]
    allowed = ORDER[: ORDER.index(source.wing) + 1]
    return [
        f"{source.file}:{line} imports {name or 'jianbao'}"
        for line, name in imported(source)
        if name.partition(".")[0] not in (*allowed, "__version__")
    ]


def in_functions(source: Module) -> list[str]:
    if source.wing == "cli":
        return []
    inside = {node for function in functions(source.tree) for node in ast.walk(function)}
    late = [node for node in inside if isinstance(node, ast.Import | ast.ImportFrom)]
    lazy = [node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id in LAZY]
    return sorted(f"{source.file}:{node.lineno} imports late" for node in (*late, *lazy))


def test_a_wing_imports_only_from_wings_before_it() -> None:
    obey(out_of_order)


def test_nothing_is_imported_inside_a_function() -> None:
    obey(in_functions)


def test_inside_a_wing_no_two_modules_need_each_other() -> None:
    names = {source.name for source in modules()}
    needs = {
        source.name: {part for _, name in imported(source) for part in (name, name.rpartition(".")[0]) if part in names}
        for source in modules()
    }
    try:
        tuple(TopologicalSorter(needs).static_order())
    except CycleError as error:
        pytest.fail(f"modules need each other: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize(
    ("text", "wing"),
    [
        ("from jianbao.argument.numbers import Writer", "evidence.facts"),
        ("from jianbao import workspace", "publication.page"),
        ("import jianbao.cli", "pipeline"),
        ("from .facts import Fact", "evidence.measures"),
        ("from jianbao.utils import x", "cli"),
        ("", "utils"),
    ],
)
def test_an_import_against_the_order_is_found(text: str, wing: str) -> None:
    assert len(out_of_order(module(text, wing))) == 1


@pytest.mark.parametrize("text", ["def f():\n    import json", "import importlib\nx = importlib.import_module('json')"])
def test_a_late_import_is_found(text: str) -> None:
    assert len(in_functions(module(text))) == 1 and in_functions(module(text, "cli")) == []
