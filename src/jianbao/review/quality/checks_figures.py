"""Figures and tables: what their titles say, whether they can be read, where they come from."""

import re
from collections.abc import Iterator

from jianbao.brief.model import Figure, Grid
from jianbao.charts.colours import contrast
from jianbao.core.messages import tr, tr_later
from jianbao.review.quality.document_view import DocumentView, Flag
from jianbao.review.quality.model import (
    FAILED,
    MET,
    PARTLY,
    Finding,
    PointGroup,
    by_count,
    by_eye,
    by_parts,
    by_share,
)

PAPER = "#ffffff"
LETTERS, MARKS = 4.5, 3.0  # contrast with the paper, WCAG 2.2
LEAST = 7.0  # pt of the smallest letters of a figure
COLUMNS = 7
FEW = 2
DIGIT = re.compile(r"\d")
DECIMALS = re.compile(r"\d+(?:\.(\d+))?")
TEXT = re.compile(r"<text ([^>]*)>([^<]*)")
TURN = re.compile(r"rotate\((-?[\d.]+)")
COLOUR = re.compile(r"(?:fill|stroke): (#[0-9a-f]{6})")
FILLED = re.compile(r"fill: (#[0-9a-f]{6})")
SIZE = re.compile(r"font-size: ([\d.]+)px")
GROUP = PointGroup("A7", tr("Figures and tables"))


@GROUP.point(33, tr("titles state findings, subtitles say what and when"), "EP")
def titles_state_findings(view: DocumentView) -> Finding:
    """Judge figure titles and subtitles: a short statement, and under it place, period and measure."""
    flags, most = [], view.tongue.limits.figure
    for figure in view.figures():
        title, subtitle = view.text(figure.title), view.text(figure.subtitle)
        if not view.tongue.states(title):
            flags.append(view.flag(title, tr("names a subject")))
        elif view.tongue.length(title) > most:
            flags.append(view.flag(title, tr("longer than {most}", most=most)))
        elif not DIGIT.search(subtitle):
            flags.append(view.flag(subtitle, tr("has no period")))
    return by_share(flags, len(view.figures()), tr_later("{good} of {total} figures say what they show"))


@GROUP.point(34, tr("figures are drawn honestly"), "EP")
def drawn_honestly(view: DocumentView) -> Finding:
    """Leave to an editor axes, order and cuts; name the pages."""
    shown = [view.flag_head(view.text(figure.title)) for figure in view.figures()]
    return by_eye(shown, tr("bars from zero, one scale, sorted, no cut unseen"))


@GROUP.point(35, tr("figures can be read without the key"), "EP")
def read_without_a_key(view: DocumentView) -> Finding:
    """Judge the letters of figures: none too small, none turned."""
    small, turned = [], []
    for figure in view.figures():
        for style, words in _letters(view, figure):
            size, turn = SIZE.search(style), TURN.search(style)
            if size and float(size[1]) < LEAST:
                small.append(view.flag(words, tr("{size} pt", size=size[1]), view.text(figure.title)))
            if turn and float(turn[1]):
                turned.append(view.flag(words, tr("turned"), view.text(figure.title)))
    return by_parts(
        (
            (not small, tr("{count} labels under {size:g} pt", count=len(small), size=LEAST)),
            (not turned, tr("{count} turned", count=len(turned))),
        ),
        (*small, *turned),
    )


def _letters(view: DocumentView, figure: Figure) -> Iterator[tuple[str, str]]:
    picture = figure.pictures.get(view.language)
    yield from TEXT.findall(picture.svg.decode()) if picture else ()


@GROUP.point(36, tr("figures work without colour"), "P")
def works_without_colour(view: DocumentView) -> Finding:
    """Judge contrast with the paper, of letters and of the strongest mark, and that one hue is used besides greys."""
    pale = []
    hues = set[str]()
    for figure in view.figures():
        picture = figure.pictures.get(view.language)
        title, drawn = view.text(figure.title), picture.svg.decode() if picture else ""
        colours = {colour for colour in COLOUR.findall(drawn) if colour != PAPER}
        hues |= {colour for colour in colours if not _grey(colour)}
        faint = {
            colour
            for style, _ in _letters(view, figure)
            for colour in FILLED.findall(style)
            if colour != PAPER and contrast(colour, PAPER) < LETTERS
        }
        pale += [view.flag(title, tr("letters in {colour}", colour=colour)) for colour in sorted(faint)]
        if colours and max(contrast(colour, PAPER) for colour in colours) < MARKS:
            pale.append(view.flag(title, tr("no mark is strong enough")))
    return by_parts(
        ((not pale, tr("{count} too pale", count=len(pale))), (len(hues) <= 1, tr("{count} hues", count=len(hues)))),
        pale,
    )


def _grey(colour: str) -> bool:
    return len({colour[at : at + 2] for at in (1, 3, 5)}) == 1


@GROUP.point(37, tr("source and alternative text are given"), "P", stop=True)
def source_and_alternative_are_given(view: DocumentView) -> Finding:
    """Judge sources and alternative texts: each figure and table has marks, each figure is described in words."""
    unsourced = [
        view.flag(view.text(each.title), tr("no source")) for each in view.illustrations() if not _sourced(each)
    ]
    if unsourced:
        return Finding(FAILED, tr("{count} without a source", count=len(unsourced)), tuple(unsourced))
    blind = [
        view.flag(view.text(figure.title), tr("no alternative text"))
        for figure in view.figures()
        if not _described(view, figure)
    ]
    return Finding(
        PARTLY if blind else MET,
        tr("all have sources, {count} lack an alternative text", count=len(blind)),
        tuple(blind),
    )


def _sourced(each: Figure | Grid) -> bool:
    cells = any(statement.facts() for row in each.rows for statement in row) if isinstance(each, Grid) else False
    return bool(each.references or each.evidence or cells)


def _described(view: DocumentView, figure: Figure) -> bool:
    picture = figure.pictures.get(view.language)
    return bool(picture and DIGIT.search(picture.alt) and not view.tongue.words("pictured").match(picture.alt))


@GROUP.point(38, tr("tables can be read down"), "EP")
def tables_read_down(view: DocumentView) -> Finding:
    """Judge tables: few columns, figures set right, no cell left empty."""
    flags: list[Flag] = []
    for table in view.tables():
        title = view.text(table.title)
        if len(table.columns) > COLUMNS:
            flags.append(view.flag(title, tr("{count} columns", count=len(table.columns))))
        for number, column in enumerate(table.columns):
            cells = [view.text(row[number]) for row in table.rows]
            if all(DECIMALS.match(cell) for cell in cells) and cells and not column.figures:
                flags.append(view.flag(title, tr("figures of column {number} are not set right", number=number + 1)))
            flags += [
                view.flag(title, tr("an empty cell in column {number}", number=number + 1))
                for cell in cells
                if not cell
            ]
    return (
        by_count(flags, FEW, tr_later("{count} faults of tables"))
        if view.tables()
        else Finding(None, tr("nothing here to judge"))
    )
