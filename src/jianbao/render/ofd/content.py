"""Read the content of a PDF page, operator by operator, as objects of an OFD.

The operators that WeasyPrint writes are supported: text by glyphs, paths, clips, forms and pictures. Any other one is
an error, so that nothing is left out of a page unnoticed. Operators are those of ISO 32000-1, annex A.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from struct import unpack
from typing import Any

import pikepdf

from jianbao.core.errors import Place, Problem, RenderError
from jianbao.core.messages import Translatable, tr, verbatim
from jianbao.render.ofd.geometry import (
    IDENTITY,
    MM,
    Clip,
    Matrix,
    Move,
    Rectangle,
    VectorPath,
    moved,
    rectangle,
    scale,
    times,
)
from jianbao.render.ofd.objects import Drawn, Glyph, GlyphRun, Image, Paint, Shape, TextObject
from jianbao.render.ofd.resources import Character, Font

BLACK = Paint((0, 0, 0))
COLOURS = ("g", "G", "cs", "CS", "sc", "SC", "scn", "SCN", "sh", "k", "K")
SETTING = {"w": "width", "J": "cap", "j": "join", "M": "miter", "Ts": "rise", "Tr": "rendering"}
DRAWING = {"m": "M", "l": "L", "c": "B"}  # the operators of OFD for those of PDF
PAINTING = {"f": "f", "f*": "f*", "S": "s", "B": "fs", "B*": "fs*", "n": ""}
UNSUPPORTED_COLOUR = tr("a gradient, a pattern or a colour beyond sRGB")
Operands = Any  # a list of pikepdf, or of numbers


@dataclass(frozen=True)
class Resources:
    """The fonts and pictures (numbers of OFD resources) of a document, by the number of their object in the PDF."""

    fonts: Mapping[tuple[int, int], Font]
    images: Mapping[tuple[int, int], int]


@dataclass(frozen=True, kw_only=True)
class State:
    """The graphics state of PDF; lengths are in units of the content, not of the page."""

    matrix: Matrix
    clip: Clip
    fill: Paint = BLACK
    stroke: Paint = BLACK
    group: float = 1.0  # opacity of the group that is being drawn
    width: float = 1.0
    cap: int = 0
    join: int = 0
    miter: float = 10.0
    dashes: tuple[float, ...] = ()
    dash_start: float = 0.0
    font: Font | None = None
    size: float = 0.0
    rise: float = 0.0
    rendering: int = 0


def _refused(what: Translatable) -> RenderError:
    """Return the error for something on a page that OFD cannot represent."""
    hint = tr("leave this product out of the outline, or take it out of the page's style or picture")
    return RenderError(Problem(Place("OFD"), tr("the page has {what}, which is not written as OFD", what=what), hint))


def read_page(page: pikepdf.Page, resources: Resources) -> tuple[Rectangle, tuple[Drawn, ...]]:
    """Return a page's area in mm, its corner at 0, and its objects in the order in which they are drawn."""
    left, low, right, high = (float(edge) for edge in page.mediabox)
    sheet = 0.0, 0.0, (right - left) * MM, (high - low) * MM
    upside_down = MM, 0.0, 0.0, -MM, -left * MM, high * MM
    reader = _ContentReader(resources=resources, state=State(matrix=upside_down, clip=Clip(sheet)))
    reader.read(page.obj, page.obj.get("/Resources", pikepdf.Dictionary()))
    return sheet, tuple(reader.drawn)


