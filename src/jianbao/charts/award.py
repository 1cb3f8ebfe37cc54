"""Award: a panel of columns for each measure by edition, then panels of bars for groups such as winners.

Overlap: a row for each combination of sets that have cities in common, such as winners and sister cities.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from jianbao.charts.bars import Bar, bar_chart
from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, Plot, TextShape, moved
from jianbao.charts.spec import FigureSpec, Size, figure_key
from jianbao.charts.style import DASH, DOT, GAP, HAIR, LABEL, NOTE, RULE, AxisScale, Pen, pieces, thinned, thinned_lines
from jianbao.charts.text_metrics import BESIDE, NEWLINE, joined, line_height
from jianbao.data.facts import Fact, Ledger

GUTTER = 8.0
LEAST_PANEL = 44.0
FIELD, LOW_FIELD = 22.0, 13.0
WIDEST_BAR = 7.0
REFERENCE = "_reference"
SIGN = 5.0  # mm of the reference line before its name
LEAST_COLUMN, MOST_COLUMN, LEAST_NAMES = 11.0, 19.0, 44.0
MOST_ROWS, MOST_NAMES = 12, 24
UNEVEN = 1.6  # times the usual years between two editions
NEARLY = 0.9  # of the highest column: the number above one that is higher comes close to the heading
MORE = 1.7  # mm above a column for the arrow of a bound


@dataclass(frozen=True, kw_only=True)
class AwardPanel:
    """A small chart: its heading, its facts, and the key and name of each edition (none for a panel of groups).

    `measure` is the label and the fact of the reference line across the columns. `breaks` are the places of editions
    before which much more time has passed than usual.
    """

    heading: str
    facts: tuple[Fact, ...]
    editions: tuple[tuple[str, str], ...] = ()
    measure: tuple[str, Fact] | None = None
    breaks: frozenset[int] = frozenset()


def award(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw the panels in rows, as many in a row as fit; the latest edition is highlighted.

    A role "X_reference" that the option `reference` names is a line across the panel of the role X.
    """
    series, groups = _panels(spec, ledger, pen)
    drawn: list[Mark] = []
    height = 0.0
    for panels in (series, groups):
        marks, bottom = _in_rows(pen, panels, size.width_mm)
        gap = 4.0 if height and panels else 0.0
        drawn += moved(marks, 0.0, height + gap)
        height += gap + bottom
    shown = tuple(fact.id for panel in (*series, *groups) for fact in panel.facts)
    shown += tuple(panel.measure[1].id for panel in series if panel.measure)
    return Plot(tuple(drawn), size.width_mm, height + 0.3, shown)


def _panels(spec: FigureSpec, ledger: Ledger, pen: Pen) -> tuple[list[AwardPanel], list[AwardPanel]]:
    grouped, references = spec.options.get("breakdowns", ()), spec.options.get("reference", ())
    unlabelled = (spec.option("years"), *references)
    families = {role: spec.family(role, ledger) for role in spec.facts if role not in unlabelled}
    measures = {
        role.removesuffix(REFERENCE): (pen.label(role), fact)
        for role in references
        if (fact := spec.fact(role, ledger))
    }
    years = {figure_key(fact): float(str(fact.value)[:4]) for fact in spec.family(spec.option("years"), ledger)}
    keys = dict.fromkeys(figure_key(fact) for role, facts in families.items() if role not in grouped for fact in facts)
    editions = tuple((key, pen.tick(years[key], "year") if key in years else pen.name(key)) for key in keys)
    shown = {role: facts for role, facts in families.items() if facts and role not in grouped}
    breaks = _breaks([years[key] for key in keys if key in years]) if all(key in years for key in keys) else frozenset()
    panels = [
        AwardPanel(heading=pen.label(role), facts=facts, editions=editions, measure=measures.get(role), breaks=breaks)
        for role, facts in shown.items()
    ]
    ordered = spec.options.get("ordered", ())
    groups = [
        AwardPanel(heading=pen.label(role), facts=families[role] if role in ordered else _by_value(families[role]))
        for role in grouped
        if families.get(role)
    ]
    return panels, groups


def _breaks(years: Sequence[float]) -> frozenset[int]:
    """Return the indices of the years before which the gap is much longer than usual."""
    gaps = [later - earlier for earlier, later in pairwise(years)]
    usual = median(gaps) if len(gaps) > 1 else math.inf
    return frozenset(place for place, gap in enumerate(gaps, 1) if gap > UNEVEN * usual)


