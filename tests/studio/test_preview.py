"""What the reader of a preview is shown after each change of a file."""

from pathlib import Path

import pytest

from jianbao.app import products
from jianbao.app.products import FigureRequest, draw_requests
from jianbao.core.errors import UsageError
from jianbao.studio.preview import PreviewSession, open_preview
from tests.workspaces import amend

pytestmark = pytest.mark.slow

WORDING = "templates/wording/harbour.yml"


@pytest.fixture
def previews(workspace: Path) -> PreviewSession:
    found = open_preview(workspace, "", "brief", "")
    found.pull()
    return found


def test_the_first_proof_is_the_page_of_all_languages(previews: PreviewSession) -> None:
    assert previews.last.number == 1 and previews.last.errors == () and previews.last.changed == ""
    page = previews.last.page.decode()
    assert "港口近况" in page and "How the harbour does" in page


def test_a_changed_sentence_is_what_the_page_opens_on(previews: PreviewSession) -> None:
    amend(previews.root, WORDING, "最后结好的是", "末位结好的是")
    proof = previews.pull()
    assert proof.number == 2 and proof.changed == "harbour.ties"
    assert "末位结好的是" in proof.page.decode() and f'data-block="{proof.changed}"' in proof.page.decode()


def test_files_saved_without_a_change_give_no_new_page(previews: PreviewSession) -> None:
    before = previews.last
    (previews.root / WORDING).touch()
    assert previews.pull() == before


def test_a_fault_leaves_the_last_good_page_and_names_who_mends_it(previews: PreviewSession) -> None:
    good = previews.last.page
    amend(previews.root, WORDING, "最后结好的是", "第7个结好的是")
    proof = previews.pull()
    assert proof.page == good and proof.number == 1
    (error,) = proof.errors
    (problem,) = error.problems
    assert error.who == "writer or analyst" and str(problem).startswith(f"{WORDING}:7 ")


def test_what_is_mended_shows_again(previews: PreviewSession) -> None:
    amend(previews.root, WORDING, "最后结好的是", "第7个结好的是")
    previews.pull()
    amend(previews.root, WORDING, "第7个结好的是", "末位结好的是")
    proof = previews.pull()
    assert proof.errors == () and proof.number == 2 and "末位结好的是" in proof.page.decode()


def test_a_changed_cell_changes_numbers_and_scores(previews: PreviewSession) -> None:
    before = previews.last.page
    amend(previews.root, "data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Islands")
    proof = previews.pull()
    assert proof.errors == () and proof.page != before and proof.changed


def test_a_changed_theme_gives_a_new_page(previews: PreviewSession) -> None:
    amend(previews.root, "templates/theme.yml", "#7a3b00", "#00457a")
    assert previews.pull().number == 2 and "#00457a" in previews.last.page.decode()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[FigureRequest]:
    """Return the figures that are drawn from now on."""
    found: list[FigureRequest] = []

    def noted(given: list[FigureRequest]) -> object:
        found.extend(given)
        return draw_requests(given)

    monkeypatch.setattr(products, "draw_requests", noted)
    return found


def test_a_changed_sentence_draws_no_figure_again(previews: PreviewSession, drawn: list[FigureRequest]) -> None:
    amend(previews.root, WORDING, "最后结好的是", "末位结好的是")
    assert previews.pull().number == 2 and drawn == []
    amend(previews.root, "templates/theme.yml", "#7a3b00", "#00457a")
    assert previews.pull().number == 3 and {each.layout for each in drawn} == {"zh-en"}


def test_a_changed_cell_draws_a_figure_again_if_it_shows_it(
    previews: PreviewSession, drawn: list[FigureRequest]
) -> None:
    amend(previews.root, "data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Islands")
    assert previews.pull().number == 2 and drawn == []
    amend(previews.root, "data/ties.csv", "Islands,2019-01-15", "Islands,2018-01-15")
    assert previews.pull().number == 3 and {each.layout for each in drawn} == {"zh-en"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (WORDING, "最后结好的是", "末位结好的是"),
        ("templates/wording/figures.yml", "en: Friendly towns", "en: Towns of friends"),
        ("templates/theme.yml", "#7a3b00", "#00457a"),
        ("data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Islands"),
        pytest.param("data/ties.csv", "Highlands,2019-01-15", "Highlands,2018-01-15", marks=pytest.mark.deep),
        ("data/framework.yml", "draws: 400", "draws: 500"),
        pytest.param("data/names.csv", "grouping,群岛,Islands", "grouping,诸岛,Isles", marks=pytest.mark.deep),
        pytest.param(
            "data/measures.yml",
            "{count: ties, distinct: land, unit: land}",
            "{count: ties, distinct: town, unit: land}",
            marks=pytest.mark.deep,
        ),
        pytest.param(
            "data/rules.yml", "ties.grouping.delta, below: 3", "ties.grouping.delta, at_most: 2", marks=pytest.mark.deep
        ),
        pytest.param("data/lands.csv", "QUO,Highlands,thriving", "QUO,Highlands,modest", marks=pytest.mark.deep),
        pytest.param(
            "templates/wording/vocabulary.yml",
            "one: town, other: towns",
            "one: borough, other: boroughs",
            marks=pytest.mark.deep,
        ),
    ],
)
def test_a_proof_of_changed_files_is_that_of_a_preview_begun_with_them(
    previews: PreviewSession, file: str, old: str, new: str
) -> None:
    amend(previews.root, file, old, new)
    shown, begun = previews.pull(), open_preview(previews.root, "", "brief", "").pull()
    assert shown.number == 2 and shown.page == begun.page and shown.errors == begun.errors == ()


def test_a_template_without_a_web_page_is_shown_as_pdf(workspace: Path) -> None:
    outline = "outlines:\n  sheet:\n    - {section: summary, role: summary}\n"
    amend(workspace, "templates/outline.yml", "outlines:\n", outline)
    page = "{% extends 'built-in/brief/page.html.j2' %}{% block contents %}{% endblock %}"
    (workspace / "templates/sheet").mkdir()
    (workspace / "templates/sheet/page.html.j2").write_text(page)
    previews = open_preview(workspace, "", "sheet", "en")
    assert previews.pull().page.startswith(b"%PDF-"), previews.last.errors


@pytest.mark.parametrize(
    ("template", "layout", "said"),
    [("breif", "", "did you mean 'brief'?"), ("brief", "fr", "'fr'"), ("brief", "zh-fr", "'fr'")],
)
def test_what_there_is_not_cannot_be_shown(workspace: Path, template: str, layout: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        open_preview(workspace, "", template, layout)
    assert said in str(caught.value)
