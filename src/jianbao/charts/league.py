"""League: units by rank, with the interval of each rank as numbers and each score as a dot with its interval."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jianbao.charts.bars import NAMES_BESIDE, Row, key
from jianbao.charts.shapes import Dot, Frame, LineShape, Mark, Plot
from jianbao.charts.spec import FigureSpec, Size, figure_key
from jianbao.charts.style import (
    DOT,
    GAP,
    HAIR,
    LABEL,
    NOTE,
    STROKE,
    AxisScale,
    KeyEntry,
    Pen,
    column_positions,
    dot_entry,
    ticks,
)
from jianbao.charts.text_metrics import line_height
from jianbao.data.facts import Fact, Ledger

MAX_UNITS, MAX_HEIGHT = 60, 245.0
LOOSE, CLOSE = 5.0, 3.7  # height of a row in mm, if there are few rows and if there are many
EVERY = 5
EQUAL, TO = "=", "–"
HEADS_AT_MOST = 0.1


@dataclass(frozen=True)
class LeagueRow:
    """A unit with its score and rank (None without enough data); `joint` if other units have the same rank."""

    unit: str
    score: Fact | None
    rank: Fact | None
    joint: bool = False

    @property
    def facts(self) -> tuple[str, ...]:
        """Return the ids of its facts that are shown."""
        return tuple(fact.id for fact in (self.score, self.rank) if fact)


@dataclass(frozen=True)
class Columns:
    """Positions in mm: the right edge of ranks, the left edges of rank ranges and of names, and the width for names."""

    ranks: float
    ranges: float
    names: float
    room: float


def league(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a row for each unit, the best first, as many as fit; a last line says how many are left out."""
    every = _standings(spec, ledger)
    if not any(each.score for each in every):
        return Plot((), size.width_mm, 0.0, ())
    limited = every[: spec.limit(MAX_UNITS)]
    marks, top = key(pen, _entries(pen, limited), size.width_mm, 0.0)
    columns, heads, frame_top = _columns(pen, limited, size.width_mm, top)
    number = pen.wide([pen.number(each.score) for each in limited if each.score], LABEL, bold=True)
    frame = Frame(columns.names + columns.room + 2 * GAP, frame_top, size.width_mm - number - 2 * GAP, 0.0)
    height = (size.height_mm or MAX_HEIGHT) - (_note_height(pen, len(every), columns, size) if len(every) > 1 else 0.0)
    placed = _rows(pen, limited, columns.room, frame, height)
    shown, frame = limited[: len(placed)], replace(frame, bottom=placed[-1].bottom)
    scale, grid = _axis(pen, shown, frame)
    bold = frozenset(spec.options.get("highlight", ()))
    body = [
        mark
        for each, row in zip(shown, placed, strict=True)
        for mark in _row(pen=pen, each=each, row=row, columns=columns, scale=scale, width=size.width_mm, bold=bold)
    ]
    note, bottom = _note(pen, len(every) - len(shown), columns, size, frame.bottom)
    facts = tuple(fact for each in shown for fact in each.facts)
    return Plot((*marks, *heads, *_rules(pen, placed, size), *grid, *body, *note), size.width_mm, bottom, facts)


def _standings(spec: FigureSpec, ledger: Ledger) -> tuple[LeagueRow, ...]:
    """Return the rows by rank, units of equal rank in the order of the facts; those without a rank come last."""
    units: dict[str, str] = {}
    for role in ("rank", "score", "coverage"):
        for fact in spec.family(role, ledger):
            units.setdefault(fact.id.removeprefix(spec.facts[role] + "."), figure_key(fact))
    found = [(unit, spec.fact("score", ledger, word), spec.fact("rank", ledger, word)) for word, unit in units.items()]
    shared = Counter(rank.number for _, _, rank in found if rank)
    standings = [
        LeagueRow(unit, score, rank, rank is not None and shared[rank.number] > 1) for unit, score, rank in found
    ]
    return tuple(sorted(standings, key=lambda each: (each.rank.number if each.rank else float("inf"), not each.score)))


def _entries(pen: Pen, standings: Sequence[LeagueRow]) -> list[KeyEntry]:
    colour = pen.palette.highlight
    entries = [dot_entry(pen.label("score"), colour, colour)]
    if any(each.score and _has_no_width(each.score) is False for each in standings):
        bar = LineShape(((0.0, 0.0), (5.5, 0.0)), pen.palette.mark, STROKE)
        entries.append(KeyEntry((bar,), 5.5, pen.label("interval")))
    return entries


def _has_no_width(fact: Fact) -> bool | None:
    """Return whether an interval has no width; None if there is no interval."""
    return None if fact.low is None or fact.high is None else fact.high <= fact.low


def _rank(pen: Pen, standing: LeagueRow) -> str:
    return (EQUAL if standing.joint else "") + pen.number(standing.rank) if standing.rank else ""


def _range(pen: Pen, standing: LeagueRow) -> str:
    rank = standing.rank
    if rank is None or rank.low is None or rank.high is None:
        return ""
    ends = (replace(rank, value=end, of=None, low=None, high=None) for end in (rank.low, rank.high))
    return TO.join(dict.fromkeys(pen.number(end) for end in ends))


