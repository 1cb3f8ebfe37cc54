"""Make files of single figures, for a talk or a paper: SVG with title and description, PDF, and PNG."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

import pypdfium2
from markupsafe import Markup, escape
from PIL.Image import Dither, Quantize

from jianbao.brief.model import Picture
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import picture_html
from jianbao.render.pdf.render import Metadata, render_pdf

DPI, COLOURS = 300, 256
POINTS_PER_INCH = 72
SLACK = 0.02  # mm by which a page is higher than its figure, so that rounding never begins another page
_ROOT = re.compile("<svg ([^>]*)>")


@dataclass(frozen=True, kw_only=True)
class FigureFile:
    """A figure that stands alone: its picture with the alternative text, its title, and its language as BCP 47 tag."""

    picture: Picture
    title: str
    tag: str


def figure_svg(figure: FigureFile) -> bytes:
    """Return the figure as SVG with real text, and with title and description for screen readers.

    The description is left out if the figure has no alternative text.
    """
    named = Markup('<svg {} role="img" lang="{}" aria-labelledby="title{}">\n <title id="title">{}</title>')
    described = Markup('\n <desc id="description">{}</desc>').format(figure.picture.alt) if figure.picture.alt else ""

    def begun(root: re.Match[str]) -> str:
        also = " description" if described else ""
        return str(named.format(Markup(root[1]), figure.tag, also, figure.title) + described)

    return _ROOT.sub(begun, figure.picture.svg.decode(), count=1).encode()


def figures_pdf(figures: Sequence[FigureFile], fonts: Fonts, metadata: Metadata) -> bytes:
    """Return figures as PDF with embedded fonts, each on a page of its size; raises the errors of `render_pdf`."""
    return render_pdf(_pages(figures, metadata), fonts, metadata)


def figure_pngs(pdf: bytes) -> list[bytes]:
    """Return each page of a PDF as PNG with DPI dots per inch, on white."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [_png(page) for page in document]
    finally:
        document.close()


def _png(page: pypdfium2.PdfPage) -> bytes:
    """Return a page as PNG with a palette: a figure has few colours, and the file is a third of the size."""
    content = BytesIO()
    picture = page.render(scale=DPI / POINTS_PER_INCH).to_pil()
    picture = picture.quantize(COLOURS, method=Quantize.MAXCOVERAGE, dither=Dither.NONE)
    picture.save(content, format="PNG", dpi=(DPI, DPI), optimize=True)
    return content.getvalue()


def _pages(figures: Iterable[FigureFile], metadata: Metadata) -> str:
    """Return the HTML of pages with a figure each."""
    sizes, pictures = [], []
    for number, figure in enumerate(figures, 1):
        wide, high = figure.picture.width_mm, figure.picture.height_mm
        sizes.append(
            f"@page figure{number} {{ size: {wide:.3f}mm {high + SLACK:.3f}mm; margin: 0 }}\n"
            f".figure{number} {{ page: figure{number}; width: {wide:.3f}mm; height: {high:.3f}mm }}"
        )
        pictures.append(
            Markup('<img class="figure{}" lang="{}" src="{}" alt="{}">').format(
                number, figure.tag, picture_html(figure.picture), figure.picture.alt or figure.title
            )
        )
    style = "\n".join(("body { margin: 0 }", "img { display: block }", *sizes))
    head = f'<meta charset="utf-8"><title>{escape(metadata.title)}</title><style>{style}</style>'
    body = "\n".join(pictures)
    return f'<!DOCTYPE html>\n<html lang="{metadata.languages[0]}"><head>{head}</head><body>{body}</body></html>'
