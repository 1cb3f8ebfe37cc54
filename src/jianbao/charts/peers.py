"""Peers: a strip for each measure with a dot for each city, labelled with its name, value and year."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jianbao.charts.bars import key, names_width, rows
from jianbao.charts.label_placement import Lanes, Tag, lanes_of
from jianbao.charts.shapes import Dot, LineShape, Mark, Plot, TextShape, moved
from jianbao.charts.spec import FigureSpec, Size, figure_key
from jianbao.charts.style import (
    DOT,
    GAP,
    HAIR,
    LABEL,
    NOTE,
    RULE,
    WHOLE_STEPS,
    AxisScale,
    KeyEntry,
    Pen,
    dot_entry,
    ticks,
)
from jianbao.charts.text_metrics import NEWLINE, joined, line_height
from jianbao.data.facts import Fact, Ledger

WIDE = 120.0  # from this width in mm, the names of measures are beside their strips
NAMES = 0.29
HOME_DOT, HOME_TEXT, SMALL = 3.1, 8.5, 7.0
RANK = "rank"
ABOVE_ZERO = (0.25, 0.5)  # a strip begins above zero only if its least value is from this to this share of the greatest
SHAPES = ("circle", "diamond", "square")
ARROW = 4.0


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A city on a strip: its value, the year to print, and the counting rule if it differs from the usual one."""

    city: str
    fact: Fact
    home: bool
    year: str = ""
    basis: str = ""


@dataclass(frozen=True, kw_only=True)
class Strip:
    """A measure: its name, the note under it, its cities from left to right, and the ends of its scale."""

    name: str
    note: str
    peers: tuple[Peer, ...]
    low: float
    high: float

    def scale(self, left: float, right: float) -> AxisScale:
        """Return the scale of the strip from `left` to `right` in mm."""
        return AxisScale(self.low, self.high, left, right)


