"""Powers where their base vanishes, is left below zero by rounding, or is negative."""

from functools import cache

import numba
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from models.engine import solver
from models.engine.declaration import Input, Observable, Reaction, Rule, Species
from models.engine.lane_functions import power
from models.engine.lanes import memory
from models.engine.network import Network
from models.engine.requests import Output
from models.engine.scalar import SPECK
from models.engine.scalar import power as power_of_one
from models.engine.solver import Schedule, solve
from tests.models.toys import parameter

W = 8
get, put, _ = memory(W)

DOSES = Schedule((0.0, 1.0, 2.0, 3.0), ((1.0,), (0.0,), (2.0,), (0.0,)))
EXPONENTS = np.array([1.0, 1.3, 1.5, 2.0, 3.0])


@cache
def hill():
    """A drug that is not there at the start and vanishes at the end, its sigmoid effect, and powers of a negative."""
    return Network(
        name="hill",
        inputs=(Input("feed", "nM/hour", ""),),
        parameters=(
            parameter("k_out", 0.5, "1/hour"), parameter("half", 1.0, "nM"), parameter("steepness", 2.0, "1"),
            parameter("rate", 1.0, "1/hour"),
        ),
        species=(
            Species("drug", "nM", "", "0", 1e-6),
            Species("effect", "1", "", "0", 1e-6),
            Species("minus", "1", "-exp(-t/2)", "-1", 1e-6),
            Species("sixth", "1", "", "0", 1e-6),
            Species("fifth", "1", "", "0", 1e-6),
        ),
        rules=(
            Rule("raised", "(drug/half)**steepness", "1", ""),
            Rule("sigmoid", "raised/(1 + raised)", "1", ""),
        ),
        reactions=(
            Reaction("giving", "feed", {"drug": "1"}, ""),
            Reaction("loss", "k_out*drug", {"drug": "-1"}, ""),
            Reaction("acting", "rate*sigmoid", {"effect": "1"}, ""),
            Reaction("fading", "rate*minus/2", {"minus": "-1"}, ""),
            Reaction("six", "rate*minus**6", {"sixth": "1"}, ""),
            Reaction("five", "rate*minus**5", {"fifth": "1"}, ""),
        ),
        observables=(
            Observable("effect", "effect", "1", "", 1e-6),
            Observable("sixth", "sixth", "1", "", 1e-6),
            Observable("fifth", "fifth", "1", "", 1e-6),
        ),
    )  # fmt: skip


def run(of, end, rtol, **parameters):
    columns = {name: np.asarray(values, float) for name, values in parameters.items()}
    rows = max((len(values) for values in columns.values()), default=1)
    return solve(hill(), columns, DOSES, [Output("y", of, "last", (0.0, end))], rows=rows, rtol=rtol, max_steps=2000)


def reference(steepness):
    """The effect after six hours, by SciPy."""
    y = np.zeros(2)
    for begin, end, feed in ((0.0, 1.0, 1.0), (1.0, 2.0, 0.0), (2.0, 3.0, 2.0), (3.0, 6.0, 0.0)):

        def rhs(t, y, feed=feed):
            raised = max(y[0], 0.0) ** steepness
            return [feed - 0.5 * y[0], raised / (1.0 + raised)]

        y = solve_ivp(rhs, (begin, end), y, "Radau", rtol=1e-11, atol=1e-14).y[:, -1]
    return y[1]


def test_a_sigmoid_effect_of_a_drug_that_is_not_there_yet():
    """The slope p*x**(p - 1) is finite at 0, where p*x**p/x is not a number."""
    found = run("effect", 6.0, 1e-9, steepness=EXPONENTS)
    assert found.status.tolist() == [solver.OK] * len(EXPONENTS)
    # 1e-9 a step over some hundred steps.
    np.testing.assert_allclose(found.values["y"], [reference(p) for p in EXPONENTS], rtol=1e-7)


def test_a_sigmoid_effect_of_a_drug_that_has_vanished():
    """Rounding takes the drug below zero; steps short enough to avoid it would be thousands."""
    fast = np.array([0.5, 5.0, 50.0])
    found = run("effect", 2000.0, 1e-4, steepness=np.full(3, 1.5), k_out=fast)
    assert found.status.tolist() == [solver.OK] * 3
    assert found.steps.max() < 200


@pytest.mark.parametrize(("of", "power"), [("sixth", 6), ("fifth", 5)])
def test_whole_powers_of_a_negative_state(of, power):
    exact = (-1.0) ** power * (1.0 - np.exp(-0.5 * power * 6.0)) * 2.0 / power
    assert run(of, 6.0, 1e-9).values["y"][0] == pytest.approx(exact, rel=1e-7)  # 1e-9 a step, some hundred steps


@numba.njit(error_model="numpy")
def powers(w, exponent):
    put(w, 1, power(get(w, 0), exponent))


@pytest.mark.parametrize("exponent", [0.0, 1.5, 2.0])
def test_a_base_below_zero(exponent):
    w = np.zeros(2 * W)
    w[:W] = np.resize([0.0, -0.0, -5e-324, -SPECK, -1.01 * SPECK, -1.0], W)
    powers(w, exponent)
    lost = 1.0 if exponent == 0.0 else np.nan
    kept = 1.0 if exponent == 0.0 else 0.0
    np.testing.assert_array_equal(w[W:], np.resize([kept] * 4 + [lost] * 2, W))
    assert [power_of_one(x, exponent) for x in w[:4]] == [kept] * 4
