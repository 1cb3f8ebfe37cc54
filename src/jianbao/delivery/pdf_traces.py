"""What a PDF keeps beside its pages: properties, comments, hidden text and layers, former versions, enclosed files."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pikepdf

from jianbao.delivery.file_traces import (
    Enclosed,
    Found,
    Trace,
    author_trace,
    path_traces,
    shortened,
    text_of,
    xmp_traces,
)

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
                yield Trace("unreadable", "locked", "")
            yield from _properties(pdf)
            yield from _pages(pdf)
            yield from _objects(pdf)
            yield from _former(content, pdf)
            for name in pdf.attachments:
                yield Enclosed(f"/EmbeddedFiles {name}", name, pdf.attachments[name].get_file().read_bytes())
    except pikepdf.PasswordError:
        yield Trace("unreadable", "locked", "")
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError, RecursionError):
        yield Trace("unreadable", "damaged", "")


def _properties(pdf: pikepdf.Pdf) -> Iterator[Trace]:
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
        yield Trace("hidden_data", shortened(", ".join(hidden)) or UNKNOWN, "/OCProperties")


def _pages(pdf: pikepdf.Pdf) -> Iterator[Trace]:
    for number, page in enumerate(pdf.pages, 1):
        place = f"/Page {number}"
        if "/Thumb" in page:
            yield Trace("thumbnail", "", place)
        for note in page.get("/Annots", pikepdf.Array()):
            yield from _annotation(note, place)


def _annotation(note: pikepdf.Object, place: str) -> Iterator[Trace]:
    """Yield the comment that an annotation is, the hidden field, or the path to which a link leads."""
    kind, said = str(note.get("/Subtype", "")), str(note.get("/Contents", ""))
    if kind not in ORDINARY:
        yield Trace("comment", shortened(str(note.get("/T", ""))) or UNKNOWN, f"{place} {kind}", shortened(said))
    elif kind == "/Widget" and int(note.get("/F", 0)) & (HIDDEN | NO_VIEW) and str(note.get("/V", "")):
        yield Trace("hidden_text", "", f"{place} {kind}", shortened(str(note.get("/V"))))
    action = note.get("/A")
    if isinstance(action, pikepdf.Dictionary):
        for key in ("/URI", "/F"):
            goal = action.get(key, "")
            named = goal.get("/F", "") if isinstance(goal, pikepdf.Dictionary) else goal
            yield from path_traces(str(named), f"{place} {kind} {key}")


def _objects(pdf: pikepdf.Pdf) -> Found:
    """Yield what streams and dictionaries hold wherever they stand: XMP, private data, invisible text, pictures."""
    painted = {stream.objgen: f"/Page {number}" for number, page in enumerate(pdf.pages, 1) for stream in _drawn(page)}
    for thing in pdf.objects:
        if not isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            continue
        place = painted.get(thing.objgen, f"/Object {thing.objgen[0]}")
        for name in thing.get("/PieceInfo", pikepdf.Dictionary()):
            yield Trace("hidden_data", f"/PieceInfo {name}", place)
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
        yield Trace("hidden_text", "", place, f"{INVISIBLE} Tr")


def _is_invisible(stream: pikepdf.Stream) -> bool:
    """Say whether a stream writes text in the mode that paints nothing."""
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


def _former(content: bytes, pdf: pikepdf.Pdf) -> Iterator[Trace]:
    """Yield a trace of versions that were saved before this one; what each signature and its proofs added is none."""
    saved = content.count(b"startxref") - pdf.is_linearized
    signed = content.count(b"/ByteRange") + content.count(b"/DSS")
    if saved - signed > 1:
        yield Trace("former_version", str(saved - signed - 1), "startxref")