@dataclass(kw_only=True)
class _ContentReader:
    """Reads content: the objects drawn so far, and the state for the next operator.

    `saved` is the stack of states, `marks` that of marked content; `moves` is the path, `cut` the rule of a clip that
    follows it; `line` is the text matrix, `run` the glyphs of a text object; `names` are the resources.
    """

    resources: Resources
    state: State
    drawn: list[Drawn] = field(default_factory=list)
    saved: list[State] = field(default_factory=list)
    marks: list[int | None] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    cut: str = ""
    line: Matrix = IDENTITY
    run: GlyphRun = field(default_factory=GlyphRun)
    names: pikepdf.Object = field(default_factory=pikepdf.Dictionary)

    def read(self, content: pikepdf.Object, names: pikepdf.Object) -> None:
        """Read the content of a page or form; `names` are its resources."""
        outer, self.names = self.names, names
        for each in pikepdf.parse_content_stream(content):
            operator = str(each.operator)
            if operator not in OPERATORS:
                raise _refused(UNSUPPORTED_COLOUR if operator in COLOURS else verbatim(f"'{operator}'"))
            if operator not in TEXT_OPERATORS:
                self.flush()
            OPERATORS[operator](self, each.operands)
        self.names = outer

    @property
    def mark(self) -> int | None:
        """Return the number of the innermost marked content that has one."""
        return next((mark for mark in reversed(self.marks) if mark is not None), None)

    # Graphics state

    def save(self, _: Operands) -> None:
        self.saved.append(self.state)

    def restore(self, _: Operands) -> None:
        self.state = self.saved.pop()

    def transform(self, operands: Operands) -> None:
        self.state = replace(self.state, matrix=times(_matrix(operands), self.state.matrix))

    def set_field(self, name: str, operands: Operands) -> None:
        self.state = replace(self.state, **{name: type(getattr(self.state, name))(operands[0])})

    def dash(self, operands: Operands) -> None:
        self.state = replace(self.state, dashes=tuple(map(float, operands[0])), dash_start=float(operands[1]))

    def colour(self, name: str, operands: Operands) -> None:
        red, green, blue = (round(float(value) * 255) for value in operands)
        self._set_paint(name, replace(getattr(self.state, name), colour=(red, green, blue)))

    def _set_paint(self, name: str, paint: Paint) -> None:
        if paint != getattr(self.state, name):
            self.state = replace(self.state, fill=paint) if name == "fill" else replace(self.state, stroke=paint)

    def look_up(self, operands: Operands) -> None:
        """Set opacities from an extended graphics state."""
        for key, value in self.names.ExtGState[operands[0]].items():
            if key in ("/ca", "/CA"):
                name = "fill" if key == "/ca" else "stroke"
                self._set_paint(name, replace(getattr(self.state, name), opacity=float(value)))
            elif (key, str(value)) not in (("/SMask", "/None"), ("/BM", "/Normal"), ("/Type", "/ExtGState")):
                raise _refused(verbatim(f"'{key[1:]}'"))

    def begin_mark(self, operands: Operands) -> None:
        given = operands[1] if len(operands) > 1 else None
        self.marks.append(int(given["/MCID"]) if isinstance(given, pikepdf.Dictionary) and "/MCID" in given else None)

    def end_mark(self, _: Operands) -> None:
        self.marks.pop()

    # Paths

    def add(self, operator: str, operands: Operands) -> None:
        values = list(map(float, operands))
        points = list(zip(values[::2], values[1::2], strict=True))
        if operator == "M" and self.moves and self.moves[-1][0] == "M":  # nothing begins there
            self.moves.pop()
        self.moves.append((operator, tuple(moved(point, self.state.matrix) for point in points)))

    def close(self, _: Operands) -> None:
        self.moves.append(("C", ()))

    def add_rectangle(self, operands: Operands) -> None:
        x, y, width, height = map(float, operands)
        for operator, point in (("M", (x, y)), ("L", (x + width, y)), ("L", (x + width, y + height))):
            self.add(operator, point)
        self.add("L", (x, y + height))
        self.close(())

    def cut_later(self, rule: str, _: Operands) -> None:
        self.cut = rule

    def paint(self, how: str, _: Operands) -> None:
        """Fill ("f") or stroke ("s") the path, with "*" by the even-odd rule; then clip with it if requested."""
        if self.moves and self.moves[-1][0] == "M":
            self.moves.pop()
        outline = VectorPath(tuple(self.moves), even_odd="*" in how)
        if self.moves:  # one object to fill and one to stroke, as readers differ in the order of the two
            self.drawn.extend(self._shape(outline, act) for act in "fs" if act in how)
        if self.cut and self.moves:
            cut = replace(outline, even_odd=self.cut == "W*")
            self.state = replace(self.state, clip=self.state.clip.cut(cut))
        self.moves, self.cut = [], ""

    def _shape(self, outline: VectorPath, how: str) -> Shape:
        state, factor = self.state, scale(self.state.matrix)
        return Shape(
            outline=outline,
            fill=self._paint(state.fill) if "f" in how else None,
            stroke=self._paint(state.stroke) if "s" in how else None,
            width=state.width * factor,
            cap=state.cap,
            join=state.join,
            miter=state.miter,
            dashes=tuple(dash * factor for dash in state.dashes),
            dash_start=state.dash_start * factor,
            clip=state.clip,
            mark=self.mark,
        )

    def _paint(self, paint: Paint) -> Paint:
        return replace(paint, opacity=paint.opacity * self.state.group)

    # Text

    def begin_line(self, _: Operands) -> None:
        self.line = IDENTITY

    def place_text(self, operands: Operands) -> None:
        self.line = _matrix(operands)

    def choose_font(self, operands: Operands) -> None:
        font = self.resources.fonts[self.names.Font[operands[0]].objgen]
        self.state = replace(self.state, font=font, size=float(operands[1]))

    def show(self, operands: Operands) -> None:
        font, size = self.state.font, self.state.size
        if font is None:
            raise _refused(verbatim("'Tj'"))
        a, b, c, d, e, f = times((1, 0, 0, 1, 0, self.state.rise), times(self.line, self.state.matrix))
        if not self.run.continues((a * size, b * size, c * size, d * size), (e, f)):
            self.flush()
            self.run.turn = (a * size, b * size, c * size, d * size)
        along = 0.0
        for each in operands[0] if isinstance(operands[0], pikepdf.Array) else (operands[0],):
            if not isinstance(each, pikepdf.String):
                along -= float(each) / 1000 * size
                continue
            codes = bytes(each)
            for number in unpack(f">{len(codes) // 2}H", codes):
                character = font.character(number)
                self._add(Glyph(number, character.text, (e + along * a, f + along * b), character.known), character)
                along += character.width * size
        self.line = times((1, 0, 0, 1, along, 0), self.line)

    def _add(self, glyph: Glyph, character: Character) -> None:
        """Add a glyph to the run. A run does not begin with a space, which some readers leave out."""
        alone = character.alone or (not self.run.glyphs and glyph.text.isspace())
        if alone:
            self.flush()
        self.run.glyphs.append(glyph)
        if alone:
            self.flush()

    def flush(self) -> None:
        """Add the gathered glyphs to the page as a text object."""
        if not self.run.glyphs:
            return
        if self.state.rendering != 0:
            raise _refused(verbatim(f"'Tr {self.state.rendering}'"))
        size, turn, glyphs = self.run.take()
        self.drawn.append(
            TextObject(
                font=self.state.font.identity if self.state.font else 0,
                size=size,
                turn=turn,
                glyphs=glyphs,
                paint=self._paint(self.state.fill),
                clip=self.state.clip,
                mark=self.mark,
            )
        )

    # Forms and pictures

    def draw(self, operands: Operands) -> None:
        drawn = self.names.XObject[operands[0]]
        if drawn.Subtype == "/Form":
            self._draw_form(drawn)
        elif drawn.objgen in self.resources.images:
            a, b, c, d, e, f = self.state.matrix
            self.drawn.append(
                Image(
                    resource=self.resources.images[drawn.objgen],
                    matrix=(a, b, -c, -d, e + c, f + d),
                    opacity=self.state.fill.opacity * self.state.group,
                    clip=self.state.clip,
                    mark=self.mark,
                )
            )

    def _draw_form(self, form: pikepdf.Object) -> None:
        self.save(())
        if "/Matrix" in form:
            self.transform(list(form.Matrix))
        left, low, right, high = map(float, form.BBox)
        corners = rectangle((left, low, right, high)).moves
        box = tuple(
            (operator, tuple(moved(point, self.state.matrix) for point in points)) for operator, points in corners
        )
        group = self.state.group * (self.state.fill.opacity if "/Group" in form else 1.0)
        self.state = replace(self.state, clip=self.state.clip.cut(VectorPath(box)), group=group)
        if "/Group" in form:
            for name in ("fill", "stroke"):
                self._set_paint(name, replace(getattr(self.state, name), opacity=1.0))
        self.read(form, form.get("/Resources", self.names))
        self.restore(())


