"""What chance explains: probabilities of distances between distributions, and of the smallest of several."""

import numpy as np

from sensitivity.contracts import FloatArray

EXACT = 200
"""Runs up to which the exact distribution is used, at a millisecond a value."""


def ks_chance(distance: FloatArray, runs: FloatArray | float) -> FloatArray:
    """Probability that the Kolmogorov-Smirnov distance of `runs` runs from the truth is at least as large.

    For two samples of sizes n and m, `runs` is ``n m / (n + m)``, rounded (as in SciPy's asymptotic test). Beyond
    `EXACT` runs the limit with the correction of Vrbik (2018, Pioneer J. Theor. Appl. Stat. 15:15-23), which is right
    to 1e-4 and errs on the safe side in the tail.
    """
    from scipy.special import kolmogorov
    from scipy.stats import kstwo

    distance, runs = np.broadcast_arrays(distance, np.asarray(runs, dtype=np.float64))
    root = np.sqrt(runs)
    scaled = distance * root
    p = np.asarray(kolmogorov(scaled + 1.0 / (6.0 * root) + (scaled - 1.0) / (4.0 * runs)))
    few = runs <= EXACT
    p[few] = kstwo.sf(distance[few], runs[few])
    return p


def holm(p: FloatArray) -> FloatArray:
    """Probabilities adjusted for their number along the first axis (Holm 1979); undefined ones count for nothing."""
    order = np.argsort(p, axis=0, kind="stable")  # puts NaN last
    known = np.isfinite(p).sum(axis=0)
    rest = known - np.arange(len(p)).reshape(-1, *[1] * (p.ndim - 1))
    scaled = np.take_along_axis(p, order, axis=0) * np.maximum(rest, 1)
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.minimum(np.maximum.accumulate(scaled, axis=0), 1.0), axis=0)
    return adjusted
