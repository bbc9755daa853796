"""Which factors failed runs are tied to: histograms of their quantiles, counted chunk by chunk.

Only points that are drawn independently of each other are counted (`Design.independent`): the rows of a block share
their values, and one bad value would count many times. A factor is tied to failure where the Kolmogorov-Smirnov
distance between the quantiles of failed and of all points is too large for chance, after Holm (1979) over the factors.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import FloatArray, IntArray
from sensitivity.design import Design
from sensitivity.methods.chance import holm, ks_chance

BINS = 64
"""Bins of a factor's quantiles: a region of failure is told to 1.6 % of the range."""

LEVEL = 0.01
"""Probability that any factor is named although failures have nothing to do with the factors."""

MOST = 0.9
"""Share of the failures that the named range holds."""


def counts(
    design: Design, failed: np.ndarray, quantiles: Callable[[FloatArray], FloatArray] = lambda points: points
) -> IntArray:
    """Independent points by quantile of each factor.

    Parameters
    ----------
    failed : (blocks, block_size) bool
    quantiles : function
        Quantiles of the factors from points of the unit cube, both (n, factors): other ones where factors depend.

    Returns
    -------
    (2, factors, BINS)
        All points, and those that failed; sums over disjoint blocks add.
    """
    at = list(design.independent)
    points = quantiles(design.points[:, at].reshape(-1, design.points.shape[2]))
    bad = failed[:, at].ravel()
    bins = np.minimum((points * BINS).astype(np.int64), BINS - 1)
    found = np.zeros((2, points.shape[1], BINS), dtype=np.int64)
    for i in range(points.shape[1]):
        found[0, i] = np.bincount(bins[:, i], minlength=BINS)
        found[1, i] = np.bincount(bins[bad, i], minlength=BINS)
    return found


@dataclass(frozen=True)
class FailureMap:
    """What failed points have in common, arrays (factors,).

    Attributes
    ----------
    distance : largest difference between the distributions of failed and of all points
    p_value : its probability by chance, adjusted for the number of factors
    low, high : quantiles of the shortest range that holds 90 % of the failures
    points, failed : int
        Independent points, and those of them that failed.
    """

    distance: FloatArray
    p_value: FloatArray
    low: FloatArray
    high: FloatArray
    points: int
    failed: int

    @property
    def tied(self) -> np.ndarray:
        """Factors that failures are tied to."""
        return self.p_value < LEVEL


def failure_map(counted: IntArray) -> FailureMap | None:
    """Judge the histograms of `counts`; None when no independent point failed."""
    points, failed = (int(counted[k, 0].sum()) for k in (0, 1))
    if failed == 0:
        return None
    every, bad = (np.cumsum(counted[k], axis=1) / counted[k].sum(axis=1, keepdims=True) for k in (0, 1))
    distance = np.max(np.abs(bad - every), axis=1)
    # Distances at bin borders only, and failures drawn from all points without replacement: both err on the safe side.
    p_value = holm(ks_chance(distance, failed))
    ranges = np.array([_shortest(histogram) for histogram in counted[1]])
    return FailureMap(distance, p_value, ranges[:, 0] / BINS, ranges[:, 1] / BINS, points, failed)


def _shortest(histogram: IntArray) -> tuple[int, int]:
    """Shortest range of bins that holds `MOST` of a histogram, as (first, one past the last); the first of equals."""
    edges = np.concatenate([[0], np.cumsum(histogram)])
    need = MOST * edges[-1]
    best = (0, len(histogram))
    for first in range(len(histogram)):
        last = int(np.searchsorted(edges, edges[first] + need))
        if last <= len(histogram) and last - first < best[1] - best[0]:
            best = (first, last)
    return best
