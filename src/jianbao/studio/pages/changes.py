"""Draft changes and all that they would move, and what items, sentences and rows are called."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast
from urllib.parse import urlencode

from starlette.responses import Response

from jianbao.app.approval import item_context
from jianbao.app.evidence.facts import interval_in, value_in
from jianbao.app.propose import Consequences, ScoreMove, WorkspaceState
from jianbao.core.messages import tr, tr_later
from jianbao.data.facts import Fact
from jianbao.review.compare.comparison import Comparison, FactChange, SentenceChange
from jianbao.review.compare.redline import in_context, redline, tokens_of
from jianbao.review.edits import Editable, described, proposed_anew
from jianbao.review.items import ItemPlace, ReviewItem, item_places
from jianbao.review.old_numbers import kept_source
from jianbao.review.proposals import CellEdit, Edit, RowEdit, TextEdit
from jianbao.studio.drafts import place_of, taken_back
from jianbao.studio.pages.tables import cell_words, in_words, row_in_words
from jianbao.studio.session import Trial
from jianbao.studio.visits import Visit, causes, go, language_name, page
from jianbao.text.render import Piece

Row = dict[str, object]
BRIEF = "brief"
TEMPLATES: Mapping[str, str] = {
    BRIEF: tr_later("Brief"),
    "onepage": tr_later("One page"),
    "gongwen": tr_later("Official document"),
    "evidence": tr_later("Evidence volume"),
}
EXHIBITS: Mapping[tuple[str, bool], str] = {  # by kind, and whether it has a number
    ("figure", True): tr_later("Figure {number}: {title}"),
    ("figure", False): tr_later("Figure: {title}"),
    ("table", True): tr_later("Table {number}: {title}"),
    ("table", False): tr_later("Table: {title}"),
}
_COLON = re.compile("[:：]")
ONLY_IN: Mapping[str, str] = {"new": tr_later("only in the later one"), "gone": tr_later("only in the earlier one")}
PLACES: Mapping[str, str] = {
    "new": tr_later("new, in place {now}"),
    "gone": tr_later("gone, was in place {was}"),
    "moved": tr_later("from place {was} to {now}"),
}


def changes(visit: Visit) -> Response:
    """Show the draft changes, what they would move, and what keeps them from being made."""
    trial = visit.studio.trial()
    return page(
        visit,
        "changes",
        edits=edit_views(visit, trial.edits, trial.known),
        why=visit.query.get("why", ""),
        conflicts=causes(visit, trial.conflicts),
        moved=consequence_view(visit, trial),
        old_numbers=visit.studio.old_numbers_in(visit.studio.with_drafts(), trial.edits) if trial.edits else (),
    )


def edit_views(visit: Visit, edits: Sequence[Edit], known: Editable) -> list[Row]:
    """Return draft changes as a page shows them, each with the name by which it is dropped."""
    found: list[Row] = []
    for place, edit in enumerate(edits):
        if not isinstance(edit, RowEdit) or edit.table in known.sheets:
            old, new = _values(visit, edit, known)
            name = f"+{place}" if isinstance(edit, RowEdit) else edit.about
            others = visit.studio.opened.others(place_of(edit), visit.name)
            pieces = redline(old, new, tokens_of()) if isinstance(edit, TextEdit) else ()
            view: Row = {"name": name, "where": _where(visit, edit), "old": old, "new": new, "pieces": pieces}
            found.append(view | {"others": others, "source": _source_kept(visit, edit, edits, known)})
    return found


def _source_kept(visit: Visit, edit: Edit, edits: Sequence[Edit], known: Editable) -> Row:
    """Return the source that a row with another number still names, and the page with that cell; {} without one."""
    column, source = kept_source(edit, edits, known)
    if not isinstance(edit, CellEdit) or not column:
        return {}
    asked, words = urlencode({"row": edit.row, "column": column}), cell_words(visit, edit.table).get(column, {})
    return {"name": in_words(words, source) or source, "page": f"/data/{edit.table}?{asked}"}


def change_in_words(visit: Visit, edit: Edit) -> str:
    """Return a change in a few words: where, and of numbers and cells what was and what is."""
    where = _where(visit, edit)
    if isinstance(edit, RowEdit | TextEdit):
        return where
    return "{} {} → {}".format(where, *_values(visit, edit, visit.editable))


def _values(visit: Visit, edit: Edit, known: Editable) -> tuple[str, str]:
    """Return the old and the new value of a change, cells in words."""
    if isinstance(edit, RowEdit):
        return "", row_in_words(visit, edit)
    _, old, new = described(edit, known)
    words = cell_words(visit, edit.table).get(edit.column, {}) if isinstance(edit, CellEdit) else {}
    return in_words(words, old) or old, in_words(words, new) or new


def _where(visit: Visit, edit: Edit) -> str:
    """Return where a change is made, as the pages call it: table, row by its key, column; sentence and language."""
    labels = visit.labels()
    if isinstance(edit, CellEdit):
        key = row_key(visit, edit.table, edit.key) or str(edit.row)
        return " · ".join((labels.table(edit.table), key, labels.column(edit.table, edit.column)))
    if isinstance(edit, RowEdit):
        return visit.said(tr("{table}, new row", table=labels.table(edit.table)))
    if isinstance(edit, TextEdit):
        return f"{wording_label(visit, edit.wording)} · {language_name(edit.language, visit.language)}"
    state = visit.state
    node = state.known.project.framework.find(edit.node) if isinstance(state, WorkspaceState) else None
    return visit.said(tr("weight of {node}", node=visit.called(node.name, edit.node) if node else edit.node))


def row_key(visit: Visit, table: str, cells: Sequence[str]) -> str:
    """Return what a row is called: the cells of its key in words, bare numbers with the name of their column."""
    labels, words = visit.labels(), cell_words(visit, table)
    schema = visit.editable.schemas.get(table)
    columns = schema.key if schema and len(schema.key) == len(cells) else ("",) * len(cells)

    def called(column: str, cell: str) -> str:
        if cell.isdecimal() and column:
            return f"{labels.column(table, column)} {cell}"
        return in_words(words.get(column, {}), cell) or cell

    return ", ".join(called(column, cell) for column, cell in zip(columns, cells, strict=True) if cell)


# What items are called


def item_labels(visit: Visit) -> Mapping[str, str]:
    """Return what each item, and each written sentence of one, is called in the reader's language.

    That is its title, or the section of the document where it stands and its number there.
    """
    state = visit.last_whole
    return visit.studio.cached(f"items in {visit.language}", state, lambda: _labels(visit, state)) if state else {}


def _labels(visit: Visit, state: WorkspaceState) -> dict[str, str]:
    places = item_places(state.documents.briefs, item_context(state.known))
    items = [each.item for each in state.approval.states]
    found = {item.id: visit.said(_label(visit, item, places.get(item.id))) for item in items}
    return {word: found[item.id] for item in items for word in item.words} | found


def _label(visit: Visit, item: ReviewItem, place: ItemPlace | None) -> object:
    title = visit.called(item.texts)
    if place is None:
        return tr("the whole of: {name}", name=template_name(visit, item.id))
    if item.kind == "measure":
        return tr("Measure: {title}", title=title)
    if item.kind in ("figure", "table"):
        said = tr(EXHIBITS[item.kind, place.number > 0], number=place.number, title=title)
        return said if place.document == BRIEF else f"{template_name(visit, place.document)} · {visit.said(said)}"
    section = section_label(visit, place)
    if not place.number:
        return tr("{section} · heading", section=section)
    return tr("{section} · item {number}", section=section, number=place.number)


def section_label(visit: Visit, place: ItemPlace) -> str:
    """Return what a section is called: its title up to a colon, and the document if that is not the brief itself."""
    title = _COLON.split(visit.called(place.title), maxsplit=1)[0].strip()
    if place.document == BRIEF:
        return visit.said(tr("First page")) if place.opening else title
    name = template_name(visit, place.document)
    return name if place.opening else f"{name} · {title}"


def template_name(visit: Visit, template: str) -> str:
    """Return what a kind of document is called."""
    return visit.said(tr(TEMPLATES[template])) if template in TEMPLATES else template


def names_of(visit: Visit, state: WorkspaceState) -> Mapping[str, str]:
    """Return what items, sentences, parts of the framework, rules, tables and sources are called, by their ids."""
    project, labels = state.known.project, visit.labels()
    nodes = {each.id: visit.called(each.name, each.id) for each in project.framework.components()}
    rules = {each.id: visit.called(each.name, each.id) for each in project.rules}
    tables = {each: labels.table(each) for each in project.evidence.schemas}
    sources = {key: each.title for key, each in project.evidence.sources.items()}
    return {**sources, **tables, **rules, **nodes, **item_labels(visit)}


def wording_label(visit: Visit, wording: str) -> str:
    """Return what a written sentence is called: as the item that has it; its id if none has it."""
    return item_labels(visit).get(wording, wording)


def consequence_view(visit: Visit, trial: Trial) -> dict[str, object]:
    """Return what changes would move as a page shows it, in the reader's language."""
    found, compared = trial.found, trial.found.comparison
    state = trial.state if isinstance(trial.state, WorkspaceState) else None
    facts = list(fact_views(visit, state, compared.facts)) if state and compared else []
    return {
        "refused": causes(visit, found.refused),
        "mended": causes(visit, found.mended),
        "scores": list(_scores(visit, state, found.scores)) if state else [],
        "facts": facts,
        "numbers": number_moves(facts),
        "measures": list(measure_views(visit, compared)) if compared else [],
        "sentences": list(sentence_views(visit, compared)) if compared else [],
        "items": found.items,
        "figures": found.figures,
        "labels": item_labels(visit),
        "lapsing": found.lapsing,
        "stations": found.stations,
        "published": found.published,
        "nothing": bool(trial.edits) and not trial.conflicts and _nothing(found),
    }


