"""Variation below an output's floor, or below rounding, gives no index; anything above it is untouched."""

from dataclasses import replace

import numpy as np
import pytest

from sensitivity import floors, screening
from sensitivity.contracts import OutputRequest
from sensitivity.distributions import Distribution
from sensitivity.factors import Factor
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from sensitivity.quantities import Quantity
from sensitivity.stage import Stage
from sensitivity.statistics import Piece, leaf_sums, totals, whole_leaves

UNIFORM = Distribution("uniform", {"low": 0.0, "high": 1.0})
TIMES = (0.0, 1.0, 2.0)


class Observable:
    floor = 0.5


class Declared:
    def __init__(self):
        self.observables = {"level": Observable()}


def estimates(method, f, outputs, shift=0.0, declared=()):
    """Estimates of a function (..., factors) -> (..., elements), blanked."""
    names = tuple(Factor(f"x{i}", UNIFORM, "1", 0.5) for i in range(2))
    stage = Stage(method.name, method, names, {}, {}, outputs, 1)
    stage = replace(stage, shift=(shift,) * stage.elements[-1][1], floors=declared)
    design = stage.design(0, method.layout.blocks)
    y = f(design.points)[:, :, None, :]
    leaves = {a: leaf_sums(stage, a, y[a:b]) for a, b in whole_leaves(stage, 0, design.blocks)}
    found = method.estimates(totals(stage, [Piece(leaves, {})]), 0.95, stage.pools)
    return stage, found, floors.blank(stage, found)


def scalar(*names):
    return tuple(OutputRequest(name, name, "1", reduce="last") for name in names)


@pytest.mark.parametrize("method", [Sobol(512, 4, second_order=True), Morris(40)], ids=str)
def test_rounding_is_not_ranked(method):
    """1 + 3e-16 b takes the values 1 and 1 + 2.2e-16: every index of it is an artefact of double precision."""

    def f(u):
        return np.stack([1.0 + 3e-16 * u[..., 1], 1.0 + 1e-9 * u[..., 1]], axis=-1)

    _, before, after = estimates(method, f, scalar("noise", "small"), shift=1.0)
    for name, one in after.items():
        if name not in floors.KEPT:
            assert np.all(np.isnan(one.value[..., 0])), name
            assert np.all(np.isnan(one.ci[..., 0])), name
        assert np.array_equal(one.value[..., 1], before[name].value[..., 1], equal_nan=True)
    index = "ST" if method.name == "sobol" else "mu_star"
    assert before[index].value[1, 0] > 0.0  # what would have been printed
    assert after[index].value[1, 1] > 0.0


@pytest.mark.parametrize("method", [Sobol(512, 4), Morris(40)], ids=str)
def test_the_declared_floor_decides_element_by_element_and_for_the_course(method):
    """Standard deviation of 2 c u1 is 0.58 c; its effect is 2 c."""
    course = (OutputRequest("y", "level", "nM", times=TIMES),)
    scale = np.array([0.01, 1.0, 10.0])

    def f(u):
        return scale * 2 * u[..., :1]

    _, _, after = estimates(method, f, course, declared=(0.5, 0.5, 0.5))
    value = after["ST" if method.name == "sobol" else "mu_star"].value[0]
    assert np.isnan(value[0])
    assert np.all(np.isfinite(value[1:]))  # two times and the pool over all three


def test_what_does_not_vary_at_all_keeps_its_exact_zero():
    _, before, after = estimates(Morris(40), lambda u: np.full((*u.shape[:-1], 1), 5.0), scalar("y"), shift=5.0)
    assert np.all(before["mu_star"].value == 0.0)
    assert np.all(after["mu_star"].value == 0.0)


def test_floors_follow_the_reducer():
    requests = (
        OutputRequest("a", "level", "nM", reduce="max", window=(0.0, 4.0)),
        OutputRequest("b", "level", "nM*day", reduce="auc", window=(1.0, 5.0)),
        OutputRequest("c", "level", "day", reduce="time_above", window=(0.0, 4.0), threshold=1.0),
        OutputRequest("d", "level", "nM", times=TIMES),
        OutputRequest("e", "unknown", "1", reduce="last"),
    )
    asked = Stage("sobol", Sobol(512, 4), (), {}, {}, requests, 1)
    assert floors.of_stage(Declared(), asked) == (0.5, 2.0, 0.0, 0.5, 0.5, 0.5, 0.0)
    kinds = {"a": Quantity("variance"), "b": Quantity("probability", 1.0), "d": Quantity("quantile", 0.9)}
    assert floors.of_stage(Declared(), replace(asked, quantities=kinds)) == (0.25, 0.0, 0.0, 0.5, 0.5, 0.5, 0.0)


def test_an_output_below_its_floor_screens_nothing_in():
    def f(u):
        return np.stack([1.0 + 3e-16 * u[..., 1], u[..., 0] + 0.1 * u[..., 1]], axis=-1)

    stage, _, after = estimates(Morris(40), f, scalar("noise", "y"), shift=1.0)
    scores = screening.scores(stage, after)
    assert scores["x0"] == 1.0
    assert scores["x1"] == pytest.approx(0.1, rel=1e-9)  # effects of a linear function are exact up to rounding
