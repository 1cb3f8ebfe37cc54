"""The watermark of a draft, drawn as outlines behind the text so that nothing reads it as text."""

from base64 import b64encode
from collections.abc import Sequence
from contextlib import ExitStack
from functools import lru_cache
from math import cos, radians, sin
from pathlib import Path

from fontTools.pens.basePen import AbstractPen, NullPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

SLANT = 35.0  # degrees
GAP = 0.45  # em between two words
SIDE = 200  # mm of the square that holds it
ACROSS, EM = 150.0, 46.0  # mm: how wide the whole is at most, and how large a letter


Words = tuple[tuple[str, tuple[Path, ...]], ...]  # each with the files of its faces, the first choice first


@lru_cache(maxsize=8)
def watermark(words: Words, colour: str) -> bytes:
    """Return a square as SVG with words slanted across it, each in the first of its faces that has a letter.

    Every page of an edition, and of its next proof, has the same one: it is drawn once.
    """
    pen = SVGPathPen(None, ntos=lambda number: f"{number:.3f}".rstrip("0").rstrip("."))
    at = _drawn(words, pen)
    scale = _em(at)
    turned, lifted = radians(SLANT), scale * 0.36
    x = SIDE / 2 - at * scale / 2 * cos(turned) + lifted * sin(turned)
    y = SIDE / 2 + at * scale / 2 * sin(turned) + lifted * cos(turned)
    place = f"translate({x:.2f} {y:.2f}) rotate({-SLANT:g}) scale({scale:.3f} {-scale:.3f})"
    size = f'width="{SIDE}mm" height="{SIDE}mm" viewBox="0 0 {SIDE} {SIDE}"'
    path = f'<path transform="{place}" fill="{colour}" d="{pen.getCommands()}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{path}</svg>'.encode()


def measure(words: Words) -> tuple[float, float]:
    """Return how wide the words stand in a line, and how large a letter is, in mm."""
    at = _drawn(words, NullPen())
    return at * _em(at), _em(at)


def _em(at: float) -> float:
    return min(ACROSS / max(at, 1.0), EM)


def _drawn(words: Words, pen: AbstractPen) -> float:
    """Draw words in a line and return where it ends, in em."""
    at = 0.0
    for word, faces in words:
        with ExitStack() as opened:
            fonts = [opened.enter_context(TTFont(face, lazy=True)) for face in faces]
            at = _lettered(word, fonts, pen, at + (GAP if at else 0.0))
    return at


def _lettered(word: str, fonts: Sequence[TTFont], pen: AbstractPen, at: float) -> float:
    """Draw a word from a place on, in em, and return where it ends."""
    for letter in word:
        font = next((each for each in fonts if ord(letter) in each.getBestCmap()), fonts[0])
        glyphs, em = font.getGlyphSet(), font["head"].unitsPerEm
        glyph = glyphs[font.getBestCmap().get(ord(letter), ".notdef")]
        glyph.draw(TransformPen(pen, (1 / em, 0, 0, 1 / em, at, 0)))
        at += glyph.width / em
    return at


def as_data_url(svg: bytes) -> str:
    """Return a picture as an address that a stylesheet can name."""
    return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
