"""The styles of a Word document: named, made from the theme's colours and faces, headings with real numbers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from docx.oxml.ns import qn

from jianbao.render.theme import MEASURE, Theme
from jianbao.render.word.runs import LOUD, MARK, SECOND, Element, WordLanguage, element

TWIPS = 20  # in a point
EIGHTHS = 8  # in a point, as borders are measured
HEADINGS, BULLETS = 1, 2
INSET = 6.5  # points from the edge of a box to its text
# Heads in two languages share one number: the second has a style without.
UNNUMBERED = -1


@dataclass(frozen=True, kw_only=True)
class WordStyle:
    """How a paragraph style looks; sizes and spaces in points, `number` the level of the headings' list.

    A `wash` is a box, one for all paragraphs of such styles that follow each other; `joined` ones stand closer.
    """

    name: str
    role: Literal["serif", "sans"] = "serif"
    size: float = 10.5
    colour: str = "ink"
    bold: bool = False
    before: float = 0.0
    after: float = 4.0
    line: float = 0.0
    align: Literal["", "left", "both", "right", "center"] = ""
    keep: bool = False
    base: str = "Normal"
    following: str = ""
    outline: int | None = None
    number: int | None = None
    left: float = 0.0
    hanging: float = 0.0
    border: Literal["", "top", "left", "bottom"] = ""
    wash: bool = False
    joined: bool = False

    @property
    def id(self) -> str:
        """Return the id by which paragraphs call the style."""
        return style_id(self.name)


def style_id(name: str) -> str:
    """Return the id of a style: its name in one word, each part with a capital ("heading 1" -> "Heading1")."""
    return "".join(part[:1].upper() + part[1:] for part in name.split())


# Names that Word knows are written as it writes them, so that it shows them in the user's own language.
LOOKS = (
    WordStyle(name="Body Text", line=16.5, after=6, align="both"),
    WordStyle(name="Parallel Text", line=15, after=6, align="left"),
    WordStyle(name="Title", role="sans", size=17, colour="accent", bold=True, after=2, before=6, following="Subtitle",
              align="left"),
    WordStyle(name="Subtitle", role="sans", size=10.5, colour="muted", after=5, following="Body Text", align="left"),
    WordStyle(name="Masthead", role="sans", size=9, colour="accent", bold=True, after=1),
    WordStyle(name="heading 1", role="sans", size=14, colour="accent", bold=True, before=18, after=6, keep=True,
              following="Body Text", outline=0, number=0),
    WordStyle(name="Parallel Heading", base="heading 1", role="sans", size=12, colour="accent", bold=True, after=6,
         keep=True, following="Parallel Text", outline=0, number=UNNUMBERED),
    WordStyle(name="Annex Heading", base="heading 1", role="sans", size=14, colour="accent", bold=True, before=18,
              after=6,
         keep=True, following="Body Text", outline=0, number=UNNUMBERED),
    WordStyle(name="heading 2", role="sans", size=11.5, colour="accent", bold=True, before=10, after=3, keep=True,
              following="Body Text", outline=1),
    WordStyle(name="heading 3", role="sans", size=10.5, colour="ink", bold=True, before=8, after=2, keep=True,
              following="Body Text", outline=2),
    WordStyle(name="Summary Heading", role="sans", size=11, colour="accent", bold=True, before=10, after=2, keep=True,
              following="Body Text", joined=True),
    WordStyle(name="Card Title", role="sans", size=11.5, colour="accent", bold=True, before=14, after=2, keep=True,
              following="Card Gap", outline=1, number=1),
    WordStyle(name="Parallel Card Title", role="sans", size=11, colour="accent", bold=True, before=0, after=2,
              keep=True, following="Card Gap", outline=1),
    WordStyle(name="Card Gap", role="sans", size=8.5, colour="muted", bold=True, after=4, keep=True),
    WordStyle(name="List Bullet", line=15.5, after=1.5, align="left", left=12, hanging=12),
    WordStyle(name="Label", role="sans", size=9, colour="accent", bold=True, before=6, after=2, keep=True),
    WordStyle(name="Box", line=16, after=3, align="both", wash=True, border="top", left=INSET),
    WordStyle(name="Parallel Box", line=15, after=3, align="left", wash=True, border="top", left=INSET),
    WordStyle(name="Box Label", role="sans", size=9, colour="accent", bold=True, before=8, keep=True, after=0,
              wash=True, border="top",
         left=INSET),
    WordStyle(name="Score", role="sans", size=8.5, colour="muted", after=6, keep=True, left=76, hanging=76,
              align="left", joined=True),
    WordStyle(name="caption", role="sans", size=10, bold=True, before=12, after=1, keep=True, border="top",
              following="Measure"),
    WordStyle(name="Parallel Caption", role="sans", size=10, bold=True, after=1, keep=True, following="Measure"),
    WordStyle(name="Measure", role="sans", size=8.5, colour="muted", after=4, keep=True),
    WordStyle(name="Figure", after=2, keep=True),
    WordStyle(name="Source", role="sans", size=8.5, colour="muted", after=10, before=3, joined=True),
    WordStyle(name="Gap", role="sans", size=4, after=0),
    WordStyle(name="Table Head", role="sans", size=9, line=13, bold=True, after=0, keep=True),
    WordStyle(name="Table Head Figures", role="sans", size=9, line=13, bold=True, after=0, keep=True, align="right"),
    WordStyle(name="Table Text", role="sans", size=9, line=13, after=0),
    WordStyle(name="Table Figures", role="sans", size=9, line=13, after=0, align="right"),
    WordStyle(name="Annex Head", role="sans", size=7, line=10.5, bold=True, after=0, keep=True),
    WordStyle(name="Annex Head Figures", role="sans", size=7, line=10.5, bold=True, after=0, keep=True, align="right"),
    WordStyle(name="Annex Text", role="sans", size=7, line=10.5, after=0),
    WordStyle(name="Annex Figures", role="sans", size=7, line=10.5, after=0, align="right"),
    WordStyle(name="Card Label", role="sans", size=9, colour="accent", bold=True, after=0, line=15),
    WordStyle(name="Card Text", size=10, line=15, after=2, align="left"),
    WordStyle(name="Bibliography", size=9, after=3, left=28, hanging=28, align="left"),
    WordStyle(name="annotation text", role="sans", size=9, after=2),
    WordStyle(name="TOC Heading", role="sans", size=11.5, colour="accent", bold=True, before=4, after=3, keep=True,
              joined=True),
    WordStyle(name="toc 1", role="sans", size=10, after=2, left=22, hanging=22),
    WordStyle(name="header", role="sans", size=8, colour="muted", after=0),
    WordStyle(name="footer", role="sans", size=9, colour="accent", bold=True, after=0, align="right"),
)  # fmt: skip
MM = 72 / 25.4
# Styles with a stop at the right margin, and what leads to it.
LEADERS = {"header": "none", "toc 1": "dot"}


@dataclass(frozen=True)
class WordFonts:
    """The family of each role for Latin and for Han text."""

    latin: dict[str, str]
    han: dict[str, str]


def word_fonts(theme: Theme) -> WordFonts:
    """Return what each language calls first for its own script; the one language of a theme names both."""
    settings = theme.settings.values()
    han = next((each.families for each in settings if each.chinese), None)
    latin = next((each.families for each in settings if not each.chinese), None)
    assert han or latin
    return WordFonts(
        {role: names[0] if latin else names[-1] for role, names in (latin or han or {}).items()},
        {role: names[0] if han else names[-1] for role, names in (han or latin or {}).items()},
    )


def set_styles(root: Element, theme: Theme, tongue: WordLanguage) -> None:
    """Put our styles in the place of the template's.

    Word spreads Chinese lines between characters; without hyphens English ones would have holes, so they stay ragged.
    """
    kept = root.find(qn("w:latentStyles"))
    for child in list(root):
        root.remove(child)
    faces = word_fonts(theme)
    root.append(_defaults(faces, theme, tongue))
    if kept is not None:
        root.append(kept)
    looks = (look if tongue.chinese or look.align != "both" else replace(look, align="left") for look in LOOKS)
    for made in (*_basic(theme, faces), *(_paragraph(look, theme, faces) for look in looks), *_tables(theme)):
        root.append(made)


def font_tables(faces: WordFonts, role: str) -> Element:
    """Return the families of a role for the scripts that Word tells apart."""
    latin, han = faces.latin[role], faces.han[role]
    return element("w:rFonts", w_ascii=latin, w_hAnsi=latin, w_cs=latin, w_eastAsia=han)


def _defaults(faces: WordFonts, theme: Theme, tongue: WordLanguage) -> Element:
    size = element("w:sz", w_val=21), element("w:szCs", w_val=21)
    lang = element("w:lang", w_val=tongue.latin, w_eastAsia=tongue.han, w_bidi="ar-SA")
    runs = element("w:rPr", font_tables(faces, "serif"), element("w:color", w_val=hex_of(theme, "ink")), *size, lang)
    spacing = element("w:spacing", w_before=0, w_after=80)
    return element("w:docDefaults", element("w:rPrDefault", runs), element("w:pPrDefault", element("w:pPr", spacing)))


def hex_of(theme: Theme, role: str) -> str:
    """Return a colour of the theme as Word writes it, in six digits."""
    return theme.colours[role].removeprefix("#").upper()


def _style(kind: str, name: str, *parts: Element, base: str = "", default: bool = False) -> Element:
    made = element("w:style", element("w:name", w_val=name), w_type=kind, w_styleId=style_id(name))
    if default:
        made.set(qn("w:default"), "1")
    if base:
        made.append(element("w:basedOn", w_val=style_id(base)))
    for part in parts:
        made.append(part)
    return made


def _basic(theme: Theme, faces: WordFonts) -> Iterator[Element]:
    quick = element("w:qFormat")
    yield _style("paragraph", "Normal", quick, default=True)
    yield _style("character", "Default Paragraph Font", default=True)
    yield _style("numbering", "No List", default=True)
    bare = element("w:tblPr", element("w:tblInd", w_w=0, w_type="dxa"), _margins(0, 0))
    yield _style("table", "Table Normal", bare, default=True)
    accent, muted = element("w:color", w_val=hex_of(theme, "accent")), element("w:color", w_val=hex_of(theme, "muted"))
    raised = element("w:rPr", font_tables(faces, "sans"), accent, element("w:vertAlign", w_val="superscript"))
    yield _character("Reference Mark", MARK, raised)
    yield _character("Second Language", SECOND, element("w:rPr", muted))
    yield _character("Emphasis", LOUD, element("w:rPr", element("w:b")))
    number = element("w:rPr", element("w:color", w_val=hex_of(theme, "accent")))
    yield _character("Caption Number", "CaptionNumber", number)
    large = [element("w:color", w_val=hex_of(theme, "accent")), element("w:sz", w_val=56), element("w:szCs", w_val=56)]
    yield _character("Score Value", "ScoreValue", element("w:rPr", element("w:b"), *large))
    plain = [element("w:color", w_val=hex_of(theme, "ink")), element("w:sz", w_val=21), element("w:szCs", w_val=21)]
    yield _character("Score Name", "ScoreName", element("w:rPr", element("w:b"), *plain))
    yield _character("annotation reference", "AnnotationReference", element("w:rPr", element("w:sz", w_val=16)))


def _character(name: str, known_as: str, settings: Element) -> Element:
    assert style_id(name) == known_as
    return _style("character", name, element("w:qFormat"), settings, base="Default Paragraph Font")


def _paragraph(look: WordStyle, theme: Theme, faces: WordFonts) -> Element:
    following = [element("w:next", w_val=style_id(look.following))] if look.following else []
    settings = element("w:pPr", *_settings(look, theme))
    letters = [font_tables(faces, look.role)]
    letters += [element("w:b"), element("w:bCs")] if look.bold else []
    half_points = round(look.size * 2)
    letters += [element("w:color", w_val=hex_of(theme, look.colour))]
    letters += [element("w:sz", w_val=half_points), element("w:szCs", w_val=half_points)]
    parts = (*following, element("w:qFormat"), settings, element("w:rPr", *letters))
    return _style("paragraph", look.name, *parts, base=look.base)


def _settings(look: WordStyle, theme: Theme) -> Iterator[Element]:
    """Yield a style's paragraph settings in the order that the schema asks for."""
    if look.keep:
        yield element("w:keepNext")
        yield element("w:keepLines")
    number = _number(look)
    if number is not None:
        yield number
    if look.border:
        yield element("w:pBdr", *_edges(look, theme))
    if look.wash:
        yield element("w:shd", w_val="clear", w_color="auto", w_fill=hex_of(theme, "wash"))
    stops = [*_stops(look)]
    if stops:
        yield element("w:tabs", *stops)
    line = {"w_line": round(look.line * TWIPS), "w_lineRule": "atLeast"} if look.line else {}
    yield element("w:spacing", w_before=round(look.before * TWIPS), w_after=round(look.after * TWIPS), **line)
    if look.left:
        right = round(look.left * TWIPS) if look.wash else 0
        yield element("w:ind", w_left=round(look.left * TWIPS), w_right=right, w_hanging=round(look.hanging * TWIPS))
    if look.joined:
        yield element("w:contextualSpacing")
    if look.align:
        yield element("w:jc", w_val=look.align)
    if look.outline is not None:
        yield element("w:outlineLvl", w_val=look.outline)


