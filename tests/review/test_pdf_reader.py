"""A finished PDF is read back as it stands on its pages."""

import pytest

from jianbao.review.quality.pdf_reader import PdfText, bare, read_pdf
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
