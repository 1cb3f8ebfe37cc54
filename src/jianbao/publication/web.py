"""The brief for a browser: one self-contained page that fits every screen, its marks linked there and back."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import unescape

from markupsafe import Markup, escape

from jianbao.argument.statements import Statement
from jianbao.figures.lettering import MM_PER_POINT, Face, Faces
from jianbao.publication.apparatus import runs, span
from jianbao.publication.brief import Block, Brief, Figure, Grid, Picture
from jianbao.publication.fonts import Fonts
from jianbao.publication.page import DRAFT, EVIDENCE, backdrop, check, environment_of, fill, listed, picture
from jianbao.publication.templates import Templates
from jianbao.publication.theme import Setting, Theme
from jianbao.publication.typesetting import JOINER, typeset

Noted = Block | Figure | Grid
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
    numbers = _numbers(brief)
    cited, supported = (_places(brief, numbers, kind) for kind in ("references", "evidence"))
    spread = {block.figure.id: block.figure for block in wide.blocks() if block.figure} if wide else {}
    chinese = [language for language in languages if settings[language].chinese]
    filters: dict[str, Callable[..., object]] = {
        "say": lambda statement, language: say(statement, settings[language], language),
        "prose": lambda block, language: prose(block.statements, settings[language], language),
        "marks": lambda noted, language: marks(noted, language, numbers[id(noted)], brief.words["source"]),
        "listed": lambda reference: [
            (language, linked(entry, reference.url)) for language, entry in listed(reference, languages, chinese)
        ],
        "cited_by": lambda reference: cited.get(reference.number, []),
        "supports": lambda row: supported.get(row, []),
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
    """Return what a statement says in a language; a name such as `sister_cities.total` may break at its joints."""
    return Markup(_JOINT.sub(r"\1<wbr>", unbroken(legible(statement.text(language), setting))))


def prose(statements: Iterable[Statement], setting: Setting, language: str) -> Markup:
    """Return the sentences of a paragraph: Chinese ones follow each other without a space."""
    text = ("" if setting.chinese else " ").join(statement.text(language) for statement in statements)
    return Markup(unbroken(legible(text, setting)))


def unbroken(text: str) -> str:
    """Return a text as HTML in which no line ends inside a range of Chinese figures, 56.3 to 63.9 with its wave."""
    return _RANGE.sub(r'<span class="range">\g<0></span>', str(escape(text)))


def marks(noted: Noted, language: str, number: int, source: Statement) -> Markup:
    """Return the marks of references and evidence rows as links, three in a row as a range, and the way back to them.

    `number` makes the place its own, `source` is what a screen reader says before the number of a mark.
    """
    links = [
        _mark(f"reference-{first}-{language}", span(first, last), source.text(language))
        for first, last in runs(noted.references)
    ]
    links += [
        _mark(f"evidence-{first}", span(first, last, EVIDENCE), source.text(language))
        for first, last in runs(noted.evidence)
    ]
    place = Markup('{}<sup class="marks" id="mark-{}-{}">[{}]</sup>')
    return place.format(JOINER, number, language, Markup(", ").join(links)) if links else Markup("")


def _mark(place: str, shown: str, source: str) -> Markup:
    return Markup('<a href="#{}" role="doc-noteref" aria-label="{} {}">{}</a>').format(place, source, shown, shown)


def _noted(brief: Brief) -> Iterable[Noted]:
    """Yield what can bear marks, in reading order."""
    for block in brief.blocks():
        yield from (each for each in (block, block.figure, block.table) if each)


def _numbers(brief: Brief) -> Mapping[int, int]:
    """Return a number for each thing that can bear marks, by its identity: two may say the same."""
    return {identity: number for number, identity in enumerate(dict.fromkeys(map(id, _noted(brief))), 1)}


def _places(brief: Brief, numbers: Mapping[int, int], kind: str) -> Mapping[int, list[int]]:
    """Return for each reference or row of the evidence the numbers of the places whose marks name it."""
    found: dict[int, list[int]] = {}
    for noted in _noted(brief):
        for named in dict.fromkeys(getattr(noted, kind)):
            found.setdefault(named, []).append(numbers[id(noted)])
    return found


def linked(entry: str, address: str) -> Markup:
    """Return a reference with its address as a link."""
    text = entry.replace(JOINER, "")
    if not address.startswith(("https://", "http://")) or address not in text:
        return escape(text)
    before, after = text.split(address, 1)
    return Markup('{}<a href="{}">{}</a>{}').format(before, address, address, after)


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
