"""Render HTML as tagged PDF/A-3a and PDF/UA-1, reproducibly and without fetching anything."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from xml.etree import ElementTree

from weasyprint import HTML, Attachment
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from jianbao.core.documents import whole_number
from jianbao.core.errors import OverrunError, Place, Problem, RenderError, raise_all
from jianbao.core.messages import NO_TEXT, Translatable, tr, trn, verbatim
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.templates import built_in_text
from jianbao.render.pdf import weasyprint_patches
from jianbao.render.pdf.figure_placement import MM_PER_PIXEL, BlockExtent, TrialLayout
from jianbao.render.pdf.ink import ink_faults
from jianbao.render.pdf.lost_text import UNKNOWN, LostText, Origin, lost_texts, recorded_texts
from jianbao.render.pdf.weasyprint_patches import bodies


class LockedFetcher(URLFetcher):  # type: ignore[misc]
    """Fetches `data:` URLs only; any other raises FatalURLFetchingError and stops the rendering."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the content of a `data:` URL."""
        if not url.startswith("data:"):
            raise FatalURLFetchingError(f"'{url}' is outside the page")
        return super().fetch(url, headers)


VARIANT = "pdf/a-3a"
PAGE_LIMIT_ATTRIBUTE = "data-pages"  # the attribute of the body with the most pages that the template allows
PAGE = "page"
SHEET, ROOMY = 'class="sheet"', 'class="sheet roomy"'  # a sheet that is set larger as long as its text fits
PT = 72 / 96  # points in a pixel
# Raised for a page that asks for a file or an address, and for one whose elements are nested too deeply
UNREADABLE = (FatalURLFetchingError, RecursionError)
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
ALONE = tr("a page reads no file and no network: name a logo in the theme, or write a picture into the page as data:…")

# PDF/A requires exactly these prefixes.
for prefix in ("extension", "schema", "property"):
    address = f"http://www.aiim.org/pdfa/ns/{prefix}{'/' if prefix == 'extension' else '#'}"
    ElementTree.register_namespace(f"pdfa{prefix.capitalize()}", address)


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """The metadata of a document; `languages` are BCP 47 tags, the main one first, `day` is the day of its contents."""

    title: str
    languages: tuple[str, ...]
    day: date
    author: str = ""
    subject: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Enclosure:
    """A file attached to the PDF; `relationship` is "Source" if the PDF is made from it, "Data" if the PDF shows it."""

    name: str
    content: bytes
    description: str
    relationship: str = "Data"


@dataclass(frozen=True)
class RenderedPages:
    """A finished PDF, the left and right edge of the text on each page in points, and the texts that it lacks."""

    content: bytes
    columns: Sequence[tuple[float, float]]
    lost: Sequence[LostText]


def render_pdf(
    html: str, fonts: Fonts, metadata: Metadata, enclosures: Sequence[Enclosure] = (), origin: Origin = UNKNOWN
) -> bytes:
    """Return the page as PDF/A-3a and PDF/UA-1.

    Raises RenderError with every warning of WeasyPrint (a missing glyph, description or link target, unknown CSS, an
    address outside the page); or if there are more pages than the template allows; or with every text that is lost (see
    `lost_text`) or cannot be read well (see `ink`). `origin` gives the places where the texts of the page are written.
    """
    made = None
    with weasyprint(fonts) as engine:
        try:
            made = _render(engine, html, metadata, enclosures, origin.product)
        except FatalURLFetchingError as error:
            engine.warnings.append(verbatim(f"{error}: {error.__cause__}" if error.__cause__ else error))
        except RecursionError:
            engine.warnings.append(tr("its elements are nested too deeply"))
    if engine.warnings or made is None:
        raise RenderError(_problem(message) for message in dict.fromkeys(engine.warnings))
    problems = [lost.problem(origin) for lost in made.lost]
    problems += [fault.problem() for fault in ink_faults(made.content, made.columns)]
    raise_all(problems, RenderError)
    return made.content


@dataclass(frozen=True)
class Engine:
    """WeasyPrint while it may be used: what fetches for it, and its warnings so far."""

    fetcher: LockedFetcher
    warnings: list[Translatable]

    def read(self, html: str) -> HTML:
        """Return a page that is parsed, to be laid out."""
        return HTML(string=html, url_fetcher=self.fetcher)

    def lay_out(self, html: str) -> Document:
        """Return the pages of a page, whose margins and numbers are drawn too."""
        document: Document = self.read(html).render(font_config=FontConfiguration(), pdf_variant=VARIANT)
        return document


@contextmanager
def weasyprint(fonts: Fonts) -> Iterator[Engine]:
    """Let the block use WeasyPrint, with its patches and with these fonts only.

    A page that cannot be laid out raises one of UNREADABLE.
    """
    weasyprint_patches.install()
    with _collected_warnings() as warnings, fonts.alone():
        yield Engine(LockedFetcher(), warnings)


