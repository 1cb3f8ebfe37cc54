"""The framework and its weights."""

from collections.abc import Iterator
from dataclasses import replace

from starlette.responses import Response

from jianbao.review.proposals import WeightEdit
from jianbao.review.weight_edits import WrittenWeights, weight_edits
from jianbao.scoring.score_facts import score_id
from jianbao.studio.pages.brief import whole
from jianbao.studio.pages.changes import (
    valued,
)
from jianbao.studio.visits import Visit, go, page


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
