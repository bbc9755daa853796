"""The model's face: options, parameter table, requests, domains and labels."""

import inspect
import pickle

import numpy as np
import pytest

from models.engine import requests, solver
from models.engine.requests import Output
from models.tdm1 import TDM1
from sensitivity import contracts
from sensitivity.distributions import Distribution
from tests.models.points import ask, sample, streams

LEVERS = {"lesions", "medium_concentration", "linker_efflux_factor", "medium_volume", "seeded_cells", "fc_enhancement",
          "fc_gain", "pertuzumab", "direct_kill", "hsp90_recycling", "hsp90_synthesis", "emax_kill", "second_payload",
          "second_killing", "second_potency"}  # fmt: skip
CONSTANTS = {"avogadro", "molecular_weight", "reference_weight", "dar_reference", "clearance_weight_exponent",
             "volume_weight_exponent", "soluble_her2_mass", "soluble_her2_half_life", "normal_her2_uptake",
             "normal_her2_affinity", "largest_volume"}  # fmt: skip


@pytest.mark.parametrize("name", TDM1().parameters)
def test_parameter(name):
    p = TDM1().parameters[name]
    low, high = p.domain
    assert low <= p.nominal <= high
    assert np.isfinite([low, high, p.nominal]).all()
    assert all(isinstance(text, str) and text for text in (p.symbol, p.unit, p.meaning, p.mechanism, p.source))
    if p.distribution is None:
        assert name in LEVERS | CONSTANTS
        return
    arguments = dict(p.distribution)
    law = Distribution(arguments.pop("dist"), arguments)
    assert low <= law.support[0] <= p.nominal <= law.support[1] <= high


def test_enough_factors_and_the_four_named_ones():
    laws = {name: p.distribution for name, p in TDM1().parameters.items() if p.distribution}
    assert len(laws) >= 25
    assert dict(laws["recycling_fraction"]) == {"dist": "uniform", "low": 0.7, "high": 0.95}
    assert dict(laws["dar"]) == {"dist": "uniform", "low": 3.0, "high": 4.0}
    assert dict(laws["mdr1_efflux"]) == {"dist": "loguniform", "low": 1.0, "high": 3000.0}
    assert dict(laws["vatpase_activity"]) == {"dist": "beta", "alpha": 5.0, "beta": 1.0, "low": 0.05, "high": 1.0}
    assert len({(p.unit) for p in TDM1().parameters.values()}) > 10


def test_contract():
    """What the framework reads is there under the agreed names and numbers."""
    model = TDM1()
    for name, protocol in (("parameters", contracts.ParameterLike), ("observables", contracts.ObservableLike)):
        wanted = {k for k, v in vars(protocol).items() if isinstance(v, property)}
        assert wanted
        for item in getattr(model, name).values():
            assert all(hasattr(item, attribute) for attribute in wanted)
    assert (model.time_unit, model.stochastic) == ("hour", False)
    assert list(inspect.signature(model.simulate).parameters) == ["parameters", "streams", "request"]
    for status in ("OK", "STEP_LIMIT", "STEP_SIZE", "NON_FINITE", "OUT_OF_DOMAIN"):
        assert getattr(solver, status) == contracts.Status[status]
    assert {*requests.REDUCERS, "last"} == set(contracts.REDUCERS)
    assert {o.name for o in model.observables.values()} == set(model.observables)
    assert {row["name"] for row in model.table()} == set(model.parameters)


# The well with all its counts is one more kernel to compile, for a minute; without them it is compiled elsewhere.
@pytest.mark.parametrize(
    "setting", [pytest.param(name, marks=pytest.mark.slow if name == "well" else ()) for name in TDM1().settings]
)
def test_every_observable_moves_with_some_factor(setting):
    model = TDM1(rtol=1e-6, classes=3)
    names = [name for name in model.observables if name.startswith(f"{setting}.") and name not in model.derived]
    request = [Output(name, name, "max", (0.0, 24.0)) for name in names]
    request += [Output(f"last {name}", name, "last", (0.0, 24.0)) for name in names]
    found = model.simulate(sample(8, seed=3), streams(8), request)
    assert np.all(found.status.values == 1)
    for name in names:
        values = found[name].values
        if "balance" in name:
            assert np.abs(values).max() < 1e-9, name  # antibody to rounding, DM1 to the tolerance of its count
        elif name in {"in_vitro.surface_naked", "pulse_chase.surface_naked"}:
            assert np.all(values > 0.0), name  # deconjugated on the surface
        else:  # a factor with an atom is the same in some rows, a level that falls has its maximum at the start
            assert max(len(set(values)), len(set(found[f"last {name}"].values))) >= 4, name


