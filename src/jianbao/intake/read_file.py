"""Read a delivered workbook or CSV: which of its headings name which tables and columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.core.documents import Problems
from jianbao.core.encoding import EncodingError, decode
from jianbao.core.errors import DataError, Place, Problem, nearest, raise_all
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.data.csv_files import read_csv as parse_table
from jianbao.data.schemas import Schema
from jianbao.data.xlsx_reader import Pages, read_pages
from jianbao.text.wording import SectionText

TITLE = 31  # characters that a spreadsheet allows in the title of a sheet
FORBIDDEN = set("[]:*?/\\")
LISTS = "_"  # the title of the hidden sheet with the lists of the drop-downs


@dataclass(frozen=True)
class Labels:
    """The phrases `table.TABLE`, `column.COLUMN` and `column.TABLE.COLUMN` of the wording, in the order of languages.

    Where there is no phrase a table or column is called by its id.
    """

    languages: tuple[str, ...]
    section: SectionText | None = None

    def texts(self, *keys: str) -> tuple[str, ...]:
        """Return the first of the phrases that the wording has, in every language; nothing if it has none."""
        for key in keys:
            wording = self.section.phrases.get(key) if self.section else None
            if wording:
                texts = wording.variants[0].texts
                return tuple(texts[language].literal for language in self.languages if language in texts)
        return ()

    def table(self, name: str) -> str:
        """Return what a sheet is titled: the table's label in all languages where that fits, else its id."""
        title = " ".join(self.texts(f"table.{name}"))
        return title if title and len(title) <= TITLE and not FORBIDDEN & set(title) else name

    def guidance(self) -> str:
        """Return what the sheet of guidance is titled."""
        return " ".join(self.texts("guidance")) or "guidance"

    def column(self, table: str, name: str) -> str:
        """Return a heading: the column's label in all languages, or its id."""
        return " ".join(self._column(table, name)) or name

    def _column(self, table: str, name: str) -> tuple[str, ...]:
        return self.texts(f"column.{table}.{name}", f"column.{name}")

    def titles(self, tables: Sequence[str]) -> Mapping[str, str]:
        """Return the table that each title of a sheet stands for: its id, its label in one language or in all."""
        found = {form: name for name in tables for form in (*self.texts(f"table.{name}"), self.table(name))}
        return found | {name: name for name in tables}

    def headings(self, schema: Schema) -> Mapping[str, str]:
        """Return the column that each heading, in small letters, stands for; one for two columns is left out."""
        pairs = [pair for column in schema.columns for pair in self._forms(schema.name, column)]
        several = {form for form, column in pairs if any(form == other and column != that for other, that in pairs)}
        return {form: column for form, column in pairs if form not in several or form == column}

    def _forms(self, table: str, column: str) -> Iterator[tuple[str, str]]:
        forms = {column, self.column(table, column), *self._column(table, column)}
        return ((form.lower(), column) for form in sorted(forms))


WORKBOOK = ".xlsx"


@dataclass(frozen=True)
class DeliveredFile:
    """Sheets by table, what is wrong with their rows, the sheets that are no table, and how days are counted.

    `counted_from` is the year from which the workbook counts its days, 1900 or 1904; 0 for a table of text.
    """

    sheets: Mapping[str, Sheet]
    faults: tuple[Problem, ...] = ()
    others: tuple[str, ...] = ()
    counted_from: int = 0


def read_delivered_file(data: bytes, file: str, schemas: Mapping[str, Schema], labels: Labels) -> DeliveredFile:
    """Read a delivery; raises DataError if it cannot be opened, holds no table, or has columns that no table has.

    What is wrong in a row is a fault, with its place.
    """
    problems: Problems = []
    if file.lower().endswith(WORKBOOK):
        pages = read_pages(data, file, labels.titles(tuple(schemas)), problems)
    else:
        pages = _single(data, file, schemas, labels, problems)
    if not pages.sheets and not problems:
        what = tr("no sheet is a table of this workspace: {sheets}", sheets=tr_list(pages.others))
        problems.append(Problem(Place(file), what, tr("name the sheets {tables}", tables=tr_list(schemas))))
    filled = {name: sheet for name, sheet in pages.sheets.items() if sheet.rows}
    sheets = {name: _headed(sheet, schemas[name], labels, problems) for name, sheet in filled.items()}
    raise_all((problem for problem in problems if problem.where.line <= 1), DataError)
    others = tuple(title for title in pages.others if title not in (LISTS, labels.guidance()))
    return DeliveredFile(sheets, tuple(problems), others, pages.counted_from)


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
        what = tr("it is not clear which table this is: its columns are {columns}", columns=tr_list(sheet.head))
        problems.append(
            Problem(Place(file), what, tr("name the file after its table: {tables}", tables=tr_list(schemas)))
        )
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
            what = tr("'{value}' is not a column of {table}", value=head, table=schema.name)
            problems.append(Problem(place, what, nearest(head, schema.columns)))
    columns = tuple(headings.get(head.lower(), head) for head in sheet.head)
    missing = [column for column in schema.key if column not in columns and schema.columns[column].required]
    problems += [
        Problem(place, tr("the column '{name}' is missing", name=column), tr("it identifies the rows"))
        for column in missing
    ]
    return replace(sheet, head=columns)