def _nothing(found: Consequences) -> bool:
    compared = found.comparison
    said = compared and (compared.facts or compared.sentences)
    return not (found.refused or found.scores or found.figures or said)


def _scores(visit: Visit, state: WorkspaceState, moves: Sequence[ScoreMove]) -> Iterator[Row]:
    for each in moves:
        name = visit.called(state.known.project.framework.find(each.node).name, each.node)
        yield {"name": name, "was": valued(visit, state, each.before), "now": valued(visit, state, each.after)}


def fact_views(visit: Visit, state: WorkspaceState, changes: Sequence[FactChange]) -> Iterator[Row]:
    """Yield each fact that reads otherwise, with its name, both values, and what it moves the index by."""
    for each in changes:
        name = visit.called(state.names.of(each.id), visit.said(tr("a value without a name")))
        was, now = valued(visit, state, each.before), valued(visit, state, each.after)
        if was != now:
            yield {"id": each.id, "name": name, "was": was, "now": now, "effect": each.effect}


def number_moves(facts: Iterable[Row]) -> list[Row]:
    """Return the facts that read otherwise, those with the same values together with their names, most first."""
    found: dict[tuple[object, object], list[Row]] = {}
    for each in facts:
        found.setdefault((each["was"], each["now"]), []).append(each)
    groups = sorted(found.values(), key=len, reverse=True)
    return [
        {
            **max(alike, key=lambda each: abs(cast(float, each["effect"]))),
            "names": [*dict.fromkeys(each["name"] for each in alike)],
        }
        for alike in groups
    ]


