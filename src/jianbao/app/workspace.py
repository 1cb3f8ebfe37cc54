"""The workspace: the only module that reads the files people edit."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import pandas as pd

from jianbao.brief.logo import Logo
from jianbao.core.documents import Node, Problems, overlaid, parse_cached
from jianbao.core.errors import (
    ContentError,
    DataError,
    DeliveryError,
    Place,
    Problem,
    RenderError,
    UsageError,
    nearest,
    raise_all,
)
from jianbao.core.messages import tr, tr_error, tr_list
from jianbao.core.snapshot import FOLDER, HIDDEN, OUTSIDE, STAY, File, Snapshot, read_entry, single_file
from jianbao.core.transaction import recover
from jianbao.core.yaml_reader import parse_document
from jianbao.data.anomaly_rules import NO_ANOMALY_RULES, AnomalyRules, parse_anomaly_rules
from jianbao.data.csv_files import Sheet, read_csv
from jianbao.data.facts import Source
from jianbao.data.limits import parse_series_limits
from jianbao.data.provenance import parse_sources
from jianbao.data.schemas import Schema, parse_schemas, with_series_limits
from jianbao.data.tables import Tables, check_tables
from jianbao.data.xlsx_reader import read_workbook
from jianbao.render.fonts import custom
from jianbao.render.html.templates import SUFFIXES, Template, Templates, built_in, built_in_text, overridden
from jianbao.text.entries import BUILT_IN

DATA = "data"
TEMPLATES = "templates"
WORDING = f"{TEMPLATES}/wording"
OUTPUT = "output"
ANOMALIES = f"{DATA}/anomalies.yml"
SERIES = f"{DATA}/series.yml"
THEME = f"{TEMPLATES}/theme.yml"
FOLDERS = (DATA, TEMPLATES)
REVIEWS = f"{DATA}/reviews"
PROPOSALS = f"{DATA}/proposals"  # not an input of editions
CACHE_SIZE = 64  # sheets of CSV files, of which a change touches one


@dataclass(frozen=True)
class WorkspaceEvidence:
    """The evidence of a workspace, independent of editions: schemas, checked tables, sources, and anomaly rules."""

    schemas: Mapping[str, Schema]
    tables: Tables
    sources: Mapping[str, Source]
    watches: AnomalyRules = NO_ANOMALY_RULES


def snapshot(root: Path) -> Snapshot:
    """Read every file of data/ and templates/ once, without hidden ones and proposals.

    A change that a crash interrupted is completed first, so that either the old or the new state is read. A link out of
    the workspace, and a file that is too large or unreadable, raises its error only when the snapshot is asked for it.
    Raises DeliveryError if an interrupted change cannot be completed, UsageError if there is nothing to read.
    """
    recover(root)
    entries = dict(_entries(root.resolve()))
    if not entries:
        hint = tr("name the folder that has data/editions.yml, or make one with `jianbao new`")
        raise UsageError(Problem(Place(str(root)), tr("there is no workspace in this folder"), hint))
    return Snapshot(
        files={name: entry for name, entry in sorted(entries.items()) if isinstance(entry, File)},
        refused={name: entry for name, entry in sorted(entries.items()) if isinstance(entry, Problem)},
    )


def output_folder(root: Path, named: Path | None = None) -> Path:
    """Return the folder of editions: the named one, or else the workspace's own.

    Raises DeliveryError if the workspace's own is a link out of it, since nobody named its target.
    """
    own = root / OUTPUT
    if named is None and not own.resolve().is_relative_to(root.resolve()):
        what = tr("this is a link that leads out of the workspace, to '{own}'", own=own.resolve())
        raise DeliveryError(Problem(Place(str(own)), what, tr("take it away, or name the folder by --output")))
    return named or own


def _entries(root: Path) -> Iterator[tuple[str, File | Problem]]:
    """Yield each file by name, or the problem for which it or a folder is not read; each folder is read once."""
    due, seen = deque(FOLDERS), {root}
    while due:
        name = due.popleft()
        folder = (root / name).resolve()
        if not folder.is_relative_to(root):
            yield f"{name}/", Problem(Place(name), OUTSIDE, STAY)
        elif folder not in seen:
            seen.add(folder)
            try:
                listed = folder.iterdir() if folder.is_dir() else ()
                paths = sorted((path, path.is_dir()) for path in listed if not path.name.startswith(HIDDEN))
            except OSError as error:
                yield f"{name}/", Problem(Place(name), tr("the folder cannot be read: {error}", error=tr_error(error)))
                continue
            for path, is_folder in paths:
                inside = f"{name}/{path.name}"
                if is_folder and path.suffix in (".csv", ".xlsx", ".yml", *SUFFIXES):
                    yield inside, Problem(Place(inside), FOLDER)
                elif is_folder and inside != PROPOSALS:  # links come last, so that a folder is read under its own name
                    (due.append if path.is_symlink() else due.appendleft)(inside)
                elif path.is_file() and (entry := read_entry(root, path, inside)):
                    yield inside, entry


def read_templates(snapshot: Snapshot) -> Templates:
    """Return the page templates by name; the workspace's own ones replace built-in ones."""
    own = [name for suffix in SUFFIXES for name in snapshot.names(TEMPLATES, suffix)]
    texts = {name.removeprefix(f"{TEMPLATES}/"): Template(snapshot.text(name, RenderError), name) for name in own}
    return overridden(built_in(), texts)


