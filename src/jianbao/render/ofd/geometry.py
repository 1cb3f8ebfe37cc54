"""Compute the geometry of an OFD page, in mm from its upper left corner: matrices, outlines, clips, notation."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

Matrix = tuple[float, float, float, float, float, float]
Point = tuple[float, float]
Rectangle = tuple[float, float, float, float]  # left, top, right, bottom
Move = tuple[str, tuple[Point, ...]]  # an operator of AbbreviatedData ("M", "L", "B", "C") and its points

IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
TOUCHING = 0.01  # mm within which two edges count as the same
MM = 25.4 / 72  # in a point


def times(first: Matrix, then: Matrix) -> Matrix:
    """Return the product of two matrices, which applies `first` and then the other, for points as rows."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def moved(point: Point, matrix: Matrix) -> Point:
    """Return a point transformed by a matrix."""
    a, b, c, d, e, f = matrix
    return point[0] * a + point[1] * c + e, point[0] * b + point[1] * d + f


def scale(matrix: Matrix) -> float:
    """Return the factor by which a matrix scales lengths, as the geometric mean over directions."""
    return sqrt(abs(matrix[0] * matrix[3] - matrix[1] * matrix[2]))


def number(value: float) -> str:
    """Return a length in mm as OFD writes it, exact to a micrometre.

    >>> number(2.50004), number(-0.0001), number(210.0)
    ('2.5', '0', '210')
    """
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def numbers(values: Iterable[float]) -> str:
    """Return lengths in mm separated by spaces."""
    return " ".join(map(number, values))


def box(area: Rectangle) -> str:
    """Return a rectangle as OFD writes it: left, top, width, height."""
    left, top, right, bottom = area
    return numbers((left, top, right - left, bottom - top))


@dataclass(frozen=True)
class VectorPath:
    """The lines of a path or clip, and whether it is filled by the even-odd rule."""

    moves: tuple[Move, ...]
    even_odd: bool = False

    def extent(self) -> Rectangle:
        """Return the rectangle around all points; a curve is within that of its control points."""
        return around([point for _, given in self.moves for point in given])

    def written(self, origin: Point) -> str:
        """Return the lines as AbbreviatedData, relative to a point."""
        x, y = origin
        return " ".join(
            " ".join((operator, *(f"{number(across - x)} {number(down - y)}" for across, down in points)))
            for operator, points in self.moves
        )

    def filled(self) -> tuple[Rectangle, ...]:
        """Return the rectangles that the outline fills; nothing if it has other shapes.

        WeasyPrint draws a border as two nested rectangles with the even-odd rule. Such a frame is returned as its four
        sides, because some readers support neither that rule nor clips.
        """
        areas = self.rectangles()
        if not self.even_odd or len(areas) < 2:
            return areas
        one, other = areas[:2]
        outer, inner = (one, other) if within(other, one) else (other, one)
        if len(areas) > 2 or not within(inner, outer):
            return ()
        left, top, right, bottom = outer
        inner_left, inner_top, inner_right, inner_bottom = inner
        return (
            (left, top, right, inner_top),
            (left, inner_bottom, right, bottom),
            (left, inner_top, inner_left, inner_bottom),
            (inner_right, inner_top, right, inner_bottom),
        )

    def rule(self) -> str:
        """Return the attribute for the even-odd rule, "" for the usual one."""
        return ' Rule="Even-Odd"' if self.even_odd else ""

    def rectangles(self) -> tuple[Rectangle, ...]:
        """Return the rectangles that the outline consists of; nothing if it has any other shape."""
        found = []
        for corners in self._loops():
            if len(corners) == 5 and corners[0] == corners[-1]:
                corners = corners[:-1]
            if len(corners) != 4 or not _upright(corners):
                return ()
            found.append(around(corners))
        return tuple(found)

    def _loops(self) -> Iterator[list[Point]]:
        corners: list[Point] = []
        for operator, points in self.moves:
            if operator == "M" and corners:
                yield corners
                corners = []
            corners = [*corners, *points] if operator in "MLC" else [*corners, *points, points[-1]]
        if corners:
            yield corners


def _upright(corners: Sequence[Point]) -> bool:
    """Return whether four sides are horizontal and vertical in turn."""
    sides = list(zip(corners, [*corners[1:], corners[0]], strict=True))
    level = [abs(one[1] - other[1]) < TOUCHING / 10 for one, other in sides]
    upright = [abs(one[0] - other[0]) < TOUCHING / 10 for one, other in sides]
    return (level[0] and upright[1] and level[2] and upright[3]) or (
        upright[0] and level[1] and upright[2] and level[3]
    )


def around(points: Sequence[Point]) -> Rectangle:
    """Return the rectangle around points."""
    across, down = zip(*points, strict=True)
    return min(across), min(down), max(across), max(down)


def rectangle(area: Rectangle) -> VectorPath:
    """Return the outline of a rectangle."""
    left, top, right, bottom = area
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return VectorPath((("M", corners[:1]), *(("L", (corner,)) for corner in corners[1:]), ("C", ())))


def common(one: Rectangle, other: Rectangle) -> Rectangle:
    """Return the intersection of two rectangles.

    If they do not meet, its right is less than its left, or its bottom less than its top.
    """
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def within(area: Rectangle, outer: Rectangle) -> bool:
    """Return whether a rectangle is inside another, edges included."""
    inside = area[0] >= outer[0] - TOUCHING and area[1] >= outer[1] - TOUCHING
    return inside and area[2] <= outer[2] + TOUCHING and area[3] <= outer[3] + TOUCHING


@dataclass(frozen=True)
class Clip:
    """A clip: the intersection of a rectangle (`area`) and outlines that are not rectangles (`others`)."""

    area: Rectangle
    others: tuple[VectorPath, ...] = ()

    def cut(self, outline: VectorPath) -> "Clip":
        """Return the intersection with one more outline."""
        areas = outline.rectangles()
        if len(areas) == 1:
            return Clip(common(self.area, areas[0]), self.others)
        return Clip(common(self.area, outline.extent()), (*self.others, outline))

    def written(self, extent: Rectangle, turned: bool = False) -> str:
        """Return the element `Clips` for an object with this extent; "" if it needs no clip.

        Coordinates are relative to the corner of the extent, also for an object that has a matrix (`turned`).
        """
        needed = [*self.others, *([] if within(extent, self.area) else [rectangle(self.area)])]
        cuts = "".join(
            f'<ofd:Clip><ofd:Area><ofd:Path Boundary="{box((0, 0, extent[2] - extent[0], extent[3] - extent[1]))}" '
            f'Stroke="false" Fill="true"{each.rule()}>'
            f"<ofd:AbbreviatedData>{each.written(extent[:2])}</ofd:AbbreviatedData></ofd:Path></ofd:Area></ofd:Clip>"
            for each in needed
        )
        flag = ' TransFlag="false"' if turned else ""
        return f"<ofd:Clips{flag}>{cuts}</ofd:Clips>" if cuts else ""


def empty(area: Rectangle) -> bool:
    """Return whether a rectangle is too thin to be seen."""
    return min(area[2] - area[0], area[3] - area[1]) < TOUCHING / 10


def apart(one: Rectangle, other: Rectangle) -> bool:
    """Return whether two rectangles do not intersect."""
    left, top, right, bottom = common(one, other)
    return left > right or top > bottom
