"""The document as one self-contained web page for every screen, with links to sources and back."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup, escape

from jianbao.brief.model import Block, Brief, Figure, FigureData, Grid, Picture
from jianbao.brief.reference_numbers import runs, span
from jianbao.charts.text_metrics import MM_PER_POINT, FontMetrics, FontMetricsList
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.fact_links import FactLinks, fact_links, printed_in
from jianbao.render.html.page import (
    DRAFT,
    EVIDENCE,
    backdrop,
    check_html,
    environment_of,
    fill_template,
    listed_references,
    picture_html,
)
from jianbao.render.theme import Design, Setting, Theme
from jianbao.render.typography import JOINER, typeset, unit_patterns
from jianbao.text.render import Statement

Noted = Block | Figure | Grid
DOI = "https://doi.org/"
# The columns of tables that name references and rows of the evidence, by the end of their head's id, and how.
NAMING = {
    ".column.refs": re.compile(r"\d+"),
    ".column.how": re.compile(rf"(?<![0-9A-Za-z_.]){EVIDENCE}\d+(?![0-9A-Za-z_])"),
    ".column.because": re.compile("(?<=[\\[ \u2013])\\d+(?=[\\d; \u2013]*\\])"),
}
# Where an address may go on on the next line: after a stroke, before any other mark.
_JOINTS = re.compile(r"(?<=[^:/]/)(?=[^/])|(?<=.)(?=[.?&=_#~%])")


@dataclass(frozen=True, kw_only=True)
class Links:
    """The places of a brief that lead to each other, each with a number of its own: two may say the same.

    `numbers` has a number for each thing that can bear marks, by its identity; `naming` the numbers of those whose
    marks name a reference or a row of the evidence. `places` are the numbers of references, and of rows of the
    evidence as their marks show them. `lines` has the id of the card of each measure that the first page lists, by the
    id of its title.
    """

    brief: Brief
    numbers: Mapping[int, int]
    naming: Mapping[tuple[str, int], list[int]]
    places: frozenset[str]
    lines: Mapping[str, str]

    def marks(self, noted: Noted, language: str) -> Markup:
        """Return the marks of sources and evidence rows as links at a place of their own, three in a row as a range."""
        shown = [span(first, last) for first, last in runs(noted.references)]
        shown += [span(first, last, EVIDENCE) for first, last in runs(noted.evidence)]
        if not shown:
            return Markup("")
        links = ", ".join(self._mark(each, language) for each in shown)
        return Markup(f'{JOINER}<sup class="marks" id="mark-{self.numbers[id(noted)]}-{language}">[{links}]</sup>')

    def citing(self, kind: str, number: int) -> list[int]:
        """Return the numbers of the places whose marks name a reference or a row of the evidence."""
        return self.naming.get((kind, number), [])

    def sourced(self, text: str, head: Statement, language: str, said: Callable[[str], Markup]) -> Markup:
        """Return a cell as it is `said`, with links to the references and rows that its column names."""
        pattern = next((pattern for end, pattern in NAMING.items() if head.id.endswith(end)), None)
        found = [match for match in pattern.finditer(text) if match[0] in self.places] if pattern else []
        parts, done = [], 0
        for match in found:
            parts += [said(text[done : match.start()]), self._mark(match[0], language)]
            done = match.end()
        return Markup("").join([*parts, said(text[done:])])

    def _mark(self, shown: str, language: str) -> Markup:
        """Return a link to a reference or a row of the evidence; a screen reader says first that it is a source."""
        first = shown.partition("\u2013")[0]
        row = first.removeprefix(EVIDENCE)
        place = f"evidence-{row}" if row != first else f"reference-{first}-{language}"
        called = escape(self.brief.words["source"].text(language))
        return Markup(f'<a href="#{place}" role="doc-noteref" aria-label="{called} {shown}">{shown}</a>')


def links_of(brief: Brief) -> Links:
    """Return what leads from place to place in a brief."""
    noted = tuple(_noted(brief))
    numbers = {identity: number for number, identity in enumerate(dict.fromkeys(map(id, noted)), 1)}
    return Links(
        brief=brief, numbers=numbers, naming=_naming(noted, numbers), places=_places(brief), lines=_lines(brief)
    )


def _noted(brief: Brief) -> Iterator[Noted]:
    """Yield what can bear marks, in reading order."""
    for block in brief.blocks():
        yield from (each for each in (block, block.figure, block.table) if each)


def _naming(noted: Iterable[Noted], numbers: Mapping[int, int]) -> dict[tuple[str, int], list[int]]:
    found: dict[tuple[str, int], list[int]] = {}
    for each in noted:
        for kind in ("references", "evidence"):
            for named in dict.fromkeys(getattr(each, kind)):
                found.setdefault((kind, named), []).append(numbers[id(each)])
    return found


def _places(brief: Brief) -> frozenset[str]:
    tables = (block.table for block in brief.blocks() if block.table)
    rows = next((len(table.rows) for table in tables if table.id == "evidence"), 0)
    cited = (str(reference.number) for reference in brief.references)
    return frozenset([*cited, *(f"{EVIDENCE}{number}" for number in range(1, rows + 1))])


def _lines(brief: Brief) -> dict[str, str]:
    """Return the cards of measures by the ids of their titles."""
    return {block.statements[0].id: block.id for block in brief.blocks() if block.kind == "measure"}


def linked(entry: str, address: str) -> Markup:
    """Return a reference with its address as a link that breaks at its joints; of a DOI's, the part that is printed."""
    text = entry.replace(JOINER, "")
    shown = next((each for each in (address, address.removeprefix(DOI)) if each in text), "")
    if not address.startswith(("https://", "http://")) or not shown:
        return escape(text)
    before, after = text.split(shown, 1)
    joined = Markup("<wbr>").join(_JOINTS.split(shown))
    return Markup('{}<a href="{}">{}</a>{}').format(before, address, joined, after)


