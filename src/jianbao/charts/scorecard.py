"""Scorecard: the scores of levels and their dimensions on one scale, with intervals, the last edition's, and gaps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jianbao.charts.bars import NAMES_AT_MOST, Row, key, rows
from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, Plot
from jianbao.charts.spec import LEAVES, FigureSpec, Size, figure_key
from jianbao.charts.style import (
    DASH,
    DOT,
    GAP,
    HAIR,
    LABEL,
    NOTE,
    RULE,
    AxisScale,
    KeyEntry,
    Pen,
    bar_entry,
    column_positions,
    dot_entry,
    hatched,
    ticks,
)
from jianbao.charts.text_metrics import line_height
from jianbao.data.facts import Fact, Ledger

INDENT, ROW, APART = 2.4, 5.0, 1.2  # mm: indent of a dimension, least height of a row, distance between two levels
INTERVAL, HATCH = 1.5, 2.6  # mm: heights of the bar for an interval, and of the band for a missing score
NOW, LEVEL, BEFORE = 0.95, 1.25, 1.4  # sizes of dots, in DOT; the last edition's shows around one at the same place
PLOT_AT_LEAST = 55.0  # mm of the scale, or else the numbers of the last edition are left out
AVERAGE = "average"  # the optional label of the lines at the scores of levels, which are drawn only if it is written
ROLES = ("weight", "score", "contribution")


@dataclass(frozen=True)
class Tree:
    """The children of each node in the framework's order, and the weights among siblings (1 if not given)."""

    root: str
    children: dict[str, tuple[str, ...]]
    weights: dict[str, float]

    def below(self, node: str, depth: int) -> Iterator[tuple[str, int]]:
        """Yield a node's descendants down to `depth` with their depth, parents before their children."""
        for child in self.children.get(node, ()) if depth > 0 else ():
            yield child, 1
            for inner, level in self.below(child, depth - 1):
                yield inner, level + 1

    def leaves(self, node: str) -> tuple[str, ...]:
        """Return the indicators under a node, or the node itself if it is one."""
        inside = self.children.get(node, ())
        return tuple(leaf for child in inside for leaf in self.leaves(child)) if inside else (node,)

    def share(self, node: str, top: str, known: frozenset[str]) -> float:
        """Return the weight of a node within `top` if only the leaves in `known` count; 0 if it is not below `top`."""
        if node == top:
            return 1.0
        for parent, inside in self.children.items():
            if node in inside:
                kept = [child for child in inside if child == node or known.intersection(self.leaves(child))]
                whole = sum(self.weights.get(child, 1.0) for child in kept)
                return self.share(parent, top, known) * self.weights.get(node, 1.0) / whole if whole else 0.0
        return 0.0


def read_tree(spec: FigureSpec, ledger: Ledger) -> Tree:
    """Return the tree by the paths that facts are about (root, level, …, node), or else by the parents of scores.

    Without paths, the children of a node without a score are unknown; and if the whole has no score, the nodes at the
    top become children of the root.
    """
    children: dict[str, dict[str, None]] = {}
    for role in ROLES:
        for fact in spec.family(role, ledger):
            for parent, child in _edges(fact, role, spec):
                children.setdefault(parent, {})[child] = None
    inside = {child for group in children.values() for child in group}
    tops = [parent for parent in children if parent not in inside]
    root = spec.option("root") or next(iter(tops), "")
    for top in tops:
        if top != root:
            children.setdefault(root, {})[top] = None
    weights = {figure_key(fact): fact.number for fact in spec.family("weight", ledger)}
    return Tree(root, {parent: tuple(group) for parent, group in children.items()}, weights)


def score_of(spec: FigureSpec, ledger: Ledger, node: str) -> Fact | None:
    """Return the score of a node or an indicator, None if there is none."""
    return spec.fact("score", ledger, node) or spec.fact(LEAVES, ledger, node)


def _edges(fact: Fact, role: str, spec: FigureSpec) -> Iterator[tuple[str, str]]:
    yield from pairwise(fact.about)
    if role == "score" and len(fact.about) < 2:
        for parent in fact.parents:
            if parent.startswith((f"{spec.facts['score']}.", f"{spec.facts[LEAVES]}.")):
                yield figure_key(fact), parent.rsplit(".", 1)[-1]


