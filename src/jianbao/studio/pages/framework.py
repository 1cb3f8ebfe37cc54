"""The framework and its weights; two editions compared."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from starlette.responses import Response

from jianbao.app import workspace
from jianbao.app.compare import compare_editions
from jianbao.core.messages import tr
from jianbao.delivery.finished_edition import archive_folder, records_at
from jianbao.review.proposals import WeightEdit
from jianbao.review.weight_edits import WrittenWeights, weight_edits
from jianbao.scoring.change import ScoreChange
from jianbao.scoring.framework import Framework
from jianbao.scoring.score_facts import score_id
from jianbao.studio.pages.brief import whole
from jianbao.studio.pages.changes import (
    fact_views,
    measure_views,
    sentence_views,
    valued,
)
from jianbao.studio.visits import LEAST, Visit, go, page


def framework(visit: Visit) -> Response:
    """Show each node of the framework with its weight and score, and the measures that the edition asks for."""
    state = whole(visit)
    measures = [visit.called(each.item.texts) for each in state.approval.states if each.item.kind == "measure"]
    return page(visit, "framework", nodes=tuple(_nodes(visit)), measures=measures)


def _nodes(visit: Visit) -> Iterator[dict[str, object]]:
    state = whole(visit)
    known, written = state.known, WrittenWeights.of(state.snapshot)
    drafted = {edit.node: edit.new for edit in visit.studio.drafts() if isinstance(edit, WeightEdit)}
    index = known.project.framework.index.id
    for node in known.project.framework.components():
        yield {
            "id": node.id,
            "name": visit.called(node.name, node.id),
            "depth": len(known.project.framework.path(node.id)) - 1,
            "was": written.given.get(node.id, ""),
            "weight": drafted.get(node.id, written.given.get(node.id, "")),
            "equal": written.is_equal(node.id) and written.siblings(node.id) > 0,
            "drafted": node.id in drafted,
            "share": known.card.scores.weight(node.id, index) if node.id != index else 1.0,
            "score": valued(visit, state, known.ledger.get(score_id(node))),
        }


def change_weight(visit: Visit) -> Response:
    """Take another weight of a node among the draft changes."""
    snapshot, node = visit.editable.snapshot, visit.field("node")
    if edits := tuple(weight_edits([f"{node}={visit.field('weight').strip()}"], snapshot)):
        visit.studio.add(replace(edit, old=visit.field("was") if "was" in visit.form else edit.old) for edit in edits)
    else:
        visit.studio.drop(node)
    return go("/changes")


# Two editions


def compare(visit: Visit) -> Response:
    """Compare an earlier edition, as it was published or built if its records are there, with a later one as it is.

    Without a choice, the edition of today is compared with its own records; nothing yet if it has none.
    """
    state = whole(visit)
    output, own = workspace.output_folder(visit.studio.root), state.known.issue.label
    labels, later = tuple(state.known.project.series.labels()), visit.query.get("later") or own
    before = labels[: labels.index(later)] if later in labels else ()
    usual = later if records_at(output, later) else before[-1] if before else ""
    earlier = visit.query.get("earlier") or usual
    chosen = {
        "earlier": {label: _as_it_was(visit, output, label) for label in labels},
        "later": {label: visit.said(tr("{edition}, draft of now", edition=label)) for label in labels},
    }
    folder = records_at(output, earlier)
    if not visit.query.get("earlier") and folder is None:
        return page(visit, "compare", chosen=chosen, earlier=earlier, later=later, found=None)
    pair = compare_editions(state.snapshot, earlier, later, folder, every_document=True)
    compared = pair.comparison
    found = {
        "scores": [
            _score_view(visit, compared.framework, each, compared.firm) for each in compared.scores if _is_seen(each)
        ],
        "facts": list(fact_views(visit, state, compared.facts)),
        "measures": list(measure_views(visit, compared)),
        "sentences": list(sentence_views(visit, compared)),
    }
    return page(visit, "compare", chosen=chosen, earlier=earlier, later=later, found=found)


def _is_seen(each: ScoreChange) -> bool:
    """Return whether a score, or a part of its change, differs by as much as is shown."""
    return any(abs(part) >= LEAST for part in (each.change, each.method, each.data, each.coverage))


def _as_it_was(visit: Visit, output: Path, label: str) -> str:
    """Return what an edition is called as the earlier one: as published, as built, or as the data of today make it."""
    folder = records_at(output, label)
    if folder is None:
        return visit.said(tr("{edition}, from the data of today", edition=label))
    if folder == archive_folder(output, label):
        return visit.said(tr("{edition}, as published", edition=label))
    return visit.said(tr("{edition}, as last built", edition=label))


def _score_view(visit: Visit, framework: Framework, each: ScoreChange, firm: float) -> dict[str, object]:
    """Return what a page shows of a score's change: how much, of what, and whether it is more than noise."""
    return {
        "name": visit.called(framework.find(each.node).name, each.node),
        "before": each.before,
        "after": each.after,
        "change": each.change,
        "method": each.method,
        "data": each.data,
        "coverage": each.coverage,
        "firm": each.firm(firm),
    }
