"""The table of exact indices against closed forms, quadrature and symmetry."""

import numpy as np
import pytest

from sensitivity.selftest.functions import FUNCTIONS, _table
from tests.reference import ishigami_indices, sobol_g_indices

BY_NAME = {function.name: function for function in FUNCTIONS}
DIGITS = 1e-10  # the table holds 12 digits


def test_every_function_has_its_row_and_every_row_its_function():
    assert list(_table()) == [function.name for function in FUNCTIONS]


PRODUCTS = {
    "sobol_g_8": 1.0, "sobol_g_6": 1.0, "kucherenko_a2": 1.0, "sobol_g_20": 1.0, "sobol_g_10": 1.0,
    "sobol_gstar_10": 1.0, "kucherenko_b1": 1.0, "kucherenko_b2": 1.0, "kucherenko_c2": 1.0,
}  # fmt: skip
"""Products of one term a factor, each of mean 1, so that f with all others at a fixed point is proportional to it."""


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_have_the_indices_of_their_terms(name):
    """Terms by Gauss-Legendre in halves (|4x - 2| bends at 1/2); x^(1/10) needs the substitution x = s^10."""
    function = BY_NAME[name]
    n = len(function.laws)
    node, weight = np.polynomial.legendre.leggauss(40)
    s = np.concatenate([(node + 1.0) / 4.0, (node + 3.0) / 4.0])
    w = np.concatenate([weight, weight]) / 4.0
    x, w = (s**10, w * 10.0 * s**9) if name == "kucherenko_b2" else (s, w)
    v = np.empty(n)
    for i in range(n):
        rows = np.full((len(x), n), 0.3)
        rows[:, i] = x
        y = function.evaluate(rows, np.empty((len(x), 0)))
        v[i] = (w @ y**2) / (w @ y) ** 2 - 1.0
    variance = np.prod(1.0 + v) - 1.0
    np.testing.assert_allclose(function.exact["S1"], v / variance, rtol=DIGITS)
    np.testing.assert_allclose(function.exact["ST"], v / (1.0 + v) * (1.0 + variance) / variance, rtol=DIGITS)
    np.testing.assert_allclose(function.exact["variance"], variance, rtol=DIGITS)


def test_ishigami_and_g_are_those_of_the_other_tests():
    s1, st, _, variance = ishigami_indices()
    row = BY_NAME["ishigami"]
    np.testing.assert_allclose(row.index("S1")[:, 0], s1, atol=DIGITS)
    np.testing.assert_allclose(row.index("ST")[:, 0], st, atol=DIGITS)
    np.testing.assert_allclose(row.exact["variance"], variance, rtol=DIGITS)
    assert row.index("S2")[0, 2, 0] == row.index("S2")[2, 0, 0] == row.exact["S2"]["1,3"]
    np.testing.assert_allclose(BY_NAME["sobol_g_6"].exact["S1"], sobol_g_indices()[0], rtol=1e-9)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.name)
def test_moments_and_indices_of_the_function_as_written(function):
    """2^14 points of a scrambled Sobol' sequence; a mistyped coefficient shows as a wrong mean, variance or index."""
    from scipy.stats import qmc

    rng = np.random.default_rng(20261129)
    n, k = 2**14, len(function.laws)
    u = qmc.Sobol(2 * k, rng=rng).random(n)

    def mean_of(points):
        x = np.column_stack([law.ppf(points[:, i]) for i, law in enumerate(function.laws)])
        copies = 16 if function.draws else 1
        draws = rng.random((copies, n, function.draws))
        return np.mean([function.evaluate(x, draw) for draw in draws], axis=0).reshape(n, -1)

    a, b = mean_of(u[:, :k]), mean_of(u[:, k:])
    sd = np.sqrt(np.atleast_1d(function.exact["variance"]))
    # Scrambled points: 0.01 sd for bounded terms. Noise of 16 copies, and the heavy tails of C2 and G*, come on top.
    tolerance = 0.03 if function.draws or function.name in {"kucherenko_c2", "sobol_gstar_10"} else 0.01
    assert np.all(np.abs(a.mean(axis=0) - function.exact["mean"]) < tolerance * sd)
    for i in range(k):
        mixed = u[:, :k].copy()
        mixed[:, i] = u[:, k + i]
        first = np.mean((b - b.mean(axis=0)) * (mean_of(mixed) - a), axis=0) / sd**2
        assert np.all(np.abs(first - function.index("S1")[i]) < 3 * tolerance)


def test_first_order_never_exceeds_total():
    for function in FUNCTIONS:
        assert np.all(function.index("S1") <= function.index("ST") + DIGITS)
