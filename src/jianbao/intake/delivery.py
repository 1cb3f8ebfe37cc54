"""A delivery: new data in a workbook or a table, read as sheets of the workspace's own tables and columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.documents import Problems
from jianbao.errors import DataError, Place, Problem, nearest, raise_all
from jianbao.evidence.encoding import EncodingError, decode
from jianbao.evidence.schemas import Schema
from jianbao.evidence.sheets import Sheet
from jianbao.evidence.sheets import read_csv as parse_table
from jianbao.evidence.workbooks import Pages, read_pages
from jianbao.intake.labels import LISTS, Labels

WORKBOOK = ".xlsx"


@dataclass(frozen=True)
class Delivery:
    """Sheets by table, what is wrong with their rows, the sheets that are no table, and how days are counted.

    `counted_from` is the year from which the workbook counts its days, 1900 or 1904; 0 for a table of text.
    """

    sheets: Mapping[str, Sheet]
    faults: tuple[Problem, ...] = ()
    others: tuple[str, ...] = ()
    counted_from: int = 0


def read_delivery(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels) -> Delivery:
    """Read a delivery; raises DataError if it cannot be opened, holds no table, or has columns that no table has.

    What is wrong in a row is a fault, with its place.
    """
    problems: Problems = []
    if file.lower().endswith(WORKBOOK):
        pages = read_pages(data, file, labels.titles(tuple(schemas)), problems)
    else:
        pages = _single(data, file, schemas, labels, problems)
    if not pages.sheets and not problems:
        what = f"no sheet is a table of this workspace: {', '.join(pages.others)}"
        problems.append(Problem(Place(file), what, f"name the sheets {', '.join(schemas)}"))
    filled = {name: sheet for name, sheet in pages.sheets.items() if sheet.rows}
    sheets = {name: _headed(sheet, schemas[name], labels, problems) for name, sheet in filled.items()}
    raise_all((problem for problem in problems if problem.where.line <= 1), DataError)
    others = tuple(title for title in pages.others if title not in (LISTS, labels.guidance()))
    return Delivery(sheets, tuple(problems), others, pages.counted_from)


def _single(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels, problems: Problems) -> Pages:
    """Read a table of its own: the one its file is named after, or whose columns it has."""
    try:
        text = decode(data)
    except EncodingError as error:
        raise DataError(Problem(Place(file, error.line), error.reason, error.hint)) from error
    sheet = parse_table(text, "", file, problems)
    titles = labels.titles(tuple(schemas))
    name = titles.get(file.rpartition(".")[0], "") or _by_head(sheet.head, schemas, labels)
    if not name and sheet.head:
        what = f"it is not clear which table this is: its columns are {', '.join(sheet.head)}"
        problems.append(Problem(Place(file), what, f"name the file after its table: {', '.join(schemas)}"))
    return Pages({name: replace(sheet, table=name)} if name else {})


def _by_head(head: Sequence[str], schemas: Mapping[str, Schema], labels: Labels) -> str:
    """Return the only table that has all columns of a head, its key among them; "" if there is not just one."""
    fitting = []
    for name, schema in schemas.items():
        headings = labels.headings(schema)
        columns = {headings.get(each.lower(), "") for each in head}
        if "" not in columns and set(schema.key) <= columns:
            fitting.append(name)
    return fitting[0] if len(fitting) == 1 else ""


def _headed(sheet: Sheet, schema: Schema, labels: Labels, problems: Problems) -> Sheet:
    """Return a sheet with the ids of its columns for a head."""
    headings = labels.headings(schema)
    place = Place(sheet.file, 1)
    for head in sheet.head:
        if head.lower() not in headings:
            what = f"'{head}' is not a column of {schema.name}"
            problems.append(Problem(place, what, nearest(head, schema.columns)))
    columns = tuple(headings.get(head.lower(), head) for head in sheet.head)
    missing = [column for column in schema.key if column not in columns and schema.columns[column].required]
    problems += [Problem(place, f"the column '{column}' is missing", "it tells the rows apart") for column in missing]
    return replace(sheet, head=columns)