@dataclass(frozen=True)
class Score:
    """A row: a node, its depth in the tree, and its scores in this and in the previous edition, as far as known."""

    node: str
    depth: int
    now: Fact | None
    before: Fact | None

    @property
    def bold(self) -> bool:
        """Return whether the row is set bold: the whole or a level."""
        return self.depth <= 1


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The room of a scorecard: the scale inside its frame, and the right edges of the columns of numbers in mm.

    `before` is None if the numbers of the last edition are not printed.
    """

    scale: AxisScale
    frame: Frame
    now: float
    before: float | None


def scorecard(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a head for each level with its score, below it a row for each dimension, and the whole at the foot.

    A row has a dot for the score on a bar for the interval, and a ring for the last edition; a missing score is a
    hatched band that says so. With the label `average`, a dashed line leads from the score of a level down through its
    dimensions.
    """
    scores = _scores(spec, ledger)
    if not any(score.now for score in scores):
        return Plot((), size.width_mm, 0.0, ())
    marks, top = key(pen, _entries(pen, scores), size.width_mm, 0.0)
    names = [pen.name(score.node) for score in scores]
    room = _room(pen, scores, names, size.width_mm)
    heads = [pen.faces.wrap(pen.label(each), NOTE, 3 * GAP * LABEL / NOTE + 8.0) for each in ("now", "previous")]
    frame_top = top + max(map(len, heads)) * line_height(NOTE) + 1.4
    placed = [*_rows(pen, scores, names, room, frame_top)]
    bounds = ledger[spec.facts["zero"]].number, ledger[spec.facts["top"]].number
    sheet = _sheet(pen, scores, heads, bounds, Frame(room + 2 * GAP, frame_top, size.width_mm, placed[-1].bottom))
    body = [*_bands(pen, scores, placed, size.width_mm), *_axis(pen, sheet, bounds), *_heads(pen, heads, sheet)]
    body += _averages(pen, scores, placed, sheet) if pen.optional(AVERAGE) else ()
    for score, row in zip(scores, placed, strict=True):
        body += _row(pen, score, row, sheet)
    shown = [fact.id for score in scores for fact in (score.now, score.before) if fact]
    return Plot((*marks, *body), size.width_mm, placed[-1].bottom + 0.5, tuple(shown))


def _scores(spec: FigureSpec, ledger: Ledger) -> tuple[Score, ...]:
    """Return the rows: each level before its dimensions, and the whole last."""
    tree = read_tree(spec, ledger)
    nodes = [*tree.below(tree.root, int(float(spec.option("depth", "2")))), (tree.root, 0)]
    return tuple(
        Score(node, depth, score_of(spec, ledger, node), spec.fact("previous", ledger, node))
        for node, depth in nodes
        if node
    )


def _entries(pen: Pen, scores: Sequence[Score]) -> list[KeyEntry]:
    colour = pen.palette.highlight
    entries = [dot_entry(pen.label("now"), colour, colour)]
    if any(score.before for score in scores):
        ring = Dot(x=DOT * BEFORE / 2 + 0.2, y=0, size=DOT * BEFORE, fill=pen.palette.paper, edge=pen.palette.muted)
        entries.append(KeyEntry((ring,), DOT * BEFORE + 0.4, pen.label("previous")))
    if any(score.now and score.now.low is not None for score in scores):
        entries.append(bar_entry(pen.label("interval"), pen.palette.rule))
    if average := pen.optional(AVERAGE):
        line = LineShape(((1.0, -1.3), (1.0, 1.3)), pen.palette.muted, RULE, DASH)
        entries.append(KeyEntry((line,), 2.0, average))
    return entries


def _room(pen: Pen, scores: Sequence[Score], names: Sequence[str], width: float) -> float:
    """Return the width for names in mm: that of the widest with its indent, at most NAMES_AT_MOST of the whole."""
    widths = [
        pen.wide((name,), LABEL, bold=score.bold) + INDENT * max(score.depth - 1, 0)
        for name, score in zip(names, scores, strict=True)
    ]
    return min(max(widths), NAMES_AT_MOST * width) + GAP


def _rows(pen: Pen, scores: Sequence[Score], names: Sequence[str], room: float, top: float) -> Sequence[Row]:
    found: list[Row] = []
    for score, name in zip(scores, names, strict=True):
        indent = GAP / 2 + INDENT * max(score.depth - 1, 0)
        gap = APART if score.bold and found else 0.0
        found += rows(pen=pen, names=(name,), room=room - indent, least=ROW, top=top + gap, bold=score.bold)
        top = found[-1].bottom
    return found


def _sheet(
    pen: Pen,
    scores: Sequence[Score],
    heads: Sequence[Sequence[str]],
    bounds: tuple[float, float],
    frame: Frame,
) -> Sheet:
    """Return the room of the scale and of the columns of numbers inside a frame."""
    facts = [fact for score in scores for fact in (score.now, score.before) if fact]
    ends = [end for fact in facts for end in (fact.number, fact.low, fact.high) if end is not None]
    edge = frame.right - GAP / 2
    wide = max(pen.wide([pen.number(score.now) for score in scores if score.now], bold=True), pen.wide(heads[0], NOTE))
    earlier = [pen.number(score.before) for score in scores if score.before]
    beside = max(pen.wide(earlier), pen.wide(heads[1], NOTE)) + 1.5 * GAP if earlier else 0.0
    right = edge - wide - 2 * GAP - pen.wide([pen.tick(bounds[1])], NOTE) / 2
    shown = bool(earlier) and right - beside - frame.left >= PLOT_AT_LEAST
    right -= beside if shown else 0.0
    scale = AxisScale(min(bounds[0], *ends), max(bounds[1], *ends), frame.left, right)
    inside = Frame(frame.left, frame.top, right, frame.bottom)
    before = edge - wide - 1.5 * GAP if shown else None
    return Sheet(scale=scale, frame=inside, now=edge, before=before)