def _matrix(operands: Operands) -> Matrix:
    a, b, c, d, e, f = map(float, operands)
    return a, b, c, d, e, f


def _named(
    do: Callable[[_ContentReader, str, Operands], None], name: str
) -> Callable[[_ContentReader, Operands], None]:
    return lambda reader, operands: do(reader, name, operands)


OPERATORS: Mapping[str, Callable[[_ContentReader, Operands], None]] = {
    "q": _ContentReader.save,
    "Q": _ContentReader.restore,
    "cm": _ContentReader.transform,
    **{operator: _named(_ContentReader.set_field, field_name) for operator, field_name in SETTING.items()},
    "d": _ContentReader.dash,
    "gs": _ContentReader.look_up,
    "rg": _named(_ContentReader.colour, "fill"),
    "RG": _named(_ContentReader.colour, "stroke"),
    "BMC": _ContentReader.begin_mark,
    "BDC": _ContentReader.begin_mark,
    "EMC": _ContentReader.end_mark,
    **{operator: _named(_ContentReader.add, move) for operator, move in DRAWING.items()},
    "h": _ContentReader.close,
    "re": _ContentReader.add_rectangle,
    "W": _named(_ContentReader.cut_later, "W"),
    "W*": _named(_ContentReader.cut_later, "W*"),
    **{operator: _named(_ContentReader.paint, how) for operator, how in PAINTING.items()},
    "BT": _ContentReader.begin_line,
    "ET": _ContentReader.begin_line,
    "Tf": _ContentReader.choose_font,
    "Tm": _ContentReader.place_text,
    "Tj": _ContentReader.show,
    "TJ": _ContentReader.show,
    "Do": _ContentReader.draw,
}
TEXT_OPERATORS = {"Tj", "TJ", "Tm"}  # the operators that continue a run; all others end it
