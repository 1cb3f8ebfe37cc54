"""Place labels beside their points, clear of dots and of each other, with a thin leader where needed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import cos, hypot, inf, pi, sin

from jianbao.charts.shapes import MIDDLE, Frame, LineShape, Mark, TextShape
from jianbao.charts.style import HAIR, NOTE
from jianbao.charts.text_metrics import MM_PER_POINT, FontMetricsList

# Directions of a label from its point, the most legible first: right, left, above, below, then the corners.
DIRECTIONS = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
DISTANCES = (1.7, 3.2, 5.0, 7.5, 10.5, 14.0)
FARTHEST = 24
CLEAR, APART = 0.5, 1.3
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class LabelRequest:
    """A label to place near a point; for one that `must` be placed, larger distances are tried before it is dropped."""

    x: float
    y: float
    text: str
    colour: str
    bold: bool = False
    must: bool = False
    size: float = NOTE


def place_labels(
    requests: Iterable[LabelRequest],
    *,
    dots: Sequence[Frame],
    texts: Sequence[Frame],
    bounds: Frame,
    faces: FontMetricsList,
    leader: str,
) -> tuple[tuple[Mark, ...], tuple[LabelRequest, ...]]:
    """Return the marks of the labels that fit, placed in the order of the requests, and the requests that do not.

    Labels stay inside `bounds` and overlap no dots, texts or leaders. `leader` is the colour of the lines from points
    to distant labels.
    """
    written, marks, dropped = list(texts), list[Mark](), list[LabelRequest]()
    leaders: list[LineShape] = []
    for request in requests:
        spot = next(_free(request=request, dots=dots, texts=written, leaders=leaders, bounds=bounds, faces=faces), None)
        if spot is None:
            dropped.append(request)
            continue
        text, line = spot
        written.append(text.frame(faces))
        leaders += (LineShape(line, leader, HAIR),) if line else ()
        marks.append(text)
    return (*leaders, *marks), tuple(dropped)


def _free(
    request: LabelRequest,
    *,
    dots: Sequence[Frame],
    texts: Sequence[Frame],
    leaders: Sequence[LineShape],
    bounds: Frame,
    faces: FontMetricsList,
) -> Iterator[tuple[TextShape, Points]]:
    for distance in DISTANCES if request.must else DISTANCES[:4]:
        for across, down in DIRECTIONS:
            text = _beside(request, across, down, distance)
            frame = text.frame(faces)
            if not frame.inside(bounds) or any(frame.meets(other, CLEAR) for other in (*dots, *texts)):
                continue
            line = _leader(request, frame) if distance > DISTANCES[0] else ()
            if any(crosses(line, other) for other in texts) or any(crosses(each.points, frame) for each in leaders):
                continue
            yield text, line


def _beside(request: LabelRequest, across: int, down: int, distance: float) -> TextShape:
    em = request.size * MM_PER_POINT
    reach = distance if not (across and down) else distance * 0.75
    x = request.x + across * reach
    y = request.y + down * (reach + (0.45 * em if not across else 0.2 * em)) + MIDDLE * em
    anchor = {1: "start", 0: "middle", -1: "end"}[across]
    return TextShape(
        x=x, y=y, text=request.text, size=request.size, colour=request.colour, bold=request.bold, anchor=anchor
    )


def _leader(request: LabelRequest, frame: Frame) -> Points:
    """Return the line from beside the point to the nearest edge of the text; nothing if they are close."""
    x = min(max(request.x, frame.left), frame.right)
    y = min(max(request.y, frame.top), frame.bottom)
    length = hypot(x - request.x, y - request.y)
    if length < 2.4:
        return ()
    start, end = 0.9 / length, (length - 0.5) / length
    return tuple((request.x + part * (x - request.x), request.y + part * (y - request.y)) for part in (start, end))


def nearest_room(
    text: TextShape, taken: Sequence[Frame], bounds: Frame, faces: FontMetricsList, fits: Callable[[float, float], bool]
) -> TextShape | None:
    """Return `text` (anchored in its middle) moved to the nearest free position that `fits`, None if there is none."""
    for step in range(FARTHEST):
        for turn in range(24):
            angle = 2 * pi * turn / 24
            spot = replace(text, x=text.x + step * cos(angle), y=text.y + step * sin(angle))
            frame = spot.frame(faces)
            free = frame.inside(bounds) and not any(frame.meets(other, APART) for other in taken)
            if free and fits(spot.x, (frame.top + frame.bottom) / 2):
                return spot
    return None


def crosses(line: Sequence[tuple[float, float]], frame: Frame) -> bool:
    """Return whether a straight line crosses a rectangle, tested at every 2 % of its length."""
    if not line:
        return False
    (x0, y0), (x1, y1) = line[0], line[-1]
    if (
        max(x0, x1) <= frame.left
        or min(x0, x1) >= frame.right
        or max(y0, y1) <= frame.top
        or min(y0, y1) >= frame.bottom
    ):
        return False
    steps = (place / 50 for place in range(51))
    return any(
        frame.left < x0 + part * (x1 - x0) < frame.right and frame.top < y0 + part * (y1 - y0) < frame.bottom
        for part in steps
    )


@dataclass(frozen=True)
class Tag:
    """A label of several texts, with its width and height in mm; (0, 0) is the left end of its first line's middle."""

    pieces: tuple[TextShape, ...]
    width: float
    height: float