def read_theme(snapshot: Snapshot) -> Node:
    """Return the theme as a document: the workspace's merged with the built-in one."""
    base = parse_document(built_in_text("templates/theme.yml"), f"{BUILT_IN}/theme.yml", RenderError)
    return overlaid(base, snapshot.document(THEME, RenderError)) if THEME in snapshot.names(TEMPLATES, ".yml") else base


def read_logo(snapshot: Snapshot, theme: Node) -> Logo | None:
    """Return the logo that a theme names by its file in templates/; None if it names none."""
    named = theme.get("logo")
    if not named or not isinstance(named.value, str):
        return None
    file = f"{TEMPLATES}/{named.value}"
    return Logo(file, snapshot.content(file, RenderError))


def font_files(snapshot: Snapshot, theme: Node) -> Mapping[str, str]:
    """Return the SHA-256 of each font file that a theme names, by its name in templates/fonts/; raises RenderError."""
    declared = theme.get("fonts")
    families = [family for _, family in declared.pairs()] if declared and isinstance(declared.value, Mapping) else []
    cuts = [cut for family in families if isinstance(family.value, Mapping) for _, cut in family.pairs()]
    named = [cut.value for cut in cuts if isinstance(cut.value, str) and cut.value.strip()]
    return {name: snapshot.sha256(_font_file(name), RenderError) for name in named}


def read_font(snapshot: Snapshot, name: str) -> bytes:
    """Return a font file by its name in templates/fonts/; raises RenderError if it is missing or not a font."""
    return snapshot.content(_font_file(name), RenderError)


def _font_file(name: str) -> str:
    file = f"{custom.FOLDER}/{name}"
    if not name.lower().endswith(custom.SUFFIXES):
        raise RenderError(
            Problem(
                Place(file),
                tr("this is not a font file"),
                tr("font files end in {suffixes}", suffixes=tr_list(custom.SUFFIXES)),
            )
        )
    return file


def read_evidence(snapshot: Snapshot, languages: Iterable[str]) -> WorkspaceEvidence:
    """Read schemas, sources and tables; raises ContentError for the schemas, else DataError with all problems."""
    problems: Problems = []
    schemas = read_schemas(snapshot, languages, problems)
    watches = read_watches(snapshot, schemas, problems)
    raise_all(problems, ContentError)
    sources: Mapping[str, Source] | None = None
    try:
        sources = parse_cached(parse_sources, snapshot.document(f"{DATA}/sources.yml", DataError), problems)
    except DataError as error:
        problems.extend(error.problems)
    sheets = collect_sheets(snapshot, schemas, problems)
    tables = check_tables(sheets, schemas, sources, problems)
    raise_all(problems, DataError)
    assert sources is not None
    return WorkspaceEvidence(schemas=schemas, tables=tables, sources=sources, watches=watches)


