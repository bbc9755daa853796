"""PAWN: how far the distribution of the output moves when one factor is held in a slice of its range.

For each slice the Kolmogorov-Smirnov distance between the outputs of its runs and those of all runs, and their median
and largest over the slices: Pianosi & Wagener (2015, doi 10.1016/j.envsoft.2015.01.004), from given data (2018,
doi 10.1016/j.envsoft.2018.07.019).

A largest difference is above zero by chance: for an inert factor it is about 0.87 sqrt(1/m - 1/n) with m runs a slice.
Here the place and direction of the largest difference, and the slice, are chosen on one half of the scramblings, and
the difference there is measured on the other: chance then cancels, an inert factor has an index of zero on average, and
the interval is one of a difference between two shares, which is smooth where a maximum is not. It covers the index of
the given slices, which a wrong choice can only lower: by 0.001 to 0.003 at 16,384 runs and 0.01 to 0.04 at 512, so that
95 % intervals hold it in 89 to 97 % and 84 to 98 % of studies. The plain values of the papers are returned beside it,
with the distances that chance exceeds with 5 %.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, IntArray, Sums
from sensitivity.methods.given.rows import Rows, by_factor, cut
from sensitivity.methods.given.tables import Table, halvings, held_out, table
from sensitivity.methods.intervals import ratio

SLICES = 10
"""As recommended in the paper of 2018."""

CELLS = 128
"""Of the output; a distance is taken at their borders only."""

LEVEL = 0.05
"""Probability that the plain value of an inert factor exceeds the critical one."""


@dataclass(frozen=True)
class Pawn:
    """Median and largest distance over the slices.

    Attributes
    ----------
    median, maximum : Estimate
        (factors, elements), without the part that chance adds.
    plain : (2, factors, elements)
        Median and maximum as in the papers.
    critical : (2, factors, elements)
        Plain values that an inert factor exceeds with a probability of at most 5 %: for the median, the critical value
        of a single slice, which is generous; for the maximum that of any slice (Bonferroni).
    """

    median: Estimate
    maximum: Estimate
    plain: FloatArray
    critical: FloatArray


def pawn(u: FloatArray, y: FloatArray, scramble: IntArray, ci: float = 0.95, slices: int = SLICES) -> Pawn:
    """PAWN indices; parameters as in `rank_first_order`, and the number of slices."""
    plain, critical = np.full((2, 2, u.shape[1], y.shape[1]), np.nan)

    def analyse(rows: Rows) -> Callable[[int], dict[str, Estimate]]:
        cells = np.ascontiguousarray(cut(rows.y, CELLS).T)

        def one(factor: int) -> dict[str, Estimate]:
            found = table(rows, factor, cells, slices, CELLS)
            if found.size.shape[1] < 2:
                return {}
            plain[:, factor, rows.elements] = _plain(found)
            critical[:, factor, rows.elements] = _critical(found.size.sum(axis=0), len(rows.y))[:, None]
            return _held_out(found, ci)

        return one

    found = by_factor(u, y, scramble, ["median", "maximum"], analyse)
    return Pawn(found["median"], found["maximum"], plain, critical)


def _plain(found: Table) -> FloatArray:
    distance = np.abs(np.cumsum(found.excess.sum(axis=1), axis=-1)).max(axis=-1) / found.size.sum(axis=0)
    return np.stack([np.median(distance, axis=1), np.max(distance, axis=1)])


def _critical(size: FloatArray, n: int) -> FloatArray:
    """Of a slice that is drawn from the n runs, so that its distribution differs by less than that of two samples."""
    from scipy.special import kolmogi

    spread = np.sqrt(1.0 / size.min() - 1.0 / n)
    return np.asarray(np.array([kolmogi(LEVEL), kolmogi(LEVEL / len(size))]) * spread)


def _held_out(found: Table, ci: float) -> dict[str, Estimate]:
    """Choose place, direction and slice on one half of the scramblings and measure on the other."""
    difference = np.cumsum(found.excess, axis=-1)
    elements, scrambles, slices, _ = difference.shape
    middle = [(slices - 1) // 2, slices // 2]
    sums: Sums = {name: np.zeros((scrambles, elements)) for name in ("median", "median_n", "maximum", "maximum_n")}
    for half in halvings(scrambles):
        chosen = difference[:, ~half].sum(axis=1)
        place = np.argmax(np.abs(chosen), axis=-1)[..., None]
        height = np.take_along_axis(chosen, place, axis=-1)[..., 0]
        order = np.argsort(np.abs(height) / found.size[~half].sum(axis=0), axis=-1)
        own = np.sign(height)[:, None] * np.take_along_axis(difference[:, half], place[:, None], axis=-1)[..., 0]
        for name, which in (("median", order[:, middle]), ("maximum", order[:, -1:])):
            sums[name][half] += np.take_along_axis(own, which[:, None], axis=-1).sum(axis=-1).T
            sums[f"{name}_n"][half] += found.size[half][:, which].sum(axis=-1)
    return held_out(
        sums, lambda total: {name: ratio(total[name], total[f"{name}_n"]) for name in ("median", "maximum")}, ci
    )
