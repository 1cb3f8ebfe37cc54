"""Growth of a series, as an indicator's value."""

import numpy as np

from jianbao.evaluation.arrays import Floats


def compound_growth(values: Floats, times: Floats) -> float:
    """Return the compound rate of growth a year between the first and the last value, 0.1 for 10 %."""
    order = np.argsort(times)
    first, last = order[0], order[-1]
    return float((values[last] / values[first]) ** (1.0 / (times[last] - times[first])) - 1.0)


def trend(values: Floats, times: Floats) -> float:
    """Return the slope of the line of least squares, in per cent a year of the line's value at the first time."""
    slope, level = np.polyfit(times - times.min(), values, 1)
    return float(100.0 * slope / level)
