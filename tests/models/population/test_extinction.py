"""Chances that resistant clones die out: against the engine's generating function, and against sampled tumours."""

import numpy as np
import pytest

from models.engine.requests import Output
from models.engine.stochastic import generating
from models.engine.stochastic.branching import BranchingProcess
from models.engine.stochastic.clones import sample
from models.tdm1 import Trial
from models.tdm1.classes import FAMILIES
from models.tdm1.population.patients import NOMINAL, founders
from models.tdm1.population.tiers import Reduced

N = 3
LESIONS = {
    "tumour_doubling_time": np.array([30.0, 60.0, 90.0]),
    "resistant_fraction": np.full(N, 1e-8),
    "lesion_volume": np.array([2000.0, 2e4, 5e3]),
    "mutation_rate": np.zeros(N),
}


@pytest.fixture(scope="module")
def fates():
    return Reduced(3.6, 4).fates(LESIONS, N)


@pytest.mark.parametrize("day", [10.0, 60.0])
def test_lines_are_those_of_the_generating_function(fates, day):
    """Every family of three lesions on the rates of their own course, which change from step to step."""
    got = fates.lines(np.full(N, float(len(FAMILIES))), day)
    for i in range(N):
        expected = 0.0
        for family in range(len(FAMILIES)):
            cycling, quiet, _ = generating.survival(fates.process(i, family), 24.0 * day)
            expected += (1.0 - fates.resting[i]) * cycling + fates.resting[i] * quiet
        # Runge-Kutta steps of a fifth of the fastest time, fourth order.
        assert got[i] == pytest.approx(expected, rel=1e-6)
    assert np.ptp(fates.rates[0, :30, 2, 0]) > 1e-3  # per hour: rates do change


def test_lines_are_those_of_sampled_tumours(fates):
    process, first, rows = fates.process(1, 2), np.array([6.0, 9.0, 0.0]), 1500
    p = generating.extinction(generating.survival(process, 24.0 * 60.0), first)
    assert 0.1 < p < 0.9  # undecided, or the test says nothing
    streams = np.stack([np.full(rows, 5, dtype=np.uint64), np.arange(rows, dtype=np.uint64)], axis=1)
    got = sample(process, first, streams, [24.0 * 60.0], step=24.0).cells[:, 0].sum(axis=1)
    assert np.mean(got == 0.0) == pytest.approx(p, abs=3.0 * np.sqrt(p * (1.0 - p) / rows))


def test_daughters_that_come_later_count_for_the_time_that_is_left():
    changed = {**LESIONS, "mutation_rate": np.full(N, 1e-7)}
    late = Reduced(3.6, 4).fates(changed, N)
    got = late.lines(np.zeros(N), 60.0)
    steps = np.resize([24.0, 48.0, 48.0, 48.0, 84.0, 84.0, 84.0, 84.0], late.rates.shape[1]).cumsum()
    count = int(np.searchsorted(steps, 24.0 * 60.0)) + 1
    came = late.rates[:, :count, :, 6].sum(axis=(1, 2))
    assert np.all((got > 0.05 * came) & (got < came))
    np.testing.assert_array_equal(late.lines(np.zeros(N), 1e-9) < 1e-6, True)


def test_sampled_founders_survive_as_often_as_the_generating_function_says():
    """Before treatment, a line of one type: the chance that nothing is left of a Poisson number of founders."""
    loss, started = NOMINAL["cell_loss"], 7.0
    alone = np.zeros((1, 1))
    process = BranchingProcess(np.ones(1), np.full(1, loss), alone, alone)
    p = generating.extinction(generating.survival(process, 500.0), np.array([started]), poisson=True)
    number = (np.arange(100_000) + 0.5) / 100_000
    relative = founders(np.full(len(number), started * (1.0 - loss)), number, np.full(len(number), 0.5))
    assert np.mean(relative == 0.0) == pytest.approx(p, abs=2e-5)  # a grid of quantiles


def test_a_trial_tells_the_chance_that_no_clone_is_left():
    streams = np.array([[9, 1]], dtype=np.uint64)
    model = Trial(patients=40, lesions=2, follow_up="252 day")
    asked = [Output(f"day{day}", "clones_lost", "last", (0.0, float(day)), None, None) for day in (21, 252)]
    rare = {"resistant_typical": 1e-9, "mutation_rate": 1e-12, "resistant_spread": 0.5}
    few = model.simulate({name: np.array([value]) for name, value in rare.items()}, streams, asked)
    assert 0.0 < few["day21"].values[0] < few["day252"].values[0] < 1.0
    many = model.simulate({}, streams, asked)
    assert many["day252"].values[0] < 1e-3


def test_the_network_does_not_tell_them():
    assert "'clones_lost': the rates" in Trial(tier=1, patients=5).refusal("clones_lost")
    assert Trial(tier=1, patients=5).refusal("response_rate") is None
    assert Trial(tier=0, patients=5).refusal("clones_lost") is None
    with pytest.raises(ValueError, match="needs 'tier: 0'"):
        Trial(tier=1, patients=5).tier.fates(LESIONS, N)
