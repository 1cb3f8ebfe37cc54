"""What the program imports is declared, what is declared is imported, and the lock holds all of it."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from typing import Any

from tests.repository.tree import ROOT, Module, modules

LOCKS = ROOT / "requirements"
WHOLE = "jianbao.studio."  # whose modules import each other, once the first is loaded


def plain(name: str) -> str:
    """Return a package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def project() -> dict[str, Any]:
    return dict(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"])


def packages(lines: Iterable[str]) -> frozenset[str]:
    return frozenset(plain(re.split(r"[^\w.-]", line)[0]) for line in lines)


def declared() -> frozenset[str]:
    return packages(project()["dependencies"])


def extras() -> frozenset[str]:
    """Return what only some installations have."""
    return packages(line for lines in project()["optional-dependencies"].values() for line in lines) - declared()


@cache
def imports(source: Module) -> frozenset[str]:
    """Return the packages that provide what a module imports, the standard library and the program aside."""
    names = set()
    for node in source.nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names.add(node.module.partition(".")[0])
    outside = names - sys.stdlib_module_names - {"jianbao"}
    return frozenset(plain(provider) for name in outside for provider in providers().get(name, [name]))


@cache
def providers() -> Mapping[str, list[str]]:
    """Return the installed packages that provide a module, by its name: the record of each is read for it."""
    return packages_distributions()


def imported() -> frozenset[str]:
    return frozenset[str]().union(*map(imports, modules()))


def locked(name: str) -> dict[str, str]:
    """Return versions by package; of a package locked twice, for different Pythons, the last."""
    found = re.findall(r"^([\w.-]+)==(\S+)", (LOCKS / name).read_text("utf-8"), re.MULTILINE)
    return {plain(package): version for package, version in found}


def test_everything_imported_is_declared() -> None:
    assert imported() - declared() - extras() == set()


def loaded() -> Iterator[tuple[str, str]]:
    """Yield the extra and the module of each call that loads what only some installations have."""
    for call in (node for source in modules() for node in source.nodes if isinstance(node, ast.Call)):
        if ast.unparse(call.func) in ("Extra", "load_extra") and isinstance(call.args[0], ast.Constant):
            extra, module = (ast.literal_eval(each) for each in call.args[:2])
            yield extra, module


def test_what_only_some_have_is_loaded_when_it_is_needed_and_never_imported() -> None:
    special = {f"jianbao.{source.name}" for source in modules() if imports(source) & extras()}
    within = {f"jianbao.{source.name}": of_the_program(source) for source in modules()}
    special |= {name for name, found in within.items() if name.startswith(WHOLE) and found & special}
    begun = {module for _, module in loaded() if module.startswith("jianbao.")}
    assert begun <= special
    assert [module for module in special - begun if not module.startswith(WHOLE)] == []
    for name, found in within.items():
        assert name in special or not found & special, name


def of_the_program(source: Module) -> set[str]:
    """Return the modules that a module imports, and the names that it imports from them."""
    found = (node for node in source.nodes if isinstance(node, ast.ImportFrom))
    return {name for node in found for name in (str(node.module), *(f"{node.module}.{a.name}" for a in node.names))}


def test_an_extra_has_the_libraries_of_the_modules_that_it_is_for() -> None:
    known = {f"jianbao.{source.name}": imports(source) for source in modules()}
    for extra, module in loaded():
        needed = known.get(module, packages([module.partition(".")[0]]))
        assert needed & extras() <= packages(project()["optional-dependencies"][extra]), extra


def named() -> set[str]:
    """Return what the program calls by its name as a text: packages of files, which are never imported."""
    nodes = (node for source in modules() for node in source.nodes if isinstance(node, ast.Constant))
    return {plain(node.value) for node in nodes if isinstance(node.value, str) and node.value.isprintable()}


def test_everything_declared_is_used() -> None:
    assert declared() - imported() - named() == set()


def test_everything_declared_is_locked() -> None:
    assert declared() - locked("run.txt").keys() == set() == extras() - locked("extras.txt").keys()
    assert extras() & locked("run.txt").keys() == set(), "what makes briefs alone is installed for that"


def test_a_brief_is_built_with_what_the_tests_were_run_with() -> None:
    assert locked("run.txt").items() - locked("dev.txt").items() == set()
    for lock in ("extras.txt", "studio.txt"):
        assert locked(lock).items() - locked("dev.txt").items() == set()


def test_every_locked_version_has_its_hashes() -> None:
    for lock in sorted(LOCKS.glob("*.txt")):
        text = lock.read_text("utf-8")
        lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        hashed = re.findall(r"^\S+==.*\\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)
        assert len(hashed) == len(lines) > 0, lock.name
