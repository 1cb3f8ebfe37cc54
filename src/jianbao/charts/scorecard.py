"""Scorecard: the scores of levels and dimensions on one scale; contributions: how they add up to a level's score."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from jianbao.charts.bars import BAR, NAMES_AT_MOST, Row, key, names_width, rows
from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, Plot, moved
from jianbao.charts.spec import LEAVES, FigureSpec, Size, figure_key
from jianbao.charts.style import (
    DOT,
    GAP,
    HAIR,
    LABEL,
    NOTE,
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

INDENT, ROW = 2.4, 5.0
THICK = 2.2
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


def scorecard(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a row for the root, each level and each dimension: a dot for the score on a bar for the interval."""
    scores = _scores(spec, ledger)
    if not any(score.now for score in scores):
        return Plot((), size.width_mm, 0.0, ())
    marks, top = key(pen, _entries(pen, scores), size.width_mm, 0.0)
    names = [pen.name(score.node) for score in scores]
    room = _room(pen, scores, names, size.width_mm)
    frame_top = top + line_height(NOTE) + 1.4
    placed = [*_rows(pen, scores, names, room, frame_top)]
    right = pen.wide([pen.number(score.now) for score in scores if score.now], LABEL, bold=True) + 2 * GAP
    frame = Frame(room + 2 * GAP, frame_top, size.width_mm - right, placed[-1].bottom)
    scale, grid = _axis(pen, scores, frame, (ledger[spec.facts["zero"]].number, ledger[spec.facts["top"]].number))
    pairs = zip(scores, placed, strict=True)
    body = [
        mark
        for score, row in pairs
        for mark in _row(pen=pen, score=score, row=row, scale=scale, frame=frame, size=size)
    ]
    shown = [fact.id for score in scores for fact in (score.now, score.before) if fact]
    return Plot((*marks, *grid, *body), size.width_mm, placed[-1].bottom + 0.5, tuple(shown))


def _scores(spec: FigureSpec, ledger: Ledger) -> tuple[Score, ...]:
    tree = read_tree(spec, ledger)
    nodes = [(tree.root, 0), *tree.below(tree.root, int(float(spec.option("depth", "2"))))]
    return tuple(
        Score(node, depth, score_of(spec, ledger, node), spec.fact("previous", ledger, node))
        for node, depth in nodes
        if node
    )


def _entries(pen: Pen, scores: Sequence[Score]) -> list[KeyEntry]:
    colour = pen.palette.highlight
    entries = [dot_entry(pen.label("now"), colour, colour)]
    if any(score.before for score in scores):
        entries.append(dot_entry(pen.label("previous"), pen.palette.paper, pen.palette.muted))
    if any(score.now and score.now.low is not None for score in scores):
        bar = LineShape(((0.0, 0.0), (5.5, 0.0)), pen.palette.mark, THICK)
        entries.append(KeyEntry((bar,), 5.5, pen.label("interval")))
    return entries


def _room(pen: Pen, scores: Sequence[Score], names: Sequence[str], width: float) -> float:
    """Return the width for names in mm: that of the widest with its indent, at most NAMES_AT_MOST of the whole."""
    widths = [
        pen.wide((name,), LABEL, bold=score.bold) + INDENT * max(score.depth - 1, 0)
        for name, score in zip(names, scores, strict=True)
    ]
    return min(max(widths), NAMES_AT_MOST * width)


def _rows(pen: Pen, scores: Sequence[Score], names: Sequence[str], room: float, top: float) -> Sequence[Row]:
    found: list[Row] = []
    for score, name in zip(scores, names, strict=True):
        indent = INDENT * max(score.depth - 1, 0)
        gap = 1.2 if score.depth == 1 else 0.0
        found += rows(pen=pen, names=(name,), room=room - indent, least=ROW, top=top + gap, bold=score.bold)
        top = found[-1].bottom
    return found


def _axis(
    pen: Pen, scores: Sequence[Score], frame: Frame, bounds: tuple[float, float]
) -> tuple[AxisScale, tuple[Mark, ...]]:
    facts = [fact for score in scores for fact in (score.now, score.before) if fact]
    ends = [end for fact in facts for end in (fact.number, fact.low, fact.high) if end is not None]
    marks = ticks(*bounds, 5 if frame.right - frame.left > 60 else 2)
    scale = AxisScale(min(bounds[0], *ends), max(bounds[1], *ends), frame.left, frame.right)
    return scale, column_positions(pen, scale, marks, frame)


