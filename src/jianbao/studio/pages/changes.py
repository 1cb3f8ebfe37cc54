"""Show the draft changes: what they would move, what they leave open, and the answers to that."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from http import HTTPStatus
from typing import cast

from starlette.responses import Response

from jianbao.app.evidence.facts import unlisted_in
from jianbao.app.propose import BrokenState, ScoreMove, WorkspaceState
from jianbao.core.errors import JianbaoError, UsageError
from jianbao.core.messages import Translatable, tr, tr_later, tr_list
from jianbao.data.claim_limits import COPY
from jianbao.data.dates import period
from jianbao.data.facts import Fact
from jianbao.data.provenance import SOURCES
from jianbao.review.compare.comparison import Comparison, SentenceChange
from jianbao.review.compare.redline import redline, sentences_changed_alike, tokens_of
from jianbao.review.document_edits import REGISTER, entries_in, is_printed_now, language_of, rechosen, typed_numbers
from jianbao.review.edits import Editable
from jianbao.review.proposals import CellEdit, Edit, EntryEdit, KeepEdit, RowEdit, TableRow, TextEdit
from jianbao.review.published import moved_sources
from jianbao.review.review_items import languages_of, written_in
from jianbao.review.source_answers import days_of, is_source
from jianbao.studio.drafts import as_printed, fields_in, group_of, paired_keeps, place_of, reasons_of, redlined
from jianbao.studio.page_requests import PageRequest, causes, page
from jianbao.studio.pages.answers import number_moves, open_points, sources_of
from jianbao.studio.pages.names import (
    Row,
    also_in,
    cell_words,
    fact_views,
    first_station,
    in_reading_order,
    in_words,
    item_labels,
    places_of_items,
    read_first,
    row_in_words,
    row_key,
    section_label,
    valued,
    values_of,
    where_made,
    without_ids,
    wording_label,
)
from jianbao.studio.session import Trial
from jianbao.text.citations import briefly_cited
from jianbao.text.formatter import language_name
from jianbao.text.render import Piece, choose

NO_LONGER = tr_later("which is no longer the same as “{name}” ({value})")
COMPARED = tr_later("compared with “{name}”, which is still {value}")
NO_EDIT: Mapping[str, object] = {
    **dict.fromkeys(("old", "why", "dated", "wording", "unlisted"), ""),
    **dict.fromkeys(("not_printed", "entry", "row"), False),
    "others": (),
    "untouched": {},
}
NOTHING: Row = {}
ONLY_IN: Mapping[str, str] = {"new": tr_later("only in the later one"), "gone": tr_later("only in the earlier one")}
PLACES: Mapping[str, str] = {
    "new": tr_later("new, in place {now}"),
    "gone": tr_later("gone, was in place {was}"),
    "moved": tr_later("from place {was} to {now}"),
}


def changes(request: PageRequest, errors: Sequence[JianbaoError] = (), rest: Row = NOTHING) -> Response:
    """Show the draft changes, the questions about them, what they would move, and what prevents them.

    `errors` are the faults of a form, whose typed fields stay. `rest` has the further questions once
    the form gives the sources.
    """
    trial, is_asked = request.studio.trial(), all(isinstance(each, UsageError) for each in errors)
    edits = edit_views(request, trial.edits, request.studio.editable_with(trial), request.studio.with_drafts(trial))
    why = request.field("why") or request.query.get("why", "") or proposed_reason(request, trial.edits, trial.editable)
    return page(
        request,
        "changes",
        HTTPStatus.OK if not errors else HTTPStatus.BAD_REQUEST if is_asked else HTTPStatus.CONFLICT,
        refused=causes(request, [each for each in errors if not fields_in([each])]),
        wrong={name: request.text(what) for name, what in fields_in(errors).items()},
        edits=edits,
        why=why,
        conflicts=causes(request, trial.conflicts),
        moved=consequence_view(request, trial) | {"entries": [each for each in edits if each["entry"]]},
        left_open=open_points(request, trial) | {"back": _falling_back(request, trial)},
        rest=rest,
        station=first_station(request),
    )


def proposed_reason(request: PageRequest, edits: Sequence[Edit], editable: Editable) -> str:
    """Return the new sources that explain the changes, in the reader's language; "" if none does."""

    def unit(table: str, name: str) -> str:
        return in_words(request, cell_words(request, table).get("unit", {}), name)

    return request.text(tr_list(reasons_of(edits, editable, unit, sources_of(request)), "; "))


