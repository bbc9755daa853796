"""Counts of outputs by slice of one factor, the raw material of PAWN and of delta.

Both compare the distribution of the output in a slice of a factor with that of all runs. Outputs are counted in cells
of equal numbers of runs, so that everything built on the counts is unchanged by a monotone map of the output, as both
measures are.

Both also take absolute differences, which chance alone puts above zero. `halvings` and `held_out` serve the remedy:
the direction of a difference is chosen on one half of the scramblings and its size is measured on the other half
(sample splitting, Cox 1975, doi 10.1093/biomet/62.2.441), for several ways of halving, so that chance cancels.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import BoolArray, Estimate, FloatArray, IntArray, Sums
from sensitivity.methods.given.rows import Rows, cut
from sensitivity.methods.intervals import jackknife, t_quantile


@dataclass(frozen=True)
class Table:
    """What each scrambling adds to the difference between the runs of a slice and all runs.

    Attributes
    ----------
    excess : (elements, scrambles, slices, cells)
        Runs of the slice with an output in the cell, less those expected if the slice were like all runs.
    size : (scrambles, slices)
        Runs in each slice.
    """

    excess: FloatArray
    size: FloatArray


def table(rows: Rows, factor: int, cells: IntArray, n_slices: int, n_cells: int) -> Table:
    """Count the outputs of `rows` by slice of one factor.

    Slices hold equal numbers of rows, all rows between them, and are fewer where the factor has fewer values; those
    with less than two rows a scrambling are left out.

    Parameters
    ----------
    cells : (elements, n)
        Cell of each output.
    """
    elements, n = cells.shape
    _, slice_ = np.unique(cut(rows.u[:, factor], n_slices), return_inverse=True)
    n_slices = int(slice_.max()) + 1
    shape = (elements, rows.scrambles, n_slices, n_cells)
    row = (rows.label * n_slices + slice_) * n_cells
    place = np.arange(elements)[:, None] * (rows.scrambles * n_slices * n_cells) + row + cells
    counts = np.bincount(place.ravel(), minlength=int(np.prod(shape))).reshape(shape).astype(np.float64)
    size = counts[0].sum(axis=-1)
    share = counts.sum(axis=(1, 2)) / n
    keep = size.sum(axis=0) >= 2 * rows.scrambles
    return Table((counts - size[:, :, None] * share[:, None, None, :])[:, :, keep], size[:, keep])


def halvings(scrambles: int) -> Iterator[BoolArray]:
    """Halves of the scramblings, (scrambles,): every half is followed by its complement.

    One halving for each bit of the number of a scrambling, so that any two scramblings are apart in some.
    """
    for bit in range((scrambles - 1).bit_length()):
        upper = (np.arange(scrambles) >> bit) % 2 == 1
        yield upper
        yield ~upper


def held_out(totals: Sums, statistic: Callable[[Sums], dict[str, FloatArray]], ci: float) -> dict[str, Estimate]:
    """Jackknife of sums that were measured on directions chosen elsewhere, with standard errors times sqrt 2.

    Each half chose for the other, so that what they measure is correlated, for an inert factor nearly fully: the
    variance of the mean of two such halves is at most twice that of independent ones.
    """
    found = jackknife(totals, statistic, ci)
    degrees = len(next(iter(totals.values()))) - 1.0
    result = {}
    for name, estimate in found.items():
        assert estimate.deviations is not None
        se = np.sqrt(2.0) * estimate.se
        half = t_quantile(ci, degrees) * se
        interval = np.stack([estimate.value - half, estimate.value + half])
        result[name] = Estimate(estimate.value, se, interval, np.sqrt(2.0) * estimate.deviations)
    return result
