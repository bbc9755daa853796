"""Figures of patients against shares counted by hand and SciPy, and rules of resistance read back from their words."""

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from sensitivity.plots import kaplan_meier, waterfall
from sensitivity.splits import Split


def test_kaplan_meier_is_that_of_scipy():
    rng = np.random.default_rng(2)
    time, event = np.round(rng.exponential(10.0, 60), 1) + 0.1, rng.random(60) < 0.7
    table = kaplan_meier.curve(time, event)
    survival = ecdf(CensoredData(time[event], right=time[~event])).sf
    # the product of at most 60 ratios: rounding only
    np.testing.assert_allclose(table["share"].loc[survival.quantiles], survival.probabilities, rtol=1e-13, atol=1e-13)
    with pytest.warns(RuntimeWarning, match="undefined at some observations"):  # where all or none are left
        interval = survival.confidence_interval(confidence_level=0.95, method="log-log")
    inner = (survival.probabilities > 0.0) & (survival.probabilities < 1.0)
    at = survival.quantiles[inner]
    np.testing.assert_allclose(table["lower"].loc[at], interval.low.probabilities[inner], rtol=1e-10)
    np.testing.assert_allclose(table["upper"].loc[at], interval.high.probabilities[inner], rtol=1e-10)


def test_a_waterfall_falls_and_refuses_more_than_all_of_a_tumour():
    table = waterfall.data(np.array([-0.5, np.nan, 0.3]))
    assert list(table["change"]) == [0.3, -0.5]
    with pytest.raises(ValueError, match="more than all"):
        waterfall.data(np.array([-1.2]))


@pytest.mark.parametrize("rule", [Split(), Split(0.1, above=True), Split(2.5, False), Split(1e-7, False, True)])
def test_a_rule_is_read_back_from_its_words(rule):
    assert Split.parse(rule.words) == rule
