"""The workspace: the one place that reads the files which people edit, as marked text and as sheets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pandas as pd

from jianbao.amendment import finish
from jianbao.documents import Node, Problems, laid_over
from jianbao.errors import (
    ContentError,
    DataError,
    DeliveryError,
    JianbaoError,
    Place,
    Problem,
    RenderError,
    UsageError,
    nearest,
    raise_all,
)
from jianbao.evidence.encoding import EncodingError, decode
from jianbao.evidence.facts import Source
from jianbao.evidence.schemas import Schema, parse_schemas
from jianbao.evidence.sheets import Sheet, read_csv
from jianbao.evidence.sources import parse_sources
from jianbao.evidence.tables import Tables, check_tables
from jianbao.evidence.watches import UNWATCHED, Watches, parse_watches
from jianbao.evidence.workbooks import read_workbook
from jianbao.publication import matrices
from jianbao.publication.emblem import Emblem
from jianbao.publication.templates import BUILT_IN, SUFFIXES, Template, Templates, built_in, built_in_text, overridden
from jianbao.transcript import parse_document

DATA = "data"
TEMPLATES = "templates"
OUTPUT = "output"
ANOMALIES = f"{DATA}/anomalies.yml"
THEME = f"{TEMPLATES}/theme.yml"
FOLDERS = (DATA, TEMPLATES)
REVIEWS = f"{DATA}/reviews"
LARGEST = 200_000_000  # bytes of a table or workbook


@dataclass(frozen=True)
class Evidence:
    """What a workspace knows before any edition: schemas, checked tables, sources, and which values are watched."""

    schemas: Mapping[str, Schema]
    tables: Tables
    sources: Mapping[str, Source]
    watches: Watches = UNWATCHED


def read_bytes(root: Path, relative: str, error: type[JianbaoError] = ContentError) -> bytes:
    """Return a file of the workspace; a missing one, and one that lies outside, raises `error`."""
    path = _inside(root, relative, error)
    if not path.is_file():
        alike = [(Path(relative).parent / each.name).as_posix() for each in path.parent.glob(f"[!.]*{path.suffix}")]
        hint = nearest(relative, alike) if alike else ""
        raise error(Problem(Place(relative), "the file does not exist", hint))
    try:
        if path.stat().st_size > LARGEST:
            raise error(Problem(Place(relative), f"the file is too large: {path.stat().st_size:,} bytes"))
        return path.read_bytes()
    except OSError as fault:
        hint = "see that you may read it and the disk answers"
        raise error(Problem(Place(relative), f"the file cannot be read: {fault.strerror or fault}", hint)) from fault


@dataclass(frozen=True)
class Written:
    """A file as it stands: its bytes, and the text that they are."""

    content: bytes
    text: str


def as_written(root: Path, relative: str, error: type[JianbaoError] = ContentError) -> Written:
    """Return a file as it stands, for whoever is going to amend it."""
    return Written(read_bytes(root, relative, error), read_text(root, relative, error))


def delivered(file: Path) -> bytes:
    """Return what is in a file that somebody delivers; raises DataError if there is none."""
    return read_bytes(file.parent, file.name, DataError)


def _inside(root: Path, relative: str, error: type[JianbaoError]) -> Path:
    """Return where a file really is, links resolved; refuse what is not below the root.

    An amendment that a crash broke off is put into place first: what is read is the old state or the new one.
    """
    finish(root)
    try:
        path = (root / relative).resolve()
    except (OSError, RuntimeError) as fault:  # links that lead to each other
        raise error(Problem(Place(relative), "this is a link that leads nowhere", "take it away")) from fault
    if not path.is_relative_to(root.resolve()):
        raise error(Problem(Place(relative), "this leads out of the workspace", "keep every file inside it"))
    return path


def output_folder(root: Path, named: Path | None = None) -> Path:
    """Return the folder in which editions stand: the one that is named, or the workspace's own.

    Raises DeliveryError if the workspace's own is a link that leads out of it: nobody named that place.
    """
    own = root / OUTPUT
    if named is None and not own.resolve().is_relative_to(root.resolve()):
        what = f"this is a link that leads out of the workspace, to '{own.resolve()}'"
        raise DeliveryError(Problem(Place(str(own)), what, "take it away, or name the folder by --output"))
    return named or own


def files(root: Path, folder: str, suffix: str = "") -> tuple[str, ...]:
    """Return the files of a folder and those below it, sorted, as paths from the root; hidden ones left out."""
    start = _inside(root, folder, ContentError)
    found = (path.relative_to(start) for path in start.rglob(f"*{suffix}") if path.is_file())
    kept = [path for path in found if not any(part.startswith((".", "~$")) for part in path.parts)]
    return tuple(sorted((Path(folder) / path).as_posix() for path in kept))


def hashes(root: Path, folders: Iterable[str] = FOLDERS) -> dict[str, str]:
    """Return the SHA-256 of every file of the workspace, or of some of its folders, by its path from the root."""
    listed = (name for folder in folders for name in files(root, folder))
    return {name: sha256(read_bytes(root, name)).hexdigest() for name in listed}


def copied(root: Path) -> dict[str, bytes]:
    """Return every file of the workspace by its path from the root."""
    return {name: read_bytes(root, name) for folder in FOLDERS for name in files(root, folder)}


def read_text(root: Path, relative: str, error: type[JianbaoError] = ContentError) -> str:
    """Return the text of a file, whatever encoding it is in; raise `error` where that is in doubt."""
    data = read_bytes(root, relative, error)
    try:
        return decode(data)
    except EncodingError as problem:
        raise error(Problem(Place(relative, problem.line), problem.reason, problem.hint)) from problem


def read_templates(root: Path) -> Templates:
    """Return the page templates by name, the workspace's own ones in place of the built-in ones."""
    own = [name for suffix in SUFFIXES for name in files(root, TEMPLATES, suffix)]
    texts = {name.removeprefix(f"{TEMPLATES}/"): Template(read_text(root, name, RenderError), name) for name in own}
    return overridden(built_in(), texts)


