"""The press: an assessed edition, said, drawn and numbered for each template, becomes the files of its products."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from jianbao.approval import Approval, approval_of, marked
from jianbao.argument.catalogue import Entry, titles_of
from jianbao.assessment import Assessment
from jianbao.crew import Crew, Work
from jianbao.documents import Problems
from jianbao.dossier import FURNITURE
from jianbao.errors import ContentError, raise_all
from jianbao.figures.charts import draw
from jianbao.figures.drawing import Drawing
from jianbao.figures.lettering import Face, Faces
from jianbao.figures.spec import FigureSpec, Size
from jianbao.figures.style import Palette
from jianbao.forme import Forme, impression
from jianbao.publication.brief import Brief, Drawn, Picture, illustrated, spoken_in
from jianbao.publication.captions import Captions
from jianbao.publication.designation import other_names
from jianbao.publication.fonts import Fonts
from jianbao.publication.outline import Product
from jianbao.publication.page import FULL_WIDTH, HALF_WIDTH, column_widths
from jianbao.publication.pdf import Enclosure
from jianbao.publication.speaker import Speaker
from jianbao.publication.standing import StandingType
from jianbao.publication.templates import Templates
from jianbao.publication.theme import Theme
from jianbao.publication.web import SCREEN_WIDTH

Report = Callable[[str], None]


@dataclass(frozen=True)
class Press:
    """All that the products of an edition are made from; what is drawn or composed once is kept for the next one.

    `sketched` are drawings by what they were commissioned with, of an earlier press too.
    """

    assessment: Assessment
    fonts: Fonts
    theme: Theme
    templates: Templates
    enclosures: Sequence[Enclosure] = ()
    report: Report = lambda _: None
    drawn: dict[tuple[str, float], Drawn] = field(default_factory=dict)
    briefs: dict[tuple[str, float], Brief] = field(default_factory=dict)
    unsaid: Problems = field(default_factory=list)
    sketched: list[tuple["Commission", "Sketch"]] = field(default_factory=list)

    @cached_property
    def approval(self) -> Approval:
        """Return where the items of the edition stand."""
        return approval_of(self.assessment)


def print_products(
    press: Press, products: Sequence[Product], hands: Crew, kept: StandingType | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each product; the pages take longest and are set first.

    What was kept is not set again, and what is set is kept at once, so that a build that breaks off has not lost it.
    """
    ordered = sorted(products, key=lambda product: product.format != "pdf")
    draw_figures(press, [need for product in ordered for need in needs(product)], hands)
    jobs = [_job(forme_of(press, product), kept) for product in ordered]
    standing = {job.forme.product: found for job in jobs if (found := _standing(job)) is not None}
    due = [job for job in jobs if job.forme.product not in standing]
    made = hands.results(Work(_impression, due, lambda job: press.report(f"setting {job.forme.product.name}")))
    standing |= {job.forme.product: content for job, content in zip(due, made, strict=True)}
    for product in ordered:
        yield product.name, standing[product]


@dataclass(frozen=True)
class _Job:
    """A product to be printed, and the name under which it is kept."""

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


def printed(press: Press, product: Product, hands: Crew) -> tuple[bytes, Brief]:
    """Return the bytes of a product, and the brief that it shows."""
    draw_figures(press, needs(product), hands)
    forme = forme_of(press, product)
    press.report(f"setting {product.name}")
    return impression(forme), composed(press, product.template, figure_width(product))


def forme_of(press: Press, product: Product) -> Forme:
    """Return all that a product is printed from, in its own languages; raises ContentError as `composed`."""
    brief, *others = (
        spoken_in(composed(press, template, width), product.languages) for template, width in needs(product)
    )
    wide = others[0] if others else None
    return Forme(product, brief, wide, press.templates, press.theme, press.fonts, press.enclosures)


def needs(product: Product) -> tuple[tuple[str, float], ...]:
    """Return the compositions that a product shows: its template, and the width in mm of its figures."""
    first = product.template, figure_width(product)
    wide = product.format == "html" and not product.parallel
    return (first, (product.template, SCREEN_WIDTH)) if wide else (first,)


def figure_width(product: Product) -> float:
    """Return the width in mm for which the figures of a product are drawn."""
    if product.format == "docx":
        return FULL_WIDTH
    return HALF_WIDTH if product.parallel or product.format == "html" else FULL_WIDTH


def composed(press: Press, template: str, width: float) -> Brief:
    """Say, draw and number all of a template; raises ContentError with all that cannot be said."""
    if (template, width) not in press.briefs:
        press.briefs[template, width] = _composed(press, template, width)
    return press.briefs[template, width]


