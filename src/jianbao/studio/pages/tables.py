"""The data: each table as a grid whose cells are changed in place, pasted into and added to; uploads go to intake."""

from collections import Counter
from collections.abc import Mapping, Sequence

from starlette.responses import JSONResponse, Response

from jianbao.app.propose import WorkspaceState
from jianbao.core.errors import JianbaoError, Place, Problem, UsageError, nearest
from jianbao.core.messages import tr
from jianbao.data.csv_files import Sheet
from jianbao.data.facts import Source
from jianbao.data.schemas import LISTS, Column, Schema
from jianbao.intake.read_file import Labels
from jianbao.review.edits import Editable, cell_edits, pasted_edits
from jianbao.review.proposals import CellEdit, Edit, RowEdit
from jianbao.studio.visits import Visit, causes, go, page
from jianbao.text.wording import SectionText

MOST = 2_000  # rows of a table that a page holds; the others are found by the filter
SUGGESTED = 400  # values that a cell offers at most
YES_NO = ("yes", "no")
NO_LABELS = SectionText(id="intake", title=None)


def table_labels(visit: Visit) -> Labels:
    """Return what tables and columns are called in the reader's language, as the workbook of intake calls them."""
    state = visit.studio.state()
    sections = state.known.project.sections if isinstance(state, WorkspaceState) else {}
    return Labels((visit.language,), sections.get("intake", NO_LABELS))


def tables(visit: Visit) -> Response:
    """List the tables with their rows, draft changes and problems."""
    known = visit.studio.editable()
    changed = Counter(edit.table for edit in visit.studio.drafts() if isinstance(edit, CellEdit | RowEdit))
    wrong = Counter(cause["file"] for cause in causes(visit, visit.studio.state().errors))
    labels = table_labels(visit)
    rows = [
        {
            "name": name,
            "label": labels.table(name),
            "file": sheet.file,
            "rows": len(sheet.rows),
            "changed": changed[name],
            "wrong": wrong[sheet.file],
            "writable": sheet.file.endswith(".csv"),
        }
        for name, sheet in known.sheets.items()
    ]
    return page(visit, "tables", rows=rows)


def table(visit: Visit) -> Response:
    """Show a table as a grid, with the draft changes in it and the problems beside the cells."""
    known, name = visit.studio.editable(), visit.path["table"]
    sheet, schema, labels = _sheet(known, name), known.schemas[name], table_labels(visit)
    wanted, names = visit.query.get("find", "").strip().casefold(), names_of_cells(visit)
    drafted = _drafted(visit.studio.drafts(), name)
    pairs = zip(sheet.numbers, sheet.rows, strict=True)
    found = [(number, cells) for number, cells in pairs if wanted in _searched(cells, names)]
    return page(
        visit,
        "table",
        name=name,
        label=labels.table(name),
        file=sheet.file,
        columns=[
            _column_view(schema.columns.get(column), column, labels.column(name, column)) for column in sheet.head
        ],
        rows=[_row_view(number, cells, sheet.head, drafted, names) for number, cells in found[:MOST]],
        sources=_sources(visit, schema, sheet, found[:MOST]),
        total=len(sheet.rows),
        left_out=max(len(found) - MOST, 0),
        find=visit.query.get("find", ""),
        added=[edit for edit in visit.studio.drafts() if isinstance(edit, RowEdit) and edit.table == name],
        problems=_problems(visit, sheet),
        lists=_suggestions(schema, sheet),
        writable=sheet.file.endswith(".csv") and visit.may("edit"),
        in_workbook=not sheet.file.endswith(".csv"),
        row=visit.query.get("row", ""),
    )


def _sheet(known: Editable, name: str) -> Sheet:
    if name not in known.sheets:
        what = tr("there is no table '{table}'", table=name)
        raise UsageError(Problem(Place("data"), what, nearest(name, known.sheets)))
    return known.sheets[name]


def _drafted(edits: Sequence[Edit], table: str) -> dict[tuple[int, str], str]:
    return {(edit.row, edit.column): edit.new for edit in edits if isinstance(edit, CellEdit) and edit.table == table}


def names_of_cells(visit: Visit) -> dict[str, str]:
    """Return what each id of the name table is called in the reader's language, where that is another word."""
    state = visit.studio.state()
    known = state.known.project.names if isinstance(state, WorkspaceState) else {}
    called = {key: name.full.get(visit.language, "") for key, name in known.items()}
    return {key: name for key, name in called.items() if name and name != key}


def _searched(cells: Sequence[str], names: Mapping[str, str]) -> str:
    """Return what a row is found by: its cells, and what they are called in the reader's language."""
    parts = [part.strip() for cell in cells for part in cell.split(";")]
    return "\n".join((*cells, *(names[part] for part in parts if part in names))).casefold()


Found = Sequence[tuple[int, Sequence[str]]]


