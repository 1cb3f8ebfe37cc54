"""Find traces in texts, pictures, web pages and PDFs: paths of a computer, authors, places, hidden contents."""

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

import pikepdf
from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import IFD

from jianbao.core.limits import as_xml, local

MAX_QUOTED_CHARACTERS = 120  # characters of a quotation
ARTIST, XP_AUTHOR, THUMBNAIL = 315, 40093, 513  # tags of Exif
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff", ".bmp")
ORDINARY = ("/Link", "/Widget", "/Popup", "/PrinterMark", "/TrapNet", "/Watermark", "/3D", "/Screen")
HIDDEN, NO_VIEW = 2, 32  # flags of annotations (ISO 32000-2, 12.5.3)
INVISIBLE = 3  # the mode of text that paints nothing (ISO 32000-2, 9.3.6)
SHOWING = ("Tj", "TJ", "'", '"')
UNKNOWN = "?"  # in place of a name that a file does not give
_MODE = re.compile(rb"\b3\s+Tr\b")
_TYPES = {"svg+xml": ".svg", "jpeg": ".jpg", "html": ".html", "plain": ".txt"}
# A path of Windows may have spaces and ends with its line or quotation; a path of Unix ends at a space.
_PATHS = re.compile(
    r"""file:/{1,3}[^\s"'<>]{2,}"""
    r"""|(?<![A-Za-z0-9/\\])[A-Za-z]:\\{1,2}[^\\/\s"'<>|*?:][^"'<>|*?\r\n\t]*"""
    r"""|(?<![A-Za-z0-9/\\])[A-Za-z]:/(?:Users|Documents and Settings|Windows|Program Files)[^"'<>|*?\r\n\t]*"""
    r"""|(?<![A-Za-z0-9\\])(?:\\\\|\\{4})[\w.-]+\\{1,2}[\w$.][^"'<>|*?\r\n\t]*"""
    r"""|(?<![A-Za-z0-9._~:/%@?&=#\u200b>-])/(?:home|Users|root|tmp|var|private|mnt|Volumes|opt|srv)/[^\s"'<>|]+"""
)
BREAK = "\u200b"  # where an address may be broken: the text after it does not begin a path
_BREAKS = re.compile("<wbr ?/?>|[\u2060\u00ad]")
_DATA = re.compile(r"data:(?:image|text|application)/([\w.+-]+)(?:;[\w=-]+)*?(;base64)?,([^\"')\s>]+)")


@dataclass(frozen=True)
class FileTrace:
    """A trace: its kind, its value (such as a name), its place in the file, and the text shown in messages."""

    kind: str
    value: str
    place: str
    text: str = ""


@dataclass(frozen=True)
class Enclosed:
    """A file inside another one, at some place; it is examined like any other file."""

    place: str
    name: str
    content: bytes


Found = Iterator[FileTrace | Enclosed]


def text_of(content: bytes) -> str:
    """Return bytes as text, in UTF-16 if they are marked so; undecodable bytes are left out."""
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return content.decode("utf-16" if wide else "utf-8", "ignore")


