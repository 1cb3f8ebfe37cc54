"""A recalled source, fact or row is found in every published edition: what rests on it, where it stands, who has it."""

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jianbao.app.assess import renderer_of
from jianbao.brief.letterhead import Letterhead
from jianbao.data.facts import Fact, Ledger
from jianbao.render import product
from jianbao.review.corrections import CorrectedFacts, Correction, Notice
from tests import workspaces
from tests.pdf_text import bare, pages
from tests.workspaces import Done, amend, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with an edition whose pages are not set."""
    root = workspaces.copy(workspaces.MINIATURE, tmp_path_factory.mktemp("built") / "workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(product.RENDERERS, "pdf", lambda *_: b"%PDF-")
        assert run("build", root).code == 0
    return root


@pytest.fixture
def published(built: Path, tmp_path: Path) -> Path:
    """Return a copy of it, to be changed."""
    shutil.copytree(built, tmp_path / "workspace")
    return tmp_path / "workspace"


def recalled(root: Path, what: str) -> dict[str, Any]:
    done = run("recall", what, root, "--json")
    assert done.code == 0, done.err
    (edition,) = json.loads(done.out)["editions"]
    found: dict[str, Any] = edition
    return found


def test_a_row_is_found_in_facts_scores_sentences_and_documents(published: Path) -> None:
    edition = recalled(published, "tallies:6")
    assert edition["label"] == "midsummer" and "visitors.value" in edition["facts"]
    assert "normal.visitors" in edition["scores"] and "visitors.value" not in edition["scores"]
    item = next(each for each in edition["items"] if each["id"] == "harbour.market:2")
    assert "38,750" in item["texts"]["en"] and item["documents"] == ["brief"]
    assert edition["products"] == ["brief.en.pdf", "brief.zh-en.pdf", "brief.zh.pdf"]


def test_a_fact_brings_what_is_made_of_it_and_nothing_beside_it(published: Path) -> None:
    edition = recalled(published, "market.first")
    assert {"market.first", "market.growth"} <= set(edition["facts"])
    assert not {"visitors.value", "ties.total"} & set(edition["facts"])


def test_a_source_brings_every_fact_that_cites_it(published: Path) -> None:
    facts = set(recalled(published, "gazette")["facts"])
    assert {"ties.total", "regatta.boats"} <= facts and "market.first" not in facts


def test_the_page_of_a_passage_is_named(workspace: Path) -> None:
    assert run("build", workspace, "--lang", "en").code == 0
    edition = recalled(workspace, "tallies:6")
    item = next(each for each in edition["items"] if each["id"] == "harbour.market:2")
    (pages,) = item["pages"].values()
    assert pages == [1] or pages == [2]
    folder = workspace / "output/midsummer"
    shutil.copy(folder / "brief.en.pdf", folder / "brief.en.ofd")
    edition = recalled(workspace, "tallies:6")
    item = next(each for each in edition["items"] if each["id"] == "harbour.market:2")
    assert item["pages"] == {"brief.en.pdf": pages, "brief.en.ofd": pages}, "an OFD has the pages of its PDF"


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ("tallies:99", "there is no row 99 in data/tallies.csv"),
        (f"tallies:{'9' * 5000}", "there is no row 999"),
        ("tallies:", "there is no row ? in data/tallies.csv"),
        ("visitors.valu", "did you mean 'visitors.value'?"),
        ("rumours", "no published edition rests on it"),
    ],
)
def test_what_no_edition_carries_is_wrong_usage(published: Path, what: str, refusal: str) -> None:
    done = run("recall", what, published)
    assert done.code == 2 and refusal in done.err


REASONS = ("--because", "en=The count was wrong.", "--because", "zh=计数有误。", "--day", "2031-08-01")


def corrected(root: Path, what: str, folder: Path) -> Done:
    return run("recall", what, root, "--notice", folder, *REASONS)


def notice_text(folder: Path, language: str) -> str:
    return (folder / f"correction.midsummer.{language}.txt").read_text("utf-8").replace("\u00a0", " ")


@pytest.fixture
def righted(published: Path) -> Path:
    """Return a workspace whose published edition counts guests wrongly, and whose data have the right number."""
    amend(published, "data/tallies.csv", "visitors,38750", "visitors,39870")
    return published


@pytest.fixture(scope="module")
def notice(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a notice that puts the guests right."""
    folder = tmp_path_factory.mktemp("notice")
    shutil.copytree(built, folder / "workspace")
    amend(folder / "workspace", "data/tallies.csv", "visitors,38750", "visitors,39870")
    done = corrected(folder / "workspace", "tallies:6", folder / "made")
    assert done.code == 0, done.err
    return folder / "made"