def _falling_back(request: PageRequest, trial: Trial) -> list[Row]:
    """Return the numbers of the edition that the changes would replace with older ones."""
    state, compared = trial.state, trial.found.comparison
    if not compared or not isinstance(state, WorkspaceState):
        return []
    used = used_facts(state)
    older = [each for each in compared.facts if each.id in used and _last_day(each.after) < _last_day(each.before)]
    days = {each.id: (each.before, each.after) for each in older}
    views = number_moves(fact_views(request, state, older))
    return [{**each, "days": [fact.as_of if fact else "" for fact in days[str(each["id"])]]} for each in views]


def used_facts(state: WorkspaceState) -> set[str]:
    """Return the facts that an item of the edition states; the package's data files have all other facts, too."""
    return {fact for each in state.approval.states for fact in each.item.facts}


def _last_day(fact: Fact | None) -> date:
    return found.last if fact and (found := period(fact.as_of)) else date.min


def edit_views(
    request: PageRequest, edits: Sequence[Edit], editable: Editable, state: WorkspaceState | BrokenState
) -> list[Row]:
    """Return changes as a page shows them, each with the names to drop it by.

    The cells of a row are one, and so are the languages of a text. Sentences have the values of `state`.
    """
    found, rows = dict[str, Row](), dict[str, list[CellEdit]]()
    new_ones = {each.cells["id"]: each.cells["title"] for each in edits if is_source(each)}  # shown in separate rows
    titles = {key: each.bare_title for key, each in sources_of(request).items()} | new_ones
    for edit in edits:
        if isinstance(edit, CellEdit):
            rows.setdefault(group_of(edit, 0), []).append(edit)
    pairs = paired_keeps(edits, request.language)
    for place, edit in enumerate(edits):
        if (isinstance(edit, TableRow) and edit.table not in (SOURCES, *editable.sheets)) or place in pairs:
            continue
        old, new = values_of(request, edit, editable)
        if isinstance(edit, CellEdit) and edit.column == editable.schemas[edit.table].source_column:
            old, new = in_words(request, titles, edit.old) or old, in_words(request, titles, edit.new) or new
        elif isinstance(edit, RowEdit) and not is_source(edit):
            new = row_in_words(request, edit, new_ones)
        name, group = f"+{place}" if isinstance(edit, TableRow) else edit.about, group_of(edit, place)
        where = _row_changed(request, rows[group]) if isinstance(edit, CellEdit) else where_made(request, edit)
        where = wording_label(request, edit.wording) if isinstance(edit, TextEdit) else where
        shown = found.setdefault(group, {**NO_EDIT, "names": [], "cells": [], "texts": {}, "where": where, "new": new})
        cast(list[str], shown["names"]).append(name)
        shown |= {"others": request.studio.opened.others(place_of(edit), request.name), "old": old}
        if isinstance(edit, KeepEdit):
            shown |= {"why": edit.why, "dated": days_of(edit, editable), "unlisted": unlisted_in(edit)}
        elif isinstance(edit, TableRow):
            shown["row"] = True
        elif isinstance(edit, CellEdit):
            column = request.labels().column(edit.table, edit.column)
            cast(list[Row], shown["cells"]).append({"name": name, "column": column, "old": old, "new": new})
        elif isinstance(edit, TextEdit | EntryEdit):
            text = edit if isinstance(edit, TextEdit) else None
            shown |= {"wording": text.wording if text else "", "entry": text is None}
            shown["not_printed"] = text is not None and not is_printed_now(text, editable.wordings, editable.facts)
            cast(dict[str, object], shown["texts"])[language_of(edit)] = redlined(edit, old, new, state)
    for place, own in pairs.items():
        cast(list[str], found[group_of(edits[own], own)]["names"]).append(edits[place].about)
    for group, shown in found.items():
        if shown["texts"]:
            shown["untouched"] = _untouched(request, group, cast(Mapping[str, object], shown["texts"]), editable)
    return [*found.values()]


def _row_changed(request: PageRequest, edits: Sequence[CellEdit]) -> str:
    """Return the name of a row with changed cells: its table, and its key without the changed cells."""
    table, schema = edits[0].table, request.editable.schemas[edits[0].table]
    changed = {each.column for each in edits}
    cells = ["" if name in changed else cell for name, cell in zip(schema.key, edits[0].key, strict=False)]
    key = row_key(request, table, cells) or row_key(request, table, edits[0].key) or str(edits[0].row)
    return f"{request.labels().table(table)} · {key}"


