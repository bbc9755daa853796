"""The check of a screening: exact correlations first, then decisions, then how often intervals hold the truth."""

from types import MappingProxyType

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from sensitivity.contracts import Estimate
from sensitivity.methods.andres import CONFIRMED, OPEN, REFUTED, Andres, verdicts
from sensitivity.stage import evaluate, nominal_outputs
from tests.sensitivity.methods.test_sobol import estimate, stage

SEED = 20261125
SETS = {"kept": ("x0", "x1"), "dropped": ("x2",)}


def held(u):
    """Points with the nominal value, 1/2, where a factor is held."""
    return np.where(np.isnan(u), 0.5, u)


def additive(w):
    """x0 + x1 + w x2, centred: the squared correlations are exactly 2 / (2 + w^2) and w^2 / (2 + w^2)."""
    return lambda u: held(u) @ np.array([1.0, 1.0, w]) - (2.0 + w) / 2


def test_correlations_are_numpys_and_scipys_on_the_same_outputs():
    st = stage(Andres(100), 3, SETS)
    _, found = estimate(st, lambda u: np.exp(additive(2.0)(u)))
    y = np.exp(additive(2.0)(st.design(0, 100).points))
    for i in (0, 1):
        # 100 additions and a difference of moments of numbers near 1.
        assert found["correlation"].value[i, 0] == pytest.approx(pearsonr(y[:, 0], y[:, 1 + i])[0], abs=1e-12)
        assert found["rank_correlation"].value[i, 0] == pytest.approx(spearmanr(y[:, 0], y[:, 1 + i])[0], abs=1e-12)
        assert found["share"].value[i, 0] == pytest.approx(y[:, 1 + i].var() / y[:, 0].var(), rel=1e-12)


def test_points_hold_one_set_at_its_nominal_values():
    points = stage(Andres(40), 3, SETS).design(0, 40).points
    assert np.all(np.isfinite(points[:, 0]))
    assert np.array_equal(points[:, 1, :2], points[:, 0, :2])
    assert np.array_equal(points[:, 2, 2], points[:, 0, 2])
    assert np.all(np.isnan(points[:, 1, 2]))
    assert np.all(np.isnan(points[:, 2, :2]))


def test_a_held_factor_is_at_its_nominal_value_to_the_bit():
    from sensitivity.distributions import Distribution
    from sensitivity.factors import Factor, to_values

    factor = Factor("a", Distribution("lognormal", {"median": 2.0, "gsd": 1.7}), "1", 1.0 / 3.0)
    assert to_values([factor], np.array([[np.nan]]))[0, 0] == 1.0 / 3.0


def test_dropped_factors_that_do_nothing_are_confirmed_without_a_number_for_them():
    st = stage(Andres(64), 3, SETS)
    _, found = estimate(st, additive(0.0))
    assert found["correlation"].value[0, 0] == pytest.approx(1.0, abs=2e-12)  # `ALMOST_ONE`
    assert found["share"].value[1, 0] == 0.0
    assert np.isnan(found["correlation"].value[1, 0])
    assert verdicts(found["correlation"], [0]).tolist() == [CONFIRMED]


@pytest.mark.parametrize(("w", "verdict"), [(0.1, CONFIRMED), (0.5, OPEN), (2.0, REFUTED)])
def test_verdicts(w, verdict):
    """w^2 / (2 + w^2) unexplained: 0.5 %, 11 % (near the limit of 10 %), 67 %."""
    _, found = estimate(stage(Andres(64), 3, SETS), additive(w))
    assert verdicts(found["correlation"], [0]).tolist() == [verdict]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.949, 0.99, CONFIRMED), (0.948, 0.99, OPEN), (0.5, 0.949, OPEN), (0.5, 0.948, REFUTED), (-1.0, -0.96, REFUTED)],
)
def test_a_verdict_compares_the_interval_with_nine_tenths_of_the_variance(low, high, verdict):
    """0.949^2 = 0.9006 and 0.948^2 = 0.8987; an output that runs backwards is not explained."""
    ci = np.array([low, high]).reshape(2, 1, 1)
    assert verdicts(Estimate(ci[0], ci[0], ci), [0]).tolist() == [verdict]


