"""Place labels beside their points, clear of dots and of each other, with a thin leader where needed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import cos, hypot, pi, sin

from jianbao.charts.shapes import MIDDLE, Frame, LineShape, Mark, TextShape
from jianbao.charts.style import HAIR, NOTE
from jianbao.charts.text_metrics import MM_PER_POINT, FontMetricsList

# Directions a label may take from its point, most legible first: right, left, then above, below, then the corners.
DIRECTIONS = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
DISTANCES = (1.7, 3.2, 5.0, 7.5, 10.5, 14.0)
FARTHEST = 24
CLEAR, APART = 0.5, 1.3
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, kw_only=True)
class LabelRequest:
    """A label that wants to stand near a point; one that `must` has all distances, another is dropped if crowded."""

    x: float
    y: float
    text: str
    colour: str
    bold: bool = False
    must: bool = False
    size: float = NOTE


def place_labels(
    requests: Iterable[LabelRequest],
    dots: Sequence[Frame],
    texts: Sequence[Frame],
    bounds: Frame,
    faces: FontMetricsList,
    leader: str,
) -> tuple[tuple[Mark, ...], tuple[LabelRequest, ...]]:
    """Return the marks of the labels that found room, in order of wish, and the wishes that did not.

    Labels keep clear of dots and texts; leaders (in the colour `leader`) of texts and of each other's labels.
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
    """From just off the point to the nearest edge of the text."""
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
    """Return `text` (anchored in its middle) moved to the nearest free place that `fits`, or None if none is near."""
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
    """Say whether a straight line passes through a rectangle (looked at every 2 % of its length)."""
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
