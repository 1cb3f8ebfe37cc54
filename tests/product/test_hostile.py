"""What somebody hands in, by mistake or to do harm, is refused or made harmless, soon, and without a traceback."""

import csv
import io
import json
import re
import time
import zipfile
from base64 import b64encode
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from hypothesis import example, given
from hypothesis import strategies as some
from openpyxl import Workbook, load_workbook

from jianbao.app import workspace as workspaces
from jianbao.app.workspace_files import read_evidence
from jianbao.brief import export, logo
from jianbao.brief.logo import Logo, check_logo
from jianbao.core.documents import Problems
from jianbao.core.encoding import EncodingError, decode
from jianbao.core.errors import ContentError, DataError, JianbaoError
from jianbao.core.limits import MOST_CELLS
from jianbao.core.transaction import JOURNAL
from jianbao.core.yaml_reader import parse_document
from jianbao.core.zip_csv import Texts, safe_cell, table_csv
from jianbao.data.csv_files import read_csv
from jianbao.data.xlsx_reader import read_workbook
from jianbao.render.fonts.build import UnusableFontError, rebuild_font
from jianbao.render.fonts.registry import Recipe
from jianbao.text.placeholders import pieces
from tests.font_files import font
from tests.pdf_text import pages
from tests.workspaces import ROOT, amend, copy, run

pytestmark = pytest.mark.slow

SECONDS = 60  # of a processor, on any machine: what does harm takes for ever; measured: under one
SHEET = "xl/worksheets/sheet1.xml"


# Workbooks


