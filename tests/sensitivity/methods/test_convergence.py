"""Criteria of convergence: exact on normal laws, the paper's formula written out, and targets that mean something."""

import numpy as np
import pytest
from scipy.special import stdtrit

from sensitivity.contracts import Estimate
from sensitivity.methods.convergence import Criteria, Targets, criteria
from sensitivity.methods.ranking import joint_draws


def estimate(value, se, replicates=2001):
    """Independent errors of given size; so many replicates that Student's t is normal."""
    value, se = np.array(value)[:, None], np.array(se)[:, None]
    raw = np.linalg.qr(np.random.default_rng(1).standard_normal((replicates, len(value))))[0]
    deviations = raw[:, :, None] * se
    half = stdtrit(replicates - 1, 0.975) * se
    return Estimate(value, se, np.stack([value - half, value + half]), deviations)


def judge(found, **options):
    return criteria(found, np.random.default_rng(0), **{"relative": False} | options)


def test_width_and_screening_are_the_widest_intervals():
    found = judge(estimate([0.6, 0.3, 0.04, 0.01], [0.02, 0.01, 0.004, 0.005]))
    t = 2 * stdtrit(2000, 0.975)
    assert found.width[0] == pytest.approx(t * 0.02, rel=1e-12)  # rounding of one product
    assert found.screening[0] == pytest.approx(t * 0.005, rel=1e-12)
    assert found.widest[0] == 0


def test_effects_in_the_outputs_unit_are_judged_relative_to_the_largest():
    one = judge(estimate([0.6, 0.3], [0.02, 0.01]), relative=True)
    other = judge(estimate([600.0, 300.0], [20.0, 10.0]), relative=True)
    assert one.width[0] == pytest.approx(other.width[0], rel=1e-12)
    assert one.width[0] == pytest.approx(2 * stdtrit(2000, 0.975) * 0.02 / 0.6, rel=1e-12)


def test_two_factors_that_cannot_be_told_apart_change_places_every_second_time():
    """Each swap moves both by one place with nearly equal weights: 2 w / 2 w = 1, in half of all pairs of studies."""
    found = judge(estimate([0.5, 0.5], [0.01, 0.01]))
    assert found.ranking[0] == pytest.approx(2 * 0.5 / 1.0, abs=0.03)  # weights differ by about 2 %
    assert judge(estimate([0.6, 0.3], [0.01, 0.01])).ranking[0] == 0.0


def test_rank_changes_of_unimportant_factors_weigh_nothing():
    tied_small = judge(estimate([0.9, 0.01, 0.01], [0.001, 0.003, 0.003]))
    tied_large = judge(estimate([0.45, 0.45, 0.01], [0.003, 0.003, 0.001]))
    assert tied_small.ranking[0] < 0.001 < 0.9 < tied_large.ranking[0]


def test_ranking_follows_the_published_formula():
    found = estimate([0.4, 0.35, 0.2], [0.03, 0.04, 0.05], replicates=16)
    ((_, _, drawn),) = joint_draws(found.value, found.deviations, np.random.default_rng(0))
    rho = []
    for first, second in zip(drawn[:2048], drawn[2048:], strict=True):
        ranks = [(-one).argsort().argsort() + 1 for one in (first, second)]
        weight = np.maximum(np.maximum(first, second), 0.0) ** 2
        rho.append(np.sum(abs(ranks[0] - ranks[1]) * weight) / weight.sum())
    assert judge(found).ranking[0] == pytest.approx(np.quantile(rho, 0.95), rel=1e-12)  # the same sums


def test_indices_that_noise_brings_below_zero_change_no_ranks_that_matter():
    assert judge(estimate([-0.3, -0.4], [0.01, 0.01])).ranking[0] == 0.0


def test_what_is_undefined_is_not_met():
    undefined = estimate([0.6, np.nan], [0.001, np.nan], replicates=16)
    found = judge(undefined)
    assert found.widest[0] == 1
    assert not any(met[0] for met in found.met(Targets()).values())
    nothing = Criteria(*(np.array([0.04, 0.9, 0.0])[:, None]), np.array([0]))
    assert all(met[0] for met in nothing.met(Targets()).values())