def valued(visit: Visit, state: WorkspaceState, fact: Fact | None) -> str:
    """Return a fact's value with its interval, in the reader's language where the workspace has it."""
    if fact is None:
        return visit.said(tr("none"))
    writers = state.known.project.writers
    writer = writers.get(visit.language) or next(iter(writers.values()))
    return value_in(writer, fact) + visit.said(interval_in(writer, fact))


def measure_views(visit: Visit, compared: Comparison) -> Iterator[Row]:
    """Yield each measure that comes, goes or changes its place."""
    titles = (
        {each.item.id: visit.called(each.item.texts) for each in visit.last_whole.approval.states}
        if visit.last_whole
        else {}
    )
    for each in compared.measures:
        if each.kind != "steady":
            was, now = each.places
            yield {
                "name": titles.get(f"measure.{each.measure}", each.measure),
                "what": visit.said(tr(PLACES[each.kind], was=was, now=now)),
            }


def sentence_views(visit: Visit, compared: Comparison) -> Iterator[Row]:
    """Yield each sentence that reads otherwise: in each language what has changed, some words beside it, and all."""
    labels, editable = item_labels(visit), visit.editable.wordings if visit.may("edit") else {}
    for each in compared.sentences:
        whole = {key: text for key, text in each.redlines.items() if _differs(text)}
        texts = {key: in_context(text) for key, text in whole.items()}
        names = {"id": each.id, "label": labels.get(each.id) or _label_beside(visit, each)}
        yield {**names, "texts": texts, "whole": whole if whole != texts else {}, "edit": each.id in editable}


