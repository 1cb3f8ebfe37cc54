"""Traces that must not be handed over: the kinds, those of a PDF, which are kept, and the refusal of the others.

Some of what is examined comes from others (a logo, a font, a file put into an edition), so each file is examined in a
process with limits (see `core.limits`).
"""

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

import pikepdf

from jianbao.brief.export import ROW_NUMBER, TableExtract
from jianbao.core.errors import DeliveryError, Place, Problem, raise_all
from jianbao.core.limits import run_limited
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_later, tr_list
from jianbao.data.tables import Tables
from jianbao.delivery.file_traces import (
    PICTURES,
    Enclosed,
    FileTrace,
    Found,
    author_trace,
    drawing_traces,
    page_traces,
    path_traces,
    picture_traces,
    plain,
    shortened,
    text_of,
    xmp_traces,
)
from jianbao.delivery.office_traces import OFFICE, office_traces
from jianbao.delivery.recipients import AllowedTrace

ORDINARY = ("/Link", "/Widget", "/Popup", "/PrinterMark", "/TrapNet", "/Watermark", "/3D", "/Screen")
HIDDEN, NO_VIEW = 2, 32  # flags of annotations (ISO 32000-2, 12.5.3)
INVISIBLE = 3  # the mode of text that paints nothing (ISO 32000-2, 9.3.6)
SHOWING = ("Tj", "TJ", "'", '"')
UNKNOWN = "?"
_MODE = re.compile(rb"\b3\s+Tr\b")


def pdf_traces(content: bytes) -> Found:
    """Yield the traces in a PDF; one that is encrypted or damaged is a trace itself."""
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            if pdf.is_encrypted:
                yield FileTrace("unreadable", "locked", "")
            yield from _properties(pdf)
            yield from _pages(pdf)
            yield from _objects(pdf)
            yield from _former(content, pdf)
            for name in pdf.attachments:
                yield Enclosed(f"/EmbeddedFiles {name}", name, pdf.attachments[name].get_file().read_bytes())
    except pikepdf.PasswordError:
        yield FileTrace("unreadable", "locked", "")
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, RecursionError):
        yield FileTrace("unreadable", "damaged", "")


def _properties(pdf: pikepdf.Pdf) -> Iterator[FileTrace]:
    """Yield who is named in the properties, what they say of paths, and what no page shows."""
    for key, value in pdf.docinfo.items():
        place = f"/Info {key}"
        if key in ("/Author", "/Manager", "/Company"):
            yield from author_trace(str(value), place)
        else:
            yield from path_traces(str(value), place)
    layers = pdf.Root.get("/OCProperties", pikepdf.Dictionary()).get("/D", pikepdf.Dictionary())
    hidden = [str(each.get("/Name", UNKNOWN)) for each in layers.get("/OFF", pikepdf.Array())]
    if hidden or layers.get("/BaseState", "/ON") != "/ON":
        yield FileTrace("hidden_data", shortened(", ".join(hidden)) or UNKNOWN, "/OCProperties")


def _pages(pdf: pikepdf.Pdf) -> Iterator[FileTrace]:
    for number, page in enumerate(pdf.pages, 1):
        place = f"/Page {number}"
        if "/Thumb" in page:
            yield FileTrace("thumbnail", "", place)
        for note in page.get("/Annots", pikepdf.Array()):
            yield from _annotation(note, place)


def _annotation(note: pikepdf.Object, place: str) -> Iterator[FileTrace]:
    """Yield the comment that an annotation is, the hidden field, or the path to which a link leads."""
    kind, said = str(note.get("/Subtype", "")), str(note.get("/Contents", ""))
    if kind not in ORDINARY:
        yield FileTrace("comment", shortened(str(note.get("/T", ""))) or UNKNOWN, f"{place} {kind}", shortened(said))
    elif kind == "/Widget" and int(note.get("/F", 0)) & (HIDDEN | NO_VIEW) and str(note.get("/V", "")):
        yield FileTrace("hidden_text", "", f"{place} {kind}", shortened(str(note.get("/V"))))
    action = note.get("/A")
    if isinstance(action, pikepdf.Dictionary):
        for key in ("/URI", "/F"):
            goal = action.get(key, "")
            named = goal.get("/F", "") if isinstance(goal, pikepdf.Dictionary) else goal
            yield from path_traces(str(named), f"{place} {kind} {key}")


