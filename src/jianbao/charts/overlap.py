"""Overlap: a row for each combination of sets that have cities in common, with the names of the cities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jianbao.charts.shapes import Dot, LineShape, Mark, Plot
from jianbao.charts.spec import FigureSpec, Size
from jianbao.charts.style import DOT, GAP, HAIR, LABEL, RULE, Pen
from jianbao.charts.text_metrics import line_height
from jianbao.data.facts import Fact, Ledger

LEAST_COLUMN, MOST_COLUMN = 11.0, 19.0
LEAST_NAMES = 44.0
MOST_ROWS, MOST_NAMES = 12, 24


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