def _row(pen: Pen, score: Score, *, row: Row, scale: AxisScale, frame: Frame, size: Size) -> tuple[Mark, ...]:
    indent = INDENT * max(score.depth - 1, 0)
    marks: list[Mark] = []
    if score.depth == 1:
        marks.append(LineShape(((0.0, row.top - 0.6), (size.width_mm, row.top - 0.6)), pen.palette.rule, HAIR))
    marks += pen.write_lines(indent, row.middle, row.lines, bold=score.bold)
    if score.now is None:
        message = pen.note(frame.left + GAP, row.middle, pen.label("no_score"))
        return (*marks, message)
    marks += _measured(pen, score, score.now, row.middle, scale)
    marks.append(pen.write(size.width_mm, row.middle, pen.number(score.now), "end", bold=score.bold))
    return tuple(marks)


def _measured(pen: Pen, score: Score, now: Fact, y: float, scale: AxisScale) -> tuple[Mark, ...]:
    """Return the interval, the previous edition's dot, and this edition's dot on top."""
    marks: list[Mark] = []
    if now.low is not None and now.high is not None:
        marks.append(LineShape(((scale(now.low), y), (scale(now.high), y)), pen.palette.mark, THICK))
    if score.before:
        marks.append(
            Dot(x=scale(score.before.number), y=y, size=DOT * 0.95, fill=pen.palette.paper, edge=pen.palette.muted)
        )
    size = DOT * (1.2 if score.bold else 0.95)
    marks.append(
        Dot(x=scale(now.number), y=y, size=size, fill=pen.palette.highlight, edge=pen.palette.paper, width=0.5)
    )
    return tuple(marks)


# Contributions of dimensions and of their indicators, which add up to the score of a level

GUTTER, LEAST_BLOCK = 7.0, 48.0


@dataclass(frozen=True, kw_only=True)
class ContributionPart:
    """A row: the points contributed by a node's indicators, the most possible points, and those without a value."""

    node: str
    gained: tuple[float, ...]
    possible: float
    unknown: float
    fact: Fact | None


@dataclass(frozen=True)
class Level:
    """A block: a level, its score, and the parts that add up to it."""

    node: str
    score: Fact | None
    parts: tuple[ContributionPart, ...]


