"""Contributions: how the points of dimensions and of their indicators add up to the score of a level."""

from collections.abc import Sequence
from dataclasses import dataclass

from jianbao.charts.bars import BAR, Row, key, names_width, rows
from jianbao.charts.scorecard import Tree, read_tree, score_of
from jianbao.charts.shapes import BoxShape, Frame, LineShape, Mark, Plot, moved
from jianbao.charts.spec import FigureSpec, Size
from jianbao.charts.style import GAP, HAIR, LABEL, AxisScale, KeyEntry, Pen, bar_entry, hatched
from jianbao.charts.text_metrics import line_height
from jianbao.data.facts import Fact, Ledger

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
