"""Sums, logarithms and powers whose last digit does not depend on the processor.

NumPy chooses other instructions on another processor, and the library that it multiplies matrices with adds in another
order. Both change last digits, which an edition prints in its records, so that its files would differ by the machine
that made them. Here sums keep their order, and functions are rounded once from extended precision. That precision is
the same on every x86 processor; a system without it, such as macOS on ARM, may round otherwise.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from jianbao.scoring.panel import Floats

DIGITS = 12  # decimals of what LAPACK finds, whose last digits differ too


def product(left: Floats, right: Floats) -> Floats:
    """Return the matrix product of two arrays, of shape (n, k) and (k, m)."""
    return np.asarray(np.einsum("nk,km->nm", left, right), dtype=np.float64)


def log(x: ArrayLike) -> Floats:
    """Return the natural logarithm of each value."""
    return _rounded(np.log, x)


def log_plus_one(x: ArrayLike) -> Floats:
    """Return the natural logarithm of 1 + each value."""
    return _rounded(np.log1p, x)


def exp(x: ArrayLike) -> Floats:
    """Return e to the power of each value."""
    return _rounded(np.exp, x)


def power(x: ArrayLike, exponent: float) -> Floats:
    """Return each value to the power of `exponent`."""
    if exponent == -1.0:  # a division is exact to the last digit, and quicker
        return np.asarray(1.0 / np.asarray(x, dtype=np.float64), dtype=np.float64)
    return _rounded(np.power, x, exponent)


def _rounded(function: Callable[..., Any], *values: ArrayLike) -> Floats:
    """Return a function of values, computed in extended precision."""
    found = function(*(np.asarray(each, dtype=np.longdouble) for each in values))
    return np.asarray(found, dtype=np.float64)
