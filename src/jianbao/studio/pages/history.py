"""Changes proposed, dropped, made anew or taken back; the history of a row and of a sentence; the log."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import urlencode

from starlette.responses import Response

from jianbao.app.compare import RecordedItems
from jianbao.app.evidence.history import HistoryEntry, history_of_row, history_of_sentence
from jianbao.app.propose import WorkspaceState
from jianbao.core.encoding import has_han
from jianbao.core.messages import tr, tr_later
from jianbao.data.dates import moment
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.review.document_edits import REGISTER
from jianbao.review.edits import proposed_anew
from jianbao.review.proposals import (
    CellEdit,
    Edit,
    EntryEdit,
    LeaveEdit,
    Proposal,
    TableRow,
    TextEdit,
    WeightEdit,
    with_new_keys,
)
from jianbao.review.source_answers import is_source
from jianbao.review.verdicts import ItemState
from jianbao.studio.audit import KEPT, AuditEntry
from jianbao.studio.drafts import place_of, taken_back
from jianbao.studio.jobs import COMMANDS
from jianbao.studio.pages.changes import edit_views, reasons_of_wordings
from jianbao.studio.pages.given_answers import answers_in_words
from jianbao.studio.pages.names import (
    Row,
    Words,
    cell_words,
    in_words,
    names_of,
    row_key,
    values_of,
    where_made,
    wording_label,
)
from jianbao.studio.visits import Visit, go, local_day, page
from jianbao.text.formatter import language_name

COMMIT = 10  # digits of a commit that are shown
REASONS = 6  # the most reasons of changes that are shown
LINES = 200  # lines on a page
# What each address does, in the order of the pages.
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
    "/changes/answer": tr_later("answered what a change leaves open"),
    "/changes/apply": tr_later("wrote the draft changes into the workspace"),
    "/changes/propose": tr_later("proposed the draft changes"),
    "/changes/drop": tr_later("dropped draft changes"),
    "/changes/mine": tr_later("put own changes in place of others"),
    "/proposals/{name}/take": tr_later("took a proposal into the draft"),
    "/proposals/{name}/undo": tr_later("took an applied change back into the draft"),
}
# The words of the log for the fields of a form; of any other field the log shows the value alone.
LOGGED: Mapping[str, str] = {
    "row": tr_later("row {value}"),
    "old": tr_later("before: {value}"),
    "new": tr_later("after: {value}"),
    "weight": tr_later("weight: {value}"),
    "block": tr_later("pasted: {value}"),
    "why": tr_later("because: {value}"),
    "because": tr_later("because: {value}"),
    "comment": tr_later("comment: {value}"),
    "name": tr_later("change: {value}"),
}
CHOSEN: Mapping[str, str] = {
    "approve": tr_later("approved"),
    "approve_build": tr_later("approved, and started the build"),
    "return": tr_later("returned"),
    "pass": tr_later("passed"),
    "write": tr_later("written"),
    "drop": tr_later("dropped"),
}
_FIELD = re.compile(r"(?:^| )([a-z_]+(?:\.[\w-]+){,2})=")
_HASH = re.compile(r"sha256:[0-9a-f]+…?")
_CELL = re.compile(r"(?P<table>\w+):(?P<row>\d+)\.(?P<column>\w+)")


def keep_mine(visit: Visit) -> Response:
    """Make the draft changes anew from what is in the files now."""
    studio = visit.studio
    studio.change_drafts(lambda drafts: proposed_anew(drafts, studio.editable()))
    return go("/changes")


def take_over(visit: Visit) -> Response:
    """Take what a proposal would change among the draft changes, to be looked at and applied."""
    visit.studio.add(visit.studio.proposal(visit.path["name"]).edits)
    return go("/changes")


def propose(visit: Visit) -> Response:
    """Keep the draft changes as a proposal for somebody else."""
    visit.studio.propose(visit.author(), visit.field("why"))
    return go("/?done=proposed")


def drop(visit: Visit) -> Response:
    """Drop one draft change, or all of them."""
    for name in visit.form.get("name", ()):
        visit.studio.drop(name)
    if "name" not in visit.form:
        visit.studio.change_drafts(lambda _: ())
    return go("/changes")


def undo(visit: Visit) -> Response:
    """Take the reverse of an applied change among the draft changes."""
    applied = visit.studio.proposal(visit.path["name"])
    visit.studio.add(taken_back(with_new_keys(applied.edits, visit.editable.schemas), visit.editable))
    return go("/changes?" + urlencode({"why": visit.said(tr("taken back: {why}", why=applied.why))}))


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
        entries=_views(found, names, cell_words(visit, table)),
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
        entries=_views(found, names, {}),
        back=f"/brief/wording/{wording}",
    )


def _views(entries: Sequence[HistoryEntry], names: Mapping[str, str], words: Words) -> list[dict[str, object]]:
    """Return entries as the page shows them: each move by the name of its column or language, cells in words."""

    def said(column: str, cell: str) -> str:
        return in_words(words.get(column, {}), cell) or cell

    return [
        {
            "entry": each,
            "commit": each.commit[:COMMIT],
            "moves": [
                {
                    "name": names.get(move.where, move.where),
                    "pieces": redline(said(move.where, move.old), said(move.where, move.new), tokens_of()),
                }
                for move in each.moves
            ],
        }
        for each in entries
    ]


def log(visit: Visit) -> Response:
    """Show the last lines of the log, the newest first, those of somebody or about something if asked for."""
    entries, names = visit.studio.audit.entries(), _names_in_log(visit)
    find = visit.query.get("find", "").strip().casefold()
    rows = [
        {
            "entry": each,
            "did": visit.said(tr(DEEDS[each.did])) if each.did in DEEDS else each.did,
            "what": _what_in_words(visit, each, names),
        }
        for each in reversed(entries)
    ]
    found = [
        each
        for each in rows
        if find in " ".join((str(each["did"]), str(each["what"]), *vars(each["entry"]).values())).casefold()
    ]
    return page(
        visit,
        "log",
        rows=found[:LINES],
        total=len(found),
        find=visit.query.get("find", ""),
        kept=KEPT,
        most=LINES,
    )


def _names_in_log(visit: Visit) -> dict[str, str]:
    """Return what the values of forms are called, by their ids: items, stations, commands, verdicts, roles."""
    state = visit.last_whole
    plan, commands = visit.plan, {key: visit.said(tr(said)) for key, (said, _) in COMMANDS.items()}
    called = {key: visit.called(role.name, key) for key, role in plan.roles.items()}
    called |= {each.id: visit.called(each.name, each.id) for each in plan.stations}
    chosen = {key: visit.said(tr(said)) for key, said in CHOSEN.items()}
    return {**(names_of(visit, state) if state else {}), **called, **commands, **chosen}


def _what_in_words(visit: Visit, entry: AuditEntry, names: Mapping[str, str]) -> str:
    """Return with what something was done, in words: the names of things in place of ids, no names of fields."""
    start, *parts = _FIELD.split(entry.what)
    fields = [(key, value.strip()) for key, value in zip(parts[::2], parts[1::2], strict=True)]
    if entry.did == "/changes/answer":
        return " · ".join(answers_in_words(visit, fields))
    subject, table = _HASH.sub("", start).strip(), ""
    if "{table}" in entry.did:
        table, subject = subject, visit.labels().table(subject)
    elif entry.did.startswith("/proposals/"):
        subject = ""  # the name of a file
    elif entry.did.startswith("/user/"):
        subject = " · ".join(names.get(word, word) for word in subject.rpartition(" ")[::2] if word)
    told = partial(_field_in_words, visit, table, fields=dict(fields), names=names)
    return " · ".join(filter(None, (names.get(subject, subject), *(told(key, value) for key, value in fields))))


def _field_in_words(
    visit: Visit, table: str, key: str, value: str, fields: Mapping[str, str], names: Mapping[str, str]
) -> str:
    """Return what a field of a form says, in words; "" for one that says nothing to a reader."""
    kind, _, part = key.partition(".")
    if not value or kind == "was":
        return ""
    if kind == "column":
        return visit.labels().column(table, value)
    if kind == "text":
        return visit.said(tr("{name}: {value}", name=language_name(part, visit.language), value=value))
    column = part if kind == "cell" else fields.get("column", "")
    value = in_words(cell_words(visit, table).get(column, {}), value) or value if table else names.get(value, value)
    if kind == "cell":
        return visit.said(tr("{name}: {value}", name=visit.labels().column(table, part), value=value))
    return visit.said(tr(LOGGED[kind], value=_place_in_words(visit, value))) if kind in LOGGED else value


def _place_in_words(visit: Visit, value: str) -> str:
    """Return the name of a cell ("ties:8.grouping") by table, row and column; any other value as it is."""
    found, labels = _CELL.fullmatch(value), visit.labels()
    if not found:
        return value
    row = visit.said(tr("row {row}", row=found["row"]))
    return " · ".join((labels.table(found["table"]), row, labels.column(found["table"], found["column"])))


def written_since(visit: Visit, changed: Sequence[ItemState]) -> list[Proposal]:
    """Return the changes that were written since these items were approved, the newest last."""
    verdicts = [each.verdict.at if each.verdict else "" for each in changed]
    since = min((moment(at) for at in verdicts), default=None) if all(verdicts) else None
    found = [
        each for each in visit.studio.written() if since is None or moment(each.applied.rpartition(", ")[2]) > since
    ]
    return found[-REASONS:]


def written_view(visit: Visit, proposal: Proposal) -> dict[str, object]:
    """Return what somebody wrote, when and why: each cell, row and text that is the root of what reads otherwise."""
    by, _, at = proposal.applied.rpartition(", ")
    foreign = _in_other_language(visit, proposal)
    edits = edit_views(visit, [each for each in proposal.edits if each not in foreign], visit.editable, visit.state)
    return {"by": by, "day": local_day(at), "why": proposal.why, "edits": edits}


def _in_other_language(visit: Visit, proposal: Proposal) -> list[LeaveEdit]:
    """Return the texts of the register that stay, in the language that the reader does not read, if each has a pair."""
    leaves = [each for each in proposal.edits if isinstance(each, LeaveEdit) and each.place == REGISTER]
    own = [each.why for each in leaves if has_han(each.text) == (visit.language == "zh")]
    others = [each for each in leaves if has_han(each.text) != (visit.language == "zh")]
    return others if Counter(each.why for each in others) <= Counter(own) else []


def changes_in_words(visit: Visit, edits: Sequence[Edit]) -> list[str]:
    """Return changes in a few words, those of cells and texts first; what was left as it is only if all was."""
    made = [each for each in edits if not isinstance(each, LeaveEdit)]
    first = sorted(made, key=lambda each: (is_source(each), isinstance(each, TableRow))) or edits
    # one cell of a row, one language of a sentence
    places = {place_of(each) or str(at): each for at, each in reversed([*enumerate(first)])}
    return [*dict.fromkeys(_in_words(visit, each) for each in reversed([*places.values()]))]


def _in_words(visit: Visit, edit: Edit) -> str:
    """Return a change in a few words: where, and of numbers and cells what was and what is."""
    where = wording_label(visit, edit.wording) if isinstance(edit, TextEdit) else where_made(visit, edit)
    if not isinstance(edit, CellEdit | WeightEdit):
        return where
    return "{} {} → {}".format(where, *values_of(visit, edit, visit.editable))


def explained_items(visit: Visit, state: WorkspaceState, before: RecordedItems | None) -> frozenset[str]:
    """Return the items that differ by the register alone: without the written changes they are as recorded."""
    entries = [edit for each in visit.studio.written() for edit in each.edits if isinstance(edit, EntryEdit)]
    if before is None or not (before.reworded and entries):
        return frozenset()

    def made() -> frozenset[str]:
        then = visit.studio.without_changes(state)
        items = {each.item.id: each.item.content for each in then.approval.states} if then else {}
        return frozenset(each for each in before.reworded if items.get(each) == before.contents.get(each))

    return visit.studio.cached(("explained", *before.reworded), state, made)


def mended_entries(visit: Visit, state: WorkspaceState) -> list[Row]:
    """Return the entries of the register that written changes have mended, as a page shows them."""
    edits = [edit for each in visit.studio.written() for edit in each.edits if isinstance(edit, EntryEdit)]
    return edit_views(visit, edits, visit.editable, state)


def written_reasons(visit: Visit, state: WorkspaceState) -> Mapping[str, str]:
    """Return the sentences that written changes left out or worded otherwise, each with the numbers that decided it."""
    if not visit.studio.written():
        return {}

    def made() -> Mapping[str, str]:
        return reasons_of_wordings(visit, visit.studio.without_changes(state), state)

    return visit.studio.cached(f"reasons in {visit.language}", state, made)
