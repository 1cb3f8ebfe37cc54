"""Which chart draws which kind of figure, and the one call that turns a declared figure into a drawing."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from jianbao.charts.award import award
from jianbao.charts.bar_rows import leverage, sensitivity
from jianbao.charts.bars import bars
from jianbao.charts.change import change
from jianbao.charts.compass import compass
from jianbao.charts.contributions import contributions
from jianbao.charts.growth import growth
from jianbao.charts.league import league
from jianbao.charts.lines import lines
from jianbao.charts.matrix import matrix
from jianbao.charts.overlap import overlap
from jianbao.charts.peers import peers
from jianbao.charts.scorecard import scorecard
from jianbao.charts.shapes import BoxShape, Frame, Plot
from jianbao.charts.spec import FigureSpec, Size, Words
from jianbao.charts.style import Palette, Pen
from jianbao.charts.svg import ChartImage, check_chart_text, export
from jianbao.charts.text_metrics import FontMetricsList
from jianbao.charts.timeline import timeline
from jianbao.charts.trend import trend
from jianbao.core.errors import RenderError, raise_all
from jianbao.data.facts import Ledger

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
    spec: FigureSpec, ledger: Ledger, words: Words, size: Size, faces: FontMetricsList, palette: Palette | None = None
) -> ChartImage:
    """Draw a figure for one language at its final size; raise RenderError if a label is cut or crowded."""
    plot = arrange(spec=spec, ledger=ledger, words=words, size=size, faces=faces, palette=palette or Palette())
    where = replace(spec.place, column=f"{spec.id} ({words.language}, {size.width_mm:g} mm)")
    raise_all(check_chart_text(plot, faces, where), RenderError)
    return export(plot, faces)


def arrange(
    spec: FigureSpec, ledger: Ledger, words: Words, size: Size, faces: FontMetricsList, palette: Palette
) -> Plot:
    """Return the marks of a figure, or a plate that says that there are no data, before anything is drawn."""
    pen = Pen(words, faces, palette)
    plot = CHARTS[spec.kind](spec, ledger, pen, size)
    if plot.marks:
        return plot
    plate = BoxShape(Frame(0.0, 0.0, size.width_mm, EMPTY_HEIGHT), palette.wash)
    lines = pen.faces.wrap(pen.label("no_data"), 8.0, size.width_mm - 4.0)
    says = pen.write_lines(size.width_mm / 2, EMPTY_HEIGHT / 2, lines, "middle", colour=palette.muted)
    return Plot((plate, *says), size.width_mm, EMPTY_HEIGHT, ())
