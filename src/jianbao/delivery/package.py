"""Make the package: one zip of a finished edition, its tables in open formats, a covering letter and all checksums."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from jianbao.brief.export import ROW_NUMBER, TableExtract
from jianbao.brief.letterhead import COVERING, Letterhead, addressed
from jianbao.brief.model import Block, Brief, Grid, GridColumn
from jianbao.brief.outline import FORMATS, OutlinePart
from jianbao.brief.phrases import PhraseRenderer
from jianbao.core.edition_folder import MANIFEST
from jianbao.core.limits import is_zip_bomb
from jianbao.core.messages import tr
from jianbao.core.zip_csv import TEXT_MARK, archive_date, as_csv, safe_cell, write_archive
from jianbao.data.column_checks import BEFORE_NUMBERS
from jianbao.data.facts import Fact, Source
from jianbao.data.provenance import citation_columns, field_of
from jianbao.data.schemas import NUMERIC, TYPES, Column, Schema
from jianbao.delivery.checksums import INVENTORY, Checksums, make_checksums
from jianbao.delivery.finished_edition import TEMPLATES, Finished, file_in_words, layout_in_words

WORKBOOK = "tables.xlsx"
MAX_TITLE_LENGTH = 31  # characters that a spreadsheet allows


def as_workbook(extracts: Sequence[TableExtract], day: date) -> bytes:
    """Return the tables as one workbook that says it was made on the edition's day."""
    book = Workbook()
    book.remove(book.active)
    for extract in extracts:
        _fill(book.create_sheet(extract.schema.name[:MAX_TITLE_LENGTH]), extract)
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
            if cell and number and not cell.startswith(BEFORE_NUMBERS):
                sheet.cell(line, place, float(cell))
            elif cell:
                made = sheet.cell(line, place)
                made.value, made.data_type = safe_cell(cell), "s"


DESCRIPTOR = "datapackage.json"
_FIELD_TYPES = {"number": "number", "integer": "integer", "yes_no": "boolean"}
_ESCAPING = f"A text that a spreadsheet would run as a formula has {TEXT_MARK} before it."
_SIGNED = "A number, perhaps with ≈ (about), > (more than) or < (less than) before it."
_CITED = f"Documents cite a row by its {ROW_NUMBER}: rows that the edition does not know yet are left out."


