"""Compute sums, logarithms and powers whose last digit does not depend on the processor.

NumPy chooses other instructions on another processor, and its library for multiplying matrices adds in another
order. Both change last digits, which an edition writes into its records, so its files would depend on the machine
that made them. Here sums keep their order, and logarithms and powers are those of the C library, which SciPy and
`float_power` call for one value after the other. They are the same on every x86 processor with fused multiplication
(made since 2013); another C library, such as that of macOS, may round otherwise.
"""

import numpy as np
import scipy  # loads its submodules when they are first used
from numpy.typing import ArrayLike

from jianbao.scoring.panel import Floats

NOISE = 1e-12  # values that differ by less than this share differ only by floating-point error
DIGITS = 12  # decimals of LAPACK's results, whose last digits differ, too


def product(left: Floats, right: Floats) -> Floats:
    """Return the matrix product of two arrays, of shape (n, k) and (k, m)."""
    return np.asarray(np.einsum("nk,km->nm", left, right), dtype=np.float64)


def log(x: ArrayLike) -> Floats:
    """Return the natural logarithm of each value, Box and Cox's transformation with the exponent 0.

    It is -inf for 0 and NaN for less.
    """
    return np.asarray(scipy.special.boxcox(x, 0.0), dtype=np.float64)


def log_plus_one(x: ArrayLike) -> Floats:
    """Return the natural logarithm of 1 + each value."""
    return np.asarray(scipy.special.xlog1py(1.0, x), dtype=np.float64)


def exp(x: ArrayLike) -> Floats:
    """Return e to the power of each value: the inverse of `log`."""
    return np.asarray(scipy.special.inv_boxcox(x, 0.0), dtype=np.float64)


def power(x: ArrayLike, exponent: float) -> Floats:
    """Return each value to the power of `exponent`."""
    if exponent == -1.0:  # a division is exact to the last digit, and quicker
        return np.asarray(1.0 / np.asarray(x, dtype=np.float64), dtype=np.float64)
    return np.asarray(np.float_power(x, exponent), dtype=np.float64)
