"""Array types of the kernel texts, read by the type checker only."""

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Integers = NDArray[np.int64]