def _objects(pdf: pikepdf.Pdf) -> Found:
    """Yield what streams and dictionaries hold, wherever they are: XMP, private data, invisible text, pictures."""
    painted = {stream.objgen: f"/Page {number}" for number, page in enumerate(pdf.pages, 1) for stream in _drawn(page)}
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            continue
        place = painted.get(thing.objgen, f"/Object {thing.objgen[0]}")
        for name in thing.get("/PieceInfo", pikepdf.Dictionary()):
            yield FileTrace("hidden_data", f"/PieceInfo {name}", place)
        if isinstance(thing, pikepdf.Stream):
            yield from _stream(thing, place, thing.objgen in painted)


def _drawn(page: pikepdf.Page) -> list[Any]:
    """Return the streams of a page's contents, in their order."""
    contents: Any = page.get("/Contents", pikepdf.Array())
    return list(contents) if isinstance(contents, pikepdf.Array) else [contents]


def _stream(stream: pikepdf.Stream, place: str, painted: bool) -> Found:
    kind, use = stream.get("/Type", ""), stream.get("/Subtype", "")
    if kind == "/Metadata":
        yield from xmp_traces(text_of(stream.read_bytes()), f"{place} /Metadata")
    elif use == "/Image" and stream.get("/Filter", "") == "/DCTDecode":
        yield Enclosed(place, "inside.jpg", stream.read_raw_bytes())
    elif (painted or use == "/Form") and _MODE.search(stream.read_bytes()) and _is_invisible(stream):
        yield FileTrace("hidden_text", "", place, f"{INVISIBLE} Tr")


def _is_invisible(stream: pikepdf.Stream) -> bool:
    """Return whether a stream writes text in the mode that paints nothing."""
    mode, kept = 0, []
    for step in pikepdf.parse_content_stream(stream):
        done, operands = str(step.operator), step.operands
        if done == "q":
            kept.append(mode)
        elif done == "Q":
            mode = kept.pop() if kept else 0
        elif done == "Tr":
            mode = int(operands[0])
        elif done in SHOWING and mode == INVISIBLE:
            return True
    return False


def _former(content: bytes, pdf: pikepdf.Pdf) -> Iterator[FileTrace]:
    """Yield a trace of versions that were saved before this one; what each signature and its proofs added is none."""
    saved = content.count(b"startxref") - pdf.is_linearized
    signed = content.count(b"/ByteRange") + content.count(b"/DSS")
    if saved - signed > 1:
        yield FileTrace("former_version", str(saved - signed - 1), "startxref")


READER = "jianbao.delivery.traces:answer"
SECONDS, MEMORY = 120, 2_000_000_000  # a brief of 100 pages takes a second and 200 MB
DEEPEST = 4  # files inside files that are looked into
TEXTS = (".csv", ".json", ".jsonl", ".txt", ".xml", ".css", ".md", ".yml")
FONTS = (".odttf", ".ttf", ".otf", ".ttc", ".woff", ".woff2")
SIGNATURES = (".p7s",)  # which name their signer, as they should
SHOWN = 3  # further places that a message names
PROGRAM = "jianbao"
_REBUILD = tr_later("take it out of the file of the workspace that it comes from, and build the edition again")
_INSPECT = tr_later("remove it in the program that made the file (in Office: File, Info, Inspect Document)")
_KEEP = tr_later("{cure}; to keep it, allow `{kind}` under `traces` in data/delivery.yml")


