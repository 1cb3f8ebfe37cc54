"""Compare two editions, and show what differs from the records of an edition."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from starlette.responses import Response

from jianbao.app import workspace
from jianbao.app.approval import item_context
from jianbao.app.compare import RecordedItems, compare_editions, recorded_items
from jianbao.app.propose import SHOWN_WHOLE, WorkspaceState, tables_with_moved_rows
from jianbao.app.review import kept_proposals
from jianbao.core.messages import tr, tr_list
from jianbao.delivery.finished_edition import archive_folder, archived_or_built, product_in_words
from jianbao.review.compare.comparison import Comparison, Growth, growth, shifted_tables
from jianbao.review.compare.redline import redline_exhibit
from jianbao.review.proposals import rewordings
from jianbao.review.published import counterparts, one_sentence
from jianbao.review.review_items import ReviewItem, opening_items, table_columns
from jianbao.review.verdicts import LOG, ItemState, since_recorded
from jianbao.scoring.change import ScoreChange
from jianbao.scoring.framework import Framework
from jianbao.studio.accounts import right_to_pack
from jianbao.studio.page_requests import LEAST, PageRequest, local_day, page
from jianbao.studio.pages.answers import number_moves
from jianbao.studio.pages.brief import statements_in, texts_of, whole
from jianbao.studio.pages.changes import measure_views, sentence_views, used_facts
from jianbao.studio.pages.history import (
    beside_views,
    explained_items,
    facts_with_new_sources,
    mended_entries,
    reasons_of_items,
    written_reasons,
)
from jianbao.studio.pages.names import (
    also_in,
    fact_called,
    fact_views,
    in_reading_order,
    item_labels,
    template_name,
    valued,
)
from jianbao.text.render import Piece

CHANGED = "changed"  # pending items whose words or numbers were changed in this studio
DIFFERS = "differs"  # other pending items that differ from the records or the approval


def compare(request: PageRequest) -> Response:
    """Compare an earlier edition, as published or built if there are records, with a later one as it is now.

    Without a choice, the current edition is compared with its own records, if it has any.
    """
    state = whole(request)
    output, own = workspace.output_folder(request.studio.root), state.assessment.issue.label
    labels, later = tuple(state.assessment.project.series.labels()), request.query.get("later") or own
    before = labels[: labels.index(later)] if later in labels else ()
    usual = later if archived_or_built(output, later) else before[-1] if before else ""
    earlier, folder = (name := request.query.get("earlier") or usual), archived_or_built(output, name)
    chosen = {
        "earlier": {label: _as_it_was(request, output, label) for label in labels},
        "later": {label: request.text(tr("{edition}, draft of now", edition=label)) for label in labels},
    }
    if not request.query.get("earlier") and folder is None:
        return page(request, "compare", chosen=chosen, earlier=earlier, later=later, found=None, since=None)
    own_records = folder is not None and earlier == later == own
    compared = compare_editions(state.snapshot, earlier, later, folder, every_document=True).comparison
    since = since_view(request, state, compared) if own_records else None
    used = used_facts(state)
    facts = [each for each in compared.facts if each.id in used or not own_records]
    found = {
        "scores": [
            _score_view(request, compared.framework, each, compared.firm) for each in compared.scores if _is_seen(each)
        ],
        "facts": list(fact_views(request, state, facts)),
        "measures": list(measure_views(request, compared)),
        "sentences": list(sentence_views(request, compared)),
    }
    packing = right_to_pack(state.assessment.project.series.draft)
    return page(
        request, "compare", chosen=chosen, earlier=earlier, later=later, found=found, since=since, packing=packing
    )


def _is_seen(each: ScoreChange) -> bool:
    """Return whether a score, or a part of its change, differs by enough to be shown."""
    return any(abs(part) >= LEAST for part in (each.change, each.method, each.data, each.coverage))


def _as_it_was(request: PageRequest, output: Path, label: str) -> str:
    """Return the name of the earlier edition: as published, as built, or computed from the current data."""
    folder = archived_or_built(output, label)
    if folder is None:
        return request.text(tr("{edition}, from the data of today", edition=label))
    if folder == archive_folder(output, label):
        return request.text(tr("{edition}, as last archived", edition=label))
    return request.text(tr("{edition}, as last built", edition=label))


def _score_view(request: PageRequest, framework: Framework, each: ScoreChange, firm: float) -> dict[str, object]:
    """Return what a page shows of a score's change: how much, of what, and whether it is more than noise."""
    return {
        "name": request.called(framework.find(each.node).name, each.node),
        "before": each.before,
        "after": each.after,
        "change": each.change,
        "method": each.method,
        "data": each.data,
        "coverage": each.coverage,
        "firm": each.firm(firm),
    }


