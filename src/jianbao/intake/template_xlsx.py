"""Make the workbook that staff fill in, with a sheet for each table; and report what a delivered one lacks."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.core.zip_csv import archive_date
from jianbao.data.claim_limits import GRADES
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.name_matching import list_names
from jianbao.data.provenance import SOURCES, is_untitled
from jianbao.data.records import FOLLOWUP
from jianbao.data.schemas import LISTS as SEVERAL
from jianbao.data.schemas import NAMES, NUMERIC, Column, Schema
from jianbao.intake.decisions import WorkspaceTables
from jianbao.intake.labels import GRADE, LISTS, Labels, named_in, names_beside, short_beside
from jianbao.intake.parse_cells import SOURCES_LISTED
from jianbao.intake.sheets import VISITS, WAYS
from jianbao.intake.sources import RECORD
from jianbao.text.wording import SectionText

ROWS = 1000  # the last row with drop-downs
INLINE = 255  # characters of choices that fit in a drop-down without a list
NARROWEST, WIDEST = 12, 44  # characters
_HEAD = PatternFill("solid", fgColor="E7E6E6")
_REQUIRED = PatternFill("solid", fgColor="D9E2F3")


def delivered_schemas(schemas: Mapping[str, Schema], languages: Sequence[str]) -> Mapping[str, Schema]:
    """Return the tables as they are delivered: without required columns that intake fills in, with names and grades.

    A new city may bring its names in the other languages, and a new source its title, publisher, date and grade.
    """
    return {name: _delivered(schema, languages) for name, schema in schemas.items()}


def _delivered(schema: Schema, languages: Sequence[str]) -> Schema:
    named = named_in(schema)
    columns: dict[str, Column] = {}
    for column in schema.columns.values():
        beside = [*names_beside(column, languages), *short_beside(column, languages)] if column == named else []
        if column.name == schema.source_column:
            beside += [f"{column.name}.{each}" for each in (GRADE, *RECORD)]
        needed = column.required and not derivable(schema, column)
        columns |= {column.name: replace(column, required=needed), **{each: Column(name=each) for each in beside}}
    return replace(schema, columns=columns)


def missing_columns(
    sheets: Mapping[str, Sheet], schemas: Mapping[str, Schema], heads: Mapping[str, Sequence[str]], labels: Labels
) -> Mapping[tuple[str, str], Problem]:
    """Return a problem for each required column that a sheet lacks, with the headings that the sheet has."""
    found: dict[tuple[str, str], Problem] = {}
    for name, sheet in sheets.items():
        written = tr_list(heads.get(sheet.file, ()))
        hint = tr("add the column, or call the one so that holds it; this sheet has {values}", values=written)
        for column in schemas[name].columns.values():
            if column.required and column.name not in (*sheet.head, schemas[name].source_column):
                what = tr("the column '{name}' is missing", name=labels.column_for_user(name, column.name))
                found[name, column.name] = Problem(Place(sheet.file, sheet.heading), what, hint)
    return found


def missing_tables(
    given: Collection[str], filled: Collection[str], schemas: Collection[str], labels: Labels
) -> tuple[Translatable, ...]:
    """Return the names of tables without a sheet, and of visits in the other direction if only one direction has one.

    The table of results of measures is not among them: an office's own sheet does not have the ids of measures.
    """
    ways = [way for way in WAYS if f"{VISITS}.{way}" in given]
    lacking = [way for way in WAYS if way not in ways] if len(ways) == 1 else []
    visits = labels.table_for_user(VISITS)
    other = (tr("{table} ({values})", table=visits, values=labels.further[f"ways.{way}"][0]) for way in lacking)
    return (*(labels.table_for_user(name) for name in schemas if name not in (*filled, FOLLOWUP)), *other)


def derivable(schema: Schema, column: Column) -> bool:
    """Return whether a cell of a column can be left blank because intake fills it in."""
    if schema.name in (SOURCES, NAMES):
        return column.name in ("id", "kind")
    dated = schema.key == ("id",) and column.name == "id" and column.type == "text"
    known = column.type == "choice" and column.name == "confidence" and bool(schema.source_column)
    kinds = [kind for each in schema.columns.values() for kind in each.of if each.type == "name"]
    return dated or known or (column.of == ("continent",) and "country" in kinds)


def intake_workbook(
    holdings: WorkspaceTables, expected: Mapping[str, Schema], labels: Labels, guidance: Sequence[str]
) -> bytes:
    """Return the workbook: guidance, then a sheet for each table, those for sources and names at the end.

    Args:
        holdings: The tables of the workspace.
        expected: Their columns as they are delivered.
        labels: The names of tables and columns.
        guidance: The paragraphs of the first sheet.

    Returns:
        The file; the same arguments give the same bytes.

    """
    book = Workbook()
    first = book.active
    ordered = [name for name in expected if name not in (SOURCES, NAMES)]
    schemas = [_in_order(expected[name]) for name in (*ordered, SOURCES, NAMES)]
    _guide(first, schemas, holdings, labels, guidance)
    lists = book.create_sheet(LISTS)
    lists.sheet_state = "hidden"
    for schema in schemas:
        page = book.create_sheet(labels.table(schema.name), len(book.sheetnames) - 1)
        _head(page, schema, labels)
        for place, column in enumerate(schema.columns.values(), 1):
            _choose(page, lists, place, column, _choices(schema, column, holdings, labels))
        for source in holdings.sources.values() if schema.name == SOURCES else ():
            if is_untitled(source):  # its title is to be filled in
                page.append([{"id": source.id, "url": source.url}.get(name, "") for name in schema.columns])
    for page in book.worksheets:
        _formulas_to_text(page)
        page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
        page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    book.properties.created = datetime.combine(holdings.newest, time())
    book.properties.creator = ""
    content = BytesIO()
    book.save(content)
    return archive_date(content.getvalue(), holdings.newest)


def guidance_paragraphs(section: SectionText, languages: tuple[str, ...]) -> list[str]:
    """Return the paragraphs of guidance, one language after the other."""
    title = [section.title] if section.title else []
    blocks = [*title, *(wording for block in section.blocks for wording in block.wordings())]
    paragraphs = []
    for wording in blocks:
        texts = wording.variants[0].texts
        paragraphs += [texts[language].literal for language in languages if language in texts]
    return [" ".join(paragraphs[: len(languages)]), *paragraphs[len(languages) :]] if title else paragraphs


def _in_order(schema: Schema) -> Schema:
    """Return a table with mostly blank columns moved to the end, and only those that the workbook offers."""
    offered = [pair for pair in schema.columns.items() if _is_offered(pair[0])]
    return replace(schema, columns=dict(sorted(offered, key=lambda pair: _usually_blank(schema, pair[1]))))


def _is_offered(column: str) -> bool:
    """Return whether the workbook has a column; it omits those that describe a source or shorten a name."""
    beside = column.partition(".")[2]
    return beside not in RECORD and not beside.endswith("_short")


def _usually_blank(schema: Schema, column: Column) -> bool:
    """Return whether a column mostly stays blank: intake fills it in, or it holds details of a few rows."""
    late = column.name in schema.known_by and column.type == "date"
    own = (schema.name, column.name) == (SOURCES, "id")  # other files, such as the plan, may name a source by its id
    return not column.required and not own and (late or derivable(schema, column))


def request_workbook(
    heads: Sequence[str], blanks: int, sheets: Mapping[str, Sequence[Sequence[str]]], day: date
) -> bytes:
    """Return a workbook of questions: a sheet for each body asked, the last columns left to fill in.

    Args:
        heads: The headings of all columns.
        blanks: How many of them, the last ones, are to be filled in.
        sheets: By body, the cells of each row, without the blank ones.
        day: The date of the file; the same arguments give the same bytes.

    """
    book = Workbook()
    book.remove(book.active)
    for number, (body, rows) in enumerate(sheets.items(), 1):
        page = book.create_sheet(_sheet_title(body, number))
        page.append([body])
        page.append(list(heads))
        for row in rows:
            page.append(list(row))
        page.cell(1, 1).font = Font(bold=True, size=14)
        for place, cell in enumerate(page[2], 1):
            cell.font, cell.fill = Font(bold=True), _REQUIRED if place > len(heads) - blanks else _HEAD
        for cells in page.iter_cols(min_row=2):
            widest = max(_width(str(cell.value or "")) for cell in cells)
            page.column_dimensions[cells[0].column_letter].width = min(max(widest + 2, NARROWEST), WIDEST)
            for cell in cells:
                cell.alignment, cell.number_format = Alignment(wrap_text=True, vertical="top"), "@"
        page.freeze_panes = "B3"
        _formulas_to_text(page)
    book.properties.created = datetime.combine(day, time())
    book.properties.creator = ""
    content = BytesIO()
    book.save(content)
    return archive_date(content.getvalue(), day)


def _sheet_title(body: str, number: int) -> str:
    """Return a title that a workbook allows: at most 31 characters, no reserved ones, no two titles alike."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", body).strip()[:27]
    return f"{number} {plain}".strip()


