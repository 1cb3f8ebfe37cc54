"""The invented city's one-page and official documents, set once: with an office that gives all, and with none.

And the press of this repository's own workspace.
"""

import shutil
from pathlib import Path

import pytest

from jianbao import inspection, press
from jianbao.publication.fonts import read_fonts
from jianbao.workspace import read_templates
from tests import whole

OVERLAY = Path(__file__).parent / "workspace"
LONG = {"zh: LONG": "zh: " + "港" * (28 * 30 + 10), "en: LONG": "en: The harbour is open"}


def official(folder: Path) -> Path:
    """Return the invented city's workspace with both templates and a paragraph that fills more than a page."""
    root = whole.copy(whole.MINIATURE, folder)
    shutil.copytree(OVERLAY, root, dirs_exist_ok=True)
    (root / "templates/theme.yml").unlink()  # the built-in theme sets official documents
    for old, new in LONG.items():
        whole.amend(root, "templates/wording/gongwen.yml", old, new)
    return root


def made(root: Path) -> Path:
    """Build the workspace and return the folder of its edition."""
    done = whole.run("build", root, "--output", root / "output")
    assert done.code == 0, done.err
    return root / "output" / "midsummer"


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Return such a workspace, to be changed."""
    return official(tmp_path / "letters")


@pytest.fixture(scope="session")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the edition of an office that gives everything to its letter."""
    return made(official(tmp_path_factory.mktemp("given") / "letters"))


@pytest.fixture(scope="session")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the edition of a workspace without an office."""
    root = official(tmp_path_factory.mktemp("unsigned") / "letters")
    (root / "data/delivery.yml").unlink()
    return made(root)


@pytest.fixture(scope="session")
def desk() -> press.Press:
    """Return the press of this repository's own workspace."""
    known = whole.assessed(whole.ROOT, "")
    fonts = read_fonts()
    snapshot = known.dossier.snapshot
    return press.Press(known, fonts, inspection.read_theme(snapshot), read_templates(snapshot))