PAGE = "brief/web.html.j2"
BOLD = 700
# The width in mm of figures on a wide screen, where they grow by a third.
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
    design: Design,
    name: str = PAGE,
    wide: Brief | None = None,
) -> str:
    """Return the brief in the given languages as a page for the web, side by side if there are two and room for them.

    The figures of `brief` are drawn HALF_WIDTH wide, which a telephone shows whole; `wide`, the same brief with figures
    of SCREEN_WIDTH, gives those of a wide screen. Raises RenderError as `compose_html`.
    """
    theme, fonts = design.theme, design.fonts
    check_html(brief, languages, theme, fonts)
    links = links_of(brief)
    spread = {block.figure.id: block.figure for block in wide.blocks() if block.figure} if wide else {}
    names = {
        "lines": links.lines,
        "wide": spread,
        "watermark": backdrop(brief, languages, theme, fonts),
        "draft": DRAFT,
    }
    environment = environment_of(
        brief, languages, design, _filters(languages, theme, fonts, links, fact_links(brief, "html")), names
    )
    return fill_template(environment, name, brief, languages, design)


def _filters(
    languages: Sequence[str], theme: Theme, fonts: Fonts, links: Links, facts: FactLinks
) -> dict[str, Callable[..., object]]:
    """Return what the page template may call, by name."""
    settings = theme.settings
    faces = _faces(fonts, [settings[language] for language in languages])
    chinese = [language for language in languages if settings[language].chinese]
    return {
        "say": lambda statement, language: statement_web(statement, settings[language], language),
        "head": lambda statements, language: headed(statements, settings[language], language),
        "prose": lambda block, language: prose_web(block.statements, settings[language], language, facts),
        "marks": links.marks,
        "sourced": lambda statement, language, head: links.sourced(
            legible(statement.text(language), settings[language]),
            head,
            language,
            lambda text: parted(text, settings[language]),
        ),
        "listed": lambda reference: [
            (language, linked(entry, reference.url))
            for language, entry in listed_references(reference, languages, chinese)
        ],
        "wordy": lambda table: wordy(table, languages),
        "cited_by": lambda reference: links.citing("references", reference.number),
        "supports": lambda row: links.citing("evidence", row),
        "picture": lambda drawn: picture_html(lettered(drawn, faces)),
        "csv": csv_address,
    }


