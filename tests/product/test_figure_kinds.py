"""Every kind of figure that a workspace can declare is built into a brief, with one picture a page and its data."""

import re
from pathlib import Path

import pytest

from jianbao.app import products
from jianbao.brief.model import Brief
from jianbao.render.html.page import FULL_WIDTH
from tests import workspaces
from tests.pdf_text import alternatives

pytestmark = pytest.mark.slow

OVERLAY = Path(__file__).parent / "figures"
SECTION = "    - {section: measures, role: body}\n"
OWN = ("rivals", "course", "causes", "quiet", "fleets", "links", "days", "parts")


@pytest.fixture(scope="module")
def coast(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the invented city's workspace with a figure of every kind that is drawn from facts alone."""
    root = workspaces.copy(workspaces.MINIATURE, tmp_path_factory.mktemp("figures") / "coast")
    for path in sorted(OVERLAY.rglob("*.*")):
        file = root / path.relative_to(OVERLAY)
        before = file.read_text("utf-8").rstrip() + "\n" if file.exists() else ""
        file.write_text(before + path.read_text("utf-8"), "utf-8")
    part = "    - {section: compared, role: body}\n"
    workspaces.amend(root, "templates/outline.yml", SECTION, part + SECTION)
    workspaces.amend(root, "templates/outline.yml", "products: [", "products: [brief.zh-en.html, ")
    workspaces.amend(root, "templates/wording/vocabulary.yml", "\nunits:\n", "\nunits:\n  rank: {kind: rank}\n")
    for fact, control in (("ties.total", "city"), ("regatta.boats", "shared")):
        workspaces.amend(root, "data/framework.yml", f"fact: {fact}\n", f"fact: {fact}\n          control: {control}\n")
    return root


def brief_of(root: Path, layout: str) -> Brief:
    variant = products.DocumentVariant("brief", FULL_WIDTH, layout, data=True)
    return workspaces.drawn(workspaces.assessed(root, ""), variant)[variant]


def test_the_workspace_has_no_problems(coast: Path) -> None:
    done = workspaces.run("check", coast)
    assert done.code == 0, done.out + done.err


def test_every_figure_is_drawn_in_each_language_and_in_both_at_once(coast: Path) -> None:
    for layout in ("", "zh-en"):
        figures = {block.figure.id: block.figure for block in brief_of(coast, layout).blocks() if block.figure}
        assert set(figures) == {"friends", *OWN}
        for figure in figures.values():
            chinese, english = (figure.pictures[language].svg.decode() for language in ("zh", "en"))
            assert (chinese == english) == bool(layout)
            assert figure.facts and figure.data and figure.data.tables, figure.id


def test_a_figure_of_two_languages_has_the_labels_of_both(coast: Path) -> None:
    figures = {block.figure.id: block.figure for block in brief_of(coast, "zh-en").blocks() if block.figure}
    drawn = figures["rivals"].pictures["zh"]
    labels = re.findall(r">([^<>]+)</text>", drawn.svg.decode())
    assert {"友城", "Friendly towns", "沿岸名次", "Place along the coast"} <= set(labels)
    assert {"仅有意向", "promised only"} <= set(labels)
    assert drawn.alt == "点图：塔恩港友城6个。\nDot strips of towns, where Tarnhaven has 6 ties."


def test_the_edition_is_built_with_all_of_them(coast: Path, tmp_path: Path) -> None:
    done = workspaces.run("build", coast, "--output", tmp_path, "--lang", "zh-en")
    assert done.code == 0, done.err
    folder = tmp_path / "midsummer"
    assert len(alternatives(folder / "brief.zh-en.pdf")) == len(OWN) + 1
    page = (folder / "brief.zh-en.html").read_text("utf-8")
    assert page.count("<figure>") == page.count('<details class="data">') == len(OWN) + 1
    assert set(re.findall(r'download="([^"]+)\.en\.csv"', page)) == {"friends", *OWN}