@pytest.mark.parametrize("name", TDM1().derived)
def test_every_endpoint_is_defined_for_some_tumour(name):
    request = [Output("y", name, "last", (0.0, 24.0 * 400.0))]
    # A fifth of HER2-negative cells that double in 15 days: tumours come back when treatment ends.
    relapsing = {"nonamplified_fraction": 0.2, "nonamplified_copies": 2e3, "tumour_doubling_time": 15.0,
                 "mdr1_efflux": 1.0, "apoptosis_occupancy": 0.01}  # fmt: skip
    columns = sample(24, seed=3) | {key: np.full(24, value) for key, value in relapsing.items()}
    found = TDM1(rtol=1e-4, classes=3, cycles=9).simulate(columns, streams(24), request)
    assert np.all(found.status.values == 1)
    assert len(set(found.y.values[np.isfinite(found.y.values)])) >= 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rtol": 0.0}, "'rtol'"),
        ({"rtol": "1e-6"}, "'rtol'"),
        ({"rtol": float("nan")}, "'rtol'"),
        ({"cycles": 0}, "'cycles'"),
        ({"cycles": 1.5}, "'cycles'"),
        ({"cycles": 10**11}, "'cycles'.*1 to 1000"),
        ({"max_steps": 10**22}, "'max_steps'"),
        ({"cycles": True}, "'cycles'"),
        ({"max_steps": -1}, "'max_steps'"),
        ({"dose": 3.6}, "'dose' needs a unit"),
        ({"dose": "3.6 mg/kg"}, "'dose'.*mg/kg_bw"),
        ({"dose": "0 mg/kg_bw"}, "'dose' must be positive"),
        ({"dose": "nan mg/kg_bw"}, "'dose'"),
        ({"interval": "21 kg"}, "'interval'"),
        ({"interval": "often"}, "'interval'"),
        ({"infusion": "-30 minute"}, "'infusion' must be positive"),
        ({"infusion": "22 day"}, "'infusion'.*longer than the interval"),
    ],
)
def test_a_wrong_option_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        TDM1(**options)


def test_regimen_follows_the_options():
    request = [Output("given", "in_vivo.antibody_given", times=(0.75, 1.5, 24.0, 170.0, 400.0))]
    found = ask(request, dose="2 mg/kg_bw", infusion="90 minute", interval="1 week", cycles=2).given.values[0]
    dose = 140.0 / 148781.0 * 1e6
    np.testing.assert_allclose(found, dose * np.array([0.5, 1.0, 1.0, 2.0, 2.0]), rtol=1e-12)
    # Without a pause the infusion is continuous and ends after the last interval.
    found = ask(request, infusion="7 day", interval="7 day", cycles=2).given.values[0]
    dose = 252.0 / 148781.0 * 1e6
    np.testing.assert_allclose(found, dose * np.array([0.75, 1.5, 24.0, 170.0, 336.0]) / 168.0, rtol=1e-12)


def test_out_of_domain():
    y = [Output("y", "in_vitro.dm1_free", "last", (0.0, 5.0)), Output("t", "in_vivo.dm1_free", times=(1.0,))]
    fraction = np.array([0.9, 1.0, -0.1, np.nan, np.inf, 0.99])
    found = ask(y, rows=6, values={"recycling_fraction": fraction})
    assert found.status.values.tolist() == [1, 5, 5, 5, 5, 1]
    assert found.steps.values.tolist()[1:5] == [0, 0, 0, 0]
    assert np.isfinite(found.y.values).tolist() == [True, False, False, False, False, True]
    assert np.isfinite(found.t.values[:, 0]).tolist() == [True, False, False, False, False, True]
    # A factor that the setting does not use is checked all the same.
    assert ask(y[:1], values={"clearance": -1.0}).status.values.tolist() == [5]


def test_a_failure_in_one_setting_is_the_rows():
    request = [
        Output("a", "in_vitro.dm1_free", "last", (0.0, 5.0)),
        Output("b", "in_vivo.dm1_free", "last", (0.0, 504.0)),
    ]
    found = ask(request, max_steps=60)
    assert found.status.values.tolist() == [contracts.Status.STEP_LIMIT]
    assert np.isnan(found.a.values).all()
    assert np.isnan(found.b.values).all()


def test_labels():
    request = [
        Output("c", "in_vivo.plasma_tdm1", times=(0.0, 24.0)),
        Output("m", "in_vivo.dm1_free", "max", (0.0, 9.0)),
    ]
    found = ask(request, rows=3)
    assert found.c.dims == ("run", "time_c")
    assert found.time_c.values.tolist() == [0.0, 24.0]
    assert found.time_c.attrs["units"] == "hour"
    assert found.m.dims == ("run",)
    assert found.status.dtype == np.int8
    assert found.steps.dtype == np.int32
    assert found.c.values[0, 0] == 0.0


def test_unknown_names_and_wrong_lengths():
    good = [Output("y", "in_vivo.dm1_free", "last", (0.0, 1.0))]
    with pytest.raises(ValueError, match="unknown parameter 'k_ee'; did you mean 'k_e'"):
        TDM1().simulate({"k_ee": np.ones(1)}, streams(1), good)
    with pytest.raises(ValueError, match=r"expected \(2,\)"):
        TDM1().simulate({"k_e": np.ones(1)}, streams(2), good)
    with pytest.raises(ValueError, match=r"unknown observable 'in_vivo.dm1_fre'; did you mean 'in_vivo.dm1_free'"):
        TDM1().simulate({}, streams(1), [Output("y", "in_vivo.dm1_fre", "last", (0.0, 1.0))])
    with pytest.raises(ValueError, match=r"output 'y'.*window"):
        TDM1().simulate({}, streams(1), [Output("y", "in_vivo.dm1_free", "last", (2.0, 1.0))])


def test_framework_requests_are_understood():
    request = [contracts.OutputRequest("y", "in_vivo.dm1_free", "nM", "last", (0.0, 9.0))]
    same = [Output("y", "in_vivo.dm1_free", "last", (0.0, 9.0))]
    assert TDM1().simulate({}, streams(1), request).y.values == TDM1().simulate({}, streams(1), same).y.values


def test_the_model_travels_to_other_processes():
    model = pickle.loads(pickle.dumps(TDM1(cycles=2)))
    assert model.regimen == TDM1(cycles=2).regimen
    assert np.isfinite(
        model.simulate({}, streams(1), [Output("y", "in_vivo.dm1_free", "last", (0.0, 9.0))]).y.values[0]
    )
