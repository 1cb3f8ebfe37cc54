"""The framework: weights and scores, changed by number; two editions compared: scores, facts, measures, sentences."""

from collections.abc import Iterator
from dataclasses import replace

from starlette.responses import Response

from jianbao.app import workspace
from jianbao.app.compare import compare_editions
from jianbao.delivery.finished_edition import archive_folder, published_labels
from jianbao.review.proposals import WeightEdit
from jianbao.review.weight_edits import WrittenWeights, weight_edits
from jianbao.scoring.change import ScoreChange
from jianbao.scoring.framework import Framework
from jianbao.scoring.score_facts import score_id
from jianbao.studio.pages.brief import whole
from jianbao.studio.pages.changes import fact_views, measure_views, sentence_views, valued
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
    snapshot, node = visit.studio.editable().snapshot, visit.field("node")
    if edits := tuple(weight_edits([f"{node}={visit.field('weight').strip()}"], snapshot)):
        visit.studio.add(replace(edit, old=visit.field("was") if "was" in visit.form else edit.old) for edit in edits)
    else:
        visit.studio.drop(node)
    return go("/changes")


# Two editions


def compare(visit: Visit) -> Response:
    """Compare an earlier edition, as it was published if it is in the archive, with a later one as it would be now."""
    state = whole(visit)
    series, output = state.known.project.series, workspace.output_folder(visit.studio.root)
    labels, later = tuple(series.labels()), visit.query.get("later") or state.known.issue.label
    before = labels[: labels.index(later)] if later in labels else ()
    earlier = visit.query.get("earlier", "")
    if not earlier:
        return page(visit, "compare", labels=labels, earlier=before[-1] if before else "", later=later, found=None)
    archived = archive_folder(output, earlier) if earlier in published_labels(output) else None
    pair = compare_editions(state.snapshot, earlier, later, archived)
    compared = pair.comparison
    found = {
        "scores": [_score_view(visit, compared.framework, each, compared.firm) for each in compared.scores],
        "facts": list(fact_views(visit, state, compared.facts)),
        "measures": list(measure_views(visit, compared)),
        "sentences": list(sentence_views(compared)),
        "archived": archived is not None,
    }
    return page(visit, "compare", labels=labels, earlier=earlier, later=later, found=found)


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
