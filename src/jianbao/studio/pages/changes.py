"""The draft changes: what they would move, what they leave open, how that is answered, and what is done with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import cast

from starlette.responses import Response

from jianbao.app.approval import item_context
from jianbao.app.evidence.facts import interval_in, value_in
from jianbao.app.propose import Consequences, ScoreMove, WorkspaceState
from jianbao.core.messages import tr, tr_later
from jianbao.data.facts import Fact
from jianbao.data.provenance import SOURCES
from jianbao.review.compare.comparison import Comparison, FactChange, SentenceChange
from jianbao.review.compare.redline import in_context, redline, tokens_of
from jianbao.review.edits import Editable, described, proposed_anew
from jianbao.review.items import item_places
from jianbao.review.old_numbers import OldNumber, SourceQuestion, open_questions, source_questions
from jianbao.review.proposals import CELL, CellEdit, Edit, EntryEdit, LeaveEdit, RowEdit, TextEdit, WeightEdit
from jianbao.studio.drafts import SourceAnswer, is_source, place_of, with_answer
from jianbao.studio.pages.names import (
    cell_in_words,
    cell_words,
    first_station,
    in_words,
    item_labels,
    language_name,
    row_in_words,
    row_key,
    section_label,
    source_titles,
    wording_label,
)
from jianbao.studio.session import Trial
from jianbao.studio.visits import Visit, causes, go, page
from jianbao.text.render import Piece

Row = dict[str, object]
TOLD = ("title", "producer", "published", "url")  # what a page says of a new source
CONFIDENCE, NOTE = "confidence", "note"  # columns that are asked for with another source
ONLY_IN: Mapping[str, str] = {"new": tr_later("only in the later one"), "gone": tr_later("only in the earlier one")}
PLACES: Mapping[str, str] = {
    "new": tr_later("new, in place {now}"),
    "gone": tr_later("gone, was in place {was}"),
    "moved": tr_later("from place {was} to {now}"),
}


def changes(visit: Visit) -> Response:
    """Show the draft changes, what is asked about them, what they would move, and what keeps them from being made."""
    trial = visit.studio.trial()
    return page(
        visit,
        "changes",
        edits=edit_views(visit, trial.edits, trial.known),
        why=visit.query.get("why", ""),
        conflicts=causes(visit, trial.conflicts),
        moved=consequence_view(visit, trial),
        left_open=open_points(visit, trial),
        station=first_station(visit),
    )


def edit_views(visit: Visit, edits: Sequence[Edit], known: Editable) -> list[Row]:
    """Return changes as a page shows them, the languages of a sentence together, each with the names to drop it by."""
    found: dict[str, Row] = {}
    titles = source_titles(visit) | {each.cells["id"]: each.cells["title"] for each in edits if is_source(each)}
    for place, edit in enumerate(edits):
        if isinstance(edit, RowEdit) and edit.table not in (SOURCES, *known.sheets):
            continue
        old, new = _values(visit, edit, known)
        if isinstance(edit, CellEdit) and edit.column == known.schemas[edit.table].source_column:
            old, new = (in_words(titles, text) or text for text in (old, new))
        name = f"+{place}" if isinstance(edit, RowEdit) else edit.about
        key = f"text {edit.wording}" if isinstance(edit, TextEdit) else name
        others = visit.studio.opened.others(place_of(edit), visit.name)
        where = wording_label(visit, edit.wording) if isinstance(edit, TextEdit) else _where(visit, edit)
        view: Row = {"names": [], "where": where, "old": old, "new": new, "texts": {}, "others": others}
        shown = found.setdefault(key, view | {"why": edit.why if isinstance(edit, LeaveEdit) else ""})
        cast(list[str], shown["names"]).append(name)
        if isinstance(edit, TextEdit | EntryEdit):
            language = edit.language if isinstance(edit, TextEdit) else edit.about.rpartition(".")[2]
            texts = cast(dict[str, object], shown["texts"])
            pieces = redline(old, new, tokens_of())  # of a sentence, placeholders stand in what is kept
            alone = [Piece("kept", "…") if each.mark == "kept" else each for each in pieces]
            texts[language] = alone if isinstance(edit, TextEdit) else in_context(pieces)
    return [*found.values()]


def open_points(visit: Visit, trial: Trial | None = None) -> Row:
    """Return what numbers that were replaced leave open, by draft changes and by written ones, as a page shows it.

    `questions` ask for their sources, `numbers` are typed texts with the old number, and `left` those that stay.
    """
    questions, numbers, edits = _open(visit, trial)
    decided = [(each, each.left_by(edits)) for each in numbers]
    state = visit.last_whole
    sources = state.known.project.evidence.sources.values() if state and questions else ()
    return {
        "questions": [_question_view(visit, each) for each in questions],
        "numbers": [each for each, why in decided if not why],
        "left": [(each, why) for each, why in decided if why],
        "titles": sorted({each.title for each in sources}),
    }


def _open(visit: Visit, trial: Trial | None) -> tuple[list[SourceQuestion], tuple[OldNumber, ...], list[Edit]]:
    """Return the open questions, the typed texts with an old number, and all changes that may answer."""
    known, drafts = visit.editable, trial.edits if trial else ()
    written = [each.edits for each in visit.studio.written()]
    asked = (*open_questions(written, known, drafts), *source_questions(drafts, known))
    edits = [edit for each in (*written, drafts) for edit in each]
    state = visit.studio.with_drafts(trial) if trial else visit.state
    numbers = visit.studio.old_numbers_in(state, tuple(edits)) if edits else ()
    return [*{each.place: each for each in asked}.values()], numbers, edits


def _question_view(visit: Visit, asked: SourceQuestion) -> Row:
    """Return what a page asks about the source of a replaced number, with the fields of its row that go with it."""
    table, labels, words = asked.edit.table, visit.labels(), cell_words(visit, asked.edit.table)
    columns = visit.editable.schemas[table].columns
    names = {"date": next(iter(visit.editable.schemas[table].dated_by), ""), "confidence": CONFIDENCE, "note": NOTE}
    fields = {
        field: {"label": labels.column(table, name), "value": asked.cells.get(name, ""), "column": name}
        | {"choices": {each: words.get(name, {}).get(each, each) for each in columns[name].of}}
        for field, name in names.items()
        if name in columns
    }
    said = {"where": _where(visit, asked.edit), "old": asked.edit.old, "new": asked.edit.new}
    return said | {
        "place": asked.place,
        "source": cell_in_words(visit, table, asked.column, asked.cells[asked.column]),
        "fields": fields,
    }


def answer(visit: Visit) -> Response:
    """Take the answers to what replaced numbers leave open among the draft changes."""
    questions, numbers, _ = _open(visit, visit.studio.trial())
    state, edits = visit.last_whole, list[Edit]()
    sources = state.known.project.evidence.sources if state else {}
    for number, place in enumerate(visit.form.get("question", ())):
        asked = next((each for each in questions if each.place == place), None)
        given = _source_answer(visit, number)
        if asked and given:
            visit.studio.change_drafts(
                partial(with_answer, question=asked, answer=given, known=visit.editable, sources=sources)
            )
    for number, place in enumerate(visit.form.get("number", ())):
        found = next((each for each in numbers if f"{each.place} {each.sentence}" == place), None)
        new, why = visit.field(f"new.{number}").strip(), visit.field(f"why.{number}").strip()
        if found and why:
            edits.append(found.left(why))
        elif found and new and new != found.text:
            edits += found.mended(new, visit.editable)
    visit.studio.add(edits)
    return go("/changes")


def _source_answer(visit: Visit, number: int) -> SourceAnswer | None:
    """Return what the form says of the source of a number; None if it says nothing."""
    said = {key: visit.field(f"{key}.{number}").strip() for key in ("title", "producer", "published", "url")}
    prefix = f"cell.{number}."
    cells = {key.removeprefix(prefix): visit.field(key).strip() for key in visit.form if key.startswith(prefix)}
    if said["title"]:
        return SourceAnswer(source=said, cells=cells, added=bool(visit.field(f"added.{number}")))
    if visit.field(f"same.{number}"):
        return SourceAnswer(same=visit.said(tr("the source is the same; the old number was copied wrongly")))
    return None


def change_in_words(visit: Visit, edit: Edit) -> str:
    """Return a change in a few words: where, and of numbers and cells what was and what is."""
    where = _where(visit, edit)
    if not isinstance(edit, CellEdit | WeightEdit):
        return where
    return "{} {} → {}".format(where, *_values(visit, edit, visit.editable))


def _values(visit: Visit, edit: Edit, known: Editable) -> tuple[str, str]:
    """Return the old and the new value of a change, cells in words."""
    if isinstance(edit, RowEdit):
        told = [edit.cells.get(key, "") for key in TOLD] if is_source(edit) else [row_in_words(visit, edit)]
        return "", ", ".join(filter(None, told))
    _, old, new = described(edit, known)
    if not isinstance(edit, CellEdit):
        return old, new
    return cell_in_words(visit, edit.table, edit.column, old), cell_in_words(visit, edit.table, edit.column, new)


def _where(visit: Visit, edit: Edit) -> str:
    """Return where a change is made, as the pages call it: table, row by its key, column; sentence and language."""
    labels = visit.labels()
    if isinstance(edit, CellEdit):
        key = row_key(visit, edit.table, edit.key) or str(edit.row)
        return " · ".join((labels.table(edit.table), key, labels.column(edit.table, edit.column)))
    if isinstance(edit, RowEdit):
        return visit.said(tr("{table}, new row", table=labels.table(edit.table)))
    if isinstance(edit, LeaveEdit):
        cell = CELL.fullmatch(edit.place)
        return f"{labels.table(cell['table'])} · {labels.column(cell['table'], cell['column'])}" if cell else edit.text
    if isinstance(edit, EntryEdit):
        return visit.said(tr("Register of discrepancies, printed in the evidence volume"))
    if isinstance(edit, TextEdit):
        return f"{wording_label(visit, edit.wording)} · {language_name(edit.language, visit.language)}"
    state = visit.state
    node = state.known.project.framework.find(edit.node) if isinstance(state, WorkspaceState) else None
    return visit.said(tr("weight of {node}", node=visit.called(node.name, edit.node) if node else edit.node))


def consequence_view(visit: Visit, trial: Trial) -> dict[str, object]:
    """Return what changes would move as a page shows it, in the reader's language."""
    found, compared = trial.found, trial.found.comparison
    state = trial.state if isinstance(trial.state, WorkspaceState) else None
    facts = list(fact_views(visit, state, compared.facts)) if state and compared else []
    used = {fact for each in state.approval.states for fact in each.item.facts} if state else set()
    return {
        "refused": causes(visit, found.refused),
        "mended": causes(visit, found.mended),
        "scores": list(_scores(visit, state, found.scores)) if state else [],
        "facts": facts,
        "numbers": number_moves(each for each in facts if each["id"] in used),
        "unused": number_moves(each for each in facts if each["id"] not in used),
        "measures": list(measure_views(visit, compared)) if compared else [],
        "sentences": list(sentence_views(visit, compared)) if compared else [],
        "items": found.items,
        "texts": len({*found.items} - {*found.figures}),
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


def propose(visit: Visit) -> Response:
    """Keep the draft changes as a proposal for somebody else."""
    visit.studio.propose(visit.author(), visit.field("why"))
    return go("/?done=proposed")


def drop(visit: Visit) -> Response:
    """Drop one draft change, or all of them."""
    for name in visit.form.get("name", ()):
        visit.studio.drop(name)
    if "name" not in visit.form:
        visit.studio.change_drafts(lambda _: ())
    return go("/changes")


def keep_mine(visit: Visit) -> Response:
    """Make the draft changes anew from what is in the files by now."""
    studio = visit.studio
    studio.change_drafts(lambda drafts: proposed_anew(drafts, studio.editable()))
    return go("/changes")
