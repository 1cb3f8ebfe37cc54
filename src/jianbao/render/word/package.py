"""The .docx package: properties, font names, pictures, watermark, comments, page numbers; reproducible.

Pictures are PNG, because an office program would show the labels of an SVG in other fonts, in which they may overlap.
"""

import shutil
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pikepdf
import pypdfium2
from docx import Document
from docx.document import Document as WordDocument
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.parts.story import StoryPart
from docx.shared import Mm
from markupsafe import Markup

from jianbao.brief.logo import Logo
from jianbao.brief.model import Brief, Picture, Remark
from jianbao.core.limits import as_xml
from jianbao.core.private_files import run_on_file
from jianbao.core.zip_csv import archive_date
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import faint, with_draft_marks
from jianbao.render.html.templates import built_in_text
from jianbao.render.pdf.render import Metadata, render_pdf
from jianbao.render.theme import SLANT, Paper, Theme, Words, watermark_size
from jianbao.render.word.runs import PRESERVE, Element, RunWriter, add_paragraph, element
from jianbao.render.word.styles import POINTS_PER_MM, set_part, template_part, word_fonts

DPI = 300
POINTS = 72
COLOURS = 128  # a figure has a dozen colours, and mixtures of them along edges

FIGURE_MARGIN = 0.8  # mm around a figure: programs that scale a picture lose the last dots at its edge

_PAGE = Markup("@page sheet{} {{ size: {:.3f}mm {:.3f}mm; margin: {}mm }}")
_SHEET = Markup('<div style="page: sheet{}"><img alt="{}" src="data:image/svg+xml;base64,{}"></div>')
# An area for a drawing of any proportions, which is at its left.
_FRAME = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><image href="{address}" '
    'width="{width}" height="{height}" preserveAspectRatio="xMinYMid meet"/></svg>'
)
_HTML = Markup(
    '<html lang="{}"><head><title>{}</title><style>body {{ margin: 0 }} '
    "img {{ display: block; width: 100% }} {}</style></head><body>{}</body></html>"
)


def rasterise(pictures: Sequence[Picture], fonts: Fonts, metadata: Metadata) -> tuple[bytes, ...]:
    """Return each picture as PNG with air around it, with these fonts only; raises RenderError as `render_pdf` does."""
    return tuple(_png(image) for image in _rasterised(pictures, fonts, metadata, FIGURE_MARGIN)) if pictures else ()


def rendered_png(logo: Logo, alt: str, area: tuple[float, float], fonts: Fonts, metadata: Metadata) -> bytes:
    """Return a logo as PNG as large as it fits into an area (width and height in mm), cropped at its right."""
    width, height = area
    framed = _FRAME.format(width=width, height=height, address=logo.address)
    (image,) = _rasterised([Picture(framed.encode(), width, height, alt)], fonts, metadata)
    inked = image.convert("L").point([*range(255, -1, -1)]).getbbox()
    return _png(image.crop((0, 0, inked[2], image.height)) if inked else image)


def _rasterised(pictures: Sequence[Picture], fonts: Fonts, metadata: Metadata, air: float = 0.0) -> Iterator[Any]:
    sizes = (
        _PAGE.format(number, each.width_mm + 2 * air, each.height_mm + 2 * air, air)
        for number, each in enumerate(pictures)
    )
    sheets = (_SHEET.format(number, each.alt, b64encode(each.svg).decode()) for number, each in enumerate(pictures))
    html = _HTML.format(metadata.languages[0], metadata.title, Markup("").join(sizes), Markup("").join(sheets))
    document = pypdfium2.PdfDocument(render_pdf(str(html), fonts, metadata))
    try:
        for page in document:
            yield page.render(scale=DPI / POINTS).to_pil()
    finally:
        document.close()


def _png(image: Any) -> bytes:
    written = BytesIO()
    image.quantize(COLOURS).save(written, "PNG", dpi=(DPI, DPI), optimize=True)
    return written.getvalue()


# The top and bottom margin of the PDF in mm, and the positions of head and foot in them.
TOP, BOTTOM, HEAD, FOOT = 22, 20, 12, 10
# Parts of the template of python-docx that this document does not need.
UNUSED_RELATIONS = ("stylesWithEffects", "webSettings", "customXml", "thumbnail")


def new_document(metadata: Metadata, values: dict[str, str], paper: Paper) -> WordDocument:
    """Return an empty document with metadata, made from the template with `values` (see `template_values`)."""
    document = Document()
    for part in (document.part, document.part.package):
        for key, relation in list(part.rels.items()):
            if relation.reltype.rpartition("/")[2] in UNUSED_RELATIONS:
                del part.rels[key]
    _describe(document, metadata)
    _replace(document, "/docProps/app.xml", built_in_text("word/app.xml").encode())
    _replace(document, "/word/fontTable.xml", serialize_part_xml(_font_table(values)))
    set_part(document.settings.element, "settings", values)
    set_part(document.styles.element, "styles", values)
    set_part(document.part.numbering_part.element, "numbering", values)
    section = document.sections[0]
    for key in [key for key in section._sectPr.attrib if "rsid" in key]:  # ids of editing sessions
        del section._sectPr.attrib[key]
    section.page_width, section.page_height = Mm(paper.width), Mm(paper.height)
    section.left_margin = section.right_margin = Mm(paper.side)
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.header_distance, section.footer_distance = Mm(HEAD), Mm(FOOT)
    section.different_first_page_header_footer = True
    return document


