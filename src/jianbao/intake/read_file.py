"""Read a delivered workbook or CSV: which of its headings name which tables and columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from jianbao.core.documents import Problems
from jianbao.core.encoding import EncodingError, decode
from jianbao.core.errors import DataError, Place, Problem, nearest, raise_all, slip_of
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.data.csv_files import read_csv as parse_table
from jianbao.data.schemas import Schema
from jianbao.data.tables import without_notes
from jianbao.data.xlsx_reader import Pages, read_pages
from jianbao.intake.labels import LISTS, Labels, measured
from jianbao.intake.layouts import IGNORED, WORDS, lay_out

WORKBOOK = ".xlsx"
Headings = Mapping[str, Mapping[str, str]]  # by sheet and column


@dataclass(frozen=True, kw_only=True)
class DeliveredFile:
    """Sheets by table, what is wrong with their rows, the sheets that are no table, and how days are counted.

    `counted_from` is the year from which the workbook counts its days, 1900 or 1904; 0 for a table of text. `added_to`
    says in which sheets rows of which tables can be delivered with the others; nowhere in a table of text. `left_out`
    has what is around the rows and not one of them: titles above the heading, columns that the table does not have.
    `headings` are those of each sheet as they are written, by column; `words` are what each choice may be called, too,
    by the forms in which the wording names it. `origins` are the places of what a derived row is derived from, by table
    and number.
    """

    sheets: Mapping[str, Sheet]
    faults: tuple[Problem, ...] = ()
    left_out: tuple[Problem, ...] = ()
    others: tuple[str, ...] = ()
    counted_from: int = 0
    added_to: Mapping[str, Translatable] = field(default_factory=dict)
    headings: Headings = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    origins: Mapping[tuple[str, int], Place] = field(default_factory=dict)


def read_delivered_file(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels) -> DeliveredFile:
    """Read a delivery; raises DataError if it cannot be opened, holds no table, or has columns that no table has.

    What is wrong in a row is a fault, with its place.
    """
    problems: Problems = []
    left_out: Problems = []
    if file.lower().endswith(WORKBOOK):
        further = {word for key in WORDS for word in labels.further.get(key, ())}
        headings = {name: frozenset(labels.headings(schema)) | further for name, schema in schemas.items()}
        titles = labels.titles(tuple(schemas))
        pages = read_pages(data, file, lambda title: _titled(title, titles), problems, headings)
    else:
        pages = _single(data, file, schemas, labels, problems)
    if not pages.sheets and not problems:
        what = tr("no sheet is a table of this workspace: {sheets}", sheets=tr_list(pages.others))
        problems.append(Problem(Place(file), what, tr("name the sheets {tables}", tables=tr_list(schemas))))
    filled = {name: sheet for name, sheet in pages.sheets.items() if sheet.rows}
    filled = lay_out(filled, labels.further, (*labels.texts("column.source"), "source"), problems, left_out)
    headed = {name: _headed(sheet, schemas[name], labels, problems, left_out) for name, sheet in filled.items()}
    last = {sheet.file: sheet.heading for sheet in pages.sheets.values()}
    raise_all((each for each in problems if each.where.line <= last.get(each.where.file, 1)), DataError)
    sheets = {name: without_notes(sheet, schemas[name], problems) for name, sheet in headed.items()}
    others = tuple(title for title in pages.others if title not in (LISTS, labels.guidance()))
    own = {name: labels.table(name) for name in schemas} if pages.counted_from else {}
    return DeliveredFile(
        sheets=sheets,
        faults=tuple(problems),
        left_out=tuple(left_out),
        others=others,
        counted_from=pages.counted_from,
        words=labels.choices(),
        headings={sheet.file: _written(sheet, labels.headings(schemas[name])) for name, sheet in filled.items()},
        added_to={name: tr("the sheet '{title}' of the delivery", title=title) for name, title in own.items()},
    )


def _titled(title: str, titles: Mapping[str, str]) -> str:
    """Return the table that a sheet with this title is, with or without a unit in brackets; "" if it is none."""
    return titles.get(title.lower(), "") or titles.get(measured(title)[0].lower(), "")


def _single(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, problems: Problems) -> Pages:
    """Read a table of its own: the one its file is named after, or whose columns it has."""
    try:
        text = decode(data)
    except EncodingError as error:
        raise DataError(Problem(Place(file, error.line), error.reason, error.hint)) from error
    headings = frozenset().union(*(labels.headings(schema) for schema in schemas.values()))
    sheet = parse_table(text, "", file, problems, headings)
    titles = labels.titles(tuple(schemas))
    name = _titled(file.rpartition(".")[0], titles) or _by_head(sheet.head, schemas, labels)
    if not name and sheet.head:
        what = tr("it is not clear which table this is: its columns are {columns}", columns=tr_list(sheet.head))
        problems.append(
            Problem(Place(file), what, tr("name the file after its table: {tables}", tables=tr_list(schemas)))
        )
    return Pages({name: replace(sheet, table=name)} if name else {})


def _by_head(head: Sequence[str], schemas: Mapping[str, Schema], labels: Labels) -> str:
    """Return the table whose key is in a head, and that has the most of its columns; "" if there is not just one."""
    fitting = {}
    for name, schema in schemas.items():
        headings = labels.headings(schema)
        columns = [headings.get(each.lower(), "") for each in head]
        if set(schema.key) <= set(columns):
            fitting[name] = columns.count("")
    best = [name for name, unknown in fitting.items() if unknown == min(fitting.values())]
    return best[0] if len(best) == 1 else ""


def _written(sheet: Sheet, headings: Mapping[str, str]) -> Mapping[str, str]:
    """Return the heading of each column as a sheet writes it."""
    return {column: head for head in sheet.head if (column := _meant(head, headings))}


def _meant(head: str, headings: Mapping[str, str]) -> str:
    """Return the column that a heading means, with or without a unit in brackets; "" if it is none."""
    return headings.get(head.lower(), "") or headings.get(measured(head)[0].lower(), "")


def _once(sheet: Sheet, columns: Sequence[str], problems: Problems) -> frozenset[int]:
    """Return the places of columns, of those that mean the same the one that is filled; a problem if several are."""
    found: dict[str, int] = {}
    for at, column in enumerate(columns):
        filled, before = any(row[at] for row in sheet.rows), found.get(column)
        if before is None or not any(row[before] for row in sheet.rows):
            found[column] = at
        elif filled and column:
            what = tr("'{one}' and '{other}' are the same column", one=sheet.head[before], other=sheet.head[at])
            problems.append(Problem(Place(sheet.file, sheet.heading), what, tr("keep one of the two")))
    return frozenset(found.values())


def _headed(sheet: Sheet, schema: Schema, labels: Labels, problems: Problems, left_out: Problems) -> Sheet:
    """Return a sheet with the ids of its columns for a head, and without columns that the table does not have.

    A column that may be one of the table's, misspelt or in the place of one that is missing, is a problem.
    """
    headings, place = labels.headings(schema), Place(sheet.file, sheet.heading)
    columns = tuple(_meant(head, headings) for head in sheet.head)
    title = sheet.file.partition("[")[2].removesuffix("]") or schema.name
    missing = [column for column in schema.key if column not in columns and schema.columns[column].required]
    ignored = labels.further.get(IGNORED, ())
    called = {column: labels.said(schema.name, column) for column in schema.columns if "." not in column}
    for head in (
        each for each, column in zip(sheet.head, columns, strict=True) if not column and each.lower() not in ignored
    ):
        meant = headings.get(slip_of(head, headings), "")
        if missing or (meant and meant not in columns):
            what = tr("'{value}' is not a column of {table}", value=head, table=title)
            hint = nearest(head, [meant]) if meant else tr("allowed: {values}", values=tr_list(called.values()))
            problems.append(Problem(place, what, hint))
        else:
            what = tr("'{value}' is not a column of {table} and is left out", value=head, table=title)
            left_out.append(Problem(replace(place, column=head), what))
    problems += [
        Problem(place, tr("the column '{name}' is missing", name=called[column]), tr("it identifies the rows"))
        for column in missing
    ]
    if sheet.above:
        what = tr("'{text}' stands above the heading and is left out", text=" ".join(sheet.above.values()))
        left_out.append(Problem(Place(sheet.file, min(sheet.above)), what))
    own = _once(sheet, columns, problems)
    kept = [at for at, column in enumerate(columns) if column and at in own]
    rows = tuple(tuple(row[at] for at in kept) for row in sheet.rows)
    return replace(sheet, head=tuple(columns[at] for at in kept), rows=rows)
