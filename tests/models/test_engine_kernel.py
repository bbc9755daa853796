"""The integrator: order, dense output, statuses, independence of rows, inputs and reducers in closed form."""

import numpy as np
import pytest

from models.engine import requests, solver
from models.engine.requests import Output
from models.engine.solver import Schedule
from tests.models.toys import plain, toy

REST = Schedule((0.0,), ((0.0,),))


def run(outputs, *, rows=1, schedule=REST, rtol=1e-9, max_steps=10_000, status=None, **parameters):
    columns = {name: np.broadcast_to(np.asarray(value, float), (rows,)) for name, value in parameters.items()}
    return solver.solve(toy(), columns, schedule, outputs, rows=rows, rtol=rtol, max_steps=max_steps, status=status)


def logistic(t):
    return 1.0 / (1.0 + 9.0 * np.exp(-t))


def begin(feed=0.0):
    """The toy at its start, as plain Python."""
    module = plain(toy())
    w = np.zeros(module.size(0))
    parameters = [p.nominal for p in toy().used_parameters], None, [feed]
    module.constants(*parameters, w, 0, 0)
    module.initial(*parameters, w, 0, 0)
    return module, w


def block(module, w, which):
    """The states in one block of the workspace."""
    return w[which * module.N : (which + 1) * module.N]


def fixed_steps(steps):
    """Errors at t = 2 of the logistic and the rotation, and at the middle of the last step by dense output."""
    module, w = begin()
    h = 2.0 / steps
    middle = 0.0
    for i in range(steps):
        module.attempt(w, h, 1.0, 0)
        module.prepare_dense(w, range(module.N), 0)
        module.dense(w, 0.5, range(module.N), 0)
        t, seen = (i + 0.5) * h, block(module, w, module.Z)
        middle = max(middle, abs(seen[3] - logistic(t)), abs(seen[1] - np.sin(t)))
        block(module, w, module.Y)[:] = block(module, w, module.Y1)
    end = block(module, w, module.Y)
    return max(abs(end[3] - logistic(2.0)), abs(end[1] - np.sin(2.0))), middle


def test_order():
    (coarse, coarse_middle), (fine, fine_middle) = fixed_steps(8), fixed_steps(16)
    # Halving the step divides the error of a method of order 5 by 32; the next term of the series shows at h = 1/4.
    assert np.log2(coarse / fine) == pytest.approx(5.0, abs=0.2)
    # Dense output of order 4 has a local error of order 5, on top of the order-5 error of the steps.
    assert 3.8 < np.log2(coarse_middle / fine_middle) < 5.3


def test_order_of_the_error_estimate():
    """An embedded solution of order 4 differs by order 5 from one step of the method."""

    def estimate(h):
        module, w = begin()
        module.attempt(w, 0.5, 1.0, 0)  # away from the start, where the sine is zero and so is its scale
        block(module, w, module.Y)[:] = block(module, w, module.Y1)
        return float(module.attempt(w, h, 1.0, 0))

    assert np.log2(estimate(0.1) / estimate(0.05)) == pytest.approx(5.0, abs=0.2)


def test_dense_output_meets_the_ends():
    module, w = begin(feed=1.0)
    module.attempt(w, 0.3, 1.0, 0)
    module.prepare_dense(w, range(module.N), 0)
    for theta, end in ((0.0, module.Y), (1.0, module.Y1)):
        module.dense(w, theta, range(module.N), 0)
        np.testing.assert_array_equal(block(module, w, module.Z), block(module, w, end))


def test_time_course():
    times = tuple(np.linspace(0.0, 10.0, 37))
    found = run([Output("z", "z", times=times), Output("s", "sine", times=times)])
    assert found.status.tolist() == [1]
    # Errors of single steps, 1e-9, add up over about a hundred steps and the amplification of the logistic.
    np.testing.assert_allclose(found.values["z"][0], logistic(np.array(times)), rtol=1e-7)
    np.testing.assert_allclose(found.values["s"][0], np.sin(times), atol=1e-7)


def test_error_follows_the_tolerance():
    errors = []
    for rtol in (1e-4, 1e-6, 1e-8):
        found = run([Output("z", "z", "last", (0.0, 3.0))], rtol=rtol)
        errors.append(abs(found.values["z"][0] / logistic(3.0) - 1.0))
    assert errors[0] > 10.0 * errors[1] > 100.0 * errors[2]
    assert errors[1] < 1e-5  # ten steps of 1e-6


def infused(t, decay=0.7, rate=3.0, start=1.0, stop=1.0 + 1.0 / 3.0):
    """x under an infusion from `start` to `stop`."""
    t = np.asarray(t)
    inside = rate / decay * (1.0 - np.exp(-decay * np.clip(t - start, 0.0, stop - start)))
    return inside * np.exp(-decay * np.clip(t - stop, 0.0, None))


PULSE = Schedule((0.0, 1.0, 1.0 + 1.0 / 3.0), ((0.0,), (3.0,), (0.0,)))


def test_inputs_change_exactly_on_time():
    times = (0.5, 1.0, 1.1, 1.0 + 1.0 / 3.0, 1.5, 6.0)
    found = run([Output("x", "x", times=times)], schedule=PULSE, rtol=1e-10)
    # A linear equation: nothing but the tolerance of the steps is left when the edges are exact.
    np.testing.assert_allclose(found.values["x"][0], infused(times), rtol=1e-8, atol=1e-14)
    late = Schedule((0.0, 1.0 + 1e-6, 1.0 + 1.0 / 3.0), PULSE.values)
    moved = run([Output("x", "x", times=times)], schedule=late, rtol=1e-10)
    # The check can fail: an edge off by a microhour shows at a hundred times the tolerance above.
    assert np.abs(moved.values["x"][0][2:] / infused(times)[2:] - 1.0).min() > 1e-6


