"""The emblem on the first page: a drawing of the workspace, refused if it could do more than be seen."""

import re
from base64 import b64encode
from dataclasses import dataclass
from xml.parsers.expat import ExpatError, ParserCreate, errors

from jianbao.documents import Problems
from jianbao.errors import Place, Problem

LARGEST = 300 << 10  # bytes
PNG = b"\x89PNG\r\n\x1a\n"
KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
ACTIVE = ("script", "foreignObject", "iframe", "audio", "video", "animate", "set", "handler")
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#)|@import", re.IGNORECASE)


@dataclass(frozen=True)
class Emblem:
    """The emblem by its file, and what is in it."""

    file: str
    content: bytes

    @property
    def kind(self) -> str:
        """Return its media type, "" if it is neither SVG nor PNG by its name."""
        return next((kind for suffix, kind in KINDS.items() if self.file.lower().endswith(suffix)), "")

    @property
    def address(self) -> str:
        """Return it as an address that holds it, so that the page needs no file."""
        return f"data:{self.kind};base64,{b64encode(self.content).decode()}"


def check_emblem(emblem: Emblem, problems: Problems) -> None:
    """Add a problem for an emblem that is no picture, too large, or not made of itself alone."""
    where = Place(emblem.file)
    if len(emblem.content) > LARGEST:
        problems.append(Problem(where, f"the logo has {len(emblem.content):,} bytes", f"{LARGEST:,} are enough"))
    if not emblem.kind or (emblem.kind == KINDS[".png"] and not emblem.content.startswith(PNG)):
        problems.append(Problem(where, "the logo is no SVG and no PNG", "save it as one of these"))
    if emblem.kind == KINDS[".svg"]:
        _check_drawing(emblem.content, where, problems)


def _check_drawing(content: bytes, where: Place, problems: Problems) -> None:
    """Read the drawing as XML, without entities, and look at each element."""
    parser = ParserCreate(namespace_separator=" ")
    roots: list[str] = []

    def begin(element: str, attributes: dict[str, str]) -> None:
        roots.append(element)
        for what in _faults(element.rpartition(" ")[2], attributes):
            hint = "a logo is made of shapes alone"
            problems.append(Problem(Place(where.file, parser.CurrentLineNumber), f"{what} in the logo", hint))

    def declare(*_: object) -> None:
        problems.append(Problem(Place(where.file, parser.CurrentLineNumber), "a DOCTYPE in the logo", "delete it"))

    def say(text: str) -> None:
        if _OUTSIDE.search(text):
            problems.append(Problem(Place(where.file, parser.CurrentLineNumber), "a style that reads another file"))

    parser.StartElementHandler, parser.StartDoctypeDeclHandler, parser.CharacterDataHandler = begin, declare, say
    try:
        parser.Parse(content, True)
    except ExpatError as fault:
        problems.append(Problem(Place(where.file, fault.lineno), f"the logo is not SVG: {errors.messages[fault.code]}"))
        return
    if roots[0].rpartition(" ")[2] != "svg":
        problems.append(Problem(where, f"the logo is not SVG: it begins with '{roots[0]}'"))


def _faults(element: str, attributes: dict[str, str]) -> list[str]:
    found = [f"'<{element}>'"] if element in ACTIVE else []
    for key, value in attributes.items():
        name = key.rpartition(" ")[2].lower()
        if name.startswith("on"):
            found.append(f"'{name}'")
        elif name in ("href", "src") and not value.startswith(("#", "data:image/png;base64,")):
            found.append(f"a reference to '{value[:60]}'")
        elif _OUTSIDE.search(value):
            found.append(f"a reference in '{value[:60]}'")
    return found
