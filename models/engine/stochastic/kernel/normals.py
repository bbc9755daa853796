"""Normal numbers by address, for all lanes at once (Box & Muller 1958, doi 10.1214/aoms/1177706645).

A normal number does not depend on the parameters of a row, so rows that share an address share it whichever way it is
made; two at a time from one logarithm and one root take a third of the time of two quantiles.
"""

# mypy: ignore-errors

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.engine.kernel.types import Lanes, Vector
    from models.engine.lane_functions import log, sqrt
    from models.engine.lanes import magnitude, nearest, select
    from models.engine.scalar import get, put
    from models.engine.stochastic.kernel.generated import DRAWS
    from models.engine.stochastic.lane_words import four_numbers


TURN = 2.0 * math.pi
S = tuple((-1) ** k / math.factorial(2 * k + 1) for k in range(10))
C = tuple((-1) ** k / math.factorial(2 * k) for k in range(10))
"""Series of sine and cosine."""


def noise(key: "Vector", k: int, z: "Vector") -> None:
    """Fill `z` with standard normal numbers, four channels a draw."""
    for j in range(0, DRAWS, 4):
        a, b, c, d = four_numbers(get(key, 0), get(key, 1), 0, j, k, 0)
        pair(a, b, z, j)
        if j + 2 < DRAWS:
            pair(c, d, z, j + 2)


def pair(u: "Lanes", turn: "Lanes", z: "Vector", j: int) -> None:
    """Put two normal numbers at `j` and `j + 1` of `z`, made of two uniform ones."""
    radius = sqrt(-2.0 * log(u))
    q = turn - 0.5
    # A quarter turn off, the angle is within a right angle of 0, where the series end at 4e-15.
    x = (magnitude(q) - 0.25) * TURN
    y = x * x
    sine = x * (((((((((y * S[9] + S[8]) * y + S[7]) * y + S[6]) * y + S[5]) * y + S[4]) * y + S[3]) * y + S[2]) * y
        + S[1]) * y + 1.0)  # fmt: skip
    cosine = ((((((((y * C[9] + C[8]) * y + C[7]) * y + C[6]) * y + C[5]) * y + C[4]) * y + C[3]) * y + C[2]) * y
        + C[1]) * y + 1.0  # fmt: skip
    put(z, j, -sine * radius)
    put(z, j + 1, select(q < 0.0, -cosine, cosine) * radius)


def fraction_of(mean: "Lanes") -> "Lanes":
    """Return the variance of the one of two whole numbers that is `mean` on average."""
    part = magnitude(mean - nearest(mean))
    return part * (1.0 - part)
