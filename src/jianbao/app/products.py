"""The last three stages of a build: an assessed edition is written, drawn and rendered as its products."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.app.approval import Approval, approval_of, marked
from jianbao.app.assess import Assessment, Documents, Report
from jianbao.app.project import FURNITURE
from jianbao.brief.model import Brief, Drawn, Picture, illustrated, spoken_in
from jianbao.brief.outline import Product
from jianbao.brief.phrases import ChartText, PhraseRenderer, other_names
from jianbao.brief.sections import HALF
from jianbao.charts.charts import draw as draw_chart
from jianbao.charts.spec import FigureSpec, Size
from jianbao.charts.style import Palette
from jianbao.charts.svg import ChartImage
from jianbao.charts.text_metrics import FontMetrics, FontMetricsList
from jianbao.core.cache import BuildCache
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError, Problem, raise_all
from jianbao.core.messages import tr
from jianbao.core.workers import TaskList, Workers
from jianbao.render.html.page import FULL_WIDTH, HALF_WIDTH, column_widths
from jianbao.render.html.web import SCREEN_WIDTH
from jianbao.render.pdf.render import Enclosure
from jianbao.render.product import RenderJob, render_product
from jianbao.render.theme import Design
from jianbao.text.entries import TextEntry

Composed = Mapping[tuple[str, float], Brief]


@dataclass(frozen=True)
class WrittenEdition:
    """What an edition says: its documents, without figures or pages, and where their items stand."""

    assessment: Assessment
    documents: Documents
    approval: Approval


@dataclass(frozen=True, kw_only=True)
class DrawnEdition:
    """What an edition says, with its figures by id and width in mm, and what could not be said in them.

    `sketches` are the drawings by what they were commissioned with, those of earlier editions too.
    """

    written: WrittenEdition
    design: Design
    figures: Mapping[tuple[str, float], Drawn]
    unsaid: tuple[Problem, ...]
    sketches: "tuple[tuple[FigureRequest, DrawnChart], ...]"


def write_edition(assessment: Assessment, documents: Documents) -> WrittenEdition:
    """Return what an assessed edition says; raises ContentError with all that cannot be said."""
    raise_all(documents.problems, ContentError)
    return WrittenEdition(assessment=assessment, documents=documents, approval=approval_of(assessment, documents))


def render(
    drawings: DrawnEdition,
    products: Sequence[Product],
    enclosures: Sequence[Enclosure],
    workers: Workers,
    kept: BuildCache | None = None,
    report: Report = lambda _: None,
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each product; the pages take longest and are rendered first.

    What was kept is not rendered again, and what is rendered is kept at once, so that a build that breaks off has not
    lost it. Raises ContentError for what cannot be said, RenderError for pages that cannot be as they are designed.
    """
    ordered = sorted(products, key=lambda product: product.format != "pdf")
    composed = compose_briefs(drawings, needed_by_all(ordered))
    jobs = [_job(job_of(product, composed, drawings.design, enclosures), kept) for product in ordered]
    standing = {cached_job.job.product: found for cached_job in jobs if (found := _standing(cached_job)) is not None}
    due = [cached_job for cached_job in jobs if cached_job.job.product not in standing]
    made = workers.results(
        TaskList(
            do=_impression,
            tasks=due,
            on_start=lambda cached_job: report(tr("rendering {product}", product=cached_job.job.product.name)),
        )
    )
    standing |= {cached_job.job.product: content for cached_job, content in zip(due, made, strict=True)}
    for product in ordered:
        yield product.name, standing[product]


@dataclass(frozen=True)
class _Job:
    """A product to be rendered, and the name under which it is kept."""

    job: RenderJob
    kept: BuildCache | None
    key: str


def _job(job: RenderJob, kept: BuildCache | None) -> _Job:
    return _Job(job, kept, kept.key("product", *job.inputs) if kept else "")


def _standing(cached_job: _Job) -> bytes | None:
    found = cached_job.kept.find(cached_job.key) if cached_job.kept else None
    return found[cached_job.job.product.name] if found else None


def _impression(cached_job: _Job) -> bytes:
    content = render_product(cached_job.job)
    if cached_job.kept:
        cached_job.kept.keep(cached_job.key, {cached_job.job.product.name: content})
    return content


def job_of(product: Product, composed: Composed, design: Design, enclosures: Sequence[Enclosure] = ()) -> RenderJob:
    """Return all that a product is rendered from, in its own languages."""
    brief, *others = (spoken_in(composed[need], product.languages) for need in needed_documents(product))
    return RenderJob(
        product=product,
        brief=brief,
        wide=others[0] if others else None,
        design=design,
        enclosures=enclosures,
    )


def needed_documents(product: Product) -> tuple[tuple[str, float], ...]:
    """Return the compositions that a product shows: its template, and the width in mm of its figures."""
    first = product.template, figure_width(product)
    wide = product.format == "html" and not product.parallel
    return (first, (product.template, SCREEN_WIDTH)) if wide else (first,)


def needed_by_all(products: Iterable[Product]) -> tuple[tuple[str, float], ...]:
    """Return what products show, each once: a template, and the width in mm of its figures."""
    return tuple(dict.fromkeys(need for product in products for need in needed_documents(product)))


def figure_width(product: Product) -> float:
    """Return the width in mm for which the figures of a product are drawn."""
    if product.format == "docx":
        return FULL_WIDTH
    return HALF_WIDTH if product.parallel or product.format == "html" else FULL_WIDTH


def compose_briefs(drawings: DrawnEdition, needed: Iterable[tuple[str, float]]) -> Composed:
    """Return documents with their figures and their state, by template and the width of their figures in mm.

    Raises ContentError with all that cannot be said.
    """
    return {(template, width): _composed(drawings, template, width) for template, width in needed}


