"""What WeasyPrint is patched with: Chinese justification, a page limit, languages and table heads in the tags.

Three seams of its lines are opened. Before a justified Chinese paragraph is broken into lines, its breaks are
chosen for the whole paragraph and the others in reach are closed by U+FEFF, which has no width, no ink and no place in
the extracted text; the same makes the lines of a heading alike in length: `text-align-last: start` under
`text-align: left` asks for it, a pair that changes nothing else. After a line is made, its slack is spread between its
characters by moving the glyphs apart, so that shaping, kerning and the order of the text stay as they were. When a
line is written, the empty glyphs that joints leave behind are left out. Other versions may differ inside: the version
is checked here and pinned in the project.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pydyf  # type: ignore[import-untyped]
import weasyprint
from weasyprint.formatting_structure import boxes
from weasyprint.layout import block, inline, page
from weasyprint.pdf import tags
from weasyprint.pdf.stream import Stream
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, pango

from jianbao.core.errors import Place, Problem, RenderError
from jianbao.core.messages import tr
from jianbao.core.scripts import is_chinese
from jianbao.render.typography import SOFT, THIN, choose_breaks, forbidden_breaks, spread

WEASYPRINT = "70.0"
CLOSED = "\ufeff"
_MOVE = re.compile(r"-?[\d.]+")
_EMPTY = re.compile(rf"(?:{_MOVE.pattern})?(?:<>(?:{_MOVE.pattern})?)+")

_iter_line_boxes = inline.iter_line_boxes
_reactivate = line_break.Layout.reactivate
_show_text = Stream.show_text


def install_justification() -> None:
    """Open the seams, once a process; RenderError if the version is another one."""
    if weasyprint.__version__ != WEASYPRINT:
        what = tr(
            "WeasyPrint is {version}, but lines are spread inside {wanted}",
            version=weasyprint.__version__,
            wanted=WEASYPRINT,
        )
        raise RenderError(Problem(Place("WeasyPrint"), what, tr("install weasyprint=={version}", version=WEASYPRINT)))
    inline.justify_line = justify_line
    inline.iter_line_boxes = block.iter_line_boxes = iter_line_boxes
    line_break.Layout.reactivate = reactivate
    Stream.show_text = show_text


def iter_line_boxes(context: Any, box: Any, *rest: Any) -> Any:
    """Choose the breaks of a whole Chinese paragraph, then let the lines be made as ever."""
    _, _, skip_stack, block, *_ = rest
    justified = box.style["text_align_all"] == "justify"
    balanced = not justified and box.style["text_align_last"] == "start"
    if skip_stack is None and not context.excluded_shapes and (balanced or justified):
        _fit(box, block.width, balanced)
    return _iter_line_boxes(context, box, *rest)


def justify_line(context: Any, line: Any, slack: float) -> None:  # noqa: ARG001 (WeasyPrint's signature)
    """Spread the slack of a line, in CSS pixels, over its gaps; a thin space at its end counts as slack."""
    leaves = tuple(_leaves(line))
    text = "".join(_text(leaf) for leaf in leaves)
    em = max((leaf.style["font_size"] for leaf in leaves), default=0)
    if not em:
        return
    if text.endswith(THIN):
        slack += _advances(leaves[-1])[-1]
    grown = spread(text, slack / em)
    start = 0
    for leaf in leaves:
        length = len(_text(leaf))
        own = {index - start: grown[index] * em / 1000 for index in range(start, start + length) if index in grown}
        leaf.grown = own
        if isinstance(leaf, boxes.TextBox) and leaf.pango_layout:
            leaf.pango_layout.grown = own
        start += length
    _shift(line, 0.0)


def reactivate(layout: Any, style: Any) -> None:
    """Lay a text out again for drawing, and move its glyphs apart as its line asked."""
    _reactivate(layout, style)
    grown: dict[int, float] = getattr(layout, "grown", {})
    if not grown:
        return
    # Set already here, since setting it later would lay the line out anew.
    pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
    # Kerning is cut to whole thousandths of an em when drawn: a little more than asked makes the cut exact.
    more = {_byte(layout.text, index): gap + style["font_size"] * 0.0003 for index, gap in grown.items()}
    for info, start, end in _clusters(layout):
        gap = sum(value for place, value in more.items() if start <= place < end)
        if gap:
            info.geometry.width += round(gap * TO_UNITS)


def show_text(stream: Any, glyphs: str) -> None:
    """Write a run of glyphs."""
    _show_text(stream, compact(glyphs))


def compact(glyphs: str) -> str:
    """Return the glyphs and moves of a run without empty strings, the moves around each added up.

    Where one of them is empty, pdfium, which Chrome and Edge show pages with, forgets the last move of the run.
    """

    def moved(gap: re.Match[str]) -> str:
        total = sum(float(move) for move in _MOVE.findall(gap[0]))
        return f"{total:g}" if total else ""

    return _EMPTY.sub(moved, glyphs)


def _fit(line_box: Any, measure: float, balanced: bool) -> None:
    """Close the breaks of a paragraph that would spoil its lines; a paragraph with more than text is left alone."""
    leaves = tuple(_leaves(line_box))
    if not leaves or not all(isinstance(leaf, boxes.TextBox) for leaf in leaves):
        return
    for leaf in leaves:
        leaf.said = getattr(leaf, "said", leaf.text)
        leaf.text = leaf.said
    text = "".join(leaf.text for leaf in leaves)
    em = line_box.style["font_size"]
    if "\n" in text or not (balanced or is_chinese(text)) or len(text) < measure / em / 2:
        return
    widths = [width / em for leaf in leaves for width in _advances(leaf)]
    # The first line is as much shorter as it is indented.
    widths[0] += line_box.style["text_indent"].value / em
    if sum(widths) <= measure / em:
        return
    attributes = line_break.get_log_attrs(text, line_box.style["lang"])
    soft = {match.end() for match in re.finditer(SOFT, text)}
    opportunities = [index for index in range(1, len(text)) if attributes[index].is_line_break or index in soft]
    breaks = choose_breaks(
        text=text, widths=widths, opportunities=opportunities, measure=measure / em, balanced=balanced, unwelcome=soft
    )
    closed = set(forbidden_breaks(text, widths, opportunities, breaks, measure / em)) - soft
    start = 0
    for leaf in leaves:
        end = start + len(leaf.text)
        leaf.text = "".join(
            (CLOSED if index in closed else "") + ("" if _opened(index, breaks, soft) else character)
            for index, character in enumerate(leaf.text, start)
        )
        start = end


def _opened(index: int, breaks: tuple[int, ...], soft: set[int]) -> bool:
    """Return whether a character is a soft joint at which a line is to break."""
    return any(chosen - len(SOFT) <= index < chosen for chosen in breaks if chosen in soft)


def _leaves(box: Any) -> Iterator[Any]:
    for child in box.children:
        if isinstance(child, boxes.InlineBox):
            yield from _leaves(child)
        elif child.is_in_normal_flow():
            yield child


def _text(leaf: Any) -> str:
    return str(leaf.text) if isinstance(leaf, boxes.TextBox) else "\ufffc"


def _shift(box: Any, moved: float) -> float:
    """Move the boxes of a line right by what the gaps before them grew, and return the sum."""
    if isinstance(box, (boxes.LineBox, boxes.InlineBox)):
        box.position_x += moved
        before = moved
        for child in box.children:
            if child.is_in_normal_flow():
                moved = _shift(child, moved)
        box.width += moved - before
        return moved
    growth = float(sum(box.grown.values()))
    if isinstance(box, boxes.TextBox):
        box.position_x += moved
        box.width += growth
    else:
        box.translate(moved, 0)
    return moved + growth


def _advances(leaf: Any) -> list[float]:
    """Return the advance of each character of a text box in CSS pixels; a ligature's goes to its first character."""
    layout = line_break.Layout(leaf.style)
    layout.set_text(leaf.text)
    places = {_byte(leaf.text, index): index for index in range(len(leaf.text))}
    widths = [0.0] * len(leaf.text)
    for info, start, _ in _clusters(layout):
        widths[places[start]] += info.geometry.width * FROM_UNITS
    return widths


