"""Uniform numbers at the addresses of many subjects, one after another in memory."""

# mypy: disable-error-code="assignment"

from typing import TYPE_CHECKING

import numba
import numpy as np

from models.engine.stochastic.philox import uniform

if TYPE_CHECKING:
    from models.engine.kernel.types import Vector


def fill(k0: np.uint64, k1: np.uint64, step: int, channel: int, out: "Vector") -> None:
    """Fill `out` (n,) with the numbers of subjects 0 to n - 1."""
    for i in range(len(out)):
        out[i] = uniform(k0, k1, 0, step, channel, i)


fill = numba.njit(fill, error_model="numpy", cache=True, nogil=True)
