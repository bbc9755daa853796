"""Survival curves: by hand, without censoring, and against scikit-survival."""

import numpy as np
import pytest
from sksurv.nonparametric import kaplan_meier_estimator

from models.tdm1.population import survival

# Freireich 1963, the 6-MP arm: remission in weeks, + censored; estimate and standard error as tabulated since
# (Kalbfleisch & Prentice 1980, Table 1.2; Klein & Moeschberger 2003, Table 4.1B).
WEEKS = np.array([10, 7, 32, 23, 22, 6, 16, 34, 32, 25, 11, 20, 19, 6, 17, 35, 6, 13, 9, 6, 10], dtype=float)
RELAPSED = np.array([1, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0], dtype=bool)
TABLE = {6: (0.857, 0.076), 7: (0.807, 0.087), 10: (0.753, 0.096), 13: (0.690, 0.107), 16: (0.627, 0.114),
         22: (0.538, 0.128), 23: (0.448, 0.135)}  # fmt: skip


def test_the_classic_example():
    curve = survival.kaplan_meier(WEEKS, RELAPSED)
    np.testing.assert_array_equal(curve.times, list(TABLE))
    errors = curve.survival * np.sqrt(np.cumsum(curve.increments))
    # Printed to three digits.
    np.testing.assert_allclose(curve.survival, [s for s, _ in TABLE.values()], atol=5.1e-4)
    np.testing.assert_allclose(errors, [e for _, e in TABLE.values()], atol=5.1e-4)
    assert survival.median(curve) == 23.0


def test_by_hand():
    # Deaths at 1 and 3, one of five censored at 2: 4/5, then 2/3 of it. An event comes before a censoring of its day.
    curve = survival.kaplan_meier(np.array([1.0, 2.0, 3.0, 3.0, 4.0]), np.array([True, False, True, False, False]))
    np.testing.assert_allclose(curve.survival, [0.8, 0.8 * 2 / 3], rtol=1e-15)
    np.testing.assert_allclose(survival.survival_at(curve, np.array([0.5, 1.0, 2.9, 4.0, 4.1])),
                               [1.0, 0.8, 0.8, 0.8 * 2 / 3, np.nan])  # fmt: skip
    assert np.isnan(survival.median(curve))
    # 1 + 2 (0.8) + 1 (0.5333); Greenwood's terms 1/20 and 1/6 times the squared areas 2.1333 and 0.5333.
    assert survival.restricted_mean(curve, 4.0) == pytest.approx(1 + 1.6 + 0.8 * 2 / 3, rel=1e-15)
    areas = 1.6 + 0.8 * 2 / 3, 0.8 * 2 / 3
    expected = areas[0] ** 2 / 20 + areas[1] ** 2 / 6
    assert survival.restricted_mean_variance(curve, 4.0) == pytest.approx(expected, rel=1e-14)


def test_without_censoring_it_is_the_sample():
    times = np.random.default_rng(3).exponential(10.0, 501)
    curve = survival.kaplan_meier(times, np.ones(501, dtype=bool))
    when = np.array([1.0, 5.0, 20.0])
    np.testing.assert_allclose(survival.survival_at(curve, when), [(times > t).mean() for t in when], rtol=1e-12)
    assert survival.restricted_mean(curve, 8.0) == pytest.approx(np.minimum(times, 8.0).mean(), rel=1e-12)
    # Greenwood's variance of a mean is the sample variance over n.
    expected = np.minimum(times, 8.0).var() / 501
    assert survival.restricted_mean_variance(curve, 8.0) == pytest.approx(expected, rel=1e-10)
    assert survival.median(curve) == np.sort(times)[250]
    assert survival.survival_at(curve, np.array([1e9]))[0] == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_the_same_as_scikit_survival(seed):
    rng = np.random.default_rng(seed)
    times = np.round(rng.exponential(10.0, 300), 0 if seed else 6) + 1.0  # ties, and none
    event = rng.random(300) < 0.6
    curve = survival.kaplan_meier(times, event)
    at, expected, interval = kaplan_meier_estimator(event, times, conf_type="log-log")
    np.testing.assert_allclose(survival.survival_at(curve, at), expected, rtol=1e-12)
    for i in np.flatnonzero((expected > 0.0) & (expected < 1.0)):
        np.testing.assert_allclose(survival.survival_interval(curve, at[i]), interval[:, i], rtol=1e-9)


def test_nobody_and_impossible_times_are_refused():
    with pytest.raises(ValueError, match="at least one patient"):
        survival.kaplan_meier(np.array([]), np.array([], dtype=bool))
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="finite and not negative"):
            survival.kaplan_meier(np.array([bad]), np.array([True]))
