"""Render a product of an edition, with the renderer of its format."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from difflib import SequenceMatcher

from jianbao.brief.assemble import ISSUER, KEYWORDS
from jianbao.brief.model import Block, Brief
from jianbao.brief.outline import PAGED, Product
from jianbao.core.errors import Place
from jianbao.render.html.page import compose_html
from jianbao.render.html.web import compose_web
from jianbao.render.ofd.document import render_ofd
from jianbao.render.pdf.figure_placement import (
    BlockExtent,
    TrialLayout,
    movable_figures,
    place_figures,
    skeleton,
    wasted_space,
)
from jianbao.render.pdf.lost_text import Origin
from jianbao.render.pdf.render import UNREADABLE, Enclosure, Metadata, measure_blocks, overruns, render_pdf, weasyprint
from jianbao.render.theme import Design
from jianbao.render.word.render import render_docx
from jianbao.text.render import Statement

SHORTEST = 2  # letters that a statement must share with the words that are searched for
_UNSEEN = re.compile("[\\s\u2060\uff5c]+")
_APART = re.compile("[;\uff1b]")
ARRANGEMENTS = 4  # the most arrangements of figures to try
FRONT, FLOWING = 'class="summary"', 'class="summary flowing"'
IDENTITY = "identity"  # the block that ends a front
FILLED = 0.75  # the share of its page that a front fills if the body begins on the next


@dataclass(frozen=True, kw_only=True)
class RenderJob:
    """A product and everything from which it is rendered.

    `brief` has the product's languages only; `wide` is the same brief with figures for wide screens. `pages` is the PDF
    of the same pages if it is already made, for a format that is made from it. `places` says where each statement is
    written, for messages.
    """

    product: Product
    brief: Brief
    wide: Brief | None
    design: Design
    enclosures: Sequence[Enclosure] = ()
    pages: bytes = b""
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def inputs(self) -> tuple[object, ...]:
        """Return everything that determines the product's bytes, besides the program and its fonts."""
        design = self.design.templates, self.design.theme
        return self.product, self.brief, self.wide, *design, tuple(self.enclosures)


def render_product(job: RenderJob) -> bytes:
    """Return the bytes of a product; raises RenderError."""
    return RENDERERS[job.product.format](job)


def metadata(brief: Brief, product: Product) -> Metadata:
    """Return the metadata of a product."""
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
    """Return the keywords of a document in the order of its languages, each once; nothing if the wording has none."""
    if KEYWORDS not in brief.words:
        return ()
    listed = (_APART.split(brief.words[KEYWORDS].text(language)) for language in languages)
    return tuple(dict.fromkeys(word.strip() for words in listed for word in words if word.strip()))


def page_html(job: RenderJob, brief: Brief) -> str:
    """Return a brief as the HTML page of the job's product."""
    return compose_html(brief, job.product.languages, job.design, f"{job.product.template}/page.html.j2")


def finished_page(job: RenderJob) -> str:
    """Return the page of a PDF: figures where they leave the least room empty, and the body where its front ends."""
    html = page_html(job, job.brief)
    front = FLOWING if FRONT in html and _front_overflows(job) else FRONT
    placed = _with_figures_placed(job, front)
    return (html if placed is job.brief else page_html(job, placed)).replace(FRONT, front)


def _front_overflows(job: RenderJob) -> bool:
    """Return whether the front does not fit one page, so that the body follows it without a new one."""
    fronts = [section for section in job.brief.sections if section.role == "summary"]
    if len(fronts) == len(job.brief.sections):
        return False
    alone = page_html(job, replace(job.brief, sections=tuple(fronts), references=()))
    extents = measure_blocks(alone, job.design.fonts)
    with_contents = any(section.role == "annex" for section in job.brief.sections)
    return bool(extents) and not _fits_page(extents, with_contents)


def _fits_page(extents: Mapping[str, BlockExtent], with_contents: bool) -> bool:
    """Return whether blocks are no longer than one page, nor much shorter if no contents follow on the next."""
    lowest = max(each.bottom / each.end for name, each in extents.items() if name != IDENTITY)
    return (with_contents or lowest >= FILLED) and not any(each.last_page for each in extents.values())


