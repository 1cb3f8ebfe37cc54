"""Who may read and write files and look at the clock: a list of modules, and nobody else."""

import ast
from collections.abc import Iterator

import pytest

from tests.repository.tree import Module, module, obey

# These packages know no path, clock, network or YAML.
PURE = ("data", "scoring", "text", "brief", "intake")
# What people edit is read by app.workspace alone, and changed by core.transaction alone. What the program made is read
# where it is looked after: caches, editions, packages, fonts.
READERS = (
    "core.messages",  # its catalogue
    *(
        "app.workspace",
        "core.cache",
        "core.private_files",
        "core.edition_folder",
        "core.transaction",
    ),
    *("core.snapshot", "app.league", "app.workspace_files"),  # a file that is given by its path
    *("core.atomic", "core.limits", "delivery", "render.fonts", "render.html.templates"),
)
WRITERS = (
    *("core.atomic", "core.cache", "core.private_files", "core.edition_folder", "core.transaction"),
    *("app.doctor", "delivery", "render.fonts", "render.pdf.render"),
)
TELLS_THE_TIME = ("delivery", "cli")
# A command opens the workspace once, or is given a file by its path; everything else gets a snapshot.
OPENERS = (
    *(
        "cli",
        "app.batch",
        "app.deliver",
        "app.intake",
        "app.review",
        "app.sign_off.review_copies",
        "app.league",
        "app.editions",
        "app.evidence.recall",
        "app.evidence.verify",
    ),
    *("app.workspace", "app.workspace_files", "studio.preview", "studio.session"),
)
RECOVERS = ("app.workspace", "core.transaction")

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
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and not in_memory(node):
            yield node.lineno, node.func.id if isinstance(node.func, ast.Name) else node.func.attr


def allowed(source: Module, places: tuple[str, ...]) -> bool:
    """Say whether a module is one of these, or lies in a package that is."""
    return any(source.name == place or source.name.startswith(f"{place}.") for place in places)


def trespasses(source: Module) -> list[str]:
    """Return the calls by which a module touches the disk or the clock though it may not."""
    banned = set[str]()
    banned |= set() if allowed(source, READERS) else READS | OPENS
    banned |= LOOKS if source.package in PURE else set()
    banned |= set() if allowed(source, WRITERS) else WRITES
    banned |= set() if allowed(source, TELLS_THE_TIME) else CLOCK
    return [f"{source.file}:{line} calls {name}()" for line, name in calls(source) if name in banned]


def outside(source: Module) -> list[str]:
    """Return the imports by which a module of the core reaches for paths, clock, network, chance or YAML."""
    if source.package not in PURE:
        return []
    names = {
        (node.lineno, name.partition(".")[0])
        for node in source.nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
    }
    return [f"{source.file}:{line} imports {name}" for line, name in sorted(names) if name in WORLD]


def opened(source: Module) -> list[str]:
    """Return the calls by which a module reads a workspace though it is given a snapshot, or completes a change."""
    found = [(line, name) for line, name in calls(source) if name in SNAPSHOTS and not allowed(source, OPENERS)]
    found += [(line, name) for line, name in calls(source) if name == "recover" and not allowed(source, RECOVERS)]
    return [f"{source.file}:{line} calls {name}()" for line, name in found]


def unseeded(source: Module) -> list[str]:
    return [
        f"{source.file}:{node.lineno} draws without a seed"
        for node in source.nodes
        if isinstance(node, ast.Call) and not node.args and not node.keywords
        if ast.unparse(node.func).endswith("default_rng")
    ]


def test_only_listed_modules_touch_the_disk_or_the_clock() -> None:
    obey(trespasses)


def test_only_what_begins_a_command_opens_a_workspace() -> None:
    obey(opened)


def test_pure_packages_know_no_paths_clock_network_or_yaml() -> None:
    obey(outside)


def test_every_draw_is_seeded() -> None:
    obey(unseeded)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("open('x')", "data.tables"),
        ("path.read_text()", "app.build"),
        ("frame.to_csv(path)", "app.workspace"),
        ("path.write_bytes(b'')", "review.verdicts"),
        ("path.write_bytes(b'')", "app.intake"),
        ("date.today()", "render.html.page"),
        ("folder.glob('*')", "text.wording"),
    ],
)
def test_a_trespass_is_found(text: str, name: str) -> None:
    assert len(trespasses(module(text, name))) == 1


@pytest.mark.parametrize("text", ["from pathlib import Path", "import os.path", "import yaml"])
def test_a_pure_module_that_looks_outside_is_found(text: str) -> None:
    assert len(outside(module(text))) == 1 and outside(module(text, "app.workspace")) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("workspace.snapshot(root)", "app.assess"),
        ("single_file(path)", "render.html.page"),
        ("snapshot(root)", "intake.review_rows"),
        ("recover(root)", "studio.jobs"),
    ],
)
def test_a_second_reading_is_found(text: str, name: str) -> None:
    assert len(opened(module(text, name))) == 1


def test_a_draw_without_a_seed_is_found() -> None:
    assert len(unseeded(module("numpy.random.default_rng()"))) == 1
    assert unseeded(module("numpy.random.default_rng(seed)")) == []