def _label_beside(visit: Visit, change: SentenceChange) -> str:
    """Return what a sentence is called that no item of today has: the section of what is beside it, and its edition."""
    state = visit.last_whole
    places = item_places(state.documents.briefs, item_context(state.known)) if state else {}
    block = change.id.rpartition("/")[2].partition(":")[0]
    starts = (f"{block}:", f"{block.rpartition('.')[0]}.", f"{block.partition('.')[0]}.")
    beside = (place for start in starts for item, place in places.items() if start[1:] and item.startswith(start))
    where = next((section_label(visit, place) for place in beside), visit.said(tr("label")))
    when = visit.said(tr(ONLY_IN[change.kind])) if change.kind in ONLY_IN else ""
    return " · ".join(filter(None, (where, when)))


def _differs(pieces: Sequence[Piece]) -> bool:
    return any(piece.mark != "kept" for piece in pieces)


# What is done with them


def apply(visit: Visit) -> Response:
    """Write the draft changes into the workspace."""
    visit.studio.apply(visit.author(), visit.field("why"))
    whole = isinstance(visit.studio.state(), WorkspaceState)
    return go("/review?state=changed&written=yes" if whole else "/?done=applied")


def propose(visit: Visit) -> Response:
    """Keep the draft changes as a proposal for somebody else."""
    visit.studio.propose(visit.author(), visit.field("why"))
    return go("/?done=proposed")


def drop(visit: Visit) -> Response:
    """Drop one draft change, or all of them."""
    if name := visit.field("name"):
        visit.studio.drop(name)
    else:
        visit.studio.change_drafts(lambda _: ())
    return go("/changes")


def keep_mine(visit: Visit) -> Response:
    """Make the draft changes anew from what is in the files by now."""
    studio = visit.studio
    studio.change_drafts(lambda drafts: proposed_anew(drafts, studio.editable()))
    return go("/changes")


def take_over(visit: Visit) -> Response:
    """Take what a proposal would change among the draft changes, to be looked at and applied."""
    visit.studio.add(visit.studio.proposal(visit.path["name"]).edits)
    return go("/changes")


def undo(visit: Visit) -> Response:
    """Take the reverse of an applied change among the draft changes."""
    applied = visit.studio.proposal(visit.path["name"])
    visit.studio.add(taken_back(applied.edits))
    return go("/changes?" + urlencode({"why": visit.said(tr("taken back: {why}", why=applied.why))}))