def test_a_notice_is_an_official_document_a_marked_page_and_a_mail(notice: Path) -> None:
    ends = ("en.txt", "gongwen.en.pdf", "gongwen.zh.pdf", "zh-en.pdf", "zh.txt")
    assert sorted(file.name for file in notice.iterdir()) == [f"correction.midsummer.{end}" for end in ends]


def test_a_notice_says_edition_passage_what_was_said_what_is_right_why_and_on_which_source(notice: Path) -> None:
    english, chinese = notice_text(notice, "en"), notice_text(notice, "zh")
    assert english.startswith("Correction to “Tarnhaven brief”, midsummer\n") and "30 June 2031" in english
    assert "Reason: The count was wrong." in english and "更正原因：计数有误。" in chinese
    assert "As printed: Guests came as 38,750 visitors" in english
    assert "Corrected: Guests came as 39,870 visitors" in english
    assert "原文：来客3.875万人" in chinese and "更正为：来客3.987万人" in chinese
    assert "Gazette of Tarnhaven" in english and "更正依据：" in chinese
    assert "Outward it is 61.2, inward 70.5 (64.5 to 77.3)." in english, "what follows from it is corrected too"
    assert "regatta" not in english.lower(), "what reads as before is not listed"


def test_figures_and_tables_are_corrected_by_the_values_that_they_print_otherwise(notice: Path) -> None:
    english = notice_text(notice, "en")
    assert "“Facts used”: " in english and "Number of guests = 38,750" in english and "= 39,870" in english
    assert "Change of the score" not in english, "it moved by less than is printed"


def test_the_official_notice_has_the_day_the_office_and_the_table_as_its_annex(notice: Path) -> None:
    text = bare("".join(pages(notice / "correction.midsummer.gongwen.zh.pdf")))
    for part in ("关于更正《塔恩港简报》", "更正对照表", "2031年8月1日", "3.987万", "特此函告", "样稿", "更正依据："):
        assert part in text


def test_a_notice_names_the_page(workspace: Path, tmp_path: Path) -> None:
    assert run("build", workspace, "--lang", "en").code == 0
    amend(workspace, "data/tallies.csv", "visitors,38750", "visitors,39870")
    assert corrected(workspace, "tallies:6", tmp_path).code == 0
    assert "brief.en.pdf, p. 1\n   As printed: Guests came" in notice_text(tmp_path, "en")


def test_a_passage_without_a_page_names_the_file_that_its_reader_has(notice: Path) -> None:
    assert "\n1. brief.en.pdf\n" in notice_text(notice, "en") and "\n1. brief.zh.pdf\n" in notice_text(notice, "zh")


def test_an_address_longer_than_its_column_is_broken_on_the_pages_of_a_notice(righted: Path, tmp_path: Path) -> None:
    address = f"https://tarnhaven.example/{'harbour' * 20}"
    amend(righted, "data/sources.yml", "kind: J\n", f"kind: J/OL\n  url: {address}\n  accessed: 2031-06-01\n")
    done = corrected(righted, "tallies:6", tmp_path)
    assert done.code == 0, done.err
    assert address in bare("".join(pages(tmp_path / "correction.midsummer.gongwen.en.pdf")))


def test_the_workspace_may_say_it_in_its_own_words(righted: Path, tmp_path: Path) -> None:
    own = righted / "templates/wording/correction.yml"
    own.write_text("phrases:\n  title: {zh: 勘误, en: Erratum}\n", "utf-8")
    assert corrected(righted, "tallies:6", tmp_path).code == 0
    assert notice_text(tmp_path, "en").startswith("Erratum\n") and "计数有误" in notice_text(tmp_path, "zh")


def test_a_value_restated_beside_the_wrong_one_is_the_right_one(published: Path, tmp_path: Path) -> None:
    table = published / "data/tallies.csv"
    head, *rows = table.read_text("utf-8").splitlines()
    restated = "visitors,40100,visitor,=,2030,gazette,stated,2031-07-20"
    table.write_text("\n".join([f"{head},known_from", *(f"{row}," for row in rows), restated]) + "\n", "utf-8")
    assert corrected(published, "tallies:6", tmp_path).code == 0
    english = notice_text(tmp_path, "en")
    assert "Corrected: Guests came as 40,100 visitors" in english
    assert "Gazette" in english and "Almanac" not in english, "the source is that of the right value"


