"""Figures as pictures of dots: set like a page, then turned into PNG.

An office program letters an SVG with the fonts of whoever opens it, and labels run into each other; a PNG is the same
everywhere.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any

import pypdfium2
from markupsafe import Markup

from jianbao.publication.brief import Picture
from jianbao.publication.emblem import Emblem
from jianbao.publication.fonts import Fonts
from jianbao.publication.pdf import Metadata, render_pdf

DPI = 300
POINTS = 72
COLOURS = 128  # a figure has a dozen, and their blends along the edges

_PAGE = Markup("@page sheet{} {{ size: {:.3f}mm {:.3f}mm; margin: 0 }}")
_SHEET = Markup('<div style="page: sheet{}"><img alt="{}" src="data:image/svg+xml;base64,{}"></div>')
# A room for a drawing of any proportions, which stands at its left.
_FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><image href="{address}" '
    'width="{width}" height="{height}" preserveAspectRatio="xMinYMid meet"/></svg>'
)
_WHOLE = Markup(
    '<html lang="{}"><head><title>{}</title><style>body {{ margin: 0 }} '
    "img {{ display: block; width: 100% }} {}</style></head><body>{}</body></html>"
)


def rasterise(pictures: Sequence[Picture], fonts: Fonts, metadata: Metadata) -> tuple[bytes, ...]:
    """Return each picture as PNG at its own size, lettered with our fonts alone; RenderError as of `render_pdf`."""
    return tuple(_png(image) for image in _drawn(pictures, fonts, metadata)) if pictures else ()


def struck(emblem: Emblem, alt: str, room: tuple[float, float], fonts: Fonts, metadata: Metadata) -> bytes:
    """Return an emblem as PNG at its largest in a room, in mm, and no wider than it is."""
    width, height = room
    framed = _FRAME.format(width=width, height=height, address=emblem.address)
    (image,) = _drawn([Picture(framed.encode(), width, height, alt)], fonts, metadata)
    inked = image.convert("L").point([*range(255, -1, -1)]).getbbox()
    return _png(image.crop((0, 0, inked[2], image.height)) if inked else image)


def _drawn(pictures: Sequence[Picture], fonts: Fonts, metadata: Metadata) -> Iterator[Any]:
    sizes = (_PAGE.format(number, each.width_mm, each.height_mm) for number, each in enumerate(pictures))
    sheets = (_SHEET.format(number, each.alt, b64encode(each.svg).decode()) for number, each in enumerate(pictures))
    html = _WHOLE.format(metadata.languages[0], metadata.title, Markup("").join(sizes), Markup("").join(sheets))
    document = pypdfium2.PdfDocument(render_pdf(str(html), fonts, metadata))
    try:
        for page in document:
            yield page.render(scale=DPI / POINTS).to_pil()
    finally:
        document.close()


def _png(image: Any) -> bytes:
    written = BytesIO()
    image.quantize(COLOURS).save(written, "PNG", dpi=(DPI, DPI), optimize=True)
    return written.getvalue()
