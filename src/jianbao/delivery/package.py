"""The package: one zip of a finished edition, its tables in open formats, a covering letter and all checksums."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from jianbao.brief.assemble import DocumentInputs, assemble
from jianbao.brief.export import TableExtract
from jianbao.brief.letterhead import COVERING, Letterhead
from jianbao.brief.model import Block, Brief, Grid, GridColumn
from jianbao.brief.outline import OutlinePart
from jianbao.brief.phrases import PhraseRenderer
from jianbao.core.edition_folder import MANIFEST
from jianbao.core.exports import MARK, archive_date, as_csv, safe_cell, write_archive
from jianbao.data.facts import Fact, Source
from jianbao.data.schemas import NUMERIC, TYPES, Column, Schema
from jianbao.delivery.checksums import INVENTORY, Checksums, make_checksums
from jianbao.delivery.finished_edition import Finished

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
    description = TYPES[column.type] if column.type not in (*_PLAIN, "text", "choice") else ""
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
        **({"description": description} if description else {}),
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


EDITION, DATA, LETTER = "edition/", "data/", "letter"
SOURCES = "sources"
_SOURCE = ("id", "title", "producer", "published", "accessed", "url", "kind", "language", "confidence")
_ENDS = {".pdf": "pages", ".ofd": "ofd", ".docx": "word", ".html": "web", ".csv": "table"}
_NAMED = {
    EDITION + "ledger.json": "ledger",
    EDITION + "scores.csv": "scores",
    EDITION + MANIFEST: "record",
    DATA + DESCRIPTOR: "descriptor",
    DATA + WORKBOOK: "workbook",
    INVENTORY: "inventory",
}
_BEGUN = {LETTER + ".": "letter", EDITION + "approval": "approval", EDITION + "changes": "changes"}


@dataclass(frozen=True)
class Package:
    """A packed edition: the archive's bytes and the inventory that lies in it."""

    content: bytes
    inventory: Checksums


def kind_of(name: str) -> str:
    """Return what a file of a package is, by its name: "pages", "ofd", "word", "web", "table" and so on; or ""."""
    begun = next((kind for start, kind in _BEGUN.items() if name.startswith(start)), "")
    return _NAMED.get(name) or begun or next((kind for end, kind in _ENDS.items() if name.endswith(end)), "")


def gather(
    finished: Finished, day: date, extracts: Sequence[TableExtract], sources: Iterable[Source]
) -> dict[str, bytes]:
    """Return the files of a package without its letter and inventory, by their names in it."""
    whole = (*extracts, _listed(sources))
    contents = {extract.schema.name: as_csv([extract.head, *extract.rows]) for extract in whole}
    return {
        **{EDITION + name: content for name, content in finished.files.items()},
        **{f"{DATA}{name}.csv": content for name, content in contents.items()},
        DATA + DESCRIPTOR: describe(finished.label, day, whole, contents),
        DATA + WORKBOOK: as_workbook(whole, day),
    }


def _listed(sources: Iterable[Source]) -> TableExtract:
    """Return the list of sources as a table, so that what the cells of the others name can be looked up."""
    columns = {name: Column(name=name, required=name == "id", unique=name == "id") for name in _SOURCE}
    rows = tuple(tuple(str(getattr(source, name)) for name in _SOURCE) for source in sources)
    return TableExtract(Schema(name=SOURCES, file=f"{SOURCES}.csv", columns=columns, key=("id",)), _SOURCE, rows)


def pack(label: str, day: date, made_by: str, files: Mapping[str, bytes]) -> Package:
    """Return the archive of the files with their inventory, everything sorted and dated to the edition's day."""
    inventory = make_checksums(label, day, made_by, files)
    return Package(write_archive({**dict(sorted(files.items())), INVENTORY: inventory.written()}, day), inventory)


def holds_edition(package: Path, folder: Path) -> bool:
    """Return whether a package contains the edition in a folder; False if the package cannot be read."""
    try:
        with ZipFile(package) as archive:
            return archive.read(EDITION + MANIFEST) == (folder / MANIFEST).read_bytes()
    except (OSError, KeyError, ValueError, BadZipFile, NotImplementedError, RuntimeError):
        return False


TEMPLATE = "gongwen"
KINDS = (
    *(
        "letter",
        "pages",
        "ofd",
        "word",
        "web",
        "ledger",
        "scores",
        "approval",
        "changes",
        "table",
        "workbook",
        "descriptor",
    ),
    *("record", "inventory"),
)


def write_letter(inputs: DocumentInputs, letterhead: Letterhead, files: Iterable[str]) -> Brief:
    """Return the letter that goes with these files; what the office has not given is missing."""
    renderer = inputs.renderer
    parts = (OutlinePart("section", COVERING, "summary"),)
    brief = assemble(replace(inputs, parts=parts, letterhead=letterhead))
    (section,) = brief.sections
    listed = Block(kind="table", id=f"{COVERING}.contents", table=_contents(renderer, files))
    return replace(brief, sections=(replace(section, blocks=(*section.blocks, listed)),))


def _contents(renderer: PhraseRenderer, files: Iterable[str]) -> Grid:
    """Return what is in the package, a row a kind of file, with where it lies and how many there are."""
    counts = Counter(kind_of(name) for name in files)
    places = {kind_of(name): _place(name, counts[kind_of(name)]) for name in files}
    heads = [renderer.phrase(COVERING, f"column.{key}") for key in ("what", "where", "count")]
    rows = tuple(
        (
            renderer.phrase(COVERING, f"kind.{kind}"),
            renderer.plain(places[kind]),
            renderer.value(Fact(id="", value=float(counts[kind]))),
        )
        for kind in KINDS
        if counts[kind]
    )
    columns = (GridColumn(heads[0]), GridColumn(heads[1]), GridColumn(heads[2], figures=True))
    return Grid(id="contents", number=0, title=renderer.phrase(COVERING, "contents"), columns=columns, rows=rows)


def _place(name: str, count: int) -> str:
    """Return a file's name, or for several of a kind their folder and ending."""
    folder, _, rest = name.rpartition("/")
    return name if count == 1 else f"{folder}/*.{rest.rpartition('.')[2]}".removeprefix("/")