def fitted(job: RenderJob) -> tuple[RenderJob, tuple[str, ...]]:
    """Return a job whose text fits its pages, and the ids of the optional blocks left out for that, lowest rank first.

    Blocks are left out only of paged products without pages yet; no block of the returned brief is optional.
    """
    brief, gone = job.brief, list[str]()
    paged = job.product.format in PAGED and not job.pages
    ranked = [each for section in brief.sections for each in section.whole() if each.optional] if paged else []
    for rank in sorted({each.optional for each in ranked}):
        if not overruns(page_html(job, brief), job.design.fonts):
            break
        gone += [each.id for each in ranked if each.optional == rank]
        brief = _without(brief, gone)
    return replace(job, brief=_without(brief, ())), tuple(gone)


def _without(brief: Brief, gone: Collection[str]) -> Brief:
    """Return a brief without the blocks of some ids; those that remain are no longer optional."""

    def kept(blocks: Iterable[Block]) -> tuple[Block, ...]:
        return tuple(replace(each, optional=0, items=kept(each.items)) for each in blocks if each.id not in gone)

    return replace(brief, sections=tuple(replace(each, blocks=kept(each.blocks)) for each in brief.sections))


def _pdf(job: RenderJob) -> bytes:
    job = fitted(job)[0]  # only the preview's job needs it: a build has fitted its own, and lays nothing out here
    origin = origin_of(job.product.name, job.brief, job.places)
    return render_pdf(finished_page(job), job.design.fonts, metadata(job.brief, job.product), job.enclosures, origin)


def origin_of(product: str, brief: Brief, places: Mapping[str, Place]) -> Origin:
    """Return the origin of the texts of a product; `places` says where each statement is written, by its id."""
    return Origin(product, lambda text, words: find_statement(brief, places, text, words))


def find_statement(brief: Brief, places: Mapping[str, Place], text: str, words: str) -> Place | None:
    """Return the place of the statement that prints the longest part of some words; None if it is not known."""
    shown, wanted = _bare(text), _bare(words)
    found: list[tuple[int, Place]] = []
    for statement in _statements(brief):
        for printed in (_bare(sentence.text) for sentence in statement.sentences.values()):
            if statement.id in places and printed and (printed in shown or shown in printed):
                match = SequenceMatcher(None, printed, wanted, autojunk=False).find_longest_match()
                found.append((match.size, places[statement.id]))
    size, place = max(found, key=lambda each: each[0], default=(0, None))
    return place if size >= min(SHORTEST, len(wanted)) else None


def _bare(text: str) -> str:
    return _UNSEEN.sub("", text)


def _statements(value: object) -> Iterator[Statement]:
    """Yield all statements in a document or a part of it."""
    if isinstance(value, Statement):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _statements(each)
    elif isinstance(value, tuple):
        for each in value:
            yield from _statements(each)
    elif is_dataclass(value):
        for part in fields(value):
            yield from _statements(getattr(value, part.name))


def _ofd(job: RenderJob) -> bytes:
    return render_ofd(job.pages or _pdf(job), metadata(job.brief, job.product))


def _with_figures_placed(job: RenderJob, front: str) -> Brief:
    """Return the brief with the arrangement of figures that leaves the least room empty, of a few that are tried."""
    brief = job.brief
    if not movable_figures(brief):
        return brief
    html = page_html(job, skeleton(brief)).replace(FRONT, front)
    with weasyprint(job.design.fonts) as engine, suppress(*UNREADABLE):
        return _best_arrangement(brief, TrialLayout(engine.read(html)))
    return brief


def _best_arrangement(brief: Brief, trial: TrialLayout) -> Brief:
    found: list[tuple[float, Brief]] = []
    for attempt in range(ARRANGEMENTS):
        if attempt:
            trial.reorder([block.id for section in brief.sections for block in section.blocks])
        extents = trial.extents()
        found.append((wasted_space(brief, extents), brief))
        moved = place_figures(brief, extents)
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
