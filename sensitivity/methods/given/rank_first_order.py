"""First-order Sobol' indices from neighbours in the order of each factor.

Two runs with (nearly) the same value of factor i and everything else independent have outputs whose product is, on
average, the square of E[Y|X_i]: hence Var E[Y|X_i]. Chatterjee (2021, doi 10.1080/01621459.2020.1758115) takes for the
second run the next one in the order of the factor; Gamboa, Gremaud, Klein & Lagnoux (2022, doi 10.3150/21-BEJ1421)
show that this estimates the first-order index, and Lin & Han (2023, doi 10.1093/biomet/asac048) that several neighbours
lose less.

Neighbours of one scrambling are not independent in the other factors (see `rows`), so a run is multiplied with its
neighbours of other scramblings: all pairs of different scramblings among as many consecutive runs as there are
scramblings. No product holds the square of a run, so that nothing is added by noise and no correction is needed; runs
that tie (integer factors) lie in one cell and are exchangeable.
"""

from collections.abc import Callable

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, IntArray, Sums
from sensitivity.methods.given.rows import Rows, by_factor, cut
from sensitivity.methods.intervals import jackknife, ratio


def rank_first_order(u: FloatArray, y: FloatArray, scramble: IntArray, ci: float = 0.95) -> Estimate:
    """First-order indices (factors, elements).

    A jump of E[Y|X_i] is smeared over one cell, scramblings / n of the factor's range. Indices of inert factors scatter
    around zero and are not clipped. Standard errors are 1.0 to 1.8 times the true ones, for the jackknife counts twice
    what two scramblings share (Efron & Stein 1981, doi 10.1214/aos/1176345462).

    Parameters
    ----------
    u : (n, factors)
        Quantiles or values of the factors, independent of each other.
    y : (n, elements)
        Outputs; not finite: left out, for its element.
    scramble : (n,)
        Label of each row's scrambling.
    ci : float
        Confidence level.
    """

    def analyse(rows: Rows) -> Callable[[int], dict[str, Estimate]]:
        return lambda factor: {"S1": first_order(rows, factor, max(len(rows.u) // rows.scrambles, 2), ci)}

    return by_factor(u, y, scramble, ["S1"], analyse)["S1"]


def first_order(rows: Rows, factor: int, cells: int, ci: float) -> Estimate:
    """Variance of the mean over cells of one factor, over the variance of the output: (elements,).

    ``S1 = (sum_c n_c p_c / n - mean^2) / variance`` with ``n_c`` the rows of a cell and ``p_c`` the mean product of its
    pairs of rows of different scramblings.
    """
    cell = cut(rows.u[:, factor], cells)
    sums, counts = rows.cell_sums(rows.centred, cell, cells), rows.cell_sums(np.ones((len(cell), 1)), cell, cells)
    totals = {
        "cell": sums,
        "own": sums**2,
        "cell_n": counts,
        "own_n": counts**2,
        **rows.moments,
    }
    return jackknife(totals, _index, ci)["S1"]


def _index(sums: Sums) -> dict[str, FloatArray]:
    mean = ratio(sums["sum"], sums["n"])
    pairs = sums["cell_n"] ** 2 - sums["own_n"]
    weight = np.where(pairs > 0.0, sums["cell_n"], 0.0)
    weight = weight / weight.sum(axis=0)
    product = np.sum(weight / np.maximum(pairs, 1.0) * (sums["cell"] ** 2 - sums["own"]), axis=0)
    return {"S1": ratio(product - mean**2, ratio(sums["square"], sums["n"]) - mean**2)}
