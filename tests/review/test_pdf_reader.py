"""A finished PDF is read back as it stands on its pages."""

from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from jianbao.review.quality.pdf_reader import (
    PdfText,
    Printed,
    bare,
    count_pages,
    pages_with,
    places_on,
    read_pdf,
)
from jianbao.studio.pages.changed_pages import _sought, _without_repeated, changed_rows, joined
from jianbao.text.render import Piece, Sentence, Statement
from tests.workspaces import Edition, everything


@pytest.fixture(scope="module", params=["zh", "en"])
def layout(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def found(miniature: Edition, layout: str) -> PdfText:
    return read_pdf(miniature.pdf(layout))


def test_all_that_the_brief_says_stands_in_print(found: PdfText, miniature: Edition, layout: str) -> None:
    text = "".join(page.bare for page in found.pages)
    said = [statement.text(layout) for statement in everything(miniature.brief) if "title" in statement.id]
    assert [each for each in said if bare(each) not in text] == []


def test_the_title_is_set_largest_on_the_first_page(found: PdfText, miniature: Edition, layout: str) -> None:
    lines = found.pages[0].lines
    largest = max(line.size for line in lines if not line.text.strip().replace(".", "").isdigit())
    title = bare("".join(line.text for line in lines if line.size == largest))
    assert bare(miniature.brief.title.text(layout)) in title


def test_letters_stand_on_the_sheet_from_left_to_right_and_level(found: PdfText) -> None:
    for page in found.pages:
        for line in page.lines:
            assert 0 < line.top < page.height
            assert [letter.left for letter in line.letters] == sorted(letter.left for letter in line.letters)
            assert all(letter.level and letter.font and letter.size > 4 for letter in line.letters)


def test_the_print_says_its_language(found: PdfText, miniature: Edition, layout: str) -> None:
    assert found.language == miniature.brief.languages[layout]


def test_the_row_of_a_table_is_looked_for_from_its_title_on(tmp_path: Path) -> None:
    file, made = tmp_path / "volume.pdf", pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for said in ("17 Contents", "Table 7 on towns", "17 Harbour", "Table 8 on facts", "17 Harbour again"):
        page = made.add_blank_page(page_size=(600, 100))
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        page.Contents = made.make_stream(f"BT /F 12 Tf 10 50 Td ({said}) Tj ET".encode())
    made.save(file)
    texts = {
        "table": ("Table 7 on towns",),
        "row": ("Table 7 on towns", "17Harbour"),
        "later": ("Table 8 on facts", "17 Harbour"),
        "gone": ("Table 8 on facts", "18 Harbour"),
        "none": ("No such table",),
    }
    assert pages_with(file, texts) == {"table": 2, "row": 3, "gone": 4, "later": 5}


def test_rows_are_told_by_their_first_cells_if_a_fact_or_a_written_text_in_them_has_changed() -> None:
    def cell(text: str, name: str = "") -> Statement:
        return Statement(name, {"en": Sentence("en", text)})

    heads = [cell("Facts"), cell("No."), cell("Fact"), cell("ID")]
    rows = [cell("E1"), cell("Ties"), cell("ties.total"), cell("E2"), cell("Boats", "entry.found"), cell("boats")]
    said = [*heads, *rows]
    (row,) = changed_rows([*heads], said, 3, {"ties.total": {}})
    assert (row["en"].name, row["en"].begins) == ("E1", ("Facts", "E1Ties")) and len(row["en"].passages) == 3
    (row,) = changed_rows(said, said, 3, {"entry.found": {"en": "Ships"}})
    assert row["en"].passages == ((Piece("gone", "Ships"), Piece("new", "Boats")),)
    assert not changed_rows(said, said, 3, {}) and not changed_rows(heads[:1], heads[:1], 0, {"ties.total": {}})


def test_the_sources_of_a_row_are_marked_if_its_fact_has_other_ones_though_they_are_numbered_as_before(
    tmp_path: Path,
) -> None:
    def cell(text: str) -> Statement:
        return Statement("", {"en": Sentence("en", text)})

    heads = [cell(each) for each in ("Facts", "No.", "Fact", "Value", "ID", "Evidence", "Sources")]
    was, now = (
        [cell(each) for each in ("E1", "Ties", said, "ties.total", "stated", "3")] for said in ("11 boats", "12 boats")
    )
    about = {"ties.total": dict[str, str]()}
    (row,) = changed_rows([*heads, *was], [*heads, *now], 6, about, {"ties.total"})
    assert row["en"].passages[-1] == (Piece("kept", "stated"), Piece("new", "3"))
    (row,) = changed_rows([*heads, *was], [*heads, *now], 6, about)
    assert row["en"].passages == ((Piece("gone", "11"), Piece("new", "12"), Piece("kept", " boats")),)


def view(name: str, *pages: tuple[int, list[str]]) -> dict[str, Any]:
    return {"name": name, "pages": [*pages], "marks": {page: () for page, _ in pages}}


def test_a_page_in_two_languages_is_left_out_if_the_pages_in_one_have_all_its_changes() -> None:
    printed = Printed(begins=("x",), passages=())
    both = {"zh": printed, "en": printed}
    found = {"brief": {"first": both, "second": both, "third": {"zh": printed}}}
    views = [
        view("brief.zh.pdf", (1, ["first", "second"]), (2, ["third"])),
        view("brief.en.pdf", (1, ["first"])),
        view("brief.zh-en.pdf", (1, ["first", "third"]), (2, ["second"])),
    ]
    left = [_without_repeated(each, views, found) for each in views]
    assert [[page for page, _ in each["pages"]] for each in left] == [[1, 2], [1], [2]]
    assert [each["repeated"] for each in left] == [False, False, True] and [*left[2]["marks"]] == [2]


def test_what_is_left_out_has_a_bar_in_the_column_of_each_language() -> None:
    chinese, english = (Printed(begins=(each,), passages=(), left_out=True) for each in ("港口有船。", "It has boats."))
    found = {"left out": {"zh": chinese, "en": english}}
    assert [*_sought(found, ["left out"], ["zh", "en"])] == [chinese, english]


def test_the_number_that_has_changed_in_a_row_is_marked_and_not_what_the_row_is_called(tmp_path: Path) -> None:
    def cell(text: str, name: str = "") -> Statement:
        return Statement(name, {"en": Sentence("en", text)})

    heads = [cell("Facts"), cell("No."), cell("Fact"), cell("Value"), cell("ID")]
    was, now = ([cell("E1"), cell("Ties"), cell(each), cell("ties.total")] for each in ("11 boats", "12 boats"))
    (row,) = changed_rows([*heads, *was], [*heads, *now], 4, {"ties.total": {}})
    assert row["en"].passages == ((Piece("gone", "11"), Piece("new", "12"), Piece("kept", " boats")),)
    file = page_of(tmp_path, "12 E1 Ties 112 boats 12 boats")
    assert [round((left - 60) / 6) for left, *_ in places_on(file, {1: [row["en"]]})[1]] == [21], "no other 12"


def test_pages_of_several_files_are_one_pdf_in_the_order_in_which_they_are_asked_for(miniature: Edition) -> None:
    files = [miniature.pdf(layout) for layout in ("zh", "en")]
    whole = [read_pdf(file).pages for file in files]
    made = joined([(files[0], {2: ()}), (files[1], {1: (), 2: ()})])
    assert (count := count_pages(made)) and count.pages == 3
    wanted = [whole[0][1].bare, whole[1][0].bare, whole[1][1].bare]
    assert [page.bare for page in read_pdf(made).pages] == wanted


def page_of(folder: Path, said: str) -> Path:
    """Return a PDF of one page with a line in letters that are 6 pt wide, from 60 pt on."""
    file, made = folder / "page.pdf", pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Courier)
    page = made.add_blank_page(page_size=(600, 100))
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
    page.Contents = made.make_stream(f"BT /F 10 Tf 60 50 Td ({said}) Tj ET".encode())
    made.save(file)
    return file


