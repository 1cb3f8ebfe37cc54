"""A peer: the same brief, from the same facts and figures, set by Typst, whose compiler comes as a Python package.

It is set in the same prepared fonts, with the same sections, paragraphs, lists, measures, figures, tables,
references and linked marks, two languages beside each other row by row. benchmarks/README.md says what it lacks.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import typst

from jianbao.brief.model import Block, Brief, Figure, Grid, Reference
from jianbao.brief.reference_numbers import runs
from jianbao.render.product import RenderJob
from jianbao.render.theme import Theme
from jianbao.text.render import Statement

SHARES = "(71fr, 95fr)"
LISTS = ("bullets", "box")
Cell = Callable[[str], str]


@dataclass(frozen=True)
class Setting:
    """What a brief is set in: its languages and the theme whose fonts and colours it has."""

    brief: Brief
    languages: Sequence[str]
    theme: Theme

    def pair(self, cell: Cell) -> str:
        """Return a row with a cell for each language, or the one cell."""
        cells = [f"text({self.spoken(language)}, {cell(language)})" for language in self.languages]
        return cells[0] if len(cells) == 1 else f"grid(columns: {SHARES}, gutter: 7mm, {', '.join(cells)})"

    def heading(self, statements: Iterable[Statement], level: int = 1) -> str:
        """Return a heading."""
        return self.pair(lambda language: f"heading(level: {level}, {said(statements, language)})")

    def entry(self, reference: Reference) -> str:
        """Return an entry of the list of references, to which the marks lead."""
        shown = self.pair(lambda language: quoted(f"[{reference.number}] {reference.entries[language]}"))
        return f"{shown} <reference-{reference.number}>"

    def spoken(self, language: str) -> str:
        """Return the language and the fonts of a text."""
        families = self.theme.settings[language].families["serif"]
        return f"lang: {quoted(language)}, font: ({''.join(f'{quoted(name)}, ' for name in families)})"


def quoted(text: str) -> str:
    """Return a text as Typst writes it in code."""
    return json.dumps(text, ensure_ascii=False)


def said(statements: Iterable[Statement], language: str) -> str:
    """Return sentences as one text."""
    return quoted(("" if language == "zh" else " ").join(each.text(language) for each in statements))


def marks(noted: Block | Figure | Grid) -> str:
    """Return the marks of references, each a link, and of rows of the evidence."""
    links = [f'link(label("reference-{one}"), "{_run(one, last)}")' for one, last in runs(noted.references)]
    links += [quoted(f"E{_run(one, last)}") for one, last in runs(noted.evidence)]
    listed = ' + ", " + '.join(links)
    return f" + super({listed})" if links else ""


def _run(first: int, last: int) -> str:
    return f"{first}" if first == last else f"{first}–{last}"


def source(job: RenderJob, folder: Path) -> str:
    """Return a brief as a Typst document, whose figures are written into a folder."""
    setting = Setting(job.brief, job.product.languages, job.design.theme)
    return "\n".join(f"#{line}" for line in _lines(setting, folder))


def _lines(setting: Setting, folder: Path) -> Iterator[str]:
    brief, day = setting.brief, setting.brief.as_of
    title = quoted(brief.title.text(setting.languages[0]))
    yield f"set document(title: {title}, date: datetime(year: {day.year}, month: {day.month}, day: {day.day}))"
    yield 'set page(paper: "a4", margin: (x: 19mm, y: 22mm), numbering: "1")'
    yield "set text(size: 9.3pt)"
    yield "set par(justify: true, leading: 0.62em)"
    yield setting.pair(lambda language: f"text(size: 18pt, {quoted(brief.title.text(language))})")
    yield setting.pair(lambda language: quoted(brief.subtitle.text(language)))
    yield f"outline(depth: 1, title: {said([brief.words['contents']], setting.languages[0])})"
    for section in brief.sections:
        yield setting.heading([section.title])
        for block in section.blocks:
            yield from _block(setting, block, folder)
    yield setting.heading([brief.words["references"]])
    yield from map(setting.entry, brief.references)


def _block(setting: Setting, block: Block, folder: Path) -> Iterator[str]:
    if block.figure:
        yield _figure(setting, block.figure, folder)
    elif block.table:
        yield _table(setting, block.table)
    elif block.kind == "heading":
        yield setting.heading(block.statements, block.level)
    elif block.kind in LISTS:
        yield setting.pair(lambda language: f"par({said(block.statements, language)})")
        yield from (_item(setting, item) for item in block.items)
    else:
        yield setting.pair(lambda language: f"par({said(block.statements, language)}{marks(block)})")
        for item in block.items:
            yield from _block(setting, item, folder)
    for label, inside in block.parts:
        yield setting.heading([label], 4)
        for each in inside:
            yield from _block(setting, each, folder)


def _item(setting: Setting, item: Block) -> str:
    return setting.pair(lambda language: f"list(par({said(item.statements, language)}{marks(item)}))")


def _figure(setting: Setting, figure: Figure, folder: Path) -> str:
    def drawn(language: str) -> str:
        drawing = figure.pictures[language]
        name = f"{figure.id}.{language}.svg"
        (folder / name).write_bytes(drawing.svg)
        caption = f"{quoted(f'{figure.number}  ')} + {said([figure.title], language)}{marks(figure)}"
        width = "100%" if len(setting.languages) > 1 else f"{drawing.width_mm}mm"
        image = f"image({quoted(name)}, width: {width}, alt: {quoted(drawing.alt)})"
        return f"figure({image}, caption: {caption}, numbering: none)"

    return setting.pair(drawn)


def _table(setting: Setting, grid: Grid) -> str:
    def cell(statement: Statement) -> str:
        found = dict.fromkeys(said([statement], language) for language in setting.languages)
        return " + linebreak() + ".join(found)

    heads = ", ".join(cell(column.head) for column in grid.columns)
    cells = "".join(f", {cell(each)}" for row in grid.rows for each in row)
    widths = "".join(f"{column.width or '1fr'}, " for column in grid.columns)
    title = cell(grid.title)
    fonts = setting.spoken(setting.languages[0])
    made = f"table(columns: ({widths}), stroke: 0.3pt + gray, table.header({heads}){cells})"
    return f"text({fonts}, size: 7.6pt, strong({title}) + {made})"


def compiled(job: RenderJob, folder: Path) -> bytes:
    """Return the PDF that Typst makes of a render job."""
    file = folder / "brief.typ"
    file.write_text(source(job, folder), "utf-8")
    fonts = [str(job.design.fonts.folder)]
    return bytes(typst.compile(str(file), root=str(folder), font_paths=fonts, ignore_system_fonts=True))
