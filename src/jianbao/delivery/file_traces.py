"""What texts, pictures and pages for the web give away: paths of a computer, who made them, where they were made."""

import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import unquote_to_bytes

from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import IFD

from jianbao.core.limits import as_xml, local

LONGEST = 120  # characters of what is quoted
ARTIST, XP_AUTHOR, THUMBNAIL = 315, 40093, 513  # tags of Exif
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff", ".bmp")
_TYPES = {"svg+xml": ".svg", "jpeg": ".jpg", "html": ".html", "plain": ".txt"}
# A path of Windows may have a space, which ends with its line or quotation; one of a system like Unix ends there.
_PATHS = re.compile(
    r"""file:/{1,3}[^\s"'<>]{2,}"""
    r"""|(?<![A-Za-z0-9/\\])[A-Za-z]:\\{1,2}[^\\/\s"'<>|*?:][^"'<>|*?\r\n\t]*"""
    r"""|(?<![A-Za-z0-9/\\])[A-Za-z]:/(?:Users|Documents and Settings|Windows|Program Files)[^"'<>|*?\r\n\t]*"""
    r"""|(?<![A-Za-z0-9\\])(?:\\\\|\\{4})[\w.-]+\\{1,2}[\w$.][^"'<>|*?\r\n\t]*"""
    r"""|(?<![A-Za-z0-9._~:/%@?&=#\u200b>-])/(?:home|Users|root|tmp|var|private|mnt|Volumes|opt|srv)/[^\s"'<>|]+"""
)
BREAK = "\u200b"  # where an address may be broken: what follows begins no path
_BREAKS = re.compile("<wbr ?/?>|[\u2060\u00ad]")
_DATA = re.compile(r"data:(?:image|text|application)/([\w.+-]+)(?:;[\w=-]+)*?(;base64)?,([^\"')\s>]+)")


@dataclass(frozen=True)
class FileTrace:
    """A trace: its kind, whose or what it is, where in the file it is, and the text that is shown of it."""

    kind: str
    value: str
    place: str
    text: str = ""


@dataclass(frozen=True)
class Enclosed:
    """A file that lies at a place in another one, and is to be looked through like any other."""

    place: str
    name: str
    content: bytes


Found = Iterator[FileTrace | Enclosed]


def text_of(content: bytes) -> str:
    """Return bytes as text, in UTF-16 if they say so; what is no text in them is left out."""
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
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def path_traces(text: str, place: str) -> Iterator[FileTrace]:
    """Yield the paths of a computer that a text names."""
    for found in _PATHS.finditer(_BREAKS.sub(BREAK, text)):
        yield FileTrace("path", shortened(found[0]), place)


def author_trace(name: str | None, place: str) -> Iterator[FileTrace]:
    """Yield the trace of an author, and of a path where the name is one."""
    text = shortened(name or "")
    paths = list(path_traces(text, place))
    yield from paths
    if text and not paths:
        yield FileTrace("author", text, place)


def picture_traces(content: bytes) -> Iterator[FileTrace]:
    """Yield the traces in Exif, XMP and texts of a raster image; its pixels are not looked at."""
    try:
        with Image.open(BytesIO(content)) as image:
            said, exif = image.info, image.getexif()
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
    texts: dict[str, object] = {str(key): each for key, each in said.items()}
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
    """Yield what an SVG says about its author, and where it was saved."""
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
        said = dict(attrs)
        if tag == "meta" and (said.get("name") or "").lower() == "author":
            self.authors.append(said.get("content") or "")

    def handle_comment(self, data: str) -> None:
        """Note a comment in the source."""
        self.comments.append(data)


def page_traces(text: str) -> Found:
    """Yield what a page for the web says in its source: authors, comments, paths, and what its pictures say."""
    page = _Page()
    page.feed(text)
    page.close()
    for name in page.authors:
        yield from author_trace(name, "meta author")
    for said in page.comments:
        yield FileTrace("hidden_text", "", f"<!-- {shortened(said)[:20]}", shortened(said))
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