def _describe(document: WordDocument, metadata: Metadata) -> None:
    about, day = document.core_properties, datetime.combine(metadata.day, time(), UTC)
    about.title, about.subject = metadata.title, metadata.subject
    about.keywords, about.language = ", ".join(metadata.keywords), metadata.languages[0]
    about.author = about.last_modified_by = metadata.author
    about.comments, about.revision = "", 1
    about.created = about.modified = day


def _replace(document: WordDocument, name: str, content: bytes) -> None:
    for part in document.part.package.iter_parts():
        if part.partname == name:
            part._blob = content  # python-docx has no other access to a part that it does not know


def _font_table(values: dict[str, str]) -> Element:
    """Return the table of fonts with their substitutes; a font used for both scripts is listed once."""
    table = template_part("fontTable", values)
    for name in {font.get(qn("w:name")) for font in table}:
        for again in [font for font in table if font.get(qn("w:name")) == name][:-1]:
            table.remove(again)
    return table


def add_picture(part: StoryPart, png: bytes, name: str, alt: str, width_mm: float | None = None) -> Element:
    """Return a run with a picture and its description; without a width it has that of its pixels at its resolution."""
    inline = part.new_pic_inline(BytesIO(png), width=Mm(width_mm) if width_mm else None)
    inline.docPr.set("name", name)
    inline.docPr.set("descr", alt)
    for side in ("distT", "distB", "distL", "distR"):  # without them, LibreOffice uses its own distance
        inline.set(side, "0")
    drawing: Element = element("w:drawing", inline)
    return element("w:r", drawing)


BUILT = "jianbao.built"  # the custom property with the hash of the texts of a copy for review
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_PROPERTIES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"'
    ' xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">'
    '<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="2" name="{}"><vt:lpwstr>{}</vt:lpwstr>'
    "</property></Properties>"
)


def prepare_for_review(document: WordDocument, built: str) -> None:
    """Add the hash of a document's texts as a custom property, and switch on the tracking of changes."""
    package = document.part.package
    about = _PROPERTIES.format(BUILT, built).encode()
    package.relate_to(Part(PackURI("/docProps/custom.xml"), _CONTENT_TYPE, about, package), _RELATION)
    document.settings.element.insert(1, element("w:trackRevisions"))


def part_of(parts: Mapping[str, bytes], kind: str) -> bytes:
    """Return the part of a document with a content type that ends so ("comments+xml"); b"" if it has none."""
    listed = as_xml(parts.get("[Content_Types].xml", b""))
    named = (each for each in listed if each.get("ContentType", "").endswith(kind)) if listed is not None else ()
    return next((parts.get(each.get("PartName", "").lstrip("/"), b"") for each in named), b"")


def built_hash(parts: Mapping[str, bytes]) -> str:
    """Return the hash with which a copy for review was sent out, "" if it has none."""
    about = as_xml(parts.get("docProps/custom.xml", b""))
    named = (each for each in about if each.get("name") == BUILT) if about is not None else ()
    return next(("".join(each.itertext()).strip() for each in named), "")


def packed(document: WordDocument, metadata: Metadata) -> bytes:
    """Return the document as a .docx file in which every entry has the date of the edition."""
    made = BytesIO()
    document.save(made)
    return archive_date(made.getvalue(), metadata.day)


# Additions of a draft: a watermark, and the remarks of reviewers as comments

LINE = 1.32  # of a letter's size, the height of the line that fills the shape
TEXT, REFERENCE_STYLE = "AnnotationText", "AnnotationReference"
AUTHOR = "jianbao"  # the author of a remark that is not from a reviewer


def add_watermark(heads: Iterable[Element], words: Words, family: str, colour: str) -> None:
    """Add a watermark with these words to each head, as Word does: a shape with text behind the page."""
    width, em = watermark_size(words)
    values = {
        "text": escape(" ".join(word for word, _ in words), {'"': "&quot;"}),
        "family": family,
        "colour": colour,
        "width": f"{width * POINTS_PER_MM:.1f}",
        "height": f"{em * LINE * POINTS_PER_MM:.1f}",
        "turn": f"{360 - SLANT:g}",
    }
    for number, head in enumerate(heads, 1):
        head.append(template_part("watermark", {**values, "number": str(number), "id": str(1024 + number)}))


def mark_draft(
    document: WordDocument, brief: Brief, theme: Theme, fonts: Fonts, run_writers: Sequence[RunWriter]
) -> None:
    """Add the watermark of a draft to every page; a final document is not changed."""
    words = with_draft_marks(brief, [run_writer.language for run_writer in run_writers], theme, fonts)
    if not words:
        return
    section, faces = document.sections[0], word_fonts(theme)
    family = (faces.han if any(run_writer.tags.chinese for run_writer in run_writers) else faces.latin)["sans"]
    second = (
        section.even_page_header if document.settings.odd_and_even_pages_header_footer else section.first_page_header
    )
    heads = [holder._element[0] for holder in (section.header, second)]
    add_watermark(heads, words, family, faint(theme))
    remove_shading(document.styles.element)


