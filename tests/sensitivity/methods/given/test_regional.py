"""Monte-Carlo filtering: closed forms, SciPy's tests as referees, chance."""

import numpy as np
import pytest
from scipy.stats import ks_2samp, kstwo, mannwhitneyu

from sensitivity.methods.chance import EXACT, holm, ks_chance
from sensitivity.methods.given.regional import curves, regional
from tests.sensitivity.methods.given.cases import SEED, random_points, simultaneous, sobol_points


def none_missing(resistant):
    return np.zeros_like(resistant)


def test_half_plane_has_a_closed_form():
    """x1 + x2 > 1: F = x^2 and 2x - x^2, so D = 1/2 at x = 1/2; means 2/3 and 1/3, so the direction is 2/3."""
    u, label = sobol_points(3, 256, 16)
    resistant = (u[:, 0] + u[:, 1] > 1.0)[:, None]
    found = regional(u, resistant, none_missing(resistant), label)
    for estimate, exact in ((found.distance, [0.5, 0.5, 0.0]), (found.direction, [2 / 3, 2 / 3, 0.0])):
        error, bound = simultaneous(estimate, np.array(exact), 16)
        # A place chosen wrongly by x loses 2 x^2: 0.002 where it is off by 0.03.
        assert np.all(error <= bound + 0.002), (error, bound)
    assert np.all(found.p_value[:2, 0] < 1e-12)
    assert found.p_value[2, 0] > 0.05


def test_a_threshold_of_one_factor_is_all():
    u, label = sobol_points(2, 64, 8)
    resistant = np.stack([u[:, 0] > 0.75, u[:, 0] < 0.75], axis=1)
    found = regional(u, resistant, none_missing(resistant), label)
    # 1,024 points in 256 cells: the border of a cell lies at 0.75.
    np.testing.assert_allclose(found.plain[0], 1.0, atol=1e-12)
    np.testing.assert_allclose(found.distance.value[0], 1.0, atol=1e-12)
    np.testing.assert_allclose(found.direction.value[0], [1.0, -1.0], atol=1e-12)


@pytest.mark.parametrize("ties", [False, True])
def test_scipy_finds_the_same(ties):
    """250 points, of which each has a cell of its own; four failed."""
    u, label = random_points(3, 250, 5)
    if ties:
        u = np.floor(8.0 * u)
    rng = np.random.default_rng(SEED)
    resistant = (u[:, 0] / u.max() + rng.random(250) > 1.2)[:, None]
    missing = np.zeros_like(resistant)
    missing[[3, 77, 78, 200]] = True
    found = regional(u, resistant, missing, label)
    yes, no = resistant[:, 0] & ~missing[:, 0], ~resistant[:, 0] & ~missing[:, 0]
    p = []
    for i in range(3):
        test = ks_2samp(u[yes, i], u[no, i], method="asymp")
        p.append(test.pvalue)
        assert found.plain[i, 0] == pytest.approx(test.statistic, abs=1e-12)
        pairs = mannwhitneyu(u[yes, i], u[no, i]).statistic / (yes.sum() * no.sum())
        assert found.direction.value[i, 0] == pytest.approx(2.0 * pairs - 1.0, abs=1e-12)
    np.testing.assert_allclose(found.p_value[:, 0], holm(np.array(p)), rtol=1e-9)


def test_curves_are_the_distribution_functions():
    u, label = random_points(2, 300, 4)
    rng = np.random.default_rng(SEED)
    resistant, missing = rng.random((300, 3)) < 0.3, rng.random((300, 3)) < 0.05
    resistant[:, 2] = True
    grid = np.linspace(0.0, 1.0, 33)
    found = curves(u, resistant, missing, label, grid)
    assert found.shape == (2, 2, 3, 33)
    assert np.isnan(found[:, :, 2]).all()
    assert np.all(found[:, :, :2, 0] == 0.0)
    assert np.all(found[:, :, :2, -1] == 1.0)
    for e in range(2):
        keep = ~missing[:, e]
        rank = (np.argsort(np.argsort(u[keep, 1])) + 0.5) / keep.sum()
        for group, who in enumerate((resistant[keep, e], ~resistant[keep, e])):
            expected = [np.mean(rank[who] <= g) for g in grid]
            np.testing.assert_allclose(found[group, 1, e], expected, rtol=0, atol=1e-12)


def test_rare_resistance_is_seen():
    """12 of 4,096 runs, all with a high value of x1."""
    u, label = sobol_points(4, 128, 16)
    resistant = np.zeros((len(u), 1), dtype=bool)
    resistant[np.argsort(u[:, 0])[-12:]] = True
    found = regional(u, resistant, none_missing(resistant), label)
    assert found.plain[0, 0] > 0.99
    assert found.p_value[0, 0] < 1e-6
    assert np.argmax(found.distance.value[:, 0]) == 0
    assert found.direction.ci[0, 0, 0] > 0.9


def test_chance_names_a_factor_as_seldom_as_it_says():
    """300 studies of 10 inert factors with independent points: the smallest adjusted p below 0.05 in 5 % at most.

    Binomial standard error 1.3 points; distances at borders of cells only are a little conservative.
    """
    named = 0
    for seed in range(300):
        u, label = random_points(10, 512, 4, seed)
        resistant = (np.random.default_rng((seed, 1)).random(512) < 0.2)[:, None]
        named += regional(u, resistant, none_missing(resistant), label).p_value.min() < 0.05
    assert 0.01 <= named / 300 <= 0.05 + 3.0 * 0.013


def test_holm_is_the_step_down_rule():
    p = np.array([[0.01, 0.2], [0.04, np.nan], [0.03, 0.5], [0.005, 0.1]])
    # Smallest times 4, then 3, 2, 1, never falling; the second column has three.
    expected = [[0.03, 0.4], [0.06, np.nan], [0.06, 0.5], [0.02, 0.3]]
    np.testing.assert_allclose(holm(p), expected, atol=1e-15)
    np.testing.assert_allclose(holm(p[:, 0]), np.array(expected)[:, 0], atol=1e-15)


def test_probability_of_a_distance_is_scipys():
    scaled = np.array([0.5, 0.8, 1.0, 1.36, 1.63, 2.0])
    for runs in (5, 60, EXACT, EXACT + 1, 1000, 20000):
        distance = np.minimum(scaled / np.sqrt(runs), 1.0)
        exact = kstwo.sf(distance, runs)
        tolerance = 0.0 if runs <= EXACT else 1e-4  # of the corrected limit, largest just beyond the exact range
        np.testing.assert_allclose(ks_chance(distance, runs), exact, rtol=1e-12, atol=tolerance)
    assert ks_chance(np.array([0.4]), 500.0)[0] >= kstwo.sf(0.4, 500)  # never too small in the tail


def test_chance_cancels_in_what_is_held_out():
    """300 outcomes that have nothing to do with the factors: the plain distance is 0.04, the other zero on average."""
    u, label = random_points(2, 2048, 8)
    resistant = np.random.default_rng(SEED).random((2048, 300)) < 0.3
    found = regional(u, resistant, none_missing(resistant), label)
    assert found.plain.mean() > 0.03
    value, se = found.distance.value.ravel(), found.distance.se.ravel()
    assert abs(value.mean()) <= 4.0 * value.std() / np.sqrt(600)
    assert 0.85 <= se.mean() / value.std() <= 2.0
    # Numbers of resistant runs differ between scramblings; that must not add to the error (it would be 12 % larger).
    assert value.std() <= 0.6 * found.plain.mean()
    assert np.mean((found.distance.ci[0] <= 0.0) & (found.distance.ci[1] >= 0.0)) > 0.93
