"""The framework and its weights; two editions compared; the history of a row or sentence, and the log."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from starlette.responses import Response

from jianbao.app import workspace
from jianbao.app.compare import compare_editions
from jianbao.app.history import HistoryEntry, history_of_row, history_of_sentence
from jianbao.core.messages import tr, tr_later
from jianbao.delivery.finished_edition import archive_folder, published_labels
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.review.proposals import WeightEdit
from jianbao.review.weight_edits import WrittenWeights, weight_edits
from jianbao.scoring.change import ScoreChange
from jianbao.scoring.framework import Framework
from jianbao.scoring.score_facts import score_id
from jianbao.studio.audit import KEPT
from jianbao.studio.pages.brief import whole
from jianbao.studio.pages.changes import fact_views, measure_views, row_key, sentence_views, valued, wording_label
from jianbao.studio.visits import Visit, go, language_name, page


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
        "sentences": list(sentence_views(visit, compared)),
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


# What was changed

COMMIT = 10  # digits of a commit that are shown
LINES = 200  # lines on a page
# What each address does, in the order of the rooms.
DEEDS: Mapping[str, str] = {
    "/sign-in": tr_later("signed in"),
    "/sign-out": tr_later("signed out"),
    "/user/add": tr_later("gave an account"),
    "/studio/restore": tr_later("restored a backup"),
    "/user/remove": tr_later("took an account away"),
    "/job/start": tr_later("started a command"),
    "/job/end": tr_later("the command ended"),
    "/job/cancel": tr_later("cancelled the command"),
    "/brief/wording/{wording:path}": tr_later("drafted other words"),
    "/data/{table}/cell": tr_later("drafted another cell"),
    "/data/{table}/paste": tr_later("pasted cells into the draft"),
    "/data/{table}/row": tr_later("drafted a new row"),
    "/intake/file": tr_later("uploaded a file"),
    "/intake/answers": tr_later("answered questions of an upload"),
    "/intake/end": tr_later("took an upload in, or dropped it"),
    "/framework/weight": tr_later("drafted another weight"),
    "/review": tr_later("approved or returned items"),
    "/stations": tr_later("passed or returned the edition at a station"),
    "/changes/apply": tr_later("wrote the draft changes into the workspace"),
    "/changes/propose": tr_later("proposed the draft changes"),
    "/changes/drop": tr_later("dropped draft changes"),
    "/changes/mine": tr_later("put own changes in place of others"),
    "/proposals/{name}/take": tr_later("took a proposal into the draft"),
    "/proposals/{name}/undo": tr_later("took an applied change back into the draft"),
}


def row_history(visit: Visit) -> Response:
    """Show the history of a row."""
    known, table, number = visit.editable, visit.path["table"], visit.place("row")
    found = history_of_row(visit.studio.root, known, table, number)
    labels = visit.labels()
    names = {column: labels.column(table, column) for column in known.sheets[table].head}
    key = row_key(visit, table, [known.row(table, number)[each] for each in known.schemas[table].key])
    return page(
        visit,
        "history",
        title=f"{labels.table(table)} · {key or number}",
        entries=_views(found, names),
        back=f"/data/{table}?row={number}#row-{number}",
    )


def sentence_history(visit: Visit) -> Response:
    """Show the history of a sentence, in all its languages."""
    known, wording = visit.editable, visit.path["wording"]
    found = history_of_sentence(visit.studio.root, known, wording)
    languages = dict.fromkeys(move.where for entry in found for move in entry.moves)
    names = {each: language_name(each, visit.language) for each in languages}
    return page(
        visit,
        "history",
        title=wording_label(visit, wording),
        entries=_views(found, names),
        back=f"/brief/wording/{wording}",
    )


def _views(entries: Sequence[HistoryEntry], names: Mapping[str, str]) -> list[dict[str, object]]:
    """Return entries as the page shows them: each move by the name of its column or language, as a redline."""
    return [
        {
            "entry": each,
            "commit": each.commit[:COMMIT],
            "moves": [
                {"name": names.get(move.where, move.where), "pieces": redline(move.old, move.new, tokens_of())}
                for move in each.moves
            ],
        }
        for each in entries
    ]


def log(visit: Visit) -> Response:
    """Show the last lines of the log, the newest first, those of somebody or about something if asked for."""
    entries = visit.studio.audit.entries()
    find = visit.query.get("find", "").strip().casefold()
    rows = [
        {"entry": each, "did": visit.said(tr(DEEDS[each.did])) if each.did in DEEDS else each.did}
        for each in reversed(entries)
    ]
    found = [each for each in rows if find in " ".join((str(each["did"]), *vars(each["entry"]).values())).casefold()]
    return page(
        visit,
        "log",
        rows=found[:LINES],
        total=len(found),
        find=visit.query.get("find", ""),
        kept=KEPT,
        most=LINES,
    )
