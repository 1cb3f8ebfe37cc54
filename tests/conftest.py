"""What every test may ask for."""

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.whole import Edition

os.environ.setdefault("JIANBAO_JOBS", "1")  # what a test changes in this process is what builds
os.environ.setdefault("JIANBAO_CACHE", "0")


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what lasts from run to run, the user's secret too, in a folder of the tests' own."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture(scope="session")
def miniature(tmp_path_factory: pytest.TempPathFactory) -> "Edition":
    """Return the newest edition of an invented city, built whole, once a session."""
    from tests import whole

    return whole.built(whole.MINIATURE, "", tmp_path_factory.mktemp("miniature"))


@pytest.fixture(scope="session")
def guangzhou(tmp_path_factory: pytest.TempPathFactory) -> "Edition":
    """Return the newest edition of this repository's own workspace, built whole, once a session: takes a minute."""
    from tests import whole

    return whole.built(whole.ROOT, "", tmp_path_factory.mktemp("guangzhou"))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a copy of the invented city's workspace, to be changed."""
    from tests import whole

    return whole.copy(whole.MINIATURE, tmp_path / "workspace")


@pytest.fixture
def published(workspace: Path, miniature: "Edition") -> Path:
    """Return that copy with a good edition in its output."""
    shutil.copytree(miniature.folder, workspace / "output" / miniature.folder.name)
    return workspace


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the setting of pages, where it does not matter what is on them."""
    from jianbao import forme

    monkeypatch.setitem(forme.PRINTERS, "pdf", lambda *_: b"%PDF-")