def test_an_extremum_at_an_edge_is_exact():
    found = run(
        [Output("top", "x", "max", (0.0, 6.0)), Output("when", "x", "time_of_max", (0.0, 6.0))],
        schedule=PULSE, rtol=1e-10,
    )  # fmt: skip
    assert found.values["when"][0] == 1.0 + 1.0 / 3.0
    assert found.values["top"][0] == pytest.approx(float(infused(1.0 + 1.0 / 3.0)), rel=1e-8)


SECOND = (2.0, 9.0)
BELL_ABOVE = (np.arcsin(np.log(1.5)), np.pi - np.arcsin(np.log(1.5)))


@pytest.mark.parametrize(
    ("of", "reduce", "window", "threshold", "exact"),
    [
        ("sine", "auc", SECOND, None, np.cos(2.0) - np.cos(9.0)),
        ("sine", "mean", SECOND, None, (np.cos(2.0) - np.cos(9.0)) / 7.0),
        ("sine", "max", SECOND, None, 1.0),
        ("sine", "min", SECOND, None, -1.0),
        ("sine", "max", (2.0, 5.0), None, np.sin(2.0)),
        ("sine", "min", (2.0, 4.0), None, np.sin(4.0)),
        ("sine", "time_of_max", SECOND, None, 2.5 * np.pi),
        ("sine", "time_of_max", (2.0, 5.0), None, 2.0),
        ("sine", "last", SECOND, None, np.sin(9.0)),
        ("sine", "time_above", (0.0, 9.0), 0.5, 4.0 * np.pi / 3.0),
        ("sine", "time_above", (1.0, 2.0), 0.5, 1.0),
        ("sine", "time_above", (3.5, 6.0), 0.5, 0.0),
        ("sine", "time_above", (0.0, 3.0), 0.999999, 2.0 * np.arccos(0.999999)),  # a peak between samples
        ("bell", "auc", (0.0, 2.0 * np.pi), None, 7.9549265210128452745),  # 2 pi I0(1)
        ("bell", "max", (0.0, 3.0), None, np.e),
        ("bell", "time_above", (0.0, 4.0), 1.5, BELL_ABOVE[1] - BELL_ABOVE[0]),
    ],
)
def test_reducers(of, reduce, window, threshold, exact):
    found = run([Output("y", of, reduce, window, None, threshold)], rtol=1e-10).values["y"][0]
    # 1e-10 a step over about 300 steps; a crossing turns it into time by the slope there, 1e-3 at the flat peak.
    tolerance = 1e-5 if threshold == 0.999999 else 3e-8
    assert found == pytest.approx(exact, abs=tolerance)


def test_statuses_and_neighbours():
    """A row that fails says why, is NaN, and leaves the others alone."""
    wanted = [Output("z", "z", "last", (0.0, 20.0)), Output("b", "b", times=(0.5, 20.0))]
    rows = {"burst": [0.0, 1.0, 0.0, 0.0], "flood": [0.0, 0.0, 50.0, 0.0]}
    found = run(wanted, rows=4, **rows, status=np.array([0, 0, 0, solver.OUT_OF_DOMAIN]))
    assert found.status.tolist() == [solver.OK, solver.STEP_SIZE, solver.NON_FINITE, solver.OUT_OF_DOMAIN]
    assert np.isfinite(found.values["z"]).tolist() == [True, False, False, False]
    assert np.isnan(found.values["b"][1]).all()  # also the time that was reached before it failed
    assert found.steps[3] == 0
    alone = run(wanted)
    assert alone.values["z"][0] == found.values["z"][0]


def test_step_limit():
    needed = run([Output("s", "sine", "last", (0.0, 20.0))]).steps[0]
    outputs = [Output("s", "sine", "last", (0.0, 20.0))]
    assert run(outputs, max_steps=int(needed)).status[0] == solver.OK
    short = run(outputs, max_steps=int(needed) - 1)
    assert short.status[0] == solver.STEP_LIMIT
    assert np.isnan(short.values["s"][0])


def test_the_numbers_of_the_kernel_are_the_solvers():
    module = plain(toy())
    assert (module.OK, module.STEP_LIMIT, module.STEP_SIZE, module.NON_FINITE) == (
        solver.OK, solver.STEP_LIMIT, solver.STEP_SIZE, solver.NON_FINITE,
    )  # fmt: skip
    numbers = (module.AUC, module.MEAN, module.MAX, module.MIN, module.TIME_OF_MAX, module.TIME_ABOVE)
    assert numbers == tuple(range(len(requests.REDUCERS)))
    assert requests.REDUCERS == ("auc", "mean", "max", "min", "time_of_max", "time_above")


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (Output("y", "z"), "either 'reduce' or 'times'"),
        (Output("y", "z", "auc", (0.0, 1.0), (1.0,)), "either 'reduce' or 'times'"),
        (Output("y", "z", "median", (0.0, 1.0)), "unknown reduction 'median'"),
        (Output("y", "z", "auc"), "needs a window"),
        (Output("y", "z", "auc", (1.0, 1.0)), "needs a window"),
        (Output("y", "z", "auc", (-1.0, 1.0)), "needs a window"),
        (Output("y", "z", "auc", (0.0, np.nan)), "needs a window"),
        (Output("y", "z", "time_above", (0.0, 1.0)), "needs a threshold"),
        (Output("y", "z", times=(1.0, 1.0)), "increasing"),
        (Output("y", "z", times=()), "increasing"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(output, message):
    with pytest.raises(ValueError, match=message):
        run([output])
