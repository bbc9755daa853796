"""Closed forms of small founder numbers: mutants before treatment, and how long survivors take to grow back.

A lineage that survives grows like W exp(lambda t) with W exponential, so k of them with W of a gamma law
(stochastic.md 1.5). Mutants before treatment: Lea & Coulson 1949 without death, Iwasa 2006 (Genetics 172:2557) with it.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SAMPLED_BELOW = 30.0
"""Surviving founders below which their chance is sampled; above, it scatters relapse by less than 0.2/lambda."""


def mutants(mean: float, size: int) -> FloatArray:
    """Return the Luria-Delbrueck probabilities of 0 to ``size - 1`` mutants (Lea & Coulson 1949).

    Parameters
    ----------
    mean : float
        Expected number of mutations.
    """
    p = np.empty(size)
    p[0] = np.exp(-mean)
    for r in range(1, size):
        p[r] = mean / r * np.sum(p[:r] / (r - np.arange(r) + 1.0))
    return p


def clones(mutation: float, cells: float, turnover: float) -> float:
    """Return the expected number of resistant clones alive in a tumour that has grown from one cell.

    Parameters
    ----------
    mutation : float
        Chance of a resistant daughter at a division.
    turnover : float
        Deaths for each birth, below 1.
    """
    if not 0.0 <= turnover < 1.0:
        raise ValueError(f"deaths for each birth must be from 0 to below 1, got {turnover!r}")
    factor = 1.0 if turnover < 1e-12 else -np.log1p(-turnover) / turnover
    return mutation * cells * float(factor)


def clone_sizes(u_age: FloatArray, u_size: FloatArray, turnover: float) -> FloatArray:
    """Return sizes of resistant clones from two uniform numbers each.

    The tumour's size at a clone's birth, relative to now, is y with density in proportion to 1/(1 - q y); the clone is
    then geometric, a success having the chance y (1 - q)/(1 - q y).
    """
    q = turnover
    y = u_age if q < 1e-12 else -np.expm1(np.log1p(-q) * u_age) / q
    success = y * (1.0 - q) / (1.0 - q * y)
    found: FloatArray = np.ceil(np.log1p(-u_size) / np.log1p(-success))
    return np.maximum(found, 1.0)


def relapse_times(u: FloatArray, founders: FloatArray | float, rate: float, size: float) -> FloatArray:
    """Return when surviving lineages together reach `size` cells, by inversion of one uniform number a tumour.

    A large number gives a late relapse. `rate` is the growth rate net of deaths, `size` in units of the mean of one
    lineage that survived, extrapolated to time 0.
    """
    from scipy.special import gammaincinv  # 0.2 s, which a study without clones need not wait for

    found: FloatArray = (np.log(size) - np.log(gammaincinv(founders, 1.0 - u))) / rate
    return found


def relapse_moments(founders: float, rate: float, size: float) -> tuple[float, float]:
    """Return mean and standard deviation of `relapse_times`."""
    from scipy.special import digamma, polygamma

    return float((np.log(size) - digamma(founders)) / rate), float(np.sqrt(polygamma(1, founders)) / rate)
