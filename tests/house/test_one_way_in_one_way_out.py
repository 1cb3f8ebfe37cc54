"""Only workspace reads what people edit and only amendment changes it; only publication and delivery write the rest."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import Module, module, obey

CORE = ("errors", "documents", "evidence", "evaluation", "argument")
READERS = ("workspace", "amendment", "publication", "delivery")
WRITERS = ("amendment", "publication", "delivery")
TELLS_THE_TIME = ("delivery", "cli")
# Whoever begins a command opens the workspace, once, or is given a file by its path; all others get a snapshot.
OPENERS: tuple[str, ...] = ("cli", "batch", "handover", "hearing", "intake.reception", "league", "preview.proof")
OPENERS += ("renewal", "verification", "workspace")
RECOVERS = ("amendment", "workspace")

READS = {"read_text", "read_bytes", "read_csv", "read_excel", "load_workbook", "loadtxt", "genfromtxt", "fromfile"}
LOOKS = {"iterdir", "glob", "rglob", "is_file", "is_dir", "exists", "stat", "listdir", "scandir"}
WRITES = {"write_text", "write_bytes", "mkdir", "makedirs", "unlink", "rmdir", "rmtree", "symlink_to", "touch", "chmod"}
WRITES |= {"to_csv", "to_excel", "savetxt", "copyfile", "copytree", "move", "rename", "mkdtemp", "mkstemp"}
WRITES |= {"TemporaryDirectory", "NamedTemporaryFile", "TemporaryFile", "write_pdf"}
OPENS = {"open", "fdopen"}
SNAPSHOTS = {"snapshot", "single_file"}
CLOCK = {"today", "now", "utcnow", "time_ns", "localtime", "gmtime"}
WORLD = {"os", "pathlib", "shutil", "tempfile", "glob", "sys", "time", "random", "yaml", "socket", "http", "urllib"}
WORLD |= {"requests", "httpx", "subprocess", "platform", "locale", "getpass"}


def in_memory(call: ast.Call) -> bool:
    """Say whether a library is given bytes in memory to read or write, as `load_workbook(BytesIO(content))` is."""
    return any(
        isinstance(given, ast.Call) and ast.unparse(given.func).endswith(("BytesIO", "StringIO")) for given in call.args
    )


def calls(source: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and not in_memory(node):
            yield node.lineno, node.func.id if isinstance(node.func, ast.Name) else node.func.attr


def trespasses(source: Module) -> list[str]:
    """Return the calls by which a module touches the disk or the clock though it may not."""
    banned = set[str]()
    banned |= set() if source.wing in READERS else READS | OPENS
    banned |= LOOKS if source.wing in CORE else set()
    banned |= set() if source.wing in WRITERS else WRITES
    banned |= set() if source.wing in TELLS_THE_TIME else CLOCK
    return [f"{source.file}:{line} calls {name}()" for line, name in calls(source) if name in banned]


def outside(source: Module) -> list[str]:
    """Return the imports by which a module of the core reaches for paths, clock, network, chance or YAML."""
    if source.wing not in CORE:
        return []
    names = {
        (node.lineno, name.partition(".")[0])
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    return [f"{source.file}:{line} imports {name}" for line, name in sorted(names) if name in WORLD]


def opened(source: Module) -> list[str]:
    """Return the calls by which a module reads a workspace though it is given a snapshot, or completes a change."""
    found = [(line, name) for line, name in calls(source) if name in SNAPSHOTS and not _among(source, OPENERS)]
    found += [(line, name) for line, name in calls(source) if name == "finish" and not _among(source, RECOVERS)]
    return [f"{source.file}:{line} calls {name}()" for line, name in found]


def _among(source: Module, names: tuple[str, ...]) -> bool:
    return source.name in names or source.wing in names


def unseeded(source: Module) -> list[str]:
    return [
        f"{source.file}:{node.lineno} draws without a seed"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and not node.args and not node.keywords
        if ast.unparse(node.func).endswith("default_rng")
    ]


def test_only_the_right_wing_touches_the_disk_or_the_clock() -> None:
    obey(trespasses)


def test_only_what_begins_a_command_opens_a_workspace() -> None:
    obey(opened)


def test_the_core_knows_no_paths_clock_network_or_yaml() -> None:
    obey(outside)


def test_every_draw_is_seeded() -> None:
    obey(unseeded)


@pytest.mark.parametrize(
    ("text", "wing"),
    [
        ("open('x')", "evidence.tables"),
        ("path.read_text()", "pipeline"),
        ("frame.to_csv(path)", "workspace"),
        ("path.write_bytes(b'')", "editions.review"),
        ("path.write_bytes(b'')", "intake.reception"),
        ("date.today()", "publication.page"),
        ("folder.glob('*')", "argument.wording"),
    ],
)
def test_a_trespass_is_found(text: str, wing: str) -> None:
    assert len(trespasses(module(text, wing))) == 1


@pytest.mark.parametrize("text", ["from pathlib import Path", "import os.path", "import yaml"])
def test_a_core_that_looks_outside_is_found(text: str) -> None:
    assert len(outside(module(text))) == 1 and outside(module(text, "workspace")) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("workspace.snapshot(root)", "assessment"),
        ("single_file(path)", "publication.page"),
        ("snapshot(root)", "intake.examination"),
        ("finish(root)", "preview.proof"),
    ],
)
def test_a_second_reading_is_found(text: str, name: str) -> None:
    assert len(opened(module(text, name))) == 1


def test_a_draw_without_a_seed_is_found() -> None:
    assert len(unseeded(module("numpy.random.default_rng()"))) == 1
    assert unseeded(module("numpy.random.default_rng(seed)")) == []
