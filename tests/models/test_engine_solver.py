"""The batch interface: what is refused before anything is integrated, and the smallest networks."""

import numpy as np
import pytest

from models.engine.declaration import Observable, Parameter, Reaction, Species
from models.engine.dimensions import DimensionError
from models.engine.network import Network
from models.engine.requests import Output
from models.engine.solver import Schedule, solve

RATE = Parameter("rate", "k", 2.0, "nM/hour", "", "", "assumed: test", (0.0, 9.0))
LAST = [Output("x", "x", "last", (0.0, 3.0))]


def network(name, rate, unit="nM"):
    reaction = Reaction("in", rate, {"x": "1"}, "")
    observable = Observable("x", "x", unit, "", 1e-3)
    return Network(name, (Species("x", "nM", ""),), (RATE,), (reaction,), (observable,))


ZERO_ORDER = network("zero_order", "rate")


def run(net, parameters=None, schedule=Schedule()):  # noqa: B008
    return solve(net, parameters or {}, schedule, LAST, rows=1, rtol=1e-8, max_steps=1000)


def test_a_network_without_any_jacobian_is_integrated():
    found = run(ZERO_ORDER)
    assert found.status.tolist() == [1]
    assert found.values["x"][0] == pytest.approx(6.0, rel=1e-12)  # linear in time: exact but for rounding


@pytest.mark.parametrize("wrong", [network("a", "rate*rate"), network("b", "rate", "hour")], ids=["rate", "observable"])
def test_units_are_checked_before_a_kernel_is_made(wrong):
    with pytest.raises(DimensionError):
        run(wrong)


@pytest.mark.parametrize(
    ("times", "values"),
    [((1.0,), ((),)), ((0.0, 5.0, 1.0), ((), (), ())), ((), ()), ((0.0, np.nan), ((), ())), ((0.0, 1.0), ((),)),
     ((0.0, 1.0), ((1.0,), ()))],
)  # fmt: skip
def test_a_schedule_begins_with_zero_and_increases(times, values):
    with pytest.raises(ValueError, match="schedule"):
        Schedule(times, values)


def test_a_parameter_that_the_network_does_not_have_is_named():
    with pytest.raises(ValueError, match="no parameter raet"):
        run(ZERO_ORDER, {"raet": np.array([1.0])})
