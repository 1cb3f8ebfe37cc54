"""What every test may ask for, how the tests are sorted, and how many examples Hypothesis tries."""

import gc
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.build_store import Store
    from tests.render.browser import Browser
    from tests.workspaces import Edition

os.environ.setdefault("JIANBAO_JOBS", "1")  # what a test changes in this process is what builds
os.environ.setdefault("JIANBAO_CACHE", "0")
os.environ["JIANBAO_UI_LANGUAGE"] = "en"  # whatever language the machine has
# New objects before garbage is looked for: left to Python, the search takes a sixth of the time.
gc.set_threshold(50_000)
# No test outlives a power cut: what is written need not wait for the disk, thousands of times. A test of a disk that
# fails puts its own function there; commands that run in a process of their own do wait.
os.fsync = lambda fd: None
# A shell makes what it starts in the background deaf to Ctrl-C, and so are the commands of tests that press it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# `make test` tries the same forty examples each time, `make test-deep` many new ones. The time for one is only there to
# find what never ends, on any machine.
_TRIES: dict[str, Any] = {
    "deadline": timedelta(minutes=1),
    "database": None,
    "suppress_health_check": tuple(HealthCheck),
}
settings.register_profile("test", max_examples=40, derandomize=True, **_TRIES)
settings.register_profile("deep", max_examples=10_000, print_blob=True, **_TRIES)
settings.load_profile("test")

# Files that take ten seconds or more, the longest first: a process that began one last would keep all waiting.
LONGEST = (
    *("test_real_brief.py", "test_readme.py", "test_browser.py", "test_editions.py", "test_faults.py"),
    *("test_command_line.py", "test_new_commands.py", "test_pdf.py", "test_variants.py", "test_dask_cluster.py"),
    *("test_rooms.py", "test_full_workspace.py", "test_propose.py", "test_deliver.py", "test_ofd.py", "test_review.py"),
    *("test_draft.py", "test_word.py", "test_custom_fonts.py", "test_supply.py", "test_gongwen.py", "test_sign_off.py"),
    *("test_strangers_workspace.py", "test_hostile.py", "test_crashes.py"),
)
COSTLY = ("slow", "validators", "deep")
# Fixtures that set pages or assess a large workspace: seconds, for the test that happens to ask first.
BUILT = {
    "edition",
    "finished",
    "given",
    "grown",
    "guangzhou",
    "leaflet",
    "letter",
    "lyon",
    "miniature",
    "official",
    "onepage",
    "packed",
    "page_text",
    "report",
    "unsigned",
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is fast, leave out what is deep unless it is asked for, and begin with the files that take longest."""
    for item in items:
        if BUILT & set(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
        if not any(item.get_closest_marker(name) for name in COSTLY):
            item.add_marker("fast")
    if "deep" not in config.option.markexpr:
        deep = [item for item in items if item.get_closest_marker("deep")]
        config.hook.pytest_deselected(items=deep)
        items[:] = [item for item in items if item not in set(deep)]
    slow = Counter(item.path.name for item in items if not item.get_closest_marker("fast"))
    items.sort(key=lambda item: (_turn(item.path.name), -slow[item.path.name], str(item.path)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return one process more than there are cores: one or the other waits for a build, a server or a worker."""
    from jianbao.core.workers import cores

    return cores() + 1


def pytest_collection_finish() -> None:
    """Keep the garbage collector from going again and again through a million objects that stay until the end."""
    gc.collect()
    gc.freeze()


def _turn(name: str) -> int:
    """Return when the turn of a file comes: those that take longest first, in their order, all others after them."""
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what lasts from run to run, the user's secret too, in a folder of the tests' own."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> "Store":
    """Return what the processes of this run share."""
    from tests.build_store import opened

    return opened(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory, store: "Store") -> "Edition":
    """Return the newest edition of an invented city, built whole, once a run."""
    from tests import workspaces

    return workspaces.built(workspaces.MINIATURE, "", tmp_path_factory.mktemp("miniature"), store)


@pytest.fixture(scope="session")
def guangzhou(tmp_path_factory: pytest.TempPathFactory, store: "Store") -> "Edition":
    """Return the newest edition of this repository's own workspace, built whole, once a run: takes most of a minute."""
    from tests import workspaces

    return workspaces.built(workspaces.ROOT, "", tmp_path_factory.mktemp("guangzhou"), store)


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    """Return a browser, started once a process."""
    from tests.render.browser import browser

    with browser(tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a copy of the invented city's workspace, to be changed."""
    from tests import workspaces

    return workspaces.copy(workspaces.MINIATURE, tmp_path / "workspace")


@pytest.fixture
def published(workspace: Path, miniature: "Edition") -> Path:
    """Return that copy with a good edition in its output."""
    shutil.copytree(miniature.folder, workspace / "output" / miniature.folder.name)
    return workspace


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the setting of pages, where it does not matter what is on them."""
    from jianbao.brief.outline import PAGED
    from jianbao.render import product

    for paged in PAGED:
        monkeypatch.setitem(product.RENDERERS, paged, lambda *_: b"%PDF-")
