"""Read the files of a workspace from its snapshot: tables and sources; wording, templates, theme and fonts."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path, PurePosixPath

import pandas as pd

from jianbao.app.workspace import ANOMALIES, DATA, SERIES, TEMPLATES, THEME, WORDING
from jianbao.brief.editions import read_series
from jianbao.brief.logo import Logo
from jianbao.core.documents import Node, Problems, overlaid, parse_cached, texts_below
from jianbao.core.errors import ContentError, DataError, JianbaoError, Place, Problem, RenderError, nearest, raise_all
from jianbao.core.messages import tr, tr_error, tr_list
from jianbao.core.snapshot import TEMPLATE_SUFFIXES, Snapshot, single_file
from jianbao.core.yaml_edit import with_comments
from jianbao.core.yaml_reader import parse_document
from jianbao.data.anomalies import NO_ANOMALY_RULES, AnomalyRules
from jianbao.data.claim_limits import parse_series_limits
from jianbao.data.csv_files import Sheet, read_csv
from jianbao.data.facts import Source
from jianbao.data.provenance import SOURCES, parse_sources, source_schema
from jianbao.data.schemas import Schema, parse_schemas, with_series_limits
from jianbao.data.tables import Tables, check_tables
from jianbao.data.value_checks import parse_anomaly_rules
from jianbao.data.xlsx_reader import read_workbook
from jianbao.intake.labels import CHOICE, choice_forms
from jianbao.render.fonts import custom
from jianbao.render.html.templates import (
    Template,
    Templates,
    built_in,
    built_in_names,
    built_in_phrases,
    built_in_text,
    built_in_wording,
    overridden,
)
from jianbao.text.text_entries import BUILT_IN, COMMON_FOLDER, WORDING_FOLDER, misspelt_phrases, with_own_words

_LABELS = tr("write table.TABLE, column.COLUMN or column.TABLE.COLUMN, with names of data/tables.yml")
WRITTEN_BY_ALL = ("masthead.series",)  # phrases that every workspace must write itself
_QUOTED = re.compile(r"['\"]([^'\"]+)['\"]")
_OTHER_README = re.compile(r"README\.[a-z]{2}\.md")
EXTENDED = ("facts", "intake")  # sections whose built-in phrases every workspace extends
CACHE_SIZE = 64  # sheets of CSV files; a change touches only one


@dataclass(frozen=True)
class WorkspaceEvidence:
    """The evidence of a workspace, independent of editions: schemas, checked tables, sources, and anomaly rules."""

    schemas: Mapping[str, Schema]
    tables: Tables
    sources: Mapping[str, Source]
    anomaly_rules: AnomalyRules = NO_ANOMALY_RULES


def read_evidence(snapshot: Snapshot, languages: Iterable[str]) -> WorkspaceEvidence:
    """Read schemas, sources and tables; raises ContentError for the schemas, else DataError with all problems."""
    problems: Problems = []
    schemas = read_schemas(snapshot, languages, problems)
    anomaly_rules = read_anomaly_rules(snapshot, schemas, problems)
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
    return WorkspaceEvidence(schemas=schemas, tables=tables, sources=sources, anomaly_rules=anomaly_rules)


def read_schemas(snapshot: Snapshot, languages: Iterable[str], problems: Problems) -> Mapping[str, Schema]:
    """Read the schemas of the tables, with the declared limits of their series."""
    schemas = parse_cached(parse_schemas, snapshot.document(f"{DATA}/tables.yml"), problems, tuple(languages))
    if SERIES not in snapshot.names(DATA, ".yml"):
        return schemas
    node = snapshot.document(SERIES)
    return with_series_limits(schemas, parse_series_limits(node, problems), node.place, problems)


def read_anomaly_rules(snapshot: Snapshot, schemas: Mapping[str, Schema], problems: Problems) -> AnomalyRules:
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
        "'{text}' is above the heading, which is row {row}", text=" ".join(sheet.above.values()), row=sheet.heading
    )
    return Problem(Place(sheet.file, min(sheet.above)), what, tr("delete the rows above the heading"))


def csv_sheet(snapshot: Snapshot, file: str, schema: Schema, problems: Problems) -> dict[str, Sheet]:
    """Return the sheet of a CSV file by the name of its table; nothing, with a problem, if the file is not text."""
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
    return read_csv(text, table, file, problems, headings=headings), tuple(problems)


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


def read_parquet(file: Path) -> Mapping[str, Sequence[object]]:
    """Return a Parquet file as columns of values; raises DataError if it cannot be read."""
    frame = _parquet(single_file(file, DataError).content(file.name), Place(file.name))
    return {str(name): [None if pd.isna(cell) else cell for cell in column] for name, column in frame.items()}


def _parquet(content: bytes, place: Place) -> pd.DataFrame:
    try:
        return pd.read_parquet(BytesIO(content))
    except (ValueError, OSError, NotImplementedError) as error:  # the errors of pyarrow for an unreadable file
        hint = tr("write it again, or provide the table as CSV")
        raise DataError(
            Problem(place, tr("this Parquet file cannot be read: {error}", error=tr_error(error)), hint)
        ) from error


def read_wording(snapshot: Snapshot, languages: Sequence[str]) -> dict[str, Node]:
    """Return each wording file by its stem: the workspace's texts merged with the built-in ones for its languages.

    A built-in section is included if the outline names it, even if the workspace has no file for it.
    """
    own = {PurePosixPath(file).stem: snapshot.document(file) for file in snapshot.names(WORDING, ".yml")}
    wording = dict(own)
    shared = frozenset(built_in_names(COMMON_FOLDER)) - frozenset(built_in_names(WORDING_FOLDER))
    outlined = _outlined(snapshot.document("templates/outline.yml"))
    for stem in (*built_in_names(WORDING_FOLDER), *sorted(shared & outlined - own.keys())):
        # A phrase that is not built in for these languages is reported as missing in the workspace's own file.
        spoken = built_in_wording(stem, tuple(languages))
        wording[stem] = with_own_words(spoken, own.get(stem) or Node({}, Place(f"{WORDING}/{stem}.yml")))
    return wording


def _outlined(outline: Node) -> frozenset[str]:
    """Return the sections that an outline names, even if it has errors."""
    outlines = outline.get("outlines")
    parts = [part for _, listed in (outlines.pairs() if outlines else ()) for part in listed]
    return frozenset(str(node.value) for part in parts if (node := part.get("section")) and node.kind == "text")


def misspelt_wording(snapshot: Snapshot, languages: Sequence[str]) -> Problems:
    """Return a problem for each misspelt phrase of the workspace, for which the built-in one would be printed.

    If none is built in for the languages, the phrase is reported as missing where it is printed.
    """
    own = {PurePosixPath(file).stem: file for file in snapshot.names(WORDING, ".yml")}
    replacing = [stem for stem in built_in_names(WORDING_FOLDER) if stem in own and stem not in EXTENDED]
    built_in = {stem: built_in_wording(stem, tuple(languages)) for stem in replacing}
    documents = {stem: snapshot.document(own[stem]) for stem in replacing}
    return [each for stem in replacing for each in misspelt_phrases(built_in[stem], documents[stem], WRITTEN_BY_ALL)]


def unusable_labels(snapshot: Snapshot, schemas: Mapping[str, Schema], languages: Sequence[str]) -> Problems:
    """Return a problem for each label in the workspace's intake.yml that belongs to no table, column or choice."""
    own = {PurePosixPath(file).stem: file for file in snapshot.names(WORDING, ".yml")}
    phrases = snapshot.document(own["intake"]).get("phrases") if "intake" in own else None
    usable = set(built_in_phrases("intake"))
    for name, schema in {SOURCES: source_schema(languages), **schemas}.items():
        usable.add(f"table.{name}")
        usable |= {key for column in schema.columns for key in (f"column.{column}", f"column.{name}.{column}")}
        for column in schema.columns.values():
            usable |= {f"{CHOICE}{form}" for each in column.of for form in choice_forms(name, column.name, each)}
    return [
        Problem(node.place, tr("'{label}' is no label of a table or column", label=key), nearest(key, usable, _LABELS))
        for key, node in (phrases.pairs() if phrases else ())
        if key not in usable
    ]