def _untouched(request: PageRequest, key: str, changed: Collection[str], editable: Editable) -> dict[str, str]:
    """Return the texts of a sentence in the languages in which it was not changed, by the name of the language."""
    wording, texts = key.removeprefix("text "), dict[str, str]()
    if wording in editable.wordings:
        chosen, state = choose(editable.wordings[wording], editable.facts), request.state
        written = {language: written_in(text) for language, text in chosen.texts.items()} if chosen else {}
        texts = {language: as_printed(state, language, text) for language, text in written.items()}
    elif key.startswith(REGISTER) and request.last_whole:
        names = {each: f"{key}{each}" for each in request.last_whole.assessment.project.writers}
        register = entries_in(editable.snapshot.text(REGISTER))
        texts = {each: register[name].value for each, name in names.items() if name in register}
    return {language_name(each, request.language): text for each, text in texts.items() if each not in changed}


def consequence_view(request: PageRequest, trial: Trial) -> dict[str, object]:
    """Return what changes would move as a page shows it, in the reader's language."""
    found, compared = trial.found, trial.found.comparison
    state = trial.state if isinstance(trial.state, WorkspaceState) else None
    after = request.studio.with_drafts(trial)
    known = after if isinstance(after, WorkspaceState) else state
    facts = list(fact_views(request, known, compared.facts)) if known and compared else []
    used = used_facts(state) if state else set()
    has_changes = compared and (compared.facts or compared.sentences)
    return {
        "refused": [without_ids(request, each) for each in causes(request, found.refused)],
        "typed": [(each, wording_label(request, each), new) for each, new in typed_numbers(trial.edits).items()],
        "mended": causes(request, found.mended),
        "scores": list(_scores(request, state, found.scores)) if state else [],
        "facts": [each for each in facts if each["id"] in used],
        "numbers": number_moves(each for each in facts if each["id"] in used),
        "unused": number_moves(each for each in facts if each["id"] not in used),
        "measures": list(measure_views(request, compared)) if compared else [],
        "sentences": list(sentence_views(request, compared, reasons_of_wordings(request, trial.state, after)))
        if compared
        else [],
        "items": found.items,
        "texts": len({*found.items} - {*found.figures}),
        "gone": sum(each.kind == "gone" for each in compared.sentences) if compared else 0,
        "kinds": [each.item.kind for each in state.approval.states if each.item.id in found.items] if state else [],
        "exhibits": list(_exhibit_views(request, trial)),
        "labels": item_labels(request),
        "lapsing": found.lapsing,
        "stations": found.stations,
        "published": found.published,
        "nothing": bool(trial.edits)
        and not (trial.conflicts or found.refused or found.scores or found.figures or has_changes),
    }


def _exhibit_views(request: PageRequest, trial: Trial) -> Iterator[Row]:
    """Yield each figure and table that moves: its name, and its new and old title if the title moves."""
    states = trial.state, request.studio.with_drafts(trial)
    whole = [each.approval.states if isinstance(each, WorkspaceState) else () for each in states]
    was, now = ({each.item.id: each.item for each in found} for found in whole)
    moved = {each.id for each in trial.found.comparison.facts} if trial.found.comparison else set[str]()
    stated = {each.item.id: moved.intersection(each.item.facts) for each in whole[1]}
    by_register = any(isinstance(each, EntryEdit) for each in trial.edits)
    for item in trial.found.figures:
        old, new = (found[item].texts if item in found else {} for found in (was, now))
        moves = {key: redline(old[key], text, tokens_of()) for key, text in new.items() if old.get(key, text) != text}
        name = item_labels(request).get(item, item).removesuffix(request.called(old)).rstrip(" :：")
        shown = {"id": item, "kind": was[item].kind, "name": name, "titles": moves, "words": was[item].words}
        yield {**shown, "register": by_register and not stated.get(item)}


def _scores(request: PageRequest, state: WorkspaceState, moves: Sequence[ScoreMove]) -> Iterator[Row]:
    for each in moves:
        name = request.called(state.assessment.project.framework.find(each.node).name, each.node)
        yield {"name": name, "was": valued(request, state, each.before), "now": valued(request, state, each.after)}


def measure_views(request: PageRequest, compared: Comparison) -> Iterator[Row]:
    """Yield each measure that is added, is removed or changes its place."""
    states = request.last_whole.approval.states if request.last_whole else ()
    titles = {each.item.id: request.called(each.item.texts) for each in states}
    for each in compared.measures:
        if each.kind != "steady":
            was, now = each.places
            yield {
                "name": titles.get(f"measure.{each.measure}", each.measure),
                "what": request.text(tr(PLACES[each.kind], was=was, now=now)),
            }


