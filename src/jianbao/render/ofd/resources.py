"""Read from a finished PDF what an OFD needs besides drawings: fonts, outline, links, tags of an official document."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
from fontTools.ttLib import TTFont

from jianbao.core.errors import Place, Problem, RenderError
from jianbao.core.messages import tr
from jianbao.render.ofd.geometry import MM, Rectangle, box, number, rectangle
from jianbao.render.ofd.objects import Drawn, attributes

FIXED, SERIF, ITALIC = 1, 2, 64  # flags of a font descriptor: ISO 32000-1, 9.8.2
BOLD = "Bold"
NO_TEXT = "\ufeff"  # the text of a glyph without one: ZERO WIDTH NO-BREAK SPACE, which is invisible
LAST_OF_PLANE = 0xFFFF
LAST_SIGNED = 0x7FFF
TAG = 6  # letters before the "+" in the name of a subset


@dataclass(frozen=True)
class Character:
    """The text and width of a glyph.

    Attributes:
        text: its characters.
        width: its advance in em.
        known: whether every reader finds this glyph by the text, so that its number need not be written.
        alone: whether it needs a text object of its own, because readers differ in how they count its characters.
    """

    text: str
    width: float
    known: bool
    alone: bool


@dataclass(frozen=True, kw_only=True)
class Font:
    """A font of a document; `identity` is its number, `usual` the width in em of a glyph without one of its own."""

    identity: int
    name: str
    content: bytes
    flags: int
    characters: Mapping[int, Character]
    usual: float

    @property
    def file(self) -> str:
        """Return the name of the font's file, with the suffix for CFF or TrueType outlines."""
        return f"font_{self.identity}.{'otf' if self.content.startswith(b'OTTO') else 'ttf'}"

    def character(self, glyph: int) -> Character:
        """Return the text and width of a glyph."""
        return self.characters.get(glyph) or Character(NO_TEXT, self.usual, known=False, alone=True)

    def written(self) -> str:
        """Return the font as the XML of a resource."""
        attributes_written = attributes(
            ID=self.identity,
            FontName=self.name,
            FamilyName=self.name,
            Bold="true" if BOLD in self.name else None,
            Italic="true" if self.flags & ITALIC else None,
            Serif="true" if self.flags & SERIF else None,
            FixedWidth="true" if self.flags & FIXED else None,
        )
        return f"<ofd:Font{attributes_written}><ofd:FontFile>{self.file}</ofd:FontFile></ofd:Font>"


def read_font(font: pikepdf.Object, identity: int) -> Font:
    """Return a font of a PDF; raises RenderError unless it is embedded with glyph numbers as codes (Identity-H)."""
    name = str(font.get("/BaseFont", "/"))[1:]
    if font.get("/Subtype") != "/Type0" or font.get("/Encoding") != "/Identity-H":
        raise RenderError(Problem(Place("OFD"), tr("the font {name} is not embedded as OpenType", name=name)))
    inside = font.DescendantFonts[0]
    descriptor = inside.FontDescriptor
    file = next((descriptor[key] for key in ("/FontFile2", "/FontFile3") if key in descriptor), None)
    if file is None:
        raise RenderError(Problem(Place("OFD"), tr("the font {name} is not embedded as OpenType", name=name)))
    content = bytes(file.get_stream_buffer())
    return Font(
        identity=identity,
        name=name[TAG + 1 :].strip(",-") if name[TAG : TAG + 1] == "+" else name,
        content=content,
        flags=int(descriptor.get("/Flags", 0)),
        characters=_characters(font, inside, content),
        usual=float(inside.get("/DW", 1000)) / 1000,
    )


def _characters(font: pikepdf.Object, inside: pikepdf.Object, content: bytes) -> Mapping[int, Character]:
    texts, widths, glyphs = dict(_texts(font)), dict(_widths(inside.get("/W", []))), _glyphs(content)
    usual = float(inside.get("/DW", 1000))
    found = {}
    for glyph in texts.keys() | widths.keys():
        text = texts.get(glyph, "") or NO_TEXT
        single = len(text) == 1 and text != NO_TEXT
        found[glyph] = Character(
            text=text,
            width=widths.get(glyph, usual) / 1000,
            known=single and _found(ord(text), glyph, glyphs),
            alone=not single or ord(text) > LAST_OF_PLANE,
        )
    return found


