"""The maps of the code and of what may be written, made from the code itself: `python -m tests.repository.code_map`."""

import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

from jianbao.app.reference.explain import GROUPS, Field, fields_of, words
from jianbao.app.reference.schema import FRAMEWORK, editable_files
from tests.repository.tree import ORDER, ROOT, Module, modules

HEAD = ("| field | holds | needed |", "| --- | --- | --- |")
BEGIN, END = "<!-- made by tests/repository/code_map.py -->", "<!-- end -->"


def packages() -> str:
    """Return the packages in their order, a row each, with the first line of what they say of themselves."""
    own = {source.name.removesuffix(".__init__"): source.summary for source in modules()}
    rows = [f"| `{name}` | {own[name]} |" for name in ORDER]
    return "\n".join(["| package | what it is |", "| --- | --- |", *rows])


def all_modules() -> str:
    """Return every module of every package with the first line of its documentation."""
    return "\n".join(line for package in ORDER for line in _section(package))


def _section(package: str) -> Iterator[str]:
    inside = [source for source in modules() if source.package == package]
    own = next(source for source in inside if source.name == f"{package}.__init__")
    yield from (f"## {package}", "", own.summary, "", "| module | what it is |", "| --- | --- |")
    yield from (f"| {_link(source)} | {source.summary} |" for source in inside if source is not own)
    yield ""


def _link(source: Module) -> str:
    name = source.name.removesuffix(".__init__")
    return f"[`{name}`](../{source.file})"


def reference() -> str:
    """Return every word that may be written, by its group, then every field, by its file."""
    return "\n".join((*_words(), *_fields()))


def _words() -> Iterator[str]:
    for group, (says, file) in GROUPS.items():
        found = [word for word in words() if word.group == group]
        if file:
            yield from (f"## {group}", "", f"Each is a {says}, in `{file}`.", "")
            yield from ("| word | what it is | takes | example |", "| --- | --- | --- | --- |")
            for word in found:
                taken = ", ".join(f"`{each}`" for each in word.takes)
                yield f"| `{word.name}` | {_cell(word.what)} | {taken} | `{_cell(word.example)}` |"
            yield ""


def _fields() -> Iterator[str]:
    parts: dict[str, str] = {}
    for file in editable_files():
        rows = {each.path: _row(each) for each in fields_of(PurePath(file))}
        own = file == FRAMEWORK  # whose parts are none of the others'
        yield from (f"## {file}", "", *HEAD)
        yield from (row for path, row in rows.items() if own or not path.startswith("$"))
        yield ""
        parts |= {} if own else {path: row for path, row in rows.items() if path.startswith("$")}
    yield from ("## Parts of several files", "", *HEAD, *parts.values(), "")


def _row(field: Field) -> str:
    return f"| `{field.path}` | {_cell(field.holds)} | {'yes' if field.needed else ''} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


MAPS = {
    "README.md": packages,
    "CONTRIBUTING.md": packages,
    "docs/modules.md": all_modules,
    "docs/reference.md": reference,
}


def renewed(file: str) -> str:
    """Return a page with its map as the code is now."""
    before, _, rest = (ROOT / file).read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{MAPS[file]()}\n{END}{after}"


def stale() -> list[str]:
    """Return the pages whose map is not that of the code."""
    return [file for file in MAPS if (ROOT / file).read_text("utf-8") != renewed(file)]


if __name__ == "__main__":
    for page in stale():
        Path(ROOT / page).write_text(renewed(page), "utf-8")
        sys.stdout.write(f"{page}\n")
