"""What the reader of a preview is shown after each change of a file."""

from pathlib import Path

import pytest

from jianbao import press
from jianbao.errors import UsageError
from jianbao.press import Commission, sketches
from jianbao.preview.proof import Proofs, proofs_of
from tests.whole import amend

WORDING = "templates/wording/harbour.yml"


@pytest.fixture
def proofs(workspace: Path) -> Proofs:
    found = proofs_of(workspace, "", "brief", "")
    found.pull()
    return found


def test_the_first_proof_is_the_page_of_all_languages(proofs: Proofs) -> None:
    assert proofs.last.number == 1 and proofs.last.problems == () and proofs.last.changed == ""
    page = proofs.last.page.decode()
    assert "港口近况" in page and "How the harbour does" in page


def test_a_changed_sentence_is_what_the_page_opens_on(proofs: Proofs) -> None:
    amend(proofs.root, WORDING, "最后结好的是", "最近结好的是")
    proof = proofs.pull()
    assert proof.number == 2 and proof.changed == "harbour.ties"
    assert "最近结好的是" in proof.page.decode() and f'data-block="{proof.changed}"' in proof.page.decode()


def test_files_saved_without_a_change_give_no_new_page(proofs: Proofs) -> None:
    before = proofs.last
    (proofs.root / WORDING).touch()
    assert proofs.pull() == before


def test_a_fault_leaves_the_last_good_page_and_names_who_mends_it(proofs: Proofs) -> None:
    good = proofs.last.page
    amend(proofs.root, WORDING, "最后结好的是", "第7个结好的是")
    proof = proofs.pull()
    assert proof.page == good and proof.number == 1
    (who, problem), *more = proof.problems
    assert (who, more) == ("writer or analyst", []) and str(problem).startswith(f"{WORDING}:7 ")


def test_what_is_mended_shows_again(proofs: Proofs) -> None:
    amend(proofs.root, WORDING, "最后结好的是", "第7个结好的是")
    proofs.pull()
    amend(proofs.root, WORDING, "第7个结好的是", "最近结好的是")
    proof = proofs.pull()
    assert proof.problems == () and proof.number == 2 and "最近结好的是" in proof.page.decode()


def test_a_changed_cell_changes_numbers_and_scores(proofs: Proofs) -> None:
    before = proofs.last.page
    amend(proofs.root, "data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Islands")
    proof = proofs.pull()
    assert proof.problems == () and proof.page != before and proof.changed


def test_a_changed_theme_gives_a_new_page(proofs: Proofs) -> None:
    amend(proofs.root, "templates/theme.yml", "#7a3b00", "#00457a")
    assert proofs.pull().number == 2 and "#00457a" in proofs.last.page.decode()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Commission]:
    """Return the figures that are drawn from now on."""
    found: list[Commission] = []

    def noted(given: list[Commission]) -> object:
        found.extend(given)
        return sketches(given)

    monkeypatch.setattr(press, "sketches", noted)
    return found


def test_a_changed_sentence_draws_no_figure_again(proofs: Proofs, drawn: list[Commission]) -> None:
    amend(proofs.root, WORDING, "最后结好的是", "最近结好的是")
    assert proofs.pull().number == 2 and drawn == []
    amend(proofs.root, "templates/theme.yml", "#7a3b00", "#00457a")
    assert proofs.pull().number == 3 and {each.language for each in drawn} == {"zh", "en"}


def test_a_changed_cell_draws_a_figure_again_if_it_shows_it(proofs: Proofs, drawn: list[Commission]) -> None:
    amend(proofs.root, "data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Islands")
    assert proofs.pull().number == 2 and drawn == []
    amend(proofs.root, "data/ties.csv", "Islands,2019-01-15", "Islands,2018-01-15")
    assert proofs.pull().number == 3 and {each.language for each in drawn} == {"zh", "en"}


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (WORDING, "最后结好的是", "最近结好的是"),
        ("templates/wording/figures.yml", "en: Friendly towns", "en: Towns of friends"),
        ("templates/theme.yml", "#7a3b00", "#00457a"),
        ("data/ties.csv", "Grauberg,QUO,Highlands", "Grauberg,QUO,Islands"),
        ("data/ties.csv", "Highlands,2019-01-15", "Highlands,2018-01-15"),
        ("data/framework.yml", "draws: 400", "draws: 500"),
        ("data/names.csv", "grouping,群岛,Islands", "grouping,诸岛,Isles"),
        ("data/measures.yml", "{count: ties, distinct: land, unit: land}", "{count: ties, distinct: town, unit: land}"),
        ("data/rules.yml", "ties.grouping.delta, below: 3", "ties.grouping.delta, below: 4"),
        ("data/lands.csv", "QUO,Highlands,thriving", "QUO,Highlands,modest"),
        ("templates/wording/vocabulary.yml", "one: town, other: towns", "one: borough, other: boroughs"),
    ],
)
def test_a_proof_of_changed_files_is_that_of_a_preview_begun_with_them(
    proofs: Proofs, file: str, old: str, new: str
) -> None:
    amend(proofs.root, file, old, new)
    shown, begun = proofs.pull(), proofs_of(proofs.root, "", "brief", "").pull()
    assert shown.number == 2 and shown.page == begun.page and shown.problems == begun.problems == ()


def test_a_template_without_a_web_page_is_shown_as_pdf(workspace: Path) -> None:
    outline = "outlines:\n  sheet:\n    - {section: summary, role: summary}\n"
    amend(workspace, "templates/outline.yml", "outlines:\n", outline)
    page = "{% extends 'built-in/brief/page.html.j2' %}{% block contents %}{% endblock %}"
    (workspace / "templates/sheet").mkdir()
    (workspace / "templates/sheet/page.html.j2").write_text(page)
    proofs = proofs_of(workspace, "", "sheet", "en")
    assert proofs.pull().page.startswith(b"%PDF-"), proofs.last.problems


@pytest.mark.parametrize(
    ("template", "layout", "said"),
    [("breif", "", "did you mean 'brief'?"), ("brief", "fr", "'fr'"), ("brief", "zh-fr", "'fr'")],
)
def test_what_there_is_not_cannot_be_shown(workspace: Path, template: str, layout: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        proofs_of(workspace, "", template, layout)
    assert said in str(caught.value)
