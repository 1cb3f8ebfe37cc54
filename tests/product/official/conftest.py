"""The invented city's one-page and official documents, set once: with an office that gives all, and with none.

And what this repository's own workspace renders.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from jianbao.app import check, products
from jianbao.brief.model import Brief
from jianbao.brief.outline import Product
from jianbao.data.facts import Ledger
from jianbao.render.product import RenderJob
from jianbao.render.theme import Design
from tests import workspaces

OVERLAY = Path(__file__).parent / "workspace"


@dataclass(frozen=True)
class Desk:
    """An edition on a reader's desk: its facts, its design, and its documents with their figures."""

    ledger: Ledger
    design: Design
    composed: products.BriefsByVariant

    def brief(self, template: str) -> Brief:
        """Return the document of a template."""
        return next(brief for variant, brief in self.composed.items() if variant.template == template)

    def job(self, product: Product) -> RenderJob:
        """Return what a product is rendered from."""
        return products.job_of(product, self.composed, self.design)


LONG = {"zh: LONG": "zh: " + "港" * (28 * 30 + 10), "en: LONG": "en: The harbour is open"}


def official(folder: Path) -> Path:
    """Return the invented city's workspace with both templates and a paragraph that fills more than a page."""
    root = workspaces.copy(workspaces.MINIATURE, folder)
    shutil.copytree(OVERLAY, root, dirs_exist_ok=True)
    (root / "templates/theme.yml").unlink()  # the built-in theme sets official documents
    for old, new in LONG.items():
        workspaces.amend(root, "templates/wording/gongwen.yml", old, new)
    return root


def made(root: Path) -> Path:
    """Build the workspace and return the folder of its edition."""
    done = workspaces.run("build", root, "--output", root / "output")
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
    known = workspaces.assessed(workspaces.ROOT, "")
    needed = products.needed_by_all(Product(name, ("zh",)) for name in ("gongwen", "onepage"))
    return Desk(known.ledger, check.read_design(known.project.snapshot), workspaces.drawn(known, *needed))