def read_theme(root: Path) -> Node:
    """Return the theme as a document: what the workspace says of it, laid over the built-in one."""
    base = parse_document(built_in_text("theme.yml"), f"{BUILT_IN}/theme.yml", RenderError)
    return laid_over(base, read_document(root, THEME, RenderError)) if THEME in files(root, TEMPLATES, ".yml") else base


def read_emblem(root: Path, theme: Node) -> Emblem | None:
    """Return the emblem that a theme names by its file in templates/; None if it names none."""
    named = theme.get("logo")
    if not named or not isinstance(named.value, str):
        return None
    file = f"{TEMPLATES}/{named.value}"
    return Emblem(file, read_bytes(root, file, RenderError))


def font_files(root: Path, theme: Node) -> Mapping[str, str]:
    """Return the SHA-256 of each font file that a theme names, by its name in templates/fonts/; raises RenderError."""
    declared = theme.get("fonts")
    families = [family for _, family in declared.pairs()] if declared and isinstance(declared.value, Mapping) else []
    cuts = [cut for family in families if isinstance(family.value, Mapping) for _, cut in family.pairs()]
    named = [cut.value for cut in cuts if isinstance(cut.value, str) and cut.value.strip()]
    return {name: sha256(read_font(root, name)).hexdigest() for name in named}


def read_font(root: Path, name: str) -> bytes:
    """Return a font file by its name in templates/fonts/; raises RenderError if there is none or it is no font's."""
    file = f"{matrices.FOLDER}/{name}"
    if not name.lower().endswith(matrices.SUFFIXES):
        raise RenderError(Problem(Place(file), "this is no font file", f"{', '.join(matrices.SUFFIXES)} are"))
    return read_bytes(root, file, RenderError)


def read_document(root: Path, relative: str, error: type[JianbaoError] = ContentError) -> Node:
    """Read a YAML file of the workspace (see `parse_document`)."""
    return parse_document(read_text(root, relative, error), relative, error)


def read_evidence(root: Path, languages: Iterable[str]) -> Evidence:
    """Read schemas, sources and tables; raises ContentError for the schemas, then DataError with all that is wrong."""
    problems: Problems = []
    schemas = parse_schemas(read_document(root, f"{DATA}/tables.yml"), languages, problems)
    watches = read_watches(root, schemas, problems)
    raise_all(problems, ContentError)
    sources: Mapping[str, Source] | None = None
    try:
        sources = parse_sources(read_document(root, f"{DATA}/sources.yml", DataError), problems)
    except DataError as error:
        problems.extend(error.problems)
    sheets = collect_sheets(root, schemas, problems)
    tables = check_tables(sheets, schemas, sources, problems)
    raise_all(problems, DataError)
    assert sources is not None
    return Evidence(schemas, tables, sources, watches)


def read_watches(root: Path, schemas: Mapping[str, Schema], problems: Problems) -> Watches:
    """Read which values are watched for anomalies; a workspace without the file watches none."""
    if ANOMALIES not in files(root, DATA, ".yml"):
        return UNWATCHED
    return parse_watches(read_document(root, ANOMALIES), schemas, problems)


