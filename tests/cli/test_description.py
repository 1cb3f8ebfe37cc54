"""What a finished file says of itself: by these words archives and search engines find it."""

from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from docx import Document

from jianbao.render.product import keywords
from jianbao.text.render import Sentence, Statement
from tests.workspaces import LANGUAGES, MINIATURE, Edition, amend, assessed, composed, copy, run

pytestmark = pytest.mark.slow

WORDS = {"zh": ["港口", "友好城镇"], "en": ["harbour", "friendly towns"]}


@pytest.mark.parametrize("layout", ["zh-en", "zh", "en"])
def test_a_pdf_has_title_subject_issuer_and_the_keywords_of_its_languages(miniature: Edition, layout: str) -> None:
    languages = layout.split("-")
    with pikepdf.open(miniature.pdf(layout)) as pdf, pdf.open_metadata() as about:
        assert about["pdf:Keywords"] == ", ".join(word for each in languages for word in WORDS[each])
        assert about["dc:title"] == miniature.brief.title.text(languages[0])
        assert about["dc:description"] == miniature.brief.subtitle.text(languages[0])
        assert about["dc:creator"] == [{"zh": "灯笼行会", "en": "Lantern Guild"}[languages[0]]]


def test_word_and_web_say_the_same_of_themselves(tmp_path: Path) -> None:
    root = copy(MINIATURE, tmp_path / "town")
    amend(root, "templates/outline.yml", "brief.zh.pdf, brief.en.pdf", "brief.en.docx, brief.en.html")
    done = run("build", root, "--output", tmp_path / "out", "--lang", "en")
    assert done.code == 0, done.err
    (folder,) = (tmp_path / "out").iterdir()
    about = Document(str(folder / "brief.en.docx")).core_properties
    assert (about.keywords, about.author) == ("harbour, friendly towns", "Lantern Guild")
    page = (folder / "brief.en.html").read_text("utf-8")
    assert '<meta name="DC.subject" lang="en-GB" content="harbour; friendly towns">' in page
    assert '<meta name="DC.creator" lang="en-GB" content="Lantern Guild">' in page


def test_a_brief_without_keywords_or_issuer_says_nothing_of_them(tmp_path: Path) -> None:
    root = copy(MINIATURE, tmp_path / "town")
    furniture = root / "templates/wording/furniture.yml"
    lines = furniture.read_text("utf-8").splitlines(keepends=True)
    furniture.write_text("".join(line for line in lines if "keywords" not in line), "utf-8")
    amend(root, "data/editions.yml", "issuer: Lantern Guild\n", 'issuer: ""\n')
    brief = composed(assessed(root, ""))
    assert keywords(brief, LANGUAGES) == () and "issuer" not in brief.words


def test_words_that_two_languages_share_stand_once(miniature: Edition) -> None:
    words = {"zh": "Award；城市", "en": " Award ; cities;"}
    said = Statement("", {language: Sentence(language, text) for language, text in words.items()})
    brief = replace(miniature.brief, words={"keywords": said})
    assert keywords(brief, LANGUAGES) == ("Award", "城市", "cities")
