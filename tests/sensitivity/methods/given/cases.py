"""Points as a study draws them, and exact answers, for the tests of given-data methods."""

from functools import cache

import numpy as np
from scipy.special import ndtri, stdtrit
from scipy.stats import qmc

SEED = 20261125  # fixed before any of the results was seen


def sobol_points(k, rows, scrambles, seed=SEED):
    """A and B rows of K scramblings of a 2k-dimensional sequence, scrambling after scrambling."""
    base = [qmc.Sobol(2 * k, rng=np.random.default_rng((seed, s))).random(rows) for s in range(scrambles)]
    u = np.concatenate([half for whole in base for half in (whole[:, :k], whole[:, k:])])
    return u, np.repeat(np.arange(scrambles), 2 * rows)


def random_points(k, n, scrambles=16, seed=SEED):
    """Independent points, dealt out to as many parts."""
    return np.random.default_rng(seed).random((n, k)), np.arange(n) % scrambles


def simultaneous(estimate, exact, scrambles):
    """|error| against its bound: t with a family-wise level of 0.1 % over all indices of one output."""
    m = len(exact)
    return np.abs(estimate.value[:, 0] - exact), stdtrit(scrambles - 1, 1.0 - 0.0005 / m) * estimate.se[:, 0]


def gaussian_prcc(correlation):
    """Partial rank correlations of jointly Gaussian factors and output, the last of the matrix.

    Rank correlations are 6/pi asin(r/2) (Pearson 1907); the rest is the inverse of their matrix.
    """
    inverse = np.linalg.inv(6.0 / np.pi * np.arcsin(correlation / 2.0))
    return -inverse[:-1, -1] / np.sqrt(np.diag(inverse)[:-1] * inverse[-1, -1])


@cache
def sum_of_two_ks(slices):
    """Distance of x1 + x2 from itself with x1 in each slice, by quadrature on the distribution functions."""
    y = np.linspace(0.0, 2.0, 20001)
    all_runs = np.where(y < 1.0, y**2 / 2.0, 1.0 - (2.0 - y) ** 2 / 2.0)
    x = (np.arange(slices * 200) + 0.5) / (slices * 200)
    within = np.clip(y - x[:, None], 0.0, 1.0).reshape(slices, 200, -1).mean(axis=1)
    return np.abs(within - all_runs).max(axis=1)


def correlated_normal(u, rho):
    """Three Gaussian factors of standard deviations 1, 1, 2, the last two correlated."""
    z = ndtri(u)
    return np.stack([z[:, 0], z[:, 1], 2.0 * (rho * z[:, 1] + np.sqrt(1.0 - rho**2) * z[:, 2])], axis=1)


CORRELATED_SHAPLEY = {
    -0.9: [0.416666666667, 0.172916666667, 0.410416666667],
    -0.5: [0.25, 0.09375, 0.65625],
    0.0: [0.166666666667, 0.166666666667, 0.666666666667],
    0.5: [0.125, 0.296875, 0.578125],
}
"""Exact shares of x1 + x2 + x3 of `correlated_normal` (closed form of Owen & Prieur 2017, doi 10.1137/16M1097717)."""

INDEPENDENT_SHAPLEY = {
    "ishigami": [0.435747023179, 0.44241114479, 0.121841832031],
}
