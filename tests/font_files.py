"""Small fonts for tests: each letter a rectangle, TrueType or CFF, compressed or not."""

from io import BytesIO
from typing import TypeVar

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

LETTERS = "".join(map(chr, (*range(0x20, 0x7F), 0xE8, 0xE9, 0x2019, 0x2026, 0xFFFD)))
EM = 1000
Pen = TypeVar("Pen", T2CharStringPen, TTGlyphPen)


def font(letters: str = LETTERS, embedding: int = 0, flavor: str | None = None, cff: bool = False) -> bytes:
    """Return a font with these letters; `embedding` is the fsType of its table OS/2."""
    names = {ord(letter): f"u{ord(letter):04X}" for letter in letters}
    order = [".notdef", *names.values()]
    made = FontBuilder(EM, isTTF=not cff)
    made.setupGlyphOrder(order)
    made.setupCharacterMap(names)
    if cff:
        made.setupCFF("Town", {}, {name: drawn(T2CharStringPen(600, None)).getCharString() for name in order}, {})
    else:
        made.setupGlyf({name: drawn(TTGlyphPen(None)).glyph() for name in order})
    made.setupHorizontalMetrics(dict.fromkeys(order, (600, 50)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "As it came", "styleName": "Regular"})
    made.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200, fsType=embedding)
    made.setupPost()
    made.font.flavor = flavor
    content = BytesIO()
    made.font.save(content)
    return content.getvalue()


def drawn(pen: Pen) -> Pen:
    """Draw a rectangle."""
    for step, place in enumerate(((50, 0), (50, 700), (550, 700), (550, 0))):
        (pen.lineTo if step else pen.moveTo)(place)
    pen.closePath()
    return pen
