"""Show the log of the studio, each line in the words of the pages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from starlette.responses import Response

from jianbao.app.evidence.facts import unlisted_in
from jianbao.app.propose import WorkspaceState
from jianbao.core.messages import tr, tr_later
from jianbao.review.document_edits import REGISTER
from jianbao.review.proposals import KeepEdit
from jianbao.studio import drafts
from jianbao.studio.audit import MONTHS_KEPT, AuditEntry
from jianbao.studio.jobs import COMMANDS
from jianbao.studio.page_requests import PageRequest, page
from jianbao.studio.pages.names import cell_in_words, fact_called, item_labels, wording_label
from jianbao.text.formatter import language_name

LINES = 200  # lines on a page
# The action of each address, in the order of the pages.
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
WAYS: Mapping[str, str] = {
    drafts.ADDED: tr_later("the old number was right: the new one becomes a row of its own"),
    drafts.CORRECTED: tr_later("the old number was wrong"),
    drafts.REDATED: tr_later("the old number was wrong, and the new one is of another day"),
    drafts.SAME: tr_later("the old number was copied wrongly"),
}
# The words for the fields of the form of answers; other fields show only their value, some nothing.
ANSWERED: Mapping[str, str] = {
    "title": tr_later("source: {value}"),
    "on": tr_later("as of {value}"),
    "unknown": tr_later("The source does not name it"),
    "unknown_why": tr_later("because: {value}"),
    "why": tr_later("left as it is, because: {value}"),
}
NOT_LISTED = ("sentence", "sure", "again", "dated")


def log(request: PageRequest) -> Response:
    """Show the last lines of the log, the newest first; on request only those of one person or subject."""
    entries, names = request.studio.audit.entries(), _names_in_log(request)
    find = request.query.get("find", "").strip().casefold()
    rows = [
        {
            "entry": each,
            "did": request.text(tr(DEEDS[each.did])) if each.did in DEEDS else each.did,
            "what": _what_in_words(request, each, names),
        }
        for each in reversed(entries)
    ]
    found = [
        each
        for each in rows
        if find in " ".join((str(each["did"]), str(each["what"]), *vars(each["entry"]).values())).casefold()
    ]
    return page(
        request,
        "log",
        rows=found[:LINES],
        total=len(found),
        find=request.query.get("find", ""),
        kept=MONTHS_KEPT,
        most=LINES,
    )


def _names_in_log(request: PageRequest) -> dict[str, str]:
    """Return the names of form values, by id: items, stations, commands, verdicts, roles."""
    state = request.last_whole
    plan, commands = request.plan, {key: request.text(tr(name)) for key, (name, _) in COMMANDS.items()}
    called = {key: request.called(role.name, key) for key, role in plan.roles.items()}
    called |= {each.id: request.called(each.name, each.id) for each in plan.stations}
    chosen = {key: request.text(tr(name)) for key, name in CHOSEN.items()}
    return {**(names_of(request, state) if state else {}), **called, **commands, **chosen}


def _what_in_words(request: PageRequest, entry: AuditEntry, names: Mapping[str, str]) -> str:
    """Return the object of an action in words: names in place of ids, and no field names."""
    start, *parts = _FIELD.split(entry.what)
    fields = [(key, value.strip()) for key, value in zip(parts[::2], parts[1::2], strict=True)]
    if entry.did == "/changes/answer":
        return " · ".join(_answers_in_words(request, fields))
    subject, table = _HASH.sub("", start).strip(), ""
    if "{table}" in entry.did:
        table, subject = subject, request.labels().table(subject)
    elif entry.did.startswith("/proposals/"):
        subject = ""  # the name of a file
    elif entry.did.startswith("/user/"):
        subject = " · ".join(names.get(word, word) for word in subject.rpartition(" ")[::2] if word)
    in_words = partial(_field_in_words, request, table, fields=dict(fields), names=names)
    return " · ".join(filter(None, (names.get(subject, subject), *(in_words(key, value) for key, value in fields))))


def _field_in_words(
    request: PageRequest, table: str, key: str, value: str, fields: Mapping[str, str], names: Mapping[str, str]
) -> str:
    """Return a field of a form in words; "" for one that means nothing to a reader."""
    kind, _, part = key.partition(".")
    if not value or kind == "was":
        return ""
    if kind == "column":
        return request.labels().column(table, value)
    if kind == "text":
        return request.text(tr("{name}: {value}", name=language_name(part, request.language), value=value))
    column = part if kind == "cell" else fields.get("column", "")
    value = cell_in_words(request, table, column, value) if table else names.get(value, value)
    if kind == "cell":
        return request.text(tr("{name}: {value}", name=request.labels().column(table, part), value=value))
    return request.text(tr(LOGGED[kind], value=_place_in_words(request, value))) if kind in LOGGED else value


def _place_in_words(request: PageRequest, value: str) -> str:
    """Return the name of a cell ("ties:8.grouping") by table, row and column; any other value as it is."""
    found, labels = _CELL.fullmatch(value), request.labels()
    if not found:
        return value
    row = request.text(tr("row {row}", row=found["row"]))
    return " · ".join((labels.table(found["table"]), row, labels.column(found["table"], found["column"])))


def _answers_in_words(request: PageRequest, fields: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the fields of the form of answers in the words of the pages, as the log shows them."""
    labels, table = request.labels(), ""
    for key, value in fields:
        kind, last = key.partition(".")[0], key.rpartition(".")[2]  # of a cell or text: its column or language
        if not value or kind in NOT_LISTED:
            continue
        if kind == "question":
            table, _, row = value.partition(".")[0].partition(":")
            yield " · ".join((labels.table(table), request.text(tr("row {row}", row=row))))
        elif kind in ("cell", "new"):
            name = labels.column(table, last) if kind == "cell" else language_name(last, request.language)
            shown = cell_in_words(request, table, last, value) if kind == "cell" else value
            yield request.text(tr("{name}: {value}", name=name, value=shown))
        elif kind == "unlisted":
            place, _, text = value.partition(": ")
            grown = unlisted_in(KeepEdit(place=place, text=text, why=""))
            yield (
                f"{fact_called(request, request.last_whole, grown.total)} {grown.was:g} → {grown.now:g}"
                if grown
                else text
            )
        else:
            shown = wording_label(request, value) if kind == "number" else value
            shown = (
                request.text(tr("Register of discrepancies, printed in the evidence volume"))
                if shown.startswith(REGISTER)
                else shown
            )
            yield request.text(tr(WAYS[value] if value in WAYS else ANSWERED.get(kind, "{value}"), value=shown))


def names_of(request: PageRequest, state: WorkspaceState) -> Mapping[str, str]:
    """Return the names of items, sentences, parts of the framework, rules, tables and sources, by id."""
    project, labels = state.assessment.project, request.labels()
    nodes = {each.id: request.called(each.name, each.id) for each in project.framework.components()}
    rules = {each.id: request.called(each.name, each.id) for each in project.rules}
    tables = {each: labels.table(each) for each in project.evidence.schemas}
    sources = {key: each.bare_title for key, each in project.evidence.sources.items()}
    return {**sources, **tables, **rules, **nodes, **item_labels(request)}
