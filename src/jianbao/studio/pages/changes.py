"""The draft changes: what they would move, what they leave open, how that is answered, and what is done with them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import cast

from starlette.responses import Response

from jianbao.app.propose import Consequences, ScoreMove, WorkspaceState
from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import tr, tr_later
from jianbao.data.dates import period
from jianbao.data.facts import Fact
from jianbao.data.provenance import SOURCES
from jianbao.review.compare.comparison import Comparison
from jianbao.review.compare.redline import in_context, redline, tokens_of
from jianbao.review.document_edits import is_said
from jianbao.review.edits import Editable, is_applied, proposed_anew, with_new_keys
from jianbao.review.old_numbers import OldNumber, SourceQuestion, source_questions
from jianbao.review.proposals import CellEdit, Edit, EntryEdit, LeaveEdit, RowEdit, TextEdit
from jianbao.studio.drafts import DatedRow, SourceAnswer, dated_rows, is_source, place_of, with_answer
from jianbao.studio.pages.names import (
    Row,
    cell_in_words,
    cell_words,
    days_of,
    fact_views,
    first_station,
    in_words,
    item_labels,
    label_beside,
    number_moves,
    row_key,
    source_titles,
    valued,
    values_of,
    where_made,
    wording_label,
)
from jianbao.studio.session import Trial
from jianbao.studio.visits import Visit, causes, go, page
from jianbao.text.render import Piece

CONFIDENCE, NOTE = "confidence", "note"  # columns that are asked for with another source
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
        edits=edit_views(visit, trial.edits, visit.studio.editable_with(trial)),
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
        old, new = values_of(visit, edit, known)
        if isinstance(edit, CellEdit) and edit.column == known.schemas[edit.table].source_column:
            old, new = (in_words(titles, text) or text for text in (old, new))
        name = f"+{place}" if isinstance(edit, RowEdit) else edit.about
        key = f"text {edit.wording}" if isinstance(edit, TextEdit) else name
        others = visit.studio.opened.others(place_of(edit), visit.name)
        where = wording_label(visit, edit.wording) if isinstance(edit, TextEdit) else where_made(visit, edit)
        view: Row = {"names": [], "where": where, "old": old, "new": new, "texts": {}, "others": others}
        left = (
            {"why": edit.why, "dated": days_of(edit, known)}
            if isinstance(edit, LeaveEdit)
            else {"why": "", "dated": ""}
        )
        shown = found.setdefault(key, view | left)
        cast(list[str], shown["names"]).append(name)
        shown["unsaid"] = isinstance(edit, TextEdit) and not is_said(edit, known.wordings, known.facts)
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
    `late` are rows that this edition does not know, `early` those that it knows before their source, without a reason.
    """
    questions, numbers, edits = _open(visit, trial)
    rows = _dated(visit, trial)
    early = [each for each in rows if each.is_early and not each.reason_in(edits)]
    decided = [(each, each.left_by(edits)) for each in numbers]
    state = visit.last_whole
    sources = state.known.project.evidence.sources.values() if state and questions else ()
    return {
        "questions": [_question_view(visit, each) for each in questions],
        "numbers": [each for each, why in decided if not why],
        "left": [(each, why) for each, why in decided if why],
        "titles": sorted({each.title for each in sources}),
        "late": [_dated_view(visit, each) for each in rows if trial and _is_late(visit, each)],
        "early": [_dated_view(visit, each) for each in early],
        "back": _falling_back(visit, trial) if trial else [],
    }


def _as_of(visit: Visit) -> date:
    """Return the day of the edition."""
    return visit.last_whole.known.issue.as_of if visit.last_whole else date.max


def _is_late(visit: Visit, row: DatedRow) -> bool:
    return row.known is not None and row.known > _as_of(visit)


def _dated(visit: Visit, trial: Trial | None) -> list[DatedRow]:
    """Return the rows of draft changes, and of written ones that still stand, with their days."""
    known, state = visit.editable, visit.last_whole
    sources = state.known.project.evidence.sources if state else {}
    written = [
        edit
        for each in visit.studio.written()
        for edit in with_new_keys(each.edits, known.schemas)
        if isinstance(edit, RowEdit) or is_applied(edit, known)
    ]
    published = {key: each.published for key, each in sources.items()}
    own = dated_rows(trial.edits, known, published) if trial else ()
    places = {each.place for each in own if each.row}
    return [*own, *(each for each in dated_rows(written, known, published) if each.place not in places)]