# What differs from the records of the edition


def recorded(request: PageRequest, state: WorkspaceState) -> RecordedItems | None:
    """Return the items of the edition as published, or else as last built; None if it is neither.

    A table that nobody has approved counts as unchanged if only its numbers of rows and sources have changed.
    """
    label = state.assessment.issue.label
    if (folder := archived_or_built(workspace.output_folder(request.studio.root), label)) is None:
        return None
    asked = "recorded", str(folder), (folder / LOG).stat().st_mtime_ns

    def made() -> RecordedItems:
        items = [each.item for each in state.approval.states]
        before = _with_counterparts(recorded_items(state.assessment, state.documents, folder), items)
        columns = table_columns(state.documents.briefs)
        shifted = shifted_tables(before.statements, statements_in(request, state), columns)
        new = [each.item for each in state.approval.states if not each.verdict]
        same = {each.id: each.content for each in new if each.id in shifted}
        return replace(before, contents={**before.contents, **same})

    return request.studio.cached(asked, state, made)


def _with_counterparts(before: RecordedItems, items: Sequence[ReviewItem]) -> RecordedItems:
    """Return the recorded items; a removed sentence has the id of the new one that says nearly the same."""
    known = {each.id for each in items}
    gone = {item: found[0] for item, found in before.statements.items() if item not in known and len(found) == 1}
    fresh = [each for each in items if each.id not in before.contents and each.kind not in (*SHOWN_WHOLE, "document")]
    renamed = counterparts(gone, {each.id: each.texts for each in fresh})
    return replace(
        before,
        contents={renamed.get(item, item): content for item, content in before.contents.items()},
        statements={renamed.get(item, item): found for item, found in before.statements.items()},
    )


def recorded_in_words(request: PageRequest, state: WorkspaceState) -> str:
    """Return a description of the old words, in the reader's language: of the published or of the built edition."""
    output, label = workspace.output_folder(request.studio.root), state.assessment.issue.label
    folder = archived_or_built(output, label)
    if folder == archive_folder(output, label):
        return request.text(tr("struck out: edition {edition} as it was last archived", edition=label))
    return request.text(tr("struck out: what the finished files say")) if folder else ""


def changed_items(
    states: Sequence[ItemState], reworded: Collection[str], before: RecordedItems | None
) -> frozenset[str]:
    """Return the pending items that differ from what was approved, published or built.

    A document is left out if one of its other items explains why it differs.
    """
    since = since_recorded(states, before.contents, before.proved) if before else None
    found = {*reworded, *(each.item.id for each in (since.waiting if since else ()))}
    waiting = [each for each in states if each.state != "approved"]
    return frozenset(each.item.id for each in waiting if each.changed or each.item.id in found)


def to_be_read(request: PageRequest, state: WorkspaceState) -> dict[str, frozenset[str]]:
    """Return the pending items that have changed: by the changes written here (CHANGED), and otherwise (DIFFERS).

    All are CHANGED where nothing was written, or where what was written cannot be undone to compare.
    """
    states, moved = state.approval.states, moved_by_changes(request, state)
    reworded = rewordings(kept_proposals(request.studio.root).values(), states)
    changed = changed_items(states, reworded, recorded(request, state))
    if moved is None:
        return {CHANGED: changed, DIFFERS: frozenset()}
    waiting = (each.item for each in states if each.state != "approved" and each.item.id in moved)
    due = frozenset(each.id for each in waiting if each.kind != "document" or each.id in changed)
    return {CHANGED: due, DIFFERS: changed - due}


