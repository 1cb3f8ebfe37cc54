"""A draft: its watermark behind the text and remarks beside it, in the PDFs, in Word and on the web."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from docx import Document
from docx.oxml.ns import qn
from pypdfium2 import PdfDocument

from jianbao.brief.model import Block, Brief, Remark, annotate, without_remarks
from jianbao.charts.shapes import contrast
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import DRAFT, backdrop, compose_html, faint
from jianbao.render.html.templates import built_in_text
from jianbao.render.html.web import compose_web
from jianbao.render.pdf.render import render_pdf
from jianbao.render.theme import Design, Theme, watermark
from jianbao.render.typography import FIRM
from jianbao.render.word.render import render_docx
from tests.render.conftest import TEMPLATES, metadata
from tests.render.sample_brief import both, sample
from tests.render.test_word import converted
from tests.validators.verapdf import CONFORMING, judge

pytestmark = pytest.mark.slow

LAYOUTS = (("zh", "en"), ("zh",), ("en",))
BOTH_FIRST = [LAYOUTS[0], *(pytest.param(each, marks=pytest.mark.deep) for each in LAYOUTS[1:])]
SAID = both("“伙伴”：请注明年份。（王敏，2031年6月1日）", "“Partners”: say since when. (Wang Min, 1 June 2031)")
REMARK = Remark(SAID, "Wang Min", "2031-06-01T09:30:00+00:00")
UNSIGNED = Remark(SAID)
ITEMS = {"brief": (REMARK,), "international.0": (UNSIGNED, REMARK), "summary.0": (REMARK,), "advice.1": (REMARK,)}
Render = Callable[..., bytes]
VML = "{urn:schemas-microsoft-com:vml}"


def draft() -> Brief:
    brief = sample(rows=12)
    sections = (
        replace(each, blocks=tuple(replace(block, id=f"{each.id}.{n}") for n, block in enumerate(each.blocks)))
        for each in brief.sections
    )
    brief = replace(brief, sections=tuple(sections))
    words = {**brief.words, DRAFT: both("草稿", "DRAFT")}
    masthead = {**brief.masthead, "approval": both("已审定3项，共9项", "3 of 9 items approved")}
    return annotate(replace(brief, words=words, masthead=masthead), "brief", ITEMS)


@pytest.fixture(scope="module")
def render(fonts: Fonts, theme: Theme) -> Render:
    @cache
    def rendered(*languages: str) -> bytes:
        return render_pdf(
            compose_html(draft(), languages, Design(theme, fonts, TEMPLATES)), fonts, metadata(*languages)
        )

    return rendered


@pytest.mark.validators
@pytest.mark.parametrize("languages", BOTH_FIRST, ids="-".join)
def test_a_draft_is_archival_and_accessible(languages: tuple[str, ...], render: Render, tmp_path: Path) -> None:
    path = tmp_path / "draft.pdf"
    path.write_bytes(render(*languages))
    assert judge(path) == CONFORMING


def test_the_watermark_is_on_every_page_and_never_read_as_text(render: Render) -> None:
    pages = pypdf.PdfReader(BytesIO(render("zh", "en"))).pages
    texts = [page.extract_text() for page in pages]
    assert len(pages) > 3 and not any("草" in text for text in texts)
    contents = [page.get_contents() for page in pages]
    assert all(content is not None and b"/Artifact" in content.get_data() for content in contents)
    assert "3" in texts[0] and any("请注明年份" in text.replace(" ", "").replace("\n", "") for text in texts)


def test_the_head_of_an_inner_page_of_two_languages_has_the_state_of_approval_in_both(render: Render) -> None:
    page = pypdf.PdfReader(BytesIO(render("zh", "en"))).pages[1].extract_text().replace(" ", "")
    assert "已审定3项，共9项" in page and "3of9itemsapproved" in page


def test_a_final_has_no_watermark(fonts: Fonts, theme: Theme) -> None:
    assert backdrop(sample(rows=1), ("zh",), theme, fonts) == ""
    assert "@page { background" not in compose_html(sample(rows=1), ("zh",), Design(theme, fonts, TEMPLATES))


def test_text_reads_on_the_watermark_as_well_as_on_paper(theme: Theme) -> None:
    colours = theme.colours
    for written in ("ink", "muted", "accent"):
        assert contrast(colours[written], faint(theme)) > 0.85 * contrast(colours[written], colours["paper"])
    assert contrast(faint(theme), colours["paper"]) > 1.05, "and the mark is seen"


def test_the_mark_is_outlines_each_letter_from_a_face_that_has_it_and_never_too_large(fonts: Fonts) -> None:
    faces = (fonts.path("Source Sans 3", 700), fonts.path("Noto Sans SC", 700))
    one = watermark((("草稿", faces),), "#eeeeee").decode()
    two = watermark((("草稿", faces), ("DRAFT", faces)), "#eeeeee").decode()
    assert "<text" not in one and "草" not in one and one.count("<path") == 1
    assert "scale(46.000 -46.000)" in one, "two letters are as large as a letter may be"
    assert len(two) > len(one) and "scale(46" not in two, "a long mark is as wide as it may be"
    assert watermark((("草稿", faces),), "#eeeeee") == one.encode()


def test_remarks_stand_before_the_block_that_they_are_about_and_those_of_the_first_page_after_it() -> None:
    brief = sample(rows=1)
    first, second, *_ = brief.sections
    named = replace(second, blocks=tuple(replace(block, id=f"b{n}") for n, block in enumerate(second.blocks)))
    marked = annotate(
        replace(brief, sections=(first, named)),
        "brief",
        {"b1": (REMARK, REMARK), "brief": (REMARK,), "gone": (REMARK,)},
    )
    assert marked.sections[0] == first
    ids = [block.id for block in marked.sections[1].blocks]
    assert ids[:5] == ["remark.brief.1", "b0", "remark.b1.1", "remark.b1.2", "b1"]
    assert len(ids) == len(second.blocks) + 3


def test_a_document_of_one_part_has_no_room_for_remarks() -> None:
    brief = replace(sample(rows=1), sections=sample(rows=1).sections[:1])
    assert annotate(brief, "brief", {"brief": (REMARK,), "sample": (REMARK,)}) == brief


def test_a_remark_on_a_sentence_in_a_list_stands_before_the_list() -> None:
    brief = sample(rows=1)
    first, second, *_ = brief.sections
    inner = Block(kind="paragraph", id="list.1", statements=(replace(SAID, id="list.1:1"),))
    listed = replace(second, blocks=(Block(kind="bullets", id="list", items=(inner,)),))
    marked = annotate(replace(brief, sections=(first, listed)), "brief", {"list.1:1": (REMARK,)})
    assert [block.kind for block in marked.sections[1].blocks] == ["remark", "bullets"]


def test_remarks_that_are_lifted_can_be_set_down_again() -> None:
    bare, remarks = without_remarks(draft())
    assert remarks == ITEMS and not [block for block in bare.blocks() if block.kind == "remark"]
    assert annotate(bare, "brief", remarks) == draft()


# In Word


@pytest.fixture(scope="module")
def word(fonts: Fonts, theme: Theme) -> Render:
    @cache
    def rendered(*languages: str) -> bytes:
        return render_docx(draft(), languages, theme, fonts, metadata(*languages))

    return rendered


@pytest.mark.parametrize("languages", LAYOUTS, ids="-".join)
def test_the_word_of_a_draft_stands_behind_every_page_as_words_own_watermark(
    languages: tuple[str, ...], word: Render, theme: Theme
) -> None:
    (section,) = Document(BytesIO(word(*languages))).sections
    heads = [head._element for head in (section.header, section.first_page_header)]
    shapes = [head.findall(f".//{VML}shape") for head in heads]
    assert [[shape.get("id") for shape in each] for each in shapes] == [
        ["PowerPlusWaterMarkObject1"],
        ["PowerPlusWaterMarkObject2"],
    ]
    assert {each[0].get("fillcolor") for each in shapes} == {faint(theme)}
    words = " ".join(draft().words[DRAFT].text(language) for language in languages)
    assert {each[0].find(f"{VML}textpath").get("string") for each in shapes} == {words}


def test_a_final_word_document_has_neither_watermark_nor_comments(fonts: Fonts, theme: Theme) -> None:
    document = Document(BytesIO(render_docx(sample(rows=12), ("zh",), theme, fonts, metadata("zh"))))
    assert not list(document.sections[0].header._element.iter(f"{VML}shape")) and not list(document.comments)


@pytest.mark.parametrize("languages", LAYOUTS, ids="-".join)
def test_what_reviewers_said_is_a_comment_on_what_they_said_it_of(languages: tuple[str, ...], word: Render) -> None:
    document = Document(BytesIO(word(*languages)))
    said = [(each.author, each.initials, each.timestamp) for each in document.comments]
    moment = datetime(2031, 6, 1, 9, 30, tzinfo=UTC)
    assert said.count(("Wang Min", "WM", moment)) == 4
    assert said.count(("jianbao", "j", datetime(2025, 12, 31, tzinfo=UTC))) == 1
    texts_said = {each.text.replace(FIRM, " ") for each in document.comments}
    assert texts_said == {"\n".join(SAID.text(language) for language in languages)}
    first, sections = languages[0], {section.id: section for section in draft().sections}
    texts = {
        draft().title.text(first),
        sections["summary"].blocks[0].statements[0].text(first),
        next(each for each in sections["international"].blocks if each.id == "international.0")
        .statements[0]
        .text(first),
        next(each for each in sections["advice"].blocks if each.id == "advice.1").statements[0].text(first),
    }
    begun = [each for each in document.paragraphs if each._p.find(qn("w:commentRangeStart")) is not None]
    assert len(begun) == 4 and all(any(text in each.text for text in texts) for each in begun)
    ranges = [
        [str(each.get(qn("w:id"))) for each in document.element.body.iter(qn(f"w:{tag}"))]
        for tag in ("commentRangeStart", "commentRangeEnd", "commentReference")
    ]
    assert [sorted(each) for each in ranges] == [["0", "1", "2", "3", "4"]] * 3


def test_a_draft_calls_only_styles_that_it_defines_and_is_the_same_bytes_again(
    word: Render, fonts: Fonts, theme: Theme
) -> None:
    document = Document(BytesIO(word("zh", "en")))
    called = [each for each in (document.element.body, document.comments._comments_elm) for each in each.iter()]
    names = {str(each.get(qn("w:val"))) for each in called if each.tag in (qn("w:pStyle"), qn("w:rStyle"))}
    assert names - {style.style_id for style in document.styles} == set()
    assert {"AnnotationText", "AnnotationReference"} <= names
    assert word("zh", "en") == render_docx(draft(), ("zh", "en"), theme, fonts, metadata("zh", "en"))


@pytest.mark.validators
@pytest.mark.parametrize("languages", BOTH_FIRST, ids="-".join)
def test_the_watermark_is_seen_on_every_page_that_libreoffice_makes_of_it(
    languages: tuple[str, ...], word: Render, theme: Theme, tmp_path: Path
) -> None:
    (tmp_path / "brief.docx").write_bytes(word(*languages))
    made = converted(tmp_path / "brief.docx", "pdf").read_bytes()
    mark = [*bytes.fromhex(faint(theme).removeprefix("#"))]
    with closing(PdfDocument(made)) as pages:
        seen = [(page.render(scale=1, rev_byteorder=True).to_numpy()[..., :3] == mark).all(-1).mean() for page in pages]
        assert len(seen) > 3 and min(seen) > 0.004, seen
        assert not any("草" in page.get_textpage().get_text_range() for page in pages), "nothing reads it as text"


@pytest.mark.validators
def test_libreoffice_reads_every_comment(word: Render, tmp_path: Path) -> None:
    (tmp_path / "brief.docx").write_bytes(word("en"))
    read = converted(tmp_path / "brief.docx", "fodt").read_text("utf-8")
    comments = re.findall(r"<office:annotation .*?</office:annotation>", read, re.DOTALL)
    assert len(comments) == 5 and all(SAID.text("en") in each.replace(FIRM, " ") for each in comments)
    assert sum("<dc:creator>Wang Min</dc:creator>" in each for each in comments) == 4


# On the web


@pytest.mark.parametrize("languages", LAYOUTS, ids="-".join)
def test_a_page_for_the_web_says_that_it_is_a_draft_and_what_reviewers_said(
    languages: tuple[str, ...], fonts: Fonts, theme: Theme
) -> None:
    page = compose_web(draft(), languages, Design(theme, fonts, TEMPLATES))
    ribbon = re.findall(r'<aside class="draft".*?</aside>', page, re.DOTALL)
    assert len(ribbon) == 1
    for language in languages:
        assert draft().words[DRAFT].text(language) in ribbon[0]
        remarks = re.findall(r'role="note">(.*?)</p>', page)
        assert [re.sub(r"<[^>]*>", "", each) for each in remarks].count(SAID.text(language)) == 5
    assert page.count(backdrop(draft(), languages, theme, fonts)) == 1, "it is printed behind every sheet"


def test_a_final_page_for_the_web_says_nothing_of_drafts(fonts: Fonts, theme: Theme) -> None:
    page = compose_web(sample(rows=1), ("zh",), Design(theme, fonts, TEMPLATES))
    assert "draft" not in page and "remark" not in page


@pytest.mark.parametrize("template", ["brief", "gongwen", "onepage", "evidence", "changes"])
def test_no_part_of_a_page_is_styled_as_a_reviewers_remark(template: str) -> None:
    assert ".remark {" in built_in_text("templates/brief/draft.css")
    own = re.findall(r'class="([a-z -]+)"', built_in_text(f"templates/{template}/page.html.j2"))
    assert "remark" not in {name for names in own for name in names.split()}
