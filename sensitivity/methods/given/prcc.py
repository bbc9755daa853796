"""Partial rank correlation coefficients.

The correlation between the ranks of one factor and of the output, both cleared of what the ranks of all other factors
explain linearly (Iman & Conover 1979; Marino et al. 2008, doi 10.1016/j.jtbi.2008.04.011). A measure of
monotone effects: zero for an effect that rises and falls alike.

With ``C`` the correlations of the factors' ranks, ``c`` those with the output's and ``b = C^-1 c`` the standardised
regression, the inverse of the joint matrix gives ``PRCC_i = b_i / sqrt((C^-1)_ii (1 - c.b) + b_i^2)``.
"""

import numpy as np

from sensitivity.contracts import Estimate, FloatArray, IntArray, Sums
from sensitivity.methods.given.rows import complete, put, quantiles, undefined
from sensitivity.methods.intervals import jackknife, ratio

COLLINEAR = 1e-8
"""Share of its variance that the other factors leave of a combination of factors, below which they are collinear."""


def prcc(u: FloatArray, y: FloatArray, scramble: IntArray, ci: float = 0.95) -> Estimate:
    """Partial rank correlations (factors, elements), NaN for factors that others determine.

    Factors need not be independent. Intervals take the ranks as given and resample their products by scrambling.

    Parameters
    ----------
    u : (n, factors)
        Quantiles or values of the factors.
    y : (n, elements)
        Outputs; not finite: left out, for its element.
    scramble : (n,)
        Label of each row's scrambling.
    """
    result = undefined(len(np.unique(scramble)), u.shape[1], y.shape[1])
    for rows in complete(u, y, scramble):
        if len(rows.u) < u.shape[1] + 3:
            continue  # no degree of freedom is left
        x, z = quantiles(rows.u) - 0.5, quantiles(rows.y) - 0.5
        totals = {
            "n": rows.sums(np.ones(len(x))),
            "x": rows.sums(x),
            "z": rows.sums(z),
            "zz": rows.sums(z**2),
            "xx": rows.products(x, x),
            "xz": rows.products(x, z),
        }
        put(result, jackknife(totals, _partial, ci)["PRCC"], slice(None), rows.elements)
    return result


def _partial(sums: Sums) -> dict[str, FloatArray]:
    n = sums["n"]
    x, z = sums["x"] / n, sums["z"] / n
    cov_x = sums["xx"] / n - np.outer(x, x)
    cov_xz = sums["xz"] / n - np.outer(x, z)
    var_x, var_z = np.diag(cov_x), sums["zz"] / n - z**2
    constant = var_x <= 1e-12  # ranks of a factor that varies have a variance near 1/12, unless nearly all runs tie
    scale = np.where(constant, 1.0, np.sqrt(np.maximum(var_x, 0.0)))
    correlation = np.where(constant[:, None] | constant, 0.0, cov_x / np.outer(scale, scale))
    np.fill_diagonal(correlation, 1.0)
    with_z = ratio(cov_xz, np.outer(scale, np.sqrt(np.maximum(var_z, 0.0))))

    values, vectors = np.linalg.eigh(correlation)
    free = values > COLLINEAR
    # A factor that takes part in a null combination is determined by others; the rest keep their values.
    determined = np.sum(vectors[:, ~free] ** 2, axis=1) > COLLINEAR
    inverse = (vectors[:, free] / values[free]) @ vectors[:, free].T
    slope = inverse @ with_z
    unexplained = np.maximum(1.0 - np.sum(with_z * slope, axis=0), 0.0)
    partial = ratio(slope, np.sqrt(np.diag(inverse)[:, None] * unexplained + slope**2))
    return {"PRCC": np.where((determined | constant)[:, None], np.nan, partial)}
