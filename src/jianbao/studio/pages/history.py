"""Add, propose, drop, redo or take back changes; show written changes and the histories of rows and texts."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from jianbao.app.approval import item_context
from jianbao.app.compare import RecordedItems
from jianbao.app.evidence.due import lists_below
from jianbao.app.evidence.history import HistoryEntry, history_of_row, history_of_sentence, taken_back
from jianbao.app.propose import WorkspaceState
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import tr, tr_later
from jianbao.data.dates import moment
from jianbao.data.facts import Source
from jianbao.delivery.finished_edition import BRIEF, VOLUME
from jianbao.review.compare.redline import redline, redline_pair, tokens_of
from jianbao.review.document_edits import PRESS, REGISTER, weight_edits
from jianbao.review.edits import cell_edits, proposed_anew
from jianbao.review.proposals import (
    CellEdit,
    Edit,
    EntryEdit,
    KeepEdit,
    Proposal,
    TableRow,
    TextEdit,
    WeightEdit,
    with_new_keys,
)
from jianbao.review.published import moved_sources
from jianbao.review.review_items import beside_items
from jianbao.review.source_answers import has_numbers, is_source, replaced_rows
from jianbao.review.verdicts import ItemState
from jianbao.studio.drafts import meant, place_of
from jianbao.studio.page_requests import PageRequest, go, local_day, page
from jianbao.studio.pages.answers import sources_of
from jianbao.studio.pages.changes import edit_views, proposed_reason, reasons_of_wordings
from jianbao.studio.pages.names import (
    Row,
    cell_in_words,
    cell_words,
    fact_called,
    row_key,
    template_name,
    values_of,
    where_made,
    wording_label,
)
from jianbao.studio.pages.tables import sheet_of
from jianbao.text.citations import in_title_marks
from jianbao.text.formatter import language_name
from jianbao.text.render import Piece, Statement

SOURCES_SAID = ".page.sources"  # the end of the id of a phrase that counts the sources of a page
COUNT, MASTHEAD = tr_later("number of sources at the foot"), tr_later("masthead, labels")
LISTED = {"new": tr_later("new in the list of sources"), "gone": tr_later("no longer in the list of sources")}
COMMIT = 10  # digits of a commit that are shown
REASONS = 6  # the most reasons of changes that are shown


def keep_mine(request: PageRequest) -> Response:
    """Rebuild the draft changes from the current files."""
    studio = request.studio
    studio.change_drafts(lambda drafts: proposed_anew(drafts, studio.editable()))
    return go("/changes")


def take_over(request: PageRequest) -> Response:
    """Add the changes of a proposal to the draft changes, to be checked and applied."""
    request.studio.add(request.studio.proposal(request.path["name"]).edits)
    return go("/changes")


def propose(request: PageRequest) -> Response:
    """Save the draft changes as a proposal for somebody else."""
    request.studio.propose(request.author(), request.field("why"))
    return go("/?done=proposed")


def drop(request: PageRequest) -> Response:
    """Drop one draft change, or all of them."""
    for name in request.form.get("name", ()):
        request.studio.drop(name)
    if "name" not in request.form:
        request.studio.change_drafts(lambda _: ())
    return go("/changes")


def undo(request: PageRequest) -> Response:
    """Add the reverse of an applied change to the draft changes."""
    applied = request.studio.proposal(request.path["name"])
    request.studio.add(taken_back(with_new_keys(applied.edits, request.editable.schemas), request.editable))
    return go("/changes?" + urlencode({"why": request.text(tr("taken back: {why}", why=applied.why))}))


def add_row(request: PageRequest) -> Response:
    """Add a new row of a table to the draft changes; if an answer needed it, lead back to the answers."""
    editable, name = request.editable, request.path["table"]
    head, words = sheet_of(editable, name).head, cell_words(request, name)
    cells = {column: meant(words[column], request.field(f"cell.{column}").strip()) for column in head}
    filled = [f"{name}:+1.{column}={text}" for column, text in cells.items() if text]
    if not filled:
        raise UsageError(Problem(Place(name), tr("the new row is empty"), tr("fill in its cells")))
    request.studio.add(cell_edits(filled, editable))
    return go("/changes" if request.field("asked") else f"/data/{name}")


def change_weight(request: PageRequest) -> Response:
    """Add another weight of a node to the draft changes."""
    snapshot, node = request.editable.snapshot, request.field("node")
    if edits := tuple(weight_edits([f"{node}={request.field('weight').strip()}"], snapshot)):
        was = {"old": request.field("was")} if "was" in request.form else {}
        request.studio.add(replace(edit, **was) for edit in edits)
    else:
        request.studio.drop(node)
    return go("/changes")


def row_history(request: PageRequest) -> Response:
    """Show the history of a row."""
    editable, table, number = request.editable, request.path["table"], request.place("row")
    found = history_of_row(request.studio.root, editable, table, number)
    labels = request.labels()
    names = {column: labels.column(table, column) for column in editable.sheets[table].head}
    key = row_key(request, table, [editable.row(table, number)[each] for each in editable.schemas[table].key])
    return page(
        request,
        "history",
        title=f"{labels.table(table)} · {key or number}",
        entries=_views(found, names, partial(cell_in_words, request, table)),
        back=f"/data/{table}?row={number}#row-{number}",
    )


def sentence_history(request: PageRequest) -> Response:
    """Show the history of a sentence, in all its languages."""
    editable, wording = request.editable, request.path["wording"]
    found = history_of_sentence(request.studio.root, editable, wording)
    languages = dict.fromkeys(move.where for entry in found for move in entry.moves)
    names = {each: language_name(each, request.language) for each in languages}
    return page(
        request,
        "history",
        title=wording_label(request, wording),
        entries=_views(found, names, lambda _, text: text),
        back=f"/brief/wording/{wording}",
    )


def _views(
    entries: Sequence[HistoryEntry], names: Mapping[str, str], in_words: Callable[[str, str], str]
) -> list[dict[str, object]]:
    """Return entries as the page shows them: each move with the name of its column or language, `in_words`."""
    return [
        {
            "entry": each,
            "commit": each.commit[:COMMIT],
            "moves": [
                {
                    "name": names.get(move.where, move.where),
                    "pieces": redline(in_words(move.where, move.old), in_words(move.where, move.new), tokens_of()),
                }
                for move in each.moves
            ],
        }
        for each in entries
    ]


def written_since(request: PageRequest, changed: Sequence[ItemState]) -> list[Proposal]:
    """Return the changes that were written since these items were approved, the newest last."""
    verdicts = [each.verdict.at if each.verdict else "" for each in changed]
    since = min((moment(at) for at in verdicts), default=None) if all(verdicts) else None
    found = [
        each for each in request.studio.written() if since is None or moment(each.applied.rpartition(", ")[2]) > since
    ]
    return found[-REASONS:]


def written_view(request: PageRequest, proposal: Proposal) -> dict[str, object]:
    """Return who wrote a change, when and why: each cell, row and text from which the other changes follow."""
    by, _, at = proposal.applied.rpartition(", ")
    foreign = _in_other_language(request, proposal)
    edits = edit_views(
        request, [each for each in proposal.edits if each not in foreign], request.editable, request.state
    )
    reason = proposed_reason(request, with_new_keys(proposal.edits, request.editable.schemas), request.editable)
    origins = list(origin_views(request, with_new_keys(proposal.edits, request.editable.schemas)))
    return {"by": by, "day": local_day(at), "why": proposal.why, "proposed": reason, "edits": edits, "origins": origins}


def origin_views(request: PageRequest, edits: Sequence[Edit]) -> Iterator[Row]:
    """Yield each number that written changes replace: its row, the old and new number, and its new sources.

    Each source has a short name for use in a line, and a quotation.
    """
    editable, labels, sources = request.editable, request.labels(), sources_of(request)
    added = {each.cells["id"] for each in edits if is_source(each)}
    for row in replaced_rows(edits, editable):
        schema, column = editable.schemas[row.table], editable.schemas[row.table].source_column
        named = [part.strip() for part in row.now.get(column, "").split(";")]
        own = row.now.get("note", "") if row.now.get("note") != row.was.get("note") else ""
        dated = schema.dated_by[0] if schema.dated_by else ""
        key = row_key(request, row.table, [row.now.get(each, "") for each in schema.key])
        below = lists_below(request.last_whole.assessment, [*row.now.values()]) if request.last_whole else ()
        is_sourced = row.added or row.now.get(column) != row.was.get(column)
        for name in (each for each in row.columns if is_sourced and has_numbers(schema, each)):
            yield {
                "where": f"{labels.table(row.table)} · {key}",
                "called": row_key(
                    request, row.table, ["" if each == dated else row.now.get(each, "") for each in schema.key]
                ),
                "place": (row.table, row.number),
                "counts": [labels.table(each) for each in below],
                "moves": [(each.get(name, ""), each.get(dated, "")) for each in (row.was, row.now)],
                "stays": row.added,
                "sources": [
                    {
                        "source": each,
                        "called": _cited(request, each, row.now.get(dated, "")),
                        "quote": (each.fields or {}).get("note", "") if each.id in added else own,
                    }
                    for each in map(sources.get, named)
                    if each
                ],
            }


def _cited(request: PageRequest, source: Source, day: str) -> str:
    """Return a short name of a source for a number of a day: its publisher, and its day if it is another one."""
    name, number = in_title_marks(source.producer) or source.bare_title, (source.fields or {}).get("pages", "")
    page = tr("page {number}", number=number)
    if source.kind.startswith(PRESS):
        page = tr("page {number} of the paper", number=number)
    gap, published = " " if request.language == "zh" else ", ", source.published if source.published != day else ""
    return gap.join(filter(None, (name, published, request.text(page) if number else ""))).replace("》 ", "》")


def _in_other_language(request: PageRequest, proposal: Proposal) -> list[KeepEdit]:
    """Return the kept texts of the register in the language that is not the reader's, if each has a counterpart."""
    keeps = [each for each in proposal.edits if isinstance(each, KeepEdit) and each.place == REGISTER]
    own = [each.why for each in keeps if has_han(each.text) == (request.language == "zh")]
    others = [each for each in keeps if has_han(each.text) != (request.language == "zh")]
    return others if Counter(each.why for each in others) <= Counter(own) else []


