"""Draft changes and all that they would move, and what was changed: the history of a row or sentence, and the log."""

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode

from starlette.responses import Response

from jianbao.app.evidence.facts import interval_in, value_in
from jianbao.app.history import HistoryEntry, history_of_row, history_of_sentence
from jianbao.app.propose import Consequences, ScoreMove, WorkspaceState
from jianbao.core.messages import tr, tr_later
from jianbao.data.facts import Fact
from jianbao.review.compare.comparison import Comparison, FactChange
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.review.edits import Editable, described, proposed_anew
from jianbao.review.proposals import CellEdit, Edit, RowEdit, TextEdit
from jianbao.studio.audit import KEPT
from jianbao.studio.drafts import place_of, taken_back
from jianbao.studio.pages.tables import names_of_cells, table_labels
from jianbao.studio.session import Trial
from jianbao.studio.visits import Visit, causes, go, language_name, page
from jianbao.text.render import Piece

Row = dict[str, object]
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
    )


def edit_views(visit: Visit, edits: Sequence[Edit], known: Editable) -> list[Row]:
    """Return draft changes as a page shows them, each with the name by which it is dropped."""
    found: list[Row] = []
    for place, edit in enumerate(edits):
        if not isinstance(edit, RowEdit) or edit.table in known.sheets:
            _, old, new = described(edit, known)
            name = f"+{place}" if isinstance(edit, RowEdit) else edit.about
            others = visit.studio.opened.others(place_of(edit), visit.name)
            pieces = redline(old, new, tokens_of()) if isinstance(edit, TextEdit) else ()
            view: Row = {"name": name, "where": _where(visit, edit), "old": old, "new": new}
            found.append(view | {"pieces": pieces, "others": others})
    return found


def change_in_words(visit: Visit, edit: Edit) -> str:
    """Return a change in a few words: where, and of numbers and cells what was and what is."""
    where = _where(visit, edit)
    return where if isinstance(edit, RowEdit | TextEdit) else f"{where} {edit.old} → {edit.new}"


def _where(visit: Visit, edit: Edit) -> str:
    """Return where a change is made, as the pages call it: table, row by its key, column; sentence and language."""
    labels = table_labels(visit)
    if isinstance(edit, CellEdit):
        names = names_of_cells(visit)
        key = ", ".join(names.get(each, each) for each in edit.key if each) or str(edit.row)
        return " · ".join((labels.table(edit.table), key, labels.column(edit.table, edit.column)))
    if isinstance(edit, RowEdit):
        return visit.said(tr("{table}, new row", table=labels.table(edit.table)))
    if isinstance(edit, TextEdit):
        return f"{edit.wording} · {language_name(edit.language, visit.language)}"
    state = visit.studio.state()
    node = state.known.project.framework.find(edit.node) if isinstance(state, WorkspaceState) else None
    return visit.said(tr("weight of {node}", node=visit.called(node.name, edit.node) if node else edit.node))


def consequence_view(visit: Visit, trial: Trial) -> dict[str, object]:
    """Return what changes would move as a page shows it, in the reader's language."""
    found, compared = trial.found, trial.found.comparison
    state = trial.state if isinstance(trial.state, WorkspaceState) else None
    return {
        "refused": causes(visit, found.refused),
        "mended": causes(visit, found.mended),
        "scores": list(_scores(visit, state, found.scores)) if state else [],
        "facts": list(fact_views(visit, state, compared.facts)) if state and compared else [],
        "measures": list(measure_views(visit, compared)) if compared else [],
        "sentences": list(sentence_views(compared)) if compared else [],
        "figures": found.figures,
        "lapsing": found.lapsing,
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
    """Yield each fact that is another one, with its name, both values, and what it moves the index by."""
    for each in changes:
        name = visit.called(state.names.of(each.id)) if each.before else ""
        was, now = valued(visit, state, each.before), valued(visit, state, each.after)
        yield {"id": each.id, "name": name or each.id, "was": was, "now": now, "effect": each.effect}


def valued(visit: Visit, state: WorkspaceState, fact: Fact | None) -> str:
    """Return a fact's value with its interval, in the reader's language where the workspace has it."""
    if fact is None:
        return visit.said(tr("none"))
    writers = state.known.project.writers
    writer = writers.get(visit.language) or next(iter(writers.values()))
    return value_in(writer, fact) + visit.said(interval_in(writer, fact))


def measure_views(visit: Visit, compared: Comparison) -> Iterator[Row]:
    """Yield each measure that comes, goes or changes its place."""
    for each in compared.measures:
        if each.kind != "steady":
            was, now = each.places
            yield {"name": each.measure, "what": visit.said(tr(PLACES[each.kind], was=was, now=now))}


def sentence_views(compared: Comparison) -> Iterator[Row]:
    """Yield each sentence that reads otherwise, with its pieces in the languages in which it does."""
    for each in compared.sentences:
        yield {"id": each.id, "texts": {key: text for key, text in each.redlines.items() if _differs(text)}}


def _differs(pieces: Sequence[Piece]) -> bool:
    return any(piece.mark != "kept" for piece in pieces)


# What is done with them


def apply(visit: Visit) -> Response:
    """Write the draft changes into the workspace."""
    visit.studio.apply(visit.author(), visit.field("why"))
    return go("/?done=applied")


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
    known, table, number = visit.studio.editable(), visit.path["table"], visit.place("row")
    found = history_of_row(visit.studio.root, known, table, number)
    labels = table_labels(visit)
    names = {column: labels.column(table, column) for column in known.sheets[table].head}
    called, cells = names_of_cells(visit), (known.row(table, number)[each] for each in known.schemas[table].key)
    key = ", ".join(called.get(each, each) for each in cells if each)
    return page(
        visit,
        "history",
        title=f"{labels.table(table)} · {key or number}",
        entries=_views(found, names),
        back=f"/data/{table}?row={number}#row-{number}",
    )


def sentence_history(visit: Visit) -> Response:
    """Show the history of a sentence, in all its languages."""
    known, wording = visit.studio.editable(), visit.path["wording"]
    found = history_of_sentence(visit.studio.root, known, wording)
    languages = dict.fromkeys(move.where for entry in found for move in entry.moves)
    names = {each: language_name(each, visit.language) for each in languages}
    return page(
        visit,
        "history",
        title=wording,
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
