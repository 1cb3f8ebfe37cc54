"""A brief set by Typst, whose compiler comes as a Python package: PDF/A-3a with PDF/UA-1, or HTML.

It has the same text, figures and prepared fonts, the linked marks, the tables as attachments, and two languages beside
each other row by row.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import Path
from typing import Literal

import typst

from benchmarks.peers.content import Content, contents, rows, run
from jianbao.brief.model import Brief, Figure, Grid
from jianbao.render.pdf.render import Enclosure
from jianbao.render.product import RenderJob
from jianbao.render.theme import Theme
from jianbao.text.citations import runs

SHARES = "(71fr, 95fr)"
STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]


@dataclass(frozen=True)
class Setting:
    """What a brief is set in: its languages and the theme whose fonts it has."""

    brief: Brief
    languages: Sequence[str]
    theme: Theme

    def pair(self, cells: Sequence[str]) -> str:
        """Return a row with a cell for each language, or the one cell."""
        spoken = [f"text({self.spoken(each)}, {shown})" for each, shown in zip(self.languages, cells, strict=True)]
        return spoken[0] if len(spoken) == 1 else f"grid(columns: {SHARES}, gutter: 7mm, {', '.join(spoken)})"

    def spoken(self, language: str) -> str:
        """Return the language and the fonts of a text."""
        families = self.theme.settings[language].families["serif"]
        return f"lang: {quoted(language)}, font: ({''.join(f'{quoted(name)}, ' for name in families)})"


def quoted(text: str) -> str:
    """Return a text as Typst writes it in code."""
    return json.dumps(text, ensure_ascii=False)


def source(job: RenderJob, folder: Path) -> str:
    """Return a brief as a Typst document, whose figures are written into a folder."""
    setting = Setting(job.brief, job.product.languages, job.design.theme)
    attached = [_attached(each, folder) for each in job.enclosures]
    return "\n".join(f"#{line}" for line in (*_lines(setting, folder), *attached))


def _lines(setting: Setting, folder: Path) -> Iterator[str]:
    brief, day, languages = setting.brief, setting.brief.as_of, setting.languages
    title = quoted(brief.title.text(languages[0]))
    yield f"set document(title: {title}, date: datetime(year: {day.year}, month: {day.month}, day: {day.day}))"
    yield 'set page(paper: "a4", margin: (x: 19mm, y: 22mm), numbering: "1")'
    yield f"set text(size: 9.3pt, {setting.spoken(languages[0])})"
    yield "set par(justify: true, leading: 0.62em)"
    yield setting.pair([f"text(size: 18pt, {quoted(brief.title.text(language))})" for language in languages])
    yield setting.pair([quoted(brief.subtitle.text(language)) for language in languages])
    yield f"outline(depth: 1, title: {quoted(brief.words['contents'].text(languages[0]))})"
    for piece in contents(brief):
        yield _shown(setting, piece, folder)


def _shown(setting: Setting, piece: Content, folder: Path) -> str:
    if piece.figure:
        return setting.pair([_figure(piece, piece.figure, language, setting, folder) for language in setting.languages])
    if piece.table:
        return _table(setting, piece.table)
    label = f" <reference-{piece.target}>" if piece.target else ""
    return setting.pair([_said(piece, language) for language in setting.languages]) + label


def _said(piece: Content, language: str) -> str:
    said = quoted(piece.text(language))
    if piece.kind == "heading":
        return f"heading(level: {piece.level}, {said})"
    paragraph = f"par(strong({said}){marks(piece)})" if piece.kind == "label" else f"par({said}{marks(piece)})"
    return f"list({paragraph})" if piece.kind == "item" else paragraph


def marks(piece: Content) -> str:
    """Return the marks of references, each a link, and of rows of the evidence."""
    links = [f'link(label("reference-{each[0]}"), "{run(each)}")' for each in runs(piece.references)]
    links += [quoted(f"E{run(each)}") for each in runs(piece.evidence)]
    listed = ' + ", " + '.join(links)
    return f" + super({listed})" if links else ""


def _figure(piece: Content, figure: Figure, language: str, setting: Setting, folder: Path) -> str:
    drawing = figure.pictures[language]
    name = f"{figure.id}.{language}.svg"
    (folder / name).write_bytes(drawing.svg)
    caption = f"{quoted(f'{figure.number}  {figure.title.text(language)}')}{marks(piece)}"
    width = "100%" if len(setting.languages) > 1 else f"{drawing.width_mm}mm"
    image = f"image({quoted(name)}, width: {width}, alt: {quoted(drawing.alt)})"
    return f"figure({image}, caption: {caption}, numbering: none)"


def _table(setting: Setting, grid: Grid) -> str:
    heads, *rest = ([_lined(each) for each in row] for row in rows(grid, setting.languages))
    cells = "".join(f", {each}" for row in rest for each in row)
    widths = "".join(f"{grid.columns[places[0]].width or '1fr'}, " for places in grid.places())
    title = _lined("\n".join(grid.title.text(language) for language in setting.languages))
    made = f"table(columns: ({widths}), stroke: 0.3pt + gray, table.header({', '.join(heads)}){cells})"
    return f"text(size: 7.6pt, par(strong({title})) + {made})"


def _lined(text: str) -> str:
    return " + linebreak() + ".join(map(quoted, text.split("\n")))


def _attached(enclosure: Enclosure, folder: Path) -> str:
    name = f"enclosed-{Path(enclosure.name).name}"
    (folder / name).write_bytes(enclosure.content)
    kind = guess_type(name)[0] or "application/octet-stream"
    what = f"mime-type: {quoted(kind)}, relationship: {quoted(enclosure.relationship.lower())}"
    about = f"{what}, description: {quoted(enclosure.description)}"
    return f"pdf.attach({quoted(enclosure.name)}, read({quoted(name)}, encoding: none), {about})"


def compiled(job: RenderJob, folder: Path) -> bytes:
    """Return the PDF that Typst makes of a render job, tagged, with its tables attached."""
    file = _written(job, folder)
    fonts = [str(job.design.fonts.folder)]
    made = typst.compile(
        str(file), root=str(folder), font_paths=fonts, ignore_system_fonts=True, pdf_standards=[*STANDARDS]
    )
    return bytes(made)


def web_page(job: RenderJob, folder: Path) -> bytes:
    """Return the HTML that Typst makes of a render job, without what only pages have."""
    file = _written(job, folder)
    fonts = [str(job.design.fonts.folder)]
    return bytes(typst.compile(str(file), root=str(folder), font_paths=fonts, ignore_system_fonts=True, format="html"))


def _written(job: RenderJob, folder: Path) -> Path:
    file = folder / "brief.typ"
    file.write_text(source(job, folder), "utf-8")
    return file
