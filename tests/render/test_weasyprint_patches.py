"""Each patch of WeasyPrint does what it is for, and what it stands on is looked at in every version."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pypdf
import pytest
from weasyprint.layout import block, inline, page
from weasyprint.pdf import tags
from weasyprint.pdf.stream import Stream
from weasyprint.text import line_break

from jianbao.core.errors import RenderError
from jianbao.render.fonts.registry import Fonts
from jianbao.render.pdf import weasyprint_patches
from jianbao.render.pdf.render import render_pdf
from jianbao.review.quality.pdf_reader import PdfLine, read_pdf
from tests.render.conftest import metadata
from tests.repository.tree import Module, module, obey

STYLE = """
@page { size: 80mm 120mm; margin: 10mm }
body { font: 10pt/1.6 "Noto Serif SC"; margin: 0 } p { margin: 0; text-align: justify }
h2 { text-align-last: start; margin: 0; font-size: 10pt }
"""
WIDTH = 60 / 25.4 * 72  # points of a line
CHINESE = "广州与友城的往来在这一年里继续增多，互访、展览和培训都比上一年多；其中青年交流增长最快。" * 3
TITLE = "Partnerships have grown, and exchanges of the young the most of all"


def made(body: str, fonts: Fonts, language: str = "zh") -> bytes:
    html = f"<!DOCTYPE html><html lang={language}><title>x</title><style>{STYLE}</style><body>{body}</body></html>"
    return render_pdf(html, fonts, metadata(language))


def lines(content: bytes) -> list[PdfLine]:
    return [line for sheet in read_pdf(content).pages for line in sheet.lines]


def ragged(content: bytes) -> bool:
    """Say whether a line but the last of a justified paragraph ends before the margin."""
    ends = [line.letters[-1].right - line.letters[0].left for line in lines(content)][:-1]
    return any(end < WIDTH - 1 for end in ends)


def uneven(content: bytes) -> bool:
    """Say whether one line of a heading is much longer than another."""
    lengths = [line.letters[-1].right for line in lines(content)]
    return max(lengths) - min(lengths) > WIDTH / 4


def hollow(content: bytes) -> bool:
    """Say whether a run of glyphs has an empty string."""
    sheets = pypdf.PdfReader(BytesIO(content)).pages
    return any(b"<>" in written.get_data() for sheet in sheets if (written := sheet.get_contents()) is not None)


def tongueless(content: bytes) -> bool:
    """Say whether the words of another language are tagged without it."""
    return not any(element.get("/Lang") == "en" for element in structure(root(content)["/StructTreeRoot"]))


def scopeless(content: bytes) -> bool:
    """Say whether the head of a table says not of what it is the head."""
    heads = [element for element in structure(root(content)["/StructTreeRoot"]) if element.get("/S") == "/TH"]
    return [element["/A"].get("/Scope") for element in heads] != ["/Column", "/Row"]


def root(content: bytes) -> Any:
    return pypdf.PdfReader(BytesIO(content)).trailer["/Root"]


def structure(element: Any) -> Iterator[Any]:
    """Yield every element of the tags of a document."""
    yield element
    below = element.get("/K", [])
    for child in below if isinstance(below, list) else [below]:
        child = child.get_object()
        if isinstance(child, dict) and child.get("/Type") != "/OBJR":
            yield from structure(child)


TABLE = "<table><thead><tr><th scope=col>a<tbody><tr><th scope=row>b</table>"
JOINED = "<p>" + CHINESE.replace("的", "\u2060的") + "</p>"
FAULTS: tuple[tuple[Any, str, str, Callable[[bytes], bool]], ...] = (
    (inline, "justify_line", f"<p>{CHINESE}</p>", ragged),
    (line_break.Layout, "reactivate", f"<p>{CHINESE}</p>", ragged),
    (block, "iter_line_boxes", f"<h2 lang=en>{TITLE}</h2>", uneven),
    (Stream, "show_text", JOINED, hollow),
    (tags, "_build_box_tree", "<p>友城<span lang=en>sister city</span></p>", tongueless),
    (tags, "_build_box_tree", TABLE, scopeless),
)


@pytest.mark.parametrize(("owner", "name", "body", "faulty"), FAULTS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_page_is_faulty_without_the_patch_and_right_with_it(
    owner: Any, name: str, body: str, faulty: Callable[[bytes], bool], fonts: Fonts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not faulty(made(body, fonts))
    monkeypatch.setattr(owner, name, weasyprint_patches.ORIGINALS[owner, name])
    monkeypatch.setattr(weasyprint_patches, "install", lambda: None)
    assert faulty(made(body, fonts))


def test_a_number_before_a_heading_is_never_alone_on_its_line(fonts: Fonts) -> None:
    # A thin space and a joint, as in print
    text = f"{'友' * 9}（20\u2006\u2060\u2060年）办结好周年活动办结好周年活动办结好"
    style = "<style>h3 { font: inherit; margin: 0; text-align: justify } h3::before { content: '（二）' }</style>"
    heads = "".join(f"<h3 style='text-indent: {step / 40}em'><span>{text}</span></h3>" for step in range(120))
    texts = [line.text.strip() for line in lines(made(style + heads, fonts))]
    assert sum(each.startswith("（二）") for each in texts) == 120 and "（二）" not in texts


def test_a_page_without_an_end_is_stopped(fonts: Fonts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weasyprint_patches, "MAX_PAGES", 3)
    endless = '<p style="break-after: page">x</p>' * 4
    with pytest.raises(RenderError, match="the page runs over more than 3 sheets"):
        made(endless, fonts)
    monkeypatch.setattr(page, "remake_page", weasyprint_patches.ORIGINALS[page, "remake_page"])
    monkeypatch.setattr(weasyprint_patches, "install", lambda: None)
    assert made(endless, fonts)


def test_the_document_says_that_it_is_accessible_and_in_which_languages(fonts: Fonts) -> None:
    said = root(made("<p>x</p>", fonts))["/Metadata"].get_data()
    assert b"<pdfuaid:part>1</pdfuaid:part>" in said and b"<rdf:li>zh-CN</rdf:li>" in said


@pytest.mark.parametrize(("owner", "name", "parameters"), weasyprint_patches.CONTRACTS)
def test_a_version_that_is_another_inside_is_refused_with_what_differs(
    owner: Any, name: str, parameters: str, fonts: Fonts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in (None, lambda another: another):
        monkeypatch.setitem(weasyprint_patches.ORIGINALS, (owner, name), other)
        with pytest.raises(RenderError, match="is not inside WeasyPrint") as caught:
            made("<p>x</p>", fonts)
        (problem,) = caught.value.problems
        assert f"{name}({parameters.replace(',', ', ')})" in problem.what and "weasyprint==70.0" in problem.hint


def test_another_version_that_is_the_same_inside_is_accepted(fonts: Fonts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weasyprint.__version__", "71.0")
    assert made("<p>x</p>", fonts)


def inside(source: Module) -> list[str]:
    """Return the imports by which another module reaches into WeasyPrint, past what its documentation offers."""
    found = re.findall(r"^from (weasyprint\.\S+) import", source.text, re.MULTILINE)
    public = {"weasyprint.urls", "weasyprint.text.fonts", "weasyprint.document"}
    return [f"{source.file} imports {name}" for name in found if name not in public]


def test_one_module_alone_touches_the_inside_of_weasyprint() -> None:
    obey(lambda source: inside(source) if source.name != "render.pdf.weasyprint_patches" else [])
    assert inside(module("from weasyprint.layout import block\n"))


@pytest.mark.parametrize(
    ("glyphs", "shown"),
    [
        ("<0001>164<>0.0<>0.0<0ea3>", "<0001>164<0ea3>"),
        ("<0001>-3<>0.0<0ea3>-1.5<>-0.5<", "<0001>-3<0ea3>-2<"),
        ("<>0.0<0ea3>", "<0ea3>"),
        ("<0857>0<0c7c0001>164", "<0857>0<0c7c0001>164"),
    ],
)
def test_joints_leave_no_empty_glyphs_for_which_browsers_forget_the_last_move(glyphs: str, shown: str) -> None:
    assert weasyprint_patches.compact(glyphs) == shown


@pytest.mark.skipif(sys.platform != "linux", reason="only there Python searches with other programs")
def test_weasyprint_is_loaded_without_a_search_for_libraries() -> None:
    code = """
import ctypes.util, sys
search = ctypes.util.find_library
sys.addaudithook(lambda event, said: event == "subprocess.Popen" and sys.exit(f"{said[1]} was started"))
from jianbao.render.pdf import render
assert ctypes.util.find_library is search
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
