"""Patches of WeasyPrint: Chinese justification, a page limit, more tags, a record of texts, and trial layouts.

Line breaking is patched in three places. Before a justified Chinese paragraph is broken into lines, the breaks are
chosen for the paragraph as a whole, and other possible breaks nearby are prevented by U+FEFF, which is invisible and is
not in the extracted text. In the same way, the lines of a heading are made equal in length if it has `text-align-last:
start` with `text-align: left`, which has no other effect. After a line is made, its slack is distributed by moving
glyphs apart, so that shaping, kerning and the order of the text do not change. When a line is written, the empty glyphs
of invisible characters are left out.

Other versions of WeasyPrint may differ. `install` compares the functions that are patched or called with those that
this module was written for, and accepts any version in which they have the same parameters.
"""

import re
from bisect import bisect
from collections.abc import Iterator
from contextlib import nullcontext
from inspect import signature
from itertools import accumulate
from typing import Any

import pydyf  # type: ignore[import-untyped]
import weasyprint
from weasyprint import DEFAULT_OPTIONS, HTML, document, images, layout
from weasyprint.css.counters import CounterStyle
from weasyprint.draw import text as drawn_text
from weasyprint.formatting_structure import boxes, build
from weasyprint.layout import block, inline, page
from weasyprint.pdf import metadata, tags
from weasyprint.pdf.stream import Stream
from weasyprint.text import line_break
from weasyprint.text.ffi import FROM_UNITS, TO_UNITS, ffi, pango
from weasyprint.text.fonts import FontConfiguration

from jianbao.core.encoding import is_chinese
from jianbao.core.errors import Place, Problem, RenderError, raise_all
from jianbao.core.messages import tr
from jianbao.render.pdf.lost_text import RECORD
from jianbao.render.typography import SOFT, THIN, choose_breaks, forbidden_breaks, spread

TESTED = "70.0"
# Each function that is patched or called: its owner, its name, and the names of its first parameters.
CONTRACTS: tuple[tuple[Any, str, str], ...] = (
    (block, "iter_line_boxes", "context,box,position_y,bottom_space,skip_stack,containing_block"),
    (inline, "iter_line_boxes", "context,box,position_y,bottom_space,skip_stack,containing_block"),
    (inline, "justify_line", "context,line,extra_width"),
    (line_break.Layout, "reactivate", "self,style"),
    (line_break, "get_log_attrs", "text,lang"),
    (Stream, "show_text", "self,text"),
    (page, "remake_page", "index,context,root_box,html"),
    (page, "make_all_pages", "context,root_box,html,pages"),
    (tags, "_build_box_tree", "box,parent,pdf,page_number,nums,annotations,tags"),
    (metadata.DocumentMetadata, "generate_rdf_metadata", "self,variant,version,conformance"),
    (document.Document, "_build_layout_context", "html,font_config,counter_style,color_profiles,options"),
    (document, "build_formatting_structure", "element_tree,style_for,"),
    (drawn_text, "draw_first_line", "stream,textbox,text_overflow,block_ellipsis,matrix"),
    (images.SVGImage, "draw", "self,stream,concrete_width,concrete_height"),
    (build, "build_formatting_structure", "element_tree,style_for,get_image_from_uri,base_url,target_collector"),
    (layout, "initialize_page_maker", "context,root_box"),
)
ORIGINALS: dict[tuple[Any, str], Any] = {(owner, name): getattr(owner, name, None) for owner, name, _ in CONTRACTS}
MAX_PAGES = 300  # ten times the longest brief
CLOSED = "\ufeff"
_MOVE = re.compile(r"-?[\d.]+")
_EMPTY = re.compile(rf"(?:{_MOVE.pattern})?(?:<>(?:{_MOVE.pattern})?)+")


def install() -> None:
    """Install the patches; raises RenderError with each function that differs in this version of WeasyPrint."""
    raise_all(_broken_contracts(), RenderError)
    inline.iter_line_boxes = block.iter_line_boxes = iter_line_boxes
    inline.justify_line = justify_line
    line_break.Layout.reactivate = reactivate
    Stream.show_text = show_text
    page.remake_page = remake_page
    tags._build_box_tree = build_box_tree
    document.build_formatting_structure = build_formatting_structure
    drawn_text.draw_first_line = draw_first_line
    images.SVGImage.draw = draw_picture


def _broken_contracts() -> Iterator[Problem]:
    hint = tr("install weasyprint=={version}", version=TESTED)
    for owner, name, parameters in CONTRACTS:
        found = ORIGINALS[owner, name]
        if found is None or ",".join(signature(found).parameters)[: len(parameters)] != parameters:
            what = tr(
                "{function}({parameters}) is not inside WeasyPrint {version}",
                function=f"{owner.__name__}.{name}",
                parameters=parameters.replace(",", ", "),
                version=weasyprint.__version__,
            )
            yield Problem(Place("WeasyPrint"), what, hint)