def _edges(look: WordStyle, theme: Theme) -> Iterator[Element]:
    """Yield a line at one edge; those of a box at the others have its own colour and hold its ground off the text."""
    for edge in ("top", "left", "bottom", "right") if look.wash else (look.border,):
        line = ("accent", 1.0) if edge == look.border else ("wash", 0.5)
        yield _border(f"w:{edge}", theme, *line, 6 if look.wash else 4)


def _stops(look: WordStyle) -> Iterator[Element]:
    if look.hanging:
        yield element("w:tab", w_val="left", w_pos=round(look.left * TWIPS))
    if look.name in LEADERS:
        yield element("w:tab", w_val="right", w_leader=LEADERS[look.name], w_pos=round(MEASURE * MM * TWIPS))


def _number(look: WordStyle) -> Element | None:
    if look.name == "List Bullet":
        return element("w:numPr", element("w:numId", w_val=BULLETS))
    if look.number is None:
        return None
    if look.number == UNNUMBERED:
        return element("w:numPr", element("w:numId", w_val=0))
    return element("w:numPr", element("w:ilvl", w_val=look.number), element("w:numId", w_val=HEADINGS))


def _border(tag: str, theme: Theme, colour: str, width: float, space: int = 0) -> Element:
    size = round(width * EIGHTHS)
    return element(tag, w_val="single", w_sz=size, w_space=space, w_color=hex_of(theme, colour))