def changes_in_words(request: PageRequest, edits: Sequence[Edit]) -> list[str]:
    """Return changes in a few words, cells and texts first; texts left unchanged only if there is nothing else."""
    made = [each for each in edits if not isinstance(each, KeepEdit)]
    first = sorted(made, key=lambda each: (is_source(each), isinstance(each, TableRow))) or edits
    # one cell of a row, one language of a sentence
    places = {place_of(each) or str(at): each for at, each in reversed([*enumerate(first)])}
    return [*dict.fromkeys(_in_words(request, each) for each in reversed([*places.values()]))]


def _in_words(request: PageRequest, edit: Edit) -> str:
    """Return a change in a few words: its place, and for numbers and cells the old and new value."""
    where = wording_label(request, edit.wording) if isinstance(edit, TextEdit) else where_made(request, edit)
    if not isinstance(edit, CellEdit | WeightEdit):
        return where
    return "{} {} → {}".format(where, *values_of(request, edit, request.editable))


def explained_items(request: PageRequest, state: WorkspaceState, before: RecordedItems | None) -> frozenset[str]:
    """Return the items that differ only by the register: without the written changes they are as recorded."""
    entries = [edit for each in request.studio.written() for edit in each.edits if isinstance(edit, EntryEdit)]
    if before is None or not (before.reworded and entries):
        return frozenset()

    def made() -> frozenset[str]:
        then = request.studio.without_changes(state)
        items = {each.item.id: each.item.content for each in then.approval.states} if then else {}
        return frozenset(each for each in before.reworded if items.get(each) == before.contents.get(each))

    return request.studio.cached(("explained", *before.reworded), state, made)