def _sources(visit: Visit, schema: Schema, sheet: Sheet, rows: Found) -> list[Source]:
    """Return the sources that the shown rows name, with titles and addresses."""
    state = visit.studio.state()
    known = state.known.project.evidence.sources if isinstance(state, WorkspaceState) else {}
    kinds = [schema.columns[column].type if column in schema.columns else "" for column in sheet.head]
    named = (
        part.strip()
        for _, cells in rows
        for cell, kind in zip(cells, kinds, strict=True)
        if kind == "sources"
        for part in cell.split(";")
    )
    return [known[each] for each in dict.fromkeys(named) if each in known]


def _row_view(
    number: int,
    cells: Sequence[str],
    head: Sequence[str],
    drafted: Mapping[tuple[int, str], str],
    names: Mapping[str, str],
) -> dict[str, object]:
    shown = []
    for column, cell in zip(head, cells, strict=True):
        text = drafted.get((number, column), cell)
        is_draft = (number, column) in drafted
        shown.append({"text": text, "drafted": is_draft, "was": cell, "called": names.get(text, "")})
    return {"number": number, "cells": shown}


def _column_view(column: Column | None, name: str, label: str) -> dict[str, object]:
    """Return what the page says of a column: its type, whether it is needed, and which values it may hold."""
    if column is None:
        return {"name": name, "label": label, "type": "", "needed": False, "choices": (), "list": ""}
    choices = YES_NO if column.type == "yes_no" else column.of if column.type == "choice" else ()
    offered = column.type in ("name", "reference") or column.type in LISTS
    return {
        "name": name,
        "label": label,
        "type": column.type,
        "needed": column.required,
        "choices": choices,
        "list": f"values-{name}" if offered else "",
    }


def _suggestions(schema: Schema, sheet: Sheet) -> dict[str, list[str]]:
    """Return the values that stand in the columns of names and sources, for a cell to offer."""
    found: dict[str, list[str]] = {}
    for place, column in enumerate(sheet.head):
        kind = schema.columns[column].type if column in schema.columns else ""
        if kind in ("name", "reference") or kind in LISTS:
            cells = (part.strip() for row in sheet.rows for part in row[place].split(";"))
            found[column] = sorted(set(filter(None, cells)))[:SUGGESTED]
    return found


def _problems(visit: Visit, sheet: Sheet) -> list[dict[str, object]]:
    """Return what is wrong with the cells of a table, with the draft changes in it."""
    try:
        errors = visit.studio.table_errors()
    except JianbaoError as error:
        return causes(visit, (error,))
    return [cause for cause in causes(visit, errors) if cause["file"] == sheet.file]


# Changes of cells


def change_cell(visit: Visit) -> Response:
    """Take another text of a cell among the draft changes; answer 409 if the cell has another text by now."""
    known, name = visit.studio.editable(), visit.path["table"]
    sheet = _sheet(known, name)
    row, column = visit.field("row"), visit.field("column")
    edits = tuple(cell_edits([f"{name}:{row}.{column}={visit.field('new')}"], known))
    current = known.row(name, int(row))[column]
    drafted = _drafted(visit.studio.drafts(), name).get((int(row), column), current)
    if visit.field("old") not in (current, drafted):
        return JSONResponse({"theirs": current, "yours": visit.field("new")}, 409)
    if edits:
        visit.studio.add(edits)
    else:
        visit.studio.drop(f"{name}:{row}.{column}")
    return _changed(visit, known, sheet)


def paste(visit: Visit) -> Response:
    """Take a block of cells, as a spreadsheet copies them, among the draft changes."""
    known, name = visit.studio.editable(), visit.path["table"]
    sheet = _sheet(known, name)
    visit.studio.add(pasted_edits(f"{name}:{visit.field('row')}.{visit.field('column')}", visit.field("block"), known))
    return _changed(visit, known, sheet)


def _changed(visit: Visit, known: Editable, sheet: Sheet) -> Response:
    """Answer with the cells that are changed now, how many changes there are, and what is wrong in this table."""
    if not visit.fragment:
        return go(f"/data/{sheet.table}")
    drafted = _drafted(visit.studio.drafts(), sheet.table)
    cells = [
        {"row": row, "column": column, "text": text, "was": known.row(sheet.table, row).get(column, "")}
        for (row, column), text in drafted.items()
    ]
    problems = _problems(visit, sheet)
    count = len(visit.studio.drafts())
    added = sum(isinstance(edit, RowEdit) and edit.table == sheet.table for edit in visit.studio.drafts())
    return JSONResponse({"cells": cells, "count": count, "added": added, "problems": problems})


def add_row(visit: Visit) -> Response:
    """Take a new row among the draft changes."""
    known, name = visit.studio.editable(), visit.path["table"]
    head = _sheet(known, name).head
    cells = {column: visit.field(f"cell.{column}").strip() for column in head}
    filled = [f"{name}:+1.{column}={text}" for column, text in cells.items() if text]
    if not filled:
        raise UsageError(Problem(Place(name), tr("the new row is empty"), tr("fill in its cells")))
    visit.studio.add(cell_edits(filled, known))
    return go(f"/data/{name}")
