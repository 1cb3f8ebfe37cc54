"""The tables of a package as a workbook and as a Frictionless data package, the same bytes each time."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from hashlib import sha256
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from jianbao.brief.export import TableExtract
from jianbao.core.exports import MARK, archive_date, safe_cell
from jianbao.data.schemas import NUMERIC, TYPES, Column

WORKBOOK = "tables.xlsx"
LONGEST_TITLE = 31  # characters that a spreadsheet allows


def as_workbook(extracts: Sequence[TableExtract], day: date) -> bytes:
    """Return the tables as one workbook that says it was made on the edition's day."""
    book = Workbook()
    book.remove(book.active)
    for extract in extracts:
        _fill(book.create_sheet(extract.schema.name[:LONGEST_TITLE]), extract)
    book.properties.creator = "jianbao"
    book.properties.created = datetime.combine(day, time())
    made = BytesIO()
    book.save(made)
    return archive_date(made.getvalue(), day)


def _fill(sheet: Worksheet, extract: TableExtract) -> None:
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
                made.value, made.data_type = safe_cell(cell), "s"


DESCRIPTOR = "datapackage.json"
_PLAIN = {"number": "number", "integer": "integer", "yes_no": "boolean"}
_ESCAPED = f"A text that a spreadsheet would run as a formula has {MARK} before it."


def describe(edition: str, day: date, extracts: Sequence[TableExtract], contents: Mapping[str, bytes]) -> bytes:
    """Return the descriptor of an edition's tables; `contents` are their CSV files by the name of the table."""
    known = {extract.schema.name: extract for extract in extracts}
    record = {
        "profile": "tabular-data-package",
        "name": f"edition-{edition.lower()}",
        "version": edition,
        "created": f"{day.isoformat()}T00:00:00Z",
        "description": _ESCAPED,
        "resources": [_resource(extract, known, contents[name]) for name, extract in known.items()],
    }
    return (json.dumps(record, ensure_ascii=False, indent=1) + "\n").encode()


def _resource(extract: TableExtract, known: Mapping[str, TableExtract], content: bytes) -> dict[str, object]:
    return {
        "profile": "tabular-data-resource",
        "name": extract.schema.name,
        "path": f"{extract.schema.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{sha256(content).hexdigest()}",
        "schema": _schema(extract, known),
    }


def _schema(extract: TableExtract, known: Mapping[str, TableExtract]) -> dict[str, object]:
    columns = [extract.schema.columns[name] for name in extract.head]
    keys = [_foreign(column) for column in columns if column.type == "reference" and _holds(extract, column, known)]
    return {
        "fields": [_field(column, known) for column in columns],
        "missingValues": [""],
        **({"primaryKey": list(extract.schema.key)} if extract.schema.key else {}),
        **({"foreignKeys": keys} if keys else {}),
    }


def _field(column: Column, known: Mapping[str, TableExtract]) -> dict[str, object]:
    told = TYPES[column.type] if column.type not in (*_PLAIN, "text", "choice") else ""
    limits = {
        "required": column.required or None,
        "unique": column.unique or None,
        "enum": list(column.of) if column.type == "choice" else None,
        "minimum": _limit(column, column.low),
        "maximum": _limit(column, column.high),
        "pattern": column.pattern or None,
    }
    constraints = {key: value for key, value in limits.items() if value is not None}
    return {
        "name": column.name,
        "type": _type(column, known),
        **({"trueValues": ["yes"], "falseValues": ["no"]} if column.type == "yes_no" else {}),
        **({"description": told} if told else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def _type(column: Column, known: Mapping[str, TableExtract]) -> str:
    """Return the type of a field; what refers to a column is of its type."""
    table, referred = column.to
    if column.type == "reference" and table in known:
        return _type(known[table].schema.columns[referred], known)
    return _PLAIN.get(column.type, "string")


def _limit(column: Column, value: float | None) -> float | int | None:
    return int(value) if value is not None and column.type == "integer" else value


def _foreign(column: Column) -> dict[str, object]:
    return {"fields": column.name, "reference": {"resource": column.to[0], "fields": column.to[1]}}


def _holds(extract: TableExtract, column: Column, known: Mapping[str, TableExtract]) -> bool:
    """Say whether every reference leads to a row that this edition knows: one dated later is not there."""
    table = known.get(column.to[0])
    return table is not None and set(_cells(extract, column.name)) - {""} <= set(_cells(table, column.to[1]))


def _cells(extract: TableExtract, name: str) -> Iterable[str]:
    place = extract.head.index(name)
    return (row[place] for row in extract.rows)
