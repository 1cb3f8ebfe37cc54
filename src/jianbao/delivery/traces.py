"""Refuse files with traces that must not be handed over, except for allowed ones.

Some files come from others (a logo, a font, a file put into an edition), so each file is examined in a
process with limits (see `core.limits`).
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from jianbao.brief.export import ROW_NUMBER, TableExtract
from jianbao.core.errors import DeliveryError, Place, Problem, raise_all
from jianbao.core.limits import run_limited
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_later, tr_list
from jianbao.data.tables import Tables
from jianbao.delivery.file_traces import FileTrace
from jianbao.delivery.recipients import AllowedTrace
from jianbao.delivery.trace_reader import PLAIN_TEXTS, traces_in

READER = "jianbao.delivery.trace_reader:answer"
SECONDS, MEMORY = 120, 2_000_000_000  # a brief of 100 pages takes a second and 200 MB
MAX_NAMED_PLACES = 3  # further places that a message names
PROGRAM = "jianbao"
_REBUILD = tr_later("take it out of the file of the workspace that it comes from, and build the edition again")
_INSPECT = tr_later("remove it in the program that made the file (in Office: File, Info, Inspect Document)")
_KEEP = tr_later("{cure}; to keep it, allow `{kind}` under `traces` in data/delivery.yml")


@dataclass(frozen=True)
class TraceKind:
    """The message on a kind of traces, and how to remove them; `everywhere`: they have one cause in all files."""

    message: str
    cure: str
    everywhere: bool = False


KINDS = {
    "author": TraceKind(tr_later("it names '{value}' as who made or changed it"), _INSPECT, everywhere=True),
    "path": TraceKind(tr_later("it names a place on somebody's computer: '{value}'"), _REBUILD, everywhere=True),
    "comment": TraceKind(
        tr_later("it has comments by '{value}'"), tr_later("settle them with jianbao review, and build a final")
    ),
    "note": TraceKind(tr_later("cells have notes by '{value}'"), _INSPECT),
    "tracked_change": TraceKind(
        tr_later("it has tracked changes by '{value}'"), tr_later("accept or reject them all, and save the file")
    ),
    "hidden_text": TraceKind(tr_later("it has text that is not shown: '{text}'"), _INSPECT),
    "hidden_data": TraceKind(tr_later("it keeps data that is not shown: {value}"), _INSPECT),
    "hidden_sheet": TraceKind(tr_later("the sheet '{value}' is hidden"), tr_later("show it, or delete it")),
    "hidden_rows": TraceKind(tr_later("rows are hidden: {text}"), tr_later("show them, or delete them")),
    "hidden_columns": TraceKind(tr_later("columns are hidden: {text}"), tr_later("show them, or delete them")),
    "thumbnail": TraceKind(tr_later("it has a small picture of an earlier state in it"), _INSPECT),
    "revision_id": TraceKind(tr_later("it keeps the ids of the sessions in which it was edited ({value})"), _INSPECT),
    "former_version": TraceKind(
        tr_later("earlier versions of it are still inside ({value})"), tr_later("save it as a new file")
    ),
    "position": TraceKind(
        tr_later("a picture says where it was taken"), tr_later("save the picture without its properties")
    ),
    "unreadable": TraceKind(
        tr_later("it cannot be looked through: {value}"), tr_later("save it again, whole and open")
    ),
}
_WHY = {
    "damaged": tr_later("it is damaged"),
    "locked": tr_later("it is encrypted"),
    "large": tr_later("it is too large"),
    "binary": tr_later("it is in a format that this program does not know"),
    "limits": tr_later("it takes too much time or memory"),
}


def refuse_traces(files: Mapping[str, bytes], allowed: Sequence[AllowedTrace], offices: Collection[str]) -> None:
    """Raise DeliveryError with every trace in outgoing files that is not allowed, one problem for each cause.

    Args:
        files: The outgoing files, by name.
        allowed: The traces that the office allows.
        offices: The names of the office, in every language: these may be authors.

    """
    own = {PROGRAM, *(name.strip() for name in offices)}
    found = [
        (name, trace)
        for name, content in files.items()
        for trace in look_through(name, content)
        if not (trace.kind == "author" and trace.value in own)
        and not any(each.covers(name, trace.kind, trace.value) for each in allowed)
    ]
    raise_all(problems_of(found), DeliveryError)


def look_through(name: str, content: bytes) -> tuple[FileTrace, ...]:
    """Return the traces in a file, whose kind is known from its name; a file that breaks the limits is a trace itself.

    Plain text is examined directly: nothing in it can expand.
    """
    if PurePosixPath(name.lower()).suffix in PLAIN_TEXTS:
        return tuple(dict.fromkeys(traces_in(name, content)))
    try:
        output = run_limited(READER, name.encode() + b"\0" + content, SECONDS, MEMORY)
    except TimeoutError:
        output = None
    if output is None:
        return (FileTrace("unreadable", "limits", ""),)
    return tuple(FileTrace(*fields) for fields in json.loads(output))


def problems_of(found: Iterable[tuple[str, FileTrace]]) -> Iterator[Problem]:
    """Yield a problem for each cause, at the first place where it occurs, with the others after it."""
    causes: dict[tuple[str, ...], list[tuple[Place, FileTrace]]] = {}
    for file, trace in found:
        cause = (trace.kind, trace.value, *(() if KINDS[trace.kind].everywhere else (file,)))
        causes.setdefault(cause, []).append((Place(file, 0, trace.place), trace))
    for (first, trace), *more in causes.values():
        kind = KINDS[trace.kind]
        value = tr(_WHY[trace.value]) if trace.kind == "unreadable" else trace.value
        hint = tr(_KEEP, cure=tr(kind.cure), kind=trace.kind)
        what = tr(kind.message, value=value, text=trace.text)
        yield Problem(first, tr("{what}{more}", what=what, more=_others([place for place, _ in more])), hint)


def _others(places: Sequence[Place]) -> Translatable:
    names = tr_list([str(place) for place in places[:MAX_NAMED_PLACES]])
    if len(places) > MAX_NAMED_PLACES:
        return tr(", and also in {names} and {count} more places", names=names, count=len(places) - MAX_NAMED_PLACES)
    return tr(", and also in {names}", names=names) if places else NO_TEXT


# Remarks in the tables

REMARKS = "note"  # the column of remarks, by its usual name


def remarks_sent(extracts: Iterable[TableExtract]) -> dict[str, list[tuple[str, str]]]:
    """Return the remarks that go out with tables, by table: the number of each row, and its remark."""
    placed = [
        (each, each.head.index(ROW_NUMBER), each.head.index(REMARKS)) for each in extracts if REMARKS in each.head
    ]
    found = {each.schema.name: [(row[number], row[at]) for row in each.rows if row[at]] for each, number, at in placed}
    return {table: remarks for table, remarks in found.items() if remarks}


def remark_notes(tables: Tables, called: Callable[[str], object]) -> list[Problem]:
    """Return a note on tables whose internal remarks stay in the office, and on those with remarks that go out.

    `called` returns the name of a table.
    """
    filled = [
        (table.schema.name, column.internal)
        for table in tables.values()
        for column in table.schema.columns.values()
        if (column.internal or column.name == REMARKS) and column.name in table.frame and any(table.frame[column.name])
    ]
    stay, go = (dict.fromkeys(name for name, kept in filled if kept == wanted) for wanted in (True, False))
    staying = tr("internal remarks of these tables stay in the office: {tables}", tables=tr_list(map(called, stay)))
    sent = tr(
        "remarks of these tables, made while working, go out with the data: {tables}", tables=tr_list(map(called, go))
    )
    to_send = tr(
        "to send them, delete `internal: yes` of their column in data/tables.yml, or ask the person who keeps it, then "
        "build and pack again"
    )
    to_keep = tr(
        "to keep some here, write `internal: yes` at their column in data/tables.yml, or ask the person who keeps it, "
        "then build and pack again"
    )
    groups = ((stay, staying, to_send), (go, sent, to_keep))
    return [Problem(Place(""), what, hint) for names, what, hint in groups if names]
