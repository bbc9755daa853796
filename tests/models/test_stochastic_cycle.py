"""The cell cycle in stages: growth of a population from lineages that the kernel simulates (stochastic.md 5.7)."""

import numpy as np
import pytest
import scipy.stats as st
from scipy.optimize import brentq

from models.engine.requests import Output
from models.engine.stochastic.simulate import Division, simulate
from tests.models.chance import ZOO, Cells, addresses, run, zoo

CYCLE, N = 24.0, 20_000
GROWTH = {1: 0.0416667, 2: 0.0345178, 5: 0.0309788, 10: 0.0299056, 20: 0.0293874}
"""Growth rate by number of stages, an hour."""


def lengths(stages):
    """Return the first cycle of each cell: how long it holds more than three quarters of its molecules.

    One cell in 5e8 takes longer than twenty mean cycles.
    """
    request = [Output("age", "x", "time_above", (0.0, 20.0 * CYCLE), threshold=7.5e11)]
    cells = Cells(division=Division(CYCLE, ("x",), stages))
    first = {"first": np.full(N, 1e12)}
    return simulate(zoo(), ZOO, first, addresses(N, stages), request, tier="ssa", cells=cells).values["age"]


@pytest.mark.parametrize(("stages", "printed"), GROWTH.items())
def test_growth_of_a_population_whose_cycle_has_stages(stages, printed):
    """The Euler-Lotka equation, 2 E exp(-lambda T) = 1, solved with simulated cycles T."""
    exact = (stages / CYCLE) * (2.0 ** (1.0 / stages) - 1.0)
    assert exact == pytest.approx(printed, abs=5e-8)  # as printed
    t = lengths(stages)
    growth = brentq(lambda rate: 2.0 * np.mean(np.exp(-rate * t)) - 1.0, 0.01, 0.1, xtol=1e-12)
    weight = np.exp(-growth * t)
    error = np.std(weight) / np.sqrt(N) / np.mean(t * weight)
    assert growth == pytest.approx(exact, abs=3.0 * error)
    assert error < 0.01 * exact  # the laws of 1 and 2 stages are 17 % apart, of 10 and 20 1.7 %


@pytest.mark.parametrize("stages", [1, 5, 20])
def test_lineages_divide_as_often_as_their_stages_say(stages):
    """A lineage stands for 2**divisions cells; stages end at random times, so those that ended are Poisson."""
    hours = 2.0 * CYCLE
    cells = Cells(division=Division(CYCLE, ("x",), stages))
    x = run((hours,), N, cells=cells, first=1e12)["x"][:, 0]
    cells_each = np.round(1e12 / x)  # halves of 1e12 are known to 1e-6
    ended = np.arange(400)
    chance = st.poisson.pmf(ended, stages * hours / CYCLE)
    size = 2.0 ** (ended // stages)
    mean = np.sum(chance * size)
    sd = np.sqrt(np.sum(chance * size**2) - mean**2)
    assert np.sqrt(N) * (np.mean(cells_each) - mean) / sd == pytest.approx(0.0, abs=3.0)
    if stages == 1:
        assert mean == pytest.approx(np.exp(GROWTH[1] * hours), rel=1e-5)  # as printed
