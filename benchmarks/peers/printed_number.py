"""How each program prints a number in Chinese and in English, left to itself."""

from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pypdfium2
import typst
from docx import Document
from docxtpl import DocxTemplate

from jianbao.app import check, workspace

NUMBER = 31_400_000


def printed_numbers(root: Path) -> Iterator[str]:
    """Yield for each program what it makes of a number in the two languages, this one with a workspace's vocabulary."""
    writers = check.assess_edition(workspace.snapshot(root), "").project.writers
    yield _line("jianbao", [writer.figure(Decimal(NUMBER)) for writer in writers.values()])
    yield _line("Typst", [_by_typst(language) for language in writers])
    yield _line("docxtpl", [_by_docxtpl() for _ in writers])


def _line(tool: str, printed: list[str]) -> str:
    return f"{NUMBER}, {tool}: {' | '.join(printed)}"


def _by_typst(language: str) -> str:
    pdf = pypdfium2.PdfDocument(bytes(typst.compile(f'#set text(lang: "{language}")\n#{NUMBER}'.encode())))
    try:
        return str(pdf[0].get_textpage().get_text_range()).strip()
    finally:
        pdf.close()


def _by_docxtpl() -> str:
    template = BytesIO()
    document = Document()
    document.add_paragraph("{{ number }}")
    document.save(template)
    filled = DocxTemplate(template)
    filled.render({"number": NUMBER})
    return "".join(paragraph.text for paragraph in filled.docx.paragraphs)