PASSAGE = Correction(
    item="harbour.market:2",
    printed={"zh": "甲", "en": "A"},
    right={},
    documents=("brief",),
    files=("brief.zh-en.html", "brief.zh-en.pdf", "brief.en.pdf", "onepage.zh.pdf"),
    pages={},
    values=(),
    sources=(),
)


def notice_of(passage: Correction) -> Notice:
    known = workspaces.assessed(workspaces.MINIATURE)
    return Notice(
        renderer=renderer_of(known),
        edition="midsummer",
        as_of=known.issue.as_of,
        day=date(2031, 8, 1),
        reasons={"zh": "误", "en": "wrong"},
        corrections=(passage,),
        sources={},
        names={},
        letterhead=Letterhead(),
        reader="",
        languages={"zh": "zh-CN", "en": "en-GB"},
    )


def test_a_passage_that_is_not_said_any_more_is_deleted() -> None:
    passage, notice = PASSAGE, notice_of(PASSAGE)
    assert notice.right(passage) == {"zh": "（删去此内容）", "en": "(to be deleted)"}
    assert notice.place(passage)["en"] == "brief.en.pdf, How the harbour does", (
        "where no page is known, the file and the part that it stands in"
    )
    assert notice.place(replace(passage, item="summary.line:1"))["en"] == "brief.en.pdf", (
        "a part without a title is not told"
    )


def test_a_notice_names_the_ofd_with_its_pdf_for_whoever_was_sent_that() -> None:
    both = replace(PASSAGE, files=("brief.en.ofd", "brief.en.pdf"), pages={"brief.en.ofd": (3,), "brief.en.pdf": (3,)})
    assert notice_of(both).place(both)["en"] == "brief.en.pdf, brief.en.ofd, p. 3"


@pytest.mark.parametrize("reason", ["抄录有误", "抄录有误。"])
def test_a_reason_ends_in_one_full_stop(reason: str) -> None:
    said = replace(notice_of(PASSAGE), reasons={"zh": reason, "en": "It was copied wrongly"}).say("reason")
    assert said.text("zh") == "更正原因：抄录有误。" and said.text("en") == "Reason: It was copied wrongly."


def test_there_is_no_notice_before_the_data_are_put_right(published: Path, tmp_path: Path) -> None:
    done = corrected(published, "tallies:6", tmp_path / "n")
    assert done.code == 2 and "no published text would change" in done.err
    assert not (tmp_path / "n").exists()


def test_there_is_no_notice_where_the_right_value_rests_on_the_source_that_is_recalled(
    righted: Path, tmp_path: Path
) -> None:
    done = corrected(righted, "gazette", tmp_path / "n")
    assert done.code == 3 and "visitors.value: the right value still rests on 'gazette', which is recalled" in done.err
    assert "write the source of the right value into data/tallies.csv" in done.err


def test_there_is_no_notice_for_a_right_value_without_a_source() -> None:
    was, now = Fact(id="a", value=1.0), Fact(id="a", value=2.0)
    made = Fact(id="b", value=2.0, parents=("a",))
    day = date(2031, 6, 30)
    facts = CorrectedFacts(
        published=Ledger({"a": was, "b": replace(made, value=1.0)}, day),
        right=Ledger({"a": now, "b": made}, day),
        affected=("a", "b"),
        recalled="",
        cited=(),
        files={},
    )
    assert [str(each) for each in facts.unsourced()] == ["a: the right value has no source"]
    assert not list(replace(facts, cited=("gazette",)).unsourced())


def test_a_notice_says_why_in_every_language(righted: Path, tmp_path: Path) -> None:
    done = run("recall", "tallies:6", righted, "--notice", tmp_path / "n", "--because", "en=an error")
    assert done.code == 2 and "there is no reason in 'zh'" in done.err


def test_a_reason_without_its_language_and_a_day_that_is_none_are_wrong_usage(published: Path, tmp_path: Path) -> None:
    done = run("recall", "tallies:6", published, "--notice", tmp_path / "n", "--because", "an error")
    assert done.code == 2 and "name the language of each reason" in done.err
    done = run("recall", "tallies:6", published, "--notice", tmp_path / "n", "--day", "August")
    assert done.code == 2 and "'August' is not a day" in done.err
