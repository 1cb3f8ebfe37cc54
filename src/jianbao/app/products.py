"""Take the steps of the last three stages of a build: write, draw and render an assessed edition as its products."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from jianbao.app.approval import Approval, approval_of, marked, places_of
from jianbao.app.assess import Assessment, Documents, Report, renderer_of
from jianbao.app.project import FURNITURE
from jianbao.brief.figure_data import FigureWords, figure_data, in_one_scale
from jianbao.brief.model import JOINT, Brief, Drawn, FigureData, Picture, illustrated, spoken_in
from jianbao.brief.outline import FORMATS, HALF, PAGED, Product
from jianbao.brief.phrases import FACTS, ChartText, ChartTexts, PhraseRenderer, other_names
from jianbao.charts.charts import ChartImage
from jianbao.charts.charts import draw as draw_chart
from jianbao.charts.spec import FigureSpec, Size
from jianbao.charts.style import Palette
from jianbao.charts.text_metrics import FontMetrics, FontMetricsList
from jianbao.core.cache import BuildCache
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError, Problem, raise_all
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.core.workers import TaskList, Workers
from jianbao.render.html.page import FULL_WIDTH, HALF_WIDTH, column_widths
from jianbao.render.html.web import SCREEN_WIDTH
from jianbao.render.pdf.render import Enclosure
from jianbao.render.product import RenderJob, fitted, render_product
from jianbao.render.theme import Design
from jianbao.text.text_entries import TextEntry

RENDERING = tr_later("rendering {product} ({begun} of {count})")


class DocumentVariant(NamedTuple):
    """A document as a product shows it: its template, the width of its figures in mm, and their languages.

    With a `layout` ("zh-en") the figures have labels in both languages at once, else there is a figure for each
    language. With `data` the data of each figure are shown beside it.
    """

    template: str
    width: float
    layout: str = ""
    data: bool = False

    def fits(self, layout: str) -> bool:
        """Return whether a figure with labels in a layout belongs to the document."""
        return layout == self.layout if self.layout else JOINT not in layout


BriefsByVariant = Mapping[DocumentVariant, Brief]
Files = dict[str, bytes]  # a product's file by name, and the ids of the blocks that it leaves out
LEFT_OUT = "left out"


@dataclass(frozen=True)
class WrittenEdition:
    """A written edition: its documents without figures or pages, and the approval of their items."""

    assessment: Assessment
    documents: Documents
    approval: Approval


@dataclass(frozen=True, kw_only=True)
class DrawnEdition:
    """A written edition with its figures by id and width in mm, each by layout, and the problems of their labels.

    `sketches` has the requests and their drawings, also those of earlier states, for reuse.
    """

    written: WrittenEdition
    design: Design
    figures: Mapping[tuple[str, float], Drawn]
    text_problems: tuple[Problem, ...]
    sketches: "tuple[tuple[FigureRequest, DrawnChart], ...]"


def write_edition(assessment: Assessment, documents: Documents) -> WrittenEdition:
    """Return the written edition of an assessment; raises ContentError with all sentences that fail."""
    raise_all(documents.problems, ContentError)
    return WrittenEdition(assessment=assessment, documents=documents, approval=approval_of(assessment, documents))


def render(
    drawings: DrawnEdition,
    *,
    products: Sequence[Product],
    enclosures: Sequence[Enclosure],
    workers: Workers,
    cache: BuildCache | None = None,
    report: Report = lambda _: None,
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each product; PDFs take longest and are rendered first.

    A product in the cache is not rendered again, and a rendered one is cached at once, so that an interrupted build
    does not lose it. Raises ContentError for sentences that fail, RenderError for pages that do not fit their design.
    """
    ordered = sorted(products, key=lambda product: product.format not in PAGED)
    composed = compose_briefs(drawings, needed_by_all(ordered))
    places = places_of(drawings.written.assessment.project)
    made = (job_of(product, composed, drawings.design, enclosures) for product in ordered)
    jobs = [_job(replace(job, places=places), cache) for job in made]
    cached = {each.job.product: files for each in jobs if each.cache and (files := each.cache.find(each.key))}
    tasks = _by_pages(jobs, cached)
    begin = partial(_report_begun, report, tasks)
    for rendered in workers.results(TaskList(do=_rendered_together, tasks=tasks, on_start=begin)):
        cached |= rendered
    for product in ordered:
        if left_out := cached[product].get(LEFT_OUT):
            names = tr_list(left_out.decode().split())
            report(tr("{product} is full, and leaves out what is optional: {names}", product=product.name, names=names))
        yield product.name, cached[product][product.name]


@dataclass(frozen=True)
class _Job:
    """A product to be rendered, and its key in the cache."""

    job: RenderJob
    cache: BuildCache | None
    key: str


def _report_begun(report: Report, tasks: Sequence[Sequence["_Job"]], due: Sequence["_Job"]) -> None:
    """Report which products are rendered now, and how many of the due products have begun, including these."""
    place = next(at for at, task in enumerate(tasks, 1) if task is due)
    begun, count = (sum(map(len, some)) for some in (tasks[:place], tasks))
    names = tr_list(each.job.product.name for each in due)
    report(tr(RENDERING, product=names, begun=begun, count=count))


