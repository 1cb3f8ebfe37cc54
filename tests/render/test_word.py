"""The Word edition has real styles, numbers, captions, links and tables, and says in them what the brief says."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.styles.style import BaseStyle
from PIL import Image

from jianbao.brief.logo import Logo
from jianbao.brief.model import Block, Brief
from jianbao.core.errors import RenderError
from jianbao.render.fonts.registry import Fonts
from jianbao.render.pdf.render import Metadata
from jianbao.render.theme import PAPERS, Theme
from jianbao.render.word.package import FIGURE_MARGIN
from jianbao.render.word.render import render_docx
from jianbao.render.word.styles import section_number
from tests.render.conftest import metadata
from tests.render.sample_brief import both, sample
from tests.workspaces import Edition, everything
from tests.written_numbers import figures

pytestmark = pytest.mark.slow

Docx = Callable[..., bytes]
LAYOUTS = [("zh",), ("en",), ("zh", "en")]
ROWS = 40


@pytest.fixture(scope="module")
def docx(fonts: Fonts, theme: Theme) -> Docx:
    @cache
    def rendered(*languages: str) -> bytes:
        return render_docx(sample(ROWS), languages, theme, fonts, metadata(*languages))

    return rendered


@pytest.fixture(params=LAYOUTS, ids="-".join)
def languages(request: pytest.FixtureRequest) -> tuple[str, ...]:
    found: tuple[str, ...] = request.param
    return found


def opened(content: bytes) -> WordDocument:
    return Document(BytesIO(content))


def values(document: WordDocument, tag: str, name: str) -> list[str]:
    return [str(each.get(qn(name))) for each in document.element.body.iter(qn(tag))]


def styled(document: WordDocument, style: str) -> list[str]:
    return [each.text for each in document.paragraphs if each.style is not None and each.style.name == style]


def text_of(document: WordDocument) -> str:
    return "".join(each.text or "" for each in document.element.body.iter(qn("w:t")))


# Styles and numbers


def test_every_style_that_is_called_is_defined(docx: Docx, languages: tuple[str, ...]) -> None:
    document = opened(docx(*languages))
    defined = {style.style_id for style in document.styles}
    called = {name for tag in ("w:pStyle", "w:rStyle", "w:tblStyle") for name in values(document, tag, "w:val")}
    assert called - defined == set() and len(called) > 15


def test_no_paragraph_or_run_is_formatted_by_hand(docx: Docx, languages: tuple[str, ...]) -> None:
    body = opened(docx(*languages)).element.body
    by_hand = {child.tag for run in body.iter(qn("w:rPr")) for child in run}
    assert by_hand <= {qn("w:rStyle"), qn("w:rFonts"), qn("w:lang")}
    assert not list(body.iter(qn("w:jc"))) and not list(body.iter(qn("w:spacing")))


def test_no_bold_run_stands_in_a_bold_paragraph_where_word_would_make_it_plain(docx: Docx) -> None:
    document = opened(docx("zh", "en"))
    bold = {style.style_id for style in document.styles if style.element.find(f"{qn('w:rPr')}/{qn('w:b')}") is not None}
    for each in document.element.body.iter(qn("w:p")):
        styles = {str(run.get(qn("w:val"))) for run in each.iter(qn("w:rStyle"))}
        paragraph = each.find(f"{qn('w:pPr')}/{qn('w:pStyle')}").get(qn("w:val"))
        assert paragraph not in bold or not styles & bold, "".join(str(text.text) for text in each.iter(qn("w:t")))
    assert {"ScoreValue", "Title"} <= bold


def test_paragraphs_of_a_box_have_the_same_frame_so_that_word_draws_it_once_around_all(docx: Docx) -> None:
    styles = opened(docx("zh", "en")).styles
    frames = {
        name: [(part.tag, *part.items()) for tag in ("pBdr", "shd", "ind") for part in found(styles[name], tag).iter()]
        for name in ("Box", "Parallel Box", "Box Label")
    }
    assert frames["Box"] == frames["Parallel Box"] == frames["Box Label"]
    spaces = [edge.get(qn("w:space")) for edge in found(styles["Box"], "pBdr")]
    assert spaces == ["6"] * 4, "the ground stands off the text on every side"


def found(style: BaseStyle, tag: str) -> BaseOxmlElement:
    (part,) = style.element.iter(qn(f"w:{tag}"))
    made: BaseOxmlElement = part
    return made


def test_styles_have_the_colours_and_faces_of_the_theme(docx: Docx, theme: Theme) -> None:
    styles = opened(docx("zh")).styles
    head = styles["Heading 1"].element
    assert head.find(f".//{qn('w:color')}").get(qn("w:val")) == theme.colours["accent"].removeprefix("#").upper()
    fonts = head.find(f".//{qn('w:rFonts')}")
    assert (fonts.get(qn("w:ascii")), fonts.get(qn("w:eastAsia"))) == ("Source Sans 3", "Noto Sans SC")


def test_a_machine_without_our_fonts_is_told_what_to_take(docx: Docx) -> None:
    with ZipFile(BytesIO(docx("zh"))) as package:
        table = package.read("word/fontTable.xml").decode()
    assert '<w:font w:name="Noto Serif SC"><w:altName w:val="SimSun"/>' in table


def test_heads_are_numbered_by_a_list_and_the_second_language_is_not(docx: Docx) -> None:
    document = opened(docx("zh", "en"))
    lists = document.part.numbering_part.element
    forms = [each.get(qn("w:val")) for each in lists.iter(qn("w:lvlText"))]
    assert forms[:2] == ["%1、", "（%2）"]
    number = document.styles["Heading 1"].element.find(f".//{qn('w:numId')}").get(qn("w:val"))
    parallel = document.styles["Parallel Heading"].element.find(f".//{qn('w:numId')}").get(qn("w:val"))
    assert (number, parallel) == ("1", "0")
    assert styled(document, "Heading 1")[0] == sample(1).sections[1].title.text("zh"), "no number is typed"


@pytest.mark.parametrize(("number", "text"), [(1, "一、"), (9, "九、"), (10, "十、"), (11, "十一、"), (20, "二十、")])
def test_the_contents_count_as_the_list_does(number: int, text: str) -> None:
    assert section_number(number, chinese=True) == text and section_number(number, chinese=False) == f"{number} "


def test_the_contents_hold_every_head_before_anyone_renews_them(docx: Docx) -> None:
    brief = sample(1)
    titles = [section.title.text("zh") for section in brief.sections[1:]]
    titles.insert(-1, brief.words["references"].text("zh"))
    entries = ["".join(str(text.text) for text in each.iter(qn("w:t"))) for each in contents_of(docx("zh"))]
    assert [entry.partition("、")[2] or entry for entry in entries] == titles and entries[0].startswith("一、")


def test_word_renews_the_contents_with_page_numbers_and_leaves_no_entry_alone(docx: Docx) -> None:
    document, entries = opened(docx("zh", "en")), contents_of(docx("zh", "en"))
    (gallery,) = values(document, "w:docPartGallery", "w:val")
    (code,) = [str(each.text) for each in document.element.body.iter(qn("w:instrText")) if "TOC" in str(each.text)]
    assert gallery == "Table of Contents" and "\\n" not in code, "it is not told to leave them out"
    stop = document.styles["toc 1"].element.findall(f".//{qn('w:tab')}")[-1]
    assert (stop.get(qn("w:val")), stop.get(qn("w:leader"))) == ("right", "dot")
    kept = [each.find(f".//{qn('w:keepNext')}") is not None for each in entries]
    assert kept == [place in (0, len(entries) - 2) for place in range(len(entries))]


def contents_of(content: bytes) -> list[BaseOxmlElement]:
    paragraphs = opened(content).element.body.iterfind(f"{qn('w:sdt')}/{qn('w:sdtContent')}/{qn('w:p')}")
    return [each for each in paragraphs if each.find(f".//{qn('w:pStyle')}").get(qn("w:val")) == "Toc1"]


# Captions, links, pictures, tables


def test_captions_count_in_one_sequence_for_both_languages(docx: Docx) -> None:
    body = opened(docx("zh", "en")).element.body
    fields = [str(each.text).strip() for each in body.iter(qn("w:instrText")) if "SEQ" in str(each.text)]
    assert fields[:2] == ["SEQ 表 \\* ARABIC", "SEQ 表 \\c"]
    assert fields.count("SEQ 图 \\* ARABIC") == fields.count("SEQ 图 \\c") == 3


def test_every_mark_leads_to_a_reference_or_a_row(docx: Docx, languages: tuple[str, ...]) -> None:
    document = opened(docx(*languages))
    names, anchors = values(document, "w:bookmarkStart", "w:name"), values(document, "w:hyperlink", "w:anchor")
    assert {"reference_1", "evidence_12"} <= set(anchors) <= set(names) and len(set(names)) == len(names)
    gap = " " if "zh" in languages else "\u00a0"
    assert f"[1–3,{gap}9,{gap}E1–3,{gap}E12]" in text_of(document), "they stay in a line, but in Chinese"


def test_a_mark_that_leads_nowhere_is_refused(fonts: Fonts, theme: Theme) -> None:
    brief = replace(sample(ROWS), references=())
    with pytest.raises(RenderError, match="'reference_1', which is not in the document"):
        render_docx(brief, ("zh",), theme, fonts, metadata("zh"))


def test_pictures_have_300_dots_an_inch_and_are_described(docx: Docx) -> None:
    document = opened(docx("zh"))
    drawn = [block.figure for block in sample(1).blocks() if block.figure]
    described = [str(each.get("descr")) for each in document.element.body.iter(qn("wp:docPr"))]
    assert described == [figure.pictures["zh"].alt for figure in drawn]
    for inline in document.element.body.iter(qn("wp:inline")):
        assert [inline.get(side) for side in ("distT", "distB", "distL", "distR")] == ["0"] * 4, "flush with the text"
    with ZipFile(BytesIO(docx("zh"))) as package:
        names = [name for name in package.namelist() if name.endswith(".png")]
        image = Image.open(BytesIO(package.read(names[0])))
    assert abs(image.width - (drawn[0].pictures["zh"].width_mm + 2 * FIGURE_MARGIN) / 25.4 * 300) <= 2
    grey = image.convert("L")
    sides = [grey.crop((left, 0, left + 6, grey.height)).tobytes() for left in (0, grey.width - 6)]
    assert min(map(min, sides)) > 240, "nothing reaches the edges, where a program that scales the picture loses it"
    assert len(image.convert("RGB").getcolors(1 << 16) or ()) > 10, "something is drawn"


def test_a_figure_that_was_not_drawn_is_named(fonts: Fonts, theme: Theme) -> None:
    brief = sample(1)
    bare = [_undrawn(block) for block in brief.sections[2].blocks]
    sections = (*brief.sections[:2], replace(brief.sections[2], blocks=tuple(bare)), *brief.sections[3:])
    with pytest.raises(RenderError, match="figure 'figure1' has not been drawn in 'en'"):
        render_docx(replace(brief, sections=sections), ("zh", "en"), theme, fonts, metadata("zh", "en"))


def _undrawn(block: Block) -> Block:
    return replace(block, figure=replace(block.figure, pictures={})) if block.figure else block


def test_a_language_that_the_theme_does_not_know_is_named(fonts: Fonts, theme: Theme) -> None:
    with pytest.raises(RenderError, match="the theme does not say how this language is set"):
        render_docx(sample(1), ("fr",), replace(theme, settings={"zh": theme.settings["zh"]}), fonts, metadata("zh"))


def test_a_long_table_repeats_its_head_and_tears_no_row(fonts: Fonts, theme: Theme) -> None:
    document = opened(render_docx(sample(200), ("zh", "en"), theme, fonts, metadata("zh", "en")))
    table = document.tables[-1]
    rows = table._tbl.tr_lst
    assert len(rows) == 201
    assert all(row.find(f".//{qn('w:cantSplit')}") is not None for row in rows)
    assert [row.find(f".//{qn('w:tblHeader')}") is not None for row in rows] == [True, *[False] * 200]


def test_a_short_table_stays_on_one_page_with_its_note_and_a_long_one_leaves_no_page_fewer_than_three_rows(
    docx: Docx,
) -> None:
    held = [
        [row.find(f".//{qn('w:tc')}//{qn('w:keepNext')}") is not None for row in table._tbl.tr_lst[1:]]
        for table in opened(docx("zh", "en")).tables
        if table.style is not None and table.style.name == "Brief Table"
    ]
    assert held[0] == [True] * 4, "what is said below is held by the last row"
    assert [number for number, held in enumerate(held[-1], 1) if held] == [1, 2, ROWS - 2, ROWS - 1]


def test_a_figure_is_held_by_its_own_note_and_never_by_the_next_figure(fonts: Fonts, theme: Theme) -> None:
    brief = sample(ROWS)
    bare = [_unnoted(block) for block in brief.sections[2].blocks]
    sections = (*brief.sections[:2], replace(brief.sections[2], blocks=tuple(bare)), *brief.sections[3:])
    made = opened(render_docx(replace(brief, sections=sections), ("zh", "en"), theme, fonts, metadata("zh", "en")))
    names = [each.style.name for each in made.paragraphs if each.style is not None]
    after = {names[place + 1] for place, name in enumerate(names) if name == "Figure"}
    assert after == {"Source", "Gap"} and not held(made, "Gap") and not held(made, "Source")


def held(document: WordDocument, style: str) -> bool:
    return document.styles[style].element.find(f".//{qn('w:keepNext')}") is not None


def _unnoted(block: Block) -> Block:
    figure = block.figure
    return replace(block, figure=replace(figure, note=None, references=(), evidence=())) if figure else block


def test_nothing_empty_stands_in_the_text_but_the_gap_after_a_table_or_a_figure(
    docx: Docx, languages: tuple[str, ...]
) -> None:
    paragraphs = opened(docx(*languages)).paragraphs
    empty = [each for each in paragraphs if not each.text and each._p.find(f".//{qn('w:drawing')}") is None]
    assert {each.style.name for each in empty if each.style is not None} == {"Gap"}


def test_figures_in_a_table_stand_right_and_words_left(docx: Docx) -> None:
    document = opened(docx("en"))
    score = document.tables[0]
    assert [cell.paragraphs[0].style.name for cell in score.rows[1].cells][:2] == ["Table Text", "Table Figures"]
    assert document.styles["Table Figures"].element.find(f".//{qn('w:jc')}").get(qn("w:val")) == "right"


def test_a_measure_is_a_numbered_head_and_a_table_of_labels(docx: Docx) -> None:
    document = opened(docx("en"))
    assert len(styled(document, "Card Title")) == 3
    cards = [table for table in document.tables if table.style is not None and table.style.name == "Card Table"]
    assert [row.cells[0].text for row in cards[0].rows][:2] == ["Why", "Within one year"] and len(cards) == 3
    held = [row.cells[0].paragraphs[0]._p.find(f".//{qn('w:keepNext')}") is not None for row in cards[0].rows]
    assert held == [place in (0, len(held) - 2) for place in range(len(held))], "a page may end inside a card"


# The file


def test_the_same_brief_makes_the_same_bytes(docx: Docx, fonts: Fonts, theme: Theme) -> None:
    assert docx("zh") == render_docx(sample(ROWS), ("zh",), theme, fonts, metadata("zh"))


def test_everything_is_dated_to_the_day_of_the_edition(docx: Docx) -> None:
    about = opened(docx("en")).core_properties
    day = sample(1).as_of
    assert about.created is not None and about.modified is not None
    assert about.created.date() == about.modified.date() == day
    assert (about.language, about.subject, about.keywords) == ("en-GB", "City diplomacy", "cities, award")
    with ZipFile(BytesIO(docx("en"))) as package:
        assert {entry.date_time[:3] for entry in package.infolist()} == {(day.year, day.month, day.day)}
        assert not [name for name in package.namelist() if "thumbnail" in name or "customXml" in name]


@pytest.mark.parametrize("file", ["logo.svg", "logo.png"])
def test_the_logo_stands_on_the_first_page_in_its_proportions_with_its_description(
    file: str, fonts: Fonts, theme: Theme
) -> None:
    brief = replace(sample(ROWS), words={**sample(1).words, "logo": both("发文单位标志", "Emblem of the issuer")})
    themed = replace(theme, logo=Logo(file, EMBLEMS[file]))
    document = opened(render_docx(brief, ("zh", "en"), themed, fonts, metadata("zh", "en")))
    logo = document.sections[0].first_page_header._element.find(f".//{qn('wp:inline')}")
    numbers = [each.get("id") for root in (document.element, logo) for each in root.iter(qn("wp:docPr"))]
    assert logo.find(qn("wp:docPr")).get("descr") == "发文单位标志" and len(numbers) == len(set(numbers)) > 1
    width, height = (int(logo.find(qn("wp:extent")).get(side)) / 36000 for side in ("cx", "cy"))
    assert abs(height - 9) < 0.2 and abs(width / height - 3) < 0.05, "it is three times as wide as high"


def test_a_logo_without_a_description_is_named(fonts: Fonts, theme: Theme) -> None:
    themed = replace(theme, logo=Logo("logo.svg", EMBLEMS["logo.svg"]))
    with pytest.raises(RenderError, match="the logo has no description"):
        render_docx(sample(1), ("zh",), themed, fonts, metadata("zh"))


def bitmap() -> bytes:
    written = BytesIO()
    Image.new("RGB", (90, 30), "#0b5f85").save(written, "PNG")
    return written.getvalue()


EMBLEMS = {
    "logo.svg": b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><rect width="30" height="10"/></svg>',
    "logo.png": bitmap(),
}


@pytest.mark.parametrize(("name", "size"), [("A4", (210, 297)), ("Letter", (216, 279))])
def test_the_paper_is_that_of_the_theme_and_tables_fill_it(
    name: str, size: tuple[int, int], fonts: Fonts, theme: Theme
) -> None:
    document = opened(render_docx(sample(ROWS), ("en",), replace(theme, paper=PAPERS[name]), fonts, metadata("en")))
    (page,) = document.sections
    width, left, right, height = (
        each.mm if each is not None else 0.0
        for each in (page.page_width, page.left_margin, page.right_margin, page.page_height)
    )
    assert (round(width), round(height)) == size
    wide = int(document.tables[0]._tbl.find(f".//{qn('w:tblW')}").get(qn("w:w"))) / 1440 * 25.4
    assert abs(width - left - right - wide) < 0.5


def test_the_document_says_which_language_it_is_in(docx: Docx, languages: tuple[str, ...]) -> None:
    language = opened(docx(*languages)).styles.element.find(f".//{qn('w:lang')}")
    assert (language.get(qn("w:val")), language.get(qn("w:eastAsia"))) == ("en-GB", "zh-CN")


def test_a_line_ends_neither_between_a_number_and_its_unit_nor_before_a_mark_that_stands_apart(
    docx: Docx, fonts: Fonts, theme: Theme
) -> None:
    assert "31\u00a0December 2025" in text_of(opened(docx("en"))) and "\u2060" not in text_of(opened(docx("en")))
    assert "\u00a0" not in text_of(opened(docx("zh"))), "Word breaks Chinese by itself"
    brief = replace(sample(ROWS), title=both("友城", "Partenaires : 38 % en Asie"))
    french = opened(render_docx(brief, ("en",), theme, fonts, metadata("en")))
    assert styled(french, "Title") == ["Partenaires\u00a0: 38\u00a0% en Asie"]


def test_only_runs_with_chinese_in_them_have_their_dashes_and_quotes_drawn_as_chinese(docx: Docx) -> None:
    body = opened(docx("zh")).element.body
    runs = [(run.find(qn("w:t")), run.find(f".//{qn('w:rFonts')}")) for run in body.iter(qn("w:r"))]
    drawn = {str(text.text): fonts is not None for text, fonts in runs if text is not None}
    assert drawn["E1\u20133"] is drawn["36"] is False
    assert drawn["评估期：2025年"] is drawn["资料来源：市外办，《友城名录》，2025年12月。"] is True


def test_a_third_language_is_written_on_its_runs(fonts: Fonts, theme: Theme) -> None:
    tags = {"en": "en-GB", "zh": "fr-FR"}
    settings = {"en": theme.settings["en"], "zh": replace(theme.settings["zh"], chinese=False)}
    brief = replace(sample(ROWS), languages=tags)
    french = render_docx(brief, ("en", "zh"), replace(theme, settings=settings), fonts, metadata("en"))
    assert set(values(opened(french), "w:lang", "w:val")) == {"fr-FR"}


# What it says


def test_it_says_all_that_the_brief_says_in_its_order(docx: Docx) -> None:
    for language in ("zh", "en"):
        assert out_of_order(text_of(opened(docx(language))), sample(ROWS), language) == []


def test_the_miniature_says_the_numbers_of_its_brief(miniature: Edition, fonts: Fonts, theme: Theme) -> None:
    brief = miniature.brief
    for language in ("zh", "en"):
        made = render_docx(brief, (language,), theme, fonts, about(brief, language))
        said = figures("\n".join(statement.text(language) for statement in everything(brief)))
        body = opened(made).element.body
        texts = ["".join(str(t.text or "") for t in p.iter(qn("w:t"))) for p in body.iter(qn("w:p"))]
        assert said - figures("\n".join(texts)) == {}, language


@pytest.mark.validators
@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.deep)])
def test_libreoffice_reads_every_sentence_in_order(
    language: str, miniature: Edition, fonts: Fonts, theme: Theme, tmp_path: Path
) -> None:
    brief = miniature.brief
    made = tmp_path / "brief.docx"
    made.write_bytes(render_docx(brief, (language,), theme, fonts, about(brief, language)))
    text = converted(made, "txt:Text (encoded):UTF8").read_text("utf-8-sig")
    assert out_of_order(text, brief, language) == []


def about(brief: Brief, language: str) -> Metadata:
    return Metadata(title=brief.title.text(language), languages=(brief.languages[language],), day=brief.as_of)


def out_of_order(text: str, brief: Brief, language: str) -> list[str]:
    """Return the statements that a text does not hold after those before them, spaces aside."""
    read, place, lost = "".join(text.split()), 0, []
    masthead = {id(statement) for statement in brief.masthead.values()}
    summaries = {id(section.title) for section in brief.sections if section.role == "summary"}
    for statement in everything(brief):
        if id(statement) in masthead | summaries:
            continue
        sought = "".join(statement.text(language).split())
        found = read.find(sought, place)
        if found < 0:
            lost.append(sought)
        place = max(place, found + len(sought))
    return lost


def converted(document: Path, form: str) -> Path:
    """Return a document in another form, made by LibreOffice beside it; the form may name a filter after a colon."""
    profile = f"-env:UserInstallation={Path(office_profile().name).as_uri()}"
    office = shutil.which("soffice") or "soffice"
    command = [office, profile, "--headless", "--convert-to", form, "--outdir", str(document.parent), str(document)]
    subprocess.run(command, check=True, capture_output=True)
    return document.with_suffix(f".{form.partition(':')[0]}")


@cache
def office_profile() -> TemporaryDirectory[str]:
    """Return the folder that LibreOffice keeps its settings in: it spends seconds on a new one, so once a process."""
    return TemporaryDirectory(prefix="libreoffice")
