"""Compose the document as one self-contained web page for every screen, with links to sources and back."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup, escape

from jianbao.brief.model import Block, Brief, Figure, Grid, Picture
from jianbao.charts.text_metrics import MM_PER_POINT, FontMetrics, FontMetricsList
from jianbao.render.figure_files import FigureFile, figure_pngs, figure_svg, figures_pdf
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.fact_links import FactLinks, fact_links, printed_in
from jianbao.render.html.page import (
    DRAFT,
    EVIDENCE,
    backdrop,
    check_html,
    environment_of,
    fill_template,
    joined,
    listed_references,
    picture_html,
)
from jianbao.render.pdf.render import Metadata
from jianbao.render.theme import Design, Theme, Typesetting
from jianbao.render.typography import JOINER, typeset, unit_patterns, without_typesetting
from jianbao.text.citations import runs, span
from jianbao.text.render import Statement

Noted = Block | Figure | Grid
DOI = "https://doi.org/"
# The columns that name references or rows of the evidence, by the end of the id of their heading, and the pattern.
NAMING = {
    ".column.refs": re.compile(r"\d+"),
    ".column.how": re.compile(rf"(?<![0-9A-Za-z_.]){EVIDENCE}\d+(?![0-9A-Za-z_])"),
    ".column.because": re.compile("(?<=[\\[ \u2013])\\d+(?=[\\d; \u2013]*\\])"),
}
# Where an address may be broken: after a slash, before other punctuation.
_JOINTS = re.compile(r"(?<=[^:/]/)(?=[^/])|(?<=.)(?=[.?&=_#~%])")


@dataclass(frozen=True, kw_only=True)
class Links:
    """The links between marks, references and rows of the evidence in a brief.

    `numbers` has a number for each block, figure and table by its `id()`, because two of them may be equal. `naming`
    has for each reference and row the numbers of those whose marks name it. `places` are the numbers of references and
    rows as marks show them. `lines` has the id of the card of each measure by the id of its title.
    """

    brief: Brief
    numbers: Mapping[int, int]
    naming: Mapping[tuple[str, int], list[int]]
    places: frozenset[str]
    lines: Mapping[str, str]

    def marks(self, noted: Noted, language: str) -> Markup:
        """Return the marks of sources and evidence rows as links with an id, three or more in a row as a range."""
        shown = [span(first, last) for first, last in runs(noted.references)]
        shown += [span(first, last, EVIDENCE) for first, last in runs(noted.evidence)]
        if not shown:
            return Markup("")
        links = ", ".join(self._mark(each, language) for each in shown)
        return Markup(f'{JOINER}<sup class="marks" id="mark-{self.numbers[id(noted)]}-{language}">[{links}]</sup>')

    def citing(self, kind: str, number: int) -> list[int]:
        """Return the numbers of the items whose marks name a reference or a row of the evidence."""
        return self.naming.get((kind, number), [])

    def sourced(self, text: str, head: Statement, language: str, as_markup: Callable[[str], Markup]) -> Markup:
        """Return a cell as HTML with links to the references and rows that it names; `as_markup` converts text."""
        pattern = next((pattern for end, pattern in NAMING.items() if head.id.endswith(end)), None)
        found = [match for match in pattern.finditer(text) if match[0] in self.places] if pattern else []
        parts, done = [], 0
        for match in found:
            parts += [as_markup(text[done : match.start()]), self._mark(match[0], language)]
            done = match.end()
        return Markup("").join([*parts, as_markup(text[done:])])

    def _mark(self, shown: str, language: str) -> Markup:
        """Return a link to a reference or a row of the evidence, labelled as a source for screen readers."""
        first = shown.partition("\u2013")[0]
        row = first.removeprefix(EVIDENCE)
        place = f"evidence-{row}" if row != first else f"reference-{first}-{language}"
        called = escape(self.brief.words["source"].text(language))
        return Markup(f'<a href="#{place}" role="doc-noteref" aria-label="{called} {shown}">{shown}</a>')


def links_of(brief: Brief) -> Links:
    """Return the links of a brief."""
    noted = tuple(_noted(brief))
    numbers = {identity: number for number, identity in enumerate(dict.fromkeys(map(id, noted)), 1)}
    return Links(
        brief=brief, numbers=numbers, naming=_naming(noted, numbers), places=_places(brief), lines=_lines(brief)
    )


def _noted(brief: Brief) -> Iterator[Noted]:
    """Yield everything that can have marks, in reading order."""
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
    """Return a reference with its address, or the printed part of a DOI, as a link that may wrap over lines."""
    text = entry.replace(JOINER, "")
    shown = next((each for each in (address, address.removeprefix(DOI)) if each in text), "")
    if not address.startswith(("https://", "http://")) or not shown:
        return escape(text)
    before, after = text.split(shown, 1)
    joined = Markup("<wbr>").join(_JOINTS.split(shown))
    return Markup('{}<a href="{}">{}</a>{}').format(before, address, joined, after)


PAGE = "brief/web.html.j2"
BOLD = 700
# The width in mm of figures on a wide screen, where they are shown a third larger.
SCREEN_WIDTH = 140.0
SENTENCE = 40  # letters
_TEXT = re.compile(r'<text style="([^"]*)"([^>]*)>([^<]+)</text>')
# An interval in brackets, such as (56.3 to 63.9).
_INTERVAL = re.compile(r"\([^()\s]*\d \S+ \S*\d\)")
# The beginning of a clause of a Chinese heading: after a stop, but not before another mark.
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
    """Return the brief as a web page in the given languages, side by side if there are two and the screen is wide.

    The figures of `brief` are HALF_WIDTH wide, for telephones; `wide` is the same brief with figures of SCREEN_WIDTH,
    for wide screens. Raises RenderError as `compose_html` does.
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
        "files": _figure_files(brief, spread, languages, design),
    }
    environment = environment_of(
        brief, languages, design, _filters(languages, theme, fonts, links, fact_links(brief, "html")), names
    )
    return fill_template(environment, name, brief, languages, design)


