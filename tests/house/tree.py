"""What the house laws are asked of: the repository's files and the program's modules, read once."""

import ast
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "jianbao"


@dataclass(frozen=True)
class Module:
    """A module of the program: its dotted name below `jianbao` ("evidence.facts") and its text."""

    name: str
    text: str

    @property
    def wing(self) -> str:
        return self.name.partition(".")[0]

    @property
    def file(self) -> str:
        return "src/jianbao/" + self.name.replace(".", "/") + ".py"

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)


def module(text: str, name: str = "evidence.facts") -> Module:
    """Return a module made up for a test of the laws themselves."""
    return Module(name, text)


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the program, a package's own file under "wing.__init__"."""
    return tuple(
        Module(".".join(path.relative_to(PACKAGE).with_suffix("").parts), path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    )


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files that are, or would be, under version control, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(Path(name) for name in sorted(filter(None, names)) if (ROOT / name).is_file())


def obey(law: Callable[[Module], Iterable[str]]) -> None:
    """Fail with every breach of a law, a line each."""
    breaches = [breach for source in modules() for breach in law(source)]
    assert not breaches, "\n" + "\n".join(breaches)


def functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method below `node`."""
    for child in ast.walk(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