def _faces(fonts: Fonts, settings: Sequence[Setting]) -> FontMetricsList:
    """Return the faces of the labels in figures: of lines with Han characters, and of lines without."""
    found = [
        tuple(FontMetrics(family=name, regular=fonts.path(name), bold=fonts.path(name, BOLD)) for name in families)
        for families in (each.families["sans"] for each in sorted(settings, key=lambda each: not each.chinese))
    ]
    return FontMetricsList(found[0], found[1] if len(found) > 1 else ())


def csv_address(data: FigureData) -> str:
    """Return the data of a figure as an address that holds them, so that a page without scripts can offer a file."""
    return f"data:text/csv;charset=utf-8;base64,{b64encode(data.csv).decode()}"


def legible(text: str, setting: Setting) -> str:
    """Return a text for a browser, which can be searched and copied: no joiners, and no spaces that it sets itself."""
    return text if setting.chinese else typeset(text, setting.chinese, setting.units).replace(JOINER, "")


def wordy(table: Grid, languages: Sequence[str]) -> bool:
    """Return whether a table has cells so long that they are read as sentences, and not compared down a column."""
    words = [place for place, column in enumerate(table.columns) if not column.figures]
    cells = (row[place] for row in table.rows for place in words)
    return any(len(cell.text(language)) > SENTENCE for cell in cells for language in languages)


def statement_web(statement: Statement, setting: Setting, language: str) -> Markup:
    """Return what a statement says in a language."""
    return parted(legible(statement.text(language), setting), setting)


def parted(text: str, setting: Setting) -> Markup:
    """Return a text as HTML in which a name such as `sister_cities.total` may break at its joints."""
    return Markup(_JOINT.sub(r"\1<wbr>", unbroken(text, setting.units)))


def prose_web(
    statements: Sequence[Statement], setting: Setting, language: str, links: FactLinks | None = None
) -> Markup:
    """Return the sentences of a paragraph: Chinese ones follow each other without a space."""
    between = "" if setting.chinese else " "
    text = between.join(statement.text(language) for statement in statements)
    shown, printed = legible(text, setting), printed_in(statements, language, between)
    found = [*_INTERVAL.finditer(shown), *unit_patterns(tuple(setting.units)).intervals.finditer(shown)]
    whole = [match.span() for match in found]
    return (links or FactLinks()).html(text, shown, printed, whole, lambda piece: unbroken(piece, setting.units))


def headed(statements: Sequence[Statement], setting: Setting, language: str) -> Markup:
    """Return a heading; a Chinese one goes to the next line between its clauses, if they have room on one."""
    clauses = _CLAUSE.split(_joined(statements, setting, language)) if setting.chinese else []
    if len(clauses) < 2:
        return prose_web(statements, setting, language)
    return Markup("").join(Markup(f'<span class="clause">{unbroken(each, setting.units)}</span>') for each in clauses)


def _joined(statements: Iterable[Statement], setting: Setting, language: str) -> str:
    text = ("" if setting.chinese else " ").join(statement.text(language) for statement in statements)
    return legible(text, setting)


def unbroken(text: str, units: Sequence[str] = ()) -> str:
    """Return a text as HTML in which no line ends inside an interval or after a Chinese figure that counts."""
    html = _INTERVAL.sub(r'<span class="joined">\g<0></span>', str(escape(text)))
    return unit_patterns(tuple(units)).intervals.sub(r'<span class="joined">\g<0></span>', html)


def lettered(drawn: Picture, faces: FontMetricsList) -> Picture:
    """Return a picture whose labels keep the width that they were drawn for, whichever font a browser has for them."""
    svg = _TEXT.sub(lambda match: _held(match, faces), drawn.svg.decode())
    return Picture(svg.encode(), drawn.width_mm, drawn.height_mm, drawn.alt)


def _held(match: re.Match[str], faces: FontMetricsList) -> str:
    style, place, text = match.groups()
    size = _POINTS.search(style)
    if not size or len(text) < 2:
        return match[0]
    bold = re.search(rf"\b{BOLD}\b|\bbold\b", style) is not None
    width = faces.width(unescape(text), float(size[1]), bold) / MM_PER_POINT
    return f'<text style="{style}"{place} textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs">{text}</text>'
