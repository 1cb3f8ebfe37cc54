"""Show the data, each table as a grid whose cells are edited in place, and the framework with its weights."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from starlette.responses import JSONResponse, Response

from jianbao.app.propose import WorkspaceState
from jianbao.core.documents import whole_number
from jianbao.core.encoding import (
    NEARLY,
    best_matches,
    heads_of,
    is_found,
    is_short_for,
    numbers_apart,
    search_parts,
    shortened,
)
from jianbao.core.errors import JianbaoError, Place, Problem, UsageError, nearest
from jianbao.core.messages import tr, tr_list
from jianbao.data.column_checks import refuse_words
from jianbao.data.csv_files import Sheet
from jianbao.data.facts import Source
from jianbao.data.schemas import Schema
from jianbao.review.document_edits import WrittenWeights
from jianbao.review.edits import Editable, cell_edits, pasted_edits
from jianbao.review.proposals import CellEdit, Edit, RowEdit, WeightEdit
from jianbao.review.source_answers import has_numbers, is_source, source_questions
from jianbao.scoring.score_facts import score_id
from jianbao.studio.drafts import GIVEN, meant
from jianbao.studio.page_requests import PageRequest, causes, go, page
from jianbao.studio.pages.answers import sources_of
from jianbao.studio.pages.brief import rows_used, statements_in, whole
from jianbao.studio.pages.names import Words, cell_words, choices_of, in_words, is_named, row_in_words, valued

MAX_ROWS = 2_000  # of a table on a page; further rows are found by searching
MAX_SUGGESTIONS = 400  # values that a cell offers
LISTED, LONGEST_ROW = 5, 90  # rows of a table that a search in all of them shows, and columns of each
RowKey = tuple[str, int]  # table and row number
Found = Sequence[tuple[int, Sequence[str]]]  # rows with their numbers


def tables(request: PageRequest) -> Response:
    """List the tables with their rows, draft changes and problems; in a search, only those with a match."""
    editable, wanted = request.editable, request.query.get("find", "").strip()
    changed = Counter(edit.table for edit in request.studio.drafts() if isinstance(edit, CellEdit | RowEdit))
    wrong = Counter(cause["file"] for cause in causes(request, request.state.errors))
    texts = {key: text for name, sheet in editable.sheets.items() for key, text in _texts(request, name, sheet).items()}
    matched, number = _matching(request, wanted, texts) if wanted else (dict.fromkeys(texts, 1.0), "")
    found = _best_first(request, matched, wanted) if wanted else matched
    numbers = {name: [number for table, number in found if table == name] for name in editable.sheets}
    rows = [
        {
            "name": name,
            "label": request.labels().table(name),
            "file": sheet.file,
            "rows": len(numbers[name]),
            "listed": [(n, _line(request, name, editable.row(name, n))) for n in numbers[name][:LISTED] if wanted],
            "changed": changed[name],
            "wrong": wrong[sheet.file],
        }
        for name, sheet in editable.sheets.items()
    ]
    order = [*dict.fromkeys(name for name, _ in found)] if wanted else [*editable.sheets]
    shown = sorted((each for each in rows if each["name"] in order), key=lambda each: order.index(str(each["name"])))
    partly = not number and min(found.values(), default=1.0) < 1
    newest = {_about(request, each): each for each in reversed([*found]) if wanted and each in rows_used(request)}
    used = {*newest.values()}
    values = {"find": wanted, "partly": partly, "number": number, "count": len(found), "used": used}
    return page(request, "tables", rows=shown, asks=bool(source_questions(request.studio.drafts(), editable)), **values)


def _matching(request: PageRequest, wanted: str, texts: Mapping[RowKey, str]) -> tuple[dict[RowKey, float], str]:
    """Return the rows that match a search, or whose sentences have its words, or else most of them.

    If there are none, return the rows that have only the searched numbers, with these numbers.
    """
    wanted = wanted if any(is_found(wanted, each) for each in texts.values()) else numbers_apart(wanted)
    found, (words, numbers) = best_matches(wanted, texts), search_parts(wanted)
    if 1.0 in found.values() and not (words and numbers):
        return found, ""
    state = request.last_whole
    printed = request.studio.cached("sentences", state, lambda: _sentences_of_rows(request, state)) if state else {}
    numbered = {key: each for key, each in texts.items() if is_found(numbers, each)}
    full = {key: f"{each}\n{printed.get(_about(request, key), '')}" for key, each in numbered.items()} if words else {}
    whole = [key for key, each in full.items() if is_found(words, each) or found.get(key) == 1.0]
    alike = [key for key, each in full.items() if numbers and is_found(heads_of(words), each)]
    found = dict.fromkeys(whole, 1.0) or found or dict.fromkeys(alike, NEARLY)
    return (found, "") if found or not (numbers and words) else (dict.fromkeys(numbered, 1.0), numbers)


def _sentences_of_rows(request: PageRequest, state: WorkspaceState) -> dict[str, str]:
    """Return the sentences that state the numbers of rows, by the subject of the rows."""
    found: dict[str, set[str]] = {}
    for each in (each for statements in statements_in(request, state).values() for each in statements):
        facts = (state.assessment.ledger.get(fact) for fact in each.facts())
        for cells in (cells for one in facts if one for cells in one.cells if cells.table in request.editable.sheets):
            for about in {_about(request, (cells.table, row)) for row in cells.rows}:
                found.setdefault(about, set()).update(map(each.text, each.sentences))
    return {key: "\n".join(sorted(each)) for key, each in found.items()}


def _about(request: PageRequest, row: RowKey) -> str:
    """Return the subject of a row without its date, so that a current sentence finds older rows, too."""
    schema, cells = request.editable.schemas[row[0]], request.editable.row(*row)
    kind = [cells.get(each, "") for each in schema.key if each not in schema.dated_by]
    return ", ".join((row[0], *kind)) if schema.dated_by and kind else f"{row[0]}:{row[1]}"


def _best_first(request: PageRequest, found: Mapping[RowKey, float], wanted: str) -> dict[RowKey, float]:
    """Return found rows, the best first: the number is a value, in use, of the city; then the newest."""
    state, editable, used = request.last_whole, request.editable, rows_used(request)
    city, numbers = state.assessment.project.series.city if state else "", {*search_parts(wanted)[1].split()}

    def relevance(key: RowKey) -> tuple[float, bool, bool, bool, str]:
        cells, schema = editable.row(*key), editable.schemas[key[0]]
        return (
            found[key],
            any(cell in numbers and has_numbers(schema, name) for name, cell in cells.items()),
            key in used,
            bool(city) and city in cells.values(),
            max((cells.get(each, "") for each in schema.dated_by), default=""),
        )

    return {key: found[key] for key in sorted(found, key=relevance, reverse=True)}


def _line(request: PageRequest, name: str, cells: Mapping[str, str]) -> str:
    """Return a row in words, shortened if it is long, but with the whole titles of its sources."""
    schema = request.editable.schemas[name]
    bare = {key: cell for key, cell in cells.items() if key not in GIVEN}
    named = {key: bare.pop(key) for key in [*bare] if key in schema.columns and schema.columns[key].type == "sources"}
    parts = [row_in_words(request, RowEdit(table=name, cells=each)) for each in (bare, named)]
    return request.text(tr_list(filter(None, (shortened(parts[0], LONGEST_ROW), parts[1]))))


def table(request: PageRequest) -> Response:
    """Show a table as a grid, with the draft changes in it and the problems beside the cells."""
    editable, name = request.editable, request.path["table"]
    sheet, schema, labels = sheet_of(editable, name), editable.schemas[name], request.labels()
    wanted, words = request.query.get("find", "").strip(), cell_words(request, name)
    drafted = _drafted(drafts := request.studio.drafts(), name)
    found = _found(request, name, sheet, wanted)
    return page(
        request,
        "table",
        name=name,
        label=labels.table(name),
        file=sheet.file,
        columns=[_column_view(schema, column, labels.column(name, column), words[column]) for column in sheet.head],
        rows=[_row_view(request, number, cells, drafted, words) for number, cells in found[:MAX_ROWS]],
        sources=_sources(request, schema, sheet, found[:MAX_ROWS]),
        count=len(found),
        total=len(sheet.rows),
        left_out=max(len(found) - MAX_ROWS, 0),
        find=wanted,
        new=_new_row(request, schema, sheet) if "new" in request.query else {},
        added=[_line(request, name, edit.cells) for edit in drafts if isinstance(edit, RowEdit) and edit.table == name],
        problems=_problems(request, sheet),
        lists=_suggestions(schema, sheet, words),
        writable=sheet.file.endswith(".csv") and request.may("edit"),
        in_workbook=not sheet.file.endswith(".csv"),
        row=request.query.get("row", ""),
        asks=bool(source_questions(drafts, editable)),
    )


def _found(request: PageRequest, name: str, sheet: Sheet, wanted: str) -> Found:
    """Return the rows that match a search, the best first; all if nothing is searched for."""
    rows = dict(zip(sheet.numbers, sheet.rows, strict=True))
    found = _best_first(request, _matching(request, wanted, _texts(request, name, sheet))[0], wanted) if wanted else {}
    return [(each, rows[each]) for _, each in found] if wanted else [*rows.items()]


def _texts(request: PageRequest, name: str, sheet: Sheet) -> dict[RowKey, str]:
    """Return the texts by which each row of a table is found: its cells and their names, in full or short."""
    words, keys = [cell_words(request, name)[column] for column in sheet.head], request.editable.schemas[name].key
    looked_for, found = request.query.get("find", "").split(), dict[RowKey, str]()
    for number, cells in zip(sheet.numbers, sheet.rows, strict=True):
        shown = (in_words(request, *each) for each in zip(words, cells, strict=True))
        called = dict(zip(sheet.head, shown, strict=True))
        short = [each for each in looked_for if any(is_short_for(each, called.get(key, "")) for key in keys)]
        found[name, number] = "\n".join((*cells, *called.values(), *short))
    return found


def sheet_of(editable: Editable, name: str) -> Sheet:
    """Return a table of the files; raises UsageError if there is none of this name."""
    if name not in editable.sheets:
        what = tr("there is no table '{table}'", table=name)
        raise UsageError(Problem(Place("data"), what, nearest(name, editable.sheets)))
    return editable.sheets[name]


def _drafted(edits: Sequence[Edit], table: str) -> dict[tuple[int, str], str]:
    return {(edit.row, edit.column): edit.new for edit in edits if isinstance(edit, CellEdit) and edit.table == table}


def _sources(request: PageRequest, schema: Schema, sheet: Sheet, rows: Found) -> list[Source]:
    """Return the sources that the shown rows name, with titles and addresses."""
    known = sources_of(request)
    kinds = [schema.columns[column].type if column in schema.columns else "" for column in sheet.head]
    columns = [at for at, kind in enumerate(kinds) if kind == "sources"]
    named = (part.strip() for _, cells in rows for at in columns for part in cells[at].split(";"))
    return [known[each] for each in dict.fromkeys(named) if each in known]


def _row_view(
    request: PageRequest, number: int, cells: Sequence[str], drafted: Mapping[tuple[int, str], str], words: Words
) -> dict[str, object]:
    shown = []
    for (column, known), cell in zip(words.items(), cells, strict=True):
        text = drafted.get((number, column), cell)
        is_draft = (number, column) in drafted
        shown.append({"text": text, "drafted": is_draft, "was": cell, "called": in_words(request, known, text)})
    return {"number": number, "cells": shown}


def _column_view(schema: Schema, name: str, label: str, words: Mapping[str, str]) -> dict[str, object]:
    """Return what the page shows of a column: its type, whether it is required, and which values it may hold."""
    column = schema.columns.get(name)
    needed = column is not None and column.required
    return {
        "name": name,
        "label": label,
        "type": column.type if column else "",
        "needed": needed,
        "asked": needed or name in schema.dated_by,
        "choices": choices_of(column),
        "words": words,
        "list": f"values-{name}" if column and is_named(column) else "",
    }


def _new_row(request: PageRequest, schema: Schema, sheet: Sheet) -> dict[str, object]:
    """Return the cells with which the form for a new row begins: its source; and the columns of its place."""
    state, source = request.last_whole, request.query["new"]
    titles = {key: each.bare_title for key, each in sources_of(request).items()}
    titles |= {each.cells["id"]: each.cells["title"] for each in request.studio.drafts() if is_source(each)}
    own = [each for each in (state.assessment.project.measures.values() if state else ()) if each.table == sheet.table]
    return {
        "column": schema.source_column,
        "source": source,
        "title": titles.get(source, source),
        "placed": {column for each in own for column in (each.lat, each.lon)},
    }


def _suggestions(schema: Schema, sheet: Sheet, words: Words) -> dict[str, list[str]]:
    """Return the values that cells of names and sources suggest: names in words, sources as ids."""
    found: dict[str, list[str]] = {}
    for place, name in enumerate(sheet.head):
        column = schema.columns.get(name)
        if column and is_named(column):
            cells = {part.strip() for row in sheet.rows for part in row[place].split(";")}
            called = {} if column.type == "sources" else words[name]
            found[name] = sorted({called.get(each, each) for each in cells if each})[:MAX_SUGGESTIONS]
    return found


def _problems(request: PageRequest, sheet: Sheet) -> list[dict[str, object]]:
    """Return what is wrong with the cells of a table, with the draft changes in it."""
    try:
        errors = request.studio.table_errors()
    except JianbaoError as error:
        return causes(request, (error,))
    return [cause for cause in causes(request, errors) if cause["file"] == sheet.file]


# Changes of cells


def change_cell(request: PageRequest) -> Response:
    """Add a new text of a cell to the draft changes; answer 409 if the cell has changed meanwhile."""
    editable, name, row, column = request.editable, request.path["table"], request.field("row"), request.field("column")
    sheet, new = sheet_of(editable, name), meant(cell_words(request, name).get(column, {}), request.field("new"))
    refuse_words(editable.schemas[name].columns.get(column), new, Place(sheet.file, column=column))
    number = whole_number(row) or 0  # no row has it: `cell_edits` says so
    edits = tuple(cell_edits([f"{name}:{number}.{column}={new}"], editable))
    current = editable.row(name, number)[column]
    drafted = _drafted(request.studio.drafts(), name).get((number, column), current)
    if request.field("old") not in (current, drafted):
        return JSONResponse({"theirs": current, "yours": request.field("new")}, 409)
    if edits:
        request.studio.add(edits)
    else:
        request.studio.drop(f"{name}:{number}.{column}")
    return _changed(request, editable, sheet)


def paste(request: PageRequest) -> Response:
    """Add a block of cells, as copied from a spreadsheet, to the draft changes."""
    editable, name = request.editable, request.path["table"]
    sheet = sheet_of(editable, name)
    pasted = pasted_edits(f"{name}:{request.field('row')}.{request.field('column')}", request.field("block"), editable)
    request.studio.add(_as_meant(pasted, cell_words(request, name)))
    return _changed(request, editable, sheet)


def _as_meant(edits: Iterable[Edit], words: Words) -> Iterator[Edit]:
    """Yield changes with values in place of words, leaving out those that then change nothing."""
    for edit in edits:
        if isinstance(edit, CellEdit):
            new = meant(words.get(edit.column, {}), edit.new)
            yield from [replace(edit, new=new)] if new != edit.old else []
        elif isinstance(edit, RowEdit):
            yield replace(edit, cells={key: meant(words.get(key, {}), cell) for key, cell in edit.cells.items()})


def _changed(request: PageRequest, editable: Editable, sheet: Sheet) -> Response:
    """Answer with the changed cells, the number of changes, and the problems of this table."""
    if not request.fragment:
        return go(f"/data/{sheet.table}")
    drafted = _drafted(request.studio.drafts(), sheet.table)
    cells = [
        {"row": row, "column": column, "text": text, "was": editable.row(sheet.table, row).get(column, "")}
        for (row, column), text in drafted.items()
    ]
    problems, count = _problems(request, sheet), request.studio.draft_count()
    added = sum(isinstance(edit, RowEdit) and edit.table == sheet.table for edit in request.studio.drafts())
    asks = bool(source_questions(request.studio.drafts(), editable))
    return JSONResponse({"cells": cells, "count": count, "added": added, "problems": problems, "asks": asks})


# The framework


def framework(request: PageRequest) -> Response:
    """Show each node of the framework with its weight and score, and the measures that the edition asks for."""
    measures = [request.called(one.item.texts) for one in whole(request).approval.states if one.item.kind == "measure"]
    return page(request, "framework", nodes=tuple(_nodes(request)), measures=measures)


def _nodes(request: PageRequest) -> Iterator[dict[str, object]]:
    assessment, written = whole(request).assessment, WrittenWeights.of(whole(request).snapshot)
    drafted = {edit.node: edit.new for edit in request.studio.drafts() if isinstance(edit, WeightEdit)}
    index = assessment.project.framework.index.id
    for node in assessment.project.framework.components():
        yield {
            "id": node.id,
            "name": request.called(node.name, node.id),
            "depth": len(assessment.project.framework.path(node.id)) - 1,
            "was": written.given.get(node.id, ""),
            "weight": drafted.get(node.id, written.given.get(node.id, "")),
            "equal": written.is_equal(node.id) and written.siblings(node.id) > 0,
            "drafted": node.id in drafted,
            "share": assessment.card.scores.weight(node.id, index) if node.id != index else 1.0,
            "score": valued(request, whole(request), assessment.ledger.get(score_id(node))),
        }
