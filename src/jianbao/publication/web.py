"""The brief for a browser: one self-contained page that fits every screen, its marks linked there and back."""

import re
from collections.abc import Callable, Iterable, Sequence
from html import unescape

from markupsafe import Markup, escape

from jianbao.argument.statements import Statement
from jianbao.figures.lettering import MM_PER_POINT, Face, Faces
from jianbao.publication.brief import Brief, Grid, Picture
from jianbao.publication.fonts import Fonts
from jianbao.publication.links import linked, links_of
from jianbao.publication.page import DRAFT, backdrop, check, environment_of, fill, listed, picture
from jianbao.publication.templates import Templates
from jianbao.publication.theme import Setting, Theme
from jianbao.publication.typesetting import JOINER, typeset, unit_patterns

PAGE = "brief/web.html.j2"
BOLD = 700
# The width in mm of figures that one language alone shows on a wide screen, where they grow to half as much again.
SCREEN_WIDTH = 140.0
SENTENCE = 40  # letters
_TEXT = re.compile(r'<text style="([^"]*)"([^>]*)>([^<]+)</text>')
# An interval in brackets: (56.3 to 63.9).
_INTERVAL = re.compile(r"\([^()\s]*\d \S+ \S*\d\)")
# Where a clause of a Chinese heading begins: after a stop, but not before a mark.
_STOPS = "\u3001\u3002\uff01\uff0c\uff1a\uff1b\uff1f\u2014"
_CLAUSE = re.compile(f"(?<=[{_STOPS}])(?=[^{_STOPS}\u201d\u300b\uff09])")
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
    links = links_of(brief)
    spread = {block.figure.id: block.figure for block in wide.blocks() if block.figure} if wide else {}
    chinese = [language for language in languages if settings[language].chinese]
    filters: dict[str, Callable[..., object]] = {
        "say": lambda statement, language: say(statement, settings[language], language),
        "head": lambda statements, language: headed(statements, settings[language], language),
        "prose": lambda block, language: prose(block.statements, settings[language], language),
        "marks": links.marks,
        "sourced": lambda statement, language, head: links.sourced(
            legible(statement.text(language), settings[language]),
            head,
            language,
            lambda text: parted(text, settings[language]),
        ),
        "listed": lambda reference: [
            (language, linked(entry, reference.url)) for language, entry in listed(reference, languages, chinese)
        ],
        "wordy": lambda table: wordy(table, languages),
        "cited_by": lambda reference: links.citing("references", reference.number),
        "supports": lambda row: links.citing("evidence", row),
        "picture": lambda figure, language: picture(lettered(figure.pictures[language], faces[language])),
    }
    names = {
        "lines": links.lines,
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


def wordy(table: Grid, languages: Sequence[str]) -> bool:
    """Return whether a table has cells so long that they are read as sentences, and not compared down a column."""
    words = [place for place, column in enumerate(table.columns) if not column.figures]
    cells = (row[place] for row in table.rows for place in words)
    return any(len(cell.text(language)) > SENTENCE for cell in cells for language in languages)


def say(statement: Statement, setting: Setting, language: str) -> Markup:
    """Return what a statement says in a language."""
    return parted(legible(statement.text(language), setting), setting)


def parted(text: str, setting: Setting) -> Markup:
    """Return a text as HTML in which a name such as `sister_cities.total` may break at its joints."""
    return Markup(_JOINT.sub(r"\1<wbr>", unbroken(text, setting.units)))


def prose(statements: Iterable[Statement], setting: Setting, language: str) -> Markup:
    """Return the sentences of a paragraph: Chinese ones follow each other without a space."""
    return Markup(unbroken(_joined(statements, setting, language), setting.units))


def headed(statements: Iterable[Statement], setting: Setting, language: str) -> Markup:
    """Return a heading; a Chinese one goes to the next line between its clauses, if they have room on one."""
    clauses = _CLAUSE.split(_joined(statements, setting, language)) if setting.chinese else []
    if len(clauses) < 2:
        return prose(statements, setting, language)
    return Markup("").join(Markup(f'<span class="clause">{unbroken(each, setting.units)}</span>') for each in clauses)


def _joined(statements: Iterable[Statement], setting: Setting, language: str) -> str:
    text = ("" if setting.chinese else " ").join(statement.text(language) for statement in statements)
    return legible(text, setting)


def unbroken(text: str, units: Sequence[str] = ()) -> str:
    """Return a text as HTML in which no line ends inside an interval or after a Chinese figure that counts."""
    html = _INTERVAL.sub(r'<span class="joined">\g<0></span>', str(escape(text)))
    return unit_patterns(tuple(units)).intervals.sub(r'<span class="joined">\g<0></span>', html)


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
