"""The fonts inside a finished PDF, as resources of an OFD: the same files, with text and width of each glyph."""

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
NO_TEXT = "\ufeff"  # for a glyph that stands for no character of its own: no width, no ink, no place in a search
LAST_OF_PLANE = 0xFFFF
TAG = 6  # letters before the "+" in the name of a subset


@dataclass(frozen=True)
class Character:
    """What a glyph of a font stands for.

    Attributes:
        text: its characters.
        width: its advance in em.
        known: whether the font itself gives this glyph for its text, so that a reader needs no number.
        alone: whether it is told apart from others: readers count characters of such a text otherwise.
    """

    text: str
    width: float
    known: bool
    alone: bool


@dataclass(frozen=True, kw_only=True)
class Font:
    """A font of a document; `identity` is its number there; a glyph without a text has the `usual` width in em."""

    identity: int
    name: str
    content: bytes
    flags: int
    characters: Mapping[int, Character]
    usual: float

    @property
    def file(self) -> str:
        """Return the name of the font's file: OpenType with outlines of CFF, or of TrueType."""
        return f"font_{self.identity}.{'otf' if self.content.startswith(b'OTTO') else 'ttf'}"

    def character(self, glyph: int) -> Character:
        """Return what a glyph stands for."""
        return self.characters.get(glyph) or Character(NO_TEXT, self.usual, known=False, alone=True)

    def written(self) -> str:
        """Return the font as a resource."""
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
    """Return a font of a PDF; raises RenderError for one that is not embedded, or not by numbers of glyphs."""
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
            known=single and glyphs.get(ord(text)) == glyph,
            alone=not single or ord(text) > LAST_OF_PLANE,
        )
    return found


def _texts(font: pikepdf.Object) -> Iterator[tuple[int, str]]:
    """Yield each glyph with its characters, as the PDF's own table for searching has them."""
    if "/ToUnicode" not in font:
        return
    for instruction in pikepdf.parse_content_stream(font.ToUnicode):
        if str(instruction.operator) != "endbfchar":
            continue
        codes = [bytes(each) for each in instruction.operands]
        for code, text in zip(codes[::2], codes[1::2], strict=True):
            yield int.from_bytes(code, "big"), text.decode("utf-16-be")


def _widths(listed: Any) -> Iterator[tuple[int, float]]:
    """Yield glyphs and widths of a list of widths: ISO 32000-1, 9.7.4.3."""
    entries = list(listed)
    while entries:
        first = int(entries.pop(0))
        if isinstance(entries[0], pikepdf.Array):
            yield from enumerate(map(float, entries.pop(0)), first)
        else:
            last, width = int(entries.pop(0)), float(entries.pop(0))
            yield from ((glyph, width) for glyph in range(first, last + 1))


def _glyphs(content: bytes) -> Mapping[int, int]:
    """Return the glyph that a font gives for each character; the outlines are not looked at."""
    with TTFont(BytesIO(content), lazy=True) as font:
        if "cmap" not in font:
            return {}
        font.setGlyphOrder([str(number) for number in range(font["maxp"].numGlyphs)])
        return {character: int(name) for character, name in (font.getBestCmap() or {}).items()}