def _job(job: RenderJob, cache: BuildCache | None) -> _Job:
    return _Job(job, cache, cache.key("product", *job.inputs) if cache else "")


def _by_pages(jobs: Sequence[_Job], cached: Mapping[Product, Files]) -> list[tuple[_Job, ...]]:
    """Return the jobs to be rendered; those with the same pages are one task, and get pages that are cached already."""
    due: dict[Product, list[_Job]] = {}
    for each in jobs:
        product = each.job.product
        pages = replace(product, format=PAGED[0]) if product.format in PAGED else product
        if product not in cached:
            made = cached.get(pages, {}).get(pages.name, b"") if product.format in PAGED else b""
            due.setdefault(pages, []).append(replace(each, job=replace(each.job, pages=made)))
    return [tuple(sorted(group, key=lambda each: FORMATS.index(each.job.product.format))) for group in due.values()]


def _rendered_together(due: Sequence[_Job]) -> dict[Product, Files]:
    """Render products with the same pages one after another, and cache each at once."""
    rendered: dict[Product, Files] = {}
    pages = due[0].job.pages
    for each in due:
        job, left_out = fitted(replace(each.job, pages=pages))
        content = render_product(job)
        pages = pages or content
        files = {job.product.name: content} | ({LEFT_OUT: " ".join(left_out).encode()} if left_out else {})
        if each.cache:
            each.cache.keep(each.key, files)
        rendered[job.product] = files
    return rendered


def job_of(product: Product, drawn: BriefsByVariant, design: Design, enclosures: Sequence[Enclosure] = ()) -> RenderJob:
    """Return the complete input for rendering a product, in its languages."""
    brief, *others = (spoken_in(drawn[variant], product.languages) for variant in needed_documents(product))
    wide = others[0] if others else None
    return RenderJob(product=product, brief=brief, wide=wide, design=design, enclosures=enclosures)


def needed_documents(product: Product) -> tuple[DocumentVariant, ...]:
    """Return the documents that a product shows; a web page has figures for a telephone and for a screen."""
    layout = JOINT.join(product.languages) if product.parallel else ""
    first = DocumentVariant(product.template, figure_width(product), layout, product.format == "html")
    return (first, first._replace(width=SCREEN_WIDTH, data=False)) if product.format == "html" else (first,)


def needed_by_all(products: Iterable[Product]) -> tuple[DocumentVariant, ...]:
    """Return the documents that products show, each once."""
    return tuple(dict.fromkeys(variant for product in products for variant in needed_documents(product)))


def figure_width(product: Product) -> float:
    """Return the width in mm for which the figures of a product are drawn."""
    return HALF_WIDTH if product.format == "html" else FULL_WIDTH


def compose_briefs(drawings: DrawnEdition, needed: Iterable[DocumentVariant]) -> BriefsByVariant:
    """Return the needed documents with their figures and their approval.

    Raises ContentError with all phrases that fail.
    """
    return {variant: _composed(drawings, variant) for variant in needed}


def _composed(drawings: DrawnEdition, variant: DocumentVariant) -> Brief:
    written, template = drawings.written, variant.template
    project = written.assessment.project
    renderer = renderer_of(written.assessment)
    figures: dict[str, Drawn] = {}
    for spec, wide in _figures_used(written, template, variant.width):
        facts, pictures = drawings.figures[spec.id, wide]
        figures[spec.id] = facts, {layout: each for layout, each in pictures.items() if variant.fits(layout)}
    behind = dict(_data(written, renderer, figures)) if variant.data else None
    brief = illustrated(written.documents.briefs[template], figures, behind)
    brief = marked(brief, template, written.approval, renderer, project.series.draft)
    raise_all(dict.fromkeys((*renderer.problems, *drawings.text_problems)), ContentError)
    return brief


def _data(
    written: WrittenEdition, renderer: PhraseRenderer, figures: Mapping[str, Drawn]
) -> Iterator[tuple[str, FigureData]]:
    """Yield the id and the data of each figure."""
    project = written.assessment.project
    others = other_names(project.framework, project.rules)
    for spec in project.figures:
        if spec.id in figures:
            words = FigureWords(renderer, project.figure_words[spec.id], others)
            yield spec.id, figure_data(spec, figures[spec.id][0], words)


def _figures_used(written: WrittenEdition, template: str, width: float) -> list[tuple[FigureSpec, float]]:
    """Return the figures that a template's text uses, each with its width in mm."""
    order = [block.figure for block in written.documents.briefs[template].blocks() if block.figure]
    widths = {
        figure.id: min(wide, HALF_WIDTH) if figure.width == HALF else wide
        for figure, wide in zip(order, column_widths(template, len(order), width), strict=True)
    }
    return [(spec, widths[spec.id]) for spec in written.assessment.project.figures if spec.id in widths]


