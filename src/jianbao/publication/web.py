"""The brief for a browser: one self-contained page that fits every screen, its marks linked there and back."""

import re
from collections.abc import Callable, Iterable, Sequence
from html import unescape

from markupsafe import Markup, escape

from jianbao.argument.statements import Statement
from jianbao.figures.lettering import MM_PER_POINT, Face, Faces
from jianbao.publication.brief import Brief, Picture
from jianbao.publication.fonts import Fonts
from jianbao.publication.links import Links, linked
from jianbao.publication.page import DRAFT, backdrop, check, environment_of, fill, listed, picture
from jianbao.publication.templates import Templates
from jianbao.publication.theme import Setting, Theme
from jianbao.publication.typesetting import JOINER, typeset

PAGE = "brief/web.html.j2"
BOLD = 700
# The width in mm of figures that one language alone shows on a wide screen, where they grow to half as much again.
SCREEN_WIDTH = 140.0
_TEXT = re.compile(r'<text style="([^"]*)"([^>]*)>([^<]+)</text>')
_RANGE = re.compile("[\\d.%\u4e07\u4ebf]+\uff5e[\\d.%\u4e07\u4ebf]+")
_JOINT = re.compile(r"(?<=[a-z])([._])(?=[a-z])")
_POINTS = re.compile(r"(?:font-size: |font: (?:\w+ )*)([\d.]+)px")


def compose_web(
    brief: Brief,
    languages: Sequence[str],
    templates: Templates,
    theme: Theme,
    fonts: Fonts,
    name: str = PAGE,
    wide: Brief | None = None,
) -> str:
    """Return the brief in the given languages as a page for the web, side by side if there are two and room for them.

    The figures of `brief` are drawn HALF_WIDTH wide, which a telephone shows whole; `wide`, the same brief with figures
    of SCREEN_WIDTH, gives those that one language alone shows on a wide screen. Raises RenderError as `compose_html`.
    """
    check(brief, languages, theme, fonts)
    settings = theme.settings
    faces = {language: _faces(fonts, settings[language]) for language in languages}
    links = Links(brief)
    spread = {block.figure.id: block.figure for block in wide.blocks() if block.figure} if wide else {}
    chinese = [language for language in languages if settings[language].chinese]
    filters: dict[str, Callable[..., object]] = {
        "say": lambda statement, language: say(statement, settings[language], language),
        "prose": lambda block, language: prose(block.statements, settings[language], language),
        "marks": links.marks,
        "sourced": lambda statement, language, head: links.sourced(
            legible(statement.text(language), settings[language]), head, language, parted
        ),
        "listed": lambda reference: [
            (language, linked(entry, reference.url)) for language, entry in listed(reference, languages, chinese)
        ],
        "cited_by": lambda reference: links.citing("references", reference.number),
        "supports": lambda row: links.citing("evidence", row),
        "picture": lambda figure, language: picture(lettered(figure.pictures[language], faces[language])),
    }
    names = {
        "wide": spread if len(languages) == 1 else {},
        "watermark": backdrop(brief, languages, theme, fonts),
        "draft": DRAFT,
    }
    environment = environment_of(brief, languages, templates, theme, filters, names)
    return fill(environment, templates, name, brief, languages, theme)


def _faces(fonts: Fonts, setting: Setting) -> Faces:
    families = setting.families["sans"]
    return Faces(tuple(Face(name, fonts.path(name), fonts.path(name, BOLD)) for name in families))


def legible(text: str, setting: Setting) -> str:
    """Return a text for a browser, which can be searched and copied: no joiners, and no spaces that it sets itself."""
    return text if setting.chinese else typeset(text, setting.chinese, setting.units).replace(JOINER, "")


def say(statement: Statement, setting: Setting, language: str) -> Markup:
    """Return what a statement says in a language."""
    return parted(legible(statement.text(language), setting))


def parted(text: str) -> Markup:
    """Return a text as HTML in which a name such as `sister_cities.total` may break at its joints."""
    return Markup(_JOINT.sub(r"\1<wbr>", unbroken(text)))


def prose(statements: Iterable[Statement], setting: Setting, language: str) -> Markup:
    """Return the sentences of a paragraph: Chinese ones follow each other without a space."""
    text = ("" if setting.chinese else " ").join(statement.text(language) for statement in statements)
    return Markup(unbroken(legible(text, setting)))


def unbroken(text: str) -> str:
    """Return a text as HTML in which no line ends inside a range of Chinese figures, 56.3 to 63.9 with its wave."""
    return _RANGE.sub(r'<span class="range">\g<0></span>', str(escape(text)))


def lettered(drawn: Picture, faces: Faces) -> Picture:
    """Return a picture whose labels keep the width that they were drawn for, whichever font a browser has for them."""
    svg = _TEXT.sub(lambda match: _held(match, faces), drawn.svg.decode())
    return Picture(svg.encode(), drawn.width_mm, drawn.height_mm, drawn.alt)


def _held(match: re.Match[str], faces: Faces) -> str:
    style, place, text = match.groups()
    size = _POINTS.search(style)
    if not size or len(text) < 2:
        return match[0]
    bold = re.search(rf"\b{BOLD}\b|\bbold\b", style) is not None
    width = faces.width(unescape(text), float(size[1]), bold) / MM_PER_POINT
    return f'<text style="{style}"{place} textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs">{text}</text>'
