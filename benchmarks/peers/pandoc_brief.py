"""A brief as Markdown, of which Pandoc makes Word, a web page and, with Typst, a PDF; Quarto too, if it is installed.

Pandoc and Typst are the two programs that Quarto runs for `format: typst`. Pandoc comes as a Python package; Quarto
does not: its package on PyPI downloads the program from elsewhere while it is installed.
"""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pypandoc
import typst

from benchmarks.peers.content import Content, contents, rows, run
from jianbao.brief.model import Figure, Grid
from jianbao.render.product import RenderJob, metadata
from jianbao.render.word.package import rasterise
from jianbao.text.citations import runs

QUARTO = (
    "Quarto is not on the PATH: get it from https://quarto.org/docs/download/ (pip install quarto-cli downloads it too)"
)
SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~^$@\"':=&])")


def quarto() -> str:
    """Return the path of Quarto, or nothing if it is not installed."""
    return shutil.which("quarto") or ""


def escaped(text: str) -> str:
    """Return a text as Markdown that means nothing but itself."""
    return SPECIAL.sub(r"\\\1", text)


def markdown(job: RenderJob, form: str) -> str:
    """Return a brief in its first language as Markdown with pictures in a form ("svg" or "png")."""
    return "\n\n".join([_front(job), *(_shown(piece, job.product.languages[0], form) for piece in contents(job.brief))])


def _front(job: RenderJob) -> str:
    brief, language = job.brief, job.product.languages[0]
    families = "".join(f'"{name}", ' for name in job.design.theme.settings[language].families["serif"])
    day = f"datetime(year: {brief.as_of.year}, month: {brief.as_of.month}, day: {brief.as_of.day})"
    lines = [
        f"title: {escaped(brief.title.text(language))!r}",
        f"subtitle: {escaped(brief.subtitle.text(language))!r}",
        f"lang: {brief.languages[language]}",
        "papersize: a4",
        "fontsize: 9.3pt",
        "toc: true",
        "toc-depth: 1",
        f"font-paths: [{str(job.design.fonts.folder)!r}]",
        "header-includes: |",
        "  ```{=typst}",
        f"  #set text(font: ({families}))",
        f"  #set document(date: {day})",
        "  #set par(justify: true, leading: 0.62em)",
        "  ```",
    ]
    return "\n".join(["---", *lines, "---"])


def _shown(piece: Content, language: str, form: str) -> str:
    if piece.figure:
        picture = piece.figure.pictures[language]
        caption = escaped(f"{piece.figure.number}  {piece.figure.title.text(language)}") + marks(piece)
        alt = re.sub(r'["\n]', " ", picture.alt)
        return f'![{caption}]({name_of(piece.figure, language)}.{form}){{width={picture.width_mm:g}mm alt="{alt}"}}'
    if piece.table:
        return _table(piece.table, language)
    said = escaped(piece.text(language)).replace("\n", " ")
    if piece.target:
        return f"[{said}]{{#reference-{piece.target}}}"
    if piece.kind == "heading":
        return f"{'#' * piece.level} {said}"
    paragraph = f"**{said}**" if piece.kind == "label" else said
    return f"{'- ' if piece.kind == 'item' else ''}{paragraph}{marks(piece)}"


def marks(piece: Content) -> str:
    """Return the marks of references, each a link, and of rows of the evidence."""
    links = [f"[{run(each)}](#reference-{each[0]})" for each in runs(piece.references)]
    links += [f"E{run(each)}" for each in runs(piece.evidence)]
    listed = ",\\ ".join(links)  # a space within a superscript is escaped
    return f"^{listed}^" if links else ""


def _table(grid: Grid, language: str) -> str:
    lined = [[escaped(each).replace("\n", "; ") for each in row] for row in rows(grid, [language])]
    heads, *rest = (f"| {' | '.join(row)} |" for row in lined)
    ruled = f"|{' --- |' * len(lined[0])}"
    return "\n".join([heads, ruled, *rest, "", f": {escaped(grid.title.text(language))}"])


def name_of(figure: Figure, language: str) -> str:
    """Return the name of the file of a figure without its ending."""
    return f"{figure.id}.{language}"


def prepare(job: RenderJob, folder: Path) -> None:
    """Write the pictures of a brief in its first language into a folder, as SVG and, for Word, as PNG."""
    language = job.product.languages[0]
    figures = [block.figure for block in job.brief.blocks() if block.figure]
    drawn = [figure.pictures[language] for figure in figures]
    bitmaps = rasterise(drawn, job.design.fonts, metadata(job.brief, job.product))
    for figure, picture, bitmap in zip(figures, drawn, bitmaps, strict=True):
        (folder / f"{name_of(figure, language)}.svg").write_bytes(picture.svg)
        (folder / f"{name_of(figure, language)}.png").write_bytes(bitmap)


def _written(job: RenderJob, folder: Path, ending: str) -> Path:
    file = folder / f"{ending}.md"
    file.write_text(markdown(job, "png" if ending == "docx" else "svg"), "utf-8")
    return file


def _converted(job: RenderJob, folder: Path, ending: str, *options: str) -> Path:
    file = _written(job, folder, ending)
    made = folder / f"brief.{ending}"
    words = [
        pypandoc.get_pandoc_path(),
        "--standalone",
        f"--resource-path={folder}",
        *options,
        str(file),
        "-o",
        str(made),
    ]
    subprocess.run(words, cwd=folder, env=dated(job), check=True, capture_output=True)
    return made


def dated(job: RenderJob) -> dict[str, str]:
    """Return the environment of a program that is to print the edition's day as its own."""
    day = datetime(job.brief.as_of.year, job.brief.as_of.month, job.brief.as_of.day, tzinfo=UTC)
    return {**os.environ, "SOURCE_DATE_EPOCH": f"{day.timestamp():.0f}"}


def word_document(job: RenderJob, folder: Path) -> bytes:
    """Return the Word document that Pandoc makes."""
    return _converted(job, folder, "docx").read_bytes()


def web_page(job: RenderJob, folder: Path) -> bytes:
    """Return the web page that Pandoc makes, with its pictures inside."""
    return _converted(job, folder, "html", "--embed-resources").read_bytes()


def compiled(job: RenderJob, folder: Path) -> bytes:
    """Return the PDF that Typst makes of what Pandoc writes for it: PDF/A-3b, because pictures lose their texts."""
    file, fonts = _converted(job, folder, "typ"), [str(job.design.fonts.folder)]
    made = typst.compile(str(file), root=str(folder), font_paths=fonts, ignore_system_fonts=True, pdf_standards="a-3b")
    return bytes(made)


def quarto_pdf(job: RenderJob, folder: Path) -> bytes:
    """Return the PDF that Quarto makes with its own Typst."""
    return _rendered(job, folder, "typst", "pdf")


def quarto_word(job: RenderJob, folder: Path) -> bytes:
    """Return the Word document that Quarto makes."""
    return _rendered(job, folder, "docx", "docx")


def quarto_page(job: RenderJob, folder: Path) -> bytes:
    """Return the web page that Quarto makes, without what it puts into a folder beside it."""
    return _rendered(job, folder, "html", "html")


def _rendered(job: RenderJob, folder: Path, form: str, ending: str) -> bytes:
    file = _written(job, folder, ending).rename(folder / "brief.qmd")
    subprocess.run(
        [quarto(), "render", file.name, "--to", form], cwd=folder, env=dated(job), check=True, capture_output=True
    )
    return file.with_suffix(f".{ending}").read_bytes()