def _figure_files(
    brief: Brief, spread: Mapping[str, Figure], languages: Sequence[str], design: Design
) -> dict[str, tuple[str, str]]:
    """Return the data URLs of each figure that has data, as SVG and PNG, by its id; of the wide picture if any."""
    with_data = (block.figure for block in brief.blocks() if block.figure and block.figure.data)
    shown = [spread.get(figure.id, figure) for figure in with_data]
    if not shown:
        return {}
    faces = _faces(design.fonts, [design.theme.settings[language] for language in languages])
    tags = tuple(brief.languages[language] for language in languages)
    files = [_figure_file(figure, languages, tags[0], faces) for figure in shown]
    about = Metadata(title=brief.title.text(languages[0]), languages=tags, day=brief.as_of)
    pngs = figure_pngs(figures_pdf(files, design.fonts, about))
    return {
        figure.id: (data_address(figure_svg(file), "image/svg+xml"), data_address(png, "image/png"))
        for figure, file, png in zip(shown, files, pngs, strict=True)
    }


def _figure_file(figure: Figure, languages: Sequence[str], tag: str, faces: FontMetricsList) -> FigureFile:
    title = "\n".join(without_typesetting(figure.title.text(language)) for language in languages)
    return FigureFile(picture=lettered(figure.pictures[languages[0]], faces), title=title, tag=tag)


def _filters(
    languages: Sequence[str], theme: Theme, fonts: Fonts, links: Links, facts: FactLinks
) -> dict[str, Callable[..., object]]:
    """Return the filters of the page template by name."""
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
        "csv": lambda data, language=languages[0]: data_address(data.csv[language], "text/csv;charset=utf-8"),
    }


