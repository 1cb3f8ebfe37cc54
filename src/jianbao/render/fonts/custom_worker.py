"""Rebuild one untrusted font file; `core.limits` runs this in a process of its own.

A request is a line of JSON with family, weight, style and the new file name, followed by the font. HarfBuzz writes a
new font from what it could read, without instructions, variations and tables that no page needs.
"""

import asyncio
import json
import tempfile
from io import BytesIO
from pathlib import Path

import uharfbuzz  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont

from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_error
from jianbao.render.fonts.build import rename, space
from jianbao.render.fonts.custom import REBUILT
from jianbao.render.fonts.registry import Recipe

NEEDED = ("cmap", "head", "hhea", "hmtx", "maxp", "OS/2")
KEPT = (
    *(*NEEDED, "name", "post", "glyf", "loca", "CFF ", "GSUB", "GPOS", "GDEF", "BASE", "kern"),
    *("vhea", "vmtx", "VORG", "GlyphOrder"),
)
# OS/2 fsType: who may embed the font, and how (OpenType 1.9.1).
RESTRICTED, PREVIEW, EDITABLE, WHOLE_ONLY, BITMAPS_ONLY = 0x0002, 0x0004, 0x0008, 0x0100, 0x0200
STOPS = (0x3001, 0x3002, 0xFF0C)  # Chinese punctuation that needs contextual spacing
EM = range(16, 16385)
TALLEST = 4  # em: the most that letters may reach above or below the line
ALLOWED = tr("choose one whose licence allows embedding, or ask its maker for one")


class UnusableFontError(ValueError):
    """A font that cannot be used, with a hint to the user."""

    def __init__(self, what: Translatable, hint: Translatable = NO_TEXT) -> None:
        super().__init__(what)
        self.hint = hint


def rebuild_font(content: bytes, recipe: Recipe) -> bytes:
    """Return a font as a static face named by the recipe.

    Raises UnusableFontError if it is damaged or must not be embedded.
    """
    try:
        opened = TTFont(BytesIO(content), lazy=True, recalcTimestamp=False)
        _check(opened)
        subset = _subset(_uncompressed(opened, content), recipe, opened)
        font = TTFont(BytesIO(subset), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
        for tag in set(font.keys()) - set(KEPT):
            del font[tag]
        date = font["head"].modified
        rename(font, recipe)
        made = _with_spacing(font, date)
        _draw_all(made)
        return made
    except UnusableFontError:
        raise
    except Exception as fault:  # any error is caused by the font
        said = (str(fault).strip() or type(fault).__name__)[:180]
        raise UnusableFontError(tr("the font is damaged: {error}", error=said)) from fault


def _check(font: TTFont) -> None:
    lacking = [tag for tag in NEEDED if tag not in font]
    if lacking or not {"glyf", "CFF ", "CFF2"} & {*font.keys()}:
        raise UnusableFontError(
            tr("the font has no table '{table}'", table=(*lacking, "glyf")[0]), tr("save it as TrueType or OpenType")
        )
    embedding = font["OS/2"].fsType
    if embedding & RESTRICTED and not embedding & (PREVIEW | EDITABLE):
        raise UnusableFontError(tr("the font says that it must not be embedded (fsType 2)"), ALLOWED)
    if embedding & (WHOLE_ONLY | BITMAPS_ONLY):
        way = tr("only as a whole") if embedding & WHOLE_ONLY else tr("only as bitmaps")
        raise UnusableFontError(
            tr("the font says that it may be embedded {way} (fsType {embedding})", way=way, embedding=embedding),
            ALLOWED,
        )
    em, lines = font["head"].unitsPerEm, font["hhea"]
    if em not in EM or max(abs(lines.ascent), abs(lines.descent)) > TALLEST * em:
        raise UnusableFontError(tr("the font's letters have an impossible size"))


def _uncompressed(font: TTFont, content: bytes) -> bytes:
    """Return the font without compression (WOFF2), as HarfBuzz needs it."""
    if font.flavor is None:
        return content
    font.flavor = None
    made = BytesIO()
    font.save(made, reorderTables=None)
    return made.getvalue()


def _subset(content: bytes, recipe: Recipe, font: TTFont) -> bytes:
    face = uharfbuzz.Face(uharfbuzz.Blob(content))
    request = uharfbuzz.SubsetInput()
    request.keep_everything()
    request.flags |= uharfbuzz.SubsetFlags.NO_HINTING | uharfbuzz.SubsetFlags.DOWNGRADE_CFF2
    request.flags &= ~uharfbuzz.SubsetFlags.PASSTHROUGH_UNRECOGNIZED
    if "fvar" in font:
        request.pin_all_axes_to_default(face)
        for axis in font["fvar"].axes:
            if axis.axisTag == "wght":
                request.pin_axis_location(face, "wght", min(max(recipe.weight, axis.minValue), axis.maxValue))
    return bytes(uharfbuzz.subset(face, request).blob.data)


def _with_spacing(font: TTFont, date: int) -> bytes:
    """Return the font as bytes, with contextual spacing if it has Chinese punctuation."""
    letters = font.getBestCmap() or {}
    if not letters:
        raise UnusableFontError(tr("the font has no letters"))
    made = BytesIO()
    font.save(made)
    if not any(mark in letters for mark in STOPS):
        return made.getvalue()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "face.otf"
        path.write_bytes(made.getvalue())
        asyncio.run(space(path, date))
        return path.read_bytes()


def _draw_all(content: bytes) -> None:
    """Draw every glyph once; raises an error if one is damaged or nothing is drawn."""
    face = uharfbuzz.Face(uharfbuzz.Blob(content))
    font = uharfbuzz.Font(face)
    drawn = [font.get_glyph_extents(glyph) for glyph in range(face.glyph_count)]
    if not any(each and each.width and each.height for each in drawn):
        raise UnusableFontError(tr("the font has no letters"))


def rebuild(request: bytes) -> bytes:
    """Return REBUILT and the face for a request, or JSON with the reason and hint why there is none."""
    line, _, content = request.partition(b"\n")
    family, weight, style, file = json.loads(line)
    try:
        recipe = Recipe(family=family, weight=weight, style=style, source=file, package="")
        return REBUILT + rebuild_font(content, recipe)
    except UnusableFontError as error:
        return json.dumps([tr_error(error).parts(), error.hint.parts()]).encode()
