"""A brief goes round in Word and comes back: what was changed stands in the reviews, at its sentence, once."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from docx.text.run import Run
from openpyxl import load_workbook

from jianbao.render.fonts.registry import read_fonts
from tests.render.test_word import converted
from tests.workspaces import MINIATURE, amend, copy, run, snapshot

REVIEWS = "data/reviews/midsummer.jsonl"
TIES, MARKET = "harbour.ties:1", "harbour.market:1"
TOWNS = "Of six friendly towns"
SHOWN = (qn("w:t"), qn("w:tab"))


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace from which a copy was sent out."""
    root = copy(MINIATURE, tmp_path_factory.mktemp("sent"))
    done = run("review", "export", root, "--lang", "en")
    assert done.code == 0, done.err
    return root


@pytest.fixture
def root(sent: Path, tmp_path: Path) -> Path:
    made = copy(sent, tmp_path)
    (made / "brief.en.docx").write_bytes((sent / "output/midsummer.review/brief.en.docx").read_bytes())
    return made


def runs(document: WordDocument, text: str) -> list[Run]:
    found = [Run(each, Paragraph(each.getparent(), document)) for each in document.element.body.iter(qn("w:r"))]
    return [each for each in found if text in each.text]


def edited(root: Path) -> Path:
    """Change words and a number, take a sentence out, add a paragraph and a comment, without tracking it."""
    file = root / "brief.en.docx"
    document = Document(str(file))
    (ties,) = runs(document, "friendly towns, ")
    ties.text = ties.text.replace("friendly towns", "sister towns")
    (latest,) = runs(document, "The latest to join")
    latest.text = ""
    (guests,) = runs(document, "Guests came as")
    guests.text = guests.text.replace("38,750", "40,000")
    (best,) = runs(document, "At its largest")
    document.add_comment(best, "Say in which year.", author="Zhao")
    document.add_paragraph("A thought of nobody's.")
    document.save(str(file))
    return file


def brought(root: Path, file: Path, *more: str) -> dict[str, Any]:
    done = run("review", "import", file, "--by", "Li Wen", "-w", root, "--json", *more)
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def verdicts_in(record: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["verdict"], each["item"]) for each in record["new"]}


def lines(root: Path) -> Iterator[dict[str, Any]]:
    return map(json.loads, (root / REVIEWS).read_text("utf-8").splitlines())


WANTED = {
    ("proposed", "harbour.ties:1"),
    ("proposed", "harbour.ties:2"),
    ("asked", "harbour.market:2"),
    ("returned", "harbour.regatta_facts.2:1"),
}


@pytest.mark.slow
def test_a_copy_that_nobody_touched_says_nothing(root: Path) -> None:
    found = brought(root, root / "brief.en.docx")
    assert found["new"] == [] and found["unplaced"] == [] and not (root / REVIEWS).exists()


@pytest.mark.slow
def test_what_was_changed_comes_back_at_its_sentence_and_a_second_import_adds_nothing(root: Path) -> None:
    found = brought(root, edited(root))
    assert verdicts_in(found) == WANTED and len(found["unplaced"]) == 1
    by_item = {each["item"]: each for each in lines(root)}
    wording = by_item["harbour.ties:1"]
    assert wording["after"].startswith("Of {{ ties.total }} sister towns, {{ ties.grouping.highlands }} lie")
    assert wording["language"] == "en" and wording["by"] == "Li Wen"
    assert "after" not in by_item["harbour.ties:2"] and by_item["harbour.market:2"]["fact"] == "visitors.value"
    assert "[Zhao]" in by_item["harbour.regatta_facts.2:1"]["comment"]
    before = snapshot(root)
    again = brought(root, root / "brief.en.docx")
    assert again["new"] == [] and again["known"] == len(WANTED) and snapshot(root) == before


@pytest.mark.slow
def test_a_proposal_of_words_is_applied_by_the_name_that_the_import_gives_it(root: Path) -> None:
    found = brought(root, edited(root))
    names = {each["item"]: each["proposal"] for each in found["new"]}
    assert names.pop("harbour.ties:1").endswith("-li-wen") and not any(names.values())
    name = found["new"][0]["proposal"]
    assert f"{name}  Li Wen: brief.en.docx: “" in run("apply", root).out
    done = run("apply", name, root, "--by", "Ann", "--yes")
    assert done.code == 0, done.err
    text = (root / "templates/wording/harbour.yml").read_text("utf-8")
    assert "en: Of {{ ties.total }} sister towns, {{ ties.grouping.highlands }} lie in the Highlands" in text
    assert run("apply", root).out.strip() == "No proposal waits."
    checked = run("check", root).err
    assert "it was changed since; if it is right now: jianbao review approve harbour.ties:1 --by NAME" in checked
    assert "mend it, then: jianbao review approve harbour.ties:2 --by NAME" in checked


@pytest.mark.slow
def test_words_that_changed_meanwhile_are_not_written_over_by_a_proposal(root: Path) -> None:
    name = brought(root, edited(root))["new"][0]["proposal"]
    amend(root, "templates/wording/harbour.yml", "friendly towns, {{", "old friends, {{")
    refused = run("apply", name, root, "--by", "Ann", "--yes")
    assert refused.code and "sister towns" in refused.err and "old friends" in refused.err


