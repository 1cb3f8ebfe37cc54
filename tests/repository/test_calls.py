"""A call says what each of many things is: by name, not by its place in a row."""

import ast
from collections.abc import Iterator
from functools import cache

from tests.repository.tree import Module, module, modules, obey

FIELDS, ARGUMENTS = 4, 5


def is_dataclass(decorator: ast.expr) -> bool:
    made = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(made).rpartition(".")[2] == "dataclass"


def by_name_only(decorator: ast.expr) -> bool:
    options = decorator.keywords if isinstance(decorator, ast.Call) else ()
    return any(option.arg == "kw_only" and ast.unparse(option.value) == "True" for option in options)


def fields(made: ast.ClassDef) -> int:
    listed = [each for each in made.body if isinstance(each, ast.AnnAssign)]
    return sum("ClassVar" not in ast.unparse(each.annotation) for each in listed)


def built_by_place(source: Module) -> list[str]:
    """Name the classes of many fields that can be built without naming these."""
    found = []
    for made in source.nodes:
        if not isinstance(made, ast.ClassDef):
            continue
        data = [decorator for decorator in made.decorator_list if is_dataclass(decorator)]
        if data and fields(made) > FIELDS and not any(map(by_name_only, data)):
            found.append(f"{source.file}:{made.lineno} {made.name} has {fields(made)} fields and is not kw_only")
        for each in (method for method in made.body if isinstance(method, ast.FunctionDef)):
            if each.name == "__init__" and len(each.args.args) - 1 > FIELDS:
                found.append(f"{source.file}:{each.lineno} {made.name} is built of many things in a row")
    return found


@cache
def takes_any_number() -> frozenset[str]:
    """Return the names of the program's functions that take as many things as there are."""
    return frozenset(each.name for source in modules() for each in source.functions if each.args.vararg)


def called_by_place(source: Module) -> Iterator[str]:
    """Name the calls with many things in a row."""
    for call in source.nodes:
        if isinstance(call, ast.Call) and len(call.args) > ARGUMENTS:
            name = ast.unparse(call.func)
            if name.rpartition(".")[2] not in takes_any_number():
                yield f"{source.file}:{call.lineno} {name} is given {len(call.args)} things without their names"


def test_what_has_many_fields_is_built_by_their_names() -> None:
    obey(built_by_place)


def test_no_call_has_many_things_in_a_row() -> None:
    obey(called_by_place)


def test_a_class_of_many_fields_without_kw_only_is_found() -> None:
    text = "@dataclass(frozen=True)\nclass Five:\n" + "".join(f"    {name}: int\n" for name in "abcde")
    assert built_by_place(module(text)) == ["src/jianbao/data/facts.py:2 Five has 5 fields and is not kw_only"]
    assert not built_by_place(module(text.replace("frozen=True", "frozen=True, kw_only=True")))
    assert not built_by_place(module(text.replace("    e: int\n", "")))


def test_a_constructor_of_many_things_in_a_row_is_found() -> None:
    text = "class Five:\n    def __init__(self, a, b, c, d, {}e): ...\n"
    assert built_by_place(module(text.format(""))) == [
        "src/jianbao/data/facts.py:2 Five is built of many things in a row"
    ]
    assert not built_by_place(module(text.format("*, ")))


def test_a_call_with_many_things_in_a_row_is_found() -> None:
    found = list(called_by_place(module("draw(1, 2, 3, 4, 5, *six)")))
    assert found == ["src/jianbao/data/facts.py:1 draw is given 6 things without their names"]
    assert not list(called_by_place(module("draw(1, 2, 3, 4, 5, six=6)")))