def read_tables(root: Path, schemas: Mapping[str, Schema]) -> Mapping[str, Sheet]:
    """Read every table as a sheet, from its CSV or from the one workbook; raises DataError with all that is wrong."""
    problems: Problems = []
    sheets = collect_sheets(root, schemas, problems)
    raise_all(problems, DataError)
    return sheets


def collect_sheets(root: Path, schemas: Mapping[str, Schema], problems: Problems) -> Mapping[str, Sheet]:
    """Read every table that can be read and add all that is wrong to `problems`."""
    written = {schema.file: name for name, schema in schemas.items()}
    tables = files(root, DATA, ".csv")
    found: dict[str, Sheet] = {}
    for file in tables:
        name = written.get(file.removeprefix(f"{DATA}/"))
        if name is None:
            hint = nearest(file, [f"{DATA}/{each}" for each in written])
            problems.append(Problem(Place(file), "no table is declared for this file", hint))
        else:
            found |= _csv(root, file, name, problems)
    before = len(problems)
    paged = _workbook(root, schemas, problems)
    if len(problems) > before and not paged:  # it cannot be told which tables are in it
        return found
    for name in schemas:
        where = Place(f"{DATA}/{schemas[name].file}")
        if name in paged and where.file in tables:
            problems.append(Problem(where, f"the same table is also in {paged[name].file}", "keep one of the two"))
        elif name not in paged and where.file not in tables:
            problems.append(Problem(where, f"the table '{name}' is missing: neither this file nor a sheet gives it"))
    return {**paged, **found}


def _csv(root: Path, file: str, name: str, problems: Problems) -> dict[str, Sheet]:
    try:
        return {name: read_csv(read_text(root, file, DataError), name, file, problems)}
    except DataError as error:
        problems.extend(error.problems)
        return {}


def _workbook(root: Path, schemas: Mapping[str, Schema], problems: Problems) -> Mapping[str, Sheet]:
    books = files(root, DATA, ".xlsx")
    if len(books) > 1:
        problems.append(Problem(Place(books[1]), f"a second workbook beside {books[0]}", "keep all sheets in one"))
    if not books:
        return {}
    try:
        return read_workbook(read_bytes(root, books[0], DataError), books[0], schemas, problems)
    except DataError as error:
        problems.extend(error.problems)
        return {}


def read_archive(file: Path) -> bytes:
    """Return a file that an earlier build left, wherever it is kept; raise UsageError if there is none."""
    if not file.is_file():
        raise UsageError(
            Problem(
                Place(str(file)), "the file does not exist", "give the folder of a built edition, or its ledger.json"
            )
        )
    try:
        return file.read_bytes()
    except OSError as fault:
        what = f"the file cannot be read: {fault.strerror or fault}"
        raise UsageError(Problem(Place(str(file)), what, "see that you may read it and the disk answers")) from fault


def review_file(label: str) -> str:
    """Return the path from the root of the file that holds what reviewers said of an edition."""
    return f"{REVIEWS}/{label}.jsonl"


def read_reviews(root: Path, label: str) -> str:
    """Return what reviewers said of an edition, as lines of text; nothing if nobody said anything."""
    file = review_file(label)
    return read_text(root, file) if file in files(root, REVIEWS, ".jsonl") else ""


def archived(folder: Path) -> tuple[str, ...]:
    """Return the names of the files of a built edition."""
    return tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))


def read_columns(file: Path) -> Mapping[str, Sequence[object]]:
    """Read any table, CSV or Parquet, as columns of cells: texts from CSV, what it holds from Parquet."""
    if file.suffix == ".parquet":
        frame = _parquet(read_bytes(file.parent, file.name, DataError), Place(file.name))
        return {str(name): [None if pd.isna(cell) else cell for cell in column] for name, column in frame.items()}
    problems: Problems = []
    sheet = read_csv(read_text(file.parent, file.name, DataError), file.stem, file.name, problems)
    raise_all(problems, DataError)
    return {name: [row[place] for row in sheet.rows] for place, name in enumerate(sheet.head)}


def _parquet(content: bytes, place: Place) -> pd.DataFrame:
    try:
        return pd.read_parquet(BytesIO(content))
    except (ValueError, OSError, NotImplementedError) as error:  # as pyarrow says that it cannot read a file
        hint = "write it anew, or give the table as CSV"
        raise DataError(Problem(place, f"this is no Parquet file that can be read: {error}", hint)) from error