def moved_by_changes(request: PageRequest, state: WorkspaceState) -> frozenset[str] | None:
    """Return the items that the changes written here added, removed or changed; None if that is not known."""

    def made() -> frozenset[str] | None:
        before = request.studio.without_changes(state)
        was, now = ({it.item.id: it.item.content for it in some.approval.states} for some in (before or state, state))
        moved = frozenset(each for each in {*was, *now} if was.get(each) != now.get(each))
        return moved - tables_with_moved_rows(before, state) if before else None

    return request.studio.cached("moved", state, made) if request.studio.written() else None


def moved_in(
    request: PageRequest, state: WorkspaceState, item: ReviewItem, before: RecordedItems | None
) -> dict[str, object]:
    """Return what has changed in an item: its sentences, in each language beside the old ones, and its numbers.

    `whole` is its full text, in each language, if the old words are not known; empty for a table, which is long.
    A `new` item has no counterpart in the records.
    """
    if before is None or item.id not in before.contents:
        empty = {"sentences": [], "facts": [], "sources": (), "reworded": False, "shifted": False, "whole": {}}
        return empty | {"new": before is not None}
    now = statements_in(request, state).get(item.id, ())
    columns = table_columns(state.documents.briefs).get(item.id, 0)
    found = redline_exhibit(before.statements.get(item.id, ()), now, columns)  # by places, a table by its rows
    facts = ((each, before.ledger.get(each), state.assessment.ledger.get(each)) for each in item.facts)
    values = [(each, valued(request, state, was), valued(request, state, now)) for each, was, now in facts]
    named = ((fact_called(request, state, each), was, now) for each, was, now in values if was != now)
    facts_shown = item.kind in SHOWN_WHOLE and any(was != now for _, was, now in values)
    printed = texts_of(state, item)
    spoken = ({key: text for key, text in each.items() if key in printed} for each in found.redlines)
    shown = [each for each in spoken if each and not (facts_shown and _is_number(each))]
    reworded_then = item.id in before.reworded
    languages = printed if reworded_then and item.kind != "table" else ()
    return {
        "sentences": shown,
        "facts": [each for each in named if each[0]] if item.kind in SHOWN_WHOLE else [],
        "sources": facts_with_new_sources(request, state, item.facts) if item.kind == "table" else (),
        "reworded": reworded_then,
        "shifted": found.shifted,
        "new": False,
        "whole": {key: " ".join(filter(None, (each.text(key) for each in now))) for key in languages},
    }


def _is_number(redlines: Mapping[str, Sequence[Piece]]) -> bool:
    """Return whether a statement has no word, like a table cell whose fact is listed by name."""
    return not any(any(map(str.isalpha, piece.text)) for pieces in redlines.values() for piece in pieces)


def conclusion(request: PageRequest, state: WorkspaceState) -> dict[str, object] | None:
    """Return the result of `since_view` for the archived edition, with its name; None if there is none."""
    output, label = workspace.output_folder(request.studio.root), state.assessment.issue.label
    if (folder := archived_or_built(output, label)) is None or folder != archive_folder(output, label):
        return None
    asked = "compared", str(folder), (folder / LOG).stat().st_mtime_ns
    wanted = partial(compare_editions, state.snapshot, label, label, folder, every_document=True)
    pair = request.studio.cached(asked, state, wanted)
    found = since_view(request, state, pair.comparison)
    return found and {**found, "earlier": _as_it_was(request, output, label)}