def _columns(
    pen: Pen, standings: Sequence[LeagueRow], width: float, top: float
) -> tuple[Columns, tuple[Mark, ...], float]:
    """Return the positions of the columns, the headings of ranks and ranges, and the height at which the rows begin."""
    ranks = pen.wide([_rank(pen, each) for each in standings], LABEL, bold=True)
    ranges = pen.wide([_range(pen, each) for each in standings])
    heads = []
    for text, room in ((pen.label("rank"), ranks), (pen.label("range") if ranges else "", ranges)):
        heads.append(pen.faces.balance(text, NOTE, max(room, HEADS_AT_MOST * width)))
    right = max(ranks, pen.wide(heads[0], NOTE))
    left = right + GAP
    names_left = left + max(ranges, pen.wide(heads[1], NOTE)) + 2 * GAP if ranges else right + 2 * GAP
    names = pen.wide([pen.name(each.unit) for each in standings], LABEL, bold=True)
    lines = [pen.faces.balance(pen.name(each.unit), LABEL, NAMES_BESIDE * width, bold=True) for each in standings]
    room = (
        names
        if names <= NAMES_BESIDE * width
        else pen.wide([line for each in lines for line in each], LABEL, bold=True)
    )
    frame_top = top + max(len(head) for head in heads) * line_height(NOTE) + 1.4
    places = ((right, heads[0], "end"), (left, heads[1], "start"))
    marks = [mark for x, head, anchor in places for mark in _head(pen, x, frame_top, head, anchor)]
    return Columns(right, left, names_left, room), tuple(marks), frame_top


def _head(pen: Pen, x: float, frame_top: float, lines: Sequence[str], anchor: str) -> tuple[Mark, ...]:
    """Return the heading of a column; its last line is level with the numbers of the axis."""
    middle = frame_top - (0.62 + (len(lines) - 1) / 2) * line_height(NOTE)
    return pen.note_lines(x, middle, lines, anchor) if any(lines) else ()


def _rows(pen: Pen, standings: Sequence[LeagueRow], room: float, frame: Frame, height: float) -> list[Row]:
    """Return the rows that end above `height`, at least one, closer together if there are many."""
    least = min(LOOSE, max(CLOSE, (height - frame.top) / len(standings)))
    found: list[Row] = []
    top = frame.top
    for each in standings:
        lines = pen.faces.balance(pen.name(each.unit), LABEL, room + 0.01, bold=True)
        message_lines = 0 if each.score else len(_no_score_lines(pen, frame))
        row = Row(lines, top, top + least + (max(len(lines), message_lines) - 1) * line_height(LABEL))
        if found and row.bottom > height + 0.01:
            break
        found.append(row)
        top = row.bottom
    return found


def _no_score_lines(pen: Pen, frame: Frame) -> tuple[str, ...]:
    return pen.faces.wrap(pen.label("no_score"), NOTE, frame.right - frame.left - GAP)


def _axis(pen: Pen, standings: Sequence[LeagueRow], frame: Frame) -> tuple[AxisScale, tuple[Mark, ...]]:
    """Return a scale that covers the intervals, and its axis; dots, unlike bars, need no zero."""
    scores = [each.score for each in standings if each.score]
    ends = [end for fact in scores for end in (fact.number, fact.low, fact.high) if end is not None] or [0.0]
    marks = ticks(min(ends), max(ends), 8 if frame.right - frame.left > 60 else 4)
    scale = AxisScale(marks[0], marks[-1], frame.left, frame.right)
    return scale, column_positions(pen, scale, marks, frame)


def _rules(pen: Pen, placed: Sequence[Row], size: Size) -> Iterator[Mark]:
    """Yield a hairline after every few rows, which guides the eye from name to number."""
    for row in placed[EVERY::EVERY]:
        yield LineShape(((0.0, row.top), (size.width_mm, row.top)), pen.palette.grid, HAIR)


def _row(
    pen: Pen, each: LeagueRow, *, row: Row, columns: Columns, scale: AxisScale, width: float, bold: frozenset[str]
) -> tuple[Mark, ...]:
    y, muted, strong = row.middle, pen.palette.muted, each.unit in bold
    marks: list[Mark] = [*pen.write_lines(columns.names, y, row.lines, bold=strong)]
    if each.rank:
        marks.append(pen.write(columns.ranks, y, _rank(pen, each), "end", bold=True))
        marks += [pen.write(columns.ranges, y, text, colour=muted) for text in (_range(pen, each),) if text]
    if each.score is None:
        lines = _no_score_lines(pen, Frame(scale.start, row.top, scale.end, row.bottom))
        return (*marks, *pen.note_lines(scale.start + GAP, y, lines))
    if each.score.low is not None and each.score.high is not None:
        marks.append(LineShape(((scale(each.score.low), y), (scale(each.score.high), y)), pen.palette.mark, STROKE))
    colour = pen.palette.highlight if strong or not bold else muted
    marks.append(Dot(x=scale(each.score.number), y=y, size=DOT, fill=colour, edge=pen.palette.paper, width=0.5))
    marks.append(pen.write(width, y, pen.number(each.score), "end", bold=strong))
    return tuple(marks)


def _note_lines(pen: Pen, number: int, columns: Columns, size: Size) -> tuple[str, ...]:
    text = f"{pen.label('left_out')} {pen.tick(float(number))}"
    return pen.faces.wrap(text, NOTE, size.width_mm - columns.names)


def _note_height(pen: Pen, number: int, columns: Columns, size: Size) -> float:
    return 1.0 + len(_note_lines(pen, number, columns, size)) * line_height(NOTE)


def _note(pen: Pen, number: int, columns: Columns, size: Size, top: float) -> tuple[tuple[Mark, ...], float]:
    """Return the line that says how many units are left out, if any, and the height at which the figure ends."""
    if not number:
        return (), top + 0.5
    lines = _note_lines(pen, number, columns, size)
    bottom = top + _note_height(pen, number, columns, size)
    middle = (top + 1.0 + bottom) / 2
    return pen.note_lines(columns.names, middle, lines), bottom + 0.3