def peers(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw a strip for each measure; right is always more or better, so ranks run backwards.

    If the labels of a strip do not fit, all measures are drawn with a row for each city instead.
    """
    others = (*spec.options.get("other_basis", ()), *spec.options.get("last_rank", ()))
    strips = [each for role in spec.roles if role not in others if (each := _strip(spec, ledger, pen, role))]
    if not strips:
        return Plot((), size.width_mm, 0.0, ())
    unusual = tuple(dict.fromkeys(peer.basis for strip in strips for peer in strip.peers if peer.basis))
    marks, top = key(pen, [_entry(pen, basis, unusual) for basis in unusual], size.width_mm, 0.0)
    top += 1.0 if unusual else 0.0
    body, bottom = _strips(pen, strips, unusual, size.width_mm) or _rows(pen, strips, unusual, size.width_mm)
    foot, height = _foot(pen, _direction(strips), size.width_mm, top + bottom)
    shown = tuple(peer.fact.id for strip in strips for peer in strip.peers)
    return Plot((*marks, *moved(body, 0.0, top), *foot), size.width_mm, height, shown)


def _strip(spec: FigureSpec, ledger: Ledger, pen: Pen, role: str) -> Strip | None:
    home = spec.option("home")
    counted = _counted(spec, ledger, role)
    if not counted:
        return None
    rules = [rule for _, rule in counted.values()]
    usual = counted[home][1] if home in counted else Counter(rules).most_common(1)[0][0]
    years = {city: fact.as_of[:4] for city, (fact, _) in counted.items()}
    several = len(set(years.values())) > 1
    found = [
        Peer(
            city=city,
            fact=fact,
            home=city == home,
            year=pen.tick(float(years[city]), "year") if several and years[city] else "",
            basis=rule if rule != usual else "",
        )
        for city, (fact, rule) in counted.items()
    ]
    backwards = role in spec.options.get("lower_is_better", ()) or all(peer.fact.unit == RANK for peer in found)
    low, high = _scale_ends(found, backwards, _last_rank(spec, ledger, role))
    found.sort(key=lambda peer: (-peer.fact.number if backwards else peer.fact.number, peer.city))
    notes = (pen.optional(f"{role}_note"), _rule(pen, usual), "" if several else _year(pen, years))
    return Strip(name=pen.label(role), note=joined(notes), peers=tuple(found), low=low, high=high)


def _counted(spec: FigureSpec, ledger: Ledger, role: str) -> dict[str, tuple[Fact, str]]:
    """Return the facts of a measure by city, each with its counting rule: that of its rows, or its `other_basis` role.

    A fact about no city belongs to the home city; of several about one city the last is taken.
    """
    home, wanted = spec.option("home"), spec.options.get("cities", ())
    found: dict[str, tuple[Fact, str]] = {}
    for each in (role, *(other for other in spec.options.get("other_basis", ()) if other.startswith(f"{role}_"))):
        for fact in spec.members(each, ledger):
            city, bases = figure_key(fact) if fact.about else home, fact.limits.bases
            if not wanted or city in (home, *wanted):
                fact = replace(fact, carried=0)  # its year is printed beside it, so it needs no mark
                found[city] = fact, each if each != role else bases[0] if len(bases) == 1 else ""
    return found


def _year(pen: Pen, years: dict[str, str]) -> str:
    year = next(iter(years.values()))
    return pen.tick(float(year), "year") if year else ""


def _last_rank(spec: FigureSpec, ledger: Ledger, role: str) -> float:
    """Return how many cities a measure ranks, from its role in the option `last_rank`; 0.0 if unknown."""
    roles = [each for each in spec.options.get("last_rank", ()) if each.startswith(f"{role}_")]
    facts = (spec.fact(each, ledger) for each in roles)
    return max((fact.number for fact in facts if fact), default=0.0)


def _scale_ends(found: Sequence[Peer], backwards: bool, last: float) -> tuple[float, float]:
    """Return the values at the left and right end of a strip, round numbers; ranks go from the last one to the first.

    If the last rank is not known (0.0), it is a round number not below the greatest rank. Values close to each other
    are shown from zero, so that a small difference does not fill the strip.
    """
    values = [peer.fact.number for peer in found]
    least, most = min(values), max(values)
    if backwards:
        ranked = [peer.fact.of or 0.0 for peer in found] + [last]
        known = [each for each in ranked if each >= most]
        return max(known or [ticks(1.0, max(most, 2.0), 4, WHOLE_STEPS)[-1]]), 1.0 if least >= 1.0 else 0.0
    above = least < 0.0 or ABOVE_ZERO[0] * most <= least <= ABOVE_ZERO[1] * most
    marks = ticks(least if above else 0.0, most, 5, WHOLE_STEPS)
    return marks[0], marks[-1]


def _entry(pen: Pen, basis: str, unusual: Sequence[str]) -> KeyEntry:
    return dot_entry(_rule(pen, basis), pen.palette.paper, pen.palette.muted, _shape(basis, unusual))


def _rule(pen: Pen, basis: str) -> str:
    """Return the name of a counting rule: the figure's label for it, or else its general name."""
    return (pen.optional(basis) or pen.name(basis)) if basis else ""


def _shape(basis: str, unusual: Sequence[str]) -> str:
    return SHAPES[unusual.index(basis) % len(SHAPES)] if basis else SHAPES[0]


def _dot(pen: Pen, peer: Peer, unusual: Sequence[str], x: float, y: float) -> Dot:
    """Return a dot: larger and highlighted for the home city, hollow for an unusual counting rule."""
    colour, size = (pen.palette.highlight, HOME_DOT) if peer.home else (pen.palette.muted, DOT)
    fill, edge = (pen.palette.paper, colour) if peer.basis else (colour, pen.palette.paper)
    return Dot(x=x, y=y, size=size, fill=fill, edge=edge, shape=_shape(peer.basis, unusual), width=0.8)


def _label(pen: Pen, peer: Peer) -> Tag:
    """Return the label of a dot: name and value, the year in smaller type, the second language's name below."""
    first, *others = pen.name(peer.city).split(NEWLINE)
    colour, points = (pen.palette.highlight, HOME_TEXT) if peer.home else (pen.palette.ink, NOTE)
    head = pen.write(
        x=0.0, middle=0.0, text=f"{first} {pen.number(peer.fact)}", size=points, colour=colour, bold=peer.home
    )
    wide = pen.wide((head.text,), points, bold=peer.home)
    pieces: list[TextShape] = [head]
    if peer.year:
        pieces.append(pen.write(x=wide + 0.8, middle=0.0, text=peer.year, size=SMALL, colour=pen.palette.muted))
        wide += 0.8 + pen.wide((peer.year,), SMALL)
    for place, other in enumerate(others, 1):
        small = pen.write(
            x=0.0,
            middle=place * line_height(NOTE),
            text=other,
            size=NOTE if peer.home else SMALL,
            colour=colour if peer.home else pen.palette.muted,
            bold=peer.home,
        )
        pieces.append(small)
        wide = max(wide, pen.wide((other,), small.size, bold=peer.home))
    return Tag(tuple(pieces), wide, (len(others) + 1) * line_height(NOTE))


def _strips(
    pen: Pen, strips: Sequence[Strip], unusual: Sequence[str], width: float
) -> tuple[tuple[Mark, ...], float] | None:
    """Return the strips one below the other and their height; None if the labels of one do not fit."""
    beside = width >= WIDE
    numbers = pen.wide([pen.tick(end) for strip in strips for end in (strip.low, strip.high)], NOTE)
    left = (NAMES * width if beside else 0.0) + numbers + 2 * GAP
    marks: list[Mark] = []
    top = 0.0
    for strip in strips:
        scale = strip.scale(left, width - numbers - 2 * GAP)
        tags = [_label(pen, peer) for peer in strip.peers]
        places = [scale(peer.fact.number) for peer in strip.peers]
        bounds = (NAMES * width + GAP if beside else 0.0, width)
        lanes = lanes_of(places, [tag.width for tag in tags], bounds, 2 if beside else 1)
        if lanes is None:
            return None
        drawn, bottom = _draw(pen, strip, PlacedLabels(scale, tags, lanes), unusual, width)
        marks += moved(drawn, 0.0, top)
        top += bottom
        if strip is not strips[-1]:
            marks.append(LineShape(((0.0, top), (width, top)), pen.palette.grid, HAIR))
            top += 1.0
    return tuple(marks), top


@dataclass(frozen=True)
class PlacedLabels:
    """The scale of a strip, the labels of its cities, and the lanes of the labels."""

    scale: AxisScale
    tags: Sequence[Tag]
    lanes: Lanes


def _draw(
    pen: Pen, strip: Strip, placed: PlacedLabels, unusual: Sequence[str], width: float
) -> tuple[tuple[Mark, ...], float]:
    """Return a strip with its name beside or above it, and its height."""
    beside = width >= WIDE
    room = NAMES * width - GAP if beside else width
    name, note = pen.faces.balance(strip.name, LABEL, room, bold=True), pen.faces.balance(strip.note, NOTE, room)
    label_height = len(name) * line_height(LABEL) + (len(note) * line_height(NOTE) if strip.note else 0.0)
    step = max(tag.height for tag in placed.tags) + 0.5
    above, below = (step * placed.lanes.levels(side) for side in (0, 1))
    height = 1.6 + above + HOME_DOT + 1.0 + below + 0.6
    top = 0.0 if beside else label_height
    whole = max(height, label_height + 2.0) if beside else top + height
    axis = top + (whole - top - height) / 2 + 1.6 + above + HOME_DOT / 2 + 0.4
    middle = whole / 2 if beside else label_height / 2
    marks: list[Mark] = [
        *pen.write_lines(0.0, middle - label_height / 2 + len(name) * line_height(LABEL) / 2, name, bold=True)
    ]
    if strip.note:
        under = middle + label_height / 2 - len(note) * line_height(NOTE) / 2
        marks += pen.note_lines(0.0, under, note)
    marks += _axis(pen, strip, placed.scale, axis)
    for place, (peer, tag) in enumerate(zip(strip.peers, placed.tags, strict=True)):
        x, side, level = placed.scale(peer.fact.number), *placed.lanes.at[place]
        near = axis - 1.9 - level * step - tag.height if side == 0 else axis + 1.9 + level * step
        head = near + tag.height if side == 0 else near
        marks.append(LineShape(((x, axis), (x, head)), pen.palette.rule, HAIR))
        marks += moved(tag.pieces, placed.lanes.lefts[place], near + line_height(NOTE) / 2)
    dots = sorted(strip.peers, key=lambda peer: peer.home)
    marks += (_dot(pen, peer, unusual, placed.scale(peer.fact.number), axis) for peer in dots)
    return tuple(marks), whole


def _axis(pen: Pen, strip: Strip, scale: AxisScale, y: float) -> Iterator[Mark]:
    """Yield the line of a strip with the values at its ends."""
    yield LineShape(((scale.start, y), (scale.end, y)), pen.palette.rule, RULE)
    for x, value, anchor, aside in ((scale.start, strip.low, "end", -GAP), (scale.end, strip.high, "start", GAP)):
        yield LineShape(((x, y - 0.8), (x, y + 0.8)), pen.palette.rule, RULE)
        yield pen.note(x + aside, y, pen.tick(value), anchor)


def _rows(pen: Pen, strips: Sequence[Strip], unusual: Sequence[str], width: float) -> tuple[tuple[Mark, ...], float]:
    """Return a block for each measure with a row for each city, the best first, and their height."""
    names = [pen.name(peer.city) for strip in strips for peer in strip.peers]
    years = pen.wide([peer.year for strip in strips for peer in strip.peers], SMALL)
    room = names_width(pen, names, width, bold=True)
    numbers = pen.wide([pen.number(peer.fact) for strip in strips for peer in strip.peers], LABEL, bold=True)
    left, right = room + (years + GAP if years else 0.0) + 2 * GAP, width - numbers - 2 * GAP
    marks: list[Mark] = []
    top = 0.0
    for strip in strips:
        scale = strip.scale(left, right)
        head, top = _head(pen, strip, width, top)
        marks += head
        best = tuple(reversed(strip.peers))
        cities = [pen.name(peer.city) for peer in best]
        placed = rows(pen=pen, names=cities, room=room, least=4.0, top=top, bold=True)
        for peer, row in zip(best, placed, strict=True):
            colour = pen.palette.highlight if peer.home else pen.palette.ink
            y = row.middle
            marks += pen.write_lines(0.0, y, row.lines, colour=colour, bold=peer.home)
            if peer.year:
                marks.append(pen.write(x=room + GAP, middle=y, text=peer.year, size=SMALL, colour=pen.palette.muted))
            marks.append(LineShape(((scale.start, y), (scale.end, y)), pen.palette.grid, HAIR))
            marks.append(_dot(pen, peer, unusual, scale(peer.fact.number), y))
            marks.append(pen.write(width, y, pen.number(peer.fact), "end", bold=peer.home))
        top = placed[-1].bottom + 2.4
    return tuple(marks), top - 2.4


def _head(pen: Pen, strip: Strip, width: float, top: float) -> tuple[tuple[Mark, ...], float]:
    name, note = pen.faces.balance(strip.name, LABEL, width, bold=True), pen.faces.balance(strip.note, NOTE, width)
    tall = len(name) * line_height(LABEL)
    marks = pen.write_lines(0.0, top + tall / 2, name, bold=True)
    top += tall
    if strip.note:
        under = len(note) * line_height(NOTE)
        marks += pen.note_lines(0.0, top + under / 2, note)
        top += under
    return (*marks, LineShape(((0.0, top + 0.5), (width, top + 0.5)), pen.palette.rule, HAIR)), top + 0.8


def _direction(strips: Sequence[Strip]) -> str:
    """Return the key of the label that explains the direction: for strips of amounts, of ranks, or of both."""
    backwards = [strip.low > strip.high for strip in strips]
    if all(backwards):
        return "right_is_better"
    return "right_is_more_or_better" if any(backwards) else "right_is_more"


def _foot(pen: Pen, direction: str, width: float, top: float) -> tuple[tuple[Mark, ...], float]:
    """Return the text that explains the direction, with an arrow, and the height at which it ends."""
    lines = pen.faces.balance(pen.label(direction), NOTE, width - ARROW - 2 * GAP)
    tall = len(lines) * line_height(NOTE)
    y, end = top + 0.8 + tall / 2, width - 0.4
    arrow = [LineShape(((end - ARROW, y), (end, y)), pen.palette.muted)]
    arrow += [LineShape(((end - 1.1, y + side * 0.8), (end, y)), pen.palette.muted) for side in (-1, 1)]
    text = pen.note_lines(end - ARROW - GAP, y, lines, "end")
    return (*arrow, *text), top + 0.8 + tall + 0.3