def _clusters(layout: Any) -> Iterator[tuple[Any, int, int]]:
    """Yield each glyph of a line from left to right, with the bytes of the text that end with it."""
    line, _ = layout.get_first_line()
    run = line.runs[0] if line != ffi.NULL else ffi.NULL
    while run != ffi.NULL:
        item, glyphs = run.data.item, run.data.glyphs
        for number in range(glyphs.num_glyphs):
            start = glyphs.log_clusters[number]
            end = glyphs.log_clusters[number + 1] if number + 1 < glyphs.num_glyphs else item.length
            yield glyphs.glyphs[number], item.offset + start, item.offset + end
        run = run.next


def _byte(text: str, index: int) -> int:
    return len(text[:index].encode())


MOST = 300  # sheets: ten times the longest brief
_remake_page = page.remake_page


def install_page_limit() -> None:
    """Count the sheets as they are made; justification says which version of WeasyPrint this is."""
    page.remake_page = remake_page


def remake_page(index: int, *rest: Any) -> Any:
    """Make one more sheet as ever, or raise RenderError."""
    if index >= MOST:
        hint = tr("look for a repeated page break")
        raise RenderError(Problem(Place("page"), tr("the page runs over more than {most} sheets", most=MOST), hint))
    return _remake_page(index, *rest)


RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"

MARKER = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<rdf:Description rdf:about=""><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of the standard</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description></rdf:RDF>"""

# PDF/A asks for these prefixes and no others.
for prefix in ("extension", "schema", "property"):
    address = f"http://www.aiim.org/pdfa/ns/{prefix}{'/' if prefix == 'extension' else '#'}"
    ElementTree.register_namespace(f"pdfa{prefix.capitalize()}", address)

_build_box_tree = tags._build_box_tree


def install_tags() -> None:
    """Let every tagged element carry its language and every head of a table its scope."""
    tags._build_box_tree = build_box_tree


def build_box_tree(box: Any, parent: Any, *rest: Any) -> Iterator[Any]:
    """Yield the elements of a box as ever, with `/Lang` and `/Scope` where the page says them."""
    element = getattr(box, "element", None)
    for made in _build_box_tree(box, parent, *rest):
        if element is not None and (language := element.get("lang")) and element.tag != "html":
            made["Lang"] = pydyf.String(language)
        if made["S"] == "/TH" and element is not None:
            made["A"]["Scope"] = "/Row" if element.get("scope") == "row" else "/Column"
        yield made


def accessible(metadata: Any, languages: tuple[str, ...]) -> Callable[..., bytes]:
    """Return a maker of the document's XMP that adds the marker of PDF/UA-1 and the languages to what is there."""
    usual = metadata.generate_rdf_metadata

    def generate(variant: str, version: int, conformance: str) -> bytes:
        root = ElementTree.fromstring(usual(variant, version, conformance))
        root.extend(ElementTree.fromstring(MARKER))
        spoken = ElementTree.SubElement(root, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
        bag = ElementTree.SubElement(ElementTree.SubElement(spoken, f"{{{DC}}}language"), f"{{{RDF}}}Bag")
        for language in languages:
            ElementTree.SubElement(bag, f"{{{RDF}}}li").text = language
        return bytes(ElementTree.tostring(root, encoding="utf-8"))

    return generate