def test_what_is_new_in_a_sentence_is_marked_on_its_page_past_the_numbers_of_sources(tmp_path: Path) -> None:
    file = page_of(tmp_path, "12 boats. The harbour has 12 boats [3, E1] in May.")
    kept, gone, new = (partial(Piece, mark) for mark in ("kept", "gone", "new"))
    sentence = (
        kept("The harbour has "),
        gone("11"),
        new("12"),
        kept(" boats in "),
        gone("April"),
        new("May"),
        kept("."),
    )
    other = (kept("The harbour is small."),)
    sought = [Printed(begins=(), passages=(each,)) for each in (sentence, other)]
    found = places_on(file, {1: sought})
    assert [round((left - 60) / 6) for left, *_ in found[1]] == [26, 46], "the columns of 12 and May"
    assert places_on(file, {1: sought[1:]}) == {1: ()}
    marked = pikepdf.open(BytesIO(joined([(file, found)])))
    assert [str(each.Subtype) for each in marked.pages[0].Annots] == ["/Highlight"] * 2


def test_a_bar_stands_where_words_of_a_sentence_are_left_out_and_nothing_new_is_in_their_place(tmp_path: Path) -> None:
    file = page_of(tmp_path, "It is small. The harbour has 12 boats in May, as reported.")
    kept, gone, new = (partial(Piece, mark) for mark in ("kept", "gone", "new"))
    start = (kept("The harbour"), gone(" (to be confirmed)"), kept(" has "))
    printed = Printed(begins=(), passages=((*start, gone("11"), new("12"), kept(" boats in May, as reported.")),))
    bar, number = places_on(file, {1: [printed]})[1]
    assert printed.leaves_out and bar[0] < 60 + 24 * 6 < bar[2] < bar[0] + 4 and round((number[0] - 60) / 6) == 29
    assert not replace(printed, passages=(printed.passages[0][2:],)).leaves_out, "a number is in place of another"


def test_a_new_number_in_the_picture_below_a_title_is_marked_and_no_part_of_a_longer_one(tmp_path: Path) -> None:
    title = "112 boats by year: 12 now."
    file = page_of(tmp_path, f"112 {title}) Tj 0 -10 Td (1120 80 112 boats) Tj 0 -10 Td (112")
    figure = Printed(begins=(title,), passages=(), drawn=("112",))
    ((left, low, *_),) = places_on(file, {1: [figure]})[1]
    assert round((left - 60) / 6) == 8 and 35 < low < 45, "the one next below the title, of the whole page"
    assert places_on(file, {1: [replace(figure, drawn=("80", "9"))]})[1] != () == places_on(file, {1: []})[1]


def test_a_bar_stands_behind_the_sentence_after_which_one_is_left_out(tmp_path: Path) -> None:
    file = page_of(tmp_path, "The harbour has 12 boats [3] in May. It is small.")
    before = Printed(begins=("The harbour has 12 boats in May.",), passages=(), left_out=True)
    ((left, low, right, high),) = places_on(file, {1: [before]})[1]
    assert 60 + 36 * 6 < left < right < 60 + 37 * 6 and high - low > 5, "as high as a line, in the gap behind it"
    lacking = Printed(begins=("Nothing of it.",), passages=(), left_out=True)
    assert places_on(file, {1: [lacking]})[1] == ()