def measure_blocks(html: str, fonts: Fonts) -> dict[str, BlockExtent]:
    """Return the position of each block of the page (see `TrialLayout.extents`); none if it cannot be laid out.

    Warnings are ignored here: `render_pdf` reports them, and a part of a document may have links to other parts.
    """
    with weasyprint(fonts) as engine, suppress(*UNREADABLE):
        return TrialLayout(engine.read(html)).extents()
    return {}


def overruns(html: str, fonts: Fonts) -> bool:
    """Return whether the text of a page, set as small as allowed, needs more pages than the template allows."""
    dense = html.replace(ROOMY, SHEET)
    with weasyprint(fonts) as engine, suppress(*UNREADABLE):
        return any(_overrun(engine.lay_out(dense)))
    return False


def _overrun(document: Document, product: str = "") -> Iterator[Problem]:
    """Yield a problem if there are more pages than the template allows, with the height of the text beyond them."""
    sheets = bodies(document)
    limit = next((body.element.get(PAGE_LIMIT_ATTRIBUTE, "") for sheet in sheets for body in sheet), "")
    most = whole_number(limit)
    if most is None or len(sheets) <= most:
        return
    beyond = sum(body.margin_height() * MM_PER_PIXEL for sheet in sheets[most:] for body in sheet)
    what = trn(
        "the text runs over its {most} page by {beyond:.0f} mm",
        "the text runs over its {most} pages by {beyond:.0f} mm",
        most,
        most=most,
        beyond=beyond,
    )
    hint = tr(
        "shorten the wording of this product in templates/wording/, or write `optional: 1` on a figure or a paragraph "
        "there that may be left out"
    )
    yield Problem(Place(product or PAGE), what, hint)


def _render(
    engine: Engine, html: str, metadata: Metadata, enclosures: Sequence[Enclosure], product: str
) -> RenderedPages:
    with recorded_texts() as texts:
        document = engine.lay_out(html)
        if ROOMY in html and any(_overrun(document)):
            document = engine.lay_out(html.replace(ROOMY, SHEET))
        raise_all(_overrun(document, product), OverrunError)
        _describe(document, metadata)
        midnight = datetime.combine(metadata.day, time(), UTC)
        attachments = [
            Attachment(
                string=each.content,
                name=each.name,
                description=each.description,
                created=midnight,
                modified=midnight,
                relationship=each.relationship,
                url_fetcher=engine.fetcher,
            )
            for each in enclosures
        ]
        content = bytes(document.write_pdf(pdf_variant=VARIANT, attachments=attachments))
    sheets = [page._page_box for page in document.pages]
    columns = [(sheet.content_box_x() * PT, (sheet.content_box_x() + sheet.width) * PT) for sheet in sheets]
    return RenderedPages(content, columns, lost_texts(texts, sheets))


def _describe(document: Document, metadata: Metadata) -> None:
    """Write the metadata into a document."""
    about = document.metadata
    about.title, about.lang = metadata.title, metadata.languages[0]
    about.authors = [metadata.author] if metadata.author else []
    about.description, about.keywords = metadata.subject, list(metadata.keywords)
    about.generator = "jianbao"
    about.created = about.modified = f"{metadata.day.isoformat()}T00:00:00Z"
    about.generate_rdf_metadata = _accessible(about, metadata.languages)


def _accessible(metadata: Any, languages: tuple[str, ...]) -> Callable[..., bytes]:
    """Return a function that makes the XMP metadata of a document, with PDF/UA-1 and the languages added."""
    original = metadata.generate_rdf_metadata

    def generate(variant: str, version: int, conformance: str) -> bytes:
        root = ElementTree.fromstring(original(variant, version, conformance))
        root.extend(ElementTree.fromstring(built_in_text("pdf/pdfua.xml")))
        description = ElementTree.SubElement(root, f"{{{RDF}}}Description", {f"{{{RDF}}}about": ""})
        bag = ElementTree.SubElement(ElementTree.SubElement(description, f"{{{DC}}}language"), f"{{{RDF}}}Bag")
        for language in languages:
            ElementTree.SubElement(bag, f"{{{RDF}}}li").text = language
        return bytes(ElementTree.tostring(root, encoding="utf-8"))

    return generate


class _LogCollector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings: list[Translatable] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.warnings.append(verbatim(record.getMessage()))


@contextmanager
def _collected_warnings() -> Iterator[list[Translatable]]:
    """Collect the warnings of WeasyPrint and fontTools instead of printing them."""
    loggers = [logging.getLogger(name) for name in ("weasyprint", "fontTools")]
    log = _LogCollector()
    for logger in loggers:
        logger.addHandler(log)
    try:
        yield log.warnings
    finally:
        for logger in loggers:
            logger.removeHandler(log)


def _problem(message: Translatable) -> Problem:
    hints = {
        ".notdef": tr("no font of the brief has this character: write another, or add a font to the theme"),
        "alt": tr("every picture needs a description"),
        "No anchor": tr("the link points to a place that is not in the page"),
        "outside the page": ALONE,
        "Relative URI": ALONE,
    }
    return Problem(Place(PAGE), message, next((hint for sign, hint in hints.items() if sign in message), NO_TEXT))
