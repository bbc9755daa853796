"""PAWN: closed forms and quadrature, SciPy and SALib as referees, the share of chance."""

import numpy as np
import pytest
from SALib.analyze import pawn as salib
from scipy.stats import ks_2samp, kstwobign

from sensitivity.methods.given.pawn import CELLS, pawn
from tests.reference import ishigami
from tests.sensitivity.methods.given.cases import (
    SEED,
    random_points,
    simultaneous,
    sobol_points,
    sum_of_two_ks,
)


def test_one_factor_alone_has_a_closed_form():
    """y = exp(x1): a slice (s, s+1)/10 is max(s, 9 - s)/10 away; median 0.7, maximum 0.9."""
    u, label = sobol_points(2, 256, 16)
    found = pawn(u, np.exp(u[:, :1]), label)
    for estimate, plain, exact in ((found.median, found.plain[0], 0.7), (found.maximum, found.plain[1], 0.9)):
        # Distances are taken at borders of 1/128 of the runs, which miss the tenths by less than that.
        assert exact - 1.0 / CELLS <= plain[0, 0] <= exact + 1e-3
        assert exact - 1.0 / CELLS - 1e-3 <= estimate.value[0, 0] <= exact + 1e-3


def test_sum_of_two_factors_agrees_with_quadrature():
    distance = sum_of_two_ks(10)
    u, label = sobol_points(3, 512, 16)
    found = pawn(u, (u[:, 0] + u[:, 1])[:, None], label)
    for estimate, exact in ((found.median, np.median(distance)), (found.maximum, distance.max())):
        error, bound = simultaneous(estimate, np.array([exact, exact, 0.0]), 16)
        # A slice or place chosen wrongly can only lower the value: 0.001 to 0.003 was measured at this size.
        assert np.all(error <= bound + 0.003), (error, bound)


def test_plain_values_are_those_of_scipys_distances():
    """128 distinct outputs, each in a cell of its own; slices with all their rows, the last one too."""
    u, label = random_points(3, 128, 4)
    y = ishigami(u)
    found = pawn(u, y[:, None], label, slices=8)
    for i in range(3):
        order = np.argsort(u[:, i])
        distance = [ks_2samp(y[part], y).statistic for part in np.split(order, 8)]
        np.testing.assert_allclose(found.plain[:, i, 0], [np.median(distance), np.max(distance)], rtol=0, atol=1e-12)


@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_salib_finds_nearly_the_same(offset):
    u, label = random_points(3, 4000)
    y = ishigami(u) + offset
    assert np.isfinite(y).all()
    problem = {"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0.0, 1.0]] * 3}
    rival = salib.analyze(problem, u, y, S=10)
    found = pawn(u, y[:, None], label)
    # SALib drops the largest value of a factor from the last slice, 1 row of 400, and ours looks at 128 borders.
    np.testing.assert_allclose(found.plain[0, :, 0], rival["median"], rtol=0, atol=1 / 400 + 1 / CELLS)
    np.testing.assert_allclose(found.plain[1, :, 0], rival["maximum"], rtol=0, atol=1 / 400 + 1 / CELLS)


@pytest.mark.parametrize("slices", [6, 9, 49])
def test_numbers_of_slices_that_round_badly_work(slices):
    """SALib refuses these: their steps add up to more than 1."""
    u, label = random_points(2, 2000, 4)
    found = pawn(u, u[:, :1] + 0.0, label, slices=slices)
    assert found.plain[1, 0, 0] == pytest.approx(1.0 - 1.0 / slices, abs=1.0 / CELLS)


def test_critical_values_are_those_of_the_limit_law():
    u, label = random_points(2, 1000, 4)
    found = pawn(u, u[:, :1] + 0.0, label)
    spread = np.sqrt(1 / 100 - 1 / 1000)
    expected = [kstwobign.isf(0.05) * spread, kstwobign.isf(0.005) * spread]
    np.testing.assert_allclose(found.critical[:, 0, 0], expected, rtol=1e-6)


def test_chance_exceeds_the_critical_values_as_seldom_as_they_say():
    """300 elements of noise: the maximum exceeds its value in 5 % at most (Bonferroni), the median hardly ever."""
    u, label = random_points(4, 2000, 8)
    y = np.random.default_rng(SEED).standard_normal((2000, 300))
    found = pawn(u, y, label)
    beyond = (found.plain > found.critical).mean(axis=(1, 2))
    assert beyond[0] < 0.01
    assert 0.01 < beyond[1] <= 0.05 + 3.0 * np.sqrt(0.05 * 0.95 / 1200)
    # Held out, chance cancels: the mean of 1,200 values is below 4 standard errors, elements taken as independent.
    for estimate in (found.median, found.maximum):
        value = estimate.value.ravel()
        assert abs(value.mean()) <= 0.25 * found.plain[0].mean()
        assert np.mean((estimate.ci[0] <= 0.0) & (estimate.ci[1] >= 0.0)) > 0.95


def test_integer_factors_have_as_many_slices_as_values():
    u, label = sobol_points(2, 128, 8)
    level = np.floor(4.0 * u[:, :1])
    found = pawn(np.concatenate([level, u[:, 1:]], axis=1), level, label)
    # Levels 0 and 3 are 3/4 away from all runs, levels 1 and 2 are 1/2.
    np.testing.assert_allclose(found.plain[:, 0, 0], [0.625, 0.75], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.maximum.value[0, 0], 0.75, rtol=0, atol=1e-12)


def test_outputs_of_two_values_keep_their_distance():
    u, label = sobol_points(2, 128, 8)
    rare = (u[:, :1] > 0.99).astype(float)
    found = pawn(u, rare, label)
    events, last = rare.sum(), np.ceil(len(u) / 10)  # the last slice holds all of the events
    assert 10 < events < 40
    assert found.plain[1, 0, 0] == pytest.approx(events / last - events / len(u), abs=1e-3)  # a slice more or less


def test_too_few_runs_for_slices_give_no_index_and_no_error():
    """8 scramblings of 4 runs each: 15 slices hold about two runs, fewer than each needs."""
    rng = np.random.default_rng(3)
    u, y = rng.random((32, 2)), rng.random((32, 3))
    found = pawn(u, y, np.repeat(np.arange(8), 4))
    assert np.isnan(found.median.value).all()
    assert np.isnan(found.maximum.ci).all()
