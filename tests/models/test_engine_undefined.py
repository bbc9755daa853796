"""An observable that is not defined all along its window gives no number, whatever is asked of it."""

from functools import cache

import numpy as np
import pytest

from models.engine import solver
from models.engine.declaration import Observable, Reaction, Species
from models.engine.network import Network
from models.engine.requests import REDUCERS, Output
from models.engine.solver import Schedule, solve
from tests.models.toys import parameter

WINDOW = (0.0, 6.0)


@cache
def waning():
    """A state that falls below a half, whose excess over a half has a logarithm until then."""
    return Network(
        name="waning",
        parameters=(parameter("rate", 1.0, "1/hour"),),
        species=(Species("level", "1", "exp(-rate t)", "1", 1e-6),),
        reactions=(Reaction("loss", "rate*level", {"level": "-1"}, ""),),
        observables=(
            Observable("excess", "log(level - 1/2)", "1", "", 1e-6),
            Observable("lack", "log(1/2 - level)", "1", "", 1e-6),
        ),
    )


def run(reduce, of, rate):
    output = Output("y", of, reduce, WINDOW, None, -2.0)
    found = solve(waning(), {"rate": np.array(rate)}, Schedule(), [output], rows=len(rate), rtol=1e-8, max_steps=9999)
    return found.status, found.values["y"]


@pytest.mark.parametrize("reduce", [*REDUCERS, "last"])
def test_undefined_at_the_end_of_the_window(reduce):
    """The second row never falls below a half and keeps its number."""
    status, values = run(reduce, "excess", [1.0, 0.01])
    assert status.tolist() == [solver.NON_FINITE, solver.OK]
    assert np.isfinite(values).tolist() == [False, True]


@pytest.mark.parametrize("reduce", REDUCERS)
def test_undefined_at_its_beginning_only(reduce):
    """What comes after must not make it forgotten."""
    status, values = run(reduce, "lack", [1.0])
    assert status.tolist() == [solver.NON_FINITE]
    assert np.isnan(values).all()
