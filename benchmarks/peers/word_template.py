"""A brief filled into a template of Word by docxtpl, and printed as PDF by LibreOffice.

An office designs such a template once, in Word; here python-docx writes it.
"""

import json
import shutil
import subprocess
from functools import cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docxtpl import DocxTemplate, InlineImage

from benchmarks.peers.content import Content, contents, rows
from benchmarks.peers.pandoc_brief import dated, name_of
from jianbao.render.product import RenderJob

OFFICE = "LibreOffice is not on the PATH: apt-get install libreoffice-writer"
PDF_OPTIONS = {
    "SelectPdfVersion": {"type": "long", "value": "3"},  # PDF/A-3b, the highest level that it has
    "PDFUACompliance": {"type": "boolean", "value": "true"},
}
STYLES = {"heading": "Heading 1", "subheading": "Heading 2", "item": "List Bullet", "paragraph": "Normal"}


def office() -> str:
    """Return the path of LibreOffice, or nothing if it is not installed."""
    return shutil.which("soffice") or ""


def template(serif: tuple[str, ...], file: Path) -> Path:
    """Write the template of a brief and return its file: a loop over pieces, each kind in a style of its own."""
    document = Document()
    latin, eastern = serif[0], serif[-1]
    for style in (*STYLES.values(), "Title", "Subtitle", "Caption"):
        fonts = document.styles[style].element.get_or_add_rPr().get_or_add_rFonts()
        fonts.attrib.clear()  # no fonts of a theme
        fonts.set(qn("w:ascii"), latin)
        fonts.set(qn("w:hAnsi"), latin)
        fonts.set(qn("w:eastAsia"), eastern)
    document.styles["Normal"].font.size = Pt(9.5)
    document.styles["Normal"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    document.core_properties.title = "{{ title }}"
    page = document.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(19)
    document.add_paragraph("{{ title }}", "Title")
    document.add_paragraph("{{ subtitle }}", "Subtitle")
    document.add_paragraph("{%p for piece in pieces %}")
    for kind, style in STYLES.items():
        document.add_paragraph(f"{{%p if piece.kind == '{kind}' %}}")
        paragraph = document.add_paragraph("{{ piece.text }}", style)
        paragraph.add_run("{{ piece.marks }}").font.superscript = True
        document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if piece.kind == 'figure' %}")
    document.add_paragraph("{{ piece.picture }}")
    document.add_paragraph("{{ piece.text }}{{ piece.marks }}", "Caption")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if piece.kind == 'table' %}")
    document.add_paragraph("{{ piece.text }}", "Caption")
    _table(document)
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p endfor %}")
    document.save(str(file))
    return file


def _table(document: Any) -> None:
    """Add a table whose columns and rows are loops."""
    rows = (
        ("{%tc for head in piece.heads %}", "{{ head }}", "{%tc endfor %}"),
        ("{%tr for row in piece.rows %}", "", ""),
        ("{%tc for cell in row %}", "{{ cell }}", "{%tc endfor %}"),
        ("{%tr endfor %}", "", ""),
    )
    table = document.add_table(len(rows), len(rows[0]), "Table Grid")
    for row, texts in zip(table.rows, rows, strict=True):
        for each, text in zip(row.cells, texts, strict=True):
            each.text = text


def word_document(job: RenderJob, folder: Path) -> bytes:
    """Return the Word document that docxtpl makes."""
    language = job.product.languages[0]
    file = folder / "template.docx"
    if not file.exists():
        template(job.design.theme.settings[language].families["serif"], file)
    document = DocxTemplate(str(file))
    pieces = [_filled(piece, language, document, folder) for piece in contents(job.brief)]
    texts = {"title": job.brief.title.text(language), "subtitle": job.brief.subtitle.text(language)}
    document.render({**texts, "pieces": pieces}, autoescape=True)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _filled(piece: Content, language: str, document: Any, folder: Path) -> dict[str, object]:
    if piece.figure:
        width = Mm(min(piece.figure.pictures[language].width_mm, 150))
        picture = InlineImage(document, str(folder / f"{name_of(piece.figure, language)}.png"), width=width)
        text = f"{piece.figure.number}  {piece.figure.title.text(language)}"
        return {"kind": "figure", "picture": picture, "text": text, "marks": piece.marks()}
    if piece.table:
        heads, *rest = rows(piece.table, [language])
        return {"kind": "table", "text": piece.table.title.text(language), "heads": heads, "rows": rest}
    kind = "subheading" if piece.kind == "label" or piece.level > 1 else piece.kind
    return {"kind": kind, "text": piece.text(language), "marks": piece.marks()}


def printed(job: RenderJob, folder: Path) -> bytes:
    """Return the PDF that LibreOffice makes of the Word document, asked for PDF/A-3 and PDF/UA."""
    file = folder / "brief.docx"
    file.write_bytes(word_document(job, folder))
    profile = f"-env:UserInstallation={Path(office_profile().name).as_uri()}"
    words = [
        office(),
        profile,
        "--headless",
        "--convert-to",
        f"pdf:writer_pdf_Export:{json.dumps(PDF_OPTIONS)}",
        "--outdir",
        str(folder),
        str(file),
    ]
    surroundings = {**dated(job), "FONTCONFIG_FILE": str(job.design.fonts.folder / "fonts.conf")}
    subprocess.run(words, env=surroundings, check=True, capture_output=True)
    return file.with_suffix(".pdf").read_bytes()


@cache
def office_profile() -> TemporaryDirectory[str]:
    """Return the folder that LibreOffice keeps its settings in."""
    return TemporaryDirectory(prefix="libreoffice")