@cache
def book() -> bytes:
    """Return a sound workbook with one table."""
    made = Workbook()
    made.worksheets[0].title = "t"
    for row in (["a", "b"], ["one", 1], ["two", 2.5]):
        made.worksheets[0].append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def repacked(change: Callable[[str, bytes], bytes], more: dict[str, bytes] | None = None) -> bytes:
    """Return the workbook with parts changed or added."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in (more or {}).items():
            new.writestr(name, part)
    return content.getvalue()


def sheet(old: str, new: str) -> bytes:
    """Return the workbook with a change in its sheet."""

    def change(name: str, part: bytes) -> bytes:
        assert name != SHEET or old.encode() in part
        return part.replace(old.encode(), new.encode(), 1) if name == SHEET else part

    return repacked(change)


def read(data: bytes) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """Return what is wrong with a workbook, and its rows."""
    problems: Problems = []
    found = read_workbook(data, "b.xlsx", {"t": ()}, problems)
    return "\n".join(map(str, problems)), found["t"].rows if "t" in found else ()


DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "a zip bomb": (lambda: repacked(lambda _, part: part, {"xl/media/x": b"\0" * 401_000_000}), "too large: 401"),
    "a bomb of cells": (lambda: sheet("<row", "<row>" + "<c/>" * 20_000 + "</row><row"), "rows that are too wide"),
    "a million rows": (
        lambda: sheet("</sheetData>", "<row />" * 1_000_000 + "</sheetData>"),
        "rows; 300,000 are the most",
    ),
    "a bomb of styles": (
        lambda: repacked(lambda name, part: part.replace(b"</fonts>", b"<b/>" * 300_001 + b"</fonts>", 1)),
        "or 300,000 of styles",
    ),
    "entities in entities": (
        lambda: repacked(lambda name, part: DOCTYPE.encode() + part if name == SHEET else part),
        f"{SHEET} has a DOCTYPE",
    ),
    "entities in another encoding": (
        lambda: repacked(lambda name, part: (DOCTYPE + part.decode()).encode("utf-16") if name == SHEET else part),
        f"{SHEET} has a DOCTYPE",
    ),
    "a cell at the end of the sheet": (lambda: sheet('r="B2"', 'r="XFD2"'), "16384 cells where the head has 2"),
    "cells out of their order": (lambda: sheet('r="A2"', 'r="XFD2"'), "are out of order: 'B2'"),
    "a row given twice": (lambda: sheet('<row r="3"', '<row r="2"'), "are out of order: '2'"),
    "a row that no sheet has": (lambda: sheet('<row r="3"', '<row r="2000000000"'), "300,000 rows are the most"),
    "all cells merged": (
        lambda: sheet("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        "the cells A1:XFD1048576 are merged",
    ),
    "a formula": (lambda: sheet("<v>1</v>", "<f>1+1</f><v>2</v>"), "this is a formula: '=1+1'"),
    "a formula that reads a file": (
        lambda: sheet("<v>1</v>", "<f>'file:///etc/[passwd]x'!A1</f><v>2</v>"),
        "this is a formula",
    ),
    "turned directions": (lambda: sheet('t="n"><v>1</v>', 't="str"><v>x\u202ey</v>'), "invisible character U+202E"),
    "a cut workbook": (lambda: book()[:-200], "the workbook cannot be opened"),
    "no XML": (lambda: repacked(lambda n, part: part[:-9] if n == SHEET else part), "is not XML"),
    "an encrypted file": (lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "the workbook cannot be opened"),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_workbook_that_would_do_harm_is_refused_soon(bomb: str) -> None:
    make, said = BOMBS[bomb]
    data, before = make(), time.process_time()
    assert said in read(data)[0]
    assert time.process_time() - before < SECONDS


def test_macros_and_links_of_a_workbook_are_left_alone() -> None:
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    data = repacked(
        lambda _, part: part, {"xl/vbaProject.bin": b"\xd0\xcf", "xl/externalLinks/externalLink1.xml": link}
    )
    assert read(data) == ("", (("one", "1"), ("two", "2.5")))


def test_a_large_file_is_refused_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jianbao.data.xlsx_reader.PACKED", 100)
    assert "the workbook is too large" in read(book())[0]


def test_as_many_cells_as_a_hundred_thousand_rows_have_are_allowed() -> None:
    assert MOST_CELLS > 2 * 100_000 * 20 + 100_000


# Documents and what they name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a: "\\u202e"', "f.yml:1: the text has the invisible character U+202E"),
        ('a:\n  "\\0": b', "f.yml:2: the file has NUL bytes"),
        ("[" * 40, "it is nested too deeply"),
        ("[" * 100_000, "exceeded maximum nesting depth"),
        ("a: &x [1]\nb: [*x, *x]", "this is an alias"),
        ("a: !!python/object/apply:os.system [ls]", "this is a tag"),
        ("a: b\n" * 1_000_001, "the file is too long"),
    ],
)
def test_a_document_that_hides_or_swells_is_refused(text: str, said: str) -> None:
    before = time.process_time()
    with pytest.raises(ContentError, match=re.escape(said)):
        parse_document(text, "f.yml")
    assert time.process_time() - before < SECONDS


def test_an_edition_cannot_be_written_elsewhere_by_its_label(workspace: Path) -> None:
    amend(workspace, "data/editions.yml", "  midsummer:", "  ../../midsummer:")
    done = run("check", workspace)
    assert done.code == 4 and "'../../midsummer' cannot be the label of an edition" in done.err, done.err


@pytest.mark.parametrize(
    ("record", "outside"),
    [
        ({"../escaped.csv": {"file": "0", "old": "", "new": "x"}}, "escaped.csv"),
        ({"data/../../escaped.csv": {"file": "0", "old": "", "new": "x"}}, "escaped.csv"),
        ({"data/x.csv": {"file": "../../../secret", "old": "", "new": "x"}}, "x.csv"),
        ([], ""),
        ({"data/x.csv": {"file": 1}}, ""),
    ],
)
def test_a_broken_off_change_that_came_with_a_workspace_writes_nothing_elsewhere(
    workspace: Path, record: object, outside: str
) -> None:
    secret = workspace.parent / "secret"
    secret.write_text("secret")
    journal = workspace / "data" / JOURNAL
    journal.mkdir()
    (journal / "files.json").write_text(json.dumps(record))
    (journal / "0").write_text("harm")
    done = run("check", workspace)
    assert done.code == 7 and "is damaged, or would change files outside" in done.err, done.err
    assert secret.read_text() == "secret" and not list(workspace.parent.rglob(outside or "no"))


def test_a_locale_that_is_none_is_named(workspace: Path) -> None:
    amend(workspace, "data/editions.yml", "en_GB", "en_\u0663B")
    done = run("check", workspace)
    assert done.code == 4 and "is not a locale" in done.err, done.err


def test_a_section_without_a_title_is_named(workspace: Path) -> None:
    amend(workspace, "templates/wording/notes.yml", "title: {zh: 数据说明, en: Data notes}\n", "")
    done = run("check", workspace)
    assert done.code == 4 and "notes.yml:1: the section has no title" in done.err, done.err


def test_a_judgement_without_a_line_below_it_in_some_edition_is_named(workspace: Path) -> None:
    amend(workspace, "templates/argument.yml", "  line: {zh:", "  line: {when: {fact: ties.total, below: 1}, zh:")
    done = run("check", workspace)
    assert done.code == 4 and "'judgement.line' says nothing in this edition" in done.err, done.err


def test_a_file_of_phrases_that_the_brief_needs_and_that_is_not_there_is_named(workspace: Path) -> None:
    wording = workspace / "templates" / "wording"
    (wording / "summary.yml").rename(wording / "front.yml")
    amend(workspace, "templates/outline.yml", "section: summary", "section: front")
    done = run("check", workspace)
    assert done.code == 4 and "summary.yml: there is no phrase 'masthead.series'" in done.err, done.err


def test_a_figure_without_a_kind_is_named(workspace: Path) -> None:
    amend(workspace, "templates/figures.yml", "  kind: growth\n", "")
    done = run("check", workspace)
    assert done.code == 4 and "'kind' is missing" in done.err, done.err


def test_a_target_that_is_no_fact_is_named(workspace: Path) -> None:
    measures = workspace / "data" / "measures.yml"
    measures.write_text(re.sub(r"visitors\.best:.*\n", "", measures.read_text("utf-8")), "utf-8")
    done = run("check", workspace)
    assert done.code == 4 and "'visitors.best' is not a fact" in done.err, done.err


# Tables without an end

HUGE = {
    "a head of a million commas": ("," * 1_000_000 + "\n", "more than 100,000 cells"),
    "a head of many columns": (",".join(map(str, range(90_000))) + "\n", "the head has 90,000 columns"),
    "a row of a million commas": ("a,b\n1,2\n" + "," * 1_000_000 + "\n", "more than 100,000 cells"),
    "a million rows": ("a,b\n" + "1,2\n" * 1_000_000, "300,000 rows are the most"),
    "a million blank rows": ("a,b\n" + ",\n" * 1_000_000, "300,000 rows are the most"),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_table_that_does_not_end_is_one_problem_that_says_the_limit(name: str) -> None:
    text, said = HUGE[name]
    problems: Problems = []
    before = time.process_time()
    read_csv(text, "t", "t.csv", problems)
    assert time.process_time() - before < SECONDS
    assert len(problems) == 1 and said in str(problems[0])


# Logos

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">{}</svg>'


def drawn(inside: str) -> str:
    problems: Problems = []
    check_logo(Logo("templates/logo.svg", SVG.format(inside).encode()), problems)
    return "\n".join(map(str, problems))


def picture(width: int, height: int) -> bytes:
    return logo.PNG + b"\0\0\0\rIHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")


DOUBLED = "".join(f'<g id="a{n}"><use href="#a{n + 1}"/><use x:href="#a{n + 1}"/></g>' for n in range(40))
CHAIN = "".join(f'<g id="a{n}"><use href="#a{n + 1}"/></g>' for n in range(900))


@pytest.mark.parametrize(
    "inside",
    [
        f'<defs>{DOUBLED}<g id="a40"/></defs><use href="#a0"/>',
        '<g id="a"><use href="#a"/></g>',
        f'{CHAIN}<use href="#a0"/>',
        '<pattern id="p"><rect fill="url(#p)"/></pattern><rect fill="url(#p)"/>',
        '<style>.a{fill:url(#p)}</style><pattern id="p"><rect class="a"/></pattern><rect class="a"/>',
        "<g>" * 3000 + "</g>" * 3000,
        '<g style="fill:u\\72l(http://203.0.113.1/x)"/>',
        "<style>@im\\port 'x.css';</style>",
        f'<image href="data:image/png;base64,{b64encode(picture(60000, 60000)).decode()}"/>',
        '<image href="data:image/png;base64,é"/>',
        '<image href="data:image/svg+xml,x"/>',
        '<?xml-stylesheet href="http://203.0.113.1/x.css"?>',
        "<?php x ?>",
        *(f"<{name}/>" for name in ("animate", "animateMotion", "animateTransform", "animateColor", "set", "discard")),
        *(f"<{name}/>" for name in ("script", "foreignObject", "a", "audio", "handler", "listener", "Script")),
        '<h:iframe xmlns:h="http://www.w3.org/1999/xhtml"/>',
        '<h:link xmlns:h="http://www.w3.org/1999/xhtml" rel="stylesheet"/>',
        "<style>@keyframes a{to{fill:red}}</style>",
        '<g xml:base="http://203.0.113.1/"/>',
        '<rect style="animation: a 1s infinite"/>',
        '<rect style="-webkit-animation-name:a"/>',
        '<rect style="transition : fill 9s"/>',
    ],
)
def test_a_logo_that_would_do_harm_is_refused_soon(inside: str) -> None:
    before = time.process_time()
    assert "logo" in drawn(inside)
    assert time.process_time() - before < SECONDS


def test_a_logo_of_shapes_and_gradients_is_let_be() -> None:
    notes = '<n:namedview xmlns:n="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd"/><title>animation</title>'
    assert drawn(notes) == ""
    shapes = '<linearGradient id="g"/><clipPath id="c"><circle r="1"/></clipPath><style>.a{fill:url(#g)}</style>'
    assert drawn(f'{shapes}<g id="s" clip-path="url(#c)"><rect fill="url(#g)" class="a"/></g><use href="#s"/>') == ""


@pytest.mark.parametrize(("sides", "so"), [((60000, 60000), False), ((0, 9), False), ((512, 512), True)])
def test_a_picture_of_too_many_pixels_is_refused(sides: tuple[int, int], so: bool) -> None:
    problems: Problems = []
    check_logo(Logo("templates/logo.png", picture(*sides)), problems)
    assert (problems == []) == so


# What goes out


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "＝1+1", "＠x", "－x", "\t=1", "=HYPERLINK(0)"]
)
def test_no_exported_table_holds_a_formula(cell: str) -> None:
    rows = [*csv.reader(io.StringIO(table_csv({"a": Texts.of([cell]), "b": np.array([-1.5])}).decode()))]
    assert rows == [["a", "b"], [f"'{cell}", "-1.5"]]


@pytest.mark.parametrize("cell", ["-1.5", "+86", "-33.60001", "1e-7", "", "São", "a=b", "2031-06-30"])
def test_a_number_and_a_plain_text_are_exported_as_they_are(cell: str) -> None:
    assert safe_cell(cell) == cell


NAME = "<img src=x onerror=alert(1)> & $x^2$ {y} '=A1"


def test_a_name_with_markup_is_printed_as_it_is_written(workspace: Path) -> None:
    names = workspace / "data" / "names.csv"
    names.write_text(names.read_text("utf-8").replace(",Uldhaven,", f',"{NAME}",'), "utf-8")
    products = "[brief.en.pdf, brief.en.docx, brief.en.html]"
    outline = workspace / "templates" / "outline.yml"
    outline.write_text(re.sub(r"products:.*", f"products: {products}", outline.read_text("utf-8"), count=1), "utf-8")
    done = run("build", workspace)
    assert done.code == 0, done.err
    made = workspace / "output" / "midsummer"
    assert "<imgsrc=xonerror=alert(1)>&$x^2${y}" in re.sub(r"\s", "", "".join(pages(made / "brief.en.pdf")))
    page = (made / "brief.en.html").read_text("utf-8")
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.replace("<wbr>", "") and "<img src=x" not in page
    with zipfile.ZipFile(made / "brief.en.docx") as archive:
        assert "&lt;img src=x onerror=alert(1)&gt;" in archive.read("word/document.xml").decode()


def test_a_name_with_the_braces_of_a_template_is_refused_as_text_left_unfilled(workspace: Path) -> None:
    amend(workspace, "data/names.csv", ",Uldhaven,", ",Uldhaven {{ y }},")
    done = run("check", workspace)
    assert done.code == 4 and "data/names.csv:15 en: '{{' (unfilled)" in done.err, done.err


def test_a_workbook_to_fill_in_holds_no_formula(tmp_path: Path) -> None:
    city = copy(ROOT, tmp_path / "city")
    amend(city, "data/names.csv", "\n", "\n=1+1,continent,=1+1,=1+1,,,\n")
    done = run("intake", "--template", tmp_path / "form.xlsx", city)
    assert done.code == 0, done.err
    made = load_workbook(tmp_path / "form.xlsx")
    cells = [cell for page in made.worksheets for row in page.iter_rows() for cell in row]
    assert any(str(cell.value).startswith("=1+1") for cell in cells)
    assert [cell.value for cell in cells if cell.data_type == "f"] == []


# Fonts


FACE = Recipe(family="Town", weight=400, style="normal", source="Town-400.otf", package="")


@cache
def lettering(kind: str) -> bytes:
    """Return a sound font: TrueType, the same compressed, or with CFF outlines."""
    return font(flavor="woff2" if kind == "woff2" else None, cff=kind == "cff")


def composed(of: Callable[[int], int], width: int) -> bytes:
    """Return a font whose letters are each made of one other letter, so many times."""
    made = TTFont(io.BytesIO(lettering("")))
    names = made.getGlyphOrder()
    for place in range(1, len(names) - 1):
        glyph = Glyph()
        glyph.numberOfContours, glyph.components = -1, [part(names[of(place)]) for _ in range(width)]
        glyph.xMin, glyph.yMin, glyph.xMax, glyph.yMax = 50, 0, 550, 700
        made["glyf"].glyphs[names[place]] = glyph
    return saved(made)


def part(name: str) -> GlyphComponent:
    found = GlyphComponent()
    found.glyphName, found.x, found.y, found.flags = name, 0, 0, 0x0002
    return found


def saved(made: TTFont) -> bytes:
    made.recalcBBoxes = False
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def swollen(tag: str, content: bytes) -> bytes:
    """Return a compressed font with another table."""
    made = TTFont(io.BytesIO(lettering("")))
    made.flavor, made[tag] = "woff2", DefaultTable(tag)
    made[tag].data = content
    return saved(made)


FONT_BOMBS = {
    "letters in letters": lambda: composed(lambda place: place + 1, 60),
    "letters in themselves": lambda: composed(lambda place: place, 2),
    "a table that swells": lambda: swollen("JUNK", bytes(100_000_000)),
    "instructions without an end": lambda: swollen("fpgm", b"\xb8\xff\xfd\x1c"),
    "more tables than there are": lambda: lettering("")[:4] + b"\xff\xff" + lettering("")[6:],
}


@pytest.mark.parametrize("bomb", FONT_BOMBS)
def test_a_font_that_would_do_harm_is_harmless_or_refused_soon(bomb: str) -> None:
    data, before = FONT_BOMBS[bomb](), time.process_time()
    with suppress(UnusableFontError):
        assert {*TTFont(io.BytesIO(rebuild_font(data, FACE))).keys()} & {"JUNK", "fpgm"} == set()
    assert time.process_time() - before < SECONDS


# Any input: what Hypothesis finds is kept above or as an example

TOKENS = [
    "a",
    "b: ",
    ": ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "&x ",
    "*x",
    "!t ",
    "| ",
    "# ",
    "%",
    "\\u202e",
    "?",
]
TOKENS += ["---", "\t", "，", "é", "\ufeff", "\\", "@", "`", "<<", ",", "0x1", "\x85", "\u2028"]
DRAWN = [
    "<g>",
    "</g>",
    "<use href='#a'/>",
    "<g id='a'>",
    " fill='url(#a)'",
    "<style>",
    "</style>",
    "url(",
    "x",
    "<!--",
    "-->",
]
DRAWN += [
    "&amp;",
    "&x;",
    "<![CDATA[",
    "]]>",
    "<?p?>",
    "\\",
    "data:",
    "<image href='data:image/png;base64,AA'/>",
    "é",
    "\0",
]
HOLES = [
    "{{",
    "}}",
    " ",
    "x",
    ".",
    "|",
    "(",
    ")",
    "name",
    "'",
    '"',
    ",",
    "[",
    "]",
    "1",
    "**",
    "~",
    "{%",
    "%}",
    "if",
    "else",
    "\n",
]
CELLS = ["a", ",", '"', "\n", "\r", "\t", ";", "=", "-", "1", "é", "广", "\u202e", "\0", "\x85", "\ufeff", "'", "＝"]


LEDGER = ["as_of", "facts", "value", "cells", "rows", "x"]


def any_of(tokens: list[str], most: int = 30) -> some.SearchStrategy[str]:
    return some.lists(some.sampled_from(tokens), max_size=most).map("".join)


@given(any_of(CELLS).map(str.encode) | some.binary(max_size=60))
@example(b'a\n"')
@example(b"")
def test_any_bytes_are_a_table_or_refused(data: bytes) -> None:
    problems: Problems = []
    with suppress(EncodingError):
        found = read_csv(decode(data), "t", "t.csv", problems)
        assert all(len(row) == len(found.head) for row in found.rows)
        columns = zip(*found.rows, strict=True) if found.rows else [()] * len(found.head)
        written = table_csv({name: Texts.of(cells) for name, cells in zip(found.head, columns, strict=True)})
        cells = [cell for row in csv.reader(io.StringIO(written.decode(), newline="")) for cell in row]
        assert not any(cell.startswith(("=", "@", "＝", "\t")) and len(cell) > 1 for cell in cells)


@given(any_of(TOKENS))
def test_any_text_is_a_document_or_refused(text: str) -> None:
    with suppress(ContentError):
        parse_document(text, "f.yml")


@given(any_of(DRAWN))
def test_any_drawing_is_a_logo_or_refused(inside: str) -> None:
    drawn(inside)


@given(any_of(HOLES))
def test_any_hole_is_read_or_refused(text: str) -> None:
    assert all(isinstance(piece, str) or piece.fault or piece.fact or piece.name for piece in pieces(text))


@given(some.data())
def test_any_damage_to_a_workbook_is_survived(data: some.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(book())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(some.sampled_from(sorted(parts)))
    part = parts[name]
    start, length = data.draw(some.integers(0, len(part))), data.draw(some.integers(0, 20))
    new = data.draw(
        some.binary(max_size=8) | some.sampled_from([b"<c/>", b'"', b"999999999", b"<", b"A1:B2", b"-1", b""])
    )
    read(repacked(lambda each, old: old[:start] + new + old[start + length :] if each == name else old))


@given(some.binary(max_size=40), some.integers(0, 10_000), some.integers(0, 400))
def test_any_damage_to_an_archive_is_survived(new: bytes, start: int, length: int) -> None:
    start %= len(book())
    read(book()[:start] + new + book()[start + length :])


@given(some.sampled_from(["", "woff2", "cff"]), some.binary(max_size=12), some.integers(0), some.integers(0, 40))
def test_any_damage_to_a_font_is_survived(kind: str, new: bytes, start: int, length: int) -> None:
    sound = lettering(kind)
    start %= len(sound)
    with suppress(UnusableFontError):
        assert TTFont(io.BytesIO(rebuild_font(sound[:start] + new + sound[start + length :], FACE)))["cmap"].tables


@given(
    some.recursive(
        some.none() | some.floats() | some.text(max_size=5),
        lambda inner: some.lists(inner) | some.dictionaries(some.sampled_from(LEDGER), inner),
        max_leaves=8,
    )
)
def test_any_json_is_a_ledger_or_refused(value: object) -> None:
    with suppress(JianbaoError):
        export.read_ledger(json.dumps(value).encode(), "ledger.json")


def test_the_tables_that_were_refused_name_the_data_owner(workspace: Path) -> None:
    (workspace / "data" / "tables.xlsx").write_bytes(book()[:-300])
    with pytest.raises(DataError, match="cannot be opened"):
        read_evidence(workspaces.snapshot(workspace), ("zh", "en"))
