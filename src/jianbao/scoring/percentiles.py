"""Percentiles of many draws: numpy's to the last bit, in a third of the time."""

import numpy as np
from numpy.typing import NDArray

from jianbao.scoring.panel import Floats

ROWS = 32  # whose draws are sorted together
RUN = 250  # draws that a processor sorts without branches, in a tenth of the time that a long row takes for each


def draw_interval(drawn: Floats, percentiles: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return two percentiles over the draws (draws, rows) -> (rows), (rows); NaN where a draw has no score."""
    return intervals(np.ascontiguousarray(drawn.T), percentiles)


def intervals(across: Floats | NDArray[np.float32], percentiles: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return two percentiles of draws (rows, draws) -> (rows), (rows): numpy's, in a third of the time."""
    low, high = np.full(len(across), np.nan), np.full(len(across), np.nan)
    for start in range(0, len(across) if across.size else 0, ROWS):
        rows = slice(start, start + ROWS)
        some = across[rows]
        if (some[:, 0] == some[:, -1]).all() and (some == some[:, :1]).all():  # nothing in doubt, nothing to sort
            low[rows] = high[rows] = some[:, 0]
        else:
            low[rows], high[rows] = _percentiles(some, percentiles)
    return low, high


def _percentiles(across: Floats | NDArray[np.float32], percentiles: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return two percentiles (linear between neighbours) of rows of draws.

    Long rows are sorted in runs; of each run only the ends are looked at, where the percentiles nearly always are.
    """
    rows, draws = across.shape
    run = RUN * 8 // across.itemsize
    runs, places = draws // run, [percentile / 100.0 * (draws - 1) for percentile in percentiles]
    shares = (percentiles[0] / 100.0, 1.0 - percentiles[1] / 100.0)
    first, last = (int(run * share + 4.0 * np.sqrt(run * share) + 2.0) for share in shares)
    if runs < 4 or first + last >= run:
        return tuple(np.percentile(across, percentiles, axis=1))
    inorder = np.sort(across[:, : runs * run].reshape(rows, runs, run), axis=2)
    rest = across[:, runs * run :]
    least = np.concatenate([inorder[:, :, :first].reshape(rows, -1), rest], axis=1)
    most = np.concatenate([inorder[:, :, run - last :].reshape(rows, -1), rest], axis=1)
    below, above = int(places[0]), int(places[1]) + 1 - draws
    least.partition(below + 1, axis=1)
    most.partition(above - 1, axis=1)
    low = _between(least[:, : below + 1].max(axis=1), least[:, below + 1], places[0])
    high = _between(most[:, above - 1], most[:, above:].min(axis=1), places[1])
    sure = (least[:, below + 1] <= inorder[:, :, first].min(axis=1)) & np.isfinite(high)
    unsure = np.flatnonzero(~(sure & (most[:, above - 1] >= inorder[:, :, run - last - 1].max(axis=1))))
    low[unsure], high[unsure] = np.percentile(across[unsure], percentiles, axis=1)
    return low, high


def _between(lower: Floats, upper: Floats, place: float) -> Floats:
    """Return the value at a place between two neighbours, to the last bit as numpy's percentile."""
    lower, upper, part = lower.astype(np.float64), upper.astype(np.float64), place % 1.0
    made = upper - (upper - lower) * (1.0 - part) if part >= 0.5 else lower + (upper - lower) * part
    return np.asarray(made, dtype=np.float64)
