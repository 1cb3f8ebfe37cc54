"""The last three stages of a build: an assessed edition is written, drawn and rendered as its products."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.approval import Approval, approval_of, marked
from jianbao.argument.catalogue import Entry, titles_of
from jianbao.assessment import Assessment, Documents, Report
from jianbao.crew import Crew, Work
from jianbao.documents import Problems
from jianbao.dossier import FURNITURE
from jianbao.errors import ContentError, Problem, raise_all
from jianbao.figures.charts import draw as draw_chart
from jianbao.figures.drawing import Drawing
from jianbao.figures.lettering import Face, Faces
from jianbao.figures.spec import FigureSpec, Size
from jianbao.figures.style import Palette
from jianbao.forme import Forme, impression
from jianbao.inspection import Design
from jianbao.publication.brief import Brief, Drawn, Picture, illustrated, spoken_in
from jianbao.publication.captions import Captions
from jianbao.publication.designation import other_names
from jianbao.publication.outline import Product
from jianbao.publication.page import FULL_WIDTH, HALF_WIDTH, column_widths
from jianbao.publication.pdf import Enclosure
from jianbao.publication.speaker import Speaker
from jianbao.publication.standing import StandingType
from jianbao.publication.web import SCREEN_WIDTH

Composed = Mapping[tuple[str, float], Brief]


@dataclass(frozen=True)
class Written:
    """What an edition says: its documents, without figures or pages, and where their items stand."""

    assessment: Assessment
    documents: Documents
    approval: Approval


@dataclass(frozen=True)
class Drawings:
    """What an edition says, with its figures by id and width in mm, and what could not be said in them.

    `sketches` are the drawings by what they were commissioned with, those of earlier editions too.
    """

    written: Written
    design: Design
    figures: Mapping[tuple[str, float], Drawn]
    unsaid: tuple[Problem, ...]
    sketches: "tuple[tuple[Commission, Sketch], ...]"


def written_of(assessment: Assessment, documents: Documents) -> Written:
    """Return what an assessed edition says; raises ContentError with all that cannot be said."""
    raise_all(documents.problems, ContentError)
    return Written(assessment=assessment, documents=documents, approval=approval_of(assessment, documents))


def render(
    drawings: Drawings,
    products: Sequence[Product],
    enclosures: Sequence[Enclosure],
    hands: Crew,
    kept: StandingType | None = None,
    report: Report = lambda _: None,
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each product; the pages take longest and are rendered first.

    What was kept is not rendered again, and what is rendered is kept at once, so that a build that breaks off has not
    lost it. Raises ContentError for what cannot be said, RenderError for pages that cannot be as they are designed.
    """
    ordered = sorted(products, key=lambda product: product.format != "pdf")
    composed = compose(drawings, compositions(ordered))
    jobs = [_job(forme_of(product, composed, drawings.design, enclosures), kept) for product in ordered]
    standing = {job.forme.product: found for job in jobs if (found := _standing(job)) is not None}
    due = [job for job in jobs if job.forme.product not in standing]
    made = hands.results(Work(_impression, due, lambda job: report(f"rendering {job.forme.product.name}")))
    standing |= {job.forme.product: content for job, content in zip(due, made, strict=True)}
    for product in ordered:
        yield product.name, standing[product]


@dataclass(frozen=True)
class _Job:
    """A product to be rendered, and the name under which it is kept."""

    forme: Forme
    kept: StandingType | None
    key: str


def _job(forme: Forme, kept: StandingType | None) -> _Job:
    return _Job(forme, kept, kept.key("product", *forme.inputs) if kept else "")


def _standing(job: _Job) -> bytes | None:
    found = job.kept.find(job.key) if job.kept else None
    return found[job.forme.product.name] if found else None


def _impression(job: _Job) -> bytes:
    content = impression(job.forme)
    if job.kept:
        job.kept.keep(job.key, {job.forme.product.name: content})
    return content


def forme_of(product: Product, composed: Composed, design: Design, enclosures: Sequence[Enclosure] = ()) -> Forme:
    """Return all that a product is rendered from, in its own languages."""
    brief, *others = (spoken_in(composed[need], product.languages) for need in needs(product))
    return Forme(
        product=product,
        brief=brief,
        wide=others[0] if others else None,
        templates=design.templates,
        theme=design.theme,
        fonts=design.fonts,
        enclosures=enclosures,
    )


def needs(product: Product) -> tuple[tuple[str, float], ...]:
    """Return the compositions that a product shows: its template, and the width in mm of its figures."""
    first = product.template, figure_width(product)
    wide = product.format == "html" and not product.parallel
    return (first, (product.template, SCREEN_WIDTH)) if wide else (first,)


def compositions(products: Iterable[Product]) -> tuple[tuple[str, float], ...]:
    """Return what products show, each once: a template, and the width in mm of its figures."""
    return tuple(dict.fromkeys(need for product in products for need in needs(product)))


def figure_width(product: Product) -> float:
    """Return the width in mm for which the figures of a product are drawn."""
    if product.format == "docx":
        return FULL_WIDTH
    return HALF_WIDTH if product.parallel or product.format == "html" else FULL_WIDTH


def compose(drawings: Drawings, needed: Iterable[tuple[str, float]]) -> Composed:
    """Return documents with their figures and their state, by template and the width of their figures in mm.

    Raises ContentError with all that cannot be said.
    """
    return {(template, width): _composed(drawings, template, width) for template, width in needed}