def _margins(sides: int, ends: int) -> Element:
    edges = (("top", ends), ("left", sides), ("bottom", ends), ("right", sides))
    return element("w:tblCellMar", *(element(f"w:{edge}", w_w=width, w_type="dxa") for edge, width in edges))


def _tables(theme: Theme) -> Iterator[Element]:
    lines = [("top", "accent", 1.0), ("bottom", "accent", 1.0), ("insideH", "rule", 0.5)]
    borders = element("w:tblBorders", *(_border(f"w:{edge}", theme, *rest) for edge, *rest in lines))  # type: ignore[arg-type]
    wash = element("w:shd", w_val="clear", w_color="auto", w_fill=hex_of(theme, "wash"))
    under = element("w:tcBorders", _border("w:bottom", theme, "accent", 1.0))
    head = element(
        "w:tblStylePr", element("w:tcPr", under, wash, element("w:vAlign", w_val="bottom")), w_type="firstRow"
    )
    yield _style("table", "Brief Table", element("w:tblPr", borders, _margins(60, 50)), head, base="Table Normal")
    card = element("w:tblBorders", _border("w:left", theme, "accent", 3.0), _border("w:insideH", theme, "rule", 0.5))
    shade = element("w:tcPr", element("w:shd", w_val="clear", w_color="auto", w_fill=hex_of(theme, "wash")))
    yield _style("table", "Card Table", element("w:tblPr", card, _margins(100, 40)), shade, base="Table Normal")
