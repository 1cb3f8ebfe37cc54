"""Compass: the partners around the home city by bearing and great-circle distance; no map, no borders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import cos, dist, hypot, inf, radians, sin

from jianbao.charts.bars import Bar, bar_chart, key
from jianbao.charts.label_placement import LabelRequest, nearest_room, place_labels
from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Mark, Plot, Ring, TextShape, bounds, moved
from jianbao.charts.spec import FigureSpec, Size, figure_key, names_in
from jianbao.charts.style import DOT, HAIR, HEAD, Pen, dot_entry, ticks
from jianbao.charts.text_metrics import NEWLINE, on_one_line
from jianbao.data.facts import Fact, Ledger

WIDE = 150.0
DIAL, NARROW_DIAL = 96.0, 82.0
RIM = 4.6
LABELS_AT_MOST = 8
KM = "km"
# Bearings near north and south, along which the distances of the rings may be written one below the other.
BEARINGS = tuple(half + side * turn for turn in (12.0, 18.0, 24.0, 30.0) for half in (180.0, 0.0) for side in (-1, 1))
Position = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Partner:
    """A partner city: its bearing (degrees from north) and distance (km) from home, and whether it is a sister city."""

    city: str
    continent: str
    sister: bool
    bearing: float
    distance: Fact

    def at(self, dial: "Dial") -> Position:
        """Return its position in mm."""
        return dial.point(self.bearing, self.distance.number)


@dataclass(frozen=True)
class Dial:
    """The circle of the compass: its centre and radius in mm, and the distance in km at its edge (`reach`)."""

    x: float
    y: float
    radius: float
    reach: float

    def point(self, bearing: float, km: float) -> Position:
        """Return the position in mm of a bearing and a distance; north is up."""
        along = km / self.reach * self.radius
        return self.x + along * sin(radians(bearing)), self.y - along * cos(radians(bearing))

    @property
    def frame(self) -> Frame:
        """Return the square around the circle and the letters of the winds."""
        half = self.radius + RIM
        return Frame(self.x - half, self.y - half, self.x + half, self.y + half)


def compass(spec: FigureSpec, ledger: Ledger, pen: Pen, size: Size) -> Plot:
    """Draw the compass, and beside it, or below it in a narrow column, the number of partners by continent."""
    partners = (*_partners(spec, ledger, "exchange"), *_partners(spec, ledger, "sister"))
    if not partners:
        return Plot((), size.width_mm, 0.0, ())
    wide = size.width_mm >= WIDE
    largest = DIAL if wide else NARROW_DIAL
    across = min(size.width_mm, size.height_mm or largest, largest)
    rings = ticks(0.0, max(partner.distance.number for partner in partners), 4)[1:]
    middle = across / 2 if wide else size.width_mm / 2
    dial = Dial(middle, across / 2, across / 2 - RIM, rings[-1])
    marks = (*_rings_and_directions(dial, rings, pen, partners), *_dots(dial, partners, spec, pen))
    marks += _labels(dial=dial, partners=partners, spec=spec, ledger=ledger, pen=pen, marks=marks)
    left, top = (across + 8.0, 0.0) if wide else (0.0, across + 2.0)
    panel, bottom = _panel(spec, ledger, pen, size.width_mm - left)
    counts = [fact for role in ("sister_counts", "exchange_counts") for fact in spec.family(role, ledger)]
    from_top = max((across - bottom) / 2, 0.0) if wide else top
    shown = (*(partner.distance.id for partner in partners), *(fact.id for fact in counts))
    placed = moved(panel, left, from_top)
    return Plot((*marks, *placed), size.width_mm, max(across, bottom) if wide else top + bottom, shown)


def _partners(spec: FigureSpec, ledger: Ledger, kind: str) -> tuple[Partner, ...]:
    distances, bearings = spec.facts.get(f"{kind}_distance", ""), spec.facts.get(f"{kind}_bearing", "")
    found = []
    for distance in spec.family(f"{kind}_distance", ledger):
        bearing = ledger.get(bearings + distance.id.removeprefix(distances))
        if bearing:
            continent = distance.about[0] if distance.about else ""
            found.append(
                Partner(
                    city=figure_key(distance),
                    continent=continent,
                    sister=kind == "sister",
                    bearing=bearing.number,
                    distance=distance,
                )
            )
    return tuple(found)


def _rings_and_directions(
    dial: Dial, rings: Sequence[float], pen: Pen, partners: Sequence[Partner]
) -> tuple[Mark, ...]:
    """Return the rings with their distances, the axes, and the letters of the four directions."""
    circles = [
        Ring(x=dial.x, y=dial.y, radius=km / dial.reach * dial.radius, colour=pen.palette.grid, width=HAIR + 0.2)
        for km in rings
    ]
    axes = [
        LineShape((dial.point(bearing, 0), dial.point(bearing, dial.reach)), pen.palette.grid, HAIR)
        for bearing in (0, 90, 180, 270)
    ]
    winds = []
    for wind, bearing in (("north", 0), ("east", 90), ("south", 180), ("west", 270)):
        x, y = Dial(dial.x, dial.y, dial.radius + RIM / 2, 1.0).point(bearing, 1.0)
        winds.append(pen.note(x, y, _letter(pen, wind), "middle"))
    return (*circles, *axes, *winds, *_ring_labels(dial, rings, pen, partners))


def _letter(pen: Pen, wind: str) -> str:
    """Return the letter of a wind; in a figure of two languages the second one's (N, E, S, W)."""
    return pen.label(wind).split(NEWLINE)[-1]