def _dated_view(visit: Visit, row: DatedRow) -> Row:
    """Return what a page says of a row that the edition does not know, or knows before its source."""
    labels, names = visit.labels(), visit.editable.schemas[row.table].key
    key = row_key(visit, row.table, [row.cells.get(each, "") for each in names])
    return {
        "id": f"{row.place} {row.text}",
        "where": f"{labels.table(row.table)} · {key}",
        "as_of": _as_of(visit).isoformat(),
        "known": row.known.isoformat() if row.known else "",
        "told": row.told.last.isoformat() if row.told else "",
        "own": labels.column(row.table, row.own) if row.own else "",
        "given": row.cells.get(row.own, ""),
    }


def _falling_back(visit: Visit, trial: Trial) -> list[Row]:
    """Return the numbers of the edition that would be older ones with the changes."""
    state, compared = trial.state, trial.found.comparison
    if not compared or not isinstance(state, WorkspaceState):
        return []
    used = {fact for each in state.approval.states for fact in each.item.facts}
    older = [each for each in compared.facts if each.id in used and _last_day(each.after) < _last_day(each.before)]
    days = {each.id: (each.before, each.after) for each in older}
    views = number_moves(fact_views(visit, state, older))
    return [{**each, "days": [fact.as_of if fact else "" for fact in days[str(each["id"])]]} for each in views]


def _last_day(fact: Fact | None) -> date:
    found = period(fact.as_of) if fact else None
    return found.last if found else date.min


def _open(visit: Visit, trial: Trial | None) -> tuple[list[SourceQuestion], tuple[OldNumber, ...], list[Edit]]:
    """Return the open questions, the typed texts with an old number, and all changes that may answer."""
    known, drafts = visit.editable, trial.edits if trial else ()
    written = [each.edits for each in visit.studio.written()]
    asked = (*visit.studio.open_questions(known, drafts), *source_questions(drafts, known))
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
    said = {"where": where_made(visit, asked.edit), "old": asked.edit.old, "new": asked.edit.new}
    return said | {
        "place": asked.place,
        "source": cell_in_words(visit, table, asked.column, asked.cells[asked.column]),
        "fields": fields,
    }


def answer(visit: Visit) -> Response:
    """Take the answers to what replaced numbers leave open among the draft changes."""
    questions, numbers, _ = _open(visit, visit.studio.trial())
    state, day, edits = visit.last_whole, _as_of(visit), list[Edit]()
    sources = state.known.project.evidence.sources if state else {}
    for number, place in enumerate(visit.form.get("question", ())):
        asked = next((each for each in questions if each.place == place), None)
        given = _source_answer(visit, number)
        if asked and given:
            visit.studio.change_drafts(
                partial(with_answer, question=asked, answer=given, known=visit.editable, sources=sources, as_of=day)
            )
    _answer_days(visit)
    for number, place in enumerate(visit.form.get("number", ())):
        found = next((each for each in numbers if f"{each.place} {each.sentence}" == place), None)
        new, why = visit.field(f"new.{number}").strip(), visit.field(f"why.{number}").strip()
        if found and why:
            edits.append(found.left(why))
        elif found and new and new != found.text:
            edits += found.mended(new, visit.editable)
    visit.studio.add(edits)
    return go("/changes")


def _answer_days(visit: Visit) -> None:
    """Take the days since which rows count as known, and the reasons for them, among the draft changes."""
    rows = {f"{each.place} {each.text}": each for each in _dated(visit, visit.studio.trial())}
    for number, name in enumerate(visit.form.get("dated", ())):
        day, why = visit.field(f"day.{number}").strip(), visit.field(f"reason.{number}").strip()
        if name in rows and day and why:
            visit.studio.change_drafts(partial(rows[name].since, day=day, why=why, known=visit.editable))
        elif day and name in rows and not why:
            what = tr("nobody has said where the number was public on {day}", day=day)
            raise UsageError(Problem(Place(rows[name].place), what, tr("name the paper or page, and its day")))


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
        names = {"id": each.id, "label": labels.get(each.id) or label_beside(visit, each)}
        yield {**names, "texts": texts, "whole": whole if whole != texts else {}, "edit": each.id in editable}


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
