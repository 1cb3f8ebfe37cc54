"""The history of a row and of a sentence: who changed what, when and why."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from jianbao.app.history import history_of_row, history_of_sentence
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.review.history import HistoryEntry
from jianbao.studio.pages.tables import table_labels
from jianbao.studio.visits import Visit, language_name, page

SHORT = 10  # digits of a commit that are shown


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
