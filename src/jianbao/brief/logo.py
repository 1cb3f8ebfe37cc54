"""The logo of the theme, refused if it is more than a picture."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType, errors

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, verbatim

LOGO = "logo"  # the words that describe it
LARGEST = 300 << 10  # bytes
SIDE = 4096  # pixels of a PNG
DEEPEST = 50  # elements in each other
SHOWN = 1000  # times that parts of the drawing are shown by a reference to them, references in them counted
PNG = b"\x89PNG\r\n\x1a\n"
EMBEDDED = "data:image/png;base64,"
KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
SVG = "http://www.w3.org/2000/svg"
SHAPES = (
    *("svg", "g", "defs", "symbol", "use", "switch", "title", "desc", "metadata", "style", "view", "image"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath"),
    *("linearGradient", "radialGradient", "stop", "pattern", "clipPath", "mask", "marker"),
)
# What drawing programs note for themselves, which nobody shows.
NOTES = (
    *("http://sodipodi.sourceforge.net/", "http://www.inkscape.org/", "http://ns.adobe.com/"),
    *("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://purl.org/dc/", "http://creativecommons.org/ns#"),
)
_MOVING = re.compile(r"animation(-[a-z]+)?\s*:|transition(-[a-z]+)?\s*:|@(-[a-z]+-)?keyframes", re.IGNORECASE)
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#)|@import|\\", re.IGNORECASE)  # a backslash may spell any of these
_WITHIN = re.compile(r"url\(\s*['\"]?#([^'\")]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Logo:
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


@dataclass(kw_only=True)
class _Drawing:
    """What is found in a drawing as it is read: which part (by its id, "" for the whole) shows which others."""

    where: Place
    problems: Problems
    root: str = ""
    open: list[str] = field(default_factory=list)
    shows: dict[str, list[str]] = field(default_factory=lambda: {"": []})
    gradients: set[str] = field(default_factory=set)
    styled: list[str] = field(default_factory=list)

    def tell(self, line: int, what: Translatable) -> None:
        self.problems.append(Problem(Place(self.where.file, line), what, tr("a logo may only have shapes")))

    def times(self, part: str, inside: tuple[str, ...] = ()) -> int:
        """Return how often parts are shown in all for this one to be shown; more than SHOWN if it is in itself."""
        total = 0
        for other in self.shows.get(part, ()):
            endless = other in inside or len(inside) > DEEPEST
            total += SHOWN + 1 if endless else 1 + self.times(other, (*inside, other))
            if total > SHOWN:
                break
        return total


class _RefusedError(Exception):
    """Reading ends here: what follows could take long."""


def check_logo(logo: Logo, problems: Problems) -> None:
    """Add a problem for an emblem that is no picture, too large, or not made of itself alone."""
    where = Place(logo.file)
    if len(logo.content) > LARGEST:
        problems.append(
            Problem(
                where,
                tr("the logo has {size:,} bytes", size=len(logo.content)),
                tr("{most:,} are enough", most=LARGEST),
            )
        )
    elif logo.kind == KINDS[".svg"]:
        _check_drawing(logo.content, where, problems)
    elif not logo.kind or not logo.content.startswith(PNG):
        problems.append(Problem(where, tr("the logo is neither SVG nor PNG"), tr("save it as one of these")))
    elif not is_small(logo.content):
        problems.append(
            Problem(where, tr("the logo has too many pixels"), tr("{side} on a side are the most", side=SIDE))
        )


def is_small(content: bytes) -> bool:
    """Say whether a PNG begins as one and has few enough pixels to be unpacked."""
    width, height = (int.from_bytes(content[place : place + 4], "big") for place in (16, 20))
    return content.startswith(PNG) and content[12:16] == b"IHDR" and 0 < width <= SIDE and 0 < height <= SIDE


def _check_drawing(content: bytes, where: Place, problems: Problems) -> None:
    """Read the drawing as XML, without entities, and look at each element."""
    parser = ParserCreate(namespace_separator=" ")
    drawing = _Drawing(where=where, problems=problems)

    def begin(element: str, attributes: dict[str, str]) -> None:
        drawing.root = drawing.root or element
        for what in _faults(element, attributes):
            drawing.tell(parser.CurrentLineNumber, tr("{what} in the logo", what=what))
        drawing.open.append(attributes.get("id", ""))
        if element.endswith("Gradient"):
            drawing.gradients.add(drawing.open[-1])
        if len(drawing.open) > DEEPEST:
            drawing.tell(
                parser.CurrentLineNumber, tr("elements in the logo are nested more than {most} deep", most=DEEPEST)
            )
            raise _RefusedError
        for part in {"", *drawing.open}:
            drawing.shows.setdefault(part, []).extend(_shown(attributes))

    def declare(*_: object) -> None:
        drawing.tell(parser.CurrentLineNumber, tr("a DOCTYPE in the logo"))
        raise _RefusedError

    def say(text: str) -> None:
        drawing.styled += _WITHIN.findall(text)
        if _OUTSIDE.search(text):
            drawing.tell(parser.CurrentLineNumber, tr("a style that reads another file"))
        if _MOVING.search(text):
            drawing.tell(parser.CurrentLineNumber, tr("a style that moves what is in the logo"))

    def instruct(target: str, _: str) -> None:
        drawing.tell(parser.CurrentLineNumber, tr("an instruction '<?{target}' in the logo", target=target))

    parser.ProcessingInstructionHandler = instruct
    parser.StartElementHandler, parser.StartDoctypeDeclHandler, parser.CharacterDataHandler = begin, declare, say
    parser.EndElementHandler = lambda _: drawing.open.pop()
    parser.buffer_text = True  # so that a word does not come in two pieces
    if not _is_parsed(parser, content, where, problems):
        return
    if drawing.root.rpartition(" ")[2] != "svg":
        problems.append(Problem(where, tr("the logo is not SVG: it begins with '{root}'", root=drawing.root)))
    if drawing.times("") > SHOWN or not drawing.gradients.issuperset(drawing.styled):
        drawing.tell(0, tr("parts of the logo are shown more than {most} times, or inside themselves", most=SHOWN))


def _is_parsed(parser: XMLParserType, content: bytes, where: Place, problems: Problems) -> bool:
    """Read a drawing to its end and say whether that worked; what is no XML is a problem."""
    try:
        parser.Parse(content, True)
    except _RefusedError:
        return False
    except (ExpatError, ValueError, LookupError) as fault:  # the latter two: an encoding that Python cannot read
        line, code = getattr(fault, "lineno", 0), getattr(fault, "code", 0)
        what = tr("the logo is not SVG: {error}", error=errors.messages.get(code, fault))
        problems.append(Problem(Place(where.file, line), what))
        return False
    return True


def _shown(attributes: dict[str, str]) -> list[str]:
    """Return the ids of the parts of the drawing that an element refers to."""
    links = [value[1:] for key, value in attributes.items() if key.rpartition(" ")[2] == "href" and value[:1] == "#"]
    return [*links, *(part for value in attributes.values() for part in _WITHIN.findall(value))]


def _faults(element: str, attributes: dict[str, str]) -> list[Translatable]:
    space, _, local = element.rpartition(" ")
    known = local in SHAPES if space in ("", SVG) else space.startswith(NOTES)
    found = [] if known else [verbatim(f"'<{local}>'")]
    for key, value in attributes.items():
        name = key.rpartition(" ")[2].lower()
        if name.startswith("on"):
            found.append(verbatim(f"'{name}'"))
        elif name in ("href", "src") and value.startswith(EMBEDDED):
            found += [] if _is_picture(value) else [tr("a picture that is not a PNG or too large")]
        elif name in ("href", "src") and not value.startswith("#"):
            found.append(tr("a reference to '{address}'", address=value[:60]))
        elif _OUTSIDE.search(value):
            found.append(tr("a reference in '{style}'", style=value[:60]))
        elif _MOVING.search(value):
            found.append(tr("movement in '{style}'", style=value[:60]))
    return found


def _is_picture(address: str) -> bool:
    try:
        return is_small(b64decode(address.removeprefix(EMBEDDED)))
    except ValueError:
        return False
