"""The workbook of a package: a sheet a table, numbers as numbers and all else as text, the same bytes each time."""

from collections.abc import Sequence
from datetime import date, datetime, time
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from jianbao.evidence.schemas import NUMERIC
from jianbao.publication.cells import inert
from jianbao.publication.parcel import dated
from jianbao.publication.records import Extract

WORKBOOK = "tables.xlsx"
LONGEST_TITLE = 31  # characters that a spreadsheet allows


def as_workbook(extracts: Sequence[Extract], day: date) -> bytes:
    """Return the tables as one workbook that says it was made on the edition's day."""
    book = Workbook()
    book.remove(book.active)
    for extract in extracts:
        _fill(book.create_sheet(extract.schema.name[:LONGEST_TITLE]), extract)
    book.properties.creator = "jianbao"
    book.properties.created = datetime.combine(day, time())
    made = BytesIO()
    book.save(made)
    return dated(made.getvalue(), day)


def _fill(sheet: Worksheet, extract: Extract) -> None:
    for place, name in enumerate(extract.head, 1):
        sheet.cell(1, place, name).font = Font(bold=True)
    sheet.freeze_panes = "A2"
    numbers = [extract.schema.columns[name].type in NUMERIC for name in extract.head]
    for line, row in enumerate(extract.rows, 2):
        for place, (cell, number) in enumerate(zip(row, numbers, strict=True), 1):
            if cell and number:
                sheet.cell(line, place, float(cell))
            elif cell:
                made = sheet.cell(line, place)
                made.value, made.data_type = inert(cell), "s"
