"""The arrays of this wing. Rows are units, or units in periods; draws, if any, come first."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