def _found(character: int, glyph: int, glyphs: Mapping[int, int]) -> bool:
    """Return whether every reader finds a glyph by its character in the font's `cmap`.

    Where characters follow each other and their glyphs do not, a table of format 4 lists the glyphs. Some libraries
    (`ttf-parser`) read this list as signed numbers and find no glyph above 32,767.
    """
    neighbours = (glyphs.get(character + step, glyph + step) == glyph + step for step in (-1, 1))
    return glyphs.get(character) == glyph and (glyph <= LAST_SIGNED or all(neighbours))


def _texts(font: pikepdf.Object) -> Iterator[tuple[int, str]]:
    """Yield each glyph with its characters from the PDF's ToUnicode table."""
    if "/ToUnicode" not in font:
        return
    for instruction in pikepdf.parse_content_stream(font.ToUnicode):
        if str(instruction.operator) != "endbfchar":
            continue
        codes = [bytes(each) for each in instruction.operands]
        for code, text in zip(codes[::2], codes[1::2], strict=True):
            yield int.from_bytes(code, "big"), text.decode("utf-16-be")


def _widths(listed: Any) -> Iterator[tuple[int, float]]:
    """Yield glyphs with their widths from a list as in ISO 32000-1, 9.7.4.3."""
    entries = list(listed)
    while entries:
        first = int(entries.pop(0))
        if isinstance(entries[0], pikepdf.Array):
            yield from enumerate(map(float, entries.pop(0)), first)
        else:
            last, width = int(entries.pop(0)), float(entries.pop(0))
            yield from ((glyph, width) for glyph in range(first, last + 1))


def _glyphs(content: bytes) -> Mapping[int, int]:
    """Return the glyph of each character by the font's `cmap`, without reading outlines."""
    with TTFont(BytesIO(content), lazy=True) as font:
        if "cmap" not in font:
            return {}
        font.setGlyphOrder(range(font["maxp"].numGlyphs))  # numbers in place of names
        return font.getBestCmap() or {}


LOWEST = 3.0  # mm: the least height of a link, as marks of references have texts without line height
NAMESPACE = "http://www.ofdspec.org/2016"
PARTS = "urn:jianbao:gb-t-9704-2012"  # the namespace of the parts of an official document, named as in that standard
_NAME = re.compile(r"[^\W\d][\w.-]*")
UNSEEN = re.compile("[\u200b\u2060\ufeff]")  # invisible characters that control the line breaks of headings
DOCUMENT = "公文"  # the root element of the tags
PageKey = tuple[int, int]  # the number of a page's object in the PDF


def element(name: str, text: str = "", inside: str = "", **given: object) -> str:
    """Return the XML of an OFD element with attributes, and a text or other elements inside."""
    return f"<ofd:{name}{attributes(**given)}>{escape(text)}{inside}</ofd:{name}>"


@dataclass(frozen=True)
class OfdPage:
    """A page: its number, the number of its layer, its area in mm, and its objects with their numbers."""

    identity: int
    layer: int
    area: Rectangle
    drawn: Sequence[tuple[int, Drawn]]