def iter_line_boxes(context: Any, box: Any, *rest: Any) -> Any:
    """Choose the line breaks of a Chinese paragraph or a heading as a whole, then let WeasyPrint make the lines."""
    _, _, skip_stack, block, *_ = rest
    justified = box.style["text_align_all"] == "justify"
    balanced = not justified and box.style["text_align_last"] == "start"
    if skip_stack is None and not context.excluded_shapes and (balanced or justified):
        _close_breaks(box, block.width, balanced)
    return ORIGINALS[inline, "iter_line_boxes"](context, box, *rest)


def justify_line(context: Any, line: Any, slack: float) -> None:  # noqa: ARG001 (WeasyPrint's signature)
    """Distribute the slack of a line (CSS pixels) over its gaps; a thin space at its end counts as slack."""
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
    _move_boxes(line, 0.0)


def reactivate(layout: Any, style: Any) -> None:
    """Lay a text out again for drawing, and move its glyphs apart as `justify_line` has determined."""
    ORIGINALS[line_break.Layout, "reactivate"](layout, style)
    grown: dict[int, float] = getattr(layout, "grown", {})
    if not grown:
        return
    # Set here, because setting it later would lay the line out again.
    pango.pango_layout_set_single_paragraph_mode(layout.layout, True)
    # Kerning is truncated to thousandths of an em when drawn; adding a little gives the exact result.
    more = {_byte(layout.text, index): gap + style["font_size"] * 0.0003 for index, gap in grown.items()}
    for info, start, end in _clusters(layout):
        gap = sum(value for place, value in more.items() if start <= place < end)
        if gap:
            info.geometry.width += round(gap * TO_UNITS)


def show_text(stream: Any, glyphs: str) -> None:
    """Write a run of glyphs in a compact form."""
    ORIGINALS[Stream, "show_text"](stream, compact(glyphs))


def compact(glyphs: str) -> str:
    """Return the glyphs and moves of a run without empty strings, with the moves around them added up.

    PDFium, which Chrome and Edge use, ignores the last move of a run that has an empty string.
    """

    def moved(gap: re.Match[str]) -> str:
        total = sum(float(move) for move in _MOVE.findall(gap[0]))
        return f"{total:g}" if total else ""

    return _EMPTY.sub(moved, glyphs)


def _close_breaks(line_box: Any, measure: float, balanced: bool) -> None:
    """Prevent all breaks of a paragraph near the chosen ones; a paragraph with more than text is not changed."""
    leaves = tuple(_leaves(line_box))
    if not leaves or not all(isinstance(leaf, boxes.TextBox) for leaf in leaves):
        return
    for leaf in leaves:
        leaf.text_before = getattr(leaf, "text_before", leaf.text)
        leaf.text = leaf.text_before
    text = "".join(leaf.text for leaf in leaves)
    em = line_box.style["font_size"]
    if "\n" in text or not (balanced or is_chinese(text)) or len(text) < measure / em / 2:
        return
    widths = [width / em for leaf in leaves for width in _advances(leaf)]
    # The indent makes the first line shorter.
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
    number = len(leaves[0].text)  # of a separate box, such as a heading
    if breaks and number < breaks[0] and sum(widths[: breaks[0]]) > measure / em:  # by the thin space at the line's end
        closed.add(number)  # or the line would end after it
    start = 0
    for leaf in leaves:
        end = start + len(leaf.text)
        leaf.text = "".join(
            (CLOSED if index in closed else "") + ("" if _is_opened(index, breaks, soft) else character)
            for index, character in enumerate(leaf.text, start)
        )
        start = end


def _is_opened(index: int, breaks: tuple[int, ...], soft: set[int]) -> bool:
    """Return whether a character is part of a soft joint (SOFT) at which a break was chosen."""
    return any(chosen - len(SOFT) <= index < chosen for chosen in breaks if chosen in soft)


def _leaves(box: Any) -> Iterator[Any]:
    for child in box.children:
        if isinstance(child, boxes.InlineBox):
            yield from _leaves(child)
        elif child.is_in_normal_flow():
            yield child


def _text(leaf: Any) -> str:
    return str(leaf.text) if isinstance(leaf, boxes.TextBox) else "\ufffc"


