"""Read the theme: colours, paper, logo, the fonts of each language; and draw the watermark of a draft."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from math import cos, radians, sin
from pathlib import Path

from fontTools.pens.basePen import AbstractPen, NullPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from jianbao.brief.logo import Logo, check_logo
from jianbao.charts.shapes import contrast, glazed, is_colour
from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_list,
    as_mapping,
    as_text,
    as_texts,
    as_yes_no,
    missing_at,
    overlaid,
)
from jianbao.core.errors import Problem, nearest
from jianbao.core.messages import tr
from jianbao.render.fonts.custom import CustomFont, parse_custom_fonts
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.templates import Templates

COLOURS = ("accent", "ask", "ink", "muted", "rule", "wash", "call", "paper")
# The colours of text, those of its background, and the least contrast between them.
TEXT_COLOURS, BACKGROUNDS, LEAST_CONTRAST = ("accent", "ask", "ink", "muted"), ("paper", "wash"), 4.5
ROLES = ("serif", "sans", "hand")
OFFICIAL = "official"  # the role of the fonts of official documents; by default those of "serif"
OTHER = "other"  # the settings for languages that the theme does not name, which are the defaults of the others
MEASURE = 210.0 - 2 * 18.0  # width of the text in mm on every paper, for which columns and figures are made
SLANT = 35.0  # degrees
WATERMARK_GAP = 0.45  # em between two words
WATERMARK_SIDE = 200  # mm: the side of the square with the watermark
ACROSS, EM = 150.0, 46.0  # mm: the greatest width of the words, and the greatest size of a letter
Words = tuple[tuple[str, tuple[Path, ...]], ...]  # each with its font files, first choice first


@dataclass(frozen=True)
class Paper:
    """A paper: its name in CSS, and its size in mm."""

    name: str
    width: float
    height: float

    @property
    def side(self) -> float:
        """Return the margin on each side of the text in mm."""
        return round((self.width - MEASURE) / 2, 2)


PAPERS = {"A4": Paper("A4", 210.0, 297.0), "Letter": Paper("letter", 215.9, 279.4)}


@dataclass(frozen=True)
class Typesetting:
    """The typesetting of a language: font families by role, first choice first, and words that stay with a number."""

    chinese: bool
    families: Mapping[str, tuple[str, ...]]
    units: tuple[str, ...] = ()


@dataclass(frozen=True)
class Typesettings(Mapping[str, Typesetting]):
    """The setting of each language by its id; `other` is for languages that are not named."""

    named: Mapping[str, Typesetting]
    other: Typesetting

    def __getitem__(self, language: str) -> Typesetting:
        return self.named.get(language, self.other)

    def __iter__(self) -> Iterator[str]:
        return iter(self.named)

    def __len__(self) -> int:
        return len(self.named)


@dataclass(frozen=True, kw_only=True)
class Theme:
    """The colours by role, the setting of each language by id, the paper, and the logo.

    `own` are the office's own fonts.
    """

    colours: Mapping[str, str]
    settings: Mapping[str, Typesetting]
    paper: Paper = field(default_factory=lambda: PAPERS["A4"])
    logo: Logo | None = None
    own: tuple[CustomFont, ...] = ()

    @property
    def glass(self) -> str:
        """Return a half transparent colour that on paper looks like the wash, and shows a watermark below it."""
        return f"{glazed(self.colours['wash'], self.colours['paper'])}80"


@dataclass(frozen=True)
class Design:
    """The design of a workspace's pages: theme, fonts and templates."""

    theme: Theme
    fonts: Fonts
    templates: Templates


def as_theme(
    node: Node,
    known: tuple[str, ...],
    problems: Problems,
    logo: Logo | None = None,
    files: Mapping[str, str] | None = None,
) -> Theme:
    """Read a theme; each error is added to the problems.

    `known` are the names of the available font families, `logo` is the logo that the theme names, `files` has the hash
    of each file that `fonts` names. An unknown font, a faulty logo, and too little contrast are problems.
    """
    parts = as_mapping(node, problems, required=("colours", "languages"), optional=("paper", "logo", "fonts"))
    empty = missing_at(node.place)
    colours = as_mapping(parts.get("colours", empty), problems, required=COLOURS)
    if "logo" in parts:
        as_text(parts["logo"], problems)
    if logo:
        check_logo(logo, problems)
    own = parse_custom_fonts(parts["fonts"], files or {}, known, problems) if "fonts" in parts else ()
    paper = as_choice(parts["paper"], PAPERS, problems, tr("a paper")) if "paper" in parts else ""
    return Theme(
        colours=_colours(colours, problems),
        settings=_settings(
            parts.get("languages", empty), (*known, *dict.fromkeys(each.family for each in own)), problems
        ),
        paper=PAPERS.get(paper, PAPERS["A4"]),
        logo=logo,
        own=own,
    )


