"""What a declared model adds to its networks: classes, and observables read off whole courses."""

import numpy as np
import pytest

from models.engine.declaration import Observable
from models.engine.declared import DeclaredModel
from models.engine.derived import Derived, grid
from models.engine.requests import Output
from models.engine.solver import Schedule, solve
from tests.models import populations

DAY = 24.0
STREAMS = np.zeros((2, 2), dtype=np.uint64)


def when_half_are_dead(times, alive):
    """Linear between the points; NaN while more than half live."""
    dead = alive < 0.5
    k = np.argmax(dead, axis=1)
    rows = np.arange(len(alive))
    before, after = alive[rows, k - 1], alive[rows, k]
    when = times[k - 1] + (before - 0.5) / (before - after) * (times[k] - times[k - 1])
    return np.where(dead.any(axis=1), when, np.nan)


def model(count=17):
    half = Derived(Observable("chain.half_dead", "", "hour", "time at which half are dead", 1e-3), ("chain.alive",),
                   when_half_are_dead, step=6.0)  # fmt: skip
    chain = (populations.memory(), Schedule(), populations.ornstein_uhlenbeck(count))
    return DeclaredModel({"chain": chain}, rtol=1e-8, max_steps=10_000, derived=[half])


def test_a_setting_may_have_classes():
    asked = [Output("alive", "alive", "last", (0.0, 60.0 * DAY))]
    slope = {"slope": np.array([0.08, 0.1])}
    direct = solve(populations.memory(), slope, Schedule(), asked, rows=2, rtol=1e-8, max_steps=10_000,
                   classes=populations.ornstein_uhlenbeck(17))  # fmt: skip
    found = model().simulate(slope, STREAMS, [Output("alive", "chain.alive", "last", (0.0, 60.0 * DAY))])
    np.testing.assert_array_equal(found.alive.values, direct.values["alive"])


def test_a_derived_observable_is_read_off_the_course():
    half = Output("half", "chain.half_dead", "last", (0.0, 20.0 * DAY))
    found = model().simulate({"slope": np.array([0.08, 0.01])}, STREAMS, [half])
    assert found.status.values.tolist() == [1, 1]
    # stochastic.md 5.6 gives the survivors in closed form; the chain of 17 bins is within 1 % of it here.
    when = float(found.half[0]) / DAY
    left = np.exp(-0.08 * when + 0.08**2 * 0.5**2 * 10.0**2 * (when / 10.0 - 1.0 + np.exp(-when / 10.0)))
    assert left == pytest.approx(0.5, abs=0.005)
    assert np.isnan(found.half.values[1])  # three quarters live on: undefined, not failed
    assert model().observables["chain.half_dead"].unit == "hour"


def test_a_failed_row_has_no_derived_value():
    half = Output("half", "chain.half_dead", "last", (0.0, 20.0 * DAY))
    found = model().simulate({"slope": np.array([0.08, np.nan])}, STREAMS, [half])
    assert found.status.values.tolist() == [1, 5]
    assert np.isfinite(found.half.values).tolist() == [True, False]


@pytest.mark.parametrize("wrong", [{"reduce": "max", "window": (0.0, 9.0)}, {"times": (1.0, 2.0)}])
def test_a_derived_observable_needs_the_end_of_a_window(wrong):
    with pytest.raises(ValueError, match=r"'y'.*reduce 'last'"):
        model().simulate({}, STREAMS, [Output("y", "chain.half_dead", **wrong)])


def test_courses_reach_both_ends_of_the_window():
    assert grid(Output("y", "x", "last", (1.0, 50.0)), 24.0) == (1.0, 25.0, 49.0, 50.0)
    assert grid(Output("y", "x", "last", (0.0, 48.0)), 24.0) == (0.0, 24.0, 48.0)