def _composed(drawings: Drawings, template: str, width: float) -> Brief:
    written = drawings.written
    dossier = written.assessment.dossier
    speaker = Speaker(written.assessment.ledger, dossier.writers, dossier.sections)
    figures = {spec.id: drawings.figures[spec.id, wide] for spec, wide in _called(written, template, width)}
    brief = illustrated(written.documents.briefs[template], figures)
    brief = marked(brief, template, written.approval, speaker, dossier.series.draft)
    raise_all(dict.fromkeys((*speaker.problems, *drawings.unsaid)), ContentError)
    return brief


def _called(written: Written, template: str, width: float) -> list[tuple[FigureSpec, float]]:
    """Return the figures that a template's text calls for, each with its width in mm."""
    order = [block.figure.id for block in written.documents.briefs[template].blocks() if block.figure]
    widths = dict(zip(order, column_widths(template, len(order), width), strict=True))
    return [(spec, widths[spec.id]) for spec in written.assessment.dossier.figures if spec.id in widths]


@dataclass(frozen=True)
class Commission:
    """A figure to be drawn in one language; the speaker's ledger holds no facts but those that it shows or names."""

    spec: FigureSpec
    language: str
    size: Size
    speaker: Speaker
    words: Entry
    others: Mapping[str, Mapping[str, str]]
    faces: Faces
    palette: Palette


Sketch = tuple[Drawing, Problems]


def sketches(commissions: Sequence[Commission]) -> list[Sketch]:
    """Return the drawing of each commission, and all that could not be said in it."""
    return [_sketch(commission) for commission in commissions]


def _sketch(commission: Commission) -> Sketch:
    speaker = replace(commission.speaker, problems=[])
    words = Captions(speaker, commission.language, commission.words, commission.others)
    shown = speaker.ledger, words, commission.size, commission.faces, commission.palette
    return draw_chart(commission.spec, *shown), speaker.problems


def draw(
    written: Written,
    design: Design,
    compositions: Iterable[tuple[str, float]],
    hands: Crew,
    sketches: Sequence[tuple[Commission, Sketch]] = (),
) -> Drawings:
    """Draw, in every language, the figures that templates call for at a width; `sketches` are not drawn again."""
    wanted: dict[float, dict[str, FigureSpec]] = {}
    for template, width in dict.fromkeys(compositions):
        for spec, wide in _called(written, template, width):
            wanted.setdefault(wide, {})[spec.id] = spec
    unsaid: Problems = []
    commissions = list(_commissions(written, design, wanted, unsaid)) if wanted else []
    known, found = _sketched(commissions, sketches, hands)
    figures: dict[tuple[str, float], Drawn] = {}
    for commission, (drawing, problems) in found:
        unsaid.extend(problems)
        picture = Picture(drawing.svg, drawing.width_mm, drawing.height_mm, "")
        place = commission.spec.id, commission.size.width_mm
        pictures = figures[place][1] if place in figures else {}
        figures[place] = drawing.facts, {**pictures, commission.language: picture}
    return Drawings(written=written, design=design, figures=figures, unsaid=tuple(unsaid), sketches=tuple(known))


Sketched = list[tuple[Commission, Sketch]]


def _sketched(
    wanted: Sequence[Commission], before: Sequence[tuple[Commission, Sketch]], hands: Crew
) -> tuple[Sketched, Sketched]:
    """Return all sketches, those that are used now last, and the wanted ones in their order.

    Those of one size and language that are due are drawn by one worker.
    """
    known, due = [each for each, _ in before], dict[tuple[float, str], list[Commission]]()
    for each in wanted:
        if each not in known:
            due.setdefault((each.size.width_mm, each.language), []).append(each)
    made = hands.results(Work(sketches, list(due.values())))
    everything = list(before)
    for commissions, drawn in zip(due.values(), made, strict=True):
        everything.extend(zip(commissions, drawn, strict=True))
    found = [next(pair for pair in everything if pair[0] == each) for each in wanted]
    everything.sort(key=lambda pair: any(pair is each for each in found))
    return everything, found


def _commissions(
    written: Written, design: Design, wanted: Mapping[float, Mapping[str, FigureSpec]], unsaid: Problems
) -> Iterator[Commission]:
    dossier, colours = written.assessment.dossier, design.theme.colours
    speaker = Speaker(written.assessment.ledger, dossier.writers, dossier.sections)
    titles = titles_of(dossier.advice_words)
    others = other_names(speaker, dossier.framework, titles)
    unsaid.extend(speaker.problems)
    sections = {FURNITURE: dossier.sections[FURNITURE]}
    palette = Palette(highlight=colours["accent"], ink=colours["ink"], muted=colours["muted"])
    faces = {language: _faces(design, language) for language in dossier.series.languages}
    for width, specs in wanted.items():
        for spec in specs.values():
            words = dossier.figure_words[spec.id]
            read = (fact for wording in words.wordings() for fact in wording.reads)
            own = Speaker(speaker.ledger.under((*spec.facts.values(), *read)), dossier.writers, sections)
            for language in dossier.series.languages:
                yield Commission(
                    spec=spec,
                    language=language,
                    size=Size(width),
                    speaker=own,
                    words=words,
                    others=others,
                    faces=faces[language],
                    palette=palette,
                )


def _faces(design: Design, language: str) -> Faces:
    families, path = design.theme.settings[language].families["sans"], design.fonts.path
    return Faces(tuple(Face(name, path(name), path(name, 700)) for name in families))
