"""Draw a figure by the chart of its kind, make its labels fit, and export it as SVG with real text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import combinations
from math import hypot

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch, Polygon, Rectangle
from matplotlib.text import Text as Letters

from jianbao.charts.award import award, overlap
from jianbao.charts.bars import bars, leverage, sensitivity
from jianbao.charts.change import change
from jianbao.charts.compass import compass
from jianbao.charts.contributions import contributions
from jianbao.charts.label_placement import APART
from jianbao.charts.league import league
from jianbao.charts.lines import growth, lines
from jianbao.charts.matrix import matrix
from jianbao.charts.peers import peers
from jianbao.charts.scorecard import scorecard
from jianbao.charts.shapes import (
    MIDDLE,
    AreaShape,
    BoxShape,
    Dot,
    Frame,
    LineShape,
    Mark,
    Plot,
    Ring,
    TextShape,
    bounds,
    moved,
    stacked,
)
from jianbao.charts.spec import FigureSpec, Size, Words
from jianbao.charts.style import Palette, Pen
from jianbao.charts.text_metrics import MM_PER_POINT, FontMetricsList, line_height
from jianbao.charts.timeline import timeline
from jianbao.charts.trend import trend
from jianbao.core.errors import Place, Problem, RenderError, raise_all
from jianbao.core.messages import tr
from jianbao.data.facts import Ledger

SHAPES = {"circle": "o", "diamond": "D", "square": "s"}
NO_METADATA = {"Creator": None, "Date": None, "Format": None, "Type": None}
MM_PER_INCH = 25.4
OTHERWISE = "sans-serif"  # for an SVG that is opened by itself, without the fonts of the page


@dataclass(frozen=True)
class ChartImage:
    """A drawn figure: SVG, its size on the page, and the ids of the facts that it shows."""

    svg: bytes
    width_mm: float
    height_mm: float
    facts: tuple[str, ...] = ()


class _RealText(Letters):
    """A text written at its position, measured with the page's fonts instead of matplotlib's."""

    def draw(self, renderer: RendererBase) -> None:
        x, y = self.get_transform().transform(self.get_unitless_position())
        _, height = renderer.get_canvas_width_height()
        context = renderer.new_gc()
        context.set_foreground(self.get_color())
        text, font = self.get_text(), self.get_fontproperties()
        renderer.draw_text(context, x, height - y, s=text, prop=font, angle=0, mtext=self)
        context.restore()


def export(plot: Plot, faces: FontMetricsList) -> ChartImage:
    """Return the plot as SVG, at its final size, so that sizes in points are true on paper."""
    figure = Figure(figsize=(plot.width / MM_PER_INCH, plot.height / MM_PER_INCH))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set(xlim=(0.0, plot.width), ylim=(plot.height, 0.0))
    figure.patch.set_visible(False)
    for layer, mark in enumerate(plot.marks):
        _add_mark(axes, mark, layer, faces)
    written = BytesIO()
    # A fixed salt for ids; and "sans-serif" as that word, not as the fonts that matplotlib would choose.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "jianbao", "path.simplify": False, "font.sans-serif": []}):
        figure.savefig(written, format="svg", metadata=NO_METADATA)
    return ChartImage(written.getvalue(), plot.width, plot.height, plot.facts)


def _add_mark(axes: Axes, mark: Mark, layer: int, faces: FontMetricsList) -> None:
    artist = _text(mark, faces) if isinstance(mark, TextShape) else _shape(mark)
    artist.set_zorder(layer)
    artist.set_clip_on(False)
    axes.add_artist(artist)


def _text(mark: TextShape, faces: FontMetricsList) -> Letters:
    font = FontProperties(
        family=[*faces.families(mark.text), OTHERWISE], size=mark.size, weight=700 if mark.bold else 400
    )
    anchor = {"start": "left", "middle": "center", "end": "right"}[mark.anchor]
    return _RealText(mark.x, mark.y, mark.text, color=mark.colour, ha=anchor, va="baseline", fontproperties=font)


def _shape(mark: LineShape | AreaShape | BoxShape | Dot | Ring) -> Line2D | Patch:
    if isinstance(mark, LineShape):
        across, down = zip(*mark.points, strict=True)
        dashes = (0, mark.dash) if mark.dash else "-"
        return Line2D(across, down, color=mark.colour, lw=mark.width, ls=dashes, solid_capstyle="butt")
    if isinstance(mark, Dot):
        edge = mark.edge or mark.fill
        size = mark.size / MM_PER_POINT * (0.86 if mark.shape in ("diamond", "square") else 1.0)
        return Line2D(
            [mark.x],
            [mark.y],
            ls="",
            marker=SHAPES[mark.shape],
            ms=size,
            mfc=mark.fill or "none",
            mec=edge,
            mew=mark.width,
        )
    if isinstance(mark, Ring):
        return Circle((mark.x, mark.y), mark.radius, fc="none", ec=mark.colour, lw=mark.width)
    if isinstance(mark, AreaShape):
        return Polygon(mark.points, closed=True, fc=mark.fill, ec="none", lw=0.0)
    frame, width = mark.frame, mark.width if mark.edge else 0.0
    corner, wide, high = (frame.left, frame.top), frame.right - frame.left, frame.bottom - frame.top
    return Rectangle(corner, wide, high, fc=mark.fill or "none", ec=mark.edge or "none", lw=width)


def check_chart_text(plot: Plot, faces: FontMetricsList, where: Place) -> tuple[Problem, ...]:
    """Return a problem for each text that runs over the edge, overlaps another, or has a character that no font has."""
    texts = [mark for mark in plot.marks if isinstance(mark, TextShape)]
    return (*_cut_off(texts, plot, faces, where), *_overlaps(texts, faces, where), *_no_glyph(texts, faces, where))


def _cut_off(texts: Iterable[TextShape], plot: Plot, faces: FontMetricsList, where: Place) -> Iterable[Problem]:
    sheet = Frame(-0.05, -0.05, plot.width + 0.05, plot.height + 0.05)
    for text in texts:
        if not text.frame(faces).inside(sheet):
            yield Problem(
                where,
                tr("the label '{text}' runs off the figure", text=text.text),
                tr("give the figure more width, or delete its line `figure:` in templates/wording"),
            )


def _overlaps(texts: Iterable[TextShape], faces: FontMetricsList, where: Place) -> Iterable[Problem]:
    framed = [(text.text, text.frame(faces)) for text in texts]
    for (one, frame), (other, second) in combinations(framed, 2):
        if frame.meets(second):
            yield Problem(
                where,
                tr("the labels '{one}' and '{other}' overlap", one=one, other=other),
                tr("give the figure more width, or delete its line `figure:` in templates/wording"),
            )


def _no_glyph(texts: Iterable[TextShape], faces: FontMetricsList, where: Place) -> Iterable[Problem]:
    for text in texts:
        if lacking := faces.lacking(text.text, text.bold):
            yield Problem(
                where,
                tr("no font has '{lacking}' of the label '{text}'", lacking=lacking, text=text.text),
                tr("add a font that has it"),
            )


STEP, FARTHEST = 0.5, 24  # mm of a step, and how many steps a label may move
EDGE = 0.05  # mm
Lines = tuple[TextShape, ...]  # of one label


def fit_labels(plot: Plot, faces: FontMetricsList) -> Plot:
    """Return the plot with the labels that are cut off or overlap moved to the nearest free place.

    Labels too wide for the figure are wrapped. The figure becomes taller where a label moves above or below it.
    """
    labels = [_inside(label, plot.width, faces) for label in _labels(plot.marks)]
    solid = [frame for mark in plot.marks if (frame := _solid(mark)) is not None]
    for place, label in enumerate(labels):
        taken = [_frame(other, faces) for other in labels[:place]]
        if any(_frame(label, faces).meets(other) for other in taken):
            later = [_frame(other, faces) for other in labels[place + 1 :]]
            labels[place] = _moved_clear(label, (*taken, *later), solid, plot.width, faces)
    kept = [mark for mark in plot.marks if not isinstance(mark, TextShape)]
    frames = [_frame(label, faces) for label in labels]
    above = max(0.0, *(-frame.top for frame in frames)) if frames else 0.0
    below = max(plot.height, *(frame.bottom for frame in frames)) if frames else plot.height
    marks = (*kept, *(line for label in labels for line in label))
    return replace(plot, marks=moved(marks, 0.0, above), height=below + above)


def _labels(marks: Iterable[Mark]) -> list[Lines]:
    """Return the texts of a plot, the lines of one label together."""
    found: list[Lines] = []
    for text in (mark for mark in marks if isinstance(mark, TextShape)):
        if found and _next_line(found[-1][-1], text):
            found[-1] = (*found[-1], text)
        else:
            found.append((text,))
    return found


def _next_line(first: TextShape, second: TextShape) -> bool:
    """Return whether one text is the line of a label below another."""
    alike = (first.x, first.size, first.anchor, first.colour) == (second.x, second.size, second.anchor, second.colour)
    return alike and abs(second.y - first.y - line_height(first.size)) < EDGE


def _frame(label: Lines, faces: FontMetricsList) -> Frame:
    frames = [line.frame(faces) for line in label]
    return Frame(
        min(each.left for each in frames),
        min(each.top for each in frames),
        max(each.right for each in frames),
        max(each.bottom for each in frames),
    )


def _solid(mark: Mark) -> Frame | None:
    """Return the rectangle of a filled box or of a dot, which no label should cover."""
    if isinstance(mark, BoxShape):
        return mark.frame if mark.fill else None
    return bounds(mark) if isinstance(mark, Dot) else None


def _inside(label: Lines, width: float, faces: FontMetricsList) -> Lines:
    """Return a label inside the width of the figure, wrapped if it is wider."""
    frame = _frame(label, faces)
    if frame.right - frame.left > width:
        middle = (label[0].y + label[-1].y) / 2 - MIDDLE * label[0].size * MM_PER_POINT
        wrapped = [part for line in label for part in faces.balance(line.text, line.size, width, bold=line.bold)]
        label = tuple(replace(line, anchor="start") for line in stacked(replace(label[0], x=0.0, y=middle), wrapped))
        frame = _frame(label, faces)
    aside = max(0.0, -frame.left) - max(0.0, frame.right - width)
    return _shifted(label, aside, 0.0) if abs(aside) > EDGE else label


def _moved_clear(
    label: Lines, taken: Sequence[Frame], solid: Sequence[Frame], width: float, faces: FontMetricsList
) -> Lines:
    """Return a label at the nearest place where it meets no other, and if possible no bar or dot."""
    frame = _frame(label, faces)
    steps = range(-FARTHEST, FARTHEST + 1)
    moves = sorted(((x * STEP, y * STEP) for x in steps for y in steps), key=lambda each: hypot(*each))
    for avoided in ((*taken, *(each for each in solid if not frame.inside(each))), taken):
        for across, down in moves:
            tried = Frame(frame.left + across, frame.top + down, frame.right + across, frame.bottom + down)
            if tried.left >= 0 and tried.right <= width and not any(tried.meets(other, APART / 2) for other in avoided):
                return _shifted(label, across, down)
    return label


def _shifted(label: Lines, across: float, down: float) -> Lines:
    return tuple(replace(line, x=line.x + across, y=line.y + down) for line in label)


CHARTS: Mapping[str, Callable[[FigureSpec, Ledger, Pen, Size], Plot]] = {
    "compass": compass,
    "growth": growth,
    "scorecard": scorecard,
    "contributions": contributions,
    "award": award,
    "overlap": overlap,
    "leverage": leverage,
    "sensitivity": sensitivity,
    "bars": bars,
    "lines": lines,
    "trend": trend,
    "peers": peers,
    "matrix": matrix,
    "timeline": timeline,
    "change": change,
    "league": league,
}
EMPTY_HEIGHT = 18.0


def draw(
    spec: FigureSpec,
    ledger: Ledger,
    words: Words,
    size: Size,
    faces: FontMetricsList,
    *,
    palette: Palette | None = None,
) -> ChartImage:
    """Return a figure drawn for one language (or two) at its final size.

    Labels that do not fit are moved. Raises RenderError if one still runs over the edge or overlaps another, or has a
    character that no font has.
    """
    plot = arrange(spec=spec, ledger=ledger, words=words, size=size, faces=faces, palette=palette or Palette())
    where = replace(spec.place, column=f"{spec.id} ({words.language}, {size.width_mm:g} mm)")
    if check_chart_text(plot, faces, where):
        plot = fit_labels(plot, faces)
    raise_all(check_chart_text(plot, faces, where), RenderError)
    return export(plot, faces)


def arrange(
    spec: FigureSpec, ledger: Ledger, words: Words, size: Size, faces: FontMetricsList, *, palette: Palette
) -> Plot:
    """Return the marks of a figure; without data, a plate that says so."""
    pen = Pen(words, faces, palette)
    plot = CHARTS[spec.kind](spec, ledger, pen, size)
    if plot.marks:
        return plot
    plate = BoxShape(Frame(0.0, 0.0, size.width_mm, EMPTY_HEIGHT), palette.wash)
    lines = pen.faces.wrap(pen.label("no_data"), 8.0, size.width_mm - 4.0)
    message = pen.write_lines(size.width_mm / 2, EMPTY_HEIGHT / 2, lines, "middle", colour=palette.muted)
    return Plot((plate, *message), size.width_mm, EMPTY_HEIGHT, ())