def _move_boxes(box: Any, moved: float) -> float:
    """Move the boxes of a line to the right by the growth of the gaps before them; return the total growth."""
    if isinstance(box, (boxes.LineBox, boxes.InlineBox)):
        box.position_x += moved
        before = moved
        for child in box.children:
            if child.is_in_normal_flow():
                moved = _move_boxes(child, moved)
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
    """Return the advance of each character in CSS pixels; that of a ligature counts for its first character."""
    layout = line_break.Layout(leaf.style)
    layout.set_text(leaf.text)
    places = {_byte(leaf.text, index): index for index in range(len(leaf.text))}
    widths = [0.0] * len(leaf.text)
    for info, start, _ in _clusters(layout):
        widths[places[start]] += info.geometry.width * FROM_UNITS
    return widths


def _clusters(layout: Any) -> Iterator[tuple[Any, int, int]]:
    """Yield each glyph of a line from left to right, with the start and end of its bytes in the text."""
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


def remake_page(index: int, *rest: Any) -> Any:
    """Make one more page; raises RenderError if there are more than MAX_PAGES."""
    if index >= MAX_PAGES:
        what = tr("the page runs over more than {most} sheets", most=MAX_PAGES)
        raise RenderError(Problem(Place("page"), what, tr("look for a repeated page break")))
    return ORIGINALS[page, "remake_page"](index, *rest)


def build_box_tree(box: Any, parent: Any, *rest: Any) -> Iterator[Any]:
    """Yield the tags of a box, with `/Lang`, `/Scope`, and `/T` (the name of a part) if its element has them."""
    element = getattr(box, "element", None)
    for made in ORIGINALS[tags, "_build_box_tree"](box, parent, *rest):
        if element is not None and (language := element.get("lang")) and element.tag != "html":
            made["Lang"] = pydyf.String(language)
        if element is not None and (part := element.get("data-part")):
            made["T"] = pydyf.String(part)
        if made["S"] == "/TH" and element is not None:
            made["A"]["Scope"] = "/Row" if element.get("scope") == "row" else "/Column"
        yield made


def build_formatting_structure(element_tree: Any, style_for: Any, *rest: Any, **options: Any) -> Any:
    """Make the boxes of a document, and note its texts."""
    root = ORIGINALS[document, "build_formatting_structure"](element_tree, style_for, *rest, **options)
    if record := RECORD.get():
        record.note_given(element_tree, style_for, root)
    return root


def draw_first_line(stream: Any, box: Any, overflow: str, ellipsis: Any, matrix: Any) -> Any:
    """Draw a text, and note it; text replaced by an ellipsis is not drawn."""
    emojis = ORIGINALS[drawn_text, "draw_first_line"](stream, box, overflow, ellipsis, matrix)
    record = RECORD.get()
    if record and not isinstance(box, boxes.TextBox):
        record.note_drawn_in_picture(box.text)
    elif record:
        text = box.text if ellipsis == "none" else box.pango_layout.text
        record.note_drawn(box, text if overflow != "ellipsis" else _before_ellipsis(box))
    return emojis


def _before_ellipsis(box: Any) -> str:
    """Return the part of a text that is drawn before an ellipsis replaces the rest."""
    room = box.pango_layout.max_width - box.style["font_size"]
    widths = list(accumulate(_advances(box)))
    return str(box.text)[: len(widths) if widths[-1] <= room + box.style["font_size"] else bisect(widths, room)]


def draw_picture(picture: Any, stream: Any, *size: Any) -> None:
    """Draw a picture, and note the text in it."""
    record = RECORD.get()
    with record.drawing(picture, picture._svg.tree) if record else nullcontext():
        ORIGINALS[images.SVGImage, "draw"](picture, stream, *size)


def begin_layout(html: HTML) -> tuple[Any, Any]:
    """Return the layout context of a document and the root of its boxes, before any page is made."""
    styles, options = CounterStyle(), DEFAULT_OPTIONS.copy()
    context = document.Document._build_layout_context(html, FontConfiguration(), styles, {}, options)
    root = build.build_formatting_structure(
        element_tree=html.etree_element,
        style_for=context.style_for,
        get_image_from_uri=context.get_image_from_uri,
        base_url=html.base_url,
        target_collector=context.target_collector,
        counter_style=styles,
        footnotes=context.footnotes,
    )
    return context, root


def fill_sheets(context: Any, root: Any, html: HTML) -> list[Any]:
    """Return the pages that the boxes fill."""
    layout.initialize_page_maker(context, root)
    return list(page.make_all_pages(context, root, html, []))


def fill_again(context: Any, root: Any, html: HTML, sheets: list[Any], first: int) -> list[Any]:
    """Return the pages after some boxes have moved; those before the index `first` are reused."""
    context.page_maker = context.page_maker[: first + 1]
    context.page_maker[first][-1]["content_changed"] = True
    return list(page.make_all_pages(context, root, html, sheets))


def bodies(made: document.Document) -> list[list[Any]]:
    """Return the boxes of the element `body` on each page."""
    return [[box for box in sheet._page_box.descendants() if box.element_tag == "body"] for sheet in made.pages]
