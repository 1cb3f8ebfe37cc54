"""What the tests of the code's structure look at: the files of the repository and the modules of the program."""

import ast
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "jianbao"
# A package imports only from those before it. This is the only place where the order is written down.
ORDER = (
    *("core", "data", "scoring", "text", "charts", "brief", "render"),
    *("review", "intake", "delivery", "app", "studio", "cli"),
)


@dataclass(frozen=True)
class Module:
    """A module of the program: its dotted name below `jianbao` ("data.facts") and its text."""

    name: str
    text: str

    @property
    def package(self) -> str:
        """Return the name of the top package that the module is in; of the program's own module, its name."""
        return self.name.partition(".")[0]

    @property
    def file(self) -> str:
        return "src/jianbao/" + self.name.replace(".", "/") + ".py"

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Return every node of the tree: walked once, for some thirty rules."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        """Return every function and method."""
        return tuple(node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    @property
    def summary(self) -> str:
        """Return the first line of the module's documentation."""
        return (ast.get_docstring(self.tree) or "").partition("\n")[0]


def module(text: str, name: str = "data.facts") -> Module:
    """Return a module made up for a test of the rules themselves."""
    return Module(name, text)


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the program, a package's own file under "package.__init__"."""
    return tuple(
        Module(".".join(path.relative_to(PACKAGE).with_suffix("").parts), path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    )


def imported(source: Module) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name below `jianbao` of what a module imports from the program itself."""
    for node in source.nodes:
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


@cache
def tracked() -> tuple[Path, ...]:
    """Return the files that are, or would be, under version control, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(Path(name) for name in sorted(filter(None, names)) if (ROOT / name).is_file())


def obey(rule: Callable[[Module], Iterable[str]]) -> None:
    """Fail with every breach of a rule, a line each."""
    breaches = [breach for source in modules() for breach in rule(source)]
    assert not breaches, "\n" + "\n".join(breaches)