def _bands(pen: Pen, scores: Sequence[Score], placed: Sequence[Row], width: float) -> Iterator[Mark]:
    """Yield the background of the head of each level, and a rule above the whole."""
    for score, row in zip(scores, placed, strict=True):
        if score.depth == 1:
            yield BoxShape(Frame(0.0, row.top, width, row.bottom), pen.palette.span)
        if score.bold:
            line = row.top if score.depth else row.top - APART / 2
            yield LineShape(((0.0, line), (width, line)), pen.palette.rule, HAIR)


def _axis(pen: Pen, sheet: Sheet, bounds: tuple[float, float]) -> tuple[Mark, ...]:
    marks = ticks(*bounds, 5 if sheet.frame.right - sheet.frame.left > 60 else 2)
    return column_positions(pen, sheet.scale, marks, sheet.frame)


def _heads(pen: Pen, heads: Sequence[Sequence[str]], sheet: Sheet) -> Iterator[Mark]:
    """Yield the headings of the columns of numbers."""
    for lines, edge in zip(heads, (sheet.now, sheet.before), strict=True):
        if edge is not None:
            middle = sheet.frame.top - (0.12 + len(lines) / 2) * line_height(NOTE)  # the last line as high as the axis
            yield from pen.note_lines(edge, middle, lines, "end")


def _averages(pen: Pen, scores: Sequence[Score], placed: Sequence[Row], sheet: Sheet) -> Iterator[Mark]:
    """Yield a dashed line from the score of each level down to its last dimension."""
    head: tuple[float, float] | None = None
    ends: dict[tuple[float, float], float] = {}
    for score, row in zip(scores, placed, strict=True):
        if score.bold:
            head = (sheet.scale(score.now.number), row.middle) if score.depth and score.now else None
        elif head:
            ends[head] = row.bottom
    for (x, top), bottom in ends.items():
        yield LineShape(((x, top), (x, bottom)), pen.palette.muted, RULE, DASH)


def _row(pen: Pen, score: Score, row: Row, sheet: Sheet) -> Iterator[Mark]:
    """Yield the name of a row, its marks on the scale, and its numbers."""
    indent = GAP / 2 + INDENT * max(score.depth - 1, 0)
    yield from pen.write_lines(indent, row.middle, row.lines, bold=score.bold)
    if score.now is None:
        yield from _gap(pen, score, row.middle, sheet)
    else:
        yield from _measured(pen, score, score.now, row.middle, sheet.scale)
        yield pen.write(sheet.now, row.middle, pen.number(score.now), "end", bold=score.bold)
    if score.before and sheet.before is not None:
        colour = pen.palette.muted
        yield pen.write(sheet.before, row.middle, pen.number(score.before), "end", colour=colour, bold=score.bold)


def _gap(pen: Pen, score: Score, y: float, sheet: Sheet) -> Iterator[Mark]:
    """Yield a hatched band along the scale that says that there is no score, and the last edition's if any."""
    frame = sheet.frame
    yield from hatched(Frame(frame.left, y - HATCH / 2, frame.right, y + HATCH / 2), pen.palette.rule)
    text = pen.label("no_score")
    lines = pen.faces.wrap(text, NOTE, frame.right - frame.left - 2 * GAP)
    long, high = pen.wide(lines, NOTE) / 2 + GAP / 2, max(HATCH, len(lines) * line_height(NOTE)) / 2
    middle = (frame.left + frame.right) / 2
    ring = _ring(pen, score.before, y, sheet.scale)
    if ring and abs(ring.x - middle) < long + ring.size:
        aside = 1.0 if ring.x < middle else -1.0
        middle = min(max(ring.x + aside * (long + ring.size), frame.left + long), frame.right - long)
    yield BoxShape(Frame(middle - long, y - high, middle + long, y + high), pen.palette.paper)
    yield from pen.note_lines(middle, y, lines, "middle")
    if ring:
        yield ring


def _measured(pen: Pen, score: Score, now: Fact, y: float, scale: AxisScale) -> Iterator[Mark]:
    """Yield the interval, the last edition's ring, and this edition's dot on top."""
    if now.low is not None and now.high is not None:
        yield BoxShape(Frame(scale(now.low), y - INTERVAL / 2, scale(now.high), y + INTERVAL / 2), pen.palette.rule)
    if ring := _ring(pen, score.before, y, scale):
        yield ring
    size, colours = DOT * (LEVEL if score.bold else NOW), pen.palette
    yield Dot(x=scale(now.number), y=y, size=size, fill=colours.highlight, edge=colours.paper, width=0.5)


def _ring(pen: Pen, before: Fact | None, y: float, scale: AxisScale) -> Dot | None:
    if before is None:
        return None
    size = DOT * BEFORE
    return Dot(x=scale(before.number), y=y, size=size, fill=pen.palette.paper, edge=pen.palette.muted)