def words_of(texts: Mapping[str, str]) -> set[str]:
    """Return the keys and the texts of documents, and what is between quotation marks in them."""
    words = {word for file, text in texts.items() for word in texts_below(parse_document(text, file))}
    return words | {quoted_word for word in words for quoted_word in _QUOTED.findall(word)}


def with_notes_in(contents: Mapping[str, bytes], language: str) -> dict[str, bytes]:
    """Return the files of a new workspace with its README and its comments in a language, if they exist in it.

    Args:
        contents: The files by path, with a README in English and, as `README.LANGUAGE.md`, in others.
        language: The language of the people who will work with the files.

    """
    comments = parse_document(built_in_text("starter/comments.yml"), "comments.yml")
    texts = [{key: str(text.value) for key, text in entry.pairs()} for entry in comments]
    translated = {each["en"]: each[language] for each in texts if language in each}
    found = {name: content for name, content in contents.items() if not _OTHER_README.fullmatch(name)}
    found["README.md"] = contents.get(f"README.{language}.md", contents["README.md"])
    commented = (name for name in found if name.endswith(".yml") and translated)
    return found | {name: with_comments(found[name].decode(), translated).encode() for name in commented}


def read_templates(snapshot: Snapshot) -> Templates:
    """Return the page templates by name; the workspace's own ones replace built-in ones."""
    own = [name for suffix in TEMPLATE_SUFFIXES for name in snapshot.names(TEMPLATES, suffix)]
    start = f"{TEMPLATES}/"
    texts = {file.removeprefix(start): Template(snapshot.text(file, RenderError), file) for file in own}
    return overridden(built_in(), texts)


def read_theme(snapshot: Snapshot) -> Node:
    """Return the theme as a document: the workspace's merged with the built-in one."""
    base = parse_document(built_in_text("templates/theme.yml"), f"{BUILT_IN}/theme.yml", RenderError)
    if THEME not in snapshot.names(TEMPLATES, ".yml"):
        return base
    return overlaid(base, snapshot.document(THEME, RenderError))


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


def table_errors(snapshot: Snapshot) -> tuple[JianbaoError, ...]:
    """Return the errors of the tables' cells and of the sources in a snapshot."""
    try:
        read_evidence(snapshot, read_series(snapshot.document("data/editions.yml"), []).languages)
    except JianbaoError as error:
        return (error,)
    return ()
