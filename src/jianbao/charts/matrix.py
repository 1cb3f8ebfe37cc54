"""Matrix: named rows against named columns with a mark where they meet; rows without any mark are listed below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from jianbao.charts.bars import key
from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, Plot, moved
from jianbao.charts.spec import FigureSpec, Size, member_key
from jianbao.charts.style import DOT, GAP, HAIR, LABEL, NOTE, RULE, KeyEntry, Pen, joined, on_one_line, one_line_names
from jianbao.charts.text_metrics import line_height
from jianbao.core.encoding import has_han
from jianbao.data.facts import Fact, Ledger

GUTTER, ROW = 7.0, 4.3
NAMES_AT_MOST, ONE_LINE = 0.42, 0.28  # of the width: for names at all, and for two languages on one line
NARROW, WIDEST = 9.0, 20.0  # mm of a column
LETTERED = 6.5  # mm of a column that is called by a letter
ROWS_A_BLOCK, MOST_BLOCKS = 6, 3
HAN_A_LINE, LARGE = 5, 12.0
BETWEEN_NAMES, EDGE, PANEL = 3.4, 1.2, 50.0
MOST, MOST_NAMES = 32, 48
GIVEN = "given"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Column:
    """A column: its role, its facts, and what stands in it by row: "" for a mark, else a text."""

    role: str
    facts: tuple[Fact, ...]
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What rows are called, the widths of names and columns in mm, the heads of columns, and the number of blocks."""

    said: Mapping[str, str]
    names: float
    column: float
    heads: tuple[tuple[str, ...], ...]
    blocks: int


