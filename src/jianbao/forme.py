"""The forme: all that one product is printed from, locked up, and its printing."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jianbao.publication.brief import Brief
from jianbao.publication.editor import ISSUER, KEYWORDS
from jianbao.publication.fonts import Fonts
from jianbao.publication.galley import Galley
from jianbao.publication.outline import Product
from jianbao.publication.page import compose_html
from jianbao.publication.pdf import Enclosure, Metadata, in_galley, render_pdf
from jianbao.publication.settling import movable, settle, skeleton, wasted
from jianbao.publication.templates import Templates
from jianbao.publication.theme import Theme
from jianbao.publication.web import compose_web
from jianbao.publication.word import render_docx

_APART = re.compile("[;\uff1b]")
ARRANGEMENTS = 4  # of figures among text, tried at most


@dataclass(frozen=True)
class Forme:
    """A product and its brief, in its own languages only; `wide` has the figures of a wide screen."""

    product: Product
    brief: Brief
    wide: Brief | None
    templates: Templates
    theme: Theme
    fonts: Fonts
    enclosures: Sequence[Enclosure] = ()

    @property
    def inputs(self) -> tuple[object, ...]:
        """Return all that decides the product's bytes, besides the program and its fonts."""
        return self.product, self.brief, self.wide, self.templates, self.theme, tuple(self.enclosures)


def impression(forme: Forme) -> bytes:
    """Return the bytes of a product; raises RenderError."""
    return PRINTERS[forme.product.format](forme)


def metadata(brief: Brief, product: Product) -> Metadata:
    """Return what a product says of itself."""
    first = product.languages[0]
    return Metadata(
        title=brief.title.text(first),
        languages=tuple(brief.languages[language] for language in product.languages),
        day=brief.as_of,
        author=brief.words[ISSUER].text(first) if ISSUER in brief.words else "",
        subject=brief.subtitle.text(first),
        keywords=keywords(brief, product.languages),
    )


def keywords(brief: Brief, languages: Sequence[str]) -> tuple[str, ...]:
    """Return the words under which a document is found, in the order of its languages; none if none are written."""
    if KEYWORDS not in brief.words:
        return ()
    listed = (_APART.split(brief.words[KEYWORDS].text(language)) for language in languages)
    return tuple(dict.fromkeys(word.strip() for words in listed for word in words if word.strip()))


def page(forme: Forme, brief: Brief) -> str:
    """Return a brief as the page of the forme's product."""
    name = f"{forme.product.template}/page.html.j2"
    return compose_html(brief, forme.product.languages, forme.templates, forme.theme, forme.fonts, name)


def _pdf(forme: Forme) -> bytes:
    html = page(forme, settled(forme))
    return render_pdf(html, forme.fonts, metadata(forme.brief, forme.product), forme.enclosures)


def settled(forme: Forme) -> Brief:
    """Return the brief with its figures where they leave the least room empty, of a few arrangements tried."""
    brief = forme.brief
    if not movable(brief):
        return brief
    return in_galley(page(forme, skeleton(brief)), forme.fonts, lambda galley: _arranged(brief, galley)) or brief


def _arranged(brief: Brief, galley: Galley) -> Brief:
    found: list[tuple[float, Brief]] = []
    for attempt in range(ARRANGEMENTS):
        if attempt:
            galley.reorder([block.id for section in brief.sections for block in section.blocks])
        stands = galley.stands()
        found.append((wasted(brief, stands), brief))
        moved = settle(brief, stands)
        if moved == brief or not found[-1][0]:
            break
        brief = moved
    return min(found, key=lambda each: each[0])[1]


def _web(forme: Forme) -> bytes:
    name = f"{forme.product.template}/web.html.j2"
    languages, fonts = forme.product.languages, forme.fonts
    return compose_web(forme.brief, languages, forme.templates, forme.theme, fonts, name, forme.wide).encode()


def _word(forme: Forme) -> bytes:
    about = metadata(forme.brief, forme.product)
    return render_docx(forme.brief, forme.product.languages, forme.theme, forme.fonts, about)


PRINTERS: dict[str, Callable[[Forme], bytes]] = {"pdf": _pdf, "html": _web, "docx": _word}
