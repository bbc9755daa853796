"""Classes around shared states: eliminated class by class, against the same network written out in full."""

import numpy as np
import pytest
from scipy.linalg import expm

from models.engine.dimensions import check_units
from models.engine.expand import expanded
from models.engine.requests import Output
from models.engine.solver import Schedule, solve
from tests.models import populations

DOSES = Schedule((0.0, 0.5, 504.0, 504.5), ((3500.0,), (0.0,), (3500.0,), (0.0,)))
ASKED = [
    Output("cells", "cells", "last", (0.0, 1008.0)),
    Output("dm1", "dm1", "auc", (0.0, 1008.0)),
    Output("peak", "dm1", "max", (0.0, 1008.0)),
    Output("course", "interstitial", times=(1.0, 100.0, 600.0)),
]


def both(count, rows=3, rtol=1e-9):
    """The same rows by the class kernel and written out."""
    network, classes = populations.patient(), populations.spread_of_receptors(count)
    rng = np.random.default_rng(8)
    columns = {"k_x": 0.0075 * rng.uniform(0.3, 3.0, rows), "k_out": 0.12 * rng.uniform(0.3, 3.0, rows)}
    options = {"rows": rows, "rtol": rtol, "max_steps": 100_000}
    flat = solve(expanded(network, classes), columns, DOSES, ASKED, **options)
    return solve(network, columns, DOSES, ASKED, classes=classes, **options), flat


def test_units_are_checked_inside_classes():
    check_units(populations.patient())


@pytest.mark.parametrize("count", [2, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 5))])
def test_class_by_class_is_the_whole_at_once(count):
    found, flat = both(count)
    assert found.status.tolist() == flat.status.tolist() == [1, 1, 1]
    for name, values in found.values.items():
        # The same method on the same equations, eliminated in another order: rounding only, amplified by the stiffest
        # rates over the slowest, 1e6.
        np.testing.assert_allclose(values, flat.values[name], rtol=1e-9)


def test_step_counts_agree_too():
    """A wrong Jacobian would still converge, by more steps."""
    found, flat = both(3, rtol=1e-5)
    np.testing.assert_allclose(found.steps, flat.steps, rtol=0.02)


def survivors(count):
    days = 60.0
    found = solve(
        populations.memory(), {}, Schedule(), [Output("alive", "alive", "last", (0.0, 24.0 * days))], rows=1,
        rtol=1e-10, max_steps=100_000, classes=populations.ornstein_uhlenbeck(count),
    )  # fmt: skip
    return float(found.values["alive"][0])


def test_memory_chain():
    """stochastic.md 5.6: exact survivors 0.018322904, approached in second order of the bin width."""
    exact = np.exp(-0.08 * 60.0 + 0.08**2 * 0.5**2 * 10.0**2 * (6.0 - 1.0 + np.exp(-6.0)))
    assert exact == pytest.approx(0.018322904, abs=5e-10)
    errors = np.array([survivors(count) / exact - 1.0 for count in (17, 33, 65, 129)])
    # Printed for this chain: 3.0 %, 0.7 %, 0.18 %, 0.04 %.
    assert np.all(np.abs(errors) < [0.04, 0.01, 0.0025, 0.0007])
    ratios = errors[:-1] / errors[1:]
    assert np.all((ratios > 3.5) & (ratios < 4.7))  # halving the width divides the error by four


def test_memory_chain_by_matrix_exponential():
    chain = populations.ornstein_uhlenbeck(33)
    rates = np.diag(chain["climb"][:-1], -1) + np.diag(chain["slip"][1:], 1)
    rates -= np.diag(chain["climb"] + chain["slip"] + 0.08 * chain["trait"])
    # Steps of error 1e-10 over a few hundred steps.
    assert survivors(33) == pytest.approx((expm(60.0 * rates) @ chain["share"]).sum(), rel=1e-8)


def test_classes_that_do_not_couple_are_alone():
    """One class with everything is two equal classes with half each."""
    network = populations.patient()
    one = {"receptors": [300.0], "share": [1.0], "climb": [0.0], "slip": [0.0]}
    two = {"receptors": [300.0] * 2, "share": [0.5] * 2, "climb": [0.0] * 2, "slip": [0.0] * 2}
    a, b = (
        solve(network, {}, DOSES, ASKED, rows=1, rtol=1e-10, max_steps=100_000, classes=classes)
        for classes in (one, two)
    )
    for name in a.values:
        np.testing.assert_allclose(a.values[name], b.values[name], rtol=1e-8)  # steps of 1e-10, a few hundred


def test_rows_may_have_their_own_classes():
    network = populations.patient()
    shared = populations.spread_of_receptors(4)
    per_row = {name: np.stack([values, values]) for name, values in shared.items()}
    per_row["receptors"] = np.stack([shared["receptors"], 0.02 * shared["receptors"]])
    options = {"rows": 2, "rtol": 1e-6, "max_steps": 100_000}
    mixed = solve(network, {}, DOSES, ASKED, classes=per_row, **options)
    same = solve(network, {}, DOSES, ASKED, classes=shared, **options)
    assert mixed.values["dm1"][0] == same.values["dm1"][0]
    assert mixed.values["dm1"][1] < 0.9 * same.values["dm1"][1]


@pytest.mark.parametrize(
    ("classes", "message"),
    [({}, "needs as parameters"), ({"trait": [1.0]}, "needs as parameters"),
     ({"trait": [1.0], "share": [1.0, 2.0], "climb": [0.0], "slip": [0.0]}, "one value a class")],
)  # fmt: skip
def test_wrong_classes_are_refused(classes, message):
    with pytest.raises(ValueError, match=message):
        solve(
            populations.memory(), {}, Schedule(), [Output("a", "alive", "last", (0.0, 1.0))], rows=1, rtol=1e-6,
            max_steps=10, classes=classes,
        )  # fmt: skip


@pytest.mark.parametrize("count", [3, *(pytest.param(k, marks=pytest.mark.slow) for k in (1, 2, 4))])
def test_everything_that_a_class_may_do(count):
    """Two transferred species, totals in shared and class rules, doses inside classes, states as coefficients."""
    network = populations.oddities()
    check_units(network)
    rng = np.random.default_rng(9)
    classes = {name: rng.uniform(0.2, 1.5, count) for name in ("appetite", "up", "down", "begin")}
    schedule = Schedule((0.0, 2.0, 3.0, 7.0), ((3.0,), (0.0,), (5.0,), (1.0,)))
    window = (1.0, 12.0)
    asked = [
        Output("pool", "pool", "auc", window), Output("share", "share", "mean", window),
        Output("least", "share", "min", window), Output("top", "pool", "max", window),
        Output("when", "pool", "time_of_max", window), Output("above", "pool", "time_above", window, threshold=2.0),
        Output("course", "share", times=(0.0, 2.0, 3.0, 5.0, 12.0)),
    ]  # fmt: skip
    asked_all = [*asked, Output("waste", "waste", "last", window)]
    options = {"rows": 2, "rtol": 1e-10, "max_steps": 100_000}
    columns = {"k_use": np.array([0.3, 0.6])}
    for outputs in (asked, asked_all):  # without and with the accumulator
        found = solve(network, columns, schedule, outputs, classes=classes, **options)
        flat = solve(expanded(network, classes), columns, schedule, outputs, **options)
        assert found.status.tolist() == flat.status.tolist() == [1, 1]
        for name, values in found.values.items():
            # Rounding in another order; a time that is found from values is known to its square root.
            tolerance = 1e-6 if name == "when" else 1e-9
            np.testing.assert_allclose(values, flat.values[name], rtol=tolerance, err_msg=name)