@dataclass(frozen=True, kw_only=True)
class FigureRequest:
    """A figure to be drawn with labels in a layout; the renderer's ledger has only the facts that it needs."""

    spec: FigureSpec
    layout: str
    size: Size
    renderer: PhraseRenderer
    words: TextEntry
    others: Mapping[str, Mapping[str, str]]
    faces: FontMetricsList
    palette: Palette


DrawnChart = tuple[ChartImage, Problems]


def draw_requests(requests: Sequence[FigureRequest]) -> list[DrawnChart]:
    """Return the drawing of each request, with the problems of its labels."""
    return [draw_request(request) for request in requests]


def draw_request(request: FigureRequest) -> DrawnChart:
    """Return the drawing of a request, with the problems of its labels."""
    renderer = in_one_scale(replace(request.renderer, problems=[]), request.spec)
    texts = [ChartText(renderer, each, request.words, request.others) for each in request.layout.split(JOINT)]
    words = ChartTexts(tuple(texts)) if len(texts) > 1 else texts[0]
    shown = renderer.ledger, words, request.size, request.faces
    return draw_chart(request.spec, *shown, palette=request.palette), renderer.problems


def draw(
    written: WrittenEdition,
    design: Design,
    variants: Iterable[DocumentVariant],
    workers: Workers,
    sketches: Sequence[tuple[FigureRequest, DrawnChart]] = (),
) -> DrawnEdition:
    """Draw the figures that documents use, in every language or in a layout; those in `sketches` are reused."""
    wanted: dict[tuple[float, str], dict[str, FigureSpec]] = {}
    for variant in dict.fromkeys(variants):
        for spec, wide in _figures_used(written, variant.template, variant.width):
            for layout in (variant.layout,) if variant.layout else written.assessment.project.series.languages:
                wanted.setdefault((wide, layout), {})[spec.id] = spec
    text_problems: Problems = []
    known, drawn = _draw_new([*figure_requests(written.assessment, design, wanted)], sketches, workers)
    figures: dict[tuple[str, float], Drawn] = {}
    for request, (drawing, problems) in drawn:
        text_problems.extend(problems)
        picture = Picture(drawing.svg, drawing.width_mm, drawing.height_mm, "")
        place = request.spec.id, request.size.width_mm
        figures[place] = drawing.facts, {**figures.get(place, ((), {}))[1], request.layout: picture}
    return DrawnEdition(
        written=written, design=design, figures=figures, text_problems=tuple(text_problems), sketches=tuple(known)
    )


DrawnRequests = list[tuple[FigureRequest, DrawnChart]]


def _draw_new(
    wanted: Sequence[FigureRequest], before: Sequence[tuple[FigureRequest, DrawnChart]], workers: Workers
) -> tuple[DrawnRequests, DrawnRequests]:
    """Return all sketches, those in use last, and the wanted ones in order.

    New ones of the same size and layout are drawn by one worker.
    """
    known, due = [each for each, _ in before], dict[tuple[float, str], list[FigureRequest]]()
    for each in wanted:
        if each not in known:
            due.setdefault((each.size.width_mm, each.layout), []).append(each)
    results = workers.results(TaskList(do=draw_requests, tasks=list(due.values())))
    everything = list(before)
    for requests, drawn in zip(due.values(), results, strict=True):
        everything.extend(zip(requests, drawn, strict=True))
    requested = [next(pair for pair in everything if pair[0] == each) for each in wanted]
    everything.sort(key=lambda pair: any(pair is each for each in requested))
    return everything, requested


def figure_requests(
    assessment: Assessment, design: Design, wanted: Mapping[tuple[float, str], Mapping[str, FigureSpec]]
) -> Iterator[FigureRequest]:
    """Yield a request for each wanted figure; they are given by the width in mm and the layout of their labels."""
    project, colours, renderer = assessment.project, design.theme.colours, renderer_of(assessment)
    others = other_names(project.framework, project.rules)
    sections = {key: project.sections[key] for key in (FURNITURE, FACTS) if key in project.sections}
    palette = Palette(highlight=colours["accent"], ink=colours["ink"], muted=colours["muted"])
    for (width, layout), specs in wanted.items():
        for spec in specs.values():
            words = project.figure_words[spec.id]
            read = (fact for wording in words.wordings() for fact in wording.reads)
            own = PhraseRenderer(
                ledger=renderer.ledger.under((*spec.facts.values(), *read)), writers=project.writers, sections=sections
            )
            yield FigureRequest(
                spec=spec,
                layout=layout,
                size=Size(width),
                renderer=own,
                words=words,
                others=others,
                faces=_faces(design, layout),
                palette=palette,
            )


def _faces(design: Design, layout: str) -> FontMetricsList:
    """Return the font metrics of a language, or of two: for lines with Han characters, and for lines without."""
    path = design.fonts.path
    settings = sorted((design.theme.settings[each] for each in layout.split(JOINT)), key=lambda each: not each.chinese)
    metrics = [
        tuple(FontMetrics(family=name, regular=path(name), bold=path(name, 700)) for name in each.families["sans"])
        for each in settings
    ]
    return FontMetricsList(metrics[0], metrics[1] if len(metrics) > 1 else ())