@dataclass(frozen=True)
class TraceKind:
    """The message on a kind of traces, and how to remove them; `everywhere`: they have one cause in all files."""

    said: str
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
    """Raise DeliveryError with every trace in files that go out, one problem a cause, but for those that are allowed.

    Args:
        files: What goes out, by name.
        allowed: What the office keeps.
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
    """Return the traces in a file, which is known by its name; one that breaks the limits is a trace itself.

    Plain text is looked through at once: nothing in it can grow.
    """
    if PurePosixPath(name.lower()).suffix in TEXTS:
        return tuple(dict.fromkeys(traces_in(name, content)))
    try:
        said = run_limited(READER, name.encode() + b"\0" + content, SECONDS, MEMORY)
    except TimeoutError:
        said = None
    if said is None:
        return (FileTrace("unreadable", "limits", ""),)
    return tuple(FileTrace(*fields) for fields in json.loads(said))


def answer(order: bytes) -> bytes:
    """Return the traces in a file as JSON; the order is its name, a zero byte, and its content."""
    name, _, content = order.partition(b"\0")
    found = dict.fromkeys(traces_in(name.decode(), content))
    return json.dumps([astuple(trace) for trace in found]).encode()


def traces_in(name: str, content: bytes, deep: int = 0) -> Iterator[FileTrace]:
    """Yield the traces in a file that is known by its name; `deep` says in how many other files it lies."""
    for found in _looked(name, content) if deep <= DEEPEST else [FileTrace("unreadable", "large", "")]:
        if isinstance(found, FileTrace):
            yield found
            continue
        for trace in traces_in(found.name, found.content, deep + 1):
            yield replace(trace, place=f"{found.place} {trace.place}".strip())


def _looked(name: str, content: bytes) -> Found:
    ending = PurePosixPath(name.lower()).suffix
    if ending == ".pdf":
        yield from pdf_traces(content)
    elif ending in OFFICE:
        yield from office_traces(content)
    elif ending in PICTURES:
        yield from picture_traces(content)
    elif ending == ".svg":
        yield from drawing_traces(content)
    elif ending in (".html", ".htm"):
        yield from page_traces(text_of(content))
    elif ending in TEXTS:
        yield from path_traces(plain(text_of(content), ending), "")
    elif ending not in (*FONTS, *SIGNATURES):
        yield FileTrace("unreadable", "binary", "")


def problems_of(found: Iterable[tuple[str, FileTrace]]) -> Iterator[Problem]:
    """Yield a problem for each cause, at the first place where it is met, with the others after it."""
    causes: dict[tuple[str, ...], list[tuple[Place, FileTrace]]] = {}
    for file, trace in found:
        cause = (trace.kind, trace.value, *(() if KINDS[trace.kind].everywhere else (file,)))
        causes.setdefault(cause, []).append((Place(file, 0, trace.place), trace))
    for (first, trace), *more in causes.values():
        kind = KINDS[trace.kind]
        value = tr(_WHY[trace.value]) if trace.kind == "unreadable" else trace.value
        hint = tr(_KEEP, cure=tr(kind.cure), kind=trace.kind)
        what = tr(kind.said, value=value, text=trace.text)
        yield Problem(first, tr("{what}{more}", what=what, more=_others([place for place, _ in more])), hint)


def _others(places: Sequence[Place]) -> Translatable:
    names = tr_list([str(place) for place in places[:SHOWN]])
    if len(places) > SHOWN:
        return tr(", and also in {names} and {count} more places", names=names, count=len(places) - SHOWN)
    return tr(", and also in {names}", names=names) if places else NO_TEXT


# Remarks in the tables

REMARKS = "note"  # the column of remarks, by its usual name


def remarks_sent(extracts: Iterable[TableExtract]) -> dict[str, list[tuple[str, str]]]:
    """Return the remarks that go out with tables, by table: the number of each row, and what it says."""
    placed = [
        (each, each.head.index(ROW_NUMBER), each.head.index(REMARKS)) for each in extracts if REMARKS in each.head
    ]
    found = {each.schema.name: [(row[number], row[at]) for row in each.rows if row[at]] for each, number, at in placed}
    return {table: remarks for table, remarks in found.items() if remarks}


def remark_notes(tables: Tables, called: Callable[[str], object]) -> list[Problem]:
    """Return a note on tables whose internal remarks stay in the office, and on those with remarks that go out.

    `called` returns what a table is called.
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
    told = (
        (stay, staying, tr("to send them, ask the administrator")),
        (go, sent, tr("to keep some here, ask the administrator")),
    )
    return [Problem(Place(""), what, hint) for names, what, hint in told if names]
