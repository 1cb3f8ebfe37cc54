"""The press: an assessed edition, said, drawn and numbered for each template, becomes the files of its products."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from jianbao.approval import Approval, approval_of, marked
from jianbao.assessment import Assessment
from jianbao.errors import ContentError, raise_all
from jianbao.figures.charts import draw
from jianbao.figures.lettering import Face, Faces
from jianbao.figures.spec import FigureSpec, Size
from jianbao.figures.style import Palette
from jianbao.inspection import manuscript_of
from jianbao.publication.brief import Brief, Picture
from jianbao.publication.captions import Captions
from jianbao.publication.composition import called_figures
from jianbao.publication.editor import edit
from jianbao.publication.fonts import Fonts
from jianbao.publication.outline import Product
from jianbao.publication.page import FULL_WIDTH, HALF_WIDTH, column_widths, compose_html
from jianbao.publication.pdf import Enclosure, Metadata, measure_blocks, render_pdf
from jianbao.publication.settling import settle, skeleton, wasted
from jianbao.publication.speaker import Speaker
from jianbao.publication.templates import Templates
from jianbao.publication.theme import Theme
from jianbao.publication.web import SCREEN_WIDTH, compose_web
from jianbao.publication.word import render_docx

ARRANGEMENTS = 4  # of figures among text, tried at most
Drawn = tuple[tuple[str, ...], Mapping[str, Picture]]
Report = Callable[[str], None]


@dataclass(frozen=True)
class Press:
    """All that the products of an edition are made from; what is drawn or composed once is kept for the next one."""

    assessment: Assessment
    fonts: Fonts
    theme: Theme
    templates: Templates
    enclosures: Sequence[Enclosure] = ()
    report: Report = lambda _: None
    drawn: dict[tuple[str, float], Drawn] = field(default_factory=dict)
    briefs: dict[tuple[str, float], Brief] = field(default_factory=dict)

    @cached_property
    def approval(self) -> Approval:
        """Return where the items of the edition stand."""
        return approval_of(self.assessment)


def print_products(press: Press, products: Sequence[Product]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the bytes of each product."""
    for product in products:
        yield product.name, printed(press, product)[0]


def printed(press: Press, product: Product) -> tuple[bytes, Brief]:
    """Return the bytes of a product, and the brief that it shows."""
    brief = composed(press, product.template, figure_width(product))
    press.report(f"setting {product.name}")
    return PRINTERS[product.format](press, brief, product), brief


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
    dossier = press.assessment.dossier
    speaker = Speaker(press.assessment.ledger, dossier.writers, dossier.sections)
    manuscript = manuscript_of(press.assessment, speaker, template)
    spoken = [speaker.section(part.name) for part in manuscript.parts if part.kind == "section"]
    order = called_figures(spoken)
    widths = dict(zip(order, column_widths(template, len(order), width), strict=True))
    called = [spec for spec in dossier.figures if spec.id in widths]
    if any((spec.id, widths[spec.id]) not in press.drawn for spec in called):
        press.report("drawing the figures")
    drawn = {spec.id: _drawn(press, spec, speaker, widths[spec.id]) for spec in called}
    shown = {spec_id: facts for spec_id, (facts, _) in drawn.items()}
    brief = edit(manuscript, shown, {spec_id: pictures for spec_id, (_, pictures) in drawn.items()})
    brief = marked(brief, template, press.approval, speaker, dossier.series.draft)
    raise_all(dict.fromkeys(speaker.problems), ContentError)
    return brief


def _drawn(press: Press, spec: FigureSpec, speaker: Speaker, width: float) -> Drawn:
    """Return the facts that a figure shows, and its picture in every language."""
    if (spec.id, width) not in press.drawn:
        dossier, colours = press.assessment.dossier, press.theme.colours
        others = _other_names(press.assessment, speaker)
        palette = Palette(highlight=colours["accent"], ink=colours["ink"], muted=colours["muted"])
        pictures: dict[str, Picture] = {}
        facts: tuple[str, ...] = ()
        for language in dossier.series.languages:
            words = Captions(speaker, language, dossier.figure_words[spec.id], others)
            faces = _faces(press, language)
            drawing = draw(spec, press.assessment.ledger, words, Size(width), faces, palette)
            pictures[language] = Picture(drawing.svg, drawing.width_mm, drawing.height_mm, "")
            facts = drawing.facts
        press.drawn[spec.id, width] = facts, pictures
    return press.drawn[spec.id, width]


def _other_names(assessment: Assessment, speaker: Speaker) -> dict[str, Mapping[str, str]]:
    """Return what figures call the nodes of the framework and the rules."""
    dossier = assessment.dossier
    names: dict[str, Mapping[str, str]] = {node.id: node.name for node in dossier.framework.components()}
    for rule, entry in dossier.advice_words.items():
        title = speaker.say(entry.parts["title"])
        if title:
            names[rule] = {language: title.text(language) for language in dossier.writers}
    return names


def _faces(press: Press, language: str) -> Faces:
    families, path = press.theme.settings[language].families["sans"], press.fonts.path
    return Faces(tuple(Face(name, path(name), path(name, 700)) for name in families))


def _pdf(press: Press, brief: Brief, product: Product) -> bytes:
    html = _page(press, _settled(press, brief, product), product)
    return render_pdf(html, press.fonts, _metadata(brief, product), press.enclosures)


def _page(press: Press, brief: Brief, product: Product) -> str:
    name = f"{product.template}/page.html.j2"
    return compose_html(brief, product.languages, press.templates, press.theme, press.fonts, name)


def _metadata(brief: Brief, product: Product) -> Metadata:
    first = product.languages[0]
    return Metadata(
        title=brief.title.text(first),
        languages=tuple(brief.languages[language] for language in product.languages),
        day=brief.as_of,
        subject=brief.subtitle.text(first),
    )


def _settled(press: Press, brief: Brief, product: Product) -> Brief:
    """Return the brief with its figures where they leave the least room empty, of a few arrangements tried."""
    found: list[tuple[float, Brief]] = []
    for _ in range(ARRANGEMENTS):
        stands = measure_blocks(_page(press, skeleton(brief), product), press.fonts)
        found.append((wasted(brief, stands), brief))
        settled = settle(brief, stands)
        if settled == brief or not found[-1][0]:
            break
        brief = settled
    return min(found, key=lambda each: each[0])[1]


def _web(press: Press, brief: Brief, product: Product) -> bytes:
    name = f"{product.template}/web.html.j2"
    wide = None if product.parallel else composed(press, product.template, SCREEN_WIDTH)
    return compose_web(brief, product.languages, press.templates, press.theme, press.fonts, name, wide).encode()


def _word(press: Press, brief: Brief, product: Product) -> bytes:
    return render_docx(brief, product.languages, press.theme, press.fonts, _metadata(brief, product))


PRINTERS: dict[str, Callable[[Press, Brief, Product], bytes]] = {"pdf": _pdf, "html": _web, "docx": _word}
