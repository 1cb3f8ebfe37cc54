"""Read the fonts in a finished PDF as resources of an OFD: their files, and the text and width of each glyph."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pikepdf
from fontTools.ttLib import TTFont

from jianbao.core.errors import Place, Problem, RenderError
from jianbao.core.messages import tr
from jianbao.render.ofd.objects import attributes

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
        said = attributes(
            ID=self.identity,
            FontName=self.name,
            FamilyName=self.name,
            Bold="true" if BOLD in self.name else None,
            Italic="true" if self.flags & ITALIC else None,
            Serif="true" if self.flags & SERIF else None,
            FixedWidth="true" if self.flags & FIXED else None,
        )
        return f"<ofd:Font{said}><ofd:FontFile>{self.file}</ofd:FontFile></ofd:Font>"


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
