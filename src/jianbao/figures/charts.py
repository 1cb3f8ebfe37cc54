"""Which chart draws which kind of figure, and the one call that turns a declared figure into a drawing."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from jianbao.errors import RenderError, raise_all
from jianbao.evidence.facts import Ledger
from jianbao.figures.award import award
from jianbao.figures.compass import compass
from jianbao.figures.contributions import contributions
from jianbao.figures.drawing import Drawing, export, proofread
from jianbao.figures.growth import growth
from jianbao.figures.league import league
from jianbao.figures.lettering import Faces
from jianbao.figures.leverage import leverage
from jianbao.figures.marks import Box, Frame, Plot
from jianbao.figures.overlap import overlap
from jianbao.figures.scorecard import scorecard
from jianbao.figures.sensitivity import sensitivity
from jianbao.figures.spec import FigureSpec, Size, Words
from jianbao.figures.style import Palette, Pen

CHARTS: Mapping[str, Callable[[FigureSpec, Ledger, Pen, Size], Plot]] = {
    "compass": compass,
    "growth": growth,
    "scorecard": scorecard,
    "contributions": contributions,
    "award": award,
    "overlap": overlap,
    "leverage": leverage,
    "sensitivity": sensitivity,
    "league": league,
}
EMPTY_HEIGHT = 18.0


def draw(
    spec: FigureSpec, ledger: Ledger, words: Words, size: Size, faces: Faces, palette: Palette | None = None
) -> Drawing:
    """Draw a figure for one language at its final size; raise RenderError if a label is cut or crowded."""
    plot = arrange(spec, ledger, words, size, faces, palette or Palette())
    where = replace(spec.place, column=f"{spec.id} ({words.language}, {size.width_mm:g} mm)")
    raise_all(proofread(plot, faces, where), RenderError)
    return export(plot, faces)


def arrange(spec: FigureSpec, ledger: Ledger, words: Words, size: Size, faces: Faces, palette: Palette) -> Plot:
    """Return the marks of a figure, or a plate that says that there are no data, before anything is drawn."""
    pen = Pen(words, faces, palette)
    plot = CHARTS[spec.kind](spec, ledger, pen, size)
    if plot.marks:
        return plot
    plate = Box(Frame(0.0, 0.0, size.width_mm, EMPTY_HEIGHT), palette.wash)
    lines = pen.faces.wrap(pen.label("no_data"), 8.0, size.width_mm - 4.0)
    says = pen.write_lines(size.width_mm / 2, EMPTY_HEIGHT / 2, lines, "middle", colour=palette.muted)
    return Plot((plate, *says), size.width_mm, EMPTY_HEIGHT, ())
