"""Regional sensitivity: which factors differ between resistant and responding runs (Monte-Carlo filtering).

Hornberger & Spear (1981, J. Environ. Manage. 12:7-18): split the runs in two by what they did, and compare the
distributions of each factor in both. ``D_i = max_x |F_i(x | resistant) - F_i(x | responding)|``, the two-sample
Kolmogorov-Smirnov distance.

The largest difference of two samples is above zero by chance. Its place and direction are therefore chosen on one half
of the scramblings and the difference is measured on the other (`tables`): a factor without influence has a distance of
zero on average. The interval covers the difference at the places chosen, which is the distance unless the curves have
two equally large differences. The probability by chance belongs to the plain distance of all runs. It is that of
independent runs; points of a Sobol' sequence are more even, which errs on the safe side.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sensitivity.contracts import BoolArray, Estimate, FloatArray, IntArray, Sums
from sensitivity.methods.chance import holm, ks_chance
from sensitivity.methods.given.rows import Rows, by_factor, complete, cut, quantiles, varying
from sensitivity.methods.given.tables import halvings, held_out
from sensitivity.methods.intervals import jackknife, ratio

CELLS = 256
"""Of each factor; a distance is taken at their borders only."""


@dataclass(frozen=True)
class Regional:
    """How resistant runs differ from responding ones, arrays (factors, elements).

    Attributes
    ----------
    distance : Estimate
        Kolmogorov-Smirnov distance, without the part that chance adds.
    direction : Estimate
        Probability that a resistant run has the higher value, less that of the lower one, of two runs drawn at random
        (Cliff's delta, the rank-biserial correlation): above zero where high values go with resistance.
    plain : ndarray
        The distance of all runs.
    p_value : ndarray
        Probability of the plain distance by chance, adjusted for the number of factors (Holm).
    """

    distance: Estimate
    direction: Estimate
    plain: FloatArray
    p_value: FloatArray


def regional(u: FloatArray, resistant: BoolArray, missing: BoolArray, scramble: IntArray, ci: float = 0.95) -> Regional:
    """Compare resistant with responding runs; NaN for elements where all runs did the same.

    Parameters
    ----------
    u : (n, factors)
        Quantiles or values of the factors.
    resistant, missing : (n, elements) bool
        What each run did, and whether it failed (then `resistant` is not read).
    scramble : (n,)
        Label of each row's scrambling.
    """
    plain, chance = np.full((2, u.shape[1], resistant.shape[1]), np.nan)

    def analyse(rows: Rows) -> Callable[[int], dict[str, Estimate]]:
        size = _Counts(rows.sums(rows.y), rows.sums(np.ones((len(rows.y), 1))))
        ranks = quantiles(rows.u)
        of_resistant, of_all = rows.products(ranks, rows.y), rows.sums(ranks)
        hits, n = size.resistant.sum(axis=0), len(rows.y)
        runs = np.maximum(np.round(hits * (n - hits) / n), 1.0)

        def one(factor: int) -> dict[str, Estimate]:
            excess = _excess(rows, factor, size)
            distance = np.max(np.abs(_difference(excess.total(), size.total())), axis=0)
            plain[factor, rows.elements] = distance
            chance[factor, rows.elements] = ks_chance(distance, runs)
            rank = _Counts(of_resistant[:, factor], of_all[:, factor, None])
            return {"distance": _distance(excess, size, ci), "direction": _direction(rank, size, ci)}

        return one

    found = by_factor(u, _outcomes(resistant, missing), scramble, ["distance", "direction"], analyse)
    return Regional(found["distance"], found["direction"], plain, holm(chance))


def curves(u: FloatArray, resistant: BoolArray, missing: BoolArray, scramble: IntArray, grid: FloatArray) -> FloatArray:
    """Distribution functions of each factor among resistant and among responding runs, for a plot.

    Parameters
    ----------
    grid : (points,)
        Increasing quantiles of the factor among all complete runs.

    Returns
    -------
    (2, factors, elements, points)
        Share of the resistant and of the responding runs at or below each quantile; NaN as in `regional`.
    """
    found = np.full((2, u.shape[1], resistant.shape[1], len(grid)), np.nan)
    for rows in complete(u, _outcomes(resistant, missing), scramble):
        for factor in np.flatnonzero(varying(rows.u)):
            cell = np.searchsorted(grid, quantiles(rows.u[:, factor]))
            counts = _Counts(
                rows.cell_sums(rows.y, cell, len(grid) + 1),
                rows.cell_sums(np.ones((len(cell), 1)), cell, len(grid) + 1),
            ).total()
            for group, values in enumerate((counts.resistant, counts.all - counts.resistant)):
                found[group, factor, rows.elements] = (np.cumsum(values, axis=0)[:-1] / values.sum(axis=0)).T
    return found


def _outcomes(resistant: BoolArray, missing: BoolArray) -> FloatArray:
    return np.where(missing, np.nan, np.asarray(resistant, dtype=np.float64))


@dataclass(frozen=True)
class _Counts:
    """Sums over the resistant runs (scrambles, ..., elements) and over all runs (scrambles, ..., 1)."""

    resistant: FloatArray
    all: FloatArray

    def total(self, of: BoolArray | slice = slice(None)) -> "_Counts":
        """Over some scramblings, or all."""
        return _Counts(self.resistant[of].sum(axis=0), self.all[of].sum(axis=0))


def _difference(sums: _Counts, size: _Counts) -> FloatArray:
    """Mean over the resistant runs less that over the responding ones, NaN where there are none."""
    responding = ratio(sums.all - sums.resistant, size.all - size.resistant)
    return np.asarray(ratio(sums.resistant, size.resistant) - responding)


def _excess(rows: Rows, factor: int, size: _Counts) -> _Counts:
    """Runs up to each border of the factor, less those expected if they were like all runs.

    Means differ by the difference of the distribution functions, for what is expected cancels.
    """
    cell = cut(rows.u[:, factor], CELLS)
    share = np.cumsum(np.bincount(cell, minlength=CELLS))[:, None] / len(cell)
    counts = (rows.cell_sums(rows.y, cell, CELLS), rows.cell_sums(np.ones((len(cell), 1)), cell, CELLS))
    sizes = (size.resistant, size.all)
    return _Counts(*(np.cumsum(c, axis=1) - share * n[:, None] for c, n in zip(counts, sizes, strict=True)))


def _distance(excess: _Counts, size: _Counts, ci: float) -> Estimate:
    """Choose place and direction on one half of the scramblings and measure on the other."""
    scrambles, elements = size.resistant.shape
    sums: Sums = {name: np.zeros((scrambles, elements)) for name in ("resistant", "all")}
    for half in halvings(scrambles):
        # A group that is empty there chooses nothing.
        chosen = np.nan_to_num(_difference(excess.total(~half), size.total(~half)))
        place, element = np.argmax(np.abs(chosen), axis=0), np.arange(elements)
        sign = np.sign(chosen[place, element])
        sums["resistant"][half] += sign * excess.resistant[half][:, place, element]
        sums["all"][half] += sign * excess.all[half][:, place, 0]
    times = float((scrambles - 1).bit_length())
    return _jackknifed(held_out, _Counts(sums["resistant"], sums["all"]), size, ci, times)


def _direction(rank: _Counts, size: _Counts, ci: float) -> Estimate:
    """Twice the difference of the mean quantiles: ranks give the probabilities of pairs (Mann & Whitney 1947)."""
    return _jackknifed(jackknife, rank, size, ci, 0.5)


def _jackknifed(
    method: Callable[[Sums, Callable[[Sums], dict[str, FloatArray]], float], dict[str, Estimate]],
    sums: _Counts,
    size: _Counts,
    ci: float,
    times: float,
) -> Estimate:
    """Difference of means over a constant, from the sums of the scramblings."""
    totals = {"resistant": sums.resistant, "all": sums.all, "resistant_n": size.resistant, "all_n": size.all}

    def statistic(t: Sums) -> dict[str, FloatArray]:
        difference = _difference(_Counts(t["resistant"], t["all"]), _Counts(t["resistant_n"], t["all_n"]))
        return {"difference": difference / times}

    return method(totals, statistic, ci)["difference"]