def _composed(drawings: DrawnEdition, template: str, width: float) -> Brief:
    written = drawings.written
    project = written.assessment.project
    renderer = PhraseRenderer(written.assessment.ledger, project.writers, project.sections)
    figures = {spec.id: drawings.figures[spec.id, wide] for spec, wide in _called(written, template, width)}
    brief = illustrated(written.documents.briefs[template], figures)
    brief = marked(brief, template, written.approval, renderer, project.series.draft)
    raise_all(dict.fromkeys((*renderer.problems, *drawings.unsaid)), ContentError)
    return brief


def _called(written: WrittenEdition, template: str, width: float) -> list[tuple[FigureSpec, float]]:
    """Return the figures that a template's text calls for, each with its width in mm."""
    order = [block.figure for block in written.documents.briefs[template].blocks() if block.figure]
    widths = {
        figure.id: min(wide, HALF_WIDTH) if figure.width == HALF else wide
        for figure, wide in zip(order, column_widths(template, len(order), width), strict=True)
    }
    return [(spec, widths[spec.id]) for spec in written.assessment.project.figures if spec.id in widths]


@dataclass(frozen=True, kw_only=True)
class FigureRequest:
    """A figure to be drawn in one language; the speaker's ledger holds no facts but those that it shows or names."""

    spec: FigureSpec
    language: str
    size: Size
    renderer: PhraseRenderer
    words: TextEntry
    others: Mapping[str, Mapping[str, str]]
    faces: FontMetricsList
    palette: Palette


DrawnChart = tuple[ChartImage, Problems]


def draw_requests(requests: Sequence[FigureRequest]) -> list[DrawnChart]:
    """Return the drawing of each commission, and all that could not be said in it."""
    return [_sketch(request) for request in requests]


def _sketch(request: FigureRequest) -> DrawnChart:
    renderer = replace(request.renderer, problems=[])
    words = ChartText(renderer, request.language, request.words, request.others)
    shown = renderer.ledger, words, request.size, request.faces, request.palette
    return draw_chart(request.spec, *shown), renderer.problems


def draw(
    written: WrittenEdition,
    design: Design,
    compositions: Iterable[tuple[str, float]],
    workers: Workers,
    sketches: Sequence[tuple[FigureRequest, DrawnChart]] = (),
) -> DrawnEdition:
    """Draw, in every language, the figures that templates call for at a width; `sketches` are not drawn again."""
    wanted: dict[float, dict[str, FigureSpec]] = {}
    for template, width in dict.fromkeys(compositions):
        for spec, wide in _called(written, template, width):
            wanted.setdefault(wide, {})[spec.id] = spec
    unsaid: Problems = []
    requests = list(_commissions(written, design, wanted)) if wanted else []
    known, found = _sketched(requests, sketches, workers)
    figures: dict[tuple[str, float], Drawn] = {}
    for request, (drawing, problems) in found:
        unsaid.extend(problems)
        picture = Picture(drawing.svg, drawing.width_mm, drawing.height_mm, "")
        place = request.spec.id, request.size.width_mm
        pictures = figures[place][1] if place in figures else {}
        figures[place] = drawing.facts, {**pictures, request.language: picture}
    return DrawnEdition(written=written, design=design, figures=figures, unsaid=tuple(unsaid), sketches=tuple(known))


Sketched = list[tuple[FigureRequest, DrawnChart]]


def _sketched(
    wanted: Sequence[FigureRequest], before: Sequence[tuple[FigureRequest, DrawnChart]], workers: Workers
) -> tuple[Sketched, Sketched]:
    """Return all sketches, those that are used now last, and the wanted ones in their order.

    Those of one size and language that are due are drawn by one worker.
    """
    known, due = [each for each, _ in before], dict[tuple[float, str], list[FigureRequest]]()
    for each in wanted:
        if each not in known:
            due.setdefault((each.size.width_mm, each.language), []).append(each)
    made = workers.results(TaskList(do=draw_requests, tasks=list(due.values())))
    everything = list(before)
    for requests, drawn in zip(due.values(), made, strict=True):
        everything.extend(zip(requests, drawn, strict=True))
    found = [next(pair for pair in everything if pair[0] == each) for each in wanted]
    everything.sort(key=lambda pair: any(pair is each for each in found))
    return everything, found


def _commissions(
    written: WrittenEdition, design: Design, wanted: Mapping[float, Mapping[str, FigureSpec]]
) -> Iterator[FigureRequest]:
    project, colours = written.assessment.project, design.theme.colours
    renderer = PhraseRenderer(written.assessment.ledger, project.writers, project.sections)
    others = other_names(project.framework, project.rules)
    sections = {FURNITURE: project.sections[FURNITURE]}
    palette = Palette(highlight=colours["accent"], ink=colours["ink"], muted=colours["muted"])
    faces = {language: _faces(design, language) for language in project.series.languages}
    for width, specs in wanted.items():
        for spec in specs.values():
            words = project.figure_words[spec.id]
            read = (fact for wording in words.wordings() for fact in wording.reads)
            own = PhraseRenderer(renderer.ledger.under((*spec.facts.values(), *read)), project.writers, sections)
            for language in project.series.languages:
                yield FigureRequest(
                    spec=spec,
                    language=language,
                    size=Size(width),
                    renderer=own,
                    words=words,
                    others=others,
                    faces=faces[language],
                    palette=palette,
                )


def _faces(design: Design, language: str) -> FontMetricsList:
    families, path = design.theme.settings[language].families["sans"], design.fonts.path
    return FontMetricsList(
        tuple(FontMetrics(family=name, regular=path(name), bold=path(name, 700)) for name in families)
    )
