"""The package: one zip of a finished edition, its tables, a covering letter and the checksums of all files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jianbao.brief.export import TableExtract
from jianbao.core.edition_folder import MANIFEST
from jianbao.core.exports import as_csv, write_archive
from jianbao.data.facts import Source
from jianbao.data.schemas import Column, Schema
from jianbao.delivery.checksums import INVENTORY, Checksums, make_checksums
from jianbao.delivery.finished_edition import Finished
from jianbao.delivery.table_exports import DESCRIPTOR, WORKBOOK, as_workbook, describe

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