def _composed(press: Press, template: str, width: float) -> Brief:
    draw_figures(press, [(template, width)], Crew())
    dossier = press.assessment.dossier
    speaker = Speaker(press.assessment.ledger, dossier.writers, dossier.sections)
    drawn = {spec.id: press.drawn[spec.id, wide] for spec, wide in _called(press, template, width)}
    brief = illustrated(_said(press, template), drawn)
    brief = marked(brief, template, press.approval, speaker, dossier.series.draft)
    raise_all(dict.fromkeys((*speaker.problems, *press.unsaid)), ContentError)
    return brief


def _called(press: Press, template: str, width: float) -> list[tuple[FigureSpec, float]]:
    """Return the figures that a template's text calls for, each with its width in mm."""
    order = [block.figure.id for block in _said(press, template).blocks() if block.figure]
    widths = dict(zip(order, column_widths(template, len(order), width), strict=True))
    return [(spec, widths[spec.id]) for spec in press.assessment.dossier.figures if spec.id in widths]


def _said(press: Press, template: str) -> Brief:
    """Return a template's document as it is said, without pictures; raises ContentError if not all can be said."""
    drafts = press.assessment.drafts
    raise_all(drafts.problems, ContentError)
    return drafts.briefs[template]


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
    return draw(commission.spec, *shown), speaker.problems


def draw_figures(press: Press, compositions: Iterable[tuple[str, float]], hands: Crew) -> None:
    """Draw, in every language, the figures that compositions call for and that are not drawn yet."""
    wanted: dict[float, list[FigureSpec]] = {}
    for spec, width in (each for needed in dict.fromkeys(compositions) for each in _called(press, *needed)):
        if (spec.id, width) not in press.drawn and spec not in wanted.setdefault(width, []):
            wanted[width].append(spec)
    if not any(wanted.values()):
        return
    press.report("drawing the figures")
    for commission, (drawing, unsaid) in _sketched(press, list(_commissions(press, wanted)), hands):
        press.unsaid.extend(unsaid)
        picture = Picture(drawing.svg, drawing.width_mm, drawing.height_mm, "")
        place = commission.spec.id, commission.size.width_mm
        pictures = press.drawn[place][1] if place in press.drawn else {}
        press.drawn[place] = drawing.facts, {**pictures, commission.language: picture}


def _sketched(press: Press, wanted: Sequence[Commission], hands: Crew) -> list[tuple[Commission, Sketch]]:
    """Return commissions with their sketches; those of one size and language that are due are drawn by one worker."""
    known, due = [each for each, _ in press.sketched], dict[tuple[float, str], list[Commission]]()
    for each in wanted:
        if each not in known:
            due.setdefault((each.size.width_mm, each.language), []).append(each)
    made = hands.results(Work(sketches, list(due.values())))
    for commissions, drawn in zip(due.values(), made, strict=True):
        press.sketched.extend(zip(commissions, drawn, strict=True))
    found = [next(pair for pair in press.sketched if pair[0] == each) for each in wanted]
    press.sketched.sort(key=lambda pair: any(pair is each for each in found))  # what was used last stands last
    return found


def _commissions(press: Press, wanted: Mapping[float, Sequence[FigureSpec]]) -> Iterator[Commission]:
    dossier, colours = press.assessment.dossier, press.theme.colours
    speaker = Speaker(press.assessment.ledger, dossier.writers, dossier.sections)
    titles = titles_of(dossier.advice_words)
    others = other_names(speaker, dossier.framework, titles)
    press.unsaid.extend(speaker.problems)
    sections = {FURNITURE: dossier.sections[FURNITURE]}
    palette = Palette(highlight=colours["accent"], ink=colours["ink"], muted=colours["muted"])
    faces = {language: _faces(press, language) for language in dossier.series.languages}
    for width, specs in wanted.items():
        for spec in specs:
            words = dossier.figure_words[spec.id]
            read = (fact for wording in words.wordings() for fact in wording.reads)
            own = Speaker(speaker.ledger.under((*spec.facts.values(), *read)), dossier.writers, sections)
            for language in dossier.series.languages:
                yield Commission(spec, language, Size(width), own, words, others, faces[language], palette)


def _faces(press: Press, language: str) -> Faces:
    families, path = press.theme.settings[language].families["sans"], press.fonts.path
    return Faces(tuple(Face(name, path(name), path(name, 700)) for name in families))