def _by_value(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    return tuple(sorted(facts, key=lambda fact: -fact.number))


def _in_rows(pen: Pen, panels: Sequence[AwardPanel], width: float) -> tuple[tuple[Mark, ...], float]:
    if not panels:
        return (), 0.0
    across = max(min(len(panels), int((width + GUTTER) / (LEAST_PANEL + GUTTER))), 1)
    each = (width - (across - 1) * GUTTER) / across
    drawn: list[Mark] = []
    top = 0.0
    for start in range(0, len(panels), across):
        row = panels[start : start + across]
        head = max(_head_height(pen, panel, each) for panel in row)
        head += max(_more_lines(pen, panel, each) for panel in row)
        bottoms = [head]
        for place, panel in enumerate(row):
            marks, bottom = _panel(pen, panel, each, head, FIELD if across > 1 else LOW_FIELD)
            drawn += moved(marks, place * (each + GUTTER), top)
            bottoms.append(bottom)
        top += max(bottoms) + 4.0
    return tuple(drawn), top - 4.0


def _head_height(pen: Pen, panel: AwardPanel, width: float) -> float:
    lines = pen.faces.balance(panel.heading, LABEL, width, bold=True)
    return len(lines) * line_height(LABEL) + len(_reference_lines(pen, panel, width)) * line_height(NOTE)


def _more_lines(pen: Pen, panel: AwardPanel, width: float) -> float:
    """Return the height of the number with most lines after its first, and of the arrow over a high column."""
    lines = [_number_lines(pen, panel, fact, width) for fact in panel.facts if panel.editions]
    highest = max((fact.number for fact in panel.facts), default=0.0)
    arrow = any(fact.comparator == ">" and fact.number > NEARLY * highest for fact in panel.facts if panel.editions)
    return (max(map(len, lines), default=1) - 1) * line_height(NOTE) + (MORE if arrow else 0.0)


def _number_lines(pen: Pen, panel: AwardPanel, fact: Fact, width: float) -> tuple[str, ...]:
    """Return the number above a column, wrapped if it is wider than the column's place; a word is never split."""
    number, step = pen.number(fact), width / len(panel.editions)
    if pen.wide((number,), NOTE, bold=True) <= step:
        return (number,)
    written = number.replace(BESIDE, NEWLINE)
    words = pen.wide(re.split(r"[ \n]", written), NOTE, bold=True)
    return pen.faces.balance(written, NOTE, max(step, words) + 0.01, bold=True)


def _reference_lines(pen: Pen, panel: AwardPanel, width: float) -> tuple[str, ...]:
    """Return the lines with the name and value of the reference line; nothing without a reference."""
    if panel.measure is None:
        return ()
    label, fact = panel.measure
    return pen.faces.balance(joined((label, pen.number(fact)), " "), NOTE, width - SIGN - GAP)


def _panel(pen: Pen, panel: AwardPanel, width: float, head: float, field: float) -> tuple[tuple[Mark, ...], float]:
    lines = pen.faces.balance(panel.heading, LABEL, width, bold=True)
    height, notes = len(lines) * line_height(LABEL), _reference_lines(pen, panel, width)
    title: tuple[Mark, ...] = pen.write_lines(0.0, height / 2, lines, bold=True)
    if notes:
        y = height + line_height(NOTE) / 2
        title += (LineShape(((0.0, y), (SIGN, y)), pen.palette.ink, 0.9, DASH),)
        title += pen.write_lines(SIGN + GAP, height + len(notes) * line_height(NOTE) / 2, notes, size=NOTE)
    if panel.editions:
        marks, bottom = _columns(pen, panel, width, head + line_height(NOTE) + 1.0, field)
    else:
        bars = [
            Bar(name=pen.name(figure_key(fact)), value=fact.number, printed=pen.number(fact)) for fact in panel.facts
        ]
        marks, bottom = bar_chart(pen, bars, width, head + 1.0, axis=False)
    return (*title, *marks), bottom


def _columns(pen: Pen, panel: AwardPanel, width: float, top: float, field: float) -> tuple[tuple[Mark, ...], float]:
    """Return columns from zero with their numbers above and the editions below, and the height at which they end.

    An edition without a value has no column.
    """
    values = {figure_key(fact): fact for fact in panel.facts}
    foot = top + field
    reference = (panel.measure[1],) if panel.measure else ()
    highest = max(max(fact.number for fact in (*panel.facts, *reference)), 1e-9)
    scale, step = AxisScale(0.0, highest, foot, top), width / len(panel.editions)
    latest = [key for key, _ in panel.editions if key in values][-1]
    half = min(step * 0.66, WIDEST_BAR) / 2
    marks: list[Mark] = [LineShape(((0.0, foot), (width, foot)), pen.palette.rule)]
    marks += [mark for place in panel.breaks for mark in _break(pen, place * step, foot)]
    numbers, names = [], []
    for place, (key, name) in enumerate(panel.editions):
        x = (place + 0.5) * step
        names.append(pen.note(x, foot + line_height(NOTE) / 2 + 0.6, name, "middle"))
        if key not in values:
            continue
        y, strong = scale(values[key].number), key == latest
        colour = pen.palette.highlight if strong else pen.palette.mark
        marks.append(BoxShape(Frame(x - half, y, x + half, foot), colour))
        if values[key].comparator == ">":
            marks.append(_more(x, y, half, colour))
            y -= MORE
        lines = _number_lines(pen, panel, values[key], width)
        aside = min(pen.wide(lines, NOTE, bold=strong), width) / 2
        middle = y - len(lines) * line_height(NOTE) / 2
        x = min(max(x, aside), width - aside)  # the label of the first or last column stays inside the panel
        numbers.append(pen.write_lines(x, middle, lines, "middle", size=NOTE, bold=strong))
    written = thinned_lines(numbers, pen.faces)
    across = [_reference_line(pen, scale(fact.number), width, written) for fact in reference]
    drawn = (*marks, *(stroke for strokes in across for stroke in strokes), *written, *thinned(names, pen.faces))
    return drawn, foot + line_height(NOTE) + 0.6


def _break(pen: Pen, x: float, foot: float) -> tuple[Mark, ...]:
    """Return the mark on the line below the columns that years are left out there."""
    bed = BoxShape(Frame(x - 0.55, foot - 0.5, x + 0.55, foot + 0.5), pen.palette.paper)
    strokes = (
        LineShape(((x + aside - 0.4, foot + 1.1), (x + aside + 0.4, foot - 1.1)), pen.palette.muted)
        for aside in (-0.55, 0.55)
    )
    return (bed, *strokes)


def _more(x: float, y: float, half: float, colour: str) -> LineShape:
    """Return the arrow above a column whose number is a bound: the value is more than that."""
    return LineShape(((x - half, y - 0.5), (x, y - MORE + 0.2), (x + half, y - 0.5)), colour, 1.1)


def _reference_line(pen: Pen, y: float, width: float, written: Sequence[TextShape]) -> Iterator[LineShape]:
    """Yield the line across the columns at a height, in pieces that leave out the numbers."""
    frames = (text.frame(pen.faces) for text in written)
    gaps = ((frame.left - 0.5, frame.right + 0.5) for frame in frames if frame.top - 0.3 < y < frame.bottom + 0.3)
    for left, right in pieces(0.0, width, gaps):
        yield LineShape(((left, y), (right, y)), pen.palette.ink, 0.9, DASH)


# Overlap


@dataclass(frozen=True)
class Combination:
    """A combination of sets (by role), and the cities that are in exactly these sets."""

    roles: tuple[str, ...]
    cities: tuple[str, ...]


def overlap(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a column for each set and a row for each combination of two or more, the one of most sets first."""
    facts = _sets(spec, ledger)
    wanted = set(spec.options.get("with", ()))
    found = [each for each in _combinations(facts) if not wanted or wanted.intersection(each.roles)][:MOST_ROWS]
    if not found:
        return Plot((), size.width_mm, 0.0, ())
    column, beside = _column(pen, tuple(facts), size.width_mm)
    unit = next((fact.unit for fact in _totals(spec, ledger) if fact), "")
    marks, top = _heads(spec, ledger, pen, tuple(facts), column)
    marks += (LineShape(((0.0, top), (size.width_mm, top)), pen.palette.rule, RULE),)
    for combination in found:
        row, top = _row(
            spec=spec,
            pen=pen,
            combination=combination,
            roles=tuple(facts),
            unit=unit,
            column=column,
            top=top,
            width=size.width_mm,
            beside=beside,
        )
        marks += (*row, LineShape(((0.0, top), (size.width_mm, top)), pen.palette.grid, HAIR))
    return Plot(marks, size.width_mm, top + 0.3, tuple(fact.id for fact in facts.values()))


def _sets(spec: FigureSpec, ledger: Ledger) -> dict[str, Fact]:
    totals = spec.options.get("totals", ())
    found = {role: spec.fact(role, ledger) for role in spec.facts if role not in totals}
    return {role: fact for role, fact in found.items() if fact and isinstance(fact.value, tuple)}


def _totals(spec: FigureSpec, ledger: Ledger) -> list[Fact | None]:
    return [spec.fact(role, ledger) for role in spec.options.get("totals", ())]


def _combinations(facts: Mapping[str, Fact]) -> list[Combination]:
    """Return the combinations of at least two sets, those of most sets first, then those of most cities."""
    member: dict[str, list[str]] = {}
    for role, fact in facts.items():
        for city in dict.fromkeys(fact.value if isinstance(fact.value, tuple) else ()):
            member.setdefault(city, []).append(role)
    groups: dict[tuple[str, ...], list[str]] = {}
    for city, roles in member.items():
        if len(roles) > 1:
            groups.setdefault(tuple(roles), []).append(city)
    found = [Combination(roles, tuple(cities)) for roles, cities in groups.items()]
    return sorted(found, key=lambda each: (-len(each.roles), -len(each.cities)))


def _column(pen: Pen, roles: Sequence[str], width: float) -> tuple[float, bool]:
    """Return the width of a set's column in mm, and whether the names of cities fit beside the columns."""
    words = [word for role in roles for word in pen.label(role).split()]
    least = max(LEAST_COLUMN, min(pen.wide(words) + GAP, MOST_COLUMN))
    column = min(MOST_COLUMN, (width - LEAST_NAMES) / len(roles))
    return (column, True) if column >= least else (width / len(roles), False)


def _heads(
    spec: FigureSpec, ledger: Ledger, pen: Pen, roles: Sequence[str], column: float
) -> tuple[tuple[Mark, ...], float]:
    """Return the names of the sets with their sizes below, and the height that they take."""
    heads = [pen.faces.balance(pen.label(role), LABEL, column - GAP) for role in roles]
    sizes = _totals(spec, ledger)[: len(roles)]
    names_height = max(len(lines) for lines in heads) * line_height(LABEL)
    marks: list[Mark] = []
    for place, lines in enumerate(heads):
        middle = names_height - len(lines) * line_height(LABEL) / 2
        x = (place + 0.5) * column
        marks += pen.write_lines(x, middle, lines, "middle", colour=pen.palette.muted)
        total = sizes[place] if place < len(sizes) else None
        if total:
            marks.append(pen.write(x, names_height + line_height(LABEL) / 2, pen.number(total), "middle", bold=True))
    return tuple(marks), names_height + (line_height(LABEL) if any(sizes) else 0.0) + 1.0


def _row(
    spec: FigureSpec,
    pen: Pen,
    *,
    combination: Combination,
    roles: Sequence[str],
    unit: str,
    column: float,
    top: float,
    width: float,
    beside: bool,
) -> tuple[tuple[Mark, ...], float]:
    """Return the dots of a row joined by a line, the names beside or below them, and the height at which they end."""
    highlighted = set(spec.options.get("highlight", ("",))) <= set(combination.roles)
    colour = pen.palette.highlight if highlighted else pen.palette.mark
    left = len(roles) * column + GAP if beside else 0.0
    text = pen.faces.spaced(pen.words.names(combination.cities, spec.limit(MOST_NAMES), unit))
    lines = pen.faces.wrap(text, LABEL, width - left)
    height = len(lines) * line_height(LABEL)
    middle = top + (max(height, DOT) / 2 + 1.0 if beside else DOT / 2 + 1.5)
    names_middle = middle if beside else middle + DOT / 2 + 0.8 + height / 2
    xs = [(place + 0.5) * column for place, role in enumerate(roles) if role in combination.roles]
    marks: list[Mark] = [LineShape(((xs[0], middle), (xs[-1], middle)), colour, 1.1)]
    for place, role in enumerate(roles):
        inside = role in combination.roles
        size, fill = (DOT, colour) if inside else (DOT * 0.6, pen.palette.grid)
        marks.append(Dot(x=(place + 0.5) * column, y=middle, size=size, fill=fill))
    marks += pen.write_lines(left, names_middle, lines, colour=pen.palette.ink, bold=False)
    return tuple(marks), (middle if beside else names_middle) + max(height, DOT) / 2 + 1.0