def contributions(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a block for each level, side by side if there is room; all bars have the same scale of points."""
    tree = read_tree(spec, ledger)
    levels = tuple(_level(spec, ledger, tree, node) for node in tree.children.get(tree.root, ()))
    gains = {fact.id: fact for level in levels for fact in _level_facts(spec, ledger, tree, level.node)}
    if not gains:
        return Plot((), size.width_mm, 0.0, ())
    marks, top = key(pen, _part_entries(pen, levels), size.width_mm, 0.0)
    across = max(min(len(levels), int((size.width_mm + GUTTER) / (LEAST_BLOCK + GUTTER))), 1)
    width = (size.width_mm - (across - 1) * GUTTER) / across
    margins = _margins(pen, levels, width)
    drawn = [*marks]
    top += 1.6
    for start in range(0, len(levels), across):
        blocks = [_block(pen, level, width, margins) for level in levels[start : start + across]]
        for place, (block, _) in enumerate(blocks):
            drawn += moved(block, place * (width + GUTTER), top)
        top += max(height for _, height in blocks) + 3.0
    shown = (*(level.score.id for level in levels if level.score), *gains)
    return Plot(tuple(drawn), size.width_mm, top - 2.5, shown)


def _level_facts(spec: FigureSpec, ledger: Ledger, tree: Tree, node: str) -> tuple[Fact, ...]:
    found = (spec.fact("contribution", ledger, leaf) for leaf in tree.leaves(node))
    return tuple(fact for fact in found if fact)


def _level(spec: FigureSpec, ledger: Ledger, tree: Tree, level: str) -> Level:
    depth = int(float(spec.option("depth", "1")))
    nodes = [node for node, deep in tree.below(level, depth) if deep == depth or not tree.children.get(node)]
    leaves = tree.leaves(level)
    known = frozenset(leaf for leaf in leaves if spec.fact("contribution", ledger, leaf))
    parts = tuple(_part(spec=spec, ledger=ledger, tree=tree, node=node, level=level, known=known) for node in nodes)
    return Level(level, score_of(spec, ledger, level), parts)


def _part(
    spec: FigureSpec, ledger: Ledger, *, tree: Tree, node: str, level: str, known: frozenset[str]
) -> ContributionPart:
    leaves = tree.leaves(node)
    gained = [fact.number for fact in _level_facts(spec, ledger, tree, node)]
    whole = ledger[spec.facts["top"]].number
    possible = sum(tree.share(leaf, level, known) for leaf in leaves if leaf in known) * whole
    every = frozenset(tree.leaves(level))
    unknown = sum(tree.share(leaf, level, every) for leaf in leaves if leaf not in known) * whole
    return ContributionPart(
        node=node,
        gained=tuple(gained),
        possible=possible,
        unknown=unknown,
        fact=spec.fact("contribution", ledger, node),
    )


def _part_entries(pen: Pen, levels: Sequence[Level]) -> list[KeyEntry]:
    entries = [
        bar_entry(pen.label("gained"), pen.palette.highlight),
        bar_entry(pen.label("possible"), pen.palette.wash, pen.palette.mark),
    ]
    if any(part.unknown for level in levels for part in level.parts):
        sign = hatched(Frame(0.0, -1.1, 4.0, 1.1), pen.palette.mark)
        entries.append(KeyEntry(sign, 4.0, pen.label("no_value")))
    return entries


def _margins(pen: Pen, levels: Sequence[Level], width: float) -> tuple[float, AxisScale]:
    """Return the width for names in mm and the scale of points, the same for all blocks so that bars compare."""
    parts = [part for level in levels for part in level.parts]
    room = names_width(pen, [pen.name(part.node) for part in parts], width)
    numbers = [pen.number(part.fact) for part in parts if part.fact]
    right = pen.wide(numbers) + GAP if numbers else 0.0
    longest = max(max(part.possible, sum(part.gained)) + part.unknown for part in parts)
    return room, AxisScale(0.0, longest, room + 1.5 * GAP, width - right)


def _block(pen: Pen, level: Level, width: float, margins: tuple[float, AxisScale]) -> tuple[tuple[Mark, ...], float]:
    """Return the level's name and score, a rule, and a row for each part, and the height that they take."""
    score = pen.number(level.score) if level.score else ""
    head = pen.faces.balance(pen.name(level.node), LABEL, width - pen.wide((score,), LABEL, bold=True) - GAP, bold=True)
    head_height = len(head) * line_height(LABEL)
    marks: list[Mark] = [*pen.write_lines(0.0, head_height / 2, head, bold=True)]
    if score:
        marks.append(pen.write(width, head_height / 2, score, "end", colour=pen.palette.highlight, bold=True))
    marks.append(LineShape(((0.0, head_height + 0.6), (width, head_height + 0.6)), pen.palette.rule, HAIR))
    room, scale = margins
    placed = rows(pen, [pen.name(part.node) for part in level.parts], room=room, least=BAR + 2.2, top=head_height + 1.2)
    for part, row in zip(level.parts, placed, strict=True):
        marks += _part_row(pen, part, row, scale, width)
    return tuple(marks), placed[-1].bottom if placed else head_height + 1.2


def _part_row(pen: Pen, part: ContributionPart, row: Row, scale: AxisScale, width: float) -> tuple[Mark, ...]:
    top, bottom = row.middle - BAR / 2, row.middle + BAR / 2
    marks: list[Mark] = [*pen.write_lines(0.0, row.middle, row.lines)]
    end = max(part.possible, sum(part.gained))
    if end:
        marks.append(BoxShape(Frame(scale(0.0), top, scale(end), bottom), pen.palette.wash, pen.palette.mark, HAIR))
    if part.unknown:
        marks += hatched(Frame(scale(end), top, scale(end + part.unknown), bottom), pen.palette.mark)
    reached = 0.0
    for gain in part.gained:
        marks.append(BoxShape(Frame(scale(reached), top, scale(reached + gain), bottom), pen.palette.highlight))
        reached += gain
        seam = (scale(reached), top), (scale(reached), bottom)
        marks += (LineShape(seam, pen.palette.paper, 0.7),) if reached < sum(part.gained) - 1e-9 else ()
    if part.fact:
        marks.append(pen.write(width, row.middle, pen.number(part.fact), "end"))
    return tuple(marks)
