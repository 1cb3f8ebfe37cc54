"""Check the logo of the theme: an SVG or PNG that contains nothing but a drawing."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from xml.parsers.expat import ExpatError, ParserCreate, errors

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import XML_FAULTS, Translatable, tr, tr_error, tr_foreign

LOGO = "logo"  # the key of the phrase that describes it
LARGEST = 300 << 10  # bytes
SIDE = 4096  # pixels of a PNG
DEEPEST = 50  # levels of nested elements
MAX_SHOWN_PARTS = 1000  # parts of the drawing that references may show in total, nested references included
REFERRING = ("href", "src", "base")  # attributes that may name another file
PNG = b"\x89PNG\r\n\x1a\n"
EMBEDDED = "data:image/png;base64,"
KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
SVG = "http://www.w3.org/2000/svg"
SHAPES = (
    *("svg", "g", "defs", "symbol", "use", "switch", "title", "desc", "metadata", "style", "view", "image"),
    *("path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath"),
    *("linearGradient", "radialGradient", "stop", "pattern", "clipPath", "mask", "marker"),
)
# Metadata of drawing programs, which is not displayed.
NOTES = (
    *("http://sodipodi.sourceforge.net/", "http://www.inkscape.org/", "http://ns.adobe.com/"),
    *("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://purl.org/dc/", "http://creativecommons.org/ns#"),
)
_MOVING = re.compile(r"animation(-[a-z]+)?\s*:|transition(-[a-z]+)?\s*:|@(-[a-z]+-)?keyframes", re.IGNORECASE)
_OUTSIDE = re.compile(r"url\(\s*['\"]?(?!#)|@import|\\", re.IGNORECASE)  # a backslash may hide one of these
_WITHIN = re.compile(r"url\(\s*['\"]?#([^'\")]*)", re.IGNORECASE)


@dataclass(frozen=True)
class Logo:
    """A logo: the name of its file and its content."""

    file: str
    content: bytes

    @property
    def kind(self) -> str:
        """Return its media type by the suffix of its name, "" for neither SVG nor PNG."""
        return next((kind for suffix, kind in KINDS.items() if self.file.lower().endswith(suffix)), "")

    @property
    def address(self) -> str:
        """Return the logo as a data URL."""
        return f"data:{self.kind};base64,{b64encode(self.content).decode()}"


class _RefusedError(ValueError):
    """The drawing is refused without reading on."""


def check_logo(logo: Logo, problems: Problems) -> None:
    """Add a problem for each fault of a logo: it is not a picture, is too large, moves, or refers to other files."""
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
        _Drawing(logo.file, problems).read(logo.content)
    elif not logo.kind or not logo.content.startswith(PNG):
        problems.append(Problem(where, tr("the logo is neither SVG nor PNG"), tr("save it as one of these")))
    elif not is_small(logo.content):
        problems.append(
            Problem(where, tr("the logo has too many pixels"), tr("{side} on a side are the most", side=SIDE))
        )


def is_small(content: bytes) -> bool:
    """Return whether a file is a PNG of at most SIDE pixels in width and height."""
    width, height = (int.from_bytes(content[place : place + 4], "big") for place in (16, 20))
    return content.startswith(PNG) and content[12:16] == b"IHDR" and 0 < width <= SIDE and 0 < height <= SIDE


class _Drawing:
    """Reads an SVG and reports what is not allowed in it.

    `shown_by` has for each part by id ("" for the root) the ids of the parts that it shows by reference.
    """

    def __init__(self, file: str, problems: Problems) -> None:
        self.file, self.problems = file, problems
        self.open_ids: list[str] = []
        self.shown_by: dict[str, list[str]] = {"": []}
        self.gradients, self.styled = set[str](), set[str]()
        self.parser = ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler, self.parser.EndElementHandler = (self.begin, lambda _: self.open_ids.pop())
        self.parser.StartDoctypeDeclHandler, self.parser.ProcessingInstructionHandler = (self.refuse, self.instruction)
        self.parser.CharacterDataHandler, self.parser.buffer_text = self.check_style, True  # each text is one call

    def read(self, content: bytes) -> None:
        """Check a drawing; add a problem for all that is not XML or not allowed."""
        try:
            self.parser.Parse(content, True)
            if self.count("") > MAX_SHOWN_PARTS or not self.gradients >= self.styled:
                most = MAX_SHOWN_PARTS
                self.add(tr("parts of the logo are shown more than {most} times, or inside themselves", most=most), 0)
        except _RefusedError as refused:
            self.add(tr_error(refused))
        except (ExpatError, ValueError, LookupError) as fault:  # ValueError and LookupError for an unknown encoding
            line, code = getattr(fault, "lineno", 0), getattr(fault, "code", 0)
            said = tr_foreign(errors.messages.get(code, str(fault)), XML_FAULTS)
            what = tr("the logo is not SVG: {error}", error=said)
            self.problems.append(Problem(Place(self.file, line), what))

    def add(self, what: Translatable, line: int | None = None) -> None:
        place = Place(self.file, self.parser.CurrentLineNumber if line is None else line)
        self.problems.append(Problem(place, what, tr("a logo may only have shapes")))

    def begin(self, element: str, attributes: dict[str, str]) -> None:
        if not self.open_ids and element.rpartition(" ")[2] != "svg":
            raise _RefusedError(tr("the logo is not SVG: it begins with '{root}'", root=element))
        for what in _faults(element, attributes):
            self.add(tr("{what} in the logo", what=what))
        self.open_ids.append(attributes.get("id", ""))
        if len(self.open_ids) > DEEPEST:
            raise _RefusedError(tr("elements in the logo are nested more than {most} deep", most=DEEPEST))
        self.gradients |= {self.open_ids[-1]} if element.endswith("Gradient") else set()
        for part in {"", *self.open_ids}:
            self.shown_by.setdefault(part, []).extend(_shown(attributes))

    def refuse(self, *_: object) -> None:
        raise _RefusedError(tr("a DOCTYPE in the logo"))

    def instruction(self, target: str, _: str) -> None:
        self.add(tr("an instruction '<?{target}' in the logo", target=target))

    def check_style(self, text: str) -> None:
        self.styled |= {*_WITHIN.findall(text)}
        if _OUTSIDE.search(text):
            self.add(tr("a style that reads another file"))
        if _MOVING.search(text):
            self.add(tr("a style that moves what is in the logo"))

    def count(self, part: str, inside: tuple[str, ...] = ()) -> int:
        """Return how many parts are shown, with nested ones, to show this one; more than MAX_SHOWN_PARTS if endless."""
        total = 0
        for other in self.shown_by.get(part, ()):
            endless = other in inside or len(inside) > DEEPEST
            total += MAX_SHOWN_PARTS + 1 if endless else 1 + self.count(other, (*inside, other))
            if total > MAX_SHOWN_PARTS:
                break
        return total


def _shown(attributes: dict[str, str]) -> list[str]:
    """Return the ids of the parts of the drawing that an element refers to."""
    links = [value[1:] for key, value in attributes.items() if key.rpartition(" ")[2] == "href" and value[:1] == "#"]
    return [*links, *(part for value in attributes.values() for part in _WITHIN.findall(value))]


def _faults(element: str, attributes: dict[str, str]) -> list[Translatable]:
    space, _, local = element.rpartition(" ")
    known = local in SHAPES if space in ("", SVG) else space.startswith(NOTES)
    found = [] if known else [tr("the element <{name}>", name=local)]
    for key, value in attributes.items():
        name = key.rpartition(" ")[2].lower()
        if name.startswith("on"):
            found.append(tr("the attribute '{name}'", name=name))
        elif name in ("href", "src") and value.startswith(EMBEDDED):
            found += [] if _is_picture(value) else [tr("a picture that is not a PNG or too large")]
        elif name in REFERRING and not value.startswith("#"):
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
