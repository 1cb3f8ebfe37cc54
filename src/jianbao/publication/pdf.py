"""HTML to PDF: tagged, archival and accessible in one file, and the same bytes from the same page."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TypeVar

from weasyprint import HTML, Attachment
from weasyprint.document import Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError

from jianbao.errors import Place, Problem, RenderError, raise_all
from jianbao.publication import justification, pagination, tagging
from jianbao.publication.fetching import LockedFetcher
from jianbao.publication.fonts import Fonts
from jianbao.publication.galley import MM_PER_PIXEL, Galley
from jianbao.publication.settling import Extent

VARIANT = "pdf/a-3a"
MOST = "data-pages"  # the attribute of the body by which a template says that it has so many pages and no more
PAGE = "page"
ALONE = "a page reads no file and no network: name a logo in the theme, or write a picture into the page as data:…"


@dataclass(frozen=True)
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
    over the pages that its template allows.
    """
    content, heard = _made(lambda fetcher: _render(html, metadata, enclosures, fetcher), fonts)
    if heard or content is None:
        raise RenderError(_problem(message) for message in dict.fromkeys(heard))
    return content


T = TypeVar("T")


def in_galley(html: str, fonts: Fonts, look: Callable[[Galley], T]) -> T | None:
    """Return what is seen of a page in a galley; None if it cannot be laid out, which `render_pdf` tells.

    The page may be a part of the whole, so links that lead nowhere are no fault here.
    """
    return _made(lambda fetcher: look(Galley(_read(html, fetcher))), fonts)[0]


def measure_blocks(html: str, fonts: Fonts) -> dict[str, Extent]:
    """Return where each block of the page stands (see `Galley.stands`)."""
    return in_galley(html, fonts, Galley.stands) or {}


def _made(make: Callable[[LockedFetcher], T], fonts: Fonts) -> tuple[T | None, list[str]]:
    """Make something of a page with our fonts alone, and return it with every warning that was heard."""
    justification.install()
    tagging.install()
    pagination.install()
    made = None
    with _heard() as heard, fonts.alone():
        try:
            made = make(LockedFetcher())
        except FatalURLFetchingError as error:
            heard.append(f"{error}: {error.__cause__}" if error.__cause__ else str(error))
        except RecursionError:
            heard.append("its elements are nested too deeply")
    return made, heard


def _laid_out(html: str, fetcher: LockedFetcher) -> Document:
    document: Document = _read(html, fetcher).render(font_config=FontConfiguration(), pdf_variant=VARIANT)
    return document


def _read(html: str, fetcher: LockedFetcher) -> HTML:
    return HTML(string=html, url_fetcher=fetcher)


def _overrun(document: Document) -> Iterator[Problem]:
    """Yield a problem if there are more pages than the template allows, with how much stands on those beyond."""
    boxes = [[box for box in page._page_box.descendants() if box.element_tag == "body"] for page in document.pages]
    said = next((body.element.get(MOST, "") for bodies in boxes for body in bodies), "")
    most = int(said) if said.isdecimal() else len(boxes)
    if len(boxes) <= most:
        return
    beyond = sum(body.margin_height() * MM_PER_PIXEL for bodies in boxes[most:] for body in bodies)
    what = f"the text runs over its {most} {'page' if most == 1 else 'pages'} by {beyond:.0f} mm"
    yield Problem(Place(PAGE), what, "shorten the wording, or take out a figure or a recommendation")


def _render(html: str, metadata: Metadata, enclosures: Sequence[Enclosure], fetcher: LockedFetcher) -> bytes:
    document = _laid_out(html, fetcher)
    raise_all(_overrun(document), RenderError)
    about = document.metadata
    about.title, about.lang = metadata.title, metadata.languages[0]
    about.authors = [metadata.author] if metadata.author else []
    about.description, about.keywords = metadata.subject, list(metadata.keywords)
    about.generator = "jianbao"
    about.created = about.modified = f"{metadata.day.isoformat()}T00:00:00Z"
    about.generate_rdf_metadata = tagging.accessible(about, metadata.languages)
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
    return bytes(document.write_pdf(pdf_variant=VARIANT, attachments=attachments))


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Collect what WeasyPrint and fontTools warn of instead of printing it."""
    loggers = [logging.getLogger(name) for name in ("weasyprint", "fontTools")]
    ear = _Ear()
    for logger in loggers:
        logger.addHandler(ear)
    try:
        yield ear.heard
    finally:
        for logger in loggers:
            logger.removeHandler(ear)


def _problem(message: str) -> Problem:
    hints = {
        ".notdef": "no font of the brief has this character: write another, or add a font to the theme",
        "alt": "every picture needs a description",
        "No anchor": "the link points to a place that is not in the page",
        "outside the page": ALONE,
        "Relative URI": ALONE,
    }
    return Problem(Place(PAGE), message, next((hint for sign, hint in hints.items() if sign in message), ""))