def _colours(nodes: Mapping[str, Node], problems: Problems) -> Mapping[str, str]:
    """Read the colours; the contrast of text must be that of WCAG 2.2, success criterion 1.4.3."""
    known = {}
    for name, node in nodes.items():
        colour, place = as_text(node, problems), replace(node.place, column=name)
        if colour and not is_colour(colour):
            problems.append(Problem(place, tr("'{colour}' is not a colour", colour=colour), tr("write it as #1f1f1f")))
        elif colour:
            known[name] = colour
    for name, ground in product(TEXT_COLOURS, BACKGROUNDS):
        found = contrast(known[name], known[ground]) if {name, ground} <= set(known) else LEAST_CONTRAST
        if found < LEAST_CONTRAST:
            what = tr(
                "'{colour}' can hardly be read on the {ground} '{other}'",
                colour=known[name],
                ground=ground,
                other=known[ground],
            )
            hint = tr("its contrast is {found:.1f}, but text needs {legible}", found=found, legible=LEAST_CONTRAST)
            problems.append(Problem(replace(nodes[name].place, column=name), what, hint))
    return known


def _settings(node: Node, known: tuple[str, ...], problems: Problems) -> Mapping[str, Typesetting]:
    languages = as_mapping(node, problems, optional=None)
    other = languages.get(OTHER)
    named = {
        language: _as_setting(overlaid(other, child) if other else child, known, problems)
        for language, child in languages.items()
        if language != OTHER
    }
    return Typesettings(named, _as_setting(other, known, problems)) if other else named


def _as_setting(node: Node, known: tuple[str, ...], problems: Problems) -> Typesetting:
    parts = as_mapping(node, problems, required=("chinese", *ROLES), optional=(OFFICIAL, "units"))
    families = {role: _families(parts[role], known, problems) for role in (*ROLES, OFFICIAL) if role in parts}
    families.setdefault(OFFICIAL, families.get(ROLES[0], ()))
    chinese = "chinese" in parts and as_yes_no(parts["chinese"], problems)
    return Typesetting(chinese, families, as_texts(parts.get("units"), problems))


def _families(node: Node, known: tuple[str, ...], problems: Problems) -> tuple[str, ...]:
    families = []
    for child in as_list(node, problems):
        family = as_text(child, problems)
        if family and family not in known:
            problems.append(
                Problem(child.place, tr("'{family}' is not a font of the brief", family=family), nearest(family, known))
            )
        families.append(family)
    return tuple(families)


@lru_cache(maxsize=8)
def watermark(words: Words, colour: str) -> bytes:
    """Return a square SVG with words slanted across it as outlines, which are not read as text.

    Each letter is from the first font that has it. The SVG is cached, since every page of an edition has the same.
    """
    pen = SVGPathPen(None, ntos=lambda number: f"{number:.3f}".rstrip("0").rstrip("."))
    at = _drawn(words, pen)
    scale = _em(at)
    turned, lifted = radians(SLANT), scale * 0.36
    x = WATERMARK_SIDE / 2 - at * scale / 2 * cos(turned) + lifted * sin(turned)
    y = WATERMARK_SIDE / 2 + at * scale / 2 * sin(turned) + lifted * cos(turned)
    place = f"translate({x:.2f} {y:.2f}) rotate({-SLANT:g}) scale({scale:.3f} {-scale:.3f})"
    size = f'width="{WATERMARK_SIDE}mm" height="{WATERMARK_SIDE}mm" viewBox="0 0 {WATERMARK_SIDE} {WATERMARK_SIDE}"'
    path = f'<path transform="{place}" fill="{colour}" d="{pen.getCommands()}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{path}</svg>'.encode()


def watermark_size(words: Words) -> tuple[float, float]:
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
            at = _lettered(word, fonts, pen, at + (WATERMARK_GAP if at else 0.0))
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
