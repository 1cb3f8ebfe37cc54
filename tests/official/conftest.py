"""The invented city's one-page and official documents, set once: with an office that gives all, and with none.

And the press of this repository's own workspace.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from jianbao import inspection, press
from jianbao.evidence.facts import Ledger
from jianbao.forme import Forme
from jianbao.inspection import Design
from jianbao.publication.brief import Brief
from jianbao.publication.outline import Product
from tests import whole

OVERLAY = Path(__file__).parent / "workspace"


@dataclass(frozen=True)
class Desk:
    """An edition on a reader's desk: its facts, its design, and its documents with their figures."""

    ledger: Ledger
    design: Design
    composed: press.Composed

    def brief(self, template: str) -> Brief:
        """Return the document of a template."""
        return next(brief for (name, _), brief in self.composed.items() if name == template)

    def forme(self, product: Product) -> Forme:
        """Return what a product is rendered from."""
        return press.forme_of(product, self.composed, self.design)


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
def desk() -> Desk:
    """Return this repository's own edition in Chinese and English, one side and as an official report."""
    known = whole.assessed(whole.ROOT, "")
    needed = press.compositions(Product(name, ("zh",)) for name in ("gongwen", "onepage"))
    return Desk(known.ledger, inspection.read_design(known.dossier.snapshot), whole.drawn(known, *needed))