def matrix(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw the rows that have a mark, those with most of them first unless their order is `given`, in blocks."""
    listed = spec.members("rows", ledger)
    every = tuple(dict.fromkeys(name for fact in listed for name in _names(fact)))
    columns = [each for role in spec.roles if role != "rows" if (each := _column(pen, role, spec, ledger)).facts]
    if not every or not columns:
        return Plot((), size.width_mm, 0.0, ())
    marked = [row for row in every if any(row in column.cells for column in columns)]
    if spec.option("order") != GIVEN:
        marked.sort(key=lambda row: -sum(row in column.cells for column in columns))
    kept = marked[: spec.limit(MOST)]
    layout = _layout(pen, kept, columns, size.width_mm)
    marks, top = key(pen, _letters(pen, columns, layout), size.width_mm, 0.0)
    body, bottom = _blocks(pen, kept, columns, layout, top + (1.0 if top else 0.0))
    if len(kept) < len(marked):
        note, bottom = _left_out(pen, len(marked) - len(kept), size.width_mm, bottom)
        body += note
    bare = [row for row in every if row not in marked]
    foot, height = _bare(pen, bare, _free(layout, columns, size.width_mm), bottom) if bare else ((), bottom)
    shown = tuple(fact.id for fact in (*listed, *(fact for column in columns for fact in column.facts)))
    return Plot((*marks, *body, *foot), size.width_mm, height + 0.3, tuple(dict.fromkeys(shown)))


def _names(fact: Fact) -> tuple[str, ...]:
    return fact.value if isinstance(fact.value, tuple) else (member_key(fact),)


def _column(pen: Pen, role: str, spec: FigureSpec, ledger: Ledger) -> Column:
    """Read a column: the names of a list have a mark, the members of a family what they say."""
    facts = spec.members(role, ledger)
    cells: dict[str, str] = {}
    for fact in facts:
        listed = isinstance(fact.value, tuple)
        cells |= dict.fromkeys(_names(fact), "") if listed else {member_key(fact): _cell(pen, fact)}
    return Column(role, facts, cells)


def _cell(pen: Pen, fact: Fact) -> str:
    if fact.kind == "date":
        return pen.tick(float(str(fact.value)[:4]), "year")
    return pen.number(fact) if fact.kind == "number" else pen.name(str(fact.value))


def _layout(pen: Pen, rows: Sequence[str], columns: Sequence[Column], width: float) -> Layout:
    """Return columns wide enough for the longest word of their heads; where there is no room, letters are the heads."""
    names = _names_of(pen, rows, width)
    room = min(pen.wide(names), NAMES_AT_MOST * width)
    labels = [pen.label(each.role) for each in columns]
    word = max(pen.wide([_longest(word) for label in labels for word in label.split()], NOTE) + GAP, NARROW)
    cell = pen.wide([text for each in columns for text in each.cells.values()], NOTE) + GAP
    if word <= WIDEST and room + GAP + len(columns) * max(word, cell) <= width:
        column = max(word, cell)
        heads = tuple(pen.faces.balance(label, NOTE, column - GAP / 2) for label in labels)
    else:
        column = max(LETTERED, cell)
        heads = tuple((LETTERS[place % len(LETTERS)],) for place in range(len(columns)))
        room = min(room, width - GAP - len(columns) * column)
    block = room + GAP + len(columns) * column
    across = min(int((width + GUTTER) / (block + GUTTER)), ceil(len(rows) / ROWS_A_BLOCK), MOST_BLOCKS)
    said = dict(zip(rows, names, strict=True))
    return Layout(said=said, names=room, column=column, heads=heads, blocks=max(across, 1))


def _names_of(pen: Pen, rows: Sequence[str], width: float) -> list[str]:
    """Return the names of rows, those of two languages on one line if all have room for that."""
    return one_line_names(pen, [pen.name(row) for row in rows], ONE_LINE * width)


def _longest(word: str) -> str:
    """Return what of a word may not be broken, of a Chinese one as much as looks well on a line."""
    return word[:HAN_A_LINE] if has_han(word) else word


def _letters(pen: Pen, columns: Sequence[Column], layout: Layout) -> list[KeyEntry]:
    """A key to the letters that stand for the heads of columns."""
    named = [pen.faces.balance(pen.label(each.role), NOTE, layout.column - GAP / 2) for each in columns]
    if tuple(named) == layout.heads:
        return []
    signs = [pen.write(x=0.0, middle=0.0, text=head[0], bold=True) for head in layout.heads]
    return [
        KeyEntry((sign,), pen.wide((sign.text,), LABEL, True), pen.label(each.role))
        for sign, each in zip(signs, columns, strict=True)
    ]


def _blocks(
    pen: Pen, rows: Sequence[str], columns: Sequence[Column], layout: Layout, top: float
) -> tuple[tuple[Mark, ...], float]:
    """The rows shared among blocks side by side, each with the heads of the columns."""
    if not rows:
        return (), top
    width = layout.names + GAP + len(columns) * layout.column
    share = ceil(len(rows) / layout.blocks)
    marks: list[Mark] = []
    bottom = top
    for block in range(layout.blocks):
        own = rows[block * share : (block + 1) * share]
        if own:
            drawn, end = _block(pen, own, columns, layout, top)
            marks += moved(drawn, block * (width + GUTTER), 0.0)
            bottom = max(bottom, end)
    return tuple(marks), bottom


def _block(
    pen: Pen, rows: Sequence[str], columns: Sequence[Column], layout: Layout, top: float
) -> tuple[tuple[Mark, ...], float]:
    centres = [layout.names + GAP + (place + 0.5) * layout.column for place in range(len(columns))]
    right = centres[-1] + layout.column / 2
    tall = max(len(head) for head in layout.heads) * line_height(NOTE)
    marks: list[Mark] = []
    for x, head in zip(centres, layout.heads, strict=True):
        middle = top + tall - len(head) * line_height(NOTE) / 2
        marks += pen.write_lines(x=x, middle=middle, lines=head, anchor="middle", size=NOTE, colour=pen.palette.muted)
    y = top + tall + 0.6
    marks.append(LineShape(((0.0, y), (right, y)), pen.palette.rule, RULE))
    for row in rows:
        lines = pen.faces.balance(layout.said[row], LABEL, layout.names + 0.01)
        height = max(ROW, len(lines) * line_height(LABEL) + 0.8)
        middle = y + height / 2
        marks += pen.write_lines(0.0, middle, lines)
        marks += (_mark(pen, column.cells.get(row), x, middle) for x, column in zip(centres, columns, strict=True))
        y += height
        marks.append(LineShape(((0.0, y), (right, y)), pen.palette.grid, HAIR))
    return tuple(marks), y


def _left_out(pen: Pen, number: int, width: float, top: float) -> tuple[tuple[Mark, ...], float]:
    """A line that says how many rows are not shown."""
    lines = pen.faces.wrap(joined((pen.label("left_out"), pen.tick(float(number))), " "), NOTE, width)
    deep = len(lines) * line_height(NOTE)
    return pen.write_lines(0.0, top + 0.6 + deep / 2, lines, size=NOTE, colour=pen.palette.muted), top + 0.6 + deep


def _mark(pen: Pen, cell: str | None, x: float, y: float) -> Mark:
    """A dot where row and column meet, or what is to be read there; a speck where they do not."""
    if cell is None:
        return Dot(x=x, y=y, size=DOT * 0.45, fill=pen.palette.grid)
    if cell:
        return pen.write(x=x, middle=y, text=cell, anchor="middle", size=NOTE, colour=pen.palette.highlight, bold=True)
    return Dot(x=x, y=y, size=DOT * 1.1, fill=pen.palette.highlight)


def _free(layout: Layout, columns: Sequence[Column], width: float) -> tuple[float, float]:
    """Return from where to where in mm there is room beside the blocks; the whole width if there is too little."""
    block = layout.names + GAP + len(columns) * layout.column
    left = layout.blocks * (block + GUTTER)
    return (left, width) if width - left >= PANEL else (0.0, width)


def _bare(pen: Pen, rows: Sequence[str], free: tuple[float, float], bottom: float) -> tuple[tuple[Mark, ...], float]:
    """The rows without a mark, how many they are, and their names, beside the blocks or below them."""
    left, right = free
    label, number = pen.label("none"), pen.tick(float(len(rows)))
    names = [on_one_line(pen.name(row)) for row in rows[:MOST_NAMES]]
    names += [f"+{pen.tick(float(len(rows) - MOST_NAMES))}"] if len(rows) > MOST_NAMES else []
    panel = _panel if left else _strip
    marks, height = panel(pen, label, number, names, right - left)
    top = 0.0 if left else bottom + 2.2
    height = max(height, bottom - 0.3) if left else height
    box = BoxShape(Frame(left, top, right, top + height), pen.palette.span)
    return (box, *moved(marks, left, top)), max(bottom, top + height)


def _strip(pen: Pen, label: str, number: str, names: Sequence[str], width: float) -> tuple[tuple[Mark, ...], float]:
    """The number and what it counts, with the names to the right of them."""
    lines = pen.faces.balance(label, LABEL, width * 0.28, True)
    left = max(pen.wide(lines, LABEL, True), pen.wide((number,), LARGE, True)) + 3 * GAP
    flow, deep = _flow(pen, names, width - left - GAP)
    said = line_height(LARGE) + len(lines) * line_height(LABEL)
    return (*_count(pen, lines, number), *moved(flow, left, EDGE)), max(said, deep) + 2 * EDGE


def _panel(pen: Pen, label: str, number: str, names: Sequence[str], width: float) -> tuple[tuple[Mark, ...], float]:
    """The number and what it counts, with the names below them."""
    lines = pen.faces.balance(label, LABEL, width - 2 * GAP, True)
    said = line_height(LARGE) + len(lines) * line_height(LABEL) + EDGE
    flow, deep = _flow(pen, names, width - 2 * GAP)
    return (*_count(pen, lines, number), *moved(flow, GAP, EDGE + said)), said + deep + 2 * EDGE


def _count(pen: Pen, lines: Sequence[str], number: str) -> tuple[Mark, ...]:
    head = pen.write(x=GAP, middle=EDGE + line_height(LARGE) / 2, text=number, size=LARGE, bold=True)
    middle = EDGE + line_height(LARGE) + len(lines) * line_height(LABEL) / 2
    return (head, *pen.write_lines(GAP, middle, lines, bold=True))


def _flow(pen: Pen, names: Sequence[str], width: float) -> tuple[tuple[Mark, ...], float]:
    """Names one after the other in lines, and how deep these go; one wider than a line is broken."""
    marks: list[Mark] = []
    x, y, step = 0.0, 0.0, line_height(LABEL)
    for name in names:
        lines = pen.faces.wrap(name, LABEL, width)
        long = pen.wide(lines)
        if x and x + long > width:
            x, y = 0.0, y + step
        marks += pen.write_lines(x, y + len(lines) * step / 2, lines)
        y += (len(lines) - 1) * step
        x += long + BETWEEN_NAMES
    return tuple(marks), y + step