def mended_entries(request: PageRequest, state: WorkspaceState) -> list[Row]:
    """Return the entries of the register that written changes have corrected, as a page shows them."""
    edits = [edit for each in request.studio.written() for edit in each.edits if isinstance(edit, EntryEdit)]
    return edit_views(request, edits, request.editable, state)


def written_reasons(request: PageRequest, state: WorkspaceState) -> Mapping[str, str]:
    """Return the sentences that written changes removed or reworded, each with the numbers that decided it."""
    if not request.studio.written():
        return {}

    def made() -> Mapping[str, str]:
        return reasons_of_wordings(request, request.studio.without_changes(state), state)

    return request.studio.cached(f"reasons in {request.language}", state, made)


def reasons_of_items(request: PageRequest, state: WorkspaceState, listed: Sequence[ItemState]) -> dict[str, str]:
    """Return the reasons for the new wordings of items, by id."""
    known = written_reasons(request, state)
    pairs = ((each.item.id, next((known[word] for word in each.item.words if word in known), "")) for each in listed)
    return {item: why for item, why in pairs if why}


def facts_with_new_sources(request: PageRequest, state: WorkspaceState, facts: Sequence[str]) -> list[str]:
    """Return the names of the facts whose sources have all been replaced by changes written here."""
    if not request.studio.written():
        return []
    then = request.studio.cached("before", state, lambda: request.studio.without_changes(state)) or state
    moved = moved_sources(then.assessment.ledger, state.assessment.ledger, facts)
    return [*dict.fromkeys(filter(None, (fact_called(request, state, each) for each in moved)))]


# Differences outside the items of a document


def beside_views(request: PageRequest, state: WorkspaceState, before: RecordedItems) -> Iterator[dict[str, Any]]:
    """Yield the changes outside the items of a document: their place, and the texts in each language.

    `document` is its template, "" for a source that was added to the list of sources or removed from it.
    """
    briefs, titles = state.documents.briefs, state.assessment.project.evidence.sources
    listing = VOLUME if VOLUME in briefs else BRIEF  # the document that lists sources
    for template, (proved, cited) in before.proved.items():
        called = template_name(request, template)
        now = beside_items(briefs[template], item_context(state.assessment))[1]
        then, today = ({_texts_of(each): each for each in some} for some in (proved, now))
        old = {each.id: each for key, each in then.items() if key not in today}
        new = {each.id: each for key, each in today.items() if key not in then}
        for key in {**old, **new}:
            part = request.text(tr(COUNT if key.endswith(SOURCES_SAID) else MASTHEAD))
            texts = redline_pair(old.get(key), new.get(key))
            yield {"document": template, "label": f"{called} · {part}", "texts": texts}
        listed = [each.source for each in briefs[template].references]
        pieces = [Piece("new", titles[each].title) for each in listed if each not in cited]
        pieces += [
            Piece("gone", titles[each].title if each in titles else each) for each in cited if each not in listed
        ]
        for piece in pieces if template == listing else ():
            label = request.text(tr(LISTED[piece.mark]))
            yield {"document": "", "label": f"{called} · {label}", "texts": {request.language: (piece,)}}


def _texts_of(statement: Statement) -> tuple[tuple[str, str], ...]:
    return tuple((language, statement.text(language)) for language in statement.sentences)