def since_view(request: PageRequest, state: WorkspaceState, compared: Comparison) -> dict[str, Any] | None:
    """Return what differs from the records of the edition, as the page Review shows it: approved items, and others.

    `others` are the changed sentences that no item has; `unused` are the numbers that move only in the data files.
    Removed items need no approval. None without records.
    """
    before, now, label = recorded(request, state), statements_in(request, state), state.assessment.issue.label
    if before is None:
        return None
    since = since_recorded(state.approval.states, before.contents, before.proved)
    listed = [each.item.id for each in (*since.reviewed, *since.waiting)] + [*since.gone]
    ids = (each.id for item in listed for found in (now, before.statements) for each in found.get(item, ()))
    shown, used = {*listed, *ids}, used_facts(state)
    approved, why = [each.verdict for each in since.reviewed if each.verdict], written_reasons(request, state)
    reviewed, waiting = (_differing_views(request, state, before, found) for found in (since.reviewed, since.waiting))
    return {
        "reviewed": reviewed,
        "waiting": waiting,
        "texts": sum(each["kind"] not in SHOWN_WHOLE for each in reviewed),
        "explained": (explained := explained_items(request, state, before)),
        "entries": mended_entries(request, state) if explained else [],
        "others": {it.id for it in compared.sentences if it.kind != "gone" and shown.isdisjoint(it.id.split("/"))},
        "unused": number_moves(fact_views(request, state, [each for each in compared.facts if each.id not in used])),
        "beside": list(beside_views(request, state, before)),
        "unproved": request.text(tr_list(template_name(request, each) for each in since.unproved)),
        "by": request.text(tr_list(dict.fromkeys(each.by for each in approved))),
        "days": request.text(tr_list(sorted({local_day(each.at) for each in approved}))),
        "gone": [{**_gone_view(before, item), "why": why.get(item, "")} for item in since.gone],
        "pages": [
            (product_in_words(product, request.language), each, lengthened(state, product, (*reviewed, *waiting)))
            for each in request.studio.jobs.page_moves(label)
            for product in [each.name[:-4]]
        ],
    }


def _differing_views(
    request: PageRequest, state: WorkspaceState, before: RecordedItems, differing: Sequence[ItemState]
) -> list[dict[str, Any]]:
    """Return items that differ from the records as a page shows them, in the order of Review, sentences first."""
    why, labels = reasons_of_items(request, state, differing), item_labels(request)

    def view(item: ReviewItem) -> dict[str, Any]:
        moved = moved_in(request, state, item, before)
        return {
            "id": item.id,
            "label": labels.get(item.id, item.id),
            "kind": item.kind,
            "also": also_in(request, item),
            "texts": item.texts,
            "printed": texts_of(state, item),
            "words": tuple(item.words),
            "moved": moved,
            "row": one_sentence(moved, item.kind),
            "why": why.get(item.id, ""),
            "reworded": item.id in why,
            "gone": False,
        }

    found = {each.item.id: view(each.item) for each in differing}
    ordered = [found[each] for each in in_reading_order(request, found)]
    return sorted(ordered, key=lambda each: each["kind"] in SHOWN_WHOLE)


def lengthened(state: WorkspaceState, product: str, views: Iterable[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Return the changed items that have become longer on the first page of a product, those that grew most first."""
    template, _, layout = product.partition(".")
    there = opening_items(state.documents.briefs[template], item_context(state.assessment))
    found = [(view, _growth(view, layout.split("-"))) for view in views if view["id"] in there]
    longer = [(view, grown) for view, grown in found if grown.count > 0]
    return [{**view, "grown": grown} for view, grown in sorted(longer, key=lambda pair: -pair[1].count)]


def _growth(view: Mapping[str, Any], languages: Sequence[str]) -> Growth:
    """Return how much longer an item has become in the language in which it has grown most."""
    grown = {key: [Piece("new", text)] for key, text in view["texts"].items()} if view["moved"]["new"] else {}
    for texts in view["moved"]["sentences"]:
        for key, pieces in texts.items():
            grown.setdefault(key, []).extend((*pieces, Piece("kept", " ")))
    return max((growth(grown.get(key, ())) for key in languages), key=lambda each: each.count)


def gone_since(before: RecordedItems | None, states: Sequence[ItemState]) -> dict[str, dict[str, object]]:
    """Return the recorded items that no longer exist, by id, as a page shows them."""
    gone = since_recorded(states, before.contents, before.proved).gone if before else ()
    return {item: _gone_view(before, item) for item in gone} if before else {}


def _gone_view(before: RecordedItems, item: str) -> dict[str, object]:
    """Return what a page shows of an item that no longer exists: its first text in each language."""
    statements = before.statements.get(item, ())[:1]
    texts = {key: (Piece("gone", each.text(key)),) for each in statements for key in each.sentences}
    return {"id": item, "texts": texts, "gone": True, "label": "", "why": "", "also": ()}
