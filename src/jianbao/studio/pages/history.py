"""Who did what when: the history of a row and of a sentence, and the log of the studio."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from jianbao.app.history import HistoryEntry, history_of_row, history_of_sentence
from jianbao.core.messages import tr, tr_later
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.studio.audit import KEPT
from jianbao.studio.pages.tables import table_labels
from jianbao.studio.visits import Visit, language_name, page

SHORT = 10  # digits of a commit that are shown
SHOWN = 200  # lines on a page
# What each address does, in the order of the rooms.
DEEDS: Mapping[str, str] = {
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


def of_row(visit: Visit) -> Response:
    """Show the history of a row."""
    known, table, number = visit.studio.editable(), visit.path["table"], visit.place("row")
    found = history_of_row(visit.studio.root, known, table, number)
    labels = table_labels(visit)
    names = {column: labels.column(table, column) for column in known.sheets[table].head}
    key = ", ".join(filter(None, (known.row(table, number)[each] for each in known.schemas[table].key)))
    return page(
        visit,
        "history",
        title=f"{labels.table(table)} · {key or number}",
        entries=_views(found, names),
        back=f"/data/{table}?row={number}#row-{number}",
    )


def of_sentence(visit: Visit) -> Response:
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
            "commit": each.commit[:SHORT],
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
        rows=found[:SHOWN],
        total=len(found),
        find=visit.query.get("find", ""),
        kept=KEPT,
        most=SHOWN,
    )
