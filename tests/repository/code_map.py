"""The maps of the code, made from the modules' own documentation: `python -m tests.repository.code_map`."""

import sys
from collections.abc import Iterator
from pathlib import Path

from tests.repository.tree import ORDER, ROOT, Module, modules

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


MAPS = {"README.md": packages, "CONTRIBUTING.md": packages, "docs/modules.md": all_modules}


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