def _formulas_to_text(page: Worksheet) -> None:
    """Turn formulas into text: a cell that begins with '=' is a name."""
    for row in page.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                cell.data_type, cell.quotePrefix = "s", True


def _guide(
    page: Worksheet, schemas: Sequence[Schema], holdings: WorkspaceTables, labels: Labels, guidance: Sequence[str]
) -> None:
    """Write the paragraphs of guidance, then the name and content of each column of each table."""
    page.title = labels.guidance()
    page.sheet_view.showGridLines = False
    for paragraph in guidance:
        page.append([paragraph])
        page.merge_cells(start_row=page.max_row, end_row=page.max_row, start_column=1, end_column=4)
        page.cell(page.max_row, 1).alignment = Alignment(wrap_text=True, vertical="top")
        page.row_dimensions[page.max_row].height = 15 * (1 + _width(paragraph) // 120)
    page.cell(1, 1).font = Font(bold=True, size=14)
    page.row_dimensions[1].height = 24
    page.append([])
    page.append([" ".join(labels.texts(f"guidance.{key}")) or key for key in ("table", "column", "needed", "holds")])
    for cell in page[page.max_row]:
        cell.font, cell.fill = Font(bold=True), _HEAD
    needed = " ".join(labels.texts("guidance.required"))
    for schema in schemas:
        for column in schema.columns.values():
            holds = _holds(schema, column, holdings, labels)
            heading = labels.column(schema.name, column.name)
            page.append([labels.table(schema.name), heading, needed if column.required else "", holds])
            page.cell(page.max_row, 4).alignment = Alignment(wrap_text=True, vertical="top")
    for place, width in enumerate((28, 34, 14, 60), 1):
        page.column_dimensions[get_column_letter(place)].width = width


def _holds(schema: Schema, column: Column, holdings: WorkspaceTables, labels: Labels) -> str:
    """Return what a column holds, and the meaning of each of its choices if the wording gives it."""
    holds = " ".join(labels.texts(f"type.{column.type}"))
    listed = _chosen(schema, column, holdings)
    meanings = [(choice, " ".join(labels.meaning(schema.name, column.name, choice))) for choice in listed]
    return "\n".join((holds, *(f"{choice} = {meaning}" if meaning else choice for choice, meaning in meanings)))


def _head(page: Worksheet, schema: Schema, labels: Labels) -> None:
    page.append([labels.column(schema.name, column) for column in schema.columns])
    for cell, column in zip(page[1], schema.columns.values(), strict=True):
        cell.font = Font(bold=True)
        cell.fill = _REQUIRED if column.required else _HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        held = page.column_dimensions[cell.column_letter]
        held.width = min(max(_width(str(cell.value)) + 2, NARROWEST), WIDEST)
        if _usually_blank(schema, column):
            held.outlineLevel, held.hidden = 1, True
        if column.type not in NUMERIC:
            held.number_format = "@"  # or a spreadsheet turns what looks like a date into one
    page.freeze_panes = "B2"


def _width(text: str) -> int:
    return sum(1 if letter.isascii() else 2 for letter in text)


def _choose(page: Worksheet, lists: Worksheet, place: int, column: Column, choices: Sequence[str]) -> None:
    """Give a column its drop-down; it only warns, since intake accepts other words for a choice, and new values."""
    if not choices:
        return
    strict = column.type in ("choice", "yes_no") or column.name.endswith(f".{GRADE}")
    inline = ",".join(choices)
    plain = strict and len(inline) < INLINE and not any("," in choice for choice in choices)
    chosen = DataValidation(
        type="list",
        formula1=f'"{inline}"' if plain else _listing(lists, column, choices),
        allow_blank=True,
        showErrorMessage=column.type not in SEVERAL,
        errorStyle="warning",
    )
    letter = get_column_letter(place)
    chosen.add(f"{letter}2:{letter}{ROWS}")
    page.add_data_validation(chosen)


def _choices(schema: Schema, column: Column, holdings: WorkspaceTables, labels: Labels) -> tuple[str, ...]:
    if chosen := _chosen(schema, column, holdings):
        return labels.choices_called(schema.name, column.name, chosen)
    if column.type == "yes_no":
        return ("yes", "no")
    if column.type == "sources":
        return tuple(_sources(holdings))
    if column.type in ("name", "names"):
        return tuple(_names(column.of, holdings))
    if column.type == "reference":
        return tuple(_referred(*column.to, holdings))
    return ()


def _chosen(schema: Schema, column: Column, holdings: WorkspaceTables) -> tuple[str, ...]:
    """Return the ids of the choices of a column."""
    if (schema.name, column.name) == (NAMES, "kind"):
        return holdings.name_kinds()
    return GRADES if column.name == f"{schema.source_column}.{GRADE}" else column.of if column.type == "choice" else ()


def _sources(holdings: WorkspaceTables) -> Iterator[str]:
    """Yield the titles of sources that are no examples, or the id if a title would read as several sources."""
    known = [each for each in holdings.sources.values() if not each.is_example]
    titles = [each.title for each in known]
    for each in known:
        plain = titles.count(each.title) == 1 and not SOURCES_LISTED.search(each.title)
        yield each.title if plain else each.id


def _names(kinds: Iterable[str], holdings: WorkspaceTables) -> Iterator[str]:
    """Yield names as drop-downs show them; one that two names would share is shown by its id."""
    rows = [row for _, row in rows_in(holdings.sheets[NAMES]) if row["kind"] in kinds]
    shown = [list_names(row, holdings.languages) for row in rows]
    yield from (text if shown.count(text) == 1 else row["id"] for row, text in zip(rows, shown, strict=True))


def _referred(table: str, column: str, holdings: WorkspaceTables) -> Iterator[str]:
    values = [row[column] for _, row in rows_in(holdings.sheets[table])]
    names = {row["id"]: row for _, row in rows_in(holdings.sheets[NAMES])}
    named = holdings.schemas[table].columns[column].type == "name"
    yield from (list_names(names[value], holdings.languages) if named and value in names else value for value in values)


def _listing(lists: Worksheet, column: Column, choices: Sequence[str]) -> str:
    """Return the range of a list on the hidden sheet; write it there if it is not there yet."""
    title = " ".join(filter(None, (column.type, *column.of, *column.to))) if column.type != "text" else column.name
    heads = [cell.value for cell in lists[1]]
    place = heads.index(title) + 1 if title in heads else len([head for head in heads if head]) + 1
    for row, text in enumerate((title, *choices), 1):
        lists.cell(row, place).value = text
    letter = get_column_letter(place)
    return f"'{LISTS}'!${letter}$2:${letter}${len(choices) + 1}"
