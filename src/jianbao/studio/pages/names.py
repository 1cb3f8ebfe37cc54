"""Name rows, changes, numbers, items under review, sentences and documents in the reader's language."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jianbao.app.approval import item_context
from jianbao.app.evidence.facts import interval_in, kind_of_row, name_in_words, unlisted_in, value_in
from jianbao.app.propose import WorkspaceState
from jianbao.core.errors import Place
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.data.facts import Fact, Source, difference_of
from jianbao.data.provenance import SOURCES
from jianbao.data.schemas import LISTS, Column
from jianbao.delivery.finished_edition import BRIEF, template_in_words
from jianbao.intake.labels import Labels
from jianbao.review.compare.comparison import FactChange
from jianbao.review.edits import Editable, described
from jianbao.review.proposals import (
    CELL,
    CellEdit,
    Edit,
    EntryEdit,
    KeepEdit,
    RowEdit,
    RowRemoval,
    TableRow,
    TextEdit,
)
from jianbao.review.published import by_meaning
from jianbao.review.review_items import ItemPlace, ReviewItem, item_places
from jianbao.review.verdicts import ItemState
from jianbao.studio.drafts import kept_text
from jianbao.studio.page_requests import PageRequest, place_in_words
from jianbao.text.formatter import Writer, language_name

RANKED, UNRANKED = (BRIEF, "onepage", "gongwen"), 3  # documents whose first pages are read first; any other rank
EXHIBITS: Mapping[tuple[str, bool], str] = {  # by kind, and whether it has a number
    ("figure", True): tr_later("Figure {number}: {title}"),
    ("figure", False): tr_later("Figure: {title}"),
    ("table", True): tr_later("Table {number}: {title}"),
    ("table", False): tr_later("Table: {title}"),
}
_COLON, _QUOTED, _VALUE = re.compile("[:：]"), re.compile("'[^']*'|“[^”]*”"), re.compile(r"[\w.-]+")
SHOWN = ("title", "title_en", "producer", "published", "pages", "url")  # what a page shows of a new source
YES_NO = ("yes", "no")
Row = dict[str, object]
Words = Mapping[str, Mapping[str, str]]  # the names of the values of each column


# Cells and rows


def cell_words(request: PageRequest, table: str) -> Words:
    """Return the names of the values of a table's columns in the reader's language, if they differ from the values.

    Choices are named as in the workbook of intake, names as in the name table, sources by their titles.
    """
    editable, state = request.editable, request.state
    if table not in editable.sheets:
        return {}
    sheet, columns = editable.sheets[table], editable.schemas[table].columns

    def made() -> Words:
        called = _Called.of(request, table)
        values = zip(*sheet.rows, strict=True) if sheet.rows else ((),) * len(sheet.head)
        return {
            name: called.all_in(columns.get(name), name, found) for name, found in zip(sheet.head, values, strict=True)
        }

    return request.studio.cached(f"words of {table} in {request.language}", state, made)


@dataclass(frozen=True, kw_only=True)
class _Called:
    """The names of single values of a table in a language."""

    table: str
    labels: Labels
    names: Mapping[str, str]
    sources: Mapping[str, Source]
    writer: Writer | None

    @classmethod
    def of(cls, request: PageRequest, table: str) -> "_Called":
        state = request.last_whole
        if state is None:
            return cls(table=table, labels=request.labels(), names={}, sources={}, writer=None)
        project = state.assessment.project
        names = {key: name.full.get(request.language, "") for key, name in project.names.items()}
        return cls(
            table=table,
            labels=request.labels(),
            names=names,
            sources=project.evidence.sources,
            writer=project.writers.get(request.language),
        )

    def all_in(self, column: Column | None, name: str, cells: Sequence[str]) -> Mapping[str, str]:
        """Return the names of the values of a column, including choices that no cell has."""
        values = [*choices_of(column), *(part.strip() for cell in cells for part in cell.split(";"))]
        pairs = ((each, self.one(column, name, each)) for each in dict.fromkeys(values))
        return {value: word for value, word in pairs if word not in ("", value)}

    def one(self, column: Column | None, name: str, value: str) -> str:
        """Return the name of a value; "" if there is none."""
        if column is None or not value:
            return ""
        if choices_of(column):
            return self.labels.choice(self.table, name, value)
        if column.type == "sources":
            return self.sources[value].bare_title if value in self.sources else ""
        if name == "unit" and self.writer:
            unit, language = self.writer.unit(value), self.writer.language
            form = "×100%" if unit.kind == "share" else unit.form(language, "measure") or unit.form(language, "other")
            return form or self.labels.choice(self.table, name, value)
        return self.names.get(value, "") if is_named(column) else ""


def choices_of(column: Column | None) -> tuple[str, ...]:
    """Return the values that a column may hold; none if they are not limited."""
    if column is None:
        return ()
    return YES_NO if column.type == "yes_no" else column.of if column.type == "choice" else ()


def is_named(column: Column) -> bool:
    """Return whether the cells of a column are names, or ids of rows or sources."""
    return column.type in ("name", "reference") or column.type in LISTS


def is_unread(each: ItemState, groups: Mapping[str, Collection[str]]) -> bool:
    """Return whether an item is still pending and is in none of the groups of changed items."""
    return each.state == "pending" and not any(each.item.id in group for group in groups.values())


def in_words(request: PageRequest, words: Mapping[str, str], cell: str) -> str:
    """Return the words for the values of a cell; "" if none of them has any."""
    parts = [part.strip() for part in cell.split(";")]
    shown = (words.get(part, part) for part in parts)
    return request.text(tr_list(shown, "; ")) if any(part in words for part in parts) else ""


def cell_in_words(request: PageRequest, table: str, column: str, cell: str) -> str:
    """Return a cell in words, or its text if there are no other words for it."""
    return in_words(request, cell_words(request, table).get(column, {}), cell) or cell


def row_in_words(request: PageRequest, edit: TableRow, omitted: Collection[str] = ()) -> str:
    """Return the cells of a row in words, without the sign of an exact number and the cells `omitted`."""
    cells = [(name, cell) for name, cell in edit.cells.items() if cell not in ("", "=", *omitted)]
    return request.text(tr_list(cell_in_words(request, edit.table, name, cell) for name, cell in cells))


def row_key(request: PageRequest, table: str, cells: Sequence[str]) -> str:
    """Return the name of a row: the cells of its key in words, bare numbers with the name of their column."""
    labels, words = request.labels(), cell_words(request, table)
    schema = request.editable.schemas.get(table)
    columns = schema.key if schema and len(schema.key) == len(cells) else ("",) * len(cells)

    def called(column: str, cell: str) -> str:
        if cell.isdecimal() and column:
            return f"{labels.column(table, column)} {cell}"
        return in_words(request, words.get(column, {}), cell) or cell

    first, *rest = [called(column, cell) for column, cell in zip(columns, cells, strict=True) if cell] or [""]
    return request.text(tr("{name} ({what})", name=first, what=tr_list(rest))) if rest else first


def without_ids(request: PageRequest, cause: Mapping[str, object]) -> Row:
    """Return an error of a table, with words in place of the values that it quotes."""
    table = next((name for name, each in request.editable.sheets.items() if each.file == cause["file"]), "")
    words = {value: word for column in cell_words(request, table).values() for value, word in column.items()}
    what = _QUOTED.sub(lambda found: _VALUE.sub(lambda each: words.get(each[0], each[0]), found[0]), str(cause["what"]))
    return {**cause, "what": what}


# Items, sentences and documents


def item_labels(request: PageRequest, of: WorkspaceState | None = None) -> Mapping[str, str]:
    """Return the name of each item, and of each written sentence of one, in the reader's language.

    The name is its title, or its document's section and its number there. `of` is a state other than
    the current one.
    """
    language, state = request.language, of or request.last_whole
    return request.studio.cached(f"items in {language}", state, lambda: _labels(request, state)) if state else {}


def places_of_items(request: PageRequest, state: WorkspaceState) -> Mapping[str, ItemPlace]:
    """Return the place of each item, and of each written sentence of one, in the first document that has it."""
    return request.studio.cached("places", state, lambda: _places(state))


def _places(state: WorkspaceState) -> dict[str, ItemPlace]:
    found = dict(item_places(state.documents.briefs, item_context(state.assessment)))
    items = {word: each.item.id for each in state.approval.states for word in each.item.words}
    return {word: found[item] for word, item in items.items() if item in found} | found


def read_first(request: PageRequest, sentence: str) -> int:
    """Return the rank of a document on whose first page an item or a written sentence is; UNRANKED elsewhere."""
    state = request.last_whole
    places = places_of_items(request, state) if state else {}
    place = places.get(sentence) or places.get(sentence.rpartition(":")[0])  # of a block that is one item
    return RANKED.index(place.document) if place and place.opening and place.document in RANKED else UNRANKED


def in_reading_order(request: PageRequest, found: Iterable[str]) -> list[str]:
    """Return items and written sentences, those of first pages first, those of nearly the same meaning together."""
    states = request.last_whole.approval.states if request.last_whole else ()
    facts = {word: frozenset(each.item.facts) for each in states for word in (*each.item.words, each.item.id)}
    return by_meaning(sorted(found, key=lambda each: read_first(request, each)), facts)


def also_in(request: PageRequest, item: ReviewItem) -> list[str]:
    """Return the names of the further documents that have an item; its label names the first one."""
    return [template_name(request, each) for each in item.documents[1:]]


def _labels(request: PageRequest, state: WorkspaceState) -> dict[str, str]:
    places, items = places_of_items(request, state), [each.item for each in state.approval.states]
    found = {item.id: request.text(_label(request, item, places.get(item.id))) for item in items}
    return {word: found[item.id] for item in items for word in item.words} | found


def _label(request: PageRequest, item: ReviewItem, place: ItemPlace | None) -> object:
    title = request.called(item.texts)
    if place is None:
        return tr("the whole of: {name}", name=template_name(request, item.id))
    if item.kind == "measure":
        return tr("Measure: {title}", title=title)
    if item.kind in ("figure", "table"):
        label = tr(EXHIBITS[item.kind, place.number > 0], number=place.number, title=title)
        return label if place.document == BRIEF else f"{template_name(request, place.document)} · {request.text(label)}"
    section = " · ".join(filter(None, (section_label(request, place), request.called(place.label).strip("：: "))))
    if not place.number:
        return tr("{section} · heading", section=section)
    return tr("{section} · item {number}", section=section, number=place.number)


def section_label(request: PageRequest, place: ItemPlace) -> str:
    """Return the name of a section: its title up to a colon, and its document if that is not the brief itself."""
    title = _COLON.split(request.called(place.title), maxsplit=1)[0].strip()
    if place.document == BRIEF:
        return request.text(tr("First page of the brief")) if place.opening else title
    name = template_name(request, place.document)
    return name if place.opening else f"{name} · {title}"


def template_name(request: PageRequest, template: str) -> str:
    """Return the name of a kind of document."""
    return template_in_words(template, request.language)


def wording_label(request: PageRequest, wording: str) -> str:
    """Return the name of a written sentence: that of its item, or its id if no item has it."""
    return item_labels(request).get(wording, wording)


def first_station(request: PageRequest, anybody: bool = False) -> dict[str, str]:
    """Return the station at which the reader, or `anybody`, may pass the reader's own change on; {} if none.

    `button` is the label of a button that writes the change and passes it.
    """
    plan, name = request.plan, request.author().name
    own = plan.own_station("" if anybody else name) if name or anybody else None
    if not own:
        return {}
    names = {each.id: request.called(each.name, each.id) for each in plan.stations}
    return {"id": own.id, "name": names[own.id], "button": request.text(plan.write_button_text(own, names))}


# Changes


def values_of(request: PageRequest, edit: Edit, editable: Editable) -> tuple[str, str]:
    """Return the old and the new value of a change, cells in words."""
    if isinstance(edit, TableRow):
        parts = [edit.cells.get(key, "") for key in SHOWN] if edit.table == SOURCES else [row_in_words(request, edit)]
        row = request.text(tr_list(filter(None, parts)))
        return ("", row) if isinstance(edit, RowEdit) else (row, "")
    _, old, new = described(edit, editable)
    if not isinstance(edit, CellEdit):
        return old, new
    return cell_in_words(request, edit.table, edit.column, old), cell_in_words(request, edit.table, edit.column, new)


def where_made(request: PageRequest, edit: Edit) -> str:
    """Return the place of a change, as the pages name it: table, row by its key, column; sentence and language."""
    labels = request.labels()
    if isinstance(edit, CellEdit):
        key = row_key(request, edit.table, edit.key) or str(edit.row)
        return " · ".join((labels.table(edit.table), key, labels.column(edit.table, edit.column)))
    if isinstance(edit, RowEdit):
        return request.text(tr("{table}, new row", table=labels.table(edit.table)))
    if isinstance(edit, RowRemoval):
        return request.text(tr("{table}, row taken out", table=labels.table(edit.table)))
    if isinstance(edit, KeepEdit):
        if grown := unlisted_in(edit):
            return fact_called(request, request.last_whole, grown.total) or grown.total
        cell, table = CELL.fullmatch(edit.place), place_in_words(request, Place(edit.place))
        if cell:
            return f"{labels.table(cell['table'])} · {labels.column(cell['table'], cell['column'])}"
        return " · ".join(filter(None, (table, kept_text(edit, request.editable))))
    if isinstance(edit, EntryEdit):
        return request.text(tr("Register of discrepancies, printed in the evidence volume"))
    if isinstance(edit, TextEdit):
        return f"{wording_label(request, edit.wording)} · {language_name(edit.language, request.language)}"
    state = request.state
    node = state.assessment.project.framework.find(edit.node) if isinstance(state, WorkspaceState) else None
    return request.text(tr("weight of {node}", node=request.called(node.name, edit.node) if node else edit.node))


def fact_views(request: PageRequest, state: WorkspaceState, changes: Sequence[FactChange]) -> Iterator[Row]:
    """Yield each named fact whose printed value changes: both values, its row, and by how much it moves the index."""
    for each in changes:
        was, now = valued(request, state, each.before), valued(request, state, each.after)
        name = fact_called(request, state, each.id) if was != now else ""
        parts = " − ".join(valued(request, state, part) for part in difference_of(state.assessment.ledger, each.after))
        if name:
            name = request.text(tr("{name} ({what})", name=name, what=parts)) if parts else name
            row = each.after.row if each.after else ()
            yield {"id": each.id, "name": name, "was": was, "now": now, "row": row, "effect": each.effect}


def fact_called(request: PageRequest, state: WorkspaceState | None, fact_id: str) -> str:
    """Return the name of a fact in the reader's language, as in its table, without keys; "" if it has none."""
    if state is None:
        return ""
    measure, city = state.assessment.project.measures.get(fact_id), state.assessment.project.series.city
    if measure and (kind := kind_of_row(measure, city)):
        own = [column[kind] for column in cell_words(request, measure.table).values() if kind in column]
        if own:
            return own[0]
    table, languages = fact_id.partition(".")[0], (request.language, *state.assessment.project.writers)
    words = {value: word for column in cell_words(request, table).values() for value, word in column.items()}
    found = (name_in_words(state.names, state.assessment.ledger, fact_id, each, words) for each in languages)
    return next(filter(None, found), "")


def valued(request: PageRequest, state: WorkspaceState, fact: Fact | None) -> str:
    """Return a fact's value with its interval, in the reader's language if the workspace has it."""
    if fact is None:
        return request.text(tr("none"))
    writers = state.assessment.project.writers
    writer = writers.get(request.language) or next(iter(writers.values()))
    return value_in(writer, fact) + request.text(interval_in(writer, fact))
