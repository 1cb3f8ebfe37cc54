"""What SECURITY.md promises of a build, seen from the interpreter: what it opens, connects to and starts."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from jianbao.core.private_files import cache_folder
from jianbao.render.fonts.build import HAN_FOLDERS
from tests.repository.tree import ROOT

pytestmark = pytest.mark.slow
SECURITY = (ROOT / "SECURITY.md").read_text("utf-8")
SYSTEM = ("/usr/lib", "/usr/share", "/lib", "/etc", "/proc", "/dev", "/sys")


def lent(workspace: Path) -> tuple[Path, Path]:
    """Return the folders for temporary files and for what matplotlib keeps, which a test lends to a build."""
    return workspace.parent / "temporary", workspace.parent / "drawing"


# Records what the interpreter does, then runs the command line; a library cannot turn such a hook off again.
WITNESS = """
import json, os, sys
seen = {"read": [], "written": [], "connected": [], "started": []}
def witness(event, given):
    if event == "open" and isinstance(given[0], (str, bytes)):
        writes = given[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        seen["written" if writes else "read"].append(os.path.realpath(os.fsdecode(given[0])))
    elif event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir"):
        seen["written"].append(os.path.realpath(os.fsdecode(given[0])))
    elif event in ("socket.connect", "socket.getaddrinfo", "socket.bind", "urllib.Request"):
        seen["connected"].append(str(given))
    elif event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn"):
        seen["started"].append(str(given[:2]))
from jianbao.cli import main
sys.addaudithook(witness)
try:
    main()
finally:
    found = json.dumps(seen)
    with open(os.environ["WITNESS"], "w") as file:
        file.write(found)
"""


@dataclass(frozen=True)
class Seen:
    """What a build did: files that it read and wrote, what it connected to, and what it started."""

    read: tuple[str, ...]
    written: tuple[str, ...]
    connected: tuple[str, ...]
    started: tuple[str, ...]


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Seen, Path]:
    from tests import workspaces

    folder = tmp_path_factory.mktemp("promises")
    workspace = workspaces.copy(workspaces.MINIATURE, folder / "workspace")
    outline = workspace / "templates" / "outline.yml"
    products = "products: [brief.zh-en.pdf, brief.en.docx, brief.en.html]"
    outline.write_text(re.sub(r"products:.*", products, outline.read_text("utf-8"), count=1), "utf-8")
    temporary, drawing = lent(workspace)
    temporary.mkdir()
    lends = {"WITNESS": str(folder / "seen.json"), "TMPDIR": str(temporary), "MPLCONFIGDIR": str(drawing)}
    world = {**os.environ, **lends, "PYTHONDONTWRITEBYTECODE": "1"}  # compiled modules are the interpreter's own
    command = [sys.executable, "-c", WITNESS, "build", str(workspace)]
    done = subprocess.run(command, cwd=folder, env=world, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Seen(
        **{key: tuple(value) for key, value in json.loads((folder / "seen.json").read_text()).items()}
    ), workspace


def test_a_build_connects_to_nothing(seen: tuple[Seen, Path]) -> None:
    inside = "('data:"  # an address that holds what it names
    assert [each for each in seen[0].connected if not each.startswith(inside)] == []


def test_a_build_starts_only_what_lists_fonts_and_libraries(seen: tuple[Seen, Path]) -> None:
    names = {Path(each.split("'")[1]).name for each in seen[0].started}
    assert names <= {"fc-list", "ldconfig", "gcc", "ld"}


def test_a_build_reads_the_workspace_the_program_and_the_fonts_alone(seen: tuple[Seen, Path]) -> None:
    found, workspace = seen
    allowed = [workspace, cache_folder(), *lent(workspace), *map(Path, (*sys.path, sys.prefix, sys.base_prefix))]
    allowed += [Path(place).expanduser() for place in (*HAN_FOLDERS, *SYSTEM)]
    assert outside(found.read, allowed) == set()


def test_a_build_writes_into_its_output_and_into_folders_for_what_can_be_made_again(seen: tuple[Seen, Path]) -> None:
    found, workspace = seen
    assert outside(found.written, [workspace / "output", *lent(workspace), Path("/dev")]) == set()
    assert not list(lent(workspace)[0].iterdir())


def test_what_people_edit_is_changed_by_the_commands_that_the_page_names_alone() -> None:
    changing = {
        path.relative_to(ROOT / "src/jianbao").as_posix()
        for path in (ROOT / "src/jianbao").rglob("*.py")
        if re.search(r"(?<!def )\b(commit|transaction\.append)\(", path.read_text("utf-8"))
    }
    approving = {"app/approval.py", "app/sign_off/review_copies.py", "app/sign_off/stations.py"}
    assert changing == {"app/editions.py", "app/intake.py", "app/review.py", "cli/editions.py"} | approving
    named = re.search("files that people edit are changed only by (.*?), all of it", SECURITY)
    commands = set(re.findall("`([a-z -]+)`", named[1])) if named else set()
    assert commands == {
        *("edition new", "intake", "apply", "review", "propose --keep", "examples remove", "upgrade", "studio")
    }


def outside(names: tuple[str, ...], allowed: list[Path]) -> set[str]:
    places = tuple(os.path.realpath(place) for place in allowed if str(place) != ".")
    return {name for name in names if not name.startswith(places)}


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(tests/[\w./]+\.py)`", SECURITY)
    assert len(named) > 10 and [name for name in named if not (ROOT / name).is_file()] == []


def test_the_page_in_chinese_makes_the_same_promises() -> None:
    """Compare what both pages write as code: files, commands, options and tests."""
    chinese = (ROOT / "SECURITY.zh-CN.md").read_text("utf-8")
    assert set(re.findall("`[^`]+`", chinese)) == set(re.findall("`[^`]+`", SECURITY))