def read_schemas(snapshot: Snapshot, languages: Iterable[str], problems: Problems) -> Mapping[str, Schema]:
    """Read the schemas of the tables, with the declared limits of their series."""
    schemas = parse_cached(parse_schemas, snapshot.document(f"{DATA}/tables.yml"), problems, tuple(languages))
    if SERIES not in snapshot.names(DATA, ".yml"):
        return schemas
    node = snapshot.document(SERIES)
    return with_series_limits(schemas, parse_series_limits(node, problems), node.place, problems)


def read_watches(snapshot: Snapshot, schemas: Mapping[str, Schema], problems: Problems) -> AnomalyRules:
    """Read the anomaly rules; a workspace without the file has none."""
    if ANOMALIES not in snapshot.names(DATA, ".yml"):
        return NO_ANOMALY_RULES
    return parse_anomaly_rules(snapshot.document(ANOMALIES), schemas, problems)


def read_tables(snapshot: Snapshot, schemas: Mapping[str, Schema]) -> Mapping[str, Sheet]:
    """Read every table as a sheet, from its CSV or from the one workbook; raises DataError with all problems."""
    problems: Problems = []
    sheets = collect_sheets(snapshot, schemas, problems)
    raise_all(problems, DataError)
    return sheets


def collect_sheets(snapshot: Snapshot, schemas: Mapping[str, Schema], problems: Problems) -> Mapping[str, Sheet]:
    """Read every readable table, and add all errors to `problems`."""
    written = {schema.file: name for name, schema in schemas.items()}
    tables = snapshot.names(DATA, ".csv")
    by_table: dict[str, Sheet] = {}
    for file in tables:
        name = written.get(file.removeprefix(f"{DATA}/"))
        if name is None:
            hint = nearest(file, [f"{DATA}/{each}" for each in written])
            problems.append(Problem(Place(file), tr("no table is declared for this file"), hint))
        else:
            by_table |= csv_sheet(snapshot, file, schemas[name], problems)
    before = len(problems)
    paged = _workbook(snapshot, schemas, problems)
    if len(problems) > before and not paged:  # the workbook is unreadable, so its tables are unknown
        return by_table
    for name in schemas:
        where = Place(f"{DATA}/{schemas[name].file}")
        if name in paged and where.file in tables:
            problems.append(
                Problem(where, tr("the same table is also in {file}", file=paged[name].file), tr("keep one of the two"))
            )
        elif name not in paged and where.file not in tables:
            problems.append(
                Problem(where, tr("the table '{name}' is missing: neither this file nor a sheet gives it", name=name))
            )
    sheets = {**paged, **by_table}
    problems.extend(problem for each in sheets.values() if (problem := _above(each)))
    return sheets


def _above(sheet: Sheet) -> Problem | None:
    """Return the problem of text above the heading of a table, if there is any."""
    if not sheet.above:
        return None
    what = tr(
        "'{text}' stands above the heading, which is row {row}", text=" ".join(sheet.above.values()), row=sheet.heading
    )
    return Problem(Place(sheet.file, min(sheet.above)), what, tr("delete the rows above the heading"))


def csv_sheet(snapshot: Snapshot, file: str, schema: Schema, problems: Problems) -> dict[str, Sheet]:
    """Return the sheet of a CSV file by the name of its table; nothing, with a problem, if the file is no text."""
    try:
        sheet, found = _csv_sheet(snapshot.text(file, DataError), schema.name, file, schema.headings)
    except DataError as error:
        problems.extend(error.problems)
        return {}
    problems.extend(found)
    return {schema.name: sheet}


