"""How sure a ranking is: closed forms first, then calibration over many studies."""

import numpy as np
import pytest
from scipy.stats import t

from sensitivity.methods.ranking import DRAWS, rank_probabilities
from sensitivity.methods.sobol import Sobol
from tests.sensitivity.methods.test_sobol import estimate, stage

SEED = 20261130
NOISE = 4.0 * 0.5 / np.sqrt(DRAWS)  # four standard errors of a drawn probability


def certainty(value, deviations):
    return rank_probabilities(value, deviations, np.random.default_rng(SEED))


def test_two_factors_follow_the_t_distribution_of_their_difference():
    rng = np.random.default_rng(SEED)
    deviations = rng.standard_normal((8, 2, 1)) * 0.02
    deviations[:, 1] += 1.5 * deviations[:, 0]  # correlated
    value = np.array([[0.40], [0.45]])
    rank, top = certainty(value, deviations)
    spread = np.sqrt(np.sum((deviations[:, 1] - deviations[:, 0]) ** 2))
    exact = t.cdf(0.05 / spread, 7)
    assert 0.6 < exact < 0.99
    assert top[0, 0] == pytest.approx(exact, abs=NOISE)
    assert rank[1, 0, 0] == top[0, 0]
    assert rank[0, 0, 0] == pytest.approx(1.0 - top[0, 0])
    assert top[1, 0] == 1.0


def test_factors_that_move_together_are_ordered_for_sure_though_their_intervals_overlap():
    common = np.random.default_rng(SEED).standard_normal((16, 1, 1))
    _, top = certainty(np.array([[0.50], [0.49]]), np.concatenate([common, common], axis=1))
    assert top[0, 0] == 1.0


def test_ranks_of_one_factor_and_factors_of_one_rank_sum_to_one():
    rng = np.random.default_rng(SEED)
    rank, top = certainty(rng.random((6, 3)), rng.standard_normal((8, 6, 3)) * 0.1)
    np.testing.assert_allclose(rank.sum(axis=0), 1.0)
    np.testing.assert_allclose(rank.sum(axis=1), 1.0)
    assert np.all(top[-1] == 1.0)


def test_a_factor_without_an_index_takes_no_rank():
    value = np.array([[0.3], [np.nan], [0.1]])
    rank, top = certainty(value, np.zeros((4, 3, 1)))
    assert np.isnan(rank[1]).all()
    assert rank[0, 0, 0] == rank[2, 1, 0] == 1.0
    np.testing.assert_array_equal(top[:, 0], [1.0, 1.0, np.nan])


def test_the_leader_is_the_true_one_as_often_as_is_said():
    """600 studies of y = w x1 + x2 + 4 x3 x4 with w spread evenly around 1, further than the errors reach.

    What is said and how often it is right differ, on average, by at most 4 standard errors of a frequency.
    """
    rng, said, right = np.random.default_rng(SEED), [], []
    for seed in range(600):
        weights = np.array([rng.uniform(0.8, 1.2), 1.0])

        def f(u, w=weights):
            return u[..., :2] @ w + 4.0 * u[..., 2] * u[..., 3]

        _, found = estimate(stage(Sobol(128, 8), 4, seed=seed), f)
        st = found["ST"]
        _, top = rank_probabilities(st.value[:2], st.deviations[:, :2], np.random.default_rng(seed))
        said.append(top[0, 0])
        right.append((st.value[0, 0] > st.value[1, 0]) == (weights[0] > 1.0))
    frequency = np.mean(right)
    assert 0.6 < frequency < 0.95
    assert np.mean(said) == pytest.approx(frequency, abs=4.0 * np.sqrt(frequency * (1 - frequency) / 600))
