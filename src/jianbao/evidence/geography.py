"""Geography: where partners lie, seen from the city."""

from collections.abc import Iterator
from math import asin, atan2, cos, degrees, radians, sin, sqrt

import numpy as np

from jianbao.evidence.declarations import Measure
from jianbao.evidence.facts import Fact
from jianbao.evidence.provenance import basis
from jianbao.evidence.records import Records
from jianbao.evidence.rows import Facts, groups, made, selected

EARTH_RADIUS = 6371.0  # km, mean radius after the IUGG


def from_point(measure: Measure, records: Records, facts: Facts) -> Iterator[Fact]:
    """Measure the distance or direction from a point to each row's place."""
    positions = selected(measure, records, facts)
    lat, lon = (records.values(measure.table, path).astype(np.float64) for path in (measure.lat, measure.lon))
    formula, unit = (distance, "km") if measure.kind == "distance" else (bearing, "degree")
    for group in groups(records, measure, positions, full=False):
        place = next((p for p in group.positions if lat[p] == lat[p] and lon[p] == lon[p]), None)
        if place is not None:
            value = formula(measure.origin, (float(lat[place]), float(lon[place])))
            ground = basis(records, measure, (place,), f"{measure.lat}, {measure.lon}")
            yield made(measure, group.keys, value, ground, unit=unit, as_of=records.day.isoformat())


def distance(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the great-circle distance in km between two points (latitude, longitude), by the haversine formula."""
    (lat, lon), (lat_to, lon_to) = ((radians(angle) for angle in point) for point in (start, end))
    half = sin((lat_to - lat) / 2) ** 2 + cos(lat) * cos(lat_to) * sin((lon_to - lon) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


def bearing(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Return the initial direction of the great circle in degrees clockwise from north, 0 to 360."""
    (lat, lon), (lat_to, lon_to) = ((radians(angle) for angle in point) for point in (start, end))
    east = sin(lon_to - lon) * cos(lat_to)
    north = cos(lat) * sin(lat_to) - sin(lat) * cos(lat_to) * cos(lon_to - lon)
    return degrees(atan2(east, north)) % 360
