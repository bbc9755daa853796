"""Shapley effects: exact weights, closed forms for dependent and independent factors, groups, random orders."""

from itertools import permutations

import numpy as np
import pytest

from sensitivity.methods.given.shapley import exact_weights, random_weights, shapley
from tests.reference import ishigami
from tests.sensitivity.methods.given.cases import (
    CORRELATED_SHAPLEY,
    INDEPENDENT_SHAPLEY,
    SEED,
    correlated_normal,
    random_points,
    simultaneous,
    sobol_points,
)


def effects(u, y, label, **options):
    return shapley(u, y, label, np.random.default_rng(SEED), **options)


def in_all_orders(units, explained):
    """The definition: mean increments over all orders; `explained` of a frozenset."""
    share = np.zeros(units)
    orders = list(permutations(range(units)))
    for order in orders:
        for i, unit in enumerate(order):
            share[unit] += explained(frozenset(order[: i + 1])) - explained(frozenset(order[:i]))
    return share / len(orders)


def some_game(units):
    rng = np.random.default_rng(units)
    values = {}

    def explained(members):
        if not members:
            return 0.0
        if len(members) == units:
            return 1.0
        return values.setdefault(members, rng.random())

    return explained


def shares(weights, explained):
    values = np.array([explained(frozenset(np.flatnonzero(s).tolist())) for s in weights.sets])
    return weights.factor @ values + weights.whole


@pytest.mark.parametrize("units", [2, 3, 5])
def test_exact_weights_are_those_of_all_orders(units):
    game = some_game(units)
    expected = in_all_orders(units, game)
    np.testing.assert_allclose(shares(exact_weights(units), game), expected, atol=1e-14)
    assert len(exact_weights(units).sets) == 2**units - 2


def test_random_orders_are_right_on_average_and_always_sum_to_one():
    game = some_game(4)
    expected = in_all_orders(4, game)
    rng = np.random.default_rng(SEED)
    found = np.array([shares(random_weights(4, 10, rng), game) for _ in range(400)])
    np.testing.assert_allclose(found.sum(axis=1), 1.0, atol=1e-12)
    se = found.std(axis=0, ddof=1) / np.sqrt(400)
    assert np.all(np.abs(found.mean(axis=0) - expected) <= 4.0 * se)  # 1 in 16,000 each
    assert np.all(se > 0.0)


def test_every_order_is_followed_by_its_reverse():
    whole = random_weights(7, 2, np.random.default_rng(SEED)).whole
    assert np.sort(whole).tolist() == [0.0] * 5 + [0.5] * 2  # the last of an order and the last of its reverse


def test_shares_are_those_of_a_loop_over_neighbours(monkeypatch):
    """Two factors, 60 runs in 3 parts; values in place of ranks, for distances between ranks tie."""
    monkeypatch.setattr("sensitivity.methods.given.shapley.quantiles", lambda values: values)
    u, _ = random_points(2, 60)
    label = np.repeat([0, 1, 2], 20)
    y = u[:, 0] + u[:, 1] ** 2
    found = effects(u, y[:, None], label).value[:, 0]
    spread = []
    for column in (0, 1):
        halves = []
        for i in np.random.default_rng(SEED).permutation(60)[:30]:
            near = np.argsort(np.abs(u[:, column] - u[i, column]))[:12]
            halves += [0.5 * (y[i] - y[j]) ** 2 for j in near[label[near] != label[i]][:2]]
        spread.append(np.mean(halves))
    one, two = 1.0 - np.array(spread) / y.var()
    # Rounding of a few dozen additions.
    np.testing.assert_allclose(found, [(one + 1.0 - two) / 2.0, (two + 1.0 - one) / 2.0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("rho", CORRELATED_SHAPLEY)
def test_correlated_gaussian_factors(rho):
    u, label = sobol_points(3, 512, 16)
    x = correlated_normal(u, rho)
    found = effects(x, x.sum(axis=1)[:, None], label)
    error, bound = simultaneous(found, np.array(CORRELATED_SHAPLEY[rho]), 16)
    # Distance to neighbours: 0.003 was measured at 16,384 runs.
    assert np.all(error <= bound + 0.005), (error, bound)
    assert np.all(found.se < 0.02)
    assert found.value.sum() == pytest.approx(1.0, abs=1e-12)


def test_independent_factors_with_an_interaction():
    u, label = sobol_points(3, 512, 16)
    found = effects(u, ishigami(u)[:, None], label)
    error, bound = simultaneous(found, np.array(INDEPENDENT_SHAPLEY["ishigami"]), 16)
    assert np.all(error <= bound + 0.005), (error, bound)


def test_groups_share_together():
    """x1 and x3 as one unit: everything but x2, as they do not interact with it; S2 = 0.44241."""
    u, label = sobol_points(3, 512, 16)
    found = effects(u, ishigami(u)[:, None], label, units=[[0, 2], [1]])
    assert found.value.shape == (2, 1)
    error, bound = simultaneous(found, np.array([0.55758885521, 0.44241114479]), 16)
    assert np.all(error <= bound + 0.005), (error, bound)


def test_a_group_of_dependent_factors_gets_the_sum_of_their_shares():
    u, label = sobol_points(3, 512, 16)
    x = correlated_normal(u, 0.5)
    found = effects(x, x.sum(axis=1)[:, None], label, units=[[0], [1, 2]])
    error, bound = simultaneous(found, np.array([0.125, 0.875]), 16)  # independent groups: their variances
    assert np.all(error <= bound + 0.005), (error, bound)


def test_a_copy_of_a_factor_takes_half_of_its_share():
    u, label = random_points(2, 4096)
    x = np.column_stack([u[:, 0], np.exp(u[:, 0]), u[:, 1]])
    found = effects(x, (u[:, 0] + u[:, 1])[:, None], label).value[:, 0]
    np.testing.assert_allclose(found, [0.25, 0.25, 0.5], rtol=0, atol=0.03)  # two standard errors, and distance


def test_more_units_than_sets_can_be_counted():
    """Twelve factors, y = sum of the first three with weights 3, 2, 1: shares 9/14, 4/14, 1/14 and nothing."""
    u, label = sobol_points(12, 256, 16)
    y = (u[:, :3] @ np.array([3.0, 2.0, 1.0]))[:, None]
    found = effects(u, y, label, orders=20, queries=512)
    assert found.value.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.array_equal(np.argsort(-found.value[:3, 0]), [0, 1, 2])
    # Ten random orders and their reverses, and distances in up to eleven columns, draw shares towards equality.
    np.testing.assert_allclose(found.value[:3, 0], np.array([9, 4, 1]) / 14, rtol=0, atol=0.15)
    assert np.all(np.abs(found.value[3:, 0]) < 0.06)


def test_the_same_generator_gives_the_same_bits():
    u, label = random_points(3, 500, 5)
    a, b = (effects(u, u[:, :1] + u[:, 1:2], label) for _ in range(2))
    assert np.array_equal(a.value, b.value)
    assert np.array_equal(a.se, b.se)


def test_one_unit_is_refused():
    u, label = random_points(2, 100, 4)
    with pytest.raises(ValueError, match="one unit"):
        effects(u, u[:, :1], label, units=[[0, 1]])