def remove_shading(styles: Element) -> None:
    """Remove the shading of all styles, which in Word is opaque and would cover the watermark."""
    for shade in list(styles.iter(qn("w:shd"))):
        shade.getparent().remove(shade)


def comment(document: WordDocument, remark: Remark, run_writers: Sequence[RunWriter], day: date) -> int:
    """Add a remark as a comment with a paragraph for each language, and return its number.

    A remark without a time has that of midnight on `day`.
    """
    initials = "".join(part[0] for part in remark.by.split())
    added = document.comments.add_comment(author=remark.by or AUTHOR, initials=initials or AUTHOR[0])
    root = added._comment_elm  # python-docx gives a comment the present time
    root.date = datetime.fromisoformat(remark.at).astimezone(UTC) if remark.at else datetime.combine(day, time(), UTC)
    root.remove(root[0])
    for run_writer in run_writers:
        annotation_mark = [] if run_writer.second else [_comment_mark("w:annotationRef")]
        root.append(add_paragraph(TEXT, *annotation_mark, run_writer.quote(remark.statement)))
    return added.comment_id


def anchor(parts: Sequence[Element], numbers: Iterable[int]) -> None:
    """Attach comments to the range from the first to the last paragraph of some parts."""
    paragraphs = [part for part in parts if part.tag == qn("w:p")]
    for number in numbers:
        paragraphs[0].insert(1, element("w:commentRangeStart", w_id=number))
        for part in (element("w:commentRangeEnd", w_id=number), _comment_mark("w:commentReference", w_id=number)):
            paragraphs[-1].append(part)


def _comment_mark(tag: str, **attributes: object) -> Element:
    return element("w:r", element("w:rPr", element("w:rStyle", w_val=REFERENCE_STYLE)), element(tag, **attributes))


# The page numbers of the contents, as LibreOffice breaks the pages

OFFICE = "soffice"
# Each bookmark of the document becomes a named destination of the PDF.
AS_PDF = 'pdf:writer_pdf_Export:{"ExportBookmarksToPDFDestination":{"type":"boolean","value":"true"}}'
UNDERLINE = "5F"  # the code of "_" in the name of a destination
BLANK = "00"  # as wide as a page number


def number_contents(document: WordDocument, metadata: Metadata, fonts: Fonts) -> None:
    """Add the page of its heading, with the fonts of the brief, to each entry of the contents.

    Without LibreOffice the contents are not changed.

    The numbers are results of fields, which Word and LibreOffice show as they are until the contents are updated.
    """
    if not shutil.which(OFFICE):
        return
    contents = document.element.body.iter(qn("w:sdt"))
    entries = [link for each in contents for link in each.iter(qn("w:hyperlink"))]
    numbers = {entry.get(qn("w:anchor")): _number(entry.get(qn("w:anchor"))) for entry in entries}
    for entry, added in zip(entries, numbers.values(), strict=True):
        entry.extend(added)
    with fonts.alone():
        pages = heading_pages(packed(document, metadata))
    for entry, (anchor, added) in zip(entries, numbers.items(), strict=True):
        for part in added if not numbers.keys() <= pages.keys() else ():
            entry.remove(part)
        added[-2][0].text = str(pages.get(anchor, ""))


def _number(anchor: str) -> list[Element]:
    """Return a tab and a field for the page of a bookmark; the last run but one has the number."""
    code, shown = element("w:instrText"), element("w:t")
    code.text, shown.text = f" PAGEREF {anchor} \\h ", BLANK
    code.set(PRESERVE, "preserve")
    begin, middle, end = (element("w:fldChar", w_fldCharType=kind) for kind in ("begin", "separate", "end"))
    return [element("w:r", part) for part in (element("w:tab"), begin, code, middle, shown, end)]


def heading_pages(content: bytes) -> Mapping[str, int]:
    """Return the page of each bookmark of a Word document in LibreOffice; nothing if LibreOffice does not open it."""
    printed = run_on_file(content, "brief.docx", "brief.pdf", _command)
    if printed is None:
        return {}
    with pikepdf.open(BytesIO(printed)) as pdf:
        return _destinations(pdf)


def _command(folder: Path) -> list[str]:
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [OFFICE, profile, "--headless", "--norestore", "--convert-to", AS_PDF, "--outdir", str(folder)]
    return [*command, str(folder / "brief.docx")]


def _destinations(pdf: pikepdf.Pdf) -> Mapping[str, int]:
    pages = {page.objgen: number for number, page in enumerate(pdf.pages, 1)}
    named: Any = pdf.Root.get("/Dests", pikepdf.Dictionary())
    return {key[1:].replace(UNDERLINE, "_", 1): pages[goal[0].objgen] for key, goal in named.items()}
