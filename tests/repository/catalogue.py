"""What the program says to its user, read from its source: the texts that a catalogue must have."""

import ast
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment

from tests.repository.tree import PACKAGE, modules

PAGES = PACKAGE / "resources" / "studio"  # whose texts are given to `_`, or to `_n` with that for more than one
MADE_BY = ("tr", "trn", "tr_later")  # whose first argument is a text
JOINTS = (", ", "; ", " and ", " or ")


def texts() -> dict[str, str]:
    """Return every text in the source that a catalogue must have, with the place where it stands first."""
    found = dict.fromkeys(JOINTS, "messages.py")
    for source in modules():
        for line, text in _texts(source.tree):
            found.setdefault(text, f"{source.file}:{line}")
    for place, text, _ in _on_pages():
        found.setdefault(text, place)
    return found


def _on_pages() -> Iterator[tuple[str, str, str]]:
    """Yield each text of the studio's pages with its place, and what is said of more than one, or ""."""
    reader: Any = Environment(extensions=["jinja2.ext.i18n"])
    for path in sorted(PAGES.glob("*.j2")):
        for line, _, given in reader.extract_translations(path.read_text("utf-8"), ("_", "_n")):
            one, many, *_ = (*given, "") if isinstance(given, tuple) else (given, "")
            yield f"{path.name}:{line}", str(one), str(many or "")


def plurals() -> dict[str, str]:
    """Return what is said of more than one, by what is said of one."""
    return {one: many for _, one, many in _on_pages() if many} | {
        str(one.value): str(many.value)
        for source in modules()
        for node in source.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "trn"
        for one, many in [node.args[:2]]
        if isinstance(one, ast.Constant) and isinstance(many, ast.Constant)
    }


def _texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _given(node)
        elif isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
            yield node.lineno, ast.get_docstring(node) or ""


def _given(node: ast.Call) -> Iterator[tuple[int, str]]:
    made = isinstance(node.func, ast.Name) and node.func.id in MADE_BY
    for argument in node.args[:1] if made else ():
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield node.lineno, argument.value
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("Option", "Argument", "Typer"):
        for keyword in node.keywords:
            if keyword.arg == "help" and isinstance(keyword.value, ast.Constant):
                yield node.lineno, str(keyword.value.value)


def _is_command(decorator: ast.expr) -> bool:
    """Say whether a function is a command: `@app.command()`, `@review.command("list")`, `@app.callback()`."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in ("command", "callback")
