"""A draft: its watermark behind the text and remarks beside it, in a PDF that is archival and accessible as ever."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from jianbao.figures.colours import contrast
from jianbao.publication.brief import Block, Brief
from jianbao.publication.fonts import Fonts
from jianbao.publication.page import DRAFT, backdrop, compose_html, faint
from jianbao.publication.pdf import render_pdf
from jianbao.publication.remarks import annotate
from jianbao.publication.theme import Theme
from jianbao.publication.watermark import Ink, watermark
from tests.publication.conftest import TEMPLATES, metadata
from tests.publication.sample import both, sample
from tests.validators.verapdf import judge

LAYOUTS = (("zh", "en"), ("zh",), ("en",))
REMARK = both("“伙伴”：请注明年份。（王敏，2031年6月1日）", "“Partners”: say since when. (Wang Min, 1 June 2031)")
Render = Callable[..., bytes]


def draft() -> Brief:
    brief = sample(rows=12)
    words = {**brief.words, DRAFT: both("草稿", "DRAFT")}
    masthead = {**brief.masthead, "approval": both("已审定3项，共9项", "3 of 9 items approved")}
    return annotate(replace(brief, words=words, masthead=masthead), "brief", {"sample": (REMARK,), "brief": (REMARK,)})


@pytest.fixture(scope="module")
def render(fonts: Fonts, theme: Theme) -> Render:
    @cache
    def rendered(*languages: str) -> bytes:
        return render_pdf(compose_html(draft(), languages, TEMPLATES, theme, fonts), fonts, metadata(*languages))

    return rendered


@pytest.mark.slow
@pytest.mark.validators
@pytest.mark.parametrize("flavour", ["3a", "ua1"])
@pytest.mark.parametrize("languages", LAYOUTS, ids="-".join)
def test_a_draft_is_archival_and_accessible(
    languages: tuple[str, ...], flavour: str, render: Render, tmp_path: Path
) -> None:
    path = tmp_path / "draft.pdf"
    path.write_bytes(render(*languages))
    assert judge(path, flavour) == ()


@pytest.mark.slow
def test_the_watermark_is_on_every_page_and_never_read_as_text(render: Render) -> None:
    pages = pypdf.PdfReader(BytesIO(render("zh"))).pages
    texts = [page.extract_text() for page in pages]
    assert len(pages) > 3 and not any("草" in text for text in texts)
    assert all(b"/Artifact" in page.get_contents().get_data() for page in pages)
    assert "3" in texts[0] and any("请注明年份" in text.replace(" ", "").replace("\n", "") for text in texts)


def test_a_final_has_no_watermark(fonts: Fonts, theme: Theme) -> None:
    assert backdrop(sample(rows=1), ("zh",), theme, fonts) == ""
    assert "@page { background" not in compose_html(sample(rows=1), ("zh",), TEMPLATES, theme, fonts)


def test_text_reads_on_the_watermark_as_well_as_on_paper(theme: Theme) -> None:
    colours = theme.colours
    for written in ("ink", "muted", "accent"):
        assert contrast(colours[written], faint(theme)) > 0.85 * contrast(colours[written], colours["paper"])
    assert contrast(faint(theme), colours["paper"]) > 1.05, "and the mark is seen"


def test_the_mark_is_outlines_each_letter_from_a_face_that_has_it_and_never_too_large(fonts: Fonts) -> None:
    faces = [fonts.path("Source Sans 3", 700), fonts.path("Noto Sans SC", 700)]
    one = watermark([("草稿", faces)], Ink("#eeeeee")).decode()
    two = watermark([("草稿", faces), ("DRAFT", faces)], Ink("#eeeeee")).decode()
    assert "<text" not in one and "草" not in one and one.count("<path") == 1
    assert "scale(46.000 -46.000)" in one, "two letters are as large as a letter may be"
    assert len(two) > len(one) and "scale(46" not in two, "a long mark is as wide as it may be"
    assert watermark([("草稿", faces)], Ink("#eeeeee")) == one.encode()


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
    inner = Block("paragraph", "list.1", (replace(REMARK, id="list.1:1"),))
    listed = replace(second, blocks=(Block("bullets", "list", items=(inner,)),))
    marked = annotate(replace(brief, sections=(first, listed)), "brief", {"list.1:1": (REMARK,)})
    assert [block.kind for block in marked.sections[1].blocks] == ["remark", "bullets"]
