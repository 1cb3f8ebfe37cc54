"""Render one product of an edition: everything it is made from, and the renderer of each format."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jianbao.brief.assemble import ISSUER, KEYWORDS
from jianbao.brief.model import Brief
from jianbao.brief.outline import Product
from jianbao.render.html.page import compose_html
from jianbao.render.html.web import compose_web
from jianbao.render.ofd.document import render_ofd
from jianbao.render.pdf.figure_placement import TrialLayout, movable_figures, place_figures, skeleton, wasted_space
from jianbao.render.pdf.render import Enclosure, Metadata, render_pdf, with_trial_layout
from jianbao.render.theme import Design
from jianbao.render.word.render import render_docx

_APART = re.compile("[;\uff1b]")
ARRANGEMENTS = 4  # of figures among text, tried at most


@dataclass(frozen=True, kw_only=True)
class RenderJob:
    """A product and its brief, in its own languages only; `wide` has the figures of a wide screen.

    `pages` are the product's pages as PDF if these are made already, for a format that is made from them.
    """

    product: Product
    brief: Brief
    wide: Brief | None
    design: Design
    enclosures: Sequence[Enclosure] = ()
    pages: bytes = b""

    @property
    def inputs(self) -> tuple[object, ...]:
        """Return all that decides the product's bytes, besides the program and its fonts."""
        looks = self.design.templates, self.design.theme
        return self.product, self.brief, self.wide, *looks, tuple(self.enclosures)


def render_product(job: RenderJob) -> bytes:
    """Return the bytes of a product; raises RenderError."""
    return RENDERERS[job.product.format](job)


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


def page_html(job: RenderJob, brief: Brief) -> str:
    """Return a brief as the HTML page of the job's product."""
    return compose_html(brief, job.product.languages, job.design, f"{job.product.template}/page.html.j2")


def _pdf(job: RenderJob) -> bytes:
    html = page_html(job, with_figures_placed(job))
    return render_pdf(html, job.design.fonts, metadata(job.brief, job.product), job.enclosures)


def _ofd(job: RenderJob) -> bytes:
    return render_ofd(job.pages or _pdf(job), metadata(job.brief, job.product))


def with_figures_placed(job: RenderJob) -> Brief:
    """Return the brief with its figures where they leave the least room empty, of a few arrangements tried."""
    brief = job.brief
    if not movable_figures(brief):
        return brief
    html = page_html(job, skeleton(brief))
    return with_trial_layout(html, job.design.fonts, lambda trial: _arranged(brief, trial)) or brief


def _arranged(brief: Brief, trial: TrialLayout) -> Brief:
    found: list[tuple[float, Brief]] = []
    for attempt in range(ARRANGEMENTS):
        if attempt:
            trial.reorder([block.id for section in brief.sections for block in section.blocks])
        stands = trial.stands()
        found.append((wasted_space(brief, stands), brief))
        moved = place_figures(brief, stands)
        if moved == brief or not found[-1][0]:
            break
        brief = moved
    return min(found, key=lambda each: each[0])[1]


def _web(job: RenderJob) -> bytes:
    name = f"{job.product.template}/web.html.j2"
    return compose_web(job.brief, job.product.languages, job.design, name, job.wide).encode()


def _word(job: RenderJob) -> bytes:
    about = metadata(job.brief, job.product)
    return render_docx(job.brief, job.product.languages, job.design.theme, job.design.fonts, about)


RENDERERS: dict[str, Callable[[RenderJob], bytes]] = {"pdf": _pdf, "ofd": _ofd, "html": _web, "docx": _word}
