"""Render HTML as a tagged PDF/A-3a and PDF/UA-1, reproducibly; nothing outside the page is fetched."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypeVar

from weasyprint import HTML, Attachment
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from jianbao.core.errors import Place, Problem, RenderError, raise_all
from jianbao.core.messages import NO_TEXT, Translatable, tr, trn, verbatim
from jianbao.render.fonts.registry import Fonts
from jianbao.render.pdf import weasyprint_patches
from jianbao.render.pdf.figure_placement import MM_PER_PIXEL, BlockExtent, TrialLayout
from jianbao.render.pdf.ink import ink_faults
from jianbao.render.pdf.weasyprint_patches import bodies


class LockedFetcher(URLFetcher):  # type: ignore[misc]
    """Answers `data:` addresses; any other stops the rendering: FatalURLFetchingError says which one was asked for."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return what is in an address that holds its data."""
        if not url.startswith("data:"):
            raise FatalURLFetchingError(f"'{url}' is outside the page")
        return super().fetch(url, headers)


VARIANT = "pdf/a-3a"
MOST = "data-pages"  # the attribute of the body by which a template says that it has so many pages and no more
PAGE = "page"
PT = 72 / 96  # points in a pixel
ALONE = tr("a page reads no file and no network: name a logo in the theme, or write a picture into the page as data:…")


@dataclass(frozen=True, kw_only=True)
class Metadata:
    """What a PDF says of itself; `languages` are BCP 47 tags, the main one first; `day` dates everything in it."""

    title: str
    languages: tuple[str, ...]
    day: date
    author: str = ""
    subject: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Enclosure:
    """A file inside the PDF; `relationship` is "Source" for what it is made from, "Data" for what it shows."""

    name: str
    content: bytes
    description: str
    relationship: str = "Data"


def render_pdf(html: str, fonts: Fonts, metadata: Metadata, enclosures: Sequence[Enclosure] = ()) -> bytes:
    """Return the page as PDF/A-3a and PDF/UA-1.

    The page reads nothing but itself. RenderError holds everything that WeasyPrint warns of: a missing glyph,
    description or link, style that it does not understand, an address outside the page; or by how much the text runs
    over the pages that its template allows; or every text that cannot be read where it stands (see `ink`).
    """
    made, heard = _made(lambda fetcher: _render(html, metadata, enclosures, fetcher), fonts)
    if heard or made is None:
        raise RenderError(_problem(message) for message in dict.fromkeys(heard))
    content, columns = made
    raise_all((fault.problem() for fault in ink_faults(content, columns)), RenderError)
    return content


T = TypeVar("T")


def with_trial_layout(html: str, fonts: Fonts, look: Callable[[TrialLayout], T]) -> T | None:
    """Return what is seen of a page in a galley; None if it cannot be laid out, which `render_pdf` tells.

    The page may be a part of the whole, so links that lead nowhere are no fault here.
    """
    return _made(lambda fetcher: look(TrialLayout(_read(html, fetcher))), fonts)[0]


def measure_blocks(html: str, fonts: Fonts) -> dict[str, BlockExtent]:
    """Return where each block of the page stands (see `Galley.stands`)."""
    return with_trial_layout(html, fonts, TrialLayout.stands) or {}


def _made(make: Callable[[LockedFetcher], T], fonts: Fonts) -> tuple[T | None, list[Translatable]]:
    """Call a function on a page with our fonts alone, and return its result with every warning."""
    weasyprint_patches.install()
    made = None
    with _heard() as heard, fonts.alone():
        try:
            made = make(LockedFetcher())
        except FatalURLFetchingError as error:
            heard.append(verbatim(f"{error}: {error.__cause__}" if error.__cause__ else error))
        except RecursionError:
            heard.append(tr("its elements are nested too deeply"))
    return made, heard


def _laid_out(html: str, fetcher: LockedFetcher) -> Document:
    document: Document = _read(html, fetcher).render(font_config=FontConfiguration(), pdf_variant=VARIANT)
    return document


def _read(html: str, fetcher: LockedFetcher) -> HTML:
    return HTML(string=html, url_fetcher=fetcher)


def _overrun(document: Document) -> Iterator[Problem]:
    """Yield a problem if there are more pages than the template allows, with how much stands on those beyond."""
    sheets = bodies(document)
    said = next((body.element.get(MOST, "") for sheet in sheets for body in sheet), "")
    most = int(said) if said.isdecimal() else len(sheets)
    if len(sheets) <= most:
        return
    beyond = sum(body.margin_height() * MM_PER_PIXEL for sheet in sheets[most:] for body in sheet)
    what = trn(
        "the text runs over its {most} page by {beyond:.0f} mm",
        "the text runs over its {most} pages by {beyond:.0f} mm",
        most,
        most=most,
        beyond=beyond,
    )
    yield Problem(Place(PAGE), what, tr("shorten the wording, or take out a figure or a measure"))


def _render(
    html: str, metadata: Metadata, enclosures: Sequence[Enclosure], fetcher: LockedFetcher
) -> tuple[bytes, list[tuple[float, float]]]:
    """Return a page as PDF, and the left and right edge of the text on each of its sheets in points."""
    document = _laid_out(html, fetcher)
    raise_all(_overrun(document), RenderError)
    about = document.metadata
    about.title, about.lang = metadata.title, metadata.languages[0]
    about.authors = [metadata.author] if metadata.author else []
    about.description, about.keywords = metadata.subject, list(metadata.keywords)
    about.generator = "jianbao"
    about.created = about.modified = f"{metadata.day.isoformat()}T00:00:00Z"
    about.generate_rdf_metadata = weasyprint_patches.accessible(about, metadata.languages)
    midnight = datetime.combine(metadata.day, time(), UTC)
    attachments = [
        Attachment(
            string=each.content,
            name=each.name,
            description=each.description,
            created=midnight,
            modified=midnight,
            relationship=each.relationship,
            url_fetcher=fetcher,
        )
        for each in enclosures
    ]
    sheets = [page._page_box for page in document.pages]
    columns = [(sheet.content_box_x() * PT, (sheet.content_box_x() + sheet.width) * PT) for sheet in sheets]
    return bytes(document.write_pdf(pdf_variant=VARIANT, attachments=attachments)), columns


class _LogCollector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[Translatable] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(verbatim(record.getMessage()))


@contextmanager
def _heard() -> Iterator[list[Translatable]]:
    """Collect what WeasyPrint and fontTools warn of instead of printing it."""
    loggers = [logging.getLogger(name) for name in ("weasyprint", "fontTools")]
    log = _LogCollector()
    for logger in loggers:
        logger.addHandler(log)
    try:
        yield log.heard
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
