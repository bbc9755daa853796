"""Partial rank correlations: closed form for Gaussians, residuals of least squares, collinear factors."""

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import rankdata

from sensitivity.methods.given.prcc import prcc
from tests.sensitivity.methods.given.cases import SEED, gaussian_prcc, random_points, simultaneous, sobol_points


@pytest.mark.parametrize("rho", [0.0, 0.7])
def test_gaussian_factors_have_a_closed_form(rho):
    u, label = sobol_points(4, 256, 16)
    factors = np.array([[1.0, rho, 0.0], [rho, 1.0, 0.0], [0.0, 0.0, 1.0]])
    slope, noise = np.array([1.0, -0.5, 0.0]), 0.8
    z = ndtri(u)
    x = z[:, :3] @ np.linalg.cholesky(factors).T
    y = x @ slope + noise * z[:, 3]
    variance = slope @ factors @ slope + noise**2
    joint = np.eye(4)
    joint[:3, :3] = factors
    joint[3, :3] = joint[:3, 3] = factors @ slope / np.sqrt(variance)
    error, bound = simultaneous(prcc(x, y[:, None], label), gaussian_prcc(joint), 16)
    assert np.all(error <= bound), (error, bound)


def test_values_are_correlations_of_residuals():
    """The definition, by least squares, on dependent factors with ties and failed runs."""
    rng = np.random.default_rng(SEED)
    x = rng.standard_normal((200, 4))
    x[:, 1] += x[:, 0]
    x[:, 2] = np.round(x[:, 2])
    y = np.exp(x[:, 0]) - x[:, 2] + rng.standard_normal(200)
    y[::9] = np.nan
    found = prcc(x, y[:, None], np.arange(200) % 5).value[:, 0]
    keep = np.isfinite(y)
    ranks, z = rankdata(x[keep], axis=0), rankdata(y[keep])
    for i in range(4):
        others = np.column_stack([np.ones(len(z)), np.delete(ranks, i, axis=1)])
        a, b = (v - others @ np.linalg.lstsq(others, v, rcond=None)[0] for v in (ranks[:, i], z))
        # Least squares on ranks near 100 with a condition number of about 1e3.
        assert found[i] == pytest.approx(np.corrcoef(a, b)[0, 1], abs=1e-11)


def test_a_monotone_function_of_one_factor_is_one():
    u, label = random_points(3, 256, 8)
    found = prcc(u, np.stack([np.exp(9 * u[:, 0]), -(u[:, 0] ** 3)], axis=1), label)
    np.testing.assert_allclose(found.value[0], [1.0, -1.0], atol=1e-7)  # square root of rounding


@pytest.mark.parametrize("copies", ["same", "reverse", "sum"])
def test_factors_that_determine_each_other_have_none_and_others_keep_theirs(copies):
    u, label = random_points(4, 512, 8)
    ranks = rankdata(u, axis=0)
    if copies == "sum":  # three factors are tied: the sum of two and both of them, by rank
        u = np.column_stack([np.arange(512) % 8, np.arange(512) // 8 % 8, np.zeros(512), ranks[:, 3]])
        u[:, 2] = u[:, 0]
        free, tied = [1, 3], [0, 2]
    else:
        u[:, 2] = np.exp(u[:, 0]) if copies == "same" else -u[:, 0]
        free, tied = [1, 3], [0, 2]
    y = u[:, [1]] + u[:, [3]] / np.abs(u[:, 3]).max() + np.random.default_rng(1).standard_normal((512, 1))
    found, without = prcc(u, y, label), prcc(u[:, [0, 1, 3]], y, label)
    assert np.isnan(found.value[tied]).all()
    assert np.isnan(found.se[tied]).all()
    # A pseudo-inverse of a matrix with condition number below 10.
    np.testing.assert_allclose(found.value[free], without.value[1:], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.se[free], without.se[1:], rtol=0, atol=1e-10)


def test_nearly_collinear_factors_still_have_theirs():
    rng = np.random.default_rng(SEED)
    u, label = random_points(2, 2048, 16)
    u[:, 1] = u[:, 0] + 1e-2 * rng.standard_normal(2048)
    found = prcc(u, u[:, :1] + 0.05 * rng.standard_normal((2048, 1)), label)
    assert np.isfinite(found.value).all()
    assert found.value[0, 0] > abs(found.value[1, 0])


def test_too_few_rows_for_the_factors_tell_nothing():
    u, label = random_points(18, 20, 4)
    assert np.isnan(prcc(u, u[:, :1] + 0.0, label).value).all()


def test_errors_are_those_of_leaving_out_each_scrambling():
    u, label = random_points(2, 300, 5)
    y = u[:, 0] + np.random.default_rng(SEED).random(300)
    found = prcc(u, y[:, None], label)
    ranks, z = rankdata(u, axis=0), rankdata(y)
    copies = []
    for k in range(5):
        joint = np.linalg.inv(np.corrcoef(np.column_stack([ranks, z])[label != k].T))
        copies.append(-joint[:2, 2] / np.sqrt(np.diag(joint)[:2] * joint[2, 2]))
    expected = np.sqrt(4.0 / 5.0 * np.sum((np.array(copies) - np.mean(copies, axis=0)) ** 2, axis=0))
    np.testing.assert_allclose(found.se[:, 0], expected, rtol=1e-9)