@dataclass(frozen=True)
class Lanes:
    """Positions of labels along a line: the side (0: above, 1: below) and level of each, and its left edge in mm."""

    at: tuple[tuple[int, int], ...]
    lefts: tuple[float, ...]

    def levels(self, side: int) -> int:
        """Return how many levels of labels a side has."""
        return max((level + 1 for which, level in self.at if which == side), default=0)


def lanes_of(
    places: Sequence[float], lengths: Sequence[float], bounds: tuple[float, float], levels: int
) -> Lanes | None:
    """Return lanes for labels at points along a line, in order from left to right; None if they do not fit.

    `places` are the points and `lengths` the widths of the labels in mm, `levels` the most levels on a side. A label is
    above or below its point and overlaps none in its lane; the stem to a higher level runs between the labels of lower
    ones. Few levels are tried first, and neighbours are on different sides if possible.
    """
    for most in range(1, levels + 1):
        lanes = [(side, level) for level in range(most) for side in (0, 1)]
        for chosen in islice(_choices(places, lengths, bounds, lanes), TRIES):
            lefts = _lefts(places, lengths, bounds, chosen)
            if _is_clear(places, lengths, chosen, lefts) and _stems_are_clear(places, lengths, chosen, lefts):
                return Lanes(chosen, lefts)
    return None


TRIES, LANE_GAP, HOLD = 2000, 1.6, 1.0
STEM, STEM_GAP = 0.6, 0.7  # mm between stems and labels: at least, and as labels are placed
Lane = tuple[int, int]


def _reach(place: float, length: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """Return the least and the greatest left edge of a label that covers its point and stays in bounds."""
    hold = min(HOLD, length / 2)
    return max(place + hold - length, bounds[0]), min(place - hold, bounds[1] - length)


def _choices(
    places: Sequence[float], lengths: Sequence[float], bounds: tuple[float, float], lanes: Sequence[Lane]
) -> Iterator[tuple[Lane, ...]]:
    """Yield the assignments of labels to lanes in which every lane has room for its labels."""
    ends = dict.fromkeys(lanes, -inf)

    def assign(number: int, chosen: tuple[Lane, ...]) -> Iterator[tuple[Lane, ...]]:
        if number == len(places):
            yield chosen
            return
        least, most = _reach(places[number], lengths[number], bounds)
        last = chosen[-1][0] if chosen else 1
        for lane in sorted(lanes, key=lambda each: (each[1], each[0] == last)):
            end, left = ends[lane], max(least, ends[lane] + LANE_GAP)
            if left <= most:
                ends[lane] = left + lengths[number]
                yield from assign(number + 1, (*chosen, lane))
                ends[lane] = end

    yield from assign(0, ())


def _lefts(
    places: Sequence[float], lengths: Sequence[float], bounds: tuple[float, float], chosen: Sequence[Lane]
) -> tuple[float, ...]:
    """Return the left edges of labels, each as nearly centred on its point as its neighbours in the lane allow."""
    reach = [_beside_stems(number, places, lengths, bounds, chosen) for number in range(len(places))]
    found = [0.0] * len(places)
    for lane in set(chosen):
        own = [number for number, each in enumerate(chosen) if each == lane]
        latest: dict[int, float] = {}
        limit = inf
        for number in reversed(own):
            latest[number] = min(reach[number][1], limit - lengths[number])
            limit = latest[number] - LANE_GAP
        end = -inf
        for number in own:
            least = max(reach[number][0], end)
            found[number] = min(max(places[number] - lengths[number] / 2, least), latest[number])
            end = found[number] + lengths[number] + LANE_GAP
    return tuple(found)


def _beside_stems(
    number: int,
    places: Sequence[float],
    lengths: Sequence[float],
    bounds: tuple[float, float],
    chosen: Sequence[Lane],
) -> tuple[float, float]:
    """Return the least and the greatest left edge of a label, considering also the stems that pass its level."""
    least, most = _reach(places[number], lengths[number], bounds)
    side, level = chosen[number]
    for place, (other, above) in zip(places, chosen, strict=True):
        if other == side and above > level:
            if place > places[number]:
                most = min(most, place - STEM_GAP - lengths[number])
            else:
                least = max(least, place + STEM_GAP)
    return least, most


def _stems_are_clear(
    places: Sequence[float], lengths: Sequence[float], chosen: Sequence[Lane], lefts: Sequence[float]
) -> bool:
    return not any(
        side == other_side and other < level and left - STEM < place < left + length + STEM
        for place, (side, level) in zip(places, chosen, strict=True)
        for (other_side, other), left, length in zip(chosen, lefts, lengths, strict=True)
    )


def _is_clear(
    places: Sequence[float], lengths: Sequence[float], chosen: Sequence[Lane], lefts: Sequence[float]
) -> bool:
    """Return whether every label covers its point and keeps the gap to the one before it in its lane."""
    ends: dict[Lane, float] = {}
    for place, length, lane, left in zip(places, lengths, chosen, lefts, strict=True):
        if not left <= place <= left + length or left < ends.get(lane, -inf) + LANE_GAP - 1e-6:
            return False
        ends[lane] = left + length
    return True