def plain(text: str, ending: str) -> str:
    """Return the text of a file without the escapes of JSON."""
    if ending != ".json":
        return text
    try:
        return "\n".join(_strings(json.loads(text)))
    except (ValueError, RecursionError):
        return text


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def shortened(text: str) -> str:
    """Return a text on one line, cut where it is longer than a message can quote."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_QUOTED_CHARACTERS else f"{line[: MAX_QUOTED_CHARACTERS - 1]}…"


def path_traces(text: str, place: str) -> Iterator[FileTrace]:
    """Yield the paths of a computer that a text names."""
    for found in _PATHS.finditer(_BREAKS.sub(BREAK, text)):
        yield FileTrace("path", shortened(found[0]), place)


def author_trace(name: str | None, place: str) -> Iterator[FileTrace]:
    """Yield the trace of an author, or of a path if the name is one."""
    text = shortened(name or "")
    paths = list(path_traces(text, place))
    yield from paths
    if text and not paths:
        yield FileTrace("author", text, place)


def picture_traces(content: bytes) -> Iterator[FileTrace]:
    """Yield the traces in Exif, XMP and texts of a raster image; its pixels are not examined."""
    try:
        with Image.open(BytesIO(content)) as image:
            info, exif = image.info, image.getexif()
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        yield FileTrace("unreadable", "damaged", "")
        return
    yield from author_trace(exif.get(ARTIST), "Exif Artist")
    named = exif.get(XP_AUTHOR)
    if isinstance(named, bytes):
        yield from author_trace(named.decode("utf-16-le", "ignore").rstrip("\0"), "Exif XPAuthor")
    if exif.get_ifd(IFD.GPSInfo):
        yield FileTrace("position", "", "Exif GPS")
    if THUMBNAIL in exif.get_ifd(IFD.IFD1):
        yield FileTrace("thumbnail", "", "Exif")
    texts: dict[str, object] = {str(key): each for key, each in info.items()}
    texts |= {f"Exif {tag}": each for tag, each in exif.items()}
    for key, value in texts.items():
        text = text_of(value) if isinstance(value, bytes) else value if isinstance(value, str) else ""
        if "xmpmeta" in text:
            yield from xmp_traces(text, "XMP")
        elif key.casefold() in ("author", "creator"):
            yield from author_trace(text, key)
        else:
            yield from path_traces(text, key)


def xmp_traces(text: str, place: str) -> Iterator[FileTrace]:
    """Yield the people, sessions, places and paths that an XMP packet names."""
    yield from path_traces(text, place)
    body = re.sub(r"<\?.*?\?>", "", text, flags=re.DOTALL).strip().strip("\0")
    root = as_xml(body.encode())
    if root is None:
        yield FileTrace("unreadable", "damaged", place)
        return
    for element in root.iter():
        kind = local(element.tag)
        if kind in ("creator", "contributor", "CaptionWriter"):
            for each in ("".join(part.itertext()).strip() for part in [*element.iter()][-1:]):
                yield from author_trace(each, f"{place} {kind}")
        elif kind == "History" and len(element):
            yield FileTrace("revision_id", "xmpMM:History", place)
        elif kind.startswith("GPS"):
            yield FileTrace("position", "", place)
        elif kind == "Thumbnails":
            yield FileTrace("thumbnail", "", place)


def drawing_traces(content: bytes) -> Iterator[FileTrace]:
    """Yield the traces of an SVG's author, and of the place where it was saved."""
    root = as_xml(content)
    if root is None:
        yield FileTrace("unreadable", "damaged", "")
        return
    for element in root.iter():
        kind = local(element.tag)
        for key, value in element.attrib.items():
            yield from path_traces(value, f"{kind} {local(key)}")
        if kind in ("creator", "contributor"):
            yield from author_trace("".join(element.itertext()).strip(), kind)
        else:
            yield from path_traces(element.text or "", kind)


class _Page(HTMLParser):
    """Collects authors and comments of a page, and everything else as text."""

    def __init__(self) -> None:
        super().__init__()
        self.authors: list[str] = []
        self.comments: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the author that a page names in its head."""
        attributes = dict(attrs)
        if tag == "meta" and (attributes.get("name") or "").lower() == "author":
            self.authors.append(attributes.get("content") or "")

    def handle_comment(self, data: str) -> None:
        """Note a comment in the source."""
        self.comments.append(data)


def page_traces(text: str) -> Found:
    """Yield the traces in the source of a web page: authors, comments, paths, and those in its pictures."""
    page = _Page()
    page.feed(text)
    page.close()
    for name in page.authors:
        yield from author_trace(name, "meta author")
    for comment in page.comments:
        yield FileTrace("hidden_text", "", f"<!-- {shortened(comment)[:20]}", shortened(comment))
    yield from path_traces(_DATA.sub("data:", text), "")
    for number, found in enumerate(_DATA.finditer(text), 1):
        ending = _TYPES.get(found[1], f".{found[1]}")
        if ending in (*PICTURES, ".svg"):
            yield Enclosed(f"data:{number}", f"inside{ending}", _data(found[3], bool(found[2])))


def _data(text: str, packed: bool) -> bytes:
    try:
        return b64decode(text) if packed else unquote_to_bytes(text)
    except (NotBase64, ValueError):
        return b""


# PDF


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
    """Yield the people and paths named in the properties, and the contents that no page shows."""
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
    """Yield the trace in an annotation: a comment, a hidden field, or the path to which a link leads."""
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
    """Yield the traces in all streams and dictionaries: XMP, private data, invisible text, pictures."""
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
    """Yield a trace of earlier saved versions; additions of a signature and its proofs do not count."""
    saved = content.count(b"startxref") - pdf.is_linearized
    signed = content.count(b"/ByteRange") + content.count(b"/DSS")
    if saved - signed > 1:
        yield FileTrace("former_version", str(saved - signed - 1), "startxref")
