"""First-order indices by rank: exact answers, a loop over all pairs, OpenTURNS, and why others are the neighbours."""

import numpy as np
import openturns as ot
import pytest
from scipy.special import stdtrit

from sensitivity.methods.given.rank_first_order import rank_first_order
from tests.reference import ishigami, ishigami_indices, sobol_g, sobol_g_indices
from tests.sensitivity.methods.given.cases import SEED, random_points, simultaneous, sobol_points


@pytest.mark.parametrize(("f", "exact"), [(ishigami, ishigami_indices()[0]), (sobol_g, sobol_g_indices()[0])])
def test_exact_functions_within_their_own_standard_errors(f, exact):
    u, label = sobol_points(len(exact), 256, 16)
    found = rank_first_order(u, f(u)[:, None], label)
    error, bound = simultaneous(found, exact, 16)
    assert np.all(error <= bound), (error, bound)
    assert np.all(found.se < 0.02)  # 8,192 runs; about 0.01 was measured for x3 of Ishigami


def test_the_index_is_that_of_all_pairs_of_different_scramblings_in_a_cell():
    """A loop over pairs, on a sample with ties, failed runs and scramblings of unequal size."""
    rng = np.random.default_rng(SEED)
    n, k = 120, 5
    u, label = np.round(rng.random((n, 1)), 1), rng.integers(0, k, n)
    y = u[:, 0] + rng.standard_normal(n)
    y[::17] = np.nan
    found = rank_first_order(u, y[:, None], label).value[0, 0]

    keep = np.isfinite(y)
    x, z, who = u[keep, 0], y[keep], label[keep]
    middle = np.array([np.sum(x < v) + 0.5 * np.sum(x == v) for v in x]) / len(x)
    cell = np.floor(middle * (len(x) // k))
    product = 0.0
    for c in np.unique(cell):
        inside = np.flatnonzero(cell == c)
        pairs = [(z[i] - z.mean()) * (z[j] - z.mean()) for i in inside for j in inside if who[i] != who[j]]
        product += len(inside) / len(x) * np.mean(pairs)
    # Rounding of a few thousand additions.
    assert found == pytest.approx(product / z.var(), abs=1e-12)


def test_an_integer_factor_is_one_whatever_its_probabilities():
    u, label = sobol_points(2, 64, 8)
    level = np.floor(u[:, :1] ** 3 * 3.0)  # 69, 18 and 13 % of the rows
    found = rank_first_order(np.concatenate([level, u[:, 1:]], axis=1), level, label)
    assert found.value[0, 0] == pytest.approx(1.0, abs=1e-12)  # every pair of a cell is of one level
    assert abs(found.value[1, 0]) <= stdtrit(7, 0.9995) * found.se[1, 0]
    # Half of the variance: y = level + noise of the same variance.
    y = level + level.std() * np.sqrt(12.0) * (u[:, 1:] - 0.5)
    found = rank_first_order(level, y, label)
    assert abs(found.value[0, 0] - 0.5) <= stdtrit(7, 0.9995) * found.se[0, 0]


def test_openturns_finds_the_same_from_independent_points():
    """Both estimate S1 of Ishigami from the same 4,096 points with errors of about 0.02, partly shared."""
    u, label = random_points(3, 4096)
    y = ishigami(u)
    rank = ot.RankSobolSensitivityAlgorithm(ot.Sample(u), ot.Sample(y[:, None]))
    rival = np.array(rank.getFirstOrderIndices())
    found = rank_first_order(u, y[:, None], label)
    # Its neighbour is one run, so that its error is larger: 1 / sqrt(n) times at most sqrt 2 for each product.
    assert np.all(np.abs(found.value[:, 0] - rival) <= 4.0 * (found.se[:, 0] + np.sqrt(2.0 / 4096)))


def test_neighbours_of_the_same_scrambling_would_mislead():
    """The reason for taking others: y = x2 does not depend on x1, yet runs that are next in x1 are far apart in x2."""
    u, label = sobol_points(2, 256, 16)
    y = u[:, 1]
    own = label == 0
    order = np.argsort(u[own, 0])
    z = y[own][order] - 0.5
    assert np.mean(z[:-1] * z[1:]) / z.var() < -0.2
    found = rank_first_order(u, y[:, None], label)
    assert abs(found.value[0, 0]) <= stdtrit(15, 0.9995) * found.se[0, 0]