@lru_cache(maxsize=CACHE_SIZE)
def _csv_sheet(text: str, table: str, file: str, headings: frozenset[str]) -> tuple[Sheet, tuple[Problem, ...]]:
    problems: Problems = []
    return read_csv(text, table, file, problems, headings), tuple(problems)


def _workbook(snapshot: Snapshot, schemas: Mapping[str, Schema], problems: Problems) -> Mapping[str, Sheet]:
    books = snapshot.names(DATA, ".xlsx")
    if len(books) > 1:
        problems.append(
            Problem(Place(books[1]), tr("a second workbook beside {book}", book=books[0]), tr("keep all sheets in one"))
        )
    if not books:
        return {}
    try:
        headings = {name: schema.headings for name, schema in schemas.items()}
        return read_workbook(snapshot.content(books[0], DataError), books[0], headings, problems)
    except DataError as error:
        problems.extend(error.problems)
        return {}


def read_built_file(file: Path) -> bytes:
    """Return a file of an earlier build from any place; raises UsageError if there is none."""
    if not file.is_file():
        hint = tr("give the folder of a built edition, or its ledger.json")
        raise UsageError(Problem(Place(str(file)), tr("the file does not exist"), hint))
    try:
        return file.read_bytes()
    except OSError as fault:
        what = tr("the file cannot be read: {error}", error=tr_error(fault))
        hint = tr("see that you may read it and the disk answers")
        raise UsageError(Problem(Place(str(file)), what, hint)) from fault


def review_file(label: str) -> str:
    """Return the path in the workspace of the file with the reviews of an edition."""
    return f"{REVIEWS}/{label}.jsonl"


def read_reviews(snapshot: Snapshot, label: str) -> str:
    """Return the reviews of an edition as lines of text; "" if there are none."""
    file = review_file(label)
    return snapshot.text(file) if file in snapshot.names(REVIEWS, ".jsonl") else ""


def proposal_file(name: str) -> str:
    """Return the path in the workspace of the file of a proposal."""
    return f"{PROPOSALS}/{name}.yml"


def proposal_names(root: Path) -> tuple[str, ...]:
    """Return the names of the stored proposals, sorted."""
    return tuple(sorted(path.stem for path in (root / PROPOSALS).glob("*.yml")))


def read_proposal_file(root: Path, name: str) -> Snapshot:
    """Return a snapshot with only the file of a proposal, under its path; raises UsageError if there is none."""
    file = proposal_file(name)
    if Path(name).name != name or not (root / file).is_file():
        hint = nearest(name, proposal_names(root), tr("`jianbao propose … --keep` keeps one"))
        raise UsageError(Problem(Place(PROPOSALS), tr("there is no proposal '{name}'", name=name), hint))
    entry = read_entry(root.resolve(), root / file, file)
    if isinstance(entry, File):
        return Snapshot(files={file: entry})
    raise UsageError(entry or Problem(Place(file), tr("the file does not exist")))


def edition_files(folder: Path) -> tuple[str, ...]:
    """Return the names of the files of a built edition."""
    return tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))


def read_parquet(file: Path) -> Mapping[str, Sequence[object]]:
    """Return a Parquet file as columns of values; raises DataError if it cannot be read."""
    frame = _parquet(single_file(file, DataError).content(file.name), Place(file.name))
    return {str(name): [None if pd.isna(cell) else cell for cell in column] for name, column in frame.items()}


def _parquet(content: bytes, place: Place) -> pd.DataFrame:
    try:
        return pd.read_parquet(BytesIO(content))
    except (ValueError, OSError, NotImplementedError) as error:  # as pyarrow says that it cannot read a file
        hint = tr("write it again, or provide the table as CSV")
        raise DataError(
            Problem(place, tr("this Parquet file cannot be read: {error}", error=tr_error(error)), hint)
        ) from error
