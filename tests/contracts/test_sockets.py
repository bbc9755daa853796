"""Every implementation of a socket through the same door."""

import numpy as np
import pytest

from models.engine import requests, solver
from models.published.lu2014 import Lu2014
from models.published.scheuher2022 import Scheuher2022
from models.tdm1 import TDM1
from sensitivity.contracts import REDUCERS, Executor, Method, Model, OutputRequest, Status
from sensitivity.executors.dask import Dask
from sensitivity.executors.loky import Joblib
from sensitivity.executors.serial import Serial
from sensitivity.function_model import FunctionModel, hidden_state_problem
from sensitivity.methods.efast import EFast
from sensitivity.methods.morris import Morris
from sensitivity.methods.sobol import Sobol
from tests.sensitivity.methods.test_sobol import stage

_MODELS: tuple[Model, ...] = (TDM1(), Lu2014(), Scheuher2022(), FunctionModel(lambda x: {"y": x["a"]}))
_METHODS: tuple[Method, ...] = (
    Sobol(512, 4),
    Sobol(512, 4, symmetric=False),
    Morris(10),
    EFast(9, 4, harmonics=1),
    Morris(32, sampling="radial", scrambles=4),
)
_EXECUTORS: tuple[Executor, ...] = (Serial(), Joblib(2), Dask(2))


def test_status_numbers_and_reducers_are_the_same_on_both_sides():
    ours = {"OK": 1, "STEP_LIMIT": 2, "STEP_SIZE": 3, "NON_FINITE": 4, "OUT_OF_DOMAIN": 5}
    for name, number in ours.items():
        assert int(Status[name]) == number
        assert getattr(solver, name) == number
    assert int(Status.NOT_RUN) == 0
    assert int(Status.ERROR) == 6
    assert set(REDUCERS) == {*requests.REDUCERS, "last"}


@pytest.mark.parametrize("setting", ["in_vitro", "pulse_chase", "in_vivo"])
def test_a_row_of_the_tumour_model_does_not_know_its_neighbours(setting):
    model = _MODELS[0]
    rng = np.random.default_rng(3)
    rows = {"k_e": rng.uniform(0.1, 1.5, 6), "dar": rng.uniform(0, 8, 6), "mdr1_efflux": rng.uniform(1, 3000, 6)}
    outputs = [
        OutputRequest("auc", f"{setting}.dm1_cytosolic", "nM * hour", reduce="auc", window=(0.0, 100.0)),
        OutputRequest("above", f"{setting}.dm1_cytosolic", "hour", reduce="time_above", window=(0, 100), threshold=5.0),
        OutputRequest("course", f"{setting}.dm1_free", "nM", times=(0.0, 1.0, 50.0, 100.0)),
    ]
    assert hidden_state_problem(model, rows, outputs) is None


def test_what_else_is_asked_for_does_not_change_an_output():
    model = _MODELS[0]
    rows = {"k_e": np.array([0.1, 0.7])}
    streams = np.zeros((2, 2), dtype=np.uint64)
    one = OutputRequest("auc", "in_vitro.dm1_cytosolic", "nM * hour", reduce="auc", window=(0.0, 24.0))
    more = [
        one,
        OutputRequest("peak", "in_vivo.dm1_cytosolic", "nM", reduce="max", window=(0.0, 504.0)),
        OutputRequest("early", "in_vitro.dm1_free", "nM", reduce="max", window=(0.0, 3.0)),
    ]
    alone, together = model.simulate(rows, streams, [one]), model.simulate(rows, streams, more)
    assert np.array_equal(alone["auc"].values, together["auc"].values)


def test_a_bad_row_gets_a_status_and_costs_itself_only():
    model = _MODELS[0]
    output = OutputRequest("auc", "in_vivo.dm1_cytosolic", "nM * hour", reduce="auc", window=(0.0, 504.0))
    good = model.simulate({"k_e": np.array([0.7])}, np.zeros((1, 2), np.uint64), [output])
    rows = {"k_e": np.array([0.7, -1.0, np.nan, np.inf, 0.7])}
    found = model.simulate(rows, np.zeros((5, 2), np.uint64), [output])
    assert found["status"].values.tolist() == [1, 5, 5, 5, 1]
    assert np.isnan(found["auc"].values[1:4]).all()
    assert np.all(found["auc"].values[[0, 4]] == good["auc"].values[0])


@pytest.mark.parametrize("method", _METHODS, ids=lambda m: f"{m.name}-{m.block_size(3)}")
def test_methods_keep_the_promises_of_the_socket(method):
    st = stage(method, 3)
    design = st.design(0, method.layout.blocks)
    assert design.points.shape == (method.layout.blocks, method.block_size(len(st.units)), 3)
    y = design.points.sum(axis=-1)[:, :, None, None]
    first, last, _, _ = method.layout.leaf(0)
    part = st.design(first, last)
    sums = method.sums(part, y[first:last], ())
    scaled = method.sums(part, 2.0 * y[first:last] + 1.0, ())
    totals = {name: np.stack([values] * 4) for name, values in sums.items()}
    doubled = {name: np.stack([values] * 4) for name, values in scaled.items()}
    for name, estimate in method.estimates(totals, 0.95, ()).items():
        assert estimate.value.shape[-1] == 1
        assert estimate.ci.shape == (2, *estimate.value.shape)
        other = method.estimates(doubled, 0.95, ())[name]
        factor = {"S1": 1.0, "ST": 1.0, "variance": 4.0, "mean": None}.get(name, 2.0)
        if factor is not None:
            # Rounding of sums of a few hundred numbers near 1.
            assert np.allclose(other.value, factor * estimate.value, rtol=1e-10, atol=1e-12), name


def square(x):
    return x * x


def never():
    return False


@pytest.mark.parametrize("executor", _EXECUTORS, ids=lambda e: type(e).__name__)
def test_an_executor(executor):
    """It calls once for every task; when a run stops, what was taken comes back, and nothing more is taken."""
    taken = []

    def tasks():
        for number in range(1000):
            taken.append(number)
            yield number

    try:
        assert sorted(executor.map(square, range(20), never)) == [i * i for i in range(20)]
        assert list(executor.map(square, [], never)) == []
        results = sorted(executor.map(square, tasks(), lambda: len(taken) > 8))
    finally:
        executor.close()
    # The task that was looked at when the run stopped is not begun.
    assert results == [i * i for i in taken[:8]]
    assert len(taken) == 9
