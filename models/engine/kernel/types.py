"""Array types of the kernel texts, read by the type checker only."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]
Cube = NDArray[np.float64]
Integers = NDArray[np.int64]
Whole = NDArray[np.int64]
Lanes = Any
Mask = Any
