"""The watermark of a draft, drawn as outlines so that it is not part of the text."""

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
SIDE = 200  # mm: the side of the square with the watermark
ACROSS, EM = 150.0, 46.0  # mm: the greatest width of the words, and the greatest size of a letter


Words = tuple[tuple[str, tuple[Path, ...]], ...]  # each with its font files, first choice first


@lru_cache(maxsize=8)
def watermark(words: Words, colour: str) -> bytes:
    """Return a square SVG with words slanted across it, each letter from the first of the fonts that has it.

    It is cached, because every page of an edition has the same one.
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
    """Return the width of the words on a line, and the size of a letter, in mm."""
    at = _drawn(words, NullPen())
    return at * _em(at), _em(at)


def _em(at: float) -> float:
    return min(ACROSS / max(at, 1.0), EM)


def _drawn(words: Words, pen: AbstractPen) -> float:
    """Draw words on a line and return its width in em."""
    at = 0.0
    for word, faces in words:
        with ExitStack() as opened:
            fonts = [opened.enter_context(TTFont(face, lazy=True)) for face in faces]
            at = _lettered(word, fonts, pen, at + (GAP if at else 0.0))
    return at


def _lettered(word: str, fonts: Sequence[TTFont], pen: AbstractPen, at: float) -> float:
    """Draw a word that begins at `at` em, and return where it ends."""
    for letter in word:
        font = next((each for each in fonts if ord(letter) in each.getBestCmap()), fonts[0])
        glyphs, em = font.getGlyphSet(), font["head"].unitsPerEm
        glyph = glyphs[font.getBestCmap().get(ord(letter), ".notdef")]
        glyph.draw(TransformPen(pen, (1 / em, 0, 0, 1 / em, at, 0)))
        at += glyph.width / em
    return at


def as_data_url(svg: bytes) -> str:
    """Return an SVG as a data URL."""
    return f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