@dataclass(frozen=True)
class Navigation:
    """The outline, links and tags of a PDF, translated to the numbers of the OFD."""

    pdf: pikepdf.Pdf
    sheets: Mapping[PageKey, OfdPage]

    def outline(self) -> str:
        """Return the nested entries of the outline as XML; "" if there are none."""
        with self.pdf.open_outline() as outline:
            return "".join(self._entries(outline.root, self._named()))

    def _entries(self, items: Sequence[pikepdf.OutlineItem], named: Mapping[str, Any]) -> Iterator[str]:
        for item in items:
            below = "".join(self._entries(item.children, named))
            action = self._action_to(item.destination, named)
            expanded = None if not item.children else "false" if item.is_closed else "true"
            yield element("OutlineElem", inside=action + below, Title=UNSEEN.sub("", item.title), Expanded=expanded)

    def links(self, page: pikepdf.Page) -> Iterator[tuple[Rectangle, str]]:
        """Yield the area in mm and the action of each link of a page."""
        named = self._named()
        left, _, _, high = (float(edge) for edge in page.mediabox)
        for link in page.get("/Annots", []):
            if link.get("/Subtype") != "/Link":
                continue
            action = self._address(link) or self._action_to(link.get("/Dest"), named)
            x, low, right, top = (float(edge) * MM for edge in link.Rect)
            extra = max(0.0, LOWEST - abs(top - low)) / 2
            across = sorted((x - left * MM, right - left * MM))
            down = sorted((high * MM - top, high * MM - low))
            if action:
                yield (across[0], down[0] - extra, across[1], down[1] + extra), action

    def _named(self) -> Mapping[str, Any]:
        names: Any = self.pdf.Root.get("/Names", {})
        return dict(pikepdf.NameTree(names["/Dests"]).items()) if "/Dests" in names else {}

    def _action_to(self, destination: Any, named: Mapping[str, Any]) -> str:
        """Return the action for a destination; "" if it is not on a page."""
        place = named.get(str(destination)) if isinstance(destination, pikepdf.String | str) else destination
        if not isinstance(place, pikepdf.Array) or place[0].objgen not in self.sheets:
            return ""
        sheet = self.sheets[place[0].objgen]
        top = sheet.area[3] - float(place[3]) * MM if len(place) > 3 and place[1] == "/XYZ" else 0.0
        action = attributes(Type="XYZ", PageID=sheet.identity, Left=0, Top=number(max(top, 0.0)), Zoom=0)
        return _clicked(f"<ofd:Goto><ofd:Dest{action}/></ofd:Goto>")

    def _address(self, link: pikepdf.Object) -> str:
        action: Any = link.get("/A", {})
        return _clicked(f"<ofd:URI{attributes(URI=str(action['/URI']))}/>") if "/URI" in action else ""

    def tags(self, named: Iterable[pikepdf.Object]) -> str:
        """Return the parts of an official document with references to their objects; "" if there are no parts.

        `named` are the tags of the PDF with a name, in reading order; the page template gives the names (see
        `weasyprint_patches.build_box_tree`). Raises RenderError for a name that is not valid in XML.
        """
        by_mark = {key: _by_mark(sheet) for key, sheet in self.sheets.items()}
        parts: dict[str, dict[str, None]] = {}  # content marked twice within an element is listed once
        for element in named:
            refs = parts.setdefault(_part(str(element["/T"])), {})
            for page, mark in _marks(element, None):
                for identity in by_mark[page].get(mark, ()):
                    refs[f'<ofd:ObjectRef PageRef="{self.sheets[page].identity}">{identity}</ofd:ObjectRef>'] = None
        listed = "".join(f"<gw:{name}>{''.join(refs)}</gw:{name}>" for name, refs in parts.items() if refs)
        space = f'xmlns:gw="{PARTS}" xmlns:ofd="{NAMESPACE}"'
        head = '<?xml version="1.0" encoding="UTF-8"?>\n'
        return f"{head}<gw:{DOCUMENT} {space}>{listed}</gw:{DOCUMENT}>" if listed else ""


def _part(name: str) -> str:
    if not _NAME.fullmatch(name):
        hint = tr("write one word that begins with a letter in `data-part`")
        raise RenderError(Problem(Place("OFD"), tr("'{name}' cannot name a part of a document", name=name), hint))
    return name


def _clicked(action: str) -> str:
    return f'<ofd:Actions><ofd:Action Event="CLICK">{action}</ofd:Action></ofd:Actions>'


def annotation(area: Rectangle, action: str, numbers: Sequence[int], day: str) -> str:
    """Return a link as an annotation: an invisible area with an action on click.

    `numbers` are those of the annotation and of its area. The attribute `Fill` is left out, which means "false" in the
    standard: a reader was seen to paint the area black if it is written.
    """
    shown = (
        f'<ofd:PathObject ID="{numbers[1]}" Boundary="{box((0, 0, area[2] - area[0], area[3] - area[1]))}" '
        f'Stroke="false">{action}'
        f"<ofd:AbbreviatedData>{rectangle(area).written(area[:2])}</ofd:AbbreviatedData></ofd:PathObject>"
    )
    appearance = element("Appearance", inside=shown, Boundary=box(area))
    return element("Annot", inside=appearance, ID=numbers[0], Type="Link", Creator="jianbao", LastModDate=day)


def _by_mark(sheet: OfdPage) -> Mapping[int, Sequence[int]]:
    found: dict[int, list[int]] = {}
    for identity, drawn in sheet.drawn:
        if drawn.mark is not None:
            found.setdefault(drawn.mark, []).append(identity)
    return found


def _marks(node: Any, page: PageKey | None) -> Iterator[tuple[PageKey, int]]:
    """Yield the page and the number of each marked content inside a tag, in reading order."""
    if isinstance(node, pikepdf.Array):
        for each in node:
            yield from _marks(each, page)
    elif isinstance(node, pikepdf.Dictionary):
        yield from _marks(node.get("/K"), node["/Pg"].objgen if "/Pg" in node else page)
    elif node is not None and page:
        yield page, int(node)
