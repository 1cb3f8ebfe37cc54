"""The package around a Word document: what it says of itself, the fonts it names, and the same bytes every time."""

from datetime import UTC, datetime, time
from io import BytesIO

from docx import Document
from docx.document import Document as WordDocument
from docx.opc.oxml import serialize_part_xml
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.parts.story import StoryPart
from docx.shared import Mm

from jianbao.publication.parcel import dated
from jianbao.publication.pdf import Metadata
from jianbao.publication.theme import Paper
from jianbao.publication.word_styles import Faces
from jianbao.publication.word_text import Element, Tongue, element

# The margins of the PDF above and below, in mm, and where heads and feet stand in them.
TOP, BOTTOM, HEAD, FOOT = 22, 20, 12, 10
# What the template of python-docx brings that says nothing of this document.
FOREIGN = ("stylesWithEffects", "webSettings", "customXml", "thumbnail")
# What Word takes in the place of a face that a machine lacks, by the role of the face: all come with Word.
INSTEAD = {
    ("han", "serif"): ("SimSun", "roman", "86"),
    ("han", "sans"): ("Microsoft YaHei", "swiss", "86"),
    ("latin", "serif"): ("Cambria", "roman", "00"),
    ("latin", "sans"): ("Calibri", "swiss", "00"),
}
COMPATIBLE = {
    "compatibilityMode": "15",
    "overrideTableStyleFontSizeAndJustification": "1",
    "enableOpenTypeFeatures": "1",
    "doNotFlipMirrorIndents": "1",
}
ABOUT = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties '
    'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>jianbao</Application></Properties>"
)


def new_document(metadata: Metadata, faces: Faces, tongue: Tongue, paper: Paper) -> WordDocument:
    """Return an empty document that says what it is, without anything of the template that it starts from."""
    document = Document()
    for part in (document.part, document.part.package):
        for key, relation in list(part.rels.items()):
            if relation.reltype.rpartition("/")[2] in FOREIGN:
                del part.rels[key]
    _describe(document, metadata)
    _replace(document, "/docProps/app.xml", ABOUT.encode())
    _replace(document, "/word/fontTable.xml", _font_table(faces))
    _set_settings(document.settings.element, tongue)
    section = document.sections[0]
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
            part._blob = content  # python-docx has no other way into a part that it does not know


def _font_table(faces: Faces) -> bytes:
    fonts = []
    for (script, role), (instead, family, charset) in INSTEAD.items():
        name = (faces.han if script == "han" else faces.latin)[role]
        parts = {"altName": instead, "charset": charset, "family": family, "pitch": "variable"}
        fonts.append(element("w:font", *(element(f"w:{tag}", w_val=text) for tag, text in parts.items()), w_name=name))
    table = parse_xml(f"<w:fonts {nsdecls('w')}/>")
    for font in {font.get(qn("w:name")): font for font in fonts}.values():
        table.append(font)
    return serialize_part_xml(table)


def _set_settings(root: Element, tongue: Tongue) -> None:
    for child in list(root):
        root.remove(child)
    uri = "http://schemas.microsoft.com/office/word"
    modes = (element("w:compatSetting", w_name=name, w_uri=uri, w_val=value) for name, value in COMPATIBLE.items())
    root.append(element("w:zoom", w_percent=100))
    root.append(element("w:defaultTabStop", w_val=420))
    root.append(element("w:characterSpacingControl", w_val="compressPunctuation"))
    root.append(element("w:compat", element("w:useFELayout"), *modes))
    root.append(element("w:themeFontLang", w_val=tongue.latin, w_eastAsia=tongue.han))
    root.append(element("w:decimalSymbol", w_val="."))
    root.append(element("w:listSeparator", w_val=","))


def picture(part: StoryPart, png: bytes, name: str, alt: str, width_mm: float | None = None) -> Element:
    """Return a run with a picture and its description, as wide as its dots say if no width is given."""
    inline = part.new_pic_inline(BytesIO(png), width=Mm(width_mm) if width_mm else None)
    inline.docPr.set("name", name)
    inline.docPr.set("descr", alt)
    for side in ("distT", "distB", "distL", "distR"):  # where they are missing, LibreOffice keeps a distance of its own
        inline.set(side, "0")
    drawing: Element = element("w:drawing", inline)
    return element("w:r", drawing)


def packed(document: WordDocument, metadata: Metadata) -> bytes:
    """Return the document as a file whose every entry is dated to the edition's day."""
    made = BytesIO()
    document.save(made)
    return dated(made.getvalue(), metadata.day)
