"""Two editions compared: scores, facts, measures, and each sentence with what is gone and what is new."""

from starlette.responses import Response

from jianbao.app import workspace
from jianbao.app.compare import compare_editions
from jianbao.delivery.finished_edition import archive_folder, published_labels
from jianbao.scoring.change import ScoreChange
from jianbao.scoring.framework import Framework
from jianbao.studio.pages.brief import whole
from jianbao.studio.pages.changes import fact_views, measure_views, sentence_views
from jianbao.studio.visits import Visit, page


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
