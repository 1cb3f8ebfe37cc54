"""Find installed font files, prepare the fonts of the brief from them, and rebuild untrusted fonts."""

import asyncio
import json
import logging
import tempfile
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import uharfbuzz  # type: ignore[import-untyped]
from chws_tool import add_chws_async
from fontTools.ttLib import TTCollection, TTFont

from jianbao.core.atomic import replacing_folder
from jianbao.core.errors import Place, Problem, UsageError, disk_problem, raise_all
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_error
from jianbao.core.private_files import make_private
from jianbao.render.fonts.custom import REBUILT
from jianbao.render.fonts.registry import (
    COMMAND,
    ELSEWHERE,
    RECIPES,
    FontFile,
    Fonts,
    Recipe,
    check_private,
    fonts_folder,
    prepared,
    read_fonts,
    write_index,
)

LATIN_PACKAGES = ("fontpkg_source_serif_4", "fontpkg_source_sans_3")
HAN_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
)


def installed_fonts() -> dict[str, Path]:
    """Return every installed font file by its name; of several with one name, the first found."""
    roots = [Path(each).expanduser() for each in HAN_FOLDERS]
    found = (find_spec(package) for package in LATIN_PACKAGES)
    roots += [Path(place) / "files" for spec in found if spec for place in spec.submodule_search_locations or ()]
    files: dict[str, Path] = {}
    for root in roots:
        for path in sorted(root.rglob("*.[ot]t[cf]")) if root.is_dir() else ():
            files.setdefault(path.name, path)
    return files


def preferred_source(recipe: Recipe, installed: Iterable[str]) -> str:
    """Return the name of the file from which a face is made: an installed better one, else the usual one."""
    return next((name for name in recipe.better if name in installed), recipe.source)


def lacking(installed: Iterable[str]) -> Mapping[str, str]:
    """Return the missing font files, each with the package that contains it."""
    return {recipe.source: recipe.package for recipe in RECIPES if preferred_source(recipe, installed) not in installed}


logging.getLogger("config").setLevel(logging.ERROR)  # chws-tool warns of every font without a preset

NAMES = {1: "family", 2: "style", 3: "unique", 4: "full", 6: "postscript"}


def prepare_fonts(cache: Path | None = None) -> Fonts:
    """Return the prepared fonts; make them first if they are not in the cache, which takes about ten seconds.

    `cache` is the folder for them, that of the user if not given. Raises UsageError if a source is not installed or
    the disk refuses.
    """
    try:
        return read_fonts(cache)
    except UsageError:
        pass
    folder = fonts_folder(cache)
    sources = find_sources()
    try:
        make_private(folder.parent)
        with replacing_folder(folder, check_private) as temporary:
            temporary.chmod(0o700)
            write_index(temporary, asyncio.run(_make_faces(sources, temporary)), (folder,))
    except OSError as error:
        raise UsageError(disk_problem(error, folder, tr("the fonts cannot be prepared"), ELSEWHERE)) from error
    return read_fonts(cache)


def find_sources() -> dict[str, Path]:
    """Return the installed file for each recipe by its `source`; raises UsageError with every one that is missing."""
    installed = installed_fonts()
    raise_all(
        (
            Problem(
                Place(source),
                tr("this font is not installed"),
                tr("install the package '{package}', then '{command}'", package=package, command=COMMAND),
            )
            for source, package in lacking(installed).items()
        ),
        UsageError,
    )
    return {recipe.source: installed[preferred_source(recipe, installed)] for recipe in RECIPES}


async def _make_faces(sources: Mapping[str, Path], folder: Path) -> list[FontFile]:
    faces = []
    for recipe in RECIPES:
        path = folder / recipe.file
        font = _instance(recipe, sources[recipe.source]) if recipe.latin else _extract(recipe, sources[recipe.source])
        date = font["head"].modified
        rename(font, recipe)
        font.save(path)
        if not recipe.latin:
            await space(path, date)
        faces.append(prepared(path, recipe.family, recipe.weight, recipe.style))
    return faces


async def space(path: Path, date: int) -> None:
    """Add contextual spacing of punctuation (chws) to a font file, and restore its date, which the tool sets."""
    await add_chws_async(path, path)
    font = TTFont(path, lazy=True, recalcTimestamp=False)
    font["head"].modified = date
    font.save(path)


def _extract(recipe: Recipe, source: Path) -> TTFont:
    """Return a face of a collection, or the only one of a file, without the characters left to the next family."""
    number = -1
    if recipe.face:
        with TTCollection(source, lazy=True) as collection:
            families = [font["name"].getDebugName(1) for font in collection]
        number = families.index(recipe.face)
    font = TTFont(source, fontNumber=number, lazy=True, recalcTimestamp=False)
    for table in font["cmap"].tables if recipe.without else ():
        for character in recipe.without:
            table.cmap.pop(character, None)
    return font


def _instance(recipe: Recipe, source: Path) -> TTFont:
    """Return a static face of a variable font."""
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(source)))
    request = uharfbuzz.SubsetInput()
    request.keep_everything()
    for axis, value in recipe.axes.items():
        request.pin_axis_location(face, axis, value)
    font = TTFont(BytesIO(uharfbuzz.subset(face, request).blob.data), recalcTimestamp=False)
    for table in ("STAT", "DSIG"):
        if table in font:
            del font[table]
    return font


def rename(font: TTFont, recipe: Recipe) -> None:
    """Name a face by its recipe, so that pages and figures find all weights under one family name."""
    bold, italic = recipe.weight >= 600, recipe.style == "italic"
    style = {(False, False): "Regular", (True, False): "Bold", (False, True): "Italic", (True, True): "Bold Italic"}
    texts = {
        "family": recipe.family,
        "style": style[bold, italic],
        "unique": recipe.file,
        "full": f"{recipe.family} {recipe.weight} {style[bold, italic]}",
        "postscript": recipe.file.rsplit(".", 1)[0],
    }
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in (0, 13, 14)]
    for number, text in NAMES.items():
        names.setName(texts[text], number, 3, 1, 0x409)
    font["OS/2"].usWeightClass = recipe.weight
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x61) | (
        0x20 * bold | 0x01 * italic | 0x40 * (not bold and not italic)
    )
    font["head"].macStyle = 1 * bold | 2 * italic


NEEDED = ("cmap", "head", "hhea", "hmtx", "maxp", "OS/2")
KEPT_FONT_TABLES = (
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
        for tag in set(font.keys()) - set(KEPT_FONT_TABLES):
            del font[tag]
        date = font["head"].modified
        rename(font, recipe)
        made = _with_spacing(font, date)
        _draw_all(made)
        return made
    except UnusableFontError:
        raise
    except Exception as fault:  # any error is caused by the font
        message = (str(fault).strip() or type(fault).__name__)[:180]
        raise UnusableFontError(tr("the font is damaged: {error}", error=message)) from fault


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