def sentence_views(request: PageRequest, compared: Comparison, why: Mapping[str, str] | None = None) -> Iterator[Row]:
    """Yield each changed sentence, those of first pages first, in full in each language.

    `why` gives the numbers that chose another wording; an `alike` sentence has only changes that others have too.
    """
    labels, editable = item_labels(request), request.editable.wordings if request.may("edit") else {}
    state = request.last_whole
    items = [each.item for each in state.approval.states] if state else []
    spoken = languages_of(state.assessment.project.outline, items) if state else {}
    also = {name: also_in(request, each) for each in items for name in (*each.words, each.id)}
    every = frozenset(language for found in spoken.values() for language in found)
    read, reasons, printed = dict[str, dict[str, tuple[Piece, ...]]](), why or {}, dict[str, Collection[str]]()
    known = {each.id: each for each in compared.sentences}
    for each in map(known.__getitem__, in_reading_order(request, known)):
        printed[each.id] = next((spoken[part] for part in (each.id, *each.id.split("/")) if part in spoken), every)
        shown = {key: text for key, text in each.redlines.items() if key in printed[each.id]}
        read[each.id] = {key: text for key, text in shown.items() if any(piece.mark != "kept" for piece in text)}
    same = sentences_changed_alike({key: text for key, text in read.items() if key not in reasons})
    for key, text in read.items():
        if text:
            yield {
                "id": key,
                "label": labels.get(key)
                or labels.get(key.rpartition(":")[0])
                or _label_beside(request, known[key], why is None),
                "texts": text,
                "printed": printed[key],
                "edit": key in editable,
                "why": reasons.get(key, ""),
                "reworded": key in reasons,
                "gone": known[key].kind == "gone",
                "alike": key in same,
                "front": not read_first(request, key),
                "also": also.get(key, ()),
            }


def _label_beside(request: PageRequest, change: SentenceChange, editions: bool) -> str:
    """Return the name of a sentence that no current item has: the section of its neighbours, and its edition."""
    state = request.last_whole
    places = places_of_items(request, state) if state else {}
    block = change.id.rpartition("/")[2].partition(":")[0]
    starts = (f"{block}:", f"{block.rpartition('.')[0]}.", f"{block.partition('.')[0]}.")
    beside = (place for start in starts for item, place in places.items() if start[1:] and item.startswith(start))
    where = next((section_label(request, place) for place in beside), request.text(tr("label")))
    when = tr("a new sentence") if change.kind == "new" and not editions else tr(ONLY_IN.get(change.kind, ""))
    return " · ".join(filter(None, (where, request.text(when) if change.kind in ONLY_IN else "")))


def reasons_of_wordings(
    request: PageRequest, before: WorkspaceState | BrokenState | None, after: WorkspaceState | BrokenState
) -> dict[str, str]:
    """Return the sentences that are left out or worded otherwise, each with the numbers that decide this."""
    if not isinstance(before, WorkspaceState) or not isinstance(after, WorkspaceState):
        return {}
    was, now = before.assessment.ledger, after.assessment.ledger

    def reason(facts: Sequence[str]) -> object:
        pairs = {f: (valued(request, before, was.get(f)), valued(request, after, now.get(f))) for f in facts}
        moved = {old for old, new in pairs.values() if old != new}
        moves = list[object]()
        for fact in sorted(pairs, key=lambda each: pairs[each][0] == pairs[each][1]):
            (old, new), name = pairs[fact], request.called(after.names.of(fact))
            beside = tr(NO_LONGER if old in moved else COMPARED, name=name, value=new)
            moves += [beside if old == new else f"{name} {old} → {new}"] if name else []
        return tr_list([*moves, *_rested(request, before, after, facts)], "; ")

    found = rechosen(request.studio.editable_in(after).wordings.values(), was, now)
    return {key: request.text(reason(facts)) for key, facts in found.items()}


def _rested(
    request: PageRequest, was: WorkspaceState, now: WorkspaceState, facts: Sequence[str]
) -> Iterator[Translatable]:
    """Yield each change of sources behind the numbers of these facts, once."""
    known = {**was.assessment.project.evidence.sources, **now.assessment.project.evidence.sources}
    writer = now.assessment.project.writers.get(request.language) or next(iter(now.assessment.project.writers.values()))
    for old, new in dict.fromkeys(moved_sources(was.assessment.ledger, now.assessment.ledger, facts).values()):
        left, added = (tr_list([briefly_cited(known[key], writer) for key in some], ", ") for some in (old, new))
        if any(known[key].grade == COPY for key in old) and not any(known[key].grade == COPY for key in new):
            yield tr("{source} is recorded as no reworded copy", source=added)
        else:
            yield tr("the source is {new}, no longer {old}", new=added, old=left)