def test_a_time_course_weighs_each_time_by_its_variance():
    """Times of equal variance whose correlations are 1 and 0: together 1/2."""
    st = stage(Andres(2048), 2, {"kept": ("x0",), "dropped": ("x1",)}, times=(0.0, 1.0))
    _, found = estimate(st, lambda u: held(u) - 0.5)
    r = found["correlation"]
    # y(t0) = x0, y(t1) = x1: cov = (v, 0), variances (v, v) and (v, 0) -> v / sqrt(2 v * v) = 0.7071
    assert r.value[0, 2] == pytest.approx(np.sqrt(0.5), abs=3.5 * r.se[0, 2])
    assert 0 < r.se[0, 2] < 0.02


def test_failed_runs_cost_the_pair_that_they_belong_to():
    st = stage(Andres(64), 3, SETS)

    def spoil(y, first):
        y = y.copy()
        if first == 0:
            y[3, 0] = np.nan
            y[5, 2] = np.nan
        return y

    _, found = estimate(st, additive(0.5), spoil=spoil)
    y = additive(0.5)(st.design(0, 64).points)
    left = np.delete(y, 3, axis=0)
    assert found["correlation"].value[0, 0] == pytest.approx(pearsonr(left[:, 0], left[:, 1])[0], abs=1e-12)
    left = np.delete(y, [3, 5], axis=0)
    assert found["correlation"].value[1, 0] == pytest.approx(pearsonr(left[:, 0], left[:, 2])[0], abs=1e-12)
    _, none = estimate(st, additive(0.5), spoil=lambda y, first: np.full_like(y, np.nan))
    assert np.all(np.isnan(none["correlation"].ci))
    assert verdicts(none["correlation"], [0]).tolist() == [OPEN]


@pytest.mark.parametrize("shared", [True, False])
def test_noise_is_neither_agreement_nor_disagreement(shared):
    """w = 1 and noise with the signal's variance, 1/4: r^2 = 2/3 for the kept ones; 40 studies."""
    r = []
    for seed in range(40):
        rng = np.random.default_rng(seed)

        def f(u, rng=rng):
            noise = rng.standard_normal((len(u), 1 if shared else 3, 4)) * 0.5
            return (additive(1.0)(u)[..., None] + noise)[..., None]

        _, found = estimate(stage(Andres(256), 3, SETS, replicates=4, seed=seed), f)
        r.append(found["correlation"].value[0, 0])
    # One study is 0.03 to 0.05 off. Plain moments of the means would give 0.86 with shared noise and 0.62 without.
    assert np.median(r) == pytest.approx(np.sqrt(2 / 3), abs=0.025)


@pytest.mark.parametrize("law", ["uniform", "skewed"])
def test_intervals_hold_the_exact_correlation_about_as_often_as_they_say(law):
    """300 studies of 64 points: a share of 95 % has a standard error of 1.3 points; a jackknife is a little liberal."""
    inside = []
    if law == "uniform":
        exact, f = np.sqrt(np.array([2.0, 0.5]) / 2.5), additive(np.sqrt(0.5))
    else:
        # y = x0^4 + x1^4 / 2 about the nominal point: independent terms of variances 4 : 1.
        exact = np.sqrt(np.array([0.8, 0.2]))

        def f(u):
            return held(u)[..., 0] ** 4 + 0.5 * held(u)[..., 2] ** 4

    for seed in range(300):
        _, found = estimate(stage(Andres(64), 3, SETS, seed=seed), f)
        low, high = found["correlation"].ci[:, :, 0]
        inside.append((low <= exact) & (exact <= high))
    assert np.all(np.abs(np.mean(inside, axis=0) - 0.95) <= 3.5 * 0.0126)


def test_the_model_sees_the_nominal_values(tmp_path):
    st = stage(Andres(8), 3, SETS)

    class Seen:
        observables = MappingProxyType({})

        def simulate(self, parameters, streams, request):
            import xarray as xr

            self.x = np.stack([parameters[f"x{i}"] for i in range(3)], axis=1)
            n = len(self.x)
            return xr.Dataset({"y0": ("run", self.x[:, 0]), "status": ("run", np.ones(n, dtype=np.int8))})

    model = Seen()
    assert nominal_outputs(st, model) == (0.5,)
    evaluate(st, model, st.design(0, 8))
    x = model.x.reshape(8, 3, 3)
    assert np.all(x[:, 1, 2] == 0.5)
    assert np.all(x[:, 2, :2] == 0.5)
    assert np.array_equal(x[:, 2, 2], x[:, 0, 2])