def describe(edition: str, day: date, extracts: Sequence[TableExtract], contents: Mapping[str, bytes]) -> bytes:
    """Return the descriptor of an edition's tables; `contents` are their CSV files by the name of the table."""
    known = {extract.schema.name: extract for extract in extracts}
    record = {
        "profile": "tabular-data-package",
        "name": f"edition-{edition.lower()}",
        "version": edition,
        "created": f"{day.isoformat()}T00:00:00Z",
        "description": f"{_ESCAPING} {_CITED}",
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
    whole_key = {*extract.schema.key} <= {*extract.head}
    keys = [
        _foreign_key(column)
        for column in columns
        if column.type == "reference" and _references_resolve(extract, column, known)
    ]
    return {
        "fields": [_field(column, known, column.name in extract.signed) for column in columns],
        "missingValues": [""],
        **({"primaryKey": list(extract.schema.key)} if extract.schema.key and whole_key else {}),
        **({"foreignKeys": keys} if keys else {}),
    }


def _field(column: Column, known: Mapping[str, TableExtract], signed: bool) -> dict[str, object]:
    description = TYPES[column.type] if column.type not in (*_FIELD_TYPES, "text", "choice") else _SIGNED * signed
    limits = {
        "required": column.required or None,
        "unique": column.unique or None,
        "enum": list(column.of) if column.type == "choice" else None,
        **({} if signed else {"minimum": _bound(column, column.low), "maximum": _bound(column, column.high)}),
        "pattern": column.pattern or None,
    }
    constraints = {key: value for key, value in limits.items() if value is not None}
    return {
        "name": column.name,
        "type": "string" if signed else _type(column, known),
        **({"trueValues": ["yes"], "falseValues": ["no"]} if column.type == "yes_no" else {}),
        **({"description": description} if description else {}),
        **({"constraints": constraints} if constraints else {}),
    }


def _type(column: Column, known: Mapping[str, TableExtract]) -> str:
    """Return the type of a field; a reference has the type of the column that it refers to."""
    table, referred = column.to
    if column.type == "reference" and table in known:
        return _type(known[table].schema.columns[referred], known)
    return _FIELD_TYPES.get(column.type, "string")


def _bound(column: Column, value: float | None) -> float | int | None:
    return int(value) if value is not None and column.type == "integer" else value


def _foreign_key(column: Column) -> dict[str, object]:
    return {"fields": column.name, "reference": {"resource": column.to[0], "fields": column.to[1]}}


def _references_resolve(extract: TableExtract, column: Column, known: Mapping[str, TableExtract]) -> bool:
    """Return whether every reference leads to a row of this edition, which has no rows dated later."""
    table = known.get(column.to[0])
    return table is not None and set(_cells(extract, column.name)) - {""} <= set(_cells(table, column.to[1]))


def _cells(extract: TableExtract, name: str) -> Iterable[str]:
    place = extract.head.index(name)
    return (row[place] for row in extract.rows)


EDITION, DATA, LETTER = "edition/", "data/", "letter"
SOURCES = "sources"
_KIND_BY_SUFFIX = {
    ".p7s": "signature",
    ".pdf": "pages",
    ".ofd": "ofd",
    ".docx": "word",
    ".html": "web",
    ".csv": "table",
}
_KIND_BY_NAME = {
    EDITION + "ledger.json": "ledger",
    EDITION + "scores.csv": "scores",
    EDITION + MANIFEST: "record",
    DATA + DESCRIPTOR: "descriptor",
    DATA + WORKBOOK: "workbook",
    INVENTORY: "inventory",
}
_KIND_BY_PREFIX = {LETTER + ".": "letter", EDITION + "approval": "approval", EDITION + "changes": "changes"}


@dataclass(frozen=True)
class Package:
    """A packed edition: the archive's bytes and the inventory inside it."""

    content: bytes
    inventory: Checksums


def kind_of(name: str) -> str:
    """Return the kind of a file in a package by its name: "pages", "ofd", "word", "web", "table" and so on; or ""."""
    begun = next((kind for start, kind in _KIND_BY_PREFIX.items() if name.startswith(start)), "")
    return (
        _KIND_BY_NAME.get(name)
        or begun
        or next((kind for end, kind in _KIND_BY_SUFFIX.items() if name.endswith(end)), "")
    )


def gather(
    finished: Finished, day: date, extracts: Sequence[TableExtract], sources: Iterable[Source]
) -> dict[str, bytes]:
    """Return the files of a package without its letter and inventory, by their names in it."""
    whole = (*extracts, _sources_table([*sources]))
    contents = {extract.schema.name: as_csv([extract.head, *extract.rows]) for extract in whole}
    return {
        **{EDITION + name: content for name, content in finished.files.items()},
        **{f"{DATA}{name}.csv": content for name, content in contents.items()},
        DATA + DESCRIPTOR: describe(finished.label, day, whole, contents),
        DATA + WORKBOOK: as_workbook(whole, day),
    }


def _sources_table(sources: Sequence[Source]) -> TableExtract:
    """Return the list of sources as a table, in which the sources named in other tables can be looked up."""
    head = ("id", *citation_columns(sources))
    columns = {name: Column(name=name, required=name == "id", unique=name == "id") for name in head}
    rows = tuple(tuple(field_of(source, name) for name in head) for source in sources)
    return TableExtract(Schema(name=SOURCES, file=f"{SOURCES}.csv", columns=columns, key=("id",)), head, rows)


def pack(label: str, day: date, made_by: str, files: Mapping[str, bytes]) -> Package:
    """Return the archive of the files with their inventory, everything sorted and dated to the edition's day."""
    inventory = make_checksums(label, day, made_by, files)
    return Package(write_archive({**dict(sorted(files.items())), INVENTORY: inventory.written()}, day), inventory)


_UNREADABLE = (OSError, KeyError, ValueError, BadZipFile, NotImplementedError, RuntimeError)


def holds_edition(package: Path, folder: Path) -> bool:
    """Return whether a package contains the edition in a folder; False if the package cannot be read."""
    try:
        return packed_file(package, EDITION + MANIFEST) == (folder / MANIFEST).read_bytes()
    except OSError:
        return False


def packed_names(package: Path) -> tuple[str, ...]:
    """Return the names of the files in a package; none if it cannot be read."""
    try:
        with ZipFile(package) as archive:
            return tuple(archive.namelist())
    except _UNREADABLE:
        return ()


def packed_file(package: Path, name: str) -> bytes | None:
    """Return a file of a package; None if there is none, it cannot be read, or it would unpack to too much."""
    try:
        with ZipFile(package) as archive:
            return None if is_zip_bomb(archive.getinfo(name)) else archive.read(name)
    except _UNREADABLE:
        return None


TEMPLATE = "gongwen"  # of the covering letter: the form of official documents (公文)
RECORD_KINDS = ("ledger", "scores", "approval", "changes", "descriptor", "record", "inventory")
KINDS = (  # in the order of the letter
    *("letter", "pages", "ofd", "word", "web", "ledger", "scores", "approval", "changes"),
    *("table", "workbook", "descriptor", "record", "signature", "inventory"),
)


def write_letter(inputs: DocumentInputs, letterhead: Letterhead, files: Iterable[str], *, issued: bool = True) -> Brief:
    """Return the covering letter for these files, without the parts of the letterhead that the office has not given.

    If the edition is not `issued`, the letter says so first.
    """
    renderer = addressed(inputs.renderer, letterhead)
    parts = (OutlinePart("section", COVERING, "summary"),)
    brief = assemble(replace(inputs, renderer=renderer, parts=parts, letterhead=letterhead))
    (section,) = brief.sections
    listed = Block(kind="table", id=f"{COVERING}.contents", table=_contents(renderer, files))
    openings = () if issued else (renderer.phrase(COVERING, "unissued"),)
    first = tuple(Block(kind="paragraph", id=f"{COVERING}.unissued", statements=(each,)) for each in openings)
    return replace(brief, sections=(replace(section, blocks=(*first, *section.blocks, listed)),))


def _kinds_in(files: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Yield each kind of file with its place and the number of files, in the order of a letter."""
    counts = Counter(kind_of(name) for name in files)
    places = {kind_of(name): _place(name, counts[kind_of(name)]) for name in files}
    return ((kind, places[kind], counts[kind]) for kind in KINDS if counts[kind])


INDEX, CHINESE = "目录.txt", "zh"


def chinese_index(renderer: PhraseRenderer, label: str, files: Sequence[str]) -> dict[str, bytes]:
    """Return a list that explains in Chinese each file of a package, as the names do not; none without Chinese.

    The Chinese documents come first, beginning with the brief.
    """
    if CHINESE not in renderer.writers:
        return {}
    named = {name: file_in_words(name.removeprefix(EDITION), CHINESE) for name in files if name.startswith(EDITION)}
    documents = sorted((name for name, called in named.items() if called), key=_read_first)
    letters = [name for name in files if kind_of(name) == "letter"]
    rest = [name for name in files if name not in (*documents, *letters)]
    kinds = [*(("letter", name) for name in letters), *((kind, place) for kind, place, _ in _kinds_in(rest))]
    what = {kind: renderer.phrase(COVERING, f"kind.{kind}").text(CHINESE) for kind, _ in kinds}
    spoken = {name: f"（{layout_in_words(name.split('.')[1], CHINESE)}）" for name in letters}
    heads = (
        tr("Contents of the package of edition {edition}", edition=label),
        tr("Documents, the first of which is read first"),
        tr("Other files"),
    )
    title, first, then = (each.in_language(CHINESE) for each in heads)
    lines = [title, "", first, *(f"{named[name]}：{name}" for name in documents)]
    lines += ["", then, *(f"{what[kind]}{spoken.get(place, '')}：{place}" for kind, place in kinds)]
    return {INDEX: "".join(f"{line}\r\n" for line in lines).encode("utf-8-sig")}


def _read_first(name: str) -> tuple[bool, int, str, int]:
    product, _, form = name.removeprefix(EDITION).rpartition(".")
    template, _, layout = product.partition(".")
    return layout != CHINESE, [*TEMPLATES].index(template), layout, FORMATS.index(form)


def _contents(renderer: PhraseRenderer, files: Iterable[str]) -> Grid:
    """Return the table of contents of a package: for each kind of file a description, the place, and the number."""
    heads = [renderer.phrase(COVERING, f"column.{key}") for key in ("what", "where", "count")]
    rows = tuple(
        (
            renderer.phrase(COVERING, f"kind.{kind}"),
            renderer.plain(place),
            renderer.value(Fact(id="", value=float(count))),
        )
        for kind, place, count in _kinds_in(files)
    )
    columns = (GridColumn(heads[0]), GridColumn(heads[1]), GridColumn(heads[2], figures=True))
    return Grid(id="contents", number=0, title=renderer.phrase(COVERING, "contents"), columns=columns, rows=rows)


def _place(name: str, count: int) -> str:
    """Return a file's name, or for several of a kind their folder ("data/") or, without one, their format ("PDF")."""
    folder, _, rest = name.rpartition("/")
    return name if count == 1 else f"{folder}/" if folder else rest.rpartition(".")[2].upper()
