"""Matrix: rows and columns with a mark or a text where they meet; many rows without any mark are listed in a box."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from jianbao.charts.bars import key
from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, Plot, moved
from jianbao.charts.spec import FigureSpec, Size, member_key
from jianbao.charts.style import DOT, GAP, HAIR, LABEL, NOTE, RULE, KeyEntry, Pen, one_line_names
from jianbao.charts.text_metrics import joined, line_height, on_one_line
from jianbao.core.encoding import has_han
from jianbao.data.facts import Fact, Ledger

GUTTER, ROW = 7.0, 4.3
NAMES_AT_MOST, ONE_LINE = 0.42, 0.28  # of the width: for names at all, and for two languages on one line
NARROW, WIDEST = 9.0, 20.0  # least and greatest width of a column in mm
LETTERED = 6.5  # width in mm of a column whose heading is a letter
ROWS_A_BLOCK, MAX_BLOCKS = 4, 3
HAN_A_LINE, LARGE = 3, 12.0
DASH = 1.8  # width in mm of the sign for no mark
BETWEEN_NAMES, EDGE, PANEL = 3.4, 1.2, 50.0
MAX_MARKED_ROWS, MAX_UNMARKED_NAMES = 32, 48
GIVEN = "given"
OPEN = "_open"  # the end of a role with the rows that are to be checked in a column
UNSURE = "?"  # the cell of such a row: a hollow dot
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class MatrixColumn:
    """A column: its role, its facts, and its cells by row: "" for a mark, UNSURE for one to be checked, else a text."""

    role: str
    facts: tuple[Fact, ...]
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The names of rows, the widths of names and columns in mm, the headings of columns, and the number of blocks."""

    row_names: Mapping[str, str]
    names: float
    column: float
    heads: tuple[tuple[str, ...], ...]
    blocks: int