def _ring_labels(dial: Dial, rings: Sequence[float], pen: Pen, partners: Sequence[Partner]) -> tuple[Mark, ...]:
    positions = [partner.at(dial) for partner in partners]

    def clearance(bearing: float) -> float:
        points = [dial.point(bearing, km) for km in rings]
        return min(hypot((x - px) / 2, y - py) for x, y in points for px, py in positions)

    best = max(BEARINGS, key=clearance)
    marks: list[Mark] = []
    for km in rings:
        unit = KM if km == rings[-1] else ""
        text = pen.note(*dial.point(best, km), pen.tick(km, unit), "middle")
        frame = text.frame(pen.faces)
        marks += (BoxShape(replace(frame, left=frame.left - 0.4, right=frame.right + 0.4), pen.palette.paper), text)
    return tuple(marks)


def _dots(dial: Dial, partners: Sequence[Partner], spec: FigureSpec, pen: Pen) -> tuple[Mark, ...]:
    size = DOT * min(1.0, max(0.55, (60 / len(partners)) ** 0.5))
    home = (Dot(x=dial.x, y=dial.y, size=DOT * 1.25, fill=pen.palette.ink, edge=pen.palette.paper, shape="square"),)
    return home + tuple(
        _dot(
            *partner.at(dial),
            size=size,
            sister=partner.sister,
            colour=_colour(partner.continent, spec, pen),
            paper=pen.palette.paper,
        )
        for partner in sorted(partners, key=lambda each: (each.continent == spec.option("highlight"), each.sister))
    )


def _dot(x: float, y: float, *, size: float, sister: bool, colour: str, paper: str) -> Dot:
    if sister:
        return Dot(x=x, y=y, size=size, fill=colour, edge=paper, width=0.5)
    return Dot(x=x, y=y, size=size * 0.9, fill=paper, edge=colour, shape="diamond", width=0.9)


def _colour(continent: str, spec: FigureSpec, pen: Pen) -> str:
    return pen.palette.highlight if continent == spec.option("highlight") else pen.palette.mark


def _labels(
    dial: Dial, *, partners: Sequence[Partner], spec: FigureSpec, ledger: Ledger, pen: Pen, marks: Sequence[Mark]
) -> tuple[Mark, ...]:
    dots = [bounds(mark) for mark in marks if isinstance(mark, Dot)]
    texts = [mark.frame(pen.faces) for mark in marks if isinstance(mark, TextShape)]
    home = spec.option("home")
    requests = (
        [
            LabelRequest(
                x=dial.x, y=dial.y, text=on_one_line(pen.name(home)), colour=pen.palette.ink, bold=True, must=True
            )
        ]
        if home
        else []
    )
    requests += [_request(dial, partner, spec, pen, partners) for partner in _chosen(partners, spec, ledger)]
    placed, _ = place_labels(
        requests=requests, dots=dots, texts=texts, bounds=dial.frame, faces=pen.faces, leader=pen.palette.rule
    )
    texts += [mark.frame(pen.faces) for mark in placed if isinstance(mark, TextShape)]
    return (*placed, *_continents(dial, partners, spec, pen, (*dots, *texts)))