@pytest.mark.slow
def test_what_came_back_holds_up_a_final_until_it_is_approved(root: Path) -> None:
    brought(root, edited(root))
    shown = run("review", root)
    assert "“…f 6 friendly towns" not in shown.out and shown.out.count("returned") >= len(WANTED)
    refused = run("check", root)
    assert refused.code and "Li Wen returned 'harbour.ties:1'" in refused.err
    run("review", "approve", "harbour", "--by", "Ann", "-w", root)
    assert "Li Wen returned" not in run("check", root).err


@pytest.mark.slow
def test_words_that_others_changed_meanwhile_are_no_change_of_this_reviewer(root: Path) -> None:
    file = edited(root)
    amend(root, "templates/wording/harbour.yml", "The market turned over", "The market now turned over")
    assert verdicts_in(brought(root, file)) == WANTED


@pytest.mark.slow
@pytest.mark.validators
def test_a_copy_that_libreoffice_saved_says_the_same(root: Path) -> None:
    saved = converted(edited(root), "odt:writer8")
    assert verdicts_in(brought(root, converted(saved, "docx:MS Word 2007 XML"))) == WANTED


def entries(file: Path) -> list[str]:
    """Return the entries in the contents of a Word file, each with a tab and its page if it has one."""
    contents = Document(str(file)).element.body.iter(qn("w:sdt"))
    links = [link for each in contents for link in each.iter(qn("w:hyperlink"))]
    return ["".join("\t" if part.tag == qn("w:tab") else part.text for part in link.iter(*SHOWN)) for link in links]


@pytest.mark.slow
@pytest.mark.validators
def test_the_contents_of_a_copy_have_the_pages_on_which_its_headings_are(root: Path) -> None:
    file = root / "brief.en.docx"
    numbered = [entry.partition("\t") for entry in entries(file)]
    with read_fonts().alone():
        document = pypdfium2.PdfDocument(converted(file, "pdf"))
    texts = ["".join(page.get_textpage().get_text_range().split()) for page in document]
    document.close()
    for title, _, number in numbered:
        wanted = "".join(title.split())
        found = [page for page, text in enumerate(texts, 1) for _ in range(text.count(wanted))]
        assert found[1] == int(number), title  # the first place is the entry itself
    assert len(numbered) > 3


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["shutil.which", "heading_pages"])
def test_the_contents_of_a_copy_have_no_pages_where_nobody_can_count_them(
    sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    root = copy(sent, tmp_path)
    monkeypatch.setattr(f"jianbao.render.word.package.{missing}", lambda _: {})
    done = run("review", "export", root, "--lang", "en", "--to", tmp_path / "out")
    assert done.code == 0, done.err
    numbered = entries(sent / "output/midsummer.review/brief.en.docx")
    assert entries(tmp_path / "out/brief.en.docx") == [entry.partition("\t")[0] for entry in numbered]


@pytest.mark.slow
def test_a_copy_is_not_written_over_one_that_somebody_changed(
    sent: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copy(sent, tmp_path)
    monkeypatch.setattr("jianbao.render.word.package.heading_pages", lambda _: {})  # not looked at
    for _ in range(2):
        done = run("review", "export", root, "--lang", "en", "--to", tmp_path / "out")
        assert done.code == 0, done.err
    file = tmp_path / "out/brief.en.docx"
    file.write_bytes(b"changed")
    refused = run("review", "export", root, "--lang", "en", "--to", tmp_path / "out")
    assert refused.code == 2 and "somebody has changed" in refused.err and file.read_bytes() == b"changed"


@pytest.mark.slow
def test_sentences_corrected_in_a_workbook_come_back_in_their_language(root: Path) -> None:
    done = run("review", "export", root, "--format", "xlsx", "--to", root / "out")
    assert done.code == 0, done.err
    book = load_workbook(BytesIO((root / "out/brief.zh-en.xlsx").read_bytes()))
    cell = next(cell for row in book.worksheets[0] for cell in row if str(cell.value).startswith("友城6个：高地"))
    cell.value = str(cell.value).replace("友城", "友好城镇")
    book.save(root / "out/back.xlsx")
    found = brought(root, root / "out/back.xlsx")
    assert [(each["verdict"], each["item"], each["language"]) for each in found["new"]] == [("proposed", TIES, "zh")]
    assert found["new"][0]["after"].startswith("友好城镇{{ ties.total }}个：")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content", "what"),
    [("x.docx", b"text", "neither a Word document nor a workbook"), ("x.xlsx", b"text", "neither a Word document")],
)
def test_what_is_no_copy_is_refused(root: Path, name: str, content: bytes, what: str) -> None:
    (root / name).write_bytes(content)
    done = run("review", "import", root / name, "--by", "Li Wen", "-w", root)
    assert done.code == 2 and what in done.err


@pytest.mark.slow
def test_a_copy_that_is_not_there_is_told_without_a_hint_at_built_editions(root: Path) -> None:
    done = run("review", "import", root / "brief.en.doc", "--by", "Li Wen", "-w", root)
    assert done.code == 2 and "does not exist" in done.err and "ledger.json" not in done.err


@pytest.mark.slow
def test_a_copy_without_its_record_says_which_file_is_missing(root: Path) -> None:
    (kept,) = (root / "data/reviews/copies").iterdir()
    kept.unlink()
    done = run("review", "import", root / "brief.en.docx", "--by", "Li Wen", "-w", root)
    assert done.code == 2 and f"is missing in this workspace: data/reviews/copies/{kept.name}" in done.err
