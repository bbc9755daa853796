"""Noise biases no index, however rows share their streams, and costs no more than measured elsewhere."""

import numpy as np
import pytest

from tests.benchmarks.noise import SHARING, measure


def check(report, bound, rmse_bound):
    for entry in report:
        label = {k: entry[k] for k in ("function", "symmetric", "sharing", "one_scrambling")}
        if not entry["one_scrambling"]:  # a study as it runs
            assert np.max(entry["bias_standard_errors"]) < bound, (label, entry["bias"])
        for ratio in entry.get("rmse_over_published", ()):
            assert ratio <= rmse_bound, label


def test_indices_of_noisy_models_are_not_biased():
    """60 seeds of noise as large as the signal. 3.8 standard errors are exceeded with probability 1 % by any of 64.

    Without the correction the bias of ST is 0.11 here; without centring within scramblings the asymmetric set is
    4.8 standard errors off at 200 seeds. The error bound 1.5 is 1.2 and 2.5 times the 12 % uncertainty of 60 seeds.
    """
    report = measure(60, functions=("ishigami .95", "birth_death"))
    check(report, 3.8, 1.5)


def test_an_inert_factor_of_a_noisy_model_is_exactly_zero_with_shared_streams():
    for entry in measure(5, functions=("inert",)):
        shared = entry["sharing"] in ("side", "set")
        assert (entry["bias"][0][2] == 0.0 and entry["bias"][1][2] == 0.0) == shared


@pytest.mark.slow
def test_two_hundred_seeds_of_every_stochastic_function():
    """The bounds asked for: 3 standard errors, 1.2 times the error measured with common random numbers."""
    check(measure(200, jobs=2, sharing=SHARING[:3]), 3.0, 1.2)


@pytest.mark.slow
def test_two_hundred_seeds_of_one_run_a_point():
    """Where noise is at most like the signal; of more noise a study of one run a point says that it says nothing."""
    quiet = ("ishigami .08", "ishigami .95", "poisson", "inert", "noisy_ishigami", "birth_death", "resistance")
    # 3.9 standard errors are exceeded with probability 1 % by any of the 76 indices.
    check(measure(200, jobs=2, sharing=("twin",), functions=quiet), 3.9, 1.2)