def _faces(fonts: Fonts, settings: Sequence[Typesetting]) -> FontMetricsList:
    """Return the fonts of the labels in figures, for lines with and without Chinese characters."""
    found = [
        tuple(FontMetrics(family=name, regular=fonts.path(name), bold=fonts.path(name, BOLD)) for name in families)
        for families in (each.families["sans"] for each in sorted(settings, key=lambda each: not each.chinese))
    ]
    return FontMetricsList(found[0], found[1] if len(found) > 1 else ())


def data_address(content: bytes, kind: str) -> str:
    """Return a file as a data URL, which a page without scripts can offer to be saved."""
    return f"data:{kind};base64,{b64encode(content).decode()}"


def legible(text: str, setting: Typesetting) -> str:
    """Return a text for a browser, without the joiners and spaces of print, so that it can be searched and copied."""
    return text if setting.chinese else typeset(text, setting.chinese, setting.units).replace(JOINER, "")


def wordy(table: Grid, languages: Sequence[str]) -> bool:
    """Return whether a table has a cell that is read like a sentence, not compared with others in its column."""
    words = [place for place, column in enumerate(table.columns) if not column.figures]
    cells = (row[place] for row in table.rows for place in words)
    return any(len(cell.text(language)) > SENTENCE for cell in cells for language in languages)


def statement_web(statement: Statement, setting: Typesetting, language: str) -> Markup:
    """Return the text of a statement as HTML."""
    return parted(legible(statement.text(language), setting), setting)


def parted(text: str, setting: Typesetting) -> Markup:
    """Return a text as HTML in which a name such as `sister_cities.total` may be broken at "." and "_"."""
    return Markup(_JOINT.sub(r"\1<wbr>", unbroken(text, setting.units)))


def prose_web(
    statements: Sequence[Statement], setting: Typesetting, language: str, links: FactLinks | None = None
) -> Markup:
    """Return the sentences of a paragraph as HTML with links, without spaces between Chinese ones."""
    between, text = joined(statements, setting, language)
    shown, printed = legible(text, setting), printed_in(statements, language, between)
    found = [*_INTERVAL.finditer(shown), *unit_patterns(tuple(setting.units)).intervals.finditer(shown)]
    whole = [match.span() for match in found]
    return (links or FactLinks()).html(text, shown, printed, whole, lambda piece: unbroken(piece, setting.units))


def headed(statements: Sequence[Statement], setting: Typesetting, language: str) -> Markup:
    """Return a heading as HTML; a Chinese one is broken between its clauses if they fit on a line."""
    clauses = _CLAUSE.split(legible(joined(statements, setting, language)[1], setting)) if setting.chinese else []
    if len(clauses) < 2:
        return prose_web(statements, setting, language)
    return Markup("").join(Markup(f'<span class="clause">{unbroken(each, setting.units)}</span>') for each in clauses)


def unbroken(text: str, units: Sequence[str] = ()) -> str:
    """Return a text as HTML in which no line ends inside an interval, or between a Chinese number and its unit."""
    html = _INTERVAL.sub(r'<span class="joined">\g<0></span>', str(escape(text)))
    return unit_patterns(tuple(units)).intervals.sub(r'<span class="joined">\g<0></span>', html)


def lettered(drawn: Picture, faces: FontMetricsList) -> Picture:
    """Return a picture whose labels keep the width for which they were drawn, whichever font a browser uses."""
    svg = _TEXT.sub(lambda match: _with_length(match, faces), drawn.svg.decode())
    return Picture(svg.encode(), drawn.width_mm, drawn.height_mm, drawn.alt)


def _with_length(match: re.Match[str], faces: FontMetricsList) -> str:
    style, place, text = match.groups()
    size = _POINTS.search(style)
    if not size or len(text) < 2:
        return match[0]
    bold = re.search(rf"\b{BOLD}\b|\bbold\b", style) is not None
    width = faces.width(unescape(text), float(size[1]), bold) / MM_PER_POINT
    return f'<text style="{style}"{place} textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs">{text}</text>'
