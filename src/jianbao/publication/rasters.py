"""Figures as pictures of dots: set like a page, then turned into PNG.

An office program letters an SVG with the fonts of whoever opens it, and labels run into each other; a PNG is the same
everywhere.
"""

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO

import pypdfium2
from markupsafe import Markup

from jianbao.publication.brief import Picture
from jianbao.publication.fonts import Fonts
from jianbao.publication.pdf import Metadata, render_pdf

DPI = 300
POINTS = 72
COLOURS = 128  # a figure has a dozen, and their blends along the edges

_PAGE = Markup("@page sheet{} {{ size: {:.3f}mm {:.3f}mm; margin: 0 }}")
_SHEET = Markup('<div style="page: sheet{}"><img alt="{}" src="data:image/svg+xml;base64,{}"></div>')
_WHOLE = Markup(
    '<html lang="{}"><head><title>{}</title><style>body {{ margin: 0 }} '
    "img {{ display: block; width: 100% }} {}</style></head><body>{}</body></html>"
)


def rasterise(pictures: Sequence[Picture], fonts: Fonts, metadata: Metadata) -> tuple[bytes, ...]:
    """Return each picture as PNG at its own size, lettered with our fonts alone; RenderError as of `render_pdf`."""
    if not pictures:
        return ()
    sizes = (_PAGE.format(number, each.width_mm, each.height_mm) for number, each in enumerate(pictures))
    sheets = (_SHEET.format(number, each.alt, b64encode(each.svg).decode()) for number, each in enumerate(pictures))
    html = _WHOLE.format(metadata.languages[0], metadata.title, Markup("").join(sizes), Markup("").join(sheets))
    document = pypdfium2.PdfDocument(render_pdf(str(html), fonts, metadata))
    try:
        return tuple(_png(document[number]) for number in range(len(pictures)))
    finally:
        document.close()


def _png(page: pypdfium2.PdfPage) -> bytes:
    written = BytesIO()
    image = page.render(scale=DPI / POINTS).to_pil()
    image.quantize(COLOURS).save(written, "PNG", dpi=(DPI, DPI), optimize=True)
    return written.getvalue()