def matrix(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw the rows in blocks side by side, those with most marks first unless order is `given`.

    Rows without any mark come last. If they are more than the others, or too many, a box names them instead. A role
    "met_open" has the rows whose mark in the column "met" is still to be checked: they have a hollow dot.
    """
    listed = spec.members("rows", ledger)
    every = tuple(dict.fromkeys(name for fact in listed for name in _names(fact)))
    roles = [role for role in spec.roles if role != "rows" and not role.endswith(OPEN)]
    columns = [each for role in roles if (each := _column(pen, role, spec, ledger)).facts]
    if not every or not columns:
        return Plot((), size.width_mm, 0.0, ())
    marked = [row for row in every if any(row in column.cells for column in columns)]
    if spec.option("order") != GIVEN:
        marked.sort(key=lambda row: -sum(row in column.cells for column in columns))
    empty = [row for row in every if row not in marked]
    if len(empty) <= len(marked) and len(every) <= min(ROWS_A_BLOCK * MAX_BLOCKS, spec.limit(MAX_MARKED_ROWS)):
        marked, empty = [*marked, *empty], []
    kept = marked[: spec.limit(MAX_MARKED_ROWS)]
    layout = _layout(pen, kept, columns, size.width_mm)
    marks, top = key(pen, _letters(pen, columns, layout), size.width_mm, 0.0)
    body, bottom = _blocks(pen, kept, columns, layout, top + (1.0 if top else 0.0))
    if len(kept) < len(marked):
        note, bottom = _left_out(pen, len(marked) - len(kept), size.width_mm, bottom)
        body += note
    foot, height = _empty(pen, empty, _free(layout, columns, size.width_mm), bottom) if empty else ((), bottom)
    shown = tuple(fact.id for fact in (*listed, *(fact for column in columns for fact in column.facts)))
    return Plot((*marks, *body, *foot), size.width_mm, height + 0.3, tuple(dict.fromkeys(shown)))


def _names(fact: Fact) -> tuple[str, ...]:
    return fact.value if isinstance(fact.value, tuple) else (member_key(fact),)


def _column(pen: Pen, role: str, spec: FigureSpec, ledger: Ledger) -> MatrixColumn:
    """Return a column: each name of a fact that is a list has a mark, each member of a family its value."""
    facts, unsure = spec.members(role, ledger), spec.members(f"{role}{OPEN}", ledger)
    cells: dict[str, str] = {name: UNSURE for fact in unsure for name in _names(fact)}
    for fact in facts:
        listed = isinstance(fact.value, tuple)
        cells |= dict.fromkeys(_names(fact), "") if listed else {member_key(fact): _cell(pen, fact)}
    return MatrixColumn(role, (*facts, *unsure), cells)


def _cell(pen: Pen, fact: Fact) -> str:
    if fact.kind == "date":
        return pen.tick(float(str(fact.value)[:4]), "year")
    return pen.number(fact) if fact.kind == "number" else pen.name(str(fact.value))


def _layout(pen: Pen, rows: Sequence[str], columns: Sequence[MatrixColumn], width: float) -> Layout:
    """Return a layout with columns as wide as the longest word of their headings; if too wide, with letters instead."""
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
    across = min(int((width + GUTTER) / (block + GUTTER)), ceil(len(rows) / ROWS_A_BLOCK), MAX_BLOCKS)
    row_names = dict(zip(rows, names, strict=True))
    return Layout(row_names=row_names, names=room, column=column, heads=heads, blocks=max(across, 1))


def _names_of(pen: Pen, rows: Sequence[str], width: float) -> list[str]:
    """Return the names of rows, in two languages on one line if all of them fit."""
    return one_line_names(pen, [pen.name(row) for row in rows], ONE_LINE * width)


def _longest(word: str) -> str:
    """Return the part of a word that must not be broken: all of it, or the first characters of a Chinese one."""
    return word[:HAN_A_LINE] if has_han(word) else word


def _letters(pen: Pen, columns: Sequence[MatrixColumn], layout: Layout) -> list[KeyEntry]:
    """Return a key to the letters above the columns; nothing if their headings are words."""
    named = [pen.faces.balance(pen.label(each.role), NOTE, layout.column - GAP / 2) for each in columns]
    if tuple(named) == layout.heads:
        return []
    signs = [pen.write(x=0.0, middle=0.0, text=head[0], bold=True) for head in layout.heads]
    return [
        KeyEntry((sign,), pen.wide((sign.text,), LABEL, bold=True), pen.label(each.role))
        for sign, each in zip(signs, columns, strict=True)
    ]


def _blocks(
    pen: Pen, rows: Sequence[str], columns: Sequence[MatrixColumn], layout: Layout, top: float
) -> tuple[tuple[Mark, ...], float]:
    """Return the rows in blocks side by side, each with the headings of the columns, and the height where they end."""
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
    pen: Pen, rows: Sequence[str], columns: Sequence[MatrixColumn], layout: Layout, top: float
) -> tuple[tuple[Mark, ...], float]:
    centres = [layout.names + GAP + (place + 0.5) * layout.column for place in range(len(columns))]
    right = centres[-1] + layout.column / 2
    tall = max(len(head) for head in layout.heads) * line_height(NOTE)
    marks: list[Mark] = []
    for x, head in zip(centres, layout.heads, strict=True):
        middle = top + tall - len(head) * line_height(NOTE) / 2
        marks += pen.note_lines(x, middle, head, "middle")
    y = top + tall + 0.6
    marks.append(LineShape(((0.0, y), (right, y)), pen.palette.rule, RULE))
    for row in rows:
        lines = pen.faces.balance(layout.row_names[row], LABEL, layout.names + 0.01)
        height = max(ROW, len(lines) * line_height(LABEL) + 0.8)
        middle = y + height / 2
        marks += pen.write_lines(0.0, middle, lines)
        marks += (_mark(pen, column.cells.get(row), x, middle) for x, column in zip(centres, columns, strict=True))
        y += height
        marks.append(LineShape(((0.0, y), (right, y)), pen.palette.grid, HAIR))
    return tuple(marks), y


def _left_out(pen: Pen, number: int, width: float, top: float) -> tuple[tuple[Mark, ...], float]:
    """Return a line that says how many rows are not shown, and the height at which it ends."""
    lines = pen.faces.wrap(joined((pen.label("left_out"), pen.tick(float(number))), " "), NOTE, width)
    deep = len(lines) * line_height(NOTE)
    return pen.note_lines(0.0, top + 0.6 + deep / 2, lines), top + 0.6 + deep


def _mark(pen: Pen, cell: str | None, x: float, y: float) -> Mark:
    """Return a dot for a mark, hollow if it is to be checked, a text, or a dash for no mark (None)."""
    if cell is None:
        return LineShape(((x - DASH / 2, y), (x + DASH / 2, y)), pen.palette.muted, RULE)
    if cell == UNSURE:
        return Dot(x=x, y=y, size=DOT * 1.1, edge=pen.palette.highlight)
    if cell:
        return pen.write(x=x, middle=y, text=cell, anchor="middle", size=NOTE, colour=pen.palette.highlight, bold=True)
    return Dot(x=x, y=y, size=DOT * 1.1, fill=pen.palette.highlight)


def _free(layout: Layout, columns: Sequence[MatrixColumn], width: float) -> tuple[float, float]:
    """Return the left and right edge in mm of the room beside the blocks; the whole width if that is too narrow."""
    block = layout.names + GAP + len(columns) * layout.column
    left = layout.blocks * (block + GUTTER)
    return (left, width) if width - left >= PANEL else (0.0, width)


def _empty(pen: Pen, rows: Sequence[str], free: tuple[float, float], bottom: float) -> tuple[tuple[Mark, ...], float]:
    """Return the number and names of the rows without a mark, beside the blocks or below, and the height of all."""
    left, right = free
    label, number = pen.label("none"), pen.tick(float(len(rows)))
    names = [on_one_line(pen.name(row)) for row in rows[:MAX_UNMARKED_NAMES]]
    names += [f"+{pen.tick(float(len(rows) - MAX_UNMARKED_NAMES))}"] if len(rows) > MAX_UNMARKED_NAMES else []
    panel = _panel if left else _strip
    marks, height = panel(pen, label, number, names, right - left)
    top = 0.0 if left else bottom + 2.2
    height = max(height, bottom - 0.3) if left else height
    box = BoxShape(Frame(left, top, right, top + height), pen.palette.span)
    return (box, *moved(marks, left, top)), max(bottom, top + height)


def _strip(pen: Pen, label: str, number: str, names: Sequence[str], width: float) -> tuple[tuple[Mark, ...], float]:
    """Return the number and its label with the names to the right, and the height that they take."""
    lines = pen.faces.balance(label, LABEL, width * 0.28, bold=True)
    left = max(pen.wide(lines, LABEL, bold=True), pen.wide((number,), LARGE, bold=True)) + 3 * GAP
    flow, deep = _flow(pen, names, width - left - GAP)
    head_height = line_height(LARGE) + len(lines) * line_height(LABEL)
    return (*_count(pen, lines, number), *moved(flow, left, EDGE)), max(head_height, deep) + 2 * EDGE


def _panel(pen: Pen, label: str, number: str, names: Sequence[str], width: float) -> tuple[tuple[Mark, ...], float]:
    """Return the number and its label with the names below, and the height that they take."""
    lines = pen.faces.balance(label, LABEL, width - 2 * GAP, bold=True)
    head_height = line_height(LARGE) + len(lines) * line_height(LABEL) + EDGE
    flow, deep = _flow(pen, names, width - 2 * GAP)
    return (*_count(pen, lines, number), *moved(flow, GAP, EDGE + head_height)), head_height + deep + 2 * EDGE


def _count(pen: Pen, lines: Sequence[str], number: str) -> tuple[Mark, ...]:
    head = pen.write(x=GAP, middle=EDGE + line_height(LARGE) / 2, text=number, size=LARGE, bold=True)
    middle = EDGE + line_height(LARGE) + len(lines) * line_height(LABEL) / 2
    return (head, *pen.write_lines(GAP, middle, lines, bold=True))


def _flow(pen: Pen, names: Sequence[str], width: float) -> tuple[tuple[Mark, ...], float]:
    """Return names one after another in lines, and their height; a name wider than a line is broken."""
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