def _continents(
    dial: Dial, partners: Sequence[Partner], spec: FigureSpec, pen: Pen, taken: Sequence[Frame]
) -> tuple[Mark, ...]:
    """Return the names of continents, each near its most central city and nearer to its own cities than to others."""
    marks: list[TextShape] = []
    for continent in dict.fromkeys(partner.continent for partner in partners):
        own = [partner.at(dial) for partner in partners if partner.continent == continent]
        others = [partner.at(dial) for partner in partners if partner.continent != continent]
        x, y = min(own, key=lambda position: sum(dist(position, each) for each in own))
        colour = pen.palette.highlight if continent == spec.option("highlight") else pen.palette.muted
        text = pen.write(x=x, middle=y, text=pen.name(continent), anchor="middle", size=HEAD, colour=colour, bold=True)
        frames = (*taken, *(mark.frame(pen.faces) for mark in marks))
        found = nearest_room(text, frames, dial.frame, pen.faces, partial(_is_nearer, own, others))
        marks += (found,) if found else ()
    return tuple(marks)


def _is_nearer(own: Sequence[Position], others: Sequence[Position], x: float, y: float) -> bool:
    return min(dist((x, y), each) for each in own) <= min((dist((x, y), each) for each in others), default=inf)


def _chosen(partners: Sequence[Partner], spec: FigureSpec, ledger: Ledger) -> list[Partner]:
    """Return the partners with labels: the highlighted continent's, the farthest, the first of each continent."""
    firsts = {city for fact in spec.family("firsts", ledger) for city in names_in(fact)}
    farthest = max(partners, key=lambda each: each.distance.number)
    highlighted = [each for each in reversed(partners) if each.continent == spec.option("highlight")]
    highlighted.sort(key=lambda each: not each.sister)
    first = [each for each in partners if each.sister and each.city in firsts]
    return list(dict.fromkeys((*highlighted[:LABELS_AT_MOST], farthest, *first)))


def _request(dial: Dial, partner: Partner, spec: FigureSpec, pen: Pen, partners: Sequence[Partner]) -> LabelRequest:
    highlighted = partner.continent == spec.option("highlight")
    farthest = partner.distance.number == max(each.distance.number for each in partners)
    text = on_one_line(pen.name(partner.city)) + (f"  {pen.tick(partner.distance.number, KM)}" if farthest else "")
    x, y = partner.at(dial)
    colour = pen.palette.highlight if highlighted else pen.palette.ink
    return LabelRequest(x=x, y=y, text=text, colour=colour, bold=highlighted, must=highlighted or farthest)


def _panel(spec: FigureSpec, ledger: Ledger, pen: Pen, width: float) -> tuple[tuple[Mark, ...], float]:
    """Return the key and bars of both kinds of partner by continent, the largest first, and the height they take."""
    has_exchange = bool(spec.family("exchange_distance", ledger))
    entries = [dot_entry(pen.label("sister"), pen.palette.mark, pen.palette.mark)]
    if has_exchange:
        entries.append(dot_entry(pen.label("exchange"), pen.palette.paper, pen.palette.mark, "diamond"))
    marks, bottom = key(pen, entries, width, 0.0)
    sister = {figure_key(fact): fact for fact in spec.family("sister_counts", ledger)}
    exchange = {figure_key(fact): fact for fact in spec.family("exchange_counts", ledger)}
    order = sorted(sister, key=lambda each: -sister[each].number)
    bars = [bar for name in order for bar in _pair(name, sister[name], exchange.get(name), spec, pen)]
    if not bars:
        return marks, bottom
    chart, bottom = bar_chart(pen, bars, width, bottom + 2.0, axis=False)
    return (*marks, *chart), bottom


def _pair(name: str, sister: Fact, exchange: Fact | None, spec: FigureSpec, pen: Pen) -> tuple[Bar, ...]:
    colour = _colour(name, spec, pen)
    bars = (Bar(name=pen.name(name), value=sister.number, printed=pen.number(sister), fill=colour),)
    if exchange is None:
        return bars
    return (
        *bars,
        Bar(name="", value=exchange.number, printed=pen.number(exchange), fill=pen.palette.paper, edge=colour),
    )
